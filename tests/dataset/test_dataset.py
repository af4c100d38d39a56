"""The dataset: what one asks of it."""

import json
import multiprocessing
import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from project import leave_only

import workbench as wb
from workbench import dataset
from workbench.briefs.view import View
from workbench.dataset import DATA, Dataset, load, loading
from workbench.errors import DataError, MissingFigures, UsageError
from workbench.lab import display
from workbench.storage import cache


def test_a_series_is_values_by_year(data: Dataset) -> None:
    series = data.series("voter_turnout_storting", "Bærum")
    assert isinstance(series, pd.Series)
    assert series.name == "voter_turnout_storting"
    assert series.index.tolist() == [2009, 2013, 2017, 2021, 2025]
    assert series.loc[2025] == 86.2462


def test_a_series_is_the_same_by_any_name_of_the_municipality(data: Dataset) -> None:
    for wanted in ("3201", "0219", "3024", "baerum"):
        pd.testing.assert_series_equal(
            data.series("low_income_share", wanted), data.series("low_income_share", "Bærum")
        )


def test_a_series_without_figures_is_empty_and_says_why() -> None:
    data = wb.load()
    with pytest.warns(MissingFigures, match=r"^Bærum has no figures of ghg_emissions.* Others"):
        assert data.series("ghg_emissions_per_capita", "Bærum").empty


def test_that_is_said_once() -> None:
    data = wb.load()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(3):
            data.series("ghg_emissions_per_capita", "Bærum")
    (only,) = told
    assert only.filename == __file__, "the analyst's own line, not one of the package"


@pytest.mark.parametrize(
    ("measure", "place", "said"),
    [
        # Kept as published, under numbers that were split or merged since.
        (
            "measles_vaccination_age_16",
            "Haram",
            "Haram has no figures of measles_vaccination_age_16. Those for 2011 to 2016 are set "
            "aside: the municipality was split, so that its figure cannot be handed down. Others "
            "have figures for 2011 to 2016 (332 municipalities).",
        ),
        (
            "registered_unemployment_november",
            "Stavanger",
            "Stavanger has no figures of registered_unemployment_november. Those for 2015 to 2018 "
            "are set aside: a mean of merged municipalities needs weights, and the source gives "
            "none. Others have figures for 2015 to 2018 (313 municipalities).",
        ),
        ("measles_vaccination_age_16", "Bærum", ""),
    ],
)
def test_what_is_missing_is_said_with_its_reason(
    data: Dataset, measure: str, place: str, said: str
) -> None:
    assert data.missing(measure, place) == said


def test_what_is_said_to_be_missing_is_what_is_missing(data: Dataset) -> None:
    for measure in data.measures["measure"]:
        rows = data.observations[data.observations["measure"] == measure]
        for number in ("1580", "5055", "3201"):
            lacks = set(rows["year"]) - set(rows.loc[rows["municipality"] == number, "year"])
            assert bool(data.missing(measure, number)) == (bool(lacks) or rows.empty)


def test_a_name_goes_by_an_earlier_number_too(data: Dataset) -> None:
    assert (data.name("3201"), data.name("0219")) == ("Bærum", "Bærum")
    with pytest.raises(UsageError, match="9999 is not the number"):
        data.name("9999")


@pytest.mark.parametrize("ask", ["measure", "own", "aside", "peers_of"])
def test_a_view_refuses_what_is_no_measure(baerum: View, ask: str) -> None:
    with pytest.raises(UsageError, match="Did you mean voter_turnout_storting"):
        getattr(baerum, ask)("voter_turnout_stortin")
    if ask != "measure":
        assert getattr(baerum, ask)("ghg_emissions_per_capita").empty


def test_a_model_refuses_what_is_no_term_of_it(data: Dataset) -> None:
    model = wb.regress(data, "voter_turnout_storting ~ low_income_share")
    with pytest.raises(UsageError, match="Did you mean low_income_share"):
        model.partial("low_income_shar")


