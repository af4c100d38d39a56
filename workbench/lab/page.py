"""A scenario as a page: sentence, verdicts, chart, what-ifs and source; and saved as files."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pandas as pd
from markupsafe import Markup, escape

from workbench.analysis.projection import MINIMUM
from workbench.briefs import compare, trends
from workbench.briefs.view import View
from workbench.charts import INK, PEERS
from workbench.dataset import DATA
from workbench.errors import UsageError
from workbench.export.components import as_csv
from workbench.lab.run_brief import apart
from workbench.lab.scenario import Scenario, cities, like_best, needed
from workbench.lab.selectors import framed
from workbench.markup import html
from workbench.markup.html import Html
from workbench.storage.files import below, read, write

#: Where briefs go, and what is saved beside them in a folder of its own; nothing of it is in git.
OUT = DATA.parent / "outputs"

#: The typeface that texts are measured in; matplotlib brings it, so that it is always there.
_FONT = "DejaVu Sans"

#: Width of the picture and the room around, in points; how high a line is, in sizes of its text.
_WIDTH, _ROOM, _LINE = 330.0, 10.0, 1.35

#: Sizes of the heading and of the text below the chart, in points.
_LARGE, _SMALL = 10.5, 6.5

#: Dots per inch of a bitmap, fit for print.
_DOTS = 288

#: The columns of `table`.
_COLUMNS = (
    *("kind", "municipality", "name", "measure", "year", "value", "low80", "high80", "unit"),
    *("status", "origin", "peers", "peers_low", "peers_median", "peers_high", "compared_with"),
    *("target", "target_year", "target_tried", "source", "licence"),
)


def page(scenario: Scenario) -> Html:
    """Return the page of a scenario, to be shown at once."""
    view, row = scenario.view, scenario.row
    about = view.measure(scenario.choice.measure)
    if row is None:
        body = _nothing(view, about)
    elif row["n"] < MINIMUM:
        body = _few(view, row)
    else:
        section = trends.section(view, row, scenario.judged, scenario.choice.log)
        body = html.join(_verdicts(view, row), section, _what_ifs(view, row))
        if isinstance(scenario.choice.peers, tuple) and view.peers:
            body += compare.sections(view, row["measure"], ", ".join(view.peers))
    compared = view.say("lab.compared", group=view.group_name, count=len(view.peers))
    kicker = html.paragraph(f"{view.name} ({view.number}) · {compared}", "kicker")
    return framed(html.join(kicker, body, html.paragraph(_source(view, about), "note source")))


def _verdicts(view: View, row: pd.Series) -> Html:
    """Return the verdicts in a word each: standing, place among the peers, pace."""
    words = [(row["sense"], view.say(f"common.standing.{row['standing']}", year=row["last_year"]))]
    if row["place"]:
        words.append((row["place"], view.say(f"lab.place.{row['place']}")))
    if word := trends.pace_word(view, row):
        kind = {"met": "better", "enough": "better", "slow": "", "away": "worse"}[row["pace"]]
        words.append((kind, word[:1].upper() + word[1:]))
    items = (Markup('<li class="word {}">{}</li>').format(*one) for one in words)
    label = escape(view.say("lab.verdicts"))
    return Html(f'<ul class="verdicts" aria-label="{label}">{Markup("").join(items)}</ul>')


def _what_ifs(view: View, row: pd.Series) -> Html:
    """Return what it would take, and what the pace of the best peers would give."""
    language, unit = view.language, view.unit(row["unit"])
    sentences = []
    if (enough := needed(view, row)) is not None:
        sentences.append(
            view.say(
                "lab.if.needed",
                change=language.change(abs(enough.change), unit),
                up=enough.change > 0,
                target=language.amount(row["target"], unit),
                year=int(row["target_year"]),
                fast=enough.as_fast,
                count=enough.peers,
            )
        )
    if (pace := like_best(view, row)) is not None:
        change = language.change(abs(pace.change), unit)
        if pace.relative:
            change = f"{language.number(abs(pace.change), 1)}\N{NO-BREAK SPACE}%"
        sentences.append(
            view.say(
                "lab.if.wrong" if pace.change * row["direction"] < 0 else "lab.if.best",
                change=change,
                up=pace.change > 0,
                count=pace.peers,
                value=language.amount(pace.value, unit),
                year=pace.year,
                met=pace.met,
            )
        )
    if not sentences:
        return Html("")
    heading = html.heading(view.say("lab.if.heading"), 4)
    body = html.join(heading, *map(html.paragraph, sentences))
    return Html(f'<section class="what-if">{body}</section>')


def _few(view: View, row: pd.Series) -> Html:
    """Return the one or two figures that there are, with why no trend is shown."""
    language, unit = view.language, view.unit(row["unit"])
    own, name = view.own(row["measure"]), language.name(row)
    columns = html.columns(view.say, "common", "year #value")
    rows = [[str(one.year), language.amount(one.value, unit)] for one in own.itertuples()]
    return html.join(
        html.heading(name, 3),
        html.paragraph(view.say("lab.few", count=len(own), least=MINIMUM)),
        html.table(columns, rows, name, titled=True),
        _level(view, row),
    )


def _level(view: View, row: pd.Series) -> Html:
    """Return the peers' newest figures, cities abroad named as such; '' where none has any."""
    figures = view.data.figures_of(*view.peers, *view.abroad).sort_values("year")
    others = figures[figures["measure"] == row["measure"]].drop_duplicates(
        "municipality", keep="last"
    )
    if others.empty:
        return Html("")
    names = view.names | cities(view.data, view.language)
    body = [
        [
            names[one.municipality],
            str(one.year),
            view.language.amount(one.value, view.unit(row["unit"])),
        ]
        for one in others.sort_values("value").itertuples()
    ]
    heads = html.columns(view.say, "lab.level", "place common.year #common.value")
    return html.table(heads, body, view.say("lab.level.caption"))


