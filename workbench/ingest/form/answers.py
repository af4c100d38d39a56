"""From what stands in a cell of the form to an answer: a number, yes or no, or not reported.

A number may be shown as per cent. A format of a spreadsheet has up to three sections for numbers
and one for text (ECMA-376 part 1, 18.8.30 and 18.8.31); openpyxl hands formats over as they are.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from workbench.ingest.form.layout import NOT_REPORTED, Field
from workbench.storage import normalise

#: How one may write that there is no figure.
_NOT_REPORTED = {
    NOT_REPORTED,
    *("ikkje rapportert", "ikke oppgitt", "not reported", "i/r", "ikke rapportert."),
}
_YES, _NO = {"ja", "yes", "j", "y"}, {"nei", "no", "n"}

_OF = r"( ?(/|of|av) ?(city )?[^\W\d]+( [^\W\d]+)?| (city )?gdp)?"
_PER = r"( ?(/|per|pr\.?) ?[^\W\d]+[23²³]?)?( ?(/|per|i) ?[^\W\d]+)?"
#: What may follow the number, by a word of the field's unit: the unit in several spellings.
_UNITS = {
    "prosent": rf"(%|prosent|pst\.?|per ?cent){_OF}",
    "100 000": r"([^\W\d]+[2²]? ?)?(/|per|pr\.?) ?100 ?000( (inhabitants|innbyggere|innb\.?"
    r"|live births|levendefødte))?",
    "antall": r"(services|tjenester|datasett|data sets|soner|stk\.?)",
    "minutter": rf"(minutes?|minutter|min\.?){_PER}",
    "avbrudd": rf"avbrudd{_PER}",
    "liter": rf"(ℓ|l|liter|litres?){_PER}",
    "µg": r"(µg|μg|ug|mikrogram) ?(/|per) ?m[3³]",
    "CO₂": rf"(t|tonn|tonnes)( co[2₂](-?(ekv\.?|ekvivalenter|e|eq))?)?{_PER}",
    "kWh": rf"kwh{_PER}",
    "GJ": rf"gj{_PER}",
    "år": r"(yrs?|years?|år)",
    "forholdstall": r"ratio( female ?: ?male)?",
}

#: Why a cell of that kind is no answer.
NOT_PLAIN = {
    "f": "is a formula. Write the figure itself (copy, paste as values)",
    "e": "is an error of the spreadsheet, no figure",
}

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


class AnswerError(ValueError):
    """What stands in a cell is no answer; the message is the rule, as the end of a sentence."""


@dataclass(frozen=True)
class Answer:
    """What a cell says: 'value', 'yes', 'no' or 'not reported', and a value in the field's unit."""

    answer: str
    value: float | None = None


def parse(cell: Any, field: Field, pattern: str = "General") -> Answer | None:
    """Return the answer in a cell, None where it is empty.

    Its content is as openpyxl gives it; its number format tells whether 0.97 is shown as 97 %.

    Raises
    ------
    AnswerError
        If it is no answer to that question.
    """
    if isinstance(cell, str):
        cell = normalise.text(cell)
    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and cell.casefold() in _NOT_REPORTED:
        return Answer("not reported")
    if isinstance(cell, (datetime, date, time, timedelta)):
        raise AnswerError(
            "is a date or a time. Set the format of the cell to text and write it again"
        )
    if field.kind == "yes/no":
        return _yes_or_no(cell)
    if isinstance(cell, bool):
        raise AnswerError("must be a number")
    value = _from_text(cell, field) if isinstance(cell, str) else _from_number(cell, field, pattern)
    return Answer("value", _within(value, field))


def _yes_or_no(cell: Any) -> Answer:
    word = cell.casefold().rstrip(".") if isinstance(cell, str) else cell
    if word is True or word in _YES:
        return Answer("yes")
    if word is False or word in _NO:
        return Answer("no")
    raise AnswerError(f"must be ja, nei or {NOT_REPORTED}")


def _from_number(cell: Any, field: Field, pattern: str) -> float:
    if not isinstance(cell, (int, float)):
        raise AnswerError("must be a number")
    if isinstance(cell, int) and abs(cell) >= 10**normalise.DIGITS:
        raise AnswerError("has more digits than any figure")
    hundreds, shown = percent(pattern, cell)
    if not shown:
        return float(cell)
    if field.kind != "share":
        raise AnswerError(f"is shown as per cent, but the unit is {field.unit}")
    # 0.9707 shown as 97.07 % is 97.07, and not what a hundred floats of it make.
    return round(float(cell) * 100**hundreds, 10)


def _from_text(text: str, field: Field) -> float:
    try:
        value, rest = normalise.number(text)
    except ValueError as error:
        other = f", or {NOT_REPORTED}" if str(error).startswith("must be") else ""
        raise AnswerError(f"{error}{other}") from None
    if rest:
        _check_unit(rest.casefold(), field)
    return value


def _check_unit(rest: str, field: Field) -> None:
    if rest == field.unit.casefold():
        return
    known = next((form for word, form in _UNITS.items() if word in field.unit), None)
    if known is None or not re.fullmatch(known, rest):
        raise AnswerError(f'must be a number alone, or with its unit ({field.unit}), not "{rest}"')


def _within(value: float, field: Field) -> float:
    if not abs(value) < float("inf"):  # nor is NaN
        raise AnswerError("must be a number")
    if field.minimum is not None and value < field.minimum:
        raise AnswerError(f"must be at least {field.minimum:g} ({field.unit})")
    if field.maximum is not None and value > field.maximum:
        raise AnswerError(f"must be at most {field.maximum:g} ({field.unit})")
    if field.kind == "count" and value != int(value):
        raise AnswerError("must be a whole number")
    return value + 0.0  # never minus zero


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
