"""Municipalities and their changes from Statistics Norway's classification 131 (Klass).

``codesAt`` lists those of a day, as recorded; ``changes`` lists what became what between two days,
the second not counted. What is announced but not in force is listed with ``includeFuture``. The
last two are as documented and as others use them; no response of them is at hand.

A row about anything but a municipality is passed over, whatever is in it. So is one that names no
code before or after, as Klass does of a code that begins or ends by itself: if a municipality did,
the list of the day is another one than the changes lead to, and `boundary_changes` refuses that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NoReturn

from workbench.ingest.ssb import strict_json
from workbench.ingest.ssb.client import Client, SourceError
from workbench.storage import normalise

_PATH = "/klass/v1/classifications/{number}/{what}"
_MUNICIPALITIES, _COUNTIES = 131, 104

#: Codes of municipalities and counties; not of what is not stated (9999), nor of Svalbard, Jan
#: Mayen and the continental shelf (21 to 23).
_NUMBER, _COUNTY = re.compile(r"(?!9999|2[1-3])[0-9]{4}"), re.compile(r"(?!99|2[1-3])[0-9]{2}")

#: Fewer or more municipalities than this is no answer to be believed (357 in 2026).
_FEWEST, _MOST = 50, 1000


@dataclass(frozen=True)
class Change:
    """A municipality that became another, or a part of it, on a day."""

    day: date
    old: str
    old_name: str
    new: str
    new_name: str


@dataclass(frozen=True)
class Announced:
    """The official names of municipalities and counties on a day, by number.

    ``changes`` are those since the last ones that are known here, the first ones first.
    """

    day: date
    names: dict[str, str]
    changes: tuple[Change, ...]
    counties: dict[str, str]


def announced(client: Client, known: date, day: date) -> Announced:
    """Return the municipalities of a day, and what changed since a day whose changes are known.

    Raises
    ------
    SourceError
        If an answer does not have the parts that it should.
    """
    changes = []
    if known < day:
        query = f"from={known + timedelta(1)}&to={day + timedelta(1)}"
        path = _PATH.format(number=_MUNICIPALITIES, what="changes")
        rows = _asked(client, path, f"{query}&language=nb&includeFuture=true", "codeChanges")
        found = [_change(row) for row in rows if _is_of_two(row)]
        changes = [change for change in found if known < change.day <= day]
        changes.sort(key=lambda change: (change.day, change.new, change.old))
    names = _names(client, _MUNICIPALITIES, day, _NUMBER)
    if not _FEWEST <= len(names) <= _MOST:
        _refuse(f"it lists {len(names)} municipalities")
    counties = _names(client, _COUNTIES, day, _COUNTY)
    return Announced(day, names, tuple(changes), counties)


def _names(client: Client, number: int, day: date, wanted: re.Pattern[str]) -> dict[str, str]:
    path = _PATH.format(number=number, what="codesAt")
    rows = _asked(client, path, f"date={day}&language=nb&includeFuture=true", "codes")
    found: dict[str, str] = {}
    for row in rows:
        code = _text(row, "code")
        if code in found:
            _refuse(f"it lists {code} twice")
        if wanted.fullmatch(code):
            found[code] = _text(row, "name")
    return found


def _asked(client: Client, path: str, query: str, part: str) -> list[Any]:
    answer = strict_json.parse(client.get(path, query), "Klass")
    rows = answer.get(part) if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        _refuse(f"it has no “{part}”")
    return rows


def _is_of_two(row: Any) -> bool:
    """Return whether a row of changes is of a municipality that became another."""
    if not isinstance(row, dict):
        _refuse("a change has no parts")
    codes = [row.get(name) for name in ("oldCode", "newCode")]
    numbers = [n for n in map(normalise.text, codes) if re.fullmatch(r"[0-9]{4}", n)]
    return None not in codes and bool(numbers) and all(map(_NUMBER.fullmatch, numbers))


def _change(row: Any) -> Change:
    try:
        day = date.fromisoformat(_text(row, "changeOccurred"))
    except ValueError:
        _refuse("a change has no day")
    old, new = _text(row, "oldCode"), _text(row, "newCode")
    for code in (old, new):
        if not _NUMBER.fullmatch(code):
            _refuse(f"{code[:20]!r} is no number of a municipality")
    return Change(day, old, _text(row, "oldName"), new, _text(row, "newName"))


def _text(row: Any, name: str) -> str:
    raw = row.get(name) if isinstance(row, dict) else None
    text = normalise.text(raw) if isinstance(raw, str) else ""
    if not 0 < len(text) <= 120 or not text.isprintable():
        _refuse(f"a row has no “{name}” that can be read")
    return text


def _refuse(reason: str) -> NoReturn:
    raise SourceError(f"The answer of Klass is not used: {reason}.")
