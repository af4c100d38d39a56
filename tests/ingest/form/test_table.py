"""Reported figures as a table: what is written is read back, and nothing is half written."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import leave_only

from ingest.form.forms import TODAY, asked, filled, put
from workbench.__main__ import main
from workbench.dataset import DATA, load
from workbench.errors import UsageError
from workbench.ingest.form import FormError, bring_in, table
from workbench.ingest.form.import_ import FILE

HEAD = "municipality,kpi,data_point,year,value,answer,note"
BASIC = ("EC: I: WS: 1C", "value")
BASIC_ROW = "3203,EC: I: WS: 1C,value,2024,{},,"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def handed(tmp_path: Path) -> Callable[..., Path]:
    """Return a table of these rows."""

    def write(*rows: str, name: str = "theirs.csv", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return path

    return write


def values(folder: Path) -> list[str]:
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return [row["value"] or row["answer"] for row in csv.DictReader(file)]


def test_a_table_brings_in_years_of_several_municipalities(
    folder: Path, handed: Callable[..., Path]
) -> None:
    rows = [
        BASIC_ROW.format(99.5),
        "3203,EC: I: WS: 1C,value,2023,99,,",
        "0219,SC: SH: SA: 3A,value,2024,,yes,Vedtatt 2024",
        "3201,EN: EN: AQ: 1C,SO2,2024,ikke rapportert,,",
    ]
    said = str(bring_in(handed(*rows), folder, today=TODAY))
    assert said.splitlines() == [
        "Asker (3203), 2023 to 2024: 2 answers and 0 not reported.",
        "Bærum (3201), 2024: 1 answer and 1 not reported.",
        "4 are new, 0 replace an earlier one and 0 stood there already.",
        "Written to reported.csv.",
    ]
    data = load(folder)
    assert data.series("reported_25", "Asker").to_dict() == {2023: 99.0, 2024: 99.5}
    assert data.series("reported_84", "Bærum").to_dict() == {2024: 1.0}


def test_a_norwegian_excel_s_table_is_read_as_well(
    folder: Path, handed: Callable[..., Path]
) -> None:
    path = handed(
        "3203;EC: I: WS: 1C;value;2024;99,5 %", head="\ufeffmunicipality;kpi;data_point;year;value"
    )
    bring_in(path, folder, today=TODAY)
    assert values(folder) == ["99.5"]


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["3201", "3203", "1106"]),
            st.sampled_from(sorted(k for k, f in asked().items() if f.kind == "yes/no")),
            st.integers(2015, 2025),
        ),
        st.tuples(
            st.sampled_from(["yes", "no", "not reported"]),
            st.text('abcæøå,;" ', max_size=12).map(lambda note: " ".join(note.split())),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_written_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    given: dict[tuple[str, tuple[str, str], int], tuple[str, str]],
) -> None:
    copy = tmp_path_factory.getbasetemp() / "round trip"
    if not copy.exists():
        shutil.copytree(DATA, copy)
        leave_only(copy, ["population"])
    shutil.copy(DATA / FILE, copy / FILE)
    path = copy.parent / "given.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(table.COLUMNS)
        for (number, (kpi, point), year), (answer, note) in given.items():
            out.writerow([number, kpi, point, year, "", answer, note.lstrip("=;")])
    try:
        said = bring_in(path, copy, today=TODAY)
    except FormError:  # a note that a spreadsheet could take for a formula
        assert (copy / FILE).read_bytes() == (DATA / FILE).read_bytes()
        return
    written = copy.parent / "written.csv"
    written.write_text(table.write(load(copy), ["3201", "3203", "1106"]), encoding="utf-8")
    again = bring_in(written, copy, today=TODAY)
    assert (said.new, again.new, again.changed, again.same) == (len(given), 0, 0, len(given))


def test_every_fault_of_every_file_is_named_and_nothing_is_written(
    folder: Path, handed: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [
        BASIC_ROW.format("mange"),
        BASIC_ROW.format(120).replace("2024", "1990"),
        "3299,EC: I: WS: 1C,values,2024,5,,",
        "3203,EC: I: WS: 2C,value,2024,,,",
        "3203,SC: SH: SA: 3A,value,2024,1,yes,=1+1",
        "3203,EN: EN: AQ: 1C,PM2.5,2024,9,,",
        "3203,EN: EN: AQ: 1C,PM10,2024,8,,",
    ]
    form = put(tmp_path / "form.xlsx", filled({BASIC: "ti"}))
    with pytest.raises(FormError) as refused:
        bring_in([handed(*rows), form], folder, today=TODAY)
    said = str(refused.value)
    for piece in (
        'theirs.csv line 2 (EC: I: WS: 1C): "mange" must be a number',
        'theirs.csv line 3 (EC: I: WS: 1C): "1990" must be a year from 2000 to 2026',
        'theirs.csv line 4: "3299" is not a number of a municipality',
        '"values" is no data point of EC: I: WS: 1C, which has value',
        "theirs.csv line 5 (EC: I: WS: 2C): must have a figure in value",
        'stands beside the answer "yes"',
        "begins as a formula does",
        "must be at most what stands in theirs.csv line 8",
        "form.xlsx Tall!G",
    ):
        assert piece in said, piece
    assert "--leave" not in said
    assert values(folder) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "must have the columns municipality, kpi, data_point, year, value"),
        (b"municipality,kpi\n", "must have the columns"),
        (HEAD.encode() + b"\n3203,EC: I\n", "another number of cells than of columns in line 2"),
        (HEAD.encode() + b"\n\xe6,,,,,,\n", "is not UTF-8 text"),
        (HEAD.encode() + b'\n"3203,,,,,,\n', "is no CSV"),
    ],
)
def test_what_is_no_table_is_refused(folder: Path, tmp_path: Path, text: bytes, rule: str) -> None:
    path = put(tmp_path / "a.csv", text)
    with pytest.raises(FormError, match=rule):
        bring_in(path, folder, today=TODAY)


def test_figures_given_twice_change_nothing_until_one_is_named(
    folder: Path, handed: Callable[..., Path]
) -> None:
    bring_in(handed(BASIC_ROW.format(98)), folder, today=TODAY)
    ours = handed(BASIC_ROW.format(99), name="ours.csv")
    twice = handed(BASIC_ROW.format(97), BASIC_ROW.format(96), name="twice.csv")
    with pytest.raises(UsageError) as refused:
        bring_in([ours, twice], folder, today=TODAY)
    assert str(refused.value).splitlines()[:2] == [
        "1 figure is given twice, and nothing was written:",
        "  3203 EC: I: WS: 1C value 2024: ours.csv:2 says 99; twice.csv:2 says 97; "
        "twice.csv:3 says 96; reported.csv:2 says 98.",
    ]
    assert values(folder) == ["98.0"]
    with pytest.raises(UsageError, match="twice.csv:2 says 97"):
        bring_in([ours, twice], folder, today=TODAY, stands=["twice.csv"])
    with pytest.raises(UsageError, match="names no file or row"):
        bring_in([ours, twice], folder, today=TODAY, stands=["mine.csv"])
    said = bring_in([ours, twice], folder, today=TODAY, stands=["reported.csv"])
    assert (said.new, said.changed, values(folder)) == (0, 0, ["98.0"])
    bring_in([ours, twice], folder, today=TODAY, stands=["twice.csv:3"])
    assert values(folder) == ["96.0"]


def test_two_forms_come_in_together(folder: Path, tmp_path: Path) -> None:
    forms = [
        put(tmp_path / f"{number}.xlsx", filled({BASIC: 99}, number)) for number in ("3203", "1106")
    ]
    said = bring_in(forms, folder, today=TODAY)
    assert (said.names, said.new) == (("Asker", "Haugesund"), 2)
    other = put(tmp_path / "again.xlsx", filled({BASIC: 98}))
    with pytest.raises(UsageError, match="3203.xlsx:.* says 99; again.xlsx:.* says 98"):
        bring_in([*forms, other], folder, today=TODAY)
    with pytest.raises(UsageError, match="--leave is for one form at a time"):
        bring_in(forms, folder, [4], today=TODAY)


def test_the_commands_hand_figures_from_one_folder_to_another(
    folder: Path, handed: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(handed(BASIC_ROW.format(98)), folder, today=TODAY)
    assert main(["export", "reported", "--group", "u4ssc", "--data", str(folder)]) == 0
    text = capsys.readouterr().out
    assert text == f"{HEAD}\n3203,EC: I: WS: 1C,value,2024,98.0,value,\n"
    path = put(tmp_path / "network.csv", text.encode())
    theirs = Path(shutil.copytree(DATA, tmp_path / "theirs"))
    assert main(["import", str(path), "--data", str(theirs)]) == 0
    assert values(theirs) == ["98.0"]
    assert main(["export", "reported", "--municipality", "Bærum", "--data", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == HEAD


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_network_s_table_is_the_same_file_on_any_console(
    folder: Path, handed: Callable[..., Path], tmp_path: Path, encoding: str
) -> None:
    note = "Målt på Bærums øyer – nå"
    bring_in(handed(f"3201,EC: I: WS: 1C,value,2024,98,,{note}"), folder, today=TODAY)
    path = tmp_path / "network.csv"
    with path.open("wb") as file:
        subprocess.run(
            [sys.executable, "-m", "workbench", "export", "reported", "--data", folder],
            env=os.environ | {"PYTHONIOENCODING": encoding},
            stdout=file,
            check=True,
            timeout=120,
        )
    theirs = Path(shutil.copytree(DATA, tmp_path / "theirs"))
    assert bring_in(path, theirs, today=TODAY).new == 1
    assert load(theirs).reported["note"].tolist() == [note]
