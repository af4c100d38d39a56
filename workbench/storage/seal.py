"""Files that only this user's own runs can have written: each begins with a keyed hash.

What is kept in the project for later runs is believed, and unpickled. A project that was handed on
may bring such files, and a git repository may bring them later. So each carries an HMAC of its name
and content by a secret of this user, which lies outside of every project.
"""

from __future__ import annotations

import functools
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import cast

from filelock import FileLock

_SIZE = 32  # of the secret, and of a hash by SHA-256


def seal(name: str, content: bytes) -> bytes:
    """Return the content of a file of this name with its seal before it."""
    return _hash(name, content) + content


def unseal(name: str, whole: bytes) -> memoryview:
    """Return the content of a sealed file.

    Raises
    ------
    ValueError
        If this user did not seal it, or it had another name.
    """
    content = memoryview(whole)[_SIZE:]
    if not hmac.compare_digest(whole[:_SIZE], _hash(name, content)):
        raise ValueError(f"{name} was not written by this user")
    return content


def _hash(name: str, content: bytes | memoryview) -> bytes:
    key = hmac.digest(_secret(), name.encode(), "sha256")
    return hmac.digest(key, cast(bytes, content), "sha256")


@functools.cache
def _secret() -> bytes:
    """Return this user's secret, made when there is none yet that he alone can read.

    Where none can be kept, the process has one of its own, and later ones believe nothing of it.
    """
    user = os.getuid() if os.name == "posix" else 0
    try:
        file = _folder() / f"secret-{user}"
        if not _private(file, user):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(file.with_suffix(".lock")):
                if not _private(file, user):  # another process may have made it meanwhile
                    _make(file)
        return file.read_bytes()
    except (OSError, KeyError, RuntimeError):  # no home, or none to write or lock a file in
        return secrets.token_bytes(_SIZE)


def _make(file: Path) -> None:
    aside = file.with_suffix(".aside")
    aside.unlink(missing_ok=True)
    made = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "wb") as opened:
        opened.write(secrets.token_bytes(_SIZE))
    aside.replace(file)


def _private(file: Path, user: int) -> bool:
    """Return whether this is a secret, and nobody else's."""
    try:
        about = file.lstat()
    except FileNotFoundError:
        return False
    whole = stat.S_ISREG(about.st_mode) and about.st_size == _SIZE
    return whole and (os.name != "posix" or (about.st_uid == user and not about.st_mode & 0o077))


def _folder() -> Path:
    """Return where programs keep what is theirs of a user, as freedesktop.org and Windows say."""
    if os.name == "nt":
        return Path(os.environ["LOCALAPPDATA"]) / "municipal-workbench"
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # it would lie in a project, and travel with it
        state = Path.home() / ".local" / "state"
    return state / "municipal-workbench"
