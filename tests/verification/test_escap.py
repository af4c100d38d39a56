"""Status and projections of the regional commissions, against least squares written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.verification import escap

pytestmark = pytest.mark.filterwarnings("error")

YEARS = [2015, 2017, 2019, 2021, 2023]
SHARES = [80.0, 82, 83, 85, 88]


@pytest.mark.parametrize(
    ("base", "value", "target", "direction", "status"),
    [
        (40, 30, 20, -1, 5),  # the cases derived from SDG-MENARO's code (35052082)
        (40, 44, 20, -1, -2),
        (40, 20, 20, -1, 10),
        (40, 10, 20, -1, 10),
        (10, 15, 20, 1, 5),
        (20, 15, 20, 1, np.nan),  # the base was the target
        (10, 15, 20, 0, np.nan),
    ],
)
def test_current_status(
    base: float, value: float, target: float, direction: int, status: float
) -> None:
    assert escap.current_status(base, value, target, direction) == pytest.approx(
        status, nan_ok=True
    )


def test_status_of_parity_counts_both_sides() -> None:
    assert escap.parity_status(0.8, [0.9, 1.1, 1.0, 0.6]).tolist() == pytest.approx([5, 5, 10, -10])
    assert np.isnan(escap.parity_status(1.0, 0.9))


def by_hand(weights: np.ndarray) -> float:
    """Return the projection to 2030 with the level unweighted and the slope weighted."""
    when = np.array(YEARS) - np.mean(YEARS)
    logit = np.log(np.array(SHARES) / (100 - np.array(SHARES)))
    slope = np.polyfit(when, logit, 1, w=np.sqrt(weights))[0]
    return 100 / (1 + np.exp(-(logit.mean() + slope * (2030 - np.mean(YEARS)))))


def test_weighted_logit() -> None:
    years = np.array(YEARS)
    wanted = by_hand((2030 - 2015) / (2030 - years))
    assert wanted == pytest.approx(92.18931496)  # the derived case
    assert escap.weighted_logit(["a"] * 5, YEARS, SHARES, 2030)["a"] == pytest.approx(wanted)


def test_plain_logit() -> None:
    assert escap.logit(["a"] * 5, YEARS, SHARES, 2030)["a"] == pytest.approx(by_hand(np.ones(5)))


def test_mean_logit_change() -> None:
    logit = np.log(np.array(SHARES) / (100 - np.array(SHARES)))
    z = logit[-1] + (np.diff(logit) / 2).mean() * 7
    path = escap.mean_logit_change(["a"] * 5, YEARS, SHARES, 2030)
    assert path["a"] == pytest.approx(100 / (1 + np.exp(-z)))
    assert escap.mean_logit_change(["a"] * 2, [2015, 2016], [90, 100], 2030)["a"] == 100


def test_geometric_paths() -> None:
    years, values = [2018, 2019, 2020], [10.0, 12.0, 12.6]
    assert escap.geometric(["a"] * 3, years, values, 2030)["a"] == pytest.approx(
        12.6 * (12.6 / 10) ** (10 / 2)
    )
    weights = 12 / np.array([12, 11, 10])
    growth = 1.2 ** weights[1] * 1.05 ** weights[2]
    assert escap.weighted_geometric(["a"] * 3, years, values, 2030)["a"] == pytest.approx(
        12.6 * growth ** (10 / weights.sum())
    )


@given(st.lists(st.floats(1, 99), min_size=2, max_size=12), st.integers(1, 20))
def test_a_share_stays_a_share_and_mirrors(values: list[float], ahead: int) -> None:
    years = np.arange(len(values))
    year = len(values) - 1 + ahead
    path = escap.weighted_logit(["a"] * len(values), years, values, year)["a"]
    assert 0 <= path <= 100
    mirrored = 100 - np.array(values)
    assert escap.weighted_logit(["a"] * len(values), years, mirrored, year)["a"] == pytest.approx(
        100 - path, abs=1e-6
    )


@pytest.mark.parametrize(
    "project",
    [escap.weighted_logit, escap.logit, escap.geometric, escap.weighted_geometric],
)
def test_many_series_are_projected_as_one_at_a_time(project: object) -> None:
    names = ["a"] * 5 + ["b"] * 5
    values = [*SHARES, 30.0, 28, 27, 24, 20]
    together = project(names, YEARS * 2, values, 2030)
    for name, own in (("a", values[:5]), ("b", values[5:])):
        assert together[name] == pytest.approx(project([name] * 5, YEARS, own, 2030)[name])


@pytest.mark.parametrize(
    ("years", "values"),
    [
        ([2020], [50]),
        ([2020, 2020], [50, 60]),
        ([2020, 2021], [50, 100]),
        ([2020, 2021], [0, 50]),
        ([2020, 2030], [40, 50]),
    ],
)
def test_nothing_to_project(years: list[int], values: list[float]) -> None:
    assert np.isnan(escap.weighted_logit(["a"] * len(years), years, values, 2030)["a"])
