"""The public calls: figures or view first, any name taken, and nothing but sentences."""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

import workbench as wb
from workbench.dataset import Dataset
from workbench.errors import UsageError

FORMULA = "voter_turnout_storting ~ tertiary_education_share"
MINE = pd.DataFrame({"municipality": ["Oslo"]})


def calls(data: Dataset) -> dict[str, Callable[[Any], Any]]:
    """Return each public call with one of its arguments left open."""
    view = wb.view(data, "Bærum")
    return {
        "load": wb.load,
        "view, data": lambda x: wb.view(x, "Bærum"),
        "view, municipality": lambda x: wb.view(data, x),
        "view of the folder": lambda x: wb.view(None, x),
        "view, language": lambda x: wb.view(None, "Bærum", x),
        "view, peers": lambda x: wb.view(data, "Bærum", peers=x),
        "assess, data": lambda x: wb.assess(x, "Bærum", ["Asker"]),
        "assess, municipality": lambda x: wb.assess(data, x, ["Asker"]),
        "assess, peers": lambda x: wb.assess(data, "Bærum", x),
        "trend, data": lambda x: wb.trend(x, "low_income_share", "Bærum"),
        "trend, measure": lambda x: wb.trend(data, x, "Bærum"),
        "trend, municipality": lambda x: wb.trend(data, "low_income_share", x),
        "trend, level": lambda x: wb.trend(data, "low_income_share", "Bærum", x),
        "regress, data": lambda x: wb.regress(x, FORMULA),
        "regress, formula": lambda x: wb.regress(data, x),
        "regress, effects": lambda x: wb.regress(data, FORMULA, x),
        "regress, errors": lambda x: wb.regress(data, FORMULA, errors=x),
        "random_slopes, data": lambda x: wb.random_slopes(x, "flat_share"),
        "random_slopes, measure": lambda x: wb.random_slopes(data, x),
        "brief, view": lambda x: wb.brief(x, "trends"),
        "brief, name": lambda x: wb.brief(view, x),
        "strip": lambda x: wb.strip(x, interactive=False),
        "trends": wb.trends.summary,
        "status": wb.status.title,
        "climate": wb.climate.title,
        "decisions": wb.decisions.title,
        "network": wb.network.title,
        "across": wb.across.title,
        "explained, data": lambda x: wb.explained.title(x, "nb"),
        "explained, language": lambda x: wb.explained.title(data, x),
        "municipality": data.municipality,
        "numbers": data.numbers,
        "name": data.name,
        "measure": data.measure,
        "group": data.group,
        "default_group": data.default_group,
        "series, measure": lambda x: data.series(x, "Bærum"),
        "series, municipality": lambda x: data.series("population", x),
        "missing, measure": lambda x: data.missing(x, "Bærum"),
        "missing, municipality": lambda x: data.missing("population", x),
        "coverage": data.coverage,
        "coverages": data.coverages,
        "long, measures": lambda x: data.long(x, "Bærum"),
        "long, municipalities": lambda x: data.long("population", x),
        "wide": data.wide,
        "join, frame": lambda x: data.join(x, "population"),
        "join, measures": lambda x: data.join(MINE, x),
        "join, on": lambda x: data.join(MINE, "population", on=x),
        "join, year": lambda x: data.join(MINE, "population", year=x),
        "rank": data.rank,
        "rank, year": lambda x: data.rank("population", x),
        "by_county": data.by_county,
        "view.own": view.own,
        "view.measure": view.measure,
        "view.verdicts": view.verdicts,
        "view.peers_of": view.peers_of,
    }


#: What one may give by mistake: nothing, a number, something else of the workbench, of pandas.
STRANGE = [
    *(None, True, 0, -1, 3201, 9999, 3.5, float("nan"), float("inf"), 10**30),
    *("", " ", "Bærm", "Våler", "u4ssc", "no/where", b"3201", Path("nowhere")),
    *([], (), {}, set(), ["Bærum", None], [["Bærum"]], object(), len, datetime.date.today()),
    *(pd.DataFrame(), MINE, pd.Series(["Bærum"]), pd.Series(dtype="float"), pd.NA, pd.NaT),
]


@pytest.fixture(scope="module")
def asked(data: Dataset) -> dict[str, Callable[[Any], Any]]:
    return calls(data)


@pytest.mark.filterwarnings("ignore::workbench.errors.MissingFigures")
@pytest.mark.parametrize("name", calls(wb.load()))
def test_a_wrong_argument_is_answered_or_refused_in_a_sentence(
    data: Dataset, asked: dict[str, Callable[[Any], Any]], name: str
) -> None:
    brief = wb.view(data, "Oslo")
    for value in [*STRANGE, data, brief, wb.Brief(Path("x.html"))]:
        if name == "brief, view" and value is brief:
            continue  # that one is right
        try:
            asked[name](value)
        except wb.WorkbenchError as refused:
            assert str(refused)[:1] in '"-0123456789' or str(refused)[0].isupper(), str(refused)
            assert "object at 0x" not in str(refused)


ANY = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.lists(st.text(max_size=8) | st.integers(0, 5000) | st.none(), max_size=4),
    st.sampled_from(["Bærum", "0219", "Grunnskolepoeng", "low_income_share", "en", "telemark"]),
)


@pytest.mark.filterwarnings("ignore::workbench.errors.MissingFigures")
@given(st.data())
def test_whatever_is_asked_is_answered_or_refused(
    asked: dict[str, Callable[[Any], Any]], data: Dataset, drawn: st.DataObject
) -> None:
    name = drawn.draw(st.sampled_from([n for n in asked if n not in ("brief, name", "load")]))
    try:
        asked[name](drawn.draw(ANY))
    except wb.WorkbenchError as refused:
        assert len(str(refused)) > 20


