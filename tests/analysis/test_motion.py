"""How municipalities move: what simulated series with a known truth give back, and the sources."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, median, quantiles
from statistics import variance as sample_variance

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from workbench.analysis.motion import (
    INDICATORS,
    PEOPLE,
    Motion,
    motion,
    original,
    scale_of,
    scaled,
    takes_log,
)
from workbench.analysis.projection import project
from workbench.dataset import Dataset
from workbench.methods.shrinkage import shrunk_variances, standard_size

# What divides by zero on the way says nothing of it to the user.
pytestmark = pytest.mark.filterwarnings("error")

YEARS = np.arange(2010, 2022)
MISSING = np.nan


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


def uneven(
    seed: int, count: int = 24, years: int = 9, missing: float = 0.0, common: float = 0.3
) -> np.ndarray:
    """Return random walks that jump unevenly, with a share of the figures missing."""
    rng = np.random.default_rng(seed)
    jumps = rng.normal(0, rng.gamma(1.0, 1.0, (count, 1)), (count, years))
    together = rng.normal(common, 0.4, years)
    values = 50 + np.cumsum(rng.normal(0, 0.5, (count, 1)) + jumps + together, axis=1)
    values[rng.random(values.shape) < missing] = MISSING
    return values


#: Each series with a pace of its own, which goes on undamped.
STEADY = replace(PEOPLE, damping=1.0, widened=1.0)


def moves_of(
    values: np.ndarray, years: Sequence[int], log: bool = False, size: np.ndarray | None = None
) -> Motion:
    return motion(values, np.array(years), "log" if log else "plain", size, STEADY)


class Series:
    """One municipality as `restated` sees it: what its figures say apart from the common path."""

    def __init__(self, figures: dict[int, float], path: dict[int, float], size: float) -> None:
        own = [(b - a, figures[b] - figures[a] - path[b] + path[a]) for a, b in pairwise(figures)]
        self.size = size
        self.span = sum(gap for gap, _ in own)
        self.drift = sum(change for _, change in own) / self.span if own else 0.0
        self.scatter = sum((change - self.drift * gap) ** 2 / gap for gap, change in own)
        self.freedom = max(len(own) - 1, 0)
        self.variance = MISSING


def restated(
    z: np.ndarray, years: Sequence[int], size: Sequence[float] | None = None
) -> dict[str, float | list[float]]:
    """Return what `motion` estimates, one series at a time from the sources it names."""
    rows = [dict(zip(years, row, strict=True)) for row in z.tolist()]
    figures = [{year: v for year, v in row.items() if not math.isnan(v)} for row in rows]
    reached = sorted(set().union(*figures))
    changes = {}
    for a, b in pairwise(reached):
        both = [f[b] - f[a] for f in figures if a in f and b in f]
        if both:
            changes[a, b] = float(stats.trim_mean(both, PEOPLE.trimmed))
    total = sum(b - a for a, b in changes)
    typical = sum(changes.values()) / total if total else 0.0
    scatter = sum((c - typical * (b - a)) ** 2 / (b - a) for (a, b), c in changes.items())
    common_variance = scatter / max(len(changes) - 1, 1)
    doubt = common_variance / total if total else 0.0
    agreed = typical * max(0.0, 1 - doubt / typical**2) if typical else 0.0

    path = {reached[0]: 0.0}
    for a, b in pairwise(reached):
        path[b] = path[a] + changes.get((a, b), typical * (b - a))
    sizes = [MISSING] * len(z) if size is None else size
    series = [Series(f, path, n) for f, n in zip(figures, sizes, strict=True)]
    weight = smyth(series)

    drifting = [s for s in series if s.span]
    between = 0.0
    if len(drifting) >= 5:
        limit = quantiles([s.drift**2 for s in drifting], n=20, method="inclusive")[-1]
        seen = fmean(min(s.drift**2, limit) for s in drifting)
        noise = fmean(min(s.variance / s.span, limit) for s in drifting)
        between = max(0.0, seen - noise)
    trust = [between / (between + s.variance / s.span) if between and s.span else 0 for s in series]
    both_slopes = zip(trust, series, strict=True)
    return {
        "slope": [t * (typical + s.drift) + (1 - t) * agreed for t, s in both_slopes],
        "slope_variance": [between * (1 - t) for t in trust],
        "variance": [s.variance for s in series],
        "freedom": [weight + s.freedom for s in series],
        "common_variance": common_variance,
        "common_slope_variance": doubt,
    }


def smyth(series: list[Series]) -> float:
    """Give each series its shrunk variance; return the freedom that the typical one counts for."""
    fitted = [s for s in series if s.freedom]
    pooled = sum(s.scatter for s in fitted) / max(sum(s.freedom for s in fitted), 1)
    if len(fitted) < 5 or pooled == 0:
        for s in series:
            s.variance = (4 * pooled + s.scatter) / (4 + s.freedom)
        return 4.0
    e = [
        math.log(max(s.scatter / s.freedom, pooled * 1e-6))
        - special.digamma(s.freedom / 2)
        + math.log(s.freedom / 2)
        for s in fitted
    ]
    known = [s.size for s in series if s.size > 0]
    line, slope, logs = fmean(e), 0.0, dict.fromkeys(series, 0.0)
    if len(fitted) >= 20 and known:
        logs = {s: math.log(s.size if s.size > 0 else median(known)) for s in series}
        slope, line, *_ = stats.linregress([logs[s] for s in fitted], e)
    rest = [at - line - slope * logs[s] for at, s in zip(e, fitted, strict=True)]
    excess = sample_variance(rest) - fmean(special.polygamma(1, s.freedom / 2) for s in fitted)
    weight = 1000.0
    if excess > 0.001:
        weight = 2 * optimize.brentq(lambda x: special.polygamma(1, x) - excess, 0.05, 500)
    bias = special.digamma(weight / 2) - math.log(weight / 2)
    for s in series:
        typical = math.exp(line + slope * logs[s] + bias)
        s.variance = (weight * typical + s.scatter) / (weight + s.freedom)
    return weight


def assert_as_restated(
    values: np.ndarray, years: Sequence[int], size: Sequence[float] | None = None
) -> None:
    sizes = None if size is None else np.array(size)
    moves = moves_of(values, years, size=sizes)
    for name, expected in restated(values, years, size).items():
        found = getattr(moves, name)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-12, err_msg=name)


def test_the_parts_of_the_model_come_back_from_simulated_series() -> None:
    moves = moves_of(simulated(np.random.default_rng(1)), YEARS, log=False)
    assert np.median(moves.variance) == pytest.approx(1.0, rel=0.1)
    assert moves.slope.mean() == pytest.approx(0.5, abs=0.05)
    # True slopes spread by 0.2 and own means of 11 changes by 0.36; shrunk ones by less.
    assert 0.02 < moves.slope.std() < 0.2
    assert moves.common_variance.max() < 0.05


def test_shrunk_slopes_lie_nearer_the_truth_than_own_means() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(0.5, 0.2, (300, 1))
    values = np.cumsum(truth + rng.normal(0, 1, (300, len(YEARS))), axis=1)
    own = (values[:, -1] - values[:, 0]) / 11
    shrunk = moves_of(values, YEARS, log=False).slope
    assert np.abs(shrunk - truth[:, 0]).mean() < 0.6 * np.abs(own - truth[:, 0]).mean()


def test_a_series_alone_is_projected_by_its_own_mean_change() -> None:
    values = np.array([[10.0, 12, 11, 14, 15, 17]])
    moves = moves_of(values, YEARS[:6], log=False)
    # Alone, its change is the typical one too, and shrunk by how unsure that is.
    mean, spread = 1.4, np.var(np.diff(values[0]), ddof=1)
    agreed = 1 - (spread / 5) / mean**2
    centre, _ = moves.distribution(2020)
    assert centre[0] == pytest.approx(17 + 5 * mean * agreed)


def test_the_spread_grows_as_the_formula_says() -> None:
    moves = moves_of(simulated(np.random.default_rng(3)), YEARS, log=False)
    for h in (1, 4, 9):
        _, scale = moves.distribution(2021 + h)
        wander = PEOPLE.slope_change * sum(j**2 for j in range(1, h))
        expected = (moves.variance + moves.common_variance) * (h + wander)
        expected = expected + h**2 * (moves.slope_variance + moves.common_slope_variance)
        np.testing.assert_allclose(scale, np.sqrt(expected))


def test_quantiles_and_chances_are_two_sides_of_one_distribution() -> None:
    moves = moves_of(np.exp(simulated(np.random.default_rng(4)) / 20), YEARS, log=True)
    for share in (0.1, 0.5, 0.9):
        value = moves.quantile(2030, share)
        np.testing.assert_allclose(moves.chance_above(2030, value), 1 - share, atol=1e-9)


def test_a_target_of_zero_is_always_reached_on_logarithms() -> None:
    moves = moves_of(np.exp(simulated(np.random.default_rng(5)) / 20), YEARS, log=True)
    assert (moves.chance_above(2030, np.zeros(300)) == 1).all()


@settings(deadline=None, max_examples=25)
@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_shift_and_scale_of_all_series_shift_and_scale_the_projection(
    shift: float, scale: float, seed: int
) -> None:
    values = simulated(np.random.default_rng(seed), count=30)
    plain = moves_of(values, YEARS, log=False).distribution(2030)
    moved = moves_of(scale * values + shift, YEARS, log=False).distribution(2030)
    np.testing.assert_allclose(moved[0], scale * plain[0] + shift, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved[1], scale * plain[1], rtol=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99))
def test_mirrored_series_and_shuffled_municipalities_follow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = simulated(rng, count=30)
    order = rng.permutation(30)
    plain = moves_of(values, YEARS, log=False).distribution(2030)
    mirrored = moves_of(-values, YEARS, log=False).distribution(2030)
    shuffled = moves_of(values[order], YEARS, log=False).distribution(2030)
    np.testing.assert_allclose(mirrored[0], -plain[0], rtol=1e-9)
    np.testing.assert_allclose(mirrored[1], plain[1], rtol=1e-9)
    np.testing.assert_allclose(shuffled[0], plain[0][order], rtol=1e-9)


def test_gaps_are_years_not_steps() -> None:
    """Every fourth year of a straight line projects like every year of it."""
    line = np.add.outer(np.arange(30.0), 0.5 * (YEARS - 2010))
    gaps = line.copy()
    gaps[:, [1, 2, 3, 5, 6, 7]] = np.nan
    for values in (line, gaps):
        centre, _ = moves_of(values, YEARS, log=False).distribution(2030)
        np.testing.assert_allclose(centre, np.arange(30.0) + 10, rtol=1e-9)


def test_small_municipalities_jump_more_where_size_is_known() -> None:
    rng = np.random.default_rng(6)
    size = np.geomspace(300, 700_000, 300)
    values = 50 + np.cumsum(rng.normal(0, 30 / np.sqrt(size)[:, None], (300, len(YEARS))), axis=1)
    moves = moves_of(values, YEARS, False, size)
    ratio = np.log(moves.variance * size / 900)
    assert (
        np.abs(ratio).mean()
        < np.abs(np.log(moves_of(values, YEARS, False).variance * size / 900)).mean()
    )


def test_intervals_hold_as_often_as_they_say_on_what_they_assume() -> None:
    rng = np.random.default_rng(7)
    hits = []
    for _ in range(20):
        series = simulated(rng, count=200)
        moves = moves_of(series[:, :8], YEARS[:8], log=False)
        centre, scale = moves.distribution(YEARS[8])
        hits.append(np.abs(series[:, 8] - centre) <= scale * stats.t.ppf(0.9, moves.freedom))
    assert np.mean(hits) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("years", [range(2010, 2019), [2000, 2001, 2003, 2007, *range(2010, 2015)]])
def test_estimates_are_what_the_sources_say(
    seed: int, missing: float, years: Sequence[int]
) -> None:
    assert_as_restated(uneven(seed, missing=missing), years)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_estimates_from_few_series(count: int) -> None:
    drifting = uneven(1, count) + np.outer(3 * np.arange(count), range(9))
    assert_as_restated(drifting, range(9))
    assert (moves_of(drifting, YEARS[:9], False).slope_variance > 0).all() == (count >= 5)


def test_estimates_from_three_figures_of_one_series_and_two_of_another() -> None:
    assert_as_restated(np.array([[1.0, 2, 5], [4, 8, MISSING]]), range(3))


@pytest.mark.parametrize("years", [2, 3, 4])
def test_estimates_from_few_years(years: int) -> None:
    assert_as_restated(uneven(2, years=years), range(years))


@pytest.mark.parametrize("count", [20, 21, 24])
def test_variances_follow_size_from_twenty_series_on(count: int) -> None:
    values = uneven(3, count)
    values[0, 2:] = MISSING  # with one change it says nothing of variances
    assert_as_restated(values, range(9), np.geomspace(200, 90_000, count).tolist())


@pytest.mark.parametrize("size", [np.full(24, 5000.0), np.zeros(24)])
def test_sizes_that_do_not_differ_say_nothing(size: np.ndarray) -> None:
    values = uneven(4)
    alone = moves_of(values, YEARS[:9], False)
    np.testing.assert_allclose(moves_of(values, YEARS[:9], False, size).variance, alone.variance)


def test_on_one_straight_path_the_outcome_is_certain() -> None:
    values = np.arange(6.0) + np.arange(5.0)[:, None]
    moves = moves_of(values, np.arange(6), log=False)
    ahead = values[:, -1] + 1
    assert moves.chance_above(6, ahead).tolist() == [1] * 5
    assert moves.chance_above(6, ahead + 0.1).tolist() == [0] * 5
    assert np.isnan(moves.chance_above(6, np.full(5, MISSING))).all()


def test_an_unknown_size_counts_as_the_median() -> None:
    values, size = uneven(4), np.geomspace(200, 90_000, 24)
    size[[3, 7]] = MISSING, 0.0
    assert_as_restated(values, range(9), size.tolist())
    filled = np.where(size > 0, size, np.nanmedian(size[size > 0]))
    np.testing.assert_allclose(
        moves_of(values, YEARS[:9], False, size).variance,
        moves_of(values, YEARS[:9], False, filled).variance,
    )


def test_sizes_that_are_all_unknown_change_nothing() -> None:
    values = uneven(4)
    without = moves_of(values, YEARS[:9], False).variance
    np.testing.assert_array_equal(
        moves_of(values, YEARS[:9], False, np.full(24, MISSING)).variance, without
    )


def test_series_that_jump_alike_share_one_variance() -> None:
    # Ten changes of equal size with signs of their own leave nothing for Smyth's excess.
    signs = np.random.default_rng(5).permuted(np.tile([1.0, -1.0] * 5, (24, 1)), axis=1)
    values = np.cumsum(signs, axis=1)
    assert_as_restated(values, range(10))
    assert np.ptp(moves_of(values, YEARS[:10], False).variance) < 0.01


def test_the_more_alike_variances_are_the_more_weighs_the_typical_one() -> None:
    rng = np.random.default_rng(5)
    rough = rng.normal(0, rng.gamma(6.0, 1.0, (40, 1)), (40, 12)).cumsum(axis=1)
    assert_as_restated(rough, range(12))
    alike, unlike = (
        moves_of(rough, YEARS, False).freedom,
        moves_of(uneven(5), YEARS[:9], False).freedom,
    )
    assert alike.min() > unlike.max()


def test_a_flat_series_among_moving_ones_keeps_some_variance() -> None:
    # What is common is zero where half of the others mirror the rest.
    walks = uneven(6, 8)
    values = np.vstack([walks, 100 - walks, np.full((1, 9), 50.0)])
    assert_as_restated(values, range(9))
    assert moves_of(values, YEARS[:9], False).variance[-1] > 0


def test_series_on_one_path_have_no_variance_of_their_own() -> None:
    values = np.add.outer(np.arange(6.0), [0.0, 1, 3, 4])
    assert_as_restated(values, range(4))
    moves = moves_of(values, YEARS[:4], log=False)
    np.testing.assert_array_equal(moves.variance, 0)
    np.testing.assert_array_equal(moves.freedom, 4 + 2)
    # Changes of 1, 2 and 1: their mean, shrunk by the variance of it.
    mean, doubt = 4 / 3, (1 / 3) / 3
    np.testing.assert_allclose(moves.slope, mean - doubt / mean)


def test_logarithms_are_taken_before_anything_else() -> None:
    values = np.exp(uneven(7, missing=0.2) / 30)
    moves, plain = moves_of(values, YEARS[:9], log=True), moves_of(np.log(values), YEARS[:9], False)
    assert (moves.scale, plain.scale) == ("log", "plain")
    np.testing.assert_array_equal(moves.slope, plain.slope)
    np.testing.assert_array_equal(moves.last, plain.last)
    np.testing.assert_allclose(moves.quantile(2030, 0.3), np.exp(plain.quantile(2030, 0.3)))
    np.testing.assert_array_equal(original(np.array([0.0]), "log"), 1.0)


def test_one_that_builds_a_town_in_a_year_says_nothing_of_the_others() -> None:
    values = uneven(8, 20)
    town = values.copy()
    town[0, 4:] += 1e6
    before, after = (moves_of(v, YEARS[:9], False).common_variance for v in (values, town))
    assert after == pytest.approx(before, rel=0.5)


def test_a_typical_slope_of_few_standard_errors_counts_as_zero() -> None:
    # Changes of 1, -1, 2 and -1: their mean is far below its standard error.
    values = np.array([[5.0, 6, 5, 7, 6]])
    assert moves_of(values, YEARS[:5], log=False).slope == [0.0]


def test_years_without_any_figure_are_as_if_not_asked_for() -> None:
    values = uneven(9, missing=0.1)
    empty = np.insert(values, 4, MISSING, axis=1)
    years = [0, 1, 2, 3, 5, 6, 7, 8, 9]
    wider, narrower = (
        moves_of(empty, np.arange(10), False),
        moves_of(values, np.array(years), False),
    )
    np.testing.assert_array_equal(wider.slope, narrower.slope)
    np.testing.assert_array_equal(wider.variance, narrower.variance)


def test_between_years_that_none_has_both_of_the_typical_slope_stands_in() -> None:
    values = uneven(10, 12)
    values[:6, 4:], values[6:, :4] = MISSING, MISSING
    values[:3, 6] = 60.0, 61.0, 63.0
    assert_as_restated(values, range(9))


def test_series_of_no_figure_and_of_one_move_as_is_typical() -> None:
    values = uneven(11, common=3.0)
    values[0], values[1, 1:] = MISSING, MISSING
    assert_as_restated(values, range(9))
    moves = moves_of(values, YEARS[:9], log=False)
    assert list(moves.n[:3]) == [0, 1, 9]
    np.testing.assert_array_equal(moves.last[:3], [MISSING, values[1, 0], values[2, 8]])
    np.testing.assert_array_equal(moves.last_year[:3], [MISSING, 2010, 2018])
    assert moves.slope[0] == moves.slope[1] > 1


def test_single_figures_tell_of_no_slope() -> None:
    values = np.array([[1.0, MISSING], [MISSING, 5.0]])
    assert_as_restated(values, range(2))
    moves = moves_of(values, YEARS[:2], log=False)
    assert list(moves.slope) == [0, 0] and (moves.common_slope_variance == 0).all()


def test_nothing_is_projected_to_a_year_that_has_a_figure() -> None:
    values = uneven(12, 3)
    centre, scale = moves_of(values, YEARS[:9], False).distribution(np.array([2017, 2018, 2019]))
    assert list(np.isnan(centre)) == list(np.isnan(scale)) == [True, True, False]


def test_slopes_have_not_changed_within_the_first_year() -> None:
    moves = moves_of(uneven(13), YEARS[:9], log=False)
    _, scale = moves.distribution(2018.75)
    expected = 0.75 * (moves.variance + moves.common_variance)
    expected += 0.75**2 * (moves.slope_variance + moves.common_slope_variance)
    np.testing.assert_allclose(scale, np.sqrt(expected))


@pytest.mark.parametrize("log", [False, True])
def test_chances_and_quantiles_are_those_of_student(log: bool) -> None:
    moves = moves_of(uneven(14, 6), YEARS[:9], log)
    centre, scale = moves.distribution(2022)
    student = stats.t(moves.freedom, centre, scale)
    target = np.array([40.0, 45, 50, 55, 60, MISSING])
    aim = np.log(target) if log else target
    np.testing.assert_allclose(moves.chance_above(2022, target), student.sf(aim))
    low = np.exp(student.ppf(0.1)) if log else student.ppf(0.1)
    np.testing.assert_allclose(moves.quantile(2022, 0.1), low)


def test_only_on_logarithms_is_a_target_below_zero_reached_for_certain() -> None:
    values, below = np.exp(uneven(15, 6) / 50), np.full(6, -1.0)
    on_logarithms = moves_of(values, YEARS[:9], log=True)
    assert (on_logarithms.chance_above(2030, below) == 1).all()
    assert (on_logarithms.chance_above(2030, below + 1.5) < 1).all()
    assert (moves_of(values - 3, YEARS[:9], log=False).chance_above(2030, below) < 1).all()


def test_missing_figures_do_not_keep_logarithms_away() -> None:
    values = np.array([[MISSING, 2.0]])
    assert takes_log(values, 0, MISSING)
    assert not takes_log(values, -5, MISSING) and not takes_log(values, MISSING, MISSING)
    assert takes_log(np.array([[0.5]]), 0, MISSING)


@pytest.mark.parametrize(
    ("values", "lower", "upper", "expected"),
    [([[1.0, 2]], 0, np.nan, True), ([[0.0, 2]], 0, np.nan, False), ([[1.0, 2]], 0, 100, False)],
)
def test_logarithms_are_for_what_is_above_zero_and_has_no_ceiling(
    values: list[list[float]], lower: float, upper: float, expected: bool
) -> None:
    assert takes_log(np.array(values), lower, upper) is expected


def shared_alone(values: np.ndarray, size: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Return centre and spread three years ahead of indicators with a figure each year, by hand."""
    changes = np.diff(values, axis=1)
    count = np.full(len(values), float(changes.shape[1]))
    unit = np.sqrt(shrunk_variances((changes**2).sum(axis=1), count, size)[0])
    x = np.zeros(len(values)) if size is None else standard_size(size, count > 0)
    of_all, of_size = [], []
    for column in (changes / unit[:, None]).T:
        of_all.append(float(stats.trim_mean(column, INDICATORS.trimmed)))
        cut = np.clip(column, *np.quantile(column, [0.05, 0.95]))
        of_size.append(stats.linregress(x, cut).slope if x.any() else 0.0)

    def pace(years: list[float], prior: float) -> tuple[float, float, float]:
        mean, free = fmean(years), len(years) - 1
        squares = sum((year - mean) ** 2 for year in years)
        variance = (squares + prior * 0.15) / (free + prior)
        doubt = variance / len(years)
        return (max(0.0, 1 - doubt / mean**2) * mean if mean else 0.0), variance, doubt

    agreed, variance, doubt = pace(of_all, 2)
    tilt, tilt_variance, tilt_doubt = pace(of_size, 0)
    common = unit[:, None] * (np.array(of_all) + np.outer(x, of_size))
    own = shrunk_variances(((changes - common) ** 2).sum(axis=1), count, size)[0]
    slope = unit * (agreed + x * tilt)
    spread = 3 * (own + unit**2 * (variance + x**2 * tilt_variance))
    spread += 9 * unit**2 * (doubt + x**2 * tilt_doubt)
    reach = 0.85 + 0.85**2 + 0.85**3
    return values[:, -1] + reach * slope, np.sqrt(spread)


