"""Styles that a notebook brings along, as they may stand in a page: nothing in them is fetched.

They are parsed by tinycss2. Ids in them are renamed together with those of the elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

Names = Callable[[str], str]

#: Functions of CSS that fetch nothing; `url` may name an element of the same piece.
_NAMES = (
    "calc clamp conic-gradient hsl hsla is lab lch linear-gradient matrix max min not nth-child "
    "nth-last-child nth-of-type oklab oklch radial-gradient repeating-linear-gradient rgb rgba "
    "rotate scale scalex scaley skewx skewy translate translatex translatey var where"
)
_FUNCTIONS = frozenset(_NAMES.split())
#: Properties that would lay a piece over the rest of the page, or run something in old browsers.
_BANNED = {"position", "behavior", "-moz-binding"}

#: Values of CSS that need no second look.
_QUIET = re.compile(r"(?:[\w\s:;#.,%+-]|var\(--[\w-]+\))*|url\(#[\w.-]+\)")
_LOUD = re.compile("position|behavior|binding", re.IGNORECASE)


def stylesheet(text: str, within: str, names: Names) -> str:
    """Return the rules of a style that fetch nothing, each selector put into `within` at ``{}``."""
    import tinycss2

    return _rules(tinycss2.parse_stylesheet(text, True, True), within, names)


def _rules(rules: Sequence[Any], within: str, names: Names) -> str:
    import tinycss2

    kept = []
    for rule in rules:
        if rule.type not in ("at-rule", "qualified-rule") or not _harmless(rule.prelude):
            continue
        if rule.type == "qualified-rule":
            head = ",".join(map(within.format, _selectors(rule.prelude, names)))
            inner = _declarations(rule.content, names)
        elif rule.lower_at_keyword == "media" and rule.content:
            head = f"@media {tinycss2.serialize(rule.prelude).strip()}"
            inner = _rules(tinycss2.parse_rule_list(rule.content, True, True), within, names)
        else:
            continue
        if inner and "<" not in head + inner:  # nothing that could end the style
            kept.append(f"{head}{{{inner}}}")
    return "\n".join(kept)


def _selectors(tokens: list[Any], names: Names) -> list[str]:
    import tinycss2

    _rename(tokens, names, selectors=True)
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def _rename(tokens: list[Any], names: Names, selectors: bool = False) -> None:
    """Give harmless values of CSS other ids; in selectors, what begins with # is one, too."""
    from tinycss2.ast import IdentToken, URLToken

    for at, token in enumerate(tokens):
        if address := _address(token):
            new = f"#{names(address[1:])}"
            tokens[at] = URLToken(0, 0, new, f"url({new})")
        elif token.type == "hash" and selectors:
            token.value = names(token.value)
        elif selectors and token.type == "[] block":
            said = [part for part in token.content if part.type != "whitespace"]
            if len(said) == 3 and (said[0].serialize().lower(), said[1]) == ("id", "="):
                token.content[:] = *said[:2], IdentToken(0, 0, names(said[2].value))
        elif token.type == "function":
            _rename(token.arguments, names, selectors)


def _address(token: Any) -> str:
    """Return the address in a value of CSS, written as ``url(#a)`` or ``url("#a")``."""
    if token.type == "url":
        return str(token.value)
    if token.type == "function" and token.lower_name == "url":
        inside = [part for part in token.arguments if part.type != "whitespace"]
        return str(inside[0].value) if [part.type for part in inside] == ["string"] else "?"
    return ""


def attribute(name: str, value: str, names: Names = str) -> str:
    """Return the value of an attribute, written in CSS, without what would fetch something."""
    import tinycss2

    if names is str and _QUIET.fullmatch(value) and not _LOUD.search(value):
        return value
    if name == "style":
        return _declarations(value, names)
    tokens = tinycss2.parse_component_value_list(value, skip_comments=True)
    if not _harmless(tokens):
        return ""
    _rename(tokens, names)
    return str(tinycss2.serialize(tokens))


def _declarations(given: Any, names: Names) -> str:
    import tinycss2

    kept = []
    for declaration in tinycss2.parse_blocks_contents(given, True, True):
        if declaration.type != "declaration" or declaration.lower_name in _BANNED:
            continue
        if _harmless(declaration.value):
            _rename(declaration.value, names)
            kept.append(declaration.serialize())
    return ";".join(kept)


def _harmless(tokens: Sequence[Any]) -> bool:
    """Return whether values of CSS fetch nothing: an address is that of an id."""
    for token in tokens:
        if address := _address(token):
            if not re.fullmatch(r"#[\w.:-]+", address):
                return False
        elif token.type in ("url", "error", "at-keyword", "{} block"):
            return False
        elif token.type == "function":
            if token.lower_name not in _FUNCTIONS or not _harmless(token.arguments):
                return False
        elif token.type.endswith(" block") and not _harmless(token.content):
            return False
    return True
