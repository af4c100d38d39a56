"""What is kept is believed only where this user's own runs wrote it."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.ingest.ssb.pxweb import Store
from workbench.storage import cache


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user without a secret."""
    monkeypatch.setattr(cache, "memory", {})
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    cache.secret.cache_clear()
    yield tmp_path / "home" / "municipal-workbench"
    cache.secret.cache_clear()


def another_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    cache.secret.cache_clear()
    cache.memory.clear()


def test_a_relative_folder_of_state_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its specification says; the secret would lie in the project, and travel with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("state", "./state", "~/state"):
        monkeypatch.setenv("XDG_STATE_HOME", name)
        cache.secret.cache_clear()
        state = tmp_path / "user/.local/state/municipal-workbench"
        assert cache.secret() == (state / f"secret-{os.getuid()}").read_bytes()


class Marker:
    """Leaves a file where it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


@pytest.mark.parametrize("sealed", ["", "by another user", "under another name"])
def test_a_file_that_came_with_the_project_is_not_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: str
) -> None:
    marker, kept = tmp_path / "marker", tmp_path / "kept"
    kept.mkdir()
    whole = pickle.dumps(Marker(marker))
    if sealed:
        file = tmp_path / ("key.pickle" if sealed == "by another user" else "other.pickle")
        cache.write_sealed(file, whole)
        whole = file.read_bytes()
    if sealed == "by another user":
        another_user(monkeypatch, tmp_path)
    (kept / "key.pickle").write_bytes(whole)
    (kept / "figures-key.pickle").write_bytes(whole)
    assert cache.cached("key", lambda: "made here", kept) == "made here"
    assert cache.cached_per_measure("figures", {"a": "key"}, lambda _: (), kept) == {"a": ()}
    assert not marker.exists()


def test_what_this_user_kept_is_believed(tmp_path: Path) -> None:
    cache.cached("key", lambda: "made here", tmp_path / "kept")
    cache.memory.clear()
    cache.secret.cache_clear()  # as in another process
    assert cache.cached("key", lambda: "made again", tmp_path / "kept") == "made here"


def test_a_publisher_s_answer_that_came_with_the_project_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.put("a", b"1")
    assert store.get("a") == b"1"
    store.file("b").write_bytes(store.file("a").read_bytes())
    assert store.get("b") is None, "an answer to another question"
    body = json.dumps({"value": 1}).encode()
    store.file("c").write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert store.get("c") is None
    another_user(monkeypatch, tmp_path)
    assert store.get("a") is None


def test_processes_of_a_user_share_one_secret(home: Path) -> None:
    program = "from workbench.storage import cache; print(cache.secret().hex())"
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(2)
    ]
    told = {process.communicate()[0].strip() for process in both}
    assert told == {cache.secret().hex()} and len(cache.secret()) == 32
    (file,) = (path for path in home.iterdir() if path.suffix != ".lock")
    assert file.read_bytes() == cache.secret()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
@pytest.mark.parametrize("fault", ["readable", "short", "link"])
def test_a_secret_that_others_may_know_is_not_used_again(
    home: Path, tmp_path: Path, fault: str
) -> None:
    before = cache.secret()
    file = home / f"secret-{os.getuid()}"
    assert file.stat().st_mode & 0o777 == 0o600
    if fault == "readable":
        file.chmod(0o644)
    elif fault == "short":
        file.write_bytes(b"")
    else:
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    cache.secret.cache_clear()
    assert cache.secret() != before and len(cache.secret()) == 32
    assert file.stat().st_mode & 0o777 == 0o600 and not file.is_symlink()


def test_without_a_home_all_is_made_again_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    for variable in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert cache.cached("key", lambda: 1, tmp_path / "kept") == 1
    cache.memory.clear()
    assert cache.cached("key", lambda: 2, tmp_path / "kept") == 1, "the same process"
    cache.memory.clear()
    cache.secret.cache_clear()
    assert cache.cached("key", lambda: 3, tmp_path / "kept") == 3
