#!/usr/bin/env bash
# One would expect: a point forecast lies within the prediction intervals that come with it.
# What happens: for a series that grows steadily, the mean that AutoTheta and DynamicOptimizedTheta
# give two years ahead lies outside their own 80 and 95 per cent intervals, and the gap widens with
# the horizon: the paths that the intervals are simulated from do not follow the forecast.
# AutoETS, AutoARIMA and RandomWalkWithDrift keep the mean inside on the same figures.
# Why it matters: the intervals look narrow and sure, and miss what the model itself expects.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    statsforecast==2.1.1
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import numpy as np
from statsforecast.models import (
    AutoARIMA, AutoETS, AutoTheta, DynamicOptimizedTheta, RandomWalkWithDrift,
)

print("statsforecast", version("statsforecast"))
years = np.arange(1.0, 9.0) * 1e3 + np.array([0, 1, -1, 2, 0, 1, -2, 1.0])  # eight years
outside = {}
for model in (
    AutoTheta(season_length=1), DynamicOptimizedTheta(season_length=1),
    AutoETS(season_length=1), AutoARIMA(), RandomWalkWithDrift(),
):
    given = model.forecast(y=years, h=4, level=[95])
    name = type(model).__name__
    rows = list(zip(given["mean"], given["lo-95"], given["hi-95"]))
    outside[name] = [not low <= mean <= high for mean, low, high in rows]
    print(f"{name:22}", "; ".join(f"{m:.0f} in [{a:.0f}, {b:.0f}]" for m, a, b in rows))
for name in ("AutoTheta", "DynamicOptimizedTheta"):
    assert outside[name][1:] == [True] * 3, f"{name} keeps its mean inside now"
for name in ("AutoETS", "AutoARIMA", "RandomWalkWithDrift"):
    assert not any(outside[name])
PY
