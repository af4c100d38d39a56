"""Notebooks as they are stored: without results, in one form, no matter who saved them."""

from __future__ import annotations

import json
from typing import Any

from workbench.errors import UsageError

#: What belongs to a cell wherever it is run; the rest tells how somebody looked at it.
_OF_A_CELL = ("tags",)


def cleaned(text: str) -> str:
    """Return a notebook without its results, as it is stored under version control.

    Outputs, counts of executions and what a cell remembers but its tags go; of the kernel no
    version stays. What is clean already stays the same to the byte.

    Parameters
    ----------
    text : str
        A notebook of format 4, as JSON.

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
        told = json.loads(text)
        cells, major = told["cells"], told["nbformat"]
        about = told.get("metadata", {})
    except (ValueError, KeyError, TypeError, RecursionError):
        cells, major, about = None, 0, {}
    parts = [about, *(cells if isinstance(cells, list) else [None])]
    parts += [part.get("metadata", {}) for part in parts if isinstance(part, dict)]
    parts.append(about.get("language_info", {}) if isinstance(about, dict) else None)
    if major != 4 or not all(isinstance(part, dict) for part in parts):
        raise UsageError(
            "This is no notebook of format 4: open it in JupyterLab and save it again."
        )
    for cell in cells:
        _clean(cell)
    about.pop("widgets", None)
    if "language_info" in about:
        about["language_info"] = {"name": about["language_info"].get("name", "python")}
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _clean(cell: dict[str, Any]) -> None:
    kept = {key: cell["metadata"][key] for key in _OF_A_CELL if key in cell.get("metadata", {})}
    cell["metadata"] = kept
    if isinstance(cell.get("source"), list):  # as JupyterLab saves it
        cell["source"] = "".join(cell["source"])
    if cell.get("cell_type") == "code":
        cell["outputs"], cell["execution_count"] = [], None
