"""Trend tests, against published results, scipy and statsmodels."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from workbench.methods import trendtests

pytestmark = pytest.mark.filterwarnings("error")

figures = st.lists(st.integers(-50, 50).map(lambda x: x / 4), min_size=3, max_size=22)


def one(method: object, values: list[float], years: object = None, **how: object) -> pd.Series:
    when = np.arange(len(values)) if years is None else years
    return method(["a"] * len(values), when, values, **how).loc["a"]


def many(seed: int = 1) -> pd.DataFrame:
    """Return 200 series of 1 to 22 figures, some of them equal, in no order."""
    random = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "series": f"s{i:03}",
                "year": np.sort(random.choice(np.arange(2000, 2024), n, replace=False)),
                "value": random.normal(50, 5, n).round(0),
            }
        )
        for i, n in enumerate(random.integers(1, 23, 200))
    ]
    return pd.concat(parts).sample(frac=1, random_state=seed)


def test_twelve_years_of_rain() -> None:
    """Figures and S, z, p and slope: pyMannKendall issue 29; exact p from scipy."""
    values = [0.41625778, 0.40488883, 0.43044564, 0.44369687, 0.46613348, 0.44420775]
    values += [0.45091315, 0.48484614, 0.40252088, 0.43944978, 0.51613973, 0.49302274]
    row = one(trendtests.mann_kendall, values)
    assert row["s"] == 32
    assert row["z"] == pytest.approx(2.125748992103599, rel=1e-12)
    assert row["p"] == pytest.approx(0.03352416523500468, rel=1e-12)
    assert one(trendtests.sen, values)["slope"] == pytest.approx(0.0070362813636363625)


def test_ties_in_both_columns() -> None:
    """Kendall (1976), examples 3.4 and 4.3, as in R's Kendall: S, tau-b, variance."""
    x = [2.5] * 4 + [5, 6.5, 6.5] + [10] * 5 + [14] * 3 + [16, 17]
    y = [1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2]
    row = one(trendtests.mann_kendall, y, x)
    assert (row["s"], row["tau_b"]) == (34, pytest.approx(0.41, abs=0.005))
    x = [1.5, 1.5, 3, 4, 6, 6, 6, 8, 9.5, 9.5, 11, 12]
    y = [2.5, 2.5, 7, 4.5, 1, 4.5, 6, 11.5, 11.5, 8.5, 8.5, 10]
    row = one(trendtests.mann_kendall, y, x)
    assert (row["s"], row["variance"]) == (34, pytest.approx(203.3, abs=0.01))


@given(figures)
def test_rank_test_is_that_of_scipy(values: list[float]) -> None:
    row = one(trendtests.mann_kendall, values)
    if row["test"] == "unchanged":
        assert row["p"] == 1
        return
    years = np.arange(len(values))
    assert row["tau_b"] == pytest.approx(stats.kendalltau(years, values).statistic)
    if row["test"] == "exact":
        assert row["p"] == pytest.approx(stats.kendalltau(years, values, method="exact").pvalue)


@given(figures, st.floats(0.01, 100), st.floats(-1000, 1000))
def test_rank_test_sees_only_the_order(values: list[float], scale: float, shift: int) -> None:
    row = one(trendtests.mann_kendall, values)
    mirrored = one(trendtests.mann_kendall, [-value for value in values])
    backwards = one(trendtests.mann_kendall, values[::-1])
    assert (mirrored["s"], mirrored["p"]) == (-row["s"], row["p"])
    assert (backwards["s"], backwards["p"]) == (-row["s"], row["p"])
    scaled = one(trendtests.mann_kendall, [scale * value for value in values])
    assert (scaled["s"], scaled["p"]) == (row["s"], row["p"])


@pytest.mark.parametrize(
    ("n", "exact", "normal"), [(4, 0.0833, 0.0894), (5, 0.0167, 0.0275), (6, 0.0028, 0.0085)]
)
def test_short_series_that_only_rise(n: int, exact: float, normal: float) -> None:
    row = one(trendtests.mann_kendall, list(range(n)))
    assert (row["p"], row["p_normal"]) == pytest.approx((exact, normal), abs=5e-5)


