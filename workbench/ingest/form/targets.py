"""The sheet of the form for the municipality's own targets: written, and read back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.dataset import Dataset
from workbench.export import spreadsheet
from workbench.ingest import own_targets
from workbench.ingest.form import answers
from workbench.ingest.form.layout import (
    FIRST,
    HEAD,
    TARGET_COLUMNS,
    TARGET_ROWS,
    TARGETS,
    Column,
    Field,
    FormFault,
)
from workbench.ingest.form.safe_open import EMPTY, Cell, Cells, check_head
from workbench.language.translator import Language
from workbench.storage import normalise
from workbench.storage.csv_rows import Row

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LETTERS = {key: chr(ord("A") + at) for at, key in enumerate(TARGET_COLUMNS)}

#: Where the list of series stands, right of the targets, and how wide it is (signs).
_LIST, _LIST_WIDTHS = len(TARGET_COLUMNS) + 1, {"list": 48, "unit": 30, "newest": 14}

#: Width of the empty column between them.
_GAP = 8

_NORWEGIAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_PLAIN = Field("", "", 0, "", "", "", "", None, None, "number")


def start_sheet(
    book: Workbook, styles: Mapping[str, Any], name: str, title: str, columns: Mapping[str, Column]
) -> Worksheet:
    """Return a new sheet with its title and the headings of its columns."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, styles["title"])
    sheet.set_row(0, spreadsheet.TITLE)
    sheet.set_row(HEAD - 1, 2 * spreadsheet.LINE)
    for at, column in enumerate(columns.values()):
        sheet.set_column(at, at, column.width)
        sheet.write_string(HEAD - 1, at, column.title, styles["head"])
    return sheet


def add_sheet(book: Workbook, styles: Mapping[str, Any], data: Dataset, number: str) -> None:
    """Add the sheet with the targets that are known, and the series that can have one."""
    language = Language("nb")
    title = language.say("form.targets.sheet", name=data.name(number))
    sheet = start_sheet(book, styles, TARGETS, title, TARGET_COLUMNS)
    sheet.set_column(_LIST - 1, _LIST - 1, _GAP)
    known, series = list(_known(data, number)), list(_series(data, language, number))
    # A target and a series of the list beside it may share a row, which is as high as both need.
    wrapped: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for at in range(TARGET_ROWS):
        row = known[at] if at < len(known) else {}
        for place, (key, column) in enumerate(TARGET_COLUMNS.items()):
            style = styles[
                {"decided": "open_day", "value": "open", "year": "open"}.get(key, "open_text")
            ]
            sheet.write(FIRST - 1 + at, place, row.get(key), style)
            if isinstance(row.get(key), str):
                wrapped[at].append((row[key], column.width))
    for at, (key, width) in enumerate(_LIST_WIDTHS.items(), start=_LIST):
        sheet.set_column(at, at, width)
        sheet.write_string(HEAD - 1, at, language.say(f"form.targets.{key}"), styles["head"])
        for down, cells in enumerate(series):
            sheet.write_string(FIRST - 1 + down, at, cells[key], styles["text"])
            wrapped[down].append((cells[key], width))
    for down, texts in wrapped.items():
        sheet.set_row(FIRST - 1 + down, spreadsheet.height(texts))
    letter = chr(ord("A") + _LIST)
    choice = {
        "validate": "list",
        "source": f"=${letter}${FIRST}:${letter}${FIRST + len(series) - 1}",
        "error_title": language.say("form.wrong"),
        "error_message": language.say("form.targets.pick"),
    }
    sheet.data_validation(f"A{FIRST}:A{FIRST + TARGET_ROWS - 1}", choice)
    sheet.freeze_panes(HEAD, 1)
    sheet.protect("", {"format_cells": True, "format_columns": True, "format_rows": True})
    widths = [column.width for column in TARGET_COLUMNS.values()] + [_GAP, *_LIST_WIDTHS.values()]
    used = FIRST - 1 + max(TARGET_ROWS, len(series))
    spreadsheet.printable(sheet, used, widths, HEAD - 1)


def _known(data: Dataset, number: str) -> Iterator[dict[str, Any]]:
    """Return the own targets that stand in the figures, as they stand in the sheet."""
    names = dict(data.measures[["measure", "name_nb"]].to_numpy())
    rows = data.own_targets[data.own_targets["municipality"] == number]
    for row in rows.to_dict("records"):
        filled = {key: row[key] for key in TARGET_COLUMNS if pd.notna(row[key])}
        day = datetime.fromisoformat(row["decided"])
        yield {**filled, "measure": names[row["measure"]], "decided": day}


