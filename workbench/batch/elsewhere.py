"""Calls made in a process beside this one, which keeps what they leave behind.

What speaks to a bucket starts a thread at its first word, and a process with a second thread cannot
be forked for notebooks: a lock that the thread holds at that moment stays locked in the fork.
"""

from __future__ import annotations

import multiprocessing
import os
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
    nothing is forked, and for a folder, it calls them here.
    """
    if isinstance(out, os.PathLike) or METHOD != "forkserver" or not single_threaded():
        yield here
        return
    context: Any = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, ours), daemon=True)
    process.start()
    theirs.close()

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        ours.send((function, arguments))
        try:
            value, error = ours.recv()
        except EOFError:
            raise ChildProcessError("the process that wrote to the bucket was killed") from None
        if error is not None:
            raise error
        return value

    try:
        yield call
    finally:
        ours.close()
        process.join()


def _answer(connection: Connection, other: Connection) -> None:
    """Make the calls that come over a connection, until its other end is closed."""
    die_with_parent()
    other.close()  # a fork has both
    with suppress(EOFError, ConnectionError):
        while True:
            function, arguments = connection.recv()
            answer: tuple[Any, Exception | None]
            try:
                answer = function(*arguments), None
            except Exception as error:
                answer = None, error
            try:
                connection.send(answer)
            except (TypeError, ValueError, AttributeError, multiprocessing.ProcessError) as error:
                connection.send((None, RuntimeError(f"{type(answer[1]).__name__}: {error}")))
    os._exit(0)  # without waiting for the thread
