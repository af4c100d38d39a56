"""'What does turnout go with?': the numbers are a least squares fit's, and the words fit them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench import across
from workbench.dataset import Dataset
from workbench.language import Language, capitalised
from workbench.regression import Regression
from workbench.views import View

NB = Language("nb")
OUTCOME = "voter_turnout_storting"
TERMS = ["tertiary_education_share", "low_income_share", "share_67_plus"]


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def rows_of(table: Tag | None) -> list[list[str]]:
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


@pytest.fixture(scope="module")
def model(baerum: View) -> Regression:
    return across.fit(baerum)


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
def expected(figures: pd.DataFrame) -> pd.Series:
    """What a plain least squares fit expects of each municipality."""
    matrix = np.column_stack([np.ones(len(figures)), figures[TERMS]])
    solution, *_ = np.linalg.lstsq(matrix, figures[OUTCOME], rcond=None)
    return pd.Series(matrix @ solution, index=figures.index)


def percent(value: float) -> str:
    return f"{NB.number(value, 1)}\N{NO-BREAK SPACE}%"


def points(value: float) -> str:
    return f"{NB.number(value, 1)}\N{NO-BREAK SPACE}prosentpoeng"


# Numbers


def test_in_short_states_what_was_observed_and_what_was_expected(
    baerum: View, model: Regression, figures: pd.DataFrame, expected: pd.Series
) -> None:
    text = soup(across.summary(baerum, model)).get_text()
    observed = figures.at["3201", OUTCOME]
    sentence = baerum.say(
        "across.short.own",
        observed=percent(observed),
        expected=percent(expected["3201"]),
        year=2025,
    )
    assert sentence in text
    assert baerum.say("across.short.question", n=len(figures)) in text


def test_the_share_explained_is_that_of_the_fit(
    baerum: View, model: Regression, figures: pd.DataFrame, expected: pd.Series
) -> None:
    explained = 1 - ((figures[OUTCOME] - expected).var() / figures[OUTCOME].var())
    sentence = baerum.say("across.short.share", share=percent(100 * explained))
    assert sentence in soup(across.summary(baerum, model)).get_text()
    assert NB.number(explained, 2) in [
        row[1] for row in rows_of(soup(across.method(baerum, model)).table)
    ]


def test_each_term_is_read_between_its_quartiles(
    baerum: View, model: Regression, figures: pd.DataFrame
) -> None:
    matrix = np.column_stack([np.ones(len(figures)), figures[TERMS]])
    solution, *_ = np.linalg.lstsq(matrix, figures[OUTCOME], rcond=None)
    page = soup(across.terms(baerum, model))
    table = rows_of(page.select_one("details table"))
    for row, name, slope in zip(table, TERMS, solution[1:], strict=True):
        low, high = figures[name].quantile(0.25), figures[name].quantile(0.75)
        effect = NB.number(slope * (high - low), 2, signed=True)
        assert row[0] == capitalised(baerum.say(f"across.term.{name}"))
        assert row[1:3] == [percent(low), percent(high)]
        assert row[3] == f"{effect}\N{NO-BREAK SPACE}prosentpoeng"


def test_the_group_stands_in_one_table_from_highest_to_lowest(
    baerum: View, model: Regression, figures: pd.DataFrame, expected: pd.Series
) -> None:
    table = rows_of(soup(across.own(baerum, model)).select_one("details table"))
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


def test_the_chart_shows_every_municipality_of_the_fit(
    baerum: View, model: Regression, figures: pd.DataFrame
) -> None:
    dots = soup(across.own(baerum, model)).select("svg use")
    marks = [use for use in dots if "stroke" not in str(use.get("style"))]
    assert len(marks) == len(figures)
    title = soup(across.own(baerum, model)).select_one("svg > title")
    assert title is not None
    higher = figures[TERMS[0]].corr(figures[OUTCOME]) > 0
    assert title.get_text() == baerum.say(
        "across.own.alt",
        n=len(figures),
        x=percent(figures.at["3201", TERMS[0]]),
        y=percent(figures.at["3201", OUTCOME]),
        direction=baerum.say(f"across.direction.{'higher' if higher else 'lower'}"),
    )


def test_every_figure_is_dated(baerum: View, model: Regression) -> None:
    """The fixture `figures` takes these years, and the fit agrees with it."""
    labels = [text.get_text() for text in soup(across.own(baerum, model)).select("svg text")]
    assert baerum.say("across.own.x", year=2020) in labels
    assert baerum.say("across.own.y", year=2025) in labels
    outcome = NB.inside(baerum.data.measure(OUTCOME)["name_nb"])
    terms = [baerum.say(f"across.term.{name}") for name in TERMS]
    named = zip([outcome, *terms], [2025, 2020, 2022, 2026], strict=True)
    items = NB.listed(f"{name} ({year})" for name, year in named)
    method = soup(across.method(baerum, model)).get_text()
    assert baerum.say("across.method.years", items=items) in method


# Words


def pick(residuals: pd.Series, usual: float, fits: Callable[[float, float], bool]) -> str:
    """Return a municipality whose deviation fits."""
    return str(next(number for number, value in residuals.items() if fits(value, usual)))


@pytest.mark.parametrize(
    ("side", "often", "fits"),
    [
        ("above", "common", lambda value, usual: 0.2 < value <= usual),
        ("above", "rare", lambda value, usual: value > usual),
        ("below", "common", lambda value, usual: -usual <= value < -0.2),
        ("below", "rare", lambda value, usual: value < -usual),
    ],
)
def test_the_words_agree_with_the_deviation(
    data: Dataset,
    model: Regression,
    figures: pd.DataFrame,
    expected: pd.Series,
    side: str,
    often: str,
    fits: Callable[[float, float], bool],
) -> None:
    residuals = figures[OUTCOME] - expected
    usual = residuals.abs().quantile(2 / 3)
    number = pick(residuals, usual, fits)
    view = wb.view(data, number)
    text = soup(across.own(view, model)).get_text()
    assert view.say(f"across.own.{side}", difference=points(abs(residuals[number]))) in text
    assert view.say(f"across.own.{often}", usual=points(usual)) in text
    assert text.count(points(usual)) == 1, "it is either common or rare"


@pytest.mark.parametrize(
    ("low", "effect", "high", "key"),
    [(0.5, 1.5, 2.5, "sure_up"), (-2.5, -1.5, -0.5, "sure_down"), (-0.5, 1.0, 2.5, "unsure")],
)
def test_a_term_is_called_sure_when_its_interval_is_on_one_side(
    baerum: View, model: Regression, low: float, effect: float, high: float, key: str
) -> None:
    terms = model.terms.copy()
    terms.loc[0, ["effect_low", "effect", "effect_high"]] = [low, effect, high]
    page = soup(across.terms(baerum, replace(model, terms=terms)))
    row = terms.loc[0]
    sentence = baerum.say(
        f"across.terms.{key}",
        term=baerum.say(f"across.term.{row['term']}"),
        short=baerum.say(f"across.term_short.{row['term']}"),
        low=percent(row["quartile_low"]),
        high=percent(row["quartile_high"]),
        effect=points(abs(effect)),
    )
    assert sentence in [p.get_text() for p in page.select("p")]


@pytest.mark.parametrize(("sign", "word"), [(1, "higher"), (-1, "lower")])
def test_the_strongest_term_is_named_with_its_direction(
    baerum: View, model: Regression, sign: int, word: str
) -> None:
    terms = model.terms.assign(effect=[0.1, sign * 9.0, -0.1])
    text = soup(across.summary(baerum, replace(model, terms=terms))).get_text()
    sentence = baerum.say(
        "across.short.strongest",
        term=baerum.say(f"across.term.{TERMS[1]}"),
        direction=baerum.say(f"across.direction.{word}"),
    )
    assert sentence in text


# What is missing


def test_a_municipality_outside_the_fit_says_which_figure_it_lacks(
    data: Dataset, model: Regression, figures: pd.DataFrame
) -> None:
    aalesund = wb.view(data, "Ålesund")
    assert aalesund.number not in figures.index
    lacking = NB.listed(aalesund.say(f"across.term.{name}") for name in TERMS[:2])
    sentence = aalesund.say("across.short.own_missing", measures=lacking)
    assert sentence in soup(across.summary(aalesund, model)).get_text()
    own = soup(across.own(aalesund, model))
    assert sentence in own.get_text()
    title = own.select_one("svg > title")
    assert title is not None and "\N{NO-BREAK SPACE}%" not in title.get_text()


def test_the_method_counts_who_is_in_and_who_is_left_out(
    baerum: View, model: Regression, data: Dataset, figures: pd.DataFrame
) -> None:
    page = soup(across.method(baerum, model))
    out = len(data.municipalities) - len(figures)
    assert baerum.say("across.method.dropped", count=out) in page.get_text()
    values = [row[1] for row in rows_of(page.table)]
    assert str(len(figures)) in values
    assert across.FORMULA in values


def test_the_sources_name_every_measure_of_the_formula(baerum: View, model: Regression) -> None:
    table = rows_of(soup(across.sources(baerum, model)).table)
    facts = baerum.data.measures.set_index("measure")["name_nb"]
    measures = [OUTCOME, *TERMS[:2], "population", "population_67_plus"]
    for row, name in zip(table, facts[measures], strict=True):
        assert row[0].startswith(name)
