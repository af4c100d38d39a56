"""Years on axes, written out: the bytes that matplotlib and `svg_of` give, many times sooner.

A brief has some thirty pictures of this kind, and most of what matplotlib does for one of them
(three artists for each tick, texts measured several times, a pass over the finished SVG) is the
same each time. What it knows best is left to it: where round numbers lie, and how wide text is.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.charts.drawing import FAINT, INK, RANGE, decimals_of, year_ticks

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font
    from matplotlib.ticker import MaxNLocator

Points = Sequence[tuple[float, float]]

#: Free room around everything, between an axis and its numbers, and height of letters, in points.
_PAD, _GAP, _LETTERS = 0.04167 * 72, 3.5, 9.0

#: Where the axes lie before there is anything to make room for, as shares of the picture.
_AT_FIRST = (0.125, 0.11, 0.9, 0.88)

#: How far the figures stay from the upper and the lower end, as a share of their range.
_MARGIN = 0.16

#: From so many times its lower end on, a scale of ratios has other round numbers than one of
#: differences.
_MANY_TIMES = 8

#: A dot of 4.5 points across.
_DOT = (
    "M 0 2.25 \nC 0.596707 2.25 1.169055 2.012926 1.59099 1.59099 \n"
    "C 2.012926 1.169055 2.25 0.596707 2.25 0 \n"
    "C 2.25 -0.596707 2.012926 -1.169055 1.59099 -1.59099 \n"
    "C 1.169055 -2.012926 0.596707 -2.25 0 -2.25 \n"
    "C -0.596707 -2.25 -1.169055 -2.012926 -1.59099 -1.59099 \n"
    "C -2.012926 -1.169055 -2.25 -0.596707 -2.25 0 \n"
    "C -2.25 0.596707 -2.012926 1.169055 -1.59099 1.59099 \n"
    "C -1.169055 2.012926 -0.596707 2.25 0 2.25 \nz\n"
)


@dataclass(frozen=True)
class Text:
    """A text beside a point: `x` is a year, or None for the left end of the axes."""

    x: float | None
    y: float
    text: str
    colour: str
    right: float = 0
    up: float = 0
    end: bool = False
    bold: bool = False


@dataclass
class Plot:
    """What lies on the axes, in units of the data, in the order of the fields.

    Attributes
    ----------
    areas : list of (colour, years, lower, upper)
    drawn : list of (kind, style, points)
        Lines (kind '', the style as SVG has it but for the fill) and dots ('full' or 'hollow',
        the style is their colour).
    level : (style, value), optional
        A line from end to end.
    texts : list of Text
    log : bool
        Whether equal ratios, not equal differences, lie equally far apart; all values are above
        zero then.
    """

    areas: list[tuple[str, Sequence[float], Sequence[float], Sequence[float]]] = field(
        default_factory=list
    )
    drawn: list[tuple[str, str, Points]] = field(default_factory=list)
    level: tuple[str, float] | None = None
    texts: list[Text] = field(default_factory=list)
    log: bool = False

    def area(
        self, colour: str, years: Sequence[float], low: Sequence[float], high: Sequence[float]
    ) -> None:
        """Fill what lies between two lines."""
        self.areas.append((colour, years, low, high))

    def line(self, style: str, points: Iterable[tuple[float, float]]) -> None:
        """Draw a line through years and values; nothing where there are none."""
        self._add("", style, points)

    def dots(
        self, colour: str, points: Iterable[tuple[float, float]], hollow: bool = False
    ) -> None:
        """Draw dots at years and values; nothing where there are none."""
        self._add("hollow" if hollow else "full", colour, points)

    def _add(self, kind: str, style: str, points: Iterable[tuple[float, float]]) -> None:
        if some := [(float(year), float(value)) for year, value in points]:
            self.drawn.append((kind, style, some))

    def values(self) -> list[float]:
        """Return all that the scale at the left has to reach."""
        found = [y for _, _, points in self.drawn for _, y in points]
        for _, _, low, high in self.areas:
            found += [*map(float, low), *map(float, high)]
        return [*found, self.level[1]] if self.level else found

    def svg(
        self,
        size: tuple[float, float],
        first: int,
        last: int,
        written: Callable[[float, int], str],
    ) -> str:
        """Return the picture of so many inches, from one year to another.

        `written` writes a number with so many decimals, for the scale.
        """
        years, ends = year_ticks(first, last)
        upright = _Upright(self.values(), self.log)
        ticks = upright.ticks()
        decimals = decimals_of(ticks)
        frame = _Frame(size[0] * 72, size[1] * 72, ends, upright)
        left = [(tick, written(tick, decimals)) for tick in ticks]
        frame.settle([(year, str(year)) for year in years], left, self.texts)
        return "".join(
            [
                f'<svg font-size="9" fill="{INK}" width="{_short(frame.width)}pt"'
                f' height="{_short(frame.height)}pt"'
                f' viewBox="0 0 {_short(frame.width)} {_short(frame.height)}">',
                frame.ground(),
                *(frame.year(year) for year in years),
                *(frame.number(tick, text) for tick, text in left),
                *(frame.area(*area) for area in self.areas),
                *self._drawn(frame),
                frame.across(self.level[0], frame.y(self.level[1])) if self.level else "",
                frame.across(
                    f"stroke:{FAINT};stroke-width:0.8;stroke-linejoin:miter;", frame.bottom
                ),
                *(frame.text(text) for text in self.texts if text.text),
                "</svg>",
            ]
        )

    def _drawn(self, frame: _Frame) -> list[str]:
        """Return lines and dots in their order; the shape of a dot stands where it is first."""
        shapes, known = [], set()
        for kind, style, points in self.drawn:
            if not kind:
                shapes.append(frame.line(style, points))
                continue
            if (kind, style) not in known:
                shapes.append(_dot(style, kind == "hollow"))
                known.add((kind, style))
            shapes += [frame.dot(style, kind == "hollow", *point) for point in points]
        return shapes


class _Frame:
    """The axes in points from the lower left corner of the picture, and what is drawn on them."""

    def __init__(
        self, width: float, height: float, x: tuple[float, float], upright: _Upright
    ) -> None:
        self.width, self.height, self._x, self._upright = width, height, x, upright
        left, bottom, right, top = _AT_FIRST
        self.left, self.right = left * width, right * width
        self.bottom, self.top = bottom * height, top * height

    def settle(
        self,
        years: Sequence[tuple[float, str]],
        numbers: Sequence[tuple[float, str]],
        texts: Sequence[Text],
    ) -> None:
        """Make room for all text around the axes, once more after the axes have moved."""
        for _ in range(2):
            boxes = [self._year_box(*year) for year in years]
            boxes += [self._number_box(*number) for number in numbers]
            boxes += [self._text_box(text) for text in texts if text.text]
            boxes.append((self.left, self.bottom, self.right, self.top))
            left, bottom, right, top = zip(*boxes, strict=True)
            self.left, self.right = (
                _PAD + self.left - min(left),
                self.width - _PAD - (max(right) - self.right),
            )
            self.bottom, self.top = (
                _PAD + self.bottom - min(bottom),
                self.height - _PAD - (max(top) - self.top),
            )

    def x(self, year: float) -> float:
        """Return where a year lies."""
        first, last = self._x
        return self.left + (year - first) / (last - first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a value lies."""
        return self.bottom + self._upright.share(value) * (self.top - self.bottom)

    def _year_box(self, year: float, text: str) -> tuple[float, float, float, float]:
        wide, above, below = _extent(text, False)
        x, y = self.x(year), self.bottom - _GAP
        return x - wide / 2, y - above - below, x + wide / 2, y

    def _number_box(self, value: float, text: str) -> tuple[float, float, float, float]:
        wide, above, below = _extent(text, False)
        x, y = self.left - _GAP, self.y(value)
        return x - wide, y - above / 2 - below, x, y + above / 2

    def _text_box(self, text: Text) -> tuple[float, float, float, float]:
        wide, above, below = _extent(text.text, text.bold)
        x, y = self._place(text)
        return (x - wide if text.end else x), y - below, (x if text.end else x + wide), y + above

    def _place(self, text: Text) -> tuple[float, float]:
        x = self.left if text.x is None else self.x(text.x)
        return x + text.right, self.y(text.y) + text.up

    def _at(self, x: float, y: float) -> str:
        return f"{_short(x)} {_short(self.height - y)}"

    def ground(self) -> str:
        """Return the empty ground of the axes."""
        corners = [(self.left, self.bottom), (self.right, self.bottom), (self.right, self.top)]
        corners += [(self.left, self.top), (self.left, self.bottom)]
        path = " L ".join(self._at(*corner) for corner in corners)
        return f'<path d="M {path} z" style="fill:none"/>'

    def year(self, year: int) -> str:
        """Return a year under the axes."""
        y = self.bottom - _GAP - _extent(str(year), False)[1]
        return _written("text-anchor:middle;", self.x(year), self.height - y, str(year))

    def number(self, value: float, text: str) -> str:
        """Return a line across the axes and the number beside it."""
        y = self.y(value) - _extent(text, False)[1] / 2
        line = self.across(f"stroke:{RANGE};stroke-width:0.7;", self.y(value))
        return line + _written("text-anchor:end;", self.left - _GAP, self.height - y, text)

    def across(self, style: str, y: float) -> str:
        """Return a line from end to end."""
        path = f"M {self._at(self.left, y)} L {self._at(self.right, y)}"
        return f'<path d="{path}" style="fill:none;{style}"/>'

    def line(self, style: str, points: Points) -> str:
        """Return a line through points."""
        path = " L ".join(self._at(self.x(x), self.y(y)) for x, y in points)
        return f'<path d="M {path}" style="fill:none;{style}"/>'

    def area(
        self, colour: str, years: Sequence[float], low: Sequence[float], high: Sequence[float]
    ) -> str:
        """Return an area between two lines."""
        below = [(self.x(x), self.y(y)) for x, y in zip(years, low, strict=True)]
        above = [(self.x(x), self.y(y)) for x, y in zip(years, high, strict=True)]
        points = [above[0], *below, above[-1], *above[::-1]]
        exact = " \nL ".join(f"{_exact(x)} {_exact(-y)}" for x, y in points)
        path = " L ".join(f"{_short(x)} {_short(-y)}" for x, y in points)
        name = _name(f"M {exact} \nz\n", f"fill: {colour}")
        return (
            f'<defs><path id="{name}" d="M {path} z"/></defs>'
            f'<use href="#{name}" x="0" y="{_short(self.height)}" style="fill:{colour}"/>'
        )

    def dot(self, colour: str, hollow: bool, x: float, y: float) -> str:
        """Return a dot at a point."""
        place = f'x="{_short(self.x(x))}" y="{_short(self.height - self.y(y))}"'
        style = f"fill:#ffffff;stroke:{colour}" if hollow else f"fill:{colour}"
        return f'<use href="#{_name_of_dot(colour, hollow)}" {place} style="{style}"/>'

    def text(self, text: Text) -> str:
        """Return a text beside a point."""
        x, y = self._place(text)
        anchor = "text-anchor:end;" if text.end else ""
        weight = "font-weight:700; " if text.bold else ""
        return _written(f"{weight}{anchor}fill:{text.colour}", x, self.height - y, text.text)


