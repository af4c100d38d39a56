"""A folder of figures from somebody else: it brings figures, and no rules, paths or links."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import budget
import pytest

from workbench import load
from workbench.__main__ import main
from workbench.dataset import DATA, schema
from workbench.errors import DataError, UsageError, WorkbenchError
from workbench.ingest import boundary_changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def described(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a folder says of its tables, by name."""
    file = folder / "datapackage.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    change({one["name"]: one for one in told["resources"]})
    file.write_text(json.dumps(told), encoding="utf-8")


def limits(table: dict[str, Any], column: str) -> dict[str, Any]:
    (field,) = [f for f in table["schema"]["fields"] if f["name"] == column]
    return field.setdefault("constraints", {})


def test_the_projects_own_data_are_described_by_the_rules_of_the_workbench() -> None:
    given = {r["name"]: r for r in schema.description(DATA)["resources"]}
    for name, about in schema.own().items():
        if name == schema.OBSERVATIONS:
            told = json.loads((DATA / schema.FIGURES).read_text(encoding="utf-8"))
            assert told == about["schema"]
        else:
            assert given[name]["path"] == about["path"] and given[name]["schema"] == about["schema"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: limits(t["municipalities"], "number").update(pattern=".*"), "number"),
        (lambda t: limits(t["municipalities"], "number").pop("pattern"), "number"),
        (lambda t: limits(t["measures"], "measure").update(pattern="^(a+)+$"), "measure"),
        (lambda t: limits(t["municipalities"], "name").update(pattern="^.*$"), "name"),
        (lambda t: limits(t["municipalities"], "name").pop("required"), "required"),
        (lambda t: limits(t["own_targets"], "year").update(maximum=9999), "maximum"),
        (lambda t: limits(t["kpis"], "level").update(enum=["core", "other"]), "enum"),
        (lambda t: t["measures"]["schema"].update(primaryKey=[]), "primaryKey"),
        (lambda t: t["groups"]["schema"].pop("foreignKeys"), "foreignKeys"),
        (lambda t: t["groups"]["schema"]["fields"].pop(), "must have the columns"),
        (lambda t: t["groups"].update(path="kpis.csv"), "the path must be groups.csv"),
        (lambda t: t["groups"].update(path="../groups.csv"), "outside of the folder"),
        (lambda t: t["outlines"].update(path="/tmp/outlines.csv"), "outside of the folder"),
        (lambda t: t["groups"].update(path="C:groups.csv"), "a name and a path"),
        (lambda t: t["groups"].update(name="kpis"), "two tables the same name"),
        (lambda t: t["groups"].update(name="herds"), 'describes no table "groups"'),
    ],
)
def test_looser_rules_and_other_paths_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    described(folder, change)
    with pytest.raises(DataError, match=said):
        load(folder)


def test_stricter_rules_hold(folder: Path) -> None:
    described(folder, lambda t: limits(t["measures"], "window").update(maximum=1))
    with pytest.raises(DataError, match=r'column "window": "\d" must be at most 1'):
        load(folder)
    described(folder, lambda t: limits(t["measures"], "window").update(maximum=100))
    assert len(load(folder).measures)


def test_figures_have_the_rules_of_the_workbench_too(folder: Path) -> None:
    file = folder / schema.FIGURES
    told = json.loads(file.read_text(encoding="utf-8"))
    limits({"schema": told}, "municipality")["pattern"] = ".*"
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataError, match="pattern is"):
        load(folder)
    assert main(["describe", "--data", str(folder)]) == 0  # the way out that the sentence names
    assert len(load(folder).observations)


@pytest.mark.parametrize("number", ["٣٢٠١", "３２０１", "../x", "32 1"])
def test_a_number_is_four_digits_of_ascii(folder: Path, number: str) -> None:
    for file in (folder / "municipalities.csv", folder / "groups.csv"):
        text = file.read_text(encoding="utf-8").replace("3201", number)
        file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r'column "number": ".*" must have the form'):
        load(folder)


@pytest.mark.parametrize("name", ["../../away", "Flats", "flat-share", "flat_shåre"])
def test_a_measure_has_a_plain_name(folder: Path, name: str) -> None:
    file = folder / "measures.csv"
    text = file.read_text(encoding="utf-8").replace("\nflat_share,", f"\n{name},")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r'column "measure": ".*" must have the form'):
        load(folder)


