"""From a cell to an answer: every way to write a figure, and what is none."""

import math
from datetime import datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.form.forms import asked, data
from workbench.ingest.form.answers import Answer, AnswerError, parse

SHARE = ("EC: I: WS: 1C", "value")
MOBILE = ("EC: ICT: ICT: 3C", "value")
COUNT = ("EC: ICT: PS: 2A", "value")
PLAN = ("SC: SH: SA: 3A", "value")


@pytest.mark.parametrize(
    ("key", "cell", "value"),
    [
        (SHARE, 97, 97.0),
        (SHARE, "97", 97.0),
        (SHARE, " 97,5 % ", 97.5),
        (SHARE, "97.5%", 97.5),
        (SHARE, "97,07 prosent", 97.07),
        (SHARE, "0", 0.0),
        (MOBILE, "95 424", 95424.0),
        (MOBILE, "95\u00a0424,5", 95424.5),
        (MOBILE, "95\u2009424", 95424.0),
        (MOBILE, "95\u202f424 per 100\u202f000 innbyggere", 95424.0),
        (MOBILE, "95.424,5", 95424.5),
        (MOBILE, "95,424.5", 95424.5),
        (COUNT, "246 tjenester", 246.0),
        (("EN: EN: AQ: 1C", "PM10"), "11,2 µg/m³", 11.2),
        (("EN: EN: AQ: 2C", "value"), "2,3 tonn CO₂-ekvivalenter per innbygger", 2.3),
        (("SC: SH: SA: 5A", "value"), "5,07 min", 5.07),
        (SHARE, "٤.٢", 4.2),
        (SHARE, "٤٫٢ %", 4.2),
        (SHARE, "９７，５％", 97.5),
        (SHARE, "९७", 97.0),
        (SHARE, "97,5_x000D_", 97.5),
        (("EC: I: T: 1C", "value"), "123,4 km / 100 000 innbyggere", 123.4),
    ],
)
def test_a_figure_may_be_written_in_many_ways(key: Any, cell: Any, value: float) -> None:
    assert parse(cell, asked()[key]) == Answer("value", value)


def test_what_itu_printed_is_read_as_the_number_it_is() -> None:
    """All 112 results that ITU printed, in its own spelling."""
    printed = data().u4ssc_results
    assert len(printed) == 112
    for row in printed.itertuples():
        if row.printed == "Not verified":
            continue
        found = parse(row.printed, asked()[row.kpi, row.data_point])
        assert found is not None
        if row.reported == "no":
            assert found == Answer("not reported")
        elif row.unit == "yes/no":
            assert found == Answer("no")
        else:
            assert found == Answer("value", row.value)


@pytest.mark.parametrize("cell", [None, "", "  ", "\u00a0"])
def test_an_empty_cell_is_no_answer(cell: Any) -> None:
    assert parse(cell, asked()[SHARE]) is None


@pytest.mark.parametrize("cell", ["ikke rapportert", "Ikke rapportert", "ikke\u00a0rapportert"])
@pytest.mark.parametrize("key", [SHARE, COUNT, PLAN])
def test_not_reported_is_an_answer_to_everything(key: Any, cell: str) -> None:
    assert parse(cell, asked()[key]) == Answer("not reported")


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("ja", "yes"), ("Nei", "no"), ("Yes", "yes"), ("No", "no"), (True, "yes"), (False, "no")],
)
def test_yes_and_no(cell: Any, answer: str) -> None:
    assert parse(cell, asked()[PLAN]) == Answer(answer)


def test_a_number_shown_as_per_cent_is_what_it_shows() -> None:
    assert parse(0.9707, asked()[SHARE], "0.00%") == Answer("value", 97.07)
    assert parse(1, asked()[SHARE], "0 %") == Answer("value", 100.0)
    with pytest.raises(AnswerError, match="is shown as per cent, but the unit is abonnement"):
        parse(0.5, asked()[MOBILE], "0%")


@pytest.mark.parametrize(
    ("cell", "pattern", "value"),
    [
        (0.4, '0.0" %"', 0.4),
        (97.5, '0.0" %"', 97.5),
        (97.5, r"0.0\ \%", 97.5),
        (97.5, "0.0_%", 97.5),
        (97.5, "0.0*%", 97.5),
        (0.975, '[Red]0.0%" av alle"', 97.5),
        (0.975, '0.0%;-0.0%;"-"', 97.5),
        (97.5, "0.0;0.0%", 97.5),
        (0.0, "0%;-0%;0.0", 0.0),
        (0.975, "[<=1]0.0%;0.0", 97.5),
        (97.5, "[<=1]0.0%;0.0", 97.5),
        (97.5, '[<=1]0.0%;[>1]0.0" %";@', 97.5),
        (0.5, "[$-414]0%;@", 50.0),
        (97.5, "@", 97.5),
        (97.5, '0.0" ; % ', 97.5),
    ],
)
def test_only_a_bare_sign_of_per_cent_where_it_applies_is_a_factor(
    cell: float, pattern: str, value: float
) -> None:
    assert parse(cell, asked()[SHARE], pattern) == Answer("value", value)


