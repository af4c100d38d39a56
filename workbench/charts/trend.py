"""Years of a series, its peers, its target and where it is heading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.drawing import (
    AHEAD,
    OWN,
    PEERS,
    RANGE,
    TARGET,
    accessible,
    drawing,
    scale_left,
    svg_of,
    years_below,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def trend_chart(
    own: pd.DataFrame,
    peers: pd.DataFrame,
    *,
    name: str,
    alt: str,
    numbers: Sequence[str],
    scale: Callable[[float, int], str],
    target: float | None = None,
    target_year: int | None = None,
    target_label: str = "",
    broken_at: int | None = None,
    ahead: pd.DataFrame | None = None,
) -> str:
    """Return a series with its peers' range and its target.

    Parameters
    ----------
    own : DataFrame
        year, value, status; ascending.
    peers : DataFrame
        year, peers_low, peers_median, peers_high; ascending, may be empty.
    name, alt : str
        For the ids and the text alternative.
    numbers : sequence of str
        The first and the last value as written beside their dots.
    scale : callable
        Writes a number with so many decimals, for the scale.
    target, target_year, target_label, broken_at
        What to mark, where there is any.
    ahead : DataFrame, optional
        year, low, middle, high: from the newest figure to the projection.
    """
    with drawing(4.3, 2.15) as (figure, axes):
        if len(peers) > 1:
            axes.fill_between(
                peers["year"], peers["peers_low"], peers["peers_high"], color=RANGE, linewidth=0
            )
            axes.plot(peers["year"], peers["peers_median"], color=PEERS, linewidth=1)
        before = own[own["year"] < broken_at] if broken_at else own.iloc[:0]
        now = own[own["year"] >= broken_at] if broken_at else own
        axes.plot(before["year"], before["value"], color=OWN, linewidth=1, linestyle=(0, (2, 2)))
        axes.plot(now["year"], now["value"], color=OWN, linewidth=2)
        sure = now[now["status"].isna()]
        axes.plot(sure["year"], sure["value"], "o", color=OWN, markersize=4.5, markeredgewidth=0)
        early = now[now["status"].notna()]
        axes.plot(
            early["year"], early["value"], "o", markersize=4.5, color=OWN, markerfacecolor="white"
        )
        end = int(own["year"].max())
        if ahead is not None:
            end = max(end, int(ahead["year"].max()))
            axes.fill_between(ahead["year"], ahead["low"], ahead["high"], color=AHEAD, linewidth=0)
            axes.plot(ahead["year"], ahead["middle"], color=OWN, linewidth=1, linestyle=(0, (1, 2)))
        if target is not None:
            end = max(end, target_year or end)
            axes.axhline(target, color=TARGET, linewidth=1.2, linestyle=(0, (5, 2)))
            axes.annotate(
                target_label,
                (0, target),
                xycoords=("axes fraction", "data"),
                xytext=(2, 3),
                textcoords="offset points",
                color=TARGET,
            )
        _label_ends(axes, now, numbers)
        years_below(axes, int(own["year"].min()), end)
        axes.margins(y=0.16)
        scale_left(axes, scale)
        return accessible(svg_of(figure), name, alt)


def _label_ends(axes: Axes, own: pd.DataFrame, numbers: Sequence[str]) -> None:
    """Write the first and the last value beside their dots, which a scale then need not do."""
    ends = [own.iloc[0], own.iloc[-1]]
    for row, text, where in zip(ends, numbers, ("left", "right"), strict=True):
        axes.annotate(
            text,
            (row["year"], row["value"]),
            xytext=(0, 6),
            textcoords="offset points",
            ha=where,
            color=OWN,
            fontweight="bold",
        )
