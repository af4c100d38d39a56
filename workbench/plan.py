"""What is to be made: one task per municipality, brief and language, each with its hash.

A plan is a pure function of files and options. A brief says in its head which hash it was made
from; it is up to date when that is the hash of today's plan.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat

from workbench import language as spoken
from workbench.cache import digest
from workbench.dataset import Dataset
from workbench.errors import UsageError, suggest
from workbench.language import Language
from workbench.names import slug
from workbench.publish import key_of

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
_PACKAGE = Path(__file__).parent

#: Libraries whose version can change a brief.
_LIBRARIES: tuple[str, ...] = (
    "babel",
    "jinja2",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
)
_LIBRARIES += ("scipy", "seaborn", "statsmodels")


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
    key : str
        Hash of all that the brief is made from.
    page, executed : Path
        Where the brief and the executed notebook go.
    """

    number: str
    name: str
    brief: str
    language: str
    title: str
    newest: int
    notebook: Path
    parameters: Mapping[str, str]
    key: str
    page: Path
    executed: Path

    @property
    def label(self) -> str:
        """What a user knows the brief by: '3201-baerum/01_status.nb'."""
        return f"{self.page.parent.name}/{self.page.stem}" if self.number else self.page.stem

    @property
    def up_to_date(self) -> bool:
        """Whether brief and notebook are there and made from the same."""
        return self.executed.exists() and key_of(self.page) == self.key


def briefs(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks that are made for every municipality: those that take one."""
    return sorted(
        path.stem for path in folder.glob("*.ipynb") if "municipality" in parameters(path)
    )


def pages(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks that are made once for all: those with a language but no municipality.

    Each run makes them in every language, since every brief refers to them.
    """
    known = {path.stem: parameters(path) for path in folder.glob("*.ipynb")}
    return sorted(
        name for name, given in known.items() if "language" in given and "municipality" not in given
    )


def parameters(notebook: Path) -> dict[str, Any]:
    """Return the parameters that a notebook declares, with papermill's reading of each."""
    from papermill.inspection import inspect_notebook

    return dict(inspect_notebook(str(notebook)))


def choose_briefs(wanted: Sequence[str], folder: Path = NOTEBOOKS) -> list[str]:
    """Return the notebooks of these names; '01_status' and 'status' are the same, none is all.

    Raises
    ------
    UsageError
        If there is no such notebook.
    """
    known = briefs(folder)
    short = {name.partition("_")[2]: name for name in known}
    chosen = []
    for name in wanted:
        found = name if name in known else short.get(name)
        if found is None:
            raise UsageError(f'"{name}" is not a brief. {suggest(name, known)}')
        chosen.append(found)
    return sorted(set(chosen)) if wanted else known


def plan(
    data: Dataset,
    municipalities: Iterable[str],
    chosen: Sequence[str],
    languages: Sequence[str],
    out: Path,
    *,
    peers: str = "",
    folder: Path = NOTEBOOKS,
) -> list[Task]:
    """Return the tasks, by municipality, brief and language.

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

    The pages that are for all municipalities come first.

    Raises
    ------
    UsageError
        If a notebook does not declare a parameter that it would be given, or declares another type.
    """
    shared = _shared_key(data.path)
    declared = {brief: parameters(folder / f"{brief}.ipynb") for brief in chosen}
    tasks = _pages(data, out, shared, folder)
    newest = _newest(data)
    for number in dict.fromkeys(municipalities):
        name = data.name(number)
        place = out / f"{number}-{slug(name)}"
        for brief in chosen:
            notebook = folder / f"{brief}.ipynb"
            for code in languages:
                given = {"municipality": number, "language": code}
                given |= {"peers": peers} if peers else {}
                given |= {} if data.is_own else {"data_folder": str(data.path.resolve())}
                _check(notebook, declared[brief], given)
                facts = json.dumps([shared, brief, given], sort_keys=True)
                tasks.append(
                    Task(
                        number=number,
                        name=name,
                        brief=brief,
                        language=code,
                        title=_title(notebook, name, Language(code)),
                        newest=newest,
                        notebook=notebook,
                        parameters=given,
                        key=digest([notebook], facts),
                        page=place / f"{brief}.{code}.html",
                        executed=place / "notebooks" / f"{brief}.{code}.ipynb",
                    )
                )
    return tasks


def _pages(data: Dataset, out: Path, shared: str, folder: Path) -> list[Task]:
    tasks = []
    for brief in pages(folder):
        notebook = folder / f"{brief}.ipynb"
        for code in spoken.languages():
            given = {"language": code}
            given |= {} if data.is_own else {"data_folder": str(data.path.resolve())}
            _check(notebook, parameters(notebook), given)
            tasks.append(
                Task(
                    number="",
                    name="",
                    brief=brief,
                    language=code,
                    title=_title(notebook, "", Language(code)),
                    newest=_newest(data),
                    notebook=notebook,
                    parameters=given,
                    key=digest([notebook], json.dumps([shared, brief, given], sort_keys=True)),
                    page=out / f"{brief}.{code}.html",
                    executed=out / "notebooks" / f"{brief}.{code}.ipynb",
                )
            )
    return tasks


def _newest(data: Dataset) -> int:
    return int(data.observations["year"].max())


def _shared_key(data: Path) -> str:
    """Return the hash of what every brief is made from: figures, package, libraries."""
    files = [*data.glob("*.*"), *data.glob("observations/*.*"), *data.glob("geo/*.*")]
    files += [path for path in _PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    versions = [f"{name} {version(name)}" for name in _LIBRARIES]
    return digest(files, platform.python_version(), *versions)


def _check(notebook: Path, declared: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Refuse a parameter that the notebook does not declare: papermill would paste it unchecked."""
    for name in given:
        if name not in declared:
            raise UsageError(
                f'{notebook.name} has no parameter "{name}". {suggest(name, declared, 20)} '
                'Declare it in the cell tagged "parameters".'
            )
        kind = declared[name]["inferred_type_name"]
        if kind not in ("str", "None"):
            raise UsageError(
                f'The parameter "{name}" of {notebook.name} is declared as {kind}; it must be str.'
            )


def _title(notebook: Path, name: str, language: Language) -> str:
    """Return the title of the page: the brief's question, with the municipality in it."""
    node = nbformat.read(notebook, as_version=4)
    text = node.metadata.get("workbench", {}).get("brief")
    if text:
        question = language.say(f"{text}.title", name=name)
    else:
        heads = (line for cell in node.cells for line in cell.source.splitlines())
        question = next((h.lstrip("# ") for h in heads if h.startswith("# ")), notebook.stem)
    return question if name in question else f"{question} \N{EN DASH} {name}"
