"""What the fork server imports before its first fork, so that its forks need not.

Imported by the fork server and by nobody else. It leaves no thread, no event loop, no socket
and no open file behind: a fork would inherit them half alive.
"""

import gc
import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path

# Before numpy: a pool of threads does not survive a fork, and briefs run one to a core anyway.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# An analyst's breakpoints hold in notebooks and modules, if not inside Python's frozen ones.
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
# 2.5 s of parsers for a format of addresses that no notebook holds (python-jsonschema 1428);
# jsonschema does without it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

#: What a kernel imports when it starts, and what notebooks do; those of the workbench beside.
MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "debugpy.server"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect"),
    *("IPython.core.debugger", "IPython.core.logger", "IPython.extensions.storemagic"),
    *("matplotlib_inline.backend_inline", "sqlite3", "tornado.platform.asyncio", "tornado.queues"),
    *("matplotlib.backends.backend_svg", "matplotlib.font_manager", "matplotlib.pyplot"),
    *("scipy.stats", "statsmodels.formula.api", "statsmodels.stats.api", "seaborn"),
    *("papermill", "nbconvert.exporters.templateexporter", "zmq.utils.garbage"),
)

#: How many threads this process had when it last forked, when the package had last changed when
#: it was loaded, and what could not be loaded.
threads = 0
loaded = 0
faults: list[str] = []


def sources() -> int:
    """Return when a module of the package last changed, in nanoseconds."""
    package = Path(__file__).resolve().parents[1]
    return max(file.stat().st_mtime_ns for file in package.rglob("*.py"))


def count_threads() -> int:
    """Return how many threads this process has; 1 where that cannot be told."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1


def _note_threads() -> None:
    global threads
    threads = count_threads()


def _workbench() -> list[str]:
    """Return all modules of the package but those that do something when imported."""
    package = Path(__file__).resolve().parents[1]
    names = []
    for file in sorted(package.rglob("*.py")):
        parts = [*file.relative_to(package.parent).with_suffix("").parts]
        if parts[-1] == "__main__" or "kernels" in parts:
            continue
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _load() -> None:
    for name in (*MODULES, *_workbench()):
        try:
            importlib.import_module(name)
        except Exception as error:  # a fork imports it itself, or says what is wrong
            faults.append(f"{name}: {error}")
    with suppress(Exception):  # broken figures are the notebook's to tell of
        _warm()


def _warm() -> None:
    """Read the project's own figures, and what is reckoned from all of them."""
    from workbench.dataset import load
    from workbench.goals import every_standing

    every_standing(load())


# Only in the fork server: whoever else imports this module wants its names.
if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    loaded = sources()
    _load()
    os.register_at_fork(before=_note_threads)
    # What lives now lives as long as the process: no collection need visit, and so copy, its pages.
    gc.collect()
    gc.freeze()
