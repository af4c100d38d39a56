"""What goes with what across municipalities: one linear model, read plainly, never as cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.dataset import Dataset
from workbench.errors import UsageError, suggest

#: A year is used for a measure when at least this share of the municipalities has a figure.
_ENOUGH = 0.5

_DERIVED = "share_"


@dataclass(frozen=True, repr=False)
class Regression:
    """A fitted model across municipalities.

    Attributes
    ----------
    formula, outcome : str
    terms : DataFrame
        A row per covariate: term, coefficient (units of the outcome per unit of the covariate),
        low, high (its 95 % interval), p, quartile_low, quartile_high (of the covariate, over the
        municipalities in the model), effect, effect_low, effect_high (difference in the outcome
        between the upper and the lower quartile, the others held equal).
    fitted : DataFrame
        A row per municipality in the model: municipality, the outcome and the covariates,
        expected, residual (observed - expected).
    years : dict of str to int
        The year whose figures were used, per name in the formula.
    dropped : DataFrame
        municipality, missing (names without a figure, joined by ', ').
    n, r2, usual : int, float, float
        Municipalities; share of the variance explained; how far from the expected value two of
        three municipalities lie at most (units of the outcome).
    errors : str
        Kind of standard errors.
    """

    formula: str
    outcome: str
    terms: pd.DataFrame
    fitted: pd.DataFrame
    years: dict[str, int]
    dropped: pd.DataFrame
    n: int
    r2: float
    usual: float
    errors: str

    def __repr__(self) -> str:
        table = self.terms[["term", "coefficient", "low", "high", "p"]].to_string(index=False)
        head = f"{self.formula}\n{self.n} municipalities, R2 {self.r2:.3f}, {self.errors}"
        return f"{head}, {len(self.dropped)} dropped\n{table}"


def cross_section(data: Dataset, names: list[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return one figure per municipality for each name, and the years that they are of.

    Parameters
    ----------
    data : Dataset
    names : list of str
        Measures, or ``share_X`` for 100 x ``population_X`` / ``population``.

    Returns
    -------
    DataFrame
        Indexed by municipality (all of today's), a column per name, missing where there is no
        figure that year.
    dict of str to int
        Per name the newest year with figures for at least half of the municipalities.
    """
    columns: dict[str, pd.Series] = {}
    years: dict[str, int] = {}
    for name in names:
        columns[name], years[name] = _newest_common(data, name)
    table = pd.DataFrame(columns, index=pd.Index(data.municipalities["number"]))
    return table.rename_axis("municipality"), years


def regress(formula: str, data: Dataset, errors: str = "HC3") -> Regression:
    """Return an ordinary least squares fit across municipalities, each counting the same.

    Parameters
    ----------
    formula : str
        ``outcome ~ covariate + covariate``: names of measures, or derived shares as
        ``share_67_plus`` (100 x ``population_67_plus`` / ``population``).
    data : Dataset
    errors : str
        Robust standard errors as statsmodels names them: 'HC3' holds up best in samples of a few
        hundred (Long and Ervin 2000).

    Raises
    ------
    UsageError
        If a name in the formula is not a measure, or too few municipalities have all figures.
    """
    import statsmodels.formula.api as smf

    outcome, names = _names(formula)
    table, years = cross_section(data, [outcome, *names])
    complete = table.dropna()
    if len(complete) < 10 * (len(names) + 1):
        raise UsageError(
            f"Only {len(complete)} municipalities have figures for {', '.join(table.columns)}; "
            f"the model needs at least {10 * (len(names) + 1)}. Leave a covariate out."
        )
    model = smf.ols(formula, complete).fit(cov_type=errors, use_t=True)
    fitted = complete.assign(expected=model.fittedvalues, residual=model.resid).reset_index()
    absent = table[table.isna().any(axis=1)].isna()
    missing = [", ".join(absent.columns[row]) for row in absent.to_numpy()]
    return Regression(
        formula=formula,
        outcome=outcome,
        terms=_terms(model, complete, names),
        fitted=fitted,
        years=years,
        dropped=pd.DataFrame({"municipality": absent.index, "missing": missing}),
        n=int(model.nobs),
        r2=float(model.rsquared),
        usual=float(model.resid.abs().quantile(2 / 3)),
        errors=errors,
    )


def _terms(model: Any, complete: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    interval = model.conf_int().loc[names]
    low, high = complete[names].quantile(0.25), complete[names].quantile(0.75)
    terms = pd.DataFrame(
        {
            "term": names,
            "coefficient": model.params[names].to_numpy(),
            "low": interval[0].to_numpy(),
            "high": interval[1].to_numpy(),
            "p": model.pvalues[names].to_numpy(),
            "quartile_low": low.to_numpy(),
            "quartile_high": high.to_numpy(),
        }
    )
    typical = terms["quartile_high"] - terms["quartile_low"]
    for effect, source in (
        ("effect", "coefficient"),
        ("effect_low", "low"),
        ("effect_high", "high"),
    ):
        terms[effect] = terms[source] * typical
    return terms


def _names(formula: str) -> tuple[str, list[str]]:
    left, tilde, right = formula.partition("~")
    names = [name.strip() for name in right.split("+")]
    if not tilde or not left.strip() or not all(names):
        raise UsageError(
            f'"{formula}" is not a formula. Write outcome ~ covariate + covariate, '
            "as in voter_turnout_storting ~ tertiary_education_share + share_67_plus."
        )
    return left.strip(), names


def _newest_common(data: Dataset, name: str) -> tuple[pd.Series, int]:
    if name.startswith(_DERIVED):
        part, year = _newest_common(data, name.replace(_DERIVED, "population_", 1))
        return 100 * part / _year(data, "population", year), year
    known = [*data.measures["measure"]]
    if name not in known:
        raise UsageError(f'"{name}" in the formula is not a measure. {suggest(name, known)}')
    rows = data.observations[data.observations["measure"] == name]
    count = rows.groupby("year")["municipality"].nunique()
    common = count[count >= _ENOUGH * len(data.municipalities)]
    if common.empty:
        raise UsageError(
            f'"{name}" has no year with figures for half of the municipalities. '
            "Choose a measure with figures for the whole country."
        )
    year = int(common.index.max())
    return _year(data, name, year), year


def _year(data: Dataset, name: str, year: int) -> pd.Series:
    rows = data.observations
    rows = rows[(rows["measure"] == name) & (rows["year"] == year)]
    return rows.set_index("municipality")["value"]
