"""Opening a workbook that anybody may have sent: what is no plain Excel file is refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import UsageError
from workbench.ingest.form.layout import HEAD, Column, FormError, FormFault
from workbench.storage import files, normalise

#: Largest file, and largest sum of what is packed in it (bytes); a form has a hundredth of it.
MOST_PACKED, MOST_UNPACKED = 5 * 2**20, 10 * 2**20

#: Most files in a workbook, and most sheets; a form has a tenth of it.
MOST_PARTS, MOST_SHEETS = 200, 50

#: Rows that are looked at; a form has a quarter of them.
_ROWS = 500

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls, and of encrypted workbooks
_MERGED = re.compile(rb"<(?:[\w-]+:)?mergeCell\s[^>]*ref=[\"']([^\"']{1,40})")


@dataclass(frozen=True)
class Cell:
    """A cell that holds something: its content, kind ('f': formula, 'e': error) and format.

    Text is on one line, without spaces at its ends, and never empty.
    """

    value: Any
    kind: str
    pattern: str


#: The cells of a sheet that hold anything, by row and column from 1; and any other one.
Cells = dict[tuple[int, int], Cell]
EMPTY = Cell(None, "", "General")


def check_head(cells: Cells, sheet: str, columns: Mapping[str, Column]) -> list[FormFault]:
    """Return the faults of the headings of a sheet."""
    found = []
    for at, column in enumerate(columns.values()):
        value = cells.get((HEAD, at + 1), EMPTY).value
        if str(value) != column.title:
            rule = f'must be "{column.title}". The columns must stand where they were'
            place = f"{chr(ord('A') + at)}{HEAD}"
            found.append(FormFault(sheet, place, "" if value is None else str(value), rule))
    return found


def read_sheets(path: Path, wanted: Mapping[str, int]) -> tuple[dict[str, Cells | None], list[str]]:
    """Return the first columns of some sheets, None for one that is not there, and merged cells.

    Raises
    ------
    FormError
        If it is no workbook, is encrypted, too large, or holds what could harm the reader.
    """
    whole = _bytes(path)
    parts = _parts(whole)
    merged = [
        found.decode("ascii", "replace")
        for name, part in parts.items()
        if name.startswith("xl/worksheets/")
        for found in _MERGED.findall(part)
    ]
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(whole), read_only=True, keep_links=False)
    except Exception as error:  # of a file from anywhere, openpyxl raises anything
        raise _refused(f"cannot be read as a workbook ({type(error).__name__})") from None
    try:
        if len(book.sheetnames) > MOST_SHEETS:
            raise _refused(f"has {len(book.sheetnames)} sheets. A form has three")
        return {name: _cells(book, name, width) for name, width in wanted.items()}, merged
    except FormError:
        raise
    except Exception as error:  # a broken sheet raises anything when its rows are read
        name = type(error).__name__
        raise _refused(f"The sheets cannot be read ({name}). Save the workbook again") from None
    finally:
        book.close()


def _cells(book: Any, sheet: str, columns: int) -> Cells | None:
    if sheet not in book.sheetnames:
        return None
    page = book[sheet]
    if not hasattr(page, "iter_rows"):  # a sheet that is a chart
        return None
    page.reset_dimensions()  # which anybody can have written
    return {
        (cell.row, cell.column): Cell(value, cell.data_type, str(cell.number_format))
        for row in page.iter_rows(max_row=_ROWS, max_col=columns)
        for cell in row
        if (value := normalise.text(cell.value) if isinstance(cell.value, str) else cell.value)
        not in (None, "")
    }


def _bytes(path: Path) -> bytes:
    try:
        whole = files.read(path, MOST_PACKED)
    except UsageError as error:
        raise _refused(f"is not a form: {str(error).rstrip('.')}") from None
    except FileNotFoundError:
        raise _refused(f"There is no file {path}") from None
    except OSError as error:
        raise _refused(f"{path} cannot be opened ({error.strerror})") from None
    if whole.startswith(_OLD):
        raise _refused(
            "is encrypted, or of the old kind (.xls). Save it as .xlsx without a password"
        )
    return whole


def _parts(whole: bytes) -> dict[str, bytes]:
    """Return the files in a workbook, each unpacked once to see that it is what it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as packed:
            about = packed.infolist()
            if len(about) > MOST_PARTS or sum(one.file_size for one in about) > MOST_UNPACKED:
                raise _refused("unpacks to far more than a form holds")
            if any(one.flag_bits & 1 for one in about):
                raise _refused("is encrypted. Save it without a password")
            if len({one.filename for one in about}) < len(about):
                raise _refused("holds two parts of the same name")
            parts = {one.filename: _part(packed, one) for one in about}
    except FormError:
        raise
    except Exception:  # a broken archive raises anything, too
        raise _refused("is not a workbook (.xlsx), or is damaged") from None
    if "xl/workbook.xml" not in parts:
        raise _refused("is not a workbook (.xlsx)")
    texts = [part for name, part in parts.items() if name.endswith((".xml", ".rels"))]
    if any(b"\0" in text[:64] for text in texts):
        raise _refused("is not written in UTF-8, as spreadsheet programs do")
    if any(b"<!DOCTYPE" in text or b"<!ENTITY" in text for text in texts):
        raise _refused("declares entities, which no spreadsheet program writes")
    return parts


def _part(packed: zipfile.ZipFile, about: zipfile.ZipInfo) -> bytes:
    """Return a part, read to the size that it states and one byte more: what is longer fails."""
    with packed.open(about) as content:
        return content.read(about.file_size + 1)


def _refused(rule: str) -> FormError:
    rule = rule if rule[0].isupper() or rule.startswith("/") else f"The file {rule}"
    return FormError([FormFault("", "", "", rule)])
