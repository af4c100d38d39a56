"""The rules of the tables in a folder of figures: the workbench's own, in ``schemas.json``.

A folder that was received describes its tables in a ``datapackage.json`` of its own. It is not
asked which rules there are, only whether its own are the same or stricter; and which file a table
is in, the workbench knows by itself.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from workbench.errors import DataError, Fault, UsageError
from workbench.storage import files

Schema = dict[str, Any]

#: What describes a folder, and the figures of a measure in it.
PACKAGE, FIGURES = "datapackage.json", "observations/schema.json"

#: Where the rules stand, and what they are called there for the figures of each measure.
FILE, OBSERVATIONS = Path(__file__).with_name("schemas.json"), "observations"

#: What must be the same, beside the columns.
_KEYS = ("primaryKey", "foreignKeys", "missingValues")

_MEND = "take the rules over with: python -m workbench describe --data DIR."

#: Most bytes of a description; the project's own has a thirtieth.
_MOST = 4 * 2**20


@functools.cache
def own() -> Mapping[str, Any]:
    """Return the workbench's own rules: by table its ``path``, ``schema`` and ``optional``."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def description(folder: Path) -> dict[str, Any]:
    """Return the ``datapackage.json`` of a folder, of which only the shape was checked.

    Raises
    ------
    DataError
        If it is missing, cannot be read, or does not list tables in files of the folder.
    """
    described = _read(folder, PACKAGE)
    resources = described.get("resources")
    if not isinstance(resources, list) or not all(isinstance(one, dict) for one in resources):
        _refuse(PACKAGE, 'must have a list "resources" of what describes a table each.')
    for one in resources:
        name, path = one.get("name"), one.get("path")
        if not isinstance(name, str) or not isinstance(path, str) or "\\" in path or ":" in path:
            _refuse(PACKAGE, f"must give each table a name and a path; {_short(one)} does not.")
        if path.startswith("/") or ".." in PurePosixPath(path).parts:
            _refuse(PACKAGE, f"names the file {_short(path)}, which is outside of the folder.")
    if len({one["name"] for one in resources}) < len(resources):
        _refuse(PACKAGE, "gives two tables the same name.")
    return described


def tables(folder: Path) -> dict[str, Any]:
    """Return the rules of the tables that a folder describes, by name, but for those of figures.

    Raises
    ------
    DataError
        If it describes a table otherwise than the workbench, or one that is needed is missing.
    """
    given = {one["name"]: one for one in description(folder)["resources"]}
    rules: dict[str, Any] = {}
    for name, known in own().items():
        if name == OBSERVATIONS:
            continue
        if name in given:
            if given[name]["path"] != known["path"]:
                _refuse(PACKAGE, f'table "{name}": the path must be {known["path"]}; {_MEND}')
            schema = _narrowed(known["schema"], given[name].get("schema"), PACKAGE, name)
            rules[name] = {"path": known["path"], "schema": schema}
        elif not known.get("optional"):
            _refuse(PACKAGE, f'describes no table "{name}"; {_MEND}')
    return rules


def observations(folder: Path) -> Schema:
    """Return the rules of the figures of a measure.

    Raises
    ------
    DataError
        If the folder describes them otherwise than the workbench.
    """
    known = own()[OBSERVATIONS]["schema"]
    return _narrowed(known, _read(folder, FIGURES), FIGURES, OBSERVATIONS)


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    try:
        described = json.loads(files.read(path, _MOST, folder).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        _refuse(str(path), "is missing; name the folder that holds datapackage.json.")
    except UsageError as error:
        _refuse(str(path), f"is not read: {error}")
    except (OSError, ValueError, RecursionError) as error:
        _refuse(str(path), f"is not readable as JSON: {error}.")
    if not isinstance(described, dict):
        _refuse(str(path), "is not readable as a description of tables; it must be a JSON object.")
    return described


def _narrowed(known: Schema, given: Any, file: str, table: str) -> Schema:
    """Return the workbench's rules, with the limits of those that were received."""
    if given == known:
        return known

    def refuse(rule: str) -> NoReturn:
        _refuse(file, f'table "{table}"{rule}; {_MEND}')

    columns = [field["name"] for field in known["fields"]]
    fields = given.get("fields") if isinstance(given, dict) else None
    fields = fields if isinstance(fields, list) else []
    names = [str(field.get("name")) if isinstance(field, dict) else "" for field in fields]
    if sorted(names) != sorted(columns):
        refuse(f" must have the columns {', '.join(columns)}")
    for key in _KEYS:
        if given.get(key) != known.get(key):
            refuse(f": {key} must be {json.dumps(known.get(key))}")
    by_name = dict(zip(names, fields, strict=True))
    narrowed = []
    for field in known["fields"]:
        theirs = by_name[field["name"]]
        limits = {"type": field["type"], **field.get("constraints", {})}
        asked = theirs.get("constraints", {})
        asked = {"type": theirs.get("type"), **asked} if isinstance(asked, dict) else {}
        for name in sorted({*limits, *asked}):
            if not _is_narrower(name, limits.get(name), asked.get(name)):
                refuse(
                    f', column "{field["name"]}": {_short(name)} is {_short(asked.get(name))} '
                    f"where the workbench has {_short(limits.get(name))}. Rules that were received "
                    "may be the same or stricter"
                )
        asked.pop("type")
        narrowed.append({**field, "constraints": {**field.get("constraints", {}), **asked}})
    return {**known, "fields": narrowed}


def _is_narrower(rule: str, known: Any, given: Any) -> bool:
    """Return whether a rule is the same or stricter; a pattern is never taken from a package."""
    if given == known and type(given) is type(known):
        return True
    if rule == "required":
        return given is True or (given is False and known is None)
    if rule in ("minimum", "maximum") and type(given) in (int, float):
        return known is None or bool(given > known if rule == "minimum" else given < known)
    if rule == "enum" and isinstance(given, list) and isinstance(known, list):
        return all(value in known for value in given)
    return False


def _short(value: object) -> str:
    return str(value if isinstance(value, str) else json.dumps(value))[:60] or '""'


def _refuse(file: str, rule: str) -> NoReturn:
    raise DataError([Fault(file, None, None, None, rule)])
