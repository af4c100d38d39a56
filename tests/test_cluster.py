"""A run on a real Dask cluster, into a real S3 server: the same tree as a run on this machine."""

import os
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
from project import PLACES, SHOW, Project, tree

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


def started(project: Project, scheme: str = "tcp", workers: int = 2) -> Cluster:
    port = free_port()
    common = {"cwd": project.folder, "env": project.environment, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    place = ["--host", "127.0.0.1"]
    scheduler = [*dask, "scheduler", *place, "--protocol", scheme, "--port", str(port)]
    scheduler += ["--no-dashboard"]
    address = f"{scheme}://127.0.0.1:{port}"
    worker = [*dask, "worker", address, *place, "--nworkers", str(workers)]
    worker += ["--nthreads", "1", "--no-dashboard", "--protocol", scheme]
    first = subprocess.Popen(scheduler, **common)  # type: ignore[call-overload]
    listening(port)
    return Cluster(project, address, [first, subprocess.Popen(worker, **common)])  # type: ignore[call-overload]


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


def test_its_kernels_are_warm(cluster: Cluster, tmp_path: Path) -> None:
    notebooks = cluster.project.folder / "notebooks"
    tell = "import sys\nassert 'workbench.views' in sys.modules\nimport psutil, os\n"
    tell += "assert 'workbench.kernels.server' in psutil.Process(os.getppid()).cmdline()"
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
        (server,) = victim.children()
        # Of what it forked the oldest is the worker; a kernel may have come to it since.
        victim = min(server.children(), key=lambda process: process.create_time())
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
    module = other.folder / "workbench" / "names.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    status, said = other.run(tmp_path / "out", "--scheduler", cluster.address)
    shutil.rmtree(other.temporary, ignore_errors=True)
    assert status == 2
    assert "has other code than this machine. Bring both to the same version" in said
    assert "Traceback" not in said


def test_without_a_scheduler_it_says_how_to_start_one(project: Project, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with project.limit("workbench.cluster", "FIND_LIMIT", 2):
        status, said = project.run(tmp_path, "--scheduler", address)
    assert status == 2 and "Traceback" not in said
    assert f"run_all.py: There is no Dask scheduler at {address}" in said
    assert "Start one with `dask scheduler`" in said


def test_tls_works_by_the_settings_of_dask(
    project: Project, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed.security import Security

    keys = Security.temporary()
    file = tmp_path / "key.pem"
    file.write_text(f"{keys.tls_client_key}\n{keys.tls_client_cert}", encoding="utf-8")
    for name in ("ca-file", "client__cert", "scheduler__cert", "worker__cert"):
        monkeypatch.setenv(
            f"DASK_DISTRIBUTED__COMM__TLS__{name.replace('-', '_').upper()}", str(file)
        )
    out = tmp_path / "out"
    made = started(project, scheme="tls", workers=1)
    try:
        status, said = project.run(out, "--scheduler", made.address)
    finally:
        stopped(made)
    assert status == 0, said
    assert tree(out) == undisturbed
