"""UN regional commissions (ESCAP): current status (0 to 10), and where the path ends.

Sources: https://data.unescap.org/dataviz/methodology/technical-notes.html ; UNICEF MENARO,
SDG-MENARO `progress_assessment_functions.R` (35052082). No published worked figure could be read.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.methods._series import Ragged, ragged
from workbench.methods.columns import Column, columnwise


@columnwise
def current_status(base: Column, value: Column, target: Column, direction: Column) -> Column:
    """Return how much of the way is gone: ``10 d (value - base) / |target - base|``.

    10 once the target is met; below 0 when further off than at base; NaN without a direction, and
    where the base was the target and the value is not.
    """
    direction = np.where(direction == 0, np.nan, direction)
    gone = 10 * direction * (value - base) / _or_nan(np.abs(target - base))
    return np.where(direction * (value - target) >= 0, 10.0, gone)


@columnwise
def parity_status(base: Column, value: Column, target: Column = 1.0) -> Column:
    """Return the status where neither more nor less is better: ``10 - 10 |T - y| / |T - y0|``.

    10 at the target, 0 as far from it as at base, NaN where the base was the target and the value
    is not.
    """
    way = np.abs(target - base)
    return np.where(value == target, 10.0, 10 - 10 * np.abs(target - value) / _or_nan(way))


def weighted_logit(
    series: object, time: Column, value: Column, year: float, scale: float = 100.0
) -> pd.Series:
    """Return the prediction for `year` from a weighted trend of the logits.

    With ``L = ln(Y / (1 - Y))``, ``Y = y / scale``, ``w = (year - first) / (year - t)`` and time
    from its mean, the slope b is that of the weighted regression of L; the level is the mean of L,
    unweighted. The prediction is ``scale / (1 + exp(-(level + b (year - mean))))``, where `scale`
    is the ceiling of the value (100 of a percentage). NaN with fewer than two years, a figure that
    is not between 0 and `scale`, or one of `year` or later.
    """
    return _logit_trend(ragged(series, time, value), year, scale, weighted=True)


def logit(
    series: object, time: Column, value: Column, year: float, scale: float = 100.0
) -> pd.Series:
    """Return the prediction as `weighted_logit` does, all figures counting the same."""
    return _logit_trend(ragged(series, time, value), year, scale, weighted=False)


def mean_logit_change(
    series: object, time: Column, value: Column, year: float, scale: float = 100.0
) -> pd.Series:
    """Return the newest figure moved on by the mean yearly change of the logits.

    The mean of ``(L_i - L_{i-1}) / (t_i - t_{i-1})``. Where it is not defined (a figure at 0 or
    at `scale`, one figure only), the newest figure itself.
    """
    data = ragged(series, time, value)
    with np.errstate(all="ignore"):
        logits = _logit(data, scale)
        inside = data.code[1:] == data.code[:-1]
        rate = np.zeros(len(data.code))
        rate[1:] = np.where(inside, np.diff(logits) / np.diff(data.time), 0)
        step = data.total(rate) / _or_nan(data.n - 1)
        last, when = data.at(data.value, -1), data.at(data.time, -1)
        moved = scale / (1 + np.exp(-(data.at(logits, -1) + step * (year - when))))
    return pd.Series(np.where(np.isfinite(step), moved, last), index=data.ids)


def geometric(series: object, time: Column, value: Column, year: float) -> pd.Series:
    """Return ``I_n (I_n / I_1)^((year - t_n) / (t_n - t_1))``: growth from first to last."""
    data = ragged(series, time, value)
    first, last = data.at(data.value, 0), data.at(data.value, -1)
    start, end = data.at(data.time, 0), data.at(data.time, -1)
    with np.errstate(all="ignore"):
        result = last * (last / first) ** ((year - end) / _or_nan(end - start))
    return pd.Series(np.where(np.isfinite(result), result, np.nan), index=data.ids)


def weighted_geometric(series: object, time: Column, value: Column, year: float) -> pd.Series:
    """Return ``I_n prod((I_i / I_{i-1})^w_i)^((year - t_n) / sum w)``, weights as above.

    As in the code cited, the sum of weights takes in the first figure, which ends no change.
    """
    data = ragged(series, time, value)
    with np.errstate(all="ignore"):
        weight = _weights(data, year)
        inside = data.code[1:] == data.code[:-1]
        change = np.zeros(len(data.code))
        change[1:] = np.where(inside, np.diff(np.log(data.value)), 0)
        ahead = year - data.at(data.time, -1)
        step = data.total(weight * change) / data.total(weight)
        result = data.at(data.value, -1) * np.exp(step * ahead)
    usable = np.isfinite(result) & (data.n >= 2)
    return pd.Series(np.where(usable, result, np.nan), index=data.ids)


def _weights(data: Ragged, year: float) -> np.ndarray:
    ahead = np.where(data.time < year, year - data.time, np.nan)
    return (year - data.at(data.time, 0)[data.code]) / ahead


def _logit(data: Ragged, scale: float) -> np.ndarray:
    share = data.value / scale
    return np.log(share / (1 - share))


def _logit_trend(data: Ragged, year: float, scale: float, weighted: bool) -> pd.Series:
    centre = data.mean(data.time)
    when = data.time - centre[data.code]
    with np.errstate(all="ignore"):
        weight = _weights(data, year) if weighted else np.ones(len(data.code))
        logits = _logit(data, scale)
        total, first = data.total(weight), data.total(weight * when)
        cross = data.total(weight * when * logits) - first * data.total(weight * logits) / total
        square = data.total(weight * when**2) - first**2 / total
        z = data.mean(logits) + cross / square * (year - centre)
        usable = np.isfinite(z) & (data.at(data.time, -1) > data.at(data.time, 0))
        result = np.where(usable, scale / (1 + np.exp(-z)), np.nan)
    return pd.Series(result, index=data.ids)


def _or_nan(x: Column) -> np.ndarray:
    return np.where(x == 0, np.nan, x)
