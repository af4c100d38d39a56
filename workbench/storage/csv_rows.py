"""Tables of ``data/`` that grow by a few rows at a time, written so that no row is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench.errors import UsageError
from workbench.storage.files import below, write
from workbench.storage.normalise import text

Row = dict[str, str]


def rewrite(folder: Path, file: str, change: Callable[[list[Row]], list[Row]]) -> None:
    """Write a table of a folder again with its rows changed: whole, by one writer at a time.

    `change` takes all rows as text by column, and returns those that shall stand there.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    from filelock import FileLock

    path = below(folder, folder / file)
    with FileLock(path.with_name(f".{path.name}.lock")):
        if not path.exists():
            raise UsageError(
                f"There is no {file} in {folder}. Copy data/{file} and its description in "
                "data/datapackage.json of the project there."
            )
        with path.open(encoding="utf-8-sig", newline="") as source:
            table = csv.DictReader(source)
            columns = [*map(text, table.fieldnames or [])]
            table.fieldnames = columns
            rows = list(table)
        whole = io.StringIO()
        written = csv.DictWriter(whole, columns, restval="", lineterminator="\n")
        written.writeheader()
        written.writerows(change(rows))
        write(path, whole.getvalue())


def put(rows: Sequence[Row], new: Mapping[str, str], key: Sequence[str]) -> list[Row]:
    """Return the rows with a new one in the place of that with the same key, or last."""
    same = [all(row[column] == new[column] for column in key) for row in rows]
    if not any(same):
        return [*rows, dict(new)]
    return [dict(new) if hit else row for row, hit in zip(rows, same, strict=True)]
