"""Exact distribution of S, against published tails and the count of all orders."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import kendall

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("n", "s", "tail"),
    [
        # Best and Gipps' recurrence; the tails that R's rkt help page and Kendall's table give
        (4, 4, 1 / 6),
        (5, 6, 0.11666666666666667),
        (5, 8, 0.041666666666666664),
        (6, 15, 1 / 720),
    ],
)
def test_published_tails(n: int, s: int, tail: float) -> None:
    assert kendall.exact_tail(n, s) == pytest.approx(tail, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_tails_are_the_count_of_all_orders(n: int) -> None:
    pairs = np.triu_indices(n, 1)
    totals = [np.sign(np.subtract.outer(x, x).T[pairs]).sum() for x in permutations(range(n))]
    for s in range(-11, 12):
        assert kendall.exact_tail(n, s) == pytest.approx(np.mean(np.array(totals) >= s))


@given(n=st.integers(2, 40), s=st.integers(-800, 800))
def test_both_ends_are_alike(n: int, s: int) -> None:
    assert kendall.exact_p(n, s) == kendall.exact_p(n, -s)
    assert kendall.exact_tail(n, s) + kendall.exact_tail(n, 1 - s) == pytest.approx(1)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_smallest_p_value(n: int) -> None:
    assert kendall.exact_p(n, n * (n - 1) / 2) == pytest.approx(2 / factorial(n))


def test_columns_and_what_is_missing() -> None:
    assert kendall.exact_tail([4, 5, 1, 4], [4, 8, 0, np.nan]).tolist() == pytest.approx(
        [1 / 6, 1 / 24, np.nan, np.nan], nan_ok=True
    )
