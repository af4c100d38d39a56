"""Slopes pooled over municipalities: simulated truth comes back, and statsmodels agrees."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from workbench.analysis.regression.slopes import (
    Group,
    Spread,
    fitted,
    grouped,
    posterior,
    random_slopes,
)
from workbench.dataset import Dataset
from workbench.errors import UsageError

YEARS = np.arange(2014.0, 2021.0)
OUTCOMES = ["voter_turnout_storting", "tertiary_education_share", "low_income_share"]


def simulated(
    seed: int, slope: float, count: int = 350
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return figures, residents and true slopes: walk and noise smaller in large municipalities."""
    rng = np.random.default_rng(seed)
    residents = np.exp(rng.normal(8.8, 1.2, count))
    own = np.sqrt(10 / rng.chisquare(10, count))
    scale = own * (residents / np.exp(8.8)) ** -0.35
    true = slope * own * rng.normal(0, 1, count)
    walk = np.cumsum(rng.normal(0, 0.36, (count, len(YEARS))), axis=1)
    noise = rng.normal(0, 0.15, (count, len(YEARS)))
    level = rng.normal(30, 8, (count, 1))
    figures = level + true[:, None] * (YEARS - YEARS[0]) + scale[:, None] * (walk + noise)
    return figures, residents, true


def mixed_model(rows: pd.DataFrame) -> Any:
    """Return the random levels and slopes of statsmodels, by restricted likelihood."""
    rows = rows.sort_values(["municipality", "year"])
    level = np.ones(len(rows))
    model = MixedLM(
        rows["value"].to_numpy(),
        pd.DataFrame({"trend": rows["trend"].to_numpy(dtype=float), "const": level}),
        groups=rows["municipality"].to_numpy(),
        exog_re=np.column_stack([level, rows["year"] - rows["year"].mean()]),
    )
    return model.fit(reml=True, method=["powell", "lbfgs"])


def one_group(figures: np.ndarray, residents: np.ndarray) -> Group:
    (group,) = grouped(figures, YEARS, residents)
    return group


def test_the_spread_comes_back_from_simulated_series() -> None:
    figures, residents, _ = simulated(1, slope=0.12, count=2000)
    spread = fitted([one_group(figures, residents)])
    assert np.sqrt(spread.slope) == pytest.approx(0.12, abs=0.02)
    assert np.sqrt(spread.walk) == pytest.approx(0.36, abs=0.03)
    assert np.sqrt(spread.noise) == pytest.approx(0.15, abs=0.04)
    assert spread.size == pytest.approx(-0.7, abs=0.05)
    assert 6 < spread.tails < 18


@pytest.mark.parametrize("slope", [0.03, 0.12, 0.4])
def test_intervals_hold_as_often_as_they_say(slope: float) -> None:
    hits = []
    for seed in range(6):
        figures, residents, true = simulated(seed, slope)
        group = one_group(figures - figures.mean(axis=0), residents)
        found = posterior(group, fitted([group]))
        half = stats.t.ppf(0.975, found.freedom) * found.error
        hits.append(np.abs(found.slope - (true - true.mean())[group.rows]) <= half)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.03)


def test_where_no_slopes_differ_hardly_any_is_called_different() -> None:
    called = []
    for seed in range(6):
        figures, residents, _ = simulated(seed, slope=0.0)
        group = one_group(figures, residents)
        found = posterior(group, fitted([group]))
        called.append(np.abs(found.slope) > stats.t.ppf(0.975, found.freedom) * found.error)
        assert (found.error > 0).all(), "no interval closes"
    assert np.mean(called) < 0.005


def test_shrunk_slopes_lie_nearer_the_truth_than_own_ones() -> None:
    figures, residents, true = simulated(2, slope=0.1)
    group = one_group(figures, residents)
    own = (figures[:, -1] - figures[:, 0]) / 6
    shrunk = posterior(group, fitted([group])).slope
    assert np.abs(shrunk - true).mean() < 0.75 * np.abs(own - true).mean()


