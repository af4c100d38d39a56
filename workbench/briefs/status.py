"""The brief 'Where do we stand?': what is known of the 91 KPIs, and the newest figures."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench import charts, html
from workbench.html import Column, Html
from workbench.views import View

#: A newest figure from before this many years ago is called old.
_OLD = 4


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("status")


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    coverage = view.data.coverage(view.number)
    rows = view.assessed
    counts = coverage["status"].value_counts()
    place = rows["place"].value_counts()
    met = rows["target_met"].dropna().astype(bool)
    newest = int(view.data.observations["year"].max())
    held = rows[rows["kpi"].notna()]
    say = view.say
    return html.in_short(
        say("common.in_short"),
        [
            say(
                "status.short.coverage",
                known=int((coverage["status"] != "none").sum()),
                total=len(coverage),
                direct=int(counts.get("direct", 0)),
                proxy=int(counts.get("proxy", 0)),
            ),
            say(
                "status.short.place",
                group=view.group_name,
                **{key: int(place.get(key, 0)) for key in ("better", "worse", "level")},
            ),
            say("status.short.targets", total=len(met), met=int(met.sum())),
            say(
                "status.short.age",
                newest=int(held["last_year"].max()),
                old=int((held["last_year"] < newest - _OLD).sum()),
                total=len(held),
                limit=newest - _OLD,
            ),
            _printed_sentence(view),
            say("status.short.missing", missing=int(counts.get("none", 0))),
        ],
    )


def coverage(view: View) -> Html:
    """Return the squares of the 91 KPIs by area, with their numbers."""
    say = view.say
    rows = view.data.coverage(view.number)
    areas = rows.groupby(["dimension", "sub_dimension"], sort=False)["status"]
    states = {
        view.label("sub_dimension", area): list(part.sort_values(key=_by_knowledge))
        for (_, area), part in areas
    }
    totals = rows["status"].value_counts()
    known = {key: int(totals.get(key, 0)) for key in ("direct", "proxy", "none")}
    table = html.table(
        [
            Column(say("status.coverage.area")),
            *[Column(say(f"common.relation.{key}"), numeric=True) for key in known],
            Column(say("status.coverage.total"), numeric=True),
        ],
        [
            [area, *[str(part.count(key)) for key in known], str(len(part))]
            for area, part in states.items()
        ],
        say("status.coverage.caption"),
    )
    picture = charts.coverage_chart(
        list(states.items()),
        name="coverage",
        alt=say("status.coverage.alt", total=len(rows), **known),
    )
    legend = charts.key([(key, say(f"common.relation.{key}")) for key in known])
    return html.join(
        html.heading(say("status.coverage.heading")),
        html.paragraph(say("status.coverage.lead", total=len(rows))),
        f'<ul class="key">{legend}</ul>',
        html.figure(
            picture,
            say("status.coverage.caption"),
            html.details(say("common.numbers"), table),
        ),
    )


def goals(view: View) -> Html:
    """Return how many of the KPIs of each UN goal have figures."""
    say = view.say
    rows = view.data.coverage(view.number)
    by_goal = rows.groupby("goal")["status"]
    counts = pd.DataFrame(
        {
            key: by_goal.apply(lambda s, key=key: int((s == key).sum()))
            for key in ("direct", "proxy")
        }
    ).assign(total=by_goal.size())
    numbers = [int(key) for key in view.data.labels.query("kind == 'goal'")["key"]]
    table = html.table(
        [
            Column(say("common.goal")),
            Column(say("common.relation.direct"), numeric=True),
            Column(say("common.relation.proxy"), numeric=True),
            Column(say("status.goals.total"), numeric=True),
        ],
        [
            [
                say("common.goal_name", number=goal, name=view.label("goal", goal)),
                *[str(counts.at[goal, key]) for key in ("direct", "proxy", "total")],
            ]
            for goal in sorted(counts.index)
        ],
        say("status.goals.heading"),
        titled=True,
    )
    without = [
        say("common.goal_name", number=goal, name=view.label("goal", goal))
        for goal in sorted(set(numbers) - set(counts.index))
    ]
    rest = say("status.goals.none", goals=view.language.listed(without)) if without else ""
    return html.join(
        html.heading(say("status.goals.heading")),
        html.paragraph(say("status.goals.lead")),
        table,
        html.paragraph(rest, "note"),
    )


def newest(view: View) -> Html:
    """Return the newest figure of each measure beside the group and the target."""
    say = view.say
    pieces = [
        html.heading(say("status.newest.heading")),
        html.paragraph(say("status.newest.lead")),
        view.comparison(),
    ]
    rows = view.assessed
    columns = [
        Column(say("common.measure")),
        Column(say("common.value"), numeric=True),
        Column(say("common.group_median"), numeric=True),
        Column(say("status.newest.spread")),
        Column(say("status.newest.target"), numeric=True),
    ]
    dimensions = view.data.labels.query("kind == 'dimension'")["key"]
    for dimension in dimensions:
        part = rows[rows["dimension"] == dimension]
        if len(part):
            name = view.label("dimension", dimension)
            body = [_newest_row(view, row) for _, row in part.iterrows()]
            pieces += [
                html.heading(name, 3),
                html.table(columns, body, name, "newest", titled=True),
            ]
    part = rows[rows["dimension"].isna()]
    name = say("status.newest.heading_background")
    body = [_newest_row(view, row) for _, row in part.iterrows()]
    pieces += [html.heading(name, 3), html.table(columns, body, name, "newest", titled=True)]
    return html.join(*pieces)


def printed(view: View) -> Html:
    """Return what ITU printed of the municipality, where it did."""
    results = view.data.u4ssc_results
    own = results[results["municipality"] == view.number]
    if own.empty:
        return Html("")
    say, language = view.say, view.language
    kpis = view.data.kpis.set_index("code")
    own = own.assign(order=own["kpi"].map(kpis["number"])).sort_values("order", kind="stable")
    rows = []
    for _, row in own.iterrows():
        point = "" if row["data_point"] == "value" else f" ({row['data_point']})"
        value = row["printed"] if row["reported"] == "yes" else say("status.printed.not_reported")
        rows.append(
            [language.name(kpis.loc[row["kpi"]]) + point, value, language.name(row, "note")]
        )
    columns = [
        Column(say("common.indicator")),
        Column(say("status.printed.printed")),
        Column(say("common.note")),
    ]
    table = html.table(columns, rows, say("status.printed.caption"))
    return html.join(
        html.heading(say("status.printed.heading")),
        html.paragraph(say("status.printed.lead", year=int(own["report_year"].iloc[0]))),
        html.details(say("status.missing.show", count=len(own)), table),
    )


def missing(view: View) -> Html:
    """Return the KPIs without figures, by area."""
    say = view.say
    rows = view.data.coverage(view.number)
    without = rows[rows["status"] == "none"]
    items = Markup("")
    for area, part in without.groupby("sub_dimension", sort=False):
        names = [view.language.name(row) for _, row in part.iterrows()]
        entries = Markup("").join(Markup("<li>{}</li>").format(name) for name in names)
        label = view.label("sub_dimension", area)
        items += Markup("<h3>{}</h3><ul>{}</ul>").format(label, entries)
    return html.join(
        html.heading(say("status.missing.heading")),
        html.paragraph(say("status.missing.lead", count=len(without), total=len(rows))),
        *[
            html.paragraph(say("status.missing.lost", reason=reason), "note")
            for reason in _lost(view)
        ],
        html.details(say("status.missing.show", count=len(without)), items),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return view.sources(list(view.assessed["measure"]))


def _lost(view: View) -> list[str]:
    """Return why figures of earlier years do not reach today's municipality."""
    aside = view.data.set_aside
    own = aside[aside["municipality"] == view.number]
    return [
        view.say(f"common.aside.{reason}", years=view.language.span(years.min(), years.max()))
        for reason, years in own.groupby("reason")["year"]
    ]


