"""Trend tests for thousands of short series at once: Mann-Kendall, Sen and least squares.

Every function takes long columns (series, time, value) in any order and returns a frame with a
row a series. Series of the same length are worked on together, as arrays of all their pairs.

No correction for autocorrelation is made to the rank test: on 3 to 20 figures the published ones
lose points, fail or reject at random. A series of 3 or 4 figures can never reach 5 % (see
`kendall.exact_p`).

Sources: Mann (1945); Kendall (1976); Sen (1968); Newey and West (1987, 1994).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.methods import distributions
from workbench.methods._series import Ragged, ragged
from workbench.methods.columns import Column
from workbench.methods.kendall import exact_p, moments, ties

#: The exact distribution is used up to this many figures, the robust error beyond that many.
EXACT_TO, CLASSIC_TO = 10, 15


def mann_kendall(series: object, time: Column, value: Column) -> pd.DataFrame:
    """Return the test of Mann and Kendall, whether later figures tend to be higher or lower.

    ``S = sum of sign(t_j - t_i) sign(x_j - x_i)`` over all pairs, ``z = (S - sign(S)) / sd(S)``,
    with the variance corrected for ties among values and among times.

    Returns
    -------
    DataFrame
        Per series: n; s; variance; z; p (two-sided; exact up to 10 figures without ties, else by
        the normal approximation); p_normal; test; tau_a (S / pairs); tau_b (S / `scale`, corrected
        for ties); scale. `test` is 'exact', 'normal', 'unchanged' (every figure or every time is
        the same: p is 1, tau NaN) or 'too few' (fewer than 2 figures: all NaN).
    """
    data = ragged(series, time, value)
    s, variance, scale, tied = (np.full(len(data.n), np.nan) for _ in range(4))
    for rows, when, what in data.blocks():
        later, earlier = np.tril_indices(when.shape[1], -1)
        sign = np.sign(when[:, later] - when[:, earlier])
        s[rows] = (sign * np.sign(what[:, later] - what[:, earlier])).sum(axis=1)
        variance[rows], scale[rows], tied[rows] = moments(ties(when), ties(what))
    enough, flat = data.n >= 2, variance == 0
    exact = (data.n <= EXACT_TO) & (tied == 0)
    with np.errstate(all="ignore"):
        z = np.where(flat, 0.0, (s - np.sign(s)) / np.sqrt(variance))
        normal = 2 * distributions.norm_sf(np.abs(z))
        table = {
            "n": data.n,
            "s": s,
            "variance": variance,
            "z": z,
            "p": np.where(exact, exact_p(data.n, s), normal),
            "p_normal": normal,
            "tau_a": np.where(flat, np.nan, 2 * s / (data.n * (data.n - 1))),
            "tau_b": s / scale,
            "scale": scale,
        }
    frame = pd.DataFrame(table, index=data.ids)
    frame.loc[~enough, frame.columns != "n"] = np.nan
    frame["test"] = np.select([~enough, flat, exact], ["too few", "unchanged", "exact"], "normal")
    return frame


def sen(series: object, time: Column, value: Column, level: float = 0.95) -> pd.DataFrame:
    """Return Sen's slope: the median of the slopes between all pairs of figures.

    The interval is between the slopes of rank ``(N -+ z sd(S)) / 2`` among the N, rounded, as in
    scipy and in R's trend; it ends at the outermost slopes, so below about 6 figures it covers
    less than it says.

    Returns
    -------
    DataFrame
        Per series: n; slope, low, high (unit of the value per unit of time); and both intercepts
        in use, at time 0: intercept_separate = ``median(x) - slope median(t)`` (Conover; scipy's
        default, pymannkendall), intercept_joint = ``median(x - slope t)``. NaN where no two times
        differ.
    """
    data = ragged(series, time, value)
    slope, low, high, separate, joint = (np.full(len(data.n), np.nan) for _ in range(5))
    quantile = distributions.norm_ppf((1 + level) / 2)
    for rows, when, what in data.blocks():
        later, earlier = np.tril_indices(when.shape[1], -1)
        apart = when[:, later] - when[:, earlier]
        rise = what[:, later] - what[:, earlier]
        slopes = np.full(apart.shape, np.inf)
        np.divide(rise, apart, out=slopes, where=apart > 0)
        slopes.sort(axis=1)
        count = (apart > 0).sum(axis=1)
        some = count > 0
        if not some.any():
            continue
        rows, when, what, slopes, count = (x[some] for x in (rows, when, what, slopes, count))
        here = np.arange(len(rows))
        middle = (slopes[here, (count - 1) // 2] + slopes[here, count // 2]) / 2
        half = quantile * np.sqrt(moments(ties(when), ties(what))[0])
        first = np.round((count - half) / 2).astype(int) - 1
        last = np.round((count + half) / 2).astype(int)
        slope[rows] = middle
        low[rows] = slopes[here, np.maximum(first, 0)]
        high[rows] = slopes[here, np.minimum(last, count - 1)]
        separate[rows] = np.median(what, axis=1) - middle * np.median(when, axis=1)
        joint[rows] = np.median(what - middle[:, None] * when, axis=1)
    return pd.DataFrame(
        {
            "n": data.n,
            "slope": slope,
            "low": low,
            "high": high,
            "intercept_separate": separate,
            "intercept_joint": joint,
        },
        index=data.ids,
    )


def ols(
    series: object, time: Column, value: Column, level: float = 0.95, robust_from: int | None = None
) -> pd.DataFrame:
    """Return the line of least squares with its t interval (n - 2 degrees of freedom).

    Up to 15 figures the error is the classic one, which takes the years as independent; from 16
    on it is that of Newey and West, with Bartlett weights over ``floor(4 (n / 100)^(2 / 9))``
    steps and the factor ``n / (n - 2)``. `robust_from` moves that border.

    Returns
    -------
    DataFrame
        Per series: n; slope, slope_error, low, high (unit of the value per unit of time); t; p;
        intercept, intercept_error (at time 0); residual_sd; r2; x_mean and x_spread (mean and sum
        of squares of time, for intervals of forecasts); error: 'classic', 'robust', or 'none'
        where fewer than 3 figures leave nothing to judge it by. NaN where no two times differ.
    """
    data = ragged(series, time, value)
    with np.errstate(all="ignore"):
        centre, mean = data.mean(data.time), data.mean(data.value)
        when, what = data.time - centre[data.code], data.value - mean[data.code]
        differ = data.at(data.time, -1) > data.at(data.time, 0)
        spread = np.where(differ, data.total(when**2), np.nan)
        slope = data.total(when * what) / spread
        residual = what - slope[data.code] * when
        free = np.where(data.n > 2, data.n - 2, np.nan)
        squares = data.total(residual**2)
        variance = squares / free
        robust = data.n >= (CLASSIC_TO + 1 if robust_from is None else robust_from)
        share = when / spread[data.code]  # what each figure's residual does to the slope
        level_share = 1 / data.n[data.code] - centre[data.code] * share
        slope_error, intercept_error = (
            np.sqrt(
                np.where(
                    robust,
                    _newey_west(data, weight * residual) * data.n / free,
                    variance * data.total(weight**2),
                )
            )
            for weight in (share, level_share)
        )
        t = slope / slope_error
        half = distributions.t_ppf((1 + level) / 2, free) * slope_error
        table = {
            "n": data.n,
            "slope": slope,
            "slope_error": slope_error,
            "low": slope - half,
            "high": slope + half,
            "t": t,
            "p": 2 * distributions.t_sf(np.abs(t), free),
            "intercept": mean - slope * centre,
            "intercept_error": intercept_error,
            "residual_sd": np.sqrt(variance),
            "r2": 1 - squares / data.total(what**2),
            "x_mean": centre,
            "x_spread": spread,
        }
    judged = np.isfinite(slope_error)
    frame = pd.DataFrame(table, index=data.ids)
    frame["error"] = np.select([~judged, robust], ["none", "robust"], "classic")
    return frame


def _newey_west(data: Ragged, scores: np.ndarray) -> np.ndarray:
    """Return the variance of the sum of `scores` of each series, near ones being related."""
    lags = np.floor(4 * (data.n / 100) ** (2 / 9))
    result = data.total(scores**2)
    for lag in range(1, int(lags.max(initial=0)) + 1):
        products = np.zeros(len(scores))
        same = data.code[lag:] == data.code[:-lag]
        products[lag:] = np.where(same, scores[lag:] * scores[:-lag], 0)
        result += 2 * np.maximum(1 - lag / (lags + 1), 0) * data.total(products)
    return result
