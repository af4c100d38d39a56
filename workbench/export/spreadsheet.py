"""What all workbooks have in common: rows as high as their text, and sheets that can be printed."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: Height of a line of 11 points, of a title of 16 (points).
LINE, TITLE = 15, 24

#: Numbers of paper sizes in Excel.
A3, A4 = 8, 9


def height(cells: Iterable[tuple[str, float]]) -> int:
    """Return the height of a row of wrapped texts, each with the width of its column in digits.

    LibreOffice shows rows without a height as one line high, and what is below it on top of the
    next row.
    """
    return LINE * max((_lines(text, width) for text, width in cells), default=1) + 3


def _lines(text: str, width: float) -> int:
    # Letters are on average narrower than digits: this rather gives a line too many.
    room = max(1, int(width))
    return sum(len(textwrap.wrap(line, room)) or 1 for line in text.split("\n"))


def printable(sheet: Worksheet, rows: int, widths: Iterable[float], head: int = 0) -> None:
    """Set up a sheet for paper: all that is used, its header on every page, and the page's number.

    Parameters
    ----------
    sheet : Worksheet
    rows : int
        How many rows are used.
    widths : sequence of float
        The width of each column, in digits.
    head : int
        Number of the row, from 0 on, with the names of the columns.
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