def _printed_sentence(view: View) -> str:
    """Return that ITU has printed figures too, where it has."""
    results = view.data.u4ssc_results
    own = results[(results["municipality"] == view.number) & (results["reported"] == "yes")]
    year = int(own["report_year"].max()) if len(own) else 0
    return view.say("status.short.printed", count=own["kpi"].nunique(), year=year)


def _by_knowledge(states: pd.Series) -> pd.Series:
    return states.map({"direct": 0, "proxy": 1, "none": 2})


def _newest_row(view: View, row: pd.Series) -> list[str | Markup]:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    relation = row["relation"] if pd.notna(row["kpi"]) else "background"
    about = (
        say("status.newest.background")
        if relation == "background"
        else say(
            f"status.newest.{relation}",
            kpi=language.name(row, "kpi"),
            differs=language.name(row, "differs"),
        )
    )
    name = Markup("{}<br><small>{}</small>").format(language.name(row), about)
    early = f", {say('common.preliminary')}" if pd.notna(row["status"]) else ""
    value = Markup("<b>{}</b><br><small>{}{}</small>").format(
        language.amount(row["last"], unit), row["last_year"], early
    )
    return [name, value, *_against_group(view, row, unit), _against_target(view, row, unit)]


def _against_group(view: View, row: pd.Series, unit: pd.Series) -> list[str | Markup]:
    none = view.say("common.no_figure")
    if row["peers"] < 3:
        return [none, none]
    write = view.language.amount
    low, median, high = (row[f"peers_{key}"] for key in ("low", "median", "high"))
    target = row["target"] if pd.notna(row["target"]) else None
    alt = view.say(
        "status.newest.strip_alt",
        value=write(row["last"], unit),
        low=write(low, unit),
        high=write(high, unit),
        median=write(median, unit),
    )
    picture = charts.strip(
        row["last"], low, median, high, target, name=f"strip-{row['measure']}", alt=alt
    )
    word = view.say(f"status.newest.place.{row['place']}") if row["place"] else ""
    return [
        Markup("{}<br><small>n = {}</small>").format(write(median, unit), row["peers"]),
        Markup("{}<br><small>{}</small>").format(Markup(picture), word),
    ]


def _against_target(view: View, row: pd.Series, unit: pd.Series) -> str | Markup:
    if pd.isna(row["target"]):
        return view.say("common.no_figure")
    value = view.language.amount(row["target"], unit)
    if pd.notna(row["target_year"]):
        value = view.say("status.newest.target_by", value=value, year=row["target_year"])
    word = view.say("status.newest.met" if row["target_met"] else "status.newest.not_met")
    return Markup("{}<br><small>{}</small>").format(value, word)