def test_without_walk_size_and_tails_it_is_the_mixed_model_of_statsmodels() -> None:
    """Random level and slope by restricted likelihood; levels far apart, so that they are free."""
    rng = np.random.default_rng(3)
    count = 150
    true = rng.normal(0, 0.3, count)
    figures = rng.normal(0, 100, (count, 1)) + true[:, None] * (YEARS - 2017)
    figures += rng.normal(0, 0.8, figures.shape)
    long = pd.DataFrame(figures, columns=YEARS.astype(int)).rename_axis("municipality").stack()
    long = long.rename_axis(["municipality", "year"]).rename("value").reset_index()
    long["trend"] = long["year"]
    mixed = mixed_model(long)
    common = mixed.fe_params["trend"] * (YEARS - 2017)
    group = one_group(figures - common, np.full(count, 1000.0))
    variance = float(np.asarray(mixed.cov_re)[1, 1])
    found = posterior(group, Spread(variance, 0.0, float(mixed.scale), 0.0, 1e7))
    theirs = np.array([effects.iloc[1] for effects in mixed.random_effects.values()])
    ours = np.empty(count)
    ours[group.rows] = found.slope
    np.testing.assert_allclose(ours, theirs, atol=0.01)
    assert fitted([group]).slope == pytest.approx(variance, rel=0.2)


def test_on_real_figures_the_mixed_model_puts_municipalities_in_nearly_the_same_order(
    data: Dataset,
) -> None:
    """Not with the same certainty: it takes years as unrelated and all sizes as equally noisy."""
    ours = random_slopes(data, "tertiary_education_share")
    rows = data.observations[data.observations["measure"] == ours.measure]
    rows = rows[rows["year"].isin(ours.years)]
    rows = rows[rows["municipality"].isin(ours.table["municipality"])]
    rows = rows[["municipality", "year", "value"]].assign(trend=rows["year"])
    rows["value"] -= rows.groupby("year")["value"].transform("mean")
    mixed = mixed_model(rows)
    theirs = [effects.iloc[1] for effects in mixed.random_effects.values()]
    table = ours.table.sort_values("municipality")
    assert stats.spearmanr(table["apart"], theirs).statistic > 0.9
    assert np.asarray(mixed.cov_re)[1, 1] > 2 * ours.spread**2


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 99), shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100))
def test_levels_are_irrelevant_and_units_only_scale(seed: int, shift: float, scale: float) -> None:
    figures, residents, _ = simulated(seed, slope=0.1, count=80)
    plain = posterior(one_group(figures, residents), Spread(0.01, 0.1, 0.02, -0.7, 10))
    moved = one_group(scale * figures + shift, residents)
    spread = Spread(0.01 * scale**2, 0.1 * scale**2, 0.02 * scale**2, -0.7, 10)
    np.testing.assert_allclose(posterior(moved, spread).slope, scale * plain.slope, rtol=1e-5)
    np.testing.assert_allclose(posterior(moved, spread).error, scale * plain.error, rtol=1e-6)


def test_figures_missing_here_and_there_are_read_by_their_years() -> None:
    """A straight line seen in some years has the slope of the whole line."""
    line = np.outer(np.linspace(-1, 1, 40), YEARS - 2017)
    gaps = line.copy()
    gaps[::2, [1, 2]] = np.nan
    spread = Spread(1.0, 1e-9, 1e-9, 0.0, 100)
    for figures in (line, gaps):
        slopes = np.empty(40)
        for group in grouped(figures, YEARS, np.full(40, 100.0)):
            slopes[group.rows] = posterior(group, spread).slope
        np.testing.assert_allclose(slopes, np.linspace(-1, 1, 40), atol=1e-4)


