"""Keeping what is slow to make and depends on files only."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

#: Lies in the project, never in a folder of data: what is read from it was written here.
FOLDER = Path(__file__).resolve().parents[1] / ".cache"
_KEPT = 24

T = TypeVar("T")


def code() -> list[Path]:
    """Return every module of the package: what is kept must not outlive any of them."""
    return list(Path(__file__).parent.rglob("*.py"))


def digest(files: Iterable[Path], *facts: str) -> str:
    """Return a hash of the contents of `files`, their names, and `facts`."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in sorted(files):
        total.update(file.name.encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def kept(key: str, make: Callable[[], T], folder: Path = FOLDER) -> T:
    """Return what was made for `key` before, or make and keep it.

    A file that cannot be read is made again; a folder that cannot be written keeps nothing.
    """
    file = folder / f"{key}.pickle"
    try:
        return pickle.loads(file.read_bytes())
    except Exception:  # whatever is wrong with the file, the answer is the same
        made = make()
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as whole:
            whole.write(pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        Path(whole.name).replace(file)
        _forget(folder)
    except OSError:
        pass
    return made


def _forget(folder: Path) -> None:
    files = sorted(folder.glob("*.pickle"), key=lambda f: f.stat().st_mtime, reverse=True)
    for old in files[_KEPT:]:
        old.unlink(missing_ok=True)
