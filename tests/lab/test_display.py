"""What a notebook shows of an object by itself: sound, self-contained HTML, the same each time."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import html5lib
import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, Made
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

import workbench as wb
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.lab import display
from workbench.lab.display import sparkline

FORMULA = "voter_turnout_storting ~ tertiary_education_share + share_67_plus"


@pytest.fixture(params=["data", "view", "regression", "slopes"])
def shown(request: pytest.FixtureRequest, data: Dataset, baerum: View) -> str:
    makes: dict[str, Callable[[], object]] = {
        "data": lambda: data,
        "view": lambda: baerum,
        "regression": lambda: wb.regress(data, FORMULA),
        "slopes": lambda: wb.random_slopes(data, "tertiary_education_share"),
    }
    html = display.table(makes[request.param]())
    assert html
    return html


def test_it_is_sound_and_asks_for_nothing(shown: str) -> None:
    html5lib.HTMLParser(strict=True).parseFragment(shown)
    assert not re.search(r"<script|<style|<link|<img|\bon\w+=|https?:|url\(|\bid=", shown)


def test_it_takes_its_colours_from_the_page(shown: str) -> None:
    colours = set(re.findall(r'(?:fill|stroke|color|background)="([^"]*)"', shown))
    assert colours <= {"currentColor", "none"} and not re.search(r"[^&]#", shown)


def test_every_chart_has_an_alternative_and_every_header_a_scope(shown: str) -> None:
    page = BeautifulSoup(shown, "html5lib")
    for chart in page.select("svg"):
        assert chart["role"] == "img" and len(str(chart["aria-label"])) > 8
    assert page.caption is not None and page.caption.get_text()
    assert all(header.get("scope") in ("row", "col") for header in page.select("th"))


def test_another_process_shows_the_same(data: Dataset, baerum: View) -> None:
    program = (
        "import workbench as wb; from workbench.lab import display;"
        "print(display.table(wb.view(None, 'Bærum')), end='')"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert told.stdout.decode() == display.table(baerum)


def test_a_view_shows_every_measure_with_its_newest_figure(baerum: View) -> None:
    page = BeautifulSoup(display.table(baerum), "html5lib")
    rows = page.select("tbody tr")
    assert [row.select_one("code").text for row in rows] == list(baerum.assessed["measure"])  # type: ignore[union-attr]
    (turnout,) = (row for row in rows if "voter_turnout_storting" in row.text)
    assert "86,2\N{NO-BREAK SPACE}%, 2025" in turnout.text
    assert page.caption is not None and page.caption.text == repr(baerum)
    # Its line is broken where Statistics Norway began to count otherwise: 2013/2014.
    (educated,) = (
        row for row in rows if row.code is not None and row.code.text == "tertiary_education_share"
    )
    assert len(educated.select("polyline")) == 2
    (poor,) = (row for row in rows if "low_income_share" in row.text)
    assert len(poor.select("path[stroke-dasharray]")) == 1, "its target"


def test_names_are_escaped(data: Dataset) -> None:
    evil = data.measures.assign(name_nb="<script>alert(1)</script>&")
    other = dataclasses.replace(data, measures=evil, path=Path('/"><b>'))
    html = display.table(wb.view(other, "Bærum")) + display.table(other)
    assert "<script" not in html and "&lt;script&gt;" in html and '"><b>' not in html


@given(
    values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30),
    aim=st.none() | st.floats(-1e12, 1e12),
    cut=st.integers(0, 30),
)
def test_a_small_chart_stays_in_its_frame(values: list[float], aim: float | None, cut: int) -> None:
    whole = pd.Series(values, index=range(2000, 2000 + len(values)))
    parts = [part for part in (whole.iloc[:cut], whole.iloc[cut:]) if len(part)]
    svg = BeautifulSoup(sparkline(parts, "A & B", aim), "html5lib").svg
    assert svg is not None and svg["aria-label"] == "A & B"
    pairs = [pair.split(",") for line in svg.select("polyline") for pair in line["points"].split()]  # type: ignore[union-attr]
    assert len(pairs) == len(values)
    assert all(0 <= float(x) <= 110 and 0 <= float(y) <= 20 for x, y in pairs)
    heights = [float(y) for _, y in pairs]
    assert heights[values.index(max(values))] == min(heights), "up is more"


@pytest.fixture
def ipython() -> Iterator[InteractiveShell]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_ipython_shows_each_kind_by_its_table(baerum: View, ipython: InteractiveShell) -> None:
    for module, name in display.TABLES:
        assert isinstance(getattr(import_module(module), name), type)
    format_ = ipython.display_formatter.format
    assert "text/html" not in format_(baerum)[0]
    _ = wb.view  # a public name was used: tables are shown from now on
    assert format_(baerum)[0]["text/html"] == display.table(baerum)
    assert format_(wb.strip(baerum))[0]["text/html"] == display.table(baerum)


def test_nobody_is_shown_a_table_where_nobody_looks(
    baerum: View, ipython: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(display.PLAIN, "1")
    _ = wb.view
    assert "text/html" not in ipython.display_formatter.format(baerum)[0]


def test_executed_notebooks_beside_briefs_hold_no_tables_of_objects(made: Made) -> None:
    for file in (made.path / "3201-baerum" / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(file, as_version=4).cells:
            if "setup" in cell.metadata.get("tags", []):
                assert all(set(out.data) == {"text/plain"} for out in cell.outputs)


def test_who_has_a_brief_made_goes_on_seeing_all(made: Made) -> None:
    assert made.returncode == 0 and display.PLAIN not in os.environ
