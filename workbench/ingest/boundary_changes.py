"""New municipalities: the tables that name them are brought in line, checked, and written.

Nothing is written before the whole folder, as it would be, has been read by all rules of the
package and its figures have been brought onto the new boundaries with their totals kept.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.dataset import boundaries, schema
from workbench.dataset import loading as tables
from workbench.ingest.ssb.client import SourceError
from workbench.ingest.ssb.klass import Announced
from workbench.ingest.succession import Succession, follow, successions
from workbench.rendering import page
from workbench.storage import files
from workbench.storage.files import temporary

#: Files that are ready and not all in place yet, in the folder of figures.
_JOURNAL = ".reform"

#: Tables in which a row is about one municipality, and whether it can stand without its number
#: where that municipality is no more: what was printed of it then stays, by its name.
_ABOUT = {"responsible": False, "targets": False, "u4ssc_results": True, "u4ssc_not_reported": True}

_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", " ": "-"})


@dataclass
class Reform:
    """Tables of a folder, and what was changed in them.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By their names in the data package.
    told : list of str
        What changed, a line each.
    changed : set of str
        Names of the tables that are others now.
    """

    tables: dict[str, pd.DataFrame]
    told: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def set(self, name: str, table: pd.DataFrame) -> None:
        """Put a table in place of another, and note it where it is another."""
        table = table.reset_index(drop=True)
        if not table.equals(self.tables[name].reset_index(drop=True)):
            self.changed.add(name)
        self.tables[name] = table


def last_change(folder: Path) -> date:
    """Return the day of the last change that a folder of figures knows."""
    history = tables.read_resource(folder, "municipality_history")
    return date(int(max(history["first_year"].max(), history["last_year"].max() + 1)), 1, 1)


def bring_in(folder: Path, announced: Announced, dry: bool) -> str:
    """Bring the tables in line with what Klass announced, and return what changed.

    Parameters
    ----------
    folder : Path
    announced : Announced
    dry : bool
        Check, and write nothing.

    Raises
    ------
    SourceError, DataError
        If what was announced cannot be brought in, or breaks a rule of the package; nothing was
        written then.
    """
    before = tables.read_package(folder)
    names = [*(n for n in before if n != "observations"), "outlines"]
    outlines = tables.read_resource(folder, "outlines")
    reform = Reform({**{n: before[n] for n in names[:-1]}, "outlines": outlines})
    for one in successions(announced.changes, reform.tables["municipality_history"]):
        reform.told += one.told()
        reform.set("municipality_history", follow(reform.tables["municipality_history"], one))
        _outlines(reform, one)
        _members(reform, one)
        _about(reform, one)
    _municipalities(reform, announced)
    _counties(reform)
    count = f"{len(announced.names)} municipalities on {announced.day} by Klass 131"
    if not reform.changed:
        return f"{count}; nothing is new."
    files = {name: _text(reform.tables[name]) for name in sorted(reform.changed)}
    paths = _paths(folder)
    reform.told += _check(folder, {paths[name]: text for name, text in files.items()}, before)
    if not dry:
        _write(folder, {paths[name]: text for name, text in files.items()})
    if announced.day > date.today():
        reform.told.append(
            f"In force from {announced.day}; everything speaks of these municipalities from now on"
        )
    end = "Dry run: nothing was written." if dry else f"Written: {', '.join(sorted(files))}."
    return "\n".join([f"{count}.", *reform.told, end])


def finish(folder: Path) -> None:
    """Put in place what a reform that was stopped had ready."""
    journal = files.below(folder, folder / _JOURNAL)
    if not journal.is_dir():
        return
    for file in sorted(path for path in journal.rglob("*") if path.is_file()):
        page.write(folder / file.relative_to(journal), files.read(file, root=folder))
    shutil.rmtree(journal)


def _municipalities(reform: Reform, announced: Announced) -> None:
    """Bring municipalities.csv in line: the numbers of the history, the names of Klass."""
    history, table = reform.tables["municipality_history"], reform.tables["municipalities"]
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
                reform.told.append(f"{number} {kept}: official name {official}")
        else:
            before = set(table["name"])
            short = next((part for part in parts if part in before), parts[0])
        rows.append((number, short, official, county, name))
    reform.set("municipalities", pd.DataFrame(rows, columns=list(table.columns), dtype="str"))


def _members(reform: Reform, one: Succession) -> None:
    """Hand membership in groups on to what members became."""
    table = reform.tables["groups"]
    heirs = table.assign(municipality=[one.heirs.get(m, [m]) for m in table["municipality"]])
    after = heirs.explode("municipality").drop_duplicates(["group", "municipality"])
    reform.set("groups", after.astype(table.dtypes))
    named = table[table["municipality"].isin(list(one.heirs))]
    for group, rows in named[~named["group"].str.startswith("county-")].groupby("group"):
        new = {heir for m in rows["municipality"] for heir in one.heirs[m]}
        reform.told.append(
            f"group {group}: {', '.join(sorted(rows['municipality']))} -> {', '.join(sorted(new))}"
        )


def _counties(reform: Reform) -> None:
    """Let each county's group have the municipalities with its number, and a name."""
    table, groups = reform.tables["municipalities"], reform.tables["groups"]
    own = groups["group"].str.startswith("county-")
    order = list(dict.fromkeys(groups.loc[own, "group"]))
    made = table.assign(group="county-" + table["county_name"].map(_plain))
    order += sorted(set(made["group"]) - set(order))
    made = made.sort_values("number").rename(columns={"number": "municipality"})
    made = made.assign(place=made["group"].map({name: at for at, name in enumerate(order)}))
    kept = groups[own].merge(made[["group", "municipality"]], on=["group", "municipality"])
    if len(kept) != len(made) or own.sum() != len(made):
        rows = made.sort_values(["place", "municipality"], kind="stable")
        rows = rows[["group", "municipality"]]
        reform.set("groups", pd.concat([groups[~own], rows]).astype(groups.dtypes))
    labels = reform.tables["labels"]
    stale = labels["key"].str.startswith("county-") & ~labels["key"].isin(made["group"])
    new = made[~made["group"].isin(labels["key"])].drop_duplicates("group")
    rows = [
        ("group", g, f"kommunene i {n}", f"the municipalities in {n}")
        for g, n in zip(new["group"], new["county_name"], strict=True)
    ]
    if rows or stale.any():
        more = pd.DataFrame(rows, columns=list(labels.columns), dtype="str")
        reform.set("labels", pd.concat([labels[~stale], more]).astype(labels.dtypes))
        reform.told += [f"new group {row[1]}" for row in rows]


