"""A model in the reader's words: its terms, their values and differences, and its sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.analysis.regression.formula import SHARE, Term
from workbench.analysis.regression.model import Regression, terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.briefs.view import View
from workbench.language.translator import Row

#: Beyond this many names of municipalities only their count is written.
_NAMES = 6


@dataclass(frozen=True)
class Wording:
    """What is written of one model for one reader. Terms go by their names in the model."""

    view: View
    model: Regression

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The terms of the model, the outcome first."""
        return terms_of(self.model, self.view.data)

    @property
    def outcome(self) -> str:
        """The outcome as it stands in a sentence."""
        return self.label(next(iter(self.terms)))

    @cached_property
    def unit(self) -> Row:
        """The unit of the outcome."""
        return self.unit_of(next(iter(self.terms)))

    def plain(self, term: str, kind: str = "term") -> str:
        """Return a term without its lag; other kinds are 'many', 'few' and 'term_short'."""
        return self.view.say(f"regression.{kind}.{self.terms[term].name}")

    def label(self, term: str) -> str:
        """Return a term as it stands in a sentence."""
        name, lag = self.plain(term), self.terms[term].lag
        return self.view.say("regression.over_time.lagged", term=name, years=lag) if lag else name

    def unit_of(self, term: str) -> Row:
        """Return the unit of a term's figures, before any logarithm."""
        name = self.terms[term].name
        known = "percent" if name.startswith(SHARE) else self.view.measure(name)["unit"]
        return self.view.unit(known)

    def amount(self, term: str, value: float) -> str:
        """Return a term's value with its unit; a logarithm as what it is of."""
        value = np.exp(value) if self.terms[term].log else value
        return self.view.language.amount(value, self.unit_of(term))

    def growth(self, term: str, value: float) -> str:
        """Return the change of a term with its sign; of a logarithm in per cent."""
        unit = self.unit_of(term)
        decimals, written = int(unit["decimals"]), self.view.language.name(unit, "change")
        if self.terms[term].log:
            value, decimals, written = 100 * np.expm1(value), 1, "%"
        number = self.view.language.number(value, decimals, signed=True)
        return f"{number}\N{NO-BREAK SPACE}{written}".strip()

    def sizes(self, *values: float) -> list[str]:
        """Return differences of the outcome without sign, the last one with its unit.

        They are written alike, and none of them as zero unless it is.
        """
        decimals = int(self.unit["decimals"])
        some = [abs(value) for value in values if value]
        while some and min(some) < 0.5 * 10**-decimals and decimals < 4:
            decimals += 1
        *others, last = (self.view.language.number(abs(value), decimals) for value in values)
        return [*others, f"{last}\N{NO-BREAK SPACE}{self.view.language.name(self.unit, 'change')}"]

    def gap(self, value: float) -> str:
        """Return a difference of the outcome with as many decimals as the outcome has."""
        return self.view.language.gap(abs(value), self.unit)

    def years(self, years: Sequence[int]) -> str:
        """Return years as they stand in a sentence: '2009, 2014-2020 og 2022'."""
        return self.view.language.listed(spans(years).split(", "))

    def own_row(self) -> pd.Series | None:
        """Return the municipality's newest row in the model, with the year of its outcome."""
        rows = self.model.fitted[self.model.fitted["municipality"] == self.view.number]
        if rows.empty:
            return None
        newest = pd.Series({"year": self.model.years[self.model.outcome][-1]})
        return rows.iloc[-1] if "year" in rows else pd.concat([rows.iloc[-1], newest])

    def side(self, row: pd.Series) -> str:
        """Return whether the municipality is above, below or level with what is expected."""
        if abs(row["residual"]) < 0.5 * 10.0 ** -int(self.unit["decimals"]):
            return "level"
        return "above" if row["residual"] > 0 else "below"

    def missing(self) -> list[str]:
        """Return the figures that the municipality lacks, as they stand in a sentence."""
        rows = self.model.dropped[self.model.dropped["municipality"] == self.view.number]
        names = {name for text in rows["missing"] for name in text.split(", ")}
        return [self.label(name) for name in self.terms if name in names]

    def sample(self) -> list[str]:
        """Return the sentences on the figures that the model rests on, and on those left out."""
        say, model, listed = self.view.say, self.model, self.view.language.listed
        if model.effects == "none":
            items = listed(f"{self.label(n)} ({years[0]})" for n, years in model.years.items())
            sentences = [say("regression.used.newest", items=items)]
        else:
            facts = {"n": self.view.language.number(model.n)}
            facts["years"] = self.years(model.years[model.outcome])
            counted = say("regression.used.years", municipalities=model.municipalities, **facts)
            sentences = [counted]
        sentences += [
            say("regression.used.lagged", term=self.plain(name), years=term.lag)
            for name, term in self.terms.items()
            if term.lag
        ]
        return [*sentences, *self._years_out(), *self._municipalities_out()]

    def _years_out(self) -> list[str]:
        say, sentences = self.view.say, []
        rows = self.model.dropped[self.model.dropped["municipality"].isna()]
        cut = rows[rows["reason"] == "break"]
        for name, part in cut.groupby("missing"):
            term, breaks = self.terms[name], self.view.data.breaks
            last = breaks[breaks["measure"].isin(term.measures)].sort_values("year").iloc[-1]
            facts = {"term": self.plain(name), "reason": self.view.language.name(last, "reason")}
            years = self.years([year - term.lag for year in part["year"]])
            sentences.append(say("regression.used.break", years=years, **facts))
        few = rows[rows["reason"] == "too few"].groupby("year")["missing"].agg(tuple)
        few = few[~few.index.isin(cut["year"])]
        for names, years in few.groupby(few).groups.items():
            facts = {"years": self.years(years)}
            facts["terms"] = self.view.language.listed(self.label(name) for name in names)
            sentences.append(say("regression.used.few", count=len(years), **facts))
        return sentences

    def _municipalities_out(self) -> list[str]:
        say, names = self.view.say, self.view.names
        inside = set(self.model.fitted["municipality"])
        out = sorted(name for number, name in names.items() if number not in inside)
        listed = self.view.language.listed(out) if len(out) <= _NAMES else ""
        sentences = [say("regression.used.all")]
        if out:
            sentences = [say("regression.used.out", names=listed, count=len(out))]
        partly = self.model.dropped["municipality"].dropna()
        if count := partly[partly.isin(inside)].nunique():
            sentences.append(say("regression.used.partly", count=count))
        return sentences
