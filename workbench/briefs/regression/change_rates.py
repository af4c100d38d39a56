"""The end of the brief: whether this municipality changes faster or slower than others."""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis.memo import cached
from workbench.analysis.regression.slopes import Slopes
from workbench.briefs.view import View
from workbench.language.translator import Row, capitalised
from workbench.markup import html
from workbench.markup.html import Html
from workbench.storage import hashing


def section(view: View, slopes: dict[str, Slopes]) -> Html:
    """Return the yearly change of each outcome beside the other municipalities."""
    paragraphs = [html.paragraph(" ".join(_sentences(view, found))) for found in slopes.values()]
    lead = html.paragraph(view.say("regression.pace.lead"))
    return html.join(
        html.heading(view.say("regression.pace.heading")),
        html.paragraph(" ".join(verdict(view, found) for found in slopes.values())),
        _figure(view, list(slopes.values())),
        html.details(view.say("regression.sure.heading"), html.join(lead, *paragraphs)),
    )


def own_row(view: View, slopes: Slopes) -> pd.Series | None:
    """Return the municipality's row, if it has figures enough."""
    rows = slopes.table[slopes.table["municipality"] == view.number]
    return None if rows.empty else rows.iloc[0]


def kind(row: pd.Series | None, typical: float) -> str:
    """Return the key of the sentence that fits the municipality's change and the typical one."""
    if row is None:
        return "missing"
    if row["pace"] == "alike":
        return "alike"
    own = row["change"]
    if own * typical <= 0:
        return "against_up" if own > 0 else "against_down"
    way = "rising" if own > 0 else "falling"
    return f"{way}_{'faster' if abs(own) > abs(typical) else 'slower'}"


def verdict(view: View, slopes: Slopes) -> str:
    """Return the one sentence on whether the municipality is faster or slower."""
    key = kind(own_row(view, slopes), slopes.typical)
    outcome = view.say(f"regression.term.{slopes.measure}")
    return view.say(f"regression.pace.{key}", outcome=outcome)


def _written(view: View, slopes: Slopes) -> dict[str, str]:
    """Return the municipality's changes and the typical one, as written, and their unit."""
    unit: Row = view.unit(view.measure(slopes.measure)["unit"])
    values, row = {"typical": slopes.typical}, own_row(view, slopes)
    if row is not None:
        values |= {"observed": row["observed"], "change": row["change"]}
    # A typical pace may be near zero: what the ranges beside it do not tell is no digit of it.
    digits = int(unit["decimals"]) + 1
    written = {
        key: view.language.change(round(value, digits), unit, signed=True)
        for key, value in values.items()
    }
    written["unit"] = view.language.name(unit, "change")
    if row is not None:
        written["low"], written["high"] = view.language.interval(row["low"], row["high"], unit)
    return written


def _sentences(view: View, slopes: Slopes) -> list[str]:
    say, row, n = view.say, own_row(view, slopes), len(slopes.table)
    sentences = []
    if row is not None:
        written = _written(view, slopes)
        written["high"] += f"\N{NO-BREAK SPACE}{written['unit']}"
        years = {key: row[key] for key in ("first_year", "last_year")}
        sentences.append(say("regression.pace.detail", **years, **written))
        if row["pace"] != "alike":
            sentences.append(say("regression.pace.place", place=row["place"], n=n))
    apart = int((slopes.table["pace"] != "alike").sum())
    return [
        *sentences,
        say(f"regression.pace.{'some' if apart else 'all_alike'}", count=apart, n=n),
    ]


def _figure(view: View, slopes: list[Slopes]) -> Html:
    say = view.say
    rows, items, lines = [], [], []
    for found in slopes:
        row, written = own_row(view, found), _written(view, found)
        outcome = say(f"regression.term.{found.measure}")
        short = capitalised(say(f"regression.term_short.{found.measure}"))
        own = {key: None if row is None else row[key] for key in ("change", "low", "high")}
        rows.append({"label": short, "typical": found.typical, **own})
        key = "item_missing" if row is None else "item"
        items.append(say(f"regression.pace.{key}", outcome=outcome, **written))
        years = observed = change = interval = rank = say("common.no_figure")
        if row is not None:
            years = view.language.span(row["first_year"], row["last_year"])
            observed, change = written["observed"], written["change"]
            interval = say("regression.chart.from_to", low=written["low"], high=written["high"])
            rank = say("regression.pace.rank_of", place=row["place"], n=len(found.table))
        cells = [years, observed, change, interval, written["typical"], rank]
        lines.append([capitalised(outcome), *cells])
    drawn = pd.DataFrame(rows).astype({key: float for key in ("change", "low", "high")})
    all_of = [found.table for found in slopes]
    axis = say("regression.pace.axis", unit=_written(view, slopes[0])["unit"])
    signs = [hashing.fingerprint(table) for table in (drawn[["label", "typical"]], *all_of)]
    base = cached(
        view.data,
        f"pace_base {view.language.code} {axis} {signs}",
        lambda: charts.pace_base(drawn, all_of, axis=axis, scale=view.language.number),
    )
    alt = say("regression.pace.alt", items=" ".join(items))
    picture = charts.pace_chart(base, drawn[["change", "low", "high"]], name="pace", alt=alt)
    heads = "series years #observed #change #interval #typical #rank"
    columns = html.columns(say, "regression.pace", heads)
    table = html.table(columns, lines, say("regression.pace.heading"), titled=True)
    known = any(own_row(view, found) is not None for found in slopes)
    caption = say("regression.pace.caption" if known else "regression.pace.caption_missing")
    return html.figure(picture, caption, html.details(say("common.numbers"), table))
