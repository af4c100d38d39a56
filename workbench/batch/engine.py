"""Executing a notebook in a process of its own, under papermill's interface of engines.

A worker makes ipykernel's shell once, without sockets, and forks for each notebook: nothing leaks
from one to the next, nothing has to start, and the figures are there already. Notebooks that only
call the package leave nothing to leak, and those of one piece of work share a process. nbclient
makes outputs of what the shell sends, as after `papermill` on the command line.
"""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any, cast

import matplotlib
import numpy
from ipykernel.ipkernel import IPythonKernel
from ipykernel.jsonutil import json_clean
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets import Any as Anything
from traitlets.config import Config

from workbench.batch.fork_server import (
    METHOD,
    STEADY,
    apart,
    begin,
    die_with_parent,
    single_threaded,
)
from workbench.errors import WorkbenchError

#: The name that papermill knows the engine by.
NAME = "workbench"

#: Bytes that a file may grow to which a notebook, or a program that it started, writes.
_LARGEST_FILE = 2**30

#: The file that matplotlib's settings were read from at its import.
_SETTINGS = matplotlib.matplotlib_fname()

#: Turns of the loop before a cell, for tasks that an earlier one left running.
_TURNS = 10


class WorkbenchEngine(Engine):
    """papermill's interface: executes the cells in another process, within limits."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        cwd: Path,
        print_limit: int,
        shares: bool = False,
        **limits: Any,
    ) -> None:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
            Not used: it is always the Python of this process.
        cwd : Path
            The folder that the notebook works in.
        print_limit : int
            Bytes that may be printed.
        shares : bool
            Whether others may have been executed in the process before, and may be afterwards:
            within `together`.
        limits : float
            ``cell_limit`` and ``brief_limit``: seconds that a cell may take, and all of them.

        Raises
        ------
        CellTimeoutError, DeadKernelError
            If time ran out, or the process was killed.
        WorkbenchError
            If more was printed.
        """
        process = (_shared.take() if shares else None) or _Process(cwd, print_limit)
        kept = False
        try:
            with suppress(OSError):  # killed while it was idle: the end of its line tells of it
                process.connection.send(nb_man)
            nb_man.nb = _result(process, nb_man.nb.cells, limits)
            kept = shares and _shared.keep(process)
        finally:
            if not kept:
                process.end()


class _Process:
    """The process that executes notebooks in a folder, from outside."""

    def __init__(self, cwd: Path, print_limit: int) -> None:
        forks = _kernel.cache_info().currsize and single_threaded()
        context: Any = get_context("fork" if forks else METHOD)
        self.connection, theirs = context.Pipe()
        # Tables that are for an analyst are left out: nobody sits before the notebook.
        given = theirs, cwd, os.environ | STEADY | {"WORKBENCH_PLAIN": "1"}, print_limit
        self._process = context.Process(target=_execute, args=given, daemon=True)
        if forks:
            self._process.start()
        else:
            begin()
            with apart():
                self._process.start()
        theirs.close()
        self.gone = self._process.sentinel

    def end(self) -> None:
        """End it, with what it started."""
        with suppress(AttributeError, OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()


@dataclass
class _Shared:
    """The process that the next notebook which may share one is executed in, if there is one."""

    wanted: bool = False  #: whether one is kept
    process: _Process | None = None

    def take(self) -> _Process | None:
        """Return the process; whoever takes it keeps or ends it."""
        process, self.process = self.process, None
        return process

    def keep(self, process: _Process) -> bool:
        """Keep a process for the next notebook, if one is wanted."""
        self.process = process if self.wanted else None
        return self.wanted


_shared = _Shared()


@contextmanager
def together() -> Iterator[None]:
    """Have notebooks that may share a process executed in one, until this ends.

    One that died or took too long took the process along; the next has a new one.
    """
    _shared.wanted = True
    try:
        yield
    finally:
        _shared.wanted = False
        if process := _shared.take():
            process.end()


papermill_engines.register(NAME, WorkbenchEngine)


def _result(process: _Process, cells: list[Any], limits: dict[str, float]) -> Any:
    """Wait for the executed notebook; the process says which cell it begins."""
    connection, gone = process.connection, process.gone
    host = parent_process()
    end, current = float("inf"), -1  # the first cell starts the clock
    while True:
        seconds = max(0, min(limits["cell_limit"], end - time.monotonic()))
        ready = wait([connection, gone, *([host.sentinel] if host else [])], seconds)
        if not ready:
            raise CellTimeoutError.error_from_timeout_and_cell(
                "Cell execution timed out", round(seconds), cells[current]
            )
        if host and host.sentinel in ready:
            sys.exit(1)  # the process that asked for it is gone
        try:
            message = connection.recv()
        except (EOFError, OSError):
            raise DeadKernelError("Kernel died") from None
        if isinstance(message, WorkbenchError):
            raise message
        if not isinstance(message, int):
            return message
        end, current = min(end, time.monotonic() + limits["brief_limit"]), message


def _execute(connection: Connection, cwd: Path, environment: dict[str, str], limit: int) -> None:
    """Execute the notebooks that come over a connection, and send each, in this process."""
    _settle(cwd, environment)
    shell = _kernel().shell  # what is said at its start is none of the notebooks'
    with TemporaryFile(buffering=0) as out, TemporaryFile(buffering=0) as err:
        streams = [_Printed("stdout", 1, out, limit), _Printed("stderr", 2, err, limit)]
        sys.stdout, sys.stderr = cast(Any, streams)
        try:
            while True:
                nb_man = connection.recv()
                _Client(nb_man, connection=connection, streams=streams).execute()
                connection.send(nb_man.nb)
                shell.reset()
                for stream in streams:
                    stream.begin()
        except WorkbenchError as error:
            connection.send(error)
        finally:
            os._exit(0)


def _settle(cwd: Path, environment: dict[str, str]) -> None:
    """Make of this process what an ordinary kernel would be there."""
    with suppress(AttributeError, ImportError):  # as on Windows
        import resource

        os.setsid()  # a signal to its group reaches what it started, and no others
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    die_with_parent()
    gc.freeze()
    gc.set_threshold(100_000)  # a brief is soon over
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, "")  # analysts' own modules lie beside the notebook
    sys.argv = ["ipykernel_launcher"]
    random.seed()
    numpy.random.seed()
    # As at its import, from this folder and these variables.
    known = matplotlib.matplotlib_fname() == _SETTINGS
    settings = matplotlib.rcParamsOrig if known else matplotlib.rc_params()
    backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    matplotlib.rcParams.update(settings | {"backend": backend})


