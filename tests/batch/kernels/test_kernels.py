"""What hosts of kernels and their fork server have in common."""

import subprocess
import sys

SHOWN = """
import sys
from workbench.batch.kernels import _PARSERS, import_jsonschema
import_jsonschema()
print("jsonschema" in sys.modules, [name for name in _PARSERS if name in sys.modules])
import isoduration
print(isoduration.parse_duration("P1Y").date.years)
"""


def test_jsonschema_does_without_parsers_that_whoever_wants_them_still_gets() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWN], capture_output=True, encoding="utf-8", check=False
    )
    assert (done.stdout.splitlines(), done.stderr) == (["True []", "1"], "")
