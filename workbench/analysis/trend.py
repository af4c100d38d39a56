"""The yearly change of every series, with its interval: a random walk with drift.

The interval comes from the spread of the yearly changes themselves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.dataset import Dataset, figures_of
from workbench.errors import UsageError, described
from workbench.methods import distributions, trendtests

_SERIES = ["measure", "municipality"]


def trend(
    data: Dataset,
    measure: str | None = None,
    municipality: str | int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the yearly change of every series, with its interval.

    A series is a random walk with drift observed at irregular years: the drift is
    ``(last - first) / span``; the interval is a t interval with n - 2 degrees of freedom from the
    spread of the changes around it, each weighted by the years it took. A fitted line would take
    the years as independent and be far too sure of short yearly series. Only figures from the
    newest series break on are used.

    Parameters
    ----------
    data : Dataset or View
    measure, municipality : str, optional
        Only the series of one measure or of one municipality; all by default.
    level : float
        Nominal coverage of the interval.

    Returns
    -------
    DataFrame
        A row per measure and municipality: n, first_year, last_year, first, last, status (of the
        newest figure), broken_at (first year of the newest level, or missing), slope, low, high
        (unit of the measure per year), outcome:

        'too few'
            fewer than 3 figures; no slope.
        'short'
            3 or 4 figures; a slope, and nothing on how sure.
        'overlapping'
            values cover several years and share figures, so the interval would be too narrow;
            a slope and no interval.
        'unchanged'
            every figure is the same.
        'rising', 'falling'
            the interval is on one side of zero.
        'unclear'
            the interval holds zero.

        p (Mann and Kendall, two-sided; exact up to 10 figures without ties), sen, sen_low,
        sen_high (Sen's slope with its interval), and reading: 'better',
        'worse' or 'neutral' (direction 0) for 'rising' and 'falling',
        empty otherwise.

    Raises
    ------
    UsageError
        If there is no such measure or municipality, or the level is not between 0 and 1.

    Examples
    --------
    >>> import workbench as wb
    >>> row = wb.trend(wb.load(), "low_income_share", "Bærum").iloc[0]
    >>> row[["n", "first", "last", "outcome"]].to_dict()
    {'n': 5, 'first': 8.5, 'last': 8.3, 'outcome': 'unclear'}
    """
    data = figures_of(data, 'wb.trend(data, "low_income_share", "Bærum")')
    if not (isinstance(level, float) and 0 < level < 1):
        raise UsageError(f"{described(level)} is not a level of an interval. Use one such as 0.95.")
    rows = data.observations
    if measure is not None:
        rows = rows[rows["measure"] == data.measure(measure)["measure"]]
    if municipality is not None:
        rows = rows[rows["municipality"] == data.municipality(municipality)]
    return yearly_changes(rows, data.breaks, data.measures, level)


def yearly_changes(
    observations: pd.DataFrame, breaks: pd.DataFrame, measures: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Return the columns of `trend` for the series of a table of observations."""
    figures = newest_level(observations, breaks)
    return drift(figures, measures, level).merge(_tests(figures), on=_SERIES)


def drift(figures: pd.DataFrame, measures: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the columns of `trend` but p and those of Sen's slope, by figures on one level."""
    figures = figures.sort_values([*_SERIES, "year"])
    keys = figures.groupby(_SERIES)
    rows = keys.agg(
        n=("year", "size"),
        first_year=("year", "first"),
        last_year=("year", "last"),
        first=("value", "first"),
        last=("value", "last"),
        broken_at=("broken_at", "first"),
    )
    code = keys.ngroup().to_numpy()
    rows = rows.reset_index()
    rows["status"] = keys["status"].nth(-1).to_numpy()
    span = rows["last_year"] - rows["first_year"]
    slope = (rows["last"] - rows["first"]) / span.where(span > 0)

    steps = keys[["year", "value"]].diff()
    expected = slope.to_numpy()[code]
    squared = (steps["value"] - expected * steps["year"]) ** 2 / steps["year"]
    spread = squared.groupby(code).sum()
    freedom = (rows["n"] - 2).where(rows["n"] >= ENOUGH)
    error = np.sqrt(spread / freedom / span)
    half = error * distributions.t_ppf((1 + level) / 2, freedom)

    about = measures.set_index("measure").loc[rows["measure"]]
    overlapping = (about["window"] > 1).to_numpy()
    half = half.mask(overlapping)
    rows["slope"] = slope.where(rows["n"] >= MINIMUM)
    rows["low"], rows["high"] = slope - half, slope + half
    rows["outcome"] = np.select(
        [
            rows["n"] < MINIMUM,
            (spread == 0) & (slope == 0),
            rows["n"] < ENOUGH,
            overlapping,
            rows["low"] > 0,
            rows["high"] < 0,
        ],
        ["too few", "unchanged", "short", "overlapping", "rising", "falling"],
        default="unclear",
    )
    moved = rows["outcome"].map({"rising": 1, "falling": -1}).fillna(0)
    good = moved * about["direction"].to_numpy()
    rows["reading"] = np.select(
        [moved == 0, good > 0, good < 0], ["", "better", "worse"], default="neutral"
    )
    return rows


def newest_level(observations: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the figures from the newest break of their measure on that they reach."""
    figures = observations.reset_index(drop=True)
    # Few measures have a break at all.
    broken = figures[figures["measure"].isin(breaks["measure"])]
    newest = broken.groupby(_SERIES)["year"].transform("max")
    start = pd.Series(np.nan, index=broken.index)
    for measure, year in breaks[["measure", "year"]].itertuples(index=False):
        reached = (broken["measure"] == measure) & (newest >= year)
        start = start.mask(reached & ~(start >= year), year)
    figures["broken_at"] = start.reindex(figures.index)
    return figures[~(figures["year"] < figures["broken_at"])]


def _tests(figures: pd.DataFrame) -> pd.DataFrame:
    """Return Mann-Kendall's p and Sen's slope with its interval, a row per series."""
    series = figures.groupby(_SERIES)
    columns = series.ngroup(), figures["year"], figures["value"]
    p = trendtests.mann_kendall(*columns)["p"]
    sen = trendtests.sen(*columns)[["slope", "low", "high"]].add_prefix("sen_")
    rows = pd.concat([p, sen], axis=1).rename(columns={"sen_slope": "sen"})
    return rows.set_axis(series.size().index).reset_index()
