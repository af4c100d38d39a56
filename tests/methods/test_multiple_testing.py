"""Adjusted p-values, against R's multtest, scipy and the definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.methods import multiple_testing

pytestmark = pytest.mark.filterwarnings("error")

chances = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_published() -> None:
    """R's multtest, as in statsmodels' test_multi.py."""
    p = np.array([0.838541, 0.642194, 0.680846, 5.23656777208e-05, 0.00028140506198])
    p = np.concatenate([p, [0.967834, 0.716269, 0.177097, 0.0202733, 0.0149877310796]])
    adjusted = multiple_testing.benjamini_hochberg(p)
    assert sorted(adjusted)[:3] == pytest.approx([0.000523656777208, 0.0014070253099, 0.0499591036])


@given(chances)
def test_false_discovery_rate_is_that_of_scipy(p: list[float]) -> None:
    wanted = stats.false_discovery_control(p)
    assert multiple_testing.benjamini_hochberg(p).tolist() == pytest.approx(wanted.tolist())


@given(chances)
def test_holm_takes_the_tests_that_are_left(p: list[float]) -> None:
    ordered, worst = np.sort(p), 0.0
    for place, adjusted in enumerate(multiple_testing.holm(ordered)):
        worst = max(worst, (len(p) - place) * ordered[place])
        assert adjusted == pytest.approx(min(1, worst))


@given(chances)
def test_adjusted_values_keep_their_order_and_are_no_smaller(p: list[float]) -> None:
    for method in (multiple_testing.benjamini_hochberg, multiple_testing.holm):
        adjusted = method(np.sort(p))
        assert np.all(np.diff(adjusted) >= 0)
        assert np.all((adjusted >= np.sort(p) - 1e-15) & (adjusted <= 1))


def test_a_test_that_was_not_made_does_not_count() -> None:
    p = pd.Series([0.01, None, 0.04], index=["a", "b", "c"])
    adjusted = multiple_testing.benjamini_hochberg(p)
    assert adjusted.to_dict() == pytest.approx({"a": 0.02, "b": np.nan, "c": 0.04}, nan_ok=True)


def test_one_test_stays_as_it_is() -> None:
    assert multiple_testing.benjamini_hochberg(0.03) == 0.03
