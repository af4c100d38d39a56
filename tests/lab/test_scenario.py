"""A scene says what the brief says, until the analyst bends something."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.analysis.assessment import assess
from workbench.briefs import trends
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.lab.page import page
from workbench.lab.scenario import SIMILAR, Choice, Scenes

TURNOUT = "voter_turnout_storting"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def scenes(data: Dataset) -> Scenes:
    return Scenes(data)


def test_unbent_it_is_the_section_of_the_brief(data: Dataset, scenes: Scenes) -> None:
    view = wb.view(data, "Bærum")
    for _, row in trends.shown(view).iterrows():
        scene = scenes.of(Choice("Bærum", row["measure"]))
        assert scene.row is not None and scene.row.equals(row)
        assert trends.section(view, row) in page(scene)


@pytest.mark.parametrize("municipality", ["Trondheim", "Skien", "Utsira"])
def test_trying_the_target_that_holds_changes_nothing(
    data: Dataset, scenes: Scenes, municipality: str
) -> None:
    """Each number and each verdict is what the whole assessment says, by another way."""
    whole = assess(data, municipality, scenes.view(Choice(municipality, TURNOUT)).peers)
    aimed = whole[whole["target_year"].notna() & (whole["target_year"] > whole["last_year"])]
    assert len(aimed)
    told_apart = ["target_scope", "target_basis_nb", "target_basis_en", "target_confidence"]
    for _, expected in aimed.iterrows():
        choice = Choice(
            municipality,
            expected["measure"],
            target=float(expected["target"]),
            year=int(expected["target_year"]),
        )
        row = scenes.of(choice).row
        assert row is not None
        got, wanted = (each[whole.columns.drop(told_apart)] for each in (row, expected))
        pd.testing.assert_series_equal(got, wanted, check_names=False, check_index_type=False)


def test_a_lower_target_is_more_likely_reached(scenes: Scenes) -> None:
    chances = []
    for target in (80.0, 84.0, 88.0, 92.0):
        row = scenes.of(Choice("Trondheim", TURNOUT, target=target)).row
        assert row is not None
        assert (
            row["target_required"] == pytest.approx((target - row["last"]) / 5) or row["target_met"]
        )
        chances.append(row["chance"])
    assert chances == sorted(chances, reverse=True) and chances[0] > 0.5 > chances[-1]


def test_what_is_only_tried_is_said_to_be_tried(scenes: Scenes) -> None:
    said = plain(page(scenes.of(Choice("Trondheim", TURNOUT, target=88.0))))
    assert "Målet er 88,0 % innen 2030." in said
    assert "Målet er prøvd ut her. Ingen har vedtatt det." in said
    assert "prøvd ut" not in page(scenes.of(Choice("Trondheim", TURNOUT)))


def test_without_the_projection_there_is_no_word_of_it(scenes: Scenes) -> None:
    assert "Vårt beste anslag" in page(scenes.of(Choice("Trondheim", TURNOUT)))
    assert "Vårt beste anslag" not in page(scenes.of(Choice("Trondheim", TURNOUT, ahead=False)))


def test_peers_are_a_group_the_most_similar_or_picked(data: Dataset, scenes: Scenes) -> None:
    view = wb.view(data, "Bærum")
    assert scenes.of(Choice("Bærum", TURNOUT)).view.peers == view.peers
    assert scenes.of(Choice("Bærum", TURNOUT, "telemark")).view.group == "telemark"
    alike = scenes.of(Choice("Bærum", TURNOUT, SIMILAR))
    assert alike.view.peers == tuple(view.similar["municipality"])
    assert "kommunene som ligner mest" in page(alike)
    picked = scenes.of(Choice("Bærum", TURNOUT, ("Asker", "0301", "Bærum", "Asker"))).view
    assert picked.peers == ("3203", "0301"), "nobody twice, and not the municipality itself"


def test_a_ratio_scale_draws_other_pictures_of_the_same_figures(scenes: Scenes) -> None:
    plain, log = (
        trends.chart(scene.view, scene.row, scene.choice.log)  # type: ignore[arg-type]
        for scene in (
            scenes.of(Choice("Skien", "ghg_emissions_per_capita", log=value))
            for value in (False, True)
        )
    )
    assert plain != log
    assert plain.count("<use") == log.count("<use")


def test_what_is_missing_is_named(scenes: Scenes) -> None:
    said = page(scenes.of(Choice("Bærum", "voter_turnout_local")))
    assert "Vi har ingen tall for Bærum i denne tallserien. 17 andre kommuner har tall." in said
    assert "<svg" not in said


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("Trondhjem", TURNOUT), "Did you mean Trondheim?"),
        (Choice("Trondheim", "turnout"), "is not a measure"),
        (Choice("Trondheim", TURNOUT, "telmark"), "telemark"),
        (Choice("Trondheim", TURNOUT, target=101.0), "minst 0,0 % og høyst 100,0 %"),
        (Choice("Trondheim", TURNOUT, target=-1.0), "utenfor skalaen"),
        (Choice("Trondheim", TURNOUT, target=math.nan), "utenfor skalaen"),
        (Choice("Trondheim", TURNOUT, target=80.0, year=2025), "fra 2026 til 2100"),
        (Choice("Trondheim", TURNOUT, target=80.0, year=2200), "fra 2026 til 2100"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(scenes: Scenes, choice: Choice, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        scenes.of(choice)
    assert said in plain(str(refusal.value))


@given(
    target=st.floats(allow_nan=True, allow_infinity=True),
    year=st.integers(-(10**6), 10**6),
    log=st.booleans(),
)
def test_any_target_gives_a_page_or_a_sentence(
    scenes: Scenes, target: float, year: int, log: bool
) -> None:
    choice = Choice("Skien", "ghg_emissions_per_capita", target=target, year=year, log=log)
    try:
        assert "<svg" in page(scenes.of(choice))
    except UsageError as refusal:
        assert str(refusal).endswith(".")


def test_the_figures_stay_as_they_were(data: Dataset, scenes: Scenes) -> None:
    before = data.observations["value"].sum(), len(data.targets)
    scenes.of(Choice("Trondheim", TURNOUT, target=90.0, log=True, peers=SIMILAR))
    assert (data.observations["value"].sum(), len(data.targets)) == before
    assert np.isnan(wb.view(data, "Trondheim").assessed.set_index("measure").at[TURNOUT, "target"])
