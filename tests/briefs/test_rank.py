"""All municipalities on one measure, and how sure a place is."""

import numpy as np
import pytest
from bs4 import BeautifulSoup

import workbench as wb

TURNOUT, INCOME = "voter_turnout_storting", "low_income_share"


@pytest.fixture(scope="module")
def view() -> wb.View:
    return wb.view(None, "Bærum")


@pytest.mark.parametrize(("measure", "sign"), [(TURNOUT, 1), (INCOME, -1), ("flat_share", 1)])
def test_a_place_is_the_range_that_rounding_leaves(view: wb.View, measure: str, sign: int) -> None:
    rows = wb.rank.table(view, measure)
    shown = sign * rows["value"].round(1).to_numpy()
    above = (shown[None, :] > shown[:, None]).sum(axis=1)
    alike = (shown[None, :] == shown[:, None]).sum(axis=1)
    assert rows["best"].tolist() == (above + 1).tolist()
    assert rows["worst"].tolist() == (above + alike).tolist()
    assert rows["best"].is_monotonic_increasing


def test_a_usual_change_moves_a_place_within_its_reach(view: wb.View) -> None:
    rows, ends = wb.rank.table(view, TURNOUT), wb.rank.reach(view, TURNOUT)
    wide = view.data.observations.query("measure == @TURNOUT").pivot(
        index="municipality", columns="year", values="value"
    )
    usual = float(
        np.median([abs(np.diff(own.dropna())[-1]) for _, own in wide.iterrows() if own.count() > 1])
    )
    own = rows.loc[rows["municipality"] == view.number, "value"].item()
    others = rows.loc[rows["municipality"] != view.number, "value"]
    assert ends == (1 + (others > own + usual).sum(), 1 + (others > own - usual).sum())
    assert f"plass {ends[0]} til {ends[1]}" in wb.rank.summary(view, TURNOUT)


def test_the_map_and_the_pictures_say_in_words_what_they_show(view: wb.View) -> None:
    page = wb.rank.spread(view, TURNOUT) + wb.rank.by_county(view, TURNOUT)
    found = BeautifulSoup(page + wb.rank.places(view, TURNOUT), "html5lib")
    spread, counties, places = (title.get_text() for title in found.select("figure svg > title"))
    assert "Bærum er nummer 4 av 357 kommuner" in spread
    assert "Rogaland kommer først av fylkene, Finnmark sist" in counties
    assert "Jo mørkere en kommune er, jo høyere er tallet" in places
    # The five shades hold all municipalities between them.
    shares = [
        row.select("td")[-1].get_text() for row in found.select("table")[-1].select("tbody tr")
    ]
    assert len(shares) == 5 and sum(map(int, shares)) == 357


def test_who_has_no_figure_has_no_place() -> None:
    data = wb.load()
    held = set(data.observations.query("measure == 'pm10_annual_mean_station'")["municipality"])
    lacking = next(one for one in data.municipalities["number"] if one not in held)
    view = wb.view(data, lacking)
    assert wb.rank.reach(view, "pm10_annual_mean_station") is None
    assert "har ingen tall her" in wb.rank.summary(view, "pm10_annual_mean_station")
    assert "<svg" in wb.rank.spread(view, "pm10_annual_mean_station")
