"""How good projections would have been: each year taken as the last, nothing after it used.

Every number that `projection` pools over municipalities is fitted again at each origin, to what
was known then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.analysis import projection
from workbench.analysis.projection import (
    MINIMUM,
    Motion,
    at_end,
    levels,
    motion,
    population,
    says_chance,
    student_quantile,
    takes_log,
)
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.methods import distributions
from workbench.storage import cache, hashing

HORIZONS = (1, 2, 3, 4)

#: A level with figures for fewer years has too few to check.
LEAST_YEARS = 5


@dataclass(frozen=True)
class Report:
    """How good the projections of a dataset were.

    Attributes
    ----------
    by_horizon, by_measure : DataFrame
        As `summary` returns them, over all measures and per measure and horizon.
    reliability : DataFrame
        As `reliability` returns it.
    brier, brier_today : float
        Of the stated chances, and of saying instead that what is met today stays met and nothing
        else is reached.
    statements : int
        How many chances were stated.
    """

    by_horizon: pd.DataFrame
    by_measure: pd.DataFrame
    reliability: pd.DataFrame
    brier: float
    brier_today: float
    statements: int

    def __str__(self) -> str:
        tables = [
            ("All measures, by years ahead", self.by_horizon),
            ("By measure and years ahead", self.by_measure),
        ]
        if self.statements:
            said = f"{self.statements} stated chances, Brier score {self.brier:.4f}"
            tables.append((f"{said} (as today: {self.brier_today:.4f})", self.reliability))
        return "\n\n".join(
            f"{title}\n{table.round(3).to_string(index=False)}" for title, table in tables
        )


def report(data: Dataset, only: Sequence[str] = ()) -> Report:
    """Return how good the projections of `data` were, for all measures or some.

    It takes seconds and is kept until the figures or the code change; where those of one measure
    change, only its projections are made again.
    """
    facts = [hashing.fingerprint(table) for table in _made_from(data)]
    key = hashing.digest(_code(), "backtest", *facts, *sorted(only))
    return cache.cached(key, lambda: _report(data, only))


def _code() -> list[Path]:
    """Return the modules that a report depends on."""
    modules = (cache, distributions, projection)
    return [Path(__file__), *(Path(str(module.__file__)) for module in modules)]


def _made_from(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return data.observations, data.breaks, data.measures


def _report(data: Dataset, only: Sequence[str]) -> Report:
    wanted = sorted(
        set(data.observations["measure"]).intersection(only or data.measures["measure"])
    )
    keys = _keys(data, wanted)
    parts = cache.cached_per_measure("backtest", keys, lambda names: _checked(data, names))
    tables = [hashing.joined(part) for part in zip(*parts.values(), strict=True)]
    if not tables or tables[0].empty:
        raise UsageError(
            f"Not to be checked: {', '.join(only)}. It takes figures for 5 years on one level. "
            "Name other measures, or none for all."
        )
    misses, by_measure, said = tables
    return Report(
        by_horizon=_averaged(misses, ["horizon"]),
        by_measure=by_measure,
        reliability=reliability(said),
        brier=brier(said["chance"], said["reached"]),
        brier_today=brier(said["met"], said["reached"]),
        statements=len(said),
    )


def _keys(data: Dataset, measures: Sequence[str]) -> dict[str, str]:
    """Return, per measure, the hash of all that its projections depend on."""
    about = [hashing.fingerprints(table) for table in _made_from(data)]
    code, sizes = hashing.digest(_code()), about[0].get("population", "")
    return {
        name: hashing.digest([], code, sizes, *(table.get(name, "") for table in about))
        for name in measures
    }


def _checked(data: Dataset, names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what a report needs of some measures' projections.

    Returns
    -------
    misses : DataFrame
        As `_misses` returns it.
    by_measure : DataFrame
        `summary` by measure and horizon.
    said : DataFrame
        measure, met, chance, reached: of `statements`.
    """
    figures = data.observations[data.observations["measure"].isin(names)]
    sizes = population(data.observations)
    made = _rolling(figures, data.measures, data.breaks, sizes, LEAST_YEARS)
    forecasts = pd.concat(made, ignore_index=True) if made else _no_forecasts()
    misses = _misses(forecasts)
    said = statements(forecasts, data.measures)[["measure", "met", "chance", "reached"]]
    return misses, _averaged(misses, ["measure", "horizon"]), said


Matrix = np.ndarray


