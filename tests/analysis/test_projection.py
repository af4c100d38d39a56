"""Projections of all series: who has one, to which year, and within which bounds."""

import numpy as np
import pandas as pd
import pytest

from tests.analysis.test_motion import MISSING, YEARS, uneven
from workbench.analysis.motion import Motion, motion
from workbench.analysis.projection import at_end, has_chance, levels, newest_size, project
from workbench.dataset import Dataset

pytestmark = pytest.mark.filterwarnings("error")

NO_BREAKS = pd.DataFrame({"measure": pd.Series(dtype=str), "year": pd.Series(dtype=int)})
OPEN = (MISSING, MISSING)


def moves_of(
    values: np.ndarray, years: np.ndarray, log: bool = False, size: np.ndarray | None = None
) -> Motion:
    return motion(values, years, "log" if log else "plain", size)


def observed(**measures: np.ndarray) -> pd.DataFrame:
    """Return figures of 2010 onwards for each measure, municipalities numbered from 100."""
    parts = []
    for measure, values in measures.items():
        index = pd.Index([str(100 + i) for i in range(len(values))], name="municipality")
        wide = pd.DataFrame(values, index, columns=YEARS[: values.shape[1]])
        long = wide.melt(ignore_index=False, var_name="year").dropna().reset_index()
        parts.append(long.assign(measure=measure))
    return pd.concat(parts, ignore_index=True)


def bounds(**ends: tuple[float, float]) -> pd.DataFrame:
    lower, upper = zip(*ends.values(), strict=True)
    return pd.DataFrame(
        {"measure": list(ends), "unit": "percent", "lower_bound": lower, "upper_bound": upper}
    )


def test_projections_stay_within_bounds_and_are_ordered(data: Dataset) -> None:
    table = project(data.observations, data.measures, data.breaks)
    steps = table[["low95", "low80", "projected", "high80", "high95"]].to_numpy()
    assert (np.diff(steps, axis=1) >= -1e-9).all()
    bounds = data.measures.set_index("measure").loc[table["measure"]]
    upper = bounds["upper_bound"].fillna(np.inf).to_numpy()
    assert (steps[:, -1] <= upper).all() and (steps[:, 0] >= -1e-9).all()


def test_every_series_with_three_figures_on_its_level_is_projected(data: Dataset) -> None:
    table = project(data.observations, data.measures, data.breaks, 2030)
    for measure, grid in levels(data.observations, data.breaks):
        enough = grid.index[grid.notna().sum(axis=1) >= 3]
        assert set(table.loc[table["measure"] == measure, "municipality"]) == set(enough)


def test_levels_begin_at_the_newest_break_that_figures_reach() -> None:
    figures = pd.DataFrame(
        {"measure": "m", "municipality": "0301", "year": [2012, 2013, 2014], "value": [1.0, 2, 3]}
    )
    breaks = pd.DataFrame({"measure": ["m", "m"], "year": [2014, 2099]})
    ((_, grid),) = levels(figures, breaks)
    assert list(grid.columns) == [2014]


def test_a_chance_needs_five_figures_of_single_years_that_differ() -> None:
    table = pd.DataFrame(
        {"n": [5, 4, 9, 9], "window": [1, 1, 3, 1], "moved": [True, True, True, False]}
    )
    said = has_chance(table["n"], table["window"], table["moved"])
    assert list(said) == [True, False, False, False]


def test_targets_at_or_beyond_an_end_of_the_scale_are_told_apart() -> None:
    target = np.array([-1.0, 0, 1, 99, 100, 101])
    found = at_end(target, np.array(0.0), np.array(100.0))
    assert list(found) == [True, True, False, False, True, True]
    assert not at_end(np.array(5.0), np.array(0.0), np.array(MISSING))


def test_a_projection_says_what_the_model_of_its_measure_says() -> None:
    values, residents = uneven(16), np.geomspace(300, 90_000, 24)
    # The newest residents tell the size; those of years before are others.
    people = np.column_stack([np.roll(residents, 2), np.roll(residents, 1), residents])
    figures = observed(m=values, population=people)
    table = project(figures, bounds(m=OPEN, population=OPEN), NO_BREAKS, 2025)
    table = table[table["measure"] == "m"]
    assert set(table["to_year"]) == {2025}
    assert list(table["municipality"]) == [str(100 + i) for i in range(24)]
    moves = moves_of(values, YEARS[:9], log=False, size=residents)
    shares = {"low95": 0.025, "low80": 0.1, "projected": 0.5, "high80": 0.9, "high95": 0.975}
    for name, share in shares.items():
        np.testing.assert_allclose(table[name], moves.quantile(2025, share))
    np.testing.assert_allclose(table["slope_used"], moves.slope)


