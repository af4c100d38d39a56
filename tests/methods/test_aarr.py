"""Average annual rate of reduction, against a series that falls by a known rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import aarr

pytestmark = pytest.mark.filterwarnings("error")


def test_published_slope() -> None:
    """NIPN's page on the UNICEF note of 2007 prints 6.4 % for a slope of -0.0669."""
    assert 100 * aarr.from_slope(-0.0669) == pytest.approx(6.4, abs=0.1)


@given(rate=st.floats(-0.2, 0.5), base=st.floats(1, 100))
def test_a_steady_fall_has_its_rate(rate: float, base: float) -> None:
    years = np.array([2010, 2012, 2013, 2019])
    values = base * (1 - rate) ** (years - 2010)
    row = aarr.fitted(["a"] * 4, years, values).loc["a"]
    assert row["rate"] == pytest.approx(rate, abs=1e-9)
    assert aarr.required(base, values[-1], 9) == pytest.approx(rate, abs=1e-9)


def test_a_figure_of_zero_has_no_logarithm() -> None:
    rows = aarr.fitted(
        ["a", "a", "b", "b", "b", "c"],
        [2010, 2011, 2010, 2011, 2012, 2010],
        [5, 0, 8, 4, np.nan, 3],
    )
    assert rows["rate"].tolist() == pytest.approx([np.nan, 0.5, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("base", "target", "years", "rate"),
    [(10, 0, 5, 1), (0, 5, 5, np.nan), (10, 5, 0, np.nan), (10, -5, 5, np.nan)],
)
def test_special_cases(base: float, target: float, years: int, rate: float) -> None:
    assert aarr.required(base, target, years) == pytest.approx(rate, nan_ok=True)
