"""Cells in a fork of the worker: their outputs are those of an ordinary kernel, to the byte."""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from bs4 import BeautifulSoup

from workbench.errors import WorkbenchError
from workbench.rendering import page

if sys.platform != "linux":
    pytest.skip("workers are forked on Linux", allow_module_level=True)

#: A program that has imported what workers import and, for each line that it is sent, forks one of
#: a single thread, as a worker is. That executes cells by the engine and by an ordinary kernel, and
#: tells how both went in a file.
HOST = """
import json, os, signal, sys, threading, time
from pathlib import Path
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from papermill.engines import papermill_engines
from workbench.batch import engine, execute, fork_server, warm

def made(name, seconds=20):
    cells = [
        new_code_cell(source, id=f"c{at}", metadata={"tags": [*TAGS.get(at, ["raises-exception"])]})
        for at, source in enumerate(CELLS)
    ]
    node = new_notebook(cells=cells)
    node.metadata.update(kernelspec={"name": "python3", "display_name": ""}, papermill={})
    limits = dict(cell_limit=seconds, brief_limit=60, print_limit=20_000_000, cwd=Path.cwd())
    limits["shares"] = SHARES
    ordinary = dict(timeout=seconds, record_timing=False, shutdown_kernel="immediate")
    more = limits if name == engine.NAME else ordinary
    way = papermill_engines.get_engine(name)
    node = way.execute_notebook(node, "python3", progress_bar=False, **more)
    return nbformat.writes(execute.steady(node))

OURS, THEIRS, TAGS, SHARES = engine.NAME, None, {}, False
for line in sys.stdin:
    CELLS, steps, said = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 1)
        os.environ["WORKBENCH_PLAIN"] = "1"
        engine.prepare()
        exec(steps)
        sys.stdout.flush()
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""

Teller = Callable[[list[str], str], Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Teller]:
    """What such a program's worker prints of cells and steps, as JSON."""
    steady = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    quiet = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTEST"))}
    host = subprocess.Popen(
        [sys.executable, "-c", HOST],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=quiet | steady,
        text=True,
    )
    assert host.stdin and host.stdout
    asking, answering = host.stdin, host.stdout

    def ask(cells: list[str], steps: str) -> Any:
        said = tmp_path_factory.mktemp("worker") / "said"
        asking.write(json.dumps([cells, textwrap.dedent(steps), str(said)]) + "\n")
        asking.flush()
        assert answering.readline() == "0\n"
        return json.loads(said.read_text(encoding="utf-8").splitlines()[-1])

    yield ask
    asking.close()
    assert host.wait(10) == 0


SHOWN = """import seaborn as sns
import workbench as wb
wb.show(sns.lineplot(x=[1, 2], y=[3, 4]), alt="tre og fire", caption="To tall")"""
CELLS = {
    "printed": "import sys\nprint('a'); print('b', file=sys.stderr); print('c', flush=True); 1",
    "past Python's streams": "import os, subprocess\n_ = os.write(1, 'blåbær\\n'.encode())\n"
    "_ = os.system('echo sub >&2')\n_ = subprocess.run(['echo', 'other'])",
    "past them by their numbers": "import faulthandler\nimport os, subprocess, sys\n"
    "_ = subprocess.run(['echo', 'hei'], stdout=sys.stdout, stderr=sys.stderr)\n"
    "os.write(sys.stderr.fileno(), b'err'), faulthandler.enable(sys.stderr), os.isatty(1)",
    "displayed": "from IPython.display import HTML, clear_output, display\n"
    "h = display(HTML('x'), display_id='i')\nprint('between')\nh.update(HTML('y'))\n"
    "display(HTML('z'), metadata={'text/html': {'k': [1, None]}})",
    "cleared": "print('gone')\ndisplay(1)\nclear_output()\ndisplay({'a': 1})",
    "drawn": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(plt.get_backend())",
    "drawn and shown": "display(plt.gcf())\nplt.close('all')",
    "by seaborn": "import seaborn as sns\nsns.lineplot(x=[1, 2], y=[3, 4])",
    "by pandas": "import pandas as pd\npd.Series([1, 2, 3]).plot(title='Folketall')",
    "by pylab": "from pylab import *\nbar(['a', 'b'], [1, 2])\nshow()",
    "with words": "picture, axes = plt.subplots(figsize=(2, 1))\n"
    "display(picture, metadata={'image/png': {'alt': 'to punkter'}})\nplt.close(picture)",
    "tables": "import pandas as pd\npd.DataFrame({'a': [1, float('nan')]})",
    "awaited": "import asyncio\nawait asyncio.sleep(0.01)\n"
    "later = asyncio.create_task(asyncio.sleep(0))",
    "done meanwhile": "later.done(), In[1], len(Out), __name__, sys.stdout.isatty()",
    "magics": "!echo shell\n%config InlineBackend",
    "another program": "%%bash\necho cell",
    "help": "len?",
    "asked": "try:\n    input('x')\nexcept Exception as error:\n    print(repr(error))",
    "warned": "import logging, warnings\nlogging.warning('log')\nwarnings.warn('w', stacklevel=2)",
    "raised": "def f(x):\n    return 1 / x\n\nf(0)",
    "no Python": "def (",
    "left": "raise SystemExit(3)",
    "interrupted": "os.kill(os.getpid(), 2)",
    "awaited in vain": "await asyncio.sleep('x')",
    "not displayed": "class A:\n    __repr__ = lambda self: 'A'\n"
    "    _repr_html_ = lambda self: 1 / 0\n\nA()",
    "slowly printed": "import time\nprint(1); time.sleep(0.5); print(2, file=sys.stderr); print(3)",
    "more than a pipe holds": "print('x' * 300_000)",
    "taken up": "import ipywidgets\nheard = ipywidgets.Output()\nwith heard:\n    print('in')",
    "empty": "  ",
}


