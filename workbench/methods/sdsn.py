"""Sustainable Development Report (SDSN): scores, colours and arrows.

An indicator is placed between a worst and a best figure (0 to 100), given a colour by two
thresholds of its own, and an arrow by the pace of its score. Goals follow from their indicators.

Sources: SDSN, SDG Index and Dashboards, detailed methodology (2018GlobalIndex, 77cb335) and
results of 2019 (2019GlobalIndex, 53bfc20); https://dashboards.sdgindex.org/chapters/methodology .
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.methods.columns import Column, columnwise, figures

ARROWS = {
    "on_track": "\N{UPWARDS ARROW}",
    "moderately_improving": "\N{HEAVY NORTH EAST ARROW}",
    "stagnating": "\N{RIGHTWARDS ARROW}",
    "decreasing": "\N{DOWNWARDS ARROW}",
    "not_available": "",
}

#: Share of a goal's indicators that must have a figure.
ENOUGH_COLOURS = 0.5


class Trend(NamedTuple):
    """Pace of a score, and the arrow for it."""

    ratio: Column  #: observed / required change a year; NaN once achieved, or without a gap
    achieved: Column  #: the newest figure is at or past green
    status: Column  #: a key of `ARROWS`


@columnwise
def score(value: Column, worst: Column, best: Column) -> Column:
    """Return ``100 (value - worst) / (best - worst)``, cut at 0 and 100.

    Which of `worst` and `best` is larger says what is good. NaN where they are the same.
    """
    span = np.where(best == worst, np.nan, best - worst)
    return np.clip(100 * (value - worst) / span, 0, 100)


@columnwise
def colour(value: Column, green: Column, red: Column) -> Column:
    """Return the colour of a figure by its thresholds, both in its unit.

    'green' at or past `green`, 'yellow' to half way to `red`, 'orange' to `red`, 'red' past it.
    'grey' without a figure, and where the thresholds are the same and say no direction.
    """
    return _colours(_between(value, green, red))


@columnwise
def level(value: Column, worst: Column, red: Column, green: Column, best: Column) -> Column:
    """Return a figure on the scale of colours: 0 worst, 1 red, 2 green, 3 best, linear between."""
    middle = _between(value, green, red)
    below = np.clip((value - worst) / np.where(red == worst, np.nan, red - worst), 0, 1)
    above = np.clip(2 + (value - green) / np.where(best == green, np.nan, best - green), 2, 3)
    # A threshold at the very end of the scale leaves no room beyond it.
    return np.select(
        [middle < 1, middle >= 2],
        [np.where(np.isnan(below), 0, below), np.where(np.isnan(above), 3, above)],
        middle,
    )


def goal_score(scores: Column) -> Column:
    """Return the plain mean of the scores along the last axis; NaN ones are left out.

    The index is the same mean over the goals, of a country with all of them: SDSN puts regional
    averages in for missing goals and gives no index where more than 20 % of figures are missing.
    """
    given = figures(scores)
    count = np.sum(~np.isnan(given), axis=-1)
    return _plain(np.nansum(given, axis=-1) / np.where(count, count, np.nan))


def goal_colour(levels: Column) -> Column:
    """Return the colour of a goal from the levels of its indicators along the last axis.

    The mean of the two worst decides between orange (below 1.5) and yellow. Green takes both of
    them at 2 or more, red both below 1. One indicator alone gives its own colour; 'grey' where
    fewer than half of the indicators have a figure (NaN is one without).
    """
    given = figures(levels)
    present = np.sum(~np.isnan(given), axis=-1)
    ordered = np.sort(given, axis=-1)
    first, second = ordered[..., 0], ordered[..., min(1, given.shape[-1] - 1)]
    second = np.where(np.isnan(second), first, second)
    result = np.select(
        [
            (present < ENOUGH_COLOURS * given.shape[-1]) | (present == 0),
            first >= 2,
            second < 1,
            (first + second) / 2 >= 1.5,
        ],
        ["grey", "green", "red", "yellow"],
        "orange",
    )
    return _plain(result)


@columnwise
def trend(
    first_year: Column,
    first: Column,
    year: Column,
    value: Column,
    worst: Column,
    best: Column,
    green: Column,
    gap_year: Column = np.nan,
    gap_value: Column = np.nan,
    target_year: Column = 2030.0,
) -> Trend:
    """Return the arrow of an indicator, from scores N (0 to 100).

    ``observed = (N(value) - N(first)) / (year - first_year)`` and
    ``required = (N(green) - N(gap_value)) / (target_year - gap_year)``. 'on_track' from a ratio
    of 1 and wherever the newest figure is at or past green; 'moderately_improving' from 0.5,
    'stagnating' from 0, else 'decreasing'.

    Parameters
    ----------
    first_year, first, year, value : Column
        Ends of the window that the pace is taken from (unit of the indicator).
    worst, best, green : Column
        0 and 100 of the score, and where green begins (unit of the indicator).
    gap_year, gap_value : Column
        Where the required pace starts; NaN for the start of the window.

    Returns
    -------
    Trend
        A score that falls is 'decreasing' also where it started past green and has no gap.
        'not_available' where a figure is missing or the window holds no years.
    """
    start_year = np.where(np.isnan(gap_year), first_year, gap_year)
    start = figures(score(np.where(np.isnan(gap_value), first, gap_value), worst, best))
    end = figures(score(value, worst, best))
    years = np.where(year > first_year, year - first_year, np.nan)
    observed = (end - score(first, worst, best)) / years
    left = np.where(target_year > start_year, target_year - start_year, np.nan)
    required = (score(green, worst, best) - start) / left
    achieved = np.sign(best - worst) * (value - green) >= 0
    achieved &= ~np.isnan(end)
    ratio = np.where(achieved | (required <= 0), np.nan, observed / required)
    status = np.select(
        [achieved, observed < 0, ratio >= 1, ratio >= 0.5, ratio >= 0],
        ["on_track", "decreasing", "on_track", "moderately_improving", "stagnating"],
        "not_available",
    )
    return Trend(ratio, achieved, status)


def _between(value: Column, green: Column, red: Column) -> np.ndarray:
    """Return 1 at red and 2 at green, and on along the same line."""
    return 1 + (value - red) / np.where(green == red, np.nan, green - red)


def _colours(place: np.ndarray) -> np.ndarray:
    return np.select(
        [np.isnan(place), place >= 2, place >= 1.5, place >= 1],
        ["grey", "green", "yellow", "orange"],
        "red",
    )


def _plain(result: np.ndarray) -> Column:
    return result.item() if np.ndim(result) == 0 else result
