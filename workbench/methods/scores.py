"""How good forecasts were that come as ranges, quantiles or chances: proper scores, low is good.

A proper score is best, on average, for the one who states what he believes. So a range is paid
for by its width and a miss by its distance, and neither wide nor narrow ranges are flattered.

Sources: Brier (1950); Gneiting and Raftery (2007), section 6.2; Bracher, Ray, Gneiting and Reich
(2021), Evaluating epidemic forecasts in an interval format.
"""

from __future__ import annotations

import numpy as np

from workbench.methods.columns import Column, columnwise


@columnwise
def interval_score(actual: Column, low: Column, high: Column, *, level: float) -> Column:
    """Return the interval score of ranges that should hold with probability `level`.

    ``high - low + 2 / (1 - level) * (how far actual lies outside)``, in the unit of the figures.
    """
    outside = np.fmax(low - actual, 0) + np.fmax(actual - high, 0)
    return high - low + 2 / (1 - level) * outside + 0 * actual


def weighted_interval_score(
    actual: np.ndarray, quantiles: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """Return the weighted interval score of forecasts that state several quantiles.

    The mean of twice the quantile score ``(1[actual < q] - share) * (q - actual)`` over all
    quantiles, which is the sum of the absolute error of the median (weight 1/2) and of the
    interval scores of the central ranges (weight (1 - level) / 2), over their number plus 1/2.

    `quantiles` is shares x shape of `actual`; `shares` ascend, and are symmetric around a half.
    """
    column = shares.reshape(-1, *[1] * np.ndim(actual))
    off = quantiles - actual
    return 2 * np.where(off > 0, (1 - column) * off, -column * off).mean(axis=0)


def brier(chance: Column, reached: Column) -> float:
    """Return the mean squared difference between chance and outcome: 0 is perfect."""
    off = (np.asarray(chance) - np.asarray(reached)) ** 2
    return float(off.mean()) if off.size else float("nan")
