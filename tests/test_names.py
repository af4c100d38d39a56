"""A municipality by number, earlier number or name; what is unclear is refused with candidates."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.dataset import Dataset
from workbench.errors import UsageError
from workbench.names import slug


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


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_name_is_found_however_its_letters_come(data: Dataset, form: str) -> None:
    for row in data.municipalities.itertuples():
        name = unicodedata.normalize(form, row.name)
        for written in (name, name.lower(), name.upper(), f" {name} "):
            assert data.municipality(written) == row.number
        # As an argument comes where the system says ASCII (LC_ALL=C).
        assert data.municipality(name.encode().decode("ascii", "surrogateescape")) == row.number


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
        assert "  " not in str(refused).replace(text.strip(), "")


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
