"""Text and numbers, however they are written: one reading, or a sentence."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.storage import normalise


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (" Nes\u00a0 kommune ", "Nes kommune"),
        ("en_x000D_\nto", "en to"),
        ("a_x005F_b", "a_b"),
        ("A\u030a", "Å"),
        ("m²", "m²"),
        ("\u2003", ""),
        (12, "12"),
    ],
)
def test_text_is_on_one_line_in_whole_letters(written: object, text: str) -> None:
    assert normalise.text(written) == text


@pytest.mark.parametrize(
    ("written", "number", "rest"),
    [
        ("٤.٢", 4.2, ""),
        ("１２３４，５", 1234.5, ""),
        ("−3,5 %", -3.5, "%"),
        ("1\u202f234,5 tonn", 1234.5, "tonn"),
        ("۱۲", 12.0, ""),
    ],
)
def test_numbers_of_all_scripts_are_read(written: str, number: float, rest: str) -> None:
    assert normalise.number(written) == (number, rest)


@given(st.text(st.sampled_from("0123456789٤４²Ⅷ.,٫٬ -−+_xeE%\u00a0")))
@example("9" * 400)
@example("_xD800_1")
def test_whatever_is_typed_is_a_finite_number_or_a_sentence(text: str) -> None:
    try:
        number, _ = normalise.number(text)
    except ValueError as error:
        assert str(error).startswith(("must be", "can be read in two", "has more digits"))
    else:
        assert math.isfinite(number)


@given(st.text(max_size=40))
def test_text_that_passes_begins_as_no_formula_and_is_seen(text: str) -> None:
    plain = normalise.text(text)
    if not normalise.wrong_text(plain):
        assert plain.isprintable() and not plain.startswith(("=", "@", "＝", "＠"))
