"""Regressions on panels, against Stata, R and regressions with a column for every unit."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import grunfeld
from statsmodels.regression.linear_model import OLS

from workbench.methods import panel, paneltests

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def firms() -> panel.Panel:
    """Return Grunfeld's ten firms over twenty years."""
    table = grunfeld.load_pandas().data.iloc[:200]
    return panel.of(table, "invest", ["value", "capital"], "firm", "year")


@pytest.fixture(scope="module")
def gaps() -> pd.DataFrame:
    """Return a table of 30 units with gaps, effects of both kinds, and weights."""
    random = np.random.default_rng(4)
    table = pd.DataFrame(
        {"unit": np.repeat(np.arange(30), 8), "year": np.tile(np.arange(2015, 2023), 30)}
    )
    table["x"] = random.normal(size=240) + table["unit"] / 10
    table["y"] = 2 * table["x"] + table["unit"] + np.sin(table["year"]) + random.normal(size=240)
    table["w"] = 1.0 + table["unit"] % 3
    table.loc[random.choice(240, 40, replace=False), "y"] = np.nan
    return table.sample(frac=1, random_state=1)


def estimates(fit: panel.Fit) -> list[float]:
    return fit.coefficients[["estimate", "error"]].to_numpy().T.ravel().tolist()


def test_pooled_with_clusters(firms: panel.Panel) -> None:
    """Stata: regress, vce(cluster company), in statsmodels' results_grunfeld_ols_robust_cluster."""
    fit = panel.pooled(firms)
    assert estimates(fit) == pytest.approx(
        [
            *(0.11556215606596, 0.23067848754982, -42.714369016733),
            *(0.01589433647768, 0.08496711097464, 20.425202580078),
        ],
        rel=1e-6,
    )
    assert fit.wald()[0] == pytest.approx(51.59060716590177, rel=1e-6)
    assert fit.df_test == 9


@pytest.mark.parametrize(
    ("errors", "lags", "variances"),
    [
        # Stata: xtscc and newey, in statsmodels' results_panelrobust
        ("driscoll-kraay", 0, [0.00005883478135, 0.00140649264687, 99.248049966902]),
        ("driscoll-kraay", 1, [0.00009855800275, 0.00205106413403, 140.50692606398]),
        ("driscoll-kraay", 4, [0.00018052657317, 0.0024312795189, 148.60456447156]),
        ("newey-west", 0, [0.00004638910396, 0.00238784043122, 133.97367476797]),
        ("newey-west", 1, [0.00007381482253, 0.00341979122583, 197.31345000598]),
        ("newey-west", 4, [0.0001305958131, 0.00468152667913, 261.76140136858]),
    ],
)
def test_errors_related_over_years(
    firms: panel.Panel, errors: str, lags: int, variances: list[float]
) -> None:
    fit = panel.pooled(firms, errors, lags)
    assert np.diag(fit.covariance).tolist() == pytest.approx(variances, rel=1e-5)


def test_random_effects(firms: panel.Panel) -> None:
    """R's plm, vignette plmPackage: one effect (Swamy-Arora) and two (Amemiya)."""
    assert estimates(panel.random(firms, errors="classic")) == pytest.approx(
        [0.109781, 0.308113, -57.834415, 0.010493, 0.017180, 28.898935], rel=1e-4
    )
    two = panel.random(firms, "both", errors="classic")
    assert estimates(two) == pytest.approx(
        [0.111386, 0.323321, -63.767791, 0.010909, 0.018772, 29.851537], abs=1e-6
    )
    assert set(two.variances) == {"residual", "unit", "year"}


def test_mixed_model(firms: panel.Panel) -> None:
    """R's nlme, same vignette."""
    means = panel.mixed(firms).fe_params
    assert means["const"] == pytest.approx(-57.8644245, abs=1e-4)
    assert means[["value", "capital"]].tolist() == pytest.approx([0.1097897, 0.3081881], abs=1e-7)


def test_random_slopes_have_a_spread() -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame(
        {"municipality": np.repeat(np.arange(60), 6), "year": np.tile(np.arange(2018, 2024), 60)}
    )
    own = np.repeat(random.normal(0, 0.5, 60), 6)
    table["time"] = table["year"] - 2020.5
    table["value"] = (1 + own) * table["time"] + random.normal(0, 0.3, 360)
    fit = panel.mixed(panel.of(table, "value", ["time"]), slopes=True)
    assert fit.fe_params["time"] == pytest.approx(1, abs=0.3)
    assert np.sqrt(fit.cov_re.iloc[1, 1]) == pytest.approx(0.5, abs=0.15)


def test_tests_of_the_assumptions(firms: panel.Panel) -> None:
    """R's plm, same vignette: pooltest, pFtest and phtest."""
    assert paneltests.slopes(firms)[:3] == (pytest.approx(5.7805, abs=5e-5), 18, 170)
    assert paneltests.effects(firms, "both")[:3] == (pytest.approx(17.403, abs=5e-4), 28, 169)
    own, loose = panel.within(firms, errors="classic"), panel.random(firms, errors="classic")
    hausman = paneltests.hausman(own, loose)
    assert (hausman.statistic, hausman.p) == pytest.approx((2.3304, 0.3119), abs=5e-5)


@pytest.mark.parametrize("effects", ["unit", "both"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_fixed_effects_are_a_column_for_every_unit_and_year(
    gaps: pd.DataFrame, effects: str, weights: str | None
) -> None:
    data = panel.of(gaps, "y", ["x"], "unit", "year", weights)
    fit = panel.within(data, effects, errors="classic")
    columns = [data.x[:, 0], *(data.unit == unit for unit in range(30))]
    if effects == "both":
        columns += [data.year == year for year in range(2016, 2023)]
    root = np.sqrt(data.weight)
    wanted = OLS(root * data.y, root[:, None] * np.column_stack(columns).astype(float)).fit()
    assert fit.coefficients.loc["x", "estimate"] == pytest.approx(wanted.params[0])
    assert fit.coefficients.loc["x", "error"] == pytest.approx(wanted.bse[0])
    assert (fit.n, fit.df_residual) == (200, wanted.df_resid)


def test_robust_error_of_fixed_effects_is_clustered(gaps: pd.DataFrame) -> None:
    data = panel.of(gaps, "y", ["x"], "unit", "year")
    assert estimates(panel.within(data, errors="robust")) == estimates(panel.within(data))
    assert estimates(panel.random(data, errors="robust")) == estimates(panel.random(data))


def test_two_random_effects_need_every_figure(gaps: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="every unit and year"):
        panel.random(panel.of(gaps, "y", ["x"], "unit", "year"), "both")


def test_errors_of_no_kind(firms: panel.Panel) -> None:
    with pytest.raises(ValueError, match="'hc9'"):
        panel.pooled(firms, "hc9")
