"""What a series alone would say of later years: the plain forecasts that others must beat.

Sources: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, sections 5.2 and
5.5 (naive and drift, and their intervals); Theil (1950) and Sen (1968); least squares.
"""

from __future__ import annotations

import numpy as np

from workbench.methods import distributions

Matrix = np.ndarray


def ahead(values: Matrix, years: Matrix, to: Matrix, level: float = 0.8) -> dict[str, Matrix]:
    """Return forecasts from the newest year of many series, each by itself.

    Parameters
    ----------
    values : array, series x years
        Missing where there is no figure.
    years : array
        Ascending; the last one is the origin.
    to : array
        Years to forecast.
    level : float
        Nominal coverage of the naive range.

    Returns
    -------
    dict of str to array, years to forecast x series
        drift (the last value, and on by the mean change), theil_sen (on by the median slope), ols
        (the fitted line), drift_half (half the width of a 95 % range of the drift), naive_half
        (half that of the last value's, by its root mean square change, at `level`).
    """
    have, years = ~np.isnan(values), years.astype(float)
    horizon, last = (to - years[-1])[:, None], values[:, -1]
    first = np.argmax(have, axis=1)
    with np.errstate(all="ignore"):
        span = years[-1] - years[first]
        drift = (last - values[np.arange(len(values)), first]) / span
        steps, gaps = np.diff(values, axis=1), np.diff(years)
        counted = (~np.isnan(steps)).sum(axis=1)
        free = (counted - 1).clip(1)
        off = np.nansum((steps - drift[:, None] * gaps) ** 2 / gaps, axis=1) / free
        jump = np.nansum(steps**2 / gaps, axis=1) / counted
        mean, year, slope = _line(values, years, have)
        half = distributions.t_ppf(0.975, free) * np.sqrt(off * (horizon + horizon**2 / span))
        naive = distributions.norm_ppf((1 + level) / 2) * np.sqrt(jump * horizon)
    return {
        "drift": last + horizon * drift,
        "theil_sen": last + horizon * _median_slope(values, years),
        "ols": mean + slope * (to[:, None] - year),
        "drift_half": half,
        "naive_half": naive,
    }


def _line(values: Matrix, years: Matrix, have: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return the mean value, the mean year and the slope of least squares."""
    n = have.sum(axis=1)
    x = np.where(have, years, np.nan)
    mean, year = np.nansum(values, axis=1) / n, np.nansum(x, axis=1) / n
    apart = x - year[:, None]
    slope = np.nansum(apart * (values - mean[:, None]), axis=1) / np.nansum(apart**2, axis=1)
    return mean, year, slope


def _median_slope(values: Matrix, years: Matrix) -> Matrix:
    """Return the median of the slopes between all pairs of figures; missing without a pair."""
    i, j = np.triu_indices(len(years), 1)
    slopes = np.sort((values[:, j] - values[:, i]) / (years[j] - years[i]), axis=1)
    known = (~np.isnan(slopes)).sum(axis=1)  # missing ones are sorted last
    middle = np.stack([(known - 1) // 2, known // 2], axis=1).clip(0)
    return np.take_along_axis(slopes, middle, axis=1).mean(axis=1)
