"""Charts as small SVG pictures, each with a text alternative. No arithmetic beyond the drawing.

matplotlib draws what has axes; the coverage squares and the strips are a handful of
shapes and are written out. Text stays text, in the reader's font. Colours are told apart without
colour vision and never alone: a municipality is a line with dots, its peers are an area.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OWN, AHEAD, PEERS, RANGE, TARGET, INK, FAINT = (
    "#0b5394",
    "#c5dcf2",
    "#5f6b76",
    "#dfe5ea",
    "#a84209",
    "#1c2833",
    "#c3ccd4",
)

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


def accessible(svg: str, name: str, alt: str) -> str:
    """Return an SVG picture with a unique `name` (for its ids) and a text alternative."""
    # Short, since it stands in every picture many times.
    safe = f"c{zlib.crc32(name.encode()):x}"
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{safe}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{safe}-\1)", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{safe}-\1"', svg)
    title = Markup('<title id="{}-alt">{}</title>').format(safe, alt)
    opened = Markup('<svg role="img" aria-labelledby="{}-alt"').format(safe)
    return re.sub(r"<svg([^>]*)>", lambda m: f"{opened}{m.group(1)}>{title}", svg, count=1)


def trend_chart(
    own: pd.DataFrame,
    peers: pd.DataFrame,
    *,
    name: str,
    alt: str,
    numbers: Sequence[str],
    scale: Callable[[float, int], str],
    target: float | None = None,
    target_year: int | None = None,
    target_label: str = "",
    broken_at: int | None = None,
    ahead: pd.DataFrame | None = None,
) -> str:
    """Return a series with its peers' range and its target.

    Parameters
    ----------
    own : DataFrame
        year, value, status; ascending.
    peers : DataFrame
        year, peers_low, peers_median, peers_high; ascending, may be empty.
    name, alt : str
        For the ids and the text alternative.
    numbers : sequence of str
        The first and the last value as written beside their dots.
    scale : callable
        Writes a number with so many decimals, for the scale.
    target, target_year, target_label, broken_at
        What to mark, where there is any.
    ahead : DataFrame, optional
        year, low, middle, high: from the newest figure to the projection.
    """
    with _drawing(4.3, 2.15) as (figure, axes):
        if len(peers) > 1:
            axes.fill_between(
                peers["year"], peers["peers_low"], peers["peers_high"], color=RANGE, linewidth=0
            )
            axes.plot(peers["year"], peers["peers_median"], color=PEERS, linewidth=1)
        before = own[own["year"] < broken_at] if broken_at else own.iloc[:0]
        now = own[own["year"] >= broken_at] if broken_at else own
        axes.plot(before["year"], before["value"], color=OWN, linewidth=1, linestyle=(0, (2, 2)))
        axes.plot(now["year"], now["value"], color=OWN, linewidth=2)
        sure = now[now["status"].isna()]
        axes.plot(sure["year"], sure["value"], "o", color=OWN, markersize=4.5, markeredgewidth=0)
        early = now[now["status"].notna()]
        axes.plot(
            early["year"], early["value"], "o", markersize=4.5, color=OWN, markerfacecolor="white"
        )
        end = int(own["year"].max())
        if ahead is not None:
            end = max(end, int(ahead["year"].max()))
            axes.fill_between(ahead["year"], ahead["low"], ahead["high"], color=AHEAD, linewidth=0)
            axes.plot(ahead["year"], ahead["middle"], color=OWN, linewidth=1, linestyle=(0, (1, 2)))
        if target is not None:
            end = max(end, target_year or end)
            axes.axhline(target, color=TARGET, linewidth=1.2, linestyle=(0, (5, 2)))
            axes.annotate(
                target_label,
                (0, target),
                xycoords=("axes fraction", "data"),
                xytext=(2, 3),
                textcoords="offset points",
                color=TARGET,
            )
        _label_ends(axes, now, numbers)
        _years(axes, int(own["year"].min()), end)
        axes.margins(y=0.16)
        _scale(axes, scale)
        return accessible(_svg(figure), name, alt)


def coverage_chart(rows: Sequence[tuple[str, Sequence[str]]], *, name: str, alt: str) -> str:
    """Return a square per indicator: full 'direct', half 'proxy', empty 'none'; a row per area."""
    side, gap, left, line = 15, 4, 0, 46
    shapes = []
    for at, (label, states) in enumerate(rows):
        top = at * line
        shapes.append(
            Markup('<text x="{}" y="{}" font-size="13">{}</text>').format(left, top + 13, label)
        )
        for column, state in enumerate(states):
            x, y = left + column * (side + gap), top + 20
            shapes.append(
                Markup(
                    '<rect x="{}" y="{}" width="{}" height="{}" fill="#fff" stroke="{}"/>'
                ).format(x, y, side, side, OWN if state != "none" else PEERS)
            )
            if state == "direct":
                shapes.append(
                    Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                        x, y, side, side, OWN
                    )
                )
            elif state == "proxy":
                shapes.append(
                    Markup('<path d="M{} {}v{}h{}z" fill="{}"/>').format(x, y, side, side, OWN)
                )
    longest = max(len(states) for _, states in rows)
    width, height = max(left + longest * (side + gap), 340), len(rows) * line
    svg = Markup('<svg viewBox="-1 0 {} {}" width="{}" height="{}">{}</svg>').format(
        width + 2, height, width + 2, height, Markup("").join(shapes)
    )
    return accessible(svg, name, alt)


def strip(
    value: float,
    low: float,
    median: float,
    high: float,
    target: float | None,
    *,
    name: str,
    alt: str,
) -> str:
    """Return a thin line from the group's lowest to its highest figure with the own one on it."""
    ends = [v for v in (value, low, high, target) if v is not None]
    least, most = min(ends), max(ends)
    width = 150.0

    def at(v: float) -> float:
        return round(6 + (width - 12) * ((v - least) / (most - least) if most > least else 0.5), 1)

    shapes = [
        Markup('<path d="M{} 10H{}" stroke="{}" stroke-width="4" stroke-linecap="round"/>').format(
            at(low), at(high), FAINT
        ),
        Markup('<path d="M{} 4v12" stroke="{}" stroke-width="2"/>').format(at(median), PEERS),
    ]
    if target is not None:
        shapes.append(Markup('<path d="M{} 12l-4.5 7h9z" fill="{}"/>').format(at(target), TARGET))
    shapes.append(
        Markup('<circle cx="{}" cy="10" r="5" fill="{}" stroke="#fff"/>').format(at(value), OWN)
    )
    svg = Markup('<svg class="strip" viewBox="0 0 150 20" width="150" height="20">{}</svg>').format(
        Markup("").join(shapes)
    )
    return accessible(svg, name, alt)


