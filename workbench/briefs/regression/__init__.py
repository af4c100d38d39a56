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

from workbench.analysis.regression.model import terms_of
from workbench.analysis.regression.panel_data import spans
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.regression import change_rates, question
from workbench.briefs.regression.answers import Answer, Answers
from workbench.briefs.regression.answers import fit as fitted
from workbench.briefs.regression.wording import Wording
from workbench.briefs.view import View
from workbench.errors import UsageError, suggest
from workbench.markup import html
from workbench.markup.html import Html

#: The peers and figures of all municipalities that it reads are those of its formulas.
READS = Reads(peers=True, targets=False)


def fit(view: View) -> Answers:
    """Return the models of this brief: the same for every municipality."""
    return fitted(view.data)


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "regression")


def summary(view: View, answers: Answers) -> Html:
    """Return the box 'in short': the answers, what they are not, how sure, what is missing."""
    say, asked = view.say, answers.questions.values()
    held = [answer.holds_over_time() == "same" for answer in asked if answer.found()]
    sentences = [_answer(Wording(view, answer.model), answer) for answer in asked]
    sentences += [_own(view, answers), say("regression.short.caution")]
    sure = [say("regression.short.over_time", count=sum(held), total=len(held))]
    sure += _pace(view, answers)
    terms = [term for answer in asked for term in terms_of(answer.model, view.data).values()]
    measures = {name for term in terms for name in term.measures}
    others = measures - {answer.model.outcome for answer in asked}
    missing = say("regression.short.missing", count=len(others))
    return pieces.in_short(view, sentences, " ".join(sure).strip(), missing)


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
    say, number, rows = view.say, view.language.number, []
    for asked in answers.questions.values():
        for model, kind in ((asked.model, "between"), (asked.over_time, "within")):
            outcome = say(f"regression.term_short.{model.outcome}")
            rows.append(
                [
                    html.small(say(f"regression.method.{kind}", outcome=outcome), model.formula),
                    say(f"regression.method.effects.{model.effects}"),
                    say(f"regression.method.kind.{model.errors}"),
                    spans(model.years[model.outcome]),
                    number(model.n),
                    number(model.municipalities),
                    number(model.within_r2, 2),
                    number(model.terms["vif"].max(), 1),
                ]
            )
    heads = "model compared errors #years #n #municipalities #r2 #vif"
    columns = html.columns(say, "regression.method", heads)
    intervals = sum(len(model.terms) for model in answers.models)
    texts = [
        html.paragraph(say(f"regression.method.{key}", count=intervals))
        for key in ("lead", "over_time", "pace", "chance")
    ]
    table = html.table(columns, rows, say("regression.method.caption"), titled=True)
    note = html.paragraph(say("regression.method.note"), "note")
    return html.join(
        html.heading(say("regression.method.heading")),
        html.details(say("regression.method.caption"), html.join(*texts, table, note)),
    )


def sources(view: View, answers: Answers) -> Html:
    """Return where every figure of the brief comes from."""
    terms = [term for model in answers.models for term in terms_of(model, view.data).values()]
    return pieces.sources(view, dict.fromkeys(name for term in terms for name in term.measures))


def _answer(words: Wording, asked: Answer) -> str:
    say, row = words.view.say, asked.strongest()
    if not asked.found():
        return say("regression.short.none", outcome=words.outcome)
    many, few = (words.plain(row["term"], kind) for kind in ("many", "few"))
    way = "up" if row["effect"] > 0 else "down"
    return say(f"regression.short.{way}", outcome=words.outcome, many=many, few=few)


def _own(view: View, answers: Answers) -> str:
    """Return how the municipality's newest figures compare with what is expected."""
    items = []
    for asked in answers.questions.values():
        words = Wording(view, asked.model)
        row = words.own_row()
        if row is not None:
            facts = {"outcome": words.outcome, "difference": words.gap(row["residual"])}
            items.append(view.say(f"regression.short.own_{words.side(row)}", **facts))
    if not items:
        return view.say("regression.short.own_missing")
    return " ".join([view.say("regression.short.own"), *items])


def _pace(view: View, answers: Answers) -> list[str]:
    """Return where the municipality is faster or slower, and where that cannot be told."""
    sentences, unclear = [], []
    for slopes in answers.slopes.values():
        row = change_rates.own_row(view, slopes)
        if row is not None and row["pace"] == "alike":
            unclear.append(view.say(f"regression.term.{slopes.measure}"))
        elif row is not None:
            sentences.append(change_rates.verdict(view, slopes))
    if unclear:
        listed = view.language.listed(unclear)
        sentences.append(view.say("regression.short.pace", outcomes=listed, count=len(unclear)))
    return sentences
