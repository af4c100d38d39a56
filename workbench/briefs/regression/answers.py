"""The three questions of the brief, and the models that answer them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version

import pandas as pd

from workbench.analysis.regression.formula import parse
from workbench.analysis.regression.model import Regression, regress
from workbench.analysis.regression.slopes import Slopes, random_slopes
from workbench.dataset import Dataset
from workbench.storage import cache, hashing


@dataclass(frozen=True)
class Question:
    """Two models of one outcome: between municipalities, and of each one over time.

    Their terms are the same measures in the same order; lags bring together figures of which the
    newest years differ.
    """

    formula: str
    effects: str
    over_time: str


#: Chosen so that the figures carry them. Turnout: education and low income are known for two
#: elections only, and five and three years before them, so that the newest election answers and
#: the two are the check. Education: its level from the break in 2014 on, and dwellings from 2015.
#: Low income: five years, education two years before.
QUESTIONS = {
    "participation": Question(
        "voter_turnout_storting ~ tertiary_education_share + low_income_share + share_67_plus",
        "none",
        "voter_turnout_storting ~ lag(tertiary_education_share, 5) + lag(low_income_share, 3)"
        " + share_67_plus",
    ),
    "education": Question(
        "tertiary_education_share ~ flat_share + share_67_plus + log(population)",
        "time",
        "tertiary_education_share ~ flat_share + share_67_plus + log(population)",
    ),
    "low_income": Question(
        "low_income_share ~ rented_dwelling_share + share_67_plus"
        " + lag(tertiary_education_share, 2)",
        "time",
        "low_income_share ~ rented_dwelling_share + share_67_plus"
        " + lag(tertiary_education_share, 2)",
    ),
}


@dataclass(frozen=True)
class Answer:
    """A question's two models: between municipalities, and of each one over time."""

    name: str
    model: Regression
    over_time: Regression

    def strongest(self) -> pd.Series:
        """Return the row of the term with the largest effect, of clear ones if there are any."""
        rows = clear(self.model.terms)
        rows = rows if len(rows) else self.model.terms
        return rows.loc[rows["effect"].abs().idxmax()]

    def found(self) -> bool:
        """Whether any term is clear."""
        return len(clear(self.model.terms)) > 0

    def holds_over_time(self) -> str:
        """Whether the strongest term goes the same way over time: 'same', 'opposite', 'none'."""
        row = self.strongest()
        at = list(self.model.terms["term"]).index(row["term"])
        other = self.over_time.terms.iloc[at]
        if other["alone"] or other["effect_low"] < 0 < other["effect_high"]:
            return "none"
        return "same" if other["coefficient"] * row["coefficient"] > 0 else "opposite"


def clear(terms: pd.DataFrame) -> pd.DataFrame:
    """Return the terms whose interval does not hold zero."""
    return terms[(terms["low"] > 0) | (terms["high"] < 0)]


@dataclass(frozen=True, repr=False)
class Answers:
    """What the brief rests on."""

    questions: dict[str, Answer]  #: the two models of each question
    slopes: dict[str, Slopes]  #: the yearly changes of each question's outcome

    @property
    def models(self) -> list[Regression]:
        """All models, in the order of the brief."""
        pairs = ((answer.model, answer.over_time) for answer in self.questions.values())
        return [model for pair in pairs for model in pair]

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, [*self.models, *self.slopes.values()]))


def fit(data: Dataset) -> Answers:
    """Return the models of all questions; each made once for the same figures, then kept."""
    figures = hashing.fingerprints(data.observations)
    common = [hashing.fingerprint(table) for table in (data.breaks, data.measures)]
    common += [hashing.program(), version("statsmodels")]
    common.append(" ".join(data.municipalities["number"].tolist()))
    parts = {name: _kept(data, name, figures, common) for name in QUESTIONS}
    answers = {name: answer for name, (answer, _) in parts.items()}
    return Answers(answers, {name: slopes for name, (_, slopes) in parts.items()})


def _kept(
    data: Dataset, name: str, figures: dict[str, str], common: list[str]
) -> tuple[Answer, Slopes]:
    """Return the answer to a question and the slopes of its outcome; `figures` are hashes."""
    measures = sorted(_measures(data, name))
    facts = [figures.get(measure, "") for measure in measures]
    key = hashing.digest([], "regression", name, *facts, *common)
    return cache.cached(key, lambda: _fit(data, name, measures))


def _measures(data: Dataset, name: str) -> set[str]:
    """Return the measures that the answer to a question rests on."""
    known, asked = list(data.measures["measure"]), QUESTIONS[name]
    parsed = [parse(text, known) for text in (asked.formula, asked.over_time)]
    terms = [term for outcome, others in parsed for term in (outcome, *others)]
    return {"population", *(measure for term in terms for measure in term.measures)}


def _fit(data: Dataset, name: str, measures: list[str]) -> tuple[Answer, Slopes]:
    asked, rows = QUESTIONS[name], data.observations
    # The models pick their figures again and again, sooner from fewer.
    data = replace(data, observations=rows[rows["measure"].isin(measures)])
    model = regress(data, asked.formula, asked.effects)
    answer = Answer(name, model, regress(data, asked.over_time, "two-way"))
    return answer, random_slopes(data, model.outcome)
