"""Tails and quantiles of Student's t and its kin, by the names that `scipy.stats` has for them.

They are the functions of `scipy.special` behind those of `scipy.stats`, which takes half a second
to import; that is felt in a run with nothing to do. All take and return numbers or arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy


def t_sf(x: Any, df: Any) -> Any:
    """Return the chance that Student's t with `df` degrees of freedom lies above `x`."""
    return scipy.special.stdtr(np.asarray(df, dtype=float), -np.asarray(x, dtype=float))


def t_ppf(q: Any, df: Any) -> Any:
    """Return the value below which Student's t lies with the chance `q`."""
    return scipy.special.stdtrit(np.asarray(df, dtype=float), np.asarray(q, dtype=float))


def norm_sf(x: Any) -> Any:
    """Return the chance that a standard normal variable lies above `x`."""
    return scipy.special.ndtr(-np.asarray(x, dtype=float))


def norm_ppf(q: Any) -> Any:
    """Return the value below which a standard normal variable lies with the chance `q`."""
    return scipy.special.ndtri(np.asarray(q, dtype=float))


def chi2_sf(x: Any, df: Any) -> Any:
    """Return the chance that chi-squared with `df` degrees of freedom lies above `x`."""
    return scipy.special.chdtrc(np.asarray(df, dtype=float), np.asarray(x, dtype=float))
