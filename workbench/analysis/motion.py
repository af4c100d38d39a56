"""Where a series is heading: the distribution of its value in later years, for all at once.

A projection starts from the last value and goes on at a pace that the measure's municipalities
share; its spread holds what they share and what is each one's own. Two kinds of measures move
differently, and one table (`PEOPLE`, `INDICATORS`) says how.

Indicators: a year moves the municipalities together, each in proportion to how much it usually
jumps, and the large ones otherwise than the small. The shared pace counts as far as its years
agree, and it dies away: years ahead each give less than the one before. Jumps have heavy tails.
Counts of persons: each municipality has a pace of its own besides, known the better the more years
it has, and goes on with it.

Sources: empirical Bayes slopes, Efron and Morris (1975); shrunk variances, Smyth (2004); the
shrinking of the shared pace, James and Stein (1961); damped trends, Gardner and McKenzie (1985).
How often its ranges held is measured in `backtest`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.methods import distributions
from workbench.methods.shrinkage import MANY, shrunk_variances, standard_size

#: Where a series' logarithm usually changes by more than this in a step, logarithms explode, and
#: the measure is projected on square roots.
EXPLODES = 1.0

Matrix = np.ndarray
Scale = Literal["plain", "log", "root"]


@dataclass(frozen=True)
class Constants:
    """What a projection does not estimate from the figures of its measure."""

    trimmed: float  #: share of the changes of a year cut from each end before their mean is shared
    damping: float  #: what a year ahead keeps of the pace of the year before
    slope_change: float  #: how much of the yearly variance the pace itself changes by in a year
    widened: float  #: what the spread is multiplied by for a range, and not for a chance
    own_pace: bool  #: whether each series has a pace of its own, on a shared one equal for all
    tails: float  #: degrees of freedom; without end: those of each variance
    usual: float  #: variance of what a year shares, in units of the own one, before any is seen
    usual_years: float  #: how many years that counts for


#: Target years up to this one chose the constants of indicators; later ones are their test.
SPLIT = 2019

#: Each has, among its neighbours on a grid (see the tests), the lowest weighted interval score of
#: those whose 80 % ranges held 79 to 81 % of the time, one vote per measure, 1 to 4 years ahead.
#: Measures that came in later (electric cars among them) had no say.
INDICATORS = Constants(
    trimmed=0.3,
    damping=0.85,
    slope_change=0.0,
    widened=0.88,
    own_pace=False,
    tails=3.0,
    usual=0.15,
    usual_years=2.0,
)
#: Not chosen so: they were set before, on all years that were known.
PEOPLE = Constants(
    trimmed=0.1,
    damping=0.95,
    slope_change=0.2,
    widened=1.03,
    own_pace=True,
    tails=np.inf,
    usual=0.0,
    usual_years=0.0,
)


@dataclass(frozen=True)
class Motion:
    """How the municipalities of one measure move; arrays have one value per municipality.

    Values are in the unit of the measure, or what `scale` makes of it.
    """

    last: Matrix  #: newest value
    last_year: Matrix  #: its year, as a number
    n: Matrix  #: count of figures
    slope: Matrix  #: change per year
    slope_variance: Matrix  #: how uncertain the own part of it is
    variance: Matrix  #: of the own yearly change around the slope
    freedom: Matrix  #: degrees of freedom of Student's t
    common_variance: Matrix  #: of the shared yearly change
    common_slope_variance: Matrix  #: of the mean of that
    scale: Scale
    constants: Constants

    def distribution(self, year: float | Matrix) -> tuple[Matrix, Matrix]:
        """Return centre and spread of the Student t distribution in `year`, on `scale`.

        Shapes follow `last`, or `year` and `last` where years stand in a column of their own; the
        year of the newest figure and those before it give NaN.
        """
        constants = self.constants
        h = np.where(year - self.last_year > 0, year - self.last_year, np.nan)
        wandering = constants.slope_change * (h - 1).clip(0) * h * (2 * h - 1) / 6
        jumps = (self.variance + self.common_variance) * (h + wandering)
        unknown = h**2 * (self.slope_variance + self.common_slope_variance)
        keeps = constants.damping
        reach = h if keeps == 1 else keeps * (1 - keeps**h) / (1 - keeps)
        return self.last + reach * self.slope, np.sqrt(jumps + unknown)

    def quantile(self, year: float | Matrix, share: float | Matrix) -> Matrix:
        """Return the value that the figure stays under with probability `share`.

        Several shares stand along an axis of their own, the first one.
        """
        centre, spread = self.distribution(year)
        shares = np.reshape(share, (*np.shape(share), *[1] * centre.ndim))
        far = self.constants.widened * student_quantile(shares, self.freedom)
        return original(centre + spread * far, self.scale)

    def chance_above(self, year: float | Matrix, target: Matrix) -> Matrix:
        """Return the probability that the figure in `year` is at least `target`."""
        centre, spread = self.distribution(year)
        aim = scaled(target, self.scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = distributions.t_sf((aim - centre) / spread, self.freedom)
        # A straight path of all municipalities leaves no spread to divide by.
        certain = (spread == 0) & ~np.isnan(aim)
        return np.where(certain, np.where(centre >= aim, 1.0, 0.0), chance)


def scaled(values: Matrix, scale: Scale) -> Matrix:
    """Return values on the scale that they are projected on; below its end is minus infinity."""
    if scale == "plain":
        return np.asarray(values, dtype=float)
    change = np.log if scale == "log" else np.sqrt
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.less_equal(values, 0), -np.inf, change(values))


def original(values: Matrix, scale: Scale) -> Matrix:
    """Return values in the unit of the measure; undoes `scaled`."""
    if scale == "plain":
        return values
    return np.exp(values) if scale == "log" else np.fmax(values, 0) ** 2


def takes_log(values: Matrix, lower: float, upper: float) -> bool:
    """Return whether figures may grow by a share: above zero and without ceiling."""
    return bool(lower == 0 and np.isnan(upper) and np.nanmin(values) > 0)


def scale_of(values: Matrix, lower: float, upper: float) -> Scale:
    """Return what a measure is projected on.

    Logarithms for what is above zero and has no ceiling, unless they explode (`EXPLODES`) for any
    series: then square roots.
    """
    if not takes_log(values, lower, upper):
        return "plain"
    change = _change(np.log(values), _earlier(~np.isnan(values)))
    usual = np.nansum(change**2, axis=1) / (~np.isnan(change)).sum(axis=1).clip(1)
    return "root" if (usual > EXPLODES**2).any() else "log"


def constants_of(unit: str | None) -> Constants:
    """Return the constants of a measure by its unit; without one it is an indicator."""
    return PEOPLE if unit == "persons" else INDICATORS


def student_quantile(share: float | Matrix, freedom: Matrix) -> Matrix:
    """Return the quantiles of Student's t; of few different degrees of freedom, so each once."""
    different, of = np.unique(freedom, return_inverse=True)
    return distributions.t_ppf(share, different)[..., of]


