"""A count of none, one, two or three is said as one says it, in every sentence that takes one."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from workbench.language.translator import TEXT, Language, asked_by, keys, languages, texts

#: Files whose counts are of all municipalities, all series or fixed years: hundreds, never three.
MANY = ("methods", "rank", "relate", "form", "names")

#: The least that a count is where its sentence is said; it is none elsewhere.
LEAST = {
    "climate.sectors.compare": {"count": 1},
    "climate.land.show": {"count": 1},
    "common.and_more": {"count": 1},
    "common.tested.held": {"ahead": 1, "years": 1},
    "common.tested.beyond": {"ahead": 2},
    "common.sources_show": {"count": 1},
    "compare.finding.place": {"total": 1},
    "front.more": {"count": 1},
    "lab.few": {"count": 1, "least": 3},
    "lab.if.best": {"count": 2},
    "lab.if.wrong": {"count": 2},
    "lab.nothing": {"count": 2},
    "plan.goal.doubts": {"count": 1},
    "network.likeness.lead": {"count": 1},
    "network.likeness.group": {"total": 2},
    "plan.goal.show": {"count": 1},
    "plan.goal.without": {"missing": 1},
    "plan.lead.none": {"count": 1},
    "plan.none.item": {"count": 1},
    "plan.short.on": {"count": 1},
    "plan.short.watch": {"count": 1},
    "plan.short.sure": {"known": 1},
    "plan.unsure.few": {"n": 1},
    "plan.unsure.chance": {"n": 1},
    "plan.unsure.overlapping": {"window": 2},
    "regression.short.missing": {"count": 2},
    "regression.answer.none": {"total": 2},
    "regression.sure.share": {"count": 2},
    "regression.own.facts": {"count": 2},
    "regression.over_time.lagged": {"years": 1},
    "regression.used.lagged": {"years": 1},
    "regression.used.out": {"count": 1},
    "regression.used.partly": {"count": 1},
    "regression.pace.some": {"count": 1},
    "regression.short.pace": {"count": 1},
    "status.newest.rest": {"count": 1},
    "status.short.missing": {"areas": 2},
    "trends.overview.show": {"count": 1},
    "trends.short.missing": {"count": 1},
    "trends.heading.folded": {"count": 1},
    "trends.verdict.disagree": {"differ": 1, "total": 2},
    "trends.verdict.back": {"back": 1},
    "trends.outcome.short": {"n": 1},
    "trends.outcome.overlapping": {"window": 2},
    "trends.detail.peers": {"count": 1},
}

#: Counts of a part, and of the whole that it is of, which is nine where it is not counted.
PARTS = [("met", "total"), ("alike", "total"), ("differ", "total"), ("count", "total")]
PARTS += [("old", "total"), ("proxy", "known"), ("held", "years"), ("missing", "kpis")]
PARTS += [("fast", "count")]
WHOLES = {whole: 9 for _, whole in PARTS}

#: What no sentence says of a count, by language: a plural of one, a noun of the wrong gender, two
#: called all, and what any language leaves behind where a count is not thought of.
WRONG = {
    "nb": r"\b([eé]n|ett|1) (andre|\w{4,}er(ne)?)\b(?<!eller)(?<!bruker)"
    r"|\bett (kommune|indikator|tallserie)\b|\b(to|tre) (kommune|indikator|tallserie)\b"
    r"|\b[Aa]lle( de)? (to|ett|én|ingen)\b|\bde (ett|én|ingen)\b",
    "nn": r"\b(éin|eitt|1) (andre|\w{4,}ar(ne)?)\b"
    r"|\beitt (kommune|indikator|talserie)\b|\b(to|tre) (kommune|indikator|talserie)\b"
    r"|\b[Aa]lle( dei)? (to|eitt|éin|ingen)\b|\bdei (eitt|éin|ingen)\b",
    "en": r"\b(one|1) (?!series|is\b|has\b|shows\b)\w+s\b|\b(one|1) (have|are)\b|\b[Aa]ll two\b"
    r"|\bthe none\b|\b(two|three) (series|figure|indicator) (is|has)\b|\b(two|three) year\b",
}
ANYWHERE = r"  |(?<!\.) [.,]|\.\.|(?<![\d,.–])0(?![\d,.])"


def counts(text: str) -> set[str]:
    """Return the values that a sentence has in words, or tells apart by a number."""
    tree = jinja2.Environment().parse(text)
    words = [
        call.args[0]
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "count_of"
    ]
    sides = [(part.expr, part.ops[0].expr) for part in tree.find_all(nodes.Compare)]
    against = [
        one for one, other in sides if isinstance(other, nodes.Const) and type(other.value) is int
    ]
    return {name.name for name in words + against if isinstance(name, nodes.Name)} - {"sense"}


def cases() -> Iterator[str]:
    """Return every sentence that takes a count in any language."""
    files = sorted(file.stem for file in (TEXT / "nb").glob("*.toml") if file.stem not in MANY)
    for key in keys({file: texts("nb", file) for file in files}):
        file, _, name = key.partition(".")
        every = [keys(texts(code, file))[name] for code in languages()]
        if isinstance(every[0], str) and any(map(counts, every)):
            yield key


@pytest.mark.parametrize("key", list(cases()))
def test_no_count_is_said_as_nobody_says_it(key: str) -> None:
    file, _, name = key.partition(".")
    every = [keys(texts(code, file))[name] for code in languages()]
    names = sorted(set().union(*map(counts, every)))
    taken = set().union(*map(asked_by, every)) - {"count_of"}
    least = LEAST.get(key, {})
    spans = [range(least.get(name, 0), max(4, least.get(name, 0) + 1)) for name in names]
    for numbers in itertools.product(*spans):
        given = dict(zip(names, numbers, strict=True))
        values: dict[str, Any] = {**dict.fromkeys(taken, "x"), **WHOLES, **given}
        if any(given.get(part, 0) > values[whole] for part, whole in PARTS):
            continue
        for code in languages():
            said = Language(code).say(key, **values)
            found = re.search(f"{WRONG[code]}|{ANYWHERE}", said)
            assert not found, f"{code}, {given}: «{found and found[0]}» in: {said}"


def test_the_exceptions_are_of_sentences_that_take_such_a_count() -> None:
    for key, least in LEAST.items():
        file, _, name = key.partition(".")
        taken = set().union(*(counts(keys(texts(code, file))[name]) for code in languages()))
        assert set(least) <= taken, key
