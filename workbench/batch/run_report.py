"""How a run goes: said while it goes, in a recap at its end, and in ``run.json`` for the next."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.batch import console
from workbench.storage import files

if TYPE_CHECKING:
    from workbench.batch.tasks import Made, Plan, Result, Task

#: The record, beside the portal. It holds times, and so is no part of what is the same for the same
#: input.
NAME = "run.json"

#: Seconds between two words on how far a run is, in a log.
INTERVAL = 30


class Report:
    """What a run has made so far: a bar on a terminal, else a line for each brief.

    Parameters
    ----------
    plan : Plan
    faults : iterable of str
        What is wrong already: notebooks that cannot be made.
    left_out : iterable of str
        Which notebooks are made for nobody, and why.
    """

    def __init__(
        self, plan: Plan, faults: Iterable[str] = (), left_out: Iterable[str] = ()
    ) -> None:
        from tqdm import tqdm

        self.results: list[tuple[Task, Result]] = []
        self.faults, self.left_out, self.full = [*faults], left_out, False
        self._plan, self._begun = plan, time.monotonic()
        self._told = self._begun
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=len(plan.due),
            unit="brief",
            disable=not self._terminal,
            leave=False,
            file=console.terminal(),
        )

    def follow(self, pieces: Iterable[Made]) -> None:
        """Take in what is made, as it comes."""
        for made in pieces:
            self.full |= made.full
            self.faults += made.faults
            for task, result in made.results:
                self.results.append((task, result))
                self._bar.update()
                if not self._terminal:
                    end = f": {result.why}" if result.why else ""
                    print(
                        f"{result.outcome} {task.label} ({result.seconds:.1f} s){end}", flush=True
                    )
                    self._say_how_far()

    @property
    def failed(self) -> bool:
        """Whether a brief failed."""
        return any(result.outcome != "succeeded" for _, result in self.results)

    @property
    def fine(self) -> bool:
        """Whether all was made."""
        return not (self.failed or self.faults or self.full or self._not_begun)

    def end(self, jobs: int) -> None:
        """Say how it went, and write that down for the next run unless nothing was to be done."""
        seconds = time.monotonic() - self._begun
        self._bar.close()
        self._recap(seconds)
        if (self._plan.due or self.faults) and not self.full:
            text = json.dumps(self._record(seconds, jobs), ensure_ascii=False, indent=1)
            files.write(self._plan.out / NAME, f"{text}\n")

    @property
    def _not_begun(self) -> int:
        return max(0, len(self._plan.due) - len(self.results))

    def _say_how_far(self) -> None:
        """Say now and then how far it is, and how long it will take: a log has no bar."""
        now, count = time.monotonic(), len(self.results)
        if now - self._told < INTERVAL or not self._not_begun:
            return
        self._told = now
        rate = count / (now - self._begun)
        left = duration(self._not_begun / rate)
        print(f"{count} of {len(self._plan.due)}, {rate:.1f} a second, {left} left", flush=True)

    def _recap(self, seconds: float) -> None:
        plan = self._plan
        made = [task for task, result in self.results if result.outcome == "succeeded"]
        failed = [
            f"{task.label}: {result.why}"
            for task, result in self.results
            if result.outcome != "succeeded"
        ]
        parts = [
            f"{count_briefs(made)} made",
            f"{count_briefs(plan.tasks) - count_briefs(plan.due)} up to date",
            f"{len(failed)} failed",
        ]
        if self._not_begun:
            parts.append(f"{self._not_begun} not begun")
        print(f"{', '.join(parts)} in {seconds:.0f} s. All briefs: {plan.out / 'index.html'}")
        print_notes(self.left_out, [*failed, *self.faults])
        if self.full:
            print(
                f"There is no room left in {plan.out}. Free some, and run again to make the rest."
            )

    def _record(self, seconds: float, jobs: int) -> dict[str, object]:
        """Return a count of each outcome, and a row for each brief that was due."""
        plan, known = self._plan, {task.label: result for task, result in self.results}
        return {
            "workbench": version("municipal-workbench"),
            "seconds": round(seconds, 1),
            "jobs": jobs,
            "planned": len(plan.tasks),
            "up_to_date": len(plan.tasks) - len(plan.due),
            "outcomes": dict(sorted(Counter(r.outcome for r in known.values()).items())),
            "faults": self.faults,
            "briefs": {task.label: _row(known.get(task.label)) for task in plan.due},
        }


def _row(result: Result | None) -> dict[str, str | float | bool]:
    if result is None:
        return {"outcome": "not begun"}
    row = {"outcome": result.outcome, "seconds": round(result.seconds, 2)}
    if result.rendered:
        row["rendered"] = True
    return row | ({"why": result.why} if result.why else {})


def failed(out: Path) -> set[str]:
    """Return the labels of what failed or was not begun in the last run; none without a record."""
    try:
        record = json.loads(files.read(out / NAME, root=out))
        return {name for name, row in record["briefs"].items() if row["outcome"] != "succeeded"}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return set()


def print_notes(left_out: Iterable[str], failed: Iterable[str]) -> None:
    """Print what is made for nobody, and what failed, a line each."""
    for kind, lines in (("left out", left_out), ("failed", failed)):
        for line in lines:
            print(f"  {kind}: {line}")


def count_briefs(tasks: Iterable[Task]) -> int:
    """Return how many are briefs of a municipality; the pages for all come with them."""
    return sum(1 for task in tasks if task.number)


def duration(seconds: float) -> str:
    """Return a time as one says it: '40 s', '6 min', '1 h 20 min'."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
