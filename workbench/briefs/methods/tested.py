"""How often the projections and the stated chances were right."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench import charts
from workbench.analysis.assessment import trends_and_goals
from workbench.analysis.backtest import HORIZONS, Report, report
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import MINIMUM, SLOPE_CHANGE, WIDENED
from workbench.briefs.methods.section import Section
from workbench.briefs.view import records
from workbench.dataset import Dataset
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: A tenth with fewer chances than this is drawn hollow, and no sentence rests on it.
FEW = 200

#: Stated chances and outcomes may differ by so many points of per cent.
APART = 5.0

#: The errors that `backtest.summary` compares.
_ERRORS = ("error", "error_last", "error_drift", "error_theil_sen", "error_ols")


def record(data: Dataset, language: str) -> Html:
    """Return how often projections and chances were right, and what is not reached."""
    every, others = reports(data)
    total = every.by_horizon["n"].sum()
    section = Section(language, "record", longest=max(HORIZONS))
    number = section.number
    ends = {
        f"{end}{of}": number(100 * getattr(every.by_horizon[f"cover{of}"], least)(), 1)
        for of in ("80", "95")
        for end, least in (("low", "min"), ("high", "max"))
    }
    lead = section.say(
        "lead",
        n=number(total),
        measures=number(every.by_measure["measure"].nunique()),
        share=number(100 * (1 - others.by_horizon["n"].sum() / total)),
    )
    closest = {"all": _closest(section, every), "others": _closest(section, others)}
    return section.write(
        "# heading",
        html.paragraph(lead),
        "## hits_heading",
        html.paragraph(section.say("hits", **ends)),
        _hits(section, every, others),
        "! width_note",
        "## misses_heading",
        html.paragraph(section.say("misses", **closest)),
        _misses(section, every, others),
        "! misses_note",
        section.details("measures_show", "! measures_note", _by_measure(data, section, every)),
        _chances(section, every),
        "## limits_heading",
        html.items(_limits(data, section, every, others)),
    )


def reports(data: Dataset) -> tuple[Report, Report]:
    """Return how good projections were: of all measures, and of those that do not count people.

    Counts of people are long, smooth and in every municipality, so that they drown the rest.
    """
    others = data.measures.loc[data.measures["unit"] != "persons", "measure"]
    return report(data), report(data, list(others))


def beaten(found: Report) -> int:
    """Return at how many horizons the projection was closer than the last value."""
    return int((found.by_horizon["error"] < found.by_horizon["error_last"]).sum())


def above_half(found: Report) -> pd.DataFrame:
    """Return the tenths whose chances were above a half."""
    return found.reliability[found.reliability["stated"] > 0.5]


def _hits(section: Section, every: Report, others: Report) -> Html:
    """Return how often outcomes fell within the ranges, and how wide these were."""
    number = section.number
    rows = [
        [
            *_of_horizon(section, which, row),
            number(row["n"]),
            *(number(100 * row[key], 1) for key in ("cover80", "cover95")),
            number(row["width_ratio"], 2),
        ]
        for which, row in _blocks(every, others)
    ]
    heads = "which #ahead #tests #cover80 #cover95 #width_ratio"
    return section.table(heads, rows, "hits_caption")


def _misses(section: Section, every: Report, others: Report) -> Html:
    """Return how far off five methods were."""
    rows = [
        [*_of_horizon(section, which, row), *(section.number(row[key], 2) for key in _ERRORS)]
        for which, row in _blocks(every, others)
    ]
    errors = " ".join(f"#column.{key}" for key in _ERRORS)
    return section.table(f"which #ahead {errors}", rows, "misses_caption")


def _blocks(every: Report, others: Report) -> Iterable[tuple[str, Row]]:
    """Give each horizon of all measures and then of the others, with its key."""
    for key, found in (("all", every), ("others", others)):
        for row in records(found.by_horizon):
            yield key, row


def _of_horizon(section: Section, which: str, row: Row) -> list[str]:
    return [section.say(which), section.number(row["horizon"])]


def _by_measure(data: Dataset, section: Section, found: Report) -> Html:
    """Return the same for each measure and horizon."""
    number, names = section.number, data.measures.set_index("measure")
    table = found.by_measure.assign(at=names.index.get_indexer(found.by_measure["measure"]))
    rows = [
        [
            section.words.name(names.loc[row["measure"]]),
            *(number(row[key]) for key in ("horizon", "n")),
            *(number(100 * row[key]) for key in ("cover80", "cover95")),
            *(number(row[key], 2) for key in _ERRORS[:3]),
        ]
        for row in records(table.sort_values(["at", "horizon"]))
    ]
    errors = " ".join(f"#column.{key}" for key in _ERRORS[:3])
    heads = f"common.measure #ahead #tests #cover80 #cover95 {errors}"
    return section.table(heads, rows, "measures_caption")


def _chances(section: Section, found: Report) -> Html:
    """Return whether stated chances came true as often as stated: sentence, chart, numbers."""
    say, number, table = section.say, section.number, found.reliability
    rows = [
        {
            "tenth": _tenth(row["tenth"]),
            "n": number(row["n"]),
            **{key: number(100 * row[key], 1) for key in ("stated", "happened")},
            "apart": number(row["apart"], 1, signed=True),
        }
        for row in records(table)
    ]
    picture = charts.reliability_chart(
        table,
        name="reliability",
        alt=say("chart_alt", items=" ".join(say("chart_item", **row) for row in rows)),
        x_label=say("chart_x"),
        y_label=say("chart_y"),
        few=FEW,
        scale=number,
    )
    cells = [list(row.values()) for row in rows]
    numbers = section.table("tenth #n #stated #happened #apart", cells, "chart_table")
    chances = say(
        "chances",
        n=number(found.statements),
        brier=number(found.brier, 3),
        today=number(found.brier_today, 3),
        worst=number(table.loc[table["n"] >= FEW, "apart"].abs().max(), 1),
        few=number(FEW),
        easy=rows[0]["n"],
        tenth=rows[0]["tenth"],
    )
    return section.write(
        "## chances_heading",
        html.paragraph(chances),
        "= brier",
        "! brier_note",
        html.figure(
            picture,
            say("chart_caption", few=number(FEW)),
            html.details(say("common.numbers"), numbers),
        ),
    )


def _limits(data: Dataset, section: Section, every: Report, others: Report) -> list[str]:
    """Return the limits of the projections, each in a sentence."""
    say, number = section.say, section.number
    ratio = every.by_horizon["width_ratio"]
    low, high = number(ratio.min(), 2), number(ratio.max(), 2)
    sentences = [say("limit_width", low=low, high=high)]
    total = len(others.by_horizon)
    if worse := total - beaten(others):
        sentences.append(say("limit_error", count=worse, total=total))
    each = every.by_measure
    each = 100 * each.loc[(each["n"] >= FEW) & (each["horizon"] == max(HORIZONS)), "cover80"]
    if len(each) > 1:
        sentences.append(say("limit_spread", low=number(each.min()), high=number(each.max())))
    sure = every.reliability[every.reliability["n"] >= FEW]
    worst = sure.loc[sure["apart"].abs().nlargest(1).index]
    for row in records(worst[worst["apart"].abs() > APART]):
        stated, happened = (number(100 * row[key]) for key in ("stated", "happened"))
        tenth = _tenth(row["tenth"])
        sentences.append(say("limit_tenth", tenth=tenth, stated=stated, happened=happened))
    series = trends_and_goals(data)[0]
    series = series[series["n"] >= MINIMUM]
    far = (series["last_year"] + max(HORIZONS) < HORIZON).mean()
    return [
        *sentences,
        say("limit_same", widened=number(WIDENED, 2), change=number(SLOPE_CHANGE, 1)),
        say("limit_far", share=number(100 * far), year=HORIZON),
    ]


def _closest(section: Section, found: Report) -> str:
    """Return the method that missed least, or those where it depends on the horizon."""
    best = found.by_horizon[[*_ERRORS]].idxmin(axis=1).unique()
    return section.words.listed(section.say(f"method.{key}") for key in best)


def _tenth(name: str) -> str:
    """Return '0-10 %' as it is written in a text."""
    return name.replace("-", "\N{EN DASH}").replace(" ", "\N{NO-BREAK SPACE}")
