"""Pieces of a page: headings, paragraphs, tables and figures, escaped and accessible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


class Html(Markup):
    """A piece of a page that a notebook shows as it is; text put into it is escaped."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        # A notebook keeps this beside the piece itself, for readers that show no HTML.
        return f"<{type(self).__name__} of {len(self):,} characters>"


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, and whether its cells are numbers (set to the right)."""

    header: str
    numeric: bool = False


def columns(say: Callable[..., str], under: str, keys: str, **values: object) -> list[Column]:
    """Return the columns of a table, each headed by a sentence.

    Parameters
    ----------
    say : callable
        Returns the sentence of a key.
    under : str
        The table of sentences that the keys stand in, but for those with a dot.
    keys : str
        Keys between spaces; ``#`` before one marks a column of numbers.
    **values
        What the sentences are filled with.
    """
    return [
        Column(say(key if "." in key else f"{under}.{key}", **values), numeric=bool(mark))
        for mark, key in re.findall(r"(#?)(\S+)", keys)
    ]


def join(*pieces: str) -> Html:
    """Return the pieces one after the other; empty ones leave nothing."""
    return Html("\n".join(piece for piece in pieces if piece))


def heading(text: str, level: int = 2, anchor: str | None = None) -> Html:
    """Return a heading of `level` 1 to 6."""
    name = Html(' id="{}"').format(anchor) if anchor else ""
    return Html("<h{0}{1}>{2}</h{0}>").format(level, name, text)


def paragraph(text: str, kind: str = "") -> Html:
    """Return a paragraph, or nothing for an empty text."""
    if not text:
        return Html("")
    name = Html(' class="{}"').format(kind) if kind else ""
    return Html("<p{}>{}</p>").format(name, text)


def attributes(**values: object) -> Html:
    """Return attributes of an element for programs: ``data-measure="low_income_share"``."""
    return Html("").join(Html(' data-{}="{}"').format(*pair) for pair in values.items())


def items(entries: Iterable[str], kind: str = "") -> Html:
    """Return a list of entries, or nothing for none."""
    points = Html("").join(Html("<li>{}</li>").format(entry) for entry in entries)
    name = Html(' class="{}"').format(kind) if kind else ""
    return Html("<ul{}>{}</ul>").format(name, points) if points else Html("")


def small(text: str, below: str) -> Html:
    """Return a text with a smaller one on the line below it, if there is one."""
    return Html("{}<br><small>{}</small>").format(text, below) if below else Html("{}").format(text)


def in_short(title: str, sentences: Sequence[str], asides: Sequence[tuple[str, str]] = ()) -> Html:
    """Return the box with the answer that a brief begins with.

    `asides` follow the answer, each with its label: how sure it is, and what is missing.
    """
    aside = Html('<p class="aside"><b>{}</b> {}</p>')
    pieces = Html("").join(
        [
            *(paragraph(sentence) for sentence in sentences),
            *(aside.format(label, text) for label, text in asides if text),
        ]
    )
    return Html(
        '<section class="answer" aria-labelledby="short"><h2 id="short">{}</h2>{}</section>'
    ).format(title, pieces)


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    caption: str,
    kind: str = "",
    titled: bool = False,
    about: Sequence[str] = (),
) -> Html:
    """Return a table; the first cell of a row is its header. Cells of type Html stay as they are.

    With `titled` a heading above already says what the caption says, which is then not shown.
    `about` are attributes of the rows (`attributes`).
    """
    # A table of numbers says so once, not in every cell.
    numbers = len(columns) > 1 and all(column.numeric for column in columns[1:])
    if numbers:
        columns = [Column(column.header) for column in columns]
    head = Html("").join(_header(column) for column in columns)
    marks = about or [""] * len(rows)
    body = Html("").join(_row(columns, row, mark) for row, mark in zip(rows, marks, strict=True))
    kinds = " ".join(word for word in (kind, "numbers" if numbers else "") if word)
    name = Html(' class="{}"').format(kinds) if kinds else ""
    unseen = Html(' class="unseen"') if titled else ""
    # A table wider than the screen scrolls by itself, and by keyboard too. A group, not a region:
    # the landmarks of a page would be lost among so many.
    return Html(
        '<div class="scroll" role="group" aria-label="{caption}" tabindex="0">'
        "<table{name}><caption{unseen}>{caption}</caption><thead><tr>{head}</tr></thead>"
        "<tbody>{body}</tbody></table></div>"
    ).format(caption=caption, unseen=unseen, name=name, head=head, body=body)


def details(summary: str, content: str, printed: bool = False) -> Html:
    """Return content that the reader unfolds, and that stands on paper if it is `printed`."""
    kind = Html(' class="printed"') if printed else ""
    text = Html("<details{}><summary>{}</summary>{}</details>")
    return text.format(kind, summary, Html(content))


def figure(svg: str, caption: str = "", numbers: str = "", light: bool = False) -> Html:
    """Return a chart below its caption and, one click away, its numbers.

    `svg` must carry its own text alternative (`charts.accessible`). With `light` it keeps its
    colours, which are meant for a light ground.
    """
    # HTML wants a caption first or last: at the end it would stand behind the numbers.
    above = Html("<figcaption>{}</figcaption>").format(caption) if caption else ""
    ground = Html(' class="light"') if light else ""
    return Html("<figure{}>{}{}{}</figure>").format(ground, above, Html(svg), Html(numbers))


def _header(column: Column) -> Html:
    kind = Html(' class="n"') if column.numeric else ""
    return Html('<th scope="col"{}>{}</th>').format(kind, column.header)


def _row(columns: Sequence[Column], row: Sequence[str], about: str) -> Html:
    # By hand: a brief has thousands of cells, and each `Html.format` parses its template.
    cells = [f'<th scope="row">{escape(row[0])}</th>']
    for column, cell in zip(columns[1:], row[1:], strict=True):
        kind = ' class="n"' if column.numeric else ""
        cells.append(f"<td{kind}>{escape(cell)}</td>")
    return Html(f"<tr{about}>{''.join(cells)}</tr>")
