"""The assessments of all municipalities in one table, ``components_all.csv``, beside the portal.

It is put together from the ``components.csv`` that lie there, of this run and of earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from workbench.batch import manifest
from workbench.briefs.pieces import FILES
from workbench.export.columns import COLUMNS
from workbench.storage import hashing

if TYPE_CHECKING:
    from workbench.batch.site import Run

NAME = "components_all.csv"


def there(run: Run) -> bool:
    """Return whether the table lies beside the portal."""
    return bool((run.out / NAME).is_file())


def write(run: Run, force: bool = False) -> list[str]:
    """Write the table if it would be another; return what failed, a line each.

    Files with other columns, as another version made them, are left out until they are made again.
    """
    held, known = manifest.listing(run.out), manifest.read(run.out, manifest.SHARED)
    folders = {run.folder(number).name for number in run.names}
    parts = sorted(
        path
        for path in held
        if path.endswith(f"/{FILES['components']}") and path.rpartition("/")[0] in folders
    )
    key = hashing.digest([], *(f"{path} {held[path]}" for path in parts))
    if not parts or (not force and known.current(NAME, key, held)):
        return []
    return run.write(run.out / NAME, NAME, key, partial(_table, run, parts))


def _table(run: Run, parts: Sequence[str]) -> bytes:
    content = manifest.contents(run.out, parts)
    split = [content.get(path, b"").partition(b"\n") for path in parts]
    head = ",".join(COLUMNS["components"]).encode()
    return head + b"\n" + b"".join(rest for first, _, rest in split if first == head)
