"""A folder of figures, and a server that has the same ones."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from ingest.server import Statbank, Table, serving
from workbench.dataset import DATA
from workbench.ingest import feeds
from workbench.ingest.ssb.client import Client, RetryPolicy
from workbench.ingest.ssb.pxweb import Store
from workbench.ingest.update import Outcome, Update

QUICK = RetryPolicy(attempts=4, first_wait=1.0, longest_wait=8.0, silence=2.0, whole=3.0)


@pytest.fixture(autouse=True)
def _apart(apart: None) -> None:
    """These change figures."""


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy of the figures, to be changed; those of kindergartens are final."""
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    file = copy / "observations" / "kindergarten_coverage_1_5.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("preliminary", ""), encoding="utf-8")
    return copy


@pytest.fixture
def folder(whole: Path) -> Path:
    """That copy, or what a module makes of it."""
    return whole


@pytest.fixture
def bank() -> Statbank:
    """A server's tables: kindergarten coverage (13502) as it is in data/observations."""
    rows = pd.read_csv(
        DATA / "observations" / "kindergarten_coverage_1_5.csv", dtype={"municipality": str}
    )
    values = {(r.municipality, str(r.year)): r.value for r in rows.itertuples()}
    places = sorted({number for number, _ in values})
    codes = {
        "KOKkommuneregion0000": ["EAK", *places, "9999"],
        "ContentsCode": ["KOSandel150000", "KOSandel350000"],
        "Tid": [str(year) for year in range(2020, 2026)],
    }

    def cell(at: dict[str, str]) -> float | str:
        return values.get((at["KOKkommuneregion0000"], at["Tid"]), ".")

    bank = Statbank({"13502": Table(codes, cell, updated="2026-06-15T06:00:00Z")})
    bank.values = values  # type: ignore[attr-defined]
    return bank


@pytest.fixture
def root(bank: Statbank) -> Iterator[str]:
    with serving(bank) as address:
        yield address


@pytest.fixture
def waits() -> list[float]:
    """The seconds that clients would have waited."""
    return []


@pytest.fixture
def policy() -> RetryPolicy:
    return QUICK


@pytest.fixture
def client(root: str, policy: RetryPolicy, waits: list[float]) -> Iterator[Client]:
    with Client(root, policy, waits.append) as made:
        yield made


Bring = Callable[..., Outcome]


@pytest.fixture
def bring(folder: Path, client: Client, tmp_path: Path) -> Bring:
    """Bring in one measure, and tell what became of it."""

    def run(measure: str = "kindergarten_coverage_1_5", **options: object) -> Outcome:
        store = Store(tmp_path / "fetched")
        update = Update(folder, client, store, **options)  # type: ignore[arg-type]
        (outcome,) = update.run(feeds.choose(feeds.read(folder), [measure]))
        return outcome

    return run
