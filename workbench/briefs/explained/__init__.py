"""The page 'How do we know?': every method that the briefs rest on, and how often it was right.

>>> import workbench as wb
>>> print(wb.explained.title(wb.load(), "en"))
<p class="kicker">...</p>
<h1>How do we know?</h1>
"""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench import html
from workbench.assessment import ENOUGH, HORIZON, MINIMUM, projections
from workbench.backtest import HORIZONS
from workbench.boundaries import REASONS
from workbench.briefs.explained import tested
from workbench.briefs.explained.judged import together, verdicts, with_targets
from workbench.briefs.explained.pieces import english, formula, items, source, trends_of
from workbench.briefs.explained.tested import record
from workbench.dataset import Dataset
from workbench.html import Column, Html
from workbench.language import Language
from workbench.projection import CLEAR, SLOPE_CHANGE, TRIMMED, WIDENED
from workbench.verdicts import SENSE

__all__ = ["ahead", "figures", "record", "sources", "summary", "targets"]
__all__ += ["title", "together", "trend", "verdicts"]

#: What is said of a series, in the order of the table.
_OUTCOMES = ("rising", "falling", "unclear", "unchanged", "short", "overlapping", "too few")


_LITERATURE = ["brier", "efron", "hyndman", "james", "laird", "long", "mackinnon", "sen", "smyth"]


def title(data: Dataset, language: str) -> Html:
    """Return the heading. `data` is taken as by all other calls of this page."""
    say = Language(language).say
    return html.join(
        html.paragraph(say("explained.kicker"), "kicker"),
        html.heading(say("explained.title"), 1),
    )


def summary(data: Dataset, language: str) -> Html:
    """Return the box 'in short': where figures come from, when something is said, how sure."""
    words = Language(language)
    say, number = words.say, words.number
    outcomes = trends_of(data)["outcome"].value_counts()
    clear = int(outcomes.get("rising", 0) + outcomes.get("falling", 0))
    every, others = tested.reports(data)
    inside, inside_others = (
        [number(100 * found.by_horizon["cover80"].iloc[at]) for at in (0, -1)]
        for found in (every, others)
    )
    high = tested.above_half(every)
    _, aimed = with_targets(data)
    sentences = [
        say("explained.short.figures"),
        say(
            "explained.short.trend",
            clear=number(clear),
            tested=number(clear + outcomes.get("unclear", 0)),
        ),
        say(
            "explained.short.held",
            year=HORIZON,
            first=inside[0],
            last=inside[1],
            others_first=inside_others[0],
            others_last=inside_others[1],
            longest=max(HORIZONS),
        ),
        say(
            "explained.short.beaten",
            all=tested.beaten(every),
            others=tested.beaten(others),
            total=len(every.by_horizon),
        ),
        say(
            "explained.short.chance",
            n=number(every.statements),
            above=number(high["n"].sum()),
            expected=number((high["n"] * high["stated"]).sum()),
            happened=number((high["n"] * high["happened"]).sum()),
        ),
        say(
            "explained.short.verdicts",
            methods=len(SENSE),
            agree=number(aimed["agree"].sum()),
            judged=number(len(aimed)),
        )
        if len(aimed)
        else "",
        say("explained.short.caution"),
    ]
    return html.in_short(say("common.in_short"), sentences)


