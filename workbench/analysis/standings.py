"""Where every series of a municipality stands, in one word; all pages read this frame.

Four things are told of a series, none of which hides in another:

level
    its newest figure beside those of all municipalities in that year, and of the 50 nearest in
    residents;
motion
    which way it has gone since its first figure, by the change itself;
pace
    that change beside the one that its target takes;
certainty
    ``outcome`` of the direction and ``chance`` of the target. It is told beside the word and
    never decides it: intervals are narrow where municipalities are large, and a word
    that rested on them would follow size.

The word follows the first three, as `judge` says. What should be considered first follows the
level alone, so that nobody is put first for a target that its own good start made hard.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.assessment import projections, trends_and_goals
from workbench.analysis.levels import levels
from workbench.analysis.memo import cached
from workbench.analysis.projection import MINIMUM
from workbench.analysis.similarity import WORTH
from workbench.dataset import Dataset
from workbench.dataset.reported import is_reported
from workbench.methods import u4ssc
from workbench.storage import hashing

#: What a standing can be, the one that most asks for a decision first.
#:
#: 'first'    among the worst (`levels.LEVELS`), or beyond a limit of the law
#: 'away'     there is a target to come, and the figures move away from it
#: 'worse'    there is none, and they move the wrong way
#: 'slow'     they move towards the target, or hardly at all, slower than it takes
#: 'still'    there is no target, and they have hardly moved
#: 'better'   there is no target, and they move the right way
#: 'enough'   they move towards the target as fast as it takes
#: 'best'     there is no target, and they are among the best quarter without having moved
#: 'met'      the target is met by the newest figure
#: 'level'    there are too few figures to say how they move
#: 'context'  no direction is good or bad in itself
#: 'old'      the newest figure is more than `OLD` years older than the newest of all
#: 'none'     there is no figure
STANDINGS = (
    *("first", "away", "worse", "slow", "still", "better", "enough", "best", "met"),
    *("level", "context", "old", "none"),
)

#: What the standings come to: what a reader has to know of a goal.
SENSE = {
    "first": "first",
    **dict.fromkeys(("away", "worse", "slow", "still"), "watch"),
    **dict.fromkeys(("better", "enough", "best", "met"), "on"),
    **dict.fromkeys(("level", "context", "old"), "level"),
    "none": "none",
}

#: The senses in the order of a table.
SENSES = ("on", "watch", "first", "level", "none")

#: The senses in the order in which a council takes them up.
URGENCY = ("first", "watch", "on", "level", "none")

#: Newest figures from before this many years ago are old: they get no word.
OLD = 4

#: A change is hardly any below `WORTH` of the spread of all municipalities, or where that is not
#: known below this share of the first figure.
_OF_FIRST = 0.02

#: The share of the pace that a target takes from which on a pace is called enough (Eurostat,
#: monitoring of the SDGs: 'significant progress').
FAST = 0.95

_SERIES = ["measure", "municipality"]

#: What a measure is to a KPI where it speaks for it.
RELATIONS = ["direct", "proxy"]


def judge(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with pace, standing and sense.

    Parameters
    ----------
    rows : DataFrame
        direction, n, slope, motion, level, old, target, target_met, absolute, target_year,
        last_year, required and lawful, as `judged` describes them.

    Returns
    -------
    DataFrame
        The rows, and:

        pace
            'met', 'enough', 'slow' or 'away' where there is a target to come and at least 3
            figures; 'unset' where it sets no year; '' elsewhere.
        standing, sense
            `STANDINGS` and `SENSE`. A level among the worst comes first, unless it meets a target
            that is the same for all. Then the target decides if there is one to come, else the
            motion.
    """
    year = rows["target_year"].astype("Float64").astype("float64")
    met = rows["target_met"].eq(True).to_numpy(dtype=bool)
    aimed = (rows["target"].notna() & ~(year <= rows["last_year"])).to_numpy()
    ratio = rows["slope"] / rows["required"]
    paced = (aimed & (rows["n"] >= MINIMUM)).to_numpy()
    worse, better = (rows["motion"].eq(way).to_numpy() for way in ("worse", "better"))
    pace = np.select(
        [aimed & met, ~paced, worse, rows["required"].isna(), ratio >= FAST],
        ["met", "", "away", "unset", "enough"],
        default="slow",
    )
    neutral = rows["direction"].eq(0).to_numpy()
    beyond = rows["lawful"].eq(False).to_numpy(dtype=bool)
    settled = met & rows["absolute"].eq(True).to_numpy(dtype=bool)
    moves = rows["motion"].ne("").to_numpy()
    standing = np.select(
        [
            rows["old"].to_numpy(dtype=bool),
            neutral,
            beyond | (rows["level"].isin(["worst", "weak"]).to_numpy() & ~settled),
            *(pace == word for word in ("met", "away", "enough", "slow")),
            worse,
            better,
            moves & rows["level"].eq("best").to_numpy(),
            moves,
        ],
        [
            *("old", "context", "first", "met", "away", "enough", "slow", "worse", "better"),
            *("best", "still"),
        ],
        default="level",
    )
    return rows.assign(pace=pace, standing=standing, sense=pd.Series(standing).map(SENSE).array)


