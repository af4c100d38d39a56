"""What a form says goes into the figures whole, or not at all, and shows in the brief."""

import csv
import io
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import leave_only

import workbench as wb
from ingest.form.forms import TODAY, asked, data, filled, put, row_of
from workbench.__main__ import main
from workbench.analysis import coverage
from workbench.batch import inputs
from workbench.briefs import status
from workbench.dataset import DATA, load
from workbench.ingest.form import FormError, bring_in
from workbench.ingest.form.import_ import FILE
from workbench.ingest.form.layout import COLUMNS, FIRST, TABLE
from workbench.ingest.form.writing import workbook

BASIC, POTABLE = ("EC: I: WS: 1C", "value"), ("EC: I: WS: 2C", "value")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the figures, whose large files are links."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    (copy / FILE).unlink()
    shutil.copy(DATA / FILE, copy / FILE)
    return copy


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_asker_s_form_comes_back_as_itu_printed_it(folder: Path, tmp_path: Path) -> None:
    """Form written, filled in with the text of ITU's report of September 2020, read, compared."""
    printed = data().u4ssc_results.query("municipality == '3203'")
    assert len(printed) == 15
    answers = {(row.kpi, row.data_point): row.printed for row in printed.itertuples()}
    form = put(tmp_path / "asker.xlsx", filled(answers, "3203"))
    said = bring_in(form, folder, today=TODAY)
    assert str(said).startswith("Asker (3203), 2025: 14 answers and 1 not reported.\n15 are new")
    back = load(folder).reported.set_index(["kpi", "data_point"])
    assert len(back) == 15
    for row in printed.itertuples():
        found = back.loc[(row.kpi, row.data_point)]
        if row.reported == "no":
            assert found["answer"] == "not reported"
        elif row.unit == "yes/no":
            assert (row.printed, found["answer"]) == ("No", "no")
        else:
            assert (found["answer"], found["value"]) == ("value", row.value)
    assert set(back["year"]) == {2025} and set(back["imported"]) == {"2026-11-01"}


def test_a_form_written_afterwards_shows_what_was_reported(folder: Path, tmp_path: Path) -> None:
    answers = {BASIC: 99.5, ("SC: SH: SA: 3A", "value"): "ja"}
    bring_in(put(tmp_path / "form.xlsx", filled(answers)), folder, today=TODAY)
    book = openpyxl.load_workbook(io.BytesIO(workbook(load(folder), "3203", 2026)))
    place = list(COLUMNS).index("before") + 1
    said = {key: book[TABLE].cell(row_of(*key), place).value for key in answers}
    assert said[BASIC] == "99,5 (2025, rapportert av kommunen)"
    assert said["SC: SH: SA: 3A", "value"] == (
        "ja (2025, rapportert av kommunen)\nNo (trykt av ITU i 2020)"
    )


def test_nothing_is_written_while_there_is_a_fault(folder: Path, tmp_path: Path) -> None:
    before = (folder / FILE).read_bytes()
    form = put(tmp_path / "form.xlsx", filled({BASIC: 90, POTABLE: 95}))
    with pytest.raises(FormError):
        bring_in(form, folder, today=TODAY)
    assert (folder / FILE).read_bytes() == before
    said = bring_in(form, folder, [row_of(*POTABLE)], dry_run=True, today=TODAY)
    assert (said.new, said.written) == (1, False)
    assert (folder / FILE).read_bytes() == before
    said = bring_in(form, folder, [row_of(*POTABLE)], today=TODAY)
    assert f"Left out: row {row_of(*POTABLE)}." in str(said)
    assert [row["kpi"] for row in rows(folder)] == ["EC: I: WS: 1C"]


def test_a_second_form_replaces_its_own_year_and_loses_no_other_row(
    folder: Path, tmp_path: Path
) -> None:
    other = {BASIC: {"answer": 100, "note": 'Sagt «ja», "helt" sikkert; ÆØÅ'}}
    bring_in(put(tmp_path / "a.xlsx", filled(other, "4003")), folder, today=TODAY)
    first = {BASIC: 99, POTABLE: {"answer": 98, "year": 2024}}
    bring_in(put(tmp_path / "b.xlsx", filled(first)), folder, today=TODAY)
    again = {BASIC: 99.5, POTABLE: {"answer": 98, "year": 2024}}
    said = bring_in(put(tmp_path / "c.xlsx", filled(again)), folder, today=date(2026, 12, 1))
    assert (said.new, said.changed, said.same) == (0, 1, 1)
    found = [(row["municipality"], row["value"], row["imported"]) for row in rows(folder)]
    assert found == [
        ("4003", "100.0", "2026-11-01"),
        ("3203", "99.5", "2026-12-01"),
        ("3203", "98.0", "2026-11-01"),
    ]
    assert rows(folder)[0]["note"] == 'Sagt «ja», "helt" sikkert; ÆØÅ'


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(sorted(asked())),
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
            st.integers(-(10**6), 10**6),
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
            st.dates(date(1990, 1, 1)),
            st.sampled_from(["=1/0", "#N/A", "97 %", "ikke rapportert", "1 234,5"]),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_any_form_is_written_whole_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[Any, Any]
) -> None:
    """Whole files, from the workbook to the table."""
    copy = tmp_path_factory.getbasetemp() / "any form"
    if not copy.exists():
        shutil.copytree(DATA, copy)
        leave_only(copy, ["population"])
    (copy / FILE).unlink()
    shutil.copy(DATA / FILE, copy / FILE)
    before = (copy / FILE).read_bytes()
    form = put(copy / "form.xlsx", filled(answers))
    try:
        said = bring_in(form, copy, today=TODAY)
    except FormError:
        assert (copy / FILE).read_bytes() == before
    else:
        assert len(rows(copy)) == said.new == len(said.forms[0].answered)
        assert len(load(copy).reported) == said.new


