"""The command line: what it makes, what it says, and the status it ends with."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, Made
from project import Project

from workbench.batch import cli, tasks
from workbench.batch.notebooks import briefs
from workbench.batch.pool import Pool
from workbench.batch.tasks import Work
from workbench.dataset import DATA, Dataset
from workbench.language.translator import languages

Run = subprocess.CompletedProcess[str]


def run_all(*arguments: object, program: list[str] | None = None) -> Run:
    command = [*(program or [sys.executable]), str(ROOT / "run_all.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)


def files(folder: Path) -> dict[str, bytes]:
    """Return what is published: all but the record of the run and what the folder notes."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    kept = {name: path for name, path in found.items() if not name.startswith((".state", "run."))}
    return {name: path.read_bytes() for name, path in kept.items()}


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """The briefs of Bærum and Heim, to change."""
    shutil.copytree(made.path, tmp_path / "out")
    return tmp_path / "out"


# Status 0


def test_a_run_that_made_all_ends_well_and_tells_of_each(made: Made) -> None:
    *lines, last = made.stdout.splitlines()
    count = len(languages()) * len(briefs())
    assert made.returncode == cli.FINE == 0
    assert made.stderr == ""
    # A slow machine says now and then how far it is.
    lines = [line for line in lines if not re.match(r"\d+ of \d+, ", line)]
    # The page on methods comes with them, in each language asked for.
    assert len(lines) == count + len(languages())
    assert all(line.startswith("succeeded ") for line in lines)
    assert last.startswith(f"{count} made, 0 up to date, 0 failed in ")
    assert last.endswith(str(made.path / "index.html"))


def test_a_second_run_makes_nothing(copy: Path) -> None:
    before = files(copy)
    done = run_all("-m", "Bærum", "Heim", "--out", copy)
    assert done.returncode == 0
    assert done.stdout.startswith(f"0 made, {2 * len(briefs())} up to date, 0 failed in ")
    assert done.stdout.count("\n") == 1
    assert files(copy) == before


def test_force_makes_again_and_the_same(copy: Path) -> None:
    before = files(copy)
    stamp = (copy / "3201-baerum" / "01_status.nb.html").stat().st_mtime_ns
    done = run_all("-m", "3201", "-b", "status", "--force", "--out", copy)
    assert "succeeded 3201-baerum/01_status.nb (" in done.stdout
    assert (copy / "3201-baerum" / "01_status.nb.html").stat().st_mtime_ns > stamp
    assert files(copy) == before, "byte for byte, in another process"


