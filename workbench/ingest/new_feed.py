"""``python -m workbench feed TABLE``: a new measure from any table of Statistics Norway.

The table is shown as it describes itself, with a preview of one municipality. What is missing from
the options is asked for; then ``measures.csv`` and ``sources/feeds.csv`` have a row more, and
``observations/`` a file without figures, for `update` to fill.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.dataset import Dataset, loading, schema
from workbench.errors import UsageError, suggest
from workbench.ingest import feeds, observations
from workbench.ingest.feeds import Feed
from workbench.ingest.sources import Labels, Source
from workbench.ingest.ssb.client import SourceError
from workbench.ingest.ssb.jsonstat import Cube
from workbench.ingest.ssb.pxweb import CONTENTS
from workbench.storage import files
from workbench.storage.csv_rows import Row, rewrite

#: How many codes of a variable are listed.
_LISTED = 12

#: How signs that steer a selection are written within a label.
_SIGNS = str.maketrans({'"': "%22", "%": "%25"})

#: What a measure can be to a KPI.
RELATIONS = ("direct", "proxy", "component", "context")

#: Files that a new feed changes, beside that of its figures.
_TABLES = ("measures.csv", "sources/feeds.csv", schema.PACKAGE, schema.FIGURES)

Ask = Callable[[str], str]


def shown(about: Cube, place: str) -> Iterator[str]:
    """Yield a table's title, years and variables with their codes and labels, as lines."""
    yield f"{about.title} (as of {about.updated[:10]})"
    years = about.codes[about.time]
    yield f"{about.time}: {years[0]} to {years[-1]}, {len(years)} periods"
    for name, codes in about.codes.items():
        if name in (place, about.time):
            continue
        may = ", may be left out" if name in about.eliminable else ""
        yield f"{name} ({about.names.get(name, name)}): {len(codes)} codes{may}"
        for code in codes[:_LISTED]:
            unit = f" [{about.units[code]}]" if about.units.get(code) else ""
            yield f"  {code}  {about.labels[name].get(code, '')}{unit}"
        if len(codes) > _LISTED:
            yield f"  and {len(codes) - _LISTED} more"


def place_of(about: Cube, numbers: set[str]) -> str:
    """Return the variable of municipalities: the one with most of their numbers."""
    count = {
        name: len(observations.places(codes, numbers)[0]) for name, codes in about.codes.items()
    }
    count.pop(about.time, None)
    best = max(count, key=lambda name: count[name], default="")
    if not best or not count[best]:
        raise SourceError(f"{about.title} has no municipalities. Nothing was written.")
    return best


def make(
    options: argparse.Namespace, data: Dataset, source: Source, ask: Ask | None
) -> Iterator[str]:
    """Add the feed and measure that options describe, and yield what is to be read, as lines.

    `ask` returns the answer to a question, for what no option says; without it that is refused.

    Raises
    ------
    UsageError
        If something is missing, or is not one of what is allowed.
    SourceError
        If the table has not what was chosen, or no figure of it.
    """
    table = Table.described(options.table, options.codelist, data, source)
    yield from shown(table.about, table.feed.place)
    chosen = table.chosen(options.choose, ask)
    found = table.preview(chosen, options.municipality)
    figures = [f"{row.year} {row.value:.10g}" for row in found.itertuples()]
    yield f"{data.name(data.municipality(options.municipality))}: {', '.join(figures)}"
    row = measure(options, data, ask, table.title(chosen))
    if options.dry_run:
        yield "Dry run: nothing was written."
        return
    table.add(options.data, row, chosen, found)
    yield f"{row['measure']} is in measures.csv and sources/feeds.csv."
    yield f"Fetch its figures: python -m workbench update --measure {row['measure']}"


