"""What answers must be together: the checks across the rows of a form.

ITU's guide for verifiers (U4SSC KPIs Verification Manual, 2022) asks that potable water is not
above basic water (page 68) and says what a travel time index can be (page 82). The other rules
follow from what the data points are: parts of one whole, or one within the other. A rule that has
honest exceptions is met by a note that explains the figure, as a verifier would ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.ingest.form.layout import LETTERS, TABLE, Field, FormFault

Key = tuple[str, str]

#: Shares are rounded before they are added up (percentage points).
ROUNDING = 1.0

#: A figure this many times as high or low as the one reported before is most often another unit.
TIMES = 8


@dataclass(frozen=True)
class Reported:
    """An answer with its place: the row of the sheet, what was asked, the number, the note.

    `value` is None for what is no number; `before` is the number reported last, or None. `line`
    names the place where it stands in a table and not in the form.
    """

    row: int
    field: Field
    value: float | None
    note: str = ""
    before: float | None = None
    line: str = ""

    @property
    def place(self) -> str:
        """Where the answer stands."""
        return self.line or f"{LETTERS['answer']}{self.row}"


_WASTE, _MODES = "EN: EN: WA: 1C", "EC: I: T: 4A"

#: Parts of a whole that are together 100 per cent when all of them are known.
_SHARES: dict[str, tuple[str, ...]] = {
    _WASTE: ("Landfill", "Burnt (open burning)", "Incinerated", "Open dump", "Recycled", "Other"),
    _MODES: ("Private vehicles", "Public transport", "Walking", "Cycling", "Para-transport"),
}

#: A figure that is a part of another, and whether a note may explain that it is above.
_PARTS: tuple[tuple[Key, Key, bool], ...] = (
    (("EC: I: WS: 2C", "value"), ("EC: I: WS: 1C", "value"), False),
    (("EN: EN: AQ: 1C", "PM2.5"), ("EN: EN: AQ: 1C", "PM10"), False),
    # Where 3G has been closed, 4G reaches further.
    (("EC: ICT: ICT: 4C", "4G"), ("EC: ICT: ICT: 4C", "3G"), True),
)

_LEVELS = tuple(("EN: EN: WS: 4C", level) for level in ("Primary", "Secondary", "Tertiary"))
_DATA_SETS = tuple(
    ("EC: ICT: PS: 1A", f"{what} of data sets published") for what in ("percent", "number")
)


def check(answers: Mapping[Key, Reported]) -> list[FormFault]:
    """Return the faults of answers, by indicator and data point, that do not fit together."""
    rules = (_sums, _parts, _levels, _data_sets, _jumps)
    return [fault for rule in rules for fault in rule(answers)]


def _sums(answers: Mapping[Key, Reported]) -> Iterator[FormFault]:
    for kpi, points in _SHARES.items():
        there = [answers[kpi, point] for point in points if (kpi, point) in answers]
        known = [(one, one.value) for one in there if one.value is not None]
        if not known:
            continue
        total = sum(value for _, value in known)
        named = " + ".join(one.place for one, _ in known)
        if total > 100 + ROUNDING:
            rule = f"{named} are parts of one whole, and make {total:g} per cent"
        elif len(known) == len(points) and total < 100 - ROUNDING:
            rule = f"{named} are all parts of one whole, and make {total:g} per cent, not 100"
        else:
            continue
        # Each of the rows can be the one that is wrong.
        yield from (_fault(one, f"does not fit: {rule}") for one, _ in known)


def _parts(answers: Mapping[Key, Reported]) -> Iterator[FormFault]:
    for part, whole, explained in _PARTS:
        less, more = _value(answers, part), _value(answers, whole)
        if less is None or more is None or less <= more:
            continue
        one, other = answers[part], answers[whole]
        if explained and (one.note or other.note):
            continue
        add = ". If it is right, write why in the note" if explained else ""
        place = f"{other.place} ({other.field.label})"
        yield _fault(one, f"must be at most what stands in {place}, which is {more:g}{add}")


def _levels(answers: Mapping[Key, Reported]) -> Iterator[FormFault]:
    """Treatment is counted either as at least this level, or each litre at its highest one."""
    values = [_value(answers, level) for level in _LEVELS]
    known = [value for value in values if value is not None]
    descending = known == sorted(known, reverse=True)
    if len(known) > 1 and not descending and sum(known) > 100 + ROUNDING:
        for level, value in zip(_LEVELS, values, strict=True):
            if value is not None:
                yield _fault(
                    answers[level],
                    "does not fit: each level of treatment includes the next, so that the shares "
                    f"fall, or they make at most 100 per cent together, not {sum(known):g}",
                )


def _data_sets(answers: Mapping[Key, Reported]) -> Iterator[FormFault]:
    share, number = (_value(answers, key) for key in _DATA_SETS)
    if share is not None and number is not None and (share > 0) != (number > 0):
        for key, other in zip(_DATA_SETS, reversed(_DATA_SETS), strict=True):
            place = answers[other].place
            yield _fault(answers[key], f"does not fit {place}: either both are 0 or none is")


def _jumps(answers: Mapping[Key, Reported]) -> Iterator[FormFault]:
    for one in answers.values():
        before, value = one.before, one.value
        if before is None or value is None or one.note or before <= 0 or value <= 0:
            continue
        if value >= TIMES * before or before >= TIMES * value:
            yield _fault(
                one,
                f"is far from the {before:g} reported before. Check the unit "
                f"({one.field.unit}). If it is right, write why in the note",
            )


def _value(answers: Mapping[Key, Reported], key: Key) -> float | None:
    return answers[key].value if key in answers else None


def _fault(one: Reported, rule: str) -> FormFault:
    sheet, row = ("", None) if one.line else (TABLE, one.row)
    return FormFault(sheet, one.place, f"{one.value:g}", rule, row, one.field.label)
