"""Reading a filled-in form: its answers, or every fault with sheet, cell, value and rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.ingest.form import answers, rules, safe_open, targets
from workbench.ingest.form.layout import (
    COLUMNS,
    EARLIEST,
    FACTS,
    FIRST,
    LEAD,
    LETTERS,
    NOT_REPORTED,
    TABLE,
    TARGET_COLUMNS,
    TARGETS,
    VERSION,
    Field,
    FormError,
    FormFault,
    fields,
)
from workbench.ingest.form.safe_open import EMPTY, Cell, Cells
from workbench.ingest.form.targets import whole
from workbench.storage import normalise
from workbench.storage.csv_rows import Row

#: The sheets of the form, and how many columns of each are read.
SHEETS = {LEAD: 2, TABLE: len(COLUMNS), TARGETS: len(TARGET_COLUMNS)}

#: How many signs a note, and the name of who filled in the form, may have.
_NOTE, _BY = 500, 100


@dataclass(frozen=True)
class Answered:
    """An answered row of the sheet: what was asked, the answer, and the year of the figure."""

    row: int
    field: Field
    answer: answers.Answer
    year: int
    note: str


@dataclass(frozen=True)
class Form:
    """A form that was read: number of today's municipality, reporting year, who filled it in.

    ``answered`` are its rows, ``left`` those that were left out, and ``own`` the municipality's own
    targets as rows of ``own_targets.csv``. The rows of a table have years of their own: its
    reporting year is 0.
    """

    municipality: str
    year: int
    by: str
    answered: tuple[Answered, ...]
    left: tuple[int, ...] = ()
    own: tuple[Row, ...] = ()


@dataclass
class _Reading:
    """A form being read: what it is checked against, and the faults found so far."""

    data: Dataset
    today: date
    leave: frozenset[int]
    faults: list[FormFault] = field(default_factory=list)

    def wrong(self, sheet: str, cell: str, value: object, rule: str) -> None:
        self.faults.append(FormFault(sheet, cell, "" if value is None else str(value), rule))

    def wrong_in(self, row: int, column: str, value: object, rule: str, about: str) -> None:
        text = "" if value is None else str(value)
        self.faults.append(FormFault(TABLE, f"{LETTERS[column]}{row}", text, rule, row, about))


def read(path: Path, data: Dataset, leave: Collection[int] = (), today: date | None = None) -> Form:
    """Return the answers of a filled-in form.

    Parameters
    ----------
    path : Path
        The workbook.
    data : Dataset
        Figures that the form belongs to.
    leave : collection of int
        Rows of the sheet of figures that are passed over, whatever stands there.
    today : date, optional
        No figure is from a later year; the day of today by default.

    Raises
    ------
    FormError
        If anything is wrong; it has all faults.
    UsageError
        If a row to leave out is none with a figure.
    """
    sheets, merged = safe_open.read_sheets(path, SHEETS)
    rule = "are merged cells. Take the form as it was made, without any"
    faults = [FormFault("", "", cells, rule) for cells in merged]
    form, wrong = check(sheets, data, leave, today or date.today())
    if form is None or faults:
        raise FormError([*faults, *wrong])
    return form


def check(
    sheets: Mapping[str, Cells | None], data: Dataset, leave: Collection[int], today: date
) -> tuple[Form | None, list[FormFault]]:
    """Return the form that cells hold, or None and every fault in them."""
    going = _Reading(data, today, frozenset(leave))
    form = _form(going, sheets)
    return (None if going.faults else form), going.faults


def _form(going: _Reading, sheets: Mapping[str, Cells | None]) -> Form | None:
    for name, cells in sheets.items():
        if cells is None:
            going.wrong(name, "", "", "is missing. Take the form as it was made, with its sheets")
    lead, table, own_sheet = (sheets[name] for name in SHEETS)
    if lead is None or table is None or own_sheet is None:
        return None
    number, year, by = _facts(going, lead)
    own, faults = targets.read(own_sheet, going.data, number, going.today)
    going.faults += faults
    if wrong := safe_open.check_head(table, TABLE, COLUMNS):
        going.faults += wrong
        return None
    rows = _rows(going, table)
    if stray := sorted(going.leave - set(rows)):
        raise UsageError(
            f"Row {', '.join(map(str, stray))} is no row with a figure. Those of this form are "
            f"{min(rows, default=FIRST)} to {max(rows, default=FIRST)}."
        )
    answered = [
        one
        for row, asked in rows.items()
        if row not in going.leave and (one := _answered(going, table, row, asked, year))
    ]
    _check_together(going, answered, number)
    left = tuple(sorted(going.leave))
    return Form(number or "", year or 0, by, tuple(answered), left, tuple(own))


def _facts(going: _Reading, lead: Cells) -> tuple[str | None, int | None, str]:
    """Return municipality, reporting year and who filled in the form, from the lead sheet."""
    values = {}
    for key, (row, label) in FACTS.items():
        name, cell = lead.get((row, 1), EMPTY), lead.get((row, 2), EMPTY)
        if str(name.value) != label:
            rule = f'must be "{label}". The lines of this sheet must stand where they were'
            going.wrong(LEAD, f"A{row}", name.value, rule)
        if cell.kind in answers.NOT_PLAIN:
            going.wrong(LEAD, f"B{row}", cell.value, answers.NOT_PLAIN[cell.kind])
            cell = EMPTY
        values[key] = cell.value
    if values["version"] != VERSION:
        place = f"B{FACTS['version'][0]}"
        going.wrong(LEAD, place, values["version"], f'must be "{VERSION}". Write a new form')
    number = _municipality(going, values["number"], values["name"])
    place = f"B{FACTS['year'][0]}"
    year = year_of(going.today, values["year"])
    if year is None:
        going.wrong(LEAD, place, values["year"], year_rule(going.today))
    by, rule = _line(values["by"], _BY)
    if rule:
        going.wrong(LEAD, f"B{FACTS['by'][0]}", values["by"], rule)
    return number, year, by


def _municipality(going: _Reading, number: Any, name: Any) -> str | None:
    """Return today's number of the municipality that the form is for."""
    place = f"B{FACTS['number'][0]}"
    text = normalise.four_digits(number)
    if not text:
        going.wrong(LEAD, place, number, "must be the four digits of a municipality, such as 3201")
        return None
    try:
        found = going.data.municipality(text)
    except UsageError as error:
        going.wrong(LEAD, place, text, f"is no municipality: {str(error).rstrip('.')}")
        return None
    history = going.data.municipality_history
    names = {going.data.name(found), *history.loc[history["number"] == text, "name"].dropna()}
    if str(name or "") not in names:
        rule = f"does not belong to {text}, which is {going.data.name(found)}"
        going.wrong(LEAD, f"B{FACTS['name'][0]}", name, rule)
        return None
    return found


