"""Files from anywhere, read with care; files that are whole or not there; and where they may go.

What is read is a regular file of a size that was stated before; a device or a pipe, which may
never end, is refused by name. Each file that is written is written aside and moved in place. What
is written may go to a folder, or to a bucket at an address such as s3://bucket/briefs.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from workbench.errors import UsageError

#: Begins the names of files that are being written.
ASIDE = ".aside-"

_WRITTEN_ASIDE = re.compile(rf"{re.escape(ASIDE)}[0-9a-f]{{16}}")

#: What a bucket has to say that a file is, by its ending: a browser shows nothing else as a page.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

#: How the libraries that speak to buckets call that, by the scheme of an address.
_TYPED = {"s3": "ContentType", "s3a": "ContentType", "gs": "content_type", "gcs": "content_type"}

#: Schemes of addresses that begin with a bucket, whose slashes are easily left out; of those that
#: need not name one; and of places that keep the files that are written to them.
_BUCKETS = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "r2")
_WITHOUT_BUCKET = ("file", "local", "memory")
_KEEP = (*_BUCKETS, "adl", "hdfs", "webhdfs", "sftp", "ssh", "smb")

#: Most bytes of a file, and of all files of a folder; the project's largest table has a thirtieth.
MOST, MOST_TOGETHER = 32 * 2**20, 512 * 2**20

#: Bytes of the path of a folder for sockets: that of a socket may have 103, and Chromium's has 43
#: below its folder, a kernel's 28.
_LONGEST = 60

#: Where sockets go if the folder for temporary files has a longer one.
_SHORT = (Path("/tmp"), Path("/var/tmp"))

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read(path: Path, limit: int = MOST, root: Path | None = None) -> bytes:
    """Return the content of a file, which must lie `below` a root where one is given.

    Raises
    ------
    UsageError
        If it is no regular file, has more bytes than the limit, or does not lie there.
    OSError
        If it cannot be opened.
    """
    if root is not None:
        below(root, path)
    if not isinstance(path, os.PathLike):
        return path.read_bytes()
    check(path, path.stat(), limit)  # opening a device may do something already
    flags = ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY")  # where the system has them
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
    with os.fdopen(handle, "rb") as file:
        check(path, os.fstat(handle), limit)
        content = file.read(limit + 1)
    if len(content) > limit:  # it grows while it is read
        raise _too_large(path, limit)
    return content


def below(root: Path, path: Path) -> Path:
    """Return a path after a look that it lies in a folder, with no symbolic link on the way.

    The folder itself may be a link: its owner named it. In a bucket there are no links.

    Raises
    ------
    UsageError
        If it lies elsewhere, or a part of it is a symbolic link.
    """
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ("..",)
    if ".." in parts:
        raise UsageError(f"{path} does not lie in {root}. Nothing outside of that folder is used.")
    if not isinstance(path, os.PathLike):
        return path
    at = root
    for part in parts:
        at = at / part
        if at.is_symlink():
            where = "" if at.exists() else ", which is not there,"
            raise UsageError(
                f"{at} is a symbolic link to {at.readlink()}{where} and is not followed. Put the "
                "file itself in its place, or remove it."
            )
    return path


def found(root: Path, *patterns: str) -> list[Path]:
    """Return the files of a folder, none of which is a link or too large.

    Raises
    ------
    UsageError
        If one is no regular file, all of them together are too large, or the folder has no name
        that can be.
    """
    try:
        paths = [path for pattern in patterns for path in root.glob(pattern)]
    except OSError as error:  # such as a name that is too long
        raise UsageError(f"{root} cannot be read: {error.strerror}. Name another folder.") from None
    for folder in {path.parent for path in paths}:
        below(root, folder)
    about = {path: path.lstat() for path in paths}
    for path in paths:
        if stat.S_ISLNK(about[path].st_mode):
            below(root, path)  # says where it leads
    together = sum(check(path, about[path], MOST) for path in paths)
    if together > MOST_TOGETHER:
        raise UsageError(
            f"The files in {root} have {together // 2**20:,} MB together, more than the "
            f"{MOST_TOGETHER // 2**20:,} MB that are read. Leave out what is no table."
        )
    return paths


def check(path: Path, about: os.stat_result, limit: int) -> int:
    """Return the size of a regular file.

    Raises
    ------
    UsageError
        If it is a pipe, a device or the like, or larger.
    """
    kind = stat.S_IFMT(about.st_mode)
    if kind != stat.S_IFREG:
        raise UsageError(f"{path} is {_KINDS.get(kind, 'no file')}. A file is wanted there.")
    if about.st_size > limit:
        raise _too_large(path, limit)
    return about.st_size


def _too_large(path: Path, limit: int) -> UsageError:
    return UsageError(f"{path} is larger than {limit / 2**20:,.0f} MB, and is not read.")


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that it is whole whenever it is there.

    In a bucket (`upath.UPath`), whose objects are whole by themselves, it is put as it is, with
    its content type.
    """
    whole = content.encode() if isinstance(content, str) else content
    if not isinstance(path, os.PathLike):
        scheme, kind = _TYPED.get(path.protocol), _TYPES.get(path.suffix)
        path.fs.pipe_file(path.path, whole, **({scheme: kind} if scheme and kind else {}))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f"{ASIDE}{secrets.token_hex(8)}")
    # Who may read it is for the user's umask to say.
    try:
        opened = name.open("xb")
    except OSError as error:  # the user knows the file by its own name
        raise OSError(error.errno, error.strerror, str(path)) from None
    with opened as aside:
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


