"""One term for each thing, in each language, and none that readers stumbled on."""

import re

import pytest

from workbench.language.translator import TEXT, keys, languages, texts

#: What is not written, and what is written instead.
BANNED = {
    "nb": {
        r"\b[Mm]idt(en|erst)\b": "medianen",
        r"\b(lignende tall|ligner bare)\b": "erstatningstall",
        r"\b[Bb]akgrunnstall(ene|et)?\b": "tallserie i bakgrunnen",
        r"\b(nås trolig|vet for lite)\b": "blir trolig ikke nådd; ikke vurdert",
        r"\bnår året kommer\b": "nothing",
        r"\b[Uu]likheten?\b|\b[Ll]ikheten?\b": "avstand",
        r"\bfint svevestøv\b": "finkornet svevestøv",
        r"\btrykker\b": "offentliggjør",
        r"\bden likeste\b": "mest lik",
        r"; og\b": ", og",
    },
    "nn": {
        r"\b[Mm]idt(en|arst)\b": "medianen",
        r"\bliknande tal\b": "erstatningstal",
        r"\b[Bb]akgrunnstal(a|et)?\b": "talserie i bakgrunnen",
        r"\bnår året kjem\b": "nothing",
        r"\b[Uu]likskap(en)?\b|\b[Ll]ikskap(en)?\b": "avstand",
        r"\bfint svevestøv\b": "finkorna svevestøv",
        r"\btrykkjer\b": "offentleggjer",
        r"\bden likaste\b": "mest lik",
        r"; og\b": ", og",
        r"\b[Òò]g\b": "også",
        r"\b[Aa]nsl(ag(et|a)?|å(r|tt)?)\b": "overslag",
        r"\bden enkelte\b": "kvar einskild",
        r"\b[Dd]elen (med|i hushald|som|barn|eldre|hushald|bustader|av alle)\b": "prosentdelen",
        r"\b(berekraftsmåla|delmål [\d.]+) til FN\b": "FN-måla, FN-delmål",
        r"\bvart\b": "blei",
    },
    "en": {
        r"\b[Mm]iddle (of|is)\b": "median",
        r"\b[Uu]nlikeness\b": "distance",
        r"\bWhom\b": "who",
        r"\b(un)?sure (the years|of that)\b": "uncertain",
        r"\bwhen its year comes\b": "nothing",
        r"\bbackground figures?\b": "background series",
        r"\bdoes not print\b": "does not publish",
        r"\bpreliminary\b": "provisional",
        r"\bcome clearly further\b": "done clearly better",
    },
}

#: A goal as a word of its own; the number that tells whether it is met is its 'måltall'.
GOAL = {"nb": r"(?<![\w-])[Mm]ål(et|ene)?(?!\w)", "nn": r"(?<![\w-])[Mm]ål(et|a)?(?!\w)"}


def said(code: str) -> dict[str, str]:
    """Return every sentence of a language by its file and key."""
    files = sorted(file.stem for file in (TEXT / code).glob("*.toml"))
    entries = keys({file: texts(code, file) for file in files if file != "names"})
    return {key: text for key, text in entries.items() if isinstance(text, str)}


@pytest.mark.parametrize("code", languages())
def test_no_sentence_has_a_word_that_readers_stumbled_on(code: str) -> None:
    # What stands in {{ }} and {% %} is not read: a value may have any name.
    read = {key: re.sub(r"{{.*?}}|{%.*?%}", "", text) for key, text in said(code).items()}
    faults = [
        f"{key}: not «{found[0]}» but «{better}»"
        for key, text in read.items()
        for pattern, better in BANNED[code].items()
        if (found := re.search(pattern, text))
    ]
    assert not faults


@pytest.mark.parametrize("code", GOAL)
def test_a_goal_is_no_target(code: str) -> None:
    """Where Norwegian says 'mål', English says 'goal': the figure to reach is a 'måltall'."""
    # The form keeps the word of its own sheet, "Egne mål".
    english = said("en")
    confused = [
        key
        for key, text in said(code).items()
        if not key.startswith("form.")
        and re.search(GOAL[code], text)
        and "goal" not in english[key].lower()
    ]
    assert not confused
