"""Whether a language's texts fit those of Bokmål, before any brief is made from them."""

from __future__ import annotations

import tomllib

import jinja2

from workbench.errors import UsageError, sentences, suggest
from workbench.language import translator
from workbench.language.translator import BASE, MOST, TEXT
from workbench.storage import cache, files, hashing

#: What every sentence may ask for: the municipality, and small numbers as words.
_ALWAYS = {"name", "count_of"}

#: The languages that are whole: what their sentences ask for is given.
_WHOLE = (BASE, "nn", "en")


def check(code: str) -> None:
    """Refuse a language whose texts would break a brief, with every fault named.

    `code` is a folder in ``workbench/text``.

    Raises
    ------
    UsageError
        If a file is not readable, or holds a sentence that no brief says, that is no template, or
        that asks for a value which the brief does not give.
    """
    texts = files.found(TEXT, *(f"{one}/*.toml" for one in {code, *_WHOLE}))
    facts = (str(file.relative_to(TEXT)) for file in sorted(texts))
    key = hashing.digest([*texts, *hashing.package_files()], "translation", code, *facts)
    faults = cache.cached(key, lambda: _faults(code))
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise UsageError(f'The texts in "{code}" cannot be used, {count}:\n{lines}\nMend the file.')


def _faults(code: str) -> list[str]:
    translator.Language(code).locale  # noqa: B018 (refuses a code that is no language's)
    known = sorted(file.stem for file in (TEXT / BASE).glob("*.toml"))
    found = []
    for file in sorted((TEXT / code).glob("*.toml")):
        place = f"workbench/text/{code}/{file.name}"
        try:
            own = translator.keys(tomllib.loads(files.read(file, MOST, TEXT).decode()))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            found.append(f"{place} is not readable as TOML in UTF-8: {error}.")
            continue
        if file.stem == "names":
            found += [
                f'{place}, "{k}": must be a text.' for k, v in own.items() if type(v) is not str
            ]
        elif file.stem not in known:
            found.append(
                sentences(f"{place}: no brief has such a file.", suggest(file.stem, known))
            )
        else:
            found += [
                f'{place}, "{k}": {why}' for k, v in own.items() if (why := _wrong(file.stem, k, v))
            ]
    return found


def _wrong(file: str, key: str, said: object) -> str:
    """Return what is wrong with an entry of a file of texts; '' if nothing is."""
    base = translator.keys(translator.texts(BASE, file))
    if key not in base:
        return sentences("no brief says this.", suggest(key, base))
    if type(said) is not type(base[key]):
        return f"must be a {'text' if isinstance(base[key], str) else 'list of texts'}."
    if not isinstance(said, str):
        short = len(said) < len(base[key])  # type: ignore[arg-type]
        return f"must have {len(base[key])} words." if short else ""
    try:
        asks = translator.asked_by(said)
    except jinja2.TemplateSyntaxError as error:
        return f"is no template: {error.message}."
    given = _given(file, key)
    strange = sorted(asks - given)
    if not strange:
        return ""
    wrong = " and ".join(f"{{{{ {name} }}}}" for name in strange)
    return sentences(f"{wrong} is not given here.", suggest(strange[0], sorted(given)))


def _given(file: str, key: str) -> set[str]:
    """Return the values that the same sentence asks for in any of the languages that are whole."""
    said = (translator.keys(translator.texts(code, file)).get(key) for code in _WHOLE)
    return _ALWAYS.union(*(translator.asked_by(text) for text in said if isinstance(text, str)))
