"""The brief 'Are we moving, and which way?': each measure with three or more years."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench import charts, html
from workbench.assessment import MINIMUM
from workbench.html import Column, Html
from workbench.views import View

#: Newest figures from before this many years ago are named as old.
_OLD = 4


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("trends")


def shown(view: View) -> pd.DataFrame:
    """Return the assessed measures that a trend can be shown for: three years on one level."""
    return view.assessed[view.assessed["n"] >= MINIMUM]


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    say, language = view.say, view.language
    rows = shown(view)
    judged = rows[rows["direction"] != 0]
    by_reading = {key: judged[judged["reading"] == key] for key in ("better", "worse")}
    outcome = judged["outcome"].value_counts()
    left = int((view.assessed["n"] < MINIMUM).sum())
    sentences = [
        say(
            "trends.short.direction",
            total=len(judged),
            better=len(by_reading["better"]),
            worse=len(by_reading["worse"]),
        )
    ]
    for key, part in by_reading.items():
        names = [language.inside(language.name(row)) for _, row in part.iterrows()]
        if names:
            sentences.append(say(f"trends.short.{key}", names=_some(view, names)))
    sentences.append(
        say(
            "trends.short.unsure",
            unclear=int(outcome.get("unclear", 0) + outcome.get("unchanged", 0)),
            short=int(outcome.get("short", 0) + outcome.get("overlapping", 0)),
        )
    )
    sentences.append(say("trends.short.sure"))
    if left:
        sentences.append(say("trends.short.missing", count=left))
    return html.in_short(say("common.in_short"), sentences)


def overview(view: View) -> Html:
    """Return all measures in one table: period, yearly change, uncertainty, direction."""
    say, language = view.say, view.language
    rows = []
    for _, row in shown(view).iterrows():
        unit = view.unit(row["unit"])
        interval = (
            say("trends.overview.from_to", **_interval(view, row, unit))
            if pd.notna(row["low"])
            else say("common.no_figure")
        )
        word = row["reading"] if row["reading"] in ("better", "worse") else row["outcome"]
        rows.append(
            [
                Markup('<a href="#{}">{}</a>').format(row["measure"], language.name(row)),
                language.span(row["first_year"], row["last_year"]),
                language.change(row["slope"], unit, signed=True),
                interval,
                Markup('<span class="word {}">{}</span>').format(word, say(f"trends.word.{word}")),
            ]
        )
    columns = [
        Column(say("common.measure")),
        *[
            Column(say(f"trends.overview.{key}"), numeric=key in ("change", "interval"))
            for key in ("period", "change", "interval", "reading")
        ],
    ]
    return html.join(
        html.heading(say("trends.overview.heading")),
        html.table(columns, rows, say("trends.overview.caption"), titled=True),
        html.paragraph(say("trends.overview.note"), "note"),
    )


def key(view: View) -> Html:
    """Return what the marks in the charts mean, and whom the municipality is compared with."""
    marks = ("own", "preliminary", "before", "median", "range", "target")
    items = charts.key([(mark, view.say(f"trends.chart.key_{mark}")) for mark in marks])
    return html.join(
        html.heading(view.say("trends.chart.key")),
        view.comparison(),
        f'<ul class="key">{items}</ul>',
    )


def measures(view: View) -> Html:
    """Return a section for each measure: the sentence, the chart and its numbers."""
    rows = shown(view)
    pieces = []
    for dimension in view.data.labels.query("kind == 'dimension'")["key"]:
        part = rows[rows["dimension"] == dimension]
        if len(part):
            pieces.append(html.heading(view.label("dimension", dimension)))
            pieces += [section(view, row) for _, row in part.iterrows()]
    background = rows[rows["dimension"].isna()]
    if len(background):
        pieces.append(html.heading(view.say("trends.heading.background")))
        pieces += [section(view, row) for _, row in background.iterrows()]
    return html.join(*pieces)


def section(view: View, row: pd.Series) -> Html:
    """Return one measure: what its figures say, how sure, from what, and the chart."""
    sentences = Markup(" ").join(_sentences(view, row))
    notes = Markup(" ").join(_notes(view, row))
    return Html(
        Markup('<section class="measure"><div>{}{}{}</div>{}</section>').format(
            Markup(html.heading(view.language.name(row), 3, row["measure"])),
            Markup("<p>{}</p>").format(sentences),
            Markup('<p class="note">{}</p>').format(notes) if notes else "",
            Markup(_figure(view, row)),
        )
    )


def left_out(view: View) -> Html:
    """Return the measures with too few years."""
    rows = view.assessed[view.assessed["n"] < MINIMUM]
    if rows.empty:
        return Html("")
    items = Markup("").join(
        Markup("<li>{} ({})</li>").format(
            view.language.name(row), view.language.span(row["first_year"], row["last_year"])
        )
        for _, row in rows.iterrows()
    )
    return html.join(
        html.heading(view.say("trends.left.heading")),
        html.paragraph(view.say("trends.left.lead")),
        Markup("<ul>{}</ul>").format(items),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return view.sources(list(shown(view)["measure"]))


def _sentences(view: View, row: pd.Series) -> list[str]:
    """Return what the figures say: change, certainty, target, group."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    said = [
        say(
            f"trends.outcome.{row['outcome']}",
            first=language.amount(row["first"], unit),
            last=language.amount(row["last"], unit),
            slope=language.change(abs(row["slope"]), unit),
            window=row["window"],
            n=row["n"],
            first_year=row["first_year"],
            last_year=row["last_year"],
        )
    ]
    if row["reading"]:
        said.append(say(f"trends.reading.{row['reading']}"))
    if row["outcome"] in ("rising", "falling", "unclear"):
        name = language.name(unit, "change")
        said.append(say("trends.detail.interval", unit=name, **_interval(view, row, unit)))
    said += _target_sentences(view, row, unit)
    if row["peers"] >= MINIMUM:
        median = language.amount(row["peers_median"], unit)
        said.append(
            say("trends.detail.peers", median=median, count=row["peers"], year=row["last_year"])
        )
    return said


