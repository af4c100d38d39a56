"""The finished briefs: sound HTML for everyone, complete in one file, asking for nothing."""

import re
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from conftest import Made

from workbench.batch.notebooks import briefs
from workbench.dataset import Dataset
from workbench.language.translator import languages

PLACES = ["3201-baerum", "5055-heim"]
PAGES = [f"{place}/{brief}.nb.html" for place in PLACES for brief in briefs()]
FRONTS = [f"{place}/index.nb.html" for place in PLACES]
#: What there is of Bærum in the other languages.
OTHERS = [
    f"3201-baerum/{name}.{code}.html"
    for name in [*briefs(), "index"]
    for code in languages()
    if code != "nb"
]
PORTALS = ["index.html", *(f"index.{code}.html" for code in languages() if code != "nb")]


@pytest.fixture(params=[*PAGES, *FRONTS, "index.html"], scope="module")
def file(request: pytest.FixtureRequest, made: Made) -> Path:
    return made.path / request.param


@pytest.fixture(scope="module")
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> BeautifulSoup:
    """Each page, parsed once: tests only look at it."""
    return BeautifulSoup(text, "html5lib")


def test_there_is_a_brief_for_each_question_and_an_index(made: Made) -> None:
    pages = {str(path.relative_to(made.path)) for path in made.path.rglob("*.html")}
    methods = {f"00_methods.{code}.html" for code in languages()}
    assert pages == {*PAGES, *FRONTS, *OTHERS, *PORTALS, *methods}


def test_the_executed_notebook_lies_beside_each_brief(made: Made) -> None:
    for name in PAGES:
        page = made.path / name
        notebook = nbformat.read(page.parent / "notebooks" / f"{page.stem}.ipynb", as_version=4)
        nbformat.validate(notebook)
        source = "".join(cell.source for cell in notebook.cells)
        assert f'municipality = "{page.parent.name[:4]}"' in source
        outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
        assert outputs and {out.output_type for out in outputs} == {"execute_result"}


def test_nothing_else_is_left_in_the_folder(made: Made) -> None:
    there = (path for path in made.path.rglob("*") if path.is_file())
    told = {".state", "run.json"}  # what the folder notes for itself, and how the run went
    kinds = Counter(p.suffix for p in there if p.relative_to(made.path).parts[0] not in told)
    fronts = len(FRONTS) + len(PORTALS) + len(languages()) - 1
    count = len(PAGES) + len(briefs()) * (len(languages()) - 1) + len(languages())
    # Two tables of each municipality, and the assessments of all in one.
    figures = {".csv": 2 * len(PLACES) + 1, ".xlsx": len(PLACES), ".json": len(PLACES)}
    figures |= {".parquet": 1} if find_spec("duckdb") else {}
    assert kinds == {".html": count + fronts, ".ipynb": count, **figures}


# HTML


def test_a_strict_parser_finds_no_fault(text: str) -> None:
    html5lib.HTMLParser(strict=True).parse(text)


def test_the_page_says_its_language_and_its_title(page: BeautifulSoup) -> None:
    assert page.html is not None and page.html["lang"] == "nb"
    assert page.title is not None and page.title.get_text().strip()


def test_one_heading_names_the_page_and_levels_never_skip(page: BeautifulSoup) -> None:
    levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    steps = [after - before for before, after in pairwise(levels)]
    assert max(steps, default=0) <= 1
    assert all(heading.get_text().strip() for heading in page.select("h1, h2, h3"))


def test_ids_are_unique_and_every_link_in_the_page_arrives(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), Counter(ids).most_common(1)
    links = {tag["href"] for tag in page.select("[href^='#']")}
    named = {f"#{tag['aria-labelledby']}" for tag in page.select("[aria-labelledby]")}
    clipped = set(re.findall(r"url\((#[^)]+)\)", str(page)))
    assert links | named | clipped <= {f"#{name}" for name in ids}


def test_every_picture_has_an_alternative(page: BeautifulSoup) -> None:
    for picture in page.select("svg"):
        if picture.get("role") != "img":
            assert picture.get("aria-hidden") == "true"
            continue
        title = picture.find(True, recursive=False)
        assert isinstance(title, Tag) and title.name == "title"
        assert len(title.get_text()) > 20
        assert picture["aria-labelledby"] == title["id"]
    assert all(image.get("alt") for image in page.select("img"))


def test_every_header_of_a_table_says_what_it_heads(page: BeautifulSoup) -> None:
    assert all(header.get("scope") in ("col", "row") for header in page.select("th"))
    for table in page.select("table"):
        widths = {len(row.select("th, td")) for row in table.select("tr")}
        assert len(widths) == 1, table.caption
        assert table.select("thead th") and len(table.select("tbody tr")) > 0