def _rows(going: _Reading, table: Cells) -> dict[int, Field]:
    """Return the data point of each row, in the order of the sheet."""
    known = {(one.kpi, one.point): one for one in fields(going.data)}
    at = {key: place for place, key in enumerate(COLUMNS, start=1)}
    found: dict[int, Field] = {}
    seen: set[tuple[str, ...]] = set()
    for row in sorted({row for row, _ in table if row >= FIRST}):
        texts = {key: _text(table.get((row, place), EMPTY)) for key, place in at.items()}
        key = texts["code"], texts["point"]
        asked = known.get(key)
        if asked is None:
            rule = "is no data point of the form. Rows must stay as they were"
            going.wrong(TABLE, f"{LETTERS['code']}{row}", " ".join(key).strip(), rule)
        elif key in seen:
            going.wrong(TABLE, f"{LETTERS['code']}{row}", asked.label, "stands in two rows")
        else:
            for column, locked in asked.locked.items():
                if texts[column] != normalise.text(locked):
                    rule = f'must be "{locked}". A row has been moved or changed in part'
                    going.wrong(TABLE, f"{LETTERS[column]}{row}", texts[column], rule)
            found[row] = asked
            seen.add(key)
    if gone := [one.label for key, one in known.items() if key not in seen]:
        count = "A row is" if len(gone) == 1 else f"{len(gone)} rows are"
        rest = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        listed = ", ".join(gone[:5])
        going.wrong(TABLE, "", "", f"{count} missing: {listed}{rest}. Take a new form")
    return found


