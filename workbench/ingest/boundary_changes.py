"""New municipalities: the tables that name them are brought in line, checked, and written.

Nothing is written before the whole folder, as it would be, has been read by all rules of the
package and its figures have been brought onto the new boundaries with their totals kept.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.dataset import boundaries, loading, schema
from workbench.dataset.lookup import slug
from workbench.ingest.ssb.client import SourceError
from workbench.ingest.ssb.klass import Announced, Change
from workbench.storage import files

#: Files that are ready and not all in place yet, in the folder of figures.
_JOURNAL = ".reform"

#: Tables in which a row is about one municipality, and whether it can stand without its number
#: where that municipality is no more: what was printed of it then stays, by its name.
_ABOUT = {
    **dict.fromkeys(("responsible", "senders", "targets"), False),
    **dict.fromkeys(("u4ssc_results", "u4ssc_not_reported"), True),
}


@dataclass(frozen=True)
class Succession:
    """The changes of one 1 January.

    ``heirs`` are, for each number that is given up, those it became (a part of); ``names`` those of
    new numbers; ``renumbers`` gives for a new number the one whose boundaries it took unchanged.
    """

    year: int
    heirs: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    renumbers: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return a line on each thing that happened."""
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
    """Return changes in the order of time by their year, given the history before them.

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


@dataclass
class _Tables:
    """The tables of a folder by name, which of them were changed, and how, a line each."""

    tables: dict[str, pd.DataFrame]
    lines: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def set(self, name: str, table: pd.DataFrame) -> None:
        """Put a table in place of another, and note it where it is another."""
        table = table.reset_index(drop=True)
        if not table.equals(self.tables[name].reset_index(drop=True)):
            self.changed.add(name)
        self.tables[name] = table


def last_change(folder: Path) -> date:
    """Return the day of the last change that a folder of figures knows."""
    history = loading.read_resource(folder, "municipality_history")
    return date(int(max(history["first_year"].max(), history["last_year"].max() + 1)), 1, 1)


def bring_in(folder: Path, announced: Announced, dry: bool) -> str:
    """Bring the tables in line with what Klass announced, and return a text on what changed.

    A dry run checks all, and writes nothing.

    Raises
    ------
    SourceError, DataError
        If what was announced cannot be brought in, or breaks a rule of the package; nothing was
        written then.
    """
    before = loading.read_package(folder)
    staged = _Tables({**before, "outlines": loading.read_resource(folder, "outlines")})
    for one in successions(announced.changes, staged.tables["municipality_history"]):
        staged.lines += one.lines()
        staged.set("municipality_history", follow(staged.tables["municipality_history"], one))
        _outlines(staged, one)
        _members(staged, one)
        _about(staged, one)
    _municipalities(staged, announced)
    _counties(staged)
    count = f"{len(announced.names)} municipalities on {announced.day} by Klass 131"
    if not staged.changed:
        return f"{count}; nothing is new."
    texts = {
        Path(schema.own()[name]["path"]): staged.tables[name].to_csv(
            index=False, lineterminator="\n"
        )
        for name in sorted(staged.changed)
    }
    staged.lines += _check(folder, texts, before)
    if not dry:
        _write(folder, texts)
    if announced.day > date.today():
        staged.lines.append(
            f"In force from {announced.day}; everything speaks of these municipalities from now on"
        )
    end = f"Written: {', '.join(sorted(staged.changed))}."
    end = "Dry run: nothing was written." if dry else end
    return "\n".join([f"{count}.", *staged.lines, end])


def finish(folder: Path) -> None:
    """Put in place the files that a run which was stopped had ready."""
    journal = files.below(folder, folder / _JOURNAL)
    if not journal.is_dir():
        return
    for file in sorted(path for path in journal.rglob("*") if path.is_file()):
        files.write(folder / file.relative_to(journal), files.read(file, root=folder))
    shutil.rmtree(journal)


def _municipalities(staged: _Tables, announced: Announced) -> None:
    """Bring municipalities.csv in line: the numbers of the history, the names of Klass."""
    history, table = staged.tables["municipality_history"], staged.tables["municipalities"]
    now = set(history.loc[history["last_year"].isna(), "municipality"].dropna())
    if now != set(announced.names):
        differ = ", ".join(sorted(now ^ set(announced.names))[:8])
        raise SourceError(
            "Klass' list of municipalities is not what its list of changes leads to; they differ "
            f"in {differ}. Nothing was changed. Run the command again later, or enter the change "
            "by hand."
        )
    known = table.set_index("number")
    counties = {row.county: row.county_name for row in table.itertuples()}
    rows = []
    for number, official in sorted(announced.names.items()):
        county = number[:2]
        name = counties.get(county) or announced.counties.get(county, "").split(" - ")[0]
        if not name:
            raise SourceError(f"Klass names no county {county}, of {number} {official}.")
        parts = official.split(" - ")
        if number in known.index:
            kept = known.at[number, "name"]
            short = kept if kept in parts else parts[0]
            if official != known.at[number, "official_name"]:
                staged.lines.append(f"{number} {kept}: official name {official}")
        else:
            before = set(table["name"])
            short = next((part for part in parts if part in before), parts[0])
        rows.append((number, short, official, county, name))
    staged.set("municipalities", pd.DataFrame(rows, columns=list(table.columns), dtype="str"))


def _members(staged: _Tables, one: Succession) -> None:
    """Hand membership in groups on to what members became."""
    table = staged.tables["groups"]
    heirs = table.assign(municipality=[one.heirs.get(m, [m]) for m in table["municipality"]])
    after = heirs.explode("municipality").drop_duplicates(["group", "municipality"])
    staged.set("groups", after.astype(table.dtypes))
    named = table[table["municipality"].isin(list(one.heirs))]
    for group, rows in named[~named["group"].str.startswith("county-")].groupby("group"):
        new = {heir for m in rows["municipality"] for heir in one.heirs[m]}
        staged.lines.append(
            f"group {group}: {', '.join(sorted(rows['municipality']))} -> {', '.join(sorted(new))}"
        )


def _counties(staged: _Tables) -> None:
    """Let each county's group have the municipalities with its number, and a name."""
    table, groups = staged.tables["municipalities"], staged.tables["groups"]
    own = groups["group"].str.startswith("county-")
    order = list(dict.fromkeys(groups.loc[own, "group"]))
    made = table.assign(group="county-" + table["county_name"].map(slug))
    order += sorted(set(made["group"]) - set(order))
    made = made.sort_values("number").rename(columns={"number": "municipality"})
    made = made.assign(place=made["group"].map({name: at for at, name in enumerate(order)}))
    kept = groups[own].merge(made[["group", "municipality"]], on=["group", "municipality"])
    if len(kept) != len(made) or own.sum() != len(made):
        rows = made.sort_values(["place", "municipality"], kind="stable")
        rows = rows[["group", "municipality"]]
        staged.set("groups", pd.concat([groups[~own], rows]).astype(groups.dtypes))
    labels = staged.tables["labels"]
    stale = labels["key"].str.startswith("county-") & ~labels["key"].isin(made["group"])
    new = made[~made["group"].isin(labels["key"])].drop_duplicates("group")
    rows = [
        ("group", g, f"kommunene i {n}", f"the municipalities in {n}")
        for g, n in zip(new["group"], new["county_name"], strict=True)
    ]
    if rows or stale.any():
        more = pd.DataFrame(rows, columns=list(labels.columns), dtype="str")
        staged.set("labels", pd.concat([labels[~stale], more]).astype(labels.dtypes))
        staged.lines += [f"new group {row[1]}" for row in rows]


