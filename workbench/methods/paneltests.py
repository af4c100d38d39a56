"""Tests of what a regression on many municipalities over years assumes.

Sources: R's plm (pFtest, pooltest, phtest); Hausman (1978).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from workbench.methods import distributions
from workbench.methods._regression import LEVEL, Fit, Panel
from workbench.methods.panel import pooled, within


class Statistic(NamedTuple):
    """A test statistic with its degrees of freedom and p-value."""

    statistic: float
    df1: int
    df2: int  #: 0 for chi squared
    p: float


def effects(data: Panel, effects: str = "unit") -> Statistic:
    """Return F of there being no effects at all: `pooled` against `within`."""
    return _f(pooled(data, "classic"), within(data, effects, "classic"))


def slopes(data: Panel) -> Statistic:
    """Return F of all units having the same slopes: `within` against every unit by itself."""
    names = ("y", "x", "unit", "year", "weight")
    parts = (np.flatnonzero(data.unit == unit) for unit in np.unique(data.unit))
    alone = [
        pooled(replace(data, **{name: getattr(data, name)[rows] for name in names}), "classic")
        for rows in parts
    ]
    free, rss = (sum(getattr(fit, name) for fit in alone) for name in ("df_residual", "rss"))
    return _f(within(data, errors="classic"), replace(alone[0], df_residual=free, rss=rss))


def hausman(fixed: Fit, loose: Fit) -> Statistic:
    """Return chi squared of `within` and `random` saying the same; both with classic errors."""
    names = [name for name in fixed.covariance.index if name != LEVEL]
    gap = (fixed.coefficients - loose.coefficients).loc[names, "estimate"].to_numpy()
    more = (fixed.covariance - loose.covariance).loc[names, names].to_numpy()
    chi = float(gap @ np.linalg.solve(more, gap))
    return Statistic(chi, len(names), 0, float(distributions.chi2_sf(chi, len(names))))


def _f(restricted: Fit, full: Fit) -> Statistic:
    more, free = restricted.df_residual - full.df_residual, full.df_residual
    f = (restricted.rss - full.rss) / more / (full.rss / free)
    return Statistic(f, more, free, float(distributions.f_sf(f, more, free)))
