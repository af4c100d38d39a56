"""A corrected figure makes those briefs due that show it, and no brief that shows it is left."""

import ast
import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.analysis.assessment import peer_range
from workbench.batch import inputs
from workbench.batch.notebooks import NOTEBOOKS, notebook
from workbench.dataset import Dataset

BRIEFS = {
    name: notebook(NOTEBOOKS / f"{name}.ipynb")
    for name in (
        *("01_status", "02_trends", "03_regression", "04_climate", "05_plan", "06_network"),
    )
}
Hashes = dict[tuple[str, str], str]
MODULES = [known.brief for known in BRIEFS.values()]


def corrected(data: Dataset, measure: str, number: str, year: int, factor: float) -> Dataset:
    """Return the figures with one of them changed, within what its measure can be."""
    rows = data.observations.copy()
    at = (rows["measure"] == measure) & (rows["municipality"] == number) & (rows["year"] == year)
    assert at.sum() == 1
    about = data.measure(measure)
    value = rows.loc[at, "value"] * factor
    low = -np.inf if pd.isna(about["lower_bound"]) else about["lower_bound"]
    high = np.inf if pd.isna(about["upper_bound"]) else about["upper_bound"]
    rows.loc[at, "value"] = value.clip(low, high)
    return replace(data, observations=rows)


def shown(brief: str, data: Dataset, number: str) -> str:
    """Return what the cells of a notebook show, run in this process on these figures."""
    names: dict[str, Any] = {"wb": wb, "view": wb.view(data, number)}
    pieces = []
    for cell in BRIEFS[brief].cells:
        if "import workbench" in cell or "municipality: str" in cell or "strip" in cell:
            continue
        *steps, last = ast.parse(cell).body
        assert not steps
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), brief, "eval"), names)
            pieces.append(value._repr_html_())
        else:
            exec(compile(ast.Module([last], []), brief, "exec"), names)
    return "\n".join(pieces)


@pytest.fixture(scope="module")
def before(data: Dataset) -> Hashes:
    return inputs.of(data, data.default_groups(), MODULES)


@pytest.fixture(scope="module")
def usual(data: Dataset) -> Any:
    return cache(lambda brief, number: shown(brief, data, number))


#: Measure, municipality, year, factor: all kinds of measures, a small and a large municipality.
CORRECTIONS = [
    ("registered_unemployment_annual", "4003", 2019, 1.3),
    ("low_income_share", "4010", 2022, 0.9),
    ("ghg_emissions_per_capita", "4001", 2015, 1.05),
    ("lower_secondary_grade_points", "4026", 2021, 1.01),
    ("kindergarten_coverage_1_5", "4003", 2024, 0.98),
]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda c: c[0])
def test_a_brief_that_is_not_due_would_be_the_same(
    data: Dataset, before: Hashes, usual: Any, correction: tuple[Any, ...]
) -> None:
    changed = corrected(data, *correction)
    after = inputs.of(changed, changed.default_groups(), MODULES)
    number = correction[1]
    assert all(after[number, name] != before[number, name] for name in MODULES)
    same = [
        (brief, place)
        for brief, known in BRIEFS.items()
        for place in data.municipalities["number"]
        if after[place, known.brief] == before[place, known.brief]
    ]
    # Those nearest to the change are the most likely to show it.
    group = set(data.group(data.default_group(number)))
    near = [one for one in same if one[1] in group]
    chance = np.random.default_rng(7)
    some = [near[i] for i in chance.permutation(len(near))[:6]]
    some += [same[i] for i in chance.permutation(len(same))[:2]]
    assert len(some) >= 2
    for brief, place in some:
        assert shown(brief, changed, place) == usual(brief, place), (brief, place)


def test_one_corrected_figure_leaves_nearly_all_briefs_as_they_are(
    data: Dataset, before: Hashes
) -> None:
    changed = corrected(data, "registered_unemployment_annual", "4003", 2019, 1.02)
    after = inputs.of(changed, changed.default_groups(), MODULES)
    due = [key for key in after if after[key] != before[key]]
    assert 6 <= len(due) < 0.05 * len(after)


@pytest.mark.parametrize("table", ["labels", "measures", "kpis", "breaks", "units"])
def test_what_explains_is_read_by_all(data: Dataset, before: Hashes, table: str) -> None:
    rows = getattr(data, table)
    column = next(name for name in rows.columns if name.endswith("_nb"))
    bent = rows.assign(**{column: rows[column].fillna("") + " "})
    after = inputs.of(replace(data, **{table: bent}), data.default_groups(), MODULES)
    assert all(after[key] != before[key] for key in after)


def test_an_own_target_is_read_by_its_municipality_and_those_beside(
    data: Dataset, before: Hashes
) -> None:
    row = data.targets[data.targets["measure"] == "low_income_share"].head(1)
    row = row if len(row) else data.targets.head(1)
    own = row.assign(municipality="4003", measure="flat_share", value=9.0)
    bent = replace(data, targets=pd.concat([data.targets, own], ignore_index=True))
    after = inputs.of(bent, bent.default_groups(), MODULES)
    due = {number for number, name in after if after[number, name] != before[number, name]}
    assert "4003" in due and len(due) < 60


def test_ranges_are_those_of_the_assessment(data: Dataset) -> None:
    members = data.group("county-telemark")
    hashes = inputs.Figures(data).ranges(dict.fromkeys(members, "county-telemark"))
    one, other = members[:2]
    ranges = {
        number: peer_range(data.observations, data.measures, [m for m in members if m != number])
        for number in (one, other)
    }
    for measure in ("low_income_share", "flat_share", "kindergarten_coverage_1_5"):
        texts = set()
        for rows in ranges.values():
            texts.add(rows[rows["measure"] == measure].to_csv(index=False))
        assert (hashes[measure][one][1] == hashes[measure][other][1]) == (len(texts) == 1)


def test_a_hash_is_the_same_whatever_the_order_of_rows(data: Dataset) -> None:
    shuffled = data.observations.sample(frac=1, random_state=3)
    again = inputs.Figures(replace(data, observations=shuffled))
    assert (again.own == inputs.Figures(data).own).all()


def test_a_notebook_that_names_no_module_reads_everything(data: Dataset) -> None:
    few = {"3201": "u4ssc", "4003": "county-telemark"}
    changed = corrected(data, "flat_share", "0301", 2019, 1.01)
    own, other = (inputs.of(figures, few, ["my_own"]) for figures in (data, changed))
    first, second = (own[number, "my_own"] for number in few)
    assert first != second, "whose group it is belongs to it"
    assert all(own[number, "my_own"] != other[number, "my_own"] for number in few)
    assert inputs.everything(data) != inputs.everything(changed)
    assert json.dumps(inputs.everything(data))
