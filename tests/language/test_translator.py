"""The reader's language: numbers, lists and names in its convention, no sentence missing."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from babel.numbers import parse_decimal
from hypothesis import example, given
from hypothesis import strategies as st

import workbench
from workbench.analysis.levels import LEVELS
from workbench.analysis.standings import SENSES, STANDINGS
from workbench.dataset import Dataset
from workbench.dataset.boundaries import REASONS
from workbench.errors import UsageError
from workbench.language.translator import (
    TEXT,
    Language,
    asked_by,
    capitalised,
    languages,
)

PACKAGE = Path(workbench.__file__).parent
NB = Language("nb")
SPACE, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"

PERCENT = pd.Series(
    {"symbol_nb": "%", "change_nb": "prosentpoeng", "decimals": 1, "symbol_en": "%"}
)
#: Any number that a float can be.
FINITE = st.floats(allow_nan=False, allow_infinity=False)
PERSONS = pd.Series({"symbol_nb": "innbyggere", "change_nb": "innbyggere", "decimals": 0})
RATIO = pd.Series({"symbol_nb": None, "change_nb": None, "decimals": 2})


# Numbers


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234.5, 1, f"1{SPACE}234,5"),
        (1234567, 0, f"1{SPACE}234{SPACE}567"),
        (999, 0, "999"),
        (-3.2, 1, f"{MINUS}3,2"),
        (86.2462, 1, "86,2"),
        (0.05, 1, "0,1"),
        (2.675, 2, "2,68"),
        (-0.5, 0, f"{MINUS}1"),
        (7, 2, "7,00"),
        (1e-7, 2, "0,00"),
    ],
)
def test_a_number_is_written_as_norwegians_write_it(
    value: float, decimals: int, written: str
) -> None:
    assert NB.number(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.04, "0,0"), (-0.04, "0,0"), (0.05, "+0,1"), (-0.05, f"{MINUS}0,1"), (0, "0,0")],
)
def test_a_sign_is_written_unless_the_number_rounds_to_zero(value: float, written: str) -> None:
    assert NB.number(value, 1, signed=True) == written
    assert NB.number(value, 1) == written.removeprefix("+")


@given(value=FINITE | st.floats(-1e9, 1e9), decimals=st.integers(0, 4), signed=st.booleans())
@example(value=1.5e24, decimals=4, signed=False)
def test_a_written_number_reads_back_as_the_value_rounded(
    value: float, decimals: int, signed: bool
) -> None:
    text = NB.number(value, decimals, signed)
    assert re.fullmatch(rf"[+{MINUS}]?\d{{1,3}}({SPACE}\d{{3}})*(,\d+)?", text)
    assert len(text.partition(",")[2]) == decimals
    read = Decimal(text.replace(SPACE, "").replace(",", ".").replace(MINUS, "-"))
    with localcontext(prec=400):  # the largest float has 309 digits
        rounded = Decimal(repr(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    assert read == rounded
    assert text.startswith(MINUS) == (rounded < 0)
    assert text.startswith("+") == (signed and rounded > 0)


@pytest.mark.parametrize("code", languages())
@given(value=st.floats(-1e9, 1e9), decimals=st.integers(0, 4))
def test_in_every_language_a_number_reads_back_by_its_convention(
    code: str, value: float, decimals: int
) -> None:
    text = Language(code).number(value, decimals)
    read = parse_decimal(text.replace(MINUS, "-"), locale=code, strict=True)
    assert read == Decimal(repr(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)


def test_value_gap_and_change_each_carry_their_unit() -> None:
    assert NB.amount(86.2462, PERCENT) == f"86,2{SPACE}%"
    assert NB.gap(3.2, PERCENT) == f"3,2{SPACE}prosentpoeng"
    assert NB.change(-0.674, PERCENT) == f"{MINUS}0,67{SPACE}prosentpoeng"
    assert NB.change(0.674, PERCENT, signed=True) == f"+0,67{SPACE}prosentpoeng"
    assert NB.amount(2.7, RATIO) == "2,70", "no unit, and no space for it"


def test_a_change_has_a_decimal_more_than_its_value_until_it_is_large() -> None:
    assert NB.change(9.94, PERSONS) == f"9,9{SPACE}innbyggere"
    assert NB.change(-391.6, PERSONS) == f"{MINUS}392{SPACE}innbyggere"
    assert NB.change(12.345, PERCENT) == f"12,35{SPACE}prosentpoeng", (
        "what counts in decimals keeps"
    )
    assert NB.interval(-1.3, 391.6, PERSONS) == (f"{MINUS}1", "+392"), "both ends alike"


def test_a_change_is_not_written_as_zero_unless_it_is() -> None:
    assert NB.change(-0.003, PERCENT) == f"{MINUS}0,003{SPACE}prosentpoeng"
    assert NB.interval(-0.0062, 0.0003, PERCENT) == (f"{MINUS}0,0062", "+0,0003")
    assert NB.change(0, PERCENT) == f"0,00{SPACE}prosentpoeng"
    assert NB.change(-1e-17, PERCENT) == f"0,00{SPACE}prosentpoeng", "rounding of the machine"


def test_lists_spans_and_counts_read_as_prose() -> None:
    assert NB.listed(["a", "b", "c"]) == "a, b og c"
    assert NB.listed(["a"]) == "a"
    assert NB.listed(["vann og avløp", "b", "c"]) == "vann og avløp; b, og c"
    assert NB.listed(["vann og avløp", "b"]) == "vann og avløp, og b"
    assert NB.listed(["«vann og avløp»", "b", "c"]) == "«vann og avløp», b og c"
    assert Language("en").listed(["a", "b, c", "d"]) == "a; b, c; and d"
    assert NB.span(2014, 2020) == "2014\N{EN DASH}2020"
    assert NB.span(2020, 2020) == "2020"
    words = [NB.count(number) for number in range(13)]
    assert len(set(words)) == 13 and all(word.isalpha() for word in words)
    assert NB.count(13) == "13"


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Boliger i blokk", "boliger i blokk"),
        ("PM2,5, årsmiddel", "PM2,5, årsmiddel"),
        ("NO₂, årsmiddel", "NO₂, årsmiddel"),
        ("IKT", "IKT"),
        ("", ""),
    ],
)
def test_a_name_inside_a_sentence_keeps_its_capitals_only_if_it_is_an_abbreviation(
    name: str, inside: str
) -> None:
    assert NB.inside(name) == inside


def test_a_capital_is_put_on_the_first_letter_only() -> None:
    assert capitalised("andelen i NAV") == "Andelen i NAV"
    assert capitalised("") == ""


def test_a_missing_note_is_an_empty_text() -> None:
    row = pd.Series({"note_nb": float("nan"), "name_nb": "Folkemengde"})
    assert (NB.name(row, "note"), NB.name(row)) == ("", "Folkemengde")


# Names

#: Columns of names that are those of others: tables of publishers, and where they are found.
PROPER = {("feeds", "title_nb"), ("feeds", "where_nb"), ("feeds", "publisher_nb")}

#: What is the same in Bokmål and Nynorsk.
ALIKE = """
Sanntidsinformasjon i kollektivtrafikken; Små og mellomstore bedrifter; Bilfrie soner og gågater
By- og arealplanlegging; Avfallsbehandling; Grøntareal; Rekreasjonsanlegg
Elektronisk pasientjournal; Legedekning; Utgifter til kulturarv; Barnehagedekning (0–3 år)
Politidekning; Brannmannskap; Økonomi; Miljø; Samfunn og kultur; IKT; Produktivitet; Infrastruktur
Energi; Utdanning, helse og kultur; IKT-infrastruktur; Transport; Nyskaping; Arbeid; Avfall; Bygg
Byplanlegging; Luft og klima; Støy og stråling; Byrom og natur; Utdanning; Helse; Kultur
Inkludering; Utrydde fattigdom; God helse og livskvalitet; God utdanning
Anstendig arbeid og økonomisk vekst; Industri, innovasjon og infrastruktur; Livet i havet
Livet på land; Statistisk sentralbyrå, KOSTRA; Statistisk sentralbyrå og Nav; Nav
Statistisk sentralbyrå; Miljødirektoratet; Utdanningsdirektoratet
Folkehelseinstituttet, Kommunehelsa; Folkehelseinstituttet, SYSVAK; NILU, luftkvalitet.info
Barn 1–5 år i barnehage; Barn 0–17 år med barnevernstiltak; Registrerte ledige i november
Registrerte ledige i oktober 2022; Registrerte ledige (årsgjennomsnitt)
Svevestøv (PM2,5) i snitt over året; Svevestøv (PM10) i snitt over året
Nitrogendioksid (NO₂) i snitt over året; Tomta er med i arealet.
luftkvalitetskriteriet til FHI og Miljødirektoratet
%; poeng; år; per 10 000; km; µg/m³; dekar; m²; prosentpoeng; % av arealet; % av bruttoproduktet
kWh per m²; km²; kr; kr per m²; m³; nei|ja; per 100 000; per kunde i året; Landareal
FN-organet ITU; Kvadratmeterpris, småhus; Registrerte ledige 15–29 år av arbeidsstyrken
Registrerte ledige 15–74 år av arbeidsstyrken; Årsverk i brann- og ulykkesvern
3G; 4G; Bil og motorsykkel; Kollektivtransport; Til fots; Sykkel; Tett; Robust
Fint svevestøv (PM2,5); Svevestøv (PM10); Nitrogendioksid (NO₂); Svoveldioksid (SO₂); Ozon (O₃)
Deponi; Forbrenningsanlegg; Materialgjenvinning; Saudi-Arabia; Spania; Tunisia
"""

#: Words of Bokmål that Nynorsk has not.
BOKMAL = re.compile(
    r"\b(ikke|fra|noen|noe|hvor|hva|hvem|hver|hverandre|bare|mye|flere|"
    r"tall|tallet|kilde[nr]?|utslipp|innbyggere|kommuner|kommunene|husholdninger|andelen?|vann|"
    r"vei|strøm|bolig(er)?|høyere|lavere|laveste|høyeste|endringen|usikkerhet(en)?|"
    r"vet|sier|kommer|gjelder|bygger|teller|mangler|årene|gruppen|trolig|samme|dårligere|bedre|"
    r"deres|en|et|jeg|hun|bærekraft(?!snettverket)\w*)\b",
    re.IGNORECASE,
)


def bokmal_names() -> set[str]:
    """Return every Bokmål text of the tables that a brief can show."""
    found: set[str] = set()
    for file in (PACKAGE.parent / "data").glob("*.csv"):
        table = pd.read_csv(file, dtype=str)
        for column in table.columns[table.columns.str.endswith("_nb")]:
            if (file.stem, column) not in PROPER:
                found |= set(table[column].dropna())
        if file.stem == "form":
            found |= set(table["point"].dropna())
    return found


def test_every_name_in_the_tables_has_its_nynorsk() -> None:
    own = tomllib.loads((TEXT / "nn" / "names.toml").read_text(encoding="utf-8"))
    alike = {name.strip() for line in ALIKE.splitlines() for name in line.split("; ")}
    assert len(own) > 200
    assert bokmal_names() - set(own) == alike - {""}, "each is translated or known to be the same"
    assert set(own) <= bokmal_names(), "and none is left over"
    assert not [name for name, said in own.items() if name == said], "alike: in the list above"


def test_nynorsk_holds_no_words_of_bokmal() -> None:
    own = tomllib.loads((TEXT / "nn" / "names.toml").read_text(encoding="utf-8"))
    texts = {**entries("nn"), **own}
    wrong = {key: found[0] for key, text in texts.items() if (found := BOKMAL.search(text))}
    assert not wrong
    assert BOKMAL.search(" ".join(entries("nb").values())), "and Bokmål does"


def test_a_name_comes_from_its_column_or_from_the_folder_or_stays_bokmal() -> None:
    nn = Language("nn")
    row = pd.Series({"name_nb": "Folkemengde 1. januar", "name_en": "Population on 1 January"})
    assert nn.name(row) == "Folkemengd 1. januar"
    assert nn.name({**row, "name_nn": "Folketal"}) == "Folketal"
    assert nn.name(pd.Series({"name_nb": "Bærum"})) == "Bærum"
    assert nn.name(pd.Series({"note_nb": float("nan")}), "note") == ""
    assert nn.name({"name_nb": "Trykt av ITU: Patenter"}) == "Trykt av ITU: Patent"
    assert (NB.name(row), Language("en").name(row)) == tuple(row)


# Sentences

Call = tuple[Path, ast.Call]

#: Modules that hand a key on, or choose one of several; tests of their pages say each.
PASSED_ON = {"view.py", "section.py", "shared.py", "greenhouse.py", "question.py", "series.py"}
PASSED_ON |= {"tested.py", "pieces.py"}


def calls() -> Iterator[Call]:
    """Give each call of ``say`` in the package."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func
                called = getattr(name, "attr", getattr(name, "id", ""))
                if called == "say":
                    yield file, node


