#!/usr/bin/env bash
# One would expect: as nh3 says, an element that is not allowed loses its tag and keeps its text.
# What happens: that holds for HTML elements. Of an SVG or MathML element that is not allowed, all
# that is in it goes too, allowed elements and text alike, without a word.
# Why it matters: labels of diagrams stand in <foreignObject> (mermaid), and layers of drawings in
# elements of an editor; a figure comes through cleaning whole but for its words or half its shapes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check nh3==0.3.8
"$work/venv/bin/python" <<'PY'
from importlib.metadata import version

import nh3

print("nh3", version("nh3"))
allowed = {"p", "svg", "g", "text", "math", "mi"}
cases = {
    "<center><p>Bærum</p></center>": "<p>Bærum</p>",
    "<svg><foreignObject><p>Bærum</p></foreignObject><text>Asker</text></svg>": (
        "<svg><text>Asker</text></svg>"
    ),
    "<svg><layer><g><text>Bærum</text></g></layer><text>Asker</text></svg>": (
        "<svg><text>Asker</text></svg>"
    ),
    "<math><mrow><mi>x</mi></mrow><mi>y</mi></math>": "<math><mi>y</mi></math>",
}
for given, seen in cases.items():
    got = nh3.clean(given, tags=allowed)
    print(f"{given}\n  -> {got}")
    assert got == seen, "nh3 treats elements that are not allowed in another way now"
PY
