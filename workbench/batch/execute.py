"""Making what a plan asks for: notebooks executed, pages set, files written, all of it noted.

A brief ends in one of three ways: succeeded; excepted, when the notebook raised or cannot be
shown, which would be so again; errored, when its process died or time ran out, which is tried once
more by itself.
"""

from __future__ import annotations

import errno
import time
from collections import Counter
from contextlib import suppress
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from workbench.batch import engine, front_page, manifest, notebooks, parameters, tasks
from workbench.batch.elsewhere import Call, calls, here
from workbench.batch.manifest import Entry
from workbench.batch.tasks import Made, Result, Task, Work
from workbench.briefs.pieces import FILES
from workbench.briefs.view import shared
from workbench.errors import WorkbenchError
from workbench.export import components
from workbench.language.translator import Language
from workbench.rendering import outputs, page
from workbench.storage import files

#: Seconds that one cell may take, and all cells of a brief together.
CELL_LIMIT, BRIEF_LIMIT = 300, 900

#: Characters that a notebook may print; what prints more has gone astray.
PRINT_LIMIT = 20_000_000

#: What papermill takes a notebook to run in; the engine executes it by this very Python.
_KERNEL = "python3"

#: What a full disk, and a used-up share of one, answer.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

#: From so many briefs on it pays to find beforehand what most of them ask for.
_SEVERAL = 3


def make(task: Task, rendered: bool = False, call: Call = here) -> Result:
    """Execute the notebook of `task` and write notebook and brief, or say why not.

    Never raises: a fault of one brief is a value, so that it cannot stop the others.

    With `rendered` the executed notebook is there already, and only the page is set. What reads
    and writes below ``task.out`` goes through `call`.
    """
    start = time.perf_counter()

    def result(outcome: Any, why: str = "", full: bool = False) -> Result:
        return Result(outcome, time.perf_counter() - start, why, rendered, full)

    try:
        node = call(_restored, task) if rendered else execute(task)
        call(_publish, task, node, start)
    except PapermillExecutionError as error:
        return result("excepted", f"{error.ename}: {_first_line(error.evalue)}")
    except WorkbenchError as error:
        return result("excepted", _first_line(error))
    except OSError as error:
        if error.errno in _NO_ROOM:
            return result("errored", f"there is no room left in {task.out}", full=True)
        return result("errored", f"{type(error).__name__}: {_first_line(error)}")
    except Exception as error:
        return result("errored", f"{type(error).__name__}: {_first_line(error)}")
    return result("succeeded")


def work(wanted: Work, fail_fast: bool = False) -> Made:
    """Make all tasks of a piece of work, and its files of figures, one after the other.

    What errored is tried once more.
    """
    results = []
    _look_ahead(wanted)
    with calls(wanted.out) as call, engine.together():
        for task in wanted.tasks:
            result = make(task, task.label in wanted.rendered, call)
            if result.outcome == "errored" and not result.full:
                result = make(task)
            results.append((task, result))
            if result.full or (fail_fast and result.outcome != "succeeded"):
                return Made(results, full=result.full)
        made = call(_files, wanted) if wanted.files else Made([])
        added = {task.page.name: task.title for task, r in results if r.outcome == "succeeded"}
        added |= dict.fromkeys(FILES.values() if wanted.files and not made.faults else (), "")
        faults = made.faults if made.full else [*made.faults, *call(front_page.make, wanted, added)]
    return Made(results, faults, made.full)


def _files(wanted: Work) -> Made:
    """Write the files of figures of a municipality, and note that they are there."""
    start = time.perf_counter()
    folder = wanted.out / wanted.name
    try:
        # By their folder: the view that was found for the briefs serves here as well.
        figures = wanted.figures or None
        contents = components.write(figures, wanted.number, wanted.peers, folder, wanted.files)
        written = manifest.written(wanted.out, contents)
        took = round(time.perf_counter() - start, 3)
        entry = Entry(wanted.files, written, seconds=took)
        manifest.note(wanted.out, wanted.name, tasks.FILES, entry)
    except OSError as error:
        file = Path(error.filename2 or error.filename or folder).name
        message = f"{wanted.name}: {file} cannot be written: {error.strerror or error}."
        full = error.errno in _NO_ROOM
        return Made(
            [], [message if full else f"{message} Close it where it is open, and run again."], full
        )
    except Exception as error:  # one municipality's files must not cost the others
        return Made([], [f"{wanted.name}: {type(error).__name__}: {_first_line(error)}"])
    return Made([])


