"""Where each measure's figures lie, and how they are asked for: ``data/sources/feeds.csv``."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from workbench.dataset import loading
from workbench.errors import DataError, Fault, UsageError, suggest
from workbench.ingest.ssb.client import SourceError
from workbench.storage import normalise
from workbench.storage.csv_rows import Row, rewrite

#: Name of the table in ``datapackage.json``, and where it lies in the folder.
RESOURCE, FILE = "sources-feeds", Path("sources") / "feeds.csv"

#: Codes or labels by variable. A label stands in double quotes.
Selection = dict[str, list[str]]

#: How signs that part codes are written within one.
_SIGNS = str.maketrans({sign: f"%{ord(sign):02X}" for sign in '%,;"'})

#: How many labels are named where none is the one that was wanted.
_NAMED = 5


@dataclass(frozen=True)
class Feed:
    """A row of ``feeds.csv``: where the figures of a measure lie."""

    measure: str
    #: 'pxweb' (Statistics Norway), 'workbook' (a file that somebody downloads), 'by hand'
    source: str
    table: str  #: its number
    place: str  #: its variable of municipalities
    codelists: str  #: lists of codes, by variable
    selection: str  #: codes or labels by variable: 'Variable=code,code; Other="label"'
    #: how a figure is made of the chosen cells: 'value' (the one as it is), 'scaled' (times the
    #: scale in measures.csv), 'sum' (added up), 'per' (over another measure's figure of that place
    #: and year) or 'ratio' (over other cells of the table added up)
    transformation: str
    denominator: str  #: what it is divided by: a measure or a selection
    unit: str  #: that the table must state; '' where not known
    preliminary_until: str  #: month and day of the following year; '' for never
    verified: str  #: day of the last sound answer of the live service, or 'never'
    confidence: str  #: how sure the row is
    basis: str  #: what it rests on, and what in it is a guess
    steps: str  #: what to do by hand

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


def by_kpi(feeds: Sequence[Feed], measures: pd.DataFrame) -> dict[str, str]:
    """Return the KPIs that `feeds` fetch a figure of, each with the nearest relation of these."""
    fetched = [feed.measure for feed in feeds if feed.source != "by hand"]
    rows = measures[measures["measure"].isin(fetched)].dropna(subset="kpi")
    nearest: dict[str, str] = {}
    for relation in ("component", "proxy", "direct"):
        nearest |= dict.fromkeys(rows.loc[rows["relation"] == relation, "kpi"], relation)
    return nearest


def choose(feeds: Sequence[Feed], wanted: Sequence[str], also: Sequence[str] = ()) -> list[Feed]:
    """Return the feeds of some measures, all by default; what others divide by comes first.

    Of the measures in `also` those without a feed are passed over, and what they divide by is
    fetched with them.

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
    every = not wanted and not also
    of_these = {feed.divides_by for feed in feeds if feed.measure in also}.union(wanted, also)
    chosen = [feed for feed in feeds if every or feed.measure in of_these]
    return sorted(chosen, key=lambda feed: bool(feed.divides_by))


def selection_of(text: str) -> Selection:
    """Return codes and labels by variable, labels in their quotes.

    A comma within a code is written %2C, and a quote within a label %22.

    Examples
    --------
    >>> selection_of('ContentsCode=Personer1; Alder=F301,F302; Kjonn="Begge, samlet"')
    {'ContentsCode': ['Personer1'], 'Alder': ['F301', 'F302'], 'Kjonn': ['"Begge, samlet"']}

    Raises
    ------
    ValueError
        If a part is not 'Variable=code,code', or a variable or code stands twice.
    """
    found: Selection = {}
    for part in filter(None, _split(text, ";")):
        name, equals, codes = (word.strip() for word in part.partition("="))
        listed = [code if _is_label(code) else unquote(code) for code in _split(codes, ",")]
        whole = name and equals and name not in found
        whole = whole and all(code and (_is_label(code) or '"' not in code) for code in listed)
        # The service answers 500 to a code that is asked for twice.
        if not whole or len(set(listed)) < len(listed):
            raise ValueError(part)
        found[name] = listed
    return found


def as_text(selection: Mapping[str, Sequence[str]]) -> str:
    """Return a selection as it is written in ``feeds.csv``."""
    return "; ".join(
        f"{name}={','.join(c if _is_label(c) else c.translate(_SIGNS) for c in codes)}"
        for name, codes in selection.items()
    )


