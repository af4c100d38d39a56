"""A new measure by picking: a table describes itself, a preview is seen, `update` fills it."""

from pathlib import Path

import pytest
from ingest.server import Statbank
from ingest.test_cli import ask
from ingest.test_update import files, rows_of

import workbench as wb
from lab.test_explorer import words
from workbench.dataset import load
from workbench.ingest import feeds
from workbench.lab.feed_builder import FeedBuilder
from workbench.language.translator import languages

CONTENTS = "ContentsCode"


@pytest.fixture
def page(folder: Path, root: str, bank: Statbank, apart: None) -> FeedBuilder:
    bank.tables["13502"].labels[CONTENTS] = {
        "KOSandel150000": "Andel barn 1-5 år i barnehage",
        "KOSandel350000": "Andel barn 3-5 år, i alt",
    }
    return wb.feed(folder, "Skien", base_url=root)


def describe(page: FeedBuilder, number: str = "13502") -> None:
    page.number.value = number  # as with the Enter key
    if not number:
        page.describe.click()


def test_what_is_picked_becomes_a_measure_that_update_fetches(
    page: FeedBuilder,
    folder: Path,
    root: str,
) -> None:
    assert page.preview.disabled and page.add.disabled
    describe(page)
    assert "Tabellen har 6 perioder, fra 2020 til 2025." in words(page.shown.value)
    assert list(page.codes) == [CONTENTS] and page.add.disabled
    page.codes[CONTENTS].value = "KOSandel350000"
    page.preview.click()
    assert "Andel barn 3-5 år, i alt, Skien" in words(page.shown.value)
    assert "2020 90,9 2021 91,0" in words(page.shown.value)
    assert page.about["name_nb"].value == "Andel barn 3-5 år, i alt"
    page.about["name_nb"].value = "Barn 3–5 år i barnehage"
    page.about["name_en"].value = "Children aged 3-5 in care"
    assert page.relation.value == "context", "of no indicator yet"
    page.unit.value, page.direction.value, page.kpi.value = "percent", "1", "SC: SH: SI: 5A"
    assert page.relation.value == "proxy", "the indicator itself only where somebody says so"
    page.about["differs_nb"].value, page.about["differs_en"].value = "Eldre barn.", "Older."
    page.add.click()
    assert "Tallserien children_aged_3_5_in_care er laget." in words(page.message.value)
    assert page.add.disabled, "once is enough"

    name = "children_aged_3_5_in_care"
    feed = next(feed for feed in feeds.read(folder) if feed.measure == name)
    assert feed.selection == 'ContentsCode="Andel barn 3-5 år, i alt"'
    row = load(folder).measures.set_index("measure").loc[name]
    assert (row["relation"], row["name_nb"]) == ("proxy", "Barn 3–5 år i barnehage")
    assert ask(folder, root, "--measure", name) == 0
    assert ("4003", "2025") in rows_of(folder, name)


@pytest.mark.parametrize(
    ("number", "said"),
    [("", "Skriv tabellnummeret"), ("99999", "99999"), ("../data", "../data")],
)
def test_a_table_that_is_not_there_is_refused_and_nothing_can_be_added(
    page: FeedBuilder, number: str, said: str
) -> None:
    describe(page, number)
    assert said in words(page.message.value) and "Traceback" not in page.message.value
    assert page.preview.disabled and page.add.disabled and page.codes == {}


def test_nothing_is_written_without_a_unit(page: FeedBuilder, folder: Path) -> None:
    describe(page)
    page.preview.click()
    before = files(folder)
    page.add.click()
    assert "Velg hvilken enhet" in words(page.message.value)
    assert files(folder) == before and not page.add.disabled


def test_other_codes_need_another_preview(page: FeedBuilder) -> None:
    describe(page)
    page.preview.click()
    assert not page.add.disabled
    page.codes[CONTENTS].value = "KOSandel350000"
    assert page.add.disabled


@pytest.mark.parametrize("code", languages())
def test_every_text_is_in_the_language_of_the_page(
    folder: Path,
    root: str,
    bank: Statbank,
    code: str,
) -> None:
    page = wb.feed(folder, "Skien", code, root)
    texts = [
        page.describe.description,
        page.sum.description,
        *(o[0] for o in page.relation.options),
    ]
    nb = wb.feed(folder, "Skien", "nb", root)
    same = [nb.describe.description, nb.sum.description, *(o[0] for o in nb.relation.options)]
    assert all(texts) and (texts == same) == (code == "nb")
