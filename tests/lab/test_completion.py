"""Names on the Tab key, asked for as JupyterLab asks: of a kernel, over its sockets."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.manager import start_new_kernel

import workbench as wb
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.lab.completion import call_at, completions

Tab = Callable[[str], tuple[str, list[str]]]


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """Return what is replaced, and by what it can be, when Tab is pressed at the end of code."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(ROOT))
    try:
        cell = "import workbench as wb\ndata = wb.load()\nview = wb.view(data, 'Oslo')"
        client.execute_interactive(cell, timeout=60)

        def press(code: str) -> tuple[str, list[str]]:
            said: Any = client.complete(code, len(code), reply=True, timeout=30)["content"]
            assert said["status"] == "ok"
            return code[said["cursor_start"] : said["cursor_end"]], said["matches"]

        yield press
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("code", "replaced", "offered"),
    [
        ('data.series("voter_turnout_s', "voter_turnout_s", ["voter_turnout_storting"]),
        ('data.series("population", "Bæ', "Bæ", ["Bærum"]),
        ('data.series("population", "baer', "baer", ["Bærum"]),
        ("data.municipality('nordre f", "nordre f", ["Nordre Follo"]),
        ('data.municipality("320', "320", ["3201", "3203", "3205", "3207", "3209"]),
        ('wb.view(data, "trond', "trond", ["Trondheim"]),
        ('wb.view(data,\n    municipality="åser', "åser", ["Åseral"]),
        ('wb.view(data, "Oslo", peers="tele', "tele", ["telemark"]),
        ('wb.view(data, "Oslo", "', "", ["en", "nb", "nn"]),
        ('view.own("flat', "flat", ["flat_share"]),
        ('view.data.measure("flat', "flat", ["flat_share"]),
        ('wb.regress(data, "flat_share ~ lower_s', "lower_s", ["lower_secondary_grade_points"]),
        ('wb.regress(data, "flat_share ~ population", effects="two', "two", ["two-way"]),
        ('x = [data.series("a", "b"), data.series("flat', "flat", ["flat_share"]),
    ],
)
def test_tab_offers_what_the_call_takes(
    tab: Tab, code: str, replaced: str, offered: list[str]
) -> None:
    assert tab(code) == (replaced, offered)


def test_an_empty_string_offers_all_measures_and_all_names(tab: Tab, data: Dataset) -> None:
    assert tab('data.series("') == ("", list(data.measures["measure"]))
    _, names = tab('wb.view(data, "')
    assert set(names) == set(data.municipalities["name"]), "numbers when one types a number"


def test_what_no_name_begins_with_is_looked_for_inside(tab: Tab) -> None:
    found = ["voter_turnout_storting", "voter_turnout_local", "voter_turnout_local_count"]
    assert tab('data.series("turnout') == ("turnout", found)


def test_strings_elsewhere_keep_their_files(tab: Tab) -> None:
    assert "README.md" in tab('open("')[1]
    assert "README.md" in tab('wb.load("')[1]
    assert tab("data.ser") == ("data.ser", ["data.series"]) or "series" in tab("data.ser")[1]


@pytest.mark.parametrize(
    "code",
    [
        'print("',
        'data["',
        'data.series("flat_share")',
        "# data.series(",
        'unknown.series("',
        '"',
        "(",
    ],
)
def test_elsewhere_nothing_is_offered(data: Dataset, code: str) -> None:
    assert completions(code, {"data": data, "wb": wb}) == ("", [])


@given(st.text("ab.(){}[],='\"#\n "))
def test_no_code_is_too_strange(text: str) -> None:
    call_at(text)
    completions(text, {"a": wb, "b": 3})


def test_nothing_is_worked_out_to_offer_names(baerum: View) -> None:
    fresh = wb.view(baerum.data, "Bærum")
    completions('fresh.assessed.head("', {"fresh": fresh})
    completions('fresh.own("', {"fresh": fresh})
    assert "assessed" not in vars(fresh)
