"""'Are we moving, and which way?': each outcome has its sentence, and each number its figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from scipy import stats

import workbench as wb
from workbench.analysis.backtest import report
from workbench.analysis.standings import STANDINGS
from workbench.briefs import trends
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import Language

NB = Language("nb")


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def rows_of(table: Tag | None) -> list[list[str]]:
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def with_series(data: Dataset, measure: str, values: dict[int, float]) -> View:
    """Return Bærum's view with these figures of a measure in place of its own, and no others."""
    rows = data.observations
    # Residents tell how much figures jump; all other measures would only cost time.
    told = rows["measure"].isin([measure, "population"])
    others = rows[told & ((rows["measure"] != measure) | (rows["municipality"] != "3201"))]
    series = pd.DataFrame({"year": list(values), "value": list(values.values())}).assign(
        measure=measure, municipality="3201", origin="as published", sources="3201"
    )
    table = pd.concat([others, series], ignore_index=True)
    return wb.view(replace(data, observations=table.astype(rows.dtypes)), "3201")


def section(view: View, measure: str) -> BeautifulSoup:
    rows = trends.table(view).set_index("measure", drop=False)
    return soup(trends.section(view, rows.loc[measure]))


def overview_row(view: View, measure: str) -> Tag:
    row = soup(trends.overview(view)).select_one(f'tr:has(a[href="#{measure}"])')
    assert row is not None
    return row


def opening(view: View, key: str, *values: str) -> str:
    """Return how a sentence begins, up to its first value."""
    begun = view.say(key, **dict.fromkeys(values, "|")).partition("|")[0]
    assert len(begun) > 8, "too little to be found by"
    return begun


# Outcomes

UP = [50.0, 51.1, 52, 53.2, 54, 55.1]
DOWN = UP[::-1]
WAVY = [50.0, 55, 48, 56, 49, 51]
#: More is better, less is better, neither.
MEASURES = {1: "voter_turnout_storting", -1: "low_income_share", 0: "flat_share"}


@pytest.mark.parametrize(
    ("direction", "values", "outcome", "reading", "shown"),
    [
        (1, UP, "rising", "better", "better"),
        (1, DOWN, "falling", "worse", "worse"),
        (-1, UP, "rising", "worse", "worse"),
        (-1, DOWN, "falling", "better", "better"),
        (0, UP, "rising", "context", "rising"),
        (0, DOWN, "falling", "context", "falling"),
        (1, WAVY, "unclear", "", ""),
        (-1, UP[:4], "short", "worse", "worse"),
        (1, [50.0] * 6, "unchanged", "", ""),
    ],
)
def test_each_outcome_has_its_sentence_and_its_word(
    data: Dataset, direction: int, values: list[float], outcome: str, reading: str, shown: str
) -> None:
    measure = MEASURES[direction]
    assert data.measure(measure)["direction"] == direction
    years = range(2025 - len(values), 2025)
    view = with_series(data, measure, dict(zip(years, values, strict=True)))
    text = section(view, measure).get_text()
    percent = view.unit("percent")

    facts = {
        "first": NB.amount(values[0], percent),
        "last": NB.amount(values[-1], percent),
        "first_year": years[0],
        "last_year": years[-1],
        "slope": NB.change(abs(values[-1] - values[0]) / (len(values) - 1), percent),
        "n": len(values),
        "window": 1,
    }
    assert view.say(f"trends.outcome.{outcome}", **facts) in text
    if outcome != "unclear":
        for other in ("better", "worse", "context"):
            assert (view.say(f"trends.reading.{other}") in text) == (other == reading)

    word = overview_row(view, measure).select_one(".word")
    assert word is not None
    if shown:
        assert word.get_text() == view.say(f"trends.word.{shown}")
        assert word["class"] == ["word", shown], "the sign before the word goes by the class"


def test_values_that_overlap_get_a_change_and_no_certainty(data: Dataset) -> None:
    measure = "farmland_converted_4y"
    assert data.measure(measure)["window"] == 4
    view = with_series(data, measure, dict(zip(range(2016, 2024), range(80, 0, -10), strict=True)))
    unit = view.unit(data.measure(measure)["unit"])
    sentence = view.say(
        "trends.outcome.overlapping",
        first=NB.amount(80, unit),
        last=NB.amount(10, unit),
        first_year=2016,
        last_year=2023,
        slope=NB.change(10, unit),
        window=4,
        n=8,
    )
    assert sentence in section(view, measure).get_text()
    cells = overview_row(view, measure).select("td")
    assert cells[1].get_text() == NB.change(-10, unit, signed=True)
    assert cells[2].get_text() == view.say("common.no_figure")


