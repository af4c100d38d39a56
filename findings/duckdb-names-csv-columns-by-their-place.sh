#!/usr/bin/env bash
# One would expect: read_csv with `columns`, which gives names and types, and a file with a head, finds each column
# by its name, or refuses a file whose head has them in another order.
# What happens: DuckDB skips the head and gives the names by place, with and without auto_detect. Where types fit,
# nothing is said: the figure becomes the target and the target the figure.
# Why it matters: a publisher that adds or moves a column changes all figures silently. `types` goes by name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==2.0.1
cd "$work"
printf 'municipality,value,target\n0301,8.3,4.3\n' > figures.csv
venv/bin/python - <<'PY'
import duckdb

print("duckdb", duckdb.__version__)
wanted = {"municipality": "VARCHAR", "target": "DOUBLE", "value": "DOUBLE"}
for detect in (True, False):
    read = duckdb.read_csv("figures.csv", header=True, auto_detect=detect, columns=wanted)
    row = dict(zip(read.columns, read.fetchall()[0]))
    print("columns, auto_detect", detect, row)
    assert row == {"municipality": "0301", "target": 8.3, "value": 4.3}
sql = "SELECT municipality, value, target FROM read_csv('figures.csv', types = {'municipality': 'VARCHAR'})"
print("types", duckdb.sql(sql).fetchall()[0])
assert duckdb.sql(sql).fetchall()[0] == ("0301", 8.3, 4.3)
PY
