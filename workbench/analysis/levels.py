"""The level of a newest figure: beside all municipalities, and beside the nearest in residents."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.projection import newest_size
from workbench.analysis.similarity import QUARTILES, SPREAD_OF
from workbench.dataset import Dataset

#: What a level can be beside those of all municipalities with a figure for the same year.
#:
#: 'worst'   among the worst tenth
#: 'weak'    worse than the median, and among the worst third of the 50 nearest in residents
#: 'best'    among the best quarter
#: 'middle'  neither
#: ''        there are fewer than `SPREAD_OF` municipalities, or they cannot be compared
LEVELS = ("worst", "weak", "middle", "best", "")

#: So many municipalities are the nearest in residents.
NEAREST = 50

_SERIES = ["measure", "municipality"]


def levels(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Return level, tenth, compared and spread of each series that can be compared.

    `rows` are those of `standings.judged` with direction and last_year. A series has level
    (`LEVELS`), tenth (1 to 10: in which tenth of all municipalities, 10 the worst), compared (how
    many municipalities that is of) and spread (of their figures, as a standard deviation).
    """
    sums = data.measures.set_index("measure")["aggregation"].eq("sum")
    able = rows[(rows["direction"] != 0) & ~rows["measure"].map(sums)]
    numbers = pd.Index(sorted(rows["municipality"].unique()))
    nearest = _nearest(newest_size(data.observations).reindex(numbers).to_numpy(dtype=float))
    figures = data.observations.merge(
        able[["measure", "last_year"]].drop_duplicates(),
        left_on=["measure", "year"],
        right_on=["measure", "last_year"],
    )
    ways = able.groupby("measure")["direction"].first()
    parts = []
    for (measure, year), part in figures.groupby(["measure", "year"]):
        if len(part) >= SPREAD_OF:
            value = ways[measure] * part["value"].to_numpy(dtype=float)
            found = _level(value, nearest, numbers.get_indexer(part["municipality"]))
            found = found.assign(municipality=part["municipality"].to_numpy())
            spread = np.subtract(*np.percentile(value, [75, 25])) / QUARTILES
            facts = {"measure": measure, "last_year": year, "compared": len(part)}
            parts.append(found.assign(**facts, spread=spread))
    if not parts:
        columns = [*_SERIES, "level", "tenth", "compared", "spread"]
        return pd.DataFrame(columns=columns).astype({"level": "object"})
    levels = pd.concat(parts, ignore_index=True)
    levels = able[[*_SERIES, "last_year"]].merge(levels, on=[*_SERIES, "last_year"])
    return levels.drop(columns="last_year")


def _nearest(residents: np.ndarray) -> np.ndarray:
    """Return where all others stand, for each municipality the nearest in residents first."""
    size = np.log(residents)
    apart = np.abs(size[:, None] - size[None, :])
    np.fill_diagonal(apart, np.inf)
    # One whose residents are not known is nobody's neighbour and has the first as its own.
    return np.argsort(np.where(np.isnan(apart), np.inf, apart), axis=1, kind="stable")


def _level(value: np.ndarray, nearest: np.ndarray, those: np.ndarray) -> pd.DataFrame:
    """Return level and tenth of `those` municipalities of one year; of their values more is better.

    `nearest` is of all, and by place.
    """
    count = len(value)
    place = np.full(len(nearest), -1)
    place[those] = np.arange(count)
    near = place[nearest[those]]
    near = near[near >= 0].reshape(count, count)[:, : min(NEAREST, count - 1)]
    ordered = np.sort(value)
    below = np.searchsorted(ordered, value, "left")
    above = count - np.searchsorted(ordered, value, "right")
    beaten = (value[near] > value[:, None]).mean(axis=1)
    low = value < np.median(value)
    level = np.select(
        [low & (below < count / 10), low & (beaten >= 2 / 3), ~low & (above < count / 4)],
        ["worst", "weak", "best"],
        default="middle",
    )
    return pd.DataFrame({"level": level, "tenth": np.floor(10 * above / count) + 1})
