"""Reading the tables of the data package, and refusing a broken one with every fault named.

The schemas stand in ``data/datapackage.json`` (Data Package standard) and nowhere else: what the
package promises to others is what is checked here.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import DataError, Fault

Schema = dict[str, Any]

_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_INTEGER = r"[+-]?\d{1,15}"
#: Folders whose files are not read with the tables of the package: observations/ belongs to
#: measures.csv, geo/ is wanted for maps only, sources/ by who brings in figures.
_APART = ("observations/", "geo/", "sources/")
#: What else spreadsheets put between the cells of a CSV file; a Norwegian Excel semicolons.
_OTHER_SIGNS = {";": '";"', "\t": "tabs", "|": '"|"'}
#: Columns that say where a row was read, for messages only.
_PLACE = ["file", "row"]
#: Printed figures are rounded; a value may differ this much from its own numerator / denominator.
_RATIO_TOLERANCE = 1e-3

#: Tables without a fault by their file's content and schema: where one file of many was corrected,
#: the others need not be read and checked again. Several times as many as a data folder has.
_REMEMBERED = 64
_good: dict[tuple[bytes, str], pd.DataFrame] = {}


def read_package(folder: Path) -> dict[str, pd.DataFrame]:
    """Return every table of the data package in `folder`, checked.

    Returns
    -------
    dict of DataFrame
        One table per resource by its name, and ``observations``: the files of ``observations/``
        one after the other, with the column ``measure`` in front. Numbers of municipalities are
        text, empty cells are missing values.

    Raises
    ------
    DataError
        If a file is missing or breaks a rule of its schema; it lists every fault of every file.
    """
    described = read_description(folder)
    faults: list[Fault] = []
    tables = _read_tables(folder, described)
    tables["observations"] = _read_observations(folder, tables["measures"], faults)
    readable = not faults
    _check_all_references(tables, described, faults)
    if readable:  # else they are text still
        _check_figures(tables, faults)
    if faults:
        raise DataError(faults)
    tables["observations"] = tables["observations"].drop(columns=_PLACE)
    return tables


def read_catalogue(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of `read_package` without the figures, checked.

    Raises
    ------
    DataError
        If a file breaks a rule, or if one in ``observations/`` has no row in ``measures.csv``. It
        does not know the faults of figures: `read_package` names those in the same breath.
    """
    described = read_description(folder)
    faults: list[Fault] = []
    tables = _read_tables(folder, described)
    _check_strays(folder, tables["measures"]["measure"], faults)
    _check_all_references(tables, described, faults)
    if faults:
        raise DataError(faults)
    return tables


def read_figures(
    folder: Path, catalogue: Mapping[str, pd.DataFrame], measures: Sequence[str]
) -> pd.DataFrame:
    """Return the observations of some measures, checked as `read_package` checks those of all.

    Each measure has a file and a key of its own, so that the figures of one break no rule by
    those of another.

    Parameters
    ----------
    folder : Path
    catalogue : mapping of str to DataFrame
        As `read_catalogue` returns it.
    measures : sequence of str
        Names in ``measures.csv``.

    Raises
    ------
    DataError
        If a file is missing or breaks a rule of its schema or of its measure.
    """
    faults: list[Fault] = []
    figures = _read_files(folder, measures, faults)
    if not faults:
        _check_figures({**catalogue, "observations": figures}, faults)
    if faults:
        raise DataError(faults)
    return figures.drop(columns=_PLACE)


def _read_tables(folder: Path, described: Schema) -> dict[str, pd.DataFrame]:
    """Return every table but the figures, each checked by itself."""
    faults: list[Fault] = []
    tables = {
        resource["name"]: read_table(folder / resource["path"], resource["schema"], faults)
        for resource in described["resources"]
        if not resource["path"].startswith(_APART)
    }
    if faults:
        raise DataError(faults)
    return tables


