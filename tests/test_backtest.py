"""The backtest: honest about what was known, and right in its sums."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.backtest import brier, reliability, report, rolling, statements, summary
from workbench.dataset import Dataset


@pytest.fixture(scope="module")
def figures(data: Dataset) -> pd.DataFrame:
    """Return a few measures, and the population that sizes are read from."""
    chosen = ["population", "tertiary_education_share", "low_income_share", "pm10_annual_mean"]
    return data.observations[data.observations["measure"].isin(chosen)]


@pytest.fixture(scope="module")
def forecasts(data: Dataset, figures: pd.DataFrame) -> pd.DataFrame:
    return rolling(figures, data.measures, data.breaks)


KEY = ["measure", "municipality", "origin", "horizon"]


def test_what_comes_after_the_origin_changes_nothing_before(
    data: Dataset, figures: pd.DataFrame, forecasts: pd.DataFrame
) -> None:
    """The leak test: other figures after 2018 leave all that was projected up to then."""
    later = figures["year"] > 2018
    other = figures.assign(value=figures["value"].where(~later, figures["value"] * 1.3 + 5))
    again = rolling(other, data.measures, data.breaks)
    said = ["centre", "scale", "freedom", "projected", "low95", "high95", "drift", "ols"]
    before = forecasts[forecasts["origin"] <= 2018].set_index(KEY)[said]
    after = again[again["origin"] <= 2018].set_index(KEY)[said]
    pd.testing.assert_frame_equal(before, after)
    assert len(before) > 10_000


def test_no_projection_crosses_a_break(forecasts: pd.DataFrame) -> None:
    share = forecasts[forecasts["measure"] == "tertiary_education_share"]
    assert set(share["origin"]) == {2016, 2017, 2018, 2019}  # three figures from 2014 on


def test_actual_values_are_the_figures(data: Dataset, forecasts: pd.DataFrame) -> None:
    row = forecasts.set_index(KEY).loc[("low_income_share", "3201", 2020, 2)]
    series = data.series("low_income_share", "Bærum")
    assert (row["actual"], row["last"], row["n"]) == (series.loc[2022], series.loc[2020], 3)


def test_the_methods_compared_with_are_the_textbook_ones(
    data: Dataset, forecasts: pd.DataFrame
) -> None:
    row = forecasts.query(
        "measure == 'population' and municipality == '3201' and origin == 2015 and horizon == 3"
    ).iloc[0]
    series = data.series("population", "Bærum").loc[:2015]
    x, y = series.index.to_numpy(dtype=float), series.to_numpy()
    line = stats.linregress(x, y)
    assert row["ols"] == pytest.approx(line.intercept + line.slope * 2018)
    assert row["theil_sen"] == pytest.approx(y[-1] + 3 * stats.theilslopes(y, x)[0])
    steps = np.diff(y)
    assert row["drift"] == pytest.approx(y[-1] + 3 * steps.mean())
    spread = np.sqrt(steps.var(ddof=1) * (3 + 9 / len(steps)))
    assert row["drift_half"] == pytest.approx(stats.t.ppf(0.975, len(steps) - 1) * spread)


def test_a_summary_counts_hits_and_scales_errors(forecasts: pd.DataFrame) -> None:
    table = summary(forecasts, ["measure", "horizon"])
    row = table.query("measure == 'population' and horizon == 1").iloc[0]
    part = forecasts.query("measure == 'population' and horizon == 1")
    assert row["n"] == len(part)
    inside = part["actual"].between(part["low95"], part["high95"])
    assert row["cover95"] == pytest.approx(inside.mean())
    error = (part["projected"] - part["actual"]).abs() / part["step"]
    assert row["error"] == pytest.approx(error.mean())


def test_reliability_sets_what_was_stated_beside_what_happened() -> None:
    said = pd.DataFrame({"chance": [0.05, 0.05, 0.95, 0.95, 1.0], "reached": [0, 1, 1, 1, 0]})
    table = reliability(said)
    assert table["tenth"].tolist() == ["0-10 %", "90-100 %"]
    assert table["n"].tolist() == [2, 3]
    assert table["happened"].tolist() == pytest.approx([0.5, 2 / 3])
    assert table["apart"].iloc[0] == pytest.approx(45)


def test_the_brier_score_is_the_mean_squared_miss() -> None:
    assert brier(pd.DataFrame({"chance": [1.0, 0.0, 0.5], "reached": [1, 0, 1]})) == pytest.approx(
        0.25 / 3
    )


def test_chances_are_stated_only_where_the_product_states_them(
    data: Dataset, forecasts: pd.DataFrame
) -> None:
    said = statements(forecasts, data.measures)
    assert "population" not in set(said["measure"])  # a sum has no level for others
    assert "low_income_share" not in set(said["measure"])  # never 5 figures up to an origin
    assert said["chance"].between(0, 1).all()
    assert set(said["reached"]) == {0, 1}


def test_the_projections_keep_their_promises_on_the_figures_at_hand(data: Dataset) -> None:
    """The goals that were set before: coverage at each horizon, errors against other methods."""
    told = report(data)
    table = told.by_horizon
    assert table["horizon"].tolist() == [1, 2, 3, 4]
    assert table["cover95"].between(0.93, 0.97).all()
    assert table["cover80"].between(0.77, 0.83).all()
    assert (table["error"] <= table["error_last"]).all()
    assert table["error"].mean() <= 0.90 * table["error_ols"].mean()
    assert "Brier score" in str(told)
