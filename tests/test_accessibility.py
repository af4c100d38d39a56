"""Nobody is shut out: every kind of page, in every language, tried in a real browser."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import Made
from playwright.sync_api import Browser, Page

from workbench.batch.notebooks import briefs, pages
from workbench.language.translator import languages

#: The rules of the law (WCAG 2.1 A and AA), and what is good custom beside it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
#: Those of colours. The first takes most of the time, and no language changes what it finds.
COLOURS = ["color-contrast", "link-in-text-block"]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

OPEN = "document.querySelectorAll('details').forEach(box => box.open = true)"
CLOSED = OPEN.replace("true", "false")


def names() -> list[str]:
    """Return every kind of page in every language that it is made in."""
    of_bærum = [f"3201-baerum/{name}.{code}.html" for name in briefs() for code in languages()]
    fronts = [f"3201-baerum/index.{code}.html" for code in languages()]
    methods = [f"{name}.{code}.html" for name in pages() for code in languages()]
    return [*of_bærum, *fronts, *methods, "index.html"]


@pytest.fixture(params=names(), scope="module")
def file(request: pytest.FixtureRequest, made: Made) -> Path:
    return made.path / request.param


@pytest.fixture(scope="module")
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """Each page, loaded once: every test says how it wants to see it."""
    # The rules are run from outside the page, whose own policy allows no script.
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(file.as_uri())
    yield opened
    context.close()


def only_once(file: Path) -> None:
    """Leave out what no language changes, but for the page in Bokmål."""
    if ".nb" not in file.name and file.name != "index.html":
        pytest.skip("It is the same as in Bokmål.")


def found(page: Page, scheme: str, options: dict[str, Any]) -> list[Any]:
    """Return what axe finds in a page on a screen."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate(OPEN)
    page.evaluate(AXE)
    told: list[Any] = page.evaluate(
        "options => axe.run({...options, resultTypes: ['violations']})"
        ".then(r => r.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)]))",
        options,
    )
    return told


def test_axe_finds_nothing(page: Page) -> None:
    assert found(page, "light", {"runOnly": RULES, "rules": {COLOURS[0]: {"enabled": False}}}) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_of_colour(page: Page, file: Path, scheme: str) -> None:
    only_once(file)
    assert found(page, scheme, {"runOnly": {"type": "rule", "values": COLOURS}}) == []


def test_axe_would_find_a_fault(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='x'><p style='color:#ccc'>faint</p></body></html>")
    rules = {rule for rule, *_ in found(page, "light", {"runOnly": RULES})}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= rules
    colours = found(page, "light", {"runOnly": {"type": "rule", "values": COLOURS}})
    assert [rule for rule, *_ in colours] == ["color-contrast"]
    page.close()


#: What a keyboard must reach, in the order of the page.
REACHED = "a[href], summary, input, select, button, [tabindex='0']"


def test_the_keyboard_alone_reaches_everything_in_order(page: Page, file: Path) -> None:
    only_once(file)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate(CLOSED)
    page.evaluate(
        f"""() => {{
          document.activeElement.blur();
          const all = [...document.querySelectorAll("{REACHED}")];
          window.expected = all.filter(tag => tag.checkVisibility({{visibilityProperty: true}}));
          window.reached = [];
          window.unseen = [];
          document.addEventListener('focusin', event => {{
            window.reached.push(event.target);
            const style = getComputedStyle(event.target);
            const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            if (!shown && !event.target.matches('.skip'))
              window.unseen.push(event.target.outerHTML.slice(0, 80));
          }});
        }}"""
    )
    for _ in range(page.evaluate("expected.length")):
        page.keyboard.press("Tab")
    assert page.evaluate("reached.length === expected.length")
    assert page.evaluate("reached.every((tag, at) => tag === expected[at])")
    assert page.evaluate("unseen") == [], "the focus can be seen"


@pytest.mark.parametrize("width", [320, 640])
def test_at_320_pixels_and_at_twice_the_size_nothing_runs_over(page: Page, width: int) -> None:
    """640 pixels wide is a screen of 1280 at 200 %."""
    page.set_viewport_size({"width": width, "height": 512})
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_for_those_who_want_it_still(page: Page) -> None:
    assert page.evaluate("document.getAnimations().length") == 0
