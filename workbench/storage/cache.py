"""Keeping what is slow to make, and telling quickly whether it has to be made again.

What is kept has a key: a hash of all that it was made from, which are files, tables and the code
of the package. A result is kept whole, in memory and in a file of its own (`kept`), and one that
is reckoned measure by measure also in parts (`kept_by_measure`): where a figure is corrected, the
whole has another key, but all of its parts except one are still good.

Hashing takes longer than most questions do. What has been hashed is therefore remembered with a
sign that it is still the same: of a file its size and times, of a table the memory that its cells
lie in. pandas copies on write: as long as a second holder of the cells exists, and the shallow copy
that is remembered here is one, anyone who writes into a table gets cells of his own. So the same
memory means the same cells. (Only a write through ``Series.array`` goes behind pandas' back.)
For the same reason each asker is handed a shallow copy, which he may change as he likes.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import hashlib
import math
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from filelock import FileLock

from workbench.errors import UsageError
from workbench.storage import files as reading
from workbench.storage.seal import seal, unseal

#: Lies in the project, never in a folder of data. Its files are sealed: one that came with a copied
#: project is not believed.
FOLDER = Path(__file__).resolve().parents[2] / ".cache"

#: Files that were not used for the longest time go when all of them take more bytes than this, and
#: more than so many times the largest: all that one run needs must find room together.
_MOST, _TIMES_LARGEST = 256 * 2**20, 8

#: How often files are read that change while they are.
_TRIES = 5

#: Seconds after which a folder is swept again.
_SWEPT_EVERY = 60

#: A file that is being written is this old (seconds) only when its process was killed.
_LEFT_BEHIND = 3600

#: How many results, and how many tables with their hashes, a process remembers.
_RESULTS, _REMEMBERED = 32, 48

#: How pandas calls the cells of a column of text, and of one that is missing throughout.
_TEXT = ("string", "empty")

T = TypeVar("T")
Tables = tuple[pd.DataFrame, ...]

_NOTHING = object()
_results: dict[tuple[Path, str], Any] = {}
_contents: dict[Path, tuple[tuple[int, ...], bytes]] = {}
_swept: dict[Path, float] = {}
_tables: list[tuple[pd.DataFrame, dict[str, Any]]] = []


def code() -> list[Path]:
    """Return every module of the package: what is kept must not outlive any of them."""
    return list(Path(__file__).parents[1].rglob("*.py"))


@functools.cache
def program() -> str:
    """Return a hash of the code of the package and of what it reckons with.

    It is made once: a process goes on with the code that it started with.
    """
    libraries = [f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy")]
    return digest(code(), sys.version, *libraries)


def digest(files: Iterable[Path], *facts: str) -> str:
    """Return a hash of the contents of `files`, their names, and `facts`."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    # By name first: the same files in another folder have the same hash.
    for file in sorted(files, key=lambda file: (file.name, file)):
        total.update(file.name.encode() + b"\0")
        total.update(_hash_of_file(file))
    return total.hexdigest()


def fingerprint(table: pd.DataFrame) -> str:
    """Return a hash of a table's cells, names and types of columns, and order; not of its index."""
    return _hashes(table, "")[""]


def fingerprints(table: pd.DataFrame, by: str = "measure") -> dict[str, str]:
    """Return `fingerprint` of the rows of each value of a column."""
    return _hashes(table, by)


def kept(key: str, make: Callable[[], T], folder: Path | None = None, remember: bool = True) -> T:
    """Return what was made for `key` before, or make and keep it.

    A file that cannot be read is made again; a folder that cannot be written keeps nothing. Of
    several processes that ask at once one makes it, and the others wait for its file. The caller
    may change what is returned: nobody else has it. What is asked for once in a process need not be
    remembered in it, where it would take the place of something else; the file is kept either way.
    """
    place = (folder or FOLDER, key)
    file = place[0] / f"{key}.pickle"
    found = _results.pop(place, _NOTHING)
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
    _results[place] = found  # the one that is used becomes the newest
    while len(_results) > _RESULTS:
        _results.pop(next(iter(_results)))
    return cast(T, _handed_out(found))


class MovedError(Exception):
    """Something was made from files that changed meanwhile."""


