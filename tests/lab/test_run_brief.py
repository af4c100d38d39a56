"""A brief that an analyst has made is the one that a run makes."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup
from conftest import Made

import workbench as wb
from workbench.briefs.view import View
from workbench.dataset import DATA, Dataset
from workbench.errors import UsageError, WorkbenchError
from workbench.lab import display, run_brief


def test_it_is_the_brief_that_a_run_makes(baerum: View, made: Made, tmp_path: Path) -> None:
    mine = wb.brief(baerum, "status", tmp_path)
    assert mine.path == tmp_path / "3201-baerum" / "01_status.nb.html"
    assert mine.path.read_bytes() == (made.path / "3201-baerum" / "01_status.nb.html").read_bytes()
    assert (tmp_path / "index.html").is_file()


def test_it_has_the_peers_and_the_language_of_the_view(tmp_path: Path) -> None:
    view = wb.view(None, "Bærum", "en", "county-akershus")
    made = wb.brief(view, "01_status", tmp_path)
    assert made.path.name == "01_status.en.html" and made.title == "Where does Bærum stand?"
    assert made.path.is_relative_to(tmp_path / "explore" / "3201-baerum" / "brief")
    executed = made.path.parent / "notebooks" / "01_status.en.ipynb"
    assert 'peers = \\"county-akershus\\"' in executed.read_text(encoding="utf-8")


def test_a_brief_that_is_as_no_other_leaves_the_published_one(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arguments of ``run_all.py``, by a stand-in for it that writes them to the page."""
    (tmp_path / "run_all.py").write_text(
        "import sys, pathlib\n"
        "said = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "page = pathlib.Path(said['--out'], '3201-baerum', '02_trends.nb.html')\n"
        "page.parent.mkdir(parents=True, exist_ok=True)\n"
        "page.write_text(said.get('--peers', 'usual') + '\\n' + said['--data'])\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(run_brief, "PROJECT", tmp_path)
    view = wb.view(data, "Bærum")
    published = wb.brief(view, "trends").path
    assert published == tmp_path / "outputs" / "3201-baerum" / "02_trends.nb.html"
    before = published.read_text(encoding="utf-8")
    assert before == f"usual\n{DATA}"

    def made(seen: View, out: str | None = None) -> list[str]:
        page = wb.brief(seen, "trends", out).path
        assert page != published and published.read_text(encoding="utf-8") == before
        return page.read_text(encoding="utf-8").splitlines()

    other = wb.view(data, "Bærum", peers="county-akershus")
    assert made(other) == made(other, str(tmp_path / "outputs")) == ["county-akershus", str(DATA)]
    # Peers that no group has, though the view names one, are read from a copy that has them.
    group, copy = made(replace(view, peers=("Asker", "Skien")))
    assert wb.load(copy).group(group) == ["3201", "3203", data.municipality("Skien")]
    elsewhere = shutil.copytree(DATA, tmp_path / "data")
    assert made(wb.view(elsewhere, "Bærum")) == ["usual", str(elsewhere)]
    bent = replace(data, targets=data.targets.assign(value=1.0))
    with pytest.raises(UsageError, match=r"targets differ\. Load them again"):
        wb.brief(replace(view, data=bent), "trends")
    assert published.read_text(encoding="utf-8") == before


def test_a_notebook_shows_its_answer_and_where_it_lies(made: Made) -> None:
    brief = wb.Brief(made.path / "3201-baerum" / "02_trends.nb.html")
    page = BeautifulSoup(brief.path.read_text(encoding="utf-8"), "html5lib")
    said = [" ".join(p.get_text().split()) for p in page.select(".answer p")]
    assert [" ".join(text.split()) for text in brief.answer] == said and len(said) >= 3
    shown = display.table(brief)
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
    monkeypatch.setattr(run_brief, "PROJECT", tmp_path)
    with pytest.raises(WorkbenchError, match="ValueError: Åpen"):
        wb.brief(baerum, "trends", tmp_path)
    assert "WORKBENCH_PLAIN" not in os.environ
