"""What IPython shows and offers of the workbench: tables of its objects, names on the Tab key.

Nothing below knows of it: the objects are registered with IPython by their names.
"""

from __future__ import annotations

import os
import sys
from typing import Any

#: Set to 1 where nobody looks: an executed notebook beside a brief need not hold the tables.
PLAIN = "WORKBENCH_PLAIN"

#: Module and name of what is shown as a table, and the function of `display` that makes it.
TABLES = {
    ("workbench.lab.strip", "Still"): "still",
    ("workbench.dataset.model", "Dataset"): "dataset",
    ("workbench.lab.run_brief", "Brief"): "brief",
    ("workbench.analysis.regression.model", "Regression"): "regression",
    ("workbench.analysis.regression.slopes", "Slopes"): "slopes",
    ("workbench.briefs.view", "View"): "view",
}


def register() -> None:
    """Have the IPython that this is called in show tables and offer names, if it is in one."""
    if "IPython" not in sys.modules or os.environ.get(PLAIN) == "1":
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    formatter = getattr(shell, "display_formatter", None)
    if formatter is None:
        return
    html = formatter.formatters["text/html"]
    for module, name in TABLES:
        html.for_type_by_name(module, name, table)

    from workbench.lab import completion

    completion.register()


def table(value: Any) -> str:
    """Return the table that a notebook shows of an object whose kind is in `TABLES`."""
    from workbench.lab import display

    kind = type(value)
    return str(getattr(display, TABLES[kind.__module__, kind.__name__])(value))
