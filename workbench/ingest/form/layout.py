"""Where what stands in the form, for who writes and who reads it; and faults, named by place."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.dataset import Dataset
from workbench.errors import WorkbenchError
from workbench.storage import hashing
from workbench.storage.normalise import shown

#: Tells forms of this layout from later ones.
VERSION = "U4SSC-skjema, utgave 1"

#: The sheets: what to do, the figures, and the municipality's own targets.
LEAD, TABLE, TARGETS = "Les først", "Tall", "Egne mål"

#: Row of the names of the columns, and the first row of figures.
HEAD, FIRST = 3, 4

#: The first year that a figure may be from.
EARLIEST = 2000

#: Where the lead sheet has what the import needs: label and value in the columns A and B.
FACTS = {
    "version": (3, "Skjema"),
    "number": (4, "Kommunenummer"),
    "name": (5, "Kommune"),
    "year": (6, "Rapporteringsår"),
    "by": (7, "Fylt ut av"),
}

#: What stands for a figure that the municipality does not have.
NOT_REPORTED = "ikke rapportert"


@dataclass(frozen=True)
class Column:
    """A column of the table: its name, its width in signs, and whether it is filled in."""

    title: str
    width: int
    open: bool = False


COLUMNS = {
    "place": Column("Nr.", 5),
    "code": Column("Kode", 16),
    "indicator": Column("Indikator", 30),
    "point": Column("Datapunkt", 22),
    "definition": Column("Slik finner dere tallet", 52),
    "unit": Column("Enhet", 22),
    "answer": Column("Svar", 16, open=True),
    "year": Column("År for tallet", 10, open=True),
    "note": Column("Merknad", 36, open=True),
    "before": Column("Tidligere rapportert", 30),
    "help": Column("Tall vi har fra før", 46),
}

#: The columns of the own targets, in the order of `own_targets.check`.
TARGET_COLUMNS = {
    "measure": Column("Talserie", 48, open=True),
    "value": Column("Målet", 12, open=True),
    "year": Column("Innen år", 10, open=True),
    "name": Column("Hva kommunen kaller målet", 44, open=True),
    "basis": Column("Vedtatt av, eller planen målet står i", 36, open=True),
    "paragraph": Column("Sak", 14, open=True),
    "decided": Column("Vedtatt dato", 14, open=True),
}

#: How many own targets the form has room for.
TARGET_ROWS = 25

#: Letters of the columns, by key.
LETTERS = {key: chr(ord("A") + at) for at, key in enumerate(COLUMNS)}


@dataclass(frozen=True)
class Field:
    """A data point as the form asks for it, with its key in ``form.csv``.

    ``place`` is the number of the indicator in the set, ``point`` is empty where the indicator has
    one data point alone, and ``kind`` is 'share', 'count', 'number' or 'yes/no'.
    """

    kpi: str
    data_point: str
    place: int
    indicator: str
    point: str
    definition: str
    unit: str
    minimum: float | None
    maximum: float | None
    kind: str

    @property
    def label(self) -> str:
        """The code of the indicator, with the data point where there are several."""
        return f"{self.kpi} {self.point}".strip()

    @property
    def locked(self) -> dict[str, str]:
        """What stands in the locked cells of its row, whatever the municipality, by column."""
        return {
            "place": str(self.place),
            "code": self.kpi,
            "indicator": self.indicator,
            "point": self.point,
            "definition": self.definition,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class FormFault:
    """One broken rule in one place of a form, which may be a sheet or the file as a whole.

    ``rule`` is the end of a sentence, ``about`` names the indicator; ``row`` may be left out.
    """

    sheet: str
    cell: str
    value: str
    rule: str
    row: int | None = None
    about: str = ""

    def __str__(self) -> str:
        place = "!".join(part for part in (self.sheet, self.cell) if part)
        about = f" ({self.about})" if self.about else ""
        value = f'"{shown(self.value)}" ' if self.value else ""
        return f"{place}{about}: {value}{self.rule}." if place else f"{value}{self.rule}."


class FormError(WorkbenchError):
    """A form cannot be brought in; `faults` holds every fault found, not only the first."""

    def __init__(self, faults: Sequence[FormFault]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        rows = sorted({fault.row for fault in self.faults if fault.row is not None})
        advice = "Mend the form and import it again"
        if rows and all(fault.row is not None for fault in self.faults):
            advice += f", or leave these rows out: --leave {' '.join(map(str, rows))}"
        super().__init__(f"The form has {count}, and nothing was written:\n{lines}\n{advice}.")


def fields(data: Dataset) -> list[Field]:
    """Return the data points of the form, in the order of the set."""
    # Writing a form and reading one ask several times.
    what = f"fields {hashing.fingerprint(data.kpis)}"
    return [*hashing.of_table(data.form, what, lambda: _fields(data))]


def _fields(data: Dataset) -> list[Field]:
    kpis = data.kpis[["code", "number", "name_nb"]]
    kpis = kpis.rename(columns={"code": "kpi", "number": "place", "name_nb": "indicator"})
    rows = data.form.merge(kpis, on="kpi", how="left").fillna({"point": ""})
    rows = rows[[field.name for field in dataclasses.fields(Field)]].astype(object)
    return [Field(**row) for row in rows.where(rows.notna(), None).to_dict("records")]
