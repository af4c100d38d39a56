"""The page of the bench, by its widgets alone: what is picked is what is shown."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

import workbench as wb
from workbench.errors import UsageError
from workbench.lab import run_brief
from workbench.lab.explorer import BY_HAND, Explorer
from workbench.lab.model_builder import Builder
from workbench.lab.scenario import SIMILAR, Choice, Scenario, Scenarios
from workbench.storage import normalise

TURNOUT = "voter_turnout_storting"


def words(html: str) -> str:
    """Return what a reader sees of a page."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare)


@pytest.fixture
def page(tmp_path: Path) -> Explorer:
    return wb.explore(None, "Trondheim", measure=TURNOUT, out=tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Explorer]:
    """Give a page on a copy of the figures, which it may write to."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    yield wb.explore(tmp_path / "data", "Trondheim", "nb", TURNOUT, tmp_path / "out")


def test_it_begins_with_a_measure_that_has_figures() -> None:
    assert "<svg" in wb.explore(None, "Utsira").shown.value


def test_a_municipality_is_found_by_name_number_and_earlier_number(page: Explorer) -> None:
    for typed, name in (("Skien", "Skien"), ("3201", "Bærum"), ("0219", "Bærum"), ("ås", "Ås")):
        page.selectors.who.value = typed
        assert f" {name} (" in words(page.shown.value)
    assert len(page.selectors.who.options) == 357
    assert {"Våler (Østfold) (3114)", "Våler (Innlandet) (3419)"} <= set(page.selectors.who.options)


def test_a_wrong_name_shows_a_sentence_and_nothing_stale(page: Explorer) -> None:
    page.selectors.who.value = "Trondhjem"
    assert "Did you mean Trondheim?" in words(page.shown.value)
    assert "<svg" not in page.shown.value and page.scene is None
    assert page.actions.save.disabled and page.actions.make.disabled
    page.selectors.who.value = "Trondheim"
    assert "<svg" in page.shown.value and not page.actions.save.disabled


def test_goal_and_indicator_narrow_what_can_be_picked(page: Explorer) -> None:
    page.selectors.goal.value = "13"
    assert {code for _, code in page.selectors.kpi.options} == {"", "EN: EN: AQ: 2C"}
    kpis = page.data.measures.set_index("measure")["kpi"]
    assert {kpis[measure] for _, measure in page.selectors.measure.options} == {"EN: EN: AQ: 2C"}
    name = page.data.measure(page.selectors.measure.value)["name_nb"]
    assert f"<h3>{name}</h3>" in re.sub(r'<h3 id="[^"]*">', "<h3>", page.shown.value)
    page.selectors.goal.value = ""
    with_figures = set(page.data.observations["measure"])
    assert {name for _, name in page.selectors.measure.options} == with_figures


def test_a_measure_that_nobody_has_figures_of_is_refused() -> None:
    with pytest.raises(UsageError, match="no figures of reported_1 to show"):
        wb.explore(None, "Asker", measure="reported_1")


def test_cities_abroad_are_picked_as_peers_and_named_as_such(tmp_path: Path) -> None:
    page = wb.explore(None, "Asker", measure="itu_77", out=tmp_path)
    page.peers.value = BY_HAND
    page.hand.value = ["Kristiansund (1505)", "Bizerte i Tunisia (utlandet)"]
    printed = page.data.u4ssc_results.query("kpi == 'SC: SH: SI: 1C'").set_index("city")["value"]
    said = words(page.shown.value)
    for city, name in (("Kristiansund", "Kristiansund"), ("Bizerte", page.hand.value[1])):
        assert f"{name} 2020 {page.language.number(printed[city], 2)}" in said
    with pytest.raises(UsageError, match="bare norske kommuner"):
        run_brief.brief(page.scene.view, "status", tmp_path)  # type: ignore[union-attr]


def test_a_bent_target_moves_sentence_verdict_and_chart_together(page: Explorer) -> None:
    before = page.shown.value
    page.bend.value = True
    page.target.value = "88"
    assert "Måltallet er 88,0 % innen 2030." in words(page.shown.value)
    assert "For sakte" in words(page.shown.value)
    page.year.value = 2050
    assert "Måltallet er 88,0 % innen 2050." in words(page.shown.value)
    page.target.value = "200"
    assert "utenfor skalaen" in words(page.shown.value)
    page.bend.value = False
    assert page.shown.value == before, "and back again"


def test_another_measure_drops_the_target_of_the_first(page: Explorer) -> None:
    page.bend.value, page.target.value = True, "88"
    page.selectors.measure.value = "low_income_share"
    assert not page.bend.value and page.target.disabled
    held = page.scene.row["target"]  # type: ignore[union-attr, index]
    assert page.target.value == page.language.number(held, 1)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("6,5", 6.5), ("6.5", 6.5), (" 6,5\u00a0% ", 6.5), ("６，５", 6.5), ("65", 65.0)],
)
def test_a_target_is_read_as_it_is_typed(page: Explorer, typed: str, value: float) -> None:
    page.selectors.measure.value = "low_income_share"
    page.bend.value, page.target.value = True, typed
    assert page.scene is not None and page.scene.choice.target == value


@pytest.mark.parametrize("typed", ["", "mange", "1.234", "6,5,5", "6,5 kr", "<b>", "٤²"])
def test_what_is_no_target_is_refused_in_a_sentence(page: Explorer, typed: str) -> None:
    page.bend.value, page.target.value = True, typed
    assert page.scene is None and "kan ikke leses som ett bestemt tall" in words(page.shown.value)
    assert "<b>" not in page.shown.value


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_target_that_is_offered_can_be_typed_again(language: str) -> None:
    page = wb.explore(None, "Oslo", language, "population")
    decimals = page.data.units.set_index("unit")["decimals"]
    assert page.scene is not None
    rows = page.scene.view.assessed.assign(decimals=lambda of: of["unit"].map(decimals))
    for row in rows.drop_duplicates("decimals").itertuples():
        page.selectors.measure.value = row.measure
        offered = row.last if pd.isna(row.target) else row.target
        typed = normalise.number(page.target.value)
        assert typed == (pytest.approx(offered, abs=0.5 * 10.0**-row.decimals), "")


def test_peers_can_be_picked_by_hand(page: Explorer) -> None:
    page.peers.value = SIMILAR
    assert "kommunene som ligner mest" in words(page.shown.value)
    page.peers.value = BY_HAND
    assert "Velg minst én kommune" in words(page.shown.value)
    page.hand.value = ["Oslo (0301)", "Asker (3203)"]
    assert page.scene is not None and page.scene.view.peers == ("0301", "3203")
    drawn = BeautifulSoup(page.shown.value, "html5lib").select("figure")[-1]
    assert {"Oslo", "Asker", page.scene.view.name} <= {t.get_text() for t in drawn.select("text")}


def test_one_that_is_picked_is_added_by_its_name_and_taken_away_by_its_button(
    page: Explorer,
) -> None:
    page.peers.value = BY_HAND
    added, *_ = page.hand.children
    for typed in ("Asker", "0301", "Asker kommune", "Drammen (3301)"):
        added.value = typed
        assert added.value == ""
    assert page.hand.value == ("Asker (3203)", "Oslo (0301)", "Drammen (3301)")
    added.value = "Askr"
    assert "Did you mean" in page.hand.children[1].value and added.value == "Askr"
    added.value = ""
    asker = next(one for one in page.hand.children if "Asker" in getattr(one, "description", ""))
    assert asker.tooltip == "Ta bort Asker (3203)"
    asker.click()
    assert page.scene is not None and page.scene.view.peers == ("0301", "3301")


def test_each_change_replaces_the_page_once(page: Explorer) -> None:
    shown: list[str] = []
    page.shown.observe(lambda change: shown.append(change["new"]), "value")
    page.selectors.measure.value = "low_income_share"
    page.selectors.who.value = "Bærum"
    page.bend.value = True
    page.target.value = "5"
    page.ahead.value = False
    page.scale.value = True
    assert len(shown) == 6


def test_what_is_kept_is_linked(page: Explorer, tmp_path: Path) -> None:
    page.actions.save.click()
    files = sorted((tmp_path / "explore" / "5001-trondheim").iterdir())
    assert [file.suffix for file in files] == [".csv", ".png", ".svg"]
    assert all(file.as_uri() in page.actions.message.value for file in files)
    page.selectors.who.value = "Bærum"
    assert page.actions.message.value == "", "what was said of another scenario is gone"


def test_a_target_becomes_the_municipalitys_own(own: Explorer) -> None:
    own.actions.add.click()
    assert "Prøv et annet måltall" in words(own.actions.message.value), "none is tried yet"
    own.bend.value, own.target.value = True, "88"
    own.actions.add.click()
    assert "Velg datoen" in words(own.actions.message.value)
    own.actions.decided.value = date(2025, 6, 12)
    own.actions.add.click()
    assert "refused" in own.actions.message.value and own.bend.value, "it has no name yet"
    own.actions.name.value, own.actions.basis.value = "Flere skal stemme", "kommunestyret"
    own.actions.paragraph.value = "45/25"
    own.actions.add.click()
    assert "lagt til som kommunens eget" in words(own.actions.message.value)
    assert "vedtatt av kommunestyret 12. juni 2025, sak 45/25" in words(own.shown.value)
    again = wb.load(own.data.path)
    row = wb.view(again, "Trondheim").assessed.set_index("measure").loc[TURNOUT]
    assert (row["target"], row["target_year"], row["target_scope"]) == (88, 2030, "municipality")
    own.bend.value, own.target.value = True, "95"
    assert "prøvd ut" in words(own.shown.value)
    assert "vedtatt av kommunestyret" not in words(own.shown.value), "that was the other one"


def test_a_brief_is_made_with_what_was_picked(own: Explorer, tmp_path: Path) -> None:
    own.bend.value, own.target.value = True, "88"
    own.peers.value = BY_HAND
    own.hand.value = ["Oslo (0301)", "Asker (3203)", "Bærum (3201)"]
    own.actions.make.click()
    assert own.actions.make.disabled, "not twice at once"
    own.actions.working.join(120)  # type: ignore[union-attr]
    page = tmp_path / "out/explore/5001-trondheim/brief/5001-trondheim/02_trends.nb.html"
    assert page.as_uri() in own.actions.message.value and not own.actions.make.disabled
    said = words(page.read_text(encoding="utf-8")).replace("\N{NO-BREAK SPACE}", " ")
    assert "Måltallet er 88,0 % innen 2030." in said and "Ingen har vedtatt det." in said
    assert "kommuner som er valgt for hånd (tre andre kommuner)" in said
    assert not (wb.load(own.data.path).groups["group"] == run_brief.PICKED).any(), "a copy has it"


def test_tables_that_a_spreadsheet_saved_are_copied_with_what_was_picked(
    own: Explorer, tmp_path: Path
) -> None:
    data = own.data.path
    for name in ("groups", "labels", "targets", "own_targets"):
        content = (data / f"{name}.csv").read_bytes().replace(b"\n", b"\r\n")
        (data / f"{name}.csv").write_bytes(b"\xef\xbb\xbf" + content.replace(b",", b" ,", 1))
    (data / "own_targets.csv").open("ab").write(
        f"5001,{TURNOUT},85,2030,Mål,Kommuneplan,,2024-01-01\r\n".encode()
    )
    scenarios = Scenarios(wb.load(data))
    scenario = scenarios.of(Choice("Trondheim", TURNOUT, ("0301",), 88))
    staged = run_brief.copied(scenario.view, tmp_path / "staged", scenario)
    assert staged.group == run_brief.PICKED and set(staged.peers) == {"0301"}
    row = staged.assessed.set_index("measure").loc[TURNOUT]
    assert (row["target"], row["target_scope"]) == (88, "tried")


def test_a_brief_that_cannot_be_made_says_why(page: Explorer, tmp_path: Path) -> None:
    scenario: Scenario = Scenarios(page.data).of(Choice("Trondheim", TURNOUT))
    with pytest.raises(UsageError, match="is not a brief"):
        run_brief.brief_of(scenario, "09_nothing", tmp_path, lambda line: None)


# The builder


def test_a_model_is_what_regress_gives() -> None:
    built = wb.builder()
    expected = wb.regress(
        wb.load(), "voter_turnout_storting ~ tertiary_education_share + share_67_plus"
    )
    assert built.model is not None and built.model.terms.equals(expected.terms)
    said = words(built.shown.value)
    assert f"{expected.municipalities} kommuner er sammenlignet" in said
    assert "Dette sier hva som hører sammen, ikke hva som ville skje" in said


@pytest.fixture(scope="module")
def education() -> Builder:
    return wb.builder(None, "tertiary_education_share", ("flat_share", "share_67_plus"))


@pytest.mark.parametrize("effects", ["none", "pooled", "time", "entity", "two-way"])
def test_effects_and_errors_are_those_of_the_call_it_shows(
    education: Builder, effects: str
) -> None:
    education.effects.value = effects
    for _, kind in education.errors.options:
        education.errors.value = kind
        assert education.model is not None
        assert (education.model.effects, education.model.errors) == (effects, kind)
        call = re.search(r"<code>(.*?)</code>", education.shown.value)
        assert call is not None
        text = call[1].replace("&#34;", '"')
        again = eval(text, {"wb": wb, "data": education.data})
        assert again.terms.equals(education.model.terms)


def test_what_a_model_cannot_carry_is_told() -> None:
    built = wb.builder()
    built.terms.value = []
    assert built.model is None and "Velg minst én tallserie" in words(built.shown.value)
    built = wb.builder()
    built.effects.value = "time"
    assert built.model is None and "two" in words(built.shown.value)


def test_an_outcome_is_not_accounted_for_by_itself() -> None:
    built = wb.builder()
    built.outcome.value = "tertiary_education_share"
    assert built.formula() == "tertiary_education_share ~ share_67_plus"
    assert built.model is not None


@pytest.mark.parametrize("language", ["en", "nn"])
def test_the_bench_speaks_every_language(language: str) -> None:
    shown = wb.explore(None, "Bærum", language, "low_income_share")
    assert "<svg" in shown.shown.value
    assert wb.builder(language=language).model is not None
    for one in (shown.bend, shown.ahead):
        assert one.description


def test_most_changes_are_shown_from_what_is_known(page: Explorer) -> None:
    """Going back and forth does not reckon anything again: the same objects are there."""
    first = page.scene
    page.selectors.who.value = "Bærum"
    page.selectors.who.value = "Trondheim"
    assert first is not None and page.scene is not None and page.scene.view is first.view
