"""Where each of the 91 KPIs stands, in one word, and what that makes of each UN goal.

A KPI is judged by one series, the one that tells most of it. With a target the word comes from
the projection; without one from the direction of the yearly change. A goal has no word of its own:
it has so many KPIs of each standing, since a mean would hide what the council has to decide on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.assessment import projections, trends_and_goals
from workbench.analysis.memo import cached
from workbench.analysis.projection import ENOUGH
from workbench.dataset import Dataset
from workbench.methods import u4ssc
from workbench.storage import hashing

#: What a KPI's standing can be, the one that most asks for a decision first.
#:
#: 'off'      the target will be missed (`outlook`: unlikely, or moving away)
#: 'worse'    there is no target, and the figures clearly move the wrong way
#: 'open'     whether the target is reached is open
#: 'unclear'  there is no target, and no clear direction
#: 'unknown'  there are figures, but none to judge by: too few, or they share years
#: 'better'   there is no target, and the figures clearly move the right way
#: 'likely'   the target will be reached
#: 'best'     there is no target, and every figure is the best that the scale has
#: 'met'      the target is met, and will be, or was so by the same figure in every year
#: 'none'     there is no figure
STANDINGS = (
    *("off", "worse", "open", "unclear", "unknown"),
    *("better", "likely", "best", "met", "none"),
)

#: What the standings come to: what a reader has to know of a goal.
SENSE = {
    "off": "off",
    "worse": "off",
    "open": "open",
    "unclear": "open",
    "unknown": "unknown",
    "better": "on",
    "likely": "on",
    "best": "on",
    "met": "on",
    "none": "none",
}

#: The senses in the order of a table.
SENSES = ("on", "open", "off", "unknown", "none")

#: The senses in the order in which a council takes them up.
URGENCY = ("off", "open", "on", "unknown", "none")


def standings(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return where each KPI of a municipality stands.

    Returns
    -------
    DataFrame
        91 rows in the order of the set: the columns of `Dataset.coverage` and those of `judged`
        for its measure (missing where there is none), with standing 'none' where there is no
        figure; and sense (`SENSE`).
    """
    number = data.municipality(municipality)
    rows = judged(data)
    own = hashing.select_rows(rows, number)
    return _standings(data.coverages([number]), own).drop(columns="municipality")


def every_standing(data: Dataset) -> pd.DataFrame:
    """Return `standings` of every municipality in one go, with a column municipality.

    Cached until the figures change.
    """
    about = [hashing.fingerprint(table) for table in (data.municipalities, data.kpis)]
    what = " ".join(["every standing", *about])
    return cached(data, what, lambda: _standings(data.coverages(), judged(data)), remember=False)


def _standings(coverages: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    table = coverages.merge(rows, on=["municipality", "measure"], how="left")
    table = table.fillna({"standing": "none", "band": "not reported"})
    return table.assign(sense=table["standing"].map(SENSE))


def by_goal(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many KPIs of each UN goal have which sense, by the rows of `standings`.

    Returns
    -------
    DataFrame
        A row per goal that has KPIs, by number: goal, kpis, known (with figures), and a count per
        sense in `SENSES`.
    """
    counts = pd.crosstab(table["goal"].astype(int), table["sense"])
    counts = counts.reindex(columns=list(SENSES), fill_value=0).sort_index()
    kpis = counts.sum(axis=1)
    return counts.assign(kpis=kpis, known=kpis - counts["none"]).reset_index()


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the UN goals in the order in which they ask for a decision.

    A goal stands where the one of its KPIs stands that comes first by this rule:

    1. sense: off the way, then open, on the way, with figures that cannot be judged, without any
       (`URGENCY`), and within a sense by standing (`STANDINGS`): with a target before without;
    2. distance: the smaller share of the target reached comes first, no target last;
    3. evidence: the smaller chance of reaching the target, then the smaller q, then more figures;
    4. direction: what moves the wrong way comes before what moves the right way;
    5. what is still alike comes by the number of its goal.

    Nothing is averaged: one KPI that is off the way puts its goal among the first.

    Parameters
    ----------
    rows : DataFrame
        As `standings` returns them, and q (0 to 1) and direction (1, 0, -1).

    Returns
    -------
    DataFrame
        The rows of `by_goal` in that order, with sense: that of the goal's first KPI.
    """
    keys = pd.DataFrame(
        {
            "sense": rows["sense"].map(URGENCY.index),
            "standing": rows["standing"].map(STANDINGS.index),
            **{column: rows[column] for column in ("performance", "chance", "q")},
            "figures": -rows["n"],
            "way": np.sign(rows["slope"] * rows["direction"]),
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
        measure, municipality, last (newest figure, unit of the measure), last_year, n, reading,
        outcome, target, target_year, target_met, required (yearly change, unit of the measure),
        slope, chance (0 to 1), verdict, standing, performance (per cent of the target reached,
        `u4ssc.performance`; missing without a target) and band (`u4ssc.band`).
    """
    return cached(data, "standings", lambda: _judged(data))


def _judged(data: Dataset) -> pd.DataFrame:
    trends, aims = trends_and_goals(data)
    aims = aims.rename(columns={"year": "target_year", "met": "target_met"})
    series = ["measure", "municipality"]
    rows = trends.merge(
        aims[[*series, "target", "target_year", "target_met", "required"]], on=series, how="left"
    )
    ahead = projections(data)[[*series, "chance", "verdict", "reason"]]
    rows = rows.merge(ahead, on=series, how="left")
    about = data.measures.set_index("measure").loc[rows["measure"]]
    direction = pd.Series(about["direction"].to_numpy(), index=rows.index)
    end = about["upper_bound"].where(about["direction"] > 0, about["lower_bound"])
    rows["standing"] = _standing(rows, rows["last"].eq(end.to_numpy()) & (direction != 0))
    rows["performance"] = u4ssc.performance(rows["last"], rows["target"], direction)
    rows["band"] = u4ssc.band(rows["performance"])
    columns = ["last", "last_year", "n", "reading", "outcome", "target", "target_year"]
    columns += ["target_met", "required", "slope", "chance", "verdict", "standing"]
    return rows[[*series, *columns, "performance", "band"]]


def _standing(rows: pd.DataFrame, best: pd.Series) -> np.ndarray:
    """Return the standing of each row; `best` tells where the figure cannot become better."""
    verdict, reading = rows["verdict"].fillna(""), rows["reading"]
    # A target whose year is over is no target to come; its measure is judged by direction.
    aimed = rows["target"].notna() & (rows["reason"] != "over")
    # What has never changed has no chance stated, but having held for years is an answer too.
    steady = (rows["outcome"] == "unchanged") & (rows["n"] >= ENOUGH)
    met = rows["target_met"].eq(True)
    return np.select(
        [
            verdict.isin(["unlikely", "away"]),
            verdict == "open",
            verdict == "likely",
            (verdict == "met") | (aimed & steady & met),
            aimed,
            steady & best,
            reading == "worse",
            reading == "better",
            rows["outcome"].isin(["unclear", "unchanged", "rising", "falling"]),
        ],
        ["off", "open", "likely", "met", "unknown", "best", "worse", "better", "unclear"],
        default="unknown",
    )
