"""Whom a municipality resembles, and who came further: rules, and recounts from the figures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.analysis import similarity
from workbench.analysis.similarity import TRAITS, Trait
from workbench.analysis.targets import target_values
from workbench.dataset import Dataset

KEYS = [one.key for one in TRAITS]

#: A few municipalities with all traits; positive, since two of them count as ratios.
tables = st.lists(
    st.tuples(*[st.floats(1, 1e5, allow_nan=False) for _ in KEYS]), min_size=3, max_size=12
).map(lambda rows: pd.DataFrame(rows, columns=KEYS, index=[f"{n:04d}" for n in range(len(rows))]))


def long(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as `traits` gives it: a row per value that there is."""
    rows = table.rename_axis("municipality").reset_index()
    rows = rows.melt("municipality", var_name="trait", value_name="value")
    return rows.dropna().assign(year=2024)


# Likeness


@settings(max_examples=30)
@given(tables)
def test_a_municipality_is_at_no_distance_from_itself_and_as_far_there_as_back(
    table: pd.DataFrame,
) -> None:
    apart = similarity.distances(long(table)).to_numpy()
    known = ~np.isnan(apart)
    assert (np.diag(apart)[np.diag(known)] == 0).all()
    assert np.array_equal(apart, apart.T, equal_nan=True)
    assert (apart[known] >= 0).all()


@settings(max_examples=30)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_municipalities_changes_nothing(
    table: pd.DataFrame, random: object
) -> None:
    rows = long(table)
    mixed = rows.sample(frac=1, random_state=random.randrange(2**32))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(similarity.distances(mixed), similarity.distances(rows))


@settings(max_examples=30)
@given(tables, st.sampled_from(KEYS), st.floats(0.01, 100))
def test_the_unit_of_a_trait_changes_nothing(table: pd.DataFrame, key: str, factor: float) -> None:
    # A trait in which all are the same but for rounding has no spread to be measured in.
    if table[key].std(ddof=0) < 1e-6 * table[key].mean():
        return
    scaled = table.assign(**{key: factor * table[key]})
    pd.testing.assert_frame_equal(
        similarity.distances(long(scaled)), similarity.distances(long(table)), rtol=1e-4, atol=1e-6
    )


def test_the_distance_is_the_root_mean_square_of_standardised_differences(data: Dataset) -> None:
    values = similarity.traits(data.observations)
    table = values.pivot(index="municipality", columns="trait", values="value")[KEYS]
    logged = table.assign(size=np.log10(table["size"]), land=np.log10(table["land"]))
    z = stats.zscore(logged, nan_policy="omit")
    z = pd.DataFrame(np.asarray(z), index=table.index, columns=KEYS)
    apart = similarity.distances(values)
    for one, other in (("3201", "0301"), ("1151", "3203")):
        expected = np.sqrt(((z.loc[one] - z.loc[other]) ** 2).mean())
        assert apart.at[one, other] == pytest.approx(expected)
    nearest = apart.loc["3201"].drop("3201").sort_values()
    assert list(similarity.similar(values, "3201")["municipality"]) == list(nearest.index[:10])


def test_a_missing_trait_is_left_out_and_not_counted_as_likeness(data: Dataset) -> None:
    """Ålesund and Haram have no figure for low income: their old figures are for both together."""
    values = similarity.traits(data.observations)
    lacking = set(data.municipalities["number"]) - set(
        values.loc[values["trait"] == "income", "municipality"]
    )
    assert {data.name(number) for number in lacking} == {"Ålesund", "Haram"}
    known = values[values["trait"] != "income"]
    haram, four = data.municipality("Haram"), [one for one in TRAITS if one.key != "income"]
    both = similarity.distances(values).loc[haram, "3201"]
    assert both == pytest.approx(similarity.distances(known, four).loc[haram, "3201"])


def test_two_that_share_less_than_half_of_the_traits_have_no_distance() -> None:
    table = pd.DataFrame(
        [[1, 1, 1, 1, 1], [2, 2, 2, 2, 2], [3, 3, None, None, None]],
        columns=KEYS,
        index=["a", "b", "c"],
    )
    apart = similarity.distances(long(table))
    assert np.isnan(apart.at["a", "c"])
    assert apart.at["a", "b"] > 0


