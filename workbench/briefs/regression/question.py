"""One question of the brief: what goes with what, how sure, where the municipality lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench import charts
from workbench.analysis.memo import cached
from workbench.briefs.regression.answers import Answer, clear
from workbench.briefs.regression.wording import Wording
from workbench.briefs.view import View
from workbench.language.translator import capitalised
from workbench.markup import html
from workbench.markup.html import Html
from workbench.storage import hashing

#: Variance inflation from which terms can hardly be told apart.
_INFLATED = 5


def section(view: View, answer: Answer) -> Html:
    """Return the answer, how sure it is, where the municipality lies and what was left out."""
    say = view.say
    words, over_time = Wording(view, answer.model), Wording(view, answer.over_time)
    return html.join(
        html.heading(say(f"regression.question.{answer.name}")),
        html.paragraph(_headline(words, answer)),
        html.paragraph(" ".join(_others(words, answer))),
        html.paragraph(" ".join(_own(words))),
        _partial(words, answer),
        html.details(
            say("regression.sure.heading"),
            html.join(
                html.paragraph(say("regression.answer.compared")),
                html.paragraph(" ".join(_sure(words, answer))),
                html.paragraph(" ".join(_over_time(over_time, answer))),
                _effects(words, over_time, answer.name),
                html.paragraph(" ".join(words.sample())),
            ),
        ),
    )


def _about(words: Wording, key: str, row: pd.Series) -> str:
    """Return a sentence about a term, by the way it goes."""
    return words.view.say(
        f"{key}{'up' if row['effect'] > 0 else 'down'}",
        outcome=words.outcome,
        **{kind: words.plain(row["term"], kind) for kind in ("many", "few")},
        effect=words.sizes(row["effect"])[0],
        low=words.amount(row["term"], row["quartile_low"]),
        high=words.amount(row["term"], row["quartile_high"]),
    )


def _headline(words: Wording, answer: Answer) -> str:
    if answer.found():
        return _about(words, "regression.answer.", answer.strongest())
    facts = {"outcome": words.outcome, "total": len(words.model.terms)}
    return words.view.say("regression.answer.none", **facts)


def _others(words: Wording, answer: Answer) -> list[str]:
    """Return a sentence about each other term, the clear ones first."""
    if not answer.found():
        return []
    terms, first = words.model.terms, answer.strongest()["term"]
    sure = clear(terms)
    sentences = [
        _about(words, "regression.answer.also_", row)
        for _, row in sure[sure["term"] != first].iterrows()
    ]
    for name in terms.loc[~terms["term"].isin(sure["term"]), "term"]:
        sentences.append(words.view.say("regression.answer.unsure", many=words.plain(name, "many")))
    return sentences


def _sure(words: Wording, answer: Answer) -> list[str]:
    view, terms, row = words.view, words.model.terms, answer.strongest()
    sentences = []
    if answer.found():
        ends = sorted([abs(row["effect_low"]), abs(row["effect_high"])])
        low, high = words.sizes(*ends)
        sentences.append(view.say("regression.sure.interval", low=low, high=high))
        sentences.append(_single(words, row))
    share = view.language.amount(100 * words.model.within_r2, view.unit("percent"))
    sentences.append(view.say("regression.sure.share", count=len(terms), share=share))
    if terms["vif"].max() > _INFLATED:
        sentences.append(view.say("regression.sure.collinear"))
    for name, alone in terms.loc[terms["alone"] != "", ["term", "alone"]].to_numpy():
        sentences.append(view.say("regression.sure.alone", who=alone, term=words.label(name)))
    return sentences


def _single(words: Wording, row: pd.Series) -> str:
    """Return the answer that there would be without the municipality that weighs most."""
    say, rows = words.view.say, words.model.influential
    rows = rows[rows["term"] == row["term"]]
    if rows.empty:
        return say("regression.sure.single_none")
    who = words.view.names[rows.iloc[0]["municipality"]]
    without = row["effect"] * (1 + rows.iloc[0]["change"] / row["coefficient"])
    if without * row["effect"] < 0:
        return say("regression.sure.single_turned", who=who)
    return say("regression.sure.single", who=who, effect=words.sizes(without)[0])


def _over_time(words: Wording, answer: Answer) -> list[str]:
    """Return whether the pattern holds within municipalities, and what else does."""
    say, sure = words.view.say, clear(words.model.terms)
    kind = answer.holds_over_time()
    if not answer.found():
        kind = "something" if len(sure) else "nothing"
    years = words.years(words.model.years[words.model.outcome])
    return [
        say(f"regression.over_time.{kind}", years=years),
        *(
            say(
                f"regression.over_time.{'up' if row['effect'] > 0 else 'down'}",
                term=words.label(row["term"]),
                outcome=words.outcome,
                effect=words.sizes(row["effect"])[0],
                low=words.growth(row["term"], row["quartile_low"]),
                high=words.growth(row["term"], row["quartile_high"]),
            )
            for _, row in sure.iterrows()
        ),
    ]


def _own(words: Wording) -> list[str]:
    say, row, amount = words.view.say, words.own_row(), words.view.language.amount
    if row is None:
        terms = words.view.language.listed(words.missing())
        return [say("regression.own.missing", terms=terms)]
    often = "rare" if abs(row["residual"]) > words.model.usual else "common"
    facts = {"outcome": words.outcome, "count": len(words.model.terms), "year": int(row["year"])}
    facts["observed"] = amount(row[words.model.outcome], words.unit)
    facts["expected"] = amount(row["expected"], words.unit)
    return [
        say("regression.own.facts", **facts),
        say(f"regression.own.{words.side(row)}", difference=words.gap(row["residual"])),
        say(f"regression.own.{often}", usual=words.gap(words.model.usual)),
    ]


def _effects(words: Wording, over_time: Wording, name: str) -> Html:
    """Return the coefficients of both models, and their numbers."""
    say, view, outcome = words.view.say, words.view, words.outcome
    effects, second = words.model.terms, over_time.model.terms
    rows = effects[["effect", "effect_low", "effect_high"]].assign(
        label=[capitalised(words.plain(term, "term_short")) for term in effects["term"]],
        second=second["effect"],
        second_low=second["effect_low"],
        second_high=second["effect_high"],
    )

    def changed(term: str) -> str:
        return say("regression.chart.change", term=over_time.label(term))

    lines = [
        *_lines(words, words.label, words.amount),
        *_lines(over_time, changed, over_time.growth),
    ]
    items, cells = [], []
    for line, ends in lines:
        key = f"regression.chart.item{'' if ends else '_alone'}"
        items.append(say(key, term=line[0], effect=line[3], **ends))
        interval = say(f"regression.chart.{'from_to' if ends else 'no_interval'}", **ends)
        cells.append([*line, interval])
    alt = say("regression.chart.alt", outcome=outcome, items=" ".join(items))
    axis = view.language.name(words.unit, "change")
    legend = [say("regression.chart.between"), say("regression.chart.within")]
    # Drawn once for all municipalities.
    picture = cached(
        view.data,
        f"effects_chart {name} {alt} {axis} {legend} {list(rows['label'])}",
        lambda: charts.effects_chart(
            rows,
            name=f"{name}-effects",
            alt=alt,
            axis=axis,
            legend=legend,
            scale=view.language.number,
        ),
    )
    columns = html.columns(say, "regression.chart", "term #low #high #effect #interval")
    table = html.table(columns, cells, say("regression.chart.table", outcome=outcome))
    caption = say("regression.chart.caption", outcome=outcome)
    return html.figure(picture, caption, html.details(say("common.numbers"), table))


def _lines(
    words: Wording, named: Callable[[str], str], write: Callable[[str, float], str]
) -> list[tuple[list[str], dict[str, str]]]:
    """Return a row per term, with no interval where one municipality decides the term alone."""
    language, lines = words.view.language, []
    for _, row in words.model.terms.iterrows():
        ends: dict[str, str] = {}
        if not row["alone"]:
            low, high = language.interval(row["effect_low"], row["effect_high"], words.unit)
            ends = {"low": low, "high": high}
        between = [write(row["term"], row[key]) for key in ("quartile_low", "quartile_high")]
        effect = language.change(row["effect"], words.unit, signed=True)
        lines.append(([capitalised(named(row["term"])), *between, effect], ends))
    return lines


def _partial(words: Wording, answer: Answer) -> Html:
    """Return the adjusted outcome of all municipalities against the strongest term."""
    view, model, row = words.view, words.model, answer.strongest()
    say, term, outcome = view.say, row["term"], model.outcome
    points = model.partial(term)
    who = points["municipality"].map(
        {number: "peers" for number in view.peers} | {view.number: "own"}
    )
    facts = {"term": words.label(term), "outcome": words.label(outcome)}
    alt = [say("regression.own.alt", n=len(points), up=row["coefficient"] > 0, **facts)]
    for own in points[points["municipality"] == view.number].itertuples():
        x, y = words.amount(term, own.x), words.amount(outcome, own.y)
        alt.append(say("regression.own.alt_own", x=x, y=y))
    units = [view.language.name(words.unit_of(name), "symbol") for name in (term, outcome)]
    year = model.years[term][-1]
    about: dict[str, Any] = {
        "x_label": say("regression.own.x", term=facts["term"], year=year, unit=units[0]),
        "y_label": say("regression.own.y", outcome=facts["outcome"], unit=units[1]),
        "log": words.terms[term].log,
        "slopes": () if row["alone"] else (row["low"], row["high"]),
    }
    slope, number = row["coefficient"], view.language.number
    base = cached(
        view.data,
        f"partial_base {view.language.code} {hashing.fingerprint(points)} {slope} {about}",
        lambda: charts.partial_base(points, slope, scale=number, **about),
    )
    picture = charts.partial_chart(
        base,
        who.fillna("others").to_list(),
        name=f"{answer.name}-partial",
        alt=" ".join(alt),
        own_label=view.name,
    )
    lead = [say("regression.own.lead", group=view.group_name, outcome=facts["outcome"])]
    lead += [] if row["alone"] else [say("regression.own.shade")]
    if len(points) > charts.MOST_DOTS:
        drawn, count = (view.language.number(n) for n in (charts.MOST_DOTS, len(points)))
        lead.append(say("regression.own.some", shown=drawn, count=count))
    table = html.details(say("regression.own.table"), _group(words))
    return html.join(
        html.paragraph(" ".join(lead)),
        html.figure(picture, say("regression.own.caption", **facts), table),
    )


def _group(words: Wording) -> Html:
    """Return the group's newest figures beside what is expected, highest above first."""
    view, unit = words.view, words.unit
    newest = words.model.fitted.groupby("municipality", as_index=False).last()
    group = newest[newest["municipality"].isin([view.number, *view.peers])]
    rows = [
        [
            view.names[row["municipality"]],
            *(view.language.amount(row[key], unit) for key in (words.model.outcome, "expected")),
            view.language.number(row["residual"], int(unit["decimals"]), signed=True),
        ]
        for _, row in group.sort_values("residual", ascending=False).iterrows()
    ]
    heads = "common.municipality #observed #expected #difference"
    columns = html.columns(view.say, "regression.own", heads)
    return html.table(columns, rows, view.say("regression.own.table"), titled=True)
