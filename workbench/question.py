"""One question of the brief: what goes with what, how sure, where the municipality lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import charts, html
from workbench.formula import SHARE, Term
from workbench.html import Column, Html
from workbench.language import capitalised
from workbench.panel_data import spans
from workbench.regression import Regression, terms_of
from workbench.views import View

#: Beyond this many names of municipalities only their count is told.
_NAMES = 6

#: Variance inflation from which terms can hardly be told apart.
_INFLATED = 5


@dataclass(frozen=True)
class Answer:
    """A question's two models: between municipalities, and of each one over time."""

    name: str
    model: Regression
    over_time: Regression

    def strongest(self) -> pd.Series:
        """Return the row of the term with the largest effect, of clear ones if there are any."""
        rows = clear(self.model.terms)
        rows = rows if len(rows) else self.model.terms
        return rows.loc[rows["effect"].abs().idxmax()]

    def found(self) -> bool:
        """Whether any term is clear."""
        return len(clear(self.model.terms)) > 0

    def holds_over_time(self) -> str:
        """Whether the strongest term goes the same way over time: 'same', 'opposite', 'none'."""
        row = self.strongest()
        at = list(self.model.terms["term"]).index(row["term"])
        other = self.over_time.terms.iloc[at]
        if other["effect_low"] < 0 < other["effect_high"]:
            return "none"
        return "same" if other["coefficient"] * row["coefficient"] > 0 else "opposite"


def clear(terms: pd.DataFrame) -> pd.DataFrame:
    """Return the terms whose interval does not hold nought."""
    return terms[(terms["low"] > 0) | (terms["high"] < 0)]


def section(view: View, answer: Answer) -> Html:
    """Return the answer, how sure it is, where the municipality lies and what was left out."""
    return html.join(
        html.heading(view.say(f"across.question.{answer.name}")),
        html.paragraph(_headline(view, answer)),
        html.paragraph(" ".join(_others(view, answer))),
        html.heading(view.say("across.sure.heading"), 3),
        html.paragraph(" ".join(_sure(view, answer))),
        html.paragraph(" ".join(_over_time(view, answer))),
        _effects(view, answer),
        html.heading(view.say("across.own.heading"), 3),
        html.paragraph(" ".join(_own(view, answer))),
        _partial(view, answer),
        html.heading(view.say("across.used.heading"), 3),
        html.paragraph(" ".join(_used(view, answer.model))),
    )


# Words


def label(view: View, term: Term) -> str:
    """Return a term as it stands in a sentence."""
    name = view.say(f"across.term.{term.name}")
    return view.say("across.over_time.lagged", term=name, years=term.lag) if term.lag else name


def outcome_of(view: View, model: Regression) -> str:
    """Return the outcome as it stands in a sentence."""
    return label(view, next(iter(terms_of(model, view.data).values())))


def unit_of(view: View, term: Term) -> pd.Series:
    """Return the unit of a term's figures, before any logarithm."""
    if term.name.startswith(SHARE):
        return view.unit("percent")
    return view.unit(view.data.measure(term.name)["unit"])


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


def sizes(view: View, unit: pd.Series, *values: float) -> list[str]:
    """Return differences without sign, written alike, none of them as nought unless it is."""
    decimals = int(unit["decimals"])
    some = [abs(value) for value in values if value]
    while some and min(some) < 0.5 * 10**-decimals and decimals < 4:
        decimals += 1
    return [view.language.number(abs(value), decimals) for value in values]


def size(view: View, unit: pd.Series, value: float) -> str:
    """Return one difference without sign, with its unit."""
    return f"{sizes(view, unit, value)[0]}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}"


def _unit(view: View, model: Regression) -> pd.Series:
    return unit_of(view, next(iter(terms_of(model, view.data).values())))


def _facts(view: View, model: Regression, row: pd.Series) -> dict[str, str]:
    """Return what a sentence about a term needs."""
    term = terms_of(model, view.data)[row["term"]]
    return {
        "outcome": outcome_of(view, model),
        "many": view.say(f"across.many.{term.name}"),
        "few": view.say(f"across.few.{term.name}"),
        "effect": size(view, _unit(view, model), row["effect"]),
        "low": amount(view, term, row["quartile_low"]),
        "high": amount(view, term, row["quartile_high"]),
    }


