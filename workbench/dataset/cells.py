"""CSV files read as typed tables, and every cell named that breaks a rule of its schema."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import DataError, Fault, UsageError
from workbench.storage import files, normalise

Schema = dict[str, Any]
Rule = tuple[Callable[[pd.Series], pd.Series], str]

#: Columns that say where a row was read, for messages only.
PLACE = ["file", "row"]

_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_INTEGER = r"[+-]?\d{1,15}"
#: Years of figures and targets, and the largest number.
_YEARS, _LARGEST = {"minimum": 1900, "maximum": 2100}, 1e15
#: What else spreadsheets put between the cells of a CSV file; a Norwegian Excel semicolons.
_OTHER_SIGNS = {";": '";"', "\t": "tabs", "|": '"|"'}
#: What a file may hold whose cells are not as `normalise` has them; figures have none of it.
_UNEVEN = re.compile(rb"[^!-~\r\n]|_x")

#: Faults of a file that are listed one by one, and most rows and signs of a line of it.
_LISTED, _ROWS, _LINE = 50, 1_000_000, 2**20

#: Tables without a fault by their file's content and schema: where one file of many was corrected,
#: the others need not be read and checked again. Several times as many as a data folder has.
_REMEMBERED = 64
_good: dict[tuple[bytes, str], pd.DataFrame] = {}


class Faults:
    """The faults of several files: of each the first ones by row, and how many it has."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._counts.total()

    def add(self, file: str, rule: str, row: int | None = None, column: str | None = None) -> None:
        """Add a fault of a file as a whole, of a row or of a heading."""
        self._counts[file] += 1
        if self._counts[file] <= _LISTED:
            self._found.append(Fault(file, row, column, None, rule))

    def add_rows(self, rows: pd.DataFrame, columns: Sequence[str], rule: str | pd.Series) -> None:
        """Add rows (with the columns of `PLACE`) that break a rule, or each a rule of its own."""
        self._counts.update(rows["file"].value_counts().to_dict())
        for at, row in rows.groupby("file").head(_LISTED).iterrows():
            cells = [str(row[name]) for name in columns if pd.notna(row[name])]
            reason = rule if isinstance(rule, str) else rule[at]
            value = ", ".join(cells) if cells else None
            self._found.append(
                Fault(row["file"], int(row["row"]), ", ".join(columns), value, reason)
            )

    def listed(self) -> list[Fault]:
        """Return the first faults of each file, and how many more it has."""
        found: list[Fault] = []
        for file, count in self._counts.items():
            own = [fault for fault in self._found if fault.file == file]
            own = sorted(own, key=lambda fault: (fault.row or 0, str(fault.column)))[:_LISTED]
            found += own
            if more := count - len(own):
                found.append(Fault(file, None, None, None, f"has {more:,} more faults.", more))
        return found

    def refuse(self) -> None:
        """Raise `DataError` if there is any."""
        if self:
            raise DataError(self.listed())


def read_table(
    path: Path, schema: Schema, faults: Faults, root: Path | None = None
) -> pd.DataFrame:
    """Return one CSV file as a typed table; add what is wrong with it to `faults`.

    It must lie in a root, its own folder by default. The patterns of the Table Schema are run as
    they are: never take one from a package.
    """
    content = _content(path, root or path.parent, faults)
    key = hashlib.sha256(content or b"").digest(), json.dumps(schema)
    if content and key in _good:
        return _good[key].copy(deep=False)
    before = len(faults)
    table = _typed(_text(path, content, schema, faults), schema, faults).drop(columns=PLACE)
    if len(faults) == before:
        _good[key] = table.copy(deep=False)  # anyone who writes into either gets cells of his own
        while len(_good) > _REMEMBERED:
            _good.pop(next(iter(_good)))
    return table


def read_tables(
    paths: Mapping[str, Path], by: str, schema: Schema, faults: Faults, root: Path
) -> pd.DataFrame:
    """Return several CSV files as one typed table, with their names in the column `by`.

    It keeps the columns of `PLACE`, and is text where a cell breaks a rule.
    """
    parts = {
        name: _text(path, _content(path, root, faults), schema, faults)
        for name, path in paths.items()
    }
    text = pd.concat(parts, names=[by, None]).reset_index(by).reset_index(drop=True)
    return _typed(text, {**schema, "primaryKey": [by, *schema["primaryKey"]]}, faults)


