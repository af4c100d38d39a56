"""How soon a brief can be read: largest contentful paint in Chromium, from the disk.

    python benchmarks/browser.py outputs

opens every page in the folder three times and prints the median per kind of page, the slowest
page, and the sizes.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PAINTED = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true});
})"""


def painted(page: Page, file: Path) -> float:
    """Return the milliseconds until the largest piece of a page was painted."""
    page.goto(file.resolve().as_uri(), wait_until="load")
    return float(page.evaluate(PAINTED))


def main(folder: Path) -> None:
    """Open every page and print what it took."""
    pages = sorted(folder.rglob("*.html"))
    took: dict[Path, float] = {}
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for file in pages:
            times = []
            for _ in range(3):
                page = browser.new_page()
                times.append(painted(page, file))
                page.close()
            took[file] = statistics.median(times)
        browser.close()
    kinds = defaultdict(list)
    for file in pages:
        kinds[file.name.split(".")[0]].append(file)
    for kind, files in sorted(kinds.items()):
        sizes = [file.stat().st_size / 1000 for file in files]
        print(
            f"{kind}: {len(files)} pages, largest contentful paint median "
            f"{statistics.median(took[file] for file in files):.0f} ms, most "
            f"{max(took[file] for file in files):.0f} ms; "
            f"median {statistics.median(sizes):.0f} kB, largest {max(sizes):.0f} kB"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "outputs"))
