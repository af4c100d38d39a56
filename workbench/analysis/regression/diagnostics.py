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

#: A leverage nearer to 1 than this is 1.
_ALONE = 1e-9


def partialled(columns: Matrix, unit: Matrix, year: Matrix | None, effects: str) -> Matrix:
    """Return columns (rows x columns) less what the level and the effects account for.

    No year is needed for 'none' and 'pooled' effects; the table may have gaps.
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
    """Return the variance inflation of each column of `partialled`, and the condition of all.

    The condition number is of the columns scaled to the same length; it and the inflation are
    infinite for columns that add up.
    """
    scaled = clear / np.sqrt((clear**2).sum(axis=0))
    sizes = np.linalg.svd(scaled, compute_uv=False)
    condition = sizes[0] / sizes[-1] if sizes[-1] > 0 else np.inf
    if condition > _SINGULAR:
        return np.full(clear.shape[1], np.inf), np.inf
    return np.diag(np.linalg.inv(scaled.T @ scaled)).copy(), float(condition)


def deciding(
    x: Matrix, unit: Matrix, year: Matrix | None, effects: str, by: str = "unit"
) -> dict[int, Matrix]:
    """Return the groups of rows without which a coefficient could not be found at all.

    Such a group has a leverage of 1: whatever its outcome is, the fit goes through it, so that no
    error can be learnt from what is left of it.

    `x` is rows x terms; a group is a 'unit', a 'year' or a 'row', as `by` says.

    Returns
    -------
    dict of int to array
        By group: whether it alone decides each term. A row may decide none of them, but the level
        of its year.
    """
    group = {"unit": unit, "year": year, "row": np.arange(len(x))}[by]
    assert group is not None
    candidates = np.unique(group)
    if by != "year":  # many: their leverage says which can be meant at all
        design = _design(x, unit, year, effects)
        length = np.sqrt((design**2).sum(axis=0))
        left, sizes, _ = np.linalg.svd(design / np.where(length > 0, length, 1), False)
        left = left[:, sizes > sizes[0] / _SINGULAR]
        candidates = candidates[np.bincount(group, (left**2).sum(axis=1)) > 1 - _ALONE]
    size, found = np.sqrt((partialled(x, unit, year, effects) ** 2).sum(axis=0)), {}
    for one in candidates:
        rest = group != one
        clear = partialled(x[rest], unit[rest], None if year is None else year[rest], effects)
        _, sizes, ways = np.linalg.svd(clear / size, False)
        lost = np.abs(ways[sizes < np.sqrt(_ALONE)])
        if len(lost) or by == "row":
            found[int(one)] = (lost > 1e-6).any(axis=0)
    return found


def left_out(
    x: Matrix, residual: Matrix, unit: Matrix, year: Matrix | None, effects: str
) -> Matrix:
    """Return how the coefficients change without each unit in turn, as a refit would.

    `x` is rows x terms, `residual` that of the fit to all rows, units are 0, 1, 2 ... The result
    is units x terms, missing where a coefficient cannot be found without the unit.
    """
    design = _design(x, unit, year, effects)
    inverse = np.linalg.pinv(design.T @ design)
    ends = np.flatnonzero(np.diff(unit, append=-1)) + 1
    moved = []
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        own = design[first:last]
        leverage = own @ inverse @ own.T
        free, ways = np.linalg.eigh(np.eye(len(own)) - leverage)
        share = np.where(free > _ALONE, 1 / np.where(free > _ALONE, free, 1), 0)
        weights = ways @ (share * (ways.T @ residual[first:last]))
        moved.append(-(inverse @ own.T @ weights)[: x.shape[1]])
    for at, terms in deciding(x, unit, year, effects).items():
        moved[at][terms] = np.nan
    return np.array(moved)


def influential(
    change: Matrix, errors: Matrix, units: pd.Index, names: pd.Series, terms: list[str]
) -> pd.DataFrame:
    """Return the units without which a coefficient would move much (DFBETAS).

    `change` is that of `left_out`, whose rows are of `units` and whose columns are of `terms`;
    `errors` are of the coefficients, and `names` of the units.

    Returns
    -------
    DataFrame
        municipality, name, term, change (of the coefficient without the municipality; missing
        where there is none without it), moved (the same in standard errors, then without end), the
        largest first; those beyond 2 / sqrt(units).
    """
    table = pd.DataFrame(
        {
            "municipality": np.repeat(units, len(terms)),
            "name": np.repeat(names.loc[units].to_numpy(), len(terms)),
            "term": np.tile(terms, len(units)),
            "change": change.ravel(),
            "moved": np.where(np.isnan(change), np.inf, change / errors).ravel(),
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
