"""Trend, distance to target and place among peers: frames in, frames out.

The plain version: yearly change as a random walk with drift, whose interval comes from the spread
of the yearly changes themselves. No text, no charts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from workbench.dataset import Dataset

#: Fewer figures than this carry no trend at all, and fewer than ENOUGH no word on certainty.
MINIMUM, ENOUGH = 3, 5

_SERIES = ["measure", "municipality"]


def trend(
    observations: pd.DataFrame, breaks: pd.DataFrame, measures: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Return the yearly change of every series, with its interval.

    A series is a random walk with drift observed at irregular years: the drift is
    ``(last - first) / span``; the interval is a t interval with n - 2 degrees of freedom from the
    spread of the changes around it, each weighted by the years it took. A fitted line would take
    the years as independent and be far too sure of short yearly series. Only figures from the
    newest series break on are used.

    Parameters
    ----------
    observations : DataFrame
        measure, municipality, year, value (unit of the measure), status; one row per series
        and year.
    breaks : DataFrame
        measure, year (the first of the new level).
    measures : DataFrame
        measure, direction (1, -1, 0), window (years that one value covers).
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
            the interval is on one side of nought.
        'unclear'
            the interval holds nought.

        and reading: 'better', 'worse' or 'neutral' (direction 0) for 'rising' and 'falling',
        empty otherwise.
    """
    figures = _newest_level(observations, breaks).sort_values([*_SERIES, "year"])
    keys = figures.groupby(_SERIES, sort=True)
    rows = keys.agg(
        n=("year", "size"),
        first_year=("year", "first"),
        last_year=("year", "last"),
        first=("value", "first"),
        last=("value", "last"),
        broken_at=("broken_at", "first"),
    )
    rows["status"] = keys["status"].nth(-1).to_numpy()
    span = rows["last_year"] - rows["first_year"]
    slope = (rows["last"] - rows["first"]) / span.where(span > 0)

    steps = keys[["year", "value"]].diff()
    expected = slope.reindex(pd.MultiIndex.from_frame(figures[_SERIES])).to_numpy()
    squared = (steps["value"] - expected * steps["year"]) ** 2 / steps["year"]
    spread = squared.groupby([figures[k] for k in _SERIES]).sum()
    freedom = (rows["n"] - 2).where(rows["n"] >= ENOUGH)
    error = np.sqrt(spread / freedom / span)
    half = error * stats.t.ppf((1 + level) / 2, freedom)

    about = measures.set_index("measure").loc[rows.index.get_level_values("measure")]
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
    return rows.reset_index()


def target_values(
    targets: pd.DataFrame, observations: pd.DataFrame, municipality: str
) -> pd.DataFrame:
    """Return the targets that hold for a municipality, each as a value of its measure.

    A cut counts from the value of its base year. A cut of the numerator (emissions in tonnes) is
    divided by the newest denominator (residents), because the goal is for the total.
    A target without figures for its base year is left out.

    Returns
    -------
    DataFrame
        The columns of ``targets`` and ``target`` (unit of the measure). The municipality's own
        target, where it has one, is the primary one of its measure.
    """
    own = targets["municipality"].eq(municipality).fillna(False).astype(bool)
    held = targets[own | targets["municipality"].isna()].copy()
    figures = observations[observations["municipality"] == municipality]
    at = figures.set_index(["measure", "year"])
    newest = figures.sort_values("year").groupby("measure")["denominator"].last()
    base = pd.MultiIndex.from_frame(held[["measure", "base_year"]])
    base_value = at["value"].reindex(base).to_numpy()
    total = at["numerator"].reindex(base).to_numpy() / held["measure"].map(newest).to_numpy()
    start = np.where(held["of"] == "numerator", total, base_value)
    held["target"] = np.where(
        held["kind"] == "cut", start * (1 - held["value"] / 100), held["value"]
    )
    decided = set(held.loc[held["municipality"].notna(), "measure"])
    general = held["measure"].isin(decided) & held["municipality"].isna()
    held["primary"] = held["primary"].where(~general, "no")
    return held[held["target"].notna()].reset_index(drop=True)


