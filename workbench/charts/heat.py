"""Correlations as shaded cells with their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.charts.drawing import OWN, TARGET, Scale, cut, drawing, labelled, svg_of

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
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap
    from seaborn.utils import relative_luminance

    many = len(labels)
    numbers = [str(at + 1) for at in range(many)]
    upper = np.triu(np.ones((many, many), dtype=bool))
    with drawing(5.8, 0.7 + 0.36 * many) as (figure, axes):
        sns.heatmap(
            table.to_numpy(),
            mask=upper,
            vmin=-1,
            vmax=1,
            cmap=LinearSegmentedColormap.from_list("signs", [TARGET, _MIDDLE, OWN]),
            annot=table.map(lambda value: scale(value, 2)).to_numpy(),
            fmt="",
            linewidths=1.5,
            linecolor="none",
            cbar=False,
            xticklabels=numbers,
            yticklabels=[
                f"{cut(label, 40)} ({at})" for label, at in zip(labels, numbers, strict=True)
            ],
            ax=axes,
        )
        # Light letters only where they are read at least as well: seaborn has them on paler ones.
        cells = np.asarray(axes.collections[0].get_facecolor())[~upper.ravel()]
        for text, shade in zip(axes.texts, cells, strict=True):
            text.set_color(_LIGHT if relative_luminance(shade) < _EVEN else _DARK)
            text.set_in_layout(False)  # within its cell, whose place the labels decide
        axes.grid(visible=False)
        axes.tick_params(axis="y", rotation=0)
        return labelled(svg_of(figure), name, alt)
