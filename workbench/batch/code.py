"""Which files a notebook depends on: modules of the package, the texts that they say, its folder.

Read from the source, as text: none is imported for it. So a change in one brief's module makes
that brief again and no other.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from workbench.language.translator import behind

PACKAGE = Path(__file__).parents[1]

#: What is looked for in a cell that is no plain Python.
_IMPORT = re.compile(r"^[ \t]*((?:from [\w.]+ )?import [\w., ]*\w)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"\b[A-Za-z_]\w*\.[A-Za-z_]\w*\b")

#: What the texts of a page's frame begin with; they are put around a brief, not into it.
_SAYS = re.compile(r"[\"'{]\s*([a-z_]+)\.[a-z_{]")


def of_cells(sources: Iterable[str]) -> list[Path]:
    """Return the modules that the cells of a notebook use, directly and through others.

    `sources` is the code of the cells; ``wb.name`` stands for the module that has the name.
    """
    names = {
        node.attr
        for source in sources
        for node in ast.walk(_parsed(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    imported = {name for source in sources for name in _imports(_parsed(source))}
    first = {_public()[name] for name in names if name in _public()}
    first |= {file for name in imported if (file := _file(name)) is not None}
    return sorted(_closure(frozenset(first)))


def of_modules(names: Iterable[str]) -> list[Path]:
    """Return the files of these modules and of all that they import of the package."""
    return sorted(_closure(frozenset(file for name in names if (file := _file(name)))))


def beside(notebook: Path, sources: Iterable[str], brief: str) -> dict[str, Path]:
    """Return the files in a notebook's folder that it may import or read, by their path there.

    A notebook of one's own may read any, by a name that it puts together; one of the project's
    briefs only what lies there under a name that its cells hold. Another notebook counts only
    where it is named.

    `sources` is the code of its cells, `brief` the module of ``workbench.briefs`` that it is made
    with; '' for one of one's own.
    """
    folder, source = notebook.parent, "\n".join(sources)
    files = {}
    for file in _below(folder, set()):
        if file != notebook and file.is_file() and os.access(file, os.R_OK):
            files[file.relative_to(folder).as_posix()] = file
    named = {path for path in files if path in source}
    others = {path: file for path, file in files.items() if file.suffix != ".ipynb"}
    stems = {part.partition(".")[0] for path in others for part in Path(path).parts}
    reads = not brief or any(stem in source for stem in stems)
    return {
        path: file for path, file in files.items() if path in named or (reads and path in others)
    }


def _below(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Return the files in a folder and below it, each once, also behind links to folders."""
    seen.add(os.path.realpath(folder))
    for path in sorted(folder.iterdir()):
        # Editors and spreadsheets mark what is open, and Python keeps what it compiled.
        if path.name.startswith((".", "~", "__pycache__")):
            continue
        if not path.is_dir():
            yield path
        elif os.path.realpath(path) not in seen and os.access(path, os.R_OK | os.X_OK):
            yield from _below(path, seen)


def texts(modules: Iterable[Path], language: str) -> list[Path]:
    """Return the files of a language from which these modules say something."""
    names = set().union(*(_text_names(module) for module in modules))
    return [file for name in sorted({*names, "names"}) for file in behind(language, name)]


def _closure(first: frozenset[Path]) -> set[Path]:
    found: set[Path] = set()
    waiting = list(first)
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            # The controls of the lab stand before nobody when a brief is made.
            waiting += [one for one in _imported(file) if one.parent.name != "lab"]
    return found


@cache
def _public() -> dict[str, Path]:
    """Return the file behind each public name of the package, which imports it when asked."""
    tree = _parsed((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    named = {
        alias.asname or alias.name: [f"{node.module}.{alias.name}", node.module]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    found = {name: [_file(place) for place in places] for name, places in named.items()}
    return {name: next(filter(None, files)) for name, files in found.items() if any(files)}


@cache
def _imported(file: Path) -> tuple[Path, ...]:
    """Return the modules of the package that one of them imports, wherever in it."""
    names = set(_imports(_parsed(file.read_text(encoding="utf-8"))))
    # A module is in its packages, whose own code runs first; that of the whole package is empty.
    within = file.relative_to(PACKAGE).parents[:-1]
    parents = [PACKAGE / folder / "__init__.py" for folder in within]
    return tuple(parents) + tuple(found for name in names if (found := _file(name)) is not None)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    """Return the file of a module of the package; None for others, and for what is no module."""
    first, *rest = name.split(".")
    if first != "workbench" or not rest:
        return None
    place = PACKAGE.joinpath(*rest)
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)


@cache
def _text_names(file: Path) -> frozenset[str]:
    """Return what the keys of sentences in a module begin with: the names of files of texts."""
    known = {text.stem for text in PACKAGE.glob("text/*/*.toml")}
    found = set(_SAYS.findall(file.read_text(encoding="utf-8")))
    # A brief's own texts go by its module's name, also where the key is put together.
    return frozenset((found | {file.stem, file.parent.name}) & known)


@cache
def _parsed(source: str) -> ast.Module:
    """Return the code of a module or a cell."""
    try:
        return ast.parse(source)
    except SyntaxError:
        # IPython's own signs (%time, !command), or a fault, which its run tells: what it names
        # counts all the same.
        found = ast.Module([], [])
        for piece in [*_IMPORT.findall(source), *_NAME.findall(source)]:
            with suppress(SyntaxError):
                found.body += ast.parse(piece).body
        return found
