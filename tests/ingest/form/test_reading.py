"""A filled-in form is read whole, or refused with every fault and its place."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.form.forms import TODAY, asked, bent, blank, column, data, filled, put, row_of
from workbench.errors import UsageError, WorkbenchError
from workbench.ingest.form import reading, safe_open
from workbench.ingest.form.layout import (
    COLUMNS,
    FACTS,
    FIRST,
    HEAD,
    LEAD,
    LETTERS,
    TABLE,
    TARGETS,
    FormError,
)
from workbench.ingest.form.reading import Form, read
from workbench.ingest.form.safe_open import Cell, Cells

Sheets = dict[str, Cells]

BASIC, POTABLE = ("EC: I: WS: 1C", "value"), ("EC: I: WS: 2C", "value")


def told(path: Path, whole: bytes, leave: tuple[int, ...] = ()) -> str:
    """Return what is said of a form that is refused."""
    with pytest.raises(FormError) as caught:
        read(put(path / "form.xlsx", whole), data(), leave, TODAY)
    assert "nothing was written" in str(caught.value)
    return str(caught.value)


def test_an_empty_form_says_nothing(tmp_path: Path) -> None:
    form = read(put(tmp_path / "form.xlsx", blank()), data(), today=TODAY)
    assert form == Form("3203", 2025, "", ())


def test_answers_come_with_year_and_note(tmp_path: Path) -> None:
    whole = filled(
        {
            BASIC: {"answer": "100 %", "note": "Fra\nvannverket"},
            POTABLE: {"answer": 97.07, "year": 2024},
            ("SC: SH: SA: 3A", "value"): "ja",
            ("SC: SH: FS: 1A", "value"): "ikke rapportert",
        }
    )
    form = read(put(tmp_path / "form.xlsx", whole), data(), today=TODAY)
    said = [(a.field.kpi, a.answer.answer, a.answer.value, a.year, a.note) for a in form.answered]
    assert said == [
        ("EC: I: WS: 1C", "value", 100.0, 2025, "Fra vannverket"),
        ("EC: I: WS: 2C", "value", 97.07, 2024, ""),
        ("SC: SH: SA: 3A", "yes", None, 2025, ""),
        ("SC: SH: FS: 1A", "not reported", None, 2025, ""),
    ]


def test_lone_spaces_and_signs_that_look_alike_change_nothing(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        table = book[TABLE]
        table.cell(row_of(*BASIC), column("answer")).value = "１００ %"
        table.cell(row_of(*BASIC), column("year")).value = " ٢٠٢٤\u00a0"
        table.cell(row_of(*BASIC), column("note")).value = "linje 1_x000D_\nlinje 2"
        table.cell(200, column("indicator")).value = " "
        table.cell(201, column("note")).value = "_x000D_\u00a0"
        book[LEAD].cell(FACTS["number"][0], 2).value = "3203\u00a0"
        book[TARGETS].cell(FIRST, 1).value = "\u2003"

    form = read(put(tmp_path / "form.xlsx", bent(fill)), data(), today=TODAY)
    (one,) = form.answered
    assert (one.answer.value, one.year, one.note) == (100.0, 2024, "linje 1 linje 2")
    assert (form.municipality, form.own) == ("3203", ())


def test_text_that_begins_as_a_formula_is_refused(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        notes = {BASIC: '=HYPERLINK("x")', POTABLE: "a; @x", ("EC: ICT: ICT: 1C", "value"): "-2 %"}
        for key, note in notes.items():
            book[TABLE].cell(row_of(*key), column("answer")).value = 97
            cell = book[TABLE].cell(row_of(*key), column("note"))
            cell.value, cell.data_type = note, "s"
        cell = book[LEAD].cell(FACTS["by"][0], 2)
        cell.value, cell.data_type = "＝1+1", "s"

    said = told(tmp_path, bent(fill))
    assert said.count("begins as a formula does. Begin with a letter or a digit") == 3
    assert "has 3 faults" in said and '"＝1+1"' in said


@pytest.mark.parametrize("key", ["place", "indicator", "definition", "unit"])
def test_a_locked_cell_that_was_overwritten_is_named(tmp_path: Path, key: str) -> None:
    def change(book: Any) -> None:
        book[TABLE].cell(FIRST, column(key)).value = 99 if key == "place" else "andel"

    said = told(tmp_path, bent(change))
    locked = next(iter(asked().values())).locked[key]
    assert f'Tall!{LETTERS[key]}{FIRST}: "{99 if key == "place" else "andel"}" must be' in said
    assert f'must be "{locked}". A row has been moved or changed in part' in said


def test_every_fault_is_named_at_once_with_cell_value_and_rule(tmp_path: Path) -> None:
    whole = filled(
        {
            BASIC: 90,
            POTABLE: 95,
            ("EC: ICT: ICT: 1C", "value"): "mange",
            ("EC: ICT: ICT: 2C", "value"): {"answer": 50, "year": 2031},
            ("EC: ICT: ICT: 5A", "value"): {"answer": 5, "note": "x" * 501},
            ("EC: ICT: WS: 1C", "value"): "=1+1",
            ("EC: ICT: WS: 2A", "value"): "#DIV/0!",
            ("EC: ICT: D: 1A", "value"): {"note": "kommer senere"},
        }
    )
    said = told(tmp_path, whole)
    assert said.startswith("The form has 7 faults, and nothing was written:")
    for place, value, rule in [
        (("G", "EC: ICT: ICT: 1C"), '"mange" ', "must be a number such as 1 234,5"),
        (("H", "EC: ICT: ICT: 2C"), '"2031" ', "must be a year from 2000 to 2026"),
        (("I", "EC: ICT: ICT: 5A"), f'"{"x" * 57}..." ', "has 501 signs. Use at most 500"),
        (("G", "EC: ICT: WS: 1C"), '"=1+1" ', "is a formula. Write the figure itself"),
        (("G", "EC: ICT: WS: 2A"), '"#DIV/0!" ', "is an error of the spreadsheet"),
        (("G", "EC: ICT: D: 1A"), "", "is empty, but the row has a note or a year"),
        (("G", "EC: I: WS: 2C"), '"95" ', "must be at most what stands in"),
    ]:
        letter, kpi = place
        assert f"Tall!{letter}{row_of(kpi)} ({kpi}): {value}{rule}" in said
    assert "--leave" in said


def test_rows_that_are_left_out_are_neither_checked_nor_read(tmp_path: Path) -> None:
    path = put(tmp_path / "form.xlsx", filled({BASIC: 90, POTABLE: 95}))
    with pytest.raises(FormError):
        read(path, data(), today=TODAY)
    form = read(path, data(), [row_of(*POTABLE)], TODAY)
    assert [one.field.kpi for one in form.answered] == ["EC: I: WS: 1C"]
    assert form.left == (row_of(*POTABLE),)
    with pytest.raises(UsageError, match="Row 2, 999 is no row with a figure.* 4 to 115"):
        read(path, data(), [2, 999], TODAY)


def wrong_number(book: Any) -> None:
    book[LEAD].cell(FACTS["number"][0], 2).value = "9999"


def other_number(book: Any) -> None:
    book[LEAD].cell(FACTS["number"][0], 2).value = "3201"


def no_number(book: Any) -> None:
    book[LEAD].cell(FACTS["number"][0], 2).value = None


def other_version(book: Any) -> None:
    book[LEAD].cell(FACTS["version"][0], 2).value = "U4SSC-skjema, utgave 9"


def no_year(book: Any) -> None:
    book[LEAD].cell(FACTS["year"][0], 2).value = "i fjor"


def line_gone(book: Any) -> None:
    book[LEAD].delete_rows(FACTS["year"][0])


def sheet_gone(book: Any) -> None:
    del book[TABLE]


def sheet_renamed(book: Any) -> None:
    book[LEAD].title = "Ark1"


def column_gone(book: Any) -> None:
    book[TABLE].delete_cols(column("unit"))


def columns_swapped(book: Any) -> None:
    sheet = book[TABLE]
    for row in sheet.iter_rows(min_row=HEAD, min_col=column("answer"), max_col=column("year")):
        row[0].value, row[1].value = row[1].value, row[0].value


def row_gone(book: Any) -> None:
    book[TABLE].delete_rows(FIRST + 3)


def row_twice(book: Any) -> None:
    sheet = book[TABLE]
    for cell in sheet[FIRST]:
        sheet.cell(200, cell.column).value = cell.value


def row_moved_in_part(book: Any) -> None:
    sheet = book[TABLE]
    one, other = (sheet.cell(FIRST + at, column("indicator")) for at in (0, 1))
    one.value, other.value = other.value, one.value


def code_bent(book: Any) -> None:
    book[TABLE].cell(FIRST, column("code")).value = "EC: X: 1"


def merged(book: Any) -> None:
    book[TABLE].merge_cells(start_row=9, end_row=10, start_column=7, end_column=7)


def by_a_formula(book: Any) -> None:
    book[LEAD].cell(FACTS["by"][0], 2).value = '=HYPERLINK("x")'


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (wrong_number, 'Les først!B4: "9999" is no municipality'),
        (other_number, 'Les først!B5: "Asker" does not belong to 3201, which is Bærum'),
        (no_number, "Les først!B4: must be the four digits"),
        (other_version, 'must be "U4SSC-skjema, utgave 1". Write a new form'),
        (no_year, 'Les først!B6: "i fjor" must be a year from 2000 to 2026'),
        (line_gone, 'Les først!A6: "Fylt ut av" must be "Rapporteringsår"'),
        (sheet_gone, "Tall: is missing. Take the form as it was made"),
        (sheet_renamed, "Les først: is missing"),
        (column_gone, 'Tall!F3: "Svar" must be "Enhet"'),
        (columns_swapped, 'Tall!G3: "År for tallet" must be "Svar"'),
        (row_gone, "Tall: A row is missing: EC: ICT: ICT: 4C 3G. Take a new form"),
        (row_twice, 'Tall!B200: "EC: ICT: ICT: 1C" stands in two rows'),
        (row_moved_in_part, "A row has been moved or changed in part"),
        (code_bent, '"EC: X: 1" is no data point of the form'),
        (merged, '"G9:G10" are merged cells'),
        (by_a_formula, "is a formula"),
    ],
)
def test_a_form_that_was_bent_is_refused(
    tmp_path: Path, change: Callable[[Any], None], rule: str
) -> None:
    assert rule in told(tmp_path, bent(change))


def test_rows_in_another_order_are_read_all_the_same(tmp_path: Path) -> None:
    def turn(book: Any) -> None:
        sheet = book[TABLE]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST)]
        rows[0][column("answer") - 1] = 97
        for at, values in enumerate(reversed(rows), start=FIRST):
            for place, value in enumerate(values, start=1):
                sheet.cell(at, place).value = value

    form = read(put(tmp_path / "form.xlsx", bent(turn)), data(), today=TODAY)
    [one] = form.answered
    assert (one.field.kpi, one.row) == ("EC: ICT: ICT: 1C", FIRST + len(asked()) - 1)


def zipped(parts: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return whole.getvalue()


def parts_of(whole: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def bomb() -> bytes:
    return zipped({**parts_of(blank()), "xl/media/image1.png": bytes(60 * 2**20)})


def longer() -> bytes:
    """Return a workbook of which a part has 7,654 bytes more than it says."""
    whole = zipped({**parts_of(blank()), "xl/media/image1.png": bytes(87_654)})
    stated, less = (size.to_bytes(4, "little") for size in (87_654, 80_000))
    assert whole.count(stated) == 2  # before the part, and in the list at the end
    return whole.replace(stated, less)


def many() -> bytes:
    return zipped({**parts_of(blank()), **{f"x/{at}": b"" for at in range(300)}})


def laughs() -> bytes:
    parts = parts_of(blank())
    sheet = parts["xl/worksheets/sheet2.xml"]
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    return zipped({**parts, "xl/worksheets/sheet2.xml": head + sheet.partition(b"?>")[2]})


def wide() -> bytes:
    parts = parts_of(blank())
    name = "xl/worksheets/sheet2.xml"
    sheet = parts[name].decode().encode("utf-16")
    return zipped({**parts, name: sheet})


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)


def locked() -> bytes:
    """A zip file whose parts say that they are encrypted."""
    whole = bytearray(blank())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(sign), bytes(whole)):
            whole[found.start() + at] |= 1
    return bytes(whole)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: b"", "is not a workbook"),
        (lambda: b"Kommune;Svar\n3203;97\n", "is not a workbook"),
        (lambda: b"<html>404</html>", "is not a workbook"),
        (lambda: blank()[:9000], "is not a workbook (.xlsx), or is damaged"),
        (lambda: zipped({"a.txt": b"a"}), "is not a workbook"),
        (lambda: zipped({"xl/workbook.xml": b"<a/>"}), "cannot be read as a workbook"),
        (encrypted, "is encrypted, or of the old kind (.xls)"),
        (locked, "is encrypted. Save it without a password"),
        (bomb, "unpacks to far more than a form holds"),
        (longer, "is not a workbook (.xlsx), or is damaged"),
        (many, "unpacks to far more than a form holds"),
        (laughs, "declares entities"),
        (wide, "is not written in UTF-8"),
        (lambda: bytes(6 * 2**20), "is larger than 5 MB"),
    ],
)
def test_what_is_no_plain_workbook_is_refused(
    tmp_path: Path, make: Callable[[], bytes], rule: str
) -> None:
    assert rule in told(tmp_path, make())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="There is no file .*nowhere.xlsx"):
        read(tmp_path / "nowhere.xlsx", data())
    os.mkfifo(tmp_path / "pipe.xlsx")
    kinds = {tmp_path: "a folder", Path("/dev/zero"): "a device", tmp_path / "pipe.xlsx": "a pipe"}
    for none, kind in kinds.items():
        with pytest.raises(FormError, match=rf"{none} is {kind}\. A file is wanted there\."):
            read(none, data())


def test_a_huge_sheet_is_read_no_further_than_a_form_goes(tmp_path: Path) -> None:
    """A cell in the last row and column that a sheet can have, and a lie about its size."""
    parts = parts_of(blank())
    sheet = parts["xl/worksheets/sheet2.xml"].decode()
    sheet = re.sub(r'<dimension ref="[^"]*"/>', '<dimension ref="A1:XFD1048576"/>', sheet)
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    whole = zipped(
        {**parts, "xl/worksheets/sheet2.xml": sheet.replace("</sheetData>", far).encode()}
    )
    assert read(put(tmp_path / "form.xlsx", whole), data(), today=TODAY).answered == ()


def test_a_sheet_of_one_s_own_is_no_matter(tmp_path: Path) -> None:
    def more(book: Any) -> None:
        book.create_sheet("Utregning")["A1"] = "=1+1"

    assert read(put(tmp_path / "form.xlsx", bent(more)), data(), today=TODAY).answered == ()


# Any form at all


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    """The cells of an empty form, by sheet."""
    path = put(tmp_path_factory.mktemp("form") / "form.xlsx", blank())
    return safe_open.read_sheets(path, reading.SHEETS)[0]


CONTENTS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.from_regex(r"[0-9]{1,3}[.,]?[0-9]{0,2} ?%?", fullmatch=True),
    st.dates(),
    st.sampled_from(["ja", "nei", "ikke rapportert", "97 %"]),
)
CELL = st.builds(
    Cell,
    CONTENTS,
    st.sampled_from(["n", "s", "b", "d", "e", "f", "inlineStr"]),
    st.sampled_from(["General", "0%", "@"]),
)
WORD = st.text(max_size=10)
#: What no row accepts, whatever it asks.
BAD = st.one_of(
    st.builds(str.join, st.sampled_from("#¤&@!?*"), st.tuples(WORD, WORD)),
    st.integers(max_value=-1),
    st.floats(max_value=-1e-9, allow_infinity=True),
    st.sampled_from([float("nan"), float("inf"), "−3", "1.2.3", "ca. 5", "5-6", "ja/nei", "97 kr"]),
    st.dates(),
    st.times(),
)
PLACES = st.tuples(st.integers(1, FIRST + 120), st.integers(1, len(COLUMNS)))


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(
    row=st.integers(FIRST, FIRST + 111),
    bad=BAD,
    kind=st.sampled_from(["n", "s", "d"]),
    others=st.dictionaries(
        st.tuples(st.integers(FIRST, FIRST + 111), st.sampled_from([7, 8, 9])), CELL, max_size=6
    ),
)
def test_a_form_with_a_bad_answer_is_refused_and_its_cell_named(
    cells: Sheets,
    row: int,
    bad: Any,
    kind: str,
    others: dict[tuple[int, int], Any],
) -> None:
    bent = {**cells[TABLE], **others, (row, 7): Cell(bad, kind, "General")}
    _, faults = reading.check({**cells, TABLE: bent}, data(), (), TODAY)
    assert any(fault.cell == f"G{row}" for fault in faults)
    assert all(str(fault) and "\n" not in str(fault) for fault in faults)
    assert all(fault.cell and fault.rule and fault.sheet == TABLE for fault in faults)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.tuples(st.integers(FIRST, FIRST + 111), st.sampled_from([7, 8, 9])), CELL, max_size=9
    )
)
def test_without_the_rows_that_have_a_fault_every_form_is_read(
    cells: Sheets, others: dict[tuple[int, int], Any]
) -> None:
    bent = {**cells, TABLE: {**cells[TABLE], **others}}
    _, faults = reading.check(bent, data(), (), TODAY)
    rows = frozenset(fault.row for fault in faults if fault.row)
    form, again = reading.check(bent, data(), rows, TODAY)
    assert not again and form is not None
    assert not {one.row for one in form.answered} & rows


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(PLACES, st.one_of(st.none(), CELL), max_size=8),
    st.dictionaries(st.tuples(st.integers(1, 12), st.integers(1, 3)), CELL, max_size=3),
    st.dictionaries(st.tuples(st.integers(3, 12), st.integers(1, 7)), CELL, max_size=8),
)
def test_whatever_stands_where_a_form_is_read_or_refused(
    cells: Sheets, bent: dict[Any, Any], lead: dict[Any, Any], targets: dict[Any, Any]
) -> None:
    table = {place: cell for place, cell in {**cells[TABLE], **bent}.items() if cell is not None}
    sheets = {
        LEAD: {**cells[LEAD], **lead},
        TABLE: table,
        TARGETS: {**cells[TARGETS], **targets},
    }
    form, faults = reading.check(sheets, data(), (), TODAY)
    assert faults or form is not None
    for fault in faults:
        assert str(fault).endswith(".") and "\n" not in str(fault)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 3),
)
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, strokes: list[tuple[int, int]], cut: int
) -> None:
    whole = bytearray(blank())
    for at, byte in strokes:
        whole[at % len(whole)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    path.write_bytes(bytes(whole[: len(whole) - cut * 40]))
    try:
        read(path, data(), today=TODAY)
    except WorkbenchError as error:
        assert str(error)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_parts_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, chosen: st.DataObject
) -> None:
    """The zip file is whole, but what is packed in it is not what it should be."""
    parts = parts_of(blank())
    name = chosen.draw(st.sampled_from(sorted(parts)))
    part = bytearray(parts[name])
    for at in chosen.draw(st.lists(st.integers(0, len(part) - 1), min_size=1, max_size=6)):
        part[at] = chosen.draw(st.sampled_from(list(b'<>&"/= 019Zz-\xc3')))
    path = tmp_path_factory.getbasetemp() / "parts.xlsx"
    path.write_bytes(zipped({**parts, name: bytes(part)}))
    try:
        read(path, data(), today=TODAY)
    except WorkbenchError as error:
        assert str(error)


def test_letters_name_the_columns() -> None:
    assert LETTERS["answer"] == "G" and LETTERS["help"] == "K"
