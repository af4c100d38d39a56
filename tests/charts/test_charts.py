"""Charts: a text for who does not see them, the right marks for who does, safe in any page."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib import rc_context, rcParams

from workbench import charts
from workbench.charts import FAINT, OWN, PEERS, RANGE, TARGET
from workbench.charts.drawing import drawing, svg_of
from workbench.language.translator import Language

NB = Language("nb")
HOSTILE = "Våler (Østfold) <script>alert(1)</script> \" ' & A: 1.25"


def english(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def series(values: Sequence[float], first: int = 2015, preliminary: int = 0) -> pd.DataFrame:
    """Return figures of so many years, the last ones of them preliminary."""
    sure = len(values) - preliminary
    return pd.DataFrame(
        {
            "year": range(first, first + len(values)),
            "value": [float(value) for value in values],
            "status": pd.array([None] * sure + ["preliminary"] * preliminary, dtype="str"),
        }
    )


def group(values: Sequence[float], first: int = 2015) -> pd.DataFrame:
    """Return what a group around these values looks like."""
    median = np.array(values, dtype=float)
    return pd.DataFrame(
        {
            "year": range(first, first + len(values)),
            "peers_low": median - 2,
            "peers_median": median,
            "peers_high": median + 2,
        }
    )


def trend(
    values: Sequence[float] = (80, 82, 87), preliminary: int = 0, peers: int = 3, **options: Any
) -> str:
    about: dict[str, Any] = {"name": "turnout", "alt": "A line.", "numbers": ["first", "last"]}
    about |= {"scale": NB.number} | options
    return charts.trend_chart(
        series(values, preliminary=preliminary), group(values[:peers]), **about
    )


def parts(
    status: Sequence[str] = ("direct", "proxy", "direct", "proxy", "none", "none"),
    points: Sequence[float | None] = (1, 4, None, None, None, None),
    area: str = "ICT",
) -> pd.DataFrame:
    """Return a small wheel: two dimensions, the first with two themes of one area."""
    half = len(status) // 2
    rest = len(status) - half
    return pd.DataFrame(
        {
            "dimension": ["Economy"] * half + ["Environment"] * rest,
            "area": [area] * half + ["Energy"] * rest,
            "number": ["1"] * half + ["2"] * rest,
            "letter": ["a"] + ["b"] * (half - 1) + ["a"] * rest,
            "status": list(status),
            "points": np.array(points, dtype=float),
        }
    )


def wheel(text: str = "of 6", name: str = "wheel", alt: str = "A wheel.", **rows: Any) -> str:
    return charts.wheel_chart(parts(**rows), name=name, alt=alt, centre=["4", text])


def strip(name: str = "strip", alt: str = "A strip.", **ends: float) -> str:
    figures: dict[str, Any] = {"value": 5, "low": 1, "median": 4, "high": 9, "target": 7} | ends
    return charts.strip(**figures, name=name, alt=alt)


Chart = Callable[..., str]
CHARTS: dict[str, Chart] = {
    "trend": lambda text="", **about: trend(target=85, target_label=text, **about),
    "wheel": wheel,
    "strip": lambda text="", **about: strip(**about),
}
every_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


def parsed(svg: str) -> ElementTree.Element:
    """Return the picture as a browser reads it."""
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in parsed(svg).iter("text")]


def drawn(svg: str, colour: str, name: str) -> list[str]:
    """Return this attribute of the lines drawn in a colour, without the marks of dots."""
    return [
        path.get(name, "")
        for path in parsed(svg).iter("path")
        if f"stroke:{colour}" in path.get("style", "") and path.get("id") is None
    ]


def styles(svg: str, colour: str) -> list[str]:
    return drawn(svg, colour, "style")


def lines(svg: str, colour: str) -> list[str]:
    return drawn(svg, colour, "d")


def dots(svg: str) -> list[str]:
    """Return the styles of the municipality's dots."""
    circles = [dot.get("style", "") for dot in parsed(svg).iter("circle")]
    return [style for style in circles if OWN in style]


# The range of the peers


