"""The page 'How do we know?': every method that the briefs rest on, and how often it was right.

>>> import workbench as wb
>>> print(wb.explained.title(wb.load(), "en"))
<p class="kicker">...</p>
<h1>How do we know?</h1>
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from workbench.analysis.assessment import judgements, projections, trends_and_goals
from workbench.analysis.motion import INDICATORS, PEOPLE, SPLIT
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import ENOUGH, MINIMUM
from workbench.analysis.verdicts import BASE, SENSE
from workbench.briefs.methods import tested
from workbench.briefs.methods.section import Section, english
from workbench.briefs.methods.standing import first
from workbench.briefs.methods.tested import record
from workbench.briefs.view import records
from workbench.dataset import Dataset
from workbench.dataset.boundaries import REASONS
from workbench.language.translator import Language, Row
from workbench.markup import html
from workbench.markup.html import Html
from workbench.methods import eurostat, germany, unsd

__all__ = ["ahead", "figures", "first", "record", "sources", "summary", "targets"]
__all__ += ["title", "together", "trend", "verdicts"]

#: The outcomes of a series, in the order of the table.
_OUTCOMES = ("rising", "falling", "unclear", "unchanged", "short", "overlapping", "too few")

#: What the published methods judge by, in the order of their formulas.
_FORMULAS = ("growth", "eurostat", "unsd", "points", "sdsn", "germany")

_LITERATURE = ["brier", "efron", "gardner", "gneiting", "hyndman", "james", "laird"]
_LITERATURE += ["long", "mackinnon", "smyth"]


#: What is told of the constants of a projection, in the order of the table.
_CONSTANTS = ("trimmed", "damping", "slope_change", "widened", "tails", "usual", "usual_years")


def title(data: Dataset, language: str) -> Html:
    """Return the heading. `data` is taken as by all other calls of this page."""
    say = Language(language).say
    kicker = html.paragraph(say("methods.kicker"), "kicker")
    return html.join(kicker, html.heading(say("methods.title"), 1))


def summary(data: Dataset, language: str) -> Html:
    """Return the box 'in short': where figures come from, when something is said, how sure."""
    section = Section(language, "short", year=HORIZON, split=SPLIT)
    say, number = section.say, section.number
    outcomes = trends_and_goals(data)[0]["outcome"].value_counts()
    clear, unclear = (
        int(outcomes.reindex(kinds).sum()) for kinds in (["rising", "falling"], ["unclear"])
    )
    every, near, far = tested.summary(data)
    longest = {"longest": int(far["horizon"])}
    held = {name: number(100 * row["cover80"]) for name, row in (("first", near), ("last", far))}
    missed = {
        name: number(100 * row["error"] / row["error_last"])
        for name, row in (("error", near), ("far", far))
    }
    high = tested.above_half(every)
    chance = {
        "above": high["n"].sum(),
        "expected": (high["n"] * high["stated"]).sum(),
        "happened": (high["n"] * high["happened"]).sum(),
    }
    chance = {key: number(value) for key, value in chance.items()}
    _, aimed = _with_targets(data)
    agree = {"agree": number(aimed["agree"].sum()), "judged": number(len(aimed))}
    sentences = [
        say("figures"),
        say("trend", clear=number(clear), tested=number(clear + unclear)),
        say("held", **held, **longest),
        say("beaten", **missed, **longest),
        say("chance", n=number(every.statements), **chance),
        say("verdicts", methods=len(SENSE), **agree) if len(aimed) else "",
        say("caution"),
    ]
    return html.in_short(say("common.in_short"), sentences)


def figures(data: Dataset, language: str) -> Html:
    """Return where figures come from, how they reach today's boundaries, and which do not."""
    rows, aside = data.observations, data.set_aside
    known = data.measures[data.measures["measure"].isin(rows["measure"])]
    number = Language(language).number
    origin = rows["origin"].value_counts()
    same, moved = (int(origin.get(key, 0)) for key in ("as published", "renumbered"))
    kpis = known.loc[known["relation"].isin(["direct", "proxy"]), "kpi"]
    section = Section(
        language,
        "figures",
        first=rows["year"].min(),
        last=rows["year"].max(),
        municipalities=number(len(data.municipalities)),
        measures=number(len(known)),
        kpis=number(kpis.nunique()),
        total=number(len(data.kpis)),
        published=number(same),
        renumbered=number(moved),
        added=number(len(rows) - same - moved),
        least=MINIMUM,
    )
    table = []
    for reason in REASONS:
        part = aside[aside["reason"] == reason]
        places = part.loc[part["municipality"] != "", "municipality"].nunique()
        if len(part):
            written = number(places) if places else section.say("common.no_figure")
            table.append([section.say(f"methods.aside.{reason}"), number(len(part)), written])
    return section.write(
        "# heading",
        html.paragraph(section.say("lead", n=number(len(rows)))),
        "boundaries",
        "= ratio",
        "= mean",
        "origin",
        html.paragraph(section.say("aside", n=number(len(aside))) if table else ""),
        section.table("reason #count #municipalities", table, "caption") if table else "",
        "peers",
    )


