"""Asking a table of Statistics Norway for some of its cells (PxWebApi v2).

The address is built as recorded requests were, ``tables/{id}/data?lang=no&format=json-stat2&
valuecodes[Region]=...``. An address of more than about 2,100 characters is answered with a web page
(2,092 passed and 2,142 failed in others' hands), and more than 800,000 cells are not handed out, so
that a request may have to be several.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from workbench.errors import suggest
from workbench.ingest.ssb import jsonstat, strict_json
from workbench.ingest.ssb.client import Client, SourceError
from workbench.ingest.ssb.jsonstat import Cube
from workbench.storage.cache import read_sealed, write_sealed

#: Limits of one request: characters of the address, short of those measured, and cells.
ADDRESS, CELLS = 2_000, jsonstat.MOST

#: The variable of contents, which must be named in each request, as time must.
CONTENTS = "ContentsCode"

_MONTH = 31 * 24 * 3600

Selection = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Query:
    """A question to a table: the codes of each variable; one that is not named is summed up.

    ``codelists`` names for some variables the list of codes that theirs are from, such as
    ``agg_KommSummer``, which adds up earlier municipalities.
    """

    table: str
    selection: Selection
    codelists: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path of its cells."""
        return f"/pxwebapi/v2/tables/{self.table}/data"

    def text(self) -> str:
        """Return the part of the address that follows the question mark."""
        parts = ["lang=no", "format=json-stat2"]
        for variable, codes in self.selection.items():
            # A comma parts codes; within one it is quoted, as are brackets and all else.
            listed = ",".join(quote(code, safe="") for code in codes)
            parts.append(f"valuecodes[{quote(variable, safe='')}]={listed}")
        for variable, codelist in self.codelists.items():
            parts.append(f"codelist[{quote(variable, safe='')}]={quote(codelist, safe='')}")
            parts.append(f"outputValues[{quote(variable, safe='')}]=aggregated")
        return "&".join(parts)

    def chunks(self, client: Client, most: int = CELLS, longest: float = ADDRESS) -> list[Query]:
        """Return queries that each keep within the limits and together ask for the same cells."""
        cells = math.prod(len(codes) for codes in self.selection.values())
        if cells <= most and len(client.address(self.path, self.text())) <= longest:
            return [self]
        name = max(self.selection, key=lambda name: len(self.selection[name]))
        codes = list(self.selection[name])
        if len(codes) < 2:
            raise SourceError(f"Table {self.table} cannot be asked within {ADDRESS:,} characters.")
        half = (len(codes) + 1) // 2
        parts = (codes[:half], codes[half:])
        halves = [Query(self.table, {**self.selection, name: p}, self.codelists) for p in parts]
        return [chunk for query in halves for chunk in query.chunks(client, most, longest)]


@dataclass(frozen=True)
class Store:
    """Answers kept until all of a measure's are there, so that a broken run goes on from them."""

    folder: Path

    def get(self, key: str) -> bytes | None:
        """Return the answer kept for a key; none where this user did not keep it, or not whole."""
        try:
            return bytes(read_sealed(self.file(key)))
        except (OSError, ValueError):
            return None

    def put(self, key: str, body: bytes) -> None:
        """Keep an answer."""
        write_sealed(self.file(key), body)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove answers that are not needed any more."""
        for key in keys:
            self.file(key).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove answers that nobody came back for within a month."""
        for path in self.folder.glob("*.answer"):
            if time.time() - path.stat().st_mtime > _MONTH:
                path.unlink(missing_ok=True)

    def file(self, key: str) -> Path:
        """Return the file of the answer for a key."""
        return self.folder / f"{key}.answer"


def describe(client: Client, table: str) -> Cube:
    """Return the description of a table: its variables with their codes, and ``updated``."""
    path = f"/pxwebapi/v2/tables/{table}/metadata"
    where = f"table {table}"
    answer = strict_json.parse(client.get(path, "lang=no"), where)
    return jsonstat.read(answer, where, cells=False)


def codes_of(client: Client, codelist: str) -> dict[str, str]:
    """Return the codes of a list of codes, such as ``agg_KommSummer``, with their labels."""
    where = f"the list of codes {codelist}"
    answer = strict_json.parse(client.get(f"/pxwebapi/v2/codeLists/{codelist}", "lang=no"), where)
    values = answer.get("values") if isinstance(answer, dict) else None
    rows = [value if isinstance(value, dict) else {} for value in values or []]
    if not rows or not all(isinstance(row.get("code"), str) for row in rows):
        raise SourceError(f"The answer of {where} is not used: it lists no codes.")
    return {row["code"]: str(row.get("label") or "") for row in rows}


def check(query: Query, about: Cube, lists: Mapping[str, Iterable[str]]) -> None:
    """Refuse a query for a variable or code that a table does not have, or needs, before asking.

    `lists` are the codes of the lists that the query names.
    """
    table = f"Table {query.table}"
    mend = "Nothing was asked. Correct the row in data/sources/feeds.csv."
    for name, wanted in query.selection.items():
        if name not in about.codes:
            near = suggest(name, about.codes)
            raise SourceError(f'{table} has no variable "{name}". {near} {mend}')
        known = set(lists.get(query.codelists.get(name, ""), about.codes[name]))
        for code in wanted:
            if code not in known:
                near = suggest(code, known)
                raise SourceError(f'{table}, variable "{name}": no code "{code}". {near} {mend}')
        if not wanted:
            raise SourceError(f'{table}, variable "{name}": no code is asked for. {mend}')
    for name in about.codes:
        must = name not in about.eliminable or name in (CONTENTS, about.time)
        if must and name not in query.selection:
            raise SourceError(f'{table} needs a choice of "{name}". {mend}')


def key_of(client: Client, query: Query, updated: str) -> str:
    """Return the key of an answer: a hash of the address, and of the revision of the table."""
    asked = f"{client.address(query.path, query.text())}\n{updated}"
    return hashlib.sha256(asked.encode()).hexdigest()


def fetch(client: Client, query: Query, about: Cube, store: Store) -> pd.DataFrame:
    """Return the cells that one query within the limits asks for, from the store or the source.

    Raises
    ------
    SourceError
        If the answer is not sound, not to what was asked, or of another revision of the table.
    """
    key = key_of(client, query, about.updated)
    body = store.get(key)
    kept = body is not None
    if body is None:
        body = client.get(query.path, query.text())
    where = f"table {query.table}"
    cube = jsonstat.read(strict_json.parse(body, where), where, asked=query.selection)
    if cube.updated != about.updated:
        raise SourceError(
            f"Table {query.table} was changed while it was read ({about.updated}, then "
            f"{cube.updated}). Run the command again."
        )
    if not kept:
        store.put(key, body)
    return cube.cells
