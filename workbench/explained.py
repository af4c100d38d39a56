"""The page 'How do we know?': every method that the briefs rest on, and how often it was right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from workbench import charts, html
from workbench.assessment import ENOUGH, HORIZON, MINIMUM, judgements, projections
from workbench.assessment import trend as assessed_trend
from workbench.backtest import HORIZONS, Report, report
from workbench.boundaries import REASONS
from workbench.dataset import Dataset
from workbench.html import Column, Html
from workbench.language import Language
from workbench.methods import eurostat, germany, unsd
from workbench.projection import SLOPE_CHANGE, WIDENED
from workbench.verdicts import BASE, SENSE

#: A tenth with fewer chances than this is drawn hollow, and no sentence rests on it.
FEW = 200

#: What is said of a series, in the order of the table.
_OUTCOMES = ("rising", "falling", "unclear", "unchanged", "short", "overlapping", "too few")

#: The errors that `backtest.summary` compares.
_ERRORS = ("error", "error_last", "error_drift", "error_theil_sen", "error_ols")

#: What the published methods judge by, in the order of their formulas.
_FORMULAS = ("growth", "eurostat", "unsd", "points", "sdsn", "germany")

_LITERATURE = ["brier", "efron", "hyndman", "james", "laird", "long", "mackinnon", "sen", "smyth"]

#: How formulas are set off, until a page needs more of it than this one.
_SET_OFF = "margin:.6rem 0 .6rem .2rem;padding-left:.9rem;border-left:2px solid #c3ccd4"


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
    outcomes = _trends(data)["outcome"].value_counts()
    clear = int(outcomes.get("rising", 0) + outcomes.get("falling", 0))
    every, others = _reports(data)
    inside, inside_others = (
        [number(100 * found.by_horizon["cover80"].iloc[at]) for at in (0, -1)]
        for found in (every, others)
    )
    high = _above_half(every)
    _, judged = _judged(data)
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
            all=_beaten(every),
            others=_beaten(others),
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
            agree=number(judged["agree"].sum()),
            judged=number(len(judged)),
        )
        if len(judged)
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
        _formula(say("explained.figures.ratio"), say("explained.figures.mean")),
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
    counts = _trends(data)["outcome"].value_counts()
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
        _formula(say("explained.trend.slope")),
        html.paragraph(say("explained.trend.uncertainty")),
        html.details(
            say("explained.trend.formula"),
            html.join(
                _formula(say("explained.trend.interval")),
                html.paragraph(say("explained.trend.symbols")),
            ),
        ),
        _source(words, say("explained.trend.walk")),
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
        _formula(say("explained.ahead.centre")),
        html.paragraph(say("explained.ahead.slope")),
        html.paragraph(say("explained.ahead.spread")),
        html.paragraph(say("explained.ahead.shown", enough=ENOUGH)),
        html.details(
            say("explained.ahead.formula"),
            html.join(
                _formula(
                    say("explained.ahead.blend"),
                    say("explained.ahead.weight"),
                    width,
                    say("explained.ahead.chance_is"),
                ),
                html.paragraph(say("explained.ahead.symbols")),
            ),
        ),
        _source(words, say("explained.ahead.source")),
        html.heading(say("explained.ahead.chance_heading"), 3),
        html.paragraph(say("explained.ahead.chance", year=HORIZON)),
        html.paragraph(say("explained.ahead.not_stated", enough=ENOUGH)),
        html.paragraph(now),
    )


def record(data: Dataset, language: str) -> Html:
    """Return how often projections and chances were right, and what is not reached."""
    words = Language(language)
    say, number = words.say, words.number
    every, others = _reports(data)
    total = every.by_horizon["n"].sum()
    share = 1 - others.by_horizon["n"].sum() / total
    return html.join(
        html.heading(say("explained.record.heading")),
        html.paragraph(
            say(
                "explained.record.lead",
                n=number(total),
                measures=number(every.by_measure["measure"].nunique()),
                longest=max(HORIZONS),
                share=number(100 * share),
            )
        ),
        html.heading(say("explained.record.hits_heading"), 3),
        html.paragraph(
            say(
                "explained.record.hits",
                **_ends(words, every.by_horizon["cover80"], "80"),
                **_ends(words, every.by_horizon["cover95"], "95"),
            )
        ),
        _hits(words, every, others),
        html.paragraph(say("explained.record.width_note"), "note"),
        html.heading(say("explained.record.misses_heading"), 3),
        html.paragraph(
            say(
                "explained.record.misses",
                all=_closest(words, every),
                others=_closest(words, others),
            )
        ),
        _misses(words, every, others),
        html.paragraph(say("explained.record.misses_note"), "note"),
        html.details(say("explained.record.measures_show"), _by_measure(data, words, every)),
        _chances(words, every),
        html.heading(say("explained.record.limits_heading"), 3),
        _items(_limits(data, words, every, others)),
    )


def verdicts(data: Dataset, language: str) -> Html:
    """Return the four published methods, each with its thresholds, and how often they agree."""
    words = Language(language)
    say = words.say
    limits: dict[str, dict[str, object]] = {
        "eurostat": _percents(words, ("high", "middle", "low"), eurostat.WITH_TARGET),
        "unsd": _percents(words, ("least", "low", "middle", "high"), unsd.RATIO[1:-1]),
        "sdsn": {},
        "germany": {
            **_percents(words, ("sun", "cloud"), (germany.SUN, germany.SUN_CLOUD)),
            "figures": germany.FIGURES,
            "fewest": germany.FEWEST,
        },
    }
    pieces = []
    for method in SENSE:
        pieces += [
            html.heading(say(f"trends.verdict.{method}"), 3),
            html.paragraph(say(f"explained.verdicts.how.{method}", **limits[method])),
            _source(words, say(f"explained.verdicts.by.{method}")),
        ]
    return html.join(
        html.heading(say("explained.verdicts.heading")),
        html.paragraph(say("explained.verdicts.lead", methods=len(SENSE), base=BASE)),
        *pieces,
        html.details(
            say("explained.verdicts.formula.show"),
            html.join(
                _formula(*(say(f"explained.verdicts.formula.{key}") for key in _FORMULAS)),
                html.paragraph(say("explained.verdicts.formula.note"), "note"),
            ),
        ),
        _agreement(data, words),
    )


def together(data: Dataset, language: str) -> Html:
    """Return what a regression across municipalities says, and what it never says."""
    words = Language(language)
    say = words.say
    return html.join(
        html.heading(say("explained.together.heading")),
        html.paragraph(say("explained.together.lead")),
        _formula(say("explained.together.model")),
        html.paragraph(say("explained.together.fit")),
        html.paragraph(say("explained.together.over_time")),
        html.paragraph(say("explained.together.never")),
        _source(words, say("explained.together.source")),
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
    publishers = data.labels[data.labels["kind"] == "publisher"].set_index("key")
    by = data.measures.groupby(["publisher", "licence"]).size()
    rows = [
        [words.name(publishers.loc[publisher]), licence, words.number(count)]
        for (publisher, licence), count in by.items()
    ]
    counts = data.measures["licence"].value_counts()
    held = words.listed(
        say("explained.sources.item", licence=str(licence), count=words.number(count))
        for licence, count in counts.items()
    )
    columns = [Column(say("common.source")), Column(say("common.licence"))]
    columns.append(Column(say("explained.sources.measures"), numeric=True))
    books = [_english(say(f"explained.literature.{key}")) for key in _LITERATURE]
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
        html.details(say("explained.sources.literature"), _items(books)),
    )


# Frames


def _trends(data: Dataset) -> pd.DataFrame:
    """Return what is said of every series."""
    return assessed_trend(data.observations, data.breaks, data.measures)


def _reports(data: Dataset) -> tuple[Report, Report]:
    """Return how good projections were: of all measures, and of those that do not count people.

    Counts of people are long, smooth and in every municipality, so that they drown the rest.
    """
    others = data.measures.loc[data.measures["unit"] != "persons", "measure"]
    return report(data), report(data, list(others))


def _judged(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the series with a target, and those of them that two methods or more judge."""
    now, _ = judgements(data)
    aimed = now[now["target"].notna()]
    return aimed, aimed[aimed["agree"].notna()]


