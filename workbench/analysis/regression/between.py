"""Across municipalities in one year: correlations, and a fit with interactions and weights.

`model.regress` is what briefs rest on. This one is for looking further: statsmodels gives its
residuals, the weight of each municipality in it, and what it expects of one like another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.regression.formula import Term, parse, term
from workbench.analysis.regression.panel_data import cross_section
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.methods import distributions


@dataclass(frozen=True)
class Between:
    """A least squares fit across municipalities, with errors by HC3; `between` makes it."""

    formula: str
    outcome: str
    weights: str
    years: dict[str, int]  #: whose figures were used, by term
    #: municipality, name, the outcome, the terms, the products; expected, residual, student (the
    #: residual in its own standard errors, the municipality left out), leverage, cooks
    rows: pd.DataFrame
    terms: pd.DataFrame  #: term, coefficient, error, low, high (95 %), p
    r2: float
    results: Any  #: statsmodels' RegressionResults, for all that is not here

    def predict(self, municipality: str) -> dict[str, float]:
        """Return what the fit expects of a municipality with these terms.

        Returns
        -------
        dict
            expected; mean_low, mean_high (95 % for the mean of all like it); low, high (95 % for
            a single one like it). Empty where it lacks a figure.
        """
        at = np.flatnonzero(self.rows["municipality"] == municipality)
        if not len(at):
            return {}
        model = self.results.model
        made = self.results.get_prediction(model.exog[at], weights=np.asarray(model.weights)[at])
        row = made.summary_frame(alpha=0.05).iloc[0]
        names = {"mean": "expected", "mean_ci_lower": "mean_low", "mean_ci_upper": "mean_high"}
        names |= {"obs_ci_lower": "low", "obs_ci_upper": "high"}
        return {new: float(row[old]) for old, new in names.items()}


def between(data: Dataset, formula: str, weights: str = "") -> Between:
    """Return a fit with interactions and weights, each municipality in the newest common year.

    Parameters
    ----------
    data : Dataset
    formula : str
        ``outcome ~ term + term`` as of `regress`; ``a:b`` adds the product of two terms, each less
        its mean, and ``a*b`` both terms and their product.
    weights : str
        A measure that a municipality counts by, as population; empty: all count the same.

    Raises
    ------
    UsageError
        If the formula or the weights are none of these, or the figures do not carry the fit.

    Examples
    --------
    >>> import workbench as wb
    >>> formula = "voter_turnout_storting ~ tertiary_education_share*share_67_plus"
    >>> between(wb.load(), formula).terms["term"].tolist()[-1]
    'tertiary_education_share:share_67_plus'
    """
    import statsmodels.api as sm

    known = list(data.measures["measure"])
    left, _, right = formula.partition("~")
    pieces = [piece.strip() for piece in right.split("+")]
    pairs = [piece.replace("*", ":") for piece in pieces if {*piece} & {*"*:"}]
    mains = [piece for piece in pieces if ":" not in piece and "*" not in piece]
    mains += [one.strip() for piece in pieces if "*" in piece for one in piece.split("*")]
    outcome, terms = parse(f"{left}~ {' + '.join(dict.fromkeys(mains))}", known)
    names = [str(one) for one in terms]
    products = [_product(pair, names, known) for pair in dict.fromkeys(pairs)]
    weigh = term(weights, known) if weights else None
    wanted = [outcome, *terms]
    table = cross_section(data, [*wanted, *([weigh] if weigh and weigh not in wanted else [])])
    rows = table.rows.copy()
    for one, other in products:
        rows[f"{one}:{other}"] = (rows[one] - rows[one].mean()) * (rows[other] - rows[other].mean())
    columns = [*names, *(f"{one}:{other}" for one, other in products)]
    # So that the errors are those of figures, whatever the weights are counted in.
    by = rows[weights] / rows[weights].mean() if weights else pd.Series(1.0, index=rows.index)
    if (by <= 0).any():
        raise UsageError(f'"{weights}" is not above zero everywhere, and cannot be a weight.')
    design = sm.add_constant(rows[columns], has_constant="add")
    scaled = design / np.sqrt((design**2).sum())
    if len(rows) <= len(columns) + 1 or np.linalg.cond(scaled) > 1e10:
        raise UsageError(
            f'The figures cannot tell the terms of "{formula}" apart. Leave one of them out.'
        )
    fit = sm.WLS(rows[str(outcome)], design, weights=by).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int().to_numpy().T
    found = pd.DataFrame(
        {"coefficient": fit.params, "error": fit.bse, "low": low, "high": high, "p": fit.pvalues}
    )
    # On the figures scaled by their weights, where all count the same.
    around = sm.OLS(fit.model.wendog, fit.model.wexog).fit().get_influence()
    rows = rows.assign(
        name=rows["municipality"].map(data.municipalities.set_index("number")["name"]),
        expected=fit.fittedvalues,
        residual=fit.resid,
        student=around.resid_studentized_external,
        leverage=around.hat_matrix_diag,
        cooks=around.cooks_distance[0],
    )
    years = {name: used[0] for name, used in table.years.items()}
    terms_table = found.drop("const").rename_axis("term").reset_index()
    return Between(
        formula, str(outcome), weights, years, rows, terms_table, float(fit.rsquared), fit
    )


def correlations(data: Dataset, measures: Sequence[str]) -> pd.DataFrame:
    """Return how each two measures go together across municipalities.

    Each is of the newest year in which half of the municipalities have a figure.

    Returns
    -------
    DataFrame
        one, other, n (municipalities with both), r (Pearson), low, high (95 %, by Fisher's z);
        the strongest first.

    Raises
    ------
    UsageError
        If there are fewer than two measures, or one is not known.
    """
    known = list(data.measures["measure"])
    if len({*measures}) < 2:
        raise UsageError("A correlation is of two measures. Name at least two, between commas.")
    wide = values(data, [term(name, known) for name in dict.fromkeys(measures)])
    rows = []
    for one, other in combinations(wide.columns, 2):
        both = wide[[one, other]].dropna()
        r = float(both.corr().iloc[0, 1]) if len(both) > 3 else np.nan
        half = distributions.norm_ppf(0.975) / np.sqrt(max(len(both) - 3, 1))
        ends = np.tanh(np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15)) + np.array([-half, half]))
        rows.append([one, other, len(both), r, *ends])
    table = pd.DataFrame(rows, columns=["one", "other", "n", "r", "low", "high"])
    return table.sort_values("r", key=lambda r: -r.abs(), kind="stable", ignore_index=True)


def values(data: Dataset, terms: Sequence[Term]) -> pd.DataFrame:
    """Return each term's newest common figures, a row per municipality, missing where it has none.

    The columns are the terms as they are written.
    """
    parts = [cross_section(data, [one]).rows.set_index("municipality")[str(one)] for one in terms]
    return pd.concat(parts, axis=1)


def _product(pair: str, names: list[str], known: list[str]) -> tuple[str, str]:
    parts = [str(term(one.strip(), known)) for one in pair.split(":")]
    if len(parts) != 2 or parts[0] == parts[1] or not {*parts} <= {*names}:
        raise UsageError(
            f'"{pair}" is no product of two terms of the formula. Write a*b, or a + b + a:b.'
        )
    return parts[0], parts[1]
