"""Finding a municipality by today's number, an earlier number or its name."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

import pandas as pd

from workbench.errors import UsageError, sentences, suggest
from workbench.storage import normalise

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t"})


def find_municipality(wanted: str, municipalities: pd.DataFrame, history: pd.DataFrame) -> str:
    """Return today's number of the municipality that `wanted` names.

    It is today's number ('3201'), an earlier number ('0219') or a name of today or earlier
    ('Bærum', 'baerum', 'Røyken').

    Raises
    ------
    UsageError
        If nothing or more than one municipality fits; the sentence names the candidates.
    """
    text = normalise.text(typed(str(wanted)))
    if (number := normalise.digits(text)).isdecimal():
        return _by_number(number, municipalities, history)
    found = _by_name(text, municipalities, history)
    if found:
        return _only(found, f'"{text}" can be', municipalities)
    names = sorted({*municipalities["name"], *history["name"].dropna()})
    raise UsageError(
        sentences(
            f'"{text}" is not a municipality.',
            suggest(text, names),
            "Use a name or a four-digit number.",
        )
    )


def check_numbers(wanted: Iterable[str], known: pd.Series) -> None:
    """Refuse what is neither known nor four digits, where only tables of figures are given.

    Raises
    ------
    UsageError
        The sentence names the first one, and says how names become numbers.
    """
    for one in wanted:
        if not re.fullmatch(r"[0-9]{4}", str(one)) and not known.eq(one).any():
            raise UsageError(
                f'"{one}" is not the number of a municipality. Here only numbers of today are '
                'known; data.numbers(["Bærum"]) returns those that names stand for.'
            )


def typed(text: str) -> str:
    """Return a text with its letters whole, however the system hands them over.

    macOS takes 'å' apart into 'a' and a ring; with ``LC_ALL=C`` an argument holds its bytes.
    """
    with suppress(UnicodeEncodeError):  # half a letter, which no system hands over
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)


@functools.lru_cache(maxsize=4096)  # every name of today and earlier, which each question asks for
def slug(name: str) -> str:
    """Return a name for files and addresses: 'Bærum' -> 'baerum', 'Møre og Romsdal' -> ..."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS).replace("å", "a"))
    plain = plain.casefold()  # of what was taken apart, too: 𝐀
    kept = "".join(
        c if c.isascii() and c.isalnum() else "-"
        for c in plain
        if c.isprintable() and not unicodedata.combining(c)
    )
    return "-".join(part for part in kept.split("-") if part)


def folder_name(number: str, name: str) -> str:
    """Return the name of a municipality's folder: '3201-baerum'.

    A long name is cut: with a brief behind it, it has to fit into a file's name (255 bytes).
    """
    return f"{number}-{slug(name)[:60].rstrip('-')}"


def _by_number(text: str, municipalities: pd.DataFrame, history: pd.DataFrame) -> str:
    number = text.zfill(4)
    if (municipalities["number"] == number).any():
        return number
    today = sorted(set(history.loc[history["number"] == number, "municipality"].dropna()))
    if today:
        return _only(today, f"{number} was split and is now", municipalities)
    raise UsageError(
        f"{number} is not the number of a municipality, today or earlier. "
        "Numbers have four digits, as 3201 for Bærum."
    )


def _by_name(text: str, municipalities: pd.DataFrame, history: pd.DataFrame) -> list[str]:
    """Return the municipalities of that name today; only if there is none, those of earlier."""
    key = slug(text)
    today = [
        number
        for number, name, official in municipalities[
            ["number", "name", "official_name"]
        ].itertuples(index=False)
        if key in {slug(n) for n in (name, official, _bare(name), *official.split(" - "))}
    ]
    if today:
        return today
    earlier = history.dropna(subset=["municipality", "name"])
    hits = earlier[[key in {slug(n) for n in name.split(" - ")} for name in earlier["name"]]]
    return sorted(set(hits["municipality"]))


def _bare(name: str) -> str:
    """Return the name without what tells two of the same name apart: 'Våler (Østfold)'."""
    return name.split(" (")[0]


def _only(numbers: list[str], several: str, municipalities: pd.DataFrame) -> str:
    """Return the only number; refuse several, naming them with their counties."""
    if len(numbers) == 1:
        return numbers[0]
    rows = municipalities.set_index("number")
    listed = [
        f"{number} {row['name']}" + ("" if "(" in row["name"] else f" ({row['county_name']})")
        for number, row in rows.loc[numbers].iterrows()
    ]
    raise UsageError(f"{several} {' or '.join(listed)}. Use the number of the one you mean.")
