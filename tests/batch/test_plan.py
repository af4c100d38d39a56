"""A plan: what is to be made, and a hash for each brief of all that it is made from."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import workbench as wb
from workbench.batch import code, manifest, notebooks
from workbench.batch import plan as planning
from workbench.batch.notebooks import NOTEBOOKS, briefs, choose_briefs
from workbench.batch.tasks import Task
from workbench.dataset import DATA, Dataset
from workbench.errors import UsageError
from workbench.storage import files

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
    (task,) = planning.plan(data, ["3201"], briefs(folder), folder=folder, **given).tasks
    return task


# Which notebooks there are


def test_each_notebook_that_takes_a_municipality_is_a_brief() -> None:
    names = briefs()
    assert {"01_status", "02_trends", "03_regression"} <= set(names)
    assert names == sorted(names)
    assert all((NOTEBOOKS / f"{name}.ipynb").exists() for name in names)


def test_a_notebook_dropped_into_the_folder_is_found(folder: Path) -> None:
    assert briefs(folder) == ["04_turn"]
    notebook(folder / "05_more.ipynb")
    notebook(folder / "explore.ipynb", parameters='measure: str = "population"')
    (folder / "notes.md").write_text("no notebook", encoding="utf-8")
    assert briefs(folder) == ["04_turn", "05_more"]


@pytest.mark.parametrize("wanted", ["status", "01_status"])
def test_a_brief_goes_by_its_name_with_and_without_number(wanted: str) -> None:
    assert choose_briefs([wanted]) == ["01_status"]


def test_no_name_is_all_and_a_name_twice_is_once() -> None:
    assert choose_briefs([]) == briefs()
    twice = choose_briefs(["trends", "02_trends", "status"])
    assert twice == ["01_status", "02_trends"]


def test_an_unknown_brief_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r'"trend" is not a brief. Did you mean 02_trends'):
        choose_briefs(["trend"])


# What is to be made


def test_there_is_a_task_for_each_municipality_brief_and_language(
    data: Dataset, folder: Path
) -> None:
    notebook(folder / "05_more.ipynb")
    out = folder.parent / "out"
    tasks = planning.plan(
        data, ["3201", "5055", "3201"], briefs(folder), ["nb"], out, folder=folder
    ).tasks
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
    *pages, own = planning.plan(data, ["3201"], ["01_status"], ["nb"], tmp_path).tasks
    assert {page.number for page in pages} == {""}
    assert own.title == wb.view(data, "3201").say("status.title")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ('municipality: str = ""', 'has no parameter "language"'),
        ('municipality: str = ""\nlanguge: str = ""', "Did you mean languge"),
        ('municipality: int = 3201\nlanguage: str = "nb"', "declared as int; it must be str"),
    ],
)
def test_a_notebook_that_does_not_take_what_it_is_given_is_refused_and_no_other(
    data: Dataset, tmp_path: Path, parameters: str, said: str
) -> None:
    folder = notebook(tmp_path / "notebooks" / "04_turn.ipynb", parameters).parent
    notebook(folder / "05_more.ipynb")
    names = ["04_turn", "05_more"]
    made = planning.plan(data, ["3201"], names, ["nb"], tmp_path / "out", folder=folder)
    assert [task.brief for task in made.tasks] == ["05_more"]
    assert list(made.refused) == ["04_turn"] and said in made.refused["04_turn"]


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


@pytest.mark.parametrize(
    "name", ["min_modul.py", "pakke/__init__.py", "tall.csv", "tall/3201.csv", "matplotlibrc"]
)
def test_what_lies_beside_a_notebook_changes_the_key(
    data: Dataset, folder: Path, name: str
) -> None:
    without = one(data, folder)
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("a = 1", encoding="utf-8")
    with_it = one(data, folder)
    file.write_text("a = 2", encoding="utf-8")
    other = one(data, folder)
    assert len({task.executes for task in (without, with_it, other)}) == 3
    file.write_text("a = 1", encoding="utf-8")
    os.utime(file, (1, 1))
    assert one(data, folder) == with_it, "it counts by what it says, not by its age"


def test_a_file_behind_a_link_to_a_folder_changes_the_key(data: Dataset, folder: Path) -> None:
    shared = folder.parent / "felles"
    shared.mkdir()
    (folder / "felles").symlink_to(shared)
    (shared / "tilbake").symlink_to(folder)  # is not followed for ever
    (shared / "felles_modul.py").write_text("a = 1", encoding="utf-8")
    before = one(data, folder)
    (shared / "felles_modul.py").write_text("a = 2", encoding="utf-8")
    assert one(data, folder).executes != before.executes


def test_what_a_notebook_cannot_read_beside_it_changes_no_key(data: Dataset, folder: Path) -> None:
    before = one(data, folder)
    (folder / "__pycache__").mkdir()
    names = ["__pycache__/m.pyc", ".~lock.tall.ods#", "~$tall.xlsx", ".ipynb_checkpoints"]
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "gone.csv").symlink_to("nowhere.csv")
    (folder / "work").mkdir()
    notebook(folder / "work" / "3201-baerum-04_turn.ipynb")
    made = planning.plan(data, ["3201"], ["04_turn"], ["nb"], folder.parent / "out", folder=folder)
    assert made.tasks == [before]


@pytest.mark.parametrize("name", ["mine.py", "felles.ipynb"])
def test_what_a_module_beside_a_notebook_calls_counts_too(folder: Path, name: str) -> None:
    source = "import workbench as wb\n\ndef shown(view):\n    return wb.trends.summary(view)"
    if name.endswith(".py"):
        (folder / name).write_text(source, encoding="utf-8")
    else:
        notebook(folder / name, parameters=source)
    file = notebook(folder / "04_turn.ipynb", f"{DECLARED}\nimport mine\n%run felles.ipynb")
    known = planning._with_files(file, notebooks.notebook(file))
    called = {path.name for path in code.of_cells(known.cells)}
    assert "trend.py" in called
    assert not {"trends.py"} & {p.name for p in code.of_cells(notebooks.notebook(file).cells)}


def test_a_brief_is_set_again_when_the_pages_that_it_refers_to_are_others(
    data: Dataset, folder: Path
) -> None:
    before = one(data, folder)
    page = notebook(folder / "12_ordliste.ipynb", parameters='language: str = "nb"')
    tasks = planning.plan(data, ["3201"], ["04_turn"], ["nb"], folder.parent / "out", folder=folder)
    shared, after = tasks.tasks
    assert shared.brief == "12_ordliste"
    assert (after.executes, after.key == before.key) == (before.executes, False)
    page.unlink()
    assert one(data, folder) == before


def test_another_notebook_counts_where_it_is_run(data: Dataset, folder: Path) -> None:
    other = notebook(folder / "felles.ipynb", parameters="a = 1")
    notebook(folder / "04_turn.ipynb", f"{DECLARED}\n%run felles.ipynb")
    before = one(data, folder)
    notebook(other, parameters="a = 2")
    assert one(data, folder).executes != before.executes


def test_a_brief_of_the_project_reads_beside_it_only_what_it_names(
    data: Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(NOTEBOOKS / "02_trends.ipynb", folder)
    before = one(data, folder)
    (folder / "tall.csv").write_text("1", encoding="utf-8")
    assert one(data, folder) == before
    node = nbformat.read(folder / "02_trends.ipynb", as_version=4)
    node.cells.append(new_code_cell("import pandas as pd\npd.read_csv('tall.csv')", id="z"))
    nbformat.write(node, folder / "02_trends.ipynb")
    named = one(data, folder)
    (folder / "tall.csv").write_text("2", encoding="utf-8")
    assert one(data, folder).executes != named.executes


def test_a_changed_figure_changes_the_key(folder: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    shutil.copytree(DATA, figures)
    before = one(wb.load(figures), folder)
    assert before.parameters["data_folder"] == str(figures)

    file = figures / "observations" / "flat_share.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    assert one(wb.load(figures), folder).key != before.key


# What is due


def noted(task: Task, executed: str = "{}", page: str = "<p>") -> None:
    """Write the files of a task, and note them as a run does."""
    files.write(task.executed, executed)
    files.write(task.page, page)
    written = manifest.written(task.out, {at: at.read_bytes() for at in (task.executed, task.page)})
    entry = manifest.Entry(task.key, written, task.executes)
    manifest.note(task.out, task.ledger, task.file, entry)


def due(data: Dataset, folder: Path, **options: Any) -> tuple[list[str], set[str]]:
    """Return the labels of what is due, and of those of which only the page is."""
    given: dict[str, Any] = {"languages": ["nb"], "out": folder.parent / "out"} | options
    found = planning.plan(data, ["3201"], briefs(folder), folder=folder, **given)
    return [task.label for task in found.due], found.rendered


def test_what_is_noted_and_whole_is_not_due(data: Dataset, folder: Path) -> None:
    task = one(data, folder)
    assert due(data, folder) == (["3201-baerum/04_turn.nb"], set())
    noted(task)
    assert due(data, folder) == ([], set())
    assert due(data, folder, force=True) == ([task.label], set())


def test_a_changed_note_asks_for_the_page_and_a_changed_cell_for_all(
    data: Dataset, folder: Path
) -> None:
    noted(one(data, folder))
    notebook(folder / "04_turn.ipynb", source="# Whose turn?\n\nA better sentence.")
    assert due(data, folder) == (["3201-baerum/04_turn.nb"], {"3201-baerum/04_turn.nb"})
    notebook(folder / "04_turn.ipynb", DECLARED + "\nmore: str = ''")
    assert due(data, folder) == (["3201-baerum/04_turn.nb"], set())


@pytest.mark.parametrize("which", ["page", "executed"])
@pytest.mark.parametrize("how", ["edited", "cut", "gone"])
def test_a_file_that_is_not_as_it_was_is_made_again(
    data: Dataset, folder: Path, which: str, how: str
) -> None:
    task = one(data, folder)
    noted(task, "{'a': 1}", "<p>A")
    file: Path = getattr(task, which)
    text = file.read_text()
    if how == "gone":
        file.unlink()
    else:
        file.write_text(text[::-1] if how == "edited" else text[:-1])
    labels, pages = due(data, folder)
    assert labels == [task.label]
    assert pages == ({task.label} if which == "page" else set()), "the notebook tells enough"


def test_a_copy_with_other_times_is_whole(data: Dataset, folder: Path) -> None:
    task = one(data, folder)
    noted(task)
    os.utime(task.page, (1, 1))
    assert due(data, folder) == ([], set())


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b'{"key": 1}', b'{"files": {"a": 1}}']
)
def test_an_entry_that_cannot_be_read_counts_as_none(
    data: Dataset, folder: Path, content: bytes
) -> None:
    task = one(data, folder)
    noted(task)
    (state,) = (task.out / manifest.STATE).rglob("*.json")
    state.write_bytes(content)
    assert due(data, folder) == ([task.label], set())


def test_work_is_a_municipality_at_a_time_or_a_brief_where_that_is_too_few(
    data: Dataset, folder: Path
) -> None:
    notebook(folder / "05_more.ipynb")
    out, both = folder.parent / "out", ["04_turn", "05_more"]
    made = planning.plan(data, ["3201", "5055"], both, ["nb"], out, folder=folder, files=True)
    whole = made.works(1)
    assert [(work.name, len(work.tasks), bool(work.files)) for work in whole] == [
        ("3201-baerum", 2, True),
        ("5055-heim", 2, True),
    ]
    pieces = [(len(work.tasks), bool(work.files)) for work in made.works(2)]
    assert pieces == 2 * [(1, False), (1, False), (0, True)]


def test_how_long_it_takes_is_told_by_how_long_it_took(data: Dataset, folder: Path) -> None:
    task = one(data, folder)
    unknown = planning.plan(data, ["3201"], ["04_turn"], ["nb"], task.out, folder=folder)
    assert unknown.seconds() is None
    files.write(task.page, "x")
    written = manifest.written(task.out, {task.page: task.page.read_bytes()})
    entry = manifest.Entry("of before", written, seconds=1.5)
    manifest.note(task.out, task.ledger, task.file, entry)
    known = planning.plan(data, ["3201", "5055"], ["04_turn"], ["nb"], task.out, folder=folder)
    assert known.seconds() == 3.0