def kept_of_files(
    files: Callable[[], Iterable[Path]],
    make: Callable[[], T],
    *facts: str,
    name: str = "",
    folder: Path | None = None,
) -> T:
    """Return what is made from files, kept until one of them changes.

    What they are must not be kept for what they were: where one changes while they are read, or
    `make` raises `MovedError`, they are read again.

    Parameters
    ----------
    files : callable
        Returns them as they are now.
    make : callable
    facts : str
        What the result depends on beside.
    name : str
        What a user knows the files by.
    folder : Path, optional
        Where results are kept.

    Raises
    ------
    UsageError
        If they are changed again and again.
    """

    def made() -> T:
        with _steady(lambda: digest(files(), *facts), key):
            return make()

    for _ in range(_TRIES):
        key = digest(files(), *facts)
        with suppress(MovedError):
            return kept(key, made, folder)
    raise UsageError(
        f"The files in {name} were being changed whenever they were read. Wait until whatever "
        "writes to them is done, and try again."
    )


@contextmanager
def _steady(key: Callable[[], str], before: str) -> Iterator[None]:
    """Raise `MovedError` after a block in which a key changed, whatever came of the block."""
    try:
        yield
    except Exception:
        if key() != before:
            raise MovedError from None
        raise
    if key() != before:
        raise MovedError


def kept_by_measure(
    kind: str,
    keys: Mapping[str, str],
    make: Callable[[list[str]], Tables],
    folder: Path | None = None,
) -> dict[str, Tables]:
    """Return tables that are reckoned measure by measure; only changed measures are made again.

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
    files = {name: (folder or FOLDER) / f"{kind}-{key}.pickle" for name, key in keys.items()}
    parts = {name: _read(file) for name, file in files.items()}
    changed = [name for name, part in parts.items() if part is _NOTHING]
    if changed:
        made = [_split(_typed(table), changed) for table in make(changed)]
        for name in changed:
            parts[name] = tuple(table[name] for table in made)
            _write(files[name], parts[name])
    return parts


def of_table(table: pd.DataFrame, what: str, make: Callable[[], T]) -> T:
    """Return what was found out about a table as it is now, or find it out and remember it.

    It is kept in memory alone, and handed out as it is: nobody may change it.
    """
    known = _known(table)
    if what not in known:
        known[what] = make()
    return cast(T, known[what])


def rows_of(table: pd.DataFrame, *wanted: str, by: str = "municipality") -> pd.DataFrame:
    """Return the rows whose column `by` is one of `wanted`, in their order and with their index.

    Where they stand is found once for all values: looking through a whole table takes longer the
    more municipalities there are.
    """
    places = of_table(table, f"rows by {by}", lambda: _places(table[by]))
    parts = [places[value] for value in set(wanted) if value in places]
    if len(parts) == 1:
        return table.take(parts[0])
    return table.take(np.sort(np.concatenate([np.empty(0, dtype=np.intp), *parts])))


def _places(column: pd.Series) -> dict[str, np.ndarray]:
    """Return where each value of a column stands; a missing one is none."""
    codes, names = pd.factorize(column)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    spans = zip(names, bounds[:-1], bounds[1:], strict=True)
    return {str(name): order[first:last] for name, first, last in spans}


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other; one without rows does not change the types of others.

    Each text is one object however often it stands there: such a table takes a part of the memory,
    of the time to read it again, and of the time to fork a process that has it.
    """
    some = [table for table in tables if len(table)] or tables[:1]
    whole = pd.concat(some, ignore_index=True)
    texts = {str(name): _shared(cells) for name, cells in whole.items() if cells.dtype == "str"}
    return whole.assign(**texts)


