"""No sentence contradicts a figure: each outcome has its sentence, and words follow the signs."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.analysis.outlook import LIKELY, SILENT, UNLIKELY
from workbench.analysis.projection import ENOUGH
from workbench.analysis.standings import SENSE as SENSE_OF
from workbench.analysis.standings import SENSES, STANDINGS
from workbench.analysis.trend import yearly_changes
from workbench.analysis.verdicts import SENSE, SPECIAL
from workbench.briefs import trends
from workbench.briefs.regression import change_rates as pace
from workbench.briefs.view import View
from workbench.dataset import Dataset
from workbench.language.translator import Language, languages

PERCENT = pd.Series(
    {
        "decimals": 1,
        **{f"{field}_{code}": "%" for field in ("symbol", "change") for code in languages()},
    }
)

#: How each language says that a figure rises and falls, and that this is good and bad.
RISES = {
    "nb": r"\b(øker|økte|økt|øke)\b",
    "nn": r"\b(aukar|auka|auke)\b",
    "en": r"\b(rises|rose|risen|rising|rise)\b",
}
FALLS = {
    "nb": r"\b(går|gikk|gått|gå) (\w+ )?ned\b",
    "nn": r"\b(går|gjekk|gått|gå) (\w+ )?ned\b",
    "en": r"\b(falls|fell|fallen|falling|fall)\b",
}
RIGHT = {"nb": r"\brett vei\b", "nn": r"\brett veg\b", "en": r"\bright way\b"}
WRONG = {"nb": r"\bfeil vei\b", "nn": r"\bfeil veg\b", "en": r"\bwrong way\b"}
NOT = {
    "nb": r"\b(ikke|ingen)\b",
    "nn": r"\b(ikkje|ingen)\b",
    "en": r"\b(not|none|no|miss|unlikely)\b",
}
FASTER = {"nb": "raskere", "nn": "raskare", "en": "faster"}
SLOWER = {"nb": "saktere", "nn": "saktare", "en": "more slowly"}
HIGHER = {"nb": "høyere", "nn": "høgare", "en": "higher"}
LOWER = {"nb": "lavere", "nn": "lågare", "en": "lower"}

OUTCOMES = ("rising", "falling", "unclear", "unchanged", "short", "overlapping")


@pytest.fixture(params=languages())
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def says(words: dict[str, str], code: str, text: str) -> bool:
    return re.search(words[code], text, re.IGNORECASE) is not None


def assessed(values: list[float], direction: int, window: int = 1) -> pd.Series:
    """Return what the assessment says of these yearly figures."""
    rows = pd.DataFrame({"year": range(2015, 2015 + len(values)), "value": values})
    rows = rows.assign(measure="m", municipality="1", status=None)
    about = pd.DataFrame({"measure": ["m"], "direction": [direction], "window": [window]})
    row = yearly_changes(rows, pd.DataFrame({"measure": [], "year": []}), about).iloc[0]
    return pd.concat([row, pd.Series({"direction": direction})])


def told(words: Language, row: pd.Series) -> tuple[str, str, str]:
    """Return the sentence, the reading and the word of the overview for an assessed series."""
    sentence = words.say(
        f"trends.outcome.{row['outcome']}",
        first=words.amount(row["first"], PERCENT),
        last=words.amount(row["last"], PERCENT),
        slope=words.change(abs(row["slope"]), PERCENT),
        window=4,
        n=row["n"],
        first_year=row["first_year"],
        last_year=row["last_year"],
    )
    way = int(np.sign(row["last"] - row["first"]))
    motion = {1: "better", -1: "worse", 0: ""}[way * int(row["direction"])]
    reading = words.say(f"trends.reading.{motion}") if motion else ""
    word = motion or {1: "rising", -1: "falling", 0: "unchanged"}[way]
    return sentence, reading, words.say(f"trends.word.{word}")


# Every word that an assessment can give


def test_the_words_looked_for_are_those_of_all_languages(code: str) -> None:
    tables = (RISES, FALLS, RIGHT, WRONG, NOT, FASTER, SLOWER, HIGHER, LOWER)
    assert all(code in table for table in tables), "a new language: say its words above"


def test_each_outcome_of_the_assessment_is_said(code: str) -> None:
    words = Language(code)
    wavy = [50.0, 55, 48, 56, 49, 51]
    made = {
        "rising": assessed([1.0, 2.1, 3, 4.2, 5, 6.1], 1),
        "falling": assessed([6.1, 5, 4.2, 3, 2.1, 1], 1),
        "unclear": assessed(wavy, 1),
        "unchanged": assessed([5.0] * 6, 1),
        "short": assessed([1.0, 2, 3], 1),
        "overlapping": assessed(wavy, 1, window=4),
    }
    assert tuple(made) == OUTCOMES
    said = {key: told(words, row) for key, row in made.items() if row["outcome"] == key}
    assert tuple(said) == OUTCOMES
    assert len({sentence for sentence, _, _ in said.values()}) == len(OUTCOMES)
    for key in ("unclear", "unchanged", "short", "overlapping"):
        text = said[key][0]
        assert not says(RISES, code, text) and not says(FALLS, code, text), key


@pytest.mark.parametrize("code", languages())
@settings(max_examples=25)
@given(
    jumps=st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=9),
    pace=st.floats(-2, 2),
    direction=st.sampled_from([-1, 0, 1]),
)
def test_words_for_rising_and_for_better_follow_the_slope(
    code: str, jumps: list[float], pace: float, direction: int
) -> None:
    values = [100 + pace * year + jump for year, jump in enumerate(jumps)]
    row = assessed(values, direction)
    sentence, reading, word = told(Language(code), row)
    sure = row["outcome"] in ("rising", "falling")
    slope = np.sign(row["last"] - row["first"])
    assert says(RISES, code, sentence) == (sure and slope > 0)
    assert says(FALLS, code, sentence) == (sure and slope < 0)
    for text in (reading, word):
        if direction:
            assert says(RIGHT, code, text) == (slope * direction > 0)
            assert says(WRONG, code, text) == (slope * direction < 0)
    if not direction:
        assert not re.match(rf"({RIGHT[code]}|{WRONG[code]})", word, re.IGNORECASE)
        assert says(RISES, code, word) == (slope > 0)
        assert says(FALLS, code, word) == (slope < 0)


@pytest.mark.parametrize("code", languages())
@given(required=st.floats(-20, 20), slope=st.floats(-20, 20))
def test_what_a_target_takes_goes_the_way_of_its_sign(
    code: str, required: float, slope: float
) -> None:
    words = Language(code)
    written = [words.change(value, PERCENT, signed=True) for value in (required, slope)]
    said = words.say("trends.detail.required", required=written[0], slope=written[1])
    sentences = said.split(". ", 1)
    assert len(sentences) == 2
    for sentence, text in zip(sentences, written, strict=True):
        assert says(RISES, code, sentence) == text.startswith("+")
        assert says(FALLS, code, sentence) == text.startswith("\N{MINUS SIGN}")
        assert text.lstrip("+\N{MINUS SIGN}") in sentence


# Targets


def chance_told(view: View, chance: float, verdict: str, reason: str = "") -> str:
    row = pd.Series({"verdict": verdict, "reason": reason, "chance": chance, "to_year": 2030})
    return trends.enough(view, row)


@pytest.mark.parametrize("code", languages())
@given(chance=st.floats(0, 1), closer=st.booleans())
def test_a_chance_is_said_with_its_verdict(
    data: Dataset, code: str, chance: float, closer: bool
) -> None:
    far = "unlikely" if closer else "away"
    verdict = "likely" if chance >= LIKELY else "open" if chance > UNLIKELY else far
    said = chance_told(wb.view(data, "3201", code), chance, verdict)
    assert says(NOT, code, said) == (verdict in ("unlikely", "away"))
    assert not says(WRONG, code, said), "which way it goes is told by the motion"
    assert "2030" in said
    stated = int(re.findall(r"(\d+) (?:prosent|per cent)", said)[-1])
    assert stated in range(5, 100, 5)
    assert abs(100 * chance - stated) <= 5 if stated in (5, 95) else 2.5 + 1e-6


def test_each_verdict_and_each_reason_for_silence_is_said(data: Dataset, code: str) -> None:
    view = wb.view(data, "3201", code)
    verdicts = ("met", "likely", "open", "unlikely")
    said = {verdict: chance_told(view, 0.5, verdict) for verdict in verdicts}
    assert len(set(said.values())) == len(said) and all(said.values())
    assert not says(NOT, code, said["met"]) and not says(WRONG, code, said["met"])
    reasons = [reason for reason in SILENT if reason not in ("no target", "over")]
    silent = {reason: chance_told(view, np.nan, "unknown", reason) for reason in reasons}
    assert len(set(silent.values())) == len(reasons) and all(silent.values())
    assert not any(re.search(r"\d", text) for text in silent.values()), "no chance is stated"


def test_the_words_of_published_methods_are_said(code: str) -> None:
    words = Language(code)
    years = {"year": 2024, "base_year": 2015}
    special = [words.say(f"trends.verdict.special.{key}", **years) for key in SPECIAL]
    assert len(set(special)) == len(SPECIAL) and all(special)
    for method, senses in SENSE.items():
        said = {key: words.say(f"trends.verdict.{method}_word.{key}") for key in senses}
        assert len(set(said.values())) == len(said), "no two verdicts of a method read alike"


def test_each_standing_is_said(code: str) -> None:
    words = Language(code)
    said = {key: words.say(f"common.standing.{key}", year=2019) for key in STANDINGS}
    assert len(set(said.values())) == len(STANDINGS)
    assert says(WRONG, code, said["worse"]) and says(RIGHT, code, said["better"])
    assert "2019" in said["old"]
    assert not any(says(WRONG, code, said[key]) for key in STANDINGS if SENSE_OF[key] == "on")
    assert not any(says(NOT, code, said[key]) for key in STANDINGS if SENSE_OF[key] == "on")
    senses = {sense: words.say(f"common.sense.{sense}") for sense in SENSES}
    assert len(set(senses.values())) == len(SENSES)


@pytest.mark.parametrize("place", ["better", "worse", "level"])
def test_each_place_in_the_group_is_said(code: str, place: str) -> None:
    words = Language(code)
    better = {"nb": "bedre", "nn": "betre", "en": "better"}[code]
    worse = {"nb": "dårligere", "nn": "dårlegare", "en": "worse"}[code]
    said = words.say(f"status.newest.place.{place}")
    assert (better in said, worse in said) == (place == "better", place == "worse")


# Across municipalities


@pytest.mark.parametrize("code", languages())
@given(own=st.floats(-5, 5), typical=st.floats(-5, 5))
def test_faster_and_slower_follow_the_two_slopes(code: str, own: float, typical: float) -> None:
    row = pd.Series({"pace": "apart", "change": own})
    kind = pace.kind(row, typical)
    said = Language(code).say(f"regression.pace.{kind}", name="X", outcome="y")
    if own:
        assert says(RISES, code, said) == (own > 0)
        assert says(FALLS, code, said) == (own < 0)
    same = own * typical > 0
    assert (FASTER[code] in said) == (same and abs(own) > abs(typical))
    assert (SLOWER[code] in said) == (same and abs(own) <= abs(typical))
    assert says(NOT, code, said) == (not same)


@pytest.mark.parametrize(
    "key", ["short.{}", "answer.{}", "answer.also_{}", "over_time.{}", "short.own_{}", "own.{}"]
)
def test_higher_and_lower_follow_the_sign(code: str, key: str) -> None:
    ups, downs = ("above", "below") if "own" in key else ("up", "down")
    values = dict.fromkeys(["outcome", "effect", "many", "few", "low", "high", "term"], "x")
    for way, right, wrong in ((ups, HIGHER, LOWER), (downs, LOWER, HIGHER)):
        said = Language(code).say(f"regression.{key.format(way)}", difference="1", **values)
        assert right[code] in said and wrong[code] not in said


# What a reader sees together


@pytest.mark.parametrize("name", ["Skien", "Oslo"])
def test_the_overview_never_says_otherwise_than_its_numbers(
    data: Dataset, code: str, name: str
) -> None:
    view = wb.view(data, name, code)
    direction = data.measures.set_index("measure")["direction"]
    rows = BeautifulSoup(trends.overview(view), "html5lib").select("tbody tr")
    assert len(rows) > 20
    seen = set()
    for row in rows:
        link, cells = row.select_one("a"), row.select("td")
        assert link is not None
        change, word = cells[1].get_text(), cells[3].get_text(" ")
        sign = {"+": 1, "\N{MINUS SIGN}": -1}.get(change[0], 0)
        good = sign * direction[str(link["href"]).removeprefix("#")]
        seen.add(word)
        if says(RIGHT, code, word) or says(WRONG, code, word):
            assert (good > 0) == says(RIGHT, code, word)
        assert sign > 0 or not says(RISES, code, word)
        assert sign < 0 or not says(FALLS, code, word)
    assert len(seen) >= 3


def test_a_section_says_what_its_chart_says(data: Dataset, code: str) -> None:
    """The first and the newest figure of the sentence are those that the chart is read with."""
    view = wb.view(data, "Skien", code)
    rows = trends.table(view)
    for _, row in rows.iloc[::12].iterrows():
        page = BeautifulSoup(trends.section(view, row), "html5lib")
        heading = page.select_one("svg title")
        assert heading is not None
        sentence, _, _ = told(view.language, row)
        unit = view.unit(row["unit"])
        for value, year in ((row["first"], row["first_year"]), (row["last"], row["last_year"])):
            amount = view.language.amount(value, unit)
            said = " ".join(p.get_text() for p in page.select("p"))
            assert amount in said and amount in heading.get_text()
            assert str(year) in sentence and str(year) in heading.get_text()
        table = page.select("details table tbody tr")
        assert table[-1].th is not None
        years = [cells.th.get_text() for cells in table if cells.th is not None]
        assert str(row["last_year"]) in years


def test_there_are_figures_enough_for_a_direction() -> None:
    assert ENOUGH == 5, "the examples above have six figures, and three are too few"