@pytest.mark.parametrize("wanted", ["voter_turnout", "low_incom_share"])
def test_a_misspelt_measure_is_refused_with_the_nearest(data: Dataset, wanted: str) -> None:
    with pytest.raises(UsageError, match="Did you mean .*(voter_turnout_local|low_income_share)"):
        data.series(wanted, "Bærum")


def test_coverage_has_a_row_per_kpi_and_counts_what_is_there(data: Dataset) -> None:
    coverage = data.coverage("3201").set_index("kpi")
    assert len(coverage) == 91
    turnout = coverage.loc["SC: SH: SI: 4C"]
    assert turnout["status"] == "direct"
    assert (turnout["years"], turnout["latest"]) == (2, 2023)
    income = coverage.loc["SC: SH: SI: 3C"]
    assert income["status"] == "direct"
    assert (income["years"], income["latest"]) == (5, 2022)
    assert coverage.loc["EN: EN: AQ: 2C", "status"] == "none"
    # Porsgrunn lies in Telemark, where the emissions are at hand.
    assert data.coverage("Porsgrunn").set_index("kpi").loc["EN: EN: AQ: 2C", "status"] == "direct"


def test_coverage_agrees_with_the_figures_for_every_kpi(data: Dataset) -> None:
    number = data.municipality("Skien")
    own = data.observations[data.observations["municipality"] == number]
    for row in data.coverage("Skien").itertuples():
        feeds = data.measures[data.measures["kpi"] == row.kpi]
        have = set(feeds.loc[feeds["measure"].isin(own["measure"]), "relation"])
        best = "direct" if "direct" in have else "proxy" if "proxy" in have else "none"
        assert row.status == best, row.kpi
        if best != "none":
            assert row.years == own.loc[own["measure"] == row.measure, "year"].nunique()


def test_groups_are_found_and_misspelt_ones_refused(data: Dataset) -> None:
    assert len(data.group("u4ssc")) == 12
    with pytest.raises(UsageError, match="Did you mean telemark"):
        data.group("telmark")


def test_peers_are_u4ssc_for_its_members_else_the_county(data: Dataset) -> None:
    assert data.default_group("Bærum") == "u4ssc"
    assert data.default_group("Skien") == "county-telemark"
    assert data.default_group("Oslo") == "u4ssc"  # alone in its county


def test_the_repr_shows_what_is_there(data: Dataset) -> None:
    text, page = repr(data), display.table(data)
    for piece in (f"{len(data.observations):,}", "284", "91", "357", "u4ssc"):
        assert piece in text and piece in page
    assert '<th scope="row"' in page


def test_load_takes_a_folder_and_refuses_one_without_data(tmp_path: Path) -> None:
    assert load(str(DATA)).is_own
    with pytest.raises(DataError):
        load(tmp_path)


def test_public_names_are_there_and_others_are_not() -> None:
    for name in wb.__all__:
        assert getattr(wb, name) is not None
        assert name in dir(wb)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wb.nothing  # noqa: B018


def test_outlines_are_there_for_every_municipality_and_hold_their_point(data: Dataset) -> None:
    """A ray from the point to the east crosses the outline an odd number of times."""
    outlines = data.outlines
    assert list(outlines["number"]) == sorted(data.municipalities["number"])
    for row in outlines.itertuples():
        crossings = 0
        for part in str(row.outline).removesuffix("z").split("z"):
            corners = np.array(re.findall(r"-?\d+", part), dtype=int).reshape(-1, 2).cumsum(axis=0)
            (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
            over = (y0 > row.y) != (y1 > row.y)
            with np.errstate(divide="ignore", invalid="ignore"):
                at = x0 + (row.y - y0) * (x1 - x0) / (y1 - y0)
            crossings += int((over & (at > row.x)).sum())
        assert crossings % 2 == 1, data.name(row.number)


@pytest.mark.parametrize(
    ("name", "x", "y"), [("Oslo", 2620, 66490), ("Tromsø", 6535, 77315), ("Utsira", -745, 66178)]
)
def test_outlines_lie_where_the_towns_are(data: Dataset, name: str, x: int, y: int) -> None:
    """The town itself, in units of 100 m in UTM zone 33, is within the municipality's bounds."""
    outline = data.outlines.set_index("number").at[data.municipality(name), "outline"]
    parts = [re.findall(r"-?\d+", part) for part in outline.removesuffix("z").split("z")]
    corners = [np.array(part, dtype=int).reshape(-1, 2).cumsum(axis=0) for part in parts]
    bounds = [(*part.min(axis=0), *part.max(axis=0)) for part in corners]
    assert any(left < x < right and low < y < high for left, low, right, high in bounds)


def test_outlines_are_read_when_a_map_is_drawn_and_refused_when_broken(
    data: Dataset, tmp_path: Path
) -> None:
    shutil.copy(DATA / "datapackage.json", tmp_path)
    text = (DATA / "geo" / "municipalities.csv").read_text(encoding="utf-8")
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "municipalities.csv").write_text(text.replace("z\n", "\n", 1), "utf-8")
    figures = replace(data, path=tmp_path)
    with pytest.raises(DataError, match=r"municipalities\.csv.*outline"):
        assert figures.outlines.empty


