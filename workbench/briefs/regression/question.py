"""One question of the brief: what goes with what, how sure, where the municipality lies."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.regression.model import Regression, terms_of
from workbench.briefs.regression import pictures, sample
from workbench.briefs.regression.answers import Answer, clear
from workbench.briefs.regression.wording import (
    amount,
    growth,
    label,
    outcome_of,
    outcome_unit,
    size,
    sizes,
    years_of,
)
from workbench.briefs.view import View
from workbench.markup import html
from workbench.markup.html import Html

#: Variance inflation from which terms can hardly be told apart.
_INFLATED = 5


def section(view: View, answer: Answer) -> Html:
    """Return the answer, how sure it is, where the municipality lies and what was left out."""
    return html.join(
        html.heading(view.say(f"regression.question.{answer.name}")),
        html.paragraph(_headline(view, answer)),
        html.paragraph(" ".join(_others(view, answer))),
        html.paragraph(view.say("regression.answer.compared"), "note"),
        html.heading(view.say("regression.sure.heading"), 3),
        html.paragraph(" ".join(_sure(view, answer))),
        html.paragraph(" ".join(_over_time(view, answer))),
        pictures.effects(view, answer),
        html.heading(view.say("regression.own.heading"), 3),
        html.paragraph(" ".join(_own(view, answer))),
        pictures.partial(view, answer),
        html.heading(view.say("regression.used.heading"), 3),
        html.paragraph(" ".join(sample.sentences(view, answer.model))),
    )


def _facts(view: View, model: Regression, row: pd.Series) -> dict[str, str]:
    """Return what a sentence about a term needs."""
    term = terms_of(model, view.data)[row["term"]]
    return {
        "outcome": outcome_of(view, model),
        "many": view.say(f"regression.many.{term.name}"),
        "few": view.say(f"regression.few.{term.name}"),
        "effect": size(view, outcome_unit(view, model), row["effect"]),
        "low": amount(view, term, row["quartile_low"]),
        "high": amount(view, term, row["quartile_high"]),
    }


def _headline(view: View, answer: Answer) -> str:
    model = answer.model
    if not answer.found():
        outcome = outcome_of(view, model)
        return view.say("regression.answer.none", outcome=outcome, total=len(model.terms))
    row = answer.strongest()
    way = "up" if row["effect"] > 0 else "down"
    return view.say(f"regression.answer.{way}", **_facts(view, model, row))


def _others(view: View, answer: Answer) -> list[str]:
    """Return a sentence about each other term."""
    model, first = answer.model, answer.strongest()["term"] if answer.found() else ""
    sure = set(clear(model.terms)["term"])
    said = []
    for _, row in model.terms.iterrows():
        if row["term"] in sure and row["term"] != first:
            way = "up" if row["effect"] > 0 else "down"
            said.append(view.say(f"regression.answer.also_{way}", **_facts(view, model, row)))
    for _, row in model.terms.iterrows():
        if answer.found() and row["term"] not in sure:
            many = _facts(view, model, row)["many"]
            said.append(view.say("regression.answer.unsure", many=many))
    return said


def _sure(view: View, answer: Answer) -> list[str]:
    model, unit = answer.model, outcome_unit(view, answer.model)
    row, said = answer.strongest(), []
    if answer.found():
        ends = sorted([abs(row["effect_low"]), abs(row["effect_high"])])
        low, high = sizes(view, unit, *ends)
        high = f"{high}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}"
        said.append(view.say("regression.sure.interval", low=low, high=high))
        said.append(_single(view, model, row))
    share = view.language.amount(100 * model.within_r2, view.unit("percent"))
    said.append(view.say("regression.sure.share", count=len(model.terms), share=share))
    if model.terms["vif"].max() > _INFLATED:
        said.append(view.say("regression.sure.collinear"))
    known = terms_of(model, view.data)
    for _, row in model.terms[model.terms["alone"] != ""].iterrows():
        term = label(view, known[row["term"]])
        said.append(view.say("regression.sure.alone", who=row["alone"], term=term))
    return said


def _single(view: View, model: Regression, row: pd.Series) -> str:
    """Return what the answer would be without the municipality that weighs most."""
    rows = model.influential[model.influential["term"] == row["term"]]
    if rows.empty:
        return view.say("regression.sure.single_none")
    heaviest = rows.iloc[0]
    who = view.names[heaviest["municipality"]]
    without = row["effect"] * (1 + heaviest["change"] / row["coefficient"])
    if without * row["effect"] < 0:
        return view.say("regression.sure.single_turned", who=who)
    effect = size(view, outcome_unit(view, model), without)
    return view.say("regression.sure.single", who=who, effect=effect)


def _over_time(view: View, answer: Answer) -> list[str]:
    """Return whether the pattern holds within municipalities, and what else does."""
    model = answer.over_time
    years, sure = years_of(view, model.years[model.outcome]), clear(model.terms)
    kind = answer.holds_over_time()
    if not answer.found():
        kind = "something" if len(sure) else "nothing"
    said = [view.say(f"regression.over_time.{kind}", years=years)]
    known = terms_of(model, view.data)
    for _, row in sure.iterrows():
        term = known[row["term"]]
        way = "up" if row["effect"] > 0 else "down"
        said.append(
            view.say(
                f"regression.over_time.{way}",
                term=label(view, term),
                outcome=outcome_of(view, model),
                effect=size(view, outcome_unit(view, model), row["effect"]),
                low=growth(view, term, row["quartile_low"]),
                high=growth(view, term, row["quartile_high"]),
            )
        )
    return said


def own_row(view: View, model: Regression) -> pd.Series | None:
    """Return the municipality's newest row in the model, with the year of its outcome."""
    rows = model.fitted[model.fitted["municipality"] == view.number]
    if rows.empty:
        return None
    row = rows.iloc[-1]
    return (
        row
        if "year" in rows
        else pd.concat([row, pd.Series({"year": model.years[model.outcome][-1]})])
    )


def side(view: View, model: Regression, row: pd.Series) -> str:
    """Return whether the municipality is above, below or level with what is expected."""
    if abs(row["residual"]) < 0.5 * 10.0 ** -int(outcome_unit(view, model)["decimals"]):
        return "level"
    return "above" if row["residual"] > 0 else "below"


def _own(view: View, answer: Answer) -> list[str]:
    say, model = view.say, answer.model
    row = own_row(view, model)
    if row is None:
        terms = view.language.listed(sample.missing(view, model))
        return [say("regression.own.missing", terms=terms)]
    unit = outcome_unit(view, model)
    kind, often = side(view, model, row), "common"
    if abs(row["residual"]) > model.usual:
        often = "rare"
    return [
        say(
            "regression.own.facts",
            outcome=outcome_of(view, model),
            count=len(model.terms),
            year=int(row["year"]),
            observed=view.language.amount(row[model.outcome], unit),
            expected=view.language.amount(row["expected"], unit),
        ),
        say(f"regression.own.{kind}", difference=view.language.gap(abs(row["residual"]), unit)),
        say(f"regression.own.{often}", usual=view.language.gap(model.usual, unit)),
    ]
