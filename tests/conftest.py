"""What several test files share: the figures, one municipality, briefs made once, a browser."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from project import PLACES, ROOT, SHOW, Project, copy_kept, tree

import workbench as wb
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import languages
from workbench.storage import cache

#: What keeps a browser from asking for anything by itself.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# How long an example takes says nothing on a busy machine.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# A shell has what it starts in the background ignore Ctrl-C, which what tests start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What tests start imports what is compiled: else each process compiles the whole package.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


#: What takes longest, each first begun when a worker is free: else one of them would be left with
#: a long file at the end. The first makes the briefs that others read, and what it keeps beside
#: serves all runs of later ones; the second needs nothing of that.
SLOW = (
    *("test_accessibility.py", "analysis/regression/test_model.py"),
    *("batch/test_faults.py", "batch/test_dask_backend.py", "test_notebooks.py"),
    *("test_whole_set.py", "ingest/test_boundary_changes.py", "batch/test_worker.py"),
    *("batch/test_inputs.py", "test_extending.py", "storage/test_files.py", "batch/test_cli.py"),
    *("ingest/test_end_to_end.py", "lab/test_jupyterlab.py", "lab/test_explorer.py"),
    *("batch/test_pool.py", "batch/test_engine.py", "ingest/form/test_import.py"),
    *("storage/test_cache.py", "dataset/test_dataset.py", "test_fonts.py", "test_browser.py"),
    *("batch/test_front_page.py", "batch/test_console.py", "test_readability.py"),
    *("test_everyone.py", "batch/test_plan.py"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put slow files first where tests run side by side."""
    if hasattr(config, "workerinput"):
        place = {ROOT / "tests" / name: at for at, name in enumerate(SLOW)}
        items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files, in their order: what a file shares is then made once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


#: A copy of the project that was not cloned may stand where there is no git.
needs_git = pytest.mark.skipif(
    shutil.which("git") is None, reason="There is no git: install it to see what it leaves out."
)


class Made(NamedTuple):
    """Briefs that ``run_all.py`` made, and how its run went."""

    path: Path
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def data() -> Dataset:
    return wb.load()


@pytest.fixture(scope="session")
def baerum(data: Dataset) -> View:
    return wb.view(data, "Bærum")


@pytest.fixture(scope="session")
def kept_apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all is kept that the project keeps, and what tests add."""
    folder = tmp_path_factory.mktemp("kept") / "cache"
    copy_kept(folder)
    return folder


@pytest.fixture
def apart(kept_apart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is made of other figures elsewhere: there is only room for so much.

    What the project keeps of its own would have to go, and to be made again for later tests.
    """
    monkeypatch.setattr(cache, "FOLDER", kept_apart)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The briefs of Bærum, in every language, and Heim, made as a user makes them.

    Read only: tests share them. How the run went is told of the first one.
    """
    folder = of_all_workers(tmp_path_factory)
    facts = once(folder / "made.json", lambda: _make(folder / "made"))
    return Made(folder / "made", **json.loads(facts))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the project with two small notebooks; who changes it puts it back."""
    made = Project(tmp_path_factory.mktemp("project"))
    made.notebook("01_first", SHOW)
    made.notebook("02_second", SHOW)
    yield made
    shutil.rmtree(made.temporary, ignore_errors=True)


@pytest.fixture(scope="module")
def undisturbed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tree of a run of that copy, or of another one, that nothing disturbed."""
    out = of_all_workers(tmp_path_factory) / "undisturbed"

    def make() -> str:
        status, said = project.run(out)
        assert status == 0, said
        return said

    once(out.with_suffix(".txt"), make)
    assert len([name for name in tree(out) if name.endswith(".html")]) == 3 * len(PLACES) + 1
    return tree(out)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, closed with its module: while open, its event loop is in the way of kernels."""
    with started() as browser:
        yield browser


@contextmanager
def started(**environment: str) -> Iterator[Browser]:
    """Start the installed browser with these variables, and close it in the end."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        lacking("There is no chromium: install it to see the briefs in a browser.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=QUIET, env={**os.environ, **environment}
        )
        yield browser
        browser.close()


def lacking(why: str) -> NoReturn:
    """Skip a test that needs what this machine lacks, or fail it in `.ci/run`."""
    if os.environ.get("WORKBENCH_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{why} WORKBENCH_REQUIRE_BROWSER=1 asks for it.")
    pytest.skip(why)


def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the whole run: workers of pytest-xdist have one each, inside it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(file: Path, make: Callable[[], str]) -> str:
    """Return what `make` gave; of several processes one makes, and the others wait for its file."""
    try:
        file.with_suffix(".lock").open("x").close()
    except FileExistsError:
        deadline = time.monotonic() + 300
        while not file.exists():
            assert time.monotonic() < deadline, f"{file} did not come: see the other worker"
            time.sleep(0.1)
    else:
        aside = file.with_suffix(".aside")
        try:
            aside.write_text(make(), encoding="utf-8")
        except BaseException:
            file.with_suffix(".lock").unlink()  # the next who asks may have more luck
            raise
        aside.rename(file)
    return file.read_text(encoding="utf-8")


def _make(out: Path) -> str:
    every = sorted(languages(), key=lambda code: code != "nb")
    first = _run("-m", "Bærum", "--lang", *every, "--out", str(out))
    second = _run("-m", "Heim", "--out", str(out))
    assert second.returncode == 0, second.stdout + second.stderr
    said = {"returncode": first.returncode, "stdout": first.stdout, "stderr": first.stderr}
    return json.dumps(said)


def _run(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "run_all.py", *options]
    # Without a count of lines, which would take as long again: other tests reach the same code.
    quick = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=quick,
        capture_output=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
