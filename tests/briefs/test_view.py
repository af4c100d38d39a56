"""A view: whose figures, compared with whom, and nothing in it that could harm the page."""

import shutil
from dataclasses import replace
from pathlib import Path

import html5lib
import pandas as pd
import pytest
from bs4 import BeautifulSoup

import workbench as wb
from workbench.briefs.pieces import comparison, sources
from workbench.briefs.view import View, shared
from workbench.dataset import DATA, Dataset
from workbench.errors import UsageError
from workbench.language.translator import Language
from workbench.markup.html import Html

NB = Language("nb")

HOSTILE = "<script>alert(1)</script> \" ' & Våler (Østfold)"


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def pieces(brief: str, view: View) -> list[Html]:
    """Return what the calls of a notebook give."""
    if brief == "regression":
        answers = wb.across.fit(view)
        parts = ("summary", "tempo", "method", "sources")
        asked = [wb.across.answer(view, answers, name) for name in answers.questions]
        after = [getattr(wb.across, part)(view, answers) for part in parts]
        return [wb.across.title(view), *asked, *after]
    names = {
        "status": "title summary wheel newest printed missing sources",
        "trends": "title summary overview key measures left_out sources",
    }
    module = getattr(wb, brief)
    return [getattr(module, name)(view) for name in names[brief].split()]


# Whom it is about and whom it is compared with


@pytest.mark.parametrize("wanted", ["3201", "0219", "3024", "Bærum", "baerum"])
def test_a_municipality_goes_by_any_of_its_names(data: Dataset, wanted: str) -> None:
    view = wb.view(data, wanted)
    assert (view.number, view.name, view.language.code) == ("3201", "Bærum", "nb")


def test_a_u4ssc_municipality_is_compared_with_the_others(data: Dataset, baerum: View) -> None:
    assert baerum.group == "u4ssc"
    assert set(baerum.peers) == set(data.group("u4ssc")) - {"3201"}


def test_any_other_is_compared_with_its_county(data: Dataset) -> None:
    heim = wb.view(data, "Heim")
    county = data.municipalities.query("county_name.str.startswith('Trøndelag')")["number"]
    assert set(heim.peers) == set(county) - {"5055"}


def test_oslo_is_alone_in_its_county_and_compared_with_u4ssc(data: Dataset) -> None:
    oslo = wb.view(data, "Oslo")
    assert oslo.group == "u4ssc"
    assert set(oslo.peers) == set(data.group("u4ssc"))