def label(path: Path) -> str:
    """Return a file's name as a user knows it: from the data folder on."""
    parent = path.parent.name
    return f"{parent}/{path.name}" if parent == "observations" else path.name


def _content(path: Path, root: Path, faults: Faults) -> bytes | None:
    """Return the bytes of a file; None if it cannot be read."""
    try:
        return files.read(path, root=root)
    except FileNotFoundError:
        rule = "is missing."
    except UsageError as error:
        rule = f"is not read: {error}"
    except OSError as error:
        rule = f"cannot be read: {error.strerror}."
    faults.add(label(path), rule)
    return None


def _text(path: Path, content: bytes | None, schema: Schema, faults: Faults) -> pd.DataFrame:
    """Return the cells of a file as text, with `PLACE`; no rows where they cannot be told apart."""
    names = [field["name"] for field in schema["fields"]]
    header, rows = names, list[tuple[Any, ...]]()
    if content is not None:
        header, rows = _rows(label(path), content, names, faults)
    frame = pd.DataFrame(rows, columns=["row", *header]).assign(file=label(path))
    cells = frame[names].astype("str")
    if content and _UNEVEN.search(content):
        cells = cells.map(normalise.text)
    return pd.concat([frame[PLACE], cells.mask(cells == "")], axis=1)


