"""The brief 'What does turnout go with?': one regression across municipalities, read plainly."""

from __future__ import annotations

import pandas as pd

from workbench import charts, html
from workbench.html import Column, Html
from workbench.language import capitalised
from workbench.regression import Regression, regress
from workbench.views import View

FORMULA = "voter_turnout_storting ~ tertiary_education_share + low_income_share + share_67_plus"

#: The covariate on the axis of the scatter chart.
_MAIN = "tertiary_education_share"


def fit(view: View) -> Regression:
    """Return the model of this brief."""
    return regress(FORMULA, view.data)


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("across")


def summary(view: View, model: Regression) -> Html:
    """Return the box 'in short': the answer, how sure, what it is not."""
    say, unit = view.say, _percent(view)
    strongest = model.terms.loc[model.terms["effect"].abs().idxmax()]
    direction = "higher" if strongest["effect"] > 0 else "lower"
    own = _own(view, model)
    if own is None:
        about_own = say("across.short.own_missing", measures=_missing(view, model))
    else:
        about_own = say(
            "across.short.own",
            observed=view.language.amount(own[model.outcome], unit),
            expected=view.language.amount(own["expected"], unit),
            year=model.years[model.outcome],
        )
    return html.in_short(
        say("common.in_short"),
        [
            say("across.short.question", n=model.n),
            say(
                "across.short.strongest",
                term=_term(view, strongest["term"]),
                direction=say(f"across.direction.{direction}"),
            ),
            about_own,
            say("across.short.share", share=view.language.amount(100 * model.r2, unit)),
            say("across.short.caution"),
        ],
    )


def terms(view: View, model: Regression) -> Html:
    """Return what each covariate goes with: sentences, chart and table."""
    say, unit = view.say, _percent(view)
    rows = model.terms.assign(label=[capitalised(_term(view, t)) for t in model.terms["term"]])
    written = [_written(view, row) for _, row in rows.iterrows()]
    alt = say(
        "across.terms.alt",
        items=" ".join(say("across.terms.item", **facts) for facts in written),
    )
    picture = charts.coefficient_chart(
        rows, name="terms", alt=alt, axis=say("across.terms.axis"), scale=view.language.number
    )
    columns = [
        Column(say(f"across.terms.{key}"), numeric=key != "term")
        for key in ("term", "low", "high", "effect", "interval")
    ]
    body = [
        [
            row["label"],
            view.language.amount(row["quartile_low"], unit),
            view.language.amount(row["quartile_high"], unit),
            facts["effect"],
            say("trends.overview.from_to", low=facts["low"], high=facts["high"]),
        ]
        for (_, row), facts in zip(rows.iterrows(), written, strict=True)
    ]
    table = html.table(columns, body, say("across.terms.caption"))
    return html.join(
        html.heading(say("across.terms.heading")),
        html.paragraph(say("across.terms.lead")),
        *[html.paragraph(_reading(view, row)) for _, row in rows.iterrows()],
        html.figure(
            picture, say("across.terms.caption"), html.details(say("common.numbers"), table)
        ),
    )


def own(view: View, model: Regression) -> Html:
    """Return where the municipality lies: the chart of all, and the group's table."""
    say, unit = view.say, _percent(view)
    fitted = model.fitted
    who = fitted["municipality"].map(
        lambda n: "own" if n == view.number else "peers" if n in view.peers else "others"
    )
    points = pd.DataFrame({"x": fitted[_MAIN], "y": fitted[model.outcome], "who": who})
    row = _own(view, model)
    facts = {
        "n": model.n,
        "direction": say(
            f"across.direction.{'higher' if points['x'].corr(points['y']) > 0 else 'lower'}"
        ),
    }
    if row is None:
        alt = say("across.own.alt_missing", **facts)
    else:
        x, y = (view.language.amount(row[key], unit) for key in (_MAIN, model.outcome))
        alt = say("across.own.alt", x=x, y=y, **facts)
    picture = charts.scatter_chart(
        points,
        name="own",
        alt=alt,
        x_label=say("across.own.x", year=model.years[_MAIN]),
        y_label=say("across.own.y", year=model.years[model.outcome]),
        own_label=view.name,
    )
    return html.join(
        html.heading(say("across.own.heading")),
        *[html.paragraph(text) for text in _own_sentences(view, model, row)],
        html.paragraph(say("across.own.lead", group=view.group_name)),
        html.figure(
            picture,
            say("across.own.caption"),
            html.details(say("across.own.table_caption"), _group_table(view, model)),
        ),
    )


