"""Many series of differing length as sorted arrays, so that numpy can work on all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.methods.columns import Column, figures

#: Elements that one block of equally long series may have, so that its pairs fit into memory.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Ragged:
    """Series of differing length. All arrays but `ids` and `n` have an element per figure."""

    ids: pd.Index  #: one label a series, sorted; also of series without a figure
    n: np.ndarray  #: figures of each series
    code: np.ndarray  #: which series, as its place in `ids`
    time: np.ndarray
    value: np.ndarray

    def total(self, x: np.ndarray) -> np.ndarray:
        """Return the sum of `x` over each series; 0 without a figure."""
        return np.bincount(self.code, weights=x, minlength=len(self.n))

    def mean(self, x: np.ndarray) -> np.ndarray:
        """Return the mean of `x` over each series; NaN without a figure."""
        return self.total(x) / np.where(self.n, self.n, np.nan)

    def at(self, x: np.ndarray, place: np.ndarray | int) -> np.ndarray:
        """Return the element of `x` at a place of each series; negative counts from its end.

        NaN where the series is too short.
        """
        end = np.cumsum(self.n)
        inside = np.where(np.less(place, 0), self.n + place, place)
        known = (inside >= 0) & (inside < self.n)
        result = np.full(len(self.n), np.nan)
        result[known] = x[(end - self.n + inside)[known]]
        return result

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield the series by length: which ones, their times and values, a row a series."""
        start = np.cumsum(self.n) - self.n
        for length in np.unique(self.n[self.n > 0]):
            rows = np.flatnonzero(self.n == length)
            for part in np.array_split(rows, -(-len(rows) * length**2 // _BLOCK)):
                cells = start[part][:, None] + np.arange(length)
                yield part, self.time[cells], self.value[cells]


def ragged(series: object, time: Column, value: Column) -> Ragged:
    """Return long columns as a `Ragged`, sorted by series and time.

    Parameters
    ----------
    series : array, Series or Index
        Which series a figure belongs to: any label, or a MultiIndex.
    time, value : Column
        When (years, or any number that grows) and how much. Figures without one are left out.
    """
    code, ids = pd.Index(series).factorize(sort=True)
    when, what = figures(time), figures(value)
    order = np.lexsort((when, code))
    order = order[((code >= 0) & ~np.isnan(when) & ~np.isnan(what))[order]]
    n = np.bincount(code[order], minlength=len(ids))
    return Ragged(ids, n, code[order], when[order], what[order])
