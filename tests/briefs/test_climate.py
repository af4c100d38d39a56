"""'Are emissions falling fast enough?': every number from the figures, every hole named."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench import charts
from workbench.analysis import emissions
from workbench.briefs import climate
from workbench.briefs.view import View
from workbench.charts import Panel
from workbench.dataset import Dataset
from workbench.language.translator import Language

NB = Language("nb")
PARTS = (
    climate.title,
    climate.summary,
    climate.sectors,
    climate.target,
    climate.known,
    climate.electricity,
    climate.air,
    climate.land,
    climate.feeds,
    climate.sources,
)
#: With emissions, with an industry that dwarfs the rest, without, very small, split, one station.
PLACES = ["Skien", "Siljan", "Porsgrunn", "Bærum", "Oslo", "Utsira", "Haram", "Trondheim"]


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def text(piece: str) -> str:
    return soup(piece).get_text(" ")


def rows_of(table: Tag | None) -> list[list[str]]:
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def captioned(page: BeautifulSoup, caption: str) -> Tag:
    found = [
        table
        for table in page.select("table")
        if table.caption is not None and table.caption.get_text() == caption
    ]
    assert len(found) == 1, caption
    return found[0]


def with_target(view: View, **facts: object) -> View:
    """Return the view where the municipality has decided on a target of its own."""
    national = view.data.targets.query("measure == @emissions.TOTAL").iloc[0]
    own = national.to_dict() | {"municipality": view.number, "scope": "municipality"} | facts
    added = pd.DataFrame([own]).astype(view.data.targets.dtypes)
    table = pd.concat([view.data.targets, added], ignore_index=True)
    return wb.view(replace(view.data, targets=table), view.number, view.language.code)


@pytest.fixture(scope="module")
def places(data: Dataset) -> dict[str, View]:
    return {name: wb.view(data, name) for name in PLACES}


@pytest.fixture(scope="module")
def skien(places: dict[str, View]) -> View:
    return places["Skien"]


@pytest.fixture(scope="module")
def few(data: Dataset) -> View:
    """Skien with no other figures than its emissions and its neighbours', to bend them quickly."""
    rows = data.observations
    kept = rows["measure"].str.startswith("ghg_") | (rows["measure"] == "population")
    kept &= rows["municipality"].isin(data.group("county-telemark"))
    return wb.view(replace(data, observations=rows[kept]), "Skien")


def lix(words: str) -> float:
    """Return the readability index: words per sentence plus per cent of words over 6 letters."""
    found = re.findall(r"\w+", words)
    sentences = re.findall(r"[.!?:](?=\s|$)", words)
    return len(found) / len(sentences) + 100 * sum(len(word) > 6 for word in found) / len(found)


# In short


def test_in_short_answers_with_the_numbers_of_the_figures(skien: View) -> None:
    rows = skien.own(emissions.TOTAL).set_index("year")
    need = 1 - (0.45 * rows["numerator"][2009] / rows["numerator"][2024]) ** (1 / 6)
    pace = 1 - (rows["numerator"][2024] / rows["numerator"][2019]) ** (1 / 5)
    said = text(climate.summary(skien))
    assert f"slapp ut {NB.number(rows['value'][2024], 1)} tonn" in said
    assert f"ned med {NB.number(100 * need, 1)} prosent hvert år" in said
    assert f"gikk de ned med {NB.number(100 * pace, 1)} prosent i året." in said
    assert "Regnet fra 2009 går det for sakte til å nå måltallet." in said
    biggest = skien.own("ghg_road_traffic").set_index("year")["value"][2024]
    share = NB.number(100 * biggest / rows["numerator"][2024])
    assert skien.say("climate.short.biggest", sector="veitrafikk", share=f"{share}\xa0%") in said
    assert skien.say("climate.short.sure.national") in said


