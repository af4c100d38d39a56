"""A municipality's own targets: checked, kept, and shown in briefs as its own."""

import csv
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.batch import inputs
from workbench.briefs import climate, plan, status, trends
from workbench.dataset import DATA, Dataset, load
from workbench.dataset import own_targets as own_rows
from workbench.errors import DataError, UsageError
from workbench.ingest import own_targets
from workbench.language.translator import Language

GOOD: dict[str, Any] = {
    "municipality": "3201",
    "measure": "low_income_share",
    "value": 5.0,
    "year": 2030,
    "name": "Færre barn i fattige familier",
    "basis": "kommunestyret",
    "decided": date(2025, 6, 12),
    "paragraph": "45/25",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the figures, whose large files are links."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    for name in (own_rows.FILE, "targets.csv"):
        (copy / name).unlink()
        shutil.copy(DATA / name, copy / name)
    return copy


def kept(folder: Path) -> list[dict[str, str]]:
    with (folder / own_rows.FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def put(folder: Path, **changes: Any) -> None:
    own_targets.add(folder, **(GOOD | changes))


def words(piece: str) -> str:
    return BeautifulSoup(piece, "html5lib").get_text(" ", strip=True)


def test_the_project_comes_without_own_targets(data: Dataset) -> None:
    assert data.own_targets.empty
    decided = data.targets.dropna(subset="municipality")
    assert set(decided["scope"]) == {"municipality"}, "what councils decided, by public sources"


def test_an_own_target_comes_before_all_others(folder: Path) -> None:
    put(folder)
    data = load(folder)
    row = wb.view(data, "Bærum").assessed.set_index("measure").loc["low_income_share"]
    assert (row["target"], row["target_year"], row["target_scope"]) == (5.0, 2030, "municipality")
    assert row["target_basis_nb"] == (
        "kommunens eget måltall, vedtatt av kommunestyret 12. juni 2025, sak 45/25: "
        "«Færre barn i fattige familier»"
    )
    # UN target 1.2 still holds for the others: half of the share of 2018.
    asker = wb.view(data, "Asker").assessed.set_index("measure").loc["low_income_share"]
    assert asker["target_scope"] == "global"
    assert asker["target"] == data.series("low_income_share", "Asker")[2018] / 2


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "nb",
            "Kommunens eget måltall, vedtatt av kommunestyret 12. juni 2025, sak 45/25: "
            "«Færre barn i fattige familier».",
        ),
        (
            "nn",
            "Kommunen sitt eige måltal, vedteke av kommunestyret 12. juni 2025, sak 45/25: "
            "«Færre barn i fattige familier».",
        ),
        (
            "en",
            "The municipality’s own target, adopted by the municipal council on 12 June 2025, "
            "case 45/25: “Færre barn i fattige familier”.",
        ),
    ],
)
def test_briefs_show_it_as_the_municipality_s_own(folder: Path, code: str, sentence: str) -> None:
    put(folder)
    view = wb.view(load(folder), "Bærum", code)
    for piece in (status.wheel(view), trends.measures(view), plan.sections(view)):
        shown = words(piece)
        assert shown.count(sentence) == 1
        # Neither the UN's nor the other sentence that says the same.
        around = shown[shown.index(sentence) - 200 : shown.index(sentence) + len(sentence) + 60]
        assert view.say("common.scope.global") not in around
        assert view.say("common.scope.municipality") not in around


def test_a_municipality_may_aim_at_emissions_and_air_of_its_own(folder: Path) -> None:
    put(folder, municipality="Skien", measure="ghg_emissions_per_capita", value=2.5, year=2035)
    put(folder, municipality="Skien", measure="pm25_annual_mean", value=4)
    view = wb.view(load(folder), "Skien")
    needed = words(climate.target(view))
    assert "i 2035." in needed and needed.count("Kommunens eget måltall") == 1
    assert "binder ikke den enkelte kommunen" not in needed
    assert words(climate.air(view)).count("Kommunens eget måltall, vedtatt av kommunestyret") == 1


