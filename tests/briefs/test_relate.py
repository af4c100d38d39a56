"""What goes with what, in the reader's words."""

import re

import pytest
from bs4 import BeautifulSoup

import workbench as wb
from workbench.language.translator import languages

MEASURES = "voter_turnout_storting, tertiary_education_share, low_income_share"
FORMULA = "voter_turnout_storting ~ tertiary_education_share*low_income_share + log(population)"

#: Words that say that one thing brings about another.
CAUSAL = re.compile(
    r"\b(fører til|forårsak|skyldes|derfor|påvirk|effekt|virkning|verknad|kjem av|gir (mer|mindre)"
    r"|cause|caused|because|due to|effect|impact|influenc|leads? to)\w*",
    re.IGNORECASE,
)


@pytest.fixture(params=languages(), scope="module")
def page(request: pytest.FixtureRequest) -> BeautifulSoup:
    view = wb.view(None, "Bærum", language=request.param)
    model = wb.relate.fit(view, FORMULA, "population")
    made = [
        *(wb.relate.summary(view, MEASURES, model), wb.relate.matrix(view, MEASURES)),
        *(wb.relate.dots(view, MEASURES), wb.relate.terms(view, model)),
        *(wb.relate.residuals(view, model), wb.relate.prediction(view, model)),
    ]
    return BeautifulSoup("".join(made), "html5lib")


def test_it_says_that_going_together_is_all_it_says(page: BeautifulSoup) -> None:
    text = page.get_text(" ")
    # The one sentence that says what figures cannot show may name it.
    denied = ("ikke hva som fører til hva", "ikkje kva som fører til kva", "not what leads to what")
    assert sum(one in text for one in denied) == 1
    for one in denied:
        text = text.replace(one, "")
    assert CAUSAL.findall(text) == []


def test_every_picture_has_words_and_every_cell_its_number(page: BeautifulSoup) -> None:
    assert len(page.select("figure svg > title")) == 4
    counts = [row.select("td")[-1].get_text() for row in page.select("table")[0].select("tbody tr")]
    assert len(counts) == 3 and all(int(count) > 300 for count in counts)
    assert len(page.select("table")[1].select("tbody tr")) == 4


def test_the_interval_holds_what_is_expected() -> None:
    view = wb.view(None, "Skien", language="en")
    model = wb.relate.fit(view, FORMULA)
    expected = model.predict(view.number)
    text = wb.relate.prediction(view, model)
    for key in ("expected", "low", "high"):
        assert f"{expected[key]:.1f}%" in text


def test_pairs_are_those_of_the_analysis() -> None:
    table = wb.relate.pairs(wb.view(None, "Bærum"), MEASURES)
    assert list(table) == ["one", "other", "n", "r", "low", "high"]
