"""The life of a forked kernel: an ordinary ipykernel, in a process that was warm at birth."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import connection, parent_process
from pathlib import Path

#: How a kernel leaves that must not run here; the provisioner starts an ordinary one.
UNFIT = 64


def kernel(arguments: Sequence[str], place: str, env: Mapping[str, str], sockets: str) -> None:
    """Run a kernel until it is told to stop or its host is gone.

    Parameters
    ----------
    arguments : sequence of str
        What ``python -m ipykernel_launcher`` is given.
    place : str
        Working directory; empty: that of the host.
    env : mapping
        The whole environment.
    sockets : str
        Folder of the sockets, removed when the host is gone; empty: none.
    """
    from workbench.kernels import preload

    # A lock that another thread held would stay locked here; edited modules would stay unread.
    if preload.threads > 1 or preload.loaded != preload.sources():
        os._exit(UNFIT)
    os.setsid()  # signals to the kernel reach what it started, and no others
    _die_with_fork_server()
    threading.Thread(target=_watch, args=(sockets,), daemon=True).start()
    os.environ.clear()
    os.environ.update(env)
    os.environ.pop("JPY_PARENT_PID", None)  # the host's word for its own children
    _close_stdin()
    if place:
        os.chdir(place)
    # As `python -m` has it: an analyst's own modules lie beside the notebook.
    sys.path[:] = ["", *(path for path in sys.path if path)]
    _seed()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *arguments]
    # With a parent it takes itself for a front end's kernel, which it is.
    ours = f"--IPKernelApp.parent_handle={os.getppid()}"
    IPKernelApp.launch_instance(argv=[*arguments, ours])


def _seed() -> None:
    """Make this fork's chance its own, as in a new process: forks would all draw the same."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _watch(sockets: str) -> None:
    """Leave when the host is gone, and take along what the kernel started."""
    host = parent_process()
    if host is None:
        return
    connection.wait([host.sentinel])
    if sockets:
        shutil.rmtree(sockets, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _die_with_fork_server() -> None:
    """Ask Linux to kill this process when the fork server is gone."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _close_stdin() -> None:
    """Leave no terminal to read from: input() asks the front end."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def swept(folder: Path, prefix: str) -> list[Path]:
    """Remove the folders of sockets whose host is gone, and return them."""
    gone = []
    for left in folder.glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
            gone.append(left)
    return gone


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
