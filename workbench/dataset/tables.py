"""Tables of figures to go on with in pandas, seaborn or statsmodels: methods of `Dataset`."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, Protocol

import pandas as pd

from workbench.errors import UsageError, described, suggest


class Dataset(Protocol):
    """What these methods ask of the figures that they belong to."""

    @property
    def observations(self) -> pd.DataFrame:
        """As `model.Dataset.observations`."""

    @property
    def measures(self) -> pd.DataFrame:
        """As `model.Dataset.measures`."""

    @property
    def municipalities(self) -> pd.DataFrame:
        """As `model.Dataset.municipalities`."""

    def measure(self, wanted: str) -> pd.Series:
        """As `model.Dataset.measure`."""

    def municipality(self, wanted: str | int) -> str:
        """As `model.Dataset.municipality`."""

    def numbers(self, wanted: str | int | Iterable[str | int]) -> list[str]:
        """As `model.Dataset.numbers`."""


#: Wrong names that are listed, of those in a column.
_LISTED = 20


def long(
    self: Dataset,
    measures: str | Iterable[str] | None = None,
    municipalities: str | int | Iterable[str | int] | None = None,
) -> pd.DataFrame:
    """Return figures with the names that go with them, a row per figure: the form seaborn takes.

    Parameters
    ----------
    measures : str or iterable of str, optional
        As `measure` takes them; all by default.
    municipalities : str or iterable of str, optional
        As `numbers` takes them; all by default.

    Returns
    -------
    DataFrame
        measure, municipality (number), name, county, year, value (in unit), unit, status, origin;
        on today's boundaries, by measure, municipality and year.

    Examples
    --------
    >>> import workbench as wb
    >>> rows = wb.load().long("Grunnskolepoeng", ["Bærum", "Asker"])
    >>> rows.groupby("name")["value"].max().to_dict()
    {'Asker': 44.0, 'Bærum': 45.7}
    """
    rows = self.observations
    rows = rows[rows["measure"].isin(_measures(self, measures))]
    if municipalities is not None:
        rows = rows[rows["municipality"].isin(self.numbers(municipalities))]
    units = self.measures.set_index("measure")["unit"]
    rows = _named(self, rows).assign(unit=rows["measure"].map(units))
    columns = ["measure", "municipality", "name", "county", "year", "value", "unit", "status"]
    rows = rows[[*columns, "origin"]]
    return rows.sort_values(["measure", "municipality", "year"], ignore_index=True)


def wide(self: Dataset, measure: str) -> pd.DataFrame:
    """Return a measure with a row for every municipality, by name, and a column per year.

    A figure that is not there is missing; `numbers` returns the numbers of the names.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.load().wide("voter_turnout_storting").loc["Bærum"].round(1).to_dict()
    {2009: 83.2, 2013: 85.1, 2017: 85.1, 2021: 83.9, 2025: 86.2}
    """
    rows = long(self, str(self.measure(measure)["measure"]))
    table = rows.pivot(index="name", columns="year", values="value")
    return table.reindex(pd.Index(self.municipalities["name"], name="name"))


def join(
    self: Dataset,
    frame: pd.DataFrame,
    measures: str | Iterable[str] | None = None,
    on: str = "municipality",
    year: int | str | None = None,
) -> pd.DataFrame:
    """Return a table of one's own with figures beside it.

    Parameters
    ----------
    frame : DataFrame
        Any table with a column of municipalities: names, numbers, or earlier numbers.
    measures : str or iterable of str, optional
        As `measure` takes them; all by default.
    on : str
        The column of municipalities.
    year : int or str, optional
        A year, or the column that holds each row's; by default of each measure the newest year
        that half of its municipalities have, which ``result.attrs["years"]`` names.

    Returns
    -------
    DataFrame
        The rows and columns of `frame`, ``municipality`` (today's number), and a column per
        measure; missing where there is no figure. Several rows may be of one municipality of today.

    Raises
    ------
    UsageError
        If a column or a name in it is not known; all wrong names are told at once.

    Examples
    --------
    >>> import pandas as pd
    >>> import workbench as wb
    >>> mine = pd.DataFrame({"Kommune": ["Bærum kommune", "0301"], "busses": [41, 380]})
    >>> wb.load().join(mine, "voter_turnout_storting", on="Kommune").round(1)
             Kommune  busses municipality  voter_turnout_storting
    0  Bærum kommune      41         3201                    86.2
    1           0301     380         0301                    81.7
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"{described(frame)} is not a table. Give a DataFrame of pandas.")
    for column in [on, *([year] if isinstance(year, str) else [])]:
        if not isinstance(column, str) or column not in frame.columns:
            known = suggest(str(column), map(str, frame.columns))
            raise UsageError(f"The table has no column {described(column)}. {known}")
    names = _measures(self, measures)
    added = [*names, *(["municipality"] if on != "municipality" else [])]
    if taken := [name for name in added if name in frame.columns]:
        raise UsageError(f"The table has a column {taken[0]} already. Rename it first.")
    joined = frame.assign(municipality=_numbers(self, frame[on]))
    own = _years_of(frame[year]) if isinstance(year, str) else None
    years = {name: _year(self, name, None if isinstance(year, str) else year) for name in names}
    figures = self.observations.set_index(["measure", "municipality", "year"])["value"]
    found = {}
    for name in names:
        when = years[name] if own is None else own
        keys = pd.DataFrame({"municipality": joined["municipality"], "year": when})
        found[name] = figures.loc[name].reindex(pd.MultiIndex.from_frame(keys)).to_numpy()
    joined = pd.concat([joined, pd.DataFrame(found, index=joined.index)], axis=1)
    joined.attrs["years"] = years if own is None else {}
    return joined


