"""Tables of the Institute of Public Health: asked by POST, periods, marks, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest

from ingest.conftest import Bring
from ingest.server import Handler, Statbank, Table
from ingest.test_update import changed, files, rows_of
from workbench.dataset import DATA

MEASURE = "life_expectancy"
CODES = {
    "GEO": ["0", "03", "030101"],
    "KJONN": ["0", "1"],
    "ALDER": ["0", "30"],
    "UTDANN": ["0"],
    "MEASURE_TYPE": ["MEIS", "SMR"],
}


@pytest.fixture
def values(bank: Statbank) -> dict[tuple[str, str], object]:
    """The shipped figures, as the table has them, under periods of seven years."""
    rows = pd.read_csv(DATA / "observations" / f"{MEASURE}.csv", dtype={"municipality": str})
    rows = rows[rows["municipality"].isin(["4001", "4003", "4005"])]
    found = {(r.municipality, f"{r.year - 6}_{r.year}"): r.value for r in rows.itertuples()}
    places, periods = (sorted({key[at] for key in found}) for at in (0, 1))
    codes = {"GEO": [*CODES["GEO"], *places], "AAR": periods, **CODES}
    codes["GEO"] = ["0", "03", "030101", *places]
    bank.health["507"] = Table(codes, lambda at: found.get((at["GEO"], at["AAR"]), ":"))
    return found


def test_figures_are_asked_by_post_and_stand_under_the_last_year(
    bring: Bring, bank: Statbank, folder: Path, values: dict[tuple[str, str], float]
) -> None:
    place, period = next(key for key in values if key[0] == "4003")
    values[(place, period)] += 0.5
    outcome = bring(MEASURE)
    assert outcome.state == "brought in", outcome.note
    revised = [row[:3] for row in changed(outcome) if row[2] == "revised"]
    assert revised == [(place, int(period[-4:]), "revised")]
    assert bank.asked == ["/nokkel/Table/507/dimension", "/nokkel/Table/507/data"]
    assert outcome.revision.startswith("sha256 ")
    assert bring(MEASURE).state == "unchanged"


@pytest.mark.parametrize("mark", [":", "k"])
def test_a_text_in_place_of_a_value_is_a_missing_figure(
    bring: Bring, folder: Path, values: dict[tuple[str, str], object], mark: str
) -> None:
    key = next(key for key in values if key[0] == "4003")
    values[key] = mark
    outcome = bring(MEASURE)
    assert ("4003", int(key[1][-4:]), "gone") in {row[:3] for row in changed(outcome)}
    assert "0.0" not in rows_of(folder, MEASURE).values()


def test_a_dimension_that_is_not_chosen_is_refused(
    bring: Bring, bank: Statbank, folder: Path, values: dict[tuple[str, str], object]
) -> None:
    bank.health["507"].codes["INNVKAT"] = ["0", "2"]
    before = files(folder)
    outcome = bring(MEASURE)
    assert outcome.state == "refused" and 'needs a choice of "INNVKAT"' in outcome.note
    assert files(folder) == before and len(bank.asked) == 1


def test_other_codes_than_asked_and_web_pages_are_refused(
    bring: Bring, bank: Statbank, folder: Path, values: dict[tuple[str, str], object]
) -> None:
    def other(handler: Handler, path: str) -> bool:
        if not path.endswith("/data"):
            return False
        table = bank.health["507"]
        handler.say(table.dataset({**table.codes, "KJONN": ["1"]}))
        return True

    bank.instead = other
    before = files(folder)
    assert "other codes than asked for" in bring(MEASURE).note
    bank.instead = lambda handler, _: handler.send(b"<html>", 200, "text/html") or True
    assert "no answer" not in bring(MEASURE).note and "web page" in bring(MEASURE).note
    assert files(folder) == before


def test_a_table_of_many_rows_is_asked_in_parts(
    bring: Bring,
    bank: Statbank,
    values: dict[tuple[str, str], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.ingest import fhi

    monkeypatch.setattr(fhi, "ROWS", 6)
    assert bring(MEASURE).state == "brought in"
    assert sum(path.endswith("/data") for path in bank.asked) > 1