@pytest.mark.parametrize("name", PLACES)
def test_in_short_is_short_and_easy_to_read(places: dict[str, View], name: str) -> None:
    view = places[name]
    box = soup(climate.summary(view)).select_one(".answer")
    assert box is not None
    paragraphs = [p.get_text(" ", strip=True) for p in box.select("p")]
    answer = [p.get_text(" ", strip=True) for p in box.select("p:not(.aside)")]
    assert lix(" ".join(paragraphs)) <= 45
    assert 2 <= sum(len(re.findall(r"[.:](?=\s|$)", p)) for p in answer) <= 6
    labels = [b.get_text() for b in box.select(".aside b")]
    assert labels == [view.say("common.sure"), view.say("common.missing")]


@pytest.mark.parametrize("name", ["Bærum", "Oslo", "Utsira", "Haram"])
def test_without_emissions_the_brief_says_so_and_who_has_them(
    places: dict[str, View], name: str
) -> None:
    view = places[name]
    said = text(climate.summary(view))
    decided = name in ("Bærum", "Oslo")
    assert view.say(f"climate.short.{'level' if decided else 'none'}") in said
    assert "Miljødirektoratet har tallene" in said
    assert climate.sectors(view) == ""
    assert climate.target(view) == ""
    kinds = {row[0] for row in rows_of(soup(climate.feeds(view)).table)}
    assert any(kind.startswith("Klimagassutslipp per innbygger") for kind in kinds)


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ({"kind": "level", "value": 2.5}, "met"),
        ({"kind": "level", "value": 2.0}, "need"),
        ({"kind": "level", "value": 0.0}, "need_zero"),
        ({"value": 80.0}, "need"),
    ],
)
def test_an_own_target_is_answered_as_the_municipalitys_own(
    few: View, target: dict[str, object], key: str
) -> None:
    view = with_target(few, **target)
    path = emissions.pathway(view.data, view.number)
    assert path is not None
    required = "" if np.isnan(path.required) else NB.number(-100 * path.required, 1)
    said = text(climate.summary(view))
    assert (
        view.say(f"climate.short.{key}", year=2030, required=required, start=path.last_year) in said
    )
    assert view.say("climate.short.sure.own") in said
    assert view.say("climate.short.sure.national") not in said
    page = text(climate.target(view))
    assert view.say("common.scope.municipality") in page
    assert view.say("common.scope.national") not in page
    assert view.say("climate.target.base", base_year=2009) not in page


@pytest.mark.parametrize("code", ["nb", "en"])
def test_each_answer_to_fast_enough_has_its_sentence(data: Dataset, code: str) -> None:
    language = Language(code)
    facts = {"first_year": 2019, "year": 2024, "pace": "3", "name": "Skien"}
    paces, keys = ("slow", "still", "rising", "zero"), ("enough", "slow", "away")
    said = [language.say(f"climate.short.pace.{key}", **facts) for key in paces]
    assert all(said) and len(set(said)) == len(paces)
    said = [language.say(f"climate.short.enough.{key}", **facts) for key in keys]
    assert all(said) and len(set(said)) == len(keys)
    too_slow = {"nb": "for sakte", "en": "too slow"}[code]
    assert [too_slow in sentence for sentence in said] == [False, True, False]
    assert not language.say("climate.short.pace.met", **facts)
    assert not language.say("climate.short.pace.unknown", **facts)


# Sectors


def test_the_table_of_sectors_is_recounted_from_the_figures(skien: View) -> None:
    table = captioned(soup(climate.sectors(skien)), skien.say("climate.sectors.table"))
    body = {row[0]: row[1:] for row in rows_of(table)}
    total = skien.own(emissions.TOTAL).set_index("year")["numerator"]
    for measure in ("ghg_road_traffic", "ghg_heating", "ghg_agriculture"):
        series = skien.own(measure).set_index("year")["value"]
        change = 100 * (series[2024] / series[2009] - 1)
        assert body[skien.say(f"climate.sector.{measure}")] == [
            NB.number(series[2024]),
            f"{NB.number(100 * series[2024] / total[2024])}\xa0%",
            f"{NB.number(change, signed=True)}\xa0%",
            NB.number((series[2024] - series[2019]) / 5, signed=True),
        ]
    assert body[skien.say("climate.sector.total")][0] == NB.number(total[2024])


