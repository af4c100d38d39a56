"""What Kendall's S is worth in a series without a trend: its exact distribution and its variance.

Sources: Best and Gipps (1974), algorithm AS 71; Kendall (1976).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from workbench.methods.columns import Column, columnwise


@columnwise
def exact_tail(n: Column, s: Column) -> Column:
    """Return the exact chance that S is `s` or more in a series of `n` without trend or ties.

    Every order of the figures is as likely; orders are counted by their inversions (AS 71).
    NaN for a missing `s` or fewer than 2 figures.
    """
    size, least = np.atleast_1d(n, s)
    result = np.full(size.shape, np.nan)
    known = (size >= 2) & ~np.isnan(least)
    for length in np.unique(size[known]).astype(int):
        here = known & (size == length)
        pairs = length * (length - 1) // 2
        most = np.floor((pairs - least[here]) / 2)  # inversions that leave S at least so high
        chance = np.concatenate([[0.0], _inversions(length)])
        result[here] = chance[np.clip(most, -1, pairs).astype(int) + 1]
    return result.reshape(np.shape(n))


@columnwise
def exact_p(n: Column, s: Column) -> Column:
    """Return the exact two-sided p-value of S: twice the tail of ``|s|``, at most 1.

    The smallest that n figures can give is ``2 / n!``: 0.333 for 3, 0.083 for 4, 0.017 for 5.
    """
    return np.minimum(2 * np.asarray(exact_tail(n, np.abs(s))), 1)


def ties(x: np.ndarray) -> np.ndarray:
    """Return for each figure how many in its row are equal to it, itself included."""
    return (x[:, :, None] == x[:, None, :]).sum(axis=2)


def moments(t: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return variance of S, denominator of tau-b, and number of tied figures, from the ties.

    Kendall's formulas sum over groups of equal figures; over the figures themselves each group of
    t is met t times, so that every term is divided by t.
    """
    n = t.shape[1]
    t2, u2 = ((x - 1).sum(axis=1) for x in (t, u))  # t (t - 1) over the groups
    t3, u3 = (((x - 1) * (x - 2)).sum(axis=1) for x in (t, u))
    t5, u5 = (((x - 1) * (2 * x + 5)).sum(axis=1) for x in (t, u))
    variance = (n * (n - 1) * (2 * n + 5) - t5 - u5) / 18
    if n > 2:
        variance = variance + t3 * u3 / (9 * n * (n - 1) * (n - 2))
    if n > 1:
        variance = variance + t2 * u2 / (2 * n * (n - 1))
    pairs = n * (n - 1)
    return variance, np.sqrt((pairs - t2) * (pairs - u2)) / 2, (t > 1).sum(1) + (u > 1).sum(1)


@cache
def _inversions(n: int) -> np.ndarray:
    """Return the chance of at most 0, 1, 2 ... inversions in a random order of `n`."""
    chance = np.ones(1)
    for length in range(2, n + 1):
        chance = np.convolve(chance, np.full(length, 1 / length))
    return np.minimum(np.cumsum(chance), 1)
