"""From notebook to page: only what a reader may see, whole or not at all."""

import base64
import unicodedata
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.batch import manifest
from workbench.errors import WorkbenchError
from workbench.rendering import page as publish
from workbench.rendering.page import Page
from workbench.storage import files

ABOUT = Page(
    title="Title <&> Bærum",
    language="nb",
    key="0123abcd",
    index="../index.html",
    back="Back",
    skip="Skip",
)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path id="p" d="M0 0"/></svg>'


def shown(**data: str) -> Any:
    """Return a cell that displayed this, by kind: text_html, image_png."""
    bundle = {kind.replace("_", "/", 1): content for kind, content in data.items()}
    return new_code_cell("secret_code()", outputs=[new_output("display_data", bundle)])


def picture(kind: str, content: str, alt: str | None = None) -> Any:
    metadata = {} if alt is None else {kind: {"alt": alt}}
    output = new_output("display_data", {kind: content}, metadata=metadata)
    return new_code_cell("", outputs=[output])


def page(*cells: Any, brief: str = "") -> str:
    node = new_notebook(cells=list(cells), metadata={"workbench": {"brief": brief}})
    return publish.page(node, ABOUT)


def main(text: str) -> str:
    """Return the words between the header and the end of a page."""
    found = BeautifulSoup(text, "html5lib").main
    assert found is not None
    return found.get_text(" ", strip=True)


# What reaches a page


def test_what_calls_returned_is_shown_in_order() -> None:
    result = new_output("execute_result", {"text/html": "<p>second</p>"}, execution_count=1)
    made = page(shown(text_html="<h1>first</h1>"), new_code_cell("x", outputs=[result]))
    assert main(made) == "first second"


NOTED = new_markdown_cell("# Title <&> {.unnumbered}\n\nnoted\n\n## More {#more}")


def test_code_warnings_and_errors_stay_in_the_notebook() -> None:
    outputs = [
        new_output("stream", name="stderr", text="warned"),
        new_output("error", ename="ValueError", evalue="divided", traceback=["trace"]),
    ]
    made = page(new_code_cell("coded()", outputs=outputs))
    assert main(made) == "Title <&> Bærum", "a page that shows no heading has its title for one"
    for word in ("warned", "divided", "trace", "coded"):
        assert word not in made


def test_notes_of_an_own_notebook_are_shown_below_its_title() -> None:
    assert (
        main(page(NOTED, shown(text_html="<p>result</p>"))) == "Title <&> Bærum noted More result"
    )
    hidden = new_markdown_cell("for me alone", metadata={"tags": ["setup"]})
    assert "alone" not in page(hidden)


def test_notes_of_the_workbenchs_own_notebooks_are_for_the_analyst() -> None:
    assert "noted" not in page(NOTED, shown(text_html="<h1>Title</h1>"), brief="status")


def test_a_picture_dropped_into_a_note_is_shown() -> None:
    note = new_markdown_cell(
        "![et kart](attachment:kart.png)", attachments={"kart.png": {"image/png": PNG}}
    )
    image = BeautifulSoup(page(note), "html5lib").img
    assert image is not None and image["alt"] == "et kart"
    assert str(image["src"]).startswith("data:image/png;base64,")


@pytest.mark.parametrize("tag", ["parameters", "injected-parameters", "setup"])
def test_cells_that_prepare_show_nothing(tag: str) -> None:
    cell = shown(text_html="<p>prepared</p>")
    cell.metadata["tags"] = [tag]
    assert "prepared" not in page(cell)


def test_a_plain_result_is_shown_as_text() -> None:
    made = page(shown(text_plain="<b>86.2</b>"))
    assert main(made).endswith("<b>86.2</b>")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mrød tekst\x1b[0m", "rød tekst"),
        ("\x1b[38;5;208m\x1b[1mfet\x1b[22;39m\tå", "fet\tå"),
        ("\x1b]8;;https://u4ssc.itu.int\x1b\\lenke\x1b]8;;\x1b\\", "lenke"),
        ("\x1b]0;tittel\x07etter\x1b(B", "etter"),
        ("a\x00b\x08c\x7f\x9bd", "abcd"),
        (" 10 %\r 20 %\rferdig\r\nneste", "ferdig\nneste"),
    ],
)
def test_text_is_shown_as_a_terminal_leaves_it(text: str, left: str) -> None:
    made = page(shown(text_plain=text))
    found = BeautifulSoup(made, "html5lib").select_one("main pre")
    assert found is not None and found.get_text() == left
    assert not [sign for sign in made if unicodedata.category(sign) == "Cc" and sign not in "\n\t"]


