"""Making what a plan asks for: notebooks executed, pages set, files written, all of it noted.

A brief ends in one of three ways: succeeded; excepted, when the notebook raised or cannot be
shown, which would be so again; errored, when the kernel died or time ran out, which is tried once
more by itself.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import nbformat

from workbench.batch import front_page, manifest, notebooks, plan
from workbench.batch.manifest import Entry, File
from workbench.batch.plan import Task, Work
from workbench.briefs.view import FILES, View, offered, view
from workbench.dataset import load
from workbench.errors import WorkbenchError
from workbench.export import components
from workbench.language.translator import Language
from workbench.rendering import outputs, page
from workbench.storage.hashing import digest

#: Seconds that one cell may take, all cells of a brief together, and the start of a kernel.
CELL_LIMIT = 300
BRIEF_LIMIT, START_LIMIT = 900, 60

#: Characters that a notebook may print; what prints more has gone astray.
PRINT_LIMIT = 20_000_000

#: Variables that decide how numbers are worked out, and text is ordered, in every kernel.
STEADY = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

#: What a full disk, and a used-up share of one, answer.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

#: From so many briefs on it pays to find beforehand what most of them ask for.
_SEVERAL = 3

#: papermill works in the folder of the notebook, of which a process has one.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Result:
    """How one brief went.

    Attributes
    ----------
    outcome : {'succeeded', 'excepted', 'errored'}
    seconds : float
    why : str
        One line, empty when it succeeded.
    rendered : bool
        Whether only its page was set, and nothing executed.
    full : bool
        Whether there was no room left to write it.
    """

    outcome: Literal["succeeded", "excepted", "errored"]
    seconds: float
    why: str = ""
    rendered: bool = False
    full: bool = False


#: The views of a municipality that its briefs have in common, by language.
Views = dict[str, View]


def make(task: Task, rendered: bool = False, views: Views | None = None) -> Result:
    """Execute the notebook of `task` and write notebook and brief, or say why not.

    Never raises: a fault of one brief is a value, so that it cannot stop the others.

    Parameters
    ----------
    task : Task
    rendered : bool
        The executed notebook is there already: set the page only.
    views : dict of str to View, optional
        What has been seen of the municipality by language, to be added to.
    """
    from papermill.exceptions import PapermillExecutionError

    start = time.perf_counter()

    def result(outcome: Any, why: str = "", full: bool = False) -> Result:
        return Result(outcome, time.perf_counter() - start, why, rendered, full)

    try:
        seen = {} if views is None else views
        evidence, before = _evidence(task, seen), _settled(task)
        unmoved = before is not None and before.evidence == evidence
        rendered = rendered or unmoved
        if before and unmoved and _left(task, before, evidence):
            return result("succeeded")
        node = _restored(task) if rendered else execute(task, seen.get(task.language))
        _publish(task, node, start, evidence)
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


@dataclass(frozen=True)
class Made:
    """How one piece of work went.

    Attributes
    ----------
    results : list of (Task, Result)
        Of each brief that was begun.
    faults : list of str
        What kept the files of figures and the front pages from being written, a line each.
    full : bool
        Whether there was no room left.
    """

    results: list[tuple[Task, Result]]
    faults: list[str] = field(default_factory=list)
    full: bool = False


def work(wanted: Work, fail_fast: bool = False) -> Made:
    """Make all tasks of a piece of work, and its files of figures, one after the other.

    What errored is tried once more.
    """
    results = []
    views = _foreseen(wanted)
    for task in wanted.tasks:
        result = make(task, task.label in wanted.rendered, views)
        if result.outcome == "errored" and not result.full:
            result = make(task)
        results.append((task, result))
        if result.full or (fail_fast and result.outcome != "succeeded"):
            return Made(results, full=result.full)
    made = _files(wanted) if wanted.files else Made([])
    faults = [*made.faults, *front_page.make(wanted)]
    return Made(results, faults, made.full)


def _files(wanted: Work) -> Made:
    """Write the files of figures of a municipality, and note that they are there."""
    start = time.perf_counter()
    folder = wanted.out / wanted.name
    try:
        data = load(wanted.figures or None)
        components.write(data, wanted.number, wanted.peers, folder, wanted.files)
        files = manifest.written(wanted.out, [folder / name for name in FILES.values()])
        took = round(time.perf_counter() - start, 3)
        entry = Entry(wanted.files, files, seconds=took)
        manifest.note(wanted.out, wanted.name, plan.FILES, entry)
    except OSError as error:
        file = Path(error.filename2 or error.filename or folder).name
        said = f"{wanted.name}: {file} cannot be written: {error.strerror or error}."
        full = error.errno in _NO_ROOM
        return Made(
            [], [said if full else f"{said} Close it where it is open, and run again."], full
        )
    except Exception as error:  # one municipality's files must not cost the others
        return Made([], [f"{wanted.name}: {type(error).__name__}: {_first_line(error)}"])
    return Made([])


def _foreseen(wanted: Work) -> Views:
    """Return views in which all is found already that several of the briefs ask for.

    Only a fork of this process can take them over.
    """
    from workbench.batch.kernels import bare

    executed = [task for task in wanted.tasks if task.number and task.label not in wanted.rendered]
    counts = Counter(task.language for task in executed)
    views: Views = {}
    for task in executed:
        if counts[task.language] < _SEVERAL or task.language in views or not bare.possible():
            continue
        with suppress(Exception):  # what is wrong with the figures, the notebook tells
            seen = _view(task)
            seen.foresee()
            views[task.language] = seen
    return views


def _view(task: Task) -> View:
    """Return what the notebook of a task sees of its municipality."""
    return view(*_asked(task))


def _asked(task: Task) -> tuple[str | None, str, str, str]:
    given = task.parameters
    folder = given.get("data_folder") or None
    return folder, str(given["municipality"]), task.language, given.get("peers", "")


def execute(task: Task, seen: View | None = None) -> nbformat.NotebookNode:
    """Return the executed notebook, without anything that differs from run to run.

    Parameters
    ----------
    task : Task
    seen : View, optional
        What has been found of the municipality already, for a notebook that is executed in a fork.
    """
    import papermill

    from workbench.batch.engine import register, restore_errors

    register()
    os.environ.update(STEADY)
    with _ONE_AT_A_TIME, offered(seen, *_asked(task)) if seen else nullcontext():
        node = papermill.execute_notebook(
            notebooks.read(task.notebook),
            None,
            parameters=dict(task.parameters),
            engine_name="workbench",
            kernel_name=kernel_name(),
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=START_LIMIT,
            timeout_func=_limits(),
            print_limit=PRINT_LIMIT,
            cwd=str(task.notebook.parent),
            record_timing=False,
            shutdown_kernel="immediate",
        )
    restore_errors(node)
    outputs.steady(node)
    return _steady(node)


def _limits() -> Callable[[Any], int]:
    """Return what tells how many seconds the next cell may take; the first starts the clock."""
    begun: list[float] = []

    def seconds(_: Any) -> int:
        now = time.monotonic()
        if not begun:
            begun.append(now)
        return max(1, int(min(CELL_LIMIT, begun[0] + BRIEF_LIMIT - now)))

    return seconds


@cache
def kernel_name() -> str:
    """Return the kernel that notebooks run in: the warm one, where it is installed."""
    from jupyter_client.kernelspec import KernelSpecManager

    from workbench.batch.kernels import NAME

    return NAME if NAME in KernelSpecManager().find_kernel_specs() else "python3"


def _steady(node: Any) -> nbformat.NotebookNode:
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
    return _steady(done)


def spare(wanted: Work) -> tuple[Work, Made]:
    """Return a piece of work without the briefs that show what they did, and these.

    Others' figures changed, but nothing of what they say of them. No kernel is needed for that.
    """
    left, results = [], []
    views: Views = {}
    for task in wanted.tasks:
        start = time.perf_counter()
        spared = False
        with suppress(Exception):  # what is wrong with the figures, its worker tells
            before = _settled(task)
            if before is not None and before.evidence == (said := _evidence(task, views)):
                spared = _left(task, before, said)
        if spared:
            took = time.perf_counter() - start
            results.append((task, Result("succeeded", took, rendered=True)))
        else:
            left.append(task)
    return replace(wanted, tasks=tuple(left)), Made(results)


def _settled(task: Task) -> Entry | None:
    """Return what was noted of a brief of which only others' figures changed since."""
    entry = manifest.read(task.out, task.ledger).entries.get(task.file) if task.settled else None
    if entry is None or entry.settled != task.settled or entry.executed == task.executes:
        return None
    return entry if _whole(task, entry, task.executed) else None


