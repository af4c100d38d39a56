#!/usr/bin/env bash
# One would expect: as nh3 says, an element that is not allowed loses its tag and keeps its text.
# What happens: so it is in HTML, and for most elements of SVG. Of <foreignObject>, and of a name
# that SVG does not know, all that is in it goes too, allowed elements and text alike.
# Why it matters: labels of diagrams stand in <foreignObject> (mermaid), and layers of drawings in
# elements of an editor; a figure comes through cleaning without its words or some of its shapes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check nh3==0.3.8
"$work/venv/bin/python" <<'PY'
from importlib.metadata import version

import nh3

print("nh3", version("nh3"))
allowed = {"p", "svg", "g", "text"}
cases = {
    "<center><p>Bærum</p></center>": "<p>Bærum</p>",
    "<svg><a><text>Bærum</text></a></svg>": "<svg><text>Bærum</text></svg>",
    "<svg><foreignObject><p>Bærum</p></foreignObject><text>Asker</text></svg>": (
        "<svg><text>Asker</text></svg>"
    ),
    "<svg><layer><g><text>Bærum</text></g></layer><text>Asker</text></svg>": (
        "<svg><text>Asker</text></svg>"
    ),
}
for given, seen in cases.items():
    got = nh3.clean(given, tags=allowed)
    print(f"{given}\n  -> {got}")
    assert got == seen, "nh3 treats elements that are not allowed in another way now"
PY