def test_sectors_without_emissions_are_left_out_and_named(places: dict[str, View]) -> None:
    siljan = places["Siljan"]
    page = soup(climate.sectors(siljan))
    shown = [row[0] for row in rows_of(captioned(page, siljan.say("climate.sectors.table")))]
    for measure in ("ghg_industry", "ghg_shipping", "ghg_aviation", "ghg_energy_supply"):
        name = siljan.say(f"climate.sector.{measure}")
        assert siljan.own(measure)["value"].max() < 0.5
        assert name not in shown
    start = siljan.say("climate.sectors.zero", names="|").partition("|")[0]
    note = next(p.get_text() for p in page.select("p.note") if p.get_text().startswith(start))
    assert "industri, olje og gass" in note and "skip" in note


def test_what_no_sector_holds_is_said_and_never_shared_out(skien: View) -> None:
    start = skien.say("climate.sectors.rest", share="|").partition("|")[0]
    assert start not in text(climate.sectors(skien)), "the ten sectors are the total"
    figures = skien.data.observations
    fewer = figures[figures["measure"] != "ghg_fluorinated_gases"]
    view = wb.view(replace(skien.data, observations=fewer), "Skien")
    rows = emissions.sectors(view.data, view.number)
    rest = rows.loc[rows["size"] == "rest", "share"].item()
    share = f"{NB.number(100 * rest)}\xa0%"
    assert view.say("climate.sectors.rest", share=share) in text(climate.sectors(view))


def test_shipping_says_why_it_has_no_change(skien: View) -> None:
    assert "Skip: For 2009 til 2016 har Miljødirektoratet én og samme verdi" in text(
        climate.sectors(skien)
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Da var det 8 av 21 år igjen. Måltallet krever om lag 3,75 prosentpoeng i året"),
        ("nn", "Då var det 8 av 21 år att. Måltalet krev om lag 3,75 prosentpoeng i året"),
        ("en", "8 of 21 years were left. The target takes about 3.75 percentage points a year"),
    ],
)
def test_a_decided_cut_is_set_beside_what_has_been_done(
    data: Dataset, language: str, said: str
) -> None:
    baerum = wb.view(data, "Bærum", language)
    assert said in text(climate.known(baerum))
    assert baerum.say("climate.short.level") in text(climate.summary(baerum)), "none is made up"


def test_a_figure_from_an_earlier_year_says_its_year(places: dict[str, View]) -> None:
    porsgrunn = places["Porsgrunn"]
    page = soup(climate.sectors(porsgrunn))
    table = captioned(page, porsgrunn.say("climate.sectors.table"))
    row = next(r for r in rows_of(table) if r[0] == "Energiforsyning")
    assert row[1] == "2 (2023)" and row[2] == porsgrunn.say("common.no_figure")


def test_a_preliminary_figure_is_named(few: View) -> None:
    rows = few.data.observations
    newest = rows["measure"].str.startswith("ghg_") & (rows["year"] == 2024)
    status = rows["status"].mask(newest, "preliminary")
    early = wb.view(replace(few.data, observations=rows.assign(status=status)), "Skien")
    for view, named in ((early, True), (few, False)):
        said = text(climate.sectors(view) + climate.target(view))
        assert (view.say("climate.sectors.preliminary", year=2024) in said) == named
        assert (view.say("common.preliminary") in said) == named
        short = text(climate.summary(view))
        assert (view.say("climate.short.sure.preliminary", year=2024) in short) == named


def test_tonnes_are_never_set_beside_those_of_others(skien: View) -> None:
    """Per resident may be compared; the group's median stands in no cell with tonnes or decares."""
    row = skien.assessed.set_index("measure").loc[emissions.TOTAL]
    median = NB.amount(row["peers_median"], skien.unit(row["unit"]))
    page = climate.sectors(skien)
    compared = [p.get_text() for p in soup(page).select("p") if median in p.get_text()]
    assert len(compared) == 1 and "sammenligner vi ikke" in compared[0]
    assert skien.say("common.group_median") not in [th.get_text() for th in soup(page).select("th")]
    land = {row[0]: row for row in rows_of(soup(climate.land(skien)).table)}
    assert land["Omdisponert dyrket jord siste fire år"][-1] == skien.say("common.no_figure")


