"""A regression as the bench shows it: what goes with what, how sure, and the diagnostics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.analysis.regression.formula import SHARE
from workbench.analysis.regression.model import Regression, terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.dataset import Dataset
from workbench.lab.page import framed
from workbench.language.translator import Language, Row
from workbench.markup import html
from workbench.markup.html import Column, Html

#: A variance inflated more than this is worth a word (`regression.reading`).
_INFLATED = 5

#: How many municipalities that weigh much are named.
_MOST = 6


def offered(data: Dataset, language: Language) -> dict[str, str]:
    """Return what a model may be about, by its name in the reader's language.

    Measures that grow with the size of the municipality are left out, but for residents, which
    stand in as shares of all.
    """
    rows = data.measures
    rows = rows[rows["aggregation"] != "sum"]
    names = {language.name(row): str(row["measure"]) for _, row in rows.iterrows()}
    for _, row in data.measures.iterrows():
        measure = str(row["measure"])
        if measure.startswith("population_"):
            said = language.say("lab.model.share", name=language.inside(language.name(row)))
            names[said] = measure.replace("population_", SHARE, 1)
    return dict(sorted(names.items()))


@dataclass(frozen=True)
class _Word:
    """What a term is called, and how its figures are written."""

    name: str
    unit: Row


def model_page(model: Regression, data: Dataset, language: Language) -> Html:
    """Return a model: its reading, its terms, its diagnostics and who weighs much."""
    words = _words(model, data, language)
    say = language.say
    return framed(
        html.join(
            html.paragraph(say(f"lab.model.compared.{model.effects}", **_sizes(model, language))),
            html.heading(say("lab.model.heading", outcome=words[model.outcome].name), 3),
            *[html.paragraph(_sentence(row, model, words, language)) for row in _terms(model)],
            html.paragraph(_accounted(model, words, language)),
            html.paragraph(say("lab.model.caution"), "note"),
            _table(model, words, language),
            html.details(say("lab.model.diagnostics"), _diagnostics(model, words, language)),
            html.paragraph(Markup("<code>{}</code>").format(_call(model)), "note source"),
        )
    )


def _words(model: Regression, data: Dataset, language: Language) -> dict[str, _Word]:
    names = {name: text for text, name in offered(data, language).items()}
    units = {row["unit"]: row for row in data.units.to_dict("records")}
    words = {}
    for text, term in terms_of(model, data).items():
        share = term.name.startswith(SHARE)
        unit = units["percent" if share else data.measure(term.name)["unit"]]
        words[text] = _Word(names.get(text, text), unit)
    return words


def _terms(model: Regression) -> list[pd.Series]:
    return [row for _, row in model.terms.iterrows()]


def _sizes(model: Regression, language: Language) -> dict[str, object]:
    return {
        "n": language.number(model.n),
        "municipalities": language.number(model.municipalities),
        "years": language.listed(spans(model.years[model.outcome]).split(", ")),
    }


def _sentence(
    row: pd.Series, model: Regression, words: dict[str, _Word], language: Language
) -> str:
    """Return what a term says: of the difference between its two quartiles, which really occur."""
    term, outcome = words[row["term"]], words[model.outcome]
    if row["alone"]:
        return language.say(
            "lab.model.alone", who=row["alone"], term=term.name, outcome=outcome.name
        )
    over = model.effects in ("entity", "two-way")
    low, high = sorted([row["effect_low"], row["effect_high"]])
    clear = low > 0 or high < 0
    near, far = sorted([abs(low), abs(high)]) if clear else (abs(low), abs(high))
    written = language.gap if over else language.amount
    return language.say(
        f"lab.model.{'clear' if clear else 'unclear'}",
        term=term.name,
        outcome=outcome.name,
        over=over,
        up=row["effect"] > 0,
        size=_gap(abs(row["effect"]), outcome, language),
        low=_gap(near, outcome, language),
        high=_gap(far, outcome, language),
        first=written(row["quartile_low"], _fine(term.unit)),
        third=written(row["quartile_high"], _fine(term.unit)),
    )


def _gap(value: float, word: _Word, language: Language) -> str:
    return language.gap(value, _fine(word.unit))


def _fine(unit: Row) -> Row:
    """Return a unit with a decimal more: differences are smaller than figures."""
    return dict(unit) | {"decimals": int(unit["decimals"]) + 1}


def _decimals_of(value: float) -> int:
    """Return how many decimals leave two digits of a number."""
    size = abs(value)
    return 0 if size >= 100 or size == 0 else int(max(0, 1 - np.floor(np.log10(size))))


def _accounted(model: Regression, words: dict[str, _Word], language: Language) -> str:
    share = language.number(100 * model.within_r2)
    said = [language.say(f"lab.model.accounted.{model.effects}", share=share)]
    inflated = model.terms["vif"].max()
    if inflated > _INFLATED:
        said.append(language.say("lab.model.together", vif=language.number(inflated, 0)))
    said.append(_single(model, words, language))
    return " ".join(said)


def _single(model: Regression, words: dict[str, _Word], language: Language) -> str:
    """Return whether a clear relation hangs on a single municipality."""
    clear = model.terms[(model.terms["low"] > 0) | (model.terms["high"] < 0)]
    gone = model.influential[model.influential["change"].isna()]
    if len(gone):
        terms = language.listed(language.inside(words[term].name) for term in gone["term"].unique())
        who = language.listed(str(name) for name in gone["name"].unique())
        return language.say("lab.model.rests", terms=terms, names=who)
    moved = model.influential[model.influential["term"].isin(clear["term"])]
    before = moved["term"].map(clear.set_index("term")["coefficient"])
    turned = moved[(before + moved["change"]) * before < 0]
    if len(turned):
        names = [str(name) for name in turned["name"].unique()[:_MOST]]
        return language.say("lab.model.turns", names=language.listed(names))
    return language.say("lab.model.steady")


def _table(model: Regression, words: dict[str, _Word], language: Language) -> Html:
    say = language.say
    columns = [Column(say("lab.model.term"))]
    columns += [
        Column(say(f"lab.model.{key}"), numeric=True)
        for key in ("coefficient", "interval", "p", "vif")
    ]
    rows: list[list[str | Markup]] = []
    for row in _terms(model):
        decimals = _decimals_of(row["coefficient" if row["alone"] else "error"])
        sure = ["", ""]
        if not row["alone"]:
            ends = {e: language.number(row[e], decimals, signed=True) for e in ("low", "high")}
            sure = [say("trends.overview.from_to", **ends), _p(row["p"], language)]
        rows.append(
            [
                words[row["term"]].name,
                language.number(row["coefficient"], decimals, signed=True),
                *sure,
                language.number(row["vif"], 1),
            ]
        )
    return html.table(columns, rows, say("lab.model.table"))


def _p(value: float, language: Language) -> str:
    return f"< {language.number(0.001, 3)}" if value < 0.001 else language.number(value, 3)


def _diagnostics(model: Regression, words: dict[str, _Word], language: Language) -> Html:
    say = language.say
    lacking = model.dropped[model.dropped["municipality"].notna()]["municipality"]
    gone = set(lacking) - set(model.fitted["municipality"])
    facts = [
        [say("lab.model.r2"), language.number(model.r2, 3)],
        [say("lab.model.within"), language.number(model.within_r2, 3)],
        [say("lab.model.condition"), language.number(model.condition, 1)],
        [say("lab.model.usual"), language.number(model.usual, _decimals_of(model.usual))],
        [say("lab.model.gone"), language.number(len(gone))],
    ]
    columns = [Column(say("lab.model.fact")), Column(say("common.value"), numeric=True)]
    heavy = model.influential.dropna(subset="change").head(_MOST)
    pull = [Column(say("common.municipality")), Column(say("lab.model.term"))]
    pull += [Column(say("lab.model.moved"), numeric=True)]
    pulled: list[list[str | Markup]] = [
        [str(r["name"]), words[r["term"]].name, language.number(r["moved"], 2, signed=True)]
        for _, r in heavy.iterrows()
    ]
    tables = [html.table(columns, facts, say("lab.model.diagnostics"), titled=True)]
    if pulled:
        tables.append(html.table(pull, pulled, say("lab.model.heavy")))
    return html.join(*tables)


def _call(model: Regression) -> str:
    """Return the call that fits the same model in a cell."""
    return (
        f'wb.regress("{model.formula}", data, effects="{model.effects}", errors="{model.errors}")'
    )
