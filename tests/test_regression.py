"""One model across municipalities, against numpy and figures taken straight from the table."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.regression import cross_section

FORMULA = "voter_turnout_storting ~ tertiary_education_share + low_income_share"


def test_coefficients_are_those_of_least_squares(data: Dataset) -> None:
    model = wb.regress(FORMULA, data)
    table = pd.DataFrame(
        {
            name: data.observations.query("measure == @name and year == @year").set_index(
                "municipality"
            )["value"]
            for name, year in model.years.items()
        }
    ).dropna()
    x = np.column_stack([np.ones(len(table)), table.iloc[:, 1:]])
    beta, *_ = np.linalg.lstsq(x, table.iloc[:, 0], rcond=None)
    assert model.n == len(table)
    assert model.terms["coefficient"].to_numpy() == pytest.approx(beta[1:])
    residual = table.iloc[:, 0] - x @ beta
    assert model.r2 == pytest.approx(1 - residual.var(ddof=0) / table.iloc[:, 0].var(ddof=0))


def test_intervals_are_hc3(data: Dataset) -> None:
    """Long and Ervin (2000), equation for HC3: residuals divided by 1 - leverage."""
    model = wb.regress(FORMULA, data)
    names = list(model.terms["term"])
    x = np.column_stack([np.ones(model.n), model.fitted[names]])
    inverse = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    scaled = (model.fitted["residual"].to_numpy() / (1 - leverage)) ** 2
    error = np.sqrt(np.diag(inverse @ (x.T * scaled) @ x @ inverse))[1:]
    half = (model.terms["high"] - model.terms["low"]) / 2
    assert half.to_numpy() == pytest.approx(error * 1.966, rel=1e-3)  # t, about 350 degrees


def test_an_effect_is_the_step_from_the_lower_to_the_upper_quartile(data: Dataset) -> None:
    model = wb.regress(FORMULA, data)
    for row in model.terms.itertuples():
        low, high = model.fitted[row.term].quantile([0.25, 0.75])
        assert row.effect == pytest.approx(row.coefficient * (high - low))
        assert row.effect_low <= row.effect <= row.effect_high


def test_two_of_three_municipalities_lie_within_the_usual_distance(data: Dataset) -> None:
    model = wb.regress(FORMULA, data)
    inside = (model.fitted["residual"].abs() <= model.usual).mean()
    assert inside == pytest.approx(2 / 3, abs=0.01)


def test_what_is_dropped_is_told_with_what_it_lacks(data: Dataset) -> None:
    model = wb.regress(FORMULA, data)
    assert model.n + len(model.dropped) == len(data.municipalities)
    for row in model.dropped.itertuples():
        for name in row.missing.split(", "):
            assert model.years[name] not in data.series(name, row.municipality).index


def test_a_share_is_a_part_of_the_population(data: Dataset) -> None:
    table, years = cross_section(data, ["share_67_plus"])
    year = years["share_67_plus"]
    old = data.series("population_67_plus", "Bærum").loc[year]
    assert table.at["3201", "share_67_plus"] == pytest.approx(
        100 * old / data.series("population", "Bærum").loc[year]
    )


def test_the_newest_year_with_half_of_the_municipalities_is_used(data: Dataset) -> None:
    _, years = cross_section(data, ["voter_turnout_storting", "low_income_share"])
    assert years == {"voter_turnout_storting": 2025, "low_income_share": 2022}


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("voter_turnout_storting", "is not a formula"),
        ("voter_turnout_storting ~", "is not a formula"),
        ("voter_turnout_storting ~ low_incom_share", "Did you mean low_income_share"),
        ("low_income_share ~ life_expectancy", "no year with figures for half"),
    ],
)
def test_a_formula_that_cannot_be_fitted_is_refused(data: Dataset, formula: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wb.regress(formula, data)


def test_the_repr_names_what_was_fitted(data: Dataset) -> None:
    text = repr(wb.regress(FORMULA, data))
    assert FORMULA in text and "HC3" in text and "tertiary_education_share" in text