FEW = (
    *("population", "voter_turnout_storting", "low_income_share", "flat_share"),
    "tertiary_education_share",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of some of the figures, read once, so that all of them are kept."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    leave_only(copy, FEW)
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    wb.load(copy)
    return copy


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_is_read_again_when_a_file_changes(folder: Path) -> None:
    file = folder / "observations" / "low_income_share.csv"
    assert wb.load(folder).series("low_income_share", "Oslo").loc[2018] == 15.3
    edit(file, "0301,2018,15.3", "0301,2018,15.4")
    assert wb.load(folder).series("low_income_share", "Oslo").loc[2018] == 15.4
    edit(folder / "targets.csv", "low_income_share,,cut,50,", "low_income_share,,cut,40,")
    targets = wb.load(folder).targets.set_index("measure")
    assert targets.at["low_income_share", "value"] == 40


def test_what_one_does_with_a_dataset_is_not_seen_by_another(folder: Path) -> None:
    usual, mine = wb.load(folder), wb.load(folder)
    mine.observations.loc[:, "value"] = 0.0
    mine.targets.loc[0, "scope"] = "bent"
    mine.groups["more"] = 1
    for other in (usual, wb.load(folder)):
        assert (other.observations["value"] != 0).any()
        assert "bent" not in set(other.targets["scope"])
        assert "more" not in other.groups


def test_an_unchanged_folder_is_not_read_again_not_even_in_a_forked_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_load", lambda *_: pytest.fail("read again"))
    monkeypatch.setattr(loading, "read_catalogue", lambda *_: pytest.fail("read again"))
    shutil.rmtree(cache.FOLDER)
    first = wb.load(folder)

    def child() -> None:
        pd.testing.assert_frame_equal(wb.load(folder).observations, first.observations)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0


@pytest.mark.parametrize(
    ("reads", "file", "old", "new"),
    [
        ("read_catalogue", "targets.csv", "_share,,cut,50,", "_share,,cut,40,"),
        (
            "read_figures",
            "observations/low_income_share.csv",
            "0301,2018,15.3",
            "0301,2018,15.4",
        ),
    ],
)
def test_a_file_that_is_written_while_it_is_read_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, reads: str, file: str, old: str, new: str
) -> None:
    """And what stood there before is not taken for what stands there now when it is put back."""
    share = folder / "observations" / "low_income_share.csv"
    edit(share, "0301,2019,", "0301,2019,0")  # else nothing is read again
    edit(folder / "labels.csv", "\n", "\r\n")
    usual, change = getattr(loading, reads), [(old, new)]

    def meanwhile(*given: object) -> object:
        if change:
            edit(folder / file, *change.pop())
        return usual(*given)

    monkeypatch.setattr(loading, reads, meanwhile)

    def read() -> tuple[float, float]:
        data = wb.load(folder)
        aims = data.targets[data.targets["measure"] == "low_income_share"]
        return data.series("low_income_share", "Oslo").loc[2018], aims["value"].iloc[0]

    changed = read()
    assert not change and changed in ((15.4, 50), (15.3, 40))
    edit(folder / file, new, old)
    cache.memory.clear()
    assert read() == (15.3, 50)


