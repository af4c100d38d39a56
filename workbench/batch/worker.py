"""Processes that make briefs: each is handed pieces of work one by one, and tells how each went."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from workbench.batch import fork_server
from workbench.batch.fork_server import HOME, apart, die_with_parent

#: Seconds before a worker is tried to start once more. A fork server that was killed takes a moment
#: to go, in which it is neither there to fork nor gone, so that another would take its place.
_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)


class Worker:
    """A process that makes briefs, from outside.

    Its `connection` takes a piece of work and whether to stop at the first failure, and gives what
    was made of it; it ends when the process is gone.
    """

    def __init__(self) -> None:
        context: Any = get_context(fork_server.METHOD)
        self.connection, other = context.Pipe()
        environment = dict(os.environ)
        with other, apart():
            # As a daemon it is no process that this one waits for at its end.
            self._process = context.Process(target=serve, args=(other, environment), daemon=True)
            self._process.start()

    def kill(self) -> None:
        """End the process at once, and what it has in hand with it."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def start_worker() -> Worker:
    """Return a new worker.

    Raises
    ------
    OSError, EOFError
        If none can be started.
    """
    for seconds in _PAUSES:
        with suppress(OSError, EOFError):
            return Worker()
        time.sleep(seconds)
    return Worker()


def serve(connection: Connection, environment: dict[str, str]) -> None:
    """Make what comes over a connection, until it ends."""
    from workbench.batch import engine, execute  # of a fork server it has them already

    die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(HOME)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the host decides
    current_process().daemon = False  # it starts processes itself
    if hasattr(os, "register_at_fork"):
        # Its end tells that the worker is gone.
        os.register_at_fork(after_in_child=connection.close)
    with suppress(Exception):  # then each notebook has a process from scratch
        engine.prepare()
    with suppress(EOFError, ConnectionError):
        while True:
            work, fail_fast = connection.recv()
            connection.send(execute.work(work, fail_fast))
