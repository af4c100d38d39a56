"""Published regressions whose figures are public data sets, computed from those.

Grunfeld's and the macroeconomic data come with statsmodels, the simulated panel and Stata's results
for it with linearmodels.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.methods import distributions
from workbench.verification.cases import Case, NotKnownError, ReferenceOnlyError, Results

Options = dict[str, Any]


def macro(case: Case) -> Results:
    """Investment on growth and the interest rate before, with Stata's robust errors."""
    from statsmodels.datasets import macrodata
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    text = case.inputs["data"]
    if "macrodata" not in text:
        raise NotKnownError(f"the data set is not known: {text}")
    table = macrodata.load_pandas().data
    growth = 400 * np.log(table[["realinv", "realgdp"]]).diff().to_numpy()[1:]
    x = add_constant(np.c_[growth[:, 1], table["realint"][:-1]], prepend=False)
    lags = re.search(r"(\d+) lags", text)
    if lags:
        kind, how = "HAC", {"maxlags": int(lags[1]), "use_correction": True}
    else:
        kind, how = "HC1", {}
    fit = OLS(growth[:, 0], x).fit(cov_type=kind, cov_kwds=how, use_t=True)
    test = fit.f_test(np.eye(3)[:2])
    return {
        "b": fit.params.tolist(),
        "se": fit.bse.tolist(),
        "F": float(test.fvalue),
        "F_p": float(test.pvalue),
    }


def panels(case: Case) -> Results:
    """Grunfeld's ten firms, or Stata's results for a simulated panel."""
    from linearmodels.panel import PanelOLS, PooledOLS, RandomEffects

    if "file" in case.expected:
        return {"file": _simulated(case)}
    if "Grunfeld" not in case.inputs["data"]:
        raise NotKnownError(f"the data set is not known: {case.inputs['data']}")
    what, lags = case.name.casefold(), case.inputs.get("lags", 0)
    y, x = _grunfeld()
    two = "two" in what
    if "pooltest" in what:
        alone = [PooledOLS(y.loc[[firm]], x.loc[[firm]]).fit() for firm in y.index.levels[0]]
        return _slopes_test(PanelOLS(y, x, entity_effects=True).fit(), alone)
    if "lme" in what:
        return {"b": _random_intercepts(y, x).to_dict()}
    if "newey_west" in what:
        return _newey_west(y, x, lags)
    for word, options in _ERRORS.items():
        if word in what:
            extra = {"bandwidth": lags} if word == "driscoll_kraay" else {}
            return _fit(PooledOLS(y, x).fit(**options, **extra))
    own = PanelOLS(y, x, entity_effects=True, time_effects=two).fit()
    if "ftest" in what or "f_test" in what:
        test = own.f_pooled
        return {"F": test.stat, "df1": test.df, "df": test.df, "df2": test.df_denom, "p": test.pval}
    if "hausman" in what or "phtest" in what:
        return _hausman(own, RandomEffects(y, x).fit())
    if "re_" in what or what.endswith("/re") or "random" in what:
        if two:
            raise ReferenceOnlyError("random effects of two kinds at once are not offered")
        return _fit(RandomEffects(y, x).fit())
    if "within" in what or "fe_" in what or what.endswith("/fe"):
        return _fit(own)
    raise NotKnownError("this panel estimator is not known")


_CLUSTER: Options = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
_ERRORS: dict[str, Options] = {
    "cluster": _CLUSTER,
    "driscoll_kraay": {"cov_type": "kernel", "kernel": "bartlett", "debiased": False},
    "pooled": {},
}


def _grunfeld() -> tuple[pd.Series, pd.DataFrame]:
    """Return investment, and the value and capital of the firms, by firm and year."""
    from statsmodels.datasets import grunfeld

    table = grunfeld.load_pandas().data.iloc[:200].set_index(["firm", "year"])
    table.index = table.index.remove_unused_levels()
    return table["invest"], table[["value", "capital"]].assign(const=1.0)


def _fit(fit: Any) -> Results:
    """Return a fit of linearmodels by the names of the cases; df_r is of the clusters' t."""
    error = fit.std_errors.to_dict()
    variance = {f"var_{name}": size**2 for name, size in error.items()}
    slopes = fit.params.drop("const")
    f = slopes @ np.linalg.solve(fit.cov.loc[slopes.index, slopes.index], slopes) / len(slopes)
    clusters = int(fit.entity_info["total"])
    results = {"b": fit.params.to_dict(), "se": error, "F": float(f), "df_m": len(slopes)}
    return {**results, **variance, "N_clust": clusters, "df_r": clusters - 1}