def test_a_name_is_taken_wherever_a_number_is(data: Dataset) -> None:
    """Bærum by number, as an integer, by two earlier numbers, and in words."""
    for wanted in ("3201", 3201, 3201.0, 219, "0219", 3024, "Bærum kommune", "bærum KOMMUNE "):
        assert data.municipality(wanted) == "3201"
        assert wb.view(data, wanted) == wb.view(data, "Bærum")
        assert data.series("population", wanted).equals(data.series("population", "Bærum"))
        assert wb.assess(data, wanted, ["Asker"])["n"].equals(
            wb.assess(data, "Bærum", ["Asker"])["n"]
        )
    assert data.municipality("Ulvik herad") == data.municipality("Ulvik")
    assert data.municipality("Municipality of Oslo") == "0301"
    assert data.municipality(pd.Series([301])[0]) == "0301"


def test_a_measure_goes_by_the_names_that_pages_show(data: Dataset) -> None:
    """Names in Bokmål and English as data/measures.csv has them, in Nynorsk as a page does."""
    points = "lower_secondary_grade_points"
    view, nynorsk = wb.view(data, "Bærum"), wb.view(data, "Bærum", "nn").language
    for name in (
        *("Grunnskolepoeng", " grunnskolepoeng"),
        "Average grade points from lower secondary school",
        nynorsk.name(data.measure(points)),
    ):
        assert data.measure(name)["measure"] == data.series(name, "Bærum").name == points
        assert view.own(name).equals(view.own(points)) and len(view.own(name))
        assert wb.trend(data, name, "Bærum")["measure"].tolist() == [points]
    with pytest.raises(UsageError, match="Did you mean Grunnskolepoeng"):
        data.measure("Grunskolepoeng")


def test_every_measure_is_found_by_each_of_its_names(data: Dataset) -> None:
    for code in ("nb", "nn", "en"):
        language = wb.view(data, "Oslo", code).language
        for _, row in data.measures.iterrows():
            try:
                assert data.measure(language.name(row))["measure"] == row["measure"]
            except UsageError as several:  # another one's name in the tables reads the same
                assert f"can be {row['measure']}" in str(several) or str(several).endswith(
                    f"or {row['measure']}. All measures stand in data/measures.csv."
                )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda data: wb.view("Bærum", data), 'wb.view(data, "Bærum")'),
        (lambda data: wb.regress(FORMULA, data), 'wb.regress(data, "outcome ~ term")'),
        (lambda data: wb.random_slopes("population", data), "wb.random_slopes(data, "),
        (lambda data: wb.assess("Bærum", data, ["Asker"]), "wb.assess(data, "),
        (lambda data: wb.trend(data.observations, data.breaks), "wb.trend(data, "),
        (lambda data: wb.brief("trends", wb.view(data, "Bærum")), 'wb.brief(view, "trends")'),
        (lambda data: wb.explore("Trondheim"), 'wb.explore(data, "Trondheim")'),
        (lambda data: wb.builder("population"), "wb.builder(data, "),
        (lambda data: wb.trends.summary(data), "wb.trends.summary(view)"),
        (lambda data: wb.explained.title("nb", data), "wb.explained.title(data, "),
    ],
)
def test_the_old_order_is_refused_with_the_right_one(
    data: Dataset, call: Callable[[Dataset], object], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        call(data)
    assert said in str(refused.value)


def test_a_view_stands_for_its_figures(data: Dataset) -> None:
    view = wb.view(data, "Bærum")
    assert wb.regress(view, FORMULA).terms.equals(wb.regress(data, FORMULA).terms)
    assert wb.view(view, "Skien") == wb.view(data, "Skien")


def test_all_wrong_names_are_told_at_once(data: Dataset) -> None:
    with pytest.raises(UsageError) as refused:
        data.numbers(["Bærm", "Oslo", "9999", "u4ssc"])
    told = str(refused.value).splitlines()
    assert len(told) == 3
    assert "Bærum" in told[0] and "9999" in told[1] and 'data.group("u4ssc")' in told[2]


def test_the_tab_key_offers_some_twenty_names() -> None:
    assert 18 <= len(wb.__all__) <= 24 and sorted(wb.__all__) == wb.__all__
    assert {name for name in dir(wb) if not name.startswith("_")} == set(wb.__all__)
    for name in (*wb.__all__, "Dataset", "View", "UsageError"):
        assert getattr(wb, name) is not None


def test_a_notebook_shows_the_sentence_and_no_traceback(tmp_path: Path) -> None:
    cells = [
        "import workbench as wb\ndata = wb.load()",
        'data.municipality("Bærm")',
        "1 / 0",
        'import json\nprint(json.dumps([n for n in dir(wb) if n[0] != "_"]))',
    ]
    node = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    (tmp_path / "n.ipynb").write_text(nbformat.writes(node), encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--allow-errors"]
    command += ["--to", "notebook", "--output", "done.ipynb", str(tmp_path / "n.ipynb")]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=os.environ)
    done = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    _, refused, raised, names = (cell.outputs for cell in done.cells)
    (shown,) = refused
    assert shown.ename == "UsageError"
    assert "\n".join(shown.traceback) == shown.evalue and "Did you mean Bærum" in shown.evalue
    assert any("ZeroDivisionError" in line for line in raised[0].traceback[1:]), (
        "others have theirs"
    )
    assert json.loads(names[0].text) == wb.__all__