def _rows(
    file: str, content: bytes, names: list[str], faults: Faults
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the header and, after the number of their line, the rows that are as long as it."""
    good: list[tuple[Any, ...]] = []
    first = content.partition(b"\n")[0]
    other = "" if b"," in first else next((c for c in _OTHER_SIGNS if c.encode() in first), "")
    try:
        if other:
            raise ValueError(
                f"is separated by {_OTHER_SIGNS[other]}. Put commas between cells, and a point "
                "before decimals."
            )
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        reader = csv.reader(_lines(text), strict=True)
        header = [*map(normalise.text, next(filter(None, reader), []))]
        if not header:
            raise ValueError("is empty; it must at least have a header.")
        if not _is_header(file, header, names, faults):
            return names, []
        for row in filter(None, reader):
            if len(good) == _ROWS:
                raise csv.Error(f"it has more than {_ROWS:,} rows")
            if len(row) == len(header):
                good.append((reader.line_num, *row))
            else:
                rule = f"the row has {len(row)} cells where the header has {len(header)}."
                faults.add(file, rule, reader.line_num)
        return header, good
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text (byte {error.start}); save it as UTF-8."
    except csv.Error as error:
        rule = f"is not readable as CSV: {error}."
    except ValueError as error:
        rule = str(error)
    faults.add(file, rule)
    return names, []


def _lines(text: Iterable[str]) -> Iterator[str]:
    for line in text:
        if len(line) > _LINE:
            raise csv.Error(f"a line has more than {_LINE:,} signs")
        yield line


def _is_header(file: str, header: list[str], names: list[str], faults: Faults) -> bool:
    count, known, before = Counter(header), set(names), len(faults)
    for name in names:
        if name not in count:
            faults.add(file, "is missing; the schema asks for it.", 1, name)
    for name, times in count.items():
        if name not in known:
            faults.add(file, "is not known; remove it or add it to the schema.", 1, name)
        elif times > 1:
            faults.add(file, "stands more than once.", 1, name)
    return len(faults) == before


def _typed(text: pd.DataFrame, schema: Schema, faults: Faults) -> pd.DataFrame:
    """Return the table with its types, or as text when a cell breaks a rule."""
    before, text = len(faults), filled(text, schema)
    key = schema.get("primaryKey", [])
    key = [key] if isinstance(key, str) else list(key)
    for field in schema["fields"]:
        _check_column(text, field, key, faults)
    if key and (again := text.duplicated(key)).any():
        rule = "stands in an earlier row already; the key must be unique."
        faults.add_rows(text[again], key, rule)
    if len(faults) > before:
        return text
    return text.assign(
        **{f["name"]: _converted(text[f["name"]], f["type"]) for f in schema["fields"]}
    )


def filled(text: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return a table in which empty cells have what is assumed for them.

    A field of the schema says so by ``default``, a value, or ``defaultColumn``, another column.
    """
    assumed = {
        field["name"]: text[field["defaultColumn"]]
        if "defaultColumn" in field
        else field["default"]
        for field in schema["fields"]
        if {"default", "defaultColumn"} & field.keys()
    }
    return text.assign(**{name: text[name].fillna(value) for name, value in assumed.items()})


def _check_column(
    text: pd.DataFrame, field: Mapping[str, Any], key: Sequence[str], faults: Faults
) -> None:
    name, cells = field["name"], text[field["name"]].dropna()
    if field.get("constraints", {}).get("required", False) and len(cells) < len(text):
        faults.add_rows(text[text[name].isna()], [name], "is empty; a value is required.")
    for test, rule in _rules(field):
        wrong = ~test(cells).astype(bool)
        if wrong.any():
            faults.add_rows(text.loc[cells.index[wrong]], [name], f"{rule}.")
    if most := _length(field, key):
        rules = cells.map({cell: normalise.wrong_text(cell, most) for cell in cells.unique()})
        wrong = rules != ""
        if wrong.any():
            faults.add_rows(text.loc[cells.index[wrong]], [name], rules[wrong] + ".")


def _length(field: Mapping[str, Any], key: Sequence[str]) -> int:
    """Return how many signs a text may have: a name or a prose; 0 where other rules say it all."""
    name, limits = str(field["name"]), field.get("constraints", {})
    if field["type"] != "string" or "enum" in limits or ("pattern" in limits and name not in key):
        return 0
    short = "name" in name or (name in key and not name.endswith("_nb"))
    return normalise.NAME if short else normalise.TEXT


def _rules(field: Mapping[str, Any]) -> list[Rule]:
    """Return the checks of a field on its text, each with the rule as the end of a sentence."""
    rules: list[Rule] = []
    limits = field.get("constraints", {})
    if field["name"].endswith("year"):
        limits = {**_YEARS, **limits}
    if field["type"] in ("integer", "number"):
        whole = field["type"] == "integer"
        pattern, word = (_INTEGER, "a whole number") if whole else (_NUMBER, "a number")
        rules.append((_fits(pattern), f"must be {word}"))
        rules.append((lambda s: ~(_loose(s).abs() > _LARGEST), "is too large to be a figure"))
    if field["type"] == "date":
        rules.append((_is_date, "must be a date such as 2025-06-12"))
    if "pattern" in limits:
        form = limits["pattern"].strip("^$")
        rules.append((_fits(form), f"must have the form {form}"))
    if "enum" in limits:
        allowed = [str(value) for value in limits["enum"]]
        rules.append((lambda s: s.isin(allowed), f"must be one of {', '.join(allowed)}"))
    if "minimum" in limits:
        least = limits["minimum"]
        rules.append((lambda s: ~(_loose(s) < least), f"must be at least {least}"))
    if "maximum" in limits:
        most = limits["maximum"]
        rules.append((lambda s: ~(_loose(s) > most), f"must be at most {most}"))
    return rules


def _fits(pattern: str) -> Callable[[pd.Series], pd.Series]:
    r"""Return a test for cells of a form, in which ``\d`` is one of the ten digits 0 to 9."""
    return lambda cells: cells.str.fullmatch(pattern, flags=re.ASCII)


def _is_date(text: pd.Series) -> pd.Series:
    """Return which cells are a day of the calendar, written year, month, day."""
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    return days.notna() & _fits(r"\d{4}-\d{2}-\d{2}")(text)


def _loose(text: pd.Series) -> pd.Series:
    """Return the numbers in a column of text; what is no number is another rule's fault."""
    return pd.to_numeric(text, errors="coerce")


def _converted(text: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(text).astype("float64")
    if kind == "integer":
        numbers = pd.to_numeric(text)
        return numbers.astype("Int64") if numbers.isna().any() else numbers.astype("int64")
    return text
