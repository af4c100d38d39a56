"""The wheel of the 91 KPIs, the scores behind it, and how near each KPI is to its target."""

from __future__ import annotations

from string import ascii_lowercase

import numpy as np
import pandas as pd

from workbench import charts
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html
from workbench.methods import u4ssc

#: Fewer KPIs than this with a target are given points, but no score.
SCORED = 3

#: A wheel with a larger share of empty cells is folded.
_EMPTY = 0.5


def placed(view: View) -> pd.DataFrame:
    """Return the 91 KPIs with where they stand in the wheel and how near they are to a target.

    Returns
    -------
    DataFrame
        The rows of `View.standings` that tell most, with number (of the area, '1' to '7'), letter
        (of the theme within it), area, theme (their names) and points (1 to 4, or missing).
    """
    rows = view.standings
    rows = rows[rows["best"]].reset_index(drop=True)
    numbers = pd.factorize(rows["sub_dimension"])[0]
    letters = rows.groupby("sub_dimension")["category"].transform(lambda part: part.factorize()[0])
    return rows.assign(
        number=[str(number + 1) for number in numbers],
        letter=[ascii_lowercase[letter] for letter in letters],
        area=_labels(view, "sub_dimension", rows["sub_dimension"]),
        theme=_labels(view, "category", rows["category"]),
        points=u4ssc.points(rows["performance"]),
    )


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
    wheel = html.join(
        html.paragraph(say("status.wheel.lead", total=len(rows))),
        html.paragraph(say("status.wheel.benchmark"), "note"),
        f'<ul class="key">{legend}</ul>',
        html.paragraph(_data_points(view)),
        html.figure(
            picture,
            say("status.wheel.caption"),
            html.details(say("common.numbers"), score_table(view, rows)),
        ),
        _parts(rows),
    )
    # A wheel that is nearly empty tells less than the list below it.
    if (rows["status"] == "none").mean() > _EMPTY:
        wheel = html.details(say("status.wheel.show"), wheel)
    return html.join(html.heading(say("status.wheel.heading")), wheel, _aims(view, rows))


def _data_points(view: View) -> str:
    """Return how many of the data points behind the indicators have a figure."""
    asked = view.data.kpi_data_points
    rows = view.assessed[view.assessed["relation"] == "direct"].fillna({"data_point": "value"})
    known = rows[["kpi", "data_point"]].drop_duplicates().merge(asked, on=["kpi", "data_point"])
    facts = {"known": len(known), "total": len(asked), "kpis": len(view.data.kpis)}
    return view.say("status.wheel.data_points", **facts)


def scores(rows: pd.DataFrame, column: str) -> dict[str, u4ssc.Score]:
    """Return the score of each dimension or area, in the order of the set."""
    return {
        str(key): u4ssc.score(part["points"].to_numpy())
        for key, part in rows.groupby(column, sort=False)
    }


def score_table(view: View, rows: pd.DataFrame) -> Html:
    """Return the table of dimensions and areas: KPIs with figures, points and scores."""
    say = view.say
    heads = "area #kpis #direct #proxy #aimed #points #share #left_out"
    areas, body = scores(rows, "number"), []
    for dimension, score in scores(rows, "dimension").items():
        part = rows[rows["dimension"] == dimension]
        name = Html("<b>{}</b>").format(view.label("dimension", dimension))
        body.append([name, *_score_cells(view, part, score)])
        for number, own in part.groupby("number", sort=False):
            label = f"{number} {own['area'].iloc[0]}"
            body.append([label, *_score_cells(view, own, areas[str(number)])])
    few = view.language.count(SCORED)
    return html.join(
        html.table(
            html.columns(say, "status.wheel", heads), body, say("status.wheel.scores", few=few)
        ),
        html.paragraph(say("status.wheel.formula", few=few), "note"),
    )


def _score_cells(view: View, rows: pd.DataFrame, score: u4ssc.Score) -> list[str]:
    say = view.say
    known = [str(int((rows["status"] == key).sum())) for key in ("direct", "proxy")]
    got, most, reached, counted, left_out = (
        view.language.number(float(part))
        for part in (score.points, score.maximum, score.percent, score.reported, score.left_out)
    )
    if not score.reported:
        none = say("common.no_figure")
        return [str(len(rows)), *known, counted, none, none, left_out]
    points = say("status.wheel.of", points=got, maximum=most)
    few = score.reported < SCORED
    percent = say("status.wheel.too_few") if few else say("status.wheel.percent", share=reached)
    return [str(len(rows)), *known, counted, points, percent, left_out]


def _parts(rows: pd.DataFrame) -> Html:
    """Return the list of the numbers and letters in the wheel."""
    entries = []
    for number, own in rows.groupby("number", sort=False):
        themes = own.drop_duplicates("letter")[["letter", "theme"]].itertuples(index=False)
        listed = "; ".join(f"{letter}\N{NO-BREAK SPACE}{theme}" for letter, theme in themes)
        entries.append(Html("<b>{} {}</b> {}").format(number, own["area"].iloc[0], listed))
    return html.items(entries, "key parts")


def _aims(view: View, rows: pd.DataFrame) -> Html:
    """Return the KPIs that have a target, the furthest first, and who set it."""
    say, aimed = view.say, rows[rows["points"].notna()]
    aimed = aimed.sort_values("performance", kind="stable")
    if aimed.empty:
        return html.paragraph(say("status.aims.none"))
    facts = view.assessed.set_index("measure")
    columns = html.columns(say, "status.aims", "indicator figure #share target")
    body = [_aim_row(view, row, facts.loc[row["measure"]]) for _, row in aimed.iterrows()]
    about = [pieces.about(row) for row in records(aimed)]
    return html.join(
        html.heading(say("status.aims.heading"), 3),
        html.paragraph(say("status.aims.lead")),
        html.table(columns, body, say("status.aims.heading"), titled=True, about=about),
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
        say("status.wheel.percent", share=share(view, row)),
        html.small(target(view, fact, unit), who),
    ]


def share(view: View, row: Row) -> str:
    """Return how much of its target a KPI reaches, in whole per cent."""
    # Rounded down, since only what is met has reached all of it.
    return view.language.number(np.floor(np.round(row["performance"], 6)))


def target(view: View, row: Row, unit: Row) -> str:
    """Return a target with its unit, and the year it is to be reached by."""
    value = view.language.amount(row["target"], unit)
    if pd.isna(row["target_year"]):
        return value
    return view.say("status.newest.target_by", value=value, year=view.by(row["target_year"]))


def _wheel_alt(view: View, rows: pd.DataFrame) -> str:
    aimed, known = rows[rows["points"].notna()], int((rows["status"] != "none").sum())
    reached = "; ".join(
        view.say(
            f"status.wheel.reached.{row['status']}",
            kpi=view.language.name(row),
            share=share(view, row),
        )
        for row in records(aimed)
    )
    counts = {"total": len(rows), "empty": len(rows) - known, "untargeted": known - len(aimed)}
    return view.say("status.wheel.alt", reached=reached, **counts)


def _labels(view: View, kind: str, keys: pd.Series) -> pd.Series:
    return keys.map({key: view.label(kind, key) for key in keys.unique()})