def _series(data: Dataset, language: Language, number: str) -> Iterator[dict[str, str]]:
    """Return the series that can have a target: those that can go better or worse."""
    rows = data.observations[data.observations["municipality"] == number]
    newest = rows.sort_values("year").groupby("measure").tail(1).set_index("measure")
    units = data.units.set_index("unit")
    for row in _with_direction(data).to_dict("records"):
        unit = units.loc[row["unit"]]
        said = ""
        if row["measure"] in newest.index:
            one = newest.loc[row["measure"]]
            said = f"{language.number(one['value'], int(unit['decimals']))} ({one['year']})"
        symbol = language.name(unit, "symbol")
        yield {"list": row["name_nb"], "unit": symbol, "newest": said}


def _with_direction(data: Dataset) -> pd.DataFrame:
    """Return the measures that a council can aim at; what ITU printed has the data point's own."""
    printed = data.measures["publisher"] == "ITU"
    return data.measures[(data.measures["direction"] != 0) & ~printed]


def read(
    cells: Cells, data: Dataset, number: str | None, today: date
) -> tuple[list[Row], list[FormFault]]:
    """Return the own targets of the sheet as rows of ``own_targets.csv``, and every fault in it.

    The municipality may not be known; no decision is after `today`.
    """
    faults = check_head(cells, TARGETS, TARGET_COLUMNS)
    found: list[Row] = []
    last = max((row for row, _ in cells), default=0) if not faults else 0
    for row in range(FIRST, last + 1):
        asked = {key: cells.get((row, at), EMPTY) for at, key in enumerate(TARGET_COLUMNS, start=1)}
        if all(cell is EMPTY for cell in asked.values()):
            continue
        new, wrong = _target(asked, row, data, number, today)
        faults += wrong
        if new and any(new["measure"] == old["measure"] for old in found):
            wrong = [_fault(row, "measure", asked["measure"], "stands in an earlier row already")]
            faults += wrong
        found += [new] if new else []
    return found, faults


def _target(
    asked: Mapping[str, Cell], row: int, data: Dataset, number: str | None, today: date
) -> tuple[Row, list[FormFault]]:
    wrong = [
        _fault(row, key, cell, answers.NOT_PLAIN[cell.kind])
        for key, cell in asked.items()
        if cell.kind in answers.NOT_PLAIN
    ]
    if wrong or number is None:
        return {}, wrong
    values = {key: cell.value for key, cell in asked.items()}
    texts = {
        key: "" if values[key] is None else str(values[key])
        for key in ("name", "basis", "paragraph")
    }
    measure = _measure(data, str(values["measure"] or ""))
    value, rule = _value(data, asked["value"], measure)
    new, faults = own_targets.check(
        data,
        municipality=number,
        measure=measure,
        value=value,
        year=whole(values["year"]),
        decided=_day(values["decided"]),
        today=today,
        **texts,
    )
    wrong = [
        FormFault(TARGETS, f"{_LETTERS.get(field, 'A')}{row}", "", sentence.rstrip("."))
        for field, sentence in faults
        if not (field == "value" and rule)
    ]
    if rule:
        wrong.append(_fault(row, "value", asked["value"], rule))
    return ({}, wrong) if wrong else (new, wrong)


def _measure(data: Dataset, name: str) -> str:
    """Return the key of a measure for its name in the list; what is neither stays."""
    rows = data.measures[data.measures["name_nb"].str.casefold() == name.casefold()]
    return str(rows["measure"].iloc[0]) if len(rows) else name


def _value(data: Dataset, cell: Cell, measure: str) -> tuple[Any, str]:
    """Return the number in a cell, and what is wrong with it as text."""
    rows = data.measures[data.measures["measure"] == measure]
    unit = str(rows["unit"].iloc[0]) if len(rows) else ""
    spelled = data.units.loc[data.units["unit"] == unit, "symbol_nb"].fillna("").sum()
    share = replace(_PLAIN, unit="prosent", kind="share")
    asked = share if unit == "percent" else replace(_PLAIN, unit=spelled)
    try:
        found = answers.parse(cell.value, asked, cell.pattern)
    except answers.AnswerError as error:
        return None, str(error)
    return (None if found is None else found.value), ""


def whole(value: Any) -> Any:
    """Return a number for text that is four digits; anything else stays."""
    text = normalise.four_digits(value) if isinstance(value, str) else ""
    return int(text) if text else value


def _day(value: Any) -> Any:
    """Return a day from a cell: a date, 12.06.2025 or 2025-06-12; anything else stays."""
    if not isinstance(value, str):
        return value
    text = normalise.digits(value)
    found = _NORWEGIAN.fullmatch(text)
    parts = [int(part) for part in reversed(found.groups())] if found else []
    try:
        return date(*parts) if found else date.fromisoformat(text)
    except ValueError:
        return value


def _fault(row: int, key: str, cell: Cell, rule: str) -> FormFault:
    value = "" if cell.value is None else str(cell.value)
    return FormFault(TARGETS, f"{_LETTERS[key]}{row}", value, rule)
