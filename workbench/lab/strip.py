"""The strip of controls above a brief that is run by hand; under papermill there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    """Return the controls above a brief; ``strip.view`` is the view that they say.

    Parameters
    ----------
    view : View
        The view that the brief begins with.
    interactive : bool
        Whether there should be controls. Without a front end or ipywidgets there are none either.
    preview : callable, optional
        Makes of a view the text under the controls, as `wb.trends.summary`.

    Returns
    -------
    StaticStrip, or a widget with an attribute ``view``
        Pick another municipality, group or language, and run the cells below again.

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


def _controls(view: View, preview: Callable[[View], str] | None) -> Any:
    """Return the controls; their attribute ``view`` follows what is picked."""
    import ipywidgets as widgets

    from workbench.lab.selectors import field, framed, municipality, number_of, refused

    data, say = view.data, view.say
    who = municipality(data, view.number)
    groups = [(view.label("group", key), key) for key in data.groups["group"].unique()]
    peers = widgets.Dropdown(options=groups, value=view.group)
    spoken = widgets.Dropdown(options=languages(), value=view.language.code)
    spoken.layout.width = "5rem"
    fields = {"municipality": who, "peers": peers, "language": spoken}
    row = [field(say(f"lab.ui.{key}"), box) for key, box in fields.items()]
    shown = widgets.HTML()
    controls = widgets.VBox([widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")), shown])
    controls.view = view

    def show(change: Any = None) -> None:
        try:
            number = number_of(data, who.value)
            # Another municipality has peers of its own, until others are picked for it.
            moved = change is not None and change["owner"] is who
            group = data.default_group(number) if moved else peers.value
            with peers.hold_trait_notifications():
                peers.value = group
            controls.view = view_of(data, number, spoken.value, group)
            below = html.paragraph(controls.view.say("lab.ui.run_below"), "note")
            text = preview(controls.view) if preview else ""
            shown.value = str(framed(html.join(text, below)))
        except WorkbenchError as error:
            shown.value = str(refused(error))

    for one in (who, peers, spoken):
        one.observe(show, "value")
    show()
    return controls
