#!/usr/bin/env bash
# One would expect: a chart whose colours are CSS variables, as pages with a dark theme use them, is
# drawn in the colour of the variable, or at least in the fallback that var() names; and selectors
# that every browser knows apply.
# What happens: resvg draws both black, without an error or a warning, and passes over rules with
# :not() and :is(); sizes set by style are 0. Chromium draws all of them green.
# Why it matters: such a picture comes out as black shapes in a slide or a PDF, and nothing says so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    resvg-py==0.5.0 pillow==12.0.0
"$work/venv/bin/python" - <<'PY'
import io
from importlib.metadata import version

import resvg_py
from PIL import Image

print("resvg-py", version("resvg-py"))
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" width="20" height="20">'
GREEN, BLACK, NOTHING = (0, 255, 0, 255), (0, 0, 0, 255), (0, 0, 0, 0)
cases = {
    "a plain colour": ('<rect width="20" height="20" fill="#00ff00"/>', GREEN),
    "a rule by class": (
        '<style>.a{fill:#00ff00}</style><rect class="a" width="20" height="20"/>', GREEN),
    "a variable": (
        '<style>:root{--c:#00ff00}rect{fill:var(--c)}</style><rect width="20" height="20"/>', BLACK),
    "a fallback": ('<rect width="20" height="20" fill="var(--c, #00ff00)"/>', BLACK),
    ":not()": (
        '<style>rect:not(.x){fill:#00ff00}</style><rect width="20" height="20"/>', BLACK),
    ":is()": (
        '<style>rect:is(.x){fill:#00ff00}</style><rect class="x" width="20" height="20"/>', BLACK),
    "size by style": (
        '<style>rect{width:20px;height:20px;fill:#00ff00}</style><rect/>', NOTHING),
}
for name, (body, seen) in cases.items():
    picture = resvg_py.svg_to_bytes(svg_string=f"{HEAD}{body}</svg>")
    pixel = Image.open(io.BytesIO(bytes(picture))).convert("RGBA").getpixel((5, 5))
    print(f"{name:16} {pixel}")
    assert pixel == seen, f"{name} is drawn otherwise now"
PY