def test_a_range_that_would_press_a_series_flat_is_cut_and_says_how_far_it_goes() -> None:
    own, peers = series([1.0, 2.0, 2.5, 3.0]), group([2.0, 2.0, 2.0, 2.0])
    about: dict[str, Any] = {"name": "n", "alt": "a", "numbers": ["", ""], "scale": NB.number}
    whole, cut = (
        charts.trend_chart(own, peers.assign(peers_high=high), **about)
        for high in ([4.0, 4.0, 5.0, 4.5], [40.0, 50.0, 60.0, 60.4])
    )
    assert not any("\N{UPWARDS ARROW}" in text for text in texts(whole))
    assert "\N{UPWARDS ARROW} 60" in texts(cut)

    def height(svg: str) -> float:
        """Return how much of the picture the municipality's own line takes."""
        (line,) = lines(svg, OWN)
        rows = [float(y) for y in re.findall(r"[ML ]-?[\d.]+[ ,](-?[\d.]+)", line)]
        return max(rows) - min(rows)

    assert height(cut) > 25 and height(whole) > 25, "of some 120 points"


# What holds for every chart


@every_chart
def test_the_text_alternative_names_the_picture(chart: Chart) -> None:
    picture = parsed(chart(alt=HOSTILE))
    title = picture[0]
    assert picture.get("role") == "img"
    assert (title.tag, title.text) == ("title", HOSTILE)
    assert picture.get("aria-labelledby") == title.get("id")


@every_chart
def test_hostile_names_stay_text(chart: Chart) -> None:
    svg = chart(text=HOSTILE, alt=HOSTILE)
    assert "<script" not in svg
    drawn = texts(svg)
    assert HOSTILE in drawn or chart is CHARTS["strip"], drawn


@every_chart
def test_two_pictures_on_a_page_share_no_id(chart: Chart) -> None:
    both = re.findall(r' id="([^"]+)"', chart(name="low_income") + chart(name="flat_share"))
    assert both and len(both) == len(set(both))


@every_chart
def test_what_a_picture_points_to_is_in_it(chart: Chart) -> None:
    svg = chart(name="flat_share")
    ids = set(re.findall(r' id="([^"]+)"', svg))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= ids


@every_chart
def test_the_same_input_gives_the_same_bytes(chart: Chart) -> None:
    assert chart() == chart()


def test_an_analysts_own_settings_of_matplotlib_change_no_picture() -> None:
    def pictures() -> list[str]:
        with drawing(3, 2) as (figure, axes):
            axes.plot([1, 2])
            axes.set_title("Boliger")
            return [svg_of(figure), trend()]

    plain = pictures()
    # As seaborn.set_theme or a file matplotlibrc has them.
    mine = {"lines.linewidth": 7.5, "font.family": "serif", "figure.dpi": 50, "axes.grid": False}
    with rc_context(mine):
        assert pictures() == plain
        assert {name: rcParams[name] for name in mine} == mine | {"font.family": ["serif"]}


@every_chart
def test_a_picture_asks_for_nothing_and_runs_nothing(chart: Chart) -> None:
    svg = chart()
    assert not re.search(r"https?:|<script|<style|<image|\bon\w+=|@import|data:", svg)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', svg))


@every_chart
def test_a_picture_carries_no_date_and_no_maker(chart: Chart) -> None:
    assert not re.search(r"<metadata|<!--|matplotlib|\d{4}-\d\d-\d\d", chart())


# A series


def test_both_ends_of_a_series_are_written_beside_their_dots() -> None:
    assert texts(trend())[-2:] == ["first", "last"]


def test_every_year_has_a_dot() -> None:
    assert len(dots(trend())) == 3


def test_a_preliminary_figure_is_an_empty_dot() -> None:
    full, empty = f"fill:{OWN}", "fill:#ffffff"
    assert [full in style for style in dots(trend(preliminary=1))] == [True, True, False]
    assert [empty in style for style in dots(trend(preliminary=1))] == [False, False, True]
    assert not any(empty in style for style in dots(trend()))


def test_figures_from_before_a_break_are_a_dotted_line_apart() -> None:
    whole, broken = trend((80, 82, 87, 88)), trend((80, 82, 87, 88), broken_at=2017)
    assert ["dasharray" in style for style in styles(whole, OWN)] == [False]
    assert ["dasharray" in style for style in styles(broken, OWN)] == [True, False]
    assert (len(dots(whole)), len(dots(broken))) == (4, 2)
    points = [len(re.findall("[ML]", line)) for line in lines(broken, OWN)]
    assert points == [2, 2], "the two levels do not touch"


