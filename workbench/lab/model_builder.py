"""The regression builder: pick what to account for and by what, and read what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench.analysis.regression.model import Regression, regress
from workbench.dataset import Dataset, load
from workbench.errors import UsageError, WorkbenchError
from workbench.lab.model_page import model_page, offered
from workbench.lab.page import refused
from workbench.lab.selectors import field
from workbench.language.translator import Language

#: What may be compared, and the standard errors that fit each, the usual ones first.
COMPARED = {
    "none": ("HC3", "HC2", "HC1", "HC0"),
    "time": ("cluster", "driscoll-kraay"),
    "pooled": ("cluster", "driscoll-kraay"),
    "entity": ("cluster", "driscoll-kraay"),
    "two-way": ("cluster", "driscoll-kraay"),
}


def builder(
    outcome: str = "voter_turnout_storting",
    terms: str | Sequence[str] = ("tertiary_education_share", "share_67_plus"),
    language: str = "nb",
    data_folder: str | Path | None = None,
) -> Builder:
    """Return the regression builder.

    Parameters
    ----------
    outcome : str
        A measure.
    terms : str or sequence of str
        Measures, or shares of the population as ``share_67_plus``.
    language : str
        A folder in ``workbench/text``.
    data_folder : str or Path, optional
        A folder of figures; the project's own by default.

    Raises
    ------
    UsageError
        If a name or the language is not known.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.builder("tertiary_education_share", ["flat_share"]).formula()
    'tertiary_education_share ~ flat_share'
    """
    picked = [terms] if isinstance(terms, str) else terms
    return Builder(load(data_folder or None), outcome, picked, Language(language))


class Builder(widgets.VBox):
    """The widgets; `model` is what was fitted last.

    Attributes
    ----------
    model : Regression, optional
        None while a sentence says why there is none.
    """

    def __init__(
        self, data: Dataset, outcome: str, terms: Sequence[str], language: Language
    ) -> None:
        self.data, self.language = data, language
        self.model: Regression | None = None
        say = language.say
        names = offered(data, language)
        by_name = {name: text for text, name in names.items()}
        for wanted in (outcome, *terms):
            if wanted not in by_name:
                data.measure(wanted)
        self._names = names
        self.outcome = widgets.Dropdown(options=list(names.items()), value=outcome)
        self.terms = widgets.TagsInput(
            value=[by_name[term] for term in terms],
            allowed_tags=list(names),
            allow_duplicates=False,
        )
        self.effects = widgets.Dropdown(
            options=[(say(f"lab.model.effects.{key}"), key) for key in COMPARED]
        )
        self.errors = widgets.Dropdown(options=self._kinds("none"))
        self.shown = widgets.HTML()
        rows = [
            field(say("lab.ui.outcome"), self.outcome),
            field(say("lab.ui.terms"), self.terms),
            field(say("lab.ui.effects"), self.effects),
            field(say("lab.ui.errors"), self.errors),
        ]
        side = widgets.VBox(rows, layout=widgets.Layout(width="21rem", flex="0 0 auto"))
        self.shown.layout = widgets.Layout(flex="1 1 34rem", min_width="20rem")
        columns = widgets.HBox([side, self.shown], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([columns])
        self.effects.observe(self._on_effects, "value")
        self.outcome.observe(self._on_outcome, "value")
        for one in (self.terms, self.errors):
            one.observe(self._on_change, "value")
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

    def refresh(self) -> None:
        """Fit the model and show it, or say why it cannot be fitted."""
        try:
            self.model = regress(self.formula(), self.data, self.effects.value, self.errors.value)
            shown = model_page(self.model, self.data, self.language)
        except WorkbenchError as error:
            self.model, shown = None, refused(str(error))
        self.shown.value = str(shown)

    def _kinds(self, effects: str) -> list[tuple[str, str]]:
        return [(self.language.say(f"lab.model.kind.{kind}"), kind) for kind in COMPARED[effects]]

    def _on_effects(self, change: Any) -> None:
        kinds = self._kinds(change["new"])
        before = self.errors.value
        self.errors.options = kinds
        # Other options bring another value, and with it a new page; the same value brings none.
        if self.errors.value == before:
            self.refresh()

    def _on_outcome(self, change: Any) -> None:
        # Nothing is accounted for by itself; with fewer terms the page follows by itself.
        left = [tag for tag in self.terms.value if self._names[tag] != change["new"]]
        if left == list(self.terms.value):
            self.refresh()
        self.terms.value = left

    def _on_change(self, change: Any) -> None:
        self.refresh()
