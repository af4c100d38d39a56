"""Terms of a model, their values and differences, as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.analysis.regression.formula import SHARE, Term
from workbench.analysis.regression.model import Regression, terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.briefs.view import View
from workbench.language.translator import Row


def label(view: View, term: Term) -> str:
    """Return a term as it stands in a sentence."""
    name = view.say(f"regression.term.{term.name}")
    return view.say("regression.over_time.lagged", term=name, years=term.lag) if term.lag else name


def outcome_of(view: View, model: Regression) -> str:
    """Return the outcome as it stands in a sentence."""
    return label(view, next(iter(terms_of(model, view.data).values())))


def unit_of(view: View, term: Term) -> Row:
    """Return the unit of a term's figures, before any logarithm."""
    if term.name.startswith(SHARE):
        return view.unit("percent")
    return view.unit(view.measure(term.name)["unit"])


def amount(view: View, term: Term, value: float) -> str:
    """Return a term's value with its unit; a logarithm as what it is of."""
    return view.language.amount(np.exp(value) if term.log else value, unit_of(view, term))


def growth(view: View, term: Term, value: float) -> str:
    """Return the change of a term with its sign; of a logarithm in per cent."""
    if term.log:
        number = view.language.number(100 * np.expm1(value), 1, signed=True)
        return f"{number}\N{NO-BREAK SPACE}%"
    unit = unit_of(view, term)
    number = view.language.number(value, int(unit["decimals"]), signed=True)
    return f"{number}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}".strip()


def sizes(view: View, unit: Row, *values: float) -> list[str]:
    """Return differences without sign, written alike, none of them as zero unless it is."""
    decimals = int(unit["decimals"])
    some = [abs(value) for value in values if value]
    while some and min(some) < 0.5 * 10**-decimals and decimals < 4:
        decimals += 1
    return [view.language.number(abs(value), decimals) for value in values]


def size(view: View, unit: Row, value: float) -> str:
    """Return one difference without sign, with its unit."""
    return f"{sizes(view, unit, value)[0]}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}"


def years_of(view: View, years: Sequence[int]) -> str:
    """Return years as they stand in a sentence: '2009, 2014-2020 og 2022'."""
    return view.language.listed(spans(years).split(", "))


def outcome_unit(view: View, model: Regression) -> Row:
    """Return the unit of what a model is about."""
    return unit_of(view, next(iter(terms_of(model, view.data).values())))
