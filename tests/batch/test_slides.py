"""A picture per finding for a council's slides, with its text beside."""

import shutil
import struct
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import Made, lacking

import workbench as wb
from workbench.batch import cli, pdf, slides
from workbench.briefs import scorecard
from workbench.dataset import Dataset


@pytest.mark.parametrize("name", ["Bærum", "Skien", "Utsira"])
@pytest.mark.parametrize("code", ["nb", "en"])
def test_each_finding_of_the_front_page_has_a_slide(data: Dataset, name: str, code: str) -> None:
    view = wb.view(data, name, code)
    found = scorecard.groups(view)
    cards = [pair for sense in ("first", "watch", "on") for pair in found.get(sense, [])]
    made = slides.slides(view)
    assert [measure for _, _, measure in made] == [row["measure"] for row, _ in cards]
    for (page, text, _), (row, fact) in zip(made, cards, strict=True):
        seen = BeautifulSoup(page, "html5lib")
        assert seen.h1 is not None
        assert seen.h1.get_text() == scorecard.finding(view, row, fact)
        value = view.language.amount(row["last"], view.unit(fact["unit"]))
        large = seen.select_one(".value")
        assert large is not None
        said = " ".join(large.get_text(" ").split())
        assert " ".join(value.split()) in said
        assert str(int(row["last_year"])) in said
        assert view.say(f"common.sense.{row['sense']}") in text and name in text
        assert "<" not in text and "&" not in text
        assert seen.select_one("svg") is not None


def test_slides_are_pictures_of_1920_by_1080_with_their_text(made: Made, tmp_path: Path) -> None:
    if not any(map(shutil.which, pdf.PROGRAMS)):
        lacking("There is no chromium to picture with.")
    out = Path(shutil.copytree(made.path, tmp_path / "out"))
    asked = ["-m", "3201", "--out", str(out), "--slides", "-b", "status"]
    assert cli.main(asked) == cli.FINE
    folder = out / "3201-baerum" / "slides"
    pictures = sorted(folder.glob("nb-*.png"))
    assert pictures
    for picture in pictures:
        assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1920, 1080)
        assert picture.with_suffix(".txt").read_text(encoding="utf-8").startswith("Bærum: ")
    written = {path: path.stat().st_mtime_ns for path in pictures}
    old = folder / "nb-99-gone.png"
    old.write_bytes(b"")
    assert cli.main(asked) == cli.FINE
    assert {path: path.stat().st_mtime_ns for path in pictures} == written, "what is there stays"
    assert not old.exists(), "a finding that is no more"


def test_slides_are_not_written_into_a_bucket(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-m", "3201", "--out", "memory://slides", "--slides"]) == 2
    assert "leave out --pdf and --slides" in capsys.readouterr().err