def rank(self: Dataset, measure: str, year: int | None = None) -> pd.DataFrame:
    """Return all municipalities with a figure of a measure in one year, the best one first.

    Where neither way is good, the highest is first; figures that add up, such as residents, are in
    the order of size. Small differences in place are often chance.

    Parameters
    ----------
    measure : str
    year : int, optional
        By default the newest that half of the municipalities with figures have.

    Returns
    -------
    DataFrame
        place (equal figures share the best), municipality, name, county, year, value, status.

    Examples
    --------
    >>> import workbench as wb
    >>> rows = wb.load().rank("voter_turnout_storting").set_index("name")
    >>> int(rows.loc["Bærum", "place"]), len(rows)
    (4, 357)
    """
    about = self.measure(measure)
    rows = _of_year(self, about["measure"], year)
    place = rows["value"].rank(method="min", ascending=bool(about["direction"] < 0))
    rows = rows.assign(place=place.astype("int64")).sort_values(["place", "name"])
    columns = ["place", "municipality", "name", "county", "year", "value", "status"]
    return rows[columns].reset_index(drop=True)


def by_county(self: Dataset, measure: str, year: int | None = None) -> pd.DataFrame:
    """Return how the figures of a measure lie in each county, in one year.

    Each municipality counts the same, so that a median is not the figure of the county.

    Parameters
    ----------
    measure : str
    year : int, optional
        By default the newest that half of the municipalities with figures have.

    Returns
    -------
    DataFrame
        county, municipalities (in the county), figures (how many have one), low, lower_quartile,
        median, upper_quartile, high (unit of the measure), year; the best median first, as `rank`
        has it.

    Examples
    --------
    >>> import workbench as wb
    >>> rows = wb.load().by_county("voter_turnout_storting").set_index("county")
    >>> rows.loc["Akershus", ["low", "median", "high"]].to_dict()
    {'low': 74.1841, 'median': 80.093, 'high': 87.2323}
    """
    about = self.measure(measure)
    rows = _of_year(self, about["measure"], year)
    values = rows.groupby("county")["value"]
    table = values.quantile([0, 0.25, 0.5, 0.75, 1]).unstack()
    table.columns = pd.Index(["low", "lower_quartile", "median", "upper_quartile", "high"])
    sizes = self.municipalities["county_name"].value_counts()
    table.insert(0, "municipalities", sizes.reindex(table.index))
    table.insert(1, "figures", values.size())
    table = table.assign(year=int(rows["year"].iloc[0]))
    return table.sort_values("median", ascending=bool(about["direction"] < 0)).reset_index()


def _measures(data: Dataset, wanted: str | Iterable[str] | None) -> list[str]:
    """Return the names of measures, each once; all that have figures where none are asked for."""
    if wanted is None:
        return list(data.observations["measure"].unique())
    several = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    asked: Iterable[Any] = wanted if several else [wanted]
    return list(dict.fromkeys(str(data.measure(one)["measure"]) for one in asked))


def _named(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    about = data.municipalities.set_index("number")[["name", "county_name"]]
    about = about.rename(columns={"county_name": "county"})
    return rows.join(about, on="municipality")


def _year(data: Dataset, measure: str, year: int | None) -> int:
    """Return a year with figures of a measure: the newest that half of its municipalities have."""
    rows = data.observations[data.observations["measure"] == measure]
    counts = rows.groupby("year").size()
    if counts.empty:
        raise UsageError(f"Nobody has figures of {measure}.")
    if year is None:
        half = min(counts.max(), rows["municipality"].nunique() / 2)
        return int(counts.index[counts >= half].max())
    if not isinstance(year, Integral) or isinstance(year, bool) or year not in counts.index:
        known = ", ".join(map(str, counts.index))
        raise UsageError(f"Nobody has figures of {measure} for {described(year)}. Years: {known}.")
    return int(year)


def _of_year(data: Dataset, measure: str, year: int | None) -> pd.DataFrame:
    when = _year(data, measure, year)
    rows = data.observations
    return _named(data, rows[(rows["measure"] == measure) & (rows["year"] == when)])


def _numbers(data: Dataset, named: pd.Series) -> pd.Series:
    """Return today's numbers of a column of municipalities; refuse all that are wrong at once."""
    found: list[str] = []
    wrong: dict[str, None] = {}
    for one in named:
        try:
            found.append(data.municipality(one))
        except UsageError as error:
            wrong[str(error)] = None
    if wrong:
        more = [f"{len(wrong) - _LISTED} more are wrong."] if len(wrong) > _LISTED else []
        raise UsageError("\n".join([*list(wrong)[:_LISTED], *more]))
    return pd.Series(found, index=named.index, dtype="str")


def _years_of(column: pd.Series) -> pd.Series:
    years = pd.to_numeric(column, errors="coerce")
    if len(lost := column[years.isna() & column.notna()]):
        raise UsageError(f"{described(lost.iloc[0])} in the column {column.name} is not a year.")
    return years