def test_markdown_that_a_call_displayed_is_shown() -> None:
    cell = new_code_cell(
        "", outputs=[new_output("display_data", {"text/markdown": "An *own* word"})]
    )
    found = BeautifulSoup(page(cell), "html5lib").select_one("main em")
    assert found is not None and found.get_text() == "own"


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/svg+xml"])
def test_a_picture_without_an_alternative_is_refused(kind: str) -> None:
    content = SVG if "svg" in kind else PNG
    with pytest.raises(WorkbenchError, match=r"no text alternative.*alt"):
        page(picture(kind, content))
    with pytest.raises(WorkbenchError, match="no text alternative"):
        page(picture(kind, content, alt=""))


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_picture_is_shown_with_its_alternative(kind: str) -> None:
    image = BeautifulSoup(page(picture(kind, PNG, 'More "than" <1>')), "html5lib").img
    assert image is not None
    assert image["alt"] == 'More "than" <1>'
    assert image["src"] == f"data:{kind};base64,{PNG}"


def test_a_drawing_is_shown_with_its_alternative_and_ids_of_its_own() -> None:
    other = SVG.replace("M0 0", "M1 1")
    kind = "image/svg+xml"
    made = BeautifulSoup(
        page(picture(kind, SVG, "One <&>"), picture(kind, other, "Two")), "html5lib"
    )
    titles = [title.get_text() for title in made.select("main svg[role=img] > title")]
    assert titles == ["One <&>", "Two"]
    ids = [tag["id"] for tag in made.select("[id]")]
    assert len(ids) == len(set(ids)) == 5, "two titles, two paths and main"


# The page around it


def test_the_page_says_its_language_its_title_and_what_it_was_made_from(tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    files.write(file, page(shown(text_html="<h1>Q</h1>")))
    made = BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")
    assert made.html is not None and made.html["lang"] == "nb"
    assert made.title is not None and made.title.get_text() == ABOUT.title
    (key,) = made.select('meta[name="workbench-key"]')
    assert key["content"] == ABOUT.key
    assert publish.title_of(file) == ABOUT.title, "to be escaped again"
    assert len(made.select("h1")) == 1


def test_the_page_runs_nothing_and_asks_for_nothing() -> None:
    made = BeautifulSoup(page(shown(text_html="<h1>Q</h1>")), "html5lib")
    policy = made.select_one('meta[http-equiv="Content-Security-Policy"]')
    assert policy is not None
    assert "default-src 'none'" in policy["content"]
    assert "script-src" not in policy["content"]
    assert not made.select("script, link, iframe, object, [src]")


def test_the_first_link_skips_to_the_content_and_the_next_leads_back() -> None:
    first, second = BeautifulSoup(page(), "html5lib").select("a")
    assert (first["href"], first.get_text()) == ("#content", "Skip")
    assert (second["href"], second.get_text()) == ("../index.html", "Back")


def test_the_same_notebook_gives_the_same_page() -> None:
    cells = [shown(text_html="<h1>Q</h1>"), picture("image/svg+xml", SVG, "One")]
    assert page(*cells) == page(*cells)


# Files


def test_in_a_bucket_files_are_written_noted_and_listed_alike() -> None:
    from upath import UPath

    out = cast(Path, UPath("memory://briefs"))
    page = out / "3201-baerum" / "a.nb.html"
    files.write(page, "<p>å</p>")
    written = manifest.written(out, {page: page.read_bytes()})
    manifest.note(out, "3201-baerum", "a.nb", manifest.Entry("key", written))
    there = manifest.listing(out)
    assert there["3201-baerum/a.nb.html"][0] == len("<p>å</p>".encode())
    known = manifest.read_all(out, there)["3201-baerum"]
    assert known.entries == manifest.read(out, "3201-baerum").entries
    assert known.current("a.nb", "key", there) and not known.current("a.nb", "other", there)
    files.write(page, "<p>ø</p>")
    assert not known.current("a.nb", "key", manifest.listing(out)), "of the same size"
    page.unlink()
    assert not known.current("a.nb", "key", manifest.listing(out))


def test_an_executed_notebook_still_opens(tmp_path: Path) -> None:
    file = tmp_path / "brief.ipynb"
    node = new_notebook(cells=[shown(text_html="<p>1</p>")])
    files.write(file, nbformat.writes(node))
    assert nbformat.read(file, as_version=4).cells[0].outputs == node.cells[0].outputs
