"""The bench in a real JupyterLab, in a real browser, on a copy of the project."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT
from ingest.server import Statbank
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Locator, Page, expect
from project import Project

TOKEN = "a-token-for-this-test"
# The kernel is an ordinary one: it imports what a chart takes when the first one is asked for.
expect.set_options(timeout=60_000)
#: What JupyterLab itself says of servers and services that a test does not have.
NOT_OURS = re.compile(r"favicon|/api/|/static/|jupyter-server-ydoc|service ?worker|WebSocket", re.I)
EXPLORE, TRENDS = "notebooks/explore.ipynb", "notebooks/02_trends.ipynb"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    copy = Project(tmp_path_factory.mktemp("lab"))
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(file, copy.folder / "notebooks")
    yield copy
    assert not copy.gone()


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    """Start JupyterLab as ``make lab`` does, on a free port."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.root_dir=.", "--LabApp.default_url=/lab/tree/notebooks"]
    command += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.port=0"]
    # Settings and workspaces of this machine's user are none of the test's.
    private = {
        "JUPYTER_CONFIG_DIR": str(project.folder / "settings"),
        "JUPYTERLAB_SETTINGS_DIR": str(project.folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(project.folder / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(project.folder / "runtime"),
    }
    with (project.folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.environment | private,
            stdout=log,
            stderr=log,
        )
        try:
            yield _listening(project.folder / "runtime", server)
        finally:
            server.terminate()
            server.wait(30)


def _listening(runtime: Path, server: "subprocess.Popen[bytes]") -> str:
    for _ in range(600):
        for file in runtime.glob("jpserver-*.json"):
            url = json.loads(file.read_text(encoding="utf-8"))["url"]
            with suppress(urllib.error.URLError):  # the file is there before anybody listens
                urllib.request.urlopen(f"{url}api?token={TOKEN}", timeout=10)
                return str(url)
        assert server.poll() is None, "JupyterLab did not start"
        time.sleep(0.1)
    raise AssertionError("JupyterLab does not listen")


class Lab:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.said: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        if message.type == "error" and not NOT_OURS.search(f"{message.text} {place}"):
            self.said.append(f"{message.text} ({place})")

    def open(self, notebook: str) -> None:
        self.page.goto(f"{self.address}lab/tree/{notebook}?reset&token={TOKEN}")
        kernel = self.page.locator(".jp-NotebookPanel .jp-Toolbar-kernelName")
        expect(kernel).to_have_text("Python 3 (ipykernel)", timeout=60_000)
        idle = self.page.locator('[data-status="idle"]').first
        idle.wait_for(state="attached", timeout=60_000)

    def run_all(self) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def field(self, label: str) -> Locator:
        """Return the box of a field by its label."""
        labelled = self.page.locator(".widget-vbox").filter(
            has=self.page.locator(f'> .widget-label:text-is("{label}")')
        )
        return labelled.last

    def get(self, address: str) -> APIResponse:
        """Ask the server for a file as a click on a link in JupyterLab does."""
        headers = {"Referer": self.address}
        return self.page.request.get(self.address.rstrip("/") + address, headers=headers)

    def shown(self) -> Locator:
        return self.page.locator(".widget-html .wb").first


@pytest.fixture
def lab(browser: Browser, address: str) -> Iterator[Lab]:
    page = browser.new_page(viewport={"width": 1500, "height": 1300})
    yield Lab(page, address)
    page.close()


def test_an_analyst_picks_bends_and_keeps(lab: Lab, project: Project, tmp_path: Path) -> None:
    page = lab.page
    lab.open(EXPLORE)
    lab.run_all()
    expect(lab.shown()).to_contain_text("Bærum (3201)", timeout=60_000)

    who = lab.field("Kommune (skriv navn eller nummer)").locator("input")
    who.fill("Trondheim")
    who.press("Enter")
    expect(lab.shown()).to_contain_text("Trondheim (5001)")

    lab.field("Tallserie").locator("select").select_option(label="Valgdeltakelse ved stortingsvalg")
    # The heading names the series, and what it shows.
    expect(lab.shown().locator("h3")).to_contain_text("Valgdeltakelse ved stortingsvalg")
    before = lab.shown().locator("svg").first.inner_html()

    page.get_by_label("Prøv et annet måltall").check()
    # What the kernel writes into the field stands there before somebody types over it.
    expect(lab.shown()).to_contain_text("Måltallet er 82,4 % innen 2030.")
    goal = lab.field("Måltall").locator("input")
    goal.fill("88,0")
    goal.press("Enter")
    expect(lab.shown()).to_contain_text("Måltallet er 88,0 % innen 2030.")
    expect(lab.shown()).to_contain_text("Ingen har vedtatt det.")
    assert lab.shown().locator("svg").first.inner_html() != before
    page.screenshot(path=tmp_path / "bent.png")

    page.get_by_role("button", name="Lagre figur og tall").click()
    message = page.locator(".wb-message .wb")
    expect(message).to_contain_text("voter_turnout_storting.png")
    kept = project.folder / "outputs" / "explore" / "5001-trondheim"
    assert {file.suffix for file in kept.glob("voter_turnout_storting.*")} == {
        ".svg",
        ".png",
        ".csv",
    }
    linked = message.get_by_text("voter_turnout_storting.csv").get_attribute("href")
    answer = lab.get(str(linked))
    assert answer.ok and "Trondheim" in answer.text()

    page.get_by_role("tab", name="Lag rapport").click()
    page.get_by_role("button", name="Lag rapporten").click()
    expect(message).to_contain_text("Rapporten er laget.", timeout=120_000)
    page.screenshot(path=tmp_path / "made.png")
    with page.expect_popup() as opened:
        message.locator("a").click()
    report = opened.value
    expect(report.locator("h1")).to_contain_text("Trondheim")
    expect(report.locator("main")).to_contain_text("Måltallet er 88,0 % innen 2030.")
    report.close()

    page.get_by_role("tab", name="Eget måltall").click()
    lab.field("Hva heter måltallet?").locator("input").fill("Flere skal stemme")
    lab.field("Hvor er det vedtatt?").locator("input").fill("kommunestyret")
    lab.field("Når ble det vedtatt?").locator("input").fill("2025-06-12")
    lab.field("Sak eller punkt").locator("input").fill("45/25")
    page.get_by_role("button", name="Legg til måltallet").click()
    expect(message).to_contain_text("Måltallet er lagt til som kommunens eget.")
    page.screenshot(path=tmp_path / "own.png")
    own = (project.folder / "data" / "own_targets.csv").read_text(encoding="utf-8")
    assert "5001,voter_turnout_storting,88" in own
    expect(lab.shown()).to_contain_text("12. juni 2025")
    assert lab.said == []


def test_it_fits_a_small_screen_and_enter_adds_who_is_picked(lab: Lab, tmp_path: Path) -> None:
    page = lab.page
    page.set_viewport_size({"width": 1280, "height": 720})
    lab.open(EXPLORE)
    lab.run_all()
    expect(lab.shown()).to_contain_text("Bærum (3201)", timeout=60_000)
    page.locator(".jp-OutputArea").first.evaluate("area => area.scrollIntoView()")
    answer = lab.shown().locator("p:not(.kicker)").first.bounding_box()
    assert answer and answer["y"] + answer["height"] < 720, "the answer stands above the fold"
    lab.field("Sammenlign med").locator("select").select_option("kommuner jeg velger selv")
    added = lab.field("Kommuner å sammenligne med").locator("input")
    for name in ("Asker", "Nordre Follo (3207)"):
        added.fill(name)
        added.press("Enter")
        expect(page.get_by_role("button", name=name)).to_be_visible()
        expect(added).to_have_value("")
    expect(lab.shown().locator("figure svg text").filter(has_text="Nordre Follo")).to_be_visible()
    page.screenshot(path=tmp_path / "picked.png")
    page.get_by_role("button", name="Nordre Follo").click()
    expect(page.get_by_role("button", name="Nordre Follo")).to_have_count(0)
    assert lab.said == []


def test_a_model_is_built_by_picking(lab: Lab, tmp_path: Path) -> None:
    lab.open(EXPLORE)
    lab.run_all()
    built = lab.page.locator(".widget-html .wb").last
    expect(built).to_contain_text("353 kommuner", timeout=60_000)
    outcome = lab.field("Hva vil du forklare?").locator("select")
    outcome.select_option(label="Innbyggere med høyere utdanning")
    expect(built).to_contain_text("Andel av befolkningen")
    expect(built.locator("h3")).to_contain_text("Innbyggere med høyere utdanning")
    lab.field("Hva skal sammenlignes?").locator("select").select_option(
        label="hver kommune med seg selv over tid"
    )
    expect(built).to_contain_text("Hver kommune er sammenlignet med seg selv i andre år")
    expect(built.locator("code")).to_contain_text('effects="entity", errors="cluster"')
    lab.page.screenshot(path=tmp_path / "model.png", full_page=True)
    assert lab.said == []


def test_a_brief_runs_to_the_end_with_controls_above(lab: Lab, tmp_path: Path) -> None:
    page = lab.page
    lab.open(TRENDS)
    start = time.perf_counter()
    lab.run_all()
    chart = page.locator(".jp-OutputArea-output figure svg").first
    chart.wait_for(state="attached", timeout=60_000)
    print(f"first chart after {time.perf_counter() - start:.1f} s")
    expect(
        page.locator(".jp-OutputArea-output #sources, .jp-OutputArea-output .sources")
    ).not_to_have_count(0)
    controls = lab.field("Kommune (skriv navn eller nummer)").locator("input")
    controls.fill("Skien")
    controls.press("Enter")
    strip, title = page.locator(".widget-html .wb").first, page.locator(".jp-OutputArea h1")
    expect(strip).to_contain_text("Bør vurderes først: registrerte ledige")
    # What is below follows by itself, to its end.
    expect(title).to_have_text("Går det rett vei i Skien, og raskt nok?")
    expect(strip).to_contain_text("Resten av siden følger valget.")
    expect(page.locator(".jp-OutputArea").filter(has_text="Bærum")).to_have_count(0)
    page.screenshot(path=tmp_path / "trends.png")
    # Nor does running it all again take the choice back.
    lab.run_all()
    expect(controls).to_have_value("Skien (4003)")
    expect(title).to_have_text("Går det rett vei i Skien, og raskt nok?")
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert lab.said == []


def test_a_new_measure_is_picked_from_a_table_and_saved(
    lab: Lab, project: Project, bank: Statbank, root: str, tmp_path: Path
) -> None:
    table = bank.tables["13502"]
    texts = {"KOSandel150000": "Andel barn 1-5 år, i alt", "KOSandel350000": "Andel barn 3-5 år"}
    table.label, table.labels = "Barnehager", {"ContentsCode": texts}
    call = f'import workbench as wb\nwb.feed(municipality="Skien", base_url="{root}")'
    project.notebook("feed", call)
    page = lab.page
    lab.open("notebooks/feed.ipynb")
    lab.run_all()
    preview = page.get_by_role("button", name="Vis tallene for kommunen")
    save = page.get_by_role("button", name="Lag tallserien")
    expect(preview).to_be_disabled(timeout=60_000)
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert page.locator(".widget-vbox .widget-label").evaluate_all(cut) == []
    assert page.locator(".widget-checkbox span").evaluate_all(cut) == []
    number = lab.field("Tabellnummer hos SSB").locator("input")
    number.fill("1350")
    number.press("Enter")
    message = page.locator(".widget-html .wb .refused")
    expect(message).to_contain_text("1350")
    number.fill("13502")
    number.press("Enter")
    told = page.locator(".widget-html .wb").last
    expect(told).to_contain_text("Barnehager. Tabellen har 6 perioder, fra 2020 til 2025.")
    expect(message).to_have_count(0)
    page.screenshot(path=tmp_path / "table.png")
    lab.field("ContentsCode").locator("select").select_option(label=texts["KOSandel350000"])
    preview.click()
    expect(told).to_contain_text("Andel barn 3-5 år, Skien")
    expect(lab.field("Navn på bokmål").locator("input")).to_have_value("Andel barn 3-5 år")
    page.screenshot(path=tmp_path / "preview.png")
    save.click()
    expect(message).to_contain_text("Velg hvilken enhet tallene er i.")
    page.screenshot(path=tmp_path / "refused.png")
    lab.field("Enhet").locator("select").select_option(label="%")
    lab.field("Indikator som tallserien gjelder").locator("select").select_option(
        label="Barnehagedekning (0–3 år)"
    )
    lab.field("Navn på engelsk").locator("input").fill("Children aged 3-5")
    save.click()
    expect(page.locator(".widget-html .wb code")).to_have_text(
        "python -m workbench update --measure children_aged_3_5"
    )
    page.screenshot(path=tmp_path / "saved.png", full_page=True)
    measures = (project.folder / "data" / "measures.csv").read_text(encoding="utf-8")
    assert "\nchildren_aged_3_5,SC: SH: SI: 5A," in measures
    assert lab.said == []
