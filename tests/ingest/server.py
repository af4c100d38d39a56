"""A server on this machine that answers as Statistics Norway's did in recorded responses.

Recorded, April 2026: the texts of 400, the web page for an address that is too long, 429 when
three requests run at once, marks of missing figures, `updated`. As others measured it: 404 from
about 2,100 characters on, 500 with an empty body for a code twice, values by place. Not recorded,
and as documented only: /metadata, /codeLists and Klass' changes. The text for too many cells is
made up. Tables of the Institute of Public Health are answered as its own documentation and public
code that reads them say.
"""

import itertools
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\r\n<title>404 - File not found'

Cell = float | str | None


@dataclass
class Table:
    """A table: codes by variable, and its cells; text is the mark of a missing one."""

    codes: dict[str, list[str]]
    cell: Callable[[dict[str, str]], Cell]
    updated: str = "2026-03-16T07:00:00Z"
    time: str = "Tid"
    unit: str = "prosent"
    eliminable: tuple[str, ...] = ()
    label: str = "a table"
    #: What codes are called, by variable; a code without a label is its own.
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Whether values are sent by place, without those that are missing.
    by_place: bool = False

    def dataset(self, codes: dict[str, list[str]], cells: bool = True) -> dict[str, Any]:
        """Return these cells as JSON-stat 2."""
        dimension: dict[str, Any] = {}
        for name, chosen in codes.items():
            category: dict[str, Any] = {
                "index": {code: at for at, code in enumerate(chosen)},
                "label": {code: self.labels.get(name, {}).get(code, code) for code in chosen},
            }
            if name == "ContentsCode":
                category["unit"] = {c: {"base": self.unit, "decimals": 1} for c in chosen}
            extension = {"elimination": name in self.eliminable}
            dimension[name] = {"label": name, "category": category, "extension": extension}
        told: dict[str, Any] = {
            "version": "2.0",
            "class": "dataset",
            "label": self.label,
            "source": "Statistisk sentralbyrå",
            "updated": self.updated,
            "role": {"time": [self.time], "metric": ["ContentsCode"]},
            "id": list(codes),
            "size": [len(chosen) for chosen in codes.values()],
            "dimension": dimension,
            "value": [],
        }
        if cells:
            boxes = itertools.product(*codes.values())
            found = [self.cell(dict(zip(codes, box, strict=True))) for box in boxes]
            told["value"] = [None if isinstance(v, str) else v for v in found]
            marks = {str(at): v for at, v in enumerate(found) if isinstance(v, str)}
            if marks:
                told["status"] = marks
            if self.by_place:
                told["value"] = {str(at): v for at, v in enumerate(told["value"]) if v is not None}
        return told