def motion(
    values: Matrix,
    years: Matrix,
    scale: Scale,
    size: Matrix | None = None,
    constants: Constants = INDICATORS,
) -> Motion:
    """Return how the series of one measure move.

    Parameters
    ----------
    values : array, municipalities x years
        On one level (no break between columns); missing where there is no figure.
    years : array
        Ascending; gaps are allowed.
    scale : str
        As `scale_of` returns it.
    size : array, optional
        Residents of each municipality: figures of small ones jump more, and may move otherwise.
        Without it all are taken to be alike.
    constants : Constants
    """
    some = ~np.isnan(values).all(axis=0)
    values, years = values[:, some], np.asarray(years, dtype=float)[some]
    have = ~np.isnan(values)
    rows, newest = np.arange(len(values)), np.where(have, np.arange(len(years)), -1).max(axis=1)
    at_all = newest >= 0
    last = np.where(at_all, scaled(values, scale)[rows, newest], np.nan)
    last_year, n = np.where(at_all, years[newest], np.nan), have.sum(axis=1)
    still = (n > 1) & (np.fmax.reduce(values, axis=1) == np.fmin.reduce(values, axis=1))

    z = scaled(values, scale)
    earlier = _earlier(have)
    change = _change(z, earlier)
    usable = ~np.isnan(change)
    gap = np.where(usable, _change(years, earlier), 1.0)
    count, span = usable.sum(axis=1), np.where(usable, gap, 0.0).sum(axis=1)
    x = np.zeros(len(z)) if constants.own_pace else standard_size(size, count > 0)
    unit = np.ones(len(z)) if constants.own_pace else _usual_jump(change, gap, usable, size)
    shared, by_size = _paces(np.diff(z, axis=1) / unit[:, None], years, x, constants)
    path = unit[:, None] * (shared.path + x[:, None] * by_size.path)
    own = np.where(usable, change - _change(path, earlier), 0.0)
    typical = unit * (shared.mean + by_size.mean * x)
    agreed = unit * (shared.agreed + by_size.agreed * x)

    with np.errstate(divide="ignore", invalid="ignore"):
        apart = own.sum(axis=1) / span if constants.own_pace else np.zeros(len(z))
        around = (own - apart[:, None] * gap) ** 2 / gap
    freedom = (count - constants.own_pace).clip(0).astype(float)
    scatter = np.where(usable, around, 0.0).sum(axis=1)
    variance, freedom = shrunk_variances(scatter, freedom, size)
    between = _between(apart, variance, span) if constants.own_pace else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        trust = np.nan_to_num(between / (between + variance / span))
    slope = trust * np.nan_to_num(typical + apart) + (1 - trust) * agreed
    return Motion(
        last=last,
        last_year=last_year,
        n=n,
        slope=np.where(still, 0.0, slope),
        slope_variance=between * (1 - trust),
        variance=variance,
        freedom=freedom if np.isinf(constants.tails) else np.full(len(z), constants.tails),
        common_variance=unit**2 * (shared.variance + x**2 * by_size.variance),
        common_slope_variance=unit**2 * (shared.mean_variance + x**2 * by_size.mean_variance),
        scale=scale,
        constants=constants,
    )


