"""A scenario says what the brief says, until the analyst changes something; the what-ifs."""

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
from workbench.lab.scenario import SIMILAR, Choice, Scenarios, like_best, needed

TURNOUT = "voter_turnout_storting"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def scenarios(data: Dataset) -> Scenarios:
    return Scenarios(data)


def test_unbent_it_is_the_section_of_the_brief(data: Dataset, scenarios: Scenarios) -> None:
    view = wb.view(data, "Bærum")
    for _, row in trends.table(view).iterrows():
        scenario = scenarios.of(Choice("Bærum", row["measure"]))
        assert scenario.row is not None and scenario.row.equals(row)
        assert trends.section(view, row) in page(scenario)


@pytest.mark.parametrize("municipality", ["Trondheim", "Skien", "Utsira"])
def test_trying_the_target_that_holds_changes_nothing(
    data: Dataset, scenarios: Scenarios, municipality: str
) -> None:
    """Each number and each verdict is what the whole assessment says, by another way."""
    whole = assess(data, municipality, scenarios.view(Choice(municipality, TURNOUT)).peers)
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
        row = scenarios.of(choice).row
        assert row is not None
        got, wanted = (each[whole.columns.drop(told_apart)] for each in (row, expected))
        pd.testing.assert_series_equal(got, wanted, check_names=False, check_index_type=False)


def test_a_lower_target_is_more_likely_reached(scenarios: Scenarios) -> None:
    chances = []
    for target in (80.0, 84.0, 88.0, 92.0):
        row = scenarios.of(Choice("Trondheim", TURNOUT, target=target)).row
        assert row is not None
        assert (
            row["target_required"] == pytest.approx((target - row["last"]) / 5) or row["target_met"]
        )
        chances.append(row["chance"])
    assert chances == sorted(chances, reverse=True) and chances[0] > 0.5 > chances[-1]


def test_what_is_only_tried_is_said_to_be_tried(scenarios: Scenarios) -> None:
    said = plain(page(scenarios.of(Choice("Trondheim", TURNOUT, target=88.0))))
    assert "Måltallet er 88,0 % innen 2030." in said
    assert "Måltallet er prøvd ut her. Ingen har vedtatt det." in said
    assert "prøvd ut" not in page(scenarios.of(Choice("Trondheim", TURNOUT)))


def test_without_the_projection_there_is_no_word_of_it(scenarios: Scenarios) -> None:
    assert "Vårt beste anslag" in page(scenarios.of(Choice("Trondheim", TURNOUT)))
    assert "Vårt beste anslag" not in page(scenarios.of(Choice("Trondheim", TURNOUT, ahead=False)))


def test_peers_are_a_group_the_most_similar_or_picked(data: Dataset, scenarios: Scenarios) -> None:
    view = wb.view(data, "Bærum")
    assert scenarios.of(Choice("Bærum", TURNOUT)).view.peers == view.peers
    assert scenarios.of(Choice("Bærum", TURNOUT, "telemark")).view.group == "telemark"
    alike = scenarios.of(Choice("Bærum", TURNOUT, SIMILAR))
    assert alike.view.peers == tuple(view.similar["municipality"])
    assert "kommunene som ligner mest" in page(alike)
    picked = scenarios.of(Choice("Bærum", TURNOUT, ("Asker", "0301", "Bærum", "Asker"))).view
    assert picked.peers == ("3203", "0301"), "nobody twice, and not the municipality itself"


def test_a_ratio_scale_draws_other_pictures_of_the_same_figures(scenarios: Scenarios) -> None:
    plain, log = (
        trends.chart(scenario.view, scenario.row, scenario.choice.log)  # type: ignore[arg-type]
        for scenario in (
            scenarios.of(Choice("Skien", "ghg_emissions_per_capita", log=value))
            for value in (False, True)
        )
    )
    assert plain != log
    assert plain.count("<use") == log.count("<use")


