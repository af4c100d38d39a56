"""Simple forecasts of yearly series, their intervals, and how far they were off.

What a published verdict extends into the future is one of these paths; the errors and intervals
say how well such paths did on series whose end is known.

Sources: Makridakis and Hibon (2000), the M3 competition; Athanasopoulos et al. (2011), the tourism
competition; Hyndman and Koehler (2006).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize

from workbench.methods import distributions
from workbench.methods._series import ragged
from workbench.methods.columns import Column, figures


def starts(series: object, time: Column, value: Column, back: int | None = None) -> pd.DataFrame:
    """Return the starting points of forecasts, a row a series.

    Returns
    -------
    DataFrame
        Per series: n; last_time; last; drift (mean change per unit of time); span (time from
        first to last); spread (standard deviation of the changes around the drift, each over the
        root of the time it took; n - 2 degrees of freedom); step (mean absolute change from figure
        to figure, the scale of `mase`); rate (growth per unit of time over the whole series, or
        over its last `back` changes). NaN where there are too few figures.
    """
    data = ragged(series, time, value)
    first, last = data.at(data.value, 0), data.at(data.value, -1)
    start, end = data.at(data.time, 0), data.at(data.time, -1)
    near = np.maximum(0, data.n - 1 - (data.n if back is None else back))
    inside = np.zeros(len(data.code), dtype=bool)
    inside[1:] = data.code[1:] == data.code[:-1]
    with np.errstate(all="ignore"):
        span = np.where(end > start, end - start, np.nan)
        drift = (last - first) / span
        change = np.where(inside, np.diff(data.value, prepend=np.nan), 0)
        took = np.where(inside, np.diff(data.time, prepend=np.nan), 1)
        around = np.where(inside, change - drift[data.code] * took, 0)
        spread = np.sqrt(data.total(around**2 / took) / np.where(data.n > 2, data.n - 2, np.nan))
        ratio = last / data.at(data.value, near)
        rate = ratio ** (1 / (end - data.at(data.time, near))) - 1
        step = data.total(np.abs(change)) / np.where(data.n > 1, data.n - 1, np.nan)
    table = {
        "n": data.n,
        "last_time": end,
        "last": last,
        "drift": drift,
        "span": span,
        "spread": spread,
        "step": step,
        "rate": np.where(np.isfinite(rate) & (data.n > 1), rate, np.nan),
    }
    return pd.DataFrame(table, index=data.ids)


def straight(level: Column, slope: Column, steps: Column, damping: float = 1.0) -> np.ndarray:
    """Return ``level + slope (phi + phi^2 + ... + phi^h)``, a row a series and a column a step.

    `level` is the newest figure of each series or the end of its fitted line, `steps` h are whole
    numbers from 1, `damping` is phi: 1 is a straight line.
    """
    ahead = np.cumsum(damping ** np.arange(1, int(np.max(steps)) + 1))
    return _down(level) + _down(slope) * ahead[figures(steps).astype(int) - 1]


def compound(last: Column, rate: Column, steps: Column) -> np.ndarray:
    """Return ``last (1 + rate)^h``, a row a series and a column a step."""
    return _down(last) * (1 + _down(rate)) ** figures(steps)


def smoothed(values: Column, relative: bool = False) -> tuple[float, float]:
    """Return the level that a series ends at under exponential smoothing, and its alpha.

    ``l_t = l_{t-1} + alpha (y_t - l_{t-1})``; alpha (0.0001 to 0.9999) and the first level are
    the most likely ones, with errors of equal size or, with `relative`, of equal size relative to
    the level. One series at a time. NaN with fewer than 3 figures.
    """
    y = figures(values)

    def path(start: float, alpha: float) -> np.ndarray:
        past = (1 - alpha) ** np.arange(len(y))
        weights = alpha * past
        return past * (1 - alpha) * start + np.convolve(weights, y)[: len(y)]

    def unlikely(parameters: np.ndarray) -> float:
        start, alpha = parameters * [scale, 1]
        before = np.r_[start, path(start, alpha)[:-1]]
        error = (y - before) / (before if relative else scale)
        size = 2 * np.log(np.abs(before)).sum() if relative else 0.0
        return float(len(y) * np.log((error**2).sum() + 1e-300) + size)

    if len(y) < 3:
        return np.nan, np.nan
    scale = float(np.abs(y).max()) or 1.0
    found = min(
        (
            optimize.minimize(
                unlikely, [y[0] / scale, alpha], bounds=[(None, None), (1e-4, 1 - 1e-4)]
            )
            for alpha in (0.1, 0.5, 0.9)
        ),
        key=lambda result: float(result.fun),
    )
    start, alpha = found.x * [scale, 1]
    return float(path(start, alpha)[-1]), float(alpha)


def theta(values: Column, steps: Column) -> np.ndarray:
    """Return the theta forecasts of one series: smoothing with half the slope of its line.

    ``l + b / 2 (h - 1 + (1 - (1 - alpha)^n) / alpha)`` with l and alpha of `smoothed` and b the
    slope of the least squares line; the form of R's forecast.
    """
    y = figures(values)
    level, alpha = smoothed(y)
    slope = np.polyfit(np.arange(len(y)), y, 1)[0]
    return level + slope / 2 * (figures(steps) - 1 + (1 - (1 - alpha) ** len(y)) / alpha)


def drift_margin(
    spread: Column, span: Column, n: Column, steps: Column, level: float = 0.95
) -> np.ndarray:
    """Return half the interval of a random walk with drift, a row a series, a column a step.

    ``t spread sqrt(h (1 + h / span))`` with n - 2 degrees of freedom; `spread`, `span` and `n` as
    `starts` returns them.
    """
    ahead = figures(steps)
    growing = np.sqrt(ahead * (1 + ahead / _down(span)))
    return _quantile(level, _down(n) - 2) * _down(spread) * growing


def line_margin(lines: pd.DataFrame, times: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Return half the prediction interval of a fitted line, a row a series, a column a time.

    ``t sd sqrt(1 + 1 / n + (x - mean)^2 / sum of squares)`` with n - 2 degrees of freedom. It
    takes the years as independent and is far too narrow on yearly series: `drift_margin` is not.
    `lines` are those of `trendtests.ols`.
    """
    n, centre = _down(lines["n"]), _down(lines["x_mean"])
    share = 1 + 1 / n + (times - centre) ** 2 / _down(lines["x_spread"])
    return _quantile(level, n - 2) * _down(lines["residual_sd"]) * np.sqrt(share)


def smape(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Return ``200 |y - f| / (|y| + |f|)`` in per cent, the mean of each row."""
    return np.mean(200 * np.abs(actual - forecast) / (np.abs(actual) + np.abs(forecast)), axis=-1)


def mape(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Return ``100 |y - f| / |y|`` in per cent, the mean of each row."""
    return np.mean(100 * np.abs(actual - forecast) / np.abs(actual), axis=-1)


def mase(actual: np.ndarray, forecast: np.ndarray, step: Column) -> np.ndarray:
    """Return ``|y - f| / step``, the mean of each row; `step` as `starts` returns it."""
    return np.mean(np.abs(actual - forecast), axis=-1) / figures(step)


def _down(column: Column) -> np.ndarray:
    return figures(column)[..., None]


def _quantile(level: float, free: np.ndarray) -> np.ndarray:
    return distributions.t_ppf((1 + level) / 2, np.where(free > 0, free, np.nan))
