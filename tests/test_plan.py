"""A plan: what is to be made, and a hash for each brief of all that it is made from."""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import workbench as wb
from workbench import plan as planning
from workbench import publish
from workbench.dataset import DATA, Dataset
from workbench.errors import UsageError
from workbench.plan import NOTEBOOKS, Task

DECLARED = 'municipality: str = "3201"\npeers: str = ""\nlanguage: str = "nb"'
DECLARED += '\ndata_folder: str = ""'


def notebook(file: Path, parameters: str = DECLARED, source: str = "# Whose turn?") -> Path:
    """Write a notebook with these parameters and a heading."""
    cell = new_code_cell(parameters, id="a", metadata={"tags": ["parameters"]})
    node = new_notebook(cells=[new_markdown_cell(source, id="b"), cell])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    file.parent.mkdir(exist_ok=True)
    file.write_text(nbformat.writes(node), encoding="utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one notebook."""
    return notebook(tmp_path / "notebooks" / "04_turn.ipynb").parent


def one(data: Dataset, folder: Path, **options: Any) -> Task:
    """Return the task of Bærum for the one notebook of a folder."""
    given: dict[str, Any] = {"languages": ["nb"], "out": folder.parent / "out"} | options
    (task,) = planning.plan(data, ["3201"], planning.briefs(folder), folder=folder, **given)
    return task


# Which notebooks there are


def test_each_notebook_that_takes_a_municipality_is_a_brief() -> None:
    names = planning.briefs()
    assert {"01_status", "02_trends", "03_regression"} <= set(names)
    assert names == sorted(names)
    assert all((NOTEBOOKS / f"{name}.ipynb").exists() for name in names)


def test_a_notebook_dropped_into_the_folder_is_found(folder: Path) -> None:
    assert planning.briefs(folder) == ["04_turn"]
    notebook(folder / "05_more.ipynb")
    notebook(folder / "explore.ipynb", parameters='measure: str = "population"')
    (folder / "notes.md").write_text("no notebook", encoding="utf-8")
    assert planning.briefs(folder) == ["04_turn", "05_more"]


@pytest.mark.parametrize("wanted", ["status", "01_status"])
def test_a_brief_goes_by_its_name_with_and_without_number(wanted: str) -> None:
    assert planning.choose_briefs([wanted]) == ["01_status"]


def test_no_name_is_all_and_a_name_twice_is_once() -> None:
    assert planning.choose_briefs([]) == planning.briefs()
    twice = planning.choose_briefs(["trends", "02_trends", "status"])
    assert twice == ["01_status", "02_trends"]


def test_an_unknown_brief_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r'"trend" is not a brief. Did you mean 02_trends'):
        planning.choose_briefs(["trend"])


# What is to be made


def test_there_is_a_task_for_each_municipality_brief_and_language(
    data: Dataset, folder: Path
) -> None:
    notebook(folder / "05_more.ipynb")
    out = folder.parent / "out"
    tasks = planning.plan(
        data, ["3201", "5055", "3201"], planning.briefs(folder), ["nb"], out, folder=folder
    )
    assert [task.label for task in tasks] == [
        "3201-baerum/04_turn.nb",
        "3201-baerum/05_more.nb",
        "5055-heim/04_turn.nb",
        "5055-heim/05_more.nb",
    ]
    assert tasks[0].page == out / "3201-baerum" / "04_turn.nb.html"
    assert tasks[0].executed == out / "3201-baerum" / "notebooks" / "04_turn.nb.ipynb"
    assert len({task.key for task in tasks}) == 4
    assert not out.exists(), "a plan makes nothing"


def test_a_notebook_is_given_what_differs_from_its_defaults(data: Dataset, folder: Path) -> None:
    assert one(data, folder).parameters == {"municipality": "3201", "language": "nb"}
    named = one(data, folder, peers="telemark").parameters
    assert named == {"municipality": "3201", "language": "nb", "peers": "telemark"}


def test_a_brief_is_titled_by_its_question_and_its_municipality(
    data: Dataset, folder: Path, tmp_path: Path
) -> None:
    assert one(data, folder).title == "Whose turn? – Bærum"
    *pages, own = planning.plan(data, ["3201"], ["01_status"], ["nb"], tmp_path)
    assert {page.number for page in pages} == {""}
    assert own.title == wb.view(data, "3201").say("status.title")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ('municipality: str = ""', r'has no parameter "language".*Declare it'),
        ('municipality: str = ""\nlanguge: str = ""', "Did you mean languge"),
        ('municipality: int = 3201\nlanguage: str = "nb"', "declared as int; it must be str"),
    ],
)
def test_a_notebook_that_does_not_take_what_it_is_given_is_refused(
    data: Dataset, tmp_path: Path, parameters: str, said: str
) -> None:
    folder = notebook(tmp_path / "notebooks" / "04_turn.ipynb", parameters).parent
    with pytest.raises(UsageError, match=said):
        one(data, folder)


# What it is made from


def test_the_same_input_gives_the_same_key(data: Dataset, folder: Path) -> None:
    assert one(data, folder) == one(wb.load(), folder)


def test_the_place_of_the_briefs_is_no_part_of_the_key(
    data: Dataset, folder: Path, tmp_path: Path
) -> None:
    assert one(data, folder).key == one(data, folder, out=tmp_path / "elsewhere").key


def test_a_changed_notebook_changes_the_key(data: Dataset, folder: Path) -> None:
    before = one(data, folder).key
    notebook(folder / "04_turn.ipynb", source="# Whose turn is it?")
    assert one(data, folder).key != before


def test_another_parameter_changes_the_key(data: Dataset, folder: Path) -> None:
    keys = {one(data, folder, peers=peers).key for peers in ("", "u4ssc", "telemark")}
    assert len(keys) == 3


def test_a_changed_figure_changes_the_key(folder: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    shutil.copytree(DATA, figures)
    before = one(wb.load(figures), folder)
    assert before.parameters["data_folder"] == str(figures)

    file = figures / "observations" / "flat_share.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    assert one(wb.load(figures), folder).key != before.key


@pytest.mark.parametrize(
    "file", ["text/nb/status.toml", "templates/brief/style.css", "charts/trend.py"]
)
def test_the_package_is_part_of_the_key(
    data: Dataset, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    package = tmp_path / "workbench"
    shutil.copytree(Path(planning.__file__).parent, package)
    monkeypatch.setattr(planning, "_PACKAGE", package)
    before = one(data, folder).key
    with (package / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")
    assert one(data, folder).key != before


# Whether it is up to date


def test_a_brief_is_up_to_date_when_page_and_notebook_are_from_the_same(
    data: Dataset, folder: Path
) -> None:
    task = one(data, folder)
    assert not task.up_to_date

    about = publish.Page(task.title, "nb", task.key, "", "", "")
    publish.write(task.page, publish.page(new_notebook(), about))
    assert not task.up_to_date, "the executed notebook is not there"
    publish.write(task.executed, nbformat.writes(new_notebook()))
    assert task.up_to_date

    notebook(folder / "04_turn.ipynb", source="# Another question?")
    assert not one(data, folder).up_to_date
