"""The front page of a municipality: the answers of its briefs, and where each UN goal stands.

Made from frames once the briefs are there; it links only what lies in the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from workbench.analysis.outlook import HORIZON
from workbench.analysis.similarity import similar
from workbench.analysis.standings import SENSES, STANDINGS
from workbench.batch import manifest
from workbench.batch.manifest import Ledger
from workbench.batch.plan import Front, Work
from workbench.batch.site import SYMBOLS, Rows, Run, environment, head, mark, own_name
from workbench.briefs import pieces
from workbench.briefs.view import FILES, View, view
from workbench.dataset import load
from workbench.language.translator import languages
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.rendering.page import title_of

#: The UN goal that the line on climate is about.
CLIMATE = 13

#: How many of the most similar municipalities the summary names.
_CALLED = 3


def works(
    run: Run,
    again: Iterable[str],
    force: bool = False,
    known: Mapping[str, Ledger] | None = None,
) -> list[Work]:
    """Return the front pages that are due, a piece of work for each municipality.

    Parameters
    ----------
    run : Run
    again : iterable of str
        Numbers of the municipalities whose pages are made again if they would be others. Those of
        municipalities beside are made where they are missing beside their briefs.
    force : bool
        Make them again even if they would be the same.
    known : mapping of str to Ledger, optional
        Ledgers that have been read already and not been written to since, by their names.
    """
    there, wanted, ledgers = manifest.listing(run.out), set(again), dict(known or {})
    ledgers |= manifest.read_all(run.out, there, ledgers)
    held: dict[str, list[str]] = {}
    for path in there:
        folder, _, name = path.partition("/")
        held.setdefault(folder, []).append(name)
    found = []
    for number in run.names:
        name = run.folder(number).name
        inside = held.get(name, [])
        # Asked by name, since a bucket has no folders.
        codes = languages_of(inside)
        if number not in wanted:
            codes = [code for code in codes if f"index.{code}.html" not in inside]
        if not codes:
            continue
        said = ledgers.get(name, Ledger(run.out, name))
        keys = {code: run.key(number, code, inside) for code in codes}
        due = {
            code: key
            for code, key in keys.items()
            if force or number not in wanted or not said.current(f"index.{code}", key, there)
        }
        if due:
            asked = Front(run.day, run.first, run.peers, run.figures_hash, tuple(due.items()))
            place = "" if run.data.is_own else str(run.data.path.resolve())
            found.append(Work(run.out, name, (), number=number, figures=place, front=asked))
    return found


def make(wanted: Work) -> list[str]:
    """Write the front pages of a piece of work; return what failed, a line each."""
    if wanted.front is None:
        return []
    asked, failed = wanted.front, []
    run = _run(wanted.figures, wanted.out, asked.day, asked.first, asked.peers, asked.figures_hash)
    for code, key in asked.keys:
        page = wanted.out / wanted.name / f"index.{code}.html"
        failed += run.write(page, page.stem, key, partial(front_page, run, wanted.number, code))
    return failed


@lru_cache(maxsize=1)
def _run(figures: str, out: Path, day: date, first: str, peers: str, _hash: str) -> Run:
    """Return what the pages of a run are made from; the same for all that one process makes."""
    return Run(load(figures or None), day, out, first, peers)


def front_page(run: Run, number: str, code: str) -> str:
    """Return the front page of a municipality in a language."""
    place, rows = view(run.data, number, code, run.peers), run.rows(number)
    folder, say = run.folder(number), place.say
    others = [c for c in languages_of(path.name for path in folder.glob("*.*.html")) if c != code]
    links = [(f"../{run.portal(code)}", say("front.all"), "")]
    links += [(f"index.{other}.html", own_name(other), other) for other in others]
    own = run.figures.reindex([number]).fillna({"count": 0})
    return (
        environment()
        .get_template("front/index.html.j2")
        .render(
            code=code,
            title=say("front.title"),
            links=links,
            skip=say("common.skip"),
            name=place.name,
            say=say,
            summary=Markup(summary(run, place, rows)),
            briefs=_briefs(run, place),
            pages=[(f"../{name}", text) for name, text in run.for_all(place.language)],
            files={name: kind for kind, name in FILES.items() if (folder / name).is_file()},
            goals=Markup(_goals(run, place, rows)),
            indicators=_indicators(run, place, rows),
            made=run.made(place.language, own),
        )
    )


def _briefs(run: Run, place: View) -> list[tuple[str, str, str]]:
    """Return file name and question of each brief in the folder, and the name of its PDF."""
    found, folder = [], run.folder(place.number)
    for brief in sorted(folder.glob(f"*.{place.language.code}.html")):
        if not brief.name.startswith("index."):
            sheet = brief.with_suffix(".pdf")
            found.append((brief.name, title_of(brief), sheet.name if sheet.is_file() else ""))
    return found


def summary(run: Run, place: View, rows: Rows) -> Html:
    """Return the answers of the briefs, a line each; then how sure they are, and what is missing.

    `rows` are the municipality's rows of `standings`, here and below.
    """
    lines = {
        "known": _known(place, rows),
        "targets": _targets(place, rows),
        "moves": _moves(place, rows),
        "ahead": _ahead(place, rows),
        "climate": _climate(run, place, rows),
        "decide": _decide(place, rows),
        "call": _call(run, place, rows),
    }
    said = Markup("<b>{}</b> {}")
    answer = [said.format(place.say(f"front.label.{k}"), text) for k, text in lines.items() if text]
    senses = Counter(row["sense"] for row in rows)
    known = len(rows) - senses["none"]
    sure = place.say("front.short.sure", known=known, unknown=senses["unknown"])
    lacks = place.say("front.short.missing", missing=senses["none"], total=len(rows))
    return pieces.in_short(place, answer, sure, lacks)


def _goals(run: Run, place: View, rows: Rows) -> Html:
    """Return how many KPIs of each of the 17 UN goals stand how."""
    say, language = place.say, place.language
    columns = [Column(say("common.goal"))]
    columns += [Column(head(language, key), numeric=True) for key in SENSES]
    columns += [Column(say(f"front.column.{key}"), numeric=True) for key in ("known", "kpis")]
    body: list[list[str | Markup]] = []
    without = []
    for goal in run.labels:
        counts = Counter(row["sense"] for row in rows if row["goal"] == goal)
        name = run.goal(language, goal)
        total = counts.total()
        if not total:
            without.append(name)
        link = Markup('<a href="#goal-{}">{}</a>').format(goal, name) if total else name
        marks = [mark(key, counts[key], language) for key in SENSES]
        body.append([link, *marks, str(total - counts["none"]), str(total)])
    none = say("status.goals.none", goals=language.listed(without)) if without else ""
    return html.join(
        html.table(columns, body, say("front.goals.caption", count=len(rows)), "goals"),
        html.paragraph(none, "note"),
    )


def _indicators(run: Run, place: View, rows: Rows) -> list[dict[str, Any]]:
    """Return for each goal its title, its KPIs with figures, and the names of the others."""
    found = []
    for goal in run.labels:
        part = [row for row in rows if row["goal"] == goal]
        known = _ordered([row for row in part if row["sense"] != "none"])
        title = {"goal": run.goal(place.language, goal), "known": len(known), "total": len(part)}
        without = [place.language.name(row) for row in part if row["sense"] == "none"]
        kpis = [
            {
                "name": place.language.name(row),
                "sense": row["sense"],
                "symbol": SYMBOLS[row["sense"]],
                "standing": place.say(f"front.standing.{row['standing']}"),
                "figure": _figure(run, place, row),
            }
            for row in known
        ]
        if part:
            names = place.language.listed(without) if without else ""
            found.append({"goal": goal, "title": title, "kpis": kpis, "without": names})
    return found


def _figure(run: Run, place: View, row: dict[Hashable, Any]) -> str:
    """Return the newest figure and its target, with whom that binds."""
    language, fact = place.language, run.facts[row["measure"]]
    unit, aimed = place.unit(fact["unit"]), pd.notna(row["target"])
    return place.say(
        "front.kpi.figure",
        measure=language.name(fact),
        value=language.amount(row["last"], unit),
        year=int(row["last_year"]),
        target=language.amount(row["target"], unit) if aimed else "",
        by="" if pd.isna(row["target_year"]) else int(row["target_year"]),
        scope=place.say(f"common.scope.{run.scope(row)}") if aimed else "",
        proxy=row["status"] == "proxy",
    )


def _name(place: View, row: dict[Hashable, Any]) -> str:
    return place.language.inside(place.language.name(row))


def languages_of(names: Iterable[str]) -> list[str]:
    """Return the languages of the briefs among the names of files."""
    pages = (name.split(".") for name in names if name.endswith(".html"))
    found = {parts[-2] for parts in pages if len(parts) > 2 and parts[0] != "index"}
    return sorted(found & set(languages())) if found else []


def _known(place: View, rows: Rows) -> str:
    counts = Counter(row["status"] for row in rows)
    known = counts["direct"] + counts["proxy"]
    return place.say(
        "front.short.known",
        known=known,
        total=len(rows),
        direct=counts["direct"],
        proxy=counts["proxy"],
    )


def _targets(place: View, rows: Rows) -> str:
    met = [bool(row["target_met"]) for row in rows if pd.notna(row["target_met"])]
    return place.say("front.short.targets", total=len(met), met=sum(met))


def _moves(place: View, rows: Rows) -> str:
    reading, outcome = (Counter(row[key] for row in rows) for key in ("reading", "outcome"))
    return place.say(
        "front.short.moves",
        better=reading["better"],
        worse=reading["worse"],
        unclear=outcome["unclear"] + outcome["unchanged"],
    )


def _ahead(place: View, rows: Rows) -> str:
    counts = Counter(row["standing"] for row in rows if pd.notna(row["chance"]))
    on, off, unsure = counts["likely"] + counts["met"], counts["off"], counts["open"]
    return place.say(
        "front.short.ahead", year=HORIZON, total=on + off + unsure, on=on, off=off, unsure=unsure
    )


def _climate(run: Run, place: View, rows: Rows) -> str:
    """Return how the KPI on climate stands, or that there is no figure for it."""
    part = [row for row in rows if row["goal"] == CLIMATE]
    known = _ordered([row for row in part if row["sense"] != "none"])
    if not known:
        names = place.language.listed(_name(place, row) for row in part)
        return place.say("front.short.no_climate", names=names)
    row = known[0]
    fact, aimed = run.facts[row["measure"]], pd.notna(row["target"])
    unit = place.unit(fact["unit"])
    return place.say(
        "front.short.climate",
        measure=place.language.name(fact),
        value=place.language.amount(row["last"], unit),
        year=int(row["last_year"]),
        # The unit has just been said.
        target=place.language.number(row["target"], int(unit["decimals"])) if aimed else "",
        by="" if pd.isna(row["target_year"]) else int(row["target_year"]),
        standing=place.say(f"front.climate.{row['standing']}"),
        scope=place.say(f"common.scope.{run.scope(row)}") if aimed else "",
    )


def _decide(place: View, rows: Rows) -> str:
    missed, wrong = (
        [_name(place, row) for row in rows if row["standing"] == key] for key in ("off", "worse")
    )
    return place.say(
        "front.short.decide",
        missed=place.some(missed),
        wrong=place.some(wrong),
        count=len(missed) + len(wrong),
        judged=sum(row["sense"] in ("on", "open") for row in rows),
    )


def _call(run: Run, place: View, rows: Rows) -> str:
    """Return who is most alike, and who is on the way with what is not here, the quickest first.

    The latter is told of the first KPI, in the order of `_ordered`, that a peer is on the way with.
    """
    near = similar(run.traits, place.number, _CALLED)
    said = place.say(
        "network.short.similar",
        names=place.language.listed(run.names[number] for number in near["municipality"]),
        unusual=bool(near["unusual"].iloc[0]),
    )
    peers = run.on_course[run.on_course["municipality"].isin(place.peers)]
    for row in _ordered([row for row in rows if row["sense"] in ("off", "open")]):
        there = peers.loc[peers["measure"] == row["measure"], "municipality"]
        if len(there):
            names = place.some([run.names[number] for number in there])
            kpi = _name(place, row)
            return f"{said} {place.say('front.short.call', kpi=kpi, names=names, count=len(there))}"
    return said


def _ordered(rows: Rows) -> Rows:
    """Return the KPIs with what most asks for a decision first, else in the order of the set."""
    return sorted(rows, key=lambda row: STANDINGS.index(row["standing"]))
