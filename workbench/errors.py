"""The errors a user meets: sentences that say what was wrong, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite


class WorkbenchError(Exception):
    """A fault that the user can mend; its message is a sentence and is shown without traceback.

    Examples
    --------
    >>> import workbench as wb
    >>> try:
    ...     wb.load("no_such_folder")
    ... except wb.WorkbenchError as error:
    ...     print(type(error).__name__)
    DataError
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback, which asks each error for it."""
        return [str(self)]


class UsageError(WorkbenchError):
    """Something was asked for that does not exist: a municipality, a measure, an option.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.load().measure("low_income")
    Traceback (most recent call last):
    workbench.errors.UsageError: "low_income" is not a measure. Did you mean low_income_share or
    low_income_eu60_share? All measures stand in data/measures.csv.
    """


class MissingFigures(UserWarning):
    """A figure was asked for that nobody has; the sentence says why, and who has others.

    Examples
    --------
    >>> import warnings
    >>> import workbench as wb
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     len(wb.load().series("measles_vaccination_age_9", "Bærum"))
    0
    >>> print(caught[0].message)
    Bærum has no figures of measles_vaccination_age_9. Others have figures for 2015 to 2024
    (15 municipalities).
    """


@dataclass(frozen=True)
class Fault:
    """One broken rule in one place of a data file.

    ``row`` counts lines of the file, the header being row 1; it is None for the file as a whole.
    ``count`` is how many faults it stands for: those of a file are listed up to a limit.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    count: int = 1

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f'column "{_short(self.column)}"')
        found = "" if self.value is None else f'"{_short(self.value)}" '
        return f"{', '.join(place)}: {found}{self.rule}"


class DataError(WorkbenchError):
    """The figures cannot be used. ``faults`` holds every fault found, not only the first.

    Examples
    --------
    >>> import workbench as wb
    >>> try:
    ...     wb.load("no_such_folder")
    ... except wb.DataError as error:
    ...     print(error.faults[0])
    no_such_folder/datapackage.json: is missing; name the folder that holds datapackage.json.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        total = sum(fault.count for fault in faults)
        count = "1 fault" if total == 1 else f"{total:,} faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(
            f"The data cannot be used, {count}:\n{lines}\nMend the file and load it again."
        )


def _short(value: str) -> str:
    # In a notebook and at Python's own prompt a message meets no console that would do this.
    plain = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in value[:120]
    )
    return plain if len(value) <= 120 else f"{plain} ..."


def described(value: object) -> str:
    """Return what a sentence calls a value that is of no use: 'None', 'A DataFrame'."""
    if value is None or isinstance(value, bool | int) or (type(value) is float and isfinite(value)):
        return str(value)
    if isinstance(value, str):
        return f'"{_short(value)}"'
    kind = type(value).__name__
    return f"{'An' if kind[0] in 'aeioAEIO' else 'A'} {kind}"


def sentences(*parts: str) -> str:
    """Return sentences one after the other; an empty one leaves no gap."""
    return " ".join(sentence for sentence in parts if sentence)


def suggest(wrong: str, allowed: Iterable[str], count: int = 3) -> str:
    """Return the end of an error sentence: the nearest allowed names, or all when they are few."""
    names = list(allowed)
    folded = {name.casefold(): name for name in names}
    near = [folded[match] for match in get_close_matches(str(wrong).casefold(), folded, n=count)]
    if near:
        return f"Did you mean {_either(near)}?"
    if len(names) <= 20:
        return f"Allowed: {', '.join(names)}."
    return ""


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
