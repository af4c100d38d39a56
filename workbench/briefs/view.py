"""What a brief is about: whose figures, compared with whom, in which language."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analysis.assessment import assess, judgements, peer_range, trends_and_goals
from workbench.analysis.emissions import Pathway, pathway
from workbench.analysis.record import tested
from workbench.analysis.similarity import all_traits, beside, reached, similar
from workbench.analysis.standings import OLD, judged, ranked, standings
from workbench.dataset import Dataset, key, load, own_targets
from workbench.errors import UsageError
from workbench.language.translator import Language, Row
from workbench.storage import hashing

#: What several briefs of a municipality ask its view for, and what takes long to find.
_OFTEN_ASKED = ["stands", "assessed", "judged", "standings", "pathway", "decided", "names"]
_OFTEN_ASKED += ["tested", "goals", "_facts", "_labels"]

#: What `View.assessed` has of `standings.judged`.
STANDS = ["level", "tenth", "compared", "motion", "pace", "standing", "sense"]
STANDS += ["old", "own_base", "absolute", "law", "lawful"]

#: The scope of a target that somebody only tries out.
TRIED = "tried"


@dataclass(frozen=True, repr=False)
class View:
    """One municipality's figures as one reader sees them; `view` makes it.

    Attributes
    ----------
    group : str
        Name of the group in ``data.groups`` that it is compared with.
    peers : tuple of str
        The other members of the group; given by name they become numbers.
    abroad : tuple of str
        Cities of `Dataset.abroad` that levels are compared with, too.
    """

    data: Dataset
    number: str
    name: str
    group: str
    peers: tuple[str, ...]
    language: Language
    abroad: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Have all by number, whatever it was named by, and the name that goes with it."""
        number = self.data.municipality(self.number)
        peers = tuple(peer for peer in self.data.numbers(self.peers) if peer != number)
        known = {"number": number, "name": self.data.name(number), "peers": peers}
        for field, value in known.items():
            object.__setattr__(self, field, value)

    @cached_property
    def stands(self) -> pd.DataFrame:
        """Where each series of the municipality stands, its rows of `standings.judged`."""
        return hashing.select_rows(judged(self.data), self.number)

    @cached_property
    def assessed(self) -> pd.DataFrame:
        """Rows of `assess`, where each stands (`STANDS`), facts of its measure; in KPIs' order."""
        names = {"code": "kpi", "number": "place_in_set", "dimension": "dimension"}
        names |= {"name_nb": "kpi_nb", "name_en": "kpi_en"}
        kpis = self.data.kpis[[*names]].rename(columns=names)
        rows = self.data.measures.merge(kpis, on="kpi", how="left").merge(
            assess(self.data, self.number, self.peers, self.peers_by_year), on="measure"
        )
        # Copied, its columns lie together by type, and are selected from sooner.
        rows = rows.merge(self.stands[["measure", *STANDS]], on="measure").copy()
        order = ["direct", "proxy", "component", "context"].index
        return rows.sort_values(
            ["place_in_set", "relation"],
            key=lambda cells: cells.map(order) if cells.name == "relation" else cells,
            ignore_index=True,
        )

    @cached_property
    def tested(self) -> pd.DataFrame:
        """How often ranges of each measure held, as `record.tested` returns it."""
        return tested(self.data)

    @cached_property
    def peers_by_year(self) -> pd.DataFrame:
        """The range of the peers' figures per measure and year, as `peer_range` returns it."""
        return peer_range(self.figures_of_peers, self.data.measures, (*self.peers, *self.abroad))

    @cached_property
    def figures_of_peers(self) -> pd.DataFrame:
        """The peers' rows of ``observations``."""
        return self.data.figures_of(*self.peers, *self.abroad)

    def others(self, measure: str, year: int) -> list[float]:
        """Return the peers' figures of a measure for a year."""
        rows = self._of_measure("figures_of_peers", measure)
        values: list[float] = rows.loc[rows["year"] == year, "value"].tolist()
        return values

    def peers_of(self, measure: str) -> pd.DataFrame:
        """Return the rows of `peers_by_year` for a measure, by year."""
        return self._of_measure("peers_by_year", measure)

    def compared(self, measure: str, least: int) -> pd.DataFrame:
        """Return the rows of `peers_of` for the municipality's own years with so many peers."""
        rows = self.peers_of(measure)
        return rows[(rows["peers"] >= least) & rows["year"].isin(self.own(measure)["year"])]

    @cached_property
    def judged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The municipality's rows of `judgements`: now, and some figures earlier."""
        now, before = judgements(self.data)
        return hashing.select_rows(now, self.number), hashing.select_rows(before, self.number)

    @cached_property
    def _verdicts(self) -> tuple[dict[str, list[dict[Any, Any]]], ...]:
        return tuple(
            {str(measure): records(part) for measure, part in rows.groupby("measure")}
            for rows in self.judged
        )

    def verdicts(self, measure: str) -> tuple[Sequence[Row], Sequence[Row]]:
        """Return the rows of `judged` for a measure: now, and some figures earlier."""
        name = str(self.measure(measure)["measure"])
        now, before = (rows.get(name, []) for rows in self._verdicts)
        return now, before

    @cached_property
    def _units(self) -> dict[str, Row]:
        # A sentence asks for a unit several times, and looking up a row takes longer than writing.
        return {str(row["unit"]): row for row in records(self.data.units)}

    def unit(self, key: str) -> Row:
        """Return the row of ``units`` for a unit."""
        return self._units[key]

    @cached_property
    def _labels(self) -> dict[str, dict[str, dict[Hashable, Any]]]:
        """The rows of ``labels`` by kind and key."""
        found: dict[str, dict[str, dict[Hashable, Any]]] = {}
        for row in records(self.data.labels):
            found.setdefault(row["kind"], {}).setdefault(row["key"], row)
        return found

    def keys(self, kind: str) -> list[str]:
        """Return the keys of all dimensions, categories, goals, groups or publishers."""
        return list(self._labels.get(kind, {}))

    def label(self, kind: str, key: object) -> str:
        """Return the name of a dimension, category, goal, group or publisher; else its key."""
        row = self._labels.get(kind, {}).get(str(key))
        return self.language.name(row) if row else str(key)

    @property
    def group_name(self) -> str:
        """The group's name in the reader's language."""
        return self.label("group", self.group)

    @cached_property
    def _facts(self) -> dict[str, pd.Series]:
        return {str(row["measure"]): row for _, row in self.data.measures.iterrows()}

    def measure(self, name: str) -> pd.Series:
        """Return the row of ``measures`` for a measure.

        Raises
        ------
        UsageError
            If there is no such measure; the sentence names the nearest ones.
        """
        known = self._facts.get(name) if isinstance(name, str) else None
        return self.data.measure(name) if known is None else known

    @cached_property
    def decided(self) -> dict[str, str]:
        """The sentences on the targets that the municipality decided itself, by measure."""
        rows = self.data.own_targets
        rows = rows[rows["municipality"] == self.number]
        return {
            row["measure"]: self.say(
                "common.own.sentence", phrase=own_targets.phrase(row, self.language)
            )
            for row in records(rows)
        }

    def basis(self, key: str, row: Row, field: str = "target_basis") -> str:
        """Return the sentence on who decided a measure's target, or `key` with its basis."""
        own = self.decided.get(str(row["measure"])) if row.get("target_scope") != TRIED else ""
        return own or self.say(key, basis=self.language.name(row, field))

    def scope(self, scope: str, measure: str) -> str:
        """Return whom a target binds; '' where the sentence on who decided it says so."""
        decided = measure in self.decided and scope != TRIED
        return "" if decided else self.say(f"common.scope.{scope}")

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the reader's language; ``name`` is the municipality."""
        return self.language.say(key, **{"name": self.name, **values})

    def some(self, names: Sequence[str], most: int = 3) -> str:
        """Return names as a list, cut where it would no longer be read; '' for none."""
        if not names:
            return ""
        rest = self.say("common.and_more", count=len(names) - most)
        return self.language.listed(names if len(names) <= most + 1 else [*names[:most], rest])

    @cached_property
    def newest(self) -> int:
        """The year of the newest figure of all municipalities."""
        return int(self.data.observations["year"].max())

    def by(self, year: float) -> str:
        """Return a target's year, and that it is over if later years have figures; '' for none."""
        if pd.isna(year):
            return ""
        return self.say("common.by_over", year=int(year)) if year < self.newest else str(int(year))

    @cached_property
    def figures(self) -> pd.DataFrame:
        """The municipality's rows of ``observations``."""
        return hashing.select_rows(self.data.observations, self.number)

    @cached_property
    def alone(self) -> Dataset:
        """The dataset with the figures of this municipality alone, in which all is found sooner."""
        return replace(self.data, observations=self.figures)

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """The municipality's rows of ``set_aside``."""
        return hashing.select_rows(self.data.set_aside, self.number)

    def aside(self, measure: str) -> pd.DataFrame:
        """Return the municipality's rows of ``set_aside`` for a measure, by year."""
        return self._of_measure("set_aside", measure)

    def own(self, measure: str) -> pd.DataFrame:
        """Return the municipality's rows of ``observations`` for a measure, by year."""
        return self._of_measure("figures", measure)

    @cached_property
    def _parts(self) -> dict[str, dict[str, pd.DataFrame]]:
        return {}

    def _of_measure(self, table: str, measure: str) -> pd.DataFrame:
        """Return the rows of one of this view's tables for a measure; refuse one that is none."""
        rows: pd.DataFrame = getattr(self, table)
        if table not in self._parts:
            groups = rows.sort_values("year", kind="stable").groupby("measure", sort=False)
            self._parts[table] = {str(key): part for key, part in groups}
        found = self._parts[table].get(measure) if isinstance(measure, str) else None
        if found is None:
            found = self._parts[table].get(self.measure(measure)["measure"], rows.iloc[:0])
        return found

    @property
    def first_recent(self) -> int:
        """The first year whose figures are not called old."""
        return self.newest - OLD

    @cached_property
    def standings(self) -> pd.DataFrame:
        """Where each of the 91 KPIs stands, as `standings.standings` returns it."""
        return standings(self.data, self.number)

    @cached_property
    def goals(self) -> pd.DataFrame:
        """The UN goals that have KPIs, as `standings.ranked` orders and counts them."""
        return ranked(self.standings)

    @cached_property
    def pathway(self) -> Pathway | None:
        """The path to the target for emissions, as `emissions.pathway` returns it."""
        return pathway(self.data, self.number)

    @cached_property
    def traits(self) -> pd.DataFrame:
        """What municipalities are alike in, as `similarity.traits` returns it."""
        return all_traits(self.data)

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the municipalities by number."""
        return self.data.municipalities.set_index("number")["name"].astype(str).to_dict()

    @cached_property
    def former(self) -> dict[str, str]:
        """The names that municipalities had by each number that they had."""
        return self.data.municipality_history.set_index("number")["name"].astype(str).to_dict()

    @cached_property
    def similar(self) -> pd.DataFrame:
        """The municipalities most like this one, as `similarity.similar` returns them."""
        return similar(self.traits, self.number)

    @cached_property
    def beside(self) -> pd.DataFrame:
        """How far peers and similar ones came, as `similarity.pairs` and `reached` return it."""
        data, others = self.data, [*self.peers, *self.similar["municipality"]]
        rows = beside(data, self.number, others)
        goals = hashing.select_rows(trends_and_goals(data)[1], *rows["municipality"].unique())
        return reached(rows, goals, data.measures)

    def copy(self) -> View:
        """Return a view in which all is found that is found here; tables may be changed in it."""
        other = replace(self)
        other.__dict__.update({name: _copied(value) for name, value in self.__dict__.items()})
        return other

    def foresee(self) -> None:
        """Find what most briefs ask for, so that each of several need not find it."""
        for asked in _OFTEN_ASKED:
            getattr(self, asked)

    def __repr__(self) -> str:
        who = f"{self.number} {self.name}, compared with {self.group} ({len(self.peers)} others)"
        return f"{who}, in {self.language.code}"


def records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a table as dicts: what ``to_dict("records")`` does, many times sooner."""
    names = list(table.columns)
    cells = zip(*(column.tolist() for _, column in table.items()), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def _copied(found: Any) -> Any:
    if isinstance(found, tuple):
        return tuple(_copied(part) for part in found)
    return found.copy(deep=False) if isinstance(found, pd.DataFrame) else found


def view(
    data: Dataset | View | str | Path | None,
    municipality: str | int,
    language: str = "nb",
    peers: str = "",
) -> View:
    """Return the view of a municipality that the briefs are made from.

    Parameters
    ----------
    data : Dataset or View, or the folder to load it from; None: the project's own
    municipality : str or int
        A number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    peers : str
        A group in ``data/groups.csv``; empty: the one of `Dataset.default_group`.

    Raises
    ------
    UsageError
        If the municipality, the group or the language is not known, or the figures do not come
        first.

    Examples
    --------
    >>> import workbench as wb
    >>> view = wb.view(None, "Bærum", language="en", peers="county-akershus")
    >>> rows = view.assessed.set_index("measure")
    >>> rows.loc["voter_turnout_storting", ["last", "last_year", "outcome"]].to_dict()
    {'last': 86.2462, 'last_year': 2025, 'outcome': 'unclear'}
    """
    if isinstance(municipality, Dataset | View):
        raise UsageError(
            'The figures come first and the municipality second: wb.view(data, "Bærum").'
        )
    data = data.data if isinstance(data, View) else data
    asked = [str(one) if isinstance(one, int) else one for one in (municipality, language, peers)]
    if not isinstance(data, Dataset) and all(isinstance(one, str) for one in asked):
        return shared(data, *map(str, asked)).copy()
    data = data if isinstance(data, Dataset) else load(data)
    number = data.municipality(municipality)
    group = data.default_group(number) if isinstance(peers, str) and not peers else peers
    members = tuple(data.group(group))
    return View(data, number, data.name(number), group, members, Language(language))


def shared(folder: str | Path | None, municipality: str, language: str, peers: str) -> View:
    """Return the view that `view` hands out copies of, with what has been found in it so far.

    A worker finds in it what several briefs ask for, before it forks a process for each.
    """
    return _shared(key(folder), folder, municipality, language, peers)


@lru_cache(maxsize=8)
def _shared(_: str, folder: str | Path | None, *asked: str) -> View:
    return view(load(folder), *asked)
