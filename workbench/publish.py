"""From an executed notebook to a brief, and the list of all briefs.

A file appears whole or not at all: it is written aside and moved in place.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup

from workbench.errors import WorkbenchError
from workbench.language import Language

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """What the template needs beside the notebook.

    Attributes
    ----------
    title, language, key : str
        Title of the page, its language, and the hash of all that the brief was made from.
    index, back, skip : str
        Address of the list of briefs, the text of the link to it, and of the link past it.
    links : sequence of (str, str)
        Address and text of further links at the top.
    """

    title: str
    language: str
    key: str
    index: str
    back: str
    skip: str
    links: tuple[tuple[str, str], ...] = ()


def page(notebook: nbformat.NotebookNode, about: Page) -> str:
    """Return the HTML page of an executed notebook.

    Raises
    ------
    WorkbenchError
        If a picture has no text alternative.
    """
    body, _ = _exporter().from_notebook_node(notebook, resources={"brief": asdict(about)})
    return body


def write(path: Path, text: str) -> None:
    """Write a file so that it is whole whenever it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".", delete=False
    ) as aside:
        name = Path(aside.name)
        try:
            aside.write(text)
            aside.close()
            name.chmod(0o644)
            name.replace(path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def key_of(path: Path) -> str:
    """Return the hash that a brief says it was made from; '' when there is no such brief."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(2000)
    except OSError:
        return ""
    found = re.search(r'name="workbench-key" content="([0-9a-f]+)"', head)
    return found.group(1) if found else ""


def title_of(path: Path) -> str:
    """Return the title of a brief."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = re.search(r"<title>(.*?)</title>", file.read(2000))
    return found.group(1) if found else escape(path.stem)


def index(out: Path, names: dict[str, str], language: Language) -> None:
    """Write ``index.html``, which lists every brief that lies in `out`.

    Parameters
    ----------
    out : Path
    names : dict of str to str
        Name of the municipality per number.
    language : Language
        Of the index itself; each link says in which language its brief is.
    """
    places: list[dict[str, Any]] = []
    for folder in sorted(path for path in out.iterdir() if path.is_dir()):
        briefs = [
            {
                "address": f"{folder.name}/{brief.name}",
                "title": Markup(title_of(brief)),
                "language": brief.suffixes[0].removeprefix("."),
            }
            for brief in sorted(folder.glob("*.*.html"))
        ]
        if briefs:
            number = folder.name.split("-")[0]
            places.append({"name": names.get(number, folder.name), "briefs": briefs})
    places.sort(key=lambda place: _alphabetical(place["name"]))
    template = _environment().get_template("index.html.j2")
    write(out / "index.html", template.render(places=places, language=language, say=language.say))


def _alphabetical(name: str) -> list[int]:
    """Return what sorts names as a Norwegian does: space and hyphen first, ..., z, æ, ø, å."""
    order = " -abcdefghijklmnopqrstuvwxyzæøå"
    return [order.find(letter) for letter in name.casefold()]


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader([TEMPLATES / "portal", TEMPLATES / "brief"])
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


@cache
def _exporter() -> Any:
    """Return one exporter for all briefs of this process; making it is half of an export."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    # Not HTMLExporter: its pass over the finished page rewrites the pictures and finds no fault.
    return TemplateExporter(
        template_name="brief",
        extra_template_basedirs=[str(TEMPLATES)],
        file_extension=".html",
        filters={"picture": _picture},
    )


def _picture(output: nbformat.NotebookNode, kind: str) -> str:
    """Return a picture that a notebook displayed by itself, with its text alternative."""
    alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
    if not alt:
        raise WorkbenchError(
            f"A picture ({kind}) has no text alternative. Display it with "
            f"metadata={{'{kind}': {{'alt': 'what it shows'}}}}, or return one of workbench.charts."
        )
    data = output["data"][kind]
    if kind == "image/svg+xml":
        from workbench.charts import accessible

        drawn = data[data.index("<svg") :]
        return accessible(drawn, f"p{hashlib.sha256(drawn.encode()).hexdigest()[:8]}", alt)
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, data.strip(), alt)