def _beaten(found: Report) -> int:
    """Return at how many horizons the projection was closer than the last value."""
    return int((found.by_horizon["error"] < found.by_horizon["error_last"]).sum())


def _above_half(found: Report) -> pd.DataFrame:
    """Return the tenths whose chances were above a half."""
    return found.reliability[found.reliability["stated"] > 0.5]


# Pieces


def _hits(words: Language, every: Report, others: Report) -> Html:
    """Return how often outcomes fell within the ranges, and how wide these were."""
    say, number = words.say, words.number
    keys = ("which", "ahead", "tests", "cover80", "cover95", "width_ratio")
    rows = [
        [
            which,
            number(row["horizon"]),
            number(row["n"]),
            number(100 * row["cover80"], 1),
            number(100 * row["cover95"], 1),
            number(row["width_ratio"], 2),
        ]
        for which, row in _blocks(words, every, others)
    ]
    return html.table(_columns(words, keys, 1), rows, say("explained.record.hits_caption"))


def _misses(words: Language, every: Report, others: Report) -> Html:
    """Return how far off five methods were."""
    say = words.say
    columns = _columns(words, ("which", "ahead"), 1)
    columns += [Column(say(f"explained.record.column.{key}"), numeric=True) for key in _ERRORS]
    rows = [
        [which, words.number(row["horizon"]), *(words.number(row[key], 2) for key in _ERRORS)]
        for which, row in _blocks(words, every, others)
    ]
    return html.table(columns, rows, say("explained.record.misses_caption"))


