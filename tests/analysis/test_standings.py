"""Where each KPI stands, and the order in which the UN goals ask for a decision."""

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from workbench.analysis import standings
from workbench.analysis.assessment import projections
from workbench.briefs.view import View
from workbench.dataset import Dataset

SKIEN, UTSIRA, HARAM = "4003", "1151", "1580"


def row(**facts: Any) -> pd.DataFrame:
    """Return a series without target whose direction is unclear, but for `facts`."""
    usual: dict[str, Any] = {
        **{"verdict": "", "reading": "", "outcome": "unclear", "n": 8},
        **{"target": np.nan, "target_met": np.nan, "reason": "no target"},
    }
    return pd.DataFrame([usual | facts])


# One KPI


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({"target": 5.0, "verdict": "unlikely", "reason": ""}, "off"),
        ({"target": 5.0, "verdict": "away", "reason": "", "reading": "worse"}, "off"),
        ({"target": 5.0, "verdict": "unlikely", "reason": "", "reading": "better"}, "off"),
        ({"target": 5.0, "verdict": "open", "reason": ""}, "open"),
        ({"target": 5.0, "verdict": "likely", "reason": ""}, "likely"),
        ({"target": 5.0, "verdict": "met", "reason": "", "target_met": True}, "met"),
        ({"target": 5.0, "verdict": "unknown", "reason": "too few", "n": 3}, "unknown"),
        ({"reading": "worse", "outcome": "falling"}, "worse"),
        ({"reading": "better", "outcome": "rising"}, "better"),
        ({"reading": "neutral", "outcome": "rising"}, "unclear"),
        ({"outcome": "unchanged"}, "unclear"),
        ({"outcome": "short", "n": 4}, "unknown"),
        ({"outcome": "overlapping"}, "unknown"),
        ({"outcome": "too few", "n": 2}, "unknown"),
        ({"verdict": None, "reason": None, "outcome": "too few", "n": 1}, "unknown"),
    ],
)
def test_a_kpi_stands_where_its_target_or_else_its_direction_puts_it(
    facts: dict[str, Any], standing: str
) -> None:
    assert standings._standing(row(**facts), pd.Series([False])) == [standing]


def test_a_target_whose_year_is_over_leaves_the_direction_to_judge_by() -> None:
    late = row(target=5.0, reason="over", reading="worse", outcome="falling")
    assert standings._standing(late, pd.Series([False])) == ["worse"]


@pytest.mark.parametrize(("n", "standing"), [(4, "unknown"), (5, "met")])
def test_a_target_met_by_the_same_figure_for_years_is_met(n: int, standing: str) -> None:
    same = row(
        **{"target": 100.0, "target_met": True, "outcome": "unchanged", "n": n},
        **{"verdict": "unknown", "reason": "unchanged"},
    )
    assert standings._standing(same, pd.Series([True])) == [standing]
    missed = same.assign(target_met=False)
    assert standings._standing(missed, pd.Series([False])) == ["unknown"]


def test_a_figure_that_never_left_the_best_end_of_its_scale_is_no_open_question() -> None:
    same = row(outcome="unchanged")
    assert standings._standing(same, pd.Series([True])) == ["best"]
    assert standings._standing(same, pd.Series([False])) == ["unclear"]
    assert standings._standing(row(), pd.Series([True])) == ["unclear"], "it was not always so"


def test_water_in_skien_has_been_as_good_as_can_be(data: Dataset) -> None:
    for measure in ("drinking_water_supply_stability", "drinking_water_hygienic"):
        assert set(data.series(measure, SKIEN)) == {100.0}
    table = standings.standings(data, SKIEN).set_index("measure")["standing"]
    assert table["drinking_water_supply_stability"] == "best", "there is no target"
    assert table["drinking_water_hygienic"] == "met"


