"""All municipalities on one measure: how they spread, and how they do by county."""

from __future__ import annotations

import warnings

import pandas as pd

from workbench.charts.drawing import (
    INK,
    OTHERS,
    OWN,
    PEERS,
    RANGE,
    Scale,
    cut,
    drawing,
    labelled,
    scale_below,
    svg_of,
    write,
)


def spread_chart(
    values: pd.Series,
    own: float,
    *,
    own_label: str,
    middle_label: str,
    count_label: str,
    name: str,
    alt: str,
    scale: Scale,
) -> str:
    """Return how many municipalities have which figure, with the own one and the middle marked."""
    import seaborn as sns

    with drawing(5.6, 2.5) as (figure, axes):
        sns.histplot(x=values, bins=30, color=OTHERS, edgecolor="white", alpha=1, ax=axes)
        middle = float(values.median())
        top = axes.get_ylim()[1]
        axes.set_ylim(0, top * 1.25)
        marks = [(middle, middle_label, PEERS, "--", 1.1)]
        if pd.notna(own):
            marks.append((own, own_label, OWN, "-", 1.2))
        for x, text, colour, line, height in marks:
            axes.plot([x, x], [0, top * height], color=colour, linestyle=line, linewidth=2)
            right = x > sum(axes.get_xlim()) / 2
            at, away, ha = (x, top * height), (-5 if right else 5, 0), "right" if right else "left"
            write(axes, text, at, away, x == own, ha=ha, va="center", color=colour)
        axes.set(xlabel="", ylabel=count_label)
        axes.locator_params(axis="y", nbins=4, integer=True)
        scale_below(axes, scale)
        return labelled(svg_of(figure), name, alt)


def boxes_chart(
    rows: pd.DataFrame, own: pd.Series, *, own_label: str, name: str, alt: str, scale: Scale
) -> str:
    """Return a box per group: half of its members in it, all but outliers between the ends.

    Parameters
    ----------
    rows : DataFrame
        group, value; groups are drawn in the order in which they come.
    own : Series
        group and value of the one to mark; empty for none.
    """
    import seaborn as sns
    from matplotlib import MatplotlibDeprecationWarning

    groups = list(dict.fromkeys(rows["group"]))
    with drawing(5.6, 0.6 + 0.27 * len(groups)) as (figure, axes):
        with warnings.catch_warnings():
            # seaborn 0.13 asks for a direction by a word that matplotlib 3.11 calls old.
            warnings.simplefilter("ignore", MatplotlibDeprecationWarning)
            sns.boxplot(
                rows,
                x="value",
                y="group",
                order=groups,
                color=RANGE,
                linecolor=PEERS,
                linewidth=1,
                width=0.66,
                fliersize=2.5,
                flierprops={"marker": "o", "markerfacecolor": OTHERS, "markeredgecolor": OTHERS},
                medianprops={"color": INK, "linewidth": 1.8},
                ax=axes,
            )
        if len(own):
            at = groups.index(own["group"])
            axes.plot([own["value"]], [at], "D", color=OWN, markersize=6.5)
            place = own["value"], at
            write(axes, cut(own_label, 24), place, (7, 0), True, va="center", color=OWN)
        axes.set(xlabel="", ylabel="")
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        scale_below(axes, scale)
        return labelled(svg_of(figure), name, alt)


def moves_chart(rows: pd.DataFrame, *, name: str, alt: str, axis: str, scale: Scale) -> str:
    """Return a bar per row from zero to how far it moved; `rows` has label and step."""
    import seaborn as sns

    with drawing(5.6, 0.8 + 0.27 * len(rows)) as (figure, axes):
        sns.barplot(rows, x="step", y="label", color=OWN, saturation=1, width=0.6, ax=axes)
        axes.set_yticks(range(len(rows)), [cut(label, 38) for label in rows["label"]])
        axes.axvline(0, color=PEERS, linewidth=1)
        axes.set(xlabel=axis, ylabel="")
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        scale_below(axes, scale)
        return labelled(svg_of(figure), name, alt)