def _shared(cells: pd.Series) -> Any:
    """Return the same texts as an array, those that are equal as the same object."""
    codes, names = pd.factorize(cells)
    return pd.api.extensions.take(pd.array(names, dtype=cells.dtype), codes, allow_fill=True)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with text where a column has no cells: among more rows it would be text."""
    untyped = [name for name in table if pd.api.types.is_object_dtype(table[name])]
    texts = [name for name in untyped if pd.api.types.infer_dtype(table[name]) in _TEXT]
    return table.astype(dict.fromkeys(texts, "str"))


def _split(table: pd.DataFrame, names: list[str]) -> dict[str, pd.DataFrame]:
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


def _hash_of_file(file: Path) -> bytes:
    """Return a hash of a file's contents, which is read again when its size or times change."""
    now = file.stat()
    signs = (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
    if file not in _contents or _contents[file][0] != signs:
        _contents[file] = signs, hashlib.sha256(reading.read(file)).digest()
    return _contents[file][1]


def _hashes(table: pd.DataFrame, by: str) -> dict[str, str]:
    """Return the hash of the rows of each value of a column, or of all rows for the name ''."""
    return of_table(table, f"hashes by {by}", lambda: _hash_rows(table, by))


def _known(table: pd.DataFrame) -> dict[str, Any]:
    """Return what has been found out about a table as it is now, to be added to."""
    at = next((at for at, (held, _) in enumerate(_tables) if _unchanged(table, held)), None)
    known = {} if at is None else _tables.pop(at)[1]
    # The shallow copy holds the cells as they are now. It is of this table even where one with the
    # same cells elsewhere was known: comparing each cell takes long, and this one may come again.
    _tables.insert(0, (table.copy(deep=False), known))
    del _tables[_REMEMBERED:]
    return known


def _hash_rows(table: pd.DataFrame, by: str) -> dict[str, str]:
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    head = repr([(str(name), str(kind)) for name, kind in table.dtypes.items()]).encode()
    if not by:
        return {"": hashlib.sha256(head + rows.tobytes()).hexdigest()}
    codes, names = pd.factorize(table[by])
    return {
        str(name): hashlib.sha256(head + rows[codes == at].tobytes()).hexdigest()
        for at, name in enumerate(names)
    }


def _unchanged(table: pd.DataFrame, held: pd.DataFrame) -> bool:
    """Return whether the cells of a table are those that were held before."""
    if table.shape != held.shape or not table.columns.equals(held.columns):
        return False
    columns = zip(table.items(), held.items(), strict=True)
    return all(_same_cells(column, other) for (_, column), (_, other) in columns)


def _same_cells(column: pd.Series, held: pd.Series) -> bool:
    if column.dtype != held.dtype:
        return False
    # Both are alive when they are compared: memory that was given back may be that of a next copy.
    here, there = _memory(column), _memory(held)
    same = all(
        one.__array_interface__ == other.__array_interface__
        for one, other in zip(here, there, strict=True)
    )
    return same or column.equals(held)


def _memory(column: pd.Series) -> list[np.ndarray]:
    """Return the arrays that a column's cells lie in, or copies where it does not show them."""
    # Whole numbers with gaps are two arrays, for which pandas has no public name.
    parts = [getattr(column.array, name, None) for name in ("_data", "_mask")]
    shown = [part for part in parts if isinstance(part, np.ndarray)]
    return shown if len(shown) == len(parts) else [column.to_numpy()]


def _read(file: Path) -> Any:
    """Return what a file holds, or `_NOTHING`; one that is used is not old."""
    try:
        # Nothing is unpickled that this user's own runs did not write.
        found = pickle.loads(unseal(file.name, file.read_bytes()))
        os.utime(file)
    except Exception:  # whatever is wrong with the file, the answer is the same
        return _NOTHING
    return found


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


def _write(file: Path, result: object) -> None:
    """Write a file that is whole or not there: written aside, then put in its place."""
    whole = seal(file.name, pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL))
    try:
        file.parent.mkdir(exist_ok=True)
        handle, aside = tempfile.mkstemp(suffix=".aside", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(whole)
            Path(aside).replace(file)
        finally:
            Path(aside).unlink(missing_ok=True)
    except OSError:
        pass


def _sweep(folder: Path) -> None:
    """Remove files that were not used for long, and what killed processes left half written.

    Now and then: looking through a full folder takes longer than writing a file.
    """
    now = time.monotonic()
    if now - _swept.get(folder, -math.inf) < _SWEPT_EVERY:
        return
    _swept[folder] = now
    try:
        for aside in (*folder.glob("*.aside"), *folder.glob("*.lock")):
            if time.time() - aside.stat().st_mtime > _LEFT_BEHIND:
                aside.unlink(missing_ok=True)
        files = [(file.stat(), file) for file in folder.glob("*.pickle")]
        total, largest = 0, max((about.st_size for about, _ in files), default=0)
        most = max(_MOST, _TIMES_LARGEST * largest)
        for about, file in sorted(files, key=lambda each: each[0].st_mtime, reverse=True):
            total += about.st_size
            if total > most:
                file.unlink(missing_ok=True)
    except OSError:  # another process sweeps at the same time
        pass
