"""What the fork server imports before its first fork, so that its forks need not.

It leaves no thread, no event loop, no socket and no open file behind: a fork would inherit them
half alive.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from workbench.batch.kernels import import_jsonschema

#: What a kernel imports when it starts, and what notebooks do; those of the workbench beside.
#: Neither pyplot nor what imports it: at its import it asks where charts go, and kernels differ.
MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "debugpy.server"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect"),
    *("IPython.core.debugger", "IPython.core.logger", "IPython.extensions.storemagic"),
    *("sqlite3", "tornado.platform.asyncio", "tornado.queues"),
    *("babel.dates", "pandas.core.methods.to_dict", "pandas.core.reshape.reshape"),
    *("matplotlib.backends.backend_svg", "matplotlib.font_manager", "matplotlib.figure"),
    *("scipy.stats", "statsmodels.formula.api", "statsmodels.stats.api"),
    *("zmq.utils.garbage", "papermill", "nbconvert.exporters.templateexporter"),
)

#: What only the program that hands out the work needs, and what no brief does.
_OTHERS = ("__main__", "cli", "dask_backend", "run_report", "pool", "lab", "ingest", "verification")

_PACKAGE = Path(__file__).resolve().parents[2]


def load() -> None:
    """Import all of it, compile what texts and pages are made by, and read the figures.

    The figures come last: the program that plans the run works through the same stages meanwhile,
    and what one of them has made the other finds (`cache.cached`).
    """
    # What is imported lives as long as the process: no collection need visit it, neither while it
    # comes about nor, which would copy its pages, in a fork.
    gc.disable()
    import_jsonschema()
    for name in (*MODULES, *_workbench()):
        with suppress(Exception):  # a fork imports it itself, and says what is wrong
            importlib.import_module(name)
    gc.freeze()
    gc.enable()
    for step in (_compile, _warm):
        with suppress(Exception):  # broken figures are the notebook's to tell of
            step()
    gc.collect()
    gc.freeze()
    # A fork takes the longer the more pages there are, those that reading left free among them.
    with suppress(AttributeError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


def changed() -> int:
    """Return when a module or a text of the package was last changed, in nanoseconds."""
    files = [*_PACKAGE.rglob("*.py"), *_PACKAGE.glob("text/*/*.toml")]
    return max(file.stat().st_mtime_ns for file in files)


#: Begin the names of variables that Python and the modules above read once, at their start.
_READ_ONCE = (
    *("HOME", "LANG", "LC_", "MATPLOTLIBRC", "MPL", "NPY_", "NUMPY_", "PANDAS_", "PATSY_"),
    *("PYTHON", "SCIPY_", "SM_", "TMPDIR", "TZ", "XDG_"),
)

#: Bytes of free memory that a process keeps, and by which it asks for more.
_KEPT, _AHEAD = 256 * 2**20, 16 * 2**20


def environment() -> dict[str, str]:
    """Return the environment of a fork server: that of its host, and what it must have itself."""
    return os.environ | _needed()


def differing(wanted: Mapping[str, str]) -> list[str]:
    """Return the variables that a library here has read once, and that a fork is to have otherwise.

    Parameters
    ----------
    wanted : mapping of str to str
        The environment of the fork.
    """
    own = {*_needed(), "PYTHONPATH"}  # which a request holds as a list of its own
    names = {name for name in {*os.environ, *wanted} - own if name.startswith(_READ_ONCE)}
    return sorted(name for name in names if os.environ.get(name) != wanted.get(name))


def read_settings() -> None:
    """Let matplotlib read its settings as at its import, from this fork's folder and variables."""
    import matplotlib

    settings = matplotlib.rc_params()
    # ipykernel sets the variable, too, but later.
    backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    settings["backend"] = backend
    matplotlib.rcParams.update(settings)


def _needed() -> dict[str, str]:
    # A pool of threads does not survive a fork, and briefs run one to a core anyway.
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    steady = {"PYTHONHASHSEED": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    # A brief is soon over: what it no longer needs is not handed back to the system to be asked
    # for again, each page of it again (mallopt(3); other systems than Linux with glibc ignore it).
    names = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_")
    memory = dict(zip(names, map(str, (_KEPT, _KEPT, _AHEAD)), strict=True))
    return dict.fromkeys(threads, "1") | steady | memory


def _workbench() -> list[str]:
    names = []
    for file in sorted(_PACKAGE.rglob("*.py")):
        parts = [*file.relative_to(_PACKAGE.parent).with_suffix("").parts]
        if not {*parts[1:]} & {*_OTHERS, "kernels"}:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _compile() -> None:
    """Compile sentences, templates and the checks that every page goes through; open the fonts."""
    import nbformat

    from workbench.batch import front_page
    from workbench.charts import plot
    from workbench.language import translator
    from workbench.rendering import page

    # No picture by matplotlib: it keeps fonts open, and forks would share a file's place.
    plot.warm()
    for code in translator.languages():
        with suppress(Exception):  # broken texts are refused where they are asked for
            translator.warm(code)
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="0")])
    nbformat.reads(nbformat.writes(empty), as_version=4)
    page.page(empty, page.Page("", "nb", "", "", "", ""))
    front_page.environment().get_template("front/index.html.j2")


def _warm() -> None:
    """Read the project's own figures, and what is reckoned from all of them."""
    from workbench.analysis import assessment, backtest, emissions, standings
    from workbench.briefs.regression import answers
    from workbench.briefs.view import view
    from workbench.charts import map as maps
    from workbench.dataset import load

    data = load()
    standings.judged(data)
    assessment.trends_and_goals(data)
    assessment.projections(data)
    assessment.judgements(data)
    backtest.report(data)
    backtest.report(data, list(data.measures.loc[data.measures["kpi"].notna(), "measure"]))
    answers.fit(data)
    emissions.ahead(data)
    # Where each municipality's rows stand in every table is found with the first one's.
    first = view(data, str(data.municipalities["number"].iloc[0]))
    for asked in ("assessed", "standings", "judged", "set_aside", "beside"):
        getattr(first, asked)
    maps.country(data.outlines)
