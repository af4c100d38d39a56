"""Tables to go on with: long, wide, joined, ranked, by county."""

import numpy as np
import pandas as pd
import pytest

from workbench.dataset import Dataset
from workbench.errors import UsageError

TURNOUT, INCOME, POPULATION = "voter_turnout_storting", "low_income_share", "population"


def test_long_holds_the_figures_with_their_names(data: Dataset) -> None:
    rows = data.long([TURNOUT, "Grunnskolepoeng"], ["Bærum", 301, "0220"])
    assert set(rows["measure"]) == {TURNOUT, "lower_secondary_grade_points"}
    assert rows.drop_duplicates("name").set_index("municipality")["name"].to_dict() == {
        "3201": "Bærum",
        "0301": "Oslo",
        "3203": "Asker",
    }
    own = rows[(rows["measure"] == TURNOUT) & (rows["name"] == "Bærum")].set_index("year")["value"]
    pd.testing.assert_series_equal(own, data.series(TURNOUT, "Bærum"), check_names=False)
    assert set(rows.loc[rows["measure"] == TURNOUT, "unit"]) == {"percent"}
    assert len(data.long()) == len(data.observations)


def test_wide_has_a_row_per_municipality_and_a_column_per_year(data: Dataset) -> None:
    table = data.wide("Valgdeltakelse ved stortingsvalg")
    assert list(table.columns) == [2009, 2013, 2017, 2021, 2025]
    assert table.loc["Bærum"].to_dict() == data.series(TURNOUT, "Bærum").to_dict()
    assert data.numbers(table.index) == data.municipalities["number"].tolist()
    assert np.isnan(data.wide(INCOME).loc["Haram"]).all(), "a missing figure stays missing"


def test_a_table_of_ones_own_is_joined_by_any_name(data: Dataset) -> None:
    """A municipality by name, in words, and by two numbers that it had."""
    mine = pd.DataFrame(
        {"hvem": ["Skien", "Bærum kommune", "0219", 3024], "x": [1, 2, 3, 4]}, index=list("abcd")
    )
    table = data.join(mine, [TURNOUT, INCOME], on="hvem", year=2021)
    assert list(table.columns) == ["hvem", "x", "municipality", TURNOUT, INCOME]
    assert list(table.index) == list("abcd") and list(table["x"]) == [1, 2, 3, 4]
    assert list(table["municipality"]) == ["4003", "3201", "3201", "3201"]
    assert table.loc["b", TURNOUT] == data.series(TURNOUT, "Bærum").loc[2021]
    assert table.loc["a", INCOME] == data.series(INCOME, "Skien").loc[2021]
    assert "municipality" not in mine, "the table that was given is as it was"


def test_each_row_can_have_its_own_year(data: Dataset) -> None:
    mine = pd.DataFrame({"municipality": ["Bærum"] * 3, "valg": ["2017", "2021", None]})
    table = data.join(mine, TURNOUT, year="valg")
    known = data.series(TURNOUT, "Bærum")
    assert table[TURNOUT].tolist()[:2] == [known.loc[2017], known.loc[2021]]
    assert np.isnan(table[TURNOUT].iloc[2])


def test_without_a_year_it_is_the_newest_that_half_of_them_have(data: Dataset) -> None:
    table = data.join(pd.DataFrame({"municipality": ["Oslo"]}))
    assert table.attrs["years"][TURNOUT] == 2025
    for measure, year in table.attrs["years"].items():
        rows = data.observations[data.observations["measure"] == measure]
        counts, all_of_them = rows.groupby("year").size(), rows["municipality"].nunique()
        later = counts[counts.index > year]
        assert (later < all_of_them / 2).all() or year == counts.index.max()


def test_a_place_counts_those_that_are_better(data: Dataset) -> None:
    for measure, better in ((TURNOUT, np.greater), (INCOME, np.less), (POPULATION, np.greater)):
        rows = data.rank(measure)
        assert rows["year"].nunique() == 1 and rows["municipality"].is_unique
        values = rows["value"].to_numpy()
        expected = [1 + better(values, value).sum() for value in values]
        assert rows["place"].tolist() == expected == sorted(expected)
    assert data.rank(POPULATION).loc[0, "name"] == "Oslo"
    assert data.rank(TURNOUT, 2021)["year"].unique().tolist() == [2021]


def test_counties_hold_their_own_municipalities(data: Dataset) -> None:
    rows = data.by_county(INCOME)
    ranked = data.rank(INCOME)
    assert rows["figures"].sum() == len(ranked)
    assert rows["municipalities"].sum() == len(data.municipalities)
    assert rows["median"].is_monotonic_increasing, "less is better, and stands first"
    telemark = ranked.loc[ranked["county"] == "Telemark", "value"]
    row = rows.set_index("county").loc["Telemark"]
    assert row["median"] == np.median(telemark)
    assert (row["low"], row["high"]) == (telemark.min(), telemark.max())
    assert row["upper_quartile"] == np.percentile(telemark, 75)
    oslo = rows.set_index("county").loc["Oslo"]
    assert (oslo["municipalities"], oslo["figures"], oslo["low"]) == (1, 1, oslo["high"])


@pytest.mark.parametrize(
    ("table", "asked", "said"),
    [
        ({"municipality": ["Bærm", "Oslo", "Våler"]}, {}, r"(?s)Did you mean Bærum.*\n.*3114"),
        ({"municipality": ["Oslo"]}, {"on": "kommune"}, 'no column "kommune"'),
        ({"municipality": ["Oslo"]}, {"year": "aar"}, 'no column "aar"'),
        ({"municipality": ["Oslo"], "y": ["i fjor"]}, {"year": "y"}, '"i fjor" in the column y'),
        ({"municipality": ["Oslo"]}, {"year": 1850}, "for 1850. Years: 2018"),
        ({"municipality": ["Oslo"], INCOME: [1]}, {}, f"has a column {INCOME} already"),
        ({"by": ["Oslo"], "municipality": [1]}, {"on": "by"}, "has a column municipality already"),
        ({"municipality": [None]}, {}, "None is not a municipality"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    data: Dataset, table: dict[str, list[object]], asked: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        data.join(pd.DataFrame(table), INCOME, **asked)
