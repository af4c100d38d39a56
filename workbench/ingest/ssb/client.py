"""Asking one server politely: one request at a time, patient, and never trusting the answer.

httpx sends and receives. What it lacks is here: a limit on the time that a whole answer may take
(its own limits start again with every byte, encode/httpx issue 1450), on its size after unpacking,
the waits between attempts, and errors as sentences. Clients of PxWeb have fewer limits still:
pxwebpy drops the marks of missing figures, waits and follows a server wherever it is sent.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from workbench.errors import UsageError, WorkbenchError
from workbench.ingest import LIVE

_UNREACHED = "could not be reached"
_BUSY = (429, 500, 502, 503, 504)
_MEGABYTE = 2**20

#: What tells zlib that data have gzip's header.
_GZIP = 16 + zlib.MAX_WBITS


class SourceError(WorkbenchError):
    """A source did not answer, or what it answered is not used. Nothing was changed by it.

    What a source sent may be quoted in the message; signs that steer a terminal are left out.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(sign if sign.isprintable() else "?" for sign in message))


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a client asks a server, and how much it takes."""

    attempts: int = 6  #: how often a request is sent before giving up
    first_wait: float = 1.0  #: seconds before the second attempt, doubled for each further one
    #: the limit of that; a server that asks for more (`Retry-After`) ends the run
    longest_wait: float = 60.0
    silence: float = 30.0  #: seconds without a byte
    whole: float = 180.0  #: seconds for a whole answer
    #: seconds between requests, none on this machine; Statistics Norway takes 30 a minute
    pause: float = 2.0
    #: bytes of an answer, unpacked; 800,000 cells with marks take about 20 MB
    largest: int = 64 * _MEGABYTE


class Client:
    """A connection to one host, whose address (https, or http on this machine) all paths continue.

    Raises
    ------
    UsageError
        If `root` is no such address.
    """

    def __init__(
        self,
        root: str = LIVE,
        policy: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.root = root.rstrip("/")
        self.policy = policy or RetryPolicy()
        self._away = ""
        self._others: dict[str, Client] = {}
        self._sleep = sleep
        self._streams: list[Any] = []
        local = _checked(self.root)
        self._pause, self._last = 0.0 if local else self.policy.pause, -math.inf
        self._http = httpx.Client(
            timeout=httpx.Timeout(self.policy.silence),
            # All that `_body` unpacks, piece by piece; httpx would unpack a whole one at once.
            headers={"Accept": "application/json, */*;q=0.5", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=not local,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self, *self._others.values()):
            client._http.close()

    @property
    def live(self) -> bool:
        """Whether this is Statistics Norway's own service."""
        return self.root == LIVE

    def of(self, root: str) -> Client:
        """Return the client of another publisher's service; what stands in for one does for all."""
        if not self.live:
            return self
        if root not in self._others:
            self._others[root] = Client(root, self.policy, self._sleep)
        return self._others[root]

    def address(self, path: str, query: str = "") -> str:
        """Return the whole address as it is sent.

        Raises
        ------
        SourceError
            If the name of a table or list in the path, which may be from a received folder, would
            lead elsewhere.
        """
        if not _PATH.fullmatch(path):
            raise SourceError(
                f'"{path}" is no address of the service. Names of tables and lists have letters, '
                "digits, full stops, hyphens and underscores; mend the row in feeds.csv."
            )
        return str(httpx.URL(f"{self.root}{path}{'?' if query else ''}{query}"))

    def get(self, path: str, query: str = "") -> bytes:
        """Return the body of a sound answer.

        Raises
        ------
        SourceError
            If there is none: after all attempts, or at once where another attempt cannot help.
        """
        return self._ask(self.address(path, query), None)

    def post(self, path: str, question: bytes) -> bytes:
        """Return the body of a sound answer to a question in JSON, which changes nothing there."""
        return self._ask(self.address(path), question)

    def _ask(self, address: str, question: bytes | None) -> bytes:
        if self._away:
            raise SourceError(self._away)
        if (early := self._last + self._pause - time.monotonic()) > 0:
            self._sleep(early)
        self._last = time.monotonic()
        wait = self.policy.first_wait
        for attempt in range(1, self.policy.attempts + 1):
            body, trouble, asked = self._attempt(address, question)
            if body is not None:
                return body
            if asked is not None and asked > self.policy.longest_wait:
                raise SourceError(
                    f"{shown(address)} {trouble} and asks to wait {asked:.0f} seconds, more than "
                    f"the {self.policy.longest_wait:.0f} that are waited here. Run the command "
                    "again later; it goes on where it stopped."
                )
            if attempt < self.policy.attempts:
                self._sleep(max(wait, asked or 0.0))
                wait = min(2 * wait, self.policy.longest_wait)
        failure = (
            f"{shown(address)} {trouble}, {self.policy.attempts} times in a row. Run the command "
            "again later; it goes on where it stopped."
        )
        if trouble.startswith(_UNREACHED):
            self._away = failure  # the next caller need not wait as long again
        raise SourceError(failure)

    def _attempt(
        self, address: str, question: bytes | None
    ) -> tuple[bytes | None, str, float | None]:
        """Return the body; or what was in the way, and for how long the server asks to wait."""
        method = "GET" if question is None else "POST"
        headers = {} if question is None else {"Content-Type": "application/json"}
        try:
            with self._in_time(address) as extensions:
                request = self._http.build_request(
                    method, address, content=question, headers=headers, extensions=extensions
                )
                response = self._http.send(request, stream=True)
                try:
                    body = self._body(response)
                finally:
                    response.close()
        except (httpx.DecodingError, zlib.error):
            raise SourceError(
                f"{shown(address)} answered with packed data that cannot be unpacked."
            ) from None
        except httpx.TransportError as error:
            return None, f"{_UNREACHED} ({type(error).__name__}: {error})", None
        if response.status_code in _BUSY:
            return None, f"answered {response.status_code}", _retry_after(response)
        _check(response, body, address)
        return body, "", None

    def _body(self, response: httpx.Response) -> bytes:
        """Return the unpacked body, refused as soon as it is too large."""
        most = self.policy.largest if response.status_code == 200 else _MEGABYTE
        where = shown(str(response.url))
        packed = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in ("gzip", "identity"):
            raise SourceError(f"{where} answered with data packed otherwise than asked for.")
        gzip = zlib.decompressobj(_GZIP) if packed == "gzip" else None
        body = bytearray()
        for part in response.iter_raw():
            left = most + 1 - len(body)  # no more is unpacked, however much is packed in it
            body += gzip.decompress(part, left) if gzip else part[:left]
            if len(body) > most:
                raise SourceError(
                    f"{where} answered with more than {most // _MEGABYTE} MB, "
                    "more than any answer to what was asked."
                )
        return bytes(body)

    @contextmanager
    def _in_time(self, address: str) -> Iterator[dict[str, Any]]:
        """Close the connection when an answer takes too long, be it a byte at a time."""
        late = threading.Event()

        def close() -> None:
            late.set()
            for stream in self._streams[-2:]:
                sock = stream.get_extra_info("socket")
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except (OSError, AttributeError):  # closed already, or handed on to TLS
                    continue

        def note(event: str, info: dict[str, Any]) -> None:
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                self._streams = [*self._streams[-1:], info["return_value"]]

        timer = threading.Timer(self.policy.whole, close)
        timer.daemon = True
        timer.start()
        try:
            yield {"trace": note}
        except Exception:  # what a reader meets whose socket is closed under it depends on TLS
            if not late.is_set():
                raise
        finally:
            timer.cancel()
        if late.is_set():
            raise SourceError(
                f"{shown(address)} had not answered in full after {self.policy.whole:.0f} "
                "seconds, and was left. Run the command again later."
            )


