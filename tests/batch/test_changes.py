"""What changed since the run before is noted once, told on every page, and survives a bad note."""

import errno
import json
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import workbench as wb
from workbench.batch import changes, changes_page, front_page, manifest, portal
from workbench.batch.site import Run
from workbench.batch.tasks import Work
from workbench.dataset import Dataset
from workbench.language.translator import languages
from workbench.storage import files

SKIEN, UTSIRA = "4003", "1151"
MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)

COLUMNS = ["municipality", "measure", "last_year", "last", "standing", "target", "target_year"]


def frame(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


def row(**other: object) -> tuple[object, ...]:
    usual = {"municipality": SKIEN, "measure": "low_income_share", "last_year": 2022.0}
    usual |= {"last": 12.9, "standing": "slow", "target": 6.8, "target_year": 2030.0}
    return tuple((usual | other).values())


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        (row(), []),
        (row(last_year=2023.0, last=13.0), ["figure"]),
        (row(last=13.0), ["figure"]),
        (row(standing="first"), ["standing"]),
        (row(target=5.0), ["target"]),
        (row(target_year=2035.0), ["target"]),
        (row(target=float("nan"), target_year=float("nan")), []),
        (row(last=13.0, standing="first", target=5.0), ["figure", "standing", "target"]),
        # A series that was not there has its first figure and target, and no standing that moved.
        (row(municipality=UTSIRA), ["figure", "target"]),
    ],
)
def test_each_kind_of_change_is_told_apart(now: tuple[object, ...], kinds: list[str]) -> None:
    found = changes.compare(frame(row()), frame(now))
    told = [kind for kind in changes.KINDS if len(found) and found[f"new_{kind}"].iloc[0]]
    assert told == kinds


def test_without_a_target_nothing_differs_where_nothing_is_known() -> None:
    none = row(target=float("nan"), target_year=float("nan"))
    assert changes.compare(frame(none), frame(none)).empty


@pytest.fixture(scope="module")
def newer(data: Dataset) -> Dataset:
    """The figures with one more year of low income in Skien, a fifth above the newest."""
    known = data.observations
    newest = known[known["measure"].eq("low_income_share") & known["municipality"].eq(SKIEN)].tail(
        1
    )
    added = newest.assign(year=newest["year"] + 1, value=newest["value"] * 1.2)
    return replace(data, observations=pd.concat([known, added], ignore_index=True))


@pytest.fixture(scope="module")
def run(data: Dataset, newer: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Pages of two municipalities, made on Tuesday after a run on Monday without that year."""
    out = tmp_path_factory.mktemp("changes")
    changes.record(data, out, MONDAY, "of Monday")
    changes.record(newer, out, TUESDAY, "of Tuesday")
    made = Run(newer, TUESDAY, out, "nb")
    for number in (SKIEN, UTSIRA):
        for code in languages():
            files.write(made.folder(number) / f"01_status.{code}.html", "<title>Status</title>")
            files.write(made.folder(number) / f"index.{code}.html", "")
    failed = [line for work in front_page.works(made, [SKIEN, UTSIRA]) for line in make(work, made)]
    assert failed + changes_page.write(made) + portal.write(made) == []
    return made


def make(work: Work, run: Run) -> list[str]:
    """Write front pages as a worker does, from figures that are in no folder."""
    assert work.front is not None
    return [
        line
        for code, key in front_page.due(work.front).items()
        for line in run.write(
            work.out / work.name / f"index.{code}.html",
            f"index.{code}",
            key,
            partial(front_page.front_page, run, wb.view(run.data, work.number, code)),
        )
    ]


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html5lib")


def test_the_same_figures_are_no_change(data: Dataset, tmp_path: Path) -> None:
    changes.record(data, tmp_path, MONDAY, "some code")
    changes.record(data, tmp_path, TUESDAY, "other code")
    since, rows = changes.since_last(data, tmp_path)
    assert since is None and rows.empty
    assert changes_page.write(Run(data, TUESDAY, tmp_path, "nb")) == []
    assert not list(tmp_path.glob("*.html"))


def test_without_room_the_note_is_left_out_and_said(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workbench.storage.files.write", full)
    (said,) = changes.record(data, tmp_path, MONDAY, "some code")
    assert said == "What changed since the last run cannot be noted: No space left on device."


def test_a_run_that_finds_nothing_new_leaves_what_was_told(
    run: Run, newer: Dataset, tmp_path: Path
) -> None:
    before = changes.since_last(newer, run.out)
    changes.record(newer, run.out, date(2026, 11, 4), "of Wednesday")
    after = changes.since_last(newer, run.out)
    assert before[0] == after[0] == MONDAY
    pd.testing.assert_frame_equal(before[1], after[1])


def test_the_front_page_tells_the_new_figure_and_where_it_stands(run: Run) -> None:
    page = read(run.folder(SKIEN) / "index.nb.html")
    (heading,) = [h for h in page.select("h2") if h.get_text() == "Endret siden 2. november 2026"]
    text = " ".join(heading.find_next("ul").get_text().split())
    name = "innbyggere i husholdninger med lav inntekt (EU60)"
    assert f"Nye tall: {name} (15,5 % i 2023, før 12,9 % i 2022)." in text
    now = wb.view(run.data, SKIEN).standings.set_index("measure").loc["low_income_share"]
    assert now["last_year"] == 2023
    told = heading.find_next("ul").select("[data-measure=low_income_share]")
    assert {part["data-standing"] for part in told} == {now["standing"]}
    assert "Endret siden" not in read(run.folder(UTSIRA) / "index.nb.html").get_text()


@pytest.mark.parametrize("code", languages())
def test_the_page_for_all_is_linked_and_counts_the_municipalities(run: Run, code: str) -> None:
    page = read(run.out / f"changes.{code}.html")
    _, rows = changes.since_last(run.data, run.out)
    counts = [
        int(row.select("td")[1].get_text()) for row in page.select("table")[0].select("tr")[1:]
    ]
    assert sum(counts) == rows["new_figure"].sum() >= 1
    assert "Skien" in page.select("table")[0].get_text()
    for beside in (run.out / run.portal(code), run.folder(SKIEN) / f"index.{code}.html"):
        links = [str(link["href"]).rpartition("/")[2] for link in read(beside).select("a[href]")]
        assert f"changes.{code}.html" in links


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        "{",
        '{"since": "2026-11-02"}',
        '{"since": "2026-11-02", "columns": {"municipality": 7}}',
        '{"since": "yesterday", "columns": {}}',
    ],
)
def test_a_note_that_cannot_be_read_counts_as_none(
    data: Dataset, tmp_path: Path, note: str
) -> None:
    for name in ("changes", "standings"):
        files.write(tmp_path / manifest.STATE / f"{name}.json", note)
    assert len(changes.since_last(data, tmp_path)[1]) == 0
    changes.record(data, tmp_path, MONDAY, "code")
    assert len(changes.since_last(data, tmp_path)[1]) == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [("municipality", "../x"), ("measure", "<b>"), ("standing", "splendid"), ("last_year", 1e12)],
)
def test_of_a_note_only_what_the_figures_know_is_told(
    run: Run, tmp_path: Path, column: str, value: object
) -> None:
    text = (run.out / manifest.STATE / "changes.json").read_text(encoding="utf-8")
    held = json.loads(text)
    held["columns"][column] = [value for _ in held["columns"][column]]
    files.write(tmp_path / manifest.STATE / "changes.json", json.dumps(held))
    assert len(changes.since_last(run.data, run.out)[1])
    assert len(changes.since_last(run.data, tmp_path)[1]) == 0
