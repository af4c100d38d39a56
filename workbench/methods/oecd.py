"""OECD, Measuring Distance to the SDG Targets: how far from the best tenth, and which way.

Where the 2030 Agenda names no value, the end is about what the best tenth of the peers have. The
distance is counted in standard deviations of the peers, so that indicators can be compared.

Sources: OECD, The Short and Winding Road to 2030, annex A (https://doi.org/10.1787/74218eb7-en).
That the end is the best tenth and the direction Spearman's correlation was not read in its own
text.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from workbench.methods import distributions
from workbench.methods._columns import Column, columnwise, figures
from workbench.methods._series import ragged


def end_value(peers: Column, direction: Column, best: float = 0.10) -> Column:
    """Return the figure that the best tenth of the peers reach.

    The 90th percentile along the last axis where up is good, the 10th where down is good, linear
    between figures.

    Parameters
    ----------
    peers : array
        Figures of the peers (one unit), a row an indicator where there are several; NaN left out.
    direction : Column
        1 up is good, -1 down is good; one for each row.
    best : float
        How large the best group is.

    Returns
    -------
    Column
        Unit of the figures. NaN without any, or without a direction.
    """
    given = figures(peers)
    known = ~np.isnan(given)
    filled = np.where(known.any(axis=-1, keepdims=True), given, 0.0)
    lower, upper = np.nanquantile(filled, [best, 1 - best], axis=-1)
    sign = np.where(known.any(axis=-1), figures(direction), np.nan)
    result = np.select([sign > 0, sign < 0], [upper, lower], np.nan)
    return result.item() if result.ndim == 0 else result


@columnwise
def distance(value: Column, end: Column, spread: Column, direction: Column) -> Column:
    """Return ``d (end - value) / spread``, 0 once the end is reached.

    Parameters
    ----------
    value, end : Column
        Newest figure and `end_value` or target (same unit).
    spread : Column
        Standard deviation of the peers (same unit).
    direction : Column
        1 up is good, -1 down is good.

    Returns
    -------
    Column
        Standard deviations of the peers. NaN without a direction, and where the end is not
        reached and the peers do not differ.
    """
    left = np.where(direction == 0, np.nan, direction) * (end - value)
    return np.where(left <= 0, 0.0, left / np.where(spread > 0, spread, np.nan))


def spearman(series: object, time: Column, value: Column, level: float = 0.90) -> pd.DataFrame:
    """Return the rank correlation of value and time, and the direction it shows.

    Returns
    -------
    DataFrame
        Per series: n; rho (-1 to 1, equal figures sharing their mean rank); p (two-sided, from t
        with n - 2 degrees of freedom, which is rough below 10 figures); trend: 'up' or 'down'
        where p is at most ``1 - level``, 'stable' otherwise, 'unchanged' where every figure is
        the same, 'too few' below 3 figures.
    """
    data = ragged(series, time, value)
    rho = np.full(len(data.n), np.nan)
    with np.errstate(all="ignore"):
        for rows, when, what in data.blocks():
            x, y = (rankdata(part, axis=1) - (part.shape[1] + 1) / 2 for part in (when, what))
            rho[rows] = (x * y).sum(1) / np.sqrt((x * x).sum(1) * (y * y).sum(1))
        rho[data.n < 3] = np.nan
        free = np.where(data.n > 2, data.n - 2, np.nan)
        p = 2 * distributions.t_sf(np.abs(rho) * np.sqrt(free / np.maximum(1 - rho**2, 0)), free)
    sure = p <= 1 - level
    trend = np.select(
        [data.n < 3, np.isnan(rho), sure & (rho > 0), sure & (rho < 0)],
        ["too few", "unchanged", "up", "down"],
        "stable",
    )
    return pd.DataFrame({"n": data.n, "rho": rho, "p": p, "trend": trend}, index=data.ids)
