"""What municipalities report, as measures and figures like all others."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataset import DATA, Dataset, load, reported

Row = tuple[str, str, str, int, str, str]
COLUMNS = ["municipality", "kpi", "data_point", "year", "answer", "value"]
COLUMNS += ["note", "reported_by", "imported"]


def write(folder: Path, rows: list[Row]) -> None:
    with (folder / "reported.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([*row, "", "A. Nilsen", "2026-11-01"] for row in rows)


@pytest.fixture
def with_reported(tmp_path: Path) -> Callable[[list[Row]], Dataset]:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)

    def made(rows: list[Row]) -> Dataset:
        write(folder, rows)
        return load(folder)

    return made


WATER = ("EC: I: WS: 3C", "value")


def test_each_of_the_112_data_points_is_a_measure(data: Dataset) -> None:
    own = data.measures[data.measures["measure"].str.match(r"reported_\d")]
    assert len(own) == 112
    assert own["measure"].is_unique and set(own["relation"]) == {"direct"}
    points = data.kpi_data_points.set_index(["kpi", "data_point"])
    described = own.set_index(["kpi", "data_point"])
    assert (described["unit"] == points["unit"].loc[described.index]).all()
    assert set(own["kpi"]) == set(data.kpis["code"])
    assert set(own["unit"]) <= set(data.units["unit"])


def test_a_reported_figure_has_a_series_and_speaks_for_its_indicator(
    with_reported: Callable[[list[Row]], Dataset],
) -> None:
    data = with_reported(
        [("3201", *WATER, 2022, "value", "31.5"), ("3201", *WATER, 2023, "value", "30")]
    )
    assert data.series("reported_27", "Bærum").to_dict() == {2022: 31.5, 2023: 30.0}
    row = data.coverage("Bærum").set_index("kpi").loc[WATER[0]]
    assert (row["status"], row["measure"], row["years"], row["latest"]) == (
        "direct",
        "reported_27",
        2,
        2023,
    )


def test_an_official_figure_speaks_before_a_newer_reported_one_and_that_before_a_proxy(
    with_reported: Callable[[list[Row]], Dataset],
) -> None:
    violence, doctors = "SC: SH: SA: 8C", "SC: EH: H: 3C"
    data = with_reported(
        [
            ("3201", violence, "value", 2025, "value", "500"),
            ("3201", doctors, "value", 2020, "value", "300"),
        ]
    )
    speaks = data.coverage("Bærum").set_index("kpi")["measure"]
    assert speaks[violence] == "reported_violence_per_100000"
    assert speaks[doctors] == "reported_70"


def test_yes_and_no_are_figures_and_what_is_not_reported_is_none(
    with_reported: Callable[[list[Row]], Dataset],
) -> None:
    plans = "SC: SH: SA: 3A"
    rows: list[Row] = [
        ("3201", plans, "value", 2022, "no", ""),
        ("3201", plans, "value", 2023, "yes", ""),
    ]
    data = with_reported([*rows, ("3201", *WATER, 2023, "not reported", "")])
    assert data.series("reported_84", "Bærum").to_dict() == {2022: 0.0, 2023: 1.0}
    own = data.observations["measure"].str.match(r"reported_\d")
    assert set(data.observations.loc[own, "measure"]) == {"reported_84"}


def test_figures_under_an_earlier_number_belong_to_the_municipality_of_today(
    with_reported: Callable[[list[Row]], Dataset],
) -> None:
    data = with_reported(
        [("3201", *WATER, 2018, "value", "33"), ("3203", *WATER, 2018, "value", "40")]
    )
    assert data.series("reported_27", "Bærum").to_dict() == {2018: 33.0}
    # Asker of today is three municipalities of 2018; who reports for 2018 reports for all of it.
    assert data.series("reported_27", "Asker").to_dict() == {2018: 40.0}


def test_what_itu_printed_is_a_series_of_its_own(data: Dataset) -> None:
    printed = data.u4ssc_results
    asker = printed[(printed["municipality"] == "3203") & (printed["reported"] == "yes")]
    own = data.observations[data.observations["measure"].str.startswith("itu_")]
    own = own[own["municipality"] == "3203"]
    assert len(own) == len(asker) == 14
    assert set(own["year"]) == {2020}
    gini = own.loc[own["measure"] == "itu_78", "value"].item()
    assert gini == 0.27  # page 21 of the report
    assert set(data.measures.loc[data.measures["measure"].isin(own["measure"]), "publisher"]) == {
        "ITU"
    }


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_subset_of_data_points_is_loaded_as_reported(
    data: Dataset, draws: st.DataObject
) -> None:
    points = data.form.sample(frac=1, random_state=draws.draw(st.integers(0, 99)))
    points = points.head(draws.draw(st.integers(0, len(points))))
    yes_no = points["kind"] == "yes/no"
    rows = points.assign(
        municipality="3201",
        year=2024,
        answer=yes_no.map({True: "yes", False: "value"}),
        value=points["minimum"].fillna(0.0).where(~yes_no),
    )
    figures = reported.figures(
        {"reported": rows, "u4ssc_results": data.u4ssc_results.head(0), "measures": data.measures}
    )
    assert len(figures) == len(points)
    assert not figures.duplicated(["measure", "municipality", "year"]).any()


def test_names_of_measures_are_told_apart() -> None:
    names = pd.Series(["reported_4_4g", "itu_1", "reported_violence_per_100000", "life_expectancy"])
    assert reported.is_reported(names).tolist() == [True, True, False, False]
