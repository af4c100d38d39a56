"""The tables of a folder of figures, checked and on today's boundaries; a broken one is refused.

The rules are the workbench's own (`schema`), and repeated in ``data/datapackage.json`` (Data
Package standard): what the package promises to others is what is checked here. A new table needs
its rules in ``schemas.json`` and a field of `Dataset`; nothing here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.dataset import boundaries, reported
from workbench.dataset import schema as schemas
from workbench.dataset.cells import PLACE, Faults, filled, label, read_table, read_tables
from workbench.errors import DataError, Fault, UsageError, sentences, suggest
from workbench.storage import cache, files, hashing, normalise

Tables = dict[str, pd.DataFrame]

#: The figures that belong to this copy of the project.
DATA = Path(__file__).resolve().parents[2] / "data"

#: Folders whose files are not read with the tables of the package: observations/ belongs to
#: measures.csv, geo/ is wanted for maps only, sources/ by who brings in figures.
_APART = ("observations/", "geo/", "sources/")

#: The tables of a folder, and those of the figures of its measures.
_TABLES, _FIGURES = ("*.csv", "*.json"), ("observations/*.csv", "observations/*.json")

#: Another release may read or add up differently.
_VERSIONS = (pd.__version__, sys.version)

#: Printed figures are rounded; a value may differ this much from its own numerator / denominator.
_RATIO_TOLERANCE = 1e-3


def load_tables(folder: Path) -> Tables:
    """Return all tables of a folder by name, read again only where a file was changed.

    Beside those of `read_catalogue` they are ``observations`` and ``set_aside`` (`harmonise`), and
    the figures as they were ``published``.

    Raises
    ------
    DataError
        As `read_package` does.
    UsageError
        If a file is no regular one, too large, or changed whenever it is read.
    """
    return cache.cached_of_files(
        lambda: _files(folder), lambda: _load(folder), *_VERSIONS, name=str(folder)
    )


def key(folder: Path) -> str:
    """Return a hash of a folder and of the code that reads it."""
    return hashing.digest(_files(folder), *_VERSIONS)


def outlines(folder: Path) -> pd.DataFrame:
    """Return the municipalities on a map: number, x, y, outline (units of 100 m)."""
    there = files.found(folder, "*.json", "geo/*.csv")
    made_from = hashing.digest([*there, *_reading()], "outlines", *_VERSIONS)
    return cache.cached(made_from, lambda: read_resource(folder, "outlines"))


def _files(folder: Path) -> list[Path]:
    return files.found(folder, *_TABLES, *_FIGURES) + _reading()


def _reading() -> list[Path]:
    """Return the modules and rules that tables are read by."""
    return [*Path(__file__).parent.glob("*.py"), schemas.FILE, Path(normalise.__file__)]


def _load(folder: Path) -> Tables:
    try:
        catalogue, own = _catalogue(folder)
        keys = _keys(folder, catalogue)
        parts = cache.cached_per_measure(
            "figures", keys, lambda measures: _figures(folder, catalogue, measures, keys)
        )
    except DataError:
        read_package(folder)  # names the faults of all files, in their order
        raise
    in_order = [*(parts[measure] for measure in sorted(parts)), own]
    observations, set_aside, published = (
        hashing.joined(list(tables)) for tables in zip(*in_order, strict=True)
    )
    figures = {"observations": observations, "set_aside": set_aside, "published": published}
    return figures | catalogue


def _catalogue(folder: Path) -> tuple[Tables, tuple[pd.DataFrame, ...]]:
    """Return all tables but the figures, and as `_figures` those that municipalities reported.

    They are read again only when one of these tables changes.
    """

    def make() -> tuple[Tables, tuple[pd.DataFrame, ...]]:
        tables = read_catalogue(folder)
        own = reported.figures(tables)
        return tables, (*_harmonised(own, tables), own)

    figures = sorted(file.name for file in files.found(folder, *_FIGURES))
    return cache.cached_of_files(
        lambda: files.found(folder, *_TABLES) + _reading(),
        make,
        *("catalogue", *_VERSIONS, *figures),
        name=str(folder),
    )


def _keys(folder: Path, catalogue: Tables) -> dict[str, str]:
    """Return, per measure, the hash of all that its figures on today's boundaries depend on."""
    rules = files.found(folder, schemas.FIGURES)
    common = hashing.digest([*rules, *_reading()], *_VERSIONS)
    history = hashing.fingerprint(catalogue["municipality_history"])
    keys = {}
    official = catalogue["measures"].loc[~reported.is_reported(catalogue["measures"]["measure"])]
    for measure, about in hashing.fingerprints(official).items():
        file = _figures_file(folder, measure)
        keys[measure] = hashing.digest([file] if file.exists() else [], common, history, about)
    return keys


