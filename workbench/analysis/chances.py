"""Whether stated chances of reaching a target came true as often as stated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.motion import scaled
from workbench.analysis.projection import at_end, has_chance
from workbench.methods import distributions

#: A tenth of one measure's chances is judged from so many statements on.
LEAST = 20

#: Points of per cent from which stated and happened are far apart.
FAR = 10.0


#: A measure whose chances are off by so many points on average, over its tenths, states none.
WORST = 10.0


def statements(forecasts: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the chances that would have been stated, and what came of them.

    The targets are what half and what the best tenth of the municipalities had reached at the
    origin; a statement is made for each municipality, whether it had reached that or not. As in a
    brief, nothing is said (`has_chance`, `at_end`) from fewer than 5 figures, from figures that
    share years or are all the same, of targets at an end of the scale, or of sums, whose level is
    no target for others.

    Returns
    -------
    DataFrame
        measure, municipality, origin, horizon, target (unit of the measure), met (0 or 1, at the
        origin), chance (0 to 1), reached (0 or 1).
    """
    has_level = (measures["direction"] != 0) & (measures["aggregation"] != "sum")
    about = measures[has_level & (measures["window"] == 1)].set_index("measure")
    judged = forecasts[forecasts["measure"].isin(about.index)]
    judged = judged[has_chance(judged["n"], 1, judged["moved"])]
    of = judged["measure"].astype("str")
    known = ["direction", "lower_bound", "upper_bound"]
    facts = {name: of.map(about[name]).astype("float64") for name in known}
    judged = judged.assign(measure=of, **facts)
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
    aim = target.to_numpy(dtype=float)
    for scale in ("log", "root"):
        aim = np.where(part["scale"] == scale, scaled(target.to_numpy(dtype=float), scale), aim)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = distributions.t_sf((aim - part["centre"]) / part["spread"], part["freedom"])
    said = part.assign(
        met=(direction * (part["last"] - target) >= 0).astype(int),
        chance=np.where(direction > 0, above, 1 - above),
        reached=(direction * (part["actual"] - target) >= 0).astype(int),
    )
    columns = ["measure", "municipality", "origin", "horizon", "target", "met", "chance"]
    return said[[*columns, "reached"]]


def reliability(said: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return, per tenth of stated chance, how often it came true.

    Returns
    -------
    DataFrame
        The columns `by`; tenth ('0-10 %', ...), n, stated (mean chance), happened (share reached),
        apart (difference in points of per cent).
    """
    at = (said["chance"] * 10).clip(upper=9.999).astype(int)
    table = said.groupby([*by, at.rename("tenth")], observed=True).agg(
        n=("chance", "size"), stated=("chance", "mean"), happened=("reached", "mean")
    )
    table["apart"] = 100 * (table["happened"] - table["stated"])
    table = table.reset_index()
    table["tenth"] = [f"{10 * at}-{10 * at + 10} %" for at in table["tenth"]]
    return table


def unproven(cells: pd.DataFrame) -> list[str]:
    """Return the measures whose chances were off by 10 points or more on average (`WORST`).

    `cells` is `reliability` by measure.
    """
    off = _judged(cells)["apart"].abs().groupby(cells["measure"]).mean()
    return sorted(off.index[off >= WORST])


def gaps(cells: pd.DataFrame) -> dict[str, float]:
    """Return how far stated and happened are apart, measure by measure.

    Returns
    -------
    dict of str to float
        cells (a measure's tenth with 20 statements or more), mean (points of per cent), far (share
        of the cells that are off by more than 10 points).
    """
    apart = _judged(cells)["apart"].abs()
    return {"cells": len(apart), "mean": apart.mean(), "far": (apart > FAR).mean()}


def _judged(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["n"] >= LEAST]
