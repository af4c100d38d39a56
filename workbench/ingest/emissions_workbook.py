"""Reading a sheet of an Excel workbook that a stranger made, with openpyxl and without trust.

openpyxl says itself that it does not guard against hostile XML. So the archive is measured before
it is unpacked, parts with a document type (in which entities are declared) are refused, formulas
are not worked out but refused where a number is wanted, and links are not followed.
"""

from __future__ import annotations

import hashlib
import io
import math
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import UsageError
from workbench.ingest.ssb.client import Client, SourceError, shown
from workbench.ingest.ssb.jsonstat import Cube
from workbench.storage import files, normalise

_MEGABYTE = 2**20

#: Limits of a workbook: bytes of the file and of all that is packed in it, bytes of a part that is
#: no sheet (openpyxl holds those in memory), and parts.
_FILE, _UNPACKED, _OTHER, _PARTS = 64 * _MEGABYTE, 1024 * _MEGABYTE, 64 * _MEGABYTE, 1000

#: Limits of a sheet: rows and cells, be they empty. A row may say that it is the millionth.
_ROWS, _CELLS = 2_000_000, 20_000_000
_DOCTYPE = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))

#: Emissions of greenhouse gases by municipality: the sheet, and what is wanted of it.
EMISSIONS = "Oversikt - detaljert"
_PLACE, _YEAR, _SECTOR = "Kommunenummer", "År", "Sektor"
_TONNES = "Utslipp (tonn CO2-ekvivalenter)"

#: Where it was in April 2026, as a public script of Telemark county asks for it.
PATH, _QUERY = "/sharepoint/downloaditem/", "id=01FM3LD2WOT7QL4D6Y5FC3JYADXGI6A3FA"

#: What to do where the publisher's own workbook cannot be had or read.
BY_HAND = "Download it from miljodirektoratet.no, and run update --workbook FILE.xlsx."

#: A reader per column: it returns the value of a cell, or raises ValueError with what is allowed.
Readers = Mapping[str, Callable[[Any], Any]]


def emissions(path: Path) -> Cube:
    """Return the Norwegian Environment Agency's emissions by municipality, year and sector.

    The names of sheet, columns and sectors are those that Telemark county's public script reads
    and writes (github.com/evensrii/Telemark); no workbook was at hand.

    `path` leads to ``utslippsstatistikk_alle_kommuner.xlsx``.

    Returns
    -------
    Cube
        Cells in tonnes of CO2 equivalents, one per row of the sheet; ``updated`` is the hash of
        the file, for the workbook does not say when it was made.

    Raises
    ------
    SourceError
        If the file is not such a workbook; the sentence names the cell.
    """
    wanted = {_PLACE: _number_of_place, _YEAR: _year, _SECTOR: _name, _TONNES: _tonnes}
    cells = _sheet(path, EMISSIONS, wanted).rename(columns={_TONNES: "value"}).assign(mark="")
    codes = {name: sorted(cells[name].unique()) for name in (_PLACE, _YEAR, _SECTOR)}
    digest = hashlib.sha256(files.read(path, _FILE)).hexdigest()
    return Cube(f"sha256 {digest[:16]}", codes, {}, {}, _YEAR, frozenset(), cells)


def download(client: Client, folder: Path) -> Path:
    """Return the publisher's workbook, fetched into a folder.

    Raises
    ------
    SourceError
        If what stands at its address is no workbook; a web page was there before.
    """
    body = client.get(PATH, _QUERY)
    if not body.startswith(b"PK"):
        raise SourceError(f"What stands at {shown(client.address(PATH))} is no workbook (.xlsx).")
    path = folder / "utslippsstatistikk_alle_kommuner.xlsx"
    path.write_bytes(body)
    return path


def _refused(path: Path, rule: str) -> SourceError:
    return SourceError(f"{path.name}{rule}.")


def _sheet(path: Path, name: str, wanted: Readers) -> pd.DataFrame:
    """Return some columns of a sheet, whose first row names them, each cell read by a reader."""
    import openpyxl

    whole = _measured(path)
    try:
        book = openpyxl.load_workbook(io.BytesIO(whole), read_only=True, keep_links=False)
    except Exception as error:  # openpyxl has no error of its own for all that can be wrong
        rule = f" cannot be read as a workbook ({type(error).__name__})"
        raise _refused(path, rule) from None
    try:
        if name not in book.sheetnames:
            listed = ", ".join(book.sheetnames[:8])
            raise _refused(path, f' has no sheet "{name}"; it has {listed}')
        page = book[name]
        page.reset_dimensions()  # a sheet may say that it is larger than it is
        return _table(path, name, page.iter_rows(values_only=True), wanted)
    except SourceError:
        raise
    except Exception as error:
        raise _refused(path, f" breaks off within the sheet ({type(error).__name__})") from None
    finally:
        book.close()


