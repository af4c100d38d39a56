"""Feeds by label: a renamed code is found by its label, and nothing else is fetched."""

from pathlib import Path

import pandas as pd
import pytest

from ingest.server import Statbank
from ingest.test_cli import ask, own_cache  # noqa: F401  a fixture
from ingest.test_update import files
from workbench.analysis import coverage
from workbench.dataset import DATA, Dataset
from workbench.dataset.reported import is_reported
from workbench.errors import MissingFigures, UsageError
from workbench.ingest import feeds

MEASURE = "kindergarten_coverage_1_5"
LABEL = "Andel barn 1-5 år i barnehage, i forhold til innbyggere 1-5 år (prosent)"


def edit(folder: Path, selection: str) -> None:
    file = folder / "sources" / "feeds.csv"
    quoted = '"' + selection.replace('"', '""') + '"'
    text = file.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith(f"{MEASURE},"))
    cells = row.partition("ContentsCode=KOSandel150000")
    file.write_text(text.replace(row, cells[0] + quoted + cells[2]), encoding="utf-8")


@pytest.fixture
def labelled(folder: Path, bank: Statbank) -> Path:
    """The feed names a label, and the table has it for a code that was renamed."""
    table = bank.tables["13502"]
    table.codes["ContentsCode"] = ["KOSnew", "KOSandel350000"]
    table.labels["ContentsCode"] = {"KOSnew": f"  {LABEL.upper()} ", "KOSandel350000": "3-5 år"}
    edit(folder, f'ContentsCode="{LABEL}"')
    return folder


def selection(folder: Path) -> str:
    return next(feed.selection for feed in feeds.read(folder) if feed.measure == MEASURE)


def test_a_renamed_code_is_found_by_its_label(labelled: Path, root: str, bank: Statbank) -> None:
    assert ask(labelled, root, "--measure", MEASURE) == 0
    assert "KOSnew" in bank.data_requests()[0]
    assert selection(labelled) == f'ContentsCode="{LABEL}"', "the row keeps its label"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"KOSnew": "Andel barn 1-5 år i barnehage (prosent)"}, "no code has the label"),
        ({"KOSnew": LABEL, "KOSandel350000": LABEL}, "several codes have the label"),
    ],
)
def test_a_label_that_is_not_one_codes_is_refused_with_the_candidates(
    labelled: Path,
    root: str,
    bank: Statbank,
    capsys: pytest.CaptureFixture[str],
    labels: dict[str, str],
    said: str,
) -> None:
    bank.tables["13502"].labels["ContentsCode"] = labels
    before = files(labelled)
    assert ask(labelled, root, "--measure", MEASURE) == 1
    told = capsys.readouterr().out
    assert said in told and "KOSnew" in told and f"--measure {MEASURE} --choose" in told
    assert files(labelled) == before and bank.data_requests() == []

    assert ask(labelled, root, "--measure", MEASURE, "--choose", "ContentsCode=KOSnew") == 0
    assert selection(labelled) == "ContentsCode=KOSnew"
    assert "KOSnew" in bank.data_requests()[0]


def test_a_choice_is_of_one_feed_and_of_codes_that_are_there(
    labelled: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(labelled, root, "--choose", "ContentsCode=KOSnew") == 2
    assert "one feed at a time" in capsys.readouterr().err
    before = files(labelled)
    assert ask(labelled, root, "--measure", MEASURE, "--choose", "ContentsCode=KOSold") == 1
    assert 'no code "KOSold"' in capsys.readouterr().out
    assert ask(labelled, root, "--measure", MEASURE, "--choose", "Alder=1") == 2
    assert "Allowed: ContentsCode" in capsys.readouterr().err
    assert files(labelled) == before


@pytest.mark.parametrize("text", ['A="x', "A=1,1", 'A="x","x"', "A=1; A=2"])
def test_a_selection_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="A="):
        feeds.selection_of(text)


@pytest.mark.parametrize("text", ['A="a, b; c=d",e%2Cf; B=1', "A=105+,84.100-84.399"])
def test_a_selection_is_written_as_it_was_read(text: str) -> None:
    assert feeds.as_text(feeds.selection_of(text)) == text


def test_a_check_reads_descriptions_only_and_writes_nothing(
    labelled: Path, root: str, bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(labelled)
    assert ask(labelled, root, "--check") == 0
    lines = capsys.readouterr().out.splitlines()
    (found,) = [line for line in lines if line.startswith(MEASURE)]
    assert found == f"{MEASURE}: found, table 13502 to 2025 as of 2026-06-15T06:00:00Z"
    assert any(line.startswith("population: gone. ") for line in lines)
    bank.tables["13502"].labels["ContentsCode"] = {}
    assert ask(labelled, root, "--check", "--measure", MEASURE) == 0
    assert f"{MEASURE}: label changed. " in capsys.readouterr().out
    assert bank.data_requests() == [] and files(labelled) == before


def test_all_that_feeds_a_kpi_is_fetched_by_its_code(
    labelled: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(labelled, root, "--kpi", "sc:sh:si:5a") == 0
    assert f"{MEASURE}: table 13502" in capsys.readouterr().out
    assert ask(labelled, root, "--kpi", "SC: SH: SI: 9A") == 2
    assert "is no KPI. Did you mean SC: SH: SI:" in capsys.readouterr().err


def test_two_labels_of_one_code_ask_for_it_once() -> None:
    of = feeds.Feed(**{name: "" for name in feeds.Feed.__dataclass_fields__})
    of = feeds.replace(of, selection='A="x","X"')
    assert feeds.by_code(of, {"A": {"1": "x"}}).selection == "A=1"
    with pytest.raises(UsageError, match="chooses nothing"):
        feeds.with_choice(of, {}, {"B": ["1"]})


def test_at_least_thirty_kpis_are_fetched_and_coverage_says_how(data: Dataset) -> None:
    fetched = feeds.by_kpi(feeds.read(DATA), data.measures)
    assert len(fetched) >= 30 and set(fetched.values()) == {"direct", "proxy", "component"}
    table = coverage.coverage(data, ["4003", "3201"], fetched).set_index("kpi")
    for kpi, filled in table["filled_by"].items():
        if kpi in fetched and filled:
            assert filled.startswith(f'update --kpi "{kpi}"')
            assert filled.endswith("; form") == (fetched[kpi] != "direct")
        else:
            assert not filled.startswith("update")


def test_a_measure_without_figures_is_missing_and_no_error(data: Dataset) -> None:
    waiting = set(data.measures["measure"]) - set(data.published["measure"])
    assert "land_area" in waiting
    with pytest.warns(MissingFigures, match="Nobody has any"):
        assert data.series("land_area", "Skien").empty
    fed = {feed.measure for feed in feeds.read(DATA) if feed.source != "by hand"}
    assert {name for name in waiting if not is_reported(pd.Series([name])).item()} <= fed


def test_what_is_divided_by_is_fetched_with_a_kpi() -> None:
    chosen = feeds.choose(feeds.read(DATA), [], ["municipal_building_energy"])
    assert [feed.measure for feed in chosen] == [
        "municipal_building_area",
        "municipal_building_energy",
    ]
