"""'Which UN goals need a decision?': each goal counted, each figure the newest, nothing decided."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

import workbench as wb
from workbench.analysis import standings
from workbench.briefs import plan
from workbench.briefs.view import View
from workbench.dataset import DATA, Dataset
from workbench.dataset.cells import Faults, read_table
from workbench.dataset.loading import check_references
from workbench.language.translator import Language

NB = Language("nb")
SKIEN = "4003"

# In turn: one goal first, many figures, another group, 200 residents, hardly any figures (split).
NAMES = ["Bærum", "Skien", "Oslo", "Utsira", "Haram"]


@pytest.fixture(scope="module")
def seen(data: Dataset) -> Callable[..., View]:
    """Views by name and language, each assessed once."""
    return cache(lambda name, code="nb": wb.view(data, name, code))


@pytest.fixture(scope="module", params=NAMES)
def view(request: pytest.FixtureRequest, seen: Callable[..., View]) -> View:
    return seen(request.param)


@pytest.fixture(scope="module")
def skien(seen: Callable[..., View]) -> View:
    return seen("Skien")


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def text(piece: str) -> str:
    return soup(piece).get_text(" ", strip=True)


def goal_name(view: View, goal: int) -> str:
    labels = view.data.labels
    found = labels[(labels["kind"] == "goal") & (labels["key"] == str(goal))].iloc[0]
    return f"{goal} {view.language.name(found)}"


def senses(view: View) -> dict[int, Counter[str]]:
    """Return how many KPIs of each goal have which sense, counted one by one."""
    table = standings.standings(view.data, view.number)
    counts: dict[int, Counter[str]] = {}
    for kpi in table[table["leads"]].itertuples():
        counts.setdefault(int(kpi.goal), Counter())[standings.SENSE[str(kpi.standing)]] += 1
    return counts


def place(counts: Counter[str]) -> str:
    """Return what a goal is told as: the most urgent of what its KPIs are."""
    return next(sense for sense in standings.URGENCY if counts[sense])


def changed(view: View, measure: str, **facts: Any) -> BeautifulSoup:
    """Return the section of a measure's goal, with these facts in place of the measure's own."""
    rows = plan.kpis(view)
    goal = rows.loc[rows["measure"] == measure, "goal"].iloc[0]
    own = rows[(rows["goal"] == goal) & (rows["measure"] == measure)].astype(object)
    return soup(plan.section(view, own.assign(**facts)))


# In short


def test_in_short_names_the_goals_with_a_figure_among_the_worst(view: View) -> None:
    counts = senses(view)
    first = [goal for goal in counts if counts[goal]["first"]]
    said = text(plan.summary(view)).split(view.say("common.sure"))[0]
    named = [
        goal for goal in counts if f"mål {goal} «{goal_name(view, goal).split(' ', 1)[1]}»" in said
    ]
    assert named == first
    sentence = said.split(".")[0]
    word = NB.count(len(first)).capitalize() if first else "Ingen"
    assert f"{word} av FNs 17 " in sentence


def test_poverty_is_first_where_it_is_high_and_not_where_half_of_little_is_far(
    seen: Callable[..., View],
) -> None:
    """A third of municipalities of Skien's size are better; Bærum is among the best quarter."""
    own = "low_income_share"
    for name, first in (("Skien", True), ("Utsira", True), ("Bærum", False)):
        view = seen(name)
        counts = senses(view)[1]
        assert bool(counts["first"]) == first
        figure = f"{view.data.series(own, view.number).iloc[-1]:.1f}".replace(".", ",")
        item = soup(plan.sections(view)).select_one(f'div[data-measure="{own}"]')
        assert item is not None and figure in item.get_text()
    skien = seen("Skien")
    first = {goal for goal, counts in senses(skien).items() if counts["first"]}
    assert 1 in first and set(plan.order(skien)["goal"][: len(first)]) == first


def test_in_short_counts_all_seventeen_goals_once(view: View) -> None:
    places = Counter(place(counts) for counts in senses(view).values())
    said = text(plan.summary(view))
    counts = {"unknown": places["level"], "empty": places["none"], "without": 3}
    rest = view.say("plan.short.rest", **counts)
    assert rest in said
    for sense in ("watch", "on"):
        numbers = sorted(goal for goal, counts in senses(view).items() if place(counts) == sense)
        listed = NB.listed(str(number) for number in numbers)
        sentence = view.say(f"plan.short.{sense}", count=len(numbers), goals=listed)
        assert (sentence in said) == bool(numbers)
    assert sum(places.values()) + 3 == 17


