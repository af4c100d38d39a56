"""The verdicts of published methods on every series, side by side, now and in earlier years.

Each method sees the same figures: those on the newest level of the series, up to the year that is
judged. Where they disagree is marked, and every input stands beside its verdict.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.methods import eurostat, germany, sdsn, unsd

#: The year from which the methods that look back to the start of the goals take their base.
BASE = 2015

#: What each method's words come to: 1 on the way, 0 in between, -1 not on the way.
SENSE = {
    "eurostat": {
        "target_achieved": 1,
        "substantial_progress": 1,
        "moderate_progress": 0,
        "limited_progress": -1,
        "deterioration": -1,
    },
    "unsd": {"on_track": 1, "moderate": 0, "marginal": -1, "stagnation": -1, "regression": -1},
    "sdsn": {"on_track": 1, "moderately_improving": 0, "stagnating": -1, "decreasing": -1},
    "germany": {"sun": 1, "sun_cloud": 0, "cloud": -1, "thunderstorm": -1},
}

#: Why the methods that reckon with growth cannot judge a series as they judge others, first of all
#: what keeps them from judging at all; '' for all other series.
SPECIAL = ("growth", "single", "sign", "zero", "lost", "met")

#: How many of the newest figures are left out for the verdicts of earlier.
BACK = (1, 2, 3)

_SERIES = ["measure", "municipality"]


def verdicts(
    figures: pd.DataFrame, goals: pd.DataFrame, measures: pd.DataFrame, horizon: int = 2030
) -> pd.DataFrame:
    """Return the verdicts of four methods on every series that has a good direction.

    Parameters
    ----------
    figures : DataFrame
        measure, municipality, year, value: the figures to judge by, on one level per measure.
    goals : DataFrame
        measure, municipality, target, year: the primary target of a series, if it has one.
    measures : DataFrame
        measure, direction, upper_bound, growth.
    horizon : int
        Year of a target that sets none.

    Returns
    -------
    DataFrame
        A row per series. Inputs: base_year, base (first figure from 2015 on), year, value (the
        newest), direction, target, target_year, limit, worst (2.5th percentile of all
        figures from 2015 on, from the bad end), mean_change and last_change (German). Results:
        eurostat, eurostat_ratio, eurostat_score; unsd, unsd_ratio, unsd_score; sdsn, sdsn_ratio;
        germany, germany_missed; ``agree`` (whether the methods that judge say the same of being
        on the way; missing when fewer than two do). Without a target Eurostat, UNSD and Germany
        judge the direction, and SDSN says nothing. ``special`` names what is out of the ordinary:

        'growth'
            the figures are rates of growth themselves; Eurostat and UNSD do not judge.
        'single'
            there is one figure from 2015 on; only Germany may judge.
        'sign'
            the base and the newest figure, or the target, have different signs.
        'zero'
            one of them is 0, from or to which growth is not defined.
        'lost', 'met'
            the base met the target and the newest figure does not; the newest figure does.
    """
    about = measures.set_index("measure")
    aimless = about.index[about["direction"] == 0]
    known = figures[~figures["measure"].isin(aimless)].sort_values("year")
    since = known[["year", "value"]].where(known["year"] >= BASE)
    known = known.assign(base_year=since["year"], base=since["value"])
    series = known.groupby(_SERIES)
    ends = {"base_year": "first", "base": "first", "year": "last", "value": "last"}
    rows = series.agg(ends).reset_index()
    recent = germany.changes(series.ngroup(), known["year"], known["value"])
    late = rows["base_year"].notna()
    rows, recent = (table[late].reset_index(drop=True) for table in (rows, recent))
    rows["base_year"] = rows["base_year"].astype(rows["year"].dtype)
    aims = goals[[*_SERIES, "target", "year"]].rename(columns={"year": "target_year"})
    rows = rows.merge(aims, on=_SERIES, how="left")
    rows["target_year"] = rows["target_year"].astype("Float64").fillna(horizon).astype("float64")
    facts = about.loc[rows["measure"]].reset_index()
    rows["direction"] = facts["direction"].astype("float64")
    rows["limit"] = facts["upper_bound"]
    spread = known.groupby("measure")["base"]
    low, high = (spread.quantile(share)[rows["measure"]].to_numpy() for share in (0.025, 0.975))
    rows["worst"] = np.where(rows["direction"] > 0, low, high)
    # A target's year that is over leaves no path to judge.
    over = rows["target_year"] <= rows["year"]
    rows.loc[over, "target"] = np.nan
    growth = facts["growth"] == "yes"
    rows = _ends(rows)
    rows[["eurostat", "unsd"]] = rows[["eurostat", "unsd"]].mask(growth, "not_available")
    scored = ["eurostat_ratio", "eurostat_score", "unsd_ratio", "unsd_score"]
    rows[scored] = rows[scored].mask(growth)
    return _weather(rows, recent).assign(agree=_agree, special=_special(rows, growth))


def _special(rows: pd.DataFrame, growth: pd.Series) -> pd.Series:
    base, value, target = rows["base"], rows["value"], rows["target"]
    met, met_then = (rows["direction"] * (figure - target) >= 0 for figure in (value, base))
    cases = [
        growth,
        rows["year"] == rows["base_year"],
        (base * value < 0) | (base * target < 0),
        (base == 0) | (value == 0) | (target == 0),
        met_then & ~met,
        met,
    ]
    return pd.Series(np.select(cases, SPECIAL, default=""), index=rows.index)


def earlier(
    figures: pd.DataFrame,
    goals: pd.DataFrame,
    measures: pd.DataFrame,
    back: tuple[int, ...] = BACK,
) -> pd.DataFrame:
    """Return the verdicts as they would have been some figures earlier.

    Returns
    -------
    DataFrame
        measure, municipality, back (how many of the newest figures are left out), eurostat, unsd,
        sdsn, germany.
    """
    age = figures.sort_values("year").groupby(_SERIES).cumcount(ascending=False)
    parts = [
        verdicts(figures[age.reindex(figures.index) >= step], goals, measures).assign(back=step)
        for step in back
    ]
    return pd.concat(parts, ignore_index=True)[[*_SERIES, "back", *SENSE]]


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the verdicts that rest on the two ends of a series."""
    names = ["base_year", "base", "year", "value", "direction", "target", "target_year"]
    ends = {name: rows[name] for name in names}
    growth = eurostat.progress(**ends, limit=rows["limit"])
    path = unsd.progress(**ends)
    arrow = sdsn.trend(
        first_year=rows["base_year"],
        first=rows["base"],
        year=rows["year"],
        value=rows["value"],
        worst=rows["worst"],
        best=rows["target"],
        green=rows["target"],
        target_year=rows["target_year"],
    )
    return rows.assign(
        eurostat=growth.status,
        eurostat_ratio=growth.value,
        eurostat_score=growth.score,
        unsd=path.status,
        unsd_ratio=path.ratio,
        unsd_score=path.score,
        sdsn=arrow.status,
        sdsn_ratio=arrow.ratio,
    )


def _weather(rows: pd.DataFrame, recent: pd.DataFrame) -> pd.DataFrame:
    """Add the German symbol, which rests on `germany.changes` of the same series."""
    newest = (recent[name] for name in ("last_year", "last", "mean_change"))
    aim = (rows[name] for name in ("target", "target_year", "direction"))
    to_target = germany.to_target(*newest, *aim)
    by_direction = germany.by_direction(
        recent["mean_change"], recent["last_change"], rows["direction"]
    )
    return rows.assign(
        mean_change=recent["mean_change"],
        last_change=recent["last_change"],
        germany=np.where(rows["target"].notna(), to_target.symbol, by_direction),
        germany_missed=to_target.missed,
    )


def _agree(rows: pd.DataFrame) -> pd.Series:
    senses = pd.DataFrame({name: rows[name].map(sense) for name, sense in SENSE.items()})
    same = senses.max(axis=1) == senses.min(axis=1)
    return same.astype("boolean").mask(senses.notna().sum(axis=1) < 2)
