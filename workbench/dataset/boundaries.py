"""Bringing figures onto today's boundaries.

A figure is published under the number that its municipality had then. Here it is handed to the
municipality of today: unchanged where only the number changed, added up where municipalities
merged, and not at all where one was split or a part is missing. Nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

#: Why a published figure reaches no municipality of today (column ``reason`` of what is set aside).
REASONS = {
    "split": "the municipality was split, so that its figure cannot be handed down",
    "incomplete": "a part of today's municipality has no figure that year",
    "no weights": "a mean of merged municipalities needs weights, and the source gives none",
    "number not in use": "the number was not in use on the boundaries that the source names",
    "outside": "the area is not part of any municipality",
}

_KEY = ["measure", "municipality", "year"]
_COLUMNS = [*_KEY, "value", "numerator", "denominator", "status", "origin", "sources"]


def harmonise(
    published: pd.DataFrame, history: pd.DataFrame, measures: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures on today's boundaries, and those that cannot be brought there.

    Parameters
    ----------
    published : DataFrame
        measure, municipality (the number printed), year, value, numerator, denominator, status.
    history : DataFrame
        number, first_year, last_year, municipality (of today), split, renumbers.
    measures : DataFrame
        measure, aggregation, scale, boundaries ('year', or the year whose boundaries all figures
        of the measure are on).

    Returns
    -------
    observations : DataFrame
        One row per measure, municipality of today and year, with ``origin`` ('as published',
        'renumbered', 'summed', 'ratio of sums', 'weighted mean') and ``sources`` (the numbers
        printed, joined by '+'). A figure printed under the old and the new number counts once.
    set_aside : DataFrame
        measure, municipality (of today), year, reason (a key of `REASONS`), sources.
    """
    rule = measures.set_index("measure")
    figures = published.rename(columns={"municipality": "printed"})
    boundaries = figures["measure"].map(rule["boundaries"])
    as_of = pd.to_numeric(boundaries.where(boundaries != "year", figures["year"].astype(str)))
    figures = figures.assign(as_of=as_of.astype("int64"))
    figures = figures.merge(units(figures, history), on=["printed", "as_of"], how="left")
    figures = count_once(figures, ["measure", "unit", "year"])

    parts = _parts(history, figures["as_of"].unique())
    known = figures[figures["unit"].notna()].merge(parts, on=["unit", "as_of"], how="left")
    known["got"] = known.groupby(_KEY)["unit"].transform("nunique")
    known["aggregation"] = known["measure"].map(rule["aggregation"])
    known["unweighted"] = _unweighted(known)
    of_key = known.groupby(_KEY, dropna=False)
    reason = np.select(
        [
            known["municipality"].isna(),
            known["touched_by_split"].eq(True).to_numpy(dtype=bool),
            known["got"] < known["need"],
            (known["need"] > 1) & of_key["unweighted"].transform("any"),
        ],
        ["outside", "split", "incomplete", "no weights"],
        default="",
    )
    usable = reason == ""
    observations = _add_up(known[usable], rule["scale"])

    later, unused = _later_units(figures[figures["unit"].isna()], history, observations)
    observations = pd.concat([observations, later], ignore_index=True)
    aside = pd.concat([known[~usable].assign(reason=reason[~usable]), unused])
    complete = pd.MultiIndex.from_frame(observations[_KEY])
    aside = aside[~pd.MultiIndex.from_frame(aside[_KEY]).isin(complete)]
    set_aside = (
        aside.assign(municipality=aside["municipality"].fillna(""))
        .groupby([*_KEY, "reason"], as_index=False)["printed"]
        .agg(_joined)
        .rename(columns={"printed": "sources"})
    )
    return observations.sort_values(_KEY, ignore_index=True), set_aside


