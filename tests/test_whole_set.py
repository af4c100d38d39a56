"""A municipality that fills in the form sees the whole set assessed, and counted alike."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest.form.forms import TODAY, asked, bent, column, put, row_of

import workbench as wb
from workbench.batch import front_page
from workbench.briefs import plan, scorecard, status, trends
from workbench.dataset import DATA, Dataset, load
from workbench.export.components import components
from workbench.ingest.form import bring_in
from workbench.ingest.form.layout import FACTS, LEAD, TABLE

ASKER = "3203"

#: Parts of one whole, and parts within others, that a form refuses to have otherwise.
FITTING = {
    ("EN: EN: WA: 1C", "Landfill"): 5,
    ("EN: EN: WA: 1C", "Burnt (open burning)"): 0,
    ("EN: EN: WA: 1C", "Incinerated"): 45,
    ("EN: EN: WA: 1C", "Open dump"): 0,
    ("EN: EN: WA: 1C", "Recycled"): 45,
    ("EN: EN: WA: 1C", "Other"): 5,
    ("EC: I: T: 4A", "Private vehicles"): 60,
    ("EC: I: T: 4A", "Public transport"): 20,
    ("EC: I: T: 4A", "Walking"): 15,
    ("EC: I: T: 4A", "Cycling"): 5,
    ("EC: I: T: 4A", "Para-transport"): 0,
}


def filled_in(year: int) -> bytes:
    """Return Asker's form with an answer to each of the 112 data points, growing by the year."""

    def fill(book: object) -> None:
        sheet = book[TABLE]  # type: ignore[index]
        book[LEAD].cell(FACTS["year"][0], 2).value = year  # type: ignore[index]
        for key, field in asked().items():
            if field.kind == "yes/no":
                answer: object = "ja"
            elif key in FITTING:
                answer = FITTING[key]
            else:
                low = 0 if field.minimum is None else field.minimum
                high = 1000 if field.maximum is None else field.maximum
                share = 0.2 + 0.01 * (year - 2020)
                answer = low + share * (min(high, low + 100) - low)
                answer = round(answer) if field.kind == "count" else round(answer, 4)
            row = row_of(*key)
            sheet.cell(row, column("answer")).value = answer
            sheet.cell(row, column("note")).value = "Kontrollert"

    return bent(fill, ASKER)


@pytest.fixture(scope="module")
def of_years(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return a folder of figures with Asker's forms of so many years, brought in at once."""

    def made(years: int) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"whole set {years}"
        if not folder.exists():
            shutil.copytree(DATA, folder)
            span = range(2025 - years, 2025)
            forms = [put(folder / f"{year}.xlsx", filled_in(year)) for year in span]
            assert bring_in(forms, folder, today=TODAY).new == 112 * years
            for form in forms:
                form.unlink()
        return folder

    return made


def own(measures: pd.Series) -> pd.Series:
    return measures.str.match(r"reported_\d")


def test_two_years_of_all_data_points_fill_the_wheel_and_claim_no_trend(
    of_years: Callable[[int], Path],
) -> None:
    view = wb.view(of_years(2), "Asker")
    assert set(status.placed(view)["status"]) == {"direct"}
    assert "112 datapunkter" in status.wheel(view) and "tall for 112 av dem" in status.wheel(view)
    assert not own(trends.table(view)["measure"]).any()
    rows = view.assessed[own(view.assessed["measure"])]
    assert len(rows) == 112 and set(rows["n"]) == {2}
    assert rows[["reading", "outcome", "chance"]].isin(["better", "worse"]).sum().sum() == 0
    assert (plan.kpis(view)["standing"] != "none").all()


def test_three_years_of_all_data_points_are_assessed_as_trends(
    of_years: Callable[[int], Path],
) -> None:
    view = wb.view(of_years(3), "Asker")
    shown = trends.table(view)
    assert own(shown["measure"]).sum() == 112
    assert "reported_27" in set(shown["measure"])
    page = BeautifulSoup(trends.measures(view), "html5lib").get_text()
    for row in shown[own(shown["measure"])].itertuples():
        assert view.language.name(view.measure(row.measure)) in page


def test_a_run_makes_pages_that_count_all_91(
    of_years: Callable[[int], Path], tmp_path: Path
) -> None:
    call = [sys.executable, ROOT / "run_all.py", "--municipality", "Asker", "--out", tmp_path]
    call += ["--data", of_years(2), "--jobs", "1"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "3203-asker"
    assert "tall for 91 av de 91" in (folder / "01_status.nb.html").read_text(encoding="utf-8")
    assert "91 indikatorer har tall" in (folder / "index.nb.html").read_text(encoding="utf-8")
    told = BeautifulSoup((folder / "05_plan.nb.html").read_text(encoding="utf-8"), "html5lib")
    assert "Alle de 91 indikatorene har tall." in told.get_text()
    files = pd.read_csv(folder / "components.csv", dtype={"municipality": str})
    assert own(files["measure"]).sum() == 112


def numbers(text: str, pattern: str) -> int:
    plain = BeautifulSoup(text, "html5lib").get_text()
    found = re.search(pattern, plain)
    assert found is not None, plain
    return int(found[1] or 0)


def counted(data: Dataset) -> dict[str, int]:
    """Return how many KPIs have a figure, by each page that says so."""
    view = wb.view(data, ASKER)
    part = components(view)
    part = part[part["relation"].isin(["direct", "proxy"])]
    return {
        "status": numbers(status.summary(view), r"tall for (\d+) av de 91"),
        "wheel": numbers(status.wheel(view), r"(\d+)av 91 har tall"),
        "front page": numbers(front_page.summary(view), r"(\d+) indikatorer har tall"),
        "scorecard": len(BeautifulSoup(scorecard.cards(view), "html5lib").select("article")),
        "plan": 91
        - numbers(plan.summary(view), r"mangler tall for (\d+) av 91|Alle de 91 indikatorene har"),
        "components": part["kpi"].nunique(),
    }


@settings(max_examples=6, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_any_subset_of_data_points_is_counted_alike_everywhere(
    data: Dataset, tmp_path_factory: pytest.TempPathFactory, draws: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any subset"
    if not folder.exists():
        shutil.copytree(DATA, folder)
    points = data.form.sample(frac=1, random_state=draws.draw(st.integers(0, 99)))
    points = points.head(draws.draw(st.integers(0, len(points))))
    yes_no = points["kind"] == "yes/no"
    points.assign(
        municipality=ASKER,
        year=2024,
        answer=yes_no.map({True: "yes", False: "value"}),
        value=points["minimum"].fillna(0.0).where(~yes_no),
        note="",
        reported_by="",
        imported="2026-11-01",
    )[list(data.reported.columns)].to_csv(folder / "reported.csv", index=False)
    without = data.coverage(ASKER)
    known = set(without.loc[without["status"] != "none", "kpi"]) | set(points["kpi"])
    found = counted(load(folder))
    assert found == dict.fromkeys(found, len(known))