def test_fewer_than_three_figures_are_named_and_not_judged(data: Dataset) -> None:
    view = with_series(data, "flat_share", {2023: 50.0, 2024: 60.0})
    assert "flat_share" not in set(trends.table(view)["measure"])
    name = data.measure("flat_share")["name_nb"]
    assert f"{name} (2023–2024)" in soup(trends.left_out(view)).get_text()
    assert name not in soup(trends.overview(view)).get_text()


# Every number of the overview


def by_hand(series: pd.Series, level: float = 0.95) -> tuple[float, float]:
    """Return the drift of a random walk and half of its t interval."""
    steps, gaps = np.diff(series), np.diff(series.index)
    slope = steps.sum() / gaps.sum()
    variance = ((steps - slope * gaps) ** 2 / gaps).sum() / (len(series) - 2)
    half = stats.t.ppf((1 + level) / 2, len(series) - 2) * np.sqrt(variance / gaps.sum())
    return slope, half


@pytest.mark.parametrize("name", ["Bærum", "Skien"])
def test_changes_and_intervals_are_those_of_the_figures(data: Dataset, name: str) -> None:
    view = wb.view(data, name)
    breaks = data.breaks.set_index("measure")["year"]
    certain = 0
    for row in soup(trends.overview(view)).select("tbody tr"):
        link, cells = row.select_one("a"), [cell.get_text() for cell in row.select("td")]
        assert link is not None
        measure = data.measure(str(link["href"]).removeprefix("#"))
        series = data.series(measure["measure"], name)
        series = series[series.index >= breaks.get(measure["measure"], 0)]
        unit = view.unit(measure["unit"])
        slope, half = by_hand(series)
        assert link.get_text() == NB.name(measure)
        assert cells[0] == f"{series.index[0]}–{series.index[-1]}"
        assert cells[1] == NB.change(slope, unit, signed=True)
        if len(series) < 5 or measure["window"] > 1:
            assert cells[2] == view.say("common.no_figure")
            continue
        low, high = NB.interval(slope - half, slope + half, unit)
        assert cells[2] == view.say("trends.overview.from_to", low=low, high=high)
        sure = "clear" if slope - half > 0 or slope + half < 0 else "unclear"
        known = view.stands.set_index("measure").loc[str(measure["measure"])]
        if known["old"]:
            assert cells[3] == view.say("common.standing.old", year=series.index[-1])
        elif series.nunique() > 1:
            assert cells[3].endswith(view.say(f"trends.sure.{sure}"))
            good = np.sign(slope) * measure["direction"]
            moved = {1: "better", -1: "worse", 0: "rising" if slope > 0 else "falling"}[int(good)]
            words = [view.say(f"trends.word.{key}") for key in (moved, "still")]
            assert cells[3].startswith(tuple(words if good else words[:1]))
        certain += 1
    assert certain >= 10


@pytest.mark.parametrize("name", ["Bærum", "Skien", "Lillestrøm", "Ålesund"])
def test_in_short_names_the_kpis_as_the_front_page_counts_them(data: Dataset, name: str) -> None:
    view = wb.view(data, name)
    page = soup(trends.summary(view))
    kpis = view.standings[view.standings["leads"] & (view.standings["n"] >= 3)]
    for sense in ("first", "watch", "on"):
        wanted = kpis[kpis["sense"] == sense]
        lines = [p for p in page.select("p") if p.select_one("[data-measure]")]
        start = view.say(f"trends.short.{sense}", names="").rstrip(" .")
        told = [p for p in lines if p.get_text().startswith(start)]
        assert len(told) == bool(len(wanted))
        for line in told:
            marked = [str(span["data-measure"]) for span in line.select("[data-measure]")]
            assert set(marked) <= set(wanted["measure"])
            assert len(marked) == (len(wanted) if len(wanted) <= 4 else 3)


def test_in_short_counts_background_that_moves(baerum: View) -> None:
    rows = trends.table(baerum)
    kpis = baerum.standings["measure"]
    rows = rows[~rows["measure"].isin(kpis) & ~rows["old"]]
    counts = {way: int((rows["motion"] == way).sum()) for way in ("better", "worse")}
    assert sum(counts.values())
    assert (
        baerum.say("trends.short.background", **counts) in soup(trends.summary(baerum)).get_text()
    )


# One measure


