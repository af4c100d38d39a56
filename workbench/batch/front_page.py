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

from workbench.analysis.similarity import similar
from workbench.analysis.standings import SENSES, STANDINGS, URGENCY
from workbench.batch import manifest
from workbench.batch.manifest import Ledger
from workbench.batch.site import Rows, Run, environment, head, mark, own_name
from workbench.batch.tasks import Front, Work
from workbench.briefs import pieces
from workbench.briefs import view as views
from workbench.briefs.view import FILES, View
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
        inside, ledger = held.get(name, []), ledgers.get(name, Ledger(run.out, name))
        due = []
        # Asked by name, since a bucket has no folders.
        for code in languages_of(inside):
            page, key = f"index.{code}", run.key(number, code, inside)
            if number in wanted:
                stays = not force and ledger.current(page, key, there)
            else:
                stays = f"{page}.html" in inside
            due += [] if stays else [(code, key)]
        if due:
            front = Front(run.day, run.first, run.peers, run.figures_hash, tuple(due))
            figures = "" if run.data.is_own else str(run.data.path.resolve())
            found.append(Work(run.out, name, (), number=number, figures=figures, front=front))
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
    view, rows = views.view(run.data, number, code, run.peers), run.rows(number)
    folder, say = run.folder(number), view.say
    others = [c for c in languages_of(path.name for path in folder.glob("*.*.html")) if c != code]
    links = [(f"../{run.portal(code)}", say("front.all"), "")]
    links += [(f"index.{other}.html", own_name(other), other) for other in others]
    own = run.figures.reindex([number]).fillna({"count": 0})
    shown = {
        "code": code,
        "title": say("front.title"),
        "links": links,
        "skip": say("common.skip"),
        "name": view.name,
        "say": say,
        "summary": summary(run, view, rows),
        "briefs": _briefs(run, view),
        "pages": [(f"../{name}", text) for name, text in run.for_all(view.language)],
        "files": {name: kind for kind, name in FILES.items() if (folder / name).is_file()},
        "goals": _goals(run, view, rows),
        "indicators": _indicators(run, view, rows),
        "made": run.made(view.language, own),
    }
    return environment().get_template("front/index.html.j2").render(shown)


def _briefs(run: Run, view: View) -> list[tuple[str, str, str]]:
    """Return file name and question of each brief in the folder, and the name of its PDF."""
    found, folder = [], run.folder(view.number)
    for brief in sorted(folder.glob(f"*.{view.language.code}.html")):
        if not brief.name.startswith("index."):
            sheet = brief.with_suffix(".pdf")
            found.append((brief.name, title_of(brief), sheet.name if sheet.is_file() else ""))
    return found


def summary(run: Run, view: View, rows: Rows) -> Html:
    """Return the answers of the briefs, a line each; then how sure they are, and what is missing.

    `rows` are the municipality's rows of `standings`, here and below.
    """
    counted, say = [row for row in rows if row["leads"]], view.say
    total, status = len(counted), Counter(row["status"] for row in counted)
    direct, proxy = status["direct"], status["proxy"]
    of: dict[str, Rows] = {sense: [r for r in rows if r["sense"] == sense] for sense in SENSES}
    lines = {
        "known": say(
            "front.short.known", known=direct + proxy, total=total, direct=direct, proxy=proxy
        ),
        **{
            sense: pieces.tell(
                view,
                f"front.short.{sense}",
                count=len(of[sense]),
                names=pieces.named(view, _ordered(of[sense]), most=2),
                judged=len(of["watch"]) + len(of["on"]),
            )
            for sense in URGENCY[:-1]
        },
        "climate": _climate(run, view, rows),
        "call": _call(run, view, rows),
    }
    line = Html("<b>{}</b> {}")
    answer = [line.format(say(f"front.label.{key}"), text) for key, text in lines.items() if text]
    missing = status["none"]
    sure = say("front.short.sure", known=total - missing)
    lacks = say("front.short.missing", missing=missing, total=total)
    return pieces.in_short(view, answer, sure, lacks)


def _goals(run: Run, view: View, rows: Rows) -> Html:
    """Return how many KPIs of each of the 17 UN goals stand how."""
    say, language = view.say, view.language
    columns = [Column(say("common.goal"))]
    columns += [Column(head(language, key), numeric=True) for key in SENSES]
    columns += [Column(say(f"front.column.{key}"), numeric=True) for key in ("known", "kpis")]
    body: list[list[str | Markup]] = []
    without = []
    for goal in run.labels:
        counts = Counter(r["sense"] for r in rows if r["goal"] == goal and r["leads"])
        name = run.goal(language, goal)
        total = counts.total()
        if not total:
            without.append(name)
        link = Html('<a href="#goal-{}">{}</a>').format(goal, name) if total else name
        marks = [mark(key, counts[key], language) for key in SENSES]
        body.append([link, *marks, str(total - counts["none"]), str(total)])
    none = say("status.goals.none", goals=language.listed(without)) if without else ""
    return html.join(
        html.table(
            columns,
            body,
            say("front.goals.caption", count=sum(row["leads"] for row in rows)),
            "goals",
        ),
        html.paragraph(none, "note"),
    )


