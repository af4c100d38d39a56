#!/usr/bin/env bash
# One would expect: a PC-Axis file that has CODES and VALUES is read so that each row can be found by its
# code, and a figure beside a withheld one stays a number.
# What happens: pyaxis puts the labels alone into its table. Two municipalities of one name (Våler 3114 and
# Våler 3419; so it is with Herøy) are no longer told apart, and no argument gives the codes. One ":" makes
# all figures of the table text, while ".." becomes missing.
# Why it matters: figures of one municipality are taken for those of the other, or added up with them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyaxis==0.4.3 pandas==3.1.1
cd "$work"
cat > table.px <<'PX'
CHARSET="ANSI";
AXIS-VERSION="2013";
CODEPAGE="utf-8";
LANGUAGE="no";
MATRIX="T";
TITLE="Elever, etter region og år";
STUB="region";
HEADING="år";
VALUES("region")="Våler","Våler";
VALUES("år")="2022","2023";
CODES("region")="3114","3419";
CODES("år")="2022","2023";
DECIMALS=1;
DATA=
80.4 ".."
":" 78.0;
PX
venv/bin/python - <<'PY'
from importlib.metadata import version

from pyaxis import pyaxis

print("pyaxis", version("pyaxis"))
read = pyaxis.parse("table.px", encoding="utf-8")
table = read["DATA"]
print(table.to_string())
print("the file's codes:", read["METADATA"]["CODES(region)"])
assert list(table.columns) == ["region", "år", "DATA"]
assert set(table["region"]) == {"Våler"}
assert table.loc[1].isna()["DATA"] and table.loc[2, "DATA"] == '":"' and table.loc[0, "DATA"] == "80.4"
PY
