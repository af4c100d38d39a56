"""The front page of a municipality: its scorecard on one sheet, and what leads on from there.

Made from frames once the briefs are there, with them where one process makes all of a municipality;
it links only what lies in the folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd
from babel.dates import format_date

from workbench.batch import changes_page, manifest
from workbench.batch.manifest import Ledger, Listing
from workbench.batch.site import Run, environment, own_name
from workbench.batch.tasks import Front, Plan, Work
from workbench.briefs import scorecard
from workbench.briefs import view as views
from workbench.briefs.pieces import FILES
from workbench.briefs.view import View
from workbench.dataset import load
from workbench.language.translator import languages
from workbench.markup import html
from workbench.markup.html import Html
from workbench.rendering.page import themed, title_of
from workbench.storage.hashing import digest


def with_briefs(run: Run, plan: Plan, works: Sequence[Work]) -> list[Work]:
    """Return pieces of work with the front pages added, each for a whole municipality."""
    inside = _inside(plan.there)

    def added(work: Work) -> Work:
        ledger, beside = plan.ledgers[work.name], inside.get(work.name, [])
        return replace(work, front=_front(run, work.number, ledger, beside, plan.there, plan.force))

    return [added(work) if work.number else work for work in works]


def works(
    run: Run,
    again: Iterable[str],
    force: bool = False,
    known: Mapping[str, Ledger] | None = None,
    there: Listing | None = None,
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
    there : dict, optional
        What lies in the folder, as `manifest.listing` returns it, where that is known.
    """
    there = manifest.listing(run.out) if there is None else there
    wanted, ledgers = set(again), dict(known or {})
    ledgers |= manifest.read_all(run.out, there, ledgers)
    inside, found = _inside(there), []
    for number in run.names:
        name = run.folder(number).name
        beside, ledger = inside.get(name, []), ledgers.get(name, Ledger(run.out, name))
        codes = languages_of(beside)
        if number not in wanted and all(f"index.{code}.html" in beside for code in codes):
            continue
        front = _front(run, number, ledger, beside, there, force)
        if due(front):
            figures = "" if run.data.is_own else str(run.data.path.resolve())
            found.append(Work(run.out, name, (), number=number, figures=figures, front=front))
    return found


