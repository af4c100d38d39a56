"""Warm kernels with real hosts: got by name, alike to ordinary ones, gone with their host."""

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager, start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook
from project import copy_package

from workbench.batch import execute
from workbench.batch import plan as planning
from workbench.batch.kernels import NAME, provisioner
from workbench.batch.kernels.server import Request
from workbench.batch.pool import Pool
from workbench.dataset import Dataset

if sys.platform != "linux":
    pytest.skip("kernels are forked on Linux", allow_module_level=True)

Kernel = tuple[KernelManager, Any]


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel(kernel_name=NAME)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def said(client: Any, source: str) -> str:
    """Return what a cell prints in a kernel."""
    texts: list[str] = []

    def take(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    reply = client.execute_interactive(source, timeout=60, output_hook=take)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(texts).strip()


def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid):
            return True
        time.sleep(0.02)
    return False


# Got by name


def test_it_is_a_fork_that_has_everything_imported(kernel: Kernel) -> None:
    _, client = kernel
    wanted = ["statsmodels.formula.api", "workbench.briefs.view"]
    has = f"import sys\nprint([name in sys.modules for name in {wanted}])"
    assert said(client, has) == "[True, True]"
    parent = psutil.Process(int(said(client, "import os\nprint(os.getppid())")))
    assert "workbench.batch.kernels.server" in parent.cmdline()
    assert parent.num_threads() == 1
    assert parent.parent() is not None and parent.parent().pid == os.getpid()  # type: ignore[union-attr]


def test_its_sockets_lie_in_a_short_folder_of_their_own_and_go_with_it(kernel: Kernel) -> None:
    manager, client = kernel
    folder = Path(manager.ip).parent
    assert manager.transport == "ipc" and folder.is_absolute() and len(manager.ip) < 90
    assert stat_mode(folder) == 0o700, "nobody else may listen"
    assert sorted(path.name for path in folder.glob("k-*")) == [f"k-{n}" for n in range(1, 6)]
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert not folder.exists()


def test_without_a_place_for_sockets_a_kernel_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.setattr("workbench.storage.files._SHORT", ())
    manager, client = start_new_kernel(kernel_name=NAME)
    try:
        assert manager.transport == "tcp" and said(client, "print(6 * 7)") == "42"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "is too long for sockets" in caplog.text


def stat_mode(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_it_works_where_the_host_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside_me.py").write_text("WORD = 'blåbær'", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OF_THE_HOST", "Tromsø")
    manager, client = start_new_kernel(kernel_name=NAME)
    try:
        source = (
            "import os, beside_me\nprint(os.getcwd(), os.environ['OF_THE_HOST'], beside_me.WORD)"
        )
        assert said(client, source) == f"{tmp_path} Tromsø blåbær"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_no_two_draw_the_same(kernel: Kernel) -> None:
    draw = "import random, numpy\nprint(random.random(), numpy.random.random())"
    manager, client = start_new_kernel(kernel_name=NAME)
    try:
        first, other = said(kernel[1], draw).split(), said(client, draw).split()
        assert not {*first} & {*other}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_nbconvert_gets_it_by_name(tmp_path: Path) -> None:
    node = new_notebook(
        cells=[new_code_cell("import sys\nprint('statsmodels.formula.api' in sys.modules)")]
    )
    (tmp_path / "a.ipynb").write_text(nbformat.writes(node), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "a.ipynb"]
    command += ["--output", "b.ipynb", f"--ExecutePreprocessor.kernel_name={NAME}"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert nbformat.read(tmp_path / "b.ipynb", 4).cells[0].outputs[0].text == "True\n"


def test_it_is_interrupted_and_restarted_as_any_other(kernel: Kernel) -> None:
    manager, client = kernel
    # Else what is asked soon after is aborted with it.
    waiting = client.execute("import time\ntime.sleep(60)", stop_on_error=False)
    time.sleep(0.5)
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=10))["parent_header"]["msg_id"] != waiting:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    before = said(client, "import os\nprint(os.getpid())")
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=30)
    assert said(client, "import os\nprint(os.getpid())") != before


def test_many_leave_no_file_and_no_thread_open() -> None:
    own = psutil.Process()
    counts = []
    for _ in range(6):
        manager, client = start_new_kernel(kernel_name=NAME)
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        counts.append((own.num_fds(), own.num_threads()))
    assert counts[2] == counts[-1], counts


# Gone with its host


