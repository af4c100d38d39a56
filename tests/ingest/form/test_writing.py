"""The workbook that a municipality gets: what is asked, what is known, what can be filled in."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.form.forms import asked, blank, column, data, row_of
from workbench.errors import UsageError
from workbench.ingest.form.layout import COLUMNS, FACTS, FIRST, HEAD, LEAD, LETTERS, TABLE, TARGETS
from workbench.ingest.form.writing import workbook, write


@pytest.fixture(scope="module")
def book() -> Any:
    return openpyxl.load_workbook(io.BytesIO(blank("3203")))


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    write(data(), "Asker", tmp_path / "form.xlsx", 2025)
    assert (tmp_path / "form.xlsx").read_bytes() == workbook(data(), "3203", 2025) == blank("3203")


def test_it_asks_for_all_data_points_and_says_whose_form_it_is(book: Any) -> None:
    assert book.sheetnames == [LEAD, TABLE, TARGETS]
    lead, sheet = book[LEAD], book[TABLE]
    facts = {key: lead.cell(row, 2).value for key, (row, _) in FACTS.items()}
    assert (facts["number"], facts["name"], facts["year"]) == ("3203", "Asker", 2025)
    assert [cell.value for cell in sheet[HEAD]] == [one.title for one in COLUMNS.values()]
    codes = [sheet.cell(row, column("code")).value for row in range(FIRST, FIRST + 112)]
    assert codes == [kpi for kpi, _ in asked()]
    assert len(set(codes)) == 91
    assert sheet.cell(FIRST + 112, 1).value is None
    for key in ("indicator", "definition", "unit"):
        assert all(sheet.cell(row, column(key)).value for row in range(FIRST, FIRST + 112))


def test_it_shows_what_was_reported_and_what_is_known(book: Any) -> None:
    """ITU's report on Asker, September 2020, and Statistics Norway's figures."""
    sheet = book[TABLE]
    row = row_of("SC: SH: SI: 3C")
    assert sheet.cell(row, column("before")).value == "4.27 % (trykt av ITU i 2020)"
    value = data().series("low_income_share", "3203")
    said = sheet.cell(row, column("help")).value
    assert f"({value.index[-1]}, målt direkte)" in said
    assert f"{value.iloc[-1]:.1f}".replace(".", ",") in said
    food = sheet.cell(row_of("SC: SH: FS: 1A"), column("before")).value
    assert food == "ikke rapportert (trykt av ITU i 2020)"
    rana = openpyxl.load_workbook(io.BytesIO(blank("1833")))[TABLE]
    travel = rana.cell(row_of("EC: I: T: 5A"), column("before")).value
    assert travel == "ikke rapportert (i ITUs rapport)"


def test_only_what_is_to_be_filled_in_can_be_changed(book: Any) -> None:
    lead, sheet = book[LEAD], book[TABLE]
    assert lead.protection.sheet and sheet.protection.sheet
    assert sheet.freeze_panes == f"{LETTERS['definition']}{FIRST}"
    open_ = {key for key, one in COLUMNS.items() if one.open}
    for row in (FIRST, FIRST + 60, FIRST + 111):
        for key in COLUMNS:
            assert sheet.cell(row, column(key)).protection.locked == (key not in open_)
    for key, (row, _) in FACTS.items():
        assert lead.cell(row, 2).protection.locked == (key not in ("year", "by"))
        assert lead.cell(row, 1).protection.locked


def test_every_answer_is_checked_by_the_spreadsheet_too(book: Any) -> None:
    checks = {
        str(cells): one
        for one in book[TABLE].data_validations.dataValidation
        for cells in one.sqref.ranges
    }
    for (kpi, point), field in asked().items():
        row = row_of(kpi, point)
        one = checks[f"G{row}"]
        assert one.errorTitle == "Dette kan ikke stå her" and len(one.error) <= 255
        if field.kind == "yes/no":
            assert (one.type, one.formula1) == ("list", '"ja,nei,ikke rapportert"')
        else:
            assert one.type == "custom" and f'G{row}="ikke rapportert"' in one.formula1
            assert (f"G{row}<=100)" in one.formula1) == (field.maximum == 100)
            assert (f"G{row}=INT(G{row})" in one.formula1) == (field.kind == "count")
            assert field.unit in one.prompt
    assert checks[f"H{FIRST}:H{FIRST + 111}"].type == "whole"


def test_every_text_fits_into_its_cell(book: Any) -> None:
    """Words are not cut: each fits its column, and the rows are as high as their lines."""
    sheet = book[TABLE]
    for key, one in COLUMNS.items():
        assert sheet.column_dimensions[LETTERS[key]].width == pytest.approx(one.width, abs=1)
        for row in range(HEAD, FIRST + 112):
            text = str(sheet.cell(row, column(key)).value or "")
            longest = max((len(word) for word in re.split(r"[\s\-–]", text)), default=0)
            assert longest <= one.width, text
            # The space that a line ends with needs no room.
            lines = sum(-(-(len(line) + 1) // (one.width + 1)) for line in text.split("\n"))
            assert sheet.row_dimensions[row].height >= 15 * lines


def test_its_words_are_plain_bokmal(book: Any) -> None:
    told = [
        str(cell.value)
        for row in book[LEAD].iter_rows(max_col=2)
        for cell in row
        if cell.value is not None
    ]
    told += [field.definition for field in asked().values()]
    for text in told:
        assert "{" not in text and "  " not in text and not text.endswith(" ")
    for field in asked().values():
        assert field.definition.endswith("." if field.kind != "yes/no" else "?")
        if field.kind == "share":
            assert "prosent av" in field.definition or "Hvor stor del" in field.definition


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must end in .xlsx, as in form-3203.xlsx"):
        write(data(), "3203", tmp_path / "form.xls", 2025)
    with pytest.raises(UsageError, match="is not a municipality"):
        write(data(), "Nowhere", tmp_path / "form.xlsx", 2025)
