"""What is read of a notebook, no matter who wrote it: parameters, title, for whom it is made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.batch import notebooks
from workbench.batch.execute import make
from workbench.batch.notebooks import check, choose_briefs, notebook, survey
from workbench.batch.plan import plan
from workbench.batch.tasks import Task
from workbench.dataset import Dataset
from workbench.errors import UsageError

DECLARED = 'municipality: str = "3201"\nlanguage: str = "nb"'
GIVEN = {"municipality": "4003", "language": "nn"}

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a notebook from its parameters, its other cells and its note."""

    def write(
        parameters: str = DECLARED, *cells: str, note: str = "# Egen", name: str = "08_egen"
    ) -> Path:
        tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        node = new_notebook(cells=[new_markdown_cell(note), tagged, *map(new_code_cell, cells)])
        file = tmp_path / f"{name}.ipynb"
        nbformat.write(node, file)
        return file

    return write


def changed(file: Path, change: Callable[[Any], object], *, mark: bool = False) -> Path:
    """Change what a file of a notebook holds, as programs that nobody here knows do."""
    told = json.loads(file.read_text(encoding="utf-8"))
    change(told)
    file.write_text(json.dumps(told), encoding="utf-8-sig" if mark else "utf-8")
    return file


# Parameters


@pytest.mark.parametrize(
    "parameters",
    [
        'municipality: str = "3201"  # f.eks. "0301" = Oslo\nlanguage: str = "nb"  # nb, nn',
        'municipality: str | None = None\nlanguage: "str" = "nb"',
        'from typing import Literal, Optional\nlanguage: Literal["nb", "nn"] = "nb"\n'
        'municipality: Optional[str] = "3201"',
        'municipality, language = "3201", "nb"',
        'municipality = (\n    "3201"  # = Bærum\n)\nlanguage = municipality and "nb"',
        'municipality: str\nlanguage: str = "nb"; peers: str = ""',
        '%matplotlib inline\nmunicipality: str = "3201"\nlanguage: str = "nb"',
    ],
)
def test_parameters_are_read_as_python_reads_them(written: Written, parameters: str) -> None:
    known = notebook(written(parameters))
    assert {"municipality", "language"} <= set(known.parameters)
    assert known.made_for() == "municipality"
    check(Path("08_egen.ipynb"), known, GIVEN)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("municipality: int = 3201\nlanguage: str = 'nb'", '"municipality".*declared as int'),
        ("municipality: list[str] = []\nlanguage: str = 'nb'", r"declared as list\[str\]"),
        (
            'municipality: str = "3201"\nlanguage: Literal["nb", "en"] = "nb"',
            r"\"language\".*declared as Literal\['nb', 'en'\].*gives it 'nn'",
        ),
        (f'{DECLARED}\nname = municipality + " kommune"', 'works out "name" from "municipality"'),
        (f"{DECLARED}\nfile = open(f'{{language}}.csv')", 'works out "file" from "language"'),
        ('kommune: str = "3201"\nlanguage: str = "nb"', 'no parameter "municipality"'),
    ],
)
def test_what_would_not_be_what_a_run_gives_is_refused_by_name(
    written: Written, parameters: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        check(Path("08_egen.ipynb"), notebook(written(parameters)), GIVEN)
    assert "08_egen.ipynb" in str(refused.value)


def test_a_parameter_that_is_set_again_further_down_is_refused(written: Written) -> None:
    with pytest.raises(UsageError, match=r'08_egen.ipynb sets "municipality" again below'):
        check(Path("08_egen.ipynb"), notebook(written(DECLARED, 'municipality = "0301"')), GIVEN)
    mine = ["municipality = municipality.zfill(4)", 'if not language:\n    language = "nb"']
    check(Path("08_egen.ipynb"), notebook(written(DECLARED, *mine, 'peers = ""')), GIVEN)


def test_a_second_cell_of_parameters_is_one_that_sets_them_again(written: Written) -> None:
    file = written(DECLARED, DECLARED)
    changed(file, lambda told: told["cells"][2]["metadata"].update(tags=["parameters"]))
    with pytest.raises(UsageError, match="again below"):
        check(file, notebook(file), GIVEN)
    changed(file, lambda told: told["cells"][2]["metadata"].update(tags=["injected-parameters"]))
    check(file, notebook(file), GIVEN)


@pytest.mark.parametrize("tags", [["parameters"], []])
def test_a_page_for_all_may_not_be_that_of_one_municipality(
    written: Written, tags: list[str]
) -> None:
    file = written('language: str = "nb"', 'municipality: str = "3201"', "municipality")
    changed(file, lambda told: told["cells"][2]["metadata"].update(tags=tags))
    found = survey(file.parent)
    assert (found.briefs, found.pages) == ([], [])
    (said,) = found.unreadable
    assert said.startswith('08_egen.ipynb sets "municipality" below the cell tagged "parameters"')
    assert survey(written('language: str = "nb"', "wb.explained.rules()").parent).pages


def test_a_page_for_all_that_is_refused_is_referred_to_by_none(written: Written) -> None:
    file = written("language: int = 1", name="12_feil")
    written('language: str = "nb"', 'language = "en"', name="13_feil")
    written('language: str | None = "nb"', name="14_ordliste")
    found = survey(file.parent)
    assert found.pages == ["14_ordliste"]
    assert [said.partition(".ipynb")[0].split()[-1] for said in found.unreadable] == [
        "12_feil",
        "13_feil",
    ]


def test_a_parameter_that_is_imported_is_set_again(written: Written) -> None:
    for cell in ("from mine import municipality", "import mine as municipality"):
        with pytest.raises(UsageError, match="again below"):
            check(Path("08_egen.ipynb"), notebook(written(DECLARED, cell)), GIVEN)
    check(Path("08_egen.ipynb"), notebook(written(DECLARED, "import mine, json as kept")), GIVEN)


@pytest.mark.parametrize(
    "cell",
    [
        "for municipality in ('0301', '1103'):\n    print(municipality)",
        "with open('x') as municipality:\n    pass",
        "if (municipality := '0301'):\n    pass",
        "def choose():\n    global municipality\n    municipality = '0301'",
    ],
)
def test_a_parameter_that_a_loop_or_a_function_sets_is_set_again(
    written: Written, cell: str
) -> None:
    with pytest.raises(UsageError, match="again below.*or use another name there"):
        check(Path("08_egen.ipynb"), notebook(written(DECLARED, cell)), GIVEN)


def test_a_name_that_stays_in_a_function_or_a_list_is_no_parameter(written: Written) -> None:
    inside = "def of(municipality):\n    for municipality in '12':\n        pass"
    check(
        Path("08_egen.ipynb"),
        notebook(written(DECLARED, inside, "[municipality for municipality in '12']")),
        GIVEN,
    )


def test_a_cell_of_parameters_that_is_no_python_is_refused_with_its_place(
    written: Written,
) -> None:
    with pytest.raises(UsageError, match=r'"parameters" of 08_egen.ipynb is no Python.*line 2'):
        notebook(written('municipality = "3201"\nlanguage = "nb'))


@pytest.fixture
def task(data: Dataset, tmp_path: Path) -> Callable[[Path, str], Task]:
    def one(file: Path, number: str) -> Task:
        made = plan(data, [number], [file.stem], ["nb"], tmp_path / "out", folder=file.parent)
        return made.tasks[-1]

    return one


def test_a_line_with_a_comment_that_papermill_cannot_read_gives_each_its_own_page(
    written: Written, task: Callable[[Path, str], Task], caplog: pytest.LogCaptureFixture
) -> None:
    file = written(
        'municipality: str = "3201"  # f.eks. "0301" = Oslo\nlanguage: str = "nb"', "municipality"
    )
    skien = task(file, "4003")
    assert make(skien).outcome == "succeeded"
    page = skien.page.read_text(encoding="utf-8")
    assert "4003" in page and "3201" not in page
    assert caplog.messages == [], "papermill does not speak of what it cannot read"


# Anyone who wrote it


def as_format_3(told: Any) -> None:
    note, *cells = told.pop("cells")
    heading = {"cell_type": "heading", "level": 1, "source": note["source"], "metadata": {}}
    code = {"cell_type": "code", "language": "python", "collapsed": False, "outputs": []}
    older = [code | {"input": cell["source"], "metadata": cell["metadata"]} for cell in cells]
    told.update(nbformat=3, nbformat_minor=0, metadata={"name": ""})
    told["worksheets"] = [{"cells": [heading, *older], "metadata": {}}]


STRANGE: dict[str, Callable[[Any], object]] = {
    "no kernel": lambda told: told["metadata"].pop("kernelspec", None),
    "another kernel": lambda told: told["metadata"].update(
        kernelspec={"name": "conda-env-gis-py", "language": "python", "display_name": "GIS"}
    ),
    "nothing where there is something": lambda told: told["metadata"].update(
        kernelspec=None, language_info=None, workbench=3, colab={"provenance": []}
    ),
    "an older format": lambda told: (
        told.update(nbformat_minor=2),
        [cell.pop("id") for cell in told["cells"]],
    ),
    "format 3": as_format_3,
    "metadata of other types": lambda told: told["metadata"].update(papermill="x", title=3),
    "no metadata": lambda told: told.update(metadata=None),
    "tags that are none": lambda told: told["cells"][1]["metadata"]["tags"].append({"a": 1}),
    "one tag by itself": lambda told: told["cells"][1]["metadata"].update(tags="parameters"),
    "cells without anything": lambda told: [
        told["cells"][2].pop(name) for name in ("metadata", "outputs", "execution_count")
    ],
}


@pytest.mark.parametrize("strange", STRANGE)
def test_a_notebook_of_another_program_is_made_by_the_projects_kernel(
    written: Written, task: Callable[[Path, str], Task], strange: str
) -> None:
    file = written(DECLARED, "municipality", name="08 {egen}")
    changed(file, STRANGE[strange], mark=True)
    one = task(file, "4003")
    made = []
    for _ in range(2):
        result = make(one)
        assert result.outcome == "succeeded", result
        made.append(one.executed.read_bytes())
    assert "4003" in one.page.read_text(encoding="utf-8")
    assert made[0] == made[1], "names of cells are not drawn by chance"


@pytest.mark.parametrize("text", ["", "{}", '{"cells": 3}', "<html>", "<<<<<<< HEAD\n{}"])
def test_a_file_that_is_no_notebook_is_told_and_the_others_are_there(
    written: Written, text: str
) -> None:
    file = written()
    file.with_name("09_ny.ipynb").write_text(text, encoding="utf-8")
    found = survey(file.parent)
    assert found.briefs == ["08_egen"]
    (said,) = found.unreadable
    assert said.startswith("09_ny.ipynb is not readable as a notebook: ")
    assert choose_briefs(["egen"], file.parent) == ["08_egen"], "it is not even looked at"
    with pytest.raises(UsageError, match="not readable"):
        choose_briefs(["ny"], file.parent)


def test_what_is_no_file_of_a_notebook_stops_no_other(written: Written) -> None:
    file = written()
    # As Emacs locks what is open, macOS copies to other disks, and Jupyter saves.
    file.with_name(".#08_egen.ipynb").symlink_to("kari@maskin.1234:1")
    file.with_name("._08_egen.ipynb").write_bytes(b"\0\x05\x16\x07\0\x02\0\0Mac OS X\xff")
    file.with_name(".~08_egen.ipynb").write_text("{", encoding="utf-8")
    assert (survey(file.parent).briefs, survey(file.parent).unreadable) == (["08_egen"], [])
    file.with_name("09_borte.ipynb").symlink_to("ingen.ipynb")
    file.with_name("10_mappe.ipynb").mkdir()
    found = survey(file.parent)
    assert found.briefs == ["08_egen"]
    assert [said.partition(" is no file")[0] for said in found.unreadable] == [
        "09_borte.ipynb",
        "10_mappe.ipynb",
    ]


def test_one_in_another_language_is_left_out_with_its_reason(written: Written) -> None:
    file = written('municipality <- "3201"', name="analyse")
    changed(file, lambda told: told["metadata"].update(language_info={"name": "R"}))
    found = survey(file.parent)
    assert (found.briefs, found.pages, found.unreadable) == ([], [], [])
    assert found.left_out == ["analyse.ipynb is written in r; only Python is executed."]


def test_copies_drafts_and_checkpoints_are_left_out_and_said_once(written: Written) -> None:
    names = ["Untitled", "Untitled1", "08_egen-Copy1", "08_egen-Copy12", "08_egen copy 2"]
    names += ["08_egen - Kopi", "08_egen - Kopi (2)", "Kopi av 08_egen", "08_egen (1)"]
    names += ["08_egen-checkpoint", "08_egen (Kari sin konfliktkopi - kopi 2)"]
    names += [
        "Untitled-1",
        "08_egen_copy",
        "08_egen.kopi",
        "08_egen (Karis konfliktkopi 2026-01-02)",
    ]
    names += ["08_egen.sync-conflict-20260102-101010-ABCDEFG"]
    for name in ["08_egen", "09_kopier", "10_copyright", "11_kopi", *names]:
        file = written(name=name)
    file.with_name("Untitled2.ipynb").write_text("", encoding="utf-8")
    found = survey(file.parent)
    assert found.briefs == ["08_egen", "09_kopier", "10_copyright", "11_kopi"]
    assert found.unreadable == []
    (said,) = found.left_out
    assert all(name in said for name in names) and "--brief" in said
    assert choose_briefs(["08_egen-Copy1"], file.parent) == ["08_egen-Copy1"], "as asked"


def test_a_short_name_that_two_have_is_refused(written: Written) -> None:
    written(name="08_egen")
    folder = written(name="18_egen").parent
    with pytest.raises(UsageError, match='"egen" can be 08_egen or 18_egen. Use the whole name'):
        choose_briefs(["egen"], folder)
    assert choose_briefs(["18_egen"], folder) == ["18_egen"]


def test_a_notebook_may_not_have_the_name_of_the_front_page(written: Written) -> None:
    file = written(name="index")
    with pytest.raises(UsageError, match="written over by the front pages"):
        check(file, notebook(file), GIVEN)


# Its title


@pytest.mark.parametrize(
    ("note", "title"),
    [
        ("```python\n# bare en kommentar\n```\n\n# Riktig tittel", "Riktig tittel"),
        ("~~~\n# kode\n~~~\n\n    # mer kode\n\n# Riktig tittel #", "Riktig tittel"),
        ("Riktig tittel\n=============", "Riktig tittel"),
        ("Under\n-----\n\n# Riktig tittel", "Riktig tittel"),
        (
            "# **Boliger** i `kommunen` & <em>byen</em> {#anker}",
            "Boliger i kommunen & byen",
        ),
        ("# [Boliger](https://example.org) i 2030 \\# 1 &amp; 2", "Boliger i 2030 # 1 & 2"),
        ("<!-- # Skjult -->\n<h1>Riktig <b>tittel</b></h1>", "Riktig tittel"),
        ("![skjermbilde](attachment:bilde.png)\n\n# Riktig tittel", "Riktig tittel"),
        ("# ![logo](attachment:logo.png) Riktig tittel", "Riktig tittel"),
        ("## Under", "08_egen"),
        ("Ingen overskrift", "08_egen"),
    ],
)
def test_a_title_is_the_words_of_the_first_heading(written: Written, note: str, title: str) -> None:
    assert notebook(written(note=note)).heading == title


def test_some_are_made_only_where_a_run_names_them() -> None:
    asked = ["10_compare", "11_rank", "12_relate", "13_changes"]
    assert not {*asked} & {*survey().briefs}
    assert choose_briefs(["compare", "rank", "relate", "13_changes"]) == asked
    for name in asked:
        path = notebooks.NOTEBOOKS / f"{name}.ipynb"
        check(path, notebook(path), GIVEN | {"peers": "x", "data_folder": "y"})


def test_the_notebooks_of_the_project_are_all_made() -> None:
    found = survey()
    assert found.pages == ["00_methods"] and len(found.briefs) == 6
    assert (found.unreadable, found.left_out) == ([], [])
    for name in found.briefs:
        path = notebooks.NOTEBOOKS / f"{name}.ipynb"
        check(
            path, notebook(path), GIVEN | {"peers": "x", "data_folder": "y", "interactive": False}
        )
