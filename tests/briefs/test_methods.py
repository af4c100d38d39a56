"""'How do we know?': every number comes from the frames, and what is claimed of them holds."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import html5lib
import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat import v4
from scipy import stats

import workbench as wb
from workbench import charts
from workbench.analysis import backtest
from workbench.analysis.assessment import judgements, projections
from workbench.analysis.backtest import Report
from workbench.analysis.chances import gaps
from workbench.analysis.motion import INDICATORS, PEOPLE, SPLIT, Motion
from workbench.analysis.verdicts import SENSE
from workbench.batch.notebooks import NOTEBOOKS
from workbench.briefs import methods
from workbench.charts import OWN, PEERS
from workbench.dataset import Dataset
from workbench.language.translator import Language, languages
from workbench.methods import sdsn
from workbench.rendering import page as publish

NB = Language("nb")
DASH = "–"


def soup(piece: str) -> BeautifulSoup:
    return BeautifulSoup(piece, "html5lib")


def text_of(piece: str) -> str:
    """Return what is read, with common spaces."""
    return re.sub(r"\s+", " ", soup(piece).get_text(" ")).strip()


def said(key: str, **values: object) -> str:
    return re.sub(r"\s+", " ", NB.say(f"methods.{key}", **values))


def rows_of(table: Tag | None) -> list[list[str]]:
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def table_of(piece: str, key: str) -> list[list[str]]:
    """Return the rows of the table with this caption."""
    caption = NB.say(f"methods.{key}")
    found = [table for table in soup(piece).select("table") if table.caption]
    return rows_of(next(t for t in found if t.caption and t.caption.get_text() == caption))


@pytest.fixture(scope="module")
def every(data: Dataset) -> Report:
    return backtest.report(data)


@pytest.fixture(scope="module")
def later(data: Dataset) -> Report:
    return backtest.report(data, split=SPLIT)


# The page


@pytest.fixture(scope="module")
def pages(data: Dataset) -> dict[str, str]:
    """The page in each language, from the calls of the notebook."""
    notebook = nbformat.read(NOTEBOOKS / "00_methods.ipynb", as_version=4)
    made = {}
    for code in languages():
        node = v4.new_notebook()
        for cell in notebook.cells:
            if cell.cell_type == "code" and not cell.metadata.get("tags"):
                piece = eval(cell.source, {"wb": wb, "data": data, "language": code})
                shown = v4.new_output("execute_result", {"text/html": piece._repr_html_()})
                node.cells.append(v4.new_code_cell(cell.source, outputs=[shown]))
        say = Language(code).say
        about = publish.Page(
            say("methods.title"), code, "ab", "index.html", say("common.back"), say("common.skip")
        )
        made[code] = publish.page(node, about)
    return made


@pytest.fixture(params=languages(), scope="module")
def text(request: pytest.FixtureRequest, pages: dict[str, str]) -> str:
    return pages[request.param]


@pytest.fixture(scope="module")
def page(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html5lib")


def test_a_strict_parser_finds_no_fault_and_the_page_is_light(text: str) -> None:
    html5lib.HTMLParser(strict=True).parse(text)
    assert len(text.encode()) < 300_000


def test_one_heading_names_the_page_and_levels_never_skip(page: BeautifulSoup) -> None:
    levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert max(after - before for before, after in pairwise(levels)) <= 1


def test_the_answer_comes_first(page: BeautifulSoup) -> None:
    second = page.select("h2")[0]
    assert second.parent is not None and second.parent["class"] == ["answer"]


def test_ids_are_unique_and_tables_say_what_they_head(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert all(header.get("scope") in ("col", "row") for header in page.select("th"))
    for table in page.select("table"):
        assert len({len(row.select("th, td")) for row in table.select("tr")}) == 1
        assert table.select("tbody tr") and table.caption
    assert all(region.get("aria-label") for region in page.select(".scroll"))


def test_the_picture_has_an_alternative(page: BeautifulSoup) -> None:
    pictures = page.select("svg")
    assert len(pictures) == 1
    title = pictures[0].find(True, recursive=False)
    assert isinstance(title, Tag) and title.name == "title" and len(title.get_text()) > 100
    assert pictures[0]["aria-labelledby"] == title["id"]


def test_the_page_runs_nothing_and_leads_to_no_host(page: BeautifulSoup, text: str) -> None:
    assert not page.select("script, iframe, object, embed, link, base, form, img")
    links = [str(tag["href"]) for tag in page.select("[href]")]
    assert all(link.startswith("#") or link == "index.html" for link in links)
    assert not re.search(r"https?:|@import|javascript:", text)


def test_no_value_is_missing_and_no_sentence_has_a_hole(page: BeautifulSoup) -> None:
    assert page.body is not None
    words = page.body.get_text(" ")
    assert not re.search(r"\b(nan|NaN|NaT|None|<NA>|inf|True|False)\b|[{}]|%}", words)
    for paragraph in page.select("p, li, caption, title, summary, figcaption"):
        words = re.sub(r"[^\S\N{NO-BREAK SPACE}]+", " ", paragraph.get_text()).strip()
        assert not re.search(r" [.,;:]|\.\.|,,|\(\)|  |\( | \)", words), words


def prose(page: BeautifulSoup) -> list[str]:
    """Return the paragraphs that are read without unfolding anything, without formulas."""
    for tag in page.select("details, svg, table, .note, .formula, figcaption"):
        tag.extract()
    return [tag.get_text() for tag in page.select("main p, main li, h1, h2, h3")]


WORD = r"[^\W\d_][-’\w]*|\d(?:[\d\s]*\d)?"


@pytest.mark.parametrize(("code", "most"), [("nb", 1450), ("en", 1650)])
def test_it_is_read_in_some_five_minutes(pages: dict[str, str], code: str, most: int) -> None:
    counts = [len(re.findall(WORD, part)) for part in prose(soup(pages[code]))]
    assert 600 < sum(counts) <= most


def lix(parts: list[str]) -> float:
    """Return the readability of a text: 25 is easy, 45 about a newspaper, 55 hard."""
    words = [word for part in parts for word in re.findall(r"[^\W\d_]+|\d(?:[\d\s,]*\d)?", part)]
    ends = sum(len(re.findall(r"[.:?!](?=\s|$)", part)) for part in parts)
    return len(words) / ends + 100 * sum(len(word) > 6 for word in words) / len(words)


def test_the_reckoning_of_readability_is_right() -> None:
    assert lix(["Katten sov. Hunden bjeffet ute."]) == pytest.approx(5 / 2 + 100 / 5)


def test_in_short_is_easy_to_read(pages: dict[str, str]) -> None:
    box = [p.get_text() for p in soup(pages["nb"]).select(".answer p")]
    assert len(box) == 7
    assert lix(box) <= 45
    whole = [p for p in prose(soup(pages["nb"])) if re.search(r"[.:?!]$", p)]
    assert lix(whole) <= 45


def test_what_is_cited_is_in_the_literature_and_nothing_else(page: BeautifulSoup) -> None:
    books = {
        re.match(r"(\w+),.*?\((\d{4})\)", item.get_text()).groups()  # type: ignore[union-attr]
        for item in page.select("details li")
    }
    notes = " ".join(tag.get_text() for tag in page.select("main p"))
    cited = re.findall(r"([A-Z]\w+)(?: (?:og|and) [A-Z]\w+)? \(?((?:19|20)\d\d)\)", notes)
    assert len(books) == 10
    assert set(cited) == books


def test_what_is_english_says_so_to_a_screen_reader(pages: dict[str, str]) -> None:
    cells = soup(pages["nb"]).select("details td span[lang=en]")
    assert "no measure of travel time is in data/observations" in {c.get_text() for c in cells}


# Where figures come from


def test_figures_are_counted_and_what_is_set_aside_by_reason(data: Dataset) -> None:
    piece = methods.figures(data, "nb")
    text = text_of(piece)
    assert f"Vi bruker {NB.number(len(data.observations))} tall".replace("\xa0", " ") in text
    known = data.measures[data.measures["measure"].isin(data.observations["measure"])]
    kpis = known.query("relation in ['direct', 'proxy']")["kpi"].nunique()
    assert f"gir de tall for {kpis} av de 91 U4SSC" in text
    rows = table_of(piece, "figures.caption")
    aside = data.set_aside["reason"].value_counts()
    assert {row[0]: int(row[1]) for row in rows} == {
        NB.say(f"methods.aside.{reason}"): count for reason, count in aside.items()
    }
    assert sum(int(row[1]) for row in rows) == len(data.set_aside)
    split = data.set_aside.query("reason == 'split'")["municipality"].nunique()
    assert rows[0] == [NB.say("methods.aside.split"), str(aside["split"]), str(split)]


def test_a_publisher_without_a_label_stands_by_its_key(data: Dataset) -> None:
    first = data.measures.index[0]
    named = data.measures["publisher"].mask(data.measures.index == first, "Kommunens fagsystem")
    own = replace(data, measures=data.measures.assign(publisher=named))
    assert "Kommunens fagsystem" in text_of(methods.sources(own, "nb"))
    row = own.measures.iloc[0]
    assert wb.view(own, "3201").label("publisher", row["publisher"]) == "Kommunens fagsystem"


def test_how_figures_came_about_adds_up(data: Dataset) -> None:
    origin = data.observations["origin"].value_counts()
    added = origin.drop(["as published", "renumbered"]).sum()
    facts = {
        "published": NB.number(origin["as published"]),
        "renumbered": NB.number(origin["renumbered"]),
        "added": NB.number(added),
    }
    assert said("figures.origin", **facts) in text_of(methods.figures(data, "nb"))


def test_figures_that_all_fit_leave_no_table_of_what_does_not(data: Dataset) -> None:
    whole = replace(data, set_aside=data.set_aside.iloc[:0])
    assert not soup(methods.figures(whole, "nb")).select("table")


# Trend


def test_each_outcome_is_counted_once(data: Dataset) -> None:
    rows = table_of(methods.trend(data, "nb"), "trend.caption")
    counts = wb.trend(data)["outcome"].value_counts()
    numbers = [int(re.sub(r"\s", "", row[2])) for row in rows]
    assert sorted(numbers) == sorted(counts)
    assert sum(numbers) == len(data.observations.groupby(["measure", "municipality"]))
    words = [NB.say(f"trends.sure.{key}") for key in ("rising", "falling", "unclear")]
    assert [row[0] for row in rows[:3]] == words
    assert numbers[:3] == [counts["rising"], counts["falling"], counts["unclear"]]


def test_breaks_are_named_with_their_year(data: Dataset) -> None:
    text = text_of(methods.trend(data, "nb"))
    names = data.measures.set_index("measure").apply(NB.name, axis=1)
    for measure, year in data.breaks[["measure", "year"]].itertuples(index=False):
        assert f"{NB.inside(names[measure])} ({year})" in text
    none = replace(data, breaks=data.breaks.iloc[:0])
    assert "brudd" not in text_of(methods.trend(none, "nb"))


# Projection


def test_the_formula_of_the_range_is_that_of_the_projection(data: Dataset) -> None:
    one, text = np.ones(1), text_of(methods.ahead(data, "nb"))
    parts = 0 * one, 0.3 * one, 2 * one, 5 * one, 0.5 * one, 0.1 * one
    for constants in (INDICATORS, PEOPLE):
        motion = Motion(one, 2025 * one, 9 * one, *parts, "plain", constants)
        for h in (1, 2, 5):
            k = sum(year**2 for year in range(1, h))
            width = 2.5 * (h + constants.slope_change * k) + h**2 * 0.4
            found = motion.distribution(2025 + h)[1][0]
            assert found == pytest.approx(np.sqrt(width)), "T of a chance is divided by this"
            half = motion.quantile(2025 + h, 0.9) - motion.quantile(2025 + h, 0.5)
            student = stats.t.ppf(0.9, motion.freedom)
            assert half == pytest.approx(constants.widened * student * np.sqrt(width))
    assert INDICATORS.slope_change == 0, "the formula of indicators has no such term"
    for key, facts in (
        ("width", {"widened": INDICATORS.widened}),
        ("width_people", {"widened_people": PEOPLE.widened, "change": PEOPLE.slope_change}),
    ):
        written = {name: NB.number(value, 2) for name, value in facts.items()}
        assert said(f"ahead.{key}", **written) in text
        for name, value in facts.items():
            assert float(written[name].replace(",", ".")) == value, "written in full"


def test_every_constant_is_in_the_table(data: Dataset) -> None:
    rows = table_of(methods.ahead(data, "nb"), "constants.caption")
    fields = set(vars(INDICATORS)) - {"own_pace"}
    assert {row[0] for row in rows} == {said(f"constants.{name}") for name in fields}
    assert [said("constants.damping"), "0,85", "0,95"] in rows


def test_chances_that_are_stated_now_are_counted(data: Dataset) -> None:
    count = projections(data)["chance"].notna().sum()
    assert said("ahead.now", stated=NB.number(count)) in text_of(methods.ahead(data, "nb"))


# How often it was right


def test_the_record_is_that_of_years_that_chose_nothing(data: Dataset, later: Report) -> None:
    rows = table_of(methods.record(data, "nb"), "record.hits_caption")
    macro = later.macro[later.macro["size"] == "all"]
    assert len(rows) == len(macro) == 16
    for row, (_, expected) in zip(rows, macro.iterrows(), strict=True):
        assert row[1:3] == [NB.number(expected[key]) for key in ("horizon", "measures")]
        covered = [NB.number(100 * expected[f"cover{of}"], 1) for of in (80, 95)]
        names = ["error", "error_last", "interval_score80", "interval_score80_naive"]
        assert row[3:] == covered + [NB.number(expected[name], 2) for name in names]
    assert [row[0] for row in rows] == ["Indikatorer"] * 8 + ["Folketall"] * 8


def test_every_measure_and_horizon_is_in_the_long_table(data: Dataset, every: Report) -> None:
    rows = table_of(methods.record(data, "nb"), "record.measures_caption")
    names = data.measures.set_index("measure").apply(NB.name, axis=1)
    frame = every.by_measure
    expected = {(names[m], str(h)) for m, h in frame[["measure", "horizon"]].to_numpy()}
    assert {(row[0], row[1]) for row in rows} == expected
    assert len(rows) == len(frame)
    order = [names.tolist().index(row[0]) for row in rows]
    assert order == sorted(order), "in the order of the measures"


def test_the_numbers_behind_the_diagram_are_those_of_the_tenths(
    data: Dataset, every: Report
) -> None:
    rows = table_of(methods.record(data, "nb"), "record.chart_table")
    for row, (_, tenth) in zip(rows, every.reliability.iterrows(), strict=True):
        assert row == [
            tenth["tenth"].replace("-", DASH).replace(" ", "\xa0"),
            NB.number(tenth["n"]),
            NB.number(100 * tenth["stated"], 1),
            NB.number(100 * tenth["happened"], 1),
            NB.number(tenth["apart"], 1, signed=True),
        ]


def test_what_is_not_reached_is_so(data: Dataset, every: Report, later: Report) -> None:
    """Each claim of the list, computed again."""
    text = text_of(methods.record(data, "nb"))
    macro = later.macro[(later.macro["kind"] == "indicators")].set_index(["size", "horizon"])
    won = {h: tuple(macro.loc[("all", h), ["better", "measures"]]) for h in range(1, 9)}
    weakest = min(won, key=lambda h: won[h][0] / won[h][1])
    facts = dict(zip(("better", "measures"), map(NB.number, won[weakest]), strict=True))
    assert said("record.limit_naive", ahead=weakest, **facts) in text
    votes = later.by_measure[~later.by_measure["measure"].isin(later.people)].set_index("measure")
    known = votes.groupby("measure")["municipalities"].max() >= 10
    votes = votes[(votes["horizon"] == weakest) & known.reindex(votes.index)]
    ratios = votes["interval_score80"] / votes["interval_score80_naive"]
    lost, far = ratios[ratios >= 1], ratios[ratios >= 1.05].index
    assert (len(ratios) - len(lost), len(ratios)) == won[weakest]
    counts = {"near": 5, "close": len(lost) - len(far), "lost": len(lost)}
    wide = int((votes.loc[far, "cover80"] > 0.8).sum())
    assert said("record.limit_lost", **counts, wide=wide) in text
    large = macro.loc["large", "cover80"]
    assert large.min() < 0.75, "as is said: too few"
    shown = {"residents": NB.number(20_000), "low": NB.number(100 * large.min())}
    assert said("record.limit_large", ahead=int(large.idxmin()), **shown) in text
    sure = gaps(every.cells[~every.cells["measure"].isin(every.unproven)])
    assert f"bommer i snitt med {NB.number(sure['mean'], 1)} prosentpoeng" in text
    assert f"og {NB.number(100 * sure['far'])} prosent av dem med mer enn 10" in text


def test_in_short_tells_what_the_sections_tell(data: Dataset, every: Report, later: Report) -> None:
    text = text_of(methods.summary(data, "nb"))
    counts = wb.trend(data)["outcome"].value_counts()
    clear = counts["rising"] + counts["falling"]
    facts = {"clear": NB.number(clear), "tested": NB.number(clear + counts["unclear"])}
    assert said("short.trend", **facts) in text
    rows = later.macro[(later.macro["kind"] == "indicators") & (later.macro["size"] == "all")]
    cover, error = rows["cover80"], 100 * rows["error"] / rows["error_last"]
    assert f"{NB.number(100 * cover.iloc[0])} av 100 i spennet ett år fram" in text
    assert f"og {NB.number(100 * cover.iloc[-1])} av 100 åtte år fram" in text
    assert f"åtte år fram med {NB.number(error.iloc[-1])} prosent" in text
    high = every.reliability.tail(5)
    reached = round((high["n"] * high["happened"]).sum())
    assert f"Det ble nådd {NB.number(reached)} ganger".replace("\xa0", " ") in text


# Published methods


def test_verdicts_name_their_thresholds(data: Dataset) -> None:
    text = text_of(methods.verdicts(data, "nb"))
    for words in (
        "Fra 95 prosent er det i rute, fra 60 moderat framgang, fra 0 for liten framgang",
        "Fra 95 prosent er det i rute, fra 50 moderat framgang, fra 10 liten framgang, fra 0",
        "siste seks tallene (minst fire)",
        "Under 5 prosent gir sol, opptil 20 sol og sky",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("value", "status"),
    [(60, "on_track"), (50, "moderately_improving"), (49, "stagnating"), (39, "decreasing")],
)
def test_the_thresholds_of_sdsn_are_those_that_the_text_names(value: float, status: str) -> None:
    """From 40 in 2015 to a target of 100 in 2030: 4 a year are enough, and 2 are a half."""
    found = sdsn.trend(2015.0, 40.0, 2020.0, value, worst=0.0, best=100.0, green=100.0)
    assert found.status == status


def test_agreement_is_counted_among_series_with_a_target(data: Dataset) -> None:
    piece = methods.verdicts(data, "nb")
    now, _ = judgements(data)
    aimed = now[now["target"].notna()]
    senses = pd.DataFrame({name: aimed[name].map(sense) for name, sense in SENSE.items()})
    able = senses.notna().sum(axis=1) >= 2
    same = able & (senses.min(axis=1) == senses.max(axis=1))
    facts = [NB.number(n) for n in (able.sum(), len(aimed), same.sum())]
    words = f"{facts[0]} av {facts[1]} tallserier med måltall".replace("\xa0", " ")
    assert words in text_of(piece)
    assert f"For {facts[2]} av dem ({NB.number(100 * same.sum() / able.sum())} prosent)" in text_of(
        piece
    )
    rows = table_of(piece, "verdicts.caption")
    assert len(rows) == 4
    for row, method in zip(rows, SENSE, strict=True):
        meant = senses.loc[able, method]
        counts = [*((meant == at).sum() for at in (1, 0, -1)), meant.isna().sum()]
        assert [int(cell) for cell in row[1:]] == counts
        assert sum(counts) == able.sum()


def test_without_targets_nothing_is_said_of_agreement(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, before = judgements(data)
    monkeypatch.setattr(methods, "judgements", lambda _: (now.assign(target=float("nan")), before))
    assert not soup(methods.verdicts(data, "nb")).select("table")
    assert "enige" not in text_of(methods.summary(data, "nb"))


def test_a_regression_never_says_why(data: Dataset) -> None:
    text = text_of(methods.together(data, "nb"))
    assert "aldri hvorfor" in text and "HC3" in text


# Targets and licences


def test_every_target_that_was_considered_is_shown_with_its_decision(data: Dataset) -> None:
    piece = methods.targets(data, "nb")
    rows = table_of(piece, "targets.caption")
    names = data.kpis.set_index("code")["name_nb"]
    considered = data.targets_considered
    assert len(rows) == len(considered)
    words = {"applied": "brukt", "left out": "utelatt"}
    for row, (_, target) in zip(rows, considered.iterrows(), strict=True):
        assert row[0].startswith(names[target["kpi"]])
        assert row[4] == words[target["decision"]]
        assert row[2] == (DASH if pd.isna(target["year"]) else str(int(target["year"])))
        assert (row[5] == DASH) == pd.isna(target["reason"])
    applied = (considered["decision"] == "applied").sum()
    assert f"{NB.count(int(applied)).capitalize()} er brukt" in text_of(piece)


def test_signs_of_targets_are_written_as_signs(data: Dataset) -> None:
    text = soup(methods.targets(data, "nb")).get_text()
    assert "≤\xa01.5" in text and "≥\xa0100 Mbit/s" in text
    assert "\N{MINUS SIGN}55 percent" in text
    assert "<=" not in text and ">=" not in text


def test_licences_are_those_of_the_measures(data: Dataset) -> None:
    piece = methods.sources(data, "nb")
    rows = table_of(piece, "sources.caption")
    assert sum(int(row[2]) for row in rows) == len(data.measures)
    pairs = data.measures[["publisher", "licence"]].drop_duplicates()
    assert len(rows) == len(pairs)
    assert {row[1] for row in rows} == set(data.measures["licence"])
    assert said("sources.commercial", licence="CC BY-NC-SA 3.0 IGO") in text_of(piece)
    free = replace(data, measures=data.measures.assign(licence="CC BY 4.0"))
    assert "kommersielle" not in text_of(methods.sources(free, "nb"))


# The diagram


def diagram(**changes: object) -> str:
    tenths = pd.DataFrame(
        {
            "n": [12345, 400, 99],
            "stated": [0.01, 0.45, 0.54],
            "happened": [0.01, 0.395, 0.62],
            "apart": [0.0, -5.5, 8.0],
        }
    )
    options: dict[str, Any] = {
        "name": "r",
        "alt": "Dots & <dots>.",
        "x_label": "said",
        "y_label": "came",
    }
    options |= {"few": 200, "scale": NB.number} | changes
    return charts.reliability_chart(tenths, **options)


def dots(svg: str) -> list[str]:
    return [str(use["style"]) for use in soup(svg).select("use") if OWN in str(use.get("style"))]


def test_a_dot_of_few_chances_is_hollow_and_all_carry_their_number() -> None:
    svg = diagram()
    assert ["fill:#ffffff" in style for style in dots(svg)] == [False, False, True]
    assert ["fill:#ffffff" in style for style in dots(diagram(few=1000))] == [False, True, True]
    texts = [text.get_text() for text in soup(svg).select("svg > g text, svg text")]
    assert {"12\xa0345", "400", "99", "said", "came", "100"} <= set(texts)
    assert f"stroke:{PEERS}" in svg, "the diagonal"


def test_the_diagram_tells_the_truth_of_its_dots() -> None:
    """The first dot lies on the diagonal, the second under it, the third above."""
    page = soup(diagram())
    line = next(p for p in page.select("path") if f"stroke:{PEERS}" in str(p.get("style")))
    x0, y0, x1, y1 = map(float, re.findall(r"-?[\d.]+", str(line["d"])))
    uses = [use for use in page.select("use") if OWN in str(use.get("style"))]
    apart = []
    for use in uses:
        x, y = float(str(use["x"])), float(str(use["y"]))
        apart.append((y0 + (x - x0) / (x1 - x0) * (y1 - y0) - y) / (y0 - y1))
    assert apart == pytest.approx([0.0, -0.055, 0.08], abs=0.003)


def test_the_diagram_is_named_and_steady() -> None:
    page = soup(diagram())
    assert page.svg is not None and page.svg.title is not None
    assert page.svg.title.get_text() == "Dots & <dots>."
    assert diagram() == diagram()
