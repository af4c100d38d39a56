"""The brief 'Where do we stand?': what is known of the 91 KPIs, and the newest figures.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> wb.status.placed(view)["status"].value_counts().to_dict()
{'none': 82, 'proxy': 7, 'direct': 2}
>>> print(wb.status.title(view))
<p class="kicker">...</p>
<h1>Hvor står Bærum?</h1>
"""

from __future__ import annotations

from collections.abc import Hashable
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench import charts
from workbench.briefs.view import View
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.methods import u4ssc

#: A newest figure from before this many years ago is called old.
_OLD = 4

#: Fewer KPIs than this with a target are given points, but no score.
_SCORED = 3


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("status")


def placed(view: View) -> pd.DataFrame:
    """Return the 91 KPIs with where they stand in the wheel and how near they are to a target.

    Returns
    -------
    DataFrame
        The rows and columns of `View.standings`, with number (of the area, '1' to '7'), letter (of
        the theme within it), area, theme (their names) and points (1 to 4, or missing).
    """
    rows = view.standings
    numbers = pd.factorize(rows["sub_dimension"])[0]
    letters = rows.groupby("sub_dimension")["category"].transform(lambda part: part.factorize()[0])
    return rows.assign(
        number=[str(number + 1) for number in numbers],
        letter=[ascii_lowercase[letter] for letter in letters],
        area=_labels(view, "sub_dimension", rows["sub_dimension"]),
        theme=_labels(view, "category", rows["category"]),
        points=u4ssc.points(rows["performance"]),
    )


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    rows, say = placed(view), view.say
    held = rows[rows["status"] != "none"]
    aimed = held[held["points"].notna()]
    newest = view.newest
    sure = say(
        "status.short.sure",
        newest=int(held["latest"].max()),
        old=int((held["latest"] < newest - _OLD).sum()),
        total=len(held),
        limit=newest - _OLD,
        proxy=int((held["status"] == "proxy").sum()),
        aimed=len(aimed),
        wider=int(_scopes(view, aimed).isin(["national", "global"]).sum()),
    )
    missing = say(
        "status.short.missing",
        missing=len(rows) - len(held),
        areas=rows["number"].nunique(),
        scored=sum(score.reported >= _SCORED for score in _scores(rows, "number").values()),
    )
    return view.in_short(
        _answer(view, held, len(rows)), sure, f"{missing} {_printed_sentence(view)}".strip()
    )


def wheel(view: View) -> Html:
    """Return the U4SSC wheel with what its parts are called, and the scores behind it."""
    say, rows = view.say, placed(view)
    picture = charts.wheel_chart(
        rows.assign(dimension=_labels(view, "dimension", rows["dimension"])),
        name="wheel",
        alt=_wheel_alt(view, rows),
        centre=[
            str(int((rows["status"] != "none").sum())),
            say("status.wheel.centre", total=len(rows)),
        ],
    )
    marks = ("1", "2", "3", "4", "hatched", "dot", "ring", "empty")
    legend = charts.wheel_key([(mark, say(f"status.wheel.mark.{mark}")) for mark in marks])
    return html.join(
        html.heading(say("status.wheel.heading")),
        html.paragraph(say("status.wheel.lead", total=len(rows))),
        html.paragraph(say("status.wheel.benchmark"), "note"),
        f'<ul class="key">{legend}</ul>',
        html.figure(
            picture,
            say("status.wheel.caption"),
            html.details(say("common.numbers"), _score_table(view, rows)),
        ),
        _parts(rows),
        _aims(view, rows),
    )


def goals(view: View) -> Html:
    """Return how many of the KPIs of each UN goal have figures."""
    say, rows = view.say, view.standings
    by_goal = rows.groupby("goal")["status"]
    counts = pd.DataFrame(
        {
            key: by_goal.apply(lambda s, key=key: int((s == key).sum()))
            for key in ("direct", "proxy")
        }
    ).assign(total=by_goal.size())
    numbers = [int(key) for key in view.keys("goal")]
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
        html.paragraph(say("status.newest.counted"), "note"),
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
    dimensions = view.keys("dimension")
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
    """Return what ITU printed of the municipality, and what it reported itself, where they did."""
    return html.join(_printed(view), _reported(view))


def _printed(view: View) -> Html:
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