def test_a_target_is_a_dashed_line_with_its_name() -> None:
    svg = trend(target=90, target_year=2030, target_label="Target 90")
    assert ["dasharray" in style for style in styles(svg, TARGET)] == [True]
    assert "Target 90" in texts(svg)
    assert "2030" in texts(svg), "the scale reaches the target's year"
    assert TARGET not in trend()


def test_peers_are_an_area_with_their_median() -> None:
    assert len(styles(trend(), PEERS)) == 1
    assert f"fill:{RANGE}" in trend()
    assert not styles(trend(peers=1), PEERS), "one year is no line"
    assert f"fill:{RANGE}" not in trend(peers=1)


def test_the_scale_is_written_as_the_reader_writes_numbers() -> None:
    assert "82,5" in texts(trend((80, 82, 87), peers=0))
    assert "82.5" in texts(trend((80, 82, 87), peers=0, scale=english))
    assert "1\N{NO-BREAK SPACE}500" in texts(trend((1000, 1200, 1700)))


def y_ticks(svg: str) -> list[tuple[float, str]]:
    """Return the height and the text of each tick at the left."""
    return [
        (float(text.get("y", "nan")), "".join(text.itertext()))
        for text in parsed(svg).iter("text")
        if "text-anchor:end" in text.get("style", "") and "font-weight" not in text.get("style", "")
    ]


VALUES = st.one_of(
    st.floats(0, 100, allow_subnormal=False),
    st.floats(-50, 50, allow_subnormal=False),
    st.integers(0, 10**6),
).map(lambda value: round(float(value), 4))


@settings(max_examples=40)
@given(values=st.lists(VALUES, min_size=1, max_size=12), target=st.none() | VALUES)
@example(values=[80, 82, 87], target=None)
@example(values=[0, 0, 0], target=None)
def test_any_figures_give_a_picture_whose_scale_tells_the_truth(
    values: list[float], target: float | None
) -> None:
    svg = trend(values, peers=0, target=target, target_label="Target", scale=english)
    at = y_ticks(svg)
    assert len(at) >= 2
    heights, numbers = [y for y, _ in at], [float(text.replace(",", "")) for _, text in at]
    # On a straight line from height to number: no label was rounded away from its place.
    steps = np.diff(numbers)
    assert (steps > 0).all(), numbers
    assert np.allclose(steps, steps[0], rtol=1e-6), numbers
    assert np.allclose(np.diff(heights), np.diff(heights)[0], atol=0.25)
    assert not re.search(r"\b(nan|inf)\b", svg)


# The shapes that are written out


@settings(max_examples=200)
@given(value=VALUES, ends=st.lists(VALUES, min_size=3, max_size=3), target=st.none() | VALUES)
def test_a_strip_stays_within_its_frame_in_order(
    value: float, ends: list[float], target: float | None
) -> None:
    low, median, high = sorted(ends)
    picture = parsed(charts.strip(value, low, median, high, target, name="n", alt="a"))
    line, tick = [path.get("d", "") for path in picture.iter("path")][:2]
    left, right = map(float, re.findall(r"M([\d.]+) 10H([\d.]+)", line)[0])
    middle = float(re.findall(r"M([\d.]+) ", tick)[0])
    dot = float(picture.find("circle").get("cx", "nan"))  # type: ignore[union-attr]
    assert 0 < left <= middle <= right < 150
    assert 0 < dot < 150
    assert value >= low or dot <= left
    assert value <= high or dot >= right
    assert (TARGET in ElementTree.tostring(picture, "unicode")) == (target is not None)


def test_a_strip_of_equal_figures_lies_in_the_middle() -> None:
    picture = strip(value=3, low=3, median=3, high=3, target=3)
    assert 'cx="75.0"' in picture
    assert FAINT in picture


def cells(svg: str) -> list[tuple[str, float, float]]:
    """Return the fill, the inner and the outer radius of each filled cell of a wheel."""
    found = []
    for path in parsed(svg).iter("path"):
        if path.get("fill-opacity"):
            ends = re.findall(r"A([\d.]+) ", path.get("d", ""))
            found.append((path.get("fill", ""), float(ends[1]), float(ends[0])))
    return found


