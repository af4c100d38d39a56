"""Which figures a model rests on, what was left out and why, in the reader's words."""

from __future__ import annotations

from workbench.analysis.regression.formula import Term
from workbench.analysis.regression.model import Regression, terms_of
from workbench.briefs.regression.wording import label, years_of
from workbench.briefs.view import View

#: Beyond this many names of municipalities only their count is told.
_NAMES = 6


def sentences(view: View, model: Regression) -> list[str]:
    """Return which figures the model rests on, and what was left out."""
    say, known = view.say, terms_of(model, view.data)
    if model.effects == "none":
        items = (f"{label(view, known[n])} ({years[0]})" for n, years in model.years.items())
        said = [say("regression.used.newest", items=view.language.listed(items))]
    else:
        years = years_of(view, model.years[model.outcome])
        count = view.language.number(model.n)
        said = [
            say("regression.used.years", n=count, municipalities=model.municipalities, years=years)
        ]
    for term in known.values():
        if term.lag:
            name = view.say(f"regression.term.{term.name}")
            said.append(say("regression.used.lagged", term=name, years=term.lag))
    return [*said, *_years_out(view, model, known), *_municipalities_out(view, model)]


def _years_out(view: View, model: Regression, known: dict[str, Term]) -> list[str]:
    say, said = view.say, []
    rows = model.dropped[model.dropped["municipality"].isna()]
    breaks = view.data.breaks
    for name, part in rows[rows["reason"] == "break"].groupby("missing"):
        term = known[name]
        cut = breaks[breaks["measure"].isin(term.measures)].sort_values("year").iloc[-1]
        years = years_of(view, [year - term.lag for year in part["year"]])
        reason = view.language.name(cut, "reason")
        plain = say(f"regression.term.{term.name}")
        said.append(say("regression.used.break", term=plain, years=years, reason=reason))
    few = rows[(rows["reason"] == "too few")].groupby("year")["missing"].agg(tuple)
    cut_years = set(rows.loc[rows["reason"] == "break", "year"])
    for names, years in few.groupby(few).groups.items():
        left = [year for year in years if year not in cut_years]
        if left:
            terms = view.language.listed(label(view, known[name]) for name in names)
            said.append(
                say("regression.used.few", years=years_of(view, left), count=len(left), terms=terms)
            )
    return said


def _municipalities_out(view: View, model: Regression) -> list[str]:
    say, inside = view.say, set(model.fitted["municipality"].unique().tolist())
    out = [number for number in view.names if number not in inside]
    if not out:
        said = [say("regression.used.all")]
    else:
        few = len(out) <= _NAMES
        listed = view.language.listed(sorted(view.names[n] for n in out)) if few else ""
        said = [say("regression.used.out", names=listed, count=len(out))]
    partly = model.dropped["municipality"].dropna()
    count = partly[partly.isin(inside)].nunique()
    return [*said, say("regression.used.partly", count=count)] if count else said


def missing(view: View, model: Regression) -> list[str]:
    """Return the figures that the municipality lacks, as they stand in a sentence."""
    rows = model.dropped[model.dropped["municipality"] == view.number]
    known = terms_of(model, view.data)
    names = dict.fromkeys(name for text in rows["missing"] for name in text.split(", ") if name)
    return [label(view, known[name]) for name in known if name in names]
