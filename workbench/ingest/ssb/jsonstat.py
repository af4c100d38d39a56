"""Reading JSON-stat 2 data sets, as PxWebApi v2 sends them.

A data set is a box of cells: `id` names its variables, `size` how many codes each has, and `value`
lists the cells in row-major order, the last variable fastest. `status` marks cells by their place
in that list. (JSON-stat 2.0, json-stat.org; marks as Statistics Norway uses them.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pandas as pd

from workbench.ingest.ssb.client import SourceError

#: Marks of figures that are missing: not applicable, not available, confidential. Never zero.
MISSING = (".", "..", ":")

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")

#: Most cells of a data set; no more are handed out.
MOST = 800_000

Refuse = Callable[[str], NoReturn]


@dataclass(frozen=True)
class Cube:
    """A data set."""

    updated: str  #: when the table was last changed, as the source says it
    codes: dict[str, list[str]]  #: by variable, in the order of the cells
    labels: dict[str, dict[str, str]]  #: by variable the texts of the codes that have one
    units: dict[str, str]  #: the unit of each code of the variable of contents
    time: str  #: the variable of time
    eliminable: frozenset[str]  #: variables that may be left out of a request
    #: a column of codes per variable, ``value`` (NaN where there is none, or the mark is one of
    #: `MISSING`) and ``mark``: the source's own text, which may also be a note to a number
    cells: pd.DataFrame
    title: str = ""  #: of the table
    names: dict[str, str] = field(default_factory=dict)  #: what each variable is called


def read(
    dataset: Any,
    where: str,
    cells: bool = True,
    asked: Mapping[str, Iterable[str]] | None = None,
    time: str = "",
) -> Cube:
    """Return a data set, checked.

    Parameters
    ----------
    dataset : object
        Parsed JSON.
    where : str
        Who sent it, for messages.
    cells : bool
        False reads a description of a table, which has no cells.
    asked : mapping of str to iterable of str, optional
        The codes of each variable that were asked for; others are refused.
    time : str
        The variable of time of a source that names none, and does not say when it was updated.

    Raises
    ------
    SourceError
        If its parts do not fit each other, or a value is neither a number nor missing.
    """

    def refuse(reason: str) -> NoReturn:
        raise SourceError(f"The answer of {where} is not used: {reason}.")

    if not isinstance(dataset, dict) or dataset.get("class") != "dataset":
        refuse("it is no JSON-stat data set")
    updated = "" if time else dataset.get("updated")
    if not isinstance(updated, str) or not (time or _INSTANT.fullmatch(updated)):
        refuse('it does not say when it was "updated"')
    codes = _codes(dataset, refuse)
    if asked is not None and _sets(codes) != _sets(asked):
        refuse("it has other codes than those asked for")
    dimensions = dataset["dimension"]
    times = [time] if time else _part(dataset, "role").get("time") or []
    if not (isinstance(times, list) and len(times) == 1 and times[0] in codes):
        refuse("it does not name one variable of time")
    table = pd.DataFrame(columns=[*codes, "value", "mark"])
    if cells:
        count = math.prod(len(each) for each in codes.values())
        if count > MOST:
            refuse(f"it has {count:,} cells, more than the {MOST:,} that are handed out")
        marks = _marks(dataset.get("status"), count, refuse)
        values = _values(dataset.get("value"), count, refuse)
        index = pd.MultiIndex.from_product(list(codes.values()), names=list(codes))
        table = index.to_frame(index=False)
        table["value"] = [
            math.nan if m in MISSING else v for v, m in zip(values, marks, strict=True)
        ]
        table["mark"] = marks
    return Cube(
        updated,
        codes,
        {name: _texts(dimensions[name]) for name in codes},
        {code: unit for name in codes for code, unit in _units(dimensions[name]).items()},
        times[0],
        frozenset(
            name for name in codes if _part(dimensions[name], "extension").get("elimination")
        ),
        table,
        str(dataset.get("label") or ""),
        {name: str(_part(dimensions, name).get("label") or name) for name in codes},
    )


def _sets(codes: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    return {name: set(each) for name, each in codes.items()}


def _codes(dataset: dict[str, Any], refuse: Refuse) -> dict[str, list[str]]:
    names, sizes, dimensions = (dataset.get(key) for key in ("id", "size", "dimension"))
    if not (isinstance(names, list) and isinstance(sizes, list) and isinstance(dimensions, dict)):
        refuse("it has no variables")
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        refuse("a variable has no name, or that of another")
    if len(names) != len(sizes) or set(names) != set(dimensions):
        refuse("its variables are not those that it describes")
    if {"value", "mark"} & set(names):
        refuse("a variable has a name that is taken")
    found = {}
    for name, size in zip(names, sizes, strict=True):
        index = _part(_part(dimensions, name), "category").get("index")
        if isinstance(index, list):
            index = {code: at for at, code in enumerate(index) if isinstance(code, str)}
        index = index if isinstance(index, dict) else {}
        places = list(index.values())
        whole = type(size) is int and len(places) == size
        whole = whole and all(type(place) is int for place in places)
        if not whole or sorted(places) != list(range(size)):
            refuse(f'the variable "{name[:40]}" has not as many codes as it says')
        found[name] = [code for _, code in sorted((place, code) for code, place in index.items())]
    return found


def _values(given: Any, count: int, refuse: Refuse) -> list[float]:
    """Return a number for each cell, NaN for what is missing; given as a list or by place."""
    given = _by_place(given, count, "value", refuse)
    if not isinstance(given, list) or len(given) != count:
        has = len(given) if isinstance(given, list) else "no"
        refuse(f"it has {has} values for {count} cells")
    for value in given:
        if value is not None and type(value) not in (int, float):
            refuse(f"a value is {str(value)[:40]!r}, which is no number")
    try:
        return [math.nan if value is None else float(value) for value in given]
    except OverflowError:
        refuse("a value is too large to be a figure")


def _marks(given: Any, count: int, refuse: Refuse) -> list[str]:
    """Return the mark of each cell, '' for none; given as one, a list or by place."""
    if given is None or isinstance(given, str):
        return [given or ""] * count
    given = _by_place(given, count, "status", refuse)
    marks = given if isinstance(given, list) else []
    if len(marks) != count:
        refuse(f"it has {len(marks)} marks for {count} cells")
    marks = ["" if mark is None else mark for mark in marks]
    for mark in marks:
        if not isinstance(mark, str):
            refuse(f"a cell has the mark {str(mark)[:20]!r}, which is no text")
    return marks


def _by_place(given: Any, count: int, what: str, refuse: Refuse) -> Any:
    """Return a list for cells that are named by their place; anything else stays."""
    if not isinstance(given, dict):
        return given
    for place in given:
        if not (place.isascii() and place.isdecimal() and len(place) < 10 and int(place) < count):
            refuse(f'"{what}" speaks of the cell {place[:20]!r}; it has {count}, from 0 on')
    places = {int(place): value for place, value in given.items()}
    return [places.get(at) for at in range(count)]


def _part(whole: Any, name: str) -> dict[str, Any]:
    """Return a part that is itself named parts; empty where there is none."""
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _texts(dimension: Any) -> dict[str, str]:
    texts = _part(_part(dimension, "category"), "label")
    return {code: text for code, text in texts.items() if isinstance(text, str)}


def _units(dimension: Any) -> dict[str, str]:
    units = _part(_part(dimension, "category"), "unit")
    return {code: str(_part(units, code).get("base", "")) for code in units}
