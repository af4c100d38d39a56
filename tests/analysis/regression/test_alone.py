"""A term that one municipality or one year decides alone: no error can be had, and it is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from statsmodels.regression.linear_model import OLS

import workbench as wb
from workbench.analysis.regression.model import Regression, regress
from workbench.briefs.regression.answers import clear
from workbench.dataset import Dataset
from workbench.lab import display
from workbench.lab.model_builder import Builder
from workbench.language.translator import Language

TURNOUT, EDUCATION, FLATS = "voter_turnout_storting", "tertiary_education_share", "flat_share"
BETWEEN = f"{TURNOUT} ~ {EDUCATION} + {FLATS}"
OVER = f"{EDUCATION} ~ {FLATS} + share_67_plus"
OSLO, BERGEN = "0301", "4601"


def only(data: Dataset, *municipalities: str, years: tuple[int, ...] = ()) -> Dataset:
    """The figures, with no flats but in some municipalities, or in some years."""
    rows = data.observations.copy()
    flats = rows["measure"] == FLATS
    here = rows["municipality"].isin(municipalities) | rows["year"].isin(years)
    rows.loc[flats & ~here, "value"] = 0.0
    return replace(data, observations=rows)


def term(model: Regression, name: str) -> pd.Series:
    return model.terms.set_index("term").loc[name]


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_one_municipality_alone_leaves_no_error_and_the_others_as_without_it(
    data: Dataset, kind: str
) -> None:
    """Leverage 1: what the other terms have is what a fit without Oslo and flats gives."""
    model = regress(only(data, OSLO), BETWEEN, errors=kind)
    alone = term(model, FLATS)
    assert alone["alone"] == "Oslo" and np.isfinite(alone["coefficient"])
    assert alone[["error", "low", "high", "p", "effect_low", "effect_high"]].isna().all()
    rest = model.fitted[model.fitted["municipality"] != OSLO]
    x = rest[[EDUCATION]].assign(const=1.0)
    expected = OLS(rest[TURNOUT], x).fit(cov_type=kind, use_t=True)
    other = term(model, EDUCATION)
    assert other["alone"] == ""
    assert other["coefficient"] == pytest.approx(expected.params[EDUCATION])
    assert other["error"] == pytest.approx(expected.bse[EDUCATION])
    low, high = expected.conf_int().loc[EDUCATION]
    assert (other["low"], other["high"]) == pytest.approx((low, high))


def test_an_interval_goes_with_the_unit_of_the_outcome(data: Dataset) -> None:
    bent = only(data, OSLO)
    rows = bent.observations.copy()
    rows.loc[rows["measure"] == TURNOUT, "value"] *= 0.001
    plain, thousandth = regress(bent, BETWEEN), regress(replace(bent, observations=rows), BETWEEN)
    for column in ("coefficient", "error", "low", "high"):
        np.testing.assert_allclose(plain.terms[column], 1000 * thousandth.terms[column], rtol=1e-9)


def test_two_municipalities_leave_an_error(data: Dataset) -> None:
    model = regress(only(data, OSLO, BERGEN), BETWEEN)
    assert (model.terms["alone"] == "").all() and (model.terms["error"] > 0).all()


def test_two_terms_that_only_one_municipality_tells_apart_are_both_without_error(
    data: Dataset,
) -> None:
    """Flats in Oslo and Bergen, rented dwellings in Oslo: each hangs on one of the two alone."""
    bent = only(data, OSLO, BERGEN)
    rows = bent.observations.copy()
    rented = rows["measure"] == "rented_dwelling_share"
    rows.loc[rented & (rows["municipality"] != OSLO), "value"] = 0.0
    model = regress(replace(bent, observations=rows), f"{BETWEEN} + rented_dwelling_share")
    assert term(model, FLATS)["alone"] == "Bergen"
    assert term(model, "rented_dwelling_share")["alone"] in ("Oslo", "Bergen")
    assert term(model, EDUCATION)["alone"] == ""


@pytest.mark.parametrize("effects", ["pooled", "time", "entity", "two-way"])
def test_errors_of_municipalities_are_not_learnt_from_one(data: Dataset, effects: str) -> None:
    """Its residuals add up to zero, so that a clustered error would come out as zero."""
    model = regress(only(data, OSLO), OVER, effects)
    assert term(model, FLATS)["alone"] == "Oslo" and np.isnan(term(model, FLATS)["error"])
    assert term(model, "share_67_plus")["error"] > 0


@pytest.mark.parametrize("effects", ["pooled", "entity", "two-way"])
def test_errors_of_years_are_not_learnt_from_one(data: Dataset, effects: str) -> None:
    bent = only(data, years=(2018,))
    model = regress(bent, OVER, effects, "driscoll-kraay")
    assert term(model, FLATS)["alone"] == "2018" and np.isnan(term(model, FLATS)["error"])
    assert "2018 alone decides" in " ".join(model.reading)
    clustered = regress(bent, OVER, effects, "cluster")
    assert (clustered.terms["alone"] == "").all(), "many municipalities have flats that year"


def test_without_it_there_is_no_coefficient_and_it_weighs_most(data: Dataset) -> None:
    bent = only(data, OSLO)
    model = regress(bent, BETWEEN)
    first = model.influential.iloc[0]
    assert (first["name"], first["term"]) == ("Oslo", FLATS)
    assert np.isnan(first["change"]) and np.isinf(first["moved"])
    others = model.influential.iloc[1:]
    assert np.isfinite(others[["change", "moved"]].to_numpy()).all()
    said = " ".join(model.reading)
    assert "Without Oslo alone, there would be no coefficient of flat_share." in said
    # A fit without Oslo, in which there are no flats, moves the other term by nothing.
    assert not ((others["name"] == "Oslo") & (others["term"] == EDUCATION)).any()


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_it_is_said_and_left_out_wherever_a_model_is_shown(data: Dataset, language: str) -> None:
    bent = only(data, OSLO)
    built = Builder(bent, TURNOUT, [EDUCATION, FLATS], Language(language))
    page = BeautifulSoup(built.shown.value, "html5lib")
    for style in page.select("style"):
        style.decompose()
    text = page.get_text(" ")
    assert {"nb": "Bare Oslo avgjør", "nn": "Berre Oslo avgjer", "en": "Oslo alone decides"}[
        language
    ] in text
    assert "nan" not in text.lower()
    assert built.model is not None
    for shown in (repr(built.model), display.table(built.model)):
        assert "nan" not in shown.lower() and "Oslo alone decides" in shown


def test_a_brief_leaves_the_interval_out_and_says_why(data: Dataset) -> None:
    rows = data.observations.copy()
    poor = rows["measure"] == "low_income_share"
    rows.loc[poor & (rows["municipality"] != OSLO), "value"] = 0.0
    view = wb.view(replace(data, observations=rows), "Bærum")
    answers = wb.across.fit(view)
    section = BeautifulSoup(str(wb.across.answer(view, answers, "participation")), "html5lib")
    said = " ".join(section.get_text(" ").split())
    assert "Bare Oslo avgjør svaret om andelen i husholdninger med lav inntekt." in said
    assert any("usikkerheten kan ikke beregnes" in str(drawn) for drawn in section.select("svg"))
    cells = [cell.get_text() for cell in section.select("td")]
    assert cells.count("kan ikke beregnes") == 2, "between municipalities, and over time"
    whole = str(section) + str(wb.across.summary(view, answers))
    assert "nan" not in whole.lower()
    over_time = answers.questions["participation"].over_time.terms
    assert "Oslo" in over_time["alone"].tolist() and len(clear(over_time)) < len(over_time)
