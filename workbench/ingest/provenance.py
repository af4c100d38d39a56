"""Where figures came from, what was changed when, and notes: tables in ``data/sources``.

Briefs do not read them, so that a note about a figure that stayed the same makes no brief again.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from workbench.dataset import loading, schema
from workbench.rendering import page

#: Names of the tables in ``datapackage.json``, and where they lie in a folder of figures.
FETCHES, FETCHES_FILE = "sources-provenance", Path("sources") / "provenance.csv"
REVISIONS, REVISIONS_FILE = "sources-revisions", Path("sources") / "revisions.csv"
NOTES, NOTES_FILE = "sources-notes", Path("sources") / "notes.csv"


@dataclass(frozen=True)
class Fetch:
    """A row of ``provenance.csv``: a measure's figures brought in once.

    Attributes
    ----------
    measure, fetched, address, table, revision : str
        When (UTC), from which address (without user, password or query) and table, and the
        ``updated`` of it.
    asked : str
        A hash of the question and of the figures that were divided by.
    since : str
        The first year that was asked for; '' for all.
    figures, new, revised, gone : int
        How many the source had, and how many of them changed in which way.
    sha256 : str
        Of the file in ``observations/`` as it was written.
    """

    measure: str
    fetched: str
    address: str
    table: str
    revision: str
    asked: str
    since: str
    figures: int
    new: int
    revised: int
    gone: int
    sha256: str


def fetches(folder: Path) -> pd.DataFrame:
    """Return what was brought in so far, checked."""
    return loading.read_resource(folder, FETCHES)


def revisions(folder: Path) -> pd.DataFrame:
    """Return what sources changed so far, checked."""
    return loading.read_resource(folder, REVISIONS)


def unchanged(known: pd.DataFrame, fetch: Fetch) -> bool:
    """Tell whether the same question was asked of the same revision, for these years or more."""
    rows = known[known["measure"] == fetch.measure]
    if rows.empty:
        return False
    last = rows.sort_values("fetched").iloc[-1]
    since = last["since"]
    covers = pd.isna(since) or (fetch.since != "" and int(since) <= int(fetch.since))
    return bool(covers and last["revision"] == fetch.revision and last["asked"] == fetch.asked)


def note_revisions(folder: Path, measure: str, revision: str, changes: pd.DataFrame) -> None:
    """Note what was revised and what is gone; noting the same twice leaves one row.

    Parameters
    ----------
    folder : Path
    measure, revision : str
        Of which measure, and the ``updated`` of the table that brought it.
    changes : DataFrame
        municipality, year, change, was, now; see `workbench.ingest.compare.compare`.
    """
    kept = changes[changes["change"].isin(["revised", "gone"])]
    if kept.empty:
        return
    rows = kept.assign(measure=measure, revision=revision)
    key = ["measure", "municipality", "year", "revision"]
    columns = ["measure", "municipality", "year", "change", "was", "now", "revision"]
    known = revisions(folder)
    whole = pd.concat([known, rows[columns]]) if len(known) else rows[columns]
    _write(folder / REVISIONS_FILE, whole.drop_duplicates(key, keep="first").sort_values(key))


def note_marks(folder: Path, measure: str, revision: str, notes: pd.DataFrame) -> None:
    """Note what a source prints beside its numbers, where the folder has a table for it.

    Parameters
    ----------
    folder : Path
    measure, revision : str
        Of which measure, and the ``updated`` of the table that brought it.
    notes : DataFrame
        municipality, year, note; see `workbench.ingest.observations.notes`.
    """
    if notes.empty or NOTES not in schema.tables(folder):
        return
    known = loading.read_resource(folder, NOTES)
    key = ["measure", "municipality", "year", "revision"]
    rows = notes.assign(measure=measure, revision=revision)[[*key[:3], "note", "revision"]]
    whole = pd.concat([known, rows]) if len(known) else rows
    _write(folder / NOTES_FILE, whole.drop_duplicates(key, keep="last").sort_values(key))


def note_fetch(folder: Path, fetch: Fetch) -> None:
    """Note that a measure's figures were brought in."""
    known = fetches(folder)
    row = pd.DataFrame([asdict(fetch)])
    _write(folder / FETCHES_FILE, pd.concat([known, row]) if len(known) else row)


def already_gone(known: pd.DataFrame, measure: str) -> set[tuple[str, int]]:
    """Return the municipalities and years of figures that were noted as gone before."""
    rows = known[(known["measure"] == measure) & (known["change"] == "gone")]
    return set(zip(rows["municipality"], rows["year"].astype(int), strict=True))


def _write(path: Path, table: pd.DataFrame) -> None:
    told = io.StringIO()
    table.to_csv(told, index=False, lineterminator="\n")
    page.write(path, told.getvalue())
