"""Every notebook for those who are not like the others: no fault, no gap in the text."""

import ast
import re
from pathlib import Path

import html5lib
import nbformat
import pytest
from bs4 import BeautifulSoup

from workbench.batch.notebooks import NOTEBOOKS, briefs
from workbench.dataset import Dataset
from workbench.language.translator import languages

#: 212 residents; split in 2024; merged from parts of others; a county of its own; 450 residents;
#: a series that ends before the others' way of measuring changed.
PLACES = ["1151", "1580", "5055", "0301", "1835", "5636"]


def shown(brief: str, municipality: str, language: str) -> str:
    """Return what the cells of a notebook show, one after the other, run in this process."""
    notebook = nbformat.read(NOTEBOOKS / f"{brief}.ipynb", as_version=4)
    names: dict[str, object] = {}
    pieces = []
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        tags = cell.metadata.get("tags", [])
        *steps, last = ast.parse(cell.source).body
        exec(compile(ast.Module(steps, []), brief, "exec"), names)
        if not isinstance(last, ast.Expr):
            exec(compile(ast.Module([last], []), brief, "exec"), names)
        elif "setup" not in tags:
            value = eval(compile(ast.Expression(last.value), brief, "eval"), names)
            pieces.append(value._repr_html_())
        if "parameters" in tags:
            names |= {"municipality": municipality, "language": language}
    return "\n".join(pieces)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("brief", briefs())
def test_a_brief_is_sensible_for_everyone(brief: str, place: str, data: Dataset) -> None:
    text = shown(brief, place, languages()[PLACES.index(place) % len(languages())])
    html5lib.HTMLParser(strict=True).parseFragment(text)
    page = BeautifulSoup(text, "html5lib")
    assert page.h1 is not None and data.name(place) in page.get_text()
    # "None" and "inf" are also what an English sentence or a name may hold.
    nothing = re.compile(r"\b(nan|NaN|NaT|<NA>|Undefined)\b|\bNone\b(?! [a-z])")
    gap = re.compile(r"\s[,.;](\s|$)|\(\s*\)|\{\{|\}\}")
    for block in page.select("p, li, td, th, h1, h2, h3, h4, figcaption, caption, summary, title"):
        said = " ".join(block.get_text().split())
        assert not nothing.search(said) and not gap.search(said), said
    short = page.select_one("section.answer")
    assert short is not None and len(short.select("p")) >= 3


def test_the_places_are_what_they_are_chosen_for(data: Dataset) -> None:
    residents = [data.series("population", place).iloc[-1] for place in PLACES]
    assert min(residents) < 250 and max(residents) > 700_000
    assert "split" in set(data.set_aside.query("municipality == '1580'")["reason"])
    known = data.observations[data.observations["measure"] == "lower_secondary_grade_points"]
    changed = data.breaks.set_index("measure").loc["lower_secondary_grade_points", "year"]
    newest = known.groupby("municipality")["year"].max()
    assert newest["5636"] < changed <= newest.max()


def test_the_notebooks_are_read_from_the_project() -> None:
    assert Path(NOTEBOOKS, "01_status.ipynb").exists()
