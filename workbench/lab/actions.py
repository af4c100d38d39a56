"""Three buttons under a scenario: save it, make its target the municipality's own, make a brief."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import ipywidgets as widgets
from markupsafe import Markup

from workbench.batch.notebooks import briefs
from workbench.errors import UsageError, WorkbenchError
from workbench.ingest import own_targets
from workbench.lab.page import save
from workbench.lab.run_brief import brief_of
from workbench.lab.scenario import Scenario
from workbench.lab.selectors import field, framed, refused
from workbench.language.translator import Language
from workbench.markup import html

#: The brief that is offered first: the one with the same sections as the page here.
_BRIEF = "02_trends"


class Actions(widgets.VBox):
    """The buttons, their fields, and what became of it in `message`.

    Parameters
    ----------
    language : Language
    out : Path
        Where pictures, tables and briefs go.
    scenario : callable
        Returns the scenario that is shown, or None.
    added : callable
        Is called when the municipality has got a target of its own.
    """

    def __init__(
        self,
        language: Language,
        out: Path,
        scenario: Callable[[], Scenario | None],
        added: Callable[[], None],
    ) -> None:
        self.language, self.out, self._scenario, self._added = language, out, scenario, added
        self.working: Thread | None = None
        self.message = widgets.HTML()
        self.message.add_class("wb-message")
        say, wide = language.say, widgets.Layout(width="22rem")
        self.save = self._button("save", "download", self._on_save)
        self.add = self._button("add", "plus", self._on_add)
        self.make = self._button("make", "file-text-o", self._on_make)
        self.name, self.basis, self.paragraph = (
            widgets.Text(placeholder=say(f"lab.ui.own_{key}_hint"), layout=wide)
            for key in ("name", "basis", "paragraph")
        )
        self.decided = widgets.DatePicker(value=None, layout=widgets.Layout(width="11rem"))
        own = {key: getattr(self, key) for key in ("name", "basis", "decided", "paragraph")}
        known = briefs()
        self.brief = widgets.Dropdown(options=known)
        self.brief.value = _BRIEF if _BRIEF in known else known[0]
        save_lead, own_lead = (
            widgets.HTML(html.paragraph(say(f"lab.ui.{key}_lead"))) for key in ("save", "own")
        )
        tabs = {
            "save": [save_lead, self.save],
            "own": [
                own_lead,
                *(field(say(f"lab.ui.own_{key}"), box) for key, box in own.items()),
                self.add,
            ],
            "brief": [field(say("lab.ui.brief"), self.brief), self.make],
        }
        tab = widgets.Tab([widgets.VBox(children) for children in tabs.values()])
        tab.titles = [say(f"lab.ui.{key}_tab") for key in tabs]
        tab.layout.margin = ".6rem 0 0 0"
        super().__init__([tab, self.message])

    def follow(self, scenario: Scenario | None) -> None:
        """Take back what was said of another scenario; without one there is nothing to do."""
        self.message.value = ""
        for button in (self.save, self.add, self.make):
            button.disabled = scenario is None
        # A brief that is being made is not begun twice.
        self.make.disabled |= self.working is not None and self.working.is_alive()

    def _button(self, key: str, icon: str, act: Callable[[Scenario], None]) -> widgets.Button:
        button = widgets.Button(
            description=self.language.say(f"lab.ui.{key}"),
            icon=icon,
            button_style="primary",
            layout=widgets.Layout(width="auto", align_self="flex-start"),
        )

        def clicked(_: Any) -> None:
            scenario = self._scenario()
            try:
                if scenario is not None:
                    act(scenario)
            except WorkbenchError as error:
                self.message.value = str(refused(error))

        button.on_click(clicked)
        return button

    def _on_save(self, scenario: Scenario) -> None:
        self._say("saved", map(_link, save(scenario, self.out)))

    def _on_add(self, scenario: Scenario) -> None:
        choice = scenario.choice
        if choice.target is None:
            raise UsageError(self.language.say("lab.ui.own_untried"))
        if self.decided.value is None:
            raise UsageError(self.language.say("lab.ui.own_undated"))
        own_targets.add(
            Path(scenario.view.data.path),
            municipality=scenario.view.number,
            measure=choice.measure,
            value=choice.target,
            year=choice.year,
            name=self.name.value,
            basis=self.basis.value,
            paragraph=self.paragraph.value,
            decided=self.decided.value,
        )
        self._added()
        self._say("added")

    def _on_make(self, scenario: Scenario) -> None:
        """Make the brief beside what goes on here, and link it when it is there."""
        notebook, lines = str(self.brief.value), [""]

        def progress(line: str) -> None:
            lines.append(line)
            self._say("making", [Markup("<code>{}</code>").format(line)])

        def work() -> None:
            try:
                made = brief_of(scenario, notebook, self.out, progress)
                self._say("made", [_link(made.path)], line=lines[-1])
            except (WorkbenchError, OSError) as error:
                self.message.value = str(refused(error))
            finally:
                self.make.disabled = False

        self.make.disabled = True
        self._say("making")
        self.working = Thread(target=work, daemon=True)
        self.working.start()

    def _say(self, key: str, items: Iterable[Markup] = (), **values: object) -> None:
        sentence = html.paragraph(self.language.say(f"lab.ui.{key}", **values), "done")
        listed = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
        links = Markup("<ul>{}</ul>").format(listed) if listed else Markup("")
        self.message.value = str(framed(sentence + links))


def _link(path: Path) -> Markup:
    """Return a link to a file: through the JupyterLab with the nearest root, else ``file://``."""
    try:
        from jupyter_server.serverapp import list_running_servers

        servers = list(list_running_servers())
    except ImportError:
        servers = []
    path = path.resolve()
    roots = {Path(server["root_dir"]).resolve(): server["base_url"] for server in servers}
    around = [root for root in roots if path.is_relative_to(root)]
    address = path.as_uri()
    if around:
        root = max(around, key=lambda folder: len(folder.parts))
        address = f"{roots[root]}files/{quote(path.relative_to(root).as_posix())}"
    text = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')
    return text.format(address, path.name)
