"""The end of the brief: whether this municipality changes faster or slower than others."""

from __future__ import annotations

import pandas as pd

from workbench import charts, html
from workbench.html import Column, Html
from workbench.language import Row, capitalised
from workbench.regression.slopes import Slopes
from workbench.views import View


def section(view: View, slopes: dict[str, Slopes]) -> Html:
    """Return the yearly change of each outcome beside the other municipalities."""
    return html.join(
        html.heading(view.say("across.pace.heading")),
        html.paragraph(view.say("across.pace.lead")),
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
    outcome = view.say(f"across.term.{slopes.measure}")
    return view.say(f"across.pace.{kind(row, slopes.typical)}", outcome=outcome)


def _unit(view: View, slopes: Slopes) -> Row:
    return view.unit(view.measure(slopes.measure)["unit"])


def _change(view: View, slopes: Slopes, value: float) -> str:
    # A typical pace may be near nought: what the ranges beside it do not tell is no digit of it.
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
                "across.pace.detail",
                first_year=row["first_year"],
                last_year=row["last_year"],
                observed=_change(view, slopes, row["observed"]),
                typical=_change(view, slopes, slopes.typical),
                low=low,
                high=f"{high}\N{NO-BREAK SPACE}{view.language.name(unit, 'change')}",
            )
        )
        if row["pace"] != "alike":
            said.append(say("across.pace.place", place=row["place"], n=len(slopes.table)))
    apart = int((slopes.table["pace"] != "alike").sum())
    key = "some" if apart else "all_alike"
    return [*said, say(f"across.pace.{key}", count=apart, n=len(slopes.table))]


def _figure(view: View, slopes: dict[str, Slopes]) -> Html:
    say = view.say
    rows, items, lines = [], [], []
    for found in slopes.values():
        row, outcome = own_row(view, found), say(f"across.term.{found.measure}")
        short = capitalised(say(f"across.term_short.{found.measure}"))
        own = {key: None if row is None else row[key] for key in ("change", "low", "high")}
        rows.append({"label": short, "typical": found.typical, **own})
        typical = _change(view, found, found.typical)
        if row is None:
            items.append(say("across.pace.item_missing", outcome=outcome, typical=typical))
            lines.append([capitalised(outcome), *[say("common.no_figure")] * 4, typical, ""])
            lines[-1][-1] = say("common.no_figure")
            continue
        low, high = view.language.interval(row["low"], row["high"], _unit(view, found))
        change = _change(view, found, row["change"])
        facts = {"outcome": outcome, "change": change, "low": low, "high": high}
        items.append(say("across.pace.item", typical=typical, **facts))
        lines.append(
            [
                capitalised(outcome),
                view.language.span(row["first_year"], row["last_year"]),
                _change(view, found, row["observed"]),
                change,
                say("across.chart.from_to", low=low, high=high),
                typical,
                say("across.pace.rank_of", place=row["place"], n=len(found.table)),
            ]
        )
    first = next(iter(slopes.values()))
    picture = charts.pace_chart(
        pd.DataFrame(rows).astype({key: float for key in ("change", "low", "high")}),
        [found.table["observed"].to_numpy() for found in slopes.values()],
        name="pace",
        alt=say("across.pace.alt", items=" ".join(items)),
        axis=say("across.pace.axis", unit=view.language.name(_unit(view, first), "change")),
        scale=view.language.number,
    )
    columns = [Column(say("across.pace.series")), Column(say("across.pace.years"))] + [
        Column(say(f"across.pace.{key}"), numeric=True)
        for key in ("observed", "change", "interval", "typical", "rank")
    ]
    known = any(own_row(view, found) is not None for found in slopes.values())
    caption = say("across.pace.caption" if known else "across.pace.caption_missing")
    table = html.table(columns, lines, say("across.pace.heading"), titled=True)
    return html.figure(picture, caption, html.details(say("common.numbers"), table))
