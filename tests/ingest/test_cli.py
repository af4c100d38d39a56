"""``python -m workbench update``: options, report, exit status."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from ingest.server import Handler, Statbank
from ingest.test_update import files
from workbench.__main__ import main
from workbench.ingest import cli, feeds, sources, update
from workbench.storage import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep answers apart from those of other tests."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")


def ask(folder: Path, root: str, *options: str) -> int:
    return main(["update", "--data", str(folder), "--base-url", root, *options])


def test_the_report_says_what_is_new_revised_and_gone(
    folder: Path, root: str, bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    bank.tables["13502"].codes["Tid"].append("2026")
    bank.values[("0301", "2026")] = bank.values[("3205", "2026")] = 94.0
    bank.values[("0301", "2024")] = 93.9
    bank.values.pop(("4001", "2021"))
    assert ask(folder, root, "--measure", "kindergarten_coverage_1_5") == 0
    said = capsys.readouterr().out.splitlines()
    name = "kindergarten_coverage_1_5: "
    assert said[0] == (
        f"{name}table 13502 as of 2026-06-15T06:00:00Z, brought in (confidence of the feed: medium)"
    )
    assert f"{name}new: 2 of 2026" in said
    assert any(line.startswith(f"{name}revised: 0301 2024: ") for line in said)
    assert any(line.startswith(f"{name}gone: 4001 2021: ") for line in said)
    assert said[-1] == "1 measure: 1 brought in."


def test_all_measures_are_tried_and_those_by_hand_counted(
    folder: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(folder, root) == 1, "tables that the server does not have are refused"
    said = capsys.readouterr().out
    sources = Counter(feed.source for feed in feeds.read(folder))
    total, by_hand = sources.total(), sources["by hand"]
    counts = f"1 brought in, {total - by_hand - 1} refused, {by_hand} by hand"
    assert f"{total} measures: {counts}." in said
    assert "ghg_industry: refused" in said and "run update --workbook FILE.xlsx" in said
    assert "population: refused, nothing changed." in said and "Non-existent table" in said


def test_by_hand_a_measure_asked_for_by_name_says_what_to_do(
    folder: Path, root: str, bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(folder, root, "--measure", "physicians_per_10000") == 0
    assert "physicians_per_10000: by hand. Open table 12209" in capsys.readouterr().out
    assert bank.asked == []


def test_a_dry_run_says_so(folder: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(folder)
    assert ask(folder, root, "--dry-run", "--measure", "kindergarten_coverage_1_5") == 0
    assert "nothing was written" in capsys.readouterr().out
    assert files(folder) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--measure", "kindergarden_coverage"], "Did you mean kindergarten_coverage_1_5"),
        (["--since", "20"], "--since 20 is no year"),
        (["--boundaries", "--since", "2020"], "run it by itself"),
        (["--date", "2027-01-01"], "--date belongs to --boundaries"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    folder: Path, root: str, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert ask(folder, root, *options) == 2
    assert said in capsys.readouterr().err


def test_an_address_without_https_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(folder, "http://data.ssb.no/api") == 2
    assert "is no address to ask" in capsys.readouterr().err


def test_a_folder_without_feeds_is_refused_with_a_sentence(
    folder: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "datapackage.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["resources"] = [r for r in told["resources"] if r["name"] != "sources-feeds"]
    file.write_text(json.dumps(told), encoding="utf-8")
    assert ask(folder, root) == 2
    assert 'describes no table "sources-feeds"' in capsys.readouterr().err
    assert ask(folder / "geo", root) == 2
    assert "name the folder that holds datapackage.json" in capsys.readouterr().err


def test_a_second_update_of_the_same_folder_is_refused(
    folder: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.FOLDER.mkdir(parents=True)
    with FileLock(cli.lock_file(folder)):
        assert ask(folder, root) == 2
    assert "Another update" in capsys.readouterr().err


def test_a_stop_is_told_in_a_sentence_and_leaves_whole_files(
    folder: Path,
    root: str,
    bank: Statbank,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    before = files(folder)
    monkeypatch.setattr(sources.pxweb, "fetch", stopped)
    assert ask(folder, root, "--measure", "kindergarten_coverage_1_5") == 2
    assert "run the command again to go on" in capsys.readouterr().err
    assert files(folder) == before


def test_a_run_killed_before_the_note_of_where_from_ends_in_the_same_files(
    folder: Path, root: str, bank: Statbank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.values[("0301", "2024")] = 93.9
    note = update.provenance.note_fetch

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(update.provenance, "note_fetch", killed)
    assert ask(folder, root, "--measure", "kindergarten_coverage_1_5") == 2
    monkeypatch.setattr(update.provenance, "note_fetch", note)
    assert ask(folder, root, "--measure", "kindergarten_coverage_1_5") == 0
    revised = update.provenance.revisions(folder)
    assert revised[["municipality", "year", "now"]].values.tolist() == [["0301", 2024, 93.9]]
    assert len(update.provenance.fetches(folder)) == 1


def test_only_answers_of_the_live_service_verify_a_feed(
    folder: Path,
    root: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from workbench.ingest.ssb import client

    def verified() -> str:
        rows = {row.measure: row.verified for row in feeds.read(folder)}
        return rows["kindergarten_coverage_1_5"]

    ask(folder, root, "--measure", "kindergarten_coverage_1_5")
    assert verified() == "never"
    monkeypatch.setattr(client, "LIVE", root)
    ask(folder, root, "--measure", "kindergarten_coverage_1_5")
    assert verified() != "never"
    assert "table 13502 as of 2026-06-15T06:00:00Z, unchanged" in capsys.readouterr().out


def test_a_server_that_answers_nonsense_gives_a_report_and_no_traceback(
    folder: Path, root: str, bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    def nonsense(handler: Handler, path: str) -> bool:
        handler.send(b"\x00\xff", 200, "application/json")
        return True

    bank.instead = nonsense
    before = files(folder)
    assert ask(folder, root) == 1
    fetched = [feed for feed in feeds.read(folder) if feed.source != "by hand"]
    assert f"{len(fetched)} refused" in capsys.readouterr().out
    assert files(folder) == before
