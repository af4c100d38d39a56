"""A kernel without sockets: a fork of the worker executes the cells and tells of it by a pipe.

An ordinary kernel listens on five sockets and has as many threads; that takes longer than most
cells. Here ipykernel's own kernel and shell are made once in a worker, before its first brief, and
each brief is executed in a fork: a process of its own, as any kernel, that has nothing to start.
What it sends are the messages that any kernel sends.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import SimpleNamespace
from typing import Any, NoReturn, cast

from ipykernel.jsonutil import json_clean
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from workbench.batch.kernels import preload
from workbench.batch.kernels.server import die_with_parent, reseed, threads

#: Printed text is sent in pieces of so many characters, if nothing else calls for it before.
_PIECE = 1 << 16

#: Objects that may be made before the collector looks for circles. A brief is soon over.
_FEW = 100_000

#: Turns of the loop between two cells, for tasks that a cell left running. An ordinary kernel's
#: loop takes some for each message; here the next cell may wait already, and would take none.
_TURNS = 10

#: Bytes that are read at a time of what was written past Python's own streams.
_READ = 1 << 16

Message = dict[str, Any]


class Line(Session):
    """The session of a kernel whose messages all go into one pipe."""

    to: Connection | None = None

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._one_at_a_time = threading.RLock()

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
        """Send a message; before the fork there is nobody to send it to."""
        if self.to is None:
            return
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["msg_type"], msg_or_type["content"]
            parent = msg_or_type["parent_header"]
        else:
            kind, parent = msg_or_type, (parent or {}).get("header", parent)
        asked = (parent or {}).get("msg_id", "")
        buffers = buffers or []
        with self._one_at_a_time:
            self.to.send_bytes(self.pack([kind, asked, content, len(buffers)]))
            for buffer in buffers:
                self.to.send_bytes(buffer)


class Printed(io.TextIOBase):
    """Standard output or error of a kernel.

    Parameters
    ----------
    name : {'stdout', 'stderr'}
    line : Line
    file : int
        The descriptor of this process for it.
    """

    encoding = "UTF-8"

    def __init__(self, name: str, line: Line, file: int) -> None:
        self.name, self._line = name, line
        self._file = os.dup(file)  # the fork's own is a pipe
        self._parts: list[str] = []
        self._length = 0
        self._parent: Any = None

    def set_parent(self, parent: Any) -> None:
        """Note which question is being answered."""
        self._parent = parent

    def fileno(self) -> int:
        """Return where this process writes, as in an ordinary kernel: no message comes of that."""
        return self._file

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take text; it is sent by and by."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._parts.append(text)
        self._length += len(text)
        if self._length > _PIECE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what was printed."""
        parts, self._parts, self._length = self._parts, [], 0
        if text := "".join(parts):
            said = {"name": self.name, "text": text}
            self._line.send(None, "stream", said, self._parent)


class BareApp(IPKernelApp):
    """ipykernel's program with everything but the sockets: settings, start-up files, extensions."""

    def _nothing(self, **_: Any) -> None:
        """Do nothing, where ipykernel would deal with sockets."""

    init_connection_file = init_poller = init_sockets = init_heartbeat = _nothing
    write_connection_file = log_connection_info = _nothing

    def init_io(self) -> None:
        """Let all that is printed go the way of the messages."""
        self.session = Line(parent=self)
        sys.stdout = cast(Any, Printed("stdout", self.session, 1))
        sys.stderr = cast(Any, Printed("stderr", self.session, 2))
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


_ready: list[BareApp] = []


def prepare() -> None:
    """Make a kernel in this process, for its forks."""
    own = sys.stdout, sys.stderr, sys.argv
    backend = os.environ.get("MPLBACKEND")
    sys.argv = ["ipykernel_launcher"]
    app = BareApp.instance()
    try:
        # Its history of commands would be a file, and a thread that writes it.
        parent = f"--IPKernelApp.parent_handle={os.getppid()}"
        app.initialize(["--HistoryManager.enabled=False", parent])
        _ready.append(app)
    finally:
        sys.stdout, sys.stderr, sys.argv = own
        # It chooses where charts go, which each kernel that this process asks for does for itself.
        if backend is None:
            os.environ.pop("MPLBACKEND", None)


def possible() -> bool:
    """Return whether this process has a kernel ready, and may fork."""
    return bool(_ready) and threads() == 1


