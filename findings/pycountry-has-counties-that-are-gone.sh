#!/usr/bin/env bash
# One would expect: a release of pycountry from 2026 to have the fifteen counties that Norway has had
# since 1 January 2024.
# What happens: it has the eleven of 2020 to 2023 (beside Svalbard and Jan Mayen). Viken, Vestfold og
# Telemark and Troms og Finnmark are there; Akershus (32), Buskerud (33), Østfold (31), Vestfold (39),
# Telemark (40), Troms (55) and Finnmark (56) are not.
# Why it matters: a join of today's municipalities by the first two digits of their numbers loses
# seven counties, with more than a third of all residents.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pycountry==26.2.16
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pycountry

print("pycountry", version("pycountry"))
rows = {row.code: row.name for row in pycountry.subdivisions.get(country_code="NO")}
today = ["31", "32", "33", "39", "40", "55", "56"]
gone = {"NO-30": "Viken", "NO-38": "Vestfold og Telemark", "NO-54": "Troms og Finnmark"}
for code, name in sorted(rows.items()):
    print(code, name)
print("not there:", *(code for code in today if f"NO-{code}" not in rows))
assert len(rows) == 13 and gone.items() <= rows.items()
assert not any(f"NO-{code}" in rows for code in today)
PY
