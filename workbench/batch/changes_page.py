"""What changed since the run before, as the front pages and one page for all tell it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from babel.dates import format_date

from workbench.batch import manifest
from workbench.batch.changes import KINDS
from workbench.batch.manifest import Listing
from workbench.batch.portal import alphabetical
from workbench.batch.site import Run, environment
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.language.translator import Language, Row
from workbench.markup import html
from workbench.markup.html import Html

#: How many series of a kind a front page names, and how many municipalities a row of the page for
#: all; the rest is counted.
_NAMED, _LISTED = 3, 12


def write(run: Run, force: bool = False, there: Listing | None = None) -> list[str]:
    """Write the page for all in the languages of the portal; return what failed, a line each.

    `there` is what lies in the folder, as `manifest.listing` returns it, where that is known.
    """
    if run.changes[1].empty:
        return []
    there = manifest.listing(run.out) if there is None else there
    known, failed = manifest.read(run.out, manifest.SHARED), []
    for code in run.portals(there):
        what, key = f"changes.{code}", run.changes_key(code)
        if force or not known.current(what, key, there):
            failed += run.write(run.out / f"{what}.html", what, key, partial(page, run, code))
    return failed


def section(run: Run, view: View) -> Html:
    """Return what changed for a municipality, for its front page; '' if nothing did."""
    since, rows = run.changes
    rows = rows[rows["municipality"] == view.number]
    lines = []
    for kind in KINDS:
        parts = [
            _change(view.language, run, row, kind) for row in records(rows[rows[f"new_{kind}"]])
        ]
        if parts:
            lines.append(pieces.tell(view, f"front.changes.{kind}", what=view.some(parts, _NAMED)))
    if not lines:
        return Html("")
    return html.join(html.heading(_title(view.language, since)), html.items(lines))


def page(run: Run, code: str) -> str:
    """Return the page that says what changed for all municipalities."""
    language, (since, rows) = Language(code), run.changes
    say = language.say
    template = environment().get_template("front/changes.html.j2")
    return template.render(
        code=code,
        say=say,
        skip=say("common.skip"),
        links=[(run.portal(code), say("front.all"), "")],
        title=_title(language, since),
        tables=[_overview(language, run, rows[rows[f"new_{kind}"]], kind) for kind in KINDS],
        made=run.made(language, run.figures),
    )


def _title(language: Language, since: date | None) -> str:
    day = "" if since is None else format_date(since, "long", locale=language.locale)
    return language.say("front.changes.title", day=day)


def _overview(language: Language, run: Run, rows: pd.DataFrame, kind: str) -> Html:
    """Return one kind of changes as a table: series, what changed, and in which municipalities."""
    say = language.say
    heading = html.heading(say(f"front.changes.{kind}_heading", count=rows["measure"].nunique()))
    if rows.empty:
        return heading
    what = [_what(language, run, row, kind, alone=False) for row in records(rows)]
    body = []
    for (measure, text), part in rows.assign(what=what).groupby(["measure", "what"], sort=False):
        names = sorted(part["municipality"].map(run.names), key=alphabetical)
        if len(names) > _LISTED + 1:
            more = say("common.and_more", count=len(names) - _LISTED)
            names = [*names[:_LISTED], more]
        name = language.name(run.measures[str(measure)])
        body.append([name, str(text), language.number(len(part)), language.listed(names)])
    columns = html.columns(say, "front.changes.head", f"name {kind} #count where")
    caption = say(f"front.changes.{kind}_caption")
    return html.join(heading, html.table(columns, body, caption, titled=True))


def _change(language: Language, run: Run, row: Row, kind: str) -> Html:
    """Return a series and what changed of it, inside a sentence."""
    name = language.inside(language.name(run.measures[row["measure"]]))
    what = _what(language, run, row, kind, alone=True)
    return Html("<span{}>{} ({})</span>").format(pieces.about(row), name, what)


def _what(language: Language, run: Run, row: Row, kind: str, alone: bool) -> str:
    """Return what changed of a series; of many municipalities together no single figure."""
    unit = run.units[run.measures[row["measure"]]["unit"]]
    facts: dict[str, Any] = {"year": int(row["last_year"])}
    if kind == "figure":
        kind, earlier = "first", row["last_year_before"]
        if pd.notna(earlier):
            kind = "revised" if earlier == row["last_year"] else "newer"
            facts["before"] = int(earlier)
        for name, column in (("value", "last"), ("earlier", "last_before")):
            facts[name] = (
                language.amount(row[column], unit) if alone and pd.notna(row[column]) else ""
            )
    elif kind == "standing":
        for name, end in (("was", "_before"), ("now", "")):
            year = int(row[f"last_year{end}"])
            said = language.say(f"common.standing.{row[f'standing{end}']}", year=year)
            facts[name] = language.inside(said)
    else:
        facts["target"] = language.amount(row["target"], unit)
        facts["by"] = None if pd.isna(row["target_year"]) else int(row["target_year"])
    return language.say(f"front.changes.what.{kind}", **facts)
