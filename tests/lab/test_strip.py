"""The controls above a brief: there for anyone who runs it by hand, and for nobody else."""

import sys
from pathlib import Path

import nbformat
import papermill
import pytest

import workbench as wb
from workbench.batch.notebooks import NOTEBOOKS
from workbench.briefs.view import View
from workbench.lab.strip import StaticStrip

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/02_trends.ipynb")


def test_without_a_front_end_there_are_none(baerum: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("VSCODE_PID", raising=False)
    strip = wb.strip(baerum, True)
    assert isinstance(strip, StaticStrip) and strip.view is baerum
    assert repr(strip) == repr(baerum)


@pytest.mark.usefixtures("front_end")
def test_who_wants_none_gets_none(baerum: View) -> None:
    assert isinstance(wb.strip(baerum, False), StaticStrip)


@pytest.mark.usefixtures("front_end")
def test_a_kernel_without_widgets_shows_the_view(
    baerum: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    strip = wb.strip(baerum, True, wb.trends.summary)
    assert isinstance(strip, StaticStrip) and strip.view is baerum


@pytest.mark.usefixtures("front_end")
def test_the_view_follows_what_is_picked(baerum: View) -> None:
    strip = wb.strip(baerum, True, wb.trends.summary)
    (row, shown) = strip.children
    who, peers, spoken = (field.children[1] for field in row.children)
    assert str(wb.trends.summary(baerum)) in shown.value
    who.value = "Skien"
    assert (strip.view.number, strip.view.group) == ("4003", "county-telemark"), "its own group"
    assert str(wb.trends.summary(strip.view)) in shown.value
    peers.value = "u4ssc"
    assert strip.view.peers == wb.view(baerum.data, "Skien", peers="u4ssc").peers
    spoken.value = "en"
    assert strip.view.language.code == "en"
    assert str(wb.trends.summary(strip.view)) in shown.value
    who.value = "Skein"
    assert "Did you mean" in shown.value and strip.view.number == "4003"


@pytest.mark.usefixtures("front_end")
def test_papermill_builds_none_from_within_jupyterlab(tmp_path: Path) -> None:
    """A run that is started in a terminal of JupyterLab has its variables, and no reader."""
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        NOTEBOOKS / "01_status.ipynb",
        out,
        {"interactive": False},
        kernel_name="python3",
        progress_bar=False,
    )
    cells = nbformat.read(out, as_version=4).cells
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    assert shown and not any(WIDGET in output.get("data", {}) for output in shown)


def test_the_batch_says_that_nobody_sits_in_front() -> None:
    from workbench.batch.plan import plan

    tasks = plan(wb.load(), ["3201"], ["02_trends"], ["nb"], Path("out")).tasks
    assert [task.parameters["interactive"] for task in tasks if task.number] == [False]
