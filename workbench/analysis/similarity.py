"""Whom a municipality resembles, and who began where it did and has come further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.memo import cached
from workbench.analysis.projection import ENOUGH
from workbench.analysis.trend import drift, newest_level
from workbench.dataset import Dataset
from workbench.dataset.lookup import check_numbers
from workbench.errors import UsageError
from workbench.storage import hashing

#: So many municipalities are called the most similar ones.
NEAREST = 10

#: Two figures are close when they differ by at most this share of the spread of all
#: municipalities, and a gain of less than that share is not worth a call; a spread means something
#: from so many municipalities on.
CLOSE, WORTH, SPREAD_OF = 0.25, 0.1, 10

#: Between the quartiles of a normal distribution lie so many standard deviations. A few remote
#: municipalities would stretch the standard deviation itself until all were close.
QUARTILES = 1.349

#: What ended longer before the newest figure of all than this many years is nothing to call about.
RECENT = 8

#: Nominal coverage of the interval that decides whether a municipality came further.
LEVEL = 0.95

#: A year counts as complete when this share of the municipalities that a measure ever has in a
#: year have a figure.
_COMPLETE = 0.9

#: The most unusual municipalities: farther from their nearest than this share of all are.
_UNUSUAL = 0.95

#: How many municipalities are compared with all others at a time.
_PART = 128

_PAIR = ["measure", "municipality"]


@dataclass(frozen=True)
class Trait:
    """One thing by which municipalities are more or less alike."""

    key: str
    measures: tuple[str, ...]  #: that are added up
    share_of: str = ""  #: the measure that their sum is a share of, in per cent; or the sum itself
    log: bool = False  #: whether ratios count and not differences, as for the number of residents


#: What likeness is judged by. Density is seen by the land that homes take per resident, which is
#: known everywhere; residents per km2 of towns and villages is not known where there are none.
TRAITS = (
    Trait("size", ("population",), log=True),
    Trait("land", ("residential_land_per_resident",), log=True),
    Trait("young", ("population_0_5", "population_6_15"), "population"),
    Trait("old", ("population_67_plus",), "population"),
    Trait("income", ("low_income_share",)),
)


def traits(observations: pd.DataFrame, wanted: Sequence[Trait] = TRAITS) -> pd.DataFrame:
    """Return the traits of every municipality, each in the newest year that is complete.

    Returns
    -------
    DataFrame
        trait, municipality, year (the same for all), value (unit of the measure, or per cent).
        A municipality without a figure for that year has no row; nor has a trait that there are
        no figures of.
    """
    used = {measure for one in wanted for measure in (*one.measures, one.share_of)}
    rows = observations.loc[observations["measure"].isin(used), [*_PAIR, "year", "value"]]
    return pd.concat([_trait(rows, one) for one in wanted], ignore_index=True)


def all_traits(data: Dataset) -> pd.DataFrame:
    """Return `traits` of the dataset, cached until the figures change."""
    return cached(data, "traits", lambda: traits(data.observations))


def _trait(observations: pd.DataFrame, wanted: Trait) -> pd.DataFrame:
    parts = [*wanted.measures, wanted.share_of] if wanted.share_of else [*wanted.measures]
    rows = observations[observations["measure"].isin(parts)]
    counts = rows[["year", "municipality"]].drop_duplicates()["year"].value_counts()
    year = counts[counts >= _COMPLETE * counts.max()].index.max()
    table = rows[rows["year"] == year].pivot(
        index="municipality", columns="measure", values="value"
    )
    table = table.reindex(columns=parts)  # there may be figures of none
    value = table[[*wanted.measures]].sum(axis=1, skipna=False)
    value = 100 * value / table[wanted.share_of] if wanted.share_of else value
    found = value.dropna().rename("value").reset_index()
    return found.assign(trait=wanted.key, year=year)[["trait", "municipality", "year", "value"]]


def distances(values: pd.DataFrame, wanted: Sequence[Trait] = TRAITS) -> pd.DataFrame:
    """Return how unlike every two municipalities are.

    Each trait is standardised over all municipalities (mean 0, standard deviation 1; the
    logarithm first where ratios count), and all traits weigh the same. The distance is the root
    mean square of the differences over the traits that both have, so that a missing trait is
    neither made up nor counted as likeness.

    Returns
    -------
    DataFrame
        Square, by number of municipality both ways; 0 is alike in every trait, 1 one standard
        deviation apart on average. Missing for two that share less than half of the traits.
    """
    table = _standardised(values, wanted)
    z = table.to_numpy()
    return pd.DataFrame(_apart(z, z), index=table.index, columns=list(table.index))


def _standardised(values: pd.DataFrame, wanted: Sequence[Trait]) -> pd.DataFrame:
    """Return municipalities x traits, each with mean 0 and standard deviation 1."""
    table = values.pivot(index="municipality", columns="trait", values="value")
    table = table.reindex(columns=[one.key for one in wanted])
    for one in wanted:
        column = np.log(table[one.key]) if one.log else table[one.key]
        table[one.key] = (column - column.mean()) / column.std(ddof=0)
    return table


def _apart(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return `distances` between the rows of two parts of what `_standardised` returns."""
    squared = (some[:, None, :] - others[None, :, :]) ** 2
    shared = (~np.isnan(squared)).sum(axis=2)
    total = np.where(shared > 0, np.nansum(squared, axis=2), np.nan)
    apart = np.sqrt(total / np.maximum(shared, 1))
    return np.where(2 * shared >= some.shape[1], apart, np.nan)


