"""Results kept between runs, each under a key: a hash of all that it was made from.

A result is cached whole, in memory and in a file of its own (`cached`), and one that is computed
measure by measure also in parts (`cached_per_measure`): where a figure is corrected, the whole has
another key, but all of its parts except one are still good. Each asker is handed a shallow copy,
which he may change as he likes.

What is cached is believed, and unpickled. A project that was handed on may bring such files, and a
git repository may bring them later. So each file begins with a seal: an HMAC of its name and
content by a secret of this user, which lies outside of every project.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import hmac
import io
import math
import os
import pickle
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from filelock import FileLock

from workbench.errors import UsageError
from workbench.storage import files
from workbench.storage.hashing import digest, texts

#: Lies in the project, never in a folder of data.
FOLDER = Path(__file__).resolve().parents[2] / ".cache"

#: Files that were not used for the longest time go when all of them take more bytes than this, and
#: more than so many times the largest: all that one run needs must find room together.
_MOST, _TIMES_LARGEST = 256 * 2**20, 8

#: How often files are read that change while they are.
_TRIES = 5

#: Seconds after which a folder is swept again, and after which a file that is being written can
#: only be one whose process was killed.
_SWEPT_EVERY, _LEFT_BEHIND = 60, 3600

#: How many results a process remembers.
_RESULTS = 32

#: Bytes of the secret, and of a hash by SHA-256.
_SIZE = 32

#: How pandas calls the cells of a column of text, and of one that is missing throughout.
_TEXT = ("string", "empty")

#: Rows from which a column of text is written as its different texts.
_LONG = 1000

T = TypeVar("T")
Tables = tuple[pd.DataFrame, ...]

_NOTHING = object()
#: What this process remembers, the newest last.
memory: dict[tuple[Path, str], Any] = {}
_swept: dict[Path, float] = {}


class MovedError(Exception):
    """Something was made from files that changed meanwhile."""


def cached(key: str, make: Callable[[], T], folder: Path | None = None, remember: bool = True) -> T:
    """Return the result that was made for `key` before, or make and keep it.

    A file that cannot be read is made again; a folder that cannot be written keeps nothing. Of
    several processes that ask at once one makes it, and the others wait for its file. The caller
    may change what is returned: nobody else has it. What is asked for once in a process need not be
    remembered in it, where it would take the place of something else; the file is kept either way.
    """
    place = (folder or FOLDER, key)
    file = place[0] / f"{key}.pickle"
    found = memory.pop(place, _NOTHING)
    if found is _NOTHING:
        found = _read(file)
    if found is _NOTHING:
        with _alone(file):
            found = _read(file)  # another process may have made it meanwhile
            if found is _NOTHING:
                found = make()
                _write(file, found)
                _sweep(file.parent)
    if not remember:
        return cast(T, found)
    memory[place] = found  # the one that is used becomes the newest
    while len(memory) > _RESULTS:
        memory.pop(next(iter(memory)))
    return cast(T, _handed_out(found))


def cached_of_files(
    paths: Callable[[], Iterable[Path]],
    make: Callable[[], T],
    *facts: str,
    name: str = "",
    folder: Path | None = None,
) -> T:
    """Return the result that is made from files, cached until one of them changes.

    What they are must not be cached for what they were: where one changes while they are read, or
    `make` raises `MovedError`, they are read again. `paths` returns the files as they are now,
    `facts` are what the result depends on beside, and `name` is what a user knows the files by.

    Raises
    ------
    UsageError
        If they are changed again and again.
    """

    def made() -> T:
        try:
            result = make()
        except Exception:
            if digest(paths(), *facts) != key:
                raise MovedError from None
            raise
        if digest(paths(), *facts) != key:
            raise MovedError
        return result

    for _ in range(_TRIES):
        key = digest(paths(), *facts)
        with suppress(MovedError):
            return cached(key, made, folder)
    raise UsageError(
        f"The files in {name} were being changed whenever they were read. Wait until whatever "
        "writes to them is done, and try again."
    )


def cached_per_measure(
    kind: str,
    keys: Mapping[str, str],
    make: Callable[[list[str]], Tables],
    folder: Path | None = None,
) -> dict[str, Tables]:
    """Return tables that are computed measure by measure; only changed measures are made again.

    Parameters
    ----------
    kind : str
        Stands first in the names of files, of which each part has one.
    keys : mapping of str to str
        Per measure the hash of all that its rows are made from.
    make : callable
        Takes the measures that are missing and returns the tables with their rows; each has a
        column measure. Rows of other measures are left out.

    Returns
    -------
    dict of str to tuple of DataFrame
        For each measure in `keys` its rows of each table, in the order of `make`.
    """
    paths = {name: (folder or FOLDER) / f"{kind}-{key}.pickle" for name, key in keys.items()}
    parts = {name: _read(path) for name, path in paths.items()}
    changed = [name for name, part in parts.items() if part is _NOTHING]
    if changed:
        made = [_split(table, changed) for table in make(changed)]
        for name in changed:
            parts[name] = tuple(table[name] for table in made)
            _write(paths[name], parts[name])
    return parts


def _split(table: pd.DataFrame, names: list[str]) -> dict[str, pd.DataFrame]:
    """Return the rows of each measure; a column without cells is text, as it is among more rows."""
    untyped = [name for name in table if pd.api.types.is_object_dtype(table[name])]
    texts = [name for name in untyped if pd.api.types.infer_dtype(table[name]) in _TEXT]
    table = table.astype(dict.fromkeys(texts, "str"))
    groups = {str(name): rows for name, rows in table.groupby("measure", sort=False)}
    return {name: groups.get(name, table.iloc[:0]).reset_index(drop=True) for name in names}


def _handed_out(result: object) -> object:
    """Return a result so that changing it does not change what is remembered."""
    if result is None or isinstance(result, str | bytes | int | float):
        return result
    if isinstance(result, pd.DataFrame):
        return result.copy(deep=False)
    if isinstance(result, tuple):
        same = [_handed_out(part) for part in result]
        return cast(Any, type(result))(*same) if hasattr(result, "_fields") else tuple(same)
    if isinstance(result, dict):
        return {name: _handed_out(value) for name, value in result.items()}
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        parts = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
        return dataclasses.replace(result, **{k: _handed_out(part) for k, part in parts.items()})
    return copy.deepcopy(result)


def _read(file: Path) -> Any:
    """Return the result in a file, or `_NOTHING`; one that is used is not old."""
    try:
        found = pickle.loads(read_sealed(file))
        os.utime(file)
    except Exception:  # whatever is wrong with the file, the answer is the same
        return _NOTHING
    return found


class _Pickler(pickle.Pickler):
    """Writes a long column of text as its different texts and their places: quicker to read."""

    def reducer_override(self, value: Any) -> Any:
        """Return how an object is written, where not as always."""
        if not isinstance(value, pd.arrays.StringArray) or len(value) < _LONG:
            return NotImplemented
        codes, names = pd.factorize(value)
        codes = codes.astype(np.min_scalar_type(-len(names) - 1))
        return texts, (np.asarray(names, dtype=object), codes, value.dtype)


def _write(file: Path, result: object) -> None:
    content = io.BytesIO()
    _Pickler(content, protocol=pickle.HIGHEST_PROTOCOL).dump(result)
    with suppress(OSError):
        write_sealed(file, content.getvalue())


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep other processes from making the same file; where that cannot be, do without."""
    lock = FileLock(file.with_suffix(".lock"))
    try:
        file.parent.mkdir(exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        # Gone before it is let go: who waits for it finds it so, and then what it was held for.
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove files that were not used for long, and what killed processes left half written.

    Now and then: looking through a full folder takes longer than writing a file.
    """
    now = time.monotonic()
    if now - _swept.get(folder, -math.inf) < _SWEPT_EVERY:
        return
    _swept[folder] = now
    with suppress(OSError):  # another process sweeps at the same time
        for left in (*folder.glob(f"{files.ASIDE}*"), *folder.glob("*.lock")):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                left.unlink(missing_ok=True)
        found = [(file.stat(), file) for file in folder.glob("*.pickle")]
        total, largest = 0, max((about.st_size for about, _ in found), default=0)
        most = max(_MOST, _TIMES_LARGEST * largest)
        for about, file in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
            total += about.st_size
            if total > most:
                file.unlink(missing_ok=True)


def write_sealed(file: Path, content: bytes) -> None:
    """Write a file that only this user's own runs can have written."""
    files.write(file, _seal(file.name, content) + content)


def read_sealed(file: Path) -> memoryview:
    """Return the content of a sealed file.

    Raises
    ------
    ValueError
        If this user did not seal it, or it had another name.
    OSError
        If it cannot be read.
    """
    whole = file.read_bytes()
    content = memoryview(whole)[_SIZE:]
    if not hmac.compare_digest(whole[:_SIZE], _seal(file.name, content)):
        raise ValueError(f"{file.name} was not written by this user")
    return content


def _seal(name: str, content: bytes | memoryview) -> bytes:
    key = hmac.digest(secret(), name.encode(), "sha256")
    return hmac.digest(key, cast(bytes, content), "sha256")


@functools.cache
def secret() -> bytes:
    """Return this user's secret, made when there is none yet that he alone can read.

    Where none can be kept, the process has one of its own, and later ones believe nothing of it.
    """
    user = os.getuid() if os.name == "posix" else 0
    try:
        file = _state_folder() / f"secret-{user}"
        if not _is_private(file, user):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(file.with_suffix(".lock")):
                if not _is_private(file, user):  # another process may have made it meanwhile
                    handle, aside = tempfile.mkstemp(dir=file.parent)  # for this user alone
                    with os.fdopen(handle, "wb") as opened:
                        opened.write(secrets.token_bytes(_SIZE))
                    Path(aside).replace(file)
        return file.read_bytes()
    except (OSError, KeyError, RuntimeError):  # no home, or none to write or lock a file in
        return secrets.token_bytes(_SIZE)


def _is_private(file: Path, user: int) -> bool:
    """Return whether this is a secret, and nobody else's."""
    try:
        about = file.lstat()
    except FileNotFoundError:
        return False
    whole = stat.S_ISREG(about.st_mode) and about.st_size == _SIZE
    return whole and (os.name != "posix" or (about.st_uid == user and not about.st_mode & 0o077))


def _state_folder() -> Path:
    """Return the folder for a user's own files of programs, by freedesktop.org and Windows."""
    if os.name == "nt":
        return Path(os.environ["LOCALAPPDATA"]) / "municipal-workbench"
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # it would lie in a project, and travel with it
        state = Path.home() / ".local" / "state"
    return state / "municipal-workbench"
