"""Targets and the distance to them, against formulas written out by hand."""

import pandas as pd
import pytest

from analysis.tables import BERGEN, OSLO, SKIEN, aim, aims, figures, measures
from workbench.analysis.targets import distance, target_values
from workbench.dataset import Dataset


def of(data: Dataset, number: str) -> pd.DataFrame:
    return data.observations[data.observations["municipality"] == number]


def test_a_cut_counts_from_its_base_year(data: Dataset) -> None:
    number = data.municipality("Skien")
    rows = target_values(data.targets, of(data, number)).set_index("measure")
    income = data.series("low_income_share", number)
    assert rows.at["low_income_share", "target"] == pytest.approx(income.loc[2018] / 2)
    emissions = data.observations.query(
        "measure == 'ghg_emissions_per_capita' and municipality == @number"
    ).set_index("year")
    tonnes, residents = emissions.at[2009, "numerator"], emissions["denominator"].iloc[-1]
    expected = 0.45 * tonnes / residents
    assert rows.at["ghg_emissions_per_capita", "target"] == pytest.approx(expected)


def test_a_cut_without_figures_for_its_base_year_is_left_out(data: Dataset) -> None:
    number = data.municipality("Heim")  # has no figure for 2018
    rows = target_values(data.targets, of(data, number))
    assert "low_income_share" not in set(rows["measure"])


def test_a_municipalitys_own_target_comes_first(data: Dataset) -> None:
    own = data.targets[data.targets["measure"] == "pm25_annual_mean"].iloc[[0]]
    own = own.assign(municipality="3201", value=4.0, basis_nb="Kommunestyret", primary="yes")
    targets = pd.concat([data.targets, own], ignore_index=True)
    here = target_values(targets, of(data, "3201")).query("measure == 'pm25_annual_mean'")
    assert here.loc[here["primary"] == "yes", "target"].tolist() == [4.0]
    there = target_values(targets, of(data, "3203"))
    assert 4.0 not in set(there["target"])


@pytest.mark.parametrize(
    ("direction", "last", "gap", "met"),
    [(1, 8.0, 2.0, False), (-1, 8.0, -2.0, True), (1, 10.0, 0.0, True)],
)
def test_the_gap_is_what_is_left_in_the_good_direction(
    direction: int, last: float, gap: float, met: bool
) -> None:
    series_of = {"measure": ["m"], "municipality": ["0301"]}
    latest = pd.DataFrame({**series_of, "last": [last], "last_year": [2024]})
    targets = pd.DataFrame({**series_of, "target": [10.0], "year": [2030]})
    row = distance(latest, targets, measures(direction=direction)).iloc[0]
    assert (row["gap"], row["met"]) == (gap, met)
    if met:
        assert pd.isna(row["required"])
    else:
        assert row["required"] == pytest.approx((10 - last) / 6)


def test_targets_by_hand() -> None:
    """Levels hold as they are; cuts count from their base year, totals over today's residents."""
    known = figures(first=2009, n0301=[50.0, 44, 40], n4003=[30.0])
    known["numerator"] = [500.0, 450, 410, 330]
    known["denominator"] = [10.0, 11, 20, 11]
    targets = aims(
        aim(12.0, year=pd.NA),
        aim(20.0, kind="cut", base_year=2009),
        aim(55.0, kind="cut", base_year=2009, of="numerator"),
        aim(10.0, kind="cut", base_year=2010),
    )
    rows = target_values(targets, known.sample(frac=1, random_state=1))
    assert list(zip(rows["municipality"], rows["value"], rows["target"], strict=True)) == [
        (OSLO, 12, 12),
        (OSLO, 20, pytest.approx(40)),
        (OSLO, 55, pytest.approx(0.45 * 500 / 20)),
        (OSLO, 10, pytest.approx(39.6)),
        (SKIEN, 12, 12),
        (SKIEN, 20, pytest.approx(24)),
        (SKIEN, 55, pytest.approx(0.45 * 330 / 11)),
    ]
    kept = set(targets.columns) - {"municipality"}
    assert set(rows.columns) == {*kept, "municipality", "target", "own"}
    assert rows.index.tolist() == list(range(7))


def test_only_ones_own_target_displaces_the_common_one() -> None:
    known = pd.concat([figures(n0301=[1.0], n4003=[1.0]), figures("other", n0301=[1.0])])
    targets = aims(
        aim(5.0),
        aim(6.0, primary="no"),
        aim(7.0, municipality=OSLO),
        aim(8.0, measure="other"),
        aim(9.0, measure="other", municipality=BERGEN),
    )
    rows = target_values(targets, known)
    held = zip(rows["measure"], rows["municipality"], rows["target"], strict=True)
    assert dict(zip(held, zip(rows["primary"], rows["own"], strict=True), strict=True)) == {
        ("m", OSLO, 5): ("no", False),
        ("m", OSLO, 6): ("no", False),
        ("m", OSLO, 7): ("yes", True),
        ("m", SKIEN, 5): ("yes", False),
        ("m", SKIEN, 6): ("no", False),
        ("other", OSLO, 8): ("yes", False),
    }


@pytest.mark.parametrize(
    ("year", "required"), [(2023, None), (2024, None), (2025, 2.0), (2026, 1.0), (pd.NA, None)]
)
def test_a_pace_is_required_only_until_the_year_of_the_target(
    year: int, required: float | None
) -> None:
    key = {"measure": ["m"], "municipality": [OSLO]}
    latest = pd.DataFrame({**key, "last": [8.0], "last_year": [2024]})
    targets = pd.DataFrame({**key, "target": [10.0], "year": pd.array([year], dtype="Int64")})
    row = distance(latest, targets, measures()).iloc[0]
    assert (row["required"] == required) if required else pd.isna(row["required"])
