"""Extending without asking anybody: a measure, a notebook, a language, each done in a copy.

What README says under "Extending it" is done here, and what comes of it is looked at.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from project import PARAMETERS, Project

import workbench as wb
from workbench.errors import UsageError
from workbench.language import lint, translator
from workbench.language.translator import Language

#: A measure that the project has; the copy gets it under a name of its own. Figures of FHI
#: (SYSVAK), as they stand in data/observations.
OLD, NEW = "measles_vaccination_age_16", "measles_vaccination"

PEOPLE = """
import workbench as wb

view = wb.view(None, municipality, language)
view.data.series("population", view.number).loc[[2024]].to_frame()
"""


def notebook(folder: Path, name: str, *cells: nbformat.NotebookNode) -> None:
    node = new_notebook(cells=list(cells))
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    (folder / f"{name}.ipynb").write_text(nbformat.writes(node), encoding="utf-8")


def parameters() -> nbformat.NotebookNode:
    return new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})


def without_the_old_measure(data: Path) -> tuple[str, str]:
    """Take a measure out of a folder of figures; return its line of measures.csv and its file."""
    table, file = data / "measures.csv", data / "observations" / f"{OLD}.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    (line,) = (line for line in lines if line.startswith(f"{OLD},"))
    lines.remove(line)
    table.write_text("".join(lines), encoding="utf-8")
    figures = file.read_text(encoding="utf-8")
    file.unlink()
    return line, figures


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the project with a measure, a notebook and a language more."""
    made = Project(tmp_path_factory.mktemp("extended"))
    data, notebooks = made.folder / "data", made.folder / "notebooks"
    line, figures = without_the_old_measure(data)
    # The measure: a file, and a line.
    (data / "observations" / f"{NEW}.csv").write_text(figures, encoding="utf-8")
    with (data / "measures.csv").open("a", encoding="utf-8") as table:
        table.write(line.replace(OLD, NEW))
    # The notebook: a title, a cell of parameters, a call.
    shutil.copy(ROOT / "notebooks" / "02_trends.ipynb", notebooks)
    title = new_markdown_cell("# Hvor mange bor her?")
    notebook(notebooks, "07_people", title, parameters(), new_code_cell(PEOPLE.strip()))
    # The language: a folder, and in it what is translated so far.
    folder = made.folder / "workbench" / "text" / "da"
    folder.mkdir()
    said = 'title = "Går det den rigtige vej i {{ name }}, og hurtigt nok?"\n'
    (folder / "trends.toml").write_text(said, encoding="utf-8")
    names = '"Meslingvaksinerte 16-åringer" = "Mæslingevaccinerede 16-årige"\n'
    (folder / "names.toml").write_text(names, encoding="utf-8")
    status, told = made.run(made.folder / "outputs", "--lang", "nb", "da")
    assert status == 0, told
    yield made
    assert made.gone() == []


def page(project: Project, name: str) -> BeautifulSoup:
    file = project.folder / "outputs" / name
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")


def words(found: BeautifulSoup) -> str:
    return " ".join(found.get_text(" ").split())


def links(found: BeautifulSoup) -> dict[str, str]:
    return {str(link["href"]): " ".join(link.get_text().split()) for link in found.select("a")}


def test_a_file_and_a_line_make_a_measure(project: Project) -> None:
    brief = page(project, "3201-baerum/02_trends.nb.html")
    row = brief.select_one(f"#source-{NEW}")
    assert row is not None and row.get_text() == "Meslingvaksinerte 16-åringer"
    assert brief.select_one(f"#source-{OLD}") is None
    # The newest figure of Bærum, 92.65 in 2016, as it stands in the file.
    (shown,) = (tag for tag in brief.select("h3") if "Meslingvaksinerte 16" in tag.get_text())
    section = shown.find_parent("section") or shown.parent
    assert section is not None and "92,7" in section.get_text()
    table = pd.read_csv(project.folder / "outputs" / "3201-baerum" / "observations.csv")
    own = table[table["measure"] == NEW].set_index("year")["value"]
    assert own.to_dict() == wb.load().series(OLD, "Bærum").to_dict()
    assert own.loc[2016] == 92.65
    # No step was needed for it: the description of the package is as it was.
    described = (project.folder / "data" / "datapackage.json").read_bytes()
    assert described == (ROOT / "data" / "datapackage.json").read_bytes()


def test_who_hands_the_data_on_describes_the_measure_by_one_word(project: Project) -> None:
    folder = project.folder / "elsewhere"
    shutil.copytree(project.folder / "data", folder)
    assert project.python("-m", "workbench", "describe", "--data", str(folder))[0] == 0
    told = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    names = {resource["name"] for resource in told["resources"]}
    assert "observations-measles-vaccination" in names
    assert "observations-measles-vaccination-age-16" not in names