def _measured(path: Path) -> bytes:
    """Return a workbook; refuse what is none, or too large, before anything is unpacked."""
    try:
        whole = files.read(path, _FILE)
    except OSError:
        raise UsageError(
            f"There is no file {path} that can be read. Download the workbook, and name it."
        ) from None
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                most = f"{_UNPACKED // _MEGABYTE} MB or {_PARTS} parts"
                raise _refused(path, f" would unpack to more than {most}, and is not read")
            for part in parts:
                if part.file_size > _OTHER and not part.filename.startswith("xl/worksheets/"):
                    rule = f" has a part {part.filename[:60]} of more than {_OTHER // _MEGABYTE} MB"
                    raise _refused(path, f"{rule}, and is not read")
                with archive.open(part) as content:
                    _check_part(path, part.file_size, content.read)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise _refused(path, " is no Excel workbook (.xlsx), or is damaged") from None
    return whole


def _check_part(path: Path, size: int, read: Callable[[int], bytes]) -> None:
    """Refuse a part that declares a document type, in which entities can grow without end.

    It is read to the size that it states and one byte more, where its checksum is found wrong if
    there is more of it.
    """
    tail, left = b"", size + 1
    while piece := read(min(left, _MEGABYTE)):
        left -= len(piece)
        if any(sign in tail + piece for sign in _DOCTYPE):
            raise _refused(path, " declares a document type, and is not read")
        tail = piece[-32:]


def _table(path: Path, name: str, rows: Iterator[tuple[Any, ...]], wanted: Readers) -> pd.DataFrame:
    header = [_plain(cell) for cell in next(rows, ())]
    lacking = [column for column in wanted if header.count(column) != 1]
    if lacking:
        rule = f'the first row must name "{lacking[0]}" once'
        raise _refused(path, f', sheet "{name}": {rule}')
    at = {column: header.index(column) for column in wanted}
    found: dict[str, list[Any]] = {column: [] for column in wanted}
    count = 0
    for line, row in enumerate(rows, 2):
        count += len(row)
        if line > _ROWS or count > _CELLS:
            rule = f" has more than {_ROWS:,} rows or {_CELLS:,} cells, be they empty"
            raise _refused(path, f"{rule}, and is not read")
        if not any(normalise.text(cell) for cell in row if cell is not None):
            continue
        for column, reader in wanted.items():
            cell = row[at[column]] if at[column] < len(row) else None
            try:
                found[column].append(reader(cell))
            except ValueError as error:
                at_cell = f', sheet "{name}", row {line}, column "{column}"'
                rule = f'"{str(cell)[:40]}" {error}. Nothing was changed'
                raise _refused(path, f"{at_cell}: {rule}") from None
    if not found[next(iter(wanted))]:
        raise _refused(path, f', sheet "{name}" has no rows')
    return pd.DataFrame(found)


def _plain(cell: Any) -> str:
    """Return a heading with plain digits (CO2 for CO₂) and single spaces."""
    return unicodedata.normalize("NFKC", normalise.text(cell or ""))


def _number_of_place(cell: Any) -> str:
    if number := normalise.four_digits(cell):
        return number
    raise ValueError("must be the four digits of a municipality")


def _year(cell: Any) -> str:
    year = normalise.four_digits(cell)
    if year[:2] not in ("19", "20"):
        raise ValueError("must be a year")
    return year


def _name(cell: Any) -> str:
    name = _plain(cell) if isinstance(cell, str) else ""
    if not name or normalise.wrong_text(name, normalise.NAME):
        raise ValueError("must be a name, and no formula")
    return name


def _tonnes(cell: Any) -> float:
    """Return a number; an empty cell is a missing figure, a formula or another text none at all."""
    if cell is None or (isinstance(cell, str) and not normalise.text(cell)):
        return math.nan
    if isinstance(cell, str):
        cell, unit = normalise.number(cell)
        if unit:
            raise ValueError("must be a number, and no formula")
    if type(cell) not in (int, float) or not math.isfinite(cell):
        raise ValueError("must be a number, and no formula")
    return float(cell)
