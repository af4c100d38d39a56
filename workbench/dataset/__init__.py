"""The figures of a folder with the questions that one asks of them, and the tables they lie in.

It may import language, storage and errors. A new table of ``data/`` has its rules in
``schemas.json``, and its questions in `model`.
"""

from __future__ import annotations

from pathlib import Path

from workbench.dataset import loading, own_targets
from workbench.dataset.loading import DATA
from workbench.dataset.model import Dataset, figures_of
from workbench.errors import UsageError, described

__all__ = ["DATA", "Dataset", "figures_of", "folder_or_figures", "key", "load"]


def load(path: str | Path | None = None) -> Dataset:
    """Return the figures of a data folder, checked and on today's boundaries.

    Parameters
    ----------
    path : str or Path, optional
        A folder with a ``datapackage.json`` like the project's own ``data/``, which is the default.

    Raises
    ------
    DataError
        If a file is missing or broken; the message lists every fault with file, row, column,
        value and rule.
    UsageError
        If the package was installed without the project around it, and no folder is named; or if
        `path` is no name of a folder.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> len(data.municipalities), len(data.kpis)
    (357, 91)
    """
    folder = _folder(path)
    if folder == DATA and not folder.exists():
        raise UsageError(
            "The workbench is installed here without its figures, which lie in the project and not "
            "in the package. Clone the project and set it up there with `make briefs`, or name a "
            "folder of figures."
        )
    tables = loading.load_tables(folder)
    targets = own_targets.joined(tables["targets"], tables["own_targets"])
    return Dataset(folder, **{**tables, "targets": targets})


def folder_or_figures(given: object, call: str) -> Dataset:
    """Return figures as they are given, those of a view, or those of the folder that is named.

    Raises
    ------
    UsageError
        If it is nothing of that; the sentence says how the `call` is written.
    DataError
        As `load` does.
    """
    if isinstance(given, str) and given and not Path(given).exists():
        raise UsageError(f'There is no folder "{given}". The figures come first: {call}.')
    if given is None or isinstance(given, str | Path):
        return load(given or None)
    return figures_of(given, call)


def key(path: str | Path | None = None) -> str:
    """Return a hash of a data folder: what `load` returns is the same while it is."""
    return loading.key(_folder(path))


def _folder(path: str | Path | None) -> Path:
    try:
        return DATA if path is None else Path(path)
    except TypeError:
        raise UsageError(
            f"{described(path)} does not name a folder of figures. Name one as text, as in "
            'wb.load("data"), or leave it out for the project\'s own.'
        ) from None
