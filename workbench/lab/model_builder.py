"""The regression builder: pick the outcome and its terms; read the model and its diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.analysis.regression.formula import SHARE
from workbench.analysis.regression.model import Regression, regress, terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.dataset import Dataset, folder_or_figures
from workbench.errors import UsageError, WorkbenchError
from workbench.lab.selectors import columns, field, framed, refused
from workbench.language.translator import Language, Row
from workbench.markup import html
from workbench.markup.html import Html

#: The comparisons of a model, and the standard errors that fit each, the usual ones first.
COMPARED = {
    "none": ("HC3", "HC2", "HC1", "HC0"),
    **dict.fromkeys(("time", "pooled", "entity", "two-way"), ("cluster", "driscoll-kraay")),
}

#: A variance inflated more than this is worth a word (`regression.reading`).
_INFLATED = 5

#: How many municipalities that weigh much are named.
_MOST = 6


def builder(
    data: Dataset | str | Path | None = None,
    outcome: str = "voter_turnout_storting",
    terms: str | Sequence[str] = ("tertiary_education_share", "share_67_plus"),
    language: str = "nb",
) -> Builder:
    """Return the regression builder.

    Parameters
    ----------
    data : Dataset, or the folder to load it from; None: the project's own
    outcome : str
        A measure.
    terms : str or sequence of str
        Measures, or shares of the population as ``share_67_plus``.
    language : str
        A folder in ``workbench/text``.

    Raises
    ------
    UsageError
        If a name or the language is not known.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.builder(None, "tertiary_education_share", ["flat_share"]).formula()
    'tertiary_education_share ~ flat_share'
    """
    call = 'wb.builder(data, "tertiary_education_share")'
    picked = [terms] if isinstance(terms, str) else terms
    return Builder(folder_or_figures(data, call), outcome, picked, Language(language))


class Builder(widgets.VBox):
    """The widgets; `model` was fitted last, and is None while a sentence says why there is none."""

    def __init__(
        self, data: Dataset, outcome: str, terms: Sequence[str], language: Language
    ) -> None:
        self.data, self.language = data, language
        self.model: Regression | None = None
        self._names = _offered(data, language)
        by_name = {name: text for text, name in self._names.items()}
        outcome, *terms = (
            name if name in by_name else str(data.measure(name)["measure"])
            for name in (outcome, *terms)
        )
        self.outcome = widgets.Dropdown(options=list(self._names.items()), value=outcome)
        self.terms = widgets.TagsInput(
            value=[by_name[term] for term in terms],
            allowed_tags=list(self._names),
            allow_duplicates=False,
        )
        self.effects = widgets.Dropdown(
            options=[(language.say(f"lab.model.effects.{key}"), key) for key in COMPARED]
        )
        self.errors = widgets.Dropdown(options=self._kinds())
        self.shown = widgets.HTML()
        keys = ("outcome", "terms", "effects", "errors")
        fields = [field(language.say(f"lab.ui.{key}"), getattr(self, key)) for key in keys]
        super().__init__(columns(fields, [self.shown]))
        self.effects.observe(self._on_effects, "value")
        self.outcome.observe(self._on_outcome, "value")
        for one in (self.terms, self.errors):
            one.observe(self.refresh, "value")
        self.refresh()

    def formula(self) -> str:
        """Return the formula, to be used with `wb.regress`.

        Raises
        ------
        UsageError
            If no term is picked.
        """
        terms = [self._names[tag] for tag in self.terms.value]
        if not terms:
            raise UsageError(self.language.say("lab.model.no_term"))
        return f"{self.outcome.value} ~ {' + '.join(terms)}"

    def refresh(self, change: Any = None) -> None:
        """Fit the model and show it, or say why it cannot be fitted."""
        try:
            self.model = regress(self.data, self.formula(), self.effects.value, self.errors.value)
            shown = _Page(self.model, self.data, self.language).html()
        except WorkbenchError as error:
            self.model, shown = None, refused(error)
        self.shown.value = str(shown)

    def _kinds(self) -> list[tuple[str, str]]:
        kinds = COMPARED[self.effects.value]
        return [(self.language.say(f"lab.model.kind.{kind}"), kind) for kind in kinds]

    def _on_effects(self, change: Any) -> None:
        before = self.errors.value
        self.errors.options = self._kinds()
        # Other options bring another value, and with it a new page; the same value brings none.
        if self.errors.value == before:
            self.refresh()

    def _on_outcome(self, change: Any) -> None:
        # Nothing is accounted for by itself; with fewer terms the page follows by itself.
        left = [tag for tag in self.terms.value if self._names[tag] != change["new"]]
        if left == list(self.terms.value):
            self.refresh()
        self.terms.value = left


def _offered(data: Dataset, language: Language) -> dict[str, str]:
    """Return variables by the reader's names; of what grows with size only residents."""
    names = {}
    for _, row in data.measures.iterrows():
        measure, name = str(row["measure"]), language.name(row)
        if row["aggregation"] != "sum":
            names[name] = measure
        if measure.startswith("population_"):
            share = language.say("lab.model.share", name=language.inside(name))
            names[share] = measure.replace("population_", SHARE, 1)
    return dict(sorted(names.items()))


