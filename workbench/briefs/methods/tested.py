"""How often the projections and the stated chances were right."""

from __future__ import annotations

import pandas as pd

from workbench import charts
from workbench.analysis.assessment import trends_and_goals
from workbench.analysis.averages import LEAST_MUNICIPALITIES
from workbench.analysis.backtest import HORIZONS, LARGE, Report, report
from workbench.analysis.chances import FAR, LEAST, WORST, gaps
from workbench.analysis.motion import INDICATORS, SPLIT
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import MINIMUM
from workbench.briefs.methods.section import Section
from workbench.briefs.view import records
from workbench.dataset import Dataset
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html

#: A tenth with fewer chances than this is drawn hollow, and no sentence rests on it.
FEW = 200

#: Two scores that are apart by less than this share are called close.
NEAR = 0.05

#: The kinds of measures, by the name of their text, and as `backtest.macro` calls them.
KINDS = {"indicators": "indicators", "people": "counts of persons"}

#: Numbers of the test with their decimals; shares in per cent.
_NUMBERS = {"cover80": 1, "cover95": 1, "error": 2, "error_last": 2}
_NUMBERS |= {"interval_score80": 2, "interval_score80_naive": 2}
_HEADS = " ".join(f"#{key}" for key in _NUMBERS)


def record(data: Dataset, language: str) -> Html:
    """Return how often projections and chances were right, and what is not reached."""
    every, later = report(data), report(data, split=SPLIT)
    section = Section(language, "record", longest=max(HORIZONS), split=SPLIT, year=HORIZON)
    lead = section.say(
        "lead",
        n=section.number(every.by_measure["n"].sum()),
        measures=section.number(every.by_measure["measure"].nunique()),
        least=LEAST_MUNICIPALITIES,
    )
    return section.write(
        "# heading",
        html.paragraph(lead),
        "split",
        _hits(section, later),
        "! hits_note",
        section.details("measures_show", "! measures_note", _by_measure(data, section, every)),
        _chances(section, every),
        "## limits_heading",
        html.items(_limits(data, section, every, later)),
    )


def summary(data: Dataset) -> tuple[Report, pd.Series, pd.Series]:
    """Return the test, and its averages on later years for one year ahead and for the most."""
    rows = _averages(report(data, split=SPLIT), "indicators")
    return report(data), rows.iloc[0], rows.iloc[-1]


def _averages(found: Report, kind: str, size: str = "all") -> pd.DataFrame:
    """Return the averages over measures of one kind and size of municipality."""
    table = found.macro
    return table[(table["kind"] == KINDS[kind]) & (table["size"] == size)]


def above_half(found: Report) -> pd.DataFrame:
    """Return the tenths whose chances were above a half."""
    return found.reliability[found.reliability["stated"] > 0.5]


def _hits(section: Section, found: Report) -> Html:
    """Return how often outcomes fell within the ranges, how far off they were, and the scores."""
    rows = [
        [
            section.say(kind),
            *(section.number(row[key]) for key in ("horizon", "measures")),
            *_scores(section, row),
        ]
        for kind in KINDS
        for row in records(_averages(found, kind))
    ]
    return section.table(f"which #ahead #measures {_HEADS}", rows, "hits_caption")


def _scores(section: Section, row: Row) -> list[str]:
    """Return the numbers of the test as they are written; coverage in per cent."""
    return [
        section.number((100 if key.startswith("cover") else 1) * row[key], decimals)
        for key, decimals in _NUMBERS.items()
    ]


def _by_measure(data: Dataset, section: Section, found: Report) -> Html:
    """Return the same for each measure and horizon."""
    number, names = section.number, data.measures.set_index("measure")
    table = found.by_measure.assign(at=names.index.get_indexer(found.by_measure["measure"]))
    rows = [
        [
            section.words.name(names.loc[row["measure"]]),
            *(number(row[key]) for key in ("horizon", "years", "municipalities")),
            *_scores(section, row),
        ]
        for row in records(table.sort_values(["at", "horizon"]))
    ]
    heads = f"common.measure #ahead #years #municipalities {_HEADS}"
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


def _limits(data: Dataset, section: Section, every: Report, later: Report) -> list[str]:
    """Return the limits of the projections, each in a sentence."""
    say, number = section.say, section.number
    table, large = (_averages(later, "indicators", size) for size in ("all", "large"))
    beaten = table.loc[(table["better"] / table["measures"]).idxmin()]
    lost = later.by_measure
    voters = lost.groupby("measure")["municipalities"].transform("max") >= LEAST_MUNICIPALITIES
    lost = lost[voters & ~lost["measure"].isin(later.people)]
    lost = lost[lost["horizon"] == beaten["horizon"]]
    ratio = lost["interval_score80"] / lost["interval_score80_naive"]
    worse = lost[ratio >= 1 + NEAR]
    large = large.loc[large["cover80"].idxmin()]
    each = every.by_measure
    each = each[(each["municipalities"] >= LEAST_MUNICIPALITIES) & (each["horizon"] == 1)]
    apart = gaps(every.cells[~every.cells["measure"].isin(every.unproven)])
    series = trends_and_goals(data)[0]
    series = series[series["n"] >= MINIMUM]
    far = (series["last_year"] + max(HORIZONS) < HORIZON).mean()
    facts: dict[str, dict[str, object]] = {
        "naive": {
            "better": number(beaten["better"]),
            "measures": number(beaten["measures"]),
            "ahead": int(beaten["horizon"]),
        },
        "lost": {
            "near": number(100 * NEAR),
            "close": number(ratio.between(1, 1 + NEAR, inclusive="left").sum()),
            "lost": number((ratio >= 1).sum()),
            "wide": number((worse["cover80"] > 0.8).sum()),
        },
        "spread": {
            "low": number(100 * each["cover80"].min()),
            "high": number(100 * each["cover80"].max()),
        },
        "large": {
            "residents": number(LARGE),
            "low": number(100 * large["cover80"]),
            "ahead": int(large["horizon"]),
        },
        "chance": {
            "mean": number(apart["mean"], 1),
            "share": number(100 * apart["far"]),
            "far": number(FAR),
            "n": LEAST,
            "unproven": len(every.unproven),
            "worst": number(WORST),
        },
        "same": {"widened": number(INDICATORS.widened, 2)},
        "far": {"share": number(100 * far)},
    }
    return [say(f"limit_{key}", **values) for key, values in facts.items()]


def _tenth(name: str) -> str:
    """Return '0-10 %' as it is written in a text."""
    return name.replace("-", "\N{EN DASH}").replace(" ", "\N{NO-BREAK SPACE}")
