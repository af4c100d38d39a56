#!/usr/bin/env bash
# One would expect: jsonstat.py reads a dataset whose "value" is an object by position, which JSON-stat 2.0
# allows and statistical offices send for tables with few figures, as it reads an array.
# What happens: it takes the document without complaint, and raises KeyError for each cell that is there,
# since it looks for numbers among keys that are text. The same figures as an array are read. And it
# cannot be imported as installed: it does not name terminaltables, which it needs.
# Why it matters: the most sparse tables, of small municipalities, are those that it cannot read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check jsonstat.py==0.1.8 pandas==3.1.1
{ "$work/venv/bin/python" -c 'import jsonstat' || true; } 2>&1 | tail -1 | tee "$work/import"
grep -q "No module named 'terminaltables'" "$work/import"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check terminaltables==3.1.10
"$work/venv/bin/python" - <<'PY'
import json
from importlib.metadata import version

import jsonstat

print("jsonstat.py", version("jsonstat.py"))


def dimension(*codes):
    index = {code: at for at, code in enumerate(codes)}
    return {"label": "", "category": {"index": index, "label": dict(zip(codes, codes))}}


table = {"version": "2.0", "class": "dataset", "label": "t", "id": ["Region", "Tid"], "size": [2, 2]}
table["dimension"] = {"Region": dimension("0301", "3201"), "Tid": dimension("2022", "2023")}
found = {}
for name, values in {"array": [1.5, None, None, 4.0], "object": {"0": 1.5, "3": 4.0}}.items():
    dataset = jsonstat.from_string(json.dumps(table | {"value": values}))
    try:
        found[name] = dataset.value(Region="0301", Tid="2022")
    except KeyError as error:
        found[name] = type(error).__name__
    print(f'"value" as {name}: the first cell is {found[name]}')
assert found == {"array": 1.5, "object": "KeyError"}
PY
