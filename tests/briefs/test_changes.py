"""A run against an earlier one."""

from dataclasses import replace
from pathlib import Path

import pytest

import workbench as wb
from workbench.export import components

TURNOUT = "voter_turnout_storting"


@pytest.fixture(scope="module")
def view() -> wb.View:
    return wb.view(None, "Bærum")


@pytest.fixture(scope="module")
def corrected(view: wb.View) -> wb.View:
    """The same view with one figure of Bærum corrected, and one measure's figures gone."""
    rows = view.data.observations
    rows = rows[(rows["measure"] != "flat_share") | (rows["municipality"] != view.number)].copy()
    newest = rows["year"] == 2025
    own = (rows["measure"] == TURNOUT) & (rows["municipality"] == view.number) & newest
    rows.loc[own, "value"] = 60.0
    return replace(view, data=replace(view.data, observations=rows))


def test_nothing_has_changed_since_the_same_run(view: wb.View, tmp_path: Path) -> None:
    file = tmp_path / "components.csv"
    file.write_bytes(components.as_csv(components.components(view)))
    then = wb.changes.earlier(view, str(file))
    assert then.kind == "file"
    rows = wb.changes.table(view, then)
    assert not rows[["figures", "verdicts", "ahead"]].any().any()
    text = wb.changes.figures(view, then) + wb.changes.verdicts(view, then)
    assert "Alle tall er som før." in text and "Alle vurderinger er som før." in text
    assert "components.csv" in wb.changes.summary(view, then)


def test_a_corrected_figure_is_named_with_what_follows_from_it(
    view: wb.View, corrected: wb.View, tmp_path: Path
) -> None:
    file = tmp_path / "components.csv"
    file.write_bytes(components.as_csv(components.components(view)))
    then = wb.changes.earlier(corrected, str(file))
    rows = wb.changes.table(corrected, then)
    assert set(rows.index[rows["figures"]]) == {TURNOUT, "flat_share"}
    row = rows.loc[TURNOUT]
    assert (row["last"], round(row["last_before"], 1)) == (60.0, 86.2)
    shown = wb.changes.figures(corrected, then)
    assert "rettet" in shown and "borte" in shown
    assert "Boliger i blokk" in shown or "boliger i blokk" in shown


def test_without_an_earlier_run_it_is_the_year_before(view: wb.View) -> None:
    then = wb.changes.earlier(view)
    rows = wb.changes.table(view, then)
    was = view.data.series(TURNOUT, "Bærum").iloc[-2]
    assert rows.at[TURNOUT, "last_before"] == was
    assert "før det siste året" in wb.changes.summary(view, then)
    page = wb.changes.projections(view, then)
    assert page.count("<svg") == 1


def test_a_folder_of_figures_is_another_run(view: wb.View) -> None:
    then = wb.changes.earlier(view, str(view.data.path))
    assert then.kind == "folder"
    assert not wb.changes.table(view, then)["figures"].any()


def test_what_is_no_run_is_refused(view: wb.View, tmp_path: Path) -> None:
    for content in ("a,b\n1,2\n", "", "municipality,measure\n3201,x\n"):
        file = tmp_path / "other.csv"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(wb.UsageError, match="neither a folder of figures nor a components.csv"):
            wb.changes.earlier(view, str(file))
    with pytest.raises(wb.UsageError, match="neither"):
        wb.changes.earlier(view, str(tmp_path / "nothing.csv"))


def test_the_file_of_another_municipality_is_refused(view: wb.View, tmp_path: Path) -> None:
    rows = components.components(view).assign(municipality="4003")
    file = tmp_path / "components.csv"
    rows.to_csv(file, index=False)
    with pytest.raises(wb.UsageError, match="holds nothing of Bærum"):
        wb.changes.earlier(view, str(file))
