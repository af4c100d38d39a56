"""The notebook that looks at what goes with what across municipalities, and how sure that is.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> row = wb.relate.pairs(view, "tertiary_education_share, low_income_share").iloc[0]
>>> int(row["n"]), float(row["r"].round(2))
(353, -0.29)
"""

from __future__ import annotations

import re

import pandas as pd

from workbench import charts
from workbench.analysis.regression import between as across
from workbench.analysis.regression.between import Between
from workbench.analysis.regression.formula import SHARE
from workbench.briefs import pieces
from workbench.briefs.view import View
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: So many measures have room in the picture of pairs, and so many municipalities are named.
_DRAWN, _NAMED = 4, 5


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "relate")


def pairs(view: View, measures: str) -> pd.DataFrame:
    """Return how each two of the measures go together, as `between.correlations` returns it."""
    return across.correlations(view.data, pieces.measures(view, measures))


def fit(view: View, formula: str, weights: str = "") -> Between:
    """Return the fit of a formula, as `between.between` returns it."""
    return across.between(view.data, formula, weights)


def summary(view: View, measures: str, model: Between) -> Html:
    """Return the box 'in short': the strongest pair, what the model adds, and how sure it is."""
    say, rows = view.say, pairs(view, measures)
    first, expected = rows.iloc[0], model.predict(view.number)
    outcome = _name(view, model.outcome, True)
    share = say("relate.short.share", outcome=outcome, r2=round(100 * model.r2))
    answer = [_pair(view, first) + ".", share]
    if expected:
        answer.append(_expected(view, model, expected))
    sure = say("relate.short.sure", pairs=len(rows), n=len(model.rows))
    lacking = len(view.data.municipalities) - len(model.rows)
    missing = say("relate.short.missing", count=lacking) if lacking else ""
    return pieces.in_short(view, answer, sure, missing)


def matrix(view: View, measures: str) -> Html:
    """Return the correlations as a shaded matrix, and as a table with how many they are of."""
    say, number, rows = view.say, view.language.number, pairs(view, measures)
    names = pieces.measures(view, measures)
    square = pd.DataFrame(1.0, index=names, columns=names)
    for row in rows.itertuples(index=False):
        square.loc[row.one, row.other] = square.loc[row.other, row.one] = row.r
    finding = _pair(view, rows.iloc[0])
    drawn = charts.matrix_chart(
        square,
        [_name(view, each) for each in names],
        name="relate-matrix",
        alt=say("relate.matrix.alt", finding=finding),
        scale=number,
    )
    body = [
        [
            html.small(_name(view, row.one), _name(view, row.other)),
            number(row.r, 2, signed=True),
            f" {say('relate.to')} ".join(
                number(end, 2, signed=True) for end in (row.low, row.high)
            ),
            str(row.n),
        ]
        for row in rows.itertuples(index=False)
    ]
    heads = html.columns(say, "relate.matrix", "pair #r #interval #n")
    return html.join(
        html.heading(finding),
        html.figure(drawn, say("relate.matrix.subtitle")),
        html.paragraph(say("relate.matrix.note"), "note"),
        html.table(heads, body, say("relate.matrix.caption"), titled=True),
    )


def dots(view: View, measures: str) -> Html:
    """Return each two of the first measures against each other, a dot per municipality."""
    names = pieces.measures(view, measures)[:_DRAWN]
    terms = [across.term(name, names) for name in names]
    rows = across.values(view.data, terms).dropna()
    labels = [_name(view, each) for each in names]
    drawn = charts.pairs_chart(
        rows.assign(own=rows.index == view.number),
        labels,
        name="relate-pairs",
        alt=view.say("relate.dots.alt", names=view.language.listed(labels), n=len(rows)),
    )
    return html.join(
        html.heading(view.say("relate.dots.heading")),
        html.figure(drawn, view.say("relate.dots.subtitle", n=len(rows))),
    )


def terms(view: View, model: Between) -> Html:
    """Return the model's coefficients with their intervals."""
    say = view.say
    body = [
        [
            _name(view, row.term),
            _short(view, row.coefficient),
            f" {say('relate.to')} ".join(_short(view, end) for end in (row.low, row.high)),
            view.language.number(row.p, 3),
        ]
        for row in model.terms.itertuples(index=False)
    ]
    heads = html.columns(say, "relate.terms", "term #coefficient #interval #p")
    name, unit = _name(view, model.outcome, True), _unit(view, model.outcome)
    weights = _name(view, model.weights, True) if model.weights else ""
    products = model.terms["term"].str.contains(":", regex=False).any()
    return html.join(
        html.heading(say("relate.terms.heading", outcome=name)),
        html.paragraph(Html("<code>{}</code>").format(model.formula)),
        html.table(heads, body, say("relate.terms.caption"), titled=True),
        html.paragraph(say("relate.terms.note", unit=view.language.name(unit, "change")), "note"),
        html.paragraph(say("relate.terms.product") if products else "", "note"),
        html.paragraph(say("relate.terms.weights", weights=weights, on=bool(weights)), "note"),
    )


