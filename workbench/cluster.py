"""Making what is due on a Dask cluster: its scheduler, its retries, its dashboard.

A worker starts its own fork server, has briefs made by a fork of that, as a run on one machine has,
and the fork writes what it makes, so that nothing but small values travels. It must have this
package and these figures in the same version; that is checked before anything is made.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, cast

from workbench import cache, make, reads
from workbench.dataset import load
from workbench.errors import UsageError
from workbench.make import Made
from workbench.plan import Work
from workbench.run import died
from workbench.worker import Worker, forked

#: A piece of work whose worker died is begun so many times again, on another if there is one.
RETRIES = 2

#: Seconds to find the scheduler, and for its first worker to come.
FIND_LIMIT, WORKER_LIMIT = 10, 60


class _Own(threading.local):
    """What a thread of a Dask worker has for itself: the fork that makes its briefs."""

    worker: Worker | None = None


_own = _Own()


def run(works: Sequence[Work], address: str, fail_fast: bool = False) -> Iterator[Made]:
    """Make all pieces of work on the cluster of a scheduler, and give each as it is done.

    Parameters
    ----------
    works : sequence of Work
    address : str
        Of the scheduler, such as ``tcp://host:8786``. One that begins with ``tls://`` takes keys
        and certificates from Dask's own settings (``distributed.comm.tls``).
    fail_fast : bool
        Begin nothing new after the first brief that failed.

    Raises
    ------
    UsageError
        If there is no scheduler or no worker, or a worker has another version.
    """
    from distributed import Client, as_completed

    if not works:
        return
    with _connected(Client, address) as client:
        _ready(client, works[0].figures)
        futures = {
            client.submit(
                make_on_worker,
                work,
                fail_fast,
                key=f"{work.name}-{at}-{client.id}",
                retries=RETRIES,
                pure=False,
                priority=-at,
            ): work
            for at, work in enumerate(works)
        }
        try:
            for future in as_completed(futures, loop=client.loop, raise_errors=False):
                made = _result(future, futures[future])
                future.release()
                yield made
                failed = any(result.outcome != "succeeded" for _, result in made.results)
                if made.full or (fail_fast and failed):
                    break
        finally:
            client.cancel(list(futures))


def _connected(client: Any, address: str) -> Any:
    try:
        return client(address, timeout=FIND_LIMIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"There is no Dask scheduler at {address}: {error}. Start one with `dask scheduler`, "
            "and give the address that it prints."
        ) from None


def _ready(client: Any, figures: str) -> None:
    """See that there are workers, that each has what this process has, and warm them."""
    try:
        client.wait_for_workers(1, timeout=WORKER_LIMIT)
    except TimeoutError:
        raise UsageError(
            "The scheduler has no worker. Start one with `dask worker ADDRESS --nthreads 1`, where "
            "this project is installed."
        ) from None
    client.register_plugin(_plugin(), name="workbench")
    own = version(figures)
    # As tasks, not beside them: loading takes a while, and would keep a worker from its scheduler.
    asked = {
        worker: client.submit(version, figures, workers=[worker], pure=False, retries=RETRIES)
        for worker in client.scheduler_info(n_workers=-1)["workers"]
    }
    for worker, theirs in client.gather(asked).items():
        if theirs != own:
            what = " and ".join(k for k in own if own[k] != theirs.get(k))
            raise UsageError(
                f"The worker at {worker} has other {what} than this machine. Bring both to the "
                "same version, and run again."
            )


def make_on_worker(work: Work, fail_fast: bool = False) -> Made:
    """Make a piece of work on a Dask worker: in its fork, or where there is none in itself.

    Raises
    ------
    ChildProcessError
        If the fork was killed; Dask then tries again.
    """
    worker = _own.worker = _own.worker or forked()
    if worker is None:
        return make.work(work, fail_fast)
    try:
        worker.line.send((work, fail_fast))
        return cast(Made, worker.line.recv())
    except (EOFError, OSError):
        worker.line.close()
        _own.worker = None
        raise ChildProcessError("the process that made it was killed") from None


def version(figures: str) -> dict[str, str]:
    """Return what a worker must have alike: hashes of the code and of the figures."""
    return {
        "code": cache.digest(cache.code()),
        "figures": reads.everything(load(figures or None)),
    }


def _plugin() -> Any:
    from distributed import WorkerPlugin

    @dataclass
    class Warm(WorkerPlugin):
        """Starts a worker's fork server, so that its first brief does not wait for it."""

        def setup(self, worker: Any) -> None:
            from workbench.kernels.provisioner import begin

            os.environ.update(make.STEADY)
            begin()

    return Warm()


def _result(future: Any, work: Work) -> Made:
    """Return what came of a piece of work; a worker that died again and again is told, too."""
    try:
        made: Made = future.result()
    except CancelledError:
        return died(work, "it was cancelled on the cluster")
    except Exception as error:
        return died(work, f"{type(error).__name__}: {error}".splitlines()[0])
    return made
