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

from workbench import charts
from workbench.analysis.backtest import report
from workbench.analysis.outlook import HORIZON, LIKELY
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.verdicts import SENSE
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

READS = Reads(peers=True, years=True, ahead=True, record=True)


#: The published verdicts on one series: now, and some figures earlier.
Judged = tuple[Sequence[Row], Sequence[Row]]

#: The verdicts of `outlook` on a target, in the order of a sentence.
VERDICTS = ("met", "likely", "open", "unlikely", "away", "unknown")


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "trends")


def shown(view: View) -> pd.DataFrame:
    """Return the assessed measures that a trend can be shown for: three years on one level."""
    return view.assessed[view.assessed["n"] >= MINIMUM]


def summary(view: View) -> Html:
    """Return the box 'in short': which way, is it enough, how sure, what is missing."""
    rows = shown(view)
    judged = rows[rows["direction"] != 0]
    unclear = int(judged["outcome"].isin(["unclear", "unchanged"]).sum())
    short = int(judged["outcome"].isin(["short", "overlapping"]).sum())
    sure = [
        view.say("trends.short.unsure", unclear=unclear, short=short),
        view.say("trends.short.sure", percent=f"{100 * LIKELY:.0f}"),
    ]
    lacks = {
        "missing": len(view.assessed) - len(rows),
        "no_target": int(judged["target"].isna().sum()),
    }
    missing = [view.say(f"trends.short.{key}", count=n) for key, n in lacks.items() if n]
    answer = [*_directions(view, judged), *_targets(view, rows)]
    return pieces.in_short(view, answer, " ".join(sure).strip(), " ".join(missing))


def _directions(view: View, judged: pd.DataFrame) -> list[str]:
    """Return how many series move the right and the wrong way, and which."""
    parts = {key: judged[judged["reading"] == key] for key in ("better", "worse")}
    counts = {key: len(part) for key, part in parts.items()}
    sentences = [view.say("trends.short.direction", total=len(judged), **counts)]
    for key, part in parts.items():
        if len(part):
            sentences.append(view.say(f"trends.short.{key}", names=_named(view, part)))
    return sentences


def _targets(view: View, rows: pd.DataFrame) -> list[str]:
    """Return how many targets will be met, and which will probably not."""
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
    sentences = [view.say("trends.short.enough", parts=parts, wide=wide, year=HORIZON)]
    off = rows[rows["verdict"].isin(["unlikely", "away"])]
    if len(off):
        sentences.append(view.say("trends.short.missed", names=_named(view, off)))
    return sentences


def _named(view: View, rows: pd.DataFrame) -> str:
    return view.some(pieces.names_inside(view, rows))


def overview(view: View) -> Html:
    """Return all measures in one table: period, yearly change, uncertainty, direction."""
    say, language = view.say, view.language
    rows = []
    for row in records(shown(view)):
        unit, interval = view.unit(row["unit"]), say("common.no_figure")
        if pd.notna(row["low"]):
            interval = say("trends.overview.from_to", **_interval(view, row, unit))
        rows.append(
            [
                Html('<a href="#{}">{}</a>').format(row["measure"], language.name(row)),
                language.span(row["first_year"], row["last_year"]),
                language.change(row["slope"], unit, signed=True),
                interval,
                pieces.direction(view, row),
                _ahead_cell(view, row, unit),
            ]
        )
    heads = "common.measure period #change #interval reading #ahead"
    columns = html.columns(say, "trends.overview", heads, year=HORIZON)
    return html.join(
        html.heading(say("trends.overview.heading")),
        html.table(columns, rows, say("trends.overview.caption"), "overview", titled=True),
        html.paragraph(say("trends.overview.note"), "note"),
    )


def _ahead_cell(view: View, row: Row, unit: Row) -> Html:
    """Return the projection, and under it whether it is enough for the target."""
    figure, verdict = view.say("common.no_figure"), row["verdict"]
    if says_ahead(row):
        figure = view.language.amount(row["projected"], unit)
    word = view.say(f"trends.ahead.enough_word.{verdict}") if verdict else ""
    return html.small(figure, word)


