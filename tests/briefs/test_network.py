"""'Whom should we call?': the numbers on the page are the numbers in the figures."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench import charts
from workbench.briefs import network
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import Language

# In turn: few measures, many measures, the capital, 200 residents, split in 2024.
NAMES = ["Bærum", "Skien", "Oslo", "Utsira", "Haram"]
TRAITS = ["size", "land", "young", "old", "income"]
NB = Language("nb")


@pytest.fixture(scope="module", params=NAMES)
def view(request: pytest.FixtureRequest, data: Dataset) -> View:
    return wb.view(data, request.param)


@pytest.fixture(scope="module")
def skien(data: Dataset) -> View:
    return wb.view(data, "Skien")


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def rows_of(table: Tag | None) -> list[list[str]]:
    """Return the cells of the body, each as the lines of its text."""
    assert table is not None
    return [
        ["\n".join(cell.stripped_strings) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def first_lines(table: Tag | None) -> list[str]:
    return [row[0].split("\n")[0] for row in rows_of(table)]


# In short


def test_in_short_names_the_three_most_similar(view: View) -> None:
    names = [row.split("\n")[0] for row in first_lines(soup(network.likeness(view)).table)[1:4]]
    unusual = view.name in ("Oslo", "Utsira")
    sentence = view.say("network.short.similar", names=NB.listed(names), unusual=unusual)
    assert sentence in soup(network.summary(view)).get_text()


def test_in_short_calls_those_of_the_tables_and_nobody_else(view: View) -> None:
    text = soup(network.summary(view)).get_text()
    page = soup(network.further_tables(view))
    tables = page.select("table")
    for heading, table in list(zip(page.select("h3"), tables, strict=True))[:3]:
        names = NB.listed(first_lines(table))
        measure = NB.inside(heading.get_text())
        chance = int(view.beside["alike"].sum() / 40 + 0.5)
        key = "call" if int(view.beside["further"].sum()) > chance else "perhaps"
        assert view.say(f"network.short.{key}", names=names, measure=measure) in text
    alike = int(view.beside["alike"].sum())
    assert (view.say("network.short.none", count=alike) in text) == (not tables)


def test_in_short_says_how_many_findings_may_be_chance(view: View) -> None:
    alike = int(view.beside["alike"].sum())
    found = int((view.beside["ahead"] & (view.beside["low"] > 0)).sum())
    chance = int(alike / 40 + 0.5)
    sentence = view.say("network.short.sure", pairs=alike, found=found, chance=chance)
    assert sentence in soup(network.summary(view)).get_text()


def test_in_short_counts_the_measures_that_nobody_can_be_set_beside(view: View) -> None:
    facts = view.data.measures.set_index("measure")["direction"]
    own = view.data.observations.query("municipality == @view.number")["measure"].unique()
    without = [m for m in own if facts[m] != 0 and m not in set(view.beside["measure"])]
    sentence = view.say("network.short.missing", count=len(without))
    assert sentence in soup(network.summary(view)).get_text()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", ["nb", "en"])
def test_in_short_is_easy_to_read(data: Dataset, name: str, code: str) -> None:
    """LIX: words a sentence, and the share of words longer than six letters."""
    box = soup(network.summary(wb.view(data, name, code))).select("section p")
    text = " ".join(paragraph.get_text() for paragraph in box)
    words = re.findall(r"[^\W\d_]+", text)
    sentences = len(re.findall(r"[.:?!](?=\s|$)", text))
    lix = len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)
    assert lix <= 45, round(lix)
    answer = [paragraph for paragraph in box if "aside" not in paragraph.get("class", [])]
    assert 2 <= len(answer) <= 6


# Likeness


def test_every_trait_of_the_similar_ones_is_that_of_the_figures(view: View) -> None:
    table = rows_of(soup(network.likeness(view)).table)
    numbers = [view.number, *view.similar["municipality"]]
    assert len(table) == len(numbers) == 11
    data = view.data
    for row, number in zip(table, numbers, strict=True):
        residents = data.series("population", number)[2026]
        young = sum(data.series(f"population_{ages}", number)[2026] for ages in ("0_5", "6_15"))
        old = data.series("population_67_plus", number)[2026]
        income = data.series("low_income_share", number)
        expected = [
            NB.number(residents),
            NB.number(data.series("residential_land_per_resident", number)[2024]),
            NB.number(100 * young / residents, 1),
            NB.number(100 * old / residents, 1),
            NB.number(income[2022], 1) if 2022 in income.index else NB.say("common.no_figure"),
        ]
        assert row[0].split("\n")[0] == data.name(number)
        assert row[1:6] == expected
    distances = [float(row[6].replace(",", ".")) for row in table]
    assert distances == sorted(distances) and distances[0] == 0


def test_the_years_of_the_traits_stand_over_them(view: View) -> None:
    heads = [th.get_text(" ") for th in soup(network.likeness(view)).select("thead th")][1:6]
    years = dict(zip(TRAITS, (2026, 2024, 2026, 2026, 2022), strict=True))
    expected = [f"{view.say(f'network.likeness.{key}')} {year}" for key, year in years.items()]
    assert heads == expected


def test_a_missing_trait_is_named(data: Dataset) -> None:
    haram = soup(network.likeness(wb.view(data, "Haram"))).get_text()
    trait = NB.say("network.likeness.trait.income")
    assert NB.say("network.likeness.lacking", names="Haram", trait=trait) in haram
    utsira = wb.view(data, "Utsira")
    numbers = [utsira.number, *utsira.similar["municipality"]]
    assert {data.municipality("Haram"), data.municipality("Ålesund")}.isdisjoint(numbers)
    assert trait not in soup(network.likeness(utsira)).get_text()


# The map


def test_the_list_under_the_map_holds_the_group_and_the_similar_ones(view: View) -> None:
    table = rows_of(soup(network.places(view)).select_one("details table"))
    alike, group = set(view.similar["municipality"]), set(view.peers)
    counties = view.data.municipalities.set_index("number")
    expected = {}
    for number in {view.number} | alike | group:
        kind = (
            "own"
            if number == view.number
            else "both"
            if number in alike & group
            else "similar"
            if number in alike
            else "group"
        )
        county = counties.at[number, "county_name"]
        expected[view.data.name(number)] = [county, view.say(f"network.map.key_{kind}")]
    assert {row[0]: row[1:] for row in table} == expected


def test_the_text_alternative_names_all_that_are_marked(view: View) -> None:
    page = soup(network.places(view))
    title = page.select_one("svg[role=img] > title")
    assert title is not None
    for row in rows_of(page.select_one("details table")):
        assert row[0] in title.get_text()


def test_the_country_shows_a_mark_for_each(view: View) -> None:
    page = soup(network.places(view))
    country = page.select("svg[role=img]")[0]
    rows = rows_of(page.select_one("details table"))
    assert len(country.select("g[transform]")) == len(rows)
    words = {row[2] for row in rows}
    assert [item.get_text(strip=True) for item in page.select("ul.key li")] == [
        text
        for kind in ("own", "similar", "both", "group")
        if (text := view.say(f"network.map.key_{kind}")) in words
    ]


@pytest.mark.parametrize("name", ["Utsira", "Oslo", "Vardø"])
def test_a_mark_stands_where_the_municipality_lies(data: Dataset, name: str) -> None:
    """Its surroundings have it in their middle, and its own land lies under the mark."""
    number = data.municipality(name)
    marked = pd.DataFrame({"number": [number], "mark": ["own"], "label": [name]})
    near = soup(charts.near_map(data.outlines, marked, name="m", alt="a"))
    place = near.select_one("g[transform]")
    assert place is not None and place["transform"] == "translate(200.0 153.8)"
    assert near.select_one("text").get_text() == name  # type: ignore[union-attr]
    row = data.outlines.set_index("number").loc[number]
    alone = data.outlines.assign(outline=row["outline"])[data.outlines["number"] == number]
    land = soup(charts.near_map(alone, marked, name="m", alt="a")).select_one("path[transform]")
    assert land is not None
    # The path is in units of 200 m, of which the map is 650 by 500.
    corners = [
        np.array(re.findall(r"-?\d+", part), dtype=int).reshape(-1, 2).cumsum(axis=0)
        for part in str(land["d"]).removesuffix("z").split("z")
    ]
    assert any((c.min(0) <= (325, 250)).all() and (c.max(0) >= (325, 250)).all() for c in corners)


def test_names_do_not_lie_on_each_other(view: View) -> None:
    for picture in soup(network.places(view)).select("figure svg"):
        boxes = []
        for text in picture.select("text"):
            width = 6.9 * len(text.get_text())
            x, y = float(text["x"]), float(text["y"])
            left = {"start": x, "end": x - width, "middle": x - width / 2}[str(text["text-anchor"])]
            boxes.append((left, y - 10, left + width, y))
            assert left >= -1 and left + width <= 401
        for at, one in enumerate(boxes):
            for other in boxes[:at]:
                apart = one[0] >= other[2] - 1 or other[0] >= one[2] - 1
                assert apart or one[1] >= other[3] - 1 or other[1] >= one[3] - 1


def test_the_maps_are_small(view: View) -> None:
    assert len(network.places(view).encode()) < 130_000


# Who came further


def test_the_tables_show_start_end_and_change_of_both(skien: View) -> None:
    page = soup(network.further_tables(skien) + network.leads(skien))
    rows = pd.concat([network.further(skien), network.ahead(skien)])
    shown = [row for table in page.select("table") for row in rows_of(table)]
    assert len(shown) == len(rows) >= 3
    data = skien.data
    for cells, row in zip(shown, rows.itertuples(), strict=True):
        unit = skien.unit(data.measure(row.measure)["unit"])
        other, own = (data.series(row.measure, n) for n in (row.municipality, "4003"))
        residents = data.series("population", row.municipality)[2026]
        years = (row.first_year, row.last_year)
        assert cells[0].split("\n") == [
            data.name(row.municipality),
            NB.span(*years),
            skien.say("network.further.residents", number=NB.number(residents)),
        ]
        expected = [(other[year], own[year], False) for year in years]
        first, last = expected
        expected.append((last[0] - first[0], last[1] - first[1], True))
        for cell, (value, ours, signed) in zip(cells[1:4], expected, strict=True):
            text, below = (NB.number(v, int(unit["decimals"]), signed) for v in (value, ours))
            assert cell == f"{text}\n{skien.say('network.further.own', value=below)}"


def test_at_most_three_stand_in_a_table_and_all_are_clear(view: View) -> None:
    rows = network.further(view)
    assert rows["further"].all() and (rows["low"] > 0).all()
    assert (rows.groupby("measure").size() <= 3).all()
    weaker = network.ahead(view)
    assert not weaker["further"].any() and (weaker["low"] <= 0).all()


def test_it_says_when_nobody_stands_out(view: View) -> None:
    page = soup(network.further_tables(view))
    assert (view.say("network.further.none") in page.get_text()) == (not page.select("table"))


def test_measures_that_nobody_stands_out_on_are_named(skien: View) -> None:
    page = soup(network.further_tables(skien))
    clear = {str(h["id"]).removeprefix("further-") for h in page.select("h3")}
    facts = skien.data.measures.set_index("measure")
    compared = set(skien.beside["measure"])
    names = [NB.inside(facts.at[m, "name_nb"]) for m in facts.index if m in compared - clear]
    assert names
    assert skien.say("network.further.nobody", names=NB.listed(names)) in page.get_text()


def test_sums_are_never_compared(view: View) -> None:
    facts = view.data.measures.set_index("measure")
    assert (facts.loc[view.beside["measure"].unique(), "aggregation"] != "sum").all()


def test_the_best_may_still_miss_the_target(skien: View) -> None:
    """The warning counts the targets in the tables, and says whom they bind."""
    rows = pd.concat([network.further(skien), network.ahead(skien)])
    measure, other = "ghg_emissions_per_capita", "4001"
    pairs = skien.beside
    row = pairs[(pairs["measure"] == measure) & (pairs["municipality"] == other)]
    assert row["target"].notna().all() and len(row) == 1
    beside = pairs.assign(
        alike=pairs["alike"] | pairs.index.isin(row.index),
        ahead=pairs["ahead"] | pairs.index.isin(row.index),
        further=pairs["further"] | pairs.index.isin(row.index),
    )
    bent = wb.view(skien.data, "Skien")
    vars(bent)["beside"] = beside
    text = soup(network.before_calling(bent)).get_text()
    aimed = int(rows["target"].notna().sum()) + 1
    met = int(rows["met"].eq(True).sum()) + int(row["met"].item())
    assert bent.say("network.before.met", total=aimed, met=met) in text
    assert bent.say(f"common.scope.{row['scope'].item()}") in text
    heading = soup(network.further_tables(bent)).select_one(f"#further-{measure}")
    assert heading is not None
    cells = rows_of(heading.find_next("table"))[0]  # type: ignore[arg-type]
    word = bent.say(f"network.further.{'met' if row['met'].item() else 'not_met'}")
    unit = bent.unit(bent.data.measure(measure)["unit"])
    value = NB.number(row["target"].item(), int(unit["decimals"]))
    assert cells[-1] == f"{value}\n{word}"


def test_no_contact_is_made_up(view: View) -> None:
    text = soup(network.before_calling(view)).get_text()
    assert view.say("network.before.contact") in text
    assert not re.search(r"@|\d{2} \d{2} \d{2} \d{2}|https?:", text)


def test_every_measure_in_use_is_among_the_sources(view: View) -> None:
    names = first_lines(soup(network.sources(view)).table)
    assert len(names) == len(set(names))
    for measure in {"population", "low_income_share", *view.beside["measure"]}:
        assert view.data.measure(measure)["name_nb"] in names
