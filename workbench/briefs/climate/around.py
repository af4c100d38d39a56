"""Electricity, air and land: a sentence and a table each."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench.analysis.projection import MINIMUM
from workbench.briefs.climate.shared import (
    AIR,
    ELECTRICITY,
    LAND,
    boundary_notes,
    farmland_facts,
    joined,
    old_air,
    pollutants,
    shown,
)
from workbench.briefs.view import View
from workbench.language.translator import capitalised
from workbench.markup import html
from workbench.markup.html import Column, Html


def electricity(view: View) -> Html:
    """Return the use of electricity per resident."""
    say, rows = view.say, shown(view, ELECTRICITY)
    heading = html.heading(say("climate.electricity.heading"))
    if rows.empty:
        return html.join(heading, html.paragraph(say("climate.electricity.none")))
    row = rows.iloc[0]
    amount = view.language.amount(row["last"], view.unit(row["unit"]))
    return html.join(
        heading,
        html.paragraph(say("climate.electricity.lead", amount=amount, year=row["last_year"])),
        html.paragraph(say("climate.electricity.industry")),
        _facts(view, rows, say("climate.electricity.heading")),
    )


def air(view: View) -> Html:
    """Return the quality of the air, and how old the figures are."""
    say, rows = view.say, shown(view, AIR)
    heading = html.heading(say("climate.air.heading"))
    if rows.empty:
        return html.join(heading, html.paragraph(say("climate.air.none")))
    judged, said = rows[rows["target"].notna()], []
    met = judged["target_met"].astype(bool)
    for key, part in (("over", judged[~met]), ("under", judged[met])):
        if len(part):
            said.append(say(f"climate.air.{key}", names=pollutants(view, part)))
    others = judged[~judged["measure"].isin(list(view.decided))]
    bases = list(dict.fromkeys(view.language.name(r, "target_basis") for _, r in others.iterrows()))
    if bases:
        said.append(say("climate.air.basis", basis=view.language.listed(bases)))
    said += [
        f"{capitalised(pollutants(view, judged[judged['measure'] == own]))}: {view.decided[own]}"
        for own in judged["measure"]
        if own in view.decided
    ]
    old, newer = old_air(view)
    age = say("climate.air.some_old" if newer else "climate.air.old", year=old) if old else ""
    return html.join(
        heading,
        html.paragraph(age),
        html.paragraph(" ".join(said)),
        _facts(view, rows, say("climate.air.heading")),
        html.paragraph(say("climate.air.stations"), "note"),
    )


def land(view: View) -> Html:
    """Return how land is used."""
    say, rows = view.say, shown(view, LAND)
    heading = html.heading(say("climate.land.heading"))
    if rows.empty:
        return html.join(heading, html.paragraph(say("climate.land.none")))
    lacks = [
        view.language.inside(view.language.name(view.measure(measure)))
        for measure in LAND
        if measure not in rows.index
    ]
    notes = [say("climate.land.lacks", names=view.language.listed(lacks))] if lacks else []
    notes += boundary_notes(view, LAND)
    farmland = "farmland_converted_4y" in rows.index
    return html.join(
        heading,
        html.paragraph(say("climate.land.farmland", **farmland_facts(view))) if farmland else "",
        _facts(view, rows, say("climate.land.heading")),
        *[html.paragraph(note, "note") for note in notes],
    )


def _facts(view: View, rows: pd.DataFrame, caption: str) -> Html:
    """Return the measures of a section: newest figure, change, direction, group, target."""
    say = view.say
    judged = rows["target"].notna().any()
    columns = [
        Column(say("common.measure")),
        Column(say("climate.table.newest"), numeric=True),
        Column(say("climate.table.change"), numeric=True),
        Column(say("climate.table.direction")),
        Column(say("climate.table.group"), numeric=True),
        *([Column(say("climate.table.target"), numeric=True)] if judged else []),
    ]
    body = [_fact(view, row)[: len(columns)] for _, row in rows.iterrows()]
    comparison = view.comparison() if (rows["peers"] >= MINIMUM).any() else ""
    return html.join(
        comparison,
        html.table(columns, body, caption, titled=True),
        html.details(say("climate.table.about"), _about(view, rows)),
    )


def _about(view: View, rows: pd.DataFrame) -> Markup:
    """Return what each measure is, and how it differs from its indicator."""
    items = Markup("")
    for _, row in rows.iterrows():
        texts = [view.language.name(row, field) for field in ("differs", "note")]
        if any(texts):
            said = joined(texts)
            name = view.language.name(row)
            text = view.say("climate.table.about_one", measure=name, text=said)
            items += Markup("<li>{}</li>").format(text)
    return Markup('<ul class="note">{}</ul>').format(items)


def _fact(view: View, row: pd.Series) -> list[str | Markup]:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    none, small = say("common.no_figure"), Markup("{}<br><small>{}</small>")
    name: str | Markup = language.name(row)
    if row["relation"] == "proxy":
        name = small.format(name, say("common.relation.proxy"))
    early = f", {say('common.preliminary')}" if pd.notna(row["status"]) else ""
    span = language.span(row["first_year"], row["last_year"])
    trending, group = row["n"] >= MINIMUM, row["peers"] >= MINIMUM
    median = language.amount(row["peers_median"], unit) if group else none
    aim: str | Markup = none
    if pd.notna(row["target"]):
        reached = say("climate.table.met" if row["target_met"] else "climate.table.not_met")
        aim = small.format(language.amount(row["target"], unit), reached)
    return [
        name,
        small.format(language.amount(row["last"], unit), f"{row['last_year']}{early}"),
        small.format(language.change(row["slope"], unit, signed=True), span) if trending else none,
        _direction(view, row) if trending else none,
        median,
        aim,
    ]


def _direction(view: View, row: pd.Series) -> Markup:
    word = row["reading"] if row["reading"] in ("better", "worse") else row["outcome"]
    said = view.say(f"trends.word.{word}")
    return Markup('<span class="word {}">{}</span>').format(word, said)
