"""Verdicts side by side: each as its method says, on one set of figures."""

import pandas as pd
import pytest

from workbench.assessment import judgements
from workbench.dataset import Dataset
from workbench.verdicts import SENSE, earlier, verdicts

MEASURES = pd.DataFrame(
    {"measure": ["up", "flat"], "direction": [1, 0], "upper_bound": [100.0, 100.0]}
)


def figures(values: list[float], first: int = 2015) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": "up",
            "municipality": "0301",
            "year": range(first, first + len(values)),
            "value": values,
        }
    )


def goal(target: float | None, year: int | None = 2030) -> pd.DataFrame:
    rows = [] if target is None else [("up", "0301", target, year)]
    table = pd.DataFrame(rows, columns=["measure", "municipality", "target", "year"])
    return table.astype({"target": "float64", "year": "Int64"})


def test_a_series_on_its_straight_way_is_on_track_by_all() -> None:
    row = verdicts(figures([40, 42, 44, 46, 48, 50]), goal(65.0), MEASURES).iloc[0]
    assert (row["eurostat"], row["unsd"]) == ("substantial_progress", "on_track")
    assert (row["sdsn"], row["germany"]) == ("on_track", "sun")
    assert row["agree"]


def test_a_series_that_turns_back_is_not_on_the_way_by_any() -> None:
    row = verdicts(figures([50, 49, 47, 46, 45, 44]), goal(80.0), MEASURES).iloc[0]
    assert {SENSE[name][row[name]] for name in SENSE} == {-1}
    assert row["agree"]


def test_methods_that_see_other_years_can_disagree() -> None:
    """Far up since 2015, down over the last six figures."""
    row = verdicts(figures([20, 60, 66, 65, 64, 63, 62]), goal(80.0), MEASURES).iloc[0]
    assert SENSE["unsd"][row["unsd"]] == 1 and SENSE["germany"][row["germany"]] == -1
    assert not row["agree"]


def test_without_a_target_the_direction_is_judged() -> None:
    row = verdicts(figures([40, 42, 44, 46, 48, 50]), goal(None), MEASURES).iloc[0]
    assert pd.isna(row["target"])
    assert (row["eurostat"], row["germany"], row["sdsn"]) == (
        "substantial_progress",
        "sun",
        "not_available",
    )


def test_a_target_whose_year_is_over_is_none() -> None:
    row = verdicts(figures([40, 42, 44]), goal(65.0, 2016), MEASURES).iloc[0]
    assert pd.isna(row["target"])


def test_figures_from_before_2015_count_for_germany_only() -> None:
    row = verdicts(figures([10, 20, 30, 40, 41, 42], first=2011), goal(80.0), MEASURES).iloc[0]
    assert (row["base_year"], row["base"]) == (2015, 41)
    assert row["mean_change"] == pytest.approx(32 / 5)


def test_measures_without_a_good_direction_are_not_judged() -> None:
    flat = figures([1.0, 2, 3]).assign(measure="flat")
    assert verdicts(pd.concat([figures([1.0, 2]), flat]), goal(None), MEASURES)[
        "measure"
    ].tolist() == ["up"]


def test_an_earlier_verdict_is_the_one_that_the_earlier_figures_give() -> None:
    values = [40.0, 41, 43, 42, 47, 50, 44]
    past = earlier(figures(values), goal(65.0), MEASURES).set_index("back")
    for back in (1, 2, 3):
        then = verdicts(figures(values[:-back]), goal(65.0), MEASURES).iloc[0]
        assert {name: past.at[back, name] for name in SENSE} == {name: then[name] for name in SENSE}


def test_every_word_of_every_method_has_a_sense(data: Dataset) -> None:
    now, before = judgements(data)
    for name, sense in SENSE.items():
        said = {*now[name], *before[name]} - {"not_available"}
        assert said <= set(sense), name
    assert not now.duplicated(["measure", "municipality"]).any()
