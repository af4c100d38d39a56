"""Norwegian letters on a console that has none of them."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.parametrize(
    "setting", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}]
)
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["-m", "workbench", "open", "Barum", "trends"], 2, "Did you mean B"),
        (["run_all.py", "-m", "Ås", "Åseral", "Ørsta", "--dry-run"], 0, "3218-as/01_status.nb"),
        (["run_all.py", "-m", "Åsane", "--dry-run"], 2, "is not a municipality"),
    ],
)
def test_letters_that_the_console_lacks_end_no_program(
    setting: dict[str, str], command: list[str], status: int, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONCOERCECLOCALE": "0"} | setting,
        capture_output=True,
        check=False,
        timeout=120,
    )
    told = (done.stdout + done.stderr).decode("ascii", errors="replace")
    assert done.returncode == status, told
    assert said in told and "Traceback" not in told


def test_a_name_with_such_letters_is_printed_as_its_code(tmp_path: object) -> None:
    folder = f"{tmp_path}/Ørsta"
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "open", "Ørsta", "trends", "--to", folder],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert b"/\\xd8rsta/1520-orsta-02_trends.ipynb" in done.stdout
