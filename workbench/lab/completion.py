"""Names on the Tab key: of municipalities, measures, groups, wherever a call takes one.

`Dataset` and its like cannot say themselves what their arguments may be; IPython asks what is
registered with its completer.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

from workbench.dataset import Dataset
from workbench.dataset.lookup import slug

#: What a string, a comment or a bracket begins and ends with; a quote by itself opens the string
#: that the cursor is in.
_PIECES = re.compile(
    r"(?P<over>'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|\#[^\n]*)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<quote>['\"])",
    re.DOTALL,
)
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")

#: The arguments, and functions of one argument, whose names are known.
_KINDS = ("municipality", "measure", "formula", "group", "peers", "language", "effects", "errors")


class Call(NamedTuple):
    """The call whose argument is being typed, each part as it is written."""

    function: str
    before: tuple[str, ...]
    keyword: str  #: '' where the argument goes by its place
    typed: str  #: the text so far, without its quote


def call_at(text: str) -> Call | None:
    """Return the call whose string is open at the end of `text`; None if it ends otherwise.

    Examples
    --------
    >>> call_at('data.series("voter_turnout_storting", municipality="Bæ')
    Call(function='data.series', before=('"voter_turnout_storting"',), keyword='municipality', \
typed='Bæ')
    """
    inside: list[list[int]] = []  # where each open bracket and its commas stand
    for piece in _PIECES.finditer(text):
        if piece["open"]:
            inside.append([piece.start()])
        elif piece["close"] and inside:
            inside.pop()
        elif piece["comma"] and inside:
            inside[-1].append(piece.start())
        elif piece["quote"]:
            if not inside or text[inside[-1][0]] != "(":
                return None
            marks = [*inside[-1], piece.start()]
            *before, last = (text[a + 1 : b].strip() for a, b in pairwise(marks))
            called = re.search(rf"{_NAME.pattern}$", text[: marks[0]])
            keyword = re.fullmatch(r"(?:(\w+)\s*=)?", last)
            if called is None or keyword is None:
                return None
            return Call(called[0], tuple(before), keyword[1] or "", text[piece.end() :])
    return None


def completions(text: str, named: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return what is being typed at the end of `text`, and the names that it can become.

    Parameters
    ----------
    text : str
        Code up to the cursor.
    named : mapping
        The objects behind the names in it.
    """
    call = call_at(text)
    function = _resolved(call.function, named) if call else None
    if call is None or not callable(function):
        return "", []
    kind, data = _kind(function, call), _figures(call, named)
    if kind not in _KINDS or data is None:
        return "", []
    typed = call.typed
    if kind == "formula":
        typed = re.search(r"\w*$", typed)[0]  # type: ignore[index]
    return typed, _fitting(typed, _allowed(kind, data))


def _resolved(written: str, named: Mapping[str, Any]) -> Any:
    """Return the object of the workbench behind a dotted name, without working anything out."""
    first, *rest = written.split(".")
    found = named.get(first)
    for name in rest:
        if isinstance(found, ModuleType) and _is_ours(found.__name__):
            found = getattr(found, name, None)
        elif _is_ours(type(found).__module__):
            found = inspect.getattr_static(found, name, None)
        else:
            return None
    return found if type(found) is Dataset or _is_ours(getattr(found, "__module__", "")) else None


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and module.startswith("workbench")


def _kind(function: Callable[..., Any], call: Call) -> str:
    """Return the kind of name that an argument takes, by its own name, or the function's."""
    try:
        names = [name for name in inspect.signature(function).parameters if name != "self"]
    except (TypeError, ValueError):
        return ""
    name = call.keyword or "".join(names[len(call.before) :][:1])
    if name not in names:
        return ""
    return name if name in _KINDS else str(getattr(function, "__name__", ""))


def _figures(call: Call, named: Mapping[str, Any]) -> Dataset | None:
    """Return the figures that the call is about: its owner's, its argument's, or the last ones."""
    owner = call.function.rpartition(".")[0]
    written = [owner, *(argument.rpartition("=")[2].strip() for argument in call.before)]
    near = [_resolved(name, named) for name in written if _NAME.fullmatch(name)]
    for found in [*near, *reversed(list(named.values()))]:
        if isinstance(found, Dataset):
            return found
        data = getattr(found, "data", None) if _is_ours(type(found).__module__) else None
        if isinstance(data, Dataset):
            return data
    return None


def _fitting(typed: str, names: list[str]) -> list[str]:
    """Return the names that begin so, as one may type them; where none does, that hold it."""
    if typed.isdigit():
        return [name for name in names if name.startswith(typed)]
    wanted, plain = slug(typed), {name: slug(name) for name in names}
    begin = [name for name in names if plain[name].startswith(wanted)]
    begin = [name for name in begin if wanted or not name.isdigit()]
    return begin or [name for name in names if wanted in plain[name]]


def _allowed(kind: str, data: Dataset) -> list[str]:
    """Return the names that an argument may be."""
    match kind:
        case "municipality":
            rows = data.municipalities
            return [*sorted(rows["name"], key=slug), *rows["number"]]
        case "measure" | "formula":
            return list(data.measures["measure"])
        case "group" | "peers":
            return list(data.groups["group"].unique())
        case "language":
            from workbench.language.translator import languages

            return languages()
    from workbench.analysis.regression import estimation

    return list(estimation.EFFECTS if kind == "effects" else estimation.ERRORS)


def register(shell: Any) -> None:
    """Offer these names in an IPython, once."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="workbench")
    def matcher(context: Any) -> dict[str, Any]:
        above = context.full_text.split("\n")[: context.cursor_line]
        text = "\n".join([*above, context.line_with_cursor[: context.cursor_position]])
        typed, names = completions(text, shell.user_ns)
        return {
            "completions": [SimpleCompletion(text=name, type="workbench") for name in names],
            "matched_fragment": typed,
            "suppress": bool(names),
            "ordered": True,
        }

    completer = getattr(shell, "Completer", None)
    if completer is not None and not any(
        getattr(known, "matcher_identifier", "") == "workbench"
        for known in completer.custom_matchers
    ):
        completer.custom_matchers.append(matcher)
