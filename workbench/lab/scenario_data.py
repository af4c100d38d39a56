"""Making a brief with what was picked: from a copy of the figures that has it."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.briefs.view import TRIED, View, view
from workbench.dataset.lookup import folder_name
from workbench.dataset.own_targets import FILE
from workbench.lab.scenario import Scene
from workbench.storage.csv_rows import Row, rewrite
from workbench.storage.files import below

#: The name of the group of peers that were picked; a key of ``groups.csv``.
PICKED = "picked"


def place(scene: Scene, out: Path) -> Path:
    """Return where a scene's briefs go: with all others if they are as all others are."""
    plain = scene.choice.target is None and usual(scene.view)
    return out if plain else apart(scene.view, out) / "brief"


def copied(seen: View, data: Path, scene: Scene | None = None) -> View:
    """Write a copy of the figures that has the peers of a view, and the target of a scene.

    Returns
    -------
    View
        The same view of the copy, with a group of its own where its peers are none by name.
    """
    if data.exists():
        shutil.rmtree(data)
    shutil.copytree(seen.data.path, data)
    group = seen.group
    if not named(seen):
        numbers, group = (seen.number, *seen.peers), PICKED
        _append(data, "groups.csv", *[{"group": PICKED, "municipality": n} for n in numbers])
        known = (seen.data.groups["group"] == seen.group).any()
        said = seen.say("lab.peers.picked") if known else seen.group_name
        names = {f"name_{code}": said for code in ("nb", "en")}
        _append(data, "labels.csv", {"kind": "group", "key": PICKED, **names})
    if scene is not None:
        _append(data, "targets.csv", _target(scene))
        _without_own(data, seen.number, scene.choice.measure)
    return view(data, seen.number, seen.language.code, group)


def _target(scene: Scene) -> Row:
    choice, basis = scene.choice, scene.view.say("lab.tried_basis")
    return {
        "measure": choice.measure,
        "municipality": scene.view.number,
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


def _append(data: Path, file: str, *new: Row) -> None:
    """Add rows to a table, each cell under its name."""
    rewrite(data, file, lambda rows: [*rows, *new])


def _without_own(data: Path, municipality: str, measure: str) -> None:
    """Leave out the municipality's own target, which would come before the one that is tried."""
    mine = (municipality, measure)
    if (data / FILE).exists():
        rewrite(
            data, FILE, lambda rows: [r for r in rows if (r["municipality"], r["measure"]) != mine]
        )


def apart(view: View, out: Path) -> Path:
    """Return where that is kept of a municipality which is not as in all briefs.

    Raises
    ------
    UsageError
        If that, its briefs or their figures are a symbolic link: what is there is written over.
    """
    folder = out / "explore" / folder_name(view.number, view.name)
    below(out, folder / "brief" / "data")
    return folder


def usual(view: View) -> bool:
    """Return whether a view has the peers that all briefs of its municipality have."""
    return view.group == view.data.default_group(view.number) and named(view)


def named(view: View) -> bool:
    """Return whether its peers are those of the group that it names."""
    members = view.data.groups.loc[view.data.groups["group"] == view.group, "municipality"]
    return {*view.peers, view.number} == {*members, view.number}
