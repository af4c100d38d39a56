"""Scores, colours and arrows, against the SDG Index results of 2019."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import sdsn

pytestmark = pytest.mark.filterwarnings("error")

#: 2019GlobalIndexResults.xlsx (2019GlobalIndex, 53bfc20), Norway unless said otherwise: raw, worst,
#: best, green, red -> score, colour.
PUBLISHED = {
    "poverty": (0.29, 72.6, 0.0, 2.0, 13.0, 99.60055096, "green"),
    "poverty at 3.20, Norway": (0.33, 51.5, 0.0, 2.0, 13.0, 99.3592233, "green"),
    "unemployment, Sweden": (6.3189997673, 25.9, 0.5, 5.0, 10.0, 77.0905521, "yellow"),
}


@pytest.mark.parametrize("figures", PUBLISHED.values(), ids=PUBLISHED.keys())
def test_published_scores(figures: tuple[float, float, float, float, float, float, str]) -> None:
    raw, worst, best, green, red, score, colour = figures
    assert sdsn.score(raw, worst, best) == pytest.approx(score, abs=1e-6)
    assert sdsn.colour(raw, green, red) == colour


def test_published_goal_score() -> None:
    assert sdsn.goal_score([99.600551, 99.359223]) == pytest.approx(99.479887, abs=1e-6)


@pytest.mark.parametrize(
    ("raw", "colour"),
    [
        (90, "green"),
        (50, "green"),
        (49, "yellow"),
        (40, "yellow"),
        (39, "orange"),
        (30, "orange"),
        (29, "red"),
        (np.nan, "grey"),
    ],
)
def test_colours_where_up_is_good(raw: float, colour: str) -> None:
    assert sdsn.colour(raw, 50, 30) == colour
    assert sdsn.colour(-raw, -50, -30) == colour


def test_no_direction_no_colour() -> None:
    assert sdsn.colour(5, 3, 3) == "grey"
    assert np.isnan(sdsn.score(5, 3, 3))


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, 0), (15, 0.5), (30, 1), (40, 1.5), (50, 2), (75, 2.5), (100, 3), (120, 3), (-9, 0)],
)
def test_levels_are_linear_between_the_thresholds(value: float, level: float) -> None:
    assert sdsn.level(value, 0, 30, 50, 100) == pytest.approx(level)
    assert sdsn.level(-value, 0, -30, -50, -100) == pytest.approx(level)


def test_thresholds_at_the_ends_of_the_scale() -> None:
    assert sdsn.level([5, 120], 10, 10, 50, 50).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("levels", "colour"),
    [
        ([2.1, 2.9, 3], "green"),
        ([1.9, 2.9, 3], "yellow"),
        ([0.5, 0.9, 3], "red"),
        ([0.5, 1.1, 3], "orange"),
        ([0.5, 2.5, 3], "yellow"),  # 1.5 is yellow
        ([0.5, np.nan], "red"),
        ([2.5], "green"),
        ([1.2], "orange"),
        ([2.5, np.nan, np.nan], "grey"),
        ([np.nan], "grey"),
    ],
)
def test_two_worst_indicators_decide_on_the_goal(levels: list[float], colour: str) -> None:
    assert sdsn.goal_colour(levels) == colour


def test_several_goals_at_once() -> None:
    assert sdsn.goal_colour([[2.5, 2.5], [0.1, 0.2]]).tolist() == ["green", "red"]
    assert sdsn.goal_score([[80, np.nan], [np.nan, np.nan]]).tolist() == pytest.approx(
        [80, np.nan], nan_ok=True
    )


#: The same results, trends of protected areas, patents and aid: first year and figure, last year
#: and figure, worst, best, green, gap year -> arrow, ratio.
TRENDS = [
    ((2012, 28.36736, 2018, 28.36736, 4.6, 100, 50, 2012), "stagnating", 0.0),
    ((2012, 58.81384, 2018, 66.97754, 4.6, 100, 50, 2012), "on_track", np.nan),
    ((2012, 17.89569, 2018, 26.08191, 4.6, 100, 50, 2012), "moderately_improving", 0.764965),
    ((2011, 7.724315, 2016, 6.944133, 0.8, 15.6, 8, 2011), "decreasing", -10.753911),
]


@pytest.mark.parametrize(("figures", "status", "ratio"), TRENDS)
def test_published_arrows(figures: tuple[float, ...], status: str, ratio: float) -> None:
    trend = sdsn.trend(*figures)
    assert trend.status == status
    assert trend.ratio == pytest.approx(ratio, abs=1e-5, nan_ok=True)
    assert trend.achieved is (ratio != ratio)


def test_the_gap_may_start_elsewhere() -> None:
    """Aid of Austria 2010-2015, gap from 2015; same source."""
    trend = sdsn.trend(2010, 0.322422, 2015, 0.353749, 0.1, 1.0, 0.7, 2015, 0.353749)
    assert trend.ratio == pytest.approx(0.271424, abs=1e-6)


def test_a_fall_from_past_green_is_a_fall() -> None:
    trend = sdsn.trend(2015, 60, 2020, 40, 0, 100, 50)
    assert trend.status == "decreasing"
    assert np.isnan(trend.ratio)


@pytest.mark.parametrize(
    "figures",
    [
        (2015, 10, 2015, 20, 0, 100, 50),
        (2015, np.nan, 2020, 20, 0, 100, 50),
        (2015, 1, 2, 3, 4, 4, 4),
    ],
)
def test_no_trend(figures: tuple[float, ...]) -> None:
    trend = sdsn.trend(*figures)
    assert (trend.status, trend.achieved) == ("not_available", False)


@given(
    lasts=st.lists(st.floats(0, 100), min_size=2, max_size=20),
    first=st.floats(1, 49),
)
def test_more_never_gives_a_worse_arrow(lasts: list[float], first: float) -> None:
    order = ["decreasing", "stagnating", "moderately_improving", "on_track"]
    statuses = sdsn.trend(2015, first, 2020, np.sort(lasts), 0, 100, 50).status
    assert np.all(np.diff([order.index(status) for status in statuses]) >= 0)
