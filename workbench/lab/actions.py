"""Three buttons under a scene: keep it, make its target the municipality's own, make a brief."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from workbench.batch.notebooks import briefs
from workbench.errors import UsageError, WorkbenchError
from workbench.ingest import own_targets
from workbench.lab import address, run_brief, save
from workbench.lab.page import framed, refused
from workbench.lab.scenario import Scene
from workbench.lab.selectors import field
from workbench.language.translator import Language
from workbench.markup import html

#: The brief that is offered first: the one that shows what is seen here.
_BRIEF = "02_trends"


class Doing(widgets.VBox):
    """The buttons, what they ask for, and what became of it in `message`.

    Parameters
    ----------
    language : Language
    out : Path
        Where pictures, tables and briefs go.
    scene : callable
        Returns the scene that is shown, or None.
    added : callable
        Is called when the municipality has got a target of its own.
    """

    def __init__(
        self,
        language: Language,
        out: Path,
        scene: Callable[[], Scene | None],
        added: Callable[[], None],
    ) -> None:
        self.language, self.out, self._scene, self._added = language, out, scene, added
        self.working: Thread | None = None
        self.message = widgets.HTML()
        self.message.add_class("wb-message")
        tabs = widgets.Tab([self._keep(), self._own(), self._brief()])
        say = language.say
        for at, title in enumerate(("save_tab", "own_tab", "brief_tab")):
            tabs.set_title(at, say(f"lab.ui.{title}"))
        tabs.layout.margin = ".6rem 0 0 0"
        super().__init__([tabs, self.message])

    def follow(self, scene: Scene | None) -> None:
        """Take back what was said of another scene; without one there is nothing to do."""
        self.message.value = ""
        for button in (self.save, self.add, self.make):
            button.disabled = scene is None
        # A brief that is being made is not begun twice.
        self.make.disabled |= self.working is not None and self.working.is_alive()

    def _keep(self) -> widgets.Widget:
        lead = widgets.HTML(str(html.paragraph(self.language.say("lab.ui.save_lead"))))
        self.save = self._button("save", "download", self._on_save)
        return widgets.VBox([lead, self.save])

    def _own(self) -> widgets.Widget:
        say, wide = self.language.say, widgets.Layout(width="22rem")
        self.name = widgets.Text(placeholder=say("lab.ui.own_name_hint"), layout=wide)
        self.basis = widgets.Text(placeholder=say("lab.ui.own_basis_hint"), layout=wide)
        self.paragraph = widgets.Text(placeholder=say("lab.ui.own_paragraph_hint"), layout=wide)
        self.decided = widgets.DatePicker(value=None, layout=widgets.Layout(width="11rem"))
        self.add = self._button("add", "plus", self._on_add)
        rows = [
            widgets.HTML(str(html.paragraph(say("lab.ui.own_lead")))),
            field(say("lab.ui.own_name"), self.name),
            field(say("lab.ui.own_basis"), self.basis),
            field(say("lab.ui.own_decided"), self.decided),
            field(say("lab.ui.own_paragraph"), self.paragraph),
        ]
        return widgets.VBox([*rows, self.add])

    def _brief(self) -> widgets.Widget:
        known = briefs()
        self.brief = widgets.Dropdown(options=known)
        self.brief.value = _BRIEF if _BRIEF in known else known[0]
        self.make = self._button("make", "file-text-o", self._on_make)
        return widgets.VBox([field(self.language.say("lab.ui.brief"), self.brief), self.make])

    def _button(self, key: str, icon: str, act: Callable[[Scene], Any]) -> widgets.Button:
        button = widgets.Button(
            description=self.language.say(f"lab.ui.{key}"),
            icon=icon,
            button_style="primary",
            layout=widgets.Layout(width="auto", align_self="flex-start"),
        )
        button.on_click(lambda _: self._act(act))
        return button

    def _act(self, act: Callable[[Scene], Any]) -> None:
        """Do what a button says; whatever is wrong is told in a sentence."""
        scene = self._scene()
        if scene is None:
            return
        try:
            act(scene)
        except WorkbenchError as error:
            self.message.value = str(refused(str(error)))

    def _on_save(self, scene: Scene) -> None:
        files = save.keep(scene, self.out)
        self._tell("saved", [address.link(file) for file in files])

    def _on_add(self, scene: Scene) -> None:
        choice = scene.choice
        if choice.target is None:
            raise UsageError(self.language.say("lab.ui.own_untried"))
        if self.decided.value is None:
            raise UsageError(self.language.say("lab.ui.own_undated"))
        own_targets.add(
            Path(scene.view.data.path),
            municipality=scene.view.number,
            measure=choice.measure,
            value=choice.target,
            year=choice.year,
            name=self.name.value,
            basis=self.basis.value,
            paragraph=self.paragraph.value,
            decided=self.decided.value,
        )
        self._added()
        self._tell("added", [])

    def _on_make(self, scene: Scene) -> None:
        """Make the brief beside what goes on here, and link it when it is there."""
        brief, said = str(self.brief.value), [""]

        def told(line: str) -> None:
            said.append(line)
            self._tell("making", [Markup("<code>{}</code>").format(line)])

        def work() -> None:
            try:
                made = run_brief.make(scene, brief, self.out, told)
                self._tell("made", [address.link(made.path)], line=said[-1])
            except (WorkbenchError, OSError) as error:
                self.message.value = str(refused(str(error)))
            finally:
                self.make.disabled = False

        self.make.disabled = True
        self._tell("making", [])
        self.working = Thread(target=work, daemon=True)
        self.working.start()

    def _tell(self, key: str, items: list[Markup], **values: object) -> None:
        listed = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
        said = html.paragraph(self.language.say(f"lab.ui.{key}", **values), "done")
        self.message.value = str(framed(said + (f"<ul>{listed}</ul>" if items else "")))
