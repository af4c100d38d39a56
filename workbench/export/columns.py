"""What the columns of the files hold, as ``columns.toml`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """What a column holds."""

    type: str  #: 'string', 'integer', 'number' or 'boolean'
    description: str
    unit: str = ""  #: empty for words and for numbers that have none
    values: tuple[Any, ...] = ()  #: all that it can hold; empty: anything
    required: bool = False  #: whether no cell of it is empty


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
