"""The notebook that sets several municipalities side by side over the years.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> rows = wb.compare.table(view, "voter_turnout_storting", "Asker, Oslo")
>>> rows[rows["year"] == 2025].set_index("name")["value"].round(1).to_dict()
{'Bærum': 86.2, 'Asker': 84.5, 'Oslo': 81.7}
"""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: So many of the most similar municipalities are shown where none are named.
_NEAREST = 4


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "compare")


def table(view: View, measures: str, others: str = "") -> pd.DataFrame:
    """Return the figures that are compared.

    Parameters
    ----------
    view : View
    measures : str
        Names of measures, as in ``data.measures`` or as a page has them, between commas.
    others : str
        Names or numbers of municipalities, between commas; empty: those most like this one.

    Returns
    -------
    DataFrame
        measure, municipality, name, year, value; by measure and municipality in the given
        order (the own one first), then by year. Years from before the newest break of a measure
        are left out.

    Raises
    ------
    UsageError
        If a measure or a municipality is not known.
    """
    data = view.data
    numbers = [view.number, *_others(view, others)]
    chosen, parts = pieces.measures(view, measures), []
    for measure in chosen:
        breaks = data.breaks.loc[data.breaks["measure"] == measure, "year"]
        rows = data.observations
        rows = rows[(rows["measure"] == measure) & rows["municipality"].isin(numbers)]
        parts.append(rows[rows["year"] >= breaks.max()] if len(breaks) else rows)
    found = pd.concat(parts).assign(name=lambda rows: rows["municipality"].map(view.names))
    place = {each: at for at, each in enumerate([*chosen, *numbers])}
    found = found.sort_values(
        ["measure", "municipality", "year"],
        key=lambda cells: cells if cells.name == "year" else cells.map(place),
        ignore_index=True,
    )
    return found[["measure", "municipality", "name", "year", "value"]]


def summary(view: View, measures: str, others: str = "") -> Html:
    """Return the box 'in short': where the municipality lies among them on each measure."""
    say, rows = view.say, table(view, measures, others)
    names = [name for name in _names(view, others) if name != view.name]
    answer = [say("compare.short.who", names=view.language.listed(names))]
    for measure in pieces.measures(view, measures):
        fact = view.measure(measure)
        text = _finding(view, rows[rows["measure"] == measure], fact)
        answer.append(say("compare.short.one", measure=view.language.name(fact), finding=text))
    sums = any(view.measure(m)["aggregation"] == "sum" for m in pieces.measures(view, measures))
    return pieces.in_short(
        view, answer, say("compare.short.sure"), say("compare.short.sums") if sums else ""
    )


def sections(view: View, measures: str, others: str = "") -> Html:
    """Return a section per measure: what it shows, the chart, and the table beside it."""
    rows = table(view, measures, others)
    return html.join(
        *(
            _section(view, rows[rows["measure"] == measure], view.measure(measure))
            for measure in pieces.measures(view, measures)
        )
    )


def sources(view: View, measures: str) -> Html:
    """Return where the figures come from."""
    return pieces.sources(view, pieces.measures(view, measures))


def _section(view: View, rows: pd.DataFrame, fact: Row) -> Html:
    say, language = view.say, view.language
    unit = view.unit(fact["unit"])
    name, symbol = language.name(fact), language.name(unit, "symbol")
    finding = _finding(view, rows, fact)
    body = [_line(view, part, unit) for _, part in rows.groupby("name", sort=False)]
    heads = html.columns(say, "compare", "common.municipality #first #last #change")
    numbers = html.table(heads, body, say("compare.caption", measure=name), titled=True)
    pictured = Html("")
    if rows["year"].nunique() > 1:
        drawn = rows.rename(columns={"name": "label"}).sort_values("year", kind="stable")
        pictured = html.figure(
            charts.lines_chart(
                drawn,
                own=view.name,
                name=f"compare-{fact['measure']}",
                alt=say("compare.alt", measure=name, finding=finding),
                scale=language.number,
            ),
            say("compare.subtitle", measure=name, unit=symbol),
        )
    broken = fact["measure"] in set(view.data.breaks["measure"])
    sums = fact["aggregation"] == "sum"
    return html.join(
        html.heading(finding),
        pictured,
        numbers,
        html.paragraph(say("compare.broken") if broken else "", "note"),
        html.paragraph(say("compare.short.sums") if sums else "", "note"),
    )


def _line(view: View, part: pd.DataFrame, unit: Row) -> list[str]:
    """Return a municipality's first and newest figure, and how far they are apart."""
    language, (first, last) = view.language, records(part.iloc[[0, -1]])
    values = [
        html.small(language.amount(each["value"], unit), str(each["year"]))
        for each in (first, last)
    ]
    moved = last["value"] - first["value"]
    change = language.number(moved, int(unit["decimals"]), signed=True)
    return [first["name"], *values, change if len(part) > 1 else view.say("common.no_figure")]


def _finding(view: View, rows: pd.DataFrame, fact: Row) -> str:
    """Return where the municipality lies in its newest year, among those with a figure then."""
    own = rows[rows["municipality"] == view.number]
    if own.empty:
        return view.say("compare.finding.none")
    year, unit = own["year"].iloc[-1], view.unit(fact["unit"])
    now = rows[rows["year"] == year].set_index("municipality")["value"]
    rounded = now.round(int(unit["decimals"]))
    return view.say(
        "compare.finding.place",
        above=int((rounded > rounded[view.number]).sum()),
        below=int((rounded < rounded[view.number]).sum()),
        alike=int((rounded == rounded[view.number]).sum()) - 1,
        total=len(rounded),
        value=view.language.amount(now[view.number], unit),
        year=int(year),
    )


def _others(view: View, others: str) -> list[str]:
    """Return the numbers of the municipalities that are named, or of those most like this one."""
    given = [name.strip() for name in others.split(",") if name.strip()]
    found = view.data.numbers(given) if given else [*view.similar["municipality"].head(_NEAREST)]
    return [number for number in dict.fromkeys(found) if number != view.number]


def _names(view: View, others: str) -> list[str]:
    return [view.names[number] for number in _others(view, others)]
