"""What front pages and the portal have in common: the figures of a run, marks, links, templates."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
from babel.dates import format_date

from workbench.analysis.standings import every_standing
from workbench.batch import changes, inputs, manifest
from workbench.batch.manifest import Entry
from workbench.batch.notebooks import headings
from workbench.batch.plan import of_modules
from workbench.batch.tasks import FRONT
from workbench.dataset import Dataset
from workbench.dataset.lookup import folder_name
from workbench.language.translator import TEXT, Language, languages
from workbench.rendering.page import TEMPLATES
from workbench.storage import files, hashing


@dataclass(frozen=True, repr=False)
class Run:
    """What every page of a run is made from.

    Attributes
    ----------
    data : Dataset
    day : date
        The day that the pages say they were made.
    out : Path
        The folder that holds a folder of briefs per municipality.
    first : str
        Language of the portal.
    peers : str
        The group that the briefs compare with; empty: each municipality's own.
    """

    data: Dataset
    day: date
    out: Path
    first: str
    peers: str = ""

    @cached_property
    def standings(self) -> pd.DataFrame:
        """Where each KPI of every municipality stands, as `standings.every_standing` returns it."""
        return every_standing(self.data)

    @cached_property
    def units(self) -> dict[str, dict[str, Any]]:
        """The rows of ``units`` by unit."""
        return {row["unit"]: row for row in self.data.units.to_dict("records")}

    @cached_property
    def measures(self) -> dict[str, dict[str, Any]]:
        """The rows of ``measures`` by measure."""
        return {row["measure"]: row for row in self.data.measures.to_dict("records")}

    @cached_property
    def changes(self) -> tuple[date | None, pd.DataFrame]:
        """What changed since the run before, as `changes.since_last` returns it."""
        return changes.since_last(self.data, self.out)

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the municipalities by number."""
        return dict(self.data.municipalities[["number", "name"]].to_numpy())

    @cached_property
    def labels(self) -> dict[int, pd.Series]:
        """The rows of ``labels`` of the UN goals by number."""
        rows = self.data.labels.query("kind == 'goal'")
        return {int(row["key"]): row for _, row in rows.iterrows()}

    @cached_property
    def figures(self) -> pd.DataFrame:
        """How many figures each municipality has (count), and the year of its newest (newest)."""
        years = self.data.observations.groupby("municipality")["year"]
        return years.agg(count="size", newest="max")

    def goal(self, language: Language, goal: int) -> str:
        """Return a UN goal's number and name."""
        name = language.name(self.labels[goal])
        return language.say("common.goal_name", number=goal, name=name)

    def made(self, language: Language, rows: pd.DataFrame) -> dict[str, str]:
        """Return the day, and the count and newest year of figures, as they are written."""
        newest = rows["newest"].max()
        return {
            "day": format_date(self.day, "long", locale=language.locale),
            "figures": language.number(rows["count"].sum()),
            "newest": "" if pd.isna(newest) else str(int(newest)),
        }

    # Where pages lie

    def folder(self, number: str) -> Path:
        """Return where the briefs of a municipality lie."""
        return self.out / folder_name(number, self.names[number])

    def portal(self, code: str) -> str:
        """Return the file name of the portal in a language."""
        return "index.html" if code == self.first else f"index.{code}.html"

    def portals(self, there: Container[str]) -> list[str]:
        """Return the languages of the portal, that of ``index.html`` last.

        `there` are the paths of the files in the folder: a bucket is not asked for each.
        """
        known = {code for number in self.names for code in self.fronts(number, there)}
        # What an earlier run wrote is kept up to date.
        known |= {code for code in languages() if f"index.{code}.html" in there}
        return [*sorted(known - {self.first}), self.first]

    def fronts(self, number: str, there: Container[str]) -> list[str]:
        """Return the languages of the front pages that a municipality has; `there` as above."""
        folder = self.folder(number).name
        return [code for code in languages() if f"{folder}/index.{code}.html" in there]

    @cached_property
    def headings(self) -> dict[str, str]:
        """The pages that are for all municipalities, as `notebooks.headings` returns them."""
        return headings()

    def for_all(self, language: Language) -> list[tuple[str, str]]:
        """Return file name and text of each page for all municipalities that is there."""
        pages = {f"{name}.{language.code}.html": text for name, text in self.headings.items()}
        methods = language.say("common.methods")
        there = [name for name in pages if (self.out / name).is_file()]
        found = [(name, pages[name] or methods) for name in there]
        if len(self.changes[1]):
            found.append((f"changes.{language.code}.html", language.say("front.changes.all")))
        return found

    # What pages are made from

    @cached_property
    def figures_hash(self) -> str:
        """A hash of all figures, and of all that explains them."""
        return inputs.everything(self.data)

    @cached_property
    def _read(self) -> dict[tuple[str, str], str]:
        """A hash of what each municipality's front page reads of the figures."""
        usual = self.data.default_groups()
        groups = {number: self.peers or usual[number] for number in self.names}
        return inputs.of(self.data, groups, [FRONT])

    @cached_property
    def made_of(self) -> str:
        """A hash of all that standings are made from: figures and code."""
        used = of_modules("workbench.analysis.standings")
        return hashing.digest(used, self.figures_hash)

    @cached_property
    def changes_hash(self) -> str:
        """A hash of what changed since the run before."""
        since, rows = self.changes
        return hashing.digest([], str(since), hashing.fingerprint(rows))

    @cached_property
    def _changed(self) -> dict[str, str]:
        """A hash of what changed for each municipality since the run before."""
        rows = self.changes[1].groupby("municipality")
        return {str(number): hashing.fingerprint(part) for number, part in rows}

    @cached_property
    def _common(self) -> tuple[str, ...]:
        """The hash of code, templates and texts, and what was asked for as far as pages show it."""
        used = of_modules("workbench.batch.changes_page", "workbench.batch.front_page")
        read = [path for path in (*TEMPLATES.rglob("*"), *TEXT.glob("*/*")) if path.is_file()]
        spoken = [f"{name}.{code}.html" for name in self.headings for code in languages()]
        there = [name for name in spoken if (self.out / name).is_file()]
        pages = [*(f"{name} {text}" for name, text in self.headings.items()), *there]
        made_by = hashing.digest([*used, *read])
        return (made_by, self.first, self.peers, self.day.isoformat(), *pages)

    def basis(self, number: str) -> str:
        """Return the hash of all that front pages are made from but what lies beside them."""
        since = str(self.changes[0]) if len(self.changes[1]) else ""
        changed = since, self._changed.get(number, "")
        return hashing.digest([], *self._common, self._read[number, FRONT], *changed)

    def portal_key(self, code: str, fronts: Iterable[str]) -> str:
        """Return the hash of all that a portal is made from; `fronts` are the front pages."""
        parts = (self.figures_hash, str(len(self.changes[1])), code, *sorted(fronts))
        return hashing.digest([], *self._common, *parts)

    def changes_key(self, code: str) -> str:
        """Return the hash of all that the page of changes is made from."""
        return hashing.digest([], *self._common, self.figures_hash, self.changes_hash, code)

    def write(self, page: Path, what: str, key: str, make: Callable[[], str | bytes]) -> list[str]:
        """Write a file and note from what it was made; return a line that says what went wrong."""
        folder = page.parent.name
        try:
            content = make()
            files.write(page, content)
            entry = Entry(key, manifest.written(self.out, {page: content}))
            name = folder if what.startswith("index.") else manifest.SHARED
            manifest.note(self.out, name, what, entry)
        except Exception as error:  # one page must not cost the others
            said = str(error).strip().splitlines() or [""]
            return [f"{folder}/{page.stem}: {type(error).__name__}: {said[0]}"]
        return []


def word(language: Language, sense: str) -> str:
    """Return a sense in a word or two."""
    return language.say(f"common.sense.{sense}")


def own_name(code: str) -> str:
    """Return what a language calls itself: 'English', 'Norsk bokmål'."""
    name = Language(code).locale.get_language_name(code) or code
    return name[:1].upper() + name[1:]


@lru_cache
def environment() -> jinja2.Environment:
    """Return where the pages' templates and styles are read from."""
    loader = jinja2.FileSystemLoader([TEMPLATES, TEMPLATES / "brief"])
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters["quote"] = quote
    return made
