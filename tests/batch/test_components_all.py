"""One table of all assessments: the files that lie there, one after the other."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from workbench.batch import components_all, portal
from workbench.batch.site import Run
from workbench.dataset import Dataset
from workbench.export import components
from workbench.export.columns import COLUMNS
from workbench.storage import files


def rows(number: str, values: list[float | None]) -> str:
    """Return the components of a municipality, with only numbers and newest figures."""
    columns = list(COLUMNS["components"])
    known = pd.DataFrame({"municipality": number, "last": values}, dtype=object)
    return known.reindex(columns=columns).to_csv(index=False, lineterminator="\r\n")


@pytest.fixture
def run(data: Dataset, tmp_path: Path) -> Run:
    """Components of two municipalities, and a front page of one of them."""
    made = Run(data, date(2026, 11, 23), tmp_path, "nb")
    for number, values in (("4003", [1, None]), ("1151", [2.5])):
        files.write(made.folder(number) / "components.csv", rows(number, values))
    files.write(made.folder("4003") / "index.nb.html", "")
    return made


def table(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.out / components_all.NAME, dtype={"municipality": str})


def test_the_table_has_the_rows_of_every_municipality_in_order(run: Run) -> None:
    assert components_all.write(run) == []
    assert list(table(run)["municipality"]) == ["1151", "4003", "4003"]
    assert list(table(run)["last"].fillna(-1)) == [2.5, 1, -1]


def test_files_as_they_are_written_for_a_municipality_are_taken_in(run: Run, data: Dataset) -> None:
    for number in ("3201", "4601"):
        components.write(data, number, "", run.folder(number))
    assert components_all.write(run) == []
    each = pd.concat(
        pd.read_csv(run.folder(number) / "components.csv", dtype={"municipality": str})
        for number in ("1151", "3201", "4003", "4601")
    )
    pd.testing.assert_frame_equal(table(run), each.reset_index(drop=True), check_dtype=False)
    assert set(table(run)["municipality_name"].dropna()) == {"Bærum", "Bergen"}


def test_parquet_holds_the_same_with_types(run: Run, data: Dataset) -> None:
    duckdb = pytest.importorskip("duckdb", reason="the extra `parquet` is not set up")
    components.write(data, "3201", "", run.folder("3201"))
    assert components_all.write(run) == []
    held = duckdb.read_parquet(str(run.out / components_all.PARQUET))
    names = {"VARCHAR": "string", "BIGINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean"}
    kinds = dict(zip(held.columns, (names[str(kind)] for kind in held.types), strict=True))
    assert kinds == {name: column.type for name, column in COLUMNS["components"].items()}
    read, flat = held.df(), table(run)
    assert read["municipality"].iloc[0] == "1151"  # text: 0301 keeps its zero
    for name in flat:
        assert list(read[name].isna()) == list(flat[name].isna()), name
        assert list(read[name].dropna()) == list(flat[name].dropna()), name


def test_without_the_extra_no_parquet_of_earlier_figures_stays(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="the extra `parquet` is not set up")
    parquet = run.out / components_all.PARQUET
    assert components_all.write(run) == [] and parquet.exists()
    monkeypatch.setattr(components_all, "find_spec", lambda name: None)
    assert components_all.write(run) == []
    assert parquet.exists(), "it is of these figures"
    file = run.folder("1151") / "components.csv"
    files.write(file, file.read_bytes().replace(b"2.5", b"3.5"))
    assert components_all.write(run) == []
    assert not parquet.exists()


def test_it_is_written_again_only_when_it_would_be_another(run: Run) -> None:
    assert components_all.write(run) == []
    first = (run.out / components_all.NAME).stat().st_ino
    assert components_all.write(run) == []
    assert (run.out / components_all.NAME).stat().st_ino == first
    file = run.folder("1151") / "components.csv"
    files.write(file, file.read_bytes().replace(b"2.5", b"3.5"))
    assert components_all.write(run) == []
    assert table(run)["last"].iloc[0] == 3.5


def test_columns_of_another_version_are_left_out(run: Run) -> None:
    files.write(run.folder("4003") / "components.csv", "municipality,measure\n4003,a\n")
    assert components_all.write(run) == []
    assert list(table(run)["municipality"]) == ["1151"]


def test_what_lies_in_no_folder_of_a_municipality_is_left_out(run: Run) -> None:
    files.write(run.out / "copy" / "components.csv", rows("9999", [1]))
    assert components_all.write(run) == []
    assert set(table(run)["municipality"]) == {"1151", "4003"}


def test_the_portal_links_it_once_it_is_there(run: Run) -> None:
    def links() -> list[str]:
        assert portal.write(run) == []
        page = BeautifulSoup((run.out / "index.html").read_text(encoding="utf-8"), "html5lib")
        return [str(link["href"]) for link in page.select("nav a")]

    assert components_all.NAME not in links()
    assert components_all.write(run) == []
    assert components_all.NAME in links()
