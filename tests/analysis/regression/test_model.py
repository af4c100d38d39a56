"""Models across municipalities and years, against numpy, statsmodels and linearmodels."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.outliers_influence import variance_inflation_factor

import workbench as wb
from workbench.analysis.regression.formula import Term, parse
from workbench.analysis.regression.model import Regression, regress
from workbench.analysis.regression.panel_data import REASONS, spans
from workbench.dataset import Dataset
from workbench.errors import UsageError

FORMULA = "voter_turnout_storting ~ tertiary_education_share + low_income_share"
OVER_YEARS = "tertiary_education_share ~ flat_share + share_67_plus + log(population)"
TERMS = ["flat_share", "share_67_plus", "log(population)"]
OUTCOME = "tertiary_education_share"
EFFECTS = ("none", "pooled", "time", "entity", "two-way")
OVER = EFFECTS[1:]


@pytest.fixture(scope="module")
def few(data: Dataset) -> Dataset:
    """The figures that the models over years need, and no others, which is quicker."""
    names = [OUTCOME, "flat_share", "population", "population_67_plus", "low_income_share"]
    rows = data.observations[data.observations["measure"].isin([*names, "voter_turnout_storting"])]
    return replace(data, observations=rows)


@pytest.fixture(scope="module")
def table(few: Dataset) -> pd.DataFrame:
    """Municipality, year and the four columns, straight from the observations, 2015 to 2020."""
    wide = few.observations.pivot(
        index=["municipality", "year"], columns="measure", values="value"
    ).reset_index()
    wide["share_67_plus"] = 100 * wide["population_67_plus"] / wide["population"]
    wide["log(population)"] = np.log(wide["population"])
    rows = wide[wide["year"].between(2015, 2020)]
    return rows[["municipality", "year", OUTCOME, *TERMS]].dropna().reset_index(drop=True)


@pytest.fixture(scope="module")
def repeated(table: pd.DataFrame) -> pd.DataFrame:
    """The same, of municipalities with more than one year."""
    size = table.groupby("municipality")["year"].transform("size")
    return table[size > 1].reset_index(drop=True)


def fits(few: Dataset, effects: str, errors: str | None = None, lags: int | None = None) -> tuple:
    model = regress(few, OVER_YEARS, effects, errors, lags)
    return model, model.terms["coefficient"].to_numpy(), model.terms["error"].to_numpy()


def dummies(rows: pd.DataFrame, *groups: str) -> np.ndarray:
    """Return an indicator per value of each group, the first left out, and a level."""
    columns = [pd.get_dummies(rows[group], dtype=float).iloc[:, 1:] for group in groups]
    return np.column_stack([np.ones(len(rows)), *columns])


def solved(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the coefficients of least squares by the normal equations: quick for many columns."""
    return np.linalg.solve(x.T @ x, x.T @ y)


GROUPS = {"time": ["year"], "entity": ["municipality"], "two-way": ["municipality", "year"]}


def cleared(rows: pd.DataFrame, names: list[str], effects: str) -> np.ndarray:
    """Return columns less what a level and an indicator per group account for."""
    level, columns = dummies(rows, *GROUPS.get(effects, [])), rows[names].to_numpy()
    return columns - level @ solved(level, columns)


# One row per municipality


def test_coefficients_are_those_of_least_squares(data: Dataset) -> None:
    model = wb.regress(data, FORMULA)
    table = pd.DataFrame(
        {
            name: data.observations.query("measure == @name and year == @year").set_index(
                "municipality"
            )["value"]
            for name, (year,) in model.years.items()
        }
    ).dropna()
    x = np.column_stack([np.ones(len(table)), table.iloc[:, 1:]])
    beta, *_ = np.linalg.lstsq(x, table.iloc[:, 0], rcond=None)
    assert model.n == model.municipalities == len(table)
    assert model.terms["coefficient"].to_numpy() == pytest.approx(beta[1:])
    residual = table.iloc[:, 0] - x @ beta
    explained = 1 - residual.var(ddof=0) / table.iloc[:, 0].var(ddof=0)
    assert (model.r2, model.within_r2) == pytest.approx((explained, explained))