class _Upright:
    """The scale at the left."""

    def __init__(self, values: Sequence[float], log: bool) -> None:
        self._at = log10 if log else float
        self._log = log
        self.low, self.high = _limits([self._at(value) for value in values])

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the lower end to 1 at the upper one."""
        return (self._at(value) - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return the round numbers to write."""
        if not self._log:
            return _ticks(self.low, self.high)
        low, high = 10**self.low, 10**self.high
        return _ticks(low, high) if high < _MANY_TIMES * low else _ratios(low, high)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a scale that all values lie on, with some air."""
    low, high = _locator().nonsingular(min(values), max(values))
    air = (high - low) * _MARGIN
    return _locator().view_limits(low - air, high + air)


def _ticks(low: float, high: float) -> list[float]:
    """Return three or four round numbers between two ends."""
    return [float(tick) for tick in _locator().tick_values(low, high) if low <= tick <= high]


def _ratios(low: float, high: float) -> list[float]:
    """Return 1, 10, 100 and so on between two ends, and 2 and 5 of each where those are few."""
    from matplotlib.ticker import LogLocator

    for between in ((1.0,), (1.0, 2.0, 5.0)):
        ticks = LogLocator(subs=between).tick_values(low, high)
        found = [float(tick) for tick in ticks if low <= tick <= high]
        if len(found) >= 3:
            break
    return found


@cache
def _locator() -> MaxNLocator:
    """Return what knows of round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10])


