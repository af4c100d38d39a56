"""Everything that is said of a municipality, side by side."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tables import (
    BAERUM,
    BERGEN,
    HEIM,
    NAMES,
    NO_BREAKS,
    OSLO,
    SKIEN,
    about,
    aim,
    figures,
    small,
)
from workbench.analysis.assessment import (
    assess,
    judgements,
    peer_range,
    projections,
    try_target,
)
from workbench.analysis.projection import project
from workbench.analysis.verdicts import SENSE
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.storage import cache


def test_peers_of_a_sum_are_not_compared(data: Dataset) -> None:
    range_ = peer_range(data.observations, data.measures, data.group("u4ssc"))
    sums = data.measures.loc[data.measures["aggregation"] == "sum", "measure"]
    assert not set(range_["measure"]) & set(sums)
    rows = assess(data, "Bærum", data.group("u4ssc")).set_index("measure")
    assert rows.at["population", "peers"] == 0 and rows.at["population", "place"] == ""


@pytest.mark.parametrize("measure", ["low_income_share", "fixed_broadband_100mbps"])
def test_a_target_that_is_tried_is_judged_as_one_that_holds(data: Dataset, measure: str) -> None:
    """The target that a series has already changes nothing but who set it."""
    group = data.group("county-telemark")
    known = assess(data, SKIEN, group).query("measure == @measure").reset_index(drop=True)
    beside = peer_range(data.observations, data.measures, [one for one in group if one != SKIEN])
    value, year = float(known.at[0, "target"]), int(known.at[0, "target_year"])
    rows, _ = try_target(data, SKIEN, measure, value, year, beside)
    said = ["target_scope", "target_basis_nb", "target_basis_en", "target_confidence"]
    assert rows[said].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        rows.drop(columns=said), known.drop(columns=said), check_dtype=False
    )


def test_a_target_cannot_be_tried_where_there_is_no_figure(data: Dataset) -> None:
    known = set(data.observations.query("municipality == @SKIEN")["measure"])
    missing = next(name for name in data.measures["measure"] if name not in known)
    with pytest.raises(UsageError, match="Skien"):
        try_target(
            data, SKIEN, missing, 1.0, 2030, peer_range(data.observations, data.measures, [])
        )


def test_the_peers_range_is_that_of_their_figures(data: Dataset) -> None:
    peers = data.group("u4ssc")[1:]
    figures = data.observations.query(
        "measure == 'voter_turnout_storting' and year == 2025 and municipality in @peers"
    )["value"]
    row = (
        assess(data, "Bærum", data.group("u4ssc"))
        .set_index("measure")
        .loc["voter_turnout_storting"]
    )
    assert row["peers"] == len(figures) == 11
    assert (row["peers_low"], row["peers_median"], row["peers_high"]) == (
        figures.min(),
        figures.median(),
        figures.max(),
    )
    assert row["place"] == "better"


def test_an_assessment_has_one_row_for_every_measure_with_figures(data: Dataset) -> None:
    for name in ("Bærum", "Skien", "Heim"):
        number = data.municipality(name)
        rows = assess(data, number, data.group("u4ssc"))
        own = data.observations[data.observations["municipality"] == number]
        assert rows["measure"].is_unique
        assert set(rows["measure"]) == set(own["measure"])


def test_a_target_bent_in_memory_bends_the_assessment(data: Dataset) -> None:
    bent = data.targets.assign(value=data.targets["value"].where(data.targets["kind"] == "cut", 1))
    skien = data.municipality("Skien")
    plain = assess(data, skien, []).set_index("measure").loc["low_income_share"]
    cut = data.targets.assign(value=data.targets["value"].where(data.targets["kind"] != "cut", 5))
    eased = assess(replace(data, targets=cut), skien, []).set_index("measure")
    assert eased.at["low_income_share", "chance"] > plain["chance"]
    assert (assess(replace(data, targets=bent), skien, [])["target"] == 1).any()


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep nothing of small tables in the cache of the real ones."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


def test_peers_are_counted_per_measure_and_year() -> None:
    known = pd.concat(
        [
            figures(first=2020, n0301=[1.0, 2], n4003=[5.0, 9], n4601=[6.0], n3201=[99.0, 99]),
            figures("total", first=2020, n0301=[7.0], n4003=[8.0]),
        ]
    )
    catalogue = pd.DataFrame([about(), about(measure="total", aggregation="sum")])
    rows = peer_range(known, catalogue, (OSLO, SKIEN, BERGEN))
    assert rows.to_dict("list") == {
        "measure": ["m", "m"],
        "year": [2020, 2021],
        "peers": [3, 2],
        "peers_low": [1, 2],
        "peers_median": [5, 5.5],
        "peers_high": [6, 9],
    }


WALKS = {
    "n0301": [3.0, 4, 4, 6, 7, 7, 9],
    "n3201": [5.0, 4, 6, 5, 6, 8, 7],
    "n4003": [8.0, 8, 7, 7, 6, 6, 5],
    "n4601": [2.0, 2, 3, 3, 3, 5, 4],
    "n5055": [6.0, 5, 6, 7, 6, 8, 9],
}


@pytest.mark.usefixtures("afresh")
def test_series_are_projected_to_the_year_of_their_primary_target(data: Dataset) -> None:
    names = {"late": 2035, "soon": 2028, "past": 2021, "open": pd.NA, "none": None}
    targets = [aim(9.0, measure=name, year=year) for name, year in names.items() if name != "none"]
    targets.append(aim(1.0, measure="late", year=2040, primary="no"))
    known = [figures(name, **WALKS) for name in names]
    catalogue = [about(measure=name, direction=-1) for name in names]
    rows = projections(small(data, known, *targets, catalogue=catalogue))
    assert rows.groupby("measure")["to_year"].unique().explode().to_dict() == {
        "late": 2035,
        "soon": 2028,
        "past": 2030,
        "open": 2030,
        "none": 2030,
    }
    reasons = rows.groupby("measure")["reason"].unique().explode().to_dict()
    none = {"past": "over", "none": "no target"}
    assert reasons == {"late": "", "soon": "", "open": "", **none}
    every = pd.concat(known, ignore_index=True)
    goal = rows[["measure", "municipality"]].assign(target=9.0)
    years = rows.set_index(["measure", "municipality"])["to_year"]
    plain = project(every, pd.DataFrame(catalogue), NO_BREAKS, years, goal)
    half = (plain["high95"] - plain["low95"]) / 2
    for column in ("projected", "low80", "high80", "low95", "high95"):
        digits = [1 - math.floor(math.log10(width)) for width in half]
        assert rows[column].tolist() == list(map(round, plain[column], digits))
    stated = rows["measure"].isin(["late", "soon", "open"])
    assert rows.loc[stated, "chance"].tolist() == pytest.approx(
        (1 - plain.loc[stated, "chance_above"]).tolist(), abs=0.005
    )


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    ("own", "others", "direction", "peers", "place"),
    [
        (5.0, [4.5, 4.9, 9.0], 1, 3, "better"),
        (5.0, [4.5, 5.5, 9.0], 1, 3, "worse"),
        (5.0, [4.5, 5.5, 9.0], -1, 3, "better"),
        (5.0, [4.5, 5.0, 9.0], 1, 3, "level"),
        (5.0, [4.5, 4.9], 1, 2, ""),
        (5.0, [4.5, 4.9, 9.0], 0, 3, ""),
    ],
)
def test_ones_place_is_against_the_median_of_three_peers_or_more(
    data: Dataset, own: float, others: list[float], direction: int, peers: int, place: str
) -> None:
    numbers = ["n4003", "n4601", "n5055"][: len(others)]
    known = figures(
        first=2020,
        n0301=[1.0, 1, own],
        **{name: [0.0, 0.0, value, 7.0] for name, value in zip(numbers, others, strict=True)},
    )
    rows = assess(
        small(data, [known], catalogue=[about(direction=direction)]),
        OSLO,
        [OSLO, SKIEN, BERGEN, HEIM],
    )
    row = rows.iloc[0]
    assert (row["peers"], row["place"]) == (peers, place)
    assert row["peers_median"] == pytest.approx(np.median(others))


def test_p_is_adjusted_for_the_tests_that_were_made(data: Dataset) -> None:
    rows = assess(data, BAERUM, [])
    made = rows[rows["n"] >= 5].sort_values("p", ascending=False)
    lowest = 1.0
    for place, row in enumerate(made.itertuples()):
        lowest = min(lowest, row.p * len(made) / (len(made) - place))
        assert row.q == pytest.approx(lowest)
    assert rows.loc[rows["n"] < 5, "q"].isna().all() and (rows["n"] < 5).any()


@pytest.mark.usefixtures("afresh")
def test_an_assessment_names_the_primary_target_and_where_it_is_from(data: Dataset) -> None:
    chosen = aim(10.0, year=2035, scope="national", confidence="low")
    row = assess(small(data, [figures(**WALKS)], aim(6.0, primary="no"), chosen), OSLO, []).iloc[0]
    told = {name: row[f"target_{name}"] for name in ("scope", "basis_nb", "basis_en", "confidence")}
    assert told == {name: chosen[name] for name in told}
    assert (row["target"], row["target_year"], row["target_gap"]) == (10, 2035, 1)
    assert row["target_required"] == pytest.approx(1 / 14) and not row["target_met"]
    assert row["to_year"] == 2035 and row["verdict"] == "open"
    assert row["projected"] >= 9 and 0.2 < row["chance"] < 0.8


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    ("targets", "reason", "verdict"),
    [
        ([], "no target", ""),
        ([aim(5.0)], "too few", "unknown"),
        ([aim(5.0, year=pd.NA)], "too few", "unknown"),
        ([aim(5.0, year=2016)], "over", ""),
    ],
)
def test_a_series_without_a_projection_is_too_short_for_one(
    data: Dataset, targets: list[dict[str, object]], reason: str, verdict: str
) -> None:
    known = figures(**WALKS | {"n0301": [3.0, 4]})
    row = assess(small(data, [known], *targets), OSLO, []).iloc[0]
    assert pd.isna(row["projected"])
    assert (row["reason"], row["verdict"]) == (reason, verdict)


@pytest.mark.usefixtures("afresh")
def test_published_verdicts_stand_beside_those_of_earlier_figures(data: Dataset) -> None:
    """On the newest level only: the break in 2016 leaves the first figure out."""
    breaks = pd.DataFrame({"measure": ["m"], "year": [2016]})
    full = small(data, [figures(**WALKS)], aim(10.0), breaks=breaks)
    row = assess(full, OSLO, []).iloc[0]
    assert (row["judged_direction"], row["base_year"], row["base"]) == (1, 2016, 4)
    now, _ = judgements(full)
    own = now.set_index("municipality").loc[OSLO]
    for method in SENSE:
        assert row[method] == own[method]
    assert (row["agree"], row["special"]) == (own["agree"], own["special"])
    for back in (1, 2, 3):
        cut = {name: values[:-back] for name, values in WALKS.items()}
        then, _ = judgements(small(data, [figures(**cut)], aim(10.0), breaks=breaks))
        then = then.set_index("municipality").loc[OSLO]
        assert [row[f"{method}_{back}"] for method in SENSE] == [then[method] for method in SENSE]


@pytest.mark.usefixtures("afresh")
def test_rounding_does_not_leave_the_bounds(data: Dataset) -> None:
    known = figures(n0301=[95.0, 96, 98, 99, 99.4], n3201=[97.0, 98, 97, 99, 99.3])
    catalogue = [about(lower_bound=0.0, upper_bound=99.55)]
    rows = projections(small(data, [known], aim(99.0), catalogue=catalogue))
    shown = rows[NAMES]
    assert (shown.max(axis=1) <= 99.55).all() and (shown["high95"] == 99.55).any()


@pytest.mark.usefixtures("afresh")
def test_ones_own_year_silences_nobody_else(data: Dataset) -> None:
    targets = [aim(9.0, year=2030), aim(9.5, year=2040, municipality=OSLO)]
    rows = projections(small(data, [figures(**WALKS)], *targets)).set_index("municipality")
    assert rows["to_year"].to_dict() == {OSLO: 2040, **dict.fromkeys(rows.index.drop(OSLO), 2030)}
    assert set(rows["reason"]) == {""} and rows["chance"].notna().all()


@pytest.mark.usefixtures("afresh")
def test_a_series_that_ended_before_a_break_is_not_projected(data: Dataset) -> None:
    longer = {name: [*values, 5.0, 6, 7, 6, 8] for name, values in WALKS.items()}
    known = figures(first=2010, **longer | {"n0301": [3.0, 4, 4, 6, 7, 7]})
    cut = pd.DataFrame({"measure": ["m"], "year": [2017]})
    data = replace(small(data, [known], aim(9.0)), breaks=cut)
    row = assess(data, OSLO, []).iloc[0]
    assert (row["n"], row["reason"], row["verdict"]) == (6, "ended", "unknown")
