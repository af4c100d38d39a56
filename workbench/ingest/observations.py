"""From cells of a table to figures of municipalities and years."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.ingest.feeds import Feed, selection_of
from workbench.ingest.ssb.client import SourceError
from workbench.ingest.ssb.jsonstat import MISSING, Cube
from workbench.ingest.ssb.pxweb import Query
from workbench.storage.normalise import shown

#: A municipality in a variable of places; lists that add up earlier ones write K-3201.
_PLACE = re.compile(r"(?:K-)?([0-9]{4})")
#: A year, or a period that ends with it: 2024, 2023-2024, 2016_2016.
_YEAR = re.compile(r"(?:[0-9]{4}[-_])?([0-9]{4})")

#: Transformations that take a single cell, and those that divide by nothing.
_SINGLE = ("value", "scaled")
_AS_THEY_ARE = (*_SINGLE, "sum")

#: How many cells with a mark are listed.
_LISTED = 8

#: Decimals of a value that is worked out here, as in the figures first gathered.
_DECIMALS = 4


def places(codes: Sequence[str], numbers: set[str]) -> tuple[list[str], list[str]]:
    """Return the codes of known municipalities, and numbers that look like one but are not known.

    9999 is what Statistics Norway writes for 'not stated'.
    """
    found = [(code, match[1]) for code in codes if (match := _PLACE.fullmatch(code))]
    known = [code for code, number in found if number in numbers]
    return known, [n for _, n in found if n not in numbers and n != "9999"]


def years(about: Cube, since: int | None) -> list[str]:
    """Return the years of a table from `since` on; refuse one whose time is not in years."""
    codes = about.codes[about.time]
    if not all(_YEAR.fullmatch(code) for code in codes):
        raise SourceError(f"The table counts in {codes[-1]!r} where years were expected.")
    return [code for code in codes if since is None or int(code[-4:]) >= since]


def query(feed: Feed, about: Cube, codes: Sequence[str], chosen_years: Sequence[str]) -> Query:
    """Return the question for the cells of a measure in these places and years.

    A variable with a single code needs no choice.
    """
    chosen = {name: codes for name, codes in about.codes.items() if len(codes) == 1}
    chosen |= selection_of(feed.selection)
    if feed.transformation == "ratio":
        for name, others in selection_of(feed.denominator).items():
            chosen[name] = list(dict.fromkeys([*chosen.get(name, []), *others]))
    lists = {name: codes[0] for name, codes in selection_of(feed.codelists).items()}
    whole = {**chosen, feed.place: list(codes), about.time: list(chosen_years)}
    return Query(feed.table, whole, lists)


def check_units(feed: Feed, about: Cube) -> None:
    """Refuse a table that states another unit than the row of feeds.csv."""
    if not feed.unit:
        return
    for codes in selection_of(feed.selection).values():
        for code in codes:
            stated = about.units.get(code, feed.unit)
            if stated.casefold() != feed.unit.casefold():
                raise SourceError(
                    f'Table {feed.table} counts {code} in "{stated}", where feeds.csv says '
                    f'"{feed.unit}". Nothing was fetched; see what changed, and correct the row.'
                )


def observations(
    feed: Feed, about: Cube, cells: pd.DataFrame, scale: float, denominators: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the figures that cells are: municipality, year, value, numerator, denominator, status.

    Parameters
    ----------
    feed : Feed
    about, cells : Cube, DataFrame
        A column of codes per variable, value (unit of the table; NaN where missing).
    scale : float
        value = scale x numerator / denominator, where there is one.
    denominators : DataFrame or None
        Figures of the measure that is divided by.

    Raises
    ------
    SourceError
        If a value is to be a single cell, and there are several.
    """
    counted = _added(cells, feed, about, selection_of(feed.selection))
    found = counted.rename("numerator").reset_index()
    if feed.transformation in _AS_THEY_ARE:
        found = found.rename(columns={"numerator": "value"})
        if feed.transformation == "scaled":
            found["value"] = (scale * found["value"]).round(_DECIMALS)
        found = found.assign(numerator=np.nan, denominator=np.nan)
    elif feed.transformation == "ratio":
        found["denominator"] = _added(cells, feed, about, selection_of(feed.denominator)).to_numpy()
    elif denominators is not None:
        by = denominators.set_index(["municipality", "year"])["value"]
        keys = pd.MultiIndex.from_frame(found[["municipality", "year"]])
        found["denominator"] = by.reindex(keys).to_numpy()
    if feed.transformation in ("per", "ratio"):
        share = found["numerator"] / found["denominator"].where(found["denominator"] > 0)
        found["value"] = (scale * share).round(_DECIMALS)
    found["status"] = np.where(_preliminary(feed, about, found["year"]), "preliminary", "")
    columns = ["municipality", "year", "value", "numerator", "denominator", "status"]
    return found.loc[found["value"].notna(), columns].reset_index(drop=True)


def notes(feed: Feed, about: Cube, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the notes that the source prints beside its numbers: municipality, year, note."""
    noted = _noted(cells)
    noted = noted[noted["value"].notna()]
    found = pd.DataFrame(
        {
            "municipality": noted[feed.place].astype(str),
            "year": noted[about.time].str[-4:].astype(int),
            "note": noted["mark"].map(shown),
        }
    )
    key = ["municipality", "year"]
    joined = found.drop_duplicates().groupby(key, as_index=False)["note"].agg("; ".join)
    return joined if len(found) else found


def _noted(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[(cells["mark"] != "") & ~cells["mark"].isin(MISSING)]


def marks(feed: Feed, about: Cube, cells: pd.DataFrame) -> str:
    """Return a sentence on marks of cells that are none of a missing figure, or ''.

    A mark beside a number is a note to it; without a number it leaves that one cell missing.
    """
    noted = _noted(cells)
    listed = [
        f'"{shown(row["mark"])}" '
        + ("without a figure" if pd.isna(row["value"]) else f"beside {row['value']:.10g}")
        + f" ({row[feed.place]} {row[about.time]})"
        for row in noted.head(_LISTED).to_dict("records")
    ]
    more = f" and {len(noted) - _LISTED} more" if len(noted) > _LISTED else ""
    return f"Marks of the source: {', '.join(listed)}{more}." if listed else ""


def _added(
    cells: pd.DataFrame, feed: Feed, about: Cube, chosen: Mapping[str, Sequence[str]]
) -> pd.Series:
    """Return the chosen cells added up by municipality and year, missing where one of them is."""
    kept = cells
    for name, codes in chosen.items():
        kept = kept[kept[name].isin(codes)]
    numbers = kept[feed.place].str.extract(f"^{_PLACE.pattern}$", expand=False)
    ends = kept[about.time].str[-4:].astype("int64")
    keys = [numbers.rename("municipality"), ends.rename("year")]
    groups = kept["value"].groupby(keys)
    if feed.transformation in _SINGLE and (groups.size() > 1).any():
        raise SourceError(
            f"Table {feed.table} has several cells for one figure of {feed.measure}. Name one code "
            "of each variable in feeds.csv, or say how they add up."
        )
    added = groups.sum(min_count=1).where(groups.count() == groups.size())
    return added if feed.transformation in _SINGLE else added.round(_DECIMALS)


def _preliminary(feed: Feed, about: Cube, of_years: pd.Series) -> pd.Series:
    """Return which years' figures were preliminary when the table was last changed."""
    if not feed.preliminary_until:
        return pd.Series(False, index=of_years.index)
    until = (of_years + 1).astype(str) + "-" + feed.preliminary_until
    return until > about.updated[:10]
