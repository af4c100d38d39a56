"""What a measure's own test takes back: a range that held too seldom, chances that were far off."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.analysis.test_backtest import NO_BREAKS, about, panel
from workbench.analysis import record
from workbench.analysis.assessment import projections, trends_and_goals
from workbench.analysis.backtest import Report, report
from workbench.analysis.record import LEAST_HELD, nearest, tested, withhold
from workbench.dataset import Dataset

NONE = float("nan")
SHOWN = ["projected", "low80", "high80", "low95", "high95", "chance"]


def report_of(*rows: tuple[str, int, float], off: dict[str, float] | None = None) -> Report:
    """A report with the coverage of measures at horizons, and with chances so far off."""
    table = pd.DataFrame(rows, columns=["measure", "horizon", "cover80"])
    table = table.assign(size="all", years=6, years_held=4, municipalities=350)
    cells = [
        pd.DataFrame({"measure": name, "met": 0, "chance": 0.5 - gap, "reached": [0, 1] * 10})
        for name, gap in (off or {}).items()
    ]
    nothing = pd.DataFrame({name: [] for name in ("measure", "met", "chance", "reached")})
    return Report(table, pd.concat(cells) if cells else nothing, frozenset())


def looked_ahead(**facts: object) -> dict[str, object]:
    """A row of an outlook that states a range and a chance."""
    usual = dict.fromkeys(SHOWN, 0.6) | {"measure": "m", "years_ahead": 3.0, "withheld": ""}
    return {**usual, "wide": False, "reason": "", "verdict": "open", **facts}


def left(
    monkeypatch: pytest.MonkeyPatch, data: Dataset, found: Report, *rows: dict[str, object]
) -> pd.DataFrame:
    monkeypatch.setattr(record, "report", lambda data: found)
    monkeypatch.setattr(record, "tested", lambda data: found.by_measure)
    return withhold(data, pd.DataFrame(rows))


def test_the_nearest_horizon_speaks_and_of_two_the_longer() -> None:
    found = report_of(("m", 1, 0.9), ("m", 2, 0.8), ("m", 4, 0.7), ("other", 3, 0.5))
    for ahead, horizon in ((0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (15, 4)):
        row = nearest(found.by_measure, "m", ahead)
        assert row is not None and (row["measure"], row["horizon"]) == ("m", horizon)
    assert (
        nearest(found.by_measure, "untested", 3) is None
        and nearest(found.by_measure, "m", NONE) is None
    )


@pytest.mark.parametrize(("held", "gone"), [(LEAST_HELD - 0.001, True), (LEAST_HELD, False)])
def test_a_range_that_held_in_less_than_65_per_cent_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, data: Dataset, held: float, gone: bool
) -> None:
    found = report_of(("m", 1, 0.9), ("m", 3, held))
    far, near = left(
        monkeypatch, data, found, looked_ahead(), looked_ahead(years_ahead=1.0)
    ).to_dict("records")
    assert near == looked_ahead(years_ahead=1.0), "one year ahead they held"
    assert np.isnan([far[name] for name in SHOWN]).all() == gone
    assert (far["withheld"], far["reason"], far["verdict"]) == (
        ("missed", "missed", "unknown") if gone else ("", "", "open")
    )
    assert LEAST_HELD == 0.65


def test_where_no_chance_was_stated_its_own_reason_stays(
    monkeypatch: pytest.MonkeyPatch, data: Dataset
) -> None:
    aimless = looked_ahead(chance=NONE, reason="no target", verdict="", wide=True)
    (row,) = left(monkeypatch, data, report_of(("m", 3, 0.5)), aimless).to_dict("records")
    assert (row["withheld"], row["reason"], row["verdict"]) == ("missed", "no target", "")
    assert np.isnan(row["projected"]) and not row["wide"], "there is no range to be wide"


def test_one_without_a_projection_has_none_to_lose(
    monkeypatch: pytest.MonkeyPatch, data: Dataset
) -> None:
    old = looked_ahead(**dict.fromkeys(SHOWN, NONE), withheld="old", reason="old")
    (row,) = left(monkeypatch, data, report_of(("m", 3, 0.5)), old).to_dict("records")
    assert (row["withheld"], row["reason"]) == ("old", "old")


@pytest.mark.parametrize(("off", "gone"), [(0.11, True), (0.09, False)])
def test_chances_that_were_ten_points_off_are_not_stated_and_the_range_stays(
    monkeypatch: pytest.MonkeyPatch, data: Dataset, off: float, gone: bool
) -> None:
    found = report_of(("m", 3, 0.8), off={"m": off})
    (row,) = left(monkeypatch, data, found, looked_ahead()).to_dict("records")
    assert row["projected"] == 0.6 and np.isnan(row["chance"]) == gone
    assert (row["reason"], row["verdict"]) == (("unproven", "unknown") if gone else ("", "open"))


def test_what_was_never_tested_is_shown(monkeypatch: pytest.MonkeyPatch, data: Dataset) -> None:
    rows = left(monkeypatch, data, report_of(("other", 3, 0.1)), looked_ahead())
    assert rows.to_dict("records") == [looked_ahead()]


def test_figures_of_too_few_years_for_any_test_change_nothing(data: Dataset) -> None:
    rows = pd.DataFrame([looked_ahead()])
    few = replace(data, observations=panel({"a": [1.0, 2, 3]}), measures=about(), breaks=NO_BREAKS)
    pd.testing.assert_frame_equal(withhold(few, rows), rows)


def test_no_series_shows_what_its_test_speaks_against(data: Dataset) -> None:
    rows, found = projections(data), report(data)
    shown = rows[rows["projected"].notna()].drop_duplicates(["measure", "years_ahead"])
    for measure, ahead in shown[["measure", "years_ahead"]].itertuples(index=False):
        row = nearest(tested(data), measure, ahead)
        assert row is None or row["cover80"] >= LEAST_HELD, measure
    missed = rows[rows["withheld"] == "missed"]
    assert len(missed) and missed[SHOWN].isna().all(axis=None)
    assert not set(rows.loc[rows["chance"].notna(), "measure"]) & set(found.unproven)


def test_a_figure_more_than_six_years_old_is_not_drawn_on(data: Dataset) -> None:
    rows = projections(data)
    newest = data.observations["year"].max()
    last = rows["to_year"] - rows["years_ahead"]
    old = newest - last > 6
    assert old.any() and rows.loc[old, SHOWN].isna().all(axis=None)
    assert (rows.loc[old, "withheld"] == "old").any()
    assert not (rows.loc[~old, "withheld"] == "old").any()


def test_what_never_changed_is_estimated_to_stay(data: Dataset) -> None:
    """Such as 0.0 per cent in every year, which is not estimated at 1.5."""
    rows = projections(data).merge(trends_and_goals(data)[0], on=["measure", "municipality"])
    still = rows[(rows["outcome"] == "unchanged") & rows["projected"].notna()]
    assert {0.0, 100.0} <= set(still["last"]) and len(still) > 50
    assert (still["projected"] == still["last"]).all()
    assert still["low80"].le(still["last"]).all() and still["high80"].ge(still["last"]).all()


@pytest.mark.parametrize("name", ["urban_population_share", "ghg_waste_and_sewage"])
def test_measures_whose_ranges_missed_too_often_have_none(data: Dataset, name: str) -> None:
    """Among them urban settlements at exactly 0 or 100 per cent, whose figures leap."""
    rows = projections(data)
    rows = rows[rows["measure"] == name]
    assert len(rows) > 10 and rows[SHOWN].isna().all(axis=None)
    assert (rows["withheld"] == "missed").any()
