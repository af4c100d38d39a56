"""Emissions by sector: a chart on one scale, a table and what is not in it."""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis import emissions
from workbench.analysis.emissions import TOTAL
from workbench.analysis.projection import MINIMUM
from workbench.briefs.climate.shared import (
    as_percent,
    as_share,
    as_tonnes,
    as_yearly,
    boundary_notes,
    largest,
    sector_names,
    shown,
    with_year,
)
from workbench.briefs.view import View
from workbench.markup import html
from workbench.markup.html import Column, Html


def sectors(view: View) -> Html:
    """Return the emissions of each sector: a chart on one scale and a table."""
    rows = emissions.sectors(view.alone, view.number)
    if rows.empty:
        return Html("")
    say, total = view.say, emissions.total(view.alone, view.number)
    newest = total.iloc[-1]
    lead = say(
        "climate.sectors.lead",
        year=int(newest["year"]),
        total=as_tonnes(view, newest["tonnes"]),
        **{**dict.fromkeys(("biggest", "share"), ""), **largest(view, rows)},
    )
    table = _sectors_table(view, rows, total)
    return html.join(
        html.heading(say("climate.sectors.heading")),
        html.paragraph(lead),
        html.paragraph(say("climate.sectors.scale"), "note"),
        html.figure(
            _sectors_picture(view, rows),
            say("climate.sectors.caption"),
            html.details(say("common.numbers"), _by_year(view, rows, total)),
        ),
        table,
        *[html.paragraph(note, "note") for note in _sector_notes(view, rows, total)],
    )


def _sectors_picture(view: View, rows: pd.DataFrame) -> str:
    say, number = view.say, view.language.number
    large, panels, items = rows[rows["size"] == "large"], [], []
    for row in large.itertuples():
        own = view.own(row.measure)
        if pd.isna(row.change):
            under = say("climate.sectors.new", year=row.first_year)
        else:
            change = as_percent(view, row.change, signed=True)
            under = say("climate.sectors.since", change=change, year=row.first_year)
        name = say(f"climate.sector.{row.measure}")
        last = number(row.last)
        panels.append(charts.Panel(name, under, list(own["year"]), list(own["value"]), last))
        items.append(
            say(
                "climate.sectors.alt_item",
                sector=name,
                first=number(row.first),
                first_year=row.first_year,
                last=last,
                year=row.last_year,
            )
        )
    alt = say(
        "climate.sectors.alt", count=len(large), municipality=view.name, items=" ".join(items)
    )
    return charts.sectors_chart(panels, name="sectors", alt=alt)


def _sectors_table(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> Html:
    """Return newest tonnes, share, and change of each sector that emits."""
    say = view.say
    newest, pace = total.iloc[-1], emissions.tonnes_a_year(view.alone, view.number)
    year, first = int(newest["year"]), int(total["year"].iloc[0])
    body = [
        [
            say(f"climate.sector.{row.measure}"),
            with_year(view, view.language.number(row.last), row.last_year, year, row.status),
            view.say("common.no_figure") if pd.isna(row.share) else as_share(view, row.share),
            view.say("common.no_figure")
            if pd.isna(row.change)
            else as_percent(view, row.change, signed=True),
            as_yearly(view, row.lately),
        ]
        for row in rows[rows["size"] != "zero"].itertuples()
    ]
    body.append(
        [
            say("climate.sector.total"),
            view.language.number(newest["tonnes"]),
            as_percent(view, 1),
            as_percent(view, newest["tonnes"] / total["tonnes"].iloc[0] - 1, signed=True),
            as_yearly(view, pace["tonnes_a_year"]),
        ]
    )
    columns = [
        Column(say("climate.sectors.column")),
        Column(say("climate.sectors.newest", year=year), numeric=True),
        Column(say("climate.sectors.share"), numeric=True),
        Column(say("climate.sectors.change", year=first), numeric=True),
        Column(
            say("climate.sectors.lately", first_year=int(pace["from_year"]), year=year),
            numeric=True,
        ),
    ]
    return html.table(columns, body, say("climate.sectors.table"))


def _by_year(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> Html:
    """Return the tonnes of the sectors in the chart, year by year."""
    say, number = view.say, view.language.number
    large = list(rows.loc[rows["size"] == "large", "measure"])
    figures = {measure: view.own(measure).set_index("year")["value"] for measure in large}
    body = [
        [
            str(year),
            *[
                number(figures[m][year]) if year in figures[m] else say("common.no_figure")
                for m in large
            ],
        ]
        for year in total["year"]
    ]
    columns = [Column(say("common.year"))]
    columns += [Column(say(f"climate.sector.{measure}"), numeric=True) for measure in large]
    return html.table(columns, body, say("climate.sectors.caption"))


def _sector_notes(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> list[str]:
    say, language = view.say, view.language
    year = int(total["year"].iloc[-1])
    notes = []
    for size in ("small", "zero"):
        names = sector_names(view, rows[rows["size"] == size])
        if names:
            notes.append(say(f"climate.sectors.{size}", names=language.listed(names)))
    stale = rows[rows["share"].isna() & (rows["size"] != "zero")]
    notes += [
        say("climate.sectors.stale", sector=name, year=year) for name in sector_names(view, stale)
    ]
    rest = rows[rows["size"] == "rest"].iloc[0]
    notes.append(say("climate.sectors.rest", share=as_share(view, rest["share"])))
    first = int(total["year"].iloc[0])
    gaps = sorted(set(range(first, year)) - set(total["year"]))
    if gaps:
        notes.append(say("climate.sectors.gaps", years=language.listed(map(str, gaps))))
    if pd.notna(total["status"].iloc[-1]):
        notes.append(say("climate.sectors.preliminary", year=year))
    notes.append(_compared(view))
    notes += boundary_notes(view, (TOTAL,))
    return [note for note in notes if note]


def _compared(view: View) -> str:
    """Return emissions per resident beside the group's; tonnes are never compared."""
    row = shown(view, (TOTAL,)).iloc[0]
    if row["peers"] < MINIMUM:
        return ""
    unit = view.unit(row["unit"])
    return view.say(
        "climate.sectors.compare",
        own=view.language.amount(row["last"], unit),
        median=view.language.amount(row["peers_median"], unit),
        count=row["peers"],
    )
