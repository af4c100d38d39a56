"""From cells to figures: as they are, added up, over another measure, over other cells."""

import dataclasses
import doctest
import math
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.conftest import Bring
from ingest.server import Statbank, Table
from ingest.test_update import changed, rows_of
from workbench.dataset import DATA
from workbench.dataset.reported import is_reported
from workbench.errors import DataError
from workbench.ingest import compare, feeds, observations
from workbench.ingest.feeds import Feed
from workbench.ingest.ssb import client, jsonstat, pxweb
from workbench.ingest.ssb.client import SourceError


def feed(**parts: str) -> Feed:
    names = [field.name for field in dataclasses.fields(Feed)]
    return Feed(**{**dict.fromkeys(names, ""), "table": "1", "place": "Region", **parts})


def cube(table: Table) -> jsonstat.Cube:
    return jsonstat.read(table.dataset(table.codes), "the table")


AGES = {
    "Region": ["0301", "K-3201", "0"],
    "Alder": ["000", "001", "002"],
    "ContentsCode": ["Personer1"],
    "Tid": ["2025", "2026"],
}


def ages(at: dict[str, str]) -> float | str:
    """Return 100 for the youngest, 101, 102; of the oldest in Bærum in 2026 nothing is said."""
    if at["Alder"] == "002" and at["Region"] == "K-3201" and at["Tid"] == "2026":
        return ":"
    return 100.0 + int(at["Alder"])


def told(of: Feed, table: Table, scale: float = math.nan, by: pd.DataFrame | None = None) -> dict:
    about = cube(table)
    rows = observations.observations(of, about, about.cells, scale, by)
    return {(r.municipality, r.year): r.value for r in rows.itertuples()}


def test_chosen_cells_are_added_up_and_a_missing_one_leaves_the_sum_missing() -> None:
    of = feed(transformation="sum", selection="ContentsCode=Personer1; Alder=001,002")
    values = told(of, Table(AGES, ages))
    assert values == {("0301", 2025): 203.0, ("0301", 2026): 203.0, ("3201", 2025): 203.0}


def test_a_figure_that_is_to_be_one_cell_is_refused_where_there_are_several() -> None:
    of = feed(transformation="value", measure="population", selection="Alder=001,002")
    with pytest.raises(SourceError, match="several cells for one figure of population"):
        told(of, Table(AGES, ages))


def test_a_figure_per_resident_is_divided_by_the_population_of_that_place_and_year() -> None:
    of = feed(transformation="per", denominator="population", selection="Alder=000")
    by = pd.DataFrame({"municipality": ["0301", "0301"], "year": [2025, 2026], "value": [50.0, 0]})
    assert told(of, Table(AGES, ages), 10.0, by) == {("0301", 2025): 20.0}


def test_a_ratio_is_cells_over_cells_of_the_same_table() -> None:
    of = feed(transformation="ratio", selection="Alder=000", denominator="Alder=000,001,002")
    values = told(of, Table(AGES, ages), 100.0)
    assert values[("0301", 2026)] == pytest.approx(100 * 100 / 303, abs=5e-5)
    assert ("3201", 2026) not in values
    query = observations.query(of, cube(Table(AGES, ages)), ["0301"], ["2026"])
    assert query.selection["Alder"] == ["000", "001", "002"]


def test_figures_in_months_are_no_figures_by_year() -> None:
    monthly = {**AGES, "Tid": ["2026M01", "2026M02"]}
    with pytest.raises(SourceError, match="counts in '2026M02' where years were expected"):
        observations.years(cube(Table(monthly, ages)), None)


@pytest.mark.parametrize(("one", "two"), [("2023-2024", "2024-2025"), ("2010_2016", "2011_2017")])
def test_a_period_is_the_year_that_it_ends_with(one: str, two: str) -> None:
    table = Table({**AGES, "Tid": [one, two]}, lambda at: 5.0)
    assert observations.years(cube(table), int(two[-4:])) == [two]
    of = feed(transformation="value", selection="ContentsCode=Personer1; Alder=000")
    assert set(told(of, table)) == {(p, int(t[-4:])) for p in ("0301", "3201") for t in (one, two)}


