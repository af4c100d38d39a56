"""How good projections would have been: each year taken as the last, nothing after it used.

Every number that `motion` pools over municipalities is fitted again at each origin, to what was
known then. Averages over measures give each one vote: counts of persons are three cases in four,
and are no indicators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.analysis.averages import averaged, macro, misses
from workbench.analysis.chances import gaps, reliability, statements, unproven
from workbench.analysis.memo import cached_per_measure
from workbench.analysis.motion import SPLIT, Motion, constants_of, motion, scale_of
from workbench.analysis.projection import MINIMUM, levels
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.methods import extrapolation, scores

HORIZONS = (1, 2, 3, 4, 5, 6, 7, 8)

#: A level with figures for fewer years has too few to check.
LEAST_YEARS = 5

#: Residents from which a municipality counts as large.
LARGE = 20_000

#: Quantiles that the weighted interval score is taken from.
SHARES = np.array([0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975])
_NAMED = {"low95": 0, "low80": 2, "projected": 5, "high80": 8, "high95": 10}

Matrix = np.ndarray


@dataclass(frozen=True, eq=False)
class Report:
    """How good the projections of a dataset were."""

    table: pd.DataFrame  #: `summary` per measure, horizon and size of municipality
    said: pd.DataFrame  #: measure, met, chance, reached: of `chances.statements`
    people: frozenset[str]  #: measures that count persons

    @cached_property
    def by_measure(self) -> pd.DataFrame:
        """As `summary` returns it, per measure and horizon."""
        return self.table[self.table["size"] == "all"].drop(columns="size").reset_index(drop=True)

    @cached_property
    def macro(self) -> pd.DataFrame:
        """As `averages.macro` returns it."""
        return macro(self.table, self.people)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """As `chances.reliability` returns it."""
        return reliability(self.said)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The same by measure."""
        return reliability(self.said, ("measure",))

    @cached_property
    def unproven(self) -> list[str]:
        """The measures whose own chances were too far off for any to be stated."""
        return unproven(self.cells)

    @property
    def statements(self) -> int:
        """How many chances were stated."""
        return len(self.said)

    @property
    def brier(self) -> float:
        """The Brier score of the stated chances."""
        return scores.brier(self.said["chance"], self.said["reached"])

    @property
    def brier_today(self) -> float:
        """That of saying instead that what is met stays met and nothing else is reached."""
        return scores.brier(self.said["met"], self.said["reached"])

    def __str__(self) -> str:
        tables = [
            (f"{kind}, {size} municipalities, one vote per measure, by years ahead", table)
            for (kind, size), table in self.macro.groupby(["kind", "size"], sort=False)
        ]
        tables.append(("By measure and years ahead", self.by_measure))
        if self.statements:
            said = f"{self.statements} stated chances, Brier score {self.brier:.4f}"
            said += f" (as today: {self.brier_today:.4f})"
            sure = self.cells[~self.cells["measure"].isin(self.unproven)]
            for which, cells in (("all", self.cells), ("those that state one", sure)):
                found = gaps(cells)
                said += f"\nBy measure ({which}), {found['cells']} tenths: off by "
                said += f"{found['mean']:.1f} points, {100 * found['far']:.0f} % by more than 10"
            tables.append((said, self.reliability))
        return "\n\n".join(
            f"{title}\n{table.round(3).to_string(index=False)}" for title, table in tables
        )


def report(data: Dataset, only: Sequence[str] = (), split: int | None = None) -> Report:
    """Return how good the projections of `data` were, for all measures or some.

    It takes seconds and is kept until the figures or the code change; where those of one measure
    change, only its projections are made again.

    Parameters
    ----------
    data : Dataset
    only : sequence of str
        Measures; none for all.
    split : int, optional
        Report only target years after it. The constants were chosen on target years up to `SPLIT`
        and on nothing later, so that no other year is taken.
    """
    if split not in (None, SPLIT):
        raise UsageError(
            f"The constants of the projections are frozen on target years up to {SPLIT}, so that "
            f"{split} would divide nothing. Give {SPLIT}, or leave the split out."
        )
    table, said = cached_per_measure(data, "backtest", _checked, others=("population",))
    since = split or 0
    table = table[(table["split"] == since) & (table["measure"].isin(only) | (not only))]
    said = said[(said["year"] > since) & said["measure"].isin(table["measure"])]
    if table.empty:
        raise UsageError(
            f"Not to be checked: {', '.join(only) or 'any measure'}. It takes figures for "
            f"{LEAST_YEARS} years on one level. Name other measures, or none for all."
        )
    units = data.measures.reindex(columns=["measure", "unit"])
    people = frozenset(units.loc[units["unit"] == "persons", "measure"])
    return Report(table.drop(columns="split"), said, people)


