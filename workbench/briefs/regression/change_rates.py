"""The end of the brief: whether this municipality changes faster or slower than others."""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis.regression.slopes import Slopes
from workbench.briefs.view import View
from workbench.language.translator import Row, capitalised
from workbench.markup import html
from workbench.markup.html import Column, Html


def section(view: View, slopes: dict[str, Slopes]) -> Html:
    """Return the yearly change of each outcome beside the other municipalities."""
    return html.join(
        html.heading(view.say("regression.pace.heading")),
        html.paragraph(view.say("regression.pace.lead")),
        *[html.paragraph(" ".join(_sentences(view, found))) for found in slopes.values()],
        _figure(view, slopes),
    )


def own_row(view: View, slopes: Slopes) -> pd.Series | None:
    """Return the municipality's row, if it has figures enough."""
    rows = slopes.table[slopes.table["municipality"] == view.number]
    return None if rows.empty else rows.iloc[0]


def kind(row: pd.Series | None, typical: float) -> str:
    """Return which sentence fits: what the municipality does, beside what is typical."""
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
    row = own_row(view, slopes)
    outcome = view.say(f"regression.term.{slopes.measure}")
    return view.say(f"regression.pace.{kind(row, slopes.typical)}", outcome=outcome)


def _unit(view: View, slopes: Slopes) -> Row:
    return view.unit(view.measure(slopes.measure)["unit"])


def _change(view: View, slopes: Slopes, value: float) -> str:
    # A typical pace may be near zero: what the ranges beside it do not tell is no digit of it.
    unit = _unit(view, slopes)
    return view.language.change(round(value, int(unit["decimals"]) + 1), unit, signed=True)


def _sentences(view: View, slopes: Slopes) -> list[str]:
    say, row = view.say, own_row(view, slopes)
    said = [verdict(view, slopes)]
    if row is not None:
        unit = _unit(view, slopes)
        low, high = view.language.interval(row["low"], row["high"], unit)
        said.append(
            say(
                "regression.pace.detail",
                first_year=row["first_year"],
                last_year=row["last_year"],
                observed=_change(view, slopes, row["observed"]),
                typical=_change(view, slopes, slopes.typical),
                low=low,
                high=f"{high}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}",
            )
        )
        if row["pace"] != "alike":
            said.append(say("regression.pace.place", place=row["place"], n=len(slopes.table)))
    apart = int((slopes.table["pace"] != "alike").sum())
    key = "some" if apart else "all_alike"
    return [*said, say(f"regression.pace.{key}", count=apart, n=len(slopes.table))]


def _figure(view: View, slopes: dict[str, Slopes]) -> Html:
    say = view.say
    rows, items, lines = [], [], []
    for found in slopes.values():
        row, outcome = own_row(view, found), say(f"regression.term.{found.measure}")
        short = capitalised(say(f"regression.term_short.{found.measure}"))
        own = {key: None if row is None else row[key] for key in ("change", "low", "high")}
        rows.append({"label": short, "typical": found.typical, **own})
        typical = _change(view, found, found.typical)
        if row is None:
            items.append(say("regression.pace.item_missing", outcome=outcome, typical=typical))
            lines.append([capitalised(outcome), *[say("common.no_figure")] * 4, typical, ""])
            lines[-1][-1] = say("common.no_figure")
            continue
        low, high = view.language.interval(row["low"], row["high"], _unit(view, found))
        change = _change(view, found, row["change"])
        facts = {"outcome": outcome, "change": change, "low": low, "high": high}
        items.append(say("regression.pace.item", typical=typical, **facts))
        lines.append(
            [
                capitalised(outcome),
                view.language.span(row["first_year"], row["last_year"]),
                _change(view, found, row["observed"]),
                change,
                say("regression.chart.from_to", low=low, high=high),
                typical,
                say("regression.pace.rank_of", place=row["place"], n=len(found.table)),
            ]
        )
    first = next(iter(slopes.values()))
    picture = charts.pace_chart(
        pd.DataFrame(rows).astype({key: float for key in ("change", "low", "high")}),
        [found.table["observed"].to_numpy() for found in slopes.values()],
        name="pace",
        alt=say("regression.pace.alt", items=" ".join(items)),
        axis=say("regression.pace.axis", unit=view.language.name(_unit(view, first), "change")),
        scale=view.language.number,
    )
    columns = [Column(say("regression.pace.series")), Column(say("regression.pace.years"))] + [
        Column(say(f"regression.pace.{key}"), numeric=True)
        for key in ("observed", "change", "interval", "typical", "rank")
    ]
    known = any(own_row(view, found) is not None for found in slopes.values())
    caption = say("regression.pace.caption" if known else "regression.pace.caption_missing")
    table = html.table(columns, lines, say("regression.pace.heading"), titled=True)
    return html.figure(picture, caption, html.details(say("common.numbers"), table))
