"""Pieces that several briefs are made of: the box in short, sources, and phrases of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from markupsafe import escape

from workbench.analysis.levels import NEAREST
from workbench.analysis.record import nearest
from workbench.briefs.view import View, records
from workbench.errors import UsageError
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: The files of figures that lie beside a brief, what a reader most likely wants first.
FILES = {
    "workbook": "components.xlsx",
    "components": "components.csv",
    "observations": "observations.csv",
    "package": "datapackage.json",
}


def title(view: View, brief: str) -> Html:
    """Return the heading of a brief: its question, and what it is about."""
    kicker = html.paragraph(view.say(f"{brief}.kicker"), "kicker")
    return html.join(kicker, html.heading(view.say(f"{brief}.title"), 1))


def in_short(view: View, answer: Sequence[str], sure: str, missing: str) -> Html:
    """Return the box that a brief begins with: the answer, how sure it is, what is missing."""
    asides = [(view.say("common.sure"), sure), (view.say("common.missing"), missing)]
    return html.in_short(view.say("common.in_short"), answer, asides)


def measures(view: View, names: str) -> list[str]:
    """Return the measures of these names, which are those of ``data.measures`` or of a page.

    Raises
    ------
    UsageError
        If there is no such measure, or none is named.
    """
    rows = view.data.measures
    shown = {
        str(name).casefold(): measure
        for column in ("name_nb", "name_en")
        for name, measure in zip(rows[column], rows["measure"], strict=True)
    } | {view.language.name(row).casefold(): row["measure"] for row in records(rows)}
    given = [name.strip() for name in names.split(",") if name.strip()]
    if not given:
        raise UsageError("No measure is named. Name one or more, between commas.")
    known = (shown.get(name.casefold(), name) for name in given)
    return [str(view.measure(name)["measure"]) for name in dict.fromkeys(known)]


def comparison(view: View) -> Html:
    """Return the sentence that says whom the municipality is compared with."""
    text = view.say("common.peers_explained", group=view.group_name, count=len(view.peers))
    return html.paragraph(text, "note")


def sources(view: View, measures: Iterable[str]) -> Html:
    """Return where the figures of these measures come from.

    A row per measure, with the id ``source-<measure>``: publisher and table, licence, whose
    boundaries, years, and whether it measures an indicator directly or stands in for it.
    """
    say, name = view.say, view.language.name
    rows = []
    for measure in measures:
        row, years = view.measure(measure), view.own(measure)["year"]
        # Other tables of the brief lead to the row that a figure comes from.
        named = Html('<span id="source-{}">{}</span>').format(measure, name(row))
        table = "" if pd.isna(row["table"]) else row["table"]
        span = view.language.span(years.min(), years.max()) if len(years) else ""
        rows.append(
            [
                html.small(named, name(row, "note")),
                say(f"common.relation.{row['relation']}"),
                html.small(view.label("publisher", row["publisher"]), table),
                row["licence"],
                say("common.drawn", year=row["boundaries"]),
                span or say("common.no_figure"),
            ]
        )
    heads = html.columns(say, "common", "measure kind source licence boundaries years")
    table = html.table(heads, rows, say("common.sources"), "sources", titled=True)
    lead = html.paragraph(say("common.sources_lead"))
    return html.join(
        html.heading(say("common.sources")),
        html.details(say("common.sources_show", count=len(rows)), html.join(lead, table)),
        _files(view),
    )


def _files(view: View) -> Html:
    """Return links to the files with the figures that lie beside the brief."""
    say, link = view.say, Html('<a href="{0}">{0}</a>: {1}')
    known = view.data.measures["measure"].isin(view.figures["measure"])
    licences = view.data.measures.loc[known, "licence"]
    restricted = licences.str.contains("NC", regex=False).any()
    files = (link.format(file, say(f"common.file.{key}")) for key, file in FILES.items())
    lead = html.paragraph(say("common.reuse_lead", restricted=restricted))
    return html.details(say("common.reuse"), html.join(lead, html.items(files)), printed=True)


def goal(view: View, number: int, inside: bool = False) -> str:
    """Return a UN goal with its number, as a name or as it stands inside a sentence."""
    name = view.label("goal", number)
    if inside:
        return view.say("plan.goal_inside", number=number, name=name)
    return view.say("common.goal_name", number=number, name=name)


def names_inside(view: View, rows: pd.DataFrame) -> list[str]:
    """Return the names of these rows as they stand inside a sentence."""
    return [view.language.inside(view.language.name(row)) for row in records(rows)]


def by_dimension(
    view: View, rows: pd.DataFrame, background: str
) -> dict[str, list[dict[Any, Any]]]:
    """Return rows of `View.assessed` by the name of their dimension; the others come last."""
    names = {key: view.label("dimension", key) for key in view.keys("dimension")} | {"": background}
    parts: dict[str, list[dict[Any, Any]]] = {name: [] for name in names.values()}
    for row in records(rows):
        parts[names["" if pd.isna(row["dimension"]) else row["dimension"]]].append(row)
    return {name: part for name, part in parts.items() if part}


def lost(view: View, rows: pd.DataFrame) -> list[str]:
    """Return why figures of earlier years, rows of ``set_aside``, do not reach today."""
    return [
        view.say(f"common.aside.{reason}", years=view.language.span(years.min(), years.max()))
        for reason, years in rows.groupby("reason")["year"]
    ]


def preliminary(view: View, status: object, mark: str = " ({})") -> str:
    """Return a mark for a figure whose status says that it is preliminary, else ''."""
    return mark.format(view.say("common.preliminary")) if pd.notna(status) else ""


def chance(view: View, key: str, value: float) -> str:
    """Return a chance as `key` has it, rounded to what it was shown to be worth: 5 points."""
    percent = int(5 * round(20 * value))
    word = "least" if percent < 5 else "most" if percent > 95 else "about"
    return view.say(f"{key}.{word}", percent=percent)


def tested(view: View, row: Row) -> list[str]:
    """Return how often ranges of a measure held, and whether its year lies beyond the test."""
    found = nearest(view.tested, row["measure"], row["years_ahead"])
    if found is None:
        return [view.say("common.tested.untested")]
    held = view.say(
        "common.tested.held",
        ahead=int(found["horizon"]),
        held=int(found["years_held"]),
        years=int(found["years"]),
        municipalities=view.language.number(found["municipalities"]),
        share=view.language.number(100 * found["cover80"]),
    )
    if row["years_ahead"] <= found["horizon"]:
        return [held]
    ahead = int(row["years_ahead"])
    return [held, view.say("common.tested.beyond", year=int(row["to_year"]), ahead=ahead)]


def direction(view: View, row: Row) -> Html:
    """Return the word for which way a series has gone, and below it how sure that is.

    An old figure has its year instead.
    """
    if row["old"]:
        return Html("{}").format(view.say("common.standing.old", year=row["last_year"]))
    if row["outcome"] in ("too few", "unchanged"):
        return _word("", view.say(f"trends.word.{row['outcome'].replace(' ', '_')}"))
    ways = "falling", "unchanged", "rising"
    way = row["motion"] or ways[int(row["slope"] > 0) - int(row["slope"] < 0) + 1]
    sure = view.say(f"trends.sure.{sureness(row)}")
    return html.small(_word(way, view.say(f"trends.word.{way}")), sure)


def _word(kind: str, text: str) -> Html:
    return Html('<span class="word {}">{}</span>').format(kind, text)


def sureness(row: Row) -> str:
    """Return how sure a direction is, by the interval of the yearly change: 'clear', ..."""
    return "clear" if row["outcome"] in ("rising", "falling") else str(row["outcome"])


def about(row: Row) -> Html:
    """Return the attributes of a piece that is about a series: its name, and where it stands."""
    return html.attributes(measure=row["measure"], standing=row["standing"])


def standing(view: View, row: Row) -> Html:
    """Return where a series stands, in a word with the mark of its sense."""
    text = view.say(f"common.standing.{row['standing']}", year=int(row["last_year"]))
    return Html('<span class="word {}"{}>{}</span>').format(row["sense"], about(row), text)


def named(view: View, rows: pd.DataFrame | Sequence[Row], most: int = 3) -> Html:
    """Return the names of series as a list inside a sentence, each with its attributes.

    `rows` have measure, standing and the names of the measure.
    """
    rows = records(rows) if isinstance(rows, pd.DataFrame) else rows
    name = Html("<span{}>{}</span>")
    names = [
        name.format(
            about(row), view.language.inside(view.language.name(view.measure(row["measure"])))
        )
        for row in rows
    ]
    return Html(view.some(names, most))


def tell(view: View, key: str, **values: object) -> Html:
    """Return a sentence as `View.say` does, in which values of type Html stay as they are."""
    held = {key: value for key, value in values.items() if isinstance(value, Html) and value}
    signs = {key: f"\ue000{at}\ue001" for at, key in enumerate(held)}
    marks = dict(zip(signs.values(), held.values(), strict=True))
    text = escape(view.say(key, **values | signs))
    return Html(re.sub("\ue000.*?\ue001", lambda found: marks[found[0]], text))


def level(view: View, row: Row) -> str:
    """Return the sentence on a series beside all municipalities; '' where they are not compared."""
    if not row["level"] or row["old"]:
        return ""
    facts = {
        "better": int(row["tenth"]) - 1,
        "compared": view.language.number(row["compared"]),
        "near": row["compared"] > NEAREST,
    }
    return view.say(f"common.level.{row['level']}", **facts)


def law(view: View, row: Row, name: str = "") -> str:
    """Return the sentence on the limit that the law sets, of `name`; '' where there is none."""
    if pd.isna(row["law"]):
        return ""
    limit = view.language.amount(row["law"], view.unit(view.measure(row["measure"])["unit"]))
    kept, year = bool(row["lawful"]), int(row["last_year"])
    return view.say("common.law", name=name, limit=limit, kept=kept, year=year)


def whose(view: View, row: Row) -> str:
    """Return that a target was derived from the municipality's own figure; '' where it was not."""
    derived = pd.notna(row["target"]) and row["own_base"] and row["measure"] not in view.decided
    return view.say("common.own_base") if derived else ""