FAULTS = {
    "a share of 183 %": ("voter_turnout_storting", "0219,2009,83.2054", "0219,2009,183.2"),
    "an unknown number": ("low_income_share", "0301,2018,15.3", "9998,2018,15.3"),
    "no ratio": ("tertiary_education_share", "0104,2011,30.8636", "0104,2011,3.1"),
    "letters": ("low_income_share", "0301,2018,15.3", "0301,2018,many"),
    "a cell too many": ("low_income_share", "0301,2018,15.3", "0301,2018,15.3,1"),
    "a row twice": ("low_income_share", "0301,2018,15.3", "0301,2018,15.3,,,\n0301,2018,15.3"),
}


@pytest.mark.parametrize("names", [[name] for name in FAULTS] + [list(FAULTS)[:3], list(FAULTS)])
def test_faults_are_named_as_when_all_is_read(folder: Path, names: list[str]) -> None:
    for measure, old, new in map(FAULTS.get, names):
        file = folder / "observations" / f"{measure}.csv"
        if old in file.read_text(encoding="utf-8"):
            edit(file, old, new)
    assert refused(wb.load, folder) == refused(loading.read_package, folder)


def test_faults_between_files_are_named_as_when_all_is_read(folder: Path) -> None:
    figures = folder / "observations"
    (figures / "flat_share.csv").rename(figures / "flats.csv")
    assert refused(wb.load, folder) == refused(loading.read_package, folder)
    edit(folder / "groups.csv", "u4ssc,3201", "u4ssc,3299")
    edit(figures / "low_income_share.csv", "0301,2018,15.3", "0301,2018,many")
    said = refused(wb.load, folder)
    assert said == refused(loading.read_package, folder)
    assert all(part in said for part in ("flat_share.csv", "flats.csv", "3299", "many"))
    edit(folder / "measures.csv", "population,", "people,")
    assert refused(wb.load, folder) == refused(loading.read_package, folder)


def refused(read: Callable[[Path], object], folder: Path) -> str:
    with pytest.raises(DataError) as error:
        read(folder)
    return str(error.value)


def test_another_history_reads_all_figures_again(folder: Path) -> None:
    rows = pd.read_csv(folder / "municipality_history.csv", dtype=str, keep_default_na=False)
    split = rows["split"].ne("yes") & (rows["number"] == "0219")
    assert split.any()
    before = len(wb.load(folder).set_aside)
    rows.loc[split, "split"] = "yes"
    rows.to_csv(folder / "municipality_history.csv", index=False)
    assert len(wb.load(folder).set_aside) > before


@pytest.mark.parametrize("named", [None, "as the commands name it"])
def test_a_package_without_its_project_says_that_a_clone_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.setattr(dataset, "DATA", tmp_path / "data")
    with pytest.raises(UsageError, match="without its figures.*Clone the project"):
        load(named and tmp_path / "data")


def test_a_folder_that_is_named_and_not_there_is_no_matter_of_a_clone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="datapackage.json.*is missing"):
        load(tmp_path / "nowhere")


def test_figures_without_an_optional_table_are_as_good(folder: Path) -> None:
    optional = ["responsible", "senders", "own_targets", "reported", "form", "considered"]
    usual = wb.load(folder)
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    described["resources"] = [r for r in described["resources"] if r["name"] not in optional]
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    data = wb.load(folder)
    for name in optional:
        table = getattr(data, name)
        assert list(table.columns) == list(getattr(usual, name).columns) and table.empty


@pytest.mark.parametrize("path", [3, b"data", ["data"]])
def test_what_is_no_name_of_a_folder_is_refused_with_a_sentence(path: object) -> None:
    with pytest.raises(UsageError, match="does not name a folder of figures. Name one as text"):
        load(path)  # type: ignore[arg-type]
