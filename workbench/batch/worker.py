"""A process that makes briefs: it is handed pieces of work one by one, and tells how each went."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from workbench.batch.kernels import HOME, import_jsonschema, provisioner, search_path
from workbench.batch.kernels.server import Request

#: With it Python imports nothing from the working directory.
_SAFE_PATH = "PYTHONSAFEPATH"


@dataclass(frozen=True)
class Worker:
    """A worker, from outside.

    Attributes
    ----------
    line : Connection
        Takes a piece of work and whether to stop at its first failure, gives what was made of it;
        ends when the worker is gone.
    kill : callable
    """

    line: Connection
    kill: Callable[[], None]


def serve(line: Connection) -> None:
    """Make what comes over a connection, until it ends."""
    os.chdir(HOME)
    os.environ.pop(_SAFE_PATH, None)  # what a notebook starts is its own matter
    import_jsonschema()
    from workbench.batch import execute

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the host decides
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=line.close)  # its end tells that the worker is gone
    with suppress(EOFError, ConnectionError):
        while True:
            work, fail_fast = line.recv()
            line.send(execute.work(work, fail_fast))


def hire() -> Worker:
    """Return a new worker: a fork of the fork server, or where there is none a new process."""
    if worker := forked():
        return worker
    context = get_context("spawn")
    end, other = context.Pipe()
    process = context.Process(target=serve, args=(other,), daemon=False)
    with _safe_path():
        process.start()
    other.close()
    return Worker(end, process.kill)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Let a process start without the folder that this one stands in among its modules."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        del os.environ[_SAFE_PATH]
        if before is not None:
            os.environ[_SAFE_PATH] = before


def forked() -> Worker | None:
    """Return a new worker that is a fork of the fork server; None where there is none."""
    if not provisioner.can_fork():
        return None
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            request = Request([], str(HOME), dict(os.environ), search_path(), worker=True)
            process = provisioner.fork(request, theirs.fileno())
        except (OSError, ValueError) as error:
            provisioner.tell(str(error))
            ours.close()
            return None
    return Worker(Connection(ours.detach()), process.kill)