def test_the_status_brief_shows_the_municipality_s_own_figures(
    folder: Path, tmp_path: Path
) -> None:
    assert "Kommunens egne tall" not in status.printed(wb.view(data(), "Asker"))
    answers = {
        BASIC: {"answer": "99,25 %", "note": "Fra <b>vannverket</b>"},
        ("EN: EN: AQ: 1C", "SO2"): "ikke rapportert",
        ("SC: SH: SA: 3A", "value"): "ja",
    }
    bring_in(put(tmp_path / "form.xlsx", filled(answers)), folder, today=TODAY)
    told = BeautifulSoup(status.printed(wb.view(load(folder), "Asker")), "html5lib")
    body = told.find_all("table")[-2].find("tbody")
    assert [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in body("tr")] == [
        ["Grunnleggende vannforsyning", "99,25", "prosent", "2025", "Fra <b>vannverket</b>"],
        ["Luftforurensning (Svoveldioksid (SO₂))", "ikke rapportert", "", "2025", ""],
        ["Planer for risiko og beredskap", "ja", "", "2025", ""],
    ]
    english = status.printed(wb.view(load(folder), "Asker", "en"))
    assert "The municipality’s own figures" in english and "99.25" in english
    assert "Kommunens egne tall" not in status.printed(wb.view(load(folder), "Bærum"))


def test_only_its_own_briefs_are_due_after_a_form(folder: Path, tmp_path: Path) -> None:
    groups = data().default_groups()
    before = inputs.of(data(), groups, [])
    bring_in(put(tmp_path / "form.xlsx", filled({BASIC: 99}, "4003")), folder, today=TODAY)
    after = inputs.of(load(folder), groups, [])
    due = {key for key in after if after[key] != before[key]}
    assert ("4003", "status") in due
    assert {brief for number, brief in due if number != "4003"} <= {"network", "front"}


def test_coverage_counts_what_was_reported(folder: Path, tmp_path: Path) -> None:
    bring_in(put(tmp_path / "form.xlsx", filled({BASIC: 99}, "3201")), folder, today=TODAY)
    table = coverage.coverage(load(folder), ["3201", "1149"]).set_index("kpi")
    # Bærum by the form, Karmøy as ITU printed it.
    assert table.loc["EC: I: WS: 1C", "reported"] == 2
    assert table.loc["EC: I: WS: 2C", "reported"] == 1


def test_the_commands_write_a_form_and_bring_it_in(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = tmp_path / "form.xlsx"
    assert main(["form", "0219", str(form), "--data", str(folder)]) == 0
    book = openpyxl.load_workbook(form)
    book[TABLE].cell(FIRST, list(COLUMNS).index("answer") + 1).value = "99,1 %"
    book[TABLE].cell(FIRST + 1, list(COLUMNS).index("answer") + 1).value = "mange"
    book.save(form)
    assert main(["import", str(form), "--data", str(folder)]) == 2
    said = capsys.readouterr().err
    assert f'Tall!G{FIRST + 1} (EC: ICT: ICT: 2C): "mange" must be a number' in said
    assert f"--leave {FIRST + 1}" in said
    leave = ["--leave", str(FIRST + 1), "--data", str(folder)]
    assert main(["import", str(form), "--dry-run", *leave]) == 0
    assert "Nothing was written." in capsys.readouterr().out and rows(folder) == []
    assert main(["import", str(form), *leave]) == 0
    assert "Bærum (3201)" in capsys.readouterr().out
    assert [row["value"] for row in rows(folder)] == ["99.1"]
    for wrong in (["form", "Nowhere", str(form)], ["form", "3201", "form.csv"]):
        assert main([*wrong, "--data", str(folder)]) == 2
    assert main(["form", "3201", str(form), "--year", "1999"]) == 2
    assert "The reporting year is 1999" in capsys.readouterr().err
