#!/usr/bin/env bash
# One would expect: where one figure alone decides a coefficient (leverage 1, as with an indicator of
# one municipality), heteroscedasticity-robust errors are missing, or there is a warning.
# What happens: HC3 of statsmodels divides nought by nought as rounding has left it, and returns a
# finite error that depends on the unit of the outcome (here 40 times); HC0 to HC2 return the part
# of the error that the other figures bring, a seventh of the classic one. None warns.
# Why it matters: a coefficient that rests on one municipality is reported as surer, or less sure,
# than all others, by chance.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    statsmodels==0.15.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$work/venv/bin/python" -W error - <<'PY'
from importlib.metadata import version

import numpy as np
from statsmodels.api import OLS, add_constant

print("statsmodels", version("statsmodels"))
rng = np.random.default_rng(4)
x = rng.normal(30, 8, 60)
alone = np.zeros(60)
alone[7] = 12.5
y = 70 + 0.15 * x + rng.normal(0, 3, 60)
design = add_constant(np.column_stack([x, alone]))
found = {}
for kind in ("HC0", "HC1", "HC2", "HC3"):
    found[kind] = [OLS(k * y, design).fit(cov_type=kind).bse[2] / k for k in (1, 0.01, 3)]
    print(kind, "error in the first unit:", [f"{error:.3g}" for error in found[kind]])
classic = OLS(y, design).fit().bse[2]
print(f"with equal variances: {classic:.3g}")
assert np.isfinite([*found.values()]).all(), "one is missing now"
assert max(found["HC0"] + found["HC1"]) < classic / 3, "they allow for the figure now"
assert max(found["HC3"]) > 5 * min(found["HC3"]), "it no longer depends on the unit"
PY
