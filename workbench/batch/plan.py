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
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from workbench.batch import code as modules
from workbench.batch import inputs
from workbench.batch import manifest as ledger
from workbench.batch.manifest import Ledger
from workbench.batch.notebooks import NOTEBOOKS, Notebook, check, notebook, pages
from workbench.dataset import Dataset
from workbench.dataset.lookup import folder_name
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

#: What the files of figures go by in a ledger and among what is read.
FILES, COMPONENTS, FRONT = "files", "components", "front"

#: What puts the frame around a brief.
_FRAME = (
    *("batch/execute.py", "rendering/outputs.py", "rendering/page.py"),
    *("markup/sanitiser.py", "markup/stylesheet.py"),
)


@dataclass(frozen=True)
class Task:
    """One brief to make.

    Attributes
    ----------
    number, name : str
        The municipality; empty for a page that is for all of them.
    brief, language : str
        Name of the notebook without ending, code of the language.
    title : str
        Title of the page.
    newest : int
        Year of the newest figure.
    notebook : Path
    parameters : Mapping
        What papermill is given.
    executes : str
        Hash of all that the executed notebook is made from.
    key : str
        Hash of all that the brief is made from.
    out : Path
        The folder of all briefs, or its like in a bucket.
    """

    number: str
    name: str
    brief: str
    language: str
    title: str
    newest: int
    notebook: Path
    parameters: Mapping[str, Any]
    executes: str
    key: str
    out: Path

    @property
    def folder(self) -> str:
        """Name of the municipality's folder; empty for a page that is for all."""
        return folder_name(self.number, self.name) if self.number else ""

    @property
    def ledger(self) -> str:
        """Name of the ledger that tells of it."""
        return self.folder or ledger.SHARED

    @property
    def file(self) -> str:
        """What the brief's files are called, without ending: '01_status.nb'."""
        return f"{self.brief}.{self.language}"

    @property
    def page(self) -> Path:
        """Where the brief goes."""
        return self.out / self.folder / f"{self.file}.html"

    @property
    def executed(self) -> Path:
        """Where the executed notebook goes."""
        return self.out / self.folder / "notebooks" / f"{self.file}.ipynb"

    @property
    def label(self) -> str:
        """What a user knows the brief by: '3201-baerum/01_status.nb'."""
        return f"{self.folder}/{self.file}" if self.number else self.file

    @property
    def up_to_date(self) -> bool:
        """Whether brief and notebook are there and made from the same."""
        return Plan(self.out, [self]).due == []


@dataclass(frozen=True)
class Front:
    """The front pages that are due of a municipality.

    Attributes
    ----------
    day : date
        The day that they say they were made.
    first : str
        Language of the portal.
    peers : str
        A group, or empty for each municipality's own.
    figures_hash : str
        Of all figures.
    keys : tuple of (str, str)
        A language, and the hash of all that its page is made from.
    """

    day: date
    first: str
    peers: str
    figures_hash: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Work:
    """What one process makes in one go: tasks of one municipality, and its files of figures.

    Attributes
    ----------
    out : Path
        The folder of all briefs.
    name : str
        The municipality's folder, by which its ledger goes too; `ledger.SHARED` for what is made
        once for all.
    tasks : tuple of Task
    rendered : frozenset of str
        Labels of the tasks whose executed notebook is there already: only their page is due.
    files : str
        Hash of all that the files of figures are made from; empty: they are not due.
    number, peers : str
        Whose figures, and the group that they are compared with; for the files.
    figures : str
        The folder of figures; empty: the project's own.
    front : Front, optional
        The front pages that are due.
    """

    out: Path
    name: str
    tasks: tuple[Task, ...]
    rendered: frozenset[str] = frozenset()
    files: str = ""
    number: str = ""
    peers: str = ""
    figures: str = ""
    front: Front | None = None

    def pieces(self) -> list[Work]:
        """Return the work in the smallest pieces that can be made side by side."""
        parts = [replace(self, tasks=(task,), files="") for task in self.tasks]
        return parts + ([replace(self, tasks=())] if self.files or self.front else [])


