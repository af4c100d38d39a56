"""Projections of all series: what `motion` says of a year, within the bounds of each measure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.motion import constants_of, motion, scale_of

#: A series needs this many figures on one level.
MINIMUM = 3

#: A chance is stated from so many figures on.
ENOUGH = 5

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
    sizes = population(observations)
    aims = pd.DataFrame({"measure": [], "municipality": [], "target": []})
    aims = (aims if targets is None else targets).set_index(["measure", "municipality"])["target"]
    parts = []
    for measure, series in levels(observations, breaks):
        grid = series.to_numpy(dtype=float)
        size = newest_size(sizes).reindex(series.index).to_numpy() if len(sizes.columns) else None
        about = measures.set_index("measure").loc[measure]
        low, high = float(about["lower_bound"]), float(about["upper_bound"])
        scale, constants = scale_of(grid, low, high), constants_of(about.get("unit"))
        moves = motion(grid, series.columns.to_numpy(), scale, size, constants)
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
