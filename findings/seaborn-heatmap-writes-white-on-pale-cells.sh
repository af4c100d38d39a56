#!/usr/bin/env bash
# One would expect: a heat map with numbers writes each in the one of its two colours, white and a
# dark grey, that is read better on the cell.
# What happens: it takes white below a luminance of 0.408, where the dark grey has more than twice
# the contrast. Of 101 even steps of a grey scale 17 get the worse of the two, and contrast falls to
# 2.3, where WCAG 2 asks for 4.5 and the better of white and black never has less than 4.6.
# Why it matters: pages of public bodies in Norway have to keep WCAG; checkers of pages do not see
# what stands under a text within an SVG.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check seaborn==0.13.2 pandas==3.1.1 \
    matplotlib==3.11.2
MPLBACKEND=agg "$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import to_rgb

print("seaborn", version("seaborn"))


def luminance(colour):
    """WCAG 2, relative luminance."""
    part = np.array(to_rgb(colour))
    linear = np.where(part <= 0.03928, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


axes = sns.heatmap(np.linspace(0, 1, 101)[None, :], annot=True, cmap="gray", cbar=False)
cells = axes.collections[0].get_facecolors()
pairs = [(text.get_color(), cell[:3]) for text, cell in zip(axes.texts, cells, strict=True)]
least = min(contrast(*pair) for pair in pairs)
best = min(max(contrast(c, cell) for c in ("white", "black")) for _, cell in pairs)
worse = sum(contrast(c, cell) < max(contrast(x, cell) for x in ("white", ".15")) for c, cell in pairs)
print(f"least contrast of a number: {least:.2f}; of the better of white and black: {best:.2f}")
print(f"cells with the worse of its two colours: {worse} of {len(pairs)}")
assert 2.2 < least < 2.4 and best > 4.5 and worse == 17
PY
