"""A workbench for Norwegian municipalities: U4SSC indicators against the UN goals of 2030.

>>> import workbench as wb
>>> data = wb.load()
>>> data.municipality("Bærum")
'3201'

Public names are imported when they are first used, so that ``import workbench`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.assessment import assess, distance, trend
    from workbench.dataset import Dataset, load
    from workbench.errors import DataError, UsageError, WorkbenchError
    from workbench.regression import Regression, regress
    from workbench.slopes import Slopes, random_slopes
    from workbench.views import View, view

__version__ = "0.1.0"

_HOME = {
    "assess": "assessment",
    "distance": "assessment",
    "trend": "assessment",
    "Dataset": "dataset",
    "load": "dataset",
    "DataError": "errors",
    "UsageError": "errors",
    "WorkbenchError": "errors",
    "Regression": "regression",
    "regress": "regression",
    "Slopes": "slopes",
    "random_slopes": "slopes",
    "View": "views",
    "view": "views",
}
_MODULES = ("status", "trends", "across", "explained")

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"workbench.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"workbench.{name}")
    raise AttributeError(f"module 'workbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