def test_a_brief_that_is_gone_is_made_and_the_rest_is_left(
    copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (copy / "5055-heim" / "notebooks" / "03_regression.nb.ipynb").unlink()
    (copy / "5055-heim" / "01_status.nb.html").unlink()
    assert cli.main(["-m", "Heim", "--out", str(copy), "--dry-run"]) == 0
    assert re.fullmatch(
        "would set again 5055-heim/01_status.nb\nwould make 5055-heim/03_regression.nb\n"
        rf"2 to make, {len(briefs()) - 2} up to date. "
        r"That takes about \d+ s, by what it took before.\n",
        capfd.readouterr().out,
    )


def test_a_dry_run_makes_nothing_not_even_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["-m", "Oslo", "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    said = capsys.readouterr()
    count = len(briefs())
    assert said.out.count("would make 0301-oslo/") == count
    assert said.out.endswith(f"{count} to make, 0 up to date.\n")
    assert said.err == ""
    assert list(tmp_path.iterdir()) == []


Listed = Callable[..., list[str]]


@pytest.fixture
def listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Listed:
    """Return the places that a run would make, in its order."""

    def dry(*arguments: str) -> list[str]:
        out = ["--out", str(tmp_path / "out"), "--dry-run", "-b", "status"]
        assert cli.main([*arguments, *out]) == 0
        lines = capsys.readouterr().out.splitlines()[:-1]
        briefs = [line.removeprefix("would make ") for line in lines if "/" in line]
        return [brief.partition("-")[0] for brief in briefs]

    return dry


def test_without_a_choice_it_is_the_u4ssc_municipalities(listed: Listed, data: Dataset) -> None:
    assert listed() == data.group("u4ssc")


def test_municipalities_and_groups_add_up_and_each_is_made_once(
    listed: Listed, data: Dataset
) -> None:
    chosen = listed("-m", "Oslo", "0219", "-m", "Skien", "--group", "telemark", "-g", "u4ssc")
    assert chosen[:3] == ["0301", "3201", "4003"]
    assert set(chosen) == {"0301"} | set(data.group("telemark")) | set(data.group("u4ssc"))
    assert len(chosen) == len(set(chosen))


def test_all_is_every_municipality(listed: Listed, data: Dataset) -> None:
    assert listed("--all") == list(data.municipalities["number"])


def test_another_day_stands_on_front_pages_and_portal_and_makes_no_brief_again(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(copy)
    assert cli.main(["-m", "Heim", "--date", "2031-02-03", "--out", str(copy)]) == 0
    assert capsys.readouterr().out.startswith("0 made, ")
    after = files(copy)
    changed = {name for name in after if after[name] != before.get(name)}
    portals = {path.name for path in copy.glob("index*.html")}
    assert changed == {"5055-heim/index.nb.html"} | portals
    assert all(
        re.search("3. februar 2031|3 February 2031", after[name].decode()) for name in changed
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1927886400")
    assert cli.main(["-m", "Heim", "--out", str(copy)]) == 0
    assert files(copy) == after, "3 February 2031, said in seconds"


def test_a_front_page_that_fails_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = copy / "5055-heim" / "index.nb.html"
    page.unlink()
    page.mkdir()
    assert cli.main(["-m", "Heim", "--out", str(copy)]) == cli.FAILED
    said = capsys.readouterr().out
    assert "  failed: 5055-heim/index.nb: IsADirectoryError" in said


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, int, bool]]]:
    """What the workers are given, in order: whose, how many briefs, and whether a front page."""
    given: list[list[tuple[str, int, bool]]] = []
    makes = Pool.run

    def run(pool: Pool, works: Sequence[Work]) -> Iterator[tasks.Made]:
        if works:
            given.append([(work.name, len(work.tasks), bool(work.front)) for work in works])
        yield from makes(pool, works)

    monkeypatch.setattr(Pool, "run", run)
    return given


def test_front_pages_come_with_the_briefs_so_that_a_run_that_is_stopped_leaves_none_behind(
    copy: Path, passes: list[list[tuple[str, int, bool]]]
) -> None:
    before = files(copy)
    chosen = ["-m", "Heim", "Bærum", "-b", "status", "plan", "--force", "--out", str(copy)]
    assert cli.main([*chosen, "--jobs", "1"]) == 0
    heim, baerum = ("5055-heim", 2, True), ("3201-baerum", 2, True)
    assert passes == [[("all", 1, False)], [heim, baerum]], "what they link comes first"
    assert files(copy) == before


def test_where_there_is_one_for_each_worker_they_come_after_the_briefs(
    copy: Path, passes: list[list[tuple[str, int, bool]]]
) -> None:
    (copy / "5055-heim" / "05_plan.nb.html").unlink()
    before = (copy / "3201-baerum" / "index.nb.html").stat().st_mtime_ns
    chosen = ["-m", "Heim", "-b", "status", "plan", "--force", "--out", str(copy)]
    assert cli.main([*chosen, "--jobs", "2"]) == 0
    heim, front = ("5055-heim", 1, False), ("5055-heim", 0, True)
    assert passes == [[("all", 1, False), heim, heim, ("5055-heim", 0, False)], [front]]
    assert (copy / "3201-baerum" / "index.nb.html").stat().st_mtime_ns == before


def test_with_fail_fast_nothing_is_begun_after_a_page_that_all_refer_to(project: Project) -> None:
    project.notebook("00_fails", "1 / 0")
    page = project.folder / "notebooks" / "00_fails.ipynb"
    node = nbformat.read(page, as_version=4)
    node.cells[0].source = 'language: str = "nb"'  # once for all
    nbformat.write(node, page)
    project.notebook("03_own", "municipality")
    options = ["-m", "Heim", "Utsira", "-b", "own", "--jobs", "1", "--out", "out"]
    status, said = project.python("run_all.py", *options, "--fail-fast")
    assert (status, "0 made, 0 up to date, 1 failed, 2 not begun" in said) == (cli.FAILED, True)
    assert "2 made, 0 up to date, 1 failed" in project.python("run_all.py", *options)[1]


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_page_for_all_that_failed_is_linked_once_it_is_mended(
    project: Project, jobs: str
) -> None:
    project.notebook("03_own", "municipality")
    page = project.folder / "notebooks" / "20_extra.ipynb"
    options = ["-m", "Heim", "Utsira", "-b", "own", "--jobs", jobs, "--out", "out"]

    def linking(source: str) -> set[str]:
        """The pages that link it after a run, of which its code is this."""
        project.notebook("20_extra", source)
        node = nbformat.read(page, as_version=4)
        node.cells[0].source = 'language: str = "nb"'  # once for all
        nbformat.write(node, page)
        project.python("run_all.py", *options)
        fronts = (project.folder / "out").glob("**/index.nb.html")
        pages = [*fronts, project.folder / "out" / "index.html"]
        return {one.parent.name for one in pages if "20_extra" in one.read_text("utf-8")}

    assert linking("1 / 0") == set()
    assert linking("1") == {"out", "5055-heim", "1151-utsira"}
    (project.folder / "out" / "20_extra.nb.html").unlink()
    assert linking("1 / 0") == set(), "a link would lead nowhere"


# Status 1


def test_a_brief_that_fails_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    in_the_way = out / "3201-baerum" / "notebooks" / "01_status.nb.ipynb"
    in_the_way.mkdir(parents=True)
    done = run_all("-m", "3201", "-b", "status", "regression", "--out", out)
    assert done.returncode == cli.FAILED == 1
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2].startswith("1 made, 0 up to date, 1 failed in ")
    assert lines[-1].startswith("  failed: 3201-baerum/01_status.nb: ")
    made = sorted(path.name for path in (out / "3201-baerum").glob("*.html"))
    assert made == ["03_regression.nb.html", "index.nb.html"]
    front = (out / "3201-baerum" / made[1]).read_text(encoding="utf-8")
    assert made[0] in front and "01_status" not in front
    assert made[1] in (out / "index.html").read_text(encoding="utf-8")


