"""A brief that an analyst has made is the one that a run makes."""

import os
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup
from conftest import Made

import workbench as wb
from workbench.errors import UsageError, WorkbenchError
from workbench.lab import making
from workbench.views import View


def test_it_is_the_brief_that_a_run_makes(baerum: View, made: Made, tmp_path: Path) -> None:
    mine = wb.brief(baerum, "status", tmp_path)
    assert mine.path == tmp_path / "3201-baerum" / "01_status.nb.html"
    assert mine.path.read_bytes() == (made.path / "3201-baerum" / "01_status.nb.html").read_bytes()
    assert (tmp_path / "index.html").is_file()


def test_it_has_the_peers_and_the_language_of_the_view(tmp_path: Path) -> None:
    view = wb.view(None, "Bærum", "en", "county-akershus")
    made = wb.brief(view, "01_status", tmp_path)
    assert made.path.name == "01_status.en.html" and made.title == "Where does Bærum stand?"
    executed = made.path.parent / "notebooks" / "01_status.en.ipynb"
    assert 'peers = \\"county-akershus\\"' in executed.read_text(encoding="utf-8")


def test_a_notebook_shows_its_answer_and_where_it_lies(made: Made) -> None:
    brief = wb.Brief(made.path / "3201-baerum" / "02_trends.nb.html")
    page = BeautifulSoup(brief.path.read_text(encoding="utf-8"), "html5lib")
    said = [" ".join(p.get_text().split()) for p in page.select(".answer p")]
    assert [" ".join(text.split()) for text in brief.answer] == said and len(said) >= 3
    shown = str(brief._repr_html_())
    html5lib.HTMLParser(strict=True).parseFragment(shown)
    text = BeautifulSoup(shown, "html5lib").get_text()
    assert brief.title in text and str(brief.path) in text and brief.answer[0] in text


def test_what_cannot_be_made_is_said(
    baerum: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="Did you mean 02_trends"):
        wb.brief(baerum, "trend", tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^The briefs cannot be written to"):
        wb.brief(baerum, "trends", tmp_path / "file")
    # A run in which the notebook raises: one that stands in for run_all.py says so.
    (tmp_path / "run_all.py").write_text(
        "print('  failed: 3201-baerum/02_trends.nb: ValueError: Åpen'); raise SystemExit(1)",
        encoding="utf-8",
    )
    monkeypatch.setattr(making, "_PROJECT", tmp_path)
    with pytest.raises(WorkbenchError, match="ValueError: Åpen"):
        wb.brief(baerum, "trends", tmp_path)
    assert "WORKBENCH_PLAIN" not in os.environ
