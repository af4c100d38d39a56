"""The brief 'Where do we stand?': what is known of the 91 KPIs, and the newest figures.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> wb.status.placed(view)["status"].value_counts().to_dict()
{'none': 76, 'proxy': 9, 'direct': 6}
>>> print(wb.status.title(view))
<p class="kicker">...</p>
<h1>Hvor står Bærum?</h1>
"""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis import coverage
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.status.indicators import SCORED, placed, scores, target, wheel
from workbench.briefs.view import View, records
from workbench.dataset import reported
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

READS = Reads(peers=True, standing=True)


__all__ = ["missing", "newest", "placed", "printed", "sources", "summary"]
__all__ += ["title", "wheel"]


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "status")


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    rows, say = placed(view), view.say
    known = rows[rows["status"] != "none"]
    aimed = known[known["points"].notna()]
    scopes = aimed["measure"].map(view.assessed.set_index("measure")["target_scope"])
    sure = say(
        "status.short.sure",
        newest=int(known["latest"].max()),
        old=int((known["latest"] < view.first_recent).sum()),
        total=len(known),
        limit=view.first_recent,
        proxy=int((known["status"] == "proxy").sum()),
        aimed=len(aimed),
        reported=int(reported.is_reported(known["measure"]).sum()),
        wider=int(scopes.isin(["national", "global"]).sum()),
    )
    missing = say(
        "status.short.missing",
        missing=len(rows) - len(known),
        areas=rows["number"].nunique(),
        scored=sum(score.reported >= SCORED for score in scores(rows, "number").values()),
    )
    missing = f"{missing} {_printed_sentence(view)}".strip()
    return pieces.in_short(view, _answer(view, known, len(rows)), sure, missing)


def newest(view: View) -> Html:
    """Return the newest figure of each measure beside the group and the target."""
    say, rows = view.say, view.assessed
    kpis = rows["relation"].isin(["direct", "proxy"])
    rest = rows[~kpis]
    return html.join(
        html.heading(say("status.newest.heading")),
        html.paragraph(say("status.newest.lead")),
        pieces.comparison(view),
        _tables(view, rows[kpis]),
        html.details(say("status.newest.rest", count=len(rest)), _tables(view, rest))
        if len(rest)
        else "",
    )


def _tables(view: View, rows: pd.DataFrame) -> Html:
    """Return a table of newest figures for each dimension."""
    heads = "common.measure #common.value #common.group_median spread #target"
    columns, tables = html.columns(view.say, "status.newest", heads), []
    background = view.say("status.newest.heading_background")
    for name, part in pieces.by_dimension(view, rows, background).items():
        body = [_newest_row(view, row) for row in part]
        about = [pieces.about(row) for row in part]
        tables.append(html.heading(name, 3))
        tables.append(html.table(columns, body, name, "newest", titled=True, about=about))
    return html.join(*tables)


def printed(view: View) -> Html:
    """Return the figures that ITU printed, and the answers that the municipality reported."""
    return html.join(_printed(view), _reported(view), _differing(view))


def _printed(view: View) -> Html:
    results = view.data.u4ssc_results
    own = results[results["municipality"] == view.number]
    if own.empty:
        return Html("")
    say, language = view.say, view.language
    rows = []
    for row, kpi in _with_kpis(view, own):
        point = "" if row["data_point"] == "value" else f" ({row['data_point']})"
        value = row["printed"] if row["reported"] == "yes" else say("status.printed.not_reported")
        rows.append([language.name(kpi) + point, value, language.name(row, "note")])
    heads = "common.indicator printed common.note"
    return _unfolded(view, "printed", int(own["report_year"].iloc[0]), heads, rows)


def _reported(view: View) -> Html:
    """Return the newest answers that the municipality gave in the U4SSC form."""
    data, language = view.data, view.language
    own = data.reported[data.reported["municipality"] == view.number]
    if own.empty:
        return Html("")
    key = ["kpi", "data_point"]
    own = own.sort_values("year", kind="stable").drop_duplicates(key, keep="last")
    own = own.merge(data.form, on=key).merge(data.kpi_data_points, on=key, suffixes=("", "_en"))
    point, unit = ("data_point", "unit_en") if language.code == "en" else ("point", "unit")
    rows = [
        [
            language.name(kpi) + ("" if row["data_point"] == "value" else f" ({row[point]})"),
            _reported_answer(view, row),
            row[unit] if row["answer"] == "value" else "",
            str(row["year"]),
            "" if pd.isna(row["note"]) else row["note"],
        ]
        for row, kpi in _with_kpis(view, own)
    ]
    heads = "common.indicator #common.value common.unit common.year common.note"
    return _unfolded(view, "reported", 0, heads, rows)


def _differing(view: View) -> Html:
    """Return where what was reported is far from an official figure of the same year."""
    rows, body = coverage.differing(view.data, view.number), []
    if rows.empty:
        return Html("")
    for row, kpi in _with_kpis(view, rows):
        cells = [view.language.name(kpi), str(row["year"])]
        for of, value in (("measure", "value"), ("official", "official_value")):
            fact = view.measure(row[of])
            amount = view.language.amount(row[value], view.unit(fact["unit"]))
            cells.append(html.small(amount, view.label("publisher", fact["publisher"])))
        body.append(cells)
    heads = "common.indicator common.year #own #official"
    heading = view.say("status.differing.heading")
    return html.join(
        html.heading(heading),
        html.paragraph(view.say("status.differing.lead", percent=f"{100 * coverage.APART:.0f}")),
        html.table(html.columns(view.say, "status.differing", heads), body, heading, titled=True),
    )


