"""Files that are whole or not there: each is written aside and moved in place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

#: Begins the names of files that are being written.
ASIDE = ".aside-"


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that it is whole whenever it is there.

    In a bucket (`upath.UPath`), whose objects are whole by themselves, it is put as it is.
    """
    whole = content.encode() if isinstance(content, str) else content
    if not isinstance(path, os.PathLike):
        path.write_bytes(whole)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=ASIDE, delete=False) as aside:
        name = Path(aside.name)
        try:
            aside.write(whole)
            aside.close()
            name.chmod(0o644)
            name.replace(path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def sweep(out: Path, there: Iterable[str]) -> None:
    """Remove the asides of processes that were killed; `there` are the paths below `out`."""
    for name in there:
        if name.rpartition("/")[2].startswith(ASIDE):
            (out / name).unlink(missing_ok=True)
