"""Compound growth and what it leads to."""

from __future__ import annotations

import numpy as np

from workbench.methods.columns import Column, columnwise


@columnwise
def cagr(base: Column, last: Column, years: Column) -> Column:
    """Return the compound annual growth rate.

    ``(last / base)^(1 / years) - 1``, a share a year.

    Parameters
    ----------
    base, last : Column
        The first and the last figure (same unit).
    years : Column
        Years between them.

    Returns
    -------
    Column
        NaN where it is not defined: a base of 0, a base and a last figure of different sign, no
        years between them. A fall to exactly 0 is -1; two negative figures have a rate.
    """
    ratio = last / base
    defined = np.isfinite(ratio) & (ratio >= 0) & (years > 0)
    return np.where(defined, np.where(defined, ratio, np.nan) ** (1 / years) - 1, np.nan)


@columnwise
def project(last: Column, rate: Column, years: Column) -> Column:
    """Return where `last` is after `years` of growth: ``last (1 + rate)^years`` (its unit)."""
    return last * (1 + rate) ** years
