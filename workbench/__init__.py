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
    from workbench.assessment import assess, distance, trend
    from workbench.by_hand import strip
    from workbench.dataset import Dataset, load
    from workbench.errors import DataError, MissingFigures, UsageError, WorkbenchError
    from workbench.lab.builder import builder
    from workbench.lab.explore import explore
    from workbench.lab.making import Brief, brief
    from workbench.regression.model import Regression, regress
    from workbench.regression.slopes import Slopes, random_slopes
    from workbench.views import View, view

__version__ = "0.1.0"

_HOME = {
    "assess": "assessment",
    "distance": "assessment",
    "trend": "assessment",
    "Dataset": "dataset",
    "load": "dataset",
    "DataError": "errors",
    "MissingFigures": "errors",
    "UsageError": "errors",
    "WorkbenchError": "errors",
    "builder": "lab.builder",
    "explore": "lab.explore",
    "Brief": "lab.making",
    "brief": "lab.making",
    "Regression": "regression.model",
    "regress": "regression.model",
    "Slopes": "regression.slopes",
    "random_slopes": "regression.slopes",
    "strip": "by_hand",
    "View": "views",
    "view": "views",
}
_BRIEFS = ("status", "trends", "across", "climate", "decisions", "network", "explained")

__all__ = [*_HOME, *_BRIEFS]


def __getattr__(name: str) -> Any:
    if name in __all__ and "IPython" in sys.modules:
        from workbench.lab import shell

        shell.register()
    if name in _HOME:
        return getattr(import_module(f"workbench.{_HOME[name]}"), name)
    if name in _BRIEFS:
        return import_module(f"workbench.briefs.{name}")
    raise AttributeError(f"module 'workbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
