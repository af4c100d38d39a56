"""Results that depend on all figures, made again only where figures or code changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from workbench.dataset import Dataset
from workbench.storage import cache, hashing

T = TypeVar("T")


def cached(data: Dataset, what: str, make: Callable[[], T], remember: bool = True) -> T:
    """Return a result that depends on all figures and the code of the package, made once for both.

    What is large and seldom asked for is not remembered in memory, of which each fork has a copy.
    """
    # The tables themselves, not their files: someone may have bent a target in memory.
    facts = [hashing.fingerprint(table) for table in _tables(data)]
    key = hashing.digest([], hashing.program(), what, *facts)
    return cache.cached(key, make, remember=remember)


def cached_per_measure(
    data: Dataset,
    what: str,
    make: Callable[[Dataset], tuple[pd.DataFrame, ...]],
    others: tuple[str, ...] = (),
) -> tuple[pd.DataFrame, ...]:
    """Return tables of all series, of which only those of changed measures are made again.

    `make` takes the dataset with the observations of some measures, and of `others` that those
    depend on.
    """

    def again() -> tuple[pd.DataFrame, ...]:
        about = [hashing.fingerprints(table) for table in _tables(data)]
        common = [hashing.program(), what, *(about[0].get(other, "") for other in others)]
        keys = {
            measure: hashing.digest([], *common, *(table.get(measure, "") for table in about))
            for measure in sorted(about[0])
        }
        if not keys:
            return make(data)
        parts = cache.cached_per_measure(
            what, keys, lambda names: make(only(data, *names, *others))
        )
        return tuple(hashing.joined(tables) for tables in zip(*parts.values(), strict=True))

    return cached(data, what, again)


def only(data: Dataset, *measures: str) -> Dataset:
    """Return the dataset with the observations of some measures."""
    rows = data.observations
    return replace(data, observations=rows[rows["measure"].isin(measures)])


def rows_for(part: Dataset, tables: Iterable[pd.DataFrame]) -> tuple[pd.DataFrame, ...]:
    """Return the rows of tables for the measures in the dataset."""
    known = part.observations["measure"].unique()
    return tuple(table[table["measure"].isin(known)] for table in tables)


def _tables(data: Dataset) -> tuple[pd.DataFrame, ...]:
    """Return the tables that results depend on; each has a column measure."""
    return data.observations, data.targets, data.breaks, data.measures
