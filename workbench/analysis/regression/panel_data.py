"""The table that a regression is fitted to: a row per municipality, or per municipality and year.

Figures stand on today's boundaries. Years are used from the newest break of any measure on, and
where half of the municipalities have a figure for every term; all that is left out is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.regression.formula import Term
from workbench.dataset import Dataset
from workbench.errors import UsageError

#: A year is used for a term when at least this share of the municipalities has a figure.
_ENOUGH = 0.5

#: Why something is left out, as `Table.dropped` says it.
REASONS = {
    "no figure": "the municipality has no figure for a term",
    "not above zero": "a logarithm was asked of a figure that is zero or less",
    "one year": "a single year of a municipality cannot be compared with another of its years",
    "break": "figures from before a series break cannot be compared with later ones",
    "too few": "fewer than half of the municipalities have a figure for a term",
}


@dataclass(frozen=True)
class Table:
    """The figures that a model is fitted to."""

    #: municipality, year (over years only), and a column per term, the outcome first. Complete,
    #: and in the order of municipality and year.
    rows: pd.DataFrame
    years: dict[str, tuple[int, ...]]  #: that the figures of each term are of; a lag's are earlier
    #: municipality (missing: all), year (missing: all that are used), missing (the terms
    #: concerned, joined by ', '), reason (a key of `REASONS`).
    dropped: pd.DataFrame


def cross_section(data: Dataset, terms: Sequence[Term]) -> Table:
    """Return one row per municipality: of each term the newest year that is common.

    A lag counts back from the year of the first term, which is the outcome.
    """
    first = _newest(data, terms[0])
    years = {str(t): first - t.lag if t.lag else _newest(data, t) for t in terms}
    columns = {}
    for term in terms:
        year = years[str(term)]
        wide = _raw(data, term)
        if not _common(data, wide).get(year, False):
            raise UsageError(
                f'"{term}" asks for figures of {year}, {term.lag} years before {terms[0]} in '
                f"{first}, and fewer than half of the municipalities have one."
            )
        columns[str(term)] = wide[year]
    raw = pd.DataFrame(columns).rename_axis("municipality")
    values = _logged(raw, terms)
    complete = values.dropna().reset_index()
    dropped = _incomplete(raw, values, terms).assign(year=pd.NA)
    return Table(complete, {name: (year,) for name, year in years.items()}, _dropped([dropped]))


def panel(data: Dataset, terms: Sequence[Term], compares_years: bool) -> Table:
    """Return one row per municipality and year.

    Where it `compares_years`, a municipality with a single year says nothing and is dropped.

    Raises
    ------
    UsageError
        If fewer than two years have figures for all terms.
    """
    wide = {str(t): _raw(data, t).rename(columns=lambda year, k=t.lag: year + k) for t in terms}
    common = {name: _common(data, table) for name, table in wide.items()}
    starts = {str(t): _start(data, t) for t in terms}
    usable = {
        name: [year for year in table.columns if common[name][year] and year >= starts[name]]
        for name, table in wide.items()
    }
    used = sorted(set.intersection(*(set(years) for years in usable.values())))
    if len(used) < 2:
        raise UsageError(_too_few_years(used, usable))
    raw = pd.DataFrame({name: table[used].stack(future_stack=True) for name, table in wide.items()})
    raw = raw.rename_axis(["municipality", "year"])
    values = _logged(raw, terms)
    parts = [_years_left_out(wide[str(terms[0])].columns, used, common, starts)]
    parts.append(_once(_incomplete(raw, values, terms), len(used)))
    complete = values.dropna().reset_index()
    if compares_years:
        alone = complete.groupby("municipality")["year"].transform("size") == 1
        parts.append(
            complete.loc[alone, ["municipality", "year"]].assign(missing="", reason="one year")
        )
        complete = complete[~alone].reset_index(drop=True)
    years = {str(t): tuple(year - t.lag for year in used) for t in terms}
    return Table(complete, years, _dropped(parts))


def notes(data: Dataset, terms: Sequence[Term]) -> tuple[str, ...]:
    """Return notes on measures whose figures are not of one year, every year."""
    said = []
    for name in dict.fromkeys(name for term in terms for name in term.measures):
        about = data.measure(name)
        if about["interval"] > 1:
            said.append(f"{name} has figures every {about['interval']} years only.")
        if about["window"] > 1:
            said.append(
                f"Each figure of {name} covers {about['window']} years, so that figures of "
                "neighbouring years share most of what they rest on."
            )
    return tuple(said)


def _raw(data: Dataset, term: Term) -> pd.DataFrame:
    """Return the figures of a term before any logarithm or lag: municipalities x years."""
    part, *whole = (_wide(data, name) for name in term.measures)
    table = 100 * part / whole[0] if whole else part
    numbers = sorted(data.municipalities["number"])
    return table.reindex(index=pd.Index(numbers, name="municipality")).sort_index(axis=1)


def _wide(data: Dataset, measure: str) -> pd.DataFrame:
    rows = data.observations[data.observations["measure"] == measure]
    return rows.pivot(index="municipality", columns="year", values="value")


def _common(data: Dataset, wide: pd.DataFrame) -> pd.Series:
    """Return, per year, whether enough municipalities have a figure."""
    return wide.notna().sum() >= _ENOUGH * len(data.municipalities)


def _newest(data: Dataset, term: Term) -> int:
    common = _common(data, _raw(data, term))
    if not common.any():
        raise UsageError(_nowhere(term.name))
    return int(common.index[common].max())


def _start(data: Dataset, term: Term) -> int:
    """Return the first year whose figures lie on the newest level of the term's measures."""
    known = data.observations.groupby("measure")["year"].max()
    cuts = data.breaks[data.breaks["measure"].isin(term.measures)]
    cuts = cuts[cuts["year"] <= cuts["measure"].map(known)]
    return 0 if cuts.empty else int(cuts["year"].max()) + term.lag


