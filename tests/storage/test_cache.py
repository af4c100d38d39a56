"""What is kept is made once, and again when anything it was made from is another."""

import multiprocessing
import os
import shutil
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from project import leave_only

import workbench as wb
from workbench.analysis import assessment, backtest, standings
from workbench.dataset import DATA, Dataset, cells
from workbench.errors import UsageError
from workbench.storage import cache, hashing
from workbench.storage.cache import cached, cached_of_files, cached_per_measure


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember nothing of other tests."""
    monkeypatch.setattr(cache, "memory", {})
    monkeypatch.setattr(cells, "_good", {})


def forget(folder: Path) -> None:
    """Leave only files, as if another process had written them."""
    cache.memory.clear()
    assert list(folder.glob("*.pickle"))


def test_a_thing_is_made_once(tmp_path: Path) -> None:
    made = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    assert cached("key", make, tmp_path) == cached("key", make, tmp_path) == [1, 2]
    forget(tmp_path)
    assert cached("key", make, tmp_path) == [1, 2]
    assert len(made) == 1


def test_a_file_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "key.pickle").write_bytes(b"half a fi")
    assert cached("key", lambda: 3, tmp_path) == 3
    forget(tmp_path)
    assert cached("key", lambda: 4, tmp_path) == 3


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert cached("key", lambda: 5, blocked) == 5


def test_what_is_handed_out_may_be_changed(tmp_path: Path) -> None:
    def make() -> dict[str, object]:
        return {"frame": pd.DataFrame({"a": [1, 2]}), "list": [1], "pair": (pd.DataFrame(),)}

    for _ in range(2):
        got = cached("key", make, tmp_path)
        assert got["frame"].equals(make()["frame"]) and got["list"] == [1]
        got["frame"].loc[0, "a"] = 9
        got["frame"]["b"] = 1
        got["list"].append(2)
        got["pair"][0]["c"] = []


@dataclass(frozen=True)
class Result:
    frame: pd.DataFrame
    words: list[str]


def test_an_object_of_tables_is_handed_out_whole_and_may_be_changed(tmp_path: Path) -> None:
    for _ in range(2):
        got = cached("key", lambda: Result(pd.DataFrame({"a": [1, 2]}), ["word"]), tmp_path)
        assert type(got) is Result and list(got.frame["a"]) == [1, 2] and got.words == ["word"]
        got.frame.loc[0, "a"] = 9
        got.words.append("another")


def test_files_that_were_not_used_for_long_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MOST", 5000)
    monkeypatch.setattr(cache, "_SWEPT_EVERY", 0)
    monkeypatch.setattr(cache, "_TIMES_LARGEST", 1)
    for number in range(8):
        cached(f"key{number}", lambda: "x" * 900, tmp_path)
        for at, name in enumerate(sorted(tmp_path.iterdir())):
            os.utime(name, (1000 + at, 1000 + at))
        cache.memory.clear()
        cached("key0", lambda: "not made", tmp_path)  # used, and so the newest
    assert {file.stem for file in tmp_path.iterdir()} == {"key0", "key4", "key5", "key6", "key7"}


def test_what_many_municipalities_need_finds_room_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MOST", 1000)
    monkeypatch.setattr(cache, "_SWEPT_EVERY", 0)
    for number in range(7):
        cached(f"key{number}", lambda: "x" * 900, tmp_path)
    assert len(list(tmp_path.iterdir())) == 7


def _slowly(folder: Path) -> None:
    def make() -> int:
        with (folder / "made").open("a") as told:
            told.write(".")
        time.sleep(0.5)
        return 1

    assert cached("key", make, folder / "kept") == 1


def test_of_processes_that_ask_at_once_one_makes_it(tmp_path: Path) -> None:
    forked = multiprocessing.get_context("fork")
    askers = [forked.Process(target=_slowly, args=(tmp_path,)) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert [asker.exitcode for asker in askers] == [0, 0, 0]
    assert (tmp_path / "made").read_text() == "."
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["key.pickle"]


def test_what_a_killed_process_left_is_swept_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    left, fresh = tmp_path / ".aside-left", tmp_path / ".aside-fresh"
    left.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(left, (time.time() - 7200,) * 2)
    cached("key", lambda: 1, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {".aside-fresh", "key.pickle"}


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "replace", full)
    assert cached("key", lambda: 1, tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_processes_that_write_at_once_are_in_nobodys_way(tmp_path: Path) -> None:
    def work(number: int) -> None:
        for _ in range(40):
            cache.memory.clear()
            table = cached("key", lambda: pd.DataFrame({"a": np.arange(2000)}), tmp_path)
            assert table["a"].sum() == 1999000
            if number:
                (tmp_path / "key.pickle").unlink(missing_ok=True)

    forked = multiprocessing.get_context("fork")
    processes = [forked.Process(target=work, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert {file.suffix for file in tmp_path.iterdir()} <= {".pickle"}


def test_only_changed_measures_are_made_again(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def make(names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        asked.append(names)
        one = pd.DataFrame({"measure": [*names, "not asked"], "n": len(asked)})
        return one, one[one["measure"] == "b"]

    keys = {"a": "1", "b": "1", "c": "1"}
    cached_per_measure("kind", keys, make, tmp_path)
    parts = cached_per_measure("kind", keys | {"b": "2"}, make, tmp_path)
    assert asked == [["a", "b", "c"], ["b"]]
    assert {name: list(one["n"]) for name, (one, _) in parts.items()} == {
        "a": [1],
        "b": [2],
        "c": [1],
    }
    assert [len(two) for _, two in parts.values()] == [0, 1, 0]
    cached_per_measure("kind", keys, make, tmp_path)
    assert len(asked) == 2, "and what was kept before is still there"


def test_a_part_without_text_has_the_type_of_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"measure": ["a", "b"], "status": [None, "preliminary"]}, dtype=object)
    parts = cached_per_measure("kind", {"a": "1"}, lambda _: (table.iloc[:1],), tmp_path)
    parts |= cached_per_measure("kind", {"b": "1"}, lambda _: (table.iloc[1:],), tmp_path)
    assert hashing.joined([part[0] for part in parts.values()])["status"].dtype == "str"


#: Measures of every kind: residents, a sum, breaks, targets that cut a numerator or a value.
FEW = (
    *("population", "ghg_road_traffic", "tertiary_education_share", "ghg_emissions_per_capita"),
    *("low_income_share", "lower_secondary_grade_points", "fixed_broadband_100mbps"),
)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with some of the measures, so that all is quickly reckoned."""
    folder = tmp_path_factory.mktemp("few") / "data"
    shutil.copytree(DATA, folder)
    leave_only(folder, FEW)
    return folder


