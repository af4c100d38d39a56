"""The front pages and the portal: every number from the frames, every link to something there."""

import json
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import fields, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urljoin, urlsplit

import html5lib
import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

import workbench as wb
from workbench.analysis import standings
from workbench.batch import portal as portals
from workbench.batch.front_page import front_page, make, sender, summary, works
from workbench.batch.portal import digest, keys, layers, plain, portal
from workbench.batch.site import Run
from workbench.briefs import scorecard
from workbench.briefs.pieces import FILES
from workbench.dataset import Dataset
from workbench.dataset.lookup import slug
from workbench.language.translator import Language, languages
from workbench.storage import files

DAY = date(2026, 11, 23)
BAERUM, ASKER, SKIEN, OSLO, AALESUND, ROEROS = "3201", "3203", "4003", "0301", "1508", "5025"
PLACES = [BAERUM, ASKER, SKIEN, OSLO, AALESUND, ROEROS]
KINDS = ["3201-baerum/index.nb.html", "3201-baerum/index.en.html", "index.html", "index.en.html"]


def write(run: Run, again: list[str]) -> list[str]:
    """Write what is due of the pages of a run, and return what failed."""
    failed = [line for work in works(run, again) for line in make(work)]
    return failed + portals.write(run)


def brief(run: Run, number: str, name: str = "01_status.nb") -> Path:
    """Lay down what passes for a brief."""
    page = run.folder(number) / f"{name}.html"
    files.write(page, f"<title>Where? &lt;{number}&gt;</title>")
    return page


def beside(run: Run, out: Path, **changed: Any) -> Run:
    """Return the same figures for another folder, without working them out again."""
    other = replace(run, out=out, **changed)
    vars(other).update(
        {**vars(run), **{field.name: getattr(other, field.name) for field in fields(Run)}}
    )
    return other


