"""Pictures of a handful of shapes, written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from workbench.charts.drawing import AHEAD, FAINT, OTHERS, OWN, PEERS, RANGE, TARGET, labelled

#: Width and height of a sparkline, and what is left free around its line, in pixels.
_SPARK, _TALL, _FREE = 150.0, 46.0, 5.0


def strip(
    value: float, low: float, median: float, high: float, target: float, *, name: str, alt: str
) -> str:
    """Return a thin line from the group's lowest to its highest figure with the own one on it.

    There may be no target (missing).
    """
    ends = [v for v in (value, low, high, target) if not pd.isna(v)]
    least, most = min(ends), max(ends)
    width = 150.0

    def at(v: float) -> float:
        return round(6 + (width - 12) * ((v - least) / (most - least) if most > least else 0.5), 1)

    shapes = [
        Markup('<path d="M{} 10H{}" stroke="{}" stroke-width="4" stroke-linecap="round"/>').format(
            at(low), at(high), FAINT
        ),
        Markup('<path d="M{} 4v12" stroke="{}" stroke-width="2"/>').format(at(median), PEERS),
    ]
    if not pd.isna(target):
        shapes.append(Markup('<path d="M{} 12l-4.5 7h9z" fill="{}"/>').format(at(target), TARGET))
    shapes.append(
        Markup('<circle cx="{}" cy="10" r="5" fill="{}" stroke="#fff"/>').format(at(value), OWN)
    )
    svg = Markup('<svg class="strip" viewBox="0 0 150 20" width="150" height="20">{}</svg>').format(
        Markup("").join(shapes)
    )
    return labelled(svg, name, alt)


def dots(
    value: float, others: Sequence[float], target: float, better: int, *, name: str, alt: str
) -> str:
    """Return a dot for each other municipality on a line, a diamond for the own, and the target.

    There may be no target (missing). The line ends in an arrow where figures are better: at the
    right (`better` is 1), at the left (-1) or at neither end (0).
    """
    known = [value, *others, *([] if pd.isna(target) else [target])]
    least, most = min(known), max(known)

    def at(v: float) -> float:
        return round(14 + 122 * ((v - least) / (most - least) if most > least else 0.5), 1)

    arrow = {1: "M145 6l4 4-4 4M149 10H14", -1: "M5 6l-4 4 4 4M1 10H136", 0: "M14 10H136"}
    line = Markup('<path d="{}" fill="none" stroke="{}"/>').format(arrow[better], OTHERS)
    dot = Markup('<circle cx="{}" cy="10" r="3" fill="{}" fill-opacity=".8"/>')
    shapes = [line, *(dot.format(at(v), OTHERS) for v in sorted(others))]
    if not pd.isna(target):
        tick = Markup('<path d="M{} 2v16" stroke="{}" stroke-width="2"/>')
        shapes.append(tick.format(at(target), TARGET))
    own = Markup('<path d="M{} 3l7 7-7 7-7-7z" fill="{}" stroke="#fff"/>')
    shapes.append(own.format(at(value), OWN))
    svg = Markup('<svg viewBox="0 0 150 20" width="150" height="20">{}</svg>')
    return labelled(svg.format(Markup("").join(shapes)), name, alt)


def sparkline(
    own: pd.DataFrame,
    target: float,
    ahead: Mapping[str, Sequence[float]] | None,
    *,
    name: str,
    alt: str,
) -> str:
    """Return a small line of a series with its projection and target, the years below its ends.

    Parameters
    ----------
    own : DataFrame
        year, value; ascending.
    target : float
        Missing where there is none.
    ahead : mapping of str to sequence of float, optional
        year, low, middle, high: from the newest figure to the projection.
    name, alt : str
        For the ids and the text alternative.
    """
    years, values = own["year"].tolist(), own["value"].tolist()
    beyond = dict(ahead or {})
    ends = [*values, *beyond.get("low", []), *beyond.get("high", [])]
    ends += [] if pd.isna(target) else [target]
    least, most = min(ends), max(ends)
    first, last = years[0], max([years[-1], *beyond.get("year", [])])
    high, wide = _TALL - 11 - 2 * _FREE, _SPARK - 2 * _FREE

    def at(year: float, value: float) -> str:
        along = (year - first) / (last - first) if last > first else 0.5
        up = (value - least) / (most - least) if most > least else 0.5
        return f"{_FREE + wide * along:.1f} {_FREE + high * (1 - up):.1f}"

    def line(points: Sequence[str], close: str = "") -> str:
        return f"M{'L'.join(points)}{close}"

    shapes = []
    if beyond:
        there = list(zip(beyond["year"], beyond["low"], beyond["high"], strict=True))
        fan = [at(year, low) for year, low, _ in there]
        fan += [at(year, top) for year, _, top in reversed(there)]
        shapes.append(Markup('<path d="{}" fill="{}"/>').format(line(fan, "z"), AHEAD))
        middle = [at(y, v) for y, v in zip(beyond["year"], beyond["middle"], strict=True)]
        dotted = Markup('<path d="{}" stroke="{}" stroke-dasharray="2 2" fill="none"/>')
        shapes.append(dotted.format(line(middle), OWN))
    if not pd.isna(target):
        level = Markup('<path d="{}" stroke="{}" stroke-dasharray="5 2"/>')
        shapes.append(level.format(line([at(first, target), at(last, target)]), TARGET))
    drawn = line([at(*figure) for figure in zip(years, values, strict=True)])
    shapes.append(
        Markup('<path d="{}" stroke="{}" stroke-width="2" fill="none"/>').format(drawn, OWN)
    )
    dot = Markup('<circle cx="{}" cy="{}" r="3" fill="{}"/>')
    shapes.append(dot.format(*at(years[-1], values[-1]).split(), OWN))
    below = Markup('<text x="{}" y="{:.0f}" fill="{}" text-anchor="{}">{}</text>')
    for year, x, anchor in ((first, 0, "start"), (last, _SPARK, "end")):
        shapes.append(below.format(f"{x:.0f}", _TALL - 1, PEERS, anchor, year))
    svg = Markup(
        '<svg viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" font-size="10">'
        "{2}</svg>"
    )
    return labelled(svg.format(_SPARK, _TALL, Markup("").join(shapes)), name, alt)


def key(items: Sequence[tuple[str, str]]) -> str:
    """Return the legend of the charts. `items` are pairs of a mark and its text."""
    line = Markup('<path d="M0 7h26" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>')
    dot = Markup('<circle cx="13" cy="7" r="3.5" fill="{}" stroke="{}"/>')
    marks = {
        "own": line.format(OWN, 2, "none") + dot.format(OWN, OWN),
        "before": line.format(OWN, 1, "3 3"),
        "ahead": Markup('<path d="M0 7L26 0v14z" fill="{}"/>').format(AHEAD)
        + line.format(OWN, 1, "1 3"),
        "preliminary": dot.format("#fff", OWN),
        "median": line.format(PEERS, 1, "none"),
        "range": Markup('<path d="M0 0h26v14h-26z" fill="{}"/>').format(RANGE),
        "target": line.format(TARGET, 1.5, "7 3"),
    }
    item = Markup('<li><svg aria-hidden="true" width="26" height="14">{}</svg> {}</li>')
    return "".join(item.format(marks[mark], text) for mark, text in items)
