"""Many tests at once: p-values adjusted for their number.

A brief tests dozens of series, and one in twenty is below 5 % by chance alone. A p-value that is
adjusted here can be compared with the level that is wanted of the whole set.

Sources: Benjamini and Hochberg (1995); Holm (1979).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.methods.columns import Column, columnwise


@columnwise
def benjamini_hochberg(p: Column) -> Column:
    """Return p-values adjusted for the false discovery rate.

    ``min over j >= i of (m p_j / j)``, at most 1, in the order of p, where m is the number of
    tests. Of those that are then below 5 %, about 5 % are false on average.

    NaN is a test that was not made: it stays NaN and does not count.
    """
    return _adjusted(p, _false_discovery)


@columnwise
def holm(p: Column) -> Column:
    """Return p-values adjusted so that any false one at all is as rare as the level says.

    ``max over j <= i of ((m - j + 1) p_j)``, at most 1, in the order of p. NaN as in
    `benjamini_hochberg`.
    """
    return _adjusted(p, _any_false)


def _false_discovery(p: np.ndarray) -> np.ndarray:
    raised = p * len(p) / np.arange(1, len(p) + 1)
    return np.minimum.accumulate(raised[::-1])[::-1]


def _any_false(p: np.ndarray) -> np.ndarray:
    return np.maximum.accumulate(p * np.arange(len(p), 0, -1))


def _adjusted(p: Column, step: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    given = np.atleast_1d(p)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    result = np.full(given.shape, np.nan)
    result[order] = np.minimum(step(given[order]), 1)
    return result.reshape(np.shape(p))