@dataclass(frozen=True)
class Likeness:
    """How alike all municipalities are, as far as their nearest; `likeness` finds it."""

    place: dict[str, int]  #: the row of each municipality
    numbers: pd.Index  #: the municipality of each row
    standard: np.ndarray  #: municipalities x traits, standardised
    #: Rows of the `NEAREST` most like each, the nearest first; of two as near the lower number.
    #: One that cannot be compared comes after all that can.
    nearest: np.ndarray
    #: Whether even its nearest is farther away than nearly all municipalities' nearest.
    unusual: np.ndarray


def likeness(values: pd.DataFrame) -> Likeness:
    """Return how alike municipalities are, found once for the same traits (as of `traits`)."""
    return hashing.of_table(values, "likeness", lambda: _likeness(values))


def _likeness(values: pd.DataFrame) -> Likeness:
    table = _standardised(values, TRAITS)
    z = table.to_numpy()
    who, far = [], []
    # A part at a time: all distances of many municipalities would not find room together.
    for start in range(0, len(z), _PART):
        apart = _apart(z[start : start + _PART], z)
        own = np.arange(len(apart))
        apart[own, start + own] = np.nan
        apart = np.where(np.isnan(apart), np.inf, apart)
        who.append(np.argsort(apart, axis=1, kind="stable")[:, :NEAREST])
        far.append(apart.min(axis=1))
    nearest = pd.Series(np.concatenate(far))
    return Likeness(
        place={str(number): at for at, number in enumerate(table.index)},
        numbers=table.index,
        standard=z,
        nearest=np.concatenate(who),
        unusual=(nearest > nearest.quantile(_UNUSUAL)).to_numpy(),
    )


def similar(values: pd.DataFrame, municipality: str, count: int = NEAREST) -> pd.DataFrame:
    """Return the municipalities most like one; `values` are those of `traits`.

    Returns
    -------
    DataFrame
        municipality, distance (as in `distances`), middle (the median distance from the
        municipality to all others), unusual (whether even the nearest is farther away than nearly
        all municipalities' nearest: then nobody is much like it). The nearest first; of two as
        near, the lower number.

    Raises
    ------
    UsageError
        If no traits are known of the municipality.
    """
    known = likeness(values)
    if municipality not in known.place:
        check_numbers([municipality], values["municipality"])
        raise UsageError(f"None of the traits is known of {municipality}.")
    at = known.place[municipality]
    apart = _apart(known.standard[at : at + 1], known.standard)[0]
    own = pd.Series(apart, index=known.numbers).drop(municipality).dropna()
    rows = own.rename("distance").rename_axis("municipality").reset_index()
    rows = rows.sort_values(["distance", "municipality"], kind="stable").head(count)
    return rows.reset_index(drop=True).assign(middle=own.median(), unusual=bool(known.unusual[at]))


def comparable(measures: pd.DataFrame) -> pd.DataFrame:
    """Return the measures whose change can be set beside that of another municipality.

    They have a good direction, do not grow with the size of the municipality (no sums), and each
    value covers one year (values that share figures would look surer than they are).
    """
    sums, shared = measures["aggregation"] == "sum", measures["window"] > 1
    return measures[(measures["direction"] != 0) & ~sums & ~shared]


def since(observations: pd.DataFrame) -> int:
    """Return the year from which on figures are recent (`RECENT`)."""
    return int(observations["year"].max()) - RECENT


