"""``python -m workbench``: what keeps the project's own files in order."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.batch import console
from workbench.dataset import DATA
from workbench.ingest import cli as ingest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the command line and return the exit status."""
    return console.command("workbench", lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = argparse.ArgumentParser(prog="python -m workbench", description=__doc__)
    commands = options.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, about: str, run: Callable[[argparse.Namespace], int], more: str = ""
    ) -> Any:
        parser = commands.add_parser(name, help=about, description=about + more)
        parser.set_defaults(run=run)
        return parser.add_argument

    about = "bring datapackage.json in line with measures.csv, or say what is assumed of a measure"
    add = command("describe", about, _describe)
    add("measure", nargs="?", help="say what its row in measures.csv says and leaves to defaults")
    add("--data", type=Path, default=DATA, metavar="DIR")
    add = command(
        "backtest", "check projections against what came: each year taken as the last", _backtest
    )
    add("--measures", nargs="+", default=[], metavar="NAME")
    add("--format", choices=["text", "csv"], default="text")
    add("--split", type=int, metavar="YEAR", help="only later target years: the constants' test")
    add("--data", type=Path, default=DATA, metavar="DIR")
    about = "check the published methods against a file of cases with expected values"
    add = command("verify", about, _verify)
    add("cases", type=Path, metavar="CASES.csv")
    add = command("open", "write a copy of a notebook for a municipality, to work on", _open)
    add("municipality", help="number of today or earlier, or a name")
    add("notebook", help="such as trends, 02_trends or 02_trends.ipynb")
    add("--to", type=Path, metavar="FOLDER", help="default: notebooks/work")
    add("--peers", default="", metavar="GROUP", help="compare with this group")
    add("--lang", default="", metavar="CODE", help="a folder in workbench/text")
    add("--data", type=Path, default=DATA, metavar="DIR")
    about = "read a notebook from stdin and write it to stdout without its results"
    command("clean", about, _clean, more=": a filter for git")
    ingest.add(commands)
    chosen = options.parse_args(arguments)
    return int(chosen.run(chosen))


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
    from workbench.lab.notebooks import cleaned

    text = sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    sys.stdout.buffer.write(cleaned(text).encode())
    return 0


def _describe(options: argparse.Namespace) -> int:
    from workbench.dataset.loading import described_measure
    from workbench.dataset.schema import PACKAGE
    from workbench.ingest.new_feed import describe

    if options.measure:
        for name, (value, assumed) in described_measure(options.data, options.measure).iterrows():
            print(f"{name}: {value}{' (assumed)' if assumed else ''}")
        return 0
    print(f"{options.data / PACKAGE}: {describe(options.data)} resources")
    return 0


def _backtest(options: argparse.Namespace) -> int:
    from workbench.analysis import backtest
    from workbench.dataset import load

    data = load(options.data)
    for name in options.measures:
        data.measure(name)
    report = backtest.report(data, options.measures, options.split)
    if options.format == "csv":
        console.print_table(report.by_measure.to_csv(index=False, lineterminator="\n"))
    else:
        print(report)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from workbench.verification.verify import run

    return run(options.cases)


if __name__ == "__main__":
    sys.exit(main())
