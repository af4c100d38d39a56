"""The command line of ``run_all.py``: options in, a plan, a run, a recap and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import UsageError, WorkbenchError

if TYPE_CHECKING:
    from workbench.dataset import Dataset
    from workbench.plan import Task
    from workbench.run import Result

#: Exit statuses.
FINE, FAILED, REFUSED, STOPPED = 0, 1, 2, 130

_OUT = Path(__file__).resolve().parents[1] / "outputs"


def parser() -> argparse.ArgumentParser:
    """Return the options of run_all.py."""
    options = argparse.ArgumentParser(
        prog="run_all.py",
        description="Make the briefs of municipalities. Without arguments: those of the group "
        "u4ssc, in Norwegian. What is up to date is not made again.",
        epilog="Exit status: 0 all well, 1 a brief failed, 2 wrong usage or bad data.",
    )
    add = options.add_argument
    whose = options.add_argument_group("whose briefs (several add up)")
    whose.add_argument(
        "--municipality",
        "-m",
        nargs="+",
        action="extend",
        default=[],
        metavar="NUMBER_OR_NAME",
        help="today's number, an earlier number, or a name",
    )
    whose.add_argument(
        "--group",
        "-g",
        action="append",
        default=[],
        metavar="NAME",
        help="a group in data/groups.csv, such as telemark or county-akershus",
    )
    whose.add_argument("--all", action="store_true", help="every municipality")
    add(
        "--brief",
        "-b",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="notebooks, as status or 01_status (default: all)",
    )
    add(
        "--lang",
        nargs="+",
        action="extend",
        default=[],
        metavar="CODE",
        help="languages: folders in workbench/text (default: nb)",
    )
    add(
        "--peers",
        default="",
        metavar="GROUP",
        help="compare with this group (default: u4ssc for its members, else the county)",
    )
    add("--data", type=Path, default=None, metavar="DIR", help="folder of figures (default: data)")
    add("--out", type=Path, default=_OUT, metavar="DIR", help="where briefs go (default: outputs)")
    add(
        "--jobs",
        "-j",
        type=_positive,
        default=_cores(),
        metavar="N",
        help="how many at a time (default: the cores this process may use)",
    )
    add("--force", action="store_true", help="make what is up to date, too")
    add("--dry-run", action="store_true", help="say what would be made, and make nothing")
    add(
        "--fail-fast",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="begin nothing new after a failure",
    )
    add(
        "--keep-going",
        dest="fail_fast",
        action="store_false",
        help="make the others when one fails (default)",
    )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the briefs and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        return _main(options)
    except WorkbenchError as error:
        print(f"run_all.py: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nStopped. What was made stays; run again to make the rest.", file=sys.stderr)
        return STOPPED


def _main(options: argparse.Namespace) -> int:
    from workbench import plan as planning
    from workbench import publish
    from workbench.dataset import load
    from workbench.language import Language

    languages = list(dict.fromkeys(options.lang or ["nb"]))
    for code in languages:
        Language(code)
    chosen = planning.choose_briefs(options.brief)
    data = load(options.data)
    if options.peers:
        data.group(options.peers)
    if not options.dry_run:
        _check_out(options.out)
    tasks = planning.plan(
        data, _municipalities(data, options), chosen, languages, options.out, peers=options.peers
    )
    due = [task for task in tasks if options.force or not task.up_to_date]
    if options.dry_run:
        for task in due:
            print(f"would make {task.label}")
        print(f"{_briefs(due)} to make, {_briefs(tasks) - _briefs(due)} up to date.")
        return FINE
    start = time.perf_counter()
    results = _run(due, options.jobs, options.fail_fast)
    names = data.municipalities.set_index("number")["name"].to_dict()
    publish.index(options.out, names, Language(languages[0]))
    _recap(tasks, due, results, time.perf_counter() - start, options.out)
    failed = any(result.outcome != "made" for _, result in results)
    return FAILED if failed or len(results) < len(due) else FINE


def _municipalities(data: Dataset, options: argparse.Namespace) -> list[str]:
    numbers = [data.municipality(wanted) for wanted in options.municipality]
    for group in options.group:
        numbers += data.group(group)
    if options.all:
        numbers += list(data.municipalities["number"])
    return numbers or data.group("u4ssc")


def _check_out(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The briefs cannot be written to {out}: {error.strerror}. "
            "Name a folder that you may write to with --out."
        ) from None
    if not os.access(out, os.W_OK):
        raise UsageError(
            f"The briefs cannot be written to {out}: no permission. "
            "Name a folder that you may write to with --out."
        )


def _run(due: list[Task], jobs: int, fail_fast: bool) -> list[tuple[Task, Result]]:
    """Make what is due and tell of each: a bar on a terminal, else a line."""
    from tqdm import tqdm

    from workbench.run import run

    results = []
    terminal = sys.stderr.isatty()
    with tqdm(total=len(due), unit="brief", disable=not terminal, leave=False) as bar:
        for task, result in run(due, min(jobs, max(len(due), 1)), fail_fast):
            results.append((task, result))
            bar.update()
            if not terminal:
                end = f": {result.why}" if result.why else ""
                print(f"{result.outcome} {task.label} ({result.seconds:.1f} s){end}", flush=True)
    return results


def _recap(
    tasks: list[Task],
    due: list[Task],
    results: list[tuple[Task, Result]],
    seconds: float,
    out: Path,
) -> None:
    failures = [(task, result) for task, result in results if result.outcome != "made"]
    made = [task for task, result in results if result.outcome == "made"]
    parts = [
        f"{_briefs(made)} made",
        f"{_briefs(tasks) - _briefs(due)} up to date",
        f"{len(failures)} failed",
    ]
    if len(results) < len(due):
        parts.append(f"{len(due) - len(results)} not begun")
    print(f"{', '.join(parts)} in {seconds:.0f} s. All briefs: {out / 'index.html'}")
    for task, result in failures:
        print(f"  failed: {task.label}: {result.why}")


def _briefs(tasks: Iterable[Task]) -> int:
    """Return how many are briefs of a municipality; the pages for all come with them."""
    return sum(1 for task in tasks if task.number)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return number
