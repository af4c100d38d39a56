"""``python -m workbench update``, ``form``, ``import`` and ``coverage``: figures that come in."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.batch import console
from workbench.dataset import DATA, load
from workbench.errors import UsageError, WorkbenchError, suggest
from workbench.ingest import LIVE
from workbench.storage import cache

if TYPE_CHECKING:  # other commands do without what asks servers
    from workbench.ingest.update import Outcome

#: What a new measure is described by: options of ``feed``, and what is asked for.
_OF_A_MEASURE = {
    "unit": "a unit of units.csv",
    "direction": "1 up is good, -1 down is good, 0 neither",
    "kpi": "the KPI that it feeds, or nothing",
    "relation": "direct, proxy, component or context",
    "measure": "name of the measure",
    "name-nb": "name in Bokmål",
    "name-en": "name in English",
    "differs-nb": "how it differs from the KPI, in Bokmål",
    "differs-en": "how it differs from the KPI, in English",
}

#: How many changed figures are listed for a measure, without --full.
_LISTED = 20


def add(commands: Any) -> None:
    """Add the commands to those of ``python -m workbench``, subparsers of argparse."""

    def command(
        name: str, run: Callable[[argparse.Namespace], int], about: str
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    form = command(
        "form", _form, "write the U4SSC form of a municipality, an Excel workbook to fill in"
    )
    form.add_argument("municipality", help="a number of today or earlier, or a name")
    form.add_argument("file", type=Path, metavar="FILE.xlsx")
    form.add_argument("--year", type=int, help="reporting year (default: last year)")
    about = "bring filled-in forms and tables of figures in: all of them, or nothing"
    bring = command("import", _import, about)
    files = "forms (.xlsx), and tables (.csv) as export reported writes them"
    bring.add_argument("files", type=Path, nargs="+", metavar="FILE", help=files)
    rows = "rows of the sheet of figures of a form to pass over"
    bring.add_argument("--leave", type=int, nargs="+", default=[], metavar="ROW", help=rows)
    stands = "where figures are given twice: the file or row that stands; reported.csv is before"
    bring.add_argument("--stands", nargs="+", default=[], metavar="FILE[:ROW]", help=stands)
    bring.add_argument("--dry-run", action="store_true", help="check only, and write nothing")
    about = "write what municipalities reported as a table that import takes"
    out = command("export", _export, about)
    out.add_argument("what", choices=["reported"])
    out.add_argument("--municipality", nargs="+", default=[], metavar="NAME")
    out.add_argument("--group", help="a group of data/groups.csv (default: u4ssc)")
    about = "say what is known of the 91 KPIs, how old it is, and what would fill the gaps"
    cover = command("coverage", _coverage, about)
    whose = "municipalities by number or name, as --municipality has them"
    cover.add_argument("places", nargs="*", metavar="MUNICIPALITY", help=whose)
    cover.add_argument("--municipality", nargs="+", default=[], metavar="NAME")
    cover.add_argument("--group", help="a group of data/groups.csv (default: u4ssc)")
    cover.add_argument("--format", choices=["text", "csv"], default="text")
    about = "bring in the publishers' new figures, or (--boundaries) new municipalities"
    new = command("update", _update, about)
    new.add_argument("--measure", nargs="+", default=[], metavar="NAME")
    new.add_argument("--kpi", metavar="CODE", help='all that feeds a KPI, such as "EN: EN: AQ: 2C"')
    check = "ask only for the descriptions of tables, and say which feeds still fit; write nothing"
    new.add_argument("--check", action="store_true", help=check)
    chosen = "a code in place of a label that is not found; it is written into the measure's feed"
    new.add_argument("--choose", action="append", default=[], metavar="VARIABLE=CODE", help=chosen)
    new.add_argument("--since", type=int, metavar="YEAR", help="ask for this year and later ones")
    dry = "show what would change; write nothing"
    new.add_argument("--dry-run", action="store_true", help=dry)
    new.add_argument("--full", action="store_true", help="list every figure that changed")
    places = "municipalities instead of figures"
    new.add_argument("--boundaries", action="store_true", help=places)
    whose = "with --boundaries: whose municipalities (default: next 1 January)"
    new.add_argument("--date", type=console.day, metavar="YYYY-01-01", help=whose)
    workbook = "only measures fed from this downloaded workbook of emissions"
    new.add_argument("--workbook", type=Path, metavar="FILE.xlsx", help=workbook)
    new.add_argument("--base-url", default=LIVE, metavar="URL", help=f"default: {LIVE}")
    about = "make a new measure and its feed from any table of Statistics Norway"
    made = command("feed", _feed, about)
    made.add_argument("table", metavar="TABLE", help="number of the table, such as 12134")
    for name, said in _OF_A_MEASURE.items():
        made.add_argument(f"--{name}", help=f"{said}; asked for where it is not given")
    listed = "a list that a variable's codes are from, such as Region=agg_KommSummer"
    made.add_argument(
        "--codelist", action="append", default=[], metavar="VARIABLE=LIST", help=listed
    )
    chosen = "a code of a variable, or a label: 'Alder=\"I alt\"'; several are added up"
    made.add_argument("--choose", action="append", default=[], metavar="VARIABLE=CODE", help=chosen)
    made.add_argument("--sum", action="store_true", help="municipalities add up")
    made.add_argument("--municipality", default="0301", help="of the preview (default: Oslo)")
    made.add_argument("--dry-run", action="store_true", help="show, and write nothing")
    made.add_argument("--base-url", default=LIVE, metavar="URL", help=f"default: {LIVE}")
    for one in (form, bring, out, cover, new, made):
        one.add_argument("--data", type=Path, default=DATA, metavar="DIR")


def _form(options: argparse.Namespace) -> int:
    from workbench.ingest.form import EARLIEST, write

    now = date.today().year
    year = now - 1 if options.year is None else options.year
    if not EARLIEST <= year <= now:
        raise UsageError(f"The reporting year is {year}. It must be from {EARLIEST} to {now}.")
    write(load(options.data), options.municipality, options.file, year)
    print(options.file)
    return 0


def _import(options: argparse.Namespace) -> int:
    from workbench.ingest.form import bring_in

    given = {"dry_run": options.dry_run, "stands": options.stands}
    print(bring_in(options.files, options.data, options.leave, **given))
    return 0


def _export(options: argparse.Namespace) -> int:
    from workbench.analysis import coverage
    from workbench.ingest.form import table

    data = load(options.data)
    numbers = coverage.places(data, options.municipality, options.group)
    console.print_table(table.write(data, numbers))
    return 0


def _coverage(options: argparse.Namespace) -> int:
    from workbench.analysis import coverage
    from workbench.ingest import feeds

    data = load(options.data)
    named = [*options.places, *options.municipality]
    numbers = coverage.places(data, named, options.group)
    fetched = feeds.by_kpi(feeds.read(options.data), data.measures)
    table = coverage.coverage(data, numbers, fetched)
    if options.format == "csv":
        console.print_table(table.to_csv(index=False, lineterminator="\n"))
    else:
        print(coverage.as_text(table, len(numbers)))
    return 0


def _update(options: argparse.Namespace) -> int:
    """Return 0 if all went well, 1 if a measure was refused."""
    if options.since is not None and not 1900 <= options.since <= 2100:
        raise UsageError(f"--since {options.since} is no year. Give one from 1900 to 2100.")
    figures = (options.measure, options.since, options.kpi, options.check, options.choose)
    if options.boundaries and any(figures):
        raise UsageError("--boundaries takes neither --measure nor --since: run it by itself.")
    if options.date and not options.boundaries:
        raise UsageError("--date belongs to --boundaries; for figures give --since YEAR.")
    from workbench.ingest import boundary_changes

    with alone(options.data):
        boundary_changes.finish(options.data)
        try:
            return _boundaries(options) if options.boundaries else _figures(options)
        except KeyboardInterrupt:
            raise WorkbenchError(
                "Stopped. What was written is whole; run the command again to go on."
            ) from None


def _figures(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from workbench.ingest import feeds
    from workbench.ingest.ssb.client import Client
    from workbench.ingest.ssb.pxweb import Store
    from workbench.ingest.update import Update

    known = feeds.read(options.data)
    if options.workbook:
        known = [feed for feed in known if feed.source == "workbook"]
    chosen = feeds.choose(known, options.measure, _feeding(options.data, options.kpi))
    codes = _chosen(options.choose, len(chosen))
    store = Store(cache.FOLDER / "fetched")
    store.sweep()
    about = {"total": len(chosen), "unit": " measures", "disable": None, "leave": False}
    with Client(options.base_url) as client, tqdm(**about, file=console.terminal()) as bar:

        def begun(feed: feeds.Feed) -> None:
            bar.set_postfix_str(feed.measure)
            bar.update()

        update = Update(
            options.data, client, store, options.since, options.dry_run, options.workbook, codes
        )
        if options.check:
            for feed in chosen:
                if feed.source != "by hand" or options.measure or options.kpi:
                    print(f"{feed.measure}: {update.check(feed)}", flush=True)
            return 0
        outcomes = update.run(chosen, begun)
    named = bool(options.measure or options.kpi)
    print(_report(outcomes, options.dry_run, options.full, named))
    return 1 if any(outcome.state == "refused" for outcome in outcomes) else 0


def _feeding(folder: Path, kpi: str | None) -> list[str]:
    """Return the measures of a KPI; none where none is given."""
    from workbench.dataset import loading

    if kpi is None:
        return []
    known = loading.read_resource(folder, "kpis")["code"].tolist()
    wanted = "".join(kpi.split()).casefold()
    code = {"".join(one.split()).casefold(): one for one in known}.get(wanted)
    if code is None:
        raise UsageError(f'"{kpi}" is no KPI. {suggest(kpi, known)}'.rstrip())
    measures = loading.read_resource(folder, "measures")
    found = measures.loc[measures["kpi"] == code, "measure"].tolist()
    if not found:
        raise UsageError(f"No measure feeds {code}. It can come through the form only.")
    return found


def _chosen(given: Sequence[str], feeds: int) -> dict[str, list[str]]:
    """Return codes by variable, as a user chose them for one feed."""
    from workbench.ingest.feeds import selection_of

    if given and feeds != 1:
        raise UsageError("--choose is for one feed at a time: name it with --measure NAME.")
    try:
        return selection_of("; ".join(given))
    except ValueError as error:
        raise UsageError(f'"{error}" must read VARIABLE=CODE.') from None


def _feed(options: argparse.Namespace) -> int:
    from workbench.ingest import new_feed, sources
    from workbench.ingest.ssb.client import Client
    from workbench.ingest.ssb.pxweb import Store

    ask = input if sys.stdin.isatty() else None
    with alone(options.data), Client(options.base_url) as client:
        source = sources.every(client, Store(cache.FOLDER / "fetched"))["pxweb"]
        for line in new_feed.make(options, load(options.data), source, ask):
            print(line, flush=True)
    return 0


def _boundaries(options: argparse.Namespace) -> int:
    from workbench.ingest import boundary_changes
    from workbench.ingest.ssb import klass
    from workbench.ingest.ssb.client import Client

    day = options.date or date(date.today().year + 1, 1, 1)
    with Client(options.base_url) as client:
        announced = klass.announced(client, boundary_changes.last_change(options.data), day)
    print(boundary_changes.bring_in(options.data, announced, options.dry_run))
    return 0


def _report(outcomes: Sequence[Outcome], dry: bool, full: bool, named: bool) -> str:
    """Return the state of each measure and what changed; steps by hand only if asked by name."""
    lines = []
    for outcome in outcomes:
        if named or outcome.state != "by hand":
            lines += [f"{outcome.feed.measure}: {line}" for line in _lines(outcome, full)]
    states = pd.Series([outcome.state for outcome in outcomes], dtype="str").value_counts()
    kinds = ("brought in", "unchanged", "refused", "by hand")
    counts = [f"{states[kind]} {kind}" for kind in kinds if kind in states]
    plural = "" if len(outcomes) == 1 else "s"
    lines.append(f"{len(outcomes)} measure{plural}: {', '.join(counts) or 'none'}.")
    if "by hand" in states and not named:
        lines.append("What to do by hand: update --measure NAME, or data/sources/feeds.csv.")
    if dry:
        lines.append("Dry run: nothing was written.")
    return "\n".join(lines)


def _lines(outcome: Outcome, full: bool) -> Iterator[str]:
    feed, changes = outcome.feed, outcome.changes
    if outcome.state in ("by hand", "refused"):
        state = "refused, nothing changed" if outcome.state == "refused" else outcome.state
        yield f"{state}. {outcome.note}"
        return
    source = f"{'sheet' if feed.source == 'workbook' else 'table'} {feed.table}"
    yield f"{source} as of {outcome.revision}, {outcome.state}" + (
        "" if feed.confidence == "high" else f" (confidence of the feed: {feed.confidence})"
    )
    new = changes[changes["change"] == "new"]
    if len(new):
        per_year = new.groupby("year").size()
        yield "new: " + ", ".join(f"{count} of {year}" for year, count in per_year.items())
    for kind in ("final", "preliminary"):
        if count := int((changes["change"] == kind).sum()):
            yield f"{kind} now, with the value they had: {count}"
    for kind in ("revised", "gone"):
        rows = changes[changes["change"] == kind]
        listed = rows if full else rows.head(_LISTED)
        for row in listed.itertuples():
            now = f" -> {row.now:.10g}" if kind == "revised" else ", kept"
            yield f"{kind}: {row.municipality} {row.year}: {row.was:.10g}{now}"
        if len(rows) > len(listed):
            yield f"{kind}: {len(rows) - len(listed)} more (--full lists them)"
    if outcome.note:
        yield outcome.note


def lock_file(folder: Path) -> Path:
    """Return the file that is locked while figures of a folder are brought in."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return cache.FOLDER / f"update-{name}.running"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second update of the same folder from running beside this one."""
    from filelock import FileLock, Timeout

    cache.FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock_file(folder), timeout=0):
            yield
    except Timeout:
        raise UsageError(
            f"Another update of {folder} is running. Wait for it, or stop it first."
        ) from None