def test_a_trait_is_of_one_year_for_all(data: Dataset) -> None:
    values = similarity.traits(data.observations)
    assert (values.groupby("trait")["year"].nunique() == 1).all()
    newest = data.observations.query("measure == 'population'")["year"].max()
    assert (values.loc[values["trait"] == "size", "year"] == newest).all()


def test_a_share_is_taken_of_the_same_year(data: Dataset) -> None:
    values = similarity.traits(data.observations).set_index(["trait", "municipality"])["value"]
    year = data.observations.query("measure == 'population'")["year"].max()
    children = data.series("population_0_5", "3201") + data.series("population_6_15", "3201")
    share = 100 * children[year] / data.series("population", "3201")[year]
    assert values["young", "3201"] == pytest.approx(share)


def test_a_year_that_few_have_figures_for_is_not_used() -> None:
    rows = [("m", f"{n:04d}", 2020, float(n)) for n in range(10)] + [("m", "0001", 2021, 5.0)]
    figures = pd.DataFrame(rows, columns=["measure", "municipality", "year", "value"])
    assert set(similarity.traits(figures, [Trait("one", ("m",))])["year"]) == {2020}


def test_nobody_is_much_like_the_capital(data: Dataset) -> None:
    values = similarity.traits(data.observations)
    apart = similarity.distances(values).to_numpy(copy=True)
    np.fill_diagonal(apart, np.inf)
    numbers = sorted(values["municipality"].unique())
    nearest = pd.Series(np.nanmin(apart, axis=1), index=numbers)
    assert nearest["0301"] == nearest.max()
    assert similarity.similar(values, "0301")["unusual"].all()
    assert not similarity.similar(values, "3201")["unusual"].any()


def test_the_most_similar_are_those_at_the_smallest_distances(data: Dataset) -> None:
    """Found for each municipality by itself, they are those of the table of all distances."""
    values = similarity.traits(data.observations)
    apart = similarity.distances(values)
    square = apart.to_numpy(copy=True)
    np.fill_diagonal(square, np.inf)
    nearest = pd.Series(np.nanmin(square, axis=1), index=apart.index)
    known = similarity.likeness(values)
    for at, number in enumerate(apart.index):
        own = apart.loc[number].drop(number).sort_values(kind="stable")
        assert list(known.numbers[known.nearest[at]]) == list(own.index[:10])
    for number in ("0301", "1580", "3201"):  # 1580: Haram, without a figure for low income
        own, rows = apart.loc[number].drop(number), similarity.similar(values, number)
        assert list(rows["distance"]) == sorted(own)[:10]
        assert set(rows["middle"]) == {own.median()}
        assert set(rows["unusual"]) == {nearest[number] > nearest.quantile(0.95)}


# Who came further


MEASURES = pd.DataFrame(
    {
        "measure": ["up", "down", "tonnes", "moving", "neither"],
        "direction": [1, -1, -1, 1, 0],
        "aggregation": ["ratio", "mean", "sum", "mean", "mean"],
        "window": [1, 1, 1, 4, 1],
    }
)
NO_BREAKS = pd.DataFrame({"measure": pd.Series(dtype=str), "year": pd.Series(dtype="int64")})

#: What happened by chance in our own municipality and in the other one.
OURS = [0.0, 0.3, -0.2, 0.1, 0.0, 0.2, 0.0]
THEIRS = [0.0, -0.1, 0.2, 0.3, -0.2, 0.1, 0.0]


def figures(measure: str, slope: float, start: float = 50.0, first: int = 2018) -> pd.DataFrame:
    """Return our own flat series, one that moves by `slope` a year, and a country around them."""
    rows = [(measure, "ours", first + t, 50 + noise) for t, noise in enumerate(OURS)]
    rows += [
        (measure, "theirs", first + t, start + slope * t + noise) for t, noise in enumerate(THEIRS)
    ]
    rows += [(measure, f"{n:04d}", first + t, 40.0 + 2 * n) for n in range(11) for t in range(7)]
    table = pd.DataFrame(rows, columns=["measure", "municipality", "year", "value"])
    return table.assign(status=pd.Series(pd.NA, index=table.index, dtype="str"))


