"""The notebook that ranks all municipalities on one measure, and says how sure a place is.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> rows = wb.rank.table(view, "voter_turnout_storting")
>>> rows[["name", "value", "best", "worst"]].head(2)
    name    value  best  worst
0  ...
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import charts
from workbench.briefs import pieces
from workbench.briefs.view import View
from workbench.dataset import tables
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: So many are named at either end, and so many shades the map has.
_ENDS, _SHADES = 5, 5


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "rank")


def table(view: View, measure: str) -> pd.DataFrame:
    """Return `Dataset.rank`, and which places each may have.

    Returns
    -------
    DataFrame
        The columns of `Dataset.rank`, best and worst (the first and last place that it may have:
        who has the same figure, rounded as pages show it, shares places).
    """
    fact, rows = view.measure(measure), tables.rank(view.data, measure)
    order = rows["value"].round(int(view.unit(fact["unit"])["decimals"]))
    lowest = bool(fact["direction"] < 0)
    return rows.assign(
        best=order.rank(method="min", ascending=lowest).astype(int),
        worst=order.rank(method="max", ascending=lowest).astype(int),
    ).sort_values(["best", "name"], ignore_index=True)


def reach(view: View, measure: str) -> tuple[int, int] | None:
    """Return the places that the usual change from year to year would move the municipality to.

    The usual change is the median of all municipalities' changes, up or down, between their two
    newest figures. None where the municipality has no place, or changes cannot be told.
    """
    rows, fact = table(view, measure), view.measure(measure)
    own = rows["municipality"] == view.number
    known = view.data.observations
    known = known[known["measure"] == fact["measure"]].sort_values("year", kind="stable")
    usual = known.groupby("municipality")["value"].diff().abs()
    usual = usual.groupby(known["municipality"]).last().median()
    if not own.any() or not np.isfinite(usual):
        return None
    values = rows["value"] * (-1 if fact["direction"] < 0 else 1)
    first, last = (
        1 + int((values[~own] > values[own].item() + step).sum()) for step in (usual, -usual)
    )
    return first, last


def summary(view: View, measure: str) -> Html:
    """Return the box 'in short': which place, among how many, and how sure that is."""
    say, rows, fact = view.say, table(view, measure), view.measure(measure)
    own, unit = rows[rows["municipality"] == view.number], view.unit(fact["unit"])
    answer, sure = [_finding(view, rows) + "."], say("rank.short.rounded")
    if len(own):
        middle = view.language.amount(rows["value"].median(), unit)
        value = view.language.amount(own["value"].item(), unit)
        answer.append(say("rank.short.value", value=value, middle=middle))
        if ends := reach(view, measure):
            sure += " " + say("rank.short.reach", first=ends[0], last=ends[1])
    answer.append(say("rank.short.order", sense=int(np.sign(fact["direction"]))))
    lacking = len(view.data.municipalities) - len(rows)
    missing = say("rank.short.missing", count=lacking, year=rows["year"].iloc[0]) if lacking else ""
    return pieces.in_short(view, answer, sure, missing)


def picture(view: View, measure: str) -> str:
    """Return how all municipalities spread, with the own figure and the middle marked, as SVG."""
    say, rows, fact = view.say, table(view, measure), view.measure(measure)
    unit, language = view.unit(fact["unit"]), view.language
    own = rows[rows["municipality"] == view.number]["value"]
    at = float(own.item()) if len(own) else np.nan
    middle = language.amount(rows["value"].median(), unit)
    return charts.spread_chart(
        rows["value"],
        at,
        own_label=f"{view.name} {language.amount(at, unit)}" if len(own) else "",
        middle_label=say("rank.spread.middle", value=middle),
        count_label=say("rank.spread.count"),
        name="rank-spread",
        alt=say("rank.spread.alt", finding=_finding(view, rows), count=len(rows), middle=middle),
        scale=language.number,
    )


def spread(view: View, measure: str) -> Html:
    """Return `picture`, and the places at the ends and around the municipality."""
    say, rows, fact = view.say, table(view, measure), view.measure(measure)
    unit, language = view.unit(fact["unit"]), view.language
    heads = html.columns(say, "rank", "common.municipality #places #common.value")
    near = rows.index[rows["municipality"] == view.number]
    around = range(near[0] - 2, near[0] + 3) if len(near) else ()
    kept = [*range(_ENDS), *around, *range(len(rows) - _ENDS, len(rows))]
    chosen = rows.loc[sorted({at for at in kept if 0 <= at < len(rows)})]
    body = [
        [
            Html("<strong>{}</strong>").format(row.name)
            if row.municipality == view.number
            else row.name,
            language.span(row.best, row.worst),
            language.amount(row.value, unit),
        ]
        for row in chosen.itertuples(index=False)
    ]
    return html.join(
        html.heading(_finding(view, rows)),
        html.figure(picture(view, measure), _subtitle(view, rows, fact)),
        html.table(heads, body, say("rank.caption")),
        html.paragraph(say("rank.shared"), "note"),
    )


def by_county(view: View, measure: str) -> Html:
    """Return a box and a row per county."""
    say, rows, fact = view.say, table(view, measure), view.measure(measure)
    unit, language = view.unit(fact["unit"]), view.language
    order = tables.by_county(view.data, measure)
    own = rows[rows["municipality"] == view.number]
    mark = own.iloc[0].rename({"county": "group"}) if len(own) else pd.Series(dtype=object)
    groups = rows.rename(columns={"county": "group"})[["group", "value"]]
    ordered = pd.concat([groups[groups["group"] == county] for county in order["county"]])
    finding = say(
        "rank.county.finding", first=order["county"].iloc[0], last=order["county"].iloc[-1]
    )
    drawn = charts.boxes_chart(
        ordered,
        mark,
        own_label=view.name,
        name="rank-counties",
        alt=say("rank.county.alt", finding=finding),
        scale=language.number,
    )
    heads = html.columns(say, "rank.county", "name #n #low #median #high")
    body = [
        [
            row.county,
            str(row.figures),
            *(
                language.amount(each, unit)
                for each in (row.lower_quartile, row.median, row.upper_quartile)
            ),
        ]
        for row in order.itertuples(index=False)
    ]
    return html.join(
        html.heading(finding),
        html.figure(drawn, _subtitle(view, rows, fact)),
        html.paragraph(say("rank.county.note"), "note"),
        html.table(heads, body, say("rank.county.caption"), titled=True),
    )


def places(view: View, measure: str) -> Html:
    """Return a map: the darker, the higher the figure, in fifths of the municipalities."""
    say, rows, fact = view.say, table(view, measure), view.measure(measure)
    unit, language = view.unit(fact["unit"]), view.language
    fifth = pd.qcut(rows["value"], _SHADES, duplicates="drop")
    number = fifth.cat.codes + 1
    shades = pd.Series((number / number.max()).round(2).to_numpy(), index=rows["municipality"])
    marked = pd.DataFrame({"number": [view.number], "mark": ["own"], "label": [view.name]})
    drawn = charts.shaded_map(
        view.data.outlines, shades, marked, name="rank-map", alt=say("rank.map.alt")
    )
    ends = rows.groupby(number)["value"].agg(["min", "max", "size"])
    body = [
        [
            str(at),
            say(
                "rank.map.from_to",
                low=language.amount(row.min, unit),
                high=language.amount(row.max, unit),
            ),
            str(row.size),
        ]
        for at, row in zip(ends.index, ends.itertuples(index=False, name="Row"), strict=True)
    ]
    heads = html.columns(say, "rank.map", "shade values #n")
    return html.join(
        html.heading(say("rank.map.heading")),
        html.figure(drawn, _subtitle(view, rows, fact)),
        html.table(heads, body, say("rank.map.caption"), titled=True),
        html.paragraph(say("network.map.source"), "note"),
    )


def sources(view: View, measure: str) -> Html:
    """Return where the figures come from."""
    return pieces.sources(view, [str(view.measure(measure)["measure"])])


def _subtitle(view: View, rows: pd.DataFrame, fact: Row) -> str:
    symbol = view.language.name(view.unit(fact["unit"]), "symbol")
    name, year = view.language.name(fact), int(rows["year"].iloc[0])
    return view.say("rank.subtitle", measure=name, unit=symbol, year=year)


def _finding(view: View, rows: pd.DataFrame) -> str:
    own = rows[rows["municipality"] == view.number]
    if own.empty:
        return view.say("rank.finding.none")
    best, worst = int(own["best"].item()), int(own["worst"].item())
    return view.say("rank.finding.place", best=best, worst=worst, total=len(rows))
