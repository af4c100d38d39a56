"""The strip of controls above a brief that is run by hand; under papermill there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from workbench.briefs.view import View

#: What JupyterLab and Visual Studio Code tell the kernels of their notebooks. Papermill and
#: nbconvert have nobody in front of them, whatever a notebook's parameters say.
_FRONT_ENDS = ("JPY_SESSION_NAME", "VSCODE_PID")


@dataclass(frozen=True, repr=False)
class Still:
    """The strip of a brief that nobody sits in front of: the view as it was asked for."""

    view: View

    def __repr__(self) -> str:
        return repr(self.view)


def strip(
    seen: View, interactive: bool = True, preview: Callable[[View], str] | None = None
) -> Any:
    """Return the controls above a brief; ``strip.view`` is what they say.

    Parameters
    ----------
    seen : View
        What the brief is about, to begin with.
    interactive : bool
        Whether there should be controls. Without a front end there are none either.
    preview : callable, optional
        Makes of a view what is shown under the controls at once, as `wb.trends.summary`.

    Returns
    -------
    Still, or a widget with an attribute ``view``
        Pick another municipality, group or language, and run the cells below again.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.strip(wb.view(None, "Bærum"), interactive=False).view.name
    'Bærum'
    """
    if not (interactive and any(os.environ.get(name) for name in _FRONT_ENDS)):
        return Still(seen)
    # By its name, so that no brief counts as depending on widgets that it never shows.
    return import_module("workbench.lab.controls").controls(seen, preview)
