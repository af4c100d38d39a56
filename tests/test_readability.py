"""The boxes 'in short' can be read by anyone: their LIX is at most 40 in every language.

LIX (Björnsson 1968) is words per sentence plus the per cent of words with more than six letters.
A sentence ends at a full stop, colon, question or exclamation mark before a space or the end of a
paragraph. A word is letters or digits in a row, held together by hyphens, apostrophes, dashes and
stops inside it; a number with its groups of thousands and its decimals is one word, of no letters.
"""

import re
from collections.abc import Callable
from functools import cache

import pytest
from bs4 import BeautifulSoup

import workbench as wb
from workbench.batch import front_page
from workbench.briefs import climate, methods, network, plan, regression, status, trends
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import languages

#: Novels are at 40 or less, newspapers at 45, official letters at 50 and more.
LIMIT = 40

PLACES = ["Bærum", "Skien", "Oslo", "Utsira"]

#: The box of each brief, from the view of a municipality.
BOXES: dict[str, Callable[[View], str]] = {
    "status": status.summary,
    "trends": trends.summary,
    "regression": lambda view: regression.summary(view, regression.fit(view)),
    "climate": climate.summary,
    "plan": plan.summary,
    "network": network.summary,
    "methods": lambda view: methods.summary(view.data, view.language.code),
}

_END = re.compile(r"(?<=[.:?!])[»’”)]*\s+")
_WORD = re.compile(r"[^\W_]+(?:(?:[-–./’']|(?<=\d)[,\N{NO-BREAK SPACE}](?=\d))[^\W_]+)*")


def lix(paragraphs: list[str]) -> float:
    """Return the readability of a text."""
    sentences = [_WORD.findall(part) for text in paragraphs for part in _END.split(text)]
    sentences = [words for words in sentences if words]
    words = [word for sentence in sentences for word in sentence]
    long = sum(sum(map(str.isalpha, word)) > 6 for word in words)
    return len(words) / len(sentences) + 100 * long / len(words)


def paragraphs(box: str) -> list[str]:
    found = BeautifulSoup(box, "html5lib").select(".answer p")
    return [paragraph.get_text(" ", strip=True) for paragraph in found]


@pytest.mark.parametrize(
    ("text", "words", "sentences", "long"),
    [
        ("Andelen økte fra 12,5 % til 1 234,5 %.", 6, 1, 1),
        ("Rett vei: ett. Feil vei: to.", 6, 4, 0),
        ("Er det nok? Ja, trolig i 2030.", 7, 2, 0),
        ("CO₂-ekvivalenter telles per innbygger 2015–2020.", 5, 1, 2),
        ("«Mange» er øvre kvartil.", 4, 1, 1),
    ],
)
def test_lix_by_hand(text: str, words: int, sentences: int, long: int) -> None:
    spaced = text.replace("1 234", "1\N{NO-BREAK SPACE}234")
    assert lix([spaced]) == pytest.approx(words / sentences + 100 * long / words)


def test_hard_texts_are_told_from_easy_ones() -> None:
    easy = "Tallet går ned. Det er rett vei. Målet er nådd."
    hard = (
        "Kommunesektorens gjennomgående rapporteringsforpliktelser forutsetter systematisk "
        "dokumentasjon av indikatorverdienes sammenlignbarhet mellom forvaltningsnivåene."
    )
    assert lix([easy]) < 25 < LIMIT < 60 < lix([hard])


Seen = Callable[..., View]


@pytest.fixture(scope="module")
def seen(data: Dataset) -> Seen:
    """Views by name and language, each assessed once."""
    return cache(lambda name, code: wb.view(data, name, code))


@pytest.fixture(scope="module")
def box(seen: Seen) -> Callable[..., list[str]]:
    """The paragraphs of a brief's box by name and language, each set once."""
    return cache(lambda brief, name, code: paragraphs(BOXES[brief](seen(name, code))))


@pytest.mark.parametrize("brief", BOXES)
@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("name", PLACES)
def test_the_box_in_short_can_be_read_by_anyone(
    box: Callable[..., list[str]], name: str, code: str, brief: str
) -> None:
    text = box(brief, name, code)
    assert text
    assert lix(text) <= LIMIT, " ".join(text)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("name", PLACES)
def test_the_front_page_can_be_read_by_anyone(seen: Seen, name: str, code: str) -> None:
    text = [BeautifulSoup(front_page.summary(seen(name, code)), "html5lib").get_text()]
    assert text
    assert lix(text) <= LIMIT, " ".join(text)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("brief", [brief for brief in BOXES if brief != "methods"])
def test_the_box_answers_first_and_then_says_how_sure_and_what_is_missing(
    seen: Seen, box: Callable[..., list[str]], brief: str, code: str
) -> None:
    for name in PLACES:
        view = seen(name, code)
        text = box(brief, name, code)
        assert text[-2].startswith(view.say("common.sure"))
        assert text[-1].startswith(view.say("common.missing"))
        # The plan has a paragraph per group of goals, and each goal to decide on; of trends there
        # may be a single one to tell of.
        least = 1 if brief == "trends" else 2
        assert least <= len(text[:-2]) <= (7 if brief == "plan" else 5)
