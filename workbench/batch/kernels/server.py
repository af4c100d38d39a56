"""The fork server: one clean process that has everything imported, and forks others when asked.

A host starts it with ``python -m workbench.batch.kernels.server FD`` (a listening socket) and holds
the other end of its standard input. For each kernel the host makes a connection and sends one line,
a `Request` as JSON; it gets back the number of the process, and its exit status when it is gone.
The connection is the kernel's life line: when the host closes it, or is killed, the kernel is
killed with all that it started. When the standard input ends, so does the fork server.

A host that makes briefs has its workers forked in the same way; with the request goes one end of a
pair of sockets, over which the worker is told what to make (`worker.serve`). It forks a process for
each brief itself (`bare`).
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.batch.kernels import folders, preload

#: A file beside its socket by which others see that it has loaded everything.
READY = "ready"

#: Seconds that a host may take to send its request.
_PATIENCE = 10


@dataclass(frozen=True)
class Request:
    """What a host asks for.

    Attributes
    ----------
    arguments : list of str
        What ``python -m ipykernel_launcher`` is given.
    place : str
        Working directory.
    env : dict of str to str
        The whole environment.
    path : list of str
        Where the host looks for modules.
    sockets : str
        Folder of the kernel's sockets, removed when the host is gone; empty: none.
    worker : bool
        Whether it is a worker that is asked for, and no kernel.
    """

    arguments: list[str]
    place: str
    env: dict[str, str]
    path: list[str]
    sockets: str = ""
    worker: bool = False


class Server:
    """Forks kernels, until its standard input ends.

    Parameters
    ----------
    listener : socket
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._waker, self._woken = socket.socketpair()
        self._hosts: dict[int, tuple[socket.socket, str]] = {}
        self._changed = preload.changed()
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it wakes
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._woken.setblocking(False)
        for source in (self._listener, self._woken, sys.stdin):
            self._selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    return self._end()
                if key.fileobj is self._listener:
                    self._serve(self._listener.accept()[0])
                elif key.fileobj is self._woken:
                    self._reap()
                else:
                    self._host_gone(key.data)

    def _serve(self, host: socket.socket) -> None:
        """Fork a kernel or a worker for a host, or tell why not."""
        host.settimeout(_PATIENCE)
        try:
            request, handed = _received(host)
        except (OSError, ValueError, TypeError):
            return host.close()
        unfit = self._unfit(request)
        if unfit:
            with suppress(OSError):
                host.sendall(f"no {unfit}\n".encode())
            return _close(host, handed)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become(request, host, handed)
        with suppress(OSError):
            host.sendall(f"{pid}\n".encode())
        host.setblocking(False)
        self._hosts[pid] = (host, request.sockets)
        self._selector.register(host, selectors.EVENT_READ, pid)
        for descriptor in handed:
            os.close(descriptor)

    def _unfit(self, request: Request) -> str:
        """Return why no kernel may be forked; '' when one may."""
        # A lock that another thread holds at the fork stays locked in it for ever.
        count = threads()
        if count > 1:
            return f"the fork server has {count} threads"
        if preload.changed() != self._changed:
            return "the package was edited"
        names = preload.differing(request.env)
        return f"its environment is another ({', '.join(names)})" if names else ""

    def _become(self, request: Request, host: socket.socket, handed: list[int]) -> None:
        """Turn this fork into a kernel or a worker; it does not return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._selector.close()
            others = [other for other, _ in self._hosts.values()]
            for inherited in (self._listener, self._waker, self._woken, host, *others):
                inherited.close()
            status = _worker(request, handed[0]) if request.worker else _kernel(request)
        except BaseException as error:
            if not isinstance(error, SystemExit):
                sys.excepthook(type(error), error, error.__traceback__)
        finally:
            with suppress(Exception):
                sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        """Tell each host whose kernel is gone."""
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                host, _ = self._hosts.pop(ended[0])
                with suppress(KeyError):  # that host is gone
                    self._selector.unregister(host)
                with suppress(OSError):
                    host.sendall(f"{os.waitstatus_to_exitcode(ended[1])}\n".encode())
                host.close()

    def _host_gone(self, pid: int) -> None:
        """Kill what a host asked for that is gone itself."""
        if pid not in self._hosts:  # gone in the same moment, and told of already
            return
        host, sockets = self._hosts[pid]
        with suppress(OSError):
            if host.recv(1):  # hosts say nothing more, but it is no end either
                return
        self._selector.unregister(host)
        _kill(pid)
        if sockets:
            folders.remove(Path(sockets))

    def _end(self) -> None:
        """Take all kernels along."""
        for pid, (_, sockets) in self._hosts.items():
            _kill(pid)
            if sockets:
                folders.remove(Path(sockets))
        folders.remove(Path(self._listener.getsockname()).parent)


def threads() -> int:
    """Return how many threads this process has; 1 where that cannot be told."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1


def _kill(pid: int) -> None:
    """Kill a kernel and what it started."""
    for kill in (os.killpg, os.kill):  # it may not lead a group yet
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _received(host: socket.socket) -> tuple[Request, list[int]]:
    """Return a host's request, and the descriptors that it handed over."""
    said, handed = b"", list[int]()
    while not said.endswith(b"\n"):
        part, descriptors, _, _ = socket.recv_fds(host, 1 << 16, 1)
        handed += descriptors
        if not part:
            raise ValueError("a request without an end")
        said += part
    return Request(**json.loads(said)), handed


def _close(host: socket.socket, handed: list[int]) -> None:
    host.close()
    for descriptor in handed:
        os.close(descriptor)


def _settle(request: Request) -> None:
    """Make this fork a process of its own, in the place that it shall have."""
    os.setsid()  # signals to it reach what it started, and no others
    die_with_parent()
    os.environ.clear()
    os.environ.update(request.env)
    os.environ.pop("JPY_PARENT_PID", None)  # the host's word to its own children
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)  # input() asks the front end
    os.chdir(request.place)
    sys.path[:] = request.path
    reseed()


def reseed() -> None:
    """Give this fork random numbers of its own."""
    random.seed()
    sys.modules["numpy"].random.seed()


def _kernel(request: Request) -> int:
    """Run a kernel in this process until it is told to stop, and return its exit status."""
    _settle(request)
    preload.read_settings()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *request.arguments]
    # With a parent it takes itself for a front end's kernel, which it is.
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    IPKernelApp.launch_instance(argv=[*request.arguments, parent])
    return 0


def _worker(request: Request, descriptor: int) -> int:
    """Make what the host asks for until it asks for no more, and return the exit status."""
    _settle(request)
    from multiprocessing.connection import Connection

    from workbench.batch.kernels import bare
    from workbench.batch.worker import serve

    with suppress(Exception):  # then briefs have kernels with sockets
        bare.prepare()
    serve(Connection(descriptor))
    return 0


def die_with_parent() -> None:
    """Ask Linux to kill this process when the fork server is gone."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


if __name__ == "__main__":
    listening = socket.socket(fileno=int(sys.argv[1]))
    serving = Server(listening)
    preload.load()
    with suppress(OSError):  # its host may be gone meanwhile, and the folder with it
        Path(listening.getsockname()).with_name(READY).touch()
    serving.run()
