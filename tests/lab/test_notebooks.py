"""Notebooks of an analyst: copies to work on, and a filter of git that stores no results."""

import io
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, needs_git
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from project import Project

from workbench.__main__ import main
from workbench.batch import notebooks
from workbench.batch.notebooks import NOTEBOOKS
from workbench.dataset import DATA, Dataset
from workbench.errors import UsageError
from workbench.lab import notebooks as copies
from workbench.lab.notebooks import cleaned, how_to_open, open_copy


def injected(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    (found,) = (c.source for c in cells if "injected-parameters" in c.metadata.get("tags", []))
    return str(found)


@pytest.mark.parametrize("municipality", ["3201", "0219", "Bærum", "baerum", "BÆRUM"])
@pytest.mark.parametrize("notebook", ["trends", "02_trends", "02_trends.ipynb"])
def test_municipality_and_notebook_go_by_several_names(
    data: Dataset, tmp_path: Path, municipality: str, notebook: str
) -> None:
    path = open_copy(data, municipality, notebook, to=tmp_path / "new")
    assert path == tmp_path / "new" / "3201-baerum-02_trends.ipynb"
    assert injected(path) == '# Parameters\nmunicipality = "3201"\n'


def test_it_carries_peers_and_language_too(data: Dataset, tmp_path: Path) -> None:
    path = open_copy(data, "Skien", "status", to=tmp_path, peers="county-telemark", language="en")
    said = injected(path)
    assert 'peers = "county-telemark"' in said and 'language = "en"' in said


def test_nothing_is_written_over(data: Dataset, tmp_path: Path) -> None:
    original = (NOTEBOOKS / "02_trends.ipynb").read_bytes()
    first = open_copy(data, "Bærum", "trends", to=tmp_path)
    first.write_text("mine", encoding="utf-8")
    with ThreadPoolExecutor(8) as many:
        others = [many.submit(open_copy, data, "Bærum", "trends", to=tmp_path) for _ in range(8)]
        names = {other.result().name for other in others}
    assert names == {f"3201-baerum-02_trends-{at}.ipynb" for at in range(2, 10)}
    assert first.read_text(encoding="utf-8") == "mine"
    assert (NOTEBOOKS / "02_trends.ipynb").read_bytes() == original


def test_a_copy_says_nothing_of_where_and_when_it_was_made(data: Dataset, tmp_path: Path) -> None:
    first, second = (open_copy(data, "Bærum", "trends", to=tmp_path) for _ in range(2))
    assert first.read_bytes() == second.read_bytes()
    assert str(tmp_path) not in first.read_text(encoding="utf-8")
    node = nbformat.read(first, as_version=4)
    nbformat.validate(node)
    assert not any(cell.get("outputs") for cell in node.cells)


@pytest.mark.parametrize(
    ("municipality", "notebook", "more", "said"),
    [
        ("Barum", "trends", {}, '"Barum" is not a municipality. Did you mean Bærum'),
        ("Våler", "trends", {}, '"Våler" can be 3114 Våler'),
        ("3201", "trend", {}, '"trend" is not a brief. Did you mean 02_trends?'),
        ("3201", "00_methods", {}, '"00_methods" is not a brief.'),
        ("3201", "trends", {"peers": "county-telemarkk"}, "Did you mean county-telemark"),
        ("3201", "trends", {"language": "no"}, 'There are no texts in "no".'),
        ("3201", "trends", {"to": NOTEBOOKS}, "holds the notebooks that are made for everyone"),
        ("3201", "trends", {"to": NOTEBOOKS / "02_trends.ipynb"}, "cannot be written to"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_sentence(
    data: Dataset, municipality: str, notebook: str, more: dict, said: str
) -> None:
    before = sorted(NOTEBOOKS.iterdir())
    with pytest.raises(UsageError) as refused:
        open_copy(data, municipality, notebook, **more)
    assert said in str(refused.value)
    assert sorted(NOTEBOOKS.iterdir()) == before


@needs_git
def test_the_usual_folder_is_nobodys_but_the_analysts(tmp_path: Path) -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "-q", "notebooks/work/any.ipynb"],
        cwd=NOTEBOOKS.parent,
        check=False,
    )
    # Without git there is no repository to keep it out of.
    assert ignored.returncode in (0, 128)
    assert how_to_open(copies.WORK / "a.ipynb") == 'make lab ARGS="notebooks/work/a.ipynb"'
    away = tmp_path / "with space.ipynb"
    assert how_to_open(away) == f"make lab ARGS=\"--ServerApp.root_dir={tmp_path} '{away}'\""


def test_the_batch_does_not_find_a_copy_and_the_copy_runs_where_it_lies(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.notebook("02_where", "import workbench as wb\nwb.view(None, municipality, language)")
    told = project.python("-m", "workbench", "open", "Ås", "where", "--lang", "en")
    path = tmp_path / "notebooks" / "work" / "3218-as-02_where.ipynb"
    assert told == (0, f'{path}\nOpen it: make lab ARGS="notebooks/work/{path.name}"\n')
    assert notebooks.briefs(tmp_path / "notebooks") == ["02_where"]
    node = nbformat.read(path, as_version=4)
    NotebookClient(node, timeout=60, resources={"metadata": {"path": str(path.parent)}}).execute()
    (shown,) = node.cells[-1].outputs
    assert shown.data["text/plain"].startswith("3218 Ås, compared with county-akershus")


def test_figures_from_elsewhere_stay_where_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, to = tmp_path / "figures", tmp_path / "copies"
    shutil.copytree(DATA, figures)
    assert main(["open", "Bærum", "trends", "--data", str(figures), "--to", str(to)]) == 0
    (path,) = to.iterdir()
    assert capsys.readouterr().out.startswith(f"{path}\n")
    assert f'data_folder = "{figures}"' in injected(path)


#: What README tells analysts to type.
FILTER = f'"{sys.executable}" -m workbench clean'


def used(text: str = "Åseral: 1 + 1") -> str:
    """Return a notebook as JupyterLab saves it after a run."""
    output = new_output("execute_result", {"text/plain": "2"}, execution_count=3)
    code = new_code_cell("1 + 1\n2", id="a", execution_count=3, outputs=[output])
    code.metadata = {"tags": ["setup"], "scrolled": True, "execution": {"iopub": "2026-11-26"}}
    node = new_notebook(cells=[new_markdown_cell(text, id="b"), code])
    node.metadata["language_info"] = {"name": "python", "version": "3.11.2"}
    node.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return nbformat.writes(node)


def test_results_go_and_what_was_written_stays() -> None:
    node = json.loads(cleaned(used()))
    assert node["metadata"] == {"language_info": {"name": "python"}}
    note, code = node["cells"]
    assert note["source"] == "Åseral: 1 + 1"
    assert code == {
        "cell_type": "code",
        "execution_count": None,
        "id": "a",
        "metadata": {"tags": ["setup"]},
        "outputs": [],
        "source": "1 + 1\n2",
    }


@pytest.mark.parametrize("file", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda file: file.stem)
def test_the_stored_notebooks_are_clean_already(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert cleaned(text) == text


@given(text=st.text(st.characters(codec="utf-8")))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = cleaned(used(text))
    assert cleaned(once) == once
    nbformat.validate(nbformat.reads(once, as_version=4))


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html>", '{"nbformat": 3, "cells": []}'])
def test_what_is_no_notebook_is_refused_with_a_sentence(
    text: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=r"no notebook of format 4.*save it again"):
        cleaned(text)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["clean"]) == 2
    said = capfd.readouterr()
    assert said.out == "" and said.err.startswith("workbench: This is no notebook")


@needs_git
def test_as_a_filter_git_stores_no_results_and_leaves_the_file_alone(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GIT_CONFIG_GLOBAL": os.devnull}

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=60
        )
        return done.stdout.decode()

    shutil.copy(ROOT / ".gitattributes", tmp_path)
    original = NOTEBOOKS / "02_trends.ipynb"
    mine, copied = tmp_path / "mine.ipynb", tmp_path / original.name
    shutil.copy(original, copied)
    git("init", "-q")
    git("config", "filter.notebooks.clean", FILTER)
    git("add", ".")
    git("commit", "-qm", "first")
    assert git("show", f":{original.name}").encode() == original.read_bytes()

    mine.write_text(used(), encoding="utf-8")
    git("add", "mine.ipynb")
    assert git("show", ":mine.ipynb") == cleaned(used())
    assert mine.read_text(encoding="utf-8") == used(), "the results are still there to look at"

    node = nbformat.read(copied, as_version=4)
    node.cells[2].outputs = [new_output("stream", text="seen")]
    node.cells[2].execution_count = 7
    nbformat.write(node, copied)
    assert git("diff", "--", original.name) == "", "a run by itself is no change"
    node.cells[0].source += " Really?"
    nbformat.write(node, copied)
    assert git("diff", "--numstat", "--", original.name).split()[:2] == ["1", "1"]
