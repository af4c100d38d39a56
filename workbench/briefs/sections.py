"""The briefs as an analyst has them: ``wb.trends`` offers its sections, and is asked of a view."""

from __future__ import annotations

import functools
import inspect
from types import ModuleType
from typing import Any

from workbench.briefs.view import View
from workbench.dataset import figures_of
from workbench.errors import UsageError, described


def view_given(given: object, call: str) -> View:
    """Return the view that a public call was given.

    Raises
    ------
    UsageError
        If it is none; the sentence says how the `call` is written.
    """
    if not isinstance(given, View):
        raise UsageError(
            f"{described(given)} stands where the view belongs. It comes first, as wb.view() "
            f"returns it: {call}."
        )
    return given


class Sections:
    """The functions of a brief's module; what is no view is refused in a sentence.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.trends.title("Bærum")
    Traceback (most recent call last):
    workbench.errors.UsageError: "Bærum" stands where the view belongs. It comes first, as wb.view()
    returns it: wb.trends.title(view).
    """

    def __init__(self, name: str, module: ModuleType) -> None:
        self._name, self._module, self.__doc__ = name, module, module.__doc__

    def __getattr__(self, section: str) -> Any:
        found = getattr(self._module, section)
        names = [*inspect.signature(found).parameters] if inspect.isfunction(found) else []
        if not names or names[0] not in ("view", "data"):
            return found
        call = f"wb.{self._name}.{section}({', '.join(names)})"
        check = view_given if names[0] == "view" else figures_of

        @functools.wraps(found)
        def checked(*rest: Any, **named: Any) -> Any:
            first, *others = rest or (named.pop(names[0], None),)
            return found(check(first, call), *others, **named)

        return checked

    def __dir__(self) -> list[str]:
        named = inspect.getmembers(self._module, inspect.isfunction)
        home = self._module.__name__
        return [n for n, one in named if n[0] != "_" and one.__module__.startswith(home)]
