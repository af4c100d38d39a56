"""The portal: every municipality that has briefs, where it stands by UN goal, and how to find it.

It works as it is; a small script, which its policy names by hash, makes the list shorter while one
types.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import partial
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup, escape

from workbench.analysis.standings import SENSES
from workbench.batch import manifest
from workbench.batch.front_page import (
    SYMBOLS,
    Run,
    environment,
    fronts,
    head,
    mark,
    own_name,
    portals,
    word,
    written,
)
from workbench.dataset.lookup import slug
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.storage import hashing


def write(run: Run, force: bool = False) -> list[str]:
    """Write the portal in its languages, that of ``index.html`` last; return what failed.

    Parameters
    ----------
    run : Run
    force : bool
        Write it even if it would be the same.
    """
    there, known, failed = manifest.listing(run.out), manifest.read(run.out, manifest.SHARED), []
    fronts_there = sorted(path for path in there if "/index." in path)
    for code in portals(run):
        key = hashing.digest([], run.behind, *run.asked, run.figures_hash, code, *fronts_there)
        if force or not known.current(f"portal.{code}", key, there):
            page = run.out / run.portal(code)
            failed += written(page, f"portal.{code}", key, partial(portal, run, code))
    return failed


def portal(run: Run, code: str) -> str:
    """Return the portal in a language, with the municipalities that have a front page."""
    language = Language(code)
    there = {number: codes for number in run.names if (codes := fronts(run, number))}
    places = run.data.municipalities
    places = places[places["number"].isin(there)]
    counts, typed = by_place(run, list(places["number"])), keys(run)
    counties = []
    for name, part in _sorted(places, "county_name"):
        rows = "\n".join(
            f'<tr data-find="{typed[number]}"><th scope="row">'
            f"{_link(run, language, number, there[number])}</th>"
            f"{_cells(language, counts.loc[number])}</tr>"
            for number in part["number"]
        )
        counties.append({"name": name, "table": Markup(_county(run, language, name, rows))})
    template = environment().get_template("portal/index.html.j2")
    script = environment().get_template("portal/find.js").render().strip()
    return template.render(
        code=code,
        say=language.say,
        links=_links(run, language),
        skip=language.say("common.skip"),
        counties=counties,
        count=language.number(len(places)),
        total=language.number(len(run.data.municipalities)),
        signs=[(key, SYMBOLS[key], word(language, key)) for key in SENSES],
        sums=Markup(_sums(run, language, counts)),
        made=run.made(language, run.figures),
        script=Markup(script),
        digest=digest(script),
    )


def digest(script: str) -> str:
    """Return the hash by which a Content-Security-Policy allows one inline script."""
    return "sha256-" + b64encode(hashlib.sha256(script.encode()).digest()).decode()


def by_place(run: Run, numbers: list[str]) -> pd.DataFrame:
    """Return how many KPIs of each goal have which sense in these municipalities.

    Returns
    -------
    DataFrame
        A row per municipality and goal, all 17 of them, and a column per sense in `SENSES`.
    """
    index = pd.MultiIndex.from_product([numbers, run.labels], names=["municipality", "goal"])
    counts = run.standings.groupby(["municipality", "goal", "sense"]).size().unstack("sense")
    return counts.reindex(index=index, columns=list(SENSES)).fillna(0).astype(int)


def keys(run: Run) -> dict[str, str]:
    """Return what one may type to find each municipality: names and numbers, today's and earlier.

    Each word is written plainly, as the script writes what is typed.
    """
    history = run.data.municipality_history.dropna(subset=["municipality"])
    today = run.data.municipalities
    said: dict[str, list[str]] = {
        number: [number, plain(name), plain(official)]
        for number, name, official in today[["number", "name", "official_name"]].to_numpy()
    }
    for number, name, place in history[["number", "name", "municipality"]].to_numpy():
        said[place] += [number, "" if pd.isna(name) else plain(name)]
    return {
        number: " ".join(dict.fromkeys(text for text in texts if text))
        for number, texts in said.items()
    }


def plain(text: str) -> str:
    """Return small plain letters: 'Bærum' -> 'baerum', 'Ås' and 'Aas' -> 'as'."""
    return re.sub("aa+", "a", slug(text)).replace("-", " ")


def alphabetical(name: str) -> list[int]:
    """Return what sorts names as a Norwegian does: space and hyphen first, ..., z, æ, ø, å."""
    order = " -abcdefghijklmnopqrstuvwxyzæøå"
    return [order.find(letter) for letter in name.casefold()]


def _sorted(places: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the municipalities in parts, parts and municipalities each by the alphabet."""
    names = [alphabetical(name) for name in places["name"]]
    rows = places.iloc[sorted(range(len(places)), key=names.__getitem__)]
    parts = rows.groupby(column, sort=False)
    return sorted(((str(name), part) for name, part in parts), key=lambda p: alphabetical(p[0]))