def test_in_short_says_how_many_indicators_have_no_figures(view: View) -> None:
    missing = sum(counts["none"] for counts in senses(view).values())
    said = text(plan.summary(view))
    assert view.say("plan.short.missing", missing=missing, total=91) in said
    first = view.say("plan.short.needs")
    told = {place(counts) for counts in senses(view).values()}
    assert (first in said) == (not told & {"first", "watch"})


@pytest.mark.parametrize("code", ["nb", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_the_box_is_easy_to_read(seen: Callable[..., View], name: str, code: str) -> None:
    """LIX: words per sentence and the share of words with more than six letters."""
    box = soup(plan.summary(seen(name, code))).select(".answer p")
    said = " ".join(p.get_text() for p in box)
    words = re.findall(r"[^\W\d_]+", said)
    sentences = re.findall(r"[.:?!](?:\s|$)", said)
    long = sum(len(word) > 6 for word in words)
    assert len(words) / len(sentences) + 100 * long / len(words) <= 45


# All goals


def test_the_overview_counts_every_goal_in_words(view: View) -> None:
    counts = senses(view)
    rows = soup(plan.overview(view)).select("tbody tr")
    assert len(rows) == 17
    seen = {}
    for row in rows:
        name, known, stands = (cell.get_text("", strip=True) for cell in row.select("th, td"))
        goal = int(name.split()[0])
        assert name == goal_name(view, goal)
        seen[goal] = known
        if goal not in counts:
            assert stands == view.say("plan.overview.without")
            continue
        own = counts[goal]
        assert known == f"{sum(own.values()) - own['none']} av {sum(own.values())}"
        for sense in standings.SENSES:
            word = view.say(f"plan.count.{sense}", count=own[sense])
            assert (word in stands) == bool(own[sense]), (goal, sense)
    assert set(seen) == set(range(1, 18))
    assert [goal for goal, known in seen.items() if known == "–"] == [5, 12, 15]


def test_the_brief_tells_the_goals_in_the_order_of_the_overview(view: View) -> None:
    table = [
        int(row.get_text(strip=True).split()[0])
        for row in soup(plan.overview(view)).select("tbody th")
    ]
    page = soup(plan.sections(view))
    told = [int(heading.get_text().split()[0]) for heading in page.select("h3")]
    assert told == table[: len(told)]
    assert [heading["id"] for heading in page.select("h3")] == [f"goal-{goal}" for goal in told]
    counts = senses(view)
    assert set(told) == {goal for goal in counts if place(counts[goal]) != "none"}
    under: dict[int, str] = {}
    for heading in page.select("h2, h3"):
        if heading.name == "h2":
            group = heading.get_text()
        else:
            under[int(heading.get_text().split()[0])] = group
    for goal, heading in under.items():
        assert heading == view.say(f"plan.group.{place(counts[goal])}")


def test_links_in_the_overview_lead_to_their_sections(view: View) -> None:
    links = {a["href"] for a in soup(plan.overview(view)).select("a")}
    anchors = {f"#{h['id']}" for h in soup(plan.sections(view)).select("h3")}
    assert links == anchors


# One goal


def test_each_kpi_with_a_figure_is_told_with_the_newest_one(view: View) -> None:
    page = soup(plan.sections(view))
    told = page.select("section.goal > div:first-of-type > ul > li")
    assert len(told) == (standings.standings(view.data, view.number)["standing"] != "none").sum()
    names = view.data.measures.set_index("measure")
    coverage = view.data.coverage(view.number)
    items = {item.b.get_text(): item.get_text(" ", strip=True) for item in told if item.b}
    for measure in coverage["measure"].dropna():
        series = view.data.series(measure, view.number)
        unit = view.unit(names.at[measure, "unit"])
        value = NB.amount(series.iloc[-1], unit)
        sentence = view.say("plan.said.value", value=value, year=series.index[-1])
        assert sentence in items[NB.name(names.loc[measure])], measure


def test_each_figure_has_its_word_and_says_so_to_programs(view: View) -> None:
    rows = standings.standings(view.data, view.number).set_index("measure")
    words = soup(plan.sections(view)).select(".word[data-measure]")
    assert len(words) == (rows["standing"] != "none").sum()
    for word in words:
        row = rows.loc[str(word["data-measure"])]
        assert word["data-standing"] == row["standing"]
        said = view.say(f"common.standing.{row['standing']}", year=int(row["last_year"]))
        assert word.get_text() == said and str(row["sense"]) in word["class"]


def test_a_target_says_whom_it_binds_and_what_it_takes(skien: View) -> None:
    rows = plan.kpis(skien)
    said = soup(plan.section(skien, rows[rows["goal"] == 13])).get_text(" ", strip=True)
    assert skien.say("common.scope.national") in said
    series = skien.data.series("ghg_emissions_per_capita", SKIEN)
    tonnes = skien.data.observations.query(
        "measure == 'ghg_emissions_per_capita' and municipality == @SKIEN"
    ).set_index("year")
    target = 0.45 * tonnes.at[2009, "numerator"] / tonnes.at[2024, "denominator"]
    required = (series[2024] - target) / (2030 - 2024)
    pace = (series.iloc[0] - series[2024]) / (2024 - series.index[0])
    sentence = skien.say(
        "plan.said.required",
        **{"up": False, "required": NB.change(required, skien.unit("tonnes CO2e per capita"))},
        **{"rose": False, "pace": NB.number(pace, 2)},
    )
    assert sentence in said


@pytest.mark.parametrize(
    ("chance", "word", "percent"),
    [(0.012, "least", 0), (0.06, "about", 5), (0.123, "about", 10), (0.99, "most", 100)],
)
def test_a_chance_is_told_to_five_points(
    skien: View, chance: float, word: str, percent: int
) -> None:
    said = changed(skien, "low_income_share", chance=chance).get_text()
    told = skien.say(f"plan.chance.{word}", percent=percent)
    assert skien.say("plan.said.chance", chance=told, year=2030) in said


@pytest.mark.parametrize("code", ["nb", "en"])
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"standing": "slow", "motion": "better"}, "better"),
        ({"standing": "slow", "motion": "still"}, "still"),
        ({"standing": "away", "motion": "worse"}, "worse"),
        ({"standing": "first", "motion": "better"}, "better"),
        ({"standing": "level", "motion": ""}, "few"),
        ({"standing": "context", "motion": ""}, "context"),
        ({"standing": "old", "motion": "worse"}, "old"),
    ],
)
def test_every_motion_has_one_sentence_and_no_other(
    seen: Callable[..., View], code: str, facts: dict[str, Any], sentence: str
) -> None:
    view = seen("Skien", code)
    page = changed(view, "low_income_share", **facts)
    first = view.language.amount(
        view.data.series("low_income_share", SKIEN)[2018], view.unit("percent")
    )
    item = page.select_one("section div li")
    assert item is not None
    told = [
        key
        for key in ("better", "worse", "still", "few", "old", "context")
        if view.say(f"plan.motion.{key}", first=first, first_year=2018) in item.get_text()
    ]
    assert told == [sentence]