class Bare:
    """A process that executes cells, one after the other; used as a context.

    Parameters
    ----------
    cells : sequence of (str, bool)
        The source of each, and whether to go on when it raises.
    environment : mapping of str to str
        Variables that it has beside those of this process.
    """

    def __init__(
        self, cells: Sequence[tuple[str, bool]], environment: Mapping[str, str] | None = None
    ) -> None:
        self._cells, self._environment = cells, environment or {}

    def __enter__(self) -> Bare:
        pipes = [os.pipe() for _ in range(3)]
        self._asking, asked = socket.socketpair()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            os.environ.update(self._environment)
            _become(self._cells, pipes, asked)
        self._gone = os.pidfd_open(self._pid)
        asked.close()
        for _, end in pipes:
            os.close(end)
        self._line, *files = (Connection(end, writable=False) for end, _ in pipes)
        # What is written past Python's own streams, by libraries in C and by other programs.
        self._files = dict(zip(files, ("stdout", "stderr"), strict=True))
        return self

    def __exit__(self, *_: object) -> None:
        for kill in (os.killpg, os.kill):  # it may not lead a group yet
            with suppress(ProcessLookupError):
                kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._gone)
        self._asking.close()
        for end in (self._line, *self._files):
            end.close()

    def answers(self, seconds: float | None) -> Iterator[Message]:
        """Let the next cell be executed, and yield what it gives; the reply comes last.

        Raises
        ------
        TimeoutError
            If it is not done after so many seconds.
        EOFError
            If the process is gone.
        """
        deadline = time.monotonic() + (float("inf") if seconds is None else seconds)
        left: float | None = None
        with suppress(ConnectionError):  # it is gone, and the others tell
            self._asking.send(b".")
        while True:
            if seconds is not None:
                left = max(0, deadline - time.monotonic())
            there = wait([self._line, *self._files, self._gone], left)
            if not there:
                raise TimeoutError
            if there == [self._gone]:
                raise EOFError
            yield from self._written(there)
            if self._line in there:
                message = self._received()
                if message["msg_type"] == "execute_reply":
                    yield from self._written(wait([*self._files], 0))
                    yield message
                    return
                yield message

    def _received(self) -> Message:
        kind, asked, content, count = json.loads(self._line.recv_bytes())
        buffers = [memoryview(self._line.recv_bytes()) for _ in range(count)]
        return _message(kind, content, asked, buffers)

    def _written(self, there: Sequence[Any]) -> Iterator[Message]:
        for end in [end for end in self._files if end in there]:
            if written := os.read(end.fileno(), _READ):
                said = {"name": self._files[end], "text": written.decode(errors="replace")}
                yield _message("stream", said)
            else:
                del self._files[end]
                end.close()


def _message(kind: str, content: Any, asked: str = "", buffers: Sequence[Any] = ()) -> Message:
    return {
        "msg_type": kind,
        "header": {"msg_type": kind},
        "parent_header": {"msg_id": asked},
        "content": content,
        "buffers": buffers,
    }


def _become(
    cells: Sequence[tuple[str, bool]], pipes: Sequence[tuple[int, int]], asked: socket.socket
) -> NoReturn:
    """Execute the cells in this fork, and end it."""
    try:
        os.setsid()  # signals to it reach what it started, and no others
        die_with_parent()
        gc.freeze()
        gc.set_threshold(_FEW)
        for end, _ in pipes:
            os.close(end)
        for number, (_, end) in enumerate(pipes[1:], 1):
            os.dup2(end, number)
            os.close(end)
        reseed()
        sys.path.insert(0, "")  # analysts' own modules lie beside the notebook
        preload.read_settings()
        app = _ready[0]
        app.session.to = Connection(pipes[0][1], readable=False)
        sys.argv = ["ipykernel_launcher"]
        sys.stdout, sys.stderr = app.kernel._stdout, app.kernel._stderr
        asyncio.run(_execute(app.kernel, cells, asked))
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(0)


async def _execute(kernel: Any, cells: Sequence[tuple[str, bool]], asked: socket.socket) -> None:
    asked.setblocking(False)
    for source, tolerant in cells:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        await asyncio.get_running_loop().sock_recv(asked, 1)
        kernel.set_parent([], kernel.session.msg("execute_request", {"code": source}))
        kernel.pre_handler_hook()
        reply = await kernel.do_execute(source, silent=False, allow_stdin=False)
        kernel.post_handler_hook()
        sys.stdout.flush()
        sys.stderr.flush()
        kernel.session.send(None, "execute_reply", json_clean(reply), kernel.get_parent())
        if reply["status"] == "error" and not tolerant:
            return
