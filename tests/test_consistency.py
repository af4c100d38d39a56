"""No two pages differ: what each states of a series is what the one frame of standings says."""

from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from consistency import faults
from test_everyone import shown

import workbench as wb
from workbench.batch.front_page import front_page
from workbench.batch.site import Run
from workbench.dataset import Dataset

#: No emissions; many figures; stations by the road; 200 residents.
PLACES = {"3201": "nb", "4003": "en", "5001": "nb", "1151": "nn"}

BRIEFS = ("01_status", "02_trends", "04_climate", "05_plan", "06_network")


@pytest.mark.parametrize("number", PLACES)
def test_every_page_says_the_same_of_every_series(
    data: Dataset, number: str, tmp_path: Path
) -> None:
    code = PLACES[number]
    pages = [(code, shown(brief, number, code)) for brief in BRIEFS]
    run = Run(data, date(2026, 12, 1), tmp_path, "nb")
    front = front_page(run, wb.view(data, number, code))
    for _, text in pages:
        page = BeautifulSoup(text, "html.parser")
        used = {str(tag["data-measure"]) for tag in page.select("[data-measure]")}
        sourced = {str(tag["id"]) for tag in page.select("[id^=source-]")}
        assert {f"source-{measure}" for measure in used} <= sourced
    found, count = faults([*pages, (code, front)], number, data)
    assert not found
    assert count > 60


def test_a_page_that_says_otherwise_is_found(data: Dataset) -> None:
    page = '<p data-measure="low_income_share" data-standing="met">x</p>'
    assert faults([("nb", page)], "3201", data) == (
        ["low_income_share: met, in the frame slow"],
        1,
    )
    bare = "<p>Det går bra med innbyggere i husholdninger med lav inntekt (EU60).</p>"
    assert faults([("nb", bare)], "3201", data)[0] == ["low_income_share: named, not marked"]
    old = '<p data-measure="pm25_annual_mean" data-standing="old"><b class="word worse">x</b></p>'
    assert faults([("nb", old)], "3201", data)[0] == [
        "pm25_annual_mean: a word on a figure of 2019"
    ]