def test_a_projection_has_these_columns_and_numbered_rows() -> None:
    table = project(observed(m=uneven(17, 2), a=uneven(18, 2)), bounds(a=OPEN, m=OPEN), NO_BREAKS)
    columns = ["measure", "municipality", "to_year", "projected", "low80", "high80", "low95"]
    assert list(table.columns) == [*columns, "high95", "slope_used", "chance_above", "moved"]
    assert list(table.index) == [0, 1, 2, 3] and list(table["measure"]) == ["a", "a", "m", "m"]


def test_quantities_without_a_ceiling_are_projected_on_logarithms() -> None:
    values = uneven(19, 6)
    table = project(observed(m=values), bounds(m=(0, MISSING)), NO_BREAKS)
    moves = moves_of(values, YEARS[:9], log=True)
    np.testing.assert_allclose(table["low95"], moves.quantile(2030, 0.025))


def test_projections_end_at_the_bounds_and_slopes_do_not() -> None:
    up = np.add.outer([10.0, 11, 12], 9.0 * np.arange(9))
    table = project(observed(up=up, down=100 - up), bounds(up=(0, 100), down=(0, 100)), NO_BREAKS)
    falling, rising = table[table["measure"] == "down"], table[table["measure"] == "up"]
    assert (rising[["low95", "projected", "high95"]] == 100).all(axis=None)
    assert (falling[["low95", "projected", "high95"]] == 0).all(axis=None)
    assert (falling["slope_used"] < -8).all() and (rising["slope_used"] > 8).all()


def test_each_series_has_its_year_or_2030() -> None:
    figures = observed(a=uneven(20, 4), b=uneven(21, 4))
    ends = bounds(a=OPEN, b=OPEN)
    years = pd.Series(2027, index=pd.MultiIndex.from_product([["a"], ["100", "101", "102", "103"]]))
    years.iloc[3] = 2029
    table = project(figures, ends, NO_BREAKS, years)
    assert list(table["to_year"]) == [2027, 2027, 2027, 2029] + [2030] * 4
    assert (project(figures, ends, NO_BREAKS)["to_year"] == 2030).all()
    plain = moves_of(uneven(20, 4), YEARS[:9], log=False).quantile(years.to_numpy(), 0.9)
    np.testing.assert_allclose(table.loc[table["measure"] == "a", "high80"], plain)


def test_a_chance_is_stated_for_each_series_with_a_target() -> None:
    values = uneven(22, 4)
    targets = pd.DataFrame({"measure": "m", "municipality": ["102", "100"], "target": [55.0, 51.0]})
    table = project(observed(m=values), bounds(m=OPEN), NO_BREAKS, 2024, targets)
    aims = np.array([51.0, MISSING, 55.0, MISSING])
    expected = moves_of(values, YEARS[:9], log=False).chance_above(2024, aims)
    np.testing.assert_allclose(table["chance_above"], expected)
    without = project(observed(m=values), bounds(m=OPEN), NO_BREAKS, 2024)
    assert without["chance_above"].isna().all()


def test_a_series_of_equal_figures_has_not_moved() -> None:
    values = np.array([[3.0, 3, 3, 3], [MISSING, 5, 5, 5], [3, 3, 3, 4], [4, 3, 3, 3]])
    table = project(observed(m=values), bounds(m=OPEN), NO_BREAKS)
    assert list(table["moved"]) == [False, False, True, True]


def test_two_figures_are_too_few_and_a_newest_figure_must_be_older_than_the_year() -> None:
    values = uneven(23, 4, years=4)
    values[0, :2], values[1, 0], values[2, 3] = MISSING, MISSING, MISSING
    figures, ends = observed(m=values), bounds(m=OPEN)
    assert list(project(figures, ends, NO_BREAKS, 2014)["municipality"]) == ["101", "102", "103"]
    assert list(project(figures, ends, NO_BREAKS, 2013)["municipality"]) == ["102"]


def test_figures_before_a_break_are_not_used() -> None:
    values = uneven(24, 6)
    breaks = pd.DataFrame({"measure": ["m", "m", "other"], "year": [2011, 2014, 2016]})
    table = project(observed(m=values), bounds(m=OPEN), breaks)
    after = moves_of(values[:, 4:], YEARS[4:9], log=False)
    np.testing.assert_allclose(table["projected"], after.quantile(2030, 0.5))


def test_a_break_in_the_newest_year_leaves_that_year() -> None:
    figures = observed(b=np.ones((2, 3)), a=np.ones((1, 2)))
    breaks = pd.DataFrame({"measure": ["b"], "year": [2012]})
    (first, all_years), (second, newest) = levels(figures, breaks)
    assert (first, second) == ("a", "b")
    assert list(all_years.columns) == [2010, 2011] and list(newest.columns) == [2012]
    assert list(newest.index) == ["100", "101"]


def test_the_newest_count_of_residents_is_taken_whatever_its_year() -> None:
    people = np.array([[10.0, 20], [30, MISSING]])
    size = newest_size(observed(m=uneven(25, 2), population=people))
    assert size.to_dict() == {"100": 20.0, "101": 30.0}