# The path


def test_the_path_is_told_year_by_year_per_resident_and_in_tonnes(skien: View) -> None:
    path = emissions.pathway(skien.data, skien.number)
    newest = skien.own(emissions.TOTAL).iloc[-1]
    assert path is not None
    table = captioned(soup(climate.target(skien)), skien.say("climate.target.path.caption"))
    body = rows_of(table)
    assert [row[0] for row in body] == [str(year) for year in range(2025, 2031)]
    tonnes = newest["numerator"] * 0.99999  # what is cut counts from the figure per resident
    for step, row in enumerate(body, start=1):
        per_resident = newest["value"] * (1 + path.required) ** step
        assert row[1] == NB.number(per_resident, 2)
        assert row[2] == NB.number(per_resident * newest["denominator"])
        assert row[4] == NB.number(newest["value"] * (1 + path.pace) ** step, 2)
        tonnes = per_resident * newest["denominator"]
    assert tonnes == pytest.approx(0.45 * skien.own(emissions.TOTAL)["numerator"].iloc[0])
    assessed = skien.assessed.set_index("measure").loc[emissions.TOTAL]
    low, high = (NB.number(assessed[key], 1) for key in ("low80", "high80"))
    assert body[-1][5] == skien.say("climate.target.path.from_to", low=low, high=high)


def test_the_national_goal_is_said_not_to_bind_and_to_count_from_another_year(skien: View) -> None:
    said = text(climate.target(skien))
    assert skien.say("common.scope.national") in said
    assert skien.say("climate.target.base", base_year=2009) in said
    assert "1990" in said


@pytest.mark.parametrize(
    ("chance", "word"), [(0.01, "least"), (0.4, "about"), (0.99, "most"), (np.nan, "")]
)
def test_the_chance_is_rounded_to_what_it_is_worth(skien: View, chance: float, word: str) -> None:
    view = wb.view(skien.data, "Skien")
    rows = skien.assessed.copy()
    rows.loc[rows["measure"] == emissions.TOTAL, "chance"] = chance
    view.__dict__["assessed"] = rows
    said = text(climate.target(view))
    begun = view.say("climate.target.chance", chance="|").partition("|")[0]
    assert (begun in said) == bool(word)
    if word:
        assert view.say(f"climate.target.{word}", percent=40) in said


def test_where_the_target_is_met_no_cut_is_asked_for(few: View) -> None:
    view = with_target(few, kind="level", value=2.5)
    page = soup(climate.target(view))
    table = captioned(page, view.say("climate.target.path.caption_met"))
    assert all(len(row) == 3 for row in rows_of(table))
    asked = view.say("climate.target.paces.required", first_year=2024, year=2030)
    assert asked not in page.get_text()
    begun = view.say("climate.target.chance_met", chance="|", year=2030).partition("|")[0]
    chance = view.assessed.set_index("measure").at[emissions.TOTAL, "chance"]
    assert (begun in page.get_text()) == pd.notna(chance)


@pytest.mark.parametrize(("column", "value"), [("wide", True), ("n", 4)])
def test_a_projection_that_says_next_to_nothing_is_not_shown(
    skien: View, column: str, value: object
) -> None:
    view = wb.view(skien.data, "Skien")
    total = skien.assessed["measure"] == emissions.TOTAL
    view.__dict__["assessed"] = skien.assessed.assign(
        **{column: skien.assessed[column].mask(total, value)}
    )
    begun = view.say("climate.target.label_middle", value="|").partition("|")[0]
    for shown, there in ((view, False), (skien, True)):
        page = soup(climate.target(shown))
        assert page.svg is not None and (begun in page.svg.get_text(" ")) == there
        table = captioned(page, view.say("climate.target.path.caption"))
        assert (rows_of(table)[-1][5] != view.say("common.no_figure")) == there