def test_a_section_states_the_interval_and_the_group(baerum: View) -> None:
    measure = "voter_turnout_storting"
    series = baerum.data.series(measure, "3201")
    slope, half = by_hand(series)
    percent = baerum.unit("percent")
    low, high = NB.interval(slope - half, slope + half, percent)
    text = section(baerum, measure).get_text()
    unit = NB.name(percent, "change")
    assert baerum.say("trends.detail.interval", low=low, high=high, unit=unit) in text
    group = baerum.data.observations.query("measure == @measure and year == 2025")
    group = group.loc[group["municipality"].isin(baerum.peers), "value"]
    assert len(group) == 11
    median = NB.amount(group.median(), percent)
    assert baerum.say("trends.detail.peers", median=median, count=11, year=2025) in text


def test_the_finding_stands_before_its_figures_and_how_sure_is_folded(baerum: View) -> None:
    page = section(baerum, "low_income_share")
    opened = [p.get_text() for p in page.select("p") if not p.find_parent("details")]
    assert opened[1].startswith(baerum.say("trends.reading.still"))
    assert "Det er for sakte." in opened[2] and "under 5 prosent" in opened[2]
    assert baerum.say("common.own_base") in opened[3]
    fold = page.select_one("details.printed")
    assert fold is not None and "Endringen per år ligger trolig mellom" in fold.get_text()
    assert not any("Vi har prøvd" in text for text in opened)


def test_the_box_says_which_indicators_move_too_slowly_for_their_target(baerum: View) -> None:
    box = soup(trends.summary(baerum)).get_text()
    name = baerum.language.inside(baerum.language.name(baerum.measure("low_income_share")))
    assert baerum.say("trends.short.slow", names=name) in box
    assert baerum.say("trends.short.enough", names="").removesuffix(" .") not in box


def test_the_table_behind_a_chart_holds_every_figure(baerum: View) -> None:
    measure = "low_income_share"
    page = section(baerum, measure)
    series = baerum.data.series(measure, "3201")
    figures = baerum.data.observations.query("measure == @measure")
    group = figures[figures["municipality"].isin(baerum.peers)].groupby("year")["value"]
    table = rows_of(page.select_one("details table"))
    assert [row[0] for row in table] == [str(year) for year in series.index]
    for row, (year, value) in zip(table, series.items(), strict=True):
        peers = group.get_group(year)
        low, high = NB.number(peers.min(), 1), NB.number(peers.max(), 1)
        assert row[1:] == [
            NB.number(value, 1),
            NB.number(peers.median(), 1),
            f"{low} – {high}",
            str(len(peers)),
        ]


@pytest.mark.parametrize(("last", "met"), [(4.0, True), (5.0, True), (8.2, False)])
def test_a_target_is_met_or_says_what_is_left(data: Dataset, last: float, met: bool) -> None:
    view = with_series(data, "pm25_annual_mean", {2022: 9.0, 2023: 8.5, 2024: last})
    unit = view.unit("µg/m3")
    sentence = view.say(
        f"trends.detail.{'target_met' if met else 'target_away'}",
        target=NB.amount(5, unit),
        year=None,
        gap=NB.gap(abs(last - 5), unit),
    )
    assert sentence in section(view, "pm25_annual_mean").get_text()


def test_a_target_with_a_year_says_which_change_it_takes(data: Dataset) -> None:
    """Half of the share of 2018, by 2030."""
    view = with_series(data, "low_income_share", {2018: 10.0, 2020: 9.0, 2022: 9.0})
    percent = view.unit("percent")
    text = section(view, "low_income_share").get_text()
    sentence = view.say(
        "trends.detail.required",
        required=NB.change((5 - 9) / 8, percent, signed=True),
        slope=NB.change((9 - 10) / 4, percent, signed=True),
    )
    assert sentence in text
    met = with_series(data, "low_income_share", {2018: 10.0, 2020: 9.0, 2022: 5.0})
    text = section(met, "low_income_share").get_text()
    begun = opening(view, "trends.detail.required", "required", "slope").rsplit("tallet", 1)[0]
    assert begun in sentence and begun not in text


def test_figures_from_before_a_break_are_shown_and_not_counted(baerum: View) -> None:
    measure = "tertiary_education_share"
    first = baerum.data.breaks.set_index("measure").loc[measure]
    assert (baerum.own(measure)["year"] < first["year"]).any()
    page = section(baerum, measure)
    note = baerum.say("trends.detail.broken", year=first["year"], reason=first["reason_nb"])
    assert note in page.get_text()
    assert overview_row(baerum, measure).select("td")[0].get_text().startswith(str(first["year"]))
    years = [row[0] for row in rows_of(page.select_one("details table"))]
    assert years == [str(year) for year in baerum.own(measure)["year"]]


