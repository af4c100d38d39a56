"""Reading JSON that a stranger sent: what the standard leaves open is refused."""

from __future__ import annotations

import json
import math
from typing import Any

from workbench.ingest.ssb.client import SourceError


def parse(body: bytes, where: str) -> Any:
    """Return the value of a JSON text; `where` says in messages who sent it.

    Raises
    ------
    SourceError
        If it is no JSON in UTF-8, says a name twice, holds a number that is none (NaN, Infinity,
        1e999), or is nested deeper than can be read.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except RecursionError:
        reason = "it is nested too deeply"
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except ValueError as error:
        reason = str(error)
    raise SourceError(f"The answer of {where} is not used: {reason}.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'it says "{name[:40]}" twice in one place')
        found[name] = value
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no figure")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large to be a figure")
    return number