def alone() -> dict[str, str]:
    """Return variables of a host that shares no fork server, and counts no lines."""
    left_out = (provisioner.SHARED, "COVERAGE", "COV_")
    return {k: v for k, v in os.environ.items() if not k.startswith(left_out)}


HOST = """
import sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="workbench")
print(manager.provisioner.pid, manager.ip, flush=True)
client.execute({source!r})
time.sleep(60)
"""


@pytest.mark.parametrize("source", ["import time\ntime.sleep(60)", "while True: pass"])
def test_it_dies_with_a_host_that_is_killed(source: str, tmp_path: Path) -> None:
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(source=source)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=alone() | {"TMPDIR": str(tmp_path)},
    )
    assert host.stdout is not None
    pid, address = host.stdout.readline().split()
    server = psutil.Process(int(pid)).ppid()
    time.sleep(0.3)
    host.kill()
    host.wait()
    assert gone(int(pid)) and gone(server)
    assert not Path(address).parent.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_and_its_host_may_go_in_the_same_moment(tmp_path: Path) -> None:
    """The fork server is told of both at once, and serves on."""
    first = provisioner.fork(request_of(tmp_path / "a"))
    server = psutil.Process(first.pid).ppid()
    for at in range(20):
        kernel = provisioner.fork(request_of(tmp_path / str(at)))
        os.kill(server, signal.SIGSTOP)
        os.kill(kernel.pid, signal.SIGKILL)
        del kernel
        gc.collect()
        os.kill(server, signal.SIGCONT)
    assert psutil.Process(provisioner.fork(request_of(tmp_path / "z")).pid).ppid() == server
    assert first.poll() is None
    first.kill()


def request_of(folder: Path) -> Request:
    folder.mkdir()
    return Request(["-f", str(folder / "kernel.json")], str(folder), dict(os.environ), sys.path)


def test_it_dies_with_the_fork_server_and_the_next_has_a_new_one(kernel: Kernel) -> None:
    _, client = kernel
    pid, server = (
        int(n) for n in said(client, "import os\nprint(os.getpid(), os.getppid())").split()
    )
    os.kill(server, signal.SIGKILL)
    assert gone(pid)
    manager, other = start_new_kernel(kernel_name=NAME)
    try:
        assert int(said(other, "import os\nprint(os.getppid())")) not in (server, os.getpid())
    finally:
        other.stop_channels()
        manager.shutdown_kernel(now=True)


# What libraries read once


def test_what_is_imported_beforehand_does_not_settle_where_charts_go() -> None:
    """Neither pyplot nor the place that charts go to, and the others not by way of them."""
    steps = "import sys\nfrom workbench.batch.kernels import preload\npreload.load()\n"
    steps += "print({'matplotlib.pyplot', 'seaborn', 'matplotlib_inline.backend_inline'}"
    done = told(Path.cwd(), alone(), steps + " & {*sys.modules}, 'matplotlib' in sys.modules)")
    assert done.stdout.strip() == "set() True"


@pytest.mark.parametrize(
    "source",
    [
        "import seaborn as sns\n_ = sns.lineplot(x=[1, 2], y=[3, 4])",
        "import pandas as pd\n_ = pd.Series([1, 2]).plot()",
        "%matplotlib inline\nfrom matplotlib import pyplot as plt\nplt.bar(['a'], [1])\nplt.show()",
    ],
)
def test_charts_are_shown_where_they_are_drawn(kernel: Kernel, source: str) -> None:
    shown: list[str] = []
    reply = kernel[1].execute_interactive(
        source, timeout=60, output_hook=lambda m: shown.extend(m["content"].get("data", []))
    )
    assert reply["content"]["status"] == "ok" and "image/png" in shown, reply["content"]


def test_settings_are_those_of_the_kernels_own_folder(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\n", encoding="utf-8")
    manager, client = start_new_kernel(kernel_name=NAME, cwd=str(tmp_path))
    try:
        assert said(client, "import matplotlib as m\nprint(m.rcParams['lines.linewidth'])") == "7.5"
        assert int(said(client, "import os\nprint(os.getppid())")) != os.getpid(), "a fork"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("variables", "asked", "answer"),
    [
        ({"TZ": "Asia/Tokyo"}, "import time\nprint(time.tzname[0])", "JST"),
        (
            {"PANDAS_FUTURE_INFER_STRING": "0"},
            "import pandas as pd\nprint(pd.Series(['a']).dtype)",
            "object",
        ),
        ({"LC_ALL": "nn_NO.UTF-8"}, "import babel.dates\nprint(babel.dates.LC_TIME)", "nn_NO"),
        ({"MPLBACKEND": "svg"}, "import matplotlib.pyplot as p\nprint(p.get_backend())", "svg"),
        ({"WORKBENCH_MINE": "x"}, "import os\nprint(os.environ['WORKBENCH_MINE'])", "x"),
    ],
)
def test_variables_are_the_kernels_own(variables: dict[str, str], asked: str, answer: str) -> None:
    """Whatever the process that is forked was started with."""
    manager, client = start_new_kernel(kernel_name=NAME, env=os.environ | variables)
    try:
        assert said(client, asked) == answer
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# Where none can be had


