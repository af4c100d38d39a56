"""What the cells of a notebook do, told from their code alone."""

import nbformat
import pytest
from project import ROOT

from workbench.batch.notebooks import briefs
from workbench.batch.parameters import only_calls

SET_UP = [
    'municipality: str = "3201"  # a number\ndata_folder: str = ""\ninteractive: bool = False',
    "import workbench as wb\n\nview = wb.view(data_folder or None, municipality)\n"
    "wb.strip(view, interactive, wb.status.summary)",
]


@pytest.mark.parametrize(
    "cell",
    [
        "wb.status.summary(view)",
        'answers = wb.across.fit(view)\nwb.across.answer(view, answers, "education")',
        'wb.rank(view, ["low_income_share"], place=(1, 2))',
        "view",
        "# a note",
    ],
)
def test_what_only_calls_the_package_is_known(cell: str) -> None:
    assert only_calls([*SET_UP, cell])


@pytest.mark.parametrize(
    "cell",
    [
        "view.data.observations.drop(index=0, inplace=True)",
        "wb.status.summary(view).clear()",
        "wb.charts.drawing.CYCLE.append('red')",
        "wb.status.title = None",
        "view.language = None",
        "wb = view\nwb.status.summary(view)",
        "import pandas as pd",
        "import workbench",
        "import workbench.briefs as wb",
        "from workbench import view",
        "print(view)",
        "figures = [one for one in wb.load()]",
        "wb.status.summary(print(view))",
        "wb.status.summary(*print(view))",
        "wb.status.summary(view, further=open('file'))",
        "for name in 'ab': wb.status.summary(view)",
        "first, second = wb.across.fit(view)",
        "number: print() = 1",
        "%matplotlib inline",
        "!ls",
        "await wb.status.summary(view)",
        "wb.status.summary(",
    ],
)
def test_what_may_leave_something_behind_is_not(cell: str) -> None:
    assert not only_calls([*SET_UP, cell])


def test_the_package_is_known_by_the_name_that_it_was_given() -> None:
    assert only_calls(["import workbench as w\nw.load()"])
    assert not only_calls(["wb.load()"])


@pytest.mark.parametrize("name", briefs())
def test_the_own_briefs_only_call_the_package(name: str) -> None:
    node = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert only_calls([cell.source for cell in node.cells if cell.cell_type == "code"])
