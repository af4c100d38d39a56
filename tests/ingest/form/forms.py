"""Forms for the tests: written once, filled in as a municipality would, or bent."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

import workbench as wb
from workbench.dataset import Dataset
from workbench.ingest.form.layout import COLUMNS, FIRST, TABLE, Field, fields
from workbench.ingest.form.writing import workbook

#: The day of all tests, after every figure in them.
TODAY = date(2026, 11, 1)

Key = tuple[str, str]


@cache
def data() -> Dataset:
    return wb.load()


@cache
def blank(number: str = "3203") -> bytes:
    return workbook(data(), number, 2025)


@cache
def asked() -> dict[Key, Field]:
    return {(one.kpi, one.data_point): one for one in fields(data())}


@cache
def row_of(kpi: str, point: str = "value") -> int:
    return FIRST + list(asked()).index((kpi, point))


def column(key: str) -> int:
    return list(COLUMNS).index(key) + 1


def bent(change: Callable[[Any], None], number: str = "3203") -> bytes:
    """Return a form after a change to its workbook."""
    book = openpyxl.load_workbook(io.BytesIO(blank(number)))
    change(book)
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def filled(answers: Mapping[Key, Any], number: str = "3203") -> bytes:
    """Return a form with these answers; one may be a dict of answer, year and note."""

    def fill(book: Any) -> None:
        for (kpi, point), answer in answers.items():
            cells = answer if isinstance(answer, dict) else {"answer": answer}
            for key, value in cells.items():
                book[TABLE].cell(row_of(kpi, point), column(key)).value = value

    return bent(fill, number)


def put(path: Path, whole: bytes) -> Path:
    path.write_bytes(whole)
    return path
