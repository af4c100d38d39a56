"""Hashes of files and tables, and what was found out about a table, remembered while it is so.

Hashing takes longer than most questions do. What has been hashed is therefore remembered with a
sign that it is still the same: of a file its size and times, of a table the memory that its cells
lie in. pandas copies on write: as long as a second holder of the cells exists, and the shallow copy
that is remembered here is one, anyone who writes into a table gets cells of his own. So the same
memory means the same cells. (Only a write through ``Series.array`` goes behind pandas' back.)
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from workbench.storage import files

#: How many tables a process remembers, with what was found out about them.
_REMEMBERED = 48

T = TypeVar("T")

_contents: dict[Path, tuple[tuple[int, ...], bytes]] = {}
_tables: list[tuple[pd.DataFrame, dict[str, Any]]] = []


def package_files() -> list[Path]:
    """Return every module of the package: no result may outlive any of them."""
    return list(Path(__file__).parents[1].rglob("*.py"))


@functools.cache
def program() -> str:
    """Return a hash of the package's code and of the libraries that it computes and draws with.

    It is made once: a process goes on with the code that it started with.
    """
    libraries = [f"{name} {version(name)}" for name in ("matplotlib", "numpy", "pandas", "scipy")]
    return digest(package_files(), sys.version, *libraries)


def digest(paths: Iterable[Path], *facts: str) -> str:
    """Return a hash of the names and contents of files, and of `facts`."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    # By name first: the same files in another folder have the same hash.
    for path in sorted(paths, key=lambda path: (path.name, path)):
        total.update(path.name.encode() + b"\0")
        total.update(_hash_of_file(path))
    return total.hexdigest()


def _hash_of_file(path: Path) -> bytes:
    """Return a hash of a file's contents, which is read again when its size or times change."""
    now = path.stat()
    signs = (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
    if path not in _contents or _contents[path][0] != signs:
        _contents[path] = signs, hashlib.sha256(files.read(path)).digest()
    return _contents[path][1]


def fingerprint(table: pd.DataFrame) -> str:
    """Return a hash of a table's cells, names and types of columns, and order; not of its index."""
    return of_table(table, "hash", lambda: _hash_rows(table, ""))[""]


def fingerprints(table: pd.DataFrame, by: str = "measure") -> dict[str, str]:
    """Return `fingerprint` of the rows of each value of a column."""
    return of_table(table, f"hashes by {by}", lambda: _hash_rows(table, by))


def _hash_rows(table: pd.DataFrame, by: str) -> dict[str, str]:
    rows = of_rows(table)
    head = repr([(str(name), str(kind)) for name, kind in table.dtypes.items()]).encode()
    if not by:
        return {"": hashlib.sha256(head + rows.tobytes()).hexdigest()}
    codes, names = pd.factorize(table[by])
    return {
        str(name): hashlib.sha256(head + rows[codes == at].tobytes()).hexdigest()
        for at, name in enumerate(names)
    }


def of_rows(table: pd.DataFrame) -> np.ndarray:
    """Return a hash of the values of each row."""
    return of_table(
        table, "rows", lambda: pd.util.hash_pandas_object(table, index=False).to_numpy()
    )


def of_table(table: pd.DataFrame, what: str, make: Callable[[], T]) -> T:
    """Return a finding about a table as it is now, or find it out and remember it.

    It is held in memory alone, and handed out as it is: nobody may change it.
    """
    at = next((at for at, (held, _) in enumerate(_tables) if _unchanged(table, held)), None)
    known = {} if at is None else _tables.pop(at)[1]
    # The shallow copy holds the cells as they are now.
    _tables.insert(0, (table.copy(deep=False), known))
    del _tables[_REMEMBERED:]
    if what not in known:
        known[what] = make()
    return cast(T, known[what])


def _unchanged(table: pd.DataFrame, held: pd.DataFrame) -> bool:
    """Return whether the cells of a table lie where those lay that were held before."""
    if table.shape != held.shape or not table.columns.equals(held.columns):
        return False
    # A Series per column takes ten times as long; for whole arrays pandas has no public name.
    here, there = (cast(Any, one)._mgr for one in (table, held))
    return (
        len(here.arrays) == len(there.arrays)
        and np.array_equal(here.blknos, there.blknos)
        and np.array_equal(here.blklocs, there.blklocs)
        and all(map(_same_memory, here.arrays, there.arrays))
    )


def _same_memory(array: Any, held: Any) -> bool:
    # Both are alive when they are compared: memory that was given back may be that of a next copy.
    here, there = _parts(array), _parts(held)
    same = [one.__array_interface__ for one in here] == [one.__array_interface__ for one in there]
    return array.dtype == held.dtype and bool(here) and same


def _parts(array: Any) -> list[np.ndarray]:
    """Return the arrays that the cells of one lie in; none where it does not show them."""
    parts = [array, *(getattr(array, name, None) for name in ("_ndarray", "_data", "_mask"))]
    return [part for part in parts if isinstance(part, np.ndarray)]


def select_rows(table: pd.DataFrame, *wanted: str, by: str = "municipality") -> pd.DataFrame:
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
    return texts(pd.array(names, dtype=cells.dtype).to_numpy(), codes, cells.dtype)


def texts(names: np.ndarray, codes: np.ndarray, kind: Any) -> Any:
    """Return an array of the texts at the places `codes` of `names`; -1 is a missing one."""
    return pd.api.extensions.take(pd.array(names, dtype=kind), codes, allow_fill=True)
