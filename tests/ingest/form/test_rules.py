"""What answers must be together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.form.forms import Key, asked, row_of
from workbench.ingest.form.rules import Reported, check

WASTE, MODES, LEVELS = "EN: EN: WA: 1C", "EC: I: T: 4A", "EN: EN: WS: 4C"
PARTS = {kpi: [point for key, point in asked() if key == kpi] for kpi in (WASTE, MODES, LEVELS)}


def reported(
    values: dict[Key, float | None], note: str = "", before: float | None = None
) -> dict[Key, Reported]:
    return {
        key: Reported(row_of(*key), asked()[key], value, note, before)
        for key, value in values.items()
    }


def faults(values: dict[Key, float | None], note: str = "", before: float | None = None) -> str:
    return "\n".join(map(str, check(reported(values, note, before))))


def of(kpi: str, values: list[float | None]) -> dict[Key, float | None]:
    return {(kpi, point): value for point, value in zip(PARTS[kpi], values, strict=False)}


def test_potable_water_is_not_above_basic_water() -> None:
    """ITU's manual for verifiers, page 68; Karmøy's 97.07 and 100 in ITU's report of 2020."""
    basic, potable = ("EC: I: WS: 1C", "value"), ("EC: I: WS: 2C", "value")
    assert not faults({basic: 100, potable: 97.07})
    assert not faults({basic: 100, potable: 100})
    said = faults({basic: 97.07, potable: 100})
    assert said == (
        f'Tall!G{row_of(*potable)} (EC: I: WS: 2C): "100" must be at most what stands in '
        f"G{row_of(*basic)} (EC: I: WS: 1C), which is 97.07."
    )
    assert faults({basic: 97.07, potable: 100}, "målt på ny måte"), "a note does not change that"
    assert not faults({basic: None, potable: 100})
    assert not faults({potable: 100})


def test_fine_particles_are_a_part_of_all_particles() -> None:
    fine, all_ = ("EN: EN: AQ: 1C", "PM2.5"), ("EN: EN: AQ: 1C", "PM10")
    assert not faults({fine: 6.1, all_: 11.2})
    assert "must be at most what stands in" in faults({fine: 11.2, all_: 6.1})


def test_4g_reaches_further_than_3g_only_with_a_reason() -> None:
    """Karmøy's 96.67 and 96.67 in ITU's report of 2020."""
    third, fourth = ("EC: ICT: ICT: 4C", "3G"), ("EC: ICT: ICT: 4C", "4G")
    assert not faults({third: 96.67, fourth: 96.67})
    assert "If it is right, write why in the note" in faults({third: 90.0, fourth: 96.67})
    assert not faults({third: 90.0, fourth: 96.67}, "3G-nettet er slått av")


@pytest.mark.parametrize("kpi", [WASTE, MODES])
def test_parts_of_a_whole_make_a_hundred(kpi: str) -> None:
    n = len(PARTS[kpi])
    assert not faults(of(kpi, [100.0] + [0.0] * (n - 1)))
    assert not faults(of(kpi, [33.3, 33.3, 33.4] + [0.0] * (n - 3)))
    assert not faults(of(kpi, [60.0, 20.0])), "the others may be anything"
    assert not faults(of(kpi, [60.0, None] + [10.0] * (n - 2)))
    assert "make 110 per cent" in faults(of(kpi, [60.0, 50.0]))
    short = faults(of(kpi, [50.0] + [1.0] * (n - 1)))
    assert f"make {50 + n - 1} per cent, not 100" in short
    assert len(short.splitlines()) == n, "any of them can be the one that is wrong"


@given(st.lists(st.integers(0, 100), min_size=6, max_size=6))
def test_whole_shares_that_make_a_hundred_fit_and_no_others(parts: list[int]) -> None:
    fits = abs(sum(parts) - 100) <= 1
    assert (not faults(of(WASTE, [float(part) for part in parts]))) == fits


def test_levels_of_treatment_fall_or_share() -> None:
    """Valencia's 100, 100, 100 in ITU's factsheet of 2020."""
    assert not faults(of(LEVELS, [100.0, 100.0, 100.0]))
    assert not faults(of(LEVELS, [20.0, 30.0, 50.0])), "each litre counted once"
    assert len(faults(of(LEVELS, [20.0, 90.0, 100.0])).splitlines()) == 3


def test_open_data_sets_are_counted_in_both_ways_or_in_none() -> None:
    share, number = (
        ("EC: ICT: PS: 1A", f"{what} of data sets published") for what in ("percent", "number")
    )
    # Stavanger, ITU's report of 2021.
    assert not faults({share: 100.0, number: 268.0})
    assert not faults({share: 0.0, number: 0.0})
    assert len(faults({share: 0.0, number: 12.0}).splitlines()) == 2


def test_a_figure_far_from_the_last_one_needs_a_reason() -> None:
    key = ("EC: ICT: ICT: 3C", "value")
    assert not faults({key: 101_000.0}, before=95_424.0)
    assert "is far from the 95424 reported before" in faults({key: 101.0}, before=95_424.0)
    assert not faults({key: 101.0}, "nytt telleområde", before=95_424.0)
    assert not faults({key: 101.0}, before=0.0)
