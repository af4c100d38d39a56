"""The examples in docstrings run, and the figures in them are those of data/."""

import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

import workbench as wb
from workbench.dataset import DATA, Dataset

PACKAGE = Path(wb.__file__).parent
#: Lines of a docstring may be broken where those of the answer are not.
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules() -> list[str]:
    """Return the modules that have examples."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        if ">>> " in file.read_text(encoding="utf-8"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", modules())
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testmod(import_module(name), optionflags=FLAGS)
    assert tried and not failed


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(wb, name)) or ""), name


ASKED = ["series", "missing", "coverage", "municipality", "measure", "name", "group"]


@pytest.mark.parametrize("name", [*ASKED, "default_group"])
def test_every_question_to_the_figures_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(Dataset, name).__doc__ or "")


def test_figures_in_the_examples_stand_in_the_data() -> None:
    """What `Dataset` says of Bærum is a cell of its measure's file, to the last digit."""
    published = {
        measure: (DATA / "observations" / f"{measure}.csv").read_text(encoding="utf-8")
        for measure in ("voter_turnout_storting", "low_income_share")
    }
    shown = {
        "voter_turnout_storting": re.findall(r"np\.float64\((.+?)\)", str(Dataset.series.__doc__)),
        "low_income_share": re.findall(r"\b20\d\d: ([\d.]+)", str(Dataset.__doc__)),
    }
    assert [len(figures) for figures in shown.values()] == [1, 5]
    # The county's numbers changed in 2020 and 2024; the municipality is one.
    own = r"(?:0219|3024|3201),\d{4},"
    for measure, figures in shown.items():
        for figure in figures:
            assert re.search(rf"^{own}{re.escape(figure)}0*(?:,|$)", published[measure], re.M)


def test_an_example_that_is_wrong_is_found() -> None:
    module = ModuleType("wrong")
    module.__doc__ = ">>> 1 + 1\n3\n"
    assert doctest.testmod(module, optionflags=FLAGS, report=False).failed == 1
