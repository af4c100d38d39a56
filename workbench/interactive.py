"""What is only for those who sit at a notebook: its tables, and names on the Tab key.

Both are imported by name, out of sight of `modules`: they decide nothing of a brief, so that a
change to them makes no brief again.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

#: Set to 1 where nobody looks: an executed notebook beside a brief need not hold its tables.
SWITCH = "WORKBENCH_PLAIN"


def wanted() -> bool:
    """Return whether somebody may look."""
    return os.environ.get(SWITCH, "") != "1"


def table(kind: str, *told: object) -> str | None:
    """Return what a notebook shows of an object, by a function of `reprs`; None for nobody."""
    return str(getattr(import_module("workbench.lab.reprs"), kind)(*told)) if wanted() else None


def complete() -> None:
    """Offer names on the Tab key where this is called in IPython."""
    if "IPython" in sys.modules and wanted():
        import_module("workbench.lab.completing").register()
