"""What goes with what: linear models across municipalities and years, read plainly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.analysis.regression import diagnostics, panel_data
from workbench.analysis.regression.estimation import check, clear, errors_for, estimate
from workbench.analysis.regression.formula import Term, parse
from workbench.analysis.regression.panel_data import Table
from workbench.dataset import Dataset, figures_of
from workbench.errors import UsageError, suggest
from workbench.methods import distributions


@dataclass(frozen=True, repr=False)
class Regression:
    """A fitted model across municipalities, or across municipalities and years.

    `terms` has a row per term: term, coefficient (units of the outcome per unit of the term),
    error, low, high (its 95 % interval), p, alone (the municipality or year that decides the
    coefficient alone, so that error, interval and p are missing; else ''), vif (how many times
    its variance is inflated by the others), quartile_low, quartile_high (of the term over the
    municipalities, in the newest year; with 'entity' and 'two-way' effects of its change from
    the first year to the last), effect, effect_low, effect_high (difference in the outcome
    between the two quartiles, the other terms held equal). Logarithms stay logarithms.

    Examples
    --------
    >>> import workbench as wb
    >>> model = wb.regress(wb.load(), "voter_turnout_storting ~ tertiary_education_share")
    >>> print(model.reading[1])
    Where tertiary_education_share is 1 higher, voter_turnout_storting is 0.154 higher, the other
    terms alike; likely between 0.109 and 0.2 higher.
    """

    formula: str
    outcome: str
    effects: str
    errors: str
    terms: pd.DataFrame
    #: municipality, year (where there are several), outcome, terms, expected, residual.
    fitted: pd.DataFrame
    years: dict[str, tuple[int, ...]]  #: whose figures were used, per name in the formula
    dropped: pd.DataFrame  #: as of `panel_data.Table`
    influential: pd.DataFrame  #: as of `diagnostics.influential`
    n: int  #: figures of the outcome
    municipalities: int
    r2: float  #: share of the variance that model and effects account for
    within_r2: float  #: share of what the effects leave that the terms account for
    condition: float  #: of the terms, scaled to the same length; beyond 30 they move together
    usual: float  #: two of three figures lie at most so far from the expected (units of outcome)
    notes: tuple[str, ...] = ()  #: what must be known of the measures' years

    @property
    def reading(self) -> tuple[str, ...]:
        """The model in plain words."""
        from workbench.analysis.regression.reading import sentences

        return tuple(sentences(self))

    def partial(self, term: str) -> pd.DataFrame:
        """Return each municipality's term beside the outcome less what the rest accounts for.

        Returns
        -------
        DataFrame
            municipality, year, x, y: in the newest year, at that year's means; with 'entity' and
            'two-way' effects the departures of all years from what the effects account for. The
            slope of y on x over all rows of the model is the coefficient.

        Raises
        ------
        UsageError
            If the model has no such term.

        Examples
        --------
        >>> import workbench as wb
        >>> model = wb.regress(wb.load(), "voter_turnout_storting ~ tertiary_education_share")
        >>> list(model.partial("tertiary_education_share"))
        ['municipality', 'year', 'x', 'y']
        """
        rows, known = self.fitted, self.terms.set_index("term")
        if term not in known.index:
            raise UsageError(f'"{term}" is not a term of the model. {suggest(term, known.index)}')
        slope = known.at[term, "coefficient"]
        if self.effects in ("entity", "two-way"):
            x = clear(rows, [term], self.effects)[:, 0]
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
        return "\n".join([head, table.to_string(index=False, na_rep="-"), *self.reading])


def regress(
    data: Dataset,
    formula: str,
    effects: str = "none",
    errors: str | None = None,
    lags: int | None = None,
) -> Regression:
    """Return a least squares fit, each municipality (and year) counting the same.

    Parameters
    ----------
    data : Dataset
    formula : str
        ``outcome ~ term + term``, where a term is a measure, a share of the population as
        ``share_67_plus`` (100 x ``population_67_plus`` / ``population``), ``log(name)`` or
        ``lag(name, years)`` (the municipality's figure so many calendar years earlier).
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

    Examples
    --------
    >>> import workbench as wb
    >>> formula = "voter_turnout_storting ~ tertiary_education_share + share_67_plus"
    >>> model = wb.regress(wb.load(), formula)
    >>> model.terms[["term", "coefficient", "low", "high"]].round(3)
                           term  coefficient    low   high
    0  tertiary_education_share        0.153  0.095  0.212
    1             share_67_plus       -0.003 -0.118  0.112
    """
    data = figures_of(data, 'wb.regress(data, "outcome ~ term")')
    kind = errors_for(effects, errors)
    outcome, terms = parse(formula, list(data.measures["measure"]))
    if effects == "none":
        table = panel_data.cross_section(data, [outcome, *terms])
    else:
        own = effects in ("entity", "two-way")
        table = panel_data.panel(data, [outcome, *terms], compares_years=own)
    check(table, effects, kind, lags)
    fit = estimate(table, effects, kind, lags)
    names = data.municipalities.set_index("number")["name"]
    if kind != "driscoll-kraay":
        fit["alone"] = fit["alone"].map(names).fillna("")
    model = _result(formula, table, effects, kind, fit, names)
    return replace(model, notes=panel_data.notes(data, [outcome, *terms]))


def _result(
    formula: str, table: Table, effects: str, kind: str, fit: pd.DataFrame, names: pd.Series
) -> Regression:
    outcome, *terms = table.years
    rows = table.rows
    left = clear(rows, [outcome, *terms], effects)
    slopes = fit["estimate"].to_numpy()
    residual = left[:, 0] - left[:, 1:] @ slopes
    vif, condition = diagnostics.collinearity(left[:, 1:])
    unit, numbers = rows["municipality"].factorize(sort=True)
    year = rows["year"].to_numpy() if "year" in rows else None
    change = diagnostics.left_out(rows[terms].to_numpy(), residual, unit, year, effects)
    squares, total = (residual**2).sum(), ((rows[outcome] - rows[outcome].mean()) ** 2).sum()
    return Regression(
        formula=formula,
        outcome=outcome,
        effects=effects,
        errors=kind,
        terms=_terms(fit, vif, _spread(rows, terms, effects)),
        fitted=rows.assign(expected=rows[outcome] - residual, residual=residual),
        years=table.years,
        dropped=table.dropped,
        influential=diagnostics.influential(change, fit["error"].to_numpy(), numbers, names, terms),
        n=len(rows),
        municipalities=len(numbers),
        r2=float(1 - squares / total),
        within_r2=float(1 - squares / (left[:, 0] ** 2).sum()),
        condition=condition,
        usual=float(np.quantile(np.abs(residual), 2 / 3)),
    )


def _spread(rows: pd.DataFrame, terms: list[str], effects: str) -> pd.DataFrame:
    """Return the quartiles that a reading goes between: of values, or of changes over the years."""
    values = rows[terms]
    if effects in ("entity", "two-way"):
        wide = rows.pivot(index="municipality", columns="year", values=terms)
        years = rows["year"]
        values = wide.xs(years.max(), axis=1, level=1) - wide.xs(years.min(), axis=1, level=1)
    elif effects != "none":
        values = values[rows["year"] == rows["year"].max()]
    return (
        values[terms].quantile([0.25, 0.75]).T.set_axis(["quartile_low", "quartile_high"], axis=1)
    )


def _terms(fit: pd.DataFrame, vif: np.ndarray, spread: pd.DataFrame) -> pd.DataFrame:
    half = fit["error"] * distributions.t_ppf(0.975, fit["freedom"])
    slope = fit["estimate"]
    terms = pd.DataFrame(
        {
            "term": fit.index,
            "coefficient": slope,
            "error": fit["error"],
            "low": slope - half,
            "high": slope + half,
            "alone": fit["alone"],
            "p": 2 * distributions.t_sf((slope / fit["error"]).abs(), fit["freedom"]),
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
