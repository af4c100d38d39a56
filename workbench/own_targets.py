"""A municipality's own targets, decided by its council: kept in ``own_targets.csv``.

They join the other targets when figures are loaded and come before them for their municipality, so
that every assessment measures against what the municipality itself decided.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import UsageError
from workbench.language import Language
from workbench.rows import put, rewrite

if TYPE_CHECKING:
    from workbench.dataset import Dataset

FILE = "own_targets.csv"
COLUMNS = ["municipality", "measure", "value", "year", "name", "basis", "paragraph", "decided"]

#: The last year that a target may be set for.
LATEST = 2100

#: How many signs a text may have: briefs show them in the middle of a sentence.
LIMITS = {"name": 120, "basis": 160, "paragraph": 40}

#: What the municipality may write for its council and the like, and the key of its name in texts.
_BODIES = {
    "council": r"(vedtak (i|av) )?kommunestyret?|kommunestyrevedtak|((the )?(municipal )?council)"
    r"( decision)?|decision (of|by) the (municipal )?council",
    "city": r"(vedtak (i|av) )?bystyret?|bystyrevedtak|(the )?city council( decision)?",
    "committee": r"(vedtak (i|av) )?formannskapet?|formannskapsvedtak|(the )?executive committee",
}
_CASE = re.compile(r"\d+/\d+")


def nothing() -> pd.DataFrame:
    """Return the table of own targets without rows, for figures that come without one."""
    return pd.DataFrame(columns=COLUMNS)


def phrase(row: Mapping[str, Any], language: Language) -> str:
    """Return whose target it is, who decided it and when, to stand in a sentence.

    Parameters
    ----------
    row : mapping
        A row of ``own_targets.csv``.
    language : Language
    """
    from babel.dates import format_date

    basis = str(row["basis"])
    body = next((k for k, form in _BODIES.items() if re.fullmatch(form, basis.casefold())), "")
    case = "" if pd.isna(row["paragraph"]) else str(row["paragraph"])
    day = date.fromisoformat(str(row["decided"]))
    return language.say(
        "common.own.target",
        body=language.say(f"common.own.body.{body}") if body else "",
        day=format_date(day, "long", locale=language.locale),
        case=language.say("common.own.case", number=case) if _CASE.fullmatch(case) else case,
        goal=row["name"],
        basis="" if body else basis,
    )


def joined(targets: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return all targets: those of ``targets.csv``, and a row for each own one.

    An own target is the primary one of its municipality and measure.
    """
    if own.empty:
        return targets
    pair = ["municipality", "measure"]
    replaced = pd.MultiIndex.from_frame(targets[pair]).isin(pd.MultiIndex.from_frame(own[pair]))
    said = {
        f"basis_{code}": [phrase(row, Language(code)) for row in own.to_dict("records")]
        for code in ("nb", "en")
    }
    rows = own[[*pair, "value", "year"]].assign(
        kind="level",
        of="value",
        scope="municipality",
        basis_type="own decision",
        confidence="high",
        primary="yes",
        **said,
    )
    kept = targets.assign(primary=targets["primary"].mask(replaced, "no"))
    kept = kept.astype({"considered": "Int64"})  # an own target was not found anywhere
    rows = rows.reindex(columns=kept.columns).astype(dict(kept.dtypes))
    return pd.concat([kept, rows], ignore_index=True)


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
    from workbench.dataset import load

    data, faults = load(folder), list[str]()
    texts = {"name": name, "basis": basis, "paragraph": paragraph}
    texts = {field: _text(field, text, faults) for field, text in texts.items()}
    number = _found(lambda: data.municipality(_one_line(municipality)), faults)
    about = _found(lambda: data.measure(_one_line(measure)), faults)
    _check_year(data, about, number, year, faults)
    _check_value(about, value, faults)
    if not isinstance(decided, date):
        faults.append(f'The day of the decision is "{decided}". Give it as a date.')
    elif (day := decided.date() if isinstance(decided, datetime) else decided) > date.today():
        faults.append(
            f"The decision is dated {day.isoformat()}, which is yet to come. "
            "Only a target that has been decided can be entered."
        )
    if faults:
        raise UsageError("\n".join(faults))
    new = [number, str(about["measure"]), repr(float(value)), str(int(year))]
    new += [*texts.values(), day.isoformat()]
    row = dict(zip(COLUMNS, new, strict=True))
    rewrite(folder, FILE, lambda rows: put(rows, row, ["municipality", "measure"]))


