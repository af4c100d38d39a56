"""Where a series is heading: the distribution of its value in later years, for all at once.

A measure's figures move together and apart. Together: a common change each year, whose mean is
the measure's typical slope. Apart: each municipality drifts from that by an amount of its own,
known the better the more years it has, and jumps from year to year by an amount of its own.
A projection starts from the last value. Its slope is the municipality's own, shrunk towards the
typical one by how little its few years can say (empirical Bayes), and the typical slope is shrunk
towards zero by how far its years disagree (`CLEAR`). The spread holds what is not known of
either slope, the common and the own jumps, and that slopes change: the further ahead, the more.

Sources: empirical Bayes slopes, Efron and Morris (1975); shrunk variances, Smyth (2004); the
shrinking of the typical slope, James and Stein (1961). How often its intervals held is measured
in `backtest`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from workbench.methods import distributions

#: A series needs this many figures on one level.
MINIMUM = 3

#: A chance is stated from so many figures on.
ENOUGH = 5

#: How much of the yearly variance the slope itself changes by in a year. Without it intervals
#: four years ahead are too narrow; `backtest` shows the coverage that it gives.
SLOPE_CHANGE = 0.2

#: Intervals from so few years are a little too narrow even so; see `backtest`.
WIDENED = 1.03

#: Share of the municipalities cut from each end of a year's changes before their mean is called
#: typical: one that builds a town in a year says nothing of the others.
TRIMMED = 0.1

#: A typical slope of fewer standard errors than this counts as zero, one of more as the part
#: that is left: few years say little of what is common to all.
CLEAR = 1.5

Matrix = np.ndarray


@dataclass(frozen=True)
class Motion:
    """How the municipalities of one measure move; arrays have one value per municipality.

    Values are in the unit of the measure, or its logarithm where `log` is set.

    Attributes
    ----------
    last, last_year, n : array
        Newest value, its year (as a number) and the count of figures.
    slope, slope_variance : array
        Change per year, and how uncertain it is.
    variance : array
        Of the own yearly change around the slope.
    freedom : array
        Degrees of freedom of that variance.
    common_variance, common_slope_variance : float
        Of the common yearly change, and of its mean.
    log : bool
    """

    last: Matrix
    last_year: Matrix
    n: Matrix
    slope: Matrix
    slope_variance: Matrix
    variance: Matrix
    freedom: Matrix
    common_variance: float
    common_slope_variance: float
    log: bool

    def distribution(self, year: float | Matrix) -> tuple[Matrix, Matrix]:
        """Return centre and scale of the Student t distribution in `year`, before any logarithm.

        Shapes follow `last`; the year of the newest figure and those before it give NaN.
        """
        h = np.where(year - self.last_year > 0, year - self.last_year, np.nan)
        wandering = SLOPE_CHANGE * (h - 1).clip(0) * h * (2 * h - 1) / 6
        spread = (self.variance + self.common_variance) * (h + wandering)
        unknown = h**2 * (self.slope_variance + self.common_slope_variance)
        return self.last + h * self.slope, WIDENED * np.sqrt(spread + unknown)

    def quantile(self, year: float | Matrix, share: float) -> Matrix:
        """Return the value that the figure stays under with probability `share`."""
        centre, scale = self.distribution(year)
        return self.original(centre + scale * student_quantile(share, self.freedom))

    def chance_above(self, year: float | Matrix, target: Matrix) -> Matrix:
        """Return the probability that the figure in `year` is at least `target`."""
        centre, scale = self.distribution(year)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Zero or less is always exceeded on logarithms; a missing target stays missing.
            aim = np.log(np.where(target <= 0, 0.0, target)) if self.log else target
            chance = distributions.t_sf((aim - centre) / scale, self.freedom)
        # A straight path of all municipalities leaves no spread to divide by.
        certain = (scale == 0) & ~np.isnan(aim)
        return np.where(certain, np.where(centre >= aim, 1.0, 0.0), chance)

    def original(self, values: Matrix) -> Matrix:
        """Return values in the unit of the measure."""
        return np.exp(values) if self.log else values


def student_quantile(share: float, freedom: Matrix) -> Matrix:
    """Return the quantiles of Student's t; of few different degrees of freedom, so each once."""
    different, of = np.unique(freedom, return_inverse=True)
    return distributions.t_ppf(share, different)[of]


