"""``python -m workbench``: what keeps the project's own files in order."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.batch import console
from workbench.dataset import DATA
from workbench.ingest import cli as ingest


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit status."""
    return console.command("workbench", lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = argparse.ArgumentParser(prog="python -m workbench", description=__doc__)
    commands = options.add_subparsers(required=True, metavar="COMMAND")
    about = "bring datapackage.json in line with measures.csv: a resource per measure"
    describe = commands.add_parser("describe", help=about, description=about)
    describe.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    describe.set_defaults(run=_describe)
    about = "check projections against what came: each year taken as the last"
    test = commands.add_parser("backtest", help=about, description=about)
    test.add_argument("--measures", nargs="+", default=[], metavar="NAME")
    test.add_argument("--format", choices=["text", "csv"], default="text")
    test.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    test.set_defaults(run=_backtest)
    about = "check the published methods against a file of cases with expected values"
    verify = commands.add_parser("verify", help=about, description=about)
    verify.add_argument("cases", type=Path, metavar="CASES.csv")
    verify.set_defaults(run=_verify)
    _add_open(commands)
    about = "read a notebook from stdin and write it to stdout without its results"
    clean = commands.add_parser("clean", help=about, description=f"{about}: a filter for git")
    clean.set_defaults(run=_clean)
    ingest.add(commands)
    chosen = options.parse_args(arguments)
    return int(chosen.run(chosen))


def _add_open(commands: Any) -> None:
    about = "write a copy of a notebook for a municipality, to work on"
    add = commands.add_parser("open", help=about, description=about)
    add.add_argument("municipality", help="number of today or earlier, or a name")
    add.add_argument("notebook", help="such as trends, 02_trends or 02_trends.ipynb")
    add.add_argument("--to", type=Path, metavar="FOLDER", help="default: notebooks/work")
    add.add_argument("--peers", default="", metavar="GROUP", help="compare with this group")
    add.add_argument("--lang", default="", metavar="CODE", help="a folder in workbench/text")
    add.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    add.set_defaults(run=_open)


def _open(options: argparse.Namespace) -> int:
    from workbench.dataset import load
    from workbench.lab import notebooks

    path = notebooks.open_copy(
        load(options.data),
        options.municipality,
        options.notebook,
        to=options.to,
        peers=options.peers,
        language=options.lang,
    )
    print(f"{path}\nOpen it: {notebooks.how_to_open(path)}")
    return 0


def _clean(_: argparse.Namespace) -> int:
    from workbench.lab.cleaning import cleaned

    text = sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    sys.stdout.buffer.write(cleaned(text).encode())
    return 0


def _describe(options: argparse.Namespace) -> int:
    from workbench.dataset import schema
    from workbench.dataset.loading import describe_observations
    from workbench.storage import files

    folder, described = options.data, describe_observations(options.data)
    figures = schema.own()[schema.OBSERVATIONS]["schema"]
    for name, told in {schema.FIGURES: figures, schema.PACKAGE: described}.items():
        text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        files.write(files.below(folder, folder / name), text)
    print(f"{folder / schema.PACKAGE}: {len(described['resources'])} resources")
    return 0


def _backtest(options: argparse.Namespace) -> int:
    from workbench.analysis import backtest
    from workbench.dataset import load

    data = load(options.data)
    for name in options.measures:
        data.measure(name)
    told = backtest.report(data, options.measures)
    if options.format == "csv":
        told.by_measure.to_csv(sys.stdout, index=False, lineterminator="\n")
    else:
        print(told)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from workbench.verification.verify import run

    return run(options.cases)


if __name__ == "__main__":
    sys.exit(main())
