"""However a command is called, it ends in a sentence: no traceback, and nothing that steers."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from workbench.__main__ import main
from workbench.batch import cli, console, manifest, notebooks, run_report
from workbench.errors import UsageError
from workbench.lab.notebooks import cleaned
from workbench.storage import files

ROOT = Path(__file__).resolve().parents[1]
MODULE = [sys.executable, "-m", "workbench"]
KERNEL = {"name": "python3", "display_name": "", "language": "python"}
RUN = [sys.executable, "run_all.py", "-m", "3201", "-b", "status"]


def call(*command: object, stdout: int | None = subprocess.PIPE, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=os.environ | more,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, (done.stdout or "") + done.stderr


def test_what_nobody_foresaw_is_a_sentence_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail() -> int:
        raise KeyError("a part\x1b[2J\u202e")

    assert console.command("workbench", fail) == 2
    said = capsys.readouterr().err
    (kept,) = tmp_path.glob("workbench-*.txt")
    assert said.startswith("workbench: ") and said.count("\n") == 1 and str(kept) in said
    assert "\x1b" not in said and "\u202e" not in said
    assert "Traceback" not in said and "in fail" in kept.read_text(encoding="utf-8")


def test_without_room_for_the_traceback_the_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))

    def fail() -> int:
        raise PermissionError(13, "Permission denied", "figures.csv")

    assert console.command("workbench", fail) == 2
    said = capsys.readouterr().err
    assert (
        "figures.csv cannot be read or written: Permission denied" in said
        and "could not be kept" in said
    )


def test_both_commands_end_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail(*_: object) -> None:
        raise RuntimeError("out of the blue")

    monkeypatch.setattr("workbench.dataset.load", fail)
    monkeypatch.setattr("workbench.ingest.cli.load", fail)
    for program, name in ((main, "workbench"), (cli.main, "run_all.py")):
        asked = ["coverage"] if name == "workbench" else ["-m", "3201", "--dry-run"]
        assert program(asked) == 2
        assert capsys.readouterr().err.startswith(f"{name}: out of the blue (RuntimeError).")


def test_a_command_that_is_interrupted_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.ingest.cli.load", stop)
    assert main(["coverage"]) == 130
    assert capsys.readouterr().err == "workbench: Stopped.\n"


def test_signs_that_steer_a_terminal_are_told_by_their_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def speak() -> int:
        print("a\x1b[31mb\rc\x9bd\u2066e\u2028f\tÆ\u00a0ø\n", end="")
        print("\x07", file=sys.stderr)
        return 0

    assert console.command("workbench", speak) == 0
    said = capsys.readouterr()
    assert said.out == "a\\x1b[31mb\\x0dc\\x9bd\\u2066e\\u2028f\tÆ\u00a0ø\n"
    assert said.err == "\\x07\n"
    assert main(["open", "32\x1b[31m01", "trends"]) == 2
    assert '"32\\x1b[31m01" is not a municipality' in capsys.readouterr().err


def test_a_closed_output_is_a_sentence() -> None:
    status, said = call("sh", "-c", f"{' '.join(MODULE)} coverage -h | true; exit 0")
    assert "Traceback" not in said and "Exception ignored" not in said
    status, said = call("sh", "-c", f"{' '.join(MODULE)} coverage --municipality 3201 >&-")
    assert (status, said) == (0, "")
    if Path("/dev/full").exists():
        with open("/dev/full", "w") as full:  # noqa: PTH123
            status, said = call(*MODULE, "coverage", "--municipality", "3201", stdout=full.fileno())
        assert status == 2 and "cannot be written: No space left" in said
        assert said.count("\n") == 1


def test_who_has_read_enough_is_no_fault() -> None:
    """More than a pipe holds, of which ``head`` takes a line."""
    many = "print('line\\n' * 100_000, end='') or 0"
    code = f"from workbench.batch import console; exit(console.command('x', lambda: {many}))"
    shell = f'set -o pipefail; {sys.executable} -c "{code}" | head -n 1'
    assert call("bash", "-c", shell) == (0, "line\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "http://127.0.0.1:9/x"], "Nothing can be written to http://127.0.0.1:9/x"),
        (["--out", "reference://x"], "Nothing can be written to reference://x"),
        (["--out", "memory://x"], "Nothing can be written to memory://x"),
        (["--date", "9999-12-31"], "not a day of the years 1900 to 2100"),
        (["--out", ""], '"" names no place for briefs'),
        (["--out", "file://"], "names no place for briefs"),
        (["--out", "s3://../x"], "is not the address of a bucket"),
        (["--date", "0001-01-01"], "not a day of the years 1900 to 2100"),
    ],
)
def test_places_and_days_that_cannot_be_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = cli.main(["-m", "3201", "--dry-run", *arguments])
    except SystemExit as left:
        status = int(left.code or 0)
    assert status == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize("epoch", ["x", "-1", "1e9", "٣", "99999999999", "9" * 5000])
@pytest.mark.parametrize("day", [[], ["--date", "2026-11-23"]])
def test_a_day_that_is_no_number_of_seconds_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], epoch: str, day: list[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert cli.main(["-m", "3201", "--dry-run", *day]) == 2
    assert "Set it to seconds since 1970" in capsys.readouterr().err


def test_an_empty_day_is_none() -> None:
    status, said = call(*MODULE, "coverage", "--municipality", "3201", SOURCE_DATE_EPOCH="")
    assert status == 0, said


def test_an_endpoint_that_nobody_answers_at_is_a_sentence() -> None:
    pytest.importorskip("s3fs")
    secrets = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    # Its library waits between attempts.
    endpoint = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    status, said = call(*RUN, "--out", "s3://bucket/x", **secrets, **endpoint)
    assert status == 2 and "The briefs cannot be written to s3://bucket/x: Could not" in said
    assert "Traceback" not in said


Writer = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def written(name: str) -> Path:
        code = 'municipality: str = "3201"\nlanguage: str = "nb"'
        cell = new_code_cell(code, metadata={"tags": ["parameters"]})
        path = tmp_path / f"{name}.ipynb"
        node = new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})
        path.write_text(nbformat.writes(node), encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", ["index", "Index", "front", "components"])
def test_a_notebook_cannot_have_a_name_that_is_taken(write: Writer, name: str) -> None:
    given = {"municipality": "3201"}
    for file in (write("07_air"), write(name)):
        known = notebooks.notebook(file)
        if file.stem == "07_air":
            notebooks.check(file, known, given)
            continue
        with pytest.raises(UsageError, match=f"{name}.ipynb .* Rename it"):
            notebooks.check(file, known, given)


def test_a_folder_that_is_called_a_notebook_is_named_and_stops_no_other(write: Writer) -> None:
    folder = write("07_air").parent
    (folder / "01_status.ipynb").mkdir()
    found = notebooks.survey(folder)
    assert found.briefs == ["07_air"]
    assert "01_status.ipynb is no file that can be read. Move it" in found.unreadable[0]


@pytest.mark.parametrize(
    "metadata",
    [
        {"workbench": {"brief": ["x"]}},
        {"workbench": {"brief": 5}},
        {"workbench": {"brief": "../x"}},
    ],
)
def test_metadata_of_another_shape_are_refused(write: Writer, metadata: dict[str, Any]) -> None:
    file = write("07_air")
    told = json.loads(file.read_text(encoding="utf-8"))
    told["metadata"] = {"kernelspec": KERNEL, **metadata}
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UsageError, match="07_air.ipynb is not readable as a notebook"):
        notebooks.notebook(file)


SHAPES = ["", "[]", "3", '"x"', "null", "{}", '{"briefs": []}', '{"briefs": {"a": 1}}']
SHAPES += ['{"files": {"a": 1}, "resources": [1], "seconds": 1}', "[" * 200_000]


@pytest.mark.parametrize("told", SHAPES)
def test_records_of_another_shape_count_as_none(tmp_path: Path, told: str) -> None:
    state = tmp_path / manifest.STATE / "3201-baerum"
    state.mkdir(parents=True)
    places = [state / "01.json", state.parent / "stray.json", tmp_path / run_report.NAME]
    (state / "deeper").mkdir()
    for place in (*places, state / "deeper" / "x.json"):
        place.write_text(told, encoding="utf-8")
    assert run_report.failed(tmp_path) == set()
    assert manifest.read(tmp_path, "3201-baerum").entries == {}
    known = manifest.read_all(tmp_path, manifest.listing(tmp_path))
    assert {name: one.entries for name, one in known.items()} == {"3201-baerum": {}}


@pytest.mark.parametrize("seconds", ["1e999", "NaN", "-1", '"x"', "[]"])
def test_an_entry_took_a_time_that_can_be(tmp_path: Path, seconds: str) -> None:
    manifest.note(tmp_path, "a", "b", manifest.Entry("key", {}))
    assert list(manifest.read(tmp_path, "a").entries) == ["b"]
    file = tmp_path / manifest.STATE / "a" / "b.json"
    told = file.read_text(encoding="utf-8").replace('"seconds": 0.0', f'"seconds": {seconds}')
    file.write_text(told, encoding="utf-8")
    assert manifest.read(tmp_path, "a").entries == {}


@pytest.mark.parametrize(
    "told",
    [
        '{"cells": [1], "metadata": {}, "nbformat": 4}',
        '{"cells": [], "metadata": [], "nbformat": 4}',
        '{"cells": [{"metadata": "x"}], "metadata": {}, "nbformat": 4}',
        '{"cells": [], "metadata": {"language_info": 1}, "nbformat": 4}',
        "[" * 200_000,
    ],
)
def test_a_notebook_of_another_shape_is_not_cleaned(told: str) -> None:
    with pytest.raises(UsageError, match="no notebook of format 4"):
        cleaned(told)


def test_cases_are_read_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for place, kind in ((Path("/dev/zero"), "a device"), (tmp_path, "a folder")):
        assert main(["verify", str(place)]) == 2
        assert f"{place} is {kind}. A file is wanted there." in capsys.readouterr().err


def test_a_place_that_takes_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("1")
    (tmp_path / "folder.xlsx").mkdir()
    for place in ("file/form.xlsx", "folder.xlsx", f"{'y' * 300}.xlsx"):
        assert main(["form", "3201", str(tmp_path / place)]) == 2
        said = capsys.readouterr().err
        assert str(tmp_path / place).removesuffix("/form.xlsx") in said and ".aside-" not in said
        assert said.count("\n") == 1 and "Name another file" in said
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".xlsx"], "all was foreseen"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    "name", ["3201-baerum", "3201-baerum/notebooks", "run.json", ".state", ".state/lock"]
)
def test_a_symbolic_link_among_briefs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: bool, name: str
) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    (out / name).parent.mkdir(parents=True)
    (out / name).symlink_to(away)
    if there:
        away.mkdir()
    assert cli.main(["-m", "3201", "-b", "status", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert f"{name} is a symbolic link to {away}" in said and ("is not there" in said) != there
    assert not there or list(away.iterdir()) == []


def test_a_pipe_among_briefs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "3201-baerum").mkdir()
    os.mkfifo(tmp_path / "3201-baerum" / "07_air.nb.html")
    assert cli.main(["-m", "3201", "-b", "status", "--out", str(tmp_path)]) == 2
    assert "07_air.nb.html is a pipe. A file is wanted there." in capsys.readouterr().err


def test_a_folder_of_briefs_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "large")
    (tmp_path / "large" / "a").write_text("1")
    assert list(manifest.listing(tmp_path / "out")) == ["a"]


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x"])
def test_a_path_lies_below_its_root(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="does not lie in"):
        files.below(tmp_path, tmp_path / path)
    assert files.below(tmp_path, tmp_path / "a" / "b")


def test_the_bar_of_progress_may_steer(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert console.terminal() is stream
    console.command("workbench", lambda: print("\r", end="", file=console.terminal()) or 0)
    assert stream.getvalue() == "\r"
