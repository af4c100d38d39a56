"""Calls beside a process, which leave nothing in it."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from workbench.batch import elsewhere, fork_server
from workbench.errors import WorkbenchError

if sys.platform != "linux":
    pytest.skip("workers are forked on Linux", allow_module_level=True)


def bucket() -> Path:
    from upath import UPath

    return cast(Path, UPath("memory://bucket"))


def with_a_thread(number: int) -> tuple[int, int]:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return os.getpid(), 2 * number


def fails(kind: type[Exception]) -> None:
    raise kind("Nothing was written.")


class PeculiarError(Exception):
    """Holds what cannot be pickled, as some errors of libraries for buckets hold a connection.

    One whose arguments do not make it again would not do: pickled by tblib, which Dask loads, it
    comes through.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.connection = threading.Lock()


def fails_peculiarly() -> None:
    raise PeculiarError(503, "Slow down.")


def dies_apart_from(host: int) -> int:
    if os.getpid() != host:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def unsent() -> Any:
    return lambda: None


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process count as one that may be forked; pytest's own threads are asleep."""
    monkeypatch.setattr(elsewhere, "single_threaded", lambda: True)


def test_a_folder_is_written_to_from_here(tmp_path: Path) -> None:
    with elsewhere.calls(tmp_path) as call:
        assert call(os.getpid) == os.getpid()


def test_a_bucket_is_written_to_from_one_process_beside_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone(monkeypatch)
    before = threading.active_count()
    with elsewhere.calls(bucket()) as call:
        (one, doubled), (other, _) = call(with_a_thread, 4), call(with_a_thread, 5)
    assert one == other != os.getpid() and doubled == 8
    assert threading.active_count() == before
    with pytest.raises(ProcessLookupError):
        os.kill(one, 0)  # it ended with the last call


def test_what_speaks_to_a_bucket_is_imported_before_the_fork(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import fsspec

    asked: list[tuple[str, int]] = []

    def missing(protocol: str) -> None:
        asked.append((protocol, os.getpid()))
        raise ImportError("It is not installed.")

    alone(monkeypatch)
    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    with elsewhere.calls(bucket()) as call:
        assert call(abs, -3) == 3, "who needs it tells that it is missing"
    assert asked == [("memory", os.getpid())]


def test_what_a_call_raises_is_raised_here_and_the_next_one_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone(monkeypatch)
    with elsewhere.calls(bucket()) as call:
        for kind in (WorkbenchError, OSError, ValueError):
            with pytest.raises(kind, match="Nothing was written"):
                call(fails, kind)
        with pytest.raises(RuntimeError, match="PeculiarError: 503: Slow down"):
            call(fails_peculiarly)
        with pytest.raises((AttributeError, TypeError, RuntimeError), match="unsent"):
            call(unsent)
        assert call(abs, -3) == 3


def test_when_the_process_is_killed_calls_are_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    alone(monkeypatch)
    with elsewhere.calls(bucket()) as call:
        assert call(dies_apart_from, os.getpid()) == os.getpid()
        assert call(os.getpid) == os.getpid()


def test_a_process_with_a_second_thread_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "single_threaded", lambda: False)
    with elsewhere.calls(bucket()) as call:
        assert call(os.getpid) == os.getpid()
    ended = threading.Event()
    waiting = threading.Thread(target=ended.wait)
    waiting.start()
    assert not fork_server.single_threaded()
    ended.set()
    waiting.join()