def _look_ahead(wanted: Work) -> None:
    """Find what several briefs or the front page ask for: processes forked for them have it."""
    executed = [task for task in wanted.tasks if task.number and task.label not in wanted.rendered]
    languages = Counter(task.language for task in executed)
    asked = {
        _asked(task) for task in executed if wanted.front or languages[task.language] >= _SEVERAL
    }
    for one in asked:
        with suppress(Exception):  # what is wrong with the figures, the notebook tells
            shared(*one).foresee()


def _asked(task: Task) -> tuple[str | None, str, str, str]:
    """Return what the notebook of a task asks `view` for."""
    given = task.parameters
    folder = given.get("data_folder") or None
    return folder, str(given["municipality"]), task.language, given.get("peers", "")


def execute(task: Task) -> nbformat.NotebookNode:
    """Return the executed notebook, without anything that differs from run to run.

    Raises
    ------
    PapermillExecutionError
        If a cell raised that may not.
    """
    node = load_notebook_node(notebooks.read(task.notebook))
    node = parameterize_notebook(
        node, dict(task.parameters), kernel_name=_KERNEL, language="python", engine_name=engine.NAME
    )
    node = papermill_engines.execute_notebook_with_engine(
        engine.NAME,
        node,
        _KERNEL,
        progress_bar=False,
        cwd=task.notebook.parent,
        cell_limit=CELL_LIMIT,
        brief_limit=BRIEF_LIMIT,
        print_limit=PRINT_LIMIT,
        shares=parameters.only_calls([c.source for c in node.cells if c.cell_type == "code"]),
    )
    # papermill would fail the notebook for errors of cells that may raise.
    checked = [cell for cell in node.cells if not engine.may_raise(cell)]
    raise_for_execution_errors(nbformat.from_dict({**node, "cells": checked}), None)
    outputs.steady(node)
    return steady(node)


def steady(node: Any) -> nbformat.NotebookNode:
    """Take out times, paths and random ids, so that the same input gives the same bytes."""
    node.metadata.pop("papermill", None)
    for at, cell in enumerate(node.cells):
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = f"parameters-{at}"
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return node


def _joined(outputs: list[Any]) -> list[Any]:
    """Join what was printed: kernels send it in pieces, cut by the clock."""
    joined: list[Any] = []
    for printed, some in groupby(outputs, lambda output: output.output_type == "stream"):
        if not printed:
            joined += some
            continue
        texts: dict[str, Any] = {}
        for output in some:
            known = texts.setdefault(output.name, output)
            known.text += output.text if known is not output else ""
        joined += [texts[name] for name in sorted(texts, reverse=True)]  # stdout first
    return joined


def _restored(task: Task) -> nbformat.NotebookNode:
    """Return the executed notebook that is there, with today's notes between its cells."""
    done = nbformat.reads(task.executed.read_text(encoding="utf-8"), as_version=4)
    today = notebooks.read(task.notebook)
    made = [cell for cell in done.cells if cell.cell_type == "code"]
    injected = [c for c in made if "injected-parameters" in c.metadata.get("tags", [])]
    outputs = iter([cell for cell in made if cell not in injected])
    cells = []
    for cell in today.cells:
        cells.append(cell if cell.cell_type != "code" else next(outputs))
        if "parameters" in cell.metadata.get("tags", []):
            cells += injected
    done.cells = cells
    return steady(done)


def _publish(task: Task, node: nbformat.NotebookNode, start: float) -> None:
    """Write notebook and page, and last note that both are there."""
    html = page.page(node, _about(task))
    contents = {task.executed: nbformat.writes(node) + "\n", task.page: html}
    for path, content in contents.items():
        files.write(path, content)
    written = manifest.written(task.out, contents)
    took = round(time.perf_counter() - start, 3)
    manifest.note(task.out, task.ledger, task.file, Entry(task.key, written, task.executes, took))


def _about(task: Task) -> page.Page:
    language = Language(task.language)
    return page.Page(
        title=task.title,
        language=task.language,
        key=task.key,
        index="../index.html" if task.number else "index.html",
        back=language.say("common.back"),
        skip=language.say("common.skip"),
        links=_links(task, language),
        running=task.title,
        dated=language.say("common.dated", year=task.newest),
    )


def _links(task: Task, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the pages that a brief refers to; a page refers to none."""
    if not task.number:
        return ()
    own = (f"index.{task.language}.html", language.say("front.here", name=task.name))
    known, methods = _headings(task.notebook.parent), language.say("common.methods")
    pages = {f"../{name}.{task.language}.html": text for name, text in known.items()}
    return (own, *((quote(address), text or methods) for address, text in pages.items()))


@cache
def _headings(folder: Path) -> dict[str, str]:
    return notebooks.headings(folder)


def _first_line(text: object) -> str:
    return (str(text).strip().splitlines() or [""])[0]