def test_a_group_can_be_named_instead(data: Dataset) -> None:
    view = wb.view(data, "Bærum", peers="telemark")
    assert list(view.peers) == data.group("telemark")
    assert view.group_name in soup(comparison(view)).text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"municipality": "Bærm"}, "Did you mean Bærum"),
        ({"municipality": "3201", "peers": "telmark"}, "Did you mean telemark"),
        ({"municipality": "3201", "language": "xx"}, "no texts"),
    ],
)
def test_what_does_not_exist_is_refused(data: Dataset, asked: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wb.view(data, **asked)


# What it is made from


def test_each_measure_with_figures_is_assessed_once(data: Dataset, baerum: View) -> None:
    figures = data.observations[data.observations["municipality"] == "3201"]
    assert sorted(baerum.assessed["measure"]) == sorted(figures["measure"].unique())


def test_measures_stand_in_the_order_of_the_indicators_background_last(baerum: View) -> None:
    places = baerum.assessed["place_in_set"]
    known = places.dropna()
    assert known.is_monotonic_increasing
    assert places.isna().to_list() == sorted(places.isna())


def test_what_measures_an_indicator_directly_stands_first(data: Dataset) -> None:
    rows = wb.view(data, "Skien").assessed
    several = rows[rows.duplicated("kpi", keep=False) & rows["kpi"].notna()]
    rank = several["relation"].map({"direct": 0, "proxy": 1, "component": 2, "context": 3})
    ordered = rank.groupby(several["kpi"]).agg(lambda of_kpi: of_kpi.is_monotonic_increasing)
    assert set(rank) == {0, 1, 2, 3} and ordered.all()


def test_own_figures_come_by_year(data: Dataset, baerum: View) -> None:
    own = baerum.own("voter_turnout_storting")
    assert own["year"].is_monotonic_increasing
    expected = data.series("voter_turnout_storting", "3201")
    pd.testing.assert_series_equal(own.set_index("year")["value"].rename(expected.name), expected)


def test_sources_name_publisher_licence_and_years_of_each_measure(
    data: Dataset, baerum: View
) -> None:
    measures = ["voter_turnout_storting", "low_income_share", "ghg_emissions_per_capita"]
    table = soup(sources(baerum, measures)).table
    assert table is not None
    facts = data.measures.set_index("measure")
    for row, measure in zip(table.select("tbody tr"), measures, strict=True):
        years = list(
            data.observations.query("measure == @measure and municipality == '3201'")["year"]
        )
        header = row.select_one("th")
        assert header is not None
        assert header.get_text().startswith(NB.name(facts.loc[measure]))
        cells = [cell.get_text() for cell in row.select("td")]
        assert cells[0] == baerum.say(f"common.relation.{facts.at[measure, 'relation']}")
        assert cells[2] == facts.at[measure, "licence"]
        assert cells[3] == baerum.say("common.drawn", year=facts.at[measure, "boundaries"])
        none = baerum.say("common.no_figure")
        assert cells[4] == (f"{min(years)}–{max(years)}" if len(years) else none)
        assert header.select_one("span")["id"] == f"source-{measure}"  # type: ignore[index]
    assert baerum.own(measures[-1]).empty, "the last one has none"


def test_a_view_names_itself_in_a_notebook(baerum: View) -> None:
    assert repr(baerum) == "3201 Bærum, compared with u4ssc (11 others), in nb"


# What cannot harm the page

TEXT_COLUMNS = {
    "municipalities": ["name"],
    "municipality_history": ["name"],
    "measures": ["name_nb", "note_nb", "differs_nb", "licence"],
    "kpis": ["name_nb"],
    "labels": ["name_nb"],
    "targets": ["basis_nb"],
    "breaks": ["reason_nb"],
    "units": ["symbol_nb", "change_nb"],
    "u4ssc_results": ["printed", "note_nb"],
}


@pytest.fixture(scope="module")
def hostile(data: Dataset) -> Dataset:
    """The same figures with every text in the tables turned against the page."""
    turned = {
        table: getattr(data, table).assign(
            **{name: getattr(data, table)[name].fillna("") + HOSTILE for name in names}
        )
        for table, names in TEXT_COLUMNS.items()
    }
    return replace(data, **turned)


@pytest.mark.parametrize("brief", ["status", "trends", "regression"])
def test_hostile_text_in_the_tables_stays_text(hostile: Dataset, brief: str) -> None:
    view = wb.view(hostile, "3203")
    page = f"<!DOCTYPE html><html><body>{''.join(pieces(brief, view))}</body></html>"
    html5lib.HTMLParser(strict=True).parse(page)
    parsed = soup(page)
    assert not parsed.select("script, [onload], [onerror]")
    assert parsed.get_text().count("<script>alert(1)</script>") > 10
    unescaped = [text for text in ("&amp;lt;", "&amp;amp;", "&amp;#34;") if text in page]
    assert not unescaped, "escaped twice"


@pytest.mark.parametrize("brief", ["status", "trends", "regression"])
def test_the_title_is_the_question_about_the_municipality(baerum: View, brief: str) -> None:
    title = soup(getattr(wb, {"regression": "across"}.get(brief, brief)).title(baerum))
    assert [h.get_text() for h in title.select("h1")] == [baerum.say(f"{brief}.title")]


@pytest.mark.parametrize("brief", ["status", "trends", "regression"])
def test_every_table_and_every_picture_can_be_read_aloud(baerum: View, brief: str) -> None:
    page = soup("".join(pieces(brief, baerum)))
    headers, pictures = page.select("th"), page.select("svg[role=img]")
    assert headers and {th.get("scope") for th in headers} == {"col", "row"}
    assert pictures and all(svg.title and svg.title.get_text().strip() for svg in pictures)
    assert all(table.caption and table.caption.get_text() for table in page.select("table"))
    drawn = page.select("svg:not([role=img])")
    assert all(svg.get("aria-hidden") == "true" for svg in drawn)


# Handed on to forks


def test_a_view_that_is_asked_for_again_has_what_was_found_and_tables_of_its_own() -> None:
    first, other = wb.view(None, "4003"), wb.view(None, "4003", "en")
    shared(None, "4003", "nb", "").foresee()
    later = wb.view(None, "4003")
    assert "assessed" in later.__dict__ and later.assessed.equals(first.assessed)
    assert later.standings.equals(first.standings)
    assert other.language.code == "en" and "assessed" not in other.__dict__
    later.assessed["mine"] = 1
    assert "mine" not in wb.view(None, "4003").assessed


def test_a_view_of_other_figures_is_not_taken_for_that_of_these(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    figures = tmp_path / "data" / "observations" / "flat_share.csv"
    asked = (tmp_path / "data", "3201", "nb", "")
    before = wb.view(*asked)
    figures.write_text(figures.read_text().replace("\n3201,2021,36.865", "\n3201,2021,36.8"))
    now, then = (v.own("flat_share").set_index("year")["value"] for v in (wb.view(*asked), before))
    assert (now[2021], then[2021]) == (36.8, 36.865)


def test_no_name_is_not_a_measure(baerum: View) -> None:
    for asked in (baerum.own, baerum.peers_of, baerum.aside):
        with pytest.raises(UsageError, match="is not a measure"):
            asked("")


def test_a_year_is_over_once_later_years_have_figures(data: Dataset) -> None:
    view = wb.view(data, "Bærum")
    assert view.by(view.newest - 1) == f"{view.newest - 1} (året er over)"
    assert view.by(view.newest) == str(view.newest), "it may still last"
    assert view.by(2030.0) == "2030" and view.by(float("nan")) == ""


def test_every_number_that_was_had_a_name(baerum: View) -> None:
    assert baerum.former["3005"] == "Drammen" and baerum.former["0624"] == "Øvre Eiker"
    # Split since, so that the history has it twice.
    assert baerum.former["1507"] == "Ålesund"
    assert all(type(name) is str for name in baerum.former.values())
