"""Making what is due, many pieces at a time: on this machine, or on a Dask cluster."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import replace
from multiprocessing import connection, get_context, parent_process
from typing import Any

from workbench import ledger, make
from workbench.errors import WorkbenchError
from workbench.kernels.provisioner import begin
from workbench.ledger import Entry
from workbench.make import STEADY, Made, Result
from workbench.plan import Work

_NO_PROCESS = (
    "No process can be started to make briefs in: each is killed at once. Free some memory, or "
    "make fewer at a time with --jobs."
)


def local(works: Sequence[Work], jobs: int, fail_fast: bool = False) -> Iterator[Made]:
    """Make all pieces of work, at most `jobs` at a time, and give each as it is done.

    With `fail_fast` nothing new is begun after the first brief that failed, nor ever after a disk
    was full; what is under way then is made and given, too.

    Raises
    ------
    WorkbenchError
        If no process can be started.
    """
    waiting, suspects = deque(works), list[Work]()
    while waiting:
        with _Pool(jobs, fail_fast) as pool:
            before = len(waiting)
            yield from pool.all(waiting)
            suspects += pool.suspects
            if pool.stopped:
                return
            if len(waiting) == before:
                raise WorkbenchError(_NO_PROCESS)
    # Who killed the process is not known; piece by piece, it cannot take others along.
    for piece in [piece for work in suspects for piece in work.pieces()]:
        with _Pool(1, fail_fast) as alone:
            yield from alone.all(deque([piece]))
            yield from (died(work) for work in alone.suspects)
            if alone.stopped:
                return


class _Pool:
    """Processes that make pieces of work, until one of them is killed.

    Attributes
    ----------
    suspects : list of Work
        What was under way when that happened, without what was done of it.
    stopped : bool
        Whether nothing new is to be begun.
    """

    def __init__(self, jobs: int, fail_fast: bool) -> None:
        self.jobs, self.fail_fast = jobs, fail_fast
        self.suspects: list[Work] = []
        self.stopped = False
        self._broken = False
        self._under_way: dict[Future[Made], tuple[Work, dict[str, Entry]]] = {}

    def __enter__(self) -> _Pool:
        os.environ.update(STEADY)
        begin()
        processes = get_context("spawn")
        self._told, self._stop = processes.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self.jobs, mp_context=processes, initializer=_begin, initargs=(self._told,)
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # Interrupted: the processes see the pipe close, and are gone with their kernels.
            self._stop.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._stop.close()
        self._told.close()

    def all(self, waiting: deque[Work]) -> Iterator[Made]:
        """Make what is waiting, in order, until nothing is left or a process is killed.

        What is handed to a pool cannot be taken back, so it gets no more than it can begin at once.
        """
        self._hand_out(waiting)
        while self._under_way:
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: self._under_way[f][0].name):
                work, before = self._under_way.pop(future)
                error = future.exception()
                if error is None:
                    yield self._seen(future.result())
                elif isinstance(error, BrokenExecutor):
                    self._broken = True
                    yield self._rescued(work, before)
                else:
                    yield died(work, str(error))
            self._hand_out(waiting)

    def _hand_out(self, waiting: deque[Work]) -> None:
        while waiting and len(self._under_way) < self.jobs and not (self._broken or self.stopped):
            work = waiting[0]
            before = dict(ledger.read(work.out, work.name).entries)
            try:
                begun = self._pool.submit(make.work, work, self.fail_fast)
            except BrokenExecutor:
                self._broken = True
            else:
                self._under_way[begun] = (waiting.popleft(), before)

    def _seen(self, made: Made) -> Made:
        failed = any(result.outcome != "succeeded" for _, result in made.results)
        self.stopped |= made.full or (self.fail_fast and failed)
        return made

    def _rescued(self, work: Work, before: dict[str, Entry]) -> Made:
        """Return what a process that was killed had made of its work; the rest is suspect."""
        now = ledger.read(work.out, work.name).entries
        done = [t for t in work.tasks if t.file in now and now[t.file] != before.get(t.file)]
        self.suspects.append(replace(work, tasks=tuple(t for t in work.tasks if t not in done)))
        return Made([(task, Result("succeeded", now[task.file].seconds)) for task in done])


def died(work: Work, why: str = "the process that made it was killed") -> Made:
    """Return what is told of a piece of work whose process is gone."""
    results = [(task, Result("errored", 0, why)) for task in work.tasks]
    return Made(results, [] if results else [f"{work.name}: {why}"])


def _begin(stop: Any) -> None:
    """Prepare a process of the pool: it leaves when it is told to, and when its owner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the owner decides
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see preload.py
    threading.Thread(target=_leave, args=(stop,), daemon=True).start()


def _leave(stop: Any) -> None:
    owner = parent_process()
    connection.wait([stop, owner.sentinel] if owner else [stop])
    os._exit(1)
