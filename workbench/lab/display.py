"""What IPython shows of the workbench's objects: short tables, with small charts in them.

For analysts, in English and by the names of columns, as the plain representations are; names and
numbers in the reader's language. Colours are those of whatever page it stands in, light or dark.
Nothing below knows of it: the objects are registered with IPython by their names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

if TYPE_CHECKING:
    from workbench.analysis.regression.model import Regression
    from workbench.analysis.regression.slopes import Slopes
    from workbench.briefs.view import View
    from workbench.dataset import Dataset
    from workbench.lab.run_brief import Brief

Cells = Sequence[str | Markup]

#: Set to 1 where nobody looks: an executed notebook beside a brief need not hold the tables.
PLAIN = "WORKBENCH_PLAIN"

#: Width and height of a small chart, and the room that its dots need (px).
_WIDTH, _HEIGHT, _ROOM = 110, 20, 3

#: How many municipalities stand at each end of a table of them.
_ENDS = 5


def register() -> None:
    """Have the IPython that this is called in show tables and offer names, if it is in one."""
    if "IPython" not in sys.modules or os.environ.get(PLAIN) == "1":
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    formatter = getattr(shell, "display_formatter", None)
    if formatter is None:
        return
    for module, name in TABLES:
        formatter.formatters["text/html"].for_type_by_name(module, name, table)

    from workbench.lab import completion

    completion.register(shell)


def table(value: Any) -> str:
    """Return the table that a notebook shows of an object whose kind is in `TABLES`."""
    return TABLES[type(value).__module__, type(value).__name__](value)


def _dataset(data: Dataset) -> str:
    """Return facts about all figures, and how many there are of each year."""
    counts = data.observations.groupby("year").size()
    rows: list[Cells] = [line.split(": ", 1) for line in repr(data).splitlines()]
    if len(counts):
        ends = f"{counts.index[0]}: {counts.iloc[0]:,}; {counts.index[-1]}: {counts.iloc[-1]:,}"
        most = f"most in {counts.idxmax()}: {counts.max():,}"
        chart = sparkline([counts], f"Figures by year. {ends}; {most}.")
        rows.append(["Figures by year", chart])
    return _table("Dataset", [], rows)


def _view(view: View) -> str:
    """Return some columns of `View.assessed`, with each measure's figures as a small chart."""
    rows = [_assessed(view, row) for row in view.assessed.to_dict("records")]
    heads = ["measure", "figures", "last", "outcome, reading", "peers_median", "target", "verdict"]
    return _table(repr(view), heads, rows)


def _assessed(view: View, row: dict[Any, Any]) -> Cells:
    language, unit = view.language, view.unit(row["unit"])

    def amount(value: float) -> str:
        return "" if pd.isna(value) else language.amount(value, unit)

    own = view.own(row["measure"]).set_index("year")["value"]
    broken = row["broken_at"]
    parts = [own] if pd.isna(broken) else [own.loc[: broken - 1], own.loc[broken:]]
    ends = f"{own.index[0]}: {amount(own.iloc[0])}; {own.index[-1]}: {amount(own.iloc[-1])}"
    target = None if pd.isna(row["target"]) else float(row["target"])
    by = "" if pd.isna(row["target_year"]) else f"{row['target_year']:.0f}"
    moves = [row["outcome"], "" if pd.isna(row["reading"]) else row["reading"]]
    chance = "" if pd.isna(row["chance"]) else f" ({row['chance']:.0%})"
    return [
        Markup("{}<br><code>{}</code>").format(language.name(row), row["measure"]),
        sparkline([part for part in parts if len(part)], ends, target),
        f"{amount(row['last'])}, {row['last_year']:.0f}",
        ", ".join(filter(None, moves)),
        amount(row["peers_median"]),
        "" if target is None else ", ".join(filter(None, (amount(target), by))),
        f"{row['verdict']}{chance}",
    ]


def _brief(made: Brief) -> str:
    """Return the answer of a brief, and where it lies."""
    answer = Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in made.answer)
    path = Path(made.path)
    rows: list[Cells] = [
        ["In short", answer],
        ["File", Markup("<code>{}</code>").format(str(path))],
        ["Size", f"{path.stat().st_size / 1000:,.0f} kB"],
    ]
    return _table(made.title, [], rows)


def _regression(model: Regression) -> str:
    """Return the terms of a model, each with its interval drawn, and its reading."""
    ends = model.terms[["effect_low", "effect_high"]].to_numpy()
    reach = float(np.nanmax(np.abs(ends), initial=0)) or 1.0
    rows: list[Cells] = []
    for row in model.terms.itertuples():
        interval, p, drawn = "", "", Markup("")
        if not row.alone:
            interval = f"{row.low:.4g} to {row.high:.4g}"
            p = f"{row.p:.3f}" if row.p >= 0.001 else "< 0.001"
            drawn = _interval(row.effect_low, row.effect, row.effect_high, reach)
        coefficient, vif = f"{row.coefficient:.4g}", f"{row.vif:.1f}"
        rows.append([row.term, coefficient, interval, p, vif, drawn])
    heads = ["term", "coefficient", "95 % interval", "p", "vif", "effect"]
    about = (
        f"{model.formula}: {model.municipalities} municipalities, {model.n} figures, "
        f"{model.effects} effects, {model.errors} errors, R² {model.r2:.3f}, "
        f"within R² {model.within_r2:.3f}, condition {model.condition:.1f}"
    )
    reading = Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence in model.reading)
    return _table(about, heads, rows) + f"<ul>{reading}</ul>"


