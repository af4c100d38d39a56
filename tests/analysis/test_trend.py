"""The yearly change of a series, against formulas written out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.tables import (
    BAERUM,
    NO_BREAKS,
    NONE,
    OSLO,
    SKIEN,
    about,
    figures,
    measures,
    series,
)
from workbench.analysis.trend import yearly_changes
from workbench.dataset import Dataset


def one(values: list[float], years: list[int] | None = None, **about: int) -> pd.Series:
    return yearly_changes(series(values, years), NO_BREAKS, measures(**about)).iloc[0]


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
        ([0.01, 0.02, 0.031, 0.04, 0.05], {}, "rising", "better"),
        ([0.05, 0.041, 0.03, 0.02, 0.01], {}, "falling", "worse"),
        ([0.01, 0.09, 0.02, 0.08, 0.03], {}, "unclear", ""),
        ([1.0, 2.0, 2.0, 1.0], {}, "short", ""),
        ([5.0, 5.0], {"window": 7}, "too few", ""),
        ([1.0, 2.0, 3.0], {"window": 7}, "short", ""),
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
    row = yearly_changes(series([1.0, 1, 1, 50, 51, 52, 53.5, 54]), breaks, measures()).iloc[0]
    assert row["n"] == 5 and row["first_year"] == 2013 and row["broken_at"] == 2013
    assert row["slope"] == pytest.approx(1.0)


def test_figures_that_all_lie_before_a_break_are_kept() -> None:
    breaks = pd.DataFrame({"measure": ["m"], "year": [2099]})
    row = yearly_changes(series([1.0, 2, 3]), breaks, measures()).iloc[0]
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
        yearly_changes(figures, data.breaks, data.measures),
        yearly_changes(shuffled, data.breaks, data.measures),
    )


def test_every_series_has_a_trend_of_its_own() -> None:
    known = {
        ("a", OSLO): ([2010, 2011, 2014, 2015, 2019, 2020], [3.0, 5, 4, 8, 9, 7]),
        ("a", SKIEN): ([2012, 2013, 2015, 2016, 2018, 2021], [9.0, 7.5, 8, 6, 4.5, 5]),
        ("b", OSLO): ([2009, 2010, 2012, 2013, 2017], [1.0, 4, 2, 6, 5.5]),
        ("b", SKIEN): ([2010, 2011, 2012, 2013, 2014, 2015, 2016], [4.0, 5, 7, 6, 8, 10, 9]),
    }
    parts = [
        series(values, years).assign(measure=measure, municipality=number)
        for (measure, number), (years, values) in known.items()
    ]
    mixed = pd.concat(parts, ignore_index=True).sample(frac=1, random_state=4)
    catalogue = pd.DataFrame([about(measure="b"), about(measure="a", direction=-1)])
    rows = yearly_changes(mixed, NO_BREAKS, catalogue, level=0.9).set_index(
        ["measure", "municipality"]
    )
    assert rows.index.tolist() == list(known)
    for key, (years, values) in known.items():
        row, n, span = rows.loc[key], len(years), years[-1] - years[0]
        slope = (values[-1] - values[0]) / span
        spread = 0.0
        for at in range(1, n):
            gap = years[at] - years[at - 1]
            spread += (values[at] - values[at - 1] - slope * gap) ** 2 / gap
        half = stats.t.ppf(0.95, n - 2) * np.sqrt(spread / (n - 2) / span)
        assert [row[c] for c in ("n", "first_year", "last_year")] == [n, years[0], years[-1]]
        assert [row[c] for c in ("first", "last")] == [values[0], values[-1]]
        assert [row[c] for c in ("slope", "low", "high")] == pytest.approx(
            [slope, slope - half, slope + half]
        )
        assert row["p"] == pytest.approx(stats.kendalltau(years, values, method="exact").pvalue)
        sen = stats.theilslopes(values, years, alpha=0.95)
        assert [row[c] for c in ("sen", "sen_low", "sen_high")] == pytest.approx(
            [sen.slope, sen.low_slope, sen.high_slope]
        )


def test_a_trend_has_the_status_of_its_newest_figure() -> None:
    known = series([1.0, 2.0, 3.0]).assign(status=["preliminary", None, None])
    assert yearly_changes(known, NO_BREAKS, measures())["status"].isna().all()
    known["status"] = [None, None, "preliminary"]
    assert yearly_changes(known, NO_BREAKS, measures())["status"].tolist() == ["preliminary"]


def test_the_newest_break_that_a_series_reaches_begins_its_level() -> None:
    breaks = pd.DataFrame({"measure": ["m", "m", "m", "other"], "year": [2018, 2014, 2012, 2016]})
    reached = figures(first=2010, n0301=[1.0] * 9, n4003=[1.0] * 8, n3201=[1.0] * 2)
    rows = yearly_changes(reached, breaks, measures()).set_index("municipality")
    assert rows["broken_at"].to_dict() == pytest.approx(
        {OSLO: 2018, SKIEN: 2014, BAERUM: NONE}, nan_ok=True
    )
    assert rows["first_year"].to_dict() == {OSLO: 2018, SKIEN: 2014, BAERUM: 2010}
    assert rows["n"].to_dict() == {OSLO: 1, SKIEN: 4, BAERUM: 2}
