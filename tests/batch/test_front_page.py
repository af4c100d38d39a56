"""The front pages and the portal: every number from the frames, every link to something there."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import html5lib
import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

import workbench as wb
from workbench.analysis import similarity, standings
from workbench.batch import portal as portals
from workbench.batch.front_page import front_page, make, summary, works
from workbench.batch.portal import digest, keys, plain, portal
from workbench.batch.site import SYMBOLS, Run
from workbench.briefs.view import FILES
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
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")


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
    leads = run.standings[run.standings["leads"]]
    per_place = leads.groupby("municipality")["kpi"].agg(["size", "nunique"])
    assert len(per_place) == len(data.municipalities) == 357
    assert (per_place == 91).all().all()
    assert set(run.standings["sense"]) == set(standings.SENSES)


# Numbers


def number_in(cell: Tag) -> int:
    return int(re.sub(r"\D", "", cell.get_text()))


def rows(table: Tag) -> list[list[Tag]]:
    return [row.select("th, td") for row in table.select("tbody tr")]


@pytest.mark.parametrize("place", PLACES)
def test_the_table_of_goals_counts_what_the_frames_hold(
    run: Run, data: Dataset, place: str
) -> None:
    table = front(run, place).select_one("table.goals")
    assert table is not None
    counted = standings.by_goal(standings.standings(data, place)).set_index("goal")
    found = {
        int(cells[0].get_text().split()[0]): [number_in(cell) for cell in cells[1:]]
        for cells in rows(table)
    }
    assert list(found) == list(range(1, 18))
    for goal, numbers in found.items():
        wanted = counted.loc[goal] if goal in counted.index else dict.fromkeys(counted, 0)
        assert numbers == [wanted[key] for key in (*standings.SENSES, "known", "kpis")], goal
    assert sum(numbers[-1] for numbers in found.values()) == 91


def test_a_count_carries_the_sign_of_its_column_and_the_column_its_word(run: Run) -> None:
    table = front(run, SKIEN).select_one("table.goals")
    assert table is not None
    heads = [head.get_text() for head in table.select("thead th")]
    words = [Language("nb").say(f"common.sense.{sense}") for sense in standings.SENSES]
    signs = [SYMBOLS[sense] for sense in standings.SENSES]
    signed = [f"{sign}\N{NO-BREAK SPACE}{word}" for sign, word in zip(signs, words, strict=True)]
    assert heads[1:6] == [*signed[:4], words[4]]
    for cells in rows(table):
        for sign, cell in zip(signs[:4], cells[1:5], strict=True):
            assert (sign in cell.get_text()) == (number_in(cell) > 0)


@pytest.mark.parametrize("place", PLACES)
def test_under_each_goal_stand_its_indicators_with_a_word(
    run: Run, data: Dataset, place: str
) -> None:
    made, nb = front(run, place), Language("nb")
    for goal, part in standings.standings(data, place).groupby("goal"):
        box = made.select_one(f"#goal-{goal}")
        assert box is not None and box.parent is not None and box.parent.name == "details"
        said = [item.get_text() for item in box.select("li")]
        known = part[part["sense"] != "none"]
        assert len(said) == len(known)
        for _, row in known.iterrows():
            word = nb.say(f"common.standing.{row['standing']}", year=int(row["last_year"]))
            start = f"{row['name_nb']}: {word}"
            assert any(text.startswith(start) for text in said), row["kpi"]
        without = part.loc[part["sense"] == "none", "name_nb"]
        assert all(name in box.get_text() for name in without)


def test_the_summary_says_what_the_frames_say(run: Run, data: Dataset) -> None:
    box = front(run, SKIEN).select_one(".answer")
    assert box is not None
    text, own = box.get_text(" "), standings.standings(data, SKIEN)
    count = Language("nb").count
    known = int(((own["status"] != "none") & own["leads"]).sum())
    assert f"Vi har tall for {count(known)} av 91 indikatorer." in text
    assert f"Vi mangler tall for {91 - known} av 91" in text
    for sense in standings.URGENCY[:3]:
        line = next(
            (
                p
                for p in box.select("p")
                if Language("nb").say(f"front.label.{sense}") in p.get_text()
            ),
        )
        marked = {str(span["data-measure"]) for span in line.select("[data-measure]")}
        wanted = own.loc[own["sense"] == sense, "measure"]
        assert marked <= set(wanted) and (len(marked) == len(wanted) or "til" in line.get_text())
    climate = own[own["goal"] == 13].iloc[0]
    assert f"{climate['last']:.1f}".replace(".", ",") in text
    assert f"i {climate['last_year']:.0f}" in text
    assert "Klimagassutslipp" in text and climate["standing"] == "slow"


def test_who_is_said_to_be_on_the_way_is_a_peer_who_is(run: Run, data: Dataset) -> None:
    nb, series = Language("nb"), standings.judged(data)
    on = series[series["sense"] == "on"]
    alike, named = similarity.traits(data.observations), 0
    for number in [*PLACES, *data.group("county-nordland")[:9]]:
        view = wb.view(data, number)
        lines = BeautifulSoup(summary(run, view, run.rows(number)), "html5lib").select("p")
        label = nb.say("front.label.call")
        text = next((line.get_text() for line in lines if label in line.get_text()), "")
        own = run.standings[run.standings["municipality"] == number]
        behind = own[own["sense"].isin(["first", "watch"])]
        near = on[on["municipality"].isin(view.peers)]
        shared = behind[behind["measure"].isin(near["measure"])]
        nearest = similarity.similar(alike, number, 3)["municipality"]
        assert nb.listed(data.name(peer) for peer in nearest) in text
        assert ("Spør gjerne" in text) == bool(len(shared))
        if len(shared):
            rank = shared["standing"].map(standings.STANDINGS.index)
            first = shared.loc[rank.idxmin()]
            there = near.loc[near["measure"] == first["measure"], "municipality"]
            measure = data.measures.set_index("measure").loc[first["measure"]]
            assert nb.inside(measure["name_nb"]) in text, "a proxy is not its indicator"
            assert text.count(" til er") or all(data.name(peer) in text for peer in there)
            assert any(data.name(peer) in text for peer in there)
            named += 1
    assert named > 3


def test_the_portal_counts_what_the_frames_hold(run: Run, data: Dataset) -> None:
    made = read(run.out / "index.html")
    sense_of = {sign: sense for sense, sign in SYMBOLS.items()}
    seen = Counter[str]()
    for row in made.select("tr[data-find]"):
        number = str(row["data-find"]).split()[0]
        counted = standings.by_goal(standings.standings(data, number)).set_index("goal")
        for goal, cell in enumerate(row.select("td"), start=1):
            marks = {
                sense_of[mark.get_text()[0]]: int(re.findall(r"\d+", mark.get_text())[0])
                for mark in cell.select("i")
            }
            there = counted.loc[goal] if goal in counted.index else pd.Series(dtype=int)
            judged = there.reindex(standings.SENSES[:-1]).dropna()
            assert marks == judged[judged > 0].to_dict(), (number, goal)
            seen.update(marks)
            # What says nothing to the eye says nothing to the ear.
            alone = "–Ingen tall" if len(there) and not marks else ""
            assert marks or cell.get_text() == alone
    assert set(seen) == {"on", "watch", "first", "level"}, "each of them was tried"


def test_each_mark_says_its_word_to_those_who_do_not_see_it(run: Run) -> None:
    made, nb = read(run.out / "index.html"), Language("nb")
    marks = made.select("tr[data-find] i")
    assert marks
    for mark in marks:
        sense = mark["class"][0]
        assert mark.get_text().endswith(f" {nb.say(f'common.sense.{sense}')}")


def test_the_sums_add_up_the_municipalities(run: Run, data: Dataset) -> None:
    table = read(run.out / "index.html").select_one("table.sums")
    assert table is not None
    *by_goal, whole = [[number_in(cell) for cell in cells[1:]] for cells in rows(table)]
    all_of_them = pd.concat([standings.standings(data, number) for number in PLACES])
    all_of_them = all_of_them[all_of_them["leads"]]
    assert whole == [int((all_of_them["sense"] == sense).sum()) for sense in standings.SENSES]
    assert [sum(column) for column in zip(*by_goal, strict=True)] == whole
    assert sum(whole) == 91 * len(PLACES)


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
    assert front_page(again, SKIEN, "nb") == front_page(run, SKIEN, "nb")
    assert portal(again, "nb") == portal(run, "nb")
    later = beside(run, run.out, day=date(2026, 12, 1))
    for page, other in [
        (front_page(run, SKIEN, "nb"), front_page(later, SKIEN, "nb")),
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
        (front_page(made, BAERUM, "nb"), ".links a"),
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


def test_all_municipalities_fit_into_300_kilobytes(run: Run, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    for number in made.names:
        files.write(made.folder(number) / "index.nb.html", "made up")
    page = portal(made, "nb")
    assert page.count('<tr data-find="') == 357
    assert len(page.encode()) < 300_000


def test_the_portal_sorts_as_norwegians_sort(run: Run, data: Dataset, tmp_path: Path) -> None:
    made = beside(run, tmp_path)
    names = ["Ålesund", "Nordre Land", "Ørsta", "Nord-Aurdal", "Sande", "Hareid", "Øystre Slidre"]
    for name in names:
        folder = made.folder(data.municipality(name))
        files.write(folder / "index.nb.html", "made up")
    page = BeautifulSoup(portal(made, "nb"), "html5lib")
    assert [head.get_text() for head in page.select("h3")] == ["Innlandet", "Møre og Romsdal"]
    assert [link.get_text() for link in page.select("tr[data-find] a")] == [
        *("Nord-Aurdal", "Nordre Land", "Øystre Slidre"),
        *("Hareid", "Sande", "Ørsta", "Ålesund"),
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
        (script,) = scripts
        assert policy.endswith(f"; script-src '{digest(str(script.string))}'")
        assert len(str(script.string).encode()) < 1500


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
    listed = BeautifulSoup(front_page(run, BAERUM, "nb"), "html5lib")
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


@pytest.mark.parametrize("code", languages())
def test_the_summary_is_short_and_easy_everywhere(run: Run, data: Dataset, code: str) -> None:
    for number in list(data.municipalities["number"])[::17]:
        box = BeautifulSoup(summary(run, wb.view(data, number, code), run.rows(number)), "html5lib")
        lines = [line.get_text() for line in box.select("p")]
        assert 6 <= len(lines) <= 10
        text = " ".join(lines)
        assert not re.search(r"\bnan\b|[{}]| [.,]|\.\.|  ", text), text
        assert lix(text) <= 45, (number, lix(text), text)


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


def test_what_is_left_is_told_and_empty_counties_go(page: Page, found: Found) -> None:
    everyone = found("")
    assert len(everyone) == len(PLACES) and page.locator("#found").inner_text() == ""
    found("bær")
    assert page.locator("#found").inner_text() == f"1 av {len(PLACES)} kommuner passer."
    assert page.locator(".county:visible h3").all_inner_texts() == ["Akershus"]
    found("bærx")
    assert "Ingen av de 6 kommunene her heter det." in page.locator("#found").inner_text()
    assert page.locator(".county:visible").count() == 0
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
    plainly.get_by_role("link", name="Bærum").click()
    plainly.get_by_role("link", name="13 ").first.click()
    assert plainly.locator("#goal-13").is_visible(), "the box opens for a link into it"
    plainly.locator(".links a").first.click()
    assert plainly.title() == "Where? <3201>"
    context.close()


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
    assert "Kort fortalt" in text and "17 Samarbeid for å nå målene" in text


def test_a_folder_is_named_as_the_plan_names_it(run: Run, data: Dataset) -> None:
    from workbench.batch.plan import plan

    tasks = plan(data, [AALESUND], ["01_status"], ["nb"], run.out).tasks
    assert {task.page.parent for task in tasks if task.number} == {run.folder(AALESUND)}
    assert run.folder(AALESUND).name == f"1508-{slug('Ålesund')}"
