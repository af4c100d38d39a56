"""What the inputs of a published case are called, and which method they go into.

Every function takes a `Case` and returns what the methods make of its inputs, under the names that
the case's expected results have. Figures are computed from the inputs alone.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.methods import (
    eurostat,
    germany,
    kendall,
    multiple_testing,
    sdsn,
    trendtests,
    u4ssc,
    unsd,
)
from workbench.methods.columns import figures
from workbench.verification import escap

Results = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A published or certified result and what it was made from."""

    name: str  #: family/source/what, or family/source/what/which
    inputs: dict[str, Any]
    expected: dict[str, Any]
    tolerance: str

    @property
    def parts(self) -> list[str]:
        """The parts of its name."""
        return self.name.split("/")


class ReferenceOnlyError(Exception):
    """The case's inputs are not at hand; its message says why."""


class NotKnownError(Exception):
    """No method is known for the case; its message says what is missing."""


def opensdg(case: Case) -> Results:
    """Eurostat's growth ratio as Statistics Canada computes it."""
    given = case.inputs
    verdict = eurostat.progress(
        base_year=given["base_year"],
        base=given["base_value"],
        year=given["current_year"],
        value=given["current_value"],
        direction=given["direction"],
        target=given.get("target", np.nan),
        target_year=given.get("target_year", 2030),
        limit=given.get("limit", np.nan),
    )
    return {"progress_value": verdict.value, "status": verdict.status, "score": verdict.score}


def unsd_2026(case: Case) -> Results:
    """Five bands."""
    verdict = unsd.progress(*_unsd(case))
    return {
        "cagr_pct": 100 * figures(verdict.rate).item(),
        "projected": verdict.projected,
        "ratio": verdict.ratio,
        "status": unsd.LABELS[str(verdict.status)],
        "score": verdict.score,
    }


def unsd_2023(case: Case) -> Results:
    """Three bands."""
    verdict = unsd.progress_2023(*_unsd(case))
    rate = 100 * figures(verdict.rate).item()
    return {**verdict._asdict(), "cagr_pct": rate}


def _unsd(case: Case) -> tuple[Any, ...]:
    ends = [case.inputs[name] for name in ("base_year", "base", "last_year", "last")]
    aim = case.inputs.get("target"), case.inputs.get("target_year", 2030)
    return (*ends, _direction(case), *aim)


def _direction(case: Case) -> int:
    word = case.inputs.get("better", case.inputs.get("direction", ""))
    return {"higher": 1, "increasing": 1, "lower": -1, "decreasing": -1}[word]


def sdr(case: Case) -> Results:
    """Sustainable Development Report, and the European cities' by the same method."""
    given = case.inputs
    if "goal_scores" in given:
        return {"index": sdsn.goal_score(list(given["goal_scores"].values()))}
    if "indicator_scores" in given:
        return {"goal_score": sdsn.goal_score(list(given["indicator_scores"].values()))}
    if "indicators" in given:
        rows = pd.DataFrame(given["indicators"])
        columns = (rows[name] for name in ("raw", "worst", "red", "green", "best"))
        return {"colour": sdsn.goal_colour(sdsn.level(*columns))}
    if "y0" in given:
        return _sdr_trend(given)
    worst, best = (given.get(name, given.get(f"{name}_inferred")) for name in ("worst", "best"))
    score = sdsn.score(given["raw"], worst, best)
    results: Results = {"score_0_100": score, "goal_score": score}
    if "green_threshold" in given:
        green, red = given["green_threshold"], given["red_threshold"]
        results["dashboard"] = sdsn.colour(given["raw"], green, red)
    return results


def _sdr_trend(given: dict[str, Any]) -> Results:
    trend = sdsn.trend(
        first_year=given["y0"],
        first=given["x0"],
        year=given["y1"],
        value=given["x1"],
        worst=given["worst"],
        best=given["best"],
        green=given["green_threshold"],
        gap_year=given["gap_reference_year"],
        gap_value=given.get("x_reference", np.nan),
        target_year=given["target_year"],
    )
    return {
        "arrow": sdsn.ARROWS[str(trend.status)],
        "achieved": trend.achieved,
        "ratio_recomputed": trend.ratio,
    }