@pytest.mark.parametrize("size", [None, np.geomspace(400, 90_000, 30)])
def test_indicators_move_by_a_shared_pace_in_units_of_their_own(size: np.ndarray | None) -> None:
    values = uneven(31, 30, common=0.8)
    found = motion(values, YEARS[:9], "plain", size).distribution(2021)
    for one, other in zip(found, shared_alone(values, size), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7)


def test_a_damped_pace_gives_less_each_year() -> None:
    moves = motion(uneven(32, common=2.0), YEARS[:9], "plain")
    centres = [moves.distribution(2018 + h)[0] for h in range(1, 40)]
    steps = np.diff([moves.last, *centres], axis=0)
    np.testing.assert_allclose(steps, moves.slope * 0.85 ** np.arange(1, 40)[:, None], atol=1e-9)


def test_a_range_is_widened_and_a_chance_is_not() -> None:
    moves = motion(uneven(33), YEARS[:9], "plain")
    student = stats.t(3, *moves.distribution(2021))
    far = INDICATORS.widened * (student.ppf(0.9) - student.ppf(0.5))
    np.testing.assert_allclose(moves.quantile(2021, 0.9), student.ppf(0.5) + far)
    np.testing.assert_allclose(moves.chance_above(2021, student.ppf(0.9)), 0.1)


