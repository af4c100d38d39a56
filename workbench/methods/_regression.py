"""Least squares on the figures of a panel, and the errors that allow for how they are related."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.methods import distributions

#: Name of the level in every result.
LEVEL = "const"


@dataclass(frozen=True)
class Panel:
    """The figures of a long table that can be used, sorted by unit and year. See `of`."""

    y: np.ndarray
    x: np.ndarray  #: a column per name
    names: tuple[str, ...]  #: of the regressors, `LEVEL` last
    unit: np.ndarray  #: 0, 1, 2 ...
    year: np.ndarray  #: whole numbers
    weight: np.ndarray

    def means(self) -> Panel:
        """Return the means of the units, one figure each."""
        units = np.arange(self.unit.max() + 1)
        total = np.bincount(self.unit, weights=self.weight)
        both = np.column_stack([self.y, self.x]) * self.weight[:, None]
        both = pd.DataFrame(both).groupby(self.unit).sum().to_numpy() / total[:, None]
        return replace(
            self, y=both[:, 0], x=both[:, 1:], unit=units, year=units, weight=np.ones(len(units))
        )


@dataclass(frozen=True)
class Fit:
    """Result of a regression."""

    coefficients: pd.DataFrame  #: estimate, error, t, p; a row per name
    covariance: pd.DataFrame  #: of the estimates
    n: int  #: figures used
    df_residual: int  #: figures less everything estimated, effects that were taken out included
    df_test: int  #: degrees of freedom of t: clusters less 1 with clustered errors
    rss: float  #: sum of squared residuals, of what was transformed
    variances: dict[str, float] = field(default_factory=dict)  #: of random effects

    def wald(self) -> tuple[float, int, float]:
        """Return F of all slopes being 0, its first degrees of freedom, and p."""
        names = [name for name in self.covariance.index if name != LEVEL]
        b = self.coefficients.loc[names, "estimate"].to_numpy()
        f = float(b @ np.linalg.solve(self.covariance.loc[names, names], b)) / len(names)
        return f, len(names), float(distributions.f_sf(f, len(names), self.df_test))


def fit(data: Panel, errors: str, lags: int = 0, absorbed: int = 0) -> Fit:
    """Return the weighted least squares of figures whose effects, `absorbed`, were taken out."""
    from statsmodels.regression.linear_model import WLS

    result = WLS(data.y, data.x, weights=data.weight).fit()
    free = len(data.y) - data.x.shape[1] - absorbed
    count = len(data.names)  # columns of years are left out of what is returned
    covariance, df = _covariance(result, data, errors, lags, free)
    covariance = covariance[:count, :count]
    estimate, error = result.params[:count], np.sqrt(np.diag(covariance))
    with np.errstate(all="ignore"):
        t = estimate / error
    table = {
        "estimate": estimate,
        "error": error,
        "t": t,
        "p": 2 * distributions.t_sf(np.abs(t), df),
    }
    names = list(data.names)
    return Fit(
        pd.DataFrame(table, index=names),
        pd.DataFrame(covariance, index=names, columns=names),
        len(data.y),
        free,
        df,
        float(result.ssr),
    )


def _covariance(
    result: Any, data: Panel, errors: str, lags: int, free: int
) -> tuple[np.ndarray, int]:
    """Return the covariance of the estimates and the degrees of freedom of their t."""
    from statsmodels.stats import sandwich_covariance as sandwich

    n, k = data.x.shape
    if errors == "classic":
        return result.normalized_cov_params * result.ssr / free, free
    if errors == "robust":
        return sandwich.cov_white_simple(result, use_correction=True), free
    if errors == "unit":
        # Effects of units cost no certainty when the units are the clusters.
        units = len(np.unique(data.unit))
        if units < 2:
            raise ValueError("Errors clustered by unit are learnt from the units; one is too few.")
        plain = sandwich.cov_cluster(result, data.unit, use_correction=False)
        return plain * units / (units - 1) * (n - 1) / (n - k), units - 1
    if errors == "driscoll-kraay":
        when = data.year - data.year.min()
        if not when.any():
            raise ValueError("Driscoll-Kraay errors are learnt from the years; one is too few.")
        return sandwich.cov_nw_groupsum(result, lags, when, use_correction=0), len(
            np.unique(when)
        ) - 1
    if errors == "newey-west":
        end = np.flatnonzero(np.diff(data.unit, append=-1)) + 1
        spans = list(zip([0, *end[:-1]], end, strict=True))
        return sandwich.cov_nw_panel(result, lags, spans), free
    raise ValueError(f"There are no errors of the kind {errors!r}.")
