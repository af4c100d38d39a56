"""Verdicts side by side: each as its method says, on one set of figures."""

import pandas as pd
import pytest

from workbench.analysis.assessment import judgements
from workbench.analysis.verdicts import SENSE, earlier, verdicts
from workbench.dataset import Dataset

MEASURES = pd.DataFrame(
    {
        "measure": ["up", "flat", "down", "rate"],
        "direction": [1, 0, -1, 1],
        "upper_bound": [100.0, 100.0, float("nan"), float("nan")],
        "growth": ["no", "no", "no", "yes"],
    }
)


def figures(
    values: list[float], first: int = 2015, measure: str = "up", municipality: str = "0301"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": measure,
            "municipality": municipality,
            "year": range(first, first + len(values)),
            "value": values,
        }
    )


def goal(target: float | None, year: int | None = 2030) -> pd.DataFrame:
    rows = [] if target is None else [("up", "0301", target, year)]
    table = pd.DataFrame(rows, columns=["measure", "municipality", "target", "year"])
    return table.astype({"target": "float64", "year": "Int64"})


def test_each_word_of_a_method_is_on_the_way_in_between_or_not() -> None:
    """Marginal progress and stagnation are not: with them the target is missed."""
    words = {
        1: "target_achieved substantial_progress on_track sun",
        0: "moderate_progress moderate moderately_improving sun_cloud",
        -1: "limited_progress deterioration marginal stagnation regression stagnating decreasing "
        "cloud thunderstorm",
    }
    said = {word: sense for table in SENSE.values() for word, sense in table.items()}
    assert said == {word: sense for sense, text in words.items() for word in text.split()}


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