def test_cells_give_the_same_bytes_as_in_an_ordinary_kernel(told: Teller) -> None:
    steps = "print(json.dumps([made(OURS), made(THEIRS)]))"
    ours, theirs = told(list(CELLS.values()), steps)
    for name, one, other in zip(
        CELLS, json.loads(ours)["cells"], json.loads(theirs)["cells"], strict=True
    ):
        assert one == other, name
    # Widgets have names by chance.
    one, other = json.loads(ours), json.loads(theirs)
    assert one["metadata"].pop("widgets").keys() == other["metadata"].pop("widgets").keys()
    assert one == other


def test_charts_are_shown_and_one_without_words_is_refused(told: Teller) -> None:
    drawn = ["drawn", "by seaborn", "by pandas", "by pylab", "with words"]
    node = nbformat.reads(
        told([CELLS[name] for name in drawn], "print(json.dumps(made(OURS)))"), as_version=4
    )
    pictures = [
        [output for output in cell.outputs if "image/png" in output.get("data", {})]
        for cell in node.cells
    ]
    assert [len(some) for some in pictures] == [1, 1, 1, 1, 1]
    about = page.Page("", "nb", "", "", "", "")
    with pytest.raises(WorkbenchError, match=r"image/png.*no text alternative.*alt"):
        page.page(node, about)
    node.cells = node.cells[-1:]
    shown = BeautifulSoup(page.page(node, about), "html5lib").select("figure img")
    assert [image["alt"] for image in shown] == ["to punkter"]


def test_figures_are_closed_after_their_cell(told: Teller) -> None:
    count = "import matplotlib.pyplot as plt\nlen(plt.get_fignums())"
    cells = [CELLS["by seaborn"], count, CELLS["by pylab"], count, SHOWN, count]
    node = nbformat.reads(told(cells, "print(json.dumps(made(OURS)))"), as_version=4)
    texts = [cell.outputs[-1].data["text/plain"] for cell in node.cells[1::2]]
    assert texts == ["0", "0", "0"]
    node.cells = node.cells[4:]
    (shown,) = node.cells[0].outputs
    assert "<figcaption>To tall</figcaption>" in shown.data["text/html"]
    found = BeautifulSoup(page.page(node, page.Page("", "nb", "", "", "", "")), "html5lib")
    (title,) = found.select("figure svg > title")
    assert title.get_text() == "tre og fire"