def test_a_cell_of_the_wheel_is_filled_by_a_quarter_per_point() -> None:
    drawn = cells(wheel(status=["direct"] * 6, points=[1, 2, 3, 4, None, None]))
    inner, quarter = drawn[0][1], drawn[0][2] - drawn[0][1]
    assert [(end - inner) / quarter for _, _, end in drawn] == pytest.approx([1, 2, 3, 4])
    assert [fill for fill, *_ in drawn] == [TARGET, TARGET, OWN, OWN]


def test_what_a_figure_is_shows_without_colour() -> None:
    svg = wheel()
    direct, proxy = cells(svg)
    assert direct[0] == TARGET and proxy[0].startswith("url(#"), "the substitute is hatched"
    dots = [dot.get("fill") for dot in parsed(svg).iter("circle") if dot.get("cx")]
    assert dots == [PEERS, "none"], "a dot and a ring: figures without a target"
    empty = wheel(status=["none"] * 6, points=[None] * 6)
    assert not cells(empty) and "cx=" not in empty and "<pattern" not in empty


@settings(max_examples=60)
@given(
    states=st.lists(
        st.tuples(st.sampled_from(["direct", "proxy"]), st.none() | st.integers(1, 4))
        | st.just(("none", None)),
        min_size=4,
        max_size=91,
    )
)
def test_every_figure_has_one_mark_within_the_wheel(
    states: list[tuple[str, int | None]],
) -> None:
    svg = wheel(status=[s for s, _ in states], points=[p for _, p in states])
    dots = [dot for dot in parsed(svg).iter("circle") if dot.get("cx")]
    assert len(cells(svg)) == sum(p is not None for _, p in states)
    assert len(dots) == sum(s != "none" and p is None for s, p in states)
    for dot in dots:
        away = np.hypot(float(dot.get("cx", "nan")), float(dot.get("cy", "nan")))
        assert 140 < away < 190
    assert not re.search(r"\b(nan|inf)\b", svg)


def test_an_area_is_named_where_there_is_room_and_numbered_where_not() -> None:
    long = "Education, health and culture " * 6
    assert "1 ICT" in texts(wheel())
    assert "1" in texts(wheel(area=long))
    assert [text for text in texts(wheel()) if text in "ab"] == ["a", "b", "a"]
    narrow = ["none"] * 60
    rows = parts(status=narrow, points=[None] * 60, area="Safety, housing and inclusion")
    rows["number"] = ["1"] * 12 + ["2"] * 18 + ["3"] * 30
    lines = texts(charts.wheel_chart(rows, name="n", alt="a", centre=["0", "of 60"]))
    assert "1 Safety, housing and" in lines and "inclusion" in lines, "in two lines"


def test_text_in_the_lower_half_stands_upright() -> None:
    svg = wheel()
    arcs = {path.get("id", ""): path.get("d", "") for path in parsed(svg).iter("path")}
    ends = {}
    for text in parsed(svg).iter("textPath"):
        begin, end = re.findall(r"(?:M|0 \d \d )(-?[\d.]+) ", arcs[text.get("href", "")[1:]])
        ends[text.text] = float(end) - float(begin)
    assert {"Economy", "Environment"} <= set(ends)
    assert all(way >= 0 for way in ends.values()), "from left to right, above and below"


def test_the_key_of_the_wheel_has_a_mark_of_its_own_for_each_text() -> None:
    marks = ["1", "2", "3", "4", "hatched", "dot", "ring", "empty"]
    made = charts.wheel_key([(mark, f"{mark} <&>") for mark in marks])
    items = ElementTree.fromstring(f"<ul>{made}</ul>").findall("li")
    assert ["".join(item.itertext()).strip() for item in items] == [f"{m} <&>" for m in marks]
    assert all(svg.get("aria-hidden") == "true" for item in items for svg in item.iter("svg"))
    assert len({ElementTree.tostring(item[0]) for item in items}) == len(marks)


def test_a_key_explains_each_mark_and_is_silent_itself() -> None:
    marks = ["own", "before", "preliminary", "median", "range", "target"]
    made = charts.key([(mark, f"{mark} <&>") for mark in marks])
    items = ElementTree.fromstring(f"<ul>{made}</ul>").findall("li")
    assert ["".join(item.itertext()).strip() for item in items] == [f"{m} <&>" for m in marks]
    assert all(svg.get("aria-hidden") == "true" for item in items for svg in item.iter("svg"))
    assert len({ElementTree.tostring(item[0]) for item in items}) == len(marks)