def key(view: View) -> Html:
    """Return the legend of the charts, and whom the municipality is compared with."""
    marks = ("own", "preliminary", "before", "ahead", "median", "range", "target")
    items = charts.key([(mark, view.say(f"trends.chart.key_{mark}")) for mark in marks])
    return html.join(
        html.heading(view.say("trends.chart.key")),
        pieces.comparison(view),
        f'<ul class="key">{items}</ul>',
        html.paragraph(_record(view), "note"),
    )


def _record(view: View) -> str:
    """Return how often such projections held."""
    # Residents are counted yearly and would speak for all others by their number.
    measures = view.data.measures
    only = list(measures.loc[measures["kpi"].notna(), "measure"])
    covered = report(view.data, only).by_horizon.sort_values("horizon")["cover80"]
    first, last = (f"{100 * covered.iloc[at]:.0f}" for at in (0, -1))
    return view.say("trends.ahead.held", first=first, last=last, year=HORIZON)


def measures(view: View) -> Html:
    """Return a section for each measure: the sentence, the chart and its numbers."""
    rows, parts = shown(view), []
    background = view.say("trends.heading.background")
    headings = {key: view.label("dimension", key) for key in view.keys("dimension")}
    for key, heading in (headings | {"": background}).items():
        part = records(rows[rows["dimension"].fillna("") == key])
        parts += [html.heading(heading), *[section(view, row) for row in part]] if part else []
    return html.join(*parts)


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
    unit = view.unit(row["unit"])
    sentences = [
        *_change(view, row, unit),
        *_ahead(view, row, unit),
        *_target(view, row, unit),
        *_peers(view, row, unit),
    ]
    numbers = html.details(view.say("common.numbers"), _numbers(view, row, int(unit["decimals"])))
    return Html('<section class="measure"><div>{}{}{}</div>{}</section>').format(
        html.heading(view.language.name(row), 3, row["measure"]),
        html.paragraph(" ".join(filter(None, sentences))),
        html.paragraph(" ".join(filter(None, _notes(view, row))), "note"),
        html.figure(
            chart(view, row, log),
            view.language.name(unit, "symbol"),
            numbers + _verdicts(view, row, judged),
        ),
    )


def left_out(view: View) -> Html:
    """Return the measures with too few years or none, and why earlier figures are missing."""
    say, language = view.say, view.language
    rows = view.assessed[view.assessed["n"] < MINIMUM]
    lost = set(view.set_aside["measure"]) - set(view.assessed["measure"])
    without = view.data.measures[view.data.measures["measure"].isin(lost)]
    if rows.empty and without.empty:
        return Html("")

    def noted(row: Row, years: str = "") -> Html:
        notes = " ".join(_boundary_notes(view, row["measure"]))
        return html.small(f"{language.name(row)}{years}", notes)

    short = [
        noted(row, f" ({language.span(row['first_year'], row['last_year'])})")
        for row in records(rows)
    ]
    return html.join(
        html.heading(say("trends.left.heading")),
        html.paragraph(say("trends.left.lead")) if short else "",
        html.items(short),
        *[html.paragraph(noted(row)) for row in records(without)],
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, shown(view)["measure"])


def _change(view: View, row: Row, unit: Row) -> list[str]:
    """Return how the figures have changed, and how sure that is."""
    say, language = view.say, view.language
    fine = _told_apart(view, row["first"], row["last"], unit)
    known = {key: row[key] for key in ("window", "n", "first_year", "last_year")}
    known |= {key: language.amount(row[key], fine) for key in ("first", "last")}
    slope = language.change(abs(row["slope"]), unit)
    sentences = [say(f"trends.outcome.{row['outcome']}", slope=slope, **known)]
    if row["reading"]:
        sentences.append(say(f"trends.reading.{row['reading']}"))
    if row["outcome"] in ("rising", "falling", "unclear"):
        ends = _interval(view, row, unit)
        sentences.append(say("trends.detail.interval", unit=language.name(unit, "change"), **ends))
    return sentences


def _told_apart(view: View, one: float, other: float, unit: Row) -> Row:
    """Return the unit with so many decimals that two values that differ are not written alike."""
    number, decimals = view.language.number, int(unit["decimals"])
    while one != other and decimals < 4 and number(one, decimals) == number(other, decimals):
        decimals += 1
    return dict(unit) | {"decimals": decimals}


