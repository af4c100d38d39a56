"""Tables of the Norwegian Institute of Public Health's open statistics (statistikk-data.fhi.no).

A table is described below ``{source}/Table/{number}/dimension``, as a tree of categories, and its
cells are asked for by POST, as JSON-stat 2. It does not say when it was changed, so that the hash
of its answers is what tells one revision from another. As documented and as others use it; never
run by this project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NoReturn

import pandas as pd

from workbench.ingest.ssb import jsonstat, strict_json
from workbench.ingest.ssb.client import Client, SourceError
from workbench.ingest.ssb.jsonstat import Cube
from workbench.ingest.ssb.pxweb import Query

#: Most rows of an answer, and the dimension of time.
ROWS, TIME = 50_000, "AAR"


def path(table: str, what: str) -> str:
    """Return the path of a table, '341' of the source ``nokkel`` or 'kpr/634', or a part of it."""
    source, _, number = table.rpartition("/")
    return f"/{source or 'nokkel'}/Table/{number}/{what}"


def describe(client: Client, table: str) -> Cube:
    """Return the description of a table: its dimensions with their categories."""

    def refuse(reason: str) -> NoReturn:
        raise SourceError(f"The answer of table {table} is not used: {reason}.")

    answer = strict_json.parse(client.get(path(table, "dimension")), f"table {table}")
    rows = answer.get("dimensions") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        refuse("it has no dimensions")
    labels: dict[str, dict[str, str]] = {}
    for row in rows:
        found = list(_categories(row.get("categories"), refuse))
        if not found or len(dict(found)) < len(found):
            refuse(f'the dimension "{str(row.get("code"))[:40]}" has no categories, or one twice')
        labels[str(row.get("code"))] = dict(found)
    if TIME not in labels:
        refuse(f'it has no dimension "{TIME}"')
    names = {str(row.get("code")): str(row.get("label") or row.get("code")) for row in rows}
    codes = {name: list(texts) for name, texts in labels.items()}
    return Cube("", codes, labels, {}, TIME, frozenset(), pd.DataFrame(), table, names)


def fetch(client: Client, query: Query) -> tuple[pd.DataFrame, str]:
    """Return the cells that a query of at most `ROWS` asks for, and the hash of the answer."""
    dimensions = [
        {"code": name, "filter": "item", "values": list(codes)}
        for name, codes in query.selection.items()
    ]
    asked = {"dimensions": dimensions, "response": {"format": "json-stat2", "maxRowCount": ROWS}}
    where = f"table {query.table}"
    body = client.post(path(query.table, "data"), json.dumps(asked).encode())
    cube = jsonstat.read(_marked(strict_json.parse(body, where)), where, time=TIME)
    got, wanted = cube.codes, query.selection
    # A category without a figure may be left out, but nothing else may come.
    if set(got) != set(wanted) or any(set(got[name]) - set(wanted[name]) for name in got):
        raise SourceError(f"The answer of {where} is not used: it has other codes than asked for.")
    return cube.cells, hashlib.sha256(body).hexdigest()


def _categories(given: Any, refuse: Any) -> Iterator[tuple[str, str]]:
    """Yield the code and label of each category of a tree, parents first."""
    waiting = list(given) if isinstance(given, list) else []
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, dict) or not isinstance(one.get("value"), str):
            refuse("a category has no code")
        yield one["value"], str(one.get("label") or "")
        waiting[:0] = one.get("children") or []


def _marked(dataset: Any) -> Any:
    """Return a data set whose texts in place of a value (':' missing, 'k' withheld) are marks."""
    values = dataset.get("value") if isinstance(dataset, dict) else None
    if isinstance(values, list):
        marks = {str(at): value for at, value in enumerate(values) if isinstance(value, str)}
        dataset["value"] = [None if isinstance(value, str) else value for value in values]
        if marks and not dataset.get("status"):
            dataset["status"] = marks
    return dataset
