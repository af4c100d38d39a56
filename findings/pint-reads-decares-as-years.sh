#!/usr/bin/env bash
# One would expect: pint, which knows hectares, to know the decare (1,000 m2) as well, the unit of all
# Norwegian statistics on land, under its symbol daa.
# What happens: "3 daa" is read without a word as 3 decayears, thirty years, since "a" is a year and
# not an are, and "da" the prefix for ten. The names decare and dekar are unknown.
# Why it matters: farmland in daa, divided by years, becomes a number without a unit and no error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pint==0.25.3
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pint

units = pint.UnitRegistry()
print("pint", version("pint"))
print("1 ha is", units("1 ha").to("m^2"))
print("3 daa is", units("3 daa").to("year"))
print("12 daa in 3 years is", (units("12 daa") / units("3 years")).to_base_units())
unknown = []
for name in ("decare", "dekar"):
    try:
        units(f"3 {name}")
    except pint.UndefinedUnitError:
        unknown.append(name)
print("not known:", *unknown)
assert units("1 ha").to("m^2").magnitude == 10_000
assert round(units("3 daa").to("year").magnitude, 6) == 30
assert unknown == ["decare", "dekar"]
PY
