"""Where briefs go: a folder, or a bucket at an address such as s3://bucket/briefs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

from workbench.errors import UsageError

#: Schemes of addresses that begin with a bucket, whose slashes are easily left out.
_BUCKETS = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "r2")

#: Schemes of addresses that need not name one.
_WITHOUT_BUCKET = ("file", "local", "memory")

#: Schemes of places that keep the files that are written to them; web pages and memory do not.
_KEEP = (*_BUCKETS, "adl", "hdfs", "webhdfs", "sftp", "ssh", "smb")


def place(out: str) -> Path:
    """Return the folder of briefs; for an address such as s3://bucket/briefs, its like there.

    Raises
    ------
    UsageError
        If what speaks to such places is not installed, or it is no address of one.
    """
    scheme, mark, rest = out.partition("://")
    if (
        not (rest if mark else out).strip() or "\0" in out
    ):  # a variable of a script that was not set
        raise UsageError(
            f'"{out}" names no place for briefs. Name a folder, such as outputs, or the address '
            "of a bucket, such as s3://bucket/briefs; for the folder you stand in, a point."
        )
    if not mark:
        _refuse_half_an_address(out)
        return Path(out).absolute()  # workers stand elsewhere
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


def check(out: Path) -> None:
    """Make the folder of briefs, and refuse one that cannot be written to.

    Raises
    ------
    UsageError
        If it cannot, or there is no such bucket.
    """
    if not isinstance(out, os.PathLike):
        return _check_bucket(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(
            f"The briefs cannot be written to {out}: {said}. "
            "Name a folder that you may write to with --out."
        ) from None
    if not os.access(out, os.W_OK):
        raise UsageError(
            f"The briefs cannot be written to {out}: no permission. "
            "Name a folder that you may write to with --out."
        )


def _refuse_half_an_address(out: str) -> None:
    """Refuse s3:/bucket, which would be a folder of that name."""
    scheme, mark, rest = out.partition(":")
    if mark and scheme in _BUCKETS:
        raise UsageError(
            f"{out} is neither a folder nor an address. Write {scheme}://{rest.strip('/')} for a "
            f"bucket, or ./{out} for a folder."
        )


def _check_bucket(out: Any) -> None:
    """Refuse a bucket (`upath.UPath`) that is not there or not for this user; none is made."""
    if out.protocol not in _KEEP:
        raise UsageError(
            f"Nothing can be written to {out}: it takes no files, or does not keep them. Name a "
            f"folder, or a bucket by one of {', '.join(f'{name}://' for name in _KEEP)}."
        )
    bucket, why = out.drive, ""
    try:
        if not bucket or out.fs.exists(bucket):
            return
        out.fs.ls(bucket)  # this says why not
    except FileNotFoundError:
        why = f"there is no bucket {bucket}, and a run makes none. Check its name, or make it first"
    except Exception as error:  # each library has errors of its own
        why = f"{error}. Check the address, and what its library takes as credentials"
    if why:
        raise UsageError(f"The briefs cannot be written to {out}: {why}.")
