#!/usr/bin/env bash
# One would expect: dict(series) pairs each label with its value, as series.to_dict() and dict(series.items()) do.
# What happens: a Series has keys(), so dict() looks each label up by itself. A label that stands twice has a Series for
# a value, and each such look-up goes through all rows: the time grows with the square of the rows.
# Why it matters: numbers of municipalities stand twice wherever one was split, so a table of numbers and names made
# this way holds tables in place of a few names, and is made in minutes where to_dict() takes milliseconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pandas==3.1.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import time
from importlib.metadata import version

import pandas as pd

names = pd.Series(["Drammen", "Ålesund", "Ålesund"], index=["3005", "1507", "1507"])
by_dict, by_method = dict(names), names.to_dict()
print("pandas", version("pandas"))
print("dict():   ", {key: type(value).__name__ for key, value in by_dict.items()})
print("to_dict():", {key: type(value).__name__ for key, value in by_method.items()})
assert isinstance(by_dict["1507"], pd.Series) and by_dict["3005"] == "Drammen"
assert by_method == dict(names.items()) == {"3005": "Drammen", "1507": "Ålesund"}


def seconds(make, rows):
    labels = [f"{at % (rows - 1):05d}" for at in range(rows)]  # one of them twice
    series = pd.Series(labels, index=labels)
    start = time.perf_counter()
    make(series)
    return time.perf_counter() - start


few, many = (seconds(dict, rows) for rows in (1000, 8000))
print(f"8 times the rows take dict() {many / few:.0f} times as long")
slower = many / seconds(pd.Series.to_dict, 8000)
print(f"of 8,000 rows dict() takes {slower:.0f} times as long as to_dict()")
assert slower > 20
PY
