"""The portal: every municipality that has briefs, where it stands by UN goal, and how to find it.

It works as it is; a small script, which its policy names by hash, makes the list shorter while one
types.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import partial
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from workbench.analysis.standings import SENSES
from workbench.batch import manifest
from workbench.batch.site import SYMBOLS, Run, environment, head, mark, own_name, word
from workbench.dataset.lookup import slug
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html


def write(run: Run, force: bool = False) -> list[str]:
    """Write the portal in its languages, that of ``index.html`` last; return what failed.

    Parameters
    ----------
    run : Run
    force : bool
        Write it even if it would be the same.
    """
    there, known, failed = manifest.listing(run.out), manifest.read(run.out, manifest.SHARED), []
    fronts = [path for path in there if "/index." in path]
    for code in run.portals():
        what, key = f"portal.{code}", run.portal_key(code, fronts)
        if force or not known.current(what, key, there):
            failed += run.write(run.out / run.portal(code), what, key, partial(portal, run, code))
    return failed


def portal(run: Run, code: str) -> str:
    """Return the portal in a language, with the municipalities that have a front page."""
    language = Language(code)
    fronts = {number: codes for number in run.names if (codes := run.fronts(number))}
    places = run.data.municipalities
    places = places[places["number"].isin(fronts)]
    counts, typed = by_place(run, list(places["number"])), keys(run)
    counties = {
        county: [
            {
                "typed": typed[number],
                "name": run.names[number],
                "goals": counts.loc[number].to_numpy().tolist(),
                **_link(run, language, number, fronts[number]),
            }
            for number in part["number"]
        ]
        for county, part in _sorted(places, "county_name")
    }
    links = [(quote(name), text, "") for name, text in run.for_all(language)]
    links += [(run.portal(c), own_name(c), c) for c in run.portals() if c != code]
    script = environment().get_template("portal/find.js").render().strip()
    return (
        environment()
        .get_template("portal/index.html.j2")
        .render(
            code=code,
            say=language.say,
            links=links,
            skip=language.say("common.skip"),
            goals={goal: language.name(row) for goal, row in run.labels.items()},
            counties=counties,
            count=language.number(len(places)),
            total=language.number(len(run.data.municipalities)),
            senses=[(key, SYMBOLS[key], word(language, key)) for key in SENSES],
            sums=_sums(run, language, counts),
            made=run.made(language, run.figures),
            script=Markup(script),
            digest=digest(script),
        )
    )


def _link(run: Run, language: Language, number: str, codes: list[str]) -> dict[str, Any]:
    """Return where the link to a front page leads, and which other language that is in."""
    code = language.code if language.code in codes else codes[0]
    other = {} if code == language.code else {"code": code, "own_name": own_name(code)}
    return {"address": f"{run.folder(number).name}/index.{code}.html", "other": other}


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
    counted = run.standings[run.standings["leads"]]
    counts = counted.groupby(["municipality", "goal", "sense"]).size().unstack("sense")
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
    marks = [mark(key, whole[key], language) for key in SENSES]
    rows.append([language.say("front.portal.all"), *marks])
    return html.table(columns, rows, language.say("front.portal.sums_caption"), "goals sums")
