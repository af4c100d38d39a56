"""The title of a notebook: the words of its first heading."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup

#: What Quarto and Pandoc write behind a heading: {#name .class}.
_ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]*\}$")


def heading(notes: Iterable[str]) -> str:
    """Return the words of the first heading of the highest level; '' if there is none."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Words(IPythonRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            return ""  # nbconvert's looks for what is attached to the cell

    renderer = Words(escape=False, exclude_anchor_links=True)
    for source in notes:
        made = MarkdownWithMath(renderer=renderer).render(source)
        if found := re.search(r"<h1\b[^>]*>(.*?)</h1>", made, re.DOTALL):
            return _ATTRIBUTES.sub("", Markup(found.group(1)).striptags())
    return ""