# Electricity, air and land


def test_old_figures_of_air_are_named_as_old(places: dict[str, View]) -> None:
    baerum, trondheim = places["Bærum"], places["Trondheim"]
    assert baerum.own("pm25_annual_mean")["year"].max() == 2019
    assert baerum.say("climate.air.old", year=2019) in text(climate.air(baerum))
    assert baerum.say("climate.short.sure.old_air", year=2019) in text(climate.summary(baerum))
    assert trondheim.own("pm25_annual_mean_station")["year"].max() == 2024
    assert trondheim.say("climate.air.some_old", year=2019) in text(climate.air(trondheim))
    assert "gamle" not in text(climate.summary(trondheim))


def test_air_is_over_or_within_its_target(data: Dataset, places: dict[str, View]) -> None:
    baerum = places["Bærum"]
    targets = data.targets[data.targets["primary"] == "yes"].set_index("measure")["value"]
    measures = ["pm25_annual_mean", "pm10_annual_mean", "no2_annual_mean"]
    over = [m for m in measures if baerum.own(m)["value"].iloc[-1] > targets[m]]
    assert over and over != measures
    said = soup(climate.air(baerum)).get_text()
    for key, named in (("over", over), ("under", [m for m in measures if m not in over])):
        names = NB.listed(baerum.say(f"climate.pollutant.{m}") for m in named)
        assert baerum.say(f"climate.air.{key}", names=names, year=2019) in said


@pytest.mark.parametrize("name", ["Skien", "Bærum", "Utsira"])
def test_farmland_is_told_for_the_years_that_it_covers(places: dict[str, View], name: str) -> None:
    view = places[name]
    row = view.own("farmland_converted_4y").iloc[-1]
    said = view.say(
        "climate.land.farmland",
        nothing=row["value"] == 0,
        one=row["value"] == 1,
        amount=NB.amount(row["value"], view.unit("decares")),
        first_year=row["year"] - 3,
        year=row["year"],
    )
    assert said in text(climate.land(view))


def test_earlier_years_that_are_set_aside_are_told_with_their_reason(skien: View) -> None:
    lost = pd.DataFrame(
        {
            "measure": ["urban_density", "flat_share"],
            "municipality": skien.number,
            "year": [2016, 2012],
            "reason": "split",
            "sources": "0806",
        }
    )
    view = wb.view(replace(skien.data, set_aside=lost), "Skien")
    reason = view.say("common.aside.split", years="2016")
    name = NB.inside(view.data.measure("urban_density")["name_nb"])
    assert view.say("climate.land.aside", reason=reason, names=name) in text(climate.land(view))
    assert reason not in text(climate.land(skien))


def test_figures_that_the_source_does_not_have_are_named(
    data: Dataset, places: dict[str, View]
) -> None:
    utsira = places["Utsira"]
    assert utsira.own("urban_density").empty
    names = [
        NB.inside(data.measure(measure)["name_nb"])
        for measure in ("urban_density", "recreation_area_access", "nearby_nature_access")
    ]
    said = utsira.say("climate.land.lacks", names=NB.listed(names))
    assert said in text(climate.land(utsira))


# Where the missing figures are


@pytest.mark.parametrize("name", PLACES)
def test_only_what_lacks_or_is_old_is_looked_for(
    data: Dataset, places: dict[str, View], name: str
) -> None:
    view = places[name]
    newest = data.observations.query("municipality == @view.number")
    newest = newest.groupby("measure")["year"].max()
    limit = data.observations["year"].max() - 4
    wanted = [m for m in data.feeds["measure"] if newest.get(m, 0) < limit]
    assert list(climate.feeding(view)["measure"]) == wanted != []
    table = rows_of(soup(climate.feeds(view)).table)
    assert len(table) == len(wanted)
    assert not re.search(r"\.csv|data/", text(climate.feeds(view)))


