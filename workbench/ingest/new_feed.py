"""``python -m workbench feed TABLE``: a new measure from any table of Statistics Norway.

The table is shown as it describes itself, with a preview of one municipality. What is missing from
the options is asked for; then ``measures.csv`` and ``sources/feeds.csv`` have a row more, and
``observations/`` a file without figures, for `update` to fill.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
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
    numbers = set(data.municipality_history["number"])
    feed = Feed(*[""] * len(Feed.__dataclass_fields__))
    lists = "; ".join(options.codelist)
    feed = feeds.replace(feed, source="pxweb", table=options.table, codelists=lists)
    about = source.describe(feed)
    feed = feeds.replace(feed, place=place_of(about, numbers), transformation="value")
    yield from shown(about, feed.place)

    def answer(
        name: str, question: str, allowed: list[str] | None = None, default: str = ""
    ) -> str:
        given = getattr(options, name, None) or ""
        if not given and ask:
            few = f" ({', '.join(allowed)})" if allowed and len(allowed) <= _LISTED else ""
            given = ask(f"{question}{few}{f' [{default}]' if default else ''}: ").strip()
        given = given or default
        if allowed is not None and given not in allowed:
            wrong = f'"{given}" is not allowed.' if given else "is missing."
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{option} {wrong} {suggest(given, allowed)}".rstrip())
        return given

    chosen = feeds.selection_of("; ".join(options.choose))
    labels = source.labels(feed, about)
    for name, codes in about.codes.items():
        if name in chosen or name in (feed.place, about.time) or len(codes) == 1:
            continue
        if name == CONTENTS or name not in about.eliminable:
            if not ask:
                raise UsageError(f"{name} is not chosen. Give --choose {name}=CODE.")
            chosen[name] = [ask(f"Code of {name}: ").strip()]
    feed = feeds.replace(feed, selection=feeds.as_text(chosen))
    if any(len(codes) > 1 for codes in chosen.values()):
        feed = feeds.replace(feed, transformation="sum")
    feed = feeds.by_code(feed, labels)
    number = data.numbers([options.municipality])[0]
    found = _preview(source, feed, about, number, numbers)
    yield f"{data.name(number)}: " + ", ".join(
        f"{row.year} {row.value:.10g}" for row in found.itertuples()
    )

    catalogue = loading.read_catalogue(options.data)
    unit = answer("unit", "Unit", list(catalogue["units"]["unit"]))
    direction = answer("direction", "Direction: 1 up is good, -1 down is good", ["1", "-1", "0"])
    kpi = answer("kpi", "KPI, empty for none", ["", *catalogue["kpis"]["code"]])
    kinds = ["direct", "proxy", "component", "context"]
    relation = answer("relation", "Relation to the KPI", kinds, "proxy" if kpi else "context")
    contents = (feeds.selection_of(feed.selection).get(CONTENTS) or about.codes[CONTENTS])[0]
    title = about.labels[CONTENTS].get(contents, about.title)
    name_nb = answer("name_nb", "Name in Bokmål", default=title)
    name_en = answer("name_en", "Name in English", default=name_nb)
    differs = [answer(f"differs_{code}", f"How it differs ({code})") for code in ("nb", "en")]
    slug = re.sub(r"[^a-z0-9]+", "_", name_en.casefold()).strip("_")[:60].strip("_")
    measure = answer("measure", "Name of the measure", default=slug)
    if measure in set(catalogue["measures"]["measure"]):
        raise UsageError(f"There is a measure {measure} already. Give another --measure.")
    share, today = unit.startswith("percent"), str(data.municipality_history["first_year"].max())
    row = {
        "measure": measure,
        "kpi": kpi,
        "relation": relation,
        "name_nb": name_nb,
        "name_en": name_en,
        "unit": unit,
        "direction": direction,
        "lower_bound": "0.0" if (found["value"] >= 0).all() else "",
        "upper_bound": "100.0" if share and (found["value"] <= 100).all() else "",
        "aggregation": "sum" if options.sum else "mean",
        "boundaries": today if feed.place in feeds.selection_of(lists) else "year",
        "window": "1",
        "interval": "1",
        "growth": "no",
        "publisher": "SSB",
        "table": options.table,
        "licence": "NLOD 2.0 / CC BY 4.0",
        "differs_nb": differs[0],
        "differs_en": differs[1],
    }
    feed = feeds.replace(
        feed,
        measure=measure,
        selection=_by_label(feed, labels),
        unit=about.units.get(contents, ""),
        verified="never",
        confidence="medium",
        basis="Chosen by a user from what the table said of itself.",
    )
    if options.dry_run:
        yield "Dry run: nothing was written."
        return
    _write(options.data, row, {**vars(feed)})
    yield f"{measure} is in measures.csv and sources/feeds.csv."
    yield f"Fetch its figures: python -m workbench update --measure {measure}"


def _preview(
    source: Source, feed: Feed, about: Cube, number: str, numbers: set[str]
) -> pd.DataFrame:
    """Return the figures of one municipality."""
    answer = source.ask(feed, about, {number} & numbers, None)
    found = observations.observations(feed, about, answer.cells, float("nan"), None)
    if found.empty:
        raise SourceError(
            f"Table {feed.table} has no figure of {number} for this choice. Nothing was written."
        )
    return found


def _by_label(feed: Feed, labels: Labels) -> str:
    """Return the selection of a feed with the label of each code that has one of its own."""
    chosen = feeds.selection_of(feed.selection)
    for name, codes in chosen.items():
        known = labels.get(name, {})
        texts = [" ".join(known.get(code, "").split()) for code in codes]
        own = [text and '"' not in text and "%" not in text for text in texts]
        quoted = [
            f'"{text}"' if good else code
            for text, good, code in zip(texts, own, codes, strict=True)
        ]
        as_before = feeds.replace(feed, selection=feeds.as_text({name: quoted}))
        try:
            if feeds.by_code(as_before, labels).selection == feeds.as_text({name: codes}):
                chosen[name] = quoted
        except SourceError:  # two codes have the label
            continue
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
