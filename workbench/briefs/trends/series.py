"""One series: the sentences on it, its chart and numbers, and what published methods say."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench import charts
from workbench.analysis.motion import constants_of
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.verdicts import SENSE
from workbench.briefs import pieces, scorecard
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: An estimate that moves by less than this share of what the own pace would give is explained.
_LITTLE = 0.25

#: The published verdicts on one series: now, and some figures earlier.
Judged = tuple[Sequence[Row], Sequence[Row]]


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
    ahead, flat = _ahead(view, row, unit)
    # Where it stands; whether it will be enough; what the figures are; and how sure, folded.
    texts = (
        [*_change(view, row, unit), pieces.level(view, row), *_peers(view, row, unit)],
        [*_target(view, row, unit, ahead), pieces.law(view, row)],
        _notes(view, row),
        [*_interval(view, row, unit), flat, *_tested(view, row)],
    )
    where, aim, notes, sure = (" ".join(filter(None, text)) for text in texts)
    numbers = html.details(view.say("common.numbers"), _numbers(view, row, int(unit["decimals"])))
    word = pieces.standing(view, row) if row["relation"] in ("direct", "proxy") else ""
    return Html('<section class="measure"{}><div>{}{}{}{}{}{}</div>{}</section>').format(
        pieces.about(row),
        _heading(view, row),
        html.paragraph(word),
        html.paragraph(where),
        html.paragraph(aim),
        html.paragraph(notes, "note"),
        html.details(view.say("common.sure"), html.paragraph(sure, "note"), True) if sure else "",
        html.figure(
            chart(view, row, log),
            view.language.name(unit, "symbol"),
            numbers + _verdicts(view, row, judged),
        ),
    )


def _heading(view: View, row: Row) -> Html:
    """Return what the figures show, below the name of the series; the name where none is good."""
    name, judged = view.language.name(row), row["sense"] in ("first", "watch", "on")
    finding = scorecard.finding(view, row, row) if judged else ""
    text = Html("<small>{}</small> {}").format(name, finding) if finding else name
    return html.heading(text, 3, row["measure"])


def _change(view: View, row: Row, unit: Row) -> list[str]:
    """Return how the figures have changed, and how sure that is."""
    say, language = view.say, view.language
    fine = _told_apart(view, row["first"], row["last"], unit)
    known = {key: row[key] for key in ("window", "n", "first_year", "last_year")}
    known |= {key: language.amount(row[key], fine) for key in ("first", "last")}
    slope = language.change(abs(row["slope"]), unit)
    sentences = [say(f"trends.outcome.{row['outcome']}", slope=slope, **known)]
    neither = row["standing"] in ("old", "context")
    reading = row["standing"] if neither else row["motion"]
    if reading and row["outcome"] != "unchanged":
        # The finding comes first; what is no finding comes after its figures.
        at = len(sentences) if neither else 0
        sentences.insert(at, say(f"trends.reading.{reading}", year=row["last_year"]))
    return sentences


def _interval(view: View, row: Row, unit: Row) -> list[str]:
    if row["outcome"] not in ("rising", "falling", "unclear"):
        return []
    ends, symbol = interval(view, row, unit), view.language.name(unit, "change")
    return [view.say("trends.detail.interval", unit=symbol, **ends)]


def _told_apart(view: View, one: float, other: float, unit: Row) -> Row:
    """Return the unit with so many decimals that two values that differ are not written alike."""
    number, decimals = view.language.number, int(unit["decimals"])
    while one != other and decimals < 4 and number(one, decimals) == number(other, decimals):
        decimals += 1
    return dict(unit) | {"decimals": decimals}


def says_ahead(row: Row) -> bool:
    """Return whether a projection is shown: from as many figures on as a chance is stated."""
    return bool(_enough_figures(row) and pd.notna(row["projected"]) and not row["wide"])


def _enough_figures(row: Row) -> bool:
    return bool(row["n"] >= ENOUGH and row["window"] == 1)


def _ahead(view: View, row: Row, unit: Row) -> tuple[str, str]:
    """Return where the series is heading or why that is not said, and why it stands still."""
    say, year = view.say, HORIZON if pd.isna(row["to_year"]) else int(row["to_year"])
    if pd.isna(row["to_year"]) and _enough_figures(row):
        # Other municipalities have figures from after a break that this one has none from.
        return say("trends.ahead.withheld.broken", year=year, last_year=int(row["last_year"])), ""
    if row["withheld"] and _enough_figures(row):
        key, last_year = f"trends.ahead.withheld.{row['withheld']}", int(row["last_year"])
        return say(key, year=year, last_year=last_year), ""
    if not says_ahead(row):
        return say("trends.ahead.wide", year=year) if row["wide"] else "", ""
    fine = _told_apart(view, row["low80"], row["high80"], unit)
    low = view.language.number(row["low80"], fine["decimals"])
    projected, high, last = (
        view.language.amount(row[of], fine) for of in ("projected", "high80", "last")
    )
    facts = {"projected": projected, "year": year, "low": low, "high": high}
    return say("trends.ahead.expected", **facts), _still(view, row, projected == last)


def _still(view: View, row: Row, still: bool) -> str:
    """Return why a projection stands where the newest figure is, or next to it; '' if not."""
    own, moved = row["slope"] * row["years_ahead"], row["outcome"] in ("rising", "falling")
    if not (still or (moved and (row["projected"] - row["last"]) / own < _LITTLE)):
        return ""
    about = view.measure(row["measure"])
    at_end = row["last"] in (about["lower_bound"], about["upper_bound"])
    key = "end" if at_end else "both" if constants_of(row["unit"]).own_pace else "shared"
    key = "unchanged" if row["outcome"] == "unchanged" else key
    return view.say(f"trends.ahead.still.{key}", still=still, moved=moved, up=own > 0)


def _target(view: View, row: Row, unit: Row, ahead: str) -> list[str]:
    """Return the target, the change that it takes, where the series is heading, and the chance."""
    if pd.isna(row["target"]):
        return [ahead]
    say, language = view.say, view.language
    facts = {
        "target": language.amount(row["target"], unit),
        "year": view.by(row["target_year"]),
        "gap": language.apart(row["target"], row["last"], unit),
    }
    if row["old"]:
        return [say("trends.detail.target_old", **facts), ahead]
    sentences = [say(f"trends.detail.target_{'met' if row['target_met'] else 'away'}", **facts)]
    if pd.notna(row["target_required"]):
        required = language.change(row["target_required"], unit, signed=True)
        slope = language.change(row["slope"], unit, signed=True)
        sentences.append(say("trends.detail.required", required=required, slope=slope))
        if row["pace"] in ("enough", "slow", "away"):
            sentences.append(say(f"trends.pace.{row['pace']}"))
    return [*sentences, ahead, enough(view, row)]


def pace_word(view: View, row: Row) -> str:
    """Return in a word whether the pace is enough for the target; '' where nothing is said."""
    silent = row["old"] or row["pace"] in ("", "unset")
    return "" if silent else view.say(f"trends.pace_word.{row['pace']}")


def enough(view: View, row: Row) -> str:
    """Return whether it is enough for the target, with the chance; '' where there is none."""
    if row["verdict"] == "unknown":
        return view.say(f"trends.ahead.unknown.{row['reason']}")
    if pd.isna(row["chance"]):
        return ""
    chance = pieces.chance(view, "trends.ahead", row["chance"])
    verdict = "unlikely" if row["verdict"] == "away" else row["verdict"]
    return view.say(f"trends.ahead.enough.{verdict}", chance=chance, year=int(row["to_year"]))


def _peers(view: View, row: Row, unit: Row) -> list[str]:
    if row["peers"] < MINIMUM:
        return []
    median = view.language.amount(row["peers_median"], unit)
    facts = {"median": median, "count": row["peers"], "year": row["last_year"]}
    return [view.say("trends.detail.peers", **facts)]


def _tested(view: View, row: Row) -> list[str]:
    stated = says_ahead(row) or pd.notna(row["chance"])
    missed = row["withheld"] == "missed" and _enough_figures(row)
    return pieces.tested(view, row) if stated or missed else []


def _notes(view: View, row: Row) -> list[str]:
    """Return the notes: whose the target is, breaks, mergers, how the figures differ."""
    say, language, notes = view.say, view.language, list[str]()
    if pd.notna(row["target"]):
        notes.append(view.scope(row["target_scope"], row["measure"]))
        notes += [view.basis("trends.detail.target_basis", row), pieces.whose(view, row)]
    if pd.notna(row["kpi"]):
        kpi, differs = (language.name(row, field) for field in ("kpi", "differs"))
        notes.append(say(f"trends.detail.{row['relation']}", kpi=kpi, differs=differs))
    if pd.notna(row["broken_at"]):
        breaks = view.data.breaks.set_index(["measure", "year"])
        reason = language.name(breaks.loc[(row["measure"], int(row["broken_at"]))], "reason")
        notes.append(say("trends.detail.broken", year=int(row["broken_at"]), reason=reason))
    if pd.notna(row["status"]):
        notes.append(say("trends.detail.preliminary", year=row["last_year"]))
    return [*notes, *boundary_notes(view, row["measure"]), language.name(row, "note")]


def boundary_notes(view: View, measure: str) -> list[str]:
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
    senses = [SENSE[method].get(own[method]) for method in SENSE]
    # Ours is yes or no: whether the figures are where the target asks for them to be.
    ours = row["pace"] in ("met", "enough")
    found = [(sense == 1) == ours for sense in senses if sense is not None]
    heading = "few" if not found or row["old"] else "agree" if all(found) else "disagree"
    counts = {"differ": found.count(False), "total": len(found)}
    note = ""
    if own["special"]:
        years = {"year": own["year"], "base_year": own["base_year"]}
        note = html.paragraph(say(f"trends.verdict.special.{own['special']}", **years), "note")
    table = html.table(columns, rows, say("trends.verdict.caption"))
    return html.details(say(f"trends.verdict.{heading}", **counts), html.join(table, note))


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


def interval(view: View, row: Row, unit: Row) -> dict[str, str]:
    """Return the ends of the interval of change as written."""
    low, high = view.language.interval(row["low"], row["high"], unit)
    return {"low": low, "high": high}
