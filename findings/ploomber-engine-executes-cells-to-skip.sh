#!/usr/bin/env bash
# One would expect: an engine that is offered in place of papermill's own gives the same notebook:
# a cell tagged skip-execution is not executed, clear_output clears, an updated display is one
# output, printed text and displays stand in their order, and what os.system prints is there.
# What happens: ploomber-engine executes the cell, keeps cleared text with the signs that a terminal
# clears a line by, adds a second output for the update, puts all printed text before the displays,
# and lets what is written past Python go to the terminal. papermill gives what one expects.
# Why it matters: a cell is tagged so because it asks somebody, costs money or writes; and a report
# shows figures in another order than its notebook.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    ploomber-engine==0.0.33 papermill==2.7.0 ipykernel==7.4.0 nbformat==5.11.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PY'
from importlib.metadata import version

import nbformat
import papermill
from nbformat.v4 import new_code_cell, new_notebook
from ploomber_engine import execute_notebook

print("ploomber-engine", version("ploomber-engine"), "papermill", version("papermill"))
cells = [
    new_code_cell("year = 2024", metadata={"tags": ["parameters"]}),
    new_code_cell("print('executed')", metadata={"tags": ["skip-execution"]}),
    new_code_cell("from IPython.display import clear_output\nprint('a'); clear_output(); print('b')"),
    new_code_cell("shown = display('first', display_id='x'); shown.update('second')"),
    new_code_cell("print('before'); display('middle'); print('after')"),
    new_code_cell("import os; _ = os.system('echo outside')"),
]
spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), "in.ipynb")


def outputs(notebook):
    return [
        [out.get("text") or out["data"]["text/plain"] for out in cell.outputs]
        for cell in notebook.cells[-5:]
    ]


given = {"year": 2030}
ours = outputs(papermill.execute_notebook("in.ipynb", "p.ipynb", given, progress_bar=False))
theirs = outputs(
    execute_notebook("in.ipynb", output_path="q.ipynb", parameters=given, progress_bar=False)
)
for name, seen in (("papermill", ours), ("ploomber-engine", theirs)):
    print(f"{name:16}", seen)
assert ours == [[], ["b\n"], ["'second'"], ["before\n", "'middle'", "after\n"], ["outside\n"]]
assert theirs[0] == ["executed\n"], "the cell is skipped now"
assert theirs[1][0].startswith("a\n\x1b[2K") and theirs[1][0].endswith("b\n")
assert theirs[2] == ["'first'", "'second'"]
assert theirs[3] == ["before\nafter\n", "'middle'"]
assert theirs[4] == []
PY
