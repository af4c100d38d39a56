"""Workbooks: that of the files, and what all have in common on screen and on paper."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.export.columns import COLUMNS, Column

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from workbench.briefs.view import View

#: Height of a line of 11 points, of a title of 16 (points).
LINE, TITLE = 15, 24

#: Numbers of paper sizes in Excel.
A3, A4 = 8, 9

#: The sheets that are read rather than reckoned with: long texts take several lines.
_PROSE = ("sources", "columns")

#: A moment for the workbook's properties: the time of writing would make each file another.
_MOMENT = datetime(2000, 1, 1)


def as_workbook(tables: Mapping[str, pd.DataFrame], view: View) -> bytes:
    """Return a workbook with these tables, a sheet each, and one that explains their columns.

    All is written as text or number: no cell is a formula or a link.
    """
    import xlsxwriter

    whole = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(whole, options) as book:
        book.set_properties({"title": f"{view.number} {view.name}", "created": _MOMENT})
        formats = _Formats(book)
        decimals = view.data.units.set_index("unit")["decimals"].astype(int).to_dict()
        for name, table in tables.items():
            places = table["unit"].map(decimals) if "unit" in table else pd.Series(0, table.index)
            _sheet(book, formats, name, table, COLUMNS[name], list(places))
        explained = _explained()
        plain = {name: Column("string", "") for name in explained}
        _sheet(book, formats, "columns", explained, plain, [0] * len(explained))
    return whole.getvalue()


def height(cells: Iterable[tuple[str, float]]) -> int:
    """Return the height of a row of wrapped texts, each with the width of its column in digits.

    LibreOffice shows rows without a height as one line high, and what is below it on top of the
    next row.
    """
    return LINE * max((_lines(text, width) for text, width in cells), default=1) + 3


def printable(sheet: Worksheet, rows: int, widths: Iterable[float], head: int = 0) -> None:
    """Set up a sheet for paper: all that is used, its header on every page, and the page's number.

    So many `rows` are used, columns have `widths` in digits, and their names are in row `head`
    (from 0).
    """
    widths = list(widths)
    wide = sum(widths)
    sheet.print_area(0, 0, rows - 1, len(widths) - 1)
    sheet.repeat_rows(head)
    sheet.set_footer("&L&A&R&P / &N")
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    if wide > 120:
        sheet.set_landscape()
    sheet.set_paper(A3 if wide > 180 else A4)
    # Of more than an A3 sheet can hold in readable letters, pages stand side by side.
    sheet.fit_to_pages(math.ceil(wide / 300), 0)


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#dfe5ea"})
        self.text = book.add_format({"valign": "top"})
        self.prose = book.add_format({"valign": "top", "text_wrap": True})

    def number(self, column: Column, decimals: int) -> Format:
        """Return the format of a number: as many decimals as its unit is written with."""
        places = {"unit of the measure": decimals, "unit of the measure per year": decimals + 2}
        if column.type == "integer":
            code = "0"
        elif column.unit in places:
            code = f"#,##0.{'0' * places[column.unit]}".rstrip(".")
        elif column.unit in ("probability", "ratio"):
            code = "0.000"
        else:
            code = "General"
        if code not in self._made:
            self._made[code] = self._book.add_format({"num_format": code, "valign": "top"})
        return self._made[code]


def _sheet(
    book: Workbook,
    formats: _Formats,
    name: str,
    table: pd.DataFrame,
    columns: Mapping[str, Column],
    decimals: list[int],
) -> None:
    """Write a table, whose missing cells are None; `decimals` are those of each row's unit."""
    sheet = book.add_worksheet(name)
    # What a row is about stays in sight however far one scrolls.
    frozen = list(columns).index("column" if name == "columns" else "measure") + 1
    sheet.freeze_panes(1, frozen)
    words = formats.prose if name in _PROSE else formats.text
    sheet.autofilter(0, 0, len(table), len(columns) - 1)
    # Room for each header with its button, and no wider than can be read.
    most = 36 if name == "sources" else 60
    cells = {header: table[header].tolist() for header in columns}
    widths = {
        header: max(len(header) + 4, min(_longest(column) + 1, most))
        for header, column in cells.items()
    }
    for at, (header, column) in enumerate(columns.items()):
        sheet.write_string(0, at, header, formats.head)
        sheet.set_column(at, at, widths[header])
        for row, cell in enumerate(cells[header], start=1):
            if cell is None:
                continue
            if column.type == "string":
                sheet.write_string(row, at, cell, words)
            elif column.type == "boolean":
                sheet.write_boolean(row, at, cell, formats.text)
            else:
                sheet.write_number(row, at, cell, formats.number(column, decimals[row - 1]))
    if name in _PROSE:
        for row, texts in enumerate(zip(*cells.values(), strict=True), start=1):
            lines = zip(texts, widths.values(), strict=True)
            sheet.set_row(row, height(line for line in lines if isinstance(line[0], str)))
    printable(sheet, len(table) + 1, widths.values())
    sheet.repeat_columns(0, frozen - 1)


@cache
def _explained() -> pd.DataFrame:
    """Return what each column of each sheet holds."""
    return pd.DataFrame(
        [
            {
                "sheet": sheet,
                "column": name,
                "type": column.type,
                "unit": column.unit or None,
                "description": column.description,
                "values": ", ".join(map(str, column.values)) or None,
            }
            for sheet, columns in COLUMNS.items()
            for name, column in columns.items()
        ],
        dtype="object",
    )


def _longest(cells: list[Any]) -> int:
    return max((len(cell) for cell in cells if isinstance(cell, str)), default=10)


@lru_cache(maxsize=2**13)  # most sources are the same for all municipalities
def _lines(text: str, width: float) -> int:
    # Letters are on average narrower than digits: this rather gives a line too many.
    room = max(1, int(width))
    return sum(len(textwrap.wrap(line, room)) or 1 for line in text.split("\n"))