def _earlier(have: Matrix) -> Matrix:
    """Return, for each cell, the column of the figure before it, or -1."""
    newest = np.maximum.accumulate(np.where(have, np.arange(have.shape[1]), -1), axis=1)
    return np.concatenate([np.full((len(have), 1), -1), newest[:, :-1]], axis=1)


def _change(values: Matrix, earlier: Matrix) -> Matrix:
    """Return the change of each cell from the `_earlier` figure, missing where there is none."""
    values = np.broadcast_to(values, earlier.shape)
    before = np.take_along_axis(values, earlier.clip(0), axis=1)
    return np.where(earlier >= 0, values - before, np.nan)


@dataclass(frozen=True)
class Pace:
    """What the municipalities share: its path over the years, and its change per year."""

    path: Matrix  #: a value per year
    mean: float
    agreed: float  #: the mean, as far as the years agree
    variance: float
    mean_variance: float


def _paces(steps: Matrix, years: Matrix, x: Matrix, constants: Constants) -> tuple[Pace, Pace]:
    """Return the pace of all, and how it goes with size (`x`); `steps` from year to year."""
    counted = (~np.isnan(steps)).sum(axis=0)
    middle = np.where(counted > 0, _middle(steps, constants.trimmed), np.nan)
    tilt = np.full(len(counted), np.nan)
    for at in np.flatnonzero(counted >= MANY) if x.any() else ():
        known = ~np.isnan(steps[:, at])
        cut = np.clip(steps[known, at], *np.quantile(steps[known, at], [0.05, 0.95]))
        apart = x[known] - x[known].mean()
        tilt[at] = (apart * cut).sum() / (apart**2).sum() if apart.any() else 0.0
    expected = constants.usual, constants.usual_years
    return _pace(middle, years, *expected), _pace(tilt, years)


def _pace(steps: Matrix, years: Matrix, usual: float = 0.0, usual_years: float = 0.0) -> Pace:
    """Return the pace of steps from year to year; where one is missing the mean stands in."""
    gaps, known = np.diff(years), ~np.isnan(steps)
    total, rates = gaps[known].sum(), steps / gaps
    mean = float(steps[known].sum() / total) if total else 0.0
    rates = np.where(known, rates, mean)
    free = max(int(known.sum()) - 1, 0)
    scatter = float(((rates - mean) ** 2 * gaps).sum())
    variance = (scatter + usual * usual_years) / max(free + usual_years, 1.0)
    mean_variance = variance / total if total else 0.0
    agreed = max(0.0, 1 - mean_variance / mean**2) if mean else 0.0
    path = np.concatenate([[0.0], np.cumsum(rates * gaps)])
    return Pace(path, mean, agreed * mean, variance, mean_variance)


def _middle(steps: Matrix, trimmed: float) -> Matrix:
    """Return the mean of each column without its ends; zero for an empty column."""
    ordered = np.sort(steps, axis=0)
    counted = (~np.isnan(steps)).sum(axis=0)
    cut = np.floor(trimmed * counted)
    place = np.arange(len(steps))[:, None]
    kept = (place >= cut) & (place < counted - cut)
    return np.where(kept, ordered, 0.0).sum(axis=0) / kept.sum(axis=0).clip(1)


def _usual_jump(change: Matrix, gap: Matrix, usable: Matrix, size: Matrix | None) -> Matrix:
    """Return how much each series usually changes in a year; one where none ever does."""
    scatter = np.where(usable, change**2 / gap, 0.0).sum(axis=1)
    variance, _ = shrunk_variances(scatter, usable.sum(axis=1).astype(float), size)
    return np.sqrt(np.where(variance > 0, variance, 1.0))


def _between(apart: Matrix, variance: Matrix, span: Matrix) -> float:
    """Return the variance of true slopes by moments, with the largest twentieth cut to size."""
    known = span > 0
    if known.sum() < 5:
        return 0.0
    squares, noise = apart[known] ** 2, (variance / np.where(span > 0, span, 1.0))[known]
    limit = np.quantile(squares, 0.95)
    return float(max(0.0, np.mean(squares.clip(max=limit) - noise.clip(max=limit))))
