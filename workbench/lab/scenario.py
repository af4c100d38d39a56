"""What an analyst looks at: one measure of one municipality, as it is or with another target."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from workbench.analysis.assessment import try_target
from workbench.analysis.outlook import HORIZON
from workbench.briefs.trends import Judged
from workbench.briefs.view import TRIED, View, records, view
from workbench.dataset import Dataset
from workbench.errors import UsageError

#: As peers: the municipalities most like this one, whatever group they belong to.
SIMILAR = "similar"

#: Views that are remembered: going back to a municipality then costs nothing.
_REMEMBERED = 8


@dataclass(frozen=True)
class Choice:
    """What the analyst picked.

    Attributes
    ----------
    municipality : str
        A number of today or earlier, or a name.
    measure : str
        A name in ``measures``.
    peers : str or tuple of str
        A group in ``groups``, `SIMILAR`, or municipalities by number or name; '': the group that
        briefs compare with.
    target : float, optional
        A value to try in place of the target that holds (unit of the measure).
    year : int
        When it should be reached.
    ahead : bool
        Whether the projection is shown.
    log : bool
        Whether the chart shows equal ratios equally far apart.
    language : str
        A folder in ``workbench/text``.
    """

    municipality: str
    measure: str
    peers: str | tuple[str, ...] = ""
    target: float | None = None
    year: int = HORIZON
    ahead: bool = True
    log: bool = False
    language: str = "nb"


@dataclass(frozen=True)
class Scene:
    """What is known of a choice.

    Attributes
    ----------
    choice : Choice
    view : View
    row : Series, optional
        The measure's row of ``view.assessed``, with the target that is tried; None where the
        municipality has no figure.
    judged : pair of sequence of Row, optional
        The published verdicts against a target that is tried.
    """

    choice: Choice
    view: View
    row: pd.Series | None
    judged: Judged | None = None


class Scenes:
    """Makes the scenes of one dataset, and remembers the views that they are seen in."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._views: dict[tuple[str, str | tuple[str, ...], str], View] = {}
        self._tried: tuple[tuple[object, ...], Scene] | None = None

    def of(self, choice: Choice) -> Scene:
        """Return what is known of a choice.

        Raises
        ------
        UsageError
            If municipality, measure, peers or target are none; the sentence says what is allowed.
        """
        seen = self.view(choice)
        measure = self.data.measure(choice.measure)["measure"]
        rows = seen.assessed[seen.assessed["measure"] == measure]
        row = None if rows.empty else rows.iloc[0]
        scene = Scene(choice, seen, row)
        if row is not None and choice.target is not None:
            scene = replace(self._try(scene, row, choice.target), choice=choice)
        if scene.row is not None and not choice.ahead:
            hidden = scene.row.copy()
            hidden["projected"], hidden["wide"] = math.nan, False
            scene = replace(scene, row=hidden)
        return scene

    def _try(self, scene: Scene, row: pd.Series, target: float) -> Scene:
        """Return the scene with another target; the last one is remembered for other looks."""
        key = id(scene.view), row["measure"], target, scene.choice.year
        if self._tried is None or self._tried[0] != key:
            self._tried = key, _with_target(scene, row, target, scene.choice.year)
        return self._tried[1]

    def view(self, choice: Choice) -> View:
        """Return the view of the municipality among the peers that are asked for."""
        number = self.data.municipality(choice.municipality)
        key = number, choice.peers, choice.language
        found = self._views.pop(key, None) or _view(self.data, number, choice)
        self._views[key] = found
        while len(self._views) > _REMEMBERED:
            self._views.pop(next(iter(self._views)))
        return found


def _view(data: Dataset, number: str, choice: Choice) -> View:
    if isinstance(choice.peers, str) and choice.peers != SIMILAR:
        return view(data, number, choice.language, choice.peers)
    plain = view(data, number, choice.language)
    if choice.peers == SIMILAR:
        peers, key = tuple(plain.similar["municipality"]), "similar"
    else:
        peers, key = tuple(choice.peers), "picked"
    return replace(plain, group=plain.say(f"lab.peers.{key}"), peers=peers)


def _with_target(scene: Scene, row: pd.Series, target: float, year: int) -> Scene:
    """Return the scene as it is when the target is another one."""
    seen = scene.view
    check_target(seen, row, target, year)
    beside = seen.peers_by_year
    tried, parts = try_target(seen.data, seen.number, row["measure"], target, year, beside)
    bent = row.copy()
    for name, value in tried.iloc[0].items():
        bent[name] = value
    bent["target_scope"] = TRIED
    for code in ("nb", "en"):
        bent[f"target_basis_{code}"] = seen.say("lab.tried_basis")
    return replace(scene, row=bent, judged=(records(parts.now), records(parts.before)))


def check_target(seen: View, row: pd.Series, target: float, year: int) -> None:
    """Refuse a target that no figure of the measure can have, or a year that is no goal.

    Raises
    ------
    UsageError
        The sentence says what is allowed, in the reader's language.
    """
    unit, amount = seen.unit(row["unit"]), seen.language.amount
    low, high = row["lower_bound"], row["upper_bound"]
    if not math.isfinite(target) or target < low or target > high:
        ends = [seen.say("lab.refused.low", value=amount(low, unit))] if pd.notna(low) else []
        ends += [seen.say("lab.refused.high", value=amount(high, unit))] if pd.notna(high) else []
        raise UsageError(seen.say("lab.refused.target", ends=seen.language.listed(ends)))
    if not row["last_year"] < year <= 2100:
        raise UsageError(seen.say("lab.refused.year", first=int(row["last_year"]) + 1))
