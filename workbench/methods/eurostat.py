"""Growth against required growth, as Eurostat, Statistics Canada and Open SDG judge progress.

With a target, the growth since the base year is set against the growth that would have reached
the target in its year. Without one, the growth itself is judged. Both rest on two figures only,
and where one of them is 0 the verdict rests on what replaces it.

Sources: Open SDG, sdg-build `ProgressMeasure.py` (139fede7) and its methodology page; Statistics
Canada, SDG data hub methodology.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.methods.columns import Column, columnwise, figures
from workbench.methods.growth import cagr

#: What a base or a target of 0 is replaced by: growth from or to 0 is not defined.
NEARLY_ZERO = 0.001

#: From what value progress counts as substantial, moderate and limited; below is deterioration.
WITH_TARGET = (0.95, 0.6, 0.0)
WITHOUT_TARGET = (0.015, 0.005, 0.0)

_LIMIT_POWER = 4.44


class Progress(NamedTuple):
    """A verdict and what it rests on."""

    value: Column  #: with a target observed / required growth, without one growth a year
    factor: Column  #: what the thresholds without a target were multiplied by
    status: Column  #: 'target_achieved', 'substantial_progress', 'moderate_progress',
    #: 'limited_progress', 'deterioration' or 'not_available'
    score: Column  #: -5 to 5; bands begin at -2.5, 0 and 2.5


@columnwise
def limit_factor(base: Column, limit: Column) -> Column:
    """Return how much less is asked near a natural ceiling or floor, 0 to 1.

    With ``b = |base|`` and ``l = |limit|``: 1 from ``2 l`` on, ``1 - (b / l)^4.44`` up to ``l``
    and ``1 - ((2 l - b) / l)^4.44`` between. 1 without a limit.
    """
    base, limit = np.abs(base), np.abs(limit)
    near = np.where(base <= limit, base, 2 * limit - base) / limit
    return np.where(np.isnan(limit) | (base >= 2 * limit), 1.0, 1 - np.abs(near) ** _LIMIT_POWER)


@columnwise
def progress(
    base_year: Column,
    base: Column,
    year: Column,
    value: Column,
    direction: Column,
    target: Column = np.nan,
    target_year: Column = 2030.0,
    limit: Column = np.nan,
) -> Progress:
    """Return the verdict on a series from its base and its newest figure.

    Observed growth is ``g = (value / base)^(1 / years) - 1``; required growth is the same from
    the base to the target. The value is ``d g / |required|`` with a target and ``d g`` without,
    where d is the direction, turned round for negative figures.

    Parameters
    ----------
    base_year, base, year, value : Column
        First year and figure, newest year and figure (same unit).
    direction : Column
        1 up is good, -1 down is good.
    target, target_year : Column
        NaN for no target. With one, `limit` counts for nothing.
    limit : Column
        Natural ceiling or floor of an indicator without a target (100 of a share).

    Returns
    -------
    Progress
        A base or a target of 0 is taken as 0.001. Once the newest figure meets the target the
        status is 'target_achieved' and the score 5, whatever the value. 'not_available' and NaN
        where there is no growth: a change of sign, fewer than two years, a target that is the
        base itself, no direction.
    """
    numeric = ~np.isnan(target)
    factor = np.where(numeric, 1.0, limit_factor(base, limit))
    target = np.where(target == 0, NEARLY_ZERO, target)
    achieved = direction * (value - target) >= 0
    start = np.where(base == 0, NEARLY_ZERO, base)
    towards = np.where(direction == 0, np.nan, direction * np.sign(start))
    observed = towards * figures(cagr(start, value, year - base_year))
    required = np.abs(cagr(start, target, target_year - base_year))
    result = np.where(numeric, observed / np.where(required == 0, np.nan, required), observed)
    judged = np.where(numeric, _scored(result), _scored_without(result, factor))
    achieved &= (direction != 0) & numeric
    return Progress(
        result,
        factor,
        np.where(achieved, "target_achieved", _status(result, numeric, factor)),
        np.where(achieved, 5.0, judged),
    )


def _status(value: np.ndarray, numeric: np.ndarray, factor: np.ndarray) -> np.ndarray:
    high, middle, low = (
        np.where(numeric, with_target, without * factor)
        for with_target, without in zip(WITH_TARGET, WITHOUT_TARGET, strict=True)
    )
    return np.select(
        [np.isnan(value), value >= high, value >= middle, value >= low],
        ["not_available", "substantial_progress", "moderate_progress", "limited_progress"],
        "deterioration",
    )


def _scored(ratio: np.ndarray) -> np.ndarray:
    """Return the score with a target; the constants are the published, rounded ones."""
    slow = np.maximum(4.1667 * ratio - 2.5, -5)
    return np.where(ratio >= WITH_TARGET[1], np.minimum(7.1429 * ratio - 4.2857, 5), slow)


def _scored_without(rate: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return the score without a target; growth is first put on the scale without a limit."""
    high, middle, low = WITHOUT_TARGET
    scaled = np.where(factor == 0, np.inf, rate / factor)
    forward = np.select(
        [scaled >= high, scaled >= middle],
        [np.minimum(500 * scaled - 5, 5), 250 * scaled - 1.25],
        500 * scaled - 2.5,
    )
    score = np.where(rate < low, np.maximum(125 * rate - 2.5, -5), forward)
    return np.where(np.isnan(rate), np.nan, score)
