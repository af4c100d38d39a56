"""Where each measure's figures lie, and how they are asked for: ``data/sources/feeds.csv``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import unquote

from workbench.dataset import loading
from workbench.errors import DataError, Fault, UsageError, suggest
from workbench.storage.csv_rows import Row, rewrite

#: Name of the table in ``datapackage.json``, and where it lies in the folder.
RESOURCE, FILE = "sources-feeds", Path("sources") / "feeds.csv"


@dataclass(frozen=True)
class Feed:
    """A row of ``feeds.csv``: where the figures of a measure lie.

    Attributes
    ----------
    source : str
        'pxweb' (Statistics Norway's tables), 'workbook' (a file that somebody downloads) or
        'by hand'.
    table, place, codelists, selection, unit : str
        Number of the table, its variable of municipalities, lists of codes and codes by variable
        ('Variable=code,code; Other=code'), and the unit that it must state ('' where not known).
    transformation, denominator : str
        How a figure is made of the chosen cells: 'value' (the one as it is), 'sum' (added up),
        'per' (over another measure's figure of that place and year) or 'ratio' (over other cells
        of the table added up); and what it is divided by, a measure or a selection.
    preliminary_until : str
        Month and day of the following year until which figures are preliminary; '' for never.
    verified : str
        Day of the last sound answer of the live service, or 'never'.
    confidence, basis, steps : str
        How sure the row is, what it rests on and what in it is a guess; and, by hand, what to do.
    """

    measure: str
    source: str
    table: str
    place: str
    codelists: str
    selection: str
    transformation: str
    denominator: str
    unit: str
    preliminary_until: str
    verified: str
    confidence: str
    basis: str
    steps: str

    @property
    def asked(self) -> str:
        """A hash of all that decides which cells are asked for and what is made of them."""
        parts = (self.table, self.place, self.codelists, self.selection, self.transformation)
        return hashlib.sha256("\n".join((*parts, self.denominator)).encode()).hexdigest()[:16]

    @property
    def divides_by(self) -> str:
        """The measure that figures are divided by; '' where there is none."""
        return self.denominator if self.transformation == "per" else ""


def read(folder: Path) -> list[Feed]:
    """Return the feeds of a folder of figures, checked.

    Raises
    ------
    DataError
        If a row breaks a rule of the schema, or does not say what its source needs.
    """
    table = loading.read_resource(folder, RESOURCE).fillna("")
    names = [field.name for field in fields(Feed)]
    feeds = [Feed(**{name: str(row[name]) for name in names}) for _, row in table.iterrows()]
    known = set(loading.read_resource(folder, "measures")["measure"])
    faults = [fault for row, feed in enumerate(feeds, 2) for fault in _faults(feed, row, known)]
    if faults:
        raise DataError(faults)
    return feeds


def choose(feeds: Sequence[Feed], wanted: Sequence[str]) -> list[Feed]:
    """Return the feeds of some measures, all by default; what others divide by comes first.

    Raises
    ------
    UsageError
        If a name is not one of a measure with a feed.
    """
    known = [feed.measure for feed in feeds]
    for name in wanted:
        if name not in known:
            raise UsageError(
                f'"{name}" has no row in {FILE.as_posix()}. {suggest(name, known)}'.rstrip()
            )
    chosen = [feed for feed in feeds if not wanted or feed.measure in wanted]
    return sorted(chosen, key=lambda feed: bool(feed.divides_by))


def selection_of(text: str) -> dict[str, list[str]]:
    """Return codes by variable; a comma within a code is written %2C.

    Examples
    --------
    >>> selection_of("ContentsCode=Personer1; Alder=F301,F302")
    {'ContentsCode': ['Personer1'], 'Alder': ['F301', 'F302']}

    Raises
    ------
    ValueError
        If a part is not 'Variable=code,code', or a variable stands twice.
    """
    found: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, codes = (word.strip() for word in part.partition("="))
        listed = [unquote(code.strip()) for code in codes.split(",")]
        if not (name and equals and all(listed)) or name in found:
            raise ValueError(part)
        found[name] = listed
    return found


def verified(folder: Path, measures: Sequence[str], day: str) -> None:
    """Note the day on which the live service answered soundly for some measures."""

    def change(rows: list[Row]) -> list[Row]:
        return [row | {"verified": day} if row["measure"] in measures else row for row in rows]

    rewrite(folder, FILE.as_posix(), change)


def _faults(feed: Feed, row: int, known: set[str]) -> list[Fault]:
    """Return the faults of a row that its schema cannot see."""

    def fault(column: str, rule: str) -> Fault:
        return Fault(FILE.name, row, column, getattr(feed, column) or None, rule)

    found = []
    if feed.measure not in known:
        found.append(fault("measure", "does not stand in measures.csv."))
    if feed.source == "by hand":
        return found if feed.steps else [*found, fault("steps", "is empty; say what to do.")]
    needed = ["table", "place", "transformation"]
    needed += ["steps"] if feed.source == "workbook" else ["selection"]
    found += [
        fault(name, "is empty; the source needs it.") for name in needed if not getattr(feed, name)
    ]
    if feed.transformation == "per" and feed.denominator not in known:
        found.append(fault("denominator", "must be a measure."))
    is_ratio = feed.transformation == "ratio"
    for name in ["codelists", "selection"] + ["denominator"] * is_ratio:
        try:
            if not selection_of(getattr(feed, name)) and name == "denominator":
                raise ValueError
        except ValueError:
            found.append(fault(name, "must read Variable=code,code; Other=code."))
    return found
