"""Trend, target and peers, against formulas written out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.assessment import assess, distance, peer_range, target_values, trend
from workbench.dataset import Dataset

NO_BREAKS = pd.DataFrame({"measure": [], "year": []})


def measures(direction: int = 1, window: int = 1, aggregation: str = "mean") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": ["m"],
            "direction": [direction],
            "window": [window],
            "aggregation": [aggregation],
        }
    )


def series(values: list[float], years: list[int] | None = None) -> pd.DataFrame:
    span = years or list(range(2010, 2010 + len(values)))
    return pd.DataFrame(
        {"measure": "m", "municipality": "0301", "year": span, "value": values, "status": None}
    )


def one(values: list[float], years: list[int] | None = None, **about: int) -> pd.Series:
    return trend(series(values, years), NO_BREAKS, measures(**about)).iloc[0]


def test_yearly_change_is_the_mean_change_with_its_t_interval() -> None:
    values = [10.0, 12.0, 11.0, 14.0, 15.0, 17.0]
    changes = np.diff(values)
    low, high = stats.t.interval(
        0.95, len(changes) - 1, loc=changes.mean(), scale=stats.sem(changes)
    )
    row = one(values)
    assert row["slope"] == pytest.approx(changes.mean())
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert (row["n"], row["first_year"], row["last_year"]) == (6, 2010, 2015)


def test_years_between_figures_count() -> None:
    """Every fourth year at the same pace is a quarter of the change a year, and as sure."""
    values = [80.0, 83.0, 82.0, 85.0, 87.0]
    yearly, fourth = one(values), one(values, [2009, 2013, 2017, 2021, 2025])
    for column in ("slope", "low", "high"):
        assert fourth[column] == pytest.approx(yearly[column] / 4)


@pytest.mark.parametrize(
    ("values", "about", "outcome", "reading"),
    [
        ([1.0], {}, "too few", ""),
        ([1.0, 2.0], {}, "too few", ""),
        ([1.0, 2.0, 3.0], {}, "short", ""),
        ([1.0, 2.0, 3.0, 4.0], {}, "short", ""),
        ([5.0, 5.0, 5.0, 5.0], {}, "unchanged", ""),
        ([1.0, 2.0, 3.1, 4.0, 5.0], {}, "rising", "better"),
        ([1.0, 2.0, 3.1, 4.0, 5.0], {"direction": -1}, "rising", "worse"),
        ([1.0, 2.0, 3.1, 4.0, 5.0], {"direction": 0}, "rising", "neutral"),
        ([5.0, 4.1, 3.0, 2.0, 1.0], {}, "falling", "worse"),
        ([5.0, 4.1, 3.0, 2.0, 1.0], {"direction": -1}, "falling", "better"),
        ([1.0, 9.0, 2.0, 8.0, 3.0], {}, "unclear", ""),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], {"window": 7}, "overlapping", ""),
    ],
)
def test_words_follow_the_evidence(
    values: list[float], about: dict[str, int], outcome: str, reading: str
) -> None:
    row = one(values, **about)
    assert (row["outcome"], row["reading"]) == (outcome, reading)
    assert pd.isna(row["slope"]) == (outcome == "too few")
    assert pd.isna(row["low"]) == (len(values) < 5 or outcome == "overlapping")


def test_a_trend_never_runs_across_a_break() -> None:
    breaks = pd.DataFrame({"measure": ["m", "m"], "year": [2013, 2099]})
    row = trend(series([1.0, 1, 1, 50, 51, 52, 53.5, 54]), breaks, measures()).iloc[0]
    assert row["n"] == 5 and row["first_year"] == 2013 and row["broken_at"] == 2013
    assert row["slope"] == pytest.approx(1.0)


def test_figures_that_all_lie_before_a_break_are_kept() -> None:
    breaks = pd.DataFrame({"measure": ["m"], "year": [2099]})
    row = trend(series([1.0, 2, 3]), breaks, measures()).iloc[0]
    assert row["n"] == 3 and pd.isna(row["broken_at"])


floats = st.lists(st.floats(-1e4, 1e4).map(lambda x: round(x, 3)), min_size=3, max_size=15)


@settings(deadline=None, max_examples=80)
@given(values=floats, shift=st.integers(-1000, 1000), scale=st.sampled_from([0.5, 2.0, 64.0]))
def test_shift_and_scale_of_a_series_shift_and_scale_the_answer(
    values: list[float], shift: int, scale: float
) -> None:
    plain, moved = one(values), one([scale * v + shift for v in values])
    for column in ("slope", "low", "high"):
        assert moved[column] == pytest.approx(
            scale * plain[column], rel=1e-6, abs=1e-6, nan_ok=True
        )


@settings(deadline=None, max_examples=80)
@given(values=floats)
def test_a_mirrored_series_has_the_mirrored_answer(values: list[float]) -> None:
    plain, mirrored = one(values), one([-v for v in values])
    other = {"rising": "falling", "falling": "rising", "better": "worse", "worse": "better"}
    assert mirrored["slope"] == -plain["slope"]
    assert mirrored["outcome"] == other.get(plain["outcome"], plain["outcome"])
    assert mirrored["reading"] == other.get(plain["reading"], plain["reading"])


def test_the_order_of_rows_and_municipalities_changes_nothing(data: Dataset) -> None:
    figures = data.observations[data.observations["measure"] == "tertiary_education_share"]
    shuffled = figures.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        trend(figures, data.breaks, data.measures), trend(shuffled, data.breaks, data.measures)
    )


def of(data: Dataset, number: str) -> pd.DataFrame:
    return data.observations[data.observations["municipality"] == number]


def test_a_cut_counts_from_its_base_year(data: Dataset) -> None:
    number = data.municipality("Skien")
    rows = target_values(data.targets, of(data, number)).set_index("measure")
    income = data.series("low_income_share", number)
    assert rows.at["low_income_share", "target"] == pytest.approx(income.loc[2018] / 2)
    emissions = data.observations.query(
        "measure == 'ghg_emissions_per_capita' and municipality == @number"
    ).set_index("year")
    tonnes, residents = emissions.at[2009, "numerator"], emissions["denominator"].iloc[-1]
    expected = 0.45 * tonnes / residents
    assert rows.at["ghg_emissions_per_capita", "target"] == pytest.approx(expected)


def test_a_cut_without_figures_for_its_base_year_is_left_out(data: Dataset) -> None:
    number = data.municipality("Heim")  # has no figure for 2018
    rows = target_values(data.targets, of(data, number))
    assert "low_income_share" not in set(rows["measure"])


def test_a_municipalitys_own_target_comes_first(data: Dataset) -> None:
    own = data.targets[data.targets["measure"] == "pm25_annual_mean"].iloc[[0]]
    own = own.assign(municipality="3201", value=4.0, basis_nb="Kommunestyret", primary="yes")
    targets = pd.concat([data.targets, own], ignore_index=True)
    here = target_values(targets, of(data, "3201")).query("measure == 'pm25_annual_mean'")
    assert here.loc[here["primary"] == "yes", "target"].tolist() == [4.0]
    there = target_values(targets, of(data, "3203"))
    assert 4.0 not in set(there["target"])


@pytest.mark.parametrize(
    ("direction", "last", "gap", "met"),
    [(1, 8.0, 2.0, False), (-1, 8.0, -2.0, True), (1, 10.0, 0.0, True)],
)
def test_the_gap_is_what_is_left_in_the_good_direction(
    direction: int, last: float, gap: float, met: bool
) -> None:
    series_of = {"measure": ["m"], "municipality": ["0301"]}
    latest = pd.DataFrame({**series_of, "last": [last], "last_year": [2024]})
    targets = pd.DataFrame({**series_of, "target": [10.0], "year": [2030]})
    row = distance(latest, targets, measures(direction=direction)).iloc[0]
    assert (row["gap"], row["met"]) == (gap, met)
    if met:
        assert pd.isna(row["required"])
    else:
        assert row["required"] == pytest.approx((10 - last) / 6)


def test_peers_of_a_sum_are_not_compared(data: Dataset) -> None:
    range_ = peer_range(data.observations, data.measures, data.group("u4ssc"))
    sums = data.measures.loc[data.measures["aggregation"] == "sum", "measure"]
    assert not set(range_["measure"]) & set(sums)
    rows = assess(data, "Bærum", data.group("u4ssc")).set_index("measure")
    assert rows.at["population", "peers"] == 0 and rows.at["population", "place"] == ""


def test_the_peers_range_is_that_of_their_figures(data: Dataset) -> None:
    peers = data.group("u4ssc")[1:]
    figures = data.observations.query(
        "measure == 'voter_turnout_storting' and year == 2025 and municipality in @peers"
    )["value"]
    row = (
        assess(data, "Bærum", data.group("u4ssc"))
        .set_index("measure")
        .loc["voter_turnout_storting"]
    )
    assert row["peers"] == len(figures) == 10
    assert (row["peers_low"], row["peers_median"], row["peers_high"]) == (
        figures.min(),
        figures.median(),
        figures.max(),
    )
    assert row["place"] == "better"


def test_an_assessment_has_one_row_for_every_measure_with_figures(data: Dataset) -> None:
    for name in ("Bærum", "Skien", "Heim"):
        number = data.municipality(name)
        rows = assess(data, number, data.group("u4ssc"))
        own = data.observations[data.observations["municipality"] == number]
        assert rows["measure"].is_unique
        assert set(rows["measure"]) == set(own["measure"])


def test_a_target_bent_in_memory_bends_the_assessment(data: Dataset) -> None:
    bent = data.targets.assign(value=data.targets["value"].where(data.targets["kind"] == "cut", 1))
    skien = data.municipality("Skien")
    plain = assess(data, skien, []).set_index("measure").loc["low_income_share"]
    cut = data.targets.assign(value=data.targets["value"].where(data.targets["kind"] != "cut", 5))
    eased = assess(replace(data, targets=cut), skien, []).set_index("measure")
    assert eased.at["low_income_share", "chance"] > plain["chance"]
    assert (assess(replace(data, targets=bent), skien, [])["target"] == 1).any()
