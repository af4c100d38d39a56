"""Bringing forms and tables of reported figures into a folder: all of them, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from workbench.dataset import Dataset, load
from workbench.dataset import own_targets as own_rows
from workbench.errors import UsageError, suggest
from workbench.ingest import own_targets
from workbench.ingest.form import table
from workbench.ingest.form.layout import FormError, FormFault
from workbench.ingest.form.reading import Answered, Form, read
from workbench.storage.csv_rows import Row, put, rewrite

FILE = "reported.csv"

#: What tells the rows of ``reported.csv`` apart.
KEY = ["municipality", "kpi", "data_point", "year"]


class Stated(NamedTuple):
    """A row of ``reported.csv`` or ``own_targets.csv``, and where it was found."""

    file: str
    line: str
    row: Row

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Imported:
    """What an import brought: forms with the names of their municipalities, and counts.

    Answers are ``new``, ``changed`` where they replace another one, and the ``same`` as before;
    ``targets`` counts own targets that are new or other than before.
    """

    forms: tuple[Form, ...]
    names: tuple[str, ...]
    new: int
    changed: int
    same: int
    targets: int
    written: bool

    def __str__(self) -> str:
        lines = [_counted(form, name) for form, name in zip(self.forms, self.names, strict=True)]
        lines.append(
            f"{self.new} are new, {self.changed} replace an earlier one and {self.same} stood "
            "there already."
        )
        if own := sum(len(form.own) for form in self.forms):
            lines.append(f"Own targets: {own}, of which {self.targets} new or changed.")
        lines += [
            f"Left out: row {', '.join(map(str, form.left))}." for form in self.forms if form.left
        ]
        where = f"{FILE} and {own_rows.FILE}" if self.targets else FILE
        lines.append(f"Written to {where}." if self.written else "Nothing was written.")
        return "\n".join(lines)


def _counted(form: Form, name: str) -> str:
    """Return the line on how many answers a form has."""
    missing = sum(one.answer.answer == "not reported" for one in form.answered)
    given = len(form.answered) - missing
    years = sorted({one.year for one in form.answered})
    span = f"{years[0]} to {years[-1]}" if len(years) > 1 else f"{years[0]}" if years else ""
    return (
        f"{name} ({form.municipality}), {form.year or span}: {given} "
        f"answer{'' if given == 1 else 's'} and {missing} not reported."
    )


def bring_in(
    paths: Path | Sequence[Path],
    folder: Path,
    leave: Collection[int] = (),
    dry_run: bool = False,
    today: date | None = None,
    stands: Collection[str] = (),
) -> Imported:
    """Write what forms and tables say into a folder of figures.

    Answers go to ``reported.csv``, own targets to ``own_targets.csv``. What a municipality reported
    for the same year, or decided for the same measure, is replaced by its form; all other rows
    stay. Where two files, or a table and ``reported.csv``, say different things, nothing is written
    until one of them is named.

    Parameters
    ----------
    paths : Path, or sequence of Path
        Filled-in forms, and tables (`table.read`) whose names end in ``.csv``.
    folder : Path
        A folder of figures.
    leave : collection of int
        Rows to pass over, of one form.
    dry_run : bool
        Only check, and say what would be written.
    today : date, optional
        The day that is noted; today by default.
    stands : collection of str
        Where figures are given twice: the files, or rows ('a.csv:4'), that stand; 'reported.csv'
        names what was there before.

    Raises
    ------
    FormError
        If anything is wrong in any file; nothing is written then.
    UsageError
        If figures are given twice, if a row to leave out is none of the form, or if the folder has
        no ``reported.csv``.
    """
    day = today or date.today()
    data = load(folder)
    read_ = _read([paths] if isinstance(paths, Path) else paths, data, leave, day)
    forms = tuple(form for _, form in read_)
    answers = [
        Stated(file, str(one.row), _row(form, one, day))
        for file, form in read_
        for one in form.answered
    ]
    tables = {tuple(s.row[c] for c in KEY) for s in answers if s.file.casefold().endswith(".csv")}
    before = [s for s in _standing(data) if tuple(s.row[c] for c in KEY) in tables]
    own = [Stated(file, "", row) for file, form in read_ for row in form.own]
    _check_places(stands, [*answers, *before, *own])
    kept = _settled([*answers, *before], KEY, stands), _settled(own, own_rows.KEY, stands)
    if twice := [line for _, lines in kept for line in lines]:
        count = "1 figure is" if len(twice) == 1 else f"{len(twice)} figures are"
        listed = "\n".join(twice)
        raise UsageError(
            f"{count} given twice, and nothing was written:\n{listed}\n"
            "Say which stands: --stands FILE for all rows of a file, --stands FILE:ROW for one."
        )
    counts: Counter[str] = Counter()

    def change(rows: list[Row]) -> list[Row]:
        there = {tuple(row[column] for column in KEY): row for row in rows}
        for one in kept[0][0]:
            old = there.get(tuple(one.row[column] for column in KEY))
            what = "new" if old is None else "same" if _same(old, one.row) else "changed"
            counts[what] += 1
            if what != "same":
                rows = put(rows, one.row, KEY)
        return rows

    if dry_run:
        change(_texts(data))
    else:
        rewrite(folder, FILE, change)
    targets = [one.row for one in kept[1][0] if not _stands(data.own_targets, one.row)]
    if targets and not dry_run:
        own_targets.write(folder, targets)
    names = tuple(data.name(form.municipality) for form in forms)
    new, changed, same = (counts[what] for what in ("new", "changed", "same"))
    return Imported(forms, names, new, changed, same, len(targets), not dry_run)


def _read(
    paths: Sequence[Path], data: Dataset, leave: Collection[int], day: date
) -> list[tuple[str, Form]]:
    """Return the forms in all files, each with its file, or every fault of every file."""
    if leave and (len(paths) > 1 or _is_table(paths[0])):
        raise UsageError("--leave is for one form at a time: rows of which form it names is open.")
    alike = Counter(path.name for path in paths)
    forms: list[tuple[str, Form]] = []
    faults: list[FormFault] = []
    for path in paths:
        name = path.name if alike[path.name] == 1 else str(path)
        try:
            if _is_table(path):
                forms += [(name, form) for form in table.read(path, data, day)]
            else:
                forms.append((name, read(path, data, leave, day)))
        except FormError as error:
            if len(paths) == 1:
                raise
            for fault in error.faults:
                place = " ".join(filter(None, [name, fault.sheet]))
                own = fault.cell.startswith(path.name)  # a line of a table names it already
                faults.append(fault if own else replace(fault, sheet=place, row=None))
    if faults:
        raise FormError(faults)
    return forms


def _is_table(path: Path) -> bool:
    return path.suffix.casefold() == ".csv"


def _texts(data: Dataset) -> list[Row]:
    """Return the rows of ``reported.csv`` as text."""
    return data.reported.astype("object").fillna("").astype(str).to_dict("records")


def _standing(data: Dataset) -> Iterator[Stated]:
    """Return the rows of ``reported.csv``, each with its line."""
    for line, row in enumerate(_texts(data), start=2):
        yield Stated(FILE, str(line), row)


def _check_places(stands: Collection[str], stated: Sequence[Stated]) -> None:
    """Refuse a place that no row was found in."""
    known = {name for one in stated for name in (one.file, one.place)}
    for place in sorted(set(stands) - known):
        raise UsageError(f'--stands "{place}" names no file or row here. {suggest(place, known)}')


def _settled(
    stated: Sequence[Stated], key: Sequence[str], stands: Collection[str]
) -> tuple[list[Stated], list[str]]:
    """Return one row for each key, and a sentence for each that is given in different ways."""
    found: dict[tuple[str, ...], list[Stated]] = {}
    for one in stated:
        found.setdefault(tuple(one.row[column] for column in key), []).append(one)
    kept, twice = [], []
    for of, rows in found.items():
        named = [one for one in rows if one.place in stands]
        named = _distinct(named or [one for one in rows if one.file in stands])
        different = _distinct(rows)
        if len(different) > 1 and len(named) != 1:
            said = "; ".join(f"{one.place} says {_said(one.row)}" for one in different)
            twice.append(f"  {' '.join(of)}: {said}.")
        elif (one := (named or different)[0]).file != FILE:
            kept.append(one)
    return kept, twice


def _distinct(rows: Sequence[Stated]) -> list[Stated]:
    """Return the rows that say different things, whatever is noted beside them."""
    return [*{_said(one.row): one for one in reversed(rows)}.values()][::-1]


def _said(row: Row) -> str:
    """Return what a row says: '99.5', 'yes', 'not reported', or a target with its year."""
    value = f"{float(row['value']):.15g}" if row["value"] else row["answer"]
    return value if "decided" not in row else f"{value} by {row['year']}"


def _stands(known: pd.DataFrame, row: Row) -> bool:
    """Return whether an own target stands in the table already, as it is."""
    there = known[known["municipality"] == row["municipality"]]
    there = there[there["measure"] == row["measure"]].fillna({"paragraph": ""})
    return any(
        all(str(old[key]) == row[key] for key in row)
        for old in there.astype({"value": "float64"}).to_dict("records")
    )


def _row(form: Form, one: Answered, day: date) -> Row:
    return {
        "municipality": form.municipality,
        "kpi": one.field.kpi,
        "data_point": one.field.data_point,
        "year": str(one.year),
        "answer": one.answer.answer,
        "value": "" if one.answer.value is None else repr(one.answer.value),
        "note": one.note,
        "reported_by": form.by,
        "imported": day.isoformat(),
    }


def _same(old: Row, new: Row) -> bool:
    """Return whether two rows say the same, no matter who reported it when."""
    return (
        old["answer"] == new["answer"] and old["note"] == new["note"] and _said(old) == _said(new)
    )
