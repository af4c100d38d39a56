"""Bringing in figures: what is new, revised and gone, and that nothing unsound is written."""

import csv
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from ingest.conftest import Bring
from ingest.server import Statbank, query_of
from workbench.dataset import loading
from workbench.ingest import provenance

MEASURE = "kindergarten_coverage_1_5"


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows_of(folder: Path, measure: str = MEASURE) -> dict[tuple[str, str], str]:
    with (folder / "observations" / f"{measure}.csv").open(encoding="utf-8") as file:
        return {(r["municipality"], r["year"]): r["value"] for r in csv.DictReader(file)}


def changed(outcome: object) -> list[tuple[str, int, str, float, float]]:
    table: pd.DataFrame = outcome.changes  # type: ignore[attr-defined]
    return [tuple(row) for row in table.itertuples(index=False)]


def test_the_same_figures_change_no_figure_and_are_noted(bring: Bring, folder: Path) -> None:
    before = files(folder)
    outcome = bring()
    assert (outcome.state, changed(outcome)) == ("brought in", [])
    after = files(folder)
    assert {name for name in after if after[name] != before[name]} == {"sources/provenance.csv"}
    (row,) = provenance.fetches(folder).to_dict("records")
    assert row["revision"] == "2026-06-15T06:00:00Z" and row["table"] == "13502"
    assert row["address"].endswith("/pxwebapi/v2/tables/13502/data")
    written = after[f"observations/{MEASURE}.csv"]
    assert row["sha256"] == hashlib.sha256(written).hexdigest()
    assert row["figures"] == len(rows_of(folder))
    loading.read_package(folder)


def test_new_revised_and_gone_figures_are_told_and_the_gone_ones_kept(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    bank.tables["13502"].codes["Tid"].append("2026")
    bank.values[("3205", "2026")] = 97.1
    was, bank.values[("0301", "2024")] = bank.values[("0301", "2024")], 93.9
    old = bank.values.pop(("4001", "2021"))
    before = rows_of(folder)
    outcome = bring()
    told = {(number, year): (kind, was, now) for number, year, kind, was, now in changed(outcome)}
    assert told[("3205", 2026)][0] == "new" and told[("3205", 2026)][2] == 97.1
    assert told[("0301", 2024)] == ("revised", was, 93.9)
    assert told[("4001", 2021)][:2] == ("gone", old) and len(told) == 3
    after = rows_of(folder)
    assert after == before | {("3205", "2026"): "97.1", ("0301", "2024"): "93.9"}
    noted = provenance.revisions(folder)
    assert noted["change"].tolist() == ["revised", "gone"]
    assert noted["was"].tolist() == [was, old]
    loading.read_package(folder)


def test_what_is_gone_is_told_once(bring: Bring, bank: Statbank, folder: Path) -> None:
    bank.values.pop(("4001", "2021"))
    assert len(bring().changes) == 1
    bank.tables["13502"].updated = "2026-06-20T06:00:00Z"
    assert len(bring().changes) == 0
    assert ("4001", "2021") in rows_of(folder)


def test_a_year_that_the_source_drops_stays(bring: Bring, bank: Statbank, folder: Path) -> None:
    bank.tables["13502"].codes["Tid"].remove("2020")
    before = rows_of(folder)
    outcome = bring()
    gone = [row for row in changed(outcome) if row[2] == "gone"]
    assert {row[1] for row in gone} == {2020}
    assert rows_of(folder) == before


@pytest.mark.parametrize("mark", [".", "..", ":"])
def test_a_mark_is_a_missing_figure_and_never_zero(
    bring: Bring, bank: Statbank, folder: Path, mark: str
) -> None:
    bank.values[("0301", "2024")] = mark
    outcome = bring()
    assert [row[2] for row in changed(outcome)] == ["gone"]
    assert "0.0" not in rows_of(folder).values()


@pytest.mark.parametrize(
    "columns",
    [
        ["status", "value", "year", "municipality", "denominator", "numerator"],
        ["year", "municipality", "value", "numerator", "denominator", "status"],
    ],
)
def test_a_file_with_its_columns_in_another_order_is_updated_in_that_order(
    bring: Bring, bank: Statbank, folder: Path, columns: list[str]
) -> None:
    file = folder / "observations" / f"{MEASURE}.csv"
    turned = pd.read_csv(file, dtype=str, keep_default_na=False)[columns]
    turned.to_csv(file, index=False, lineterminator="\n")
    bank.values[("0301", "2024")] = 93.9
    before, written = rows_of(folder), file.read_text(encoding="utf-8").splitlines()
    bring()
    assert rows_of(folder) == before | {("0301", "2024"): "93.9"}
    after = file.read_text(encoding="utf-8").splitlines()
    assert len(set(after) - set(written)) == 1 and after[0] == ",".join(columns)
    loading.read_package(folder)


def test_unchanged_tables_are_not_fetched_again(bring: Bring, bank: Statbank) -> None:
    bring()
    fetched = len(bank.data_requests())
    assert bring().state == "unchanged"
    assert len(bank.data_requests()) == fetched
    bank.tables["13502"].updated = "2026-06-20T06:00:00Z"
    assert bring().state == "brought in"
    assert len(bank.data_requests()) > fetched


def test_since_asks_for_later_years_only_and_takes_nothing_earlier_for_gone(
    bring: Bring, bank: Statbank
) -> None:
    outcome = bring(since=2024)
    assert changed(outcome) == []
    assert query_of(bank.data_requests()[0])["Tid"] == ["2024", "2025"]
    assert bring().state == "brought in", "all years were not asked for yet"
    assert bring(since=2023).state == "unchanged"


def test_a_dry_run_writes_nothing(bring: Bring, bank: Statbank, folder: Path) -> None:
    bank.values[("0301", "2024")] = 93.9
    before = files(folder)
    assert [row[2] for row in changed(bring(dry=True))] == ["revised"]
    assert files(folder) == before
    fetched = len(bank.data_requests())
    bring()
    assert len(bank.data_requests()) == fetched, "what the dry run fetched is still good"


def test_a_value_that_cannot_be_is_refused_as_load_would(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    bank.values[("0301", "2024")] = 9391.0
    before = files(folder)
    outcome = bring()
    assert outcome.state == "refused"
    assert "is outside what the measure can be (0.0 to 100.0)" in outcome.note
    assert files(folder) == before


def test_figures_of_this_spring_are_preliminary_until_the_middle_of_june(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    file = folder / "observations" / f"{MEASURE}.csv"
    bank.values[("0301", "2025")] = 93.0
    bank.tables["13502"].updated = "2026-03-16T07:00:00Z"
    bring()
    assert "0301,2025,93.0,,,preliminary" in file.read_text(encoding="utf-8")
    bank.tables["13502"].updated = "2026-06-15T06:00:00Z"
    assert "final" in {row[2] for row in changed(bring())}
    assert "0301,2025,93.0,,,\n" in file.read_text(encoding="utf-8")
