#!/usr/bin/env bash
# One would expect: a Table Schema field of type integer that is not required may be missing, after
# pandera.io's from_frictionless_schema as by the standard: its column is nullable.
# What happens: the column is marked nullable, and is still refused with a missing value, since its type is
# NumPy's int64, which has none (as is a field of type year). A field of type number may be missing.
# Why it matters: tables with optional years or counts, such as last_year of a municipality that still
# exists, cannot be checked by their own schema this way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    "pandera[io]==0.35.0" frictionless==5.21.0 pandas==3.1.1
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pandas as pd
from pandera.errors import SchemaError, SchemaErrors
from pandera.io.pandas_io import from_frictionless_schema

print("pandera", version("pandera"))
found = {}
for kind in ("integer", "year", "number"):
    schema = from_frictionless_schema({"fields": [{"name": "last_year", "type": kind}]})
    column = schema.columns["last_year"]
    try:
        schema.validate(pd.DataFrame({"last_year": [2019, None]}))
        found[kind] = "taken"
    except (SchemaError, SchemaErrors):
        found[kind] = "refused"
    print(f"type {kind}: {column.dtype}, nullable {column.nullable}; a missing value is {found[kind]}")
    assert column.nullable
assert found == {"integer": "refused", "year": "refused", "number": "taken"}
PY
