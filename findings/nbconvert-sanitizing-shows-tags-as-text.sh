#!/usr/bin/env bash
# One would expect: sanitize_html=True takes scripts out of a page and leaves headings, paragraphs and
# tables, the table that pandas makes of a frame and those of markdown among them.
# What happens: nbconvert's default list of allowed tags has neither p nor h1 to h6, thead, tbody, th
# or caption. They stand in the page as text ("<th>"), a table's headers before the table and out of
# its columns. The option's own default list does it, for input without any script.
# Why it matters: one who turns the option on for notebooks from others gets unreadable reports, and
# turns it off again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    nbconvert==7.17.2 nbformat==5.11.0 pandas==3.0.0 beautifulsoup4==4.14.2
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import pandas as pd
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

print("nbconvert", version("nbconvert"))
table = pd.DataFrame({"year": [2025], "share": [86.2]}).to_html(index=False)
output = new_output("display_data", {"text/html": table})
notebook = new_notebook(
    cells=[new_markdown_cell("# Turnout\n\nIt rose."), new_code_cell("frame", outputs=[output])]
)
for sanitize in (False, True):
    body, _ = HTMLExporter(sanitize_html=sanitize).from_notebook_node(notebook)
    page = BeautifulSoup(body, "html.parser")
    headings, headers = page.select("h1"), page.select(".jp-OutputArea-output th")
    text = page.select_one(".jp-OutputArea-output").get_text()
    print(f"sanitize_html={sanitize}: h1 {len(headings)}, th {len(headers)}, text {text[:60]!r}")
    assert (len(headings), len(headers)) == ((0, 0) if sanitize else (1, 2))
    assert ("<th>year</th>" in text) is sanitize, "headers survive now"
PY
