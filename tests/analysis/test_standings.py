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

from workbench.analysis import levels, standings
from workbench.briefs.view import View
from workbench.dataset import Dataset, load

SKIEN, UTSIRA, HARAM, RANA = "4003", "1151", "1580", "1833"

#: Measures that municipalities all over the country have recent figures and a target for.
AIMED = ["low_income_share", "fixed_broadband_1gbps"]

#: Measures whose target is a cut from each municipality's own figure.
DERIVED = sorted(load().targets.query("kind == 'cut' and municipality.isna()")["measure"])


def row(**facts: Any) -> pd.DataFrame:
    """Return a series in the middle that has hardly moved, without a target, but for `facts`."""
    usual: dict[str, Any] = {
        **{"direction": 1, "n": 8, "slope": 0.1, "motion": "still", "level": "middle"},
        **{"old": False, "last_year": 2024, "lawful": pd.NA, "absolute": np.nan},
        **{"target": np.nan, "target_met": np.nan, "target_year": pd.NA, "required": np.nan},
    }
    return pd.DataFrame([usual | facts])


def aimed(**facts: Any) -> pd.DataFrame:
    """Return such a series that has to move one unit a year to its target in 2030."""
    usual = {"target": 50.0, "target_met": False, "target_year": 2030, "required": 1.0}
    return row(**usual | {"absolute": False} | facts)


def standing(rows: pd.DataFrame) -> str:
    return str(standings.judge(rows)["standing"].iloc[0])


# One series


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"motion": "better", "slope": 1.2}, "enough"),
        ({"motion": "better", "slope": 0.95}, "enough"),
        ({"motion": "better", "slope": 0.94}, "slow"),
        ({"motion": "still", "slope": 0.01}, "slow"),
        ({"motion": "worse", "slope": -0.5}, "away"),
        ({"target_met": True, "required": np.nan}, "met"),
        ({"n": 2, "motion": ""}, "level"),
        ({"level": "worst", "motion": "better", "slope": 2.0}, "first"),
        ({"level": "weak"}, "first"),
        ({"level": "best", "motion": "worse", "slope": -1.0}, "away"),
        ({"level": "worst", "n": 1, "motion": ""}, "first"),
        ({"level": "worst", "old": True}, "old"),
        ({"direction": 0, "level": "", "motion": ""}, "context"),
        ({"lawful": False}, "first"),
        ({"lawful": True, "target_met": True}, "met"),
    ],
)
def test_a_target_to_come_is_judged_by_level_and_pace(facts: dict[str, Any], word: str) -> None:
    assert standing(aimed(**facts)) == word


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"motion": "better"}, "better"),
        ({"motion": "worse"}, "worse"),
        ({}, "still"),
        ({"level": "best"}, "best"),
        ({"level": "best", "motion": "worse"}, "worse"),
        ({"level": "weak", "motion": "better"}, "first"),
        ({"motion": "", "n": 1}, "level"),
        ({"motion": "", "n": 1, "level": "best"}, "level"),
    ],
)
def test_without_a_target_level_and_motion_judge(facts: dict[str, Any], word: str) -> None:
    assert standing(row(**facts)) == word


def test_who_meets_a_target_that_is_the_same_for_all_is_not_first() -> None:
    low = {"level": "worst", "target_met": True}
    assert standing(aimed(**low, absolute=True)) == "met"
    assert standing(aimed(**low, absolute=False)) == "first", "its own start was as bad"


def test_a_target_whose_year_is_over_leaves_the_motion_to_judge_by() -> None:
    assert standing(aimed(target_year=2024, motion="worse")) == "worse"


@given(
    outcome=st.sampled_from(["rising", "falling", "unclear"]),
    chance=st.floats(0, 1),
    slope=st.floats(-2, 2),
    level=st.sampled_from(levels.LEVELS),
)
def test_no_word_follows_how_sure_it_is(
    outcome: str, chance: float, slope: float, level: str
) -> None:
    facts = {"slope": slope, "level": level, "motion": "better" if slope > 0 else "worse"}
    plain = standing(aimed(**facts))
    assert standing(aimed(**facts, outcome=outcome, chance=chance, q=1 - chance)) == plain


# All series


