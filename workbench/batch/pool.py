"""Making what is due on this machine, many pieces at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from types import TracebackType
from typing import cast

from workbench.batch import manifest
from workbench.batch.fork_server import STEADY, begin, give_back
from workbench.batch.manifest import Entry
from workbench.batch.tasks import Made, Result, Work
from workbench.batch.worker import Worker, start_worker


@dataclass
class _Bench:
    """A worker's place: what it has in hand, and what its manifest held before."""

    worker: Worker
    work: Work | None = None
    before: dict[str, Entry] = field(default_factory=dict)


class Pool:
    """Workers on this machine, started as they are needed; used as a context.

    Parameters
    ----------
    jobs : int
        How many are at work at most.
    fail_fast : bool
        Begin nothing new after the first brief that failed. After a disk was full nothing new is
        begun in any case; what is under way then is made and given, too.
    """

    def __init__(self, jobs: int, fail_fast: bool = False) -> None:
        self.jobs, self.fail_fast = jobs, fail_fast
        self.stopped = False
        self._benches: list[_Bench] = []
        self._lost: list[Work] = []

    def __enter__(self) -> Pool:
        os.environ.update(STEADY)
        begin()
        give_back()  # what the plan took, while workers need it
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # Those at work are so only when this was interrupted; their kernels go with them.
        self._dismiss()

    def _dismiss(self) -> None:
        """Let all workers go."""
        for bench in self._benches:
            bench.worker.kill()
        self._benches.clear()

    def run(self, works: Sequence[Work]) -> Iterator[Made]:
        """Make all pieces of work, in order, and give each as it is done.

        When a worker is killed, what it had in hand and not done is tried once more, at the end
        and one by one in the smallest pieces, so that what kills can take nothing else along.
        """
        self.stopped = False
        yield from self._side_by_side(works, self.jobs)
        pieces, self._lost = [piece for work in self._lost for piece in work.pieces()], []
        for piece in pieces:
            # What killed one may have killed those that were idle, and it must not count for both.
            self._dismiss()
            yield from self._side_by_side([piece], 1)
        yield from (failed_work(work) for work in self._lost)
        self._lost = []

    def _side_by_side(self, works: Sequence[Work], most: int) -> Iterator[Made]:
        waiting = deque(works)
        self._hand_out(waiting, most)
        while busy := {b.worker.connection: b for b in self._benches if b.work is not None}:
            for ready in connection.wait(list(busy)):
                bench = busy[cast(connection.Connection, ready)]
                try:
                    yield self._seen(bench.worker.connection.recv())
                except (EOFError, OSError):
                    yield self._rescued(bench)
                bench.work = None
            self._hand_out(waiting, most)

    def _hand_out(self, waiting: deque[Work], most: int) -> None:
        """Give work to anyone who is free, and hire who is missing, until `most` are busy."""
        while waiting and not self.stopped:
            if sum(bench.work is not None for bench in self._benches) >= most:
                return
            free = next((bench for bench in self._benches if bench.work is None), None)
            if free is None:
                free = _Bench(start_worker())
                self._benches.append(free)
            free.work = waiting.popleft()
            free.before = dict(manifest.read(free.work.out, free.work.name).entries)
            with suppress(OSError):  # killed while it was idle: the end of its line tells of it
                free.worker.connection.send((free.work, self.fail_fast))

    def _seen(self, made: Made) -> Made:
        failed = any(result.outcome != "succeeded" for _, result in made.results)
        self.stopped |= made.full or (self.fail_fast and failed)
        return made

    def _rescued(self, bench: _Bench) -> Made:
        """Return what a worker that was killed had made, and keep the rest for another."""
        self._benches.remove(bench)
        bench.worker.kill()
        work = cast(Work, bench.work)
        now = manifest.read(work.out, work.name).entries
        done = [t for t in work.tasks if t.file in now and now[t.file] != bench.before.get(t.file)]
        self._lost.append(replace(work, tasks=tuple(t for t in work.tasks if t not in done)))
        return Made([(task, Result("succeeded", now[task.file].seconds)) for task in done])


def failed_work(work: Work, why: str = "the process that made it was killed") -> Made:
    """Return the results of a piece of work whose process is gone."""
    results = [(task, Result("errored", 0, why)) for task in work.tasks]
    return Made(results, [] if results else [f"{work.name}: {why}"])
