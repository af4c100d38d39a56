"""The documentation: what `make docs` builds is whole, names all calls, and asks no network."""

import doctest
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

import workbench as wb

pytest.importorskip("sphinx", reason="`make docs` sets up what builds the documentation")
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    """Return the pages by their paths, built as `make docs` does."""
    site = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    done = subprocess.run(
        [*command, "-d", str(site / "kept"), "docs", str(site / "site")],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        str(file): BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")
        for file in (site / "site").glob("*.html")
    }


def page(pages: dict[str, BeautifulSoup], name: str) -> BeautifulSoup:
    return next(soup for path, soup in pages.items() if Path(path).name == f"{name}.html")


def test_every_public_name_is_explained(pages: dict[str, BeautifulSoup]) -> None:
    reference = page(pages, "reference")
    explained = {str(entry.get("id")) for entry in reference.select("[id]")}
    briefs = {heading.get_text().rstrip("¶") for heading in reference.select("h3")}
    for name in wb.__all__:
        assert f"workbench.{name}" in explained or f"wb.{name}" in briefs, name


def test_every_notebook_is_listed(pages: dict[str, BeautifulSoup]) -> None:
    listed = page(pages, "notebooks").get_text()
    assert all(file.name in listed for file in (ROOT / "notebooks").glob("*.ipynb"))


def test_links_lead_somewhere(pages: dict[str, BeautifulSoup]) -> None:
    tried = 0
    for path, soup in pages.items():
        for link in soup.select("a[href]:not([href^='http'])"):
            address, fragment = urldefrag(str(link["href"]))
            target = (Path(path).parent / unquote(address)) if address else Path(path)
            assert target.is_file(), f"{path}: {link['href']}"
            there = pages.get(str(target))
            found = there is None or not fragment or there.find(id=unquote(fragment))
            assert found, f"{path}: {link['href']}"
            tried += 1
    assert tried > 100


def test_nothing_is_fetched_from_elsewhere(pages: dict[str, BeautifulSoup]) -> None:
    for soup in pages.values():
        for element in soup.select("[src], link[href]"):
            assert not re.match(r"(https?:)?//", str(element.get("src") or element["href"]))
    for style in (Path(next(iter(pages))).parent / "_static").rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text("utf-8"))


@pytest.mark.parametrize("name", ["index", "recipes"])
def test_recipes_do_what_they_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file = str(ROOT / "docs" / f"{name}.rst")
    failed, tried = doctest.testfile(
        file, module_relative=False, optionflags=FLAGS, encoding="utf-8"
    )
    assert tried > 3 and not failed
