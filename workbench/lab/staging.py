"""Making a brief with what was picked: from a copy of the figures that has it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.lab import making
from workbench.lab.keeping import folder
from workbench.lab.scene import SIMILAR, Choice, Scene
from workbench.views import TRIED, view

#: The name of the group of peers that were picked; a key of ``groups.csv``.
PICKED = "picked"


def make(scene: Scene, brief: str, out: Path, told: Callable[[str], None]) -> making.Brief:
    """Make one brief of a scene's municipality, as `making.brief` does.

    A brief with peers or a target of one's own is made from figures of its own, a copy with these
    added, and lies apart from the others: `place`.

    Parameters
    ----------
    scene : Scene
    brief : str
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
    seen, there = scene.view, place(scene, out)
    if not _plain(scene):
        _stage(scene, there / "data")
        seen = view(there / "data", seen.number, seen.language.code, _group(scene.choice))
    return making.brief(seen, brief, there, told)


def place(scene: Scene, out: Path) -> Path:
    """Return where a scene's briefs go: with all others if they are as all others are."""
    return out if _plain(scene) else folder(scene, out) / "brief"


def _plain(scene: Scene) -> bool:
    """Tell whether peers and target are those that all briefs have."""
    choice = scene.choice
    usual = choice.peers in ("", scene.view.data.default_group(scene.view.number))
    return choice.target is None and usual


def _group(choice: Choice) -> str:
    """Return the name of the group of peers, where it is one that has a name, or `PICKED`."""
    named = isinstance(choice.peers, str) and choice.peers != SIMILAR
    return str(choice.peers) if named else PICKED


def _stage(scene: Scene, data: Path) -> None:
    """Write a copy of the figures that has the peers and the target of a scene."""
    seen, choice = scene.view, scene.choice
    source = Path(seen.data.path)
    if data.exists():
        shutil.rmtree(data)
    shutil.copytree(source, data)
    if _group(choice) == PICKED:
        numbers = (seen.number, *seen.peers)
        _append(data / "groups.csv", *[{"group": PICKED, "municipality": n} for n in numbers])
        names = {f"name_{code}": seen.group_name for code in ("nb", "en")}
        _append(data / "labels.csv", {"kind": "group", "key": PICKED, **names})
    if choice.target is not None:
        _append(data / "targets.csv", _target(scene))
        _without_own(data / "own_targets.csv", seen.number, choice.measure)


def _target(scene: Scene) -> dict[str, object]:
    choice, basis = scene.choice, scene.view.say("lab.tried_basis")
    return {
        "measure": choice.measure,
        "municipality": scene.view.number,
        "kind": "level",
        "value": choice.target,
        "of": "value",
        "year": choice.year,
        "scope": TRIED,
        "basis_type": "tried out",
        "basis_nb": basis,
        "basis_en": basis,
        "confidence": "low",
        "primary": "yes",
    }


def _append(path: Path, *rows: Mapping[str, object]) -> None:
    """Add rows to a table, each cell under its name."""
    with path.open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file))
    ended = path.read_bytes().endswith(b"\n")
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write("" if ended else "\n")
        csv.DictWriter(file, columns, restval="", lineterminator="\n").writerows(rows)


def _without_own(path: Path, municipality: str, measure: str) -> None:
    """Leave out the municipality's own target, which would come before the one that is tried."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or []), list(reader)
    kept = [r for r in rows if (r["municipality"], r["measure"]) != (municipality, measure)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