def test_intervals_are_hc3(data: Dataset) -> None:
    """Long and Ervin (2000), equation for HC3: residuals divided by 1 - leverage."""
    model = wb.regress(data, FORMULA)
    names = list(model.terms["term"])
    x = np.column_stack([np.ones(model.n), model.fitted[names]])
    inverse = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    scaled = (model.fitted["residual"].to_numpy() / (1 - leverage)) ** 2
    error = np.sqrt(np.diag(inverse @ (x.T * scaled) @ x @ inverse))[1:]
    assert model.terms["error"].to_numpy() == pytest.approx(error)
    half = (model.terms["high"] - model.terms["low"]) / 2
    assert half.to_numpy() == pytest.approx(error * stats.t.ppf(0.975, model.n - 3))


@pytest.mark.parametrize("effects", EFFECTS)
def test_two_of_three_figures_lie_within_the_usual_distance(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    inside = (model.fitted["residual"].abs() <= model.usual).mean()
    assert inside == pytest.approx(2 / 3, abs=0.01)
    apart = model.fitted[OUTCOME] - model.fitted["expected"] - model.fitted["residual"]
    assert apart.abs().max() < 1e-9


def test_a_share_is_a_part_of_the_population(data: Dataset) -> None:
    model = regress(data, "low_income_share ~ share_67_plus")
    (year,) = model.years["share_67_plus"]
    old = data.series("population_67_plus", "Bærum").loc[year]
    own = model.fitted.set_index("municipality").at["3201", "share_67_plus"]
    assert own == pytest.approx(100 * old / data.series("population", "Bærum").loc[year])


def test_the_newest_year_with_half_of_the_municipalities_is_used(data: Dataset) -> None:
    model = regress(data, "voter_turnout_storting ~ low_income_share")
    assert model.years == {"voter_turnout_storting": (2025,), "low_income_share": (2022,)}


def test_a_lag_counts_back_from_the_year_of_the_outcome(data: Dataset) -> None:
    model = regress(data, "voter_turnout_storting ~ lag(low_income_share, 5)")
    assert model.years["lag(low_income_share, 5)"] == (2020,)
    own = model.fitted.set_index("municipality").at["3201", "lag(low_income_share, 5)"]
    assert own == data.series("low_income_share", "Bærum").loc[2020]


@pytest.mark.parametrize("effects", EFFECTS)
def test_an_effect_is_the_step_from_the_lower_to_the_upper_quartile(
    few: Dataset, effects: str
) -> None:
    """Of figures in the newest year; of changes where a municipality is compared with itself."""
    model = regress(few, OVER_YEARS, effects)
    rows = model.fitted if effects == "none" else model.fitted.query("year == 2020")
    figures = rows.set_index("municipality")[TERMS]
    if effects in ("entity", "two-way"):
        figures = figures - model.fitted.query("year == 2015").set_index("municipality")[TERMS]
    for row in model.terms.itertuples():
        low, high = figures[row.term].quantile([0.25, 0.75])
        assert (row.quartile_low, row.quartile_high) == pytest.approx((low, high))
        assert row.effect == pytest.approx(row.coefficient * (high - low))
        assert row.effect_low <= row.effect <= row.effect_high


# Several years


def test_entity_effects_are_the_within_estimator(few: Dataset, repeated: pd.DataFrame) -> None:
    """Every column less its municipality's mean, by hand."""
    model, slopes, _ = fits(few, "entity")
    columns = repeated[[OUTCOME, *TERMS]]
    clear = columns - columns.groupby(repeated["municipality"]).transform("mean")
    beta = np.linalg.lstsq(clear[TERMS], clear[OUTCOME], rcond=None)[0]
    assert slopes == pytest.approx(beta)
    left = ((clear[OUTCOME] - clear[TERMS] @ beta) ** 2).sum()
    assert model.within_r2 == pytest.approx(1 - left / (clear[OUTCOME] ** 2).sum())
    assert model.n == len(repeated)
    assert model.municipalities == repeated["municipality"].nunique()


@pytest.mark.parametrize("effects", OVER)
def test_effects_are_an_indicator_each(
    few: Dataset, table: pd.DataFrame, repeated: pd.DataFrame, effects: str
) -> None:
    model, slopes, _ = fits(few, effects)
    rows = repeated if effects in ("entity", "two-way") else table
    x, y = np.column_stack([rows[TERMS], dummies(rows, *GROUPS.get(effects, []))]), rows[OUTCOME]
    beta = solved(x, y.to_numpy())
    assert slopes == pytest.approx(beta[:3])
    residual = y.to_numpy() - x @ beta
    assert model.fitted["residual"].to_numpy() == pytest.approx(residual, abs=1e-7)
    assert model.r2 == pytest.approx(1 - residual.var() / rows[OUTCOME].var(ddof=0))


@pytest.mark.parametrize("effects", ["pooled", "time"])
@pytest.mark.parametrize("errors", ["cluster", "HC1", "HC3"])
def test_errors_between_municipalities_are_those_of_statsmodels(
    few: Dataset, table: pd.DataFrame, effects: str, errors: str
) -> None:
    _, slopes, found = fits(few, effects, errors)
    x = np.column_stack([table[TERMS], dummies(table, *GROUPS.get(effects, []))])
    options = {"groups": table["municipality"].factorize()[0]}
    kwds = {"cov_kwds": options} if errors == "cluster" else {}
    oracle = OLS(table[OUTCOME], x).fit(cov_type=errors, **kwds)
    assert slopes == pytest.approx(oracle.params[:3])
    assert found == pytest.approx(oracle.bse[:3])


@pytest.mark.parametrize("effects", ["entity", "two-way"])
def test_cluster_errors_within_municipalities_are_those_of_linearmodels(
    few: Dataset, repeated: pd.DataFrame, effects: str
) -> None:
    """Effects of municipalities are not counted: they lie within the clusters (as in Stata)."""
    model, slopes, found = fits(few, effects)
    rows = repeated.set_index(["municipality", "year"])
    oracle = PanelOLS(
        rows[OUTCOME], rows[TERMS], entity_effects=True, time_effects=effects == "two-way"
    ).fit(
        cov_type="clustered",
        cluster_entity=True,
        group_debias=True,
        debiased=False,
        auto_df=False,
        count_effects=False,
    )
    years = rows.index.get_level_values("year").nunique() - 1 if effects == "two-way" else 0
    n, k = len(rows), 3 + 1 + years
    assert slopes == pytest.approx(oracle.params.to_numpy())
    assert found == pytest.approx(oracle.std_errors.to_numpy() * np.sqrt(n / (n - k)), rel=1e-6)
    assert model.within_r2 == pytest.approx(oracle.rsquared)
    freedom = model.municipalities - 1
    assert model.terms["high"].to_numpy() == pytest.approx(
        slopes + found * stats.t.ppf(0.975, freedom)
    )


def test_two_years_with_two_way_effects_are_a_regression_of_changes(data: Dataset) -> None:
    """Clustered errors are then HC errors of the changes; counting each municipality would not."""
    formula = "voter_turnout_storting ~ lag(tertiary_education_share, 5) + share_67_plus"
    model = regress(data, formula, "two-way")
    wide = model.fitted.pivot(index="municipality", columns="year")
    change = wide.xs(2025, axis=1, level=1) - wide.xs(2021, axis=1, level=1)
    names = list(model.terms["term"])
    x = change[names].assign(level=1.0)
    oracle = OLS(change["voter_turnout_storting"], x).fit(cov_type="HC0")
    assert model.terms["coefficient"].to_numpy() == pytest.approx(oracle.params[names])
    count = len(change)
    small = count / (count - 1) * (2 * count - 1) / (2 * count - 4)
    assert model.terms["error"].to_numpy() == pytest.approx(oracle.bse[names] * np.sqrt(small))


@pytest.mark.parametrize("effects", ["pooled", "time", "entity", "two-way"])
@pytest.mark.parametrize("lags", [0, 2])
def test_driscoll_kraay_errors_are_those_of_the_yearly_sums(
    few: Dataset, table: pd.DataFrame, repeated: pd.DataFrame, effects: str, lags: int
) -> None:
    """Scores are added up over the municipalities of a year; then Newey and West (1987)."""
    model, slopes, found = fits(few, effects, "driscoll-kraay", lags)
    rows = repeated if effects in ("entity", "two-way") else table
    clear = cleared(rows, [OUTCOME, *TERMS], effects)
    residual = clear[:, 0] - clear[:, 1:] @ slopes
    sums = pd.DataFrame(clear[:, 1:] * residual[:, None]).groupby(rows["year"]).sum().to_numpy()
    middle = sums.T @ sums
    for lag in range(1, lags + 1):
        shared = sums[lag:].T @ sums[:-lag]
        middle += (1 - lag / (lags + 1)) * (shared + shared.T)
    inverse = np.linalg.inv(clear[:, 1:].T @ clear[:, 1:])
    assert found == pytest.approx(np.sqrt(np.diag(inverse @ middle @ inverse)))
    assert model.terms["high"].to_numpy() == pytest.approx(slopes + found * stats.t.ppf(0.975, 5))
    if effects != "pooled":
        return
    rows = rows.set_index(["municipality", "year"])
    second = PanelOLS(rows[OUTCOME], rows[TERMS].assign(level=1.0)).fit(
        cov_type="kernel", kernel="bartlett", bandwidth=lags, debiased=False
    )
    assert found == pytest.approx(second.std_errors.to_numpy()[:3], rel=1e-6)


def test_driscoll_kraay_lags_count_elections_not_years(data: Dataset) -> None:
    formula = "voter_turnout_storting ~ share_67_plus"
    none, one = (
        regress(data, formula, "two-way", "driscoll-kraay", lags)
        .terms[["coefficient", "error"]]
        .to_numpy()
        for lags in (0, 1)
    )
    assert none[0, 0] == one[0, 0] and none[0, 1] != pytest.approx(one[0, 1])


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 10**6))
@pytest.mark.parametrize("effects", ["entity", "two-way"])
def test_what_is_constant_in_a_municipality_changes_nothing(
    few: Dataset, effects: str, seed: int
) -> None:
    rows = few.observations
    numbers = few.municipalities["number"]
    shift = dict(zip(numbers, np.random.default_rng(seed).normal(0, 20, len(numbers)), strict=True))
    moved = rows["measure"].eq(OUTCOME) * rows["municipality"].map(shift)
    other = replace(few, observations=rows.assign(value=rows["value"] + moved))
    plain, shifted = (regress(one, OVER_YEARS, effects) for one in (few, other))
    for name in ("coefficient", "error", "low", "high", "vif"):
        assert shifted.terms[name].to_numpy() == pytest.approx(plain.terms[name], rel=1e-6)
    assert shifted.within_r2 == pytest.approx(plain.within_r2)


