"""A regression in plain words: what goes together, how sure, what it rests on. Never why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from workbench.analysis.regression.panel_data import REASONS, spans

#: A variance inflated more than this is worth a word.
_INFLATED = 5

#: Driscoll-Kraay errors are rough from fewer years than this.
_MANY_YEARS = 20

_COMPARED = {
    "none": "Municipalities are compared with each other, each in its newest figures",
    "pooled": "Municipalities and years are compared freely",
    "time": "Municipalities are compared with each other within each year",
    "entity": "Each municipality is compared with itself in other years",
    "two-way": "Each municipality is compared with itself in other years, beside what each year "
    "brought to all",
}


def sentences(model: Any) -> Iterator[str]:
    """Give the reading of a `Regression`, a sentence at a time."""
    yield f"{_COMPARED[model.effects]}: {_figures(model)}."
    for row in model.terms.itertuples():
        yield _term(model, row)
    yield _accounted(model)
    yield _single(model)
    collinear = model.terms[model.terms["vif"] > _INFLATED]
    if len(collinear):
        yield (
            f"{_listed(collinear['term'])} move together with other terms (variance inflated up "
            f"to {collinear['vif'].max():.0f} times), so that their parts can hardly be told apart."
        )
    years = len(model.years[model.outcome])
    if model.errors == "driscoll-kraay" and years < _MANY_YEARS:
        yield f"Driscoll-Kraay errors are learnt from the years; from {years} they are rough."
    yield from model.notes
    yield from _dropped(model)
    yield "This says what goes together, not what would follow if one of them were changed."


def _figures(model: Any) -> str:
    years = "; ".join(f"{name} {spans(years)}" for name, years in model.years.items())
    if model.effects == "none":
        return f"{model.municipalities} municipalities, {years}"
    return f"{model.n} figures of {model.municipalities} municipalities, {years}"


def _term(model: Any, row: Any) -> str:
    outcome, logged = _plain(model.outcome)
    name, relative = _plain(row.term)
    step, much = (np.log(1.1), "10 %") if relative else (1.0, "1")
    over_years = model.effects in ("entity", "two-way")
    where = f"where {name} has risen by {much} more" if over_years else f"where {name} is {much}"
    where = where if over_years else f"{where} higher"
    unit = " %" if logged else ""
    low, middle, high = (
        _size(step * value, logged) for value in (row.low, row.coefficient, row.high)
    )
    if row.alone:
        return (
            f"{row.alone} alone decides how {outcome} goes with {name}: no error can be had, and "
            "nothing is said of how sure it is."
        )
    if row.low <= 0 <= row.high:
        return (
            f"Which way {outcome} goes with {name} cannot be told: {where}, it may be anything "
            f"from {abs(low):.3g}{unit} lower to {high:.3g}{unit} higher."
        )
    way = "higher" if middle > 0 else "lower"
    ends = sorted([abs(low), abs(high)])
    return (
        f"W{where[1:]}, {outcome} is "
        f"{abs(middle):.3g}{unit} {way}, the other terms alike; likely between {ends[0]:.3g} and "
        f"{ends[1]:.3g}{unit} {way}."
    )


def _plain(term: str) -> tuple[str, bool]:
    """Return a term without its logarithm, and whether it had one."""
    return (term[4:-1], True) if term.startswith("log(") else (term, False)


def _size(value: float, logged: bool) -> float:
    """Return a difference of logarithms as per cent, any other as it is."""
    return float(100 * np.expm1(value)) if logged else value


def _accounted(model: Any) -> str:
    share = f"{100 * model.within_r2:.0f} %"
    left = {
        "time": "of the differences within each year",
        "entity": "of the changes within municipalities",
        "two-way": "of the changes within municipalities that are not common to all",
    }.get(model.effects, "of the differences")
    return f"The terms account for {share} {left}."


def _single(model: Any) -> str:
    slopes = model.terms.set_index("term")["coefficient"]
    moved = model.influential
    gone = moved[moved["change"].isna()]
    if len(gone):
        terms, names = (_listed(gone[of].unique()) for of in ("term", "name"))
        return f"Without {names} alone, there would be no coefficient of {terms}."
    before = moved["term"].map(slopes)
    turned = moved[(before + moved["change"]) * before < 0]
    if len(turned):
        names = _listed(turned["name"].unique())
        return f"Without {names} alone, a coefficient would change its sign."
    if moved.empty:
        return "No municipality weighs much by itself."
    row = moved.iloc[0]
    start = slopes[row["term"]]
    return (
        "No municipality turns a sign by itself. The one that weighs most is "
        f"{row['name']}: without it, the coefficient of {row['term']} would be "
        f"{start + row['change']:.3g} and not {start:.3g}."
    )


def _dropped(model: Any) -> Iterator[str]:
    of_years = model.dropped[model.dropped["municipality"].isna()]
    for (reason, missing), part in of_years.groupby(["reason", "missing"]):
        yield f"Not used: {spans(part['year'].tolist())}, since {REASONS[reason]} ({missing})."
    lacking = model.dropped[model.dropped["municipality"].notna()]
    inside = set(model.fitted["municipality"])
    gone = set(lacking["municipality"]) - inside
    if gone:
        yield f"{len(gone)} municipalities are left out altogether."
    part = lacking[lacking["municipality"].isin(inside)]
    if len(part):
        yield (
            f"{part['municipality'].nunique()} municipalities are in without {len(part)} "
            "of their years."
        )


def _listed(names: Any) -> str:
    *most, last = (str(name) for name in names)
    return f"{', '.join(most)} and {last}" if most else last