def _reported(view: View) -> Html:
    """Return the newest answers that the municipality gave in the U4SSC form."""
    data, say, language = view.data, view.say, view.language
    own = data.reported[data.reported["municipality"] == view.number]
    if own.empty:
        return Html("")
    key = ["kpi", "data_point"]
    own = own.sort_values("year", kind="stable").drop_duplicates(key, keep="last")
    own = own.merge(data.form, on=key).merge(data.kpi_data_points, on=key, suffixes=("", "_en"))
    kpis = data.kpis.set_index("code")
    own = own.assign(order=own["kpi"].map(kpis["number"])).sort_values("order", kind="stable")
    rows = []
    for row in own.to_dict("records"):
        english = language.code == "en"
        point = row["data_point"] if english else row["point"]
        several = "" if row["data_point"] == "value" else f" ({point})"
        note = "" if pd.isna(row["note"]) else row["note"]
        indicator = language.name(kpis.loc[row["kpi"]]) + several
        unit = row["unit_en" if english else "unit"] if row["answer"] == "value" else ""
        rows.append([indicator, _reported_answer(view, row), unit, str(row["year"]), note])
    heads = ("indicator", "value", "unit", "year", "note")
    columns = [Column(say(f"common.{head}"), numeric=head == "value") for head in heads]
    table = html.table(columns, rows, say("status.reported.caption"))
    return html.join(
        html.heading(say("status.reported.heading")),
        html.paragraph(say("status.reported.lead")),
        html.details(say("status.missing.show", count=len(own)), table),
    )


def _reported_answer(view: View, row: dict[Hashable, Any]) -> str:
    if row["answer"] != "value":
        return view.say(f"status.reported.{row['answer'].replace(' ', '_')}")
    places = len(f"{row['value']:.4f}".rstrip("0").partition(".")[2])
    return view.language.number(row["value"], places)


def missing(view: View) -> Html:
    """Return the KPIs without figures, by area."""
    say, rows = view.say, view.standings
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
    return [
        view.say(f"common.aside.{reason}", years=view.language.span(years.min(), years.max()))
        for reason, years in view.set_aside.groupby("reason")["year"]
    ]


def _labels(view: View, kind: str, keys: pd.Series) -> pd.Series:
    return keys.map({key: view.label(kind, key) for key in keys.unique()})


def _answer(view: View, held: pd.DataFrame, total: int) -> list[str]:
    """Return how much is known, how near the targets are, and the place in the group."""
    say, counts = view.say, held["status"].value_counts()
    aimed = held[held["points"].notna()].sort_values("performance", kind="stable")
    apart = aimed[~aimed["target_met"].astype(bool)]
    # Parts of an indicator and its background would let one indicator count many times.
    place = held.merge(view.assessed[["measure", "place"]], on="measure")["place"].value_counts()
    return [
        say(
            "status.short.coverage",
            known=len(held),
            total=total,
            direct=int(counts.get("direct", 0)),
            proxy=int(counts.get("proxy", 0)),
        ),
        say(
            "status.short.targets",
            total=len(aimed),
            met=len(aimed) - len(apart),
            furthest=view.language.name(apart.iloc[0]) if len(apart) else "",
        ),
        say(
            "status.short.place",
            group=view.group_name,
            **{key: int(place.get(key, 0)) for key in ("better", "worse", "level")},
        ),
    ]


def _scopes(view: View, rows: pd.DataFrame) -> pd.Series:
    """Return for whom the targets of these KPIs were set."""
    return rows["measure"].map(view.assessed.set_index("measure")["target_scope"])


def _printed_sentence(view: View) -> str:
    """Return that ITU has printed figures too, where it has."""
    results = view.data.u4ssc_results
    own = results[(results["municipality"] == view.number) & (results["reported"] == "yes")]
    year = int(own["report_year"].max()) if len(own) else 0
    return view.say("status.short.printed", count=own["kpi"].nunique(), year=year)


def _scores(rows: pd.DataFrame, column: str) -> dict[str, u4ssc.Score]:
    """Return the score of each dimension or area, in the order of the set."""
    return {
        str(key): u4ssc.score(part["points"].to_numpy())
        for key, part in rows.groupby(column, sort=False)
    }


def _score_table(view: View, rows: pd.DataFrame) -> Html:
    """Return what is known of each dimension and its areas, and the points they get."""
    say = view.say
    heads = ("kpis", "direct", "proxy", "aimed", "points", "share", "left_out")
    columns = [Column(say("status.wheel.area"))]
    columns += [Column(say(f"status.wheel.{head}"), numeric=True) for head in heads]
    areas = _scores(rows, "number")
    body: list[list[str | Markup]] = []
    for dimension, score in _scores(rows, "dimension").items():
        part = rows[rows["dimension"] == dimension]
        name = Markup("<b>{}</b>").format(view.label("dimension", dimension))
        body.append([name, *_score_cells(view, part, score)])
        for number, own in part.groupby("number", sort=False):
            label = f"{number} {own['area'].iloc[0]}"
            body.append([label, *_score_cells(view, own, areas[str(number)])])
    return html.join(
        html.table(columns, body, say("status.wheel.scores", few=view.language.count(_SCORED))),
        html.paragraph(say("status.wheel.formula", few=view.language.count(_SCORED)), "note"),
    )


