"""The published methods, what they say, and how often they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.analysis.assessment import judgements
from workbench.analysis.verdicts import BASE, SENSE
from workbench.briefs.methods.pieces import formula, source
from workbench.dataset import Dataset
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.methods import eurostat, germany, unsd

#: What the published methods judge by, in the order of their formulas.
_FORMULAS = ("growth", "eurostat", "unsd", "points", "sdsn", "germany")


def verdicts(data: Dataset, language: str) -> Html:
    """Return the four published methods, each with its thresholds, and how often they agree."""
    words = Language(language)
    say = words.say
    limits: dict[str, dict[str, object]] = {
        "eurostat": _percents(words, ("high", "middle", "low"), eurostat.WITH_TARGET),
        "unsd": _percents(words, ("least", "low", "middle", "high"), unsd.RATIO[1:-1]),
        "sdsn": {},
        "germany": {
            **_percents(words, ("sun", "cloud"), (germany.SUN, germany.SUN_CLOUD)),
            "figures": germany.FIGURES,
            "fewest": germany.FEWEST,
        },
    }
    pieces = []
    for method in SENSE:
        pieces += [
            html.heading(say(f"trends.verdict.{method}"), 3),
            html.paragraph(say(f"methods.verdicts.how.{method}", **limits[method])),
            source(words, say(f"methods.verdicts.by.{method}")),
        ]
    return html.join(
        html.heading(say("methods.verdicts.heading")),
        html.paragraph(say("methods.verdicts.lead", methods=len(SENSE), base=BASE)),
        *pieces,
        html.details(
            say("methods.verdicts.formula.show"),
            html.join(
                formula(*(say(f"methods.verdicts.formula.{key}") for key in _FORMULAS)),
                html.paragraph(say("methods.verdicts.formula.note"), "note"),
            ),
        ),
        _agreement(data, words),
    )


def together(data: Dataset, language: str) -> Html:
    """Return what a regression across municipalities says, and what it never says."""
    words = Language(language)
    say = words.say
    return html.join(
        html.heading(say("methods.together.heading")),
        html.paragraph(say("methods.together.lead")),
        formula(say("methods.together.model")),
        html.paragraph(say("methods.together.fit")),
        html.paragraph(say("methods.together.over_time")),
        html.paragraph(say("methods.together.never")),
        source(words, say("methods.together.source")),
    )


def with_targets(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the series with a target, and those of them that two methods or more judge."""
    now, _ = judgements(data)
    aimed = now[now["target"].notna()]
    return aimed, aimed[aimed["agree"].notna()]


def _agreement(data: Dataset, words: Language) -> Html:
    """Return how often the published methods say the same, and what each says."""
    say, number = words.say, words.number
    aimed, both = with_targets(data)
    if both.empty:
        return Html("")
    names = data.measures.set_index("measure")
    most = both["measure"].value_counts()
    rows = []
    for method, sense in SENSE.items():
        meant = both[method].map(sense)
        counts = [(meant == at).sum() for at in (1, 0, -1)] + [meant.isna().sum()]
        rows.append([say(f"trends.verdict.{method}"), *map(number, counts)])
    columns = [Column(say("methods.verdicts.method"))]
    columns += [
        Column(say(f"methods.verdicts.{key}"), numeric=True)
        for key in ("on", "between", "off", "none")
    ]
    sentence = say(
        "methods.verdicts.agree",
        total=number(len(aimed)),
        judged=number(len(both)),
        agree=number(both["agree"].sum()),
        share=number(100 * both["agree"].mean()),
        most=number(most.iloc[0]),
        measure=words.inside(words.name(names.loc[most.index[0]])),
    )
    return html.join(
        html.heading(say("methods.verdicts.agree_heading"), 3),
        html.paragraph(sentence),
        html.table(columns, rows, say("methods.verdicts.caption")),
    )


def _percents(
    words: Language, names: Sequence[str], shares: Sequence[float] | np.ndarray
) -> dict[str, object]:
    """Return thresholds in per cent, by name."""
    return {name: words.number(100 * share) for name, share in zip(names, shares, strict=True)}