def _about(reform: Reform, one: Succession) -> None:
    """Hand on rows about one municipality where it only changed its number."""
    back = {old: new for new, old in one.renumbers.items()}
    for name, may_stand in _ABOUT.items():
        table = reform.tables[name]
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
            told = table["municipality"].map(back).where(hit, table["municipality"])
            reform.set(name, table.assign(municipality=told.astype(table["municipality"].dtype)))


def _outlines(reform: Reform, one: Succession) -> None:
    """Draw what is new as what it was made of; a part of one that was split as all of it."""
    table = reform.tables["outlines"].set_index("number")
    rows = {number: tuple(row) for number, row in table.iterrows()}
    for new in {heir for heirs in one.heirs.values() for heir in heirs}:
        olds = [old for old, heirs in one.heirs.items() if new in heirs and old in rows]
        parts = [rows[number] for number in ([new] if new in rows else []) + olds]
        if not parts:
            continue
        largest = max(parts, key=lambda part: len(part[2]))
        rows[new] = (*largest[:2], "".join(part[2] for part in parts))
        if any(len(one.heirs[old]) > 1 for old in olds):
            reform.told.append(f"{new}: on maps it has the outline from before the split")
    for old in one.heirs:
        rows.pop(old, None)
    made = pd.DataFrame.from_dict(rows, orient="index", columns=list(table.columns))
    made = made.rename_axis("number").sort_index().reset_index()
    reform.set("outlines", made.astype(reform.tables["outlines"].dtypes))


def _check(
    folder: Path, files: Mapping[Path, str], before: Mapping[str, pd.DataFrame]
) -> list[str]:
    """Read the folder as it would be, and bring its figures onto the new boundaries.

    Returns
    -------
    list of str
        How many figures reach the new boundaries, and why others do not.

    Raises
    ------
    DataError
        If a rule of the package is broken.
    SourceError
        If a total is not kept.
    """
    with tempfile.TemporaryDirectory(prefix="reform-", dir=temporary()) as name:
        staged = Path(name) / "data"
        shutil.copytree(folder, staged, ignore=shutil.ignore_patterns(_JOURNAL))
        for path, text in files.items():
            page.write(staged / path, text)
        after = tables.read_package(staged)
        tables.read_resource(staged, "outlines")
    lines, counts = [], []
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
    lines.append(f"figures on the boundaries of the day: {now:,} ({was:,} before); totals are kept")
    for reason in sorted(set(why.index) | set(why_was.index)):
        more = int(why.get(reason, 0)) - int(why_was.get(reason, 0))
        if more:
            lines.append(f"set aside, {boundaries.REASONS[reason]}: {more:+,}")
    return lines


def _write(folder: Path, files: Mapping[Path, str]) -> None:
    """Write several files as one: all are ready before the first is put in place."""
    ready = folder / f"{_JOURNAL}.aside"
    shutil.rmtree(ready, ignore_errors=True)
    for path, text in files.items():
        page.write(ready / path, text)
    ready.replace(folder / _JOURNAL)
    finish(folder)


def _paths(folder: Path) -> dict[str, Path]:
    """Return where each table lies in the folder."""
    return {name: Path(about["path"]) for name, about in schema.tables(folder).items()}


def _text(table: pd.DataFrame) -> str:
    told = io.StringIO()
    table.to_csv(told, index=False, lineterminator="\n")
    return told.getvalue()


def _plain(name: str) -> str:
    return name.casefold().translate(_PLAIN)
