"""What a regression across municipalities shows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

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
    write,
)


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

#: Colour, size and shape of municipalities, the last ones drawn on top.
_MARKS = {"others": (OTHERS, 12, "o"), "peers": (PEERS, 24, "s"), "own": (OWN, 60, "D")}


def partial_chart(
    points: pd.DataFrame,
    slope: float,
    *,
    name: str,
    alt: str,
    x_label: str,
    y_label: str,
    own_label: str,
    scale: Scale,
    log: bool = False,
    slopes: Sequence[float] = (),
) -> str:
    """Return an outcome less what other terms account for, against one term, with its slope.

    `points` has x, y and who ('own', 'peers', 'others'). `slopes` are the ends of the slope's
    interval, drawn as an area; none where there is no interval. With `log` x is a logarithm, and
    the scale shows what it is of. Of more than `MOST_DOTS` some of the others are left out, evenly
    along x; the line is that of all.
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
        drawn = _some(points)
        drawn = drawn.assign(x=np.exp(drawn["x"]) if log else drawn["x"])
        for who, (colour, size, marker) in _MARKS.items():
            part = drawn[drawn["who"] == who]
            axes.scatter(part["x"], part["y"], s=size, c=colour, marker=marker, linewidths=0)
        for x, y in drawn.loc[drawn["who"] == "own", ["x", "y"]].itertuples(index=False):
            write(axes, cut(own_label, 32), (x, y), (0, 7), True, color=OWN, ha="center")
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
        return labelled(svg_of(figure), name, alt)


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


def pace_chart(
    rows: pd.DataFrame,
    others: Sequence[np.ndarray],
    *,
    name: str,
    alt: str,
    axis: str,
    scale: Scale,
) -> str:
    """Return yearly changes, a row per series: all municipalities, the typical and the own one.

    `rows` has label, typical, change, low, high (missing where the municipality has none);
    `others` the observed changes of all municipalities, an array per row.
    """
    with drawing(5.0, 0.6 + 0.55 * len(rows)) as (figure, axes):
        at = np.arange(len(rows))[::-1]
        reach = max((np.abs(values).max(initial=0) for values in others), default=1) or 1
        for y, values in zip(at, others, strict=True):
            # A mark every half point of the picture at most.
            apart = np.unique(np.round(values / reach * 400)) * reach / 400
            x = np.repeat(apart, 3)
            x[2::3] = np.nan
            axes.plot(x, np.tile([y - 0.2, y + 0.2, y], len(apart)), color=FAINT, linewidth=0.8)
        axes.vlines(
            rows["typical"], at - 0.32, at + 0.32, color=PEERS, linewidth=1.5, linestyle=(0, (3, 2))
        )
        axes.hlines(at, rows["low"], rows["high"], color=OWN, linewidth=2.5)
        axes.plot(rows["change"], at, "o", color=OWN, markersize=5)
        axes.set_yticks(at, list(rows["label"]))
        axes.set_ylim(-0.5, len(rows) - 0.5)
        axes.grid(visible=False)
        axes.set_xlabel(axis)
        scale_below(axes, scale)
        return labelled(svg_of(figure), name, alt)
