"""The figures and verdicts behind the briefs of a municipality, as files for others to use.

Beside the briefs lie ``components.csv`` (a row per measure: every number and verdict of the
assessment), ``observations.csv`` (the figures that these rest on), ``components.xlsx`` (both, with
sources and explanations) and ``datapackage.json``, which describes the two CSV files.

The CSV files are for programs: UTF-8 without a byte order mark, comma between columns and point
in numbers (RFC 4180). R, pandas and Frictionless read that as it is, and several readers would
take the mark for a part of the first name. A Norwegian Excel wants semicolon and comma; for it
there is the workbook. What the columns hold stands in ``columns.toml``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.standings import judged
from workbench.briefs.view import FILES, View, view
from workbench.dataset import Dataset
from workbench.dataset.loading import licence_name
from workbench.dataset.lookup import folder_name
from workbench.export import spreadsheet
from workbench.rendering import page
from workbench.storage import cache
from workbench.storage.files import below, read
from workbench.storage.normalise import FORMULA

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes
    ----------
    type : {'string', 'integer', 'number', 'boolean'}
    description : str
    unit : str
        Empty for words and for numbers that have none.
    values : tuple
        All that it can hold; empty: anything.
    required : bool
        Whether no cell of it is empty.
    """

    type: str
    description: str
    unit: str = ""
    values: tuple[Any, ...] = ()
    required: bool = False


def _read_columns() -> dict[str, dict[str, Column]]:
    text = (Path(__file__).parent / "columns.toml").read_text(encoding="utf-8")
    return {
        sheet: {
            name: Column(**{**facts, "values": tuple(facts.get("values", ()))})
            for name, facts in columns.items()
        }
        for sheet, columns in tomllib.loads(text).items()
    }


#: Every column of the sheets 'components', 'observations' and 'sources', in their order.
COLUMNS = _read_columns()

#: What identifies a row.
_KEYS = {"components": ["municipality", "measure"], "observations": ["measure", "year"]}

#: Significant digits of a number. No published figure has more; what lies beyond them is the noise
#: of binary fractions, which differs between versions of Python and of libraries.
DIGITS = 10

#: The sheets that are read rather than reckoned with: long texts take several lines.
_PROSE = ("sources", "columns")

#: How the CSV files are written, in full: the published profile asks for `doubleQuote`.
_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True}

#: Where licences stand.
_LICENCES = {
    "NLOD 2.0": "https://data.norge.no/nlod/no/2.0",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-NC-SA 3.0 IGO": "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",
}

#: A moment for the workbook's properties: the time of writing would make each file another.
_MOMENT = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Basis:
    """What all files of a run are made from: hashes of the figures and of the code."""

    figures: str
    code: str