def test_an_old_figure_says_its_year_and_neither_pace_nor_chance(baerum: View) -> None:
    said = changed(baerum, "low_income_share", standing="old", old=True, last_year=2019)
    item = said.select_one("section div li")
    assert item is not None and "2019" in item.get_text()
    for key in ("met", "enough", "slow"):
        assert baerum.say(f"plan.motion.{key}") not in said.get_text()
    assert not said.find(string=re.compile("[Ss]jansen for"))


def test_whose_target_it_is_when_it_comes_from_the_own_base(baerum: View) -> None:
    sentence = baerum.say("common.own_base")
    assert sentence in changed(baerum, "low_income_share").get_text()
    assert sentence not in changed(baerum, "fixed_broadband_1gbps").get_text()


def test_a_target_whose_year_came_after_the_newest_figure_is_left_open(baerum: View) -> None:
    measure = "fixed_broadband_100mbps"
    assert baerum.data.series(measure, "3201").index[-1] == 2022
    said = changed(baerum, measure).get_text()
    assert "Det siste tallet er fra 2022, så vi vet ikke om det ble nådd." in said
    later = changed(baerum, measure, last_year=2025).get_text()
    assert "vet ikke om det" not in later and "Det ble ikke nådd." in later


def test_what_is_unsure_is_said(baerum: View) -> None:
    air = changed(baerum, "pm25_annual_mean").get_text(" ", strip=True)
    assert list(baerum.data.series("pm25_annual_mean", "3201").index[-1:]) == [2019]
    assert baerum.say("plan.unsure.old", year=2019) in air
    assert baerum.say("plan.unsure.few", n=3) in air
    early = changed(baerum, "pm25_annual_mean", preliminary="preliminary").get_text()
    sentence = baerum.say("plan.unsure.preliminary", year=2019)
    assert sentence in early and sentence not in air
    facts = baerum.data.measure("gp_agreements_per_100000")
    kpi = baerum.data.kpis.set_index("code").at[facts["kpi"], "name_nb"]
    proxy = baerum.say("plan.unsure.proxy", kpi=kpi, differs=facts["differs_nb"])
    assert proxy in changed(baerum, "gp_agreements_per_100000").get_text()


