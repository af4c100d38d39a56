"""What finished pages state of each series, held against the one frame of standings.

``python tests/consistency.py outputs`` reads all pages in a folder of briefs and prints the faults
that it finds and how many statements and pages it read.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from bs4 import BeautifulSoup

import workbench as wb
from workbench.analysis.standings import judged
from workbench.dataset import Dataset
from workbench.language.translator import Language

#: Words that judge: an old figure has none of them.
JUDGED = {"better", "worse", "first", "watch", "on"}

#: Where a series is named and nothing is stated of it: where figures come from or are missing,
#: what a measure is, what is kept out, and what a chart or a table of models is of.
NAMED = "svg, style, script, title, .sources, .unseen, caption, thead, .note, details, nav, footer"


class Statement(NamedTuple):
    """One element of a page that is about a series."""

    measure: str
    standing: str
    word: str  #: what is said in a word, '' where the element is more than that
    judged: bool  #: whether any word in it judges


def statements(page: BeautifulSoup) -> Iterator[Statement]:
    """Yield what a page states, in its order."""
    for element in page.select("[data-measure]"):
        kinds = set(element.get("class") or [])
        words = [element, *element.select(".word")]
        found = any(JUDGED & set(word.get("class") or []) for word in words)
        word = element.get_text() if "word" in kinds else ""
        yield Statement(
            str(element["data-measure"]), str(element["data-standing"]), word.strip(), found
        )


def faults(pages: Iterable[tuple[str, str]], number: str, data: Dataset) -> tuple[list[str], int]:
    """Return where the pages of a municipality differ from the frame, and how much they state.

    Parameters
    ----------
    pages : iterable of pair of str
        Language and HTML of each page.
    number : str
        The municipality.
    data : Dataset
    """
    rows = judged(data)
    rows = rows[rows["municipality"] == number].set_index("measure")
    found, count = [], 0
    for code, text in pages:
        page, say = BeautifulSoup(text, "html.parser"), Language(code).say
        for one in statements(page):
            count += 1
            if one.measure not in rows.index:
                found.append(f"{one.measure}: stated without a figure")
                continue
            row = rows.loc[one.measure]
            word = say(f"common.standing.{row['standing']}", year=int(row["last_year"]))
            if one.standing != row["standing"]:
                found.append(f"{one.measure}: {one.standing}, in the frame {row['standing']}")
            if one.word and one.word != word:
                found.append(f"{one.measure}: called {one.word!r}, which is {word!r}")
            if row["old"] and one.judged:
                found.append(f"{one.measure}: a word on a figure of {row['last_year']}")
        found += unmarked(page, rows, data, code)
    return sorted(set(found)), count


def unmarked(page: BeautifulSoup, rows: pd.DataFrame, data: Dataset, code: str) -> list[str]:
    """Return the series that are named where no element says which, and how they stand."""
    for element in page.select(NAMED):
        element.decompose()
    for element in page.select("[data-measure]"):
        element.decompose()
    said = " ".join(page.get_text(" ").split()).casefold()
    return [
        f"{name}: named, not marked"
        for name, text in names(data, code)
        if text in said and name in rows.index
    ]


@cache
def _names(path: str, code: str) -> tuple[tuple[str, str], ...]:
    data, language = wb.load(path), Language(code)
    table = [(row["measure"], language.name(row)) for _, row in data.measures.iterrows()]
    # As in `unmarked`, where a space that keeps a number together is a space.
    table = [(measure, " ".join(name.split())) for measure, name in table]
    return tuple((measure, name.casefold()) for measure, name in table if len(name) > 20)


def names(data: Dataset, code: str) -> tuple[tuple[str, str], ...]:
    """Return the measures with names long enough to be nothing else, in small letters."""
    return _names(str(data.path), code)


def read(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return language and HTML of the pages in a folder of briefs, by municipality."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.glob("[0-9]*/*.html")):
        code = path.stem.rpartition(".")[2]
        if not path.stem.startswith("03_"):
            number = re.match(r"\d+", path.parent.name)[0]
            found.setdefault(number, []).append((code, path.read_text(encoding="utf-8")))
    return found


def main(folder: str) -> int:
    """Print the faults of all pages in a folder; return how many there are."""
    data, total, wrong, pages = wb.load(), 0, 0, 0
    for number, texts in read(Path(folder)).items():
        found, count = faults(texts, number, data)
        total, pages, wrong = total + count, pages + len(texts), wrong + len(found)
        for line in found:
            print(f"{number} {line}")
    print(f"{pages} pages, {total} statements, {wrong} faults")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]) > 0)
