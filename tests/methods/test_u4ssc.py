"""Bands, points and scores of U4SSC, against what ITU prints."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import u4ssc

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("points", "percent", "band", "left_out"),
    [
        # ITU, Verification Report Kristiansund (2020), page 12: education, 9/16 and 9/12
        ([1, 3, 4, 1], 56.25, "33-66%", 0),
        ([3, 4, 2, None], 75.0, "66-95%", 1),
        ([None, None], np.nan, "not reported", 2),
    ],
)
def test_score_counts_what_was_reported(
    points: list[float], percent: float, band: str, left_out: int
) -> None:
    score = u4ssc.score(points)
    assert score.percent == pytest.approx(percent, nan_ok=True)
    assert (score.band, score.left_out) == (band, left_out)
    assert score.maximum == 4 * score.reported


def test_several_categories_at_once() -> None:
    score = u4ssc.score([[1, 3, 4, 1], [3, 4, 2, np.nan]])
    assert score.points.tolist() == [9, 9]
    assert score.band.tolist() == ["33-66%", "66-95%"]


@pytest.mark.parametrize(
    ("percent", "points", "band"),
    [
        (0, 1, "0-33%"),
        (32.9, 1, "0-33%"),
        (33, 2, "33-66%"),
        (66, 3, "66-95%"),
        (100 * 0.57 / 0.6, 4, "95%+"),  # 94.99999999999999 in floats
        (100, 4, "95%+"),
        (np.nan, np.nan, "not reported"),
    ],
)
def test_an_edge_belongs_to_the_upper_band(percent: float, points: float, band: str) -> None:
    assert u4ssc.points(percent) == pytest.approx(points, nan_ok=True)
    assert u4ssc.band(percent) == band


@given(st.lists(st.floats(0, 200), min_size=1))
def test_more_is_never_worth_fewer_points(percents: list[float]) -> None:
    assert np.all(np.diff(u4ssc.points(np.sort(percents))) >= 0)


@pytest.mark.parametrize(
    ("value", "benchmark", "direction", "percent"),
    [
        (50, 80, 1, 62.5),
        (90, 80, 1, 100),
        (40, 10, -1, 25),
        (8, 10, -1, 100),
        (0, 0, -1, 100),
        (3, 0, -1, 0),
        (-1, 0, 1, np.nan),
        (-5, 10, 1, np.nan),
        (5, 10, 0, np.nan),
        (5, np.nan, 1, np.nan),
    ],
)
def test_performance(value: float, benchmark: float, direction: int, percent: float) -> None:
    assert u4ssc.performance(value, benchmark, direction) == pytest.approx(percent, nan_ok=True)


def test_performance_of_a_column_keeps_its_index() -> None:
    values = pd.Series([50.0, 40.0], index=["0301", "4601"])
    assert u4ssc.performance(values, 80.0).to_dict() == {"0301": 62.5, "4601": 50.0}
