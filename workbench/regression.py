"""What goes with what: linear models across municipalities and years, read plainly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench import diagnostics, panel_data
from workbench.dataset import Dataset
from workbench.errors import UsageError, suggest
from workbench.formula import Term, parse
from workbench.methods import panel
from workbench.panel_data import Table, spans

EFFECTS = ("none", "pooled", "entity", "time", "two-way")
ROBUST = ("HC0", "HC1", "HC2", "HC3")
ERRORS = (*ROBUST, "cluster", "driscoll-kraay")

#: Municipalities that a model needs per coefficient.
_PER_TERM = 10

#: Years that Driscoll-Kraay errors need at least; with few they are rough all the same.
_MANY_YEARS = 5


@dataclass(frozen=True, repr=False)
class Regression:
    """A fitted model across municipalities, or across municipalities and years.

    Attributes
    ----------
    formula, outcome, effects, errors : str
        As asked; `errors` is the kind of standard errors.
    terms : DataFrame
        A row per term: term, coefficient (units of the outcome per unit of the term), error, low,
        high (its 95 % interval), p, vif (how many times its variance is inflated by the others),
        quartile_low, quartile_high (of the term over the municipalities, in the newest year; with
        'entity' and 'two-way' effects of its change from the first year to the last), effect,
        effect_low, effect_high (difference in the outcome between the two quartiles, the other
        terms held equal). Logarithms stay logarithms.
    fitted : DataFrame
        A row per municipality in the model, and per year where there are several: municipality,
        year, the outcome and the terms, expected, residual (observed - expected).
    years : dict of str to tuple of int
        The years whose figures were used, per name in the formula.
    dropped : DataFrame
        municipality (missing: all), year (missing: all), missing (terms concerned, joined by
        ', '), reason (a key of `panel_data.REASONS`).
    influential : DataFrame
        municipality, term, change (of the coefficient when the municipality is left out), moved
        (the same in standard errors); those beyond 2 / sqrt(municipalities), largest first.
    n, municipalities : int
        Figures of the outcome in the model, and municipalities that they are of.
    r2, within_r2 : float
        Share of the variance that the model accounts for, its effects included; and share of what
        the effects leave that the terms account for (the same without effects).
    condition : float
        Condition number of the terms, scaled to the same length; beyond 30 they move together.
    usual : float
        How far from the expected value two of three figures lie at most (units of the outcome).
    notes : tuple of str
        What must be known of the measures' years.
    """

    formula: str
    outcome: str
    effects: str
    errors: str
    terms: pd.DataFrame
    fitted: pd.DataFrame
    years: dict[str, tuple[int, ...]]
    dropped: pd.DataFrame
    influential: pd.DataFrame
    n: int
    municipalities: int
    r2: float
    within_r2: float
    condition: float
    usual: float
    notes: tuple[str, ...] = ()

    @property
    def reading(self) -> tuple[str, ...]:
        """The model in plain words."""
        from workbench.reading import sentences

        return tuple(sentences(self))

    def partial(self, term: str) -> pd.DataFrame:
        """Return each municipality's term beside the outcome less what the rest accounts for.

        Returns
        -------
        DataFrame
            municipality, year, x, y: in the newest year, at that year's means; with 'entity' and
            'two-way' effects the departures of all years from what the effects account for. The
            slope of y on x over all rows of the model is the coefficient.
        """
        rows = self.fitted
        slope = self.terms.set_index("term").at[term, "coefficient"]
        if self.effects in ("entity", "two-way"):
            x = _clear(rows, [term], self.effects)[:, 0]
            return rows[["municipality", "year"]].assign(x=x, y=slope * x + rows["residual"])
        if self.effects != "none":
            rows = rows[rows["year"] == rows["year"].max()]
        x, residual = rows[term], rows["residual"]
        y = rows[self.outcome].mean() + slope * (x - x.mean()) + residual - residual.mean()
        year = self.years[self.outcome][-1]
        return rows[["municipality"]].assign(year=year, x=x, y=y).reset_index(drop=True)

    def __repr__(self) -> str:
        table = self.terms[["term", "coefficient", "low", "high", "p", "vif"]]
        head = f"{self.formula}\n{self.municipalities} municipalities, {self.effects} effects, "
        head += f"{self.errors} errors, R2 {self.r2:.3f}, within R2 {self.within_r2:.3f}"
        return "\n".join([head, table.to_string(index=False), *self.reading])


def regress(
    formula: str,
    data: Dataset,
    effects: str = "none",
    errors: str | None = None,
    lags: int | None = None,
) -> Regression:
    """Return a least squares fit, each municipality (and year) counting the same.

    Parameters
    ----------
    formula : str
        ``outcome ~ term + term``, where a term is a measure, a share of the population as
        ``share_67_plus`` (100 x ``population_67_plus`` / ``population``), ``log(name)`` or
        ``lag(name, years)`` (the municipality's figure so many calendar years earlier).
    data : Dataset
    effects : str
        'none'
            One row per municipality: of each measure the newest year that is common.
        'pooled'
            All years; municipalities and years are compared freely.
        'time'
            All years; municipalities are compared within each year.
        'entity'
            All years; each municipality is compared with itself.
        'two-way'
            Each municipality is compared with itself, beside what each year brought to all.
    errors : str, optional
        'HC0' to 'HC3'
            Spread may differ between figures, but figures are unrelated. 'HC3' is the default of
            'none', and holds up best in a few hundred figures (Long and Ervin 2000).
        'cluster'
            Figures of a municipality are related; the default over years.
        'driscoll-kraay'
            Figures of a year are related too, and those of years near each other.
    lags : int, optional
        How many years apart figures are related with 'driscoll-kraay', counted in steps from one
        figure to the next; by default floor(4 (years / 100) ^ (2/9)).

    Raises
    ------
    UsageError
        If the formula, the effects or the errors are none of these, or the figures do not carry
        the model; the sentence says what to change.
    """
    kind = _kind(effects, errors)
    outcome, terms = parse(formula, list(data.measures["measure"]))
    if effects == "none":
        table = panel_data.cross_section(data, [outcome, *terms])
    else:
        own = effects in ("entity", "two-way")
        table = panel_data.panel(data, [outcome, *terms], compares_years=own)
    _check(table, [str(term) for term in terms], effects, kind)
    fit = _estimate(table, effects, kind, lags)
    return _result(formula, table, effects, kind, fit, panel_data.notes(data, [outcome, *terms]))


def _kind(effects: str, errors: str | None) -> str:
    """Return the kind of errors, or say why effects and errors do not go together."""
    if effects not in EFFECTS:
        raise UsageError(f'There are no "{effects}" effects. {suggest(effects, EFFECTS)}')
    kind = errors or ("HC3" if effects == "none" else "cluster")
    if kind not in ERRORS:
        raise UsageError(f'There are no "{kind}" errors. {suggest(kind, ERRORS)}')
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


def _check(table: Table, terms: list[str], effects: str, kind: str) -> None:
    """Refuse a table that does not carry the model."""
    rows = table.rows
    count, need = rows["municipality"].nunique(), _PER_TERM * (len(terms) + 1)
    if count < need:
        names = ", ".join(table.years)
        raise UsageError(
            f"Only {count} municipalities have figures for {names}; the model needs at least "
            f"{need}. Leave a term out."
        )
    years = rows["year"].nunique() if "year" in rows else 1
    if kind == "driscoll-kraay" and years < _MANY_YEARS:
        raise UsageError(
            f"Driscoll-Kraay errors are learnt from the years, and {years} are too few: they need "
            f'{_MANY_YEARS}. Choose errors="cluster".'
        )
    names = [*table.years]
    clear, whole = _clear(rows, names, effects), _clear(rows, names, "none")
    size, scale = np.abs(clear).max(axis=0), np.abs(whole).max(axis=0)
    for name, left, before in zip(names, size, scale, strict=True):
        if left <= 1e-9 * max(before, 1e-300):
            raise UsageError(
                f'"{name}" does not vary, or not beyond what "{effects}" effects account for. '
                "Leave it out, or choose other effects."
            )
    _, condition = diagnostics.collinearity(clear[:, 1:])
    if np.isinf(condition):
        raise UsageError(
            f"{', '.join(terms)} add up to the same, so that they cannot be told apart. "
            "Leave one of them out."
        )


def _estimate(table: Table, effects: str, kind: str, lags: int | None) -> pd.DataFrame:
    """Return estimate, error and degrees of freedom of each term."""
    outcome, *terms = table.years
    rows = table.rows
    if effects in ("none", "pooled", "time"):
        level = pd.get_dummies(rows["year"], dtype=float).iloc[:, 1:] if effects == "time" else None
        rows = rows if level is None else rows.join(level.rename(columns="year {}".format))
    names = [*terms, *(str(name) for name in rows.columns if str(name).startswith("year "))]
    if kind in ROBUST:
        from statsmodels.regression.linear_model import OLS

        robust: Any = OLS(rows[outcome], rows[names].assign(**{panel.LEVEL: 1.0})).fit(
            cov_type=kind, use_t=True
        )
        frame = pd.DataFrame({"estimate": robust.params, "error": robust.bse})
        return frame.loc[terms].assign(freedom=robust.df_resid)
    ready = panel.of(rows.assign(year=_steps(rows["year"])), outcome, names)
    years = rows["year"].nunique()
    options = {"errors": "unit" if kind == "cluster" else kind}
    reach = int(4 * (years / 100) ** (2 / 9)) if lags is None else lags
    if effects in ("pooled", "time"):
        fit = panel.pooled(ready, lags=reach, **options)
    else:
        both = {"entity": "unit", "two-way": "both"}[effects]
        fit = panel.within(ready, both, lags=reach, **options)
    return fit.coefficients.loc[terms, ["estimate", "error"]].assign(freedom=fit.df_test)


def _steps(years: pd.Series) -> pd.Series:
    """Return years as 0, 1, 2 ..., counted in the distance that all of them are multiples of."""
    gaps = np.diff(np.unique(years))
    return (years - years.min()) // (np.gcd.reduce(gaps) if len(gaps) else 1)


def _result(
    formula: str, table: Table, effects: str, kind: str, fit: pd.DataFrame, notes: tuple[str, ...]
) -> Regression:
    outcome, *terms = table.years
    rows = table.rows
    clear = _clear(rows, [outcome, *terms], effects)
    slopes = fit["estimate"].to_numpy()
    residual = clear[:, 0] - clear[:, 1:] @ slopes
    vif, condition = diagnostics.collinearity(clear[:, 1:])
    unit, numbers = rows["municipality"].factorize(sort=True)
    year = rows["year"].to_numpy() if "year" in rows else None
    change = diagnostics.left_out(rows[terms].to_numpy(), residual, unit, year, effects)
    left, total = (residual**2).sum(), ((rows[outcome] - rows[outcome].mean()) ** 2).sum()
    return Regression(
        formula=formula,
        outcome=outcome,
        effects=effects,
        errors=kind,
        terms=_terms(fit, vif, _spread(rows, terms, effects)),
        fitted=rows.assign(expected=rows[outcome] - residual, residual=residual),
        years=table.years,
        dropped=table.dropped,
        influential=diagnostics.influential(change, fit["error"].to_numpy(), numbers, terms),
        n=len(rows),
        municipalities=len(numbers),
        r2=float(1 - left / total),
        within_r2=float(1 - left / (clear[:, 0] ** 2).sum()),
        condition=condition,
        usual=float(np.quantile(np.abs(residual), 2 / 3)),
        notes=notes,
    )


def _clear(rows: pd.DataFrame, names: list[str], effects: str) -> np.ndarray:
    unit = rows["municipality"].factorize()[0]
    year = rows["year"].to_numpy() if "year" in rows else None
    return diagnostics.partialled(rows[names].to_numpy(dtype=float), unit, year, effects)


def _spread(rows: pd.DataFrame, terms: list[str], effects: str) -> pd.DataFrame:
    """Return the quartiles that a reading goes between: of values, or of changes over the years."""
    values = rows[terms]
    if effects in ("entity", "two-way"):
        wide = rows.pivot(index="municipality", columns="year", values=terms)
        years = rows["year"]
        values = wide.xs(years.max(), axis=1, level=1) - wide.xs(years.min(), axis=1, level=1)
    elif effects != "none":
        values = values[rows["year"] == rows["year"].max()]
    return values[terms].quantile([0.25, 0.75]).T.set_axis(["quartile_low", "quartile_high"], axis=1)


def _terms(fit: pd.DataFrame, vif: np.ndarray, spread: pd.DataFrame) -> pd.DataFrame:
    half = fit["error"] * stats.t.ppf(0.975, fit["freedom"])
    slope = fit["estimate"]
    terms = pd.DataFrame(
        {
            "term": fit.index,
            "coefficient": slope,
            "error": fit["error"],
            "low": slope - half,
            "high": slope + half,
            "p": 2 * stats.t.sf((slope / fit["error"]).abs(), fit["freedom"]),
            "vif": vif,
        },
        index=fit.index,
    ).join(spread)
    step = terms["quartile_high"] - terms["quartile_low"]
    for name, source in (("effect", "coefficient"), ("effect_low", "low"), ("effect_high", "high")):
        terms[name] = terms[source] * step
    return terms.reset_index(drop=True)


def terms_of(model: Regression, data: Dataset) -> dict[str, Term]:
    """Return the terms of a model by how they are written, the outcome first."""
    outcome, terms = parse(model.formula, list(data.measures["measure"]))
    return {str(term): term for term in [outcome, *terms]}
