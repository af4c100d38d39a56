#!/usr/bin/env bash
# One would expect: a validator of JSON-stat 2.0 refuses a cube of 2 x 3 cells with three values, or
# with a value for cell 9, and accepts a link that describes a dimension by an extension alone, as
# PxWebApi 2 of Statistics Norway sends it with every table.
# What happens: jsonstat-validator says the first two are valid, and refuses the third, since it wants
# an href in each link.
# Why it matters: a short answer (cut off, or filtered on the way) passes, and every real one is
# refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    jsonstat-validator==0.4.6
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

from jsonstat_validator import validate_jsonstat

print("jsonstat-validator", version("jsonstat-validator"))


def verdict(values, link=None):
    region = {"label": "region", "category": {"index": ["3201", "0301"]}}
    if link:
        region["link"] = link
    years = {"label": "year", "category": {"index": ["2020", "2021", "2022"]}}
    cube = {
        "version": "2.0", "class": "dataset", "id": ["Region", "Tid"], "size": [2, 3],
        "dimension": {"Region": region, "Tid": years}, "value": values,
    }
    try:
        return bool(validate_jsonstat(cube)), ""
    except Exception as error:
        return False, str(error)


described = {"describedby": [{"extension": {"Region": "urn:ssb:classification:klass:231"}}]}
whole, short, beyond = verdict([1, 2, 3, 4, 5, 6]), verdict([1, 2, 3]), verdict({"0": 1, "9": 2})
linked = verdict([1, 2, 3, 4, 5, 6], described)
print("six values of six:", whole, "three of six:", short, "cell 9 of six:", beyond)
print("with a link without href:", linked)
assert whole[0]
assert short[0] and beyond[0], "values are counted now"
assert not linked[0] and "href" in linked[1], "links without href are taken now"
PY