def residuals(view: View, model: Between) -> Html:
    """Return what the model leaves: beside what it expects, and who weighs much in it."""
    say, number, rows = view.say, view.language.number, model.rows
    far = rows["residual"].abs().nlargest(3).index
    heavy = rows["cooks"].nlargest(_NAMED).index
    own = rows["municipality"] == view.number
    labelled = rows.assign(label=rows["name"].where(own | rows.index.isin(far), ""))
    unit = view.language.name(_unit(view, model.outcome), "change")
    left = charts.residual_chart(
        labelled,
        x="expected",
        y="residual",
        labels=(say("relate.residuals.x"), say("relate.residuals.y", unit=unit)),
        own=view.name,
        name="relate-residuals",
        alt=say("relate.residuals.alt", names=view.language.listed(rows.loc[far, "name"])),
        scale=number,
        curve=True,
    )
    weighing = charts.residual_chart(
        rows.assign(label=rows["name"].where(own | rows.index.isin(heavy), "")),
        x="leverage",
        y="student",
        labels=(say("relate.influence.x"), say("relate.influence.y")),
        own=view.name,
        name="relate-influence",
        alt=say("relate.influence.alt", names=view.language.listed(rows.loc[heavy, "name"])),
        scale=number,
        sizes="cooks",
    )
    body = [
        [
            row.name,
            _short(view, row.residual),
            number(row.student, 1, signed=True),
            number(row.leverage, 3),
            number(row.cooks, 3),
        ]
        for row in rows.loc[heavy, ["name", "residual", "student", "leverage", "cooks"]].itertuples(
            index=False, name="Row"
        )
    ]
    heads = html.columns(say, "relate.influence", "name #residual #student #leverage #cooks")
    return html.join(
        html.heading(say("relate.residuals.heading")),
        html.figure(left, say("relate.residuals.subtitle")),
        html.heading(say("relate.influence.heading", name_of=rows.loc[heavy[0], "name"])),
        html.figure(weighing, say("relate.influence.subtitle")),
        html.table(heads, body, say("relate.influence.caption"), titled=True),
    )


def prediction(view: View, model: Between) -> Html:
    """Return what the model expects of a municipality like this one, with its interval."""
    expected = model.predict(view.number)
    if not expected:
        return html.paragraph(view.say("relate.expected.none"))
    text = view.say("relate.expected.note")
    return html.join(
        html.heading(view.say("relate.expected.heading")),
        html.paragraph(_expected(view, model, expected)),
        html.paragraph(text, "note"),
    )


def sources(view: View, measures: str, model: Between) -> Html:
    """Return where the figures come from."""
    names = [*pieces.measures(view, measures), *model.years]
    used = [m for name in names for m in _measures_of(name)]
    return pieces.sources(view, dict.fromkeys(used))


def _measures_of(name: str) -> tuple[str, ...]:
    return across.Term(re.sub(r"log\((.*)\)|lag\((.*),.*\)", r"\1\2", name)).measures


def _name(view: View, term: str, inside: bool = False) -> str:
    """Return a term in the reader's words; products, logarithms and lags as they are written."""

    def named(found: re.Match[str]) -> str:
        key = found[0]
        if key.startswith(SHARE):
            fact = view.measure(key.replace(SHARE, "population_", 1))
            return view.say("relate.share", name=view.language.inside(view.language.name(fact)))
        if key in set(view.data.measures["measure"]):
            return view.language.name(view.measure(key))
        return key

    text = re.sub(r"[a-z]\w+", named, term).replace(":", " × ")
    return view.language.inside(text) if inside else text


def _unit(view: View, term: str) -> Row:
    known = set(view.data.measures["measure"])
    return view.unit(view.measure(term)["unit"] if term in known else "percent")


def _short(view: View, value: float) -> str:
    decimals = max(0, min(6, 2 - (0 if value == 0 else int(f"{abs(value):e}".rpartition("e")[2]))))
    return view.language.number(value, decimals, signed=True)


def _pair(view: View, row: Row) -> str:
    return view.say(
        "relate.pair",
        one=_name(view, str(row["one"])),
        other=_name(view, str(row["other"]), True),
        r=view.language.number(abs(row["r"]), 2),
        up=bool(row["r"] > 0),
    )


def _expected(view: View, model: Between, expected: dict[str, float]) -> str:
    unit, amount = _unit(view, model.outcome), view.language.amount
    own = model.rows.loc[model.rows["municipality"] == view.number, model.outcome].item()
    return view.say(
        "relate.expected.text",
        outcome=_name(view, model.outcome, True),
        expected=amount(expected["expected"], unit),
        low=amount(expected["low"], unit),
        high=amount(expected["high"], unit),
        own=amount(own, unit),
        within=bool(expected["low"] <= own <= expected["high"]),
    )