@pytest.mark.parametrize("content", ["[]", "3", '{"resources": {}}', '{"resources": [1]}', "[" * 9])
def test_a_description_of_another_shape_is_refused(folder: Path, content: str) -> None:
    (folder / "datapackage.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="datapackage.json"):
        load(folder)


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("1")
    with pytest.raises(DataError, match="is missing; name the folder that holds datapackage"):
        load(tmp_path / "data")


def test_a_folder_whose_name_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        load("y" * 300)


@pytest.mark.parametrize(
    ("row", "shown"), [("u4\u202ess,3201", '"u4\\u202ess"'), ("\x1b[31m,3201", '"\\x1b[31m"')]
)
def test_a_fault_steers_no_terminal_from_a_notebook(folder: Path, row: str, shown: str) -> None:
    """There no command stands between a message and anyone who reads it."""
    with (folder / "groups.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    with pytest.raises(DataError) as refused:
        load(folder)
    assert shown in str(refused.value) and "\u202e" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("shape", [None, [], {"fields": 1}, {"fields": ["number"]}])
def test_a_schema_of_another_shape_is_refused(folder: Path, shape: Any) -> None:
    described(folder, lambda t: t["groups"].update(schema=shape))
    with pytest.raises(DataError, match='table "groups" must have the columns'):
        load(folder)


@pytest.mark.parametrize("name", ["groups.csv", "observations/flat_share.csv", "datapackage.json"])
@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_among_the_data_is_refused(
    folder: Path, tmp_path: Path, name: str, there: bool
) -> None:
    target = tmp_path / "elsewhere"
    (folder / name).rename(target)
    (folder / name).symlink_to(target)
    if not there:
        target.unlink()
    with pytest.raises(WorkbenchError, match=r"is a symbolic link to .*elsewhere") as refused:
        load(folder)
    assert ("is not there" in str(refused.value)) == (not there)


def test_a_linked_folder_of_figures_is_refused_and_a_linked_data_folder_is_not(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert len(load(tmp_path / "link").measures)  # its owner named it
    (folder / "observations").rename(tmp_path / "figures")
    (folder / "observations").symlink_to(tmp_path / "figures", target_is_directory=True)
    with pytest.raises(UsageError, match="observations is a symbolic link"):
        load(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("name", ["groups.csv", "observations/flat_share.csv", "more.json"])
def test_a_pipe_and_a_folder_are_named_and_refused(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(UsageError, match=rf"{name} is a pipe"):
        load(folder)
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(UsageError, match=rf"{name} is a folder"):
        load(folder)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder: Path) -> None:
    with (folder / "groups.csv").open("ab") as file:
        file.truncate(2**40)  # a hole, which takes no room
    code = """
import sys
import workbench
try:
    workbench.load(sys.argv[1])
except workbench.WorkbenchError as error:
    print(error)
"""
    said = budget.run(code, folder, memory=400)
    assert "groups.csv is larger than 32 MB, and is not read" in said


_ROWS = """
import sys
from pathlib import Path
from workbench.dataset import cells, schema as schemas
from workbench.errors import DataError
file, head, row, times = Path(sys.argv[1]), *sys.argv[2:]
with file.open("w", encoding="utf-8") as out:
    out.write(head + "\\n")
    out.writelines(row + "\\n" for _ in range(int(times)))
faults = cells.Faults()
cells.read_table(file, schemas.own()["observations"]["schema"], faults)
print(DataError(faults.listed()))
"""

_HEAD = "municipality,year,value,numerator,denominator,status"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("301,y,z,,,no", "has 1,249,949 more faults"),  # four cells, and the key but for the first
        ("0301,2020", "has 249,950 more faults"),
        ('"0301\x1b","2020\n",1,,,', "more faults"),
    ],
)
def test_of_very_many_bad_rows_fifty_faults_are_listed(tmp_path: Path, row: str, said: str) -> None:
    # 1,100 bytes a row beside what Python and pandas take; a million of them are slow, not harder.
    told = budget.run(_ROWS, tmp_path / "x.csv", _HEAD, row, 250_000, memory=350)
    assert said in told
    assert len(told.splitlines()) <= 55 + told.count("2020\n")


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        (",".join(f"c{at}" for at in range(20_000)), "", "has 19,956 more faults"),
        (_HEAD, "," * 100_000, "the row has 100001 cells where the header has 6"),
    ],
)
def test_of_many_columns_fifty_faults_are_listed(
    tmp_path: Path, head: str, row: str, said: str
) -> None:
    told = budget.run(_ROWS, tmp_path / "x.csv", head, row, 100, memory=400)
    assert said in told and len(told.splitlines()) <= 55


def test_a_million_columns_end_soon(tmp_path: Path) -> None:
    code = _ROWS.replace('head + "\\n"', '"x," * 1_000_000 + "\\n"', 1)
    told = budget.run(code, tmp_path / "x.csv", "", "", 0, memory=400)
    assert "a line has more than 1,048,576 signs" in told


@pytest.mark.parametrize("part", [".reform", ".reform/groups.csv"])
def test_a_reform_that_was_stopped_elsewhere_brings_no_link(tmp_path: Path, part: str) -> None:
    """What a run had ready is put in place by the next one, before anything else is read."""
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "groups.csv").write_text("what is not for this folder")
    folder = tmp_path / "data"
    (folder / part).parent.mkdir(parents=True)
    (folder / part).symlink_to(tmp_path / "away" / Path(part).relative_to(".reform"))
    with pytest.raises(UsageError, match="is a symbolic link to"):
        boundary_changes.finish(folder)
    assert not (folder / "groups.csv").exists()
