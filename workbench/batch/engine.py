"""Executing a notebook in a process of its own, under papermill's interface of engines.

A worker makes IPython's shell once, as an ordinary kernel does but without sockets, and forks for
each notebook: nothing leaks from one to the next, nothing has to start, and the figures are there
already. nbclient makes outputs of what the shell sends, so a notebook holds what it would hold
after `papermill` on the command line.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import cache, partial
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
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets import Any as Whatever

from workbench.batch.fork_server import METHOD, STEADY, die_with_parent
from workbench.errors import WorkbenchError

#: The name that papermill knows the engine by.
NAME = "workbench"

#: Nobody sits before the notebook: tables that are for an analyst are left out.
_PLAIN = {"WORKBENCH_PLAIN": "1"}

#: Bytes that a file may grow to which a notebook or a program that it started writes.
_LARGEST_FILE = 2**30

#: Objects that may be made before the collector looks for circles. A brief is soon over.
_FEW = 100_000

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
        cell_limit: float,
        brief_limit: float,
        print_limit: int,
        **_: Any,
    ) -> None:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
            Not used: it is always the Python of this process.
        cwd : Path
            The folder that the notebook works in.
        cell_limit, brief_limit : float
            Seconds that one cell may take, and all of them.
        print_limit : int
            Bytes that may be printed.

        Raises
        ------
        CellTimeoutError, DeadKernelError
            If time ran out, or the process was killed.
        WorkbenchError
            If more was printed.
        """
        forks = _app.cache_info().currsize and _threads() == 1
        context: Any = get_context("fork" if forks else METHOD)
        ours, theirs = context.Pipe(duplex=False)
        given = theirs, nb_man, cwd, os.environ | STEADY | _PLAIN, print_limit
        process = context.Process(target=_execute, args=given, daemon=True)
        process.start()
        theirs.close()
        try:
            nb_man.nb = _result(ours, process.sentinel, nb_man.nb.cells, cell_limit, brief_limit)
        finally:
            for kill in (getattr(os, "killpg", os.kill), os.kill):  # it may not lead a group yet
                with suppress(ProcessLookupError, PermissionError):
                    kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.join()
            process.close()
            ours.close()


papermill_engines.register(NAME, WorkbenchEngine)


def prepare() -> None:
    """Make the shell in this process, so that notebooks are executed in forks of it."""
    if METHOD == "forkserver":
        _app()


def _result(
    connection: Connection, gone: int, cells: list[Any], cell_limit: float, brief_limit: float
) -> Any:
    """Wait for the executed notebook; the process tells of each cell when it begins."""
    host = parent_process()
    end, current = float("inf"), -1  # the first cell starts the clock
    while True:
        seconds = max(0, min(cell_limit, end - time.monotonic()))
        ready = wait([connection, gone, *([host.sentinel] if host else [])], seconds)
        if connection in ready:
            try:
                message = connection.recv()
            except (EOFError, OSError):
                raise DeadKernelError("Kernel died") from None
            if isinstance(message, WorkbenchError):
                raise message
            if not isinstance(message, int):
                return message
            end = time.monotonic() + brief_limit if current < 0 else end
            current = message
        elif gone in ready:
            raise DeadKernelError("Kernel died")
        elif ready:
            sys.exit(1)  # whoever asked for it is gone
        else:
            raise CellTimeoutError.error_from_timeout_and_cell(
                "Cell execution timed out", round(seconds), cells[current]
            )


def _execute(
    connection: Connection, nb_man: Any, cwd: Path, environment: dict[str, str], print_limit: int
) -> None:
    """Execute the cells in this process, and send the notebook."""
    os.chdir(cwd)
    _settle(environment)
    with TemporaryFile(buffering=0) as out, TemporaryFile(buffering=0) as err:
        streams = [Printed("stdout", 1, out, print_limit), Printed("stderr", 2, err, print_limit)]
        sys.stdout, sys.stderr = cast(Any, streams)
        try:
            Cells(nb_man, connection=connection, streams=streams).execute()
            connection.send(nb_man.nb)
        except WorkbenchError as error:
            connection.send(error)
        finally:
            os._exit(0)


def _settle(environment: dict[str, str]) -> None:
    """Make a process of this one that is as an ordinary kernel would be here."""
    if hasattr(os, "setsid"):
        os.setsid()  # a signal to its group reaches what it started, and no others
    die_with_parent()
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    gc.freeze()
    gc.set_threshold(_FEW)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, "")  # analysts' own modules lie beside the notebook
    random.seed()
    numpy.random.seed()
    # As at its import, from this folder and these variables.
    settings = matplotlib.rc_params()
    backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    matplotlib.rcParams.update(settings | {"backend": backend})