def read_table(path: Path, schema: Schema, faults: list[Fault]) -> pd.DataFrame:
    """Return one CSV file as a typed table; add what is wrong with it to `faults`."""
    key = _content(path), json.dumps(schema)
    if key in _good:
        return _good[key].copy(deep=False)
    before = len(faults)
    table = _typed(_read_text(path, schema, faults), schema, faults).drop(columns=_PLACE)
    if len(faults) == before and key[0] == _content(path):  # nobody wrote it meanwhile
        _good[key] = table.copy(deep=False)  # whoever writes into either gets cells of his own
        while len(_good) > _REMEMBERED:
            _good.pop(next(iter(_good)))
    return table


def _content(path: Path) -> bytes:
    """Return a hash of a file's content; nothing of one that cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def read_resource(folder: Path, name: str) -> pd.DataFrame:
    """Return one table of the data package in `folder`, checked by itself.

    Raises
    ------
    DataError
        If the package describes no such table, or its file is missing or breaks a rule.
    """
    described = read_description(folder)
    resource = next((r for r in described["resources"] if r["name"] == name), None)
    faults: list[Fault] = []
    if resource is None:
        rule = f'describes no table "{name}"; take it over from the project\'s own data/.'
        raise DataError([Fault("datapackage.json", None, None, None, rule)])
    table = read_table(folder / resource["path"], resource["schema"], faults)
    if faults:
        raise DataError(faults)
    return table


def describe_observations(folder: Path) -> Schema:
    """Return the data package of `folder` with one resource per measure, read from measures.csv."""
    described = read_description(folder)
    faults: list[Fault] = []
    by_name = {r["name"]: r for r in described["resources"]}
    measures = read_table(folder / "measures.csv", by_name["measures"]["schema"], faults)
    if faults:
        raise DataError(faults)
    kept = [r for r in described["resources"] if not r["path"].startswith("observations/")]
    for row in measures.itertuples():
        table = "" if pd.isna(row.table) else f", {row.table}"
        kept.append(
            {
                "name": f"observations-{row.measure}".replace("_", "-"),
                "path": f"observations/{row.measure}.csv",
                "profile": "tabular-data-resource",
                "title": row.name_en,
                "description": f"{row.name_en}, unit: {row.unit}.",
                "encoding": "utf-8",
                "licenses": [
                    {"title": row.licence, "name": licence_name(row.licence.split(" / ")[0])}
                ],
                "sources": [{"title": f"{row.publisher}{table}"}],
                "schema": "observations/schema.json",
            }
        )
    return {**described, "resources": kept}


def licence_name(text: str) -> str:
    """Return a licence as a Data Package names one: 'NLOD 2.0' -> 'NLOD-2.0'."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text)


def read_description(folder: Path) -> Schema:
    """Return what ``datapackage.json`` says of the tables of a folder.

    Raises
    ------
    DataError
        If it is missing or cannot be read.
    """
    return _read_json(folder / "datapackage.json")


def _read_json(path: Path) -> Schema:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        rule = "is missing; name the folder that holds datapackage.json."
        raise DataError([Fault(str(path), None, None, None, rule)]) from None
    except ValueError as error:
        rule = f"is not readable as JSON: {error}."
        raise DataError([Fault(str(path), None, None, None, rule)]) from None


