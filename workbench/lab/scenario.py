"""A scenario: one measure of one municipality, as it is or with another target, and two what-ifs.

The what-ifs are which yearly change is enough, and the pace of the best peers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from workbench.analysis.assessment import trends_and_goals, try_target
from workbench.analysis.motion import takes_log
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import ENOUGH
from workbench.analysis.standings import judge
from workbench.briefs.trends import Judged
from workbench.briefs.view import TRIED, View, records, view
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.language.translator import Language

#: As peers: the municipalities most like this one, whatever group they belong to.
SIMILAR = "similar"

#: Views that are remembered: going back to a municipality then costs nothing.
_REMEMBERED = 8

#: The best tenth of the peers: OECD's end value where there is no target (`methods.oecd`).
_BEST = 0.9

#: From so many peers on, a tenth of them means something.
_PEERS = 5


@dataclass(frozen=True)
class Choice:
    """What the analyst picked."""

    municipality: str  #: a number of today or earlier, or a name
    measure: str
    #: a group in ``groups``, `SIMILAR`, or municipalities by number or name, and cities of
    #: `Dataset.abroad`; '': the group that briefs compare with
    peers: str | tuple[str, ...] = ""
    #: a value to try in place of the target that holds (unit of the measure)
    target: float | None = None
    year: int = HORIZON  #: when it should be reached
    ahead: bool = True  #: whether the projection is shown
    log: bool = False  #: whether the chart shows equal ratios equally far apart
    language: str = "nb"


@dataclass(frozen=True)
class Scenario:
    """A choice with its view and figures."""

    choice: Choice
    view: View
    #: of ``view.assessed``, with the target that is tried; None without a figure
    row: pd.Series | None
    judged: Judged | None = None  #: the published verdicts against a target that is tried


class Scenarios:
    """Makes the scenarios of one dataset, and remembers the last views and the last target."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._view = lru_cache(_REMEMBERED)(partial(_view, data))
        self._looked_at = lru_cache(1)(self._make)

    def of(self, choice: Choice) -> Scenario:
        """Return the scenario of a choice.

        Raises
        ------
        UsageError
            If municipality, measure, peers or target are none; the sentence says what is allowed.
        """
        # Another look at the same figures computes nothing again.
        scenario = replace(self._looked_at(replace(choice, ahead=True, log=False)), choice=choice)
        if scenario.row is None or choice.ahead:
            return scenario
        hidden = scenario.row.copy()
        hidden["projected"], hidden["wide"] = math.nan, False
        return replace(scenario, row=hidden)

    def view(self, choice: Choice) -> View:
        """Return the view of the municipality among the peers that are asked for."""
        number = self.data.municipality(choice.municipality)
        return self._view(number, choice.peers, choice.language)

    def _make(self, choice: Choice) -> Scenario:
        view, measure = self.view(choice), self.data.measure(choice.measure)["measure"]
        rows = view.assessed[view.assessed["measure"] == measure]
        scenario = Scenario(choice, view, None if rows.empty else rows.iloc[0])
        if scenario.row is None or choice.target is None:
            return scenario
        return _with_target(scenario, scenario.row, choice.target)


def cities(data: Dataset, language: Language) -> dict[str, str]:
    """Return the cities of `Dataset.abroad`, each with its country and that it is abroad."""
    labels = data.labels[data.labels["kind"] == "country"].set_index("key")
    known = data.abroad.drop_duplicates("municipality").sort_values("municipality")
    return {
        str(city): language.say(
            "common.abroad",
            city=city,
            country=language.name(labels.loc[land]) if land in labels.index else land,
        )
        for city, land in zip(known["municipality"], known["country"], strict=True)
    }


def _view(data: Dataset, number: str, peers: str | tuple[str, ...], language: str) -> View:
    if isinstance(peers, str) and peers != SIMILAR:
        return view(data, number, language, peers)
    plain = view(data, number, language)
    if peers == SIMILAR:
        others = tuple(plain.similar["municipality"])
        return replace(plain, group=plain.say("lab.peers.similar"), peers=others)
    known = set(data.abroad["municipality"])
    far = tuple(peer for peer in peers if peer in known)
    others = tuple(peer for peer in peers if peer not in known)
    names = plain.language.listed(cities(data, plain.language)[city] for city in far)
    group = plain.say("lab.peers.picked", municipalities=len(others), cities=names)
    return replace(plain, group=group, peers=others, abroad=far)