def _logged(raw: pd.DataFrame, terms: Sequence[Term]) -> pd.DataFrame:
    values = raw.astype(float)
    for term in terms:
        if term.log:
            values[str(term)] = np.log(values[str(term)].where(values[str(term)] > 0))
    return values


def _incomplete(raw: pd.DataFrame, values: pd.DataFrame, terms: Sequence[Term]) -> pd.DataFrame:
    """Return the rows that lack something, with what and why."""
    lacking = values[values.isna().any(axis=1)]
    missing = raw.loc[lacking.index].isna()
    gone = missing.any(axis=1)
    named = missing.where(gone, lacking.isna())
    return pd.DataFrame(
        {
            "missing": [", ".join(named.columns[row]) for row in named.to_numpy(dtype=bool)],
            "reason": np.where(gone, "no figure", "not above zero"),
        },
        index=lacking.index,
    ).reset_index()


def _once(lacking: pd.DataFrame, years: int) -> pd.DataFrame:
    """Return one row for a municipality that lacks something in every year."""
    count = lacking.groupby("municipality")["year"].transform("size")
    always = lacking[count == years]
    joined = always.groupby(["municipality", "reason"], as_index=False)["missing"].agg(
        lambda texts: ", ".join(dict.fromkeys(", ".join(texts).split(", ")))
    )
    return pd.concat([joined.assign(year=pd.NA), lacking[count < years]])


def _years_left_out(
    offered: pd.Index, used: Sequence[int], common: dict[str, pd.Series], starts: dict[str, int]
) -> pd.DataFrame:
    """Return the years of the outcome that are not used, a row per term that stands in the way."""
    rows = []
    for year in sorted(set(offered) - set(used)):
        for name, start in starts.items():
            if year < start:
                rows.append({"year": year, "missing": name, "reason": "break"})
            elif not common[name].get(year, False):
                rows.append({"year": year, "missing": name, "reason": "too few"})
    return pd.DataFrame(rows, columns=["year", "missing", "reason"]).assign(municipality=pd.NA)


def _dropped(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    columns = {"municipality": "str", "year": "Int64", "missing": "str", "reason": "str"}
    some = [part[[*columns]].astype(columns) for part in parts if len(part)]
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat(some, ignore_index=True) if some else empty


def _nowhere(name: str) -> str:
    return (
        f'"{name}" has no year with figures for half of the municipalities. '
        "Choose a measure with figures for the whole country."
    )


def _too_few_years(used: Sequence[int], usable: dict[str, list[int]]) -> str:
    for name, years in usable.items():
        if not years:
            return _nowhere(name)
    have = "; ".join(f"{name} {spans(years)}" for name, years in usable.items())
    found = f"Only {used[0]} has" if used else "No year has"
    return (
        f"{found} figures for all terms, and a regression over years needs two: {have}. "
        "Take earlier figures with lag(name, years), leave a term out, or compare municipalities "
        'with effects="none".'
    )


def spans(years: Sequence[int]) -> str:
    """Return years in short: '2009, 2014-2020' with the dash of a range."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(
        f"{run[0]}" if len(run) == 1 else f"{run[0]}\N{EN DASH}{run[-1]}" for run in runs
    )