def everything(folder: Path) -> dict[str, pd.DataFrame]:
    """Return all that is read from a folder and reckoned from it measure by measure."""
    data = wb.load(folder)
    tables = {f.name: getattr(data, f.name) for f in fields(data) if f.name != "path"}
    now, before = assessment.judgements(data)
    told = backtest.report(data)
    some = backtest.report(data, ["low_income_share", "ghg_road_traffic"])
    return tables | {
        "trends": assessment.trends_and_goals(data)[0],
        "goals": assessment.trends_and_goals(data)[1],
        "projections": assessment.projections(data),
        "now": now,
        "before": before,
        "judged": standings.judged(data),
        "standings": standings.every_standing(data),
        "macro": told.macro,
        "by_measure": told.by_measure,
        "reliability": told.reliability,
        "some": some.macro,
        "brier": pd.DataFrame({"all": [told.brier, told.brier_today, told.statements]}),
    }


def change_a_figure(folder: Path, measure: str) -> None:
    """Write 1 % more in the last row of a measure's file."""
    file = folder / "observations" / f"{measure}.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column in ("value", "numerator"):
        if rows[column].iloc[-1]:
            rows.loc[rows.index[-1], column] = repr(float(rows[column].iloc[-1]) * 1.01)
    rows.to_csv(file, index=False)


