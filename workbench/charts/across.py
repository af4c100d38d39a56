"""What a regression across municipalities shows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import escape

from workbench.charts.drawing import (
    FAINT,
    OTHERS,
    OWN,
    PEERS,
    RANGE,
    TARGET,
    Scale,
    cut,
    drawing,
    labelled,
    scale_below,
    scale_left,
    svg_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def effects_chart(
    rows: pd.DataFrame,
    *,
    name: str,
    alt: str,
    axis: str,
    legend: Sequence[str],
    scale: Scale,
) -> str:
    """Return the effects of two models side by side, each with its interval.

    `rows` has label, effect, effect_low, effect_high and, of the second model, second, second_low,
    second_high. `legend` names the two.
    """
    with drawing(5.0, 0.9 + 0.5 * len(rows)) as (figure, axes):
        at = np.arange(len(rows))[::-1]
        axes.axvline(0, color=PEERS, linewidth=1)
        for shift, key, colour, mark, text in (
            (0.13, "effect", OWN, "o", legend[0]),
            (-0.17, "second", TARGET, "s", legend[1]),
        ):
            axes.hlines(
                at + shift, rows[f"{key}_low"], rows[f"{key}_high"], color=colour, linewidth=2
            )
            axes.plot(rows[key], at + shift, mark, color=colour, markersize=6, label=text)
        axes.set_yticks(at, list(rows["label"]))
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(visible=False)
        axes.set_xlabel(axis)
        scale_below(axes, scale)
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0
        )
        return labelled(svg_of(figure), name, alt)


#: Of more municipalities than this some are left out: dots would hide each other, and each takes
#: its place in the page.
MOST_DOTS = 500

#: Of whom a mark is, with what it looks like; the last ones are drawn on top.
_MARKS = {
    "others": (OTHERS, '<circle cx="{x}" cy="{y}" r="1.7"/>'),
    "peers": (PEERS, '<path d="M{x} {y}m-2.4-2.4h4.8v4.8h-4.8z"/>'),
    "own": (OWN, '<path d="M{x} {y}m0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5z"/>'),
}

#: Width of a bold letter on average in the widest of the usual fonts, and half the height of the
#: own mark with the gap above it, in pixels.
_LETTER, _ABOVE = 5.6, 7


@dataclass(frozen=True)
class BaseLayer:
    """A picture without the marks of municipalities, and where those go."""

    svg: str
    at: np.ndarray  #: of shape (points, 2), from the top left, in pixels
    step: float  #: pixels that a unit along the bottom takes, where it takes the same everywhere


def partial_base(
    points: pd.DataFrame,
    slope: float,
    *,
    x_label: str,
    y_label: str,
    scale: Scale,
    log: bool = False,
    slopes: Sequence[float] = (),
) -> BaseLayer:
    """Return an outcome less what other terms account for, against one term: axes and slope.

    It is the same for all municipalities, whose marks `partial_chart` adds. `points` has x and y.
    `slopes` are the ends of the slope's interval, drawn as an area; none where there is no
    interval. With `log` x is a logarithm, and the scale shows what it is of.
    """
    with drawing(5.0, 3.3) as (figure, axes):
        ends = np.array([points["x"].min(), points["x"].max()])
        middle = points[["x", "y"]].mean()
        # All lines cross where the means are, and are straight on either scale.
        along = np.array([ends[0], middle["x"], ends[1]])
        lines = [middle["y"] + each * (along - middle["x"]) for each in (slope, *slopes)]
        x = np.exp(along) if log else along
        if slopes:
            around = np.concatenate([lines[1], lines[2][::-1]])
            axes.fill([*x, *x[::-1]], around, color=RANGE, linewidth=0)
        axes.plot(x[[0, 2]], lines[0][[0, 2]], color=PEERS, linewidth=1.2)
        places = np.column_stack([np.exp(points["x"]) if log else points["x"], points["y"]])
        axes.update_datalim(places)
        axes.autoscale_view()
        if log:
            axes.set_xscale("log")
            axes.minorticks_off()
            axes.xaxis.set_major_formatter(lambda tick, _: scale(tick, 0 if tick >= 1 else 2))
        else:
            scale_below(axes, scale)
        scale_left(axes, scale)
        axes.set_xlabel(textwrap.fill(x_label, 64))
        # Beside the chart there is room for so much, in the widest of the usual fonts.
        axes.set_ylabel(textwrap.fill(y_label, 40))
        return _base_layer(svg_of(figure), figure, axes, places)


def partial_chart(
    base: BaseLayer, who: Sequence[str], *, name: str, alt: str, own_label: str
) -> str:
    """Return a picture of `partial_base` with a mark for each municipality.

    `who` says of each point whose it is: 'own', 'peers' or 'others'. Of more than `MOST_DOTS` some
    of the others are left out, evenly along x; the line is that of all.
    """
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', base.svg)[0])
    drawn = _some(pd.DataFrame({"x": base.at[:, 0], "y": base.at[:, 1], "who": list(who)}))
    marks = []
    for kind, (colour, mark) in _MARKS.items():
        part = drawn.loc[drawn["who"] == kind, ["x", "y"]].itertuples(index=False)
        shapes = "".join(mark.format(x=f"{x:g}", y=f"{y:g}") for x, y in part)
        marks.append(f'<g class="dots" fill="{colour}">{shapes}</g>' if shapes else "")
    label = escape(cut(own_label, 32))
    half = len(label) * _LETTER / 2
    for x, y in drawn.loc[drawn["who"] == "own", ["x", "y"]].itertuples(index=False):
        middle = min(max(x, half), width - half)
        # Below the mark where there is no room above it.
        beside = y - _ABOVE if y > 3 * _ABOVE else y + 2 * _ABOVE
        style = f'font-weight:bold;text-anchor:middle" fill="{OWN}'
        marks.append(f'<text style="{style}" x="{middle:g}" y="{beside:g}">{label}</text>')
    svg = base.svg.removesuffix("</svg>") + "".join(marks) + "</svg>"
    return labelled(svg, name, alt)


def _some(points: pd.DataFrame) -> pd.DataFrame:
    """Return at most `MOST_DOTS` points: the own one, the peers where they are few, others."""
    if len(points) <= MOST_DOTS:
        return points
    ordered = points.sort_values("x", kind="stable")
    sure = ordered["who"] == "own"
    if (peers := ordered["who"] == "peers").sum() <= MOST_DOTS // 2:
        sure |= peers
    every = np.linspace(0, (~sure).sum() - 1, MOST_DOTS - int(sure.sum())).round().astype(int)
    return pd.concat([ordered[~sure].iloc[every], ordered[sure]])


def pace_base(
    rows: pd.DataFrame,
    others: Sequence[pd.DataFrame],
    *,
    axis: str,
    scale: Scale,
) -> BaseLayer:
    """Return yearly changes of all municipalities, a row per series, and the typical one.

    It is the same for all municipalities, whose marks `pace_chart` adds. `rows` has label and
    typical; `others`, a table per row, observed, low and high of all municipalities. ``at`` of what
    is returned has the place of zero in each row.
    """
    with drawing(5.0, 0.6 + 0.55 * len(rows)) as (figure, axes):
        at = np.arange(len(rows))[::-1]
        seen = [table["observed"].to_numpy() for table in others]
        reach = max((np.abs(values).max(initial=0) for values in seen), default=1) or 1
        for y, values in zip(at, seen, strict=True):
            # A mark every half point of the picture at most.
            apart = np.unique(np.round(values / reach * 400)) * reach / 400
            x = np.repeat(apart, 3)
            x[2::3] = np.nan
            axes.plot(x, np.tile([y - 0.2, y + 0.2, y], len(apart)), color=FAINT, linewidth=0.8)
        axes.vlines(
            rows["typical"], at - 0.32, at + 0.32, color=PEERS, linewidth=1.5, linestyle=(0, (3, 2))
        )
        # There is room for the interval of each municipality.
        ends = pd.concat([table[["low", "high"]] for table in others]).to_numpy().ravel()
        axes.update_datalim(np.column_stack([ends, np.zeros(len(ends))]))
        axes.autoscale_view()
        axes.set_yticks(at, list(rows["label"]))
        axes.set_ylim(-0.5, len(rows) - 0.5)
        axes.grid(visible=False)
        axes.set_xlabel(axis)
        scale_below(axes, scale)
        places = np.column_stack([np.zeros(len(at)), at])
        return _base_layer(svg_of(figure), figure, axes, places)


def pace_chart(base: BaseLayer, own: pd.DataFrame, *, name: str, alt: str) -> str:
    """Return a picture of `pace_base` with the own change and its interval.

    `own` has change, low and high in the order of the rows; missing where there is none.
    """
    marks = []
    for (zero, y), row in zip(base.at, own.itertuples(index=False), strict=True):
        if not pd.isna(row.change):
            low, high, x = (zero + base.step * v for v in (row.low, row.high, row.change))
            marks.append(f'<path d="M{low:.1f} {y:.1f}H{high:.1f}" stroke="{OWN}"')
            marks.append(f' stroke-width="2.5"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    group = f'<g class="dots" fill="{OWN}">{"".join(marks)}</g>' if marks else ""
    return labelled(base.svg.removesuffix("</svg>") + group + "</svg>", name, alt)


def _base_layer(svg: str, figure: Figure, axes: Axes, places: np.ndarray) -> BaseLayer:
    at = axes.transData.transform(places)
    step = axes.bbox.width / np.ptp(axes.get_xlim())
    return BaseLayer(svg, np.column_stack([at[:, 0], figure.bbox.height - at[:, 1]]).round(1), step)
