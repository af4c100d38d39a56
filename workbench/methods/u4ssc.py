"""U4SSC: performance to benchmark in four bands, and the points they are worth.

ITU shows each key performance indicator as a share of its benchmark in one of four bands. It
prints neither the benchmarks, nor how a share is formed where less is better, nor which band a
share of exactly 33, 66 or 95 % belongs to. Here such a share belongs to the upper band, and the
share where less is better is benchmark / value; benchmarks are the caller's.

Source: ITU, Verification Report Kristiansund (2020), page 12.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.methods.columns import Column, columnwise, figures

#: Where a band begins, in per cent, and what it is called.
EDGES = np.array([33.0, 66.0, 95.0])
BANDS = np.array(["0-33%", "33-66%", "66-95%", "95%+", "not reported"])

#: Digits after which a share at an edge counts as exactly there, whatever floats made of it.
_DIGITS = 9


class Score(NamedTuple):
    """Points of a category, sub-dimension or dimension, and what they rest on."""

    points: Column  #: sum of points
    maximum: Column  #: 4 for each indicator that counts
    percent: Column  #: points / maximum, per cent; NaN when nothing was reported
    band: Column  #: one of `BANDS`
    reported: Column  #: indicators that count
    left_out: Column  #: indicators not reported, or without a benchmark


@columnwise
def performance(value: Column, benchmark: Column, direction: Column = 1.0) -> Column:
    """Return how much of its benchmark an indicator reaches, 0 to 100 %.

    ``100 value / benchmark`` where up is good, ``100 benchmark / value`` where down is good, and
    100 once the benchmark is met.

    Parameters
    ----------
    value, benchmark : Column
        Same unit.
    direction : Column
        1 up is good, -1 down is good.

    Returns
    -------
    Column
        Per cent. NaN without a benchmark or a direction, and where a share has no meaning: the
        benchmark is not met and one of the two is negative, or the benchmark is 0 and up is good.
    """
    direction = np.where(direction == 0, np.nan, direction)
    share = np.where(direction > 0, value / benchmark, benchmark / value)
    met = direction * (value - benchmark) >= 0
    meaningful = (value >= 0) & (benchmark >= 0) & np.isfinite(share) & ~np.isnan(direction)
    return np.select([met, meaningful], [100.0, 100 * share], np.nan)


@columnwise
def band(percent: Column) -> Column:
    """Return the band of a share: '0-33%', '33-66%', '66-95%', '95%+' or 'not reported'."""
    return BANDS[np.where(np.isnan(percent), 4, _place(percent))]


@columnwise
def points(percent: Column) -> Column:
    """Return the points of a share: 1 to 4 from the lowest band to the highest; NaN if missing."""
    return np.where(np.isnan(percent), np.nan, _place(percent) + 1.0)


def score(kpi_points: Column) -> Score:
    """Return the score of the indicators along the last axis.

    ``points / (4 x indicators that count)``: an indicator that is not reported or has no benchmark
    is left out of both, so the same points can mean more or less; the count left out comes along.

    Parameters
    ----------
    kpi_points : array of 1 to 4
        NaN (or None) for an indicator left out. One category a row where there are several.

    Returns
    -------
    Score
        Of single figures, or of arrays with an element per row.
    """
    given = figures(kpi_points)
    reported = np.sum(~np.isnan(given), axis=-1)
    return _score(np.nansum(given, axis=-1), reported, given.shape[-1] - reported)


@columnwise
def _score(total: Column, reported: Column, left_out: Column) -> Score:
    maximum = 4 * reported
    percent = np.where(reported > 0, 100 * total / maximum, np.nan)
    return Score(total, maximum, percent, np.asarray(band(percent)), reported, left_out)


def _place(percent: Column) -> np.ndarray:
    return np.searchsorted(EDGES, np.round(percent, _DIGITS), side="right")
