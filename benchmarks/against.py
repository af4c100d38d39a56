"""How long this version takes beside another one, in turn on the same machine and figures.

    python benchmarks/batch.py --against COMMIT            # about 15 minutes on two cores
    python benchmarks/batch.py --against COMMIT --full     # with all municipalities, about an hour

Each pair is one run of this version and one of the other, which ran right before; what is quoted is
the median of the pairs' ratios, and the least and the largest. Times of different pairs are not
compared: a machine may be slower for a minute.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

PAIRS = 5

#: Seconds between two looks at how much memory the processes hold.
_LOOK = 0.5


class Version(NamedTuple):
    """A copy of the project, and the Python that has what it needs."""

    folder: Path
    python: str

    def call(self, *arguments: str) -> float:
        """Run Python in the copy and return the seconds that it took."""
        start = time.perf_counter()
        with self._begun(*arguments) as process:
            told = process.communicate()[0]
        took = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{' '.join(arguments)} in {self.folder.name}:\n{told[-3000:]}")
        return took

    def memory(self, *arguments: str) -> float:
        """Run Python in the copy and return the most MB that its processes held together.

        Of memory that several share each counts its part (proportional set size; Linux).
        """
        most = 0
        with self._begun(*arguments) as process:
            drained = threading.Thread(target=process.communicate)
            drained.start()
            while process.poll() is None:
                held = 0
                with suppress(psutil.Error):
                    root = psutil.Process(process.pid)
                    for one in (root, *root.children(recursive=True)):
                        with suppress(psutil.Error):
                            held += one.memory_full_info().pss
                most = max(most, held)
                time.sleep(_LOOK)
            drained.join()
        return most / 1e6

    def _begun(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )


def compare(this: Path, commit: str, python: str, sample: tuple[str, ...], full: bool) -> None:
    """Print a row for each kind of run: the ratio of this version's time to the other's.

    Parameters
    ----------
    this : Path
        A copy of this version that may be changed.
    commit : str
        The other version, of this repository.
    python : str
        A Python in which the other version's packages are installed.
    sample : tuple of str
        Numbers of the municipalities whose briefs are made.
    full : bool
        Also make all briefs of all municipalities, and have nothing to do for them.
    """
    with worktree(this.parent / "other", commit) as other:
        versions = Version(this, sys.executable), Version(other, python)
        print(f"{'this version / ' + commit:<58} {'median':>8} {'least':>8} {'most':>8}   seconds")
        for what, run, pairs in _runs(sample, full):
            for one in versions if pairs > 1 else ():
                run(one)  # what is compiled, cached and loaded by the first is there for the rest
            took = [[run(one) for one in versions] for _ in range(pairs)]
            ratios = [mine / theirs for mine, theirs in took]
            middle = [statistics.median(one) for one in zip(*took, strict=True)]
            figures = [statistics.median(ratios), min(ratios), max(ratios)]
            row = " ".join(f"{figure:>8.2f}" for figure in figures)
            print(f"{what:<58} {row}   {middle[0]:.2f} / {middle[1]:.2f}", flush=True)


def _runs(
    sample: tuple[str, ...], full: bool
) -> Iterator[tuple[str, Callable[[Version], float], int]]:
    """Yield what is run: its name, the run, and how many pairs of it."""

    def place(version: Version, out: str) -> str:
        # Two versions never write into one folder.
        return str(version.folder.parent / f"{out}-{version.folder.name}")

    def made(*options: str, out: str = "made") -> Callable[[Version], float]:
        return lambda version: version.call("run_all.py", "--out", place(version, out), *options)

    def corrected(measure: str) -> Callable[[Version], float]:
        def run(version: Version) -> float:
            correct(version.folder / "data" / "observations" / f"{measure}.csv", "4003", "2019")
            return made("--all", out="all")(version)

        return run

    def held(version: Version) -> float:
        out = place(version, "made")
        return version.memory("run_all.py", "--out", out, "-m", *sample, "--force")

    briefs = 6 * len(sample)
    yield f"{briefs} briefs from a standing start", made("-m", *sample, "--force"), PAIRS
    yield "  most memory of all processes (MB)", held, 1
    yield "one brief from a cold start", made("-m", "4003", "--brief", "trends", "--force"), PAIRS
    yield "run_all.py --help", lambda version: version.call("run_all.py", "--help"), PAIRS
    yield "import workbench", lambda version: version.call("-c", "import workbench"), PAIRS
    load = "import workbench; workbench.load()"
    yield "import, and the figures from their cache", lambda one: one.call("-c", load), PAIRS
    if full:
        yield "all briefs of all municipalities", made("--all", "--force", out="all"), 1
        yield "the same again, nothing to do", made("--all", out="all"), PAIRS
        one = "the same again, one figure corrected"
        yield one, corrected("registered_unemployment_annual"), PAIRS
        yield "  that all regressions read", corrected("low_income_share"), PAIRS // 2


def correct(table: Path, number: str, year: str) -> None:
    """Write another last digit into one figure of a table of observations."""
    lines = table.read_text(encoding="utf-8").splitlines()
    value = lines[0].split(",").index("value")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{number},{year},"))
    cells = lines[at].split(",")
    cells[value] = cells[value][:-1] + str((int(cells[value][-1]) + 1) % 10)
    lines[at] = ",".join(cells)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def worktree(folder: Path, commit: str) -> Iterator[Path]:
    """Lay out another version of this repository in a folder, for a while."""
    here = Path(__file__).resolve().parents[1]
    git = ["git", "-C", str(here), "worktree"]
    add = [*git, "add", "--detach", str(folder), commit]
    if subprocess.run(add, check=False, capture_output=True).returncode:
        sys.exit(f"{commit} could not be laid out: give a commit of this repository.")
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=False)
