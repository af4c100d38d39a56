"""The assessments of all municipalities in one table, ``components_all.csv``, beside the portal.

It is put together from the ``components.csv`` that lie there, of this run and of earlier ones.
Where the extra ``parquet`` is set up, ``components_all.parquet`` holds the same with types.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.batch import manifest
from workbench.briefs.pieces import FILES
from workbench.export.columns import COLUMNS
from workbench.storage import hashing

if TYPE_CHECKING:
    from workbench.batch.manifest import Listing
    from workbench.batch.site import Run

NAME = "components_all.csv"
PARQUET = "components_all.parquet"

#: What DuckDB calls the types of columns.
_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


def there(run: Run) -> bool:
    """Return whether the table lies beside the portal."""
    return bool((run.out / NAME).is_file())


def write(run: Run, force: bool = False, there: Listing | None = None) -> list[str]:
    """Write the tables that would be others; return what failed, a line each.

    Files with other columns, as another version made them, are left out until they are made again.
    `there` is what lies in the folder, as `manifest.listing` returns it, where that is known.
    """
    held = manifest.listing(run.out) if there is None else there
    known = manifest.read(run.out, manifest.SHARED)
    folders = {run.folder(number).name for number in run.names}
    parts = sorted(
        path
        for path in held
        if path.endswith(f"/{FILES['components']}") and path.rpartition("/")[0] in folders
    )
    key = hashing.digest([], *(f"{path} {held[path]}" for path in parts))
    table = cache(partial(_table, run, parts))
    makers: dict[str, Callable[[], bytes]] = {NAME: table}
    if find_spec("duckdb"):
        makers[PARQUET] = lambda: _parquet(table())
    elif PARQUET in held and not known.current(PARQUET, key, held):
        (run.out / PARQUET).unlink()  # nobody could tell that it is of earlier figures
    failed = []
    for name, make in makers.items() if parts else ():
        if force or not known.current(name, key, held):
            failed += run.write(run.out / name, name, key, make)
    return failed


def _table(run: Run, parts: Sequence[str]) -> bytes:
    content = manifest.contents(run.out, parts)
    head = ",".join(COLUMNS["components"]).encode() + b"\r\n"
    found = [content.get(path, b"") for path in parts]
    return head + b"".join(file.removeprefix(head) for file in found if file.startswith(head))


def _parquet(table: bytes) -> bytes:
    import duckdb

    columns = {name: _TYPES[column.type] for name, column in COLUMNS["components"].items()}
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / NAME, Path(folder) / PARQUET
        source.write_bytes(table)
        rows = duckdb.connect().read_csv(
            str(source), header=True, auto_detect=False, columns=columns
        )
        rows.write_parquet(str(made), compression="zstd")
        return made.read_bytes()
