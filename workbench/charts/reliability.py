"""Stated chances against what came."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from workbench.charts.drawing import OWN, PEERS, drawing, labelled, svg_of


def reliability_chart(
    tenths: pd.DataFrame,
    *,
    name: str,
    alt: str,
    x_label: str,
    y_label: str,
    few: int,
    scale: Callable[[float, int], str],
) -> str:
    """Return how often what was said came true, per tenth of stated chance, beside the diagonal.

    `tenths` has stated, happened (0 to 1), n and apart; a dot of fewer than `few` is hollow.
    """
    with drawing(5.2, 4.6) as (figure, axes):
        axes.grid(visible=True, axis="both")
        axes.plot([0, 100], [0, 100], color=PEERS, linewidth=1)
        for row in tenths.itertuples():
            at = 100 * row.stated, 100 * row.happened
            fill = OWN if row.n >= few else "white"
            axes.plot(*at, "o", markersize=6.5, color=OWN, markerfacecolor=fill)
            # On the other side of a dot the diagonal would run through its number.
            above = row.apart > 1
            axes.annotate(
                scale(row.n, 0),
                at,
                xytext=(-6, 4) if above else (7, -7),
                textcoords="offset points",
                ha="right" if above else "left",
            )
        ticks = range(0, 101, 20)
        axes.set_xticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set_yticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set(xlim=(-4, 104), ylim=(-4, 104), aspect="equal", xlabel=x_label, ylabel=y_label)
        return labelled(svg_of(figure), name, alt)
