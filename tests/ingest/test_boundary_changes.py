"""New municipalities: what Klass announces for a 1 January comes into every table, or into none."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import leave_only

import workbench as wb
from ingest.conftest import QUICK
from ingest.server import Statbank, serving
from ingest.test_update import files
from workbench.__main__ import main
from workbench.dataset import DATA, boundaries, loading
from workbench.ingest import boundary_changes
from workbench.ingest.boundary_changes import follow, successions
from workbench.ingest.ssb import klass
from workbench.ingest.ssb.client import Client, SourceError
from workbench.ingest.ssb.klass import Announced, Change

DAY = date(2027, 1, 1)
NOW = {row["number"]: row for row in csv.DictReader((DATA / "municipalities.csv").open())}


@pytest.fixture
def folder(whole: Path) -> Path:
    """Figures of each kind: a ratio, a sum, a mean and a weighted mean. `whole` has all."""
    shares = ["voter_turnout_storting", "kindergarten_coverage_1_5"]
    leave_only(whole, [*shares, "population", "lower_secondary_grade_points"])
    return whole


def announce(*changes: tuple[str, str, str], day: date = DAY, **names: str) -> Announced:
    """Return what Klass would say if, beside what is known, these became those: old, new, name."""
    given_up = {old for old, new, _ in changes if old != new}
    official = {n: row["official_name"] for n, row in NOW.items() if n not in given_up}
    official |= {new: name for _, new, name in changes}
    counties = {row["county"]: row["county_name"] for row in NOW.values()}
    rows = [Change(day, old, NOW[old]["name"], new, name) for old, new, name in changes]
    return Announced(DAY, official, tuple(rows), counties | {"57": "Nyfylke"})


def drop_targets(folder: Path, *numbers: str) -> None:
    """Take out the targets of municipalities that are no more, which somebody has to decide on."""
    table = pd.read_csv(folder / "targets.csv", dtype=str)
    table[~table["municipality"].isin(numbers)].to_csv(folder / "targets.csv", index=False)


def test_where_nothing_is_announced_nothing_changes(folder: Path) -> None:
    before = files(folder)
    assert "357 municipalities" in boundary_changes.bring_in(folder, announce(), dry=False)
    assert files(folder) == before


def test_a_merger_comes_into_every_table_and_adds_up_its_figures(whole: Path) -> None:
    # Made up: Bærum and Asker become one. Votes and voters of 2025 stand in data/observations.
    was = wb.load(whole).observations.query("measure == 'voter_turnout_storting' & year == 2025")
    parts = was[was["municipality"].isin(["3201", "3203"])]
    drop_targets(whole, "3201", "3203")
    told = boundary_changes.bring_in(
        whole,
        announce(("3201", "3250", "Vestviken"), ("3203", "3250", "Vestviken")),
        dry=False,
    )
    assert "3201 + 3203 -> 3250 Vestviken (merged, 2027)" in told
    assert "group u4ssc: 3201, 3203 -> 3250" in told
    data = wb.load(whole)
    assert len(data.municipalities) == 356
    assert data.municipality("0219") == data.municipality("3203") == "3250"
    expected = 100 * parts["numerator"].sum() / parts["denominator"].sum()
    assert data.series("voter_turnout_storting", "Vestviken").loc[2025] == pytest.approx(expected)
    assert len(data.group("u4ssc")) == 11 and "3250" in data.group("u4ssc")
    assert "3250" in data.group("county-akershus") and len(data.group("county-akershus")) == 20
    assert {"3201", "3203"}.isdisjoint(data.groups["municipality"])
    assert "3250" in set(data.outlines["number"]) and len(data.outlines) == 356
    # What ITU printed of the old municipalities is of them, not of the new one.
    assert "3250" not in set(data.u4ssc_results["municipality"].dropna())
    assert (
        boundaries.check_totals(data.published, data.observations, data.set_aside, data.measures)
        == []
    )


def test_a_new_number_hands_everything_on(folder: Path) -> None:
    before = wb.load(folder)
    told = boundary_changes.bring_in(folder, announce(("1149", "1199", "Karmøy")), dry=False)
    assert "1149 -> 1199 Karmøy (renumbered, 2027)" in told
    after = wb.load(folder)
    for measure in ("voter_turnout_storting", "population", "kindergarten_coverage_1_5"):
        pd.testing.assert_series_equal(
            after.series(measure, "1199"), before.series(measure, "1149")
        )
    assert "1199" in after.group("u4ssc")
    printed = before.u4ssc_results["municipality"] == "1149"
    assert (after.u4ssc_results.loc[printed, "municipality"] == "1199").all() and printed.any()
    assert len(after.observations) == len(before.observations)


def test_a_split_hands_no_figure_down(folder: Path) -> None:
    told = boundary_changes.bring_in(
        folder, announce(("3203", "3251", "Asker"), ("3203", "3252", "Hurum")), dry=False
    )
    assert "3203 -> 3251 Asker (split, 2027)" in told
    assert "outline from before the split" in told
    data = wb.load(folder)
    assert data.series("voter_turnout_storting", "3251").empty
    aside = data.set_aside.query("municipality == '3252' & measure == 'voter_turnout_storting'")
    assert set(aside["reason"]) == {"split"}
    assert {"3251", "3252"} <= set(data.group("u4ssc"))


def test_a_municipality_that_takes_in_another_keeps_its_number(folder: Path) -> None:
    told = boundary_changes.bring_in(folder, announce(("1144", "1103", "Stavanger")), dry=False)
    assert "1144 -> 1103 (taken in, 2027)" in told
    data = wb.load(folder)
    assert data.municipality("1144") == "1103" and len(data.municipalities) == 356


def test_parts_that_come_together_again_are_whole_again(folder: Path) -> None:
    """Ålesund was split in 2024; if its parts were one again, 2021 could be handed on again."""
    boundary_changes.bring_in(
        folder, announce(("1508", "1590", "Ålesund"), ("1580", "1590", "Ålesund")), dry=False
    )
    data = wb.load(folder)
    assert 2021 in data.series("voter_turnout_storting", "1590").index
    history = data.municipality_history.query("number == '1507'")
    assert history[["municipality", "split"]].values.tolist() == [["1590", "no"]]


def test_a_new_county_gets_a_group_and_a_name(folder: Path) -> None:
    told = boundary_changes.bring_in(folder, announce(("1149", "5701", "Karmøy")), dry=False)
    assert "new group county-nyfylke" in told
    data = wb.load(folder)
    assert data.group("county-nyfylke") == ["5701"]
    assert set(data.labels.query("kind == 'group'")["key"]) == set(data.groups["group"])


def test_a_dry_run_shows_all_and_writes_nothing(folder: Path) -> None:
    before = files(folder)
    told = boundary_changes.bring_in(folder, announce(("1144", "1103", "Stavanger")), dry=True)
    assert "taken in" in told and "totals are kept" in told and "nothing was written" in told
    assert files(folder) == before


def test_an_official_name_that_is_another_is_brought_in(folder: Path) -> None:
    announced = announce()
    announced.names["3201"] = "Bærum - Baerum"
    assert "official name Bærum - Baerum" in boundary_changes.bring_in(folder, announced, dry=False)
    assert wb.load(folder).name("3201") == "Bærum"


REFUSED = [
    ([("3201", "3250", "A")], date(2026, 7, 1), "only changes on 1 January"),
    ([("3201", "3201", "Bærum"), ("3201", "3250", "A")], DAY, "kept its number"),
]


@pytest.mark.parametrize(("changes", "day", "said"), REFUSED)
def test_what_the_history_cannot_hold_is_refused(
    folder: Path, changes: list[tuple[str, str, str]], day: date, said: str
) -> None:
    before = files(folder)
    with pytest.raises(SourceError, match=said):
        boundary_changes.bring_in(folder, announce(*changes, day=day), dry=False)
    assert files(folder) == before


def test_lists_that_do_not_agree_are_refused(folder: Path) -> None:
    announced = announce(("3201", "3250", "A"))
    announced.names["3201"] = "Bærum"
    before = files(folder)
    with pytest.raises(SourceError, match=r"not what its list of changes leads to.*3201"):
        boundary_changes.bring_in(folder, announced, dry=False)
    unknown = Announced(DAY, announce().names, (Change(DAY, "0219", "B", "3250", "A"),), {})
    with pytest.raises(SourceError, match="not a municipality of the time before"):
        boundary_changes.bring_in(folder, unknown, dry=False)
    assert files(folder) == before


def test_a_decision_about_a_municipality_that_is_no_more_is_asked_for(folder: Path) -> None:
    (folder / "responsible.csv").write_text(
        "municipality,goal,responsible\n3201,13,Klima og miljø\n", encoding="utf-8"
    )
    with pytest.raises(SourceError, match=r"responsible.csv has a row for 3201"):
        boundary_changes.bring_in(folder, announce(("3201", "3203", "Asker")), dry=False)


def test_a_reform_that_was_stopped_is_finished_by_the_next_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the first file and the second, which would not fit each other."""
    write, done = boundary_changes.files.write, []

    def killed(path: Path, content: str | bytes) -> None:
        if path.parent == folder:
            if done:
                raise KeyboardInterrupt
            done.append(path)
        write(path, content)

    monkeypatch.setattr(boundary_changes.files, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        boundary_changes.bring_in(folder, announce(("1144", "1103", "Stavanger")), dry=False)
    monkeypatch.undo()
    boundary_changes.finish(folder)
    assert len(wb.load(folder).municipalities) == 356
    assert not (folder / ".reform").exists()


@pytest.fixture(scope="module")
def published() -> dict[str, pd.DataFrame]:
    """A ratio and a sum, as they were published."""
    catalogue = loading.read_catalogue(DATA)
    wanted = ["voter_turnout_storting", "ghg_road_traffic"]
    measures = catalogue["measures"]
    about = measures[measures["measure"].isin(wanted)]
    figures = loading.read_figures(DATA, catalogue, wanted)
    return {"history": catalogue["municipality_history"], "about": about, "figures": figures}


@settings(max_examples=25)
@given(
    parts=st.lists(st.sampled_from(sorted(NOW)), min_size=1, max_size=5, unique=True),
    renumbered=st.booleans(),
)
def test_any_merger_keeps_every_total(
    published: dict[str, pd.DataFrame], parts: list[str], renumbered: bool
) -> None:
    target = "9001" if renumbered else parts[0]
    changes = [Change(DAY, old, old, target, "Ny") for old in parts if old != target]
    history, about, figures = (published[name] for name in ("history", "about", "figures"))
    for one in successions(changes, history):
        history = follow(history, one)
    observations, aside = boundaries.harmonise(figures, history, about)
    assert boundaries.check_totals(figures, observations, aside, about) == []
    assert not set(observations["municipality"]) & (set(parts) - {target})


# Klass


def codes(names: dict[str, str]) -> dict[str, Any]:
    """Return what ``codesAt`` says, with the parts that it was recorded to have."""
    rest: dict[str, Any] = {
        "parentCode": None,
        "level": "1",
        "shortName": "",
        "presentationName": "",
    }
    rows = [
        {"code": c, **rest, "name": n, "validFrom": None, "notes": ""} for c, n in names.items()
    ]
    return {"codes": rows}


def changes(*rows: tuple[str | None, ...]) -> dict[str, Any]:
    keys = ("oldCode", "oldName", "newCode", "newName", "changeOccurred")
    told = [dict(zip(keys, row, strict=True)) for row in rows]
    return {"codeChanges": [{**row, "oldShortName": "", "newShortName": ""} for row in told]}


@pytest.fixture
def klass_bank() -> Statbank:
    """Klass, announcing that Randaberg becomes part of Stavanger (made up)."""
    municipalities = {n: row["official_name"] for n, row in NOW.items() if n != "1127"}
    counties = {row["county"]: row["county_name"] for row in NOW.values()}
    base = "/klass/v1/classifications"
    others = {"9999": "Uoppgitt", "2100": "Svalbard"}
    told = {
        f"{base}/131/codesAt": codes(municipalities | others),
        f"{base}/131/changes": changes(("1127", "Randaberg", "1103", "Stavanger", "2027-01-01")),
        f"{base}/104/codesAt": codes(counties | {"99": "Uoppgitt"}),
    }
    return Statbank(klass=told)


def test_the_command_brings_in_what_klass_announces(
    folder: Path, klass_bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(klass_bank) as root:
        command = ["update", "--boundaries", "--date", "2027-01-01", "--base-url", root]
        assert main([*command, "--data", str(folder), "--dry-run"]) == 0
        assert len(wb.load(folder).municipalities) == 357
        assert main([*command, "--data", str(folder)]) == 0
        told = capsys.readouterr().out
        assert "1127 -> 1103 (taken in, 2027)" in told and "356 municipalities" in told
        assert len(wb.load(folder).municipalities) == 356
    asked = klass_bank.asked[0]
    assert "changes?from=2024-01-02&to=2027-01-02&" in asked, (
        "the day itself is counted, 'to' is not"
    )
    assert "includeFuture=true" in asked


def test_the_same_announcement_twice_is_brought_in_once(
    folder: Path, klass_bank: Statbank, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(klass_bank) as root:
        command = ["update", "--boundaries", "--date", "2027-01-01", "--base-url", root]
        assert main([*command, "--data", str(folder)]) == 0
        before = files(folder)
        assert main([*command, "--data", str(folder)]) == 0
    assert files(folder) == before
    assert "nothing is new" in capsys.readouterr().out


BROKEN: list[tuple[str, Any, str]] = [
    ("changes", {"codeChanges": [{"oldCode": "1127", "newCode": "1103"}]}, "no “changeOccurred”"),
    ("changes", {"codeChanges": [None]}, "has no parts"),
    ("changes", {}, "no “codeChanges”"),
    ("changes", [], "no “codeChanges”"),
    ("changes", changes(("x", "A", "1103", "B", "2027-01-01")), "no number of a municipality"),
    ("changes", changes(("1127", "A", "1103", "B", "soon")), "has no day"),
    ("changes", changes(("1127", "A", "1103", "B" * 999, "2027-01-01")), "no “newName”"),
    ("131/codesAt", {"codes": []}, "0 municipalities"),
    ("131/codesAt", {"codes": [{"code": "0301", "name": "O"}] * 2}, "lists 0301 twice"),
    ("131/codesAt", {"codes": [None]}, "no “code”"),
]


@pytest.mark.parametrize(("part", "answer", "said"), BROKEN)
def test_a_broken_answer_of_klass_is_refused(
    folder: Path, klass_bank: Statbank, part: str, answer: Any, said: str
) -> None:
    name = next(name for name in klass_bank.klass if name.endswith(part))
    klass_bank.klass[name] = answer
    before = files(folder)
    with (
        serving(klass_bank) as root,
        Client(root, QUICK) as client,
        pytest.raises(SourceError, match=said),
    ):
        klass.announced(client, boundary_changes.last_change(folder), DAY)
    assert files(folder) == before


#: Another official name is brought in, and no change of boundaries.
RENAMED = ("3201", "Bærum", "3201", "Bærum - Baerum", "2026-07-01")

#: Rows of changes about no municipality, or that say nothing of what one became. Klass documents
#: that a code is null where there was none before, or is none after.
OF_NO_INTEREST: list[tuple[str | None, ...]] = [
    (None, None, "1103", "Stavanger", "2027-01-01"),
    (None, None, "2111", "Longyearbyen", "2026-07-01"),
    ("2100", "Svalbard", None, None, "2026-07-01"),
    (None, None, None, None, None),
    ("9999", "Uoppgitt", "9999", None, "soon"),
    ("2211", "Jan Mayen\N{NO-BREAK SPACE}", "2299", "", "2026-05-17"),
    ("11", "Rogaland", "11", "Rogaland", "2026-07-01"),
    RENAMED,
    ("3201", "Bærum", "3250", "Vestviken", "2031-01-01"),
]


def heard(folder: Path, bank: Statbank, *rows: tuple[str | None, ...]) -> Announced:
    """Return what is announced when Klass has these rows of changes, too."""
    base = "/klass/v1/classifications/131"
    bank.klass[f"{base}/changes"]["codeChanges"] += changes(*rows)["codeChanges"]
    if rows:
        bank.klass[f"{base}/codesAt"]["codes"] += [
            {"code": "2111", "name": None},
            {"code": "9999", "name": ""},
            {"code": "9999", "name": "Uoppgitt"},
        ]
    with serving(bank) as root, Client(root, QUICK) as client:
        return klass.announced(client, boundary_changes.last_change(folder), DAY)


@pytest.mark.parametrize("row", [one for one in OF_NO_INTEREST if one != RENAMED])
def test_a_row_of_no_interest_changes_nothing(
    folder: Path, klass_bank: Statbank, row: tuple[str | None, ...]
) -> None:
    usual = heard(folder, klass_bank)
    assert heard(folder, klass_bank, row) == usual


@pytest.mark.parametrize("rows", [[RENAMED], OF_NO_INTEREST])
def test_a_row_of_no_interest_refuses_no_other(
    folder: Path, klass_bank: Statbank, rows: list[tuple[str | None, ...]]
) -> None:
    told = heard(folder, klass_bank, *rows)
    assert "1127 -> 1103 (taken in, 2027)" in boundary_changes.bring_in(folder, told, dry=False)
    data = wb.load(folder)
    assert len(data.municipalities) == 356 and data.municipality("1127") == "1103"


def test_a_municipality_that_ends_without_a_successor_is_refused(
    folder: Path, klass_bank: Statbank
) -> None:
    """Nobody says where its figures belong."""
    base = "/klass/v1/classifications/131"
    klass_bank.klass[f"{base}/changes"] = changes(("1127", "Randaberg", None, None, "2027-01-01"))
    with serving(klass_bank) as root, Client(root, QUICK) as client:
        told = klass.announced(client, boundary_changes.last_change(folder), DAY)
    before = files(folder)
    with pytest.raises(SourceError, match=r"they differ in 1127\. Nothing was changed"):
        boundary_changes.bring_in(folder, told, dry=False)
    assert files(folder) == before


@pytest.mark.parametrize(
    "written", ["Stavanger ", " Stavanger", "\N{NO-BREAK SPACE}Stavanger", "Stavanger\N{TAB}"]
)
def test_spaces_around_a_name_are_no_part_of_it(
    folder: Path, klass_bank: Statbank, written: str
) -> None:
    base = "/klass/v1/classifications/131"
    for row in klass_bank.klass[f"{base}/codesAt"]["codes"]:
        if row["code"] == "1103":
            row["name"] = written
        if row["name"] == "Nore og Uvdal":
            row["name"] = "Nore\N{NO-BREAK SPACE}og Uvdal"
    klass_bank.klass[f"{base}/changes"] = changes(
        ("1127", "Randaberg ", "1103 ", written, "2027-01-01")
    )
    with serving(klass_bank) as root, Client(root, QUICK) as client:
        told = klass.announced(client, boundary_changes.last_change(folder), DAY)
    names = dict(told.names)
    assert (names["1103"], names["3338"]) == ("Stavanger", "Nore og Uvdal")
    assert "official name" not in boundary_changes.bring_in(folder, told, dry=False)


def test_a_merger_in_the_middle_of_a_year_is_refused_by_name(folder: Path) -> None:
    july = date(2026, 7, 1)
    renamed = Change(july, "1103", "Stavanger", "1103", "Stavanger - Stavanger")
    told = announce(("1127", "1103", "Stavanger"))
    kept = Announced(told.day, told.names, (renamed, *told.changes), told.counties)
    assert "taken in" in boundary_changes.bring_in(folder, kept, dry=True)
    moved = Change(july, "3201", "Bærum", "3250", "Vestviken")
    before = files(folder)
    with pytest.raises(SourceError, match=r"2026-07-01 \(3201 Bærum -> 3250 Vestviken\)"):
        boundary_changes.bring_in(folder, Announced(told.day, told.names, (moved,), {}), dry=False)
    assert files(folder) == before
