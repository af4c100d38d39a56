"""The scorecard: a card for each indicator with a figure, in groups by what they ask of a council.

A card holds what was found in a few words, the newest figure, its years and its projection, the
place among the peers, the target, and the verdict by word and by sign; further series of the same
indicator (NO2 beside PM2.5) follow in a line. Group and verdict are those of the frame of
standings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from workbench import charts
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.standings import STANDINGS
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: The senses in the order of the groups.
GROUPS = ("first", "watch", "on", "level")

#: How a sense is marked, beside its word.
SYMBOLS = {"on": "✓", "watch": "○", "first": "!", "level": "?", "none": "\N{EN DASH}"}

_CARD = Html(
    '<article class="card {sense}"{about}>'
    "<h3><small>{name}</small>{finding}</h3>"
    '<div class="facts"><p class="value">{value} <span>{year}</span></p>{line}</div>'
    "{place}{aim}{also}{verdict}</article>"
)

#: Groups of so many cards take a whole row; smaller ones stand side by side. Units of up to so many
#: letters are written as large as their figure.
_ROW, _SHORT = 3, 5

#: So many cards with a level only are open; the others are folded, and printed.
_OPEN = 4

#: The outcomes of a trend that tell how sure its direction is.
_SURE = ("rising", "falling", "unclear", "short", "overlapping")


def indicators(view: View) -> list[tuple[Row, Row]]:
    """Return the indicators with figures, what most asks for a decision first.

    Each is its row of `View.standings` and the row of `View.assessed` of the measure that it speaks
    through. Within a standing, what is furthest from its target comes first.
    """
    facts = {row["measure"]: row for row in records(view.assessed)}
    rows = view.standings
    known = records(rows[(rows["standing"] != "none") & rows["leads"]])
    order = {row["kpi"]: (STANDINGS.index(row["standing"]), _reached(row)) for row in known}
    known.sort(key=lambda row: order[row["kpi"]])
    return [(row, facts[row["measure"]]) for row in known]


def _reached(row: Row) -> float:
    return float("inf") if pd.isna(row["performance"]) else float(row["performance"])


def groups(view: View) -> dict[str, list[tuple[Row, Row]]]:
    """Return the rows of `indicators` by sense, those of `GROUPS` that there are."""
    parts: dict[str, list[tuple[Row, Row]]] = {sense: [] for sense in GROUPS}
    for row, fact in indicators(view):
        parts[row["sense"]].append((row, fact))
    return {sense: part for sense, part in parts.items() if part}


def cards(view: View) -> Html:
    """Return all cards, each group under its heading."""
    group = Html('<section class="group {} wide{}">{}{}</section>')
    parts, further = [], _further(view)
    for sense, part in groups(view).items():
        most = _OPEN if sense == "level" else len(part)
        shown, rest = (
            Html('<div class="cards">{}</div>').format(
                Html("").join(
                    _card(view, row, fact, further.get(row["kpi"], ())) for row, fact in some
                )
            )
            for some in (part[:most], part[most:])
        )
        if (more := len(part) - most) > 0:
            shown += html.details(view.say("front.more", count=more), rest)
        heading = html.heading(view.say(f"common.sense.{sense}"))
        parts.append(group.format(sense, min(len(part), _ROW), heading, shown))
    return Html('<div class="groups">{}</div>').format(html.join(*parts))


def key(view: View) -> Html:
    """Return what the pictures on the cards show, and whom the municipality is compared with."""
    known = indicators(view)
    ahead = any(_ahead(fact) for _, fact in known)
    compared = any(fact["peers"] >= MINIMUM for _, fact in known)
    group = view.group_name if compared else ""
    proxy = any(row["relation"] == "proxy" for row, _ in known)
    facts = {"group": group, "ahead": ahead, "year": HORIZON, "proxy": proxy}
    return html.paragraph(view.say("front.key", **facts) if known else "", "note")


def _further(view: View) -> dict[str, list[Row]]:
    """Return the rows of the further series of each indicator that has some."""
    found: dict[str, list[Row]] = {}
    rows = view.standings
    for row in records(rows[(rows["standing"] != "none") & ~rows["leads"]]):
        found.setdefault(row["kpi"], []).append(row)
    return found


def _card(view: View, row: Row, fact: Row, further: Iterable[Row]) -> Html:
    """Return the card of an indicator; `row` and `fact` are a pair of `indicators`."""
    return _CARD.format(
        sense=row["sense"],
        about=pieces.about(row),
        name=view.language.name(fact),
        finding=finding(view, row, fact),
        value=value(view, row, fact),
        year=_year(view, row, fact),
        line=Html(_line(view, row, fact)),
        place=Html(_place(view, row, fact)),
        aim=html.paragraph(aim(view, row, fact), "aim"),
        also=_also(view, further),
        verdict=verdict(view, row),
    )


def finding(view: View, row: Row, fact: Row) -> str:
    """Return in a few words what the figures of an indicator show."""
    key = str(row["standing"])
    if key == "first":
        unlawful = pd.notna(row["law"]) and not row["lawful"]
        key = f"first.{'unlawful' if unlawful else row['level']}"
    elif key == "slow" and row["motion"] == "still":
        key = "slow_still"
    elif key == "old":
        return ""
    elif key in ("level", "context"):
        return _among_peers(view, row, fact)
    years = {"since": int(fact["first_year"]), "year": int(row["last_year"])}
    return view.say(f"front.finding.{key}", **years)


def _among_peers(view: View, row: Row, fact: Row) -> str:
    """Return how many of the peers have a worse or lower figure for the same year."""
    others = view.others(str(row["measure"]), int(row["last_year"]))
    if len(others) < MINIMUM or fact["aggregation"] == "sum":
        return view.say("front.finding.alone")
    way = fact["direction"] or 1
    gaps = [way * (row["last"] - other) for other in others]
    counts = {"ahead": sum(gap > 0 for gap in gaps), "behind": sum(gap < 0 for gap in gaps)}
    kind = "better" if fact["direction"] else "higher"
    return view.say(f"front.finding.than.{kind}", count=len(others), **counts)


def value(view: View, row: Row, fact: Row) -> Html:
    """Return the newest figure, large; a long unit is written small beside it."""
    unit = view.unit(fact["unit"])
    symbol = view.language.name(unit, "symbol")
    if len(symbol) <= _SHORT:
        return Html("<b>{}</b>").format(view.language.amount(row["last"], unit))
    number = view.language.number(row["last"], int(unit["decimals"]))
    return Html("<b>{}</b> {}").format(number, symbol)


def _year(view: View, row: Row, fact: Row) -> Html:
    """Return the year of the newest figure, and what one has to know of the figure."""
    year, marks = int(row["last_year"]), []
    if pd.notna(fact["status"]):
        marks.append(view.say("common.preliminary"))
    text = Html("{}").format(", ".join([str(year), *marks]))
    if row["relation"] == "proxy":
        text += Html(' <abbr title="{}">≈</abbr>').format(view.say("front.card.proxy"))
    return text


def verdict(view: View, row: Row) -> Html:
    """Return sign and word of the verdict, and how sure it is; none where there is a level only."""
    sense, sure = row["sense"], ""
    if sense == "level":
        return Html("")
    if pd.notna(row["chance"]):
        chance = pieces.chance(view, "plan.chance", row["chance"])
        sure = view.say("front.card.chance", chance=chance, met=row["pace"] == "met")
    elif row["outcome"] in _SURE:
        sure = view.say(f"front.card.sure.{pieces.sureness(row)}")
    verdict = Html('<p class="verdict {0}"><span aria-hidden="true">{1}</span> {2}{3}</p>')
    small = Html(" <small>{}</small>").format(sure) if sure else ""
    return verdict.format(sense, SYMBOLS[sense], view.say(f"common.sense.{sense}"), small)


def _also(view: View, further: Iterable[Row]) -> Html:
    """Return the further series of an indicator, each with its figure and where it stands."""
    part, inside, others = Html("<span{}>{}</span>"), view.language.inside, []
    for other in further:
        measure, sense = view.measure(other["measure"]), other["sense"]
        facts = {
            "name": inside(view.language.name(measure)),
            "value": view.language.amount(other["last"], view.unit(measure["unit"])),
            "year": int(other["last_year"]),
            "proxy": other["relation"] == "proxy",
            "sense": "" if sense == "level" else inside(view.say(f"common.sense.{sense}")),
        }
        others.append(part.format(pieces.about(other), view.say("front.card.other", **facts)))
    text = pieces.tell(view, "front.card.also", series=Html("; ").join(others)) if others else ""
    return html.paragraph(text, "also")


def aim(view: View, row: Row, fact: Row) -> str:
    """Return the target, whose it is and by when."""
    if pd.isna(row["target"]):
        return ""
    own = row["own_base"] is True and fact["target_scope"] in ("global", "national")
    scope = f"{'own_' if own else ''}{fact['target_scope']}"
    scope = "municipality" if row["measure"] in view.decided else scope
    target = view.language.amount(row["target"], view.unit(fact["unit"]))
    return view.say(f"front.card.aim.{scope}", target=target, by=view.by(row["target_year"]))


def _line(view: View, row: Row, fact: Row) -> str:
    """Return the years of an indicator as a small line, where there are enough to see one."""
    own = view.own(str(row["measure"]))
    own = own if pd.isna(fact["broken_at"]) else own[own["year"] >= fact["broken_at"]]
    if len(own) < MINIMUM:
        return ""
    amount, unit = view.language.amount, view.unit(fact["unit"])
    ahead = _ahead(fact)
    alt = view.say(
        "front.card.line_alt",
        first=amount(fact["first"], unit),
        since=int(fact["first_year"]),
        last=amount(row["last"], unit),
        year=int(row["last_year"]),
        projected=amount(fact["projected"], unit) if ahead else "",
        to=HORIZON,
    )
    measure = row["measure"]
    return charts.sparkline(own, row["target"], ahead, name=f"line-{measure}", alt=alt)


def _ahead(fact: Row) -> dict[str, list[float]] | None:
    """Return the newest figure and the projection, where one is shown."""
    if fact["n"] < ENOUGH or fact["window"] > 1 or pd.isna(fact["projected"]) or fact["wide"]:
        return None
    ends = {"low": fact["low80"], "middle": fact["projected"], "high": fact["high80"]}
    years: dict[str, list[Any]] = {"year": [int(fact["last_year"]), int(fact["to_year"])]}
    return years | {key: [fact["last"], end] for key, end in ends.items()}


def _place(view: View, row: Row, fact: Row) -> str:
    """Return the place among the peers as a strip of dots, where there are enough of them."""
    if fact["peers"] < MINIMUM:
        return ""
    amount, unit = view.language.amount, view.unit(fact["unit"])
    ends = {key: amount(fact[f"peers_{key}"], unit) for key in ("low", "median", "high")}
    alt = view.say("status.newest.strip_alt", value=amount(row["last"], unit), **ends)
    others = view.others(str(row["measure"]), int(row["last_year"]))
    better, name = int(fact["direction"]), f"dots-{row['measure']}"
    return charts.dots(row["last"], others, row["target"], better, name=name, alt=alt)