def flags(data: Dataset, measure: str) -> pd.DataFrame:
    """Return the newest figures of a measure, mirrored so that more is worse, and who is first."""
    rows = standings.judged(data)
    rows = rows[(rows["measure"] == measure) & ~rows["old"]]
    residents = data.observations.query("measure == 'population'").sort_values("year")
    size = residents.groupby("municipality")["value"].last()
    bad = -data.measure(measure)["direction"] * rows["last"]
    first = rows["standing"].eq("first")
    return rows.assign(bad=bad, first=first, size=rows["municipality"].map(size))


@pytest.mark.parametrize("measure", sorted({*DERIVED, *AIMED}))
def test_what_comes_first_follows_need_and_not_size(data: Dataset, measure: str) -> None:
    rows = flags(data, measure)
    assert abs(rows["first"].rank().corr(rows["size"].rank())) <= 0.15
    worst, best = rows["bad"].quantile(0.9), rows["bad"].quantile(0.25)
    assert rows.loc[rows["bad"] >= worst, "first"].mean() >= 0.9
    assert rows.loc[rows["bad"] <= best, "first"].mean() <= 0.15


@pytest.mark.parametrize("measure", AIMED)
def test_a_level_is_that_of_counting_municipalities_one_by_one(data: Dataset, measure: str) -> None:
    rows = flags(data, measure)
    year = rows["last_year"].max()
    rows = rows[rows["last_year"] == year]
    known = list(zip(rows["municipality"], rows["bad"], rows["size"], strict=True))
    middle = np.median([bad for _, bad, _ in known])
    for number, bad, size in known[::15]:
        others = sorted(
            (abs(math.log(size) - math.log(its)), at, its_bad)
            for at, (other, its_bad, its) in enumerate(known)
            if other != number
        )
        near = [its_bad for _, _, its_bad in others[:50]]
        worse = sum(its > bad for _, its, _ in known)
        better = sum(its < bad for _, its, _ in known)
        if bad > middle and worse < len(known) / 10:
            level = "worst"
        elif bad > middle and sum(its < bad for its in near) / 50 >= 2 / 3:
            level = "weak"
        else:
            level = "best" if better < len(known) / 4 and bad <= middle else "middle"
        assert rows.loc[rows["municipality"] == number, "level"].item() == level, number


def test_utsira_comes_first_for_low_income_and_rana_does_not(data: Dataset) -> None:
    rows = flags(data, "low_income_share").set_index("municipality")
    assert rows.loc[UTSIRA, ["last", "first", "tenth"]].tolist() == [15.9, True, 10.0]
    assert rows.loc[RANA, ["last", "first"]].tolist() == [7.5, False]


def test_directions_that_experts_do_not_agree_on_are_context(data: Dataset) -> None:
    rows = standings.judged(data).set_index("measure")
    contested = ["child_welfare_measures", "electricity_per_capita", "urban_density"]
    contested += ["household_electricity_per_capita", "tertiary_education_share"]
    for measure in contested:
        assert set(rows.loc[measure, "standing"]) <= {"context", "old"}, measure


def test_what_is_old_has_no_word_and_what_is_not_has_one(data: Dataset) -> None:
    rows = standings.judged(data)
    newest = data.observations["year"].max()
    assert (rows["standing"].eq("old") == (rows["last_year"] < newest - 4)).all()


def test_the_limit_of_the_law_stands_beside_the_health_criterion(data: Dataset) -> None:
    rows = standings.judged(data)
    fine = rows[rows["measure"] == "pm25_annual_mean"]
    assert set(fine["target"]) == {5.0} and set(fine["law"]) == {10.0}
    assert (fine["lawful"] == (fine["last"] <= 10)).all()


# All KPIs


@pytest.mark.parametrize("number", ["3201", SKIEN, UTSIRA, HARAM])
def test_every_kpi_stands_somewhere_and_only_one_without_figures_at_none(
    data: Dataset, number: str
) -> None:
    table = standings.standings(data, number)
    figures = data.observations[data.observations["municipality"] == number]
    about = data.measures[data.measures["measure"].isin(figures["measure"])]
    have = set(about.loc[about["relation"].isin(["direct", "proxy"]), "kpi"])
    assert list(table.loc[table["leads"], "kpi"]) == list(data.kpis.sort_values("number")["code"])
    assert set(table.loc[table["standing"] != "none", "kpi"]) == have
    newest = figures.sort_values("year").groupby("measure")["value"].last()
    held = table[table["standing"] != "none"]
    assert list(held["last"]) == list(newest.loc[held["measure"]])
    assert held["measure"].is_unique


