"""Variances of many short series, each shrunk towards what is typical of its size.

Source: Smyth (2004), Linear models and empirical Bayes methods, Statistical Applications in
Genetics and Molecular Biology 3. There all share one typical variance; here it follows a straight
line in the logarithm of size.
"""

from __future__ import annotations

import numpy as np
import scipy

#: A line in size is fitted to so many series or more.
MANY = 20

Matrix = np.ndarray


def shrunk_variances(
    scatter: Matrix, freedom: Matrix, size: Matrix | None
) -> tuple[Matrix, Matrix]:
    """Return each series' variance, shrunk towards what is typical, and its degrees of freedom.

    The typical variance and the weight of it (in degrees of freedom) are fitted to the logarithms
    of the own variances.

    Parameters
    ----------
    scatter : array
        Sum of squares of each series.
    freedom : array
        Degrees of freedom of that sum.
    size : array, optional
        Of what each series describes; missing or zero counts as the median.
    """
    known = freedom > 0
    pooled = scatter[known].sum() / max(freedom[known].sum(), 1.0)
    if known.sum() < 5 or pooled == 0:
        return (4.0 * pooled + scatter) / (4.0 + freedom), 4.0 + freedom
    half = freedom[known] / 2
    logs = np.log((scatter[known] / freedom[known]).clip(pooled * 1e-6))
    logs = logs - scipy.special.digamma(half) + np.log(half)
    line = _line(size, known, logs)
    excess = (logs - line[known]).var(ddof=1) - scipy.special.zeta(2, half).mean()
    weight = 2 * _inverse_trigamma(excess)
    typical = np.exp(line + scipy.special.digamma(weight / 2) - np.log(weight / 2))
    return (weight * typical + scatter) / (weight + freedom), weight + freedom


def _line(size: Matrix | None, known: Matrix, logs: Matrix) -> Matrix:
    """Return, for every series, the least squares line of `logs` in the logarithm of size."""
    x = standard_size(size, known)
    # Of those known the mean of x is 0 and that of its squares 1.
    return logs.mean() + (x[known] * logs).mean() * x


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value by Newton's method, between 0.05 and 500."""
    zeta = scipy.special.zeta  # zeta(2, x) is trigamma(x)
    if not zeta(2, 500.0) < value < zeta(2, 0.05):
        return 0.05 if value > 1 else 500.0
    x = 0.5 + 1 / value
    for _ in range(20):
        found = zeta(2, x)
        # The derivative of trigamma is -2 zeta(3, x). A step on 1 / trigamma never overshoots.
        step = found * (found / value - 1) / (2 * zeta(3, x))
        x += step
        if abs(step) < 1e-12 * x:
            break
    return float(x)


def standard_size(size: Matrix | None, known: Matrix) -> Matrix:
    """Return the logarithm of size with mean 0 and spread 1 over those known, or zeros."""
    x = _log_size(size, known)
    spread = x[known].std() if known.sum() >= MANY else 0.0
    return (x - x[known].mean()) / spread if spread > 0 else np.zeros(len(known))


def _log_size(size: Matrix | None, known: Matrix) -> Matrix:
    """Return the logarithm of size, an unknown one as the median; zeros where none is known."""
    if size is None or not (size > 0).any():
        return np.zeros(len(known))
    return np.log(np.where(size > 0, size, np.median(size[size > 0])))
