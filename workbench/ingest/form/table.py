"""Reported figures as a CSV that municipalities hand to each other: written, and read back."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path

from workbench.dataset import Dataset
from workbench.errors import UsageError, suggest
from workbench.ingest.form import answers, reading, rules
from workbench.ingest.form.layout import Field, FormError, FormFault, fields
from workbench.ingest.form.reading import Answered, Form
from workbench.storage import files, normalise

#: The columns, of which the last two may be missing.
COLUMNS = ["municipality", "kpi", "data_point", "year", "value", "answer", "note"]
_NEEDED = COLUMNS[:5]

#: Largest file (bytes): a hundred times what twelve municipalities report in ten years.
_MOST = 50 * 2**20


def write(data: Dataset, municipalities: Iterable[str]) -> str:
    """Return what municipalities reported as a CSV that `read` takes.

    The columns are those of `COLUMNS`: answer is 'value', 'yes', 'no' or 'not reported', and value
    (unit of the data point) is empty unless it is 'value'.
    """
    rows = data.reported[data.reported["municipality"].isin(data.numbers(municipalities))]
    place = rows["kpi"].map(data.kpis.set_index("code")["number"])
    rows = rows.assign(place=place).sort_values(["municipality", "place", "data_point", "year"])
    return rows[COLUMNS].to_csv(index=False, lineterminator="\n")


def read(path: Path, data: Dataset, today: date) -> list[Form]:
    """Return the figures of a CSV, a form for each municipality in it.

    Raises
    ------
    FormError
        If anything is wrong; it has all faults, each with its line.
    """
    faults: list[FormFault] = []
    asked = {(one.kpi, one.data_point): one for one in fields(data)}
    found: dict[str, list[Answered]] = defaultdict(list)
    for line, cells in _lines(path):
        place = f"{path.name} line {line}"
        number, one, wrong = _answered(data, asked, line, cells, today)
        field = asked.get((cells["kpi"], cells["data_point"]))
        about = field.label if field else ""
        faults += [FormFault("", place, value, rule, None, about) for value, rule in wrong]
        if one is not None:
            found[number].append(one)
    for number, answered in found.items():
        faults += _together(data, number, answered, path.name)
    if faults:
        raise FormError(faults)
    return [Form(number, 0, "", tuple(rows)) for number, rows in found.items()]


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows by line, as text by column; a Norwegian Excel writes semicolons."""
    try:
        text = files.read(path, _MOST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "is not UTF-8 text. Save it as CSV UTF-8") from None
    except FileNotFoundError:
        raise _refused(path, "is not there") from None
    except (OSError, UsageError) as error:
        raise _refused(path, f"cannot be read: {str(error).rstrip('.')}") from None
    head = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in head else ",", strict=True)
    try:
        columns = [normalise.text(name).casefold() for name in next(rows, [])]
        lines = [(rows.line_num, [*map(normalise.text, row)]) for row in rows]
    except csv.Error as error:
        raise _refused(path, f"is no CSV: {error} (line {rows.line_num})") from None
    listed = f"the columns {', '.join(_NEEDED)}, and may have answer and note"
    if (
        set(_NEEDED) - set(columns)
        or set(columns) - set(COLUMNS)
        or len(set(columns)) < len(columns)
    ):
        raise _refused(path, f"must have {listed}; it has {normalise.shown(', '.join(columns))}")
    wide = [line for line, row in lines if row and len(row) != len(columns)]
    if wide:
        raise _refused(path, f"has another number of cells than of columns in line {wide[0]}")
    return [(line, dict(zip(columns, row, strict=True))) for line, row in lines if any(row)]


def _refused(path: Path, rule: str) -> FormError:
    return FormError([FormFault("", path.name, "", rule)])


def _answered(
    data: Dataset,
    asked: Mapping[tuple[str, str], Field],
    line: int,
    cells: Mapping[str, str],
    today: date,
) -> tuple[str, Answered | None, list[tuple[str, str]]]:
    """Return the municipality and answer of a row, and each wrong value with its rule."""
    wrong, number = [], ""
    try:
        number = data.municipality(normalise.four_digits(cells["municipality"]) or "?")
    except UsageError:
        wrong.append((cells["municipality"], "is not a number of a municipality, such as 3201"))
    field = asked.get((cells["kpi"], cells["data_point"]))
    if field is None:
        points = [point for kpi, point in asked if kpi == cells["kpi"]]
        hint = f"is no data point of {cells['kpi']}, which has {', '.join(points)}"
        nearest = suggest(cells["kpi"], sorted({kpi for kpi, _ in asked})).rstrip(".")
        wrong.append(
            (cells["data_point"], hint)
            if points
            else (cells["kpi"], f"is no KPI. {nearest}".rstrip(". "))
        )
    year = reading.year_of(today, cells["year"])
    if year is None:
        wrong.append((cells["year"], reading.year_rule(today)))
    note, rule = reading.note_of(cells.get("note", ""))
    if rule:
        wrong.append((note, rule))
    answer = None
    if field is not None:
        try:
            answer = _answer(cells["value"], cells.get("answer", ""), field)
        except answers.AnswerError as error:
            wrong.append((cells["value"] or cells.get("answer", ""), str(error)))
    if wrong or field is None or answer is None or year is None:
        return number, None, wrong
    return number, Answered(line, field, answer, year, note), wrong


def _answer(value: str, answer: str, field: Field) -> answers.Answer:
    """Return the answer of the columns value and answer, of which one says it."""
    said = "" if answer.casefold() == "value" else answer
    if value and said:
        raise answers.AnswerError(f'stands beside the answer "{said}". Leave one of them empty')
    found = answers.parse(value or said, field)
    if found is None:
        raise answers.AnswerError("must have a figure in value, or an answer such as not reported")
    return found


def _together(
    data: Dataset, number: str, answered: Iterable[Answered], name: str
) -> list[FormFault]:
    """Return the faults of what does not fit together within a year, or with the year before."""
    before, faults = reading.before(data, number), []
    for _, rows in groupby(sorted(answered, key=lambda one: one.year), lambda one: one.year):
        given = {
            (one.field.kpi, one.field.data_point): rules.Reported(
                one.row,
                one.field,
                one.answer.value,
                one.note,
                before.get((one.field.kpi, one.field.data_point)),
                f"{name} line {one.row}",
            )
            for one in rows
        }
        faults += rules.check(given)
        before |= {key: one.value for key, one in given.items() if one.value is not None}
    return faults
