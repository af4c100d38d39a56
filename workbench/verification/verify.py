"""Published figures against the methods: which of them are reproduced, and which are not.

The cases are rows of a CSV file: ``name`` (family/...), ``inputs`` and ``expected`` (JSON) and
``tolerance``. The family says which function of `FAMILIES` makes results of the inputs; they are
compared with what is expected, name by name.

A tolerance reads ``1e-9 rel; status exact`` or ``1e-3 const, 1e-6 slopes``: a number, relative or
(unless it says so) absolute, and what it holds for; a name that no result has, or none, means all
the others. Text, and true or false, must be the same in any case; null must be missing; NaN was
not published and is not compared.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from workbench.errors import UsageError
from workbench.storage import files
from workbench.verification import cases, forecast_cases, panel_cases
from workbench.verification.cases import Case, NotKnownError, ReferenceOnlyError, Results

#: Which function makes results of a case's inputs.
FAMILIES: dict[str, Callable[[Case], Results]] = {
    "aarr": cases.reduction,
    "destatis_weather": cases.weather,
    "escap": cases.regional,
    "forecast": forecast_cases.forecasts,
    "kendall_ties": cases.rank_test,
    "mk": cases.rank_test,
    "mk_exact": cases.exact_tail,
    "multiple_testing": cases.adjusted,
    "ols": cases.least_squares,
    "ols_hac": panel_cases.macro,
    "ols_hc1": panel_cases.macro,
    "opensdg_statcan": cases.opensdg,
    "panel": panel_cases.panels,
    "sdg_eu_cities_2019": cases.sdr,
    "sdr2019": cases.sdr,
    "sen": cases.median_slope,
    "u4ssc": cases.u4ssc_score,
    "unsd2023": cases.unsd_2023,
    "unsd2026": cases.unsd_2026,
}

#: What cases expect although their inputs do not hold what it is made from, and what that is.
NOT_GIVEN = {("sdg_eu_cities_2019", "dashboard"): "thresholds of the colours"}

#: Differences of a failed case that are printed.
_SHOWN = 3

#: Relative and absolute, for numbers that no tolerance is given for, and for exact ones.
LOOSE, EXACT = 1e-6, 1e-12

_COLUMNS = {"name", "inputs", "expected", "tolerance"}

Limit = tuple[float, float]  #: relative, absolute


def run(path: str | Path) -> int:
    """Compare all cases of a file, print what came of it, and return the exit status.

    Prints, per family, how many passed of those that can be computed; each failed case with what
    was expected and what came out; each case that is not known with the reason; the cases that
    are listed for reference only, by reason; and a line with the sums. The status is 1 if a case
    failed or is not known.
    """
    passed: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    trouble: list[str] = []
    reference: dict[str, list[str]] = defaultdict(list)
    missing: dict[str, set[str]] = defaultdict(set)
    unknown = 0
    for case in _read(Path(path)):
        family = case.parts[0]
        total[family] += 1
        try:
            wrong, left_out = differences(case)
        except ReferenceOnlyError as lack:
            total[family] -= 1
            reference[str(lack)].append(case.name)
        except NotKnownError as lack:
            unknown += 1
            trouble.append(f"not known  {case.name}: {lack}")
        except Exception as error:  # one case must not keep the others from being compared
            trouble.append(f"failed  {case.name}: {error!r}")
        else:
            passed[family] += not wrong
            trouble += [f"failed  {case.name}: {line}" for line in wrong[:_SHOWN]]
            missing[family] |= left_out
    width = max(map(len, total), default=0)
    for family, count in total.items():
        without = ", ".join(sorted(missing[family]))
        note = f"  (not given, so not compared: {without})" if without else ""
        print(f"{family:{width}}  {passed[family]:3} / {count}{note}")
    print(*trouble, sep="\n", end="\n" if trouble else "")
    for reason, names in reference.items():
        print(f"reference only, {len(names)} ({reason}): {', '.join(names)}")
    good = sum(passed.values())
    bad = sum(total.values()) - good - unknown
    print(f"{good} passed, {bad} failed, {unknown} not known")
    return int(bad + unknown > 0)


def differences(case: Case) -> tuple[list[str], set[str]]:
    """Return a line for each result that is not what the case expects; none if it passes.

    And what the inputs lack for results of `NOT_GIVEN`, which are then not compared.

    Raises
    ------
    NotKnownError
        No function is known for the family, an input is missing, or a result is expected that the
        function does not give.
    ReferenceOnlyError
        The figures that the case was made from are not at hand.
    """
    family = case.parts[0]
    if family not in FAMILIES:
        raise NotKnownError(f"there is no method for the family {family}")
    try:
        results = FAMILIES[family](case)
    except KeyError as name:
        raise NotKnownError(f"the inputs do not say {name}") from None
    expected = dict(case.expected)
    if "file" in expected:
        expected["file"] = panel_cases.stata_results(case)
    left_out = set()
    for key in [key for key in expected if key not in results]:
        if (family, key) not in NOT_GIVEN:
            raise NotKnownError(f"no method gives {key}")
        left_out.add(NOT_GIVEN[family, key])
        del expected[key]
    limits, rest = _tolerances(case.tolerance, set(_names(expected)))
    return list(_differences((), expected, results, limits, rest)), left_out


def _differences(
    path: tuple[str, ...], wanted: Any, got: Any, limits: dict[str, Limit], rest: Limit
) -> Iterator[str]:
    if isinstance(wanted, Mapping):
        for key, part in wanted.items():
            inside = got.get(key) if isinstance(got, Mapping) else None
            yield from _differences((*path, key), part, inside, limits, rest)
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for place, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _differences((*path, str(place)), one, other, limits, rest)
    else:
        limit = next((limits[name] for name in reversed(path) if name in limits), rest)
        if not _agree(wanted, got, *limit):
            shown = got.item() if hasattr(got, "item") else got
            yield f"{'.'.join(path)}: expected {wanted!r}, got {shown!r}"


def _agree(wanted: Any, got: Any, relative: float, absolute: float) -> bool:
    if isinstance(wanted, float) and math.isnan(wanted):
        return True
    number = isinstance(got, Real) and not isinstance(got, bool)
    if wanted is None:
        return got is None or (number and math.isnan(got))
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        if wanted == 0:
            absolute = max(relative, absolute)  # nothing is near 0 relative to it
        return number and math.isclose(got, wanted, rel_tol=relative, abs_tol=absolute)
    return type(got) is type(wanted) and bool(got == wanted)


def _names(expected: Any) -> Iterator[str]:
    if isinstance(expected, Mapping):
        for key, part in expected.items():
            yield key
            yield from _names(part)


def _read(path: Path) -> Iterator[Case]:
    try:
        text = files.read(path).decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"The cases cannot be read: {error}.") from error
    lacking = _COLUMNS - set(rows[0] if rows else ())
    if lacking:
        raise UsageError(f"{path} is no file of cases: it lacks {', '.join(sorted(lacking))}.")
    for line, row in enumerate(rows, start=2):
        try:
            inputs, expected = json.loads(row["inputs"]), json.loads(row["expected"])
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"{path}, row {line}: {error}.") from error
        if not row["name"] or not (isinstance(inputs, dict) and isinstance(expected, dict)):
            raise UsageError(
                f"{path}, row {line}: needs a name, and inputs and expected as {{...}}."
            )
        yield Case(row["name"], inputs, expected, row["tolerance"] or "")


def _tolerances(text: str, names: set[str]) -> tuple[dict[str, Limit], Limit]:
    """Return the limits of the names that the text gives one for, and the limit of the rest."""
    limits: dict[str, Limit] = {}
    rest = (LOOSE, LOOSE)
    for clause in re.sub(r"\([^()]*\)", "", text).split(";"):
        if clause.strip() == "exact":
            rest = (EXACT, EXACT)
        for number, kind, words in re.findall(
            r"(\d[\d.]*(?:e[-+]?\d+)?)\s*(rel\b|abs\b)?(\D*)", clause
        ):
            limit = (float(number), 0.0) if kind == "rel" else (0.0, float(number))
            meant = [
                name
                for word in re.findall(r"\w+", words.casefold())
                for name in names
                if name.casefold() == word or name.casefold().startswith(f"{word}_")
            ]
            limits.update(dict.fromkeys(meant, limit))
            rest = rest if meant else limit
    return limits, rest