def shown(address: str) -> str:
    """Return an address for people: without user, password and query.

    Examples
    --------
    >>> shown("https://user:secret@data.ssb.no/api/x?token=1")
    'https://data.ssb.no/api/x'
    """
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _checked(root: str) -> bool:
    """Return whether the address is on this machine; refuse what is no address to ask."""
    try:
        parts = urlsplit(root)
        local = parts.hostname == "localhost" or _loopback(parts.hostname or "")
        good = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and local)
        )
        parts.port  # noqa: B018  raises where it is no number
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise UsageError(
            f'"{shown(root) if good else root.rpartition("@")[2]}" is no address to ask. Give one '
            f"that begins with https://, such as {LIVE}, or http:// on this machine."
        )
    return local


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _retry_after(response: httpx.Response) -> float | None:
    """Return for how many seconds the server asks to wait; it says seconds or a date."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked[:9])
    try:
        at = parsedate_to_datetime(asked)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _check(response: httpx.Response, body: bytes, address: str) -> None:
    """Refuse what is no answer: redirects, errors and web pages."""
    status, where = response.status_code, shown(address)
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("Location", "")).hostname or "another address"
        raise SourceError(
            f"{where} sends on to {target}, which is not followed. If the service has moved, give "
            "its new address with --base-url."
        )
    page = body.lstrip()[:1] == b"<" or "html" in response.headers.get("Content-Type", "")
    if status != 200:
        reason = "with a web page" if page else f"“{_title(body)}”"
        long = " An address that is too long is answered like this." if page else ""
        raise SourceError(
            f"{where} answered {status}, {reason} (address of {len(address)} characters).{long}"
        )
    if page:
        raise SourceError(f"{where} answered with a web page (HTML) where data were asked for.")


def _title(body: bytes) -> str:
    """Return the reason that the server gives, at most 200 printable characters of it."""
    try:
        title = str(json.loads(body)["title"])
    except (ValueError, KeyError, TypeError, RecursionError):
        title = body[:200].decode("utf-8", "replace")
    return "".join(sign for sign in title[:200] if sign.isprintable()) or "nothing"


#: Paths whose every part is a name, and none of them a way up.
_PATH = re.compile(r"(?:/(?!\.+(?:/|$))[\w.-]+)*/?")