def _with_kpis(view: View, rows: pd.DataFrame) -> list[tuple[Row, Row]]:
    """Return rows, in the order of the KPIs, each with that of its KPI."""
    kpis = view.data.kpis.set_index("code")
    order = rows["kpi"].map(kpis["number"]).sort_values(kind="stable").index
    return [(row, kpis.loc[row["kpi"]]) for row in records(rows.loc[order])]


def _unfolded(view: View, section: str, year: int, heads: str, rows: list[list[str]]) -> Html:
    """Return a section whose table a reader unfolds."""
    heading, lead, caption = (
        view.say(f"status.{section}.{key}", year=year, here=_printed_here(view))
        for key in ("heading", "lead", "caption")
    )
    table = html.table(html.columns(view.say, f"status.{section}", heads), rows, caption)
    return html.join(
        html.heading(heading),
        html.paragraph(lead),
        html.details(view.say("status.missing.show", count=len(rows)), table),
    )


def _reported_answer(view: View, row: Row) -> str:
    if row["answer"] != "value":
        return view.say(f"status.reported.{row['answer'].replace(' ', '_')}")
    places = len(f"{row['value']:.4f}".rstrip("0").partition(".")[2])
    return view.language.number(row["value"], places)


def missing(view: View) -> Html:
    """Return the KPIs without figures, by area."""
    say, rows = view.say, placed(view)
    without = rows[rows["status"] == "none"]
    areas = Html("").join(
        Html("<h3>{}</h3>{}").format(
            view.label("sub_dimension", area), html.items(map(view.language.name, records(part)))
        )
        for area, part in without.groupby("sub_dimension", sort=False)
    )
    return html.join(
        html.heading(say("status.missing.heading")),
        html.paragraph(say("status.missing.lead", count=len(without), total=len(rows))),
        *[
            html.paragraph(say("status.missing.lost", reason=reason), "note")
            for reason in pieces.lost(view, view.set_aside)
        ],
        html.details(say("status.missing.show", count=len(without)), areas) if areas else "",
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, view.assessed["measure"])


def _answer(view: View, known: pd.DataFrame, total: int) -> list[str]:
    """Return how much is known, how near the targets are, and the place in the group."""
    say, counts = view.say, known["status"].value_counts()
    aimed = known[known["points"].notna()].sort_values("performance", kind="stable")
    apart = aimed[~aimed["target_met"].astype(bool)]
    # Parts of an indicator and its background would let one indicator count many times.
    place = known.merge(view.assessed[["measure", "place"]], on="measure")["place"].value_counts()
    direct, proxy = (int(counts.get(key, 0)) for key in ("direct", "proxy"))
    furthest: str = ""
    if len(apart):
        name = Html("<span{}>{}</span>")
        row = apart.iloc[0]
        furthest = name.format(pieces.about(row), view.language.name(row))
    met = len(aimed) - len(apart)
    places = {key: int(place.get(key, 0)) for key in ("better", "worse", "level")}
    return [
        say("status.short.coverage", known=len(known), total=total, direct=direct, proxy=proxy),
        pieces.tell(view, "status.short.targets", total=len(aimed), met=met, furthest=furthest),
        say("status.short.place", group=view.group_name, **places),
    ]


def _printed_sentence(view: View) -> str:
    """Return that ITU has printed figures too, where it has."""
    results = view.data.u4ssc_results
    own = results[(results["municipality"] == view.number) & (results["reported"] == "yes")]
    year = int(own["report_year"].max()) if len(own) else 0
    facts = {"count": own["kpi"].nunique(), "year": year, "here": _printed_here(view)}
    return view.say("status.short.printed", **facts)


def _printed_here(view: View) -> bool:
    """Return whether what ITU printed is of the municipality as it is today, and assessed."""
    return bool((view.assessed["publisher"] == reported.PUBLISHERS[reported.ITU]).any())


def _newest_row(view: View, row: Row) -> list[str]:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    relation = row["relation"] if pd.notna(row["kpi"]) else "background"
    names = {field: language.name(row, field) for field in ("kpi", "differs")}
    about = say(f"status.newest.{relation}", **names)
    source = Html('<a href="#source-{}">{}</a>').format(
        row["measure"], view.label("publisher", row["publisher"])
    )
    value = Html("<b>{}</b>").format(language.amount(row["last"], unit))
    early = pieces.preliminary(view, row["status"], ", {}")
    return [
        html.small(language.name(row), Html("{} {}").format(about, source)),
        html.small(value, f"{row['last_year']}{early}"),
        *_against_group(view, row, unit),
        _against_target(view, row, unit),
    ]


def _against_group(view: View, row: Row, unit: Row) -> list[str]:
    say = view.say
    if row["peers"] < 3:
        return [say("common.no_figure")] * 2
    ends = {key: row[f"peers_{key}"] for key in ("low", "median", "high")}
    written = {key: view.language.amount(value, unit) for key, value in ends.items()}
    value = view.language.amount(row["last"], unit)
    picture = charts.strip(
        value=row["last"],
        target=row["target"],
        **ends,
        name=f"strip-{row['measure']}",
        alt=say("status.newest.strip_alt", value=value, **written),
    )
    word = say(f"status.newest.place.{row['place']}") if row["place"] and not row["old"] else ""
    return [
        html.small(written["median"], say("status.newest.group", count=row["peers"])),
        Html("{}<small>{}</small>").format(Html(picture), word),
    ]


def _against_target(view: View, row: Row, unit: Row) -> str:
    if pd.isna(row["target"]):
        return view.say("common.no_figure")
    word = view.say(f"status.newest.{'met' if row['target_met'] else 'not_met'}")
    if row["old"]:
        word = view.say("common.standing.old", year=row["last_year"])
    return html.small(target(view, row, unit), word)