def distance(latest: pd.DataFrame, targets: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return how far the newest figures are from their targets.

    Parameters
    ----------
    latest : DataFrame
        measure, last_year, last: the newest figure of each measure.
    targets : DataFrame
        As `target_values` returns them.
    measures : DataFrame
        measure, direction.

    Returns
    -------
    DataFrame
        The columns of `targets` and: last, last_year, gap (unit of the measure, above nought when
        the target is not reached), met, required (change per year from the newest figure to the
        target's year; missing when the year is over, is not set, or the target is met).
    """
    rows = targets.merge(latest[["measure", "last", "last_year"]], on="measure")
    direction = rows["measure"].map(measures.set_index("measure")["direction"])
    rows["gap"] = direction * (rows["target"] - rows["last"])
    rows["met"] = rows["gap"] <= 0
    years = (rows["year"] - rows["last_year"]).astype("Float64").astype("float64")
    rows["required"] = ((rows["target"] - rows["last"]) / years).where((years > 0) & ~rows["met"])
    return rows


def peer_range(
    observations: pd.DataFrame, measures: pd.DataFrame, peers: Sequence[str]
) -> pd.DataFrame:
    """Return what the peers' figures are, per measure and year.

    Measures that add up (residents, tonnes, decares) grow with the size of the municipality and
    are left out: they cannot be compared.

    Returns
    -------
    DataFrame
        measure, year, peers (how many have a figure), peers_low, peers_median, peers_high (unit
        of the measure). Preliminary figures count.
    """
    sums = measures.loc[measures["aggregation"] == "sum", "measure"]
    figures = observations[
        observations["municipality"].isin(list(peers)) & ~observations["measure"].isin(sums)
    ]
    return figures.groupby(["measure", "year"], as_index=False).agg(
        peers=("value", "size"),
        peers_low=("value", "min"),
        peers_median=("value", "median"),
        peers_high=("value", "max"),
    )


def assess(data: Dataset, municipality: str, peers: Sequence[str]) -> pd.DataFrame:
    """Return all that is said of a municipality, one row per measure with figures.

    Returns
    -------
    DataFrame
        The columns of `trend`; those of `peer_range` for the newest year; ``place`` ('better',
        'worse' or 'level' against the peers' median, empty when the measure has no direction or
        fewer than 3 peers have a figure for that year); and those of `distance` for the primary
        target with the prefix ``target_``.
    """
    number = data.municipality(municipality)
    own = data.observations[data.observations["municipality"] == number]
    rows = trend(own, data.breaks, data.measures)
    others = peer_range(data.observations, data.measures, [p for p in peers if p != number])
    rows = rows.merge(
        others, left_on=["measure", "last_year"], right_on=["measure", "year"], how="left"
    ).drop(columns="year")
    rows["peers"] = rows["peers"].fillna(0).astype("int64")
    direction = rows["measure"].map(data.measures.set_index("measure")["direction"])
    ahead = np.sign(direction * (rows["last"] - rows["peers_median"])).where(
        rows["peers"] >= MINIMUM
    )
    rows["place"] = np.select(
        [direction == 0, ahead > 0, ahead < 0, ahead == 0], ["", "better", "worse", "level"], ""
    )
    goals = distance(rows, target_values(data.targets, data.observations, number), data.measures)
    goals = goals[goals["primary"] == "yes"].set_index("measure")
    shown = [
        "target",
        "year",
        "scope",
        "basis_nb",
        "basis_en",
        "confidence",
        "gap",
        "met",
        "required",
    ]
    goals = goals[shown].add_prefix("target_").rename(columns={"target_target": "target"})
    return rows.merge(goals, left_on="measure", right_index=True, how="left")


def _newest_level(observations: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the figures from the newest break of their measure on that they reach."""
    figures = observations.reset_index(drop=True)
    newest = figures.groupby(_SERIES)["year"].transform("max")
    start = pd.Series(np.nan, index=figures.index)
    for measure, year in breaks[["measure", "year"]].itertuples(index=False):
        reached = (figures["measure"] == measure) & (newest >= year)
        start = start.mask(reached & ~(start >= year), year)
    return figures.assign(broken_at=start)[~(figures["year"] < start)]