# Status 2


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return what a run that was refused said, without the usage that may stand before it."""
    try:
        status = cli.main([str(argument) for argument in arguments])
    except SystemExit as left:  # argparse leaves by itself
        status = int(left.code or 0)
    said = capsys.readouterr()
    assert (status, said.out) == (cli.REFUSED, "") == (2, "")
    sentences = said.err.rstrip("\n").partition("run_all.py: ")[2]
    assert "\n" not in sentences and "Traceback" not in sentences
    return sentences


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-m", "Bærm"], '"Bærm" is not a municipality. Did you mean Bærum?'),
        (["-m", "9999"], "9999 is not the number of a municipality"),
        (["-m", "Våler"], "can be"),
        (["--group", "telemrk"], '"telemrk" is not a group. Did you mean telemark'),
        (["--peers", "u4sc"], '"u4sc" is not a group. Did you mean u4ssc'),
        (["--brief", "statu"], '"statu" is not a brief. Did you mean 01_status'),
        (["--lang", "xx"], 'There are no texts in "xx". Allowed: '),
        (["--jobs", "0"], '"0" is not a whole number of at least 1'),
        (["--jobs", "²"], '"²" is not a whole number of at least 1'),
        (["--jobs", "two"], '"two" is not a whole number of at least 1'),
        (["--date", "23.11.2026"], '"23.11.2026" is not a day such as 2026-11-23'),
        (["--jbs", "2"], "unrecognized arguments: --jbs 2"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capsys, *arguments, "--out", tmp_path / "out")
    assert not (tmp_path / "out" / "index.html").exists()


def test_all_wrong_municipalities_are_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["-m", "Skein", "Oslo", "9999", "Bærm", "--out", str(tmp_path / "out")]
    assert cli.main([*wrong, "--dry-run"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert all(part in line for part, line in zip(["Skien", "9999", "Bærum"], said, strict=True))


def test_an_epoch_that_is_no_number_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    said = refused(capsys, "-m", "3201", "--out", tmp_path / "out")
    assert said.startswith('SOURCE_DATE_EPOCH is "yesterday". Set it to seconds since 1970')


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        said = refused(capsys, "-m", "3201", "--out", out)
        assert said.startswith(f"The briefs cannot be written to {out}: ")
        assert said.endswith("--out.")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o500)
    assert "ermission" in refused(capsys, "-m", "3201", "--out", tmp_path)
    tmp_path.chmod(0o700)


def test_figures_that_cannot_be_used_are_refused_with_their_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures"
    assert "datapackage.json" in faults(capsys, figures)
    shutil.copytree(DATA, figures)
    groups = figures / "groups.csv"
    groups.write_text(groups.read_text(encoding="utf-8") + "u4ssc,9998\n", encoding="utf-8")
    assert "groups.csv, row" in faults(capsys, figures)
    assert '"9998"' in faults(capsys, figures)
    (figures / "breaks.csv").unlink()
    assert "breaks.csv: is missing" in faults(capsys, figures)


def faults(capsys: pytest.CaptureFixture[str], figures: Path) -> str:
    """Return what is said of figures, where each fault has a line of its own."""
    out = figures.parent / "out"
    assert cli.main(["-m", "3201", "--data", str(figures), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err
    assert said.err.startswith("run_all.py: The data cannot be used, ")
    return said.err


def test_the_status_of_a_refusal_is_that_of_the_program(tmp_path: Path) -> None:
    done = run_all("-m", "Bærm", "--out", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("run_all.py: ") and done.stderr.count("\n") == 1


def test_a_python_without_the_packages_is_told_what_to_do() -> None:
    done = run_all("-m", "Bærum", program=[sys.executable, "-I", "-S"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "`make briefs`" in done.stderr


def test_help_names_each_status_and_needs_no_figures() -> None:
    done = run_all("--help")
    assert done.returncode == 0
    assert "0 all well, 1 a brief failed, 2 wrong usage" in " ".join(done.stdout.split())


def test_an_interrupted_run_says_what_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_main", interrupt)
    assert cli.main([]) == cli.STOPPED
    assert "run again" in capsys.readouterr().err


def test_a_folder_in_the_user_s_home_is_named_as_in_a_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "briefs").write_text("in the way", encoding="utf-8")
    said = refused(capsys, "-m", "3201", "--out", "~/briefs")
    assert said.startswith(f"The briefs cannot be written to {tmp_path / 'briefs'}: ")
    said = refused(capsys, "-m", "3201", "--out", "~nobody-of-this-name")
    assert said.startswith('"~nobody-of-this-name" is in the home of a user who is not known')


def test_a_bucket_takes_no_pdf_and_an_unknown_kind_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = refused(capsys, "-m", "3201", "--out", "memory://briefs", "--pdf")
    assert said.startswith("PDFs and slides cannot be printed to memory://briefs.")
    said = refused(capsys, "-m", "3201", "--out", "nowhere://briefs")
    assert said.startswith("Nothing can be written to nowhere://briefs: ")
