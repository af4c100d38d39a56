"""Making the briefs of a plan: each notebook in a kernel of its own, several at a time.

A brief ends in one of three ways: made; excepted, when the notebook raised or cannot be shown,
which would be so again; errored, when the kernel died or time ran out, which is tried once more by
itself.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Literal

import nbformat

from workbench import plan, publish
from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.plan import Task

#: Seconds that one cell and the start of a kernel may take.
CELL_LIMIT, START_LIMIT = 300, 60


@dataclass(frozen=True)
class Result:
    """How one brief went.

    Attributes
    ----------
    outcome : {'made', 'excepted', 'errored'}
    seconds : float
    why : str
        One line, empty when it was made.
    """

    outcome: Literal["made", "excepted", "errored"]
    seconds: float
    why: str = ""


def make(task: Task) -> Result:
    """Execute the notebook of `task` and write notebook and brief, or say why not.

    Never raises: a fault of one brief is a value, so that it cannot stop the others.
    """
    from papermill.exceptions import PapermillExecutionError

    start = time.perf_counter()
    try:
        node = _execute(task)
        _publish(task, node)
    except PapermillExecutionError as error:
        said = str(error.evalue).strip().splitlines() or [""]
        return Result("excepted", time.perf_counter() - start, f"{error.ename}: {said[0]}")
    except WorkbenchError as error:
        return Result("excepted", time.perf_counter() - start, str(error).splitlines()[0])
    except Exception as error:
        said = str(error).strip().splitlines() or [""]
        why = f"{type(error).__name__}: {said[0]}"
        return Result("errored", time.perf_counter() - start, why)
    return Result("made", time.perf_counter() - start)


def run(tasks: Sequence[Task], jobs: int, fail_fast: bool = False) -> Iterator[tuple[Task, Result]]:
    """Make the briefs, at most `jobs` at a time, and give each result as it comes.

    With `fail_fast` nothing new is begun after the first brief that failed; what is under way then
    is made and given, too.
    """
    waiting, again = deque(tasks), deque[Task]()
    while waiting:
        for task, result in _together(waiting, jobs):
            if result.outcome == "errored":
                again.append(task)
                continue
            yield task, result
            if fail_fast and result.outcome != "made":
                waiting.clear()
                again.clear()
    # What died may take its pool with it; alone, it cannot take others along.
    while again:
        for task, result in _together(deque([again.popleft()]), 1):
            yield task, result
            if fail_fast and result.outcome != "made":
                return


def _together(waiting: deque[Task], jobs: int) -> Iterator[tuple[Task, Result]]:
    """Make what is waiting, in order, until nothing is left or the pool breaks.

    A task leaves `waiting` when it is begun. What is handed to a pool cannot be taken back, so it
    gets no more than it can begin at once.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        under_way: dict[Future[Result], Task] = {}
        broken = False
        while under_way or (waiting and not broken):
            while waiting and not broken and len(under_way) < jobs:
                try:
                    begun = pool.submit(make, waiting[0])
                except BrokenExecutor:
                    broken = True
                else:
                    under_way[begun] = waiting.popleft()
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: under_way[f].label):
                task = under_way.pop(future)
                error = future.exception()
                # A broken pool: the process was killed.
                yield task, future.result() if error is None else Result("errored", 0, str(error))


def _execute(task: Task) -> nbformat.NotebookNode:
    """Return the executed notebook, without anything that differs from run to run."""
    import papermill
    from traitlets.config import Config

    # Sockets in a folder of its own: two kernels starting at once can pick the same TCP port
    # (papermill issue 511). Windows has no such sockets and keeps TCP.
    with tempfile.TemporaryDirectory(prefix="wb-") as sockets:
        config = Config()
        if os.name == "posix":
            config.KernelManager.transport = "ipc"
            config.KernelManager.ip = f"{sockets}/k"
        os.environ.update(PYTHONHASHSEED="0", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        node = papermill.execute_notebook(
            str(task.notebook),
            None,
            parameters=dict(task.parameters),
            kernel_name="python3",
            progress_bar=False,
            start_timeout=START_LIMIT,
            execution_timeout=CELL_LIMIT,
            cwd=str(task.notebook.parent),
            config=config,
            record_timing=False,
            shutdown_kernel="immediate",
        )
    return _steady(node)


def _steady(node: Any) -> nbformat.NotebookNode:
    """Take out times, paths and random ids, so that the same input gives the same bytes."""
    node.metadata.pop("papermill", None)
    for at, cell in enumerate(node.cells):
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = f"parameters-{at}"
    return node


def _links(task: Task, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the pages that a brief refers to; a page refers to none."""
    if not task.number:
        return ()
    own = (f"index.{task.language}.html", language.say("front.here", name=task.name))
    known = plan.pages(task.notebook.parent)
    methods = language.say("common.methods")
    return (own, *((f"../{name}.{task.language}.html", methods) for name in known))


def _publish(task: Task, node: nbformat.NotebookNode) -> None:
    language = Language(task.language)
    about = publish.Page(
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
    html = publish.page(node, about)
    publish.write(task.executed, nbformat.writes(node) + "\n")
    # The brief last: it carries the hash, and so says that all of it is there.
    publish.write(task.page, html)
