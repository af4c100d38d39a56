"""Working inside a folder that somebody handed over: nothing there is imported as a library."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from project import DAY, ROOT, Project, tree

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


@pytest.mark.parametrize("warm", ["1", "0"])
def test_a_run_imports_nothing_from_the_folder_it_is_started_in(
    project: Project, foreign: Path, warm: str
) -> None:
    (project.folder / "notebooks" / "beside.py").write_text("WORD = 'found'\n", encoding="utf-8")
    project.notebook("03_beside", BESIDE)
    environment = {k: v for k, v in project.environment.items() if k != "PYTHONPATH"}
    options = ["-m", "Skien", "--brief", "beside", "--out", "out", "--jobs", "1", *DAY]
    done = subprocess.run(
        [sys.executable, str(project.folder / "run_all.py"), *options],
        cwd=foreign,
        env=environment | {"WORKBENCH_WARM": warm},
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
from workbench.batch.worker import hire
if __name__ == "__main__":
    worker = hire()
    worker.line.send((None, False))
    assert worker.line.poll(200)
    worker.kill()
"""


@pytest.mark.parametrize("warm", ["1", "0"])
def test_nor_do_the_workers_of_another_host(foreign: Path, warm: str) -> None:
    host = foreign.parent / "host.py"
    host.write_text(HOST % str(ROOT), encoding="utf-8")
    environment = os.environ | {"WORKBENCH_WARM": warm}
    subprocess.run([sys.executable, host], cwd=foreign, env=environment, check=True, timeout=240)
    assert not (foreign.parent / "imported").exists()
