"""What a number format of a spreadsheet makes of a number; only signs of per cent matter here.

A format has up to three sections for numbers and one for text (ECMA-376 part 1, 18.8.30 and
18.8.31). openpyxl hands formats over as they are and tells dates from numbers only.
"""

from __future__ import annotations

import operator
import re

#: A quoted or escaped literal, a space as wide as a sign, a sign that fills the cell, a colour or
#: condition, or any other sign.
_TOKEN = re.compile(r'"[^"]*"?|\\.?|_.?|\*.?|\[[^\]]*\]?|.', re.DOTALL)

_CONDITION = re.compile(r"\[([<>=]{1,2})\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)\]")
_TESTS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "<>": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def percent(pattern: str, value: float) -> tuple[int, bool]:
    """Return how often a format multiplies a number by 100, and whether it shows per cent.

    Only a bare sign in the section that applies multiplies; one that is quoted or escaped is shown.

    Examples
    --------
    >>> percent("0.0%", 0.4), percent('0.0" %"', 0.4), percent("0_%;-0%", 0.4)
    ((1, True), (0, True), (0, False))
    """
    sections: list[list[str]] = [[]]
    for token in _TOKEN.findall(pattern):
        if token == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    tokens = _applying([tokens for tokens in sections if "@" not in tokens], value)
    return tokens.count("%"), any("%" in token for token in tokens if token[0] not in "_[")


def _applying(sections: list[list[str]], value: float) -> list[str]:
    """Return the section of a format that a number is shown by; none where it shows hashes."""
    asked = [_condition(tokens) for tokens in sections[:2]]
    if not any(asked):
        if len(sections) > 2 and value == 0:
            return sections[2]
        return sections[1] if len(sections) > 1 and value < 0 else (sections or [[]])[0]
    if len(sections) > 2:  # what has no condition is for numbers above and below zero
        asked = [one or (sign, 0.0) for one, sign in zip(asked, "><", strict=True)]
    for tokens, condition in zip(sections, [*asked, None], strict=False):
        if condition is None or _TESTS[condition[0]](value, condition[1]):
            return tokens
    return []


def _condition(tokens: list[str]) -> tuple[str, float] | None:
    found = (_CONDITION.fullmatch(token) for token in tokens)
    stated = [(one[1], float(one[2])) for one in found if one and one[1] in _TESTS]
    return stated[0] if stated else None
