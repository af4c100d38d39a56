"""Years of a series, its peers, its target and where it is heading."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from workbench.charts.drawing import AHEAD, OWN, PEERS, RANGE, TARGET, accessible
from workbench.charts.plot import Plot, Text


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
    log: bool = False,
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
    log : bool
        Whether the scale shows equal ratios equally far apart. A value of nought or less has no
        place on it, and the scale is an ordinary one then.
    """
    plot = Plot()
    if len(peers) > 1:
        plot.area(RANGE, peers["year"], peers["peers_low"], peers["peers_high"])
        plot.line(f"stroke:{PEERS};", peers["year"], peers["peers_median"])
    before = own[own["year"] < broken_at] if broken_at else own.iloc[:0]
    now = own[own["year"] >= broken_at] if broken_at else own
    plot.line(f"{_dashed(2, 2)}stroke:{OWN}", before["year"], before["value"])
    plot.line(f"stroke:{OWN};stroke-width:2;", now["year"], now["value"])
    early = now["status"].notna()
    plot.dots(OWN, now["year"][~early], now["value"][~early])
    plot.dots(OWN, now["year"][early], now["value"][early], hollow=True)
    end = int(own["year"].max())
    if ahead is not None:
        end = max(end, int(ahead["year"].max()))
        plot.area(AHEAD, ahead["year"], ahead["low"], ahead["high"])
        plot.line(f"{_dashed(1, 2)}stroke:{OWN}", ahead["year"], ahead["middle"])
    if target is not None:
        end = max(end, target_year or end)
        plot.level = (f"{_dashed(6, 2.4)}stroke:{TARGET};stroke-width:1.2", target)
        plot.texts.append(Text(None, target, target_label, TARGET, right=2, up=3))
    # The first and the last value stand beside their dots, which a scale then need not tell.
    for at, text in zip((0, -1), numbers, strict=True):
        year, value = float(now["year"].iloc[at]), float(now["value"].iloc[at])
        plot.texts.append(Text(year, value, text, OWN, up=6, end=at == -1, bold=True))
    plot.log = log and min(plot.values()) > 0
    return accessible(plot.svg((4.3, 2.15), int(own["year"].min()), end, scale), name, alt)


def _dashed(on: float, off: float) -> str:
    return f"stroke-dasharray:{on},{off};stroke-dashoffset:0;"
