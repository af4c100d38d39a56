"""Bringing in new figures: plan, fetch, validate, compare, write; one measure after the other.

A measure is written whole or not at all, and only after its file, as it would be, has passed the
checks that ``wb.load()`` makes. What changed is noted before the figures are written, where they
came from after: a run that is killed in between, started again, ends in the same files.

A new kind of source is a class in `workbench.ingest.sources`, and a line there in `every`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench.dataset import loading
from workbench.errors import DataError, WorkbenchError, sentences
from workbench.ingest import compare, feeds, observations, provenance, sources
from workbench.ingest.feeds import Feed
from workbench.ingest.provenance import Fetch
from workbench.ingest.sources import Source
from workbench.ingest.ssb.client import Client, SourceError
from workbench.ingest.ssb.pxweb import Store
from workbench.storage import files, normalise

COLUMNS = ["municipality", "year", "value", "numerator", "denominator", "status"]


@dataclass(frozen=True)
class Outcome:
    """What became of one measure.

    ``state`` is 'brought in', 'unchanged', 'refused' or 'by hand', ``changes`` as `compare` returns
    them, ``revision`` the ``updated`` of the table, and ``note`` why it was refused, or what else
    is to be known.
    """

    feed: Feed
    state: str
    changes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=compare.CHANGES))
    revision: str = ""
    note: str = ""


class Update:
    """One run over the feeds of a folder of figures.

    Parameters
    ----------
    folder : Path
    client : Client
    store : Store
        Where answers are kept until all of a measure's are there.
    since : int, optional
        The first year to ask for.
    dry : bool
        Fetch and compare, and write nothing.
    workbook : Path, optional
        A downloaded workbook of emissions, for the measures that are fed from it.
    chosen : mapping, optional
        Codes by variable that a user chose, to be written into the feeds that are run.
    """

    def __init__(
        self,
        folder: Path,
        client: Client,
        store: Store,
        since: int | None = None,
        dry: bool = False,
        workbook: Path | None = None,
        chosen: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._chosen = chosen or {}
        self.folder, self.client, self.store = folder, client, store
        self.since, self.dry = since, dry
        self.sources = sources.every(client, store, workbook)
        self._unverified = {"workbook"} if workbook else set()
        self.catalogue = loading.read_catalogue(folder)
        self._about = self.catalogue["measures"].set_index("measure")
        self._after: dict[str, pd.DataFrame] = {}

    def run(
        self, chosen: Sequence[Feed], begun: Callable[[Feed], object] = lambda feed: None
    ) -> list[Outcome]:
        """Bring in measures, each by itself: what is refused for one stops no other.

        `begun` is called with each feed as its turn comes.
        """
        outcomes = []
        for feed in chosen:
            begun(feed)
            source = self.sources.get(feed.source)
            try:
                outcomes.append(
                    self._bring_in(feed, source)
                    if source
                    else Outcome(feed, "by hand", note=feed.steps)
                )
            except (SourceError, DataError) as error:
                outcomes.append(Outcome(feed, "refused", note=str(error)))
        sound = [
            outcome.feed.measure
            for outcome in outcomes
            if outcome.state in ("brought in", "unchanged")
            and outcome.feed.source not in self._unverified
        ]
        if sound and self.client.live and not self.dry:
            feeds.verified(self.folder, sound, f"{datetime.now(UTC):%Y-%m-%d}")
        return outcomes

    def check(self, feed: Feed) -> str:
        """Return what became of a feed's table and codes, from its description; write nothing."""
        source = self.sources.get(feed.source)
        if not isinstance(source, sources.Tables):
            return f"{feed.source}, nothing to ask"
        try:
            about = source.describe(feed)
        except SourceError as error:
            gone = " answered 404" in str(error) or "Non-existent table" in str(error)
            return f"{'gone' if gone else 'no answer'}. {error}"
        try:
            settled = feeds.by_code(feed, source.labels(feed, about))
            source.question(settled, about, self._numbers(), self.since)
        except WorkbenchError as error:
            return f"label changed. {error}" if " label " in str(error) else f"changed. {error}"
        last = about.codes[about.time][-1]
        return f"found, table {feed.table} to {last[-4:]}" + (
            f" as of {about.updated}" if about.updated else ""
        )

    def _numbers(self) -> set[str]:
        return set(self.catalogue["municipality_history"]["number"])

    def _bring_in(self, row: Feed, source: Source) -> Outcome:
        about = source.describe(row)
        labels = source.labels(row, about)
        if self._chosen:
            row = feeds.with_choice(row, labels, self._chosen)
        feed = feeds.by_code(row, labels)
        divided_by = self._figures(feed.divides_by) if feed.divides_by else None
        divisors = "" if divided_by is None else divided_by.to_csv(index=False)
        fetch = Fetch(
            measure=feed.measure,
            fetched=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            address=source.address(feed),
            table=feed.table,
            revision=about.updated,
            asked=f"{feed.asked}-{hashlib.sha256(divisors.encode()).hexdigest()[:16]}",
            since="" if self.since is None else str(self.since),
        )
        known = provenance.fetches(self.folder)
        if about.updated and provenance.unchanged(known, fetch):
            return Outcome(feed, "unchanged", revision=about.updated)
        answer = source.ask(feed, about, self._numbers(), self.since)
        if answer.revision:
            about = replace(about, updated=answer.revision)
            fetch = replace(fetch, revision=answer.revision)
            if provenance.unchanged(known, fetch):
                return Outcome(feed, "unchanged", revision=about.updated)
        scale = float(self._about.at[feed.measure, "scale"])
        theirs = observations.observations(feed, about, answer.cells, scale, divided_by)
        if theirs.empty:
            raise SourceError(f"{feed.table} has no figure for any municipality and year asked.")
        after, changes = self._compare(feed, theirs)
        text = self._text(feed.measure, after)
        self._validate(feed.measure, text)
        self._after[feed.measure] = after
        if not self.dry:
            if self._chosen:
                feeds.keep_choice(self.folder, row)
            notes = observations.notes(feed, about, answer.cells)
            provenance.note_revisions(self.folder, feed.measure, about.updated, changes)
            provenance.note_marks(self.folder, feed.measure, about.updated, notes)
            files.write(self._file(feed.measure), text)
            counts = changes["change"].value_counts().reindex(["new", "revised", "gone"])
            fetch = replace(fetch, **counts.fillna(0).astype(int).to_dict(), figures=len(theirs))
            digest = hashlib.sha256(text.encode()).hexdigest()
            provenance.note_fetch(self.folder, replace(fetch, sha256=digest))
            self.store.forget(answer.stored)
        marks = observations.marks(feed, about, answer.cells)
        note = sentences(_left_out(answer.strange), marks)
        return Outcome(feed, "brought in", changes, about.updated, note)

    def _compare(self, feed: Feed, theirs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the figures from now on and what changed, without what was gone before."""
        history = self.catalogue["municipality_history"]
        boundaries = str(self._about.at[feed.measure, "boundaries"])
        years, ours = range(self.since or 0, 10_000), self._figures(feed.measure)
        after, changes = compare.compare(ours, theirs, history, boundaries, years)
        before = provenance.already_gone(self.folder, feed.measure)
        keys = zip(changes["municipality"], changes["year"].astype(int), strict=True)
        again = pd.Series([key in before for key in keys], index=changes.index, dtype=bool)
        return after, changes[~(again & (changes["change"] == "gone"))]

    def _file(self, measure: str) -> Path:
        return self.folder / "observations" / f"{measure}.csv"

    def _figures(self, measure: str) -> pd.DataFrame:
        """Return a measure's figures as they are now, or as this run would leave them."""
        if measure in self._after:
            return self._after[measure]
        if not self._file(measure).exists():
            return pd.DataFrame(columns=COLUMNS).astype({name: float for name in COLUMNS[2:5]})
        found = loading.read_figures(self.folder, self.catalogue, [measure])
        return found[COLUMNS].assign(status=found["status"].fillna(""))

    def _text(self, measure: str, rows: pd.DataFrame) -> str:
        """Return the file of a measure, its columns and unchanged figures written as they were."""
        columns, ours, cells = COLUMNS, _by_key(self._figures(measure)), {}
        if self._file(measure).exists():
            with self._file(measure).open(encoding="utf-8-sig", newline="") as file:
                table = csv.DictReader(file)
                columns = [*map(normalise.text, table.fieldnames or COLUMNS)]
                table.fieldnames = columns
                cells = {(row["municipality"], int(row["year"])): row for row in table}
        text = io.StringIO()
        out = csv.DictWriter(text, columns, lineterminator="\n")
        out.writeheader()
        for key, figures in _by_key(rows).items():
            same = key in cells and ours.get(key) == figures
            new = dict(zip(COLUMNS, [key[0], str(key[1]), *figures], strict=True))
            out.writerow(cells[key] if same else new)
        return text.getvalue()

    def _validate(self, measure: str, text: str) -> None:
        """Check the file as it would be, and refuse it as `workbench.load` would."""
        with tempfile.TemporaryDirectory(prefix="update-", dir=files.temporary()) as name:
            staged = Path(name) / "observations"
            staged.mkdir()
            shutil.copy(self.folder / "observations" / "schema.json", staged)
            (staged / f"{measure}.csv").write_text(text, encoding="utf-8")
            loading.read_figures(Path(name), self.catalogue, [measure])


def _left_out(numbers: Sequence[str]) -> str:
    """Return a sentence on numbers of a source that are not known here."""
    if not numbers:
        return ""
    return (
        f"Left out: {', '.join(numbers[:8])}{' ...' if len(numbers) > 8 else ''}, not in "
        "municipality_history.csv. New municipalities come with update --boundaries."
    )


def _by_key(rows: pd.DataFrame) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return figures as the files have them, by municipality and year."""
    return {
        (row.municipality, int(row.year)): (
            repr(float(row.value)),
            _count(row.numerator),
            _count(row.denominator),
            row.status or "",
        )
        for row in rows.itertuples()
    }


def _count(number: float) -> str:
    """Return a count as the files have it: whole numbers without decimals, none as nothing."""
    if pd.isna(number):
        return ""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
