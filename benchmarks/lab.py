"""How long the bench takes to follow a change, in the kernel: ``python benchmarks/lab.py``.

What the browser adds is measured by ``pytest tests/lab/test_jupyterlab.py -rP``.
"""

import statistics
import time
from collections.abc import Callable

import workbench as wb
from workbench.lab.scenario import SIMILAR

PLACES = ["Skien", "Oslo", "Utsira", "Tromsø", "Ås", "Bergen", "Kautokeino", "Moss"]
TARGETS = [70, 75, 80, 85, 90, 95, 99, 100]


def main() -> None:
    """Print the median and the slowest of each kind of change, and the median of all."""
    page = wb.explore(None, "Trondheim", measure="voter_turnout_storting")
    measures = [name for _, name in page.selectors.measure.options]

    def pick(widget: object, values: list[object]) -> Callable[[], list[float]]:
        def changes() -> list[float]:
            return [_seconds(widget, value) for value in values]

        return changes

    kinds = {
        "municipality": pick(page.selectors.who, [*PLACES]),
        "measure": pick(page.selectors.measure, [*measures[::4], "voter_turnout_storting"]),
        "peers": pick(page.peers, [SIMILAR, "telemark", "u4ssc", ""]),
        "projection": pick(page.ahead, [False, True] * 4),
        "scale": pick(page.scale, [True, False] * 4),
        "target on": pick(page.bend, [True]),
        "target": pick(page.target, [*TARGETS]),
        "year": pick(page.year, [2028, 2029, 2031, 2035, 2040, 2050]),
    }
    all_: list[float] = []
    for kind, changes in kinds.items():
        took = [1000 * seconds for seconds in changes()]
        all_ += took
        print(f"{kind:14} median {statistics.median(took):4.0f} ms, slowest {max(took):4.0f} ms")
    print(f"{'all ' + str(len(all_)):14} median {statistics.median(all_):4.0f} ms")


def _seconds(widget: object, value: object) -> float:
    start = time.perf_counter()
    widget.value = value  # type: ignore[attr-defined]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
