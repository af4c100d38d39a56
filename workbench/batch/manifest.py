"""What a folder of briefs says of itself: from what each file was made, and what it then held.

A small file for each thing that was made, in ``.state/``, written when it is done, so that a run
that is killed loses no more than what it had in hand. A file that was edited by hand, cut short or
removed is found out by size and time, and where these differ by its hash; an entry that cannot be
read counts as none, and its files are made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import UsageError
from workbench.storage import files

#: Folder of the ledgers, beside those of the briefs.
STATE = ".state"

#: The hashes that an entry consists of.
_WORDS = ("key", "executed")

#: Making one thing takes less (seconds); what says otherwise was not written by a run.
_LONGEST = 1e7

#: The ledger of what is made once for all municipalities.
SHARED = "all"


#: Size and time of files by their path, as `listing` returns them.
Listing = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class File:
    """A file as it was written."""

    hash: str  #: SHA-256 of its bytes
    size: int  #: bytes
    #: nanoseconds of its last change; in a bucket a number for its entity tag or time (`_mark`)
    time: int = 0


@dataclass(frozen=True)
class Entry:
    """What one thing was made from, and its files."""

    key: str  #: hash of all that it was made from
    files: Mapping[str, File]  #: by path below the folder of briefs
    executed: str = ""  #: hash of what decides its executed notebook; '' where there is none
    seconds: float = 0.0  #: how long making it took


@dataclass(frozen=True)
class Ledger:
    """What a folder of briefs says of one municipality; `read` and `read_all` get it."""

    out: Path  #: the folder of all briefs, or its like in a bucket
    name: str  #: the municipality's folder, or `SHARED`
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def current(self, what: str, key: str, there: Listing) -> bool:
        """Return whether something is there as it was made, from what `key` stands for.

        `there` is as `listing` returns it.
        """
        entry = self.entries.get(what)
        return entry is not None and entry.key == key and self.whole(entry, there)

    def executed(self, what: str, key: str, there: Listing) -> bool:
        """Return whether the executed notebook is there as it was, made from what `key` is of."""
        entry = self.entries.get(what)
        if entry is None or entry.executed != key:
            return False
        notebooks = {path: file for path, file in entry.files.items() if path.endswith(".ipynb")}
        return bool(notebooks) and self.whole(Entry(key, notebooks), there)

    def whole(self, entry: Entry, there: Listing) -> bool:
        """Return whether all files of an entry are as they were written."""
        return all(
            path in there and _same(self.out / path, file, there[path])
            for path, file in entry.files.items()
        )


def note(out: Path, name: str, what: str, entry: Entry) -> None:
    """Write down what something was made from; processes may do so side by side."""
    text = json.dumps(asdict(entry), indent=1) + "\n"
    files.write(out / STATE / name / f"{what}.json", text)


def read(out: Path, name: str) -> Ledger:
    """Return the ledger of a municipality; an empty one where there is none."""
    files = {path.name: path for path in (out / STATE / name).glob("*.json")}
    return _ledger(out, name, {what: _bytes(path) for what, path in files.items()})


def read_all(out: Path, there: Iterable[str], but: Container[str] = ()) -> dict[str, Ledger]:
    """Return the ledgers of a folder by their names.

    `there` has the paths of all its files; the names in `but` are left out.
    """
    paths = [path for path in there if path.startswith(f"{STATE}/") and path.endswith(".json")]
    paths = [path for path in paths if path.count("/") == 2 and path.split("/")[1] not in but]
    held = contents(out, paths)
    parts: dict[str, dict[str, bytes]] = {}
    for path, content in held.items():
        _, name, what = path.split("/")
        parts.setdefault(name, {})[what] = content
    return {name: _ledger(out, name, part) for name, part in parts.items()}


def contents(out: Any, paths: Sequence[str]) -> dict[str, bytes]:
    """Return what files below a folder hold; objects of a bucket are asked for many at a time.

    What cannot be read counts as empty, or is left out.
    """
    if isinstance(out, os.PathLike):
        return {path: _bytes(Path(out) / path) for path in paths}
    root = out.path.rstrip("/")
    found = out.fs.cat([f"{root}/{path}" for path in paths], on_error="omit") if paths else {}
    return {name.removeprefix(f"{root}/"): content for name, content in found.items()}


def _bytes(path: Path) -> bytes:
    try:
        return files.read(path)
    except (OSError, UsageError):
        return b""


def _ledger(out: Path, name: str, held: Mapping[str, bytes]) -> Ledger:
    entries = {what.removesuffix(".json"): _entry(content) for what, content in held.items()}
    return Ledger(out, name, {what: entry for what, entry in entries.items() if entry})


def _entry(content: bytes) -> Entry | None:
    """Return what an entry says; None where it is not as `note` writes it."""
    try:
        parsed = json.loads(content)
        made = {
            str(path): File(str(one["hash"]), int(one["size"]), int(one["time"]))
            for path, one in parsed["files"].items()
        }
        words = {name: str(parsed[name]) for name in _WORDS}
        seconds = float(parsed["seconds"])
        return Entry(files=made, seconds=seconds, **words) if 0 <= seconds < _LONGEST else None
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError):
        return None


def written(out: Path, contents: Mapping[Path, str | bytes]) -> dict[str, File]:
    """Return files as they were just written, by their paths below `out`."""
    found, times = {}, _times(out, [*contents])
    for path, content in contents.items():
        whole = content.encode() if isinstance(content, str) else content
        name = path.relative_to(out).as_posix()
        found[name] = File(hashlib.sha256(whole).hexdigest(), len(whole), times[path])
    return found


def _times(out: Path, paths: Sequence[Path]) -> dict[Path, int]:
    """Return the time of each file, or its mark in a bucket, which is asked once for several."""
    if isinstance(out, os.PathLike):
        return {path: path.stat().st_mtime_ns for path in paths}
    folder = min((path.parent for path in paths), key=lambda path: len(path.parts))
    if len(paths) == 1 or folder == out:  # the folder of all is much to list
        return {path: _marked(path) for path in paths}
    there = _remote(folder)
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    return {path: there.get(name, (0, 0))[1] for path, name in names.items()}


def listing(out: Path) -> Listing:
    """Return size and time of every file below a folder, by path; as `File` tells of them.

    Raises
    ------
    UsageError
        If a symbolic link is among them, through which one would write somewhere else, or a pipe
        or a device, which may never end.
    """
    if not isinstance(out, os.PathLike):
        return _remote(out)
    found: Listing = {}
    waiting = [(str(out), "")]
    while waiting:
        folder, name = waiting.pop()
        with suppress(FileNotFoundError), os.scandir(folder) as inside:
            for item in inside:
                if item.is_symlink():
                    files.below(out, out / name / item.name)
                elif item.is_dir():
                    waiting.append((item.path, f"{name}{item.name}/"))
                else:
                    with suppress(FileNotFoundError):
                        facts = item.stat()
                        size = files.check(out / name / item.name, facts, sys.maxsize)
                        found[f"{name}{item.name}"] = (size, facts.st_mtime_ns)
    return found


def _remote(out: Any) -> Listing:
    """Return what a bucket holds, asked for in one go; `out` is a `upath.UPath`."""
    out.fs.invalidate_cache()
    try:
        known = out.fs.find(out.path, detail=True)
    except FileNotFoundError:
        return {}
    root = out.path.rstrip("/")
    return {
        name.removeprefix(f"{root}/"): (int(facts["size"]), _mark(facts))
        for name, facts in known.items()
    }


def _marked(path: Any) -> int:
    path.fs.invalidate_cache()
    return _mark(path.fs.info(path.path))


def _mark(facts: Mapping[str, Any]) -> int:
    """Return a number for an object's last change in a bucket; 0 where it has none.

    The entity tag where there is one, as in S3, else a time: each kind of bucket has its own name.
    """
    names = ("ETag", "etag", "md5Hash", "LastModified", "updated", "mtime", "created")
    tag = next((str(facts[name]) for name in names if facts.get(name)), "")
    return int(hashlib.sha256(tag.encode()).hexdigest()[:15], 16) if tag else 0


def _same(path: Path, file: File, now: tuple[int, int]) -> bool:
    size, time = now
    if size != file.size:
        return False
    if time == file.time:
        return True
    # Copied, or touched: what it holds decides.
    return hashlib.sha256(files.read(path, files.MOST_TOGETHER)).hexdigest() == file.hash
