"""Years on axes, written out as a handful of shapes: a brief has some thirty such pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

from markupsafe import Markup

from workbench.charts.drawing import FAINT, INK, RANGE, decimals_of, year_ticks

Points = Sequence[tuple[float, float]]

#: Height of letters, and the width of one as a share of that, in the widest of the usual fonts.
_LETTERS, _WIDE = 9.0, 0.64

#: Room at the edges of a picture, and between an axis and its numbers, in points.
_PAD, _GAP = 4.0, 4.0

#: How far the figures stay from the upper and the lower end, as a share of their range.
_MARGIN = 0.16

#: From so many times its lower end on, a scale of ratios has other round numbers than one of
#: differences.
_MANY_TIMES = 8


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
    """What lies on the axes, in units of the data, in the order of the fields."""

    #: (colour, years, lower, upper)
    areas: list[tuple[str, Sequence[float], Sequence[float], Sequence[float]]] = field(
        default_factory=list
    )
    #: (kind, style, points): lines (kind '', the style as SVG has it but for the fill) and dots
    #: (kind 'full' or 'hollow', the style is their colour)
    drawn: list[tuple[str, str, Points]] = field(default_factory=list)
    level: tuple[str, float] | None = None  #: (style, value) of a line from end to end
    texts: list[Text] = field(default_factory=list)
    log: bool = False  #: whether equal ratios lie equally far apart; all values are above zero then

    def line(self, style: str, points: Iterable[tuple[float, float]]) -> None:
        """Draw a line through years and values; nothing where there are none."""
        self.drawn += [("", style, some)] if (some := list(points)) else []

    def dots(self, colour: str, points: Iterable[tuple[float, float]], hollow: bool) -> None:
        """Draw dots at years and values; nothing where there are none."""
        kind = "hollow" if hollow else "full"
        self.drawn += [(kind, colour, some)] if (some := list(points)) else []

    def values(self) -> list[float]:
        """Return all that the scale at the left has to reach."""
        found = [y for _, _, points in self.drawn for _, y in points]
        found += [y for _, _, low, high in self.areas for y in (*low, *high)]
        return [*found, self.level[1]] if self.level else found

    def svg(
        self, size: tuple[float, float], first: int, last: int, written: Callable[[float, int], str]
    ) -> str:
        """Return the picture of so many points, from one year to another.

        `written` writes a number with so many decimals, for the scale.
        """
        years, ends = year_ticks(first, last)
        scale = _Scale(self.values(), self.log)
        ticks = scale.ticks()
        decimals = decimals_of(ticks)
        numbers = [written(tick, decimals) for tick in ticks]
        frame = _Frame(size, ends, scale, max(map(len, numbers)))
        floor = f"stroke:{FAINT};stroke-width:0.8;stroke-linejoin:miter"
        shapes = [
            *(frame.year(year) for year in years),
            *(frame.number(*tick) for tick in zip(ticks, numbers, strict=True)),
            *(frame.area(*area) for area in self.areas),
            *(frame.drawn(*drawn) for drawn in self.drawn),
            frame.across(self.level[0], frame.y(self.level[1])) if self.level else "",
            frame.across(floor, frame.bottom),
            *(frame.text(text) for text in self.texts if text.text),
        ]
        width, height = size
        return (
            f'<svg font-size="9" fill="{INK}" width="{_short(width)}pt"'
            f' height="{_short(height)}pt" viewBox="0 0 {_short(width)} {_short(height)}">'
            f"{''.join(shapes)}</svg>"
        )


class _Frame:
    """The axes in points from the upper left corner of the picture, and what is drawn on them."""

    def __init__(
        self, size: tuple[float, float], years: tuple[float, float], scale: _Scale, letters: int
    ) -> None:
        self._years, self._scale = years, scale
        self.left, self.right = _PAD + letters * _LETTERS * _WIDE + _GAP, size[0] - _PAD
        self.top, self.bottom = _PAD, size[1] - _PAD - _LETTERS - _GAP

    def x(self, year: float) -> float:
        """Return where a year lies."""
        first, last = self._years
        return self.left + (year - first) / (last - first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a value lies."""
        return self.bottom - self._scale.share(value) * (self.bottom - self.top)

    def _path(self, points: Points) -> str:
        return "L".join(f"{_short(self.x(x))} {_short(self.y(y))}" for x, y in points)

    def year(self, year: int) -> str:
        """Return a year under the axes."""
        y = self.bottom + _GAP + 0.8 * _LETTERS
        return _written("text-anchor:middle", self.x(year), y, str(year))

    def number(self, value: float, text: str) -> str:
        """Return a line across the axes and the number beside it."""
        line = self.across(f"stroke:{RANGE};stroke-width:0.7", self.y(value))
        y = self.y(value) + 0.35 * _LETTERS
        return line + _written("text-anchor:end", self.left - _GAP, y, text)

    def across(self, style: str, y: float) -> str:
        """Return a line from end to end."""
        path = f"M{_short(self.left)} {_short(y)}H{_short(self.right)}"
        return f'<path d="{path}" style="fill:none;{style}"/>'

    def drawn(self, kind: str, style: str, points: Points) -> str:
        """Return a line through points, or a dot at each."""
        if not kind:
            return f'<path d="M{self._path(points)}" style="fill:none;{style}"/>'
        fill = f"fill:#ffffff;stroke:{style}" if kind == "hollow" else f"fill:{style}"
        return "".join(
            f'<circle cx="{_short(self.x(x))}" cy="{_short(self.y(y))}" r="2.2" style="{fill}"/>'
            for x, y in points
        )

    def area(
        self, colour: str, years: Sequence[float], low: Sequence[float], high: Sequence[float]
    ) -> str:
        """Return an area between two lines."""
        around = [*zip(years, low, strict=True), *list(zip(years, high, strict=True))[::-1]]
        return f'<path d="M{self._path(around)}z" style="fill:{colour}"/>'

    def text(self, text: Text) -> str:
        """Return a text beside a point."""
        x = (self.left if text.x is None else self.x(text.x)) + text.right
        weight = "font-weight:700;" if text.bold else ""
        anchor = "text-anchor:end;" if text.end else ""
        style = f"{weight}{anchor}fill:{text.colour}"
        return _written(style, x, self.y(text.y) - text.up, text.text)


