"""Published regressions on panels, by the estimators that the workbench's models rest on."""

from typing import Any

import numpy as np
import pytest

from workbench.verification import panel_cases
from workbench.verification.cases import Case, Results

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["value", "capital", "const"]


def results(name: str, **inputs: Any) -> Results:
    """What comes out of Grunfeld's ten firms over twenty years."""
    return panel_cases.panels(Case(f"panel/{name}", {"data": "Grunfeld", **inputs}, {}, ""))


def listed(by_name: dict[str, float]) -> list[float]:
    return [by_name[name] for name in NAMES]


def test_pooled_with_clusters() -> None:
    """Stata: regress, vce(cluster company), in statsmodels' results_grunfeld_ols_robust_cluster."""
    fit = results("Stata/pooled_cluster_firm")
    assert listed(fit["b"]) == pytest.approx(
        [0.11556215606596, 0.23067848754982, -42.714369016733], rel=1e-6
    )
    assert listed(fit["se"]) == pytest.approx(
        [0.01589433647768, 0.08496711097464, 20.425202580078], rel=1e-6
    )
    assert fit["F"] == pytest.approx(51.59060716590177, rel=1e-6)
    assert (fit["df_r"], fit["N_clust"]) == (9, 10)


@pytest.mark.parametrize(
    ("errors", "lags", "variances"),
    [
        # Stata: xtscc and newey, in statsmodels' results_panelrobust
        ("driscoll_kraay", 0, [0.00005883478135, 0.00140649264687, 99.248049966902]),
        ("driscoll_kraay", 1, [0.00009855800275, 0.00205106413403, 140.50692606398]),
        ("driscoll_kraay", 4, [0.00018052657317, 0.0024312795189, 148.60456447156]),
        ("newey_west", 0, [0.00004638910396, 0.00238784043122, 133.97367476797]),
        ("newey_west", 1, [0.00007381482253, 0.00341979122583, 197.31345000598]),
        ("newey_west", 4, [0.0001305958131, 0.00468152667913, 261.76140136858]),
    ],
)
def test_errors_related_over_years(errors: str, lags: int, variances: list[float]) -> None:
    fit = results(errors, lags=lags)
    assert [fit[f"var_{name}"] for name in NAMES] == pytest.approx(variances, rel=1e-5)


def test_random_effects() -> None:
    """R's plm, vignette plmPackage (Swamy-Arora)."""
    fit = results("plm/RE_oneway")
    assert listed(fit["b"]) == pytest.approx([0.109781, 0.308113, -57.834415], rel=1e-4)
    assert listed(fit["se"]) == pytest.approx([0.010493, 0.017180, 28.898935], rel=1e-4)


def test_mixed_model() -> None:
    """R's nlme, same vignette."""
    means = results("nlme/lme_random_intercept")["b"]
    assert means["const"] == pytest.approx(-57.8644245, abs=1e-4)
    assert np.array([means["value"], means["capital"]]) == pytest.approx(
        [0.1097897, 0.3081881], abs=1e-7
    )


def test_tests_of_the_assumptions() -> None:
    """R's plm, same vignette: pooltest, pFtest and phtest."""
    assert results("pooltest") == {"F": pytest.approx(5.7805, abs=5e-5), **degrees(18, 170)}
    effects = results("pFtest_twoways")
    assert effects.pop("p") < 1e-9
    assert effects == {"F": pytest.approx(17.403, abs=5e-4), **degrees(28, 169)}
    hausman = results("phtest")
    assert (hausman["chisq"], hausman["p"]) == pytest.approx((2.3304, 0.3119), abs=5e-5)


def degrees(df1: int, df2: int) -> dict[str, int]:
    return {"df1": df1, "df": df1, "df2": df2}
