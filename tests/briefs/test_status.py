"""'Where do we stand?': the numbers on the page are the numbers in the figures."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench.briefs import status
from workbench.dataset import Dataset
from workbench.views import View

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
    group = figures[figures["municipality"].isin(view.peers)]
    for measure, row in own.iterrows():
        same = group[(group["measure"] == measure) & (group["year"] == row["year"])]["value"]
        if facts.at[measure, "aggregation"] == "sum":
            same = same.iloc[:0]
        own.loc[measure, ["peers", "median"]] = [len(same), same.median()]
        ahead = facts.at[measure, "direction"] * (row["value"] - same.median())
        comparable = len(same) >= 3 and facts.at[measure, "direction"] != 0
        place = "better" if ahead > 0 else "worse" if ahead < 0 else "level"
        own.loc[measure, "place"] = place if comparable else ""
    return own


# In short


def test_in_short_counts_the_indicators_with_figures(view: View) -> None:
    states = list(known(view).values())
    sentence = view.say(
        "status.short.coverage",
        known=len(states),
        total=91,
        direct=states.count("direct"),
        proxy=states.count("proxy"),
    )
    text = soup(status.summary(view)).get_text()
    assert sentence in text
    assert view.say("status.short.missing", missing=91 - len(states)) in text


def test_in_short_counts_where_it_is_better_and_worse_than_the_group(view: View) -> None:
    place = list(newest(view)["place"])
    counts = {key: place.count(key) for key in ("better", "worse", "level")}
    sentence = view.say("status.short.place", group=view.group_name, **counts)
    assert sentence in soup(status.summary(view)).get_text()


def test_in_short_counts_the_targets_that_the_table_shows(view: View) -> None:
    words = [row[4].split("\n")[-1] for row in all_rows(view) if "\n" in row[4]]
    met = words.count(view.say("status.newest.met"))
    assert met + words.count(view.say("status.newest.not_met")) == len(words)
    sentence = view.say("status.short.targets", total=len(words), met=met)
    assert sentence in soup(status.summary(view)).get_text()


def test_in_short_tells_how_old_the_figures_are(view: View) -> None:
    figures = view.data.observations
    held = newest(view)["year"][newest(view).index.isin(with_indicator(view.data))]
    limit = int(figures["year"].max()) - 4
    sentence = view.say(
        "status.short.age",
        newest=int(held.max()),
        old=int((held < limit).sum()),
        total=len(held),
        limit=limit,
    )
    assert sentence in soup(status.summary(view)).get_text()


def with_indicator(data: Dataset) -> set[str]:
    return set(data.measures.loc[data.measures["kpi"].notna(), "measure"])


# What is known


def test_the_squares_and_their_table_count_all_indicators_by_area(view: View) -> None:
    page, states = soup(status.coverage(view)), known(view)
    areas = view.data.kpis.groupby("sub_dimension", sort=False)["code"].agg(list)
    expected = {
        view.label("sub_dimension", area): [
            *(
                sum(states.get(code, "none") == key for code in codes)
                for key in ("direct", "proxy")
            ),
            sum(code not in states for code in codes),
            len(codes),
        ]
        for area, codes in areas.items()
    }
    assert {row[0]: [*map(int, row[1:])] for row in rows_of(page.table)} == expected
    frames = page.select('figure svg rect[fill="#fff"]')
    full = page.select('figure svg rect:not([fill="#fff"])')
    half = page.select("figure svg path")
    counted = list(states.values())
    assert len(frames) == 91
    assert (len(full), len(half)) == (counted.count("direct"), counted.count("proxy"))


def test_the_picture_says_in_words_what_it_shows(view: View) -> None:
    states = list(known(view).values())
    title = soup(status.coverage(view)).select_one("svg[role=img] > title")
    assert title is not None
    assert title.get_text() == view.say(
        "status.coverage.alt",
        total=91,
        direct=states.count("direct"),
        proxy=states.count("proxy"),
        none=91 - len(states),
    )


def test_each_goal_has_its_indicators_counted_and_the_others_are_named(view: View) -> None:
    page, states = soup(status.goals(view)), known(view)
    main = view.data.kpis.set_index("code")["goal"]
    expected = [
        [
            str(sum(states.get(code) == "direct" for code in codes)),
            str(sum(states.get(code) == "proxy" for code in codes)),
            str(len(codes)),
        ]
        for codes in (list(main.index[main == goal]) for goal in sorted(main.unique()))
    ]
    table = rows_of(page.table)
    assert [row[1:] for row in table] == expected
    assert sum(int(row[3]) for row in table) == 91
    without = [
        view.say("common.goal_name", number=goal, name=view.label("goal", goal))
        for goal in range(1, 18)
        if goal not in set(main)
    ]
    assert without
    named = view.say("status.goals.none", goals=view.language.listed(without))
    assert named in page.get_text()


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
        value, year = shown[facts.at[measure, "name_nb"]]
        assert value == view.language.amount(row["value"], view.unit(facts.at[measure, "unit"]))
        assert year.split(",")[0] == str(row["year"])


def test_every_figure_stands_beside_the_median_of_the_group_of_its_year(view: View) -> None:
    facts = view.data.measures.set_index("measure")
    shown = {row[0].split("\n")[0]: row for row in all_rows(view)}
    for measure, row in newest(view).iterrows():
        cell, place = shown[facts.at[measure, "name_nb"]][2:4]
        if row["peers"] < 3:
            assert cell == place == view.say("common.no_figure")
            continue
        unit = view.unit(facts.at[measure, "unit"])
        median = view.language.amount(row["median"], unit)
        assert cell == f"{median}\nn = {row['peers']:.0f}"
        word = view.say(f"status.newest.place.{row['place']}") if row["place"] else None
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
    compared = 0
    for target in targets.itertuples():
        figures = baerum.own(target.measure)
        if figures.empty:
            continue
        last, direction = figures["value"].iloc[-1], facts.at[target.measure, "direction"]
        met = last >= target.value if direction > 0 else last <= target.value
        word = baerum.say("status.newest.met" if met else "status.newest.not_met")
        value = baerum.language.amount(target.value, baerum.unit(facts.at[target.measure, "unit"]))
        cell = shown[facts.at[target.measure, "name_nb"]]
        assert cell.startswith(value) and cell.endswith(f"\n{word}"), target.measure
        compared += 1
    assert compared >= 3


def test_preliminary_figures_are_marked_and_no_others(data: Dataset) -> None:
    view = wb.view(data, LILLESTROM)
    mark = view.say("common.preliminary")
    facts = data.measures.set_index("measure")
    early = newest(view)["status"].notna()
    expected = {facts.at[measure, "name_nb"] for measure in early.index[early]}
    marked = {row[0].split("\n")[0] for row in all_rows(view) if mark in row[1]}
    assert marked == expected
    assert len(expected) == 4


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


def test_every_measure_of_the_brief_is_among_its_sources(view: View) -> None:
    table = rows_of(soup(status.sources(view)).table)
    facts = view.data.measures.set_index("measure")
    assert [row[0].split("\n")[0] for row in table] == [
        facts.at[measure, "name_nb"] for measure in view.assessed["measure"]
    ]
