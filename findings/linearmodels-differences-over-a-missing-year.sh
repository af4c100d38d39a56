#!/usr/bin/env bash
# One would expect: FirstDifferenceOLS takes changes between neighbouring years, or all changes between
# neighbouring figures, whichever; the same rule for every hole in the years.
# What happens: a year that one municipality lacks ends its series there, and both changes around it are
# left out. A year that every municipality lacks is not seen: the change over the two years counts as
# one over one year, since the model numbers the years that occur.
# Why it matters: municipal figures often lack a year throughout (a survey that was not held, elections
# every fourth year); slopes per year then mix changes over different spans without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check linearmodels==7.1 pandas==3.1.1
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pandas as pd
from linearmodels.panel import FirstDifferenceOLS

print("linearmodels", version("linearmodels"))
numbers, years = [f"{n:04d}" for n in range(1101, 1109)], range(2015, 2023)
index = pd.MultiIndex.from_product([numbers, years], names=["municipality", "year"])
x = pd.Series([(7 * at) % 11 for at in range(len(index))], index, dtype=float)
whole = pd.DataFrame({"x": x, "y": 2 * x + [(5 * at) % 7 for at in range(len(index))]})
year = whole.index.get_level_values("year")
holes = {
    "no year missing": whole,
    "2018 missing of one municipality": whole.drop([(numbers[0], 2018)]),
    "2018 missing of all": whole[year != 2018],
}
used = {name: FirstDifferenceOLS(rows["y"], rows[["x"]]).fit().nobs for name, rows in holes.items()}
for name, count in used.items():
    print(f"{name}: {count} changes used")
# 8 x 7 changes; two fewer around one hole; and 8 x 6 where 8 x 5 are between neighbouring years.
assert list(used.values()) == [56, 54, 48]
PY
