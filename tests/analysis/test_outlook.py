"""Whether a target is reached, and in how many digits that can be said."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.tables import NAMES, NONE, OSLO, about, figures
from workbench.analysis import outlook
from workbench.analysis.outlook import SILENT
from workbench.dataset import Dataset


def judged(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, above: float, **what: object
) -> pd.Series:
    """The outlook of one series, from a chance to be above its target and what else is said."""
    usual = {"target": 10.0, "met": False, "year": 2030, "n": 5, "last": 8.0, "projected": 8.5}
    facts = {**usual, "moved": True, "direction": 1, "window": 1, "upper": NONE, "lower": NONE}
    facts |= what
    key = {"measure": ["m"], "municipality": [OSLO]}
    rows = pd.DataFrame({**key, "to_year": 2030, "chance_above": above})
    for column in ("low80", "high80", "low95", "high95", "slope_used"):
        rows[column] = 0.0
    rows = rows.assign(projected=facts["projected"], moved=facts["moved"])
    monkeypatch.setattr(outlook, "project", lambda *given: rows)
    goals = pd.DataFrame({**key, **{name: [facts[name]] for name in ("target", "met")}})
    goals["year"] = pd.array([facts["year"]], dtype="Int64")
    bounds = {"lower_bound": facts["lower"], "upper_bound": facts["upper"]}
    catalogue = [about(direction=facts["direction"], window=facts["window"], **bounds)]
    trends = pd.DataFrame({**key, "n": facts["n"], "last": facts["last"], "last_year": 2024})
    return outlook.outlook(replace(data, measures=pd.DataFrame(catalogue)), trends, goals).iloc[0]


@pytest.mark.parametrize(
    ("above", "what", "verdict"),
    [
        (0.80, {}, "likely"),
        (0.79, {}, "open"),
        (0.796, {}, "likely"),  # as it is written: 0.80
        (0.794, {}, "open"),
        (0.204, {}, "unlikely"),
        (0.21, {}, "open"),
        (0.20, {}, "unlikely"),
        (0.20, {"projected": 8.0}, "unlikely"),
        (0.20, {"projected": 7.5}, "away"),
        (0.21, {"projected": 7.5}, "open"),
        (0.20, {"direction": -1}, "likely"),
        (0.21, {"direction": -1}, "open"),
        (0.90, {"direction": -1}, "away"),
        (0.90, {"direction": -1, "projected": 7.5}, "unlikely"),
    ],
)
def test_the_verdict_on_a_target_is_that_of_its_chance(
    data: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    above: float,
    what: dict[str, object],
    verdict: str,
) -> None:
    row = judged(data, monkeypatch, above, **what)
    assert row["verdict"] == verdict and row["reason"] == ""
    assert row["chance"] == round(1 - above if "direction" in what else above, 2)


@pytest.mark.parametrize(
    ("above", "verdict"), [(0.9, "met"), (0.5, "met"), (0.49, "open"), (0.2, "unlikely")]
)
def test_a_target_met_today_is_met_only_if_it_will_hold(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, above: float, verdict: str
) -> None:
    assert judged(data, monkeypatch, above, met=True)["verdict"] == verdict


@pytest.mark.parametrize(
    ("what", "reason", "verdict"),
    [
        ({"target": NONE, "year": pd.NA}, "no target", ""),
        ({"year": 2024}, "over", ""),
        ({"year": 2020, "n": 4}, "over", ""),
        ({"year": 2025}, "", "likely"),
        ({"n": 4}, "too few", "unknown"),
        ({"n": 4, "window": 5}, "too few", "unknown"),
        ({"window": 2}, "overlapping", "unknown"),
        ({"moved": False}, "unchanged", "unknown"),
        ({"upper": 10.0}, "end", "unknown"),
        ({"lower": 10.0}, "end", "unknown"),
        ({"year": 2030, "lower": 9.9, "upper": 10.1}, "", "likely"),
        ({"year": pd.NA}, "", "likely"),
    ],
)
def test_where_no_chance_is_stated_it_is_said_why(
    data: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    what: dict[str, object],
    reason: str,
    verdict: str,
) -> None:
    row = judged(data, monkeypatch, NONE if "target" in what else 0.9, **what)
    assert (row["reason"], row["verdict"]) == (reason, verdict)
    assert pd.isna(row["chance"]) == (reason != "")
    assert reason in ("", *SILENT)


def as_row(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame([sorted(values)], columns=NAMES)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([61.234, 63.6789, 65.4321, 67.1234, 69.8765], [61.2, 63.7, 65.4, 67.1, 69.9]),
        ([1000.0, 1400.0, 1555.5, 1700.0, 2100.0], [1000, 1400, 1560, 1700, 2100]),
        ([0.1234, 0.1235, 0.1236, 0.1237, 0.1239], [0.1234, 0.1235, 0.1236, 0.1237, 0.1239]),
        ([-0.046, 0.1, 0.3, 0.6, 1.952], [0.0, 0.1, 0.3, 0.6, 2.0]),  # half of -0.05 to 1.95 is 1.0
        ([7.123, 7.123, 7.123, 7.123, 7.123], [7.123] * 5),
        ([NONE] * 5, [NONE] * 5),
    ],
)
def test_projections_are_stated_in_the_digits_of_their_uncertainty(
    values: list[float], said: list[float]
) -> None:
    row = pd.DataFrame([values], columns=NAMES)
    pd.testing.assert_frame_equal(
        outlook.round_to_uncertainty(row),
        pd.DataFrame([said], columns=NAMES, dtype=float),
        check_exact=True,
    )


values = st.floats(-1e9, 1e9) | st.floats(-100, 100).map(lambda x: round(x, 3))


@given(st.lists(values, min_size=5, max_size=5))
@example([0.005, 0.0, 0.0, 0.0, 1.995])
@example([0.0, 0.0, 0.0, 0.0, 1e-300])
def test_rounding_moves_nothing_far_and_nothing_past_another(five: list[float]) -> None:
    exact = as_row(five)
    said = outlook.round_to_uncertainty(exact)
    assert (np.diff(said.to_numpy()) >= 0).all()
    pd.testing.assert_frame_equal(outlook.round_to_uncertainty(said), said, check_exact=True)
    half = (exact["high95"] - exact["low95"])[0] / 2
    moved = (said - exact).abs().to_numpy().max()
    # Rounding both ends may widen the half by a twentieth, and so lift it to the next place.
    place = math.floor(math.log10(1.06 * half)) - 1 if half else -400
    assert moved <= 0.5 * 10.0**place * (1 + 1e-6)


@pytest.mark.parametrize(("high", "wide"), [(17.0, False), (17.1, True)])
def test_an_interval_wider_than_twice_all_that_was_seen_says_nothing(
    high: float, wide: bool
) -> None:
    seen = figures(n0301=[1.0, 5, 9])
    row = pd.DataFrame({"measure": ["m"], "low80": [1.0], "high80": [high], "last": [9.0]})
    assert outlook._wide(row, seen, pd.Series(["mean"])).tolist() == [wide]
    far = row.assign(last=4.0)
    assert outlook._wide(far, seen, pd.Series(["sum"])).tolist() == [wide], (
        "four times the newest figure"
    )