def _about(staged: _Tables, one: Succession) -> None:
    """Hand on rows about one municipality where it only changed its number."""
    back = {old: new for new, old in one.renumbers.items()}
    for name, may_stand in _ABOUT.items():
        table = staged.tables[name]
        hit = table["municipality"].isin(list(one.heirs))
        lost = hit & ~table["municipality"].isin(list(back))
        if lost.any() and not may_stand:
            number = table.loc[lost, "municipality"].iloc[0]
            raise SourceError(
                f"{name}.csv has a row for {number}, which is no more from {one.year} on. Decide "
                "what holds for its successor, change the row, and run the command again. Nothing "
                "was changed."
            )
        if hit.any():
            numbers = table["municipality"].map(back).where(hit, table["municipality"])
            staged.set(name, table.assign(municipality=numbers.astype(table["municipality"].dtype)))


def _outlines(staged: _Tables, one: Succession) -> None:
    """Draw what is new as what it was made of; a part of one that was split as all of it."""
    table = staged.tables["outlines"].set_index("number")
    rows = {number: tuple(row) for number, row in table.iterrows()}
    for new in {heir for heirs in one.heirs.values() for heir in heirs}:
        olds = [old for old, heirs in one.heirs.items() if new in heirs and old in rows]
        parts = [rows[number] for number in ([new] if new in rows else []) + olds]
        if not parts:
            continue
        largest = max(parts, key=lambda part: len(part[2]))
        rows[new] = (*largest[:2], "".join(part[2] for part in parts))
        if any(len(one.heirs[old]) > 1 for old in olds):
            staged.lines.append(f"{new}: on maps it has the outline from before the split")
    for old in one.heirs:
        rows.pop(old, None)
    made = pd.DataFrame.from_dict(rows, orient="index", columns=list(table.columns))
    made = made.rename_axis("number").sort_index().reset_index()
    staged.set("outlines", made.astype(staged.tables["outlines"].dtypes))


def _check(
    folder: Path, texts: Mapping[Path, str], before: Mapping[str, pd.DataFrame]
) -> list[str]:
    """Read the folder as it would be, and bring its figures onto the new boundaries.

    Return how many figures reach these, and why others do not; refuse a total that is not kept.
    """
    with tempfile.TemporaryDirectory(prefix="reform-", dir=files.temporary()) as name:
        staged = Path(name) / "data"
        shutil.copytree(folder, staged, ignore=shutil.ignore_patterns(_JOURNAL))
        for path, text in texts.items():
            files.write(staged / path, text)
        after = loading.read_package(staged)
        loading.read_resource(staged, "outlines")
    counts = []
    for whole in (before, after):
        figures, history, about = (
            whole[key] for key in ("observations", "municipality_history", "measures")
        )
        observations, aside = boundaries.harmonise(figures, history, about)
        wrong = boundaries.check_totals(figures, observations, aside, about)
        wrong += boundaries.check_today(whole)
        if wrong:
            raise SourceError("Nothing was changed: " + " ".join(wrong))
        counts.append((len(observations), aside["reason"].value_counts()))
    (was, why_was), (now, why) = counts
    lines = [f"figures on the boundaries of the day: {now:,} ({was:,} before); totals are kept"]
    for reason in sorted(set(why.index) | set(why_was.index)):
        more = int(why.get(reason, 0)) - int(why_was.get(reason, 0))
        if more:
            lines.append(f"set aside, {boundaries.REASONS[reason]}: {more:+,}")
    return lines


def _write(folder: Path, texts: Mapping[Path, str]) -> None:
    """Write several files as one: all are ready before the first is put in place."""
    ready = folder / f"{_JOURNAL}.aside"
    shutil.rmtree(ready, ignore_errors=True)
    for path, text in texts.items():
        files.write(ready / path, text)
    ready.replace(folder / _JOURNAL)
    finish(folder)
