"""Weather symbols, by the published rule written out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import germany

pytestmark = pytest.mark.filterwarnings("error")

RISING = [50.0, 52, 54, 56, 58, 60]  # 2 a year, so 72 in 2030


@pytest.mark.parametrize(
    ("values", "target", "symbol", "missed"),
    [
        (RISING, 72, "sun", 0),
        (RISING, 70, "sun", -0.2),
        (RISING, 72.5, "sun", 0.04),
        (RISING, 60 + 12 / 0.95, "sun_cloud", 0.05),  # exactly 5 % is no sun
        (RISING, 74, "sun_cloud", 1 / 7),
        (RISING, 75, "sun_cloud", 0.2),
        (RISING, 90, "cloud", 0.6),
        ([60, 59, 58, 57, 56, 55], 70, "thunderstorm", 1.4),
        ([55.0] * 6, 70, "thunderstorm", 1),
        (RISING, 55, "sun", np.nan),  # met, and more so in 2030
        ([60, 59, 58, 57, 56, 55], 54, "thunderstorm", np.nan),  # met, and lost by 2030
        ([60, 59, 58, 57, 56, 55], 40, "sun", np.nan),  # met, and still in 2030
        ([54.0, 56, 58, 60], 72, "sun", 0),  # four figures are enough
        ([56.0, 58, 60], 72, "not_available", np.nan),
    ],
)
def test_targets_with_a_number(
    values: list[float], target: float, symbol: str, missed: float
) -> None:
    years = 2024 - np.arange(len(values))[::-1]
    row = germany.changes(np.zeros(len(values)), years, values).iloc[0]
    weather = germany.to_target(
        row["last_year"], row["last"], row["mean_change"], target, 2030, direction=1
    )
    assert weather.symbol == symbol
    assert weather.missed == pytest.approx(missed, nan_ok=True)


def test_only_the_last_six_figures_count_and_gaps_count_by_their_years() -> None:
    years = [2000, 2014, 2016, 2018, 2020, 2022, 2024]
    row = germany.changes(["a"] * 7, years, [999, 10, 11, 12, 13, 14, 20]).loc["a"]
    assert (row["n"], row["last"], row["last_year"]) == (6, 20, 2024)
    assert row["mean_change"] == pytest.approx(1.0)
    assert row["last_change"] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("mean", "last", "symbol"),
    [
        (1, 1, "sun"),
        (1, 0, "sun_cloud"),
        (1, -1, "sun_cloud"),
        (0, 1, "cloud"),
        (-1, 1, "cloud"),
        (0, 0, "thunderstorm"),
        (-1, -1, "thunderstorm"),
        (np.nan, 1, "not_available"),
    ],
)
def test_targets_that_are_a_direction(mean: float, last: float, symbol: str) -> None:
    assert germany.by_direction(mean, last, 1) == symbol
    assert germany.by_direction(-mean, -last, -1) == symbol
    assert germany.by_direction(mean, last, 0) == "not_available"


@pytest.mark.parametrize(
    "figures",
    [
        {"target": np.nan},
        {"target_year": 2023},
        {"direction": 0},
        {"mean_change": np.nan},
    ],
)
def test_nothing_to_judge(figures: dict[str, float]) -> None:
    given_ = {
        "last_year": 2024,
        "last": 60,
        "mean_change": 2,
        "target": 72,
        "target_year": 2030,
        "direction": 1,
    }
    assert germany.to_target(**{**given_, **figures}).symbol == "not_available"


@given(
    last=st.floats(-100, 100),
    change=st.floats(-5, 5),
    target=st.floats(-100, 100),
    shift=st.integers(-1000, 1000),
)
def test_neither_zero_nor_the_sign_of_a_scale_matters(
    last: float, change: float, target: float, shift: int
) -> None:
    weather = germany.to_target(2024, last, change, target, 2030, 1)
    mirrored = germany.to_target(2024, -last, -change, -target, 2030, -1)
    assert mirrored.symbol == weather.symbol
    moved = germany.to_target(2024, last + shift, change, target + shift, 2030, 1)
    assert moved.missed == pytest.approx(weather.missed, rel=1e-3, abs=1e-3, nan_ok=True) or (
        abs(target - last) < 1e-6
    )


def test_columns_are_judged_as_their_figures_one_at_a_time() -> None:
    rows = pd.DataFrame({"last": [60.0, 55.0], "change": [2.0, -1.0], "target": [74.0, 70.0]})
    together = germany.to_target(2024, rows["last"], rows["change"], rows["target"], 2030, 1)
    assert together.symbol.tolist() == ["sun_cloud", "thunderstorm"]