@pytest.fixture(scope="module")
def filled(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything of the unchanged figures is kept."""
    folder = tmp_path_factory.mktemp("filled") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "FOLDER", folder)
        everything(few)
    return folder


@pytest.mark.parametrize("measure", FEW[:-1])
def test_one_figure_changed_gives_what_an_empty_cache_gives(
    measure: str, few: Path, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "data"
    shutil.copytree(few, changed)
    change_a_figure(changed, measure)
    results = []
    for folder in (tmp_path / "filled", tmp_path / "empty"):
        if folder.name == "filled":
            shutil.copytree(filled, folder)
        monkeypatch.setattr(cache, "FOLDER", folder)
        cache.memory.clear()
        cells._good.clear()
        results.append(everything(changed))
    again, scratch = results
    for name, table in scratch.items():
        pd.testing.assert_frame_equal(again[name], table, check_exact=True, obj=name)
    before = {file.name for file in filled.iterdir()}
    made = {file.name for file in (tmp_path / "filled").iterdir()} - before
    kinds = [name.split("-")[0] for name in made if "-" in name]
    # Figures of all are read per resident; those that municipalities report have no file.
    figures = wb.load(changed).observations["measure"].nunique()
    others = figures - 1 if measure == "population" else 0
    assert kinds.count("figures") == kinds.count("trends") == kinds.count("judgements") == 1
    assert kinds.count("outlook") == kinds.count("backtest") == 1 + others


def test_a_table_bent_in_memory_gives_results_of_its_own(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    data = wb.load(few)
    usual = assessment.projections(data)
    rows = data.targets["measure"] == "low_income_share"
    bent = replace(data, targets=data.targets.assign(value=data.targets["value"].mask(rows, 1.0)))
    verdicts = assessment.projections(bent)["verdict"]
    assert not verdicts.equals(usual["verdict"])
    data.targets.loc[rows, "value"] = 1.0
    assert assessment.projections(data)["verdict"].equals(verdicts)
    pd.testing.assert_frame_equal(assessment.projections(wb.load(few)), usual)


def test_what_is_kept_can_be_changed_and_is_not(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    first = assessment.trends_and_goals(data)[0]
    whole = first.copy()
    first.loc[:, "slope"] = 0.0
    pd.testing.assert_frame_equal(assessment.trends_and_goals(data)[0], whole)


def test_files_that_change_while_they_are_read_are_read_again(tmp_path: Path) -> None:
    file, place = tmp_path / "figures", tmp_path / "kept"
    file.write_text("old")
    meanwhile = ["new"]

    def read() -> str:
        if meanwhile:
            file.write_text(meanwhile.pop())
        return file.read_text()

    assert cached_of_files(lambda: [file], read, folder=place) == "new"
    file.write_text("old")
    assert cached_of_files(lambda: [file], read, folder=place) == "old"


def test_a_fault_in_files_that_change_meanwhile_is_none(tmp_path: Path) -> None:
    file, place = tmp_path / "figures", tmp_path / "kept"
    file.write_text("half")
    meanwhile = ["whole"]

    def read() -> str:
        if (text := file.read_text()) == "half":
            if meanwhile:
                file.write_text(meanwhile.pop())
            raise ValueError(text)
        return text

    assert cached_of_files(lambda: [file], read, folder=place) == "whole"
    file.write_text("half")
    with pytest.raises(ValueError, match="half"):
        cached_of_files(lambda: [file], read, folder=place)


def test_files_that_change_all_the_time_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "figures"
    file.write_text("")
    with pytest.raises(UsageError, match="figures in spring.* Wait until"):
        cached_of_files(
            lambda: [file],
            lambda: file.write_text(file.read_text() + "."),
            name="figures in spring",
            folder=tmp_path / "kept",
        )
    assert list((tmp_path / "kept").glob("*.pickle")) == []
