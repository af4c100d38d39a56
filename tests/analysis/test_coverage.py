"""What is known of the 91 KPIs, and what would fill the gaps."""

from dataclasses import replace

import pandas as pd
import pytest

import workbench as wb
from workbench.__main__ import main
from workbench.analysis import coverage
from workbench.briefs import status
from workbench.dataset import Dataset


def test_counts_are_those_of_each_municipality(data: Dataset) -> None:
    numbers = data.group("u4ssc")
    table = coverage.coverage(data, numbers).set_index("kpi")
    assert list(table.index) == list(data.kpis.sort_values("number")["code"])
    alone = {number: data.coverage(number).set_index("kpi") for number in numbers}
    for kpi, row in table.iterrows():
        status = [one.at[kpi, "status"] for one in alone.values()]
        assert (row["direct"], row["proxy"], row["missing"]) == tuple(
            status.count(word) for word in ("direct", "proxy", "none")
        )
        years = pd.Series([one.at[kpi, "latest"] for one in alone.values()]).dropna()
        assert pd.isna(row["newest"]) == years.empty
        if len(years):
            assert (row["oldest"], row["newest"]) == (years.min(), years.max())


def test_a_printed_figure_counts_as_reported(data: Dataset) -> None:
    """ITU printed 15 results of Asker in September 2020, one of them 'Not Reported'."""
    table = coverage.coverage(data, ["3203"]).set_index("kpi")
    assert table["reported"].sum() == 14
    assert table.loc["SC: SH: FS: 1A", "reported"] == 0


def test_each_gap_names_the_feed_or_the_form(data: Dataset) -> None:
    table = coverage.coverage(data, data.group("u4ssc")).set_index("kpi")
    feeds = data.feeds.merge(data.measures[["measure", "kpi"]], on="measure", suffixes=("", "_of"))
    column = "kpi_of" if "kpi_of" in feeds else "kpi"
    for kpi, row in table.iterrows():
        if row["direct"] == 12:
            assert row["filled_by"] == ""
            continue
        fed = feeds[feeds[column] == kpi]
        assert (row["filled_by"] == "form") == fed.empty
        assert all(publisher in row["filled_by"] for publisher in fed["publisher_en"][:1])


def test_the_command_tells_it_as_text_and_as_a_table(
    data: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["coverage", "--municipality", "Skien", "0219", "--format", "csv"]) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert lines[0] == ",".join(coverage.COLUMNS) and len(lines) == 92
    assert main(["coverage", "4003", "Bærum kommune", "--format", "csv"]) == 0
    assert capsys.readouterr().out == told, "without the option, too"
    assert main(["coverage", "--group", "u4ssc"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("12 municipalities, 91 KPIs: ")
    assert len(said.splitlines()) == 4 + 2 * 91
    assert main(["coverage", "--group", "u4sc"]) == 2
    assert '"u4sc" is not a group. Did you mean u4ssc?' in capsys.readouterr().err


def test_municipalities_add_up_and_count_once(data: Dataset) -> None:
    assert coverage.places(data, ["0219", "Bærum"], None) == ["3201"]
    assert coverage.places(data, ["Skien", "Bærum"], "u4ssc")[:2] == ["4003", "3201"]
    assert len(coverage.places(data, ["Skien", "Bærum"], "u4ssc")) == 13
    assert coverage.places(data, [], None) == data.group("u4ssc")


@pytest.mark.parametrize(("factor", "apart"), [(1.06, True), (0.94, True), (1.04, False)])
def test_sources_differ_where_they_are_more_than_a_twentieth_apart(
    data: Dataset, factor: float, apart: bool
) -> None:
    official = data.series("low_income_share", "Bærum")[2022]
    rows = data.observations
    new = rows[(rows["measure"] == "low_income_share") & (rows["municipality"] == "3201")]
    new = new[new["year"] == 2022].assign(measure="reported_79", value=official * factor)
    other = new.assign(year=2023)
    both = replace(data, observations=pd.concat([rows, new, other], ignore_index=True))
    found = coverage.differing(both, "Bærum")
    assert len(found) == int(apart)
    if apart:
        row = found.iloc[0]
        assert (row["measure"], row["official"], row["year"]) == (
            *("reported_79", "low_income_share"),
            2022,
        )
        page = status.printed(wb.view(both, "Bærum"))
        assert "Kilder som ikke er enige" in page and "mer enn 5 prosent" in page
    assert coverage.differing(data, "Bærum").empty
