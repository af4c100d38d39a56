"""'What goes with what?': the numbers are those of the models, and the words fit them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import html5lib
import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from conftest import Made
from statsmodels.regression.linear_model import OLS

import workbench as wb
from workbench import charts
from workbench.analysis.regression.model import Regression
from workbench.batch.notebooks import NOTEBOOKS
from workbench.briefs import regression
from workbench.briefs.regression import change_rates
from workbench.briefs.regression.answers import QUESTIONS, Answers
from workbench.briefs.regression.wording import Wording
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import Language, capitalised, languages

NB = Language("nb")
OUTCOME = "voter_turnout_storting"
TERMS = ["tertiary_education_share", "low_income_share", "share_67_plus"]
SPACE = "\N{NO-BREAK SPACE}"

asked = pytest.mark.parametrize("name", QUESTIONS)


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def text_of(piece: str) -> str:
    return soup(piece).get_text()


def rows_of(table: Tag | None) -> list[list[str]]:
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


@pytest.fixture(scope="module")
def answers(baerum: View) -> Answers:
    return regression.fit(baerum)


@pytest.fixture(scope="module")
def model(answers: Answers) -> Regression:
    return answers.questions["participation"].model


@pytest.fixture(scope="module")
def figures(data: Dataset) -> pd.DataFrame:
    """One row per municipality with all four figures, straight from the observations."""
    wide = data.observations.pivot(
        index="municipality", columns=["measure", "year"], values="value"
    )
    table = pd.DataFrame(
        {
            OUTCOME: wide[OUTCOME, 2025],
            TERMS[0]: wide[TERMS[0], 2020],
            TERMS[1]: wide[TERMS[1], 2022],
            TERMS[2]: 100 * wide["population_67_plus", 2026] / wide["population", 2026],
        }
    )
    return table.dropna()


@pytest.fixture(scope="module")
def slopes_by_hand(figures: pd.DataFrame) -> np.ndarray:
    matrix = np.column_stack([np.ones(len(figures)), figures[TERMS]])
    return np.linalg.lstsq(matrix, figures[OUTCOME], rcond=None)[0]


@pytest.fixture(scope="module")
def expected(figures: pd.DataFrame, slopes_by_hand: np.ndarray) -> pd.Series:
    """What a plain least squares fit expects of each municipality."""
    matrix = np.column_stack([np.ones(len(figures)), figures[TERMS]])
    return pd.Series(matrix @ slopes_by_hand, index=figures.index)


def section(view: View, answers: Answers, name: str = "participation") -> str:
    return regression.answer(view, answers, name)


def percent(value: float) -> str:
    return f"{NB.number(value, 1)}{SPACE}%"


def points(value: float) -> str:
    return f"{NB.number(value, 1)}{SPACE}prosentpoeng"


def changed(answers: Answers, name: str, model: Regression | None = None, **other: object):
    """Return the answers with one model replaced, or a part of it."""
    answer = answers.questions[name]
    new = replace(answer, model=model or replace(answer.model, **other))
    return replace(answers, questions={**answers.questions, name: new})


# The questions


@asked
def test_the_figures_carry_each_model(answers: Answers, data: Dataset, name: str) -> None:
    """Nearly all municipalities, terms that can be told apart, and no sign that one turns."""
    answer = answers.questions[name]
    for model in (answer.model, answer.over_time):
        assert model.municipalities > 0.95 * len(data.municipalities)
        assert model.terms["vif"].max() < 5 and model.condition < 30
    assert "No municipality turns a sign by itself" in " ".join(answer.model.reading)


@asked
def test_straight_lines_do(answers: Answers, name: str) -> None:
    """Ramsey (1969): squares of what is expected add nothing to the model between them."""
    model = answers.questions[name].model
    rows = model.fitted if "year" not in model.fitted else model.fitted.query("year == year.max()")
    x = rows[list(model.terms["term"])].assign(level=1.0, square=rows["expected"] ** 2)
    fit = OLS(rows["residual"], x).fit(cov_type="HC3")
    assert abs(fit.tvalues["square"]) < 2


@asked
def test_both_models_of_a_question_ask_of_the_same_measures(answers: Answers, name: str) -> None:
    pair = answers.questions[name].model, answers.questions[name].over_time
    measures = [
        [re.sub(r"lag\((\w+), \d+\)", r"\1", term) for term in m.terms["term"]] for m in pair
    ]
    assert measures[0] == measures[1]
    assert pair[1].effects == "two-way" and pair[1].errors == "cluster"


def test_the_models_are_kept_for_the_same_figures_only(baerum: View, data: Dataset) -> None:
    rows = data.observations
    moved = rows.assign(
        value=rows["value"].where(rows["measure"] != "low_income_share", 1e-3 * rows["value"])
    )
    other = regression.fit(replace(baerum, data=replace(data, observations=moved)))
    again, plain = regression.fit(baerum), regression.fit(baerum)
    assert repr(again) == repr(plain)
    assert repr(other) != repr(plain)


# Numbers


def test_in_short_answers_the_three_questions(baerum: View, answers: Answers) -> None:
    said = [p.get_text() for p in soup(regression.summary(baerum, answers)).select("p")]
    for sentence, answer in zip(said, answers.questions.values(), strict=False):
        row = answer.strongest()
        way = "høyere" if row["coefficient"] > 0 else "lavere"
        outcome = capitalised(baerum.say(f"regression.term.{answer.model.outcome}"))
        assert sentence.startswith(f"{outcome} er {way} i kommuner der flere")
    assert said[4] == baerum.say("regression.short.caution")
    assert [text.split("?")[0] + "?" for text in said[5:]] == [
        baerum.say("common.sure"),
        baerum.say("common.missing"),
    ]


def test_the_answer_is_the_step_between_quartiles(
    baerum: View, answers: Answers, figures: pd.DataFrame, slopes_by_hand: np.ndarray
) -> None:
    low, high = figures["low_income_share"].quantile([0.25, 0.75])
    effect = points(abs(slopes_by_hand[2] * (high - low)))
    said = next(p.get_text() for p in soup(section(baerum, answers)).select("p"))
    assert f"Valgdeltakelsen er {effect} lavere" in said
    assert f"({percent(high)})" in said and f"({percent(low)})" in said


def test_the_share_captured_is_that_of_the_fit(
    baerum: View, answers: Answers, figures: pd.DataFrame, expected: pd.Series
) -> None:
    explained = 1 - ((figures[OUTCOME] - expected).var() / figures[OUTCOME].var())
    sentence = baerum.say("regression.sure.share", count=3, share=percent(100 * explained))
    assert sentence in text_of(section(baerum, answers))
    row = rows_of(soup(regression.method(baerum, answers)).table)[0]
    assert NB.number(explained, 2) in row and str(len(figures)) in row


def test_each_term_is_read_between_its_quartiles(
    baerum: View, answers: Answers, figures: pd.DataFrame, slopes_by_hand: np.ndarray
) -> None:
    page = soup(section(baerum, answers))
    table = rows_of(page.select("details table")[1])
    assert len(table) == 6, "three between municipalities, three over time"
    for row, name, slope in zip(table, TERMS, slopes_by_hand[1:], strict=False):
        low, high = figures[name].quantile(0.25), figures[name].quantile(0.75)
        effect = NB.number(slope * (high - low), 2, signed=True)
        assert row[0] == capitalised(baerum.say(f"regression.term.{name}"))
        assert row[1:4] == [percent(low), percent(high), f"{effect}{SPACE}prosentpoeng"]


def test_over_time_each_term_is_read_between_changes(baerum: View, answers: Answers) -> None:
    fitted = answers.questions["education"].over_time.fitted
    people = fitted.pivot(index="municipality", columns="year", values="log(population)")
    change = 100 * np.expm1((people[2020] - people[2015]).quantile([0.25, 0.75]))
    table = rows_of(soup(section(baerum, answers, "education")).select("details table")[1])
    assert table[5][1:3] == [f"{NB.number(v, 1, signed=True)}{SPACE}%" for v in change]
    assert table[5][0] == "Innbyggertallet, endring over tid"
    assert table[2][1].endswith("innbyggere"), "a logarithm is shown as what it is of"


def test_the_group_stands_in_one_table_from_highest_to_lowest(
    baerum: View, answers: Answers, figures: pd.DataFrame, expected: pd.Series
) -> None:
    table = rows_of(soup(section(baerum, answers)).select("details table")[0])
    members = [n for n in ["3201", *baerum.peers] if n in figures.index]
    residual = (figures[OUTCOME] - expected)[members].sort_values(ascending=False)
    assert table == [
        [
            baerum.data.name(number),
            percent(figures.at[number, OUTCOME]),
            percent(expected[number]),
            NB.number(value, 1, signed=True),
        ]
        for number, value in residual.items()
    ]


@asked
def test_the_chart_shows_every_municipality_of_the_newest_year(
    baerum: View, answers: Answers, name: str
) -> None:
    model = answers.questions[name].model
    rows = model.fitted if "year" not in model.fitted else model.fitted.query("year == year.max()")
    picture = soup(section(baerum, answers, name)).select("svg")[0]
    assert len(picture.select(".dots > *")) == len(rows)
    title = picture.select_one("title")
    assert title is not None and f"{len(rows)} kommuner" in title.get_text()
    assert "Bærum: " in title.get_text()
    assert picture.find("text", string="Bærum") is not None


def test_the_line_of_the_chart_has_the_slope_of_the_model() -> None:
    spread = pd.DataFrame({"x": [0.0, 10, 20], "y": [5.0, 4, 9]})
    about = {"x_label": "x", "y_label": "y", "scale": NB.number}
    steep, flat = (charts.partial_base(spread, b, **about).svg for b in (2.0, 0.0))
    found = r'd="M ?([\d.]+) ([\d.]+) ?L ?([\d.]+) ([\d.]+)" style="fill:none;stroke:#5f6b76'
    ends = [re.findall(found, svg) for svg in (steep, flat)]
    ((x0, y0, x1, y1),) = [tuple(map(float, line)) for line in ends[1]]
    assert y0 == y1 and x1 - x0 > 200
    ((x0, y0, x1, y1),) = [tuple(map(float, line)) for line in ends[0]]
    assert y0 - y1 > 50 and x1 - x0 > 200


def test_the_shade_of_the_chart_has_the_interval_of_the_slope() -> None:
    spread = pd.DataFrame({"x": [0.0, 10, 20], "y": [5.0, 4, 9]})
    about = {"x_label": "x", "y_label": "y", "scale": NB.number}
    svg = charts.partial_base(spread, 1.0, slopes=(0.5, 2.0), **about).svg
    line = r'd="M ?([\d.]+) ([\d.]+) ?L ?([\d.]+) ([\d.]+)" style="fill:none;stroke:#5f6b76'
    ((left, bottom, right, top),) = [tuple(map(float, ends)) for ends in re.findall(line, svg)]
    (area,) = re.findall(r'd="([^"]+)" style="fill:#dfe5ea', svg)
    corners = np.array(re.findall(r"([\d.]+) ([\d.]+)", area), dtype=float)
    risen = [(bottom + top) / 2 - y for x, y in corners if abs(x - right) < 0.2]
    unit = (bottom - top) / 2
    np.testing.assert_allclose(sorted({round(y / unit, 2) for y in risen}), [0.5, 2.0], atol=0.02)
    assert left < right


def test_of_very_many_municipalities_some_are_drawn_and_the_reader_is_told(
    baerum: View, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts() -> tuple[int, int, str, str]:
        piece = soup(section(baerum, answers, "education"))
        picture = piece.select("svg")[0]
        dots = picture.select(".dots > *")
        (line,) = re.findall(r'd="([^"]+)" style="fill:none;stroke:#5f6b76', str(picture))
        squares = [dot for dot in dots if dot.name == "path"]
        return len(dots), len(squares), line, piece.get_text(" ")

    count, special, line, said = parts()
    assert "jevnt fordelt" not in said
    monkeypatch.setattr("workbench.charts.across.MOST_DOTS", 100)
    monkeypatch.setattr(charts, "MOST_DOTS", 100)
    few, as_special, same, told = parts()
    assert few == 100 and as_special == special > 5
    # From the first to the last of all, whichever are drawn.
    assert same.split()[1::3] == line.split()[1::3]
    assert f"Figuren viser 100 av de {count} kommunene, jevnt fordelt bortover." in told


@pytest.mark.parametrize("step", [0.25, 2.5, 10.0])
def test_the_scale_along_the_bottom_tells_the_truth(step: float) -> None:
    spread = pd.DataFrame({"x": [0.0, 4 * step, 8 * step], "y": [5.0, 4, 9]})
    base = charts.partial_base(spread, 1.0, x_label="x", y_label="y", scale=NB.number)
    svg = base.svg
    ticks = re.findall(r'<text style="text-anchor:middle;?" x="([\d.]+)" y="[\d.]+">([\d,]+)<', svg)
    at, numbers = ([float(t[i].replace(",", ".")) for t in ticks] for i in (0, 1))
    assert len(at) > 3
    along = np.polyfit(at, numbers, 1)
    np.testing.assert_allclose(np.polyval(along, at), numbers, atol=0.02 * step)
    # And so do the places where marks go.
    np.testing.assert_allclose(np.polyval(along, base.at[:, 0]), spread["x"], atol=0.04 * step)


def test_the_own_mark_has_its_name_within_the_picture() -> None:
    spread = pd.DataFrame({"x": [0.0, 10, 20, 20], "y": [5.0, 4, 9, 0]})
    base = charts.partial_base(spread, 1.0, x_label="x", y_label="y", scale=NB.number)
    for own in range(len(spread)):
        who = ["own" if at == own else "others" for at in range(len(spread))]
        svg = charts.partial_chart(base, who, name="n", alt="a", own_label="Rana & <Bø>")
        picture = soup(svg)
        assert [len(group.select("circle, path")) for group in picture.select(".dots")] == [3, 1]
        (text,) = [one for one in picture.select("text") if one.get_text() == "Rana & <Bø>"]
        x, y = float(str(text["x"])), float(str(text["y"]))
        assert 30 <= x <= 330 and 9 <= y <= 230
        mark = re.findall(r'd="M([\d.]+) ([\d.]+)m0', svg)
        np.testing.assert_allclose(np.array(mark, dtype=float), base.at[[own]], atol=0.05)


def test_a_chart_of_a_logarithm_is_written_in_what_it_is_of(baerum: View, answers: Answers) -> None:
    terms = answers.questions["education"].model.terms.copy()
    terms.loc[terms["term"] == "log(population)", ["effect", "low", "high"]] = [99.0, 1.0, 2.0]
    page = soup(section(baerum, changed(answers, "education", terms=terms), "education"))
    picture = page.select("svg")[0]
    assert f"10{SPACE}000" in [t.get_text() for t in picture.select("text")]
    title = picture.select_one("title")
    assert title is not None
    assert re.search(rf"Bærum: \d+{SPACE}\d+{SPACE}innbyggere, justert", title.get_text())


def test_the_sources_name_every_measure_of_the_formulas(baerum: View, answers: Answers) -> None:
    table = rows_of(soup(regression.sources(baerum, answers)).table)
    facts = baerum.data.measures.set_index("measure").apply(NB.name, axis=1)
    formulas = " ".join(q.formula for q in QUESTIONS.values())
    wanted = {name for name in facts.index if re.search(rf"\b{name}\b", formulas)}
    wanted |= {"population", "population_67_plus"}
    shown = [row[0] for row in table]
    assert len(shown) == len(wanted)
    assert all(any(cell.startswith(facts[name]) for cell in shown) for name in wanted)


def test_the_method_shows_every_model_with_its_diagnostics(baerum: View, answers: Answers) -> None:
    table = rows_of(soup(regression.method(baerum, answers)).table)
    for row, model in zip(table, answers.models, strict=True):
        assert row[0].endswith(model.formula)
        assert row[4:6] == [NB.number(model.n), str(model.municipalities)]
        assert row[7] == NB.number(model.terms["vif"].max(), 1)
    intervals = sum(len(model.terms) for model in answers.models)
    assert f"{intervals} slike intervaller" in text_of(regression.method(baerum, answers))


# Words


@pytest.mark.parametrize(
    ("side", "often", "fits"),
    [
        ("above", "common", lambda value, usual: 0.2 < value <= usual),
        ("above", "rare", lambda value, usual: value > usual),
        ("below", "common", lambda value, usual: -usual <= value < -0.2),
        ("below", "rare", lambda value, usual: value < -usual),
        ("level", "common", lambda value, usual: abs(value) < 0.05),
    ],
)
def test_the_words_agree_with_the_deviation(
    data: Dataset,
    answers: Answers,
    figures: pd.DataFrame,
    expected: pd.Series,
    side: str,
    often: str,
    fits: Callable[[float, float], bool],
) -> None:
    residuals = figures[OUTCOME] - expected
    usual = residuals.abs().quantile(2 / 3)
    number = str(next(number for number, value in residuals.items() if fits(value, usual)))
    view = wb.view(data, number)
    page = text_of(section(view, answers))
    difference = points(abs(residuals[number]))
    assert view.say(f"regression.own.{side}", difference=difference) in page
    assert view.say(f"regression.own.{often}", usual=points(usual)) in page
    assert page.count(points(usual)) == 1, "it is either common or rare"
    short = view.say(
        f"regression.short.own_{side}", outcome="valgdeltakelsen", difference=difference
    )
    assert short in text_of(regression.summary(view, answers))


def terms_with(answers: Answers, name: str, at: int, low: float, high: float) -> pd.DataFrame:
    """Return the terms of a model with another interval for one, its step between quartiles 1."""
    terms = answers.questions[name].model.terms.copy()
    columns = ["coefficient", "low", "high", "effect", "effect_low", "effect_high"]
    middle = (low + high) / 2
    terms.loc[at, columns] = [middle, low, high, middle, low, high]
    return terms


@pytest.mark.parametrize(
    ("low", "high", "key"),
    [(0.5, 0.9, "also_up"), (-0.9, -0.5, "also_down"), (-0.5, 0.9, "unsure")],
)
def test_a_term_is_called_sure_when_its_interval_is_on_one_side(
    baerum: View, answers: Answers, low: float, high: float, key: str
) -> None:
    terms = terms_with(answers, "participation", 2, low, high)
    page = text_of(section(baerum, changed(answers, "participation", terms=terms)))
    row = terms.loc[2]
    sentence = baerum.say(
        f"regression.answer.{key}",
        many=baerum.say("regression.many.share_67_plus"),
        few=baerum.say("regression.few.share_67_plus"),
        low=percent(row["quartile_low"]),
        high=percent(row["quartile_high"]),
        effect=points(abs(low + high) / 2),
    )
    assert sentence in page


@pytest.mark.parametrize(("sign", "word"), [(1, "høyere"), (-1, "lavere")])
def test_the_strongest_clear_term_is_the_answer(
    baerum: View, answers: Answers, sign: int, word: str
) -> None:
    ends = sorted([sign * 8.0, sign * 10.0])
    other = changed(answers, "participation", terms=terms_with(answers, "participation", 0, *ends))
    said = [p.get_text() for p in soup(section(baerum, other)).select("p")]
    assert said[0].startswith(f"Valgdeltakelsen er {points(9)} {word} i kommuner der flere har")
    assert f"mellom 8,0 og {points(10)}" in " ".join(said)
    assert f"Valgdeltakelsen er {word}" in text_of(regression.summary(baerum, other))


def test_a_large_term_that_is_not_clear_is_no_answer(baerum: View, answers: Answers) -> None:
    terms = terms_with(answers, "participation", 0, -10.0, 30.0)
    said = soup(section(baerum, changed(answers, "participation", terms=terms))).select("p")
    assert "lav inntekt" in said[0].get_text() and "utdanning" not in said[0].get_text()


def test_where_nothing_is_clear_that_is_said_plainly(baerum: View, answers: Answers) -> None:
    terms = answers.questions["participation"].model.terms.assign(low=-9.0, high=9.0)
    other = changed(answers, "participation", terms=terms)
    page = text_of(section(baerum, other))
    assert baerum.say("regression.answer.none", outcome="valgdeltakelsen", total=3) in page
    assert baerum.say("regression.over_time.nothing", years="2021 og 2025") in page
    assert "Forskjellen ligger trolig" not in page
    assert baerum.say("regression.short.none", outcome="valgdeltakelsen") in text_of(
        regression.summary(baerum, other)
    )


@pytest.mark.parametrize(
    ("interval", "kind", "count"),
    [((-0.9, -0.1), "same", 2), ((-0.5, 0.5), "none", 1), ((0.1, 0.9), "opposite", 1)],
)
def test_what_holds_over_time_is_told_apart_from_what_does_not(
    baerum: View, answers: Answers, interval: tuple[float, float], kind: str, count: int
) -> None:
    """Of turnout and low income, whose link between municipalities is negative."""
    answer = answers.questions["participation"]
    terms = answer.over_time.terms.copy()
    columns = ["coefficient", "low", "high", "effect", "effect_low", "effect_high"]
    terms.loc[1, columns] = [sum(interval) / 2, *interval] * 2
    new = replace(answer, over_time=replace(answer.over_time, terms=terms))
    other = replace(answers, questions={**answers.questions, "participation": new})
    page = text_of(section(baerum, other))
    assert new.holds_over_time() == kind
    assert baerum.say(f"regression.over_time.{kind}", years="2021 og 2025") in page
    assert ("er endringen i valgdeltakelsen" in page) == (kind != "none")
    short = baerum.say("regression.short.over_time", count=count, total=3)
    assert short in text_of(regression.summary(baerum, other))


@pytest.mark.parametrize(("total", "count"), [(3, 0), (3, 3), (2, 1), (0, 0)])
def test_how_many_patterns_hold_over_time_is_counted(total: int, count: int) -> None:
    said = NB.say("regression.short.over_time", total=total, count=count)
    assert bool(said) == (total > 0)
    if total:
        words = {0: "ingen av dem", 1: "ett av de to", 3: "også fram"}
        assert words[count] in said


@pytest.mark.parametrize(
    ("change", "key"), [(-0.1, "single"), (-2.0, "single_turned"), (None, "single_none")]
)
def test_a_single_municipality_that_decides_is_named(
    baerum: View, answers: Answers, model: Regression, change: float | None, key: str
) -> None:
    row = model.terms.set_index("term").loc["low_income_share"]
    rows = model.influential[model.influential["term"] == "low_income_share"].head(1)
    rows = rows.assign(change=(change or 0) * row["coefficient"]) if change else rows.iloc[:0]
    page = text_of(section(baerum, changed(answers, "participation", influential=rows)))
    facts = {"who": "Utsira", "effect": points(abs(row["effect"]) * 0.9)}
    assert baerum.say(f"regression.sure.{key}", **facts) in page


def test_terms_that_go_together_are_told_of(baerum: View, answers: Answers) -> None:
    sentence = baerum.say("regression.sure.collinear")
    assert sentence not in text_of(section(baerum, answers))
    terms = answers.questions["participation"].model.terms.assign(vif=7.0)
    assert sentence in text_of(section(baerum, changed(answers, "participation", terms=terms)))


def test_what_was_left_out_is_told(baerum: View, answers: Answers, data: Dataset) -> None:
    education = Wording(baerum, answers.questions["education"].model).sample()
    reason = data.breaks.set_index("measure").at["tertiary_education_share", "reason_nb"]
    assert (
        baerum.say(
            "regression.used.break",
            term="andelen med høyere utdanning",
            years="2011–2013",
            reason=reason,
        )
        in education
    )
    assert "2014 er ikke med: Vi mangler tall for andelen boliger i blokk." in education
    model = answers.questions["education"].model
    inside = set(model.fitted["municipality"])
    out = sorted(data.name(n) for n in data.municipalities["number"] if n not in inside)
    assert any(said.startswith(f"{NB.listed(out)} er ikke med.") for said in education)
    income = Wording(baerum, answers.questions["low_income"].model).sample()
    assert any("to år før" in said for said in income)
    all_in = replace(model, fitted=pd.DataFrame({"municipality": data.municipalities["number"]}))
    assert baerum.say("regression.used.all") in Wording(baerum, all_in).sample()


def test_many_names_are_counted_only(baerum: View, answers: Answers, data: Dataset) -> None:
    model = answers.questions["education"].model
    some = model.fitted[model.fitted["municipality"] < "40"]
    said = Wording(baerum, replace(model, fitted=some)).sample()
    out = len(data.municipalities) - some["municipality"].nunique()
    assert baerum.say("regression.used.out", names="", count=out) in said


# Faster or slower


@pytest.mark.parametrize(
    ("own", "typical", "pace_of", "kind"),
    [
        (0.8, 0.5, "above", "rising_faster"),
        (0.2, 0.5, "below", "rising_slower"),
        (-0.8, -0.5, "below", "falling_faster"),
        (-0.2, -0.5, "above", "falling_slower"),
        (0.3, -0.5, "above", "against_up"),
        (-0.3, 0.5, "below", "against_down"),
        (-0.3, 0.0, "below", "against_down"),
        (0.8, 0.5, "alike", "alike"),
    ],
)
def test_faster_and_slower_are_right_for_either_sign(
    own: float, typical: float, pace_of: str, kind: str
) -> None:
    row = pd.Series({"change": own, "pace": pace_of})
    assert change_rates.kind(row, typical) == kind
    said = NB.say(f"regression.pace.{kind}", outcome="valgdeltakelsen", name="Heim")
    assert said.startswith("Vi kan ikke si") == (kind == "alike")


def test_the_pace_of_each_outcome_is_that_of_its_slopes(
    baerum: View, answers: Answers, data: Dataset
) -> None:
    page = soup(regression.tempo(baerum, answers))
    table = rows_of(page.table)
    for row, slopes in zip(table, answers.slopes.values(), strict=True):
        own = slopes.table.set_index("municipality").loc["3201"]
        series = data.series(slopes.measure, "3201")
        series = series[series.index >= slopes.years[0]]
        change = (series.iloc[-1] - series.iloc[0]) / (series.index[-1] - series.index[0])
        assert row[1] == f"{series.index[0]}–{series.index[-1]}"
        assert row[2] == f"{NB.number(change, 2, signed=True)}{SPACE}prosentpoeng"
        assert row[6] == f"{own['place']} av {len(slopes.table)}"
        assert change_rates.verdict(baerum, slopes) in page.get_text()


def test_who_stands_out_is_counted_and_placed(data: Dataset, answers: Answers) -> None:
    slopes = answers.slopes["education"]
    above = (slopes.table["pace"] != "alike").sum()
    oslo = wb.view(data, "Oslo")
    page = text_of(regression.tempo(oslo, answers))
    assert change_rates.own_row(oslo, slopes)["pace"] == "above"
    assert f"{NB.count(above)} av de {len(slopes.table)} kommunene skiller seg klart" in page
    assert "Andelen med høyere utdanning øker raskere i Oslo enn i en typisk kommune." in page
    assert "Det er nummer 1 av" in page
    alike = answers.slopes["participation"]
    assert (alike.table["pace"] == "alike").all()
    assert f"Ingen av de {len(alike.table)} kommunene skiller seg klart" in page


def test_the_chart_of_pace_has_a_line_per_municipality_and_the_own_dot(
    baerum: View, answers: Answers
) -> None:
    picture = soup(regression.tempo(baerum, answers)).svg
    assert picture is not None
    dots = picture.select(".dots circle")
    assert len(dots) == 3 and picture.select_one(".dots")["fill"] == charts.OWN
    title = picture.select_one("title")
    assert title is not None and title.get_text().count("i Bærum, usikkerhet fra") == 3


def test_the_marks_of_pace_stand_where_the_scale_says(baerum: View, answers: Answers) -> None:
    """Read off the picture: dot and interval against the numbers along the bottom."""
    svg = str(soup(regression.tempo(baerum, answers)).svg)
    ticks = re.findall(
        r'<text style="text-anchor:middle;?" x="([\d.]+)" y="[\d.]+">([−\d,]+)<', svg
    )
    at, numbers = (
        [float(t[i].replace(",", ".").replace("\N{MINUS SIGN}", "-")) for t in ticks]
        for i in (0, 1)
    )
    along = np.polyfit(at, numbers, 1)
    drawn = re.findall(
        r'd="M([\d.]+) [\d.]+H([\d.]+)"[^>]*/?>(?:</path>)?<circle[^>]*cx="([\d.]+)"', svg
    )
    for ends, slopes in zip(drawn, answers.slopes.values(), strict=True):
        own = slopes.table.set_index("municipality").loc["3201", ["low", "high", "change"]]
        read = np.polyval(along, [float(end) for end in ends])
        np.testing.assert_allclose(read, own.astype(float), atol=0.02)


# Municipalities that lack something


def test_a_municipality_outside_the_fit_says_which_figures_it_lacks(
    data: Dataset, answers: Answers, figures: pd.DataFrame
) -> None:
    aalesund = wb.view(data, "Ålesund")
    assert aalesund.number not in figures.index
    lacking = NB.listed(aalesund.say(f"regression.term.{name}") for name in TERMS[:2])
    page = soup(section(aalesund, answers))
    assert aalesund.say("regression.own.missing", terms=lacking) in page.get_text()
    title = page.select("svg")[0].title
    assert title is not None and "Ålesund" not in title.get_text()
    summary = text_of(regression.summary(aalesund, answers))
    assert aalesund.say("regression.short.own_missing") in summary
    assert "raskere" not in summary
    tempo = soup(regression.tempo(aalesund, answers))
    for outcome in (QUESTIONS[name].formula.split(" ~ ")[0] for name in QUESTIONS):
        term = aalesund.say(f"regression.term.{outcome}")
        assert aalesund.say("regression.pace.missing", outcome=term) in tempo.get_text()
    assert aalesund.say("regression.pace.caption_missing") in tempo.get_text()


def test_a_municipality_that_was_put_together_again_is_read_from_what_there_is(
    data: Dataset, answers: Answers
) -> None:
    """Heim has no figures from before 2020 for turnout and education, and four for low income."""
    heim = wb.view(data, "Heim")
    page = text_of(regression.tempo(heim, answers))
    assert page.count("Heim har tall som kan sammenlignes for færre enn tre år.") == 2
    assert "Fra 2019 til 2022 var endringen i snitt" in page
    for name in QUESTIONS:
        assert "I Heim var" in text_of(section(heim, answers, name))


@pytest.mark.parametrize("municipality", ["Bærum", "Heim", "Oslo", "Ålesund", "Utsira"])
@pytest.mark.parametrize("code", languages())
def test_every_part_reads_well_for_any_municipality(
    data: Dataset, answers: Answers, municipality: str, code: str
) -> None:
    view = wb.view(data, municipality, code)
    parts = [regression.title(view), regression.summary(view, answers)]
    parts += [regression.answer(view, answers, name) for name in QUESTIONS]
    parts += [regression.tempo(view, answers), regression.method(view, answers)]
    parts.append(regression.sources(view, answers))
    page = f"<!DOCTYPE html><html><body>{''.join(parts)}</body></html>"
    html5lib.HTMLParser(strict=True).parse(page)
    parsed = soup(page)
    assert all(svg.title and svg.title.get_text().strip() for svg in parsed.select("svg[role=img]"))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    said = parsed.get_text()
    assert not re.search(r"\bnan\b|\bNone\b|\{\{|\}\}| ,|\.\.", said, re.IGNORECASE)
    claims = [part for part in re.split(r"(?<=[.:])\s*", said) if not re.search(OTHER[code], part)]
    assert not re.search(CAUSE[code], " ".join(claims), re.IGNORECASE)


#: Words that would claim what the models cannot show, and where they say something else: what
#: figures are missing, and that nothing is claimed.
CAUSE = {
    "nb": r"årsak|skyldes|fører til|på grunn av|påvirk|fordi|gir (høyere|lavere)",
    "nn": r"årsak|kjem av|fører til|på grunn av|påverk|fordi|gir (høgare|lågare)",
    "en": r"\bcaus|because|due to|leads? to|\baffect|\bimpact|results? in",
}
OTHER = {
    "nb": r"mangler|ikke hva som (virker|påvirker)",
    "nn": r"manglar|ikkje kva som (verkar|påverkar)",
    "en": r"because .*(missing|no figures)|not what (affects|acts)",
}


# The page


def test_the_brief_is_small_and_whole(made: Made) -> None:
    for folder in ("3201-baerum", "5055-heim"):
        page = (made.path / folder / "03_regression.nb.html").read_text(encoding="utf-8")
        assert len(page.encode()) < 300_000
        parsed = soup(page)
        assert len(parsed.select("main h2")) == 7, (
            "in short, three questions, pace, method, sources"
        )
        assert len(parsed.select("svg[role=img]")) == 7


def test_the_notebook_is_thin() -> None:
    node = nbformat.reads((NOTEBOOKS / "03_regression.ipynb").read_text(encoding="utf-8"), 4)
    cells = [cell["source"] for cell in node.cells if cell.cell_type == "code"]
    assert len(cells) <= 12 and all(len(cell.splitlines()) <= 10 for cell in cells)
    assert not re.search(r"\b(if|for|def|lambda|import (?!workbench))\b", "\n".join(cells[1:]))
    assert json.loads(json.dumps(node.metadata))["workbench"]["brief"] == "regression"
