#!/usr/bin/env bash
# One would expect: a table whose every row names its region, year and value keeps them when it is
# written as JSON-stat, whatever order its rows stand in; and a table that lacks a combination is
# written with a gap.
# What happens: pyjstat writes the values in the order of the rows and never places them by their
# categories. A full table sorted by year instead of by region comes back with values of other
# regions, without a warning; one that lacks a row is written with fewer values than cells.
# Why it matters: statistics offices name pyjstat for their JSON-stat, and a table sorted by year is
# an ordinary one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pyjstat==2.4.0 pandas==3.0.0
"$work/venv/bin/python" - <<'PY'
import json
from importlib.metadata import version

import pandas as pd
from pyjstat import pyjstat

print("pyjstat", version("pyjstat"), "pandas", version("pandas"))
rows = [("Asker", "2020", 1.0), ("Baerum", "2020", 2.0), ("Asker", "2021", 3.0), ("Baerum", "2021", 4.0)]
table = pd.DataFrame(rows, columns=["region", "year", "value"])
written = pyjstat.Dataset.read(table).write()
back = pyjstat.Dataset.read(written).write("dataframe")
print("written:", rows)
print("read:   ", list(back.itertuples(index=False, name=None)))
found = dict(zip(zip(back["region"], back["year"]), back["value"]))
assert found[("Asker", "2021")] == 2.0, "Asker 2021 no longer comes back as the figure of Baerum 2020"
assert found[("Baerum", "2020")] == 3.0

cube = json.loads(pyjstat.Dataset.read(table.iloc[:3]).write())
print("without one row: size", cube["size"], "values", cube["value"])
assert cube["size"] == [2, 2] and len(cube["value"]) == 3, "the missing cell is written now"
PY
