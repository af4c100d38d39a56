"""What goes with what: pairs, what a model leaves, and chances with what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.charts.drawing import (
    FAINT,
    INK,
    OTHERS,
    OWN,
    PEERS,
    TARGET,
    Scale,
    cut,
    drawing,
    labelled,
    scale_below,
    scale_left,
    styled,
    svg_of,
    write,
)


def pairs_chart(rows: pd.DataFrame, labels: Sequence[str], *, name: str, alt: str) -> str:
    """Return each two of some columns against each other, a dot per row.

    `rows` has a column per label, in their order, and own (bool), by which a row stands out.
    """
    import seaborn as sns
    from matplotlib import pyplot

    drawn = rows.set_axis([*labels, "own"], axis=1).sort_values("own")
    with styled():
        grid = sns.PairGrid(drawn, vars=list(labels), corner=True, height=1.5, diag_sharey=False)
        grid.map_lower(_dots, own=drawn["own"].to_numpy())
        grid.map_diag(sns.histplot, color=FAINT, edgecolor="white", bins=15)
        for axes in filter(None, grid.axes.flat):
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
            axes.set_xlabel(cut(axes.get_xlabel(), 22))
            axes.set_ylabel(cut(axes.get_ylabel(), 22))
        svg = svg_of(grid.figure)
        pyplot.close(grid.figure)
    return labelled(svg, name, alt)


def _dots(x: pd.Series, y: pd.Series, own: np.ndarray, **_: object) -> None:
    import seaborn as sns

    # Dots of one size and colour are drawn once, and then referred to.
    for part, colour, size in ((~own, OTHERS, 5), (own, OWN, 40)):
        sns.scatterplot(x=x[part], y=y[part], color=colour, s=size, linewidth=0, legend=False)


def residual_chart(
    rows: pd.DataFrame,
    *,
    x: str,
    y: str,
    labels: tuple[str, str],
    own: str,
    name: str,
    alt: str,
    scale: Scale,
    curve: bool = False,
    sizes: str = "",
) -> str:
    """Return what a model leaves, a dot per row.

    Parameters
    ----------
    rows : DataFrame
        label ('' but for the dots that are named), and the columns `x`, `y` and `sizes`.
    labels : (str, str)
        What stands along the axes.
    own : str
        The label that stands out.
    curve : bool
        Whether the middle of the dots is drawn along x (lowess).
    sizes : str
        A column that the area of a named dot grows with; '' for none.
    """
    import seaborn as sns

    with drawing(5.6, 3.2) as (figure, axes):
        axes.axhline(0, color=PEERS, linewidth=1)
        sns.scatterplot(rows, x=x, y=y, s=14, color=OTHERS, linewidth=0, legend=False, ax=axes)
        if curve:
            from statsmodels.nonparametric.smoothers_lowess import lowess

            smooth = lowess(rows[y], rows[x], frac=0.5, return_sorted=True)[::6]
            axes.plot(*smooth.T, color=TARGET, linewidth=1.8)
        for row in rows[rows["label"] != ""].itertuples():
            at, mine = (getattr(row, x), getattr(row, y)), row.label == own
            size = 4 + 8 * np.sqrt(getattr(row, sizes) / rows[sizes].max()) if sizes else 5
            axes.plot(*at, "D" if mine else "o", color=OWN if mine else PEERS, markersize=size)
            right = at[0] > sum(axes.get_xlim()) / 2
            away, ha = (-6 if right else 6, 4), "right" if right else "left"
            colour = OWN if mine else INK
            write(axes, cut(str(row.label), 22), at, away, mine, ha=ha, color=colour)
        scale_below(axes, scale)
        scale_left(axes, scale)
        axes.set(xlabel=labels[0], ylabel=labels[1])
        return labelled(svg_of(figure), name, alt)


def reliability_chart(
    tenths: pd.DataFrame,
    *,
    name: str,
    alt: str,
    x_label: str,
    y_label: str,
    few: int,
    scale: Scale,
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
            away, ha = ((-6, 4), "right") if above else ((7, -7), "left")
            write(axes, scale(row.n, 0), at, away, False, ha=ha)
        ticks = range(0, 101, 20)
        axes.set_xticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set_yticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set(xlim=(-4, 104), ylim=(-4, 104), aspect="equal", xlabel=x_label, ylabel=y_label)
        return labelled(svg_of(figure), name, alt)
