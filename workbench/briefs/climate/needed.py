"""The cut that the target takes, beside the pace so far, year by year."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workbench import charts
from workbench.analysis import emissions
from workbench.analysis.emissions import TOTAL
from workbench.analysis.projection import ENOUGH
from workbench.briefs.climate.shared import as_cut, as_rate, as_tonnes, chance_said, shown
from workbench.briefs.view import View
from workbench.markup import html
from workbench.markup.html import Column, Html


def target(view: View) -> Html:
    """Return the cut that the target takes, beside the pace so far; year by year."""
    say, total = view.say, emissions.total(view.alone, view.number)
    heading = html.heading(say("climate.target.heading"))
    if total.empty:
        return html.join(heading, html.paragraph(say("climate.target.none")))
    path = _with_useful_projection(view)
    if path is None:
        return html.join(heading, html.paragraph(say("climate.target.untargeted")))
    return html.join(
        heading,
        html.paragraph(" ".join(filter(None, _goal_sentences(view, path)))),
        _paces(view, path),
        html.paragraph(" ".join(_ahead_sentences(view, path))),
        _path_figure(view, path, total),
        html.paragraph(" ".join(_goal_notes(view, path)), "note"),
    )


def _with_useful_projection(view: View) -> emissions.Pathway | None:
    """Return the path, without a projection of too few figures or one that says next to nothing."""
    path, row = view.pathway, shown(view, (TOTAL,)).iloc[0]
    if path is None or (row["n"] >= ENOUGH and not row["wide"]):
        return path
    nothing = dict.fromkeys(("low", "middle", "high"), float("nan"))
    return replace(path, years=path.years.assign(**nothing))


def _goal_sentences(view: View, path: emissions.Pathway) -> list[str]:
    say, unit = view.say, view.unit("tonnes CO2e per capita")
    goal, newest = path.target, path.years.iloc[0]
    kind = {"level": "goal_level"}.get(
        goal["kind"], "goal_cut" if goal["of"] == "numerator" else "goal_cut_value"
    )
    facts = {
        "target": view.language.amount(goal["target"], unit),
        "year": int(goal["year"]),
        "cut": view.language.number(goal["value"]),
        "base_year": 0 if pd.isna(goal["base_year"]) else int(goal["base_year"]),
    }
    said = [say(f"climate.target.{kind}", **facts), view.scope(goal["scope"], TOTAL)]
    known = {
        "last_year": path.last_year,
        "last": view.language.amount(newest["same_pace"], unit),
    }
    if path.enough == "met":
        return [*said, say("climate.target.met", **known)]
    tonnes = as_tonnes(view, path.years["cut"].mean())
    if path.enough == "zero":
        return [*said, say("climate.target.required_zero", tonnes=tonnes, **known)]
    required = as_cut(view, path.required)
    return [*said, say("climate.target.required", required=required, tonnes=tonnes, **known)]


def _paces(view: View, path: emissions.Pathway) -> Html:
    """Return the yearly per cent that the target takes, above what has been done."""
    say = view.say
    body = []
    if pd.notna(path.required):
        years = {"first_year": path.last_year, "year": int(path.target["year"])}
        needed = as_rate(view, path.required)
        body.append([say("climate.target.paces.required", **years), needed, needed])
    for row in emissions.paces(view.alone, view.number).itertuples():
        years = {"first_year": row.from_year, "year": row.to_year}
        cells = [as_rate(view, row.tonnes), as_rate(view, row.per_resident)]
        body.append([say("climate.target.paces.since", **years), *cells])
    columns = [Column(say("climate.target.paces.period"))]
    columns += [
        Column(say(f"climate.target.paces.{key}"), numeric=True)
        for key in ("tonnes", "per_resident")
    ]
    of = say(f"climate.target.paces.of_{path.target['of']}")
    return html.join(
        html.heading(say("climate.target.paces.heading"), 3),
        html.table(columns, body, say("climate.target.paces.caption")),
        html.paragraph(say("climate.target.paces.note", of=of), "note"),
    )


def _ahead_sentences(view: View, path: emissions.Pathway) -> list[str]:
    end, newest = path.years.iloc[-1], path.years.iloc[0]
    said = [chance_said(view)]
    if pd.notna(end["middle"]):
        number = view.language.number
        middle = view.language.amount(end["middle"], view.unit("tonnes CO2e per capita"))
        said.append(
            view.say(
                "climate.target.explained",
                year=int(end["year"]),
                middle=middle,
                low=number(end["low"], 1),
                high=number(end["high"], 1),
                flat=number(end["middle"], 1) == number(newest["middle"], 1),
            )
        )
    return [sentence for sentence in said if sentence]


def _goal_notes(view: View, path: emissions.Pathway) -> list[str]:
    goal = path.target
    notes = [view.basis("climate.target.basis", goal, "basis")]
    if goal["scope"] == "national" and pd.notna(goal["base_year"]):
        notes.append(view.say("climate.target.base", base_year=int(goal["base_year"])))
    return notes


def _path_figure(view: View, path: emissions.Pathway, total: pd.DataFrame) -> Html:
    say, number = view.say, view.language.number
    own = total.rename(columns={"per_resident": "value"})
    end = path.years.iloc[-1]
    labels = {
        key: say(f"climate.target.label_{key}", value=number(end[key], 1))
        for key in ("path", "same_pace", "middle")
        if pd.notna(end[key])
    }
    facts = {key: number(end[key], 1) for key in ("low", "high", "middle") if pd.notna(end[key])}
    alt = say(
        "climate.target.alt",
        municipality=view.name,
        first=number(own["value"].iloc[0], 1),
        first_year=int(own["year"].iloc[0]),
        last=number(own["value"].iloc[-1], 1),
        last_year=path.last_year,
        target=number(path.target["target"], 1),
        year=int(end["year"]),
        same=number(end["same_pace"], 1) if pd.notna(end["same_pace"]) else "",
        **{**dict.fromkeys(("low", "high", "middle"), ""), **facts},
    )
    picture = charts.path_chart(
        own, path.years, labels, name="emissions-path", alt=alt, scale=number
    )
    return html.join(
        html.figure(
            picture,
            say("climate.target.caption"),
            html.details(say("common.numbers"), _so_far(view, total)),
        ),
        _path_table(view, path),
        ""
        if path.enough == "met"
        else html.paragraph(
            say(
                f"climate.target.path.{'note_zero' if path.enough == 'zero' else 'note'}",
                residents=number(total["residents"].iloc[-1]),
                year=path.last_year,
            ),
            "note",
        ),
    )


def _so_far(view: View, total: pd.DataFrame) -> Html:
    """Return the emissions of the years with figures."""
    say, number = view.say, view.language.number
    body = []
    for row in total.itertuples():
        early = f" ({say('common.preliminary')})" if pd.notna(row.status) else ""
        body.append([str(row.year), number(row.per_resident, 2) + early, number(row.tonnes)])
    columns = [Column(say("common.year"))]
    columns += [
        Column(say(f"climate.target.path.{key}"), numeric=True)
        for key in ("per_resident", "tonnes")
    ]
    return html.table(columns, body, view.language.name(view.measure(TOTAL)))


def _path_table(view: View, path: emissions.Pathway) -> Html:
    say, number = view.say, view.language.number
    none = say("common.no_figure")

    def written(value: float, decimals: int = 0) -> str:
        return none if pd.isna(value) else number(value, decimals)

    met, body = path.enough == "met", []
    for row in path.years.iloc[1:].itertuples():
        low, high = written(row.low, 1), written(row.high, 1)
        fan = say("climate.target.path.from_to", low=low, high=high)
        way = [written(row.path, 2), written(row.path_tonnes), written(row.cut)]
        ahead = [written(row.same_pace, 2), none if pd.isna(row.low) else fan]
        body.append([str(row.year), *([] if met else way), *ahead])
    keys = [*([] if met else ["per_resident", "tonnes", "cut"]), "same", "range"]
    columns = [Column(say("climate.target.path.year"))]
    columns += [Column(say(f"climate.target.path.{key}"), numeric=True) for key in keys]
    return html.table(
        columns, body, say(f"climate.target.path.{'caption_met' if met else 'caption'}")
    )