def test_a_preliminary_figure_is_marked_in_note_table_and_chart(data: Dataset) -> None:
    measure = "flat_share"
    view = with_series(data, measure, {2021: 50.0, 2022: 51.0, 2023: 52.0})
    table = view.data.observations
    newest = (table["measure"] == measure) & (table["municipality"] == "3201")
    newest &= table["year"] == 2023
    status = table["status"].mask(newest, "preliminary")
    early = wb.view(replace(view.data, observations=table.assign(status=status)), "3201")
    note, mark = view.say("trends.detail.preliminary", year=2023), view.say("common.preliminary")
    for shown, marked in ((early, True), (view, False)):
        page = section(shown, measure)
        cells = [row[1] for row in rows_of(page.select_one("details table"))]
        assert (note in page.get_text()) == marked
        assert [mark in cell for cell in cells] == [False, False, marked]
        assert ("fill:#ffffff" in str(page.svg)) == marked


# Boundaries


def test_asker_names_the_municipalities_that_it_was_merged_from(data: Dataset) -> None:
    asker = wb.view(data, "Asker")
    merged = asker.say("common.origin.merged", numbers=NB.listed(["Asker", "Hurum", "Røyken"]))
    assert merged in section(asker, "voter_turnout_storting").get_text()


def test_a_municipality_that_kept_its_boundaries_names_no_others(baerum: View) -> None:
    text = section(baerum, "voter_turnout_storting").get_text()
    assert opening(baerum, "common.origin.merged", "numbers") not in text


@pytest.mark.parametrize("name", ["Ålesund", "Haram", "Heim"])
def test_a_split_municipality_says_why_earlier_figures_are_missing(
    data: Dataset, name: str
) -> None:
    view = wb.view(data, name)
    aside = data.set_aside[data.set_aside["municipality"] == view.number]
    assert "voter_turnout_storting" in set(aside["measure"])
    page = soup(trends.measures(view) + trends.left_out(view))
    for (measure, reason), part in aside.groupby(["measure", "reason"]):
        heading, name = page.select_one(f"#{measure}"), NB.name(data.measure(measure))
        shown = heading.find_parents("section") if heading else page.select("li, p")
        texts = [place.get_text(" ", strip=True) for place in shown if name in place.get_text()]
        years = NB.listed([str(year) for year in sorted(part["year"])])
        assert any(view.say(f"common.aside.{reason}", years=years) in text for text in texts)


def test_what_changes_a_decision_comes_first_and_the_rest_is_folded(data: Dataset) -> None:
    for name in ("Bærum", "Skien", "Utsira"):
        view = wb.view(data, name)
        page, rows = soup(trends.measures(view)), trends.table(view).set_index("measure")
        open_ = [str(h["id"]) for h in page.select(".most h3")]
        folded = [str(h["id"]) for h in page.select("details h3")]
        assert {*open_, *folded} == set(rows.index) and not set(open_) & set(folded)
        assert 1 <= len(open_) <= 5
        rank = rows["standing"].map(STANDINGS.index)
        assert list(rank[open_]) == sorted(rank[open_])
        kpis = rows[rows["relation"].isin(["direct", "proxy"]) & (rows["sense"] != "level")]
        left = kpis.index.difference(open_)
        assert not len(left) or (len(open_) == 5 and rank[left].min() >= rank[open_].max())
        assert "population" in folded


def test_every_measure_with_a_figure_is_among_the_sources(baerum: View) -> None:
    rows = soup(trends.sources(baerum)).select("[id^=source-]")
    named = {str(row["id"]): row.get_text() for row in rows}
    known = baerum.assessed.set_index("measure")
    assert named == {f"source-{measure}": NB.name(row) for measure, row in known.iterrows()}


def test_the_key_shows_a_mark_for_all_that_charts_draw(baerum: View) -> None:
    page = soup(trends.key(baerum))
    assert len(page.select("ul.key li svg")) == 7
    assert baerum.name in page.get_text()


# Years ahead


def sentence(view: View, row: pd.Series) -> str:
    """Return how often ranges of a measure held, counted in the figures of its own test."""
    found = report(view.data).by_measure
    found = found[found["measure"] == row["measure"]].set_index("horizon")
    if found.empty:
        return view.say("common.tested.untested")
    of = found.loc[min(found.index, key=lambda h: (abs(h - row["years_ahead"]), -h))]
    said = view.say(
        "common.tested.held",
        ahead=of.name,
        held=int(of["years_held"]),
        years=int(of["years"]),
        municipalities=NB.number(of["municipalities"]),
        share=NB.number(100 * of["cover80"]),
    )
    if row["years_ahead"] <= of.name:
        return said
    facts = {"year": int(row["to_year"]), "ahead": int(row["years_ahead"])}
    return f"{said} {view.say('common.tested.beyond', **facts)}"


