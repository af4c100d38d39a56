"""Widgets to pick a municipality, a goal, an indicator and a measure, each narrowing the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from workbench.dataset import Dataset
from workbench.language.translator import Language

#: As a goal or an indicator: all of them.
ALL = ""


def field(label: str, widget: widgets.Widget) -> widgets.VBox:
    """Return a widget under its label, which is read with it."""
    if hasattr(widget, "layout") and not isinstance(widget, widgets.Box):
        widget.layout.width = widget.layout.width or "calc(100% - .6rem)"
        widget.tooltip = label
    title = widgets.Label(label)
    title.style.font_weight = "600"
    return widgets.VBox([title, widget], layout=widgets.Layout(margin="0 0 .35rem 0"))


def municipalities(data: Dataset) -> dict[str, str]:
    """Return the numbers of all municipalities by what is offered: 'Bærum (3201)'."""
    rows = data.municipalities.sort_values(["name", "number"])
    pairs = zip(rows["name"], rows["number"], strict=True)
    return {f"{name} ({number})": str(number) for name, number in pairs}


def municipality(data: Dataset, number: str) -> widgets.Combobox:
    """Return a field that finds a municipality while its name or number is typed."""
    known = municipalities(data)
    begin = next(text for text, own in known.items() if own == number)
    return widgets.Combobox(value=begin, options=list(known), continuous_update=False)


def number_of(data: Dataset, text: str) -> str:
    """Return the number of what was picked or typed: 'Bærum (3201)', '0219', 'Bærum'.

    Raises
    ------
    UsageError
        If it is no municipality, or several.
    """
    return municipalities(data).get(text) or data.municipality(text)


class Pick:
    """The fields; `rows` are to be shown one below the other.

    Attributes
    ----------
    who, goal, kpi, measure : widgets
    """

    def __init__(self, data: Dataset, language: Language, number: str) -> None:
        self._data, self._language = data, language
        say = language.say
        self.who = municipality(data, number)
        self.goal = widgets.Dropdown(options=self._goals())
        self.kpi = widgets.Dropdown(options=self._kpis(ALL))
        self.measure = widgets.Dropdown(options=self._measures(ALL, ALL))
        self.rows = [
            field(say("lab.ui.municipality"), self.who),
            field(say("lab.ui.goal"), self.goal),
            field(say("lab.ui.kpi"), self.kpi),
            field(say("lab.ui.measure"), self.measure),
        ]
        self.goal.observe(self._narrow_kpis, "value")
        self.kpi.observe(self._narrow_measures, "value")

    def observe(self, told: Callable[[Any], None]) -> None:
        """Tell when another municipality is picked; the measure tells by itself."""
        self.who.observe(told, "value")

    def number(self) -> str:
        """Return the number of the municipality."""
        return number_of(self._data, self.who.value.strip())

    def _goals(self) -> list[tuple[str, str]]:
        rows = self._data.labels[self._data.labels["kind"] == "goal"]
        say, name = self._language.say, self._language.name
        named = [
            (say("common.goal_name", number=row["key"], name=name(row)), str(row["key"]))
            for _, row in rows.iterrows()
            if len(self._known(str(row["key"])))
        ]
        return [(say("lab.ui.all_goals"), ALL), *named]

    def _known(self, goal: str) -> Any:
        """Return the indicators of a goal that there is a measure for."""
        kpis = self._data.kpis.sort_values("number")
        kpis = kpis[kpis["code"].isin(self._data.measures["kpi"])]
        return kpis if goal == ALL else kpis[kpis["goal"].astype(str) == goal]

    def _kpis(self, goal: str) -> list[tuple[str, str]]:
        named = [(self._language.name(row), row["code"]) for _, row in self._known(goal).iterrows()]
        return [(self._language.say("lab.ui.all_kpis"), ALL), *named]

    def _measures(self, goal: str, kpi: str) -> list[tuple[str, str]]:
        rows = self._data.measures
        if kpi != ALL:
            rows = rows[rows["kpi"] == kpi]
        elif goal != ALL:
            rows = rows[rows["kpi"].isin(self._known(goal)["code"])]
        # What is read by itself first; what only helps to read it last.
        order = rows["relation"].map({"direct": 0, "proxy": 1, "component": 2, "context": 3})
        rows = rows.assign(order=order).sort_values("order", kind="stable")
        return [(self._language.name(row), row["measure"]) for _, row in rows.iterrows()]

    def _narrow_kpis(self, change: Any) -> None:
        self.kpi.options = self._kpis(change["new"])
        self._offer(self._measures(change["new"], self.kpi.value or ALL))

    def _narrow_measures(self, change: Any) -> None:
        self._offer(self._measures(self.goal.value, change["new"] or ALL))

    def _offer(self, options: list[tuple[str, str]]) -> None:
        """Offer other measures, and stay with the one that is shown if it is among them."""
        before = self.measure.value
        # Options are set with the value in one step, so that no other measure is shown between.
        with self.measure.hold_trait_notifications():
            self.measure.options = options
            names = [name for _, name in options]
            self.measure.value = before if before in names else names[0]