@pytest.mark.parametrize(
    ("values", "years", "test"),
    [
        ([1.0, 3.0, 2.0], None, "exact"),
        ([1.0, 3.0, 3.0], None, "normal"),
        ([1.0, 2.0] * 6, None, "normal"),
        ([2.0, 2.0, 2.0], None, "unchanged"),
        ([1.0, 2.0, 3.0], [5, 5, 5], "unchanged"),
        ([1.0], None, "too few"),
        ([np.nan, np.nan], None, "too few"),
    ],
)
def test_which_test_was_made(values: list[float], years: list[int], test: str) -> None:
    row = one(trendtests.mann_kendall, values, years)
    assert row["test"] == test
    assert np.isnan(row["p"]) == (test == "too few")


def test_both_intercepts() -> None:
    """The two conventions of aquascope's pull request 147."""
    row = one(trendtests.sen, [12, 14, 13, 17, 16, 20, 19, 24, 22, 28])
    assert row["slope"] == 1.5
    assert (row["intercept_separate"], row["intercept_joint"]) == (11.25, 12.25)


@given(figures, st.sampled_from([0.8, 0.95]))
def test_median_slope_is_that_of_scipy(values: list[float], level: float) -> None:
    if len(set(values)) == 1:
        return
    row = one(trendtests.sen, values, level=level)
    wanted = stats.theilslopes(values, alpha=level)
    assert tuple(row[["slope", "low", "high", "intercept_separate"]]) == pytest.approx(
        (wanted.slope, wanted.low_slope, wanted.high_slope, wanted.intercept)
    )


@given(figures, st.floats(0.1, 10), st.floats(-100, 100))
def test_median_slope_follows_the_unit(values: list[float], scale: float, shift: float) -> None:
    row = one(trendtests.sen, values)
    moved = one(trendtests.sen, [shift + scale * value for value in values])
    mirrored = one(trendtests.sen, [-value for value in values])
    for name in ("slope", "low", "high"):
        assert moved[name] == pytest.approx(scale * row[name], abs=1e-9)
    assert (mirrored["slope"], mirrored["low"], mirrored["high"]) == pytest.approx(
        (-row["slope"], -row["high"], -row["low"])
    )


def test_no_slope_without_time() -> None:
    """The figures of scipy issue 15943, which once raised an error."""
    for method in (trendtests.sen, trendtests.ols):
        row = one(method, [0, 1, 0], [0, 0, 0])
        assert np.isnan([row["slope"], row["low"]]).all()


@pytest.mark.parametrize("n", [3, 8, 15, 16, 22])
def test_line_is_that_of_statsmodels(n: int) -> None:
    random = np.random.default_rng(n)
    years = np.sort(random.choice(np.arange(1990, 2024), n, replace=False))
    values = random.normal(size=n).cumsum()
    wanted = OLS(values, add_constant(years.astype(float))).fit()
    if n > 15:
        how = {"maxlags": int(4 * (n / 100) ** (2 / 9)), "use_correction": True}
        wanted = wanted.get_robustcov_results("HAC", **how, use_t=True)
    row = one(trendtests.ols, list(values), years)
    assert row["error"] == ("robust" if n > 15 else "classic")
    assert (row["intercept"], row["slope"]) == pytest.approx(tuple(wanted.params))
    assert (row["intercept_error"], row["slope_error"]) == pytest.approx(tuple(wanted.bse))
    assert row["p"] == pytest.approx(wanted.pvalues[1])
    assert (row["low"], row["high"]) == pytest.approx(tuple(wanted.conf_int()[1]))
    assert row["r2"] == pytest.approx(wanted.rsquared)


@pytest.mark.parametrize(("values", "slope"), [([5.0], np.nan), ([5.0, 7.0], 2.0)])
def test_line_of_too_few_figures_has_no_error(values: list[float], slope: float) -> None:
    row = one(trendtests.ols, values)
    assert row["slope"] == pytest.approx(slope, nan_ok=True)
    assert row["error"] == "none"
    assert np.isnan(row["slope_error"])


@pytest.mark.parametrize("method", [trendtests.mann_kendall, trendtests.sen, trendtests.ols])
def test_many_series_are_worked_out_as_one_at_a_time(method: object) -> None:
    table = many()
    together = method(table["series"], table["year"], table["value"])
    for name, rows in table.groupby("series"):
        alone = method(rows["series"], rows["year"], rows["value"])
        pd.testing.assert_series_equal(together.loc[name], alone.loc[name])


