"""How a host gets a warm kernel: jupyter_client asks here, by the name in the kernelspec."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import current_process, forkserver, get_all_start_methods, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from workbench.kernels import forked
from workbench.kernels.forked import UNFIT

#: Set to 0 to have ordinary kernels.
SWITCH = "WORKBENCH_WARM"

#: Begins the names of folders of sockets; the number of the host's process follows.
PREFIX = "wb-"

#: What stands before a kernel's own arguments.
_LAUNCHER = "ipykernel_launcher"

#: Seconds between two looks at whether a kernel is there, and gone.
_LOOK = 0.003

#: A kernel has so many sockets (shell, iopub, stdin, control, heartbeat), and as many seconds for
#: them before its host is told to go on.
_SOCKETS, _BIND_LIMIT = 5, 20


class WarmProvisioner(LocalProvisioner):
    """Kernels forked from a fork server; ordinary ones wherever that cannot be.

    The fork server is that of `multiprocessing`, started with the first kernel, shared by a
    process and those that it started, and gone with the last of them.
    """

    sockets: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Give the kernel sockets of its own, in a folder of its own.

        Two kernels that start at once can pick the same TCP port (papermill issue 511). The path
        is short, since a socket's may have 104 characters at most.
        """
        manager = self.parent
        fresh = self.sockets is None
        if fresh and manager is not None and manager.transport == "tcp" and os.name == "posix":
            tidy(tempfile.gettempdir())
            self.sockets = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
            manager.transport, manager.ip = "ipc", str(self.sockets / "k")
            manager.cache_ports = False
            if not manager.connection_file:
                manager.connection_file = str(self.sockets / "kernel.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; where that fails, start an ordinary one."""
        place, env = str(kwargs.get("cwd") or Path.cwd()), kwargs.get("env", {})
        at = cmd.index(_LAUNCHER) + 1 if _LAUNCHER in cmd else len(cmd)
        if can_fork() and cmd[at:]:
            try:
                loop = asyncio.get_running_loop()
                begin = partial(start, cmd[at:], place, env, str(self.sockets or ""))
                forked = _Forked(await loop.run_in_executor(None, begin))
            except (OSError, EOFError) as error:
                self.log.warning("No warm kernel, an ordinary one instead: %s", error)
            else:
                await self._bound(forked)
                if forked.poll() != UNFIT:
                    self.process = cast(Any, forked)
                    self.pid = self.pgid = forked.pid
                    self.cwd = place
                    return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def _bound(self, kernel: _Forked) -> None:
        """Wait until the kernel's sockets are there: who connects before tries again 0.1 s later.

        When they do not come in time, it is left to the host to say so.
        """
        if self.sockets is None:
            return
        deadline = time.monotonic() + _BIND_LIMIT
        while len(list(self.sockets.glob("k-*"))) < _SOCKETS and time.monotonic() < deadline:
            if kernel.poll() is not None:
                return
            await asyncio.sleep(_LOOK)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and see it gone: the manager would look again only after 0.1 s."""
        await super().kill(restart)
        deadline = time.monotonic() + 1
        while await self.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets."""
        await super().cleanup(restart)
        if self.sockets is not None and not restart:
            shutil.rmtree(self.sockets, ignore_errors=True)
            self.sockets = None


class _Forked:
    """What `LocalProvisioner` wants of a process, on one of `multiprocessing`."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid: int = process.pid or 0
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        if self._status is None and self._process.exitcode is not None:
            self._status = self._process.exitcode
            self._process.close()  # its pipes
        return self._status

    def wait(self) -> int | None:
        """Return the exit status when the process is gone."""
        if self._status is None:
            self._process.join()
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the process alone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to leave."""
        self.send_signal(signal.SIGTERM)


def can_fork() -> bool:
    """Return whether kernels can be forked here, and are wanted."""
    wanted = os.environ.get(SWITCH, "1") != "0"
    return wanted and sys.platform == "linux" and "forkserver" in get_all_start_methods()


@cache
def context() -> Any:
    """Return the fork server's context; asked for the first time, it sets what is preloaded."""
    server = get_context("forkserver")
    server.set_forkserver_preload(["workbench.kernels.preload"])
    return server


def begin() -> None:
    """Start the fork server, where kernels can be forked; the first kernel would start it, too."""
    if can_fork():
        context()
        forkserver.ensure_running()


def start(
    arguments: Sequence[str], place: str, env: Mapping[str, str], sockets: str
) -> ForkServerProcess:
    """Fork a kernel and return its process.

    Raises
    ------
    OSError, EOFError
        If the fork server is gone or cannot be started.
    """
    process = context().Process(
        target=forked.kernel, args=(list(arguments), place, dict(env), sockets)
    )
    with _as_itself():
        process.start()
    return process


@contextmanager
def _as_itself() -> Iterator[None]:
    """Let this process fork, whatever it runs and whoever started it.

    The fork would import the host's program, which for JupyterLab takes a second, and a Dask
    worker is a daemon, which may have no children because they could outlive it: kernels do not.
    """
    program, settings = sys.modules["__main__"], current_process()._config  # type: ignore[attr-defined]
    daemon = settings.pop("daemon", None)
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
        if daemon is not None:
            settings["daemon"] = daemon


@cache
def tidy(folder: str) -> None:
    """Remove what killed hosts left in a folder of temporary files; once for each process."""
    forked.swept(Path(folder), PREFIX)