def _newey_west(y: pd.Series, x: pd.DataFrame, lags: int) -> Results:
    """Return the variances with errors related within a firm, which statsmodels has."""
    from statsmodels.regression.linear_model import OLS

    firms = y.index.get_level_values("firm").factorize()[0]
    kinds = {"groups": firms, "maxlags": lags, "use_correction": "hac"}
    fit = OLS(y, x).fit(cov_type="hac-panel", cov_kwds=kinds)
    return {"b": fit.params.to_dict(), **(fit.bse**2).add_prefix("var_").to_dict()}


def _random_intercepts(y: pd.Series, x: pd.DataFrame) -> pd.Series:
    from statsmodels.regression.mixed_linear_model import MixedLM

    model = MixedLM(y.to_numpy(), x, groups=y.index.get_level_values("firm"))
    return model.fit(reml=True, method=["powell", "lbfgs"]).fe_params


def _slopes_test(together: Any, alone: list[Any]) -> Results:
    """Return F of all firms having the same slopes (plm's pooltest)."""
    rss, free = sum(fit.resid_ss for fit in alone), sum(fit.df_resid for fit in alone)
    more = together.df_resid - free
    f = (together.resid_ss - rss) / more / (rss / free)
    return {"F": float(f), "df1": int(more), "df": int(more), "df2": int(free)}


def _hausman(fixed: Any, loose: Any) -> Results:
    """Return chi squared of fixed and random effects saying the same (Hausman 1978)."""
    gap = (fixed.params - loose.params).drop("const")
    more = (fixed.cov - loose.cov).loc[gap.index, gap.index]
    chi = float(gap @ np.linalg.solve(more, gap))
    return {"chisq": chi, "df": len(gap), "p": float(distributions.chi2_sf(chi, len(gap)))}


def stata_results(case: Case) -> dict[str, Any]:
    """Return estimates and t values that Stata printed for the simulated panel, by model."""
    name = str(case.expected["file"]).split(":")[0]
    text = _linearmodels(name).read_text()
    blocks = re.findall(r"^#+!(.*?)!#+$(.*?)(?=^#+!|\Z)", text, flags=re.M | re.S)
    return {
        key: {
            name.replace("_cons", "const"): [float(b), float(t)]
            for name, b, t in re.findall(r"^(\w+)\t(\S+)\n\t(\S+)\n\t\S+$", body, flags=re.M)
        }
        for key, body in blocks
    }


def _simulated(case: Case) -> dict[str, Any]:
    from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects

    models = {"between": BetweenOLS, "fixed_effect": PanelOLS, "random_effect": RandomEffects}
    table = pd.read_stata(_linearmodels(str(case.inputs["data"]).split()[0]))
    table = table.set_index(["firm", "time"]).assign(const=1.0)
    results = {}
    for key in stata_results(case):
        model, errors, weight, gaps = key.split("-")
        names = [f"y{gaps}", *(f"x{i}{gaps}" for i in range(1, 6)), "const", "w"]
        rows = table[names].dropna()
        options: Options = {"entity_effects": True} if model == "fixed_effect" else {}
        if weight == "weighted":
            options["weights"] = rows["w"]
        # In Stata, too, robust errors of a model with effects are those clustered by firm.
        robust = "clustered" if model in ("fixed_effect", "random_effect") else "robust"
        kind = {"conventional": "unadjusted", "cluster": "clustered"}.get(errors, robust)
        how: Options = _CLUSTER if kind == "clustered" else {"cov_type": kind}
        how = {**how, "reweight": True} if weight == "wls" else how
        fit = models.get(model, PooledOLS)(rows[names[0]], rows[names[1:-1]], **options).fit(**how)
        results[key] = {
            name: [b, t]
            for name, b, t in zip(fit.params.index, fit.params, fit.tstats, strict=True)
        }
    return results


def _linearmodels(name: str) -> Path:
    """Return a file of results that linearmodels carries; a case can name no other file."""
    import linearmodels

    file = Path(linearmodels.__file__).parent / "tests" / "panel" / "results" / name
    if file.name != name or not file.is_file():
        raise NotKnownError(f"linearmodels has no results called {name}")
    return file
