"""Five bands and three, against undata's output."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods import unsd

pytestmark = pytest.mark.filterwarnings("error")

#: base, last (2015 and 2023), direction, target -> ratio, status, score: undata 0.4.3.
PUBLISHED = [
    (14.5, 10.2, -1, 7.25, 0.9658338617914745, "on_track", 4.028788839620863),
    (100, 120, 1, 150, 0.8151065158639926, "moderate", 3.7002367019199838),
    (100, 100.5, 1, 150, 0.01879100709206767, "stagnation", 1.1879100709206767),
    (100, 95, 1, 150, -0.18338976979317778, "regression", 0.6332204604136444),
    (100, 140, 1, np.nan, np.nan, "on_track", 4.7652014062797665),
]


@pytest.mark.parametrize(
    ("base", "last", "direction", "target", "ratio", "status", "score"), PUBLISHED
)
def test_published(
    base: float,
    last: float,
    direction: int,
    target: float,
    ratio: float,
    status: str,
    score: float,
) -> None:
    verdict = unsd.progress(2015, base, 2023, last, direction, target)
    assert verdict.ratio == pytest.approx(ratio, rel=1e-9, nan_ok=True)
    assert verdict.status == status
    assert verdict.score == pytest.approx(score, rel=1e-9)


def test_columns_are_judged_as_their_figures_one_at_a_time() -> None:
    rows = pd.DataFrame(PUBLISHED)
    together = unsd.progress(2015, rows[0], 2023, rows[1], rows[2], rows[3])
    assert together.status.tolist() == rows[5].tolist()
    assert together.score.tolist() == pytest.approx(rows[6].tolist())


@pytest.mark.parametrize(
    ("base", "last", "direction", "target", "status", "score"),
    [
        (10, 11, 1, 10, "on_track", 5),  # met at base and still
        (10, 9, 1, 10, "regression", 0),
        (5, 5, -1, 7, "on_track", 5),
        (0, 3, 1, 10, "not_available", np.nan),
        (5, -1, 1, 10, "not_available", np.nan),
        (5, 6, 0, 10, "not_available", np.nan),
        (5, np.nan, 1, np.nan, "not_available", np.nan),
    ],
)
def test_special_cases(
    base: float, last: float, direction: int, target: float, status: str, score: float
) -> None:
    verdict = unsd.progress(2015, base, 2023, last, direction, target)
    assert verdict.status == status
    assert verdict.score == pytest.approx(score, nan_ok=True)
    assert np.isnan(verdict.ratio)


def test_one_year_is_not_enough() -> None:
    assert unsd.progress(2015, 5, 2015, 12, 1, 10).status == "not_available"


@given(
    lasts=st.lists(st.floats(1, 1000), min_size=2, max_size=30),
    target=st.none() | st.floats(1, 1000),
    direction=st.sampled_from([1, -1]),
)
def test_further_in_the_good_direction_never_scores_less(
    lasts: list[float], target: float | None, direction: int
) -> None:
    ordered = np.sort(lasts)[::direction]
    scores = unsd.progress(2015, 100.0, 2023, ordered, direction, target).score
    assert np.all(np.diff(scores) >= -1e-9)


@given(base=st.floats(1, 100), last=st.floats(1, 100), years=st.integers(1, 12))
def test_the_score_is_in_the_band_of_the_status(base: float, last: float, years: int) -> None:
    verdict = unsd.progress(2015, base, 2015 + years, last, 1)
    place = unsd.STATUSES.tolist().index(verdict.status)
    assert place <= verdict.score <= place + 1


@pytest.mark.parametrize(
    ("base", "last", "target", "status", "score"),
    [
        (100, 130, 150, "on_track", 3),
        (100, 120, 150, "fair", 2),
        (100, 100.5, 150, "stagnation_or_regression", 1),
        (100, 160, 150, "on_track", 3),
        (160, 140, 150, "stagnation_or_regression", 1),
        (100, 120, None, "on_track", 3),
        (100, 106, None, "fair", 2),
        (100, 101, None, "stagnation_or_regression", 1),
        (0, 1, 5, "not_available", np.nan),
    ],
)
def test_three_bands_of_2023(
    base: float, last: float, target: float | None, status: str, score: float
) -> None:
    verdict = unsd.progress_2023(2015, base, 2023, last, 1, target)
    assert verdict.status == status
    assert verdict.score == pytest.approx(score, nan_ok=True)
