"""The two pictures of a question: what each term goes with, and where the municipality lies."""

from __future__ import annotations

from workbench import charts
from workbench.analysis.regression.model import Regression, terms_of
from workbench.briefs.regression.answers import Answer
from workbench.briefs.regression.wording import (
    amount,
    growth,
    label,
    outcome_of,
    outcome_unit,
    unit_of,
)
from workbench.briefs.view import View
from workbench.language.translator import capitalised
from workbench.markup import html
from workbench.markup.html import Column, Html


def effects(view: View, answer: Answer) -> Html:
    """Return the coefficients of both models, and their numbers."""
    say, model, second = view.say, answer.model, answer.over_time
    known = terms_of(model, view.data)
    short = [say(f"regression.term_short.{known[name].name}") for name in model.terms["term"]]
    rows = model.terms[["effect", "effect_low", "effect_high"]].assign(
        label=[capitalised(text) for text in short],
        second=second.terms["effect"],
        second_low=second.terms["effect_low"],
        second_high=second.terms["effect_high"],
    )
    outcome, unit = outcome_of(view, model), outcome_unit(view, model)
    lines = [*_lines(view, model, "levels"), *_lines(view, second, "changes")]
    items = " ".join(
        say(
            f"regression.chart.item{'' if ends else '_alone'}", term=line[0], effect=line[3], **ends
        )
        for line, ends in lines
    )
    picture = charts.effects_chart(
        rows,
        name=f"{answer.name}-effects",
        alt=say("regression.chart.alt", outcome=outcome, items=items),
        axis=view.language.name(unit, "change"),
        legend=[say("regression.chart.between"), say("regression.chart.within")],
        scale=view.language.number,
    )
    columns = [
        Column(say(f"regression.chart.{key}"), numeric=key != "term")
        for key in ("term", "low", "high", "effect", "interval")
    ]
    table = html.table(
        columns,
        [
            [*line, say(f"regression.chart.{'from_to' if ends else 'no_interval'}", **ends)]
            for line, ends in lines
        ],
        say("regression.chart.table", outcome=outcome),
    )
    caption = say("regression.chart.caption", outcome=outcome)
    return html.figure(picture, caption, html.details(say("common.numbers"), table))


def _lines(view: View, model: Regression, of: str) -> list[tuple[list[str], dict[str, str]]]:
    """Return a table row per term: what it is between, the effect, and the interval's ends.

    There are no ends where one municipality decides the term alone.
    """
    unit, lines = outcome_unit(view, model), []
    known = terms_of(model, view.data)
    for _, row in model.terms.iterrows():
        term = known[row["term"]]
        name, write = label(view, term), amount
        if of == "changes":
            name, write = view.say("regression.chart.change", term=name), growth
        ends: dict[str, str] = {}
        if not row["alone"]:
            low, high = view.language.interval(row["effect_low"], row["effect_high"], unit)
            ends = {"low": low, "high": high}
        cells = [capitalised(name)]
        cells += [write(view, term, row[key]) for key in ("quartile_low", "quartile_high")]
        cells.append(view.language.change(row["effect"], unit, signed=True))
        lines.append((cells, ends))
    return lines


def partial(view: View, answer: Answer) -> Html:
    """Return the adjusted outcome of all municipalities against the strongest term."""
    say, model, row = view.say, answer.model, answer.strongest()
    known = terms_of(model, view.data)
    term, outcome = known[row["term"]], known[model.outcome]
    points = model.partial(row["term"])
    who = [
        "own" if n == view.number else "peers" if n in view.peers else "others"
        for n in points["municipality"].tolist()
    ]
    facts = {"term": label(view, term), "outcome": label(view, outcome)}
    alt = say("regression.own.alt", n=len(points), up=row["coefficient"] > 0, **facts)
    for own in points[points["municipality"] == view.number].itertuples():
        x, y = amount(view, term, own.x), amount(view, outcome, own.y)
        alt += " " + say("regression.own.alt_own", x=x, y=y)
    units = [view.language.name(unit_of(view, t), "symbol") for t in (term, outcome)]
    picture = charts.partial_chart(
        points.assign(who=who),
        row["coefficient"],
        name=f"{answer.name}-partial",
        alt=alt,
        x_label=say(
            "regression.own.x", term=facts["term"], year=model.years[row["term"]][-1], unit=units[0]
        ),
        y_label=say("regression.own.y", outcome=facts["outcome"], unit=units[1]),
        own_label=view.name,
        scale=view.language.number,
        log=term.log,
    )
    table = html.details(say("regression.own.table"), _group(view, model))
    lead = [say("regression.own.lead", group=view.group_name, outcome=facts["outcome"])]
    if len(points) > charts.MOST_DOTS:
        shown, count = (view.language.number(n, 0) for n in (charts.MOST_DOTS, len(points)))
        lead.append(say("regression.own.some", shown=shown, count=count))
    return html.join(
        html.paragraph(" ".join(lead)),
        html.figure(picture, say("regression.own.caption", **facts), table),
    )


def _group(view: View, model: Regression) -> Html:
    """Return the group's newest figures beside what is expected, highest above first."""
    say, unit = view.say, outcome_unit(view, model)
    newest = model.fitted.groupby("municipality", as_index=False).last()
    group = newest[newest["municipality"].isin([view.number, *view.peers])]
    rows = [
        [
            view.names[row["municipality"]],
            view.language.amount(row[model.outcome], unit),
            view.language.amount(row["expected"], unit),
            view.language.number(row["residual"], int(unit["decimals"]), signed=True),
        ]
        for _, row in group.sort_values("residual", ascending=False).iterrows()
    ]
    columns = [Column(say("common.municipality"))] + [
        Column(say(f"regression.own.{key}"), numeric=True)
        for key in ("observed", "expected", "difference")
    ]
    return html.table(columns, rows, say("regression.own.table"), titled=True)