def _score_cells(view: View, rows: pd.DataFrame, score: u4ssc.Score) -> list[str]:
    say = view.say
    known = [str(int((rows["status"] == key).sum())) for key in ("direct", "proxy")]
    got, most, share, counted, left_out = (
        view.language.number(float(part))
        for part in (score.points, score.maximum, score.percent, score.reported, score.left_out)
    )
    none, few = say("common.no_figure"), say("status.wheel.too_few")
    points = say("status.wheel.of", points=got, maximum=most) if score.reported else none
    said = say("status.wheel.percent", share=share) if score.reported >= _SCORED else few
    return [str(len(rows)), *known, counted, points, said if score.reported else none, left_out]


def _parts(rows: pd.DataFrame) -> Html:
    """Return what the numbers and letters in the wheel stand for."""
    entries = Markup("")
    for number, own in rows.groupby("number", sort=False):
        themes = own.drop_duplicates("letter")[["letter", "theme"]].itertuples(index=False)
        entries += Markup("<li><b>{} {}</b> {}</li>").format(
            number,
            own["area"].iloc[0],
            "; ".join(f"{letter}\N{NO-BREAK SPACE}{theme}" for letter, theme in themes),
        )
    return Html(Markup('<ul class="key parts">{}</ul>').format(entries))


def _aims(view: View, rows: pd.DataFrame) -> Html:
    """Return the KPIs that have a target, the furthest first, and who set it."""
    say = view.say
    aimed = rows[rows["points"].notna()].sort_values("performance", kind="stable")
    if aimed.empty:
        return html.paragraph(say("status.aims.none"))
    facts = view.assessed.set_index("measure")
    heads = ("indicator", "figure", "share", "target")
    columns = [Column(say(f"status.aims.{head}"), numeric=head == "share") for head in heads]
    body = [_aim_row(view, row, facts.loc[row["measure"]]) for _, row in aimed.iterrows()]
    return html.join(
        html.heading(say("status.aims.heading"), 3),
        html.paragraph(say("status.aims.lead")),
        html.table(columns, body, say("status.aims.heading"), titled=True),
        html.paragraph(say("status.aims.note"), "note"),
    )


def _aim_row(view: View, row: pd.Series, fact: pd.Series) -> list[str | Markup]:
    say, language, unit = view.say, view.language, view.unit(fact["unit"])
    about = say(
        f"status.aims.{row['status']}",
        place=f"{row['number']}{row['letter']}",
        measure=language.inside(language.name(fact)),
    )
    who = view.decided.get(row["measure"]) or say(
        "status.aims.basis",
        basis=language.name(fact, "target_basis"),
        scope=say(f"common.scope.{fact['target_scope']}"),
    )
    return [
        Markup("{}<br><small>{}</small>").format(language.name(row), about),
        Markup("<b>{}</b><br><small>{}</small>").format(
            language.amount(fact["last"], unit), fact["last_year"]
        ),
        say("status.wheel.percent", share=_share(view, row)),
        Markup("{}<br><small>{}</small>").format(_target(view, fact, unit), who),
    ]


def _share(view: View, row: pd.Series) -> str:
    """Return how much of its target a KPI reaches, in whole per cent."""
    # Rounded down, since only what is met has reached all of it.
    return view.language.number(np.floor(np.round(row["performance"], 6)))


def _target(view: View, row: pd.Series, unit: Row) -> str:
    value = view.language.amount(row["target"], unit)
    if pd.isna(row["target_year"]):
        return value
    return view.say("status.newest.target_by", value=value, year=row["target_year"])


def _wheel_alt(view: View, rows: pd.DataFrame) -> str:
    aimed = rows[rows["points"].notna()]
    reached = [
        view.say(
            f"status.wheel.reached.{row['status']}",
            kpi=view.language.name(row),
            share=_share(view, row),
        )
        for _, row in aimed.iterrows()
    ]
    known = int((rows["status"] != "none").sum())
    return view.say(
        "status.wheel.alt",
        total=len(rows),
        empty=len(rows) - known,
        untargeted=known - len(aimed),
        reached="; ".join(reached),
    )


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
    source = Markup('<a href="#source-{}">{}</a>').format(
        row["measure"], view.label("publisher", row["publisher"])
    )
    name = Markup("{}<br><small>{} {}</small>").format(language.name(row), about, source)
    early = f", {say('common.preliminary')}" if pd.notna(row["status"]) else ""
    value = Markup("<b>{}</b><br><small>{}{}</small>").format(
        language.amount(row["last"], unit), row["last_year"], early
    )
    return [name, value, *_against_group(view, row, unit), _against_target(view, row, unit)]


def _against_group(view: View, row: pd.Series, unit: Row) -> list[str | Markup]:
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
        Markup("{}<br><small>{}</small>").format(
            write(median, unit), view.say("status.newest.group", count=row["peers"])
        ),
        Markup("{}<small>{}</small>").format(Markup(picture), word),
    ]


def _against_target(view: View, row: pd.Series, unit: Row) -> str | Markup:
    if pd.isna(row["target"]):
        return view.say("common.no_figure")
    word = view.say("status.newest.met" if row["target_met"] else "status.newest.not_met")
    return Markup("{}<br><small>{}</small>").format(_target(view, row, unit), word)
