"""A brief on paper: a tagged PDF, printed by an installed Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from string import punctuation
from typing import Any, cast
from urllib.parse import quote, unquote, urljoin

from workbench.errors import UsageError, WorkbenchError
from workbench.storage.files import for_sockets, temporary

#: What the browser is called on Debian, elsewhere, and by others who build it.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")

#: Seconds that printing one brief may take.
LIMIT = 120


def browser() -> str:
    """Return the address of an installed Chromium.

    Raises
    ------
    UsageError
        If there is none.
    """
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    raise UsageError(
        "PDFs and slides are printed by Chromium, and there is none: looked for "
        f"{', '.join(PROGRAMS)}. Install one (on Debian: apt install chromium), or leave out --pdf "
        "and --slides."
    )


def write_due(pages: Mapping[str, Path], program: str, jobs: int) -> list[str]:
    """Print the pages, by their labels, that have no PDF of today; return what went wrong."""

    def fault(label: str) -> str:
        try:
            write(pages[label], program)
        except WorkbenchError as error:
            return f"{label}: {error}"
        return ""

    with ThreadPoolExecutor(jobs) as printers:
        said = printers.map(fault, [label for label, page in pages.items() if due(page)])
        return [line for line in said if line]


def due(page: Path) -> bool:
    """Return whether the PDF beside a page is missing or older than the page."""
    printed = page.with_suffix(".pdf")
    return not printed.exists() or printed.stat().st_mtime < page.stat().st_mtime


def write(page: Path, program: str) -> Path:
    """Print a page to a tagged PDF beside it, with outline, language and title; return its path.

    The file appears whole or not at all. Its bytes differ from run to run: Chromium writes the time
    into it.

    Raises
    ------
    WorkbenchError
        If the browser prints nothing.
    """
    printed = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="pdf-", dir=temporary()) as aside:
        whole = Path(aside) / "brief.pdf"
        options = ["--no-pdf-header-footer", "--generate-pdf-document-outline"]
        run(program, page, whole, [*options, f"--print-to-pdf={whole}"])
        copy = printed.with_name(f".{printed.name}")
        _mend(whole, page, copy)
        copy.replace(printed)
    return printed


def run(program: str, page: Path, wanted: Path, options: Sequence[str]) -> None:
    """Have the browser open a page and write the file `wanted`, as `options` say.

    Raises
    ------
    WorkbenchError
        If the file does not come.
    """
    # A profile of its own, so that a browser that is open is left alone.
    command = [program, "--headless", "--disable-gpu", f"--user-data-dir={wanted}-profile"]
    # Chromium refuses its sandbox to root, as in a container.
    command += ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    command += ["--disable-background-networking", "--no-first-run"]
    command += [*options, page.resolve().as_uri()]
    try:
        env = os.environ | {"TMPDIR": str(for_sockets())}  # it has a socket there
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False, env=env)
    except subprocess.TimeoutExpired:
        raise WorkbenchError(f"{page.name} was not printed within {LIMIT} seconds.") from None
    if done.returncode or not wanted.exists():
        said = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        raise WorkbenchError(f"Chromium did not print {page.name}: {said[-1]}")


class _Links(HTMLParser):
    """How each link of a page is written, and its text, by the address that it leads to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.base = page.resolve().as_uri()
        self.found: dict[str, tuple[str, str]] = {}
        self._open, self._text = "", ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open, self._text = dict(attrs).get("href") or "", ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open:
            text = " ".join(self._text.split())
            self.found.setdefault(self.address(self._open), (self._open, text))

    def address(self, written: str) -> str:
        """Return the address that a link leads to, however it is quoted."""
        return unquote(urljoin(self.base, written)).rstrip("/")


def _mend(printed: Path, page: Path, mended: Path) -> None:
    """Write a printed page again, with what Chromium leaves out.

    It writes links as addresses on this machine and without a description, leaves what runs along
    every sheet outside all tags, and tags each figure as one picture within another.
    """
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

    links, writer = _Links(page), PdfWriter(clone_from=printed)
    for sheet in writer.pages:
        contents = cast(StreamObject, sheet["/Contents"].get_object())
        contents.set_data(_artifacts(contents.get_data()))
        for link in (reference.get_object() for reference in sheet.get("/Annots", [])):
            action = link.get("/A", {})
            printed_as = str(action.get("/URI") or f"#{link.get('/Dest', '/')[1:]}")
            own = printed_as.startswith("file:")
            written, text = links.found.get(
                links.address(printed_as), ("file:", "") if own else (printed_as, "")
            )
            link[NameObject("/Contents")] = TextStringObject(text or written)
            if own and written.startswith("file:"):
                del link["/A"]  # nobody else has that file
            elif own:
                action[NameObject("/URI")] = TextStringObject(quote(written, safe=punctuation))
    for element in _elements(writer.root_object.get("/StructTreeRoot", DictionaryObject())):
        if element.get("/S") == "/Figure" and "/Alt" not in element:
            element[NameObject("/S")] = NameObject("/Div")
    writer.write(mended)


def _elements(node: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    """Return what a node of the tree of tags holds, at every depth."""
    below = node.get("/K", [])
    for child in below if isinstance(below, list) else [below]:
        element = child.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element
            yield from _elements(element)


def _artifacts(contents: bytes) -> bytes:
    """Mark what stands outside all tags, such as page numbers, as no part of the text."""
    lines, depth = [b"/Artifact BMC"], 0
    for line in contents.split(b"\n"):
        if line.endswith((b"BDC", b"BMC")):
            lines += [] if depth else [b"EMC"]
            depth += 1
        lines.append(line)
        if line == b"EMC":
            depth -= 1
            lines += [] if depth else [b"/Artifact BMC"]
    return b"\n".join([*lines, b"EMC"])