def _figures(
    folder: Path, catalogue: Tables, measures: list[str], keys: dict[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the observations of some measures, what is set aside, and what was published."""
    published = read_figures(folder, catalogue, measures)
    if _keys(folder, catalogue) != keys:
        raise cache.MovedError
    return (*_harmonised(published, catalogue), published)


def _harmonised(published: pd.DataFrame, catalogue: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    history, about = catalogue["municipality_history"], catalogue["measures"]
    return boundaries.harmonise(published, history, about)


def read_package(folder: Path) -> Tables:
    """Return every table of the data package in a folder, checked.

    Returns
    -------
    dict of DataFrame
        The tables of `read_catalogue`, and ``observations``: the files of ``observations/`` one
        after the other, with the column ``measure`` in front. Numbers of municipalities are text,
        empty cells are missing values.

    Raises
    ------
    DataError
        If a file is missing or breaks a rule of its schema; it lists every fault of every file.
    """
    faults = Faults()
    tables = _read_tables(folder)
    measures = tables["measures"]["measure"]
    measures = list(measures[~reported.is_reported(measures)])
    figures = _read_figures(folder, tables, measures, faults)
    _check_strays(folder, measures, faults)
    check_references(tables, faults)
    _check_reported(tables, faults)
    faults.refuse()
    return {**tables, "observations": figures}


def read_catalogue(folder: Path) -> Tables:
    """Return the tables of a folder without the figures, checked.

    A table that is optional and not described is there without rows.

    Raises
    ------
    DataError
        If a file breaks a rule, or if one in ``observations/`` has no row in ``measures.csv``. It
        does not know the faults of figures: `read_package` names those in the same breath.
    """
    faults = Faults()
    tables = _read_tables(folder)
    _check_strays(folder, tables["measures"]["measure"], faults)
    check_references(tables, faults)
    _check_reported(tables, faults)
    faults.refuse()
    return tables


def read_figures(
    folder: Path, catalogue: Mapping[str, pd.DataFrame], measures: Sequence[str]
) -> pd.DataFrame:
    """Return the observations of some measures, checked as `read_package` checks those of all.

    Each measure has a file and a key of its own, so that the figures of one break no rule by
    those of another. The catalogue is as `read_catalogue` returns it.

    Raises
    ------
    DataError
        If a file is missing or breaks a rule of its schema or of its measure.
    """
    faults = Faults()
    figures = _read_figures(folder, catalogue, measures, faults)
    faults.refuse()
    return figures


def read_resource(folder: Path, name: str) -> pd.DataFrame:
    """Return one table of the data package in a folder, checked by itself.

    Raises
    ------
    DataError
        If the package describes no such table, or its file is missing or breaks a rule.
    """
    described = schemas.tables(folder)
    if name not in described:
        rule = f'describes no table "{name}"; take it over from the project\'s own data/.'
        raise DataError([Fault(schemas.PACKAGE, None, None, None, rule)])
    return _read(folder, described[name])


def describe_observations(folder: Path) -> dict[str, Any]:
    """Return the data package of a folder by the workbench's rules, with a resource per measure."""
    described, own = schemas.description(folder), schemas.own()
    others = [r for r in described["resources"] if not r["path"].startswith("observations/")]
    resources = [
        r | {k: own[r["name"]][k] for k in ("path", "schema") if r["name"] in own} for r in others
    ]
    for row in _read(folder, own["measures"]).itertuples():
        table = "" if pd.isna(row.table) else f", {row.table}"
        licence = {"title": row.licence, "name": licence_name(row.licence.split(" / ")[0])}
        resources.append(
            {
                "name": f"observations-{row.measure}".replace("_", "-"),
                "path": f"observations/{row.measure}.csv",
                "profile": "tabular-data-resource",
                "title": row.name_en,
                "description": f"{row.name_en}, unit: {row.unit}.",
                "encoding": "utf-8",
                "licenses": [licence],
                "sources": [{"title": f"{row.publisher}{table}"}],
                "schema": schemas.FIGURES,
            }
        )
    return {**described, "resources": resources}


def described_measure(folder: Path, measure: str) -> pd.DataFrame:
    """Return what a row of ``measures.csv`` says, and what is assumed where it says nothing.

    Returns
    -------
    DataFrame
        By column of ``measures.csv``: value ('' where there is none) and assumed.

    Raises
    ------
    DataError
        If a table of the folder breaks a rule.
    UsageError
        If there is no such row.
    """
    known, about = read_catalogue(folder)["measures"], schemas.own()["measures"]
    if measure not in set(known["measure"]):
        message = f'"{measure}" is no measure of {folder}.'
        raise UsageError(sentences(message, suggest(measure, list(known["measure"]))))
    written = pd.read_csv(folder / about["path"], dtype=str, encoding="utf-8-sig")
    names = [field["name"] for field in about["schema"]["fields"]]
    row = written.reindex(columns=names)[written["measure"] == measure]
    if row.empty:  # a data point that municipalities report has none
        row = known[known["measure"] == measure].reindex(columns=names).astype(object)
    whole = filled(row, about["schema"])
    return pd.DataFrame(
        {"value": whole.iloc[0].fillna(""), "assumed": (row.isna() & whole.notna()).iloc[0]}
    )


def licence_name(text: str) -> str:
    """Return a licence as a Data Package names one: 'NLOD 2.0' -> 'NLOD-2.0'."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text)


def _read(folder: Path, about: Mapping[str, Any]) -> pd.DataFrame:
    faults = Faults()
    table = read_table(folder / about["path"], about["schema"], faults, folder)
    faults.refuse()
    return table


def _read_tables(folder: Path) -> Tables:
    """Return every table but the figures, each checked by itself."""
    described, faults = schemas.tables(folder), Faults()
    tables = {}
    for name, about in schemas.own().items():
        if name in described and not about["path"].startswith(_APART):
            schema = described[name]["schema"]
            tables[name] = read_table(folder / about["path"], schema, faults, folder)
        elif not about["path"].startswith(_APART):
            tables[name] = pd.DataFrame(columns=[f["name"] for f in about["schema"]["fields"]])
    faults.refuse()
    every = [tables["measures"], reported.measures(tables)]
    return tables | {"measures": pd.concat(every, ignore_index=True)}


def _figures_file(folder: Path, measure: str) -> Path:
    return folder / "observations" / f"{measure}.csv"


def _read_figures(
    folder: Path, tables: Mapping[str, pd.DataFrame], measures: Sequence[str], faults: Faults
) -> pd.DataFrame:
    before, paths = len(faults), {name: _figures_file(folder, name) for name in measures}
    figures = read_tables(paths, "measure", schemas.observations(folder), faults, folder)
    if len(faults) == before:  # else they are text still
        _check_figures(figures, tables, faults)
    return figures.drop(columns=PLACE)


def _check_strays(folder: Path, measures: Iterable[str], faults: Faults) -> None:
    known = set(measures)
    for path in sorted((folder / "observations").glob("*.csv")):
        if path.stem not in known:
            rule = "has no row in measures.csv; describe the measure there or remove the file."
            faults.add(label(path), rule)


def check_references(tables: Mapping[str, pd.DataFrame], faults: Faults) -> None:
    """Add cells to `faults` that name what does not stand in the table they refer to."""
    for name, table in tables.items():
        for foreign in schemas.own()[name]["schema"].get("foreignKeys", []):
            target, column = foreign["reference"]["resource"], foreign["reference"]["fields"]
            cells = table[foreign["fields"]]
            lost = table[cells.notna() & ~cells.isin(tables[target][column])]
            if len(lost):
                rule = f"does not stand in {target}.csv, column {column}."
                rows = lost.assign(file=f"{name}.csv", row=lost.index + 2)
                faults.add_rows(rows, [foreign["fields"]], rule)


def _check_reported(tables: Mapping[str, pd.DataFrame], faults: Faults) -> None:
    """Check that what was reported is an answer to a data point of the form, within its limits."""
    if tables["form"].empty:
        return
    limits = tables["form"][["kpi", "data_point", "minimum", "maximum"]]
    rows = tables["reported"].merge(limits, on=["kpi", "data_point"], how="left", indicator=True)
    rows = rows.assign(file="reported.csv", row=rows.index + 2)
    lost = rows[rows["_merge"] == "left_only"]
    faults.add_rows(lost, ["data_point"], "is no data point of the KPI in form.csv.")
    outside = rows[(rows["value"] < rows["minimum"]) | (rows["value"] > rows["maximum"])]
    faults.add_rows(outside, ["value"], "is outside the limits of the data point in form.csv.")


def _check_figures(
    figures: pd.DataFrame, tables: Mapping[str, pd.DataFrame], faults: Faults
) -> None:
    """Check what no single cell can tell: known numbers, bounds of the measure, own ratio."""
    about, of = tables["measures"].set_index("measure"), figures["measure"]
    low, high, scale = (of.map(about[name]) for name in ("lower_bound", "upper_bound", "scale"))
    value, ratio = figures["value"], scale * figures["numerator"] / figures["denominator"]
    tolerance = _RATIO_TOLERANCE * ratio.abs().clip(lower=1e-9)
    checks: list[tuple[pd.Series, str, Callable[[str], str]]] = [
        (
            ~figures["municipality"].isin(tables["municipality_history"]["number"]),
            "municipality",
            lambda _: "is not a number in municipality_history.csv.",
        ),
        (
            (value < low) | (value > high),
            "value",
            lambda m: (
                "is outside what the measure can be "
                f"({about.at[m, 'lower_bound']} to {about.at[m, 'upper_bound']})."
            ),
        ),
        (
            (ratio - value).abs() > tolerance,
            "value",
            lambda m: f"is not {about.at[m, 'scale']} x numerator / denominator.",
        ),
    ]
    for wrong, column, rule in checks:
        if wrong.any():
            faults.add_rows(figures[wrong], [column], of[wrong].map(rule))
