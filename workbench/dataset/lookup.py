"""What municipalities and measures are named by: numbers of today or earlier, and names."""

from __future__ import annotations

import functools
import numbers
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

import pandas as pd

from workbench.errors import UsageError, described, sentences, suggest
from workbench.language.translator import Language, languages
from workbench.storage import hashing, normalise

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t"})

#: What is said around the name of a municipality.
_KIND = re.compile(
    r"^municipality of\s+|\s+(kommunen?|kommuna|herad|municipality)$", flags=re.IGNORECASE
)


def find_municipality(wanted: object, municipalities: pd.DataFrame, history: pd.DataFrame) -> str:
    """Return today's number of the municipality that `wanted` names.

    It is today's number ('3201' or 3201), an earlier number ('0219') or a name of today or
    earlier ('Bærum', 'baerum', 'Bærum kommune', 'Røyken').

    Raises
    ------
    UsageError
        If nothing or more than one municipality fits, with the candidates; or it is neither text
        nor a number.
    """
    text = _KIND.sub("", _named(wanted, "municipality", 'Use a name, as "Bærum", or its number.'))
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


def find_measure(wanted: object, measures: pd.DataFrame) -> pd.Series:
    """Return the row of ``measures`` of the measure that `wanted` names.

    It is the name in the tables ('low_income_share') or one that pages show, in any language
    ('Grunnskolepoeng', 'Life expectancy at birth').

    Raises
    ------
    UsageError
        If there is no such measure, with the nearest names; or it is no text.
    """
    text = _named(wanted, "measure", 'Use its name, as "low_income_share".')
    rows = measures[measures["measure"] == text]
    if rows.empty and slug(text):
        names = hashing.of_table(measures, "names", lambda: _names(measures))
        rows = measures[measures["measure"].isin(names.get(slug(text), ()))]
    if len(rows) == 1:
        return rows.iloc[0]
    near = suggest(text, measures["measure"])
    near = near or suggest(text, [*measures["name_nb"], *measures["name_en"]])
    said = f'"{text}" is not a measure.'
    if len(rows):
        said, near = f'"{text}" can be {" or ".join(rows["measure"])}.', ""
    raise UsageError(sentences(said, near, "All measures stand in data/measures.csv."))


def _names(measures: pd.DataFrame) -> dict[str, set[str]]:
    """Return the measures by the slugs of their names, in the tables and in every language."""
    found: dict[str, set[str]] = {}
    spoken = [Language(code) for code in languages()]
    for _, row in measures.iterrows():
        for name in (str(row["measure"]), *(one.name(row) for one in spoken)):
            found.setdefault(slug(name), set()).add(str(row["measure"]))
    return found


def _named(wanted: object, kind: str, instead: str) -> str:
    """Return the text that something is named by; refuse all but text and whole numbers."""
    if isinstance(wanted, str):
        return normalise.text(typed(wanted))
    if isinstance(wanted, numbers.Integral) and not isinstance(wanted, bool):
        return str(int(wanted))
    if isinstance(wanted, float) and wanted.is_integer():  # as pandas has numbers beside gaps
        return str(int(wanted))
    raise UsageError(f"{described(wanted)} is not a {kind}. {instead}")


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
