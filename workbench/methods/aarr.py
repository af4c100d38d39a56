"""Average annual rate of reduction (UNICEF, WHO): the yearly fall that a series shows.

Made for shares that should fall, such as child mortality; where more is better the rate is that
of the fall all the same and a good one is below 0.

Sources: UNICEF, Technical Note on How to Calculate Average Annual Rate of Reduction (2007); its
printed example lacks one of the figures it was made from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.methods import trendtests
from workbench.methods._columns import Column, columnwise, figures
from workbench.methods.growth import cagr


def fitted(series: object, time: Column, value: Column) -> pd.DataFrame:
    """Return the rate of each series from the line through its logarithms.

    ``ln y = a + b year`` by least squares, ``AARR = 1 - exp(b)``.

    Returns
    -------
    DataFrame
        Per series: n, slope (b, per year), rate (a share a year). NaN with fewer than two years,
        and where any figure is 0 or less and has no logarithm.
    """
    y = figures(value)
    with np.errstate(all="ignore"):
        lines = trendtests.ols(series, time, np.where(y > 0, np.log(y), np.nan))
    holds = pd.Series(y > 0) | np.isnan(y)
    whole = holds.groupby(pd.Index(series).factorize(sort=True)[0]).all()
    slope = lines["slope"].where(whole[whole.index >= 0].to_numpy())
    return pd.DataFrame({"n": lines["n"], "slope": slope, "rate": from_slope(slope)})


@columnwise
def from_slope(slope: Column) -> Column:
    """Return ``1 - exp(b)``: the share a year that a slope of logarithms means."""
    return -np.expm1(slope)


@columnwise
def required(base: Column, target: Column, years: Column) -> Column:
    """Return the rate that leads from `base` to `target`: ``1 - (target / base)^(1 / years)``.

    A share a year. NaN where the base is 0, the signs differ or no years are left; 1 for a target
    of 0, which no rate below that reaches.
    """
    return -figures(cagr(base, target, years))
