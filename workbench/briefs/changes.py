"""The notebook that says what has changed since an earlier run: figures, verdicts, projections.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> then = wb.changes.earlier(view)
>>> rows = wb.changes.table(view, then)
>>> rows.loc["voter_turnout_storting", ["last_year_before", "last_year"]].tolist()
[2021.0, 2025.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench import charts
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.briefs.view import view as view_of
from workbench.errors import UsageError
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: What is compared, as `View.assessed` and ``components.csv`` both have it.
_FIGURES = ("n", "first_year", "last_year", "last")
_VERDICTS = ("outcome", "reading", "target_met", "verdict", "eurostat", "unsd", "sdsn", "germany")
_SAID = tuple(column for column in _VERDICTS if column != "reading")
_AHEAD = ("to_year", "projected", "low80", "high80", "chance")


@dataclass(frozen=True)
class Earlier:
    """What a run is set beside: `kind` is 'year', 'folder' or 'file'; `name` says which.

    `rows` has a row per measure with the columns that are compared.
    """

    kind: str
    name: str
    rows: pd.DataFrame


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "changes")


def earlier(view: View, before: str = "") -> Earlier:
    """Return what the figures of `view` are set beside.

    Parameters
    ----------
    view : View
    before : str
        A folder of figures, as ``data``; the ``components.csv`` of a run; or empty: the same
        figures as they were before those of each measure's newest year were known.

    Raises
    ------
    UsageError
        If there is no such folder or file, or it holds nothing of this municipality.
    """
    path = Path(before)
    if not before:
        known = view.data.observations
        newest = known.groupby("measure")["year"].transform("max")
        data = replace(view.data, observations=known[known["year"] < newest])
        rows = replace(view, data=data).assessed
        return Earlier("year", "", rows.set_index("measure"))
    if path.is_dir():
        then = view_of(before, view.number, view.language.code, view.group)
        return Earlier("folder", path.name, then.assessed.set_index("measure"))
    try:
        rows = pd.read_csv(path, dtype={"municipality": str, "target_met": object})
        rows = rows[rows["municipality"] == view.number].set_index("measure")
        rows[[*_FIGURES, *_VERDICTS, *_AHEAD]]
    except (OSError, ValueError, KeyError):
        raise UsageError(
            f"{before} is neither a folder of figures nor a components.csv of a run. Name one, or "
            "leave it empty to see what each measure's newest year brought."
        ) from None
    if rows.empty:
        raise UsageError(f"{before} holds nothing of {view.name}. Name the file of its own folder.")
    return Earlier("file", path.name, rows)


def table(view: View, then: Earlier) -> pd.DataFrame:
    """Return each measure as it was and as it is.

    Returns
    -------
    DataFrame
        By measure: the compared columns of `View.assessed`, and each with ``_before``; missing
        where there was or is none. `figures`, `verdicts` and `ahead` say what is another.
    """
    columns = [*_FIGURES, *_VERDICTS, *_AHEAD]
    now = view.assessed.set_index("measure")[columns]
    both = now.join(then.rows[columns].add_suffix("_before"), how="outer")
    both = both.loc[sorted(both.index, key=[*view.data.measures["measure"], *both.index].index)]
    for name, part in (("figures", _FIGURES), ("verdicts", _VERDICTS), ("ahead", _AHEAD)):
        both[name] = False
        for column in part:
            both[name] |= ~_same(both[column], both[f"{column}_before"])
    return both


def summary(view: View, then: Earlier) -> Html:
    """Return the box 'in short': what is set beside what, and how much is another."""
    say, rows = view.say, table(view, then)
    counts = {key: int(rows[key].sum()) for key in ("figures", "verdicts", "ahead")}
    better, worse = (_turned(rows, word) for word in ("better", "worse"))
    answer = [
        say(f"changes.against.{then.kind}", name_of=then.name),
        say("changes.short.counts", total=len(rows), **counts),
        say("changes.short.better", names=_names(view, better)) if better else "",
        say("changes.short.worse", names=_names(view, worse)) if worse else "",
    ]
    gone = [str(one) for one in rows.index[rows["n"].isna()]]
    missing = say("changes.short.gone", names=_names(view, gone)) if gone else ""
    return pieces.in_short(view, answer, say("changes.short.sure"), missing)


def figures(view: View, then: Earlier) -> Html:
    """Return the newest figures that are others."""
    rows = table(view, then)
    body = []
    for row in _rows(rows[rows["figures"]]):
        unit = view.unit(view.measure(row["measure"])["unit"])
        kind = _kind(row)
        was, now = (_figure(view, row, unit, end) for end in ("_before", ""))
        body.append([_name(view, row), was, now, view.say(f"changes.kind.{kind}")])
    return _section(view, "figures", body, "name was now kind")


def verdicts(view: View, then: Earlier) -> Html:
    """Return the readings and the verdicts of published methods that are others."""
    rows = table(view, then)
    body = []
    for row in _rows(rows[rows["verdicts"]]):
        for column in _SAID:
            was, now = (_word(view, row, column, end) for end in ("_before", ""))
            if was != now:
                body.append([_name(view, row), _column(view, column), was, now])
    return _section(view, "verdicts", body, "name what was now")


def projections(view: View, then: Earlier) -> Html:
    """Return the projections that are others, and how far each moved beside its range."""
    say, language, rows = view.say, view.language, table(view, then)
    body, moved = [], []
    for row in _rows(rows[rows["ahead"]]):
        unit = view.unit(view.measure(row["measure"])["unit"])
        cells = []
        for end in ("_before", ""):
            value = row[f"projected{end}"]
            ahead = pd.isna(value) or pd.isna(row[f"low80{end}"])
            text = say("common.no_figure") if ahead else language.amount(value, unit)
            year = "" if ahead else f"{row[f'to_year{end}']:.0f}"
            cells.append(html.small(text, year))
        chances = [_chance(view, row[f"chance{end}"]) for end in ("_before", "")]
        body.append([_name(view, row), *cells, *chances])
        width = (row["high80_before"] - row["low80_before"]) / 2
        if row["to_year"] == row["to_year_before"] and width > 0:
            step = (row["projected"] - row["projected_before"]) / width
            moved.append((_name(view, row), step))
    drawn = pd.DataFrame(moved, columns=["label", "step"]).dropna()
    drawn = drawn.loc[drawn["step"].abs().sort_values(ascending=False).index].head(12)
    picture = Html("")
    if len(drawn) > 1:
        svg = charts.moves_chart(
            drawn,
            name="changes-moves",
            alt=say("changes.projections.alt", names=language.listed(drawn["label"].head(3))),
            axis=say("changes.projections.axis"),
            scale=language.number,
        )
        picture = html.figure(svg, say("changes.projections.subtitle"))
    text = _section(view, "projections", body, "name was now chance_before chance")
    return html.join(text, picture)


def sources(view: View, then: Earlier) -> Html:
    """Return where the figures that are compared come from."""
    return pieces.sources(view, [m for m in table(view, then).index if len(view.own(str(m)))])


def _section(view: View, key: str, body: list[list[str]], heads: str) -> Html:
    say, count = view.say, len({row[0] for row in body})
    below = html.paragraph(say(f"changes.{key}.none"))
    if body:
        columns = html.columns(say, "changes.head", heads)
        below = html.table(columns, body, say(f"changes.{key}.caption"), titled=True)
    return html.join(html.heading(say(f"changes.{key}.heading", count=count)), below)


def _rows(rows: pd.DataFrame) -> Sequence[Row]:
    return records(rows.rename_axis("measure").reset_index())


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    return pd.Series([*map(_alike, one, other)], index=one.index)


def _alike(one: object, other: object) -> bool:
    nothing = [pd.isna(each) or each == "" for each in (one, other)]
    if any(nothing):
        return all(nothing)
    try:  # a CSV file keeps numbers to some digits
        return abs(float(one) - float(other)) <= 1e-6 * max(1.0, abs(float(one)))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(one).casefold() == str(other).casefold()


def _kind(row: Row) -> str:
    if pd.isna(row["last_year_before"]):
        return "first"
    if pd.isna(row["last_year"]):
        return "gone"
    if row["last_year"] > row["last_year_before"]:
        return "newer"
    return "revised" if not _alike(row["last"], row["last_before"]) else "earlier"


def _figure(view: View, row: Row, unit: Row, end: str) -> str:
    if pd.isna(row[f"last{end}"]):
        return view.say("common.no_figure")
    year = f"{row[f'last_year{end}']:.0f}"
    return html.small(view.language.amount(row[f"last{end}"], unit), year)


def _chance(view: View, value: float) -> str:
    none = pd.isna(value)
    return view.say("common.no_figure") if none else pieces.chance(view, "trends.ahead", value)


def _column(view: View, column: str) -> str:
    if column in ("eurostat", "unsd", "sdsn", "germany"):
        return view.say(f"trends.verdict.{column}")
    return view.say(f"changes.column.{column}")


def _word(view: View, row: Row, column: str, end: str) -> str:
    """Return a reading or a verdict in the reader's words."""
    value = row[f"{column}{end}"]
    if pd.isna(value) or value in ("", "not_available"):
        return view.say("common.no_figure")
    if column == "outcome":
        reading = row[f"reading{end}"]
        value = reading if reading in ("better", "worse") else value
        return view.say(f"changes.way.{'short' if value == 'too few' else value}")
    if column == "verdict":
        return view.say(f"changes.aim.{value}")
    if column == "target_met":
        return view.say(f"changes.{'met' if str(value) == 'True' else 'unmet'}")
    return view.say(f"trends.verdict.{column}_word.{value}")


def _turned(rows: pd.DataFrame, word: str) -> list[str]:
    turned = (rows["reading"] == word) & (rows["reading_before"] != word)
    return [str(one) for one in rows.index[turned]]


def _name(view: View, row: Row) -> str:
    return view.language.name(view.measure(row["measure"]))


def _names(view: View, measures: list[str]) -> str:
    names = [view.language.inside(view.language.name(view.measure(one))) for one in measures]
    return view.some(names)