@settings(deadline=None, max_examples=5)
@given(scale=st.floats(0.01, 1e3), effects=st.sampled_from(EFFECTS))
def test_a_scaled_outcome_scales_its_coefficients(few: Dataset, scale: float, effects: str) -> None:
    rows = few.observations
    value = rows["value"].where(rows["measure"] != OUTCOME, scale * rows["value"])
    other = replace(few, observations=rows.assign(value=value))
    plain, scaled = (regress(one, OVER_YEARS, effects) for one in (few, other))
    for name in ("coefficient", "error", "low", "high", "effect", "effect_low"):
        assert scaled.terms[name].to_numpy() == pytest.approx(scale * plain.terms[name])
    assert scaled.terms["p"].to_numpy() == pytest.approx(plain.terms["p"], rel=1e-6)
    assert scaled.usual == pytest.approx(scale * plain.usual)
    assert list(scaled.influential["municipality"]) == list(plain.influential["municipality"])


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 10**6), effects=st.sampled_from(EFFECTS))
def test_the_order_of_rows_is_irrelevant(few: Dataset, seed: int, effects: str) -> None:
    other = replace(
        few,
        observations=few.observations.sample(frac=1, random_state=seed),
        municipalities=few.municipalities.sample(frac=1, random_state=seed),
    )
    plain, mixed = (regress(one, OVER_YEARS, effects) for one in (few, other))
    pd.testing.assert_frame_equal(plain.terms, mixed.terms)
    pd.testing.assert_frame_equal(plain.fitted, mixed.fitted)
    pd.testing.assert_frame_equal(plain.influential, mixed.influential)
    assert len(plain.dropped) == len(mixed.dropped)


