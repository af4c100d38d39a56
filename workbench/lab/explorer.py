"""The page of ``notebooks/explore.ipynb``: widgets that call the functions of other modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from workbench.analysis.outlook import HORIZON
from workbench.briefs import trends
from workbench.dataset import Dataset, folder_or_figures, load
from workbench.errors import UsageError, WorkbenchError
from workbench.lab.actions import Actions
from workbench.lab.page import OUT, page
from workbench.lab.scenario import SIMILAR, Choice, Scenario, Scenarios
from workbench.lab.selectors import Picked, Selectors, columns, field, refused
from workbench.language.translator import Language
from workbench.storage import normalise

#: In place of a group: municipalities picked by hand.
BY_HAND = "by hand"


def explore(
    data: Dataset | str | Path | None = None,
    municipality: str | int = "3201",
    language: str = "nb",
    measure: str = "",
    out: Path = OUT,
) -> Explorer:
    """Return the page on which to pick, change and see at once.

    Parameters
    ----------
    data : Dataset, or the folder to load it from; None: the project's own
    municipality : str or int
        The municipality to begin with: a number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    measure : str
        The measure to begin with; by default the first one that a trend can be shown for.
    out : Path
        Where pictures, tables and briefs go.

    Raises
    ------
    UsageError
        If the municipality, the measure or the language is not known.

    Examples
    --------
    >>> import workbench as wb
    >>> page = wb.explore(None, "Trondheim", measure="voter_turnout_storting")
    >>> page.bend.value, page.target.value = True, "80"
    >>> page.scene.row["verdict"]
    'met'
    """
    figures = folder_or_figures(data, 'wb.explore(data, "Trondheim")')
    shown = Explorer(figures, municipality, Language(language), out)
    if measure:
        name = shown.data.measure(measure)["measure"]
        if all(name != offered for _, offered in shown.selectors.measure.options):
            raise UsageError(f"There are no figures of {name} to show. Choose another measure.")
        shown.selectors.measure.value = name
    return shown


class Explorer(widgets.VBox):
    """The widgets of the page; `choice` is what they say.

    Attributes
    ----------
    scene : Scenario, optional
        The scenario that is shown; None while a sentence says why there is none.
    """

    def __init__(
        self, data: Dataset, municipality: str | int, language: Language, out: Path
    ) -> None:
        self.data, self.language = data, language
        self.scene: Scenario | None = None
        self._scenarios, self._still = Scenarios(data), False
        self.selectors = Selectors(data, language, data.municipality(municipality))
        fields = [*self.selectors.rows, *self._peers(), *self._target(), *self._look()]
        self.shown = widgets.HTML()
        self.actions = Actions(language, out, lambda: self.scene, self._added)
        super().__init__(columns(fields, [self.shown, self.actions]))
        # The first measure that there is a trend for, rather than one without figures.
        measure = self.selectors.measure
        known = set(trends.table(self._scenarios.view(self.choice()))["measure"])
        measure.value = next((m for _, m in measure.options if m in known), measure.value)
        measure.observe(self._on_measure, "value")
        for one in (self.selectors.who, self.hand, self.target, self.year, self.ahead, self.scale):
            one.observe(self._on_change, "value")
        self.peers.observe(self._on_peers, "value")
        self.bend.observe(self._on_bend, "value")
        self._on_change()

    def _peers(self) -> list[widgets.Widget]:
        say = self.language.say
        groups = self.data.groups["group"].unique()
        labels = self.data.labels[self.data.labels["kind"] == "group"].set_index("key")
        named = [(self.language.name(labels.loc[g]) if g in labels.index else g, g) for g in groups]
        ways = {"usual": "", "similar": SIMILAR, "by_hand": BY_HAND}
        options = [(say(f"lab.ui.{key}"), value) for key, value in ways.items()]
        self.peers = widgets.Dropdown(options=[*options, *named])
        self.hand = Picked(self.data, self.language)
        self._hand_row = field(say("lab.ui.hand"), self.hand)
        self._hand_row.layout.display = "none"
        return [field(say("lab.ui.peers"), self.peers), self._hand_row]

    def _target(self) -> list[widgets.Widget]:
        say = self.language.say
        self.bend = self._checkbox("bend", False)
        # A field for numbers drops the comma of 6,5 in a browser that writes decimals with a point.
        layout = widgets.Layout(width="7rem")
        self.target = widgets.Text(disabled=True, continuous_update=False, layout=layout)
        self.year = widgets.IntText(HORIZON, disabled=True, layout=widgets.Layout(width="6rem"))
        self.unit = widgets.Label()
        target = field(say("lab.ui.target"), widgets.HBox([self.target, self.unit]))
        return [self.bend, widgets.HBox([target, field(say("lab.ui.target_year"), self.year)])]

    def _look(self) -> list[widgets.Widget]:
        say = self.language.say
        self.ahead = self._checkbox("ahead", True)
        self.scale = widgets.ToggleButtons(
            options=[(say("lab.ui.linear"), False), (say("lab.ui.log"), True)],
            style={"button_width": "8rem"},
        )
        return [self.ahead, field(say("lab.ui.scale"), self.scale)]

    def _checkbox(self, key: str, value: bool) -> widgets.Checkbox:
        style = {"description_width": "initial"}
        description = self.language.say(f"lab.ui.{key}")
        return widgets.Checkbox(value, description=description, indent=False, style=style)

    def choice(self) -> Choice:
        """Return the choice that the widgets say.

        Raises
        ------
        UsageError
            If the municipality that was typed is none, or the target no number.
        """
        peers: str | tuple[str, ...] = self.peers.value
        if peers == BY_HAND:
            peers = tuple(self.hand.known[text] for text in self.hand.value)
            if not peers:
                raise UsageError(self.language.say("lab.ui.hand_hint"))
        return Choice(
            self.selectors.number(),
            self.selectors.measure.value,
            peers,
            self._tried() if self.bend.value else None,
            self.year.value,
            self.ahead.value,
            self.scale.value,
            self.language.code,
        )

    def _tried(self) -> float:
        """Return the target that was typed, which may have its unit behind it."""
        try:
            value, unit = normalise.number(self.target.value)
            if unit in ("", normalise.text(self.unit.value)):
                return value
        except ValueError:
            pass
        shown = normalise.shown(self.target.value)
        raise UsageError(self.language.say("lab.refused.number", value=shown))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change widgets without showing each step between."""
        before, self._still = self._still, True
        try:
            yield
        finally:
            self._still = before

    def _on_change(self, change: Any = None) -> None:
        if self._still:
            return
        if not self.bend.value:
            self._follow_target()
        self.refresh()

    def _on_measure(self, change: Any = None) -> None:
        # A target of one measure is none of another.
        with self._quietly():
            self.bend.value = False
        self._on_change()

    def _on_peers(self, change: Any) -> None:
        self._hand_row.layout.display = None if change["new"] == BY_HAND else "none"
        self._on_change()

    def _on_bend(self, change: Any) -> None:
        self.target.disabled = self.year.disabled = not change["new"]
        self._on_change()

    def _follow_target(self) -> None:
        """Put the target that holds, or else the newest figure, where another may be typed."""
        measure = self.data.measure(self.selectors.measure.value)
        unit = self.data.units.set_index("unit").loc[measure["unit"]]
        self.unit.value = self.language.name(unit, "symbol")
        try:
            rows = self._scenarios.view(self.choice()).assessed
        except WorkbenchError:
            return
        rows = rows[rows["measure"] == measure["measure"]]
        if rows.empty:
            return
        row = rows.iloc[0]
        value, year = row["target"], row["target_year"]
        with self._quietly():
            self.target.value = self._written(
                float(row["last"] if pd.isna(value) else value), int(unit["decimals"])
            )
            self.year.value = HORIZON if pd.isna(year) or year <= row["last_year"] else int(year)

    def _written(self, value: float, decimals: int) -> str:
        """Return a value as it may be typed: 1.234 alone could also be more than a thousand."""
        decimals = 4 if decimals == 3 else decimals
        number = self.language.number
        return number(value, decimals).replace(number(1000)[1], "")

    def refresh(self) -> None:
        """Show the scenario of the choice; the page is replaced in one piece."""
        try:
            self.scene = self._scenarios.of(self.choice())
            shown = page(self.scene)
        except WorkbenchError as error:
            self.scene, shown = None, refused(error)
        self.shown.value = str(shown)
        self.actions.follow(self.scene)

    def _added(self) -> None:
        """Read the targets again, of which there is one more."""
        self.data = load(self.data.path)
        self._scenarios = Scenarios(self.data)
        self._on_measure()
