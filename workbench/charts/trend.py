"""Years of a series, its peers, its target and where it is heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.charts.drawing import AHEAD, INK, OWN, PEERS, RANGE, TARGET, Scale, labelled
from workbench.charts.plot import Plot, Text

#: The peers' range may reach this many times the height of all else above and below it; numbers of
#: this and more are written without decimals.
_ROOM, _WHOLE = 1.0, 10


def trend_chart(
    own: pd.DataFrame,
    peers: pd.DataFrame,
    *,
    name: str,
    alt: str,
    numbers: Sequence[str],
    scale: Scale,
    target: float = np.nan,
    target_year: float = np.nan,
    target_label: str = "",
    broken_at: float = np.nan,
    ahead: Mapping[str, Sequence[float]] | None = None,
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
    target, target_year, target_label, broken_at
        What to mark; missing where there is nothing.
    ahead : mapping of str to sequence of float, optional
        year, low, middle, high: from the newest figure to the projection.
    log : bool
        Whether the scale shows equal ratios equally far apart. A value of zero or less has no
        place on it, and the scale is an ordinary one then.
    """
    plot = Plot()
    if len(peers) > 1:
        years, median = peers["year"].tolist(), peers["peers_median"].tolist()
        plot.line(f"stroke:{PEERS};", zip(years, median, strict=True))
    # A picture has few figures: picking them one by one is sooner than any way of pandas.
    figures = list(zip(own["year"].tolist(), own["value"].tolist(), strict=True))
    early = own["status"].notna().tolist()
    start = sum(year < broken_at for year, _ in figures)
    now = figures[start:]
    plot.line(f"stroke-dasharray:2,2;stroke:{OWN}", figures[:start])
    plot.line(f"stroke:{OWN};stroke-width:2;", now)
    for hollow in (False, True):
        plot.dots(OWN, [f for f, e in zip(now, early[start:], strict=True) if e is hollow], hollow)
    end = now[-1][0]
    if ahead is not None:
        end = max(end, *ahead["year"])
        plot.areas.append((AHEAD, ahead["year"], ahead["low"], ahead["high"]))
        middle = zip(ahead["year"], ahead["middle"], strict=True)
        plot.line(f"stroke-dasharray:1,2;stroke:{OWN}", middle)
    if not pd.isna(target):
        end = end if pd.isna(target_year) else max(end, int(target_year))
        plot.level = (f"stroke-dasharray:6,2.4;stroke:{TARGET};stroke-width:1.2", target)
        plot.texts.append(Text(None, target, target_label, TARGET, right=2, up=3))
    # The first and the last value stand beside their dots, which a scale then need not tell.
    for at, text in zip((0, -1), numbers, strict=True):
        year, value = now[at]
        plot.texts.append(Text(year, value, text, OWN, up=6, end=at == -1, bold=True))
    if len(peers) > 1:
        _beneath(plot, peers, scale, cut=not log)
    plot.log = log and min(plot.values()) > 0
    return labelled(plot.svg((309.6, 154.8), figures[0][0], end, scale), name, alt)


def _beneath(plot: Plot, peers: pd.DataFrame, scale: Scale, cut: bool) -> None:
    """Put the peers' range below all else; `cut` where it would press that flat, and say so."""
    known = plot.values()
    least, most = min(known), max(known)
    room = _ROOM * (most - least) if cut and most > least else np.inf
    low, high = (
        np.clip(peers[name].to_numpy(), least - room, most + room).tolist()
        for name in ("peers_low", "peers_high")
    )
    years = peers["year"].tolist()
    plot.areas.insert(0, (RANGE, years, low, high))
    ends = [
        ("peers_high", high, "\N{UPWARDS ARROW}", -10),
        ("peers_low", low, "\N{DOWNWARDS ARROW}", 3),
    ]
    for name, drawn, sign, up in ends:
        end = peers[name].iloc[-1]
        if end != drawn[-1]:
            text = f"{sign} {scale(end, 0 if abs(end) >= _WHOLE else 1)}"
            plot.texts.append(Text(years[-1], drawn[-1], text, INK, up=up, end=True))