def warm() -> None:
    """Open the fonts, and measure what stands on most scales, before a picture asks for it."""
    for text in map(str, (*range(101), *range(1990, 2051))):
        _extent(text, False)
    _extent("0", True)


@lru_cache(maxsize=4096)
def _extent(text: str, bold: bool) -> tuple[float, float, float]:
    """Return the width of a text, and how far it reaches above and below its line."""
    from matplotlib.ft2font import LoadFlags
    from matplotlib.textpath import text_to_path

    face, up, down = _face(bold, threading.get_ident())
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    # What it tells is in 64ths of a point, of letters as large as outlines are made.
    scale = _LETTERS / text_to_path.FONT_SCALE / 64
    wide, tall = (side * scale for side in face.get_width_height())
    below = face.get_descent() * scale
    return wide, max(tall - below, up), max(below, down)


@cache
def _face(bold: bool, _thread: int) -> tuple[FT2Font, float, float]:
    """Return a font, and how far a line of it reaches up and down whatever stands on it.

    Each thread has its own, since a font holds the text that it measures.
    """
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font
    from matplotlib.textpath import text_to_path

    # By name: an analyst's settings may give text another font, and then this another width.
    found = findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal"))
    # Its bytes, not its file: forks would share the place at which an open file is read.
    face: Any = FT2Font(io.BytesIO(Path(found).read_bytes()))
    face.set_size(text_to_path.FONT_SCALE, text_to_path.DPI)
    scale = _LETTERS / face.get_sfnt_table("head")["unitsPerEm"]
    lines = face.get_sfnt_table("OS/2")
    return face, lines["sTypoAscender"] * scale, -lines["sTypoDescender"] * scale


def _dot(colour: str, hollow: bool) -> str:
    """Return the shape of a dot, to be used."""
    path = " ".join(_short(float(p)) if p not in "MCz" else p for p in _DOT.split())
    style = f' style="stroke:{colour}"' if hollow else ""
    return f'<defs><path id="{_name_of_dot(colour, hollow)}" d="{path}"{style}/></defs>'


def _name_of_dot(colour: str, hollow: bool) -> str:
    return _name(_DOT, f"fill: #ffffff; stroke: {colour}" if hollow else f"fill: {colour}")


@lru_cache(maxsize=256)
def _name(path: str, style: str) -> str:
    """Return the name that matplotlib gives a shape."""
    return "m" + hashlib.sha256(f"workbench{(path, style)}".encode()).hexdigest()[:10]


def _written(style: str, x: float, y: float, text: str) -> str:
    shown = escape(text, quote=False)
    return f'<text style="{style}" x="{_short(x)}" y="{_short(y)}">{shown}</text>'


def _exact(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _short(number: float) -> str:
    """Return a number with one decimal, rounded from the six that a picture would have."""
    return f"{float(f'{number:.6f}'):.1f}".removesuffix(".0")
