"""The portal: every municipality that has briefs, on a map and in a table, and how to find it.

It works as it is; a small script, which its policy names by hash, makes the list shorter while one
types, colours the map by what one picks, and sorts the table.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import partial
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from workbench.analysis.standings import URGENCY, judged
from workbench.batch import components_all, manifest
from workbench.batch.manifest import Listing
from workbench.batch.site import Run, environment, own_name, word
from workbench.briefs.scorecard import GROUPS, SYMBOLS
from workbench.charts import areas_map
from workbench.dataset.lookup import slug
from workbench.language.translator import Language

#: The measure that the map shows first, and the fewest municipalities that a map is made of.
_FIRST, _LEAST = "low_income_share", 20


def write(run: Run, force: bool = False, there: Listing | None = None) -> list[str]:
    """Write the portal in its languages, that of ``index.html`` last; return what failed.

    Parameters
    ----------
    run : Run
    force : bool
        Write it even if it would be the same.
    there : dict, optional
        What lies in the folder, as `manifest.listing` returns it, where that is known.
    """
    there = manifest.listing(run.out) if there is None else there
    known, failed = manifest.read(run.out, manifest.SHARED), []
    fronts = {path for path in there if "/index." in path}
    fronts |= {components_all.NAME} if components_all.there(run) else set()
    for code in run.portals(there):
        what, key = f"portal.{code}", run.portal_key(code, fronts)
        if force or not known.current(what, key, there):
            failed += run.write(
                run.out / run.portal(code), what, key, partial(portal, run, code, there)
            )
    return failed


def portal(run: Run, code: str, there: Listing | None = None) -> str:
    """Return the portal in a language, with the municipalities that have a front page.

    `there` is as in `write`.
    """
    there = manifest.listing(run.out) if there is None else there
    language = Language(code)
    fronts = {number: codes for number in run.names if (codes := run.fronts(number, there))}
    choices = layers(run, language)
    chosen = next((layer for layer in choices if layer["measure"] == _FIRST), choices[0])
    links = [(quote(name), text, "") for name, text in run.for_all(language)]
    if components_all.there(run):
        links.append((components_all.NAME, language.say("front.portal.components"), ""))
    links += [(run.portal(c), own_name(c), c) for c in run.portals(there) if c != code]
    script = environment().get_template("portal/find.js").render().strip()
    none = language.say("common.no_figure")
    kept = ("head", "column", "kinds", "values", "decimals", "key")
    data = {"layers": [{key: layer[key] for key in kept} for layer in choices], "none": none}
    about = {"measure": chosen["head"], "year": chosen["year"]}
    outlines = run.data.outlines
    return (
        environment()
        .get_template("portal/index.html.j2")
        .render(
            code=code,
            say=language.say,
            links=links,
            skip=language.say("common.skip"),
            layers=choices,
            chosen=chosen,
            map=Markup(
                areas_map(
                    outlines,
                    [f"k{kind}" for kind in chosen["kinds"]],
                    name="country",
                    alt=language.say("front.portal.alt", **about),
                )
            ),
            names="|".join(run.names[number] for number in outlines["number"]),
            data=Markup(htmlsafe_json_dumps(data, ensure_ascii=False, separators=(",", ":"))),
            heads=_heads(language, chosen),
            places=_places(run, language, fronts, chosen),
            count=language.number(len(fronts)),
            total=language.number(len(run.data.municipalities)),
            made=run.made(language, run.figures),
            script=Markup(script),
            digest=digest(script),
        )
    )


def layers(run: Run, language: Language) -> list[dict[str, Any]]:
    """Return what the map can show: the newest figures of an indicator, or where a goal stands.

    A measure is shown for the year that most municipalities have as their newest, and is there when
    so many do that a map says something. Figures of other years are left out, not mixed in.

    Returns
    -------
    list of dict
        group ('measures' or 'goals'), at (place in the list), measure ('' for a goal), head (what
        it is called), column (the header of its column), year, decimals, values (a figure or None
        for each outline; None for a goal), kinds ('0' to '4' from low to high, or a sense) and key
        (pairs of a kind and its text).
    """
    order = list(run.data.outlines["number"])
    figures = judged(run.data)[["measure", "municipality", "last", "last_year"]]
    newest = {name: _newest(rows) for name, rows in figures.groupby("measure")}
    measures = run.data.measures
    found = [
        _levels(run, language, about, rows.set_index("municipality"), order)
        for about in measures[measures["relation"].isin(["direct", "proxy"])].to_dict("records")
        if len(rows := newest.get(about["measure"], ())) >= _LEAST
    ]
    found += [_urgency(run, language, goal, order) for goal in run.labels]
    return [{**layer, "at": at} for at, layer in enumerate(found)]


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of the year that most municipalities have as their newest."""
    years = rows["last_year"].mode()
    return rows[rows["last_year"] == years.max()] if len(years) else rows