def by_code(feed: Feed, labels: Mapping[str, Mapping[str, str]]) -> Feed:
    """Return a feed with codes in place of labels.

    `labels` has by variable the label of each code, as the table describes itself.

    Raises
    ------
    SourceError
        If no code has a label, or several have it; the sentence names candidates.
    """

    def settled(text: str) -> str:
        chosen = selection_of(text)
        for name, listed in chosen.items():
            known = labels.get(name, {})
            codes = [code for one in listed for code in _codes(feed, name, one, known)]
            chosen[name] = list(dict.fromkeys(codes))
        return as_text(chosen)

    denominator = settled(feed.denominator) if feed.transformation == "ratio" else feed.denominator
    return replace(feed, selection=settled(feed.selection), denominator=denominator)


def with_choice(
    feed: Feed, labels: Mapping[str, Mapping[str, str]], chosen: Mapping[str, Sequence[str]]
) -> Feed:
    """Return a feed with codes that a user chose in place of labels that are not found.

    Where all labels of a variable are found, its codes in ``selection`` are replaced.

    Raises
    ------
    UsageError
        If the feed says nothing of a variable.
    """
    parts = {"selection": selection_of(feed.selection)}
    if feed.transformation == "ratio":
        parts["denominator"] = selection_of(feed.denominator)
    for name, codes in chosen.items():
        known = labels.get(name, {})
        holders = [part for part in parts.values() if name in part]
        if not holders:
            named = {variable: "" for part in parts.values() for variable in part}
            near = suggest(name, named)
            raise UsageError(f'The feed of {feed.measure} chooses nothing of "{name}". {near}')
        lost = [part for part in holders if any(_is_lost(one, known) for one in part[name])]
        for part in lost or holders[:1]:
            kept = [one for one in part[name] if lost and not _is_lost(one, known)]
            part[name] = list(dict.fromkeys([*kept, *codes]))
    return replace(feed, **{column: as_text(part) for column, part in parts.items()})


def keep_choice(folder: Path, feed: Feed) -> None:
    """Write the selection of a feed into its row."""

    def change(rows: list[Row]) -> list[Row]:
        new = {"selection": feed.selection, "denominator": feed.denominator}
        return [row | new if row["measure"] == feed.measure else row for row in rows]

    rewrite(folder, FILE.as_posix(), change)


def _split(text: str, sign: str) -> list[str]:
    """Return the parts of a text between signs that stand outside of quotes."""
    return [part.strip() for part in re.split(rf'{sign}(?=(?:[^"]*"[^"]*")*[^"]*$)', text)]


def _is_label(code: str) -> bool:
    return len(code) > 2 and code[0] == code[-1] == '"'


def _plain(label: str) -> str:
    return " ".join(normalise.text(label).casefold().split())


def _matches(label: str, known: Mapping[str, str]) -> list[str]:
    """Return the codes that have a label; letter case and white space do not count."""
    wanted = _plain(unquote(label[1:-1]))
    return [code for code, text in known.items() if _plain(text) == wanted]


def _is_lost(one: str, known: Mapping[str, str]) -> bool:
    """Return whether a selection names a label that does not stand for one code."""
    return _is_label(one) and len(_matches(one, known)) != 1


def _codes(feed: Feed, name: str, label: str, known: Mapping[str, str]) -> list[str]:
    """Return what a code, a label or * (all codes of a variable) stands for."""
    if not _is_label(label):
        return list(known) if label == "*" else [label]
    found = _matches(label, known)
    if len(found) == 1:
        return found
    texts = {_plain(text): code for code, text in known.items()}
    wanted = _plain(unquote(label[1:-1]))
    near = [texts[text] for text in difflib.get_close_matches(wanted, texts, _NAMED, 0.4)]
    candidates = [f'{code} ("{known[code]}")' for code in (found or near or list(known)[:_NAMED])]
    raise SourceError(
        f'Table {feed.table}, variable "{name}": {"several codes have" if found else "no code has"}'
        f" the label {label}. Candidates: {', '.join(candidates) or 'none'}. Nothing was asked. "
        f"Choose with: update --measure {feed.measure} --choose {name}=CODE."
    )


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
            found.append(fault(name, 'must read Variable=code,code; Other="label", each once.'))
    return found
