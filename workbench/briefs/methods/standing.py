"""The rule by which figures get their word, and how it holds up against size and need."""

from __future__ import annotations

import pandas as pd

from workbench.analysis import levels, standings
from workbench.analysis.projection import newest_size
from workbench.analysis.similarity import SPREAD_OF, WORTH
from workbench.briefs.methods.section import Section
from workbench.dataset import Dataset
from workbench.markup import html
from workbench.markup.html import Html


def first(data: Dataset, language: str) -> Html:
    """Return what level, motion and pace make of a figure, and how the rule was tried."""
    section = Section(
        language,
        "standing",
        nearest=levels.NEAREST,
        old=standings.OLD,
        fast=f"{100 * standings.FAST:.0f}",
        worth=f"{100 * WORTH:.0f}",
    )
    say, number, words = section.say, section.number, section.words
    rows = standings.judged(data)
    counts = rows["standing"].value_counts()
    table = [
        [say(f"common.standing.{word}", year="…"), say(f"when.{word}"), number(counts.get(word, 0))]
        for word in standings.STANDINGS[:-1]
    ]
    checks = [
        say(
            "checked",
            measure=words.inside(words.name(data.measure(str(measure)))),
            worst=number(100 * row["worst"]),
            best=number(100 * row["best"]),
            rho=number(row["rho"], 2),
        )
        for measure, row in checked(data).iterrows()
    ]
    return section.write(
        "# heading",
        "lead",
        section.details(
            "caption",
            "why",
            section.table("word use #count", table, "caption"),
            *map(html.paragraph, checks),
        ),
    )


def checked(data: Dataset) -> pd.DataFrame:
    """Return how what comes first follows need and size, by measure with a derived target.

    Returns
    -------
    DataFrame
        By measure: count (municipalities whose newest figure is not old), rho (Spearman's rank
        correlation of coming first with residents), worst and best (share of the worst tenth and
        of the best quarter that come first). Measures of fewer than `SPREAD_OF` are left out.
    """
    size = newest_size(data.observations)
    rows = standings.judged(data)
    rows = rows[rows["own_base"].eq(True) & (rows["scope"] != "municipality") & ~rows["old"]]
    found = {}
    for measure, part in rows.groupby("measure"):
        if len(part) < SPREAD_OF:
            continue
        flag = part["sense"].eq("first")
        worse = (-part["direction"] * part["last"]).rank(method="first")
        found[measure] = {
            "count": len(part),
            "rho": flag.rank().corr(part["municipality"].map(size).rank()),
            "worst": flag[worse > 0.9 * len(part)].mean(),
            "best": flag[worse <= 0.25 * len(part)].mean(),
        }
    return pd.DataFrame.from_dict(found, orient="index")