def _left(task: Task, before: Entry, evidence: str) -> bool:
    """Note that a brief is what it would be again; False where its page is not."""
    if before.shown != _shown(task, evidence) or not _whole(task, before, task.page):
        return False
    _note(task, before.files, before.seconds, evidence)
    return True


def _whole(task: Task, entry: Entry, path: Path) -> bool:
    """Return whether a file is there as it was noted."""
    try:
        there = manifest.written(task.out, [path])
    except OSError:
        return False
    return all(
        name in entry.files and entry.files[name].hash == f.hash for name, f in there.items()
    )


def _shown(task: Task, evidence: str) -> str:
    """Return a hash of all that the page is made from, but for figures that it does not show."""
    return digest([], task.settled, evidence, task.around) if task.settled else task.key


def _evidence(task: Task, views: Views) -> str:
    """Return a hash of what a brief says of others' figures; '' for one that reads none."""
    if not task.settled:
        return ""
    from workbench.briefs import network

    if task.language not in views:
        views[task.language] = _view(task)
    return network.evidence(views[task.language])


def _publish(task: Task, node: nbformat.NotebookNode, start: float, evidence: str) -> None:
    """Write notebook and page, and last note that both are there."""
    html = page.page(node, _about(task, _shown(task, evidence)))
    page.write(task.executed, nbformat.writes(node) + "\n")
    page.write(task.page, html)
    took = round(time.perf_counter() - start, 3)
    _note(task, manifest.written(task.out, [task.executed, task.page]), took, evidence)


def _note(task: Task, files: Mapping[str, File], took: float, evidence: str) -> None:
    """Write down what a brief was made from."""
    hashes = task.settled, evidence, _shown(task, evidence)
    entry = Entry(task.key, files, task.executes, took, *hashes)
    manifest.note(task.out, task.ledger, task.file, entry)


def _about(task: Task, key: str) -> page.Page:
    language = Language(task.language)
    return page.Page(
        title=task.title,
        language=task.language,
        key=key,
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


def _first_line(said: object) -> str:
    return (str(said).strip().splitlines() or [""])[0]
