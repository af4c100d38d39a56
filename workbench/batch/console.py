"""What a command says on whatever console there is, and how it ends when something goes wrong."""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, TextIO, cast

from workbench.errors import UsageError, WorkbenchError

#: Exit statuses of what was refused or failed without warning, and of what the user stopped.
REFUSED, STOPPED = 2, 130

#: Seconds since 1970 of 1 January 2101.
_LATEST = 4_133_980_800

#: What steers a terminal, or turns the order of letters, stands as its code.
_CONTROL = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(0xA0), 0x61C, *range(0x200E, 0x2010), *range(0x2028, 0x202F))
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp") and chr(code) not in "\n\t"
} | {code: f"\\u{code:04x}" for code in range(0x2066, 0x206A)}


def lenient() -> None:
    """Have letters that the console cannot write stand as their code, as stderr does.

    Without it a program ends at the first 'æ' where ``LANG`` or ``PYTHONIOENCODING`` says ASCII.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def print_table(text: str) -> None:
    """Write a CSV to stdout, in UTF-8 with line feeds wherever it goes but to a terminal.

    A file that the console's own encoding wrote could not be read by who gets it.
    """
    stream = getattr(sys.stdout, "stream", sys.stdout)
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
        stream.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(text)


def command(name: str, work: Callable[[], int]) -> int:
    """Do what a command does, and return its exit status: all that goes wrong is a sentence.

    Of what nobody foresaw the traceback is kept in a file, which the sentence names.

    Parameters
    ----------
    name : str
        Stands before the sentence.
    work : callable
        Returns the status where all went well enough.
    """
    _open_standard_streams()
    lenient()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Plain(stream)) for stream in before)
    try:
        today()  # libraries read what it is taken from, too, and fail at their import
        status = work()
        sys.stdout.flush()
        return status
    except WorkbenchError as error:
        said, status = str(error), REFUSED
    except KeyboardInterrupt:
        said, status = "Stopped.", STOPPED
    except Exception as error:
        said, status = _unforeseen(error), REFUSED
    finally:
        sys.stdout, sys.stderr = before
    with suppress(OSError):
        print(f"{name}: {said.translate(_CONTROL)}", file=sys.stderr, flush=True)
    return status


def terminal() -> TextIO:
    """Return stderr for what may steer it, such as a bar of progress."""
    return cast(TextIO, getattr(sys.stderr, "stream", sys.stderr))


def day(text: str) -> date:
    """Return the day that an option names.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none, or not from 1900 to 2100.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a day such as 2026-11-23') from None
    if not 1900 <= found.year <= 2100:
        raise argparse.ArgumentTypeError(f'"{text}" is not a day of the years 1900 to 2100')
    return found


def today() -> date:
    """Return the day of SOURCE_DATE_EPOCH, by which others make the same pages again, or today.

    Raises
    ------
    UsageError
        If it is not set to seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        os.environ.pop("SOURCE_DATE_EPOCH", None)  # numpy.f2py, which scipy imports, fails at ""
        return date.today()
    if not (epoch.isascii() and epoch.isdigit() and int(epoch[:20]) < _LATEST):
        raise UsageError(
            f'SOURCE_DATE_EPOCH is "{epoch[:40]}". Set it to seconds since 1970, up to the year '
            "2100, or leave it out."
        )
    return datetime.fromtimestamp(int(epoch), UTC).date()


class _Plain:
    """A stream that text from anywhere cannot steer; where it is closed, that is a sentence."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text.translate(_CONTROL))
        except BrokenPipeError:  # as of `| head`, which has read enough
            self._go_nowhere()
            return len(text)
        except OSError as error:
            raise self._closed(error) from None

    def flush(self) -> None:
        try:
            self.stream.flush()
        except BrokenPipeError:
            self._go_nowhere()
        except OSError as error:
            raise self._closed(error) from None

    def _go_nowhere(self) -> None:
        with suppress(OSError, ValueError):  # else Python fails at it once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def _closed(self, error: OSError) -> WorkbenchError:
        self._go_nowhere()
        return WorkbenchError(
            f"What this command says cannot be written: {error.strerror}. Nothing else is wrong; "
            "run it again with an output that is open."
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _open_standard_streams() -> None:
    """Let what a closed stream would take go nowhere, and not into the next file that is opened."""
    while True:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            break
        os.set_inheritable(handle, True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def _unforeseen(error: Exception) -> str:
    """Return a sentence about an error that nobody turned into one; keep the traceback."""
    said = " ".join(str(error).split())[:300]
    if isinstance(error, OSError) and error.strerror and error.filename:
        said = f"{error.filename2 or error.filename} cannot be read or written: {error.strerror}"
    kind = type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="workbench-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.writelines(traceback.format_exception(error))
        where = f"The traceback is in {file.name}."
    except OSError as full:
        where = f"The traceback could not be kept: {full.strerror}."
    return f"{said or 'It ended'} ({kind}). The workbench did not foresee this. {where}"