def _text(cell: Cell) -> str:
    if isinstance(cell.value, float):
        return f"{cell.value:g}"
    return "" if cell.value is None else str(cell.value)


def _answered(
    going: _Reading, table: Cells, row: int, asked: Field, reporting: int | None
) -> Answered | None:
    """Return the answer of a row, or None where it has none or a wrong one."""
    before = len(going.faults)
    cells = {}
    for key in ("answer", "year", "note"):
        cell = table.get((row, list(COLUMNS).index(key) + 1), EMPTY)
        if cell.kind in answers.NOT_PLAIN:
            going.wrong_in(row, key, cell.value, answers.NOT_PLAIN[cell.kind], asked.label)
            cell = EMPTY
        cells[key] = cell
    answer = _answer(going, row, asked, cells["answer"])
    year, of_its_own = reporting, cells["year"].value
    if of_its_own is not None:
        year = year_of(going.today, of_its_own)
        if year is None:
            going.wrong_in(row, "year", of_its_own, year_rule(going.today), asked.label)
    note, rule = note_of(cells["note"].value)
    if rule:
        going.wrong_in(row, "note", note, rule, asked.label)
    if answer is None and len(going.faults) == before and (note or of_its_own is not None):
        add = f'is empty, but the row has a note or a year. Write a figure or "{NOT_REPORTED}"'
        going.wrong_in(row, "answer", "", add, asked.label)
    if answer is None or len(going.faults) > before or year is None:
        return None
    return Answered(row, asked, answer, year, note)


def _answer(going: _Reading, row: int, asked: Field, cell: Cell) -> answers.Answer | None:
    try:
        return answers.parse(cell.value, asked, cell.pattern)
    except answers.AnswerError as wrong:
        going.wrong_in(row, "answer", normalise.shown(cell.value), str(wrong), asked.label)
        return None


def _check_together(going: _Reading, answered: list[Answered], number: str | None) -> None:
    last = before(going.data, number)
    reported = {}
    for one in answered:
        key = one.field.kpi, one.field.data_point
        reported[key] = rules.Reported(
            one.row, one.field, one.answer.value, one.note, last.get(key)
        )
    going.faults += rules.check(reported)


def before(data: Dataset, number: str | None) -> dict[tuple[str, str], float]:
    """Return the number that was reported last, by indicator and data point."""
    columns = ["kpi", "data_point", "value"]
    printed = data.u4ssc_results[data.u4ssc_results["municipality"] == number]
    own = data.reported[data.reported["municipality"] == number].sort_values("year")
    rows = pd.concat([printed[columns], own[columns]]).dropna(subset="value")
    return {(kpi, point): float(value) for kpi, point, value in rows.itertuples(index=False)}


def year_of(today: date, value: Any) -> int | None:
    """Return a year that a figure can be from, or None."""
    year = whole(value)
    if isinstance(year, bool) or not isinstance(year, (int, float)):
        return None
    return int(year) if EARLIEST <= year <= today.year and year == int(year) else None


def year_rule(today: date) -> str:
    """Return what a year must be, as the end of a sentence."""
    return f"must be a year from {EARLIEST} to {today.year}"


def note_of(value: Any) -> tuple[str, str]:
    """Return a note, and what is wrong with it or ''."""
    return _line(value, _NOTE)


def _line(value: Any, most: int) -> tuple[str, str]:
    """Return a text, and what is wrong with it or ''."""
    text = "" if value is None else normalise.text(value)
    return text, normalise.wrong_text(text, most)
