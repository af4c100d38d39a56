#!/usr/bin/env bash
# One would expect: seaborn's heat map leaves a cell empty for a missing value, as it does for NaN,
# also where the table has pandas' nullable Float64, which its other functions draw.
# What happens: with a missing Float64 it raises TypeError about float() and NAType; NaN in the same
# cell is left empty, and lineplot, boxplot and histplot take the very same column.
# Why it matters: a table of municipalities and goals has holes, and pandas makes nullable columns by
# itself (convert_dtypes, Arrow files, integers that may be missing).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check seaborn==0.13.2 pandas==3.1.1 \
    matplotlib==3.11.2
MPLBACKEND=agg "$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

print("seaborn", version("seaborn"), "pandas", version("pandas"))
rows = pd.DataFrame({"goal 3": [1.0, None, 3.0], "goal 11": [2.0, 4.0, 6.0]})
nullable = rows.astype("Float64")


def tried(draw):
    plt.close("all")
    try:
        draw()
    except TypeError as error:
        return type(error).__name__
    return "drawn"


found = {
    "heatmap of float64 with NaN": tried(lambda: sns.heatmap(rows, annot=True)),
    "heatmap of Float64 with NA": tried(lambda: sns.heatmap(nullable, annot=True)),
    "boxplot of Float64 with NA": tried(lambda: sns.boxplot(nullable)),
    "histplot of Float64 with NA": tried(lambda: sns.histplot(nullable, x="goal 3")),
    "lineplot of Float64 with NA": tried(lambda: sns.lineplot(nullable, x="goal 11", y="goal 3")),
}
for name, outcome in found.items():
    print(f"{name}: {outcome}")
assert list(found.values()) == ["drawn", "TypeError", "drawn", "drawn", "drawn"]
PY
