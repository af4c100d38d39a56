"""Does a municipality change faster than others? Random slopes, pooled over all municipalities.

The change of a municipality over a handful of figures is mostly chance. What is common to all is
taken out year by year; what is left of each series is a level, a slope of its own, a walk (what one
year brought stays in the next) and noise that passes. The slopes spread around zero with one
variance, and each is shrunk towards zero by how little its figures can say. Walk and noise are
smaller in larger municipalities, and some series vary more than others all through.

`projection.motion` finds the spread of slopes by moments, in which the noise of small
municipalities drowns every difference. `MixedLM` of statsmodels takes figures around a line to be
unrelated, and as noisy in Oslo as in Utsira: it is the special case without walk, size and tails,
which the tests hold this module against.

Sources: Laird and Ware (1982) for random slopes; Pinheiro, Liu and Wu (2001) for series that differ
in spread (multivariate t); Chung and others (2013) for a variance that is never estimated as
zero, so that no interval closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from workbench.analysis.projection import MINIMUM, levels, newest_size
from workbench.dataset import Dataset, figures_of
from workbench.errors import UsageError
from workbench.methods import distributions

Matrix = np.ndarray

#: Municipalities that a spread of slopes is learnt from.
_MUNICIPALITIES = 30


@dataclass(frozen=True, repr=False)
class Slopes:
    """How fast each municipality changes, beside the others.

    `table` has a row per municipality with three figures or more: municipality, n (figures),
    first_year, last_year, observed (change per year from its first figure to its last), change
    (the same, shrunk), low, high (its 95 % interval, what was common to all taken as it was),
    apart, apart_low, apart_high (the same less `typical`), place (1 has the largest change),
    pace: 'above' or 'below' the others where the interval of apart is on one side of zero, else
    'alike'.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.random_slopes(wb.load(), "tertiary_education_share")
    tertiary_education_share, 2014 to 2020: +0.523 a year, spread 0.109; 350 municipalities, 22
    above, 328 alike, 0 below
    """

    measure: str
    years: tuple[int, ...]  #: with figures, from the newest break on
    typical: float  #: mean yearly change over the municipalities (unit of the measure per year)
    spread: float  #: standard deviation of the true slopes around it
    table: pd.DataFrame

    def __repr__(self) -> str:
        counts = self.table["pace"].value_counts()
        paces = ", ".join(f"{counts.get(key, 0)} {key}" for key in ("above", "alike", "below"))
        return (
            f"{self.measure}, {self.years[0]} to {self.years[-1]}: {self.typical:+.3g} a year, "
            f"spread {self.spread:.3g}; {len(self.table)} municipalities, {paces}"
        )


class Spread(NamedTuple):
    """Variances that are common to all municipalities of a measure.

    Variances are per year (slope and walk) or per figure (noise), for a municipality of mean size.
    """

    slope: float
    walk: float
    noise: float
    size: float  #: walk and noise go with residents to this power
    tails: float  #: degrees of freedom of the own scale of a series; many: all vary alike


class Group(NamedTuple):
    """Municipalities with figures for the same years."""

    rows: Matrix  #: where they stand in the table
    contrasts: Matrix  #: their figures free of level, a row each
    size: Matrix  #: logarithm of residents, less the mean of all
    slope: Matrix  #: contrasts of a slope of one
    walk: Matrix  #: variance of the contrasts of a walk


class Posterior(NamedTuple):
    """Log-likelihood of the figures of a municipality, and the t distribution of its slope."""

    likelihood: Matrix
    slope: Matrix
    error: Matrix
    freedom: Matrix


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
        If there is no such measure, it is a sum, its figures share years, or too few
        municipalities have three.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> rows = wb.random_slopes(data, "tertiary_education_share").table
    >>> rows.set_index("municipality").loc[data.municipality("Bærum"), ["place", "pace"]].to_dict()
    {'place': 30, 'pace': 'above'}
    """
    data = figures_of(data, 'wb.random_slopes(data, "low_income_share")')
    about = data.measure(measure)
    measure = str(about["measure"])
    if about["aggregation"] == "sum":
        raise UsageError(
            f"{measure} grows with the size of a municipality, so that its changes cannot be "
            "compared. Choose a share or a rate."
        )
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
    groups = grouped(wide.to_numpy(dtype=float) - path, years, _residents(data, wide.index))
    spread = fitted(groups)
    found = [posterior(group, spread) for group in groups]
    order = np.argsort(np.concatenate([group.rows for group in groups]))
    apart, error, freedom = (
        np.concatenate([getattr(one, name) for one in found])[order]
        for name in ("slope", "error", "freedom")
    )
    table = _table(wide, apart, distributions.t_ppf(0.975, freedom) * error, typical)
    return Slopes(measure, tuple(map(int, years)), typical, float(np.sqrt(spread.slope)), table)