def _read_observations(folder: Path, measures: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Return all files of observations/ as one table that still knows file and row."""
    return _read_files(folder, list(measures["measure"]), faults, strays=True)


def _read_files(
    folder: Path, measures: Sequence[str], faults: list[Fault], strays: bool = False
) -> pd.DataFrame:
    """Return the files of some measures as one table that still knows file and row.

    Files without a measure, where `strays` are looked for, are named before broken cells.
    """
    schema = _read_json(folder / "observations" / "schema.json")
    parts = {}
    for measure in measures:
        path = folder / "observations" / f"{measure}.csv"
        parts[measure] = _read_text(path, schema, faults)
    if strays:
        _check_strays(folder, measures, faults)
    text = pd.concat(parts, names=["measure", None]).reset_index("measure")
    keyed = {**schema, "primaryKey": ["measure", *schema["primaryKey"]]}
    return _typed(text.reset_index(drop=True), keyed, faults)


def _check_strays(folder: Path, measures: Iterable[str], faults: list[Fault]) -> None:
    known = set(measures)
    for path in sorted((folder / "observations").glob("*.csv")):
        if path.stem not in known:
            rule = "has no row in measures.csv; describe the measure there or remove the file."
            faults.append(Fault(_label(path), None, None, None, rule))


def _typed(text: pd.DataFrame, schema: Schema, faults: list[Fault]) -> pd.DataFrame:
    """Return the table with its types, or as text when a cell breaks a rule."""
    before = len(faults)
    _check_cells(text, schema, faults)
    if len(faults) > before:
        return text
    return text.assign(
        **{f["name"]: _convert(text[f["name"]], f["type"]) for f in schema["fields"]}
    )


def _label(path: Path) -> str:
    """Return the file's name as a user knows it: from the data folder on."""
    parent = path.parent.name
    return f"{parent}/{path.name}" if parent == "observations" else path.name


def _read_text(path: Path, schema: Schema, faults: list[Fault]) -> pd.DataFrame:
    """Return the cells as text, with the columns ``file`` and ``row`` for messages.

    The table is empty when its rows and columns cannot be told apart.
    """
    names = [field["name"] for field in schema["fields"]]
    rows = _read_rows(path, faults)
    label = _label(path)
    good = []
    if rows and _check_header(path, rows[0][1], names, faults):
        header = rows[0][1]
        for line, row in rows[1:]:
            if len(row) == len(header):
                good.append((label, line, *row))
            else:
                rule = f"the row has {len(row)} cells where the header has {len(header)}."
                faults.append(Fault(label, line, None, None, rule))
    else:
        header = names
    frame = pd.DataFrame(good, columns=[*_PLACE, *header])
    cells = frame[names].astype("str")
    return pd.concat([frame[_PLACE], cells.mask(cells == "")], axis=1)


def _read_rows(path: Path, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Return the rows with their line numbers; none when the file cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            other = "" if "," in first else next((c for c in _OTHER_SIGNS if c in first), "")
            reader = csv.reader(() if other else itertools.chain([first], file), strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
        rule = "" if rows else "is empty; it must at least have a header."
        if other:
            rule = f"is separated by {_OTHER_SIGNS[other]}. Put commas between cells, and a point "
            rule += "before decimals."
    except FileNotFoundError:
        rows, rule = [], "is missing."
    except UnicodeDecodeError as error:
        rows, rule = [], f"is not UTF-8 text (byte {error.start}); save it as UTF-8."
    except csv.Error as error:
        rows, rule = [], f"is not readable as CSV: {error}."
    if rule:
        faults.append(Fault(_label(path), None, None, None, rule))
    return rows


def _check_header(path: Path, header: list[str], names: list[str], faults: list[Fault]) -> bool:
    wrong = [(name, "is missing; the schema asks for it.") for name in names if name not in header]
    for name in dict.fromkeys(header):
        if name not in names:
            wrong.append((name, "is not known; remove it or add it to the schema."))
        elif header.count(name) > 1:
            wrong.append((name, "stands more than once."))
    faults.extend(Fault(_label(path), 1, name, None, rule) for name, rule in wrong)
    return not wrong


def _check_cells(text: pd.DataFrame, schema: Schema, faults: list[Fault]) -> None:
    import pandera.pandas as pa

    columns = {
        field["name"]: pa.Column(
            nullable=not field.get("constraints", {}).get("required", False),
            checks=[pa.Check(test, error=rule, ignore_na=True) for test, rule in _rules(field)],
        )
        for field in schema["fields"]
    }
    found: list[tuple[int, str, str | None, str]] = []
    try:
        pa.DataFrameSchema(columns).validate(text, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.itertuples():
            missing = case.check == "not_nullable"
            rule = "is empty; a value is required." if missing else f"{case.check}."
            value = None if missing else str(case.failure_case)
            found.append((int(case.index), str(case.column), value, rule))
    key = schema.get("primaryKey", [])
    key = [key] if isinstance(key, str) else list(key)
    for at in text.index[text.duplicated(key)] if key else []:
        value = ", ".join("" if pd.isna(cell) else str(cell) for cell in text.loc[at, key])
        rule = "stands in an earlier row already; the key must be unique."
        found.append((int(at), ", ".join(key), value, rule))
    for at, column, value, rule in sorted(found, key=lambda f: f[:2]):
        file, row = text.loc[at, _PLACE]
        faults.append(Fault(file, int(row), column, value, rule))


Rule = tuple[Callable[[pd.Series], pd.Series], str]


def _rules(field: Mapping[str, Any]) -> list[Rule]:
    """Return the checks of a field on its text, each with the rule as the end of a sentence."""
    rules: list[Rule] = []
    limits = field.get("constraints", {})
    if field["type"] in ("integer", "number"):
        pattern, word = (
            (_INTEGER, "a whole number") if field["type"] == "integer" else (_NUMBER, "a number")
        )
        rules.append((lambda s: s.str.fullmatch(pattern), f"must be {word}"))
    if field["type"] == "date":
        rules.append((_is_date, "must be a date such as 2025-06-12"))
    if "pattern" in limits:
        form = limits["pattern"].strip("^$")
        rules.append((lambda s: s.str.fullmatch(form), f"must have the form {form}"))
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


def _is_date(text: pd.Series) -> pd.Series:
    """Return which cells are a day of the calendar, written year, month, day."""
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    return days.notna() & text.str.fullmatch(r"\d{4}-\d{2}-\d{2}")


def _loose(text: pd.Series) -> pd.Series:
    """Return the numbers in a column of text; what is no number is another rule's fault."""
    return pd.to_numeric(text, errors="coerce")


def _convert(text: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(text).astype("float64")
    if kind == "integer":
        numbers = pd.to_numeric(text)
        return numbers.astype("Int64") if numbers.isna().any() else numbers.astype("int64")
    return text


def _check_all_references(
    tables: Mapping[str, pd.DataFrame], described: Schema, faults: list[Fault]
) -> None:
    for resource in described["resources"]:
        if resource["name"] in tables:
            _check_references(resource["name"], tables, resource["schema"], faults)


def _check_references(
    name: str, tables: Mapping[str, pd.DataFrame], schema: Schema, faults: list[Fault]
) -> None:
    table = tables[name]
    for key in schema.get("foreignKeys", []):
        target, column = key["reference"]["resource"], key["reference"]["fields"]
        cells = table[key["fields"]].dropna()
        for at, value in cells[~cells.isin(tables[target][column])].items():
            rule = f"does not stand in {target}.csv, column {column}."
            faults.append(Fault(f"{name}.csv", int(str(at)) + 2, key["fields"], str(value), rule))


def _check_figures(tables: Mapping[str, pd.DataFrame], faults: list[Fault]) -> None:
    """Check what no single cell can tell: known numbers, bounds of the measure, own ratio."""
    measures = tables["measures"].set_index("measure")
    figures = tables["observations"]
    of = figures["measure"]

    def report(wrong: pd.Series, column: str, rule: Callable[[str], str]) -> None:
        for at in figures.index[wrong]:
            file, row, measure, value = figures.loc[at, [*_PLACE, "measure", column]]
            faults.append(Fault(file, int(row), column, str(value), rule(measure)))

    known = set(tables["municipality_history"]["number"])
    report(
        ~figures["municipality"].isin(known),
        "municipality",
        lambda _: "is not a number in municipality_history.csv.",
    )
    low, high = of.map(measures["lower_bound"]), of.map(measures["upper_bound"])
    report(
        (figures["value"] < low) | (figures["value"] > high),
        "value",
        lambda m: (
            "is outside what the measure can be "
            f"({measures.at[m, 'lower_bound']} to {measures.at[m, 'upper_bound']})."
        ),
    )
    ratio = of.map(measures["scale"]) * figures["numerator"] / figures["denominator"]
    report(
        (ratio - figures["value"]).abs() > _RATIO_TOLERANCE * ratio.abs().clip(lower=1e-9),
        "value",
        lambda m: f"is not {measures.at[m, 'scale']} x numerator / denominator.",
    )