def _blocks(words: Language, every: Report, others: Report) -> Iterable[tuple[str, pd.Series]]:
    """Give each horizon of all measures and then of the others, with its name."""
    for key, found in (("all", every), ("others", others)):
        for _, row in found.by_horizon.iterrows():
            yield words.say(f"explained.record.{key}"), row


def _by_measure(data: Dataset, words: Language, found: Report) -> Html:
    """Return the same for each measure and horizon."""
    say, number = words.say, words.number
    order = {measure: at for at, measure in enumerate(data.measures["measure"])}
    names = data.measures.set_index("measure")
    table = found.by_measure.sort_values(
        ["measure", "horizon"], key=lambda keys: keys.map(order) if keys.dtype != "int64" else keys
    )
    errors = _ERRORS[:3]
    rows = [
        [
            words.name(names.loc[row["measure"]]),
            number(row["horizon"]),
            number(row["n"]),
            number(100 * row["cover80"]),
            number(100 * row["cover95"]),
            *(number(row[key], 2) for key in errors),
        ]
        for _, row in table.iterrows()
    ]
    columns = [Column(say("common.measure"))]
    columns += _columns(words, ("ahead", "tests", "cover80", "cover95"), 0)
    columns += [Column(say(f"explained.record.column.{key}"), numeric=True) for key in errors]
    return html.join(
        html.paragraph(say("explained.record.measures_note"), "note"),
        html.table(columns, rows, say("explained.record.measures_caption")),
    )


def _chances(words: Language, found: Report) -> Html:
    """Return whether stated chances came true as often as stated: sentence, chart, numbers."""
    say, number = words.say, words.number
    table = found.reliability
    easy = table.iloc[0]
    written = [
        {
            "tenth": _tenth(row["tenth"]),
            "n": number(row["n"]),
            "stated": number(100 * row["stated"], 1),
            "happened": number(100 * row["happened"], 1),
            "apart": number(row["apart"], 1, signed=True),
        }
        for _, row in table.iterrows()
    ]
    items = " ".join(say("explained.record.chart_item", **row) for row in written)
    picture = charts.reliability_chart(
        table,
        name="reliability",
        alt=say("explained.record.chart_alt", items=items),
        x_label=say("explained.record.chart_x"),
        y_label=say("explained.record.chart_y"),
        few=FEW,
        scale=number,
    )
    keys = ("tenth", "n", "stated", "happened", "apart")
    numbers = html.table(
        _columns(words, keys, 1),
        [[row[key] for key in keys] for row in written],
        say("explained.record.chart_table"),
    )
    return html.join(
        html.heading(say("explained.record.chances_heading"), 3),
        html.paragraph(
            say(
                "explained.record.chances",
                n=number(found.statements),
                brier=number(found.brier, 3),
                easy=number(easy["n"]),
                tenth=_tenth(easy["tenth"]),
            )
        ),
        _formula(say("explained.record.brier")),
        html.paragraph(say("explained.record.brier_note"), "note"),
        html.figure(
            picture,
            say("explained.record.chart_caption", few=number(FEW)),
            html.details(say("common.numbers"), numbers),
        ),
    )


def _limits(data: Dataset, words: Language, every: Report, others: Report) -> list[str]:
    """Return what is not reached, each in a sentence."""
    say, number = words.say, words.number
    ratio = every.by_horizon["width_ratio"]
    worse = len(others.by_horizon) - _beaten(others)
    sure = every.reliability[every.reliability["n"] >= FEW]
    worst = sure.loc[sure["apart"].abs().nlargest(1).index]
    each = every.by_measure
    each = 100 * each.loc[(each["n"] >= FEW) & (each["horizon"] == max(HORIZONS)), "cover80"]
    series = _trends(data)
    series = series[series["n"] >= MINIMUM]
    far = (series["last_year"] + max(HORIZONS) < HORIZON).mean()
    said = [
        say(
            "explained.record.limit_width",
            low=number(ratio.min(), 2),
            high=number(ratio.max(), 2),
        )
    ]
    if worse:
        total = len(others.by_horizon)
        said.append(say("explained.record.limit_error", count=worse, total=total))
    if len(each) > 1:
        said.append(
            say(
                "explained.record.limit_spread",
                longest=max(HORIZONS),
                low=number(each.min()),
                high=number(each.max()),
            )
        )
    for _, row in worst.iterrows():
        said.append(
            say(
                "explained.record.limit_tenth",
                tenth=_tenth(row["tenth"]),
                stated=number(100 * row["stated"]),
                happened=number(100 * row["happened"]),
            )
        )
    said.append(
        say(
            "explained.record.limit_above",
            above=number(_above_half(every)["n"].sum()),
            n=number(every.statements),
        )
    )
    said.append(say("explained.record.limit_met"))
    said.append(
        say(
            "explained.record.limit_same",
            widened=number(WIDENED, 2),
            change=number(SLOPE_CHANGE, 1),
        )
    )
    said.append(
        say(
            "explained.record.limit_far",
            longest=max(HORIZONS),
            share=number(100 * far),
            year=HORIZON,
        )
    )
    return said


