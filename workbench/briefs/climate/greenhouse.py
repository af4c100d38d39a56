"""Emissions: by sector on one scale, and the cut that the target takes beside the pace so far."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from workbench import charts
from workbench.analysis import emissions
from workbench.analysis.emissions import TOTAL, Pathway
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.briefs import pieces
from workbench.briefs.climate import shared
from workbench.briefs.view import View, records
from workbench.markup import html
from workbench.markup.html import Html


def sectors(view: View) -> Html:
    """Return the emissions of each sector: a chart on one scale and a table."""
    rows = emissions.sectors(view.alone, view.number)
    if rows.empty:
        return Html("")
    say, total = view.say, emissions.total(view.alone, view.number)
    newest = total.iloc[-1]
    facts = dict.fromkeys(("biggest", "share"), "") | shared.largest(view, rows)
    facts["total"] = shared.tonnes(view, newest["tonnes"])
    return html.join(
        html.heading(say("climate.sectors.heading")),
        html.paragraph(say("climate.sectors.lead", year=int(newest["year"]), **facts)),
        html.paragraph(say("climate.sectors.scale"), "note"),
        html.figure(
            _picture(view, rows[rows["size"] == "large"]),
            say("climate.sectors.caption"),
            html.details(say("common.numbers"), _by_year(view, rows, total)),
        ),
        _table(view, rows, total),
        *[html.paragraph(note, "note") for note in _sector_notes(view, rows, total)],
    )


def _picture(view: View, rows: pd.DataFrame) -> str:
    say, number, panels, items = view.say, view.language.number, [], []
    for row in rows.itertuples():
        own = view.own(row.measure)
        under = say("climate.sectors.new", year=row.first_year) if round(row.first) == 0 else ""
        if pd.notna(row.change):
            change = shared.percent(view, row.change, signed=True)
            under = say("climate.sectors.since", change=change, year=row.first_year)
        name, last = say(f"climate.sector.{row.measure}"), number(row.last)
        panels.append(charts.Panel(name, under, list(own["year"]), list(own["value"]), last))
        facts = {"sector": name, "first": number(row.first), "first_year": row.first_year}
        items.append(say("climate.sectors.alt_item", last=last, year=row.last_year, **facts))
    facts = {"count": len(rows), "municipality": view.name, "items": " ".join(items)}
    return charts.sectors_chart(panels, name="sectors", alt=say("climate.sectors.alt", **facts))


def _table(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> Html:
    """Return newest tonnes, share, and change of each sector that emits."""
    say, number, percent = view.say, partial(shared.number, view), partial(shared.percent, view)
    first, newest = total.iloc[0], total.iloc[-1]
    pace = emissions.tonnes_a_year(view.alone, view.number)
    year = int(newest["year"])
    body = []
    for row in rows[rows["size"] != "zero"].itertuples():
        last = number(row.last) + pieces.preliminary(view, row.status)
        if row.last_year != year:
            last = say("climate.several", value=last, year=row.last_year)
        change = percent(row.change, signed=True)
        cells = [last, shared.share(view, row.share), change, number(row.lately, signed=True)]
        body.append([say(f"climate.sector.{row.measure}"), *cells])
    change = percent(newest["tonnes"] / first["tonnes"] - 1, signed=True)
    cells = [number(newest["tonnes"]), percent(1), change]
    cells.append(number(pace["tonnes_a_year"], signed=True))
    body.append([say("climate.sector.total"), *cells])
    columns = [
        *html.columns(say, "climate.sectors", "column #newest #share", year=year),
        *html.columns(say, "climate.sectors", "#change", year=int(first["year"])),
        *html.columns(
            say, "climate.sectors", "#lately", first_year=int(pace["from_year"]), year=year
        ),
    ]
    return html.table(columns, body, say("climate.sectors.table"))


def _by_year(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> Html:
    """Return the tonnes of the sectors in the chart, year by year."""
    large = list(rows.loc[rows["size"] == "large", "measure"])
    figures = pd.DataFrame({key: view.own(key).set_index("year")["value"] for key in large})
    figures = figures.reindex(total["year"], columns=large)
    body = [
        [str(year), *(shared.number(view, value) for value in row)]
        for year, *row in figures.itertuples()
    ]
    heads = " ".join(["common.year", *(f"#climate.sector.{measure}" for measure in large)])
    return html.table(html.columns(view.say, "", heads), body, view.say("climate.sectors.caption"))


def _sector_notes(view: View, rows: pd.DataFrame, total: pd.DataFrame) -> list[str]:
    say, listed = view.say, view.language.listed
    first, year = int(total["year"].iloc[0]), int(total["year"].iloc[-1])
    names = pd.Series(
        [view.language.inside(say(f"climate.sector.{m}")) for m in rows["measure"]], rows.index
    )
    notes = [
        say(f"climate.sectors.{size}", names=listed(names[rows["size"] == size]))
        for size in ("small", "zero")
        if (rows["size"] == size).any()
    ]
    stale = names[rows["share"].isna() & (rows["size"] != "zero")]
    notes += [say("climate.sectors.stale", sector=name, year=year) for name in stale]
    for share in rows.loc[rows["size"] == "rest", "share"]:
        notes.append(say("climate.sectors.rest", share=shared.share(view, share)))
    broken = view.data.breaks[view.data.breaks["measure"].isin(rows["measure"])]
    for row in records(broken[broken["year"] > first]):
        name = say(f"climate.sector.{row['measure']}")
        if rows.loc[rows["measure"] == row["measure"], "size"].iloc[0] != "zero":
            notes.append(f"{name}: {view.language.name(row, 'reason')}")
    if gaps := sorted(set(range(first, year)) - set(total["year"])):
        notes.append(say("climate.sectors.gaps", years=listed(map(str, gaps))))
    if pd.notna(total["status"].iloc[-1]):
        notes.append(say("climate.sectors.preliminary", year=year))
    # Emissions per resident are set beside the group's; tonnes are never compared.
    own = shared.assessed(view, (TOTAL,)).iloc[0]
    if own["peers"] >= MINIMUM:
        unit = view.unit(own["unit"])
        value, median = (view.language.amount(own[key], unit) for key in ("last", "peers_median"))
        facts = {"own": value, "median": median, "count": own["peers"]}
        notes.append(say("climate.sectors.compare", **facts))
    return [*notes, *shared.boundary_notes(view, (TOTAL,))]


def target(view: View) -> Html:
    """Return the cut that the target takes, beside the pace so far; year by year."""
    say, total = view.say, emissions.total(view.alone, view.number)
    if total.empty:
        return Html("")
    path = _with_useful_projection(view)
    heading = html.heading(say("climate.target.heading"))
    if path is None:
        return html.join(heading, html.paragraph(say("climate.target.untargeted")))
    notes = [view.basis("climate.target.basis", path.target, "basis")]
    if path.target["scope"] == "national" and pd.notna(path.target["base_year"]):
        notes.append(say("climate.target.base", base_year=int(path.target["base_year"])))
    about = pieces.about(shared.assessed(view, (TOTAL,)).iloc[0])
    section = html.join(
        heading,
        html.paragraph(" ".join(filter(None, _goal_sentences(view, path)))),
        _paces(view, path),
        html.paragraph(" ".join(filter(None, _ahead_sentences(view, path)))),
        _path_figure(view, path, total),
        _path_table(view, path, total),
        html.paragraph(" ".join(notes), "note"),
    )
    return Html("<div{}>{}</div>").format(about, section)


def decided(view: View) -> list[str]:
    """Return how far the cut has come that the council decided, and the pace that is left."""
    cut = emissions.decided_cut(view.alone, view.number)
    if cut is None:
        return []
    number = view.language.number
    facts = {
        "base": emissions.BASE,
        "year": cut.year,
        "by": cut.goal_year,
        "rose": cut.change > 0,
        "slow": cut.so_far > cut.needed,
        "judged": pd.notna(cut.needed) and cut.year >= view.first_recent,
        "change": number(abs(cut.change)),
        "goal": number(-cut.goal),
        "left": cut.left,
        "span": cut.span,
        "so_far": number(abs(cut.so_far), 2),
        "needed": "" if pd.isna(cut.needed) else number(-cut.needed, 2),
    }
    return [view.say(f"climate.decided.{key}", **facts) for key in ("cut", "pace")]


def decided_by(view: View) -> list[str]:
    """Return who decided the cut, and where the figure is from; nothing without one."""
    rows = shared.assessed(view, (emissions.CHANGE,))
    if rows["target"].isna().all():
        return []
    note = view.language.name(view.measure(emissions.CHANGE), "note")
    return [view.basis("climate.target.basis", rows.iloc[0]), note]


def _with_useful_projection(view: View) -> Pathway | None:
    """Return the path, without a projection that is withheld, or wide, or of too few figures."""
    path, row = view.pathway, shared.assessed(view, (TOTAL,)).iloc[0]
    if path is None or (row["n"] >= ENOUGH and not row["wide"] and pd.notna(row["projected"])):
        return path
    nothing = dict.fromkeys(("low", "middle", "high"), float("nan"))
    return replace(path, years=path.years.assign(**nothing))


def _per_resident(view: View, value: float) -> str:
    return view.language.amount(value, view.unit("tonnes CO2e per capita"))


def _goal_sentences(view: View, path: Pathway) -> list[str]:
    say, goal = view.say, path.target
    kind = "goal_cut" if goal["of"] == "numerator" else "goal_cut_value"
    if goal["kind"] == "level":
        kind = "goal_level"
    facts = {
        "target": _per_resident(view, goal["target"]),
        "year": int(goal["year"]),
        "cut": view.language.number(goal["value"]),
        "base_year": 0 if pd.isna(goal["base_year"]) else int(goal["base_year"]),
        "last_year": path.last_year,
        "last": _per_resident(view, path.years["same_pace"].iloc[0]),
    }
    need = {"met": "met", "zero": "required_zero"}.get(path.enough, "required")
    if need != "met":
        facts["tonnes"] = shared.tonnes(view, path.years["cut"].mean())
        facts["required"] = shared.cut(view, path.required)
    return [
        say(f"climate.target.{kind}", **facts),
        view.scope(goal["scope"], TOTAL),
        say(f"climate.target.{need}", **facts),
    ]


def _paces(view: View, path: Pathway) -> Html:
    """Return the yearly per cent that the target takes, above what has been done."""
    say, rate = view.say, partial(shared.percent, view, decimals=1, signed=True)
    body = []
    if pd.notna(path.required):
        years = {"first_year": path.last_year, "year": int(path.target["year"])}
        body.append([say("climate.target.paces.required", **years), *[rate(path.required)] * 2])
    for row in emissions.paces(view.alone, view.number).itertuples():
        period = say("climate.target.paces.since", first_year=row.from_year, year=row.to_year)
        body.append([period, rate(row.tonnes), rate(row.per_resident)])
    columns = html.columns(say, "climate.target.paces", "period #tonnes #per_resident")
    of = say(f"climate.target.paces.of_{path.target['of']}")
    return html.join(
        html.heading(say("climate.target.paces.heading"), 3),
        html.table(columns, body, say("climate.target.paces.caption")),
        html.paragraph(say("climate.target.paces.note", of=of), "note"),
    )


def _ahead_sentences(view: View, path: Pathway) -> list[str]:
    end, newest, number = path.years.iloc[-1], path.years.iloc[0], view.language.number
    chance, row = shared.chance(view), shared.assessed(view, (TOTAL,)).iloc[0]
    if pd.isna(end["middle"]):
        return [chance, *(pieces.tested(view, row) if chance else [])]
    facts = {key: number(end[key], 1) for key in ("low", "high")}
    facts["middle"] = _per_resident(view, end["middle"])
    flat = number(end["middle"], 1) == number(newest["middle"], 1)
    explained = view.say("climate.target.explained", year=int(end["year"]), flat=flat, **facts)
    return [chance, explained, *pieces.tested(view, row)]


def _path_figure(view: View, path: Pathway, total: pd.DataFrame) -> Html:
    say, number = view.say, view.language.number
    own, end = total.rename(columns={"per_resident": "value"}), path.years.iloc[-1]
    ends = {
        key: "" if pd.isna(end[key]) else number(end[key], 1)
        for key in ("path", "same_pace", "middle", "low", "high")
    }
    labels = {
        key: say(f"climate.target.label_{key}", value=ends[key])
        for key in ("path", "same_pace", "middle")
        if ends[key]
    }
    alt = say(
        "climate.target.alt",
        municipality=view.name,
        first=number(own["value"].iloc[0], 1),
        first_year=int(own["year"].iloc[0]),
        last=number(own["value"].iloc[-1], 1),
        last_year=path.last_year,
        target=number(path.target["target"], 1),
        year=int(end["year"]),
        same=ends["same_pace"],
        **{key: ends[key] for key in ("low", "high", "middle")},
    )
    picture = charts.path_chart(
        own, path.years, labels, name="emissions-path", alt=alt, scale=number
    )
    body = [
        [
            str(row.year),
            number(row.per_resident, 2) + pieces.preliminary(view, row.status),
            number(row.tonnes),
        ]
        for row in total.itertuples()
    ]
    columns = html.columns(say, "climate.target.path", "common.year #per_resident #tonnes")
    so_far = html.table(columns, body, view.language.name(view.measure(TOTAL)))
    numbers = html.details(say("common.numbers"), so_far)
    return html.figure(picture, say("climate.target.caption"), numbers)


def _path_table(view: View, path: Pathway, total: pd.DataFrame) -> Html:
    say, number, met = view.say, partial(shared.number, view), path.enough == "met"
    body = []
    for row in path.years.iloc[1:].itertuples():
        low, high = number(row.low, 1), number(row.high, 1)
        ahead = low if pd.isna(row.low) else say("climate.target.path.from_to", low=low, high=high)
        way = [] if met else [number(row.path, 2), number(row.path_tonnes), number(row.cut)]
        body.append([str(row.year), *way, number(row.same_pace, 2), ahead])
    heads = f"year {'' if met else '#per_resident #tonnes #cut'} #same #range"
    columns = html.columns(say, "climate.target.path", heads)
    caption = say(f"climate.target.path.{'caption_met' if met else 'caption'}")
    note = ""
    if not met:
        key = f"climate.target.path.{'note_zero' if path.enough == 'zero' else 'note'}"
        note = say(key, residents=number(total["residents"].iloc[-1]), year=path.last_year)
    return html.join(html.table(columns, body, caption), html.paragraph(note, "note"))
