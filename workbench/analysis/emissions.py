"""Emissions by sector, the pace so far and the path to the target.

A municipality is named as for `Dataset.municipality`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.assessment import trends_and_goals
from workbench.analysis.memo import cached
from workbench.analysis.outlook import round_to_uncertainty
from workbench.analysis.projection import project
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.storage import hashing

#: The measure that the target is set for: tonnes (numerator) per resident (denominator).
TOTAL = "ghg_emissions_per_capita"

#: How much lower or higher the emissions are than in `BASE`, where no tonnes are known (per cent).
CHANGE, BASE = "emissions_change_since_2009", 2009

#: How many years 'lately' is.
LATELY = 5

#: A sector with less than this share of the emissions, first and last, is small.
SMALL = 0.01

#: Emissions that are written as zero tonnes.
_ZERO = 0.5


_SECTOR = ["measure", "first_year", "last_year", "first", "last", "share", "change"]
_SECTOR += ["lately_from", "lately", "size"]


def sector_measures(measures: pd.DataFrame) -> list[str]:
    """Return the measures that are the parts of the emissions, in the order of the table."""
    names = measures.loc[measures["measure"].str.startswith("ghg_"), "measure"]
    return [name for name in names if name != TOTAL]


def total(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return the emissions by year: tonnes, residents, per resident, status; ascending."""
    rows = hashing.select_rows(data.observations, data.municipality(municipality))
    rows = rows[rows["measure"] == TOTAL]
    names = {"numerator": "tonnes", "denominator": "residents", "value": "per_resident"}
    columns = ["year", "tonnes", "residents", "per_resident", "status"]
    return rows.rename(columns=names).sort_values("year")[columns].reset_index(drop=True)


