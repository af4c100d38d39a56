"""``python -m workbench update``: what is asked on the command line, and what is told."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.batch import console
from workbench.dataset import DATA
from workbench.errors import UsageError, WorkbenchError
from workbench.ingest import LIVE
from workbench.storage import cache

if TYPE_CHECKING:  # other commands do without what asks servers
    from workbench.ingest.feeds import Feed
    from workbench.ingest.update import Outcome

_ABOUT = "bring in the publishers' new figures, or (--boundaries) new municipalities"

#: How many changed figures are listed for a measure, without --full.
_LISTED = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of ``python -m workbench``."""
    command = commands.add_parser("update", help=_ABOUT, description=_ABOUT)
    command.add_argument("--measure", nargs="+", default=[], metavar="NAME")
    command.add_argument(
        "--since", type=int, metavar="YEAR", help="ask for this year and later ones"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    command.add_argument("--full", action="store_true", help="list every figure that changed")
    command.add_argument(
        "--boundaries", action="store_true", help="municipalities instead of figures"
    )
    command.add_argument(
        "--date",
        type=console.day,
        metavar="YYYY-01-01",
        help="with --boundaries: whose municipalities (default: next 1 January)",
    )
    command.add_argument(
        "--workbook",
        type=Path,
        metavar="FILE.xlsx",
        help="only measures fed from this downloaded workbook of emissions",
    )
    command.add_argument("--base-url", default=LIVE, metavar="URL", help=f"default: {LIVE}")
    command.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what the command line asks; 0 all well, 1 a measure was refused."""
    if options.since is not None and not 1900 <= options.since <= 2100:
        raise UsageError(f"--since {options.since} is no year. Give one from 1900 to 2100.")
    if options.boundaries and (options.measure or options.since):
        raise UsageError("--boundaries takes neither --measure nor --since: run it by itself.")
    if options.date and not options.boundaries:
        raise UsageError("--date belongs to --boundaries; for figures give --since YEAR.")
    from workbench.ingest import boundary_changes

    with _alone(options.data):
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
    chosen = feeds.choose(known, options.measure)
    store = Store(cache.FOLDER / "fetched")
    store.sweep()
    with Client(options.base_url) as client:
        update = Update(
            options.data,
            client,
            store,
            options.since,
            options.dry_run,
            options.workbook,
        )
        bar = tqdm(
            total=len(chosen),
            unit=" measures",
            disable=None,
            leave=False,
            file=console.terminal(),
        )
        with bar:

            def begun(feed: Feed) -> None:
                bar.set_postfix_str(feed.measure)
                bar.update()

            outcomes = update.run(chosen, begun)
    print(report(outcomes, options.dry_run, options.full, bool(options.measure)))
    return 1 if any(outcome.state == "refused" for outcome in outcomes) else 0


def _boundaries(options: argparse.Namespace) -> int:
    from workbench.ingest import boundary_changes
    from workbench.ingest.ssb import klass
    from workbench.ingest.ssb.client import Client

    today = date.today()
    day = options.date or date(today.year + 1, 1, 1)
    with Client(options.base_url) as client:
        announced = klass.announced(client, boundary_changes.last_change(options.data), day)
    print(boundary_changes.bring_in(options.data, announced, options.dry_run))
    return 0


def report(outcomes: Sequence[Outcome], dry: bool, full: bool, named: bool) -> str:
    """Return what happened to each measure, and what changed.

    Parameters
    ----------
    outcomes : sequence of Outcome
    dry : bool
        Whether nothing was written.
    full : bool
        List every figure that changed, not only the first ones.
    named : bool
        Whether the measures were asked for by name: then say what to do by hand.
    """
    lines = []
    for outcome in outcomes:
        if outcome.state == "by hand" and not named:
            continue
        lines += [f"{outcome.feed.measure}: {line}" for line in _told(outcome, full)]
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


def _told(outcome: Outcome, full: bool) -> Iterator[str]:
    feed, changes = outcome.feed, outcome.changes
    if outcome.state == "by hand":
        yield f"by hand. {outcome.note}"
        return
    if outcome.state == "refused":
        yield f"refused, nothing changed. {outcome.note}"
        return
    yield f"{_source(feed)} as of {outcome.revision}, {outcome.state}" + (
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
        for number, year, was, now in listed[["municipality", "year", "was", "now"]].itertuples(
            index=False
        ):
            value = f"{was:.10g} -> {now:.10g}" if kind == "revised" else f"{was:.10g}, kept"
            yield f"{kind}: {number} {year}: {value}"
        if len(rows) > len(listed):
            yield f"{kind}: {len(rows) - len(listed)} more (--full lists them)"
    if outcome.note:
        yield outcome.note


def lock_file(folder: Path) -> Path:
    """Return the file that is locked while figures of a folder are brought in."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return cache.FOLDER / f"update-{name}.running"


def _source(feed: Feed) -> str:
    kind = "sheet" if feed.source == "workbook" else "table"
    return f"{kind} {feed.table}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
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
