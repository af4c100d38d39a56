"""Tables as shaded cells with their numbers: correlations, and municipalities side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.drawing import OWN, TARGET, Scale, cut, drawing, labelled, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Cells have the same colours on a dark page; what is written in them is dark or light for those.
_MIDDLE, _DARK, _LIGHT = "#f3f4f5", "#010101", "#fefefe"

#: The luminance on which both have the same contrast (WCAG 2: (L1 + 0.05) / (L2 + 0.05)), 4.5.
_EVEN = 0.179


def matrix_chart(
    table: pd.DataFrame, labels: Sequence[str], *, name: str, alt: str, scale: Scale
) -> str:
    """Return correlations as a triangle of shaded cells with their numbers; measures are numbered.

    `table` is square; rows and columns are in the order of `labels`.
    """
    many = len(labels)
    numbers = [str(at + 1) for at in range(many)]
    written = table.map(lambda value: scale(value, 2))
    named = [f"{cut(each, 40)} ({at})" for each, at in zip(labels, numbers, strict=True)]
    with drawing(5.8, 0.7 + 0.36 * many) as (figure, axes):
        upper = np.triu(np.ones((many, many), dtype=bool))
        _shade(axes, table, written, numbers, named, (-1, 1), upper)
        return labelled(svg_of(figure), name, alt)


def places_chart(places: pd.DataFrame, written: pd.DataFrame, *, name: str, alt: str) -> str:
    """Return municipalities beside each other: a row per series, shaded by place.

    Parameters
    ----------
    places : DataFrame of float
        Tenths from 1, the best, to 10; missing where nothing can be compared. Its index and
        columns are what is written beside and above; the first column stands out.
    written : DataFrame of str
        What stands in the cells.
    """
    columns = [cut(each, 16) for each in places.columns]
    with drawing(7.6, 1.0 + 0.4 * len(places)) as (figure, axes):
        # Blue is good on all pages, so the best tenth is at the upper end.
        blank = [""] * len(places)
        _shade(axes, 5.5 - places, written, columns, blank, (-5.5, 5.5), places.isna().to_numpy())
        # A label of two lines would be set by the font that is measured here, not the page's.
        for at, each in enumerate(places.index):
            lines = textwrap.wrap(cut(each, 76), 42)
            for line, text in enumerate(lines):
                down = at + 0.5 + 0.36 * (line - (len(lines) - 1) / 2)
                axes.text(-0.15, down, text, ha="right", va="center")
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", rotation=40)
        axes.set_xticks(axes.get_xticks(), columns, ha="left", rotation_mode="anchor")
        axes.xaxis.get_ticklabels()[0].set_fontweight("bold")
        return labelled(svg_of(figure), name, alt)


def _shade(
    axes: Axes,
    shades: pd.DataFrame,
    written: pd.DataFrame,
    columns: Sequence[str],
    rows: Sequence[str],
    ends: tuple[float, float],
    left_out: np.ndarray[Any, np.dtype[np.bool_]],
) -> None:
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap
    from seaborn.utils import relative_luminance

    sns.heatmap(
        shades.to_numpy(),
        mask=left_out,
        vmin=ends[0],
        vmax=ends[1],
        cmap=LinearSegmentedColormap.from_list("signs", [TARGET, _MIDDLE, OWN]),
        annot=written.to_numpy(),
        fmt="",
        linewidths=1.5,
        linecolor="none",
        cbar=False,
        xticklabels=columns,
        yticklabels=rows,
        ax=axes,
    )
    # Light letters only where they are read at least as well: seaborn takes them on paler cells.
    cells = np.asarray(axes.collections[0].get_facecolor())[~left_out.ravel()]
    for text, shade in zip(axes.texts, cells, strict=True):
        text.set_color(_LIGHT if relative_luminance(shade) < _EVEN else _DARK)
        text.set_in_layout(False)  # within its cell, whose place the labels decide
    axes.grid(visible=False)
    axes.tick_params(axis="y", rotation=0)
