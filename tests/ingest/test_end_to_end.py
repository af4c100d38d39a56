"""From the publisher's table to the brief: a revised figure remakes the briefs that use it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from project import Project

from ingest.server import Statbank, serving

MEASURE = "kindergarten_coverage_1_5"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    for name in ("01_status", "02_trends"):
        file = project.folder / "notebooks" / f"{name}.ipynb"
        file.write_bytes((ROOT / "notebooks" / f"{name}.ipynb").read_bytes())
    return project


def update(project: Project, root: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "update", "--measure", MEASURE, "--base-url", root],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(project.folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pages(out: Path) -> dict[str, bytes]:
    return {p.parent.name + "/" + p.name: p.read_bytes() for p in out.glob("*/0*.html")}


def test_one_revised_figure_makes_only_the_briefs_again_that_use_it(
    project: Project, bank: Statbank, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with serving(bank) as root:
        assert "brought in" in update(project, root)
        code, said = project.run(out)
        assert code == 0, said
        first = pages(out)
        assert len(first) == 4

        # The source says that it changed, but no figure did.
        bank.tables["13502"].updated = "2026-06-20T06:00:00Z"
        assert "brought in" in update(project, root)
        before = {path: path.stat().st_mtime_ns for path in out.glob("*/0*.html")}
        assert project.run(out)[0] == 0
        assert {path: path.stat().st_mtime_ns for path in before} == before

        # One figure of Skien is revised.
        bank.tables["13502"].updated = "2026-06-25T06:00:00Z"
        was = bank.values[("4003", "2025")]
        bank.values[("4003", "2025")] = was - 11.5
        assert f"revised: 4003 2025: {was:g} -> {was - 11.5:g}" in update(project, root)
        assert project.run(out)[0] == 0
    after = pages(out)
    changed = {name for name in after if after[name] != first[name]}
    assert changed >= {"4003-skien/01_status.nb.html", "4003-skien/02_trends.nb.html"}
    # A projection learns from the changes of all municipalities; a standing does not.
    touched = {path for path in before if path.stat().st_mtime_ns != before[path]}
    touched = {f"{path.parent.name}/{path.name}" for path in touched}
    assert "3201-baerum/01_status.nb.html" not in changed | touched
