"""``python -m workbench``: what keeps the project's own files in order."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.dataset import DATA
from workbench.errors import WorkbenchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit status."""
    options = argparse.ArgumentParser(prog="python -m workbench", description=__doc__)
    commands = options.add_subparsers(required=True, metavar="COMMAND")
    about = "bring datapackage.json in line with measures.csv: a resource per measure"
    describe = commands.add_parser("describe", help=about, description=about)
    describe.add_argument("--data", type=Path, default=DATA, metavar="DIR")
    describe.set_defaults(run=_describe)
    chosen = options.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return 2


def _describe(options: argparse.Namespace) -> int:
    from workbench.publish import write
    from workbench.tables import describe_observations

    described = describe_observations(options.data)
    text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
    write(options.data / "datapackage.json", text)
    print(f"{options.data / 'datapackage.json'}: {len(described['resources'])} resources")
    return 0


if __name__ == "__main__":
    sys.exit(main())