@pytest.mark.parametrize(("outcome", "unsure"), [("unclear", True), ("falling", False)])
def test_how_sure_a_direction_is_stands_beside_it(baerum: View, outcome: str, unsure: bool) -> None:
    facts = {"outcome": outcome, "motion": "better"}
    said = changed(baerum, "low_income_share", **facts).get_text()
    assert (baerum.say("plan.unsure.direction") in said) == unsure


def test_a_split_municipality_says_why_earlier_figures_are_missing(
    seen: Callable[..., View],
) -> None:
    haram = seen("Haram")
    aside = haram.data.set_aside.query("municipality == '1580' and reason == 'split'")
    aside = aside[aside["measure"].isin(plan.kpis(haram)["measure"])]
    assert len(aside)
    for _, years in aside.groupby("measure"):
        span = NB.span(years["year"].min(), years["year"].max())
        assert haram.say("common.aside.split", years=span) in text(plan.sections(haram))


# What is missing


#: KPIs without figures; caveats of those with a level only are folded, too.
LACKING = "li:not(:has([data-measure]))"


def test_each_kpi_without_figures_is_named_once(view: View) -> None:
    page = soup(plan.sections(view) + plan.without(view))
    named = Counter(item.get_text() for item in page.select(f"details {LACKING}"))
    table = standings.standings(view.data, view.number)
    assert named == Counter(table.loc[table["standing"] == "none", "name_nb"])
    for block in page.select("section.goal"):
        count = len(block.select(f"details {LACKING}"))
        heading = block.select_one("h3")
        assert heading is not None
        total = sum(senses(view)[int(heading.get_text().split()[0])].values())
        key = "without" if count else "all"
        sentence = view.say(f"plan.goal.{key}", missing=count, kpis=total)
        assert sentence in block.get_text()


def test_caveats_of_a_verdict_are_open_and_those_of_a_level_are_folded(view: View) -> None:
    page, found = soup(plan.sections(view)), 0
    sense = view.standings.dropna(subset="measure").set_index("measure")["sense"]
    for block in page.select("section.goal"):
        for caveat in block.select("div + div li > span[data-measure]"):
            folded = caveat.find_parent("details") is not None
            assert folded is (sense[str(caveat["data-measure"])] == "level")
            found += 1
    assert found > 5


def test_goals_without_figures_and_without_indicators_are_named(view: View) -> None:
    said = soup(plan.without(view))
    empty = sorted(goal for goal, c in senses(view).items() if place(c) == "none")
    listed = said.select_one("ul")
    assert listed is not None
    named = [item.get_text() for item in listed.find_all("li", recursive=False)]
    assert [name.split(" (")[0] for name in named] == [goal_name(view, goal) for goal in empty]
    for goal in (5, 12, 15):
        assert f"mål {goal} «" in said.get_text()


