#!/usr/bin/env bash
# One would expect: in SVG with text kept as text, a label that is set to the right edge ends there,
# whatever font the page has.
# What happens: a label of one line is written with text-anchor end, and one of two lines without
# it: each line begins where matplotlib's own font says that it should, so that in any other font
# the lines end at different places.
# Why it matters: names of indicators and municipalities are long and are wrapped beside a chart, and
# pages show them in the reader's font.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2
MPLBACKEND=agg "$work/venv/bin/python" -W ignore - <<'PY'
import io
import re
from importlib.metadata import version

import matplotlib
from matplotlib.figure import Figure

print("matplotlib", version("matplotlib"))
matplotlib.rcParams["svg.fonttype"] = "none"


def written(label):
    """Return the tags of the lines of a label that is set to the right."""
    figure = Figure()
    figure.text(0.5, 0.5, label, ha="right")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    return re.findall(r"<text [^>]*>", buffer.getvalue())


one, two = written("Homes with broadband"), written("Homes with\nbroadband of 1 Gbit/s")
print("one line:", one)
print("two lines:", two)
assert len(one) == 1 and "text-anchor: end" in one[0]
assert len(two) == 2 and not any("text-anchor: end" in tag for tag in two)
starts = {re.search(r"(?<![a-z])x=\"([\d.]+)\"|translate\(([\d.]+)", tag).group() for tag in two}
assert len(starts) == 2
PY