def _county(run: Run, language: Language, name: str, rows: str) -> Html:
    """Return the table of a county's municipalities, each with its marks by goal."""
    goals = Markup("").join(
        Markup('<th scope="col" title="{0}">{1}<b> {0}</b></th>').format(language.name(row), goal)
        for goal, row in run.labels.items()
    )
    return Html(
        Markup(
            '<div class="scroll" role="group" aria-label="{caption}" tabindex="0">'
            '<table class="marks"><caption class="unseen">{caption}</caption>'
            '<thead><tr><th scope="col">{place}</th>{goals}</tr></thead>'
            "<tbody>\n{rows}\n</tbody></table></div>"
        ).format(
            caption=language.say("front.portal.caption", county=name),
            place=language.say("common.municipality"),
            goals=goals,
            rows=Markup(rows),
        )
    )


def _cells(language: Language, counts: pd.DataFrame) -> str:
    """Return a cell per goal; short, since there are six thousand of them."""
    words = {key: str(escape(word(language, key))) for key in SENSES}
    return "".join(f"<td>{_marks(row, words)}" for row in counts.to_numpy().tolist())


def _marks(counts: list[int], words: dict[str, str]) -> str:
    """Return a sign and a count per sense; what has no figure only where nothing else is known."""
    known = dict(zip(SENSES, counts, strict=True))
    none = known.pop("none")
    marks = [
        f"<i class={sense}>{SYMBOLS[sense]}{count}<b> {words[sense]}</b></i>"
        for sense, count in known.items()
        if count
    ]
    return " ".join(marks) or (f"{SYMBOLS['none']}<b>{words['none']}</b>" if none else "")


def _link(run: Run, language: Language, number: str, codes: list[str]) -> Markup:
    """Return the link to a municipality's front page, in another language if need be."""
    code = language.code if language.code in codes else codes[0]
    address = f"{run.folder(number).name}/index.{code}.html"
    name = run.names[number]
    if code == language.code:
        return Markup('<a href="{}">{}</a>').format(address, name)
    other = Markup('<a href="{}" hreflang="{}">{}</a> <small lang="{}">{}</small>')
    return other.format(address, code, name, code, own_name(code))


def _links(run: Run, language: Language) -> list[tuple[str, str, str]]:
    """Return the links at the top: to the page on methods, and to the portal in other languages."""
    links = [
        (quote(f"{name}.{language.code}.html"), language.say("common.methods"), "")
        for name in run.methods
        if (run.out / f"{name}.{language.code}.html").is_file()
    ]
    others = [code for code in portals(run) if code != language.code]
    return links + [(run.portal(code), own_name(code), code) for code in others]


def _sums(run: Run, language: Language, counts: pd.DataFrame) -> Html:
    """Return how many judgements of each sense all municipalities have, by goal and in all."""
    sums = counts.groupby("goal").sum().reindex(list(run.labels), fill_value=0)
    columns = [Column(language.say("common.goal"))]
    columns += [Column(head(language, key), numeric=True) for key in SENSES]
    rows = [
        [run.goal(language, goal), *[mark(key, row[key], language) for key in SENSES]]
        for goal, row in sums.iterrows()
    ]
    whole = sums.sum()
    rows.append(
        [language.say("front.portal.all"), *[mark(key, whole[key], language) for key in SENSES]]
    )
    return html.table(columns, rows, language.say("front.portal.sums_caption"), "goals sums")