def u4ssc_score(case: Case) -> Results:
    """Points, maximum, percent and band of a category."""
    score = u4ssc.score(case.inputs["kpi_points"])
    return {**score._asdict(), "max": score.maximum}


def weather(case: Case) -> Results:
    """German weather symbols, with a target and without."""
    values, last_year = case.inputs["last_six"], case.inputs["last_year"]
    years = last_year - np.arange(len(values))[::-1]
    row = germany.changes(np.zeros(len(values)), years, figures(values)).iloc[0]
    direction, target = _direction(case), case.inputs.get("target")
    if target is None:
        return {"symbol": germany.by_direction(row["mean_change"], row["last_change"], direction)}
    seen = germany.to_target(
        row["last_year"],
        row["last"],
        row["mean_change"],
        target,
        case.inputs["target_year"],
        direction,
    )
    return {**seen._asdict(), "missed_share_of_gap": seen.missed}


#: Ways to project, the most telling words first, and those that keep below a ceiling.
_PROJECTIONS: dict[str, Callable[..., pd.Series]] = {
    "mean": escap.mean_logit_change,
    "cagr": escap.mean_logit_change,
    "weighted_geometric": escap.weighted_geometric,
    "geometric": escap.geometric,
    "weighted_log": escap.weighted_logit,
    "log": escap.logit,
}
_BOUNDED = (escap.weighted_logit, escap.logit, escap.mean_logit_change)


def regional(case: Case) -> Results:
    """Regional commissions: current status or projection."""
    given = case.inputs
    if given.get("parity"):
        return {"CS": escap.parity_status(given["I0"], given["I_cv"], given["TV"])}
    if "I_cv" in given:
        figure = escap.current_status(given["I0"], given["I_cv"], given["TV"], _direction(case))
        return {"CS": figure}
    for words, project in _PROJECTIONS.items():
        if words in case.parts[1]:
            bounded = {"scale": given["scale"]} if project in _BOUNDED else {}
            series = np.zeros(len(given["t"]))
            path = project(series, given["t"], given["y"], given["predict_year"], **bounded)
            return {"predicted": path.iloc[0]}
    raise NotKnownError("this way to project is not known")


def reduction(case: Case) -> Results:
    """UNICEF's average annual rate of reduction, from the slope b of logarithms: 1 - exp(b)."""
    return {"aarr_percent": -100 * math.expm1(case.inputs["beta_ln"])}


_NOT_OFFERED = (
    "hamed_rao",
    "yue_wang",
    "whitening",
    "tfpw",
    "seasonal",
    "regional",
    "correlated",
    "partial",
)


def rank_test(case: Case) -> Results:
    """Mann-Kendall with Sen's slope; the figures may come as a pair of columns."""
    given = case.inputs
    if any(word in case.parts[-1] for word in _NOT_OFFERED):
        raise ReferenceOnlyError("tests that correct or combine series are not offered")
    if isinstance(given.get("data"), str):
        raise ReferenceOnlyError("the figures are only in the test file of the source")
    values: list[float] = next(given[name] for name in ("y", "data", "x") if name in given)
    times = given["x"] if "y" in given else np.arange(len(values))
    one = np.zeros(len(values))
    row = trendtests.mann_kendall(one, times, figures(values)).iloc[0]
    line = trendtests.sen(one, times, figures(values)).iloc[0]
    untied = len(set(values)) == len(values) and len(set(times)) == len(times)
    return {
        "n": row["n"],
        "S": row["s"],
        "D": row["scale"],
        "varS": row["variance"],
        "z": row["z"],
        "p": row["p_normal"],
        "p_normal_cc": row["p_normal"],
        "p_exact": kendall.exact_p(row["n"], row["s"]) if untied else math.nan,
        "tau": row["tau_a"],
        "tau_a": row["tau_a"],
        "tau_b": row["tau_b"],
        "slope": line["slope"],
        "intercept": line["intercept_separate"],
    }


#: Figures of which the exact distribution is computed: it takes n to the fourth power.
_MOST_FIGURES = 100


