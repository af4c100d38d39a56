"""Which effects and errors there are, whether a table carries them, and the estimates.

Errors that take figures as related are linearmodels', those that do not are statsmodels'. Each
keeps to the small-sample factors of Stata (regress, xtreg, xtscc), which `workbench verify` holds
them against.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.regression import diagnostics
from workbench.analysis.regression.panel_data import Table
from workbench.errors import UsageError, described, suggest

EFFECTS = ("none", "pooled", "entity", "time", "two-way")
ROBUST = ("HC0", "HC1", "HC2", "HC3")
ERRORS = (*ROBUST, "cluster", "driscoll-kraay")

#: Municipalities that a model needs per coefficient.
_PER_TERM = 10

#: Years that Driscoll-Kraay errors need at least; with few they are rough all the same.
_MANY_YEARS = 5


def errors_for(effects: str, errors: str | None) -> str:
    """Return the kind of errors, or say why effects and errors do not go together."""
    if not isinstance(effects, str) or effects not in EFFECTS:
        raise UsageError(f"There are no {described(effects)} effects. {suggest(effects, EFFECTS)}")
    kind = ("HC3" if effects == "none" else "cluster") if errors is None else errors
    if not isinstance(kind, str) or kind not in ERRORS:
        raise UsageError(f"There are no {described(kind)} errors. {suggest(kind, ERRORS)}")
    if effects == "none" and kind not in ROBUST:
        raise UsageError(
            f'"{kind}" errors need several years of each municipality. Choose effects over years, '
            'or errors="HC3".'
        )
    if effects in ("entity", "two-way") and kind in ROBUST:
        raise UsageError(
            f'"{kind}" errors are too small once municipalities are taken out (Stock and Watson '
            '2008). Choose errors="cluster".'
        )
    return kind


def check(table: Table, effects: str, kind: str, lags: int | None) -> None:
    """Refuse a table that does not carry the model."""
    rows, terms = table.rows, list(table.years)[1:]
    count, need = rows["municipality"].nunique(), _PER_TERM * (len(terms) + 1)
    if count < need:
        raise UsageError(
            f"Only {count} municipalities have figures for {', '.join(table.years)}; the model "
            f"needs at least {need}. Leave a term out."
        )
    years = rows["year"].nunique() if "year" in rows else 1
    if kind == "driscoll-kraay" and years < _MANY_YEARS:
        raise UsageError(
            f"Driscoll-Kraay errors are learnt from the years, and {years} are too few: they need "
            f'{_MANY_YEARS}. Choose errors="cluster".'
        )
    if lags is not None and not 0 <= lags < years:
        raise UsageError(f"lags={lags} is not from 0 to {years - 1}, one less than the years.")
    names = [*table.years]
    left, whole = clear(rows, names, effects), clear(rows, names, "none")
    sizes, scales = np.abs(left).max(axis=0), np.abs(whole).max(axis=0)
    for name, size, before in zip(names, sizes, scales, strict=True):
        if size <= 1e-9 * max(before, 1e-300):
            raise UsageError(
                f'"{name}" does not vary, or not beyond what "{effects}" effects account for. '
                "Leave it out, or choose other effects."
            )
    _, condition = diagnostics.collinearity(left[:, 1:])
    if np.isinf(condition):
        raise UsageError(
            f"{', '.join(terms)} add up to the same, so that they cannot be told apart. "
            "Leave one of them out."
        )


def estimate(table: Table, effects: str, kind: str, lags: int | None) -> pd.DataFrame:
    """Return estimate, error and degrees of freedom of each term, and who decides it alone.

    Where one figure, municipality or year (whichever the errors take as unrelated to the others)
    alone decides a term, there is no error: the residual that it would be learnt from is zero.
    """
    rows, terms = table.rows, list(table.years)[1:]
    by = "row" if kind in ROBUST else "unit" if kind == "cluster" else "year"
    unit, numbers = rows["municipality"].factorize(sort=True)
    year = rows["year"].to_numpy() if "year" in rows else None
    alone = diagnostics.deciding(rows[terms].to_numpy(dtype=float), unit, year, effects, by)
    fit = _estimated(table, effects, kind, lags, rows.index[[*alone]] if by == "row" else [])
    who = pd.Series("", index=terms)
    for at, decides in alone.items():
        who[decides] = str(at) if by == "year" else numbers[at if by == "unit" else unit[at]]
    return fit.assign(error=fit["error"].where(who == ""), alone=who)


def _estimated(
    table: Table, effects: str, kind: str, lags: int | None, alone: Sequence[int]
) -> pd.DataFrame:
    """Return the estimates; rows `alone` have no part in robust errors, where they add 0 / 0."""
    outcome, *terms = table.years
    y, x = table.rows[outcome], table.rows[terms].assign(level=1.0)
    if effects in ("time", "two-way"):
        # As terms and not as effects taken out: errors count them as estimated, as Stata's do.
        x = x.join(pd.get_dummies(table.rows["year"], dtype=float).iloc[:, 1:])
    if kind in ROBUST:
        from statsmodels.regression.linear_model import OLS
        from statsmodels.tools.sm_exceptions import SingularMatrixWarning

        with warnings.catch_warnings():  # without it a term that it decides cannot be found
            warnings.simplefilter("ignore", SingularMatrixWarning)
            fit: Any = OLS(y.drop(alone), x.drop(alone)).fit(cov_type=kind, use_t=True)
        estimates = OLS(y, x).fit().params if len(alone) else fit.params
        frame = pd.DataFrame({"estimate": estimates, "error": fit.bse, "freedom": fit.df_resid})
        return frame.loc[terms]
    from linearmodels.panel import PanelOLS

    cells = pd.MultiIndex.from_frame(table.rows[["municipality", "year"]])
    y, x = y.set_axis(cells), x.rename(columns=str).set_axis(cells)
    municipalities, years = (len(level) for level in cells.levels)
    options: dict[str, Any] = {"cov_type": "clustered", "cluster_entity": True}
    options |= {"group_debias": True}
    if kind == "driscoll-kraay":
        reach = int(4 * (years / 100) ** (2 / 9)) if lags is None else lags
        options = {"cov_type": "kernel", "kernel": "bartlett", "bandwidth": reach}
        options |= {"debiased": False}
    # Municipalities taken out lie within the clusters, so that they are not counted as estimated.
    fit = PanelOLS(y, x, entity_effects=effects in ("entity", "two-way")).fit(
        auto_df=False, count_effects=False, **options
    )
    freedom = (municipalities if kind == "cluster" else years) - 1
    frame = pd.DataFrame({"estimate": fit.params, "error": fit.std_errors, "freedom": freedom})
    return frame.loc[terms]


def clear(rows: pd.DataFrame, names: list[str], effects: str) -> np.ndarray:
    """Return columns of a table less what the level and the effects account for."""
    unit = rows["municipality"].factorize()[0]
    year = rows["year"].to_numpy() if "year" in rows else None
    return diagnostics.partialled(rows[names].to_numpy(dtype=float), unit, year, effects)