def rolling(
    observations: pd.DataFrame,
    measures: pd.DataFrame,
    breaks: pd.DataFrame,
    least_years: int = LEAST_YEARS,
) -> pd.DataFrame:
    """Return every projection that could have been made and checked.

    Parameters
    ----------
    observations : DataFrame
        measure, municipality, year, value; all municipalities, and ``population`` for their size.
    measures : DataFrame
        measure, lower_bound, upper_bound.
    breaks : DataFrame
        measure, year. No projection crosses one.
    least_years : int
        Measures with figures for fewer years on a level are left out.

    Returns
    -------
    DataFrame
        A row per measure, municipality, origin and horizon (years ahead, 1 to 4) with at least 3
        figures up to the origin, one of them in the origin's year: n (figures),
        moved (whether they differ), actual, centre, scale, freedom
        (of the Student t distribution, on logarithms where `log`), projected, low80, high80,
        low95, high95 (unit of the measure), last, drift, theil_sen, ols (projections to compare
        with), drift_half (half the width of a 95 % random walk with drift interval), step (mean
        absolute change between figures over all years, the scale of errors; not below a tenth
        of its mean over the municipalities).
    """
    parts = _rolling(observations, measures, breaks, population(observations), least_years)
    if not parts:
        raise UsageError(
            f"No measure has figures for {least_years} years on one level, so that no projection "
            "can be checked. Name other measures, or none for all."
        )
    return pd.concat(parts, ignore_index=True)


def _rolling(
    observations: pd.DataFrame,
    measures: pd.DataFrame,
    breaks: pd.DataFrame,
    sizes: pd.DataFrame,
    least_years: int,
) -> list[pd.DataFrame]:
    """Return the rows of `rolling` per measure and level; `sizes` as `population` returns them."""
    sizes = sizes.sort_index(axis=1).ffill(axis=1)
    parts = []
    for measure, grid in all_levels(observations, breaks):
        if grid.shape[1] < least_years:
            continue
        about = measures.set_index("measure").loc[measure]
        bounds = float(about["lower_bound"]), float(about["upper_bound"])
        years = grid.columns.to_numpy()
        tables = []
        for at in range(MINIMUM - 1, len(years) - 1):
            ahead = [t for t in range(at + 1, len(years)) if years[t] - years[at] in HORIZONS]
            if ahead:
                tables += _origin(grid, at, ahead, bounds, _size(sizes, grid.index, years[at]))
        if tables:
            columns = {name: np.concatenate([t[name] for t in tables]) for name in _COLUMNS}
            parts.append(pd.DataFrame(columns).assign(measure=measure))
    return parts


