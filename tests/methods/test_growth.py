"""Compound growth, forwards and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods.growth import cagr, project

pytestmark = pytest.mark.filterwarnings("error")

positive = st.floats(0.01, 1e6)


@given(base=positive, last=positive, years=st.integers(1, 30))
def test_growth_leads_from_base_to_last(base: float, last: float, years: int) -> None:
    assert project(base, cagr(base, last, years), years) == pytest.approx(last)


@given(base=positive, last=positive, years=st.integers(1, 30), scale=st.floats(0.01, 100))
def test_growth_has_no_unit(base: float, last: float, years: int, scale: float) -> None:
    assert 1 + cagr(scale * base, scale * last, years) == pytest.approx(1 + cagr(base, last, years))


@pytest.mark.parametrize(
    ("base", "last", "years", "rate"),
    [
        (100, 121, 2, 0.1),
        (-100, -121, 2, 0.1),
        (100, 0, 5, -1),
        (0, 5, 3, np.nan),
        (5, -5, 3, np.nan),
        (5, 6, 0, np.nan),
        (5, np.nan, 2, np.nan),
    ],
)
def test_special_cases(base: float, last: float, years: int, rate: float) -> None:
    assert cagr(base, last, years) == pytest.approx(rate, nan_ok=True)
