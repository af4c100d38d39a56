"""The workbook of the U4SSC form: what is asked, what is known, and cells to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.export import spreadsheet
from workbench.ingest.form import targets
from workbench.ingest.form.layout import (
    COLUMNS,
    EARLIEST,
    FACTS,
    FIRST,
    HEAD,
    LEAD,
    LETTERS,
    NOT_REPORTED,
    TABLE,
    TARGETS,
    VERSION,
    Field,
    fields,
)
from workbench.language.translator import Language
from workbench.storage import files

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

#: Written into every form, so that the same figures give the same bytes.
_MOMENT = datetime(2026, 1, 1)

#: How many figures the help shows for a data point.
_HELP = 3

#: A data point, and the texts of its locked cells by column.
_Row = tuple[Field, dict[str, str]]

_PLAIN = {"font_name": "Calibri", "font_size": 11, "valign": "top", "text_wrap": True}
_STYLES: dict[str, dict[str, Any]] = {
    "text": {},
    "title": {"bold": True, "font_size": 16, "text_wrap": False},
    "section": {"bold": True, "font_size": 13, "text_wrap": False},
    "place": {"align": "left"},
    "label": {"bold": True},
    "head": {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter"},
    "open": {"locked": False, "bg_color": "#FFF8DC", "border": 1, "border_color": "#8C8C8C"},
}
#: Words are kept as text; a figure may be a number or text.
_STYLES["open_text"] = {**_STYLES["open"], "num_format": "@"}
_STYLES["open_year"] = {**_STYLES["open"], "align": "left"}
_STYLES["open_day"] = {**_STYLES["open"], "num_format": "dd.mm.yyyy"}


def write(data: Dataset, municipality: str, path: Path, year: int) -> None:
    """Write the form of a municipality, whole or not at all.

    The reporting year stands in the form; anyone who fills it in may change it.

    Raises
    ------
    UsageError
        If there is no such municipality, the file is no .xlsx or cannot be written, or the
        figures have no form.
    """
    number = data.municipality(municipality)
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f'"{path.name}" must end in .xlsx, as in form-{number}.xlsx.')
    if data.form.empty:
        raise UsageError(f"There is no form.csv in {data.path}. Copy data/form.csv there.")
    content = workbook(data, number, year)
    try:
        files.write(path, content)
    except OSError as error:
        raise UsageError(
            f"The form cannot be written to {path}: {error.strerror}. Name another file, in a "
            "folder that you may write to."
        ) from None


def workbook(data: Dataset, number: str, year: int) -> bytes:
    """Return the form of a municipality of today as an Excel file."""
    import xlsxwriter

    whole = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(whole, options) as book:
        name = data.name(number)
        book.set_properties({"title": f"U4SSC {number} {name}", "created": _MOMENT})
        styles = {key: book.add_format({**_PLAIN, **style}) for key, style in _STYLES.items()}
        facts = {"version": VERSION, "number": number, "name": name, "year": year, "by": ""}
        _lead(book, styles, facts)
        _table(book, styles, name, list(_rows(data, number)), year)
        targets.add_sheet(book, styles, data, number)
    return whole.getvalue()


def _lead(book: Workbook, styles: dict[str, Any], facts: dict[str, Any]) -> None:
    say = Language("nb").say
    sheet = book.add_worksheet(LEAD)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.set_row(0, spreadsheet.TITLE)
    sheet.write_string(0, 0, say("form.title", name=facts["name"]), styles["title"])
    for key, (row, label) in FACTS.items():
        style = styles[{"by": "open_text", "year": "open_year"}.get(key, "text")]
        sheet.write_string(row - 1, 0, label, styles["label"])
        if key == "year":
            sheet.write_number(row - 1, 1, facts[key], style)
        else:
            sheet.write_string(row - 1, 1, facts[key], style)
    _limit_year(sheet, f"B{FACTS['year'][0]}")
    row = max(row for row, _ in FACTS.values()) + 1
    titles = {key: column.title for key, column in COLUMNS.items()}
    named = {**titles, "table": TABLE, "missing": NOT_REPORTED, "targets": TARGETS}
    for part in ("fill", "write", "check", "targets", "after"):
        sheet.write_string(row, 0, say(f"form.{part}.heading"), styles["section"])
        for line in say(f"form.{part}.text", **named).split("\n"):
            row += 1
            sheet.write_string(row, 1, line, styles["text"])
            sheet.set_row(row, spreadsheet.height([(line, 90)]))
        row += 2
    sheet.protect("", {"format_columns": True, "format_rows": True})
    spreadsheet.printable(sheet, row - 1, [22, 90])


def _table(book: Workbook, styles: dict[str, Any], name: str, rows: list[_Row], year: int) -> None:
    title = Language("nb").say("form.table", name=name, year=year)
    sheet = targets.start_sheet(book, styles, TABLE, title, COLUMNS)
    for row, (field, cells) in enumerate(rows, start=FIRST):
        _row(sheet, styles, row, field, cells)
    last = FIRST + len(rows) - 1
    _limit_year(sheet, f"{LETTERS['year']}{FIRST}:{LETTERS['year']}{last}")
    sheet.freeze_panes(HEAD, list(COLUMNS).index("definition"))
    allowed = ("format_cells", "format_columns", "format_rows")
    sheet.protect("", dict.fromkeys(allowed, True))
    spreadsheet.printable(sheet, last, [column.width for column in COLUMNS.values()], HEAD - 1)


def _row(
    sheet: Worksheet, styles: dict[str, Any], row: int, one: Field, cells: dict[str, str]
) -> None:
    for at, (key, column) in enumerate(COLUMNS.items()):
        if key == "place":
            sheet.write_number(row - 1, at, one.place, styles["place"])
        elif column.open:
            style = styles["open_text" if key == "note" else "open"]
            sheet.write_blank(row - 1, at, None, style)
        else:
            sheet.write_string(row - 1, at, cells[key], styles["text"])
    wrapped = [(text, COLUMNS[key].width) for key, text in cells.items()]
    sheet.set_row(row - 1, spreadsheet.height(wrapped))
    sheet.data_validation(f"{LETTERS['answer']}{row}", _limits(one, row))


def _limits(one: Field, row: int) -> dict[str, Any]:
    """Return the rule of the cell of an answer, and the messages of Excel on it."""
    say = Language("nb").say
    about = {"error_title": say("form.wrong")}
    if one.kind == "yes/no":
        choices = ["ja", "nei", NOT_REPORTED]
        listed = say("form.choose", choices=", ".join(choices))
        return {"validate": "list", "source": choices, "error_message": listed, **about}
    cell = f"{LETTERS['answer']}{row}"
    tests = [f"ISNUMBER({cell})"]
    tests += [f"{cell}>={one.minimum:.15g}"] if one.minimum is not None else []
    tests += [f"{cell}<={one.maximum:.15g}"] if one.maximum is not None else []
    tests += [f"{cell}=INT({cell})"] if one.kind == "count" else []
    spoken = {
        "unit": one.unit,
        "least": "" if one.minimum is None else f"{one.minimum:g}",
        "most": "" if one.maximum is None else Language("nb").number(one.maximum),
        "whole": one.kind == "count",
        "missing": NOT_REPORTED,
    }
    return {
        "validate": "custom",
        "value": f'=OR({cell}="{NOT_REPORTED}",AND({",".join(tests)}))',
        "input_message": say("form.number", **spoken),
        "error_message": say("form.number", **spoken),
        **about,
    }


def _limit_year(sheet: Worksheet, cells: str) -> None:
    say = Language("nb").say
    limits = {"criteria": "between", "minimum": EARLIEST, "maximum": 2100}
    errors = {"error_title": say("form.wrong"), "error_message": say("form.year", first=EARLIEST)}
    sheet.data_validation(cells, {"validate": "integer", **limits, **errors})


def _rows(data: Dataset, number: str) -> Iterator[_Row]:
    language = Language("nb")
    figures = data.observations[data.observations["municipality"] == number]
    newest = figures.sort_values("year").groupby("measure").tail(1).set_index("measure")
    for one in fields(data):
        before, known = _before(data, number, one), _help(data, language, newest, one)
        yield one, {**one.locked, "before": before, "help": known}


def _before(data: Dataset, number: str, one: Field) -> str:
    """Return the answers to a data point before: by the form, and as ITU printed them."""
    language = Language("nb")
    lines = []
    own = _of(data.reported, number, one).sort_values("year", ascending=False)
    for row in own.head(1).to_dict("records"):
        lines.append(language.say("form.before.own", year=row["year"], answer=_said(row)))
    for row in _of(data.u4ssc_results, number, one).to_dict("records"):
        answer = NOT_REPORTED if row["reported"] == "no" else row["printed"]
        lines.append(language.say("form.before.printed", year=row["report_year"], answer=answer))
    if not lines and len(_of(data.u4ssc_not_reported, number, one)):
        lines.append(language.say("form.before.not_reported", answer=NOT_REPORTED))
    return "\n".join(lines)


def _of(table: pd.DataFrame, number: str, one: Field) -> pd.DataFrame:
    return table[
        (table["municipality"] == number)
        & (table["kpi"] == one.kpi)
        & (table["data_point"] == one.data_point)
    ]


def _said(row: dict[Any, Any]) -> str:
    """Return an answer of ``reported.csv`` as it can be written into the form again."""
    if row["answer"] == "value":
        return f"{row['value']:.15g}".replace(".", ",")
    return {"yes": "ja", "no": "nei"}.get(row["answer"], NOT_REPORTED)


def _help(data: Dataset, language: Language, newest: pd.DataFrame, one: Field) -> str:
    """Return the newest figures that the workbench has for a data point, and what they are."""
    about = data.measures[data.measures["kpi"] == one.kpi]
    about = about[about["relation"].isin(["direct", "proxy"])]
    about = about[about["data_point"].isna() | (about["data_point"] == one.data_point)]
    known = about[about["measure"].isin(newest.index)]
    units = data.units.set_index("unit")
    lines = []
    for row in known.sort_values("relation").to_dict("records")[:_HELP]:
        figure = newest.loc[row["measure"]]
        lines.append(
            language.say(
                f"form.help.{row['relation']}",
                measure=language.name(row),
                value=language.amount(figure["value"], units.loc[row["unit"]]),
                year=int(figure["year"]),
            )
        )
    return "\n".join(lines)
