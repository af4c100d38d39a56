"""Bringing a filled-in form into the figures: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.dataset import load
from workbench.dataset import own_targets as own_rows
from workbench.ingest import own_targets
from workbench.ingest.form.reading import Answered, Form, read
from workbench.storage.csv_rows import Row, put, rewrite

FILE = "reported.csv"

#: What tells the rows of ``reported.csv`` apart.
KEY = ["municipality", "kpi", "data_point", "year"]


@dataclass(frozen=True)
class Imported:
    """What an import brought: a form with the name of its municipality, and counts.

    Answers are ``new``, ``changed`` where they replace another one, and the ``same`` as before;
    ``targets`` counts own targets that are new or other than before.
    """

    form: Form
    name: str
    new: int
    changed: int
    same: int
    targets: int
    written: bool

    def __str__(self) -> str:
        counts = {"value": 0, "yes": 0, "no": 0, "not reported": 0}
        for one in self.form.answered:
            counts[one.answer.answer] += 1
        figures = len(self.form.answered) - counts["not reported"]
        lines = [
            f"{self.name} ({self.form.municipality}), {self.form.year}: {figures} answers and "
            f"{counts['not reported']} not reported.",
            f"{self.new} are new, {self.changed} replace an earlier one and {self.same} stood "
            "there already.",
        ]
        if self.form.own:
            lines.append(
                f"Own targets: {len(self.form.own)}, of which {self.targets} new or changed."
            )
        if self.form.left:
            lines.append(f"Left out: row {', '.join(map(str, self.form.left))}.")
        where = f"{FILE} and {own_rows.FILE}" if self.targets else FILE
        lines.append(f"Written to {where}." if self.written else "Nothing was written.")
        return "\n".join(lines)


def bring_in(
    path: Path,
    folder: Path,
    leave: Collection[int] = (),
    dry_run: bool = False,
    today: date | None = None,
) -> Imported:
    """Write what a form says into a folder of figures.

    Answers go to ``reported.csv``, own targets to ``own_targets.csv``. What was reported for the
    same year, or decided for the same measure, is replaced; all other rows stay.

    Parameters
    ----------
    path : Path
        The filled-in form.
    folder : Path
        A folder of figures.
    leave : collection of int
        Rows of the form to pass over.
    dry_run : bool
        Only check, and say what would be written.
    today : date, optional
        The day that is noted; today by default.

    Raises
    ------
    FormError
        If the form has any fault; nothing is written then.
    UsageError
        If a row to leave out is none of the form, or the folder has no ``reported.csv``.
    """
    day = today or date.today()
    data = load(folder)
    form = read(path, data, leave, day)
    counts = {"new": 0, "changed": 0, "same": 0}

    def change(rows: list[Row]) -> list[Row]:
        there = {tuple(row[column] for column in KEY): row for row in rows}
        for one in form.answered:
            new = _row(form, one, day)
            old = there.get(tuple(new[column] for column in KEY))
            what = "new" if old is None else "same" if _same(old, new) else "changed"
            counts[what] += 1
            if what != "same":
                rows = put(rows, new, KEY)
        return rows

    if dry_run:
        change(data.reported.astype("object").fillna("").astype(str).to_dict("records"))
    else:
        rewrite(folder, FILE, change)
    own = [row for row in form.own if not _stands(data.own_targets, row)]
    if own and not dry_run:
        own_targets.write(folder, own)
    name = data.name(form.municipality)
    return Imported(form, name, **counts, targets=len(own), written=not dry_run)


def _stands(table: pd.DataFrame, row: Row) -> bool:
    """Return whether an own target stands in the table already, as it is."""
    there = table[(table["municipality"] == row["municipality"])]
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
    if any(old[column] != new[column] for column in ("answer", "note")):
        return False
    return (old["value"] or None) == (new["value"] or None) or (
        bool(old["value"] and new["value"]) and float(old["value"]) == float(new["value"])
    )
