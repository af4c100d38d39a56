"""Briefs on paper: tagged, in the reader's language, whole or not at all."""

import os
import shutil
from pathlib import Path

import pypdf
import pytest
from conftest import Made, lacking
from pypdf.generic import ContentStream

from workbench.batch import cli, pdf
from workbench.errors import UsageError, WorkbenchError
from workbench.markup import html


@pytest.fixture
def program() -> str:
    if not any(map(shutil.which, pdf.PROGRAMS)):
        lacking("There is no chromium to print with.")
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


#: A page with every kind of link, of which the last leads to a file of its maker alone.
LINKED = (
    '<html lang="nb"><title>T</title><style>@page { @top-left { content: "Running head" } '
    '@bottom-right { content: counter(page) } }</style><main><h1 id="top">T</h1>'
    '<p><a href="tall%20og%20åker.csv">Figures</a> <a href="../00_methods.nb.html#short">Methods'
    '</a> <a href="a#b">Split <b>in two</b></a> <a href="https://example.org">Elsewhere</a> '
    '<a href="#top">Up</a> <a href="mailto:post@example.org">Post</a> '
    '<a href="https://example.org/">Once more</a> '
    '<a href="file:///srv/private/notes.txt">Notes</a>{figure}</main>'
)
PICTURE = (
    '<svg role="img" aria-label="A square" width="9" height="9"><rect width="9" height="9"/></svg>'
)


@pytest.fixture
def linked(tmp_path: Path, program: str) -> pypdf.PdfReader:
    folder = tmp_path / "someone's #1 mappe" / "3201-bærum"
    folder.mkdir(parents=True)
    page = folder / "01_status.nb.html"
    page.write_text(LINKED.replace("{figure}", html.figure(PICTURE, "Caption")), encoding="utf-8")
    return pypdf.PdfReader(pdf.write(page, program))


def links(read: pypdf.PdfReader) -> list[tuple[str, str]]:
    """Return where each link of a PDF leads, and how it is described."""
    found = [one.get_object() for sheet in read.pages for one in sheet.get("/Annots", [])]
    return [
        (str(one.get("/A", {}).get("/URI", one.get("/Dest", ""))), str(one.get("/Contents", "")))
        for one in found
        if one["/Subtype"] == "/Link"
    ]


def test_links_lead_where_those_of_the_page_do_and_name_no_folder(linked: pypdf.PdfReader) -> None:
    assert list(dict.fromkeys(links(linked))) == [
        ("tall%20og%20%C3%A5ker.csv", "Figures"),
        ("../00_methods.nb.html#short", "Methods"),
        ("a#b", "Split in two"),
        ("https://example.org/", "Elsewhere"),
        ("/top", "Up"),
        ("mailto:post@example.org", "Post"),
        ("", "Notes"),
    ]


@pytest.mark.parametrize("brief", ["01_status.nb", "03_regression.en", "06_network.nn"])
def test_no_link_of_a_brief_tells_where_it_was_printed(
    made: Made, tmp_path: Path, program: str, brief: str
) -> None:
    page = Path(shutil.copy(made.path / "3201-baerum" / f"{brief}.html", tmp_path))
    read = pypdf.PdfReader(pdf.write(page, program))
    found = links(read)
    assert {"components.xlsx", "datapackage.json"} <= {address for address, _ in found}
    assert all(description for _, description in found)
    everything = [read.get_object(number) for number in range(1, len(read.xref[0]) + 1)]
    assert len(everything) > 100
    assert not [one for one in everything if "file:" in repr(one) or str(tmp_path) in repr(one)]


def test_running_heads_and_page_numbers_are_marked_as_no_part_of_the_text(
    linked: pypdf.PdfReader,
) -> None:
    kinds, within = [], []
    for operands, operator in ContentStream(linked.pages[0].get_contents(), linked).operations:
        if operator in (b"BMC", b"BDC"):
            within.append(operands[0])
        elif operator == b"EMC":
            within.pop()
        elif operator == b"Tj":
            kinds.append(within[0] if within else "untagged")
    assert within == [], "each mark ends"
    assert "untagged" not in kinds
    assert kinds.count("/Artifact") >= 2, "the head and the number"


def elements(node: pypdf.generic.DictionaryObject) -> list[pypdf.generic.DictionaryObject]:
    below = node.get("/K", [])
    children = [one.get_object() for one in (below if isinstance(below, list) else [below])]
    tagged = [one for one in children if isinstance(one, dict) and "/S" in one]
    return [one for child in tagged for one in [child, *elements(child)]]


def test_each_figure_in_the_tags_has_a_text_alternative(linked: pypdf.PdfReader) -> None:
    found = elements(linked.trailer["/Root"]["/StructTreeRoot"])
    figures = [one.get("/Alt") for one in found if one["/S"] == "/Figure"]
    assert figures == ["A square"]
    assert len([one for one in found if one["/S"] == "/Caption"]) == 1


def test_a_page_is_printed_where_temporary_files_have_a_long_place(
    page: Path, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium holds a socket in the folder for temporary files, and ends where that is long."""
    long = tmp_path / ("t" * 100)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert pdf.write(page, program).read_bytes().startswith(b"%PDF-")


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
