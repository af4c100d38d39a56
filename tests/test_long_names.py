"""Names of 120 signs: in pictures, files, sheets and forms; a longer one is refused."""

import csv
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

import workbench as wb
from workbench.briefs import network
from workbench.dataset import DATA, Dataset, load
from workbench.dataset.lookup import folder_name
from workbench.errors import DataError
from workbench.export import components
from workbench.ingest.form import bring_in, write
from workbench.lab import notebooks
from workbench.lab.page import save
from workbench.lab.scenario import Choice, Scenarios
from workbench.storage import cache

#: 120 signs in words, and as one word of letters that become two each in a file's name.
WORDS = "Bærum og et langt navn ".ljust(119, "n") + "e"
SOLID = "Æ" * 120
MEASURE = "m" + "_long" * 23 + "_key"


def change(folder: Path, table: str, edit: Callable[[dict[str, str]], None]) -> None:
    file = folder / table
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        edit(row)
    with file.open("w", encoding="utf-8", newline="") as target:
        out = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def named(folder: Path, name: str) -> Dataset:
    """Return figures in which the municipality, measures, publishers and labels have this name."""

    def municipality(row: dict[str, str]) -> None:
        if row["number"] == "3201":
            row.update(name=name, official_name=name, county_name=name)

    def measure(row: dict[str, str]) -> None:
        row.update(name_en=name, publisher=name, table=name)
        row["name_nb"] = name[: 120 - len(row["measure"])] + row["measure"]
        if row["measure"] == "flat_share":
            row["measure"] = MEASURE

    def label(row: dict[str, str]) -> None:
        row.update(name_nb=name, name_en=name)

    shutil.copytree(DATA, folder)
    change(folder, "municipalities.csv", municipality)
    change(folder, "measures.csv", measure)
    change(folder, "labels.csv", label)
    figures = folder / "observations"
    (figures / "flat_share.csv").rename(figures / f"{MEASURE}.csv")
    return load(folder)


@pytest.fixture(params=[WORDS, SOLID], ids=["words", "solid"], scope="module")
def long(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kept_apart: Path
) -> Iterator[Dataset]:
    assert len(request.param) == 120 and len(MEASURE) == 120
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "FOLDER", kept_apart)
        yield named(tmp_path_factory.mktemp("long") / "data", request.param)


def test_a_folder_s_name_fits_with_all_that_stands_behind_it() -> None:
    assert folder_name("3201", "Bærum") == "3201-baerum"
    assert folder_name("3201", SOLID) == "3201-" + "ae" * 30
    assert not folder_name("3201", "a" * 59 + " b").endswith("-")


def test_the_map_cuts_the_own_name(long: Dataset) -> None:
    page = str(network.places(wb.view(long, "3201")))
    written = [text for text in re.findall(r"<text[^>]*bold[^>]*>([^<]+)", page)]
    name = long.name("3201")
    assert written and all(text[-1] == "…" and name.startswith(text[:-1]) for text in written)


def test_files_forms_and_pictures_are_made(long: Dataset, tmp_path: Path) -> None:
    components.write(long, "3201", "", tmp_path / "files")
    sheet = openpyxl.load_workbook(tmp_path / "files" / "components.xlsx")["sources"]
    assert any(long.measures["publisher"].iloc[0] in str(row) for row in sheet.values)
    form = tmp_path / "form.xlsx"
    write(long, "3201", form, 2025)
    assert bring_in(form, Path(long.path)).forms[0].municipality == "3201"
    scenario = Scenarios(long).of(Choice("3201", MEASURE))
    for file in save(scenario, tmp_path / "out"):
        assert file.stat().st_size and file.name.startswith(MEASURE)
    copied = notebooks.open_copy(long, "3201", "02_trends", to=tmp_path / "work")
    assert Path(copied).is_file() and len(os.fsencode(Path(copied).name)) < 255


@pytest.mark.parametrize(
    ("table", "column"), [("municipalities.csv", "name"), ("measures.csv", "name_nb")]
)
@pytest.mark.parametrize("signs", [121, 300])
def test_a_longer_name_is_refused_with_its_place(
    tmp_path: Path, apart: None, table: str, column: str, signs: int
) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    change(
        tmp_path / "data", table, lambda row: row.update({column: row[column].ljust(signs, "x")})
    )
    with pytest.raises(DataError) as caught:
        load(tmp_path / "data")
    assert f'{table}, row 2, column "{column}": ' in str(caught.value)
    assert f"has {signs} signs. Use at most 120." in str(caught.value)