def trend(data: Dataset, language: str) -> Html:
    """Return how the yearly change is found, and when nothing is said of it."""
    section = Section(language, "trend", enough=ENOUGH, least=MINIMUM)
    say, words, names = section.say, section.words, data.measures.set_index("measure")
    counts = trends_and_goals(data)[0]["outcome"].value_counts()
    rows = [
        [
            say("nothing" if outcome == "too few" else f"trends.sure.{outcome}"),
            say(f"when.{outcome}"),
            words.number(counts.get(outcome, 0)),
        ]
        for outcome in _OUTCOMES
    ]
    broken = [
        say("break", name=words.inside(words.name(names.loc[row["measure"]])), year=row["year"])
        for row in records(data.breaks)
    ]
    breaks = say("breaks", count=len(broken), names=words.listed(broken)) if broken else ""
    return section.write(
        "# heading",
        "lead",
        "= slope",
        "uncertainty",
        section.details("formula", "= interval", "symbols"),
        "@ walk",
        html.paragraph(breaks),
        section.table("says why #series", rows, "caption"),
        "mistaken",
    )


def ahead(data: Dataset, language: str) -> Html:
    """Return how the target year is estimated, and when the chance of a target is stated."""
    number = Language(language).number
    section = Section(
        language,
        "ahead",
        year=HORIZON,
        enough=ENOUGH,
        split=SPLIT,
        widened=number(INDICATORS.widened, 2),
        widened_people=number(PEOPLE.widened, 2),
        change=number(PEOPLE.slope_change, 2),
        stated=number(projections(data)["chance"].notna().sum()),
    )
    return section.write(
        *("# heading", "start", "= centre", "slope", "spread", "shown"),
        section.details(
            "formula",
            *("= reach", "= width", "= width_people", "= blend", "= weight", "= chance_is"),
            *("symbols", "constants", _constants(section)),
        ),
        *("@ source", "## chance_heading", "chance", "not_stated", "now"),
    )


def _constants(section: Section) -> Html:
    """Return the table of what is not estimated from the figures."""
    none = section.say("common.no_figure")
    rows = [
        [
            section.say(f"methods.constants.{name}"),
            *(
                section.number(value, 2) if np.isfinite(value) else none
                for value in (getattr(of, name) for of in (INDICATORS, PEOPLE))
            ),
        ]
        for name in _CONSTANTS
    ]
    kinds = " ".join(f"#methods.record.{kind}" for kind in tested.KINDS)
    return section.table(f"methods.constants.name {kinds}", rows, "methods.constants.caption")


def verdicts(data: Dataset, language: str) -> Html:
    """Return the four published methods, each with its thresholds, and how often they agree."""
    section = Section(language, "verdicts", methods=len(SENSE), base=BASE)

    def percents(names: str, shares: Iterable[float]) -> dict[str, object]:
        return {
            name: section.number(100 * share)
            for name, share in zip(names.split(), shares, strict=True)
        }

    limits: dict[str, dict[str, object]] = {
        "eurostat": percents("high middle low", eurostat.WITH_TARGET),
        "unsd": percents("least low middle high", unsd.RATIO[1:-1]),
        "germany": {
            **percents("sun cloud", (germany.SUN, germany.SUN_CLOUD)),
            "figures": germany.FIGURES,
            "fewest": germany.FEWEST,
        },
    }
    methods: list[str] = []
    for method in SENSE:
        how = section.say(f"how.{method}", **limits.get(method, {}))
        methods += [f"## trends.verdict.{method}", html.paragraph(how), f"@ by.{method}"]
    formulas = [f"= formula.{key}" for key in _FORMULAS]
    return section.write(
        "# heading",
        "lead",
        *methods,
        section.details("formula.show", *formulas, "! formula.note"),
        _agreement(data, section),
    )


