"""United Nations Statistics Division: where the growth since 2015 leads by 2030.

The growth between the base and the newest figure is extended to the target year, and the change
that it leads to is set against the change that is needed. Without a target the growth itself is
judged. Series that are growth rates themselves have no growth to be judged; leave them out.

Sources: UNSD, Technical Note for Progress Assessment 2026, as undata 0.4.3 computes it; the note
of 2023 as EUSTAT restates it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.methods.columns import Column, columnwise, figures
from workbench.methods.growth import cagr, project

#: Five bands (2026): where each begins on the ratio and on the growth a year, and the far end.
RATIO = np.array([-0.5, 0.0, 0.10, 0.50, 0.95, 1.5])
GROWTH = np.array([-0.05, 0.0, 0.005, 0.0125, 0.02, 0.05])
#: Three bands (2023): where the second and the third begin.
RATIO_2023 = np.array([0.10, 0.95])
GROWTH_2023 = np.array([0.005, 0.02])

#: Worst first; the last one is for a series that cannot be judged.
STATUSES = np.array(
    ["regression", "stagnation", "marginal", "moderate", "on_track", "not_available"]
)
STATUSES_2023 = np.array(["stagnation_or_regression", "fair", "on_track", "not_available"])

#: What the note of 2026 calls them.
LABELS = {
    "on_track": "On track or target met",
    "moderate": "Moderate progress, but acceleration needed",
    "marginal": "Marginal progress, and significant acceleration needed",
    "stagnation": "Stagnation",
    "regression": "Regression",
    "not_available": "Insufficient data",
}


class Progress(NamedTuple):
    """A verdict and what it rests on."""

    rate: Column  #: growth a year, a share
    projected: Column  #: figure in the target year (with a target)
    ratio: Column  #: projected change / needed change (with a target)
    status: Column  #: one of `STATUSES`, or of `STATUSES_2023`
    score: Column  #: 0 to 5, or 1, 2, 3


@columnwise
def progress(
    base_year: Column,
    base: Column,
    year: Column,
    value: Column,
    direction: Column,
    target: Column = np.nan,
    target_year: Column = 2030.0,
) -> Progress:
    """Return the verdict of 2026: five bands, score 0 to 5.

    ``r = (value / base)^(1 / years) - 1``, ``projected = value (1 + r)^(target year - year)`` and
    ``ratio = (projected - base) / (target - base)``. On track from 0.95, moderate from 0.50,
    marginal from 0.10, stagnation from 0, else regression; without a target the same on ``d r``
    from 2 %, 1.25 %, 0.5 % and 0, where d is the direction. Within a band the score rises
    linearly by 1; the outer bands end at 1.5 and -0.5 (5 % and -5 %).

    Parameters
    ----------
    base_year, base, year, value : Column
        Base (2015, or the first later year with a figure) and newest figure (same unit).
    direction : Column
        1 up is good, -1 down is good.
    target, target_year : Column
        NaN for no target.

    Returns
    -------
    Progress
        A target that the base already met: 'on_track' and 5 while it is met, else 'regression'
        and 0, with no ratio. 'not_available' and NaN with fewer than two years, without a
        direction, and where growth is not defined (a figure of 0 or less).
    """
    path = _path(base_year, base, year, value, direction, target, target_year)
    place = _place(path, RATIO[1:-1], GROWTH[1:-1])
    place = np.where(path.met_at_base, np.where(path.met, 4, 0), place)
    # Every band is worth one point, so the score is where among the edges the value lies.
    steps = np.arange(6.0)
    score = np.where(
        path.numeric, np.interp(path.measure, RATIO, steps), np.interp(path.measure, GROWTH, steps)
    )
    score = np.where(path.met_at_base, np.where(path.met, 5.0, 0.0), score)
    return Progress(path.rate, path.projected, path.ratio, STATUSES[place], score)


@columnwise
def progress_2023(
    base_year: Column,
    base: Column,
    year: Column,
    value: Column,
    direction: Column,
    target: Column = np.nan,
    target_year: Column = 2030.0,
) -> Progress:
    """Return the verdict of 2023: three bands, score 3, 2 or 1.

    As `progress`, with 'on_track' (3) from a ratio of 0.95 or a growth of 2 % a year, 'fair' (2)
    from 0.10 or 0.5 %, else 'stagnation_or_regression' (1). A target that the newest figure meets
    is 3, and one that only the base met is 1.
    """
    path = _path(base_year, base, year, value, direction, target, target_year)
    place = _place(path, RATIO_2023, GROWTH_2023)
    place = np.select([path.met, path.met_at_base], [2, 0], place)
    score = np.where(place == 3, np.nan, place + 1.0)
    return Progress(path.rate, path.projected, path.ratio, STATUSES_2023[place], score)


class _Path(NamedTuple):
    rate: np.ndarray
    projected: np.ndarray
    ratio: np.ndarray
    measure: np.ndarray  #: what the bands are on: the ratio, or the growth in the good direction
    numeric: np.ndarray  #: there is a target
    met: np.ndarray
    met_at_base: np.ndarray


def _path(*given: Column) -> _Path:
    base_year, base, year, value, direction, target, target_year = given
    base = np.where(year > base_year, base, np.nan)
    direction = np.where(direction == 0, np.nan, direction)
    defined = (base > 0) & (value > 0)
    rate = np.where(defined, figures(cagr(base, value, year - base_year)), np.nan)
    numeric = ~np.isnan(target)
    met_at_base = direction * (base - target) >= 0
    met = (direction * (value - target) >= 0) & ~np.isnan(base)
    judged = numeric & ~met_at_base & ~np.isnan(direction)
    projected = np.where(judged, project(value, rate, target_year - year), np.nan)
    ratio = (projected - base) / (target - base)
    measure = np.where(numeric, ratio, direction * rate)
    return _Path(rate, projected, ratio, measure, numeric, met, met_at_base)


def _place(path: _Path, ratio: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Return the number of the band from the worst on; one past the best where there is none."""
    place = np.where(
        path.numeric,
        np.searchsorted(ratio, path.measure, side="right"),
        np.searchsorted(growth, path.measure, side="right"),
    )
    return np.where(np.isnan(path.measure), len(ratio) + 1, place)
