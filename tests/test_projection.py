"""Projections: what a rule must hold, and what simulated series with a known truth give back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.dataset import Dataset
from workbench.projection import SLOPE_CHANGE, WIDENED, levels, motion, project, takes_log

YEARS = np.arange(2010, 2022)


def simulated(
    rng: np.random.Generator,
    count: int = 300,
    slope: float = 0.5,
    own: float = 0.2,
    jump: float = 1.0,
) -> np.ndarray:
    """Return random walks whose slopes spread around a typical one."""
    slopes = rng.normal(slope, own, (count, 1))
    steps = slopes + rng.normal(0, jump, (count, len(YEARS)))
    return 50 + np.cumsum(steps, axis=1)


def test_the_parts_of_the_model_come_back_from_simulated_series() -> None:
    moves = motion(simulated(np.random.default_rng(1)), YEARS, log=False)
    assert np.median(moves.variance) == pytest.approx(1.0, rel=0.1)
    assert moves.slope.mean() == pytest.approx(0.5, abs=0.05)
    # True slopes spread by 0.2 and own means of 11 changes by 0.36; shrunk ones by less.
    assert 0.02 < moves.slope.std() < 0.2
    assert moves.common_variance < 0.05


def test_shrunk_slopes_lie_nearer_the_truth_than_own_means() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(0.5, 0.2, (300, 1))
    values = np.cumsum(truth + rng.normal(0, 1, (300, len(YEARS))), axis=1)
    own = (values[:, -1] - values[:, 0]) / 11
    shrunk = motion(values, YEARS, log=False).slope
    assert np.abs(shrunk - truth[:, 0]).mean() < 0.6 * np.abs(own - truth[:, 0]).mean()


def test_a_series_alone_is_projected_by_its_own_mean_change() -> None:
    values = np.array([[10.0, 12, 11, 14, 15, 17]])
    moves = motion(values, YEARS[:6], log=False)
    # Alone, its change is the typical one too, and shrunk by how unsure that is.
    mean, spread = 1.4, np.var(np.diff(values[0]), ddof=1)
    agreed = 1 - (spread / 5) / mean**2
    centre, _ = moves.distribution(2020)
    assert centre[0] == pytest.approx(17 + 5 * mean * agreed)


def test_the_spread_grows_as_the_formula_says() -> None:
    moves = motion(simulated(np.random.default_rng(3)), YEARS, log=False)
    for h in (1, 4, 9):
        _, scale = moves.distribution(2021 + h)
        wander = SLOPE_CHANGE * sum(j**2 for j in range(1, h))
        expected = (moves.variance + moves.common_variance) * (h + wander)
        expected = expected + h**2 * (moves.slope_variance + moves.common_slope_variance)
        np.testing.assert_allclose(scale, WIDENED * np.sqrt(expected))


def test_quantiles_and_chances_are_two_sides_of_one_distribution() -> None:
    moves = motion(np.exp(simulated(np.random.default_rng(4)) / 20), YEARS, log=True)
    for share in (0.1, 0.5, 0.9):
        value = moves.quantile(2030, share)
        np.testing.assert_allclose(moves.chance_above(2030, value), 1 - share, atol=1e-9)


def test_a_target_of_nought_is_always_reached_on_logarithms() -> None:
    moves = motion(np.exp(simulated(np.random.default_rng(5)) / 20), YEARS, log=True)
    assert (moves.chance_above(2030, np.zeros(300)) == 1).all()


@settings(deadline=None, max_examples=25)
@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_shift_and_scale_of_all_series_shift_and_scale_the_projection(
    shift: float, scale: float, seed: int
) -> None:
    values = simulated(np.random.default_rng(seed), count=30)
    plain = motion(values, YEARS, log=False).distribution(2030)
    moved = motion(scale * values + shift, YEARS, log=False).distribution(2030)
    np.testing.assert_allclose(moved[0], scale * plain[0] + shift, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved[1], scale * plain[1], rtol=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99))
def test_mirrored_series_and_shuffled_municipalities_follow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = simulated(rng, count=30)
    order = rng.permutation(30)
    plain = motion(values, YEARS, log=False).distribution(2030)
    mirrored = motion(-values, YEARS, log=False).distribution(2030)
    shuffled = motion(values[order], YEARS, log=False).distribution(2030)
    np.testing.assert_allclose(mirrored[0], -plain[0], rtol=1e-9)
    np.testing.assert_allclose(mirrored[1], plain[1], rtol=1e-9)
    np.testing.assert_allclose(shuffled[0], plain[0][order], rtol=1e-9)


def test_gaps_are_years_not_steps() -> None:
    """Every fourth year of a straight line projects like every year of it."""
    line = np.add.outer(np.arange(30.0), 0.5 * (YEARS - 2010))
    gaps = line.copy()
    gaps[:, [1, 2, 3, 5, 6, 7]] = np.nan
    for values in (line, gaps):
        centre, _ = motion(values, YEARS, log=False).distribution(2030)
        np.testing.assert_allclose(centre, np.arange(30.0) + 10, rtol=1e-9)


def test_small_municipalities_jump_more_where_size_is_known() -> None:
    rng = np.random.default_rng(6)
    size = np.geomspace(300, 700_000, 300)
    values = 50 + np.cumsum(rng.normal(0, 30 / np.sqrt(size)[:, None], (300, len(YEARS))), axis=1)
    moves = motion(values, YEARS, False, size)
    ratio = np.log(moves.variance * size / 900)
    assert (
        np.abs(ratio).mean()
        < np.abs(np.log(motion(values, YEARS, False).variance * size / 900)).mean()
    )


def test_intervals_hold_as_often_as_they_say_on_what_they_assume() -> None:
    rng = np.random.default_rng(7)
    hits = []
    for _ in range(20):
        series = simulated(rng, count=200)
        moves = motion(series[:, :8], YEARS[:8], log=False)
        centre, scale = moves.distribution(YEARS[8])
        hits.append(np.abs(series[:, 8] - centre) <= scale * stats.t.ppf(0.9, moves.freedom))
    assert np.mean(hits) == pytest.approx(0.8, abs=0.04)


def test_projections_stay_within_bounds_and_are_ordered(data: Dataset) -> None:
    table = project(data.observations, data.measures, data.breaks)
    steps = table[["low95", "low80", "projected", "high80", "high95"]].to_numpy()
    assert (np.diff(steps, axis=1) >= -1e-9).all()
    bounds = data.measures.set_index("measure").loc[table["measure"]]
    upper = bounds["upper_bound"].fillna(np.inf).to_numpy()
    assert (steps[:, -1] <= upper).all() and (steps[:, 0] >= -1e-9).all()


def test_every_series_with_three_figures_on_its_level_is_projected(data: Dataset) -> None:
    table = project(data.observations, data.measures, data.breaks, 2030)
    for measure, grid in levels(data.observations, data.breaks):
        enough = grid.index[grid.notna().sum(axis=1) >= 3]
        assert set(table.loc[table["measure"] == measure, "municipality"]) == set(enough)


@pytest.mark.parametrize(
    ("values", "lower", "upper", "expected"),
    [([[1.0, 2]], 0, np.nan, True), ([[0.0, 2]], 0, np.nan, False), ([[1.0, 2]], 0, 100, False)],
)
def test_logarithms_are_for_what_is_above_nought_and_has_no_ceiling(
    values: list[list[float]], lower: float, upper: float, expected: bool
) -> None:
    assert takes_log(np.array(values), lower, upper) is expected


def test_levels_begin_at_the_newest_break_that_figures_reach() -> None:
    figures = pd.DataFrame(
        {"measure": "m", "municipality": "0301", "year": [2012, 2013, 2014], "value": [1.0, 2, 3]}
    )
    breaks = pd.DataFrame({"measure": ["m", "m"], "year": [2014, 2099]})
    ((_, grid),) = levels(figures, breaks)
    assert list(grid.columns) == [2014]
