#!/usr/bin/env bash
# One would expect: a cell tagged raises-exception, which nbclient goes on after, does not make the
# notebook fail under papermill, which executes by nbclient.
# What happens: papermill executes all cells, the last one too, and raises PapermillExecutionError
# only then, for the cell that was allowed to raise; it writes the red banner of a failed notebook
# into the output. `jupyter execute` takes the same notebook for a success.
# Why it matters: a notebook that shows an error on purpose, or probes a source that may be missing,
# works by hand and fails in every batch, after all its work is done.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    papermill==2.7.0 nbclient==0.11.0 ipykernel==7.4.0 nbformat==5.11.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PY'
from importlib.metadata import version

import nbformat
import papermill
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

print("papermill", version("papermill"), "nbclient", version("nbclient"))
cells = [
    new_code_cell("{}['missing']", metadata={"tags": ["raises-exception"]}),
    new_code_cell("print('reached')"),
]
spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
notebook = new_notebook(cells=cells, metadata={"kernelspec": spec})
nbformat.write(notebook, "in.ipynb")
done = NotebookClient(notebook).execute()
print("nbclient:", done.cells[-1].outputs[0].text.strip())
assert done.cells[-1].outputs[0].text == "reached\n"
raised = ""
try:
    papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)
except papermill.PapermillExecutionError as error:
    raised = error.ename
written = nbformat.read("out.ipynb", 4)
print("papermill: raised for", raised, "| last cell:", written.cells[-1].outputs[0].text.strip())
assert raised == "KeyError", "papermill tolerates the cell now"
assert written.cells[-1].outputs[0].text == "reached\n"
assert "papermill-error-cell-tag" in written.cells[0].metadata.tags
PY
