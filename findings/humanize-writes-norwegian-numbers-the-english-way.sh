#!/usr/bin/env bash
# One would expect: numbers written by humanize after activate("nb_NO") to have a decimal comma and a
# space between thousands, and an ordinal to be "3.".
# What happens: intcomma gives 1,234,567.8, intword 1.2 millioner, and ordinal 3dje. The words are
# translated, the signs in the numbers are not; with de_DE they are.
# Why it matters: in a Norwegian sentence 1,234 reads as one and a bit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check humanize==4.17.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import humanize

print("humanize", version("humanize"))
found = {}
for code in ("nb_NO", "de_DE"):
    humanize.i18n.activate(code)
    found[code] = (
        humanize.intcomma(1234567.8),
        humanize.intword(1_200_000),
        humanize.ordinal(3),
    )
    print(code, *found[code], sep=" | ")
assert found["nb_NO"] == ("1,234,567.8", "1.2 millioner", "3dje")
assert found["de_DE"][0] == "1.234.567,8"
PY