def pair(table: pd.DataFrame, breaks: pd.DataFrame = NO_BREAKS) -> pd.Series:
    found = similarity.pairs(table, breaks, MEASURES, "ours", ["theirs", "ours"])
    assert list(found["municipality"]) == ["theirs"]
    return found.iloc[0]


@pytest.mark.parametrize(("measure", "slope"), [("up", 1.0), ("down", -1.0)])
def test_who_moved_clearly_more_in_the_good_direction_is_further(
    measure: str, slope: float
) -> None:
    row = pair(figures(measure, slope))
    assert (row["own_first"], row["first"]) == (50, 50)
    assert row["change"] == pytest.approx(6 * slope)
    assert row["gained"] == pytest.approx(6)
    assert row["alike"] and row["ahead"] and row["further"]
    wrong = pair(figures(measure, -slope))
    assert wrong["gained"] == pytest.approx(-6)
    assert wrong["alike"] and not wrong["ahead"] and not wrong["further"]


def test_the_interval_is_that_of_the_drift_of_the_difference() -> None:
    row = pair(figures("up", 0.4))
    gap = np.array(THEIRS) - np.array(OURS) + 0.4 * np.arange(7)
    steps = np.diff(gap)
    half = stats.t.ppf(0.975, 5) * steps.std(ddof=1) * np.sqrt(5 / 5) / np.sqrt(6)
    assert (row["low"], row["high"]) == pytest.approx((steps.mean() - half, steps.mean() + half))


def test_a_gain_within_the_noise_is_ahead_and_not_further() -> None:
    row = pair(figures("up", 0.2))
    assert row["low"] < 0 < row["gained"]
    assert row["ahead"] and not row["further"]


def test_what_moves_both_alike_is_no_noise() -> None:
    """A shock to all municipalities in one year hides nothing."""
    table = figures("up", 1.0)
    shocked = table.assign(value=table["value"] + 20 * (table["year"] == 2020))
    pd.testing.assert_series_equal(pair(shocked)[["low", "high"]], pair(table)[["low", "high"]])


def test_who_began_elsewhere_is_not_further() -> None:
    quartiles = np.percentile([50, 60, *(40.0 + 2 * n for n in range(11))], [25, 75])
    close = 0.25 * np.diff(quartiles)[0] / 1.349
    row = pair(figures("up", 1.0, start=60))
    assert row["spread"] == pytest.approx(close / 0.25)
    assert row["gained"] == pytest.approx(6) and close < 10
    assert not row["alike"] and not row["further"]


def test_too_small_a_gain_is_not_worth_a_call() -> None:
    table = figures("up", 0.0)
    flat = table["municipality"].isin(["ours", "theirs"])
    small = 0.01 * (table["municipality"] == "theirs") * (table["year"] - 2018)
    row = pair(table.assign(value=table["value"].mask(flat, 50.0) + small))
    assert row["low"] > 0
    assert not row["ahead"] and not row["further"]


def test_only_years_that_both_have_are_compared() -> None:
    table = figures("up", 1.0)
    late = table[~((table["municipality"] == "theirs") & (table["year"] < 2020))]
    row = pair(late)
    assert (row["n"], row["first_year"], row["last_year"]) == (5, 2020, 2024)
    assert row["own_first"] == 50 + OURS[2]
    assert row["own_change"] == pytest.approx(OURS[6] - OURS[2])
    fewer = table[~((table["municipality"] == "theirs") & (table["year"] < 2021))]
    assert similarity.pairs(fewer, NO_BREAKS, MEASURES, "ours", ["theirs"]).empty


def test_figures_from_before_a_break_are_not_used() -> None:
    breaks = pd.DataFrame({"measure": ["up"], "year": [2020]})
    row = pair(figures("up", 1.0), breaks)
    assert (row["n"], row["first_year"]) == (5, 2020)


