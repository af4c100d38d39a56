"""Having one brief made from where one works, as a run makes it, and seeing what it says."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from workbench.batch import notebooks
from workbench.briefs.view import View
from workbench.dataset import Dataset, load
from workbench.dataset.lookup import folder_name
from workbench.errors import UsageError, WorkbenchError
from workbench.lab import scenario_data
from workbench.lab.scenario import Scene
from workbench.rendering import page
from workbench.storage import files

_PROJECT = Path(__file__).resolve().parents[2]

_ANSWER = re.compile(r'<section class="answer".*?</section>', re.DOTALL)


@dataclass(frozen=True, repr=False)
class Brief:
    """A brief that is there; `brief` has it made.

    Attributes
    ----------
    path : Path
        The page.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.Brief("outputs/3201-baerum/02_trends.nb.html")
    outputs/3201-baerum/02_trends.nb.html
    """

    path: Path

    @cached_property
    def title(self) -> str:
        """Its title."""
        return page.title_of(Path(self.path))

    @cached_property
    def answer(self) -> tuple[str, ...]:
        """What it says in short: the sentences of the box that it begins with, if it has one."""
        found = _ANSWER.search(Path(self.path).read_text(encoding="utf-8"))
        said = re.findall(r"<p\b[^>]*>(.*?)</p>", found.group(), re.DOTALL) if found else []
        return tuple(html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in said)

    def __repr__(self) -> str:
        return str(self.path)


def brief(
    view: View,
    name: str,
    out: str | Path | None = None,
    told: Callable[[str], None] | None = None,
) -> Brief:
    """Have a brief made by ``run_all.py``, with whom and in which language `view` has it.

    A brief with other peers than all briefs have lies apart from them, as does one from other
    figures than the project's own where no folder is named (`scenario_data.apart`).

    Parameters
    ----------
    view : View
        Its figures are read from their folder again, and must be those that lie there.
    name : str
        A notebook: 'trends' or '02_trends'.
    out : str or Path, optional
        Folder of the briefs; ``outputs`` by default.
    told : callable, optional
        Takes each line that the run says, as it comes.

    Raises
    ------
    UsageError
        If there is no such notebook, nothing can be written there, or the figures were changed
        in memory or in their folder.
    WorkbenchError
        If the brief failed, with what was said of it.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.brief(wb.view(None, "Bærum"), "trend")
    Traceback (most recent call last):
    workbench.errors.UsageError: "trend" is not a brief. Did you mean 02_trends?
    """
    (chosen,) = notebooks.choose_briefs([name])
    folder = _PROJECT / "outputs" if out is None else files.destination(str(out))
    if not isinstance(folder, os.PathLike):
        raise UsageError(f"A brief is made in a folder, and {out} is none. run_all.py takes it.")
    folder = folder.resolve()
    _check_unchanged(view.data)
    if scenario_data.usual(view) and (out is not None or view.data.is_own):
        return run(view, chosen, folder, told)
    folder = scenario_data.apart(view, folder) / "brief"
    seen = view if scenario_data.named(view) else scenario_data.copied(view, folder / "data")
    return run(seen, chosen, folder, told)


def _check_unchanged(data: Dataset) -> None:
    """Refuse figures that are not those of their folder, from which a run would read others."""
    there = load(data.path)
    pairs = ((f.name, getattr(data, f.name), getattr(there, f.name)) for f in fields(data))
    other = [name for name, one, two in pairs if name != "path" and not one.equals(two)]
    if other:
        raise UsageError(
            f"The figures of this view are not those that lie in {data.path}: {', '.join(other)} "
            "differ. Load them again if the folder has changed; what was changed in memory has "
            "to be written into a copy of the folder first."
        )


def make(scene: Scene, name: str, out: Path, told: Callable[[str], None]) -> Brief:
    """Make one brief of a scene's municipality, as `brief` does.

    A brief with a target of one's own is made from figures of its own, a copy with that added, and
    lies apart from the others, as one with other peers does: `scenario_data.place`.

    Parameters
    ----------
    scene : Scene
    name : str
        A notebook, as '02_trends'.
    out : Path
        Where briefs go.
    told : callable
        Takes each line that the run says.

    Raises
    ------
    WorkbenchError
        If it could not be made, with what was said of it.
    """
    if scene.choice.target is None:
        return brief(scene.view, name, out, told)
    (chosen,) = notebooks.choose_briefs([name])
    there = scenario_data.place(scene, out)
    return run(scenario_data.copied(scene.view, there / "data", scene), chosen, there, told)


def run(view: View, chosen: str, folder: Path, told: Callable[[str], None] | None) -> Brief:
    """Have a brief made as `brief` does, in that very folder."""
    command = [sys.executable, "run_all.py", "--out", str(folder), "--data"]
    command += [str(Path(view.data.path).resolve())]
    command += ["--municipality", view.number, "--brief", chosen, "--lang", view.language.code]
    if view.group != view.data.default_group(view.number):
        command += ["--peers", view.group]
    status, lines = _run(command, told)
    if status:
        kind = UsageError if status == 2 else WorkbenchError
        raise kind("\n".join(lines).removeprefix("run_all.py: "))
    place = folder / folder_name(view.number, view.name)
    return Brief(place / f"{chosen}.{view.language.code}.html")


def _run(command: list[str], told: Callable[[str], None] | None) -> tuple[int, list[str]]:
    """Run a command, hand its lines on as they come, and return its status and all of them."""
    lines = []
    # It starts kernels itself, which the one that asks cannot do while it is busy.
    with subprocess.Popen(
        command,
        cwd=_PROJECT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        for line in map(str.rstrip, running.stdout):
            lines.append(line)
            if told:
                told(line)
    return running.returncode, lines
