"""Making briefs with real kernels: one that fails stops no other and leaves nothing half done."""

import errno
import re
import time
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.batch import plan as planning
from workbench.batch.execute import make, work
from workbench.batch.pool import Pool
from workbench.batch.tasks import Plan, Result, Task, Work
from workbench.dataset import Dataset

PARAMETERS = 'municipality: str = "3201"\nlanguage: str = "nb"'
SHOW = """
from IPython.display import HTML
HTML(f"<h1>{municipality} in {language}</h1>")
"""
#: Each begins by telling that it has begun.
TELL = "from pathlib import Path\nprint('.', file=Path('begun').open('a'), end='')"
FINE = [TELL, SHOW]
RAISES = [TELL, 'raise ValueError("no figure\\nfor this year")', SHOW]
DIES = [TELL, "import os\nos.kill(os.getpid(), 9)", SHOW]
SLOW = [TELL, "import time\ntime.sleep(2)", SHOW]


def is_made(task: Task) -> bool:
    """Return whether brief and notebook are there and made from what the task is of."""
    return Plan(task.out, [task]).due == []


def plan_of(data: Dataset, folder: Path, **notebooks: list[str]) -> list[Task]:
    """Write notebooks, each into a folder of its own, and return their tasks in that order."""
    tasks = []
    for name, cells in notebooks.items():
        place = folder / name
        place.mkdir(parents=True)
        node = new_notebook(
            cells=[
                new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
                *[new_code_cell(source, id=f"c{at}") for at, source in enumerate(cells)],
            ]
        )
        node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
        (place / f"{name}.ipynb").write_text(nbformat.writes(node), encoding="utf-8")
        made = planning.plan(data, ["3201"], [name], ["nb"], folder / "out", folder=place)
        tasks += made.tasks
    return tasks


def begun(task: Task) -> int:
    """Return how often a notebook was begun."""
    file = task.notebook.parent / "begun"
    return len(file.read_text()) if file.exists() else 0


def outcomes(tasks: list[Task], jobs: int, fail_fast: bool = False) -> dict[str, Result]:
    """Make each task as a piece of work of its own, and return how it went by its brief."""
    works = [piece for work in Plan(tasks[0].out, tasks).works(jobs) for piece in work.pieces()]
    with Pool(jobs, fail_fast) as pool:
        made = list(pool.run(works))
    return {task.brief: result for one in made for task, result in one.results}


