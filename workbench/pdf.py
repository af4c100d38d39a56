"""A brief on paper: a tagged PDF, printed by an installed Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from workbench.errors import UsageError, WorkbenchError

#: What the browser is called on Debian, elsewhere, and by others who build it.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")

#: Seconds that printing one brief may take.
LIMIT = 120


def browser() -> str:
    """Return the address of an installed Chromium.

    Raises
    ------
    UsageError
        If there is none.
    """
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    raise UsageError(
        f"PDFs are printed by Chromium, and there is none: looked for {', '.join(PROGRAMS)}. "
        "Install one (on Debian: apt install chromium), or leave out --pdf."
    )


def due(page: Path) -> bool:
    """Return whether the PDF beside a page is missing or older than the page."""
    printed = page.with_suffix(".pdf")
    return not printed.exists() or printed.stat().st_mtime < page.stat().st_mtime


def write(page: Path, program: str) -> Path:
    """Print a page to a tagged PDF beside it, with outline, language and title; return its path.

    The file appears whole or not at all. Its bytes differ from run to run: Chromium writes the time
    into it.

    Raises
    ------
    WorkbenchError
        If the browser prints nothing.
    """
    printed = page.with_suffix(".pdf")
    # A profile of its own, so that a browser that is open is left alone.
    with tempfile.TemporaryDirectory(prefix="wb-") as aside:
        whole = Path(aside) / "brief.pdf"
        command = [program, "--headless", "--disable-gpu", f"--user-data-dir={aside}/profile"]
        command += ["--no-pdf-header-footer", "--generate-pdf-document-outline"]
        # Chromium refuses its sandbox to root, as in a container.
        command += ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        command += ["--disable-background-networking", "--no-first-run"]
        command += [f"--print-to-pdf={whole}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            raise WorkbenchError(f"{page.name} was not printed within {LIMIT} seconds.") from None
        if done.returncode or not whole.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines() or [""]
            raise WorkbenchError(f"Chromium did not print {page.name}: {said[-1]}")
        copy = printed.with_name(f".{printed.name}")
        shutil.copyfile(whole, copy)
        copy.replace(printed)
    return printed