def test_series_may_have_several_keys() -> None:
    keys = pd.MultiIndex.from_tuples([("m", "4601"), ("m", "0301"), ("m", "0301"), ("m", "4601")])
    rows = trendtests.ols(keys, [2010, 2010, 2011, 2011], [1, 2, 4, 9])
    assert rows["slope"].to_dict() == {("m", "0301"): 2, ("m", "4601"): 8}


@pytest.mark.parametrize("method", [trendtests.mann_kendall, trendtests.sen, trendtests.ols])
def test_no_series_at_all(method: object) -> None:
    assert method([], [], []).empty


@pytest.mark.parametrize("method", [trendtests.mann_kendall, trendtests.sen, trendtests.ols])
def test_eleven_thousand_series_take_no_time(method: object) -> None:
    random = np.random.default_rng(0)
    n = random.integers(3, 23, 11_000)
    names = np.repeat(np.arange(11_000), n)
    years = np.concatenate([np.arange(2024 - k, 2024) for k in n])
    values = random.normal(size=len(names)).round(2)
    start = time.perf_counter()
    rows = method(names, years, values)
    assert time.perf_counter() - start < 2  # 0.1 s on a quiet machine
    assert len(rows) == 11_000


#: Monthly rainfall with gaps, from pyMannKendall's tests (ec2e3ab1), whose results were checked
#: there against R's modifiedmk, fume, rkt and trend.
RAIN = """
32 20 25 189 240 193 379 278 301 0 0 82 0 4 - - 121 234 360 262 120 30 11 1 7 3 31 31 355
102 248 274 308 - 5 26 11 16 6 48 388 539 431 272 404 186 0 2 0 4 1 54 272 459 235 164 365
135 2 - - 4 0 128 210 163 446 225 462 467 19 13 0 3 17 132 178 338 525 623 145 31 19 3 0 29
25 87 259 756 486 180 292 43 92 1 0 16 2 0 130 253 594 111 273 30 0 4 0 27 24 41 292 378 499
265 320 227 4 0 4 14 8 48 416 240 404 207 733 105 0 112 0 14 0 30 140 202 289 159 424 106 3
0 65 3 14 58 268 466 432 266 240 95 1 0 10 26 4 114 94 289 173 208 263 156 5 0 16 16 14 0
111 475 534 432 471 117 70 1 3 28 7 401 184 283 338 171 335 176 0 0 10 11 9 140 102 208 298
245 220 29 2 27 10 13 26 84 143 367 749 563 283 353 10 0 0 0 0 9 246 265 343 429 168 133 17
0 18 35 76 158 272 250 190 289 466 84 0 0 0 0 0 22 217 299 185 115 344 203 8 - - 0 5 284 123
254 476 496 326 27 20 0 4 53 72 113 214 364 219 220 156 264 0 13 0 0 45 90 137 638 529 261
206 251 0 0 5 9 58 72 138 130 471 328 356 523 0 1 0 0 12 143 193 184 192 138 174 69 1 0 0 18
25 28 92 732 320 256 302 131 15 0 27 0 22 20 213 393 474 374 109 159 0 0 0 3 3 49 205 128
194 570 169 89 0 0 0 0 0 26 185 286 92 225 244 190 3 20
"""


def test_thirty_years_of_rain_with_gaps_give_the_published_numbers() -> None:
    values = [float(word.replace("-", "nan")) for word in RAIN.split()]
    assert len(values) == 360
    found = one(trendtests.mann_kendall, values)
    assert (found["s"], found["variance"]) == (-1959, pytest.approx(4889800.333333333, rel=1e-12))
    assert found["z"] == pytest.approx(-0.8854562842589916, rel=1e-12)
    assert found["p"] == pytest.approx(0.37591058740506833, rel=1e-12)
    assert found["tau_a"] == pytest.approx(-0.03153167653875869, rel=1e-12)
    slope = one(trendtests.sen, values)
    assert slope["slope"] == pytest.approx(-0.006369426751592357, rel=1e-12)
    assert slope["intercept_separate"] == pytest.approx(96.15286624203821, rel=1e-12)