def test_every_input_stands_beside_its_verdict() -> None:
    row = verdicts(figures([40, 42, 44, 46, 48, 50]), goal(80.0, 2031), MEASURES).iloc[0]
    grown, needed = (50 / 40) ** (1 / 5) - 1, (80 / 40) ** (1 / 16) - 1
    ends = {"base_year": 2015, "base": 40, "year": 2020, "value": 50, "direction": 1}
    aim = {"target": 80, "target_year": 2031, "limit": 100, "worst": 40 + 0.025 * 10}
    reached = (50 * (1 + grown) ** 11 - 40) / (80 - 40)
    expected = {
        **ends,
        **aim,
        "eurostat_ratio": grown / needed,
        "eurostat_score": 7.1429 * grown / needed - 4.2857,
        "unsd_ratio": reached,
        "unsd_score": 4 + (reached - 0.95) / (1.5 - 0.95),
        # The base is below the worst and scores as that does.
        "sdsn_ratio": (50 - 40.25) / 5 / ((80 - 40.25) / 16),
        "mean_change": 2,
        "germany_missed": 1 - (11 * 2) / (80 - 50),
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert (row["eurostat"], row["unsd"]) == ("substantial_progress", "on_track")
    assert (row["sdsn"], row["germany"]) == ("moderately_improving", "cloud")
    assert not row["agree"]


def test_the_worst_is_the_bad_end_of_all_figures_since_2015() -> None:
    both = [
        figures([-90.0, 10, 20], 2014, measure, "0301").assign(measure=measure)
        for measure in ("up", "down")
    ]
    both += [
        figures([30.0, 40], measure=measure, municipality="1103") for measure in ("up", "down")
    ]
    rows = verdicts(pd.concat(both), goal(None), MEASURES)
    worst = rows.groupby("measure")["worst"].unique().to_dict()
    assert worst == {"up": pytest.approx([10.75]), "down": pytest.approx([39.25])}


def test_a_series_is_judged_by_its_own_figures_in_any_order() -> None:
    parts = [
        figures([40.0, 42, 41, 45, 47, 50], 2014, municipality="1103"),
        figures([30.0, 33, 31, 35, 36, 39, 38], 2011, municipality="0301"),
        figures([30.0, 28, 27, 29, 22], measure="down", municipality="0301"),
        figures([9.0, 8, 7, 6], 2010, measure="down", municipality="1103"),
    ]
    aims = [("up", "0301", 60.0, 2028), ("up", "1103", 55.0, None), ("down", "0301", 20.0, 2040)]
    goals = pd.DataFrame(aims, columns=["measure", "municipality", "target", "year"])
    goals = goals.astype({"year": "Int64"})
    mixed = pd.concat(parts, ignore_index=True).sample(frac=1, random_state=3)
    rows = verdicts(mixed, goals, MEASURES)
    # One has no figure from 2015 on.
    assert list(zip(rows["measure"], rows["municipality"], rows["target_year"], strict=True)) == [
        ("down", "0301", 2040),
        ("up", "0301", 2028),
        ("up", "1103", 2030),
    ]
    alone = [verdicts(parts[at], goals, MEASURES) for at in (2, 1, 0)]
    pooled = ["worst", "sdsn", "sdsn_ratio", "agree"]
    expected = pd.concat(alone, ignore_index=True).drop(columns=pooled)
    pd.testing.assert_frame_equal(rows.drop(columns=pooled), expected)


def test_a_target_without_a_year_is_for_the_horizon() -> None:
    row = verdicts(figures([40, 42]), goal(65.0, None), MEASURES, horizon=2040).iloc[0]
    assert row["target_year"] == 2040


@pytest.mark.parametrize(("year", "over"), [(2016, True), (2017, True), (2018, False)])
def test_a_target_year_is_over_with_its_own_figure(year: int, over: bool) -> None:
    row = verdicts(figures([40, 42, 44]), goal(65.0, year), MEASURES).iloc[0]
    assert pd.isna(row["target"]) == over


def test_less_growth_is_asked_near_the_upper_bound() -> None:
    """1.2 % a year is short of 1.5 %, but not where 80 of 100 is reached already."""
    values = [80 * 1.012**year for year in range(6)]
    near = verdicts(figures(values), goal(None), MEASURES).iloc[0]
    free = verdicts(figures(values, measure="down"), goal(None), MEASURES.assign(direction=1))
    assert near["limit"] == 100 and near["eurostat"] == "substantial_progress"
    assert free.iloc[0]["eurostat"] == "moderate_progress"


def test_rates_of_growth_have_no_growth_to_be_judged() -> None:
    rows = pd.concat([figures([2.0, 3, 4, 5], measure=measure) for measure in ("up", "rate")])
    judged = verdicts(rows, goal(None), MEASURES).set_index("measure")
    assert judged.loc["rate", ["eurostat", "unsd"]].tolist() == ["not_available"] * 2
    assert "not_available" not in set(judged.loc["up", ["eurostat", "unsd"]])
    assert judged["germany"].tolist() == ["sun", "sun"]


@pytest.mark.parametrize(
    ("measure", "values", "target", "special"),
    [
        ("rate", [2.0], 1.0, "growth"),
        ("up", [50.0], 45.0, "single"),
        ("up", [-1.0, 2], None, "sign"),
        ("up", [1.0, 2], -5.0, "sign"),
        ("up", [0.0, 2], 1.0, "zero"),
        ("up", [2.0, 0], None, "zero"),
        ("up", [-2.0, -1], 0.0, "zero"),
        ("up", [-2.0, 0], None, "zero"),
        ("up", [45.0, 44], 45.0, "lost"),
        ("up", [44.0, 45], 45.0, "met"),
        ("up", [46.0, 45], 45.0, "met"),
        ("down", [44.0, 46], 45.0, "lost"),
        ("down", [46.0, 44], 45.0, "met"),
        ("up", [40.0, 44], 45.0, ""),
        ("up", [40.0, 44], None, ""),
        ("up", [0.5, 0.7], 0.9, ""),
    ],
)
def test_what_is_out_of_the_ordinary_is_named(
    measure: str, values: list[float], target: float | None, special: str
) -> None:
    goals = goal(target).assign(measure=measure)
    row = verdicts(figures(values, measure=measure), goals, MEASURES).iloc[0]
    assert row["special"] == special


def test_it_takes_two_methods_to_agree() -> None:
    for values, methods in (([5.0], 0), ([0.0, 10], 1)):
        row = verdicts(figures(values), goal(None), MEASURES).iloc[0]
        assert sum(row[name] != "not_available" for name in SENSE) == methods
        assert row["agree"] is pd.NA
    assert verdicts(figures([10.0, 12]), goal(None), MEASURES)["agree"].tolist() == [True]


def test_an_earlier_verdict_leaves_out_figures_not_years() -> None:
    gaps = figures([40.0, 41, 43, 42, 47]).assign(year=[2015, 2016, 2018, 2021, 2024])
    other = figures([60.0, 58, 57, 51], municipality="1103")
    mixed = pd.concat([gaps, other], ignore_index=True).sample(frac=1, random_state=2)
    past = earlier(mixed, goal(65.0), MEASURES, back=(1, 3))
    assert past.columns.tolist() == ["measure", "municipality", "back", *SENSE]
    assert past.index.tolist() == [0, 1, 2, 3]
    for back in (1, 3):
        shorter = pd.concat([gaps[:-back], other[:-back]])
        then = verdicts(shorter, goal(65.0), MEASURES)
        found = past[past["back"] == back].reset_index(drop=True)
        assert found[["municipality", *SENSE]].equals(then[["municipality", *SENSE]])


def test_a_rate_of_growth_gets_no_score_that_rests_on_growth() -> None:
    rates = MEASURES.assign(growth="yes")
    row = verdicts(figures([2.0, 2.5, 3, 3.5]), goal(5.0), rates).iloc[0]
    assert (row["special"], row["eurostat"], row["unsd"]) == (
        "growth",
        "not_available",
        "not_available",
    )
    assert row[["eurostat_ratio", "eurostat_score", "unsd_ratio", "unsd_score"]].isna().all()
    assert row["sdsn"] == "on_track", "which reckons with differences"