def test_a_notebook_with_parameters_and_a_title_is_made_for_everyone(project: Project) -> None:
    for place, name in (("3201-baerum", "Bærum"), ("4003-skien", "Skien")):
        title = f"Hvor mange bor her? \N{EN DASH} {name}"
        brief = page(project, f"{place}/07_people.nb.html")
        assert brief.title is not None and brief.title.get_text() == title
        people = wb.load().series("population", name).loc[2024]
        assert f"2024 {people}" in words(brief)
        assert [heading.get_text() for heading in brief.select("h1")] == [title]
        assert "index.nb.html" in links(brief), "the brief leads to the front page"
        front = page(project, f"{place}/index.nb.html")
        assert links(front)["07_people.nb.html"] == "Hvor mange bor her?", (
            "which leads to the brief"
        )
        assert f"{place}/index.nb.html" in links(page(project, "index.html")), "as does the portal"
        executed = project.folder / "outputs" / place / "notebooks" / "07_people.nb.ipynb"
        assert f'municipality = \\"{place[:4]}\\"' in executed.read_text(encoding="utf-8")


def test_a_folder_makes_a_language_and_what_it_lacks_is_bokmal(project: Project) -> None:
    brief = page(project, "3201-baerum/02_trends.da.html")
    assert brief.html is not None and brief.html["lang"] == "da"
    assert brief.h1 is not None
    assert brief.h1.get_text() == "Går det den rigtige vej i Bærum, og hurtigt nok?"
    said, bokmal = words(brief), words(page(project, "3201-baerum/02_trends.nb.html"))
    assert "Mæslingevaccinerede 16-årige" in said and "Mæslinge" not in bokmal
    short = Language("nb").say("common.in_short")
    assert short in said and short in bokmal, "not translated yet"
    # Numbers follow the reader's convention at once.
    people = wb.load().series("population", "Bærum").iloc[-1]
    assert f"{people:,.0f}".replace(",", ".") in said
    assert f"{people:,.0f}".replace(",", " ") in bokmal
    front = links(page(project, "3201-baerum/index.nb.html"))
    assert front["index.da.html"] == "Dansk"


def test_a_better_translation_makes_only_its_own_briefs_again(project: Project) -> None:
    out = project.folder / "outputs"
    file = project.folder / "workbench" / "text" / "da" / "trends.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + '[short]\nwatch = "Følg: {{ names }}."\n', encoding="utf-8")
    try:
        status, said = project.run(out, "--lang", "nb", "da", "--dry-run")
    finally:
        file.write_text(before, encoding="utf-8")
    due = {line.split()[-1] for line in said.splitlines() if line.startswith("would")}
    assert (status, due) == (0, {"3201-baerum/02_trends.da", "4003-skien/02_trends.da"}), said