def files(folder: Path) -> set[str]:
    """Return what was published, without what the folder notes for itself."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith(".state/")}


def test_one_that_raises_is_told_by_its_first_line_and_stops_no_other(
    data: Dataset, tmp_path: Path
) -> None:
    tasks = plan_of(data, tmp_path, a=FINE, b=RAISES, c=FINE)
    results = outcomes(tasks, jobs=2)
    assert {name: result.outcome for name, result in results.items()} == {
        "a": "succeeded",
        "b": "excepted",
        "c": "succeeded",
    }
    assert results["b"].why == "ValueError: no figure"
    assert results["a"].why == ""
    assert files(tmp_path / "out") == {
        "3201-baerum/a.nb.html",
        "3201-baerum/c.nb.html",
        "3201-baerum/notebooks/a.nb.ipynb",
        "3201-baerum/notebooks/c.nb.ipynb",
    }
    assert [is_made(task) for task in tasks] == [True, False, True]
    assert [begun(task) for task in tasks] == [1, 1, 1], "what raises is not tried again"


@pytest.mark.parametrize("way", ["fork", "process"])
def test_a_cell_that_may_raise_fails_nothing(
    data: Dataset, tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    tasks = plan_of(data, tmp_path, a=["1/0", SHOW], b=["1/0", SHOW, "int('x')"], c=["1/0"])
    for task in tasks[:2]:
        node = nbformat.read(task.notebook, as_version=4)
        node.cells[1].metadata["tags"] = ["raises-exception"]
        nbformat.write(node, task.notebook)
    if way == "fork":
        results = outcomes(tasks, jobs=1)
    else:
        results = {task.brief: make(task) for task in tasks}
    assert results["a"].outcome == "succeeded", results
    assert results["b"].why == "ValueError: invalid literal for int() with base 10: 'x'"
    assert results["c"].why == "ZeroDivisionError: division by zero"
    made = nbformat.read(tasks[0].executed, as_version=4)
    nbformat.validate(made)
    assert made.cells[2].outputs[0].ename == "ZeroDivisionError"
    page = tasks[0].page.read_text(encoding="utf-8")
    assert "<h1>3201 in nb</h1>" in page and "division" not in page
    assert "invalid" not in capfd.readouterr().err


def test_one_whose_kernel_dies_is_tried_twice_and_stops_no_other(
    data: Dataset, tmp_path: Path
) -> None:
    tasks = plan_of(data, tmp_path, a=DIES, b=FINE)
    results = outcomes(tasks, jobs=1)
    assert {name: result.outcome for name, result in results.items()} == {
        "a": "errored",
        "b": "succeeded",
    }
    assert "died" in results["a"].why.casefold()
    assert begun(tasks[0]) == 2
    assert files(tmp_path / "out") == {"3201-baerum/b.nb.html", "3201-baerum/notebooks/b.nb.ipynb"}


def test_one_that_dies_once_is_made_at_the_second_try(data: Dataset, tmp_path: Path) -> None:
    once = "import os\nif len(Path('begun').read_text()) == 1: os.kill(os.getpid(), 9)"
    tasks = plan_of(data, tmp_path, a=[TELL, once, SHOW])
    assert outcomes(tasks, jobs=1)["a"].outcome == "succeeded"
    assert is_made(tasks[0])


def test_a_process_that_dies_takes_no_other_along(data: Dataset, tmp_path: Path) -> None:
    # The fork server, and with that every worker and every brief.
    kill = "import os, psutil, time\nserver = psutil.Process(os.getppid()).parent()\n"
    kill += "server.kill()\ntime.sleep(5)"
    tasks = plan_of(data, tmp_path, a=[TELL, kill], b=SLOW, c=FINE)
    results = outcomes(tasks, jobs=2)
    assert {name: result.outcome for name, result in results.items()} == {
        "a": "errored",
        "b": "succeeded",
        "c": "succeeded",
    }


def test_after_a_failure_nothing_new_is_begun_when_asked(data: Dataset, tmp_path: Path) -> None:
    tasks = plan_of(data, tmp_path, a=RAISES, b=FINE, c=FINE)
    results = outcomes(tasks, jobs=1, fail_fast=True)
    assert {name: result.outcome for name, result in results.items()} == {"a": "excepted"}
    assert [begun(task) for task in tasks] == [1, 0, 0]


def test_what_is_under_way_at_a_failure_is_made(data: Dataset, tmp_path: Path) -> None:
    tasks = plan_of(data, tmp_path, a=RAISES, b=SLOW, c=SLOW, d=FINE)
    results = outcomes(tasks, jobs=3, fail_fast=True)
    assert {name: result.outcome for name, result in results.items()} == {
        "a": "excepted",
        "b": "succeeded",
        "c": "succeeded",
    }
    assert begun(tasks[3]) == 0


def test_the_same_notebook_gives_the_same_bytes(data: Dataset, tmp_path: Path) -> None:
    picture = "from IPython.display import SVG, display\n"
    picture += "display(SVG('<svg><path id=\"a\"/></svg>'), "
    picture += "metadata={'image/svg+xml': {'alt': 'A line'}})"
    (task,) = plan_of(data, tmp_path, a=[TELL, picture, SHOW])
    made = []
    for _ in range(2):
        assert make(task).outcome == "succeeded"
        made.append((task.page.read_bytes(), task.executed.read_bytes()))
    assert made[0] == made[1]
    assert begun(task) == 2


def test_the_executed_notebook_keeps_outputs_and_parameters_but_no_times(
    data: Dataset, tmp_path: Path
) -> None:
    (task,) = plan_of(data, tmp_path, a=[SHOW])
    assert make(task).outcome == "succeeded"
    node = nbformat.read(task.executed, as_version=4)
    nbformat.validate(node)
    injected = [cell for cell in node.cells if "injected-parameters" in cell.metadata["tags"]]
    assert len(injected) == 1 and 'municipality = "3201"' in injected[0].source
    assert node.cells[-1].outputs[0].data["text/html"] == "<h1>3201 in nb</h1>"
    text = task.executed.read_text(encoding="utf-8")
    assert "papermill" not in text and str(tmp_path) not in text
    assert str(time.localtime().tm_year) + "-" not in text, "no date"


def test_a_brief_leads_to_a_page_for_all_whatever_its_name(data: Dataset, tmp_path: Path) -> None:
    (task,) = plan_of(data, tmp_path, **{"07 100 % #1": FINE})
    page = new_notebook(cells=[new_code_cell('language: str = "nb"')])
    page.cells[0].metadata["tags"] = ["parameters"]
    page.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(page, task.notebook.with_name("00_hva? #2.ipynb"))
    assert make(task).outcome == "succeeded"
    (link,) = re.findall(r'href="([^"]*00_hva[^"]*)"', task.page.read_text(encoding="utf-8"))
    path = urlsplit(urljoin(task.page.as_uri(), link)).path
    assert Path(unquote(path)) == task.out / "00_hva? #2.nb.html"


def test_a_brief_with_a_picture_that_lacks_its_alternative_is_not_made(
    data: Dataset, tmp_path: Path
) -> None:
    picture = "from IPython.display import SVG\nSVG('<svg></svg>')"
    (task,) = plan_of(data, tmp_path, a=[picture])
    result = make(task)
    assert result.outcome == "excepted", "it would lack it at a second try, too"
    assert result.why.startswith("A picture (image/svg+xml) has no text alternative.")
    assert files(tmp_path / "out") == set()


def test_a_brief_that_cannot_be_written_is_told(data: Dataset, tmp_path: Path) -> None:
    (task,) = plan_of(data, tmp_path, a=[SHOW])
    task.page.parent.parent.mkdir(parents=True)
    task.page.parent.write_text("in the way", encoding="utf-8")
    result = make(task)
    assert result.outcome == "errored"
    assert result.why


def test_every_task_is_made_once_and_in_order(data: Dataset, tmp_path: Path) -> None:
    tasks = plan_of(data, tmp_path, a=FINE, b=FINE, c=FINE)
    assert list(outcomes(tasks, jobs=1)) == ["a", "b", "c"]
    assert [begun(task) for task in tasks] == [1, 1, 1]
    assert all(is_made(task) for task in tasks)


def test_a_full_disk_is_told_as_such_and_not_tried_again(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = plan_of(data, tmp_path, a=FINE)
    assert make(task).outcome == "succeeded"
    before = (task.page.read_bytes(), task.executed.read_bytes())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workbench.storage.files.write", full)
    result = make(task)
    assert (result.outcome, result.full) == ("errored", True)
    assert result.why == f"there is no room left in {task.out}"
    assert (task.page.read_bytes(), task.executed.read_bytes()) == before
    made = work(Work(task.out, task.ledger, (task, task)))
    assert made.full and len(made.results) == 1


def test_a_page_is_set_again_from_the_executed_notebook(data: Dataset, tmp_path: Path) -> None:
    (task,) = plan_of(data, tmp_path, a=FINE)
    assert make(task).outcome == "succeeded"
    node = nbformat.read(task.notebook, as_version=4)
    node.cells.append(new_markdown_cell("A note.", id="note"))
    task.notebook.write_text(nbformat.writes(node), encoding="utf-8")
    assert make(task, rendered=True).outcome == "succeeded"
    assert begun(task) == 1, "nothing was executed"
    assert "<p>A note.</p>" in task.page.read_text(encoding="utf-8")
    done = nbformat.read(task.executed, as_version=4)
    assert done.cells[-1].source == "A note."
    assert [c.cell_type for c in done.cells] == ["code"] * 4 + ["markdown"]


def test_a_brief_that_was_made_is_not_made_again_when_its_worker_is_killed(
    data: Dataset, tmp_path: Path
) -> None:
    """The worker makes two briefs in one piece of work, and is killed in the second."""
    once = "import os, time\n"
    once += "if len(Path('begun').read_text()) == 1: os.kill(os.getppid(), 9); time.sleep(5)"
    tasks = plan_of(data, tmp_path, a=FINE, b=[TELL, once, SHOW])
    with Pool(1) as pool:
        made = list(pool.run([Work(tasks[0].out, tasks[0].ledger, tuple(tasks))]))
    results = {task.brief: result for one in made for task, result in one.results}
    assert {name: r.outcome for name, r in results.items()} == {"a": "succeeded", "b": "succeeded"}
    assert [begun(task) for task in tasks] == [1, 2]


def test_a_worker_that_finds_ahead_what_briefs_share_gives_the_same_bytes(
    data: Dataset, tmp_path: Path
) -> None:
    """So many briefs of one municipality that its worker assesses it once for all of them."""
    briefs = ["01_status", "04_climate", "06_network"]
    made = {}
    for way in ("worker", "one by one"):
        plan = planning.plan(data, ["4003"], briefs, ["nb"], tmp_path / way)
        tasks = [task for task in plan.tasks if task.number]
        if way == "worker":
            with Pool(1) as pool:
                works = [Work(tasks[0].out, tasks[0].ledger, tuple(tasks))]
                results = [result for one in pool.run(works) for _, result in one.results]
        else:
            results = [make(task) for task in tasks]
        assert [result.outcome for result in results] == ["succeeded"] * 3, results
        made[way] = [(task.page.read_bytes(), task.executed.read_bytes()) for task in tasks]
    assert made["worker"] == made["one by one"]
    assert all(len(page) > 20_000 for page, _ in made["worker"])


def test_all_cells_together_have_a_limit_of_time(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.batch.execute.BRIEF_LIMIT", 4)
    wait = "import time\ntime.sleep(2.5)"
    short, long = plan_of(data, tmp_path, a=[wait, SHOW], b=[wait, wait, SHOW])
    assert make(short).outcome == "succeeded"
    result = make(long)
    assert result.outcome == "errored" and "Timeout" in result.why