@dataclass
class Statbank:
    """What the server has, what it was asked, and what it answers instead."""

    tables: dict[str, Table] = field(default_factory=dict)
    codelists: dict[str, list[str]] = field(default_factory=dict)
    #: Tables of the Institute of Public Health, by number.
    health: dict[str, Table] = field(default_factory=dict)
    #: What stands at an address: its bytes and their kind.
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    klass: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    #: Called first with (handler, path): anyone who returns True has answered.
    instead: Callable[["Handler", str], bool] | None = None
    most_at_once: int = 0
    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def data_requests(self) -> list[str]:
        """Return the requests for cells so far."""
        return [path for path in self.asked if "/data?" in path]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    bank: Statbank
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def do_GET(self) -> None:
        bank = self.bank
        with bank.lock:
            bank.asked.append(self.path)
            bank.running += 1
            bank.most_at_once = max(bank.most_at_once, bank.running)
            crowded = bank.running >= 3
        try:
            if crowded:
                self.say({"title": "Too many requests"}, 429)
            elif bank.instead is None or not bank.instead(self, self.path):
                self.answer()
        finally:
            with bank.lock:
                bank.running -= 1

    def answer(self) -> None:
        """Answer as the service does."""
        path, _, query = self.path.partition("?")
        if len(f"http://{self.headers['Host']}{self.path}") > 2100:
            self.send(PAGE.encode(), 404, "text/html")
        elif path in self.bank.files:
            self.send(*self.bank.files[path][:1], 200, self.bank.files[path][1])
        elif "/Table/" in path:
            self.health(path.split("/")[3], path.rpartition("/")[2])
        elif path.startswith("/pxwebapi/v2/tables/"):
            self.table(path.split("/")[4], path.rpartition("/")[2], parse_qs(query))
        elif path.startswith("/pxwebapi/v2/codeLists/"):
            codes = self.bank.codelists[path.rpartition("/")[2]]
            self.say({"values": [{"code": code, "label": code} for code in codes]})
        elif path in self.bank.klass:
            self.say(self.bank.klass[path])
        else:
            self.error("Not found", 404)

    def table(self, number: str, part: str, query: dict[str, list[str]]) -> None:
        """Answer what a table is, or some of its cells."""
        table = self.bank.tables.get(number)
        if table is None:
            self.error("Non-existent table", 404)
        elif part == "metadata":
            self.say(table.dataset(table.codes, cells=False))
        else:
            chosen: dict[str, list[str]] = {}
            for name, known in table.codes.items():
                lists = query.get(f"codelist[{name}]")
                known = self.bank.codelists[lists[0]] if lists else known
                given = query.get(f"valuecodes[{name}]")
                if given is None and name in table.eliminable:
                    continue
                if given is None:
                    return self.error("Missing selection for mandantory variable")
                chosen[name] = given[0].split(",")
                if len(set(chosen[name])) < len(chosen[name]):
                    return self.send(b"", 500, "application/json")
                if not set(chosen[name]) <= set(known):
                    return self.error("Non-existent value")
            if math.prod(map(len, chosen.values())) > 800_000:
                return self.error("Too many cells selected")
            self.say(table.dataset(chosen))

    def health(self, number: str, part: str) -> None:
        """Answer with the dimensions of a table of the Institute, or with cells after a BOM."""
        table = self.bank.health.get(number)
        if table is None:
            return self.error("Not found", 404)
        if part == "dimension":
            rows = []
            for name, codes in table.codes.items():
                texts = table.labels.get(name, {})
                tree = [{"value": c, "label": texts.get(c, c), "children": []} for c in codes]
                rows.append({"code": name, "label": name, "categories": tree})
            return self.say({"dimensions": rows})
        if self.command != "POST":
            return self.error("Method not allowed", 405)
        asked = {one["code"]: one["values"] for one in self.question["dimensions"]}
        if set(asked) != set(table.codes):
            return self.error("Every dimension must be filtered")
        told = table.dataset({name: asked[name] for name in table.codes})
        told["value"] = [
            told.get("status", {}).get(str(at), v) for at, v in enumerate(told["value"])
        ]
        for name in ("updated", "role", "status"):
            told.pop(name, None)
        self.send(b"\xef\xbb\xbf" + json.dumps(told).encode(), 200, "application/json")

    def error(self, title: str, status: int = 400) -> None:
        self.say({"type": "Parameter error", "title": title, "status": status}, status)

    def say(self, told: Any, status: int = 200, **headers: str) -> None:
        self.send(json.dumps(told).encode(), status, "application/json; charset=UTF-8", **headers)

    def send(self, body: bytes, status: int, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(bank: Statbank) -> Iterator[str]:
    """Serve on this machine, and return the address."""
    handler = type("Bound", (Handler,), {"bank": bank})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def drip(handler: Handler, body: bytes, pause: float = 0.05, headers: bool = False) -> None:
    """Send a byte at a time while the other side listens; of the headers too, if asked."""
    try:
        start = b"HTTP/1.1 200 OK\r\nX-Slow: " if headers else b"HTTP/1.1 200 OK\r\n\r\n"
        handler.wfile.write(start)
        for at in range(len(body)):
            handler.wfile.write(body[at : at + 1])
            handler.wfile.flush()
            time.sleep(pause)
    except OSError:
        pass
    handler.close_connection = True


def query_of(path: str) -> dict[str, list[str]]:
    """Return the codes asked for by variable."""
    asked = parse_qs(urlsplit(path).query)
    return {k[11:-1]: v[0].split(",") for k, v in asked.items() if k.startswith("valuecodes[")}
