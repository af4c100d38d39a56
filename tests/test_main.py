"""``python -m workbench``."""

import json
import shutil
from pathlib import Path

import pytest

import workbench as wb
from workbench.__main__ import main
from workbench.dataset import DATA


def test_a_measure_needs_four_columns_and_describe_lists_what_is_assumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    table = folder / "measures.csv"
    text = table.read_text(encoding="utf-8")
    header = text.splitlines()[0].split(",")
    given = {"measure": "bus_trips", "name_nb": "Bussreiser", "unit": "percent"}
    given |= {"direction": "1", "publisher": "Kollektivselskapet"}
    row = ",".join(given.get(name, "") for name in header)
    table.write_text(f"{text}{row}\n", encoding="utf-8")
    figures = [f"4003,{year},{50 + year - 2018},,," for year in range(2018, 2026)]
    head = "municipality,year,value,numerator,denominator,status"
    file = folder / "observations" / "bus_trips.csv"
    file.write_text("\n".join([head, *figures, ""]), encoding="utf-8")

    view = wb.view(folder, "Skien", "en")
    about = view.measure("bus_trips")
    assert (about["name_en"], about["relation"], about["window"]) == ("Bussreiser", "context", 1)
    assert about["aggregation"] == "mean" and about["boundaries"] == "year"
    assert view.label("publisher", about["publisher"]) == "Kollektivselskapet"
    assert "Bussreiser" in wb.trends.measures(view)
    assert "Kollektivselskapet" in wb.trends.sources(view)
    assert "not stated" in wb.explained.sources(view.data, "en")

    assert main(["describe", "bus_trips", "--data", str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "name_nb: Bussreiser" in said and "name_en: Bussreiser (assumed)" in said
    assert "licence: not stated (assumed)" in said and "kpi: " in said
    assert main(["describe", "bus_trip", "--data", str(folder)]) == 2
    assert "bus_trips" in capsys.readouterr().err


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
