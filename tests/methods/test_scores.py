"""Scores of forecasts: published numbers, the formulas of the papers, and that honesty pays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.methods.scores import brier, interval_score, weighted_interval_score

number = st.floats(-1e6, 1e6)


def by_the_paper(actual: float, low: float, high: float, alpha: float) -> float:
    """Return equation 43 of Gneiting and Raftery (2007), case by case."""
    if actual < low:
        return high - low + 2 / alpha * (low - actual)
    if actual > high:
        return high - low + 2 / alpha * (actual - high)
    return high - low


@given(number, number, number, st.floats(0.01, 0.99))
def test_an_interval_score_is_width_and_penalty(
    actual: float, one: float, other: float, level: float
) -> None:
    low, high = sorted([one, other])
    found = interval_score(np.array([actual]), np.array([low]), np.array([high]), level=level)
    assert found[0] == pytest.approx(by_the_paper(actual, low, high, 1 - level), rel=1e-9)


def test_without_an_outcome_there_is_no_score() -> None:
    ends = np.array([0.0]), np.array([1.0])
    assert np.isnan(interval_score(np.array([np.nan]), *ends, level=0.8)).all()


def test_one_quantile_scores_as_published() -> None:
    """Hyndman and Athanasopoulos (2021), section 5.9: the 10 % quantile of a share price."""
    found = weighted_interval_score(np.array(741.84), np.array([744.54]), np.array([0.1]))
    assert float(found) == pytest.approx(4.86)


SHARES = np.array([0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975])


@given(number, st.lists(number, min_size=11, max_size=11))
def test_the_weighted_score_is_of_the_ranges_and_the_median(
    actual: float, values: list[float]
) -> None:
    """As Bracher et al. (2021) define it, with weights of a half, and of alpha / 2 for a range."""
    q = np.sort(values)
    total = abs(actual - q[5]) / 2
    for at in range(5):
        alpha = 2 * SHARES[at]
        total += alpha / 2 * by_the_paper(actual, q[at], q[10 - at], alpha)
    found = weighted_interval_score(np.array(actual), q, SHARES)
    assert float(found) == pytest.approx(total / 5.5, rel=1e-9)


def test_each_forecast_has_its_own_score() -> None:
    actual, quantiles = np.array([[1.0, 5.0]]), np.array([[[0.0, 4.0]], [[1.0, 4.0]], [[2.0, 7.0]]])
    found = weighted_interval_score(actual, quantiles, np.array([0.1, 0.5, 0.9]))
    # A range of 2 that held, then one of 3 with the median off by 1.
    np.testing.assert_allclose(found, [[0.2 / 2 * 2 / 1.5, (1 / 2 + 0.2 / 2 * 3) / 1.5]])


def test_whoever_states_what_is_true_scores_best_on_average() -> None:
    outcomes = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    means = {}
    for spread in (0.6, 0.9, 1.0, 1.1, 1.6):
        q = np.broadcast_to(spread * stats.norm.ppf(SHARES)[:, None], (11, len(outcomes)))
        range80 = interval_score(outcomes, q[2], q[8], level=0.8).mean()
        means[spread] = range80, weighted_interval_score(outcomes, q, SHARES).mean()
    for score in (0, 1):
        assert min(means, key=lambda spread, at=score: means[spread][at]) == 1.0


def test_many_quantiles_come_near_the_whole_distribution() -> None:
    """The score of a standard normal forecast of zero is 0.2337, as the closed form says."""
    shares = (np.arange(2001) + 0.5) / 2001
    found = weighted_interval_score(np.array(0.0), stats.norm.ppf(shares), shares)
    assert float(found) == pytest.approx(2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi), abs=1e-3)


def test_chances_are_scored_by_their_squared_distance() -> None:
    """Brier (1950): zero for what was certain and came, a quarter for an even chance."""
    assert brier([1.0, 0.0], [1, 0]) == 0
    assert brier([0.5, 0.5, 0.5], [1, 0, 1]) == 0.25
    assert brier([0.7, 0.2], [1, 1]) == pytest.approx((0.09 + 0.64) / 2)
    assert np.isnan(brier([], []))