def says_ahead(row: Row) -> bool:
    """Return whether a projection is shown: from as many figures on as a chance is stated."""
    known = row["n"] >= ENOUGH and row["window"] == 1 and pd.notna(row["projected"])
    return bool(known and not row["wide"])


def _ahead(view: View, row: Row, unit: Row) -> list[str]:
    """Return where the series is heading, and how sure that is."""
    if not says_ahead(row):
        return [view.say("trends.ahead.wide", year=int(row["to_year"]))] if row["wide"] else []
    fine = _told_apart(view, row["low80"], row["high80"], unit)
    low, high = (view.language.number(row[end], fine["decimals"]) for end in ("low80", "high80"))
    return [
        view.say(
            "trends.ahead.expected",
            projected=view.language.amount(row["projected"], fine),
            year=int(row["to_year"]),
            low=low,
            high=high,
            unit=view.language.name(unit, "symbol"),
        )
    ]


def _target(view: View, row: Row, unit: Row) -> list[str]:
    """Return the target, the change and the chance of it, and who decided it."""
    if pd.isna(row["target"]):
        return []
    say, language = view.say, view.language
    facts = {
        "target": language.amount(row["target"], unit),
        "year": None if pd.isna(row["target_year"]) else row["target_year"],
        "gap": language.gap(abs(row["target_gap"]), unit),
        "scope": view.scope(row["target_scope"], row["measure"]),
    }
    sentences = [say(f"trends.detail.target_{'met' if row['target_met'] else 'away'}", **facts)]
    if pd.notna(row["target_required"]):
        required = language.change(row["target_required"], unit, signed=True)
        slope = language.change(row["slope"], unit, signed=True)
        sentences.append(say("trends.detail.required", required=required, slope=slope))
    return [*sentences, enough(view, row), view.basis("trends.detail.target_basis", row)]


def enough(view: View, row: Row) -> str:
    """Return whether it is enough for the target, with the chance; '' where there is none."""
    if row["verdict"] == "unknown":
        return view.say(f"trends.ahead.unknown.{row['reason']}")
    if pd.isna(row["chance"]):
        return ""
    chance = pieces.chance(view, "trends.ahead", row["chance"])
    key = f"trends.ahead.enough.{row['verdict']}"
    return view.say(key, chance=chance, year=int(row["to_year"]))


def _peers(view: View, row: Row, unit: Row) -> list[str]:
    if row["peers"] < MINIMUM:
        return []
    median = view.language.amount(row["peers_median"], unit)
    facts = {"median": median, "count": row["peers"], "year": row["last_year"]}
    return [view.say("trends.detail.peers", **facts)]


def _notes(view: View, row: Row) -> list[str]:
    """Return what the reader must know of the figures: breaks, mergers, how they differ."""
    say, language = view.say, view.language
    notes = []
    if pd.notna(row["kpi"]):
        kpi, differs = (language.name(row, field) for field in ("kpi", "differs"))
        notes.append(say(f"trends.detail.{row['relation']}", kpi=kpi, differs=differs))
    if pd.notna(row["broken_at"]):
        breaks = view.data.breaks.set_index(["measure", "year"])
        reason = language.name(breaks.loc[(row["measure"], int(row["broken_at"]))], "reason")
        notes.append(say("trends.detail.broken", year=int(row["broken_at"]), reason=reason))
    if pd.notna(row["status"]):
        notes.append(say("trends.detail.preliminary", year=row["last_year"]))
    if row["last_year"] < view.first_recent:
        notes.append(say("trends.detail.old", year=row["last_year"]))
    return [*notes, *_boundary_notes(view, row["measure"]), language.name(row, "note")]


def _boundary_notes(view: View, measure: str) -> list[str]:
    """Return how figures from before a merger came about, and why some are not there."""
    say, language = view.say, view.language
    sources = view.own(measure)["sources"].tolist()
    merged = {number for text in sources if "+" in text for number in text.split("+")}
    notes = []
    if merged:
        names = sorted({view.former[number] for number in merged})
        notes.append(say("common.origin.merged", numbers=language.listed(names)))
    for reason, years in view.aside(measure).groupby("reason")["year"]:
        listed = language.listed(map(str, sorted(set(years))))
        notes.append(say(f"common.aside.{reason}", years=listed))
    return notes


