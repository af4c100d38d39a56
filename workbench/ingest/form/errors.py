"""What is wrong in a form: every fault with sheet, cell, value and rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.storage.normalise import shown


@dataclass(frozen=True)
class FormFault:
    """One broken rule in one place of a form.

    Attributes
    ----------
    sheet, cell : str
        Where it is; empty where it is the file or the sheet as a whole.
    value : str
        What stands there; empty where nothing does.
    rule : str
        What must be, as the end of a sentence.
    row : int or None
        The row that may be left out; None where none can.
    about : str
        The indicator, where the fault is about one.
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
