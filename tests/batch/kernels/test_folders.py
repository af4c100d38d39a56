"""Only what is one's own, and in use by nobody, is removed from the folder for temporary files."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import Project

from workbench.batch.kernels import folders
from workbench.errors import UsageError

if os.name != "posix":
    pytest.skip("there are no such sockets", allow_module_level=True)

#: Makes a folder as a host does, says where it is, and waits until its input ends.
HOST = """
import sys, tempfile
from workbench.batch.kernels import folders
tempfile.tempdir = sys.argv[1]
made = folders.new()
(made / "kernel.json").touch()
print(made, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files; what this process made there is removed."""
    # Its own name may be too long for sockets.
    short = Path("/tmp") / f"t-{os.getpid()}"
    short.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(short))
    folders._sweep_once.cache_clear()
    yield short
    for folder in list(folders._held):
        if folder.parent == short:
            folders.remove(folder)
    shutil.rmtree(short)


def host(place: Path, *before: str) -> tuple[subprocess.Popen[str], Path]:
    """Return another process that made a folder, and the folder."""
    command = [*before, sys.executable, "-c", HOST, str(place)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_what_a_killed_host_left_is_removed_and_what_a_living_one_has_is_kept(place: Path) -> None:
    (gone, old), (alive, used) = host(place), host(place)
    try:
        end(gone)
        made = folders.new()
        assert not old.exists() and used.exists() and made.exists()
        assert (used / "kernel.json").exists()
    finally:
        end(alive)


def test_the_number_of_a_process_decides_nothing(place: Path) -> None:
    """In another container the number is another's, or nobody's."""
    process, used = host(place)
    nobodys = place / f"wb-{2**22 + 1}-{used.name.rpartition('-')[2]}"
    try:
        used.rename(nobodys)
        folders.new()
        assert (nobodys / "kernel.json").exists(), (
            "no process has that number, but the lock is held"
        )
    finally:
        end(process)
    mine = place / f"wb-{os.getpid()}-abcdefgh"
    nobodys.rename(mine)
    folders.sweep(place)
    assert not mine.exists(), "a process has that number, but nobody holds the lock"


@pytest.mark.skipif(not shutil.which("unshare"), reason="there is no unshare")
def test_a_run_in_another_container_is_left_alone(place: Path) -> None:
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody have namespaces of his own")
    process, used = host(place, *apart)
    try:
        assert used.name.startswith("wb-1-"), "the first process there"
        folders.new()
        assert (used / "kernel.json").exists()
    finally:
        end(process)


def test_what_is_not_marked_or_not_known_stays(place: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / folders.OWNED).touch()
    (outside / "ready").touch()
    (place / "wb-4-marklessx").mkdir(mode=0o700)
    (place / "wb-4-marklessx" / "ready").touch()
    (place / "wb-4-aalinkaa").symlink_to(outside)
    for name, mode in (("wb-4-openopen", 0o755), ("wb-4-withmore", 0o700), ("wb-mine", 0o700)):
        (place / name).mkdir(mode=mode)
        (place / name / folders.OWNED).touch()
    (place / "wb-4-withmore" / "letter.txt").touch()
    (place / "wb-4-markdiry").mkdir(mode=0o700)
    (place / "wb-4-markdiry" / folders.OWNED).mkdir()
    (place / "wb-4-aaafilea").touch()
    before = {path for path in place.rglob("*")} | {outside / "ready"}
    folders.sweep(place)
    left = {path for path in before if path.exists()}
    assert before - left == {place / "wb-4-withmore" / folders.OWNED}
    assert (place / "wb-4-withmore" / "letter.txt").exists()


def test_without_a_folder_for_temporary_files_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: ["/nonexistent"])
    with pytest.raises(UsageError, match="no folder for temporary files.*TMPDIR"):
        folders.new()


@pytest.mark.parametrize("length", [61, 85, 120, 250])
def test_sockets_get_a_short_place_where_temporary_files_have_a_long_one(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("å" * 30)  # two bytes each
    long = long / ("x" * max(1, length - len(os.fsencode(long)) - 1))
    long.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(long))
    made = folders.new()
    try:
        # A kernel's longest name, which the system would refuse from 108 bytes on.
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(made / "kernel.json"))
        assert made.stat().st_mode & 0o777 == 0o700
    finally:
        folders.remove(made)
    assert not made.exists() and list(long.iterdir()) == []


def test_a_folder_with_too_long_a_name_is_named_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/tmp/" + "x" * 71)
    monkeypatch.setattr("workbench.storage.files._SHORT", (Path("/nonexistent"),))
    with pytest.raises(UsageError, match="x, is too long for sockets.*at most 60 signs"):
        folders.new()


def test_a_run_with_a_long_folder_for_temporary_files_makes_its_briefs(
    project: Project, tmp_path: Path
) -> None:
    long = tmp_path / ("t" * 100)
    long.mkdir()
    for out, switch in (("warm", "1"), ("ordinary", "0")):
        command = [sys.executable, "run_all.py", "-m", "3201", "--brief", "01_first", "--out"]
        done = subprocess.run(
            [*command, str(tmp_path / out)],
            cwd=project.folder,
            env=project.environment | {"TMPDIR": str(long), "WORKBENCH_WARM": switch},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 and "1 made, 0 up to date, 0 failed" in done.stdout
    first, second = (
        (tmp_path / out / "3201-baerum" / "01_first.nb.html").read_bytes()
        for out in ("warm", "ordinary")
    )
    assert first == second