@pytest.mark.parametrize("pattern", ['0" %"', r"0\%", "0%", "0*%"])
def test_what_shows_per_cent_is_none_of_another_unit(pattern: str) -> None:
    with pytest.raises(AnswerError, match="is shown as per cent, but the unit is abonnement"):
        parse(40, asked()[MOBILE], pattern)
    assert parse(40, asked()[MOBILE], "0_%") == Answer("value", 40.0)


@pytest.mark.parametrize(
    ("key", "cell", "rule"),
    [
        (SHARE, 101, r"must be at most 100 \(prosent\)"),
        (SHARE, "−1", "must be at least 0"),
        (SHARE, "1.234", "can be read in two ways"),
        (MOBILE, "95,424", "can be read in two ways"),
        (MOBILE, "95 42", "must be a number alone, or with its unit"),
        (MOBILE, "95 4240", "must be a number alone, or with its unit"),
        (MOBILE, "95 424 %", 'not "%"'),
        (SHARE, "97 minutter", 'not "minutter"'),
        (SHARE, "ca. 97", "must be a number such as 1 234,5, or ikke rapportert"),
        (SHARE, "97-98", "must be a number"),
        (SHARE, "1e2", "must be a number"),
        (SHARE, "٩٧x", 'not "x"'),
        (SHARE, "²", "must be a number"),
        (SHARE, "Ⅷ", "must be a number"),
        (SHARE, "1.2.3", "must be a number"),
        (SHARE, float("nan"), "must be a number"),
        (MOBILE, float("inf"), "must be a number"),
        (MOBILE, 10**400, "more digits"),
        (MOBILE, "9" * 400, "more digits"),
        (SHARE, True, "must be a number"),
        (SHARE, "ja", "must be a number"),
        (SHARE, datetime(2025, 5, 1), "is a date or a time"),
        (SHARE, time(1, 5), "is a date or a time"),
        (COUNT, "246,5", "must be a whole number"),
        (PLAN, 2, "must be ja, nei or ikke rapportert"),
        (PLAN, "kanskje", "must be ja, nei or ikke rapportert"),
        (SHARE, [97], "must be a number"),
    ],
)
def test_what_is_no_answer_is_told_with_the_rule(key: Any, cell: Any, rule: str) -> None:
    with pytest.raises(AnswerError, match=rule):
        parse(cell, asked()[key])


@given(
    st.integers(0, 10**9),
    st.integers(0, 4),
    st.sampled_from([" ", "\u00a0", "\u2009", "\u202f", ""]),
    st.sampled_from([",", "."]),
)
def test_a_number_reads_back_however_it_was_grouped(
    whole: int, decimals: int, space: str, point: str
) -> None:
    digits = f"{whole:,}".replace(",", space)
    fraction = "12345"[:decimals]
    text = digits + (point + fraction if fraction else "")
    wanted = float(f"{whole}.{fraction or 0}")
    field = asked()["EN: EN: PSN: 4A", "value"]  # without an upper limit
    if decimals == 3 and 1 <= whole < 1000:
        with pytest.raises(AnswerError, match="two ways"):
            parse(text, field)
    else:
        assert parse(text, field) == Answer("value", wanted)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text("0123456789.,% -+eE/\u00a0\u2009", max_size=20),
    st.from_regex(r"[0-9]{1,4}[.,]?[0-9]{0,4} ?[a-zæøå%/ ]{0,12}", fullmatch=True),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@settings(max_examples=500)
@given(ANYTHING, st.sampled_from(sorted(asked())), st.sampled_from(["General", "0%", "@", ""]))
def test_whatever_stands_in_a_cell_is_an_answer_in_its_limits_or_is_refused(
    cell: Any, key: tuple[str, str], pattern: str
) -> None:
    field = asked()[key]
    try:
        found = parse(cell, field, pattern)
    except AnswerError as error:
        assert str(error)
        return
    if found is None:
        assert cell is None or not cell.strip()
    elif found.answer == "value":
        assert found.value is not None and math.isfinite(found.value)
        assert field.kind != "yes/no"
        assert field.minimum is None or found.value >= field.minimum
        assert field.maximum is None or found.value <= field.maximum
    else:
        assert found.value is None
        assert found.answer == "not reported" or field.kind == "yes/no"


def test_the_form_asks_for_every_data_point_within_what_its_unit_can_be() -> None:
    points = data().kpi_data_points
    assert list(asked()) == list(points[["kpi", "data_point"]].itertuples(index=False, name=None))
    for (kpi, point), unit in points.set_index(["kpi", "data_point"])["unit"].items():
        field = asked()[kpi, point]
        assert (field.kind == "share") == unit.startswith("percent") == ("prosent" in field.unit)
        assert (field.kind == "yes/no") == (unit == "yes/no") == (field.minimum is None)
        assert ("100 000" in field.unit) == ("100,000" in unit)
        if field.kind == "share":
            assert (field.minimum, field.maximum) == (0, 100)
