#!/usr/bin/env bash
# One would expect: a carriage return, which a workbook holds as _x000D_ (ECMA-376, ST_Xstring), is
# read as one; and a text of the signs _x000D_, which it holds as _x005F_x000D_, as those signs.
# What happens: openpyxl hands both on as the signs _x000D_, so that they cannot be told apart.
# python-calamine reads both as they were written.
# Why it matters: cells with line breaks from Windows end up in data with "_x000D_" in the middle.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    openpyxl==3.1.5 python-calamine==0.9.1 xlsxwriter==3.3.0
"$work/venv/bin/python" - <<'PY'
import io
from importlib.metadata import version

import openpyxl
import python_calamine
import xlsxwriter

for name in ("openpyxl", "python-calamine", "xlsxwriter"):
    print(name, version(name))

written = ["one\rtwo", "one_x000D_two"]
file = io.BytesIO()
with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
    book.add_worksheet().write_column(0, 0, written)
cells = [row[0] for row in openpyxl.load_workbook(file).active.values]
file.seek(0)
sheet = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
others = [row[0] for row in sheet.to_python()]
print("written:        ", written)
print("openpyxl:       ", cells)
print("python-calamine:", others)
assert others == written
assert cells == ["one_x000D_two"] * 2, "openpyxl tells them apart now"
PY
