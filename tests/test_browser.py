"""The briefs in a real browser: quiet, readable on a telephone and on paper, high in contrast."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Made
from playwright.sync_api import Browser, Page

from workbench import charts
from workbench.batch.notebooks import briefs

PAGES = [*(f"3201-baerum/{brief}.nb.html" for brief in [*briefs(), "index"]), "index.html"]
TELEPHONE, SCREEN = 360, 1200


@pytest.fixture(params=PAGES)
def file(request: pytest.FixtureRequest, made: Made) -> Path:
    return made.path / request.param


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_it_opens_from_the_disk_and_asks_for_nothing_else(page: Page, file: Path) -> None:
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri(), wait_until="load")
    assert page.evaluate("document.documentElement.lang") == "nb"
    assert page.locator("h1").count() == 1
    assert requests == [file.as_uri()]
    assert said == []


@pytest.mark.parametrize("width", [TELEPHONE, SCREEN])
def test_the_page_never_scrolls_sideways(page: Page, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # Not `body`, whose own overflow a browser hands on to the window.
    widest = page.evaluate("document.documentElement.scrollWidth")
    assert widest <= width


def test_on_a_telephone_wide_tables_scroll_by_themselves(page: Page, made: Made) -> None:
    page.set_viewport_size({"width": TELEPHONE, "height": 800})
    page.goto((made.path / PAGES[0]).as_uri())
    wider = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length"
    assert page.locator(".scroll").evaluate_all(wider) > 0


def test_pictures_stay_within_a_telephone_and_can_be_seen(page: Page, file: Path) -> None:
    page.set_viewport_size({"width": TELEPHONE, "height": 800})
    page.goto(file.as_uri())
    boxes = page.locator("figure > svg[role=img]").evaluate_all(
        "all => all.map(svg => svg.getBoundingClientRect()).map(b => [b.right, b.height])"
    )
    assert all(right <= TELEPHONE and height > 40 for right, height in boxes)


def test_it_prints_without_what_is_for_the_screen(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("header, .skip").evaluate_all(
        "all => all.filter(tag => tag.getClientRects().length).length"
    )
    page.set_viewport_size({"width": 680, "height": 960})  # A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_the_first_key_reaches_the_link_past_the_header(page: Page, made: Made) -> None:
    page.goto((made.path / PAGES[0]).as_uri())
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("class") == "skip"
    box = focused.bounding_box()
    assert box is not None and box["x"] >= 0, "it comes into view"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"


def test_a_link_in_the_overview_leads_to_its_measure(page: Page, made: Made) -> None:
    page.goto((made.path / "3201-baerum" / "02_trends.nb.html").as_uri())
    page.locator("main details", has=page.locator("th a")).first.locator("summary").first.click()
    link = page.locator("main td a, main th a").locator("visible=true").last
    target = link.get_attribute("href")
    link.click()
    place = page.locator(f"[id='{str(target)[1:]}']").bounding_box()
    assert place is not None and -1 <= place["y"] < 800


def test_a_click_shows_the_numbers_behind_a_chart(page: Page, made: Made) -> None:
    page.goto((made.path / "3201-baerum" / "02_trends.nb.html").as_uri())
    table = page.locator("figure details table").first
    assert not table.is_visible()
    page.locator("figure details summary").first.click()
    assert table.is_visible()


# Contrast, as WCAG 2.2 reckons it


def luminance(colour: tuple[float, float, float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, each as '#0b5394'."""
    light, dark = sorted((luminance(rgb(one)), luminance(rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


#: Each pair of a text's colour and the colour behind it, with a word of the text.
COLOURS = """() => {
  const hex = (colour) => {
    const [r, g, b, a] = colour.match(/[\\d.]+/g).map(Number);
    return a === 0 ? null : '#' + [r, g, b].map(c => c.toString(16).padStart(2, '0')).join('');
  };
  const behind = (tag) => {
    for (let at = tag; at; at = at.parentElement) {
      const found = hex(getComputedStyle(at).backgroundColor);
      if (found) return found;
    }
    return '#ffffff';
  };
  // In a table of shaded cells a text stands on the one that is drawn below it.
  const cell = (tag) => {
    const svg = tag.closest('.wide svg');
    if (!svg) return null;
    const box = tag.getBBox(), middle = svg.createSVGPoint();
    [middle.x, middle.y] = [box.x + box.width / 2, box.y + box.height / 2];
    const shapes = [...svg.querySelectorAll('path')].filter(
      shape => getComputedStyle(shape).fill !== 'none' && shape.isPointInFill(middle));
    return shapes.length ? hex(getComputedStyle(shapes.at(-1)).fill) : null;
  };
  const pairs = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), tag = walker.currentNode.parentElement;
    if (!text || tag.closest('title')) continue;
    const style = getComputedStyle(tag);
    const colour = hex(tag.closest('svg') ? style.fill : style.color);
    pairs[colour + ' ' + (cell(tag) || behind(tag))] = text.slice(0, 30);
  }
  return pairs;
}"""


def test_the_reckoning_of_contrast_is_right() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_text_stands_out_from_its_ground(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    pairs = page.evaluate(COLOURS)
    assert len(pairs) >= 3
    for pair, word in pairs.items():
        colour, ground = pair.split(" ")
        assert contrast(colour, ground) >= 4.5, f"{word}: {pair}"


@pytest.mark.parametrize("ground", ["#ffffff", charts.RANGE])
@pytest.mark.parametrize("name", ["OWN", "TARGET", "INK"])
def test_what_is_written_in_a_chart_stands_out_from_the_peers(name: str, ground: str) -> None:
    assert contrast(getattr(charts, name), ground) >= 4.5


@pytest.mark.parametrize("name", ["OWN", "TARGET", "PEERS"])
def test_lines_stand_out_from_the_page(name: str) -> None:
    assert contrast(getattr(charts, name), "#ffffff") >= 3
