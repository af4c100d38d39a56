"""The brief 'What goes with what?': three questions asked across municipalities, read plainly.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> answers = wb.across.fit(view)
>>> list(answers.questions)
['participation', 'education', 'low_income']
>>> print(wb.across.title(view))
<p class="kicker">...</p>
<h1>Hva henger deltakelse, utdanning og lav inntekt sammen med?</h1>
"""

from __future__ import annotations

from markupsafe import Markup

from workbench.analysis.regression.model import terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.briefs.regression import change_rates, question
from workbench.briefs.regression.answers import Answer, Answers
from workbench.briefs.regression.answers import fit as fitted
from workbench.briefs.regression.wording import outcome_of
from workbench.briefs.view import View
from workbench.errors import UsageError, suggest
from workbench.markup import html
from workbench.markup.html import Column, Html


def fit(view: View) -> Answers:
    """Return the models of this brief: the same for every municipality."""
    return fitted(view.data)


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("regression")


def summary(view: View, answers: Answers) -> Html:
    """Return the box 'in short': the answers, what they are not, how sure, what is missing."""
    say, asked = view.say, answers.questions.values()
    held = [answer.holds_over_time() == "same" for answer in asked if answer.found()]
    sentences = [_answer(view, answer) for answer in asked]
    sentences += [_own(view, answers), say("regression.short.caution")]
    sure = [say("regression.short.over_time", count=sum(held), total=len(held))]
    sure += _pace(view, answers)
    terms = {
        name
        for answer in asked
        for term in terms_of(answer.model, view.data).values()
        for name in term.measures
    }
    missing = say("regression.short.missing", count=len(terms - {a.model.outcome for a in asked}))
    return view.in_short(sentences, " ".join(sure).strip(), missing)


def answer(view: View, answers: Answers, name: str) -> Html:
    """Return the section of one of `QUESTIONS`.

    Raises
    ------
    UsageError
        If there is no such question.
    """
    if name not in answers.questions:
        raise UsageError(f'"{name}" is not a question. {suggest(name, answers.questions)}')
    return question.section(view, answers.questions[name])


def tempo(view: View, answers: Answers) -> Html:
    """Return whether the municipality changes faster or slower than others."""
    return change_rates.section(view, answers.slopes)


def method(view: View, answers: Answers) -> Html:
    """Return how it was calculated: each model with its diagnostics."""
    say, number = view.say, view.language.number
    rows = [
        [
            Markup("{}<br><small>{}</small>").format(
                say(
                    "regression.method.within"
                    if model is asked.over_time
                    else "regression.method.between",
                    outcome=say(f"regression.term_short.{model.outcome}"),
                ),
                model.formula,
            ),
            say(f"regression.method.effects.{model.effects}"),
            say(f"regression.method.kind.{model.errors}"),
            spans(model.years[model.outcome]),
            number(model.n),
            number(model.municipalities),
            number(model.within_r2, 2),
            number(model.terms["vif"].max(), 1),
        ]
        for asked in answers.questions.values()
        for model in (asked.model, asked.over_time)
    ]
    columns = [Column(say(f"regression.method.{key}")) for key in ("model", "compared", "errors")]
    columns += [
        Column(say(f"regression.method.{key}"), numeric=True)
        for key in ("years", "n", "municipalities", "r2", "vif")
    ]
    intervals = sum(len(model.terms) for model in answers.models)
    return html.join(
        html.heading(say("regression.method.heading")),
        html.paragraph(say("regression.method.lead")),
        html.paragraph(say("regression.method.over_time")),
        html.paragraph(say("regression.method.pace")),
        html.paragraph(say("regression.method.chance", count=intervals)),
        html.table(columns, rows, say("regression.method.caption"), titled=True),
        html.paragraph(say("regression.method.note"), "note"),
    )


def sources(view: View, answers: Answers) -> Html:
    """Return where every figure of the brief comes from."""
    terms = [term for model in answers.models for term in terms_of(model, view.data).values()]
    return view.sources(list(dict.fromkeys(name for term in terms for name in term.measures)))


def _answer(view: View, asked: Answer) -> str:
    model, row = asked.model, asked.strongest()
    outcome = outcome_of(view, model)
    if not asked.found():
        return view.say("regression.short.none", outcome=outcome)
    name = terms_of(model, view.data)[row["term"]].name
    many, few = view.say(f"regression.many.{name}"), view.say(f"regression.few.{name}")
    way = "up" if row["effect"] > 0 else "down"
    return view.say(f"regression.short.{way}", outcome=outcome, many=many, few=few)


def _own(view: View, answers: Answers) -> str:
    """Return how the municipality's newest figures compare with what is expected."""
    items = []
    for asked in answers.questions.values():
        row = question.own_row(view, asked.model)
        if row is not None:
            side = question.side(view, asked.model, row)
            outcome = outcome_of(view, asked.model)
            unit = view.unit(view.measure(asked.model.outcome)["unit"])
            difference = view.language.gap(abs(row["residual"]), unit)
            items.append(
                view.say(f"regression.short.own_{side}", outcome=outcome, difference=difference)
            )
    if not items:
        return view.say("regression.short.own_missing")
    return " ".join([view.say("regression.short.own"), *items])


def _pace(view: View, answers: Answers) -> list[str]:
    """Return where the municipality is faster or slower, and where that cannot be told."""
    told, unclear = [], []
    for slopes in answers.slopes.values():
        row = change_rates.own_row(view, slopes)
        if row is not None and row["pace"] == "alike":
            unclear.append(view.say(f"regression.term.{slopes.measure}"))
        elif row is not None:
            told.append(change_rates.verdict(view, slopes))
    if unclear:
        listed = view.language.listed(unclear)
        told.append(view.say("regression.short.pace", outcomes=listed, count=len(unclear)))
    return told
