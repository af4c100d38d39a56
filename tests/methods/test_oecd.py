"""Best tenth, distance and direction, with scipy's rank correlation as the judge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.methods import oecd

pytestmark = pytest.mark.filterwarnings("error")


def test_end_value_is_what_the_best_tenth_reach() -> None:
    peers = np.arange(101.0)
    assert oecd.end_value(peers, 1) == 90
    assert oecd.end_value(peers, -1) == 10
    assert np.isnan(oecd.end_value(peers, 0))
    assert np.isnan(oecd.end_value([np.nan, np.nan], 1))


def test_end_values_of_several_indicators() -> None:
    peers = [[0.0, 10.0, np.nan], [np.nan] * 3, [0.0, 10.0, 20.0]]
    assert oecd.end_value(peers, [1, 1, -1]).tolist() == pytest.approx([9, np.nan, 2], nan_ok=True)


@pytest.mark.parametrize(
    ("value", "end", "spread", "direction", "distance"),
    [
        (70, 90, 10, 1, 2),
        (30, 10, 10, -1, 2),
        (95, 90, 10, 1, 0),
        (95, 90, 0, 1, 0),
        (70, 90, 0, 1, np.nan),
        (70, 90, 10, 0, np.nan),
    ],
)
def test_distance(value: float, end: float, spread: float, direction: int, distance: float) -> None:
    assert oecd.distance(value, end, spread, direction) == pytest.approx(distance, nan_ok=True)


@given(
    value=st.floats(-100, 100),
    end=st.floats(-100, 100),
    scale=st.floats(0.1, 10),
)
def test_distance_has_no_unit(value: float, end: float, scale: float) -> None:
    one = oecd.distance(value, end, 5.0, 1)
    assert oecd.distance(scale * value, scale * end, scale * 5.0, 1) == pytest.approx(one, abs=1e-9)


@given(st.lists(st.integers(0, 9), min_size=4, max_size=20).filter(lambda x: len(set(x)) > 1))
def test_rank_correlation_is_that_of_scipy(values: list[int]) -> None:
    years = np.arange(len(values))
    row = oecd.spearman(["a"] * len(values), years, values).loc["a"]
    wanted = stats.spearmanr(years, values)
    assert row["rho"] == pytest.approx(wanted.statistic)
    assert row["p"] == pytest.approx(wanted.pvalue, abs=1e-7)


def test_directions() -> None:
    values = {
        "up": [1, 2, 3, 5, 6, 7],
        "down": [7, 6, 5, 3, 2, 1],
        "stable": [1, 5, 2, 4, 3, 3],
        "unchanged": [2, 2, 2, 2, 2, 2],
        "too few": [1, 2, None, None, None, None],
    }
    names = np.repeat(list(values), 6)
    rows = oecd.spearman(names, np.tile(np.arange(6), 5), np.concatenate(list(values.values())))
    assert rows["trend"].to_dict() == {name: name for name in values}