def grouped(values: Matrix, years: Matrix, residents: Matrix) -> list[Group]:
    """Return municipalities by the years that they have figures for.

    `values` are municipalities x years (ascending), what is common to all taken out, missing where
    there is no figure. Residents that are not known count as the mean size.
    """
    size = np.log(residents)
    known = np.isfinite(size)
    size = np.where(known, size - size[known].mean(), 0.0) if known.any() else np.zeros(len(size))
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
        groups.append(Group(rows, contrasts, size[rows], free.T @ when, walk))
    return groups


def fitted(groups: list[Group]) -> Spread:
    """Return the spread that makes the figures most likely.

    Half the logarithm of the slopes' variance is added to the likelihood (Chung and others 2013):
    with some hundred municipalities it decides nothing but that the variance is not zero.
    """
    unit = float(np.mean(np.concatenate([(g.contrasts**2).mean(axis=1) for g in groups])))
    start = np.array([np.log(0.01), np.log(0.1), np.log(0.3), -0.5, np.log(8.0)])
    bounds = [(-14.0, 3.0)] * 3 + [(-2.0, 1.0), (np.log(2.0), np.log(200.0))]

    def loss(parameters: Matrix) -> float:
        spread = _spread(parameters, unit)
        return -sum(posterior(g, spread).likelihood.sum() for g in groups) - 0.5 * parameters[0]

    best = scipy.optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return _spread(best.x, unit)


def posterior(group: Group, spread: Spread) -> Posterior:
    """Return the slopes of some municipalities by their figures, given what is common to all.

    Their variance is ``rest + slope * c c'`` but for the scale of their own, which is summed out;
    all else follows in closed form.
    """
    count = len(group.walk)
    rest = spread.walk * group.walk + spread.noise * np.eye(count)
    solved = np.linalg.solve(rest, np.column_stack([group.contrasts.T, group.slope]))
    squares = np.einsum("ij,ji->i", group.contrasts, solved[:, :-1])
    along, strength = group.slope @ solved[:, :-1], float(group.slope @ solved[:, -1])
    size = np.exp(spread.size * group.size)
    whole = size + spread.slope * strength
    distance = squares / size - spread.slope * along**2 / (size * whole)
    volume = count * np.log(size) + np.linalg.slogdet(rest)[1] + np.log(whole / size)
    freedom = spread.tails + count
    level = scipy.special.gammaln(freedom / 2) - scipy.special.gammaln(spread.tails / 2)
    level -= count / 2 * np.log(np.pi * spread.tails)
    return Posterior(
        likelihood=level - volume / 2 - freedom / 2 * np.log1p(distance / spread.tails),
        slope=spread.slope * along / whole,
        error=np.sqrt(spread.slope * size / whole * (spread.tails + distance) / freedom),
        freedom=np.full(len(size), freedom),
    )


def _spread(parameters: Matrix, unit: float) -> Spread:
    slope, walk, noise = (float(value) for value in unit * np.exp(parameters[:3]))
    return Spread(slope, walk, noise, float(parameters[3]), float(np.exp(parameters[4])))


def _figures(data: Dataset, measure: str) -> pd.DataFrame:
    """Return municipalities x years on the newest level, those with three figures or more."""
    rows = data.observations[data.observations["measure"] == measure]
    if rows.empty:
        return pd.DataFrame()
    wide = levels(rows, data.breaks[data.breaks["measure"] == measure])[0][1]
    return wide[wide.notna().sum(axis=1) >= MINIMUM].dropna(axis=1, how="all")


def _residents(data: Dataset, municipalities: pd.Index) -> Matrix:
    """Return the newest count of residents, missing where there is none."""
    return newest_size(data.observations).reindex(municipalities).to_numpy(dtype=float)


def _common(wide: pd.DataFrame) -> tuple[Matrix, float]:
    """Return the path common to all, year by year, and its mean change per year."""
    steps = wide.diff(axis=1).iloc[:, 1:].mean().to_numpy()
    path = np.concatenate([[0.0], np.cumsum(steps)])
    return path, float(path[-1] / (wide.columns[-1] - wide.columns[0]))


def _table(wide: pd.DataFrame, apart: Matrix, half: Matrix, typical: float) -> pd.DataFrame:
    have, values, years = wide.notna().to_numpy(), wide.to_numpy(), wide.columns.to_numpy()
    row, ends = np.arange(len(wide)), (have.argmax(1), have.shape[1] - 1 - have[:, ::-1].argmax(1))
    first, last = years[ends[0]], years[ends[1]]
    change = apart + typical
    table = pd.DataFrame(
        {
            "municipality": wide.index,
            "n": have.sum(axis=1),
            "first_year": first,
            "last_year": last,
            "observed": (values[row, ends[1]] - values[row, ends[0]]) / (last - first),
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