@dataclass(frozen=True)
class Table:
    """A table of Statistics Norway, as it describes itself, on its way to a feed and measure."""

    about: Cube
    feed: Feed
    data: Dataset
    source: Source

    @classmethod
    def described(
        cls, number: str, codelists: Sequence[str], data: Dataset, source: Source
    ) -> Table:
        """Return a table as the source describes it; `codelists` as in ``Region=agg_KommSummer``.

        Raises
        ------
        UsageError
            If it is no number of a table.
        SourceError
            If there is no such table, or no municipality in it.
        """
        if not re.fullmatch(r"[0-9A-Za-z]{1,20}", number):
            raise UsageError(f'"{number}" is no number of a table. Give digits, such as 12134.')
        empty = dict.fromkeys(Feed.__dataclass_fields__, "")
        lists = "; ".join(codelists)
        feed = Feed(**{**empty, "source": "pxweb", "table": number, "codelists": lists})
        about = source.describe(feed)
        place = place_of(about, set(data.municipality_history["number"]))
        return cls(about, replace(feed, place=place), data, source)

    def at(self, source: Source) -> Table:
        """Return the table to be asked by another source, as by one that is still open."""
        return replace(self, source=source)

    @property
    def open(self) -> list[str]:
        """The variables of which codes must be chosen: all but municipality and time."""
        return [
            name
            for name, codes in self.about.codes.items()
            if (name == CONTENTS or name not in self.about.eliminable)
            and name not in (self.feed.place, self.about.time)
            and len(codes) > 1
        ]

    def chosen(self, given: Sequence[str], ask: Ask | None = None) -> feeds.Selection:
        """Return the codes or labels of each open variable, as in ``ContentsCode=KOS01``."""
        chosen = feeds.selection_of("; ".join(given))
        for name in self.open:
            if name in chosen:
                continue
            if not ask:
                raise UsageError(f"{name} is not chosen. Give --choose {name}=CODE.")
            chosen |= feeds.selection_of(f"{name}={ask(f'Code of {name}: ').strip()}")
        return chosen

    def title(self, chosen: feeds.Selection) -> str:
        """Return what the table calls the figures that were chosen."""
        contents = self._feed(chosen)[1]
        return self.about.labels[CONTENTS].get(contents, self.about.title)

    def preview(self, chosen: feeds.Selection, municipality: str) -> pd.DataFrame:
        """Return a municipality's figures, with year and value.

        Raises
        ------
        SourceError
            If the table has none for this choice.
        """
        (number,) = self.data.numbers([municipality])
        feed, _ = self._feed(chosen)
        answer = self.source.ask(feed, self.about, {number}, None)
        found = observations.observations(feed, self.about, answer.cells, float("nan"), None)
        if found.empty:
            raise SourceError(f"Table {feed.table} has no figure of {number} for this choice.")
        return found

    def add(self, folder: Path, row: Row, chosen: feeds.Selection, found: pd.DataFrame) -> None:
        """Write the measure `row` and its feed; `found`, a preview, says within which bounds."""
        feed, contents = self._feed(chosen)
        share = row["unit"].startswith("percent") and (found["value"] <= 100).all()
        today = str(self.data.municipality_history["first_year"].max())
        listed = self.feed.place in feeds.selection_of(self.feed.codelists)
        row |= {
            "lower_bound": "0.0" if (found["value"] >= 0).all() else "",
            "upper_bound": "100.0" if share else "",
            "boundaries": today if listed else "year",
        }
        made = {
            **vars(feed),
            "measure": row["measure"],
            "selection": _by_label(feed, self.source.labels(feed, self.about)),
            "unit": self.about.units.get(contents, ""),
            "verified": "never",
            "confidence": "medium",
            "basis": "Chosen by a user from what the table said of itself.",
        }
        _write(folder, row, made)

    def _feed(self, chosen: feeds.Selection) -> tuple[Feed, str]:
        """Return the feed of a choice by its codes, and the code of its contents."""
        several = any(len(codes) > 1 for codes in chosen.values())
        kind = "sum" if several else "value"
        feed = replace(self.feed, selection=feeds.as_text(chosen), transformation=kind)
        feed = feeds.by_code(feed, self.source.labels(feed, self.about))
        codes = feeds.selection_of(feed.selection).get(CONTENTS) or self.about.codes[CONTENTS]
        return feed, codes[0]


def usual_relation(kpi: str) -> str:
    """Return what a new measure is taken for beside a KPI, or without one."""
    return "proxy" if kpi else "context"


