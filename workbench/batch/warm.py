"""What the fork server imports before its first fork, so that its forks need not.

`multiprocessing` imports this module in the fork server and nowhere else; all is done at that. It
leaves no thread, no event loop, no socket and no open file behind: a fork would inherit them half
alive. Neither pyplot nor what imports it is here: at its import it asks where charts go, and that
is each notebook's matter.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
from contextlib import suppress
from pathlib import Path

from workbench.batch.fork_server import give_back, import_jsonschema

#: What a notebook's shell imports when it starts, and what notebooks and pages do.
_LIBRARIES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "debugpy.server"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect"),
    *("IPython.core.debugger", "IPython.core.logger", "IPython.extensions.storemagic"),
    *("sqlite3", "tornado.platform.asyncio", "tornado.queues"),
    *("babel.dates", "pandas.core.methods.to_dict", "pandas.core.reshape.reshape"),
    *("matplotlib.backends.backend_svg", "matplotlib.font_manager", "matplotlib.figure"),
    "matplotlib.style.core",
    *("zmq.utils.garbage", "papermill", "nbconvert.exporters.templateexporter", "xlsxwriter"),
    *("workbench.lab.display", "workbench.lab.strip"),  # each notebook begins with them
)

#: What takes long to import, and no brief needs: what was made with it is kept. A notebook of one's
#: own may.
_RARE = ("scipy.stats", "statsmodels.api", "statsmodels.formula.api")

_HOST = os.getppid()

_PACKAGE = Path(__file__).resolve().parents[1]

#: What only the program that hands out the work needs, and no brief.
_OTHERS = ("__main__", "cli", "dask_backend", "run_report", "pool", "lab", "ingest", "verification")


def _workbench() -> list[str]:
    """Return the names of the package's modules that briefs are made with."""
    names = []
    for file in sorted(_PACKAGE.rglob("*.py")):
        parts = [*file.relative_to(_PACKAGE.parent).with_suffix("").parts]
        if not {*parts[1:]} & {*_OTHERS, "warm"}:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _rare() -> list[str]:
    """Return those of `_RARE` whose library a notebook, or a module beside it, imports."""
    from workbench.batch.notebooks import NOTEBOOKS
    from workbench.storage import files

    named: set[bytes] = set()
    for path in (*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("*.py")):
        with suppress(Exception):  # such as a folder or a pipe: what is wrong the plan says
            named |= {*re.findall(rb"\b(?:import|from) (\w+)", files.read(path))}
    return [name for name in _RARE if name.partition(".")[0].encode() in named]


def _compile() -> None:
    """Compile sentences, templates and the checks that every page goes through."""
    import nbformat
    from matplotlib.backends import backend_registry

    from workbench.batch import front_page
    from workbench.language import translator
    from workbench.rendering import page

    backend_registry.list_all()  # which packages draw: asked for by each notebook's settings
    for code in translator.languages():
        with suppress(Exception):  # broken texts are refused where they are asked for
            translator.warm(code)
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="0")])
    nbformat.reads(nbformat.writes(empty), as_version=4)
    page.page(empty, page.Page("", "nb", "", "", "", ""))
    front_page.environment().get_template("front/index.html.j2")


def _read_figures() -> None:
    """Read the project's own figures, last: meanwhile the planning run makes what is found here."""
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
    backtest.report(data, split=backtest.SPLIT)
    answers.fit(data)
    emissions.ahead(data)
    # Where each municipality's rows stand in every table is found with the first one's.
    first = view(data, str(data.municipalities["number"].iloc[0]))
    for asked in ("stands", "assessed", "tested", "standings", "judged", "set_aside", "beside"):
        getattr(first, asked)
    maps.country(data.outlines)


def _prepare_kernel() -> None:
    """Make the shell: it looks at every module there is, which would copy their pages in a fork."""
    from workbench.batch import engine

    engine.prepare()


def _end_with_host() -> None:
    """End where the host has ended: a command that is refused is over before all is loaded."""
    if os.getppid() != _HOST:
        os._exit(0)


# What is imported lives as long as the process: no collection need visit it, neither while it
# comes about nor, which would copy its pages, in a fork.
gc.disable()
import_jsonschema()
for _name in (*_LIBRARIES, *_workbench(), *_rare()):
    _end_with_host()
    with suppress(Exception):  # a fork imports it itself, and says what is wrong
        importlib.import_module(_name)
gc.freeze()
gc.enable()
for _step in (_compile, _prepare_kernel, _read_figures):
    _end_with_host()
    with suppress(Exception):  # what is wrong with the figures is said by the notebook
        _step()
gc.collect()
gc.freeze()
# A fork takes the longer the more pages there are, those that reading left free among them.
give_back()
