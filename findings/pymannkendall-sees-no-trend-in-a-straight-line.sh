#!/usr/bin/env bash
# One would expect: the tests that allow for serial correlation call a series that rises by the same
# amount every year increasing, as the original test does (p = 0.003 for seven years).
# What happens: with nothing left after the trend is taken out, the lag-1 correlation is 0/0. Hamed
# and Rao's and Yue and Wang's modification return p = nan, trend-free pre-whitening returns z = 0
# and p = 1; all three say "no trend" beside a slope of 1.0 and Tau of 1.0, and warn of nothing that
# a user of the result can see. Take one year out, and they say "increasing".
# Why it matters: interpolated or administrative yearly series are exact lines more often than not,
# and "no trend" is the answer that a program then prints.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pymannkendall==1.4.3 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" -W ignore - <<'PY'
import math
from importlib.metadata import version

import numpy as np
import pymannkendall as mk

print("pymannkendall", version("pymannkendall"))
line = np.arange(1.0, 8.0)
gap = line.copy()
gap[3] = np.nan
tests = {
    "original": mk.original_test,
    "Hamed and Rao": mk.hamed_rao_modification_test,
    "Yue and Wang": mk.yue_wang_modification_test,
    "trend-free pre-whitening": mk.trend_free_pre_whitening_modification_test,
}
for name, test in tests.items():
    whole, holed = test(line), test(gap)
    print(f"{name:25} {whole.trend:11} p={whole.p:.4f} slope={whole.slope}; "
          f"without the fourth year: {holed.trend} p={holed.p:.4f}")
    assert whole.slope == 1.0 and holed.trend == "increasing"
    if name == "original":
        assert whole.trend == "increasing" and whole.p < 0.01
    else:
        assert whole.trend == "no trend", f"{name} sees the line now"
        assert math.isnan(whole.p) or whole.p == 1.0
PY
