"""A workbench for Norwegian municipalities: U4SSC indicators against the UN goals of 2030.

>>> import workbench as wb
>>> data = wb.load()
>>> data.municipality("Bærum")
'3201'

Public names are imported when they are first used, so that ``import workbench`` is quick.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.analysis.assessment import assess
    from workbench.analysis.regression.model import Regression, regress
    from workbench.analysis.regression.slopes import Slopes, random_slopes
    from workbench.analysis.trend import trend
    from workbench.briefs import changes, climate, compare, network, rank, relate, status, trends
    from workbench.briefs import methods as explained
    from workbench.briefs import plan as decisions
    from workbench.briefs import regression as across
    from workbench.briefs.view import View, view
    from workbench.charts.show import show
    from workbench.dataset import Dataset, load
    from workbench.errors import DataError, MissingFigures, UsageError, WorkbenchError
    from workbench.lab.explorer import explore
    from workbench.lab.feed_builder import feed
    from workbench.lab.model_builder import builder
    from workbench.lab.run_brief import Brief, brief
    from workbench.lab.strip import strip

__version__ = "0.1.0"

_MODULES = {
    "analysis.assessment": ("assess",),
    "analysis.trend": ("trend",),
    "analysis.regression.model": ("Regression", "regress"),
    "analysis.regression.slopes": ("Slopes", "random_slopes"),
    "briefs.view": ("View", "view"),
    "charts.show": ("show",),
    "dataset": ("Dataset", "load"),
    "errors": ("DataError", "MissingFigures", "UsageError", "WorkbenchError"),
    "lab.explorer": ("explore",),
    "lab.feed_builder": ("feed",),
    "lab.model_builder": ("builder",),
    "lab.run_brief": ("Brief", "brief"),
    "lab.strip": ("strip",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

#: The briefs' modules; three public names are older than the notebooks' own.
_BRIEFS = {
    **{
        name: name
        for name in (
            "status",
            "trends",
            "climate",
            "network",
            "compare",
            "rank",
            "relate",
            "changes",
        )
    },
    **{"across": "regression", "decisions": "plan", "explained": "methods"},
}

#: Kinds that nobody makes by name, and errors caught by that of all; they are there all the same.
_SELDOM = {
    "MissingFigures",
    "Regression",
    "Slopes",
    "View",
    "Dataset",
    "Brief",
    "DataError",
    "UsageError",
}

#: What the Tab key offers.
__all__ = sorted({*_HOME, *_BRIEFS} - _SELDOM)


def __getattr__(name: str) -> Any:
    if (name in _HOME or name in _BRIEFS) and "IPython" in sys.modules:
        from workbench.lab import display

        display.register()
    if name in _HOME:
        return getattr(import_module(f"workbench.{_HOME[name]}"), name)
    if name in _BRIEFS:
        from workbench.briefs.sections import Sections

        return Sections(name, import_module(f"workbench.briefs.{_BRIEFS[name]}"))
    raise AttributeError(f"module 'workbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
