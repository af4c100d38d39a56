"""Making what is due on a Dask cluster: its scheduler, its retries, its dashboard.

A worker starts a fork server of its own and has briefs made as a run on one machine has; they are
written where they are made, so that nothing but small values travels. It must have this
Python, these libraries, this package and these figures. Versions are compared by messages of
Dask's own, before anything is shipped: a function by value is bytecode, and kills another Python.
Until a worker has been checked, whenever it came, no work goes to it.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import current_process
from queue import Empty, SimpleQueue
from typing import Any, cast
from urllib.parse import urlsplit

from workbench.batch import inputs
from workbench.batch.fork_server import STEADY, begin
from workbench.batch.pool import failed_work
from workbench.batch.tasks import Made, Work
from workbench.batch.worker import Worker, start_worker
from workbench.dataset import load
from workbench.errors import UsageError
from workbench.storage import hashing

#: A piece of work whose worker died is begun so many times again, on another if there is one.
RETRIES = 2

#: Seconds for the scheduler, or a worker with a result, to answer, and for a worker to come.
FIND_LIMIT, WORKER_LIMIT = 10, 60

#: Seconds between two looks at which workers have come and gone.
_LOOK = 1.0

#: Pieces of work that a thread of a worker has in hand: one at work, one that waits.
_IN_HAND = 2

#: Addresses that begin so are reached by those alone who have the certificate.
_CLOSED = ("tls", "wss")

#: What carries tasks, and what works out the figures: the same on all machines.
_CARRIES = ("python", "dask", "distributed", "cloudpickle", "msgpack")
_WORKS_OUT = ("numpy", "pandas", "scipy", "statsmodels")


class _Own(threading.local):
    """What a thread of a Dask worker has for itself: the process that makes its briefs."""

    worker: Worker | None = None


_own = _Own()


def check(address: str, insecure: bool = False) -> None:
    """See that a scheduler's address is safe to use.

    Anyone who reaches a scheduler, or poses as one, runs code on all machines of its cluster.

    With `insecure` the user takes that risk.

    Raises
    ------
    UsageError
        If it leads beyond this machine without certificates.
    """
    scheme, _, rest = address.rpartition("://")
    if insecure or scheme in _CLOSED or _on_loopback(rest):
        return
    raise UsageError(
        f"The scheduler at {address} is beyond this machine and asks for no certificate: anyone "
        "who reaches its port runs code on every worker. Use a tls:// address, as README shows, or "
        "say --insecure-scheduler where the network lets nobody else in."
    )


def _on_loopback(place: str) -> bool:
    """Return whether a host and port lead to this machine alone."""
    try:
        found = socket.getaddrinfo(urlsplit(f"//{place}").hostname or "", None)
    except (OSError, ValueError):
        return False
    return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)


@dataclass
class _Piece:
    """A piece of work: its place in the order, how often it was begun, and who may make it."""

    place: int
    work: Work
    begun: int = 0
    workers: frozenset[str] = frozenset()


class Cluster:
    """The workers of a scheduler that have what this machine has; used as a context.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://127.0.0.1:8786``. One that begins with ``tls://`` takes
        keys and certificates from Dask's own settings (``distributed.comm.tls``).
    fail_fast : bool
        Begin nothing new after the first brief that failed.
    """

    def __init__(self, address: str, fail_fast: bool = False) -> None:
        self.address, self.fail_fast = address, fail_fast
        self._client: Any = None
        self._fit: dict[str, int] = {}  # threads of each worker that may be given work
        self._asked: dict[str, Any] = {}  # answers to come
        self._refused: dict[str, str] = {}  # why
        self._own: dict[str, str] = {}
        self._next_look = self._deadline = 0.0
        self._numbers, self._had_one = count(), False

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client:
            self._client.close()

    def run(self, works: Sequence[Work]) -> Iterator[Made]:
        """Make all pieces of work, and give each as it is done.

        Raises
        ------
        UsageError
            If there is no scheduler, or no worker that has what this machine has.
        """
        if not works:
            return
        self._client = self._client or _connected(self.address)
        self._own = self._own or version(works[0].figures)
        self._deadline = time.monotonic() + WORKER_LIMIT
        waiting, going = deque(_Piece(*one) for one in enumerate(works)), dict[Any, _Piece]()
        done: SimpleQueue[Any] = SimpleQueue()
        try:
            while waiting or going:
                self._look(works[0].figures)
                for piece in self._lost(going):
                    if piece.begun > RETRIES:
                        yield failed_work(piece.work)
                    else:
                        waiting.appendleft(piece)
                while waiting and len(going) < _IN_HAND * sum(self._fit.values()):
                    future = self._begun(waiting[0])
                    going[future] = waiting.popleft()
                    future.add_done_callback(done.put)
                with suppress(Empty):
                    future = done.get(timeout=_LOOK)
                    if future not in going:  # given up
                        continue
                    made = _result(future, going[future].work)
                    if made is None:  # gone with the worker that had it
                        future.add_done_callback(done.put)
                        continue
                    del going[future]
                    yield made
                    failed = any(result.outcome != "succeeded" for _, result in made.results)
                    if made.full or (self.fail_fast and failed):
                        return
        finally:
            self._client.cancel(list(going))

    def _begun(self, piece: _Piece) -> Any:
        piece.begun, piece.workers = piece.begun + 1, frozenset(self._fit)
        return self._client.submit(
            make_on_worker,
            piece.work,
            self.fail_fast,
            key=f"{piece.work.name}-{next(self._numbers)}-{self._client.id}",
            workers=list(self._fit),
            retries=RETRIES,
            pure=False,
            priority=-piece.place,
        )

    def _lost(self, going: dict[Any, _Piece]) -> list[_Piece]:
        """Take out those pieces that nobody is left to make."""
        lost = [f for f in going if not f.done() and not going[f].workers & self._fit.keys()]
        self._client.cancel(lost)
        return [going.pop(future) for future in lost]

    def _look(self, figures: str) -> None:
        """See now and then which workers have come and gone; refuse to go on when none fits."""
        now = time.monotonic()
        if now < self._next_look:
            return
        there = self._client.scheduler_info(n_workers=-1)["workers"]
        tables: tuple[dict[str, Any], ...] = (self._fit, self._asked, self._refused)
        for table in tables:
            for gone in table.keys() - there.keys():
                del table[gone]
        if new := there.keys() - {worker for table in tables for worker in table}:
            self._ask(new, figures)
        for worker in [worker for worker, answer in self._asked.items() if answer.done()]:
            if why := _against(self._asked.pop(worker), self._own):
                self._refuse(worker, why)
            else:
                self._fit[worker] = there[worker]["nthreads"]
        self._next_look = now + (_LOOK if self._fit and not self._asked else _LOOK / 10)
        self._had_one = self._had_one or bool(self._fit)
        if self._fit or self._asked:
            self._deadline = now + WORKER_LIMIT
        elif now > self._deadline or (self._refused and not self._had_one):
            raise UsageError(next(iter(self._refused.values()), _NO_WORKER))

    def _ask(self, new: set[str], figures: str) -> None:
        """Compare versions; workers that have ours are asked what else they have."""
        found = self._client.get_versions(packages=_WORKS_OUT)
        own, scheduler = (found[who]["packages"] for who in ("client", "scheduler"))
        if why := _unlike(_versions(own, _CARRIES), _versions(scheduler, _CARRIES)):
            raise UsageError(f"The scheduler at {self.address} {why}")
        own = _versions(own, _CARRIES + _WORKS_OUT)
        unfit = {}
        for worker in new & found["workers"].keys():
            theirs = _versions(found["workers"][worker]["packages"], _CARRIES + _WORKS_OUT)
            if why := _unlike(own, theirs):
                unfit[worker] = why
            else:
                # As a task: loading takes a while, and would keep a worker from its scheduler.
                ask = self._client.submit
                self._asked[worker] = ask(ready, figures, workers=[worker], pure=False)
        for worker, why in unfit.items():  # named only where others are there, so after them
            self._refuse(worker, why)

    def _refuse(self, worker: str, why: str) -> None:
        self._refused[worker] = f"The worker at {worker} {why}"
        if self._fit or self._asked:
            message = f"{self._refused[worker]} Until then it gets no work."
            logging.getLogger("workbench").warning(message)


_NO_WORKER = (
    "The scheduler has no worker. Start one with `dask worker ADDRESS --nthreads 1`, where this "
    "project is installed."
)


def _versions(packages: Mapping[str, str | None], names: Sequence[str]) -> dict[str, str]:
    """Return versions of packages by name; of Python the first two numbers count."""
    versions = {name: packages.get(name) or "none" for name in names}
    return {"Python": ".".join(versions.pop("python").split(".")[:2]), **versions}


def _unlike(own: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Return what is other than here; '' when nothing is."""
    other = [
        f"{name} ({theirs[name]} instead of {own[name]})" if len(own[name]) < 20 else name
        for name in own
        if own[name] != theirs[name]
    ]
    what = " and ".join(other)
    advice = f"has other {what} than this machine. Bring both to the same version, and run again."
    return advice if other else ""


