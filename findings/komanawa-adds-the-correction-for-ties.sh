#!/usr/bin/env bash
# One would expect: equal values lower the variance of the Mann-Kendall statistic. By Kendall (1975),
# as in Hirsch, Slack and Smith (1982): [n(n-1)(2n+5) - sum of t(t-1)(2t+5)] / 18, over groups of t
# equal values.
# What happens: komanawa-kendall-stats adds that sum instead of subtracting it, and multiplies it by
# the number of groups with ties; the p value of a rounded series comes out two to three times as
# large. pymannkendall 1.4.3 agrees with the formula on the same figures.
# Why it matters: published indicators are rounded, so that ties are the rule, and trends are missed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    komanawa-kendall-stats==2.0.3 pymannkendall==1.4.3
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import komanawa.kendall_stats as komanawa
import numpy as np
import pymannkendall

print("komanawa-kendall-stats", version("komanawa-kendall-stats"))
series = np.array([30.0, 30, 40, 40, 50, 50, 60, 60])  # yearly shares, rounded to tens
n, ties = len(series), np.unique(series, return_counts=True)[1]
summed = sum(t * (t - 1) * (2 * t + 5) for t in ties)
formula = (n * (n - 1) * (2 * n + 5) - summed) / 18
seen = komanawa.MannKendall(data=series, alpha=0.05)
other = pymannkendall.original_test(series)
print(f"variance: formula {formula:.3f}, pymannkendall {other.var_s:.3f}, komanawa {seen.var_s:.3f}")
print(f"p value: pymannkendall {other.p:.4f}, komanawa {seen.p:.4f}")
assert abs(other.var_s - formula) < 1e-9
assert abs(seen.var_s - (n * (n - 1) * (2 * n + 5) + summed * len(ties)) / 18) < 1e-9, "mended?"
assert abs(seen.p - 0.0107626) < 1e-6 and abs(other.p - 0.0033158) < 1e-6
PY
