"""What is known of the 91 KPIs, and what would fill the gaps."""

import pandas as pd
import pytest

from workbench.__main__ import main
from workbench.analysis import coverage
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
