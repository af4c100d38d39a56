"""What changed since the run before: new figures, standings that moved, targets that were set.

A run that finds other standings than the last one wrote down in ``.state/`` notes there what
differs; one that finds the same leaves that as it is, and so its pages.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analysis.standings import RELATIONS, STANDINGS, judged
from workbench.batch import manifest
from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.storage import files

#: The standings of the last run, and what differed from those before, below the folder of briefs.
_STANDINGS, _CHANGES = f"{manifest.STATE}/standings.json", f"{manifest.STATE}/changes.json"

#: What a series is known by, and what is compared of it.
_SERIES = {"municipality": "str", "measure": "str"}
_COMPARED = {
    **dict.fromkeys(("last_year", "last", "target", "target_year"), "float64"),
    "standing": "str",
}

#: The kinds of changes, in the order in which they are told.
KINDS = ("figure", "standing", "target")

_CHANGED = {
    **_SERIES,
    **_COMPARED,
    **{f"{name}_before": kind for name, kind in _COMPARED.items()},
    **dict.fromkeys((f"new_{kind}" for kind in KINDS), "bool"),
}


def compare(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the series of which something changed.

    Parameters
    ----------
    before, now : DataFrame
        municipality, measure, last_year, last, standing, target, target_year.

    Returns
    -------
    DataFrame
        Those columns, all but the first two also with ``_before`` (missing where the series was
        not there), and new_figure, new_standing and new_target: which of them changed. A series
        that is new has a new figure and no new standing; one that is gone is left out.
    """
    both = now.merge(before, "left", [*_SERIES], suffixes=("", "_before"))
    differs = {name: _differs(both[name], both[f"{name}_before"]) for name in _COMPARED}
    both["new_figure"] = differs["last_year"] | differs["last"]
    both["new_standing"] = differs["standing"] & both["standing_before"].notna()
    both["new_target"] = (differs["target"] | differs["target_year"]) & both["target"].notna()
    changed = both[[f"new_{kind}" for kind in KINDS]].any(axis=1)
    return both[changed].reset_index(drop=True)


def _differs(now: pd.Series, before: pd.Series) -> pd.Series:
    return ~(now.eq(before) | (now.isna() & before.isna()))


def record(data: Dataset, out: Path, day: date, made_of: str) -> list[str]:
    """Write down the standings of a run, and where they differ from those of the one before.

    What went wrong is returned in a line: it must not cost the pages.

    Parameters
    ----------
    data : Dataset
    out : Path
        The folder of briefs.
    day : date
        That of the run.
    made_of : str
        A hash of all that standings are made from; where it is that of the run before, so are they.
    """
    held = _read(out / _STANDINGS)
    if held.get("made_of") == made_of:
        return []
    now, before = current(data), _table(held, {**_SERIES, **_COMPARED})
    try:
        if len(before) and len(changed := compare(before, now)):
            _write(out / _CHANGES, changed, since=str(held.get("day", "")))
        _write(out / _STANDINGS, now, made_of=made_of, day=day.isoformat())
    except OSError as error:
        return [f"What changed since the last run cannot be noted: {error.strerror}."]
    return []


def current(data: Dataset) -> pd.DataFrame:
    """Return where every indicator of every municipality stands, as `compare` takes it."""
    known = data.measures.loc[data.measures["relation"].isin(RELATIONS), "measure"]
    rows = judged(data)
    rows = rows.loc[rows["measure"].isin(known), [*_SERIES, *_COMPARED]]
    return rows.astype(_COMPARED).reset_index(drop=True)


def since_last(data: Dataset, out: Path) -> tuple[date | None, pd.DataFrame]:
    """Return the day of the run that changes are told from, and its changes as in `compare`.

    No day and no row where nothing has changed, or where the note cannot be read.
    """
    held = _read(out / _CHANGES)
    rows = _table(held, _CHANGED)
    known = rows["municipality"].isin(data.municipalities["number"])
    known &= rows["measure"].isin(data.measures["measure"]) & rows["last_year"].between(1, 9999)
    for name in ("standing", "standing_before"):
        known &= rows[name].isin(STANDINGS) | (rows[name].isna() & ~rows["new_standing"])
    rows = rows[known]
    try:
        since = date.fromisoformat(str(held.get("since", "")))
    except ValueError:
        return None, rows.iloc[:0]
    return since, rows


def _write(path: Path, table: pd.DataFrame, **about: str) -> None:
    columns = table.astype(object).where(table.notna(), None).to_dict("list")
    files.write(path, json.dumps({**about, "columns": columns}) + "\n")


def _read(path: Path) -> dict[str, Any]:
    """Return what a file of `_write` holds; nothing where there is none that can be read."""
    try:
        held = json.loads(files.read(path))
    except (OSError, UsageError, ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def _table(held: dict[str, Any], types: dict[str, str]) -> pd.DataFrame:
    """Return the table in such a file; without rows where it is not as it was written."""
    try:
        return pd.DataFrame(held["columns"])[[*types]].astype(types)
    except (LookupError, TypeError, ValueError, AttributeError):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