def test_settings_of_matplotlib_are_those_of_the_notebooks_folder(
    told: Teller, tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\nbackend: pdf\n")
    cell = (
        "import matplotlib.pyplot as plt\nprint(plt.rcParams['lines.linewidth'])\n_ = plt.plot([1])"
    )
    steps = f"os.chdir({str(tmp_path)!r})\nprint(json.dumps([made(OURS), made(THEIRS)]))"
    ours, theirs = (json.loads(node)["cells"] for node in told([cell], steps))
    assert ours == theirs
    printed, picture = ours[0]["outputs"]
    assert printed["text"] == ["7.5\n"] and "image/png" in picture["data"]


def test_a_cell_to_skip_is_skipped(told: Teller) -> None:
    steps = "TAGS[0] = ['skip-execution']\nprint(json.dumps([made(OURS), made(THEIRS)]))"
    ours, theirs = told(["print('skipped')", "print('executed')"], steps)
    assert ours == theirs and not json.loads(ours)["cells"][0]["outputs"]


def test_what_is_printed_stays_in_order_whoever_prints(told: Teller) -> None:
    cell = (
        "import os\nprint(1)\n_ = os.system('echo 2')\nprint(3)\n_ = os.write(1, b'4 ')\nprint(5)"
    )
    node = told([cell], "print(json.dumps(made(OURS)))")
    assert texts(node) == ["1", "2", "3", "4", "5"]


def test_nothing_of_what_other_programs_print_is_lost(told: Teller) -> None:
    other = (
        "import subprocess\n_ = subprocess.run('yes | head -c 300000', shell=True); print('end')"
    )
    node = told([other], "print(json.dumps(made(OURS)))")
    assert texts(node) == [*["y"] * 150_000, "end"]


def _alive(pids: list[int]) -> list[int]:
    """Return which of the processes go on after a while; what waits to be buried does not."""

    def goes_on(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    deadline = time.monotonic() + 5
    while (left := [pid for pid in pids if goes_on(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_it_is_a_process_of_its_own_and_takes_along_what_it_started(told: Teller) -> None:
    start = "import os, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '60']).pid)"
    steps = "print(json.dumps([os.getpid(), made(OURS), made(OURS)]))"
    host, *nodes = told([start], steps)
    said = [json.loads(node)["cells"][0]["outputs"][0]["text"] for node in nodes]
    pids = [int(pid) for text in said for pid in "".join(text).split()]
    assert len({host, *pids}) == 5
    assert not _alive(pids)


def test_those_that_share_a_process_know_nothing_of_each_other(told: Teller) -> None:
    cells = [
        "print('known' in globals(), len(In), len(Out))\nknown = 1\nknown",
        "import os, sys\nprint('err', file=sys.stderr)\n_ = os.write(1, b'out')",
        "import os\nprint(os.getpid())",
    ]
    steps = """
    alone, SHARES, shared = made(OURS), True, []
    with engine.together():
        shared += [made(OURS), made(OURS)]
        SHARES = False
        shared += [made(OURS)]
        SHARES = True
        shared += [made(OURS)]
    print(json.dumps([alone, *shared, made(OURS)]))
    """
    nodes = [json.loads(node)["cells"] for node in told(cells, steps)]
    pids = [int(cells.pop()["outputs"][0]["text"][0]) for cells in nodes]
    assert pids[1] == pids[2] == pids[4]
    assert len(set(pids)) == 4
    assert not _alive(pids)
    assert nodes[0][0]["outputs"][0]["text"] == ["False 2 0\n"]
    assert all(cells == nodes[0] for cells in nodes)


def test_one_that_shares_and_dies_takes_no_other_along(told: Teller) -> None:
    steps = """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    SHARES, said = True, []
    with engine.together():
        for cell in ("1", "os._exit(0)", "2", "while 1: pass", "os.kill(os.getpid(), 9)", "3", "4"):
            CELLS[1:] = [cell]
            try:
                said.append(made(OURS, 3))
            except (DeadKernelError, CellTimeoutError) as error:
                said.append(type(error).__name__)
    print(json.dumps(said))
    """
    said = told(["import os\nprint(os.getpid())"], steps)
    faults = [said.pop(at) for at in (4, 3, 1)]
    assert faults == ["DeadKernelError", "CellTimeoutError", "DeadKernelError"]
    first, second, third, fourth = (texts(node)[0] for node in said)
    assert len({first, second, third}) == 3 and third == fourth


def test_no_two_draw_the_same(told: Teller) -> None:
    draw = "import random, numpy\nprint(random.random(), numpy.random.random())"
    first, other = told([draw], "print(json.dumps([made(OURS), made(OURS)]))")
    assert not {*texts(first)} & {*texts(other)}


def texts(node: str) -> list[str]:
    return "".join(json.loads(node)["cells"][0]["outputs"][0]["text"]).split()


def test_one_that_dies_or_takes_too_long_is_told_and_leaves_no_file_open(told: Teller) -> None:
    steps = """
    from pathlib import Path
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    counts = []
    for _ in range(3):
        for cell, error in (("os._exit(0)", DeadKernelError), ("while 1: pass", CellTimeoutError)):
            CELLS[1:] = [cell]
            try:
                made(OURS, 3)
            except error:
                counts.append(len(list(Path("/proc/self/fd").iterdir())))
    print(json.dumps(counts))
    """
    counts = told(["import os"], steps)
    assert len(counts) == 6 and len(set(counts[1:])) == 1


def test_a_process_with_a_second_thread_is_not_forked(told: Teller) -> None:
    steps = """
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    fork_server.begin()
    print(json.dumps([os.getpid(), made(OURS)]))
    """
    host, node = told(["import os\nprint(os.getppid())"], steps)
    assert [str(host)] != texts(node)


def test_it_dies_with_its_worker(told: Teller, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    loop = f"import os, pathlib\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    steps = """
    CELLS.append("os.kill(os.getppid(), 9)")
    CELLS.append("while True: pass")
    made(OURS)
    """
    with pytest.raises(AssertionError):
        told([loop], steps)
    pid = int(note.read_text())
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)
    assert not psutil.pid_exists(pid)
