"""What becomes of each kind of output that a notebook displays: `SHOWN` and `REFUSED` say it all.

An output is shown in the page, or refused with a sentence that says what to display instead.
Nothing that a reader would miss is left out without a word. What stays in the notebook, since it
is for the analyst: notes, code, raw cells, warnings (stderr) and progress bars.
"""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Callable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from workbench.errors import WorkbenchError
from workbench.markup import sanitiser

if TYPE_CHECKING:
    import nbformat

#: Signs to a terminal: colours, titles and links (ECMA-48), and all that a page may not contain.
_TO_TERMINALS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
#: A progress bar of tqdm: how far, a bar, and how fast in brackets.
_BAR = re.compile(
    r"[^\r\n]*(?:\d+%\|[^\r\n]*\| .*?|\d+it )\[[\d:?]+[^\r\n\]]*\][^\S\r\n]*(?:\r?\n|\r)?"
)
#: What Python calls an object that has no text of its own, beside the picture that it draws.
_NAME = re.compile(r"<[\w. ]+ at 0x[0-9a-f]+>|<(?:Axes|Figure)\b[^>]*>|<\w+ object of \d+ artists>")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
#: When a summary of statsmodels was written, in each of its forms: text, HTML and LaTeX.
_WRITTEN = re.compile(
    r"((?:Date|Time):(?:[\s}&]|</th>|<td>)*)(\w{3}, \d\d \w{3} \d{4}|\d\d:\d\d:\d\d)(?=[\s<&]|$)"
)
#: Where IPython says that a cell is, in a warning: a process, and a hash of the cell. It begins
#: where a word does, or a picture in base64 would be searched from each of its letters.
_CELL = re.compile(r"(?<![^\s\"'])[^\s\"']*ipykernel_\d+[/\\]")
#: What pandas' Styler draws by chance for a table, where text holds its HTML.
_STYLER = re.compile(r"\bT_[0-9a-f]{5}(?=[_\"'\s])")
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")

#: What Quarto and Pandoc write behind a heading: {#name .class}.
ATTRIBUTES = re.compile(r"\s*\{[#.][^{}<]*\}(?=</h\d>|$)")

_NEVER = "A brief runs nothing and fetches nothing."


def _html(text: str, _: Mapping[str, Any], name: str) -> tuple[str, str]:
    if "<script" in text:
        for sign, kind in {"vegaEmbed": "vega", "Plotly": "plotly", "Bokeh": "bokeh"}.items():
            if sign in text:
                raise WorkbenchError(f"{REFUSED[f'application/vnd.{kind}*']}. {_NEVER}")
    safe, style = sanitiser.clean(text, name)
    return _scrolling(safe), style


def _scrolling(safe: str) -> str:
    """Return HTML in a box that scrolls, if it has a table whose width nobody has seen to."""
    if "<table" in safe and 'class="scroll"' not in safe:
        return f'<div class="scroll" tabindex="0">{safe}</div>'
    return safe


def _svg(text: str, about: Mapping[str, Any], name: str) -> tuple[str, str]:
    from workbench.charts.drawing import titled

    alt = _alt("image/svg+xml", about)
    drawn, style = sanitiser.clean(sanitiser.svg_as_html(text), name, own=False)
    return f'<figure class="light">{titled(drawn, name, alt)}</figure>', style


def _picture(text: str, about: Mapping[str, Any], _: str, kind: str) -> tuple[str, str]:
    alt = _alt(kind, about)
    if not _BASE64.fullmatch(text):
        raise WorkbenchError(f"A picture ({kind}) is not written in base64. Display it again.")
    drawn = Markup('<figure class="light"><img src="data:{};base64,{}" alt="{}"></figure>')
    return drawn.format(kind, text.strip(), alt), ""


def _alt(kind: str, about: Mapping[str, Any]) -> str:
    alt = about.get("alt", "")
    if not isinstance(alt, str) or not alt:
        raise WorkbenchError(
            f"A picture ({kind}) has no text alternative. Show a figure of matplotlib, seaborn or "
            "pandas with wb.show(figure, alt='what it shows'), any other with display(picture, "
            f"metadata={{'{kind}': {{'alt': 'what it shows'}}}})."
        )
    return alt


