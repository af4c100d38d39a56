"""The pages with each of the fonts that a machine may have alone: nothing is cut off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pypdf
import pytest
from conftest import Made, lacking, started
from playwright.sync_api import Browser, Page

#: Fonts of a bare Debian, the widest there are, and those that stand for Arial.
FAMILIES = {"DejaVu": "dejavu", "Liberation": "liberation"}
CONFIGURATION = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/conf.d</include><dir>{fonts}</dir>
<cachedir>{folder}/cache</cachedir></fontconfig>"""

OPEN = "document.querySelectorAll('details').forEach(box => box.open = true)"
WIDTH = "document.documentElement.scrollWidth"
#: The width of one line of text, by which one sees which font it is set in.
MEASURED = "document.querySelector('span').getBoundingClientRect().width"
#: Texts that reach out of their chart by more than a pen's width.
CUT = """() => [...document.querySelectorAll('svg[role=img]')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const own = text.getBoundingClientRect();
    return own.width && (own.right > box.right + 3 || own.left < box.left - 3
      || own.top < box.top - 3 || own.bottom > box.bottom + 3);
  }).map(text => text.textContent);
})"""
LONG = "Kommunesammenslåingskonsekvensutredningsarbeidsgruppen"


@pytest.fixture(params=FAMILIES, scope="module")
def only(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A browser on a machine that has one family of fonts."""
    fonts = Path("/usr/share/fonts/truetype") / FAMILIES[request.param]
    if not any(fonts.glob("*.ttf")):
        lacking(f"There are no {request.param} fonts in {fonts}.")
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "fonts.conf").write_text(CONFIGURATION.format(fonts=fonts, folder=folder))
    with started(FONTCONFIG_FILE=str(folder / "fonts.conf")) as browser:
        yield browser


@pytest.fixture
def page(only: Browser) -> Iterator[Page]:
    opened = only.new_page()
    yield opened
    opened.close()


class Seen(NamedTuple):
    """What is seen of all pages: the wide ones by size of screen and letters, and texts cut off."""

    count: int
    wide: dict[tuple[str, int, int], dict[str, int]]
    cut: dict[str, list[str]]


@pytest.fixture(scope="module")
def seen(only: Browser, made: Made) -> Seen:
    """Each page, loaded once and looked at in every size."""
    page, files = only.new_page(), sorted(made.path.rglob("*.html"))
    found = Seen(len(files), {}, {})

    def look(file: Path, media: Literal["screen", "print"], width: int, scale: int = 100) -> None:
        page.emulate_media(media=media)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(f"document.documentElement.style.fontSize = '{scale}%'")
        wider = found.wide.setdefault((media, width, scale), {})
        if (wide := page.evaluate(WIDTH)) > width:
            wider[f"{file.parent.name}/{file.name}"] = wide

    for file in files:
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1200, "height": 800})
        page.goto(file.as_uri())
        found.cut[str(file)] = page.evaluate(CUT)
        look(file, "print", 680)  # A4 between its margins
        page.evaluate(OPEN)
        for width, scale in ((320, 100), (640, 100), (640, 200)):
            look(file, "screen", width, scale)
    page.close()
    return found


def test_there_are_no_other_fonts(page: Page) -> None:
    wide = set()
    for name in ("DejaVu Sans", "Liberation Sans", "Arial"):
        page.set_content(f"<span style='font: 20px {name}, sans-serif'>Nordre Follo</span>")
        wide.add(page.evaluate(MEASURED))
    assert len(wide) == 1, "all names lead to the same font"


@pytest.mark.parametrize("width", [320, 640])
def test_no_page_scrolls_sideways(seen: Seen, width: int) -> None:
    assert seen.count > 20
    assert seen.wide["screen", width, 100] == {}


def test_no_page_scrolls_sideways_with_letters_twice_as_large(seen: Seen) -> None:
    assert seen.wide["screen", 640, 200] == {}


def test_no_page_is_wider_than_its_sheet(seen: Seen) -> None:
    assert seen.wide["print", 680, 100] == {}


@pytest.mark.parametrize("place", ["h1", "h2", "main > p", ".answer p", "figcaption"])
def test_a_word_longer_than_the_screen_is_broken(page: Page, made: Made, place: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto((made.path / "3201-baerum" / "01_status.nb.html").as_uri())
    page.evaluate(f"document.querySelector('{place}').textContent = '{LONG}'")
    assert page.evaluate(WIDTH) == 320


def test_no_text_of_a_chart_is_cut_off(seen: Seen) -> None:
    assert {name: texts for name, texts in seen.cut.items() if texts} == {}


@pytest.mark.parametrize("code", ["nb", "nn", "en"])
def test_a_front_page_prints_on_two_sheets(
    page: Page, made: Made, tmp_path: Path, code: str
) -> None:
    page.goto((made.path / "3201-baerum" / f"index.{code}.html").as_uri())
    page.pdf(path=tmp_path / "front.pdf", format="A4")
    assert len(pypdf.PdfReader(tmp_path / "front.pdf").pages) <= 2
