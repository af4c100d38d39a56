"""A municipality by number, earlier number or name; what is unclear is refused with candidates."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.analysis import assessment, coverage, emissions, similarity
from workbench.dataset import Dataset
from workbench.dataset.lookup import slug
from workbench.errors import UsageError


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("3201", "3201"),
        ("0219", "3201"),
        ("3024", "3201"),
        ("301", "0301"),
        ("Bærum", "3201"),
        (" bærum ", "3201"),
        ("baerum", "3201"),
        ("３２０１", "3201"),
        ("Våler\u00a0(Østfold)", "3114"),
        ("Røyken", "3203"),
        ("Snåase", "5041"),
        ("Hamarøy", "1875"),
        ("Våler (Østfold)", "3114"),
        ("Os", "3430"),
    ],
)
def test_one_municipality_fits(data: Dataset, wanted: str, number: str) -> None:
    assert data.municipality(wanted) == number


@pytest.mark.parametrize(
    ("wanted", "candidates"),
    [
        ("Våler", ["3114 Våler (Østfold)", "3419 Våler (Innlandet)"]),
        ("Herøy", ["1515 Herøy (Møre og Romsdal)", "1818 Herøy (Nordland)"]),
        ("1507", ["1508 Ålesund (Møre og Romsdal)", "1580 Haram (Møre og Romsdal)"]),
        ("Snillfjord", ["5055 Heim", "5056 Hitra", "5059 Orkland"]),
        ("Bærrum", ["Bærum"]),
        ("Tronheim", ["Trondheim"]),
    ],
)
def test_what_is_unclear_is_refused_with_the_candidates(
    data: Dataset, wanted: str, candidates: list[str]
) -> None:
    with pytest.raises(UsageError) as refused:
        data.municipality(wanted)
    for candidate in candidates:
        assert candidate in str(refused.value)
    assert "number" in str(refused.value)


def test_a_number_that_never_was_is_refused(data: Dataset) -> None:
    with pytest.raises(UsageError, match="9999 is not the number of a municipality"):
        data.municipality("9999")


Find = Callable[[str], str]


@pytest.fixture(scope="module")
def found(data: Dataset) -> Find:
    """Look a name up once: most are the same in every form."""
    return cache(data.municipality)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_name_is_found_however_its_letters_come(found: Find, form: str) -> None:
    for row in wb.load().municipalities.itertuples():
        name = unicodedata.normalize(form, row.name)
        for written in (name, name.lower(), name.upper(), f" {name} "):
            assert found(written) == row.number
        # As an argument comes where the system says ASCII (LC_ALL=C).
        assert found(name.encode().decode("ascii", "surrogateescape")) == row.number


@pytest.mark.parametrize("name", ["Ørstad", "Aaseral", "BAERUMM"])
def test_a_near_miss_is_answered_alike_in_every_form(data: Dataset, name: str) -> None:
    said = set()
    for form in ("NFC", "NFD"):
        with pytest.raises(UsageError, match="Did you mean") as refused:
            data.municipality(unicodedata.normalize(form, name))
        said.add(str(refused.value))
    assert len(said) == 1


@given(st.text(st.characters()))
def test_whatever_is_typed_is_found_or_refused_with_a_sentence(data: Dataset, text: str) -> None:
    try:
        assert data.municipality(text) in set(data.municipalities["number"])
    except UsageError as refused:
        assert "  " not in str(refused).rpartition('"')[2], "where the text itself is over"


def test_every_municipality_is_found_by_its_number_and_its_full_name(data: Dataset) -> None:
    for row in data.municipalities.itertuples():
        assert data.municipality(row.number) == row.number
        assert data.municipality(row.name) == row.number


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bærum", "baerum"),
        ("Ålesund", "alesund"),
        ("Våler (Østfold)", "valer-ostfold"),
        ("Møre og Romsdal", "more-og-romsdal"),
        ("Kárášjohka", "karasjohka"),
    ],
)
def test_a_slug_is_plain_letters(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_a_slug_is_always_safe_in_a_path(name: str) -> None:
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(slug(name)) == slug(name)


def test_slugs_of_todays_municipalities_tell_them_apart(data: Dataset) -> None:
    assert data.municipalities["name"].map(slug).is_unique


# What takes several municipalities, a measure or a group takes names, or refuses with a sentence


def test_names_and_earlier_numbers_answer_as_todays_numbers_do(data: Dataset) -> None:
    """Bærum is 3201, once 0219 and 3024; Asker is 3203: written down from Klass 131."""
    known = data.coverages(["3201", "3203"])
    assert (known["status"] != "none").sum() > 0
    for wanted in (["Bærum", "Asker"], ["0219", "asker"], ("3024", "Asker", "Bærum")):
        pd.testing.assert_frame_equal(data.coverages(wanted), known)
    pd.testing.assert_frame_equal(data.coverages("Bærum"), data.coverages(["3201"]))
    assert coverage.coverage(data, ["Bærum", "0219"])["missing"].max() == 1, "each counts once"

    beside = wb.assess(data, "Bærum", ["3203"])
    assert beside["peers"].sum() > 0
    for named in (["Asker"], "Asker", ["0220", "Asker", "Bærum"]):
        pd.testing.assert_frame_equal(wb.assess(data, "Bærum", named), beside)
    seen = replace(wb.view(data, "Bærum"), peers=("Asker", "Bærum"))
    assert seen.peers == ("3203",)
    other = replace(seen, number="Skien")
    assert (other.number, other.name) == (data.municipality("Skien"), "Skien")
    assert seen.assessed["peers"].sum() == beside["peers"].sum()


def test_single_answers_take_names_as_well(data: Dataset) -> None:
    skien = data.municipality("Skien")
    assert not emissions.total(data, skien).empty
    for ask in (emissions.total, emissions.sectors, emissions.paces):
        pd.testing.assert_frame_equal(ask(data, "Skien"), ask(data, skien))
    assert emissions.pathway(data, "Skien").required == emissions.pathway(data, skien).required
    pd.testing.assert_frame_equal(
        similarity.beside(data, "Bærum", ["Asker"]), similarity.beside(data, "3201", ["3203"])
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda data: data.coverages(["Bærm"]),
        lambda data: data.coverages([None]),
        lambda data: coverage.coverage(data, ["Bærm"]),
        lambda data: wb.assess(data, "Bærum", ["Askr"]),
        lambda data: wb.assess(data, "Bærum", "u4ssc"),
        lambda data: wb.assess(data, "Bærum", None),
        lambda data: wb.view(data, "Bærum", peers=["Asker"]),
        lambda data: replace(wb.view(data, "Bærum"), peers=("Askr",)),
        lambda data: wb.view(data, "Bærum").verdicts("turnout"),
        lambda data: data.measure(["low_income_share"]),
        lambda data: data.group(["u4ssc"]),
        lambda data: emissions.paces(data, "Skein"),
        lambda data: emissions.tonnes_a_year(data, "Bærum"),
        lambda data: similarity.similar(similarity.all_traits(data), "Bærum"),
        lambda data: similarity.pairs(
            data.observations, data.breaks, data.measures, "Bærum", ["3203"]
        ),
        lambda data: assessment.peer_range(data.observations, data.measures, ["Asker"]),
        lambda data: wb.regress(data, ["low_income_share"]),
        lambda data: wb.random_slopes(data, ["low_income_share"]),
    ],
)
def test_what_is_no_municipality_measure_or_group_is_refused_in_a_sentence(
    data: Dataset, ask: Callable[[Dataset], object]
) -> None:
    with pytest.raises(UsageError, match=r"^[A-ZÅ\"].{20,}[.?]$"):
        ask(data)
