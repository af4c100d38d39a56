"""Any figure of matplotlib, seaborn or pandas, shown with what it says in words."""

from __future__ import annotations

import base64
import io
import sys
from typing import TYPE_CHECKING, Any

from workbench import charts
from workbench.errors import UsageError
from workbench.markup import html
from workbench.markup.html import Html
from workbench.storage.hashing import digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A drawing of more characters than this, such as one of thousands of dots, is shown as pixels.
MOST = 400_000


def show(figure: Any, *, alt: str = "", caption: str = "") -> None:
    """Show a figure here and in the brief, with its text alternative, and close it.

    Parameters
    ----------
    figure : Figure, Axes, array of Axes, or a grid of seaborn
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What stands above it.

    Raises
    ------
    UsageError
        If it is no such figure, or has no text alternative.

    Examples
    --------
    >>> import seaborn as sns
    >>> import workbench as wb
    >>> turnout = wb.load().series("voter_turnout_storting", "Bærum")
    >>> wb.show(sns.lineplot(turnout), alt="Turnout rose from 81 to 86 per cent.")
    <figure class="light">...</figure>
    """
    drawn = _figure(figure)
    if not alt.strip():
        raise UsageError(
            "A figure needs a text alternative, for those who do not see it: "
            "wb.show(figure, alt='what it shows')."
        )
    from IPython.display import display

    display(html.figure(_picture(drawn, alt), caption, light=True))
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(drawn)


def _figure(value: Any) -> Figure:
    """Return the figure that something is, or is drawn on."""
    from matplotlib.figure import Figure

    while isinstance(value, list | tuple) or hasattr(value, "flat"):
        items = list(getattr(value, "flat", value))
        value = items[0] if items else None
    found = value if isinstance(value, Figure) else getattr(value, "figure", None)
    if not isinstance(found, Figure):
        raise UsageError(
            "wb.show takes a figure of matplotlib, seaborn or pandas, or its axes; this is "
            f"{type(value).__name__}. Return tables and texts from the cell as they are."
        )
    return found


def _picture(figure: Figure, alt: str) -> Html:
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "workbench"}):
        about = {"Date": None, "Creator": None}
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata=about)
    svg = buffer.getvalue().decode()
    if len(svg) <= MOST:
        return Html(charts.accessible(svg[svg.index("<svg") :], digest([], svg), alt))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, bbox_inches="tight", metadata={"Software": None})
    pixels = base64.b64encode(buffer.getvalue()).decode()
    return Html('<img src="data:image/png;base64,{}" alt="{}">').format(pixels, alt)