def _inside(there: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of the files in each folder; by name, since a bucket has no folders."""
    found: dict[str, list[str]] = {}
    for path in there:
        folder, _, name = path.partition("/")
        if "/" not in name:
            found.setdefault(folder, []).append(name)
    return found


def _front(
    run: Run,
    number: str,
    ledger: Ledger,
    beside: Sequence[str],
    there: Listing,
    force: bool,
) -> Front:
    pages = {what: entry for what, entry in ledger.entries.items() if what.startswith("index.")}
    held = {
        what.removeprefix("index."): entry.key
        for what, entry in pages.items()
        if not force and ledger.whole(entry, there)
    }
    asked = run.day, run.first, run.peers, f"{run.figures_hash} {run.changes_hash}"
    return Front(*asked, run.basis(number), tuple(beside), held)


def due(front: Front) -> dict[str, str]:
    """Return the hash of all that a front page is made from, by language, of those that are due."""
    beside = sorted({name for name in front.beside if not name.startswith(("index.", "."))})
    keys = {code: digest([], front.basis, code, *beside) for code in languages_of(beside)}
    return {code: key for code, key in keys.items() if front.held.get(code) != key}


def make(wanted: Work, added: Mapping[str, str] | None = None) -> list[str]:
    """Write the front pages of a piece of work that are due; return what failed, a line each.

    `added` are files that were put into the folder since the work was planned, as `beside` of
    `front_page`.
    """
    if wanted.front is None:
        return []
    asked, failed = wanted.front, []
    run = _run(wanted.figures, wanted.out, asked.day, asked.first, asked.peers, asked.figures_hash)
    beside = dict.fromkeys(asked.beside, "") | dict(added or {})
    for code, key in due(replace(asked, beside=tuple(beside))).items():
        page = wanted.out / wanted.name / f"index.{code}.html"
        failed += run.write(page, page.stem, key, partial(_front_page, run, wanted, code, beside))
    return failed


@lru_cache(maxsize=1)
def _run(figures: str, out: Path, day: date, first: str, peers: str, _hash: str) -> Run:
    """Return what the pages of a run are made from; the same for all that one process makes."""
    return Run(load(figures or None), day, out, first, peers)


def _front_page(run: Run, wanted: Work, code: str, beside: Mapping[str, str]) -> str:
    # By the folder of the figures: the view that was found for the briefs serves here as well.
    view = views.view(wanted.figures or None, wanted.number, code, run.peers)
    return front_page(run, view, beside)


def front_page(run: Run, view: View, beside: Mapping[str, str] | None = None) -> str:
    """Return the front page of the municipality of a view, in its language.

    `beside` are the names of the files in its folder, which a bucket is slow to say, each with its
    title if it is a brief whose title is known, else ''.
    """
    number, code, say = view.number, view.language.code, view.say
    if beside is None:
        beside = dict.fromkeys((path.name for path in run.folder(number).glob("*.*")), "")
    others = [c for c in languages_of(beside) if c != code]
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
        "summary": summary(view),
        "cards": scorecard.cards(view),
        "key": scorecard.key(view),
        "unknown": unknown(view),
        "changes": changes_page.section(run, view),
        "sender": sender(view),
        "briefs": _briefs(run, view, beside),
        "pages": [(f"../{name}", text) for name, text in run.for_all(view.language)],
        "files": {name: kind for kind, name in FILES.items() if name in beside},
        "made": run.made(view.language, own),
    }
    return themed(environment().get_template("front/index.html.j2").render(shown))


def summary(view: View) -> Html:
    """Return how many indicators with figures are in each group, in a sentence."""
    counts = view.standings.loc[view.standings["leads"], "sense"].value_counts()
    known = {sense: int(counts.get(sense, 0)) for sense in scorecard.GROUPS}
    counted = view.say("front.summary", known=sum(known.values()), **known)
    decide = view.say("front.decide") if known["first"] else ""
    return html.paragraph(f"{counted} {decide}".strip(), "lead")


def unknown(view: View) -> Html:
    """Return the line on the indicators without figures."""
    status = view.standings.loc[view.standings["leads"], "status"]
    missing = int((status == "none").sum())
    text = view.say("front.unknown", missing=missing, total=len(status)) if missing else ""
    return html.paragraph(text, "note")


def sender(view: View) -> Html:
    """Return who sends the page, whom to ask and the day, as the municipality wrote it, or ''."""
    rows = view.data.senders
    rows = rows[rows["municipality"] == view.number]
    if rows.empty:
        return Html("")
    row = rows.iloc[0]
    contact = "" if pd.isna(row["contact"]) else row["contact"]
    day = (
        "" if pd.isna(row["day"]) else format_date(row["day"], "long", locale=view.language.locale)
    )
    return html.paragraph(view.say("front.sender", sender=row["sender"], contact=contact, day=day))


def _briefs(run: Run, view: View, beside: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return file name and question of each brief in the folder, and the name of its PDF."""
    found, folder = [], run.folder(view.number)
    for name in sorted(beside):
        if name.endswith(f".{view.language.code}.html") and not name.startswith("index."):
            sheet = name.removesuffix("html") + "pdf"
            title = beside[name] or title_of(folder / name)
            # On a page that is the municipality's own, its name need not stand after a question.
            question = title.removesuffix(f" \N{EN DASH} {view.name}")
            found.append((name, question, sheet if sheet in beside else ""))
    return found


def languages_of(names: Iterable[str]) -> list[str]:
    """Return the languages of the briefs among the names of files."""
    pages = (name.split(".") for name in names if name.endswith(".html"))
    found = {parts[-2] for parts in pages if len(parts) > 2 and parts[0] != "index"}
    return sorted(found & set(languages())) if found else []
