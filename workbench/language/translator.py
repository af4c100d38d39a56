"""Sentences, numbers and names in the reader's language.

A language is a folder of ``workbench/text``: files of sentences (TOML, each a Jinja2 template) and
nothing else. A sentence that it lacks stands in Bokmål. Numbers, lists and signs follow the
reader's convention through Babel. Names of measures, goals and units stand in the tables of data/
in Bokmål and English; another language maps the Bokmål names to its own in ``names.toml``.
"""

from __future__ import annotations

import marshal
import re
import sys
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache as memo
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias, cast

import jinja2
import pandas as pd
from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.numbers import get_decimal_symbol, get_group_symbol
from jinja2 import meta

from workbench.errors import UsageError, described, suggest
from workbench.language import sandbox
from workbench.language.sandbox import Sentences
from workbench.storage import cache, files, hashing

TEXT = Path(__file__).parents[1] / "text"

#: Most bytes of a file of texts; the largest of the project's own has a thirtieth.
MOST = 2**20

#: A row of a table: as pandas has it, or as a mapping, in which its cells are found sooner.
Row: TypeAlias = pd.Series | Mapping[Hashable, Any]

#: The largest float has 309 digits before its point; more than 28 are refused otherwise.
_ANY_SIZE = Context(prec=400)

#: Decimals that a small change is written with at most; what is less is the machine's rounding.
_MOST = 6

#: Whose conventions a language follows where it has several.
_CONVENTIONS = {"en": "en_GB"}

#: A space between the digits of a number.
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")

#: The language of the sentences that another one lacks, and the column ending of the names that
#: every table in data/ has, and that ``names.toml`` maps.
BASE = "nb"


def languages() -> list[str]:
    """Return the codes of the languages that there are texts in."""
    # JupyterLab leaves folders of its own, with names that are no words.
    return sorted(f.name for f in TEXT.iterdir() if f.is_dir() and f.name.isalpha())


def behind(code: str, name: str) -> list[Path]:
    """Return the files that a language's sentences of this name come from: its own, and Bokmål's.

    `name` is that of a file of sentences, without ending.
    """
    path = TEXT / code / f"{name}.toml"
    own = [path] if path.exists() else []
    whole = code == BASE or set(keys(texts(BASE, name))) <= set(keys(_own(code, name)))
    return own if whole else [*own, TEXT / BASE / f"{name}.toml"]


def warm(code: str) -> None:
    """Have every sentence and the conventions of a language at hand before any is asked for."""
    language = Language(code)
    for key in _compiled(code):
        _template(code, key)
    language.number(0.5, 1)
    language.listed("abc")


