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

from string import ascii_lowercase

import numpy as np
import pandas as pd

from workbench import charts
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html
from workbench.methods import u4ssc

READS = Reads(peers=True, standing=True)


#: Fewer KPIs than this with a target are given points, but no score.
_SCORED = 3


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "status")


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
    known = rows[rows["status"] != "none"]
    aimed = known[known["points"].notna()]
    scopes = aimed["measure"].map(view.assessed.set_index("measure")["target_scope"])
    sure = say(
        "status.short.sure",
        newest=int(known["latest"].max()),
        old=int((known["latest"] < view.first_recent).sum()),
        total=len(known),
        limit=view.first_recent,
        proxy=int((known["status"] == "proxy").sum()),
        aimed=len(aimed),
        wider=int(scopes.isin(["national", "global"]).sum()),
    )
    missing = say(
        "status.short.missing",
        missing=len(rows) - len(known),
        areas=rows["number"].nunique(),
        scored=sum(score.reported >= _SCORED for score in _scores(rows, "number").values()),
    )
    missing = f"{missing} {_printed_sentence(view)}".strip()
    return pieces.in_short(view, _answer(view, known, len(rows)), sure, missing)


def wheel(view: View) -> Html:
    """Return the U4SSC wheel with what its parts are called, and the scores behind it."""
    say, rows = view.say, placed(view)
    picture = charts.wheel_chart(
        rows.assign(dimension=_labels(view, "dimension", rows["dimension"])),
        name="wheel",
        alt=_wheel_alt(view, rows),
        centre=[str((rows["status"] != "none").sum()), say("status.wheel.centre", total=len(rows))],
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
    counts = pd.crosstab(rows["goal"], rows["status"], margins=True, margins_name="total")
    counts = counts.reindex(columns=["direct", "proxy", "total"], fill_value=0).drop("total")
    table = html.table(
        html.columns(
            say,
            "status.goals",
            "common.goal #common.relation.direct #common.relation.proxy #total",
        ),
        [[pieces.goal(view, goal), *map(str, row)] for goal, *row in counts.itertuples()],
        say("status.goals.heading"),
        titled=True,
    )
    without = sorted({int(key) for key in view.keys("goal")} - set(counts.index))
    names = view.language.listed(pieces.goal(view, goal) for goal in without)
    return html.join(
        html.heading(say("status.goals.heading")),
        html.paragraph(say("status.goals.lead")),
        table,
        html.paragraph(say("status.goals.none", goals=names) if without else "", "note"),
    )


def newest(view: View) -> Html:
    """Return the newest figure of each measure beside the group and the target."""
    say, rows = view.say, view.assessed
    heads = "common.measure #common.value #common.group_median spread #target"
    columns = html.columns(say, "status.newest", heads)
    tables = []
    background = say("status.newest.heading_background")
    headings = {key: view.label("dimension", key) for key in view.keys("dimension")}
    for key, name in (headings | {"": background}).items():
        body = [
            _newest_row(view, row) for row in records(rows[rows["dimension"].fillna("") == key])
        ]
        if body or not key:
            tables += [
                html.heading(name, 3),
                html.table(columns, body, name, "newest", titled=True),
            ]
    return html.join(
        html.heading(say("status.newest.heading")),
        html.paragraph(say("status.newest.lead")),
        html.paragraph(say("status.newest.counted"), "note"),
        pieces.comparison(view),
        *tables,
    )


def printed(view: View) -> Html:
    """Return what ITU printed of the municipality, and what it reported itself, where they did."""
    return html.join(_printed(view), _reported(view))


def _printed(view: View) -> Html:
    results = view.data.u4ssc_results
    own = results[results["municipality"] == view.number]
    if own.empty:
        return Html("")
    say, language = view.say, view.language
    rows = []
    for row, kpi in _with_kpis(view, own):
        point = "" if row["data_point"] == "value" else f" ({row['data_point']})"
        value = row["printed"] if row["reported"] == "yes" else say("status.printed.not_reported")
        rows.append([language.name(kpi) + point, value, language.name(row, "note")])
    return _unfolded(
        view,
        html.heading(say("status.printed.heading")),
        html.paragraph(say("status.printed.lead", year=int(own["report_year"].iloc[0]))),
        html.columns(say, "status.printed", "common.indicator printed common.note"),
        rows,
        say("status.printed.caption"),
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
    point, unit = ("data_point", "unit_en") if language.code == "en" else ("point", "unit")
    rows = [
        [
            language.name(kpi) + ("" if row["data_point"] == "value" else f" ({row[point]})"),
            _reported_answer(view, row),
            row[unit] if row["answer"] == "value" else "",
            str(row["year"]),
            "" if pd.isna(row["note"]) else row["note"],
        ]
        for row, kpi in _with_kpis(view, own)
    ]
    return _unfolded(
        view,
        html.heading(say("status.reported.heading")),
        html.paragraph(say("status.reported.lead")),
        html.columns(say, "common", "indicator #value unit year note"),
        rows,
        say("status.reported.caption"),
    )


def _with_kpis(view: View, rows: pd.DataFrame) -> list[tuple[Row, Row]]:
    """Return rows, in the order of the KPIs, each with that of its KPI."""
    kpis = view.data.kpis.set_index("code")
    order = rows["kpi"].map(kpis["number"]).sort_values(kind="stable").index
    return [(row, kpis.loc[row["kpi"]]) for row in records(rows.loc[order])]


def _unfolded(
    view: View,
    heading: Html,
    lead: Html,
    columns: list[html.Column],
    rows: list[list[str]],
    caption: str,
) -> Html:
    """Return a section whose table a reader unfolds."""
    show = view.say("status.missing.show", count=len(rows))
    return html.join(heading, lead, html.details(show, html.table(columns, rows, caption)))


def _reported_answer(view: View, row: Row) -> str:
    if row["answer"] != "value":
        return view.say(f"status.reported.{row['answer'].replace(' ', '_')}")
    places = len(f"{row['value']:.4f}".rstrip("0").partition(".")[2])
    return view.language.number(row["value"], places)


def missing(view: View) -> Html:
    """Return the KPIs without figures, by area."""
    say, rows = view.say, view.standings
    without = rows[rows["status"] == "none"]
    areas = Html("").join(
        Html("<h3>{}</h3>{}").format(
            view.label("sub_dimension", area), html.items(map(view.language.name, records(part)))
        )
        for area, part in without.groupby("sub_dimension", sort=False)
    )
    return html.join(
        html.heading(say("status.missing.heading")),
        html.paragraph(say("status.missing.lead", count=len(without), total=len(rows))),
        *[
            html.paragraph(say("status.missing.lost", reason=reason), "note")
            for reason in pieces.lost(view, view.set_aside)
        ],
        html.details(say("status.missing.show", count=len(without)), areas),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, view.assessed["measure"])


def _labels(view: View, kind: str, keys: pd.Series) -> pd.Series:
    return keys.map({key: view.label(kind, key) for key in keys.unique()})


def _answer(view: View, known: pd.DataFrame, total: int) -> list[str]:
    """Return how much is known, how near the targets are, and the place in the group."""
    say, counts = view.say, known["status"].value_counts()
    aimed = known[known["points"].notna()].sort_values("performance", kind="stable")
    apart = aimed[~aimed["target_met"].astype(bool)]
    # Parts of an indicator and its background would let one indicator count many times.
    place = known.merge(view.assessed[["measure", "place"]], on="measure")["place"].value_counts()
    direct, proxy = (int(counts.get(key, 0)) for key in ("direct", "proxy"))
    furthest = view.language.name(apart.iloc[0]) if len(apart) else ""
    met = len(aimed) - len(apart)
    places = {key: int(place.get(key, 0)) for key in ("better", "worse", "level")}
    return [
        say("status.short.coverage", known=len(known), total=total, direct=direct, proxy=proxy),
        say("status.short.targets", total=len(aimed), met=met, furthest=furthest),
        say("status.short.place", group=view.group_name, **places),
    ]


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
    heads = "area #kpis #direct #proxy #aimed #points #share #left_out"
    areas, body = _scores(rows, "number"), []
    for dimension, score in _scores(rows, "dimension").items():
        part = rows[rows["dimension"] == dimension]
        name = Html("<b>{}</b>").format(view.label("dimension", dimension))
        body.append([name, *_score_cells(view, part, score)])
        for number, own in part.groupby("number", sort=False):
            label = f"{number} {own['area'].iloc[0]}"
            body.append([label, *_score_cells(view, own, areas[str(number)])])
    few = view.language.count(_SCORED)
    return html.join(
        html.table(
            html.columns(say, "status.wheel", heads), body, say("status.wheel.scores", few=few)
        ),
        html.paragraph(say("status.wheel.formula", few=few), "note"),
    )


def _score_cells(view: View, rows: pd.DataFrame, score: u4ssc.Score) -> list[str]:
    say = view.say
    known = [str(int((rows["status"] == key).sum())) for key in ("direct", "proxy")]
    got, most, share, counted, left_out = (
        view.language.number(float(part))
        for part in (score.points, score.maximum, score.percent, score.reported, score.left_out)
    )
    if not score.reported:
        none = say("common.no_figure")
        return [str(len(rows)), *known, counted, none, none, left_out]
    points = say("status.wheel.of", points=got, maximum=most)
    few = score.reported < _SCORED
    percent = say("status.wheel.too_few") if few else say("status.wheel.percent", share=share)
    return [str(len(rows)), *known, counted, points, percent, left_out]


def _parts(rows: pd.DataFrame) -> Html:
    """Return what the numbers and letters in the wheel stand for."""
    entries = []
    for number, own in rows.groupby("number", sort=False):
        themes = own.drop_duplicates("letter")[["letter", "theme"]].itertuples(index=False)
        listed = "; ".join(f"{letter}\N{NO-BREAK SPACE}{theme}" for letter, theme in themes)
        entries.append(Html("<b>{} {}</b> {}").format(number, own["area"].iloc[0], listed))
    return html.items(entries, "key parts")


def _aims(view: View, rows: pd.DataFrame) -> Html:
    """Return the KPIs that have a target, the furthest first, and who set it."""
    say = view.say
    aimed = rows[rows["points"].notna()].sort_values("performance", kind="stable")
    if aimed.empty:
        return html.paragraph(say("status.aims.none"))
    facts = view.assessed.set_index("measure")
    columns = html.columns(say, "status.aims", "indicator figure #share target")
    body = [_aim_row(view, row, facts.loc[row["measure"]]) for _, row in aimed.iterrows()]
    return html.join(
        html.heading(say("status.aims.heading"), 3),
        html.paragraph(say("status.aims.lead")),
        html.table(columns, body, say("status.aims.heading"), titled=True),
        html.paragraph(say("status.aims.note"), "note"),
    )


def _aim_row(view: View, row: pd.Series, fact: pd.Series) -> list[str]:
    say, language, unit = view.say, view.language, view.unit(fact["unit"])
    place, measure = f"{row['number']}{row['letter']}", language.inside(language.name(fact))
    scope, basis = say(f"common.scope.{fact['target_scope']}"), language.name(fact, "target_basis")
    who = view.decided.get(row["measure"]) or say("status.aims.basis", basis=basis, scope=scope)
    value = Html("<b>{}</b>").format(language.amount(fact["last"], unit))
    return [
        html.small(
            language.name(row), say(f"status.aims.{row['status']}", place=place, measure=measure)
        ),
        html.small(value, str(fact["last_year"])),
        say("status.wheel.percent", share=_share(view, row)),
        html.small(_target(view, fact, unit), who),
    ]


def _share(view: View, row: Row) -> str:
    """Return how much of its target a KPI reaches, in whole per cent."""
    # Rounded down, since only what is met has reached all of it.
    return view.language.number(np.floor(np.round(row["performance"], 6)))


def _target(view: View, row: Row, unit: Row) -> str:
    value = view.language.amount(row["target"], unit)
    if pd.isna(row["target_year"]):
        return value
    return view.say("status.newest.target_by", value=value, year=row["target_year"])


def _wheel_alt(view: View, rows: pd.DataFrame) -> str:
    aimed, known = rows[rows["points"].notna()], int((rows["status"] != "none").sum())
    reached = "; ".join(
        view.say(
            f"status.wheel.reached.{row['status']}",
            kpi=view.language.name(row),
            share=_share(view, row),
        )
        for row in records(aimed)
    )
    counts = {"total": len(rows), "empty": len(rows) - known, "untargeted": known - len(aimed)}
    return view.say("status.wheel.alt", reached=reached, **counts)


def _newest_row(view: View, row: Row) -> list[str]:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    relation = row["relation"] if pd.notna(row["kpi"]) else "background"
    names = {field: language.name(row, field) for field in ("kpi", "differs")}
    about = say(f"status.newest.{relation}", **names)
    source = Html('<a href="#source-{}">{}</a>').format(
        row["measure"], view.label("publisher", row["publisher"])
    )
    value = Html("<b>{}</b>").format(language.amount(row["last"], unit))
    early = pieces.preliminary(view, row["status"], ", {}")
    return [
        html.small(language.name(row), Html("{} {}").format(about, source)),
        html.small(value, f"{row['last_year']}{early}"),
        *_against_group(view, row, unit),
        _against_target(view, row, unit),
    ]


def _against_group(view: View, row: Row, unit: Row) -> list[str]:
    say = view.say
    if row["peers"] < 3:
        return [say("common.no_figure")] * 2
    ends = {key: row[f"peers_{key}"] for key in ("low", "median", "high")}
    written = {key: view.language.amount(value, unit) for key, value in ends.items()}
    value = view.language.amount(row["last"], unit)
    picture = charts.strip(
        value=row["last"],
        target=row["target"],
        **ends,
        name=f"strip-{row['measure']}",
        alt=say("status.newest.strip_alt", value=value, **written),
    )
    word = say(f"status.newest.place.{row['place']}") if row["place"] else ""
    return [
        html.small(written["median"], say("status.newest.group", count=row["peers"])),
        Html("{}<small>{}</small>").format(Html(picture), word),
    ]


def _against_target(view: View, row: Row, unit: Row) -> str:
    if pd.isna(row["target"]):
        return view.say("common.no_figure")
    word = view.say(f"status.newest.{'met' if row['target_met'] else 'not_met'}")
    return html.small(_target(view, row, unit), word)
