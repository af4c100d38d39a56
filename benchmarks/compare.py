"""What differs between the briefs of two builds, but for what each says of its own making.

    python benchmarks/compare.py before/outputs after/outputs

prints each file that is in one folder alone or has other bytes, with the first line that differs,
and ends with status 1 if there is any. Hashes in heads and the notes of a run are left out.
"""

from __future__ import annotations

import re
import sys
import zipfile
from itertools import zip_longest
from pathlib import Path

#: Where a page or a description says by which hash it was made.
_KEY = re.compile(rb'(name="workbench-key" content=|"(?:key|basis|figures)": )"[0-9a-f]*"')

#: Notes of a run: times, hashes, orders.
_NOTES = {"run.json", ".state"}


def main() -> int:
    """Compare the two folders that the command line names."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    before, after = (contents(Path(folder)) for folder in sys.argv[1:])
    differing = 0
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            differing += 1
            print(f"{name}: {difference(before.get(name), after.get(name))}")
    print(f"{len(before)} and {len(after)} files, {differing} differ")
    return int(differing > 0)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder that must be the same."""
    found = {}
    for file in folder.rglob("*"):
        parts = file.relative_to(folder).parts
        if file.is_file() and not _NOTES & {*parts}:
            found["/".join(parts)] = _KEY.sub(rb'\1""', unpacked(file))
    return found


def unpacked(file: Path) -> bytes:
    """Return a file; of a workbook its parts, one after the other."""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with zipfile.ZipFile(file) as parts:
        return b"\n".join(name.encode() + b"\n" + parts.read(name) for name in parts.namelist())


def difference(one: bytes | None, other: bytes | None) -> str:
    """Return in a line what differs first."""
    if one is None or other is None:
        return "is in one folder alone"
    lines = zip_longest(one.splitlines(), other.splitlines(), fillvalue=b"")
    at, (left, right) = next((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1])
    return f"line {at}: {left[:80]!r} / {right[:80]!r}"


if __name__ == "__main__":
    sys.exit(main())