def test_what_has_a_chance_stands_by_it_in_every_municipality(data: Dataset) -> None:
    ahead = projections(data)[["measure", "municipality", "chance", "verdict"]]
    rows = standings.judged(data).drop(columns=["chance", "verdict"])
    rows = rows.merge(ahead, on=["measure", "municipality"])
    told = rows[rows["chance"].notna()]
    assert len(told) > 300
    assert (told.loc[told["chance"] <= 0.2, "standing"] == "off").all()
    assert (told.loc[told["standing"] == "off", "chance"] <= 0.2).all()
    assert (told.loc[told["chance"] >= 0.8, "standing"].isin(["likely", "met"])).all()
    between = told[(told["chance"] > 0.2) & (told["chance"] < 0.5)]
    assert (between["standing"] == "open").all()
    untold = rows[rows["chance"].isna()]
    assert not untold["standing"].isin(["off", "open", "likely"]).any()


# All KPIs


@pytest.mark.parametrize("number", ["3201", SKIEN, UTSIRA, HARAM])
def test_every_kpi_stands_somewhere_and_only_one_without_figures_at_none(
    data: Dataset, number: str
) -> None:
    table = standings.standings(data, number)
    figures = data.observations[data.observations["municipality"] == number]
    about = data.measures[data.measures["measure"].isin(figures["measure"])]
    have = set(about.loc[about["relation"].isin(["direct", "proxy"]), "kpi"])
    assert list(table["kpi"]) == list(data.kpis.sort_values("number")["code"])
    assert set(table.loc[table["standing"] != "none", "kpi"]) == have
    newest = figures.sort_values("year").groupby("measure")["value"].last()
    held = table[table["standing"] != "none"]
    assert list(held["last"]) == list(newest.loc[held["measure"]])


def test_those_of_everybody_are_those_of_each_and_follow_what_they_are_made_from(
    data: Dataset,
) -> None:
    every = standings.every_standing(data)
    own = every[every["municipality"] == SKIEN].drop(columns="municipality")
    assert_frame_equal(
        own.reset_index(drop=True), standings.standings(data, SKIEN).reset_index(drop=True)
    )
    kpis = data.kpis.assign(name_en="another name")
    assert set(standings.every_standing(replace(data, kpis=kpis))["name_en"]) == {"another name"}
    few = replace(data, municipalities=data.municipalities.head(2))
    assert standings.every_standing(few)["municipality"].nunique() == 2


def test_each_standing_has_one_sense() -> None:
    assert set(standings.SENSE) == set(standings.STANDINGS)
    assert set(standings.SENSE.values()) == set(standings.SENSES) == set(standings.URGENCY)
    assert len(standings.URGENCY) == len(set(standings.URGENCY))


# Goals


def test_goals_count_their_kpis_by_sense(data: Dataset) -> None:
    table = standings.standings(data, SKIEN)
    counts = standings.by_goal(table).set_index("goal")
    counted = Counter(
        (int(kpi.goal), standings.SENSE[str(kpi.standing)]) for kpi in table.itertuples()
    )
    for goal in range(1, 18):
        of = {sense: counted[goal, sense] for sense in standings.SENSES}
        if not sum(of.values()):
            assert goal not in counts.index and goal in (5, 12, 15)
            continue
        assert {sense: counts.at[goal, sense] for sense in standings.SENSES} == of
        assert counts.at[goal, "kpis"] == sum(of.values())
        assert counts.at[goal, "known"] == sum(of.values()) - of["none"]


