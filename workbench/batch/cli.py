"""The command line of ``run_all.py``: options in, a plan, a run, a recap and an exit status."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workbench.batch import console
from workbench.batch.console import REFUSED as REFUSED
from workbench.batch.console import STOPPED
from workbench.batch.kernels import import_jsonschema
from workbench.errors import UsageError, WorkbenchError
from workbench.storage import files

if TYPE_CHECKING:
    from workbench.batch.execute import Made, Result
    from workbench.batch.plan import Plan, Task, Work
    from workbench.dataset import Dataset

#: Folder of ledgers and lock, as `ledger.STATE`, which takes pandas to import.
STATE = ".state"

#: Exit statuses.
FINE, FAILED = 0, 1

#: Seconds between two words on how far a run is, in a log.
_TELL_EVERY = 30

_OUT = Path(__file__).resolve().parents[2] / "outputs"


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
    add(
        "--out",
        default=str(_OUT),
        metavar="DIR",
        help="where briefs go: a folder, or an address such as s3://bucket/briefs (default: "
        "outputs)",
    )
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
        type=console.day,
        default=None,
        metavar="YYYY-MM-DD",
        help="the day that front pages and the portal say they were made (default: that of "
        "SOURCE_DATE_EPOCH, else today)",
    )
    add(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="make the briefs on the Dask cluster of this scheduler: tcp://127.0.0.1:8786, or "
        "tls:// with certificates for one on another machine",
    )
    add(
        "--insecure-scheduler",
        action="store_true",
        help="use a scheduler on another machine without certificates: anyone who reaches its port "
        "runs code on every worker",
    )
    add("--only-failed", action="store_true", help="make what failed, or was not begun, last time")
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
    return console.command("run_all.py", lambda: _run(parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    # A run that is told to stop stops as it does when the user presses Ctrl-C.
    with suppress(ValueError):  # only the main thread may say so
        signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    # What is imported and planned lives as long as the run: no collection need visit it.
    gc.disable()
    try:
        return _main(options)
    except KeyboardInterrupt:
        print("\nStopped. What was made stays; run again to make the rest.", file=sys.stderr)
        return STOPPED
    finally:
        gc.enable()


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


def _main(options: argparse.Namespace) -> int:
    if not (options.dry_run or options.scheduler):
        # It loads by itself for as long as the plan takes; so it comes before all else.
        from workbench.batch.kernels import provisioner

        provisioner.begin()
    import_jsonschema()
    from workbench.batch import notebooks, run_report
    from workbench.batch import plan as planning
    from workbench.dataset import load
    from workbench.language.translator import Language

    languages = list(dict.fromkeys(options.lang or ["nb"]))
    for code in languages:
        Language(code)
    out = files.destination(options.out)
    if options.scheduler:
        from workbench.batch import dask_backend as cluster

        cluster.check(options.scheduler, options.insecure_scheduler)
    chosen = notebooks.choose_briefs(options.brief)
    if options.pdf and not isinstance(out, os.PathLike):
        raise UsageError(f"PDFs cannot be printed to {out}. Name a folder, or leave out --pdf.")
    if not options.dry_run or not isinstance(out, os.PathLike):
        files.check_destination(out)
    data = load(options.data)
    if options.peers:
        data.group(options.peers)
    day = options.date or console.today()
    with nullcontext() if options.dry_run else _alone(out):
        plan = planning.plan(
            data,
            _municipalities(data, options),
            chosen,
            languages,
            out,
            peers=options.peers,
            files=True,
            force=options.force,
        )
        if options.brief and (refused := [plan.refused[n] for n in chosen if n in plan.refused]):
            raise UsageError("\n".join(refused))
        if options.only_failed:
            plan = plan.only(run_report.failed(out))
        found = notebooks.Survey() if options.brief else notebooks.survey()
        faults = (*found.unreadable, *plan.refused.values())
        asked = Asked(out, day, languages[0], options, faults, tuple(found.left_out))
        return _dry_run(plan, asked) if options.dry_run else _make(plan, data, asked)


@dataclass(frozen=True)
class Asked:
    """What the user asked for, as far as making goes, and which notebooks are not made."""

    out: Path
    day: date
    first: str
    options: argparse.Namespace
    faults: tuple[str, ...]
    left_out: tuple[str, ...]


def _make(plan: Plan, data: Dataset, asked: Asked) -> int:
    """Make what is due: briefs and figures, then front pages, and last the portal."""
    from workbench.batch import front_page, pdf, portal, run_report
    from workbench.rendering import page

    options = asked.options
    program = pdf.browser() if options.pdf else ""
    page.sweep(asked.out, plan.there)
    start = time.perf_counter()
    going = Progress(len(plan.due))
    going.faults += asked.faults
    gc.freeze()
    gc.enable()
    stopped = False
    try:
        with _workshop(options) as made:
            works = plan.works(options.jobs)
            going.follow(made(works))
            going.faults += _printed(plan, program, options.jobs) if program else []
            run = front_page.Run(data, asked.day, asked.out, asked.first, options.peers)
            numbers = [task.number for task in plan.tasks if task.number]
            if not going.full:
                touched = {work.name for work in works}
                said = {name: at for name, at in plan.ledgers.items() if name not in touched}
                going.follow(made(front_page.works(run, numbers, options.force, said)))
                going.faults += portal.write(run, options.force)
    except KeyboardInterrupt:
        stopped = True
    seconds = time.perf_counter() - start
    going.close()
    _recap(plan, going, seconds, asked)
    if (plan.due or going.faults) and not going.full:
        run_report.write(asked.out, plan, going.results, going.faults, seconds, options.jobs)
    if stopped:
        raise KeyboardInterrupt
    return FINE if going.fine(len(plan.due)) else FAILED


@contextmanager
def _workshop(options: argparse.Namespace) -> Iterator[Callable[[list[Work]], Iterator[Made]]]:
    """Give what makes pieces of work: workers here, or the cluster that the user named."""
    if options.scheduler:
        from workbench.batch.dask_backend import Cluster

        with Cluster(options.scheduler, options.fail_fast) as cluster:
            yield cluster.all
    else:
        from workbench.batch.pool import Pool

        with Pool(options.jobs, options.fail_fast) as pool:
            yield pool.all


def _dry_run(plan: Plan, asked: Asked) -> int:
    for task in plan.due:
        again = "set again" if task.label in plan.rendered else "make"
        print(f"would {again} {task.label}")
    due, all_ = _briefs(plan.due), _briefs(plan.tasks)
    took = plan.seconds()
    about = ""
    if due and took is not None:
        about = f" That takes about {_duration(took / asked.options.jobs)}, by what it took before."
    print(f"{due} to make, {all_ - due} up to date.{about}")
    for said in asked.left_out:
        print(f"  left out: {said}")
    for fault in asked.faults:
        print(f"  failed: {fault}")
    return FAILED if asked.faults else FINE


def _duration(seconds: float) -> str:
    """Return a time as one says it: '40 s', '6 min', '1 h 20 min'."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _printed(plan: Plan, program: str, jobs: int) -> list[str]:
    """Print the briefs that have no PDF of today's page, and return what went wrong."""
    from concurrent.futures import ThreadPoolExecutor

    from workbench.batch import pdf

    def fault(task: Task) -> str:
        try:
            pdf.write(task.page, program)
        except WorkbenchError as error:
            return f"{task.label}: {error}"
        return ""

    failed = {task.label for task in replace(plan, force=False).due}
    due = [task for task in plan.tasks if task.label not in failed and pdf.due(task.page)]
    with ThreadPoolExecutor(jobs) as printers:
        return [said for said in printers.map(fault, due) if said]