def _levels(
    run: Run, language: Language, about: dict[Any, Any], rows: pd.DataFrame, order: list[str]
) -> dict[str, Any]:
    """Return the layer of a measure: its figures in five classes of as many municipalities each."""
    unit, year = run.units[about["unit"]], int(rows["last_year"].iloc[0])
    decimals = int(unit["decimals"])
    values = rows["last"].round(decimals).reindex(order)
    bounds = np.unique(np.quantile(values.dropna(), np.linspace(0, 1, 6)))
    place = np.searchsorted(bounds[1:-1], values.to_numpy(), side="right")
    kinds = ["none" if np.isnan(v) else str(at) for v, at in zip(values, place, strict=True)]
    key = []
    for kind in sorted(set(kinds) - {"none"}):
        own = values[[kind == other for other in kinds]]
        low, high = language.number(own.min(), decimals), language.amount(own.max(), unit)
        same = own.min() == own.max()
        text = high if same else language.say("front.portal.range", low=low, high=high)
        key.append([kind, text])
    if "none" in kinds:
        key.append(["none", language.say("front.portal.other", year=year)])
    head = language.say("front.portal.level", measure=language.name(about), year=year)
    figures = [None if np.isnan(value) else value for value in values]
    column = language.say("front.portal.column", unit=language.name(unit, "symbol"))
    said = {"group": "measures", "measure": about["measure"], "head": head, "year": year}
    return {
        **said,
        "column": column,
        "decimals": decimals,
        "values": figures,
        "kinds": kinds,
        "key": key,
    }


def _urgency(run: Run, language: Language, goal: int, order: list[str]) -> dict[str, Any]:
    """Return the layer of a UN goal: the sense of its KPIs that most asks for a decision."""
    rows = run.standings[run.standings["goal"] == goal]
    rank = rows["sense"].map(URGENCY.index).astype("float64")
    rank = rank.groupby(rows["municipality"]).min()
    kinds = [URGENCY[int(at)] for at in rank.reindex(order).fillna(len(URGENCY) - 1)]
    key = [[sense, f"{SYMBOLS[sense]} {word(language, sense)}"] for sense in URGENCY]
    head = language.say("front.portal.goal", goal=run.goal(language, goal))
    said = {"group": "goals", "measure": "", "head": head, "year": 0, "decimals": 0}
    column = language.say("front.portal.column", unit="")
    return {**said, "column": column, "values": None, "kinds": kinds, "key": key}


def _heads(language: Language, chosen: dict[str, Any]) -> list[str]:
    """Return the headers of the table of municipalities."""
    heads = [language.say("common.municipality"), chosen["column"]]
    senses = [f"{SYMBOLS[sense]} {word(language, sense)}" for sense in GROUPS]
    return [*heads, *senses, language.say("front.portal.county")]


def _places(
    run: Run, language: Language, fronts: dict[str, list[str]], chosen: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of the table, by the alphabet: name, link, figure, counts and county."""
    counts, typed = senses(run), keys(run)
    at = {number: place for place, number in enumerate(run.data.outlines["number"])}
    rows = run.data.municipalities[run.data.municipalities["number"].isin(fronts)]
    found = []
    for number, name, county in rows[["number", "name", "county_name"]].to_numpy():
        value = chosen["values"][at[number]]
        none = language.say("common.no_figure")
        found.append(
            {
                "typed": typed[number],
                "name": name,
                "at": at[number],
                "county": county,
                "value": none if value is None else language.number(value, chosen["decimals"]),
                "counts": counts.loc[number, list(GROUPS)].tolist(),
                **_link(run, language, number, fronts[number]),
            }
        )
    return sorted(found, key=lambda row: alphabetical(row["name"]))


def _link(run: Run, language: Language, number: str, codes: list[str]) -> dict[str, Any]:
    """Return where the link to a front page leads, and which other language that is in."""
    code = language.code if language.code in codes else codes[0]
    other = {} if code == language.code else {"code": code, "own_name": own_name(code)}
    return {"address": f"{run.folder(number).name}/index.{code}.html", "other": other}


def digest(script: str) -> str:
    """Return the hash by which a Content-Security-Policy allows one inline script."""
    return "sha256-" + b64encode(hashlib.sha256(script.encode()).digest()).decode()


def senses(run: Run) -> pd.DataFrame:
    """Return how many KPIs of each municipality have which sense: a column per sense."""
    rows = run.standings[run.standings["leads"]]
    counts = rows.groupby(["municipality", "sense"]).size().unstack("sense")
    return counts.reindex(columns=list(URGENCY)).fillna(0).astype(int)


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
