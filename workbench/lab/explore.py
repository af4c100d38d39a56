"""The page of ``notebooks/explore.ipynb``: widgets that call what stands elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import ipywidgets as widgets
import pandas as pd
from markupsafe import Markup

from workbench import html
from workbench.assessment import HORIZON
from workbench.dataset import Dataset, load
from workbench.errors import UsageError, WorkbenchError
from workbench.lab import address, keeping, making
from workbench.lab.page import framed, page, refused
from workbench.lab.pick import Pick, field, municipalities
from workbench.lab.scene import SIMILAR, Choice, Scene, Scenes
from workbench.language import Language

#: In place of a group: municipalities picked by hand.
BY_HAND = "by hand"

#: The brief that is offered first: the one that shows what is seen here.
_BRIEF = "02_trends"


def explore(
    municipality: str = "3201",
    language: str = "nb",
    data_folder: str | Path | None = None,
    out: Path = keeping.OUT,
) -> Explorer:
    """Return the page on which to pick, bend and see at once.

    Parameters
    ----------
    municipality : str
        Whom to begin with: a number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    data_folder : str or Path, optional
        A folder of figures; the project's own by default.
    out : Path
        Where pictures, tables and briefs go.

    Raises
    ------
    UsageError
        If the municipality or the language is not known.
    """
    return Explorer(load(data_folder or None), municipality, Language(language), out)


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
        self._say = lambda key, **values: language.say(f"lab.ui.{key}", **values)
        number = data.municipality(begin)
        self._controls(number)
        self.shown, self.message = widgets.HTML(), widgets.HTML()
        self.message.add_class("wb-message")
        side = widgets.VBox(
            [*self.pick.rows, *self._peers_rows, *self._target_rows, *self._look_rows],
            layout=widgets.Layout(width="21rem", flex="0 0 auto"),
        )
        right = widgets.VBox(
            [self.shown, self._doing(), self.message],
            layout=widgets.Layout(flex="1 1 34rem", min_width="20rem"),
        )
        columns = widgets.HBox([side, right], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([columns])
        self._follow_target()
        self.refresh()

    # What there is to pick ------------------------------------------------------------------

    def _controls(self, number: str) -> None:
        say, style = self._say, {"description_width": "initial"}
        self.pick = Pick(self.data, self.language, number)
        groups = self.data.groups["group"].unique()
        labels = self.data.labels[self.data.labels["kind"] == "group"].set_index("key")
        named = [(self.language.name(labels.loc[g]) if g in labels.index else g, g) for g in groups]
        options = [(say("usual"), ""), (say("similar"), SIMILAR), (say("by_hand"), BY_HAND)]
        self.peers = widgets.Dropdown(options=[*options, *named])
        self.hand = widgets.TagsInput(
            allowed_tags=list(municipalities(self.data)), allow_duplicates=False
        )
        self.hand.placeholder = say("hand_hint")
        self._hand_row = field(say("hand"), self.hand)
        self._hand_row.layout.display = "none"
        self._peers_rows = [field(say("peers"), self.peers), self._hand_row]
        self.bend = widgets.Checkbox(description=say("bend"), indent=False, style=style)
        self.target = widgets.FloatText(disabled=True, layout=widgets.Layout(width="9rem"))
        self.year = widgets.IntText(HORIZON, disabled=True, layout=widgets.Layout(width="6rem"))
        self.unit = widgets.Label()
        aim = widgets.HBox([self.target, self.unit])
        self._target_rows = [
            self.bend,
            field(say("target"), aim),
            field(say("target_year"), self.year),
        ]
        self.ahead = widgets.Checkbox(True, description=say("ahead"), indent=False, style=style)
        self.scale = widgets.ToggleButtons(
            options=[(say("linear"), False), (say("log"), True)],
            style={"button_width": "9rem"},
        )
        self._look_rows = [self.ahead, field(say("scale"), self.scale)]
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
            If the municipality that was typed is none.
        """
        peers: str | tuple[str, ...] = self.peers.value
        if peers == BY_HAND:
            known = municipalities(self.data)
            peers = tuple(known[tag] for tag in self.hand.value)
            if not peers:
                raise UsageError(self._say("hand_hint"))
        return Choice(
            self.pick.number(),
            self.pick.measure.value,
            peers,
            self.target.value if self.bend.value else None,
            self.year.value,
            self.ahead.value,
            self.scale.value,
            self.language.code,
        )

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
        self.message.value = ""
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
        self.target.step = 10.0 ** -int(unit["decimals"])
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
            self.target.value = round(float(value), int(unit["decimals"]))
            self.year.value = HORIZON if pd.isna(year) or year <= row["last_year"].iloc[0] else year

    def refresh(self) -> None:
        """Show what is known of the choice; the page is replaced in one piece."""
        try:
            self.scene = self._scenes.of(self.choice())
            shown = page(self.scene)
        except WorkbenchError as error:
            self.scene, shown = None, refused(str(error))
        self.shown.value = str(shown)
        for button in (self.save, self.add, self.make) if hasattr(self, "save") else ():
            button.disabled = self.scene is None

    # The three buttons ----------------------------------------------------------------------

    def _doing(self) -> widgets.Widget:
        say = self._say
        self.save = self._button("save", "download", self._on_save)
        self.add = self._button("add", "plus", self._on_add)
        self.make = self._button("make", "file-text-o", self._on_make)
        wide = widgets.Layout(width="22rem")
        self.name = widgets.Text(placeholder=say("own_name_hint"), layout=wide)
        self.basis = widgets.Text(placeholder=say("own_basis_hint"), layout=wide)
        self.paragraph = widgets.Text(placeholder=say("own_paragraph_hint"), layout=wide)
        self.decided = widgets.DatePicker(value=None)
        from workbench.plan import briefs

        self.brief = widgets.Dropdown(options=briefs(), value=_BRIEF)
        own = widgets.VBox(
            [
                widgets.HTML(str(html.paragraph(say("own_lead")))),
                field(say("own_name"), self.name),
                field(say("own_basis"), self.basis),
                field(say("own_decided"), self.decided),
                field(say("own_paragraph"), self.paragraph),
                self.add,
            ]
        )
        brief = widgets.VBox([field(say("brief"), self.brief), self.make])
        keep = widgets.VBox([widgets.HTML(str(html.paragraph(say("save_lead")))), self.save])
        doing = widgets.Tab([keep, own, brief])
        for at, title in enumerate(("save_tab", "own_tab", "brief_tab")):
            doing.set_title(at, say(title))
        doing.layout.margin = ".6rem 0 0 0"
        return doing

    def _button(self, key: str, icon: str, act: Callable[[Scene], Any]) -> widgets.Button:
        button = widgets.Button(
            description=self._say(key),
            icon=icon,
            button_style="primary",
            layout=widgets.Layout(width="auto"),
        )
        button.on_click(lambda _: self._act(act))
        return button

    def _act(self, act: Callable[[Scene], Any]) -> None:
        """Do what a button says; whatever is wrong is told in a sentence."""
        if self.scene is None:
            return
        try:
            act(self.scene)
        except WorkbenchError as error:
            self.message.value = str(refused(str(error)))

    def _on_save(self, scene: Scene) -> None:
        files = keeping.keep(scene, self.out)
        self._tell("saved", [address.link(file) for file in files])

    def _on_add(self, scene: Scene) -> None:
        if scene.choice.target is None:
            raise UsageError(self._say("own_untried"))
        if self.decided.value is None:
            raise UsageError(self._say("own_undated"))
        from workbench import own_targets

        own_targets.add(
            Path(self.data.path),
            municipality=scene.view.number,
            measure=scene.choice.measure,
            value=scene.choice.target,
            year=scene.choice.year,
            name=self.name.value,
            basis=self.basis.value,
            paragraph=self.paragraph.value,
            decided=self.decided.value if isinstance(self.decided.value, date) else date.min,
        )
        self.data = load(self.data.path)
        self._scenes = Scenes(self.data)
        with self._quietly():
            self.bend.value = False
        self._on_change()
        self._tell("added", [], name=scene.view.name)

    def _on_make(self, scene: Scene) -> None:
        """Make the brief beside what goes on here, and link it when it is there."""
        brief = str(self.brief.value)
        self.make.disabled = True
        lines: list[str] = []

        def told(line: str) -> None:
            lines.append(line)
            self._tell("making", [Markup("<code>{}</code>").format(line)])

        def work() -> None:
            try:
                made = making.make(scene, brief, told)
                self._tell("made", [address.link(made)], line=lines[-1] if lines else "")
            except (WorkbenchError, OSError) as error:
                self.message.value = str(refused(str(error)))
            finally:
                self.make.disabled = False

        self._tell("making", [])
        self.working = Thread(target=work, daemon=True)
        self.working.start()

    def _tell(self, key: str, items: list[Markup], **values: object) -> None:
        listed = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
        said = html.paragraph(self._say(key, **values), "done")
        self.message.value = str(framed(said + (f"<ul>{listed}</ul>" if items else "")))