def _target_sentences(view: View, row: pd.Series, unit: pd.Series) -> list[str]:
    if pd.isna(row["target"]):
        return []
    say, language = view.say, view.language
    facts = {
        "target": language.amount(row["target"], unit),
        "year": None if pd.isna(row["target_year"]) else row["target_year"],
        "gap": language.gap(abs(row["target_gap"]), unit),
        "scope": say(f"common.scope.{row['target_scope']}"),
    }
    said = [say(f"trends.detail.{'target_met' if row['target_met'] else 'target_away'}", **facts)]
    if pd.notna(row["target_required"]):
        said.append(
            say(
                "trends.detail.required",
                required=language.change(row["target_required"], unit, signed=True),
                slope=language.change(row["slope"], unit, signed=True),
            )
        )
    said.append(say("trends.detail.target_basis", basis=language.name(row, "target_basis")))
    return said


def _notes(view: View, row: pd.Series) -> list[str]:
    """Return what the reader must know of the figures: breaks, mergers, how they differ."""
    say, language = view.say, view.language
    notes = []
    if pd.notna(row["kpi"]):
        notes.append(
            say(
                f"trends.detail.{row['relation']}",
                kpi=language.name(row, "kpi"),
                differs=language.name(row, "differs"),
            )
        )
    if pd.notna(row["broken_at"]):
        breaks = view.data.breaks.set_index(["measure", "year"])
        reason = language.name(breaks.loc[(row["measure"], int(row["broken_at"]))], "reason")
        notes.append(say("trends.detail.broken", year=int(row["broken_at"]), reason=reason))
    if pd.notna(row["status"]):
        notes.append(say("trends.detail.preliminary", year=row["last_year"]))
    if row["last_year"] < view.data.observations["year"].max() - _OLD:
        notes.append(say("trends.detail.old", year=row["last_year"]))
    notes += _boundary_notes(view, row["measure"])
    note = language.name(row, "note")
    return [*notes, note] if note else notes