def peers_of(view: View, measure: str) -> pd.DataFrame:
    """Return the range of the peers in the municipality's years, where there are enough."""
    return view.compared(measure, MINIMUM)


def chart(view: View, row: Row, log: bool = False) -> str:
    """Return the picture of one measure, a row of `shown`, as SVG."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    own, decimals = view.own(row["measure"]), int(unit["decimals"])
    now = own if pd.isna(row["broken_at"]) else own[own["year"] >= row["broken_at"]]
    label = "" if pd.isna(row["target"]) else language.amount(row["target"], unit)
    alt = say(
        "trends.chart.alt",
        name=language.name(row),
        municipality=view.name,
        median=language.amount(row["peers_median"], unit) if row["peers"] >= MINIMUM else "",
        target=label,
        **{key: language.amount(row[key], unit) for key in ("first", "last")},
        **{key: row[key] for key in ("first_year", "last_year")},
    )
    return charts.trend_chart(
        own,
        peers_of(view, row["measure"]),
        name=row["measure"],
        alt=alt,
        numbers=[language.number(now["value"].iloc[at], decimals) for at in (0, -1)],
        scale=language.number,
        target_label=say("trends.chart.target", value=label) if label else "",
        ahead=_fan(row) if says_ahead(row) else None,
        log=log,
        **{key: row[key] for key in ("target", "target_year", "broken_at")},
    )


def _verdicts(view: View, row: Row, judged: Judged | None) -> Html:
    """Return the verdicts of four published methods on a target, now and some figures earlier."""
    now, past = judged or view.verdicts(row["measure"])
    if pd.isna(row["target"]) or not now or pd.isna(now[0]["target"]):
        return Html("")
    say, own = view.say, now[0]
    earlier = {step["back"]: step for step in past}
    steps = [own, *[earlier.get(back) for back in (1, 2, 3)]]
    columns = html.columns(say, "trends.verdict", "method now")
    columns += [html.Column(say("trends.verdict.back", back=back)) for back in (1, 2, 3)]
    rows = [
        [say(f"trends.verdict.{method}"), *[_verdict(view, step, method) for step in steps]]
        for method in SENSE
    ]
    agree = own["agree"]
    heading = "few" if pd.isna(agree) else "agree" if agree else "disagree"
    note = ""
    if own["special"]:
        years = {"year": own["year"], "base_year": own["base_year"]}
        note = html.paragraph(say(f"trends.verdict.special.{own['special']}", **years), "note")
    table = html.table(columns, rows, say("trends.verdict.caption"))
    return html.details(say(f"trends.verdict.{heading}"), html.join(table, note))


def _verdict(view: View, step: Row | None, method: str) -> str:
    if step is None or step[method] == "not_available":
        return view.say("trends.verdict.none")
    return view.say(f"trends.verdict.{method}_word.{step[method]}")


def _fan(row: Row) -> dict[str, list[float]]:
    """Return the newest figure and the projection, for the chart."""
    ends = {"low": row["low80"], "middle": row["projected"], "high": row["high80"]}
    years = [int(row["last_year"]), int(row["to_year"])]
    return {"year": years} | {name: [row["last"], end] for name, end in ends.items()}


def _numbers(view: View, row: Row, decimals: int) -> Html:
    """Return the table behind a chart."""
    say, number, name = view.say, view.language.number, view.language.name(row)
    columns = [html.Column(say("common.year")), html.Column(view.name, numeric=True)]
    peers = {found["year"]: found for found in records(peers_of(view, row["measure"]))}
    if peers:
        columns += html.columns(say, "common", "#group_median #group_range #group_count")
    rows = []
    for own in records(view.own(row["measure"])):
        cells = [
            str(own["year"]),
            number(own["value"], decimals) + pieces.preliminary(view, own["status"]),
        ]
        if found := peers.get(own["year"]):
            low, median, high = (
                number(found[f"peers_{key}"], decimals) for key in ("low", "median", "high")
            )
            cells += [median, f"{low} \N{EN DASH} {high}", str(int(found["peers"]))]
        elif peers:
            cells += [say("common.no_figure")] * 3
        rows.append(cells)
    return html.table(columns, rows, name, titled=True)


def _interval(view: View, row: Row, unit: Row) -> dict[str, str]:
    low, high = view.language.interval(row["low"], row["high"], unit)
    return {"low": low, "high": high}
