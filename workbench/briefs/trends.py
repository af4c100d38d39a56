"""The brief 'Are we moving, and is it enough?': each measure with three or more years.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> wb.trends.shown(view).set_index("measure").loc["low_income_share", "outcome"]
'unclear'
>>> print(wb.trends.title(view))
<p class="kicker">...</p>
<h1>Går det rett vei i Bærum, og raskt nok?</h1>
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from workbench import charts
from workbench.analysis.backtest import report
from workbench.analysis.outlook import HORIZON, LIKELY
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.verdicts import SENSE
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Column, Html

#: Newest figures from before this many years ago are named as old.
_OLD = 4

#: The published verdicts on one series: now, and some figures earlier.
Judged = tuple[Sequence[Row], Sequence[Row]]

#: What `outlook` says of a target, in the order of a sentence.
VERDICTS = ("met", "likely", "open", "unlikely", "away", "unknown")


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("trends")


def shown(view: View) -> pd.DataFrame:
    """Return the assessed measures that a trend can be shown for: three years on one level."""
    return view.assessed[view.assessed["n"] >= MINIMUM]


def summary(view: View) -> Html:
    """Return the box 'in short': which way, is it enough, how sure, what is missing."""
    rows = shown(view)
    judged = rows[rows["direction"] != 0]
    outcome, n = judged["outcome"].value_counts(), view.assessed["n"]
    unclear, short = (
        int(outcome.reindex(kinds).sum())
        for kinds in (["unclear", "unchanged"], ["short", "overlapping"])
    )
    sure = [view.say("trends.short.unsure", unclear=unclear, short=short)]
    sure.append(view.say("trends.short.sure", percent=f"{100 * LIKELY:.0f}"))
    aimless = int(judged["target"].isna().sum())
    missing = {"missing": int((n < MINIMUM).sum()), "no_target": aimless}
    left = [view.say(f"trends.short.{key}", count=count) for key, count in missing.items() if count]
    return view.in_short(
        [*_directions(view, judged), *_enough(view)], " ".join(sure).strip(), " ".join(left)
    )


def _directions(view: View, judged: pd.DataFrame) -> list[str]:
    """Return how many series move the right and the wrong way, and which."""
    parts = {key: judged[judged["reading"] == key] for key in ("better", "worse")}
    counts = {key: len(part) for key, part in parts.items()}
    said = [view.say("trends.short.direction", total=len(judged), **counts)]
    named = {key: _named(view, part) for key, part in parts.items() if len(part)}
    return said + [view.say(f"trends.short.{key}", names=names) for key, names in named.items()]


def _enough(view: View) -> list[str]:
    """Return how many targets will be met, and which will probably not."""
    rows = shown(view)
    rows = rows[rows["verdict"] != ""]
    if rows.empty:
        return [view.say("trends.short.aimless", year=HORIZON)]
    counts = rows["verdict"].value_counts()
    parts = [
        view.say(f"trends.short.target.{verdict}", count=int(counts[verdict]))
        for verdict in VERDICTS
        if verdict in counts
    ]
    wide = int(rows["target_scope"].isin(["national", "global"]).sum())
    said = [view.say("trends.short.enough", parts=parts, wide=wide, year=HORIZON)]
    off = rows[rows["verdict"].isin(["unlikely", "away"])]
    return [*said, view.say("trends.short.missed", names=_named(view, off))] if len(off) else said


def _named(view: View, rows: pd.DataFrame) -> str:
    """Return the names of these measures as they stand inside a sentence."""
    words = view.language
    return view.some([words.inside(words.name(row)) for row in records(rows)])


def overview(view: View) -> Html:
    """Return all measures in one table: period, yearly change, uncertainty, direction."""
    say, language = view.say, view.language
    rows = []
    for row in records(shown(view)):
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
                _ahead_cell(view, row, unit),
            ]
        )
    columns = [
        Column(say("common.measure")),
        *[
            Column(say(f"trends.overview.{key}"), numeric=key in ("change", "interval"))
            for key in ("period", "change", "interval", "reading")
        ],
        Column(say("trends.overview.ahead", year=HORIZON), numeric=True),
    ]
    return html.join(
        html.heading(say("trends.overview.heading")),
        html.table(columns, rows, say("trends.overview.caption"), "overview", titled=True),
        html.paragraph(say("trends.overview.note"), "note"),
    )


def _ahead_cell(view: View, row: Row, unit: Row) -> Markup:
    """Return the projection, and under it whether it is enough for the target."""
    figure = view.say("common.no_figure")
    if says_ahead(row):
        figure = view.language.amount(row["projected"], unit)
    verdict = row["verdict"]
    word = view.say(f"trends.ahead.enough_word.{verdict}") if verdict else ""
    return Markup("{}{}").format(figure, _small([word] if word else []))


def key(view: View) -> Html:
    """Return what the marks in the charts mean, and whom the municipality is compared with."""
    marks = ("own", "preliminary", "before", "ahead", "median", "range", "target")
    items = charts.key([(mark, view.say(f"trends.chart.key_{mark}")) for mark in marks])
    return html.join(
        html.heading(view.say("trends.chart.key")),
        view.comparison(),
        f'<ul class="key">{items}</ul>',
        html.paragraph(_held(view), "note"),
    )


def measures(view: View) -> Html:
    """Return a section for each measure: the sentence, the chart and its numbers."""
    rows = records(shown(view))
    pieces = []
    for dimension in view.keys("dimension"):
        part = [row for row in rows if row["dimension"] == dimension]
        pieces += _headed(view, view.label("dimension", dimension), part)
    background = [row for row in rows if pd.isna(row["dimension"])]
    return html.join(*pieces, *_headed(view, view.say("trends.heading.background"), background))


def _headed(view: View, heading: str, rows: Sequence[Row]) -> list[Html]:
    """Return sections under a heading; nothing where there are none."""
    return [html.heading(heading), *[section(view, row) for row in rows]] if rows else []


def section(view: View, row: Row, judged: Judged | None = None, log: bool = False) -> Html:
    """Return one measure: what its figures say, how sure, from what, and the chart.

    Parameters
    ----------
    view : View
    row : Series or dict
        A row of `shown`.
    judged : pair of sequence of Row, optional
        The published verdicts, now and earlier, where they are not those of ``view.judged``.
    log : bool
        Whether the chart shows equal ratios equally far apart.
    """
    sentences = Markup(" ").join(said for said in _sentences(view, row) if said)
    notes = Markup(" ").join(_notes(view, row))
    return Html(
        Markup('<section class="measure"><div>{}{}{}</div>{}</section>').format(
            Markup(html.heading(view.language.name(row), 3, row["measure"])),
            Markup("<p>{}</p>").format(sentences),
            Markup('<p class="note">{}</p>').format(notes) if notes else "",
            Markup(_figure(view, row, judged, log)),
        )
    )


def left_out(view: View) -> Html:
    """Return the measures with too few years or none, and why earlier figures are missing."""
    say, language = view.say, view.language
    rows = view.assessed[view.assessed["n"] < MINIMUM]
    lost = set(view.set_aside["measure"]) - set(view.assessed["measure"])
    without = view.data.measures[view.data.measures["measure"].isin(lost)]
    if rows.empty and without.empty:
        return Html("")
    items = Markup("").join(
        Markup("<li>{} ({}){}</li>").format(
            language.name(row),
            language.span(row["first_year"], row["last_year"]),
            _small(_boundary_notes(view, row["measure"])),
        )
        for _, row in rows.iterrows()
    )
    return html.join(
        html.heading(say("trends.left.heading")),
        html.paragraph(say("trends.left.lead")) if items else "",
        Markup("<ul>{}</ul>").format(items) if items else "",
        *[
            Markup("<p>{}{}</p>").format(
                language.name(row), _small(_boundary_notes(view, row["measure"]))
            )
            for _, row in without.iterrows()
        ],
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return view.sources(list(shown(view)["measure"]))


def _sentences(view: View, row: Row) -> list[str]:
    """Return what the figures say: change, certainty, target, group."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    fine = _told_apart(view, row["first"], row["last"], unit)
    said = [
        say(
            f"trends.outcome.{row['outcome']}",
            first=language.amount(row["first"], fine),
            last=language.amount(row["last"], fine),
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
    said += _ahead_sentences(view, row, unit)
    said += _target_sentences(view, row, unit)
    if row["peers"] >= MINIMUM:
        median = language.amount(row["peers_median"], unit)
        said.append(
            say("trends.detail.peers", median=median, count=row["peers"], year=row["last_year"])
        )
    return said


def _told_apart(view: View, one: float, other: float, unit: Row) -> Row:
    """Return the unit with so many decimals that two values that differ are not written alike."""
    number, decimals = view.language.number, int(unit["decimals"])
    while one != other and decimals < 4 and number(one, decimals) == number(other, decimals):
        decimals += 1
    if decimals == int(unit["decimals"]):
        return unit
    return dict(unit) | {"decimals": decimals}


def says_ahead(row: Row) -> bool:
    """Tell whether a projection is shown: from as many figures on as a chance is stated."""
    known = row["n"] >= ENOUGH and row["window"] == 1 and pd.notna(row["projected"])
    return bool(known and not row["wide"])


def _ahead_sentences(view: View, row: Row, unit: Row) -> list[str]:
    """Return where the series is heading, and how sure that is."""
    if not says_ahead(row):
        return [view.say("trends.ahead.wide", year=int(row["to_year"]))] if row["wide"] else []
    fine = _told_apart(view, row["low80"], row["high80"], unit)
    number, decimals = view.language.number, int(fine["decimals"])
    said = view.say(
        "trends.ahead.expected",
        projected=view.language.amount(row["projected"], fine),
        year=int(row["to_year"]),
        low=number(row["low80"], decimals),
        high=number(row["high80"], decimals),
        unit=view.language.name(unit, "symbol"),
    )
    return [said]


def _chance(view: View, row: Row) -> str:
    """Return whether it is enough, with the chance rounded to what it is worth: 5 points."""
    if row["verdict"] == "unknown":
        return view.say(f"trends.ahead.unknown.{row['reason']}")
    if pd.isna(row["chance"]):
        return ""
    percent = int(5 * round(20 * row["chance"]))
    word = "least" if percent < 5 else "most" if percent > 95 else "about"
    chance = view.say(f"trends.ahead.{word}", percent=percent)
    return view.say(
        f"trends.ahead.enough.{row['verdict']}", chance=chance, year=int(row["to_year"])
    )


def _held(view: View) -> str:
    """Return how often such projections held."""
    # Residents are counted yearly and would speak for all others by their number.
    measures = view.data.measures
    only = list(measures.loc[measures["kpi"].notna(), "measure"])
    covered = report(view.data, only).by_horizon.set_index("horizon")["cover80"]
    first, last = (f"{100 * covered[h]:.0f}" for h in (covered.index.min(), covered.index.max()))
    return view.say("trends.ahead.held", first=first, last=last, year=HORIZON)


def _target_sentences(view: View, row: Row, unit: Row) -> list[str]:
    if pd.isna(row["target"]):
        return []
    say, language = view.say, view.language
    facts = {
        "target": language.amount(row["target"], unit),
        "year": None if pd.isna(row["target_year"]) else row["target_year"],
        "gap": language.gap(abs(row["target_gap"]), unit),
        "scope": view.scope(row["target_scope"], row["measure"]),
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
    said.append(_chance(view, row))
    said.append(view.basis("trends.detail.target_basis", row))
    return said


def _notes(view: View, row: Row) -> list[str]:
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
    if row["last_year"] < view.newest - _OLD:
        notes.append(say("trends.detail.old", year=row["last_year"]))
    notes += _boundary_notes(view, row["measure"])
    note = language.name(row, "note")
    return [*notes, note] if note else notes


def _boundary_notes(view: View, measure: str) -> list[str]:
    """Return how figures from before a merger came about, and why some are not there."""
    say, language = view.say, view.language
    sources = view.own(measure)["sources"].tolist()
    merged = {number for text in sources if "+" in text for number in text.split("+")}
    notes = []
    if merged:
        names = _earlier_names(view, sorted(merged))
        notes.append(say("common.origin.merged", numbers=language.listed(names)))
    aside = view.aside(measure)
    known = set(zip(aside["reason"].tolist(), aside["year"].tolist(), strict=True))
    for reason in sorted({reason for reason, _ in known}):
        years = sorted(year for why, year in known if why == reason)
        notes.append(say(f"common.aside.{reason}", years=language.listed(map(str, years))))
    return notes


def _small(notes: list[str]) -> Markup:
    """Return notes in a line of their own under a name, or nothing."""
    return Markup("<br><small>{}</small>").format(" ".join(notes)) if notes else Markup("")


def _earlier_names(view: View, numbers: list[str]) -> list[str]:
    """Return the names that these numbers had, each once."""
    return sorted({view.former[number] for number in numbers})


def _figure(view: View, row: Row, judged: Judged | None, log: bool) -> Html:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    own, peers = view.own(row["measure"]), beside(view, row["measure"])
    table = _numbers(view, row, own, peers, int(unit["decimals"]))
    below = html.details(say("common.numbers"), table) + _verdicts(view, row, judged)
    return html.figure(chart(view, row, log), language.name(unit, "symbol"), below)


def beside(view: View, measure: str) -> pd.DataFrame:
    """Return what the peers' figures are in the municipality's years, where there are enough."""
    return view.compared(measure, MINIMUM)


def chart(view: View, row: Row, log: bool = False) -> str:
    """Return the picture of one measure, a row of `shown`, as SVG."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    own, peers = view.own(row["measure"]), beside(view, row["measure"])
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
    return charts.trend_chart(
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
        ahead=_fan(row) if says_ahead(row) else None,
        log=log,
    )


def _verdicts(view: View, row: Row, judged: Judged | None) -> str:
    """Return what four published methods say of a series with a target, now and earlier."""
    if pd.isna(row["target"]):
        return ""
    now, past = judged or view.verdicts(row["measure"])
    if not now or pd.isna(now[0]["target"]):
        return ""
    say, own = view.say, now[0]
    earlier = {step["back"]: step for step in past}
    steps = [own, *[earlier.get(back) for back in (1, 2, 3)]]
    columns = [Column(say("trends.verdict.method")), Column(say("trends.verdict.now"))]
    columns += [Column(say("trends.verdict.back", back=back)) for back in (1, 2, 3)]
    rows = [
        [say(f"trends.verdict.{method}"), *[_verdict(view, step, method) for step in steps]]
        for method in SENSE
    ]
    agree = own["agree"]
    title = "few" if pd.isna(agree) else "agree" if agree else "disagree"
    table = html.table(columns, rows, say("trends.verdict.caption"))
    special = own["special"]
    years = {"year": own["year"], "base_year": own["base_year"]}
    note = say(f"trends.verdict.special.{special}", **years) if special else ""
    return html.details(
        say(f"trends.verdict.{title}"), html.join(table, html.paragraph(note, "note"))
    )


def _verdict(view: View, step: Row | None, method: str) -> str:
    word = "not_available" if step is None else step[method]
    if word == "not_available":
        return view.say("trends.verdict.none")
    return view.say(f"trends.verdict.{method}_word.{word}")


def _fan(row: Row) -> dict[str, list[float]]:
    """Return the newest figure and the projection, for the chart."""
    ends = {"low": row["low80"], "middle": row["projected"], "high": row["high80"]}
    years = [int(row["last_year"]), int(row["to_year"])]
    return {"year": years} | {name: [row["last"], end] for name, end in ends.items()}


def _numbers(view: View, row: Row, own: pd.DataFrame, peers: pd.DataFrame, decimals: int) -> Html:
    """Return the table behind a chart."""
    say, number = view.say, view.language.number
    columns = [Column(say("common.year")), Column(view.name, numeric=True)]
    compared = len(peers) > 0
    if compared:
        names = ("group_median", "group_range", "group_count")
        columns += [Column(say(f"common.{name}"), numeric=True) for name in names]
    of_group = ["peers_low", "peers_high", "peers_median", "peers"]
    found = zip(*(peers[of] for of in of_group), strict=True)
    beside = dict(zip(peers["year"], found, strict=True))
    rows = []
    for year, value, status in zip(own["year"], own["value"], own["status"], strict=True):
        early = f" ({say('common.preliminary')})" if pd.notna(status) else ""
        cells = [str(year), number(value, decimals) + early]
        if compared and year in beside:
            *ends, median, count = beside[year]
            low, high = (number(end, decimals) for end in ends)
            cells += [number(median, decimals), f"{low} \N{EN DASH} {high}", str(int(count))]
        elif compared:
            cells += [say("common.no_figure")] * 3
        rows.append(cells)
    return html.table(columns, rows, view.language.name(row), titled=True)


def _interval(view: View, row: Row, unit: Row) -> dict[str, str]:
    low, high = view.language.interval(row["low"], row["high"], unit)
    return {"low": low, "high": high}