def for_sockets() -> Path:
    """Return the folder for temporary files, or one with a shorter name where sockets need that.

    The path of a socket may have about a hundred bytes, while batch systems name folders for
    temporary files after user, job and node.

    Raises
    ------
    UsageError
        If there is none that can be written to.
    """
    place = temporary()
    for short in (place, *_SHORT):
        if len(os.fsencode(short)) <= _LONGEST and os.access(short, os.W_OK | os.X_OK):
            return short
    raise UsageError(
        f"The name of the folder for temporary files, {place}, is too long for sockets, and "
        f"{' and '.join(map(str, _SHORT))} cannot be written to. Name a folder of at most "
        f"{_LONGEST} signs in the variable TMPDIR."
    )


def sweep(out: Path, listing: Iterable[str]) -> None:
    """Remove the asides of processes that were killed; `listing` are the paths below `out`."""
    for name in listing:
        if _WRITTEN_ASIDE.fullmatch(name.rpartition("/")[2]):
            (out / name).unlink(missing_ok=True)


def destination(out: str) -> Path:
    """Return the folder that is named, or its like in a bucket for an address.

    Raises
    ------
    UsageError
        If what speaks to such places is not installed, or it is no address of one.
    """
    scheme, mark, rest = out.partition("://")
    # A variable of a script that was not set leaves nothing.
    if not (rest if mark else out).strip() or "\0" in out:
        raise UsageError(
            f'"{out}" names no place for briefs. Name a folder, such as outputs, or the address '
            "of a bucket, such as s3://bucket/briefs; for the folder you stand in, a point."
        )
    if not mark:
        scheme, colon, rest = out.partition(":")
        if colon and scheme in _BUCKETS:  # it would be a folder of that name
            raise UsageError(
                f"{out} is neither a folder nor an address. Write {scheme}://{rest.strip('/')} "
                f"for a bucket, or ./{out} for a folder."
            )
        try:
            return Path(out).expanduser().absolute()  # workers stand elsewhere
        except RuntimeError:
            raise UsageError(
                f'"{out}" is in the home of a user who is not known. Name the folder from its root '
                "on, or as ./~... if it is called that."
            ) from None
    parts = rest.removesuffix("/").split("/")
    if scheme not in _WITHOUT_BUCKET and {"", ".", ".."}.intersection(parts):
        raise UsageError(
            f"{out} is not the address of a bucket: it has the form {scheme}://bucket or "
            f"{scheme}://bucket/folder, and no part of it is empty or made of points alone."
        )
    try:
        from upath import UPath

        found = UPath(out)
        return Path(found) if isinstance(found, os.PathLike) else cast(Path, found)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"Nothing can be written to {out}: {error}. Name a folder, or install what speaks to "
            "such places: the extra `scale`, and beside it s3fs for s3://."
        ) from None


def check_destination(out: Path) -> None:
    """Make the folder of briefs, and refuse one that cannot be written to.

    Raises
    ------
    UsageError
        If it cannot, or there is no such bucket.
    """
    why = ""
    if not isinstance(out, os.PathLike):
        why = _check_bucket(out)
    else:
        name_another = "Name a folder that you may write to with --out"
        try:
            out.mkdir(parents=True, exist_ok=True)
            if not os.access(out, os.W_OK):
                why = f"no permission. {name_another}"
        except (OSError, ValueError) as error:
            why = f"{getattr(error, 'strerror', None) or error}. {name_another}"
    if why:
        raise UsageError(f"The briefs cannot be written to {out}: {why}.")


def _check_bucket(out: Any) -> str:
    """Return why nothing can be written to a bucket (`upath.UPath`), or ''; none is made."""
    if out.protocol not in _KEEP:
        raise UsageError(
            f"Nothing can be written to {out}: it takes no files, or does not keep them. Name a "
            f"folder, or a bucket by one of {', '.join(f'{name}://' for name in _KEEP)}."
        )
    bucket = out.drive
    try:
        if bucket and not out.fs.exists(bucket):
            out.fs.ls(bucket)  # this says why not
    except FileNotFoundError:
        return (
            f"there is no bucket {bucket}, and a run makes none. Check its name, or make it first"
        )
    except Exception as error:  # each library has errors of its own
        return f"{error}. Check the address, and what its library takes as credentials"
    return ""