def motion(values: Matrix, years: Matrix, log: bool, size: Matrix | None = None) -> Motion:
    """Return how the series of one measure move.

    Parameters
    ----------
    values : array, municipalities x years
        On one level (no break between columns); missing where there is no figure.
    years : array
        Ascending; gaps are allowed.
    log : bool
        Work on logarithms: for quantities above zero without an upper bound.
    size : array, optional
        Residents of each municipality: figures of small ones jump more. Without it all are taken
        to be alike.
    """
    some = ~np.isnan(values).all(axis=0)
    values, years = values[:, some], years[some]
    z = np.log(values) if log else np.asarray(values, dtype=float)
    have = ~np.isnan(z)
    change, gap, usable = _changes(z, years, have)
    path, common, mean_slope = _common(z, years)
    own = np.where(usable, change - (path - _before(path, have)), 0.0)

    span = np.where(usable, gap, 0.0).sum(axis=1)
    count = usable.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = own.sum(axis=1) / span
        scatter = np.where(usable, (own - apart[:, None] * gap) ** 2 / gap, 0.0).sum(axis=1)
        freedom = (count - 1).clip(0).astype(float)
        variance, freedom = _shrunk_variances(scatter, freedom, size)
        between = _between(apart, variance, span)
        trust = between / (between + variance / span)
    trust = np.nan_to_num(trust)
    common_variance, common_slope_variance = common
    doubt = CLEAR**2 * common_slope_variance
    agreed = max(0.0, 1 - doubt / mean_slope**2) if mean_slope else 0.0
    slope = trust * np.nan_to_num(mean_slope + apart) + (1 - trust) * agreed * mean_slope

    newest = np.where(have, np.arange(len(years)), -1).max(axis=1)
    last = np.where(newest >= 0, z[np.arange(len(z)), newest], np.nan)
    return Motion(
        last=last,
        last_year=np.where(newest >= 0, np.asarray(years, dtype=float)[newest], np.nan),
        n=have.sum(axis=1),
        slope=slope,
        slope_variance=between * (1 - trust),
        variance=variance,
        freedom=freedom,
        common_variance=common_variance,
        common_slope_variance=common_slope_variance,
        log=log,
    )


def says_chance(n: pd.Series, window: pd.Series, moved: pd.Series) -> pd.Series:
    """Return for which series the chance of reaching a target may be stated.

    Not from fewer than 5 figures, nor where a figure covers several years and so shares most of
    them with the next, nor where all figures are the same: there stated chances did not come true
    as often as stated (`backtest.reliability`).
    """
    return (n >= ENOUGH) & (window == 1) & moved


def at_end(target: Matrix, lower: Matrix, upper: Matrix) -> Matrix:
    """Return whether a target is an end of its measure's scale, where no chance is stated.

    Figures pile up there, and the distribution knows nothing of that.
    """
    return (target <= lower) | (target >= upper)


def takes_log(values: Matrix, lower: float, upper: float) -> bool:
    """Return whether a measure is projected on logarithms: above zero and without ceiling."""
    return bool(lower == 0 and np.isnan(upper) and np.nanmin(values) > 0)