def _markdown(text: str, _: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return Markdown as HTML, with formulas as MathML, which browsers show without a script."""
    from mistune import HTMLRenderer
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            return HTMLRenderer.image(self, text, url, title)  # the sanitiser looks at it

        def inline_math(self, body: str) -> str:
            return _formula(body, "inline")

        def block_math(self, body: str) -> str:
            return _formula(body, "block")

        def latex_environment(self, name: str, body: str) -> str:
            return _formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    renderer = Renderer(escape=False, exclude_anchor_links=True)
    return _html(MarkdownWithMath(renderer=renderer).render(text), {}, name)


def _formula(latex: str, display: str) -> str:
    from latex2mathml.converter import convert

    try:
        formula = convert(latex.strip(), display=display)
    except Exception:
        formula = r"<mi>\ "
    if re.search(r"<m[io]>\\", formula):  # a command that it does not know
        raise WorkbenchError(
            f"A formula cannot be shown: '{latex.strip()[:60]}'. Write it with commands of LaTeX "
            "and amsmath that have a counterpart in MathML."
        )
    return str(formula)


def _json(data: Any, _: Mapping[str, Any], __: str) -> tuple[str, str]:
    return _text(json.dumps(data, ensure_ascii=False, indent=2))


def _plain(text: str, _: Mapping[str, Any], __: str) -> tuple[str, str]:
    if _STRING.fullmatch(text):
        text = literal_eval(text)
    return ("", "") if _NAME.search(text) else _text(text)


def _text(text: str) -> tuple[str, str]:
    # As a terminal leaves it: of a line that was written over, the last.
    kept = re.sub(r"[^\n]*\r", "", text.replace("\r\n", "\n"))
    shown = _TO_TERMINALS.sub("", kept)
    return (f"<pre>{escape(shown)}</pre>", "") if shown.strip() else ("", "")


_TEXT = "text/plain"
Writer = Callable[[Any, Mapping[str, Any], str], tuple[str, str]]

#: What is shown, the best first, and how.
SHOWN: dict[str, Writer] = {
    "text/html": _html,
    "image/svg+xml": _svg,
    **{f"image/{k}": partial(_picture, kind=f"image/{k}") for k in ("png", "jpeg", "gif", "webp")},
    "text/markdown": _markdown,
    "text/latex": _markdown,
    "application/json": _json,
    _TEXT: _plain,
}

_DRAWN = (
    "A {0} chart is drawn by a script. With {1} installed, display it as a picture: "
    "display({{'image/svg+xml': {2}}}, raw=True, metadata={{'image/svg+xml': {{'alt': '...'}}}})"
).format
_OTHER = (
    "A {0} plot is drawn by a script. Draw it with matplotlib, or display a picture of it".format
)

#: What is refused unless a picture comes with it, and what to display instead.
REFUSED = {
    "application/vnd.plotly*": _DRAWN("Plotly", "kaleido", "fig.to_image('svg').decode()"),
    "application/vnd.vega*": _DRAWN(
        "Vega", "vl-convert-python", "vl_convert.vegalite_to_svg(chart.to_dict())"
    ),
    "application/vnd.bokeh*": _OTHER("Bokeh"),
    "application/vnd.holoviews*": _OTHER("HoloViews"),
    "application/vnd.jupyter.widget-view+json": "A control (ipywidgets) needs Python behind it. "
    "Display what it shows: its value, or the table or picture that it chose",
    "*/javascript": "JavaScript runs in the reader's browser. Take out the cell, or display what "
    "it shows as a picture or a table",
    "application/geo+json": "GeoJSON is drawn by a script. Display a picture of the map, such as "
    "GeoDataFrame.plot() draws",
    "application/pdf": "A PDF file is shown by a program of its own. Display its page as a picture "
    "(image/png or image/svg+xml)",
    "video/*": "A video cannot be printed. Display one picture of it",
    "audio/*": "A sound cannot be printed. Display what it says as text",
}


def shown(output: nbformat.NotebookNode, name: str) -> tuple[str, str]:
    """Return what a page shows of an output, safe to stand there, and its style.

    Ids begin with `name`, unlike those of any other output of the page.

    Raises
    ------
    WorkbenchError
        If it is of a kind that a page cannot show.
    """
    if output.output_type == "stream":
        return _text(_BAR.sub("", output.text)) if output.name == "stdout" else ("", "")
    data = {} if output.output_type == "error" else output.data
    if not data or _BAR.fullmatch(data.get(_TEXT, "")):
        return "", ""
    faults = [
        WorkbenchError(f"{why}. {_NEVER}")
        for kind, why in REFUSED.items()
        if any(fnmatchcase(there, kind) for there in data)
    ]
    if not faults and data.keys() - SHOWN.keys() and not data.keys() & SHOWN.keys() - {_TEXT}:
        faults.append(
            WorkbenchError(
                f"A notebook displays {', '.join(sorted(data.keys() - {_TEXT}))}, which a brief "
                "cannot show. Display a table, a text, or a picture with a text alternative."
            )
        )
    for kind, write in SHOWN.items():
        if kind in data and (not faults or kind.startswith("image/")):
            try:
                return write(data[kind], output.metadata.get(kind, {}), name)
            except WorkbenchError as fault:
                faults.append(fault)
    raise faults[0]


def note(cell: nbformat.NotebookNode, title: str, name: str) -> tuple[str, str]:
    """Return a cell of Markdown as `shown` returns an output.

    A heading that `title` begins with is the notebook's own; it stands there as the title, which
    also says whom the page is about.
    """
    source = cell.source
    for file, kinds in cell.get("attachments", {}).items():
        for kind, content in kinds.items():
            source = source.replace(f"attachment:{file}", f"data:{kind};base64,{content}")
    body, style = _markdown(source, {}, name)
    body = ATTRIBUTES.sub("", body)

    def first(found: re.Match[str]) -> str:
        own = Markup(found[1]).striptags()
        return f"<h1>{escape(title)}</h1>" if own and title.startswith(own) else found[0]

    return re.sub(r"<h1\b[^>]*>(.*?)</h1>", first, body, flags=re.DOTALL), style


def steady(notebook: nbformat.NotebookNode) -> None:
    """Take out of outputs what differs from run to run: random ids, addresses, times, progress."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _stays(output)]


def _stays(output: nbformat.NotebookNode) -> bool:
    """Make an output steady; return whether anything is left of it."""
    if output.output_type == "stream":
        output.text = _timeless(_BAR.sub("", output.text))
        return bool(output.text)
    data = output.get("data", {})
    if _BAR.fullmatch(data.get(_TEXT, "")):
        return False
    for kind in data.keys() & {_TEXT, "text/html", "text/latex", "text/markdown"}:
        data[kind] = _timeless(data[kind])
    with suppress(WorkbenchError):  # the page will refuse it
        if not sanitiser.plain(data.get("text/html", "")):
            body, style = sanitiser.clean(data["text/html"], "")
            data["text/html"] = f"<style>{style}</style>\n{body.lstrip()}" if style else body
        if "image/svg+xml" in data:
            data["image/svg+xml"] = sanitiser.svg_as_xml(data["image/svg+xml"])
    return True


def _timeless(text: str) -> str:
    """Return text without addresses and, in the same columns, without when it was written."""
    # Most texts hold none of it, which a look for a word says many times sooner than a pattern.
    if "Date:" in text or "Time:" in text:
        text = _WRITTEN.sub(lambda found: found[1] + " " * len(found[2]), text)
    if "ipykernel_" in text:
        text = _CELL.sub("ipykernel/", text)
    text = _ADDRESS.sub(" at 0x0", text)
    if "T_" not in text:
        return text
    tables = {name: f"T_{at:05x}" for at, name in enumerate(dict.fromkeys(_STYLER.findall(text)))}
    return _STYLER.sub(lambda found: tables[found[0]], text)