def _headline(view: View, answer: Answer) -> str:
    model = answer.model
    if not answer.found():
        outcome = outcome_of(view, model)
        return view.say("across.answer.none", outcome=outcome, total=len(model.terms))
    row = answer.strongest()
    way = "up" if row["effect"] > 0 else "down"
    return view.say(f"across.answer.{way}", **_facts(view, model, row))


def _others(view: View, answer: Answer) -> list[str]:
    """Return a sentence about each other term, and what is compared."""
    model, first = answer.model, answer.strongest()["term"] if answer.found() else ""
    sure = set(clear(model.terms)["term"])
    said = []
    for _, row in model.terms.iterrows():
        if row["term"] in sure and row["term"] != first:
            way = "up" if row["effect"] > 0 else "down"
            said.append(view.say(f"across.answer.also_{way}", **_facts(view, model, row)))
    for _, row in model.terms.iterrows():
        if answer.found() and row["term"] not in sure:
            many = _facts(view, model, row)["many"]
            said.append(view.say("across.answer.unsure", many=many))
    return [*said, view.say("across.answer.compared")] if answer.found() else said


def _sure(view: View, answer: Answer) -> list[str]:
    model, unit = answer.model, _unit(view, answer.model)
    row, said = answer.strongest(), []
    if answer.found():
        ends = sorted([abs(row["effect_low"]), abs(row["effect_high"])])
        low, high = sizes(view, unit, *ends)
        high = f"{high}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}"
        said.append(view.say("across.sure.interval", low=low, high=high))
        said.append(_single(view, model, row))
    share = view.language.amount(100 * model.within_r2, view.unit("percent"))
    said.append(view.say("across.sure.share", count=len(model.terms), share=share))
    if model.terms["vif"].max() > _INFLATED:
        said.append(view.say("across.sure.collinear"))
    return said


def _single(view: View, model: Regression, row: pd.Series) -> str:
    """Return what the answer would be without the municipality that weighs most."""
    rows = model.influential[model.influential["term"] == row["term"]]
    if rows.empty:
        return view.say("across.sure.single_none")
    heaviest = rows.iloc[0]
    who = view.data.name(heaviest["municipality"])
    without = row["effect"] * (1 + heaviest["change"] / row["coefficient"])
    if without * row["effect"] < 0:
        return view.say("across.sure.single_turned", who=who)
    effect = size(view, _unit(view, model), without)
    return view.say("across.sure.single", who=who, effect=effect)


def _over_time(view: View, answer: Answer) -> list[str]:
    """Return whether the pattern holds within municipalities, and what else does."""
    model = answer.over_time
    years, sure = spans(model.years[model.outcome]), clear(model.terms)
    kind = answer.holds_over_time()
    if not answer.found():
        kind = "something" if len(sure) else "nothing"
    said = [view.say(f"across.over_time.{kind}", years=years)]
    known = terms_of(model, view.data)
    for _, row in sure.iterrows():
        term = known[row["term"]]
        way = "up" if row["effect"] > 0 else "down"
        said.append(
            view.say(
                f"across.over_time.{way}",
                term=label(view, term),
                outcome=outcome_of(view, model),
                effect=size(view, _unit(view, model), row["effect"]),
                low=growth(view, term, row["quartile_low"]),
                high=growth(view, term, row["quartile_high"]),
            )
        )
    return said


# Pictures


def _effects(view: View, answer: Answer) -> Html:
    """Return the coefficients of both models, and their numbers."""
    say, model, second = view.say, answer.model, answer.over_time
    known = terms_of(model, view.data)
    short = [say(f"across.term_short.{known[name].name}") for name in model.terms["term"]]
    rows = model.terms[["effect", "effect_low", "effect_high"]].assign(
        label=[capitalised(text) for text in short],
        second=second.terms["effect"],
        second_low=second.terms["effect_low"],
        second_high=second.terms["effect_high"],
    )
    outcome, unit = outcome_of(view, model), _unit(view, model)
    lines = [*_lines(view, model, "levels"), *_lines(view, second, "changes")]
    items = " ".join(
        say("across.chart.item", term=line[0], effect=line[3], low=low, high=high)
        for line, low, high in lines
    )
    picture = charts.effects_chart(
        rows,
        name=f"{answer.name}-effects",
        alt=say("across.chart.alt", outcome=outcome, items=items),
        axis=view.language.name(unit, "change"),
        legend=[say("across.chart.between"), say("across.chart.within")],
        scale=view.language.number,
    )
    columns = [
        Column(say(f"across.chart.{key}"), numeric=key != "term")
        for key in ("term", "low", "high", "effect", "interval")
    ]
    table = html.table(
        columns,
        [[*line, say("across.chart.from_to", low=low, high=high)] for line, low, high in lines],
        say("across.chart.table", outcome=outcome),
    )
    caption = say("across.chart.caption", outcome=outcome)
    return html.figure(picture, caption, html.details(say("common.numbers"), table))


