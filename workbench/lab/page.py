"""What the bench shows of a scene: sentence, verdicts, chart, what-ifs and source."""

from __future__ import annotations

from functools import cache

import pandas as pd
from markupsafe import Markup, escape

from workbench.analysis.projection import MINIMUM
from workbench.briefs import trends
from workbench.briefs.view import View
from workbench.lab import whatif
from workbench.lab.scenario import Scene
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.rendering.page import TEMPLATES

_STYLE = TEMPLATES / "lab" / "style.css"


def page(scene: Scene) -> Html:
    """Return all that is said of a scene, to be shown at once."""
    seen, row = scene.view, scene.row
    about = seen.measure(scene.choice.measure)
    if row is None:
        body = _nothing(seen, about)
    elif row["n"] < MINIMUM:
        body = _few(seen, row)
    else:
        body = html.join(
            _verdicts(seen, row),
            trends.section(seen, row, scene.judged, scene.choice.log),
            _what_if(seen, row),
        )
    kicker = html.paragraph(f"{seen.name} ({seen.number}) · {_compared(seen)}", "kicker")
    return framed(html.join(kicker, body, html.paragraph(source(seen, about), "note source")))


def framed(body: str) -> Html:
    """Return a piece of a page in the style of the bench, whatever the theme around it."""
    return Html(Markup('<style>{}</style><div class="wb">{}</div>').format(style(), Markup(body)))


def refused(sentence: str) -> Html:
    """Return why there is nothing to show, in place of what was shown before."""
    return framed(html.paragraph(sentence, "refused"))


@cache
def style() -> Markup:
    """Return the style sheet of the bench."""
    return Markup(_STYLE.read_text(encoding="utf-8"))


def _compared(seen: View) -> str:
    return seen.say("lab.compared", group=seen.group_name, count=len(seen.peers))


def _verdicts(seen: View, row: pd.Series) -> Html:
    """Return the verdicts in a word each: direction, place among the peers, target."""
    word = row["reading"] if row["reading"] in ("better", "worse") else row["outcome"]
    said = [(word, seen.say(f"trends.word.{word}"))]
    if row["place"]:
        said.append((row["place"], seen.say(f"lab.place.{row['place']}")))
    if row["verdict"]:
        kind = {"met": "better", "likely": "better", "unlikely": "worse", "away": "worse"}
        enough = seen.say(f"trends.ahead.enough_word.{row['verdict']}")
        said.append((kind.get(row["verdict"], ""), enough[:1].upper() + enough[1:]))
    items = (Markup('<li class="word {}">{}</li>').format(*one) for one in said)
    label = escape(seen.say("lab.verdicts"))
    return Html(f'<ul class="verdicts" aria-label="{label}">{Markup("").join(items)}</ul>')


def _what_if(seen: View, row: pd.Series) -> Html:
    """Return what it would take, and what the pace of the best peers would give."""
    language, unit = seen.language, seen.unit(row["unit"])
    said = []
    needed, pace = whatif.needed(seen, row), whatif.like_best(seen, row)
    if needed is not None:
        said.append(
            seen.say(
                "lab.if.needed",
                change=language.change(abs(needed.change), unit),
                up=needed.change > 0,
                target=language.amount(row["target"], unit),
                year=int(row["target_year"]),
                fast=needed.as_fast,
                count=needed.peers,
            )
        )
    if pace is not None:
        wrong = pace.change * row["direction"] < 0
        written = (
            f"{language.number(abs(pace.change), 1)}\N{NO-BREAK SPACE}%"
            if pace.relative
            else language.change(abs(pace.change), unit)
        )
        said.append(
            seen.say(
                "lab.if.wrong" if wrong else "lab.if.best",
                change=written,
                up=pace.change > 0,
                count=pace.peers,
                value=language.amount(pace.value, unit),
                year=pace.year,
                met=pace.met,
            )
        )
    if not said:
        return Html("")
    paragraphs = [html.paragraph(sentence) for sentence in said]
    heading = html.heading(seen.say("lab.if.heading"), 4)
    return Html(
        Markup('<section class="what-if">{}{}</section>').format(
            Markup(heading), Markup(html.join(*paragraphs))
        )
    )


def _few(seen: View, row: pd.Series) -> Html:
    """Return the one or two figures that there are, with why no trend is shown."""
    language, unit = seen.language, seen.unit(row["unit"])
    own = seen.own(row["measure"])
    columns = [Column(seen.say("common.year")), Column(seen.say("common.value"), numeric=True)]
    rows = [[str(one.year), language.amount(one.value, unit)] for one in own.itertuples()]
    name = language.name(row)
    return html.join(
        html.heading(name, 3),
        html.paragraph(seen.say("lab.few", count=len(own), least=MINIMUM)),
        html.table(columns, rows, name, titled=True),
    )


def _nothing(seen: View, about: pd.Series) -> Html:
    """Return that a figure is missing, why, and for whom there is one."""
    rows = seen.data.observations
    others = rows[rows["measure"] == about["measure"]]
    said = [seen.say("lab.nothing", count=others["municipality"].nunique())]
    for reason, part in seen.aside(about["measure"]).groupby("reason"):
        years = seen.language.listed(str(year) for year in sorted(part["year"].unique()))
        said.append(seen.say(f"common.aside.{reason}", years=years))
    paragraphs = [html.paragraph(sentence) for sentence in said]
    return html.join(html.heading(seen.language.name(about), 3), *paragraphs)


def source(seen: View, about: pd.Series) -> str:
    """Return who published the figures of a measure, where, and under which licence."""
    return seen.say(
        "lab.source",
        publisher=seen.label("publisher", about["publisher"]),
        table="" if pd.isna(about["table"]) else about["table"],
        licence=about["licence"],
        boundaries=seen.say("common.drawn", year=about["boundaries"]),
    )
