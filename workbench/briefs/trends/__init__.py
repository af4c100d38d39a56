"""The brief 'Are we moving, and is it enough?': each measure with three or more years.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> wb.trends.table(view).set_index("measure").loc["low_income_share", "outcome"]
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
from workbench.analysis.standings import STANDINGS, URGENCY
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.trends.series import (
    Judged,
    boundary_notes,
    chart,
    enough,
    interval,
    pace_word,
    peers_of,
    says_ahead,
    section,
)
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: So many series are shown large and first.
_MOST = 5

READS = Reads(peers=True, years=True, ahead=True, record=True, standing=True)


__all__ = ["Judged", "chart", "enough", "key", "left_out", "measures", "overview"]
__all__ += [
    "legend",
    "pace_word",
    "peers_of",
    "says_ahead",
    "section",
    "sources",
    "summary",
    "table",
    "title",
]


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "trends")


def table(view: View) -> pd.DataFrame:
    """Return the assessed measures that a trend can be shown for: three years on one level."""
    return view.assessed[view.assessed["n"] >= MINIMUM]


def summary(view: View) -> Html:
    """Return the box 'in short': where the KPIs stand, how sure that is, what is missing."""
    rows = table(view)
    judged = rows[(rows["direction"] != 0) & ~rows["old"]]
    unclear = int(judged["outcome"].eq("unclear").sum())
    short = int(judged["outcome"].isin(["short", "overlapping"]).sum())
    sure = [
        view.say("trends.short.unsure", unclear=unclear, short=short),
        view.say("trends.short.sure", percent=f"{100 * LIKELY:.0f}"),
    ]
    missing = len(view.assessed) - len(rows)
    lacks = view.say("trends.short.missing", count=missing) if missing else ""
    return pieces.in_short(view, _answer(view, judged), " ".join(sure).strip(), lacks)


def _answer(view: View, judged: pd.DataFrame) -> list[str]:
    """Return which KPIs stand how, as on every page, and how background figures move."""
    several = view.standings[view.standings["n"] >= MINIMUM]
    # A KPI counts by the one series that speaks for it, here as on the front page.
    kpis = several[several["leads"]]
    parts = {sense: kpis[kpis["sense"] == sense] for sense in URGENCY[:3]}
    answer: list[str] = [
        pieces.tell(view, f"trends.short.{sense}", names=pieces.named(view, part))
        for sense, part in parts.items()
        if len(part)
    ] or [view.say("trends.short.none")]
    aimed = kpis[~kpis["old"].astype(bool)]
    for pace in ("away", "slow", "enough"):
        if len(part := aimed[aimed["pace"] == pace]):
            answer.append(pieces.tell(view, f"trends.short.{pace}", names=pieces.named(view, part)))
    rest = judged.loc[~judged["measure"].isin(several["measure"]), "motion"].value_counts()
    better, worse = (int(rest.get(way, 0)) for way in ("better", "worse"))
    if better + worse:
        answer.append(view.say("trends.short.background", better=better, worse=worse))
    return answer


def overview(view: View) -> Html:
    """Return all measures in one table: period, yearly change, uncertainty, direction."""
    say, language = view.say, view.language
    rows, known = [], records(table(view))
    for row in known:
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
    caption, about = say("trends.overview.caption"), [pieces.about(row) for row in known]
    drawn = html.table(columns, rows, caption, "overview", titled=True, about=about)
    note = html.paragraph(say("trends.overview.note"), "note")
    return html.join(
        html.heading(say("trends.overview.heading")),
        html.details(say("trends.overview.show", count=len(rows)), html.join(drawn, note)),
    )


def _ahead_cell(view: View, row: Row, unit: Row) -> Html:
    """Return the projection, and under it whether the pace is enough for the target."""
    figure = view.say("common.no_figure")
    if says_ahead(row):
        figure = view.language.amount(row["projected"], unit)
    return html.small(figure, pace_word(view, row))


def key(view: View) -> Html:
    """Return the legend of the charts, and whom the municipality is compared with."""
    return html.join(
        html.heading(view.say("trends.chart.key")),
        pieces.comparison(view),
        legend(view),
        html.paragraph(view.say("trends.ahead.basis", year=HORIZON), "note"),
    )


#: What the charts show, in the order of the legend.
_MARKS = ("own", "preliminary", "before", "ahead", "median", "range", "target")


def legend(view: View, row: Row | None = None) -> Html:
    """Return what the lines, dots and areas are, of one chart of a row of `table` or of all."""
    marks = list(_MARKS)
    if row is not None:
        peers = len(peers_of(view, row["measure"])) > 1
        there = {"preliminary": view.own(row["measure"])["status"].notna().any()}
        there |= {"before": pd.notna(row["broken_at"]), "ahead": says_ahead(row)}
        there |= {"median": peers, "range": peers, "target": pd.notna(row["target"])}
        marks = [mark for mark in _MARKS if there.get(mark, True)]
    items = charts.key([(mark, view.say(f"trends.chart.key_{mark}")) for mark in marks])
    return Html('<ul class="key">{}</ul>').format(Html(items))


def measures(view: View) -> Html:
    """Return a section for each measure, those first that change a decision; the rest is folded."""
    rows = table(view)
    first = most(rows)
    sections = html.join(*[section(view, row) for row in records(first)])
    rest = rows[~rows["measure"].isin(first["measure"])]
    parts = pieces.by_dimension(view, rest, view.say("trends.heading.background"))
    folded = [
        html.details(
            view.say("trends.heading.folded", heading=heading, count=len(part)),
            html.join(*[section(view, row) for row in part]),
        )
        for heading, part in parts.items()
    ]
    return html.join(
        html.heading(view.say("trends.heading.most", count=len(first))) if len(first) else "",
        Html('<div class="most">{}</div>').format(sections) if len(first) else "",
        html.heading(view.say("trends.heading.rest")) if folded else "",
        *folded,
    )


def most(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the few rows of `table` that change a decision most: indicators, by their standing."""
    indicators = rows[rows["relation"].isin(["direct", "proxy"]) & rows["sense"].isin(URGENCY[:3])]
    order = indicators["standing"].map(STANDINGS.index).sort_values(kind="stable").index
    return indicators.loc[order].head(_MOST)


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

    short = []
    for row in records(rows):
        years = f" ({language.span(row['first_year'], row['last_year'])})"
        short.append(Html("<span{}>{}</span>").format(pieces.about(row), noted(row, years)))
    return html.join(
        html.heading(say("trends.left.heading")),
        html.paragraph(say("trends.left.lead")) if short else "",
        html.items(short),
        *[html.paragraph(noted(row)) for row in records(without)],
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, view.assessed["measure"])
