"""How long a brief takes by the ways that one would make it by hand: the same notebooks, one page.

    python benchmarks/batch.py --only loops

A program that is not beside this Python or on the path is named as not installed: ploomber-engine
comes by pip, quarto from its own site.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

_PAGE = "jupyter-nbconvert --to html made.ipynb"

#: The commands that make a page of a notebook, by what one would call the way. They are given in
#: the notebook's folder; "NOTEBOOK" stands for its file.
WAYS = {
    "`papermill` and `jupyter nbconvert`": (
        "papermill NOTEBOOK made.ipynb -p municipality 4003 -k python3 --no-progress-bar",
        _PAGE,
    ),
    "`jupyter execute` and `jupyter nbconvert`": (
        "jupyter-execute NOTEBOOK --output made --kernel_name python3",
        _PAGE,
    ),
    "`ploomber-engine` and `jupyter nbconvert`": (
        "ploomber-engine NOTEBOOK made.ipynb -p municipality 4003 --no-progress-bar",
        _PAGE,
    ),
    "`quarto render`": (
        "quarto render NOTEBOOK --execute --to html -P municipality:4003 --output made.html",
    ),
}


def briefs(folder: Path) -> list[Path]:
    """Return the notebooks of a project that a brief is made of for each municipality."""
    return sorted((folder / "notebooks").glob("0[1-6]*.ipynb"))


def seconds(steps: tuple[str, ...], folder: Path) -> float | None:
    """Return the seconds of a brief by commands, mean of all; None where one is not installed.

    `folder` holds a copy of the project that may be written into.
    """
    commands = [step.split() for step in steps]
    programs = [_program(program) for program, *_ in commands]
    took = []
    for notebook in briefs(folder):
        start = time.perf_counter()
        for program, (_, *options) in zip(programs, commands, strict=True):
            if program is None:
                return None
            given = [notebook.name if option == "NOTEBOOK" else option for option in options]
            command = [program, *given]
            done = subprocess.run(command, cwd=notebook.parent, capture_output=True, check=False)
            if done.returncode:
                sys.exit(f"{' '.join(command)}\n{done.stderr.decode()[-3000:]}")
        took.append(time.perf_counter() - start)
    for file in (folder / "notebooks").glob("made.*"):
        file.unlink()
    return statistics.mean(took)


def loop() -> float:
    """Return the seconds of a brief by a loop over papermill in this process.

    Each notebook of the folder that this process stands in is executed, and its page set by one
    exporter that is kept.
    """
    import papermill
    from nbconvert.exporters import HTMLExporter

    exporter, notebooks = HTMLExporter(), briefs(Path())
    start = time.perf_counter()
    for notebook in notebooks:
        node = papermill.execute_notebook(
            str(notebook),
            None,
            parameters={"municipality": "4003"},
            kernel_name="python3",
            progress_bar=False,
            cwd="notebooks",
        )
        exporter.from_notebook_node(node)
    return (time.perf_counter() - start) / len(notebooks)


def _program(name: str) -> str | None:
    """Return where a program lies, beside this Python first."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)