def basis(data: Dataset) -> Basis:
    """Return the hashes of the figures and of the code that works on them."""
    frames = {field.name: getattr(data, field.name) for field in fields(data)}
    figures = [
        f"{name} {' '.join(frame.columns)} {_table_hash(frame)}"
        for name, frame in sorted(frames.items())
        if isinstance(frame, pd.DataFrame)
    ]
    code = [*cache.code(), Path(__file__).parent / "columns.toml"]
    libraries = [f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy", "xlsxwriter")]
    return Basis(cache.digest([], *figures), cache.digest(code, *libraries))


def write(
    data: Dataset,
    municipality: str,
    peers_group: str,
    folder: Path,
    known: Basis | None = None,
) -> bool:
    """Write the files of a municipality, unless those in `folder` are of today.

    Parameters
    ----------
    data : Dataset
    municipality : str
        A number of today or earlier, or a name.
    peers_group : str
        A group in ``data.groups``; empty: the one of `Dataset.default_group`.
    folder : Path
        Where its briefs lie.
    known : Basis, optional
        What `basis` returns, so that a run over many municipalities works it out once.

    Returns
    -------
    bool
        Whether the files were written: False where they are whole and made from the same.

    Raises
    ------
    OSError
        If a file cannot be written, such as one that is open in Excel.
    """
    number = data.municipality(municipality)
    group = peers_group or data.default_group(number)
    made_from = known or basis(data)
    key = cache.digest([], *asdict(made_from).values(), number, group)
    below(folder.parent, folder)
    if up_to_date(folder, key):
        return False
    shown = view(data, number, peers=group)
    tables = {"components": components(shown), "observations": observations(shown)}
    files = {name: as_csv(table) for name, table in tables.items()}
    book = as_workbook({**tables, "sources": sources(shown)}, shown)
    about = describe(shown, tables, files)
    about["workbench"] = {
        "version": version("municipal-workbench"),
        "figures": made_from.figures,
        "key": key,
        "workbook": {"path": FILES["workbook"], **_print(book)},
    }
    for name, file in {**files, "workbook": book}.items():
        page.write(folder / FILES[name], file)
    # The description last: it carries the hashes, and so says that all of it is there.
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    page.write(folder / FILES["package"], text)
    return True


def write_all(data: Dataset, peers_group: str, folders: Mapping[str, Path]) -> list[str]:
    """Write the files of several municipalities, and return what kept any from being written.

    Parameters
    ----------
    data : Dataset
    peers_group : str
        As `write` takes it.
    folders : dict of str to Path
        Where the briefs of each municipality lie, by number.

    Returns
    -------
    list of str
        A sentence per municipality whose files could not be written.
    """
    known, faults = basis(data), []
    for number, folder in folders.items():
        try:
            write(data, number, peers_group, folder, known)
        except OSError as error:
            file = Path(error.filename2 or error.filename or folder).name
            faults.append(
                f"{folder.name}: {file} cannot be written: {error.strerror}. "
                "Close it where it is open, and run again."
            )
    return faults


def up_to_date(folder: Path, key: str) -> bool:
    """Return whether the files in `folder` are whole and were made from what `key` stands for."""
    try:
        about = json.loads(read(folder / FILES["package"], root=folder))
        told = {file["path"]: file["hash"] for file in about["resources"]}
        told |= {file["path"]: file["hash"] for file in [about["workbench"]["workbook"]]}
        there = {name: folder / name for name in FILES.values() if name != FILES["package"]}
        found = {name: _print(read(at, root=folder))["hash"] for name, at in there.items()}
        return bool(about["workbench"]["key"] == key and told == found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False


def components(shown: View) -> pd.DataFrame:
    """Return every number and verdict of the assessment, a row per measure with figures.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["components"]`` describes, in the order of the KPIs.
    """
    judgement = judged(shown.data)
    judgement = judgement[judgement["municipality"] == shown.number]
    rows = shown.assessed.merge(
        judgement[["measure", "standing", "performance", "band"]], on="measure", how="left"
    )
    spoken = shown.alone.coverage(shown.number)["measure"]
    rows = rows.assign(
        municipality_name=shown.name,
        group=shown.group,
        speaks_for_kpi=rows["measure"].isin(spoken),
    )
    return _typed(rows, COLUMNS["components"])


def observations(shown: View) -> pd.DataFrame:
    """Return the municipality's figures behind the briefs, a row per measure and year.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["observations"]`` describes, in the order of `components`.
    """
    facts = shown.assessed[["measure", "unit", "licence"]].reset_index(names="order")
    rows = facts.merge(shown.figures, on="measure").sort_values(["order", "year"], kind="stable")
    return _typed(rows, COLUMNS["observations"])


def sources(shown: View) -> pd.DataFrame:
    """Return where the figures of every measure come from, those without any last.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["sources"]`` describes.
    """
    own = shown.figures.groupby("measure")["year"]
    years = own.agg(figures="size", first_figure="min", last_figure="max")
    aside = shown.set_aside.sort_values("year")
    reasons = {
        measure: "; ".join(
            f"{', '.join(map(str, part['year'].unique()))}: {reason}"
            for reason, part in rows.groupby("reason")
        )
        for measure, rows in aside.groupby("measure")
    }
    order = {measure: place for place, measure in enumerate(shown.assessed["measure"])}
    rows = shown.data.measures.join(years, on="measure").fillna({"figures": 0})
    rows = rows.assign(
        left_out=rows["measure"].map(reasons),
        order=rows["measure"].map(order),
    )
    return _typed(rows.sort_values("order", kind="stable"), COLUMNS["sources"])


def _typed(rows: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return the columns that are described, of the type that is described."""
    kinds = {"integer": "Int64", "number": "float64", "boolean": "boolean", "string": "object"}
    table = {name: rows[name].astype(kinds[column.type]) for name, column in columns.items()}
    typed = pd.DataFrame(table).reset_index(drop=True)
    for name in typed.select_dtypes("float64"):
        typed[name] = typed[name].map(rounded)
    # An empty word and none are the same to a reader of a file.
    return typed.replace({"": None})


def rounded(number: float) -> float:
    """Return a number to `DIGITS` significant digits."""
    return float(f"{number:.{DIGITS}g}")


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before it."""
    return FORMULA.sub("'", text)


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as a CSV file."""
    safe = table.copy()
    for name, column in safe.items():
        if column.dtype == "boolean":
            safe[name] = column.map({True: "true", False: "false"})
        elif column.dtype == "object":
            safe[name] = column.map(neutral, na_action="ignore")
    # With both of them in the end of a line, text that holds one of them is quoted.
    return safe.to_csv(index=False, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL).encode()


def as_workbook(tables: Mapping[str, pd.DataFrame], shown: View) -> bytes:
    """Return a workbook with these tables, a sheet each, and one that explains their columns.

    All is written as text or number: no cell is a formula or a link.
    """
    import xlsxwriter

    whole = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(whole, options) as book:
        book.set_properties({"title": f"{shown.number} {shown.name}", "created": _MOMENT})
        formats = _Formats(book)
        decimals = shown.units["decimals"].astype(int).to_dict()
        for name, table in tables.items():
            places = table["unit"].map(decimals) if "unit" in table else pd.Series(0, table.index)
            _sheet(book, formats, name, table, COLUMNS[name], list(places))
        explained = _explained()
        plain = {name: Column("string", "") for name in explained}
        _sheet(book, formats, "columns", explained, plain, [0] * len(explained))
    return whole.getvalue()


def _explained() -> pd.DataFrame:
    """Return what each column of each sheet holds."""
    return pd.DataFrame(
        [
            {
                "sheet": sheet,
                "column": name,
                "type": column.type,
                "unit": column.unit or None,
                "description": column.description,
                "values": ", ".join(map(str, column.values)) or None,
            }
            for sheet, columns in COLUMNS.items()
            for name, column in columns.items()
        ],
        dtype="object",
    )


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#dfe5ea"})
        self.text = book.add_format({"valign": "top"})
        self.prose = book.add_format({"valign": "top", "text_wrap": True})

    def number(self, column: Column, decimals: int) -> Format:
        """Return the format of a number: as many decimals as its unit is written with."""
        places = {"unit of the measure": decimals, "unit of the measure per year": decimals + 2}
        if column.type == "integer":
            code = "0"
        elif column.unit in places:
            code = f"#,##0.{'0' * places[column.unit]}".rstrip(".")
        elif column.unit in ("probability", "ratio"):
            code = "0.000"
        else:
            code = "General"
        if code not in self._made:
            self._made[code] = self._book.add_format({"num_format": code, "valign": "top"})
        return self._made[code]


def _sheet(
    book: Workbook,
    formats: _Formats,
    name: str,
    table: pd.DataFrame,
    columns: Mapping[str, Column],
    decimals: list[int],
) -> None:
    sheet = book.add_worksheet(name)
    # What a row is about stays in sight however far one scrolls.
    frozen = list(columns).index("column" if name == "columns" else "measure") + 1
    sheet.freeze_panes(1, frozen)
    words = formats.prose if name in _PROSE else formats.text
    sheet.autofilter(0, 0, len(table), len(columns) - 1)
    # Room for each header with its button, and no wider than can be read.
    most = 36 if name == "sources" else 60
    widths = {
        header: max(len(header) + 4, min(_longest(table[header]) + 1, most)) for header in columns
    }
    for at, (header, column) in enumerate(columns.items()):
        sheet.write_string(0, at, header, formats.head)
        cells, missing = list(table[header]), list(table[header].isna())
        sheet.set_column(at, at, widths[header])
        for row, (cell, none) in enumerate(zip(cells, missing, strict=True), start=1):
            if none:
                continue
            if column.type == "string":
                sheet.write_string(row, at, cell, words)
            elif column.type == "boolean":
                sheet.write_boolean(row, at, bool(cell), formats.text)
            else:
                sheet.write_number(row, at, cell, formats.number(column, decimals[row - 1]))
    if name in _PROSE:
        for row, cells in enumerate(table[list(columns)].to_numpy(), start=1):
            texts = zip(cells, widths.values(), strict=True)
            sheet.set_row(
                row, spreadsheet.height(text for text in texts if isinstance(text[0], str))
            )
    spreadsheet.printable(sheet, len(table) + 1, widths.values())
    sheet.repeat_columns(0, frozen - 1)


def _longest(cells: pd.Series) -> int:
    return max((len(cell) for cell in cells if isinstance(cell, str)), default=10)


def describe(
    shown: View, tables: Mapping[str, pd.DataFrame], files: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the Data Package that describes the CSV files.

    Parameters
    ----------
    shown : View
    tables : dict of str to DataFrame
        'components' and 'observations'.
    files : dict of str to bytes
        Their CSV files.
    """
    facts = tables["components"][["publisher", "table", "licence", "measure"]]
    origin = {"licenses": _licences(facts), "sources": _sources(facts)}
    says = {
        "components": "Every number and verdict of the assessment, a row per measure with figures.",
        "observations": "The figures that they rest on, on today's boundaries.",
    }
    resources = [
        {
            "name": name,
            "path": FILES[name],
            "profile": "tabular-data-resource",
            "description": says[name],
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            **_print(file),
            "dialect": _DIALECT,
            **origin,
            "schema": _schema(name),
        }
        for name, file in files.items()
    ]
    return {
        "profile": "data-package",
        "name": f"municipality-{folder_name(shown.number, shown.name)}",
        "title": f"{shown.number} {shown.name}: figures on the U4SSC indicators, and verdicts",
        "description": f"Beside the briefs of {shown.name}, compared with the group "
        f"{shown.group}. Published figures, none imputed; each row names its licence. Figures "
        "whose licence has NC in its name may not be used commercially. Before text that a "
        "spreadsheet could take for a formula stands an apostrophe.",
        "version": version("municipal-workbench"),
        **origin,
        "resources": resources,
    }


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(header, column) for header, column in COLUMNS[name].items()],
        "primaryKey": _KEYS[name],
        "missingValues": [""],
    }
    if name == "observations":
        other = {"resource": "components", "fields": "measure"}
        schema["foreignKeys"] = [{"fields": "measure", "reference": other}]
    return schema


def _field(name: str, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": column.type, "description": column.description}
    if column.unit:
        field["unit"] = column.unit
    rules: dict[str, Any] = {"required": True} if column.required else {}
    if column.values:
        rules["enum"] = list(column.values)
    return {**field, "constraints": rules} if rules else field


def _licences(facts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each licence with whose figures it is for: no user may take it for all of them."""
    return [
        {
            "name": licence_name(name),
            **({"path": _LICENCES[name]} if name in _LICENCES else {}),
            "title": f"{licence}, for figures of {', '.join(rows['publisher'].unique())}",
        }
        for licence, rows in facts.groupby("licence")
        for name in str(licence).split(" / ")
    ]


def _sources(facts: pd.DataFrame) -> list[dict[str, Any]]:
    named = facts.fillna({"table": ""}).groupby(["publisher", "table", "licence"])["measure"]
    return [
        {
            "title": f"{publisher}, {table}" if table else publisher,
            "licence": licence,
            "measures": list(measures),
        }
        for (publisher, table, licence), measures in named
    ]


def _print(file: bytes) -> dict[str, Any]:
    """Return the length and the hash of a file, as a Data Package states them."""
    return {"bytes": len(file), "hash": f"sha256:{hashlib.sha256(file).hexdigest()}"}


def _table_hash(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()