def test_several_shares_stand_along_an_axis_of_their_own() -> None:
    moves, years = motion(uneven(34, 5), YEARS[:9], "plain"), np.array([[2019.0], [2025.0]])
    found = moves.quantile(years, np.array([0.1, 0.5, 0.9]))
    assert found.shape == (3, 2, 5)
    np.testing.assert_allclose(found[2, 1], moves.quantile(2025, 0.9))


def test_a_municipality_of_zero_every_year_stays_at_zero() -> None:
    """Such as the share in urban settlements where there is none, while others rise."""
    rng = np.random.default_rng(35)
    values = np.cumsum(rng.gamma(2.0, 0.5, (40, 8)), axis=1)
    values[0], values[1] = 0.0, 100.0
    moves = motion(values, YEARS[:8], "plain")
    centre, _ = moves.distribution(2030)
    assert list(centre[:2]) == [0.0, 100.0]
    assert (centre[2:] > values[2:, -1]).all()


@pytest.mark.parametrize("name", ["ghg_waste_and_sewage", "ghg_heating", "ghg_shipping"])
def test_exploding_series_get_a_range_that_one_can_read(name: str, data: Dataset) -> None:
    """On logarithms the range of a source that all but stopped spans powers of ten."""
    rows = data.observations[data.observations["measure"].isin([name, "population"])]
    table = project(rows, data.measures, data.breaks)
    table = table[table["measure"] == name].set_index("municipality")
    most = rows[rows["measure"] == name].groupby("municipality")["value"].max()
    most = most[most > 100]  # tonnes
    table = table.loc[most.index]
    assert (table["high80"] <= 4 * most).all() and (table["projected"] <= 1.05 * most).all()


def test_measures_whose_logarithms_explode_are_projected_on_roots() -> None:
    calm = np.array([[10.0, 11, 12], [5, 5, 6]])
    wild = np.vstack([calm, [[1000.0, 10, 900]]])
    assert scale_of(calm, 0, MISSING) == "log" and scale_of(wild, 0, MISSING) == "root"
    assert scale_of(calm, 0, 100) == scale_of(calm - 5, 0, MISSING) == "plain"


def test_a_scale_undoes_itself_and_has_no_place_below_zero() -> None:
    values = np.array([0.25, 1.0, 9.0])
    for scale in ("plain", "log", "root"):
        np.testing.assert_allclose(original(scaled(values, scale), scale), values)
    assert list(scaled(np.array([-1.0, 0.0]), "root")) == [-np.inf, -np.inf]
    assert original(np.array([-2.0]), "root") == [0.0]
