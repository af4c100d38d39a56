#!/usr/bin/env bash
# One would expect: a description that frictionless calls valid is valid by the JSON schema that the
# Data Package standard publishes, since frictionless is its reference implementation.
# What happens: a licence named "NLOD 2.0" passes frictionless, while the published schema (as the
# older datapackage library carries it) wants names without spaces.
# Why it matters: a package passes the publisher's check and fails the next user's.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    frictionless==5.21.0 datapackage==1.15.4
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
from importlib.metadata import version
from pathlib import Path

import datapackage
import frictionless

for name in ("frictionless", "datapackage"):
    print(name, version(name))


def verdicts(licence):
    resource = {
        "name": "a", "path": "a.csv", "profile": "tabular-data-resource",
        "schema": {"fields": [{"name": "value", "type": "integer"}]},
    }
    package = {
        "profile": "data-package", "name": "x",
        "licenses": [{"name": licence, "title": licence}], "resources": [resource],
    }
    Path("a.csv").write_text("value\n1\n")
    Path("datapackage.json").write_text(json.dumps(package))
    frictionless_says = frictionless.Package("datapackage.json").validate().valid
    try:
        return frictionless_says, bool(datapackage.validate(package))
    except datapackage.exceptions.ValidationError as error:
        print(str(error.errors[0])[:90])
        return frictionless_says, False


hyphen, space = verdicts("NLOD-2.0"), verdicts("NLOD 2.0")
print("NLOD-2.0: frictionless, published schema:", *hyphen)
print("NLOD 2.0: frictionless, published schema:", *space)
assert hyphen == (True, True)
assert space == (True, False), "both say the same now"
PY
