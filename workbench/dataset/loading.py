"""Reading the tables of the data package, and refusing a broken one with every fault named.

The rules are the workbench's own (`schemas`), and repeated in ``data/datapackage.json`` (Data
Package standard): what the package promises to others is what is checked here.
"""

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

from workbench.dataset import schema as schemas
from workbench.errors import DataError, Fault, UsageError
from workbench.storage import files, normalise

Schema = dict[str, Any]

_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_INTEGER = r"[+-]?\d{1,15}"
#: Years of figures and targets, and the largest number.
_YEARS, _LARGEST = {"minimum": 1900, "maximum": 2100}, 1e15
#: Folders whose files are not read with the tables of the package: observations/ belongs to
#: measures.csv, geo/ is wanted for maps only, sources/ by who brings in figures.
_APART = ("observations/", "geo/", "sources/")
#: What else spreadsheets put between the cells of a CSV file; a Norwegian Excel semicolons.
_OTHER_SIGNS = {";": '";"', "\t": "tabs", "|": '"|"'}
#: What a file may hold whose cells are not as `normalise` has them; figures have none of it.
_UNEVEN = re.compile(rb"[^!-~\r\n]|_x")
#: Columns that say where a row was read, for messages only.
_PLACE = ["file", "row"]
#: Printed figures are rounded; a value may differ this much from its own numerator / denominator.
_RATIO_TOLERANCE = 1e-3

#: Faults of a file that are listed one by one, and most rows and signs of a line of it.
_LISTED, _ROWS, _LINE = 50, 1_000_000, 2**20

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
    described = schemas.tables(folder)
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
    described = schemas.tables(folder)
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
        name: read_table(folder / about["path"], about["schema"], faults, folder)
        for name, about in described.items()
        if not about["path"].startswith(_APART)
    }
    if faults:
        raise DataError(faults)
    return tables


def read_table(
    path: Path, schema: Schema, faults: list[Fault], root: Path | None = None
) -> pd.DataFrame:
    """Return one CSV file as a typed table; add what is wrong with it to `faults`.

    Parameters
    ----------
    path : Path
    schema : dict
        A Table Schema. Its patterns are run as they are: never take one from a package.
    faults : list of Fault
    root : Path, optional
        The folder that it must lie in; its own by default.
    """
    content = _content(path, root or path.parent, faults)
    key = hashlib.sha256(content or b"").digest(), json.dumps(schema)
    if content and key in _good:
        return _good[key].copy(deep=False)
    before = len(faults)
    text = _read_text(path, content, schema, faults)
    table = _typed(text, schema, faults).drop(columns=_PLACE)
    if len(faults) == before:
        _good[key] = table.copy(deep=False)  # anyone who writes into either gets cells of his own
        while len(_good) > _REMEMBERED:
            _good.pop(next(iter(_good)))
    return table


def _content(path: Path, root: Path, faults: list[Fault]) -> bytes | None:
    """Return what a file holds; None if it cannot be read."""
    try:
        return files.read(path, root=root)
    except FileNotFoundError:
        rule = "is missing."
    except UsageError as error:
        rule = f"is not read: {error}"
    except OSError as error:
        rule = f"cannot be read: {error.strerror}."
    faults.append(Fault(_label(path), None, None, None, rule))
    return None


def read_resource(folder: Path, name: str) -> pd.DataFrame:
    """Return one table of the data package in `folder`, checked by itself.

    Raises
    ------
    DataError
        If the package describes no such table, or its file is missing or breaks a rule.
    """
    described = schemas.tables(folder)
    faults: list[Fault] = []
    if name not in described:
        rule = f'describes no table "{name}"; take it over from the project\'s own data/.'
        raise DataError([Fault(schemas.PACKAGE, None, None, None, rule)])
    about = described[name]
    table = read_table(folder / about["path"], about["schema"], faults, folder)
    if faults:
        raise DataError(faults)
    return table


def describe_observations(folder: Path) -> Schema:
    """Return the data package of `folder` by the workbench's rules, with a resource per measure."""
    described, own = schemas.description(folder), schemas.own()
    faults: list[Fault] = []
    path = folder / own["measures"]["path"]
    measures = read_table(path, own["measures"]["schema"], faults, folder)
    if faults:
        raise DataError(faults)
    kept = [r for r in described["resources"] if not r["path"].startswith("observations/")]
    kept = [
        r | {k: own[r["name"]][k] for k in ("path", "schema") if r["name"] in own} for r in kept
    ]
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
                "schema": schemas.FIGURES,
            }
        )
    return {**described, "resources": kept}


def licence_name(text: str) -> str:
    """Return a licence as a Data Package names one: 'NLOD 2.0' -> 'NLOD-2.0'."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text)


def _read_observations(folder: Path, measures: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Return all files of observations/ as one table that still knows file and row."""
    return _read_files(folder, list(measures["measure"]), faults, strays=True)


