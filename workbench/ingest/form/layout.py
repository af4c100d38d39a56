"""Where what stands in the form: what `write` puts there is what `read` looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.dataset import Dataset
from workbench.storage import hashing

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
    """One of the 112 data points, as the form asks for it.

    Attributes
    ----------
    kpi, data_point : str
        Its key in ``form.csv``.
    place : int
        Number of the indicator in the set.
    indicator, point, definition, unit : str
        Names, explanation and unit in Bokmål; `point` is empty where an indicator has one.
    minimum, maximum : float or None
        What the figure can be.
    kind : str
        'share', 'count', 'number' or 'yes/no'.
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


def fields(data: Dataset) -> list[Field]:
    """Return the data points of the form, in the order of the set."""
    # Writing a form and reading one ask several times.
    what = f"fields {hashing.fingerprint(data.kpis)}"
    return [*hashing.of_table(data.form, what, lambda: _fields(data))]


def _fields(data: Dataset) -> list[Field]:
    kpis = data.kpis[["code", "number", "name_nb"]].rename(columns={"code": "kpi"})
    rows = data.form.merge(kpis, on="kpi", how="left")
    return [
        Field(
            kpi=str(row["kpi"]),
            data_point=str(row["data_point"]),
            place=int(row["number"]),
            indicator=str(row["name_nb"]),
            point=_text(row["point"]),
            definition=str(row["definition"]),
            unit=str(row["unit"]),
            minimum=_number(row["minimum"]),
            maximum=_number(row["maximum"]),
            kind=str(row["kind"]),
        )
        for row in rows.to_dict("records")
    ]


def _text(cell: Any) -> str:
    return "" if pd.isna(cell) else str(cell)


def _number(cell: Any) -> float | None:
    return None if pd.isna(cell) else float(cell)
