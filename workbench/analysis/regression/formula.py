"""Formulas over measures: ``outcome ~ term + term``, read into terms, everything else refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import UsageError, described, suggest

SHARE = "share_"

_GRAMMAR = (
    "A term is a measure, a share of the population as share_67_plus, log(name) or "
    "lag(name, years); terms are joined by +."
)
_TERM = re.compile(
    r"(?P<name>\w+)"
    r"|log\(\s*(?P<logged>\w+)\s*\)"
    r"|lag\(\s*(?P<lagged>\w+)\s*,\s*(?P<years>\d+)\s*\)"
)


@dataclass(frozen=True)
class Term:
    """One side or one term of a formula."""

    name: str  #: a measure, or ``share_X`` for 100 x ``population_X`` / ``population``
    log: bool = False  #: whether its natural logarithm is taken
    lag: int = 0  #: how many calendar years earlier its figures are of

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures whose figures it is made from."""
        if self.name.startswith(SHARE):
            return self.name.replace(SHARE, "population_", 1), "population"
        return (self.name,)

    def __str__(self) -> str:
        if self.log:
            return f"log({self.name})"
        return f"lag({self.name}, {self.lag})" if self.lag else self.name


def parse(formula: str, measures: Sequence[str]) -> tuple[Term, list[Term]]:
    """Return the outcome and the terms of a formula over the measures that there are.

    Raises
    ------
    UsageError
        If it is not ``outcome ~ term + term`` without a lag of the outcome; the sentence says
        what is allowed.
    """
    left, tilde, right = (formula if isinstance(formula, str) else "").partition("~")
    pieces = [piece.strip() for piece in right.split("+")]
    if not tilde or not left.strip() or not all(pieces):
        raise UsageError(
            f"{described(formula)} is not a formula. Write outcome ~ term + term, "
            "as in voter_turnout_storting ~ tertiary_education_share + share_67_plus. " + _GRAMMAR
        )
    outcome, *terms = (term(piece, measures) for piece in [left.strip(), *pieces])
    if outcome.lag:
        raise UsageError(f'The outcome "{outcome}" is lagged. Lag the terms on the right instead.')
    for at, one in enumerate(terms):
        if one in [outcome, *terms[:at]]:
            raise UsageError(f'"{one}" stands twice in the formula. Leave one of them out.')
    return outcome, terms


def term(text: str, measures: Sequence[str]) -> Term:
    """Return the term that a text is.

    Raises
    ------
    UsageError
        If it is none, or a name in it is not a measure.
    """
    found = _TERM.fullmatch(text)
    if found is None:
        raise UsageError(f'"{text}" in the formula is not a term. {_GRAMMAR}')
    name = found["name"] or found["logged"] or found["lagged"]
    shares = [m.replace("population_", SHARE, 1) for m in measures if m.startswith("population_")]
    known = [*measures, *shares]
    if name not in known:
        raise UsageError(f'"{name}" in the formula is not a measure. {suggest(name, known)}')
    if found["years"] is not None and int(found["years"]) == 0:
        raise UsageError(f'"{text}" is a lag of no years. Write {name}, or lag({name}, 1).')
    return Term(name, log=found["logged"] is not None, lag=int(found["years"] or 0))
