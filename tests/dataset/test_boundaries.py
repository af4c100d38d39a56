"""Today's boundaries: figures are added up and never made up."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataset import Dataset
from workbench.dataset.boundaries import REASONS, check_today, check_totals, harmonise

# Turnout in per cent: the Norwegian Directorate of Elections' counts, added up by hand.
BAERUM = {2009: 83.2054, 2013: 85.0726, 2017: 85.0711, 2021: 83.8631, 2025: 86.2462}


def test_baerum_kept_its_boundaries_under_three_numbers(data: Dataset) -> None:
    series = data.series("voter_turnout_storting", "Bærum")
    assert series.round(4).to_dict() == BAERUM


@pytest.mark.parametrize(
    ("municipality", "year", "turnout", "sources"),
    [
        ("Asker", 2017, 83.2916, "0220+0627+0628"),
        ("Stavanger", 2017, 78.6019, "1103+1141+1142"),
        ("Trondheim", 2013, 80.6259, "1601+1662"),
    ],
)
def test_merged_municipalities_are_votes_over_voters(
    data: Dataset, municipality: str, year: int, turnout: float, sources: str
) -> None:
    number = data.municipality(municipality)
    rows = data.observations.query(
        "measure == 'voter_turnout_storting' and municipality == @number and year == @year"
    )
    assert rows["value"].item() == pytest.approx(turnout, abs=5e-5)
    assert rows["sources"].item() == sources
    assert rows["origin"].item() == "ratio of sums"
    parts = data.published[
        data.published["municipality"].isin(sources.split("+"))
        & (data.published["measure"] == "voter_turnout_storting")
        & (data.published["year"] == year)
    ]
    by_hand = 100 * parts["numerator"].sum() / parts["denominator"].sum()
    assert rows["value"].item() == pytest.approx(by_hand)


@pytest.mark.parametrize("name", ["Ålesund", "Haram", "Heim", "Hitra", "Orkland", "Narvik"])
def test_a_split_municipality_has_no_figure_before_and_says_why(data: Dataset, name: str) -> None:
    number = data.municipality(name)
    series = data.series("voter_turnout_storting", number)
    aside = data.set_aside.query("measure == 'voter_turnout_storting' and municipality == @number")
    assert 2017 not in series.index
    assert set(aside["reason"]) == {"split"}
    assert {2009, 2013, 2017} <= set(aside["year"])


def test_a_figure_printed_under_old_and_new_number_counts_once(data: Dataset) -> None:
    # 0219 and 3024 are both printed for 2016: the same 1,508 pupils.
    rows = data.observations.query(
        "measure == 'lower_secondary_grade_points' and municipality == '3201' and year == 2016"
    )
    assert rows["denominator"].item() == 1508
    assert rows["value"].item() == 44.0
    # Trondheim: 1601 and 5001 stand for the old city, 5030 for Klæbu under its later number.
    row = data.observations.query(
        "measure == 'lower_secondary_grade_points' and municipality == '5001' and year == 2016"
    )
    assert row["denominator"].item() == 1947 + 86
    assert row["origin"].item() == "weighted mean"


def test_no_municipality_has_two_figures_for_a_year(data: Dataset) -> None:
    assert not data.observations.duplicated(["measure", "municipality", "year"]).any()
    assert set(data.observations["municipality"]) <= set(data.municipalities["number"])


def test_a_mean_without_weights_is_not_invented(data: Dataset) -> None:
    assert data.series("registered_unemployment_november", "Asker").empty
    aside = data.set_aside.query(
        "measure == 'registered_unemployment_november' and municipality == '3203'"
    )
    assert set(aside["reason"]) == {"no weights"}


def test_every_reason_is_a_known_one(data: Dataset) -> None:
    assert set(data.set_aside["reason"]) <= set(REASONS)


def test_norway_has_the_same_totals_before_and_after(data: Dataset) -> None:
    """Counts of what is harmonised and what is set aside are the counts published, each once."""
    assert check_totals(data.published, data.observations, data.set_aside, data.measures) == []


def test_a_total_that_is_not_kept_is_named(data: Dataset) -> None:
    counted = data.published["measure"] == "voter_turnout_storting"
    published, about = data.published[counted], data.measures
    observations, aside = harmonise(published, data.municipality_history, about)
    assert check_totals(published, observations, aside, about) == []
    lost = observations.drop(observations.index[observations["year"] == 2021][0])
    (said,) = check_totals(published, lost, aside, about)
    assert said.startswith("voter_turnout_storting 2021: ")
    twice = pd.concat([observations, observations.iloc[[0]]])
    assert any("two figures" in each for each in check_totals(published, twice, aside, about))


def test_tables_agree_on_the_municipalities_of_today(data: Dataset) -> None:
    tables = {
        name: getattr(data, name) for name in ("municipalities", "municipality_history", "groups")
    }
    assert check_today(tables) == []
    fewer = {**tables, "municipalities": data.municipalities.iloc[1:]}
    assert check_today(fewer) == ["0301 is in only one of municipalities and history."]
    alone = {**tables, "groups": data.groups[data.groups["municipality"] != "0301"]}
    assert check_today(alone) == ["0301 is in no county's group."]


HISTORY = ["number", "name", "first_year", "last_year", "municipality", "split", "renumbers"]


def history_of(merged: int, renumbered: bool) -> pd.DataFrame:
    """Return a country of one municipality, merged from so many in 2020, renumbered in 2024."""
    old = [f"01{n:02d}" for n in range(merged)]
    rows = [(n, n, 1964, 2019, "3301", "no", None) for n in old]
    if merged == 1:
        rows = [(old[0], "A", 1964, 2023 if renumbered else None, "3301", "no", None)]
        new = (old[0], None)
    else:
        rows.append(("3001", "A", 2020, 2023 if renumbered else None, "3301", "no", None))
        new = ("3001", None)
    if renumbered:
        rows.append(("3301", "A", 2024, None, "3301", "no", new[0]))
    table = pd.DataFrame(rows, columns=HISTORY)
    last = rows[-1][0]
    return table.assign(municipality=last, last_year=table["last_year"].astype("Int64"))


def figures_of(history: pd.DataFrame, years: list[int], counts: list[int]) -> pd.DataFrame:
    rows = []
    for at, year in enumerate(years):
        valid = history[
            (history["first_year"] <= year) & (history["last_year"].fillna(9999) >= year)
        ]
        for number in valid["number"]:
            count = counts[(at + int(number)) % len(counts)]
            rows.append(("votes", number, year, float(count), math.nan, math.nan, None))
    columns = ["measure", "municipality", "year", "value", "numerator", "denominator", "status"]
    return pd.DataFrame(rows, columns=columns)


SUM = pd.DataFrame(
    {"measure": ["votes"], "aggregation": ["sum"], "scale": [float("nan")], "boundaries": ["year"]}
)


@settings(max_examples=60, deadline=None)
@given(
    merged=st.integers(1, 4),
    renumbered=st.booleans(),
    counts=st.lists(st.integers(0, 10**6), min_size=1, max_size=7),
)
def test_any_merger_and_renumbering_keeps_the_total(
    merged: int, renumbered: bool, counts: list[int]
) -> None:
    history = history_of(merged, renumbered)
    published = figures_of(history, [2017, 2019, 2021, 2025], counts)
    observations, set_aside = harmonise(published, history, SUM)
    assert set_aside.empty
    after = observations.groupby("year")["value"].sum()
    pd.testing.assert_series_equal(after, published.groupby("year")["value"].sum())
    assert set(observations["municipality"]) == {history["municipality"].iloc[0]}


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4))
def test_a_pure_renumbering_changes_no_value(values: list[float]) -> None:
    history = history_of(merged=1, renumbered=True)
    published = figures_of(history, [2017, 2019, 2021, 2025], [1]).assign(value=values)
    for way in ("sum", "mean"):
        observations, _ = harmonise(published, history, SUM.assign(aggregation=way))
        assert observations["value"].tolist() == values


def test_a_missing_part_leaves_the_whole_without_figure() -> None:
    history = history_of(merged=3, renumbered=False)
    published = figures_of(history, [2019], [5]).iloc[:2]
    observations, set_aside = harmonise(published, history, SUM)
    assert observations.empty
    assert set_aside["reason"].tolist() == ["incomplete"]
    assert set_aside["sources"].item() == "0100+0101"


def test_a_figure_that_the_source_gives_for_the_merged_whole_is_used() -> None:
    history = history_of(merged=3, renumbered=True)
    published = pd.DataFrame(
        [("votes", "3001", 2018, 9.0, math.nan, math.nan, None)],
        columns=["measure", "municipality", "year", "value", "numerator", "denominator", "status"],
    )
    observations, set_aside = harmonise(published, history, SUM)
    assert observations[["municipality", "value", "sources"]].values.tolist() == [
        ["3301", 9.0, "3001"]
    ]
    assert set_aside.empty


def test_one_preliminary_part_makes_the_sum_preliminary() -> None:
    history = history_of(merged=2, renumbered=False)
    published = figures_of(history, [2019], [4]).assign(status=[None, "preliminary"])
    observations, _ = harmonise(published, history, SUM)
    assert observations["status"].tolist() == ["preliminary"]