@pytest.fixture(scope="module")
def run(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Front pages of six municipalities, one of them in two languages. Read only."""
    made = Run(data, DAY, tmp_path_factory.mktemp("front"), "nb")
    for number in PLACES:
        brief(made, number)
    brief(made, BAERUM, "02_trends.nb")
    brief(made, BAERUM, "01_status.en")
    files.write(made.out / "00_methods.nb.html", "<title>Methods</title>")
    assert write(made, PLACES) == []
    return made


def read(file: Path) -> BeautifulSoup:
    return soup(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def soup(text: str) -> BeautifulSoup:
    """Parse what several tests look at once; who changes it takes a copy."""
    return BeautifulSoup(text, "html5lib")


def front(run: Run, number: str, code: str = "nb") -> BeautifulSoup:
    return read(run.folder(number) / f"index.{code}.html")


# The frame


@pytest.mark.parametrize("place", [*PLACES, "Utsira", "Haram"])
def test_all_municipalities_in_one_go_are_what_each_is_by_itself(
    run: Run, data: Dataset, place: str
) -> None:
    number = data.municipality(place)
    own = run.standings[run.standings["municipality"] == number].drop(columns="municipality")
    alone = standings.standings(data, number)
    pd.testing.assert_frame_equal(
        own.reset_index(drop=True), alone, check_dtype=False, check_like=True
    )


def test_every_municipality_has_the_91_indicators_once(run: Run, data: Dataset) -> None:
    per_place = run.standings.groupby("municipality")["kpi"].agg(["size", "nunique"])
    assert len(per_place) == len(data.municipalities) == 357
    assert (per_place["nunique"] == 91).all()
    assert (run.standings.groupby("municipality")["leads"].sum() == 91).all()
    assert set(run.standings["sense"]) == set(standings.SENSES)


# Numbers


@pytest.mark.parametrize("place", PLACES)
def test_each_indicator_with_a_figure_has_one_card_with_its_value_and_year(
    run: Run, data: Dataset, place: str
) -> None:
    cards = {str(card["data-measure"]): card for card in front(run, place).select(".card")}
    known = standings.standings(data, place)
    known = known[(known["standing"] != "none") & known["leads"]]
    assert list(cards) and set(cards) == set(known["measure"])
    units = data.measures.set_index("measure")["unit"].map(data.units.set_index("unit")["decimals"])
    for _, row in known.iterrows():
        card = cards[row["measure"]]
        value = Language("nb").number(row["last"], int(units[row["measure"]]))
        shown = card.select_one(".value")
        assert shown is not None and value in shown.get_text()
        assert f" {row['last_year']:.0f}" in shown.get_text()
        assert card["data-standing"] == row["standing"]
        assert bool(shown.select("abbr[title=erstatningstall]")) == (row["relation"] == "proxy")


@pytest.mark.parametrize("place", PLACES)
def test_further_series_stand_on_the_card_of_their_indicator(
    run: Run, data: Dataset, place: str
) -> None:
    known = standings.standings(data, place)
    known = known[known["standing"] != "none"]
    leads = known[known["leads"]].set_index("kpi")["measure"]
    nb = Language("nb")
    for card in front(run, place).select(".card"):
        shown = {str(part["data-measure"]): part for part in card.select(".also [data-measure]")}
        kpi = known.set_index("measure")["kpi"][str(card["data-measure"])]
        rest = known[(known["kpi"] == kpi) & ~known["leads"]]
        assert leads[kpi] == card["data-measure"] and set(shown) == set(rest["measure"])
        for _, row in rest.iterrows():
            text = shown[row["measure"]].get_text()
            assert f"({row['last_year']:.0f}" in text
            assert ("≈" in text) == (row["relation"] == "proxy")
            word = nb.inside(nb.say(f"common.sense.{row['sense']}"))
            assert text.endswith(f", {word})") == (row["sense"] != "level")


@pytest.mark.parametrize("place", PLACES)
def test_a_card_stands_in_the_group_of_its_sense_and_says_so(run: Run, place: str) -> None:
    nb, senses = Language("nb"), list[str]()
    for group in front(run, place).select(".group"):
        (sense,) = {sense for sense in scorecard.GROUPS if sense in group["class"]}
        senses.append(sense)
        for card in group.select(".card"):
            assert standings.SENSE[str(card["data-standing"])] == sense
            word = f"{scorecard.SYMBOLS[sense]} {nb.say(f'common.sense.{sense}')}"
            verdict = card.select_one(".verdict")
            if sense == "level":
                assert verdict is None and group.h2 is not None
                assert group.h2.get_text() == nb.say("common.sense.level")
            else:
                assert verdict is not None and verdict.get_text().startswith(word)
    assert senses == [sense for sense in scorecard.GROUPS if sense in senses]


def test_a_target_says_whose_it_is_and_by_when(run: Run, data: Dataset) -> None:
    known = standings.standings(data, SKIEN).set_index("measure")
    known = known[known["leads"]]
    cards = {str(card["data-measure"]): card for card in front(run, SKIEN).select(".card")}
    aims = {
        measure: aim.get_text()
        for measure, card in cards.items()
        if (aim := card.select_one(".aim"))
    }
    assert set(aims) == set(known.index[known["target"].notna()])
    # Reckoned from the municipality's own figure, so that it is another in each.
    assert aims["low_income_share"].startswith("Måltall etter FNs mål: ")
    assert aims["ghg_emissions_per_capita"].startswith("Måltall etter det nasjonale målet: ")
    assert aims["fixed_broadband_1gbps"].startswith("Nasjonalt måltall: ")
    assert aims["low_income_share"].endswith("% innen 2030")


def test_every_picture_says_in_words_what_it_shows(run: Run, data: Dataset) -> None:
    made = front(run, SKIEN)
    pictures = made.select(".card svg")
    for picture in pictures:
        title = made.select_one(f"#{picture['aria-labelledby']}")
        assert title is not None and re.search(r"\d", title.get_text())
    lines = [card for card in made.select(".card") if "2030" in str(card.select(".facts svg"))]
    ahead = wb.view(data, SKIEN).assessed.set_index("measure")["projected"]
    assert lines and all(pd.notna(ahead[str(card["data-measure"])]) for card in lines)


@pytest.mark.parametrize("place", [*PLACES, "Utsira"])
def test_the_place_among_peers_is_that_of_their_figures(data: Dataset, place: str) -> None:
    view = wb.view(data, place)
    for row, fact in scorecard.indicators(view):
        if row["standing"] not in ("level", "context"):
            continue
        said = scorecard.finding(view, row, fact)
        figures = data.observations[
            (data.observations["measure"] == row["measure"])
            & (data.observations["year"] == row["last_year"])
            & data.observations["municipality"].isin(view.peers)
        ]["value"]
        if found := re.match(r"(Bedre|Høyere) enn (\d+) av (\d+)", said):
            way = fact["direction"] or 1
            assert int(found[3]) == len(figures)
            assert int(found[2]) == (way * (row["last"] - figures) > 0).sum()
        elif said == "Best i gruppen":
            best = figures.min() if fact["direction"] < 0 else figures.max()
            assert fact["direction"] * (row["last"] - best) > 0


@pytest.mark.parametrize("code", languages())
def test_the_summary_counts_the_cards(run: Run, data: Dataset, code: str) -> None:
    for number in list(data.municipalities["number"])[::17]:
        view = wb.view(data, number, code)
        text = BeautifulSoup(summary(view), "html5lib").get_text(" ", strip=True)
        assert not re.search(r"\bnan\b|[{}]| [.,]|\.\.|  ", text), text
        known = (view.standings["leads"] & (view.standings["standing"] != "none")).sum()
        assert Language(code).count(int(known)).lower() in text.lower()
        assert lix(text) <= 45, (number, lix(text), text)


def test_a_council_is_told_what_to_ask_for_where_something_comes_first(data: Dataset) -> None:
    for name in ("Bærum", "Skien", "Asker", "Oslo"):
        view = wb.view(data, name)
        first = (view.standings["leads"] & (view.standings["sense"] == "first")).any()
        assert (view.say("front.decide") in summary(view)) == first


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 1, 0), (1, 2, 3, 0)])
def test_counts_of_none_and_one_have_sentences_of_their_own(
    code: str, counts: tuple[int, ...]
) -> None:
    known = dict(zip(scorecard.GROUPS, counts, strict=True))
    text = Language(code).say("front.summary", known=sum(counts), **known)
    assert "ett " not in text and "0" not in text and text.endswith(".")
    if sum(counts) == 1:
        assert text.startswith(("Én ", "Éin ", "One "))


def test_the_front_page_of_baerum_is_read_in_two_minutes(run: Run) -> None:
    main = copy(front(run, BAERUM)).select_one("main")
    assert main is not None
    for unseen in main.select("svg, details > :not(summary)"):
        unseen.decompose()
    assert len(re.findall(r"\w[\w.,%-]*", main.get_text(" "))) <= 350


def test_who_sends_the_page_stands_below_it_where_the_municipality_says_so(data: Dataset) -> None:
    assert data.senders.empty and sender(wb.view(data, BAERUM)) == ""
    day = pd.Timestamp("2026-11-02")
    rows = [(BAERUM, "Bærum kommune", "plan@example.org", day), (SKIEN, "Skien", None, pd.NaT)]
    table = pd.DataFrame(rows, columns=["municipality", "sender", "contact", "day"])
    own = replace(data, senders=table)
    said = "Avsender: Bærum kommune. Kontakt: plan@example.org. Dato: 2. november 2026."
    assert sender(wb.view(own, BAERUM)) == f"<p>{said}</p>"
    assert sender(wb.view(own, SKIEN)) == "<p>Avsender: Skien.</p>"
    assert sender(wb.view(own, OSLO)) == ""


def test_the_portal_counts_what_the_frames_hold(run: Run, data: Dataset) -> None:
    made = read(run.out / "index.html")
    low = data.observations[data.observations["measure"] == "low_income_share"]
    low = low[low["year"] == 2022].set_index("municipality")["value"]
    for row in made.select("tr[data-find]"):
        number = str(row["data-find"]).split()[0]
        own = standings.standings(data, number)
        counts = own.loc[own["leads"], "sense"].value_counts()
        cells = [cell.get_text() for cell in row.select("td")]
        value = Language("nb").number(low[number], 1) if number in low else "–"
        assert cells[0] == value
        assert list(map(int, cells[1:-1])) == [counts.get(key, 0) for key in scorecard.GROUPS]


def test_the_map_shows_figures_of_one_year_in_classes_from_low_to_high(
    run: Run, data: Dataset
) -> None:
    shown = layers(run, Language("nb"))
    order = list(data.outlines["number"])
    assert len(order) == 357 and sum(layer["group"] == "goals" for layer in shown) == 17
    figures = data.observations.set_index(["measure", "year"]).sort_index()
    for layer in shown:
        assert len(layer["kinds"]) == len(order)
        assert set(layer["kinds"]) <= {kind for kind, _ in layer["key"]}
        if layer["group"] == "goals":
            continue
        known = {n: v for n, v in zip(order, layer["values"], strict=True) if v is not None}
        assert len(known) >= 20
        own = figures.loc[(layer["measure"], layer["year"])].set_index("municipality")["value"]
        own = own[list(known)].round(layer["decimals"])
        assert own.to_dict() == known, "figures of another year are not mixed in"
        kinds = dict(zip(order, layer["kinds"], strict=True))
        ranks = pd.DataFrame({"value": known, "kind": {n: int(kinds[n]) for n in known}})
        spans = ranks.groupby("kind")["value"].agg(["min", "max"]).sort_index()
        assert (spans["max"].to_numpy()[:-1] <= spans["min"].to_numpy()[1:]).all()


def test_a_goal_is_coloured_by_what_most_asks_for_a_decision(run: Run, data: Dataset) -> None:
    layer = next(one for one in layers(run, Language("nb")) if one["head"].startswith("13 "))
    kinds = dict(zip(data.outlines["number"], layer["kinds"], strict=True))
    for number in PLACES:
        own = standings.standings(data, number)
        sense = min(own.loc[own["goal"] == 13, "sense"], key=standings.URGENCY.index)
        assert kinds[number] == sense


# What it was made from, and when


def test_the_pages_say_the_day_and_the_figures(run: Run, data: Dataset) -> None:
    own = data.observations[data.observations["municipality"] == SKIEN]
    text = front(run, SKIEN).get_text()
    assert "23. november 2026" in text
    assert f"{len(own)} tall for Skien. De nyeste er fra {own['year'].max()}." in text
    text = read(run.out / "index.html").get_text()
    assert "23. november 2026" in text
    whole = Language("nb").number(len(data.observations))
    assert f"{whole} tall for alle landets kommuner" in text
    assert "23 November 2026" in front(run, BAERUM, "en").get_text()


def test_the_same_run_gives_the_same_bytes_and_another_day_only_another_day(run: Run) -> None:
    again = beside(run, run.out)
    view = wb.view(run.data, SKIEN)
    assert front_page(again, view) == front_page(run, view)
    assert portal(again, "nb") == portal(run, "nb")
    later = beside(run, run.out, day=date(2026, 12, 1))
    for page, other in [
        (front_page(run, view), front_page(later, view)),
        (portal(run, "nb"), portal(later, "nb")),
    ]:
        assert page.replace("23. november 2026", "1. desember 2026") == other != page


# Links


def test_only_municipalities_with_briefs_are_there(run: Run, data: Dataset) -> None:
    links = read(run.out / "index.html").select("tr[data-find] a")
    found = {str(link["href"]): link.get_text() for link in links}
    assert found == {f"{run.folder(n).name}/index.nb.html": data.name(n) for n in PLACES}
    assert all((run.out / address).is_file() for address in found)


def test_every_link_of_every_page_arrives(run: Run) -> None:
    pages = sorted(run.out.rglob("index*.html"))
    assert len(pages) == len(PLACES) + 1 + 2
    for page in pages:
        made = read(page)
        for link in made.select("a"):
            address = unquote(str(link["href"]))
            if address.startswith("#"):
                assert made.select_one(f"[id='{address[1:]}']"), address
            else:
                assert (page.parent / address).is_file(), (page, address)


def test_a_bucket_is_not_asked_for_each_page(
    run: Run, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of 357 municipalities holds thousands of files, and each answer takes its time."""
    from fsspec.implementations.memory import MemoryFileSystem
    from upath import UPath

    out, asked = cast(Path, UPath("memory://asked")), []
    there = {f"{run.folder(number).name}/index.nb.html": (1, 1) for number in run.names}
    made = beside(run, out)
    for name in ("info", "ls", "find", "cat_file", "_open"):
        real = getattr(MemoryFileSystem, name)

        def counted(self: Any, path: str, *rest: Any, real: Any = real, **named: Any) -> Any:
            asked.append(path)
            return real(self, path, *rest, **named)

        monkeypatch.setattr(MemoryFileSystem, name, counted)
    assert "Skien" in portal(made, "nb", there)
    titles = {"01_status.nb.html": "Where?", "components.csv": "", "01_status.nb.pdf": ""}
    page = BeautifulSoup(front_page(made, wb.view(data, BAERUM), titles), "html5lib")
    assert page.find("a", href="01_status.nb.html").get_text() == "Where?"
    assert page.find("a", href="components.csv") and page.find("a", href="01_status.nb.pdf")
    assert not [path for path in asked if "3201" in path or "index" in path]
    assert len(asked) < 20


def test_a_front_page_links_each_brief_by_its_question(run: Run) -> None:
    links = {str(a["href"]): a.get_text() for a in front(run, BAERUM).select(".links a")}
    assert links == {
        "01_status.nb.html": "Where? <3201>",
        "02_trends.nb.html": "Where? <3201>",
        "../00_methods.nb.html": Language("nb").say("common.methods"),
    }
    links = {str(a["href"]): a.get_text() for a in front(run, BAERUM, "en").select(".links a")}
    assert links == {"01_status.en.html": "Where? <3201>"}


def test_a_page_of_one_s_own_for_all_goes_by_its_heading(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    vars(made)["headings"] = {"00_methods": "", "07_words": "Ord & uttrykk"}
    brief(made, BAERUM)
    for name in made.headings:
        files.write(made.out / f"{name}.nb.html", "<title>Made up</title>")
    texts = [Language("nb").say("common.methods"), "Ord & uttrykk"]
    for page, where in (
        (front_page(made, wb.view(made.data, BAERUM)), ".links a"),
        (portal(made, "nb"), "nav a"),
    ):
        links = BeautifulSoup(page, "html5lib").select(where)
        assert [link.get_text() for link in links][-2:] == texts


def test_figures_and_sheets_are_linked_where_they_lie(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    page = brief(made, BAERUM)
    write(made, [BAERUM])
    assert len(front(made, BAERUM).select(".links a")) == 1
    for name in (*FILES.values(), "01_status.nb.pdf"):
        files.write(page.parent / name, "x")
    write(made, [BAERUM])
    links = [str(link["href"]) for link in front(made, BAERUM).select(".links a")]
    assert links == ["01_status.nb.html", "01_status.nb.pdf", *FILES.values()]


@pytest.mark.parametrize(
    "name", ["08_mål #11 byer", "boliger 100 %", "%23_50%25", "hvor?", "del 1: tall & 'sitat'"]
)
def test_any_sign_in_the_name_of_a_file_leads_to_it(run: Run, tmp_path: Path, name: str) -> None:
    made = beside(run, tmp_path)
    vars(made)["headings"] = {name: ""}
    page = brief(made, BAERUM, f"{name}.nb")
    files.write(page.with_suffix(".pdf"), "x")
    files.write(made.out / f"{name}.nb.html", "<title>Methods</title>")
    write(made, [BAERUM])
    for start, wanted in (
        (page.parent / "index.nb.html", {page, page.with_suffix(".pdf")}),
        (made.out / "index.html", {made.out / page.name}),
    ):
        links = [urljoin(start.as_uri(), str(link["href"])) for link in read(start).select("a")]
        # As a browser takes an address apart: a question or a fragment is no part of the path.
        assert wanted <= {Path(unquote(urlsplit(link).path)) for link in links}


def test_the_portal_is_in_the_first_language_and_leads_to_the_others(run: Run) -> None:
    first, other = read(run.out / "index.html"), read(run.out / "index.en.html")
    assert first.html is not None and first.html["lang"] == "nb"
    assert other.html is not None and other.html["lang"] == "en"
    (link,) = first.select("header a[hreflang]")
    assert (link["href"], link["lang"], link.get_text()) == ("index.en.html", "en", "English")
    (link,) = other.select("header a[hreflang]")
    assert (link["href"], link.get_text()) == ("index.html", "Norsk bokmål")
    names = {a.get_text(): str(a["href"]) for a in other.select("tr[data-find] a")}
    assert names["Bærum"].endswith("index.en.html")
    assert names["Skien"].endswith("index.nb.html"), "there is none in English"
    back = front(run, BAERUM, "en").select_one("header a")
    assert back is not None and back["href"] == "../index.en.html"


def test_another_first_language_leaves_no_portal_behind(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    for code in ("nb", "en"):
        brief(made, BAERUM, f"01_status.{code}")
    write(made, [BAERUM])
    write(replace(run, out=tmp_path, first="en"), [BAERUM])
    spoken = {page.name: read(page).html["lang"] for page in tmp_path.glob("index*")}  # type: ignore[index]
    assert spoken == {"index.html": "en", "index.en.html": "en", "index.nb.html": "nb"}


# Files


def test_pages_of_others_are_made_only_where_they_are_missing(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    for number in (BAERUM, ASKER, SKIEN):
        brief(made, number)
        files.write(made.folder(number) / "index.nb.html", "earlier")
    (made.folder(SKIEN) / "index.nb.html").unlink()
    write(made, [BAERUM])
    pages = {n: (made.folder(n) / "index.nb.html").read_text() for n in (BAERUM, ASKER, SKIEN)}
    assert pages[ASKER] == "earlier"
    assert "<h1>Bærum</h1>" in pages[BAERUM] and "<h1>Skien</h1>" in pages[SKIEN]


def test_a_page_that_cannot_be_written_is_told_and_the_others_are_made(
    run: Run, tmp_path: Path
) -> None:
    made = beside(run, tmp_path)
    for number in (BAERUM, ASKER):
        brief(made, number)
    (made.folder(BAERUM) / "index.nb.html").mkdir()
    (failed,) = write(made, [BAERUM, ASKER])
    assert failed.startswith("3201-baerum/index.nb: IsADirectoryError")
    links = read(tmp_path / "index.html").select("tr[data-find] a")
    assert [link.get_text() for link in links] == ["Asker"]


def test_without_any_brief_there_is_a_portal_that_says_so(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    made.folder(OSLO).mkdir()
    (tmp_path / "9999-nowhere").mkdir()
    assert write(made, []) == []
    assert [path.name for path in tmp_path.rglob("*.html")] == ["index.html"]
    assert not read(tmp_path / "index.html").select("tr[data-find]")
    assert "Her finner du 0 av landets 357 kommuner" in read(tmp_path / "index.html").get_text()


def test_all_municipalities_fit_into_350_kilobytes(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    for number in made.names:
        files.write(made.folder(number) / "index.nb.html", "made up")
    page = portal(made, "nb")
    assert page.count('<tr data-find="') == 357
    assert len(page.encode()) < 350_000


def test_the_portal_sorts_as_norwegians_sort(run: Run, data: Dataset, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    names = ["Ålesund", "Nordre Land", "Ørsta", "Nord-Aurdal", "Sande", "Hareid", "Øystre Slidre"]
    for name in names:
        folder = made.folder(data.municipality(name))
        files.write(folder / "index.nb.html", "made up")
    page = BeautifulSoup(portal(made, "nb"), "html5lib")
    assert [link.get_text() for link in page.select("tr[data-find] a")] == [
        *("Hareid", "Nord-Aurdal", "Nordre Land", "Sande"),
        *("Ørsta", "Øystre Slidre", "Ålesund"),
    ]


# Pages for everyone


@pytest.fixture(params=KINDS)
def file(request: pytest.FixtureRequest, run: Run) -> Path:
    return run.out / request.param


def test_it_is_sound_and_asks_for_nothing(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    made = BeautifulSoup(text, "html5lib")
    assert made.title is not None and made.title.get_text().strip()
    assert not made.select("iframe, object, embed, link, base, form, [src], [onclick]")
    assert not re.search(r"https?:|@import|javascript:|\bnan\b|<NA>", text)


def test_headings_tables_and_ids_are_in_order(file: Path) -> None:
    made = read(file)
    levels = [int(head.name[1]) for head in made.select("h1, h2, h3, h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert max(after - before for before, after in pairwise(levels)) <= 1
    for table in made.select("table"):
        assert table.caption is not None and table.caption.get_text()
        assert all(head.get("scope") in ("col", "row") for head in table.select("th"))
        assert len({len(row.select("th, td")) for row in table.select("tr")}) == 1
    ids = [tag["id"] for tag in made.select("[id]")]
    assert len(ids) == len(set(ids))
    assert made.select("a")[0]["href"] == "#content" and made.select_one("main#content")


def test_a_front_page_runs_nothing_and_the_portal_one_script_of_known_hash(file: Path) -> None:
    made = read(file)
    meta = made.select_one('meta[http-equiv="Content-Security-Policy"]')
    assert meta is not None
    policy, scripts = str(meta["content"]), made.select("script")
    assert policy.startswith("default-src 'none'")
    assert "; form-action 'none'; base-uri 'none'" in policy
    assert not made.select("form, base, meta[http-equiv=refresh]")
    if file.parent.name == "3201-baerum":
        assert not scripts and "script-src" not in policy
    else:
        data, script = scripts
        assert data["type"] == "application/json" and json.loads(str(data.string))["layers"]
        assert policy.endswith(f"; script-src '{digest(str(script.string))}'")
        assert len(str(script.string).encode()) < 5000


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("<i data-marker>Boliger</i>", "<i data-marker>Boliger</i>"),
        ("&lt;i data-marker&gt;", "<i data-marker>"),
        ("Bærum &amp; Asker", "Bærum & Asker"),
    ],
)
def test_a_title_that_is_read_from_a_page_is_text(
    data: Dataset, tmp_path: Path, title: str, words: str
) -> None:
    run = Run(data, DAY, tmp_path, "nb")
    files.write(run.folder(BAERUM) / "07_boliger.nb.html", f"<title>{title}</title>")
    listed = BeautifulSoup(front_page(run, wb.view(run.data, BAERUM)), "html5lib")
    (link,) = listed.select('a[href="07_boliger.nb.html"]')
    assert link.get_text() == words and not listed.select("[data-marker]")


def test_a_hash_is_as_browsers_reckon_it() -> None:
    # The example of Content Security Policy Level 3.
    said = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
    assert digest("alert('Hello, world.');") == said


def lix(text: str) -> float:
    """Return the readability of a text: words per sentence, and per cent of long words."""
    words = re.findall(r"[^\W\d_]+", text)
    sentences = len(re.findall(r"[.?!:](?:\s|$)", text))
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


# Finding a municipality


@given(st.text())
def test_plain_letters_are_plain_and_stay_so(text: str) -> None:
    written = plain(text)
    assert re.fullmatch(r"[a-z0-9 ]*", written)
    assert "aa" not in written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Bærum", "baerum"),
        ("RØYKEN", "royken"),
        ("Ås", "as"),
        ("Aas", "as"),
        ("Nord-Fron", "nord fron"),
    ],
)
def test_letters_are_written_plainly(typed: str, written: str) -> None:
    assert plain(typed) == written


def test_every_name_and_number_of_the_history_finds_its_municipality(
    run: Run, data: Dataset
) -> None:
    found = keys(run)
    history = data.municipality_history.dropna(subset=["municipality"])
    for number, name, today in history[["number", "name", "municipality"]].to_numpy():
        assert number in found[today].split()
        assert pd.isna(name) or plain(name) in found[today]
    assert set(found) == set(data.municipalities["number"])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


Found = Callable[[str], list[str]]


@pytest.fixture
def found(page: Page, run: Run) -> Found:
    """Return the municipalities that are left when one types."""
    page.goto((run.out / "index.html").as_uri())

    def typed(text: str) -> list[str]:
        page.locator("#find").fill(text)
        return page.locator("tr[data-find]:visible a").all_inner_texts()

    return typed


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        *(("bær", ["Bærum"]), ("BAER", ["Bærum"]), ("0219", ["Bærum"]), ("baerum ", ["Bærum"])),
        *(("roy", ["Asker"]), ("Røy", ["Asker"]), ("0627", ["Asker"]), ("hurum", ["Asker"])),
        *(("ålesund", ["Ålesund"]), ("aalesund", ["Ålesund"]), ("ales", ["Ålesund"])),
        *(("Rossen", []), ("røros", ["Røros"]), ("oros", []), ("<i>", [])),
    ],
)
def test_typing_leaves_what_fits(found: Found, typed: str, left: list[str]) -> None:
    assert found(typed) == left


def test_what_is_left_is_told(page: Page, found: Found) -> None:
    everyone = found("")
    assert len(everyone) == len(PLACES) and page.locator("#found").inner_text() == ""
    found("bær")
    assert page.locator("#found").inner_text() == f"1 av {len(PLACES)} kommuner passer."
    found("bærx")
    assert "Ingen av de 6 kommunene her heter det." in page.locator("#found").inner_text()
    assert found("") == everyone


def test_the_script_writes_names_as_the_page_does(
    page: Page, run: Run, data: Dataset, tmp_path: Path
) -> None:
    """Every name of today, typed as it is written, finds its municipality among all."""
    made = beside(run, tmp_path)
    for number in made.names:
        files.write(made.folder(number) / "index.nb.html", "made up")
    files.write(tmp_path / "index.html", portal(made, "nb"))
    page.goto((tmp_path / "index.html").as_uri())
    official = dict(data.municipalities[["number", "official_name"]].to_numpy())
    missed = page.evaluate(
        """names => Object.entries(names).filter(([number, name]) => {
          const box = document.getElementById('find');
          box.value = name;
          box.dispatchEvent(new Event('input'));
          return document.querySelector(`tr[data-find^='${number}']`).hidden;
        })""",
        official,
    )
    assert missed == []


def test_the_keyboard_alone_finds_and_opens(page: Page, run: Run) -> None:
    page.goto((run.out / "index.html").as_uri())
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.locator("#find:focus").count():
            break
    page.keyboard.type("0219")
    page.keyboard.press("Enter")
    page.wait_for_url("**/3201-baerum/index.nb.html")
    assert page.locator("h1").inner_text() == "Bærum"
    page.go_back()
    assert page.locator("tr[data-find]:visible").count() in (1, len(PLACES)), "list and box agree"


def test_enter_opens_nothing_while_several_are_left(page: Page, found: Found) -> None:
    address = page.url
    assert len(found("32")) == 2
    page.locator("#find").press("Enter")
    assert page.url == address


def test_it_runs_in_a_browser_without_a_word_or_a_request(page: Page, file: Path) -> None:
    asked: list[str] = []
    said: list[Any] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error))
    page.goto(file.as_uri())
    if page.locator("#find").count():
        page.locator("#find").type("bær")
        assert page.locator("tr[data-find]:visible").count() == 1
    assert (asked, said) == ([file.as_uri()], [])


def test_the_policy_keeps_any_other_script_out(page: Page, run: Run, tmp_path: Path) -> None:
    text = (run.out / "index.html").read_text(encoding="utf-8")
    other = tmp_path / "index.html"
    other.write_text(text.replace("<script>", "<script>document.title='changed';"), "utf-8")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(other.as_uri())
    assert page.title() != "changed" and not page.locator("#find").is_visible()
    assert any("Content Security Policy" in text for text in said)


def test_without_script_everything_is_reached(browser: Browser, run: Run) -> None:
    context = browser.new_context(java_script_enabled=False)
    plainly = context.new_page()
    plainly.goto((run.out / "index.html").as_uri())
    assert not plainly.locator("#find").is_visible(), "a box that does nothing is not shown"
    links = plainly.locator("tr[data-find] a")
    assert links.count() == len(PLACES)
    assert all(link.is_visible() for link in links.all())
    assert not plainly.locator("#pick").is_visible() and plainly.locator("#map svg").is_visible()
    plainly.get_by_role("link", name="Bærum").click()
    assert plainly.locator(".card").first.is_visible()
    plainly.locator(".links a").first.click()
    assert plainly.title() == "Where? <3201>"
    context.close()


def test_what_one_picks_colours_the_map_and_fills_the_column(
    page: Page, run: Run, data: Dataset
) -> None:
    page.goto((run.out / "index.html").as_uri())
    shown = layers(run, Language("nb"))
    layer = next(one for one in shown if one["measure"] == "voter_turnout_storting")
    page.select_option("#pick", str(layer["at"]))
    kinds = page.locator("#map path").evaluate_all("all => all.map(p => p.getAttribute('class'))")
    assert kinds == [f"k{kind}" for kind in layer["kinds"]]
    value = layer["values"][list(data.outlines["number"]).index(BAERUM)]
    row = page.locator("tr[data-find]", has_text="Bærum")
    assert row.locator("td").first.inner_text() == Language("nb").number(value, 1)
    assert page.locator("#key li").all_inner_texts() == [text for _, text in layer["key"]]
    goal = next(one for one in shown if one["head"].startswith("13 "))
    page.select_option("#pick", str(goal["at"]))
    assert row.locator("td").first.inner_text() in [text for _, text in goal["key"]]
    assert page.locator("#shown").inner_text() == goal["head"]


def test_the_table_sorts_by_each_column_both_ways(page: Page, run: Run) -> None:
    page.goto((run.out / "index.html").as_uri())
    heads = page.locator("#places th[scope=col]")
    for column in range(heads.count()):
        seen = []
        for way in ("first", "second"):
            heads.nth(column).get_by_role("button").click()
            seen.append(heads.nth(column).get_attribute("aria-sort"))
            assert page.locator("[aria-sort]").count() == 1, way
            cells = f"row => row.cells[{column}].textContent"
            texts = page.locator("#places tbody tr").evaluate_all(f"all => all.map({cells})")
            if 0 < column < heads.count() - 1:
                numbers = [float(text.replace(",", ".")) if text != "–" else -1 for text in texts]
                assert numbers == sorted(numbers, reverse=seen[-1] == "descending")
            else:
                keys_of = [portals.alphabetical(text) for text in texts]
                assert keys_of == sorted(keys_of, reverse=seen[-1] == "descending")
        assert set(seen) == {"ascending", "descending"}


@pytest.mark.parametrize("width", [320, 1200])
def test_it_never_scrolls_sideways(page: Page, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("place", [BAERUM, SKIEN])
def test_a_front_page_prints_on_two_sheets_at_most(
    page: Page, run: Run, tmp_path: Path, place: str
) -> None:
    page.goto((run.folder(place) / "index.nb.html").as_uri())
    page.pdf(path=tmp_path / "front.pdf", format="A4")
    sheets = pypdf.PdfReader(tmp_path / "front.pdf").pages
    assert 1 <= len(sheets) <= 2
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    for value in read(run.folder(place) / "index.nb.html").select(".value b"):
        assert " ".join(value.get_text().split()) in text


def test_a_folder_is_named_as_the_plan_names_it(run: Run, data: Dataset) -> None:
    from workbench.batch.plan import plan

    tasks = plan(data, [AALESUND], ["01_status"], ["nb"], run.out).tasks
    assert {task.page.parent for task in tasks if task.number} == {run.folder(AALESUND)}
    assert run.folder(AALESUND).name == f"1508-{slug('Ålesund')}"
