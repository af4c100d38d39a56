"""Runs that are killed, filled up, interrupted or led astray: nothing is lost or left behind."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from project import PLACES, SHOW, Project, tree

if sys.platform != "linux":
    pytest.skip("processes are found as Linux tells of them", allow_module_level=True)


def left_behind(project: Project, out: Path) -> list[str]:
    """Return what nobody will ever use again: processes, sockets, files that were being written."""
    left = [f"{p.pid}: {' '.join(p.cmdline())[:80]}" for p in project.gone()]
    left += [str(path) for path in project.temporary.iterdir()]
    return left + [str(path) for path in out.rglob(".aside*")]


#: Who is killed: the program itself, or the newest, the oldest or any of the processes it began.
VICTIMS: dict[str, Callable[[list[psutil.Process], random.Random], psutil.Process]] = {
    "newest": lambda others, _: max(others, key=lambda p: p.create_time()),
    "oldest": lambda others, _: min(others, key=lambda p: p.create_time()),
    "any": lambda others, chance: chance.choice(others),
}


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_the_same_command_ends_in_the_same_tree(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path, seed: int
) -> None:
    """Five moments each: anyone who is killed, the same command again takes up what is left.

    Where it is not the program itself that is killed, the same run meets the next moment, too.
    """
    chance = random.Random(seed)
    log: list[str] = []
    while len(log) < 5:
        out = tmp_path / "out"
        going = project.begin(out)
        while len(log) < 5:
            wait = chance.uniform(0.2, 2.5)
            time.sleep(wait)
            if going.poll() is not None:
                break
            who = chance.choice(["itself", *VICTIMS])
            others = [p for p in project.processes() if p.pid != going.pid]
            victim = VICTIMS[who](others, chance).pid if who != "itself" and others else going.pid
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            log.append(f"seed {seed}, moment {len(log)}: {who} after {wait:.2f} s more")
            if victim == going.pid:
                break
        said, _ = going.communicate(timeout=120)
        print(log, "->", going.returncode)
        assert "Traceback" not in said, (log, said)
        if going.returncode == 0:
            assert tree(out) == undisturbed, log
            shutil.rmtree(out)
    status, said = project.run(tmp_path / "out")
    assert status == 0, (log, said)
    assert tree(tmp_path / "out") == undisturbed, log
    assert left_behind(project, tmp_path) == [], log


def test_a_kernel_that_is_killed_costs_nothing(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    going = project.begin(tmp_path)
    killed = 0
    while going.poll() is None and not killed:
        for process in project.processes():
            # A kernel leads a session of its own; the program and its helpers are in ours.
            with suppress(ProcessLookupError, psutil.Error):
                if os.getsid(process.pid) == process.pid:
                    process.kill()
                    killed = process.pid
                    break
    said, _ = going.communicate(timeout=120)
    assert killed and going.returncode == 0, said
    assert tree(tmp_path) == undisturbed
    assert left_behind(project, tmp_path) == []


def test_ctrl_c_stops_within_two_seconds_with_a_recap(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    project.notebook("09_slow", "import time; time.sleep(60)", SHOW)
    try:
        going = project.begin(tmp_path)
        while "succeeded" not in (line := going.stdout.readline() if going.stdout else ""):
            assert line, "it ended before"
        start = time.monotonic()
        going.send_signal(signal.SIGINT)
        said, _ = going.communicate(timeout=20)
        assert time.monotonic() - start < 2
    finally:
        (project.folder / "notebooks" / "09_slow.ipynb").unlink()
    assert going.returncode == 130
    assert re.search(r"\d+ made, 0 up to date, 0 failed, \d+ not begun in", said), said
    assert "Stopped. What was made stays" in said and "Traceback" not in said
    assert left_behind(project, tmp_path) == []
    assert project.run(tmp_path)[0] == 0
    assert tree(tmp_path) == undisturbed


def test_a_second_run_on_the_same_folder_is_refused_in_one_sentence(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    going = project.begin(tmp_path)
    while not (tmp_path / ".state" / "lock").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    status, said = project.run(tmp_path)
    assert status == 2
    assert said.startswith(f"run_all.py: Another run is writing to {tmp_path}. ")
    assert said.count("\n") == 1
    assert going.wait(timeout=120) == 0
    assert tree(tmp_path) == undisturbed


def test_notebooks_that_go_astray_are_told_and_the_rest_is_made(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    astray = {
        "11_raises": 'raise ValueError("no figure")',
        "12_loops": "while True: pass",
        "13_dies": "import os\nos.kill(os.getpid(), 9)",
        "14_prints": 'for _ in range(100): print("x" * 1_000_000)',
    }
    for name, cell in astray.items():
        project.notebook(name, cell, SHOW)
    try:
        with project.limit("workbench.batch.execute", "CELL_LIMIT", 3):
            status, said = project.run(tmp_path)
    finally:
        for name in astray:
            (project.folder / "notebooks" / f"{name}.ipynb").unlink()
    assert status == 1 and "Traceback" not in said
    assert f"{2 * len(PLACES)} made, 0 up to date, {4 * len(PLACES)} failed" in said
    briefs = json.loads((tmp_path / "run.json").read_bytes())["briefs"]
    told = {name.split("/")[1].split(".")[0]: row for name, row in briefs.items()}
    assert told["11_raises"]["outcome"] == "excepted"
    assert told["11_raises"]["why"] == "ValueError: no figure"
    assert told["12_loops"]["outcome"] == "errored" and "Timeout" in told["12_loops"]["why"]
    assert told["13_dies"]["outcome"] == "errored" and "died" in told["13_dies"]["why"].lower()
    assert told["14_prints"]["outcome"] == "excepted"
    assert "printed more than 20 million characters" in told["14_prints"]["why"]
    made = {name for name in tree(tmp_path) if "/0" in name}
    assert made == {name for name in undisturbed if "/0" in name}
    assert left_behind(project, tmp_path) == []


def test_only_what_failed_is_made_when_asked(project: Project, tmp_path: Path) -> None:
    project.notebook("11_fails", "from pathlib import Path\nPath('there').read_text()", SHOW)
    try:
        status, said = project.run(tmp_path)
        assert status == 1 and f"{len(PLACES)} failed" in said
        (project.folder / "notebooks" / "there").write_text("x")
        shutil.rmtree(tmp_path / "4003-skien")
        status, said = project.run(tmp_path, "--only-failed")
    finally:
        (project.folder / "notebooks" / "11_fails.ipynb").unlink()
        (project.folder / "notebooks" / "there").unlink(missing_ok=True)
    assert status == 0, said
    lines = [line.split()[1] for line in said.splitlines() if line.startswith("succeeded")]
    assert {line.split("/")[1] for line in lines} == {"11_fails.nb"}
    assert len(lines) == len(PLACES)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_on_a_full_disk_one_clear_error_and_nothing_lost(
    project: Project, undisturbed: dict[str, bytes], small_disk: Path
) -> None:
    out = small_disk / "out"
    status, said = project.run(out, "--brief", "01_first")
    assert status == 1 and "There is no room left in" in said, said
    before = tree(out)
    assert before, "some of it found room"
    assert all(content == undisturbed[name] for name, content in before.items() if "/0" in name)
    (small_disk / "ballast").write_bytes(b"x" * max(0, shutil.disk_usage(small_disk).free - 9000))
    status, said = project.run(out, "--force")
    assert status == 1 and said.count("There is no room left in") == 1, said
    assert "Traceback" not in said
    assert {name: tree(out).get(name) for name in before} == before, "what was there stays whole"
    assert left_behind(project, out) == []