def test_what_scrolls_and_what_unfolds_is_named(page: BeautifulSoup) -> None:
    assert all(region.get("aria-label") for region in page.select(".scroll"))
    assert all(box.summary and box.summary.get_text() for box in page.select("details"))


# One file that asks for nothing


def test_the_page_runs_nothing_and_loads_nothing(
    page: BeautifulSoup, text: str, file: Path
) -> None:
    # What the portal runs is tested where it is made.
    assert len(page.select("script:not([type='application/json'])")) == (file.name == "index.html")
    assert not page.select("iframe, object, embed, link, base, form, img[src^='http']")
    handlers = [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert not handlers
    assert not re.search(r"@import|javascript:", text)
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_no_link_leads_to_another_host(page: BeautifulSoup) -> None:
    links = [tag[name] for name in ("href", "src") for tag in page.select(f"[{name}]")]
    parts = [urlsplit(str(link)) for link in links]
    assert links and all((part.scheme, part.netloc) == ("", "") for part in parts)


def test_every_link_to_another_page_leads_to_one(page: BeautifulSoup, file: Path) -> None:
    links = [str(tag["href"]) for tag in page.select("a") if not str(tag["href"]).startswith("#")]
    assert links
    assert all((file.parent / unquote(link)).resolve().is_file() for link in links)


def test_the_portal_leads_by_the_front_pages_to_every_brief(made: Made) -> None:
    portal = BeautifulSoup((made.path / "index.html").read_text(encoding="utf-8"), "html5lib")
    assert sorted(str(link["href"]) for link in portal.select("main a")) == FRONTS
    for place, name in zip(PLACES, FRONTS, strict=True):
        page = BeautifulSoup((made.path / name).read_text(encoding="utf-8"), "html5lib")
        links = {f"{place}/{link['href']}" for link in page.select("main a")}
        assert {page for page in PAGES if page.startswith(place)} <= links


def test_the_page_is_light(text: str) -> None:
    assert len(text.encode()) < 300_000


# What is written in it


def test_no_value_is_missing_in_a_sentence(page: BeautifulSoup) -> None:
    assert page.body is not None
    words = page.body.get_text(" ")
    assert not re.search(r"\b(nan|NaN|NaT|None|<NA>|inf|True|False)\b|[{}]|%}", words)


def test_no_sentence_has_a_hole_or_a_stop_too_many(page: BeautifulSoup) -> None:
    for paragraph in page.select("p, li, caption, title"):
        if not paragraph.find("small"):
            words = re.sub(r"[^\S\N{NO-BREAK SPACE}]+", " ", paragraph.get_text()).strip()
            assert not re.search(r" [.,;:]|\.\.|,,|\(\)|  |\( | \)", words), words


def test_no_two_briefs_are_the_same(made: Made) -> None:
    pages = [
        BeautifulSoup((made.path / name).read_text(encoding="utf-8"), "html5lib") for name in PAGES
    ]
    assert len({page.title.get_text() for page in pages if page.title}) == len(PAGES)
    for brief in briefs():
        of_brief = [page for page, name in zip(pages, PAGES, strict=True) if brief in name]
        cells = [[cell.get_text() for cell in page.select("main td")] for page in of_brief]
        assert cells[0] and cells[0] != cells[1], "not only the name differs"


#: Briefs that name no other municipality than their own: the others compare by name.
ALONE = [brief for brief in briefs() if brief not in ("03_regression", "06_network")]


@pytest.mark.parametrize("brief", ALONE)
def test_a_brief_names_no_municipality_but_its_own(made: Made, brief: str, data: Dataset) -> None:
    for place, other in (("3201-baerum", "Heim"), ("5055-heim", "Bærum")):
        html = (made.path / place / f"{brief}.nb.html").read_text(encoding="utf-8")
        page = BeautifulSoup(html, "html5lib")
        own = data.name(place[:4])
        assert page.h1 is not None and own in page.h1.get_text()
        assert not re.search(rf"\b{other}\b", html)


# The questions of 03 are asked across all municipalities, with the same coefficients for each.
@pytest.mark.parametrize("brief", [name for name in briefs() if name != "03_regression"])
def test_no_chart_says_the_same_of_two_municipalities(made: Made, brief: str) -> None:
    said = [
        {
            title.get_text()
            for title in BeautifulSoup(html, "html5lib").select("svg[role=img] title")
        }
        for html in (
            (made.path / place / f"{brief}.nb.html").read_text(encoding="utf-8") for place in PLACES
        )
    ]
    assert said[0].isdisjoint(said[1])
