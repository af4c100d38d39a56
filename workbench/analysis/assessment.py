"""All that is said of a municipality: trend, target, peers, outlook and verdicts, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis import verdicts
from workbench.analysis.memo import cached, cached_per_measure, only, rows_for
from workbench.analysis.outlook import HORIZON, outlook
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.record import withhold
from workbench.analysis.targets import distance, target_values
from workbench.analysis.trend import newest_level, yearly_changes
from workbench.dataset import Dataset, figures_of
from workbench.dataset.lookup import check_numbers
from workbench.errors import UsageError
from workbench.methods import multiple_testing
from workbench.storage import hashing


def assess(
    data: Dataset, municipality: str, peers: str | Iterable[str], beside: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return all that is said of a municipality, one row per measure with figures.

    Parameters
    ----------
    data : Dataset
    municipality : str
        A number of today or earlier, or a name.
    peers : str or iterable of str
        As `Dataset.numbers` takes them; the municipality itself is no peer.
    beside : DataFrame, optional
        `peer_range` of the peers, where it is known already.

    Returns
    -------
    DataFrame
        The columns of `trend`; q (p after Benjamini and Hochberg, over the series of this
        municipality with at least 5 figures); those of `peer_range` for the newest year; ``place``
        ('better', 'worse' or 'level' against the peers' median, empty when the measure has no
        direction or fewer than 3 peers have a figure for that year); those of `distance` for the
        primary target with the prefix ``target_``; those of `outlook`; and those of
        `verdicts.verdicts`, with the verdicts of one, two and three figures ago (``eurostat_1``
        to ``germany_3``). Every input of every verdict is a column.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> rows = wb.assess(data, "Bærum", data.group("u4ssc")).set_index("measure")
    >>> rows.loc["voter_turnout_storting", ["last", "peers", "place"]].to_dict()
    {'last': 86.2462, 'peers': 11, 'place': 'better'}
    """
    data = figures_of(data, 'wb.assess(data, "Bærum", peers=["Asker"])')
    number = data.municipality(municipality)
    others = [peer for peer in data.numbers(peers) if peer != number]
    if beside is None:
        beside = peer_range(data.observations, data.measures, others)
    trends, goals = (_of(number, table) for table in trends_and_goals(data))
    now, before = (_of(number, table) for table in judgements(data))
    ahead = _of(number, projections(data))
    return _side_by_side(data, Parts(trends, goals, ahead, now, before), beside)


@dataclass(frozen=True)
class Parts:
    """The tables that `assess` puts side by side for one municipality."""

    trends: pd.DataFrame
    goals: pd.DataFrame  #: `distance` of primary targets
    ahead: pd.DataFrame  #: `outlook`
    now: pd.DataFrame  #: `verdicts.verdicts`
    before: pd.DataFrame  #: `verdicts.earlier`


def try_target(
    data: Dataset, municipality: str, measure: str, value: float, year: int, beside: pd.DataFrame
) -> tuple[pd.DataFrame, Parts]:
    """Return the row of `assess` for one measure if its target were another, and its parts.

    Nothing is cached; the target's scope and basis are missing. `value` is in the unit of the
    measure, and `beside` is `peer_range` of the peers.

    Raises
    ------
    UsageError
        If the municipality has no figure of that measure.
    """
    municipality, measure = data.municipality(municipality), data.measure(measure)["measure"]
    trends = _of(municipality, trends_and_goals(data)[0])
    own = trends[trends["measure"] == measure]
    if own.empty:
        raise UsageError(data.missing(measure, municipality))
    tried = pd.DataFrame({"measure": [measure], "municipality": [municipality]})
    tried = tried.assign(target=value, year=pd.array([year], dtype="Int64"))
    nothing = dict.fromkeys(["scope", "basis_nb", "basis_en", "confidence"])
    goals = distance(own, tried.assign(**nothing), data.measures)
    part = only(data, measure, "population")
    # Of all municipalities, since SDSN's scale begins where the worst of them are.
    figures = newest_level(only(data, measure).observations, data.breaks)
    parts = Parts(
        trends,
        goals,
        withhold(data, outlook(part, own, goals)),
        _of(municipality, verdicts.verdicts(figures, goals, data.measures, HORIZON)),
        _of(municipality, verdicts.earlier(figures, goals, data.measures)),
    )
    rows = _side_by_side(data, parts, beside)
    return rows[rows["measure"] == measure].reset_index(drop=True), parts


