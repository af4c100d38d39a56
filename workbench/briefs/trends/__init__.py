"""The brief 'Are we moving, and is it enough?': each measure with three or more years.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> wb.trends.shown(view).set_index("measure").loc["low_income_share", "outcome"]
'unclear'
>>> print(wb.trends.title(view))
<p class="kicker">...</p>
<h1>Går det rett vei i Bærum, og raskt nok?</h1>
"""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis.outlook import HORIZON, LIKELY
from workbench.analysis.projection import MINIMUM
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.trends.series import (
    Judged,
    boundary_notes,
    chart,
    enough,
    interval,
    peers_of,
    says_ahead,
    section,
)
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

READS = Reads(peers=True, years=True, ahead=True, record=True)


#: The verdicts of `outlook` on a target, in the order of a sentence.
VERDICTS = ("met", "likely", "open", "unlikely", "away", "unknown")


__all__ = ["VERDICTS", "Judged", "chart", "enough", "key", "left_out", "measures", "overview"]
__all__ += ["peers_of", "says_ahead", "section", "shown", "sources", "summary", "title"]


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "trends")


def shown(view: View) -> pd.DataFrame:
    """Return the assessed measures that a trend can be shown for: three years on one level."""
    return view.assessed[view.assessed["n"] >= MINIMUM]


def summary(view: View) -> Html:
    """Return the box 'in short': which way, is it enough, how sure, what is missing."""
    rows = shown(view)
    judged = rows[rows["direction"] != 0]
    unclear = int(judged["outcome"].isin(["unclear", "unchanged"]).sum())
    short = int(judged["outcome"].isin(["short", "overlapping"]).sum())
    sure = [
        view.say("trends.short.unsure", unclear=unclear, short=short),
        view.say("trends.short.sure", percent=f"{100 * LIKELY:.0f}"),
    ]
    lacks = {
        "missing": len(view.assessed) - len(rows),
        "no_target": int(judged["target"].isna().sum()),
    }
    missing = [view.say(f"trends.short.{key}", count=n) for key, n in lacks.items() if n]
    answer = [*_directions(view, judged), *_targets(view, rows)]
    return pieces.in_short(view, answer, " ".join(sure).strip(), " ".join(missing))


def _directions(view: View, judged: pd.DataFrame) -> list[str]:
    """Return how many series move the right and the wrong way, and which."""
    parts = {key: judged[judged["reading"] == key] for key in ("better", "worse")}
    counts = {key: len(part) for key, part in parts.items()}
    sentences = [view.say("trends.short.direction", total=len(judged), **counts)]
    for key, part in parts.items():
        if len(part):
            sentences.append(view.say(f"trends.short.{key}", names=_named(view, part)))
    return sentences


def _targets(view: View, rows: pd.DataFrame) -> list[str]:
    """Return how many targets will be met, and which will probably not."""
    rows = rows[rows["verdict"] != ""]
    if rows.empty:
        return [view.say("trends.short.aimless", year=HORIZON)]
    counts = rows["verdict"].value_counts()
    parts = [
        view.say(f"trends.short.target.{verdict}", count=int(counts[verdict]))
        for verdict in VERDICTS
        if verdict in counts
    ]
    wide = int(rows["target_scope"].isin(["national", "global"]).sum())
    sentences = [view.say("trends.short.enough", parts=parts, wide=wide, year=HORIZON)]
    off = rows[rows["verdict"].isin(["unlikely", "away"])]
    if len(off):
        sentences.append(view.say("trends.short.missed", names=_named(view, off)))
    return sentences


def _named(view: View, rows: pd.DataFrame) -> str:
    return view.some(pieces.names_inside(view, rows))


def overview(view: View) -> Html:
    """Return all measures in one table: period, yearly change, uncertainty, direction."""
    say, language = view.say, view.language
    rows = []
    for row in records(shown(view)):
        unit, ends = view.unit(row["unit"]), say("common.no_figure")
        if pd.notna(row["low"]):
            ends = say("trends.overview.from_to", **interval(view, row, unit))
        rows.append(
            [
                Html('<a href="#{}">{}</a>').format(row["measure"], language.name(row)),
                language.span(row["first_year"], row["last_year"]),
                language.change(row["slope"], unit, signed=True),
                ends,
                pieces.direction(view, row),
                _ahead_cell(view, row, unit),
            ]
        )
    heads = "common.measure period #change #interval reading #ahead"
    columns = html.columns(say, "trends.overview", heads, year=HORIZON)
    return html.join(
        html.heading(say("trends.overview.heading")),
        html.table(columns, rows, say("trends.overview.caption"), "overview", titled=True),
        html.paragraph(say("trends.overview.note"), "note"),
    )


def _ahead_cell(view: View, row: Row, unit: Row) -> Html:
    """Return the projection, and under it whether it is enough for the target."""
    figure, verdict = view.say("common.no_figure"), row["verdict"]
    if says_ahead(row):
        figure = view.language.amount(row["projected"], unit)
    word = view.say(f"trends.ahead.enough_word.{verdict}") if verdict else ""
    return html.small(figure, word)


def key(view: View) -> Html:
    """Return the legend of the charts, and whom the municipality is compared with."""
    marks = ("own", "preliminary", "before", "ahead", "median", "range", "target")
    items = charts.key([(mark, view.say(f"trends.chart.key_{mark}")) for mark in marks])
    return html.join(
        html.heading(view.say("trends.chart.key")),
        pieces.comparison(view),
        f'<ul class="key">{items}</ul>',
        html.paragraph(view.say("trends.ahead.basis", year=HORIZON), "note"),
    )


def measures(view: View) -> Html:
    """Return a section for each measure: the sentence, the chart and its numbers."""
    parts = pieces.by_dimension(view, shown(view), view.say("trends.heading.background"))
    sections: list[Html] = []
    for heading, rows in parts.items():
        sections += [html.heading(heading), *[section(view, row) for row in rows]]
    return html.join(*sections)


def left_out(view: View) -> Html:
    """Return the measures with too few years or none, and why earlier figures are missing."""
    say, language = view.say, view.language
    rows = view.assessed[view.assessed["n"] < MINIMUM]
    lost = set(view.set_aside["measure"]) - set(view.assessed["measure"])
    without = view.data.measures[view.data.measures["measure"].isin(lost)]
    if rows.empty and without.empty:
        return Html("")

    def noted(row: Row, years: str = "") -> Html:
        notes = " ".join(boundary_notes(view, row["measure"]))
        return html.small(f"{language.name(row)}{years}", notes)

    short = [
        noted(row, f" ({language.span(row['first_year'], row['last_year'])})")
        for row in records(rows)
    ]
    return html.join(
        html.heading(say("trends.left.heading")),
        html.paragraph(say("trends.left.lead")) if short else "",
        html.items(short),
        *[html.paragraph(noted(row)) for row in records(without)],
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, shown(view)["measure"])
