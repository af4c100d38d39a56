"""Targets as values of their measures, and how far the figures are from them."""

from __future__ import annotations

import pandas as pd

_SERIES = ["measure", "municipality"]


def target_values(targets: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the targets that hold for each municipality, each as a value of its measure.

    A cut counts from the value of its base year. A cut of the numerator (emissions in tonnes) is
    divided by the newest denominator (residents), because the goal is for the total.
    A target without figures for its base year is left out.

    Returns
    -------
    DataFrame
        A row per measure, municipality with figures, and target: the columns of ``targets``,
        ``target`` (unit of the measure) and ``own`` (decided by the municipality itself). A
        municipality's own target, where it has one, is the primary one of its measure.
    """
    aimed = observations["measure"].isin(targets["measure"])
    figures = observations[aimed].sort_values("year")
    newest = figures.groupby(_SERIES, as_index=False)["denominator"].last()
    held = newest.merge(targets.rename(columns={"municipality": "decided_by"}), on="measure")
    held["own"] = held["decided_by"] == held["municipality"]
    held = held[held["own"] | held["decided_by"].isna()]
    base = figures[[*_SERIES, "year", "value", "numerator"]].rename(
        columns={"year": "base_year", "value": "base_value"}
    )
    held = held.merge(base, on=[*_SERIES, "base_year"], how="left")
    total = held["numerator"] / held["denominator"]
    start = held["base_value"].where(held["of"] == "value", total)
    cut = start * (1 - held["value"] / 100)
    held["target"] = held["value"].where(held["kind"] == "level", cut)
    decided = held.groupby(_SERIES)["own"].transform("any")
    held["primary"] = held["primary"].where(~decided | held["own"], "no")
    added = ["denominator", "numerator", "base_value", "decided_by"]
    return held[held["target"].notna()].drop(columns=added).reset_index(drop=True)


def distance(latest: pd.DataFrame, targets: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return how far the newest figures are from their targets.

    Parameters
    ----------
    latest : DataFrame
        measure, municipality, last_year, last: the newest figures.
    targets : DataFrame
        As `target_values` returns them.
    measures : DataFrame

    Returns
    -------
    DataFrame
        The columns of `targets` and: last, last_year, gap (unit of the measure, above zero when
        the target is not reached), met, required (change per year from the newest figure to the
        target's year; missing when the year is over, is not set, or the target is met).

    Examples
    --------
    >>> import workbench as wb
    >>> from workbench.analysis.targets import distance, target_values
    >>> data = wb.load()
    >>> rows = data.observations.query("measure == 'low_income_share' and year == 2022")
    >>> newest = rows.rename(columns={"year": "last_year", "value": "last"})
    >>> targets = target_values(data.targets, data.observations)
    >>> gaps = distance(newest, targets, data.measures).set_index("municipality")
    >>> gaps.loc["3201", ["target", "last", "met"]].to_dict()
    {'target': 4.25, 'last': 8.3, 'met': False}
    """
    rows = targets.merge(latest[[*_SERIES, "last", "last_year"]], on=_SERIES)
    direction = rows["measure"].map(measures.set_index("measure")["direction"])
    rows["gap"] = direction * (rows["target"] - rows["last"])
    rows["met"] = rows["gap"] <= 0
    years = (rows["year"] - rows["last_year"]).astype("Float64").astype("float64")
    rows["required"] = ((rows["target"] - rows["last"]) / years).where((years > 0) & ~rows["met"])
    return rows
