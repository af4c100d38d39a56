"""Answers that are broken or meant to harm: refused with a sentence, and nothing changes."""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import budget
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.conftest import QUICK, Bring
from ingest.server import PAGE, Handler, Statbank, Table, drip
from ingest.test_update import files, rows_of
from workbench.dataset import loading
from workbench.ingest.ssb import jsonstat, strict_json
from workbench.ingest.ssb.client import SourceError


def only(change: Callable[[dict[str, Any]], object]) -> Callable[[Handler, str], bool]:
    """Answer requests for cells with a data set that was changed."""

    def instead(handler: Handler, path: str) -> bool:
        if "/data?" not in path:
            return False
        sound: list[dict[str, Any]] = []
        handler.say = lambda told, status=200, **_: sound.append(told)  # type: ignore[method-assign]
        handler.answer()
        del handler.say
        change(sound[0])
        handler.say(sound[0])
        return True

    return instead


def body(raw: bytes, **headers: str) -> Callable[[Handler, str], bool]:
    """Answer requests for cells with these bytes."""

    def instead(handler: Handler, path: str) -> bool:
        if "/data?" not in path:
            return False
        handler.send(raw, 200, "application/json", **headers)
        return True

    return instead


def with_value(value: object) -> Callable[[dict[str, Any]], object]:
    return lambda told: told["value"].__setitem__(0, value)


