#!/usr/bin/env bash
# One would expect: a cell that shows #DIV/0! is told from an empty one, and row 3 of a sheet is row 3
# of what is read.
# What happens: python-calamine returns '' for an error cell, as for an empty one, and by default
# leaves out the empty rows and columns before the first figure, so that places no longer agree with
# the sheet (skip_empty_area=False keeps them). openpyxl returns the text '#DIV/0!'.
# Why it matters: a share whose denominator is missing becomes a figure that was never filled in, and
# a message that names a cell names another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    python-calamine==0.9.1 openpyxl==3.1.5 xlsxwriter==3.2.9
"$work/venv/bin/python" - "$work/form.xlsx" <<'PY'
import sys
from importlib.metadata import version

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

print("python-calamine", version("python-calamine"))
path = sys.argv[1]
book = xlsxwriter.Workbook(path)
sheet = book.add_worksheet("Tall")
sheet.write("B3", "andel")
sheet.write("C3", 0.4)
sheet.write("B4", "delt")
sheet.write_formula("C4", "=1/0", value="#DIV/0!")
sheet.write("B5", "tom")
book.close()

whole = CalamineWorkbook.from_path(path).get_sheet_by_name("Tall")
rows, kept = whole.to_python(), whole.to_python(skip_empty_area=False)
print("by default:           ", rows)
print("skip_empty_area=False:", kept)
other = openpyxl.load_workbook(path, data_only=True)["Tall"]["C4"].value
print("openpyxl, C4:", repr(other))
assert other == "#DIV/0!"
assert rows == [["andel", 0.4], ["delt", ""], ["tom", ""]], "errors or places are kept now"
assert kept[2] == ["", "andel", 0.4]
PY