def test_background_that_goes_the_wrong_way_is_told_apart(baerum: View) -> None:
    rows = baerum.assessed
    wrong = rows[
        rows["relation"].isin(["context", "component"])
        & (rows["motion"] == "worse")
        & ~rows["old"]
        & rows["kpi"].notna()
    ]
    items = [item.get_text() for item in soup(plan.beside(baerum)).select("li")]
    assert len(wrong) and len(items) == len(wrong)
    for (_, row), item in zip(wrong.iterrows(), items, strict=True):
        goal = baerum.data.kpis.set_index("code").at[row["kpi"], "goal"]
        assert item == f"{NB.name(row)} ({goal_name(baerum, int(goal))})"


# Who is responsible


def with_responsible(data: Dataset, *rows: tuple[str, int, str]) -> Dataset:
    table = pd.DataFrame(rows, columns=["municipality", "goal", "responsible"])
    return replace(data, responsible=table)


def test_nobody_is_responsible_until_the_municipality_says_so(skien: View) -> None:
    assert skien.data.responsible.empty
    page = plan.sections(skien) + plan.without(skien)
    assert "Ansvarlig:" not in page
    assert skien.say("plan.nobody") in text(page)


def test_who_is_responsible_is_told_as_written_at_its_goal(data: Dataset) -> None:
    filled = with_responsible(
        data,
        (SKIEN, 1, "Kommunalsjef <Oppvekst> & velferd"),
        (SKIEN, 5, "HR"),
        (SKIEN, 2, "Landbrukskontoret"),
        ("3201", 13, "Bærum kommune"),
    )
    view = wb.view(filled, "Skien")
    sections = soup(plan.sections(view))
    heading = sections.select_one("#goal-1")
    assert heading is not None and heading.parent is not None
    assert "Ansvarlig: Kommunalsjef <Oppvekst> & velferd." in heading.parent.get_text()
    assert sections.get_text().count("Ansvarlig:") == 1, "not those of another municipality"
    rest = soup(plan.without(view))
    assert f"{goal_name(view, 2)}. Ansvarlig: Landbrukskontoret." in rest.get_text()
    assert f"{goal_name(view, 5)}. Ansvarlig: HR." in rest.get_text()
    assert view.say("plan.nobody") not in rest.get_text()


def test_a_wrong_row_in_the_table_is_refused_with_its_faults(data: Dataset, tmp_path: Path) -> None:
    described = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    (schema,) = (r["schema"] for r in described["resources"] if r["name"] == "responsible")
    file = tmp_path / "responsible.csv"

    def faults_of(*rows: str) -> list[str]:
        file.write_text("\n".join(["municipality,goal,responsible", *rows, ""]), encoding="utf-8")
        faults = Faults()
        table = read_table(file, schema, faults)
        beside = {"responsible": table, "municipalities": data.municipalities}
        check_references(beside, faults)
        return [str(fault) for fault in faults.listed()]

    assert not faults_of() and not faults_of("4003,1,Plan", "4003,2,Plan", "3201,1,Plan")
    assert faults_of("4003,18,A", "4003,3,", "4003,1,B", "4003,1,C", "9999,1,D") == [
        'responsible.csv, row 2, column "goal": "18" must be at most 17.',
        'responsible.csv, row 3, column "responsible": is empty; a value is required.',
        'responsible.csv, row 5, column "municipality, goal": "4003, 1" '
        "stands in an earlier row already; the key must be unique.",
        'responsible.csv, row 6, column "municipality": "9999" '
        "does not stand in municipalities.csv, column number.",
    ]


# What it must not say


@pytest.mark.parametrize("code", ["nb", "en"])
def test_the_council_is_never_told_what_to_decide(seen: Callable[..., View], code: str) -> None:
    view = seen("Skien", code)
    pieces = [plan.summary, plan.overview, plan.sections, plan.without]
    said = " ".join(text(piece(view)) for piece in pieces)
    must, should = {"nb": ("ommunen må", "bør vurdere"), "en": ("ipality must", "should consider")}[
        code
    ]
    assert must not in said and should in said
    assert view.say("plan.overview.guide") in said and view.say("plan.overview.rule") in said


def test_every_figure_has_its_source(view: View) -> None:
    table = soup(plan.sources(view)).table
    assert isinstance(table, Tag)
    figures = set(standings.standings(view.data, view.number)["measure"].dropna())
    page = soup(plan.sections(view) + plan.beside(view))
    figures |= {str(tag["data-measure"]) for tag in page.select("[data-measure]")}
    assert len(table.select("tbody tr")) == len(figures)