UNFIT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a value too few": (lambda t: t["value"].pop(), "values for"),
    "a value too many": (lambda t: t["value"].append(1.0), "values for"),
    "no values": (lambda t: t.pop("value"), "it has no values"),
    "values by place, out of range": (lambda t: t.update(value={"99999": 1}), "speaks of the cell"),
    "a size too large": (lambda t: t["size"].__setitem__(0, 99), "not as many codes as it says"),
    "a size below zero": (lambda t: t["size"].__setitem__(0, -1), "not as many codes"),
    "a size that is true": (lambda t: t["size"].__setitem__(1, True), "not as many codes"),
    "a size less": (lambda t: t["size"].pop(), "not those that it describes"),
    "a variable twice": (lambda t: t["id"].__setitem__(0, "Tid"), "that of another"),
    "a variable less": (lambda t: t["dimension"].pop("Tid"), "not those that it describes"),
    "NaN": (with_value(float("nan")), "NaN is no figure"),
    "Infinity": (with_value(float("inf")), "Infinity is no figure"),
    "an integer beyond measure": (with_value(10**400), "too large to be a figure"),
    "text for a value": (with_value("93,5"), "which is no number"),
    "true for a value": (with_value(True), "which is no number"),
    "a list for a value": (with_value([1]), "which is no number"),
    "a mark out of range": (lambda t: t.update(status={"99999": ".."}), "speaks of the cell"),
    "a mark before the first": (lambda t: t.update(status={"-1": ".."}), "speaks of the cell"),
    "a mark that is a list": (lambda t: t.update(status={"0": ["."]}), "which is no text"),
    "marks too few": (lambda t: t.update(status=["."]), "1 marks for"),
    "no data set": (lambda t: t.update({"class": "collection"}), "no JSON-stat data set"),
    "no time of change": (lambda t: t.pop("updated"), 'when it was "updated"'),
    "another revision": (lambda t: t.update(updated="2027-01-01T00:00:00Z"), "while it was read"),
    "no time": (lambda t: t.update(role={}), "one variable of time"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_data_set_whose_parts_do_not_fit_is_refused(
    bring: Bring, bank: Statbank, folder: Path, name: str
) -> None:
    change, said = UNFIT[name]
    bank.instead = only(change)
    before = files(folder)
    outcome = bring()
    assert outcome.state == "refused" and said in outcome.note
    assert files(folder) == before


def test_a_mark_beside_a_number_is_a_note_to_it(bring: Bring, bank: Statbank, folder: Path) -> None:
    before = rows_of(folder)
    number, value = next((number, v) for (number, year), v in before.items() if year == "2020")

    def mark(told: dict[str, Any]) -> None:
        index = {name: told["dimension"][name]["category"]["index"] for name in told["id"]}
        size, (places, _, years) = len(index["Tid"]), index.values()
        told["status"][str(places[number] * size + years["2020"])] = "1)"
        told["status"][str(places[number] * size + years["2021"])] = "\x1b[2J"

    bank.instead = only(mark)
    outcome = bring()
    assert (outcome.state, len(outcome.changes)) == ("brought in", 0)
    assert rows_of(folder) == before
    assert f'"1)" beside {float(value):.10g} ({number} 2020)' in outcome.note
    assert f"({number} 2021)" in outcome.note and "\x1b" not in outcome.note
    kept = loading.read_resource(folder, "sources-notes")
    assert kept["measure"].unique().tolist() == [outcome.feed.measure]
    kept = kept[["municipality", "year", "note"]].to_numpy().tolist()
    assert kept[0] == [number, 2020, "1)"] and kept[1][:2] == [number, 2021]
    assert "\x1b" not in str(kept) and bring().state == "unchanged"


def test_a_mark_nobody_knows_leaves_its_own_cell_missing(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    bank.values[("0301", "2024")] = "*"  # type: ignore[attr-defined]
    bank.values[("4001", "2021")] = 12.5  # type: ignore[attr-defined]
    outcome = bring()
    found = outcome.changes[["municipality", "year", "change"]].to_numpy().tolist()
    assert found == [["0301", 2024, "gone"], ["4001", 2021, "revised"]]
    assert outcome.note == 'Marks of the source: "*" without a figure (0301 2024).'
    assert rows_of(folder)[("4001", "2021")] == "12.5"


def test_codes_in_another_order_are_read_by_their_place(bring: Bring, bank: Statbank) -> None:
    def turn(told: dict[str, Any]) -> None:
        index = told["dimension"]["Tid"]["category"]["index"]
        told["dimension"]["Tid"]["category"]["index"] = dict(reversed(index.items()))

    bank.instead = only(turn)
    assert len(bring().changes) == 0


def test_other_codes_than_those_asked_for_are_refused(bring: Bring, bank: Statbank) -> None:
    def rename(told: dict[str, Any]) -> None:
        category = told["dimension"]["Tid"]["category"]
        category["index"] = {f"{int(y) + 10}": at for y, at in category["index"].items()}

    bank.instead = only(rename)
    assert "other codes than those asked for" in bring().note


BODIES: dict[str, tuple[Callable[[], bytes], dict[str, str], str]] = {
    "a web page": (lambda: PAGE.encode(), {}, "web page (HTML)"),
    "nothing": (lambda: b"", {}, "is not used"),
    "half": (lambda: b'{"class": "dataset", "id": [', {}, "is not used"),
    "nested": (lambda: b"[" * 200_000 + b"]" * 200_000, {}, "nested too deeply"),
    "a name twice": (lambda: b'{"class": "dataset", "value": [1], "value": [2]}', {}, "twice"),
    "1e999": (lambda: b'{"value": [1e999]}', {}, "too large to be a figure"),
    "a number of 5,000 digits": (lambda: b"[" + b"9" * 5000 + b"]", {}, "is not used"),
    "Latin-1": (lambda: '{"label": "Bærum"}'.encode("latin-1"), {}, "not UTF-8"),
    "no gzip": (lambda: b"{}" * 50, {"Content-Encoding": "gzip"}, "cannot be unpacked"),
    "cut gzip": (lambda: gzip.compress(b"{}" * 999)[:20], {"Content-Encoding": "gzip"}, "not used"),
    "a bomb": (
        lambda: gzip.compress(b" " * 80_000_000, 9),
        {"Content-Encoding": "gzip"},
        "more than 64 MB",
    ),
    "huge": (lambda: b" " * 70_000_000, {}, "more than 64 MB"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_answer_is_refused(
    bring: Bring, bank: Statbank, folder: Path, name: str
) -> None:
    make, headers, said = BODIES[name]
    bank.instead = body(make(), **headers)
    before = files(folder)
    outcome = bring()
    assert outcome.state == "refused" and said in outcome.note, outcome.note
    assert files(folder) == before


def test_signs_that_steer_a_terminal_are_not_passed_on(bring: Bring, bank: Statbank) -> None:
    bank.tables["13502"].codes["ContentsCode"] = ["KOSandel15000\x1b[2J"]
    outcome = bring()
    assert outcome.state == "refused" and "\x1b" not in outcome.note
    assert "KOSandel15000?[2J" in outcome.note


def test_a_redirect_is_not_followed(bring: Bring, bank: Statbank, folder: Path) -> None:
    def away(handler: Handler, path: str) -> bool:
        handler.send(b"", 302, "text/plain", Location="https://elsewhere.example/steal?x=1")
        return True

    bank.instead = away
    before = files(folder)
    outcome = bring()
    assert outcome.state == "refused" and "sends on to elsewhere.example" in outcome.note
    assert files(folder) == before and len(bank.asked) == 1


IMPATIENT = replace(QUICK, silence=0.5, whole=2.0)


@pytest.mark.parametrize("policy", [IMPATIENT])
@pytest.mark.parametrize("headers", [False, True])
def test_a_slow_drip_is_left(
    bring: Bring, bank: Statbank, folder: Path, waits: list[float], headers: bool
) -> None:
    def slow(handler: Handler, path: str) -> bool:
        if "/data?" not in path:
            return False
        drip(handler, b"x" * 400, headers=headers)
        return True

    bank.instead = slow
    before = files(folder)
    outcome = bring()
    assert outcome.state == "refused" and "had not answered in full after 2 seconds" in outcome.note
    assert files(folder) == before and waits == []


@pytest.mark.parametrize("policy", [IMPATIENT])
def test_silence_is_left_too(bring: Bring, bank: Statbank, waits: list[float]) -> None:
    import threading

    over = threading.Event()

    def silent(handler: Handler, path: str) -> bool:
        over.wait(1)
        handler.close_connection = True
        return True

    bank.instead = silent
    outcome = bring()
    over.set()
    assert outcome.state == "refused" and "could not be reached" in outcome.note


def test_one_refused_measure_stops_no_other(
    bank: Statbank, folder: Path, client: Any, tmp_path: Path
) -> None:
    from workbench.ingest import feeds
    from workbench.ingest.ssb.pxweb import Store
    from workbench.ingest.update import Update

    wanted = ["voter_turnout_local", "kindergarten_coverage_1_5", "voter_turnout_storting"]
    chosen = feeds.choose(feeds.read(folder), wanted)
    outcomes = Update(folder, client, Store(tmp_path / "fetched")).run(chosen)
    of = {outcome.feed.measure: outcome for outcome in outcomes}
    assert {measure: outcome.state for measure, outcome in of.items()} == {
        "voter_turnout_local": "refused",
        "kindergarten_coverage_1_5": "brought in",
        "voter_turnout_storting": "by hand",
    }
    assert "Non-existent table" in of["voter_turnout_local"].note


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "size", "value", "role", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)
PARTS = ["class", "updated", "id", "size", "dimension", "value", "status", "role"]


@settings(max_examples=300)
@given(name=st.sampled_from(PARTS), part=JSON)
def test_whatever_stands_in_a_part_gives_a_data_set_or_a_sentence(name: str, part: Any) -> None:
    sound = Table({"Region": ["0301"], "Tid": ["2024", "2025"]}, lambda at: 1.0)
    told = {**sound.dataset(sound.codes), name: part}
    try:
        read = jsonstat.read(strict_json.parse(json.dumps(told).encode(), "it"), "it")
        assert len(read.cells) == len(read.codes["Tid"]) * len(read.codes.get("Region", [0]))
    except SourceError as error:
        assert str(error).startswith("The answer of it is not used: ")


@settings(max_examples=200)
@given(raw=st.binary(max_size=60))
def test_whatever_bytes_come_they_give_json_or_a_sentence(raw: bytes) -> None:
    try:
        strict_json.parse(raw, "it")
    except SourceError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("packed", ["gzip, gzip", "gzip,deflate", "zstd", "x"])
def test_what_is_packed_otherwise_than_asked_is_refused(
    bring: Bring, bank: Statbank, packed: str
) -> None:
    bank.instead = body(gzip.compress(gzip.compress(b"{}")), **{"Content-Encoding": packed})
    assert "packed otherwise than asked for" in bring().note


def test_a_bomb_is_unpacked_no_further_than_an_answer_may_be_large(tmp_path: Path) -> None:
    """1 GB of blanks, of which a piece of 64 kB holds more than an answer may have."""
    whole = zlib.compressobj(9, wbits=31)
    packed = b"".join(whole.compress(bytes(2**24)) for _ in range(64)) + whole.flush()
    (tmp_path / "packed").write_bytes(packed)
    code = """
import sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from workbench.ingest.ssb.client import Client, RetryPolicy, SourceError

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        whole = Path(sys.argv[1]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)

server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    Client(f"http://127.0.0.1:{server.server_port}", RetryPolicy(largest=2**20)).get("/")
except SourceError as error:
    print(error)
"""
    assert "more than 1 MB" in budget.run(code, tmp_path / "packed", memory=200)


def test_a_data_set_is_counted_before_it_is_built(tmp_path: Path) -> None:
    """Two variables of 20,000 codes each, and no cell: 400 million if they were believed."""
    codes = [str(at) for at in range(20_000)]
    told = Table({"Region": ["0301"], "Tid": ["2024"]}, lambda at: 1.0).dataset(
        {"Region": codes, "Tid": codes}, cells=False
    )
    (tmp_path / "told.json").write_text(json.dumps(told | {"value": {}}), encoding="utf-8")
    code = """
import sys
from pathlib import Path
from workbench.ingest.ssb import jsonstat, strict_json as strict
from workbench.ingest.ssb.client import SourceError
told = strict.parse(Path(sys.argv[1]).read_bytes(), "it")
for asked in (None, {"Region": ["0301"], "Tid": ["2024"]}):
    try:
        jsonstat.read(told, "it", asked=asked)
    except SourceError as error:
        print(error)
told["size"][0] = 10**12
try:
    jsonstat.read(told, "it")
except SourceError as error:
    print(error)
"""
    said = budget.run(code, tmp_path / "told.json", memory=300)
    assert "it has 400,000,000 cells, more than the 800,000" in said
    assert "other codes than those asked for" in said and "not as many codes as it says" in said


def test_a_name_is_found_twice_among_many(tmp_path: Path) -> None:
    names = [f'"{at}": 0' for at in range(500_000)]
    (tmp_path / "told.json").write_text(f"{{{', '.join([*names, names[-1]])}}}", encoding="utf-8")
    code = """
import sys
from pathlib import Path
from workbench.ingest.ssb import strict_json as strict
try:
    strict.parse(Path(sys.argv[1]).read_bytes(), "it")
except strict.SourceError as error:
    print(error)
"""
    said = budget.run(code, tmp_path / "told.json", memory=400)
    assert 'it says "499999" twice' in said


def test_zlib_is_not_asked_for(bring: Bring, bank: Statbank) -> None:
    bank.instead = body(zlib.compress(b"{}"), **{"Content-Encoding": "br"})
    assert bring().state == "refused"
