"""'Whom should we call?': the numbers on the page are the numbers in the figures."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench import charts
from workbench.briefs import climate, network
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


@pytest.fixture(scope="module")
def calling(data: Dataset) -> View:
    """Return a municipality that has somebody worth a call."""
    return wb.view(data, "Tinn")


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


def test_nobody_is_called_where_chance_alone_would_show_as_many(view: View) -> None:
    found = int((view.beside["ahead"] & (view.beside["low"] > 0)).sum())
    chance = int(view.beside["alike"].sum() / 40 + 0.5)
    assert network.worth_a_call(view).empty == (found <= chance)
    if found <= chance:
        assert network.before_calling(view) == ""
        assert network.further_tables(view) == ""


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


# Side by side


def test_the_newest_figures_stand_side_by_side_for_one_year(view: View) -> None:
    page = soup(network.side_by_side(view))
    numbers = [view.number, *view.similar["municipality"]]
    found = set()
    for line, cells in zip(page.select("tbody tr"), rows_of(page.table), strict=True):
        measure, year = str(line["data-measure"]), int(cells[0].split("\n")[-1])
        decimals = int(view.unit(view.measure(measure)["unit"])["decimals"])
        known = view.data.observations[view.data.observations["measure"] == measure]
        newest = known.sort_values("year").groupby("municipality").last()[["year", "value"]]
        assert newest.loc[view.number, "year"] == year
        same = newest.loc[newest["year"] == year, "value"]
        expected = [NB.number(same[at], decimals) if at in same else "–" for at in numbers]
        assert cells[1:] == expected
        found.add(measure)
    assert found <= set(view.standings.loc[view.standings["leads"], "measure"].dropna())


def test_figures_lie_on_the_colour_of_their_tenth_and_better_ones_are_bold(view: View) -> None:
    """Blue for the better five, orange for the others, darker towards either end."""
    page, rows = soup(network.side_by_side(view)), network.placed(view)
    colours: dict[int, set[str]] = {}
    tenths = rows.pivot(index="measure", columns="municipality", values="tenth")
    for line in page.select("tbody tr"):
        of = tenths.loc[str(line["data-measure"])]
        for number, cell in zip(
            [view.number, *view.similar["municipality"]], line.select("td"), strict=True
        ):
            tenth = of.get(number)
            shaded = [str(mark["style"]) for mark in cell.select("span.tenth")]
            assert len(shaded) == pd.notna(tenth)
            if shaded:
                colours.setdefault(int(tenth), set()).add(shaded[0].split(";")[0][-7:])
            assert bool(cell.b) == (pd.notna(tenth) and tenth < of[view.number])
    assert all(len(shades) == 1 for shades in colours.values())
    parts = {at: [int(min(of)[i : i + 2], 16) for i in (1, 3, 5)] for at, of in colours.items()}
    assert all((red < blue) == (at <= 5) for at, (red, _, blue) in parts.items())
    darkness = {at: sum(part) for at, part in parts.items()}
    better, worse = sorted(at for at in parts if at <= 5), sorted(at for at in parts if at > 5)
    assert [darkness[at] for at in better] == sorted(darkness[at] for at in better)
    assert [darkness[at] for at in worse] == sorted((darkness[at] for at in worse), reverse=True)


def test_who_is_in_a_better_tenth_on_the_most_is_named(view: View) -> None:
    """The tenths by hand: how many of ten municipalities with a figure for the year are better."""
    text = soup(network.side_by_side(view)).p.get_text()
    rows, known = network.placed(view), view.data.observations
    better = dict.fromkeys(view.similar["municipality"], 0)
    for (measure, year), part in rows.groupby(["measure", "last_year"]):
        figures = known[(known["measure"] == measure) & (known["year"] == year)]
        values = figures.set_index("municipality")["value"] * view.measure(measure)["direction"]
        before = values.rank(ascending=False, method="min") - 1
        tenths = before * 10 // len(values) + 1
        shown = part.set_index("municipality")["tenth"]
        assert shown.to_dict() == tenths[shown.index].to_dict()
        for number in shown.index.drop(view.number):
            better[number] += shown[number] < shown[view.number]
    most = max(better.values())
    names = [view.names[number] for number, count in better.items() if count == most]
    counts = {"count": most, "best": len(names), "total": rows["measure"].nunique()}
    assert text == view.say("network.side.finding", names=view.some(names), **counts)


# The map


def test_the_text_alternative_names_all_that_are_marked(view: View) -> None:
    title = soup(network.places(view)).select_one("svg[role=img] > title")
    assert title is not None
    for number in {view.number, *view.similar["municipality"], *view.peers}:
        assert view.data.name(number) in title.get_text()


def test_the_country_shows_a_mark_for_each(view: View) -> None:
    page = soup(network.places(view))
    (country,) = page.select("svg[role=img]")
    rows = network.marked(view)
    alike, group = set(view.similar["municipality"]), set(view.peers)
    assert len(country.select("g[transform]")) == len({view.number} | alike | group)
    kinds = {
        "own": [view.number],
        "similar": alike - group,
        "both": alike & group,
        "group": group - alike,
    }
    for kind, numbers in kinds.items():
        assert set(rows.loc[rows["mark"] == kind, "number"]) == set(numbers)
    assert [item.get_text(strip=True) for item in page.select("ul.key li")] == [
        view.say(f"network.map.key_{kind}") for kind, numbers in kinds.items() if numbers
    ]


@pytest.mark.parametrize("name", ["Utsira", "Oslo", "Vardø"])
def test_a_mark_stands_where_the_municipality_lies(data: Dataset, name: str) -> None:
    """Its own land, drawn by itself, lies under the mark."""
    number = data.municipality(name)
    marked = pd.DataFrame({"number": [number], "mark": ["own"], "label": [name]})
    country = soup(charts.country_map(data.outlines, marked, name="m", alt="a"))
    place = country.select_one("g[transform]")
    land = country.select_one("path[transform]")
    assert place is not None and land is not None
    assert country.select_one("text").get_text() == name  # type: ignore[union-attr]
    x, y = (float(part) for part in re.findall(r"[\d.]+", str(place["transform"])))
    scale = float(re.findall(r"[\d.]+", str(land["transform"]))[0])
    kinds = ["own" if own == number else "other" for own in data.outlines["number"]]
    areas = soup(charts.areas_map(data.outlines, kinds, name="m", alt="a"))
    (own,) = areas.select("path.own")
    corners = [
        scale * np.array(re.findall(r"-?\d+", part), dtype=int).reshape(-1, 2).cumsum(axis=0)
        for part in str(own["d"]).removesuffix("z").split("z")
    ]
    assert any(
        (c.min(0) <= (x + 1, y + 1)).all() and (c.max(0) >= (x - 1, y - 1)).all() for c in corners
    )


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
    assert len(network.places(view).encode()) < 100_000


# Who came further


def test_the_tables_show_start_end_and_change_of_both(calling: View) -> None:
    page = soup(network.further_tables(calling))
    rows = network.worth_a_call(calling)
    shown = [row for table in page.select("table") for row in rows_of(table)]
    assert len(shown) == len(rows) >= 1
    data = calling.data
    for cells, row in zip(shown, rows.itertuples(), strict=True):
        unit = calling.unit(data.measure(row.measure)["unit"])
        other, own = (data.series(row.measure, n) for n in (row.municipality, calling.number))
        residents = data.series("population", row.municipality)[2026]
        years = (row.first_year, row.last_year)
        assert cells[0].split("\n") == [
            data.name(row.municipality),
            NB.span(*years),
            calling.say("network.further.residents", number=NB.number(residents)),
        ]
        expected = [(other[year], own[year], False) for year in years]
        first, last = expected
        expected.append((last[0] - first[0], last[1] - first[1], True))
        for cell, (value, ours, signed) in zip(cells[1:4], expected, strict=True):
            text, below = (NB.number(v, int(unit["decimals"]), signed) for v in (value, ours))
            assert cell == f"{text}\n{calling.say('network.further.own', value=below)}"


def test_at_most_three_stand_in_a_table_and_all_are_clear(view: View) -> None:
    rows = network.further(view)
    assert rows["further"].all() and (rows["low"] > 0).all()
    assert (rows.groupby("measure").size() <= 3).all()


def test_sums_are_never_compared(view: View) -> None:
    facts = view.data.measures.set_index("measure")
    assert (facts.loc[view.beside["measure"].unique(), "aggregation"] != "sum").all()


def test_the_best_may_still_miss_the_target(calling: View) -> None:
    """The warning counts the targets in the tables, and says whom they bind."""
    rows = network.worth_a_call(calling)
    pairs = calling.beside
    row = pairs[pairs["target"].notna() & ~pairs["further"]].iloc[[0]]
    measure = row["measure"].item()
    beside = pairs.assign(
        alike=pairs["alike"] | pairs.index.isin(row.index),
        ahead=pairs["ahead"] | pairs.index.isin(row.index),
        further=pairs["further"] | pairs.index.isin(row.index),
    )
    bent = wb.view(calling.data, calling.number)
    vars(bent)["beside"] = beside
    text = soup(network.before_calling(bent)).get_text()
    aimed = int(rows["target"].notna().sum()) + 1
    met = int(rows["met"].eq(True).sum()) + int(row["met"].item())
    assert bent.say("network.before.met", total=aimed, met=met) in text
    assert bent.say(f"common.scope.{row['scope'].item()}") in text
    heading = soup(network.further_tables(bent)).select_one(f"#further-{measure}")
    assert heading is not None
    name = bent.data.name(row["municipality"].item())
    table = rows_of(heading.find_next("table"))  # type: ignore[arg-type]
    (cells,) = [found for found in table if found[0].split("\n")[0] == name]
    word = bent.say(f"network.further.{'met' if row['met'].item() else 'not_met'}")
    unit = bent.unit(bent.data.measure(measure)["unit"])
    value = NB.number(row["target"].item(), int(unit["decimals"]))
    assert cells[-1] == f"{value}\n{word}"


def test_no_contact_is_made_up(view: View) -> None:
    text = soup(network.before_calling(view)).get_text()
    assert (view.say("network.before.contact") in text) == (len(network.worth_a_call(view)) > 0)
    assert not re.search(r"@|\d{2} \d{2} \d{2} \d{2}|https?:", text)


def test_every_measure_in_use_is_among_the_sources(view: View) -> None:
    names = first_lines(soup(network.sources(view)).table)
    assert len(names) == len(set(names))
    for measure in {"population", "low_income_share", *view.beside["measure"]}:
        assert NB.name(view.data.measure(measure)) in names


@pytest.mark.parametrize(
    ("count", "total", "said"),
    [
        (1, 1, "på den ene indikatoren vi"),
        (2, 2, "på begge indikatorene vi"),
        (5, 5, "på alle de fem indikatorene vi"),
        (1, 3, "på én av tre indikatorer vi"),
    ],
)
def test_ahead_on_all_is_said_as_people_say_it(count: int, total: int, said: str) -> None:
    facts = {"name": "Bærum", "names": "Asker", "count": count, "total": total}
    assert said in NB.say("network.side.finding", **facts)


def test_a_trait_that_the_figures_have_no_measure_of_is_left_out(data: Dataset) -> None:
    gone = "residential_land_per_resident"
    kept = {
        name: table[table["measure"] != gone]
        for name, table in vars(data).items()
        if isinstance(table, pd.DataFrame) and "measure" in table
    }
    skien = wb.view(replace(data, **kept), "Skien")
    page = soup(network.likeness(skien))
    assert len(page.select("thead th")) == len(TRAITS) + 1  # a name and a distance, one trait less
    assert "Vi ser på fire kjennetegn" in page.get_text()
    assert (
        set(skien.traits["trait"]) == {*TRAITS} - {"land"}
        and skien.similar["distance"].notna().all()
    )
    everything = [part(skien) for part in (network.summary, network.side_by_side, network.sources)]
    assert all(everything)
    assert soup(climate.land(skien)).get_text()
