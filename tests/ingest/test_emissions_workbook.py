"""The workbook of emissions: read without trust, and its figures are those first gathered."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import budget
import openpyxl
import pandas as pd
import pytest

from ingest.server import Statbank
from ingest.test_update import changed, files
from workbench.__main__ import main
from workbench.dataset import DATA
from workbench.errors import UsageError
from workbench.ingest import emissions_workbook, feeds
from workbench.ingest.ssb.client import Client, SourceError
from workbench.ingest.ssb.pxweb import Store
from workbench.ingest.update import Outcome, Update
from workbench.storage import cache

HEAD = ["Fylke", "Kommunenummer", "Kommune", "År", "Sektor", "Utslippskilde", "Klimagass"]
HEAD += ["Utslipp (tonn CO2-ekvivalenter)"]
SECTORS = {
    "ghg_road_traffic": "Veitrafikk",
    "ghg_heating": "Oppvarming",
    "ghg_waste_and_sewage": "Avfall og avløp",
    "ghg_agriculture": "Jordbruk",
    "ghg_other_mobile": "Annen mobil forbrenning",
    "ghg_industry": "Industri, olje og gass",
    "ghg_shipping": "Sjøfart",
    "ghg_aviation": "Luftfart",
    "ghg_energy_supply": "Energiforsyning",
    "ghg_fluorinated_gases": "Produkter med fluorgasser",
}
Row = list[Any]


def shipped(measure: str) -> pd.DataFrame:
    return pd.read_csv(DATA / "observations" / f"{measure}.csv", dtype={"municipality": str})


def rows() -> list[Row]:
    """Return a sheet whose sums are the figures in data/observations, each parted into two gases.

    It has no row beside those of the ten sectors, whose sum is the total.
    """
    found: list[Row] = []
    for measure, sector in SECTORS.items():
        for row in shipped(measure).itertuples():
            place = ["Telemark", row.municipality, "", row.year, sector, "Alt"]
            found.append([*place, "CO2", round(0.75 * row.value, 4)])
            found.append([*place, "CH4", round(row.value - round(0.75 * row.value, 4), 4)])
    return found


def save(
    path: Path, table: list[Row], head: Row = HEAD, sheet: str = emissions_workbook.EMISSIONS
) -> Path:
    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("Om statistikken").append(["Les dette først"])
    page = book.create_sheet(sheet)
    for row in [head, *table]:
        page.append(row)
    book.save(path)
    return path


@pytest.fixture
def bring(folder: Path, tmp_path: Path) -> Callable[[Path], list[Outcome]]:
    """Bring in the measures that are fed from a workbook."""

    def run(file: Path) -> list[Outcome]:
        chosen = [feed for feed in feeds.read(folder) if feed.source == "workbook"]
        with Client("http://127.0.0.1:9") as client:
            store = Store(tmp_path / "fetched")
            return Update(folder, client, store, workbook=file).run(chosen)

    return run


def test_the_shipped_emissions_come_out_of_the_workbook(
    bring: Callable[[Path], list[Outcome]], tmp_path: Path
) -> None:
    outcomes = bring(save(tmp_path / "emissions.xlsx", rows()))
    assert [outcome.state for outcome in outcomes] == ["brought in"] * 11
    assert [changed(outcome) for outcome in outcomes] == [[]] * 11


def test_a_new_year_comes_in_and_the_same_file_is_read_once(
    bring: Callable[[Path], list[Outcome]], folder: Path, tmp_path: Path
) -> None:
    more = [["", 4003, "Skien", 2025, "Veitrafikk", "Personbiler", "CO2", 40_000.5]]
    file = save(tmp_path / "emissions.xlsx", rows() + more)
    news = {outcome.feed.measure: changed(outcome) for outcome in bring(file)}
    assert [row[:3] for row in news["ghg_road_traffic"]] == [("4003", 2025, "new")]
    assert "4003,2025,40000.5,,," in (folder / "observations" / "ghg_road_traffic.csv").read_text(
        encoding="utf-8"
    )
    assert {outcome.state for outcome in bring(file)} == {"unchanged"}


def test_the_command_reads_a_workbook(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    file = save(tmp_path / "emissions.xlsx", rows())
    assert main(["update", "--data", str(folder), "--workbook", str(file)]) == 0
    said = capsys.readouterr().out
    assert "11 measures: 11 brought in." in said
    assert "ghg_industry: sheet Oversikt - detaljert as of sha256 " in said


def test_a_sector_of_another_name_is_refused_until_it_is_chosen(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    other = [[*row[:4], row[4].replace("Produkter med ", ""), *row[5:]] for row in rows()]
    file = save(tmp_path / "emissions.xlsx", other)
    asked = ["update", "--data", str(folder), "--workbook", str(file)]
    asked += ["--measure", "ghg_fluorinated_gases"]
    assert main(asked) == 1
    assert 'fluorgasser ("fluorgasser")' in capsys.readouterr().out
    assert main([*asked, "--choose", "Sektor=fluorgasser"]) == 0
    assert "1 brought in" in capsys.readouterr().out


def test_the_workbook_is_fetched_from_its_address_once(
    folder: Path, bank: Statbank, root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = save(tmp_path / "emissions.xlsx", rows()).read_bytes()
    bank.files[emissions_workbook.PATH] = (whole, "application/octet-stream")
    asked = ["update", "--data", str(folder), "--base-url", root]
    assert main([*asked, "--measure", "ghg_industry", "ghg_heating"]) == 0
    said = capsys.readouterr().out
    assert "2 measures: 2 brought in." in said and "as of sha256 " in said
    assert len(bank.asked) == 1
    provenance = (folder / "sources" / "provenance.csv").read_text(encoding="utf-8")
    assert f"{root}{emissions_workbook.PATH},Oversikt - detaljert" in provenance


@pytest.mark.parametrize(
    ("body", "kind", "rule"),
    [
        (b"<!DOCTYPE html><title>Finner ikke siden</title>", "text/html", "web page (HTML)"),
        (b"<!DOCTYPE html>", "application/octet-stream", "web page (HTML)"),
        (b"Kommune;\xc5r", "application/octet-stream", "is no workbook (.xlsx)"),
        (b"PK and more", "application/octet-stream", "is no Excel workbook (.xlsx), or is damaged"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_to_do(
    folder: Path,
    bank: Statbank,
    root: str,
    capsys: pytest.CaptureFixture[str],
    body: bytes,
    kind: str,
    rule: str,
) -> None:
    bank.files[emissions_workbook.PATH] = (body, kind)
    before = files(folder)
    asked = ["update", "--data", str(folder), "--base-url", root]
    assert main([*asked, "--measure", "ghg_industry", "ghg_heating"]) == 1
    said = capsys.readouterr().out
    assert rule in said and "run update --workbook FILE.xlsx" in said
    assert files(folder) == before and len(bank.asked) == 1, "it is not asked for again"


def one(**cells: Any) -> list[Row]:
    """Return a sheet of one row with some cells changed."""
    row = dict(zip(HEAD, ["", "4003", "", 2025, "Veitrafikk", "", "", 1.0], strict=True))
    return [list({**row, **cells}.values())]


CELLS: list[tuple[dict[str, Any], str]] = [
    ({HEAD[-1]: "1,5 kg"}, "must be a number"),
    ({HEAD[-1]: "1.500"}, "can be read in two ways"),
    ({HEAD[-1]: "=1+1"}, "must be a number"),
    ({HEAD[-1]: True}, "must be a number"),
    ({"År": "i fjor"}, "must be a year"),
    ({"År": 2025.5}, "must be a year"),
    ({"År": None}, "must be a year"),
    ({"Kommunenummer": "403"}, "four digits"),
    ({"Kommunenummer": 4003.5}, "four digits"),
    ({"Sektor": None}, "must be a name"),
    ({"Sektor": '=HYPERLINK("https://elsewhere.example")'}, "must be a name"),
]


@pytest.mark.parametrize(("cells", "said"), CELLS)
def test_a_cell_that_is_not_what_it_should_be_is_named(
    tmp_path: Path, cells: dict[str, Any], said: str
) -> None:
    file = save(tmp_path / "b.xlsx", one() + one(**cells))
    with pytest.raises(SourceError, match=rf"row 3, column .*{said}"):
        emissions_workbook.emissions(file)


def test_signs_that_look_alike_are_one(tmp_path: Path) -> None:
    spelled = {
        "Kommunenummer": "４００３",
        "År": " 2025\u00a0",
        "Sektor": "Vei\u00a0trafikk_x000D_",
        HEAD[-1]: "١ ٢٣٤٫٥",
    }
    stray = [[" ", None, "", None, None, None, None, "\u00a0"]]
    cells = emissions_workbook.emissions(save(tmp_path / "b.xlsx", one(**spelled) + stray)).cells
    found = cells[["Kommunenummer", "År", "Sektor", "value"]].to_numpy().tolist()
    assert found == [["4003", "2025", "Vei trafikk", 1234.5]]


def test_an_empty_cell_is_missing_and_a_number_in_excel_keeps_its_zero(tmp_path: Path) -> None:
    file = save(tmp_path / "b.xlsx", one(**{HEAD[-1]: None, "Kommunenummer": 301}))
    cells = emissions_workbook.emissions(file).cells
    assert cells["Kommunenummer"].tolist() == ["0301"] and cells["value"].isna().all()


def test_a_heading_with_a_small_two_is_the_same(tmp_path: Path) -> None:
    head = [*HEAD[:-1], "Utslipp (tonn CO₂-ekvivalenter)"]
    assert len(emissions_workbook.emissions(save(tmp_path / "b.xlsx", one(), head)).cells) == 1


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def inside(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return packed(path, {**parts, name: change(parts[name])})


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
PAGE = "xl/worksheets/sheet2.xml"


def with_entities(content: bytes) -> bytes:
    return content.replace(b"<worksheet", ENTITIES + b"<worksheet", 1)


def in_two_bytes(content: bytes) -> bytes:
    return with_entities(content).decode().encode("utf-16")


FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no archive": (lambda p: p.write_bytes(b"Kommunenummer;") and p, "no Excel workbook"),
    "a web page": (lambda p: p.write_bytes(b"<html>") and p, "no Excel workbook"),
    "another archive": (lambda p: packed(p, {"a.txt": b"a"}), "cannot be read as a workbook"),
    "cut short": (
        lambda p: p.write_bytes(save(p, one()).read_bytes()[:-300]) and p,
        "no Excel workbook",
    ),
    "a sheet less": (lambda p: save(p, one(), sheet="Noe annet"), "has no sheet"),
    "a column less": (lambda p: save(p, one(), [*HEAD[:3], "Aar"]), 'name "År" once'),
    "a column twice": (lambda p: save(p, one(), [*HEAD, "År"]), 'name "År" once'),
    "no rows": (lambda p: save(p, []), "has no rows"),
    "entities": (lambda p: inside(save(p, one()), PAGE, with_entities), "a document type"),
    "entities in UTF-16": (lambda p: inside(save(p, one()), PAGE, in_two_bytes), "a document type"),
    "broken XML": (lambda p: inside(save(p, one()), PAGE, lambda c: c[:-40]), "breaks off"),
    "too many parts": (lambda p: packed(p, {f"{n}.xml": b"" for n in range(1001)}), "unpack to"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_such_workbook_is_refused(
    bring: Callable[[Path], list[Outcome]], folder: Path, tmp_path: Path, name: str
) -> None:
    make, said = FILES[name]
    file = make(tmp_path / "emissions.xlsx")
    before = files(folder)
    outcomes = bring(file)
    assert {outcome.state for outcome in outcomes} == {"refused"}
    assert said in outcomes[0].note, outcomes[0].note
    assert files(folder) == before


def test_a_bomb_is_measured_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emissions_workbook, "_UNPACKED", 10 * 2**20)
    file = packed(tmp_path / "b.xlsx", {"xl/workbook.xml": b" " * (11 * 2**20)})
    assert file.stat().st_size < 20_000
    with pytest.raises(SourceError, match="would unpack to more than 10 MB"):
        emissions_workbook.emissions(file)


def test_more_rows_than_there_can_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emissions_workbook, "_ROWS", 5)
    file = save(tmp_path / "b.xlsx", one() * 9)
    with pytest.raises(SourceError, match="more than 5 rows"):
        emissions_workbook.emissions(file)


def test_empty_rows_and_cells_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emissions_workbook, "_ROWS", 500)
    far = b'<row r="501"><c r="A501"><v>1</v></c></row></sheetData>'
    file = save(tmp_path / "b.xlsx", one())
    inside(file, PAGE, lambda sheet: sheet.replace(b"</sheetData>", far))
    with pytest.raises(SourceError, match="more than 500 rows"):
        emissions_workbook.emissions(file)


def test_a_wide_and_empty_sheet_ends_soon(tmp_path: Path) -> None:
    """Of 50,000 rows each says that it has a cell in the last column: 800 million cells."""
    rows = "".join(f'<row r="{at}"><c r="XFD{at}"/></row>' for at in range(9, 50_000))
    file = save(tmp_path / "b.xlsx", one())
    far = f"{rows}</sheetData>".encode()
    inside(file, PAGE, lambda sheet: sheet.replace(b"</sheetData>", far))
    code = """