def figures(data: Dataset, language: str) -> Html:
    """Return where figures come from, how they reach today's boundaries, and which do not."""
    words = Language(language)
    say, number = words.say, words.number
    rows = data.observations
    origin = rows["origin"].value_counts()
    same, moved = (int(origin.get(key, 0)) for key in ("as published", "renumbered"))
    held = data.measures[data.measures["relation"].isin(["direct", "proxy"])]
    aside = data.set_aside
    table = []
    for reason in REASONS:
        part = aside[aside["reason"] == reason]
        places = part.loc[part["municipality"] != "", "municipality"].nunique()
        if len(part):
            written = number(places) if places else say("common.no_figure")
            table.append([say(f"explained.aside.{reason}"), number(len(part)), written])
    columns = [Column(say("explained.figures.reason"))]
    columns += [
        Column(say(f"explained.figures.{key}"), numeric=True) for key in ("count", "municipalities")
    ]
    return html.join(
        html.heading(say("explained.figures.heading")),
        html.paragraph(
            say(
                "explained.figures.lead",
                n=number(len(rows)),
                first=rows["year"].min(),
                last=rows["year"].max(),
                municipalities=number(len(data.municipalities)),
                measures=number(len(data.measures)),
                kpis=number(held["kpi"].nunique()),
                total=number(len(data.kpis)),
            )
        ),
        html.paragraph(say("explained.figures.boundaries")),
        formula(say("explained.figures.ratio"), say("explained.figures.mean")),
        html.paragraph(
            say(
                "explained.figures.origin",
                published=number(same),
                renumbered=number(moved),
                added=number(len(rows) - same - moved),
            )
        ),
        html.paragraph(say("explained.figures.aside", n=number(len(aside)))) if table else "",
        html.table(columns, table, say("explained.figures.caption")) if table else "",
        html.paragraph(say("explained.figures.peers", least=MINIMUM)),
    )


def trend(data: Dataset, language: str) -> Html:
    """Return how the yearly change is found, and when nothing is said of it."""
    words = Language(language)
    say = words.say
    counts = trends_of(data)["outcome"].value_counts()
    rows = []
    for outcome in _OUTCOMES:
        known = outcome != "too few"
        said = say(f"trends.word.{outcome}") if known else say("explained.trend.nothing")
        why = say(f"explained.trend.when.{outcome}", enough=ENOUGH, least=MINIMUM)
        rows.append([said, why, words.number(counts.get(outcome, 0))])
    columns = [Column(say("explained.trend.says")), Column(say("explained.trend.why"))]
    columns.append(Column(say("explained.trend.series"), numeric=True))
    names = data.measures.set_index("measure")
    broken = [
        say(
            "explained.trend.break",
            name=words.inside(words.name(names.loc[row["measure"]])),
            year=row["year"],
        )
        for _, row in data.breaks.iterrows()
    ]
    return html.join(
        html.heading(say("explained.trend.heading")),
        html.paragraph(say("explained.trend.lead")),
        formula(say("explained.trend.slope")),
        html.paragraph(say("explained.trend.uncertainty")),
        html.details(
            say("explained.trend.formula"),
            html.join(
                formula(say("explained.trend.interval")),
                html.paragraph(say("explained.trend.symbols")),
            ),
        ),
        source(words, say("explained.trend.walk")),
        html.paragraph(
            say("explained.trend.breaks", count=len(broken), names=words.listed(broken))
            if broken
            else ""
        ),
        html.table(columns, rows, say("explained.trend.caption")),
        html.paragraph(say("explained.trend.mistaken")),
    )


def ahead(data: Dataset, language: str) -> Html:
    """Return how the target year is estimated, and when the chance of a target is stated."""
    words = Language(language)
    say, number = words.say, words.number
    rows = projections(data)
    width = say("explained.ahead.width", widened=number(WIDENED, 2), change=number(SLOPE_CHANGE, 1))
    now = say(
        "explained.ahead.now",
        stated=number(rows["chance"].notna().sum()),
    )
    return html.join(
        html.heading(say("explained.ahead.heading", year=HORIZON)),
        html.paragraph(say("explained.ahead.start")),
        formula(say("explained.ahead.centre")),
        html.paragraph(say("explained.ahead.slope")),
        html.paragraph(say("explained.ahead.spread")),
        html.paragraph(say("explained.ahead.shown", enough=ENOUGH)),
        html.details(
            say("explained.ahead.formula"),
            html.join(
                formula(
                    say("explained.ahead.blend"),
                    say("explained.ahead.weight"),
                    width,
                    say("explained.ahead.chance_is"),
                ),
                html.paragraph(
                    say(
                        "explained.ahead.symbols",
                        trimmed=number(100 * TRIMMED),
                        clear=number(CLEAR, 1),
                    )
                ),
            ),
        ),
        source(words, say("explained.ahead.source")),
        html.heading(say("explained.ahead.chance_heading"), 3),
        html.paragraph(say("explained.ahead.chance", year=HORIZON)),
        html.paragraph(say("explained.ahead.not_stated", enough=ENOUGH)),
        html.paragraph(now),
    )


