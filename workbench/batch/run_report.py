"""``run.json``: how the last run on a folder went, for people and for the next run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from workbench.batch.execute import Result
from workbench.batch.plan import Plan, Task
from workbench.rendering import page
from workbench.storage import files

#: The record, beside the portal. It tells of times, and so is no part of what is the same for the
#: same input.
NAME = "run.json"


def write(
    out: Path,
    plan: Plan,
    results: Sequence[tuple[Task, Result]],
    faults: Sequence[str],
    seconds: float,
    jobs: int,
) -> None:
    """Write how a run went: a count of each outcome, and a row for each brief that was due."""
    known = {task.label: result for task, result in results}
    told = {
        "workbench": version("municipal-workbench"),
        "seconds": round(seconds, 1),
        "jobs": jobs,
        "planned": len(plan.tasks),
        "up_to_date": len(plan.tasks) - len(plan.due),
        "outcomes": dict(sorted(Counter(r.outcome for r in known.values()).items())),
        "faults": list(faults),
        "briefs": {task.label: _row(known.get(task.label)) for task in plan.due},
    }
    page.write(out / NAME, json.dumps(told, ensure_ascii=False, indent=1) + "\n")


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
        told = json.loads(files.read(out / NAME, root=out))
        return {name for name, row in told["briefs"].items() if row["outcome"] != "succeeded"}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return set()