class _Scale:
    """The scale at the left."""

    def __init__(self, values: Sequence[float], log: bool) -> None:
        self._at, self._log = log10 if log else float, log
        low, high = self._at(min(values)), self._at(max(values))
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            low, high = low - 0.05 * (abs(low) or 1), high + 0.05 * (abs(high) or 1)
        air = (high - low) * _MARGIN
        self.low, self.high = low - air, high + air

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the lower end to 1 at the upper one."""
        return (self._at(value) - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return the round numbers to write: three or four, of ratios 1, 2, 5, 10 and so on."""
        low, high = (10**self.low, 10**self.high) if self._log else (self.low, self.high)
        if not self._log or high < _MANY_TIMES * low:
            rough = (high - low) / 4
            power = 10.0 ** floor(log10(rough))
            step = next(many * power for many in (1, 2, 2.5, 5, 10) if many * power >= rough)
            return [at * step for at in range(ceil(low / step), floor(high / step) + 1)]
        tens = [10.0**power for power in range(floor(self.low), ceil(self.high) + 1)]
        for between in ((1,), (1, 2, 5)):
            ticks = [many * ten for ten in tens for many in between if low <= many * ten <= high]
            if len(ticks) >= 3:
                break
        return ticks


def _written(style: str, x: float, y: float, text: str) -> str:
    shape = Markup('<text style="{}" x="{}" y="{}">{}</text>')
    return str(shape.format(style, _short(x), _short(y), text))


def _short(number: float) -> str:
    """Return a number with one decimal, no longer than the eye needs."""
    return f"{number:.1f}".removesuffix(".0")
