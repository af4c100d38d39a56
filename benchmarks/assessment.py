"""How fast the assessment is: one process, one core, every series of the project's own figures.

    python benchmarks/assessment.py

Prints, for Mann-Kendall, Sen's slope with interval and least squares with interval, the time of
the workbench and of a loop over series that calls pymannkendall, scipy and statsmodels, that both
say the same, and the ratio; then the whole assessment (trend, targets, projections, verdicts)
with its peak memory, and the same for ten times as many simulated municipalities.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pymannkendall
import statsmodels.api as sm
from scipy import stats

from workbench.analysis import verdicts
from workbench.analysis.outlook import outlook
from workbench.analysis.targets import distance, target_values
from workbench.analysis.trend import newest_level, yearly_changes
from workbench.dataset import Dataset, load
from workbench.methods import trendtests

#: Series that the slow loop runs through; its time is scaled up to all of them.
SAMPLE = 600


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` took, and what it returned."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def series_of(data: Dataset) -> pd.DataFrame:
    """Return the figures of every series with at least 3 figures, with a number per series."""
    rows = data.observations.sort_values(["measure", "municipality", "year"])
    rows = rows.assign(series=rows.groupby(["measure", "municipality"]).ngroup())
    size = rows.groupby("series")["year"].transform("size")
    return rows[size >= 3].reset_index(drop=True)


def one_by_one(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the same quantities from a loop over series."""
    table = []
    for series, part in rows.groupby("series"):
        x, y = part["year"].to_numpy(float), part["value"].to_numpy(float)
        test = pymannkendall.original_test(y)
        slope, _, low, high = stats.theilslopes(y, x, 0.95)
        fit = sm.OLS(y, sm.add_constant(x)).fit()
        ends = fit.conf_int()[1]
        table.append((series, test.s, test.p, slope, low, high, fit.params[1], *ends))
    names = ["series", "s", "p_normal", "sen", "sen_low", "sen_high", "ols", "ols_low", "ols_high"]
    return pd.DataFrame(table, columns=names).set_index("series")


def at_once(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities from the workbench."""
    columns = rows["series"].to_numpy(), rows["year"].to_numpy(float), rows["value"].to_numpy(float)
    test = trendtests.mann_kendall(*columns)[["s", "p_normal"]]
    sen = trendtests.sen(*columns)[["slope", "low", "high"]].add_prefix("sen_")
    line = trendtests.ols(*columns)[["slope", "low", "high"]].add_prefix("ols_")
    table = pd.concat([test, sen, line], axis=1)
    return table.rename(columns={"sen_slope": "sen", "ols_slope": "ols"})


def compare(data: Dataset) -> None:
    """Print the ratio of the two ways and how far apart their results are."""
    rows = series_of(data)
    chosen = np.random.default_rng(1).choice(rows["series"].unique(), SAMPLE, replace=False)
    sample = rows[rows["series"].isin(chosen)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow, expected = timed(lambda: one_by_one(sample))
    at_once(sample)
    quick, result = timed(lambda: at_once(rows))
    count = rows["series"].nunique()
    slow *= count / SAMPLE
    got = result.loc[expected.index, expected.columns]
    # From 16 figures on the workbench gives least squares robust errors; slopes stay the same.
    short = sample.groupby("series")["year"].size().loc[expected.index] <= trendtests.CLASSIC_TO
    got.loc[~short, ["ols_low", "ols_high"]] = expected.loc[~short, ["ols_low", "ols_high"]]
    # Where every figure is the same pymannkendall gives p = 1, as the workbench does.
    apart = ((got - expected).abs() / expected.abs().clip(lower=1e-6)).max()
    print(
        f"{count} series: one by one {slow:.1f} s, at once {quick:.3f} s, {slow / quick:.0f} times"
    )
    print("largest relative difference:", apart.round(9).to_dict())


def whole(data: Dataset) -> float:
    """Return the seconds of trend, targets, projections and verdicts of all series."""

    def work() -> None:
        trends = yearly_changes(data.observations, data.breaks, data.measures)
        targets = target_values(data.targets, data.observations)
        goals = distance(trends, targets, data.measures)
        goals = goals[goals["primary"] == "yes"]
        outlook(data, trends, goals)
        figures = newest_level(data.observations, data.breaks)
        verdicts.verdicts(figures, goals, data.measures)
        verdicts.earlier(figures, goals, data.measures)

    return timed(work)[0]


def grown(data: Dataset, times: int) -> Dataset:
    """Return the figures of `times` as many municipalities, each copy a little different."""
    rng = np.random.default_rng(2)
    copies = []
    for copy in range(times):
        noise = rng.normal(1, 0.01, len(data.observations))
        rows = data.observations.assign(value=data.observations["value"] * noise)
        copies.append(rows.assign(municipality=rows["municipality"] + f"-{copy}"))
    return replace(data, observations=pd.concat(copies, ignore_index=True))


def main() -> None:
    """Print all measurements."""
    data = load()
    compare(data)
    whole(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    once = min(whole(data) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"whole assessment: {once:.2f} s, peak {peak / 1024:.0f} MB ({before / 1024:.0f} before)")
    more = whole(grown(data, 10))
    print(f"ten times as many municipalities: {more:.2f} s, {more / once:.1f} times")


if __name__ == "__main__":
    main()