def standings(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return where each KPI of a municipality stands, and all series that speak for it.

    Returns
    -------
    DataFrame
        In the order of the set, and within a KPI as it counts: kpi, name_nb, name_en, dimension,
        sub_dimension, category, goal and status ('direct', 'proxy' or 'none': what it has) of the
        KPI; relation (of the series), leads (whether the KPI counts by this row: 91 rows do), best
        (whether it tells most of the KPI, as `Dataset.coverage` has it: 91 rows do), years (how
        many), latest (year), and the columns of `judged` (missing where there is no figure, with
        standing 'none').

        A KPI has every direct series and proxy whose figures are not old or that has a target,
        and for each of its data points (PM2.5, PM10, NO2) the one that tells most: official before
        reported before proxy, then the newest, then the longest. It counts by the most urgent
        (`STANDINGS`) of those from its best source, and by an old figure only where all are.
    """
    number = data.municipality(municipality)
    spoken = _spoken(data, hashing.select_rows(judged(data), number), [number])
    return spoken.drop(columns="municipality")


def every_standing(data: Dataset) -> pd.DataFrame:
    """Return `standings` of every municipality in one go, with a column municipality.

    Cached until the figures change.
    """
    about = [hashing.fingerprint(table) for table in (data.municipalities, data.kpis)]
    what = " ".join(["every standing", *about])
    numbers = list(data.municipalities["number"])
    return cached(data, what, lambda: _spoken(data, judged(data), numbers), remember=False)


def _spoken(data: Dataset, rows: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    kpis = hashing.of_table(data.kpis, "in order", lambda: _in_order(data.kpis))
    known = hashing.of_table(data.measures, "speakers", lambda: _speakers(data.measures))
    whose = pd.Index(numbers).get_indexer(rows["municipality"])
    speaker = known.index.get_indexer(rows["measure"])
    some = (whose >= 0) & (speaker >= 0)
    rows, known = rows[some].reset_index(drop=True), known.take(speaker[some])
    source, old = known["source"].to_numpy(), rows["old"].to_numpy()
    # Where its KPI stands in the table that is returned.
    place = len(kpis) * whose[some] + pd.Index(kpis["kpi"]).get_indexer(known["kpi"])
    # All is sorted by number alone, and the rows, which are long, are put together once.
    by = [speaker[some], -rows["years"], -rows["last_year"], source]
    at = np.lexsort(by)
    first = at[~pd.Series(place[at]).duplicated()]
    points = pd.DataFrame({"kpi": place[at], "point": known["data_point"].array[at]}).duplicated()
    at = at[~points | rows["target"].notna().array[at] | ~old[at]]
    # What stands in for an indicator counts only where the indicator itself has no recent figure.
    urgency = rows["standing"].map(STANDINGS.index).to_numpy()
    at = at[np.lexsort([urgency[at], source[at], old[at], place[at]])]
    said = known[["relation"]].set_index(rows.index)
    said["best"] = rows.index.isin(first)
    said["status"] = said["relation"].loc[first].set_axis(place[first]).loc[place].array
    nothing = np.setdiff1d(np.arange(len(kpis) * len(numbers)), place[at])
    place = np.append(place[at], nothing)
    order = np.argsort(place, kind="stable")
    place, at = place[order], np.append(at, np.full(len(nothing), -1))[order]
    about = kpis.take(place % len(kpis)).reset_index(drop=True)
    about.insert(0, "municipality", pd.array(numbers, dtype="str").take(place // len(kpis)))
    rest = [
        part.reindex(at).reset_index(drop=True)
        for part in (rows.drop(columns="municipality"), said)
    ]
    table = pd.concat([about, *rest], axis=1)
    words = {"status": "none", "standing": "none", "sense": "none", "band": "not reported"}
    for name, word in words.items():
        table[name] = table[name].fillna(word)
    table["years"] = table["years"].fillna(0).astype("int64")
    table["best"] = table["best"].ne(False)
    table["latest"] = table["last_year"].astype("Int64")
    table["leads"] = np.diff(place, prepend=-1) > 0
    return table


def _in_order(kpis: pd.DataFrame) -> pd.DataFrame:
    """Return each KPI's names and place in the set, in the order of the set."""
    about = ["code", "name_nb", "name_en", "dimension", "sub_dimension", "category", "goal"]
    return kpis.sort_values("number")[about].rename(columns={"code": "kpi"})


def _speakers(measures: pd.DataFrame) -> pd.DataFrame:
    """Return of each measure that speaks for a KPI for which, and how much it counts."""
    known = measures[["measure", "kpi", "relation", "data_point"]].fillna({"data_point": ""})
    source = np.where(known["relation"] == "proxy", 2, is_reported(known["measure"]))
    known = known.assign(source=source)
    return known[known["relation"].isin(RELATIONS)].set_index("measure")


def by_goal(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many KPIs of each UN goal have which sense, by the rows of `standings`.

    Returns
    -------
    DataFrame
        A row per goal that has KPIs, by number: goal, kpis, known (with figures), and a count per
        sense in `SENSES`.
    """
    table = table[table["leads"]]
    counts = pd.crosstab(table["goal"].astype(int), table["sense"])
    counts = counts.reindex(columns=list(SENSES), fill_value=0).sort_index()
    kpis = counts.sum(axis=1)
    return counts.assign(kpis=kpis, known=kpis - counts["none"]).reset_index()


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the UN goals in the order in which they ask for a decision.

    A goal stands where the one of its KPIs stands that comes first by this rule:

    1. sense (`URGENCY`), and within it standing (`STANDINGS`);
    2. level: the larger share of municipalities that are better, those not compared last;
    3. distance: the smaller share of the target reached, no target last;
    4. what is still alike comes by the number of its goal.

    Nothing is averaged: one KPI that should be considered puts its goal among the first.

    `rows` are as `standings` returns them.

    Returns
    -------
    DataFrame
        The rows of `by_goal` in that order, with sense: that of the goal's first KPI.
    """
    keys = pd.DataFrame(
        {
            "sense": rows["sense"].map(URGENCY.index),
            "standing": rows["standing"].map(STANDINGS.index),
            "level": -rows["tenth"],
            "performance": rows["performance"],
            "goal": rows["goal"],
        }
    ).astype("float64")
    order = keys.sort_values(list(keys)).index
    first = rows.loc[order].drop_duplicates("goal")
    goal = first["goal"].astype(int)
    counts = by_goal(rows).set_index("goal").loc[goal]
    return counts.assign(sense=first["sense"].to_numpy()).reset_index()


def judged(data: Dataset) -> pd.DataFrame:
    """Return where every series stands, of all municipalities; cached until figures change.

    Returns
    -------
    DataFrame
        measure, municipality, direction, years (with figures), n (figures on the newest level),
        first, first_year, last, last_year (figures in the unit of the measure), slope (yearly
        change), outcome, reading (as `trend.trend`);

        level (`levels.LEVELS`), tenth (1 to 10: in which tenth of all municipalities, 10 the worst;
        missing where level is ''), compared (how many municipalities that is of);

        motion ('better', 'worse', 'still'; '' with fewer than 3 figures or no good direction);

        target, target_year, target_met, required (yearly change), own_base (whether the target is
        a cut from the municipality's own figure), absolute (whether it is the same for all),
        scope, chance (0 to 1), verdict, reason (as `outlook`);

        law (its limit; missing without one), lawful (whether the newest figure keeps it);

        old, pace, standing, sense (as `judge`), performance (per cent of the target reached,
        `u4ssc.performance`) and band (`u4ssc.band`).
    """
    return cached(data, "standings", lambda: _judged(data))


def _judged(data: Dataset) -> pd.DataFrame:
    trends, goals = trends_and_goals(data)
    goals = goals.rename(columns={"year": "target_year", "met": "target_met"})
    goals = goals.assign(own_base=goals["kind"] == "cut", absolute=goals["kind"] == "level")
    columns = ["target", "target_year", "target_met", "required", "own_base", "absolute", "scope"]
    trended = ["n", "first", "first_year", "last", "last_year", "slope", "outcome", "reading"]
    rows = trends[[*_SERIES, *trended]].merge(goals[[*_SERIES, *columns]], on=_SERIES, how="left")
    ahead = projections(data)[[*_SERIES, "chance", "verdict", "reason"]]
    rows = rows.merge(ahead, on=_SERIES, how="left")
    years = data.observations.groupby(_SERIES)["year"].nunique().rename("years").reset_index()
    rows = rows.merge(years, on=_SERIES)
    about = data.measures.set_index("measure").loc[rows["measure"]]
    rows["direction"] = about["direction"].to_numpy()
    rows["old"] = rows["last_year"] < data.observations["year"].max() - OLD
    rows = rows.merge(levels(data, rows), on=_SERIES, how="left").fillna({"level": ""})
    rows["motion"] = _motion(rows)
    laws = data.targets[data.targets["basis_type"] == "national law"]
    rows["law"] = rows["measure"].map(laws.groupby("measure")["value"].first()).astype("float64")
    lawful = rows["direction"] * (rows["last"] - rows["law"]) >= 0
    rows["lawful"] = lawful.astype(object).where(rows["law"].notna())
    rows = judge(rows)
    rows["performance"] = u4ssc.performance(rows["last"], rows["target"], rows["direction"])
    rows["band"] = u4ssc.band(rows["performance"])
    return rows.drop(columns="spread")


def _motion(rows: pd.DataFrame) -> np.ndarray:
    """Return which way each series has gone, by the change since its first figure."""
    change = rows["direction"] * (rows["last"] - rows["first"])
    hardly = (WORTH * rows["spread"]).fillna(_OF_FIRST * rows["first"].abs())
    return np.select(
        [(rows["n"] < MINIMUM) | (rows["direction"] == 0), change.abs() <= hardly, change > 0],
        ["", "still", "better"],
        default="worse",
    )