def keys(table: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return the entries of a table of texts and of the tables in it, as 'name', 'table.name'."""
    found: dict[str, Any] = {}
    for key, entry in table.items():
        inside = isinstance(entry, dict)
        found |= keys(entry, f"{above}{key}.") if inside else {f"{above}{key}": entry}
    return found


@dataclass(frozen=True)
class Language:
    """One language: `say` gives a sentence, the other methods numbers and names.

    Attributes
    ----------
    code : str
        ISO 639-1 code, the name of the folder in ``workbench/text``.
    """

    code: str

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or self.code not in languages():
            raise UsageError(
                f"There are no texts in {described(self.code)}. {suggest(self.code, languages())} "
                "A new language is a new folder in workbench/text."
            )

    @cached_property
    def locale(self) -> Locale:
        """The reader's conventions."""
        try:
            return Locale.parse(_CONVENTIONS.get(self.code, self.code))
        except (UnknownLocaleError, ValueError):
            raise UsageError(
                f'Nothing is known of how "{self.code}" writes numbers. Name the folder '
                f"workbench/text/{self.code} by the language's ISO 639-1 code, such as da."
            ) from None

    @cached_property
    def _signs(self) -> dict[int, str]:
        """What stands in a number for the signs that Python writes; thousands are grouped."""
        point, comma = get_decimal_symbol(self.locale), get_group_symbol(self.locale)
        return str.maketrans({".": point, ",": comma, "-": "\N{MINUS SIGN}"})

    def say(self, key: str, **values: Any) -> str:
        """Return the sentence `key` ('file.name' or 'file.table.name') with its values filled in.

        A sentence that this language lacks stands in Bokmål.

        Raises
        ------
        UsageError
            If the sentence needs a value that it is not given: never a gap in the text.
        """
        try:
            return _template(self.code, key).render(count_of=self.count, **values).strip()
        except (jinja2.TemplateError, TypeError) as error:
            file, _, name = key.partition(".")
            raise UsageError(
                f'workbench/text/{self.code}/{file}.toml, "{name}": {error}. '
                f"What a sentence may ask for stands in the same one of {BASE}."
            ) from None

    def name(self, row: Row, field: str = "name") -> str:
        """Return the name, note or reason of a table's row in this language; '' if it has none.

        Where the table has no column of this language, ``names.toml`` gives the name for the
        Bokmål one, else for its parts between colons; what is not there stands as it is.
        """
        own = f"{field}_{self.code}"
        text = row[own if own in row else f"{field}_{BASE}"]
        if pd.isna(text):
            return ""
        if own not in row:
            known = _own(self.code, "names")
            parts = (known.get(part, part) for part in str(text).split(": "))
            text = known[text] if text in known else ": ".join(parts)
        # A number like 100 000 is not broken between two lines.
        return _THOUSANDS.sub("\u00a0", str(text))

    def number(self, value: float, decimals: int = 0, signed: bool = False) -> str:
        """Return a number with a fixed count of decimals, halves rounded up: 1 234,5."""
        rounded = _rounded(value, decimals)
        # A value that rounds to zero carries no sign.
        text = f"{rounded if rounded else abs(rounded):,.{decimals}f}".translate(self._signs)
        return f"+{text}" if signed and rounded > 0 else text

    def amount(self, value: float, unit: Row) -> str:
        """Return a value with its unit: '86,2 %'; of a unit that lists its values, that value."""
        symbol, number = self.name(unit, "symbol"), self.number(value, int(unit["decimals"]))
        values = symbol.split("|")
        if len(values) > 1 and value in range(len(values)):
            return values[int(value)]
        return self._with_unit(number, symbol if len(values) == 1 else "")

    def gap(self, value: float, unit: Row) -> str:
        """Return a difference between two values with its unit: '3,2 prosentpoeng'."""
        return self._with_unit(self.number(value, int(unit["decimals"])), self.name(unit, "change"))

    def apart(self, one: float, other: float, unit: Row) -> str:
        """Return the difference of two values as they are shown: of 8,3 and 4,3 it is 4,0."""
        decimals = int(unit["decimals"])
        shown = abs(_rounded(one, decimals) - _rounded(other, decimals))
        return self.gap(float(shown), unit)

    def change(self, value: float, unit: Row, signed: bool = False) -> str:
        """Return a yearly change with its unit: '0,67 prosentpoeng'."""
        text = self.number(value, change_decimals(value, int(unit["decimals"])), signed)
        return self._with_unit(text, self.name(unit, "change"))

    def interval(self, low: float, high: float, unit: Row) -> tuple[str, str]:
        """Return the ends of an interval of change, written alike and without unit."""
        decimals = change_decimals(max(abs(low), abs(high)), int(unit["decimals"]))
        # An end that is not zero must not be written as zero: it decides the verdict.
        decimals = _until_seen(min(abs(low), abs(high)), decimals)
        return self.number(low, decimals, signed=True), self.number(high, decimals, signed=True)

    def listed(self, items: Iterable[str]) -> str:
        """Return 'a, b og c', with semicolons where a name holds a comma or an 'og' itself."""
        names = list(items)
        pair = str(self.locale.list_patterns["standard"]["2"])
        last = pair.format("", "").strip()
        # What stands in quotation marks cannot be taken for two names.
        bare = [re.sub("«.*?»|‘.*?’", "", name) for name in names]
        if len(names) < 2 or not any(f" {last} " in name or ", " in name for name in bare):
            return format_list(names, locale=self.locale)
        # Two need no more than a comma between them.
        pause = texts(self.code, "common")["pause"] if len(names) > 2 else ", "
        return f"{'; '.join(names[:-1])}{pause}{last} {names[-1]}"

    def span(self, first: int, last: int) -> str:
        """Return '2014-2020' with the dash of a range, or the one year."""
        return f"{first}" if first == last else f"{first}\N{EN DASH}{last}"

    def inside(self, name: str) -> str:
        """Return a name as it stands inside a sentence: 'Boliger i blokk' -> 'boliger i blokk'.

        A first word with a capital or a digit further on (PM10, NO2, ICT) stays as it is.
        """
        first = name.split(" ")[0]
        stays = first[1:] != first[1:].lower() or any(map(str.isdigit, first))
        return name if stays else name[:1].lower() + name[1:]

    def count(self, number: int) -> str:
        """Return a small number as a word (neuter), a larger one in figures: 'ett', 'to', 13."""
        words = texts(self.code, "common")["count"]
        return words[number] if 0 <= number < len(words) else self.number(number)

    def _with_unit(self, number: str, unit: str) -> str:
        """Return a number with its unit; per cent as close as the language has it."""
        close = unit == "%" and self.locale.percent_formats[None].pattern.endswith("0%")
        gap = "" if close or not unit else "\N{NO-BREAK SPACE}"
        return f"{number}{gap}{unit}"


def _rounded(value: float, decimals: int) -> Decimal:
    """Return a value with a fixed count of decimals, halves rounded up."""
    exact = Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _ANY_SIZE)


