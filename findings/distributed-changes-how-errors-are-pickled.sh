#!/usr/bin/env bash
# One would expect: whether an error can be sent to another process depends on the error and on pickle.
# What happens: importing Dask's distributed installs tblib's way of pickling for the errors of all libraries, in the
# whole process. An error whose arguments do not make it again fails to load before, and loads with its traceback after.
# Why it matters: a batch that sends errors between processes, with a fallback for those that cannot be sent, takes
# another way as soon as anything in the process has imported distributed; a test of the fallback fails by the order
# of the tests.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    distributed==2026.8.0 dask==2026.8.0 tblib==3.2.2
cat >"$work/errors.py" <<'PY'
class Refused(Exception):
    """As many libraries' errors: made from two values, and holding one sentence."""

    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")
PY
cat >"$work/try.py" <<'PY'
import pickle
import sys
from importlib.metadata import version

from errors import Refused


def sent():
    try:
        raise Refused(503, "slow down")
    except Refused as error:
        whole = pickle.dumps(error)
    try:
        found = pickle.loads(whole)
    except TypeError as error:
        return f"TypeError: {error}"
    return f"{type(found).__name__}: {found}, traceback: {found.__traceback__ is not None}"


before = sent()
import distributed

after = sent()
print("python", sys.version.split()[0], "distributed", version("distributed"), "tblib", version("tblib"))
print("before the import:", before)
print("after the import: ", after)
assert before.startswith("TypeError") and "reason" in before
assert after == "Refused: 503: slow down, traceback: True"
PY
cd "$work" && venv/bin/python try.py