def exact_tail(case: Case) -> Results:
    """Upper tail of S."""
    if case.inputs["n"] > _MOST_FIGURES:
        raise ValueError(f"n may be {_MOST_FIGURES} at most")
    tail = figures(kendall.exact_tail(case.inputs["n"], case.inputs["S"])).item()
    return {"p_one_sided": tail, "p_two_sided": min(1.0, 2 * tail)}


def median_slope(case: Case) -> Results:
    """Sen's slope: y on x, or one column on its places."""
    given = case.inputs
    values: list[float] = given["y"] if "y" in given else given["x"]
    times = given["x"] if "x" in given and "y" in given else np.arange(len(values))
    alpha = given.get("alpha", 1 - given.get("level", 0.95))
    one = np.zeros(len(values))
    line = trendtests.sen(one, times, values, level=max(alpha, 1 - alpha)).iloc[0]
    test = trendtests.mann_kendall(one, times, values).iloc[0]
    results = {
        **line,
        "ci": [line["low"], line["high"]],
        "intercept_median_residual": line["intercept_joint"],
        "z": test["z"],
        "p": test["p_normal"],
    }
    if math.isnan(line["slope"]):
        results["required"] = "clear refusal, no exception"
    return results


def least_squares(case: Case) -> Results:
    """Line, or a polynomial of as many terms as are expected; the figures may be formulas."""
    x, y = case.inputs["x"], case.inputs["y"]
    terms = len(case.expected.get("beta", [0, 0]))
    if isinstance(x, str):
        first, last = map(int, x.split(".."))
        if last - first >= _MOST_POINTS:
            raise ValueError(f"x may have {_MOST_POINTS} points at most")
        x = np.arange(first, last + 1.0)
    x = figures(x)
    y = arithmetic(y, x) if isinstance(y, str) else figures(y)
    if terms != 2:
        powers = x[:, None] ** np.arange(terms)
        size = np.abs(powers).max(axis=0)
        beta = np.linalg.lstsq(powers / size, y, rcond=None)[0] / size
        residual = y - powers @ beta
        spread = math.sqrt(residual @ residual / (len(x) - terms))
        return {"beta": beta.tolist(), "residual_sd": spread}
    line = trendtests.ols(np.zeros(len(x)), x, y, robust_from=len(x) + 1).iloc[0]
    return {
        **line,
        "beta": [line["intercept"], line["slope"]],
        "se_slope": line["slope_error"],
        "se_intercept": line["intercept_error"],
    }


#: Most points of a range, and most signs of a formula: NIST's longest polynomial has 41 of them.
_MOST_POINTS, _MOST_SIGNS = 10_000, 200

_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def arithmetic(formula: str, x: np.ndarray) -> np.ndarray:
    """Return the values of a formula of x: numbers, x, ``+ - * / ^`` and brackets, nothing else.

    All of it is computed in floats, whose size is bounded, and whose overflow is infinite.

    Raises
    ------
    ValueError
        If anything else stands in it, or it is too long; the message says what.
    """

    def value(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number) if type(number) is not bool:
                return np.float64(number)
            case ast.Name(id="x"):
                return x
            case ast.UnaryOp(op=sign, operand=part) if type(sign) in _OPERATIONS:
                return _OPERATIONS[type(sign)](value(part))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATIONS:
                return _OPERATIONS[type(sign)](value(left), value(right))
        raise ValueError(f'"{formula}" may hold numbers, x, + - * / ^ and brackets, nothing else')

    if len(formula) > _MOST_SIGNS:
        raise ValueError(f"a formula may have {_MOST_SIGNS} signs at most")
    try:
        parsed = ast.parse(formula.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f'"{formula}" is no formula of x') from None
    with np.errstate(all="ignore"):
        return np.broadcast_to(value(parsed), x.shape)


def adjusted(case: Case) -> Results:
    """p-values adjusted for their number: as given or in order, whole or the first few."""
    p = figures(case.inputs["p"])
    results: Results = {}
    for name in case.expected:
        method = {"bh": multiple_testing.benjamini_hochberg, "holm": multiple_testing.holm}.get(
            name.split("_")[0]
        )
        if method is not None:
            whole = np.asarray(method(np.sort(p) if "sorted" in name else p)).tolist()
            count = re.search(r"first(\d+)$", name)
            results[name] = whole[: int(count[1])] if count else whole
    return results