def test_what_is_known_in_place_of_emissions_is_the_target_and_the_figure(data: Dataset) -> None:
    said = text(climate.known(wb.view(data, "Bærum"))).replace("\N{NO-BREAK SPACE}", " ")
    assert ": 49,0 % i 2025. Kommunens måltall er 30,0 % innen 2025 (året er over)." in said
    assert climate.known(wb.view(data, "Skien")) == "", "there are emissions"


def test_every_feed_names_who_has_the_figures_and_where(data: Dataset) -> None:
    measures = data.measures.set_index("measure")
    for row in data.feeds.itertuples():
        assert measures.at[row.measure, "kpi"] == row.kpi
        assert measures.at[row.measure, "relation"] == row.relation
        assert "http" not in row.where_nb + row.where_en
    needed = {emissions.TOTAL, "electricity_per_capita", "pm25_annual_mean", "no2_annual_mean"}
    assert needed <= set(data.feeds["measure"])


def test_where_nothing_lacks_nothing_is_looked_for(skien: View) -> None:
    view = wb.view(replace(skien.data, feeds=skien.data.feeds.iloc[:3]), "Skien")
    page = soup(climate.feeds(view))
    assert page.table is None and view.say("climate.feeds.nothing") in page.get_text()


# Charts


def panel(values: list[float], name: str = "A") -> Panel:
    return Panel(name, "said", list(range(2020, 2020 + len(values))), values, "last")


def test_all_panels_have_the_scale_of_the_highest() -> None:
    svg = soup(
        charts.sectors_chart(
            [panel([100.0, 50.0]), panel([25.0, 0.0], "B")], name="x", alt="y" * 30
        )
    )
    groups = svg.select("svg > g")
    heights = []
    for group in groups:
        paths = group.select("path")
        floor = float(str(paths[0]["d"]).removeprefix("M0 ").partition("H")[0])
        line = str(paths[1]["d"]).removeprefix("M").split("L")
        heights += [floor - float(pair.split()[1]) for pair in line]
    assert np.array(heights) / heights[0] == pytest.approx([1, 0.5, 0.25, 0], abs=0.005)


def test_the_chart_of_sectors_says_what_it_shows(skien: View) -> None:
    page = soup(climate.sectors(skien))
    assert page.title is not None
    alt = page.title.get_text()
    rows = emissions.sectors(skien.data, skien.number)
    large = rows[rows["size"] == "large"]
    for row in large.itertuples():
        name = skien.say(f"climate.sector.{row.measure}")
        assert f"{name}: {NB.number(row.first)} tonn i 2009" in alt
    assert len(page.select("svg > g")) == len(large)
    by_year = rows_of(captioned(page, skien.say("climate.sectors.caption")))
    assert [row[0] for row in by_year] == [str(y) for y in skien.own(emissions.TOTAL)["year"]]
    assert page.select_one("details table") is not None


def test_the_chart_of_the_path_labels_its_lines(skien: View) -> None:
    page = soup(climate.target(skien))
    path = emissions.pathway(skien.data, skien.number)
    assert path is not None
    assert page.svg is not None
    written = page.svg.get_text(" ")
    for key in ("path", "same_pace", "middle"):
        value = NB.number(path.years[key].iloc[-1], 1)
        assert skien.say(f"climate.target.label_{key}", value=value) in written


# All of it


@pytest.mark.parametrize(
    ("name", "code"), [*((name, "nb") for name in PLACES), ("Skien", "en"), ("Bærum", "en")]
)
def test_every_place_gets_a_sensible_brief(places: dict[str, View], name: str, code: str) -> None:
    view = replace(places[name], language=Language(code))
    view.__dict__["assessed"] = places[name].assessed  # it knows no language
    page = soup("".join(part(view) for part in PARTS))
    words = page.get_text(" ")
    assert not re.search(r"\b(nan|None|NaN)\b|\{\{|<NA>", words)
    assert len(str(page).encode()) < 100_000
    assert len(page.select("h1")) == 1 and len(page.select("h2")) >= 4
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert page.h1 is not None and view.name in page.h1.get_text()
    others = {other for other in PLACES if other != view.name} - {"Oslo"}
    assert not any(re.search(rf"\b{other}\b", words) for other in others - {"Trondheim"})