def remove(folder: Path, municipality: str, measure: str) -> None:
    """Take a municipality's own target out of a folder of figures again.

    Raises
    ------
    UsageError
        If there is no such target.
    """
    from workbench.dataset import load

    number = load(folder).municipality(municipality)
    known: list[str] = []

    def without(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        kept = [row for row in rows if (row["municipality"], row["measure"]) != (number, measure)]
        known.extend(row["measure"] for row in rows if row["municipality"] == number)
        if len(kept) == len(rows):
            has = f"It has own targets for {', '.join(known)}." if known else "It has none at all."
            raise UsageError(f'{number} has no own target for "{measure}". {has}')
        return kept

    rewrite(folder, FILE, without)


def _found(ask: Any, faults: list[str]) -> Any:
    """Return what is asked for, or None, and the sentence among the faults."""
    try:
        return ask()
    except UsageError as error:
        faults.append(str(error))
        return None


def _one_line(text: object) -> str:
    """Return text as an error sentence can show it: short and on one line."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:80].strip()


def _text(field: str, text: object, faults: list[str]) -> str:
    """Return a text in composed letters; what a brief cannot show is a fault."""
    if not isinstance(text, str):
        faults.append(f'The {field} is "{_one_line(text)}". It must be text.')
        return ""
    plain = unicodedata.normalize("NFC", text).strip()
    if not plain and field != "paragraph":
        faults.append(f"The {field} of the target is empty. Write it as the municipality does.")
    if any(not c.isprintable() for c in plain):
        faults.append(
            f'The {field} "{_one_line(plain)}" holds a line break or a sign that cannot be seen. '
            "Write it on one line."
        )
    if len(plain) > LIMITS[field]:
        faults.append(f"The {field} has {len(plain)} signs. Use at most {LIMITS[field]}.")
    return plain


def _check_year(data: Dataset, about: Any, number: Any, year: object, faults: list[str]) -> None:
    if not _is_number(year) or float(year) != int(float(year)):  # type: ignore[arg-type]
        faults.append(f'The year is "{_one_line(year)}". It must be a whole number such as 2030.')
        return
    if int(year) > LATEST:  # type: ignore[call-overload]
        faults.append(f"The year is {year}. It must not be after {LATEST}.")
    if about is None or number is None:
        return
    figures = data.series(about["measure"], number)
    rows = data.observations
    years = figures.index if len(figures) else rows[rows["measure"] == about["measure"]]["year"]
    newest = years.max() if len(years) else date.today().year
    if int(year) <= newest:  # type: ignore[call-overload]
        faults.append(
            f"The year is {year}. It must be after {newest}, the year of the newest figure."
        )


def _check_value(about: Any, value: object, faults: list[str]) -> None:
    if not _is_number(value):
        faults.append(f'The value is "{_one_line(value)}". It must be a number.')
        return
    if about is None:
        return
    low, high = about["lower_bound"], about["upper_bound"]
    if not (pd.isna(low) or value >= low) or not (pd.isna(high) or value <= high):
        span = [f"at least {low:g}"] * pd.notna(low) + [f"at most {high:g}"] * pd.notna(high)
        faults.append(f"The value is {value:g} ({about['unit']}). It must be {' and '.join(span)}.")
    if about["direction"] == 0:
        faults.append(
            f"Neither more nor less of {about['measure']} is better, so that it cannot be told "
            "whether a target is reached. Choose another measure."
        )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False
