"""Several municipalities side by side."""

import pytest
from bs4 import BeautifulSoup

import workbench as wb

TURNOUT, EDUCATION = "voter_turnout_storting", "tertiary_education_share"


@pytest.fixture(scope="module")
def view() -> wb.View:
    return wb.view(None, "Bærum")


def test_the_table_holds_the_figures_of_those_that_are_named(view: wb.View) -> None:
    rows = wb.compare.table(view, f"{EDUCATION}, {TURNOUT}", "Oslo, 3203")
    assert list(dict.fromkeys(rows["measure"])) == [EDUCATION, TURNOUT]
    assert list(dict.fromkeys(rows["name"])) == ["Bærum", "Oslo", "Asker"]
    own = rows[(rows["measure"] == TURNOUT) & (rows["name"] == "Oslo")].set_index("year")["value"]
    assert own.to_dict() == view.data.series(TURNOUT, "Oslo").to_dict()


def test_years_from_before_a_break_are_left_out(view: wb.View) -> None:
    assert wb.compare.table(view, EDUCATION)["year"].min() == 2014
    assert view.data.series(EDUCATION, "Bærum").index.min() < 2014
    assert "endret måten å telle på" in wb.compare.sections(view, EDUCATION)


def test_a_measure_goes_by_the_name_that_a_page_shows(view: wb.View) -> None:
    for name in ("Valgdeltakelse ved stortingsvalg", "valgdeltakelse ved Stortingsvalg", TURNOUT):
        assert set(wb.compare.table(view, name)["measure"]) == {TURNOUT}
    with pytest.raises(wb.UsageError, match=TURNOUT):
        wb.compare.table(view, "voter_turnout_stortin")
    with pytest.raises(wb.UsageError, match="No measure is named"):
        wb.compare.table(view, " , ")
    with pytest.raises(wb.UsageError, match="Asker"):
        wb.compare.table(view, TURNOUT, "Askerr")


def test_each_line_is_named_and_the_title_says_where_the_own_one_ends(view: wb.View) -> None:
    found = BeautifulSoup(wb.compare.sections(view, TURNOUT, "Asker, Oslo"), "html5lib")
    written = {text.get_text() for text in found.select("svg text")}
    assert {"Bærum", "Asker", "Oslo"} <= written
    heading = found.h2
    assert heading is not None
    assert heading.get_text() == "Bærum ligger høyest av tre, med 86,2\N{NO-BREAK SPACE}% i 2025"
    (alt,) = found.select("svg > title")
    assert heading.get_text() in alt.get_text()


def test_figures_that_round_to_the_same_are_called_equal() -> None:
    view = wb.view(None, "Bærum", language="en")
    rows = wb.rank.table(view, TURNOUT)
    shared = rows[rows["best"] < rows["worst"]]
    first = shared["best"].iloc[0]
    one, other = shared.loc[shared["best"] == first, "municipality"].head(2)
    text = wb.compare.summary(wb.view(None, one, language="en"), TURNOUT, other)
    assert "Both are equal" in text
