"""Does a municipality change faster than others? Random slopes, pooled over all municipalities.

The change of a municipality over a handful of figures is mostly chance. What is common to all is
taken out year by year; what is left of each series is a level, a slope of its own, a walk (what one
year brought stays in the next) and noise that passes. The slopes spread around nought with one
variance, and are shrunk towards nought by how little the figures of a municipality can say. Walk
and noise are smaller in larger municipalities, and larger in some than in others of their size.

The two nearest tools were tried and do not answer this question. `projection.motion`, whose
intervals for coming years are calibrated, finds its spread of slopes by moments in which the noise
of small municipalities drowns every difference: all slopes come out alike, even of education,
where the likelihood is sure that they differ. A mixed model of statsmodels (`methods.panel.mixed`)
takes figures around a line to be unrelated and as noisy in Oslo as in Utsira; for education its
log-likelihood is 160 lower, and it calls many small municipalities fast that are only noisy. It is
the special case without walk and without size, which the tests hold this module against.

Sources: Laird and Ware (1982) for random slopes; Lange, Little and Taylor (1989) for series that
vary in spread; Chung and others (2013) for a variance that is never estimated as nought, so that
no interval closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.projection import MINIMUM, levels, population

Matrix = np.ndarray

#: Municipalities that a spread of slopes is learnt from.
_MUNICIPALITIES = 30

#: Points that the spread of a municipality's own scale is summed over.
_POINTS = (np.arange(9) + 0.5) / 9


@dataclass(frozen=True, repr=False)
class Slopes:
    """How fast each municipality changes, beside the others.

    Attributes
    ----------
    measure : str
    years : tuple of int
        Those with figures, from the newest break on.
    typical : float
        Mean yearly change over the municipalities (unit of the measure per year).
    spread : float
        Standard deviation of the true slopes around it.
    table : DataFrame
        A row per municipality with three figures or more: municipality, n (figures), first_year,
        last_year, observed (change per year from its first figure to its last), change (the same,
        shrunk), low, high (its 95 % interval, what was common to all taken as it was), apart,
        apart_low, apart_high (the same less `typical`), place (1 has the largest change), pace:
        'above' or 'below' the others where the interval of apart is on one side of nought, else
        'alike'.
    """

    measure: str
    years: tuple[int, ...]
    typical: float
    spread: float
    table: pd.DataFrame

    def __repr__(self) -> str:
        counts = self.table["pace"].value_counts()
        told = ", ".join(f"{counts.get(key, 0)} {key}" for key in ("above", "alike", "below"))
        return (
            f"{self.measure}, {self.years[0]} to {self.years[-1]}: {self.typical:+.3g} a year, "
            f"spread {self.spread:.3g}; {len(self.table)} municipalities, {told}"
        )


class Spread(NamedTuple):
    """What is common to all municipalities of a measure.

    Variances are per year (slope and walk) or per figure (noise), for a municipality of mean size.
    """

    slope: float
    walk: float
    noise: float
    size: float  #: walk and noise go with residents to this power
    tails: float  #: degrees of freedom of the municipalities' own scale


class Group(NamedTuple):
    """Municipalities with figures for the same years."""

    rows: Matrix  #: where they stand in the table
    contrasts: Matrix  #: their figures free of level, a row each
    size: Matrix  #: logarithm of residents, less the mean of all
    slope: Matrix  #: contrasts of a slope of one
    walk: Matrix  #: variance of the contrasts of a walk


def random_slopes(data: Dataset, measure: str) -> Slopes:
    """Return the yearly change of each municipality, shrunk towards what is typical.

    Parameters
    ----------
    data : Dataset
    measure : str
        A name in ``measures``. Its figures are taken from the newest series break on.

    Raises
    ------
    UsageError
        If there is no such measure, its figures share years, or too few municipalities have three.
    """
    about = data.measure(measure)
    if about["window"] > 1:
        raise UsageError(
            f"Each figure of {measure} covers {about['window']} years, so that its yearly changes "
            "share figures and no interval holds. Choose a measure of single years."
        )
    wide = _figures(data, measure)
    if len(wide) < _MUNICIPALITIES:
        raise UsageError(
            f"{len(wide)} municipalities have three figures of {measure} on one level; slopes can "
            f"be compared from {_MUNICIPALITIES} on."
        )
    path, typical = _common(wide)
    years = wide.columns.to_numpy(dtype=float)
    residents = population(data.observations).ffill(axis=1).iloc[:, -1].reindex(wide.index)
    groups = grouped(wide.to_numpy(dtype=float) - path, years, residents.to_numpy(dtype=float))
    spread = fitted(groups)
    apart, error = posterior(groups, spread)
    table = _table(wide, apart, stats.norm.ppf(0.975) * error, typical)
    return Slopes(measure, tuple(map(int, years)), typical, float(np.sqrt(spread.slope)), table)


def grouped(values: Matrix, years: Matrix, residents: Matrix) -> list[Group]:
    """Return municipalities by the years that they have figures for.

    Parameters
    ----------
    values : array, municipalities x years
        What is common to all taken out; missing where there is no figure.
    years : array
        Ascending.
    residents : array
        Missing where not known, which counts as the mean size.
    """
    size = np.log(residents)
    size = np.nan_to_num(size - np.nanmean(size)) if np.isfinite(size).any() else 0 * residents
    have = ~np.isnan(values)
    groups = []
    for pattern in np.unique(have, axis=0):
        rows = np.flatnonzero((have == pattern).all(axis=1))
        when = years[pattern] - years[pattern].mean()
        count = len(when)
        # Orthonormal contrasts: nothing of a level is left, and noise stays unrelated.
        level = np.column_stack([np.ones(count), np.eye(count)[:, 1:]])
        free = np.linalg.qr(level)[0][:, 1:]
        since = when - when[0]
        walk = free.T @ np.minimum.outer(since, since) @ free
        contrasts = values[np.ix_(rows, np.flatnonzero(pattern))] @ free
        groups.append(Group(rows, contrasts, np.asarray(size)[rows], free.T @ when, walk))
    return groups


def fitted(groups: list[Group]) -> Spread:
    """Return the spread that makes the figures most likely.

    Half the logarithm of the slopes' variance is added to the likelihood (Chung and others 2013):
    with some hundred municipalities it decides nothing but that the variance is not nought.
    """
    unit = np.mean(np.concatenate([(g.contrasts**2).mean(axis=1) for g in groups]))
    start = np.array([np.log(0.01), np.log(0.1), np.log(0.3), -0.5, np.log(8.0)])
    bounds = [(-14.0, 3.0), (-14.0, 3.0), (-14.0, 3.0), (-2.0, 1.0), (np.log(1.0), np.log(200.0))]

    def loss(parameters: Matrix) -> float:
        spread = _spread(parameters, unit)
        told = sum(float(np.logaddexp.reduce(_weights(g, spread)[0], axis=1).sum()) for g in groups)
        return -told - 0.5 * parameters[0]

    best = optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return _spread(best.x, unit)


def posterior(groups: list[Group], spread: Spread) -> tuple[Matrix, Matrix]:
    """Return each municipality's slope and its standard error, given the spread."""
    total = sum(len(group.rows) for group in groups)
    slope, error = np.empty(total), np.empty(total)
    for group in groups:
        told, means, variances = _weights(group, spread)
        weights = np.exp(told - np.logaddexp.reduce(told, axis=1)[:, None])
        middle = (weights * means).sum(axis=1)
        slope[group.rows] = middle
        error[group.rows] = np.sqrt((weights * (variances + means**2)).sum(axis=1) - middle**2)
    return slope, error


