"""Emissions of each sector on one scale, and the path from today's emissions to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from workbench.charts.drawing import (
    AHEAD,
    FAINT,
    INK,
    OWN,
    PEERS,
    TARGET,
    Scale,
    drawing,
    labelled,
    scale_left,
    svg_of,
    write,
    years_below,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a panel of `sectors_chart`, and of the plot in it.
_PANEL, _PLOT = (168, 112), (112, 54)


@dataclass(frozen=True)
class Panel:
    """A sector: its name, what is said under it, its years and values, and the last as written."""

    name: str
    said: str
    years: Sequence[int]
    values: Sequence[float]
    last: str


def sectors_chart(panels: Sequence[Panel], *, name: str, alt: str) -> str:
    """Return a line per sector, each in a panel of its own, two beside each other.

    All panels have the same scale, from zero to the highest value of any of them.
    """
    top = max(max(panel.values) for panel in panels)
    years = [year for panel in panels for year in panel.years]
    span = min(years), max(years)
    shapes = Markup("").join(
        Markup('<g transform="translate({} {})">{}</g>').format(
            at % 2 * (_PANEL[0] + 4), at // 2 * _PANEL[1], _panel(panel, top, span)
        )
        for at, panel in enumerate(panels)
    )
    width, height = 2 * _PANEL[0] + 4, -(-len(panels) // 2) * _PANEL[1]
    svg = Markup('<svg viewBox="0 0 {} {}" width="{}" height="{}" fill="{}">{}</svg>').format(
        width, height, round(1.4 * width), round(1.4 * height), INK, shapes
    )
    return labelled(svg, name, alt)


def _panel(panel: Panel, top: float, span: tuple[int, int]) -> Markup:
    (wide, high), floor = _PLOT, 38 + _PLOT[1]

    def place(year: float, value: float) -> tuple[float, float]:
        x = 4 + (wide - 4) * (year - span[0]) / max(span[1] - span[0], 1)
        return round(x, 1), round(floor - high * value / top, 1)

    points = [place(*pair) for pair in zip(panel.years, panel.values, strict=True)]
    (x, y), first = points[-1], points[0]
    line = "L".join(f"{a} {b}" for a, b in points)
    dot = Markup('<circle cx="{}" cy="{}" r="3" fill="{}"/>')
    year = Markup('<text x="{}" y="{}" font-size="10" fill="{}" text-anchor="{}">{}</text>')
    return Markup("").join(
        [
            Markup('<text y="12" font-size="12" font-weight="bold">{}</text>').format(panel.name),
            Markup('<text y="26" font-size="11">{}</text>').format(panel.said),
            Markup('<path d="M0 {}H{}" stroke="{}"/>').format(floor, wide + 4, FAINT),
            Markup('<path d="M{}" fill="none" stroke="{}" stroke-width="2"/>').format(line, OWN),
            dot.format(*first, OWN),
            dot.format(x, y, OWN),
            Markup(
                '<text x="{}" y="{}" font-size="11" font-weight="bold" fill="{}">{}</text>'
            ).format(x + 6, min(y + 4, floor), OWN, panel.last),
            year.format(0, floor + 13, PEERS, "start", panel.years[0]),
            year.format(x, floor + 13, PEERS, "middle", panel.years[-1]),
        ]
    )


def path_chart(
    own: pd.DataFrame,
    ahead: pd.DataFrame,
    labels: dict[str, str],
    *,
    name: str,
    alt: str,
    scale: Scale,
) -> str:
    """Return the emissions so far, the path to the target, the same pace, and the projection.

    Parameters
    ----------
    own : DataFrame
        year, value, status; ascending.
    ahead : DataFrame
        year, path, same_pace, low, middle, high; from the newest figure on. Columns without
        values are not drawn.
    labels : dict of str to str
        What is written at the end of 'path', 'same_pace' and 'middle'.
    name, alt : str
        For the ids and the text alternative.
    """
    lines = {
        "path": (TARGET, (0, (5, 2)), 1.6),
        "same_pace": (PEERS, (0, (3, 1.5, 1, 1.5)), 1.4),
        "middle": (OWN, (0, (1, 2)), 1.2),
    }
    with drawing(4.4, 2.7) as (figure, axes):
        fan = ahead.dropna(subset=["low", "high"])
        axes.fill_between(fan["year"], fan["low"], fan["high"], color=AHEAD, linewidth=0)
        axes.plot(own["year"], own["value"], color=OWN, linewidth=2)
        early = own["status"].notna()
        axes.plot(own["year"], own["value"], "o", color=OWN, markersize=4, markeredgewidth=0)
        axes.plot(
            own["year"][early],
            own["value"][early],
            "o",
            color=OWN,
            markersize=4.5,
            markerfacecolor="white",
        )
        ends = {}
        for key, (colour, dashes, width) in lines.items():
            drawn = ahead.dropna(subset=[key])
            if len(drawn) > 1:
                axes.plot(
                    drawn["year"], drawn[key], color=colour, linestyle=dashes, linewidth=width
                )
                ends[key] = (float(drawn[key].iloc[-1]), colour)
        end = int(ahead["year"].max())
        if "path" in ends:
            axes.plot([end], [ends["path"][0]], "D", color=TARGET, markersize=6, clip_on=False)
        years_below(axes, int(own["year"].min()), end)
        axes.set_ylim(0, 1.12 * max(own["value"].max(), fan["high"].max(), *_values(ends)))
        _write_ends(axes, end, ends, labels)
        scale_left(axes, scale)
        return labelled(svg_of(figure), name, alt)


def _values(ends: dict[str, tuple[float, str]]) -> list[float]:
    return [value for value, _ in ends.values()] or [0.0]


def _write_ends(
    axes: Axes, year: int, ends: dict[str, tuple[float, str]], labels: dict[str, str]
) -> None:
    """Write each label beside the end of its line, moved up where it would lie on another."""
    room = 0.11 * axes.get_ylim()[1]
    least = 0.0
    for key, (value, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        height = max(value, least)
        at, how = (year, height), {"color": colour, "annotation_clip": False}
        write(axes, labels[key], at, (8, 0), True, va="center", **how)
        least = height + room