def all_levels(observations: pd.DataFrame, breaks: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return each measure's figures between its breaks: municipalities x years."""
    newest = levels(observations, breaks)
    reached = observations.groupby("measure")["year"].max()
    older = []
    for measure, year in breaks[["measure", "year"]].itertuples(index=False):
        if year > reached.get(measure, year - 1):
            continue
        before = observations[(observations["measure"] == measure) & (observations["year"] < year)]
        others = breaks[(breaks["measure"] == measure) & (breaks["year"] < year)]
        older += levels(before, others)
    return newest + older


def _size(sizes: pd.DataFrame, index: pd.Index, year: int) -> Matrix | None:
    """Return the residents known at the origin; `sizes` are filled from year to year."""
    known = sizes.columns[sizes.columns <= year]
    return None if known.empty else sizes[known[-1]].reindex(index).to_numpy()


def _origin(
    grid: pd.DataFrame,
    at: int,
    ahead: list[int],
    bounds: tuple[float, float],
    size: Matrix | None,
) -> list[dict[str, Matrix]]:
    """Return the projections from column `at` of the grid to each of the columns `ahead`."""
    values, years = grid.to_numpy(dtype=float), grid.columns.to_numpy()
    seen, then = values[:, : at + 1], years[: at + 1]
    moves = motion(seen, then, takes_log(seen, *bounds), size)
    usual = _usual_methods(seen, then)
    same = {
        "municipality": grid.index.to_numpy(),
        "origin": years[at],
        "n": moves.n,
        "moved": _spread(seen) > 0,
        "freedom": moves.freedom,
        "log": moves.log,
        "last": seen[:, -1],
        "step": _step(values),
    }
    known = (moves.n >= MINIMUM) & ~np.isnan(seen[:, -1])
    tables = []
    for to in ahead:
        year, actual = years[to], values[:, to]
        table = {**same, "horizon": year - years[at], "actual": actual}
        table |= _projected(moves, year, bounds) | _compared(usual, seen, year, years[at])
        usable = known & ~np.isnan(actual)
        tables.append({name: np.broadcast_to(x, len(grid))[usable] for name, x in table.items()})
    return tables


def _projected(moves: Motion, year: float, bounds: tuple[float, float]) -> dict[str, Matrix]:
    """Return the distribution in a year, and its median and intervals within the bounds."""
    centre, scale = moves.distribution(year)
    table = {"centre": centre, "scale": scale}
    shares = {"projected": 0.5, "low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}
    least, most = (limit if np.isfinite(limit) else None for limit in bounds)
    for name, share in shares.items():
        value = moves.original(centre + scale * student_quantile(share, moves.freedom))
        table[name] = np.clip(value, least, most)
    return table


def _compared(usual: dict[str, Matrix], seen: Matrix, year: int, origin: int) -> dict[str, Matrix]:
    """Return what the usual methods project to a year."""
    horizon, last = year - origin, seen[:, -1]
    width = np.sqrt(usual["drift_variance"] * (horizon + horizon**2 * usual["per_span"]))
    return {
        "drift": last + horizon * usual["drift"],
        "theil_sen": last + horizon * usual["sen"],
        "ols": usual["ols_mean"] + usual["ols"] * (year - usual["ols_year"]),
        "drift_half": student_quantile(0.975, usual["freedom"]) * width,
    }


_COLUMNS = ["municipality", "origin", "n", "moved", "horizon", "actual", "centre", "scale"]
_COLUMNS += ["freedom", "log", "projected", "low80", "high80", "low95", "high95", "last"]
_COLUMNS += ["drift", "theil_sen", "ols", "drift_half", "step"]


def _no_forecasts() -> pd.DataFrame:
    """Return `rolling` of measures of which no projection can be checked."""
    kinds = dict.fromkeys(_COLUMNS, "float64") | {"municipality": "str", "measure": "str"}
    kinds |= {"origin": "int64", "n": "int64", "horizon": "int64", "moved": "bool", "log": "bool"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _usual_methods(seen: Matrix, years: Matrix) -> dict[str, Matrix]:
    """Return what series alone would say: own drift, Theil-Sen slope, OLS line."""
    have = ~np.isnan(seen)
    x = np.where(have, years.astype(float), np.nan)
    with np.errstate(all="ignore"):
        first = np.argmax(have, axis=1)
        row = np.arange(len(seen))
        span = years[-1] - years[first].astype(float)
        drift = (seen[:, -1] - seen[row, first]) / span
        mid_x, mid_y = _mean(x), _mean(seen)
        apart = x - mid_x[:, None]
        ols = np.nansum(apart * (seen - mid_y[:, None]), axis=1) / np.nansum(apart**2, axis=1)
        i, j = np.triu_indices(len(years), 1)
        slopes = (seen[:, j] - seen[:, i]) / (years[j] - years[i])
        some = ~np.isnan(slopes).all(axis=1)
        sen = np.full(len(seen), np.nan)
        sen[some] = np.nanmedian(slopes[some], axis=1)
        steps, gaps = np.diff(seen, axis=1), np.diff(years)
        counted = (~np.isnan(steps)).sum(axis=1)
        off = np.nansum((steps - drift[:, None] * gaps) ** 2 / gaps, axis=1)
    return {
        "drift": drift,
        "per_span": np.divide(1, span, out=np.full(len(span), np.nan), where=span > 0),
        "drift_variance": off / (counted - 1).clip(1),
        "freedom": (counted - 1).clip(1),
        "ols": ols,
        "ols_mean": mid_y,
        "ols_year": mid_x,
        "sen": sen,
    }


def _spread(values: Matrix) -> Matrix:
    """Return the difference between the largest and the smallest figure."""
    return np.fmax.reduce(values, axis=1) - np.fmin.reduce(values, axis=1)


def _step(values: Matrix) -> Matrix:
    """Return each series' mean absolute change, but at least a tenth of the mean of all.

    It measures errors and is no part of a projection, so that it may know all years.
    """
    steps = np.abs(np.diff(values, axis=1))
    own = _mean(steps)
    return np.fmax(own, 0.1 * np.nanmean(own))


def _mean(values: Matrix) -> Matrix:
    counted = (~np.isnan(values)).sum(axis=1)
    return np.nansum(values, axis=1) / np.where(counted > 0, counted, np.nan)


def summary(forecasts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return how good the projections were.

    Parameters
    ----------
    forecasts : DataFrame
        As `rolling` returns it.
    by : list of str
        'measure', 'horizon' or both.

    Returns
    -------
    DataFrame
        Per group: n; cover80, cover95 (share of actual values inside the intervals); error,
        error_last, error_drift, error_theil_sen, error_ols (mean absolute error over step);
        width, width_drift (median width of the 95 % interval over step, and of the random walk
        with drift), width_ratio (missing where that is next to zero).
    """
    return _averaged(_misses(forecasts), by)


#: What `summary` takes the mean and the median of.
_MEANS = ["cover80", "cover95", "error", "error_last", "error_drift", "error_theil_sen"]
_MEANS += ["error_ols"]
_MEDIANS = ["width", "width_drift"]


def _misses(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return measure, horizon and, of each projection, what `summary` takes the mean of."""
    step = forecasts["step"].where(forecasts["step"] > 0)
    table = forecasts[["measure", "horizon"]].copy()
    actual = forecasts["actual"]
    for level in ("80", "95"):
        inside = (actual >= forecasts[f"low{level}"]) & (actual <= forecasts[f"high{level}"])
        table[f"cover{level}"] = inside.astype(float)
    names = {"projected": "error", "last": "error_last", "drift": "error_drift"}
    names |= {"theil_sen": "error_theil_sen", "ols": "error_ols"}
    for column, name in names.items():
        table[name] = (forecasts[column] - actual).abs() / step
    table["width"] = (forecasts["high95"] - forecasts["low95"]) / step
    table["width_drift"] = 2 * forecasts["drift_half"] / step
    return table


def _averaged(misses: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return `summary` of what `_misses` returns."""
    groups = misses.groupby(by)
    means, widths = groups[_MEANS].mean(), groups[_MEDIANS].median()
    result = pd.concat([groups.size().rename("n"), means, widths], axis=1)
    # Where a random walk sees nothing move, its width is no measure of another.
    narrow = result["width_drift"] < 0.01
    result["width_ratio"] = (result["width"] / result["width_drift"]).mask(narrow)
    return result.reset_index()


def statements(forecasts: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the chances that would have been stated, and what came of them.

    The targets are what half and what the best tenth of the municipalities had reached at the
    origin; a statement is made for each municipality, whether it had reached that or not. As in a
    brief, nothing is said (`says_chance`, `at_end`) from fewer than 5 figures, from figures that
    share years or are all the same, of targets at an end of the scale, or of sums, whose level is
    no target for others.

    Returns
    -------
    DataFrame
        measure, municipality, origin, horizon, target (unit of the measure), met (0 or 1, at the
        origin), chance (0 to 1), reached (0 or 1).
    """
    about = measures.set_index("measure")
    of = forecasts["measure"]
    direction = of.map(about["direction"]).astype("float64")
    may = says_chance(forecasts["n"], of.map(about["window"]), forecasts["moved"])
    may &= (direction != 0) & (of.map(about["aggregation"]) != "sum")
    limits = ["lower_bound", "upper_bound"]
    bounds = {name: of.map(about[name]).astype("float64") for name in limits}
    judged = forecasts.assign(direction=direction, **bounds)[may]
    # Mirrored where down is good, so that more is always better.
    judged["better"] = judged["direction"] * judged["last"]
    groups = judged.groupby(["measure", "origin", "horizon"])["better"]
    parts = [
        _stated(judged.assign(target=judged["direction"] * groups.transform("quantile", share)))
        for share in (0.5, 0.9)
    ]
    return pd.concat(parts, ignore_index=True)


def _stated(judged: pd.DataFrame) -> pd.DataFrame:
    """Return what would have been stated of the column ``target``."""
    end = at_end(judged["target"], judged["lower_bound"], judged["upper_bound"])
    part = judged[~end]
    target, direction = part["target"], part["direction"]
    with np.errstate(divide="ignore", invalid="ignore"):
        aim = np.where(part["log"], np.log(target.where(target > 0, 0.0)), target)
    above = distributions.t_sf((aim - part["centre"]) / part["scale"], part["freedom"])
    said = part.assign(
        met=(direction * (part["last"] - target) >= 0).astype(int),
        chance=np.where(direction > 0, above, 1 - above),
        reached=(direction * (part["actual"] - target) >= 0).astype(int),
    )
    columns = ["measure", "municipality", "origin", "horizon", "target", "met", "chance"]
    return said[[*columns, "reached"]]


def reliability(said: pd.DataFrame) -> pd.DataFrame:
    """Return, per tenth of stated chance, how often it came true.

    Returns
    -------
    DataFrame
        tenth ('0-10 %', ...), n, stated (mean chance), happened (share reached), apart
        (difference in points of per cent).
    """
    tenth = (said["chance"] * 10).clip(upper=9.999).astype(int)
    table = said.groupby(tenth).agg(
        n=("chance", "size"), stated=("chance", "mean"), happened=("reached", "mean")
    )
    table["apart"] = 100 * (table["happened"] - table["stated"])
    names = [f"{10 * at}-{10 * at + 10} %" for at in table.index]
    return table.reset_index(drop=True).assign(tenth=names)[["tenth", *table.columns]]


def brier(chance: pd.Series, reached: pd.Series) -> float:
    """Return the mean squared difference between chance and outcome: 0 is perfect."""
    return float(((chance - reached) ** 2).mean())
