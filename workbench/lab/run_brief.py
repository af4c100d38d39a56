"""One brief made from an analyst's view or scenario, by the same way as all briefs.

Where peers or target are the analyst's own, it is made from a copy of the figures that has them.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from workbench.batch import notebooks
from workbench.briefs.sections import view_given
from workbench.briefs.view import TRIED, View
from workbench.briefs.view import view as view_of
from workbench.dataset import Dataset, load
from workbench.dataset.lookup import folder_name
from workbench.dataset.own_targets import FILE
from workbench.errors import UsageError, WorkbenchError
from workbench.lab.scenario import Scenario
from workbench.rendering import page
from workbench.storage import files
from workbench.storage.csv_rows import rewrite

#: The name of the group of peers that were picked; a key of ``groups.csv``.
PICKED = "picked"

#: The folder of ``run_all.py``.
PROJECT = Path(__file__).resolve().parents[2]

_ANSWER = re.compile(r'<section class="answer".*?</section>', re.DOTALL)


@dataclass(frozen=True, repr=False)
class Brief:
    """A brief that is there; `brief` has it made.

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
        """The sentences of the box that it begins with, if it has one."""
        found = _ANSWER.search(Path(self.path).read_text(encoding="utf-8"))
        texts = re.findall(r"<p\b[^>]*>(.*?)</p>", found.group(), re.DOTALL) if found else []
        return tuple(html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in texts)

    def __repr__(self) -> str:
        return str(self.path)


def brief(
    view: View,
    name: str,
    out: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Brief:
    """Have a brief made by ``run_all.py``, with the municipality, peers and language of `view`.

    A brief with other peers than all briefs have lies apart from them, under ``explore``, as does
    one from other figures than the project's own where no folder is named.

    Parameters
    ----------
    view : View
        Its figures are read from their folder again, and must be those that lie there.
    name : str
        A notebook: 'trends' or '02_trends'.
    out : str or Path, optional
        Folder of the briefs; ``outputs`` by default.
    progress : callable, optional
        Takes each line that the run prints, as it comes.

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
    view = view_given(view, 'wb.brief(view, "trends")')
    (notebook,) = notebooks.choose_briefs([name])
    folder = PROJECT / "outputs" if out is None else files.destination(str(out))
    if not isinstance(folder, os.PathLike):
        raise UsageError(f"A brief is made in a folder, and {out} is none. run_all.py takes it.")
    folder = folder.resolve()
    _check_unchanged(view.data)
    if view.abroad:
        raise UsageError(view.say("lab.refused.abroad"))
    if not _usual(view) or (out is None and not view.data.is_own):
        folder = apart(view, folder) / "brief"
        view = view if _named(view) else copied(view, folder / "data")
    return _run(view, notebook, folder, progress)


def brief_of(
    scenario: Scenario, name: str, out: Path, progress: Callable[[str], None] | None = None
) -> Brief:
    """Have a brief of a scenario made, as `brief` does of a view.

    One with a target of its own lies apart from the others.

    Raises
    ------
    WorkbenchError
        If it could not be made, with what was said of it.
    """
    if scenario.choice.target is None or scenario.view.abroad:
        return brief(scenario.view, name, out, progress)
    (notebook,) = notebooks.choose_briefs([name])
    folder = apart(scenario.view, out) / "brief"
    return _run(copied(scenario.view, folder / "data", scenario), notebook, folder, progress)


def apart(view: View, out: Path) -> Path:
    """Return the folder of a municipality for what is not as in all briefs.

    Raises
    ------
    UsageError
        If that, its briefs or their figures are a symbolic link: what is there is written over.
    """
    folder = out / "explore" / folder_name(view.number, view.name)
    files.below(out, folder / "brief" / "data")
    return folder


def copied(view: View, data: Path, scenario: Scenario | None = None) -> View:
    """Write a copy of the figures that has the peers of a view, and the target of a scenario.

    Returns
    -------
    View
        The same view of the copy, with a group of its own where its peers are none by name.
    """
    if data.exists():
        shutil.rmtree(data)
    shutil.copytree(view.data.path, data)
    group = view.group
    if not _named(view):
        group = PICKED
        picked = [{"group": group, "municipality": n} for n in (view.number, *view.peers)]
        known = (view.data.groups["group"] == view.group).any()
        name = (
            view.say("lab.peers.picked", municipalities=1, cities="") if known else view.group_name
        )
        label = {"kind": "group", "key": group, "name_nb": name, "name_en": name}
        rewrite(data, "groups.csv", lambda rows: [*rows, *picked])
        rewrite(data, "labels.csv", lambda rows: [*rows, label])
    if scenario is not None:
        target, mine = _target(scenario), (view.number, scenario.choice.measure)
        rewrite(data, "targets.csv", lambda rows: [*rows, target])
        if (data / FILE).exists():  # the municipality's own would come before the one that is tried
            rewrite(
                data,
                FILE,
                lambda rows: [r for r in rows if (r["municipality"], r["measure"]) != mine],
            )
    return view_of(data, view.number, view.language.code, group)


def _target(scenario: Scenario) -> dict[str, str]:
    """Return a target that is tried as a row of ``targets.csv``."""
    choice, basis = scenario.choice, scenario.view.say("lab.tried_basis")
    return {
        "measure": choice.measure,
        "municipality": scenario.view.number,
        "kind": "level",
        "value": str(choice.target),
        "of": "value",
        "year": str(choice.year),
        "scope": TRIED,
        "basis_type": "tried out",
        "basis_nb": basis,
        "basis_en": basis,
        "confidence": "low",
        "primary": "yes",
    }


def _usual(view: View) -> bool:
    """Return whether a view has the peers that all briefs of its municipality have."""
    return view.group == view.data.default_group(view.number) and _named(view)


def _named(view: View) -> bool:
    """Return whether its peers are those of the group that it names."""
    members = view.data.groups.loc[view.data.groups["group"] == view.group, "municipality"]
    return {*view.peers, view.number} == {*members, view.number}


def _check_unchanged(data: Dataset) -> None:
    """Refuse figures that are not those of their folder, from which a run would read others."""
    stored = load(data.path)
    pairs = ((f.name, getattr(data, f.name), getattr(stored, f.name)) for f in fields(data))
    other = [name for name, one, two in pairs if name != "path" and not one.equals(two)]
    if other:
        raise UsageError(
            f"The figures of this view are not those that lie in {data.path}: {', '.join(other)} "
            "differ. Load them again if the folder has changed; what was changed in memory has "
            "to be written into a copy of the folder first."
        )


def _run(view: View, notebook: str, folder: Path, progress: Callable[[str], None] | None) -> Brief:
    """Run ``run_all.py`` for one brief in that very folder, and hand its lines on."""
    command = [sys.executable, "run_all.py", "--out", str(folder), "--data"]
    command += [str(Path(view.data.path).resolve())]
    command += ["--municipality", view.number, "--brief", notebook, "--lang", view.language.code]
    if view.group != view.data.default_group(view.number):
        command += ["--peers", view.group]
    lines = []
    # It starts kernels itself, which the one that asks cannot do while it is busy.
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        for line in map(str.rstrip, running.stdout):
            lines.append(line)
            if progress:
                progress(line)
    if running.returncode:
        kind = UsageError if running.returncode == 2 else WorkbenchError
        raise kind("\n".join(lines).removeprefix("run_all.py: "))
    own = folder / folder_name(view.number, view.name)
    return Brief(own / f"{notebook}.{view.language.code}.html")
