"""Growth ratio, status and score, against Statistics Canada's published components."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import eurostat

pytestmark = pytest.mark.filterwarnings("error")

#: base year, base, year, value, direction, target, limit -> value, status, score.
#: Canadian Indicator Framework, `indicator_calculation_components.yml` (d38e8053): 1-2-1, 1-4-1,
#: 10-1-1.
PUBLISHED = [
    ((2016, 66.6, 2023, 71.4, 1, None, 100), 0.009991483690946268, "moderate", 1.739752850099936),
    (
        (2015, 70900, 2024, 75500, 1, None, None),
        0.007009141261789864,
        "moderate",
        0.502285315447466,
    ),
    ((2015, 0.314, 2024, 0.305, -1, None, None), 0.00322603062254, "limited", -0.8869846887298838),
]


def judged(
    base_year: float,
    base: float,
    year: float,
    value: float,
    direction: float = 1,
    target: float | None = None,
    limit: float | None = None,
) -> Any:
    return eurostat.progress(base_year, base, year, value, direction, target, 2030, limit)


@pytest.mark.parametrize(("given_", "value", "status", "score"), PUBLISHED)
def test_published(given_: tuple[float, ...], value: float, status: str, score: float) -> None:
    verdict = judged(*given_)
    assert verdict.value == pytest.approx(value, rel=1e-9)
    assert verdict.status == f"{status}_progress"
    assert verdict.score == pytest.approx(score, rel=1e-9)


@pytest.mark.parametrize(
    ("given_", "status", "score"),
    [
        ((2015, 100, 2023, 150, 1, 140), "target_achieved", 5),
        ((2015, 0, 2023, 0, -1, 0), "target_achieved", 5),  # 0 is taken as 0.001
        ((2015, -5, 2023, 5, 1, 10), "not_available", np.nan),  # a change of sign
        ((2015, 5, 2015, 5, 1, 10), "not_available", np.nan),  # one year only
        ((2015, 10, 2023, 9, 1, 10), "not_available", np.nan),  # the target is the base
        ((2015, 5, 2023, 7, 0, 10), "not_available", np.nan),
        ((2015, 100, 2023, 100, 1, None, 100), "substantial_progress", 5),  # holds the ceiling
        ((2015, -10, 2023, -5, 1, None), "substantial_progress", 5),  # a loss that shrinks
        ((2015, -10, 2023, -20, 1, None), "deterioration", -5),
    ],
)
def test_special_cases(given_: tuple[float, ...], status: str, score: float) -> None:
    verdict = judged(*given_)
    assert verdict.status == status
    assert verdict.score == pytest.approx(score, nan_ok=True)


@pytest.mark.parametrize(
    ("base", "limit", "factor"),
    [
        (50, 100, 1 - 0.5**4.44),
        (100, 100, 0),
        (150, 100, 1 - 0.5**4.44),
        (200, 100, 1),
        (50, np.nan, 1),
        (0, 0, 1),
        (-50, 100, 1 - 0.5**4.44),
    ],
)
def test_limit_factor(base: float, limit: float, factor: float) -> None:
    assert eurostat.limit_factor(base, limit) == pytest.approx(factor)


@given(
    values=st.lists(st.floats(1, 1000), min_size=2, max_size=30),
    target=st.none() | st.floats(1, 99) | st.floats(101, 1000),
    direction=st.sampled_from([1, -1]),
)
def test_further_in_the_good_direction_never_scores_less(
    values: list[float], target: float | None, direction: int
) -> None:
    ordered = np.sort(values)[::direction]
    scores = judged(2015, 100.0, 2023, ordered, direction, target).score
    assert np.all(np.diff(scores) >= -0.01)  # the published constants leave a step of 0.0001


@given(
    base=st.floats(1, 1000),
    value=st.floats(1, 1000),
    target=st.floats(1, 1000),
    scale=st.sampled_from([0.01, 3.0, 1000.0]),
)
def test_the_unit_does_not_matter(base: float, value: float, target: float, scale: float) -> None:
    one = judged(2015, base, 2023, value, 1, target)
    other = judged(2015, scale * base, 2023, scale * value, 1, scale * target)
    assert other.value == pytest.approx(one.value, rel=1e-6, nan_ok=True)


def test_columns_are_judged_as_their_figures_one_at_a_time() -> None:
    rows = pd.DataFrame([row for row, *_ in PUBLISHED] * 2, index=list("abcdef"))
    together = judged(*(rows[i] for i in range(7)))
    assert list(together.status.index) == list("abcdef")
    for label, row in rows.iterrows():
        alone = judged(*row)
        assert together.score[label] == alone.score
        assert together.status[label] == alone.status