def _municipalities(data: Dataset, options: argparse.Namespace) -> list[str]:
    numbers = [data.municipality(wanted) for wanted in options.municipality]
    for group in options.group:
        numbers += data.group(group)
    if options.all:
        numbers += list(data.municipalities["number"])
    return numbers or data.group("u4ssc")


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other runs away from a folder; the system lets go of it when this process is gone.

    Raises
    ------
    UsageError
        If another run has it. A bucket has no locks: keep runs on one apart yourself.
    """
    if not isinstance(out, os.PathLike):
        yield
        return
    from filelock import FileLock, Timeout

    files.below(out, out / STATE / "lock")  # through a link it would be written somewhere else
    try:
        (out / STATE).mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The briefs cannot be written to {out}: {error.strerror}. Free some room there, or "
            "name another folder with --out."
        ) from None
    try:
        with FileLock(out / STATE / "lock", timeout=0):
            yield
    except Timeout:
        raise UsageError(
            f"Another run is writing to {out}. Wait until it is done, or name another folder with "
            "--out."
        ) from None


class Progress:
    """What has been made so far, and telling of it: a bar on a terminal, else a line for each."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self.results: list[tuple[Task, Result]] = []
        self.faults: list[str] = []
        self.full = False
        self._total, self._begun = total, time.monotonic()
        self._told = self._begun
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            unit="brief",
            disable=not self._terminal,
            leave=False,
            file=console.terminal(),
        )

    def follow(self, going: Iterator[Made]) -> None:
        """Take in what is made, as it comes."""
        for made in going:
            self.full |= made.full
            self.faults += made.faults
            for task, result in made.results:
                self.results.append((task, result))
                self._tell(task, result)

    def fine(self, total: int) -> bool:
        """Return whether all was made."""
        good = all(result.outcome == "succeeded" for _, result in self.results)
        return good and not self.faults and not self.full and len(self.results) >= total

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def _tell(self, task: Task, result: Result) -> None:
        self._bar.update()
        if not self._terminal:
            end = f": {result.why}" if result.why else ""
            print(f"{result.outcome} {task.label} ({result.seconds:.1f} s){end}", flush=True)
            self._tell_how_far()

    def _tell_how_far(self) -> None:
        """Tell now and then how far it is, and how long it will take: a log has no bar."""
        now, count = time.monotonic(), len(self.results)
        if now - self._told < _TELL_EVERY or count >= self._total:
            return
        self._told = now
        rate = count / (now - self._begun)
        left = _duration((self._total - count) / rate)
        print(f"{count} of {self._total}, {rate:.1f} a second, {left} left", flush=True)


def _recap(plan: Plan, going: Progress, seconds: float, asked: Asked) -> None:
    failures = [(task, result) for task, result in going.results if result.outcome != "succeeded"]
    made = [task for task, result in going.results if result.outcome == "succeeded"]
    parts = [
        f"{_briefs(made)} made",
        f"{_briefs(plan.tasks) - _briefs(plan.due)} up to date",
        f"{len(failures)} failed",
    ]
    begun = len(going.results)
    if begun < len(plan.due):
        parts.append(f"{len(plan.due) - begun} not begun")
    print(f"{', '.join(parts)} in {seconds:.0f} s. All briefs: {asked.out / 'index.html'}")
    for said in asked.left_out:
        print(f"  left out: {said}")
    for task, result in failures:
        print(f"  failed: {task.label}: {result.why}")
    for fault in going.faults:
        print(f"  failed: {fault}")
    if going.full:
        print(f"There is no room left in {asked.out}. Free some, and run again to make the rest.")


def _briefs(tasks: Iterable[Task]) -> int:
    """Return how many are briefs of a municipality; the pages for all come with them."""
    return sum(1 for task in tasks if task.number)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive(text: str) -> int:
    number = int(text[:9]) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return number
