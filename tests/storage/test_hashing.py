"""What has been hashed is found again, and only while it is the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.storage import hashing
from workbench.storage.hashing import digest, fingerprint, fingerprints


def test_the_rows_of_some_are_those_that_a_mask_finds() -> None:
    names = np.random.default_rng(3).choice(["a", "b", "c", None], 200)
    table = pd.DataFrame({"municipality": pd.array(names, dtype="str"), "value": np.arange(200)})
    for wanted in (["a"], ["c", "a"], ["d"], ["a", "d"], []):
        masked = table[table["municipality"].isin(wanted)]
        pd.testing.assert_frame_equal(hashing.select_rows(table, *wanted), masked)
    table.loc[table["municipality"] == "a", "municipality"] = "b"
    assert hashing.select_rows(table, "a").empty, "it is found again when the table was changed"


def test_a_digest_follows_contents_names_and_facts(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    first = digest([one, two], "fact")
    assert digest([two, one], "fact") == first
    assert digest([one, two], "other") != first
    assert digest([one], "fact") != first
    two.write_text("c")
    assert digest([one, two], "fact") != first


def test_a_digest_is_the_same_in_another_folder(tmp_path: Path) -> None:
    sides = []
    for first, second in (("a", "z"), ("z", "a")):
        files = [tmp_path / first / "one", tmp_path / second / "two"]
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.write_text(file.name)
        sides.append(digest(files))
    assert sides[0] == sides[1]


def test_the_program_is_all_of_its_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {file.name for file in hashing.package_files()}
    assert {"assessment.py", "projection.py", "kendall.py"} <= names
    usual = hashing.program()
    assert hashing.program.__wrapped__() == usual
    other = tmp_path / "other.py"
    other.write_text("")
    monkeypatch.setattr(hashing, "package_files", lambda: [other])
    assert hashing.program.__wrapped__() != usual


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": ["a", "a", "b"],
            "value": [1.0, np.nan, 3.0],
            "year": pd.array([2020, None, 2022], dtype="Int64"),
            "status": [None, "preliminary", None],
        }
    )


CHANGES: dict[str, Callable[[pd.DataFrame], object]] = {
    "a cell": lambda t: t.loc.__setitem__((2, "value"), 4.0),
    "a cell by place": lambda t: t.iloc.__setitem__((0, 0), "z"),
    "a missing number": lambda t: t.loc.__setitem__((0, "year"), pd.NA),
    "a text": lambda t: t.loc.__setitem__((1, "status"), "other"),
    "a column": lambda t: t.__setitem__("value", [1.0, 2.0, 3.0]),
    "a further column": lambda t: t.__setitem__("more", 1),
    "a column less": lambda t: t.pop("status"),
    "the names": lambda t: setattr(t, "columns", ["measure", "worth", "year", "status"]),
    "all at once": lambda t: t.replace({"a": "q"}, inplace=True),
    "filled": lambda t: t.fillna({"value": 0.0}, inplace=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_table_changed_in_place_has_another_fingerprint(table: pd.DataFrame, change: str) -> None:
    first = fingerprint(table)
    assert fingerprint(table) == fingerprint(table.copy()) == first
    view = table.copy(deep=False)
    CHANGES[change](table)
    assert fingerprint(table) != first
    assert fingerprint(view) == first


def test_a_table_whose_memory_is_the_same_is_not_hashed_again(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fingerprint(table)
    monkeypatch.setattr(hashing, "_hash_rows", lambda *_: pytest.fail("hashed again"))
    assert fingerprint(table.copy(deep=False)) == first


def test_each_measure_has_the_fingerprint_of_its_rows(table: pd.DataFrame) -> None:
    first = fingerprints(table)
    assert list(first) == ["a", "b"]
    table.loc[2, "value"] = 7.0
    assert fingerprints(table)["a"] == first["a"]
    assert fingerprints(table)["b"] != first["b"]
    moved = pd.concat([table.iloc[2:], table.iloc[:2]])
    assert fingerprints(moved) == fingerprints(table), "where the rows of others lie is all one"
