"""Briefs on paper: tagged, in the reader's language, whole or not at all."""

import os
import shutil
from pathlib import Path

import pypdf
import pytest
from conftest import Made

from workbench import cli, pdf
from workbench.errors import UsageError, WorkbenchError


@pytest.fixture
def program() -> str:
    if not any(map(shutil.which, pdf.PROGRAMS)):
        if os.environ.get("WORKBENCH_REQUIRE_BROWSER") == "1":
            pytest.fail("There is no chromium, and WORKBENCH_REQUIRE_BROWSER=1 asks for it.")
        pytest.skip("There is no chromium to print with.")
    return pdf.browser()


@pytest.fixture
def page(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copy(made.path / "3201-baerum" / "01_status.nb.html", tmp_path))


def test_a_pdf_is_tagged_and_says_its_title_and_language(page: Path, program: str) -> None:
    assert pdf.due(page)
    read = pypdf.PdfReader(pdf.write(page, program))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"], "a screen reader finds its way"
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == "nb"
    assert read.metadata is not None and "Bærum" in str(read.metadata.title)
    assert read.outline, "headings to jump to"
    text = "\n".join(sheet.extract_text() for sheet in read.pages)
    assert "Kort fortalt" in text
    first, last = read.pages[0].extract_text(), read.pages[-1].extract_text()
    assert "Bærum" in last and f"{len(read.pages)} / {len(read.pages)}" in last
    assert f"1 / {len(read.pages)}" in first, "every sheet says which it is"


def test_a_page_is_printed_again_only_when_it_is_newer(page: Path, program: str) -> None:
    printed = pdf.write(page, program)
    assert not pdf.due(page)
    os.utime(page, (printed.stat().st_mtime + 5,) * 2)
    assert pdf.due(page)
    names = {path.name for path in page.parent.iterdir()}
    assert names == {page.name, printed.name}, "nothing is left aside"


def test_without_a_browser_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match=r"there is none: looked for chromium, .*leave out --pdf"):
        pdf.browser()


def test_a_browser_that_prints_nothing_leaves_no_file(page: Path) -> None:
    with pytest.raises(WorkbenchError, match="did not print 01_status.nb.html"):
        pdf.write(page, shutil.which("false") or "false")
    assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_a_run_prints_what_has_no_pdf_of_today(made: Made, tmp_path: Path, program: str) -> None:
    shutil.copytree(made.path, tmp_path / "out")
    options = ["-m", "Heim", "-b", "status", "--pdf", "--out", str(tmp_path / "out")]
    assert cli.main(options) == cli.FINE
    folder = tmp_path / "out" / "5055-heim"
    printed = list(folder.glob("*.pdf"))
    assert [path.name for path in printed] == ["01_status.nb.pdf"]
    assert 'href="01_status.nb.pdf"' in (folder / "index.nb.html").read_text(encoding="utf-8")
    before = printed[0].stat().st_mtime_ns
    assert cli.main(options) == cli.FINE
    assert printed[0].stat().st_mtime_ns == before, "not printed again"
