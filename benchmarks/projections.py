"""The workbench's projections beside those of statsforecast, on the same origins in one run.

    python benchmarks/projections.py --peers PYTHON [--sample 40]

PYTHON is an interpreter that has statsforecast, in an environment of its own: it wants a pandas
older than the workbench's. Of each indicator that is tested in 10 municipalities or more, some
origins are drawn whose figures stand in years without a gap, with target years after the split of
the constants; each model is fitted to the figures up to there. Printed are averages over measures,
each with one vote: the scores of the ranges within the bounds of the measure, how often they held,
and the error of the middle, all but coverage over the usual change of the series.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

LEVELS = [30, 60, 80, 90, 95]
MODELS = ["AutoETS", "AutoTheta", "DynamicOptimizedTheta", "RandomWalkWithDrift"]
HORIZON = 4


def fit(file: Path) -> None:
    """Write quantiles of every model for the series in a file, a list per series and horizon."""
    from statsforecast import models

    fitted: dict[str, list[Any]] = {name: [] for name in MODELS}
    warnings.simplefilter("ignore")
    for series in json.loads(file.read_text()):
        values = np.array(series, dtype=float)
        for name in MODELS:
            try:
                model = getattr(models, name)()
                found = model.forecast(y=values, h=HORIZON, level=LEVELS)
                lows = [found[f"lo-{level}"] for level in reversed(LEVELS)]
                highs = [found[f"hi-{level}"] for level in LEVELS]
                fitted[name].append(np.array([*lows, found["mean"], *highs]).T.tolist())
            except Exception:  # a model that cannot be fitted to so few figures
                fitted[name].append(None)
    file.write_text(json.dumps(fitted))


def compare(peers: str, sample: int) -> None:
    """Print the scores of all models."""
    import pandas as pd

    from workbench.analysis import averages, backtest
    from workbench.analysis.motion import INDICATORS, SPLIT, original
    from workbench.dataset import load
    from workbench.methods import distributions, scores

    data = load()
    indicators = data.measures.loc[data.measures["unit"] != "persons", "measure"]
    rows = data.observations[data.observations["measure"].isin([*indicators, "population"])]
    made = backtest.rolling(rows, data.measures, data.breaks)
    made = made.astype({"measure": "str", "municipality": "str", "scale": "str"})
    voters = made.groupby("measure")["municipality"].nunique()
    voters = voters[voters >= averages.LEAST_MUNICIPALITIES].index.intersection(indicators)
    made = made[made["measure"].isin(voters) & (made["horizon"] <= HORIZON)]
    made = made[(made["year"] > SPLIT) & (made["n"] >= 4)]

    figures = {key: part for key, part in rows.groupby(["measure", "municipality"])}
    begins = data.breaks.groupby("measure")["year"].apply(list).to_dict()
    key = ["measure", "municipality", "origin"]
    origins = made[key].drop_duplicates().sample(frac=1, random_state=1)
    chosen, series = [], []
    for measure, part in origins.groupby("measure"):
        taken = 0
        for place, origin in part[["municipality", "origin"]].itertuples(index=False):
            known = figures[measure, place].sort_values("year")
            since = max([year for year in begins.get(measure, []) if year <= origin], default=0)
            known = known[(known["year"] <= origin) & (known["year"] >= since)]
            if taken < sample and len(known) >= 4 and (known["year"].diff().iloc[1:] == 1).all():
                chosen.append((measure, place, origin))
                series.append(known["value"].tolist())
                taken += 1
    table = pd.DataFrame(chosen, columns=key).reset_index(names="at").merge(made, on=key)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "series.json"
        file.write_text(json.dumps(series))
        subprocess.run([peers, __file__, "--fit", str(file)], check=True)
        fitted = json.loads(file.read_text())

    quantiles = {"workbench": np.empty((len(table), len(backtest.SHARES)))}
    for at, row in enumerate(table.itertuples()):
        far = INDICATORS.widened * distributions.t_ppf(backtest.SHARES, row.freedom)
        quantiles["workbench"][at] = original(row.centre + row.spread * far, row.scale)
    for name, found in fitted.items():
        none = [np.nan] * len(backtest.SHARES)
        quantiles[name] = np.array(
            [
                none if found[at] is None else found[at][horizon - 1]
                for at, horizon in zip(table["at"], table["horizon"], strict=True)
            ]
        )
    print(f"{len(series)} origins of {table['measure'].nunique()} measures, {len(table)} tests")
    about = data.measures.set_index("measure").loc[table["measure"]]
    bounds = [about[f"{end}_bound"].fillna(limit).to_numpy() for end, limit in _ENDS.items()]
    actual, step = table["actual"].to_numpy(), table["step"].where(table["step"] > 0).to_numpy()
    scored = {}
    for name, q in quantiles.items():
        q = np.clip(q.T, *bounds)
        off = pd.DataFrame(
            {
                "wis": scores.weighted_interval_score(actual, q, backtest.SHARES) / step,
                "interval_score80": scores.interval_score(actual, q[2], q[8], level=0.8) / step,
                "cover80": (actual >= q[2]) & (actual <= q[8]),
                "cover95": (actual >= q[0]) & (actual <= q[10]),
                "error": np.abs(actual - q[5]) / step,
            }
        )
        scored[name] = off.astype(float)
        scored[name].loc[np.isnan(q).any(axis=0)] = np.nan
    printed = []
    for name in MODELS:
        known = scored[name]["cover80"].notna()
        for of in (name, "workbench"):
            votes = scored[of][known].groupby([table["horizon"], table["measure"]]).mean()
            means = votes.groupby("horizon").mean().mean()
            printed.append({"model": of, "tests": int(known.sum()), **means.round(3)})
    print("Each model, and the workbench on the tests that it has a forecast for:")
    print(pd.DataFrame(printed).to_string(index=False))


_ENDS = {"lower": -np.inf, "upper": np.inf}

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--peers", metavar="PYTHON", default=sys.executable)
    options.add_argument("--sample", type=int, default=40, help="origins of each measure")
    options.add_argument("--fit", type=Path, help=argparse.SUPPRESS)
    chosen_options = options.parse_args()
    if chosen_options.fit:
        fit(chosen_options.fit)
    else:
        compare(chosen_options.peers, chosen_options.sample)
