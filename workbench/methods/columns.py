"""A function of arrays takes single figures and pandas columns too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
import pandas as pd

#: What a parameter or result of a method is: one figure, or a column of them.
Column: TypeAlias = float | np.ndarray | pd.Series

P = ParamSpec("P")
R = TypeVar("R")


def columnwise(function: Callable[P, R]) -> Callable[P, R]:
    """Let `function` of arrays of floats take figures, lists, arrays and pandas columns.

    Its positional parameters are columns: they are made floats (None and NA become NaN) and of
    one shape. Its keyword-only parameters are settings and are handed on. What it returns, an
    array or a NamedTuple of arrays, comes back in the form of what was given: a column with the
    index of the first column, an array, or one plain value when only single figures were given.
    Arithmetic that has no result (a division by 0) is NaN or infinite without a warning.

    Raises
    ------
    ValueError
        Two columns have different indexes, so that it is not known which figures belong together.
    """
    signature = inspect.signature(function)
    names = [
        name for name, kind in signature.parameters.items() if kind.kind is not kind.KEYWORD_ONLY
    ]

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        columns = [given.arguments[name] for name in names]
        index = _index(columns)
        arrays = np.broadcast_arrays(*map(figures, columns))
        given.arguments.update(zip(names, arrays, strict=True))
        with np.errstate(all="ignore"):
            result = function(*given.args, **given.kwargs)
        return _shaped(result, index)

    return call


def figures(column: Any) -> np.ndarray:
    """Return a figure or a column as an array of floats in which NaN is a missing one."""
    if isinstance(column, pd.Series | pd.Index):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(np.nan if column is pd.NA else column, dtype=float)


def _index(columns: list[Any]) -> pd.Index | None:
    indexes = [column.index for column in columns if isinstance(column, pd.Series)]
    if any(not indexes[0].equals(other) for other in indexes[1:]):
        raise ValueError("The columns have different indexes; align them first.")
    return indexes[0] if indexes else None


def _shaped(result: Any, index: pd.Index | None) -> Any:
    if isinstance(result, tuple):
        return type(result)(*(_shaped(part, index) for part in result))
    if index is not None:
        return pd.Series(result, index=index)
    return result.item() if np.ndim(result) == 0 else result