def pairs(
    observations: pd.DataFrame,
    breaks: pd.DataFrame,
    measures: pd.DataFrame,
    municipality: str,
    others: Sequence[str],
) -> pd.DataFrame:
    """Return how far others have come on each measure beside one municipality.

    Two series are compared over the years that both have on the newest level, and never across
    years or breaks. The difference between them is a series of its own: its yearly change has the
    interval of `trend.trend`, in which what moves both alike does not count as noise.
    Municipalities are numbers of today.

    Returns
    -------
    DataFrame
        A row per measure and other municipality with at least 5 years in common, the last of
        them no older than `RECENT`: measure, municipality, n (years in common), first_year,
        last_year, status (missing unless the newest figure of either is preliminary), own_first,
        own_last, first, last, own_change, change (unit of the measure), gained (how much more
        the other moved in the good direction), low, high (interval of what it gained per year),
        spread (of all municipalities in the first year: the distance between the quartiles, as
        standard deviations are counted), and

        alike
            whether both began close to each other (`CLOSE`).
        ahead
            whether the other began alike, moved in the good direction, and gained enough to
            matter (`WORTH`).
        further
            whether it did so clearly: the interval of what it gained lies above zero.
    """
    check_numbers([municipality, *others], observations["municipality"])
    field = _field(observations, breaks, measures)
    return _pairs(field, measures, municipality, others)


def beside(data: Dataset, municipality: str, others: Sequence[str]) -> pd.DataFrame:
    """Return `pairs` of the dataset, here also by name; what is the same for all is cached."""
    tables = data.observations, data.breaks, data.measures
    field = cached(data, "field", lambda: _field(*tables))
    return _pairs(field, data.measures, data.municipality(municipality), data.numbers(others))


#: Of all municipalities: the figures that are compared, their `spread`, and from which year on
#: one is recent.
_Field = tuple[pd.DataFrame, pd.DataFrame, int]


def _field(observations: pd.DataFrame, breaks: pd.DataFrame, measures: pd.DataFrame) -> _Field:
    known = comparable(measures)
    figures = observations[observations["measure"].isin(known["measure"])]
    figures = newest_level(figures, breaks)[[*_PAIR, "year", "value", "status"]]
    return figures, spread(figures), since(observations)


def _pairs(
    field: _Field, measures: pd.DataFrame, municipality: str, others: Sequence[str]
) -> pd.DataFrame:
    figures, apart, first = field
    own = hashing.select_rows(figures, municipality).drop(columns="municipality")
    rest = hashing.select_rows(figures, *(set(others) - {municipality}))
    both = rest.merge(own, on=["measure", "year"], suffixes=("", "_own"))
    directions = measures.set_index("measure")["direction"]
    gap = both.assign(
        value=both["measure"].map(directions) * (both["value"] - both["value_own"]),
        status=both["status"].where(both["status"].notna(), both["status_own"]),
    )
    moved = drift(gap.assign(broken_at=np.nan), measures)
    moved = moved[(moved["n"] >= ENOUGH) & (moved["last_year"] >= first)]
    rows = moved[[*_PAIR, "n", "first_year", "last_year", "status", "low", "high", "outcome"]]
    for end in ("first", "last"):
        values = {"year": f"{end}_year", "value": end, "value_own": f"own_{end}"}
        ends = both[[*_PAIR, *values]].rename(columns=values)
        rows = rows.merge(ends, on=[*_PAIR, f"{end}_year"])
    rows = rows.merge(apart, on=["measure", "first_year"], how="left")
    way = rows["measure"].map(directions)
    rows["own_change"] = rows["own_last"] - rows["own_first"]
    rows["change"] = rows["last"] - rows["first"]
    rows["gained"] = way * (rows["change"] - rows["own_change"])
    rows["alike"] = (rows["first"] - rows["own_first"]).abs() <= CLOSE * rows["spread"]
    enough = rows["gained"] >= WORTH * rows["spread"]
    rows["ahead"] = rows["alike"] & (way * rows["change"] > 0) & enough
    rows["further"] = rows["ahead"] & (rows["outcome"] == "rising")
    return rows.drop(columns="outcome")


def spread(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the spread of all municipalities per measure and year, where there are enough."""
    groups = figures.groupby(["measure", "year"])["value"]
    spread = (groups.quantile(0.75) - groups.quantile(0.25)) / QUARTILES
    spread = spread[groups.size() >= SPREAD_OF].rename("spread").reset_index()
    return spread.rename(columns={"year": "first_year"})


def by_chance(compared: pd.DataFrame) -> float:
    """Return how many of the pairs that began alike would stand out by chance alone."""
    return float(compared["alike"].sum() * (1 - LEVEL) / 2)


def reached(found: pd.DataFrame, goals: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `pairs` with the primary target of each of their municipalities.

    They get target (unit of the measure), scope, met (whether ``last`` meets it); missing where
    there is no target. `goals` are as `trends_and_goals` returns them.
    """
    rows = found.merge(goals[[*_PAIR, "target", "scope"]], on=_PAIR, how="left")
    way = rows["measure"].map(measures.set_index("measure")["direction"])
    met = way * (rows["target"] - rows["last"]) <= 0
    return rows.assign(met=met.astype(object).where(rows["target"].notna()))
