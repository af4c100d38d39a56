"""The package as a whole: quick to import."""

import json
import subprocess
import sys


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, json, workbench; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "workbench" in loaded
    assert not loaded & {"pandas", "numpy", "matplotlib", "seaborn", "statsmodels", "papermill"}


def test_loading_figures_imports_nothing_of_notebooks() -> None:
    """Their checks of addresses take longer to import than all figures to load."""
    code = "import sys, json, workbench as wb; wb.load(); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "pandas" in loaded
    assert not loaded & {"nbformat", "jsonschema", "matplotlib", "papermill", "openpyxl", "httpx"}
