"""Reading a file: what is right is read as it is, what is wrong is named, all of it."""

from pathlib import Path

import pandas as pd
import pytest

from workbench.dataset.cells import Faults, read_table

SCHEMA = {
    "fields": [
        {
            "name": "number",
            "type": "string",
            "constraints": {"required": True, "pattern": r"^\d{4}$"},
        },
        {"name": "year", "type": "integer", "constraints": {"required": True, "minimum": 1990}},
        {"name": "value", "type": "number"},
        {"name": "status", "type": "string", "constraints": {"enum": ["preliminary"]}},
    ],
    "primaryKey": ["number", "year"],
}


def read(tmp_path: Path, text: str) -> tuple[pd.DataFrame, list[str]]:
    file = tmp_path / "figures.csv"
    file.write_bytes(text.encode())
    faults = Faults()
    return read_table(file, SCHEMA, faults), [str(fault) for fault in faults.listed()]


def test_a_good_file_gives_a_typed_table_with_missing_values(tmp_path: Path) -> None:
    table, faults = read(
        tmp_path, "number,year,value,status\n0301,2020,1.5,\n0301,2021,,preliminary\n"
    )
    assert not faults
    assert table["number"].tolist() == ["0301", "0301"]
    assert table["year"].dtype == "int64" and table["value"].dtype == "float64"
    assert pd.isna(table.at[1, "value"]) and pd.isna(table.at[0, "status"])


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    table, faults = read(tmp_path, "\ufeffnumber,year,value,status\r\n0301,2020,1,\r\n")
    assert not faults and len(table) == 1


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    table, faults = read(tmp_path, "status,value,year,number\n,2,2020,0301\n")
    assert not faults and table.at[0, "value"] == 2.0


def test_every_fault_is_listed_with_row_column_value_and_rule(tmp_path: Path) -> None:
    _, faults = read(
        tmp_path,
        "number,year,value,status\n"
        "301,2020,1,\n"
        "0301,1066,one,final\n"
        ",2020,nan,\n"
        "0301,2020,1,\n"
        "0301,2020,2,\n",
    )
    assert faults == [
        'figures.csv, row 2, column "number": "301" must have the form \\d{4}.',
        'figures.csv, row 3, column "status": "final" must be one of preliminary.',
        'figures.csv, row 3, column "value": "one" must be a number.',
        'figures.csv, row 3, column "year": "1066" must be at least 1990.',
        'figures.csv, row 4, column "number": is empty; a value is required.',
        'figures.csv, row 4, column "value": "nan" must be a number.',
        'figures.csv, row 6, column "number, year": "0301, 2020" '
        "stands in an earlier row already; the key must be unique.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; it must at least have a header."),
        ("number,year,value\n0301,2020,1\n", 'row 1, column "status": is missing'),
        ("number,year,value,status,more\n", 'row 1, column "more": is not known'),
        ("number,year,value,status,year\n", 'row 1, column "year": stands more than once.'),
        (
            "number,year,value,status\n0301,2020\n",
            "row 2: the row has 2 cells where the header has 4.",
        ),
        ('number,year,value,status\n"0301,2020,1,\n', "is not readable as CSV"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    _, faults = read(tmp_path, text)
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("number;year;value;status\n0301;2020;1,5;\n", '";"'),
        ('"number";"year";"value";"status"\n"0301";"2020";"1,5";""\n', '";"'),
        ("sep=;\nnumber;year;value;status\n0301;2020;1,5;\n", '";"'),
        ("number\tyear\tvalue\tstatus\n0301\t2020\t1.5\t\n", "tabs"),
    ],
)
def test_a_file_with_other_separators_is_told_which(tmp_path: Path, text: str, sign: str) -> None:
    _, faults = read(tmp_path, text)
    rule = "Put commas between cells, and a point before decimals."
    assert faults == [f"figures.csv: is separated by {sign}. {rule}"]


def test_lone_and_unusual_spaces_in_cells_change_nothing(tmp_path: Path) -> None:
    table, faults = read(
        tmp_path, " number,year\u00a0,value,status\n0301\u00a0, 2020,1.5 , preliminary_x000D_\n"
    )
    assert not faults
    assert table.to_numpy().tolist() == [["0301", 2020, 1.5, "preliminary"]]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("0301,2020,٤.٢,", 'column "value": "٤.٢" must be a number.'),
        ("0301,２０２０,1,", 'column "year": "２０２０" must be a whole number.'),
        ("٠٣٠١,2020,1,", 'column "number": "٠٣٠١" must have the form'),
        ("0301,2020,1e999,", 'column "value": "1e999" is too large to be a figure.'),
        ('0301,2020,"4,2",', 'column "value": "4,2" must be a number.'),
        ("0301,2101,1,", 'column "year": "2101" must be at most 2100.'),
    ],
)
def test_numbers_are_ascii_finite_and_of_our_time(tmp_path: Path, row: str, rule: str) -> None:
    _, faults = read(tmp_path, f"number,year,value,status\n{row}\n")
    assert len(faults) == 1 and rule in faults[0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a\u202eb", "holds signs that cannot be seen. Write it again."),
        ("a\x00b", "holds signs that cannot be seen. Write it again."),
        ("=1+1", "begins as a formula does. Begin with a letter or a digit."),
        ("a;@x", "begins as a formula does. Begin with a letter or a digit."),
        ("x" * 121, "has 121 signs. Use at most 120."),
    ],
)
@pytest.mark.parametrize("column", ["name", "note"])
def test_text_is_printable_no_formula_and_not_too_long(
    tmp_path: Path, text: str, rule: str, column: str
) -> None:
    text = text * 17 if column == "note" and text.startswith("x") else text
    rule = rule.replace("121", "2057").replace("120", "2000") if column == "note" else rule
    schema = {"fields": [{"name": column, "type": "string"}]}
    file = tmp_path / "t.csv"
    file.write_text(f"{column}\n{text}\n", encoding="utf-8")
    faults = Faults()
    read_table(file, schema, faults)
    assert [fault.rule for fault in faults.listed()] == [rule]
    good = ["Bø", "x" * 120, "-3.5 %", "- ", "-90 to -95", "Sør-Varanger – Mátta-Várjjat"]
    file.write_text("\n".join([column, *good]) + "\n", encoding="utf-8")
    faults = Faults()
    read_table(file, schema, faults)
    assert not faults


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_bytes("number,year,value,status\n0301,2020,1,æ\n".encode("latin-1"))
    faults = Faults()
    read_table(file, SCHEMA, faults)
    assert "is not UTF-8 text" in str(faults.listed()[0])
