"""A run on a real Dask cluster, into a real S3 server: the same tree as a run on this machine."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from project import DAY, PLACES, ROOT, SHOW, Project, tree

from workbench.batch import dask_backend as dask_cluster
from workbench.batch.dask_backend import check
from workbench.batch.tasks import Work
from workbench.errors import UsageError

if sys.platform != "linux":
    pytest.skip("processes are found as Linux tells of them", allow_module_level=True)

Process = subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listening(port: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.05)


@dataclass
class Cluster:
    """A scheduler and workers, which use the project's copy."""

    project: Project
    address: str
    processes: list[Process]

    def workers(self) -> list[psutil.Process]:
        """Return the processes that make briefs, below their nannies."""
        nanny = psutil.Process(self.processes[1].pid)
        return [p for p in nanny.children() if "spawn_main" in " ".join(p.cmdline())]


PLACE = ["--host", "127.0.0.1", "--no-dashboard"]


def dask(project: Project, *arguments: str, python: str = sys.executable, **more: str) -> Process:
    command = [python, "-m", "dask", *arguments]
    environment = project.environment | more
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    place = more.get("PYTHONPATH", str(project.folder))
    return subprocess.Popen(command, cwd=place.split(os.pathsep)[0], env=environment, **quiet)


def started(project: Project, scheme: str = "tcp", workers: int = 2) -> Cluster:
    port = free_port()
    scheduler = ["scheduler", *PLACE, "--protocol", scheme, "--port", str(port)]
    address = f"{scheme}://127.0.0.1:{port}"
    made = Cluster(project, address, [dask(project, *scheduler)])
    listening(port)
    if workers:
        several = ["--nworkers", str(workers), "--nthreads", "1", "--protocol", scheme]
        made.processes.append(dask(project, "worker", address, *PLACE, *several))
    return made


def stopped(cluster: Cluster) -> None:
    for process in reversed(cluster.processes):
        process.terminate()
    for process in reversed(cluster.processes):
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket on an S3 server of our own, over HTTP."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = dict(os.environ)
    os.environ.update(
        AWS_ACCESS_KEY_ID="nobody",
        AWS_SECRET_ACCESS_KEY="nothing",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
    )
    try:
        listening(port)
        import s3fs

        # It keeps what it made for the server of another module of tests, by its arguments alone.
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("briefs")
        yield "s3://briefs"
    finally:
        os.environ.clear()
        os.environ.update(kept)
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def cluster(project: Project, bucket: str) -> Iterator[Cluster]:
    made = started(project)
    yield made
    stopped(made)


def fetched(address: str) -> dict[str, bytes]:
    """Return what is published in a bucket, by path."""
    import s3fs

    files = s3fs.S3FileSystem()
    files.invalidate_cache()
    root = address.removeprefix("s3://")
    with tempfile.TemporaryDirectory() as folder:
        files.get(root, folder, recursive=True)
        return tree(Path(folder) / root.rpartition("/")[2])


def test_on_a_cluster_and_into_a_bucket_the_tree_is_the_same(
    cluster: Cluster, undisturbed: dict[str, bytes], bucket: str
) -> None:
    out = f"{bucket}/tree"
    status, said = cluster.project.run(out, "--scheduler", cluster.address)
    assert status == 0, said
    assert f"{2 * len(PLACES)} made, 0 up to date, 0 failed" in said
    assert fetched(out) == undisturbed
    status, said = cluster.project.run(out, "--scheduler", cluster.address)
    assert status == 0 and f"0 made, {2 * len(PLACES)} up to date" in said


def test_its_briefs_have_everything_imported(cluster: Cluster, tmp_path: Path) -> None:
    notebooks = cluster.project.folder / "notebooks"
    tell = "import sys\nassert 'workbench.briefs.view' in sys.modules\nimport psutil, os\n"
    tell += "assert 'forkserver' in ' '.join(psutil.Process(os.getppid()).cmdline())"
    cluster.project.notebook("03_tells", tell, SHOW)
    try:
        status, said = cluster.project.run(
            tmp_path, "--scheduler", cluster.address, "--brief", "03_tells"
        )
    finally:
        (notebooks / "03_tells.ipynb").unlink()
    assert status == 0, said


