"""The command line of ``run_all.py``: options in, a plan, a run, a recap and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
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
    add(
        "--date",
        type=_day,
        default=None,
        metavar="YYYY-MM-DD",
        help="the day that front pages and the portal say they were made (default: that of "
        "SOURCE_DATE_EPOCH, else today)",
    )
    add("--pdf", action="store_true", help="print each brief to a tagged PDF, by Chromium")
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
    from workbench import front, pdf
    from workbench import plan as planning
    from workbench.dataset import load
    from workbench.language import Language

    languages = list(dict.fromkeys(options.lang or ["nb"]))
    for code in languages:
        Language(code)
    chosen = planning.choose_briefs(options.brief)
    data = load(options.data)
    if options.peers:
        data.group(options.peers)
    day = options.date or _today()
    program = pdf.browser() if options.pdf else ""
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
    unwritten = _figures(data, tasks, options.peers)
    unwritten += _printed(tasks, program, options.jobs) if program else []
    run = front.Run(data, day, options.out, languages[0], options.peers)
    unwritten += front.write(run, [task.number for task in tasks if task.number])
    _recap(tasks, due, results, time.perf_counter() - start, options.out)
    for fault in unwritten:
        print(f"  failed: {fault}")
    failed = bool(unwritten) or any(result.outcome != "made" for _, result in results)
    return FAILED if failed or len(results) < len(due) else FINE


def _figures(data: Dataset, tasks: list[Task], peers: str) -> list[str]:
    """Write the figures beside the briefs that were made, and return what went wrong."""
    from workbench import components

    made = {task.number: task.page.parent for task in tasks if task.number and task.up_to_date}
    return components.write_all(data, peers, made)


def _printed(tasks: list[Task], program: str, jobs: int) -> list[str]:
    """Print the briefs that have no PDF of today's page, and return what went wrong."""
    from concurrent.futures import ThreadPoolExecutor

    from workbench import pdf

    def fault(task: Task) -> str:
        try:
            pdf.write(task.page, program)
        except WorkbenchError as error:
            return f"{task.label}: {error}"
        return ""

    due = [task for task in tasks if task.up_to_date and pdf.due(task.page)]
    with ThreadPoolExecutor(jobs) as printers:
        return [said for said in printers.map(fault, due) if said]


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


def _today() -> date:
    """Return the day of SOURCE_DATE_EPOCH, by which others make the same pages again, or today."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return date.today()
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f'SOURCE_DATE_EPOCH is "{epoch}". Set it to seconds since 1970, or leave it out.'
        ) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a day such as 2026-11-23') from None


def _positive(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return number
