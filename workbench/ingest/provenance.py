"""Where figures came from, what was changed when, and notes: tables in ``data/sources``.

Briefs do not read them, so that a note about a figure that stayed the same makes no brief again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from workbench.dataset import loading, schema
from workbench.storage import files

_FETCHES, _REVISIONS, _NOTES = "sources-provenance", "sources-revisions", "sources-notes"
_KEY = ["measure", "municipality", "year", "revision"]


@dataclass(frozen=True)
class Fetch:
    """A row of ``provenance.csv``: a measure's figures brought in once."""

    measure: str
    fetched: str  #: when (UTC)
    address: str  #: without user, password or query
    table: str
    revision: str  #: the ``updated`` of the table
    asked: str  #: hash of the question and of the figures that were divided by
    since: str  #: the first year that was asked for; '' for all
    figures: int = 0  #: how many the source had; below, how many of them changed
    new: int = 0
    revised: int = 0
    gone: int = 0
    sha256: str = ""  #: of the file in ``observations/`` as it was written


def fetches(folder: Path) -> pd.DataFrame:
    """Return the table of what was brought in so far, checked."""
    return loading.read_resource(folder, _FETCHES)


def revisions(folder: Path) -> pd.DataFrame:
    """Return the table of what sources changed so far, checked."""
    return loading.read_resource(folder, _REVISIONS)


def unchanged(known: pd.DataFrame, fetch: Fetch) -> bool:
    """Return whether the same was asked of the same revision, for these years or more."""
    rows = known[known["measure"] == fetch.measure]
    if rows.empty:
        return False
    last = rows.sort_values("fetched").iloc[-1]
    since = last["since"]
    covers = pd.isna(since) or (fetch.since != "" and int(since) <= int(fetch.since))
    return bool(covers and last["revision"] == fetch.revision and last["asked"] == fetch.asked)


def already_gone(folder: Path, measure: str) -> set[tuple[str, int]]:
    """Return the municipalities and years of figures that were noted as gone before."""
    known = revisions(folder)
    rows = known[(known["measure"] == measure) & (known["change"] == "gone")]
    return set(zip(rows["municipality"], rows["year"].astype(int), strict=True))


def note_revisions(folder: Path, measure: str, revision: str, changes: pd.DataFrame) -> None:
    """Note what was revised and what is gone; noting the same twice leaves one row.

    ``revision`` is the ``updated`` of the table that brought the `changes`
    (`workbench.ingest.compare.compare`).
    """
    rows = changes[changes["change"].isin(["revised", "gone"])]
    _add(folder, _REVISIONS, rows.assign(measure=measure, revision=revision), "first")


def note_marks(folder: Path, measure: str, revision: str, notes: pd.DataFrame) -> None:
    """Note what a source prints beside its numbers, where the folder has a table for it."""
    if _NOTES in schema.tables(folder):
        _add(folder, _NOTES, notes.assign(measure=measure, revision=revision), "last")


def note_fetch(folder: Path, fetch: Fetch) -> None:
    """Note that a measure's figures were brought in."""
    _add(folder, _FETCHES, pd.DataFrame([asdict(fetch)]))


def _add(
    folder: Path, name: str, rows: pd.DataFrame, keep: Literal["first", "last"] | None = None
) -> None:
    """Add rows to a table; where it has a key, the first or last row of each is kept."""
    if rows.empty:
        return
    known, path = loading.read_resource(folder, name), schema.own()[name]["path"]
    rows = rows[list(known.columns)]
    whole = pd.concat([known, rows]) if len(known) else rows
    if keep:
        whole = whole.drop_duplicates(_KEY, keep=keep).sort_values(_KEY)
    files.write(folder / path, whole.to_csv(index=False, lineterminator="\n"))