@pytest.mark.parametrize("who", ["worker", "its fork that makes briefs"])
def test_a_worker_that_is_killed_costs_nothing(
    cluster: Cluster, undisturbed: dict[str, bytes], tmp_path: Path, who: str
) -> None:
    going = cluster.project.begin(tmp_path, "--scheduler", cluster.address)
    while "succeeded" not in (line := going.stdout.readline() if going.stdout else ""):
        assert line, "it ended before"
    victim = cluster.workers()[0]
    if who != "worker":
        servers = [p for p in victim.children() if "forkserver" in " ".join(p.cmdline())]
        (victim,) = servers[0].children()
    victim.kill()
    said, _ = going.communicate(timeout=120)
    assert going.returncode == 0, said
    assert tree(tmp_path) == undisturbed


def test_a_notebook_that_raises_is_told_and_not_tried_again(
    cluster: Cluster, tmp_path: Path
) -> None:
    source = "print('.', file=open('begun', 'a'))\nraise ValueError('no figure')"
    cluster.project.notebook("03_raises", source, SHOW)
    begun = cluster.project.folder / "notebooks" / "begun"
    try:
        status, said = cluster.project.run(tmp_path, "--scheduler", cluster.address)
        count = len(begun.read_text().split())
    finally:
        (cluster.project.folder / "notebooks" / "03_raises.ipynb").unlink()
        begun.unlink(missing_ok=True)
    assert status == 1 and count == len(PLACES)
    assert f"{2 * len(PLACES)} made, 0 up to date, {len(PLACES)} failed" in said
    assert "failed: 4003-skien/03_raises.nb: ValueError: no figure" in said


def test_workers_with_other_code_are_refused_in_one_sentence(
    cluster: Cluster, tmp_path: Path
) -> None:
    other = Project(tmp_path / "other")
    other.notebook("01_first", SHOW)
    # A module that no figure is worked out by, so that what is kept of them fits.
    module = other.folder / "workbench" / "batch" / "run_report.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    status, said = other.run(tmp_path / "out", "--scheduler", cluster.address)
    shutil.rmtree(other.temporary, ignore_errors=True)
    assert status == 2
    assert "has other code than this machine. Bring both to the same version" in said
    assert "Traceback" not in said


#: Makes a worker tell of another version of a package, and note whether anything was shipped to it.
OTHER = """
import distributed.protocol.pickle as pickle, distributed.versions as versions, pathlib
told, loads = versions.get_package_info, pickle.loads
versions.get_package_info = lambda packages: told(packages) | {%r: %r}
def noted(data, **more):
    if b"workbench" in bytes(data):  # and nothing of Dask's own
        pathlib.Path(%r).touch()
    return loads(data, **more)
pickle.loads = noted
"""


def other_worker(
    cluster: Cluster, folder: Path, package: str, version: str
) -> tuple[Process, Path]:
    shipped = folder / "shipped"
    told = OTHER % (package, version, str(shipped))
    (folder / "sitecustomize.py").write_text(told, encoding="utf-8")
    path = os.pathsep.join([str(folder), str(cluster.project.folder)])
    worker = ["worker", cluster.address, *PLACE, "--nworkers", "1", "--nthreads", "1"]
    return dask(cluster.project, *worker, PYTHONPATH=path), shipped


@pytest.fixture
def lone(project: Project) -> Iterator[Cluster]:
    """A scheduler without workers."""
    made = started(project, workers=0)
    yield made
    stopped(made)


