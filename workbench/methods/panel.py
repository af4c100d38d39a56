"""Regressions on many municipalities over years, with errors that are honest about both.

Figures of one municipality are related over the years, and those of one year across municipalities
(a national reform, a cold winter). The estimators differ in what they compare, the errors in which
of the two relations they allow for. `paneltests` tests what they assume.

Sources: Stata's regress, xtreg and xtscc; R's plm and nlme; Driscoll and Kraay (1998); Swamy and
Arora (1972); Amemiya (1971).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.methods._regression import LEVEL, Fit, Panel, fit


def of(
    table: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    unit: str = "municipality",
    year: str = "year",
    weights: str | None = None,
) -> Panel:
    """Return the figures of a long table that can be used.

    Parameters
    ----------
    table : DataFrame
        A row per unit and year. Rows without one of the figures are left out.
    outcome, regressors : str
        Columns of figures; a level is added to the regressors.
    unit, year : str
        Columns that say whose and when; years are whole numbers.
    weights : str, optional
        Column of weights, such as residents.
    """
    names = [outcome, *regressors, *([weights] if weights else [])]
    rows = table[[*names, unit, year]].dropna().sort_values([unit, year])
    given = rows[names].to_numpy(float)
    return Panel(
        given[:, 0],
        np.column_stack([given[:, 1 : len(regressors) + 1], np.ones(len(rows))]),
        (*regressors, LEVEL),
        rows[unit].factorize()[0],
        rows[year].to_numpy().astype(int),
        given[:, -1] if weights else np.ones(len(rows)),
    )


def pooled(data: Panel, errors: str = "unit", lags: int = 0) -> Fit:
    """Return the regression that compares every figure with every other.

    Parameters
    ----------
    data : Panel
    errors : str
        'classic'; 'robust' (HC1); 'unit' (clustered by unit); 'driscoll-kraay' (related across
        units and over `lags` years); 'newey-west' (related within units over `lags` years).
    lags : int
        Years that figures stay related over.
    """
    return fit(data, errors, lags)


def within(data: Panel, effects: str = "unit", errors: str = "unit", lags: int = 0) -> Fit:
    """Return the regression that compares every unit with itself (fixed effects).

    Parameters
    ----------
    data, errors, lags
        As in `pooled`; 'robust' errors are those clustered by unit, as in Stata, since the plain
        ones are wrong once units were taken out.
    effects : str
        'unit': what is constant in a unit is taken out. 'both': what is common to a year as well
        (two-way), by a column for every year but the first; gaps in the table do no harm.

    Returns
    -------
    Fit
        Its level is the mean over all figures.
    """
    if effects == "both":
        years = data.year[:, None] == np.unique(data.year)[1:]
        data = replace(data, x=np.column_stack([data.x, years]))
    means, weight = data.means(), data.weight
    clear = replace(
        data,
        y=data.y - means.y[data.unit] + np.average(data.y, weights=weight),
        x=data.x - means.x[data.unit] + np.average(data.x, axis=0, weights=weight),
    )
    return fit(clear, "unit" if errors == "robust" else errors, lags, absorbed=len(means.y) - 1)


def between(data: Panel, by_length: bool = False) -> Fit:
    """Return the regression of the units' means, with classic errors.

    `by_length` weights a unit by its number of figures.
    """
    means = data.means()
    if by_length:
        means = replace(means, weight=np.bincount(data.unit).astype(float))
    return fit(means, "classic")


def random(data: Panel, effects: str = "unit", errors: str = "unit", lags: int = 0) -> Fit:
    """Return the regression with random effects, between `pooled` and `within`. No weights.

    With 'unit' effects the variances are those of Swamy and Arora, and of every unit's mean the
    share ``1 - sqrt(v / (T v_unit + v))`` is taken out; units may differ in length. With 'both'
    they are Amemiya's, and the table must be complete.

    Parameters
    ----------
    data, errors, lags
        As in `within`.
    effects : str
        'unit' or 'both'.

    Raises
    ------
    ValueError
        `effects` is 'both' and a unit has no figure for a year.
    """
    errors = "unit" if errors == "robust" else errors
    if effects == "both":
        return _two_way(data, errors, lags)
    own, across, means = within(data, errors="classic"), between(data), data.means()
    length = np.bincount(data.unit)
    noise = own.rss / own.df_residual
    spread = max(0.0, across.rss / across.df_residual - noise * float(np.mean(1 / length)))
    share = (1 - np.sqrt(noise / (length * spread + noise)))[data.unit]
    moved = replace(
        data,
        y=data.y - share * means.y[data.unit],
        x=data.x - share[:, None] * means.x[data.unit],
    )
    return replace(fit(moved, errors, lags), variances={"residual": noise, "unit": spread})


def mixed(data: Panel, slopes: bool = False) -> Any:
    """Return the mixed model by restricted likelihood, as statsmodels' result.

    Every unit has a random level and, with `slopes`, a random yearly change: short series then
    borrow from each other. The result's ``converged`` says whether the most likely values were
    found; a spread of 0 can be one of them.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    effects = np.column_stack([np.ones(len(data.y)), data.year - data.year.mean()])
    model = MixedLM(
        data.y,
        pd.DataFrame(data.x, columns=list(data.names)),
        groups=data.unit,
        exog_re=effects if slopes else None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(reml=True, method=["powell", "lbfgs"])


def _two_way(data: Panel, errors: str, lags: int) -> Fit:
    units, years = len(np.unique(data.unit)), len(np.unique(data.year))
    if len(data.y) != units * years:
        raise ValueError("Random effects of unit and year need a figure of every unit and year.")
    cube = np.column_stack([data.y, data.x]).reshape(units, years, -1)
    clear = _without(cube, 1, 1, 1).reshape(units * years, -1)
    slopes = np.linalg.lstsq(clear[:, 1:-1], clear[:, 0], rcond=None)[0]
    rest = cube[..., :1] - cube[..., 1:-1] @ slopes[:, None]
    rest -= rest.mean()
    noise = float((_without(rest, 1, 1, 1) ** 2).sum() / ((units - 1) * (years - 1)))
    by_unit = max(0.0, float((rest.mean(1) ** 2).mean()) - noise / years)
    by_year = max(0.0, float((rest.mean(0) ** 2).mean()) - noise / units)
    own, common = years * by_unit, units * by_year
    one, two, three = (1 - np.sqrt(noise / (v + noise)) for v in (own, common, own + common))
    moved = _without(cube, one, two, one + two - three).reshape(units * years, -1)
    result = fit(replace(data, y=moved[:, 0], x=moved[:, 1:]), errors, lags)
    return replace(result, variances={"residual": noise, "unit": by_unit, "year": by_year})


def _without(cube: np.ndarray, unit: float, year: float, both: float) -> np.ndarray:
    """Return the cube (unit, year, column) less shares of its means."""
    by_unit, by_year, whole = (cube.mean(axis, keepdims=True) for axis in (1, 0, (0, 1)))
    return cube - unit * by_unit - year * by_year + both * whole
