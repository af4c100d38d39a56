"""The data package: what it holds, and that it is what it says."""

from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package
from published import errors

from workbench.analysis import emissions
from workbench.dataset import DATA, Dataset
from workbench.dataset.loading import describe_observations

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def test_the_package_is_valid_by_the_data_package_standard() -> None:
    report = Package(DATA / "datapackage.json").validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:10]
    assert len(report.tasks) == 25 + 106


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_package_is_valid_by_the_published_schemas(version: str) -> None:
    assert errors(DATA / "datapackage.json", version) == []


def test_every_measure_is_described_in_the_package_with_its_licence_and_source() -> None:
    described = Package(DATA / "datapackage.json").to_descriptor()
    assert described == Package(describe_observations(DATA), basepath=str(DATA)).to_descriptor()
    for resource in described["resources"]:
        assert resource["licenses"] and resource["sources"], resource["name"]


def test_the_tables_hold_the_whole_set(data: Dataset) -> None:
    assert len(data.published) == 115_017
    assert len(data.measures) == 106 + 112 + 66
    assert len(data.kpis) == 91
    assert len(data.kpi_data_points) == 112
    assert len(data.municipalities) == 357
    assert data.kpis["dimension"].nunique() == 3
    assert data.kpis["sub_dimension"].nunique() == 7
    assert data.kpis["category"].nunique() == 22


def test_numbers_of_municipalities_keep_their_leading_zero(data: Dataset) -> None:
    assert "0301" in set(data.municipalities["number"])
    assert data.published["municipality"].str.fullmatch(r"\d{4}").all()


def test_every_municipality_of_today_is_in_the_history_and_in_its_county(data: Dataset) -> None:
    now = data.municipality_history[data.municipality_history["last_year"].isna()]
    numbers = set(data.municipalities["number"])
    assert set(now["municipality"].dropna()) == numbers
    counties = data.groups[data.groups["group"].str.startswith("county-")]
    assert sorted(counties["municipality"]) == sorted(numbers)


def test_groups_named_in_the_project(data: Dataset) -> None:
    assert sorted(data.group("u4ssc")) == sorted(
        [
            "3201",
            "3203",
            "1804",
            "1149",
            "4204",
            "1505",
            "1506",
            "1833",
            "1103",
            "5001",
            "1508",
            "1106",
        ]
    )
    assert set(data.group("u4ssc")) == set(data.group("baerekraftsnettverket"))
    assert len(data.group("telemark")) == 17
    assert set(data.group("telemark")) == set(data.group("county-telemark"))


def test_every_target_found_is_applied_or_left_out_with_a_reason(data: Dataset) -> None:
    found = data.targets_considered
    applied = found[found["decision"] == "applied"]
    left = found[found["decision"] == "left out"]
    assert len(found) == len(applied) + len(left) == 40
    assert left["reason"].notna().all() and left["measures"].isna().all()
    named = {(row.number, m) for row in applied.itertuples() for m in row.measures.split(";")}
    all_have = data.targets[data.targets["municipality"].isna()]
    assert named == set(zip(all_have["considered"], all_have["measure"], strict=True))


def test_a_cut_states_its_base_year_and_a_measure_has_one_primary_target(data: Dataset) -> None:
    targets = data.targets
    assert (targets["base_year"].notna() == (targets["kind"] == "cut")).all()
    primary = targets[targets["primary"] == "yes"]
    assert (primary.groupby(["measure", "municipality"], dropna=False).size() == 1).all()
    assert set(targets["measure"]) == set(targets.loc[targets["primary"] == "yes", "measure"])


def test_what_itu_printed_points_to_known_data_points(data: Dataset) -> None:
    points = set(data.kpi_data_points[["kpi", "data_point"]].itertuples(index=False, name=None))
    printed = data.u4ssc_results[["kpi", "data_point"]].itertuples(index=False, name=None)
    assert set(printed) <= points
    # Page 14 of ITU's report on Karmøy, September 2020.
    karmoy = data.u4ssc_results.query("municipality == '1149' and kpi == 'EC: ICT: ICT: 1C'")
    assert karmoy["value"].item() == 97.0


def test_labels_name_every_dimension_category_goal_group_and_publisher(data: Dataset) -> None:
    keys = data.labels.groupby("kind")["key"].agg(set)
    assert keys["dimension"] == set(data.kpis["dimension"])
    assert keys["sub_dimension"] == set(data.kpis["sub_dimension"])
    assert keys["category"] == set(data.kpis["category"])
    assert keys["goal"] == {str(goal) for goal in range(1, 18)}
    assert keys["group"] == set(data.groups["group"])
    assert keys["publisher"] == set(data.measures["publisher"])


@pytest.mark.skipif(not SHARED.exists(), reason="the figures first gathered are not here")
def test_no_figure_was_lost_or_changed_since_it_was_gathered(data: Dataset) -> None:
    for measure, figures in data.published.groupby("measure"):
        file = SHARED / "observations" / f"{measure}.csv"
        if not file.exists():  # found later
            continue
        first = pd.read_csv(file, dtype={"municipality": "str"})
        first = first.sort_values(["municipality", "year"])
        if measure == "shoreline_accessible_share":  # 2019 repeats 2015, data/considered.csv
            first = first[first["year"] != 2019]
        for column in set(first) & {"value", "numerator", "denominator"}:
            assert (first[column].fillna(-1).to_numpy() == figures[column].fillna(-1)).all()


def test_the_ten_sectors_of_emissions_add_up_to_the_total_in_every_year(data: Dataset) -> None:
    rows = data.observations
    parts = rows[rows["measure"].isin(emissions.sector_measures(data.measures))]
    by_year = parts.groupby(["municipality", "year"])["value"].sum()
    total = rows[rows["measure"] == emissions.TOTAL].set_index(["municipality", "year"])
    assert len(total) == 221
    assert by_year.to_numpy() == pytest.approx(total["numerator"].loc[by_year.index], rel=1e-12)


def test_what_was_found_is_used_or_left_out_with_a_reason(data: Dataset) -> None:
    found = data.considered
    used, left = (found[found["decision"] == word] for word in ("used", "left out"))
    assert len(found) == len(used) + len(left) == 38
    assert left["reason"].notna().all() and left["measure"].isna().all()


def test_no_year_repeats_another_in_most_municipalities(data: Dataset) -> None:
    rows = data.observations[data.observations["measure"] == "shoreline_accessible_share"]
    wide = rows.pivot_table(index="municipality", columns="year", values="value")
    same = wide.diff(axis=1).eq(0).mean()
    assert same.max() < 0.5
