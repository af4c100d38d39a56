"""Running a piece of Python with a stated budget of memory and seconds."""

import subprocess
import sys

# `resource` would not do: a new process inherits the peak of the one that started it.
_BEFORE = """
import atexit, re, sys
from pathlib import Path
peak = lambda: re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print(f"peak {peak()}", file=sys.stderr))
"""


def run(code: str, *arguments: object, memory: int, seconds: int = 120) -> str:
    """Return what a program says, after a look that it kept within so many MB and seconds.

    The seconds are those of a slow machine: what has no budget takes hours, or all memory.
    """
    done = subprocess.run(
        [sys.executable, "-c", _BEFORE + code, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    said, _, peak = done.stderr.rpartition("peak ")
    assert "Traceback" not in said, said
    assert int(peak) < memory * 1024, f"{int(peak) // 1024} MB"
    return done.stdout + said