def project(
    observations: pd.DataFrame,
    measures: pd.DataFrame,
    breaks: pd.DataFrame,
    years: pd.Series | int = 2030,
    targets: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the projection of every series.

    Parameters
    ----------
    observations : DataFrame
        measure, municipality, year, value; all municipalities, since they tell of each other.
    measures : DataFrame
        measure, lower_bound, upper_bound.
    breaks : DataFrame
        measure, year.
    years : int or Series
        The year to project to, or one per series (2030 where one is not named); the index is
        measure and municipality.
    targets : DataFrame, optional
        measure, municipality, target: values to state the chance of, at most one per series.

    Returns
    -------
    DataFrame
        measure, municipality, to_year, projected (median), low80, high80, low95, high95 (unit of
        the measure, within its bounds), slope_used (change per year; relative change on
        logarithms), chance_above (probability of being at the target or above it, missing where
        there is none), moved (whether the figures differ). No row for
        a series with fewer than 3 figures on its newest level, or whose
        newest figure is not older than the year.
    """
    sizes = population(observations)
    aims = pd.DataFrame({"measure": [], "municipality": [], "target": []})
    aims = (aims if targets is None else targets).set_index(["measure", "municipality"])["target"]
    parts = []
    for measure, series in levels(observations, breaks):
        grid = series.to_numpy(dtype=float)
        size = newest_size(sizes).reindex(series.index).to_numpy() if len(sizes.columns) else None
        about = measures.set_index("measure").loc[measure]
        low, high = float(about["lower_bound"]), float(about["upper_bound"])
        moves = motion(grid, series.columns.to_numpy(), takes_log(grid, low, high), size)
        keys = pd.MultiIndex.from_product([[measure], series.index])
        each = years if isinstance(years, pd.Series) else pd.Series(years, index=keys)
        year = each.reindex(keys).fillna(2030).to_numpy(dtype=float)
        table = {"projected": moves.quantile(year, 0.5)}
        for name, share in (("low80", 0.1), ("high80", 0.9), ("low95", 0.025), ("high95", 0.975)):
            table[name] = moves.quantile(year, share)
        frame = pd.DataFrame(table, index=series.index).clip(lower=low, upper=high)
        frame["slope_used"] = moves.slope
        aim = aims.reindex(keys).to_numpy(dtype=float)
        frame["chance_above"] = moves.chance_above(year, aim)
        frame["moved"] = np.fmax.reduce(grid, axis=1) > np.fmin.reduce(grid, axis=1)
        frame["to_year"] = year.astype(int)
        shown = (moves.n >= MINIMUM) & (moves.last_year < year)
        parts.append(frame[shown].reset_index().assign(measure=measure))
    columns = ["measure", "municipality", "to_year", "projected"]
    columns += ["low80", "high80", "low95", "high95", "slope_used", "chance_above", "moved"]
    return pd.concat(parts, ignore_index=True)[columns]


def population(observations: pd.DataFrame) -> pd.DataFrame:
    """Return the residents of each municipality by year, which tell how much figures jump."""
    rows = observations[observations["measure"] == "population"]
    return rows.pivot(index="municipality", columns="year", values="value")


def newest_size(sizes: pd.DataFrame) -> pd.Series:
    """Return the newest count of residents of each municipality, whatever its year."""
    return sizes.sort_index(axis=1).ffill(axis=1).iloc[:, -1]


def levels(observations: pd.DataFrame, breaks: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return each measure with its figures on the newest level: municipalities x years."""
    starts = breaks.groupby("measure")["year"].apply(list).to_dict()
    tables = []
    for measure, rows in observations.groupby("measure", sort=True):
        wide = rows.pivot(index="municipality", columns="year", values="value")
        reached = [year for year in starts.get(measure, []) if year <= wide.columns.max()]
        if reached:
            wide = wide.loc[:, wide.columns >= max(reached)]
        tables.append((str(measure), wide))
    return tables


def _before(values: Matrix, have: Matrix) -> Matrix:
    """Return, for each cell with a figure, the column value at the figure before it."""
    at = np.where(have, np.arange(have.shape[1]), -1)
    earlier = np.maximum.accumulate(at, axis=1)
    earlier = np.concatenate([np.full((len(have), 1), -1), earlier[:, :-1]], axis=1)
    taken = np.broadcast_to(values, have.shape)
    found = np.take_along_axis(taken, earlier.clip(0), axis=1)
    return np.where(earlier >= 0, found, np.nan)


def _changes(z: Matrix, years: Matrix, have: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return the change since the figure before, the years it took, and where there is one."""
    change = z - _before(z, have)
    gap = years - _before(np.asarray(years, dtype=float), have)
    usable = have & ~np.isnan(change)
    return change, np.where(usable, gap, 1.0), usable


def _common(z: Matrix, years: Matrix) -> tuple[Matrix, tuple[float, float], float]:
    """Return the common path, the variances of its yearly change and mean, and the mean."""
    gaps = np.diff(years).astype(float)
    steps = np.diff(z, axis=1)
    counted = (~np.isnan(steps)).sum(axis=0)
    known = counted > 0
    rates = _middle(steps) / gaps
    total = gaps[known].sum()
    slope = float((rates * gaps)[known].sum() / total) if total else 0.0
    # Between two years that no municipality has both of, the typical slope stands in.
    rates = np.where(known, rates, slope)
    scatter = float(((rates - slope) ** 2 * gaps).sum())
    variance = scatter / max(int(known.sum()) - 1, 1)
    path = np.concatenate([[0.0], np.cumsum(rates * gaps)])
    return path, (variance, variance / total if total else 0.0), slope


def _middle(steps: Matrix) -> Matrix:
    """Return the mean of each column without its ends (`TRIMMED`); zero for an empty column."""
    ordered = np.sort(steps, axis=0)
    counted = (~np.isnan(steps)).sum(axis=0)
    cut = np.floor(TRIMMED * counted)
    place = np.arange(len(steps))[:, None]
    kept = (place >= cut) & (place < counted - cut)
    return np.where(kept, ordered, 0.0).sum(axis=0) / kept.sum(axis=0).clip(1)


def _shrunk_variances(
    scatter: Matrix, freedom: Matrix, size: Matrix | None
) -> tuple[Matrix, Matrix]:
    """Return each series' variance, shrunk towards what is typical, and its degrees of freedom.

    Smyth (2004), Statistical Applications in Genetics 3: the typical variance and the weight of
    it (in degrees of freedom) are fitted to the logarithms of the own variances; here the typical
    one follows a straight line in the logarithm of the municipality's size.
    """
    known = freedom > 0
    pooled = scatter[known].sum() / max(freedom[known].sum(), 1.0)
    if known.sum() < 5 or pooled == 0:
        return (4.0 * pooled + scatter) / (4.0 + freedom), 4.0 + freedom
    half = freedom[known] / 2
    logs = np.log((scatter[known] / freedom[known]).clip(pooled * 1e-6))
    logs = logs - special.digamma(half) + np.log(half)
    line = _line(size, known, logs)
    excess = (logs - line[known]).var(ddof=1) - special.polygamma(1, half).mean()
    weight = 2 * _inverse_trigamma(excess)
    typical = np.exp(line + special.digamma(weight / 2) - np.log(weight / 2))
    return (weight * typical + scatter) / (weight + freedom), weight + freedom


def _line(size: Matrix | None, known: Matrix, logs: Matrix) -> Matrix:
    """Return, for every series, the least squares line of `logs` in the logarithm of size."""
    flat = np.full(len(known), logs.mean())
    if size is None or known.sum() < 20 or not (size > 0).any():
        return flat
    usable = np.where(size > 0, size, np.nan)
    x = np.log(np.where(np.isnan(usable), np.nanmedian(usable), usable))
    spread = x[known] - x[known].mean()
    if not spread.any():
        return flat
    steepness = (spread * logs).sum() / (spread**2).sum()
    return logs.mean() + steepness * (x - x[known].mean())


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value, by bisection on the logarithm of x."""
    low, high = 0.05, 500.0
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if special.polygamma(1, middle) > value else (low, middle)
    return middle


def _between(apart: Matrix, variance: Matrix, span: Matrix) -> float:
    """Return the variance of true slopes between municipalities, by moments.

    The largest twentieth is cut to size, so that a few odd series do not speak for all.
    """
    known = span > 0
    if known.sum() < 5:
        return 0.0
    squares, noise = apart[known] ** 2, (variance / np.where(span > 0, span, 1.0))[known]
    limit = np.quantile(squares, 0.95)
    return float(max(0.0, np.mean(squares.clip(max=limit) - noise.clip(max=limit))))
