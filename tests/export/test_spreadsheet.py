"""Workbooks on screen and on paper: nothing is hidden behind the next row, no stray sheets."""

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path

import matplotlib
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from workbench.dataset import Dataset
from workbench.export import components, spreadsheet
from workbench.ingest.form import writing

#: LibreOffice shows this font, the widest of the usual ones, where Calibri is not installed.
DEJAVU = FT2Font(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"))
DEJAVU.set_size(11, 72)


def drawn(text: str) -> float:
    """Return how wide a text of 11 points is."""
    DEJAVU.set_text(text)
    return float(DEJAVU.get_width_height()[0] / 64)


@cache  # most texts stand in many rows
def lines(text: str, width: float) -> int:
    """Return how many lines a text takes where words are not broken, by its letters' widths."""
    room, count = width * drawn("0000000000") / 10, 0
    for paragraph in text.split("\n"):
        count, line = count + 1, ""
        for word in paragraph.split():
            if line and drawn(f"{line} {word}") > room:
                count, line = count + 1, word
            else:
                line = f"{line} {word}".strip()
    return count


@pytest.fixture(scope="module")
def books(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("files")
    components.write(data, "3201", "", folder)
    return {
        "form": writing.workbook(data, "3201", 2025),
        "components": (folder / components.FILES["workbook"]).read_bytes(),
    }


@pytest.fixture(params=["form", "components"])
def book(request: pytest.FixtureRequest, books: dict[str, bytes]) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(books[request.param]))


def wrapped(sheet: Worksheet) -> list[Cell]:
    cells = [cell for row in sheet.iter_rows() for cell in row]
    return [c for c in cells if isinstance(c.value, str) and c.alignment.wrap_text]


def width(sheet: Worksheet, cell: Cell) -> float:
    # Neighbours of the same width are written as one entry.
    columns = sheet.column_dimensions.values()
    return next(float(one.width) for one in columns if one.min <= cell.column <= one.max)


def test_every_row_is_as_high_as_its_text(book: openpyxl.Workbook) -> None:
    seen = 0
    for sheet in book:
        for cell in wrapped(sheet):
            needed = lines(cell.value, width(sheet, cell))
            high = sheet.row_dimensions[cell.row].height
            if needed > 1:
                seen += 1
                assert high and high >= 13 * needed, f"{sheet.title}!{cell.coordinate}"
            if high and cell.alignment.vertical == "top":
                assert high < 15 * 14, f"{sheet.title}!{cell.coordinate} is a gap"
    assert seen > 50


def test_an_own_target_makes_its_row_as_high_as_its_words(data: Dataset) -> None:
    from dataclasses import replace

    row = {
        "municipality": "3201",
        "measure": "voter_turnout_storting",
        "value": 90.0,
        "year": 2030,
        "name": "Et mål med et navn som er mye lengre enn det er plass til på én linje i skjemaet",
        "basis": "Kommuneplanens samfunnsdel",
        "paragraph": "12/25",
        "decided": "2025-06-12",
    }
    own = data.own_targets.reindex(columns=list(row)).iloc[:0].copy()
    own.loc[0] = row
    made = writing.workbook(replace(data, own_targets=own), "3201", 2025)
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Egne mål"]
    assert sheet["D4"].value == row["name"]
    assert sheet.row_dimensions[4].height >= 26 > sheet.row_dimensions[5].height


@given(st.text(alphabet="abcdefg hij\nklm", max_size=200), st.integers(1, 60))
def test_more_room_never_takes_more_height(text: str, room: int) -> None:
    assert spreadsheet.height([(text, room + 1)]) <= spreadsheet.height([(text, room)])
    assert spreadsheet.height([("", room), (text, room)]) == spreadsheet.height([(text, room)])


def test_every_sheet_is_set_up_for_paper(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert sheet.print_area and sheet.print_title_rows, sheet.title
        assert sheet.page_setup.paperSize in ("8", "9", 8, 9), "A3 or A4"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0, "as many pages down as it takes"
        assert "&P" in sheet.oddFooter.right.text
        used = sheet.calculate_dimension().split(":")[1]
        assert sheet.print_area.replace("$", "").endswith(f":{used}")


def test_libreoffice_prints_few_pages(books: dict[str, bytes], tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("There is no LibreOffice to print with.")
    for name, book in books.items():
        (tmp_path / f"{name}.xlsx").write_bytes(book)
    files = [str(tmp_path / f"{name}.xlsx") for name in books]
    command = [program, "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    count = {name: len(pypdf.PdfReader(tmp_path / f"{name}.pdf").pages) for name in books}
    assert 3 <= count["form"] <= 8
    assert 5 <= count["components"] <= 30, "it was 79 and more"
