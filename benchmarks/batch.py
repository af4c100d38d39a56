"""How fast briefs are made, against the ways one would do it by hand; real notebooks throughout.

    python benchmarks/batch.py             # the table, about 20 minutes on two cores
    python benchmarks/batch.py --full      # with memory and open files over all municipalities
    python benchmarks/batch.py --against COMMIT   # beside another version, in turn (`against`)

Everything runs in a copy of the project in a temporary folder. Ratios are of one run of this
program: times of different days cannot be compared.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import against
import peers
import psutil

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
#: Small, middling and large ones; with emissions and without.
SAMPLE = (
    *("3201", "4003", "5001", "1151", "1835", "0301", "3909", "5055", "1508", "4601", "3301"),
    *("1103", "4204", "5501", "3107", "3401"),
)
#: All ways show the same: without the tables that are for anyone who sits before a notebook.
STEADY = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
STEADY |= {"WORKBENCH_PLAIN": "1"}
DAY = ["--date", "2026-11-26"]


def main() -> None:
    """Measure, and print a row for each figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--full", action="store_true", help="make all briefs of all municipalities"
    )
    options.add_argument("--only", nargs="+", default=[], metavar="PART")
    options.add_argument("--against", metavar="COMMIT", help="compare with another version")
    options.add_argument(
        "--python", default=sys.executable, help="the Python that has the other version's packages"
    )
    chosen = options.parse_args()
    os.environ.update(STEADY)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parts: dict[str, Callable[[Path], None]] = {
        "loops": loops,
        "charts": charts,
        "full": full,
        "plan": plan_and_change,
        "simulated": simulated,
        "dask": dask,
    }
    if not chosen.full:
        del parts["full"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        project = copied(Path(folder) / "project")
        if chosen.against:
            against.compare(project, chosen.against, chosen.python, SAMPLE, chosen.full)
            return
        run_all(project, Path(folder) / "warm-up", "-m", "3201")
        for name, part in parts.items():
            if not chosen.only or name in chosen.only:
                part(project)


def copied(place: Path) -> Path:
    """Return a copy of the project that may be changed."""
    for name in ("workbench", "data", "notebooks", ".cache"):
        if (ROOT / name).is_dir():
            skip = shutil.ignore_patterns(".ipynb_checkpoints")
            shutil.copytree(ROOT / name, place / name, ignore=skip)
    shutil.copy(ROOT / "run_all.py", place)
    os.environ["PYTHONPATH"] = str(place)
    return place


def run_all(project: Path, out: Path, *options: str) -> float:
    """Make briefs and return the seconds that it took."""
    command = [sys.executable, "run_all.py", "--out", str(out), *DAY, *options]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=project, capture_output=True, encoding="utf-8", check=False)
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return took


def tell(what: str, value: str, aim: str = "") -> None:
    """Print a row of the table."""
    print(f"{what:<62} {value:>22}   {aim}", flush=True)


def loops(project: Path) -> None:
    """Time a brief as made here, by each way that one would make it by hand, and at the floor."""
    out = project.parent / "loops"
    whole = run_all(project, out, "-m", *SAMPLE)
    count = len(SAMPLE) * len(peers.briefs(project))
    brief = whole / count
    shutil.rmtree(out)
    tell(f"brief by run_all.py, of {count}, start and figures included", f"{brief:.3f} s")
    for way, steps in peers.WAYS.items():
        took = peers.seconds(steps, project)
        if took is None:
            tell(f"brief by {way}", "not installed")
            continue
        tell(f"brief by {way}", f"{took:.2f} s")
        tell("  that / run_all.py", f"{took / brief:.1f}")
    loop = subprocess_seconds(project, "loop")
    tell("brief by a loop over papermill.execute_notebook", f"{loop:.2f} s")
    tell("  that / run_all.py", f"{loop / brief:.1f}", "at least 6")
    cells, pages = (float(x) for x in subprocess_output(project, "floor").split())
    floor = cells / (os.cpu_count() or 1) + pages
    bare = float(subprocess_output(project, "marginal"))
    tell("floor: cells of a brief in one warm process / cores + page", f"{floor:.3f} s")
    tell("brief by run_all.py in a long run (marginal, briefs alone)", f"{bare:.3f} s")
    tell("  run_all.py / floor", f"{bare / floor:.2f}", "at most 1.35")