# What is wrong is said


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("trends.toml", 'title = "{{ nme }}"', '"title": {{ nme }} is not given here. Did you mea'),
        ("trends.toml", 'title = "{{ name "', '"title": is no template: '),
        ("trends.toml", 'titel = "Hej"', '"titel": no brief says this. Did you mean title?'),
        ("trends.toml", "title = 3", '"title": must be a text.'),
        ("trends.toml", "title = ", "trends.toml is not readable as TOML in UTF-8: "),
        (
            "tends.toml",
            'title = "Hej"',
            "tends.toml: no brief has such a file. Did you mean trends",
        ),
        ("common.toml", 'count = ["nul"]', '"count": must have 13 words.'),
        ("names.toml", "Alder = 3", '"Alder": must be a text.'),
    ],
)
def test_a_broken_text_is_refused_with_its_place(
    texts: Path, file: str, text: str, said: str
) -> None:
    (texts / "sv").mkdir()
    (texts / "sv" / file).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        lint.check("sv")
    told = str(refused.value)
    assert told.startswith('The texts in "sv" cannot be used, 1 fault:\n')
    assert f"workbench/text/sv/{file}" in told and said in told, told


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The texts of the project, to add to."""
    shutil.copytree(translator.TEXT, tmp_path / "text")
    monkeypatch.setattr(translator, "TEXT", tmp_path / "text")
    monkeypatch.setattr(lint, "TEXT", tmp_path / "text")
    caches = (translator._own, translator.texts, translator._template, translator._compiled)
    for cache in caches:
        cache.cache_clear()
    yield tmp_path / "text"
    for cache in caches:
        cache.cache_clear()


def test_the_texts_that_there_are_fit(texts: Path) -> None:
    for code in translator.languages():
        lint.check(code)


def test_a_sentence_that_would_do_more_than_speak_is_refused_before_the_run(texts: Path) -> None:
    (texts / "sv").mkdir()
    (texts / "sv" / "trends.toml").write_text(
        """title = "{% for one in name %}x{% endfor %}"\nkicker = "{{ name.upper() }}"\n""",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match='"title": is no template: for is none of') as refused:
        lint.check("sv")
    assert '"kicker": is no template: call is none of' in str(refused.value)
    # Nor does it speak where nobody checked before.
    with pytest.raises(UsageError, match="call is none of"):
        translator.Language("sv").say("trends.kicker", name="Moss")


def test_a_sentence_that_does_not_fit_its_values_is_told(texts: Path) -> None:
    (texts / "sv").mkdir()
    (texts / "sv" / "trends.toml").write_text('kicker = "{{ name + 1 }}"\n', encoding="utf-8")
    with pytest.raises(UsageError, match='sv/trends.toml, "kicker"'):
        translator.Language("sv").say("trends.kicker", name="Moss")


def test_files_of_texts_are_regular_lie_in_their_folder_and_are_no_book(
    texts: Path, tmp_path: Path
) -> None:
    (tmp_path / "private.toml").write_text('password = "marker"\n', encoding="utf-8")
    (texts / "sv").mkdir()
    trends = texts / "sv" / "trends.toml"
    trends.symlink_to(tmp_path / "private.toml")
    with pytest.raises(UsageError, match="symbolic link") as refused:
        lint.check("sv")
    assert "marker" not in str(refused.value)
    trends.unlink()
    trends.write_text("#" * translator.MOST + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="larger than 1 MB"):
        lint.check("sv")
    trends.unlink()
    trends.mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        lint.check("sv")


def test_every_fault_is_named_at_once(texts: Path) -> None:
    (texts / "sv").mkdir()
    (texts / "sv" / "trends.toml").write_text("title = 3\ntitel = 4\n", encoding="utf-8")
    with pytest.raises(UsageError, match="2 faults"):
        lint.check("sv")


def test_a_folder_that_is_no_language_is_refused(texts: Path) -> None:
    (texts / "klingon").mkdir()
    with pytest.raises(UsageError, match=r'"klingon" writes numbers.*ISO 639-1'):
        lint.check("klingon")
    (texts / ".ipynb_checkpoints").mkdir()
    assert ".ipynb_checkpoints" not in translator.languages()


def test_a_run_says_so_before_it_makes_anything(project: Project) -> None:
    folder = project.folder / "workbench" / "text" / "sv"
    folder.mkdir()
    try:
        (folder / "trends.toml").write_text('title = "{{ nme }}"', encoding="utf-8")
        status, told = project.run(project.folder / "new", "--lang", "sv")
        without, plan = project.run(project.folder / "new", "--lang", "nb", "--dry-run")
    finally:
        shutil.rmtree(folder)
    assert status == 2
    assert without == 0 and ".sv" not in plan, "a language that nobody asks for is left alone"
    assert told.startswith('run_all.py: The texts in "sv" cannot be used, 1 fault:\n'), told
    assert not list((project.folder / "new").glob("*.html"))


def test_a_measure_with_a_column_missing_is_refused_with_its_place(project: Project) -> None:
    folder = project.folder / "broken"
    shutil.copytree(project.folder / "data", folder)
    file = folder / "observations" / f"{NEW}.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("value", "verdi", 1), encoding="utf-8")
    status, told = project.run(project.folder / "new", "--dry-run", "--data", str(folder))
    assert status == 2 and "Traceback" not in told
    assert f'observations/{NEW}.csv, row 1, column "value": is missing; the schema asks' in told
    file.rename(folder / "observations" / "measels.csv")
    status, told = project.run(project.folder / "new", "--dry-run", "--data", str(folder))
    assert status == 2
    assert "observations/measels.csv: has no row in measures.csv" in told


def test_a_notebook_that_declares_no_municipality_is_named(project: Project) -> None:
    folder = project.folder / "notebooks"
    notebook(folder, "08_new", new_code_cell(PARAMETERS))
    try:
        status, said = project.run(project.folder / "new", "--dry-run")
        asked = project.run(project.folder / "new", "--dry-run", "--brief", "08_new")
    finally:
        (folder / "08_new.ipynb").unlink()
    assert status == 0 and "08_new.ipynb is made for nobody: declare municipality" in said, said
    assert asked[0] == 2 and "08_new" in asked[1]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ('municipality: str = "1"', '08_new.ipynb has no parameter "language".'),
        (
            'municipality: int = 1\nlanguage: str = "nb"',
            'The parameter "municipality" of 08_new.ipynb is declared as int; it must be str.',
        ),
    ],
)
def test_a_notebook_without_its_parameters_is_refused_and_stops_no_other(
    project: Project, parameters: str, said: str
) -> None:
    folder = project.folder / "notebooks"
    notebook(folder, "08_new", new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    try:
        status, told = project.run(project.folder / "new", "--dry-run")
        other, silent = project.run(project.folder / "new", "--dry-run", "--brief", "people")
        asked = project.run(project.folder / "new", "--dry-run", "--brief", "new")
    finally:
        (folder / "08_new.ipynb").unlink()
    assert (
        status == 1 and f"  failed: {said}" in told and "would make 3201-baerum/07_people" in told
    )
    assert other == 0 and "08_new" not in silent
    assert asked[0] == 2 and said in asked[1]
