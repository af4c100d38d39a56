"""The command line of ``run_all.py``: options in, a plan, a run, a recap and an exit status."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from workbench.batch import console, run_report
from workbench.batch.console import REFUSED as REFUSED
from workbench.batch.console import STOPPED
from workbench.batch.fork_server import begin
from workbench.errors import UsageError
from workbench.storage import files

if TYPE_CHECKING:
    from workbench.batch.tasks import Made, Plan, Work
    from workbench.dataset import Dataset

#: Folder of manifests and lock, as `manifest.STATE`, which takes pandas to import.
STATE = ".state"

#: Exit statuses.
FINE, FAILED = 0, 1


def _positive(text: str) -> int:
    number = int(text[:9]) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number of at least 1')
    return number


_OUT = Path(__file__).resolve().parents[2] / "outputs"
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

#: How argparse takes several values, and an option that has none.
_SEVERAL = {"nargs": "+", "action": "extend", "default": []}
_SWITCH = {"action": "store_true"}

_Options = dict[str, tuple[str | None, dict[str, Any], str]]

#: By the names of an option: what stands for its value in the help, how it is taken, and the help.
_WHOSE: _Options = {
    "-m --municipality": ("NUMBER_OR_NAME", _SEVERAL, "number of today or earlier, or a name"),
    "-g --group": (
        "NAME",
        _SEVERAL,
        "groups in data/groups.csv, such as telemark or county-akershus",
    ),
    "--all": (None, _SWITCH, "every municipality"),
}
_REST: _Options = {
    "-b --brief": ("NAME", _SEVERAL, "notebooks, as status or 01_status (default: all)"),
    "--lang": ("CODE", _SEVERAL, "languages: folders in workbench/text (default: nb)"),
    "--peers": (
        "GROUP",
        {"default": ""},
        "compare with this group (default: u4ssc for its members, else the county)",
    ),
    "--data": ("DIR", {"type": Path}, "folder of figures (default: data)"),
    "--out": (
        "DIR",
        {"default": str(_OUT)},
        "where briefs go: a folder, or an address such as s3://bucket/briefs (default: outputs)",
    ),
    "-j --jobs": (
        "N",
        {"type": _positive, "default": _CORES},
        "how many at a time (default: the cores this process may use)",
    ),
    "--date": (
        "YYYY-MM-DD",
        {"type": console.day},
        "the day that front pages and the portal say they were made (default: that of "
        "SOURCE_DATE_EPOCH, else today)",
    ),
    "--scheduler": (
        "ADDRESS",
        {"default": ""},
        "make the briefs on the Dask cluster of this scheduler: tcp://127.0.0.1:8786, or tls:// "
        "with certificates for one on another machine",
    ),
    "--insecure-scheduler": (
        None,
        _SWITCH,
        "use a scheduler on another machine without certificates: anyone who reaches its port runs "
        "code on every worker",
    ),
    "--only-failed": (None, _SWITCH, "make what failed, or was not begun, last time"),
    "--pdf": (None, _SWITCH, "print each brief to a tagged PDF, by Chromium"),
    "--slides": (
        None,
        _SWITCH,
        "picture each finding of the front page for slides, 1920 x 1080, by Chromium",
    ),
    "--force": (None, _SWITCH, "make what is up to date, too"),
    "--dry-run": (None, _SWITCH, "say what would be made, and make nothing"),
    "--fail-fast": (
        None,
        {"action": argparse.BooleanOptionalAction, "default": False},
        "begin nothing new after a failure",
    ),
    "--keep-going": (
        None,
        {"action": "store_false", "dest": "fail_fast"},
        "make the others when one fails (default)",
    ),
}


def parser() -> argparse.ArgumentParser:
    """Return the options of run_all.py."""
    options = argparse.ArgumentParser(
        prog="run_all.py",
        description="Make the briefs of municipalities. Without arguments: those of the group "
        "u4ssc, in Norwegian. What is up to date is not made again.",
        epilog="Exit status: 0 all well, 1 a brief failed, 2 wrong usage or bad data.",
    )
    whose = options.add_argument_group("whose briefs (several add up)")
    for group, rows in ((whose, _WHOSE), (options, _REST)):
        for names, (metavar, how, about) in rows.items():
            value: dict[str, Any] = how | ({"metavar": metavar} if metavar else {})
            group.add_argument(*names.split(), help=about, **value)
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
        begin()
    from workbench.batch import notebooks
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
    if (options.pdf or options.slides) and not isinstance(out, os.PathLike):
        raise UsageError(
            f"PDFs and slides cannot be printed to {out}. Name a folder, or leave out --pdf and "
            "--slides."
        )
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
    from workbench.batch import (
        changes,
        changes_page,
        components_all,
        front_page,
        manifest,
        pdf,
        portal,
        site,
        slides,
    )

    options = asked.options
    browser = pdf.browser() if options.pdf or options.slides else ""
    files.sweep(asked.out, plan.there)
    report = run_report.Report(plan, asked.faults, asked.left_out)
    gc.freeze()
    gc.enable()
    stopped = False
    try:
        run = site.Run(data, asked.day, asked.out, asked.first, options.peers)
        numbers = [task.number for task in plan.tasks if task.number]
        with _workshop(options) as made:
            report.faults += changes.record(data, asked.out, asked.day, run.made_of)
            works = plan.works(options.jobs)
            # Front pages come with the briefs, after what is for all, which they link. PDFs, which
            # they link too, are printed when all briefs are there.
            whole = not options.pdf and len({work.name for work in works}) == len(works)
            shared = [work for work in works if whole and not work.number]
            for part in (shared, works[len(shared) :]):
                if not (report.full or (options.fail_fast and report.failed)):
                    report.follow(made(front_page.with_briefs(run, plan, part) if whole else part))
            if options.pdf:
                failed = {task.label for task in replace(plan, force=False).due}
                printed = {t.label: t.page for t in plan.tasks if t.label not in failed}
                report.faults += pdf.write_due(printed, browser, options.jobs)
            if not report.full:
                touched = {work.name for work in works}
                known = {name: at for name, at in plan.ledgers.items() if name not in touched}
                again = options.force and not (works and whole)
                there = manifest.listing(asked.out) if works or options.pdf else plan.there
                fronts = front_page.works(run, numbers, again, known, there)
                report.follow(made(fronts))
                there = manifest.listing(asked.out) if fronts else there
        # Workers are gone: what is made of all municipalities needs their memory.
        if not report.full:
            report.faults += components_all.write(run, options.force, there)
            report.faults += changes_page.write(run, options.force, there)
            report.faults += portal.write(run, options.force, there)
            if options.slides:
                for code in dict.fromkeys(options.lang or ["nb"]):
                    report.faults += slides.write_due(run, numbers, code, browser, options.jobs)
    except KeyboardInterrupt:
        stopped = True
    report.end(options.jobs)
    if stopped:
        raise KeyboardInterrupt
    return FINE if report.fine else FAILED


@contextmanager
def _workshop(options: argparse.Namespace) -> Iterator[Callable[[list[Work]], Iterator[Made]]]:
    """Give what makes pieces of work: workers here, or the cluster that the user named."""
    if options.scheduler:
        from workbench.batch.dask_backend import Cluster

        with Cluster(options.scheduler, options.fail_fast) as cluster:
            yield cluster.run
    else:
        from workbench.batch.pool import Pool

        with Pool(options.jobs, options.fail_fast) as pool:
            yield pool.run


def _dry_run(plan: Plan, asked: Asked) -> int:
    for task in plan.due:
        again = "set again" if task.label in plan.rendered else "make"
        print(f"would {again} {task.label}")
    due, seconds, about = run_report.count_briefs(plan.due), plan.seconds(), ""
    if due and seconds is not None:
        lasts = run_report.duration(seconds / asked.options.jobs)
        about = f" That takes about {lasts}, by what it took before."
    print(f"{due} to make, {run_report.count_briefs(plan.tasks) - due} up to date.{about}")
    run_report.print_notes(asked.left_out, asked.faults)
    return FAILED if asked.faults else FINE


def _municipalities(data: Dataset, options: argparse.Namespace) -> list[str]:
    numbers = data.numbers(options.municipality)
    for group in options.group:
        numbers += data.group(group)
    if options.all:
        numbers += list(data.municipalities["number"])
    return numbers or data.group("u4ssc")


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Refuse a folder that another run has, and keep others away; a bucket has no locks."""
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
