"""What all pictures share: colours, a drawing without global state, scales, and terse SVG."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Writes a number with so many decimals.
Scale = Callable[[float, int], str]

#: The colours of all pictures by what they mean. A page has a name of its own for each, so that it
#: can show them on a dark ground too.
COLOURS = {
    "own": "#0b5394",
    "ahead": "#c5dcf2",
    "peers": "#5f6b76",
    "range": "#dfe5ea",
    "target": "#a84209",
    "ink": "#1c2833",
    "faint": "#c3ccd4",
    "others": "#b8c2cb",
    "ground": "#fff",
}
OWN, AHEAD, PEERS, RANGE, TARGET, INK, FAINT, OTHERS, GROUND = COLOURS.values()


_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "workbench",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": RANGE,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "path.simplify": True,
}


def labelled(svg: str, name: str, alt: str) -> str:
    """Return a drawing of this package with a unique `name` (for its ids) and a text alternative.

    Ids are found by the spelling that is used here; `charts.accessible` reads every spelling.
    """
    safe = short(name)
    for before in (' id="', "url(#", 'href="#'):
        svg = svg.replace(before, f"{before}{safe}-")
    return titled(svg, safe, alt)


def short(name: str) -> str:
    """Return the beginning of ids for a name; short, since every picture has it many times."""
    return f"c{zlib.crc32(name.encode()):x}"


def cut(label: str, most: int) -> str:
    """Return as much of a name as a picture has room for."""
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def titled(svg: str, name: str, alt: str) -> str:
    """Return an SVG picture with a text alternative, in an element whose id begins with `name`."""
    title = Markup('<title id="{}-alt">{}</title>').format(name, alt)
    opened = Markup('<svg role="img" aria-labelledby="{}-alt"').format(name)

    def root(found: re.Match[str]) -> str:
        attributes = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", found[1])
        return f"{opened}{attributes}>{title}"

    return re.sub(r"<svg([^>]*)>", root, svg, count=1)


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all pictures, whatever matplotlib is set to, and leave that."""
    from matplotlib import rc_context, rcdefaults, rcParams

    with rc_context():
        rcdefaults()
        rcParams.update(_RC)
        yield


@contextmanager
def drawing(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure of `width` x `height` inches in that style."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(width, height), layout="constrained", frameon=False)
        yield figure, figure.add_subplot(frame_on=True, facecolor="none")


def decimals_of(ticks: Sequence[float]) -> int:
    """Return how many decimals these numbers need."""
    step = min(np.diff(ticks), default=1.0)
    decimals = 0
    while np.abs(np.round(ticks, decimals) - ticks).max(initial=0) > step / 1000:
        decimals += 1
    return decimals


def scale_left(axes: Axes, written: Scale) -> None:
    """Write three or four round numbers at the left, with no more decimals than they need."""
    axes.locator_params(axis="y", nbins=4)
    ticks = [tick for tick in axes.get_yticks() if axes.get_ylim()[0] <= tick <= axes.get_ylim()[1]]
    decimals = decimals_of(ticks)
    axes.set_yticks(ticks, [written(tick, decimals) for tick in ticks])


def scale_below(axes: Axes, written: Scale) -> None:
    """Write the numbers along the bottom, with no more decimals than they need."""
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    decimals = decimals_of(ticks)
    axes.set_xticks(ticks, [written(tick, decimals) for tick in ticks])
    axes.set_xlim(low, high)


def write(
    axes: Axes, text: str, at: tuple[Any, Any], away: tuple[float, float], bold: bool, **how: Any
) -> None:
    """Write a text beside a point of the axes, so many points `away` from it."""
    weight = "bold" if bold else "normal"
    axes.annotate(text, at, away, textcoords="offset points", fontweight=weight, **how)


def years_below(axes: Axes, first: int, last: int) -> None:
    """Write about six of the years along the bottom, the last one always."""
    ticks, ends = year_ticks(first, last)
    axes.set_xticks(ticks, [str(year) for year in ticks])
    axes.set_xlim(*ends)


def year_ticks(first: int, last: int) -> tuple[list[int], tuple[float, float]]:
    """Return about six of the years, the last one always, and where the axis begins and ends."""
    step = max(1, -(-(last - first) // 5))
    room = max(0.3, (last - first) * 0.04)
    return [*range(last, first - 1, -step)][::-1], (first - room, last + room)


#: What a page does not need of matplotlib's SVG, and what stands in its place: between the tags,
#: and within one. What is written in a picture stays as it is.
_BETWEEN: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL), ""),
    # Nothing is drawn outside the axes, so that nothing needs clipping.
    (re.compile(r"<clipPath.*?</clipPath>", re.DOTALL), ""),
    (re.compile(r' clip-path="[^"]*"'), ""),
    (re.compile(r'<g id="[^"]*"'), "<g"),
    (re.compile(r"\s*\n\s*"), " "),
    (re.compile(r">\s+<"), "><"),
    (re.compile(r"<g>\s*</g>|<g/>|<defs></defs>|<defs/>"), ""),
]


_TAG = re.compile(r"<[^>]*>")


#: Each begins with what a tag must hold for there to be anything to find.
_WITHIN: list[tuple[str, re.Pattern[str], Any]] = [
    # The picture takes the font of the page.
    (
        "font: ",
        re.compile(r"font: (?:(bold) )?([\d.]+)px [^;\"]*"),
        r"font-size: \2px; font-weight: \1",
    ),
    ("font-", re.compile(r"font-family: [^;\"]*;?|font-weight: (?=[;\"])"), ""),
    ("rotate", re.compile(r' transform="rotate\(-0 [^"]*"'), ""),
    ("xmlns", re.compile(r' xmlns(:xlink)?="[^"]*"| version="[^"]*"'), ""),
    ("xlink:href", re.compile(r"xlink:href"), "href"),
    (".", re.compile(r"-?\d+\.\d{2,}"), lambda m: f"{float(m.group()):.1f}".removesuffix(".0")),
    # What all text has in common stands once, in the picture's own tag.
    (
        'style="',
        re.compile(
            r"(?<=[;\" ])(font-size: 9px|fill: #1c2833|text-anchor: start|stroke-linecap: square)"
            r"(; |(?=\"))"
        ),
        "",
    ),
    (" ", re.compile(r"(?<=[;:\"]) (?=[a-z-]+:)|(?<=[;:]) | (?=\")|;(?=\")"), ""),
    (' style=""', re.compile(r' style=""'), ""),
]


def svg_of(figure: Figure) -> str:
    """Return the figure as SVG, about a third of the size that matplotlib writes."""
    from matplotlib.backends.backend_svg import RendererSVG

    buffer = io.StringIO()
    figure.dpi = 72
    width, height = 72 * figure.get_size_inches()
    renderer = RendererSVG(width, height, buffer, metadata={"Date": None, "Creator": None})
    # `savefig` would draw twice, the first time only to lay out, which drawing does itself; with
    # the same renderer it need not measure its texts twice either.
    figure.canvas.get_renderer = lambda: renderer  # type: ignore[attr-defined]
    figure.draw(renderer)
    renderer.finalize()
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for pattern, instead in _BETWEEN:
        svg = pattern.sub(instead, svg)
    svg = _TAG.sub(lambda tag: _terse(tag.group()), svg).strip()
    # Groups without any attribute group nothing.
    svg = svg if "<g " in svg else re.sub(r"</?g>", "", svg)
    return svg.replace("<svg", f'<svg font-size="9" fill="{INK}"', 1)


def _terse(tag: str) -> str:
    for held, pattern, instead in _WITHIN:
        if held in tag:
            tag = pattern.sub(instead, tag)
    return tag
