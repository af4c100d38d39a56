"""The notebooks in a folder: which are made, for whom, and what a plan has to know of each."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.batch import parameters
from workbench.batch.fork_server import import_jsonschema
from workbench.errors import UsageError, described, sentences, suggest
from workbench.rendering import page
from workbench.storage import normalise
from workbench.storage.cache import cached_of_files
from workbench.storage.hashing import digest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

#: What JupyterLab, editors, systems and shared drives call drafts, copies and checkpoints.
_COPY = re.compile(
    r"untitled[\d -]*|(copy of|kopi av) .+|.{3,}[ ._-](copy|kopi|checkpoint)[ \d()-]*"
    r"|.+\.sync-conflict-.+|.+ \((\d+|.*(copy|kopi)\b.*)\)",
    re.IGNORECASE,
)

#: By these names the front pages and the files of figures are known among what is read.
_TAKEN = ("front", "components")


@dataclass(frozen=True)
class Notebook:
    """What a plan has to know of a notebook; `notebook` reads it."""

    parameters: dict[str, str]  #: the type of each that it declares; '' where it declares none
    code: str  #: hash of its code
    notes: str  #: hash of all of it
    cells: tuple[str, ...]  #: the code of its cells
    brief: str  #: the module of ``workbench.briefs`` that its metadata name; '' for none
    heading: str  #: its first
    language: str  #: the one that it is written in
    #: what the cell of parameters works out before a run sets them, and from which
    derived: dict[str, list[str]]
    overridden: list[str]  #: what a later cell sets again, whatever a run gave
    asked: bool = False  #: whether it is made only where a run names it

    def made_for(self) -> str:
        """Return 'municipality' or 'all', for whom it is made; '' if it is made for nobody."""
        if self.language != "python":
            return ""
        every = "all" if "language" in self.parameters else ""
        return "municipality" if "municipality" in self.parameters else every


@dataclass
class Survey:
    """What a folder of notebooks holds; `survey` returns it."""

    #: notebooks that are made for every municipality
    briefs: list[str] = field(default_factory=list)
    #: those made once for all, in every language, since every brief refers to them
    pages: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  #: a sentence each
    #: a sentence each: made for nobody although one might expect them
    left_out: list[str] = field(default_factory=list)


def survey(folder: Path = NOTEBOOKS) -> Survey:
    """Return what a folder of notebooks holds. One that cannot be read keeps no other away."""
    found, copies = Survey(), []
    for path in _stored(folder):
        copy = _COPY.fullmatch(path.stem)
        try:
            known = notebook(path)
            if (made_for := known.made_for()) == "all":
                check(path, known, {"language": "nb"})  # all briefs refer to it
        except UsageError as error:
            found.unreadable += [] if copy else [str(error)]
            continue
        if copy:
            copies += [path.stem] if made_for else []
        elif made_for and not known.asked:
            (found.briefs if made_for == "municipality" else found.pages).append(path.stem)
        elif not made_for and (known.language != "python" or re.match(r"\d\d_", path.stem)):
            found.left_out.append(_why_not(path))
    if copies:
        found.left_out.append(
            f"{', '.join(copies)}: copies and drafts are made for nobody. Rename what is to be "
            "made, or name it with --brief."
        )
    return found


def _stored(folder: Path) -> list[Path]:
    # What editors and systems keep beside a file that is open or was copied begins with a dot.
    return [path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith((".", "~"))]


def briefs(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks that are made for every municipality."""
    return survey(folder).briefs


