"""A fit across municipalities with products and weights, beside formulas written out here."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.analysis.regression.between import between, correlations

FORMULA = "voter_turnout_storting ~ tertiary_education_share*low_income_share"
NAMES = ["voter_turnout_storting", "tertiary_education_share", "low_income_share"]


@pytest.fixture(scope="module")
def data() -> wb.Dataset:
    return wb.load()


def design(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    y, one, other = rows[NAMES].to_numpy().T
    product = (one - one.mean()) * (other - other.mean())
    return y, np.column_stack([np.ones(len(y)), one, other, product])


def test_coefficients_and_errors_are_those_of_weighted_least_squares(data: wb.Dataset) -> None:
    fit = between(data, FORMULA, weights="population")
    y, x = design(fit.rows)
    weight = np.diag(fit.rows["population"])
    inverse = np.linalg.inv(x.T @ weight @ x)
    slopes = inverse @ x.T @ weight @ y
    assert fit.terms["coefficient"].to_numpy() == pytest.approx(slopes[1:])
    # HC3: residuals grow by what each figure takes of its own fit (MacKinnon and White 1985).
    leverage = np.diag(x @ inverse @ x.T @ weight)
    spread = weight @ np.diag(((y - x @ slopes) / (1 - leverage)) ** 2) @ weight
    errors = np.sqrt(np.diag(inverse @ x.T @ spread @ x @ inverse))
    assert fit.terms["error"].to_numpy() == pytest.approx(errors[1:])
    assert fit.rows["leverage"].to_numpy() == pytest.approx(leverage)


def test_without_products_and_weights_it_is_the_fit_of_regress(data: wb.Dataset) -> None:
    formula = "voter_turnout_storting ~ tertiary_education_share + log(population)"
    ours, briefs = between(data, formula), wb.regress(data, formula)
    for column in ("coefficient", "error", "low", "high"):
        assert ours.terms[column].to_numpy() == pytest.approx(briefs.terms[column].to_numpy())


def test_influence_is_what_a_fit_without_the_municipality_says(data: wb.Dataset) -> None:
    fit = between(data, FORMULA)
    y, x = design(fit.rows)
    at = int(fit.rows["cooks"].argmax())
    rest = np.arange(len(y)) != at
    whole = np.linalg.lstsq(x, y, rcond=None)[0]
    without = np.linalg.lstsq(x[rest], y[rest], rcond=None)[0]
    variance = ((y - x @ whole) ** 2).sum() / (len(y) - 4)
    cooks = ((x @ (whole - without)) ** 2).sum() / (4 * variance)
    assert fit.rows["cooks"].iloc[at] == pytest.approx(cooks)


def test_nineteen_of_twenty_lie_within_what_is_expected_of_one_like_them(data: wb.Dataset) -> None:
    fit = between(data, FORMULA)
    ends = [fit.predict(number) for number in fit.rows["municipality"]]
    own = fit.rows["voter_turnout_storting"]
    within = [e["low"] <= value <= e["high"] for e, value in zip(ends, own, strict=True)]
    assert np.mean(within) == pytest.approx(0.95, abs=0.02)
    assert all(e["low"] < e["mean_low"] < e["expected"] < e["mean_high"] for e in ends)
    assert fit.predict("9999") == {}


@pytest.mark.parametrize(
    ("formula", "weights", "why"),
    [
        ("voter_turnout_storting", "", "is not a formula"),
        ("voter_turnout_storting ~ low_income_share + flat_share:population", "", "no product"),
        ("voter_turnout_storting ~ low_income_share*low_income_share", "", "no product"),
        ("voter_turnout_storting ~ low_incme_share", "", "low_income_share"),
        ("voter_turnout_storting ~ low_income_share", "poplation", "population"),
        ("voter_turnout_storting ~ __import__('os')", "", "is not a term"),
    ],
)
def test_what_is_no_formula_is_refused(
    data: wb.Dataset, formula: str, weights: str, why: str
) -> None:
    with pytest.raises(wb.UsageError, match=why):
        between(data, formula, weights)


def test_correlations_say_of_how_many_they_are(data: wb.Dataset) -> None:
    table = correlations(data, NAMES)
    assert len(table) == 3 and table["r"].abs().is_monotonic_decreasing
    row = table[table["other"] == "low_income_share"].iloc[0]
    values = {name: newest(data, name) for name in (row["one"], row["other"])}
    both = pd.DataFrame(values).dropna()
    assert row["n"] == len(both)
    r = np.corrcoef(both.to_numpy().T)[0, 1]
    assert row["r"] == pytest.approx(r)
    z, half = np.arctanh(r), 1.959964 / np.sqrt(len(both) - 3)
    assert [row["low"], row["high"]] == pytest.approx(np.tanh([z - half, z + half]).tolist())


def newest(data: wb.Dataset, measure: str) -> pd.Series:
    rows = data.observations[data.observations["measure"] == measure]
    rows = rows[rows["year"] == rows["year"].max()]
    return rows.set_index("municipality")["value"]


def test_one_measure_goes_with_nothing(data: wb.Dataset) -> None:
    with pytest.raises(wb.UsageError, match="of two measures"):
        correlations(data, NAMES[:1])


def test_weights_are_above_zero(data: wb.Dataset) -> None:
    figures = data.observations.copy()
    gone = (figures["measure"] == "population") & (figures["municipality"] == "3201")
    figures.loc[gone, "value"] = 0.0
    with pytest.raises(wb.UsageError, match="cannot be a weight"):
        between(replace(data, observations=figures), FORMULA, weights="population")