@pytest.mark.parametrize("name", ["Bærum", "Skien"])
def test_every_range_and_chance_says_how_often_such_ranges_held(data: Dataset, name: str) -> None:
    view = wb.view(data, name)
    ranges = chances = 0
    for _, row in trends.table(view).iterrows():
        text = soup(trends.section(view, row)).get_text(" ")
        begun = opening(view, "trends.ahead.expected", "year", "projected", "low", "high", "unit")
        ranges, chances = ranges + (begun in text), chances + pd.notna(row["chance"])
        if begun in text or pd.notna(row["chance"]):
            assert sentence(view, row) in text, row["measure"]
    assert ranges > 10 and chances > 0


def test_a_figure_that_is_too_old_is_not_drawn_on_and_says_so(data: Dataset) -> None:
    old = dict(zip(range(2008, 2018), [50.0, 52, 49, 51, 53, 50, 52, 54, 51, 53], strict=True))
    view = with_series(data, "flat_share", old)
    assert view.data.observations["year"].max() - 2017 > 6
    page = section(view, "flat_share")
    said = view.say("trends.ahead.withheld.old", year=2030, last_year=2017)
    assert said in page.get_text()
    assert "2030" not in page.svg.get_text(" ").replace(str(page.svg.title), "")  # type: ignore[union-attr]


def among_others(data: Dataset, values: list[float], measure: str = "flat_share") -> View:
    """Return Bærum's view with these figures, among others that have no pace in common."""
    rng = np.random.default_rng(1)
    numbers = [n for n in data.municipalities["number"] if n != "3201"][:40]
    years = range(2025 - len(values), 2025)
    walks = 50 + np.cumsum(rng.normal(0, 1.0, (20, len(values))), axis=1)
    panel = dict(zip(numbers, [*walks, *(100 - walks)], strict=True)) | {"3201": values}
    rows = [
        (measure, number, year, value)
        for number, of_one in panel.items()
        for year, value in zip(years, of_one, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["measure", "municipality", "year", "value"])
    table["origin"], table["sources"] = "as published", table["municipality"]
    others = data.observations[data.observations["measure"] == "population"]
    kinds = data.observations.dtypes
    whole = pd.concat([others, table], ignore_index=True).astype(kinds)
    return wb.view(replace(data, observations=whole), "3201")


@pytest.mark.parametrize(
    ("values", "key", "moved"),
    [
        ([62.0, 61, 60.2, 59, 58.1, 57, 56, 55.2], "shared", True),
        ([62.0, 61, 60, 59, 57, 56, 54, 55.5], "shared", False),  # a fall at all but the last
        ([0.0] * 8, "unchanged", False),
        ([93.0, 94, 96, 97, 98, 99, 99.5, 100], "end", True),
    ],
)
def test_an_estimate_that_stands_still_says_why(
    data: Dataset, values: list[float], key: str, moved: bool
) -> None:
    view = among_others(data, values)
    row = trends.table(view).set_index("measure").loc["flat_share"]
    assert row["projected"] == values[-1]
    facts = {"still": True, "moved": moved, "up": values[-1] > values[0]}
    text = section(view, "flat_share").get_text(" ")
    said = {k: view.say(f"trends.ahead.still.{k}", **facts) for k in ("shared", "unchanged", "end")}
    assert [k for k, words in said.items() if words in text] == [key]


@pytest.mark.parametrize(
    ("share", "explained"), [(0.0, True), (0.2, True), (0.5, False), (-0.5, True)]
)
def test_an_estimate_far_slower_than_the_figures_says_why(
    data: Dataset, share: float, explained: bool
) -> None:
    """Emissions fell clearly; `share` of that pace goes on."""
    view = wb.view(data, "Skien")
    row = view.assessed.set_index("measure", drop=False).loc["ghg_emissions_per_capita"].copy()
    assert row["outcome"] == "falling"
    row["projected"] = row["last"] + share * row["slope"] * row["years_ahead"]
    text = soup(trends.section(view, row)).get_text(" ")
    said = view.say("trends.ahead.still.shared", still=share == 0, moved=True, up=False)
    assert (said in text) == explained


def test_counts_of_persons_stand_still_for_another_reason(baerum: View) -> None:
    row = baerum.assessed.set_index("measure", drop=False).loc["population_16_19"].copy()
    row["projected"] = row["last"]
    text = soup(trends.section(baerum, row)).get_text(" ")
    assert baerum.say("trends.ahead.still.both", still=True) in text