def _lines(view: View, model: Regression, of: str) -> list[tuple[list[str], str, str]]:
    """Return a table row per term: what it is between, the effect, and the interval's ends."""
    unit, lines = _unit(view, model), []
    known = terms_of(model, view.data)
    for _, row in model.terms.iterrows():
        term = known[row["term"]]
        name, write = label(view, term), amount
        if of == "changes":
            name, write = view.say("across.chart.change", term=name), growth
        low, high = view.language.interval(row["effect_low"], row["effect_high"], unit)
        cells = [capitalised(name)]
        cells += [write(view, term, row[key]) for key in ("quartile_low", "quartile_high")]
        cells.append(view.language.change(row["effect"], unit, signed=True))
        lines.append((cells, low, high))
    return lines


def _partial(view: View, answer: Answer) -> Html:
    """Return the adjusted outcome of all municipalities against the strongest term."""
    say, model, row = view.say, answer.model, answer.strongest()
    known = terms_of(model, view.data)
    term, outcome = known[row["term"]], known[model.outcome]
    points = model.partial(row["term"])
    who = [
        "own" if n == view.number else "peers" if n in view.peers else "others"
        for n in points["municipality"]
    ]
    facts = {"term": label(view, term), "outcome": label(view, outcome)}
    alt = say("across.own.alt", n=len(points), up=row["coefficient"] > 0, **facts)
    for own in points[points["municipality"] == view.number].itertuples():
        x, y = amount(view, term, own.x), amount(view, outcome, own.y)
        alt += " " + say("across.own.alt_own", x=x, y=y)
    units = [view.language.name(unit_of(view, t), "symbol") for t in (term, outcome)]
    picture = charts.partial_chart(
        points.assign(who=who),
        row["coefficient"],
        name=f"{answer.name}-partial",
        alt=alt,
        x_label=say(
            "across.own.x", term=facts["term"], year=model.years[row["term"]][-1], unit=units[0]
        ),
        y_label=say("across.own.y", outcome=facts["outcome"], unit=units[1]),
        own_label=view.name,
        scale=view.language.number,
        log=term.log,
    )
    table = html.details(say("across.own.table"), _group(view, model))
    return html.join(
        html.paragraph(say("across.own.lead", group=view.group_name, outcome=facts["outcome"])),
        html.figure(picture, say("across.own.caption", **facts), table),
    )


def _group(view: View, model: Regression) -> Html:
    """Return the group's newest figures beside what is expected, highest above first."""
    say, unit = view.say, _unit(view, model)
    newest = model.fitted.groupby("municipality", as_index=False).last()
    group = newest[newest["municipality"].isin([view.number, *view.peers])]
    rows = [
        [
            view.data.name(row["municipality"]),
            view.language.amount(row[model.outcome], unit),
            view.language.amount(row["expected"], unit),
            view.language.number(row["residual"], int(unit["decimals"]), signed=True),
        ]
        for _, row in group.sort_values("residual", ascending=False).iterrows()
    ]
    columns = [Column(say("common.municipality"))] + [
        Column(say(f"across.own.{key}"), numeric=True)
        for key in ("observed", "expected", "difference")
    ]
    return html.table(columns, rows, say("across.own.table"), titled=True)


# The municipality, and what is not in


def own_row(view: View, model: Regression) -> pd.Series | None:
    """Return the municipality's newest row in the model, with the year of its outcome."""
    rows = model.fitted[model.fitted["municipality"] == view.number]
    if rows.empty:
        return None
    row = rows.iloc[-1]
    return row if "year" in rows else pd.concat([row, pd.Series({"year": _only(model)})])


