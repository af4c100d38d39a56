"""Stated chances: who is given one, what came of them, and how far off each measure was."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.analysis.test_backtest import KEY, about
from workbench.analysis.chances import gaps, reliability, statements, unproven


def test_reliability_sets_what_was_stated_beside_what_happened() -> None:
    said = pd.DataFrame({"chance": [0.05, 0.05, 0.95, 0.95, 1.0], "reached": [0, 1, 1, 1, 0]})
    table = reliability(said)
    assert table["tenth"].tolist() == ["0-10 %", "90-100 %"]
    assert table["n"].tolist() == [2, 3]
    assert table["happened"].tolist() == pytest.approx([0.5, 2 / 3])
    assert table["apart"].iloc[0] == pytest.approx(45)


def forecast(last: list[float], actual: list[float], **what: object) -> pd.DataFrame:
    """A forecast for each municipality that centres on its last figure."""
    log = bool(what.get("log", False))
    table = {
        "measure": "m",
        "municipality": [f"{at:02}" for at in range(len(last))],
        "origin": 2015,
        "horizon": 1,
        "n": 5,
        "moved": True,
        "last": last,
        "actual": actual,
        "centre": np.log(last) if log else last,
        "spread": 2.0,
        "freedom": 4.0,
        "scale": "log" if log else "plain",
    }
    return pd.DataFrame({**table, **what})


ONE_TO_FIVE = [1.0, 2, 3, 4, 5]


def test_targets_are_what_half_and_the_best_tenth_had_reached() -> None:
    said = statements(forecast(ONE_TO_FIVE, [3.0, 2.9, 4.6, 4.5, 9]), about())
    assert said["municipality"].tolist() == ["00", "01", "02", "03", "04"] * 2
    assert said.index.tolist() == list(range(10))
    assert said["target"].tolist() == pytest.approx([3.0] * 5 + [4.6] * 5)
    assert said["met"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 1]
    assert said["reached"].tolist() == [1, 0, 1, 1, 1, 0, 0, 1, 0, 1]
    expected = [stats.t.sf((t - last) / 2, 4) for t in (3, 4.6) for last in ONE_TO_FIVE]
    assert said["chance"].tolist() == pytest.approx(expected)
    assert said.columns.tolist() == [*KEY, "target", "met", "chance", "reached"]


@pytest.mark.filterwarnings("error")
def test_where_down_is_good_a_target_is_reached_from_above() -> None:
    last = [value - 3 for value in ONE_TO_FIVE]
    said = statements(forecast(last, [0.1, 0.0, -1.6, -1.5, 9]), about(direction=-1))
    assert said["target"].tolist() == pytest.approx([0.0] * 5 + [-1.6] * 5)
    assert said["met"].tolist() == [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert said["reached"].tolist() == [0, 1, 1, 1, 0, 0, 0, 1, 0, 0]
    expected = [stats.t.cdf((t - value) / 2, 4) for t in (0, -1.6) for value in last]
    assert said["chance"].tolist() == pytest.approx(expected)


def test_chances_of_a_measure_on_logarithms_are_reckoned_on_them() -> None:
    last = [0.1, 0.2, 0.5, 3.0, 4.0]
    said = statements(forecast(last, last, log=True).drop(columns="log"), about(lower_bound=0.0))
    expected = [stats.t.sf(np.log(t / value) / 2, 4) for t in (0.5, 3.6) for value in last]
    assert said["chance"].tolist() == pytest.approx(expected)


def test_targets_are_set_per_measure_origin_and_horizon() -> None:
    usual = forecast(ONE_TO_FIVE, ONE_TO_FIVE)
    later = usual.assign(origin=2016, last=usual["last"] + 10)
    further = usual.assign(horizon=2, last=usual["last"] + 20)
    other = usual.assign(measure="other", last=usual["last"] + 30)
    both = pd.concat([about(), about(measure="other")])
    said = statements(pd.concat([usual, later, further, other], ignore_index=True), both)
    targets = said.groupby(["measure", "origin", "horizon"])["target"].unique()
    assert {key: sorted(value) for key, value in targets.items()} == {
        ("m", 2015, 1): pytest.approx([3, 4.6]),
        ("m", 2015, 2): pytest.approx([23, 24.6]),
        ("m", 2016, 1): pytest.approx([13, 14.6]),
        ("other", 2015, 1): pytest.approx([33, 34.6]),
    }


@pytest.mark.parametrize(
    ("figures_are", "measure_is"),
    [
        ({"n": 4}, {}),
        ({"moved": False}, {}),
        ({}, {"window": 2}),
        ({}, {"direction": 0}),
        ({}, {"aggregation": "sum"}),
    ],
)
def test_nothing_is_stated_where_a_brief_is_silent(
    figures_are: dict[str, object], measure_is: dict[str, object]
) -> None:
    usual = forecast(ONE_TO_FIVE, ONE_TO_FIVE)
    silent = usual.assign(measure="silent", **figures_are)
    both = pd.concat([about(), about(measure="silent", **measure_is)])
    said = statements(pd.concat([usual, silent], ignore_index=True), both)
    assert said["measure"].tolist() == ["m"] * 10


@pytest.mark.parametrize("end", [{"upper_bound": 3.0}, {"lower_bound": 3.0}])
def test_no_chance_is_stated_of_an_end_of_the_scale(end: dict[str, float]) -> None:
    said = statements(forecast(ONE_TO_FIVE, ONE_TO_FIVE), about(**end))
    assert 3.0 not in set(said["target"])


def test_a_tenth_of_chance_begins_at_its_lower_end() -> None:
    table = reliability(
        pd.DataFrame({"chance": [0.0, 0.1, 0.19, 0.5, 1.0], "reached": [0, 1, 0, 1, 1]})
    )
    assert table.to_dict("list") == {
        "tenth": ["0-10 %", "10-20 %", "50-60 %", "90-100 %"],
        "n": [1, 2, 1, 1],
        "stated": pytest.approx([0, 0.145, 0.5, 1]),
        "happened": pytest.approx([0, 0.5, 1, 1]),
        "apart": pytest.approx([0, 35.5, 50, 0]),
    }


def test_gaps_are_of_tenths_with_twenty_chances_or_more() -> None:
    said = pd.concat(
        pd.DataFrame({"measure": name, "chance": chance, "reached": [1] * hits + [0] * (n - hits)})
        for name, chance, n, hits in (
            ("good", 0.5, 20, 11),
            ("good", 0.95, 40, 38),
            ("bad", 0.25, 20, 9),
            ("bad", 0.75, 19, 0),
        )
    )
    cells = reliability(said, ("measure",))
    assert len(cells) == 4
    found = gaps(cells)
    assert (found["cells"], found["far"]) == (3, pytest.approx(1 / 3))
    assert found["mean"] == pytest.approx((5 + 0 + 20) / 3)
    assert unproven(cells) == ["bad"]
