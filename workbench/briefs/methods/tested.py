"""How often the projections and the stated chances were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from workbench import charts
from workbench.analysis.backtest import HORIZONS, Report, report
from workbench.analysis.outlook import HORIZON
from workbench.analysis.projection import MINIMUM, SLOPE_CHANGE, WIDENED
from workbench.briefs.methods.pieces import formula, items, trends_of
from workbench.dataset import Dataset
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html

#: A tenth with fewer chances than this is drawn hollow, and no sentence rests on it.
FEW = 200


#: Stated chances and outcomes may differ by so many points of per cent.
APART = 5.0


#: The errors that `backtest.summary` compares.
_ERRORS = ("error", "error_last", "error_drift", "error_theil_sen", "error_ols")


def record(data: Dataset, language: str) -> Html:
    """Return how often projections and chances were right, and what is not reached."""
    words = Language(language)
    say, number = words.say, words.number
    every, others = reports(data)
    total = every.by_horizon["n"].sum()
    share = 1 - others.by_horizon["n"].sum() / total
    return html.join(
        html.heading(say("methods.record.heading")),
        html.paragraph(
            say(
                "methods.record.lead",
                n=number(total),
                measures=number(every.by_measure["measure"].nunique()),
                longest=max(HORIZONS),
                share=number(100 * share),
            )
        ),
        html.heading(say("methods.record.hits_heading"), 3),
        html.paragraph(
            say(
                "methods.record.hits",
                **_ends(words, every.by_horizon["cover80"], "80"),
                **_ends(words, every.by_horizon["cover95"], "95"),
            )
        ),
        _hits(words, every, others),
        html.paragraph(say("methods.record.width_note"), "note"),
        html.heading(say("methods.record.misses_heading"), 3),
        html.paragraph(
            say(
                "methods.record.misses",
                all=_closest(words, every),
                others=_closest(words, others),
            )
        ),
        _misses(words, every, others),
        html.paragraph(say("methods.record.misses_note"), "note"),
        html.details(say("methods.record.measures_show"), _by_measure(data, words, every)),
        _chances(words, every),
        html.heading(say("methods.record.limits_heading"), 3),
        items(_limits(data, words, every, others)),
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
    return html.table(_columns(words, keys, 1), rows, say("methods.record.hits_caption"))


def _misses(words: Language, every: Report, others: Report) -> Html:
    """Return how far off five methods were."""
    say = words.say
    columns = _columns(words, ("which", "ahead"), 1)
    columns += [Column(say(f"methods.record.column.{key}"), numeric=True) for key in _ERRORS]
    rows = [
        [which, words.number(row["horizon"]), *(words.number(row[key], 2) for key in _ERRORS)]
        for which, row in _blocks(words, every, others)
    ]
    return html.table(columns, rows, say("methods.record.misses_caption"))


def _blocks(words: Language, every: Report, others: Report) -> Iterable[tuple[str, pd.Series]]:
    """Give each horizon of all measures and then of the others, with its name."""
    for key, found in (("all", every), ("others", others)):
        for _, row in found.by_horizon.iterrows():
            yield words.say(f"methods.record.{key}"), row


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
    columns += [Column(say(f"methods.record.column.{key}"), numeric=True) for key in errors]
    return html.join(
        html.paragraph(say("methods.record.measures_note"), "note"),
        html.table(columns, rows, say("methods.record.measures_caption")),
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
    items = " ".join(say("methods.record.chart_item", **row) for row in written)
    picture = charts.reliability_chart(
        table,
        name="reliability",
        alt=say("methods.record.chart_alt", items=items),
        x_label=say("methods.record.chart_x"),
        y_label=say("methods.record.chart_y"),
        few=FEW,
        scale=number,
    )
    keys = ("tenth", "n", "stated", "happened", "apart")
    numbers = html.table(
        _columns(words, keys, 1),
        [[row[key] for key in keys] for row in written],
        say("methods.record.chart_table"),
    )
    return html.join(
        html.heading(say("methods.record.chances_heading"), 3),
        html.paragraph(
            say(
                "methods.record.chances",
                n=number(found.statements),
                brier=number(found.brier, 3),
                today=number(found.brier_today, 3),
                worst=number(table.loc[table["n"] >= FEW, "apart"].abs().max(), 1),
                few=number(FEW),
                easy=number(easy["n"]),
                tenth=_tenth(easy["tenth"]),
            )
        ),
        formula(say("methods.record.brier")),
        html.paragraph(say("methods.record.brier_note"), "note"),
        html.figure(
            picture,
            say("methods.record.chart_caption", few=number(FEW)),
            html.details(say("common.numbers"), numbers),
        ),
    )


def _limits(data: Dataset, words: Language, every: Report, others: Report) -> list[str]:
    """Return what is not reached, each in a sentence."""
    say, number = words.say, words.number
    ratio = every.by_horizon["width_ratio"]
    worse = len(others.by_horizon) - beaten(others)
    sure = every.reliability[every.reliability["n"] >= FEW]
    worst = sure.loc[sure["apart"].abs().nlargest(1).index]
    worst = worst[worst["apart"].abs() > APART]
    each = every.by_measure
    each = 100 * each.loc[(each["n"] >= FEW) & (each["horizon"] == max(HORIZONS)), "cover80"]
    series = trends_of(data)
    series = series[series["n"] >= MINIMUM]
    far = (series["last_year"] + max(HORIZONS) < HORIZON).mean()
    said = [
        say(
            "methods.record.limit_width",
            low=number(ratio.min(), 2),
            high=number(ratio.max(), 2),
        )
    ]
    if worse:
        total = len(others.by_horizon)
        said.append(say("methods.record.limit_error", count=worse, total=total))
    if len(each) > 1:
        said.append(
            say(
                "methods.record.limit_spread",
                longest=max(HORIZONS),
                low=number(each.min()),
                high=number(each.max()),
            )
        )
    for _, row in worst.iterrows():
        said.append(
            say(
                "methods.record.limit_tenth",
                tenth=_tenth(row["tenth"]),
                stated=number(100 * row["stated"]),
                happened=number(100 * row["happened"]),
            )
        )
    said.append(
        say(
            "methods.record.limit_same",
            widened=number(WIDENED, 2),
            change=number(SLOPE_CHANGE, 1),
        )
    )
    said.append(
        say(
            "methods.record.limit_far",
            longest=max(HORIZONS),
            share=number(100 * far),
            year=HORIZON,
        )
    )
    return said


def _columns(words: Language, keys: Sequence[str], texts: int) -> list[Column]:
    """Return columns of the record; the first `texts` are not numbers."""
    return [
        Column(words.say(f"methods.record.{key}"), numeric=at >= texts)
        for at, key in enumerate(keys)
    ]


def _closest(words: Language, found: Report) -> str:
    """Return which method missed least, or which ones where it depends on the horizon."""
    best = found.by_horizon[[*_ERRORS]].idxmin(axis=1).unique()
    return words.listed(words.say(f"methods.record.method.{key}") for key in best)


def _ends(words: Language, shares: pd.Series, ending: str) -> dict[str, str]:
    """Return the smallest and the largest share in per cent."""
    return {
        f"low{ending}": words.number(100 * shares.min(), 1),
        f"high{ending}": words.number(100 * shares.max(), 1),
    }


def _tenth(name: str) -> str:
    """Return '0-10 %' as it is written in a text."""
    return name.replace("-", "\N{EN DASH}").replace(" ", "\N{NO-BREAK SPACE}")
