"""The U4SSC wheel: what is known of the 91 indicators, and how near each is to its target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.charts.drawing import FAINT, INK, OWN, PEERS, RANGE, TARGET, labelled

#: Where the rings of dimensions, areas, themes and indicators begin, and where the last one ends.
_RINGS = (58, 84, 122, 140, 190)

#: Height of the letters, which a telephone shows with nine dots, and how wide one is at most on
#: average, as a share of that.
_SIZE, _WIDE = 11.0, 0.52

#: Colour of the bands from the lowest on, and how strong it is.
_BANDS = {1: (TARGET, 1.0), 2: (TARGET, 0.45), 3: (OWN, 0.45), 4: (OWN, 1.0)}


def wheel_chart(rows: pd.DataFrame, *, name: str, alt: str, centre: Sequence[str]) -> str:
    """Return the wheel, a cell per indicator.

    A cell is filled from within, a quarter per point: evenly where the indicator is measured
    directly, hatched where a substitute figure stands for it. A figure without a target is a dot, a
    similar one a ring; a cell without a figure is empty.

    Parameters
    ----------
    rows : DataFrame
        A row per indicator, clockwise: dimension, area (names), number (of the area), letter (of
        the theme), status ('direct', 'proxy' or 'none') and points (1 to 4, or missing).
    name, alt : str
        For the ids and the text alternative.
    centre : sequence of str
        A large line in the middle and a small one below it.
    """
    # The first dimension has its middle at the top: few names then stand steeply.
    step, first = 360 / len(rows), _spans(rows, ["dimension"])[0][1]
    turns = step * (np.arange(len(rows) + 1) - first / 2)
    shapes = [
        *_grounds(),
        *_spokes(rows, turns),
        *map(_cell, rows["status"], rows["points"], turns, turns[1:]),
        *_names(rows, turns),
        Markup('<text y="2" font-size="27" font-weight="bold">{}</text>').format(centre[0]),
        Markup('<text y="18">{}</text>').format(centre[1]),
    ]
    svg = Markup(
        '<svg viewBox="-192 -192 384 384" width="440" height="440" font-size="11" fill="{}"'
        ' text-anchor="middle"><defs>{}</defs>{}</svg>'
    ).format(INK, _hatches(rows), Markup("").join(shapes))
    # A plain text, whose ids are then not taken for foreign text.
    return labelled(str(svg), name, alt)


def wheel_key(items: Sequence[tuple[str, str]]) -> str:
    """Return the legend of the wheel.

    `items` are pairs of a mark and its text; marks are '1' to '4' (points), 'hatched', 'dot',
    'ring' and 'empty'.
    """
    item = Markup(
        '<li><svg aria-hidden="true" width="26" height="14">{}'
        '<path d="M.5 .5h25v13h-25z" fill="none" stroke="{}"/></svg> {}</li>'
    )
    return "".join(item.format(_mark(mark), PEERS, text) for mark, text in items)


def _mark(mark: str) -> Markup:
    if mark in _DOTS:
        return _dot(13, 7, mark)
    if mark == "hatched":
        lines = "".join(f"M{x} 14l14-14" for x in range(-11, 26, 5))
        return Markup('<path d="{}" stroke="{}" stroke-width="2"/>').format(lines, OWN)
    if mark == "empty":
        return Markup("")
    colour, strength = _BANDS[int(mark)]
    return Markup('<path d="M.5 .5h{}v13h-{}z" fill="{}" fill-opacity="{}" stroke="{}"/>').format(
        25 * int(mark) / 4, 25 * int(mark) / 4, colour, strength, colour
    )


#: How a figure without a target is filled.
_DOTS = {"dot": PEERS, "ring": "none"}


def _dot(x: float, y: float, kind: str) -> Markup:
    return Markup(
        '<circle cx="{}" cy="{}" r="3.6" fill="{}" stroke="{}" stroke-width="1.6"/>'
    ).format(_short(x), _short(y), _DOTS[kind], PEERS)


def _grounds() -> list[Markup]:
    """Return the inner rings, and where each quarter of a cell ends."""
    inner, areas, themes, cells, outer = _RINGS
    ring = Markup('<circle r="{}" fill="none" stroke="{}" stroke-width="{}"/>')
    quarters = np.linspace(cells, outer, 5)
    return [
        ring.format((inner + areas) / 2, FAINT, areas - inner),
        ring.format((areas + themes) / 2, RANGE, themes - areas),
        *(ring.format(_short(radius), FAINT, 0.6) for radius in quarters[1:-1]),
        *(ring.format(radius, PEERS, 0.8) for radius in (cells, outer)),
    ]


def _spokes(rows: pd.DataFrame, turns: np.ndarray) -> list[Markup]:
    """Return the lines between cells, themes, areas and dimensions, each heavier than the last."""
    inner, areas, themes, cells, outer = _RINGS
    line = Markup('<path d="{}" stroke="{}" stroke-width="{}"/>')
    levels = [
        (range(len(rows)), cells, FAINT, 0.6),
        (_begins(rows, ["number", "letter"]), themes, PEERS, 0.8),
        (_begins(rows, ["number"]), areas, PEERS, 1.4),
        (_begins(rows, ["dimension"]), inner, INK, 2),
    ]
    return [
        line.format(
            "".join(f"M{_at(begin, turns[at])}L{_at(outer, turns[at])}" for at in places), *style
        )
        for places, begin, *style in levels
    ]


def _cell(status: str, points: float, turn: float, after: float) -> Markup:
    """Return the filling of the cell between two turns."""
    if status == "none":
        return Markup("")
    begin, outer = _RINGS[-2:]
    if pd.isna(points):
        x, y = _place((begin + outer) / 2, (turn + after) / 2)
        return _dot(x, y, "dot" if status == "direct" else "ring")
    end = begin + (outer - begin) * points / 4
    first, last = turn + 0.4, after - 0.4
    d = (
        f"M{_at(begin, first)}L{_at(end, first)}A{_short(end)} {_short(end)} 0 0 1 {_at(end, last)}"
        f"L{_at(begin, last)}A{begin} {begin} 0 0 0 {_at(begin, first)}z"
    )
    colour, strength = _BANDS[int(points)]
    fill, seen = (colour, strength) if status == "direct" else (f"url(#{int(points)})", 1)
    return Markup('<path d="{}" fill="{}" fill-opacity="{}" stroke="{}"/>').format(
        d, fill, seen, colour
    )


def _hatches(rows: pd.DataFrame) -> Markup:
    """Return the hatches of the bands that need one, those of a weak colour of thin lines."""
    hatch = Markup(
        '<pattern id="{}" width="4" height="4" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><path d="M2 0v4" stroke="{}" stroke-width="{}"/></pattern>'
    )
    used = rows.loc[rows["status"] == "proxy", "points"].dropna().astype(int)
    return Markup("").join(
        hatch.format(points, _BANDS[points][0], 2.2 if _BANDS[points][1] == 1 else 1.1)
        for points in sorted(set(used))
    )


def _names(rows: pd.DataFrame, turns: np.ndarray) -> list[Markup]:
    """Return the names of dimensions, of areas where they fit (else numbers), and the letters."""
    inner, areas, themes, cells, _ = _RINGS
    made = []
    for first, end in _spans(rows, ["dimension"]):
        text = rows["dimension"].iloc[first]
        made.append(_along(f"d{first}", (inner + areas) / 2, turns[first], turns[end], text, True))
    for first, end in _spans(rows, ["number"]):
        number, area = rows["number"].iloc[first], rows["area"].iloc[first]
        arc = turns[first], turns[end]
        made += _area(f"a{first}", (areas + themes) / 2, arc, number, area)
    for first, end in _spans(rows, ["number", "letter"]):
        x, y = _place((themes + cells) / 2, (turns[first] + turns[end]) / 2)
        letter = Markup('<text x="{}" y="{}">{}</text>')
        made.append(letter.format(_short(x), _short(y + _SIZE / 3), rows["letter"].iloc[first]))
    return made


def _area(
    name: str, radius: float, arc: tuple[float, float], number: str, area: str
) -> list[Markup]:
    """Return the name of an area in one or two lines on its arc, or its number alone."""
    apart = _SIZE * 0.62
    radii = [radius + apart, radius - apart]
    words = [number, *area.split(" ")]
    rooms = [_room(line, arc) for line in (radii[::-1] if _upside_down(*arc) else radii)]
    if _width(" ".join(words)) <= _room(radius, arc):
        return [_along(name, radius, *arc, " ".join(words))]
    for cut in range(len(words) - 1, 1, -1):
        lines = " ".join(words[:cut]), " ".join(words[cut:])
        if all(_width(line) <= room for line, room in zip(lines, rooms, strict=True)):
            at = radii[::-1] if _upside_down(*arc) else radii
            return [_along(f"{name}{i}", at[i], *arc, line) for i, line in enumerate(lines)]
    return [_along(name, radius, *arc, number)]


def _along(
    name: str, radius: float, first: float, last: float, text: str, bold: bool = False
) -> Markup:
    """Return a text along an arc, the right way up."""
    ends, sweep = ((last, first), 0) if _upside_down(first, last) else ((first, last), 1)
    # The middle of small letters, not their feet, is to stand on the radius.
    foot = radius + (_SIZE / 3 if sweep == 0 else -_SIZE / 3)
    large = int(last - first > 180)
    r = _short(foot)
    return Markup(
        '<path id="{0}" d="M{1}A{2} {2} 0 {3} {4} {5}" fill="none"/><text{6}>'
        '<textPath href="#{0}" startOffset="50%">{7}</textPath></text>'
    ).format(
        name,
        _at(foot, ends[0]),
        r,
        large,
        sweep,
        _at(foot, ends[1]),
        Markup(' font-weight="bold"') if bold else "",
        text,
    )


def _upside_down(first: float, last: float) -> bool:
    """Return whether a text from left to right on this arc would stand on its head."""
    return 90 < (first + last) / 2 % 360 < 270


def _room(radius: float, arc: tuple[float, float]) -> float:
    """Return the length of an arc, less some air at its ends."""
    return float(np.radians(arc[1] - arc[0]) * radius) - 4


def _width(text: str) -> float:
    return len(text) * _SIZE * _WIDE


def _spans(rows: pd.DataFrame, columns: list[str]) -> list[tuple[int, int]]:
    """Return where each run of rows alike in these columns begins and ends."""
    begins = _begins(rows, columns)
    return list(zip(begins, [*begins[1:], len(rows)], strict=True))


def _begins(rows: pd.DataFrame, columns: list[str]) -> list[int]:
    part = rows[columns]
    return [int(at) for at in np.flatnonzero((part != part.shift()).any(axis=1))]


def _place(radius: float, turn: float) -> tuple[float, float]:
    """Return the point at a radius, turned clockwise from the top by so many degrees."""
    angle = np.radians(turn)
    return float(radius * np.sin(angle)), float(-radius * np.cos(angle))


def _at(radius: float, turn: float) -> str:
    return " ".join(_short(part) for part in _place(radius, turn))


def _short(number: float) -> str:
    """Return a number for a path, no longer than the eye needs."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")
