"""The notebooks themselves: thin, steady under version control, and runnable by hand."""

import ast
import io
import itertools
import json
import re
import tokenize
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import workbench as wb
from workbench.batch.notebooks import NOTEBOOKS

FILES = sorted(NOTEBOOKS.glob("*.ipynb"))

#: The others are for analysts alone; what the bench shows is tested in tests/lab.
REPORTS = [file for file in FILES if file.stem != "explore"]

#: What belongs into the package, where it is tested.
LOGIC = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.If,
    ast.Try,
    ast.comprehension,
)


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def notebook(file: Path) -> nbformat.NotebookNode:
    return nbformat.read(file, as_version=4)


@pytest.fixture(params=REPORTS, ids=lambda file: file.stem)
def report(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert len(FILES) >= 3


def test_it_is_stored_without_results(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))


def test_it_is_stored_in_one_form(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    again = json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True)
    assert text == again + "\n"
    assert b"\r" not in file.read_bytes()


def test_a_report_names_its_brief(report: nbformat.NotebookNode) -> None:
    brief = report.metadata["workbench"]
    assert set(brief) <= {"brief", "asked"} and find_spec(f"workbench.briefs.{brief['brief']}")


def test_its_metadata_name_no_version_and_no_machine(notebook: nbformat.NotebookNode) -> None:
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    notebook.metadata.pop("workbench", None)
    assert notebook.metadata == {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


def test_its_cells_have_names_that_stay(notebook: nbformat.NotebookNode) -> None:
    names = [cell.id for cell in notebook.cells]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*-\d\d", name) for name in names), names


def test_it_begins_with_its_question(notebook: nbformat.NotebookNode) -> None:
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")


def test_a_report_begins_with_its_parameters(report: nbformat.NotebookNode) -> None:
    tagged = [cell for cell in code(report) if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == code(report)[:1]


def test_each_parameter_has_a_type_a_default_and_a_comment(report: nbformat.NotebookNode) -> None:
    source = code(report)[0].source
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    names = []
    for line in ast.parse(source).body:
        assert isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        assert isinstance(line.value, ast.Constant)
        assert type(line.value.value).__name__ == ast.unparse(line.annotation)
        assert line.lineno in commented
        names.append(line.target.id)
    about = {"municipality", "peers"} if "municipality" in names else set()
    assert {"language", "data_folder"} | about <= set(names)


def test_a_brief_is_set_up_in_one_cell(report: nbformat.NotebookNode) -> None:
    silent = [cell for cell in code(report) if "setup" in cell.metadata.get("tags", [])]
    assert silent == code(report)[1:2]


def test_it_calls_the_package_and_defines_nothing(notebook: nbformat.NotebookNode) -> None:
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, LOGIC), cell.source
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert ast.unparse(node) == "import workbench as wb"


@pytest.mark.parametrize(
    "file", sorted(NOTEBOOKS.glob("0[1-6]_*.ipynb")), ids=lambda file: file.stem
)
def test_a_brief_says_how_to_get_at_the_frame_behind_each_section(file: Path) -> None:
    """What a note calls a DataFrame is one, for whoever writes that line into a cell."""
    notebook = nbformat.read(file, as_version=4)
    view = wb.view(None, "Bærum")
    named = {"wb": wb, "view": view, "answers": wb.across.fit(view)}
    notes = [
        re.findall(r"`([^`]+)` -> DataFrame", cell.source)
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    ][1:]
    assert len(notes) >= 4 and sum(map(bool, notes)) >= 4
    for call in itertools.chain(*notes):
        frame = eval(call, named, {"view": view})
        assert isinstance(frame, pd.DataFrame) and len(frame.columns) > 1, call


def test_it_is_short(notebook: nbformat.NotebookNode) -> None:
    assert len(code(notebook)) <= 13
    assert max(len(cell.source.splitlines()) for cell in code(notebook)) <= 10


def test_it_runs_as_it_is_without_a_warning(notebook: nbformat.NotebookNode) -> None:
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOKS)}})
    client.execute()
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert {output.output_type for output in outputs} == {"execute_result"}
    shown = [output.data["text/html"] for output in outputs if "text/html" in output.data]
    explore = notebook.cells[0].id == "explore-01"
    assert ("widgets" in notebook.metadata) == explore
    assert explore or sum("<h1" in piece for piece in shown) == 1
