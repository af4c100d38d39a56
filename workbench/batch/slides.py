"""A picture per finding, for a council's slides: PNG by an installed Chromium, its text beside."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

from workbench.batch import pdf
from workbench.batch.site import Run, environment
from workbench.briefs import rank, scorecard, trends
from workbench.briefs import view as views
from workbench.briefs.view import View, records
from workbench.errors import WorkbenchError
from workbench.language.translator import Row
from workbench.markup.html import Html
from workbench.rendering.page import themed
from workbench.storage import files

#: Width and height of a slide in pixels, and the senses of the indicators that have one.
SIZE = 1920, 1080
JUDGED = ("first", "watch", "on")

#: The sign before the words of a verdict, which says the same as they do.
_SIGN = re.compile(r"<span.*?</span>")


def write_due(run: Run, numbers: Iterable[str], code: str, program: str, jobs: int) -> list[str]:
    """Write the slides of municipalities in a language that are missing or older than their page.

    They lie in ``slides`` beside the briefs, ``nb-01-low_income_share.png`` with a text
    alternative in ``nb-01-low_income_share.txt``. Slides of findings that are no more are removed.

    Returns
    -------
    list of str
        What went wrong, a line each.
    """

    def fault(slide: tuple[Path, str, str]) -> str:
        picture, page, text = slide
        try:
            _picture(picture, page, program)
            files.write(picture.with_suffix(".txt"), f"{text}\n")
        except WorkbenchError as error:
            return f"{picture.parent.parent.name}/slides: {error}"
        except OSError as error:
            return f"{picture.parent.parent.name}/slides: {error.strerror}"
        return ""

    # matplotlib keeps its style for the whole process: only the browsers work side by side.
    due = (slide for number in dict.fromkeys(numbers) for slide in _due(run, number, code))
    with ThreadPoolExecutor(jobs) as printers:
        return [line for line in printers.map(fault, due) if line]


def _due(run: Run, number: str, code: str) -> Iterator[tuple[Path, str, str]]:
    """Yield path, page and text of each slide that is due, and remove what is no more."""
    folder, known = run.folder(number) / "slides", set()
    front = folder.with_name(f"index.{code}.html")
    made = front.stat().st_mtime if front.exists() else float("inf")
    for at, (page, text, measure) in enumerate(
        slides(views.view(run.data, number, code, run.peers)), 1
    ):
        picture = folder / f"{code}-{at:02d}-{measure}.png"
        known |= {picture.name, picture.with_suffix(".txt").name}
        if not picture.exists() or picture.stat().st_mtime < made:
            yield picture, page, text
    for old in folder.glob(f"{code}-*"):
        if old.name not in known:
            old.unlink()


def _picture(picture: Path, page: str, program: str) -> None:
    with tempfile.TemporaryDirectory(prefix="slide-", dir=files.temporary()) as aside:
        drawn, source = Path(aside) / "slide.png", Path(aside) / "slide.html"
        source.write_text(page, encoding="utf-8")
        options = [f"--screenshot={drawn}", f"--window-size={SIZE[0]},{SIZE[1]}"]
        pdf.run(program, source, drawn, [*options, "--hide-scrollbars"])
        files.write(picture, drawn.read_bytes())


def slides(view: View) -> list[tuple[str, str, str]]:
    """Return page, text alternative and measure of each finding, the most urgent first."""
    found = scorecard.groups(view)
    return [slide(view, *pair) for sense in JUDGED for pair in found.get(sense, [])]


def slide(view: View, row: Row, fact: Row) -> tuple[str, str, str]:
    """Return page, text alternative and measure of an indicator, a pair of `indicators`.

    The picture is the series over its years, or all municipalities where there are too few.
    """
    measure = str(row["measure"])
    known = trends.table(view)
    over_time = records(known[known["measure"] == measure])
    drawn = trends.chart(view, over_time[0]) if over_time else rank.picture(view, measure)
    name, year = view.language.name(fact), int(row["last_year"])
    value = view.language.amount(row["last"], view.unit(fact["unit"]))
    finding, aim = scorecard.finding(view, row, fact), scorecard.aim(view, row, fact)
    verdict = scorecard.verdict(view, row)
    large = scorecard.value(view, row, fact)
    facts = {"name": name, "year": year, "value": large, "finding": finding, "aim": aim}
    facts |= {"code": view.language.code, "municipality": view.name, "verdict": verdict}
    facts |= {"picture": Html(drawn), "source": view.label("publisher", fact["publisher"])}
    facts["key"] = trends.legend(view, over_time[0]) if over_time else ""
    page = environment().get_template("front/slide.html.j2").render(facts, size=SIZE)
    said = [f"{view.name}: {finding}", f"{name}: {value} ({year})", aim]
    said.append(Html(_SIGN.sub("", verdict).replace(" <small>", ", ")).striptags())
    alt = re.search(r"<title[^>]*>(.*?)</title>", drawn)
    said.append(unescape(alt[1]) if alt else "")
    return themed(page), " ".join(f"{each.rstrip('.')}." for each in said if each), measure
