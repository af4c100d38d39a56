"""What is kept of a scenario stands by itself: two pictures and a table."""

import csv
import io
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from matplotlib.image import imread

from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.lab import run_brief
from workbench.lab.page import save, svg
from workbench.lab.scenario import Choice, Scenario, Scenarios

TURNOUT = "voter_turnout_storting"


@pytest.fixture
def scenario(data: Dataset) -> Scenario:
    return Scenarios(data).of(Choice("Trondheim", TURNOUT, target=88.0))


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


def test_the_picture_says_what_it_shows_and_where_it_is_from(scenario: Scenario) -> None:
    picture = ET.fromstring(svg(scenario))
    words = " ".join(
        "".join(text.itertext()) for text in picture.iter() if text.tag.endswith("text")
    )
    for said in ("Trondheim. Valgdeltakelse ved stortingsvalg (%)", "82,4", "Måltall 88,0 %"):
        assert said in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "som er prøvd ut, ikke vedtatt" in words
    assert "Kilde: Valgdirektoratet" in words and "NLOD 2.0" in words


def test_text_stays_within_the_picture(data: Dataset) -> None:
    """By the widths that the typeface has, for the longest names there are."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    scenarios = Scenarios(data)
    for measure in data.measures["measure"]:
        seen = scenarios.of(Choice("Skien", measure))
        if seen.row is None or seen.row["n"] < 3:
            continue
        picture = ET.fromstring(svg(seen))
        width = float(picture.attrib["viewBox"].split()[2])
        for text in picture.findall("{http://www.w3.org/2000/svg}text"):
            size = float(text.attrib["font-size"])
            bold = "bold" if "font-weight" in text.attrib else "normal"
            font = FontProperties(family="DejaVu Sans", size=size, weight=bold)
            long, *_ = text_to_path.get_text_width_height_descent(text.text, font, False)
            assert float(text.attrib["x"]) + long <= width, text.text


def test_the_bitmap_is_the_picture(scenario: Scenario, tmp_path: Path) -> None:
    drawing, png, _ = save(scenario, tmp_path)
    picture = ET.fromstring(drawing.read_text(encoding="utf-8"))
    width, height = (float(side) for side in picture.attrib["viewBox"].split()[2:])
    drawn = imread(png)
    assert drawn.shape[1] == pytest.approx(4 * width, abs=2)
    assert drawn.shape[0] == pytest.approx(4 * height, abs=2)
    blue = (drawn[..., 2] > 0.5) & (drawn[..., 0] < 0.2)
    assert blue.sum() > 500, "the municipality's line"
    head = drawn[: (4 * 26), :, :3]
    assert (head.min(axis=2) < 0.3).sum() > 500, "letters of the heading: the typeface was found"


def test_the_table_has_each_figure_with_its_source(
    scenario: Scenario, data: Dataset, tmp_path: Path
) -> None:
    *_, file = save(scenario, tmp_path)
    figures = {int(r["year"]): r for r in rows(file) if r["kind"] == "figure"}
    own = data.series(TURNOUT, "5001")
    assert {year: float(row["value"]) for year, row in figures.items()} == own.to_dict()
    assert {row["target"] for row in figures.values()} == {"88.0"}
    assert {row["target_tried"] for row in figures.values()} == {"yes"}
    assert all(row["licence"] and row["source"] for row in figures.values())
    assert {row["low80"] for row in figures.values()} == {""}, "a figure has no range"
    ahead = next(r for r in rows(file) if r["kind"] == "projection")
    assert {"nan", "<NA>", "None"}.isdisjoint(ahead.values())
    assert ahead["year"] == "2030" and float(ahead["low80"]) < float(ahead["value"])


def test_another_look_is_kept_beside_the_first(
    scenario: Scenario, data: Dataset, tmp_path: Path
) -> None:
    first = save(scenario, tmp_path)
    assert save(scenario, tmp_path) == first, "the same look is the same files"
    other = save(Scenarios(data).of(Choice("Trondheim", TURNOUT)), tmp_path)
    assert [file.name for file in other] == [
        f"{TURNOUT}-2.svg",
        f"{TURNOUT}-2.png",
        f"{TURNOUT}-2.csv",
    ]
    assert first[0].read_text(encoding="utf-8") == svg(scenario)


def test_there_must_be_something_to_keep(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ingenting å lagre"):
        save(Scenarios(data).of(Choice("Bærum", "voter_turnout_local")), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_told(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "explore").write_text("a file, not a folder")
    with pytest.raises(UsageError, match="kan ikke skrives"):
        save(scenario, tmp_path)


@pytest.mark.parametrize("part", ["explore", "explore/5001-trondheim"])
def test_nothing_is_kept_through_a_link(scenario: Scenario, tmp_path: Path, part: str) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "out" / part).parent.mkdir(parents=True)
    (tmp_path / "out" / part).symlink_to(tmp_path / "away")
    with pytest.raises(UsageError, match=f"{part} is a symbolic link"):
        save(scenario, tmp_path / "out")
    assert list((tmp_path / "away").iterdir()) == []


def test_a_pipe_under_the_name_of_a_picture_is_named(scenario: Scenario, tmp_path: Path) -> None:
    drawing, *_ = save(scenario, tmp_path)
    drawing.unlink()
    os.mkfifo(drawing)
    with pytest.raises(UsageError, match=r"\.svg is a pipe"):
        save(scenario, tmp_path)


@pytest.mark.parametrize("part", ["", "5001-trondheim", "5001-trondheim/brief"])
def test_nothing_is_removed_or_written_through_a_link(
    scenario: Scenario, tmp_path: Path, part: str
) -> None:
    """A brief with a target of one's own begins with removing the figures of the last one."""
    away = tmp_path / "away"
    kept = away / Path("explore/5001-trondheim/brief/data").relative_to(Path("explore", part))
    kept.mkdir(parents=True)
    (kept / "mine.csv").write_text("1")
    link = tmp_path / "out" / "explore" / part
    link.parent.mkdir(parents=True)
    link.symlink_to(away)
    with pytest.raises(UsageError, match="is a symbolic link"):
        run_brief.brief_of(scenario, "status", tmp_path / "out", lambda line: None)
    assert [path for path in away.rglob("*") if path.is_file()] == [kept / "mine.csv"]