def targets(data: Dataset, language: str) -> Html:
    """Return every target that was considered, with what was decided and why."""
    words = Language(language)
    say = words.say
    rows = data.targets_considered
    counts = rows["decision"].value_counts()
    keys = ("indicator", "target", "year", "basis", "decision", "reason")
    columns = [Column(say(f"explained.targets.{key}")) for key in keys]
    kpis = data.kpis.set_index("code")
    table = [_considered(words, row, kpis.loc[row["kpi"]]) for _, row in rows.iterrows()]
    show = say("explained.targets.show", n=len(rows))
    return html.join(
        html.heading(say("explained.targets.heading")),
        html.paragraph(
            say(
                "explained.targets.lead",
                n=words.number(len(rows)),
                applied=words.count(int(counts.get("applied", 0))),
                left=words.count(int(counts.get("left out", 0))),
            )
        ),
        html.details(
            show,
            html.join(
                html.paragraph(say("explained.targets.language"), "note"),
                html.table(columns, table, say("explained.targets.caption"), "sources"),
            ),
        ),
    )


def sources(data: Dataset, language: str) -> Html:
    """Return the licences of the figures, and the literature."""
    words = Language(language)
    say = words.say
    labels = data.labels[data.labels["kind"] == "publisher"].to_dict("records")
    publishers = {str(row["key"]): words.name(row) for row in labels}
    by = data.measures.groupby(["publisher", "licence"]).size()
    rows = [
        [publishers.get(str(publisher), str(publisher)), licence, words.number(count)]
        for (publisher, licence), count in by.items()
    ]
    counts = data.measures["licence"].value_counts()
    held = words.listed(
        say("explained.sources.item", licence=str(licence), count=words.number(count))
        for licence, count in counts.items()
    )
    columns = [Column(say("common.source")), Column(say("common.licence"))]
    columns.append(Column(say("explained.sources.measures"), numeric=True))
    books = [english(say(f"explained.literature.{key}")) for key in _LITERATURE]
    return html.join(
        html.heading(say("explained.sources.heading")),
        html.paragraph(say("explained.sources.lead", items=held)),
        *[
            html.paragraph(say("explained.sources.commercial", licence=str(licence)))
            for licence in counts.index
            if "-NC" in str(licence)
        ],
        html.details(
            say("explained.sources.show"),
            html.table(columns, sorted(rows), say("explained.sources.caption"), "sources"),
        ),
        html.details(say("explained.sources.literature"), items(books)),
    )


def _considered(words: Language, row: pd.Series, kpi: pd.Series) -> list[str | Markup]:
    """Return a row of the table of targets; what is there in English only says so."""
    none = words.say("common.no_figure")
    name = Markup("{}").format(words.name(kpi))
    if row["data_point"] != "value":
        name += Markup('<br><small lang="en">{}</small>').format(row["data_point"])
    level = str(row["target"]).replace("-", "\N{MINUS SIGN}")
    return [
        name,
        english(f"{level} {row['unit']}"),
        none if pd.isna(row["year"]) else str(int(row["year"])),
        english(row["basis"]),
        words.say(f"explained.decision.{row['decision']}"),
        none if pd.isna(row["reason"]) else english(row["reason"]),
    ]