def _indicators(run: Run, view: View, rows: Rows) -> list[dict[str, Any]]:
    """Return for each goal its title, its KPIs with figures, and the names of the others."""
    found = []
    for goal in run.labels:
        part = [row for row in rows if row["goal"] == goal]
        known = _ordered([row for row in part if row["sense"] != "none"])
        title = {
            "goal": run.goal(view.language, goal),
            "known": sum(row["leads"] for row in known),
            "total": sum(row["leads"] for row in part),
        }
        without = [view.language.name(row) for row in part if row["sense"] == "none"]
        kpis = [
            {
                "name": view.language.name(row),
                "about": pieces.about(row),
                "standing": pieces.standing(view, row),
                "figure": _figure(run, view, row),
            }
            for row in known
        ]
        if part:
            names = view.language.listed(without) if without else ""
            found.append({"goal": goal, "title": title, "kpis": kpis, "without": names})
    return found


def _figure(run: Run, view: View, row: dict[Hashable, Any]) -> str:
    """Return the newest figure and its target, with whom that binds."""
    unit = view.unit(run.facts[row["measure"]]["unit"])
    target = "" if pd.isna(row["target"]) else view.language.amount(row["target"], unit)
    proxy = row["relation"] == "proxy"
    return view.say("front.kpi.figure", **_said(run, view, row), target=target, proxy=proxy)


def _said(run: Run, view: View, row: dict[Hashable, Any]) -> dict[str, Any]:
    """Return what a sentence says of a KPI's newest figure, and of its target but for its value."""
    fact = run.facts[row["measure"]]
    return {
        "measure": view.language.name(fact),
        "value": view.language.amount(row["last"], view.unit(fact["unit"])),
        "year": int(row["last_year"]),
        "by": "" if pd.isna(row["target_year"]) else int(row["target_year"]),
        "scope": "" if pd.isna(row["target"]) else view.say(f"common.scope.{run.scope(row)}"),
    }


def _name(view: View, row: dict[Hashable, Any]) -> str:
    return view.language.inside(view.language.name(row))


def languages_of(names: Iterable[str]) -> list[str]:
    """Return the languages of the briefs among the names of files."""
    pages = (name.split(".") for name in names if name.endswith(".html"))
    found = {parts[-2] for parts in pages if len(parts) > 2 and parts[0] != "index"}
    return sorted(found & set(languages())) if found else []


def _climate(run: Run, view: View, rows: Rows) -> str:
    """Return how the KPI on climate stands, or that there is no figure for it."""
    part = [row for row in rows if row["goal"] == CLIMATE]
    known = _ordered([row for row in part if row["sense"] != "none"])
    if not known:
        names = view.language.listed(_name(view, row) for row in part)
        return view.say("front.short.no_climate", names=names)
    row = known[0]
    # The unit has just been said.
    decimals = int(view.unit(run.facts[row["measure"]]["unit"])["decimals"])
    target = "" if pd.isna(row["target"]) else view.language.number(row["target"], decimals)
    said = _said(run, view, row) | {"measure": _told(view, row)}
    standing = pieces.standing(view, row)
    return pieces.tell(view, "front.short.climate", **said, target=target, standing=standing)


def _told(view: View, row: dict[Hashable, Any]) -> Html:
    """Return the name of a row's measure, with its attributes."""
    name = view.language.name(view.measure(row["measure"]))
    return Html("<span{}>{}</span>").format(pieces.about(row), name)


def _call(run: Run, view: View, rows: Rows) -> str:
    """Return who is most alike, and who is on the way with what is not here, the quickest first.

    The latter is told of the first KPI, in the order of `_ordered`, that a peer is on the way with.
    """
    near = similar(run.traits, view.number, _CALLED)
    said = view.say(
        "network.short.similar",
        names=view.language.listed(run.names[number] for number in near["municipality"]),
        unusual=bool(near["unusual"].iloc[0]),
    )
    peers = run.on_course[run.on_course["municipality"].isin(view.peers)]
    for row in _ordered([row for row in rows if row["sense"] in ("first", "watch")]):
        there = peers.loc[peers["measure"] == row["measure"], "municipality"]
        if len(there):
            names = view.some([run.names[number] for number in there])
            kpi = pieces.named(view, [row])
            asked = pieces.tell(view, "front.short.call", kpi=kpi, names=names, count=len(there))
            return Html("{} {}").format(said, asked)
    return said


def _ordered(rows: Rows) -> Rows:
    """Return the KPIs with what most asks for a decision first, else in the order of the set."""
    return sorted(rows, key=lambda row: STANDINGS.index(row["standing"]))
