"""Paths, intervals and errors of forecasts, by hand and against a published series."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from workbench.methods import trendtests
from workbench.verification import forecast

pytestmark = pytest.mark.filterwarnings("error")

#: A yearly series in the tests of R's seer: eight figures to learn from and six that followed.
KNOWN = np.array([940.66, 1084.86, 1244.98, 1445.02, 1683.17, 2038.15, 2342.52, 2602.45])
AFTER = np.array([2927.87, 3103.96, 3360.27, 3807.63, 4387.88, 4936.99])
STEPS = np.arange(1, 7)


def start(values: object, back: int | None = None) -> pd.Series:
    return forecast.starts(["a"] * len(values), np.arange(len(values)), values, back).loc["a"]


def test_published_errors() -> None:
    """MASE of the theta method and of exponential smoothing: seer, test-fcast_accuracy.R."""
    step = start(KNOWN)["step"]
    level, alpha = forecast.smoothed(KNOWN, relative=True)
    assert alpha == pytest.approx(0.9999)
    assert forecast.mase(AFTER, level + 0 * STEPS, step) == pytest.approx(4.851234, abs=1e-4)
    assert forecast.mase(AFTER, forecast.theta(KNOWN, STEPS), step) == pytest.approx(
        3.048791, abs=1e-4
    )


def test_what_forecasts_start_from() -> None:
    row = start([10.0, 12.0, 11.0, 16.0], back=1)
    assert (row["last"], row["drift"], row["span"]) == (16, 2, 3)
    assert row["step"] == pytest.approx(8 / 3)
    assert row["spread"] == pytest.approx(np.std([2, -1, 5], ddof=1))
    assert row["rate"] == pytest.approx(16 / 11 - 1)
    assert start([10.0, 12.0, 11.0, 16.0])["rate"] == pytest.approx(1.6 ** (1 / 3) - 1)


def test_too_few_figures_to_start_from() -> None:
    row = start([5.0])
    assert row["last"] == 5
    assert row[["drift", "spread", "step", "rate"]].isna().all()
    assert np.isnan(forecast.smoothed([1, 2])).all()


def test_paths() -> None:
    assert forecast.straight([1, 10], [2, -1], [1, 3]).tolist() == [[3, 7], [9, 7]]
    assert forecast.straight(0, 1, [1, 2], damping=0.5).tolist() == [0.5, 0.75]
    assert forecast.compound([100], [0.1], [1, 2])[0].tolist() == pytest.approx([110, 121])


def test_interval_of_a_line_is_that_of_statsmodels() -> None:
    lines = trendtests.ols(["a"] * 8, np.arange(8), KNOWN)
    margin = forecast.line_margin(lines, np.array([[8, 10]]), level=0.9)
    fit = OLS(KNOWN, add_constant(np.arange(8.0))).fit()
    wanted = fit.get_prediction([[1, 8], [1, 10]]).conf_int(obs=True, alpha=0.1)
    assert 2 * margin[0] == pytest.approx(np.diff(wanted)[:, 0])


@given(st.floats(0.5, 0.99))
def test_interval_of_a_walk_grows_faster_than_the_root_of_its_steps(level: float) -> None:
    row = start(KNOWN)
    margin = forecast.drift_margin(row["spread"], row["span"], row["n"], STEPS, level)
    assert np.all(np.diff(margin / np.sqrt(STEPS)) > 0)
    assert np.isnan(forecast.drift_margin(1.0, 1, 2, STEPS)).all()


def test_errors() -> None:
    actual, path = np.array([[100.0, 200.0]]), np.array([[110.0, 180.0]])
    assert forecast.mape(actual, path) == pytest.approx([10])
    assert forecast.smape(actual, path) == pytest.approx([(200 / 21 + 200 / 19) / 2])
    assert forecast.mase(actual, path, 5.0) == pytest.approx([3])
