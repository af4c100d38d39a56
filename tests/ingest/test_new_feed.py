"""``python -m workbench feed``: a measure from a table, shown, checked and written whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.server import Statbank
from ingest.test_cli import ask, own_cache  # noqa: F401  a fixture
from ingest.test_update import files, rows_of
from workbench.__main__ import main
from workbench.dataset import load
from workbench.ingest import feeds

OPTIONS = ["--unit", "percent", "--direction", "1", "--kpi", "SC: SH: SI: 5A"]
OPTIONS += ["--name-nb", "Barn 3–5 år i barnehage", "--name-en", "Children aged 3–5, in care"]
OPTIONS += ["--differs-nb", "Eldre barn.", "--differs-en", "Older children."]
NAME = "children_aged_3_5_in_care"


@pytest.fixture
def table(bank: Statbank) -> Statbank:
    bank.tables["13502"].labels["ContentsCode"] = {"KOSandel350000": "Andel barn 3-5 år, i alt"}
    return bank


def make(folder: Path, root: str, *options: str) -> int:
    where = ["--data", str(folder), "--base-url", root, "--municipality", "Skien"]
    return main(["feed", "13502", *where, *options])


@pytest.mark.parametrize("choice", ["KOSandel350000", '"andel barn 3-5 år, i alt"'])
def test_options_alone_make_a_measure_that_update_fetches(
    folder: Path, root: str, table: Statbank, capsys: pytest.CaptureFixture[str], choice: str
) -> None:
    assert make(folder, root, *OPTIONS, "--choose", f"ContentsCode={choice}") == 0
    said = capsys.readouterr().out
    assert "a table (as of 2026-06-15)" in said and "Tid: 2020 to 2025, 6 periods" in said
    assert "  KOSandel350000  Andel barn 3-5 år, i alt [prosent]" in said
    assert "Skien: 2020 " in said and said.endswith(f"update --measure {NAME}\n")
    feed = next(feed for feed in feeds.read(folder) if feed.measure == NAME)
    assert feed.selection.casefold() == 'contentscode="andel barn 3-5 år, i alt"'
    assert (feed.place, feed.verified, feed.unit) == ("KOKkommuneregion0000", "never", "prosent")
    assert rows_of(folder, NAME) == {}
    row = load(folder).measures.set_index("measure").loc[NAME]
    assert (row["relation"], row["upper_bound"], row["kpi"]) == ("proxy", 100.0, "SC: SH: SI: 5A")

    assert ask(folder, root, "--measure", NAME) == 0
    assert ("4003", "2025") in rows_of(folder, NAME)
    assert load(folder).series(NAME, "Skien").size


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "ContentsCode is not chosen"),
        (["--choose", "ContentsCode=KOS"], 'no code "KOS"'),
        (["--choose", "ContentsCode=KOSandel350000", "--unit", "per cent"], "Did you mean percent"),
        (["--choose", "ContentsCode=KOSandel350000", "--measure", "population"], "is a measure"),
    ],
)
def test_what_is_missing_or_wrong_is_refused_and_nothing_written(
    folder: Path,
    root: str,
    table: Statbank,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    before = files(folder)
    assert make(folder, root, *OPTIONS, *options) == 2
    assert said in capsys.readouterr().err
    assert files(folder) == before


def test_a_name_that_no_file_can_have_puts_all_back(
    folder: Path, root: str, table: Statbank
) -> None:
    before = files(folder)
    choice = ["--choose", "ContentsCode=KOSandel350000", "--measure", "Not a name"]
    assert make(folder, root, *OPTIONS, *choice) == 2
    assert {n: b for n, b in files(folder).items() if not n.endswith(".lock")} == before


def test_what_no_option_says_is_asked_for(
    folder: Path, root: str, table: Statbank, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Iterator[str] = iter(
        ["KOSandel350000", "percent", "1", "", "", "", "Care", "", "", ""]
    )
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    assert make(folder, root) == 0
    assert asked[0] == "Code of ContentsCode: " and "Andel barn 3-5 år" in asked[5]
    assert load(folder).measures.set_index("measure").at["care", "relation"] == "context"
