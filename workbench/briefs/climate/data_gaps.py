"""Where the figures of the brief come from, and where those that lack can be found."""

from __future__ import annotations

import pandas as pd

from workbench.analysis import emissions
from workbench.analysis.emissions import TOTAL
from workbench.briefs.climate.shared import AIR, ELECTRICITY, LAND, first_recent, shown
from workbench.briefs.view import View
from workbench.markup import html
from workbench.markup.html import Column, Html


def feeds(view: View) -> Html:
    """Return which official tables hold the figures that lack or are old, and how to bring them."""
    say, language = view.say, view.language
    heading = html.heading(say("climate.feeds.heading"))
    rows = feeding(view)
    if rows.empty:
        return html.join(heading, html.paragraph(say("climate.feeds.nothing")))
    body = []
    for _, row in rows.iterrows():
        name = language.name(view.measure(row["measure"]))
        if row["measure"] == TOTAL:
            name = say("climate.feeds.with_sectors", name=name)
        elif row["old"]:
            name = say("climate.feeds.newer", name=name)
        table = language.name(row, "title")
        if pd.notna(row["table"]):
            table = say("climate.feeds.numbered", number=row["table"], title=table)
        sure = say(f"climate.feeds.confidence.{row['confidence']}")
        where = language.name(row, "where")
        body.append([name, language.name(row, "publisher"), table, where, sure])
    columns = [
        Column(say(f"climate.feeds.{key}"))
        for key in ("measure", "publisher", "table", "where", "sure")
    ]
    return html.join(
        heading,
        html.paragraph(say("climate.feeds.lead")),
        html.table(columns, body, say("climate.feeds.caption"), titled=True),
        html.paragraph(say("climate.feeds.steps")),
    )


def feeding(view: View) -> pd.DataFrame:
    """Return the rows of ``feeds`` for measures without figures or with old ones (``old``)."""
    newest = view.assessed.set_index("measure")["last_year"]
    rows = view.data.feeds
    rows = rows.assign(old=rows["measure"].map(newest) < first_recent(view))
    return rows[rows["old"] | ~rows["measure"].isin(newest.index)]


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    parts = emissions.sector_measures(view.data.measures)
    measures = (TOTAL, *parts, *ELECTRICITY, *AIR, *LAND)
    return view.sources(list(shown(view, measures)["measure"]))