def patterns(key: ast.expr) -> list[str]:
    """Return what fits the keys that an expression can give; a value in it can be any one name."""
    if isinstance(key, ast.Constant):
        return [re.escape(str(key.value))]
    if isinstance(key, ast.IfExp):
        return [*patterns(key.body), *patterns(key.orelse)]
    if isinstance(key, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[^.]+"
            for part in key.values
        ]
        written = any(isinstance(part, ast.Constant) for part in key.values)
        return ["".join(parts)] if written else []
    return []


def entries(code: str) -> dict[str, str]:
    """Return every sentence of a language by its key."""
    found: dict[str, str] = {}

    def add(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                add(f"{key}.{name}", inner)
        elif isinstance(value, str):
            found[key] = value

    for file in sorted((TEXT / code).glob("*.toml")):
        if file.stem == "names":
            continue  # names from the tables, not sentences
        add(file.stem, tomllib.loads(file.read_text(encoding="utf-8")))
    return found


class Either(int):
    """A number where a sentence counts, and a text where it writes."""

    def __getitem__(self, part: slice) -> str:
        return str(self)[part]

    def __getattr__(self, name: str) -> Any:
        return getattr(str(self), name)

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __len__(self) -> int:
        return len(str(self))


@pytest.fixture(params=languages())
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_are_sentences_and_calls_for_them() -> None:
    assert "nb" in languages()
    assert sum(1 for _ in calls()) > 50
    passed_on = [(file.name, node.lineno) for file, node in calls() if not patterns(node.args[0])]
    assert {name for name, _ in passed_on} <= PASSED_ON, "a key comes from elsewhere"


def test_every_sentence_that_the_package_says_is_there(code: str) -> None:
    known = entries(code)
    missing = [
        f"{file.name}:{node.lineno}: {pattern}"
        for file, node in calls()
        for pattern in patterns(node.args[0])
        # In the page on methods a key is one of its section.
        for whole in (rf"(methods\.\w+\.)?{pattern}" if "methods" in file.parts else pattern,)
        if not any(re.fullmatch(whole, key) for key in known)
    ]
    assert not missing


def test_every_sentence_that_a_page_says_is_there(code: str) -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.j2"))
    keys = set(re.findall(r'\bsay\("([^"]+)"', pages))
    known = entries(code)
    ends = {key for key in keys if key.endswith(".")}  # a name comes after it
    assert keys and keys - ends <= set(known)
    assert all(any(key.startswith(end) for key in known) for end in ends)


def test_there_is_a_sentence_for_each_word_of_the_figures(code: str, data: Dataset) -> None:
    outcomes = ["rising", "falling", "unclear", "short", "overlapping", "unchanged"]
    relations = list(data.measures["relation"].unique())
    terms = ["tertiary_education_share", "low_income_share", "share_67_plus"]
    wanted = {
        "trends.outcome": outcomes,
        "trends.word": ["better", "worse", "still", "rising", "falling", "unchanged"],
        "trends.sure": ["clear", *outcomes],
        "trends.reading": ["better", "worse", "still", "context", "old"],
        "trends.ahead.enough": ["met", "likely", "open", "unlikely"],
        "trends.pace": ["enough", "slow", "away"],
        "trends.pace_word": ["met", "enough", "slow", "away"],
        "common.standing": list(STANDINGS),
        "common.sense": list(SENSES),
        "common.level": [level for level in LEVELS if level],
        "trends.detail": relations,
        "common.relation": ["direct", "proxy", "none"],
        "common.aside": [reason for reason in REASONS if reason != "outside"],
        "common.scope": list(data.targets["scope"].unique()),
        "status.newest": relations,
        "status.newest.place": ["better", "worse", "level"],
        "regression.term": terms,
        "regression.term_short": terms,
    }
    keys = {f"{table}.{name}" for table, names in wanted.items() for name in names}
    assert keys <= set(entries(code))


def test_a_sentence_asks_for_nothing_that_its_call_does_not_give(code: str) -> None:
    known = entries(code)
    for file, node in calls():
        if not isinstance(node.args[0], ast.Constant) or any(k.arg is None for k in node.keywords):
            continue  # what is put together while running is seen when the briefs are made
        key = str(node.args[0].value)
        handed = {str(keyword.arg) for keyword in node.keywords} | {"name", "count_of"}
        lacks = asked_by(known.get(key, "")) - handed
        assert not lacks, f"{file.name}:{node.lineno}: {key} lacks {lacks}"


def test_every_sentence_renders_when_it_is_given_what_it_asks_for(code: str) -> None:
    language = Language(code)
    for key, text in entries(code).items():
        values = dict.fromkeys(asked_by(text) - {"count_of"}, Either(2))
        said = language.say(key, **values)
        assert bool(said) == bool(text), key
        assert not re.search(r"[{}%]{2}|\bNone\b(?! of)|  ", said), key


def test_languages_have_the_same_sentences(code: str) -> None:
    assert set(entries(code)) == set(entries("nb"))


def test_sentences_are_compiled_once_for_all_processes(tmp_path: Path) -> None:
    said = "; ".join(
        [
            "import jinja2",
            "from pathlib import Path",
            "from workbench.language.translator import Language, warm",
            "from workbench.storage import cache",
            f"cache.FOLDER = Path({str(tmp_path)!r})",
            "compiled, compile_ = [], jinja2.Environment.compile",
            "jinja2.Environment.compile = lambda *a: compiled.append(a) or compile_(*a)",
            "warm('en')",
            "print(len(compiled), Language('en').say('common.and_more', count=2))",
        ]
    )
    runs = [subprocess.check_output([sys.executable, "-c", said], text=True) for _ in range(2)]
    first, second = (run.split(maxsplit=1) for run in runs)
    assert int(first[0]) > 1000 and int(second[0]) == 0
    assert first[1] == second[1]


def test_a_value_that_a_sentence_lacks_is_an_error_and_no_gap() -> None:
    with pytest.raises(UsageError, match=r"nb/trends.toml, .detail.preliminary.: .* is undefined"):
        NB.say("trends.detail.preliminary")


def test_an_unknown_language_is_refused_with_a_sentence() -> None:
    with pytest.raises(UsageError, match=r'"xx".*Allowed: .*nb.*workbench/text\.$'):
        Language("xx")
