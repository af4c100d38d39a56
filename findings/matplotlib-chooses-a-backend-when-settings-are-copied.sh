#!/usr/bin/env bash
# One would expect: to read matplotlib's settings again, by rcParams.update(rc_params()), or to ask
# whether a setting is there, `"backend" in rcParams`, changes only settings.
# What happens: both ask for the value of "backend", which imports pyplot and settles a backend for
# the process there and then (agg without a screen). MPLBACKEND, when it is set later, counts no more.
# Why it matters: ipykernel sets MPLBACKEND as late as when a kernel starts. In a process that was
# prepared before (a fork server, a pool), charts of notebooks then vanish without a word.
# Setting "backend" in the copy before the update avoids it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2
ask() {
    env -u MPLBACKEND -u DISPLAY -u WAYLAND_DISPLAY "$work/venv/bin/python" - <<PY
import os, sys
import matplotlib
from matplotlib import rc_params, rcParams

settings = rc_params()
$1
imported = "matplotlib.pyplot" in sys.modules
os.environ["MPLBACKEND"] = "svg"
print(matplotlib.__version__, imported, matplotlib.get_backend())
PY
}
for steps in 'rcParams.update(settings)' '"backend" in rcParams' \
    'settings["backend"] = "svg"; rcParams.update(settings)'; do
    printf '%-55s ' "$steps"
    ask "$steps" | tee "$work/said"
    case $steps in
    settings*) grep -qx '3.11.2 False svg' "$work/said" ;;
    *) grep -qx '3.11.2 True agg' "$work/said" ;;
    esac || { echo "it is otherwise now"; exit 1; }
done