def refused(cluster: Cluster, said: str) -> None:
    """See that a run on a cluster ends in one sentence."""
    work = Work(Path("nowhere"), "nothing", ())
    with dask_cluster.Cluster(cluster.address) as workers, pytest.raises(UsageError, match=said):
        list(workers.run([work]))


@pytest.mark.parametrize(
    ("package", "version", "said"),
    [
        ("python", "3.99.1.final.0", r"other Python \(3\.99 instead of 3\.\d+\) than this"),
        ("numpy", "1.0", r"other numpy \(1\.0 instead of [\d.]+\) than this machine"),
        ("cloudpickle", None, r"other cloudpickle \(none instead of [\d.]+\) than this machine"),
    ],
)
def test_a_worker_of_other_versions_is_refused_before_anything_is_shipped(
    lone: Cluster, tmp_path: Path, package: str, version: str | None, said: str
) -> None:
    worker, shipped = other_worker(lone, tmp_path, package, version)
    lone.processes.append(worker)
    refused(lone, rf"The worker at tcp://127.0.0.1:\d+ has {said}")
    assert not shipped.exists()


def test_a_worker_of_another_python_is_refused_and_lives(lone: Cluster) -> None:
    python = os.environ.get("WORKBENCH_OTHER_PYTHON")
    if not python:
        pytest.skip("Set WORKBENCH_OTHER_PYTHON to a Python of another version that has Dask.")
    worker = ["worker", lone.address, *PLACE, "--nworkers", "1", "--nthreads", "1", "--no-nanny"]
    lone.processes.append(dask(lone.project, *worker, python=python))
    refused(lone, r"has other Python \(3\.\d+ instead of 3\.\d+\)")
    assert lone.processes[1].poll() is None


def test_a_worker_that_joins_later_is_checked_too(lone: Cluster, tmp_path: Path) -> None:
    good = ["worker", lone.address, *PLACE, "--nworkers", "1", "--nthreads", "1"]
    lone.processes.append(dask(lone.project, *good))
    go = tmp_path / "go"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.1)"
    lone.project.notebook("03_waits", wait, SHOW)
    out = tmp_path / "out"
    try:
        going = lone.project.begin(out, "--scheduler", lone.address, "--brief", "waits")
        worker, shipped = other_worker(lone, tmp_path, "python", "3.99.1.final.0")
        lone.processes.append(worker)
        said = going.stdout.readline() if going.stdout else ""
        go.touch()
        rest, _ = going.communicate(timeout=120)
    finally:
        (lone.project.folder / "notebooks" / "03_waits.ipynb").unlink()
    assert "has other Python (3.99 instead of 3." in said and "it gets no work" in said
    assert going.returncode == 0, rest
    assert f"{len(PLACES)} made, 0 up to date, 0 failed" in rest
    assert not shipped.exists()


def test_a_worker_without_figures_says_that_a_clone_is_needed(
    lone: Cluster, tmp_path: Path
) -> None:
    shutil.copytree(lone.project.folder / "workbench", tmp_path / "site" / "workbench")
    worker = ["worker", lone.address, *PLACE, "--nworkers", "1", "--nthreads", "1"]
    lone.processes.append(dask(lone.project, *worker, PYTHONPATH=str(tmp_path / "site")))
    refused(lone, r"The worker at tcp://127.0.0.1:\d+ cannot make briefs: .*Clone the project")


@pytest.mark.parametrize(
    "address",
    [
        *("tcp://127.0.0.1:8786", "tcp://localhost:8786", "127.0.0.1:8786", "tcp://[::1]:8786"),
        *("tls://192.0.2.7:8786", "wss://example.org:443"),
    ],
)
def test_a_scheduler_here_or_behind_certificates_is_taken(address: str) -> None:
    check(address)