# Lags, logarithms, breaks and what is left out


def test_a_lag_is_the_figure_of_that_many_calendar_years_before(data: Dataset) -> None:
    """Also for elections, four years apart: not the figure before in the table."""
    model = regress(data, "voter_turnout_storting ~ lag(share_67_plus, 3)", "two-way")
    assert model.years["lag(share_67_plus, 3)"] == (2006, 2010, 2014, 2018, 2022)
    own = model.fitted[model.fitted["municipality"] == "3201"].set_index("year")
    old, all_of = (data.series(name, "3201") for name in ("population_67_plus", "population"))
    for year in (2009, 2025):
        expected = 100 * old.loc[year - 3] / all_of.loc[year - 3]
        assert own.at[year, "lag(share_67_plus, 3)"] == pytest.approx(expected)


def test_a_logarithm_is_natural_and_leaves_out_zero(data: Dataset) -> None:
    model = regress(data, "tertiary_education_share ~ log(flat_share)", "time")
    own = model.fitted[model.fitted["municipality"] == "3201"].set_index("year")
    assert own.at[2020, "log(flat_share)"] == pytest.approx(
        np.log(data.series("flat_share", "3201").loc[2020])
    )
    zero = data.observations.query("measure == 'flat_share' and value == 0")
    out = model.dropped[model.dropped["reason"] == "not above zero"]
    assert len(out) and set(out["missing"]) == {"log(flat_share)"}
    assert set(out["municipality"]) <= set(zero["municipality"])


