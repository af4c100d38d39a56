"""A section of the page on methods, written from its outline."""

from __future__ import annotations

from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Html

#: How formulas are set off, until a page needs more of it than this one.
_SET_OFF = "margin:.6rem 0 .6rem .2rem;padding-left:.9rem;border-left:2px solid #c3ccd4"

#: What a line of an outline becomes, by the mark that it begins with.
_MARKS = {
    "#": html.heading,
    "##": lambda text: html.heading(text, 3),
    "=": Html(f'<p class="formula" style="{_SET_OFF}">{{}}</p>').format,
    "!": lambda text: html.paragraph(text, "note"),
    "-": html.paragraph,
}


#: How the keys of sentences begin that stand in no section.
_ELSEWHERE = ("common.", "methods.", "trends.")


class Section:
    """The sentences of one section, and the values that any of them is filled with.

    Parameters
    ----------
    language : str
        A folder in ``workbench/text``.
    name : str
        The table of ``methods.toml`` that the sentences stand in.
    **values
        For all sentences of the section.
    """

    def __init__(self, language: str, name: str, **values: object) -> None:
        self.words, self._name, self._values = Language(language), name, values
        self.number = self.words.number

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of the section, or any other by its whole key."""
        whole = key if key.startswith(_ELSEWHERE) else f"methods.{self._name}.{key}"
        return self.words.say(whole, **{**self._values, **values})

    def write(self, *lines: str) -> Html:
        """Return the pieces of an outline, one after the other.

        A line of type Html stays as it is. Any other is the key of a sentence after a mark: none
        for a paragraph, ``#`` a heading, ``##`` a lower one, ``=`` a formula, ``!`` a note and
        ``@`` the source of a method.
        """
        return html.join(*map(self._line, lines))

    def _line(self, line: str) -> str:
        if isinstance(line, Html) or not line:
            return line
        mark, _, key = line.rpartition(" ")
        if mark == "@":
            return html.paragraph(self.say("methods.source", source=self.say(key)), "note")
        return _MARKS[mark or "-"](self.say(key))

    def details(self, key: str, *lines: str) -> Html:
        """Return an outline that the reader unfolds."""
        return html.details(self.say(key), self.write(*lines))

    def table(self, heads: str, rows: list[list[str]], caption: str, kind: str = "") -> Html:
        """Return a table; `heads` as `html.columns` has them."""
        columns = [
            html.Column(self.say(head.lstrip("#")), numeric=head.startswith("#"))
            for head in heads.split()
        ]
        return html.table(columns, rows, self.say(caption), kind)


def english(text: str) -> Html:
    """Return English text, marked as such, with signs as they are printed."""
    for signs, sign in (("<=", "≤"), (">=", "≥")):
        text = text.replace(signs, f"{sign}\N{NO-BREAK SPACE}")
    return Html('<span lang="en">{}</span>').format(text)
