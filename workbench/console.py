"""Letters on whatever console there is."""

from __future__ import annotations

import io
import sys


def lenient() -> None:
    """Have letters that the console cannot write stand as their code, as stderr does.

    Without it a program ends at the first 'æ' where ``LANG`` or ``PYTHONIOENCODING`` says ASCII.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
