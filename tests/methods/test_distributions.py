"""Tails and quantiles are those of `scipy.stats`, to the last bit."""

import numpy as np
import pytest
from scipy import stats

from workbench.methods import distributions

WIDTHS = np.linspace(-12, 12, 481)
SHARES = np.array([1e-9, 0.001, 0.025, 0.1, 0.5, 0.8, 0.9, 0.975, 0.995, 1, np.nan])
FREEDOM = np.array([1, 2, 3, 4, 7.5, 30, 1000, np.inf, np.nan, 0, -1])


@pytest.mark.parametrize("freedom", FREEDOM)
def test_tails_are_those_of_scipy(freedom):
    pairs = [
        (distributions.t_sf(WIDTHS, freedom), stats.t.sf(WIDTHS, freedom)),
        (distributions.t_ppf(SHARES, freedom), stats.t.ppf(SHARES, freedom)),
        (distributions.norm_sf(WIDTHS), stats.norm.sf(WIDTHS)),
        (distributions.norm_ppf(SHARES), stats.norm.ppf(SHARES)),
    ]
    if 0 < freedom < np.inf:  # none of the others is asked for more
        above = np.abs(WIDTHS)
        pairs.append((distributions.chi2_sf(above, freedom), stats.chi2.sf(above, freedom)))
    for own, known in pairs:
        np.testing.assert_array_equal(own, known)
