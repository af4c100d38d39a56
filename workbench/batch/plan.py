"""What is to be made: one task per municipality, brief and language, each with its hashes.

A plan is a pure function of files and options. Each brief has two hashes: one of what decides its
executed notebook (code cells, parameters, the figures that it reads, the modules and texts behind
it, versions of libraries), and one of that and what is put around it (notes between the cells,
template, frame). What the folder of briefs says of itself (`manifest`) against that of today tells
what is due: nothing, setting the page again, or executing.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.batch import code as modules
from workbench.batch import inputs
from workbench.batch.notebooks import NOTEBOOKS, Notebook, check, notebook, pages
from workbench.batch.tasks import COMPONENTS, Plan, Task
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.language import lint
from workbench.language import translator as spoken
from workbench.language.translator import Language
from workbench.rendering.page import TEMPLATES
from workbench.storage.cache import cached
from workbench.storage.hashing import digest, package_files

#: Libraries whose version can change a brief.
_LIBRARIES: tuple[str, ...] = (
    *("babel", "ipykernel", "ipython", "jinja2", "matplotlib", "nbconvert", "numpy", "pandas"),
    *("latex2mathml", "nh3", "papermill", "scipy", "seaborn", "statsmodels", "tinycss2"),
)

#: What puts the frame around a brief.
_FRAME = (
    *("batch/execute.py", "rendering/outputs.py", "rendering/page.py"),
    *("markup/sanitiser.py", "markup/stylesheet.py"),
)


def plan(
    data: Dataset,
    municipalities: Iterable[str],
    chosen: Sequence[str],
    languages: Sequence[str],
    out: Path,
    *,
    peers: str = "",
    folder: Path = NOTEBOOKS,
    files: bool = False,
    force: bool = False,
) -> Plan:
    """Return what is to be made.

    Parameters
    ----------
    data : Dataset
    municipalities : iterable of str
        Numbers of today; each is made once.
    chosen : sequence of str
        As `choose_briefs` returns them.
    languages : sequence of str
    out : Path
        Folder of the briefs.
    peers : str
        A group, or empty for each municipality's own.
    folder : Path
        Folder of the notebooks.
    files : bool
        Whether the files of figures beside the briefs are wanted.
    force : bool
        Whether what is up to date is made again.

    The pages that are for all municipalities come first.

    Raises
    ------
    UsageError
        If the texts of a language cannot be used.
    """
    for asked in languages:
        lint.check(asked)
    numbers = list(dict.fromkeys(municipalities))
    usual = data.default_groups()
    groups = {number: peers or usual[number] for number in numbers}
    figures = "" if data.is_own else str(data.path.resolve())
    to_all = {"data_folder": figures} if figures else {}
    to_each = to_all | ({"peers": peers} if peers else {})
    common = pages(folder)
    known = {name: notebook(folder / f"{name}.ipynb") for name in (*common, *chosen)}
    tried = dict.fromkeys(common, to_all)
    tried |= dict.fromkeys(chosen, to_each | {"municipality": next(iter(numbers), "")})
    refused: dict[str, str] = {}
    for name, given in tried.items():
        path = folder / f"{name}.ipynb"
        try:
            for asked in languages:
                check(path, known[name], _given(known[name], given, asked))
            known[name] = _with_files(path, known[name])
        except UsageError as error:
            refused[name] = str(error)
    common, chosen = ([name for name in part if name not in refused] for part in (common, chosen))
    kinds = {name: known[name].brief or name for name in chosen}
    read = inputs.of(data, groups, [*kinds.values(), COMPONENTS])
    spoken_in = {code: Language(code) for code in languages}
    linked = {name: known[name].heading for name in common}
    hashes = _Hashes(folder, known, spoken_in, int(data.observations["year"].max()), out, linked)
    tasks = [
        hashes.task("", "", name, code, to_all, inputs.everything(data))
        for name in common
        for code in languages
    ]
    names = dict(data.municipalities[["number", "name"]].to_numpy())
    for number in numbers:
        given = to_each | {"municipality": number}
        tasks += [
            hashes.task(number, names[number], name, code, given, read[number, kinds[name]])
            for name in chosen
            for code in languages
        ]
    basis = _components()
    written = {n: digest([], basis, read[n, COMPONENTS]) for n in numbers} if files else {}
    return Plan(out, tasks, written, peers, figures, force, refused)


@dataclass(frozen=True)
class _Hashes:
    """Makes the tasks of a plan, with what is the same for many of them worked out once."""

    folder: Path
    known: Mapping[str, Notebook]
    spoken: Mapping[str, Language]
    newest: int
    out: Path
    linked: Mapping[str, str]

    def task(
        self, number: str, name: str, brief: str, code: str, given: Mapping[str, Any], read: str
    ) -> Task:
        """Return the task of a brief, for what it reads of the figures."""
        path, known = self.folder / f"{brief}.ipynb", self.known[brief]
        given = _given(known, given, code)
        title = _title(known, name, self.spoken[code])
        facts = json.dumps([brief, given], sort_keys=True)
        behind = _behind(known.code, known.cells, code)
        executes = digest([], behind, facts, read)
        linked = json.dumps(self.linked if number else {})
        around = digest([], known.notes, title, _frame(code), str(self.newest), linked)
        key = digest([], executes, around)
        return Task(
            *(number, name, brief, code, title, self.newest, path, given),
            *(executes, key, self.out),
        )


def _given(known: Notebook, given: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return all that a notebook is given in a language."""
    # Nobody sits in front of it.
    plain = {"interactive": False} if "interactive" in known.parameters else {}
    return {**given, "language": code, **plain}


