"""What became of municipalities on one day: merged, split, renumbered, taken in, renamed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.ingest.ssb.client import SourceError
from workbench.ingest.ssb.klass import Change


@dataclass(frozen=True)
class Succession:
    """The changes of one 1 January.

    Attributes
    ----------
    year : int
    heirs : dict of str to list of str
        For each number that is given up, what it became (a part of).
    names : dict of str to str
        The names of new numbers.
    renumbers : dict of str to str
        For a new number, the one whose boundaries it took over unchanged.
    """

    year: int
    heirs: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    renumbers: dict[str, str] = field(default_factory=dict)

    def told(self) -> list[str]:
        """Return what happened, a line each."""
        lines = []
        for new, name in sorted(self.names.items()):
            parts = sorted(old for old, heirs in self.heirs.items() if new in heirs)
            divided = [old for old in parts if len(self.heirs[old]) > 1]
            kind = "renumbered" if new in self.renumbers else "split" if divided else "merged"
            lines.append(f"{' + '.join(parts)} -> {new} {name} ({kind}, {self.year})")
        for old, heirs in sorted(self.heirs.items()):
            for new in heirs:
                if new not in self.names:
                    lines.append(f"{old} -> {new} (taken in, {self.year})")
        return lines


def successions(changes: Sequence[Change], history: pd.DataFrame) -> list[Succession]:
    """Return the changes by their year.

    Parameters
    ----------
    changes : sequence of Change
        The first ones first.
    history : DataFrame
        ``municipality_history.csv`` before them.

    Raises
    ------
    SourceError
        If they are of another day than 1 January, or of municipalities that do not exist, or a
        municipality gives up a part and keeps its number: figures by year cannot follow that.
    """
    now = set(history.loc[history["last_year"].isna() & history["municipality"].notna(), "number"])
    found = []
    for day in sorted({change.day for change in changes}):
        rows = [change for change in changes if change.day == day]
        divided = {change.old for change in rows if change.new != change.old}
        # A number that stays where it is has another name, on any day of a year.
        rows = [change for change in rows if change.old in divided]
        if rows and (day.month, day.day) != (1, 1):
            which = ", ".join(f"{c.old} {c.old_name} -> {c.new} {c.new_name}" for c in rows[:3])
            raise SourceError(
                f"Klass lists changes on {day} ({which}). Figures go by whole years; only changes "
                "on 1 January can be brought in. Enter these in municipality_history.csv by hand."
            )
        one = _succession(day.year, rows, now)
        now = (now - set(one.heirs)) | set(one.names)
        found.append(one)
    return [one for one in found if one.heirs]


def _succession(year: int, rows: Iterable[Change], now: set[str]) -> Succession:
    one = Succession(year)
    heirs: dict[str, list[str]] = {}
    for change in rows:
        if change.old not in now:
            raise SourceError(
                f"Klass says that {change.old} {change.old_name} changed in {year}, which is not a "
                "municipality of the time before, by municipality_history.csv. Nothing was changed."
            )
        heirs.setdefault(change.old, []).append(change.new)
        if change.new not in now:
            one.names[change.new] = change.new_name
    for old, became in heirs.items():
        if old in became and len(set(became)) > 1:
            raise SourceError(
                f"Klass says that {old} gave up a part in {year} and kept its number. Its figures "
                "before and after are of different areas under one number, which the history "
                "cannot hold. Enter it by hand, with a break in breaks.csv. Nothing was changed."
            )
        if old not in became:
            one.heirs[old] = sorted(set(became))
    for new in one.names:
        parts = [old for old, those in one.heirs.items() if new in those]
        if len(parts) == 1 and one.heirs[parts[0]] == [new]:
            one.renumbers[new] = parts[0]
    return one


def follow(history: pd.DataFrame, one: Succession) -> pd.DataFrame:
    """Return the history with the changes of one year in it.

    Every earlier number is handed on to what its municipality became; one that now is in several
    is split, and one whose parts have come together again is whole again.
    """
    rows = history.copy()
    given_up = rows["number"].isin(list(one.heirs)) & rows["last_year"].isna()
    rows.loc[given_up, "last_year"] = one.year - 1
    rows["municipality"] = [one.heirs.get(m, [m]) for m in rows["municipality"]]
    rows = rows.explode("municipality")
    new = [
        (number, name, one.year, None, number, "no", one.renumbers.get(number))
        for number, name in one.names.items()
    ]
    rows = pd.concat([rows, pd.DataFrame(new, columns=list(rows.columns))], ignore_index=True)
    key = ["number", "first_year", "municipality"]
    rows = rows.drop_duplicates(key).astype({"last_year": "Int64"})
    shared = rows.groupby(["number", "first_year"])["municipality"].transform("size") > 1
    rows["split"] = ["yes" if parts else "no" for parts in shared]
    return rows.sort_values(key, ignore_index=True)
