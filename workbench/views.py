"""What a brief is about: whose figures, compared with whom, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from workbench import html
from workbench.assessment import assess, judgements, peer_range
from workbench.dataset import Dataset
from workbench.html import Column, Html
from workbench.language import Language


@dataclass(frozen=True, repr=False)
class View:
    """One municipality's figures as one reader sees them; `view` makes it.

    Attributes
    ----------
    data : Dataset
    number, name : str
        The municipality.
    group : str
        Name of the group in ``data.groups`` that it is compared with.
    peers : tuple of str
        The other members of the group.
    language : Language
    """

    data: Dataset
    number: str
    name: str
    group: str
    peers: tuple[str, ...]
    language: Language

    @cached_property
    def assessed(self) -> pd.DataFrame:
        """What `assess` says, with the facts of each measure; in the order of the KPIs."""
        rows = assess(self.data, self.number, self.peers)
        kpis = self.data.kpis[["code", "number", "dimension", "name_nb", "name_en"]].rename(
            columns={"code": "kpi", "number": "place_in_set"}
        )
        kpis = kpis.rename(columns={"name_nb": "kpi_nb", "name_en": "kpi_en"})
        facts = self.data.measures.merge(kpis, on="kpi", how="left")
        rows = facts.merge(rows, on="measure")
        relation = pd.Categorical(
            rows["relation"], ["direct", "proxy", "component", "context"], ordered=True
        )
        return (
            rows.assign(order=relation)
            .sort_values(["place_in_set", "order"], kind="stable", na_position="last")
            .drop(columns="order")
            .reset_index(drop=True)
        )

    @cached_property
    def peers_by_year(self) -> pd.DataFrame:
        """What the peers' figures are per measure and year, as `peer_range` returns it."""
        return peer_range(self.data.observations, self.data.measures, self.peers)

    @cached_property
    def judged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The municipality's rows of `judgements`: now, and some figures earlier."""
        now, before = judgements(self.data)
        return now[now["municipality"] == self.number], before[
            before["municipality"] == self.number
        ]

    @cached_property
    def units(self) -> pd.DataFrame:
        """How units are written, by unit."""
        return self.data.units.set_index("unit")

    def unit(self, key: str) -> pd.Series:
        """Return the row of ``units`` for a unit."""
        return self.units.loc[key]

    def label(self, kind: str, key: object) -> str:
        """Return the name of a dimension, category, goal, group or publisher."""
        rows = self.data.labels
        found = rows[(rows["kind"] == kind) & (rows["key"] == str(key))]
        return self.language.name(found.iloc[0])

    @property
    def group_name(self) -> str:
        """The group's name in the reader's language."""
        known = self.data.labels
        named = known[(known["kind"] == "group") & (known["key"] == self.group)]
        return self.language.name(named.iloc[0]) if len(named) else self.group

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the reader's language; ``name`` is the municipality."""
        return self.language.say(key, **{"name": self.name, **values})

    def own(self, measure: str) -> pd.DataFrame:
        """Return the municipality's rows of ``observations`` for a measure, by year."""
        rows = self.data.observations
        own = (rows["measure"] == measure) & (rows["municipality"] == self.number)
        return rows[own].sort_values("year")

    def title(self, brief: str) -> Html:
        """Return the heading of a brief: its question, and what it is about."""
        return html.join(
            html.paragraph(self.say(f"{brief}.kicker"), "kicker"),
            html.heading(self.say(f"{brief}.title"), 1),
        )

    def comparison(self) -> Html:
        """Return the sentence that says whom the municipality is compared with."""
        text = self.say("common.peers_explained", group=self.group_name, count=len(self.peers))
        return html.paragraph(text, "note")

    def sources(self, measures: list[str]) -> Html:
        """Return where the figures of these measures come from, with licence and years."""
        say, language = self.language.say, self.language
        facts = self.data.measures.set_index("measure")
        columns = [
            Column(say(f"common.{key}"))
            for key in ("measure", "source", "table", "licence", "years")
        ]
        rows: list[list[str | Markup]] = []
        for measure in measures:
            row, years = facts.loc[measure], self.own(measure)["year"]
            published = self.label("publisher", row["publisher"])
            note = language.name(row, "note")
            named = Markup("{}{}").format(
                language.name(row), Markup("<br><small>{}</small>").format(note) if note else ""
            )
            span = (
                language.span(years.min(), years.max()) if len(years) else say("common.no_figure")
            )
            table = "" if pd.isna(row["table"]) else row["table"]
            rows.append([named, published, table, row["licence"], span])
        return html.join(
            html.heading(say("common.sources")),
            html.paragraph(say("common.sources_lead")),
            html.table(columns, rows, say("common.sources"), "sources", titled=True),
        )

    def __repr__(self) -> str:
        return (
            f"{self.number} {self.name}, compared with {self.group} "
            f"({len(self.peers)} others), in {self.language.code}"
        )


def view(
    data: Dataset | str | Path | None,
    municipality: str,
    language: str = "nb",
    peers: str = "",
) -> View:
    """Return the view of a municipality that the briefs are made from.

    Parameters
    ----------
    data : Dataset, or the folder to load it from
    municipality : str
        A number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    peers : str
        A group in ``data/groups.csv``; empty: the one of `Dataset.default_group`.

    Raises
    ------
    UsageError
        If the municipality, the group or the language is not known.
    """
    from workbench.dataset import load

    loaded = data if isinstance(data, Dataset) else load(data)
    number = loaded.municipality(municipality)
    group = peers or loaded.default_group(number)
    members = tuple(member for member in loaded.group(group) if member != number)
    return View(loaded, number, loaded.name(number), group, members, Language(language))
