"""Projections of all series: what `motion` says of a year, within the bounds of each measure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.motion import constants_of, motion, scale_of

#: A series needs this many figures on one level.
MINIMUM = 3

#: A chance is stated from so many figures on.
ENOUGH = 5

#: The share of what may come that lies below each stated value.
_QUANTILES = {"projected": 0.5, "low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}

Matrix = np.ndarray


def has_chance(n: pd.Series, window: pd.Series | int, moved: pd.Series) -> pd.Series:
    """Return for which series the chance of reaching a target may be stated.

    Not from fewer than 5 figures, nor where a figure covers several years and so shares most of
    them with the next, nor where all figures are the same: there stated chances did not come true
    as often as stated (`chances.reliability`).
    """
    return (n >= ENOUGH) & (window == 1) & moved


def at_end(target: Matrix, lower: Matrix, upper: Matrix) -> Matrix:
    """Return whether a target is an end of its measure's scale, where no chance is stated.

    Figures pile up there, and the distribution knows nothing of that.
    """
    return (target <= lower) | (target >= upper)


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
        measure, unit, lower_bound, upper_bound.
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
        the measure, within its bounds), slope_used (change per year on the measure's scale),
        chance_above (probability of being at the target or above it, missing where there is none),
        moved (whether the figures differ). No row for a series with fewer than 3 figures on its
        newest level, or whose newest figure is not older than the year.
    """
    grids = levels(observations, breaks)
    keys = observations.groupby(["measure", "municipality"]).size().index
    year = pd.Series(years, keys).fillna(2030).to_numpy(dtype=float)
    known = np.nan if targets is None else targets.set_index(keys.names)["target"]
    aim = pd.Series(known, keys).to_numpy(dtype=float)
    rows = keys.to_frame(index=False)
    size = rows["municipality"].map(newest_size(observations)).to_numpy(dtype=float)
    about, parts, end = measures.set_index("measure").to_dict("index"), [], 0
    for measure, series in grids:
        of = slice(end, end := end + len(series))
        grid, facts = series.to_numpy(), about[measure]
        low, high = float(facts["lower_bound"]), float(facts["upper_bound"])
        scale, constants = scale_of(grid, low, high), constants_of(facts.get("unit"))
        moves = motion(grid, series.columns.to_numpy(), scale, size[of], constants)
        quantiles = moves.quantile(year[of], np.array([*_QUANTILES.values()]))
        table = dict(zip(_QUANTILES, np.fmin(np.fmax(quantiles, low), high), strict=True))
        table["slope_used"] = moves.slope
        table["chance_above"] = moves.chance_above(year[of], aim[of])
        table["moved"] = np.fmax.reduce(grid, axis=1) > np.fmin.reduce(grid, axis=1)
        table["shown"] = (moves.n >= MINIMUM) & (moves.last_year < year[of])
        parts.append(table)
    rows["to_year"] = year.astype(int)
    for name in parts[0]:
        rows[name] = np.concatenate([table[name] for table in parts])
    return rows[rows.pop("shown")].reset_index(drop=True)


def newest_size(observations: pd.DataFrame) -> pd.Series:
    """Return the newest count of residents of each municipality, whatever its year."""
    rows = observations[observations["measure"] == "population"]
    return rows.sort_values("year").groupby("municipality")["value"].last()


def levels(observations: pd.DataFrame, breaks: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return each measure with its figures on the newest level: municipalities x years."""
    starts = breaks.groupby("measure")["year"].apply(list).to_dict()
    names, known = observations["municipality"].factorize(sort=True)
    years, values = (observations[name].to_numpy() for name in ("year", "value"))
    tables = []
    for measure, at in sorted(observations.groupby("measure").indices.items()):
        who, row = np.unique(names[at], return_inverse=True)
        when, column = np.unique(years[at], return_inverse=True)
        grid = np.full((len(who), len(when)), np.nan)
        grid[row, column] = values[at]
        reached = [year for year in starts.get(measure, []) if year <= when[-1]]
        since = when >= max(reached, default=when[0])
        index = pd.Index(known[who], name="municipality")
        wide = pd.DataFrame(grid[:, since], index, pd.Index(when[since], name="year"))
        tables.append((str(measure), wide))
    return tables