import sys
from pathlib import Path
from workbench.ingest import emissions_workbook as workbook
try:
    workbook.emissions(Path(sys.argv[1]))
except workbook.SourceError as error:
    print(error)
"""
    assert "20,000,000 cells, be they empty" in budget.run(code, file, memory=400)


def test_a_part_that_is_held_in_memory_is_no_larger_than_that(tmp_path: Path) -> None:
    file = save(tmp_path / "b.xlsx", one())
    inside(file, "xl/styles.xml", lambda _: bytes(65 * 2**20))
    with pytest.raises(SourceError, match="a part xl/styles.xml of more than 64 MB"):
        emissions_workbook.emissions(file)


def test_a_part_that_is_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    file = save(tmp_path / "b.xlsx", one())
    inside(file, "xl/styles.xml", lambda content: content + b" " * 7654)
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("xl/styles.xml").file_size
    whole = file.read_bytes()
    stated, less = (at.to_bytes(4, "little") for at in (size, size - 7654))
    assert whole.count(stated) == 2  # before the part, and in the list at the end
    file.write_bytes(whole.replace(stated, less))
    with pytest.raises(SourceError, match="is damaged"):
        emissions_workbook.emissions(file)


def test_a_pipe_is_no_workbook(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(UsageError, match=r"pipe.xlsx is a pipe\. A file is wanted there"):
        emissions_workbook.emissions(tmp_path / "pipe.xlsx")


def test_a_file_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Download the workbook"):
        emissions_workbook.emissions(tmp_path / "none.xlsx")
