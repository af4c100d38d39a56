"""How good tested projections were, averaged: by measure, and over measures with one vote each."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
import pandas as pd

from workbench.methods import scores

#: A measure tested in fewer municipalities has no vote in averages over measures.
LEAST_MUNICIPALITIES = 10

#: In a year in which so many municipalities were inside, a range is said to have held.
HELD = 0.7


def summary(forecasts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return how good the projections were.

    Parameters
    ----------
    forecasts : DataFrame
        As `rolling` returns it.
    by : list of str
        'measure', 'horizon' or both.

    Returns
    -------
    DataFrame
        Per group: n; cover80, cover95 (share of actual values inside the ranges); error,
        error_last, error_drift, error_theil_sen, error_ols (mean absolute error over step);
        interval_score80 (mean, over step), wis (weighted interval score, over step),
        interval_score80_naive (of a random walk fitted to the series alone); width, width_drift
        (median width of the 95 % range over step, and of the random walk with drift), width_ratio
        (missing where that is next to zero); years (target years), years_held (those in which at
        least 7 of 10 municipalities were inside the 80 % range), municipalities.
    """
    return averaged(misses(forecasts), by)


#: What `summary` takes the mean and the median of.
_ERRORS = {"projected": "error", "last": "error_last", "drift": "error_drift"}
_ERRORS |= {"theil_sen": "error_theil_sen", "ols": "error_ols"}
_MEANS = ["cover80", "cover95", *_ERRORS.values()]
_MEANS += ["interval_score80", "wis", "interval_score80_naive"]
_MEDIANS = ["width", "width_drift"]


def misses(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return, of each projection, what `summary` takes the mean of."""
    step = forecasts["step"].where(forecasts["step"] > 0)
    table = forecasts[["measure", "horizon", "year", "municipality"]].copy()
    actual = forecasts["actual"]
    for level in ("80", "95"):
        inside = (actual >= forecasts[f"low{level}"]) & (actual <= forecasts[f"high{level}"])
        table[f"cover{level}"] = inside.astype(float)
    for column, name in _ERRORS.items():
        table[name] = (forecasts[column] - actual).abs() / step
    for prefix, name in (("", ""), ("naive_", "_naive")):
        low, high = forecasts[f"{prefix}low80"], forecasts[f"{prefix}high80"]
        score = scores.interval_score(actual, low, high, level=0.8)
        table[f"interval_score80{name}"] = score / step
    table["wis"] = forecasts["score"] / step
    table["width"] = (forecasts["high95"] - forecasts["low95"]) / step
    table["width_drift"] = 2 * forecasts["drift_half"] / step
    return table


def averaged(misses: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return `summary` of what `misses` returns."""
    groups = misses.groupby(by, observed=True)
    means, widths = groups[_MEANS].mean(), groups[_MEDIANS].median()
    held = misses.groupby([*by, "year"], observed=True)["cover80"].mean().reset_index()
    held = held.assign(held=held["cover80"] >= HELD).groupby(by, observed=True)["held"]
    who = misses[[*by, "municipality"]].drop_duplicates().groupby(by, observed=True).size()
    counts = {"n": groups.size(), "years": held.size(), "years_held": held.sum()}
    counts["municipalities"] = who
    result = pd.concat([pd.DataFrame(counts), means, widths], axis=1)
    # Where a random walk sees nothing move, its width is no measure of another.
    narrow = result["width_drift"] < 0.01
    result["width_ratio"] = (result["width"] / result["width_drift"]).mask(narrow)
    result = result.reset_index()
    return result.astype({"measure": "str"}) if "measure" in by else result


def macro(by_measure: pd.DataFrame, people: Set[str]) -> pd.DataFrame:
    """Return averages over measures, each with one vote.

    Parameters
    ----------
    by_measure : DataFrame
        `summary` by measure and horizon, and size.
    people : set of str
        Measures that count persons.

    Returns
    -------
    DataFrame
        Per kind ('indicators', 'counts of persons'), size of municipality and horizon: measures,
        n, the means of `summary`, and better (in how many measures the interval score is below
        the naive one's). Measures of fewer than 10 municipalities have no vote.
    """
    tested = by_measure.groupby("measure")["municipalities"].transform("max")
    rows = by_measure[tested >= LEAST_MUNICIPALITIES]
    rows = rows.assign(
        kind=np.where(rows["measure"].isin(people), "counts of persons", "indicators"),
        better=rows["interval_score80"] < rows["interval_score80_naive"],
    )
    groups = rows.groupby(["kind", "size", "horizon"])
    means, sums = groups[_MEANS].mean(), groups[["n", "better"]].sum()
    result = pd.concat([groups.size().rename("measures"), sums, means], axis=1).reset_index()
    return result.sort_values(["kind", "size"], ascending=[False, True], kind="stable")
