"""Make the briefs of municipalities; ``python run_all.py --help`` lists the options."""

import importlib.util
import sys

NEEDED = [
    "babel",
    "filelock",
    "jinja2",
    "latex2mathml",
    "matplotlib",
    "nbconvert",
    "nh3",
    "numpy",
    "pandas",
    "papermill",
]
NEEDED += ["scipy", "seaborn", "statsmodels", "tqdm"]

if __name__ == "__main__":
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing or sys.version_info < (3, 11):
        print(
            "The workbench's packages are not installed for this Python: run `make briefs`, "
            "which sets them up in .venv, or `.venv/bin/python run_all.py` after that.",
            file=sys.stderr,
        )
        sys.exit(2)
    from workbench.batch.cli import main

    sys.exit(main())