def _with_target(scenario: Scenario, row: pd.Series, target: float) -> Scenario:
    """Return the scenario with another target."""
    view, year = scenario.view, scenario.choice.year
    _check_target(view, row, target, year)
    tried, parts = try_target(
        view.data, view.number, row["measure"], target, year, view.peers_by_year
    )
    bent = row.copy()
    for name, value in tried.iloc[0].items():
        bent[name] = value
    bent["target_scope"] = TRIED
    bent["target_basis_nb"] = bent["target_basis_en"] = view.say("lab.tried_basis")
    # A target that is typed is the same wherever things stand, and its pace is another.
    bent["own_base"], bent["absolute"] = False, True
    stood = judge(bent.to_frame().T.infer_objects().rename(columns={"target_required": "required"}))
    for name in ("pace", "standing", "sense"):
        bent[name] = stood[name].iloc[0]
    return replace(scenario, row=bent, judged=(records(parts.now), records(parts.before)))


def _check_target(view: View, row: pd.Series, target: float, year: int) -> None:
    """Refuse a target that no figure of the measure can have, or a year that is no goal."""
    low, high = row["lower_bound"], row["upper_bound"]
    if not math.isfinite(target) or target < low or target > high:
        unit, bounds = view.unit(row["unit"]), {"low": low, "high": high}
        ends = [
            view.say(f"lab.refused.{end}", value=view.language.amount(bound, unit))
            for end, bound in bounds.items()
            if pd.notna(bound)
        ]
        raise UsageError(view.say("lab.refused.target", ends=view.language.listed(ends)))
    if not row["last_year"] < year <= 2100:
        raise UsageError(view.say("lab.refused.year", first=int(row["last_year"]) + 1))


@dataclass(frozen=True)
class Pace:
    """How a municipality would move at the pace of the best tenth of its peers."""

    peers: int  #: how many of them have a yearly change to go by
    change: float  #: unit of the measure per year, or per cent per year where `relative`
    relative: bool
    year: int
    value: float  #: the newest figure moved on to `year`, within the measure's bounds
    met: bool | None  #: whether that meets the target; None without one


@dataclass(frozen=True)
class Needed:
    """The yearly change that reaches the target (unit of the measure, from the newest figure on).

    `as_fast` of the `peers` that have a yearly change to go by moved that fast.
    """

    change: float
    peers: int
    as_fast: int


def needed(view: View, row: pd.Series) -> Needed | None:
    """Return the yearly change that would reach the target; None where there is none to reach.

    Peers are counted where a tenth of them would mean something too.
    """
    change = row["target_required"]
    if pd.isna(change):
        return None
    slopes = _peers_trends(view, row["measure"])["slope"]
    slopes = slopes if len(slopes) >= _PEERS else slopes.iloc[:0]
    as_fast = slopes * np.sign(change) >= abs(change)
    return Needed(float(change), len(slopes), int(as_fast.sum()))


def like_best(view: View, row: pd.Series) -> Pace | None:
    """Return the pace of the best tenth of the peers, and where it would lead the municipality.

    The pace is the 90th percentile of the peers' mean yearly changes, from the good end, over the
    years that each has (`trend.trend`); a rate of growth for quantities above zero without
    a ceiling. None where the measure has no good direction, its values share years, it grows with
    the size of the municipality, or fewer than 5 peers have 5 figures.
    """
    sums, direction = row["aggregation"] == "sum", row["direction"]
    if direction == 0 or row["window"] > 1 or sums or row["n"] < 1:
        return None
    peers = _peers_trends(view, row["measure"])
    if len(peers) < _PEERS:
        return None
    year = row["target_year"]
    year = HORIZON if pd.isna(year) or year <= row["last_year"] else int(year)
    left = year - row["last_year"]
    low, high = row["lower_bound"], row["upper_bound"]
    figures = np.append(peers[["first", "last"]].to_numpy(dtype=float).ravel(), row["last"])
    relative = takes_log(figures, low, high)
    if relative:
        rates = np.log(peers["last"] / peers["first"]) / (peers["last_year"] - peers["first_year"])
        rate = direction * float((direction * rates).quantile(_BEST))
        value, change = row["last"] * np.exp(rate * left), 100 * np.expm1(rate)
    else:
        change = direction * float((direction * peers["slope"]).quantile(_BEST))
        value = row["last"] + change * left
    value = float(np.fmin(np.fmax(value, low), high))
    met = bool(direction * (value - row["target"]) >= 0) if pd.notna(row["target"]) else None
    return Pace(len(peers), float(change), relative, year, value, met)


def _peers_trends(view: View, measure: str) -> pd.DataFrame:
    """Return the rows of `trend` of the peers with at least 5 figures of a measure."""
    trends, _ = trends_and_goals(view.data)
    known = trends[(trends["measure"] == measure) & trends["municipality"].isin(list(view.peers))]
    return known[known["n"] >= ENOUGH]
