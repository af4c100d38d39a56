#!/usr/bin/env bash
# One would expect: five quantile classes of a share that most municipalities have at 100 % to part
# those below, or the classifier to say how many classes it made.
# What happens: all 357 fall into one class from 80 to 100, and k still says 5. The warning speaks of
# too few unique values, although there are 58. BoxPlot has five classes, all of one bound.
# Why it matters: a map of coverage (broadband, water) gets one colour and a key of five.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check mapclassify==2.10.0 numpy==2.3.5
"$work/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version

import mapclassify
import numpy as np

print("mapclassify", version("mapclassify"))
share = np.r_[np.full(300, 100.0), np.linspace(80, 99, 57)]
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    five = mapclassify.Quantiles(share, k=5)
    box = mapclassify.BoxPlot(share)
print("unique values:", np.unique(share).size, "warning:", said[0].message)
print("Quantiles: k", five.k, "bounds", five.bins.tolist(), "counts", five.counts.tolist())
print("BoxPlot: bounds", box.bins.tolist(), "counts", box.counts.tolist())
assert np.unique(share).size == 58
assert five.k == 5 and five.bins.tolist() == [100.0] and five.counts.tolist() == [357]
assert set(box.bins.tolist()) == {100.0} and box.counts.tolist()[0] == 357
PY