def _against(answer: Any, own: Mapping[str, str]) -> str:
    """Return what the answer of a worker says against it; '' when nothing does."""
    try:
        return _unlike(own, answer.result(timeout=FIND_LIMIT))
    except Exception as error:
        return f"cannot make briefs: {error}"


def _connected(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError as error:
        raise UsageError(
            f"A cluster needs the extra `scale` ({error}). Set it up with `make scale`, or without "
            'make by `pip install --editable ".[scale]"`.'
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # `_look` says it in a sentence
            return Client(address, timeout=FIND_LIMIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"There is no Dask scheduler at {address}: {error}. Start one with `dask scheduler`, "
            "as README shows, and give the address that it prints."
        ) from None


def make_on_worker(work: Work, fail_fast: bool = False) -> Made:
    """Make a piece of work on a Dask worker, in a process of its own.

    Raises
    ------
    ChildProcessError
        If that was killed; Dask then tries again.
    """
    worker = _own.worker = _own.worker or start_worker()
    try:
        worker.connection.send((work, fail_fast))
        return cast(Made, worker.connection.recv())
    except (EOFError, OSError):
        worker.kill()
        _own.worker = None
        raise ChildProcessError("the process that made it was killed") from None


def ready(figures: str) -> dict[str, str]:
    """Start a worker's fork server, so that no brief waits for it, and return its `version`."""
    current_process().daemon = False  # below a nanny it would not be let start any
    os.environ.update(STEADY)
    begin()
    return version(figures)


def version(figures: str) -> dict[str, str]:
    """Return what a worker must have alike: hashes of the code and of the figures."""
    return {
        "code": hashing.digest(hashing.package_files()),
        "figures": inputs.everything(load(figures or None)),
    }


def _result(future: Any, work: Work) -> Made | None:
    """Return what came of a piece of work; None if the worker that has it does not answer."""
    try:
        made: Made = future.result(timeout=FIND_LIMIT)
    except TimeoutError:
        return None
    except CancelledError:
        return failed_work(work, "it was cancelled on the cluster")
    except Exception as error:
        return failed_work(work, f"{type(error).__name__}: {error}".splitlines()[0])
    return made