def test_a_rate_per_1000_is_scaled_to_the_unit_of_the_measure() -> None:
    of = feed(transformation="scaled", selection="ContentsCode=Personer1; Alder=001")
    assert told(of, Table(AGES, ages), 100.0)[("0301", 2025)] == 10_100.0


def test_values_by_place_are_the_same_figures(bring: Bring, bank: Statbank, folder: Path) -> None:
    before = rows_of(folder)
    bank.tables["13502"].by_place = True
    assert (bring().state, rows_of(folder)) == ("brought in", before)


def test_places_that_are_no_municipality_are_not_asked_for() -> None:
    codes = ["0", "31", "EAK", "K-3201", "0301", "K-Rest", "9999", "3999", "K-21-22"]
    assert observations.places(codes, {"0301", "3201"}) == (["K-3201", "0301"], ["3999"])


# Through the whole command


def population_bank(bank: Statbank) -> dict[tuple[str, str], float]:
    """Give the server table 07459 with the population as it is in data/observations."""
    rows = pd.read_csv(DATA / "observations" / "population.csv", dtype={"municipality": str})
    values = {(f"K-{r.municipality}", str(r.year)): r.value for r in rows.itertuples()}
    codes = {
        "Region": ["0301"],
        "Kjonn": ["1", "2"],
        "ContentsCode": ["Personer1"],
        "Tid": [str(year) for year in range(2005, 2027)],
    }
    bank.codelists["agg_KommSummer"] = [*sorted({place for place, _ in values}), "K-Rest"]
    bank.tables["07459"] = Table(
        codes, lambda at: values.get((at["Region"], at["Tid"]), "."), eliminable=("Kjonn",)
    )
    return values