@dataclass(frozen=True)
class Plan:
    """All tasks of a run, what is there, and so what is due.

    Attributes
    ----------
    out : Path
        The folder of all briefs.
    tasks : list of Task
        By municipality, brief and language; those for all municipalities come first.
    files : dict of str to str
        Hash of what each municipality's files of figures are made from, by number.
    groups : dict of str to str
        The group that each municipality is compared with, by number.
    figures : str
        The folder of figures; empty: the project's own.
    force : bool
        Whether what is up to date is due, too.
    refused : dict of str to str
        Why a notebook is made for nobody, by its name.
    """

    out: Path
    tasks: list[Task]
    files: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    figures: str = ""
    force: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def there(self) -> dict[str, tuple[int, int]]:
        """The files that are there, as `manifest.listing` returns them."""
        return ledger.listing(self.out)

    @cached_property
    def ledgers(self) -> dict[str, Ledger]:
        """What is said of each municipality's folder, by the name of its ledger."""
        known = ledger.read_all(self.out, self.there)
        names = (task.ledger for task in self.tasks)
        return known | {name: Ledger(self.out, name) for name in names if name not in known}

    @cached_property
    def due(self) -> list[Task]:
        """The tasks whose brief is not there, or was made from something else."""
        return [task for task in self.tasks if self.force or not self._current(task)]

    @cached_property
    def rendered(self) -> set[str]:
        """The labels of those due of which only the page is due."""
        return set() if self.force else {task.label for task in self.due if self._executed(task)}

    def only(self, labels: Iterable[str]) -> Plan:
        """Return the plan with no tasks but those of these labels."""
        wanted = set(labels)
        return replace(self, tasks=[task for task in self.tasks if task.label in wanted])

    def works(self, jobs: int) -> list[Work]:
        """Return what is due: a municipality at a time, or a brief where that would be too few.

        Parameters
        ----------
        jobs : int
            How many are made at a time.
        """
        parts: dict[str, list[Task]] = {}
        for task in self.tasks:
            parts.setdefault(task.ledger, []).append(task)
        due = {task.label for task in self.due}
        found = [self._work(part, due) for part in parts.values()]
        found = [work for work in found if work.tasks or work.files]
        if len(found) >= 2 * jobs:
            return found
        return [piece for work in found for piece in work.pieces()]

    def seconds(self) -> float | None:
        """Return how long what is due would take one process, by what it took before.

        None where no brief of a kind that is due has been made before.
        """
        took: dict[str, list[float]] = {}
        for known in self.ledgers.values():
            for what, entry in known.entries.items():
                took.setdefault(what.rpartition(".")[0], []).append(entry.seconds)
        kinds = [task.brief for task in self.due if task.label not in self.rendered]
        if not all(kind in took for kind in kinds):
            return None
        return sum(median(took[kind]) for kind in kinds)

    def _work(self, tasks: list[Task], due: set[str]) -> Work:
        first = tasks[0]
        files = self.files.get(first.number, "")
        if not self.force and self.ledgers[first.ledger].current(FILES, files, self.there):
            files = ""
        wanted = tuple(task for task in tasks if task.label in due)
        again = frozenset(task.label for task in wanted if task.label in self.rendered)
        group = self.groups.get(first.number, "")
        return Work(self.out, first.ledger, wanted, again, files, first.number, group, self.figures)

    def _current(self, task: Task) -> bool:
        return self.ledgers[task.ledger].current(task.file, task.key, self.there)

    def _executed(self, task: Task) -> bool:
        return self.ledgers[task.ledger].executed(task.file, task.executes, self.there)


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
    said = {code: Language(code) for code in languages}
    linked = {name: known[name].heading for name in common}
    hashes = _Hashes(folder, known, said, int(data.observations["year"].max()), out, linked)
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
    return Plan(out, tasks, written, groups, figures, force, refused)


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
