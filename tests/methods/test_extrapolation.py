"""What a series alone would say of later years, beside other implementations of the same."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from workbench.methods.extrapolation import ahead

YEARS = np.array([2010, 2011, 2012, 2014, 2015, 2018])
TO = np.array([2019, 2022])
#: Whole; with a hole; one that begins late; one that never moves.
SERIES = np.array(
    [
        [1.0, 2, 4, 5, 7, 9],
        [10, 9, np.nan, 9.5, 8, 6],
        [np.nan, np.nan, 4, 4.5, 4.25, 5],
        [3, 3, 3, 3, 3, 3],
    ]
)


@pytest.mark.parametrize("at", range(len(SERIES)))
def test_each_series_is_drawn_on_by_the_textbook(at: int) -> None:
    found = {name: table[:, at] for name, table in ahead(SERIES, YEARS, TO).items()}
    known = ~np.isnan(SERIES[at])
    x, y, h = YEARS[known].astype(float), SERIES[at][known], TO - 2018
    pace = (y[-1] - y[0]) / (x[-1] - x[0])
    np.testing.assert_allclose(found["drift"], y[-1] + h * pace)
    np.testing.assert_allclose(found["theil_sen"], y[-1] + h * stats.theilslopes(y, x)[0])
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    np.testing.assert_allclose(found["ols"], fit.predict(sm.add_constant(TO.astype(float))))


def test_ranges_are_those_of_a_random_walk_of_yearly_figures() -> None:
    """Hyndman and Athanasopoulos (2021), table 5.2: sd is s sqrt(h), and with the drift s
    sqrt(h (1 + h / (T - 1)))."""
    walk = np.random.default_rng(1).normal(0.5, 2.0, 12).cumsum()
    found = ahead(walk[None], np.arange(2010, 2022), np.array([2022, 2024]), level=0.8)
    steps, h = np.diff(walk), np.array([1, 3])
    naive = stats.norm.ppf(0.9) * np.sqrt((steps**2).mean() * h)
    np.testing.assert_allclose(found["naive_half"][:, 0], naive)
    drift = stats.t.ppf(0.975, 10) * steps.std(ddof=1) * np.sqrt(h * (1 + h / 11))
    np.testing.assert_allclose(found["drift_half"][:, 0], drift)


def test_a_step_over_several_years_counts_as_so_many_years() -> None:
    found = ahead(np.array([[0.0, 2, 6]]), np.array([2010, 2011, 2015]), np.array([2016]))
    usual = (2**2 / 1 + 4**2 / 4) / 2
    np.testing.assert_allclose(found["naive_half"], stats.norm.ppf(0.9) * np.sqrt(usual))


def test_only_the_range_depends_on_the_level_and_the_unit_on_nothing() -> None:
    wide, narrow = (ahead(SERIES, YEARS, TO, level) for level in (0.95, 0.5))
    assert (wide["naive_half"][:, :3] > narrow["naive_half"][:, :3]).all()
    tenfold = ahead(10 * SERIES, YEARS, TO, 0.95)
    for name, table in wide.items():
        np.testing.assert_allclose(tenfold[name], 10 * table)
        if name != "naive_half":
            np.testing.assert_array_equal(narrow[name], table)


def test_a_series_that_never_moves_has_no_range() -> None:
    found = ahead(SERIES, YEARS, TO)
    assert (found["naive_half"][:, 3] == 0).all() and (found["drift_half"][:, 3] == 0).all()
