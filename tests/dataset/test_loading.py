"""Reading the tables of a folder: every fault of every file is named."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from workbench.dataset import DATA
from workbench.dataset.loading import read_catalogue, read_figures, read_package
from workbench.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_faults_in_several_figures_files_are_named_together(folder: Path) -> None:
    edit(
        folder / "observations" / "voter_turnout_storting.csv",
        "0219,2009,83.2054",
        "0219,2009,183.2",
    )
    edit(folder / "observations" / "low_income_share.csv", "0301,2018,15.3", "9998,2018,15.3")
    edit(
        folder / "observations" / "tertiary_education_share.csv",
        "0104,2011,30.8636",
        "0104,2011,3.1",
    )
    with pytest.raises(DataError) as refused:
        read_package(folder)
    said = str(refused.value)
    assert (
        "low_income_share.csv, row 2" in said
        and "is not a number in municipality_history.csv" in said
    )
    assert 'voter_turnout_storting.csv, row 74, column "value": "183.2" is outside' in said
    assert "tertiary_education_share.csv, row 2" in said and "numerator / denominator" in said
    assert said.startswith("The data cannot be used, 4 faults:")  # 183.2 is no ratio either


def test_letters_for_a_figure_are_refused_with_what_else_is_wrong(folder: Path) -> None:
    edit(folder / "observations" / "low_income_share.csv", "0301,2018,15.3", "0301,2018,many")
    edit(folder / "groups.csv", "u4ssc,3201", "u4ssc,3299")
    with pytest.raises(DataError) as refused:
        read_package(folder)
    said = [str(fault) for fault in refused.value.faults]
    assert len(said) == 2
    assert '"many" must be a number' in said[0] and "groups.csv" in said[1]


def test_catalogue_and_figures_are_those_of_the_package(folder: Path) -> None:
    package, catalogue = read_package(folder), read_catalogue(folder)
    assert list(catalogue) == [name for name in package if name != "observations"]
    for name, table in catalogue.items():
        pd.testing.assert_frame_equal(table, package[name])
    for measure in ("population", "flat_share"):
        own = package["observations"]["measure"] == measure
        pd.testing.assert_frame_equal(
            read_figures(folder, catalogue, [measure]),
            package["observations"][own].reset_index(drop=True),
        )


def test_a_reference_to_nothing_is_refused(folder: Path) -> None:
    edit(folder / "groups.csv", "u4ssc,3201", "u4ssc,3299")
    with pytest.raises(DataError, match="does not stand in municipalities.csv, column number"):
        read_package(folder)


def test_a_missing_file_and_one_without_a_measure_are_refused(folder: Path) -> None:
    (folder / "observations" / "flat_share.csv").rename(folder / "observations" / "flats.csv")
    with pytest.raises(DataError) as refused:
        read_package(folder)
    said = [str(fault) for fault in refused.value.faults]
    assert any("flat_share.csv: is missing" in fault for fault in said)
    assert any("flats.csv: has no row in measures.csv" in fault for fault in said)


def test_a_folder_without_a_package_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="name the folder that holds datapackage.json"):
        read_package(tmp_path)


def test_a_package_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="is not readable as JSON"):
        read_package(folder)