def test_an_ordinary_one_gives_the_same_bytes(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many briefs of one municipality that its worker finds beforehand what they share."""
    briefs = ["01_status", "04_climate", "06_network"]
    made = {}
    for way, switch in (("worker", "1"), ("warm", "1"), ("ordinary", "0")):
        monkeypatch.setenv(provisioner.SWITCH, switch)
        plan = planning.plan(data, ["4003"], briefs, ["nb"], tmp_path / way)
        tasks = [task for task in plan.tasks if task.number]
        if way == "worker":
            with Pool(1) as pool:
                work = planning.Work(tasks[0].out, tasks[0].ledger, tuple(tasks))
                results = [result for one in pool.all([work]) for _, result in one.results]
        else:
            results = [execute.make(task) for task in tasks]
        assert [result.outcome for result in results] == ["succeeded"] * 3, results
        made[way] = [(task.page.read_bytes(), task.executed.read_bytes()) for task in tasks]
    assert made["worker"] == made["warm"] == made["ordinary"]
    assert all(len(page) > 20_000 for page, _ in made["warm"])


def package_copy(folder: Path) -> dict[str, str]:
    """Return variables by which a host uses a copy of the package that may be changed."""
    copy_package(folder)
    return alone() | {"PYTHONPATH": str(folder)}


TELL = """
import os, sys
from jupyter_client.manager import start_new_kernel
def parent():
    manager, client = start_new_kernel(kernel_name="workbench")
    out = []
    client.execute_interactive("import os; print(os.getppid())", timeout=60,
        output_hook=lambda m: out.append(m["content"].get("text", "")))
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return int("".join(out)) == os.getpid()
"""


def told(folder: Path, env: dict[str, str], steps: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", TELL + steps],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=True,
    )


def test_after_the_package_is_edited_a_kernel_reads_it_anew(tmp_path: Path) -> None:
    env = package_copy(tmp_path)
    edit = "from pathlib import Path\nPath('workbench/dataset/lookup.py').touch()\n"
    done = told(tmp_path, env, f"print(parent())\n{edit}print(parent())")
    assert done.stdout.split() == ["False", "True"], "warm first, then an ordinary one of the host"
    assert "the package was edited" in done.stderr


def test_where_the_fork_server_cannot_start_there_is_an_ordinary_kernel(tmp_path: Path) -> None:
    env = package_copy(tmp_path)
    server = tmp_path / "workbench" / "batch" / "kernels" / "server.py"
    text = server.read_text(encoding="utf-8")
    server.write_text(text.replace("    preload.load()", "    sys.exit(3)"), encoding="utf-8")
    done = told(tmp_path, env, "print(parent())")
    assert done.stdout.split() == ["True"]
    assert "No warm kernel, an ordinary one instead" in done.stderr


def test_a_fork_server_with_a_second_thread_refuses(tmp_path: Path) -> None:
    env = package_copy(tmp_path)
    server = tmp_path / "workbench" / "batch" / "kernels" / "server.py"
    more = "    preload.load()\n    import threading, time\n"
    more += "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    text = server.read_text(encoding="utf-8")
    server.write_text(text.replace("    preload.load()", more), encoding="utf-8")
    done = told(tmp_path, env, "print(parent())")
    assert done.stdout.split() == ["True"]
    assert "the fork server has 2 threads" in done.stderr


def test_a_fork_server_whose_host_goes_while_it_loads_leaves_without_a_word(tmp_path: Path) -> None:
    place = tmp_path / "sockets"
    place.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "server"))
        listener.listen()
        server = subprocess.Popen(
            [sys.executable, "-m", "workbench.batch.kernels.server", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env=provisioner.environment(),
            text=True,
        )
    shutil.rmtree(place)
    _, said = server.communicate(timeout=60)
    assert (server.returncode, said) == (0, "")
