"""Emissions by sector, the pace and the path: recounted from the figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.analysis import emissions
from workbench.analysis.outlook import round_to_uncertainty
from workbench.analysis.projection import project
from workbench.dataset import Dataset

SKIEN, SILJAN, PORSGRUNN, BAERUM = "4003", "4010", "4001", "3201"


def tonnes(data: Dataset, number: str) -> pd.DataFrame:
    """Return tonnes by year and sector, as the source has them."""
    rows = data.observations.query("municipality == @number")
    rows = rows[rows["measure"].str.startswith("ghg_") & (rows["measure"] != emissions.TOTAL)]
    return rows.pivot(index="year", columns="measure", values="value")


def newest(data: Dataset, number: str) -> pd.Series:
    rows = data.observations.query("municipality == @number and measure == @emissions.TOTAL")
    return rows.sort_values("year").iloc[-1]


def with_target(data: Dataset, **facts: object) -> Dataset:
    """Return the data where Skien has decided on a target of its own."""
    national = data.targets.query("measure == @emissions.TOTAL").iloc[0]
    own = national.to_dict() | {"municipality": SKIEN, "scope": "municipality"} | facts
    added = pd.DataFrame([own]).astype(data.targets.dtypes)
    return replace(data, targets=pd.concat([data.targets, added], ignore_index=True))


def with_tonnes(data: Dataset, values: dict[int, float]) -> Dataset:
    """Return the data where Skien emitted so many tonnes, with a thousand residents."""
    rows = data.observations
    own = (rows["measure"] == emissions.TOTAL) & (rows["municipality"] == SKIEN)
    series = pd.DataFrame({"year": list(values), "numerator": list(values.values())}).assign(
        measure=emissions.TOTAL, municipality=SKIEN, denominator=1000.0, origin="as published"
    )
    series = series.assign(value=series["numerator"] / 1000, sources=SKIEN)
    table = pd.concat([rows[~own], series], ignore_index=True)
    return replace(data, observations=table.astype(rows.dtypes))


# Sectors


@pytest.mark.parametrize("number", [SKIEN, SILJAN, PORSGRUNN])
def test_sectors_and_the_rest_make_the_total(data: Dataset, number: str) -> None:
    rows, last = emissions.sectors(data, number), newest(data, number)
    table = tonnes(data, number)
    sectors = rows[rows["size"] != "rest"].set_index("measure")
    assert set(sectors.index) == set(table.columns)
    for measure, row in sectors.iterrows():
        series = table[measure].dropna()
        assert (row["first"], row["last"]) == (series.iloc[0], series.iloc[-1])
        assert (row["first_year"], row["last_year"]) == (series.index[0], series.index[-1])
    of_now = rows[rows["last_year"] == last["year"]]
    assert of_now["last"].sum() == pytest.approx(last["numerator"])
    assert of_now["share"].sum() == pytest.approx(1)
    assert sectors["last"].is_monotonic_decreasing
    assert "rest" not in set(rows["measure"]), "the ten sectors are the total"


def test_what_no_sector_holds_is_a_row_of_its_own(data: Dataset) -> None:
    left_out = data.observations["measure"] == "ghg_fluorinated_gases"
    fewer = replace(data, observations=data.observations[~left_out])
    rows = emissions.sectors(fewer, SKIEN).set_index("measure")
    gases = tonnes(data, SKIEN)["ghg_fluorinated_gases"]
    assert rows.index[-1] == "rest"
    assert rows.loc["rest", "last"] == pytest.approx(gases[2024])


def test_no_change_is_stated_over_a_break(data: Dataset) -> None:
    """Shipping has one and the same value for all years from 2009 to 2016 in each municipality."""
    rows = data.observations[data.observations["measure"] == "ghg_shipping"]
    early = rows[rows["year"] <= 2016].groupby("municipality")["value"]
    assert (early.max() - early.min()).max() < 0.05
    row = emissions.sectors(data, PORSGRUNN).set_index("measure").loc["ghg_shipping"]
    assert row["first"] > 0 and np.isnan(row["change"])
    assert row["lately_from"] == 2019 and not np.isnan(row["lately"])


def test_a_decided_cut_is_told_by_what_is_left_of_it(data: Dataset) -> None:
    cut = emissions.decided_cut(data, "Asker")
    assert cut is not None
    assert (cut.change, cut.goal, cut.year, cut.goal_year) == (-45, -67, 2022, 2030)
    assert cut.needed == pytest.approx((-67 + 45) / 8)
    assert cut.so_far == pytest.approx(-45 / 13)
    assert emissions.decided_cut(data, SKIEN) is None


def test_changes_of_a_sector_are_those_of_its_figures(data: Dataset) -> None:
    row = emissions.sectors(data, SKIEN).set_index("measure").loc["ghg_road_traffic"]
    series = tonnes(data, SKIEN)["ghg_road_traffic"]
    assert row["change"] == pytest.approx(series[2024] / series[2009] - 1)
    assert row["lately_from"] == 2024 - emissions.LATELY == 2019
    assert row["lately"] == pytest.approx((series[2024] - series[2019]) / 5)


def test_zero_small_and_missing_are_told_apart(data: Dataset) -> None:
    siljan = emissions.sectors(data, SILJAN).set_index("measure")
    table = tonnes(data, SILJAN)
    zero = set(siljan.index[siljan["size"] == "zero"])
    assert zero == set(table.columns[table.max() < 0.5]) != set()
    porsgrunn = emissions.sectors(data, PORSGRUNN).set_index("measure")
    energy = porsgrunn.loc["ghg_energy_supply"]
    assert (energy["last_year"], energy["size"]) == (2023, "small")
    assert np.isnan(energy["share"]), "no figure for the year of the total, so no share"
    assert np.isnan(energy["change"]), "nothing is a per cent of zero"


def test_there_are_no_sectors_without_figures(data: Dataset) -> None:
    assert emissions.sectors(data, BAERUM).empty
    assert emissions.paces(data, BAERUM).empty
    assert emissions.pathway(data, BAERUM) is None


# Pace and path


@given(
    start=st.floats(0.1, 1e6),
    end=st.floats(0.1, 1e6),
    years=st.integers(1, 30),
)
def test_a_rate_leads_from_start_to_end(start: float, end: float, years: int) -> None:
    value = start
    for _ in range(years):
        value *= 1 + emissions.yearly_rate(start, end, years)
    assert value == pytest.approx(end, rel=1e-6)


@pytest.mark.parametrize(("start", "end", "years"), [(0, 1, 5), (1, 0, 5), (1, 2, 0)])
def test_from_or_to_zero_there_is_no_rate(start: float, end: float, years: int) -> None:
    assert np.isnan(emissions.yearly_rate(start, end, years))


def test_the_path_leads_from_the_newest_figure_to_the_target(data: Dataset) -> None:
    path, last = emissions.pathway(data, SKIEN), newest(data, SKIEN)
    assert path is not None
    rows = data.observations.query("municipality == @SKIEN and measure == @emissions.TOTAL")
    base = rows.set_index("year")["numerator"][2009]
    years = path.years.set_index("year")
    assert list(years.index) == list(range(2024, 2031))
    assert years.at[2024, "path"] == last["value"]
    assert years.at[2030, "path_tonnes"] == pytest.approx(0.45 * base)
    assert years.at[2030, "path"] == pytest.approx(0.45 * base / last["denominator"])
    assert years["cut"].sum() == pytest.approx(
        last["value"] * last["denominator"] - 0.45 * base, rel=1e-4
    )
    ratios = years["path"] / years["path"].shift()
    assert ratios.dropna().to_numpy() == pytest.approx(1 + path.required)
    series = rows.set_index("year")["numerator"]
    assert (1 + path.pace) ** 5 == pytest.approx(series[2024] / series[2019])
    assert years.at[2030, "same_pace"] == pytest.approx(last["value"] * (1 + path.pace) ** 6)


def test_the_projection_of_the_last_year_is_that_of_the_assessment(data: Dataset) -> None:
    path = emissions.pathway(data, SKIEN)
    assert path is not None
    own = wb.assess(data, SKIEN, []).set_index("measure").loc[emissions.TOTAL]
    end = path.years.iloc[-1]
    assert end["year"] == own["to_year"]
    for mine, theirs in (("low", "low80"), ("middle", "projected"), ("high", "high80")):
        assert end[mine] == pytest.approx(own[theirs])
    assert (path.years["low"] <= path.years["middle"]).all()
    assert (path.years["high"] - path.years["low"]).is_monotonic_increasing


def test_a_target_that_the_municipality_decided_goes_before_the_national_one(
    data: Dataset,
) -> None:
    bent = with_target(data, value=80.0)
    own, national = emissions.pathway(bent, SKIEN), emissions.pathway(data, SKIEN)
    assert own is not None and national is not None
    assert own.target["own"] and not national.target["own"]
    assert own.target["target"] == pytest.approx(national.target["target"] * 20 / 45)
    assert own.required < national.required
    neighbour = emissions.pathway(bent, SILJAN)
    assert neighbour is not None and not neighbour.target["own"]


def test_a_target_per_resident_is_measured_by_the_pace_per_resident(data: Dataset) -> None:
    found = emissions.paces(data, SKIEN).loc["lately"]
    assert found["tonnes"] != pytest.approx(found["per_resident"])
    for of, column in (("value", "per_resident"), ("numerator", "tonnes")):
        path = emissions.pathway(with_target(data, of=of), SKIEN)
        assert path is not None and path.pace == found[column]


@pytest.mark.parametrize(
    ("level", "enough"), [(2.5, "met"), (2.0, "enough"), (1.3, "slow"), (0.0, "zero")]
)
def test_the_pace_is_enough_or_it_is_not(data: Dataset, level: float, enough: str) -> None:
    path = emissions.pathway(with_target(data, kind="level", value=level), SKIEN)
    assert path is not None and path.enough == enough
    assert np.isnan(path.required) == (enough in ("met", "zero"))
    if enough == "met":
        assert set(path.years["path"]) == {level} and path.years["cut"].isna().all()


def test_the_path_to_zero_is_the_same_cut_each_year(data: Dataset) -> None:
    path = emissions.pathway(with_target(data, kind="level", value=0.0), SKIEN)
    assert path is not None
    assert path.years["path"].iloc[-1] == 0
    assert path.years["cut"].dropna().nunique() <= 6
    assert np.ptp(path.years["cut"].dropna()) < 1e-6


@pytest.mark.parametrize(
    ("last", "enough"), [(110.0, "rising"), (100.0, "still"), (99.0, "slow"), (40.0, "met")]
)
def test_the_word_follows_the_figures(data: Dataset, last: float, enough: str) -> None:
    values = {2009: 100.0, 2019: 100.0, 2021: 103.0, 2024: last}
    path = emissions.pathway(with_tonnes(data, values), SKIEN)
    assert path is not None and path.enough == enough


def test_without_a_year_ahead_there_is_no_path(data: Dataset) -> None:
    assert emissions.pathway(with_target(data, year=2024), SKIEN) is None
    assert emissions.pathway(with_target(data, year=pd.NA), SKIEN) is None


def test_lately_is_five_years_or_the_nearest_longer_span(data: Dataset) -> None:
    gap = with_tonnes(data, {2009: 100.0, 2016: 90.0, 2021: 80.0, 2024: 70.0})
    lately = emissions.paces(gap, SKIEN).loc["lately"]
    assert (lately["from_year"], lately["to_year"]) == (2016, 2024)
    assert (1 + lately["tonnes"]) ** 8 == pytest.approx(70 / 90)
    one = with_tonnes(data, {2024: 70.0})
    assert emissions.paces(one, SKIEN).empty and emissions.pathway(one, SKIEN) is None


def test_what_is_ahead_of_all_is_what_is_ahead_of_each(data: Dataset) -> None:
    kinds = data.observations["measure"].isin([emissions.TOTAL, "population"])
    table = project(data.observations[kinds], data.measures, data.breaks, 2028)
    alone = table.query("measure == @emissions.TOTAL").set_index("municipality")
    exact = round_to_uncertainty(alone[["projected", "low80", "high80", "low95", "high95"]])
    ahead = emissions.ahead(data).query("to_year == 2028").set_index("municipality")
    assert ahead["middle"].equals(exact["projected"].rename("middle"))
    assert emissions.projected(data, SKIEN, [2028]).at[2028, "low"] == exact.at[SKIEN, "low80"]


def test_a_later_target_lets_more_years_be_ahead(data: Dataset) -> None:
    bent = with_target(data, year=2035)
    assert emissions.ahead(data)["to_year"].max() == 2030
    path = emissions.pathway(bent, SKIEN)
    assert path is not None and path.years["year"].iloc[-1] == 2035
    assert path.years["middle"].notna().all()