def measure(options: argparse.Namespace, data: Dataset, ask: Ask | None, title: str) -> Row:
    """Return the row of a measure as options describe it, but for its bounds and boundaries."""

    def answer(name: str, question: str, allowed: Iterable[str] = (), default: str = "") -> str:
        given, known = getattr(options, name) or "", [*allowed]
        if not given and ask:
            few = f" ({', '.join(known)})" if 0 < len(known) <= _LISTED else ""
            given = ask(f"{question}{few}{f' [{default}]' if default else ''}: ").strip()
        given = given or default
        if known and given not in known:
            wrong = f'"{given}" is not allowed.' if given else "is missing."
            raise UsageError(f"--{name.replace('_', '-')} {wrong} {suggest(given, known)}".rstrip())
        return given

    catalogue = loading.read_catalogue(options.data)
    row = dict.fromkeys(data.measures.columns, "")
    row["unit"] = answer("unit", "Unit", catalogue["units"]["unit"])
    row["direction"] = answer("direction", "1 up is good, -1 down is good", ["1", "-1", "0"])
    row["kpi"] = answer("kpi", "KPI, empty for none", ["", *catalogue["kpis"]["code"]])
    usual = usual_relation(row["kpi"])
    row["relation"] = answer("relation", "Relation to the KPI", RELATIONS, usual)
    row["name_nb"] = answer("name_nb", "Name in Bokmål", default=title)
    row["name_en"] = answer("name_en", "Name in English", default=row["name_nb"])
    row["differs_nb"] = answer("differs_nb", "How it differs, in Bokmål")
    row["differs_en"] = answer("differs_en", "How it differs, in English")
    slug = re.sub(r"[^a-z0-9]+", "_", row["name_en"].casefold())[:60].strip("_")
    row["measure"] = answer("measure", "Name of the measure", default=slug)
    if row["measure"] in set(catalogue["measures"]["measure"]):
        raise UsageError(f"There is a measure {row['measure']} already. Give another --measure.")
    row |= {"window": "1", "interval": "1", "growth": "no", "publisher": "SSB"}
    row |= {"table": options.table, "licence": "NLOD 2.0 / CC BY 4.0"}
    row["aggregation"] = "sum" if options.sum else "mean"
    return row


def _by_label(feed: Feed, labels: Labels) -> str:
    """Return the selection of a feed by labels, but for a variable where two codes have one."""
    chosen = feeds.selection_of(feed.selection)
    for name, codes in chosen.items():
        texts = [labels.get(name, {}).get(code, "") for code in codes]
        quoted = {name: [f'"{text.translate(_SIGNS)}"' for text in texts]}
        try:
            named = feeds.by_code(replace(feed, selection=feeds.as_text(quoted)), labels)
        except SourceError:
            continue
        if feeds.selection_of(named.selection) == {name: codes}:
            chosen[name] = quoted[name]
    return feeds.as_text(chosen)


def _write(folder: Path, measure: Row, feed: Row) -> None:
    """Add the rows and a file for figures; put all back if the folder cannot be read then."""
    before = {name: (folder / name).read_bytes() for name in _TABLES}
    figures = folder / "observations" / f"{measure['measure']}.csv"
    try:
        rewrite(folder, "measures.csv", lambda rows: [*rows, measure])
        rewrite(folder, "sources/feeds.csv", lambda rows: [*rows, feed])
        files.write(figures, "municipality,year,value,numerator,denominator,status\n")
        describe(folder)
        loading.read_catalogue(folder)
        feeds.read(folder)
    except Exception:
        for name, content in before.items():
            files.write(folder / name, content.decode("utf-8"))
        figures.unlink(missing_ok=True)
        raise


def describe(folder: Path) -> int:
    """Bring a folder's description in line with its measures; return how many tables it has."""
    described = loading.describe_observations(folder)
    figures = schema.own()[schema.OBSERVATIONS]["schema"]
    for name, content in {schema.FIGURES: figures, schema.PACKAGE: described}.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        files.write(files.below(folder, folder / name), text)
    return len(described["resources"])
