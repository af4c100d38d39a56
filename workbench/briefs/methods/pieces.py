"""Pieces that several sections of the page on methods are made of."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from workbench.analysis.assessment import trends_and_goals
from workbench.dataset import Dataset
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Html

#: How formulas are set off, until a page needs more of it than this one.
_SET_OFF = "margin:.6rem 0 .6rem .2rem;padding-left:.9rem;border-left:2px solid #c3ccd4"


def formula(*lines: str) -> Html:
    """Return formulas in words, each set off from the text."""
    block = Markup('<p class="formula" style="{}">{}</p>')
    return html.join(*(block.format(_SET_OFF, line) for line in lines))


def source(words: Language, named: str) -> Html:
    """Return where a method comes from."""
    return html.paragraph(words.say("methods.source", source=named), "note")


def items(sentences: Sequence[str]) -> Html:
    """Return a list."""
    points = Markup("").join(Markup("<li>{}</li>").format(said) for said in sentences)
    return Html(Markup("<ul>{}</ul>").format(points))


def english(text: str) -> Markup:
    """Return English text, marked as such, with signs as they are printed."""
    for signs, sign in (("<=", "≤"), (">=", "≥")):
        text = text.replace(signs, f"{sign}\N{NO-BREAK SPACE}")
    return Markup('<span lang="en">{}</span>').format(text)


def trends_of(data: Dataset) -> pd.DataFrame:
    """Return what is said of every series."""
    return trends_and_goals(data)[0]
