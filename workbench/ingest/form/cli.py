"""``python -m workbench form``, ``import`` and ``coverage``: what a municipality reports itself."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from workbench.dataset import DATA


def add(commands: Any) -> None:
    """Add the commands to those of ``python -m workbench``.

    Parameters
    ----------
    commands : argparse subparsers
    """
    about = "write the U4SSC form of a municipality, an Excel workbook to fill in"
    form = commands.add_parser("form", help=about, description=about)
    form.add_argument("municipality", help="a number of today or earlier, or a name")
    form.add_argument("file", type=Path, metavar="FILE.xlsx")
    form.add_argument("--year", type=int, help="reporting year (default: last year)")
    form.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    form.set_defaults(run=_form)
    about = "bring a filled-in form into the figures: all of it, or nothing"
    bring = commands.add_parser("import", help=about, description=about)
    bring.add_argument("file", type=Path, metavar="FILE.xlsx")
    rows = "rows of the sheet of figures to pass over"
    bring.add_argument("--leave", type=int, nargs="+", default=[], metavar="ROW", help=rows)
    bring.add_argument("--dry-run", action="store_true", help="check only, and write nothing")
    bring.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    bring.set_defaults(run=_import)
    about = "say what is known of the 91 KPIs, how old it is, and what would fill the gaps"
    cover = commands.add_parser("coverage", help=about, description=about)
    cover.add_argument("--municipality", nargs="+", default=[], metavar="NAME")
    cover.add_argument("--group", help="a group of data/groups.csv (default: u4ssc)")
    cover.add_argument("--format", choices=["text", "csv"], default="text")
    cover.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    cover.set_defaults(run=_coverage)


def _form(options: argparse.Namespace) -> int:
    from workbench.dataset import load
    from workbench.errors import UsageError
    from workbench.ingest.form import EARLIEST, write

    year, now = options.year, date.today().year
    if year is None:
        year = now - 1
    if not EARLIEST <= year <= now:
        raise UsageError(f"The reporting year is {year}. It must be from {EARLIEST} to {now}.")
    write(load(options.data), options.municipality, options.file, year)
    print(options.file)
    return 0


def _import(options: argparse.Namespace) -> int:
    from workbench.ingest.form import bring_in

    print(bring_in(options.file, options.data, options.leave, options.dry_run))
    return 0


def _coverage(options: argparse.Namespace) -> int:
    from workbench.analysis import coverage
    from workbench.dataset import load

    data = load(options.data)
    numbers = coverage.places(data, options.municipality, options.group)
    table = coverage.coverage(data, numbers)
    if options.format == "csv":
        table.to_csv(sys.stdout, index=False, lineterminator="\n")
    else:
        print(coverage.as_text(table, len(numbers)))
    return 0