def key(items: Sequence[tuple[str, str]]) -> str:
    """Return what the marks of the charts mean. `items` are pairs of a mark and its text."""
    line = Markup('<path d="M0 7h26" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>')
    square = Markup('<path d="M6.5 .5h13v13h-13z" fill="#fff" stroke="{}"/>')
    dot = Markup('<circle cx="13" cy="7" r="3.5" fill="{}" stroke="{}"/>')
    marks = {
        "own": line.format(OWN, 2, "none") + dot.format(OWN, OWN),
        "before": line.format(OWN, 1, "3 3"),
        "ahead": Markup('<path d="M0 7L26 0v14z" fill="{}"/>').format(AHEAD)
        + line.format(OWN, 1, "1 3"),
        "preliminary": dot.format("#fff", OWN),
        "median": line.format(PEERS, 1, "none"),
        "range": Markup('<path d="M0 0h26v14h-26z" fill="{}"/>').format(RANGE),
        "target": line.format(TARGET, 1.5, "7 3"),
        "direct": Markup('<path d="M6 0h14v14h-14z" fill="{}"/>').format(OWN),
        "proxy": square.format(OWN) + Markup('<path d="M6 0v14h14z" fill="{}"/>').format(OWN),
        "none": square.format(PEERS),
    }
    item = Markup('<li><svg aria-hidden="true" width="26" height="14">{}</svg> {}</li>')
    return "".join(item.format(marks[mark], text) for mark, text in items)