def change_decimals(value: float, decimals: int) -> int:
    """Return how many decimals a change has: one more than its value, none from ten units on.

    One that is not zero has so many that it is not written as zero.
    """
    if decimals == 0 and abs(value) >= 10:
        return 0
    return _until_seen(value, decimals + 1)


def _until_seen(value: float, decimals: int) -> int:
    """Return so many decimals more that a value is not written as zero, if six are enough."""
    enough = (many for many in range(decimals, _MOST + 1) if abs(value) >= 0.5 * 10**-many)
    return next(enough, decimals)


def capitalised(text: str) -> str:
    """Return the text with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


@memo
def _template(code: str, key: str) -> jinja2.Template:
    """Return a sentence as a template; a Jinja2 error where it is none."""
    environment = _environment()
    made = _compiled(code).get(key) or environment.compile(_entries(code)[key])
    return jinja2.Template.from_code(environment, made, environment.make_globals(None))


@memo
def _compiled(code: str) -> dict[str, CodeType]:
    """Return the code of a language's sentences, kept until a text, Python or Jinja2 changes."""
    sources = files.found(TEXT, f"{BASE}/*.toml", *([] if code == BASE else [f"{code}/*.toml"]))
    made_by = (Path(__file__), Path(sandbox.__file__), *sources)
    key = hashing.digest(made_by, "sentences", code, sys.version, jinja2.__version__)
    return cast(dict[str, CodeType], marshal.loads(cache.cached(key, lambda: _compile(code))))


def _compile(code: str) -> bytes:
    """Return the code of all sentences of a language that are templates."""
    made = {}
    for key, text in _entries(code).items():
        with suppress(jinja2.TemplateSyntaxError):  # refused where it is asked for
            made[key] = _environment().compile(text)
    return marshal.dumps(made)


@memo
def _entries(code: str) -> dict[str, str]:
    """Return all sentences of a language by their keys, 'file.name' or 'file.table.name'."""
    names = [file.stem for file in (TEXT / BASE).glob("*.toml") if file.stem != "names"]
    found = keys({name: texts(code, name) for name in names})
    return {key: text for key, text in found.items() if isinstance(text, str)}


@memo
def _environment() -> Sentences:
    return Sentences(capitalised=capitalised)


def asked_by(text: str) -> set[str]:
    """Return the names of the values that a sentence asks for."""
    return meta.find_undeclared_variables(_environment().parse(text))


@memo
def texts(code: str, file: str) -> dict[str, Any]:
    """Return the sentences of a file, with those of Bokmål where the language lacks one."""
    return _own(code, file) if code == BASE else _over(_own(BASE, file), _own(code, file))


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return a table of texts with the entries of another put in by their keys."""
    found = {**base, **own}
    for key in set(base) & set(own):
        if isinstance(base[key], dict) and isinstance(own[key], dict):
            found[key] = _over(base[key], own[key])
    return found


@memo
def _own(code: str, file: str) -> dict[str, Any]:
    """Return what a language's own file says; nothing if there is none."""
    path = TEXT / code / f"{file}.toml"
    if not path.exists():
        return {}
    try:
        return tomllib.loads(files.read(path, MOST, TEXT).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"workbench/text/{code}/{file}.toml is not readable as TOML in UTF-8: {error}. Mend it."
        ) from None
