"""What a fit rests on: what the effects leave, collinearity, single municipalities that weigh much.

Sources: Belsley, Kuh and Welsch (1980) for DFBETAS and the condition number; taking a whole
municipality out is their deletion formula with blocks of rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

Matrix = np.ndarray

#: Beyond this condition number columns cannot be told apart at all.
_SINGULAR = 1e6


def partialled(columns: Matrix, unit: Matrix, year: Matrix | None, effects: str) -> Matrix:
    """Return columns less what the level and the effects account for.

    Parameters
    ----------
    columns : array, rows x columns
    unit, year : array
        Whose and of when each row is; no year is needed for 'none' and 'pooled'.
    effects : str
        'none', 'pooled', 'entity', 'time' or 'two-way'; with gaps in the table too.
    """
    if effects == "time":
        return _centred(columns, year)
    if effects == "entity":
        return _centred(columns, unit)
    if effects == "two-way":
        years = _centred(_indicators(year), unit)
        own = _centred(columns, unit)
        return own - years @ np.linalg.lstsq(years, own, rcond=None)[0]
    return columns - columns.mean(axis=0)


def collinearity(clear: Matrix) -> tuple[Matrix, float]:
    """Return the variance inflation of each column, and the condition number of all.

    Parameters
    ----------
    clear : array, rows x columns
        As `partialled` returns the terms. The condition number is of the columns scaled to the
        same length; it and the inflation are infinite for columns that add up.
    """
    scaled = clear / np.sqrt((clear**2).sum(axis=0))
    sizes = np.linalg.svd(scaled, compute_uv=False)
    condition = sizes[0] / sizes[-1] if sizes[-1] > 0 else np.inf
    if condition > _SINGULAR:
        return np.full(clear.shape[1], np.inf), np.inf
    return np.diag(np.linalg.inv(scaled.T @ scaled)).copy(), float(condition)


def left_out(
    x: Matrix, residual: Matrix, unit: Matrix, year: Matrix | None, effects: str
) -> Matrix:
    """Return the coefficients without each unit in turn, as a refit would give them.

    Parameters
    ----------
    x : array, rows x terms
    residual : array
        Of the fit to all rows.
    unit, year, effects
        As for `partialled`; units are 0, 1, 2 ...

    Returns
    -------
    array, units x terms
        The change from the coefficients of all rows to those without the unit.
    """
    design = _design(x, unit, year, effects)
    inverse = np.linalg.pinv(design.T @ design)
    ends = np.flatnonzero(np.diff(unit, append=-1)) + 1
    moved = []
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        own = design[first:last]
        leverage = own @ inverse @ own.T
        weights = np.linalg.lstsq(np.eye(len(own)) - leverage, residual[first:last], rcond=None)[0]
        moved.append(-(inverse @ own.T @ weights)[: x.shape[1]])
    return np.array(moved)


def influential(
    change: Matrix, errors: Matrix, units: pd.Index, names: pd.Series, terms: list[str]
) -> pd.DataFrame:
    """Return the units without which a coefficient would move much (DFBETAS).

    Parameters
    ----------
    change : array, units x terms
        As `left_out` returns it.
    errors : array
        Standard error of each coefficient.
    units, terms
        What the rows and the columns are of.
    names : Series
        What each unit is called.

    Returns
    -------
    DataFrame
        municipality, name, term, change (of the coefficient without the municipality), moved (the
        same in standard errors), the largest first; those beyond 2 / sqrt(units).
    """
    table = pd.DataFrame(
        {
            "municipality": np.repeat(units, len(terms)),
            "name": np.repeat(names.loc[units].to_numpy(), len(terms)),
            "term": np.tile(terms, len(units)),
            "change": change.ravel(),
            "moved": (change / errors).ravel(),
        }
    )
    size = table["moved"].abs()
    order = size[size > 2 / np.sqrt(len(units))].sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _design(x: Matrix, unit: Matrix, year: Matrix | None, effects: str) -> Matrix:
    """Return columns of which none is about one unit alone; units are taken out beforehand."""
    if effects == "two-way":
        return _centred(np.column_stack([x, _indicators(year)]), unit)
    if effects == "entity":
        return _centred(x, unit)
    level = _indicators(year) if effects == "time" else np.ones((len(x), 1))
    return np.column_stack([x - x.mean(axis=0), level])


def _indicators(year: Matrix | None) -> Matrix:
    assert year is not None
    return (year[:, None] == np.unique(year)).astype(float)


def _centred(columns: Matrix, group: Matrix | None) -> Matrix:
    return columns - pd.DataFrame(columns).groupby(group).transform("mean").to_numpy()
