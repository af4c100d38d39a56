"""The backtest: honest about what was known, and right in its sums."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.analysis import backtest
from workbench.analysis.backtest import (
    Report,
    all_levels,
    brier,
    reliability,
    report,
    rolling,
    statements,
    summary,
)
from workbench.analysis.projection import motion
from workbench.dataset import Dataset
from workbench.errors import UsageError

NONE = float("nan")
NO_BREAKS = pd.DataFrame({"measure": pd.Series(dtype="str"), "year": pd.Series(dtype="int64")})

#: Years with gaps, and series that begin late, have holes, stand still and end early.
YEARS = [2010, 2011, 2012, 2014, 2015, 2018]
RAGGED = {
    "whole": [1.0, 2, 4, 5, 7, 9],
    "hole": [10, 9, NONE, 9.5, 8, 6],
    "still": [NONE, 3, 3, 3, 3, 3],
    "sparse": [2, NONE, NONE, 5, 6, 4],
    "ended": [5, 5.5, 6, 7, 6, NONE],
}


def panel(
    series: dict[str, list[float]], years: list[int] | None = None, measure: str = "m"
) -> pd.DataFrame:
    span = years or list(range(2010, 2010 + len(next(iter(series.values())))))
    rows = [
        (measure, name, year, value)
        for name, values in series.items()
        for year, value in zip(span, values, strict=True)
        if not np.isnan(value)
    ]
    return pd.DataFrame(rows, columns=["measure", "municipality", "year", "value"])


def about(**what: object) -> pd.DataFrame:
    usual = {"measure": "m", "direction": 1, "window": 1, "aggregation": "mean"}
    return pd.DataFrame([{**usual, "lower_bound": NONE, "upper_bound": NONE, **what}])


@pytest.fixture(scope="module")
def figures(data: Dataset) -> pd.DataFrame:
    """Return a few measures, and the population that sizes are read from."""
    chosen = ["population", "tertiary_education_share", "low_income_share", "pm10_annual_mean"]
    return data.observations[data.observations["measure"].isin(chosen)]


@pytest.fixture(scope="module")
def forecasts(data: Dataset, figures: pd.DataFrame) -> pd.DataFrame:
    return rolling(figures, data.measures, data.breaks)


KEY = ["measure", "municipality", "origin", "horizon"]


def test_what_comes_after_the_origin_changes_nothing_before(
    data: Dataset, figures: pd.DataFrame, forecasts: pd.DataFrame
) -> None:
    """The leak test: other figures after 2018 leave all that was projected up to then."""
    later = figures["year"] > 2018
    other = figures.assign(value=figures["value"].where(~later, figures["value"] * 1.3 + 5))
    again = rolling(other, data.measures, data.breaks)
    said = ["centre", "scale", "freedom", "projected", "low95", "high95", "drift", "ols"]
    before = forecasts[forecasts["origin"] <= 2018].set_index(KEY)[said]
    after = again[again["origin"] <= 2018].set_index(KEY)[said]
    pd.testing.assert_frame_equal(before, after)
    assert len(before) > 10_000


def test_no_projection_crosses_a_break(forecasts: pd.DataFrame) -> None:
    share = forecasts[forecasts["measure"] == "tertiary_education_share"]
    assert set(share["origin"]) == {2016, 2017, 2018, 2019}  # three figures from 2014 on


def test_actual_values_are_the_figures(data: Dataset, forecasts: pd.DataFrame) -> None:
    row = forecasts.set_index(KEY).loc[("low_income_share", "3201", 2020, 2)]
    series = data.series("low_income_share", "Bærum")
    assert (row["actual"], row["last"], row["n"]) == (series.loc[2022], series.loc[2020], 3)


def test_the_methods_compared_with_are_the_textbook_ones(
    data: Dataset, forecasts: pd.DataFrame
) -> None:
    row = forecasts.query(
        "measure == 'population' and municipality == '3201' and origin == 2015 and horizon == 3"
    ).iloc[0]
    series = data.series("population", "Bærum").loc[:2015]
    x, y = series.index.to_numpy(dtype=float), series.to_numpy()
    line = stats.linregress(x, y)
    assert row["ols"] == pytest.approx(line.intercept + line.slope * 2018)
    assert row["theil_sen"] == pytest.approx(y[-1] + 3 * stats.theilslopes(y, x)[0])
    steps = np.diff(y)
    assert row["drift"] == pytest.approx(y[-1] + 3 * steps.mean())
    spread = np.sqrt(steps.var(ddof=1) * (3 + 9 / len(steps)))
    assert row["drift_half"] == pytest.approx(stats.t.ppf(0.975, len(steps) - 1) * spread)


def test_a_summary_counts_hits_and_scales_errors(forecasts: pd.DataFrame) -> None:
    table = summary(forecasts, ["measure", "horizon"])
    row = table.query("measure == 'population' and horizon == 1").iloc[0]
    part = forecasts.query("measure == 'population' and horizon == 1")
    assert row["n"] == len(part)
    inside = part["actual"].between(part["low95"], part["high95"])
    assert row["cover95"] == pytest.approx(inside.mean())
    error = (part["projected"] - part["actual"]).abs() / part["step"]
    assert row["error"] == pytest.approx(error.mean())


def test_reliability_sets_what_was_stated_beside_what_happened() -> None:
    said = pd.DataFrame({"chance": [0.05, 0.05, 0.95, 0.95, 1.0], "reached": [0, 1, 1, 1, 0]})
    table = reliability(said)
    assert table["tenth"].tolist() == ["0-10 %", "90-100 %"]
    assert table["n"].tolist() == [2, 3]
    assert table["happened"].tolist() == pytest.approx([0.5, 2 / 3])
    assert table["apart"].iloc[0] == pytest.approx(45)


def test_the_brier_score_is_the_mean_squared_miss() -> None:
    assert brier(pd.Series([1.0, 0.0, 0.5]), pd.Series([1, 0, 1])) == pytest.approx(0.25 / 3)


def test_chances_are_stated_only_where_the_product_states_them(
    data: Dataset, forecasts: pd.DataFrame
) -> None:
    said = statements(forecasts, data.measures)
    assert "population" not in set(said["measure"])  # a sum has no level for others
    assert "low_income_share" not in set(said["measure"])  # never 5 figures up to an origin
    assert said["chance"].between(0, 1).all()
    assert set(said["reached"]) == {0, 1}


def test_the_projections_keep_their_promises_on_the_figures_at_hand(data: Dataset) -> None:
    """The goals that were set before: coverage at each horizon, errors against other methods."""
    told = report(data)
    table = told.by_horizon
    assert table["horizon"].tolist() == [1, 2, 3, 4]
    assert table["cover95"].between(0.93, 0.97).all()
    assert table["cover80"].between(0.77, 0.83).all()
    assert (table["error"] <= table["error_last"]).all()
    assert table["error"].mean() <= 0.90 * table["error_ols"].mean()
    assert "Brier score" in str(told)


def test_every_projection_that_can_be_checked_is_made_once() -> None:
    made = rolling(panel(RAGGED, YEARS), about(), NO_BREAKS)
    expected = set()
    for name, values in RAGGED.items():
        known = {y: v for y, v in zip(YEARS, values, strict=True) if not np.isnan(v)}
        for origin in known:
            enough = sum(year <= origin for year in known) >= 3
            expected |= {("m", name, origin, to - origin) for to in known if enough and to > origin}
    expected = {key for key in expected if key[-1] <= 4}
    assert sorted(expected) == sorted(made[KEY].itertuples(index=False, name=None))
    assert {key[-1] for key in expected} == {1, 2, 3, 4}


def test_a_measure_needs_figures_for_five_years() -> None:
    four, five = panel({"a": [1.0, 2, 4, 5]}), panel({"a": [1.0, 2, 4, 5, 7]}, measure="long")
    both = pd.concat([about(), about(measure="long")])
    made = rolling(pd.concat([four, five]), both, NO_BREAKS)
    assert set(made["measure"]) == {"long"}
    assert made.index.tolist() == [0, 1, 2]
    made = rolling(pd.concat([four, five]), both, NO_BREAKS, least_years=4)
    assert set(made["measure"]) == {"m", "long"}


def test_the_plain_methods_count_years_between_figures() -> None:
    made = rolling(panel(RAGGED, YEARS), about(), NO_BREAKS)
    for row in made.itertuples():
        values = RAGGED[row.municipality]
        neighbours = list(zip(YEARS, values, YEARS[1:], values[1:], strict=False))
        known = {y: v for y, v in zip(YEARS, values, strict=True) if not np.isnan(v)}
        seen = {year: value for year, value in known.items() if year <= row.origin}
        x, y = list(seen), list(seen.values())
        assert (row.n, row.last, row.actual) == (len(seen), y[-1], known[row.origin + row.horizon])
        assert row.moved == (len(set(y)) > 1)
        span, drift = x[-1] - x[0], (y[-1] - y[0]) / (x[-1] - x[0])
        assert row.drift == pytest.approx(y[-1] + row.horizon * drift)
        assert row.theil_sen == pytest.approx(y[-1] + row.horizon * stats.theilslopes(y, x)[0])
        line = stats.linregress(x, y)
        assert row.ols == pytest.approx(line.intercept + line.slope * (row.origin + row.horizon))
        off = [
            (after - before - drift * (year - start)) ** 2 / (year - start)
            for start, before, year, after in neighbours
            if year <= row.origin and not np.isnan(after - before)
        ]
        variance = sum(off) / max(len(off) - 1, 1)
        spread = np.sqrt(variance * (row.horizon + row.horizon**2 / span))
        freedom = max(len(off) - 1, 1)
        assert row.drift_half == pytest.approx(stats.t.ppf(0.975, freedom) * spread)


def test_errors_are_scaled_by_the_usual_change_of_the_series() -> None:
    quick, slow, still = [0.0, 4, 0, 4, 0], [0.0, 2, 4, 6, 8], [5.0, 5, 5, 5, 5]
    made = rolling(panel({"quick": quick, "slow": slow, "still": still}), about(), NO_BREAKS)
    step = made.groupby("municipality")["step"].unique().explode()
    # One that stands still is given a tenth of the mean of 4, 2 and 0.
    assert step.to_dict() == pytest.approx({"quick": 4, "slow": 2, "still": 0.2})


@pytest.mark.parametrize(
    ("lower", "upper", "log"), [(NONE, NONE, False), (0.0, NONE, True), (2.5, 6.0, False)]
)
def test_intervals_are_of_the_distribution_at_the_origin_within_the_bounds(
    lower: float, upper: float, log: bool
) -> None:
    made = rolling(panel(RAGGED, YEARS), about(lower_bound=lower, upper_bound=upper), NO_BREAKS)
    assert (made["log"] == log).all()
    grid = np.array(list(dict(sorted(RAGGED.items())).values()))[:, :4]
    centre, scale = motion(grid, np.array(YEARS[:4]), log).distribution(2018)
    then = made.query("origin == 2014 and horizon == 4").set_index("municipality")
    place = [sorted(RAGGED).index(name) for name in then.index]
    assert then["centre"].tolist() == pytest.approx(centre[place])
    assert then["scale"].tolist() == pytest.approx(scale[place])
    shares = {"projected": 0.5, "low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}
    for column, share in shares.items():
        value = made["centre"] + made["scale"] * stats.t.ppf(share, made["freedom"])
        value = np.exp(value) if log else value
        assert made[column].tolist() == pytest.approx(value.clip(lower, upper))


def test_residents_count_as_they_were_known_at_the_origin() -> None:
    random = np.random.default_rng(5)
    names = [f"{at:02}" for at in range(24)]
    size = random.uniform(1e3, 1e5, 24)
    noise = random.normal(size=(24, 7)) * 300 / np.sqrt(size)[:, None]
    figures = panel(dict(zip(names, 50 + noise, strict=True)))
    both = pd.concat([about(), about(measure="population")])

    def scales(residents: dict[int, np.ndarray]) -> pd.Series:
        people = [
            panel({name: [number] for name, number in zip(names, row, strict=True)}, [year])
            for year, row in residents.items()
        ]
        people = [part.assign(measure="population") for part in people]
        made = rolling(pd.concat([figures, *people]), both, NO_BREAKS)
        return made.set_index(KEY)["scale"]

    without, known, grown = (
        scales(residents) for residents in ({}, {2013: size}, {2013: size, 2014: size[::-1]})
    )
    origin = without.index.get_level_values("origin")
    assert known[origin == 2012].equals(without[origin == 2012])
    assert not np.isclose(known[origin == 2013], without[origin == 2013]).any()
    assert grown[origin == 2013].equals(known[origin == 2013])
    assert not np.isclose(grown[origin == 2014], known[origin == 2014]).any()


def test_each_stretch_between_breaks_is_a_level_of_its_own() -> None:
    observations = pd.concat(
        [panel({"a": list(range(10))}), panel({"a": list(range(10))}, measure="other")]
    )
    breaks = pd.DataFrame({"measure": ["m", "m", "other"], "year": [2017, 2013, 2015]})
    found = [(measure, list(grid.columns)) for measure, grid in all_levels(observations, breaks)]
    assert sorted(found) == [
        ("m", [2010, 2011, 2012]),
        ("m", [2013, 2014, 2015, 2016]),
        ("m", [2017, 2018, 2019]),
        ("other", [2010, 2011, 2012, 2013, 2014]),
        ("other", [2015, 2016, 2017, 2018, 2019]),
    ]


def test_a_summary_by_hand() -> None:
    """An end of an interval is inside; a series without a step has no error to scale."""
    made = pd.DataFrame(
        {
            "measure": "m",
            "horizon": [1, 1, 1, 2],
            "actual": [10.0, 20.0, 30.0, 7.0],
            "low80": [10.0, 21.0, 0.0, 7.1],
            "high80": [12.0, 22.0, 29.0, 8.0],
            "low95": [8.0, 19.0, 0.0, 5.0],
            "high95": [14.0, 20.0, 29.0, 9.0],
            "projected": [12.0, 21.0, 15.0, 7.5],
            "last": [14.0, 23.0, 0.0, 9.0],
            "drift": [6.0, 19.0, 0.0, 8.0],
            "theil_sen": [10.0, 16.0, 0.0, 6.0],
            "ols": [12.0, 18.0, 0.0, 5.0],
            "drift_half": [1.5, 1.0, 9.0, 0.0025],
            "step": [2.0, 1.0, 0.0, 0.5],
        }
    )
    near, far = summary(made, ["horizon"]).itertuples(index=False)
    assert near._asdict() == pytest.approx(
        {
            "horizon": 1,
            "n": 3,
            "cover80": 1 / 3,
            "cover95": 2 / 3,
            "error": 1.0,
            "error_last": 2.5,
            "error_drift": 1.5,
            "error_theil_sen": 2.0,
            "error_ols": 1.5,
            "width": 2.0,
            "width_drift": 1.75,
            "width_ratio": 2 / 1.75,
        }
    )
    # 0.01 is the narrowest that another width is set against.
    assert (far.n, far.cover80, far.cover95, far.width) == (1, 0, 1, 8)
    assert far.width_drift == 0.01 and far.width_ratio == pytest.approx(800)
    made["drift_half"] = [1.5, 1.0, 9.0, 0.0024]
    assert summary(made, ["horizon"])["width_ratio"].isna().tolist() == [False, True]


def forecast(last: list[float], actual: list[float], **what: object) -> pd.DataFrame:
    """A forecast for each municipality that centres on its last figure."""
    log = bool(what.get("log", False))
    table = {
        "measure": "m",
        "municipality": [f"{at:02}" for at in range(len(last))],
        "origin": 2015,
        "horizon": 1,
        "n": 5,
        "moved": True,
        "last": last,
        "actual": actual,
        "centre": np.log(last) if log else last,
        "scale": 2.0,
        "freedom": 4.0,
        "log": log,
    }
    return pd.DataFrame({**table, **what})


ONE_TO_FIVE = [1.0, 2, 3, 4, 5]


def test_targets_are_what_half_and_the_best_tenth_had_reached() -> None:
    said = statements(forecast(ONE_TO_FIVE, [3.0, 2.9, 4.6, 4.5, 9]), about())
    assert said["municipality"].tolist() == ["00", "01", "02", "03", "04"] * 2
    assert said.index.tolist() == list(range(10))
    assert said["target"].tolist() == pytest.approx([3.0] * 5 + [4.6] * 5)
    assert said["met"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 1]
    assert said["reached"].tolist() == [1, 0, 1, 1, 1, 0, 0, 1, 0, 1]
    expected = [stats.t.sf((t - last) / 2, 4) for t in (3, 4.6) for last in ONE_TO_FIVE]
    assert said["chance"].tolist() == pytest.approx(expected)
    assert said.columns.tolist() == [*KEY, "target", "met", "chance", "reached"]


@pytest.mark.filterwarnings("error")
def test_where_down_is_good_a_target_is_reached_from_above() -> None:
    last = [value - 3 for value in ONE_TO_FIVE]
    said = statements(forecast(last, [0.1, 0.0, -1.6, -1.5, 9]), about(direction=-1))
    assert said["target"].tolist() == pytest.approx([0.0] * 5 + [-1.6] * 5)
    assert said["met"].tolist() == [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert said["reached"].tolist() == [0, 1, 1, 1, 0, 0, 0, 1, 0, 0]
    expected = [stats.t.cdf((t - value) / 2, 4) for t in (0, -1.6) for value in last]
    assert said["chance"].tolist() == pytest.approx(expected)


def test_chances_of_a_measure_on_logarithms_are_reckoned_on_them() -> None:
    last = [0.1, 0.2, 0.5, 3.0, 4.0]
    said = statements(forecast(last, last, log=True), about(lower_bound=0.0))
    expected = [stats.t.sf(np.log(t / value) / 2, 4) for t in (0.5, 3.6) for value in last]
    assert said["chance"].tolist() == pytest.approx(expected)


def test_targets_are_set_per_measure_origin_and_horizon() -> None:
    usual = forecast(ONE_TO_FIVE, ONE_TO_FIVE)
    later = usual.assign(origin=2016, last=usual["last"] + 10)
    further = usual.assign(horizon=2, last=usual["last"] + 20)
    other = usual.assign(measure="other", last=usual["last"] + 30)
    both = pd.concat([about(), about(measure="other")])
    said = statements(pd.concat([usual, later, further, other], ignore_index=True), both)
    targets = said.groupby(["measure", "origin", "horizon"])["target"].unique()
    assert {key: sorted(value) for key, value in targets.items()} == {
        ("m", 2015, 1): pytest.approx([3, 4.6]),
        ("m", 2015, 2): pytest.approx([23, 24.6]),
        ("m", 2016, 1): pytest.approx([13, 14.6]),
        ("other", 2015, 1): pytest.approx([33, 34.6]),
    }


@pytest.mark.parametrize(
    ("figures_are", "measure_is"),
    [
        ({"n": 4}, {}),
        ({"moved": False}, {}),
        ({}, {"window": 2}),
        ({}, {"direction": 0}),
        ({}, {"aggregation": "sum"}),
    ],
)
def test_nothing_is_stated_where_a_brief_is_silent(
    figures_are: dict[str, object], measure_is: dict[str, object]
) -> None:
    usual = forecast(ONE_TO_FIVE, ONE_TO_FIVE)
    silent = usual.assign(measure="silent", **figures_are)
    both = pd.concat([about(), about(measure="silent", **measure_is)])
    said = statements(pd.concat([usual, silent], ignore_index=True), both)
    assert said["measure"].tolist() == ["m"] * 10


@pytest.mark.parametrize("end", [{"upper_bound": 3.0}, {"lower_bound": 3.0}])
def test_no_chance_is_stated_of_an_end_of_the_scale(end: dict[str, float]) -> None:
    said = statements(forecast(ONE_TO_FIVE, ONE_TO_FIVE), about(**end))
    assert 3.0 not in set(said["target"])


def test_a_tenth_of_chance_begins_at_its_lower_end() -> None:
    table = reliability(
        pd.DataFrame({"chance": [0.0, 0.1, 0.19, 0.5, 1.0], "reached": [0, 1, 0, 1, 1]})
    )
    assert table.to_dict("list") == {
        "tenth": ["0-10 %", "10-20 %", "50-60 %", "90-100 %"],
        "n": [1, 2, 1, 1],
        "stated": pytest.approx([0, 0.145, 0.5, 1]),
        "happened": pytest.approx([0, 0.5, 1, 1]),
        "apart": pytest.approx([0, 35.5, 50, 0]),
    }


def test_a_report_can_be_of_some_measures(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backtest.cache, "FOLDER", tmp_path)
    other = panel({name: values[::-1] for name, values in RAGGED.items()}, YEARS, "other")
    small = replace(
        data,
        observations=pd.concat([panel(RAGGED, YEARS), other], ignore_index=True),
        measures=pd.concat([about(), about(measure="other")], ignore_index=True),
        breaks=NO_BREAKS,
    )
    every = rolling(small.observations, small.measures, NO_BREAKS)
    for only in ([], ["m"]):
        told = report(small, only)
        made = every[every["measure"].isin(only)] if only else every
        assert told.by_horizon.equals(summary(made, ["horizon"]))
        assert told.by_measure.equals(summary(made, ["measure", "horizon"]))
        said = statements(made, small.measures)
        assert told.statements == len(said) > 0
        assert told.reliability.equals(reliability(said))
        assert told.brier == pytest.approx(((said["chance"] - said["reached"]) ** 2).mean())
        assert told.brier_today == pytest.approx((said["met"] != said["reached"]).mean())


def test_a_report_is_kept_for_its_figures_and_its_question(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest.cache, "kept", lambda key, make: key)
    usual = report(data)
    assert report(data) == usual
    for table in ("observations", "breaks", "measures"):
        shorter = replace(data, **{table: getattr(data, table).iloc[1:]})
        assert report(shorter) != usual
    assert report(data, ["a", "b"]) == report(data, ["b", "a"]) != usual


def test_a_report_is_read_as_text() -> None:
    table = pd.DataFrame({"horizon": [1], "error": [0.12345]})
    said = pd.DataFrame({"tenth": ["0-10 %"], "n": [7]})
    told = Report(table, table, said, brier=0.12345, brier_today=0.2, statements=7)
    assert str(told).split("\n\n") == [
        "All measures, by years ahead\n horizon  error\n       1  0.123",
        "By measure and years ahead\n horizon  error\n       1  0.123",
        "7 stated chances, Brier score 0.1235 (as today: 0.2000)\n tenth  n\n0-10 %  7",
    ]


def test_a_break_that_is_yet_to_come_cuts_nothing() -> None:
    known = panel({"one": [1.0, 2, 3, 4, 5, 6], "two": [2.0, 2, 3, 3, 4, 4]})
    coming = pd.DataFrame({"measure": ["m"], "year": [2099]})
    pd.testing.assert_frame_equal(
        rolling(known, about(), coming), rolling(known, about(), NO_BREAKS)
    )


def test_what_cannot_be_checked_is_refused_with_the_reason(data: Dataset) -> None:
    with pytest.raises(UsageError, match=r"fixed_broadband_100mbps\. It takes figures for 5 years"):
        report(data, ["fixed_broadband_100mbps"])
    with pytest.raises(UsageError, match="No measure has figures for 5 years"):
        rolling(panel({"one": [1.0, 2, 3]}), about(), NO_BREAKS)


def test_a_report_without_stated_chances_says_nothing_of_them(data: Dataset) -> None:
    told = report(data, ["population"])
    assert told.statements == 0
    assert "Brier" not in str(told) and "nan" not in str(told)
