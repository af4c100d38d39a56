"""Pieces of a page: whatever text goes in, the page around it stays whole."""

from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from workbench.markup import html
from workbench.markup.html import Column, Html

HOSTILE = "<script>alert(1)</script> \" ' & </p>"

#: Text as it can stand in a table of figures: anything but control characters and no characters.
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=40)


def parsed(piece: str) -> ElementTree.Element:
    """Return a piece as XML, which is stricter than HTML."""
    return ElementTree.fromstring(f"<page>{piece}</page>")


def text_of(piece: str) -> str:
    return "".join(parsed(piece).itertext())


PIECES = {
    "heading": lambda text: html.heading(text, 2, text),
    "paragraph": lambda text: html.paragraph(text, text),
    "in short": lambda text: html.in_short(text, [text, text]),
    "table": lambda text: html.table([Column(text), Column(text)], [[text, text]], text, text),
    "details": lambda text: html.details(text, ""),
    "figure": lambda text: html.figure("", text),
}


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_stays_text(piece: str) -> None:
    made = PIECES[piece](HOSTILE)
    assert "<script" not in made
    assert HOSTILE in text_of(made)


@pytest.mark.parametrize("piece", PIECES)
@given(text=TEXTS)
def test_any_text_comes_out_as_it_went_in(piece: str, text: str) -> None:
    made = PIECES[piece](text)
    assert text in text_of(made)


def test_a_notebook_shows_a_piece_as_it_is() -> None:
    piece = html.heading("Asker & Bærum")
    assert isinstance(piece, Html)
    assert piece._repr_html_() == "<h2>Asker &amp; Bærum</h2>"


def test_joining_leaves_out_what_is_empty() -> None:
    assert html.join("<p>a</p>", "", html.paragraph(""), "<p>b</p>") == "<p>a</p>\n<p>b</p>"


def test_a_heading_carries_the_anchor_that_links_lead_to() -> None:
    (heading,) = parsed(html.heading("Turnout", 3, "voter_turnout"))
    assert (heading.tag, heading.get("id")) == ("h3", "voter_turnout")


def test_the_answer_is_named_by_its_heading() -> None:
    (section,) = parsed(html.in_short("In short", ["One.", "", "Two."]))
    heading, *paragraphs = section
    assert section.get("aria-labelledby") == heading.get("id")
    assert [p.text for p in paragraphs] == ["One.", "Two."]


COLUMNS = [Column("Municipality"), Column("Share", numeric=True)]


def test_every_cell_of_a_table_has_its_headers() -> None:
    table = BeautifulSoup(html.table(COLUMNS, [["Bærum", "1"], ["Heim", "2"]], "c"), "html5lib")
    assert [th["scope"] for th in table.select("thead th")] == ["col", "col"]
    assert [th["scope"] for th in table.select("tbody tr > :first-child")] == ["row", "row"]
    assert [td.text for td in table.select("td")] == ["1", "2"]


def test_numbers_are_set_to_the_right_under_their_header() -> None:
    mixed = [*COLUMNS, html.Column("Note")]
    table = BeautifulSoup(html.table(mixed, [["Bærum", "1", "x"]], "c"), "html5lib")
    assert [cell.text for cell in table.select(".n")] == ["Share", "1"]


def test_a_table_of_numbers_says_so_once() -> None:
    table = BeautifulSoup(html.table(COLUMNS, [["Bærum", "1"]], "c", kind="k"), "html5lib").table
    assert table is not None and table["class"] == ["k", "numbers"]
    assert not table.select(".n")


def test_a_table_is_named_scrolls_by_itself_and_can_be_reached_by_keyboard() -> None:
    (region,) = parsed(html.table(COLUMNS, [["Bærum", "1"]], "Shares"))
    assert region.attrib == {
        "class": "scroll",
        "role": "group",
        "aria-label": "Shares",
        "tabindex": "0",
    }
    caption = region.find("table/caption")
    assert caption is not None and caption.text == "Shares" and "class" not in caption.attrib


def test_a_table_under_a_heading_hides_its_caption_from_sight_only() -> None:
    caption = parsed(html.table(COLUMNS, [["Bærum", "1"]], "Shares", titled=True)).find(
        ".//caption"
    )
    assert caption is not None and (caption.text, caption.get("class")) == ("Shares", "unseen")


def test_a_row_with_too_few_cells_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        html.table(COLUMNS, [["Bærum"]], "c")


def test_only_markup_is_taken_as_markup() -> None:
    made = html.table(COLUMNS, [["<b>a</b>", Markup("<b>b</b>")]], "c")
    assert [b.text for b in parsed(made).iter("b")] == ["b"]


def test_a_figure_keeps_its_picture_and_the_numbers_behind_it() -> None:
    picture = '<svg role="img"/>'
    numbers = html.details("Numbers", html.paragraph("86"))
    figure = parsed(html.figure(picture, "Turnout", numbers))[0]
    assert [child.tag for child in figure] == ["figcaption", "svg", "details"]
    assert figure.findtext("details/p") == "86"
    assert figure.attrib == {}, "HTML allows no role where there is a caption"


@pytest.mark.parametrize("numbers", ["", "<details/>"])
def test_a_figure_without_caption_has_none(numbers: str) -> None:
    assert parsed(html.figure("<svg/>", "", numbers))[0].find("figcaption") is None
