"""Every page is valid HTML, by the checker of those who write the standard."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from conftest import Made, lacking
from nbformat.v4 import new_code_cell, new_notebook, new_output
from rendering.test_page import ABOUT, PNG

from workbench.batch.notebooks import briefs, pages
from workbench.language.translator import languages
from workbench.rendering import page

#: A caption between a picture and its numbers, in a figure that has a role: both are faults.
FAULTY = (
    '<!DOCTYPE html><html lang="nb"><title>T</title><figure role="group"><svg></svg>'
    "<figcaption>C</figcaption><details><summary>S</summary></details></figure>"
)


@pytest.fixture(scope="module")
def checker() -> list[str]:
    """The command of the Nu HTML Checker: `.ci/run` says where its jar is."""
    java, jar = shutil.which("java"), Path(os.environ.get("WORKBENCH_HTML_CHECKER", ""))
    if java and jar.is_file():
        return [java, "-jar", str(jar)]
    if java:
        lacking("There is java, but WORKBENCH_HTML_CHECKER names no vnu.jar: see .ci/run.")
    pytest.skip("There is no java to run the Nu HTML Checker with.")


def faults(checker: list[str], files: list[Path]) -> list[Any]:
    """Return what is wrong in pages, all seen by one process."""
    options = ["--format", "json", "--exit-zero-always", "--errors-only", *map(str, files)]
    told = subprocess.run([*checker, *options], capture_output=True, timeout=280, check=True)
    return [
        [Path(one["url"]).name, one["message"], one.get("extract")]
        for one in json.loads(told.stderr)["messages"]
    ]


def test_no_page_of_any_kind_has_a_fault(checker: list[str], made: Made) -> None:
    found = sorted(made.path.rglob("*.html"))
    kinds = {file.name for file in found}
    for code in languages():
        assert {f"{name}.{code}.html" for name in [*briefs(), "index", *pages()]} <= kinds
    assert made.path / "index.html" in found
    assert faults(checker, found) == []


def test_what_analysts_display_becomes_valid_html(checker: list[str], tmp_path: Path) -> None:
    table = pd.DataFrame({"a & b": [1, 2], "c": ["<x>", None]})
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    figure.savefig(tmp_path / "chart.svg")
    shown = [
        {"text/html": table._repr_html_()},
        {"text/html": table.style.highlight_max(color="#dfe5ea")._repr_html_()},
        {"image/png": PNG},
        {"image/svg+xml": (tmp_path / "chart.svg").read_text(encoding="utf-8")},
        {"text/markdown": "# Own heading\n\n- a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$x^2$"},
        {"text/latex": "$$\\frac{a}{2}$$"},
        {"text/plain": "plain <text>"},
    ]
    outputs = [
        new_output("display_data", bundle, metadata={kind: {"alt": "what it shows"}})
        for bundle in shown
        for kind in bundle
    ]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    (tmp_path / "page.html").write_text(page.page(notebook, ABOUT), encoding="utf-8")
    assert faults(checker, [tmp_path / "page.html"]) == []


def test_the_checker_would_find_a_fault(checker: list[str], tmp_path: Path) -> None:
    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    messages = [message for _, message, _ in faults(checker, [tmp_path / "faulty.html"])]
    assert any("must not have a “role”" in message for message in messages)
    assert any("“details” not allowed as child of element “figure”" in m for m in messages)