def test_no_model_over_years_crosses_a_break(data: Dataset) -> None:
    model = regress(data, "tertiary_education_share ~ share_67_plus", "entity")
    assert model.years["tertiary_education_share"] == tuple(range(2014, 2021))
    cut = model.dropped[model.dropped["reason"] == "break"]
    assert list(cut["year"]) == [2011, 2012, 2013] and cut["municipality"].isna().all()
    assert set(cut["missing"]) == {"tertiary_education_share"}
    assert any("2011–2013" in said and "break" in said for said in model.reading)


def test_the_break_of_a_lag_lies_later(data: Dataset) -> None:
    model = regress(data, "low_income_share ~ lag(tertiary_education_share, 4)", "time")
    assert model.years["lag(tertiary_education_share, 4)"] == (2014, 2015, 2016, 2017, 2018)
    early = regress(data, "low_income_share ~ lag(tertiary_education_share, 5)", "time")
    assert early.years["lag(tertiary_education_share, 5)"] == (2014, 2015, 2016, 2017)
    cut = early.dropped[early.dropped["reason"] == "break"]
    assert list(cut["year"]) == [2018], "the figures of 2013"


def test_a_break_of_a_part_of_the_population_counts(few: Dataset) -> None:
    row = few.breaks.iloc[[0]].assign(measure="population_67_plus", year=2018)
    broken = replace(few, breaks=pd.concat([few.breaks, row]))
    model = regress(broken, OVER_YEARS, "two-way")
    assert model.years["share_67_plus"] == (2018, 2019, 2020)


def test_what_is_dropped_is_told_with_what_it_lacks(data: Dataset) -> None:
    model = wb.regress(data, FORMULA)
    assert model.n + len(model.dropped) == len(data.municipalities)
    for row in model.dropped.itertuples():
        assert row.reason == "no figure"
        for name in row.missing.split(", "):
            assert model.years[name][0] not in data.series(name, row.municipality).index


