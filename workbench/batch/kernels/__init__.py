"""Kernels that start warm: forked from one clean process that has everything imported.

``kernel.json`` names the provisioner; papermill, nbconvert and JupyterLab get a warm kernel by the
name of that kernelspec, and need know nothing of it.

    host (papermill, JupyterLab, a worker)     provisioner.py, client.py
      -> fork server, one for each host        server.py, preload.py
      -> kernel, a fork of it                  server.py
      or worker, a fork of it                  worker.py
         -> brief, a fork of that              bare.py, read by engine.py

The fork server of `multiprocessing` would serve one host well. But its forks do not find it again
(each would start another), it imports the host's program into every fork, and a Dask worker, which
is a daemon, may not ask it at all; and nothing can look at its threads before it forks.
"""

import importlib
import sys
from contextlib import suppress
from pathlib import Path

#: The folder of the package. What is started for it starts there, and not where the user stands:
#: a file there, which somebody handed over, could be imported in place of a library.
HOME = Path(__file__).resolve().parents[2]

#: Name of the kernelspec, which lies in the environment, not in anybody's home.
NAME = "workbench"

#: What jsonschema reads addresses and spans of time by, which no notebook holds; it does without.
#: The first takes 2.5 s to import (python-jsonschema 1428), the second 0.05 s.
_PARSERS = ("rfc3987_syntax", "isoduration")


def search_path() -> list[str]:
    """Return where this process finds modules, the folder that it stands in left out."""
    found = [path for path in sys.path if path]
    return found if str(HOME) in found else [str(HOME), *found]


def import_jsonschema() -> None:
    """Import jsonschema, which checks notebooks, without parsers that no notebook needs.

    Anyone who wants one of them for himself still gets it.
    """
    kept_out = [name for name in _PARSERS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type]
    try:
        with suppress(ImportError):
            importlib.import_module("jsonschema")
    finally:
        for name in kept_out:
            sys.modules.pop(name, None)
