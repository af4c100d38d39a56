"""What a notebook shows of an object by itself: a short table, with small charts in it.

For analysts, in English and by the names of columns, as the plain representations are; names and
numbers in the reader's language. Colours are those of whatever page it stands in, light or dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

if TYPE_CHECKING:
    from workbench.analysis.regression.model import Regression
    from workbench.analysis.regression.slopes import Slopes
    from workbench.briefs.view import View
    from workbench.dataset import Dataset
    from workbench.lab.run_brief import Brief
    from workbench.lab.strip import Still

#: Width and height of a small chart, and the room that its dots need (px).
_WIDTH, _HEIGHT, _ROOM = 110, 20, 3

#: How many municipalities stand at each end of a table of them.
_ENDS = 5


def sparkline(parts: Sequence[pd.Series], alt: str, aim: float | None = None) -> Markup:
    """Return figures by year as a line of a few pixels, ending in a dot.

    Parameters
    ----------
    parts : sequence of Series
        Values by year; the line is broken between two of them.
    alt : str
        What it shows, in words.
    aim : float, optional
        A value that is drawn as a dashed line across.
    """
    whole = pd.concat(list(parts)).astype(float)
    levels = [*whole, *([] if aim is None else [aim])]
    (first, last), (low, high) = (whole.index.min(), whole.index.max()), (min(levels), max(levels))

    def across(year: float) -> str:
        return _px((year - first) / (last - first or 1) * (_WIDTH - 2 * _ROOM) + _ROOM)

    def down(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return _px((1 - share) * (_HEIGHT - 2 * _ROOM) + _ROOM)

    line = Markup('<polyline points="{}" fill="none" stroke="currentColor" stroke-width="1.2"/>')
    points = [" ".join(f"{across(y)},{down(v)}" for y, v in part.items()) for part in parts]
    drawn = [line.format(text) for text in points]
    if aim is not None:
        dashed = '<path d="M0 {}H{}" stroke="currentColor" stroke-dasharray="2 3" opacity=".7"/>'
        drawn.append(Markup(dashed).format(down(aim), _WIDTH))
    dot = Markup('<circle cx="{}" cy="{}" r="2" fill="currentColor"/>')
    drawn.append(dot.format(across(last), down(whole.loc[last])))
    return _svg(alt, drawn)


def dataset(data: Dataset) -> str:
    """Return facts about all figures, and how many there are of each year."""
    counts = data.observations.groupby("year").size()
    rows: list[list[str | Markup]] = [[*line.split(": ", 1)] for line in repr(data).splitlines()]
    if len(counts):
        said = f"{counts.index[0]}: {counts.iloc[0]:,}; {counts.index[-1]}: {counts.iloc[-1]:,}"
        most = f"most in {counts.idxmax()}: {counts.max():,}"
        chart = sparkline([counts], f"Figures by year. {said}; {most}.")
        rows.append(["Figures by year", chart])
    return _table("Dataset", [], rows)


def view(place: View) -> str:
    """Return the assessment of a municipality: a row a measure, with its figures as a small chart.

    The headers are columns of `View.assessed`, whose other columns hold the rest.
    """
    rows = [_assessed(place, row) for row in place.assessed.to_dict("records")]
    heads = ["measure", "figures", "last", "outcome, reading", "peers_median", "target", "verdict"]
    return _table(repr(place), heads, rows)


def still(strip: Still) -> str:
    """Return the view of a brief that has no controls."""
    return view(strip.view)


def _assessed(place: View, row: dict[Any, Any]) -> list[str | Markup]:
    language, unit = place.language, place.unit(row["unit"])

    def amount(value: float) -> str:
        return "" if pd.isna(value) else language.amount(value, unit)

    own = place.own(row["measure"]).set_index("year")["value"]
    broken = row["broken_at"]
    parts = [own] if pd.isna(broken) else [own.loc[: broken - 1], own.loc[broken:]]
    ends = f"{own.index[0]}: {amount(own.iloc[0])}; {own.index[-1]}: {amount(own.iloc[-1])}"
    aim = None if pd.isna(row["target"]) else float(row["target"])
    by = "" if pd.isna(row["target_year"]) else f"{row['target_year']:.0f}"
    target = "" if aim is None else ", ".join(word for word in (amount(aim), by) if word)
    moves = [row["outcome"], "" if pd.isna(row["reading"]) else row["reading"]]
    chance = "" if pd.isna(row["chance"]) else f" ({row['chance']:.0%})"
    return [
        Markup("{}<br><code>{}</code>").format(language.name(row), row["measure"]),
        sparkline([part for part in parts if len(part)], ends, aim),
        f"{amount(row['last'])}, {row['last_year']:.0f}",
        ", ".join(word for word in moves if word),
        amount(row["peers_median"]),
        target,
        f"{row['verdict']}{chance}",
    ]


def brief(made: Brief) -> str:
    """Return what a brief says in short, and where it lies."""
    rows: list[list[str | Markup]] = [["In short", _paragraphs(made.answer)]]
    rows.append(["File", Markup("<code>{}</code>").format(str(made.path))])
    rows.append(["Size", f"{Path(made.path).stat().st_size / 1000:,.0f} kB"])
    return _table(made.title, [], rows)


def _paragraphs(said: Sequence[str]) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in said)


def regression(model: Regression) -> str:
    """Return the terms of a model, each with its interval drawn, and its reading."""
    ends = model.terms[["effect_low", "effect_high"]].to_numpy()
    reach = float(np.nanmax(np.abs(ends), initial=0)) or 1.0
    rows: list[list[str | Markup]] = [
        [
            row.term,
            f"{row.coefficient:.4g}",
            "" if row.alone else f"{row.low:.4g} to {row.high:.4g}",
            "" if row.alone else f"{row.p:.3f}" if row.p >= 0.001 else "< 0.001",
            f"{row.vif:.1f}",
            "" if row.alone else _interval(row.effect_low, row.effect, row.effect_high, reach),
        ]
        for row in model.terms.itertuples()
    ]
    heads = ["term", "coefficient", "95 % interval", "p", "vif", "effect"]
    about = (
        f"{model.formula}: {model.municipalities} municipalities, {model.n} figures, "
        f"{model.effects} effects, {model.errors} errors, R² {model.r2:.3f}, "
        f"within R² {model.within_r2:.3f}, condition {model.condition:.1f}"
    )
    said = Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence in model.reading)
    return _table(about, heads, rows) + str(Markup("<ul>{}</ul>").format(said))


def _interval(low: float, middle: float, high: float, reach: float) -> Markup:
    """Return an effect with its interval, drawn beside zero."""
    said = f"{middle:.3g} ({low:.3g} to {high:.3g}) between the quartiles"

    def across(value: float) -> str:
        return _px((value / reach + 1) / 2 * (_WIDTH - 2 * _ROOM) + _ROOM)

    line = '<path d="M{} {}V{}" stroke="currentColor" opacity=".5"/>'
    zero = Markup(line).format(across(0), 0, _HEIGHT)
    bar = Markup('<path d="M{} {}H{}" stroke="currentColor" stroke-width="2"/>')
    dot = Markup('<circle cx="{}" cy="{}" r="3" fill="currentColor"/>')
    half = _px(_HEIGHT / 2)
    parts = [zero, bar.format(across(low), half, across(high)), dot.format(across(middle), half)]
    return _svg(said, parts)


def slopes(model: Slopes) -> str:
    """Return the municipalities that change most, up and down, with their intervals."""
    ordered = model.table.sort_values("place", kind="stable")
    shown = ordered
    if len(ordered) > 2 * _ENDS:
        shown = pd.concat([ordered.head(_ENDS), ordered.tail(_ENDS)])
    rows: list[list[str | Markup]] = [
        [
            f"{row.place}",
            row.municipality,
            f"{row.change:+.3g}",
            f"{row.low:+.3g} to {row.high:+.3g}",
            row.pace,
        ]
        for row in shown.itertuples()
    ]
    return _table(repr(model), ["place", "municipality", "change", "95 % interval", "pace"], rows)


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _svg(alt: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(alt, _WIDTH, _HEIGHT, _WIDTH, _HEIGHT, Markup("").join(parts))


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str | Markup]]) -> str:
    """Return a table; a row's first cell heads it."""
    left = ' style="text-align:left"'
    # Facts are texts, which may be long.
    close = ' style="text-align:left;white-space:nowrap"'
    cell = Markup(f"<td{close if heads else left}>{{}}</td>")
    head = Markup("").join(Markup(f'<th scope="col"{left}>{{}}</th>').format(h) for h in heads)
    head = Markup("<thead><tr>{}</tr></thead>").format(head) if heads else Markup("")
    body = Markup("").join(
        Markup(f'<tr><th scope="row"{left}>{{}}</th>{{}}</tr>').format(
            row[0], Markup("").join(cell.format(text) for text in row[1:])
        )
        for row in rows
    )
    said = Markup(f"<caption{left}>{{}}</caption>").format(caption)
    return str(Markup("<table>{}{}<tbody>{}</tbody></table>").format(said, head, body))
