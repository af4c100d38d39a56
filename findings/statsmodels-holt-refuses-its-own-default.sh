#!/usr/bin/env bash
# One would expect: Holt and SimpleExpSmoothing to fit a yearly series when called with the series
# alone, as ExponentialSmoothing, of which both are special cases, does.
# What happens: both raise TypeError, that initialization_method must be a string: their own default
# is None. With initialization_method="estimated" they fit.
# Why it matters: they are the usual first forecast of fifteen yearly figures.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check statsmodels==0.15.0
"$work/venv/bin/python" -W ignore - <<'PY'
import inspect
from importlib.metadata import version

import numpy as np
from statsmodels.tsa.holtwinters import ExponentialSmoothing, Holt, SimpleExpSmoothing

print("statsmodels", version("statsmodels"))
share = 50 + np.arange(12.0) + np.sin(np.arange(12))
outcomes = {}
for model in (ExponentialSmoothing, Holt, SimpleExpSmoothing):
    default = inspect.signature(model).parameters["initialization_method"].default
    try:
        model(share).fit()
        outcome = "fitted"
    except TypeError as error:
        outcome = f"TypeError: {error}"
    model(share, initialization_method="estimated").fit()
    print(f"{model.__name__}, initialization_method={default!r} by default: {outcome}")
    outcomes[model.__name__] = outcome.partition(":")[0]
assert list(outcomes.values()) == ["fitted", "TypeError", "TypeError"]
PY
