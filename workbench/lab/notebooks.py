"""Notebooks of an analyst: copies to work on, and how they are stored, without results."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from workbench.batch import notebooks
from workbench.dataset import Dataset
from workbench.dataset.lookup import folder_name
from workbench.errors import UsageError
from workbench.language.translator import Language

#: Where copies go; git leaves it out, and `notebooks.survey` does not look there.
WORK = notebooks.NOTEBOOKS / "work"


def open_copy(
    data: Dataset,
    municipality: str,
    notebook: str,
    *,
    to: Path | None = None,
    peers: str = "",
    language: str = "",
    originals: Path = notebooks.NOTEBOOKS,
) -> Path:
    """Write a copy of a notebook with its parameters set, and return its path.

    The copy gets a name that is not taken: 3201-baerum-02_trends.ipynb, then
    3201-baerum-02_trends-2.ipynb.

    Parameters
    ----------
    data : Dataset
        The figures; the copy reads the folder that they are from.
    municipality : str
        A number of today or earlier, or a name.
    notebook : str
        'trends', '02_trends' or '02_trends.ipynb', in the folder `originals`.
    to : Path, optional
        The folder of the copy; `WORK` by default.
    peers, language : str
        A group and a language; empty: as the notebook has them.

    Raises
    ------
    UsageError
        If the municipality, the notebook, the group or the language is not known, if the notebook
        does not take what it is given, or if nothing can be written there.
    """
    number = data.municipality(municipality)
    (brief,) = notebooks.choose_briefs([Path(notebook).name.removesuffix(".ipynb")], originals)
    given = {"municipality": number}
    if peers:
        data.group(peers)
        given["peers"] = peers
    if language:
        given["language"] = Language(language).code
    if not data.is_own:
        given["data_folder"] = str(data.path.resolve())
    original = originals / f"{brief}.ipynb"
    notebooks.check(original, notebooks.notebook(original), given)
    text = cleaned(nbformat.writes(_prepared(original, given)))
    folder = WORK if to is None else to
    if folder.resolve() == originals.resolve():
        raise UsageError(
            f"{folder} holds the notebooks that are made for everyone. Name another folder, "
            f"or none: copies then go to {WORK}."
        )
    return _written(folder, f"{folder_name(number, data.name(number))}-{brief}", text)


def _prepared(original: Path, given: dict[str, str]) -> nbformat.NotebookNode:
    """Return the notebook with its parameters, without traces of who prepared it and when."""
    import papermill

    node = papermill.execute_notebook(
        notebooks.read(original),
        None,
        parameters=given,
        kernel_name="python3",
        language="python",
        prepare_only=True,
        progress_bar=False,
    )
    node.metadata.pop("papermill", None)
    for at, cell in enumerate(node.cells):
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = f"parameters-{at}"
    return node


def _written(folder: Path, name: str, text: str) -> Path:
    """Write a file under the first name that is free, also when others do the same just now."""
    path, at = folder / f"{name}.ipynb", 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            with suppress(FileExistsError), path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                return path
            at += 1
            path = folder / f"{name}-{at}.ipynb"
    except OSError as error:
        raise UsageError(
            f"The copy cannot be written to {folder}: {error.strerror}. "
            "Name a folder that you may write to with --to."
        ) from None


def how_to_open(path: Path) -> str:
    """Return the command that opens a notebook in JupyterLab."""
    whole, served = path.resolve(), notebooks.NOTEBOOKS.parent
    if whole.is_relative_to(served):
        return f'make lab ARGS="{shlex.quote(whole.relative_to(served).as_posix())}"'
    # JupyterLab shows what lies in the folder that it serves, which is the project's otherwise.
    root, file = (shlex.quote(place.as_posix()) for place in (whole.parent, whole))
    return f'make lab ARGS="--ServerApp.root_dir={root} {file}"'


def cleaned(text: str) -> str:
    """Return a notebook without its results, as it is stored under version control.

    Outputs, counts of executions and all metadata of a cell but its tags go; of the kernel no
    version stays. What is clean already stays the same to the byte.

    `text` is a notebook of format 4, as JSON.

    Raises
    ------
    UsageError
        If it is no such notebook.

    Examples
    --------
    >>> print(cleaned('{"cells": [], "metadata": {}, "nbformat_minor": 5, "nbformat": 4}').strip())
    {
     "cells": [],
     "metadata": {},
     "nbformat": 4,
     "nbformat_minor": 5
    }
    """
    try:
        node = json.loads(text)
        about, cells = node.get("metadata", {}), node["cells"]
        if node["nbformat"] != 4 or not isinstance(cells, list):
            raise ValueError(node["nbformat"])
        about.pop("widgets", None)
        if "language_info" in about:
            about["language_info"] = {"name": about["language_info"].get("name", "python")}
        for cell in cells:
            _clean(cell)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(
            "This is no notebook of format 4: open it in JupyterLab and save it again."
        ) from None
    return json.dumps(node, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _clean(cell: dict[str, Any]) -> None:
    tags = cell.get("metadata", {}).get("tags")
    cell["metadata"] = {} if tags is None else {"tags": tags}
    if isinstance(cell.get("source"), list):  # as JupyterLab saves it
        cell["source"] = "".join(cell["source"])
    if cell.get("cell_type") == "code":
        cell["outputs"], cell["execution_count"] = [], None