@pytest.mark.parametrize(
    "address",
    [
        *("tcp://192.0.2.7:8786", "192.0.2.7:8786", "tcp://0.0.0.0:8786", "ws://192.0.2.7:8786"),
        *("tcp://127.0.0.1.invalid:8786", "tcp://[2001:db8::1]:8786", "ucx://192.0.2.7:1"),
        *("tcp://[", "", "tcp://"),
    ],
)
def test_a_scheduler_on_another_machine_without_certificates_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=r"runs code on every worker.*--insecure-scheduler"):
        check(address)
    check(address, insecure=True)


def test_the_option_is_named_where_it_is_needed(project: Project, tmp_path: Path) -> None:
    status, said = project.run(tmp_path, "--scheduler", "tcp://192.0.2.7:8786")
    assert status == 2 and "Traceback" not in said
    assert said.startswith("run_all.py: The scheduler at tcp://192.0.2.7:8786 is beyond")


def test_without_a_scheduler_it_says_how_to_start_one(project: Project, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with project.limit("workbench.batch.dask_backend", "FIND_LIMIT", 2):
        status, said = project.run(tmp_path, "--scheduler", address)
    assert status == 2 and "Traceback" not in said
    assert f"run_all.py: There is no Dask scheduler at {address}" in said
    assert "Start one with `dask scheduler`" in said


def readme(block: int) -> list[str]:
    """Return the lines of a block of commands in what README says of clusters."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("### On a cluster")[2]
    return section.split("```")[2 * block + 1].strip().splitlines()


def as_written(
    lines: list[str], project: Project, out: Path, **environment: str
) -> tuple[int, str, set[str]]:
    """Give README's three commands; return how the run went, and where the others listened."""
    port, dashboard = str(free_port()), str(free_port())
    programs = {"dask": [sys.executable, "-m", "dask"], "python": [sys.executable]}
    own = {"8786": port, "8787": dashboard, "HOST": "127.0.0.1", "--all": "-m Skien -m Bærum"}
    own["--nworkers 4"] = "--nworkers 1"  # a test has two cores
    commands = []
    for line in lines:
        program, *options = shlex.split(re.sub("|".join(own), lambda found: own[found[0]], line))
        assert program.startswith(".venv/bin/")
        commands.append([*programs[program.removeprefix(".venv/bin/")], *options])
    scheduler, worker, run = commands
    if "--out" in run:
        del run[run.index("--out") :]
    run += [*DAY, "--out", str(out)]
    common = {"cwd": project.folder, "env": project.environment | environment}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(scheduler, **common, **quiet)]  # type: ignore[call-overload]
    try:
        listening(int(port))
        processes.append(subprocess.Popen(worker, **common, **quiet))  # type: ignore[call-overload]
        done = subprocess.run(run, **common, capture_output=True, timeout=240, check=False)
        found = set()
        for process in map(psutil.Process, [process.pid for process in processes]):
            for one in (process, *process.children(recursive=True)):
                connections = one.net_connections("inet")
                found |= {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    finally:
        stopped(Cluster(project, "", processes))
    return done.returncode, (done.stdout + done.stderr).decode(), found


def test_the_commands_of_readme_work_and_listen_on_this_machine_alone(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    set_up, *lines = readme(0)
    assert set_up.split()[:2] == ["make", "scale"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "scale: .venv/.scale" in makefile
    status, said, listened = as_written(lines, project, tmp_path / "out")
    assert status == 0, said
    assert tree(tmp_path / "out") == undisturbed
    assert listened == {"127.0.0.1"}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="There is no openssl: install it.")
def test_with_the_certificate_of_readme_a_cluster_is_closed_to_others(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    *make, a, b, c = readme(1)
    assert len(make) == 3
    shell = subprocess.run(
        ["bash", "-c", "\n".join([*make, "env"])],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    given = dict(line.split("=", 1) for line in shell.stdout.splitlines() if "DASK_" in line)
    assert len(given) == 5 and (tmp_path / "dask.pem").stat().st_mode & 0o077 == 0
    status, said, _ = as_written([a, b, c], project, tmp_path / "out", **given)
    assert status == 0, said
    assert tree(tmp_path / "out") == undisturbed