def _nothing(view: View, about: pd.Series) -> Html:
    """Return that a figure is missing, why, and for whom there is one."""
    rows = view.data.observations
    others = rows[rows["measure"] == about["measure"]]
    sentences = [view.say("lab.nothing", count=others["municipality"].nunique())]
    for reason, part in view.aside(about["measure"]).groupby("reason"):
        years = view.language.listed(str(year) for year in sorted(part["year"].unique()))
        sentences.append(view.say(f"common.aside.{reason}", years=years))
    heading = html.heading(view.language.name(about), 3)
    return html.join(heading, *map(html.paragraph, sentences))


def _source(view: View, about: pd.Series) -> str:
    """Return who published the figures of a measure, where, and under which licence."""
    return view.say(
        "lab.source",
        publisher=view.label("publisher", about["publisher"]),
        table="" if pd.isna(about["table"]) else about["table"],
        licence=about["licence"],
        boundaries=view.say("common.drawn", year=about["boundaries"]),
    )


def save(scenario: Scenario, out: Path = OUT) -> list[Path]:
    """Write a scenario as SVG, PNG and CSV, and return the three files.

    Files of the same measure that look otherwise stay: the new ones take a number.

    Raises
    ------
    UsageError
        If there is nothing to draw, or the folder cannot be written.
    """
    view, row = scenario.view, scenario.row
    if row is None or row["n"] < MINIMUM:
        raise UsageError(view.say("lab.refused.keep"))
    drawn, figures = svg(scenario), as_csv(table(scenario))
    stem = _free(below(out, apart(view, out)) / str(row["measure"]), drawn, figures)
    contents: dict[str, str | bytes] = {".svg": drawn, ".png": _png(drawn), ".csv": figures}
    files = [below(out, stem.with_name(f"{stem.name}{end}")) for end in contents]
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, contents.values(), strict=True):
            write(file, content)
    except OSError as error:
        raise UsageError(
            view.say("lab.refused.folder", folder=stem.parent, why=error.strerror)
        ) from None
    return files