def side(view: View, model: Regression, row: pd.Series) -> str:
    """Return whether the municipality is above, below or level with what is expected."""
    decimals = int(_unit(view, model)["decimals"])
    if round(abs(row["residual"]), decimals) == 0:
        return "level"
    return "above" if row["residual"] > 0 else "below"


def missing(view: View, model: Regression) -> list[str]:
    """Return the figures that the municipality lacks, as they stand in a sentence."""
    rows = model.dropped[model.dropped["municipality"] == view.number]
    known = terms_of(model, view.data)
    names = dict.fromkeys(name for text in rows["missing"] for name in text.split(", ") if name)
    return [label(view, known[name]) for name in known if name in names]


def _only(model: Regression) -> int:
    return model.years[model.outcome][-1]


def _own(view: View, answer: Answer) -> list[str]:
    say, model = view.say, answer.model
    row = own_row(view, model)
    if row is None:
        terms = view.language.listed(missing(view, model))
        return [say("across.own.missing", terms=terms)]
    unit = _unit(view, model)
    kind, often = side(view, model, row), "common"
    if abs(row["residual"]) > model.usual:
        often = "rare"
    return [
        say(
            "across.own.facts",
            outcome=outcome_of(view, model),
            count=len(model.terms),
            year=int(row["year"]),
            observed=view.language.amount(row[model.outcome], unit),
            expected=view.language.amount(row["expected"], unit),
        ),
        say(f"across.own.{kind}", difference=view.language.gap(abs(row["residual"]), unit)),
        say(f"across.own.{often}", usual=view.language.gap(model.usual, unit)),
    ]


def _used(view: View, model: Regression) -> list[str]:
    """Return which figures the model rests on, and what was left out."""
    say, known = view.say, terms_of(model, view.data)
    if model.effects == "none":
        items = (f"{label(view, known[n])} ({years[0]})" for n, years in model.years.items())
        said = [say("across.used.newest", items=view.language.listed(items))]
    else:
        years = spans(model.years[model.outcome])
        count = view.language.number(model.n)
        said = [
            say("across.used.years", n=count, municipalities=model.municipalities, years=years)
        ]
    for term in known.values():
        if term.lag:
            name = view.say(f"across.term.{term.name}")
            said.append(say("across.used.lagged", term=name, years=term.lag))
    return [*said, *_years_out(view, model, known), *_municipalities_out(view, model)]


def _years_out(view: View, model: Regression, known: dict[str, Term]) -> list[str]:
    say, said = view.say, []
    rows = model.dropped[model.dropped["municipality"].isna()]
    breaks = view.data.breaks
    for name, part in rows[rows["reason"] == "break"].groupby("missing"):
        term = known[name]
        cut = breaks[breaks["measure"].isin(term.measures)].sort_values("year").iloc[-1]
        years = spans([year - term.lag for year in part["year"]])
        reason = view.language.name(cut, "reason")
        plain = say(f"across.term.{term.name}")
        said.append(say("across.used.break", term=plain, years=years, reason=reason))
    few = rows[(rows["reason"] == "too few")].groupby("year")["missing"].agg(tuple)
    cut_years = set(rows.loc[rows["reason"] == "break", "year"])
    for names, years in few.groupby(few).groups.items():
        left = [year for year in years if year not in cut_years]
        if left:
            terms = view.language.listed(label(view, known[name]) for name in names)
            said.append(say("across.used.few", years=spans(left), terms=terms))
    return said


def _municipalities_out(view: View, model: Regression) -> list[str]:
    say, inside = view.say, set(model.fitted["municipality"])
    out = [n for n in view.data.municipalities["number"] if n not in inside]
    if not out:
        said = [say("across.used.all")]
    else:
        names = sorted(view.data.name(number) for number in out)
        listed = view.language.listed(names) if len(names) <= _NAMES else ""
        said = [say("across.used.out", names=listed, count=len(out))]
    partly = model.dropped["municipality"].dropna()
    count = partly[partly.isin(inside)].nunique()
    return [*said, say("across.used.partly", count=count)] if count else said