def peer_range(
    observations: pd.DataFrame, measures: pd.DataFrame, peers: Sequence[str]
) -> pd.DataFrame:
    """Return the range of the peers' figures, per measure and year.

    Measures that add up (residents, tonnes, decares) grow with the size of the municipality and
    are left out: they cannot be compared.

    Returns
    -------
    DataFrame
        measure, year, peers (how many have a figure), peers_low, peers_median, peers_high (unit
        of the measure). Preliminary figures count.
    """
    check_numbers(peers, observations["municipality"])
    sums = measures.loc[measures["aggregation"] == "sum", "measure"]
    figures = observations[observations["municipality"].isin(list(peers))]
    figures = figures[~figures["measure"].isin(sums)]
    return figures.groupby(["measure", "year"], as_index=False).agg(
        peers=("value", "size"),
        peers_low=("value", "min"),
        peers_median=("value", "median"),
        peers_high=("value", "max"),
    )


def trends_and_goals(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `trend` of every series, and `distance` to its primary target where it has one.

    Cached until the figures change.
    """

    def make(part: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
        trends = yearly_changes(part.observations, part.breaks, part.measures)
        goals = distance(trends, target_values(part.targets, part.observations), part.measures)
        return trends, goals[goals["primary"] == "yes"]

    trends, goals = cached_per_measure(data, "trends", make)
    return trends, goals


def projections(data: Dataset) -> pd.DataFrame:
    """Return `outlook` of every series against its primary target, kept until figures change.

    Without those that the test of their own measure speaks against (`record.withhold`).
    """

    def make(part: Dataset) -> tuple[pd.DataFrame]:
        return (outlook(part, *rows_for(part, trends_and_goals(data))),)

    def tested() -> pd.DataFrame:
        return withhold(data, cached_per_measure(data, "outlook", make, others=("population",))[0])

    return cached(data, "projections", tested)


def judgements(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the published methods' verdicts on every series, and those of earlier years.

    As `verdicts.verdicts` and `verdicts.earlier` return them, measure by measure, cached until the
    figures change.
    """

    def make(part: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
        figures = newest_level(part.observations, part.breaks)
        _, goals = rows_for(part, trends_and_goals(data))
        return (
            verdicts.verdicts(figures, goals, part.measures, HORIZON),
            verdicts.earlier(figures, goals, part.measures),
        )

    now, before = cached_per_measure(data, "judgements", make)
    return now, before


def _side_by_side(data: Dataset, parts: Parts, beside: pd.DataFrame) -> pd.DataFrame:
    """Return the table that `assess` describes."""
    rows = parts.trends.copy()
    rows["q"] = multiple_testing.benjamini_hochberg(rows["p"].where(rows["n"] >= ENOUGH))
    newest = pd.MultiIndex.from_frame(rows[["measure", "last_year"]])
    peers = beside.set_index(["measure", "year"]).reindex(newest).set_index(rows.index)
    peers["peers"] = peers["peers"].fillna(0).astype("int64")
    direction = rows["measure"].map(data.measures.set_index("measure")["direction"])
    ahead = np.sign(direction * (rows["last"] - peers["peers_median"]))
    ahead = ahead.where(peers["peers"] >= MINIMUM)
    peers["place"] = np.select(
        [direction == 0, ahead > 0, ahead < 0, ahead == 0], ["", "better", "worse", "level"], ""
    )
    columns = ["target", "year", "scope", "basis_nb", "basis_en"]
    columns += ["confidence", "gap", "met", "required"]
    goals = parts.goals.set_index("measure")[columns].add_prefix("target_")
    goals = goals.rename(columns={"target_target": "target"})
    outlooks = parts.ahead.drop(columns="municipality").set_index("measure")
    # A measure has one row in each: one table, and none between.
    more = (
        part.reindex(rows["measure"]).set_index(rows.index)
        for part in (goals, outlooks, _judged(parts))
    )
    return pd.concat([rows, peers, *more], axis=1)


def _judged(parts: Parts) -> pd.DataFrame:
    """Return the published verdicts on a municipality's series, now and earlier, side by side."""
    known = ["municipality", "year", "value", "target", "target_year"]
    now = parts.now.drop(columns=known).rename(columns={"direction": "judged_direction"})
    past = parts.before.pivot(index="measure", columns="back", values=list(verdicts.SENSE))
    # Where nothing could be judged earlier there is no column to pivot.
    past = past.reindex(columns=pd.MultiIndex.from_product([verdicts.SENSE, verdicts.BACK]))
    past.columns = pd.Index([f"{method}_{back}" for method, back in past.columns])
    return now.set_index("measure").join(past)


def _of(number: str, table: pd.DataFrame) -> pd.DataFrame:
    return hashing.select_rows(table, number).reset_index(drop=True)
