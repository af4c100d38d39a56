"""Two what-ifs of a series: which yearly change is enough, and the pace of the best peers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.assessment import trends_and_goals
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import ENOUGH, takes_log
from workbench.briefs.view import View

#: The best tenth of the peers: OECD's end value where there is no target (`methods.oecd`).
BEST = 0.9

#: From so many peers on, a tenth of them means something.
PEERS = 5


@dataclass(frozen=True)
class Pace:
    """How a municipality would move at the pace of the best tenth of its peers.

    Attributes
    ----------
    peers : int
        How many of them have a yearly change to go by.
    change : float
        The pace: unit of the measure per year, or per cent per year where `relative`.
    relative : bool
    year : int
    value : float
        Where the newest figure would be in that year, within the measure's bounds.
    met : bool, optional
        Whether that meets the target; None without one.
    """

    peers: int
    change: float
    relative: bool
    year: int
    value: float
    met: bool | None


@dataclass(frozen=True)
class Needed:
    """The yearly change that reaches the target, beside what the peers did.

    Attributes
    ----------
    change : float
        Unit of the measure per year, from the newest figure on.
    peers, as_fast : int
        How many peers have a yearly change to go by, and how many of them moved that fast.
    """

    change: float
    peers: int
    as_fast: int


def needed(seen: View, row: pd.Series) -> Needed | None:
    """Return which yearly change would reach the target; None where there is none to reach.

    Peers are counted where a tenth of them would mean something too (`PEERS`).
    """
    change = row["target_required"]
    if pd.isna(change):
        return None
    slopes = peers_trends(seen, row["measure"])["slope"]
    slopes = slopes if len(slopes) >= PEERS else slopes.iloc[:0]
    as_fast = slopes * np.sign(change) >= abs(change)
    return Needed(float(change), len(slopes), int(as_fast.sum()))


def like_best(seen: View, row: pd.Series) -> Pace | None:
    """Return where the municipality would be if it moved as the best tenth of its peers did.

    The pace is the 90th percentile of the peers' mean yearly changes, from the good end, over the
    years that each has (`trend.trend`); a rate of growth for quantities above zero without
    a ceiling. None where the measure has no good direction, its values share years, it grows with
    the size of the municipality, or fewer than 5 peers have 5 figures.
    """
    sums = row["aggregation"] == "sum"
    if row["direction"] == 0 or row["window"] > 1 or sums or row["n"] < 1:
        return None
    peers = peers_trends(seen, row["measure"])
    if len(peers) < PEERS:
        return None
    year = _year(row)
    left, direction = year - row["last_year"], row["direction"]
    figures = np.append(peers[["first", "last"]].to_numpy(dtype=float).ravel(), row["last"])
    relative = takes_log(figures, row["lower_bound"], row["upper_bound"])
    if relative:
        span = peers["last_year"] - peers["first_year"]
        rates = np.log(peers["last"] / peers["first"]) / span
        rate = direction * float((direction * rates).quantile(BEST))
        value, change = row["last"] * np.exp(rate * left), 100 * np.expm1(rate)
    else:
        change = direction * float((direction * peers["slope"]).quantile(BEST))
        value = row["last"] + change * left
    value = float(np.fmin(np.fmax(value, row["lower_bound"]), row["upper_bound"]))
    aimed = pd.notna(row["target"])
    met = bool(direction * (value - row["target"]) >= 0) if aimed else None
    return Pace(len(peers), float(change), relative, year, value, met)


def peers_trends(seen: View, measure: str) -> pd.DataFrame:
    """Return the rows of `trend` of the peers with at least 5 figures of a measure."""
    trends, _ = trends_and_goals(seen.data)
    known = trends[(trends["measure"] == measure) & trends["municipality"].isin(list(seen.peers))]
    return known[known["n"] >= ENOUGH]


def _year(row: pd.Series) -> int:
    year = row["target_year"]
    return HORIZON if pd.isna(year) or year <= row["last_year"] else int(year)