def _threads() -> int:
    """Return how many threads this process has; a lock that one holds at a fork stays locked."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return threading.active_count()


class Printed(io.TextIOWrapper):
    """Standard output or error: a file, in which what C code and other programs print is, too.

    Parameters
    ----------
    stream : {'stdout', 'stderr'}
    number : int
        Its descriptor.
    file : binary file, unbuffered
    limit : int
        Bytes that may be printed.
    """

    def __init__(self, stream: str, number: int, file: Any, limit: int) -> None:
        self.stream, self._limit, self._read = stream, limit, 0
        self._outside = os.dup(number)
        os.dup2(file.fileno(), number)
        super().__init__(file, "utf-8", "backslashreplace", newline="\n", write_through=True)

    def fileno(self) -> int:
        """Return where this process wrote before, as in an ordinary kernel: it is not shown."""
        return self._outside

    def write(self, text: str) -> int:
        """Write text.

        Raises
        ------
        WorkbenchError
            If too much has been printed.
        """
        count = super().write(text)
        self._size()
        return count

    def drain(self) -> str:
        """Return what was printed since it was last asked for."""
        size = self._size()
        content = os.pread(self.buffer.fileno(), size - self._read, self._read)
        self._read = size
        return content.decode(errors="replace")

    def _size(self) -> int:
        size = os.fstat(self.buffer.fileno()).st_size
        if size > self._limit:
            raise WorkbenchError(
                f"The notebook printed more than {self._limit // 1_000_000} million characters. "
                "A brief shows what its cells return; take out what they print."
            )
        return size


class Messages(Session):
    """A session whose messages go to the client in the same process."""

    take: Any = None

    def send(self, stream: Any, msg_or_type: Any, *arguments: Any, **named: Any) -> None:
        """Hand on a message; while no cell is executed there is nobody to take it."""
        if self.take is not None:
            self.take(stream, msg_or_type, *arguments, **named)


class App(IPKernelApp):
    """ipykernel's program with everything but the sockets: settings, start-up files, extensions."""

    def _nothing(self, **_: Any) -> None:
        """Do nothing, where ipykernel would deal with sockets."""

    init_connection_file = init_poller = init_sockets = init_heartbeat = _nothing
    write_connection_file = log_connection_info = _nothing

    def init_io(self) -> None:
        """Let all that is sent go to the client."""
        self.session = Messages(parent=self)
        self.patch_io()

    def init_kernel(self) -> None:
        """Make the kernel."""
        self.kernel = cast(Any, self.kernel_class).instance(
            parent=self,
            session=self.session,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
            # Cells that await something ask it whether theirs is the main thread.
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
        )


@cache
def _app() -> App:
    """Make the shell, with its settings, in this process."""
    sys.argv = ["ipykernel_launcher"]
    backend = os.environ.get("MPLBACKEND")
    app = App.instance()
    # Its history of commands would be a file, and a thread that writes it.
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    app.initialize(["--HistoryManager.enabled=False", parent])
    if backend is None:
        # It chooses where charts go, which each notebook does for itself.
        os.environ.pop("MPLBACKEND", None)
    return app


class Cells(PapermillNotebookClient):
    """papermill's client, for a shell in the same process."""

    connection = Whatever(help="Is told of each cell.")
    streams = Whatever(help="Standard output and error.")

    def execute(self, **_: Any) -> Any:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards."""
        self.reset_execution_trackers()
        self.kernel: Any = _app().kernel
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        # Widgets that take up what is printed tell their kernel of it, which need not know.
        deaf = SimpleNamespace(send=lambda _: None)
        self.kc = SimpleNamespace(session=Session(), shell_channel=deaf)
        for stream in self.streams:
            stream.drain()  # of start-up files
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        self.set_widgets_metadata()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, *_: Any, **__: Any) -> Any:
        """Execute a cell.

        Raises
        ------
        CellExecutionError
            As nbclient has it.
        """
        skipped = self.skip_cells_with_tag in cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or skipped:
            return cell
        self.connection.send(cell_index)
        cell.outputs, self.clear_before_next_output = [], False
        self.kernel.session.take = partial(self._take, cell, cell_index)
        try:
            reply = self.loop.run_until_complete(self._reply(cell.source))
            self._drain(cell, cell_index)
        finally:
            self.kernel.session.take = None
        cell.execution_count = reply["execution_count"]
        if reply["status"] == "error" and not may_raise(cell):
            raise CellExecutionError.from_cell_and_msg(cell, json_clean(reply))
        return cell

    async def _reply(self, source: str) -> Any:
        kernel = self.kernel
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        kernel.set_parent([], kernel.session.msg("execute_request", {"code": source}))
        kernel.pre_handler_hook()
        try:
            return await kernel.do_execute(source, silent=False, allow_stdin=False)
        finally:
            kernel.post_handler_hook()

    def _take(
        self,
        cell: Any,
        cell_index: int,
        _: Any,
        kind: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        **__: Any,
    ) -> None:
        """Take in a message, after what was printed before it."""
        self._drain(cell, cell_index)
        if isinstance(kind, dict):
            kind, content, parent = kind["msg_type"], kind["content"], kind["parent_header"]
        self._process(cell, cell_index, kind, content, parent, buffers)

    def _drain(self, cell: Any, cell_index: int) -> None:
        for stream in self.streams:
            if text := stream.drain():
                content = {"name": stream.stream, "text": text}
                self._process(cell, cell_index, "stream", content, self.kernel.get_parent())

    def _process(
        self, cell: Any, cell_index: int, kind: str, content: Any, parent: Any, buffers: Any = None
    ) -> None:
        session = self.kernel.session
        header = (parent or {}).get("header", parent) or {}
        message = {
            "msg_type": kind,
            "header": {"msg_type": kind},
            "parent_header": {"msg_id": header.get("msg_id", "")},
            "content": session.unpack(session.pack(content)),
            "buffers": [bytes(buffer) for buffer in buffers or []],
        }
        self.process_message(message, cell, cell_index)


def may_raise(cell: Any) -> bool:
    """Return whether a cell has the tag by which an error in it does not end the notebook."""
    tagged = "raises-exception" in cell.metadata.get("tags", [])
    return tagged and cell.cell_type == "code"
