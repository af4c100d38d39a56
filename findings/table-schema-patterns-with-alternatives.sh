#!/usr/bin/env bash
# One would expect: a Table Schema's pattern is met by a whole cell, also where it has alternatives:
# "year|\\d{4}" takes year and 2024, and refuses yearly.
# What happens: frictionless and pandera put ^ before and $ after the pattern without brackets, so that
# ^ belongs to the first alternative alone and $ to the last: both take "yearly".
# Why it matters: whoever checks a received table by its schema accepts cells that the schema does not
# allow. Write the alternatives in brackets, "(year|\\d{4})", as both then agree with the standard.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    frictionless==5.21.0 "pandera[io]==0.35.0" pandas==3.1.1
cd "$work"
venv/bin/python - <<'PY'
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from frictionless import Resource, Schema
from pandera.errors import SchemaError
from pandera.io.pandas_io import from_frictionless_schema

for name in ("frictionless", "pandera"):
    print(name, version(name))
WORDS = ["year", "2024", "yearly", "20245"]
Path("boundaries.csv").write_text("\n".join(["boundaries", *WORDS]) + "\n", encoding="utf-8")


def refused(pattern):
    described = {"fields": [{"name": "boundaries", "type": "string", "constraints": {"pattern": pattern}}]}
    report = Resource(path="boundaries.csv", schema=Schema.from_descriptor(described)).validate()
    by_frictionless = [error.cells[0] for task in report.tasks for error in task.errors]
    schema, by_pandera = from_frictionless_schema(described), []
    for word in WORDS:
        try:
            schema.validate(pd.DataFrame({"boundaries": [word]}))
        except SchemaError:
            by_pandera.append(word)
    print(pattern, "refused by frictionless:", by_frictionless, "by pandera:", by_pandera)
    return by_frictionless, by_pandera


assert refused(r"year|\d{4}") == (["20245"], ["20245"])
assert refused(r"(year|\d{4})") == (["yearly", "20245"], ["yearly", "20245"])
PY
