"""Entering and removing a municipality's own targets in a folder of figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.dataset import Dataset, load
from workbench.dataset.own_targets import COLUMNS, FILE, KEY
from workbench.errors import UsageError
from workbench.storage import normalise
from workbench.storage.csv_rows import Row, put, rewrite

#: What is wrong: the name of the parameter, and a sentence.
Fault = tuple[str, str]

#: The last year that a target may be set for.
LATEST = 2100

#: How many signs a text may have: briefs show them in the middle of a sentence.
LIMITS = {"name": 120, "basis": 160, "paragraph": 40}


def add(
    folder: Path,
    *,
    municipality: str,
    measure: str,
    value: float,
    year: int,
    name: str,
    basis: str,
    decided: date,
    paragraph: str = "",
) -> None:
    """Write a municipality's own target into a folder of figures.

    An earlier own target of the same municipality and measure is replaced; all other rows stay.

    Parameters
    ----------
    folder : Path
        A folder like the project's ``data/``.
    municipality : str
        A number of today or earlier, or a name.
    measure : str
        A name in ``measures.csv`` whose direction is known.
    value : float
        The value to reach, in the unit of the measure.
    year : int
        The year to reach it by: after the newest figure, not after 2100.
    name : str
        What the municipality calls the target, at most 120 signs.
    basis : str
        What or who decided it, such as the council or a plan, at most 160 signs.
    decided : date
        The day of the decision.
    paragraph : str
        Number of the case ('45/25') or paragraph, at most 40 signs; may be empty.

    Raises
    ------
    UsageError
        If anything of this does not hold; it has a sentence per fault, and nothing is written.
    DataError
        If the folder's own tables are broken.
    """
    row, faults = check(
        load(folder),
        municipality=municipality,
        measure=measure,
        value=value,
        year=year,
        name=name,
        basis=basis,
        decided=decided,
        paragraph=paragraph,
    )
    if faults:
        raise UsageError("\n".join(sentence for _, sentence in faults))
    write(folder, [row])


def write(folder: Path, new: Sequence[Row]) -> None:
    """Write checked rows into the table, each in the place of the one that it replaces."""

    def change(rows: list[Row]) -> list[Row]:
        for row in new:
            rows = put(rows, row, KEY)
        return rows

    rewrite(folder, FILE, change)


def check(
    data: Dataset,
    *,
    municipality: str,
    measure: str,
    value: object,
    year: object,
    name: object,
    basis: object,
    decided: object,
    paragraph: object = "",
    today: date | None = None,
) -> tuple[Row, list[Fault]]:
    """Return an own target as a row of the table, empty where there is a fault, and the faults.

    They are given as `add` takes them, whatever they are; no decision is after `today`.
    """
    faults: list[Fault] = []
    texts = {"name": name, "basis": basis, "paragraph": paragraph}
    plain = {field: _text(field, text, faults) for field, text in texts.items()}
    number = _found("municipality", lambda: data.municipality(normalise.text(municipality)), faults)
    about = _found("measure", lambda: data.measure(normalise.text(measure)), faults)
    _check_year(data, about, number, year, faults)
    _check_value(about, value, faults)
    day = decided.date() if isinstance(decided, datetime) else decided
    if not isinstance(day, date):
        rule = f'The day of the decision is "{normalise.shown(decided)}". Give it as a date.'
        faults.append(("decided", rule))
    elif day > (today or date.today()):
        rule = f"The decision is dated {day.isoformat()}, which is yet to come. "
        faults.append(("decided", rule + "Only a target that has been decided can be entered."))
    if faults:
        return {}, faults
    assert isinstance(day, date) and _is_number(value) and _is_number(year)
    new = [number, str(about["measure"]), repr(float(value)), str(int(year))]  # type: ignore
    return dict(zip(COLUMNS, [*new, *plain.values(), day.isoformat()], strict=True)), []


def remove(folder: Path, municipality: str, measure: str) -> None:
    """Take a municipality's own target out of a folder of figures again.

    Raises
    ------
    UsageError
        If there is no such target.
    """
    data = load(folder)
    number = data.municipality(municipality)
    known = data.own_targets.loc[data.own_targets["municipality"] == number, "measure"]
    if measure not in set(known):
        has = f"own targets for {', '.join(known)}" if len(known) else "none at all"
        raise UsageError(f'{number} has no own target for "{measure}". It has {has}.')
    gone = (number, measure)
    rewrite(folder, FILE, lambda rows: [r for r in rows if tuple(r[k] for k in KEY) != gone])


def _found(field: str, ask: Callable[[], Any], faults: list[Fault]) -> Any:
    """Return the answer of `ask`, or None, with its sentence among the faults."""
    try:
        return ask()
    except UsageError as error:
        faults.append((field, str(error)))
        return None


def _text(field: str, value: object, faults: list[Fault]) -> str:
    """Return a text on one line; what a brief cannot show is a fault."""
    if not isinstance(value, str):
        faults.append((field, f'The {field} is "{normalise.shown(value)}". It must be text.'))
        return ""
    plain = normalise.text(value)
    if not plain and field != "paragraph":
        rule = f"The {field} of the target is empty. Write it as the municipality does."
        faults.append((field, rule))
    if rule := normalise.wrong_text(plain, LIMITS[field]):
        stands = "" if len(plain) > LIMITS[field] else f' "{normalise.shown(plain)}"'
        faults.append((field, f"The {field}{stands} {rule}."))
    return plain


def _check_year(data: Dataset, about: Any, number: Any, year: Any, faults: list[Fault]) -> None:
    if not _is_number(year) or float(year) != int(year):
        rule = f'The year is "{normalise.shown(year)}". It must be a whole number such as 2030.'
        faults.append(("year", rule))
        return
    if year > LATEST:
        faults.append(("year", f"The year is {int(year)}. It must not be after {LATEST}."))
    if about is None or number is None:
        return
    rows = data.observations[data.observations["measure"] == about["measure"]]
    own = rows[rows["municipality"] == number]
    years = (own if len(own) else rows)["year"]
    newest = years.max() if len(years) else date.today().year
    if year <= newest:
        rule = f"It must be after {newest}, the year of the newest figure."
        faults.append(("year", f"The year is {int(year)}. {rule}"))


def _check_value(about: Any, value: Any, faults: list[Fault]) -> None:
    if not _is_number(value):
        faults.append(("value", f'The value is "{normalise.shown(value)}". It must be a number.'))
        return
    if about is None:
        return
    low, high = about["lower_bound"], about["upper_bound"]
    if not (pd.isna(low) or value >= low) or not (pd.isna(high) or value <= high):
        span = [f"at least {low:g}"] * pd.notna(low) + [f"at most {high:g}"] * pd.notna(high)
        rule = f"The value is {value:g} ({about['unit']}). It must be {' and '.join(span)}."
        faults.append(("value", rule))
    if about["direction"] == 0:
        rule = f"Neither more nor less of {about['measure']} is better, so that it cannot be told "
        rule += "whether a target is reached. Choose another measure."
        faults.append(("measure", rule))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False
