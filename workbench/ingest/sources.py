"""Where the figures of feeds lie: Statistics Norway, the Institute of Public Health, a workbook.

A new kind of source is a class here, and a line in `every`.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import pandas as pd

from workbench.ingest import ENVIRONMENT, FHI, emissions_workbook, feeds, fhi, observations
from workbench.ingest.feeds import Feed
from workbench.ingest.ssb import pxweb
from workbench.ingest.ssb.client import Client, SourceError, shown
from workbench.ingest.ssb.jsonstat import Cube
from workbench.ingest.ssb.pxweb import Store
from workbench.storage import files


class Answer(NamedTuple):
    """The cells of a source, numbers of places that are not known here, and keys in the store.

    ``revision`` is that of a source whose description does not say it.
    """

    cells: pd.DataFrame
    strange: list[str]
    stored: list[str]
    revision: str = ""


Labels = Mapping[str, Mapping[str, str]]


class Source(Protocol):
    """Where the figures of some feeds lie."""

    def describe(self, feed: Feed) -> Cube:
        """Return the description of a feed's table, asked once a run."""

    def labels(self, feed: Feed, about: Cube) -> Labels:
        """Return by variable the label of each code."""

    def address(self, feed: Feed) -> str:
        """Return the address of the table, for the note of where figures came from."""

    def ask(self, feed: Feed, about: Cube, numbers: set[str], since: int | None) -> Answer:
        """Return the cells of municipalities with these numbers, from a year on."""


@runtime_checkable
class Tables(Source, Protocol):
    """A source whose tables describe themselves without their cells."""

    def question(
        self, feed: Feed, about: Cube, numbers: set[str], since: int | None
    ) -> tuple[pxweb.Query, list[str]]:
        """Return the query for a feed, checked, and numbers that are not known here."""


class _Statbank:
    """Statistics Norway's tables."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store
        self._about: dict[str, Cube] = {}
        self._lists: dict[str, dict[str, str]] = {}

    def describe(self, feed: Feed) -> Cube:
        if feed.table not in self._about:
            self._about[feed.table] = pxweb.describe(self._client, feed.table)
        return self._about[feed.table]

    def labels(self, feed: Feed, about: Cube) -> Labels:
        return {**about.labels, **self._listed(feed)}

    def _listed(self, feed: Feed) -> dict[str, dict[str, str]]:
        """Return the lists of codes that a feed names, by variable, each asked for once a run."""
        named = feeds.selection_of(feed.codelists)
        for codelist in (codes[0] for codes in named.values()):
            if codelist not in self._lists:
                self._lists[codelist] = pxweb.codes_of(self._client, codelist)
        return {name: self._lists[codes[0]] for name, codes in named.items()}

    def address(self, feed: Feed) -> str:
        return shown(self._client.address(f"/pxwebapi/v2/tables/{feed.table}/data"))

    def question(
        self, feed: Feed, about: Cube, numbers: set[str], since: int | None
    ) -> tuple[pxweb.Query, list[str]]:
        if feed.place not in about.codes:
            pxweb.check(pxweb.Query(feed.table, {feed.place: []}, {}), about, {})
        observations.check_units(feed, about)
        listed = self._listed(feed)
        codes = [*listed.get(feed.place, about.codes[feed.place])]
        known, strange = observations.places(codes, numbers)
        query = observations.query(feed, about, known, observations.years(about, since))
        pxweb.check(query, about, self._lists)
        return query, strange

    def ask(self, feed: Feed, about: Cube, numbers: set[str], since: int | None) -> Answer:
        query, strange = self.question(feed, about, numbers, since)
        chunks = query.chunks(self._client)
        parts = [pxweb.fetch(self._client, chunk, about, self._store) for chunk in chunks]
        keys = [pxweb.key_of(self._client, chunk, about.updated) for chunk in chunks]
        return Answer(pd.concat(parts), strange, keys)


class _Health(_Statbank):
    """Tables of the Norwegian Institute of Public Health."""

    def describe(self, feed: Feed) -> Cube:
        if feed.table not in self._about:
            self._about[feed.table] = fhi.describe(self._client.of(FHI), feed.table)
        return self._about[feed.table]

    def address(self, feed: Feed) -> str:
        return shown(self._client.of(FHI).address(fhi.path(feed.table, "data")))

    def ask(self, feed: Feed, about: Cube, numbers: set[str], since: int | None) -> Answer:
        query, strange = self.question(feed, about, numbers, since)
        client = self._client.of(FHI)
        chunks = query.chunks(client, fhi.ROWS, math.inf)
        cells, digests = zip(*[fhi.fetch(client, chunk) for chunk in chunks], strict=True)
        digest = hashlib.sha256("".join(digests).encode()).hexdigest()
        return Answer(pd.concat(cells), strange, [], f"sha256 {digest[:16]}")


class _Workbook:
    """The workbook of emissions: one that somebody downloaded, or the publisher's own."""

    def __init__(self, client: Client, path: Path | None) -> None:
        self._client, self._path = client.of(ENVIRONMENT), path
        self._whole: Cube | SourceError | None = None

    def describe(self, feed: Feed) -> Cube:
        if self._whole is None:
            try:
                self._whole = self._read()
            except SourceError as error:
                self._whole = error  # it is large: nobody asks for it twice
        if isinstance(self._whole, SourceError):
            raise self._whole
        return self._whole

    def _read(self) -> Cube:
        if self._path:
            return emissions_workbook.emissions(self._path)
        try:
            with tempfile.TemporaryDirectory(dir=files.temporary()) as name:
                path = emissions_workbook.download(self._client, Path(name))
                return emissions_workbook.emissions(path)
        except SourceError as error:
            raise SourceError(f"{error} {emissions_workbook.BY_HAND}") from None

    def labels(self, feed: Feed, about: Cube) -> Labels:
        return {name: {code: code for code in codes} for name, codes in about.codes.items()}

    def address(self, feed: Feed) -> str:
        if self._path:
            return self._path.name
        return shown(self._client.address(emissions_workbook.PATH))

    def ask(self, feed: Feed, about: Cube, numbers: set[str], since: int | None) -> Answer:
        known, strange = observations.places(about.codes[feed.place], numbers)
        years = observations.years(about, since)
        wanted = about.cells[feed.place].isin(known) & about.cells[about.time].isin(years)
        return Answer(about.cells[wanted], strange, [])


def every(client: Client, store: Store, workbook: Path | None = None) -> dict[str, Source]:
    """Return the sources by the name that ``feeds.csv`` has for them."""
    return {
        "pxweb": _Statbank(client, store),
        "fhi": _Health(client, store),
        "workbook": _Workbook(client, workbook),
    }