def units(figures: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return, for each number printed and year of boundaries, the number in use in that year.

    A number that was printed before it was in use stands for the one it took over from with
    unchanged boundaries, and the other way round; ``unit`` is missing where there is none.
    """
    span = {
        number: (first, 9999 if pd.isna(last) else int(last))
        for number, first, last in history[["number", "first_year", "last_year"]].itertuples(
            index=False
        )
    }
    renumbered = history.dropna(subset="renumbers")
    back = dict(zip(renumbered["number"], renumbered["renumbers"], strict=True))
    forward = {old: new for new, old in back.items()}
    pairs = figures[["printed", "as_of"]].drop_duplicates()
    units = []
    for number, year in pairs.itertuples(index=False):
        unit: str | None = number
        while unit is not None and not span[unit][0] <= year <= span[unit][1]:
            unit = (back if year < span[unit][0] else forward).get(unit)
        units.append(unit)
    return pairs.assign(unit=pd.array(units, dtype="str"))


def count_once(figures: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Drop a figure printed under a second number; the number in use then is the one that stays."""
    first = figures.assign(other=figures["printed"] != figures["unit"])
    first = first.sort_values(["other", "printed"], kind="stable").drop(columns="other")
    return first[first["unit"].isna() | ~first.duplicated(key)]


def _parts(history: pd.DataFrame, years: Iterable[int]) -> pd.DataFrame:
    """Return units by year, how many their municipality needs, and if one was split later."""
    last = history["last_year"].fillna(9999)
    rows = history.rename(columns={"number": "unit"})[["unit", "municipality", "split"]]
    rows = rows.assign(split=rows["split"] == "yes")
    years = [*years] or [int(history["first_year"].max())]  # no figures yet: still with columns
    valid = {year: rows[(history["first_year"] <= year) & (last >= year)] for year in years}
    parts = pd.concat([part.assign(as_of=year) for year, part in valid.items()], ignore_index=True)
    groups = parts.groupby(["municipality", "as_of"])
    parts["need"] = groups["unit"].transform("nunique")
    parts["touched_by_split"] = groups["split"].transform("any")
    return parts


def _unweighted(known: pd.DataFrame) -> pd.Series:
    """Return which figures lack what adding up needs; a plain mean has no weights at all."""
    ratio = known["aggregation"].eq("ratio") & (
        known["numerator"].isna() | known["denominator"].isna()
    )
    weighted = known["aggregation"].eq("weighted_mean") & known["denominator"].isna()
    return known["aggregation"].eq("mean") | ratio | weighted


def _add_up(known: pd.DataFrame, scale: pd.Series) -> pd.DataFrame:
    """Return one row per measure, municipality and year."""
    alone = known[known["need"] == 1]
    renumbered = (alone["printed"] != alone["municipality"]).to_numpy()
    single = alone.assign(
        origin=np.where(renumbered, "renumbered", "as published"), sources=alone["printed"]
    )
    many = known[known["need"] > 1]
    if many.empty:
        return single[_COLUMNS]
    weighted = many["aggregation"] == "weighted_mean"
    many = many.assign(product=many["value"] * many["denominator"].where(weighted))
    merged = many.groupby(_KEY, as_index=False).agg(
        value=("value", "sum"),
        numerator=("numerator", _sum_of_all),
        denominator=("denominator", _sum_of_all),
        product=("product", "sum"),
        status=("status", "first"),
        aggregation=("aggregation", "first"),
        sources=("printed", _joined),
    )
    factor = merged["measure"].map(scale)
    over = merged["denominator"]
    merged["value"] = np.select(
        [merged["aggregation"] == "ratio", merged["aggregation"] == "weighted_mean"],
        [factor * merged["numerator"] / over, merged["product"] / over],
        default=merged["value"],
    )
    merged["origin"] = merged["aggregation"].map(
        {"sum": "summed", "ratio": "ratio of sums", "weighted_mean": "weighted mean"}
    )
    return pd.concat([single[_COLUMNS], merged[_COLUMNS]], ignore_index=True)


def _later_units(
    figures: pd.DataFrame, history: pd.DataFrame, observations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return figures that the source itself gives for a merged municipality before the merger.

    They are used when the number is all of today's municipality from its first year on, no part
    was split since, and the year is not already complete from the parts.
    """
    last = history["last_year"].fillna(9999)
    rows = figures.merge(
        history[["number", "first_year", "municipality"]], left_on="printed", right_on="number"
    )
    verdicts = []
    for number, first, year, municipality in rows[
        ["printed", "first_year", "as_of", "municipality"]
    ].itertuples(index=False):
        own = history["municipality"] == municipality
        then = history[own & (history["first_year"] <= first) & (last >= first)]
        before = history[own & (history["first_year"] <= year) & (last >= year)]
        if (before["split"] == "yes").any():
            verdicts.append("split")
        elif year < first and list(then["number"]) == [number]:
            verdicts.append("")
        else:
            verdicts.append("number not in use")
    rows["reason"] = pd.array(verdicts, dtype="str")
    good = rows["reason"] == ""
    taken = pd.MultiIndex.from_frame(observations[_KEY])
    fresh = ~pd.MultiIndex.from_frame(rows[_KEY]).isin(taken)
    later = rows[good & fresh]
    later = later.assign(origin="as published", sources=later["printed"])
    return later[_COLUMNS], rows[~good]


def _sum_of_all(values: pd.Series) -> float:
    """Return the sum, missing when a part is missing."""
    return values.sum(skipna=False)


def _joined(numbers: pd.Series) -> str:
    return "+".join(sorted(set(numbers)))


def check_totals(
    published: pd.DataFrame,
    observations: pd.DataFrame,
    set_aside: pd.DataFrame,
    measures: pd.DataFrame,
) -> list[str]:
    """Return sentences on totals that were lost on the way to today's boundaries.

    Counts of what was brought there and of what was set aside are the counts published, each once;
    no municipality has two figures for a year. The tables are as `harmonise` takes and returns
    them.
    """
    wrong = []
    if observations.duplicated(_KEY).any():
        row = observations[observations.duplicated(_KEY)].iloc[0]
        wrong.append(f"{row['municipality']} has two figures of {row['measure']} in {row['year']}.")
    rule = measures.set_index("measure")["aggregation"]
    for measure in rule.index[rule.isin(["sum", "ratio"])]:
        column = "value" if rule[measure] == "sum" else "denominator"
        before, after, aside = (
            rows[rows["measure"] == measure] for rows in (published, observations, set_aside)
        )
        apart = {
            (number, year)
            for sources, year in zip(aside["sources"], aside["year"], strict=True)
            for number in sources.split("+")
        }
        keys = zip(before["municipality"], before["year"], strict=True)
        kept = np.array([key not in apart for key in keys], dtype=bool)
        total = before[kept].groupby("year")[column].sum()
        got = after.groupby("year")[column].sum().reindex(total.index, fill_value=0.0)
        for year in total.index[~np.isclose(got, total, rtol=1e-12, atol=0.0)]:
            wrong.append(f"{measure} {year}: {got[year]} in all where {total[year]} was published.")
    return wrong


def check_today(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return sentences on where tables do not agree on the municipalities of today."""
    today = set(tables["municipalities"]["number"])
    history, groups = tables["municipality_history"], tables["groups"]
    open_now = set(history.loc[history["last_year"].isna(), "municipality"].dropna())
    in_county = groups.loc[groups["group"].str.startswith("county-"), "municipality"]
    wrong = [f"{n} is in only one of municipalities and history." for n in sorted(today ^ open_now)]
    wrong += [f"{n} is in no county's group." for n in sorted(today - set(in_county))]
    wrong += [f"{n} is in two counties' groups." for n in in_county[in_county.duplicated()]]
    return wrong