def subprocess_output(project: Path, what: str, *arguments: str) -> str:
    """Run a part of this program in a process of its own and return what it prints."""
    command = [sys.executable, str(Path(__file__)), "--part", what, *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return done.stdout.strip().splitlines()[-1]


def subprocess_seconds(project: Path, what: str) -> float:
    """Return the seconds that such a part tells."""
    return float(subprocess_output(project, what))


def part_loop() -> None:
    """Tell the seconds of a brief by a loop over papermill."""
    print(peers.loop())


def part_floor() -> None:
    """Run the cells of all notebooks in this process, when warm, and set the pages."""
    import workbench as wb
    from workbench.batch import execute
    from workbench.batch.plan import plan
    from workbench.rendering import page

    data = wb.load()
    tasks = [t for t in plan(data, SAMPLE, _briefs(), ["nb"], Path("floor")).tasks if t.number]
    for task in tasks[:6]:
        _cells(task)
    start = time.process_time()
    for task in tasks:
        _cells(task)
    cells = (time.process_time() - start) / len(tasks)
    done = [(task, execute.execute(task)) for task in tasks[:6]]
    page.page(done[0][1], execute._about(done[0][0]))
    start = time.process_time()
    for task, node in done:
        page.page(node, execute._about(task))
    print(cells, (time.process_time() - start) / len(done))


def part_marginal() -> None:
    """Make all briefs of the sample in a warm pool, and tell the seconds of one."""
    import workbench as wb
    from workbench.batch import pool as run
    from workbench.batch.plan import plan

    data = wb.load()
    jobs = os.cpu_count() or 1
    out = Path(tempfile.mkdtemp(prefix="marginal-"))
    works = plan(data, SAMPLE, _briefs(), ["nb"], out).works(jobs)
    starts: list[float] = []
    count = 0
    with run.Pool(jobs) as pool:
        for made in pool.run(works):
            starts.append(time.perf_counter())
            count += len(made.results) if len(starts) > 5 else 0
    shutil.rmtree(out)
    print((starts[-1] - starts[4]) / count)


def _briefs() -> list[str]:
    from workbench.batch.notebooks import briefs

    return briefs()


def _cells(task: object) -> None:
    """Run the cells of a task in this process."""
    from workbench.batch.tasks import Task

    assert isinstance(task, Task)
    told = json.loads(task.notebook.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in (c for c in told["cells"] if c["cell_type"] == "code"):
        *steps, last = ast.parse("".join(cell["source"])).body
        shown = isinstance(last, ast.Expr)
        exec(compile(ast.Module(steps if shown else [*steps, last], []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            getattr(value, "_repr_html_", str)()
        if "parameters" in cell["metadata"].get("tags", []):
            names |= dict(task.parameters)


def charts(project: Path) -> None:
    """Tell the milliseconds of each kind of chart."""
    told = json.loads(subprocess_output(project, "charts"))
    for kind, (count, median) in sorted(told.items()):
        tell(f"chart {kind}, of {count}: median", f"{median:.1f} ms")
    every = [median for count, median in told.values() for _ in range(count)]
    tell("all charts: median", f"{statistics.median(every):.1f} ms", "at most 60")


def part_charts() -> None:
    """Draw all charts of the sample's briefs and time each."""
    import workbench as wb
    from workbench import charts as drawn
    from workbench.batch.plan import plan

    took: dict[str, list[float]] = {}

    def timed(name: str, draw: Callable[..., object]) -> Callable[..., object]:
        def chart(*arguments: object, **named: object) -> object:
            start = time.process_time()
            try:
                return draw(*arguments, **named)
            finally:
                took.setdefault(name, []).append(1000 * (time.process_time() - start))

        return chart

    for name in [n for n in dir(drawn) if n.endswith(("_chart", "wheel", "map"))]:
        if callable(draw := getattr(drawn, name)):
            setattr(drawn, name, timed(name, draw))
    data = wb.load()
    for task in plan(data, SAMPLE[:5], _briefs(), ["nb"], Path("charts")).tasks:
        if task.number:
            _cells(task)
    print(json.dumps({k: [len(v), statistics.median(v)] for k, v in took.items()}))


def plan_and_change(project: Path) -> None:
    """Time a run of all municipalities with nothing to do, and after one corrected figure."""
    out = project.parent / "all"
    if not (out / "run.json").exists():
        noted_as_made(project, out)
    idle = [run_all(project, out, "--all") for _ in range(3)]
    tell("357 x 6 with nothing to do, whole command", f"{statistics.median(idle):.2f} s", "under 3")
    for measure, number, year in (
        ("registered_unemployment_annual", "4003", "2019"),
        ("lower_secondary_grade_points", "5001", "2020"),
        ("flat_share", "1103", "2021"),
    ):
        with changed(project, measure, number, year):
            took = run_all(project, out, "--all")
            due = json.loads((out / "run.json").read_bytes())["outcomes"].get("succeeded", 0)
        aim = "under 10" if measure != "flat_share" else "read by every 03_regression"
        tell(f"one corrected figure ({measure}, {number}): {due} briefs", f"{took:.2f} s", aim)
        run_all(project, out, "--all")


def noted_as_made(project: Path, out: Path) -> None:
    """Make everything once, so that there is something to find up to date."""
    took = run_all(project, out, "--all")
    tell("357 x 6, made once", f"{took:.0f} s")


@contextmanager
def changed(project: Path, measure: str, number: str, year: str) -> Iterator[None]:
    """Change the last digit of one figure, for a while."""
    file = project / "data" / "observations" / f"{measure}.csv"
    text = file.read_text(encoding="utf-8")
    against.correct(file, number, year)
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


#: So many municipalities are simulated, and briefs of so many real ones are timed among them.
SIMULATED, TIMED = 5000, 8

#: So many times both are timed by turns.
ROUNDS = 5


def simulated(project: Path) -> None:
    """Tell what a brief costs among 5,000 municipalities, beside what it costs among today's.

    The same briefs of the same real municipalities, each with the group that it has today; several
    times by turns, of which the quickest count: a machine may be slower for a minute.
    """
    larger = copied(project.parent / "simulated")
    enlarge(larger / "data", SIMULATED)
    costs: dict[Path, list[list[float]]] = {project: [], larger: []}
    for _ in range(ROUNDS):
        for place, found in costs.items():
            os.environ["PYTHONPATH"] = str(place)
            found.append([float(x) for x in subprocess_output(place, "share").split()])
    os.environ["PYTHONPATH"] = str(project)
    least = ([min(one) for one in zip(*c, strict=True)] for c in costs.values())
    for what, usual, many in zip(("CPU", "time"), *least, strict=True):
        among = f"{what} of a brief in a long run among"
        tell(f"{among} 357", f"{usual:.3f} s")
        tell(f"{among} {SIMULATED:,} simulated", f"{many:.3f} s")
        tell(f"  {what} among {SIMULATED:,} / among 357", f"{many / usual:.2f}", "at most 1.15")


def enlarge(folder: Path, count: int) -> None:
    """Fill a folder of figures up with municipalities drawn from the real ones.

    Each has the numbers of people, and all else that is counted, of one real municipality, and
    each other measure of one that is drawn for it; on boundaries that never changed, and without
    an outline. They are compared with each other in groups of twenty.
    """
    import numpy as np
    import pandas as pd

    import workbench as wb

    data = wb.load(folder)
    chance = np.random.default_rng(count)
    real = data.municipalities.set_index("number")
    taken = set(data.municipality_history["number"])
    free = [number for number in (f"{n:04d}" for n in range(10000)) if number not in taken]
    new = pd.Series(free[: count - len(real)], name="municipality")
    whole = pd.Series(chance.choice(list(real.index), len(new)), name="of")
    name = real["name"].loc[whole].reset_index(drop=True).astype(str) + " " + new
    county = real[["county", "county_name"]].loc[whole].reset_index(drop=True)
    places = pd.DataFrame({"number": new, "name": name, "official_name": name}).join(county)
    past = {"number": new, "name": name, "first_year": 1940, "municipality": new, "split": "no"}
    groups = pd.DataFrame({"group": [f"county-drawn-{n // 20}" for n in new.index]}).join(new)
    add(folder / "municipalities.csv", places)
    add(folder / "municipality_history.csv", pd.DataFrame(past))
    add(folder / "groups.csv", groups)
    counted = set(data.measures.loc[data.measures["aggregation"] == "sum", "measure"])
    for measure, rows in data.observations.groupby("measure"):
        drawn = pd.Series(chance.choice(list(real.index), len(new)), name="of")
        of = whole if measure in counted else drawn
        figures = rows.rename(columns={"municipality": "of"})
        file = folder / "observations" / f"{measure}.csv"
        if file.exists():  # what a municipality reported itself has none
            add(file, pd.concat([new, of], axis=1).merge(figures))


def add(file: Path, rows: pd.DataFrame) -> None:
    """Write rows below those of a CSV file, in its columns."""
    columns = file.read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
    rows.reindex(columns=columns).to_csv(file, mode="a", header=False, index=False)


def part_share() -> None:
    """Make briefs in a warm pool, and tell the seconds of CPU and of time that one took.

    CPU is that of this process, of the workers, and of the forks in which cells are executed: those
    that are gone are told by the process whose children they were.
    """
    import workbench as wb
    from workbench.batch import pool as run
    from workbench.batch.plan import plan

    def used() -> float:
        time.sleep(1)  # the last fork has to be gone
        here = psutil.Process()
        server = next(p for p in here.children() if "forkserver" in " ".join(p.cmdline()))
        own = here.cpu_times()
        others = [process.cpu_times() for process in (server, *server.children())]
        return own.user + own.system + sum(sum(one[:4]) for one in others)

    data, jobs = wb.load(), os.cpu_count() or 1
    out = Path(tempfile.mkdtemp(prefix="share-"))
    works = plan(data, SAMPLE, _briefs(), ["nb"], out).works(jobs)
    works = [work for work in works if work.number]
    with run.Pool(jobs) as pool:
        list(pool.run(works[TIMED:]))
        before, start = used(), time.perf_counter()
        made = [result for done in pool.run(works[:TIMED]) for _, result in done.results]
        took, after = time.perf_counter() - start, used()
    shutil.rmtree(out)
    assert all(result.outcome == "succeeded" for result in made), made
    print((after - before) / len(made), took / len(made))


def dask(project: Path) -> None:
    """Compare two Dask workers with one, in a run so long that its start weighs little."""
    every = ["--lang", "nb", "nn", "en"]
    took = {}
    for count in (1, 2):
        with cluster(project, count) as address:
            out = project.parent / "dask"
            run_all(project, out, "-m", *SAMPLE[:2], "--scheduler", address)  # warms them
            shutil.rmtree(out)
            took[count] = run_all(project, out, "-m", *SAMPLE, *every, "--scheduler", address)
            shutil.rmtree(out)
    briefs = len(SAMPLE) * len(peers.briefs(project)) * (len(every) - 1)
    for count, seconds in took.items():
        tell(f"{briefs} briefs on {count} Dask worker(s)", f"{seconds:.1f} s")
    tell("  two workers / one", f"{took[1] / took[2]:.2f}", "at least 1.8")


@contextmanager
def cluster(project: Path, workers: int) -> Iterator[str]:
    """Run a Dask scheduler and workers on loopback."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    dask = [sys.executable, "-m", "dask"]
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"cwd": project, "stderr": subprocess.DEVNULL}
    place = ["--host", "127.0.0.1", "--no-dashboard"]
    many = ["--nworkers", str(workers), "--nthreads", "1"]
    begun = [subprocess.Popen([*dask, "scheduler", *place, "--port", port], **quiet)]  # type: ignore[call-overload]
    time.sleep(3)
    begun.append(subprocess.Popen([*dask, "worker", address, *place, *many], **quiet))  # type: ignore[call-overload]
    try:
        yield address
    finally:
        for process in reversed(begun):
            process.terminate()
            process.wait()


def full(project: Path) -> None:
    """Make all briefs of all municipalities, and watch the processes that make them."""
    out = project.parent / "all"
    seen: dict[int, list[tuple[float, int, int]]] = {}
    going = threading.Event()

    def watch() -> None:
        while not going.wait(5):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    # Workers and what they fork; those do not live long.
                    if "forkserver" in " ".join(process.cmdline()):
                        facts = (time.time(), process.memory_info().rss, process.num_fds())
                        seen.setdefault(process.pid, []).append(facts)

    watcher = threading.Thread(target=watch)
    watcher.start()
    took = run_all(project, out, "--all")
    going.set()
    watcher.join()
    files = [path for path in out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    told = json.loads((out / "run.json").read_bytes())
    tell(f"all: {told['outcomes']}", f"{took:.0f} s")
    tell(f"  {len(files)} files", f"{size / 1e6:.0f} MB")
    # The first that was seen is the fork server itself.
    for rows in [rows for rows in seen.values() if len(rows) > 20][1:]:
        tenth = len(rows) // 10
        early = statistics.median(rss for _, rss, _ in rows[tenth : 2 * tenth])
        late = statistics.median(rss for _, rss, _ in rows[-tenth:])
        tell(
            "  memory of a process, last tenth / second tenth", f"{late / early:.3f}", "under 1.10"
        )
        fds = [n for _, _, n in rows[tenth:]]
        tell("  open files of it, second tenth and last", f"{fds[0]}, {fds[-1]}", "the same")


PARTS = {"loop": part_loop, "floor": part_floor, "marginal": part_marginal, "charts": part_charts}
PARTS["share"] = part_share

if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        PARTS[sys.argv[2]]()
    else:
        main()