def kpi(goal: int, standing: str, **facts: float) -> dict[str, Any]:
    """Return a row as `goals.ranked` takes it."""
    usual = dict.fromkeys(("performance", "chance", "q", "n", "slope", "direction"), math.nan)
    return {
        "goal": goal,
        "standing": standing,
        "sense": standings.SENSE[standing],
        **usual,
        **facts,
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (kpi(17, "off"), kpi(1, "open")),
        (kpi(17, "open"), kpi(1, "unclear")),
        (kpi(17, "unclear"), kpi(1, "better")),
        (kpi(17, "met"), kpi(1, "unknown")),
        (kpi(17, "unknown"), kpi(1, "none")),
        (kpi(17, "off", performance=90), kpi(1, "worse")),
        (kpi(17, "off", performance=40, chance=0.2), kpi(1, "off", performance=50, chance=0)),
        (kpi(17, "off", performance=40, chance=0.1), kpi(1, "off", performance=40, chance=0.2)),
        (kpi(17, "worse", q=0.001, n=5), kpi(1, "worse", q=0.01, n=20)),
        (kpi(17, "worse", q=0.01, n=20), kpi(1, "worse", q=0.01, n=5)),
        (
            kpi(17, "unclear", slope=2, direction=-1),
            kpi(1, "unclear", slope=2, direction=1),
        ),
        (kpi(2, "none"), kpi(9, "none")),
    ],
    ids=[
        *("off", "target", "open", "on", "figures", "distance known", "distance", "chance"),
        *("q", "figures more", "direction", "number"),
    ],
)
def test_what_comes_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    for rows in ([first, second], [second, first]):
        ranks = standings.ranked(pd.DataFrame(rows))
        assert list(ranks["goal"]) == [first["goal"], second["goal"]]
        assert list(ranks["sense"]) == [first["sense"], second["sense"]]


def test_one_kpi_off_the_way_is_not_hidden_by_others_that_are_on_it() -> None:
    rows = [kpi(3, "met")] * 9 + [kpi(3, "worse"), kpi(4, "open", performance=1.0)]
    ranks = standings.ranked(pd.DataFrame(rows))
    assert list(ranks["goal"]) == [3, 4]
    assert list(ranks["sense"]) == ["off", "open"]
    assert (ranks.at[0, "on"], ranks.at[0, "off"], ranks.at[0, "kpis"]) == (9, 1, 10)


maybe = st.sampled_from([math.nan, 0.0, 0.1, 0.5, 1.0])
some_kpis = st.lists(
    st.builds(
        kpi,
        st.integers(1, 17),
        st.sampled_from(standings.STANDINGS),
        **{key: maybe for key in ("performance", "chance", "q", "n", "slope")},
        direction=st.sampled_from([-1.0, 0.0, 1.0]),
    ),
    min_size=1,
    max_size=25,
)


def by_hand(rows: list[dict[str, Any]]) -> list[int]:
    """Return the goals in order, worked out without pandas."""

    def last(value: float) -> tuple[bool, float]:
        return (math.isnan(value), 0.0 if math.isnan(value) else value)

    def place(kpi: dict[str, Any]) -> tuple[object, ...]:
        way = kpi["slope"] * kpi["direction"]
        return (
            standings.URGENCY.index(kpi["sense"]),
            standings.STANDINGS.index(kpi["standing"]),
            *(last(kpi[key]) for key in ("performance", "chance", "q")),
            last(-kpi["n"]),
            last(math.copysign(1, way) if way else way),
            kpi["goal"],
        )

    return list(dict.fromkeys(kpi["goal"] for kpi in sorted(rows, key=place)))


@settings(max_examples=60)
@given(rows=some_kpis, data=st.data())
def test_the_order_is_that_of_the_rule_whatever_the_order_of_the_rows(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    table = pd.DataFrame(rows)
    ranks = standings.ranked(table)
    assert list(ranks["goal"]) == by_hand(rows)
    places = [standings.URGENCY.index(sense) for sense in ranks["sense"]]
    assert places == sorted(places)
    counts = standings.by_goal(table).set_index("goal").loc[ranks["goal"]].reset_index()
    assert_frame_equal(ranks.drop(columns="sense"), counts, check_names=False)
    mixed = table.loc[data.draw(st.permutations(list(table.index)))].reset_index(drop=True)
    assert_frame_equal(standings.ranked(mixed), ranks)


def test_a_view_holds_the_standings_of_its_municipality(baerum: View) -> None:
    assert_frame_equal(baerum.standings, standings.standings(baerum.data, "3201"))
