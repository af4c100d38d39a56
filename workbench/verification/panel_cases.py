"""Published regressions whose figures are public data sets, computed from those.

Grunfeld's and the macroeconomic data come with statsmodels, the simulated panel and Stata's results
for it with linearmodels.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.methods import panel, paneltests
from workbench.methods._regression import LEVEL, Fit, Panel
from workbench.verification.cases import Case, NotKnownError, Results


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
    if "file" in case.expected:
        return {"file": _simulated(case)}
    if "Grunfeld" not in case.inputs["data"]:
        raise NotKnownError(f"the data set is not known: {case.inputs['data']}")
    what, lags = case.name.casefold(), case.inputs.get("lags", 0)
    data = _grunfeld()
    two = "both" if "two" in what else "unit"
    if "pooltest" in what:
        return _test(paneltests.slopes(data))
    if "hausman" in what or "phtest" in what:
        fixed, loose = panel.within(data, errors="classic"), panel.random(data, errors="classic")
        return _test(paneltests.hausman(fixed, loose))
    if "ftest" in what or "f_test" in what:
        return _test(paneltests.effects(data, two))
    if "lme" in what:
        return {"b": panel.mixed(data).fe_params.to_dict()}
    for words, errors in _ERRORS.items():
        if words in what:
            return _fit(panel.pooled(data, errors, lags))
    if "re_" in what or what.endswith("/re") or "random" in what:
        return _fit(panel.random(data, two, "classic"))
    if "within" in what or "fe_" in what or what.endswith("/fe"):
        return _fit(panel.within(data, two, "classic"))
    raise NotKnownError("this panel estimator is not known")


_ERRORS = {
    "cluster": "unit",
    "driscoll_kraay": "driscoll-kraay",
    "newey_west": "newey-west",
    "pooled": "classic",
}


@cache
def _grunfeld() -> Panel:
    from statsmodels.datasets import grunfeld

    table = grunfeld.load_pandas().data.iloc[:200]
    return panel.of(table, "invest", ["value", "capital"], "firm", "year")


def _fit(fit: Fit) -> Results:
    b, se = (fit.coefficients[name].to_dict() for name in ("estimate", "error"))
    variance = {f"var_{name}": error**2 for name, error in se.items()}
    f, df, _ = fit.wald()
    results = {"b": b, "se": se, "F": f, "df_m": df, "df_r": fit.df_test, **variance}
    return {**results, "N_clust": fit.df_test + 1}


def _test(test: paneltests.Statistic) -> Results:
    named = {"F": test.statistic, "chisq": test.statistic, "df": test.df1}
    return {**test._asdict(), **named}


def stata_results(case: Case) -> dict[str, Any]:
    """Return estimates and t values that Stata printed for the simulated panel, by model."""
    name = str(case.expected["file"]).split(":")[0]
    text = _linearmodels(name).read_text()
    blocks = re.findall(r"^#+!(.*?)!#+$(.*?)(?=^#+!|\Z)", text, flags=re.M | re.S)
    return {
        key: {
            name.replace("_cons", LEVEL): [float(b), float(t)]
            for name, b, t in re.findall(r"^(\w+)\t(\S+)\n\t(\S+)\n\t\S+$", body, flags=re.M)
        }
        for key, body in blocks
    }


def _simulated(case: Case) -> dict[str, Any]:
    table = pd.read_stata(_linearmodels(str(case.inputs["data"]).split()[0]))
    table["time"] = table["time"].dt.year
    results = {}
    for key in stata_results(case):
        model, errors, weight, gaps = key.split("-")
        data = panel.of(
            table,
            f"y{gaps}",
            [f"x{i}{gaps}" for i in range(1, 6)],
            "firm",
            "time",
            "w" if weight == "weighted" else None,
        )
        kind = {"conventional": "classic", "cluster": "unit"}.get(errors, errors)
        if model == "between":
            fit = panel.between(data, by_length=weight == "wls")
        elif model == "fixed_effect":
            fit = panel.within(data, errors=kind)
        elif model == "random_effect":
            fit = panel.random(data, errors=kind)
        else:
            fit = panel.pooled(data, kind)
        table_of = fit.coefficients[["estimate", "t"]]
        results[key] = {name: list(row) for name, *row in table_of.itertuples()}
    return results


def _linearmodels(name: str) -> Path:
    """Return a file of results that linearmodels carries; a case can name no other file."""
    found = find_spec("linearmodels")
    if found is None or not found.submodule_search_locations:
        raise NotKnownError("it takes linearmodels: pip install linearmodels")
    file = Path(found.submodule_search_locations[0], "tests", "panel", "results", name)
    if file.name != name or not file.is_file():
        raise NotKnownError(f"linearmodels has no results called {name}")
    return file