def svg(scenario: Scenario) -> str:
    """Return the chart with its heading and source, as an SVG file that stands by itself."""
    view, row = scenario.view, scenario.row
    assert row is not None
    chart = trends.chart(view, row, scenario.choice.log)
    size = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')
    width, height = map(float, size.search(chart).groups())  # type: ignore[union-attr]
    unit = view.language.name(view.unit(row["unit"]), "symbol")
    about = f"{view.name}. {view.language.name(row)}{f' ({unit})' if unit else ''}"
    heading = _lines(about, _ROOM, _LARGE, INK, bold=True)
    top = _ROOM * 1.5 + _LINE * _LARGE * len(heading)
    # Lines and areas are explained below the chart, as the picture has no key beside it.
    compared = len(trends.peers_of(view, row["measure"])) > 1
    tried = scenario.choice.target is not None
    marks = view.say(
        "lab.marks",
        group=view.group_name if compared else "",
        target="tried" if tried else "set" if pd.notna(row["target"]) else "",
        ahead=trends.says_ahead(row),
    )
    source = _source(view, view.measure(scenario.choice.measure))
    notes = _lines(f"{marks} {source}", top + height, _SMALL, PEERS)
    total = top + height + _LINE * _SMALL * len(notes) + _ROOM
    placed = f'x="{(_WIDTH - width) / 2}" y="{top}" width="{width}" height="{height}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}pt" height="{total}pt" '
            f'viewBox="0 0 {_WIDTH} {total}" font-family="{_FONT}, Verdana, sans-serif">',
            f'<rect width="{_WIDTH}" height="{total}" fill="#fff"/>',
            *heading,
            size.sub(placed, chart, count=1),
            *notes,
            "</svg>\n",
        ]
    )


def _png(drawn: str) -> bytes:
    """Return an SVG of `svg` as a bitmap."""
    import resvg_py
    from matplotlib import get_data_path

    fonts = Path(get_data_path()) / "fonts" / "ttf"
    files = [str(fonts / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawn, dpi=_DOTS, font_files=files, font_family=_FONT, skip_system_fonts=True
        )
    )


def table(scenario: Scenario) -> pd.DataFrame:
    """Return the figures behind a scenario, and the projection where it is shown.

    Returns
    -------
    DataFrame
        The columns `_COLUMNS`: kind is 'figure' or 'projection', peers how many have a figure;
        values are in the unit of the measure.
    """
    view, row = scenario.view, scenario.row
    assert row is not None
    own = view.own(row["measure"])[["year", "value", "status", "origin"]].assign(kind="figure")
    peers = trends.peers_of(view, row["measure"]).drop(columns="measure")
    rows = own.merge(peers, on="year", how="left")
    if pd.notna(row["projected"]):
        ahead = {"kind": "projection", "year": int(row["to_year"]), "value": row["projected"]}
        ends = {"low80": row["low80"], "high80": row["high80"]}
        rows = pd.concat([rows, pd.DataFrame([ahead | ends])], ignore_index=True)
    rows = rows.assign(
        municipality=view.number,
        name=view.name,
        compared_with=view.group_name,
        target_tried="yes" if scenario.choice.target is not None else "no",
        source=f"{row['publisher']} {'' if pd.isna(row['table']) else row['table']}".strip(),
        **row[["measure", "unit", "target", "target_year", "licence"]].to_dict(),
    )
    return rows.astype({"peers": "Int64"}).reindex(columns=_COLUMNS)


def _free(stem: Path, drawn: str, figures: bytes) -> Path:
    """Return the name, or the first one with a number, that no other scenario is saved under."""
    for number in range(1, 1000):
        tried = stem if number == 1 else stem.with_name(f"{stem.name}-{number}")
        picture, numbers = (tried.with_name(f"{tried.name}{end}") for end in (".svg", ".csv"))
        known = {picture: drawn.encode(), numbers: figures}
        there = [file for file in known if file.exists()]
        if not there or (len(there) == 2 and all(read(file) == known[file] for file in there)):
            return tried
    return stem


def _lines(text: str, top: float, size: float, colour: str, bold: bool = False) -> list[str]:
    """Return a text as lines of the picture's width, from `top` down."""
    lines = textwrap.wrap(text, int((_WIDTH - 2 * _ROOM) / ((0.62 if bold else 0.53) * size)))
    weight = ' font-weight="700"' if bold else ""
    return [
        f'<text x="{_ROOM}" y="{top + _LINE * size * at + size:.1f}" font-size="{size}" '
        f'fill="{colour}"{weight}>{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