def test_municipalities_of_unknown_size_count_as_of_mean_size() -> None:
    figures, residents, _ = simulated(5, slope=0.1, count=50)
    residents[:5] = np.nan
    assert (one_group(figures, residents).size[:5] == 0).all()
    assert (one_group(figures, np.full(50, np.nan)).size == 0).all()


# Real figures


@pytest.mark.parametrize("measure", OUTCOMES)
def test_the_table_holds_together(data: Dataset, measure: str) -> None:
    found = random_slopes(data, measure)
    table = found.table
    assert table["municipality"].is_unique and (table["n"] >= 3).all()
    assert (table["low"] < table["change"]).all() and (table["change"] < table["high"]).all()
    np.testing.assert_allclose(table["change"] - table["apart"], found.typical)
    np.testing.assert_allclose(table["high"] - table["apart_high"], found.typical)
    ordered = table.sort_values("place")["change"]
    assert ordered.is_monotonic_decreasing and table["place"].min() == 1
    above, below = table["apart_low"] > 0, table["apart_high"] < 0
    assert (table["pace"] == np.select([above, below], ["above", "below"], "alike")).all()
    for row in table.iloc[[0, 100, -1]].itertuples():
        own = data.series(measure, row.municipality)
        own = own[own.index >= min(found.years)]
        span = own.index[-1] - own.index[0]
        assert (row.n, row.first_year, row.last_year) == (len(own), own.index[0], own.index[-1])
        assert row.observed == pytest.approx((own.iloc[-1] - own.iloc[0]) / span)


def test_the_typical_change_is_the_mean_of_the_changes(data: Dataset) -> None:
    found = random_slopes(data, "voter_turnout_storting")
    complete = found.table[found.table["n"] == 5]
    assert found.typical == pytest.approx(complete["observed"].mean(), abs=0.01)


def test_slopes_begin_at_the_newest_break(data: Dataset) -> None:
    found = random_slopes(data, "tertiary_education_share")
    assert found.years == tuple(range(2014, 2021))
    assert found.table["first_year"].min() == 2014


def test_noise_does_not_make_small_municipalities_fast(data: Dataset) -> None:
    """Of education some municipalities rise faster: larger ones, of which more is known."""
    found = random_slopes(data, "tertiary_education_share")
    residents = data.observations.query("measure == 'population' and year == 2020")
    size = found.table["municipality"].map(residents.set_index("municipality")["value"])
    fast = found.table["pace"] == "above"
    assert fast.sum() > 5
    assert size[fast].median() > 3 * size.median()
    widest = (found.table["high"] - found.table["low"]).groupby(pd.qcut(size, 4)).mean()
    assert widest.is_monotonic_decreasing


def test_the_order_of_municipalities_is_irrelevant(data: Dataset) -> None:
    mixed = replace(data, observations=data.observations.sample(frac=1, random_state=1))
    first, second = (random_slopes(one, "low_income_share") for one in (data, mixed))
    pd.testing.assert_frame_equal(first.table, second.table)


def test_slopes_are_compared_without_any_count_of_residents_too(data: Dataset) -> None:
    rows = data.observations[data.observations["measure"] == "low_income_share"]
    found = random_slopes(replace(data, observations=rows), "low_income_share")
    assert len(found.table) == len(random_slopes(data, "low_income_share").table)


def test_the_repr_counts_who_stands_out(data: Dataset) -> None:
    found = random_slopes(data, "tertiary_education_share")
    above = (found.table["pace"] == "above").sum()
    assert f"{above} above" in repr(found) and "2014 to 2020" in repr(found)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("low_incom_share", "is not a measure"),
        ("life_expectancy", "covers 7 years"),
        ("population", "grows with the size"),
        ("youth_neet_share", "0 municipalities have three figures"),
        ("overcrowded_dwelling_share", "15 municipalities have three figures"),
    ],
)
def test_what_has_no_slopes_to_compare_is_refused(data: Dataset, measure: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        random_slopes(data, measure)
