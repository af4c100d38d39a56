"""``python -m workbench``."""

import json
import shutil
from pathlib import Path

import pytest

from workbench.__main__ import main
from workbench.dataset import DATA


def test_describe_brings_a_new_measure_into_the_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    table = folder / "measures.csv"
    last = table.read_text(encoding="utf-8").splitlines()[-1]
    name = last.partition(",")[0]
    with table.open("a", encoding="utf-8", newline="\n") as file:
        file.write(last.replace(name, "another_measure", 1) + "\n")
    assert main(["describe", "--data", str(folder)]) == 0
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert "observations-another-measure" in [r["name"] for r in described["resources"]]
    assert f"{len(described['resources'])} resources" in capsys.readouterr().out


def test_a_broken_catalogue_is_refused_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", "--data", str(tmp_path)]) == 2
    assert "name the folder that holds datapackage.json" in capsys.readouterr().err
