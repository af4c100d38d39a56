"""From an executed notebook to a brief."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.errors import WorkbenchError
from workbench.files import ASIDE as ASIDE
from workbench.files import sweep as sweep
from workbench.files import write as write

if TYPE_CHECKING:
    import nbformat

_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)

#: Signs to a terminal: colours, titles and links (ECMA-48), and all that a page may not contain.
_TO_TERMINALS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)

#: Where the content of a page begins, in the template.
_START = '<main id="content">'

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
    running, dated : str
        What stands at the top of every printed sheet: whose and which brief, and how new its
        figures are.
    """

    title: str
    language: str
    key: str
    index: str
    back: str
    skip: str
    links: tuple[tuple[str, str], ...] = ()
    running: str = ""
    dated: str = ""


def page(notebook: nbformat.NotebookNode, about: Page) -> str:
    """Return the HTML page of an executed notebook; its title is the heading if it shows none.

    Raises
    ------
    WorkbenchError
        If a picture has no text alternative.
    """
    body, _ = _exporter().from_notebook_node(notebook, resources={"brief": asdict(about)})
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
    """Return the title of a brief."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = re.search(r"<title>(.*?)</title>", file.read(2000))
    return found.group(1) if found else escape(path.stem)


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
        filters={"picture": _picture, "quoted": _quoted, "printable": printable},
    )


def printable(text: str) -> str:
    """Return text as a terminal leaves it, without its signs; of a line written over, the last."""
    kept = re.sub(r"[^\n]*\r", "", text.replace("\r\n", "\n"))
    return _TO_TERMINALS.sub("", kept)


def _quoted(text: str) -> str:
    """Return text as a string of CSS, which no sign in it can end."""
    safe = re.sub(r'[\\"<>&\n]', lambda sign: f"\\{ord(sign.group()):x} ", text)
    return f'"{safe}"'


def _picture(output: nbformat.NotebookNode, kind: str) -> str:
    """Return a picture that a notebook displayed by itself, with its text alternative."""
    alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
    if not alt:
        raise WorkbenchError(
            f"A picture ({kind}) has no text alternative. Display it with display(figure, "
            f"metadata={{'{kind}': {{'alt': 'what it shows'}}}}) and plt.close(figure), "
            "or return one of workbench.charts."
        )
    data = output["data"][kind]
    if kind == "image/svg+xml":
        from workbench.charts import accessible

        drawn = data[data.index("<svg") :]
        return accessible(drawn, f"p{hashlib.sha256(drawn.encode()).hexdigest()[:8]}", alt)
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, data.strip(), alt)
