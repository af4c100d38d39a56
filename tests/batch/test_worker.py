"""Workers: what they import, what they leave in the folder for temporary files, what they need."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from project import DAY, ROOT, Project, tree

from workbench.batch import fork_server
from workbench.errors import UsageError

if sys.platform != "linux":
    pytest.skip("workers are forked on Linux", allow_module_level=True)

#: What a notebook imports from beside itself, and nothing else.
BESIDE = "import beside\nfrom IPython.display import HTML\nHTML(f'<h1>{beside.WORD}</h1>')"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with a module by every name that could be imported, which leaves a mark."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    names = {*sys.stdlib_module_names, *packages_distributions()} - {"workbench", "__main__"}
    mark = f"open({str(tmp_path / 'imported')!r}, 'a').write(__name__ + ' ')\n"
    for name in filter(str.isidentifier, names):
        (folder / f"{name}.py").write_text(mark, encoding="utf-8")
    return folder


def test_a_run_imports_nothing_from_the_folder_it_is_started_in(
    project: Project, foreign: Path
) -> None:
    (project.folder / "notebooks" / "beside.py").write_text("WORD = 'found'\n", encoding="utf-8")
    project.notebook("03_beside", BESIDE)
    environment = {k: v for k, v in project.environment.items() if k != "PYTHONPATH"}
    options = ["-m", "Skien", "--brief", "beside", "--out", "out", "--jobs", "1", *DAY]
    done = subprocess.run(
        [sys.executable, str(project.folder / "run_all.py"), *options],
        cwd=foreign,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    imported = foreign.parent / "imported"
    assert not imported.exists(), imported.read_text()
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"<h1>found</h1>" in tree(foreign / "out")["4003-skien/03_beside.nb.html"]


#: Has a worker started, and waits until it has imported all that it needs to fail at this work.
HOST = """
import sys
sys.path.insert(0, %r)
from workbench.batch import fork_server, worker
fork_server.METHOD = sys.argv[1]
made = worker.start_worker()
made.connection.send((None, False))
assert made.connection.poll(200)
made.kill()
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_nor_do_the_workers_of_another_host(foreign: Path, method: str) -> None:
    host = foreign.parent / "host.py"
    host.write_text(HOST % str(ROOT), encoding="utf-8")
    subprocess.run([sys.executable, host, method], cwd=foreign, check=True, timeout=240)
    assert not (foreign.parent / "imported").exists()


def test_a_worker_has_everything_imported_but_what_settles_where_charts_go(
    project: Project,
) -> None:
    """Neither pyplot nor the place that charts go to, and the others not by way of them."""
    steps = "from workbench.batch import warm\nimport sys\n"
    steps += "print({'matplotlib.pyplot', 'seaborn', 'matplotlib_inline.backend_inline'}"
    steps += " & {*sys.modules}, {'matplotlib', 'workbench.briefs.view'} <= {*sys.modules})"
    status, said = project.python("-c", steps)
    assert status == 0 and said.splitlines()[-1] == "set() True"


def test_a_worker_has_statsmodels_imported_where_a_notebook_of_ones_own_imports_it(
    project: Project,
) -> None:
    """It takes longer than all else, and the briefs find what was made with it."""
    steps = "from workbench.batch import warm\nimport sys\n"
    steps += "print({'statsmodels.api', 'scipy.stats'} & {*sys.modules})"
    project.python("-c", steps)  # what is made with it may not be there yet
    assert project.python("-c", steps)[1].splitlines()[-1] == "set()"
    project.notebook("14_own", "import statsmodels.api as sm")
    assert "statsmodels.api" in project.python("-c", steps)[1].splitlines()[-1]


def test_what_is_no_notebook_keeps_no_worker_from_its_start(project: Project) -> None:
    """A folder and a pipe that are called so: the plan says what is wrong with them."""
    (project.folder / "notebooks" / "20_folder.ipynb").mkdir()
    os.mkfifo(project.folder / "notebooks" / "21_pipe.ipynb")
    status, said = project.python("-c", "from workbench.batch import warm\nprint('there')")
    assert (status, said.splitlines()[-1]) == (0, "there")