def _slopes(model: Slopes) -> str:
    """Return the municipalities that change most, up and down, with their intervals."""
    rows = model.table.sort_values("place", kind="stable")
    if len(rows) > 2 * _ENDS:
        rows = pd.concat([rows.head(_ENDS), rows.tail(_ENDS)])
    cells = [
        [
            f"{row.place}",
            row.municipality,
            f"{row.change:+.3g}",
            f"{row.low:+.3g} to {row.high:+.3g}",
            row.pace,
        ]
        for row in rows.itertuples()
    ]
    return _table(repr(model), ["place", "municipality", "change", "95 % interval", "pace"], cells)


#: The table of each kind of object, by its module and name.
TABLES: dict[tuple[str, str], Callable[[Any], str]] = {
    ("workbench.lab.strip", "StaticStrip"): lambda strip: _view(strip.view),
    ("workbench.dataset.model", "Dataset"): _dataset,
    ("workbench.lab.run_brief", "Brief"): _brief,
    ("workbench.analysis.regression.model", "Regression"): _regression,
    ("workbench.analysis.regression.slopes", "Slopes"): _slopes,
    ("workbench.briefs.view", "View"): _view,
}


def sparkline(parts: Sequence[pd.Series], alt: str, target: float | None = None) -> Markup:
    """Return figures by year as a line of a few pixels, ending in a dot.

    Parameters
    ----------
    parts : sequence of Series
        Values by year; the line is broken between two of them.
    alt : str
        What it shows, in words.
    target : float, optional
        A value that is drawn as a dashed line across.
    """
    whole = pd.concat(list(parts)).astype(float)
    levels = [*whole, *([] if target is None else [target])]
    (first, last), (low, high) = (whole.index.min(), whole.index.max()), (min(levels), max(levels))

    def point(year: float, value: float) -> tuple[str, str]:
        share = (value - low) / (high - low) if high > low else 0.5
        return _across((year - first) / (last - first or 1)), _px(
            (1 - share) * (_HEIGHT - 2 * _ROOM) + _ROOM
        )

    line = '<polyline points="{}" fill="none" stroke="currentColor" stroke-width="1.2"/>'
    drawn = [
        line.format(" ".join(",".join(point(*each)) for each in part.items())) for part in parts
    ]
    if target is not None:
        dashed = '<path d="M0 {}H{}" stroke="currentColor" stroke-dasharray="2 3" opacity=".7"/>'
        drawn.append(dashed.format(point(last, target)[1], _WIDTH))
    dot = '<circle cx="{}" cy="{}" r="2" fill="currentColor"/>'
    drawn.append(dot.format(*point(last, whole.loc[last])))
    return _svg(alt, drawn)


def _interval(low: float, middle: float, high: float, reach: float) -> Markup:
    """Return an effect with its interval, drawn beside zero."""
    left, at, right, zero = (_across((x / reach + 1) / 2) for x in (low, middle, high, 0))
    half = _px(_HEIGHT / 2)
    drawn = [
        f'<path d="M{zero} 0V{_HEIGHT}" stroke="currentColor" opacity=".5"/>',
        f'<path d="M{left} {half}H{right}" stroke="currentColor" stroke-width="2"/>',
        f'<circle cx="{at}" cy="{half}" r="3" fill="currentColor"/>',
    ]
    return _svg(f"{middle:.3g} ({low:.3g} to {high:.3g}) between the quartiles", drawn)


def _across(share: float) -> str:
    return _px(share * (_WIDTH - 2 * _ROOM) + _ROOM)


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _svg(alt: str, drawn: Sequence[str]) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(alt, _WIDTH, _HEIGHT, _WIDTH, _HEIGHT, Markup("".join(drawn)))


_TABLE = jinja2.Environment(autoescape=True).from_string(
    """<table><caption style="text-align:left">{{ caption }}</caption>
{%- if heads %}<thead><tr>
  {%- for head in heads %}<th scope="col" style="text-align:left">{{ head }}</th>{% endfor -%}
</tr></thead>{% endif %}<tbody>
{%- for row in rows %}<tr><th scope="row" style="text-align:left">{{ row[0] }}</th>
  {%- for cell in row[1:] -%}
  <td style="text-align:left{{ ';white-space:nowrap' if heads }}">{{ cell }}</td>
  {%- endfor %}</tr>{% endfor %}</tbody></table>"""
)


def _table(caption: str, heads: Sequence[str], rows: Sequence[Cells]) -> str:
    """Return a table; a row's first cell heads it. Without `heads` its rows are facts."""
    return _TABLE.render(caption=caption, heads=heads, rows=rows)
