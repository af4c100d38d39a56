"""The dataset: what one asks of it."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.dataset import DATA, Dataset, load
from workbench.errors import DataError, UsageError


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


def test_a_series_without_figures_is_empty(data: Dataset) -> None:
    assert data.series("ghg_emissions_per_capita", "Bærum").empty


@pytest.mark.parametrize("wanted", ["voter_turnout", "low_incom_share"])
def test_a_misspelt_measure_is_refused_with_the_nearest(data: Dataset, wanted: str) -> None:
    with pytest.raises(UsageError, match="Did you mean .*(voter_turnout_local|low_income_share)"):
        data.series(wanted, "Bærum")


def test_coverage_has_a_row_per_kpi_and_counts_what_is_there(data: Dataset) -> None:
    coverage = data.coverage("3201").set_index("kpi")
    assert len(coverage) == 91
    turnout = coverage.loc["SC: SH: SI: 4C"]
    assert turnout["status"] == "proxy"
    assert (turnout["years"], turnout["latest"]) == (5, 2025)
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
    assert len(data.group("u4ssc")) == 11
    with pytest.raises(UsageError, match="Did you mean telemark"):
        data.group("telmark")


def test_peers_are_u4ssc_for_its_members_else_the_county(data: Dataset) -> None:
    assert data.default_group("Bærum") == "u4ssc"
    assert data.default_group("Skien") == "county-telemark"
    assert data.default_group("Oslo") == "u4ssc"  # alone in its county


def test_the_repr_shows_what_is_there(data: Dataset) -> None:
    text, page = repr(data), data._repr_html_()
    for piece in (f"{len(data.observations):,}", "64", "91", "357", "u4ssc"):
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