def _spread(parameters: Matrix, unit: float) -> Spread:
    slope, walk, noise = unit * np.exp(parameters[:3])
    return Spread(slope, walk, noise, float(parameters[3]), float(np.exp(parameters[4])))


def _weights(group: Group, spread: Spread) -> tuple[Matrix, Matrix, Matrix]:
    """Return log-likelihood, mean and variance of the slope, per municipality and own scale.

    The figures' variance is ``scale * rest + slope * c c'``, of which all follows in closed form.
    """
    own = spread.tails / stats.chi2.ppf(_POINTS, spread.tails)
    scale = np.exp(spread.size * group.size)[:, None] * own
    rest = spread.walk * group.walk + spread.noise * np.eye(len(group.walk))
    solved = np.linalg.solve(rest, np.column_stack([group.contrasts.T, group.slope]))
    squares = np.einsum("ij,ji->i", group.contrasts, solved[:, :-1])[:, None]
    along = (group.slope @ solved[:, :-1])[:, None]
    strength = float(group.slope @ solved[:, -1])
    whole = scale + spread.slope * strength
    fit = squares / scale - spread.slope * along**2 / (scale * whole)
    size = len(group.walk) * np.log(scale) + np.linalg.slogdet(rest)[1] + np.log(whole / scale)
    told = -0.5 * (size + fit) - np.log(len(own))
    return told, spread.slope * along / whole, spread.slope * scale / whole


def _figures(data: Dataset, measure: str) -> pd.DataFrame:
    """Return municipalities x years on the newest level, those with three figures or more."""
    rows = data.observations[data.observations["measure"] == measure]
    if rows.empty:
        return pd.DataFrame()
    wide = levels(rows, data.breaks[data.breaks["measure"] == measure])[0][1]
    return wide[wide.notna().sum(axis=1) >= MINIMUM].dropna(axis=1, how="all")


def _common(wide: pd.DataFrame) -> tuple[Matrix, float]:
    """Return what is common to all, year by year, and its mean change per year."""
    steps = wide.diff(axis=1).iloc[:, 1:].mean().to_numpy()
    path = np.concatenate([[0.0], np.cumsum(steps)])
    return path, float(path[-1] / (wide.columns[-1] - wide.columns[0]))


def _table(wide: pd.DataFrame, apart: Matrix, half: Matrix, typical: float) -> pd.DataFrame:
    first = wide.apply(pd.Series.first_valid_index, axis=1)
    last = wide.apply(pd.Series.last_valid_index, axis=1)
    ends = wide.bfill(axis=1).iloc[:, 0], wide.ffill(axis=1).iloc[:, -1]
    change = apart + typical
    table = pd.DataFrame(
        {
            "municipality": wide.index,
            "n": wide.notna().sum(axis=1).to_numpy(),
            "first_year": first.to_numpy(dtype="int64"),
            "last_year": last.to_numpy(dtype="int64"),
            "observed": ((ends[1] - ends[0]) / (last - first)).to_numpy(dtype=float),
            "change": change,
            "low": change - half,
            "high": change + half,
            "apart": apart,
            "apart_low": apart - half,
            "apart_high": apart + half,
        }
    )
    table["place"] = table["change"].rank(ascending=False, method="min").astype("int64")
    sides = [table["apart_low"] > 0, table["apart_high"] < 0]
    table["pace"] = np.select(sides, ["above", "below"], default="alike")
    return table
