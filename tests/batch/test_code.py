"""Which files a notebook depends on: what it calls, and what that calls, and no more."""

from pathlib import Path

from workbench.batch import code as modules
from workbench.batch.notebooks import NOTEBOOKS, notebook


def behind(*cells: str) -> set[str]:
    return {str(file.relative_to(modules.PACKAGE)) for file in modules.of_cells(cells)}


def test_a_name_of_the_package_stands_for_its_module_and_all_behind_it() -> None:
    found = behind("import workbench as wb\nview = wb.view(None, '3201')", "wb.status.wheel(view)")
    assert {"briefs/view.py", "briefs/status/__init__.py"} <= found
    assert {"charts/__init__.py", "charts/wheel.py"} <= found
    assert {"analysis/projection.py", "dataset/__init__.py", "markup/html.py"} <= found, (
        "through others"
    )
    assert not {"briefs/trends/__init__.py", "batch/cli.py", "batch/pool.py", "lab/page.py"} & found


def test_an_import_counts_wherever_it_stands() -> None:
    assert "charts/trend.py" in behind("def f():\n    from workbench.charts import trend")
    assert "dataset/lookup.py" in behind("import workbench.dataset.lookup")
    assert behind("import pandas as pd\npd.read_csv('x')") == set()


def test_each_brief_depends_on_its_own_module_and_on_no_other_brief() -> None:
    files = sorted(NOTEBOOKS.glob("0[1-6]*.ipynb"))
    known = {file.stem: notebook(file) for file in files}
    for one in known.values():
        found = behind(*one.cells)
        mine = {name for name in found if name.startswith(f"briefs/{one.brief}")}
        others = {other.brief for other in known.values()} - {one.brief}
        assert mine
        assert not [name for name in found if name.startswith(tuple(f"briefs/{o}" for o in others))]


def test_the_texts_are_those_that_are_said() -> None:
    used = modules.of_cells(notebook(NOTEBOOKS / "06_network.ipynb").cells)
    for code in ("nb", "nn"):
        stems = {file.stem for file in modules.texts(used, code)}
        assert {"network", "common"} <= stems and not {"climate", "status"} & stems
    assert Path("nn/names.toml") in {Path(*file.parts[-2:]) for file in modules.texts(used, "nn")}


def test_a_cell_with_signs_of_ipython_is_read_and_a_broken_one_is_no_trouble() -> None:
    """What a broken cell lacks, its own run tells."""
    plain = modules.of_cells(["wb.trends.summary(view)"])
    assert modules.of_cells(["%time wb.trends.summary(view)"]) == plain
    assert modules.of_cells(["!ls\nwb.trends.summary(view)"]) == plain
    assert modules.of_cells(["wb.trends.summary(", "not.a and import a b"]) == plain