@contextmanager
def _drawing(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure of `width` x `height` inches; no global state of matplotlib is touched."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_RC):
        figure = Figure(figsize=(width, height), layout="constrained", frameon=False)
        yield figure, figure.add_subplot(frame_on=True, facecolor="none")


def _label_ends(axes: Axes, own: pd.DataFrame, numbers: Sequence[str]) -> None:
    """Write the first and the last value beside their dots, which a scale then need not do."""
    ends = [own.iloc[0], own.iloc[-1]]
    for row, text, where in zip(ends, numbers, ("left", "right"), strict=True):
        axes.annotate(
            text,
            (row["year"], row["value"]),
            xytext=(0, 6),
            textcoords="offset points",
            ha=where,
            color=OWN,
            fontweight="bold",
        )


def _scale(axes: Axes, written: Callable[[float, int], str]) -> None:
    """Write three or four round numbers at the left, with no more decimals than they need."""
    axes.locator_params(axis="y", nbins=4)
    ticks = [tick for tick in axes.get_yticks() if axes.get_ylim()[0] <= tick <= axes.get_ylim()[1]]
    step = min(np.diff(ticks), default=1.0)
    decimals = 0
    while np.abs(np.round(ticks, decimals) - ticks).max(initial=0) > step / 1000:
        decimals += 1
    axes.set_yticks(ticks, [written(tick, decimals) for tick in ticks])


def _years(axes: Axes, first: int, last: int) -> None:
    step = max(1, -(-(last - first) // 5))
    ticks = [*range(last, first - 1, -step)][::-1]
    axes.set_xticks(ticks, [str(year) for year in ticks])
    room = max(0.3, (last - first) * 0.04)
    axes.set_xlim(first - room, last + room)


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
_WITHIN: list[tuple[re.Pattern[str], Any]] = [
    # The picture takes the font of the page.
    (re.compile(r"font: (?:(bold) )?([\d.]+)px [^;\"]*"), r"font-size: \2px; font-weight: \1"),
    (re.compile(r"font-family: [^;\"]*;?|font-weight: (?=[;\"])"), ""),
    (re.compile(r' transform="rotate\(-0 [^"]*"| xmlns(:xlink)?="[^"]*"| version="[^"]*"'), ""),
    (re.compile(r"xlink:href"), "href"),
    (re.compile(r"-?\d+\.\d{2,}"), lambda m: f"{float(m.group()):.1f}".removesuffix(".0")),
    # What all text has in common stands once, in the picture's own tag.
    (
        re.compile(
            r"(?<=[;\" ])(font-size: 9px|fill: #1c2833|text-anchor: start|stroke-linecap: square)"
            r"(; |(?=\"))"
        ),
        "",
    ),
    (re.compile(r"(?<=[;:\"]) (?=[a-z-]+:)|(?<=[;:]) | (?=\")|;(?=\")"), ""),
    (re.compile(r' style=""'), ""),
]


def _svg(figure: Figure) -> str:
    """Return the figure as SVG, about a third of the size that matplotlib writes."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for pattern, instead in _BETWEEN:
        svg = pattern.sub(instead, svg)
    svg = _TAG.sub(lambda tag: _terse(tag.group()), svg).strip()
    # Groups without any attribute group nothing.
    svg = svg if "<g " in svg else re.sub(r"</?g>", "", svg)
    return svg.replace("<svg", f'<svg font-size="9" fill="{INK}"', 1)


def _terse(tag: str) -> str:
    for pattern, instead in _WITHIN:
        tag = pattern.sub(instead, tag)
    return tag


def effects_chart(
    rows: pd.DataFrame,
    *,
    name: str,
    alt: str,
    axis: str,
    legend: Sequence[str],
    scale: Callable[[float, int], str],
) -> str:
    """Return the effects of two models side by side, each with its interval.

    `rows` has label, effect, effect_low, effect_high and, of the second model, second, second_low,
    second_high. `legend` names the two.
    """
    with _drawing(5.0, 0.9 + 0.5 * len(rows)) as (figure, axes):
        at = np.arange(len(rows))[::-1]
        axes.axvline(0, color=PEERS, linewidth=1)
        for shift, key, colour, mark, text in (
            (0.13, "effect", OWN, "o", legend[0]),
            (-0.17, "second", TARGET, "s", legend[1]),
        ):
            axes.hlines(
                at + shift, rows[f"{key}_low"], rows[f"{key}_high"], color=colour, linewidth=2
            )
            axes.plot(rows[key], at + shift, mark, color=colour, markersize=6, label=text)
        axes.set_yticks(at, list(rows["label"]))
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(visible=False)
        axes.set_xlabel(axis)
        _scale_across(axes, scale)
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0
        )
        return accessible(_svg(figure), name, alt)


#: Colour, size and shape of municipalities, the last ones drawn on top.
_MARKS = {"others": ("#b8c2cb", 12, "o"), "peers": (PEERS, 24, "s"), "own": (OWN, 60, "D")}


def partial_chart(
    points: pd.DataFrame,
    slope: float,
    *,
    name: str,
    alt: str,
    x_label: str,
    y_label: str,
    own_label: str,
    scale: Callable[[float, int], str],
    log: bool = False,
) -> str:
    """Return an outcome less what other terms account for, against one term, with its slope.

    `points` has x, y and who ('own', 'peers', 'others'). With `log` x is a logarithm, and the
    scale shows what it is of.
    """
    with _drawing(5.0, 3.3) as (figure, axes):
        ends = np.array([points["x"].min(), points["x"].max()])
        line = points["y"].mean() + slope * (ends - points["x"].mean())
        axes.plot(np.exp(ends) if log else ends, line, color=PEERS, linewidth=1.2)
        drawn = points.assign(x=np.exp(points["x"]) if log else points["x"])
        for who, (colour, size, marker) in _MARKS.items():
            part = drawn[drawn["who"] == who]
            axes.scatter(part["x"], part["y"], s=size, c=colour, marker=marker, linewidths=0)
        for x, y in drawn.loc[drawn["who"] == "own", ["x", "y"]].itertuples(index=False):
            axes.annotate(
                own_label,
                (x, y),
                xytext=(0, 7),
                textcoords="offset points",
                color=OWN,
                fontweight="bold",
                ha="center",
            )
        if log:
            axes.set_xscale("log")
            axes.minorticks_off()
            axes.xaxis.set_major_formatter(lambda tick, _: scale(tick, 0 if tick >= 1 else 2))
        else:
            _scale_across(axes, scale)
        _scale(axes, scale)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        return accessible(_svg(figure), name, alt)


def pace_chart(
    rows: pd.DataFrame,
    others: Sequence[np.ndarray],
    *,
    name: str,
    alt: str,
    axis: str,
    scale: Callable[[float, int], str],
) -> str:
    """Return yearly changes, a row per series: all municipalities, the typical and the own one.

    `rows` has label, typical, change, low, high (missing where the municipality has none);
    `others` the observed changes of all municipalities, an array per row.
    """
    with _drawing(5.0, 0.6 + 0.55 * len(rows)) as (figure, axes):
        at = np.arange(len(rows))[::-1]
        reach = max((np.abs(values).max(initial=0) for values in others), default=1) or 1
        for y, values in zip(at, others, strict=True):
            # A mark every half point of the picture at most.
            apart = np.unique(np.round(values / reach * 400)) * reach / 400
            x = np.repeat(apart, 3)
            x[2::3] = np.nan
            axes.plot(x, np.tile([y - 0.2, y + 0.2, y], len(apart)), color=FAINT, linewidth=0.8)
        axes.vlines(
            rows["typical"], at - 0.32, at + 0.32, color=PEERS, linewidth=1.5, linestyle=(0, (3, 2))
        )
        axes.hlines(at, rows["low"], rows["high"], color=OWN, linewidth=2.5)
        axes.plot(rows["change"], at, "o", color=OWN, markersize=5)
        axes.set_yticks(at, list(rows["label"]))
        axes.set_ylim(-0.5, len(rows) - 0.5)
        axes.grid(visible=False)
        axes.set_xlabel(axis)
        _scale_across(axes, scale)
        return accessible(_svg(figure), name, alt)


def reliability_chart(
    tenths: pd.DataFrame,
    *,
    name: str,
    alt: str,
    x_label: str,
    y_label: str,
    few: int,
    scale: Callable[[float, int], str],
) -> str:
    """Return how often what was said came true, per tenth of stated chance, beside the diagonal.

    `tenths` has stated, happened (0 to 1), n and apart; a dot of fewer than `few` is hollow.
    """
    with _drawing(5.2, 4.6) as (figure, axes):
        axes.grid(visible=True, axis="both")
        axes.plot([0, 100], [0, 100], color=PEERS, linewidth=1)
        for row in tenths.itertuples():
            at = 100 * row.stated, 100 * row.happened
            fill = OWN if row.n >= few else "white"
            axes.plot(*at, "o", markersize=6.5, color=OWN, markerfacecolor=fill)
            # On the other side of a dot the diagonal would run through its number.
            above = row.apart > 1
            axes.annotate(
                scale(row.n, 0),
                at,
                xytext=(-6, 4) if above else (7, -7),
                textcoords="offset points",
                ha="right" if above else "left",
            )
        ticks = range(0, 101, 20)
        axes.set_xticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set_yticks(ticks, [scale(tick, 0) for tick in ticks])
        axes.set(xlim=(-4, 104), ylim=(-4, 104), aspect="equal", xlabel=x_label, ylabel=y_label)
        return accessible(_svg(figure), name, alt)


def _scale_across(axes: Axes, written: Callable[[float, int], str]) -> None:
    """Write the numbers along the bottom, with no more decimals than they need."""
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    step = min(np.diff(ticks), default=1.0)
    decimals = 0
    while np.abs(np.round(ticks, decimals) - ticks).max(initial=0) > step / 1000:
        decimals += 1
    axes.set_xticks(ticks, [written(tick, decimals) for tick in ticks])
    axes.set_xlim(low, high)
