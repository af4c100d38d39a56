"""The package as a whole: quick to import, its examples true."""

import doctest
import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import workbench

MODULES = [m.name for m in pkgutil.iter_modules(workbench.__path__) if m.name != "__main__"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, json, workbench; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "workbench" in loaded
    assert not loaded & {"pandas", "numpy", "matplotlib", "seaborn", "statsmodels", "papermill"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(f"workbench.{name}")
    assert doctest.testmod(module).failed == 0


def test_the_examples_of_the_package_run() -> None:
    assert doctest.testmod(workbench).attempted >= 3
    assert doctest.testmod(workbench).failed == 0