def _boundary_notes(view: View, measure: str) -> list[str]:
    """Return how figures from before a merger came about, and why some are not there."""
    say, language = view.say, view.language
    own = view.own(measure)
    merged = own[own["sources"].str.contains("+", regex=False)]
    notes = []
    if len(merged):
        names = _earlier_names(view, sorted({n for s in merged["sources"] for n in s.split("+")}))
        notes.append(say("common.origin.merged", numbers=language.listed(names)))
    aside = view.data.set_aside
    aside = aside[(aside["measure"] == measure) & (aside["municipality"] == view.number)]
    for reason, part in aside.groupby("reason"):
        years = language.listed(str(year) for year in sorted(part["year"].unique()))
        notes.append(say(f"common.aside.{reason}", years=years))
    return notes


def _earlier_names(view: View, numbers: list[str]) -> list[str]:
    """Return the names that these numbers had, each once."""
    history = view.data.municipality_history.drop_duplicates("number", keep="last")
    return sorted(set(history.set_index("number").loc[numbers, "name"]))


def _figure(view: View, row: pd.Series) -> Html:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    own = view.own(row["measure"])
    peers = view.peers_by_year
    peers = peers[(peers["measure"] == row["measure"]) & (peers["peers"] >= MINIMUM)]
    peers = peers[peers["year"].isin(own["year"])]
    target = None if pd.isna(row["target"]) else float(row["target"])
    label = "" if target is None else language.amount(target, unit)
    now = own if pd.isna(row["broken_at"]) else own[own["year"] >= row["broken_at"]]
    alt = say(
        "trends.chart.alt",
        name=language.name(row),
        municipality=view.name,
        first_year=row["first_year"],
        last_year=row["last_year"],
        first=language.amount(row["first"], unit),
        last=language.amount(row["last"], unit),
        median=language.amount(row["peers_median"], unit) if row["peers"] >= MINIMUM else "",
        target=label,
    )
    decimals = int(unit["decimals"])
    picture = charts.trend_chart(
        own,
        peers,
        name=row["measure"],
        alt=alt,
        numbers=[language.number(now["value"].iloc[i], decimals) for i in (0, -1)],
        scale=language.number,
        target=target,
        target_year=None if pd.isna(row["target_year"]) else int(row["target_year"]),
        target_label=say("trends.chart.target", value=label) if label else "",
        broken_at=None if pd.isna(row["broken_at"]) else int(row["broken_at"]),
    )
    numbers = html.details(say("common.numbers"), _numbers(view, row, own, peers, decimals))
    return html.figure(picture, language.name(unit, "symbol"), numbers)


def _numbers(
    view: View, row: pd.Series, own: pd.DataFrame, peers: pd.DataFrame, decimals: int
) -> Html:
    """Return the table behind a chart."""
    say, number = view.say, view.language.number
    columns = [Column(say("common.year")), Column(view.name, numeric=True)]
    compared = len(peers) > 0
    if compared:
        names = ("group_median", "group_range", "group_count")
        columns += [Column(say(f"common.{name}"), numeric=True) for name in names]
    beside = peers.set_index("year")
    rows = []
    for figure in own.itertuples():
        early = f" ({say('common.preliminary')})" if pd.notna(figure.status) else ""
        cells = [str(figure.year), number(figure.value, decimals) + early]
        if compared and figure.year in beside.index:
            group = beside.loc[figure.year]
            low, high = (number(group[key], decimals) for key in ("peers_low", "peers_high"))
            median = number(group["peers_median"], decimals)
            cells += [median, f"{low} \N{EN DASH} {high}", str(int(group["peers"]))]
        elif compared:
            cells += [say("common.no_figure")] * 3
        rows.append(cells)
    return html.table(columns, rows, view.language.name(row), titled=True)


def _interval(view: View, row: pd.Series, unit: pd.Series) -> dict[str, str]:
    low, high = view.language.interval(row["low"], row["high"], unit)
    return {"low": low, "high": high}


def _some(view: View, names: list[str], most: int = 4) -> str:
    """Return the names as a list, cut where it would no longer be read."""
    if len(names) <= most + 1:
        return view.language.listed(names)
    rest = view.say("common.and_more", count=len(names) - most)
    return view.language.listed([*names[:most], rest])
