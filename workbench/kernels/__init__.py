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

import sys

#: Name of the kernelspec, which lies in the environment, not in anybody's home.
NAME = "workbench"

#: What jsonschema reads addresses and spans of time by, which no notebook holds; it does without.
#: The first takes 2.5 s to import (python-jsonschema 1428), the second as long as a chart.
_PARSERS = ("rfc3987_syntax", "isoduration")


def do_without_parsers() -> None:
    """Keep jsonschema from importing what notebooks do not need; before it is imported itself."""
    for name in _PARSERS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
