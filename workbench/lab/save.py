"""Keeping a scene: its chart as a picture that stands by itself, its figures as a table."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pandas as pd
from markupsafe import escape

from workbench.briefs import trends
from workbench.charts import INK, PEERS
from workbench.dataset import DATA
from workbench.errors import UsageError
from workbench.export.components import as_csv
from workbench.lab.scenario import Scene
from workbench.lab.scenario_data import apart
from workbench.rendering.page import write
from workbench.storage.files import below, read

#: Where briefs go, and what is kept beside them in a folder of its own; nothing of it is in git.
OUT = DATA.parent / "outputs"

#: The typeface that texts are measured in; matplotlib brings it, so that it is always there.
_FONT = "DejaVu Sans"

#: Width of the picture and the room around, in points; how high a line is, in sizes of its text.
_WIDTH, _ROOM, _LINE = 330.0, 10.0, 1.35

#: Sizes of the heading and of what stands below the chart, in points.
_LARGE, _SMALL = 10.5, 6.5

#: Dots per inch of a bitmap, fit for print.
_DOTS = 288


def keep(scene: Scene, out: Path = OUT) -> list[Path]:
    """Write a scene as SVG, PNG and CSV, and return the three files.

    An earlier scene of the same measure that looks otherwise is kept: the new one takes a number.

    Raises
    ------
    UsageError
        If there is nothing to draw, or the folder cannot be written.
    """
    if scene.row is None or scene.row["n"] < trends.MINIMUM:
        raise UsageError(scene.view.say("lab.refused.keep"))
    drawn, figures = svg(scene), as_csv(table(scene))
    contents: list[str | bytes] = [drawn, png(drawn), figures]
    stem = _free(below(out, apart(scene.view, out)) / str(scene.row["measure"]), drawn, figures)
    files = [below(out, stem.with_name(f"{stem.name}{end}")) for end in (".svg", ".png", ".csv")]
    try:
        files[0].parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, contents, strict=True):
            write(file, content)
    except OSError as error:
        raise UsageError(
            scene.view.say("lab.refused.folder", folder=files[0].parent, why=error.strerror)
        ) from None
    return files


def svg(scene: Scene) -> str:
    """Return the chart with its heading and source, as an SVG file that stands by itself."""
    seen, row = scene.view, scene.row
    assert row is not None
    chart = trends.chart(seen, row, scene.choice.log)
    width, height = (
        float(re.search(rf'{side}="([\d.]+)pt"', chart)[1])  # type: ignore[index]
        for side in ("width", "height")
    )
    unit = seen.language.name(seen.unit(row["unit"]), "symbol")
    about = f"{seen.name}. {seen.language.name(row)}{f' ({unit})' if unit else ''}"
    above = _text(about, _ROOM, _LARGE, INK, bold=True)
    top = _ROOM * 1.5 + _LINE * _LARGE * len(above)
    below = _text(f"{_marks(scene)} {_source(scene)}", top + height, _SMALL, PEERS)
    total = top + height + _LINE * _SMALL * len(below) + _ROOM
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}pt" height="{total}pt" '
            f'viewBox="0 0 {_WIDTH} {total}" font-family="{_FONT}, Verdana, sans-serif">',
            f'<rect width="{_WIDTH}" height="{total}" fill="#fff"/>',
            *above,
            re.sub(
                r'width="[\d.]+pt" height="[\d.]+pt"',
                f'x="{(_WIDTH - width) / 2}" y="{top}" width="{width}" height="{height}"',
                chart,
                count=1,
            ),
            *below,
            "</svg>\n",
        ]
    )


def png(drawn: str) -> bytes:
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


def table(scene: Scene) -> pd.DataFrame:
    """Return the figures behind a scene, and the projection where it is shown.

    Returns
    -------
    DataFrame
        kind ('figure' or 'projection'), municipality, name, measure, year, value, low80, high80
        (unit of the measure), unit, status, origin, peers (how many have a figure), peers_low,
        peers_median, peers_high, compared_with, target, target_year, target_tried, source,
        licence.
    """
    seen, row = scene.view, scene.row
    assert row is not None
    own = seen.own(row["measure"])[["year", "value", "status", "origin"]].assign(kind="figure")
    peers = trends.beside(seen, row["measure"]).drop(columns="measure")
    rows = own.merge(peers, on="year", how="left")
    if pd.notna(row["projected"]):
        ahead = {"kind": "projection", "year": int(row["to_year"]), "value": row["projected"]}
        ends = {"low80": row["low80"], "high80": row["high80"]}
        rows = pd.concat([rows, pd.DataFrame([ahead | ends])], ignore_index=True)
    facts = {
        "municipality": seen.number,
        "name": seen.name,
        "measure": row["measure"],
        "unit": row["unit"],
        "compared_with": seen.group_name,
        "target": row["target"],
        "target_year": row["target_year"],
        "target_tried": "yes" if scene.choice.target is not None else "no",
        "source": f"{row['publisher']} {'' if pd.isna(row['table']) else row['table']}".strip(),
        "licence": row["licence"],
    }
    columns = ["kind", "municipality", "name", "measure", "year", "value", "low80", "high80"]
    columns += ["unit", "status", "origin", "peers", "peers_low", "peers_median", "peers_high"]
    columns += ["compared_with", "target", "target_year", "target_tried", "source", "licence"]
    whole = rows.assign(**facts).astype({"peers": "Int64"})
    return whole.reindex(columns=columns)


def _free(stem: Path, drawn: str, figures: bytes) -> Path:
    """Return the name, or the first one with a number, under which nothing else is kept."""
    for number in range(1, 1000):
        tried = stem if number == 1 else stem.with_name(f"{stem.name}-{number}")
        picture, numbers = (tried.with_name(f"{tried.name}{end}") for end in (".svg", ".csv"))
        if not (picture.exists() or numbers.exists()):
            return tried
        same = picture.exists() and read(picture) == drawn.encode()
        if same and numbers.exists() and read(numbers) == figures:
            return tried
    return stem


def _marks(scene: Scene) -> str:
    """Return what lines and areas mean, as the picture has no key beside it."""
    seen, row = scene.view, scene.row
    assert row is not None
    aim = "tried" if scene.choice.target is not None else "set" if pd.notna(row["target"]) else ""
    return seen.say(
        "lab.marks",
        group=seen.group_name if len(trends.beside(seen, row["measure"])) > 1 else "",
        target=aim,
        ahead=trends.says_ahead(row),
    )


def _source(scene: Scene) -> str:
    from workbench.lab.page import source

    return source(scene.view, scene.view.measure(scene.choice.measure))


def _text(text: str, top: float, size: float, colour: str, bold: bool = False) -> list[str]:
    """Return a text as lines of the picture's width, from `top` down."""
    lines = textwrap.wrap(text, int((_WIDTH - 2 * _ROOM) / ((0.62 if bold else 0.53) * size)))
    weight = ' font-weight="700"' if bold else ""
    return [
        f'<text x="{_ROOM}" y="{top + _LINE * size * at + size:.1f}" font-size="{size}" '
        f'fill="{colour}"{weight}>{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
