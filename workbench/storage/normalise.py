"""One rule for text and one for numbers, however people and their programs write them.

What forms, workbooks and CSV files hold comes through here: signs that look alike become one,
what cannot be seen is refused, and a number is read in one way or not at all.
"""

from __future__ import annotations

import re
import unicodedata

#: How many signs a name may have, and any other text.
NAME, TEXT = 120, 2000

#: A sign as a workbook's XML holds it where XML has no room for it: _x000D_ is a line break.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

#: Where a spreadsheet may take text for a formula: at the start of a cell, and after what another
#: spreadsheet may take for the end of one (a Norwegian Excel splits at semicolons, quoted or not).
FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[\s\"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])")

#: A dash, a signed number or a range of them, and no more: what spreadsheets take for no formula.
_SIGNED = re.compile(r"-+|[+-][0-9][0-9 .,]* ?%?( (to|til) [+-]?[0-9][0-9 .,]* ?%?)?")

#: Signs of a minus, and of Arabic decimals and thousands.
_SIGNS = {"\u2212": "-", "\u2013": "-", "\u066b": ".", "\u066c": " "}

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:"
    r"(?P<spaced>[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?)"
    r"|(?P<dotted>[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,})"
    r"|(?P<comma>[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})"
    r"|(?P<plain>[0-9]+(?:[.,][0-9]+)?)"
    r")(?![0-9.,])(?P<rest>.*)"
)
_TWO_WAYS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")

#: More digits than this a float does not hold.
DIGITS = 15


def text(value: object) -> str:
    """Return text on one line: composed letters, single spaces and none at its ends.

    Examples
    --------
    >>> text(" Nes  kommune_x000D_")
    'Nes kommune'
    """
    raw = str(value)
    if "_x" in raw:
        raw = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw)
    return " ".join(unicodedata.normalize("NFC", raw).split())


def wrong_text(plain: str, most: int = TEXT) -> str:
    """Return the fault of a text as `text` returns it, as the end of a sentence, or ''."""
    if not plain.isprintable():  # control signs, those that turn the direction, halves of letters
        return "holds signs that cannot be seen. Write it again"
    if len(plain) > most:
        return f"has {len(plain)} signs. Use at most {most}"
    if FORMULA.search(plain) and not _SIGNED.fullmatch(plain):
        return "begins as a formula does. Begin with a letter or a digit"
    return ""


def shown(value: object, most: int = 60) -> str:
    """Return a text as a message can show it: on one line and not too long."""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def digits(plain: str) -> str:
    """Return text with the digits, full-width signs and minuses of all scripts in ASCII."""
    return plain if plain.isascii() else "".join(map(_ascii, plain))


def _ascii(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    return chr(ord(sign) - 0xFEE0) if "\uff01" <= sign <= "\uff5e" else _SIGNS.get(sign, sign)


def four_digits(value: object) -> str:
    """Return a number of a municipality or a year as four digits in ASCII; '' if it is none."""
    plain = f"{value:04d}" if type(value) is int else digits(text(value))
    return plain if re.fullmatch(r"[0-9]{4}", plain) else ""


def number(value: str) -> tuple[float, str]:
    """Return the number that a text begins with, and what follows it.

    Thousands may be apart by a space, decimals by a comma or a point.

    Raises
    ------
    ValueError
        If there is none, or it can be read in two ways; the message is the end of a sentence.

    Examples
    --------
    >>> number("1 234,5 tonn")
    (1234.5, 'tonn')
    """
    found = _NUMBER.fullmatch(digits(text(value)))
    if found is None:
        raise ValueError("must be a number such as 1 234,5")
    if found["plain"] and _TWO_WAYS.fullmatch(found["plain"]):
        raise ValueError("can be read in two ways. Write thousands with a space, or fewer decimals")
    decimal = "." if found["comma"] else "," if found["dotted"] else ""
    grouped = found["spaced"] or found["dotted"] or found["comma"] or found["plain"]
    plain = grouped.replace(" ", "")
    if decimal:
        plain = plain.replace("," if decimal == "." else ".", "")
    if sum(map(str.isdigit, plain)) > DIGITS:
        raise ValueError("has more digits than any figure")
    return float(found["sign"] + plain.replace(",", ".")), found["rest"].strip()
