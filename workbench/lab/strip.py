"""The strip of controls above a brief that is run by hand; under papermill there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from workbench.briefs.sections import view_given
from workbench.briefs.view import View
from workbench.briefs.view import view as view_of
from workbench.errors import WorkbenchError
from workbench.language.translator import languages
from workbench.markup import html

#: What JupyterLab and Visual Studio Code tell the kernels of their notebooks. Papermill and
#: nbconvert have nobody in front of them, whatever a notebook's parameters say.
_FRONT_ENDS = ("JPY_SESSION_NAME", "VSCODE_PID")


@dataclass(frozen=True, repr=False)
class StaticStrip:
    """The strip of a brief that nobody sits in front of: the view as it was asked for."""

    view: View

    def __repr__(self) -> str:
        return repr(self.view)


def strip(
    view: View, interactive: bool = True, preview: Callable[[View], str] | None = None
) -> Any:
    """Return the controls above a brief: a pick makes all cells that ran below them again.

    Parameters
    ----------
    view : View
        The view that the brief begins with. Each name that stands for it in the notebook stands
        for the picked one afterwards. The same one again, as in Run All, leaves the pick as it is.
    interactive : bool
        Whether there should be controls. Without a front end or ipywidgets there are none either.
    preview : callable, optional
        Makes of a view the text under the controls, as `wb.trends.summary`.

    Returns
    -------
    StaticStrip, or a widget
        With an attribute ``view``.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.strip(wb.view(None, "Bærum"), interactive=False).view.name
    'Bærum'
    """
    view = view_given(view, "wb.strip(view)")
    if not (interactive and any(os.environ.get(name) for name in _FRONT_ENDS)):
        return StaticStrip(view)
    try:
        return _controls(view, preview)
    except ImportError:  # a kernel without ipywidgets, which a batch worker needs none of
        return StaticStrip(view)


class _Below:
    """The cells that ran after the controls were made, each run again where it stands."""

    def __init__(self, view: View) -> None:
        from IPython.core.getipython import get_ipython

        self.shell = cast(Any, get_ipython())
        self.first, self.view = repr(view), view
        self.cells: dict[str, tuple[Any, str]] = {}  # by id: the request that ran it, and its code
        if hasattr(self.shell, "get_parent"):  # a kernel's shell, and no terminal's
            self.own = self.shell.get_parent()
            self.shell.events.register("post_run_cell", self.remember)

    def remember(self, result: Any) -> None:
        """Take a cell that has run."""
        request, info = self.shell.get_parent(), result.info
        if info.cell_id and request != self.own:
            self.cells[info.cell_id] = (request, info.raw_cell)

    def take_over(self, earlier: _Below) -> None:
        """Go on from the controls that stood here, and keep what was picked in them."""
        self.shell.events.unregister("post_run_cell", earlier.remember)
        self.cells |= earlier.cells
        if self.first == earlier.first:
            picked = earlier.view
            self.name(view_of(self.view.data, picked.number, picked.language.code, picked.group))

    def name(self, view: View) -> None:
        """Have the names that stand for the view in the notebook stand for another one."""
        names = self.shell.user_ns if self.shell else {}
        names.update({name: view for name, value in [*names.items()] if value is self.view})
        self.view = view

    def run(self) -> None:
        """Run the cells again; what a cell shows is replaced by its new output."""
        before = self.shell.get_parent() if self.cells else None
        for request, code in [*self.cells.values()]:
            self.shell.set_parent(request)
            self.shell.display_pub.clear_output(wait=True)
            self.shell.run_cell(code, store_history=False)
        if before is not None:
            self.shell.set_parent(before)


#: The controls that were made last: a notebook has a kernel of its own.
_LAST: list[_Below] = []


def _controls(view: View, preview: Callable[[View], str] | None) -> Any:
    """Return the controls; their attribute ``view`` follows what is picked."""
    import ipywidgets as widgets

    from workbench.lab.selectors import field, framed, municipality, number_of, refused

    below = _Below(view)
    if _LAST and hasattr(below, "own"):
        below.take_over(_LAST.pop())
    _LAST[:] = [below]
    view, data = below.view, view.data
    who = municipality(data, view.number)
    peers, spoken = widgets.Dropdown(), widgets.Dropdown(options=languages())
    spoken.layout.width = "5rem"
    fields = {"municipality": who, "peers": peers, "language": spoken}
    row = [field("", box) for box in fields.values()]
    shown = widgets.HTML()
    controls = widgets.VBox([widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")), shown])

    def show(view: View, note: str = "run_below") -> None:
        controls.view, controls.setting = view, True
        groups = [(view.label("group", key), key) for key in data.groups["group"].unique()]
        peers.options = groups
        peers.value, spoken.value = view.group, view.language.code
        controls.setting = False
        for (key, box), labelled in zip(fields.items(), row, strict=True):
            labelled.children[0].value = box.tooltip = view.say(f"lab.ui.{key}")
        text = preview(view) if preview else ""
        told = html.paragraph(view.say(f"lab.ui.{note}"), "note")
        shown.value = str(framed(html.join(text, told)))

    def picked(change: Any) -> None:
        if controls.setting:  # by `show`
            return
        try:
            number = number_of(data, who.value)
            # Another municipality has peers of its own, until others are picked for it.
            group = data.default_group(number) if change["owner"] is who else peers.value
            view = view_of(data, number, spoken.value, group)
        except WorkbenchError as error:
            shown.value = str(refused(error))
            return
        show(view, "remaking")
        below.name(view)
        below.run()
        show(view)

    show(view)
    for one in (who, peers, spoken):
        one.observe(picked, "value")
    return controls