class _Printed(io.TextIOWrapper):
    """Standard output or error: a file that also holds what C code and other programs print."""

    def __init__(self, stream: str, number: int, file: Any, limit: int) -> None:
        self.stream, self._limit, self._read, self._outside = stream, limit, 0, os.dup(number)
        os.dup2(file.fileno(), number)
        super().__init__(file, "utf-8", "backslashreplace", newline="\n", write_through=True)

    def begin(self) -> None:
        """Forget what was printed, for another notebook."""
        self._read = 0
        os.lseek(self.buffer.fileno(), 0, os.SEEK_SET)
        os.ftruncate(self.buffer.fileno(), 0)

    def fileno(self) -> int:
        """Return where this process wrote before, as in an ordinary kernel: it is not shown."""
        return self._outside

    def write(self, text: str) -> int:
        """Write text, unless too much has been printed."""
        count = super().write(text)
        self._size()
        return count

    def drain(self) -> str:
        """Return what was printed since it was last asked for."""
        size, start = self._size(), self._read
        self._read = size
        return os.pread(self.buffer.fileno(), size - start, start).decode(errors="replace")

    def _size(self) -> int:
        size = os.fstat(self.buffer.fileno()).st_size
        if size > self._limit:
            raise WorkbenchError(
                f"The notebook printed more than {self._limit // 1_000_000} million characters. "
                "A brief shows what its cells return; take out what they print."
            )
        return size


class _Session(Session):
    """A session whose messages go to the client in the same process."""

    take = Anything()

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        *_: Any,
        **__: Any,
    ) -> None:
        """Hand on a message; while no notebook is executed there is nobody to take it."""
        if self.take:
            given = isinstance(msg_or_type, dict)
            message = msg_or_type if given else self.msg(msg_or_type, content, parent)
            content = self.unpack(self.pack(message["content"]))
            parts = [bytes(buffer) for buffer in buffers or ()]
            self.take(message | {"content": content, "buffers": parts})


@cache
def _kernel() -> Any:
    """Return ipykernel's kernel, with its shell, in this process."""
    return IPythonKernel.instance(
        # Its history of commands would be a file, and a thread that writes it.
        config=Config(HistoryManager={"enabled": False}),
        log=logging.getLogger("ipykernel"),
        session=_Session(),
        user_ns={},
        # Cells that await something ask it whether theirs is the main thread.
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
    )


def prepare() -> None:
    """Make the shell in this process, so that notebooks are executed in forks of it."""
    if METHOD == "forkserver":
        _kernel()


class _Client(PapermillNotebookClient):
    """papermill's client, for a shell in the same process."""

    connection = Anything(help="Is sent the number of each cell that begins.")
    streams = Anything(help="Standard output and error.")

    def execute(self, **_: Any) -> None:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards."""
        self.reset_execution_trackers()
        self._kernel, self._loop = _kernel(), asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        # Widgets that take up what is printed tell their kernel of it, which need not know.
        deaf = SimpleNamespace(send=lambda _: None)
        self.kc = SimpleNamespace(session=Session(), shell_channel=deaf)
        self._kernel.session.take = self._take
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        self.set_widgets_metadata()

    def execute_cell(self, cell: Any, cell_index: int, *_: Any, **__: Any) -> None:
        """Execute a cell, and raise if it raised and may not."""
        skipped = self.skip_cells_with_tag in cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or skipped:
            return
        self.connection.send(cell_index)
        cell.outputs, self.clear_before_next_output = [], False
        self._current = cell, cell_index
        reply = json_clean(self._loop.run_until_complete(self._reply(cell.source)))
        self._drain()
        cell.execution_count = reply["execution_count"]
        if reply["status"] == "error" and not may_raise(cell):
            raise CellExecutionError.from_cell_and_msg(cell, reply)

    async def _reply(self, source: str) -> Any:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        request = self._kernel.session.msg("execute_request", {"code": source})
        self._kernel.set_parent([], request)
        self._kernel.pre_handler_hook()
        reply = await self._kernel.do_execute(source, silent=False, allow_stdin=False)
        self._kernel.post_handler_hook()
        return reply

    def _take(self, message: Any) -> None:
        """Make an output of a message, after what was printed before it."""
        self._drain()
        self.process_message(message, *self._current)

    def _drain(self) -> None:
        for stream in self.streams:
            if text := stream.drain():
                content, parent = {"name": stream.stream, "text": text}, self._kernel.get_parent()
                message = self._kernel.session.msg("stream", content, parent)
                self.process_message(message, *self._current)


def may_raise(cell: Any) -> bool:
    """Return whether a cell has the tag by which an error in it does not end the notebook."""
    return cell.cell_type == "code" and "raises-exception" in cell.metadata.get("tags", [])