@pytest.mark.parametrize("effects", OVER)
def test_every_municipality_and_year_is_in_or_told_of(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    assert set(model.dropped["reason"]) <= set(REASONS)
    told = model.dropped[model.dropped["municipality"].notna()]
    inside = set(zip(model.fitted["municipality"], model.fitted["year"], strict=True))
    always = set(told.loc[told["year"].isna(), "municipality"])
    some = told[told["year"].notna()]
    out = set(zip(some["municipality"], some["year"], strict=True))
    assert not inside & out
    for number in few.municipalities["number"]:
        for year in model.years[OUTCOME]:
            ways = [(number, year) in inside, (number, year) in out, number in always]
            assert sum(ways) == 1, (number, year)


def test_a_single_year_is_no_comparison_with_oneself(few: Dataset) -> None:
    alone = regress(few, OVER_YEARS, "two-way").dropped.query("reason == 'one year'")
    assert len(alone) and alone["municipality"].is_unique
    between = regress(few, OVER_YEARS, "time").fitted
    assert set(alone["municipality"]) <= set(between["municipality"])


def test_figures_that_are_not_yearly_are_told_of(data: Dataset) -> None:
    model = regress(data, "voter_turnout_storting ~ share_67_plus", "two-way")
    assert "voter_turnout_storting has figures every 4 years only." in model.reading
    assert "2009, 2013, 2017, 2021, 2025" in model.reading[0]
    window = regress(data, "new_dwellings_outside_settlements ~ share_67_plus", "two-way")
    assert any("covers 4 years" in said for said in window.reading)


# Diagnostics


@pytest.mark.parametrize("effects", EFFECTS)
def test_collinearity_is_that_of_what_the_effects_leave(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    clear = cleared(model.fitted, TERMS, effects)
    expected = [variance_inflation_factor(clear, at) for at in range(3)]
    assert model.terms["vif"].to_numpy() == pytest.approx(expected)
    assert model.condition == pytest.approx(np.linalg.cond(clear / np.linalg.norm(clear, axis=0)))


@pytest.mark.parametrize("effects", EFFECTS)
def test_influence_is_what_a_fit_without_the_municipality_gives(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    slopes = model.terms.set_index("term")
    assert model.influential["moved"].abs().is_monotonic_decreasing
    assert model.influential["moved"].abs().min() > 2 / np.sqrt(model.municipalities)
    for row in model.influential.iloc[[0, 1, -1]].itertuples():
        rows = few.observations[few.observations["municipality"] != row.municipality]
        without = regress(replace(few, observations=rows), OVER_YEARS, effects)
        change = without.terms.set_index("term").at[row.term, "coefficient"]
        change -= slopes.at[row.term, "coefficient"]
        assert row.change == pytest.approx(change, rel=1e-6)
        assert row.moved == pytest.approx(change / slopes.at[row.term, "error"], rel=1e-6)
        assert row.name == few.name(row.municipality)


@pytest.mark.parametrize("effects", ["none", "entity", "two-way"])
def test_the_slope_of_partial_residuals_is_the_coefficient(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    for row in model.terms.itertuples():
        points = model.partial(row.term)
        assert np.polyfit(points["x"], points["y"], 1)[0] == pytest.approx(row.coefficient)


def test_partial_residuals_stand_at_the_means_of_the_newest_year(few: Dataset) -> None:
    model = regress(few, OVER_YEARS, "time")
    newest = model.fitted.query("year == 2020")
    points = model.partial("flat_share")
    assert set(points["year"]) == {2020} and len(points) == len(newest)
    assert points["y"].mean() == pytest.approx(newest[OUTCOME].mean())
    assert points["x"].to_numpy() == pytest.approx(newest["flat_share"])
    slope = model.terms.set_index("term").at["flat_share", "coefficient"]
    left = points["y"] - slope * points["x"]
    assert (left - left.mean()).to_numpy() == pytest.approx(
        newest["residual"] - newest["residual"].mean()
    )


# Words

#: What a reading of what goes together may never say.
CAUSE = (
    r"\b(caus\w+|because|effects?\b(?! account)|leads? to|due to|impacts?|affects?|explains?|why)"
)


@pytest.mark.parametrize("effects", EFFECTS)
def test_the_reading_agrees_with_the_signs_and_names_no_cause(few: Dataset, effects: str) -> None:
    model = regress(few, OVER_YEARS, effects)
    for row, said in zip(model.terms.itertuples(), model.reading[1:], strict=False):
        name = row.term.removeprefix("log(").removesuffix(")")
        assert name in said
        if row.low < 0 < row.high:
            assert said.startswith("Which way") and "cannot be told" in said
        else:
            way, other = ("higher", "lower") if row.coefficient > 0 else ("lower", "higher")
            after = said.partition(f"{OUTCOME} is ")[2]
            assert way in after and other not in after
    assert not re.search(CAUSE, " ".join(model.reading), re.IGNORECASE)


def test_a_logarithm_is_read_by_ten_per_cent(few: Dataset) -> None:
    model = regress(few, f"log({OUTCOME}) ~ log(population)", "time")
    slope = model.terms.at[0, "coefficient"]
    size = f"{100 * np.expm1(slope * np.log(1.1)):.3g} % higher"
    assert f"Where population is 10 % higher, {OUTCOME} is {size}" in model.reading[1]


def turned(model: Regression, change: float) -> Regression:
    rows = model.influential.iloc[[0]].assign(change=change)
    return replace(model, influential=rows)


def test_a_municipality_that_turns_a_sign_is_named(data: Dataset) -> None:
    model = regress(data, FORMULA)
    row = model.influential.iloc[0]
    slope = model.terms.set_index("term").at[row["term"], "coefficient"]
    said = " ".join(turned(model, -2 * slope).reading)
    assert f"Without {row['name']} alone, a coefficient would change its sign." in said
    assert "No municipality turns a sign" in " ".join(turned(model, -0.1 * slope).reading)
    none = replace(model, influential=model.influential.iloc[:0])
    assert "No municipality weighs much by itself." in none.reading


def test_terms_that_move_together_are_told_of(data: Dataset) -> None:
    close = regress(data, "low_income_share ~ share_67_plus + share_80_plus")
    assert close.terms["vif"].max() > 5
    assert any("share_67_plus and share_80_plus move together" in said for said in close.reading)
    apart = " ".join(regress(data, FORMULA).reading)
    assert "move together" not in apart


def test_driscoll_kraay_from_few_years_is_called_rough(few: Dataset) -> None:
    model = regress(few, OVER_YEARS, "two-way", "driscoll-kraay")
    assert any("from 6 they are rough" in said for said in model.reading)


def test_the_repr_names_what_was_fitted(data: Dataset) -> None:
    text = repr(wb.regress(data, FORMULA))
    assert FORMULA in text and "HC3" in text and "tertiary_education_share" in text
    assert "353 municipalities" in text


@pytest.mark.parametrize(
    ("years", "written"),
    [([2009], "2009"), ([2014, 2015, 2016, 2020], "2014–2016, 2020"), ([2021, 2020], "2020–2021")],
)
def test_years_are_written_in_short(years: list[int], written: str) -> None:
    assert spans(years) == written


# What is refused


def test_a_formula_is_read_into_terms() -> None:
    outcome, terms = parse(
        "log(a_1)~ b+ lag( b , 3 )+share_67_plus", ["a_1", "b", "population_67_plus", "population"]
    )
    assert outcome == Term("a_1", log=True)
    assert terms == [Term("b"), Term("b", lag=3), Term("share_67_plus")]
    assert [str(term) for term in terms] == ["b", "lag(b, 3)", "share_67_plus"]
    assert terms[2].measures == ("population_67_plus", "population")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("voter_turnout_storting", "is not a formula"),
        ("voter_turnout_storting ~", "is not a formula"),
        ("~ low_income_share", "is not a formula"),
        ("voter_turnout_storting ~ low_income_share +", "is not a formula"),
        ("voter_turnout_storting ~ low_incom_share", "Did you mean low_income_share"),
        ("voter_turnout_storting ~ share_67_plu", "Did you mean share_67_plus"),
        ("low_income_share ~ life_expectancy", "no year with figures for half"),
        ("low_income_share ~ flat_share * share_67_plus", "is not a term. A term is a measure"),
        ("low_income_share ~ flat_share:share_67_plus", "is not a term"),
        ("low_income_share ~ flat_share - 1", "is not a term"),
        ("low_income_share ~ I(flat_share)", "is not a term"),
        ("low_income_share ~ exp(flat_share)", "is not a term"),
        ("low_income_share ~ log(lag(flat_share, 1))", "is not a term"),
        ("low_income_share ~ lag(flat_share)", "is not a term"),
        ("low_income_share ~ lag(flat_share, -1)", "is not a term"),
        ("low_income_share ~ lag(flat_share, 0)", "a lag of no years"),
        ("lag(low_income_share, 1) ~ flat_share", "The outcome .* is lagged"),
        ("low_income_share ~ flat_share + flat_share", "stands twice"),
        ("low_income_share ~ flat_share + low_income_share", "stands twice"),
        ("low_income_share ~ lag(flat_share, 12)", "asks for figures of 2010"),
        (
            "low_income_share ~ share_0_5 + share_6_15 + share_16_19 + share_20_66 + share_67_plus",
            "cannot be told apart",
        ),
    ],
)
def test_a_formula_that_cannot_be_fitted_is_refused(data: Dataset, formula: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wb.regress(data, formula)


@pytest.mark.parametrize(
    ("effects", "errors", "lags", "said"),
    [
        ("twoway", None, None, 'no "twoway" effects. Did you mean two-way'),
        ("two-way", "clustered", None, 'no "clustered" errors. Did you mean cluster'),
        ("none", "cluster", None, "need several years"),
        ("none", "driscoll-kraay", None, "need several years"),
        ("entity", "HC3", None, "Stock and Watson"),
        ("two-way", "HC0", None, "Stock and Watson"),
        ("two-way", "driscoll-kraay", 6, "not from 0 to 5"),
        ("two-way", "driscoll-kraay", -1, "not from 0 to 5"),
    ],
)
def test_effects_and_errors_that_do_not_go_together_are_refused(
    few: Dataset, effects: str, errors: str | None, lags: int | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        regress(few, OVER_YEARS, effects, errors, lags)


def test_driscoll_kraay_needs_five_years(data: Dataset) -> None:
    formula = "voter_turnout_storting ~ lag(low_income_share, 3)"
    with pytest.raises(UsageError, match="2 are too few"):
        regress(data, formula, "two-way", "driscoll-kraay")


def test_terms_that_share_no_years_are_refused_with_the_years_of_each(data: Dataset) -> None:
    """Education is known until 2020, low income from 2018: no election lies in both."""
    formula = "voter_turnout_storting ~ tertiary_education_share + share_67_plus + low_income_share"
    with pytest.raises(UsageError) as caught:
        regress(data, formula, effects="two-way", errors="cluster")
    said = str(caught.value)
    assert said.startswith("No year has figures for all terms")
    assert "tertiary_education_share 2014–2020" in said and "low_income_share 2018–2022" in said
    assert "lag(name, years)" in said
    lagged = "voter_turnout_storting ~ lag(tertiary_education_share, 5) + share_67_plus"
    lagged += " + lag(low_income_share, 3)"
    assert regress(data, lagged, "two-way", "cluster").municipalities > 300


@pytest.mark.parametrize("effects", OVER)
def test_a_measure_of_some_counties_only_is_refused(data: Dataset, effects: str) -> None:
    with pytest.raises(UsageError, match='"overcrowded_dwelling_share" has no year with figures'):
        regress(data, "low_income_share ~ overcrowded_dwelling_share", effects)


def test_one_common_year_is_no_panel(data: Dataset) -> None:
    formula = "voter_turnout_storting ~ tertiary_education_share"
    with pytest.raises(UsageError, match="Only 2017 has figures"):
        regress(data, formula, "time")


@pytest.mark.parametrize("effects", EFFECTS)
def test_too_few_municipalities_are_refused(few: Dataset, effects: str) -> None:
    numbers = few.municipalities["number"].head(39)
    rows = few.observations["municipality"].isin(numbers)
    small = replace(
        few,
        observations=few.observations[rows],
        municipalities=few.municipalities[few.municipalities["number"].isin(numbers)],
    )
    with pytest.raises(UsageError, match=r"Only \d+ municipalities .* needs at least 40"):
        regress(small, OVER_YEARS, effects)


def test_what_does_not_vary_within_municipalities_is_refused(few: Dataset) -> None:
    rows = few.observations
    first = rows[rows["measure"] == "flat_share"].groupby("municipality")["value"].first()
    still = rows["value"].where(rows["measure"] != "flat_share", rows["municipality"].map(first))
    same = replace(few, observations=rows.assign(value=still))
    with pytest.raises(UsageError, match='"flat_share" does not vary.*"entity" effects'):
        regress(same, "tertiary_education_share ~ flat_share + share_67_plus", "entity")
    assert regress(same, "tertiary_education_share ~ flat_share", "time").n > 2000
