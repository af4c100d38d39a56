"""What the columns of the files hold, as ``columns.toml`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
