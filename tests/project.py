"""A copy of the project with small notebooks, whose runs can be told from all others."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook

from workbench.storage import cache

ROOT = Path(__file__).resolve().parents[1]

PARAMETERS = 'municipality: str = "3201"\nlanguage: str = "nb"'
SHOW = "import time\ntime.sleep(0.15)\nfrom IPython.display import HTML\n"
SHOW += 'HTML(f"<h1>{municipality} in {language}</h1>")'
PLACES = ["Bærum", "Skien"]
DAY = ["--date", "2026-11-23"]


class Project:
    """A copy of the project with small notebooks, whose runs can be told from others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        copy_package(folder)
        shutil.copy(ROOT / "run_all.py", folder)
        (folder / "notebooks").mkdir()
        self.temporary = Path(tempfile.mkdtemp(prefix="t-"))

    def notebook(self, name: str, *cells: str) -> None:
        node = new_notebook(
            cells=[
                new_code_cell(PARAMETERS, id="p", metadata={"tags": ["parameters"]}),
                *[new_code_cell(cell, id=f"c{at}") for at, cell in enumerate(cells)],
            ]
        )
        node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
        file = self.folder / "notebooks" / f"{name}.ipynb"
        file.write_text(nbformat.writes(node), encoding="utf-8")

    @contextmanager
    def limit(self, module: str, name: str, seconds: int) -> Iterator[None]:
        """Let its programs wait less, without an edit: other code has everything reckoned again."""
        file = self.folder / "sitecustomize.py"  # which Python runs first
        file.write_text(f"import {module}\nassert {module}.{name}\n{module}.{name} = {seconds}\n")
        try:
            yield
        finally:
            file.unlink()

    def begin(self, out: Path | str, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "run_all.py", "-m", *PLACES, "--out", str(out), "--jobs", "2"]
        return subprocess.Popen(
            [*command, *DAY, *options],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes; by one of them they are told from others."""
        left_out = ("COVERAGE", "COV_")
        quick = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        return quick | {"TMPDIR": str(self.temporary), "PYTHONPATH": str(self.folder)}

    def run(self, out: Path | str, *options: str) -> tuple[int, str]:
        going = self.begin(out, *options)
        said, _ = going.communicate(timeout=120)
        return going.returncode, said

    def python(self, *arguments: str) -> tuple[int, str]:
        """Return the status and the words of a program run in the project."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout

    def processes(self) -> list[psutil.Process]:
        """Return all processes of this project's runs, kernels and helpers among them."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("TMPDIR") == str(self.temporary)
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:  # gone, or somebody else's
                continue
        return found

    def gone(self, seconds: float = 10) -> list[psutil.Process]:
        """Return the processes that are still there after a while."""
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left


def copy_package(folder: Path) -> None:
    """Copy the package and the figures, with what is compiled and kept of them already."""
    for name in ("workbench", "data"):
        half_written = shutil.ignore_patterns("*.pyc.*")
        shutil.copytree(ROOT / name, folder / name, ignore=half_written)
    copy_kept(folder / ".cache")


def copy_kept(folder: Path) -> None:
    """Let what is kept already be found in another folder, too."""
    if cache.FOLDER.is_dir():
        unfinished = shutil.ignore_patterns(".aside-*", "*.lock")
        shutil.copytree(cache.FOLDER, folder, ignore=unfinished, copy_function=shared)


def shared(file: str, place: str) -> None:
    """Give a file a second name where that can be: what is kept is replaced, never written into."""
    try:
        os.link(file, place)
    except OSError:
        with suppress(FileNotFoundError):  # swept by another process meanwhile
            shutil.copy2(file, place)


def leave_only(folder: Path, measures: Sequence[str]) -> None:
    """Take all other measures out of a folder of figures, and what other tables say of them."""
    for file in (folder / "observations").glob("*.csv"):
        if file.stem not in measures:
            file.unlink()
    for file in (*folder.glob("*.csv"), *folder.glob("sources/*.csv")):
        with file.open(encoding="utf-8", newline="") as opened:
            head, *rows = csv.reader(opened)
        if "measure" in head:
            at = head.index("measure")
            left = [row for row in rows if row[at] in ("", *measures)]
            with file.open("w", encoding="utf-8", newline="") as opened:
                csv.writer(opened, lineterminator="\n").writerows([head, *left])


def tree(out: Path) -> dict[str, bytes]:
    """Return what is published: all but the record of the run and what the folder notes."""
    found = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    kept = {name: path for name, path in found.items() if not name.startswith((".state", "run."))}
    return {name: path.read_bytes() for name, path in kept.items()}
