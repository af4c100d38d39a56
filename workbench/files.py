"""Files that are whole or not there: each is written aside and moved in place."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from workbench.errors import UsageError

#: Begins the names of files that are being written.
ASIDE = ".aside-"

_WRITTEN_ASIDE = re.compile(rf"{re.escape(ASIDE)}[0-9a-f]{{16}}")


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that it is whole whenever it is there.

    In a bucket (`upath.UPath`), whose objects are whole by themselves, it is put as it is.
    """
    whole = content.encode() if isinstance(content, str) else content
    if not isinstance(path, os.PathLike):
        path.write_bytes(whole)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f"{ASIDE}{secrets.token_hex(8)}")
    # Whoever may read it is for the user's umask to say.
    with name.open("xb") as aside:
        try:
            aside.write(whole)
            aside.close()
            name.replace(path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def temporary() -> Path:
    """Return the folder for temporary files.

    Raises
    ------
    UsageError
        If there is none that can be written to.
    """
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        raise UsageError(
            "There is no folder for temporary files that can be written to. Free some room in "
            "/tmp, or name another folder in the variable TMPDIR."
        ) from None


def sweep(out: Path, there: Iterable[str]) -> None:
    """Remove the asides of processes that were killed; `there` are the paths below `out`."""
    for name in there:
        if _WRITTEN_ASIDE.fullmatch(name.rpartition("/")[2]):
            (out / name).unlink(missing_ok=True)
