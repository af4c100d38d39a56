"""How processes start here: forked from `multiprocessing`'s fork server, which has `warm` loaded.

Where there is none to trust, as on macOS and Windows, they start from scratch.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import forkserver
from multiprocessing.util import Finalize
from pathlib import Path
from types import ModuleType

from workbench.storage.files import for_sockets

#: How workers start. macOS has a fork server, too, but its libraries do not survive a fork.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"

#: The folder of the package. Workers stand there, and not where the user does: a file there, which
#: somebody handed over, could be imported in place of a library.
HOME = Path(__file__).resolve().parents[2]

#: What decides how numbers are worked out and text is ordered: the same in all processes.
STEADY = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

#: What the fork server must have from its start. A pool of threads does not survive a fork; and a
#: brief is soon over: what it no longer needs is not handed back to the system, to be asked for
#: again page by page (mallopt(3); other systems than Linux with glibc ignore it).
_FROM_THE_START = STEADY | {
    "MKL_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONSAFEPATH": "1",
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(256 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}

#: What jsonschema reads addresses and spans of time by, which no notebook holds; it does without.
#: The first takes 2.5 s to import (python-jsonschema 1428), the second 0.05 s.
_PARSERS = ("rfc3987_syntax", "isoduration")

#: Begins the names of folders for the sockets of fork servers.
_PREFIX = "wb-"


def begin() -> None:
    """Start the fork server, which then loads by itself; the first worker would start it, too."""
    if METHOD == "forkserver":
        forkserver.set_forkserver_preload(["workbench.batch.warm"])
        with apart():
            forkserver.ensure_running()


def import_jsonschema() -> None:
    """Import jsonschema, which checks notebooks, without parsers that no notebook needs.

    Anyone who wants one of them for himself still gets it.
    """
    left_out = [name for name in _PARSERS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]
    try:
        with suppress(ImportError):
            importlib.import_module("jsonschema")
    finally:
        for name in left_out:
            sys.modules.pop(name, None)


def die_with_parent() -> None:
    """Ask Linux to kill this process when the one that forked it is gone."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def give_back() -> None:
    """Hand back to the system what was freed and is kept for later; glibc alone can be asked to."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def single_threaded() -> bool:
    """Return whether this process may be forked: a lock that another thread holds stays locked."""
    return len(list(Path("/proc/self/task").iterdir())) == 1


@contextmanager
def apart() -> Iterator[None]:
    """Let a process start with nothing of this one that it could trip over.

    It imports neither from the folder that the user stands in nor the host's own program; and its
    socket lies where the name is short enough.
    """
    path = [folder for folder in sys.path if folder]
    path = path if str(HOME) in path else [str(HOME), *path]
    given = _FROM_THE_START | {"PYTHONPATH": os.pathsep.join(path)}
    usual = {name: os.environ.get(name) for name in given}
    before = sys.path[:], sys.modules["__main__"], tempfile.tempdir
    os.environ.update(given)
    sys.path[:], sys.modules["__main__"] = path, ModuleType("__main__")
    tempfile.tempdir = socket_folder() if METHOD == "forkserver" else tempfile.tempdir
    try:
        yield
    finally:
        sys.path[:], sys.modules["__main__"], tempfile.tempdir = before
        for name, value in usual.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@cache
def socket_folder() -> str:
    """Return a new folder for the fork server's socket, and remove those whose host was killed.

    A host holds a lock on its folder as long as it lives. That tells whether the folder is still in
    use, also to a process in another container, which sees no process of this one.
    """
    import fcntl  # only where there are such sockets

    place = for_sockets()
    for left in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(held).st_uid == os.getuid():
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(left)
            finally:
                os.close(held)
    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)
    # After multiprocessing has removed what it has in there.
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=-200)
    return folder


def _remove(folder: Path) -> None:
    """Remove what `multiprocessing` put into a folder, and the folder if nothing else is in it."""
    for inner in folder.glob("pymp-*"):  # without it its host may be about to lock it
        for file in inner.glob("listener-*"):
            file.unlink()
        inner.rmdir()
        folder.rmdir()
