"""The files beside the briefs: every number traced, safe to open, the same bytes each time."""

import csv
import dataclasses
import io
import json
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frictionless import Package
from hypothesis import example, given, settings
from hypothesis import strategies as st
from published import errors

import workbench as wb
from workbench.analysis import levels, record, standings, verdicts
from workbench.analysis.outlook import SILENT
from workbench.briefs import pieces
from workbench.briefs.pieces import FILES
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.export import components
from workbench.export.columns import COLUMNS
from workbench.export.spreadsheet import as_workbook
from workbench.language.translator import languages
from workbench.methods import u4ssc

#: One with much, one that was split, a small one, and one whose air the WHO has measured.
PLACES = ["Bærum", "Haram", "Utsira", "Trondheim"]

#: Where spreadsheets begin a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def folder(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of Bærum. Read only: tests share them."""
    made = tmp_path_factory.mktemp("components") / "3201-baerum"
    components.write(data, "Bærum", "", made, "f00d")
    return made


@pytest.fixture(scope="module")
def told(baerum: View) -> pd.DataFrame:
    return components.components(baerum).infer_objects()


def described(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What the files hold


def test_a_folder_gets_four_files_and_nothing_else(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == set(FILES.values())


def test_each_measure_with_figures_has_one_row(data: Dataset, folder: Path) -> None:
    rows = pd.read_csv(folder / "components.csv", dtype={"municipality": str})
    own = data.observations[data.observations["municipality"] == "3201"]
    assert sorted(rows["measure"]) == sorted(own["measure"].unique())
    assert set(rows["municipality"]) == {"3201"}
    assert set(rows["municipality_name"]) == {"Bærum"}


def test_every_column_of_the_assessment_is_in_the_file_to_ten_digits(
    baerum: View, folder: Path
) -> None:
    rows = pd.read_csv(folder / "components.csv").set_index("measure")
    assessed = baerum.assessed.set_index("measure")
    assert set(assessed) - {"municipality"} <= set(rows)
    for name in assessed.select_dtypes("number"):
        held = rows[name].reindex(assessed.index).to_numpy(dtype=float)
        known = assessed[name].to_numpy(dtype=float)
        np.testing.assert_allclose(held, known, rtol=0.5e-9, atol=0, err_msg=name)
    for name in ("outcome", "reason", "verdict", "eurostat", "germany_3", "licence", "table"):
        text = rows[name].reindex(assessed.index).fillna("").astype(str)
        expected = assessed[name].fillna("").astype(str)
        if name != "table":  # 07459 is read as a number here
            assert list(text) == list(expected), name


def test_the_last_bits_of_a_number_change_no_byte(
    baerum: View, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions of Python and of libraries differ in them."""
    nudged = baerum.assessed.copy()
    numbers = {name for name, column in COLUMNS["components"].items() if column.type == "number"}
    for name in numbers & set(nudged.select_dtypes("float64")):
        nudged[name] *= 1 + np.finfo(float).eps
    assert not nudged["p"].dropna().eq(baerum.assessed["p"].dropna()).any()
    monkeypatch.setitem(baerum.__dict__, "assessed", nudged)
    made = components.as_csv(components.components(baerum))
    assert made == (folder / "components.csv").read_bytes()


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.1 + 0.2, 0.3), (2257324.85, 2257324.85), (-1e-20 / 3, -3.333333333e-21), (0.0, 0.0)],
)
def test_a_number_has_ten_digits(number: float, expected: float) -> None:
    assert components.rounded(number) == expected


def test_no_published_figure_has_more_digits_than_a_file_gives(data: Dataset) -> None:
    for name in ("value", "numerator", "denominator"):
        published = data.published[name].dropna()
        assert len(published) and published.map(components.rounded).eq(published).all()


def test_the_standing_is_that_of_the_brief_on_status(data: Dataset, told: pd.DataFrame) -> None:
    standing = standings.standings(data, "3201").dropna(subset="measure").set_index("measure")
    speaks = told[told["speaks_for_kpi"]].set_index("measure")
    assert set(speaks.index) == set(standing.index) and len(speaks) == len(standing)
    for name in ("kpi", "standing", "level", "motion", "pace", "band"):
        held = speaks[name].fillna("").loc[standing.index]
        assert list(held) == list(standing[name]), name
    assert not told.loc[told["relation"] == "context", "speaks_for_kpi"].any()


def test_the_published_verdicts_can_be_worked_out_from_their_row(told: pd.DataFrame) -> None:
    rows = told[told["unsd_ratio"].notna()].astype({"last": float})
    assert len(rows) >= 3
    years, ahead = rows["last_year"] - rows["base_year"], rows["target_year"].fillna(2030)
    growth = (rows["last"] / rows["base"]) ** (1 / years.astype(float))
    there = rows["last"] * growth ** (ahead - rows["last_year"]).astype(float)
    ratio = (there - rows["base"]) / (rows["target"] - rows["base"])
    np.testing.assert_allclose(ratio.astype(float), rows["unsd_ratio"], rtol=1e-7)


def test_germany_s_symbol_without_a_target_follows_from_its_two_changes(
    told: pd.DataFrame,
) -> None:
    rows = told[(told["germany"] != "not_available") & told["target"].isna()]
    rows = rows[rows["germany"].notna()]
    mean = (rows["judged_direction"] * rows["mean_change"] > 0).astype(int)
    last = (rows["judged_direction"] * rows["last_change"] > 0).astype(int)
    words = np.array(["thunderstorm", "cloud", "sun_cloud", "sun"])
    assert len(rows) > 5
    assert list(rows["germany"]) == list(words[(2 * mean + last).astype(int)])


def test_the_observations_are_the_figures_that_the_charts_show(data: Dataset, folder: Path) -> None:
    rows = pd.read_csv(folder / "observations.csv", dtype={"municipality": str})
    for measure, part in rows.groupby("measure"):
        expected = data.series(str(measure), "Bærum")
        assert list(part["year"]) == list(expected.index)
        np.testing.assert_allclose(part["value"], expected, rtol=0.5e-9, atol=0)
    assert len(rows) == (data.observations["municipality"] == "3201").sum()


def test_figures_of_merged_municipalities_say_so(data: Dataset) -> None:
    rows = components.observations(wb.view(data, "Namsos"))
    merged = rows[rows["sources"].str.contains("+", regex=False)]
    assert len(merged) > 10
    assert set(merged["origin"]) <= {"summed", "ratio of sums", "weighted mean"}
    alone = rows[~rows["sources"].str.contains("+", regex=False)]
    assert set(alone["origin"]) <= {"as published", "renumbered"}


def test_the_licence_stands_with_every_figure(data: Dataset) -> None:
    view = wb.view(data, "Trondheim")
    licence = data.measures.set_index("measure")["licence"]
    for rows in (components.components(view), components.observations(view)):
        assert list(rows["licence"]) == list(licence[rows["measure"]])
    air = components.components(view).set_index("measure")["licence"]
    assert "NC" in air["pm25_annual_mean"] and "NC" not in air["population"]


def test_the_sources_name_every_measure_and_what_was_left_out(data: Dataset) -> None:
    view = wb.view(data, "Haram")
    rows = components.sources(view).set_index("measure")
    assert set(rows.index) == set(data.measures["measure"])
    counts = data.observations[data.observations["municipality"] == view.number]
    counts = counts["measure"].value_counts().reindex(rows.index).fillna(0)
    assert list(rows["figures"]) == list(counts)
    assert list(rows["first_figure"].notna()) == list(rows["figures"] > 0)
    aside = data.set_aside[data.set_aside["municipality"] == view.number]
    assert len(aside) and set(rows.index[rows["left_out"].notna()]) == set(aside["measure"])
    one = aside[aside["measure"] == aside["measure"].iloc[0]]
    for row in one.itertuples():
        text = rows.at[row.measure, "left_out"]
        assert str(row.year) in text and row.reason in text


def test_the_group_that_one_names_is_the_group_in_the_file(data: Dataset, tmp_path: Path) -> None:
    components.write(data, "Bærum", "county-akershus", tmp_path)
    rows = pd.read_csv(tmp_path / "components.csv").set_index("measure")
    assert set(rows["group"]) == {"county-akershus"}
    expected = wb.view(data, "Bærum", peers="county-akershus").assessed.set_index("measure")
    assert rows.at["low_income_share", "peers_median"] == pytest.approx(
        expected.at["low_income_share", "peers_median"]
    )


# What the columns hold


def test_each_column_is_described_and_no_description_is_left_over(data: Dataset) -> None:
    view = wb.view(data, "Trondheim")
    made = {
        "components": components.components(view),
        "observations": components.observations(view),
        "sources": components.sources(view),
    }
    assert {name: list(table) for name, table in made.items()} == {
        name: list(columns) for name, columns in COLUMNS.items()
    }
    # A new column of the assessment must be described, to be in the file at all.
    assert set(view.assessed) <= set(COLUMNS["components"])
    for columns in COLUMNS.values():
        for name, column in columns.items():
            assert len(column.description) > 8, name
            assert column.type in ("string", "integer", "number", "boolean"), name


def test_the_words_that_a_column_can_hold_are_those_of_the_module_that_gives_them() -> None:
    words = {name: set(column.values) for name, column in COLUMNS["components"].items()}
    assert words["standing"] == set(standings.STANDINGS) - {"none"}
    assert words["sense"] == set(standings.SENSES) - {"none"}
    assert words["level"] == set(levels.LEVELS) - {""}
    assert words["reason"] == {*SILENT, *record.SILENT}
    assert words["special"] == set(verdicts.SPECIAL)
    assert words["band"] == set(u4ssc.BANDS)
    for method, sense in verdicts.SENSE.items():
        for name in (method, f"{method}_1", f"{method}_2", f"{method}_3"):
            assert words[name] == {*sense, "not_available"}, name


@pytest.mark.parametrize("place", PLACES)
def test_the_cells_are_what_their_columns_promise(data: Dataset, place: str) -> None:
    view = wb.view(data, place)
    made = {
        "components": components.components(view).infer_objects(),
        "observations": components.observations(view).infer_objects(),
    }
    for sheet, table in made.items():
        for name, column in COLUMNS[sheet].items():
            cells = table[name].dropna()
            if column.required:
                assert len(cells) == len(table), name
            if column.values:
                assert set(cells) <= set(column.values), name
            if column.unit == "probability":
                assert cells.between(0, 1).all(), name
            if column.type == "number":
                assert np.isfinite(cells.astype(float)).all(), name


# The package


@pytest.mark.parametrize("place", PLACES)
def test_the_package_is_valid_by_the_data_package_standard(
    data: Dataset, tmp_path: Path, place: str
) -> None:
    components.write(data, place, "", tmp_path)
    report = Package(tmp_path / "datapackage.json").validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:10]
    assert [task.name for task in report.tasks] == ["components", "observations"]
    assert errors(tmp_path / "datapackage.json", "1.0") == []
    assert errors(tmp_path / "datapackage.json", "2.0") == []


def test_a_changed_figure_no_longer_fits_the_package(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    file = tmp_path / "copy" / "observations.csv"
    file.write_bytes(file.read_bytes().replace(b"percent", b"per cent", 1))
    assert not Package(tmp_path / "copy" / "datapackage.json").validate().valid


def test_a_plain_reader_needs_no_settings(folder: Path) -> None:
    raw = (folder / "components.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))
    assert list(rows[0]) == list(COLUMNS["components"])
    for row in rows:
        float(row["last"])
    for resource in described(folder)["resources"]:
        assert resource["encoding"] == "utf-8"
        assert resource["dialect"]["delimiter"] == ","


def test_the_package_describes_each_column_and_says_whose_figures_they_are(
    data: Dataset, folder: Path
) -> None:
    about = described(folder)
    for resource in about["resources"]:
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == list(COLUMNS[resource["name"]])
        assert all(field["description"] for field in fields)
    units = {
        field["name"]: field.get("unit") for field in about["resources"][0]["schema"]["fields"]
    }
    assert units["slope"] == "unit of the measure per year" and units["measure"] is None
    own = data.observations.loc[data.observations["municipality"] == "3201", "measure"].unique()
    assert sorted(m for source in about["sources"] for m in source["measures"]) == sorted(own)
    licence = data.measures.set_index("measure")["licence"]
    for source in about["sources"]:
        assert {licence[measure] for measure in source["measures"]} == {source["licence"]}
    assert about["version"] == wb.__version__
    assert about["workbench"]["key"] == "f00d"


def test_a_licence_says_for_whose_figures_it_is(data: Dataset, tmp_path: Path) -> None:
    components.write(data, "Trondheim", "", tmp_path)
    licences = {row["name"]: row for row in described(tmp_path)["licenses"]}
    assert set(licences) == {"NLOD-2.0", "CC-BY-4.0", "CC-BY-NC-SA-3.0-IGO"}
    assert "WHO" in licences["CC-BY-NC-SA-3.0-IGO"]["title"]
    assert "WHO" not in licences["CC-BY-4.0"]["title"]
    assert all(row["path"].startswith("https://") for row in licences.values())


# The workbook


def test_the_workbook_holds_the_same_as_the_files(folder: Path, told: pd.DataFrame) -> None:
    book = openpyxl.load_workbook(folder / "components.xlsx")
    assert book.sheetnames == ["components", "observations", "sources", "columns"]
    assert [sheet.freeze_panes for sheet in book] == ["C2", "C2", "B2", "C2"]
    for sheet in book:
        assert all(
            cell.data_type != "f" and cell.hyperlink is None for row in sheet for cell in row
        )
    head, *rows = book["components"].iter_rows(values_only=True)
    assert list(head) == list(told)
    for row, (_, expected) in zip(rows, told.iterrows(), strict=True):
        for name, cell in zip(head, row, strict=True):
            want = None if pd.isna(expected[name]) else expected[name]
            # A workbook keeps 16 digits of a number.
            assert cell == (pytest.approx(want, rel=1e-15) if isinstance(want, float) else want), (
                name
            )
    tables = [row[head.index("table")] for row in rows]
    assert "07459" in tables, "text stays text, with its zeros"


def test_the_last_sheet_explains_every_column(folder: Path) -> None:
    _, *rows = openpyxl.load_workbook(folder / "components.xlsx")["columns"].iter_rows(
        values_only=True
    )
    assert [row[:2] for row in rows] == [
        (sheet, name) for sheet, columns in COLUMNS.items() for name in columns
    ]
    assert all(row[4] for row in rows)


def test_numbers_are_shown_with_the_decimals_of_their_unit(folder: Path, data: Dataset) -> None:
    head, *rows = openpyxl.load_workbook(folder / "components.xlsx")["components"].iter_rows()
    names = [cell.value for cell in head]
    decimals = data.units.set_index("unit")["decimals"]
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        shown = cells["last"].number_format.partition(".")[2]
        assert len(shown) == decimals[cells["unit"].value]
        assert cells["last_year"].number_format == "0", "a year has no thousands"


@pytest.mark.parametrize("kind", ["str", "object", "Int64", "float64", "boolean"])
def test_a_missing_cell_of_any_type_is_empty(kind: str) -> None:
    values = {"str": "a", "object": "a", "Int64": 7, "float64": 0.25, "boolean": True}
    cells = pd.Series([values[kind], None], dtype=kind)
    written = components.as_csv(pd.DataFrame({"year": [2020, 2021], "cell": cells})).decode()
    said = {True: "true"}.get(values[kind], values[kind])
    assert written == f"year,cell\r\n2020,{said}\r\n2021,\r\n"


# Safe to open


def one_row(name: str) -> pd.DataFrame:
    return pd.DataFrame({"name": pd.Series([name], dtype="object"), "value": [-1.5]})


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
HOSTILE = st.builds(
    lambda start, rest: start + rest, st.sampled_from([*RISKY, "\n=", ' "=', ";=", "a;-1"]), WORDS
)


@given(st.one_of(HOSTILE, WORDS))
@example('=HYPERLINK("http://a.b","x")')
@example("harmless;=1+1")
@example('harmless;"=1+1"')
@example("\r\n@SUM(1)")
def test_no_cell_of_a_csv_file_begins_a_formula(name: str) -> None:
    made = components.as_csv(one_row(name)).decode()
    [head, [cell, number]] = csv.reader(io.StringIO(made, newline=""))
    assert head == ["name", "value"]
    assert not cell.startswith(RISKY)
    assert float(number) == -1.5, "a negative number is no text"
    # A spreadsheet that splits at semicolons, and knows no quotes, finds none either.
    for part in cell.replace("\r", ";").replace("\n", ";").replace("\t", ";").split(";"):
        assert not part.lstrip(' "').startswith(("=", "+", "-", "@"))
    assert cell.replace("'", "") == name.replace("'", ""), "nothing but apostrophes is added"


@given(WORDS)
def test_harmless_text_is_left_as_it_is(name: str) -> None:
    text = "a" + name.translate(dict.fromkeys(map(ord, ";\t\r\n"), " "))
    assert components.neutral(text) == text


def test_nothing_in_the_project_s_own_figures_needs_an_apostrophe(
    folder: Path, told: pd.DataFrame
) -> None:
    rows = pd.read_csv(folder / "components.csv", dtype=str, keep_default_na=False)
    for name, column in COLUMNS["components"].items():
        if column.type == "string":
            assert list(rows[name]) == list(told[name].fillna("")), name


@settings(max_examples=15)  # a workbook each
@given(HOSTILE)
@example("=1+1")
@example("http://example.org")
@example("{=1}")
def test_no_cell_of_the_workbook_is_a_formula_or_a_link(baerum: View, name: str) -> None:
    table = components.sources(baerum).head(1).assign(name_nb=name)
    made = as_workbook({"sources": table}, baerum)
    sheet = openpyxl.load_workbook(io.BytesIO(made))["sources"]
    cell = sheet.cell(2, 1 + list(COLUMNS["sources"]).index("name_nb"))
    assert cell.data_type == "s" and cell.hyperlink is None


def test_a_hostile_name_in_the_figures_reaches_no_spreadsheet_as_a_formula(
    data: Dataset, tmp_path: Path
) -> None:
    bent = data.kpis.assign(name_nb='=cmd|" /C calc"!A0', name_en="-1+1")
    components.write(dataclasses.replace(data, kpis=bent), "Bærum", "", tmp_path)
    rows = pd.read_csv(tmp_path / "components.csv").dropna(subset="kpi")
    assert set(rows["kpi_nb"]) == {'\'=cmd|" /C calc"!A0'}
    assert set(rows["kpi_en"]) == {"'-1+1"}
    book = openpyxl.load_workbook(tmp_path / "components.xlsx")
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    assert Package(tmp_path / "datapackage.json").validate().valid


# Whole, and the same


def test_the_same_figures_give_the_same_bytes(data: Dataset, folder: Path, tmp_path: Path) -> None:
    components.write(wb.load(data.path), "3201", "u4ssc", tmp_path, "f00d")
    assert contents(tmp_path) == contents(folder)


@pytest.mark.parametrize(
    ("file", "left"), list(zip(FILES.values(), [None, 99, None, 99], strict=True))
)
def test_a_file_that_is_gone_or_cut_short_is_made_again(
    data: Dataset, folder: Path, tmp_path: Path, file: str, left: int | None
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    whole = (copy / file).read_bytes()
    (copy / file).unlink()
    if left is not None:
        (copy / file).write_bytes(whole[:left])
    components.write(data, "Bærum", "", copy, "f00d")
    assert contents(copy) == contents(folder)


def test_a_file_that_cannot_be_written_leaves_no_description(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "3201-baerum" / "components.xlsx").mkdir(parents=True)
    with pytest.raises(OSError, match=r"components\.xlsx"):
        components.write(data, "3201", "", tmp_path / "3201-baerum")
    assert not (tmp_path / "3201-baerum" / "datapackage.json").exists(), "it would say all is there"


# The links in a brief


@pytest.mark.parametrize("code", languages())
def test_the_sources_end_with_links_to_the_files_beside_the_brief(data: Dataset, code: str) -> None:
    view = wb.view(data, "Trondheim", code)
    page = BeautifulSoup(pieces.sources(view, ["population"]), "html5lib")
    assert [str(link["href"]) for link in page.select("ul a")] == list(FILES.values())
    assert "Trondheim" in page.get_text() and "NC" in page.select("p")[-1].get_text()
