"""The page 'How do we know?': every method that the briefs rest on, and how often it was right.

>>> import workbench as wb
>>> print(wb.explained.title(wb.load(), "en"))
<p class="kicker">...</p>
<h1>How do we know?</h1>
"""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench.analysis.assessment import projections
from workbench.analysis.backtest import HORIZONS
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import CLEAR, ENOUGH, MINIMUM, SLOPE_CHANGE, TRIMMED, WIDENED
from workbench.analysis.verdicts import SENSE
from workbench.briefs.methods import tested
from workbench.briefs.methods.judged import together, verdicts, with_targets
from workbench.briefs.methods.pieces import english, formula, items, source, trends_of
from workbench.briefs.methods.tested import record
from workbench.dataset import Dataset
from workbench.dataset.boundaries import REASONS
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html

__all__ = ["ahead", "figures", "record", "sources", "summary", "targets"]
__all__ += ["title", "together", "trend", "verdicts"]

#: What is said of a series, in the order of the table.
_OUTCOMES = ("rising", "falling", "unclear", "unchanged", "short", "overlapping", "too few")


_LITERATURE = ["brier", "efron", "hyndman", "james", "laird", "long", "mackinnon", "sen", "smyth"]


def title(data: Dataset, language: str) -> Html:
    """Return the heading. `data` is taken as by all other calls of this page."""
    say = Language(language).say
    return html.join(
        html.paragraph(say("methods.kicker"), "kicker"),
        html.heading(say("methods.title"), 1),
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
        say("methods.short.figures"),
        say(
            "methods.short.trend",
            clear=number(clear),
            tested=number(clear + outcomes.get("unclear", 0)),
        ),
        say(
            "methods.short.held",
            year=HORIZON,
            first=inside[0],
            last=inside[1],
            others_first=inside_others[0],
            others_last=inside_others[1],
            longest=max(HORIZONS),
        ),
        say(
            "methods.short.beaten",
            all=tested.beaten(every),
            others=tested.beaten(others),
            total=len(every.by_horizon),
        ),
        say(
            "methods.short.chance",
            n=number(every.statements),
            above=number(high["n"].sum()),
            expected=number((high["n"] * high["stated"]).sum()),
            happened=number((high["n"] * high["happened"]).sum()),
        ),
        say(
            "methods.short.verdicts",
            methods=len(SENSE),
            agree=number(aimed["agree"].sum()),
            judged=number(len(aimed)),
        )
        if len(aimed)
        else "",
        say("methods.short.caution"),
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
            table.append([say(f"methods.aside.{reason}"), number(len(part)), written])
    columns = [Column(say("methods.figures.reason"))]
    columns += [
        Column(say(f"methods.figures.{key}"), numeric=True) for key in ("count", "municipalities")
    ]
    return html.join(
        html.heading(say("methods.figures.heading")),
        html.paragraph(
            say(
                "methods.figures.lead",
                n=number(len(rows)),
                first=rows["year"].min(),
                last=rows["year"].max(),
                municipalities=number(len(data.municipalities)),
                measures=number(len(data.measures)),
                kpis=number(held["kpi"].nunique()),
                total=number(len(data.kpis)),
            )
        ),
        html.paragraph(say("methods.figures.boundaries")),
        formula(say("methods.figures.ratio"), say("methods.figures.mean")),
        html.paragraph(
            say(
                "methods.figures.origin",
                published=number(same),
                renumbered=number(moved),
                added=number(len(rows) - same - moved),
            )
        ),
        html.paragraph(say("methods.figures.aside", n=number(len(aside)))) if table else "",
        html.table(columns, table, say("methods.figures.caption")) if table else "",
        html.paragraph(say("methods.figures.peers", least=MINIMUM)),
    )


def trend(data: Dataset, language: str) -> Html:
    """Return how the yearly change is found, and when nothing is said of it."""
    words = Language(language)
    say = words.say
    counts = trends_of(data)["outcome"].value_counts()
    rows = []
    for outcome in _OUTCOMES:
        known = outcome != "too few"
        said = say(f"trends.word.{outcome}") if known else say("methods.trend.nothing")
        why = say(f"methods.trend.when.{outcome}", enough=ENOUGH, least=MINIMUM)
        rows.append([said, why, words.number(counts.get(outcome, 0))])
    columns = [Column(say("methods.trend.says")), Column(say("methods.trend.why"))]
    columns.append(Column(say("methods.trend.series"), numeric=True))
    names = data.measures.set_index("measure")
    broken = [
        say(
            "methods.trend.break",
            name=words.inside(words.name(names.loc[row["measure"]])),
            year=row["year"],
        )
        for _, row in data.breaks.iterrows()
    ]
    return html.join(
        html.heading(say("methods.trend.heading")),
        html.paragraph(say("methods.trend.lead")),
        formula(say("methods.trend.slope")),
        html.paragraph(say("methods.trend.uncertainty")),
        html.details(
            say("methods.trend.formula"),
            html.join(
                formula(say("methods.trend.interval")),
                html.paragraph(say("methods.trend.symbols")),
            ),
        ),
        source(words, say("methods.trend.walk")),
        html.paragraph(
            say("methods.trend.breaks", count=len(broken), names=words.listed(broken))
            if broken
            else ""
        ),
        html.table(columns, rows, say("methods.trend.caption")),
        html.paragraph(say("methods.trend.mistaken")),
    )


def ahead(data: Dataset, language: str) -> Html:
    """Return how the target year is estimated, and when the chance of a target is stated."""
    words = Language(language)
    say, number = words.say, words.number
    rows = projections(data)
    width = say("methods.ahead.width", widened=number(WIDENED, 2), change=number(SLOPE_CHANGE, 1))
    now = say(
        "methods.ahead.now",
        stated=number(rows["chance"].notna().sum()),
    )
    return html.join(
        html.heading(say("methods.ahead.heading", year=HORIZON)),
        html.paragraph(say("methods.ahead.start")),
        formula(say("methods.ahead.centre")),
        html.paragraph(say("methods.ahead.slope")),
        html.paragraph(say("methods.ahead.spread")),
        html.paragraph(say("methods.ahead.shown", enough=ENOUGH)),
        html.details(
            say("methods.ahead.formula"),
            html.join(
                formula(
                    say("methods.ahead.blend"),
                    say("methods.ahead.weight"),
                    width,
                    say("methods.ahead.chance_is"),
                ),
                html.paragraph(
                    say(
                        "methods.ahead.symbols",
                        trimmed=number(100 * TRIMMED),
                        clear=number(CLEAR, 1),
                    )
                ),
            ),
        ),
        source(words, say("methods.ahead.source")),
        html.heading(say("methods.ahead.chance_heading"), 3),
        html.paragraph(say("methods.ahead.chance", year=HORIZON)),
        html.paragraph(say("methods.ahead.not_stated", enough=ENOUGH)),
        html.paragraph(now),
    )


def targets(data: Dataset, language: str) -> Html:
    """Return every target that was considered, with what was decided and why."""
    words = Language(language)
    say = words.say
    rows = data.targets_considered
    counts = rows["decision"].value_counts()
    keys = ("indicator", "target", "year", "basis", "decision", "reason")
    columns = [Column(say(f"methods.targets.{key}")) for key in keys]
    kpis = data.kpis.set_index("code")
    table = [_considered(words, row, kpis.loc[row["kpi"]]) for _, row in rows.iterrows()]
    show = say("methods.targets.show", n=len(rows))
    return html.join(
        html.heading(say("methods.targets.heading")),
        html.paragraph(
            say(
                "methods.targets.lead",
                n=words.number(len(rows)),
                applied=words.count(int(counts.get("applied", 0))),
                left=words.count(int(counts.get("left out", 0))),
            )
        ),
        html.details(
            show,
            html.join(
                html.paragraph(say("methods.targets.language"), "note"),
                html.table(columns, table, say("methods.targets.caption"), "sources"),
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
        say("methods.sources.item", licence=str(licence), count=words.number(count))
        for licence, count in counts.items()
    )
    columns = [Column(say("common.source")), Column(say("common.licence"))]
    columns.append(Column(say("methods.sources.measures"), numeric=True))
    books = [english(say(f"methods.literature.{key}")) for key in _LITERATURE]
    return html.join(
        html.heading(say("methods.sources.heading")),
        html.paragraph(say("methods.sources.lead", items=held)),
        *[
            html.paragraph(say("methods.sources.commercial", licence=str(licence)))
            for licence in counts.index
            if "-NC" in str(licence)
        ],
        html.details(
            say("methods.sources.show"),
            html.table(columns, sorted(rows), say("methods.sources.caption"), "sources"),
        ),
        html.details(say("methods.sources.literature"), items(books)),
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
        words.say(f"methods.decision.{row['decision']}"),
        none if pd.isna(row["reason"]) else english(row["reason"]),
    ]
