"""Pictures of a handful of shapes, written out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from workbench.charts.drawing import AHEAD, FAINT, OWN, PEERS, RANGE, TARGET, labelled


def strip(
    value: float,
    low: float,
    median: float,
    high: float,
    target: float,
    *,
    name: str,
    alt: str,
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