def test_a_list_that_adds_up_earlier_municipalities_is_asked_by_its_own_codes(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    values = population_bank(bank)
    values[("K-3201", "2026")] += 2
    outcome = bring("population")
    assert [row[:3] for row in changed(outcome)] == [("3201", 2026, "revised")]
    asked = bank.data_requests()[0]
    assert "codelist[Region]=agg_KommSummer" in asked.replace("%5B", "[").replace("%5D", "]")
    assert "Kjonn" not in asked


def test_the_shipped_electricity_comes_out_of_consumption_and_population(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    """14490 in GWh over 07459: the figures first gathered, to the fourth decimal."""
    population_bank(bank)
    shipped = pd.read_csv(
        DATA / "observations" / "electricity_per_capita.csv", dtype={"municipality": str}
    )
    used = {(f"K-{r.municipality}", str(r.year)): r.numerator for r in shipped.itertuples()}
    codes = {
        "Region": ["0301"],
        "Forbrukargruppe": ["I alt", "Husholdninger"],
        "ContentsCode": ["Forbruk"],
        "Tid": [str(year) for year in range(2020, 2026)],
    }
    cell = lambda at: used.get((at["Region"], at["Tid"]), "..")  # noqa: E731
    bank.tables["14490"] = Table(codes, cell, unit="GWh")
    assert changed(bring("electricity_per_capita")) == []


def test_old_and_new_numbers_side_by_side_are_one_figure(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    """Porsgrunn is 3806 to 2023 and 4001 from 2024; the table lists both for every year."""
    table = bank.tables["13502"]
    table.codes["KOKkommuneregion0000"].append("3806")
    for year in range(2020, 2026):
        bank.values[("3806", str(year))] = bank.values[("4001", str(year))]
    assert changed(bring()) == []
    data = pd.read_csv(
        folder / "observations" / "kindergarten_coverage_1_5.csv", dtype={"municipality": str}
    )
    assert ("3806", 2021) in set(zip(data["municipality"], data["year"], strict=True))


def test_a_figure_that_moves_to_another_number_of_the_same_place_is_replaced(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    """Printed as 3806 from now on, and revised: the old line must not stand in its way."""
    bank.tables["13502"].codes["KOKkommuneregion0000"].append("3806")
    was = bank.values.pop(("4001", "2021"))
    bank.values[("3806", "2021")] = 90.1
    assert [row[2:] for row in changed(bring())] == [("revised", was, 90.1)]
    after = rows_of(folder)
    assert after[("3806", "2021")] == "90.1" and ("4001", "2021") not in after


FIGURES = st.dictionaries(
    st.tuples(st.sampled_from(["0301", "1103", "3201", "4601"]), st.integers(2015, 2026)),
    st.floats(0, 100, width=32),
    max_size=20,
)


@given(ours=FIGURES, theirs=FIGURES)
def test_nothing_published_is_ever_lost_and_the_source_has_the_last_word(
    ours: dict[tuple[str, int], float], theirs: dict[tuple[str, int], float]
) -> None:
    history = pd.DataFrame(
        [(n, 1940, pd.NA, n, "no", None) for n in ("0301", "1103", "3201", "4601")],
        columns=["number", "first_year", "last_year", "municipality", "split", "renumbers"],
    )

    def table(values: dict[tuple[str, int], float]) -> pd.DataFrame:
        rows = [(n, y, v, math.nan, math.nan, "") for (n, y), v in values.items()]
        columns = ["municipality", "year", "value", "numerator", "denominator", "status"]
        kinds = {"municipality": "str", "value": float, "numerator": float, "denominator": float}
        return pd.DataFrame(rows, columns=columns).astype(kinds)

    after, change = compare.compare(table(ours), table(theirs), history, "year", range(0, 9999))
    got = {(r.municipality, int(r.year)): r.value for r in after.itertuples()}
    assert got == ours | theirs
    kinds = {(r.municipality, int(r.year)): r.change for r in change.itertuples()}
    assert {k for k, kind in kinds.items() if kind == "new"} == set(theirs) - set(ours)
    assert {k for k, kind in kinds.items() if kind == "gone"} == set(ours) - set(theirs)


# The table of feeds


def test_every_measure_has_a_feed_and_none_claims_to_have_been_run(data: object) -> None:
    rows = feeds.read(DATA)
    measures = data.measures["measure"]  # type: ignore[attr-defined]
    assert [row.measure for row in rows] == list(measures[~is_reported(measures)])
    assert {row.verified for row in rows} == {"never"}
    for row in rows:
        assert row.basis and (row.steps or row.source in ("pxweb", "fhi"))
        if "guess" in row.basis:
            assert row.confidence != "high"


def test_what_others_are_divided_by_comes_first() -> None:
    chosen = feeds.choose(feeds.read(DATA), ["electricity_per_capita", "population"])
    assert [row.measure for row in chosen] == ["population", "electricity_per_capita"]


BROKEN = [
    ("ContentsCode=Personer1", "ContentsCode Personer1", "must read Variable=code,code"),
    ("Region=agg_KommSummer,", "Region=a; Region=b,", "must read Variable=code,code"),
    ("per,population", "per,nothing", "must be a measure"),
    ("population,pxweb,07459", "population,pxweb,", "is empty; the source needs it"),
    ("population,pxweb", "people,pxweb", "does not stand in measures.csv"),
    ("population,pxweb", "population,telepathy", "must be one of pxweb, fhi, workbook, by hand"),
]


@pytest.mark.parametrize(("sound", "broken", "said"), BROKEN)
def test_a_broken_feed_is_named(folder: Path, sound: str, broken: str, said: str) -> None:
    file = folder / feeds.FILE
    text = file.read_text(encoding="utf-8")
    assert sound in text
    file.write_text(text.replace(sound, broken, 1), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        feeds.read(folder)


@pytest.mark.parametrize("module", [feeds, client])
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted and not tried.failed


def test_a_day_of_verification_is_noted_and_nothing_else(folder: Path) -> None:
    file = folder / feeds.FILE
    before = file.read_text(encoding="utf-8")
    feeds.verified(folder, ["population"], "2027-02-20")
    after = {row.measure: row.verified for row in feeds.read(folder)}
    assert after["population"] == "2027-02-20" and after["population_0_5"] == "never"
    assert file.read_text(encoding="utf-8").replace("2027-02-20", "never") == before


def test_a_query_is_checked_against_lists_of_codes_too() -> None:
    about = cube(Table(AGES, ages))
    query = pxweb.Query("1", {**AGES, "Region": ["K-9"]}, {"Region": "agg_KommSummer"})
    with pytest.raises(SourceError, match='no code "K-9"'):
        pxweb.check(query, about, {"agg_KommSummer": ["K-3201"]})