def method(view: View, model: Regression) -> Html:
    """Return how it was calculated, and what was left out."""
    say, language, unit = view.say, view.language, _percent(view)
    items = language.listed(
        f"{_term(view, name) if name != model.outcome else _outcome(view, name)} ({year})"
        for name, year in model.years.items()
    )
    rows = [
        [say("across.method.n"), language.number(model.n)],
        [say("across.method.r2"), language.number(model.r2, 2)],
        [say("across.method.usual"), language.gap(model.usual, unit)],
        [say("across.method.formula"), model.formula],
    ]
    columns = [Column(say("across.method.quantity")), Column(say("across.method.result"))]
    return html.join(
        html.heading(say("across.method.heading")),
        html.paragraph(say("across.method.lead")),
        html.paragraph(say("across.method.years", items=items)),
        html.paragraph(say("across.method.dropped", count=len(model.dropped))),
        html.table(columns, rows, say("across.method.caption"), titled=True),
    )


def sources(view: View, model: Regression) -> Html:
    """Return where every figure of the brief comes from."""
    names = [name for name in model.years if not name.startswith("share_")]
    return view.sources([*names, "population", "population_67_plus"])


def _percent(view: View) -> pd.Series:
    return view.unit("percent")


def _term(view: View, name: str) -> str:
    return view.say(f"across.term.{name}")


def _outcome(view: View, name: str) -> str:
    return view.language.inside(view.language.name(view.data.measure(name)))


def _own(view: View, model: Regression) -> pd.Series | None:
    rows = model.fitted[model.fitted["municipality"] == view.number]
    return None if rows.empty else rows.iloc[0]


def _missing(view: View, model: Regression) -> str:
    """Return the names of the figures that the municipality lacks."""
    row = model.dropped[model.dropped["municipality"] == view.number].iloc[0]
    names = row["missing"].split(", ")
    return view.language.listed(
        _term(view, name) if name != model.outcome else _outcome(view, name) for name in names
    )


def _written(view: View, row: pd.Series) -> dict[str, str]:
    unit = _percent(view)
    low, high = view.language.interval(row["effect_low"], row["effect_high"], unit)
    effect = view.language.change(row["effect"], unit, signed=True)
    return {"term": _term(view, row["term"]), "effect": effect, "low": low, "high": high}


def _reading(view: View, row: pd.Series) -> str:
    if row["effect_low"] < 0 < row["effect_high"]:
        return view.say("across.terms.unsure", term=_term(view, row["term"]))
    unit = _percent(view)
    return view.say(
        "across.terms.sure_up" if row["effect"] > 0 else "across.terms.sure_down",
        short=view.say(f"across.term_short.{row['term']}"),
        low=view.language.amount(row["quartile_low"], unit),
        high=view.language.amount(row["quartile_high"], unit),
        effect=view.language.gap(abs(row["effect"]), unit),
    )


def _own_sentences(view: View, model: Regression, row: pd.Series | None) -> list[str]:
    if row is None:
        return [view.say("across.short.own_missing", measures=_missing(view, model))]
    unit = _percent(view)
    side = "above" if row["residual"] > 0 else "below"
    often = "common" if abs(row["residual"]) <= model.usual else "rare"
    return [
        view.say(f"across.own.{side}", difference=view.language.gap(abs(row["residual"]), unit)),
        view.say(f"across.own.{often}", usual=view.language.gap(model.usual, unit)),
    ]


def _group_table(view: View, model: Regression) -> Html:
    say, language, unit = view.say, view.language, _percent(view)
    group = model.fitted[model.fitted["municipality"].isin([view.number, *view.peers])]
    rows = [
        [
            view.data.name(row["municipality"]),
            language.amount(row[model.outcome], unit),
            language.amount(row["expected"], unit),
            language.number(row["residual"], 1, signed=True),
        ]
        for _, row in group.sort_values("residual", ascending=False).iterrows()
    ]
    columns = [Column(say("common.municipality"))] + [
        Column(say(f"across.own.{key}"), numeric=True)
        for key in ("observed", "expected", "difference")
    ]
    return html.table(columns, rows, say("across.own.table_caption"))
