"""From an executed notebook to a brief, and what a notebook and a brief are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, partial
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.markup import sanitiser
from workbench.rendering import outputs

if TYPE_CHECKING:
    import nbformat

#: Tags of cells that prepare, and show nothing.
_SILENT = {"parameters", "injected-parameters", "setup"}

#: Drawings of the project; others keep their colours, on light ground (`class="light"`).
_SVG = re.compile(r"<svg(?! role=\"img\" aria-labelledby=\"o\d).*?</svg>", re.DOTALL)

#: Where the content of a page begins, in the template.
_START = '<main id="content">'

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """What the template needs beside the notebook."""

    title: str  #: of the page
    language: str  #: its code
    key: str  #: hash of all that the brief was made from
    index: str  #: address of the list of briefs
    back: str  #: text of the link to it
    skip: str  #: text of the link past it
    links: tuple[tuple[str, str], ...] = ()  #: address and text of further links at the top
    running: str = ""  #: top of every printed sheet: whose and which brief
    dated: str = ""  #: and how new its figures are


def page(notebook: nbformat.NotebookNode, about: Page) -> str:
    """Return the HTML page of an executed notebook; its title is the heading if it shows none.

    Notes between the cells are shown too, but for those of the workbench's own notebooks, which
    are for the analyst.

    No matter who wrote the notebook and what it displays, nothing in the page runs or is fetched.

    Raises
    ------
    WorkbenchError
        If it displays what a page cannot show, or a picture without a text alternative.
    """
    from nbformat import from_dict

    pieces: list[str] = []
    styles: list[str] = []
    taken: set[str] = set()
    own = not notebook.metadata.get("workbench", {}).get("brief")
    for cell in notebook.cells:
        if _SILENT & {*cell.metadata.get("tags", [])}:
            continue
        makers = [partial(outputs.shown, output) for output in cell.get("outputs", [])]
        if own and cell.cell_type == "markdown":
            makers = [partial(outputs.note, cell, about.title)]
        for maker in makers:
            name = f"o{len(pieces) + 1}"
            piece, style = maker(name)
            pieces.append(sanitiser.apart(piece, name, taken))
            styles.append(style)
    # nbconvert gets one cell with HTML that is safe, and nothing else.
    shown = [{"output_type": "display_data", "data": {"text/html": piece}} for piece in pieces]
    single = {"cell_type": "code", "metadata": {}, "source": "", "outputs": shown}
    node = from_dict({"cells": [single], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    around = asdict(about) | {"styles": "\n".join(filter(None, styles))}
    body, _ = _exporter().from_notebook_node(node, {"brief": around})
    if "<h1" not in body:
        body = body.replace(_START, f"{_START}\n<h1>{escape(about.title)}</h1>", 1)
    return themed(body)


def themed(body: str) -> str:
    """Return a page whose pictures take their colours from its style, light or dark.

    Pictures carry plain colours, so that they can stand in a notebook too.
    """
    from workbench.charts.drawing import COLOURS

    names = {colour: f"var(--{name})" for name, colour in COLOURS.items()}
    names["#ffffff"] = names["white"] = names[COLOURS["ground"]]
    pattern = re.compile(
        rf"(?<=[:\"\s])(?:{'|'.join(sorted(names, key=len, reverse=True))})(?=[;\"])"
    )
    return _SVG.sub(
        lambda svg: pattern.sub(lambda colour: names[colour.group()], svg.group()), body
    )


def title_of(path: Path) -> str:
    """Return the title of a brief, as plain text that must be escaped again."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = re.search(r"<title>(.*?)</title>", file.read(2000))
    return unescape(found.group(1)) if found else path.stem


@cache
def _exporter() -> Any:
    """Return one exporter for all briefs of this process; making it is half of an export."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    # Not HTMLExporter: its pass over the finished page rewrites the pictures and finds no fault.
    return TemplateExporter(
        template_name="brief",
        # None of nbconvert's has anything to do here, and after each it checks the whole notebook.
        default_preprocessors=[],
        extra_template_basedirs=[str(TEMPLATES)],
        file_extension=".html",
        filters={"quoted": _quoted},
    )


def _quoted(text: str) -> str:
    """Return text as a string of CSS, which no sign in it can end."""
    safe = re.sub(r'[\\"<>&\n]', lambda sign: f"\\{ord(sign.group()):x} ", text)
    return f'"{safe}"'


def heading(notes: Iterable[str]) -> str:
    """Return the words of the first heading of the highest level of Markdown; '' for none."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Words(IPythonRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            return ""  # nbconvert's looks for what is attached to the cell

    renderer = Words(escape=False, exclude_anchor_links=True)
    for source in notes:
        made = MarkdownWithMath(renderer=renderer).render(source)
        if found := re.search(r"<h1\b[^>]*>(.*?)</h1>", made, re.DOTALL):
            return outputs.ATTRIBUTES.sub("", Markup(found.group(1)).striptags())
    return ""
