"""'Where do we stand?': the numbers on the page are the numbers in the figures."""

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench.briefs import status
from workbench.briefs.status import indicators
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import Language

NB = Language("nb")

# In turn: many peers, many measures, preliminary figures, hardly any figures, another group.
NAMES = ["Bærum", "Skien", "Lillestrøm", "Ålesund", "Oslo"]
LILLESTROM = "3205"


@pytest.fixture(scope="module", params=NAMES)
def view(request: pytest.FixtureRequest, data: Dataset) -> View:
    return wb.view(data, request.param)


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def rows_of(table: Tag | None) -> list[list[str]]:
    """Return the cells of the body, each as the lines of its text."""
    assert table is not None
    return [
        ["\n".join(cell.stripped_strings) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def known(view: View) -> dict[str, str]:
    """Return 'direct' or 'proxy' for each indicator with a figure, in the plainest way."""
    figures = view.data.observations
    have = set(figures.loc[figures["municipality"] == view.number, "measure"])
    states: dict[str, str] = {}
    for measure in view.data.measures.itertuples():
        if measure.measure in have and measure.relation in ("direct", "proxy"):
            states[measure.kpi] = min(measure.relation, states.get(measure.kpi, "proxy"))
    return states


def newest(view: View) -> pd.DataFrame:
    """Return the newest figure of each measure with the group's figures of the same year."""
    figures = view.data.observations
    own = figures[figures["municipality"] == view.number].sort_values("year")
    own = own.groupby("measure").tail(1).set_index("measure")
    facts = view.data.measures.set_index("measure")
    group = dict(iter(figures[figures["municipality"].isin(view.peers)].groupby("measure")))
    for measure, row in own.iterrows():
        same = group.get(measure, figures.iloc[:0]).query(f"year == {row['year']}")["value"]
        if facts.at[measure, "aggregation"] == "sum":
            same = same.iloc[:0]
        own.loc[measure, ["peers", "median"]] = [len(same), same.median()]
        ahead = facts.at[measure, "direction"] * (row["value"] - same.median())
        comparable = len(same) >= 3 and facts.at[measure, "direction"] != 0
        place = "better" if ahead > 0 else "worse" if ahead < 0 else "level"
        own.loc[measure, "place"] = place if comparable else ""
    return own


def aims(view: View) -> dict[str, float]:
    """Return the share of its target that each indicator with one reaches, in the plainest way."""
    shares = {}
    facts = view.data.measures.set_index("measure")
    for row in view.data.coverage(view.number).dropna(subset="measure").itertuples():
        targets = view.data.targets[view.data.targets["primary"] == "yes"]
        targets = targets[targets["municipality"].isna() | (targets["municipality"] == view.number)]
        target = targets[targets["measure"] == row.measure]
        if target.empty:
            continue
        years = view.own(row.measure).set_index("year")
        value, aim, base = (
            years["value"].iloc[-1],
            target["value"].item(),
            target["base_year"].item(),
        )
        if target["kind"].item() == "cut":
            if base not in years.index:
                continue
            # A cut of the total is shared among those who live there now.
            start = years["value"][base]
            if target["of"].item() == "numerator":
                start = years["numerator"][base] / years["denominator"].iloc[-1]
            aim = start * (1 - aim / 100)
        up = facts.at[row.measure, "direction"] > 0
        shares[row.kpi] = min(100, 100 * (value / aim if up else aim / value))
    return shares


# In short


def box(view: View) -> str:
    return soup(status.summary(view)).get_text()


def test_in_short_counts_the_indicators_with_figures(view: View) -> None:
    states = list(known(view).values())
    sentence = view.say(
        "status.short.coverage",
        known=len(states),
        total=91,
        direct=states.count("direct"),
        proxy=states.count("proxy"),
    )
    assert sentence in box(view)
    missing = view.say("status.short.missing", missing=91 - len(states), areas=7, scored=0)
    assert missing in box(view), "no area of any municipality has three indicators with a target"


def test_in_short_counts_each_indicator_once_against_the_group(view: View) -> None:
    best = view.data.coverage(view.number)["measure"].dropna()
    place = list(newest(view).loc[best, "place"])
    counts = {key: place.count(key) for key in ("better", "worse", "level")}
    sentence = view.say("status.short.place", group=view.group_name, **counts)
    assert sentence in box(view)
    assert sum(counts.values()) <= len(known(view))


def test_in_short_names_the_indicator_furthest_from_its_target(view: View) -> None:
    shares = pd.Series(aims(view), dtype=float)
    names = view.data.kpis.set_index("code")["name_nb"]
    sentence = view.say(
        "status.short.targets",
        total=len(shares),
        met=int((shares == 100).sum()),
        furthest=names[shares.idxmin()] if len(shares) else "",
    )
    assert sentence in box(view)


def test_in_short_tells_how_old_the_figures_are(view: View) -> None:
    rows = view.data.coverage(view.number)
    held, speaks = rows["latest"].dropna(), rows["measure"].dropna()
    limit = int(view.data.observations["year"].max()) - 4
    sentence = view.say(
        "status.short.sure",
        newest=int(held.max()),
        old=int((held < limit).sum()),
        total=len(held),
        limit=limit,
        proxy=list(known(view).values()).count("proxy"),
        aimed=len(aims(view)),
        reported=int(speaks.str.match(r"(reported|itu)_[0-9]").sum()),
        # All but the criterion for air, and what Bærum decided for cars.
        wider=len(set(aims(view)) - {"EN: EN: AQ: 1C", "EC: I: T: 8A"}),
    )
    assert sentence in box(view)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", ["Skien", "Haram", "Karmøy"])
def test_in_short_is_short_and_easy_to_read(data: Dataset, name: str, language: str) -> None:
    page = soup(status.summary(wb.view(data, name, language)))
    parts = [p.get_text() for p in page.select(".answer p")]
    words = [word for part in parts for word in re.findall(r"[^\W\d_]+|\d+", part)]
    ends = sum(len(re.findall(r"[.:?!](?=\s|$)", part)) for part in parts)
    assert len(words) / ends + 100 * sum(len(word) > 6 for word in words) / len(words) <= 45
    answer = " ".join(p.get_text() for p in page.select(".answer p:not(.aside)"))
    assert 3 <= len(re.findall(r"\.(?=\s|$)", answer)) <= 6


# The wheel


def test_each_indicator_has_its_place_in_the_wheel(view: View) -> None:
    rows, kpis = status.placed(view), view.data.kpis.sort_values("number")
    assert list(rows["kpi"]) == list(kpis["code"])
    places = rows["number"] + rows["letter"]
    paths = kpis["sub_dimension"] + "/" + kpis["category"]
    assert places.nunique() == paths.nunique() == 27
    assert len(set(zip(places, paths, strict=True))) == 27, "a place is a theme of an area"
    assert list(dict.fromkeys(rows["number"])) == list("1234567")
    for _, area in rows.groupby("number"):
        letters = list(dict.fromkeys(area["letter"]))
        assert letters == list("abcdefg"[: len(letters)])


def test_the_wheel_shows_each_figure_by_what_it_is_worth(view: View) -> None:
    page, states, shares = soup(status.wheel(view)), known(view), aims(view)
    svg = page.select_one("figure > svg")
    assert svg is not None
    points = {kpi: sum(share >= edge for edge in (0, 33, 66, 95)) for kpi, share in shares.items()}
    hatched = {p for kpi, p in points.items() if states[kpi] == "proxy"}
    assert len(svg.select("pattern")) == len(hatched)
    assert len(svg.select("path[fill-opacity]")) == len(points)
    marks = [circle["fill"] != "none" for circle in svg.select("circle[cx]")]
    rest = [kpi for kpi in states if kpi not in points]
    assert sorted(marks) == sorted(states[kpi] == "direct" for kpi in rest)
    lines = [text.get_text() for text in svg.select("text")][-2:]
    assert lines == [str(len(states)), view.say("status.wheel.centre", total=91)]


def test_the_picture_says_in_words_what_it_shows(view: View) -> None:
    title = soup(status.wheel(view)).select_one("svg[role=img] > title")
    assert title is not None
    shares, states = aims(view), known(view)
    names = view.data.kpis.set_index("code")["name_nb"]
    order = [code for code in view.data.kpis.sort_values("number")["code"] if code in shares]
    reached = [
        view.say(f"status.wheel.reached.{states[kpi]}", kpi=names[kpi], share=int(shares[kpi]))
        for kpi in order
    ]
    assert title.get_text() == view.say(
        "status.wheel.alt",
        total=91,
        empty=91 - len(states),
        untargeted=len(states) - len(shares),
        reached="; ".join(reached),
    )


def test_points_are_counted_by_dimension_and_area_and_no_score_rests_on_two(view: View) -> None:
    states, shares, kpis = known(view), aims(view), view.data.kpis.sort_values("number")
    expected = []
    for dimension, part in kpis.groupby("dimension", sort=False):
        expected.append(score_row(view, view.label("dimension", dimension), part, states, shares))
        for area, own in part.groupby("sub_dimension", sort=False):
            number = list(kpis["sub_dimension"].unique()).index(area) + 1
            name = f"{number} {view.label('sub_dimension', area)}"
            expected.append(score_row(view, name, own, states, shares))
    table = rows_of(soup(status.wheel(view)).select_one("details table"))
    assert table == expected
    areas = [row for row in table if row[0][0].isdigit()]
    assert (len(table), sum(int(row[1]) for row in areas)) == (10, 91)


def score_row(
    view: View, name: str, kpis: pd.DataFrame, states: dict[str, str], shares: dict[str, float]
) -> list[str]:
    codes = list(kpis["code"])
    points = [sum(shares[code] >= e for e in (0, 33, 66, 95)) for code in codes if code in shares]
    known = [sum(states.get(code) == key for code in codes) for key in ("direct", "proxy")]
    none = view.say("common.no_figure")
    got = view.say("status.wheel.of", points=sum(points), maximum=4 * len(points))
    share = view.language.number(100 * sum(points) / (4 * len(points) or 1))
    score = view.say("status.wheel.percent", share=share)
    few = score if len(points) >= 3 else view.say("status.wheel.too_few")
    said = [got, few] if points else [none, none]
    counts = [str(count) for count in (len(codes), *known, len(points))]
    return [name, *counts, *said, str(len(codes) - len(points))]


def test_three_indicators_with_a_target_are_given_a_score(baerum: View) -> None:
    rows = status.placed(baerum)
    ict = rows["number"] == "1"
    bent = rows.assign(points=rows["points"].mask(ict, [1.0, 2, 4, *[float("nan")] * 88]))
    table = rows_of(soup(indicators.score_table(baerum, bent)).table)
    row = next(row for row in table if row[0].startswith("1 "))
    share = baerum.say("status.wheel.percent", share=58)  # 7 of 12
    assert row[-3:] == [baerum.say("status.wheel.of", points=7, maximum=12), share, "14"]


def test_the_numbers_and_letters_of_the_wheel_are_explained(view: View) -> None:
    page = soup(status.wheel(view))
    items = [item.get_text() for item in page.select("ul.parts li")]
    assert len(items) == 7
    drawn = {text.get_text() for text in page.select("figure > svg text")}
    for item in items:
        number, rest = item.split(" ", 1)
        assert any(text.split(" ")[0] == number for text in drawn)
        named = re.findall("(?:^|[; ])([a-z])\N{NO-BREAK SPACE}", rest)
        assert named and set(named) <= drawn


def test_indicators_with_a_target_stand_with_the_furthest_first_and_who_set_it(view: View) -> None:
    page, shares = soup(status.wheel(view)), aims(view)
    if not shares:
        assert view.say("status.aims.none") in page.get_text()
        assert not page.select("h3")
        return
    names = view.data.kpis.set_index("code")["name_nb"]
    table = rows_of(page.select("table")[-1])
    order = sorted(shares, key=lambda kpi: shares[kpi])
    assert [row[0].split("\n")[0] for row in table] == [names[kpi] for kpi in order]
    percent = [view.say("status.wheel.percent", share=int(shares[kpi])) for kpi in order]
    assert [row[2] for row in table] == percent
    facts = view.assessed.set_index("measure")
    best = view.data.coverage(view.number).set_index("kpi")["measure"]
    for row, kpi in zip(table, order, strict=True):
        assert facts.at[best[kpi], "target_basis_nb"] in row[3]
        assert view.say(f"common.scope.{facts.at[best[kpi], 'target_scope']}") in row[3]


def test_only_a_met_target_shows_a_hundred_per_cent(baerum: View) -> None:
    row = pd.Series({"performance": 99.96})
    assert indicators.share(baerum, row) == "99"
    assert indicators.share(baerum, row + 0.04) == "100"


def test_the_indicators_without_figures_are_all_named(view: View) -> None:
    page = soup(status.missing(view))
    kpis = view.data.kpis
    without = kpis.loc[~kpis["code"].isin(list(known(view))), "name_nb"]
    assert sorted(item.get_text() for item in page.select("li")) == sorted(without)
    lead = view.say("status.missing.lead", count=len(without), total=91)
    assert lead in page.get_text()


# The newest figures


def all_rows(view: View) -> list[list[str]]:
    page = soup(status.newest(view))
    return [row for table in page.select("table") for row in rows_of(table)]


def test_every_measure_shows_its_newest_figure_and_its_year(view: View) -> None:
    facts = view.data.measures.set_index("measure")
    shown = {row[0].split("\n")[0]: row[1].split("\n") for row in all_rows(view)}
    expected = newest(view)
    assert len(shown) == len(expected)
    for measure, row in expected.iterrows():
        value, year = shown[NB.name(facts.loc[measure])]
        assert value == view.language.amount(row["value"], view.unit(facts.at[measure, "unit"]))
        assert year.split(",")[0] == str(row["year"])


def test_every_figure_stands_beside_the_median_of_the_group_of_its_year(view: View) -> None:
    facts = view.data.measures.set_index("measure")
    shown = {row[0].split("\n")[0]: row for row in all_rows(view)}
    for measure, row in newest(view).iterrows():
        cell, place = shown[NB.name(facts.loc[measure])][2:4]
        if row["peers"] < 3:
            assert cell == place == view.say("common.no_figure")
            continue
        unit = view.unit(facts.at[measure, "unit"])
        median = view.language.amount(row["median"], unit)
        group = view.say("status.newest.group", count=int(row["peers"]))
        assert cell == f"{median}\n{group}"
        judged = row["place"] and row["year"] >= view.first_recent
        word = view.say(f"status.newest.place.{row['place']}") if judged else None
        assert place.split("\n")[1:] == ([word] if word else []), measure


def test_each_strip_says_in_words_what_it_shows(baerum: View) -> None:
    figures = baerum.data.observations.query("measure == 'low_income_share' and year == 2022")
    group = figures.loc[figures["municipality"].isin(baerum.peers), "value"]
    own = figures.loc[figures["municipality"] == "3201", "value"].item()
    write = baerum.language.amount
    percent = baerum.unit("percent")
    alt = baerum.say(
        "status.newest.strip_alt",
        value=write(own, percent),
        low=write(group.min(), percent),
        high=write(group.max(), percent),
        median=write(group.median(), percent),
    )
    titles = [title.get_text() for title in soup(status.newest(baerum)).select("svg > title")]
    assert alt in titles


def test_a_figure_that_meets_its_target_is_told_from_one_that_does_not(baerum: View) -> None:
    shown = {row[0].split("\n")[0]: row[4] for row in all_rows(baerum)}
    facts = baerum.data.measures.set_index("measure")
    targets = baerum.data.targets.query("kind == 'level' and primary == 'yes'")
    targets = targets[targets["municipality"].isna() | (targets["municipality"] == "3201")]
    compared = 0
    for target in targets.itertuples():
        figures = baerum.own(target.measure)
        if figures.empty:
            continue
        last, direction = figures["value"].iloc[-1], facts.at[target.measure, "direction"]
        met = last >= target.value if direction > 0 else last <= target.value
        word = baerum.say("status.newest.met" if met else "status.newest.not_met")
        if figures["year"].iloc[-1] < baerum.first_recent:
            word = baerum.say("common.standing.old", year=figures["year"].iloc[-1])
        value = baerum.language.amount(target.value, baerum.unit(facts.at[target.measure, "unit"]))
        cell = shown[NB.name(facts.loc[target.measure])]
        assert cell.startswith(value) and cell.endswith(f"\n{word}"), target.measure
        compared += 1
    assert compared >= 3


def test_preliminary_figures_are_marked_and_no_others(data: Dataset) -> None:
    view = wb.view(data, LILLESTROM)
    mark = view.say("common.preliminary")
    facts = data.measures.set_index("measure")
    early = newest(view)["status"].notna()
    expected = {NB.name(facts.loc[measure]) for measure in early.index[early]}
    marked = {row[0].split("\n")[0] for row in all_rows(view) if mark in row[1]}
    assert marked == expected
    assert len(expected) == 5


# What ITU printed


def test_what_itu_printed_is_shown_to_the_letter(data: Dataset) -> None:
    view = wb.view(data, "Karmøy")
    results = data.u4ssc_results.query("municipality == '1149'")
    table = rows_of(soup(status.printed(view)).table)
    reported = results.loc[results["reported"] == "yes", "printed"]
    not_reported = view.say("status.printed.not_reported")
    assert sorted(row[1] for row in table) == sorted(
        [*reported, *[not_reported] * (len(results) - len(reported))]
    )


def test_nothing_is_said_of_itu_where_it_printed_nothing(data: Dataset) -> None:
    assert status.printed(wb.view(data, "Heim")) == ""


def test_each_newest_figure_leads_to_its_source(baerum: View) -> None:
    pages = soup(status.newest(baerum)), soup(status.sources(baerum))
    rows = {tag["id"]: tag.find_parent("tr") for tag in pages[1].select("span[id]")}
    figures = pages[0].select("tbody tr")
    facts = baerum.data.measures.set_index("measure")
    assert len(figures) == len(rows) == len(newest(baerum))
    for figure in figures:
        links = figure.select("a")
        assert len(links) == 1
        name = str(links[0]["href"]).removeprefix("#")
        measure = name.removeprefix("source-")
        cells = [cell.get_text() for cell in rows[name].select("th, td")]
        assert cells[0].startswith(NB.name(facts.loc[measure]))
        assert figure.get_text().startswith(NB.name(facts.loc[measure]))
        assert cells[1] == baerum.say(f"common.relation.{facts.at[measure, 'relation']}")
        assert links[0].get_text() in cells[2]
        assert str(facts.at[measure, "boundaries"]) in cells[4] or "år" in cells[4]


def test_every_measure_of_the_brief_is_among_its_sources(view: View) -> None:
    table = rows_of(soup(status.sources(view)).table)
    facts = view.data.measures.set_index("measure")
    assert [row[0].split("\n")[0] for row in table] == [
        NB.name(facts.loc[measure]) for measure in view.assessed["measure"]
    ]


def test_all_and_none_are_said_as_people_say_them(baerum: View) -> None:
    def place(**counts: int) -> str:
        return baerum.say("status.short.place", group="andre", **counts)

    def lead(count: int) -> str:
        return baerum.say("status.missing.lead", count=count, total=91)

    assert "på begge indikatorene." in place(better=2, worse=0, level=0)
    assert "på alle de fem indikatorene." in place(better=5, worse=0, level=0)
    assert "på fem av åtte indikatorer og dårligere på tre." in place(better=5, worse=3, level=0)
    assert lead(0) == "Vi har tall for alle de 91 indikatorene."
    assert "mangler Bærum tall for 3 av 91" in lead(3)
    short = "plan.short.missing"
    assert baerum.say(short, missing=0, total=91) == "Alle de 91 indikatorene har tall."