@pytest.mark.parametrize("measure", ["tonnes", "moving", "neither"])
def test_sums_moving_windows_and_measures_without_direction_are_not_compared(measure: str) -> None:
    table = figures(measure, 1.0)
    assert similarity.pairs(table, NO_BREAKS, MEASURES, "ours", ["theirs"]).empty


def test_what_ended_long_ago_is_not_compared() -> None:
    new = pd.DataFrame(
        {"measure": "neither", "municipality": "ours", "year": [2026], "value": 1.0, "status": None}
    )
    for first, shown in ((2012, True), (2011, False)):
        table = pd.concat([figures("up", 1.0, first=first), new.astype({"status": "str"})])
        found = similarity.pairs(table, NO_BREAKS, MEASURES, "ours", ["theirs"])
        assert (len(found) == 1) == shown, first


def test_a_preliminary_figure_of_either_side_is_told() -> None:
    table = figures("up", 1.0)
    newest = table["year"] == 2024
    for who in ("ours", "theirs"):
        early = table.assign(
            status=table["status"].mask(newest & (table["municipality"] == who), "preliminary")
        )
        assert pair(early)["status"] == "preliminary"
    assert pd.isna(pair(table)["status"])


def test_chance_alone_stands_out_as_seldom_as_is_said() -> None:
    """Two random walks without drift, 600 times: one in forty has its interval above zero."""
    rng, many = np.random.default_rng(7), 600
    walks = rng.normal(size=(many, 2, 8)).cumsum(axis=2)
    index = pd.MultiIndex.from_product(
        [[f"m{n}" for n in range(many)], ["ours", "theirs"], range(2017, 2025)],
        names=["measure", "municipality", "year"],
    )
    table = pd.DataFrame({"value": walks.ravel(), "status": None}, index).reset_index()
    measures = pd.DataFrame({"measure": index.levels[0], "aggregation": "mean", "window": 1})
    found = similarity.pairs(
        table.astype({"status": "str"}), NO_BREAKS, measures.assign(direction=1), "ours", ["theirs"]
    )
    assert len(found) == many
    assert 0.01 < (found["low"] > 0).mean() < 0.04
    assert similarity.by_chance(found.assign(alike=True)) == pytest.approx(many / 40)


def test_every_pair_of_a_real_municipality_is_found_again_in_the_figures(data: Dataset) -> None:
    group = [number for number in data.group("telemark") if number != "4003"]
    found = similarity.pairs(data.observations, data.breaks, data.measures, "4003", group)
    assert found["measure"].nunique() >= 10
    breaks = data.breaks.set_index("measure")["year"]
    rows = data.observations[data.observations["municipality"].isin(["4003", *group])]
    series = {
        key: part.set_index("year")["value"].sort_index()
        for key, part in rows.groupby(["measure", "municipality"])
    }
    for row in found.itertuples():
        own, other = (series[row.measure, number] for number in ("4003", row.municipality))
        years = own.index.intersection(other.index)
        years = years[years >= breaks.get(row.measure, 0)]
        assert (row.n, row.first_year, row.last_year) == (len(years), years[0], years[-1])
        assert (row.first, row.last) == (other[years[0]], other[years[-1]])
        assert (row.own_first, row.own_last) == (own[years[0]], own[years[-1]])
        direction = data.measure(row.measure)["direction"]
        gained = direction * ((row.last - row.first) - (row.own_last - row.own_first))
        assert row.gained == pytest.approx(gained)
    assert (found.loc[found["further"], "low"] > 0).all()


def test_a_target_is_that_of_the_other_municipality(data: Dataset) -> None:
    """The cut of emissions counts from each municipality's own base year."""
    group = [number for number in data.group("telemark") if number != "4003"]
    found = similarity.pairs(data.observations, data.breaks, data.measures, "4003", group)
    values = target_values(data.targets, data.observations)
    rows = similarity.reached(found, values[values["primary"] == "yes"], data.measures)
    assert len(rows) == len(found)
    assert rows["target"].notna().any()
    direction = rows["measure"].map(data.measures.set_index("measure")["direction"])
    aimed = rows["target"].notna()
    met = (direction * (rows["last"] - rows["target"]) >= 0)[aimed]
    assert (rows.loc[aimed, "met"].astype(bool) == met).all()