def together(data: Dataset, language: str) -> Html:
    """Return the method of regressions across municipalities, and its limits."""
    outline = ("# heading", "lead", "= model", "fit", "over_time", "never", "@ source")
    return Section(language, "together").write(*outline)


def _with_targets(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the series with a target, and those of them that two methods or more judge."""
    now, _ = judgements(data)
    aimed = now[now["target"].notna()]
    return aimed, aimed[aimed["agree"].notna()]


def _agreement(data: Dataset, section: Section) -> Html:
    """Return how often the published methods say the same, and what each says."""
    say, number, words = section.say, section.number, section.words
    aimed, both = _with_targets(data)
    if both.empty:
        return Html("")
    most = both["measure"].value_counts()
    rows = []
    for method, sense in SENSE.items():
        meant = both[method].map(sense)
        counts = [(meant == at).sum() for at in (1, 0, -1)] + [meant.isna().sum()]
        rows.append([say(f"trends.verdict.{method}"), *map(number, counts)])
    agree = say(
        "agree",
        total=number(len(aimed)),
        judged=number(len(both)),
        agree=number(both["agree"].sum()),
        share=number(100 * both["agree"].mean()),
        most=number(most.iloc[0]),
        measure=words.inside(words.name(data.measure(most.index[0]))),
    )
    return section.write(
        "## agree_heading",
        html.paragraph(agree),
        section.table("method #on #between #off #none", rows, "caption"),
    )


def targets(data: Dataset, language: str) -> Html:
    """Return every target that was considered, with what was decided and why."""
    rows = data.targets_considered
    section = Section(language, "targets", n=len(rows))
    words, kpis = section.words, data.kpis.set_index("code")
    table = [_considered(words, row, kpis.loc[row["kpi"]]) for row in records(rows)]
    applied, left = (
        words.count(int((rows["decision"] == key).sum())) for key in ("applied", "left out")
    )
    lead = section.say("lead", n=section.number(len(rows)), applied=applied, left=left)
    heads = "indicator target year basis decision reason"
    return section.write(
        "# heading",
        html.paragraph(lead),
        section.details("show", "! language", section.table(heads, table, "caption", "sources")),
    )


def _considered(words: Language, row: Row, kpi: Row) -> list[str]:
    """Return a row of the table of targets; what is there in English only says so."""
    none = words.say("common.no_figure")
    point = Html('<br><small lang="en">{}</small>').format(row["data_point"])
    level = str(row["target"]).replace("-", "\N{MINUS SIGN}")
    return [
        Html("{}{}").format(words.name(kpi), "" if row["data_point"] == "value" else point),
        english(f"{level} {row['unit']}"),
        none if pd.isna(row["year"]) else str(int(row["year"])),
        english(row["basis"]),
        words.say(f"methods.decision.{row['decision']}"),
        none if pd.isna(row["reason"]) else english(row["reason"]),
    ]


def sources(data: Dataset, language: str) -> Html:
    """Return the licences of the figures, and the literature."""
    section = Section(language, "sources")
    say, words, number = section.say, section.words, section.number
    labels = data.labels[data.labels["kind"] == "publisher"]
    publishers = {row["key"]: words.name(row) for row in records(labels)}
    by = data.measures.groupby(["publisher", "licence"]).size()
    rows = [
        [publishers.get(publisher, publisher), licence, number(count)]
        for (publisher, licence), count in by.items()
    ]
    counts = data.measures["licence"].value_counts()
    held = words.listed(
        say("item", licence=licence, count=number(count)) for licence, count in counts.items()
    )
    commercial = [licence for licence in counts.index if "-NC" in licence]
    books = [english(say(f"methods.literature.{key}")) for key in _LITERATURE]
    heads = "common.source common.licence #measures"
    return section.write(
        "# heading",
        html.paragraph(say("lead", items=held)),
        *[html.paragraph(say("commercial", licence=licence)) for licence in commercial],
        section.details("show", section.table(heads, sorted(rows), "caption", "sources")),
        section.details("literature", html.items(books)),
    )