def _with_files(path: Path, known: Notebook) -> Notebook:
    """Return a notebook with what it may import or read in its own folder as a part of its code."""
    found = modules.beside(path, known.cells, known.brief)
    if not found:
        return known
    run = [
        one for file in found.values() if file.suffix == ".ipynb" for one in notebook(file).cells
    ]
    run += [file.read_text("utf-8", "replace") for file in found.values() if file.suffix == ".py"]
    return replace(
        known, code=digest(found.values(), known.code, *found), cells=(*known.cells, *run)
    )


@cache
def _behind(code_hash: str, cells: tuple[str, ...], language: str) -> str:
    """Return the hash of all code that decides what a notebook shows, and of the texts it says."""

    def names() -> list[list[str]]:
        used = modules.of_cells(cells)
        parts = (used, modules.texts(used, language))
        # What is kept may be found by a project that was moved.
        return [[str(path.relative_to(modules.PACKAGE)) for path in part] for part in parts]

    key = digest(package_files(), "modules", code_hash, language, *_text_names(language))
    used, texts = ([modules.PACKAGE / name for name in part] for part in cached(key, names))
    return digest([], code_hash, digest(used), digest(texts), *_versions())


@cache
def _text_names(language: str) -> list[str]:
    """Return all files of texts, and those from which a language takes its sentences."""
    there = sorted(modules.PACKAGE.glob("text/*/*.toml"))
    taken = [path for path in there if path in spoken.behind(language, path.stem)]
    return [str(path.relative_to(modules.PACKAGE)) for path in (*there, *taken)]


@cache
def _frame(language: str) -> str:
    """Return the hash of what is put around a brief: template, style, and the frame's words."""
    files = [path for path in (TEMPLATES / "brief").iterdir() if path.is_file()]
    files += [modules.PACKAGE / name for name in _FRAME]
    texts = [file for name in ("common", "front") for file in spoken.behind(language, name)]
    return digest([*files, *texts], version("nbconvert"), version("jinja2"))


def of_modules(*names: str) -> list[Path]:
    """Return the files of these modules and of all behind them, kept until the package changes."""

    def found() -> list[str]:
        return [str(p.relative_to(modules.PACKAGE)) for p in modules.of_modules(names)]

    return [
        modules.PACKAGE / name for name in cached(digest(package_files(), "modules", *names), found)
    ]


@cache
def _components() -> str:
    """Return the hash of the code that writes the files of figures."""
    used = of_modules("workbench.export.components")
    more = (f"xlsxwriter {version('xlsxwriter')}", *_versions())
    return digest([*used, modules.PACKAGE / "export" / "columns.toml"], *more)


@cache
def _versions() -> tuple[str, ...]:
    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    return (platform.python_version(), *libraries)


def _title(known: Notebook, name: str, language: Language) -> str:
    """Return the title of the page: the brief's question, with the municipality in it."""
    question = known.heading
    if known.brief:
        question = language.say(f"{known.brief}.title", name=name)
    return question if name in question else f"{question} \N{EN DASH} {name}"
