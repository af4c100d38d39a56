"""Names on the Tab key: of municipalities, measures, groups, wherever a call takes one.

`Dataset` and its like cannot say themselves what their arguments may be; IPython asks what is
registered with its completer. `register` does that once, when figures are first loaded there.
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


class Call(NamedTuple):
    """The call whose argument is being typed.

    Attributes
    ----------
    function : str
        What is called, as it is written: 'data.series'.
    before : tuple of str
        The arguments before, as they are written.
    keyword : str
        The argument's own keyword; '' where it goes by its place.
    typed : str
        The text so far, without its quote.
    """

    function: str
    before: tuple[str, ...]
    keyword: str
    typed: str


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
            keyword = re.fullmatch(r"(\w+)\s*=", last)
            if called is None or (last and keyword is None):
                return None
            named = keyword[1] if keyword else ""
            return Call(called[0], tuple(before), named, text[piece.end() :])
    return None


def completions(text: str, named: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return what is being typed at the end of `text`, and the names that it can become.

    Parameters
    ----------
    text : str
        Code up to the cursor.
    named : mapping
        What the names in it stand for.
    """
    call = call_at(text)
    function = None if call is None else _resolved(call.function, named)
    if call is None or not callable(function):
        return "", []
    kind = _kind(function, call)
    data = _figures(call, named)
    if kind not in _ALLOWED or data is None:
        return "", []
    typed = re.findall(r"\w*", call.typed)[-2] if kind == "formula" and call.typed else call.typed
    return typed, _fitting(typed, _ALLOWED[kind](data))


def _resolved(written: str, named: Mapping[str, Any]) -> Any:
    """Return what a dotted name of the workbench stands for, without working anything out."""
    first, *rest = written.split(".")
    found = named.get(first)
    for name in rest:
        if isinstance(found, ModuleType) and found.__name__.startswith("workbench"):
            found = getattr(found, name, None)
        elif type(found).__module__.startswith("workbench"):
            found = inspect.getattr_static(found, name, None)
        else:
            return None
    return found if type(found) is Dataset or _ours(found) else None


def _ours(found: object) -> bool:
    module = getattr(found, "__module__", None) or ""
    return isinstance(module, str) and module.startswith("workbench")


def _kind(function: Callable[..., Any], call: Call) -> str:
    """Return what kind of name an argument takes, by its own name, or that of the function."""
    try:
        names = [name for name in inspect.signature(function).parameters if name != "self"]
    except (TypeError, ValueError):
        return ""
    at = len(call.before)
    name = call.keyword or (names[at] if at < len(names) else "")
    if name not in names:
        return ""
    return name if name in _ALLOWED else str(getattr(function, "__name__", ""))


def _figures(call: Call, named: Mapping[str, Any]) -> Dataset | None:
    """Return the figures that the call is about: its owner's, its argument's, or the last ones."""
    owner = call.function.rpartition(".")[0]
    told = [owner, *(argument.rpartition("=")[2].strip() for argument in call.before)]
    near = [_resolved(name, named) for name in told if _NAME.fullmatch(name)]
    for found in [*near, *reversed(list(named.values()))]:
        data = found if isinstance(found, Dataset) else getattr(found, "data", None)
        if isinstance(data, Dataset) and (found is data or _ours(type(found))):
            return data
    return None


def _fitting(typed: str, names: list[str]) -> list[str]:
    """Return the names that begin so, as one may type them; where none does, that hold it."""
    wanted = slug(typed)
    plain = {name: slug(name) for name in names}
    if typed.isdigit():
        return [name for name in names if name.startswith(typed)]
    begin = [name for name in names if plain[name].startswith(wanted)]
    begin = [name for name in begin if wanted or not name.isdigit()]
    return begin or [name for name in names if wanted in plain[name]]


def _municipalities(data: Dataset) -> list[str]:
    rows = data.municipalities
    return [*sorted(rows["name"], key=slug), *rows["number"]]


def _measures(data: Dataset) -> list[str]:
    return list(data.measures["measure"])


def _groups(data: Dataset) -> list[str]:
    return list(data.groups["group"].unique())


def _languages(_: Dataset) -> list[str]:
    from workbench.language.translator import languages

    return languages()


def _effects(_: Dataset) -> list[str]:
    from workbench.analysis.regression.estimation import EFFECTS

    return list(EFFECTS)


def _errors(_: Dataset) -> list[str]:
    from workbench.analysis.regression.estimation import ERRORS

    return list(ERRORS)


#: What an argument may be, by its name.
_ALLOWED: dict[str, Callable[[Dataset], list[str]]] = {
    "municipality": _municipalities,
    "measure": _measures,
    "formula": _measures,
    "group": _groups,
    "peers": _groups,
    "language": _languages,
    "effects": _effects,
    "errors": _errors,
}


def register() -> None:
    """Offer these names in the IPython that this is called in, if it is in one."""
    from IPython.core.completer import SimpleCompletion, context_matcher
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    completer = getattr(shell, "Completer", None)
    if (
        shell is None
        or completer is None
        or any(_is_ours(one) for one in completer.custom_matchers)
    ):
        return

    names_in = shell.user_ns

    @context_matcher(identifier="workbench")
    def matcher(context: Any) -> dict[str, Any]:
        above = context.full_text.split("\n")[: context.cursor_line]
        text = "\n".join([*above, context.line_with_cursor[: context.cursor_position]])
        typed, names = completions(text, names_in)
        return {
            "completions": [SimpleCompletion(text=name, type="workbench") for name in names],
            "matched_fragment": typed,
            "suppress": bool(names),
            "ordered": True,
        }

    completer.custom_matchers.append(matcher)


def _is_ours(matcher: Any) -> bool:
    return getattr(matcher, "matcher_identifier", "") == "workbench"