def pages(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks that are made once for all municipalities."""
    return survey(folder).pages


def headings(folder: Path = NOTEBOOKS) -> dict[str, str]:
    """Return the own heading of each page for all municipalities; '' of that on methods."""
    known = {name: notebook(folder / f"{name}.ipynb") for name in pages(folder)}
    return {name: "" if one.brief == "methods" else one.heading for name, one in known.items()}


def choose_briefs(wanted: Sequence[str], folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks of these names; '01_status' and 'status' are the same, none is all.

    No other notebook is read.

    Raises
    ------
    UsageError
        If there is no such notebook, or more than one.
    """
    known, chosen = [path.stem for path in _stored(folder)], []
    for name in wanted:
        if not isinstance(name, str) or not name or len(name) > normalise.NAME:
            raise UsageError(f"{described(name)} is not a brief. {suggest('', briefs(folder))}")
        short = [other for other in known if other.partition("_")[2] == name]
        found = [name] if name in known else short
        if len(found) > 1:
            raise UsageError(f'"{name}" can be {" or ".join(found)}. Use the whole name.')
        path = folder / f"{(found or [name])[0]}.ipynb"
        if not found or notebook(path).made_for() != "municipality":
            message = f'"{name}" is not a brief.'
            raise UsageError(sentences(message, _why_not(path), suggest(name, briefs(folder))))
        chosen += found
    return sorted(set(chosen)) if wanted else briefs(folder)


def _why_not(path: Path) -> str:
    """Return why a notebook is not made for every municipality; '' if there is none."""
    if not path.is_file():
        return ""
    known = notebook(path)
    if known.language != "python":
        return f"{path.name} is written in {known.language}; only Python is executed."
    if known.made_for() == "all":
        return f"{path.name} is made once for all municipalities, with every run."
    return (
        f'{path.name} is made for nobody: declare municipality: str = "3201" and '
        'language: str = "nb" in a cell with the tag "parameters".'
    )


def check(path: Path, known: Notebook, given: Mapping[str, Any]) -> None:
    """Refuse a notebook that would not show what it is given, or that may not have its name.

    `given` are the values that its parameters would get.

    Raises
    ------
    UsageError
        If it declares no such parameter, or another type; if it works something out from one
        before it is set, or sets it again; or if its page would have the name of another.
    """
    if path.stem.casefold() == "index":
        raise UsageError(f"{path.name} would be written over by the front pages. Rename it.")
    if path.stem.casefold() in _TAKEN:
        raise UsageError(f"{path.name} has the name of a part of the workbench. Rename it.")
    for name, value in given.items():
        if name not in known.parameters:
            raise UsageError(
                f'{path.name} has no parameter "{name}". {suggest(name, known.parameters, 20)} '
                'Declare it in the cell tagged "parameters".'
            )
        declared = known.parameters[name]
        if declared and not _allows(ast.parse(declared, mode="eval").body, value):
            raise UsageError(
                f'The parameter "{name}" of {path.name} is declared as {declared}; '
                f"it must be {type(value).__name__}. A run gives it {value!r}."
            )
        if name in known.overridden:
            raise UsageError(
                f'{path.name} sets "{name}" again below the cell tagged "parameters", so that all '
                "its pages would be the same. Take that line out, or use another name there."
            )
    for name, used in known.derived.items():
        early = [one for one in used if one in given]
        if early and name not in given:
            raise UsageError(
                f'{path.name} works out "{name}" from "{early[0]}" in the cell tagged '
                '"parameters", before a run has set it. Move that line to the next cell.'
            )


def _allows(annotation: ast.expr, value: object) -> bool:
    """Return whether an annotation allows a value."""
    match annotation:
        case ast.Constant(str() as quoted):
            return _allows(ast.parse(quoted, mode="eval").body, value)
        case ast.Name(name) | ast.Attribute(attr=name):
            return name in (type(value).__name__, "Any", "object")
        case ast.BinOp(left, ast.BitOr(), right):
            return _allows(left, value) or _allows(right, value)
        case ast.Subscript(ast.Name(name) | ast.Attribute(attr=name), within):
            parts = within.elts if isinstance(within, ast.Tuple) else [within]
            if name == "Literal":
                return any(isinstance(one, ast.Constant) and one.value == value for one in parts)
            if name in ("Optional", "Union"):
                return any(_allows(one, value) for one in parts)
            return name in ("Annotated", "Final") and _allows(parts[0], value)
    return False


def read(path: Path) -> Any:
    """Return a notebook in today's format, whichever program wrote it.

    Raises
    ------
    UsageError
        If it is none.
    """
    import_jsonschema()
    import nbformat

    try:
        # A byte order mark is what Windows' editors begin a file with.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if content["nbformat"] == 4:
            content["nbformat_minor"] = max(content["nbformat_minor"], 5)
        # What nbformat makes of its format 3 is of a kind that papermill does not take.
        node = nbformat.from_dict(nbformat.reads(json.dumps(_completed(content)), as_version=4))
        for at, cell in enumerate(node.cells):
            # Older formats have none, and nbformat would draw them by chance.
            cell.id = content["cells"][at]["id"] if "cells" in content else f"cell-{at}"
            cell.metadata.setdefault("tags", [])
    except Exception as error:  # nbformat has many for a broken file
        raise UsageError(
            f"{path.name} is not readable as a notebook: {(str(error).splitlines() or ['?'])[0]}. "
            "Mend it, or move it out of the folder."
        ) from None
    return node


def _completed(content: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook whose cells have what today's format asks for."""
    content["metadata"] = {
        n: v for n, v in (content["metadata"] or {}).items() if isinstance(v, dict)
    }
    for at, cell in enumerate(content.get("cells", [])):
        code: Any = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
        for name, usual in ({"id": f"cell-{at}", "metadata": {}} | code).items():
            cell.setdefault(name, usual)
        given = cell["metadata"].get("tags")
        tags = given if isinstance(given, list) else [given]
        cell["metadata"]["tags"] = [tag for tag in tags if isinstance(tag, str)]
    return content


def notebook(path: Path) -> Notebook:
    """Return what a plan has to know of a notebook, kept until its file changes.

    Raises
    ------
    UsageError
        If it is none, or its parameters cannot be read.
    """
    code = (Path(str(module.__file__)) for module in (parameters, page))
    files = [path, Path(__file__), *code]
    if not (path.is_file() and os.access(path, os.R_OK)):
        raise UsageError(f"{path.name} is no file that can be read. Move it out of the folder.")
    return cached_of_files(
        lambda: files, lambda: _notebook(path), "notebook", name=str(path.parent)
    )


def _notebook(path: Path) -> Notebook:
    node = read(path)
    cells = [cell for cell in node.cells if cell.cell_type == "code"]
    notes = [cell.source for cell in node.cells if cell.cell_type == "markdown"]
    spec, info = (node.metadata.get(name, {}) for name in ("kernelspec", "language_info"))
    language = str(info.get("name") or spec.get("language") or "python").casefold()
    language = "python" if "python" in language else language
    known = _parameters(path, cells) if language == "python" else ({}, {}, [])
    sources = tuple(cell.source for cell in cells)
    about = node.metadata.get("workbench", {})
    named = about.get("brief", "")
    if not isinstance(named, str) or not re.fullmatch("([a-z][a-z0-9_]*)?", named):
        raise UsageError(
            f"{path.name} is not readable as a notebook: its metadata name no brief of the "
            "workbench. Mend it, or move it out of the folder."
        )
    return Notebook(
        known[0],
        digest([], *sources, json.dumps(node.metadata, sort_keys=True)),
        digest([path]),
        sources,
        named,
        page.heading(notes) or path.stem,
        language,
        *known[1:],
        about.get("asked") is True,
    )


def _parameters(
    path: Path, cells: Sequence[Any]
) -> tuple[dict[str, str], dict[str, list[str]], list[str]]:
    """Return what the cell of parameters declares and works out, and what is set again below it."""
    at, injected = (_tagged(cells, tag) for tag in ("parameters", "injected-parameters"))
    if at is None:
        return {}, {}, []
    try:
        body = parameters.parsed(cells[at].source).body
    except SyntaxError as error:
        raise UsageError(
            f'The cell tagged "parameters" of {path.name} is no Python: {error.msg}, '
            f"line {error.lineno}. Mend it, or move the notebook out of the folder."
        ) from None
    declared: dict[str, str] = {}
    derived: dict[str, list[str]] = {}
    for statement in body:
        used = sorted(parameters.loaded(statement) & declared.keys())
        for name, kind in parameters.assigned(statement):
            declared[name] = kind
            if used:
                derived[name] = used
    # papermill puts its own cell where one was, or else below.
    begin = at if injected is None else injected
    again = parameters.set_again(cells[begin + 1 :]) & {*declared, "municipality"}
    if "language" in declared and again - declared.keys():
        raise UsageError(
            f'{path.name} sets "municipality" below the cell tagged "parameters", so that its page '
            "would be one for all. Declare it in that cell, or call it something else."
        )
    return declared, derived, sorted(again)


def _tagged(cells: Sequence[Any], tag: str) -> int | None:
    return next((at for at, cell in enumerate(cells) if tag in cell.metadata.get("tags", [])), None)
