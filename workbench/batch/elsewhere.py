"""Calls made in a process beside this one, which keeps what they leave behind.

What speaks to a bucket starts a thread at its first word, and a process with a second thread cannot
be forked for notebooks: a lock that the thread holds at that moment stays locked in the fork.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from workbench.batch.fork_server import METHOD, die_with_parent, single_threaded

#: Calls a function with arguments, and returns or raises what it does.
Call = Callable[..., Any]


def here(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in this process."""
    return function(*arguments)


@contextmanager
def calls(out: Path) -> Iterator[Call]:
    """Give what calls functions that write to `out`: in a fork of this process if it is a bucket.

    The fork has all that was found here before; functions, arguments and results are pickled. Where
    nothing is forked, for a folder, and when the fork was killed, it calls them here.
    """
    if isinstance(out, os.PathLike) or METHOD != "forkserver":
        yield here
        return
    _import_driver(out)
    if not single_threaded():
        yield here
        return
    context: Any = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, ours), daemon=True)
    process.start()
    theirs.close()

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            ours.send((function, arguments))
            value, error = ours.recv()
        except (EOFError, ConnectionError):
            return function(*arguments)  # the process was killed: once more, here
        if error is not None:
            raise error
        return value

    try:
        yield call
    finally:
        ours.close()
        process.join()


def _import_driver(out: Any) -> None:
    """Import what speaks to a bucket, here and once: each fork would import it again."""
    import fsspec  # only where there is a bucket

    with suppress(Exception):  # what is missing is told by who needs it
        fsspec.get_filesystem_class(out.protocol)


def _answer(connection: Connection, other: Connection) -> None:
    """Make the calls that come over a connection, until its other end is closed."""
    die_with_parent()
    other.close()  # a fork has both
    with suppress(EOFError, ConnectionError):
        while True:
            function, arguments = connection.recv()
            try:
                connection.send((function(*arguments), None))
            except Exception as error:
                connection.send((None, _sent(error)))
    os._exit(0)  # without waiting for the thread


def _sent(error: Exception) -> Exception:
    """Return an error that can be raised in another process: itself, or what it says."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # each library has errors of its own
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
