#!/usr/bin/env bash
# One would expect: a comment behind a parameter is no part of it, and an annotation that Python takes
# is taken.
# What happens: papermill's inspection counts the signs of equality of each line and passes over a
# line with two, and over annotations such as `str | None` or `Literal["nb"]`. --help-notebook and
# inspect_notebook then list no such parameter; execution warns and injects it all the same.
# Why it matters: who asks papermill which notebooks take a municipality, to run them for each, runs
# this one once, with the municipality that its author tried it with.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    papermill==2.7.0 nbformat==5.11.1
"$work/venv/bin/python" - "$work/brief.ipynb" <<'PY'
import sys
from importlib.metadata import version

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from papermill import inspect_notebook

print("papermill", version("papermill"))
lines = {
    'municipality: str = "3201"  # Bærum': True,
    'municipality: str = "3201"  # as "0301" = Oslo': False,
    'municipality: str | None = "3201"': False,
    'municipality: Literal["3201", "0301"] = "3201"': False,
}
for line, listed in lines.items():
    cell = new_code_cell(line, metadata={"tags": ["parameters"]})
    node = new_notebook(cells=[cell])
    node.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": ""}
    nbformat.write(node, sys.argv[1])
    found = list(inspect_notebook(sys.argv[1]))
    print(f"{line:50} {found}")
    assert found == (["municipality"] if listed else []), "it is read otherwise now"
PY
