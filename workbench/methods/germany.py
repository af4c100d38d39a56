"""German Sustainable Development Strategy: weather symbols.

The mean yearly change of the last six figures is extended to the target year. What would then be
missing, as a share of what is missing now, is the weather.

Sources: Destatis, https://dns-indikatoren.de/en/status ; restated in nsdp-upgrade,
`www/_pages/methodology.md` (bd60375c).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.methods._series import ragged
from workbench.methods.columns import Column, columnwise

#: Best first.
SYMBOLS = np.array(["sun", "sun_cloud", "cloud", "thunderstorm", "not_available"])

#: Figures that the mean change is taken from, and the fewest that will do.
FIGURES, FEWEST = 6, 4

#: Shares of the gap that may be missed under a sun, and under a sun behind a cloud.
SUN, SUN_CLOUD = 0.05, 0.20

#: Digits after which a share at an edge counts as exactly there, whatever floats made of it.
_DIGITS = 12


class Weather(NamedTuple):
    """A symbol and what it rests on."""

    hypothetical: Column  #: where the mean change leads in the target year
    missed: Column  #: share of the gap that is left then; below 0 past the target
    symbol: Column  #: one of `SYMBOLS`


def changes(series: object, time: Column, value: Column) -> pd.DataFrame:
    """Return the changes that the symbols are read from, a row a series.

    Returns
    -------
    DataFrame
        Per series: n (figures used: the last six, at least four, else 0); last_year; last;
        mean_change (from the first to the last of them, per year, so that a year without a
        figure counts); last_change (between the last two, per year). NaN with fewer than four.
    """
    data = ragged(series, time, value)
    used = np.where(data.n >= FEWEST, np.minimum(data.n, FIGURES), 0)
    short = used == 0
    last, end = data.at(data.value, -1), data.at(data.time, -1)
    table = {"n": used, "last_year": np.where(short, np.nan, end)}
    table["last"] = np.where(short, np.nan, last)
    with np.errstate(all="ignore"):
        for name, back in (("mean_change", used), ("last_change", 2)):
            rise = last - data.at(data.value, -np.maximum(back, 1))
            years = end - data.at(data.time, -np.maximum(back, 1))
            table[name] = np.where(short | (years == 0), np.nan, rise / years)
    return pd.DataFrame(table, index=data.ids)


@columnwise
def to_target(
    last_year: Column,
    last: Column,
    mean_change: Column,
    target: Column,
    target_year: Column,
    direction: Column,
) -> Weather:
    """Return the symbol for a target with a number.

    ``hypothetical = last + mean change (target year - last year)`` and
    ``missed = (target - hypothetical) / (target - last)``. 'sun' where less than 5 % is missed,
    'sun_cloud' from 5 to 20 %, 'cloud' above it, 'thunderstorm' where the series stands still or
    moves the wrong way.

    Parameters
    ----------
    last_year, last, mean_change : Column
        As `changes` returns them.
    target, target_year : Column
        Target (same unit) and its year.
    direction : Column
        1 up is good, -1 down is good.

    Returns
    -------
    Weather
        A target that is met now has no gap: 'sun' if it is still met in its year, else
        'thunderstorm'. 'not_available' without a change, a target or a direction, and when the
        target's year is over.
    """
    direction = np.where(direction == 0, np.nan, direction)
    years = np.where(target_year >= last_year, target_year - last_year, np.nan)
    hypothetical = last + mean_change * years
    gap = direction * (target - last)
    left = direction * (target - hypothetical)
    missed = np.round(left / np.where(gap > 0, gap, np.nan), _DIGITS)
    place = np.select(
        [
            np.isnan(left) | np.isnan(gap),
            (left <= 0) | (missed < SUN),
            (gap <= 0) | (direction * mean_change <= 0),
            missed <= SUN_CLOUD,
        ],
        [4, 0, 3, 1],
        2,
    )
    return Weather(hypothetical, missed, SYMBOLS[place])


@columnwise
def by_direction(mean_change: Column, last_change: Column, direction: Column) -> Column:
    """Return the symbol for a target that is only a direction.

    'sun' where the mean and the last change are both right, 'sun_cloud' where only the mean is,
    'cloud' where only the last one is, else 'thunderstorm'; standing still is not right.
    """
    mean, last = direction * mean_change > 0, direction * last_change > 0
    known = ~np.isnan(mean_change + last_change + np.where(direction == 0, np.nan, direction))
    return SYMBOLS[np.select([~known, mean & last, mean, last], [4, 0, 1, 2], 3)]
