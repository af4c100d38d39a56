"""What the columns of the files hold, and the Data Package that says so to programs."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.briefs.view import FILES, View
from workbench.dataset.loading import licence_name
from workbench.dataset.lookup import folder_name


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


#: Every column of the sheets 'components', 'observations' and 'sources', in their order.
COLUMNS = {
    sheet: {
        name: Column(**{**facts, "values": tuple(facts.get("values", ()))})
        for name, facts in columns.items()
    }
    for sheet, columns in tomllib.loads(
        (Path(__file__).parent / "columns.toml").read_text(encoding="utf-8")
    ).items()
}

#: What the CSV files are, and what identifies a row of each.
_TABLES = {
    "components": (
        "Every number and verdict of the assessment, a row per measure with figures.",
        ["municipality", "measure"],
    ),
    "observations": (
        "The figures that they rest on, on today's boundaries.",
        ["measure", "year"],
    ),
}

#: How the CSV files are written, in full: the published profile asks for `doubleQuote`.
_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True}

#: Where licences stand.
_LICENCES = {
    "NLOD 2.0": "https://data.norge.no/nlod/no/2.0",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-NC-SA 3.0 IGO": "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",
}


def describe(view: View, facts: pd.DataFrame, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the Data Package that describes the CSV files.

    Parameters
    ----------
    view : View
    facts : DataFrame
        The table 'components'.
    files : dict of str to bytes
        The CSV files 'components' and 'observations'.
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
            **checksum(file),
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


def checksum(file: bytes) -> dict[str, Any]:
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
