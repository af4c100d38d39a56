"""How the service is asked: within its limits, one at a time, patiently, and never twice."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.conftest import QUICK, Bring
from ingest.server import Handler, Statbank, query_of
from workbench.errors import UsageError
from workbench.ingest.ssb import pxweb
from workbench.ingest.ssb.client import LIVE, Client, SourceError, shown
from workbench.ingest.ssb.pxweb import Query, Store

MEASURE = "kindergarten_coverage_1_5"


def first(times: int, answer: Callable[[Handler], object]) -> Callable[[Handler, str], bool]:
    """Answer the first requests for cells in another way than the service does when all is well."""
    left = [times]

    def instead(handler: Handler, path: str) -> bool:
        if "/data?" not in path or not left[0]:
            return False
        left[0] -= 1
        answer(handler)
        return True

    return instead


# Within the limits


def test_an_address_that_would_be_too_long_is_asked_in_parts(bring: Bring, bank: Statbank) -> None:
    table = bank.tables["13502"]
    numbers = [row[:4] for row in _history() if row[:4].isdigit()]
    table.codes["KOKkommuneregion0000"] = sorted(set(numbers))
    assert bring().state == "brought in"
    asked = bank.data_requests()
    assert len(asked) > 1 and max(map(len, asked)) < 2000
    got = [code for path in asked for code in query_of(path)["KOKkommuneregion0000"]]
    assert sorted(got) == table.codes["KOKkommuneregion0000"], "each is asked for once"


def _history() -> list[str]:
    from workbench.dataset import DATA

    return (DATA / "municipality_history.csv").read_text(encoding="utf-8").splitlines()


@settings(max_examples=60)
@given(
    # Of three variables with 600 codes each both limits are passed many times over.
    sizes=st.lists(st.integers(1, 600), min_size=1, max_size=3),
    width=st.integers(1, 8),
)
def test_any_question_is_put_in_parts_that_keep_within_the_limits(
    sizes: list[int], width: int
) -> None:
    selection = {f"V{at}": [f"{n:0{width}d}" for n in range(size)] for at, size in enumerate(sizes)}
    whole = Query("07459", selection, {})
    with Client(LIVE) as client:
        parts = whole.chunks(client)
        assert max(len(client.address(part.path, part.text())) for part in parts) <= pxweb.ADDRESS
    boxes = 0
    for part in parts:
        cells = 1
        for codes in part.selection.values():
            cells *= len(codes)
        assert cells <= pxweb.CELLS
        boxes += cells
    expected = 1
    for size in sizes:
        expected *= size
    assert boxes == expected, "every cell is asked for once"


def test_codes_with_signs_of_the_address_in_them_stay_one_code(client: Client) -> None:
    query = Query("07459", {"Alder": ["105+", "a&b", "c,d"]}, {})
    address = client.address(query.path, query.text())
    assert "105%2B" in address and "a%26b" in address and "c%2Cd" in address


def test_requests_run_one_at_a_time(bring: Bring, bank: Statbank) -> None:
    bank.tables["13502"].codes["KOKkommuneregion0000"] += [f"x{n:04d}" for n in range(10)]
    bring()
    assert bank.most_at_once == 1


# Patience


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_longer_and_longer_waits(
    bring: Bring, bank: Statbank, waits: list[float], status: int
) -> None:
    bank.instead = first(3, lambda handler: handler.say({}, status))
    assert bring().state == "brought in"
    assert waits == [1.0, 2.0, 4.0]


def test_a_service_elsewhere_is_asked_30_times_a_minute_at_most(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(
            200, stream=httpx.ByteStream(b"{}"), request=httpx.Request("GET", LIVE)
        )

    monkeypatch.setattr(httpx.Client, "send", send)
    with Client(LIVE, sleep=waits.append) as client:
        for _ in range(3):
            client.get("/pxwebapi/v2/tables/12134/metadata")
    assert len(waits) == 2 and all(1.5 < wait <= 2.0 for wait in waits)


def test_waiting_has_an_end(bring: Bring, bank: Statbank, waits: list[float]) -> None:
    bank.instead = first(99, lambda handler: handler.say({}, 503))
    outcome = bring()
    assert outcome.state == "refused" and "answered 503, 4 times in a row" in outcome.note
    assert len(waits) == QUICK.attempts - 1 and max(waits) <= QUICK.longest_wait


def test_the_server_may_say_for_how_many_seconds_to_wait(
    bring: Bring, bank: Statbank, waits: list[float]
) -> None:
    bank.instead = first(1, lambda handler: handler.say({}, 429, Retry_After="7"))
    assert bring().state == "brought in"
    assert waits == [7.0]


def test_or_until_when(bring: Bring, bank: Statbank, waits: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    bank.instead = first(1, lambda handler: handler.say({}, 429, Retry_After=until))
    assert bring().state == "brought in"
    assert len(waits) == 1 and 1.0 <= waits[0] <= 6.0


@pytest.mark.parametrize("said", ["999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_who_asks_for_more_patience_than_there_is_is_left_alone(
    bring: Bring, bank: Statbank, waits: list[float], said: str
) -> None:
    bank.instead = first(1, lambda handler: handler.say({}, 429, Retry_After=said))
    outcome = bring()
    assert outcome.state == "refused" and "Run the command again later" in outcome.note
    assert waits == []


def test_a_word_that_is_no_time_is_not_heeded(
    bring: Bring, bank: Statbank, waits: list[float]
) -> None:
    bank.instead = first(1, lambda handler: handler.say({}, 429, Retry_After="soon"))
    assert bring().state == "brought in"
    assert waits == [1.0]


def test_a_server_that_hangs_up_is_asked_again(bring: Bring, bank: Statbank) -> None:
    def hang_up(handler: Handler) -> None:
        handler.connection.close()
        handler.close_connection = True

    bank.instead = first(1, hang_up)
    assert bring().state == "brought in"


def test_a_service_that_is_not_there_is_said_not_to_be(waits: list[float]) -> None:
    with (
        Client("http://127.0.0.1:9", QUICK, waits.append) as client,
        pytest.raises(SourceError, match=r"could not be reached .* 4 times in a row"),
    ):
        client.get("/x")


def test_and_nobody_waits_for_it_twice(waits: list[float]) -> None:
    with Client("http://127.0.0.1:9", QUICK, waits.append) as client:
        for path in ("/x", "/y"):
            with pytest.raises(SourceError, match="could not be reached"):
                client.get(path)
    assert len(waits) == QUICK.attempts - 1


# Going on where it stopped


def test_a_run_that_broke_off_asks_only_for_what_it_lacks(
    bring: Bring, bank: Statbank, folder: Path, tmp_path: Path
) -> None:
    numbers = sorted({row[:4] for row in _history() if row[:4].isdigit()})
    bank.tables["13502"].codes["KOKkommuneregion0000"] = numbers
    before = (folder / "observations" / f"{MEASURE}.csv").read_bytes()

    def second_on(handler: Handler, path: str) -> bool:
        if "/data?" in path and len(bank.data_requests()) > 1:
            handler.say({}, 500)
            return True
        return False

    bank.instead = second_on
    assert bring().state == "refused"
    assert (folder / "observations" / f"{MEASURE}.csv").read_bytes() == before
    bank.instead, done = None, bank.data_requests()[0]
    asked = len(bank.data_requests())
    assert bring().state == "brought in"
    later = bank.data_requests()[asked:]
    assert later and done not in later
    assert not list((tmp_path / "fetched").iterdir()), "what was used up is cleared away"


def test_a_kept_answer_that_was_cut_short_is_fetched_again(
    bring: Bring, bank: Statbank, tmp_path: Path
) -> None:
    bring(dry=True)
    (kept,) = (tmp_path / "fetched").iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])
    asked = len(bank.data_requests())
    assert bring().state == "brought in"
    assert len(bank.data_requests()) == asked + 1


def test_a_kept_answer_is_not_used_for_another_revision(bring: Bring, bank: Statbank) -> None:
    bring(dry=True)
    bank.tables["13502"].updated = "2026-07-01T06:00:00Z"
    asked = len(bank.data_requests())
    bring()
    assert len(bank.data_requests()) == asked + 1


def test_the_store_gives_back_what_it_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.get("a") is None
    store.put("a", b"line\nline")
    assert store.get("a") == b"line\nline"
    store.forget(["a", "b"])
    assert store.get("a") is None


def test_what_nobody_came_back_for_goes_after_a_month(tmp_path: Path) -> None:
    import os

    store = Store(tmp_path)
    store.put("new", b"a")
    store.put("old", b"b")
    os.utime(store.file("old"), (0, 0))
    store.sweep()
    assert store.get("old") is None and store.get("new") == b"a"


# What is asked for


def test_a_code_that_the_table_does_not_have_is_not_asked_for(
    bring: Bring, bank: Statbank, folder: Path
) -> None:
    bank.tables["13502"].codes["ContentsCode"] = ["KOSandel160000"]
    outcome = bring()
    assert outcome.state == "refused"
    assert 'no code "KOSandel150000"' in outcome.note and "KOSandel160000" in outcome.note
    assert bank.data_requests() == []


def test_a_variable_that_the_table_does_not_have_is_not_asked_for(
    bring: Bring, bank: Statbank
) -> None:
    codes = bank.tables["13502"].codes
    codes["Region"] = codes.pop("KOKkommuneregion0000")
    outcome = bring()
    assert 'has no variable "KOKkommuneregion0000"' in outcome.note
    assert bank.data_requests() == []


def test_a_variable_that_must_be_chosen_is_not_left_out(bring: Bring, bank: Statbank) -> None:
    bank.tables["13502"].codes["Kjonn"] = ["0", "1"]
    assert 'needs a choice of "Kjonn"' in bring().note
    assert bank.data_requests() == []


def test_another_unit_than_that_of_the_feed_is_refused(bring: Bring, bank: Statbank) -> None:
    bank.tables["13502"].unit = "kr"
    assert 'in "kr", where feeds.csv says "prosent"' in bring().note
    assert bank.data_requests() == []


def test_what_the_service_says_is_wrong_is_passed_on(bring: Bring, bank: Statbank) -> None:
    bank.instead = first(9, lambda handler: handler.error("Non-existent value"))
    assert "answered 400, “Non-existent value”" in bring().note


def test_numbers_that_are_not_known_are_left_out_and_named(bring: Bring, bank: Statbank) -> None:
    bank.tables["13502"].codes["KOKkommuneregion0000"].append("3999")
    outcome = bring()
    assert outcome.state == "brought in"
    assert "Left out: 3999" in outcome.note and "update --boundaries" in outcome.note
    assert "3999" not in query_of(bank.data_requests()[0])["KOKkommuneregion0000"]


# Addresses


@pytest.mark.parametrize(
    "root",
    ["data.ssb.no", "http://data.ssb.no/api", "ftp://data.ssb.no", "https://", "file:///etc", ""],
)
def test_only_https_is_asked_or_this_machine(root: str) -> None:
    with pytest.raises(UsageError, match="is no address to ask"):
        Client(root)


def test_no_secret_of_an_address_is_told() -> None:
    assert shown("https://me:secret@host.no/api?token=1") == "https://host.no/api"
    with pytest.raises(UsageError) as refused:
        Client("http://me:secret@host.no/api")
    assert "secret" not in str(refused.value)


def test_the_address_is_that_of_a_recorded_request() -> None:
    query = Query(
        "12134",
        {
            "KOKkommuneregion0000": ["0301", "4601", "5001"],
            "ContentsCode": ["KOSAG110000"],
            "Tid": ["2024"],
        },
        {},
    )
    with Client(LIVE) as client:
        recorded = (
            "https://data.ssb.no/api/pxwebapi/v2/tables/12134/data?lang=no&format=json-stat2"
            "&valuecodes[KOKkommuneregion0000]=0301,4601,5001"
            "&valuecodes[ContentsCode]=KOSAG110000&valuecodes[Tid]=2024"
        )
        sent = client.address(query.path, query.text())
    assert sent.replace("%5B", "[").replace("%5D", "]") == recorded


def test_a_recorded_answer_is_read() -> None:
    """Free incomes per resident 2024 in kroner, as the service answered in April 2026."""
    from workbench.ingest.ssb import jsonstat

    told = {
        "class": "dataset",
        "updated": "2026-03-16T07:00:00Z",
        "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
        "id": ["KOKkommuneregion0000", "ContentsCode", "Tid"],
        "size": [3, 1, 1],
        "dimension": {
            "KOKkommuneregion0000": {"category": {"index": {"0301": 0, "4601": 1, "5001": 2}}},
            "ContentsCode": {
                "category": {
                    "index": {"KOSAG110000": 0},
                    "unit": {"KOSAG110000": {"base": "kr", "decimals": 0}},
                }
            },
            "Tid": {"category": {"index": {"2024": 0}}},
        },
        "value": [81240, 66605, 62853],
    }
    cube = jsonstat.read(json.loads(json.dumps(told)), "table 12134")
    assert cube.cells["value"].tolist() == [81240.0, 66605.0, 62853.0]
    assert cube.cells["KOKkommuneregion0000"].tolist() == ["0301", "4601", "5001"]
    assert cube.units == {"KOSAG110000": "kr"}


@pytest.mark.parametrize(
    "path",
    ["/pxwebapi/v2/tables/../data", "/tables/..", "/tables/1?x=1", "/tables/1#x", "/tables/a b"],
)
def test_a_name_that_would_lead_elsewhere_is_not_asked_for(
    client: Client, bank: Statbank, path: str
) -> None:
    with pytest.raises(SourceError, match="is no address of the service"):
        client.get(path)
    with pytest.raises(SourceError, match="is no address of the service"):
        client.post(path, b"{}")
    assert bank.asked == []