def test_jsonschema_does_without_parsers_that_others_can_still_import() -> None:
    steps = """
import sys
from workbench.batch.fork_server import import_jsonschema
import_jsonschema()
print("jsonschema" in sys.modules, {"rfc3987_syntax", "isoduration"} & {*sys.modules})
import isoduration
print(isoduration.parse_duration("P1Y").date.years)
"""
    done = subprocess.run(
        [sys.executable, "-c", steps], capture_output=True, encoding="utf-8", check=False
    )
    assert (done.stdout.splitlines(), done.stderr) == (["True set()", "1"], "")


# The folder of the fork server's socket

#: Makes a folder as a host does, says where it is, and waits until its input ends.
FOLDER = """
import sys, tempfile
from multiprocessing import util
from pathlib import Path
from workbench.batch.fork_server import socket_folder
tempfile.tempdir = sys.argv[1]
tempfile.tempdir = socket_folder()
(Path(util.get_temp_dir()) / "listener-x").touch()
print(tempfile.tempdir, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, whose name is not too long for sockets."""
    short = Path("/tmp") / f"t-{os.getpid()}"
    short.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(short))
    yield short
    shutil.rmtree(short)


def new() -> Path:
    """Return a folder of this process's own."""
    return Path(fork_server.socket_folder.__wrapped__())


def host(place: Path, *before: str) -> tuple[subprocess.Popen[str], Path]:
    """Return another process that made a folder, and the folder."""
    command = [*before, sys.executable, "-c", FOLDER, str(place)]
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
        made = new()
        assert not old.exists() and made.exists() and made.stat().st_mode & 0o777 == 0o700
        assert list(used.glob("pymp-*/listener-x"))
    finally:
        end(alive)


def test_one_that_ends_leaves_nothing(place: Path) -> None:
    process, folder = host(place)
    assert folder.exists()
    process.communicate("")
    assert list(place.iterdir()) == []


@pytest.mark.skipif(not shutil.which("unshare"), reason="there is no unshare")
def test_a_run_in_another_container_is_left_alone(place: Path) -> None:
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody have namespaces of his own")
    process, used = host(place, *apart)
    try:
        new()
        assert list(used.glob("pymp-*/listener-x"))
    finally:
        end(process)


def test_what_is_not_known_stays(place: Path, tmp_path: Path) -> None:
    (tmp_path / "pymp-a").mkdir()
    (tmp_path / "pymp-a" / "listener-a").touch()
    (place / "wb-alinkaaa").symlink_to(tmp_path)
    (place / "wb-empty").mkdir()
    (place / "wb-afile").touch()
    for name in ("wb-withmore/letter", "wb-withmore/pymp-a/letter"):
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).touch()
    before = {*place.rglob("*"), tmp_path / "pymp-a" / "listener-a"}
    new()
    assert all(path.exists() for path in before)


def test_without_a_folder_for_temporary_files_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: ["/nonexistent"])
    with pytest.raises(UsageError, match="no folder for temporary files.*TMPDIR"):
        new()


@pytest.mark.parametrize("length", [61, 85, 120, 250])
def test_sockets_get_a_short_place_where_temporary_files_have_a_long_one(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("å" * 30)  # two bytes each
    long = long / ("x" * max(1, length - len(os.fsencode(long)) - 1))
    long.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(long))
    made = new()
    try:
        # The longest name in it, which the system would refuse from 108 bytes on.
        (made / "pymp-12345678").mkdir()
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(made / "pymp-12345678" / "listener-12345678"))
    finally:
        shutil.rmtree(made)
    assert list(long.iterdir()) == []


def test_a_folder_with_too_long_a_name_is_named_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/tmp/" + "x" * 71)
    monkeypatch.setattr("workbench.storage.files._SHORT", (Path("/nonexistent"),))
    with pytest.raises(UsageError, match="x, is too long for sockets.*at most 60 signs"):
        new()


def test_a_run_with_a_long_folder_for_temporary_files_makes_its_briefs(
    project: Project, tmp_path: Path
) -> None:
    long = tmp_path / ("t" * 100)
    long.mkdir()
    command = [sys.executable, "run_all.py", "-m", "3201", "--brief", "01_first", "--out"]
    done = subprocess.run(
        [*command, str(tmp_path / "out")],
        cwd=project.folder,
        env=project.environment | {"TMPDIR": str(long)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and "1 made, 0 up to date, 0 failed" in done.stdout