def _read_files(
    folder: Path, measures: Sequence[str], faults: list[Fault], strays: bool = False
) -> pd.DataFrame:
    """Return the files of some measures as one table that still knows file and row.

    Files without a measure, where `strays` are looked for, are named before broken cells.
    """
    schema = schemas.observations(folder)
    parts = {}
    for measure in measures:
        path = folder / "observations" / f"{measure}.csv"
        parts[measure] = _read_text(path, _content(path, folder, faults), schema, faults)
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


def _read_text(
    path: Path, content: bytes | None, schema: Schema, faults: list[Fault]
) -> pd.DataFrame:
    """Return the cells as text, with the columns ``file`` and ``row`` for messages.

    The table is empty when its rows and columns cannot be told apart.
    """
    names = [field["name"] for field in schema["fields"]]
    label = _label(path)
    header, rows = _read_rows(label, content, names, faults)
    frame = pd.DataFrame(rows, columns=["row", *header]).assign(file=label)
    cells = frame[names].astype("str")
    if content and _UNEVEN.search(content):
        cells = cells.map(normalise.text)
    return pd.concat([frame[_PLACE], cells.mask(cells == "")], axis=1)


def _read_rows(
    label: str, content: bytes | None, names: list[str], faults: list[Fault]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the header and, after the number of their line, the rows that are as long as it."""
    if content is None:
        return names, []
    good: list[tuple[Any, ...]] = []
    wrong, rule = 0, ""
    first, _, _ = content.partition(b"\n")
    other = "" if b"," in first else next((c for c in _OTHER_SIGNS if c.encode() in first), "")
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        reader = csv.reader(_lines(text), strict=True)
        header = [] if other else [*map(normalise.text, next(filter(None, reader), []))]
        if other:
            rule = f"is separated by {_OTHER_SIGNS[other]}. Put commas between cells, and a point "
            rule += "before decimals."
        elif not header:
            rule = "is empty; it must at least have a header."
        elif not _check_header(label, header, names, faults):
            return names, []
        for row in () if rule else filter(None, reader):
            if len(good) == _ROWS:
                raise csv.Error(f"it has more than {_ROWS:,} rows")
            if len(row) == len(header):
                good.append((reader.line_num, *row))
                continue
            wrong += 1
            if wrong <= _LISTED:
                said = f"the row has {len(row)} cells where the header has {len(header)}."
                faults.append(Fault(label, reader.line_num, None, None, said))
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text (byte {error.start}); save it as UTF-8."
    except csv.Error as error:
        rule = f"is not readable as CSV: {error}."
    if rule:
        faults.append(Fault(label, None, None, None, rule))
        return names, []
    _add_more(label, wrong - _LISTED, faults)
    return header, good


def _lines(text: Iterable[str]) -> Iterator[str]:
    for line in text:
        if len(line) > _LINE:
            raise csv.Error(f"a line has more than {_LINE:,} signs")
        yield line


def _check_header(label: str, header: list[str], names: list[str], faults: list[Fault]) -> bool:
    count, known = Counter(header), set(names)
    wrong = [(name, "is missing; the schema asks for it.") for name in names if name not in count]
    for name, times in count.items():
        if name not in known:
            wrong.append((name, "is not known; remove it or add it to the schema."))
        elif times > 1:
            wrong.append((name, "stands more than once."))
    faults += [Fault(label, 1, name, None, rule) for name, rule in wrong[:_LISTED]]
    _add_more(label, len(wrong) - _LISTED, faults)
    return not wrong


def _check_cells(text: pd.DataFrame, schema: Schema, faults: list[Fault]) -> None:
    wrong = []
    key = schema.get("primaryKey", [])
    key = [key] if isinstance(key, str) else list(key)
    for field in schema["fields"]:
        name = field["name"]
        there = text[name].notna()
        if field.get("constraints", {}).get("required", False):
            wrong.append(_wrong(text, ~there, [name], "is empty; a value is required."))
        cells = text[name][there]
        for test, rule in _rules(field):
            bad = there & ~test(cells).reindex(text.index, fill_value=True).astype(bool)
            wrong.append(_wrong(text, bad, [name], f"{rule}."))
        if most := _length(field, key):
            tried = {cell: normalise.wrong_text(cell, most) for cell in cells.unique()}
            said = {cell: f"{rule}." for cell, rule in tried.items() if rule}
            if said:
                wrong.append(_wrong(text, text[name].isin([*said]), [name], text[name].map(said)))
    if key:
        rule = "stands in an earlier row already; the key must be unique."
        wrong.append(_wrong(text, text.duplicated(key), key, rule))
    _list(wrong, faults)


def _length(field: Mapping[str, Any], key: Sequence[str]) -> int:
    """Return how many signs a text may have: a name or a prose; 0 where other rules say it all."""
    name, limits = str(field["name"]), field.get("constraints", {})
    if field["type"] != "string" or "enum" in limits or ("pattern" in limits and name not in key):
        return 0
    short = "name" in name or (name in key and not name.endswith("_nb"))
    return normalise.NAME if short else normalise.TEXT


#: By place in the table, the first faults of each file; and how many each file has.
Wrong = tuple[dict[int, Fault], Mapping[str, int]]


def _wrong(
    rows: pd.DataFrame, which: pd.Series, columns: list[str], rule: str | pd.Series
) -> Wrong:
    """Return the rows that break a rule.

    Parameters
    ----------
    rows : DataFrame
        With the columns ``file`` and ``row``.
    which : Series of bool
    columns : list of str
        What breaks it.
    rule : str or Series
        The rule, or one for each row.
    """
    files = rows.loc[which, "file"]
    found: dict[int, Fault] = {}
    for at in files.groupby(files).head(_LISTED).index:
        file, row, *cells = rows.loc[at, [*_PLACE, *columns]]
        value = None if pd.isna(cells).all() else ", ".join(str(c) for c in cells if pd.notna(c))
        said = rule if isinstance(rule, str) else rule[at]
        found[at] = Fault(file, int(row), ", ".join(columns), value, said)
    return found, files.value_counts().to_dict()


def _list(wrong: Sequence[Wrong], faults: list[Fault]) -> None:
    """Add the first faults of each file in the order of its rows, and how many more it has."""
    listed, counts = Counter(fault.file for fault in faults), Counter[str]()
    for _, of_file in wrong:
        counts.update(of_file)
    places = [(at, str(fault.column), fault) for found, _ in wrong for at, fault in found.items()]
    places.sort(key=lambda place: place[:2])
    for file, count in counts.items():
        own = [fault for _, _, fault in places if fault.file == file]
        own = own[: max(0, _LISTED - listed[file])]
        faults += own
        _add_more(file, count - len(own), faults)


def _add_more(file: str, count: int, faults: list[Fault]) -> None:
    if count > 0:
        faults.append(Fault(file, None, None, None, f"has {count:,} more faults.", count))


Rule = tuple[Callable[[pd.Series], pd.Series], str]


def _rules(field: Mapping[str, Any]) -> list[Rule]:
    """Return the checks of a field on its text, each with the rule as the end of a sentence."""
    rules: list[Rule] = []
    limits = field.get("constraints", {})
    if field["name"].endswith("year"):
        limits = {**_YEARS, **limits}
    if field["type"] in ("integer", "number"):
        pattern, word = (
            (_INTEGER, "a whole number") if field["type"] == "integer" else (_NUMBER, "a number")
        )
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


def _convert(text: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(text).astype("float64")
    if kind == "integer":
        numbers = pd.to_numeric(text)
        return numbers.astype("Int64") if numbers.isna().any() else numbers.astype("int64")
    return text


def _check_all_references(
    tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], faults: list[Fault]
) -> None:
    for name, about in described.items():
        if name in tables:
            _check_references(name, tables, about["schema"], faults)


def _check_references(
    name: str, tables: Mapping[str, pd.DataFrame], schema: Schema, faults: list[Fault]
) -> None:
    table = tables[name]
    places = {"file": f"{name}.csv", "row": table.index + 2}
    for key in schema.get("foreignKeys", []):
        target, column = key["reference"]["resource"], key["reference"]["fields"]
        cells = table[key["fields"]]
        rule = f"does not stand in {target}.csv, column {column}."
        lost = cells.notna() & ~cells.isin(tables[target][column])
        _list([_wrong(table.assign(**places), lost, [key["fields"]], rule)], faults)


def _check_figures(tables: Mapping[str, pd.DataFrame], faults: list[Fault]) -> None:
    """Check what no single cell can tell: known numbers, bounds of the measure, own ratio."""
    measures = tables["measures"].set_index("measure")
    figures = tables["observations"]
    of = figures["measure"]
    low, high = of.map(measures["lower_bound"]), of.map(measures["upper_bound"])
    scale = of.map(measures["scale"])
    ratio = scale * figures["numerator"] / figures["denominator"]
    known = set(tables["municipality_history"]["number"])
    checks: list[tuple[pd.Series, str, Callable[[str], str]]] = [
        (
            ~figures["municipality"].isin(known),
            "municipality",
            lambda _: "is not a number in municipality_history.csv.",
        ),
        (
            (figures["value"] < low) | (figures["value"] > high),
            "value",
            lambda m: (
                "is outside what the measure can be "
                f"({measures.at[m, 'lower_bound']} to {measures.at[m, 'upper_bound']})."
            ),
        ),
        (
            (ratio - figures["value"]).abs() > _RATIO_TOLERANCE * ratio.abs().clip(lower=1e-9),
            "value",
            lambda m: f"is not {measures.at[m, 'scale']} x numerator / denominator.",
        ),
    ]
    for wrong, column, rule in checks:
        rules = of[wrong].map({m: rule(m) for m in of[wrong].unique()})
        _list([_wrong(figures, wrong, [column], rules)], faults)