@dataclass(frozen=True)
class _Page:
    """A model in words: what goes with what, how sure, and the diagnostics."""

    model: Regression
    data: Dataset
    language: Language

    def html(self) -> Html:
        """Return the model: its reading, its terms, its diagnostics and its call."""
        model, say = self.model, self.language.say
        compared = say(
            f"lab.model.compared.{model.effects}",
            n=self.language.number(model.n),
            municipalities=self.language.number(model.municipalities),
            years=self.language.listed(spans(model.years[model.outcome]).split(", ")),
        )
        call = (
            f'wb.regress(data, "{model.formula}", effects="{model.effects}", '
            f'errors="{model.errors}")'
        )
        return framed(
            html.join(
                html.paragraph(compared),
                html.heading(say("lab.model.heading", outcome=self._name(model.outcome)), 3),
                *[html.paragraph(self._sentence(row)) for _, row in model.terms.iterrows()],
                html.paragraph(self._accounted()),
                html.paragraph(say("lab.model.caution"), "note"),
                self._terms(),
                html.details(say("lab.model.diagnostics"), self._diagnostics()),
                html.paragraph(Markup("<code>{}</code>").format(call), "note source"),
            )
        )

    @cached_property
    def _words(self) -> dict[str, tuple[str, Row]]:
        """Return the name and the unit of the outcome and each term."""
        names = {name: text for text, name in _offered(self.data, self.language).items()}
        units = {row["unit"]: row for row in self.data.units.to_dict("records")}
        words = {}
        for text, term in terms_of(self.model, self.data).items():
            share = term.name.startswith(SHARE)
            unit = "percent" if share else self.data.measure(term.name)["unit"]
            # With a decimal more than figures have: differences are smaller.
            fine = units[unit] | {"decimals": int(units[unit]["decimals"]) + 1}
            words[text] = names.get(text, text), fine
        return words

    def _name(self, term: str) -> str:
        return self._words[term][0]

    def _sentence(self, row: pd.Series) -> str:
        """Return the effect of a term: of the difference between two quartiles that occur."""
        model, language = self.model, self.language
        names = {"term": self._name(row["term"]), "outcome": self._name(model.outcome)}
        if row["alone"]:
            return language.say("lab.model.alone", who=row["alone"], **names)
        low, high = sorted([row["effect_low"], row["effect_high"]])
        clear = low > 0 or high < 0
        if clear:
            low, high = sorted([abs(low), abs(high)])
        over = model.effects in ("entity", "two-way")
        written = language.gap if over else language.amount
        (_, unit), (_, own) = self._words[model.outcome], self._words[row["term"]]
        sizes = {"size": row["effect"], "low": low, "high": high}
        quartiles = {"first": row["quartile_low"], "third": row["quartile_high"]}
        return language.say(
            f"lab.model.{'clear' if clear else 'unclear'}",
            over=over,
            up=row["effect"] > 0,
            **{key: language.gap(abs(value), unit) for key, value in sizes.items()},
            **{key: written(value, own) for key, value in quartiles.items()},
            **names,
        )

    def _accounted(self) -> str:
        """Return how much the terms account for, and whether they can be told apart."""
        say, number, model = self.language.say, self.language.number, self.model
        share = number(100 * model.within_r2)
        sentences = [say(f"lab.model.accounted.{model.effects}", share=share)]
        inflated = model.terms["vif"].max()
        if inflated > _INFLATED:
            sentences.append(say("lab.model.together", vif=number(inflated, 0)))
        return " ".join([*sentences, self._single()])

    def _single(self) -> str:
        """Return whether a clear relation hangs on a single municipality."""
        model, language = self.model, self.language
        clear = model.terms[(model.terms["low"] > 0) | (model.terms["high"] < 0)]
        gone = model.influential[model.influential["change"].isna()]
        if len(gone):
            terms = [language.inside(self._name(term)) for term in gone["term"].unique()]
            names = language.listed(map(str, gone["name"].unique()))
            return language.say("lab.model.rests", terms=language.listed(terms), names=names)
        moved = model.influential[model.influential["term"].isin(clear["term"])]
        before = moved["term"].map(clear.set_index("term")["coefficient"])
        turned = moved[(before + moved["change"]) * before < 0]
        if len(turned):
            names = language.listed(map(str, turned["name"].unique()[:_MOST]))
            return language.say("lab.model.turns", names=names)
        return language.say("lab.model.steady")

    def _terms(self) -> Html:
        say, number = self.language.say, self.language.number
        rows = []
        for _, row in self.model.terms.iterrows():
            decimals = _two_digits(row["coefficient" if row["alone"] else "error"])
            interval = p = ""
            if not row["alone"]:
                ends = {end: number(row[end], decimals, signed=True) for end in ("low", "high")}
                interval = say("trends.overview.from_to", **ends)
                p = number(row["p"], 3) if row["p"] >= 0.001 else f"< {number(0.001, 3)}"
            coefficient = number(row["coefficient"], decimals, signed=True)
            name, vif = self._name(row["term"]), number(row["vif"], 1)
            rows.append([name, coefficient, interval, p, vif])
        heads = html.columns(say, "lab.model", "term #coefficient #interval #p #vif")
        return html.table(heads, rows, say("lab.model.table"))

    def _diagnostics(self) -> Html:
        model, say, number = self.model, self.language.say, self.language.number
        lacking = set(model.dropped["municipality"].dropna()) - set(model.fitted["municipality"])
        facts = {
            "r2": number(model.r2, 3),
            "within": number(model.within_r2, 3),
            "condition": number(model.condition, 1),
            "usual": number(model.usual, _two_digits(model.usual)),
            "gone": number(len(lacking)),
        }
        columns = html.columns(say, "lab.model", "fact #common.value")
        rows = [[say(f"lab.model.{key}"), value] for key, value in facts.items()]
        table = html.table(columns, rows, say("lab.model.diagnostics"), titled=True)
        pulled = [
            [str(row["name"]), self._name(row["term"]), number(row["moved"], 2, signed=True)]
            for _, row in model.influential.dropna(subset="change").head(_MOST).iterrows()
        ]
        if not pulled:
            return table
        columns = html.columns(say, "lab.model", "common.municipality term #moved")
        return html.join(table, html.table(columns, pulled, say("lab.model.heavy")))


def _two_digits(value: float) -> int:
    """Return how many decimals leave two digits of a number."""
    size = abs(value)
    return 0 if size >= 100 or size == 0 else int(max(0, 1 - np.floor(np.log10(size))))
