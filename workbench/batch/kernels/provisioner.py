"""How a host gets a warm kernel: jupyter_client asks here, by the name in the kernelspec."""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from workbench.batch.kernels import HOME, folders, search_path
from workbench.batch.kernels.preload import environment
from workbench.batch.kernels.server import READY, Request
from workbench.errors import UsageError

#: Set to 0 to have ordinary kernels.
SWITCH = "WORKBENCH_WARM"

#: Names the fork server that a process shares with those that it starts.
SHARED = "WORKBENCH_FORK_SERVER"

#: What stands before a kernel's own arguments.
_LAUNCHER = "ipykernel_launcher"

#: Seconds between two looks at whether a kernel is there, and gone.
_LOOK = 0.003

#: Seconds that a fork server may take to load everything and answer.
_LOAD_LIMIT = 120

#: A kernel has so many sockets (shell, iopub, stdin, control, heartbeat), and as many seconds for
#: them before its host is told to go on.
_SOCKETS, _BIND_LIMIT = 5, 20


class WarmProvisioner(LocalProvisioner):
    """Kernels forked from a fork server (`server`); ordinary ones wherever that cannot be.

    The fork server starts with the first kernel, and ends with the process that started it.
    """

    sockets: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Give the kernel sockets of its own, in a folder of its own.

        Two kernels that start at once can pick the same TCP port (papermill issue 511). The path
        is short, since a socket's may have 104 characters at most.
        """
        manager = self.parent
        tcp = manager is not None and manager.transport == "tcp"
        if manager is not None and tcp and self.sockets is None and os.name == "posix":
            try:
                self.sockets = folders.new()
            except UsageError as error:
                tell(str(error))
            else:
                manager.transport, manager.ip = "ipc", str(self.sockets / "k")
                manager.cache_ports = False
                if not manager.connection_file:
                    manager.connection_file = str(self.sockets / "kernel.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; where that fails, start an ordinary one."""
        at = cmd.index(_LAUNCHER) + 1 if _LAUNCHER in cmd else len(cmd)
        if can_fork() and cmd[at:]:
            place = str(kwargs.get("cwd") or Path.cwd())
            path = ["", *search_path()]  # analysts' own modules lie beside the notebook
            request = Request(cmd[at:], place, kwargs["env"], path, str(self.sockets or ""))
            try:
                loop = asyncio.get_running_loop()
                kernel = await loop.run_in_executor(None, partial(fork, request))
            except (OSError, ValueError, UsageError) as error:
                tell(str(error))
            else:
                await self._bound(kernel)
                self.process = cast(Any, kernel)
                self.pid = self.pgid = kernel.pid
                self.cwd = cast(Any, place)
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def _bound(self, kernel: Forked) -> None:
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
            folders.remove(self.sockets)
            self.sockets = None


class Forked:
    """A forked kernel, with what `LocalProvisioner` wants of a process.

    Parameters
    ----------
    line : socket
        The connection that it was asked for by; it lives as long as that is open.
    pid : int
    """

    stdin = stdout = stderr = None

    def __init__(self, line: socket.socket, pid: int) -> None:
        self._line, self.pid = line, pid
        self._line.setblocking(False)
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        if self._status is None:
            with suppress(BlockingIOError):
                said = self._line.recv(64).decode()
                # Without a word the fork server itself is gone, and its kernels with it.
                self._status = int(said) if said else -signal.SIGKILL
                self._line.close()
        return self._status

    def wait(self) -> int | None:
        """Return the exit status when it is gone."""
        while self.poll() is None:
            time.sleep(_LOOK)
        return self._status

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel alone."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it may be gone before its status is here
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to leave."""
        self.send_signal(signal.SIGTERM)


@cache
def tell(why: str) -> None:
    """Tell once why kernels start slowly; anyone who runs the host may want to mend it."""
    said = f"No warm kernel, an ordinary one instead: {why.removesuffix('.')}."
    logging.getLogger("workbench").warning("%s", said)


def can_fork() -> bool:
    """Return whether kernels can be forked here, and are wanted."""
    return sys.platform == "linux" and os.environ.get(SWITCH, "1") != "0"


def begin() -> None:
    """Start the fork server, which then loads by itself; the first kernel would start it, too.

    Processes that this one starts from now on share it.
    """
    if can_fork() and SHARED not in os.environ:
        os.environ[SHARED] = _server()


def loading() -> bool:
    """Return whether the fork server that `begin` started is not there yet."""
    address = os.environ.get(SHARED)
    return bool(address) and not Path(str(address)).with_name(READY).exists()


def fork(request: Request, handed: int | None = None) -> Forked:
    """Return a process that was forked.

    Parameters
    ----------
    request : Request
    handed : int, optional
        A file descriptor that the process gets.

    Raises
    ------
    OSError
        If there is no fork server and none can be started.
    ValueError
        If it may not fork; the message says why.
    """
    shared = os.environ.get(SHARED)
    if shared:
        # Its owner may be gone, and it may have been killed.
        with suppress(OSError):
            return _asked(shared, request, handed)
    try:
        return _asked(_server(), request, handed)
    except (ConnectionError, FileNotFoundError):
        _server.cache_clear()
        return _asked(_server(), request, handed)
    finally:
        if shared:
            os.environ[SHARED] = _server()


def _asked(address: str, request: Request, handed: int | None) -> Forked:
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(_LOAD_LIMIT)
        line.connect(address)
        said = json.dumps(asdict(request)).encode() + b"\n"
        sent = socket.send_fds(line, [said], [] if handed is None else [handed])
        line.sendall(said[sent:])
        answer = line.recv(256).decode()
        if not answer:
            raise ConnectionResetError("the fork server is gone")
        if not answer.strip().isdigit():
            raise ValueError(answer.removeprefix("no ").strip())
    except BaseException:
        line.close()
        raise
    return Forked(line, int(answer))


@cache
def _server() -> str:
    """Start a fork server that ends with this process, and return its address."""
    folder = folders.new()
    address = str(folder / "server")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(128)
        # -P: with -m alone Python would import from the working directory first.
        command = [sys.executable, "-P", "-m", "workbench.batch.kernels.server"]
        process = subprocess.Popen(
            [*command, str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            cwd=HOME,
            env=environment() | {"PYTHONPATH": os.pathsep.join(search_path())},
        )
    atexit.register(_end, process, folder)
    return address


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """End a fork server, and with it whatever it forked; it may still be loading."""
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()
    folders.remove(folder)
    folders.sweep(folder.parent)
