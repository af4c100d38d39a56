"""What municipalities reported themselves, as measures and figures like all others.

Each data point of the U4SSC set is a measure of its own, and once more where ITU printed it in a
report: two publishers never share a series. A reported figure is the indicator itself.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

#: Whose figures: what the measure's name starts with, and its publisher.
MUNICIPALITY, ITU = "reported", "itu"

PUBLISHERS = {MUNICIPALITY: "The municipality", ITU: "ITU"}
#: What tells ITU's series from the municipality's own, and that from a publisher's of that name.
_PRINTED = {"name_nb": "Trykt av ITU: ", "name_en": "Printed by ITU: "}
_REPORTED = {"name_nb": "Rapportert: ", "name_en": "Reported: "}
_YES_NO = {"yes": 1.0, "no": 0.0}
_POINT = ["kpi", "data_point"]


def is_reported(measures: pd.Series) -> pd.Series:
    """Return whether each name is that of a reported data point.

    Examples
    --------
    >>> import pandas as pd
    >>> is_reported(pd.Series(["reported_4_4g", "itu_1", "life_expectancy"])).tolist()
    [True, True, False]
    """
    return measures.str.fullmatch(rf"({MUNICIPALITY}|{ITU})_\d+(_\w+)?")


def measures(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a measure for each data point of the form, and for each that ITU printed.

    `tables` are kpis, kpi_data_points, form, u4ssc_results and measures, as `loading` returns them.

    Returns
    -------
    DataFrame
        With the columns of ``measures``. A merger of municipalities is the end of a series: no
        reported figure is added up (aggregation 'mean', without weights).
    """
    points = tables["kpi_data_points"].merge(tables["form"], on=_POINT, suffixes=("", "_form"))
    if points.empty:  # figures that come without a form
        return tables["measures"].head(0)
    kpis = tables["kpis"].rename(columns={"code": "kpi"})
    points = points.merge(kpis[["kpi", "number", "name_nb", "name_en"]], on="kpi")
    several = points.groupby("kpi")["kpi"].transform("size") > 1
    for column, part in (("name_nb", points["point"]), ("name_en", points["data_point"])):
        points[column] = points[column].where(~several, points[column] + ": " + part.fillna(""))
    yes_no = points["kind"] == "yes/no"
    rows = points.assign(
        suffix=[_name(*row) for row in zip(points["number"], points["data_point"], strict=True)],
        relation="direct",
        lower_bound=points["minimum"].where(~yes_no, 0.0),
        upper_bound=points["maximum"].where(~yes_no, 1.0),
        aggregation="mean",
        boundaries="year",
        window=1,
        interval=1,
        growth="no",
        licence="NLOD 2.0 / CC BY 4.0",
    )
    printed = tables["u4ssc_results"][_POINT].drop_duplicates()
    parts = []
    for source, some in ((MUNICIPALITY, rows), (ITU, rows.merge(printed, on=_POINT))):
        parts.append(some.assign(measure=source + some["suffix"], publisher=PUBLISHERS[source]))
    for column, words in _PRINTED.items():
        taken = parts[0][column].isin(tables["measures"][column])
        parts[0][column] = parts[0][column].mask(taken, _REPORTED[column] + parts[0][column])
        parts[1][column] = words + parts[1][column]
    return pd.concat(parts, ignore_index=True).reindex(columns=tables["measures"].columns)


def figures(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what Norwegian municipalities reported as observations; yes is 1, no is 0.

    `tables` are those that `measures` takes, with reported, and with its rows in measures.

    Returns
    -------
    DataFrame
        measure, municipality, year, value (unit of the data point), numerator, denominator,
        status. The year of a figure that ITU printed is that of the report.
    """
    own, itu = tables["reported"], tables["u4ssc_results"]
    own = own.assign(value=own["value"].fillna(own["answer"].map(_YES_NO)), source=MUNICIPALITY)
    columns = ["municipality", *_POINT, "year", "value", "source"]
    printed = _printed(itu[itu["municipality"].notna()])
    filled = [table[columns] for table in (own, printed) if len(table)]
    both = _measured(pd.concat(filled or [own[columns]], ignore_index=True), tables["measures"])
    both = both.assign(numerator=np.nan, denominator=np.nan, status=pd.Series(dtype="str"))
    return both[["measure", "municipality", "year", "value", "numerator", "denominator", "status"]]


def abroad(results: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return what ITU printed for cities abroad, by the table u4ssc_results.

    Returns
    -------
    DataFrame
        measure, municipality (name of the city), country, year, value (unit of the data point).
    """
    cities = results[results["municipality"].isna()]
    cities = _printed(cities.assign(municipality=cities["city"]))
    return _measured(cities, measures)[["measure", "municipality", "country", "year", "value"]]


def _printed(results: pd.DataFrame) -> pd.DataFrame:
    """Return the figures among what ITU printed, of the year of their report."""
    rows = results[results["reported"] == "yes"]
    value = rows["value"].fillna(rows["printed"].str.lower().map(_YES_NO))
    return rows.assign(year=rows["report_year"], value=value, source=ITU)


def _measured(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return figures with the measure of their data point."""
    known = known[is_reported(known["measure"])]
    known = known.assign(source=known["measure"].str.split("_").str[0])
    rows = rows.dropna(subset=["value"]).merge(known[["measure", "source", *_POINT]])
    return rows.astype({"value": "float64", "year": "int64"})


def _name(number: int, data_point: str) -> str:
    """Return the end of a measure's name: '_1', or '_4_4g' where an indicator has several."""
    if data_point == "value":
        return f"_{number}"
    return f"_{number}_" + re.sub(r"[^a-z0-9]+", "_", data_point.lower()).strip("_")