def sectors(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return the emissions of each sector and their change, the largest first.

    Returns
    -------
    DataFrame
        A row per sector with figures, and 'rest' where the total holds half a tonne more:
        measure, first_year, last_year, first, last (tonnes CO2e), status (of the newest), share
        (0 to 1, of the total in its newest year; missing for a sector without a figure for it),
        change (relative, since the first year; missing from zero), lately_from (year), lately
        (tonnes a year since then), both missing over a break of the series, and size:

        'large'
            at least 1 % of the total in its first or its newest year.
        'small'
            less than that.
        'zero'
            never as much as half a tonne.
        'rest'
            the total less all sectors; not a sector.

        Empty when there are no figures.
    """
    sums = total(data, municipality)
    figures = hashing.select_rows(data.observations, data.municipality(municipality))
    parts = set(sector_measures(data.measures))
    series = {
        measure: part.set_index("year")["value"].sort_index()
        for measure, part in figures[figures["measure"].isin(parts)].groupby("measure")
    }
    if sums.empty or not series:
        return pd.DataFrame(columns=[*_SECTOR, "status"])
    of = sums.set_index("year")["tonnes"]
    rest = of - pd.DataFrame(series).sum(axis=1).reindex(of.index)
    since = data.breaks.groupby("measure")["year"].max()
    rows = [
        _sector(measure, values, of, int(since.get(measure, 0)))
        for measure, values in series.items()
    ]
    statuses = figures.sort_values("year").groupby("measure")["status"].nth(-1)
    status = dict(zip(figures.loc[statuses.index, "measure"], statuses, strict=True))
    frame = pd.DataFrame(rows).sort_values("last", ascending=False, kind="stable")
    if rest.abs().max() >= _ZERO:
        frame = pd.concat([frame, pd.DataFrame([{**_sector("rest", rest, of), "size": "rest"}])])
    return frame.assign(status=frame["measure"].map(status)).reset_index(drop=True)


def _sector(measure: str, values: pd.Series, of: pd.Series, broken: int = 0) -> dict[str, object]:
    """Return a sector; what came before the year `broken` is not compared with what came after."""
    first, last = values.index[0], values.index[-1]
    since = _years_ago(values, last)
    newest, oldest = float(values.iloc[-1]), float(values.iloc[0])
    share = newest / of.iloc[-1] if last == of.index[-1] else np.nan
    large = max(newest / of.get(last, np.inf), oldest / of.get(first, np.inf)) >= SMALL
    size = "zero" if values.max() < _ZERO else "large" if large else "small"
    return {
        "measure": measure,
        "first_year": first,
        "last_year": last,
        "first": oldest,
        "last": newest,
        "share": share,
        "change": newest / oldest - 1 if oldest >= _ZERO and first >= broken else np.nan,
        "lately_from": since,
        "lately": (newest - values[since]) / (last - since) if broken <= since < last else np.nan,
        "size": size,
    }


def _years_ago(values: pd.Series, last: int) -> int:
    """Return the newest year at least `LATELY` years before `last`, or else the first."""
    earlier = values.index[values.index <= last - LATELY]
    return int(earlier[-1] if len(earlier) else values.index[0])


def paces(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return by how much the emissions changed a year, lately and since the first year.

    Returns
    -------
    DataFrame
        Indexed by ``since`` ('lately', 'first'): from_year, to_year, tonnes and per_resident
        (relative change a year, -0.03 for 3 % less each year; missing from or to zero).
    """
    rows = total(data, municipality).set_index("year")
    if len(rows) < 2:
        return pd.DataFrame(columns=["from_year", "to_year", "tonnes", "per_resident"])
    last = int(rows.index[-1])
    starts = {"lately": _years_ago(rows["tonnes"], last), "first": int(rows.index[0])}
    found = {
        since: {
            "from_year": start,
            "to_year": last,
            **{
                of: yearly_rate(rows.at[start, of], rows.at[last, of], last - start)
                for of in ("tonnes", "per_resident")
            },
        }
        for since, start in starts.items()
    }
    return pd.DataFrame(found).T.astype({"from_year": int, "to_year": int})


def tonnes_a_year(data: Dataset, municipality: str) -> pd.Series:
    """Return the change of the total lately: from_year, and tonnes_a_year (tonnes CO2e)."""
    values = total(data, municipality).set_index("year")["tonnes"]
    if values.empty:
        raise UsageError(data.missing(TOTAL, municipality))
    last = int(values.index[-1])
    since = _years_ago(values, last)
    change = (values[last] - values[since]) / (last - since) if since < last else np.nan
    return pd.Series({"from_year": since, "tonnes_a_year": change})


@dataclass(frozen=True)
class Cut:
    """How much of a cut that a council decided has been made, in per cent of the base year.

    ``change`` is that of the newest figure (-35.0: 35 % lower than in `BASE`) and ``goal`` the one
    decided; ``left`` of the ``span`` years remain at that figure, ``so_far`` and ``needed`` are
    percentage points of the base year's emissions per year (needed: missing once the goal is met
    or its year is over).
    """

    change: float
    year: int
    goal: float
    goal_year: int
    left: int
    span: int
    so_far: float
    needed: float


def decided_cut(data: Dataset, municipality: str) -> Cut | None:
    """Return how far the decided cut has come; None without a figure, or without a decision.

    Examples
    --------
    >>> import workbench as wb
    >>> from workbench.analysis.emissions import decided_cut
    >>> cut = decided_cut(wb.load(), "Bærum")
    >>> cut.change, cut.goal, cut.left, cut.span, cut.needed
    (-35.0, -65.0, 8, 21, -3.75)
    """
    number = data.municipality(municipality)
    rows = hashing.select_rows(data.observations, number)
    rows = rows[rows["measure"] == CHANGE].sort_values("year")
    goals = data.targets[(data.targets["measure"] == CHANGE) & (data.targets["primary"] == "yes")]
    goals = goals[(goals["municipality"] == number) & goals["year"].notna()]
    if rows.empty or goals.empty:
        return None
    change, year = float(rows["value"].iloc[-1]), int(rows["year"].iloc[-1])
    goal, by = float(goals["value"].iloc[0]), int(goals["year"].iloc[0])
    left = by - year
    needed = (goal - change) / left if left > 0 and change > goal else np.nan
    return Cut(change, year, goal, by, left, by - BASE, change / (year - BASE), needed)


def yearly_rate(start: float, end: float, years: float) -> float:
    """Return the same relative change each year that leads from `start` to `end`."""
    if start <= 0 or end <= 0 or years <= 0:
        return float("nan")
    return float((end / start) ** (1 / years) - 1)


@dataclass(frozen=True)
class Pathway:
    """What it takes to reach the target, beside what has been done.

    `years` are from the newest figure to the target's year: year, path, path_tonnes, cut (tonnes
    less than the year before), same_pace (tonnes per resident), low, middle, high (projection,
    tonnes per resident). Tonnes are with the newest count of residents. The path is the same per
    cent each year, or the same cut each year where the target is zero; where the target is met
    it is the target itself, and nothing is cut.
    """

    target: pd.Series  #: its row of `assessment.trends_and_goals`
    required: float  #: relative change a year from the newest figure to the target; or missing
    pace: float  #: relative change a year lately, of tonnes or tonnes per resident, as the target
    pace_from: int
    last_year: int
    #: 'met' (the target is reached now), 'zero' (the target is zero, to which no yearly per cent
    #: leads), 'unknown' (there is no pace), 'enough', 'slow' (falling, but too slowly), 'still'
    #: (under 0.05 % a year) or 'rising'.
    enough: str
    years: pd.DataFrame


def pathway(data: Dataset, municipality: str) -> Pathway | None:
    """Return the path to the primary target; None without figures, target, or a year ahead."""
    rows = total(data, municipality)
    goals = hashing.select_rows(trends_and_goals(data)[1], data.municipality(municipality))
    goals = goals[(goals["measure"] == TOTAL) & goals["year"].notna()]
    found = paces(data, municipality)
    if goals.empty or found.empty or int(goals["year"].iloc[0]) <= rows["year"].iloc[-1]:
        return None
    goal, newest, lately = goals.iloc[0], rows.iloc[-1], found.loc["lately"]
    ahead = int(goal["year"]) - int(newest["year"])
    required = yearly_rate(newest["per_resident"], goal["target"], ahead)
    pace = float(lately["tonnes" if goal["of"] == "numerator" else "per_resident"])
    met = newest["per_resident"] <= goal["target"]
    return Pathway(
        target=goal,
        required=float("nan") if met else required,
        pace=pace,
        pace_from=int(lately["from_year"]),
        last_year=int(newest["year"]),
        enough="met" if met else _enough(required, pace),
        years=_years(data, municipality, newest, goal, np.nan if met else required, pace),
    )


def _enough(required: float, pace: float) -> str:
    if np.isnan(required) or np.isnan(pace):
        return "zero" if np.isnan(required) else "unknown"
    if pace <= required:
        return "enough"
    if abs(pace) < 0.0005:
        return "still"
    return "slow" if pace < 0 else "rising"


def _years(
    data: Dataset,
    municipality: str,
    newest: pd.Series,
    goal: pd.Series,
    required: float,
    pace: float,
) -> pd.DataFrame:
    years = np.arange(int(newest["year"]), int(goal["year"]) + 1)
    steps = years - years[0]
    path = newest["per_resident"] * (1 + required) ** steps
    met = newest["per_resident"] <= goal["target"]
    if met:
        path = np.full(len(years), float(goal["target"]))
    elif goal["target"] == 0:
        path = newest["per_resident"] * (1 - steps / steps[-1])
    tonnes = path * newest["residents"]
    fan = projected(data, municipality, [int(year) for year in years[1:]]).reindex(years)
    fan.iloc[0] = newest["per_resident"]
    return pd.DataFrame(
        {
            "year": years,
            "path": path,
            "path_tonnes": tonnes,
            "cut": np.nan if met else -np.diff(tonnes, prepend=np.nan),
            "same_pace": newest["per_resident"] * (1 + pace) ** steps,
            **{name: fan[name].to_numpy() for name in ("low", "middle", "high")},
        }
    )


def projected(data: Dataset, municipality: str, years: Sequence[int]) -> pd.DataFrame:
    """Return the projection of emissions per resident: low, middle, high by year (80 %).

    Rounded as the assessment rounds it, so that both say the same of the last year.
    """
    own = hashing.select_rows(ahead(data), data.municipality(municipality)).set_index("to_year")
    return own[["low", "middle", "high"]].reindex(list(years))


def ahead(data: Dataset) -> pd.DataFrame:
    """Return `projected` of all municipalities, cached until the figures change.

    The years are from the first after any municipality's newest figure to the last of a target.

    Returns
    -------
    DataFrame
        municipality, to_year, low, middle, high (tonnes per resident).
    """
    return cached(data, "emissions ahead", lambda: _ahead(data))


def _ahead(data: Dataset) -> pd.DataFrame:
    rows = data.observations
    rows = rows[rows["measure"].isin([TOTAL, "population"])]
    of_total = rows[rows["measure"] == TOTAL]
    first = of_total.groupby("municipality")["year"].max().min() + 1
    last = data.targets.loc[data.targets["measure"] == TOTAL, "year"].max()
    names = {"low80": "low", "projected": "middle", "high80": "high"}
    keys = ["municipality", "to_year"]
    parts = [
        project(rows, data.measures, data.breaks, year) for year in range(int(first), int(last) + 1)
    ]
    table = pd.concat(parts)
    table = table[table["measure"] == TOTAL].reset_index(drop=True)
    exact = round_to_uncertainty(table[[*names, "low95", "high95"]])
    return table[keys].join(exact[[*names]].rename(columns=names))
