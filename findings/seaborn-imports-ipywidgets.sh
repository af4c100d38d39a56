#!/usr/bin/env bash
# One would expect: `import seaborn` loads what it draws with.
# What happens: it also loads all of ipywidgets where that is installed, for its palette choosers, and scipy's
# clustering, for a kind of chart that most never draw: 34 modules of ipywidgets and 66 of IPython beside its own 37.
# Why it matters: a batch that draws one heat map in a process of its own loads JupyterLab's controls each time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    seaborn==0.13.2 ipywidgets==8.1.8 scipy==1.17.1
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import seaborn

loaded = {
    name: sum(module.split(".")[0] == name for module in sys.modules)
    for name in ("seaborn", "ipywidgets", "IPython")
}
print("seaborn", version("seaborn"), "ipywidgets", version("ipywidgets"), "modules:", loaded)
print("scipy.cluster.hierarchy" in sys.modules)
assert loaded["ipywidgets"] > 20 and loaded["IPython"] > 0
assert "scipy.cluster.hierarchy" in sys.modules
PY
