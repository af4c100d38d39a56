"""Bringing in new figures: plan, fetch, validate, compare, write; one measure after the other.

A measure is written whole or not at all, and only after its file, as it would be, has passed the
checks that ``wb.load()`` makes. What changed is noted before the figures are written, where they
came from after: a run that is killed in between, started again, ends in the same files.
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
from workbench.errors import DataError, sentences
from workbench.ingest import (
    compare,
    feeds,
    observations,
    provenance,
)
from workbench.ingest import (
    emissions_workbook as workbook,
)
from workbench.ingest.feeds import Feed
from workbench.ingest.provenance import Fetch
from workbench.ingest.ssb import pxweb
from workbench.ingest.ssb.client import Client, SourceError, shown
from workbench.ingest.ssb.jsonstat import Cube
from workbench.ingest.ssb.pxweb import Store
from workbench.rendering import page
from workbench.storage import normalise
from workbench.storage.files import temporary

COLUMNS = ["municipality", "year", "value", "numerator", "denominator", "status"]


@dataclass(frozen=True)
class Outcome:
    """What became of one measure.

    Attributes
    ----------
    feed : Feed
    state : str
        'brought in', 'unchanged', 'refused' or 'by hand'.
    changes : DataFrame
        municipality, year, change, was, now.
    revision : str
        The ``updated`` of the table.
    note : str
        Why it was refused, or what else is to be known.
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
    """

    def __init__(
        self,
        folder: Path,
        client: Client,
        store: Store,
        since: int | None = None,
        dry: bool = False,
        workbook: Path | None = None,
    ) -> None:
        self.folder, self.client, self.store = folder, client, store
        self.since, self.dry, self.workbook = since, dry, workbook
        self.catalogue = loading.read_catalogue(folder)
        self._fetched: dict[str, pd.DataFrame] = {}
        self._about: dict[str, Cube] = {}
        self._lists: dict[str, list[str]] = {}

    def run(
        self, chosen: Sequence[Feed], begun: Callable[[Feed], object] = lambda feed: None
    ) -> list[Outcome]:
        """Bring in measures, each by itself: what is refused for one stops no other.

        Parameters
        ----------
        chosen : sequence of Feed
        begun : callable
            Told of each measure as its turn comes.
        """
        outcomes = []
        for feed in chosen:
            begun(feed)
            if feed.source == "by hand" or (feed.source == "workbook" and not self.workbook):
                outcomes.append(Outcome(feed, "by hand", note=feed.steps))
                continue
            try:
                outcomes.append(self._bring_in(feed))
            except (SourceError, DataError) as error:
                outcomes.append(Outcome(feed, "refused", note=str(error)))
        sound = [o.feed.measure for o in outcomes if o.state in ("brought in", "unchanged")]
        asked = {feed.measure for feed in chosen if feed.source == "pxweb"}
        sound = [measure for measure in sound if measure in asked]
        if sound and self.client.live and not self.dry:
            feeds.verified(self.folder, sound, f"{datetime.now(UTC):%Y-%m-%d}")
        return outcomes

    def _bring_in(self, feed: Feed) -> Outcome:
        about = self._describe(feed)
        divided_by = self._figures(feed.divides_by) if feed.divides_by else None
        fetch = self._begin(feed, about, divided_by)
        if provenance.unchanged(provenance.fetches(self.folder), fetch):
            return Outcome(feed, "unchanged", revision=about.updated)
        read = self._read if feed.source == "workbook" else self._fetch
        theirs, keys, note, notes = read(feed, about, divided_by)
        after, changes = self._compare(feed, theirs)
        text = self._text(feed.measure, after)
        self._validate(feed.measure, text)
        self._fetched[feed.measure] = after
        if not self.dry:
            counts = compare.told(changes, ("new", "revised", "gone"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            provenance.note_revisions(self.folder, feed.measure, about.updated, changes)
            provenance.note_marks(self.folder, feed.measure, about.updated, notes)
            page.write(self._file(feed.measure), text)
            fetch = replace(
                fetch, new=counts["new"], revised=counts["revised"], gone=counts["gone"]
            )
            provenance.note_fetch(self.folder, replace(fetch, figures=len(theirs), sha256=digest))
            self.store.forget(keys)
        return Outcome(feed, "brought in", changes, about.updated, note)

    def _describe(self, feed: Feed) -> Cube:
        """Return what a table says of itself, asked once a run; of a workbook, all its cells."""
        if feed.table not in self._about:
            if feed.source == "workbook" and self.workbook:
                self._about[feed.table] = workbook.emissions(self.workbook)
            else:
                self._about[feed.table] = pxweb.describe(self.client, feed.table)
        return self._about[feed.table]

    def _codes(self, feed: Feed, about: Cube) -> dict[str, list[str]]:
        """Return the codes of the lists that a feed names, each asked once a run."""
        for codelist in (codes[0] for codes in feeds.selection_of(feed.codelists).values()):
            if codelist not in self._lists:
                self._lists[codelist] = pxweb.codes_of(self.client, codelist)
        return self._lists

    def _begin(self, feed: Feed, about: Cube, divided_by: pd.DataFrame | None) -> Fetch:
        """Return what is known before anything is fetched."""
        told = "" if divided_by is None else divided_by.to_csv(index=False)
        asked = f"{feed.asked}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
        return Fetch(
            feed.measure,
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            self.workbook.name
            if feed.source == "workbook" and self.workbook
            else shown(self.client.address(f"/pxwebapi/v2/tables/{feed.table}/data")),
            feed.table,
            about.updated,
            asked,
            "" if self.since is None else str(self.since),
            *(0, 0, 0, 0),
            "",
        )

    def _fetch(
        self, feed: Feed, about: Cube, divided_by: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, list[str], str, pd.DataFrame]:
        """Return a measure's figures, under what the answers are kept, and what was left out."""
        if feed.place not in about.codes:
            pxweb.check(pxweb.Query(feed.table, {feed.place: []}, {}), about, {})
        observations.check_units(feed, about)
        lists = self._codes(feed, about)
        named = feeds.selection_of(feed.codelists).get(feed.place)
        codes = lists[named[0]] if named else about.codes[feed.place]
        numbers = set(self.catalogue["municipality_history"]["number"])
        known, strange = observations.places(codes, numbers)
        wanted = observations.query(feed, about, known, observations.years(about, self.since))
        pxweb.check(wanted, about, lists)
        chunks = wanted.chunks(self.client)
        cells = pd.concat([pxweb.fetch(self.client, chunk, about, self.store) for chunk in chunks])
        found = self._made(feed, about, cells, divided_by)
        keys = [pxweb.key_of(self.client, chunk, about.updated) for chunk in chunks]
        note = sentences(_left_out(strange), observations.marks(feed, about, cells))
        return found, keys, note, observations.notes(feed, about, cells)

    def _read(
        self, feed: Feed, about: Cube, divided_by: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, list[str], str, pd.DataFrame]:
        """Return the same as `_fetch`, from the workbook."""
        numbers = set(self.catalogue["municipality_history"]["number"])
        known, strange = observations.places(about.codes[feed.place], numbers)
        years = observations.years(about, self.since)
        cells = about.cells
        cells = cells[cells[feed.place].isin(known) & cells[about.time].isin(years)]
        return self._made(feed, about, cells, divided_by), [], _left_out(strange), pd.DataFrame()

    def _made(
        self, feed: Feed, about: Cube, cells: pd.DataFrame, divided_by: pd.DataFrame | None
    ) -> pd.DataFrame:
        """Return the figures that cells are, at least one."""
        rows = self.catalogue["measures"].set_index("measure")
        scale = float(rows.at[feed.measure, "scale"])
        found = observations.observations(feed, about, cells, scale, divided_by)
        if found.empty:
            raise SourceError(f"{feed.table} has no figure for any municipality and year asked.")
        return found

    def _compare(self, feed: Feed, theirs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the figures from now on and what changed, without what was gone before."""
        history = self.catalogue["municipality_history"]
        rows = self.catalogue["measures"].set_index("measure")
        years = range(self.since or 0, 10_000)
        boundaries = str(rows.at[feed.measure, "boundaries"])
        ours = self._figures(feed.measure)
        after, changes = compare.compare(ours, theirs, history, boundaries, years)
        before = provenance.already_gone(provenance.revisions(self.folder), feed.measure)
        keys = zip(changes["municipality"], changes["year"].astype(int), strict=True)
        again = pd.Series([key in before for key in keys], index=changes.index, dtype=bool)
        return after, changes[~(again & (changes["change"] == "gone"))]

    def _file(self, measure: str) -> Path:
        return self.folder / "observations" / f"{measure}.csv"

    def _figures(self, measure: str) -> pd.DataFrame:
        """Return a measure's figures as they are now, or as this run would leave them."""
        if measure in self._fetched:
            return self._fetched[measure]
        if not self._file(measure).exists():
            return pd.DataFrame(columns=COLUMNS).astype({name: float for name in COLUMNS[2:5]})
        found = loading.read_figures(self.folder, self.catalogue, [measure])
        return found[COLUMNS].assign(status=found["status"].fillna(""))

    def _text(self, measure: str, rows: pd.DataFrame) -> str:
        """Return the file of a measure, its columns and unchanged figures written as they were."""
        columns, before = COLUMNS, {}
        if self._file(measure).exists():
            ours = self._figures_by_key(self._figures(measure))
            with self._file(measure).open(encoding="utf-8-sig", newline="") as file:
                table = csv.DictReader(file)
                columns = [*map(normalise.text, table.fieldnames or COLUMNS)]
                table.fieldnames = columns
                cells = {(row["municipality"], int(row["year"])): row for row in table}
            before = {key: (ours[key], cells.get(key)) for key in ours}
        text = io.StringIO()
        out = csv.DictWriter(text, columns, lineterminator="\n")
        out.writeheader()
        for key, told in self._figures_by_key(rows).items():
            same, row = before.get(key, (None, None))
            new = dict(zip(COLUMNS, [key[0], str(key[1]), *told], strict=True))
            out.writerow(row if row and same == told else new)
        return text.getvalue()

    @staticmethod
    def _figures_by_key(rows: pd.DataFrame) -> Mapping[tuple[str, int], tuple[str, ...]]:
        return {
            (row.municipality, int(row.year)): (
                repr(float(row.value)),
                _count(row.numerator),
                _count(row.denominator),
                row.status or "",
            )
            for row in rows.itertuples()
        }

    def _validate(self, measure: str, text: str) -> None:
        """Check the file as it would be by all rules of the package.

        Raises
        ------
        DataError
            With every fault, as `workbench.load` would name them.
        """
        with tempfile.TemporaryDirectory(prefix="update-", dir=temporary()) as name:
            staged = Path(name) / "observations"
            staged.mkdir()
            shutil.copy(self.folder / "observations" / "schema.json", staged)
            (staged / f"{measure}.csv").write_text(text, encoding="utf-8")
            loading.read_figures(Path(name), self.catalogue, [measure])


def _left_out(numbers: Sequence[str]) -> str:
    """Return which numbers of a source are not known here, and how they come to be."""
    if not numbers:
        return ""
    return (
        f"Left out: {', '.join(numbers[:8])}{' ...' if len(numbers) > 8 else ''}, not in "
        "municipality_history.csv. New municipalities come with update --boundaries."
    )


def _count(number: float) -> str:
    """Return a count as the files have it: whole numbers without decimals, none as nothing."""
    if pd.isna(number):
        return ""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