def _checked(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `summary` by measure, horizon, split (0: all years) and size, and `statements`."""
    forecasts = rolling(data.observations, data.measures, data.breaks)
    later, large = forecasts["year"] > SPLIT, forecasts["residents"] >= LARGE
    whole = pd.Series(True, forecasts.index)
    off = misses(forecasts)
    parts = [
        averaged(off[of & years], ["measure", "horizon"]).assign(split=split, size=size)
        for split, years in ((0, whole), (SPLIT, later))
        for size, of in (("all", whole), ("large", large), ("small", ~large))
    ]
    said = statements(forecasts, data.measures)
    said["year"] = said["origin"] + said["horizon"]
    return pd.concat(parts, ignore_index=True), said[
        ["measure", "year", "met", "chance", "reached"]
    ]


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
        measure, unit, lower_bound, upper_bound.
    breaks : DataFrame
        measure, year. No projection crosses one.
    least_years : int
        Measures with figures for fewer years on a level are left out.

    Returns
    -------
    DataFrame
        A row per measure, municipality, origin and horizon (years ahead, 1 to 8) with at least 3
        figures up to the origin, one of them in the origin's year: year (the target's), n
        (figures), moved (whether they differ), residents, actual, centre, spread, freedom (of
        the Student t distribution, on `scale`, before the spread is widened), projected, low80,
        high80, low95, high95 (unit of the measure), score (weighted interval score), last, drift,
        theil_sen, ols, drift_half (as `extrapolation.ahead` returns them), naive_low80,
        naive_high80 (its range of the last value, within the bounds), step (mean absolute change
        between figures over all years, the measure of errors; not below a tenth of its mean over
        the municipalities).
    """
    people = observations[observations["measure"] == "population"]
    sizes = people.pivot(index="municipality", columns="year", values="value").ffill(axis=1)
    about = measures.set_index("measure")
    names = pd.Index(sorted(observations["municipality"].unique()))
    kinds = pd.Index(sorted(observations["measure"].unique()))
    tables = []
    for measure, grid in all_levels(observations, breaks):
        if grid.shape[1] < least_years:
            continue
        who = {"measure": kinds.get_loc(measure), "municipality": names.get_indexer(grid.index)}
        years, row = grid.columns.to_numpy(), about.loc[measure]
        for at in range(MINIMUM - 1, len(years) - 1):
            ahead = np.isin(years - years[at], HORIZONS)
            if ahead.any():
                tables.append(
                    _origin(grid, at, ahead, row, _size(sizes, grid.index, years[at]), who)
                )
    columns = {
        name: np.concatenate([t[name] for t in tables]) if tables else np.array([], dtype=kind)
        for name, kind in _COLUMNS.items()
    }
    table = pd.DataFrame(columns, copy=False)
    for name, known in (("measure", kinds), ("municipality", names)):
        table[name] = pd.Categorical.from_codes(columns[name], known)
    table["scale"] = pd.Categorical.from_codes(columns["scale"], _SCALES)
    return table


_SCALES = ["plain", "log", "root"]
_COLUMNS = dict.fromkeys(["measure", "municipality", "origin", "horizon", "year", "n"], "int64")
_COLUMNS |= {"moved": "bool", "scale": "int64"}
_COLUMNS |= dict.fromkeys(["residents", "actual", "centre", "spread", "freedom"], "float64")
_COLUMNS |= dict.fromkeys([*_NAMED, "score", "last", "drift", "theil_sen", "ols"], "float64")
_COLUMNS |= dict.fromkeys(["drift_half", "naive_low80", "naive_high80", "step"], "float64")


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
    ahead: Matrix,
    about: pd.Series,
    size: Matrix | None,
    who: dict[str, Matrix],
) -> dict[str, Matrix]:
    """Return the projections from column `at` of the grid to each of the columns `ahead`."""
    values, years = grid.to_numpy(dtype=float), grid.columns.to_numpy()
    seen, to, actual = values[:, : at + 1], years[ahead], values[:, ahead].T
    bounds = float(about["lower_bound"]), float(about["upper_bound"])
    scale, constants = scale_of(seen, *bounds), constants_of(about.get("unit"))
    moves = motion(seen, years[: at + 1], scale, size, constants)
    table = {
        **who,
        "origin": years[at],
        "horizon": (to - years[at])[:, None],
        "year": to[:, None],
        "n": moves.n,
        "moved": np.fmax.reduce(seen, axis=1) > np.fmin.reduce(seen, axis=1),
        "scale": _SCALES.index(scale),
        "residents": np.nan if size is None else size,
        "actual": actual,
        "freedom": moves.freedom,
        "last": seen[:, -1],
        "step": _step(values),
    }
    table |= _projected(moves, to, bounds, actual)
    alone = extrapolation.ahead(seen, years[: at + 1], to)
    half = alone.pop("naive_half")
    table |= alone | {
        "naive_low80": np.fmax(seen[:, -1] - half, bounds[0]),
        "naive_high80": np.fmin(seen[:, -1] + half, bounds[1]),
    }
    usable = (moves.n >= MINIMUM) & ~np.isnan(seen[:, -1]) & ~np.isnan(actual)
    return {name: np.broadcast_to(x, usable.shape)[usable] for name, x in table.items()}


def _projected(
    moves: Motion, years: Matrix, bounds: tuple[float, float], actual: Matrix
) -> dict[str, Matrix]:
    """Return the distributions in some years, and quantiles within the bounds with their score."""
    centre, spread = moves.distribution(years[:, None].astype(float))
    quantiles = moves.quantile(years[:, None].astype(float), SHARES)
    least, most = (limit if np.isfinite(limit) else None for limit in bounds)
    quantiles = np.clip(quantiles, least, most)
    table = {"centre": centre, "spread": spread}
    table |= {name: quantiles[at] for name, at in _NAMED.items()}
    return table | {"score": scores.weighted_interval_score(actual, quantiles, SHARES)}


def _step(values: Matrix) -> Matrix:
    """Return each series' mean absolute change, but at least a tenth of the mean of all.

    It measures errors and is no part of a projection, so that it may know all years.
    """
    steps = np.abs(np.diff(values, axis=1))
    counted = (~np.isnan(steps)).sum(axis=1)
    own = np.nansum(steps, axis=1) / np.where(counted > 0, counted, np.nan)
    return np.fmax(own, 0.1 * np.nanmean(own))