@pytest.mark.parametrize(
    ("basis", "paragraph", "said"),
    [
        ("kommunestyret", "", "vedtatt av kommunestyret 12. juni 2025: «Mål»"),
        ("Kommunestyrevedtak", "45/25", "vedtatt av kommunestyret 12. juni 2025, sak 45/25: «Mål»"),
        ("council decision", "PS 45/25", "vedtatt av kommunestyret 12. juni 2025, PS 45/25: «Mål»"),
        ("Bystyret", "7/24", "vedtatt av bystyret 12. juni 2025, sak 7/24: «Mål»"),
        ("Klimaplan 2025–2030", "§ 4", "vedtatt 12. juni 2025, § 4: «Mål» (Klimaplan 2025–2030)"),
    ],
)
def test_who_decided_is_said_as_the_municipality_wrote_it(
    basis: str, paragraph: str, said: str
) -> None:
    row = {"basis": basis, "paragraph": paragraph or None, "decided": "2025-06-12", "name": "Mål"}
    assert own_rows.phrase(row, Language("nb")) == f"kommunens eget måltall, {said}"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"municipality": "Bærumm"}, '"Bærumm" is not a municipality. Did you mean Bærum'),
        ({"municipality": "Våler"}, "Use the number of the one you mean"),
        ({"measure": "low_income"}, '"low_income" is not a measure. Did you mean low_income'),
        ({"measure": "population"}, "Neither more nor less of population is better"),
        ({"value": 101}, r"The value is 101 \(percent\). It must be at least 0 and at most 100."),
        ({"value": float("nan")}, 'The value is "nan". It must be a number.'),
        ({"value": "5"}, 'The value is "5". It must be a number.'),
        ({"year": 2022}, "The year is 2022. It must be after 2022, the year of the newest figure."),
        ({"year": 2101}, "The year is 2101. It must not be after 2100."),
        ({"year": 2030.5}, 'The year is "2030.5". It must be a whole number'),
        ({"name": "  "}, "The name of the target is empty."),
        ({"basis": ""}, "The basis of the target is empty."),
        ({"name": "a\u202eb"}, 'The name "a b" holds signs that cannot be seen'),
        ({"name": "a\x07b"}, 'The name "a b" holds signs that cannot be seen'),
        ({"name": "=1+1"}, 'The name "=1\\+1" begins as a formula does'),
        ({"basis": "@plan"}, 'The basis "@plan" begins as a formula does'),
        ({"paragraph": "+A1"}, 'The paragraph "\\+A1" begins as a formula does'),
        ({"name": "x" * 121}, "The name has 121 signs. Use at most 120."),
        ({"paragraph": "x" * 41}, "The paragraph has 41 signs. Use at most 40."),
        ({"decided": date.today() + timedelta(days=1)}, "which is yet to come"),
        ({"decided": "2025-06-12"}, "Give it as a date"),
    ],
)
def test_what_does_not_hold_is_refused_with_a_sentence(
    folder: Path, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(UsageError, match=fault):
        put(folder, **changes)
    assert kept(folder) == []


def test_text_is_kept_on_one_line_with_single_spaces(folder: Path) -> None:
    put(folder, name=" Færre\nfattige_x000D_", basis="Plan\u00a02025 ")
    (row,) = kept(folder)
    assert (row["name"], row["basis"]) == ("Færre fattige", "Plan 2025")


def test_all_faults_come_at_once(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        put(folder, municipality="Nowhere", measure="nothing", value=None, year=3000, name="")
    assert len(str(caught.value).splitlines()) == 5


def test_an_earlier_number_or_name_finds_today_s_municipality(folder: Path) -> None:
    put(folder, municipality="0219")
    put(folder, municipality="Røyken")  # Asker today
    assert [row["municipality"] for row in kept(folder)] == ["3201", "3203"]


def test_a_new_target_replaces_the_earlier_one_in_its_place(folder: Path) -> None:
    put(folder)
    put(folder, municipality="Skien", name="Blåbærmål «ÆØÅ», til og med")
    put(folder, value=4.5, year=2032)
    rows = kept(folder)
    assert [(row["municipality"], row["value"], row["year"]) for row in rows] == [
        ("3201", "4.5", "2032"),
        ("4003", "5.0", "2030"),
    ]
    assert rows[1]["name"] == "Blåbærmål «ÆØÅ», til og med"
    own_targets.remove(folder, "0219", "low_income_share")
    assert kept(folder) == rows[1:]
    with pytest.raises(UsageError, match="has no own target .* It has none at all"):
        own_targets.remove(folder, "3201", "low_income_share")


def test_writers_at_the_same_time_lose_nothing(folder: Path) -> None:
    places = ["3201", "3203", "4003", "1804", "1149", "4204"]
    with ThreadPoolExecutor(6) as several:
        list(several.map(lambda number: put(folder, municipality=number), places))
    assert sorted(row["municipality"] for row in kept(folder)) == sorted(places)


def test_a_row_in_targets_csv_gives_way_to_the_own_one(folder: Path) -> None:
    with (folder / "targets.csv").open("a", encoding="utf-8") as file:
        row = "low_income_share,3201,level,6,,value,2030,municipality,own,b,b,high,yes,,"
        file.write(row + "\n")
    put(folder)
    assessed = wb.view(load(folder), "Bærum").assessed
    assert assessed.loc[assessed["measure"] == "low_income_share", "target"].tolist() == [5.0]


@pytest.mark.parametrize("cell", ["2025-02-30", "12.06.2025", "20250612"])
def test_a_day_that_is_none_is_refused_when_read(folder: Path, cell: str) -> None:
    put(folder)
    table = folder / own_rows.FILE
    table.write_text(table.read_text("utf-8").replace("2025-06-12", cell), "utf-8")
    with pytest.raises(DataError, match=f'"decided": "{cell}" must be a date such as 2025-06-12'):
        load(folder)


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "municipality": st.text(max_size=30),
            "measure": st.text(max_size=30),
            "value": st.one_of(st.floats(), st.text(max_size=5), st.none(), st.booleans()),
            "year": st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.none()),
            "name": st.one_of(st.text(max_size=200), st.none()),
            "basis": st.text(max_size=200),
            "paragraph": st.text(max_size=60),
            "decided": st.one_of(st.dates(), st.datetimes(), st.none()),
        },
    )
)
def test_whatever_is_entered_is_kept_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]
) -> None:
    copy = tmp_path_factory.getbasetemp() / "anything"
    if not copy.exists():
        shutil.copytree(DATA, copy)
    (copy / own_rows.FILE).unlink()
    shutil.copy(DATA / own_rows.FILE, copy / own_rows.FILE)
    try:
        put(copy, **changes)
    except UsageError as error:
        assert str(error) and kept(copy) == []
    else:
        assert len(load(copy).own_targets) == 1


def test_only_briefs_that_read_an_own_target_are_due(folder: Path) -> None:
    """Of the municipality those that show it; of others those that are set beside it."""
    data = load(folder)
    groups = data.default_groups()
    before = inputs.of(data, groups, [])
    put(folder, municipality="4003")
    bent = load(folder)
    after = inputs.of(bent, groups, [])
    due = {key for key in after if after[key] != before[key]}
    of_skien = {brief for number, brief in due if number == "4003"}
    # Neither the models across municipalities nor the brief on climate speak of that target.
    assert of_skien >= {"status", "trends", "plan", "network", "components"}
    assert not of_skien & {"regression", "climate"}
    assert {brief for number, brief in due if number != "4003"} <= {"network", "front"}
    assert len({number for number, _ in due}) < 60


def test_own_targets_are_the_same_table_without_rows(data: Dataset) -> None:
    pd.testing.assert_frame_equal(
        own_rows.joined(data.targets, data.own_targets.iloc[:0]), data.targets
    )