def _agreement(data: Dataset, words: Language) -> Html:
    """Return how often the published methods say the same, and what each says."""
    say, number = words.say, words.number
    aimed, judged = _judged(data)
    if judged.empty:
        return Html("")
    names = data.measures.set_index("measure")
    most = judged["measure"].value_counts()
    rows = []
    for method, sense in SENSE.items():
        meant = judged[method].map(sense)
        counts = [(meant == at).sum() for at in (1, 0, -1)] + [meant.isna().sum()]
        rows.append([say(f"trends.verdict.{method}"), *map(number, counts)])
    columns = [Column(say("explained.verdicts.method"))]
    columns += [
        Column(say(f"explained.verdicts.{key}"), numeric=True)
        for key in ("on", "between", "off", "none")
    ]
    sentence = say(
        "explained.verdicts.agree",
        total=number(len(aimed)),
        judged=number(len(judged)),
        agree=number(judged["agree"].sum()),
        share=number(100 * judged["agree"].mean()),
        most=number(most.iloc[0]),
        measure=words.inside(words.name(names.loc[most.index[0]])),
    )
    return html.join(
        html.heading(say("explained.verdicts.agree_heading"), 3),
        html.paragraph(sentence),
        html.table(columns, rows, say("explained.verdicts.caption")),
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
        _english(f"{level} {row['unit']}"),
        none if pd.isna(row["year"]) else str(int(row["year"])),
        _english(row["basis"]),
        words.say(f"explained.decision.{row['decision']}"),
        none if pd.isna(row["reason"]) else _english(row["reason"]),
    ]


def _english(text: str) -> Markup:
    for signs, sign in (("<=", "≤"), (">=", "≥")):
        text = text.replace(signs, f"{sign}\N{NO-BREAK SPACE}")
    return Markup('<span lang="en">{}</span>').format(text)


def _formula(*lines: str) -> Html:
    """Return formulas in words, each set off from the text."""
    block = Markup('<p class="formula" style="{}">{}</p>')
    return html.join(*(block.format(_SET_OFF, line) for line in lines))


def _source(words: Language, source: str) -> Html:
    """Return where a method comes from."""
    return html.paragraph(words.say("explained.source", source=source), "note")


def _items(sentences: Sequence[str]) -> Html:
    """Return a list."""
    items = Markup("").join(Markup("<li>{}</li>").format(said) for said in sentences)
    return Html(Markup("<ul>{}</ul>").format(items))


def _columns(words: Language, keys: Sequence[str], texts: int) -> list[Column]:
    """Return columns of the record; the first `texts` are not numbers."""
    return [
        Column(words.say(f"explained.record.{key}"), numeric=at >= texts)
        for at, key in enumerate(keys)
    ]


def _closest(words: Language, found: Report) -> str:
    """Return which method missed least, or which ones where it depends on the horizon."""
    best = found.by_horizon[[*_ERRORS]].idxmin(axis=1).unique()
    return words.listed(words.say(f"explained.record.method.{key}") for key in best)


def _ends(words: Language, shares: pd.Series, ending: str) -> dict[str, str]:
    """Return the smallest and the largest share in per cent."""
    return {
        f"low{ending}": words.number(100 * shares.min(), 1),
        f"high{ending}": words.number(100 * shares.max(), 1),
    }


def _percents(
    words: Language, names: Sequence[str], shares: Sequence[float] | np.ndarray
) -> dict[str, object]:
    """Return thresholds in per cent, by name."""
    return {name: words.number(100 * share) for name, share in zip(names, shares, strict=True)}


def _tenth(name: str) -> str:
    """Return '0-10 %' as it is written in a text."""
    return name.replace("-", "\N{EN DASH}").replace(" ", "\N{NO-BREAK SPACE}")
