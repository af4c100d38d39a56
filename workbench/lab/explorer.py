"""The page of ``notebooks/explore.ipynb``: widgets that call what stands elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from workbench.analysis.outlook import HORIZON
from workbench.briefs import trends
from workbench.dataset import Dataset, load
from workbench.errors import UsageError, WorkbenchError
from workbench.lab.actions import Doing
from workbench.lab.page import page, refused
from workbench.lab.save import OUT
from workbench.lab.scenario import SIMILAR, Choice, Scene, Scenes
from workbench.lab.selectors import Pick, field, municipalities
from workbench.language.translator import Language
from workbench.storage import normalise

#: In place of a group: municipalities picked by hand.
BY_HAND = "by hand"


def explore(
    municipality: str = "3201",
    language: str = "nb",
    measure: str = "",
    data_folder: str | Path | None = None,
    out: Path = OUT,
) -> Explorer:
    """Return the page on which to pick, bend and see at once.

    Parameters
    ----------
    municipality : str
        Whom to begin with: a number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    measure : str
        What to begin with; by default the first one that a trend can be shown for.
    data_folder : str or Path, optional
        A folder of figures; the project's own by default.
    out : Path
        Where pictures, tables and briefs go.

    Raises
    ------
    UsageError
        If the municipality, the measure or the language is not known.

    Examples
    --------
    >>> import workbench as wb
    >>> page = wb.explore("Trondheim", measure="voter_turnout_storting")
    >>> page.bend.value, page.target.value = True, "80"
    >>> page.scene.row["verdict"]
    'met'
    """
    shown = Explorer(load(data_folder or None), municipality, Language(language), out)
    if measure:
        shown.pick.measure.value = shown.data.measure(measure)["measure"]
    return shown


class Explorer(widgets.VBox):
    """The widgets of the page; `choice` is what they say, `scene` what is known of it.

    Attributes
    ----------
    scene : Scene, optional
        What is shown; None while a sentence says why nothing is.
    """

    def __init__(self, data: Dataset, begin: str, language: Language, out: Path) -> None:
        self.data, self.language, self.out = data, language, out
        self.scene: Scene | None = None
        self._scenes, self._still = Scenes(data), False
        number = data.municipality(begin)
        self._controls(number)
        self.shown = widgets.HTML()
        self.doing = Doing(language, out, lambda: self.scene, self._added)
        side = widgets.VBox(
            [*self.pick.rows, *self._peers_rows, *self._target_rows, *self._look_rows],
            layout=widgets.Layout(width="21rem", flex="0 0 auto"),
        )
        right = widgets.VBox(
            [self.shown, self.doing],
            layout=widgets.Layout(flex="1 1 34rem", min_width="20rem"),
        )
        columns = widgets.HBox([side, right], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([columns])
        self._begin()

    # What there is to pick ------------------------------------------------------------------

    def _controls(self, number: str) -> None:
        say, style = self.language.say, {"description_width": "initial"}
        self.pick = Pick(self.data, self.language, number)
        groups = self.data.groups["group"].unique()
        labels = self.data.labels[self.data.labels["kind"] == "group"].set_index("key")
        named = [(self.language.name(labels.loc[g]) if g in labels.index else g, g) for g in groups]
        options = [
            (say("lab.ui.usual"), ""),
            (say("lab.ui.similar"), SIMILAR),
            (say("lab.ui.by_hand"), BY_HAND),
        ]
        self.peers = widgets.Dropdown(options=[*options, *named])
        self.hand = widgets.TagsInput(
            allowed_tags=list(municipalities(self.data)), allow_duplicates=False
        )
        self.hand.placeholder = say("lab.ui.hand_hint")
        self._hand_row = field(say("lab.ui.hand"), self.hand)
        self._hand_row.layout.display = "none"
        self._peers_rows = [field(say("lab.ui.peers"), self.peers), self._hand_row]
        self.bend = widgets.Checkbox(description=say("lab.ui.bend"), indent=False, style=style)
        # A field for numbers drops the comma of 6,5 in a browser that writes decimals with a point.
        layout = widgets.Layout(width="9rem")
        self.target = widgets.Text(disabled=True, continuous_update=False, layout=layout)
        self.year = widgets.IntText(HORIZON, disabled=True, layout=widgets.Layout(width="6rem"))
        self.unit = widgets.Label()
        aim = widgets.HBox([self.target, self.unit])
        self._target_rows = [
            self.bend,
            field(say("lab.ui.target"), aim),
            field(say("lab.ui.target_year"), self.year),
        ]
        self.ahead = widgets.Checkbox(
            True, description=say("lab.ui.ahead"), indent=False, style=style
        )
        self.scale = widgets.ToggleButtons(
            options=[(say("lab.ui.linear"), False), (say("lab.ui.log"), True)],
            style={"button_width": "9rem"},
        )
        self._look_rows = [self.ahead, field(say("lab.ui.scale"), self.scale)]
        self.pick.measure.observe(self._on_measure, "value")
        self.pick.observe(self._on_change)
        for one in (self.hand, self.target, self.year, self.ahead, self.scale):
            one.observe(self._on_change, "value")
        self.peers.observe(self._on_peers, "value")
        self.bend.observe(self._on_bend, "value")

    def choice(self) -> Choice:
        """Return what the widgets say.

        Raises
        ------
        UsageError
            If the municipality that was typed is none, or the target no number.
        """
        peers: str | tuple[str, ...] = self.peers.value
        if peers == BY_HAND:
            known = municipalities(self.data)
            peers = tuple(known[tag] for tag in self.hand.value)
            if not peers:
                raise UsageError(self.language.say("lab.ui.hand_hint"))
        return Choice(
            self.pick.number(),
            self.pick.measure.value,
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

    def _begin(self) -> None:
        """Show the first measure that there is a trend for, rather than one without figures."""
        offered = [measure for _, measure in self.pick.measure.options]
        known = set(trends.shown(self._scenes.view(self.choice()))["measure"])
        self._still = True
        self.pick.measure.value = next((m for m in offered if m in known), offered[0])
        self._still = False
        self._on_change()

    # What happens when something is picked --------------------------------------------------

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

    def _on_measure(self, change: Any) -> None:
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
        about = self.data.measure(self.pick.measure.value)
        units = self.data.units.set_index("unit")
        unit = units.loc[about["unit"]]
        self.unit.value = self.language.name(unit, "symbol")
        try:
            rows = self._scenes.view(self.choice()).assessed
        except WorkbenchError:
            return
        row = rows[rows["measure"] == about["measure"]]
        if row.empty:
            return
        held, last = row["target"].iloc[0], row["last"].iloc[0]
        value, year = (last if pd.isna(held) else held), row["target_year"].iloc[0]
        with self._quietly():
            self.target.value = self._written(float(value), int(unit["decimals"]))
            self.year.value = HORIZON if pd.isna(year) or year <= row["last_year"].iloc[0] else year

    def _written(self, value: float, decimals: int) -> str:
        """Return a value as it may be typed: 1.234 alone could also be more than a thousand."""
        decimals = 4 if decimals == 3 else decimals
        number = self.language.number
        return number(value, decimals).replace(number(1000)[1], "")

    def refresh(self) -> None:
        """Show what is known of the choice; the page is replaced in one piece."""
        try:
            self.scene = self._scenes.of(self.choice())
            shown = page(self.scene)
        except WorkbenchError as error:
            self.scene, shown = None, refused(str(error))
        self.shown.value = str(shown)
        self.doing.follow(self.scene)

    def _added(self) -> None:
        """Read the targets again, of which there is one more."""
        self.data = load(self.data.path)
        self._scenes = Scenes(self.data)
        with self._quietly():
            self.bend.value = False
        self._on_change()
