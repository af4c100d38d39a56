"""Folders of sockets in the folder for temporary files, which others use as well.

The process that made a folder holds a lock on a file in it, as long as it lives. That lock tells
whether the folder is still in use, also to a process in another container that shares the folder
for temporary files: it sees no process of the first, and may have one with the same number.
What is removed is one's own, marked by that file, in use by nobody, and has a name known here.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from workbench.storage.files import for_sockets

#: Begins the names of folders of sockets; the number of the host's process follows.
PREFIX = "wb-"

#: A folder's marker, on which its owner holds a lock, and what it is called until it is locked.
OWNED, _NEW = "workbench.lock", "workbench.new"

#: What lies in such a folder: the fork server's socket and its sign, or a kernel's.
_KNOWN = re.compile(rf"server|ready|kernel\.json|k-\d+|{re.escape(OWNED)}|{re.escape(_NEW)}")

_FOLDER = re.compile(rf"{PREFIX}\d+-\w+")

#: The locks of this process, by folder.
_held: dict[Path, int] = {}


def new() -> Path:
    """Return a new folder for sockets, and remove those whose owner was killed.

    Raises
    ------
    UsageError
        If there is no folder for temporary files.
    """
    place = for_sockets()
    _sweep_once(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    # It is marked only when it is locked: nobody finds it unlocked in between.
    _held[folder] = os.open(folder / _NEW, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    _locked(_held[folder])
    (folder / _NEW).rename(folder / OWNED)
    return folder


def remove(folder: Path) -> None:
    """Remove what is known in a folder of sockets, and the folder if nothing else is in it."""
    with suppress(OSError):
        for file in folder.iterdir():
            if _KNOWN.fullmatch(file.name):
                file.unlink(missing_ok=True)
        folder.rmdir()
    if folder in _held:
        os.close(_held.pop(folder))


def sweep(place: Path) -> None:
    """Remove the folders of sockets whose owner is gone."""
    for left in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = left.lstat()
            own = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
            if own and not about.st_mode & 0o077 and _FOLDER.fullmatch(left.name):
                _remove_if_free(left)


def _remove_if_free(folder: Path) -> None:
    marker = os.open(folder / OWNED, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(marker).st_mode) and _locked(marker):
            remove(folder)
    finally:
        os.close(marker)


def _locked(file: int) -> bool:
    """Lock a file for this process and return whether it did, or another process has it."""
    import fcntl  # only where there are such sockets

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@cache
def _sweep_once(place: Path) -> None:
    """Sweep a folder of temporary files, once for each process."""
    sweep(place)
