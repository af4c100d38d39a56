#!/usr/bin/env bash
# One would expect: the description of an Altair chart, which Vega gives to screen readers in a
# browser, is in the SVG that vl-convert makes of it, as aria-label, title or desc.
# What happens: the SVG has aria labels for its axes and marks, in English, but the chart's own
# description is nowhere in it, and its root has neither a role nor a name.
# Why it matters: a static picture of an accessible chart is not accessible; who publishes it has to
# write the description beside it once more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    altair==6.3.0 vl-convert-python==1.9.0.post1 pandas==3.0.0
"$work/venv/bin/python" -W ignore - <<'PY'
import xml.etree.ElementTree as ET
from importlib.metadata import version

import altair as alt
import pandas as pd
import vl_convert

print("altair", version("altair"), "vl-convert", version("vl-convert-python"))
frame = pd.DataFrame({"name": ["Asker", "Baerum"], "share": [84.1, 86.2]})
said = "Turnout in two municipalities"
chart = alt.Chart(frame, description=said).mark_bar().encode(x="name", y="share")
spec = chart.to_dict()
drawn = vl_convert.vegalite_to_svg(spec)
root = ET.fromstring(drawn)
labels = [e.get("aria-label") for e in root.iter() if e.get("aria-label")]
print("in the chart:", spec["description"], "| attributes of the root:", sorted(root.attrib))
print("labels in the picture:", labels[:2])
assert spec["description"] == said and labels
assert said not in drawn, "the description is kept now"
assert not {"role", "aria-label"} & set(root.attrib)
PY
