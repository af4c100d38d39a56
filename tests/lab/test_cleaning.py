"""Stored notebooks stay without results: ``python -m workbench clean``, as a filter of git."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, needs_git
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.__main__ import main
from workbench.batch.notebooks import NOTEBOOKS
from workbench.errors import UsageError
from workbench.lab.cleaning import cleaned

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
