"""The controls above a brief that is run by hand: another municipality, group or language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from workbench.briefs.view import View, view
from workbench.errors import WorkbenchError
from workbench.lab.page import framed, refused
from workbench.lab.selectors import field, municipality, number_of
from workbench.language.translator import languages
from workbench.markup import html


def controls(seen: View, preview: Callable[[View], str] | None) -> widgets.VBox:
    """Return the controls; their attribute ``view`` is what they say, and follows them."""
    data, say = seen.data, seen.say
    who = municipality(data, seen.number)
    groups = [str(group) for group in data.groups["group"].unique()]
    keys = set(seen.keys("group"))
    named = [(seen.label("group", key) if key in keys else key, key) for key in groups]
    peers = widgets.Dropdown(options=named, value=seen.group)
    spoken = widgets.Dropdown(options=languages(), value=seen.language.code)
    spoken.layout.width = "5rem"
    shown = widgets.HTML()
    fields = [
        field(say("lab.ui.municipality"), who),
        field(say("lab.ui.peers"), peers),
        field(say("lab.ui.language"), spoken),
    ]
    row = widgets.HBox(fields, layout=widgets.Layout(flex_flow="row wrap"))
    whole = widgets.VBox([row, shown])
    whole.view = seen

    def show(change: Any = None) -> None:
        try:
            number = number_of(data, who.value.strip())
            # Another municipality has peers of its own, until others are picked for it.
            moved = change is not None and change["owner"] is who
            group = data.default_group(number) if moved else peers.value
            with peers.hold_trait_notifications():
                peers.value = group
            whole.view = view(data, number, spoken.value, group)
            said = preview(whole.view) if preview else ""
            below = html.paragraph(whole.view.say("lab.ui.run_below"), "note")
            shown.value = str(framed(html.join(said, below)))
        except WorkbenchError as error:
            shown.value = str(refused(str(error)))

    for one in (who, peers, spoken):
        one.observe(show, "value")
    show()
    return whole
