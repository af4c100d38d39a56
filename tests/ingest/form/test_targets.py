"""The sheet for the municipality's own targets: what is filled in becomes its targets."""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import workbench as wb
from ingest.form.forms import TODAY, bent, data, put
from workbench.dataset import DATA, load
from workbench.dataset import own_targets as own_rows
from workbench.ingest import own_targets
from workbench.ingest.form import FormError, bring_in, write
from workbench.ingest.form.import_ import FILE
from workbench.ingest.form.layout import FIRST, HEAD, TARGET_COLUMNS, TARGET_ROWS, TARGETS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the figures, whose large files are links."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    for name in (FILE, own_rows.FILE):
        (copy / name).unlink()
        shutil.copy(DATA / name, copy / name)
    return copy


def name(measure: str) -> str:
    return str(data().measure(measure)["name_nb"])


def aimed(*rows: list[Any], number: str = "3201") -> bytes:
    """Return a form with these rows of own targets."""

    def fill(book: Any) -> None:
        for at, row in enumerate(rows, start=FIRST):
            for place, value in enumerate(row, start=1):
                book[TARGETS].cell(at, place).value = value

    return bent(fill, number)


def test_what_is_filled_in_is_the_municipality_s_own_target(folder: Path, tmp_path: Path) -> None:
    rows = [
        [
            name("low_income_share"),
            "5,5 %",
            2030,
            "Færre fattige",
            "kommunestyret",
            "45/25",
            datetime(2025, 6, 12),
        ],
        [
            name("life_expectancy"),
            85,
            "2035",
            "Lengre liv",
            "Folkehelseplan 2025",
            None,
            "1.2.2025",
        ],
    ]
    said = bring_in(put(tmp_path / "form.xlsx", aimed(*rows)), folder, today=TODAY)
    assert "Own targets: 2, of which 2 new or changed." in str(said)
    assert "Written to reported.csv and own_targets.csv." in str(said)
    own = load(folder).own_targets.set_index("measure")
    assert own.loc["low_income_share", "value"] == 5.5
    assert own["decided"].to_dict() == {
        "low_income_share": "2025-06-12",
        "life_expectancy": "2025-02-01",
    }
    row = wb.view(load(folder), "3201").assessed.set_index("measure").loc["low_income_share"]
    assert (row["target"], row["target_year"], row["target_scope"]) == (5.5, 2030, "municipality")


def test_a_form_written_afterwards_holds_them_and_changes_nothing(
    folder: Path, tmp_path: Path
) -> None:
    own_targets.add(
        folder,
        municipality="3201",
        measure="low_income_share",
        value=5.5,
        year=2030,
        name="Færre fattige",
        basis="kommunestyret",
        decided=date(2025, 6, 12),
    )
    before = (folder / own_rows.FILE).read_bytes()
    write(load(folder), "3201", tmp_path / "form.xlsx", 2025)
    sheet = openpyxl.load_workbook(tmp_path / "form.xlsx")[TARGETS]
    cells = [sheet.cell(FIRST, place).value for place in range(1, 8)]
    assert cells == [
        name("low_income_share"),
        5.5,
        2030,
        "Færre fattige",
        "kommunestyret",
        None,
        datetime(2025, 6, 12),
    ]
    said = bring_in(tmp_path / "form.xlsx", folder, today=TODAY)
    assert (len(said.forms[0].own), said.targets) == (1, 0)
    assert (folder / own_rows.FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"measure": "Lykke"}, 'Egne mål!A4: "Lykke" is not a measure'),
        ({"measure": None}, 'Egne mål!A4: "" is not a measure'),
        ({"value": 101}, "Egne mål!B4: The value is 101 (percent). It must be at least 0"),
        ({"value": "mange"}, 'Egne mål!B4: "mange" must be a number such as 1 234,5'),
        ({"value": "=1+1"}, 'Egne mål!B4: "=1+1" is a formula'),
        ({"value": None}, "Egne mål!B4: The value is"),
        ({"year": 2020}, "Egne mål!C4: The year is 2020. It must be after 2022"),
        ({"year": "snart"}, 'Egne mål!C4: The year is "snart"'),
        ({"name": None}, "Egne mål!D4: The name of the target is empty"),
        ({"basis": " "}, "Egne mål!E4: The basis of the target is empty"),
        ({"paragraph": "x" * 50}, "Egne mål!F4: The paragraph has 50 signs"),
        ({"decided": "i fjor"}, 'Egne mål!G4: The day of the decision is "i fjor"'),
        ({"decided": "31.02.2025"}, 'Egne mål!G4: The day of the decision is "31.02.2025"'),
        ({"decided": datetime(2027, 1, 1)}, "Egne mål!G4: The decision is dated 2027-01-01"),
    ],
)
def test_each_fault_is_named_with_its_cell_and_nothing_is_written(
    folder: Path, tmp_path: Path, changes: dict[str, Any], fault: str
) -> None:
    good = dict(
        measure=name("low_income_share"),
        value=5.5,
        year=2030,
        name="Mål",
        basis="kommunestyret",
        paragraph="45/25",
        decided=datetime(2025, 6, 12),
    )
    form = put(tmp_path / "form.xlsx", aimed(list((good | changes).values())))
    with pytest.raises(FormError) as caught:
        bring_in(form, folder, today=TODAY)
    assert fault in str(caught.value)
    for table in (FILE, own_rows.FILE):
        assert (folder / table).read_bytes() == (DATA / table).read_bytes()


def test_a_series_has_one_target_and_columns_stay(folder: Path, tmp_path: Path) -> None:
    row = [name("low_income_share"), 5, 2030, "Mål", "kommunestyret", None, datetime(2025, 6, 12)]
    with pytest.raises(FormError, match="A5: .* stands in an earlier row already"):
        bring_in(put(tmp_path / "form.xlsx", aimed(row, row)), folder, today=TODAY)

    def swap(book: Any) -> None:
        book[TARGETS].cell(HEAD, 2).value = "Innen år"

    with pytest.raises(FormError, match='Egne mål!B3: "Innen år" must be "Målet"'):
        bring_in(put(tmp_path / "form.xlsx", bent(swap)), folder, today=TODAY)


def test_the_sheet_lists_every_series_that_can_go_better_or_worse() -> None:
    seen: list[Any] = []

    def look(book: Any) -> None:
        sheet = book[TARGETS]
        rows = range(FIRST, sheet.max_row + 1)
        seen.extend(sheet.cell(row, len(TARGET_COLUMNS) + 2).value for row in rows)
        [choice] = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
        assert choice.formula1 == f"$I${FIRST}:$I${FIRST + len(wanted) - 1}"
        assert str(choice.sqref) == f"A{FIRST}:A{FIRST + TARGET_ROWS - 1}"
        for place in range(1, len(TARGET_COLUMNS) + 1):
            assert not sheet.cell(FIRST, place).protection.locked
        assert sheet.protection.sheet

    measures = data().measures
    aimed_at = (measures["direction"] != 0) & (measures["publisher"] != "ITU")
    wanted = measures.loc[aimed_at, "name_nb"]
    bent(look)
    assert [one for one in seen if one] == list(wanted)
    assert wanted.is_unique and {"low_income_share", "reported_27"} <= set(
        measures.loc[aimed_at, "measure"]
    )
