"""The values of a run: a task for each brief, pieces of work, and the plan that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Literal

from workbench.batch import manifest
from workbench.batch.manifest import Ledger, Listing
from workbench.dataset.lookup import folder_name

#: What the files of figures go by in a ledger and among what is read.
FILES, COMPONENTS, FRONT = "files", "components", "front"


@dataclass(frozen=True)
class Task:
    """One brief to make."""

    number: str  #: of the municipality; empty, like its name, for a page that is for all
    name: str
    brief: str  #: name of the notebook without ending
    language: str  #: its code
    title: str  #: of the page
    newest: int  #: year of the newest figure
    notebook: Path
    parameters: Mapping[str, Any]  #: what papermill is given
    executes: str  #: hash of all that the executed notebook is made from
    key: str  #: hash of all that the brief is made from
    out: Path  #: the folder of all briefs, or its like in a bucket

    @property
    def folder(self) -> str:
        """Name of the municipality's folder; empty for a page that is for all."""
        return folder_name(self.number, self.name) if self.number else ""

    @property
    def ledger(self) -> str:
        """Name of the ledger that tells of it."""
        return self.folder or manifest.SHARED

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


@dataclass(frozen=True)
class Front:
    """The front pages of a municipality: those are made that would be others than what is there."""

    day: date  #: the day that they say they were made
    first: str  #: language of the portal
    peers: str  #: a group, or empty for each municipality's own
    figures_hash: str  #: of all figures
    basis: str  #: hash of all that they are made from but their language and what lies beside
    beside: tuple[str, ...]  #: the files in the folder
    held: Mapping[str, str]  #: by language, what each page that is there is made from


@dataclass(frozen=True)
class Work:
    """What one process makes in one go: tasks of one municipality, and its files of figures."""

    out: Path  #: the folder of all briefs
    name: str  #: the municipality's folder, as of its ledger; `manifest.SHARED` for what is for all
    tasks: tuple[Task, ...]
    rendered: frozenset[str] = frozenset()  #: labels of tasks of which only the page is due
    files: str = ""  #: hash of what the files of figures are made from; empty: they are not due
    number: str = ""  #: whose figures, for the files
    peers: str = ""  #: the group that they are compared with; empty: its own
    figures: str = ""  #: the folder of figures; empty: the project's own
    front: Front | None = None  #: what its front pages are made from; None: they are not asked for

    def pieces(self) -> list[Work]:
        """Return the work in the smallest pieces that can be made side by side."""
        parts = [replace(self, tasks=(task,), files="", front=None) for task in self.tasks]
        return parts + ([replace(self, tasks=())] if self.files or self.front else [])


@dataclass(frozen=True)
class Result:
    """How one brief went."""

    outcome: Literal["succeeded", "excepted", "errored"]
    seconds: float
    why: str = ""  #: one line, empty when it succeeded
    rendered: bool = False  #: whether only its page was set, and nothing executed
    full: bool = False  #: whether there was no room left to write it


@dataclass(frozen=True)
class Made:
    """How one piece of work went."""

    results: list[tuple[Task, Result]]  #: of each brief that was begun
    #: what kept files of figures and front pages from being written, a line each
    faults: list[str] = field(default_factory=list)
    full: bool = False  #: whether there was no room left


@dataclass(frozen=True)
class Plan:
    """All tasks of a run, what is there, and so what is due."""

    out: Path  #: the folder of all briefs
    tasks: list[Task]  #: those for all first, then by municipality, brief and language
    #: hash of what the files of figures are made from, by number
    files: Mapping[str, str] = field(default_factory=dict)
    peers: str = ""  #: the group that all are compared with; empty: each municipality's own
    figures: str = ""  #: the folder of figures; empty: the project's own
    force: bool = False  #: whether what is up to date is due, too
    #: why a notebook is made for nobody, by its name
    refused: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def there(self) -> Listing:
        """The files that are there, as `manifest.listing` returns them."""
        return manifest.listing(self.out)

    @cached_property
    def ledgers(self) -> dict[str, Ledger]:
        """The manifest of each municipality's folder, by its name."""
        known = manifest.read_all(self.out, self.there)
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

        `jobs` are made at a time.
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
        asked = first.number, self.peers, self.figures
        return Work(self.out, first.ledger, wanted, again, files, *asked)

    def _current(self, task: Task) -> bool:
        return self.ledgers[task.ledger].current(task.file, task.key, self.there)

    def _executed(self, task: Task) -> bool:
        return self.ledgers[task.ledger].executed(task.file, task.executes, self.there)
