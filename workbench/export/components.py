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
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.briefs import view as views
from workbench.briefs.pieces import FILES
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.dataset.loading import licence_name
from workbench.dataset.lookup import folder_name
from workbench.export.columns import COLUMNS, Column
from workbench.export.spreadsheet import as_workbook
from workbench.storage import files as storage
from workbench.storage.normalise import FORMULA

#: Significant digits of a number. No published figure has more; what lies beyond them is the noise
#: of binary fractions, which differs between versions of Python and of libraries.
DIGITS = 10

#: What the CSV files are, and what identifies a row of each.
_TABLES = {
    "components": (
        "Every number and verdict of the assessment, a row per measure with figures.",
        ["municipality", "measure"],
    ),
    "observations": ("The figures that they rest on, on today's boundaries.", ["measure", "year"]),
}

#: How the CSV files are written, in full: the published profile asks for `doubleQuote`.
_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True}

#: Where licences stand.
_LICENCES = {
    "NLOD 2.0": "https://data.norge.no/nlod/no/2.0",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-NC-SA 3.0 IGO": "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",
}


def write(
    data: Dataset | str | None,
    municipality: str,
    peers_group: str,
    folder: Path,
    made_from: str = "",
) -> dict[Path, bytes]:
    """Write the files of a municipality, and return what they hold.

    Parameters
    ----------
    data : Dataset, or the folder to load it from; None: the project's own
    municipality : str
        A number of today or earlier, or a name.
    peers_group : str
        A group in ``data.groups``; empty: that of `Dataset.default_group`.
    folder : Path
        Where its briefs lie.
    made_from : str
        Hash of the figures and the code, for the description.

    Raises
    ------
    OSError
        If a file cannot be written, such as one that is open in Excel.
    """
    view = views.view(data, municipality, peers=peers_group)
    tables = {"components": components(view), "observations": observations(view)}
    files = {name: as_csv(table) for name, table in tables.items()}
    book = as_workbook({**tables, "sources": sources(view)}, view)
    about = describe(view, tables["components"], files)
    about["workbench"] = {
        "version": version("municipal-workbench"),
        "figures": made_from,
        "key": made_from,
        "workbook": {"path": FILES["workbook"], **_checksum(book)},
    }
    package = (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
    storage.below(folder.parent, folder)
    # The description last: it carries the hashes, and so says that all of it is there.
    whole = {**files, "workbook": book, "package": package}
    contents = {folder / FILES[name]: file for name, file in whole.items()}
    for path, file in contents.items():
        storage.write(path, file)
    return contents


def components(view: View) -> pd.DataFrame:
    """Return every number and verdict of the assessment, a row per measure with figures.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["components"]`` describes, in the order of the KPIs; their cells
        are objects, missing ones None.
    """
    rows, stands = view.assessed, view.stands.set_index("measure")
    rows = rows.assign(
        performance=rows["measure"].map(stands["performance"]),
        band=rows["measure"].map(stands["band"]),
        municipality_name=view.name,
        group=view.group,
        speaks_for_kpi=rows["measure"].isin(view.standings["measure"]),
    )
    return _typed(rows, "components")


def observations(view: View) -> pd.DataFrame:
    """Return the municipality's figures behind the briefs, a row per measure and year.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["observations"]`` describes, in the order of `components`; their
        cells are objects, missing ones None.
    """
    facts = view.assessed[["measure", "unit", "licence"]].reset_index(names="order")
    rows = facts.merge(view.figures, on="measure").sort_values(["order", "year"], kind="stable")
    return _typed(rows, "observations")


def sources(view: View) -> pd.DataFrame:
    """Return where the figures of every measure come from, those without any last.

    Returns
    -------
    DataFrame
        The columns that ``COLUMNS["sources"]`` describes.
    """
    own = view.figures.groupby("measure")["year"]
    years = own.agg(figures="size", first_figure="min", last_figure="max")
    reasons = {
        measure: "; ".join(
            f"{', '.join(map(str, part['year'].unique()))}: {reason}"
            for reason, part in rows.groupby("reason")
        )
        for measure, rows in view.set_aside.sort_values("year").groupby("measure")
    }
    order = {measure: place for place, measure in enumerate(view.assessed["measure"])}
    rows = view.data.measures.join(years, on="measure").fillna({"figures": 0})
    rows = rows.assign(left_out=rows["measure"].map(reasons), order=rows["measure"].map(order))
    return _typed(rows.sort_values("order", kind="stable"), "sources")


def _typed(rows: pd.DataFrame, sheet: str) -> pd.DataFrame:
    """Return the columns that are described: each cell of the type that is described, or None."""
    kinds: dict[str, Callable[[Any], Any]]
    kinds = {"integer": int, "number": rounded, "boolean": bool, "string": str}
    columns = COLUMNS[sheet]
    rows = rows[list(columns)]
    # An empty word and none are the same to a reader of a file.
    missing = (rows.isna() | rows.eq("")).to_numpy().T.tolist()
    cells = {
        name: [
            None if gap else kinds[column.type](cell)
            for cell, gap in zip(rows[name].tolist(), gaps, strict=True)
        ]
        for (name, column), gaps in zip(columns.items(), missing, strict=True)
    }
    return pd.DataFrame(cells, dtype="object")


def rounded(number: float) -> float:
    """Return a number to `DIGITS` significant digits."""
    return float(f"{number:.{DIGITS}g}")


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before it."""
    return FORMULA.sub("'", text)


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as a CSV file; a missing cell is empty."""
    rows = table.astype("object").where(table.notna(), None).to_numpy().tolist()
    safe = {cell: neutral(cell) for row in rows for cell in row if isinstance(cell, str)}
    words: dict[type, dict[Any, str]] = {str: safe, bool: {True: "true", False: "false"}}
    rows = [
        [words[type(cell)][cell] if type(cell) in words else cell for cell in row] for row in rows
    ]
    written = io.StringIO()
    # With both of them in the end of a line, text that holds one of them is quoted.
    csv.writer(written, lineterminator="\r\n").writerows([list(table), *rows])
    return written.getvalue().encode()


def describe(view: View, facts: pd.DataFrame, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the Data Package that describes the CSV files.

    `facts` is the table 'components'; `files` are the CSV files 'components' and 'observations'.
    """
    origin = {"licenses": _licences(facts), "sources": _sources(facts)}
    resources = [
        {
            "name": name,
            "path": FILES[name],
            "profile": "tabular-data-resource",
            "description": _TABLES[name][0],
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            **_checksum(file),
            "dialect": _DIALECT,
            **origin,
            "schema": _schema(name),
        }
        for name, file in files.items()
    ]
    return {
        "profile": "data-package",
        "name": f"municipality-{folder_name(view.number, view.name)}",
        "title": f"{view.number} {view.name}: figures on the U4SSC indicators, and verdicts",
        "description": f"Beside the briefs of {view.name}, compared with the group "
        f"{view.group}. Published figures, none imputed; each row names its licence. Figures "
        "whose licence has NC in its name may not be used commercially. Before text that a "
        "spreadsheet could take for a formula stands an apostrophe.",
        "version": version("municipal-workbench"),
        **origin,
        "resources": resources,
    }


def _checksum(file: bytes) -> dict[str, Any]:
    """Return the length and the hash of a file, as a Data Package states them."""
    return {"bytes": len(file), "hash": f"sha256:{hashlib.sha256(file).hexdigest()}"}


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(header, column) for header, column in COLUMNS[name].items()],
        "primaryKey": _TABLES[name][1],
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