def test_a_kpi_of_several_pollutants_has_them_all_and_counts_by_the_most_urgent(
    data: Dataset,
) -> None:
    table = standings.standings(data, "3201")
    air = table[table["kpi"] == "EN: EN: AQ: 1C"]
    assert {"pm25_annual_mean", "no2_annual_mean"} <= set(air["measure"])
    order = air["standing"].map(standings.STANDINGS.index)
    assert air.loc[air["leads"], "standing"].item() == standings.STANDINGS[order.min()]


@pytest.mark.parametrize("name", ["Bærum", "Asker", "Målselv"])
def test_what_stands_in_for_an_indicator_does_not_speak_over_it(data: Dataset, name: str) -> None:
    """A turnout at elections to the Storting says nothing where the local one is known."""
    table = standings.standings(data, data.municipality(name))
    turnout = table[table["kpi"] == "SC: SH: SI: 4C"].set_index("measure")
    assert turnout.loc["voter_turnout_local_count", "leads"]
    assert not turnout.loc["voter_turnout_storting", "leads"]
    for _, part in table[table["old"].eq(False)].groupby("kpi"):
        if "direct" in set(part["relation"]):
            assert part.loc[part["leads"], "relation"].isin(["direct"]).all()


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
        (int(kpi.goal), standings.SENSE[str(kpi.standing)])
        for kpi in table[table["leads"]].itertuples()
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
    """Return a row as `standings.ranked` takes it."""
    usual = dict.fromkeys(("performance", "tenth"), math.nan)
    about = {"goal": goal, "standing": standing, "sense": standings.SENSE[standing], "leads": True}
    return about | usual | facts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (kpi(17, "first"), kpi(1, "away")),
        (kpi(17, "worse"), kpi(1, "slow")),
        (kpi(17, "still"), kpi(1, "better")),
        (kpi(17, "met"), kpi(1, "level")),
        (kpi(17, "old"), kpi(1, "none")),
        (kpi(17, "first", tenth=10, performance=90), kpi(1, "first", tenth=8, performance=40)),
        (kpi(17, "first", tenth=8), kpi(1, "first")),
        (kpi(17, "slow", tenth=5, performance=40), kpi(1, "slow", tenth=5, performance=50)),
        (kpi(2, "none"), kpi(9, "none")),
    ],
    ids=["first", "worse", "watch", "on", "figures", "level", "compared", "distance", "number"],
)
def test_what_comes_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    for rows in ([first, second], [second, first]):
        ranks = standings.ranked(pd.DataFrame(rows))
        assert list(ranks["goal"]) == [first["goal"], second["goal"]]
        assert list(ranks["sense"]) == [first["sense"], second["sense"]]


def test_one_kpi_among_the_worst_is_not_hidden_by_others_on_course() -> None:
    rows = [kpi(3, "met")] * 9 + [kpi(3, "first"), kpi(4, "slow", performance=1.0)]
    ranks = standings.ranked(pd.DataFrame(rows))
    assert list(ranks["goal"]) == [3, 4]
    assert list(ranks["sense"]) == ["first", "watch"]
    assert (ranks.at[0, "on"], ranks.at[0, "first"], ranks.at[0, "kpis"]) == (9, 1, 10)


maybe = st.sampled_from([math.nan, 0.0, 0.1, 0.5, 1.0])
some_kpis = st.lists(
    st.builds(
        kpi,
        st.integers(1, 17),
        st.sampled_from(standings.STANDINGS),
        performance=maybe,
        tenth=maybe,
    ),
    min_size=1,
    max_size=25,
)


def by_hand(rows: list[dict[str, Any]]) -> list[int]:
    """Return the goals in order, worked out without pandas."""

    def last(value: float) -> tuple[bool, float]:
        return (math.isnan(value), 0.0 if math.isnan(value) else value)

    def place(kpi: dict[str, Any]) -> tuple[object, ...]:
        return (
            standings.URGENCY.index(kpi["sense"]),
            standings.STANDINGS.index(kpi["standing"]),
            last(-kpi["tenth"]),
            last(kpi["performance"]),
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