def test_what_is_missing_is_named(scenarios: Scenarios) -> None:
    said = page(scenarios.of(Choice("Bærum", "voter_turnout_local")))
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
def test_what_cannot_be_is_refused_in_a_sentence(
    scenarios: Scenarios, choice: Choice, said: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        scenarios.of(choice)
    assert said in plain(str(refusal.value))


@given(
    target=st.floats(allow_nan=True, allow_infinity=True),
    year=st.integers(-(10**6), 10**6),
    log=st.booleans(),
)
def test_any_target_gives_a_page_or_a_sentence(
    scenarios: Scenarios, target: float, year: int, log: bool
) -> None:
    choice = Choice("Skien", "ghg_emissions_per_capita", target=target, year=year, log=log)
    try:
        assert "<svg" in page(scenarios.of(choice))
    except UsageError as refusal:
        assert str(refusal).endswith(".")


def test_the_figures_stay_as_they_were(data: Dataset, scenarios: Scenarios) -> None:
    before = data.observations["value"].sum(), len(data.targets)
    scenarios.of(Choice("Trondheim", TURNOUT, target=90.0, log=True, peers=SIMILAR))
    assert (data.observations["value"].sum(), len(data.targets)) == before
    assert np.isnan(wb.view(data, "Trondheim").assessed.set_index("measure").at[TURNOUT, "target"])


# The two what-ifs, against figures worked out by hand


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


def test_the_pace_of_the_best_tenth(data: Dataset, scenarios: Scenarios) -> None:
    scenario = scenarios.of(Choice("Trondheim", TURNOUT, target=88.0))
    assert scenario.row is not None
    pace = like_best(scenario.view, scenario.row)
    assert pace is not None
    paces = slopes(data, TURNOUT, scenario.view.peers)
    change = np.quantile(paces, 0.9)
    assert (pace.peers, pace.relative, pace.year) == (len(paces), False, 2030)
    assert pace.change == pytest.approx(change)
    own = series(data, TURNOUT, "5001")
    assert pace.value == pytest.approx(own.loc[2025] + 5 * change)
    assert pace.met is (pace.value >= 88)


def test_what_cannot_fall_below_zero_moves_by_a_share_of_itself(
    data: Dataset, scenarios: Scenarios
) -> None:
    measure = "ghg_emissions_per_capita"
    scenario = scenarios.of(Choice("Skien", measure))
    assert scenario.row is not None
    pace = like_best(scenario.view, scenario.row)
    assert pace is not None and pace.relative
    rates = []
    for peer in scenario.view.peers:
        own = series(data, measure, peer)
        rates.append((own.iloc[-1] / own.iloc[0]) ** (1 / (own.index[-1] - own.index[0])) - 1)
    rate = np.exp(np.quantile(np.log1p(rates), 0.1)) - 1
    assert pace.change == pytest.approx(100 * rate)
    own = series(data, measure, "4003")
    assert pace.value == pytest.approx(own.iloc[-1] * (1 + rate) ** (2030 - own.index[-1]))


def test_how_many_moved_as_fast_as_is_needed(data: Dataset, scenarios: Scenarios) -> None:
    scenario = scenarios.of(Choice("Trondheim", TURNOUT, target=84.0))
    assert scenario.row is not None
    enough = needed(scenario.view, scenario.row)
    own = series(data, TURNOUT, "5001")
    paces = slopes(data, TURNOUT, scenario.view.peers)
    change = (84 - own.loc[2025]) / 5
    assert enough is not None and enough.change == pytest.approx(change)
    assert (enough.peers, enough.as_fast) == (len(paces), sum(pace >= change for pace in paces))


def test_a_target_that_is_met_needs_nothing(scenarios: Scenarios) -> None:
    scenario = scenarios.of(Choice("Trondheim", TURNOUT, target=70.0))
    assert scenario.row is not None and needed(scenario.view, scenario.row) is None


@pytest.mark.parametrize(
    ("measure", "peers"),
    [
        ("population", ""),  # has no good direction
        ("ghg_road_traffic", ""),  # grows with the municipality
        ("life_expectancy", ""),  # each value covers several years
        (TURNOUT, ("Oslo", "Asker")),  # a tenth of two is nobody
    ],
)
def test_no_pace_is_made_up(
    scenarios: Scenarios, measure: str, peers: str | tuple[str, ...]
) -> None:
    scenario = scenarios.of(Choice("Skien", measure, peers))
    assert scenario.row is not None and like_best(scenario.view, scenario.row) is None


def test_the_value_stays_on_the_scale(data: Dataset, scenarios: Scenarios) -> None:
    for number in ("3201", "5001", "4003"):
        for measure in data.measures["measure"]:
            scenario = scenarios.of(Choice(number, measure))
            if scenario.row is not None and (pace := like_best(scenario.view, scenario.row)):
                low, high = scenario.row["lower_bound"], scenario.row["upper_bound"]
                assert not (pace.value < low or pace.value > high)


def test_it_is_called_a_calculation(scenarios: Scenarios) -> None:
    said = page(scenarios.of(Choice("Trondheim", TURNOUT, target=88.0)))
    assert "Dette er et regnestykke, ikke et anslag." in said
    assert "For å komme til 88,0 % i 2030 må tallet øke med 1,12 prosentpoeng hvert år." in (
        said.replace("\N{NO-BREAK SPACE}", " ")
    )
