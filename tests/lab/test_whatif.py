"""The two what-ifs, against figures reckoned by hand."""

import numpy as np
import pandas as pd
import pytest

from workbench.dataset import Dataset
from workbench.lab import whatif
from workbench.lab.page import page
from workbench.lab.scenario import Choice, Scenes

TURNOUT = "voter_turnout_storting"


@pytest.fixture(scope="module")
def scenes(data: Dataset) -> Scenes:
    return Scenes(data)


def series(data: Dataset, measure: str, number: str) -> pd.Series:
    return data.series(measure, number)


def slopes(data: Dataset, measure: str, peers: tuple[str, ...]) -> list[float]:
    """Return the mean yearly change of each peer with five figures, from its ends."""
    found = []
    for peer in peers:
        own = series(data, measure, peer)
        if len(own) >= 5:
            found.append((own.iloc[-1] - own.iloc[0]) / (own.index[-1] - own.index[0]))
    return found


def test_the_pace_of_the_best_tenth(data: Dataset, scenes: Scenes) -> None:
    scene = scenes.of(Choice("Trondheim", TURNOUT, target=88.0))
    assert scene.row is not None
    pace = whatif.like_best(scene.view, scene.row)
    assert pace is not None
    paces = slopes(data, TURNOUT, scene.view.peers)
    change = np.quantile(paces, 0.9)
    assert (pace.peers, pace.relative, pace.year) == (len(paces), False, 2030)
    assert pace.change == pytest.approx(change)
    own = series(data, TURNOUT, "5001")
    assert pace.value == pytest.approx(own.loc[2025] + 5 * change)
    assert pace.met is (pace.value >= 88)


def test_what_cannot_fall_below_zero_moves_by_a_share_of_itself(
    data: Dataset, scenes: Scenes
) -> None:
    measure = "ghg_emissions_per_capita"
    scene = scenes.of(Choice("Skien", measure))
    assert scene.row is not None
    pace = whatif.like_best(scene.view, scene.row)
    assert pace is not None and pace.relative
    rates = []
    for peer in scene.view.peers:
        own = series(data, measure, peer)
        rates.append((own.iloc[-1] / own.iloc[0]) ** (1 / (own.index[-1] - own.index[0])) - 1)
    rate = np.exp(np.quantile(np.log1p(rates), 0.1)) - 1
    assert pace.change == pytest.approx(100 * rate)
    own = series(data, measure, "4003")
    assert pace.value == pytest.approx(own.iloc[-1] * (1 + rate) ** (2030 - own.index[-1]))


def test_how_many_moved_as_fast_as_is_needed(data: Dataset, scenes: Scenes) -> None:
    scene = scenes.of(Choice("Trondheim", TURNOUT, target=84.0))
    assert scene.row is not None
    needed = whatif.needed(scene.view, scene.row)
    own = series(data, TURNOUT, "5001")
    paces = slopes(data, TURNOUT, scene.view.peers)
    change = (84 - own.loc[2025]) / 5
    assert needed is not None and needed.change == pytest.approx(change)
    assert (needed.peers, needed.as_fast) == (len(paces), sum(pace >= change for pace in paces))


def test_a_target_that_is_met_needs_nothing(scenes: Scenes) -> None:
    scene = scenes.of(Choice("Trondheim", TURNOUT, target=70.0))
    assert scene.row is not None and whatif.needed(scene.view, scene.row) is None


@pytest.mark.parametrize(
    ("measure", "peers"),
    [
        ("population", ""),  # has no good direction
        ("ghg_road_traffic", ""),  # grows with the municipality
        ("life_expectancy", ""),  # each value covers several years
        (TURNOUT, ("Oslo", "Asker")),  # a tenth of two is nobody
    ],
)
def test_no_pace_is_made_up(scenes: Scenes, measure: str, peers: str | tuple[str, ...]) -> None:
    scene = scenes.of(Choice("Skien", measure, peers))
    assert scene.row is not None and whatif.like_best(scene.view, scene.row) is None


def test_the_value_stays_on_the_scale(data: Dataset, scenes: Scenes) -> None:
    for number in ("3201", "5001", "4003"):
        for measure in data.measures["measure"]:
            scene = scenes.of(Choice(number, measure))
            if scene.row is not None and (pace := whatif.like_best(scene.view, scene.row)):
                low, high = scene.row["lower_bound"], scene.row["upper_bound"]
                assert not (pace.value < low or pace.value > high)


def test_it_is_called_a_calculation(scenes: Scenes) -> None:
    said = page(scenes.of(Choice("Trondheim", TURNOUT, target=88.0)))
    assert "Dette er et regnestykke, ikke et anslag." in said
    assert "For å komme til 88,0 % i 2030 må tallet øke med 1,12 prosentpoeng hvert år." in (
        said.replace("\N{NO-BREAK SPACE}", " ")
    )
