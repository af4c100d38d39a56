#!/usr/bin/env bash
# One would expect: a variable that is set to nothing, as `SOURCE_DATE_EPOCH=` in a CI file or a
# container leaves it, counts as not set; matplotlib, which reads it for its pictures, takes it so.
# What happens: `import scipy.optimize` (and scipy.stats, seaborn, statsmodels) ends in a ValueError
# about int(''). scipy walks through numpy's names, which imports numpy.f2py, whose code generator
# reads the variable when it is imported.
# Why it matters: who makes pages or notebooks reproducible sets this variable, and the error names
# neither it nor anything that the user imported.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" -c '
from importlib.metadata import version
print("numpy", version("numpy"), "scipy", version("scipy"))'
for value in unset 1700000000 ""; do
    if [ "$value" = unset ]; then unset SOURCE_DATE_EPOCH; else export SOURCE_DATE_EPOCH=$value; fi
    said=$("$work/venv/bin/python" -c 'import scipy.optimize' 2>&1 | tail -1) || true
    echo "SOURCE_DATE_EPOCH ${value:-empty}: import scipy.optimize: ${said:-fine}"
    if [ -n "$value" ]; then wanted=""; else wanted="ValueError: invalid literal for int() with base 10: ''"; fi
    [ "$said" = "$wanted" ] || { echo "that is other than before"; exit 1; }
done
