"""Widgets to pick a municipality, goal, indicator and measure, and the frame of what they show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
import traitlets
from markupsafe import Markup

from workbench.dataset import Dataset
from workbench.errors import WorkbenchError
from workbench.lab.scenario import cities
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Html

#: As a goal or an indicator: all of them.
ALL = ""

Options = list[tuple[str, str]]


@cache
def _style() -> Markup:
    """Return the style sheet of the workbench in JupyterLab."""
    return Markup(Path(__file__).with_name("style.css").read_text(encoding="utf-8"))


def framed(body: str) -> Html:
    """Return a piece of a page in its own style, whatever the theme around it."""
    return Html(Markup('<style>{}</style><div class="wb">{}</div>').format(_style(), Markup(body)))


def refused(sentence: object) -> Html:
    """Return why there is nothing to show, in place of what was shown before."""
    return framed(html.paragraph(str(sentence), "refused"))


def field(label: str, widget: widgets.Widget) -> widgets.VBox:
    """Return a widget under its label, which is read with it."""
    if not isinstance(widget, widgets.Box):
        widget.layout.width = widget.layout.width or "calc(100% - .6rem)"
        widget.tooltip = label
    low = widgets.Layout(height="1.4rem", margin="0 2px")
    title = widgets.Label(label, style={"font_weight": "600"}, layout=low)
    return widgets.VBox([title, widget], layout=widgets.Layout(margin="0 0 .2rem 0"))


def columns(
    fields: Sequence[widgets.Widget], shown: Sequence[widgets.Widget]
) -> list[widgets.Widget]:
    """Return the children of a page: fields on the left, beside them what they show."""
    # Side by side on a screen of 1280 px, with JupyterLab's list of files beside them.
    left = widgets.VBox(fields, layout=widgets.Layout(width="18rem", flex="0 0 auto"))
    right = widgets.VBox(shown, layout=widgets.Layout(flex="1 1 26rem", min_width="20rem"))
    return [widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap"))]


def municipalities(data: Dataset) -> dict[str, str]:
    """Return the numbers of all municipalities by the text on offer: 'Bærum (3201)'."""
    rows = data.municipalities.sort_values(["name", "number"])
    pairs = zip(rows["name"], rows["number"], strict=True)
    return {f"{name} ({number})": str(number) for name, number in pairs}


def comparable(data: Dataset, language: Language) -> dict[str, str]:
    """Return what one may compare with: municipalities, and then cities abroad, named as such."""
    return municipalities(data) | {text: city for city, text in cities(data, language).items()}


def municipality(data: Dataset, number: str) -> widgets.Combobox:
    """Return a field that finds a municipality while its name or number is typed."""
    known = municipalities(data)
    begin = next(text for text, own in known.items() if own == number)
    return widgets.Combobox(value=begin, options=list(known), continuous_update=False)


def number_of(data: Dataset, typed: str) -> str:
    """Return the number of the municipality that was picked or typed: 'Bærum (3201)', 'Bærum'.

    Raises
    ------
    UsageError
        If it is no municipality, or several.
    """
    return municipalities(data).get(typed.strip()) or data.municipality(typed.strip())


class Picked(widgets.VBox):
    """Places picked one after the other: Enter adds one, its button takes it away; `value`."""

    value = traitlets.Tuple()

    def __init__(self, data: Dataset, language: Language) -> None:
        self._data, self._say, self.known = data, language.say, comparable(data, language)
        self._added = widgets.Combobox(options=list(self.known), continuous_update=False)
        self._added.layout.width = "calc(100% - .6rem)"
        self._added.placeholder = language.say("lab.ui.hand_hint")
        self._added.observe(self._on_added, "value")
        self.observe(lambda change: self._show(), "value")
        super().__init__([self._added])

    def _on_added(self, change: Any) -> None:
        if not change["new"].strip():
            return
        try:
            wanted = self.known.get(change["new"]) or number_of(self._data, change["new"])
        except WorkbenchError as error:
            self._show(widgets.HTML(str(refused(error))))
            return
        text = next(text for text, place in self.known.items() if place == wanted)
        self.value = tuple(dict.fromkeys([*self.value, text]))
        self._added.value = ""

    def _show(self, *notes: widgets.Widget) -> None:
        """Show a button for each; its cross stands first, where a long name cannot hide it."""
        buttons = []
        for text in self.value:
            button = widgets.Button(description=text, icon="times", layout={"width": "auto"})
            button.tooltip = self._say("lab.ui.remove", name=text)
            button.on_click(lambda _, gone=text: self._remove(gone))
            buttons.append(button)
        self.children = [self._added, *notes, *buttons]

    def _remove(self, gone: str) -> None:
        self.value = tuple(text for text in self.value if text != gone)


class Selectors:
    """The fields `who`, `goal`, `kpi` and `measure`, each narrowing the next; `rows` shows them."""

    def __init__(self, data: Dataset, language: Language, number: str) -> None:
        self._data, self._language = data, language
        some = data.measures["measure"].isin(data.observations["measure"].unique())
        self._offered = data.measures[some]  # the others have no figure of anybody to show
        self.who = municipality(data, number)
        self.goal = widgets.Dropdown(options=self._goals())
        self.kpi = widgets.Dropdown(options=self._kpis())
        self.measure = widgets.Dropdown(options=self._measures())
        named = {
            "municipality": self.who,
            "goal": self.goal,
            "kpi": self.kpi,
            "measure": self.measure,
        }
        self.rows = [field(language.say(f"lab.ui.{key}"), box) for key, box in named.items()]
        self.goal.observe(self._on_goal, "value")
        self.kpi.observe(self._on_kpi, "value")

    def number(self) -> str:
        """Return the number of the municipality."""
        return number_of(self._data, self.who.value)

    def _named(self, rows: pd.DataFrame, column: str) -> Options:
        return [(self._language.name(row), row[column]) for _, row in rows.iterrows()]

    def _goals(self) -> Options:
        rows = self._data.labels[self._data.labels["kind"] == "goal"]
        named = [
            (self._language.say("common.goal_name", number=key, name=name), key)
            for name, key in self._named(rows, "key")
            if len(self._known(key))
        ]
        return [(self._language.say("lab.ui.all_goals"), ALL), *named]

    def _known(self, goal: str) -> pd.DataFrame:
        """Return the indicators of a goal that anybody has a figure for."""
        kpis = self._data.kpis.sort_values("number")
        kpis = kpis[kpis["code"].isin(self._offered["kpi"])]
        return kpis if goal == ALL else kpis[kpis["goal"].astype(str) == goal]

    def _kpis(self) -> Options:
        named = self._named(self._known(self.goal.value), "code")
        return [(self._language.say("lab.ui.all_kpis"), ALL), *named]

    def _measures(self) -> Options:
        rows = self._offered
        if self.kpi.value != ALL:
            rows = rows[rows["kpi"] == self.kpi.value]
        elif self.goal.value != ALL:
            rows = rows[rows["kpi"].isin(self._known(self.goal.value)["code"])]
        # What is read by itself first; what only helps to read it last.
        order = {"direct": 0, "proxy": 1, "component": 2, "context": 3}
        rows = rows.sort_values("relation", key=lambda of: of.map(order), kind="stable")
        return self._named(rows, "measure")

    def _on_goal(self, change: Any) -> None:
        self.kpi.options = self._kpis()
        self._on_kpi(change)

    def _on_kpi(self, change: Any) -> None:
        """Offer other measures, and stay with the one that is shown if it is among them."""
        before, options = self.measure.value, self._measures()
        # Options are set with the value in one step, so that no other measure is shown between.
        with self.measure.hold_trait_notifications():
            self.measure.options = options
            names = [name for _, name in options]
            self.measure.value = before if before in names else names[0]
