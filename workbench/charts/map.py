"""The municipalities of the country on a map, some of them marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench.charts.drawing import FAINT, GROUND, INK, OWN, PEERS, RANGE, cut, labelled
from workbench.storage.cache import cached
from workbench.storage.hashing import digest, program

#: Width of a map in pixels, and what is left free around the country, in units of 100 m.
_WIDTH, _MARGIN = 400, 350

#: The grid of the whole country, in the same units: a pixel is more than two kilometres there.
_COARSE = 15

#: Half of a mark, and the size and mean width of letters, in pixels.
_HALF, _LETTERS, _LETTER = 6.0, 13.0, 6.9

_MARKS = {
    "group": '<circle r="4.5" fill="{ground}" fill-opacity=".6" stroke="{peers}"'
    ' stroke-width="2"/>',
    "similar": '<path d="M0-7L6.5 5h-13z" fill="{ink}" stroke="{ground}"/>',
    "both": '<circle r="8.5" fill="none" stroke="{peers}" stroke-width="2"/>'
    '<path d="M0-7L6.5 5h-13z" fill="{ink}" stroke="{ground}"/>',
    "own": '<path d="M0-9.5L9.5 0 0 9.5-9.5 0z" fill="{own}" stroke="{ground}"'
    ' stroke-width="1.5"/>',
}

Box = tuple[float, float, float, float]


def country_map(outlines: pd.DataFrame, marked: pd.DataFrame, *, name: str, alt: str) -> str:
    """Return the whole country with the marked municipalities.

    Parameters
    ----------
    outlines : DataFrame
        number, x, y, outline (units of 100 m, as in ``data/geo/municipalities.csv``).
    marked : DataFrame
        number, mark ('own', 'similar', 'both' or 'group'), label ('' for none); what comes first
        is written first where there is not room for all names.
    name, alt : str
        For the ids and the text alternative.
    """
    land, box = country(outlines)
    return _map(land, outlines, marked, box, _COARSE, name, alt)


def shaded_map(
    outlines: pd.DataFrame, shades: pd.Series, marked: pd.DataFrame, *, name: str, alt: str
) -> str:
    """Return the whole country, each municipality the darker the higher its shade.

    `shades` are from 0 to 1 by number; who has none keeps the colour of the land. The other
    parameters are those of `country_map`.
    """
    areas, box = _country(tuple(outlines["outline"]), _COARSE)
    drawn = dict(zip(outlines["number"], areas, strict=True))
    path = Markup('<path d="{}" fill="{}" fill-opacity="{:.2f}"/>')
    over = Markup("").join(
        path.format("".join(drawn[one] for one in numbers if one in drawn), OWN, shade)
        for shade, numbers in shades.groupby(shades).groups.items()
    )
    return _map("".join(areas), outlines, marked, box, _COARSE, name, alt, over)


def map_key(items: Sequence[tuple[str, str]]) -> str:
    """Return the legend of a map. `items` are pairs of a mark and its text."""
    item = Markup(
        '<li><svg aria-hidden="true" viewBox="-10 -10 20 20" width="20" height="20">{}</svg>'
        " {}</li>"
    )
    return "".join(item.format(_mark(mark), text) for mark, text in items)


def country(outlines: pd.DataFrame) -> tuple[str, Box]:
    """Return the land as an SVG path on the grid of `country_map`, and the box around it."""
    areas, box = _country(tuple(outlines["outline"]), _COARSE)
    return "".join(areas), box


def areas_map(outlines: pd.DataFrame, kinds: Sequence[str], *, name: str, alt: str) -> str:
    """Return the whole country, each municipality with a class of its own for the page to colour.

    Parameters
    ----------
    outlines : DataFrame
        As `country_map` takes them.
    kinds : sequence of str
        The class of each, in the order of `outlines`.
    name, alt : str
        For the ids and the text alternative.
    """
    areas, (left, bottom, right, top) = _country(tuple(outlines["outline"]), _COARSE)
    scale = _WIDTH / (right - left)
    path = Markup('<path class="{}" d="{}"/>')
    drawn = Markup("").join(map(path.format, kinds, areas))
    svg = '<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}"><g transform="scale({2:.4f})">{3}'
    height = round((top - bottom) * scale)
    made = Markup(f"{svg}</g></svg>").format(_WIDTH, height, scale * _COARSE, drawn)
    return labelled(made, name, alt)


@lru_cache(maxsize=2)
def _country(outlines: tuple[str, ...], grid: int) -> tuple[list[str], Box]:
    """Return each outline as an SVG path on a grid, and the box around all; the same for all."""
    key = digest([], program(), "country", str(grid), *outlines)
    return cached(key, lambda: _whole(outlines, grid), remember=False)


def _whole(outlines: tuple[str, ...], grid: int) -> tuple[list[str], Box]:
    parts = [[part for part, _ in _parts(outline)] for outline in outlines]
    ends = [part for own in parts for part in own]
    low = np.min([part.min(axis=0) for part in ends], axis=0) - _MARGIN
    high = np.max([part.max(axis=0) for part in ends], axis=0) + _MARGIN
    areas = ["".join(_path(part, low[0], high[1], grid) for part in own) for own in parts]
    return areas, (*low, *high)


def _map(
    path: str,
    outlines: pd.DataFrame,
    marked: pd.DataFrame,
    box: Box,
    grid: int,
    name: str,
    alt: str,
    over: str = "",
) -> str:
    """Draw the `path` of the land within `box`, on a grid of so many units, and the marks on it.

    `over` is drawn on the land, in the units of its path.
    """
    left, bottom, right, top = box
    scale = _WIDTH / (right - left)
    height = round((top - bottom) * scale)
    land = Markup('<path transform="scale({:.4f})" d="{}" fill="{}" stroke="{}" {}/>').format(
        scale * grid,
        path,
        RANGE,
        FAINT,
        Markup('stroke-width=".6" vector-effect="non-scaling-stroke" stroke-linejoin="round"'),
    )
    shades = Markup('<g transform="scale({:.4f})">{}</g>').format(scale * grid, over)
    land += shades if over else Markup("")
    places = marked.merge(outlines[["number", "x", "y"]], on="number")
    places = places[places["x"].between(left, right) & places["y"].between(bottom, top)]
    places = places.assign(x=(places["x"] - left) * scale, y=(top - places["y"]) * scale)
    drawn = Markup("").join(
        Markup('<g transform="translate({:.1f} {:.1f})">{}</g>').format(x, y, _mark(mark))
        # What comes first lies on top.
        for x, y, mark in places[["x", "y", "mark"]].iloc[::-1].itertuples(index=False)
    )
    svg = Markup('<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" {2}>{3}</svg>').format(
        _WIDTH,
        height,
        Markup('font-size="{:.0f}"').format(_LETTERS),
        land + drawn + _labels(places, height),
    )
    return labelled(svg, name, alt)


@cache
def _parts(outline: str) -> tuple[tuple[np.ndarray, Box], ...]:
    """Return the corners of each part, a row each (x, y), and the box around them."""
    parts = [
        np.array(re.findall(r"-?\d+", part), dtype="int64").reshape(-1, 2).cumsum(axis=0)
        for part in outline.removesuffix("z").split("z")
    ]
    return tuple((part, (*part.min(axis=0).tolist(), *part.max(axis=0).tolist())) for part in parts)


def _path(part: np.ndarray, left: float, top: float, grid: int) -> str:
    """Return a part as an SVG path on the grid, or nothing where the grid is too coarse for it."""
    turned = np.column_stack([part[:, 0] - left, top - part[:, 1]])
    at = np.floor(turned / grid + 0.5).astype("int64")
    at = at[np.r_[True, (np.diff(at, axis=0) != 0).any(axis=1)]]
    if len(at) < 3:
        return ""
    steps = " ".join(f"{x} {y}" for x, y in np.diff(at, axis=0)).replace(" -", "-")
    return f"M{at[0, 0]} {at[0, 1]}l{steps}z"


def _mark(mark: str) -> Markup:
    return Markup(_MARKS[mark]).format(own=OWN, ink=INK, peers=PEERS, ground=GROUND)


def _labels(places: pd.DataFrame, height: float) -> Markup:
    """Return the names beside their marks as far as there is room; the own one in any case."""
    marks = [
        (row.x - _HALF, row.y - _HALF, row.x + _HALF, row.y + _HALF) for row in places.itertuples()
    ]
    names: list[Box] = []
    text = Markup('<text x="{:.0f}" y="{:.0f}" text-anchor="{}" fill="{}"{}>{}</text>')
    written = Markup("")
    for at, row in enumerate(places.itertuples()):
        if not row.label:
            continue
        own = row.mark == "own"
        # The own name is cut where it is longer than from its mark to the farther edge.
        room = max(row.x, _WIDTH - row.x) - 2 * _HALF
        label = cut(row.label, int(room / _LETTER) - 1) if own else row.label
        within = [
            place
            for place in _beside(row.x, row.y, _LETTER * len(label))
            if place[3][0] > 0 and place[3][1] > 0 and place[3][2] < _WIDTH and place[3][3] < height
        ]
        taken = [*marks[:at], *marks[at + 1 :], *names]
        free = [place for place in within if not any(_overlap(place[3], box) for box in taken)]
        if not free and not (own and within):
            continue
        x, y, anchor, box = (free or within)[0]
        bold = Markup(' font-weight="bold"') if own else ""
        written += text.format(x, y, anchor, OWN if own else INK, bold, label)
        names.append(box)
    halo = Markup('<g paint-order="stroke" stroke="{}" stroke-width="3" stroke-linejoin="round">')
    return halo.format(GROUND) + written + Markup("</g>")


def _beside(x: float, y: float, width: float) -> list[tuple[float, float, str, Box]]:
    """Return where a name may stand: to the right, to the left, above, below."""
    gap, up = 2 * _HALF, _LETTERS * 0.75
    return [
        (x + gap, y + up / 2, "start", (x + gap, y - up, x + gap + width, y + up)),
        (x - gap, y + up / 2, "end", (x - gap - width, y - up, x - gap, y + up)),
        (x, y - gap, "middle", (x - width / 2, y - gap - up, x + width / 2, y - gap)),
        (x, y + gap + up, "middle", (x - width / 2, y + gap, x + width / 2, y + gap + up)),
    ]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
